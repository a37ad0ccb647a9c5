# `make run` builds the dataset of corpus/ and measures it; `make test` passes the checks. Both make .venv themselves.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-annotate --no-header

.PHONY: run test browser spark lock clean
.DELETE_ON_ERROR:

run: .venv/installed
	$(BIN)/zhibiao run corpus/articles --out outputs
	$(BIN)/zhibiao evaluate corpus/gold --out outputs
	@echo
	@echo 'The dataset is in outputs/: open outputs/facts.csv first; quantities, times, companies and documents lie beside it.'
	@echo 'The articles are in corpus/articles/, what they should give in corpus/gold/. Every misread one:'
	@echo '    $(BIN)/zhibiao evaluate corpus/gold --out outputs --errors'

test: .venv/installed-dev
	$(BIN)/python -m pytest -n auto -rs
	$(BIN)/ruff check .
	$(BIN)/mypy

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
		{ echo 'zhibiao needs Python 3.11 to 3.13; name one: make PYTHON=python3.12' >&2; exit 2; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo 'this Python cannot make environments; ' \
		'on Debian and Ubuntu: apt-get install python3-venv' >&2; exit 2; }

# jieba comes as source only, so that what builds it is pinned too.
.venv/installed: requirements-build.txt requirements.txt pyproject.toml | .venv/bin/python
	@echo 'installing the pinned packages into .venv (a minute or two, once)'
	@$(PIP) install --require-hashes -r requirements-build.txt
	@$(PIP) install --require-hashes --no-build-isolation -r requirements.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/installed-dev: requirements-dev.txt .venv/installed
	@echo 'installing the tools for tests into .venv'
	@$(PIP) install --require-hashes --no-build-isolation -r requirements-dev.txt
	@touch $@

# What drives Chromium in the tests of the viewer, which are left out where it or this is missing.
browser: .venv/installed-browser

.venv/installed-browser: requirements-browser.txt .venv/installed-dev
	@echo 'installing the driver of the browser tests into .venv'
	@$(PIP) install --require-hashes -r requirements-browser.txt
	@touch $@

# What the tests of the cluster need beside Java 17; they are left out where it or this is missing.
spark: .venv/installed-spark

.venv/installed-spark: requirements-spark.txt .venv/installed-dev
	@echo 'installing Spark for its tests into .venv'
	@$(PIP) install --require-hashes --no-build-isolation -r requirements-spark.txt
	@touch $@

# After a change of pyproject.toml's dependencies. No host name goes into the files.
lock: .venv/installed-dev
	$(LOCK) pyproject.toml --extra view -o requirements.txt
	$(LOCK) pyproject.toml --extra view --extra dev -c requirements.txt -o requirements-dev.txt
	printf 'setuptools\nwheel\n' | $(LOCK) - -c requirements-dev.txt -o requirements-build.txt
	for extra in browser spark; do $(BIN)/python -c 'import sys, tomllib; from pathlib import Path; \
		print(*tomllib.loads(Path("pyproject.toml").read_text())["project"]["optional-dependencies"][sys.argv[1]], sep="\n")' \
		$$extra | $(LOCK) - -c requirements-dev.txt -o requirements-$$extra.txt; done

clean:
	rm -rf .venv build dist *.egg-info
