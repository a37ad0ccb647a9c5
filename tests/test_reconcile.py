"""Targets and outcomes, agreement and conflict, and what was merged: on facts written by hand."""

from __future__ import annotations

import random
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import Extractor, dataset, reconcile, rulebook
from pipeline.bounds import decimal, goal, met, place, relation, stated, tidy
from pipeline.calendar import bounds
from pipeline.merge import Names, merged

Row = dict[str, Any]
BLANK: Row = dict.fromkeys(dataset.COLUMNS["facts"])


def fact(fact_id: str, subject: str, indicator: str, value: Any, time: str | None, **more: Any) -> Row:
    """A fact at its own place; the article is the id's first letter."""
    at = sum(map(ord, fact_id))
    first, last = bounds(time)
    row = BLANK | {
        "fact_id": fact_id, "doc_id": fact_id[0], "subject": subject, "indicator": indicator, "aspect": "level",
        "status": "actual", "value": value, "unit": "元", "comparator": "eq", "base_value": value, "base_unit": "CNY",
        "time": time, "first_day": first, "last_day": last, "quantity_start": at, "quantity_end": at + 2,
        "sentence_start": at, "sentence_end": at + 9,
    } | more  # fmt: skip
    return row | {"base_value": more.get("base_value", row["value"])}


def target(fact_id: str, subject: str, indicator: str, value: Any, time: str | None, **more: Any) -> Row:
    return fact(fact_id, subject, indicator, value, time, status="target", **more)


def verdicts(rows: list[Row]) -> list[tuple[Any, ...]]:
    columns = ("fact_id", "verdict", "outcome_fact_id", "outcome_value", "outcome_time")
    return [tuple(row[c] for c in columns) for row in reconcile.targets(rows)]


def judged(wanted: Row, *reports: Row) -> str:
    (row,) = reconcile.targets([wanted, *reports])
    return str(row["verdict"])


def test_targets_of_yubei() -> None:
    rows = [
        target("a1", "渝北区", "规上工业总产值", 4100e8, "2023"),
        target("a2", "渝北区", "规上工业总产值", 5200e8, "2026"),
        target("a3", "渝北区", "工业增加值", 750e8, "2023"),
        fact("a0", "渝北区", "规上工业总产值", 3685e8, "2021"),
        fact("b1", "渝北区", "全区规上工业总产值", 3100e8, "2023-01/2023-11", comparator="gt"),
        fact("d1", "渝北", "规模以上工业总产值", 4000e8, "2024", comparator="gt"),
        fact("d2", "渝北区", "规上工业增加值", 800e8, "2023"),
        target("c1", "渝北区", "智能网联新能源汽车年产值", 2000e8, "2025"),
        target("e1", "渝北区", "智能网联新能源汽车年产值", 2000e8, "2025"),
    ]
    assert verdicts(rows) == [
        ("a1", "unknown", "d1", 4000e8, "2024"),
        ("a2", "open", None, None, None),
        ("a3", "open", None, None, None),
        ("c1", "open", None, None, None),
        ("e1", "open", None, None, None),
    ]
    assert reconcile.conflicts(rows) == [
        {"fact_id": "c1", "other_fact_id": "e1", "relation": "agree", "difference": Decimal(0)}
    ]


def test_a_target_row_has_exactly_the_columns_of_the_contract() -> None:
    plan = target("a1", "渝北区", "工业投资", "750", "2023", unit="亩")
    rows = [plan, fact("b1", "渝北区", "工业投资", "751", "2023", unit="亩")]
    assert reconcile.targets(rows) == [
        {
            "fact_id": "a1", "subject": "渝北区", "indicator": "工业投资", "deadline": "2023", "value": "750",
            "value_max": None, "unit": "亩", "comparator": "eq", "outcome_fact_id": "b1", "outcome_value": "751",
            "outcome_time": "2023", "verdict": "met",
        }
    ]  # fmt: skip
    assert tuple(reconcile.targets(rows)[0]) == reconcile.COLUMNS["targets"]


