"""manifest.csv: what is known of the articles beside it. The only module that reads publication dates from outside."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

import regex

from pipeline.calendar import parse
from pipeline.read import Rejected, Unreadable, decode

NAME = "manifest.csv"
# Year first, at one of three precisions, as written by people, by Excel (2024/3/5), by databases (a time behind it)
# and in file names (20240305).
_DAY = regex.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?|(\d\d)(\d\d))?(?:[T ]\d.*)?", regex.ASCII)


def day(text: str) -> str:
    """A publication date as 2023, 2023-12 or 2023-12-18. Raises ValueError where it is no date of the calendar."""
    found = _DAY.fullmatch(text.strip())
    if not found:
        raise ValueError(f"{text!r} is no date; write 2023, 2023-12 or 2023-12-18")
    return str(parse("-".join(part for part in found.groups() if part)))


@dataclass(frozen=True, slots=True)
class Entry:
    """What a row of a manifest says of an article. `problem` tells why its date is not used."""

    row: int
    published: str | None
    title: str | None
    source: str | None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """One file. `whole`: all of its articles are inputs, so that a row without an article is an error."""

    path: Path
    whole: bool
    entries: dict[str, Entry]
    doubles: tuple[Rejected, ...]
    used: set[str] = field(default_factory=set)

    def problems(self) -> Iterator[Rejected]:
        """Its rows with an impossible date, without an article or with an id that an earlier row has."""
        yield from self.doubles
        for doc_id, entry in self.entries.items():
            if doc_id in self.used and entry.problem:
                yield Rejected(str(self.path), entry.problem, entry.row)
            if doc_id not in self.used and self.whole:
                reason = f"row {entry.row}: there is no article {doc_id!r}; add its file or delete the row"
                yield Rejected(str(self.path), reason, entry.row)


class Manifests:
    """The manifests in use: the one given, else for each article the nearest one in its folder or above."""

    def __init__(self, given: Path | None) -> None:
        self._given = given
        self._known: dict[Path, Manifest | None] = {}

    def entry(self, doc_id: str, *, folder: Path, top: Path, whole: bool) -> Entry | None:
        """What is known of the article in `folder`, below the input `top`; None if nothing is.

        Raises ValueError if a manifest cannot be read.
        """
        manifest = self._nearest(folder, top, whole)
        found = manifest.entries.get(doc_id) if manifest else None
        if manifest and found:
            manifest.used.add(doc_id)
        return found

    def problems(self) -> Iterator[Rejected]:
        """What is wrong with the rows, once every article has asked for its own."""
        for manifest in self._known.values():
            if manifest:
                yield from manifest.problems()

    def _nearest(self, folder: Path, top: Path, whole: bool) -> Manifest | None:
        if self._given:
            return self._load(self._given, whole)
        while True:
            found = self._load(folder / NAME, whole)
            if found or folder == top or folder == folder.parent:
                return found
            folder = folder.parent

    def _load(self, path: Path, whole: bool) -> Manifest | None:
        if path not in self._known:
            self._known[path] = _read(path, whole) if path == self._given or path.is_file() else None
        return self._known[path]


def _read(path: Path, whole: bool) -> Manifest:
    try:
        text, _ = decode(path.read_bytes())
    except (OSError, Unreadable) as error:
        raise ValueError(f"{path}: the manifest cannot be read ({error})") from None
    table = csv.DictReader(StringIO(text, newline=""))
    if "doc_id" not in (table.fieldnames or ()):
        raise ValueError(f"{path}: the manifest needs a first line with the columns doc_id,published,title,source")
    entries: dict[str, Entry] = {}
    doubles: list[Rejected] = []
    for number, cells in enumerate(table, 2):  # as Excel counts
        doc_id = (cells["doc_id"] or "").strip()
        if doc_id in entries or not doc_id:
            what = f"article {doc_id!r} has row {entries[doc_id].row} already" if doc_id else "there is no doc_id"
            doubles.append(Rejected(str(path), f"row {number}: {what}; keep one row for each article", number))
            continue
        entries[doc_id] = _entry(path, number, cells)
    return Manifest(path, whole, entries, tuple(doubles))


def _entry(path: Path, number: int, cells: dict[str, str | None]) -> Entry:
    written = (cells.get("published") or "").strip()
    title, source = (cells.get("title") or "").strip(), (cells.get("source") or "").strip()
    try:
        return Entry(number, day(written) if written else None, title or None, source or None)
    except ValueError as error:
        problem = f"row {number}: {error}; the article is extracted without a date"
        return Entry(number, None, title or None, source or None, problem)
