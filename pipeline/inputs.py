"""Which articles there are: files, folders, globs, and tables of articles, with what a manifest says of each."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pipeline import manifests
from pipeline.manifests import Entry, Manifests, day
from pipeline.read import Rejected, Source, Unreadable, read
from pipeline.tables import SUFFIXES as TABLES
from pipeline.tables import Columns, Record, records

SUFFIXES = (".txt", ".md", ".html", ".htm", ".pdf", ".docx")
_PICTURED = (".pdf", ".docx")  # most of a large one is no text
_LARGEST = 25_000_000  # bytes of text: minutes of work, and most of a gigabyte of memory


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the user named. `published` is the date of the articles for which no manifest or table has a row or cell."""

    paths: tuple[str, ...]
    published: str | None = None
    manifest: Path | None = None
    columns: Columns = field(default_factory=Columns)


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    top: Path  # the input that it was found below
    whole: bool  # that input is a folder


def sources(inputs: Inputs) -> Iterator[Source | Rejected]:
    """Every article of the inputs in their order, and what cannot be one. No text file is read yet; tables stream.

    Raises ValueError for an input that is not there, a date that is none, and a broken manifest or table.
    """
    published = day(inputs.published) if inputs.published else None
    known = Manifests(inputs.manifest)
    for file in _files(inputs.paths):
        if isinstance(file, Rejected):
            yield file
        elif file.path.suffix.lower() in TABLES:
            yield from _rows(file, inputs.columns, known, published)
        else:
            yield _article(file, known, published)
    yield from known.problems()


def identities(inputs: Inputs) -> set[str]:
    """The doc_id of every article. Raises ValueError if there is none, or where two have one doc_id."""
    found: set[str] = set()
    empty = True
    for entry in sources(inputs):
        empty = False
        if isinstance(entry, Rejected):
            continue
        if entry.doc_id in found:
            raise doubled(_first(inputs, entry.doc_id), entry.path, entry.doc_id)
        found.add(entry.doc_id)
    if empty:
        raise ValueError(f"{', '.join(inputs.paths)}: no article is there; articles are {' '.join(SUFFIXES)} files")
    return found


def _first(inputs: Inputs, doc_id: str) -> str:
    """The path of the first article of that id: looked for again, since millions of paths are not worth keeping."""
    return next(s.path for s in sources(inputs) if isinstance(s, Source) and s.doc_id == doc_id)


def doubled(first: str, second: str, doc_id: str) -> ValueError:
    """The error that two articles have one id."""
    return ValueError(f"{first} and {second} have one doc_id, {doc_id!r}; rename one or leave it out")


def _files(paths: tuple[str, ...]) -> Iterator[_File | Rejected]:
    """The files of the inputs, each once."""
    seen: set[Path] = set()
    for text in paths:
        for file in _named(text):
            if isinstance(file, Rejected):
                yield file
            elif (place := file.path.resolve()) not in seen:
                seen.add(place)
                yield file


def _named(text: str) -> Iterator[_File | Rejected]:
    path = Path(text)
    if path.is_dir():
        yield from _walk(path)
    elif path.exists():
        yield _File(path, path.parent, False)
    elif glob.has_magic(text):
        yield from _globbed(text)
    else:
        raise ValueError(f"{text}: there is no such file or folder; name files, folders or a quoted glob")


def _globbed(text: str) -> Iterator[_File | Rejected]:
    hits = [Path(hit) for hit in sorted(glob.glob(text, recursive=True))]
    if not hits:
        raise ValueError(f"{text}: no file fits this pattern; '**/*.txt' also looks into folders")
    parts = Path(text).parts
    top = Path(*parts[: next(k for k, part in enumerate(parts) if glob.has_magic(part))])
    for hit in hits:
        if hit.is_file() and not _skipped(hit.name):
            yield _File(hit, top, False)
        elif hit.is_dir() and "**" not in text:  # ** names the files of the folder by itself
            yield from _walk(hit)


