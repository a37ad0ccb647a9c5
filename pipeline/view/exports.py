"""A selection of facts as a file to download."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import chain
from typing import Any

from pipeline.dataset import COLUMNS, Row

MOST = 100_000  # rows of an Excel file
_FIELDS = COLUMNS["facts"]
_NUMBERS = frozenset({"value", "value_max", "base_value"})
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_EXACT_DIGITS = 15  # beyond, Excel would change the number


def csv_lines(rows: Iterable[Row]) -> Iterator[str]:
    """The rows as CSV with a BOM. Text that a spreadsheet would take for a formula gets a quote before it."""
    yield "\ufeff"
    heading = dict(zip(_FIELDS, _FIELDS, strict=True))
    for row in chain([heading], rows):
        line = io.StringIO()
        csv.writer(line, lineterminator="\n").writerow([_harmless(row[c], c) for c in _FIELDS])
        yield line.getvalue()


def _harmless(value: Any, column: str) -> Any:
    if isinstance(value, str) and column not in _NUMBERS and value.startswith(_FORMULA):
        return "'" + value
    return "" if value is None else value


def excel(rows: Iterable[Row]) -> bytes:
    """The rows as an Excel file in which text is text: never a formula, never a link."""
    import xlsxwriter

    file = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as book:
        sheet = book.add_worksheet("facts")
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, _FIELDS)
        for number, row in enumerate(rows, 1):
            for column, name in enumerate(_FIELDS):
                _cell(sheet, number, column, row[name], name)
    return file.getvalue()


def _cell(sheet: Any, row: int, column: int, value: Any, name: str) -> None:
    if value is None:
        return
    if isinstance(value, int) or (name in _NUMBERS and len(Decimal(value).as_tuple().digits) <= _EXACT_DIGITS):
        sheet.write_number(row, column, float(value))
    else:
        sheet.write_string(row, column, str(value))
