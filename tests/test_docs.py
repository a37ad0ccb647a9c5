"""The documents say what is there: every command, the two commands of the README, the version, the pinned packages."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from pipeline.cli import cli

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PINS = sorted(ROOT.glob("requirements*.txt"))


def _commands(group: click.Group, before: str) -> Iterator[str]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from _commands(command, f"{before} {name}")
        else:
            yield f"{before} {name}"


COMMANDS = sorted(_commands(cli, "zhibiao"))


@pytest.mark.parametrize("command", COMMANDS)
def test_the_readme_names_the_command(command: str) -> None:
    assert re.search(rf"\b{command}\b(?![-\w])", README), f"README.md does not name `{command}`"


def test_the_readme_names_no_command_that_is_not_there() -> None:
    named = re.findall(r"^\| `(zhibiao [a-z]+(?: [a-z]+)?)", README, re.MULTILINE)
    assert len(named) >= 7
    assert not [n for n in named if n not in COMMANDS and n.rsplit(" ", 1)[0] not in COMMANDS]


@pytest.mark.parametrize("target", ["run", "test"])
def test_the_makefile_has_the_command_of_the_readme(target: str) -> None:
    assert f"\n    make {target} " in README
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def test_ci_calls_the_tests_of_the_readme() -> None:
    assert re.search(r"^make test\b", (ROOT / ".ci" / "run").read_text(encoding="utf-8"), re.MULTILINE)


def test_the_changelog_has_an_entry_for_the_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d$", changelog, re.MULTILINE)


@pytest.mark.parametrize("path", PINS, ids=lambda p: p.name)
def test_the_pins_name_no_host_and_every_package_is_hashed(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"://|--(?:extra-)?index-url|--find-links|\.(?:com|org|net|io)\b", text)
    packages = re.split(r"^(?=[a-z])", text, flags=re.MULTILINE)[1:]
    assert packages
    for package in packages:
        assert re.match(r"[a-z0-9._-]+==", package) and "--hash=sha256:" in package


def test_every_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pins = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    pinned = set(re.findall(r"^([a-z0-9._-]+)==", pins, re.MULTILINE))
    named = {re.split(r"[<>=\[ ]", d)[0].lower() for d in project["dependencies"]}
    assert named <= pinned
