"""The case tables of tests/cases, and what the extractor makes of a text in the same shape."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from decimal import Context, Decimal
from pathlib import Path

from pipeline import Extractor
from pipeline.numerals import parse_numeral

CASES = Path(__file__).parent / "cases"

Row = tuple[str, ...]
Key = tuple[str, str]  # text and publication date


def rows(name: str) -> list[Row]:
    """The rows of a table; ⏎ stands for a line break."""
    lines = (CASES / name).read_text(encoding="utf-8").splitlines()
    return [tuple(cell.replace("⏎", "\n") for cell in line.split("\t")) for line in lines if line and line[0] != "#"]


def grouped(table: str, found: Iterable[Row]) -> list[tuple[Key, list[Row]]]:
    """The expected records of each text, in the order of the table."""
    groups: dict[Key, list[Row]] = {}
    for row in found:
        dated = table in ("times", "facts")
        key, rest = (row[0], row[1] if dated else ""), row[1 + dated :]
        groups.setdefault(key, []).extend([rest] if any(rest) else [])
    return list(groups.items())


def number(text: str) -> Decimal | None:
    """'1/3', '0.7' or '' -> a number of twelve digits."""
    if not text:
        return None
    over, _, under = text.partition("/")
    return rounded(Decimal(over) / Decimal(under or 1))


def rounded(value: Decimal | None) -> Decimal | None:
    return None if value is None else Context(prec=12).plus(value).normalize() + 0


def check_quantities(extractor: Extractor, key: Key, expected: list[Row]) -> None:
    """Surface, value, upper end, unit, kind and comparator of every quantity of the text."""
    found = [
        (q.text, rounded(q.value), rounded(q.value_max), q.unit, q.kind, q.comparator)
        for q in extractor(key[0]).quantities
    ]
    assert found == [(t, number(v), number(m), u or None, k, c) for t, v, m, u, k, c in expected]


def check_times(extractor: Extractor, key: Key, expected: list[Row]) -> None:
    """Surface and interval of every time of the text."""
    found = [(t.text, t.norm) for t in extractor(key[0], published=key[1] or None).times]
    assert found == [(text, norm or None) for text, norm in expected]


def check_companies(extractor: Extractor, key: Key, expected: list[Row]) -> None:
    """Surface and canonical name of every company of the text."""
    assert [(c.text, c.canonical) for c in extractor(key[0]).companies] == expected


def check_negatives(extractor: Extractor, key: Key, expected: list[Row]) -> None:
    """Neither a quantity nor a time, with and without a sentence around the string."""
    found = extractor(key[0], published="2023-12-18")
    assert [q.text for q in found.quantities] == []
    assert [t.text for t in found.times] == []


def check_facts(extractor: Extractor, key: Key, expected: list[Row]) -> None:
    """The fact that each quantity of the table states; `none` as its aspect if it states none."""
    found = extractor(key[0], published=key[1] or None)
    for surface, *slots in expected:
        spans = [(q.start, q.end) for q in found.quantities if q.text == surface]
        facts = [f for f in found.facts if (f.quantity_start, f.quantity_end) in spans]
        assert len(spans) == 1, f"{surface}: {[q.text for q in found.quantities]}"
        stated = [
            (_plain(f.subject), _plain(f.indicator), f.aspect, f.direction or "", f.status, f.time or "") for f in facts
        ]
        subject, indicator, *rest = slots
        wanted = [] if rest[0] == "none" else [(_plain(subject), _plain(indicator), *rest)]
        assert stated == wanted, surface


def check_numerals(extractor: Extractor, key: Key, expected: list[Row]) -> None:
    """The value of a numeral; an empty value if it is none."""
    assert [rounded(parse_numeral(key[0]))] == ([number(value) for (value,) in expected] or [None])


def _plain(name: str | None) -> str:
    """White space, quotation marks and 的 do not matter in names (DESIGN.md section 3)."""
    return re.sub(r"[\s“”\"'‘’的]", "", name or "")


CHECKS: dict[str, Callable[[Extractor, Key, list[Row]], None]] = {
    "numerals": check_numerals,
    "quantities": check_quantities,
    "times": check_times,
    "companies": check_companies,
    "negatives": check_negatives,
    "facts": check_facts,
}
