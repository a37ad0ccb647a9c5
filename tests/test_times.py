"""Times: the whole list of every text of the table, exactly."""

from __future__ import annotations

import pytest
from tables import Key, Row, check_times, grouped, rows

from pipeline import Extractor

TABLE = grouped("times", rows("times.tsv"))
NO_DATES = ["1743.9亿元", "独占1/4份额", "连续18年增长", "三分之一的企业", "一号工程", "花了10年时间建设"]


def test_table_is_large_enough() -> None:
    assert len(rows("times.tsv")) >= 110


@pytest.mark.parametrize(("key", "expected"), TABLE, ids=["@".join(key) for key, _ in TABLE])
def test_times(extractor: Extractor, key: Key, expected: list[Row]) -> None:
    check_times(extractor, key, expected)


@pytest.mark.parametrize("text", NO_DATES)
@pytest.mark.parametrize("published", [None, "2023", "2023-12-18"])
def test_numbers_are_no_dates(extractor: Extractor, text: str, published: str | None) -> None:
    assert [t.text for t in extractor(text, published=published).times] == []


@pytest.mark.parametrize(
    ("text", "first_day", "last_day"),
    [
        ("2023年，", "2023-01-01", "2023-12-31"),
        ("2024年2月，", "2024-02-01", "2024-02-29"),
        ("2017年-2021年，", "2017-01-01", "2021-12-31"),
        ("2023年前三季度，", "2023-01-01", "2023-09-30"),
    ],
)
def test_days_of_an_interval(extractor: Extractor, text: str, first_day: str, last_day: str) -> None:
    [found] = extractor(text).times
    assert (found.first_day, found.last_day) == (first_day, last_day)


@pytest.mark.parametrize(
    "text", ["去年产值3亿元。", "本月产值3亿元。", "近三年产值3亿元。", "昨日开工。", "上周五开工。", "一季度增长。"]
)
def test_no_clock_without_publication_date(extractor: Extractor, text: str) -> None:
    [found] = extractor(text).times
    assert (found.norm, found.first_day, found.last_day) == (None, None, None)


@pytest.mark.parametrize("published", ["2023-13", "2023-02-30", "yesterday", ""])
def test_an_impossible_publication_date_is_refused(extractor: Extractor, published: str) -> None:
    with pytest.raises(ValueError):
        extractor("去年产值3亿元。", published=published)
