"""Facts: what each quantity of the table states, slot by slot; and what provenance every fact must carry."""

from __future__ import annotations

import pytest
from tables import Key, Row, check_facts, grouped, rows

from pipeline import Extractor

TABLE = grouped("facts", rows("facts.tsv"))


def test_table_is_large_enough() -> None:
    assert len(rows("facts.tsv")) >= 60


@pytest.mark.parametrize(("key", "expected"), TABLE, ids=["@".join(key) for key, _ in TABLE])
def test_facts(extractor: Extractor, key: Key, expected: list[Row]) -> None:
    check_facts(extractor, key, expected)
