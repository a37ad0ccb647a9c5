"""What a mention of a time means: its named groups -> a period of the calendar.

`resolve_group` is the way in. A mention is resolved against the dates of its own sentence, then against what the
paragraph tells of, then against the publication date; nothing comes from a clock.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from pipeline.calendar import Day, Period, days, months, plan_start, point, shift_months, week
from pipeline.parts import decade, distant, feast, first_days, half, number, reign, within_month

_YEARS = {"今": 0, "本": 0, "去": -1, "上": -1, "明": 1, "来": 1, "下": 1, "前": -2, "后": 2}
_EDGE_MONTH = {"初": 1, "底": 12, "末": 12, "伊始": 1}
_WEEKDAY = {c: i for i, c in enumerate("一二三四五六日")} | {"天": 6}
_DAYS = {"大大后": 4, "大后": 3, "大前": -3, "今": 0, "昨": -1, "前": -2, "明": 1, "后": 2}
_WEEKS = {"上上": -2, "下下": 2, "上": -1, "下": 1, "本": 0, "这": 0}


@dataclass(frozen=True, slots=True)
class Mention:
    """A time in the clean text. `period` is None where it can't be known."""

    left: int
    right: int
    rule: str
    period: Period | None
    groups: dict[str, str]


@dataclass(frozen=True, slots=True)
class Context:
    """What a mention is resolved against: the publication date, and the mentions before it in its sentence."""

    published: Day | None
    before: tuple[Mention, ...]
    plans: frozenset[int]
    annual: bool
    paragraph: tuple[Mention, ...] = ()
    article: tuple[Mention, ...] = ()
    report: bool = False  # a work report, which looks back on the year before its own

    def year(self, *, told: bool = False) -> int | None:
        """The year that a month without one belongs to: the sentence's own, else that of the publication.

        `told`: for 上年 and 当年, which mean the year that the paragraph tells of.
        """
        for mention in reversed((*self.paragraph, *self.before) if told else self.before):
            dated = mention.groups.get("y") or mention.groups.get("ry")
            if mention.period and dated and mention.rule not in ("time.same-period", "time.year-bare"):
                return mention.period.end.year
        return self.published.year if self.published else None

    def reviewed(self) -> int | None:
        """The year that an annual report looks back on: the last one that it named before its own."""
        own = self.published.year if self.published else 9999
        named = (m.period.end.year for m in reversed((*self.article, *self.before)) if m.period and "y" in m.groups)
        if self.report and self.published:
            return own - 1
        return next((year for year in named if year < own), self.year())

    def month(self) -> int | None:
        for mention in reversed(self.before):
            if mention.period and mention.period.start.month:
                return mention.period.start.month
        return self.published.month if self.published else None


def resolve_group(group: tuple[Mention, ...], context: Context) -> Mention:
    first, last = group[0], group[-1]
    period = _resolve(first, context)
    if len(group) == 2:
        inner = replace(context, before=(*context.before, replace(first, period=period)))
        second = _resolve(last, inner)
        period = _span(period, second, last)
    if last.groups.get("since") and period:
        period = _until_published(period, context.published, this_year=first.groups.get("ry", "")[:1] in ("今", "本"))
    if last.groups.get("after"):
        period = None
    return Mention(
        first.left, last.right, first.rule, period, first.groups | last.groups if len(group) == 2 else last.groups
    )


def _span(first: Period | None, second: Period | None, last: Mention) -> Period | None:
    """From the start of one to the end of the other; ten-day parts count as their month in a range."""
    if first is None or second is None:
        return None
    end = Day(second.end.year, second.end.month) if {"x", "x2"} & last.groups.keys() else second.end
    start = Day(first.start.year, 1) if end.month and first.start.month is None else first.start
    return Period(start, end) if first.start.first() <= end.last() else None


def _until_published(period: Period, published: Day | None, *, this_year: bool) -> Period | None:
    if published is None:
        return None
    if period.start.month is None:
        return period if this_year else Period(period.start, Day(published.year))
    if published.month is None:
        return None
    day = published.day if period.start.day else None
    return Period(period.start, Day(published.year, published.month, day))


