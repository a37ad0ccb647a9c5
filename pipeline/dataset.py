"""Records <-> tables. The column lists of the contract exist here only."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.spans import Document

COLUMNS: dict[str, tuple[str, ...]] = {
    "documents": ("doc_id", "source", "sha256", "encoding", "title", "published", "n_chars", "n_sentences"),
    "quantities": (
        "doc_id", "start", "end", "text", "value", "value_max", "unit", "kind", "comparator", "dimension",
        "base_value", "base_unit", "sentence_start", "sentence_end", "rule",
    ),
    "times": (
        "doc_id", "start", "end", "text", "norm", "first_day", "last_day", "sentence_start", "sentence_end", "rule",
    ),
    "companies": ("doc_id", "start", "end", "text", "canonical", "sentence_start", "sentence_end", "rule"),
    "facts": (
        "fact_id", "doc_id", "subject", "indicator", "aspect", "direction", "endpoint", "status", "value", "value_max",
        "unit", "comparator", "dimension", "base_value", "base_unit", "time", "first_day", "last_day", "scope",
        "company", "quantity_start", "quantity_end", "indicator_start", "indicator_end", "subject_start", "subject_end",
        "time_start", "time_end", "cue_start", "cue_end", "sentence_start", "sentence_end", "rule",
    ),
    "targets": (
        "fact_id", "subject", "indicator", "deadline", "value", "value_max", "unit", "comparator",
        "outcome_fact_id", "outcome_value", "outcome_time", "verdict",
    ),
    "conflicts": ("fact_id", "other_fact_id", "relation", "difference"),
    "register": ("canonical", "name", "company_id", "aliases", "mentions", "documents", "first_doc_id"),
}  # fmt: skip

# The tables that one article alone fills; `targets` and `conflicts` are drawn from the facts of all articles, and
# `register` from their companies.
PER_ARTICLE = tuple(table for table, columns in COLUMNS.items() if "doc_id" in columns)

NUMBERS = {"value", "value_max", "base_value", "outcome_value", "difference"}
_INTEGERS = {c for columns in COLUMNS.values() for c in columns if c.endswith(("start", "end"))} | {
    "n_chars",
    "n_sentences",
    "mentions",
    "documents",
}

_ROWS = 5_000  # rows that are held at once while a table is written
_GROUP = 10  # times as many make a row group of a Parquet file

Row = dict[str, Any]


def rows(document: Document) -> dict[str, list[Row]]:
    """One document's rows by table, in text order."""
    return {
        "documents": [_head(document)],
        "quantities": [_row(q, "quantities", document) for q in document.quantities],
        "times": [_row(t, "times", document) for t in document.times],
        "companies": [_row(c, "companies", document) for c in document.companies],
        "facts": [_fact_row(f, document) for f in document.facts],
    }


def _head(document: Document) -> Row:
    return {
        "doc_id": document.doc_id,
        "source": document.source,
        "sha256": document.sha256,
        "encoding": document.encoding,
        "title": document.title,
        "published": document.published,
        "n_chars": len(document.raw),
        "n_sentences": len(document.sentences),
    }


def _row(record: Any, table: str, document: Document) -> Row:
    return {c: document.doc_id if c == "doc_id" else getattr(record, c) for c in COLUMNS[table]}


def _fact_row(fact: Any, document: Document) -> Row:
    row = {c: getattr(fact, c, None) for c in COLUMNS["facts"]} | {"doc_id": document.doc_id}
    key = [row[c] for c in ("doc_id", "quantity_start", "quantity_end", "subject", "indicator", "aspect")]
    return row | {"fact_id": sha256("\x1f".join(map(str, key)).encode()).hexdigest()[:16]}


def schema(table: str) -> pa.Schema:
    """The Parquet types of a table: text, whole numbers, and numbers as doubles."""
    return pa.schema([(column, _type(column)) for column in COLUMNS[table]])


def _type(column: str) -> pa.DataType:
    if column in NUMBERS:
        return pa.float64()
    return pa.int64() if column in _INTEGERS else pa.string()