@pytest.mark.parametrize(
    ("wanted", "said", "reported", "comparator", "verdict"),
    [
        (100, "eq", 100, "eq", "met"),
        (100, "eq", 120, "eq", "met"),
        (100, "eq", 99, "eq", "missed"),
        (100, "gt", 100, "eq", "missed"),
        (100, "gt", 100, "gt", "met"),
        (100, "ge", 100, "gt", "met"),
        (100, "ge", 90, "gt", "unknown"),
        (100, "ge", 90, "lt", "missed"),
        (100, "ge", 120, "le", "unknown"),
        (100, "le", 100, "eq", "met"),
        (100, "le", 101, "eq", "missed"),
        (100, "lt", 100, "eq", "missed"),
        (100, "le", 80, "lt", "met"),
        (100, "le", 80, "gt", "unknown"),
        (100, "approx", 96, "eq", "met"),
        (100, "approx", 94, "eq", "missed"),
        (100, "vague", 94, "eq", "open"),
    ],
)
def test_verdict_respects_both_comparators(
    wanted: int, said: str, reported: int, comparator: str, verdict: str
) -> None:
    plan = target("a", "渝北区", "工业投资", wanted, "2023", comparator=said)
    assert judged(plan, fact("b", "渝北区", "工业投资", reported, "2023", comparator=comparator)) == verdict


@pytest.mark.parametrize(
    ("indicator", "more", "value", "report", "verdict"),
    [
        ("城镇调查失业率", {}, 5.5, {"value": 5.2}, "met"),
        ("城镇调查失业率", {}, 5.5, {"value": 5.6}, "missed"),
        ("城镇调查失业率", {"comparator": "le"}, 5.5, {"value": 5.5}, "met"),
        ("单位GDP能耗", {"aspect": "growth", "direction": "down"}, 3, {"value": 3.5, "direction": "down"}, "met"),
        ("单位GDP能耗", {"aspect": "growth", "direction": "down"}, 3, {"value": 2.5, "direction": "down"}, "missed"),
        ("单位GDP能耗", {"aspect": "growth", "direction": "down"}, 3, {"value": 1, "direction": "up"}, "missed"),
        ("工业投资", {"aspect": "growth", "direction": "up"}, 8, {"value": 2, "direction": "down"}, "missed"),
        ("工业投资", {"aspect": "growth", "value_max": 9}, 8, {"value": 8.5}, "met"),
    ],
)
def test_verdict_respects_the_direction(indicator: str, more: Row, value: float, report: Row, verdict: str) -> None:
    same = {"unit": "%", "base_unit": "%", "aspect": more.get("aspect", "level")}
    plan = target("a", "全国", indicator, value, "2023", **(same | more))
    assert judged(plan, fact("b", "全国", indicator, report.pop("value"), "2023", **(same | report))) == verdict


@pytest.mark.parametrize(
    ("deadline", "reported", "verdict"),
    [
        (None, "2023", "unknown"),
        ("2023", "2022", "open"),
        ("2023", "2023-01/2023-11", "open"),
        ("2023", "2023-12", "open"),
        ("2023", "2024", "unknown"),
        ("2023-12", "2023", "met"),
        ("2021/2025", "2025", "open"),
        ("2021/2025", "2021/2025", "met"),
    ],
)
def test_verdict_respects_the_period(deadline: str | None, reported: str, verdict: str) -> None:
    report = fact("b", "渝北区", "工业投资", 2, reported)
    assert judged(target("a", "渝北区", "工业投资", 1, deadline), report) == verdict


def test_reports_that_contradict_each_other_leave_a_target_unknown() -> None:
    plan = target("a", "渝北区", "工业投资", 100, "2023")
    reports = [fact("b", "渝北区", "工业投资", 90, "2023"), fact("c", "渝北区", "工业投资", 110, "2023")]
    assert judged(plan, *reports) == "unknown"
    assert verdicts([plan, reports[1], fact("d", "渝北区", "工业投资", 95, "2023", comparator="gt")]) == [
        ("a", "met", "c", 110, "2023")
    ]