def _resolve(mention: Mention, context: Context) -> Period | None:
    """What one mention means. The rule's named groups decide, not its id."""
    g = mention.groups
    for name, meaning in _MEANINGS.items():
        if name in g:
            return meaning(g, context)
    if {"rd", "rw", "w", "now", "rm", "rq", "rh", "wb"} & g.keys() and "wk" not in g:
        return _relative(g, context)
    if mention.rule == "time.same-period":
        return _same_period(g, context)
    year = _leap_day(g, _year(g, context))
    if "wk" in g:
        return _numbered_week(g, year, context)
    if "feast" in g:
        return feast(g, year)
    return _within_year(g, year, context) if year is not None else None


def _this_year(g: dict[str, str], context: Context) -> Period | None:
    """全年, 年内: the year of the sentence, or the one that a report looks back on."""
    year = context.reviewed() if context.annual and "whole" in g and "aim" not in g else context.year()
    return point(year) if year else None


def _reviewed_years(g: dict[str, str], context: Context) -> Period | None:
    """这五年: the five years that were named before, else, in a work report, up to the year that it looks back on."""
    last, count = context.reviewed(), number(g["n"])
    told = (m.period for m in reversed((*context.article, *context.before)) if m.period)
    named = next((p for p in told if p.start.month is None and p.end.year - p.start.year + 1 == count), None)
    if named and count and count > 1:
        return named  # “十四五”时期，…。这五年，
    if not context.annual or last is None or not count:
        return None
    return Period(Day(last - count + 1), Day(last))


def _plan(g: dict[str, str]) -> Period | None:
    """“十四五”, 十四五末: the five years, or a month at their ends."""
    start = plan_start(g["plan"])
    if start and "e" in g:
        return point(start, 1) if g["e"].endswith("初") else point(start + 4, 12)
    return Period(Day(start), Day(start + 4)) if start else None


def _year(g: dict[str, str], context: Context) -> int | None:
    if "y" in g:
        year = number(g["y"])
        return year if year is None or len(g["y"]) != 2 or year > 99 else year + (1900 if year >= 50 else 2000)
    if "ry" not in g:
        if context.report and g.keys() == {"e"} and g["e"] in ("初", "末", "底"):  # 较年初增加, in a work report
            return context.reviewed()
        # 3月 is of the year that the paragraph tells of, and in January and February so is 三季度
        early = context.published is not None and context.published.month in (1, 2)
        year = context.year(told="m" in g or (early and bool({"q", "qn", "mn"} & g.keys())))
        return year - 1 if year and _just_over(g, year, context.published) else year
    word = g["ry"]
    if word[0] in "上当同次" and not word.startswith("同期"):
        named = {"y", "ry"} & {k for m in (*context.paragraph, *context.before) for k in m.groups}
        base = context.year(told=True) if named or not context.report else context.reviewed()
        step = {"上": -1, "次": 1}.get(word[0], 0)
    else:
        base = context.published.year if context.published else None
        step = _YEARS[word[0]]
    return None if base is None else base + step


def _leap_day(g: dict[str, str], year: int | None) -> int | None:
    """2月29日 in a text of 2019: the last one there was."""
    dated = "m" in g and "d" in g and not {"y", "ry"} & g.keys()
    return year - year % 4 if year and dated and (number(g["m"]), number(g["d"])) == (2, 29) else year


def _just_over(g: dict[str, str], year: int, published: Day | None) -> bool:
    """12月份 and 四季度 in a text of January: what is just over, not what is eleven months ahead."""
    if "q" in g and number(g["q"].strip("第Q").removesuffix("度").removesuffix("季")) in (3, 4):
        return published is not None and published.year == year and published.month in (1, 2)
    month = number(g["m"]) if "m" in g and not {"d", "m2"} & g.keys() else None
    known = published is not None and published.month is not None and published.year == year
    return bool(month and known and published and month - (published.month or 12) >= 10)


def _within_year(g: dict[str, str], year: int, context: Context) -> Period | None:
    """The part of a year that the groups name."""
    if "h" in g:
        return half(g["h"], year, ended=g.get("e") in ("末", "底"))
    if "q" in g:
        quarter = number(g["q"].strip("第Q").removesuffix("度").removesuffix("季"))
        if not quarter or quarter > 4:
            return None
        last = quarter * 3
        return {"初": point(year, last - 2), None: months(year, last - 2, last)}.get(g.get("e"), point(year, last))
    if "qn" in g:
        return months(year, 1, 3 * (number(g["qn"]) or 9))
    if "mn" in g:
        return months(year, 1, number(g["mn"]) or 13)
    if "dn" in g:
        return first_days(g, year)
    if {"m", "mm"} & g.keys():
        return within_month(g, year)
    if "d" in g:
        return _lone_day(g, year, context)
    if "y2" in g:
        second = number(g["y2"])
        second = second + year // 100 * 100 if second and len(g["y2"]) == 2 else second
        return (
            Period(Day(year), Day(second))
            if second and second >= year and ("both" not in g or second == year + 1)
            else None
        )
    edge = (g.get("e") or "").removeprefix("年")
    return point(year, _EDGE_MONTH[edge]) if edge else point(year)


