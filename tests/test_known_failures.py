"""Cases that are right by ANNOTATION.md and still fail. One that passes must move to its own table."""

from __future__ import annotations

from collections import defaultdict

import pytest
from tables import CHECKS, Key, Row, grouped, rows

from pipeline import Extractor


def _cases() -> list[tuple[str, Key, list[Row]]]:
    by_table: dict[str, list[Row]] = defaultdict(list)
    for table, *row in rows("known_failures.tsv"):
        by_table[table].append(tuple(row))
    return [(table, *case) for table, found in by_table.items() for case in grouped(table, found)]


CASES = _cases()


@pytest.mark.xfail(strict=True, raises=AssertionError, reason="listed in tests/cases/known_failures.tsv")
@pytest.mark.parametrize(("table", "key", "expected"), CASES, ids=[f"{table}-{key[0]}" for table, key, _ in CASES])
def test_known_failure(extractor: Extractor, table: str, key: Key, expected: list[Row]) -> None:
    CHECKS[table](extractor, key, expected)