def test_an_article_does_not_report_the_outcome_of_its_own_target() -> None:
    plan = target("a1", "渝北区", "工业投资", 100, "2023")
    assert judged(plan, fact("a2", "渝北区", "工业投资", 90, "2023")) == "open"
    assert judged(plan, fact("a2", "渝北区", "工业投资", 90, "2024")) == "open"


def test_several_plans_under_one_name_are_not_judged() -> None:
    plans = [target("a1", "渝北区", "主导产业产值", 16, "2023"), target("a2", "渝北区", "主导产业产值", 80, "2023")]
    report = fact("b", "渝北区", "主导产业产值", 20, "2023")
    assert [v[1] for v in verdicts([*plans, report])] == ["unknown", "unknown"]
    assert [v[1] for v in verdicts([plans[0], report])] == ["met"]


def test_an_outcome_in_another_unit_or_direction_is_told_in_that_of_the_target() -> None:
    area = {"unit": "亩", "base_unit": "m2"}
    plan = target("a", "渝北区", "造林面积", 3, "2023", base_value=2000, **area)
    report = fact("b", "渝北区", "造林面积", 4000, "2023", unit="平方米", base_unit="m2")
    assert verdicts([plan, report]) == [("a", "met", "b", Decimal(6), "2023")]
    fall = {"aspect": "growth", "unit": "%", "base_unit": "%"}
    plan = target("a", "渝北区", "工业投资", 5, "2023", direction="up", **fall)
    report = fact("b", "渝北区", "工业投资", 2, "2023", direction="down", **fall)
    assert verdicts([plan, report]) == [("a", "missed", "b", Decimal(-2), "2023")]


@pytest.mark.parametrize(
    ("first", "second", "kind", "difference"),
    [
        ((630000, "eq"), (633000, "eq"), "refine", "3000"),
        ((630000, "gt"), (633000, "eq"), "refine", "3000"),
        ((630000, "gt"), (630000, "gt"), "agree", "0"),
        ((630000, "gt"), (620000, "eq"), "conflict", "-10000"),
        ((690, "eq"), (506, "eq"), "conflict", "-184"),
        ((2000e8, "eq"), (1900e8, "eq"), "conflict", "-10000000000"),
        ((2000e8, "approx"), (1950e8, "eq"), "refine", "-5000000000"),
        ((2000e8, "approx"), (1800e8, "eq"), "conflict", "-20000000000"),
        ((7, "eq"), (7.2, "eq"), "refine", "0.2"),
        ((7.3, "eq"), (7.2, "eq"), "conflict", "-0.1"),
        ((1700e8, "gt"), (1700e8, "eq"), "refine", "0"),
    ],
)
def test_relation(first: tuple[float, str], second: tuple[float, str], kind: str, difference: str) -> None:
    rows = [
        fact(i, "渝北区", "汽车产量", value, "2021", comparator=comparator, unit="辆", base_unit="辆")
        for i, (value, comparator) in zip("ab", (first, second), strict=True)
    ]
    assert reconcile.conflicts(rows) == [
        {"fact_id": "a", "other_fact_id": "b", "relation": kind, "difference": Decimal(difference)}
    ]


@pytest.mark.parametrize(
    "more",
    [
        {"time": "2023"}, {"time": "2021-12-30"}, {"time": None}, {"aspect": "growth"}, {"status": "target"},
        {"subject": "重庆市"}, {"indicator": "规上工业产值"}, {"indicator": "工业总产值"}, {"base_unit": "USD"},
        {"endpoint": "from"}, {"scope": "全市"}, {"comparator": "vague", "value": None},
        {"doc_id": "a", "sentence_start": 97},
    ],
)  # fmt: skip
def test_no_pair_of_two_things(more: Row) -> None:
    first = fact("a", "渝北区", "规上工业总产值", 100, "2021")
    assert reconcile.conflicts([first, fact("b", "渝北区", "规上工业总产值", 200, "2021") | more]) == []