def frames(documents: Iterable[Document]) -> dict[str, pd.DataFrame]:
    """All documents' rows as one frame a table, with exactly the contract's columns."""
    collected: dict[str, list[Row]] = {table: [] for table in PER_ARTICLE}
    for document in documents:
        for table, found in rows(document).items():
            collected[table] += found
    return {table: arrow(table, found).to_pandas() for table, found in collected.items()}


def arrow(table: str, found: list[Row]) -> pa.Table:
    """Rows as an Arrow table of the contract's columns."""
    columns = {c: [_plain(row[c], c) for row in found] for c in COLUMNS[table]}
    return pa.table(columns, schema=schema(table))


def _plain(value: Any, column: str) -> Any:
    return float(value) if column in NUMBERS and value is not None else value


def write_csv(path: Path, table: str, found: Iterable[Row]) -> int:
    """Write rows as CSV (UTF-8 with BOM, LF); returns how many. Numbers keep every digit and no exponent."""
    count = 0
    with _lines(path, table) as writer:
        for batch in _batches(found):
            writer.writerows(_printed(batch, table))
            count += len(batch)
    return count


def write_parquet(path: Path, table: str, found: Iterable[Row]) -> None:
    """Write rows as Parquet; numbers become doubles."""
    with _groups(path, table) as writer:
        for batch in _batches(found):
            writer.add(batch)


def write(folder: Path, table: str, found: Iterable[Row]) -> int:
    """Write rows to `folder` as CSV and as Parquet, reading them once; returns how many.

    Each file is written beside the old one and takes its place when it is whole.
    """
    count = 0
    text, binary = folder / f"{table}.csv", folder / f"{table}.parquet"
    with (
        replacing(text) as text_part,
        replacing(binary) as binary_part,
        _lines(text_part, table) as lines,
        _groups(binary_part, table) as groups,
    ):
        for batch in _batches(found):
            lines.writerows(_printed(batch, table))
            groups.add(batch)
            count += len(batch)
    return count


def _batches(found: Iterable[Row]) -> Iterator[list[Row]]:
    feed = iter(found)
    while batch := list(islice(feed, _ROWS)):
        yield batch


@contextmanager
def _lines(path: Path, table: str) -> Iterator[Any]:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS[table])
        yield writer


def _printed(batch: list[Row], table: str) -> Iterator[list[Any]]:
    return ([_cell(row[c]) for c in COLUMNS[table]] for row in batch)


class _Groups:
    """Writes batches of rows as larger row groups: as Arrow tables they take a tenth of the memory."""

    def __init__(self, writer: Any, table: str) -> None:
        self._writer, self._table = writer, table
        self._waiting: list[pa.Table] = []

    def add(self, batch: list[Row]) -> None:
        self._waiting.append(arrow(self._table, batch))
        if len(self._waiting) == _GROUP:
            self.flush()

    def flush(self) -> None:
        if self._waiting:
            self._writer.write_table(pa.concat_tables(self._waiting))
            self._waiting.clear()


@contextmanager
def _groups(path: Path, table: str) -> Iterator[_Groups]:
    with pq.ParquetWriter(path, schema(table), compression="zstd") as writer:
        groups = _Groups(writer, table)
        yield groups
        groups.flush()


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f").removesuffix(".0")
    return value


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path to write to, which becomes `path` at the end of the block; after an error `path` is what it was."""
    part = path.with_name(f".{path.name}.part")
    try:
        yield part
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def read(folder: Path, table: str) -> list[Row]:
    """A table of an output folder as rows with Python values; None for an empty cell. FileNotFoundError if missing."""
    parquet, text = folder / f"{table}.parquet", folder / f"{table}.csv"
    if parquet.exists():
        return list(pq.read_table(parquet).to_pylist())
    if not text.exists():
        raise FileNotFoundError(f"{folder} holds no table {table!r}; run `zhibiao run INPUT --out {folder}` first")
    return list(_read_csv(text))


def _read_csv(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            yield {c: _parse(v, c) for c, v in row.items()}


def _parse(cell: str, column: str) -> Any:
    if cell == "":
        return None
    if column in NUMBERS:
        return float(cell)
    return int(cell) if column in _INTEGERS else cell
