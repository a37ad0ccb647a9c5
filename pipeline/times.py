"""Mentions of dates and periods, and what they mean.

`find` scans the clean text with the patterns of rules/times.toml, joins what stands in a range (2018年至2021年), and
resolves each mention against the sentence's own dates and the publication date. Nothing comes from a clock: without
`published` a relative time has norm None.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

import regex

from pipeline import rulebook
from pipeline.calendar import Day, Period, parse, plan_start
from pipeline.lexicon import cues, plans
from pipeline.parts import number, within_month
from pipeline.resolve import Context, Mention, resolve_group
from pipeline.spans import Sentence


@lru_cache(maxsize=4)
def _compiled(folder: str) -> tuple[list[tuple[str, regex.Pattern[str]]], regex.Pattern[str], regex.Pattern[str]]:
    data = rulebook.rules("times")
    reigns = "|".join(name for table in data["reigns"].values() for name in table)
    feasts = "|".join(sorted(data["festivals"], key=len, reverse=True))
    fragments = data["fragments"] | {"reign": f"(?:{reigns})", "festival": f"(?:{feasts})"}
    patterns = []
    for rule in data["rule"]:
        try:
            filled = rulebook.anchored(rule, rule["pattern"].format(**fragments))
            patterns.append((rule["id"], regex.compile(filled)))
        except (regex.error, KeyError, IndexError) as error:
            raise rulebook.error("times", rule["id"], f"pattern: {error}") from None
    join = regex.compile(rf"的?起?{fragments['to']}")
    tail = regex.compile(
        rf"(?P<since>以来|至今|迄今|到现在|到目前)|(?P<inside>之间|间(?!接|歇|隔)|期间|的?{fragments['num']}年(?:间|来|里|内)?)"
    )
    return patterns, join, tail


def find(
    text: str, sentences: list[Sentence], published: str | None, blocked: list[tuple[int, int]], title: str
) -> list[Mention]:
    """Every time in the clean text, in text order, resolved. `blocked` are clean spans that hold no time."""
    patterns, join, tail = _compiled(str(rulebook.folder()))
    raw = [m for m in _scan(text, patterns, blocked) if not _slogan(text, m)]
    groups = _joined(text, raw, join, tail)
    named = frozenset(p for m in raw if m.rule == "time.plan" and (p := plan_start(m.groups["plan"])))
    annual = bool(regex.search("工作报告|工作回顾", title + text[:3000]))
    looks_back = _reviews(text, sentences, title)
    day = _dateline(text, raw, parse(published).start) if published else None
    found: list[Mention] = []
    k = start = 0
    paragraph = -1
    for sentence in sentences:
        if sentence.paragraph != paragraph:
            paragraph, start = sentence.paragraph, len(found)
        here: list[Mention] = []
        while k < len(groups) and groups[k][0].left < sentence.right:
            context = Context(
                day,
                tuple(here),
                named,
                annual and (looks_back is None or looks_back(sentence.left)),
                _own_years(found[max(start, len(found) - 6) :]),
                tuple(found[-12:]),
                looks_back is not None and looks_back(sentence.left),
            )
            here.append(resolve_group(groups[k], context))
            k += 1
        found += _settle(text, here)
    return found


def _reviews(text: str, sentences: list[Sentence], title: str) -> Callable[[int], bool] | None:
    """Does a place of a work report look back on a year? Not from the sentence on that opens its plan. Else None."""
    if not regex.search("工作报告$|工作报告[（(—\n]", title + "\n" + text[:40]):
        return None
    opened = [s.left for s in sentences if plans(text[s.left : s.right])]
    reviews = [m.start() for m in cues().review.finditer(text)]

    def last(starts: list[int], left: int) -> int:
        at = bisect_right(starts, left)
        return starts[at - 1] if at else -1

    return lambda left: last(opened, left) <= last(reviews, left)


def _own_years(found: list[Mention]) -> tuple[Mention, ...]:
    """The mentions of a paragraph that date what follows: years by number, and 去年, but no plans and no decades."""
    return tuple(
        m
        for m in found
        if m.rule in ("time.year", "time.date", "time.half", "time.quarter", "time.months", "time.first-months")
        and "y" in m.groups
    )


def _slogan(text: str, mention: Mention) -> bool:
    """The 周六 of “周六不打烊” is part of a name."""
    if mention.rule == "time.plan":
        return False
    left, right = (
        text.rfind("“", max(0, mention.left - 8), mention.left),
        text.find("”", mention.right, mention.right + 9),
    )
    inside = text[left + 1 : right] if 0 <= left < right else ""
    return (
        0 < len(inside) <= 10
        and inside != text[mention.left : mention.right]
        and not regex.search("[，。；：“”]", inside)
    )


def _dateline(text: str, found: list[Mention], published: Day) -> Day:
    """8月8日晚间消息: the day on which the article was written, if it is a little before its publication."""
    if published.day is None:
        return published
    for mention in found[:5]:
        g = mention.groups
        if (
            mention.left < 300
            and "m" in g
            and "d" in g
            and regex.match("消息|讯|电(?![影视])|报道", text[mention.right : mention.right + 3])
        ):
            day = within_month(g, number(g.get("y", "")) or published.year)
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


def _joined(
    text: str, found: list[Mention], join: regex.Pattern[str], tail: regex.Pattern[str]
) -> list[tuple[Mention, ...]]:
    """Ranges (2018年 到 2021年) as tuples of two, the rest as tuples of one; 以来 and 间 are taken in."""
    groups: list[tuple[Mention, ...]] = []
    k = 0
    while k < len(found):
        here: tuple[Mention, ...] = (found[k],)
        if k + 1 < len(found) and join.fullmatch(text, found[k].right, found[k + 1].left):
            here = (found[k], found[k + 1])
            k += 1
        end = tail.match(text, here[-1].right)
        dated = here[-1].rule not in (
            "time.last-years",
            "time.next-years",
            "time.from-now",
            "time.relative-day",
            "time.week",
        )
        if end and dated and (end["since"] or len(here) > 1 or end["inside"] in ("期间",)):
            extra = {"since": end["since"]} if end["since"] else {}
            here = (*here[:-1], replace(here[-1], right=end.end(), groups=here[-1].groups | extra))
        elif (
            len(here) == 1
            and here[0].rule == "time.year"
            and text[here[0].right : here[0].right + 1] == "后"
            and text[here[0].right + 1 : here[0].right + 2] in "，,、的。"
        ):
            here = (replace(here[0], right=here[0].right + 1, groups=here[0].groups | {"after": "后"}),)
        groups.append(here)
        k += 1
    return groups


def _settle(text: str, here: list[Mention]) -> list[Mention]:
    """今天（12月7日）: what the bracket says is what 今天 means, also where `published` is too coarse."""
    found = list(here)
    for k in range(len(found) - 1):
        now, then = found[k], found[k + 1]
        if now.rule != "time.relative-day" or then.left != now.right + 1 or not then.period:
            continue
        dated = {"m", "d"} <= then.groups.keys() and then.right < len(text) and text[then.right] in "）)"
        if now.period is None or (dated and not _same_day(now.period, then.period)):
            found[k] = replace(now, period=then.period)
        elif "y" not in then.groups and _same_day(now.period, then.period):
            found[k + 1] = replace(then, period=now.period)
    return found


def _same_day(one: Period, other: Period) -> bool:
    """The same day of the same month, in whatever year."""
    return (one.start.month, one.start.day) == (other.start.month, other.start.day)
