"""The shape of the code: which module may import which, and how long modules and functions may be."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT

ORDER = [
    *("spans", "calendar", "rulebook", "numerals", "units", "unwrap", "segment", "places", "roster", "quantities"),
    *("lexicon", "times", "companies", "tokens", "phrases", "openings", "context", "facts", "extract", "dataset"),
]
MODULES = {path.stem: path for path in sorted((ROOT / "pipeline").glob("*.py"))}
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in MODULES.items()}

LAZY = {("spans", "dataset")}  # Document.frames() imports pandas only when it is called
COMMANDS = {
    "cli",
    "commands",
    "article",
    "batch",
    "spark",
    "workers",
    "store",
    "export",
    "explain",
    "evaluate",
    "diff",
    "labels",
    "series",
    "inputs",
}

MAX_MODULE, MAX_FUNCTION = 400, 40

# Written in pieces, so that this file does not name them.
HOSTS = [f"{a}.{b}" for a, b in [("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("npmjs", "com")]]
HOSTS += [f"{a}.{b}" for a, b in [("crates", "io"), ("anaconda", "org"), ("tuna.tsinghua.edu", "cn")]]
HOSTS += [f"{a}.{b}" for a, b in [("rubygems", "org"), ("proxy.golang", "org"), ("mirrors.aliyun", "com")]]


def imported(name: str) -> Iterator[str]:
    """Every module that a module imports, also inside functions; ours without the package's name, as `.spans`."""
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.Import):
            yield from (alias.name.replace("pipeline.", ".") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            ours = module == "pipeline" or node.level
            yield from (f".{a.name}" for a in node.names) if ours else (module.replace("pipeline.", "."),)


def own(name: str) -> set[str]:
    found = {found[1:] for found in imported(name) if found.startswith(".") and found[1:] in MODULES}
    return {needed for needed in found if (name, needed) not in LAZY}


def reached(name: str) -> set[str]:
    """Every module of ours that importing a module brings along."""
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        new = own(waiting.pop()) - seen
        seen |= new
        waiting += new
    return seen


def test_every_module_of_the_order_exists() -> None:
    assert set(ORDER) <= set(MODULES)


@pytest.mark.parametrize("name", ORDER)
def test_imports_go_only_downwards(name: str) -> None:
    """Directly or by way of a helper that the order does not name."""
    assert reached(name) & set(ORDER) <= set(ORDER[: ORDER.index(name)])


@pytest.mark.parametrize("name", ORDER)
def test_the_steps_know_nothing_of_the_commands(name: str) -> None:
    assert not reached(name) & COMMANDS


def test_no_circle_of_imports() -> None:
    assert [name for name in MODULES if name in reached(name)] == []


def test_only_segment_imports_jieba() -> None:
    assert [name for name in MODULES if any(m.split(".")[0] == "jieba" for m in imported(name))] == ["segment"]


def test_modules_are_short() -> None:
    lines = {name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in MODULES.items()}
    assert {name: n for name, n in lines.items() if n > MAX_MODULE} == {}


def test_functions_are_short() -> None:
    lengths = {
        f"{name}.{node.name}": (node.end_lineno or 0) - node.lineno + 1
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {name: n for name, n in lengths.items() if n > MAX_FUNCTION} == {}


def _files() -> list[Path]:
    """The files under version control and those about to be, or all where there is no git."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    except (OSError, subprocess.CalledProcessError):
        return [p for p in ROOT.rglob("*") if p.is_file() and not any(q.startswith(".") for q in p.parts)]
    return [ROOT / name for name in listed if name and (ROOT / name).is_file()]


def test_no_file_names_a_package_registry() -> None:
    named = [(str(p.relative_to(ROOT)), host) for p in _files() for host in HOSTS if host.encode() in p.read_bytes()]
    assert named == []
