"""The only reader of `rules/`. A rule file is TOML; what stands in it is checked when it is loaded."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any


class RuleError(ValueError):
    """A rule file is broken: the message names the file, the line where it is known, and the rule's id."""


_folder: Path | None = None


def folder() -> Path:
    """Where the rules are: the folder set by `use_folder`, else the one beside or inside the package."""
    return _folder or _built_in()


@lru_cache(maxsize=1)
def _built_in() -> Path:
    # asked for hundreds of times an article; without the cache, looking at the disk took a quarter of the extraction
    package = Path(__file__).resolve().parent
    inside = package / "rules"  # in a wheel
    return inside if inside.exists() else package.parent / "rules"


@contextmanager
def use_folder(path: Path | None) -> Iterator[None]:
    """Read the rules from another folder within this block. What was compiled from the old ones is forgotten."""
    global _folder
    before, _folder = _folder, path
    rules.cache_clear()
    try:
        yield
    finally:
        _folder = before
        rules.cache_clear()


@lru_cache(maxsize=32)
def rules(name: str) -> dict[str, Any]:
    """The content of rules/NAME.toml. Raises RuleError with file and line where it is not valid TOML."""
    path = folder() / f"{name}.toml"
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RuleError(f"{path}: the rule file is missing; point --rules at a folder that holds it") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RuleError(f"{path}: {error}") from None


def digest() -> str:
    """A hash of every rule file, for telling whether a dataset is up to date."""
    total = sha256()
    for path in sorted(folder().glob("*.toml")):
        total.update(path.name.encode() + b"\0" + path.read_bytes())
    return total.hexdigest()[:16]


def anchored(rule: dict[str, Any], pattern: str) -> str:
    """The pattern, tried only at the characters that `first` of the rule names: a scan is ten times faster so."""
    return f"(?=[{rule['first']}])(?:{pattern})" if "first" in rule else pattern


def base(rule: str) -> str:
    """The id of a rule in its file: what follows a + says what the fact is measured over (fact.growth+average)."""
    return rule.partition("+")[0]


def line_of(name: str, needle: str) -> int:
    """The line of rules/NAME.toml that holds `needle` first, 0 if none: for messages."""
    for number, line in enumerate((folder() / f"{name}.toml").read_text(encoding="utf-8").splitlines(), 1):
        if needle in line:
            return number
    return 0


def error(name: str, rule: str, message: str) -> RuleError:
    """A RuleError that names file, line and rule id."""
    return RuleError(f"{folder() / name}.toml:{line_of(name, chr(34) + rule + chr(34))}: rule {rule!r}: {message}")