def test_names_that_name_nothing_and_lists_under_one_name_are_no_conflict() -> None:
    bare = [fact("a", "渝北区", "项目", 3, "2024"), fact("b", "渝北区", "项目", 16, "2024")]
    assert reconcile.conflicts(bare) == []
    said = (("a1", 3), ("a2", 16), ("b1", 3), ("b2", 16))
    listed = [fact(i, "渝北区", "产业项目", n, "2024", sentence_start=1) for i, n in said]
    assert reconcile.conflicts(listed) == [
        {"fact_id": "a1", "other_fact_id": "b1", "relation": "agree", "difference": Decimal(0)},
        {"fact_id": "a2", "other_fact_id": "b2", "relation": "agree", "difference": Decimal(0)},
    ]


def test_merged_shows_what_was_made_one() -> None:
    rows = [
        fact("a", "渝北", "全区规上工业总产值", 1, "2021"),
        fact("b", "渝北区", "规模以上工业总产值", 1, "2022"),
        fact("c", "渝北区", "规上工业产值", 1, "2022"),
        fact("d", "天实精工", "年产值", 1, "2022"),
        fact("e", "重庆市天实精工科技有限公司", "产值", 1, "2022"),
    ]
    assert merged(rows) == [
        (("渝北区", "规上工业总产值", "level"), (("渝北", "全区规上工业总产值"), ("渝北区", "规模以上工业总产值"))),
    ]
    # 年产值 of a year is 产值 where something stands before it; alone it keeps its name
    assert Names(["天实精工", rows[4]["subject"]]).subject("天实精工") == "重庆市天实精工科技有限公司"


def test_a_growth_over_years_is_no_point_of_a_yearly_one() -> None:
    grown = {"aspect": "growth", "direction": "up", "unit": "%", "base_value": None, "base_unit": None}
    once = fact("a", "渝北区", "规上工业总产值", 6, "2021", **grown)
    yearly = fact("b", "渝北区", "规上工业总产值", 9, "2016/2020", **grown)
    level = fact("c", "渝北区", "规上工业总产值", 9, "2016/2020")
    names = Names(["渝北区"])
    assert [names.of(row) for row in (once, yearly, level)] == [
        ("渝北区", "规上工业总产值"),
        ("渝北区", "规上工业总产值(多年)"),
        ("渝北区", "规上工业总产值"),
    ]
    assert names.lower("单位地区生产总值能耗") and names.lower("单位地区生产总值能耗(多年)")


def test_a_short_form_that_two_firms_share_is_neither() -> None:
    names = Names(["天实精工", "重庆市天实精工科技有限公司", "成都天实精工电子有限公司"])
    assert names.subject("天实精工") == "天实精工"


