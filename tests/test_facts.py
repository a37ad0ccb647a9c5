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


def test_a_report_plans_behind_a_heading_or_a_colon_only(extractor: Extractor) -> None:
    text = (
        "政府工作报告\n一、2022年工作回顾\n我们紧紧围绕奋斗目标，圆满实现预期目标。财政收入完成8亿元。\n"
        "各项工作部署落实见效。新增就业3000人。\n二、2023年工作安排\n财政收入9亿元。\n"
    )
    facts = extractor(text, published="2023-02-01", title="政府工作报告").facts
    assert [(text[f.quantity_start : f.quantity_end], f.status) for f in facts] == [
        ("8亿元", "actual"),
        ("3000人", "actual"),
        ("9亿元", "target"),
    ]