def _walk(top: Path) -> Iterator[_File | Rejected]:
    """The articles below a folder, sorted; links to folders are not followed, so there is no way round in a circle."""
    closed: list[OSError] = []
    found: list[Path] = []
    for folder, below, names in os.walk(top, onerror=closed.append):
        below[:] = [name for name in below if not name.startswith(".")]
        found += [Path(folder, name) for name in names if name.lower().endswith(SUFFIXES) and not _skipped(name)]
    for error in closed:
        yield Rejected(str(error.filename), f"the folder cannot be read ({error.strerror})", None)
    for path in sorted(found, key=Path.as_posix):
        yield _File(path, top, True)


def _skipped(name: str) -> bool:
    return name.startswith(".") or name.lower() in (manifests.NAME, "readme.md")


def _article(file: _File, known: Manifests, published: str | None) -> Source | Rejected:
    path = file.path
    if not _encodable(str(path)):
        return Rejected(ascii(str(path)), "the file's name is not UTF-8; rename it", None)
    entry = known.entry(path.stem, folder=path.parent, top=file.top, whole=file.whole)
    label = (entry.source if entry else None) or path.relative_to(file.top).as_posix()
    return Source(path.stem, label, str(path), entry.published if entry else published, entry.title if entry else None)


def _rows(file: _File, columns: Columns, known: Manifests, published: str | None) -> Iterator[Source | Rejected]:
    for record in records(file.path, columns):
        entry = None
        if isinstance(record, Record):
            entry = known.entry(record.doc_id, folder=file.path.parent, top=file.top, whole=False)
        yield from of_record(record, path=str(file.path), name=file.path.name, published=published, entry=entry)


def of_record(
    record: Record | Rejected, *, path: str, name: str, published: str | None, entry: Entry | None = None
) -> Iterator[Source | Rejected]:
    """The article of a row of the table `path`, and before it what is wrong with its date; or why it is none.

    `name` is the file's name, `published` the date of articles that neither their row nor the manifest's `entry` dates.
    """
    if isinstance(record, Rejected):
        yield record
        return
    date = entry.published if entry else published
    if record.published:
        try:
            date = day(record.published)
        except ValueError as error:
            date = None
            reason = f"row {record.row}: {error}; the article is extracted without a date"
            yield Rejected(path, reason, record.row)
    label = (entry.source if entry else None) or name
    title = record.title or (entry.title if entry else None)
    yield Source(record.doc_id, label, f"{path}:{record.row}", date, title, record.text)


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def content(source: Source) -> bytes:
    """The bytes of an article. Raises Unreadable where the file cannot be read, or there is more than an article."""
    try:
        if source.text is not None:
            data = source.text.encode()
            _limit(len(data))
            return data
        path = Path(source.path)
        if path.suffix.lower() not in _PICTURED:
            _limit(path.stat().st_size)
        return path.read_bytes()
    except OSError as error:
        raise Unreadable(f"the file cannot be read ({error.strerror})") from None


def by_id(folder: Path) -> dict[str, Source]:
    """The articles of a folder by doc_id. Raises ValueError where two have one doc_id."""
    found: dict[str, Source] = {}
    for source in sources(Inputs((str(folder),))):
        if isinstance(source, Source):
            if source.doc_id in found:
                raise doubled(found[source.doc_id].path, source.path, source.doc_id)
            found[source.doc_id] = source
    return found


def raw_text(source: Source) -> str:
    """The raw text of an article, as a run reads it. Raises ValueError with its path where there is none."""
    if source.text is not None:
        return source.text
    try:
        return read(content(source), suffix=Path(source.path).suffix).text
    except Unreadable as error:
        raise ValueError(f"{source.path}: {error.reason}") from None


def _limit(size: int) -> None:
    if size > _LARGEST:
        raise Unreadable(f"it has {size / 1e6:.0f} MB, and an article no more than {_LARGEST / 1e6:.0f}; split it")
