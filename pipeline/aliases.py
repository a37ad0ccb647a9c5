"""Short forms of company names, and the fullest name of each company in an article."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile

import regex

from pipeline import places
from pipeline.forms import Forms
from pipeline.segment import Words

_FORMS = ("公司", "集团", "银行", "股份")  # only such a name can be the full one of another that is not listed
FORM_TAIL = regex.compile(r"(?:集团|控股|股份)?(?:有限责任|股份有限|集团有限|有限)?(?:公司|集团)$")


def usable(name: str, words: Words, c: Forms, full: str) -> bool:
    if len(name) < 2 or name == full or name in c.generic or places.is_place(name) or name.endswith(c.not_company):
        return False
    flag, cut = words.flag(name), words.cut(name)
    named = len(cut) < 2 or cut[-1] in c.trades or name.endswith(("公司", "集团"))
    common = all(len(w) > 1 and words.flag(w) in ("n", "v", "vn", "a", "b", "d") for w in cut)
    return name in c.known or (not flag and (named or not common))  # 关键金属 is no short form of a firm


def canonical_names(text: str, spans: list[tuple[int, int]], same: dict[str, str], c: Forms) -> dict[str, str]:
    """Each name -> the fullest name of that company in this article."""
    names = sorted({text[a:b] for a, b in spans}, key=lambda n: (-len(n), n))
    fulls = [_parted(n, c) for n in names if n in c.known or n.endswith(_FORMS)]
    result: dict[str, str] = {}
    for name in names:
        result[name] = same.get(name) or _fullest(_Short(name), fulls, c)
    for name in names:
        seen = {name}
        while result.get(result[name], result[name]) != result[name] and result[name] not in seen:
            seen.add(result[name])
            result[name] = result[result[name]]
    return result


def _fullest(short: _Short, fulls: list[_Full], c: Forms) -> str:
    """The longest name of that company, its own if there is no longer one."""
    longer = takewhile(lambda full: len(full.name) > len(short.name), fulls)
    return next((full.name for full in longer if _same_company(short, full, c)), short.name)


@dataclass(frozen=True, slots=True)
class _Full:
    """A name that may be the full one of another, and its parts: 重庆 | 天实精工 | 科技 | 有限公司."""

    name: str
    stem: str
    place: str
    forms: frozenset[str]  # what a short form may be, besides a beginning of `plain` that has the whole core
    plain: str
    core: str


def _parted(full: str, c: Forms) -> _Full:
    stem = FORM_TAIL.sub("", full)
    place = places.prefix(stem)
    body = stem[len(place) :] if place else stem
    plain = regex.sub(r"[（(][^）)]*[）)]", "", body)
    core = c.trade_tail.sub("", plain) or plain
    return _Full(full, stem, place, frozenset((core, plain, body, stem)), plain, core)


class _Short:
    """A name that may be a short form, and its parts."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.bare = FORM_TAIL.sub("", name)
        self.place = places.prefix(self.bare)
        self.tail = self.bare[len(self.place) :]


def _same_company(short: _Short, full: _Full, c: Forms) -> bool:
    """Is `full` the full name of `short`? By the list, or by what the full name implies; never by likeness."""
    if short.name in c.known and full.name in c.known:
        return c.known[short.name] == c.known[full.name]
    if not full.name.endswith(_FORMS):
        return False
    if full.name == "中国" + short.name:
        return True
    if "(中国)" in full.name.replace("（", "(").replace("）", ")") and "中国" not in short.name:
        return False  # 宝马(中国)汽车贸易有限公司 sells for 宝马
    elsewhere = not full.place or places.short(short.place) != places.short(full.place)
    if short.place and elsewhere and short.bare != full.stem:
        return False
    if short.name.endswith("集团") and not _GROUP.match(full.name, full.name.find(short.tail) + len(short.tail)):
        return False  # 美的集团 is not 美的地产发展集团
    if short.name in c.known and not _own_form(short, full, c):
        return False  # 三洋电机国际贸易有限公司 trades for 三洋
    tail = short.tail
    return len(tail) >= 2 and (tail in full.forms or (full.plain.startswith(tail) and tail.startswith(full.core)))


_GROUP = regex.compile(r"\p{Han}{0,2}(?:控股)?[（(]?集团[）)]?(?:股份|控股)?(?:有限)?(?:责任)?(?:公司)?$")


def _own_form(short: _Short, full: _Full, c: Forms) -> bool:
    """Is `full` the short name, or another known name of its company, with one trade at most and a form?"""
    stems = {full.stem, full.plain, full.stem.removeprefix(full.place)} | full.forms
    if any(c.known.get(stem) == c.known[short.name] for stem in stems):
        return True
    trade = full.plain.removeprefix(short.tail)
    return full.name.find("(") < 0 and (not trade or (len(trade) <= 3 and bool(c.trade_tail.fullmatch(trade))))


def short_of(name: str, full: str) -> bool:
    """Are the characters of `name` in `full` in this order, and is it no place in it (海尔股份（香港）)?"""
    if name.isascii():
        return bool(regex.fullmatch(r"[A-Z][A-Za-z.& \-]+", name)) and full.endswith(("公司", "集团"))
    it = iter(full)
    return len(name) >= 2 and not places.is_place(name) and all(char in it for char in name)
