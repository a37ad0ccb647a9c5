"""The shape of the code: which module may import which, and how long modules and functions may be."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT

ORDER = """spans calendar rulebook numerals units unwrap segment places quantities times companies tokens phrases
context facts extract dataset""".split()
MODULES = {path.stem: path for path in sorted((ROOT / "pipeline").glob("*.py"))}
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in MODULES.items()}

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
    return {found[1:] for found in imported(name) if found.startswith(".") and found[1:] in MODULES}


def test_every_module_of_the_order_exists() -> None:
    assert set(ORDER) <= set(MODULES)


@pytest.mark.parametrize("name", ORDER)
def test_imports_go_only_downwards(name: str) -> None:
    assert own(name) <= set(ORDER[: ORDER.index(name)])


def test_no_circle_of_imports() -> None:
    left = {name: own(name) for name in MODULES if name != "__init__"}
    while free := {name for name, needs in left.items() if not needs & set(left)}:
        left = {name: needs for name, needs in left.items() if name not in free}
    assert left == {}


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
