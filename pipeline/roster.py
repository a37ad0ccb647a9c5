"""The user's own list of companies (a CSV with the columns name, aliases, id), and which company a known name means."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from io import StringIO
from pathlib import Path

import regex

from pipeline import rulebook
from pipeline.places import is_place
from pipeline.read import Unreadable, decode
from pipeline.segment import is_word
from pipeline.unwrap import folded

_BETWEEN = regex.compile(r"[|｜;；、]")
_HALF, _FULL = str.maketrans("（）", "()"), str.maketrans("()", "（）")


@dataclass(frozen=True, slots=True)
class Listed:
    """A company of the list. The id is text, such as a stock code, and keeps its zeros."""

    name: str
    aliases: tuple[str, ...] = ()
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Roster:
    """A list of companies. Two of one content have one digest and are equal, so that comparing them is cheap."""

    companies: tuple[Listed, ...] = field(default=(), compare=False)
    digest: str = ""


NOBODY = Roster()


@dataclass(frozen=True, slots=True)
class Known:
    """Every known name, from the rules and from the list, and the key of its company: its fullest known name."""

    keys: dict[str, str]
    listed: dict[str, Listed]  # key -> the company of the list
    ambiguous: frozenset[str]  # names that are words as well
    common: frozenset[str]  # those of them that are everyday words: only beside other companies
    topics: dict[str, str]  # ambiguous name -> the words of an article in which it is the company
    nots: dict[str, str]  # ambiguous name -> what stands behind it where it is none


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    company: Listed

    @property
    def identity(self) -> str:
        return self.company.id or _plain(self.company.name)


def read(path: Path) -> Roster:
    """The list of companies in a CSV file in UTF-8, UTF-16, GB18030 or Big5.

    `name` is the full name, `aliases` holds other names between |, ; or 、, `id` any text; further columns are ignored.
    Raises ValueError with file, line and remedy if the file cannot be read, has no column `name`, or where a name
    stands for two companies.
    """
    companies: dict[str, Listed] = {}
    claims: dict[str, _Line] = {}
    for line in _lines(path, _text(path)):
        new = line.company
        for name in (new.name, *new.aliases):
            _claim(path, name, line, claims)
        old = companies.get(_plain(new.name), new)
        aliases = {a for a in (*old.aliases, *new.aliases) if _plain(a) != _plain(old.name)}
        companies[_plain(old.name)] = Listed(old.name, tuple(sorted(aliases)), old.id)
    found = tuple(sorted(companies.values(), key=lambda c: c.name))
    return Roster(found, sha256(repr(found).encode()).hexdigest())


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
        return decode(data)[0]
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}; give a CSV file with the columns name,aliases,id") from None
    except Unreadable as error:
        line = data[: error.position].count(b"\n") + 1
        what = error.reason.partition(";")[0]  # its remedy is for articles
        raise ValueError(f"{path}:{line}: {what}; save the list as CSV in UTF-8") from None


def _lines(path: Path, text: str) -> Iterator[_Line]:
    """The lines that hold a company."""
    table = csv.DictReader(StringIO(text, newline=""), strict=True)
    try:
        columns = [(name or "").strip().lower() for name in table.fieldnames or ()]
        if "name" not in columns:
            there = f"only {', '.join(map(repr, columns))}" if columns else "the file is empty"
            raise ValueError(f"{path}:1: there is no column 'name', {there}; begin the list with name,aliases,id")
        table.fieldnames = columns
        for cells in table:
            if None in cells:
                what = f"more cells than the {len(columns)} of line 1; separate aliases by |, quote cells with a comma"
                raise ValueError(f"{path}:{table.line_num}: {what}")
            if any(filter(None, cells.values())):
                yield _Line(table.line_num, _listed(f"{path}:{table.line_num}", cells))
    except csv.Error as error:
        raise ValueError(f"{path}:{table.line_num + 1}: {error}; save the list as CSV anew") from None


def _listed(where: str, cells: dict[str, str | None]) -> Listed:
    name, aliases, code = ((cells.get(column) or "").strip() for column in ("name", "aliases", "id"))
    if not name:
        raise ValueError(f"{where}: there is no name; write one or delete the line")
    others = tuple(alias for part in _BETWEEN.split(aliases) if (alias := part.strip()))
    short = next((n for n in (name, *others) if len(n) < 2), None)
    if short:
        raise ValueError(f"{where}: {short!r} is one character, which stands in other words; write a longer name")
    return Listed(name, others, code or None)


def _claim(path: Path, name: str, line: _Line, claims: dict[str, _Line]) -> None:
    """Raises ValueError if the name is another company's already."""
    first = claims.setdefault(_plain(name), line)
    if first.identity != line.identity:
        one, two = (f"{ln.company.name} ({ln.company.id or 'no id'})" for ln in (first, line))
        raise ValueError(
            f"{path}:{line.number}: {name!r} stands for {two} here and for {one} in line {first.number}; "
            "leave it with one of them"
        )


def _plain(name: str) -> str:
    """As texts have it, and with one kind of brackets."""
    return folded(name).translate(_HALF)


@lru_cache(maxsize=4)
def known(folder: str, roster: Roster) -> Known:
    """The names of rules/companies.toml in `folder`, which must be the folder in use, and of the list.

    Where both know a name, the list decides whose it is; what the rules know of that company is still known.
    """
    rules: dict[str, str] = {}
    ambiguous: set[str] = set()
    common: set[str] = set()
    topics: dict[str, str] = {}
    nots: dict[str, str] = {}
    for row in rulebook.rules("companies")["company"]:
        full = row.get("legal", row["name"])
        for name in (row["name"], full, *row.get("aliases", ())):
            rules.setdefault(_plain(name), full)
        ambiguous.update(row.get("ambiguous", ()))
        common.update(row.get("common", ()))
        nots |= dict.fromkeys(row.get("ambiguous", ()), row["not_before"]) if "not_before" in row else {}
        topics |= dict.fromkeys(row.get("ambiguous", ()), row["topic"]) if "topic" in row else {}
    listed = _keyed(roster, rules)
    own = {_plain(alias): key for key, company in listed.items() for alias in company.aliases}
    own |= {_plain(company.name): key for key, company in listed.items()}
    keys = {name: own.get(_plain(full), full) for name, full in rules.items()} | own
    keys |= {name.translate(_FULL): key for name, key in keys.items() if "(" in name}
    doubtful = ambiguous.union(common, _words(own.keys() - rules.keys()))
    return Known(keys, listed, frozenset(doubtful), frozenset(common), topics, nots)


def _words(names: Iterable[str]) -> Iterator[str]:
    """Those of the list's names, unknown to the rules, that are words as well: nobody has gone through them."""
    signs = frozenset(rulebook.rules("company_forms")["latin_not"])  # CEO, GDP
    return (name for name in names if is_word(name) or is_place(name) or name in signs)


def _keyed(roster: Roster, rules: dict[str, str]) -> dict[str, Listed]:
    """Each company of the list under the full name that the rules know of it, unless they take two of them for one."""
    full = [rules.get(_plain(company.name), company.name) for company in roster.companies]
    shared = Counter(full)
    return {
        (key if shared[key] == 1 else company.name): company
        for key, company in zip(full, roster.companies, strict=True)
    }
