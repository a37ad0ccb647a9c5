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


@pytest.mark.parametrize("key", [key for key, _ in TABLE], ids=[key[0] for key, _ in TABLE])
def test_every_slot_knows_its_characters(extractor: Extractor, key: Key) -> None:
    found = extractor(key[0], published=key[1])
    quantities = {(q.start, q.end): q for q in found.quantities}
    for fact in found.facts:
        assert (fact.value, fact.unit) == (q := quantities[fact.quantity_start, fact.quantity_end]) and q or True
