"""The parts of a year that a mention's groups name: halves, months, ten-day parts, days, and decades of a century."""

from __future__ import annotations

from datetime import timedelta

from pipeline.calendar import Day, Period, days, months, point, shift_months, week
from pipeline.numerals import parse_numeral
from pipeline.rulebook import rules

_TENS = {"上": (1, 10), "中": (11, 20), "下": (21, 31)}


def number(text: str) -> int | None:
    value = parse_numeral({"正": "一", "元": "一", "首": "一"}.get(text, text))
    return int(value) if value is not None and value == int(value) else None


def half(word: str, year: int, *, ended: bool) -> Period | None:
    """上半年, 下半年, 半年度 (the first), 半年末 (June)."""
    first = word[0] in "上半"
    if ended or word == "半年":
        return point(year, 6 if first else 12)
    return months(year, *((1, 6) if first else (7, 12)))


def within_month(g: dict[str, str], year: int) -> Period | None:
    if "mm" in g:  # 二三月
        return months(year, number(g["mm"][0]) or 13, number(g["mm"][1]) or 13)
    month = number(g["m"])
    if month is None or not 1 <= month <= 12:
        return None
    if "m2" in g:
        last = number(g["m2"]) or 13
        return months(year, month, last) if "both" not in g or last == month + g["both"].count("、") else None
    if "d" in g:
        first = point(year, month, number(g["d"]))
        second = point(year, month, number(g["d2"])) if "d2" in g else first
        return (
            Period(first.start, second.end) if first and second and first.start.first() <= second.end.last() else None
        )
    return _ten_days(g["x"], year, month) if "x" in g else point(year, month)


def first_days(g: dict[str, str], year: int) -> Period | None:
    """4月前4天, 去年的前两周: counted from the first day, weeks from the first Monday."""
    first, count = Day(year, (number(g["m"]) or 1) if "m" in g else 1, 1).first(), number(g["dn"]) or 0
    if g["du"] in ("天", "日"):
        return days(first, first + timedelta(days=count - 1))
    monday = first + timedelta(days=-first.weekday() % 7)
    return days(monday, monday + timedelta(days=7 * count - 1))


def _ten_days(part: str, year: int, month: int) -> Period | None:
    first, last = _TENS[part]
    end = Day(year, month).last().day if last == 31 else last
    return Period(Day(year, month, first), Day(year, month, end))


def distant(count: int, unit: str, at: Day) -> Period | None:
    """3年后, 七年半前, 4个星期之后: the year, month, week or day that lies so far from the publication."""
    if unit == "年":
        return point(at.year + count)
    if unit in ("月", "年半") and at.month:
        then = shift_months(at, count if unit == "月" else 12 * count + (6 if count > 0 else -6))
        return Period(then, then)
    if unit in ("月", "年半") or at.month is None or at.day is None:
        return None
    if unit == "天":
        day = at.first() + timedelta(days=count)
        return days(day, day)
    return week(at.first(), count)


def reign(g: dict[str, str]) -> Period | None:
    """光绪二十四年: its first year plus 23; None past its end and for lunar months that end in the next year."""
    tables, count = rules("times")["reigns"], number(g["ry0"])
    solar = g["reign"] in tables["solar"]
    first, length = (tables["solar"] if solar else tables["lunar"])[g["reign"]]
    if not count or count > length:
        return None
    year = first + count - 1
    if solar and "m" in g:
        return within_month(g, year)
    return None if number(g.get("m", "一")) in (None, 11, 12) else point(year)


def feast(g: dict[str, str], year: int | None) -> Period | None:
    """国庆节当天: its day; 国庆假期: the month; 元旦假期, which may begin in December: the year."""
    month, day = rules("times")["festivals"][g["feast"]]
    if year is None:
        return None
    if "around" not in g:
        return point(year, month, day)
    return point(year, month) if month > 1 else point(year)


def decade(g: dict[str, str]) -> Period | None:
    century = 20 if "cen" not in g else number(g["cen"])
    if "rcen" in g:
        century = 20 if g["rcen"] == "上" else 21
    if not century or not 1 <= century <= 30:
        return None
    start = (century - 1) * 100
    if "tens" in g:  # 七八十年代
        first, last = number(g["tens"][0]) or 0, number(g["tens"][1]) or 0
        return Period(Day(start + 10 * first), Day(start + 10 * last + 9)) if last == first + 1 else None
    if "dec" not in g:
        return Period(Day(start), Day(start + 99))
    value = number(g["dec"]) or 0
    return Period(Day(start + value), Day(start + value + 9))