def _lone_day(g: dict[str, str], year: int, context: Context) -> Period | None:
    """17日: of the month that the sentence names, else the last such day up to the publication."""
    day, named = number(g["d"]), any(m.period and m.period.start.month for m in context.before)
    month = context.month()
    if month is None or day is None:
        return None
    published = context.published
    if not named and "d2" not in g and published and published.day and day > published.day:
        before = shift_months(Day(year, month), -1)
        year, month = before.year, before.month or 1
    return within_month({"m": str(month), "d": g["d"]} | ({"d2": g["d2"]} if "d2" in g else {}), year)


def _relative(g: dict[str, str], context: Context) -> Period | None:
    """昨日, 上周五, 本月15日, 上一季度: against the publication date, or the period that the sentence names."""
    at = context.published
    if "rq" in g:
        return _relative_quarter(g["rq"], context)
    if at is None or at.month is None:
        return None
    if "rh" in g:
        ahead = {"上": -6, "下": 6}.get(g["rh"][0], 0)
        first = shift_months(Day(at.year, 1 if at.month <= 6 else 7), ahead)
        return Period(first, shift_months(first, 5))
    if "rm" in g:
        return _relative_month(g, at, context)
    return _relative_day(g, at.first(), context) if at.day else None


def _relative_month(g: dict[str, str], at: Day, context: Context) -> Period | None:
    word = g["rm"].replace("一", "").replace("个", "")
    at = replace(at, year=at.year + _YEARS[g["ry"][0]]) if "ry" in g else at
    if word == "当" and context.before and (named := context.before[-1].period) and named.end.month:
        at = named.end
    base = shift_months(at, {"上": -1, "下": 1, "上上": -2}.get(word, 0))
    return within_month({"m": str(base.month)} | {k: g[k] for k in ("d", "x") if k in g}, base.year)


def _relative_day(g: dict[str, str], today: date, context: Context) -> Period | None:
    if "wb" in g:
        weeks = (m.period.start.first() for m in reversed(context.before) if m.period and "rw" in m.groups)
        return week(told, -1) if (told := next(weeks, None)) else None
    if "rd" in g or "now" in g:
        step = next((n for word, n in _DAYS.items() if g.get("rd", "今").startswith(word)), 0)
        return days(today + timedelta(days=step), today + timedelta(days=step))
    if "rw" in g:
        found = week(today, _WEEKS[g["rw"].replace("个", "")])
        if "w" not in g:
            return days(found.start.first() + timedelta(days=5), found.end.last()) if "we" in g else found
        day = found.start.first() + timedelta(days=_WEEKDAY[g["w"]])
        return days(day, day)
    day = today - timedelta(days=(today.weekday() - _WEEKDAY[g["w"]]) % 7)
    return days(day, day)


