"""Companies: the whole list of every text of the table, exactly."""

from __future__ import annotations

import pytest
from tables import Key, Row, check_companies, grouped, rows

from pipeline import Extractor

TABLE = grouped("companies", rows("companies.tsv"))


def test_table_is_large_enough() -> None:
    assert len(rows("companies.tsv")) >= 60


@pytest.mark.parametrize(("key", "expected"), TABLE, ids=[key[0] for key, _ in TABLE])
def test_companies(extractor: Extractor, key: Key, expected: list[Row]) -> None:
    check_companies(extractor, key, expected)
