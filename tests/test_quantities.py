"""Quantities: the whole list of every text of the table, exactly; and strings that hold none."""

from __future__ import annotations

import pytest
from tables import Key, Row, check_negatives, check_quantities, grouped, rows

from pipeline import Extractor

TABLE = grouped("quantities", rows("quantities.tsv"))
NEGATIVES = [row[0] for row in rows("negatives.txt")]


def test_tables_are_large_enough() -> None:
    assert len(rows("quantities.tsv")) >= 150
    assert len(set(NEGATIVES)) >= 300


@pytest.mark.parametrize(("key", "expected"), TABLE, ids=[key[0] for key, _ in TABLE])
def test_quantities(extractor: Extractor, key: Key, expected: list[Row]) -> None:
    check_quantities(extractor, key, expected)


@pytest.mark.parametrize("text", NEGATIVES)
def test_negatives_hold_neither_quantity_nor_time(extractor: Extractor, text: str) -> None:
    check_negatives(extractor, (text, ""), [])


@pytest.mark.parametrize(
    ("text", "dimension", "base_value", "base_unit"),
    [
        ("投资3.5亿元。", "currency", 350000000, "CNY"),
        ("出口2万美元。", "currency", 20000, "USD"),
        ("占地3平方公里。", "area", 3000000, "m2"),
        ("产量5吨。", "mass", 5000, "kg"),
        ("重达620公斤。", "mass", 620, "kg"),
        ("增长16.6%。", "ratio", 16.6, "%"),
    ],
)
def test_base_units(extractor: Extractor, text: str, dimension: str, base_value: float, base_unit: str) -> None:
    [found] = extractor(text).quantities
    assert (found.dimension, float(found.base_value or 0), found.base_unit) == (dimension, base_value, base_unit)