def _relative_quarter(word: str, context: Context) -> Period | None:
    named = next((m.period for m in reversed(context.before) if m.period and m.period.end.month), None)
    at = named.end if named else context.published
    if at is None or at.month is None:
        return None
    step = {"上": -1, "下": 1}.get(word[0], 0)
    first = shift_months(Day(at.year, (at.month - 1) // 3 * 3 + 1), 3 * step)
    return Period(first, shift_months(first, 2))


def _pair(g: dict[str, str], context: Context) -> Period | None:
    """今明两年: from the year of the first word to that of the second."""
    if context.published is None:
        return None
    return Period(*(Day(context.published.year + _YEARS[word]) for word in g["pair"]))


def _numbered_week(g: dict[str, str], year: int | None, context: Context) -> Period | None:
    """3月第三周, 2021年第一周: weeks are counted from the first Monday; 第一个周二 is the first Tuesday."""
    count = number(g["wk"])
    month = number(g["m"]) if "m" in g else 1
    if "tm" in g:
        base = context.published
        if base is None or base.month is None:
            return None
        at = shift_months(base, {"上": -1, "下": 1}.get(g["tm"][0], 0))
        year, month = at.year, at.month
    if year is None or not count or not month:
        return None
    first = Day(year, month, 1).first()
    weekday = _WEEKDAY[g["w"]] if "w" in g else 0
    start = first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (count - 1))
    return days(start, start) if "w" in g else days(start, start + timedelta(days=6))


def _same_period(g: dict[str, str], context: Context) -> Period | None:
    """同期: the months of the last period that the sentence states, in the year that is named."""
    named = next((m.period for m in reversed(context.before) if m.period and m.rule != "time.same-period"), None)
    if named is None or (named.start.month is None and "same" not in g):
        spans = (
            m.period
            for m in reversed(context.article)
            if m.period and m.period.start.month and m.period.start != m.period.end
        )
        named = next(spans, named)
    if "same" in g:
        return named
    base = named.end.year if named else (context.published.year if context.published else None)
    year = number(g["y"]) if "y" in g else (None if base is None else base + (-2 if g["ry"][0] == "前" else -1))
    if year is None:
        return None
    if named is None or named.start.month is None or named.start.year != named.end.year:
        return point(year)
    start, end = replace(named.start, year=year), replace(named.end, year=year)
    return Period(start, end)


def _length(g: dict[str, str], context: Context) -> Period | None:
    """近N年, 未来N年, N年内: from or to the publication date, by the unit that is named."""
    count, unit, at = number(g["n"]), g["u"].removeprefix("个"), context.published
    if count is None or at is None:
        return None
    tail = g.get("tail", "")
    if tail.endswith(("前", "后")):
        return distant(count if tail.endswith("后") else -count, unit, at)
    forward = "fwd" in g or tail in ("内", "之内", "以内")
    if unit == "年":
        return _years_ahead(count, g, context) if forward else _years_back(count, g, context)
    if at.month is None:
        return None
    if unit in ("月", "季度"):
        step = count * (3 if unit == "季度" else 1)
        here = Day(at.year, at.month)
        return Period(here, shift_months(at, step)) if forward else Period(shift_months(at, -step), here)
    if at.day is None:
        return None
    length, today = timedelta(days=count * (1 if unit == "天" else 7)), at.first()
    return days(today, today + length) if forward else days(today - length, today)


def _years_ahead(count: int, g: dict[str, str], context: Context) -> Period | None:
    at = context.published
    named = next((m.period for m in context.before if m.period and m.groups.keys() & {"y", "ry"}), None)
    start = at.year if at else 0
    if named and ("fwd" not in g or (named.start.month and named.end.year < start)):
        start = named.start.year  # 2024年4月签署协议，预计未来五年…
    if count == 5 and "fwd" in g and start in context.plans:
        return Period(Day(start), Day(start + 4))
    return Period(Day(start), Day(start + count))


def _years_back(count: int, g: dict[str, str], context: Context) -> Period | None:
    year = context.published.year if context.published else 0
    past = g.get("back", "").startswith("过去")
    if count == 1 and past:
        return point(year - 1)
    if context.annual and (past or ("back" not in g and g.get("tail") == "来")):  # 五年来, in a report of its last year
        return Period(Day(year - count), Day(year - 1))
    years = [p for m in context.before if m.period for p in (m.period.start.year, m.period.end.year)]
    if context.annual and years and min(years) == max(years) < year:  # 2019年造林…，近三年累计: up to the year named
        return Period(Day(years[0] - count + 1), Day(years[0]))
    if years and max(years) - min(years) in (count, count - 1) and max(years) > min(years):
        return Period(Day(min(years)), Day(max(years)))
    return Period(Day(year - count), Day(year))


# What a group's name alone decides, tried in this order.
_MEANINGS: dict[str, Callable[[dict[str, str], Context], Period | None]] = {
    "plan": lambda g, _: _plan(g),
    "dec": lambda g, _: decade(g),
    "cen": lambda g, _: decade(g),
    "rcen": lambda g, _: decade(g),
    "looked": _reviewed_years,
    "n": _length,
    "every": lambda g, _: None,
    "reign": lambda g, _: reign(g),
    "same": _same_period,
    "pair": _pair,
    "whole": _this_year,
    "inyear": _this_year,
}
