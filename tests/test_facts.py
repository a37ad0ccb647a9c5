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


def _of_report(extractor: Extractor, text: str, slot: str) -> list[tuple[str, str]]:
    facts = extractor(text, published="2023-02-01", title="政府工作报告").facts
    return [(text[f.quantity_start : f.quantity_end], getattr(f, slot)) for f in facts]


def test_a_report_plans_behind_a_heading_or_a_colon_only(extractor: Extractor) -> None:
    text = (
        "政府工作报告\n一、2022年工作回顾\n我们紧紧围绕奋斗目标，圆满实现预期目标。财政收入完成8亿元。\n"
        "各项工作部署落实见效。新增就业3000人。\n二、2023年工作安排\n财政收入9亿元。\n"
    )
    assert _of_report(extractor, text, "status") == [
        ("8亿元", "actual"),
        ("3000人", "actual"),
        ("9亿元", "target"),
    ]


def test_a_zone_owns_what_its_clauses_of_a_report_say(extractor: Extractor) -> None:
    text = (
        "政府工作报告\n我代表禾丰县人民政府作报告。禾丰县是农业县，禾丰县人口20万人。\n"
        "力争年内开发区营业收入超过450亿元，固投达到10亿元，全县财政收入达到8亿元。\n"
    )
    assert _of_report(extractor, text, "subject") == [
        ("20万人", "禾丰县"),
        ("450亿元", "开发区"),
        ("10亿元", "开发区"),
        ("8亿元", "禾丰县"),
    ]


def test_what_came_in_is_told_from_what_there_is(extractor: Extractor) -> None:
    text = "2023年，渝北区认定高新技术企业27家。渝北区高新技术企业达到506家。"
    assert [(f.value, f.rule) for f in extractor(text, published="2024").facts] == [
        (27, "fact.level+flow"),
        (506, "fact.level"),
    ]


def test_an_excerpt_of_a_plan_needs_no_heading(extractor: Extractor) -> None:
    text = "实施技改项目10个，力争全年完成技改投资8亿元。\n新建厂房5万平方米。\n"
    title = "禾丰县政府工作报告（节选）"
    found = extractor(text + "禾丰县地处山区。" * 3, published="2023-02-01", title=title).facts
    assert [(text[f.quantity_start : f.quantity_end], f.status) for f in found] == [
        ("10个", "target"),
        ("8亿元", "target"),
        ("5万平方米", "target"),
    ]


def test_a_subsidiary_that_money_goes_to_owns_nothing(extractor: Extractor) -> None:
    found = extractor("公司向全资子公司武汉光迅信息技术有限公司增资3亿元。", published="2025-07-04").facts
    assert [f.subject for f in found] == ["公司"]
