"""The dataset in other formats, written from the store of an output folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pipeline.dataset import COLUMNS, Row, replacing, write_csv, write_parquet
from pipeline.store import TABLES, Store, reading

FORMATS = ("xlsx", "csv", "jsonl", "parquet", "sqlite", "jsonld")
_SLOTS = ("quantity", "indicator", "subject", "time", "cue")
_SHEET_ROWS = 1_048_575  # what Excel holds, without the header
_EXACT_DIGITS = 15  # beyond, Excel would change the number


def export(out: Path, *, form: str, path: Path, table: str = "facts") -> None:
    """Write the dataset in `out` to the file `path`.

    `form` is one of FORMATS. xlsx and sqlite hold every table, csv, jsonl and parquet the one named, jsonld the facts.
    Raises ValueError if `out` holds no dataset or there is no such table.
    """
    if table not in TABLES:
        raise ValueError(f"there is no table {table!r}, only {', '.join(TABLES)}")
    writers: dict[str, Callable[[Store, Path, str], object]] = {
        "xlsx": _xlsx,
        "csv": lambda store, part, name: write_csv(part, name, store.rows(name)),
        "jsonl": _jsonl,
        "parquet": lambda store, part, name: write_parquet(part, name, store.rows(name)),
        "sqlite": lambda store, part, _: store.copy(part),
        "jsonld": _jsonld,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with reading(out) as store, replacing(path) as part:
        part.unlink(missing_ok=True)  # left by a killed export; SQLite would not write over it
        writers[form](store, part, table)


def _jsonl(store: Store, path: Path, table: str) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for row in store.rows(table):
            file.write(json.dumps({c: _number(v) for c, v in row.items()}, ensure_ascii=False) + "\n")


def _number(value: Any) -> Any:
    """A decimal as a JSON number: whole ones exactly."""
    if not isinstance(value, Decimal):
        return value
    return int(value) if value == value.to_integral_value() else float(value)


def _xlsx(store: Store, path: Path, _: str) -> None:
    import xlsxwriter

    # Text of an article that begins with = or http is text: never a formula, never a link.
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        for table in TABLES:
            rows = store.rows(table)
            number = 1
            while _sheet(book, table, number, rows) == _SHEET_ROWS:
                number += 1


def _sheet(book: Any, table: str, number: int, rows: Iterator[Row]) -> int:
    """Write as many rows as a sheet holds; returns how many there were."""
    sheet = book.add_worksheet(table if number == 1 else f"{table}_{number}")
    sheet.freeze_panes(1, 0)
    sheet.write_row(0, 0, COLUMNS[table])
    count = 0
    for count, row in enumerate(islice(rows, _SHEET_ROWS), 1):
        for column, value in enumerate(row.values()):
            _cell(sheet, count, column, value)
    return count


def _cell(sheet: Any, row: int, column: int, value: Any) -> None:
    if value is None:
        return
    if isinstance(value, str):
        sheet.write_string(row, column, value)
    elif len(Decimal(value).normalize().as_tuple().digits) > _EXACT_DIGITS:
        sheet.write_string(row, column, format(value, "f"))
    else:
        sheet.write_number(row, column, float(value))


def _jsonld(store: Store, path: Path, _: str) -> None:
    """Web Annotations: one for each slot of a fact that stands in the text, in one page."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write('{"@context": "http://www.w3.org/ns/anno.jsonld", "type": "AnnotationPage", "items": [\n')
        for number, record in enumerate(_annotations(store)):
            file.write((",\n" if number else "") + json.dumps(record, ensure_ascii=False))
        file.write("\n]}\n")


def _annotations(store: Store) -> Iterator[dict[str, Any]]:
    for fact in store.rows("facts"):
        for slot in _SLOTS:
            if fact[f"{slot}_start"] is not None:
                yield _annotation(fact, slot)


def _annotation(fact: Row, slot: str) -> dict[str, Any]:
    said = {
        "quantity": [fact["value"], fact["value_max"], fact["unit"]],
        "cue": [fact["status"]],
    }.get(slot) or [fact[slot]]
    value = " ".join(format(v, "f") if isinstance(v, Decimal) else str(v) for v in said if v is not None)
    return {
        "id": f"urn:zhibiao:fact:{fact['fact_id']}:{slot}",
        "type": "Annotation",
        "motivation": "classifying",
        "body": [
            {"type": "TextualBody", "purpose": "classifying", "value": slot},
            {"type": "TextualBody", "purpose": "describing", "value": value},
        ],
        "target": {
            "source": f"urn:zhibiao:article:{quote(fact['doc_id'], safe='')}",
            "selector": {
                "type": "TextPositionSelector",
                "start": fact[f"{slot}_start"],
                "end": fact[f"{slot}_end"],
            },
        },
    }
