"""Tables of articles: CSV, JSON lines and Parquet, streamed. Ids are text: 000123 keeps its zeros."""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.read import Rejected, Unreadable, decode

_NO_TEXT = re.compile("[\0\ud800-\udfff]")  # NUL, and halves of characters
SUFFIXES = (".csv", ".jsonl", ".parquet")
_HEAD = 1 << 20  # bytes of a CSV file that tell its encoding
_BATCH = 256  # articles of a Parquet file in memory at once


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a table of articles. `published` and `title` may be missing from it under these names."""

    id: str = "doc_id"
    text: str = "text"
    published: str = "published"
    title: str = "title"


@dataclass(frozen=True, slots=True)
class Record:
    """One row: an article. `row` counts as a reader of the file does: lines, or rows below a header in line 1."""

    row: int
    doc_id: str
    text: str
    published: str | None
    title: str | None


def records(path: Path, columns: Columns) -> Iterator[Record | Rejected]:
    """The articles of a table one by one; a row that holds none comes as Rejected with its number.

    Raises ValueError if the file cannot be read or has no column for ids or texts.
    """
    readers = {".csv": _csv, ".jsonl": _jsonl, ".parquet": _parquet}
    try:
        for row, cells in readers[path.suffix.lower()](path, columns):
            yield Rejected(str(path), cells, row) if isinstance(cells, str) else record(str(path), row, cells, columns)
    except OSError as error:
        raise ValueError(f"{path}: the table cannot be read ({error.strerror or error})") from None


def record(path: str, row: int, cells: Mapping[str, Any], columns: Columns) -> Record | Rejected:
    """The article that a row holds, or why it holds none; `path` is the table's, for messages."""
    doc_id, text, published, title = (
        _text(cells.get(name)) for name in (columns.id, columns.text, columns.published, columns.title)
    )
    if not doc_id:
        return Rejected(path, f"row {row}: the column {columns.id!r} is empty; give every article an id", row)
    if not text or not text.strip():
        return Rejected(path, f"row {row}: article {doc_id!r} has no text", row)
    if any(_NO_TEXT.search(cell) for cell in (doc_id, text, title or "")):
        return Rejected(path, f"row {row}: article {doc_id!r} holds characters that are no text", row)
    return Record(row, doc_id, text, published, title)


def _text(value: object) -> str | None:
    """A cell as text; dates come as ISO 8601 and whole numbers without a point."""
    if value is None or value == "":
        return None
    return str(value)


Cells = Mapping[str, Any] | str


def _csv(path: Path, columns: Columns) -> Iterator[tuple[int, Cells]]:
    csv.field_size_limit(sys.maxsize)  # the default of 128 KB is less than an annual report
    with path.open(encoding=_encoding(path), newline="") as file:
        table = csv.DictReader(file)
        need(path, table.fieldnames or (), columns)
        row = 1
        try:
            for row, cells in enumerate(table, 2):
                yield row, cells
        except (UnicodeDecodeError, csv.Error) as error:
            yield row + 1, f"row {row + 1}: the rest of the table cannot be read ({error}); save it as CSV in UTF-8"


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if len(head) == _HEAD:
        end = head.rfind(b"\n") + 1  # no character cut in two
        head = head[: end + end % 2 if b"\0" in head else end]
    try:
        name = decode(head)[1]
    except Unreadable as error:
        raise ValueError(f"{path}: {error.reason}") from None
    if name == "utf-8":
        return "utf-8-sig"
    return "utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else name


def _jsonl(path: Path, columns: Columns) -> Iterator[tuple[int, Cells]]:
    known = False
    with path.open("rb") as file:
        for row, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                cells = json.loads(line, parse_int=str, parse_float=str)
            except ValueError as error:
                yield row, f"row {row}: the line is no JSON in UTF-8 ({error})"
                continue
            if not isinstance(cells, dict):
                yield row, f"row {row}: the line is no JSON object"
                continue
            if not known:
                need(path, tuple(cells), columns)
                known = True
            yield row, cells


def _parquet(path: Path, columns: Columns) -> Iterator[tuple[int, Cells]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path, pre_buffer=False)  # else what was read stays in memory, to the file's last row
    except pa.ArrowInvalid as error:
        raise ValueError(f"{path}: the file is no Parquet ({error})") from None
    with file:
        names = file.schema_arrow.names
        need(path, names, columns)
        wanted = [n for n in (columns.id, columns.text, columns.published, columns.title) if n in names]
        batches = file.iter_batches(batch_size=_BATCH, columns=wanted)
        yield from enumerate((cells for batch in batches for cells in batch.to_pylist()), 1)


def need(path: Path | str, names: Iterable[str], columns: Columns) -> None:
    """Raise ValueError if the ids or texts have no column, or the dates none under the name that the user gave."""
    present = list(names)
    wanted = [columns.id, columns.text] + [columns.published] * (columns.published != Columns().published)
    missing = [name for name in wanted if name not in present]
    if missing:
        raise ValueError(
            f"{path}: there is no column {', '.join(map(repr, missing))}, only {', '.join(map(repr, present))}; "
            "name the columns with --id, --text and --published-column"
        )