def test_a_broken_example_is_an_error_that_names_the_rule(tmp_path: Path) -> None:
    for path in rulebook.folder().glob("*.toml"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    broken = (tmp_path / "merge.toml").read_text(encoding="utf-8").replace('|规上工业产值"', '|规模以上工业总产值"')
    (tmp_path / "merge.toml").write_text(broken, encoding="utf-8")
    with rulebook.use_folder(tmp_path), pytest.raises(rulebook.RuleError, match=r"merge\.toml:\d+: rule 'guishang'"):
        Names([])


def test_cells_of_every_kind_are_read_alike() -> None:
    plan = target("a", "渝北区", "工业投资", 100, "2023")
    for value in (101, 101.0, "101", Decimal("101")):
        assert judged(plan, fact("b", "渝北区", "工业投资", value, "2023")) == "met"
    assert decimal(float("nan")) is None
    assert (tidy(Decimal("3E+3")), str(tidy(Decimal("3.00")))) == (3000, "3")


_NUMBERS = st.integers(0, 40).map(lambda n: n * 25)
_COMPARATORS = st.sampled_from(["eq", "approx", "gt", "ge", "lt", "le", "vague"])
_LINES = st.tuples(
    st.sampled_from(["渝北区", "渝北", "重庆市"]),
    st.sampled_from(["规上工业总产值", "全区规模以上工业总产值", "失业率"]),
    _NUMBERS,
    st.sampled_from(["2021", "2022", "2022-12", None]),
    st.sampled_from(["actual", "target"]),
    _COMPARATORS,
    st.sampled_from([None, "up", "down"]),
)


@given(st.lists(_LINES, max_size=14), st.randoms(use_true_random=False))
def test_the_order_of_rows_is_nothing(lines: list[tuple[Any, ...]], shuffled: random.Random) -> None:
    number = count()
    rows = [
        fact(f"{'abc'[i % 3]}{next(number)}", s, name, v, t, status=status, comparator=c, direction=d)
        for i, (s, name, v, t, status, c, d) in enumerate(lines)
    ]
    mixed = list(rows)
    shuffled.shuffle(mixed)
    for work in (reconcile.targets, reconcile.conflicts, reconcile.merged):
        assert work(rows) == work(mixed)


@given(st.lists(_LINES, max_size=14))
def test_group_by_group_gives_the_same_rows(lines: list[tuple[Any, ...]]) -> None:
    rows = [
        fact(f"{'abc'[i % 3]}{i}", s, name, v, t, status=status, comparator=c, direction=d)
        for i, (s, name, v, t, status, c, d) in enumerate(lines)
    ]
    names = Names(r["subject"] for r in rows)
    grouped = [row | {"group": key} for row in rows if (key := reconcile.group(row, names)) is not None]
    grouped.sort(key=lambda row: row["group"])
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(reconcile, "_AT_ONCE", 1)
        found = sorted(reconcile.drawn(grouped, names), key=lambda line: line[:2])
    assert [row for table, _, row in found if table == "targets"] == reconcile.targets(rows)
    assert [row for table, _, row in found if table == "conflicts"] == reconcile.conflicts(rows)


@given(_NUMBERS, _COMPARATORS, _NUMBERS, _COMPARATORS, st.booleans())
def test_relation_is_symmetric_and_a_met_goal_is_no_conflict(a: int, c: str, b: int, d: str, lower: bool) -> None:
    first, second = (stated({"value": v, "comparator": k}) for v, k in ((a, c), (b, d)))
    if first is None or second is None:
        assert "vague" in (c, d)
        return
    assert relation(first, second) == relation(second, first)
    wanted = goal(first, lower=lower)
    if met(second, wanted) and c not in ("eq", "approx"):
        assert relation(second, wanted) != "conflict"


@given(st.decimals(min_value=1, max_value=10**12, places=2))
def test_the_last_place_divides_the_number(number: Decimal) -> None:
    assert number % place(number) == 0


def test_cost_of_a_crowded_group_is_bounded() -> None:
    rows = [fact(f"{i:05d}", "渝北区", "工业投资", i, "2023", doc_id=str(i)) for i in range(2000)]
    assert len(reconcile.conflicts(rows)) == 1999


def test_what_the_words_say_of_a_rate_keeps_it_out_of_the_yearly_ones(extractor: Extractor) -> None:
    text = (
        "2020年，渝北区财政收入增长5%。2020年，渝北区财政收入年均增长6%。"
        "2020年，渝北区财政收入比2015年增长40%。2020年，渝北区财政收入累计增长45%。"
    )
    rows = dataset.rows(extractor(text, published="2021-02-01"))["facts"]
    names = Names(r["subject"] for r in rows)
    assert [(r["rule"], names.of(r)) for r in rows] == [
        ("fact.growth", ("渝北区", "财政收入")),
        ("fact.growth+average", ("渝北区", "财政收入(年均)")),
        ("fact.growth+since", ("渝北区", "财政收入(多年)")),
        ("fact.growth+since", ("渝北区", "财政收入(多年)")),
    ]


def test_lengths_of_time_match_no_other() -> None:
    lasting = {"aspect": "duration", "unit": "年", "base_value": None, "base_unit": None}
    assert Names(["全国"]).of(fact("a", "全国", "粮食产量", 3, "2021", **lasting)) is None


def test_a_zone_and_what_came_in_are_no_other_article_s() -> None:
    names = Names(("开发区", "渝北区"))
    zones = [fact(i, "开发区", "主营业务收入", 5, "2023") for i in ("a1", "b1")]
    assert names.of(zones[0]) != names.of(zones[1])
    stock, flow = (
        fact("a1", "渝北区", "高新技术企业", 5, "2023", rule=rule) for rule in ("fact.level", "fact.level+flow")
    )
    assert names.of(stock) != names.of(flow)
