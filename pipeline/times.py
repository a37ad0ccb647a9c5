"""Mentions of dates and periods, and what they mean.

`find` scans the clean text with the patterns of rules/times.toml, joins what stands in a range (2018年至2021年), and
resolves each mention against the sentence's own dates and the publication date. Nothing comes from a clock: without
`published` a relative time has norm None.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache

import regex

from pipeline import rulebook
from pipeline.calendar import Day, Period, days, months, parse, point, shift_months, week
from pipeline.numerals import parse_numeral
from pipeline.spans import Sentence

_YEARS = {"今": 0, "本": 0, "去": -1, "上": -1, "明": 1, "来": 1, "下": 1, "前": -2, "后": 2}
_EDGE_MONTH = {"初": 1, "底": 12, "末": 12, "伊始": 1}
_WEEKDAY = {c: i for i, c in enumerate("一二三四五六日")} | {"天": 6}
_DAYS = {"大大后": 4, "大后": 3, "大前": -3, "今": 0, "昨": -1, "前": -2, "明": 1, "后": 2}
_WEEKS = {"上上": -2, "下下": 2, "上": -1, "下": 1, "本": 0, "这": 0}
_PLANS = {c: 1953 + 5 * i for i, c in enumerate("一二三四五六七八九")}
_TENS = {"上": (1, 10), "中": (11, 20), "下": (21, 31)}


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

    def year(self, *, told: bool = False) -> int | None:
        """The year that a month without one belongs to: the sentence's own, else that of the publication.

        `told`: for 上年 and 当年, which mean the year that the paragraph tells of.
        """
        for mention in reversed((*self.paragraph, *self.before) if told else self.before):
            dated = mention.groups.get("y") or mention.groups.get("ry")
            if mention.period and dated and mention.rule not in ("time.same-period", "time.year-bare"):
                return mention.period.end.year
        return self.published.year if self.published else None

    def month(self) -> int | None:
        for mention in reversed(self.before):
            if mention.period and mention.period.start.month:
                return mention.period.start.month
        return self.published.month if self.published else None


@lru_cache(maxsize=4)
def _compiled(folder: str) -> tuple[list[tuple[str, regex.Pattern[str]]], regex.Pattern[str], regex.Pattern[str]]:
    data = rulebook.rules("times")
    fragments = data["fragments"]
    patterns = []
    for rule in data["rule"]:
        try:
            patterns.append((rule["id"], regex.compile(rule["pattern"].format(**fragments))))
        except (regex.error, KeyError, IndexError) as error:
            raise rulebook.error("times", rule["id"], f"pattern: {error}") from None
    join = regex.compile(rf"的?起?{fragments['to']}")
    tail = regex.compile(rf"(?P<since>以来|至今|迄今|到现在|到目前)|(?P<inside>之间|间(?!接|歇|隔)|期间|的?{fragments['num']}年(?:间|来|里|内)?)")
    return patterns, join, tail


def find(text: str, sentences: list[Sentence], published: str | None, blocked: list[tuple[int, int]], title: str) -> list[Mention]:
    """Every time in the clean text, in text order, resolved. `blocked` are clean spans that hold no time."""
    patterns, join, tail = _compiled(str(rulebook.folder()))
    raw = [m for m in _scan(text, patterns, blocked) if not _slogan(text, m)]
    groups = _joined(text, raw, join, tail)
    plans = frozenset(p for m in raw if m.rule == "time.plan" and (p := _plan_start(m.groups["plan"])))
    annual = bool(regex.search("工作报告|工作回顾", title + text[:3000]))
    day = _dateline(text, raw, parse(published).start) if published else None
    found: list[Mention] = []
    k = start = 0
    paragraph = -1
    for sentence in sentences:
        if sentence.paragraph != paragraph:
            paragraph, start = sentence.paragraph, len(found)
        here: list[Mention] = []
        while k < len(groups) and groups[k][0].left < sentence.right:
            context = Context(day, tuple(here), plans, annual, _own_years(found[max(start, len(found) - 6) :]), tuple(found[-12:]))
            here.append(_resolve_group(groups[k], context))
            k += 1
        found += _settle(here)
    return found


def _own_years(found: list[Mention]) -> tuple[Mention, ...]:
    """The mentions of a paragraph that date what follows: years by number, and 去年, but no plans and no decades."""
    return tuple(m for m in found if m.rule in ("time.year", "time.date", "time.half", "time.quarter", "time.months", "time.first-months") and "y" in m.groups)


def _slogan(text: str, mention: Mention) -> bool:
    """The 周六 of “周六不打烊” is part of a name."""
    if mention.rule == "time.plan":
        return False
    left, right = text.rfind("“", max(0, mention.left - 8), mention.left), text.find("”", mention.right, mention.right + 9)
    inside = text[left + 1 : right] if 0 <= left < right else ""
    return 0 < len(inside) <= 10 and inside != text[mention.left : mention.right] and not regex.search("[，。；：“”]", inside)


def _dateline(text: str, found: list[Mention], published: Day) -> Day:
    """8月8日晚间消息: the day on which the article was written, if it is a little before its publication."""
    if published.day is None:
        return published
    for mention in found[:5]:
        g = mention.groups
        if mention.left < 300 and "m" in g and "d" in g and regex.match("消息|讯|电(?![影视])|报道", text[mention.right : mention.right + 3]):
            day = _within_month(g, _number(g.get("y", "")) or published.year)
            if day and 0 <= (published.first() - day.start.first()).days <= 7:
                return day.start
    return published


def _scan(text: str, patterns: list[tuple[str, regex.Pattern[str]]], blocked: list[tuple[int, int]]) -> list[Mention]:
    """The longest match at each place, left to right, outside of the blocked spans."""
    hits: list[tuple[int, int, str, dict[str, str]]] = []
    for rule, pattern in patterns:
        for m in pattern.finditer(text):
            if m.end() > m.start():
                hits.append((m.start(), -m.end(), rule, {k: v for k, v in m.groupdict().items() if v}))
    hits.sort(key=lambda h: (h[0], h[1]))
    found: list[Mention] = []
    at = b = 0
    for left, minus_right, rule, groups in hits:
        while b < len(blocked) and blocked[b][1] <= left:
            b += 1
        inside = b < len(blocked) and blocked[b][0] < -minus_right
        if left >= at and not inside:
            found.append(Mention(left, -minus_right, rule, None, groups))
            at = -minus_right
    return found


def _joined(text: str, found: list[Mention], join: regex.Pattern[str], tail: regex.Pattern[str]) -> list[tuple[Mention, ...]]:
    """Ranges (2018年 到 2021年) as tuples of two, the rest as tuples of one; 以来 and 间 are taken in."""
    groups: list[tuple[Mention, ...]] = []
    k = 0
    while k < len(found):
        here: tuple[Mention, ...] = (found[k],)
        if k + 1 < len(found) and join.fullmatch(text, found[k].right, found[k + 1].left):
            here = (found[k], found[k + 1])
            k += 1
        end = tail.match(text, here[-1].right)
        dated = here[-1].rule not in ("time.last-years", "time.next-years", "time.from-now", "time.relative-day", "time.week")
        if end and dated and (end["since"] or len(here) > 1 or end["inside"] in ("期间",)):
            extra = {"since": end["since"]} if end["since"] else {}
            here = (*here[:-1], replace(here[-1], right=end.end(), groups=here[-1].groups | extra))
        elif len(here) == 1 and here[0].rule == "time.year" and text[here[0].right : here[0].right + 1] == "后" and text[here[0].right + 1 : here[0].right + 2] in "，,、的。":
            here = (replace(here[0], right=here[0].right + 1, groups=here[0].groups | {"after": "后"}),)
        groups.append(here)
        k += 1
    return groups


def _resolve_group(group: tuple[Mention, ...], context: Context) -> Mention:
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
    return Mention(first.left, last.right, first.rule, period, first.groups | last.groups if len(group) == 2 else last.groups)


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
    if "plan" in g:
        start = _plan_start(g["plan"])
        if start and "e" in g:
            return point(start + (0 if g["e"].endswith("初") else 4))
        return Period(Day(start), Day(start + 4)) if start else None
    if "dec" in g or "cen" in g or "rcen" in g:
        return _decade(g)
    if "n" in g:
        return _length(g, context)
    if {"rd", "rw", "w", "now", "rm", "rq"} & g.keys():
        return _relative(g, context)
    if "same" in g or mention.rule == "time.same-period":
        return _same_period(g, context)
    if "whole" in g or "inyear" in g:
        year = context.year()
        return point(year) if year else None
    year = _year(g, context)
    if "wk" in g:
        return _numbered_week(g, year, context)
    return _within_year(g, year, context) if year is not None else None


def _number(text: str) -> int | None:
    value = parse_numeral({"正": "一", "元": "一", "首": "一"}.get(text, text))
    return int(value) if value is not None and value == int(value) else None


def _year(g: dict[str, str], context: Context) -> int | None:
    if "y" in g:
        year = _number(g["y"])
        return year if year is None or len(g["y"]) != 2 else year + (1900 if year >= 50 else 2000)
    if "ry" not in g:
        return context.year()
    word = g["ry"]
    if word[0] in "上当同次" and not word.startswith("同期"):
        base = context.year(told=True)
        step = {"上": -1, "次": 1}.get(word[0], 0)
    else:
        base = context.published.year if context.published else None
        step = _YEARS[word[0]]
    return None if base is None else base + step


def _within_year(g: dict[str, str], year: int, context: Context) -> Period | None:
    """The part of a year that the groups name."""
    if "h" in g:
        return _half(g["h"], year, ended=g.get("e") in ("末", "底"))
    if "q" in g:
        quarter = _number(g["q"].removeprefix("第").removesuffix("度").removesuffix("季"))
        if not quarter or quarter > 4:
            return None
        last = quarter * 3
        return {"初": point(year, last - 2), None: months(year, last - 2, last)}.get(g.get("e"), point(year, last))
    if "qn" in g:
        return months(year, 1, 3 * (_number(g["qn"]) or 9))
    if "mn" in g:
        return months(year, 1, _number(g["mn"]) or 13)
    if "m" in g:
        return _within_month(g, year)
    if "d" in g:
        return _lone_day(g, year, context)
    if "y2" in g:
        second = _number(g["y2"])
        return Period(Day(year), Day(second)) if second and second >= year else None
    edge = (g.get("e") or "").removeprefix("年")
    return point(year, _EDGE_MONTH[edge]) if edge else point(year)


def _half(word: str, year: int, *, ended: bool) -> Period | None:
    """上半年, 下半年, 半年度 (the first), 半年末 (June)."""
    first = word[0] in "上半"
    if ended or word == "半年":
        return point(year, 6 if first else 12)
    return months(year, *((1, 6) if first else (7, 12)))


def _within_month(g: dict[str, str], year: int) -> Period | None:
    month = _number(g["m"])
    if month is None or not 1 <= month <= 12:
        return None
    if "m2" in g:
        return months(year, month, _number(g["m2"]) or 13)
    if "d" in g:
        first = point(year, month, _number(g["d"]))
        second = point(year, month, _number(g["d2"])) if "d2" in g else first
        return Period(first.start, second.end) if first and second and first.start <= second.end else None
    return _ten_days(g["x"], year, month) if "x" in g else point(year, month)


def _ten_days(part: str, year: int, month: int) -> Period | None:
    first, last = _TENS[part]
    end = Day(year, month).last().day if last == 31 else last
    return Period(Day(year, month, first), Day(year, month, end))


def _lone_day(g: dict[str, str], year: int, context: Context) -> Period | None:
    """17日: of the month that the sentence names, else the last such day up to the publication."""
    day, named = _number(g["d"]), any(m.period and m.period.start.month for m in context.before)
    month = context.month()
    if month is None or day is None:
        return None
    published = context.published
    if not named and "d2" not in g and published and published.day and day > published.day:
        before = shift_months(Day(year, month), -1)
        year, month = before.year, before.month or 1
    return _within_month({"m": str(month), "d": g["d"]} | ({"d2": g["d2"]} if "d2" in g else {}), year)


def _relative(g: dict[str, str], context: Context) -> Period | None:
    """昨日, 上周五, 本月15日, 上一季度: against the publication date, or the period that the sentence names."""
    at = context.published
    if "rq" in g:
        return _relative_quarter(g["rq"], context)
    if at is None or at.month is None:
        return None
    if "rm" in g:
        word = g["rm"].replace("一", "").replace("个", "")
        if word == "当" and context.before and (named := context.before[-1].period) and named.end.month:
            at = named.end
        base = shift_months(at, {"上": -1, "下": 1, "上上": -2}.get(word, 0))
        return _within_month({"m": str(base.month)} | {k: g[k] for k in ("d", "x") if k in g}, base.year)
    if at.day is None:
        return None
    today = at.first()
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


def _numbered_week(g: dict[str, str], year: int | None, context: Context) -> Period | None:
    """3月第三周, 2021年第一周: weeks are counted from the first Monday; 第一个周二 is the first Tuesday."""
    count = _number(g["wk"])
    month = _number(g["m"]) if "m" in g else 1
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
        spans = (m.period for m in reversed(context.article) if m.period and m.period.start.month and m.period.start != m.period.end)
        named = next(spans, named)
    if "same" in g:
        return named
    base = named.end.year if named else (context.published.year if context.published else None)
    year = _number(g["y"]) if "y" in g else (None if base is None else base + (-2 if g["ry"][0] == "前" else -1))
    if year is None:
        return None
    if named is None or named.start.month is None or named.start.year != named.end.year:
        return point(year)
    start, end = replace(named.start, year=year), replace(named.end, year=year)
    return Period(start, end)


def _plan_start(name: str) -> int | None:
    """十三五 -> 2016: the first plan began in 1953, and the years 1963 to 1965 belong to none."""
    word = name.strip("“”\"").removesuffix("五")
    if word == "十":
        number = 10
    elif word.startswith("十"):
        number = 10 + "一二三四五六七".index(word[1]) + 1
    else:
        number = "一二三四五六七八九".index(word) + 1
    return 1953 + 5 * (number - 1) + (3 if number > 2 else 0)


def _decade(g: dict[str, str]) -> Period | None:
    century = 20 if "cen" not in g else _number(g["cen"])
    if "rcen" in g:
        century = 20 if g["rcen"] == "上" else 21
    if not century or not 1 <= century <= 30:
        return None
    start = (century - 1) * 100
    if "dec" not in g:
        return Period(Day(start), Day(start + 99))
    tens = g["dec"] if g["dec"].isdigit() else str(_number(g["dec"].removesuffix("十") + "十" if len(g["dec"]) > 1 else g["dec"]) or "")
    value = int(tens) if tens else (_number(g["dec"]) or 0)
    value = value if value >= 10 else value * 10
    return Period(Day(start + value), Day(start + value + 9))


def _length(g: dict[str, str], context: Context) -> Period | None:
    """近N年, 未来N年, N年内: from or to the publication date, by the unit that is named."""
    count, unit, at = _number(g["n"]), g["u"].removeprefix("个"), context.published
    if count is None or at is None:
        return None
    tail = g.get("tail", "")
    forward = "fwd" in g or tail in ("内", "之内", "以内") or tail.endswith("后")
    if unit == "年":
        if tail.endswith(("前", "后")):
            return point(at.year + (count if forward else -count))
        if forward:
            return _years_ahead(count, g, context)
        return _years_back(count, g, context)
    if at.month is None:
        return None
    if unit in ("月", "季度"):
        step = count * (3 if unit == "季度" else 1)
        if tail.endswith(("前", "后")):
            return Period(s := shift_months(at, step if forward else -step), s)
        here = Day(at.year, at.month)
        return Period(here, shift_months(at, step)) if forward else Period(shift_months(at, -step), here)
    if at.day is None:
        return None
    length = timedelta(days=count * (1 if unit == "天" else 7))
    today = at.first()
    if tail.endswith(("前", "后")):
        return days(*([today + length] * 2 if forward else [today - length] * 2))
    return days(today, today + length) if forward else days(today - length, today)


def _years_ahead(count: int, g: dict[str, str], context: Context) -> Period | None:
    at = context.published
    named = next((m.period for m in context.before if m.period and m.groups.keys() & {"y", "ry"}), None)
    start = at.year if at else 0
    if "fwd" not in g and named:
        start = named.start.year
    if count == 5 and "fwd" in g and start in context.plans:
        return Period(Day(start), Day(start + 4))
    return Period(Day(start), Day(start + count))


def _years_back(count: int, g: dict[str, str], context: Context) -> Period | None:
    year = context.published.year if context.published else 0
    if count == 1 and (g.get("back", "").startswith("过去") or (context.annual and g.get("tail") == "来")):
        return point(year - 1)
    years = [p for m in context.before if m.period for p in (m.period.start.year, m.period.end.year)]
    if years and max(years) - min(years) in (count, count - 1) and max(years) > min(years):
        return Period(Day(min(years)), Day(max(years)))
    return Period(Day(year - count), Day(year))


def _settle(here: list[Mention]) -> list[Mention]:
    """今天（12月7日）: what the bracket says is what 今天 means, also where `published` is too coarse."""
    found = list(here)
    for k in range(len(found) - 1):
        now, then = found[k], found[k + 1]
        if now.rule == "time.relative-day" and now.period is None and then.left == now.right + 1 and then.period:
            found[k] = replace(now, period=then.period)
    return found
