"""Mentions of business enterprises, and the fullest name of each in the article.

Names come from four places, in this order of trust: legal forms (…有限公司), the known companies (rules/companies.toml
and the user's list), short forms that brackets introduce or that a full name of the same article implies, and context
(lists of companies).
"""

from __future__ import annotations

from dataclasses import dataclass

import regex

from pipeline import places, rulebook
from pipeline.aliases import FORM_TAIL, canonical_names, short_of, usable
from pipeline.forms import (
    Forms,
    bare_beginning,
    beginning,
    begins_anew,
    behind_number,
    behind_verbs,
    compiled,
    cuts_word,
    is_coined,
    is_name,
    known_end,
)
from pipeline.hints import Found, Spans, is_latin, latin_names, list_members, stakes, traded
from pipeline.roster import Roster
from pipeline.segment import Words
from pipeline.shares import listed_names, marked
from pipeline.spans import Offsets


@dataclass(frozen=True, slots=True)
class Mention:
    """A company in the clean text with its canonical name."""

    left: int
    right: int
    canonical: str
    rule: str


def find(text: str, words: Words, blocked: list[tuple[int, int]], roster: Roster) -> list[Mention]:
    """Every company in the clean text, in text order.

    `blocked` are clean spans that hold none (titles of works, rows of links), `roster` is the user's list.
    """
    c = compiled(str(rulebook.folder()), roster)
    found: Found = {}
    _formed(text, words, c, found)
    _listed(text, words, c, found)
    same = _introduced(text, words, c, found) | _initials(text, c, found)
    same |= _implied(text, words, c, found)
    stakes(text, words, c, found)
    for name in sorted({m["name"] for m in c.owned.finditer(text)} - c.generic):
        _add_all(text, name, "company.owned", found)
    _with_place(text, found)
    traded(text, words, c, found)
    listed_names(text, words, c, found)
    latin_names(text, c, found)
    list_members(text, words, c, found)
    marked(text, c, found)
    kept = _named(text, _disjoint(found, blocked))
    canonical = canonical_names(text, [span for span, _ in kept], same, c)
    return [Mention(*span, canonical[text[span[0] : span[1]]], rule) for span, rule in kept]


def _formed(text: str, words: Words, c: Forms, found: Found) -> None:
    """Names that end in a form: 重庆市天实精工科技有限公司, 海尔集团."""
    for match in c.form.finditer(text):
        form = match[0]
        if form in c.weak_not_before and c.weak_not_before[form].match(text, match.end()):
            continue
        strong = form in c.strong
        left = behind_number(text, beginning(text, match.start(), words, c, strong=strong))
        left = begins_anew(text, left, match.start(), words, c)
        known = known_end(text, match.end(), left, c)
        if known is not None and not strong:
            found[(known, match.end())] = "company.known"
            continue
        if form in c.needs_context and not text.startswith(c.right, match.end()):
            continue
        left = left if strong else behind_verbs(text, left, match.start(), words, c)
        left = bare_beginning(text, match.start(), left, words, c) if form == "公司" else left
        left = lead.end() if not strong and (lead := c.lead.match(text, left)) else left
        if form == "公司" and c.pointed.search(text[max(0, left - 3) : left]):
            continue
        if form != "公司" and "公司" in text[left : match.start()]:  # 华电招标有限公司|认真贯彻集团公司
            continue
        if c.source_left.search(text[max(0, left - 4) : left]):  # 发布人：搜狐证券
            continue
        left += _abroad(text[left : match.start()])
        counted = left > 0 and text[left - 1].isdigit() and text[left] in "亿万千百大家"
        if not counted and is_name(text[left : match.end()], form, words, c, strong=strong):
            found[(left, match.end())] = "company.legal-form" if strong else "company.form"


def _listed(text: str, words: Words, c: Forms, found: Found) -> None:
    """Known names; one that is also a word needs a company's context."""
    doubtful: list[tuple[int, int, str]] = []
    formed = {right: left for left, right in found}
    for number, left, right in c.scanner.find_matches_as_indexes(text):
        name = c.names[number]
        if _inside_word(text, left, right, words):
            continue
        if _another(text, left, right, name, c):
            continue
        right = _with_form(text, _grown(text, right, name, words, c), name, c)
        if formed.get(right, left) < left or c.schools.match(text, right):  # 天实|精工科技有限公司, 福耀|科技大学
            continue
        left = _longer(text, left, name, words)
        formal = right > left + len(name) and text[right - 2 : right] in ("集团", "公司") and name not in c.common
        if name in c.ambiguous and not formal:
            doubtful.append((left, right, name))
        else:
            found.setdefault((left, right), "company.known")
    sure = {c.known.get(text[a:b]) for a, b in found}
    sure |= {c.known[name] for name in {n for _, _, n in doubtful} & c.topics.keys() if c.topics[name].search(text)}
    edges = {edge for span in found for edge in span}
    spans = Spans(found)
    for left, right, name in doubtful:
        if c.known[name] in sure or _in_context(text, left, right, c, edges) or _in_list(text, left, right, spans):
            found.setdefault((left, right), "company.known")


_BRANCHES = ("航空", "重工", "石化", "钢铁", "实业")


def _abroad(stem: str) -> int:
    """How long the country is before a Latin name: 美国|AGY公司."""
    country = next((n for n in (2, 3, 4) if places.is_country(stem[:n])), 0)
    return country if regex.match("[A-Za-z]{2}", stem[country:]) else 0


def _another(text: str, left: int, right: int, name: str, c: Forms) -> bool:
    """Is it a word (移动|互联), goods (一瓶|五粮液), a person, a medium (新浪财经|讯) or a trade (航空|口岸) here?"""
    if _is_goods(text, left, right, c) or (name in c.nots and c.nots[name].match(text, right)):
        return True
    if c.source_left.search(text[max(0, left - 4) : left]):
        return True
    form = next((f for f in _BRANCHES if name.endswith(f)), None)
    if form and text[right : right + 1] not in "、和等与及" and c.weak_not_before[form].match(text, right):
        return True
    return bool(c.dateline.match(text, right)) or (right - left <= 3 and _person(text, left, right, c))


def _is_goods(text: str, left: int, right: int, c: Forms) -> bool:
    """一瓶|五粮液, 法拉利|红, 王老吉|商标: a brand that is not its maker."""
    return bool(c.goods_right.match(text, right) or c.goods_left.search(text[max(0, left - 2) : left]))


def _grown(text: str, right: int, name: str, words: Words, c: Forms) -> int:
    """荣盛|控股, 海尔|集成电路, 陕煤|榆林|化学: where the words end that make a name another company's."""
    if name.endswith("控股"):
        return right
    if text[right + 2 : right + 3] in ("、", "等") and is_coined(text[right : right + 2], words, c):  # 、讯飞|幻境、
        return right + 2 if text[right - len(name) - 1 : right - len(name)] in ("、", "，") else right
    cities = [right + n for n in (2, 3) if places.is_city(text[right : right + n])]
    return next((grown.end() for at in (right, *cities) if (grown := c.grown.match(text, at))), right)


def _in_list(text: str, left: int, right: int, spans: Spans) -> bool:
    """兴业 in 兴业、平安、工行、招行: a 、-list of its clause holds two companies that are no words."""
    if "、" not in (text[right : right + 1], text[left - 1 : left]):
        return False
    low = max((text.rfind(mark, max(0, left - 60), left) for mark in "，。；：！？\n"), default=-1)
    high = min(at for mark in "，。；：！？\n" if (at := text.find(mark, right, right + 60)) >= 0 or (at := right + 60))
    listed = [a for a, b in spans.near(max(low, 0), high) if a > low and "、" in (text[b : b + 1], text[a - 1 : a])]
    return len(listed) >= 2


def _longer(text: str, left: int, name: str, words: Words) -> int:
    """、博创|精工科技: two characters that are no word, alone before a known name, begin a longer one."""
    before = text[left - 2 : left] if left > 2 else ""
    alone = len(name) >= 4 and text[left - 3] in "、，。；：（“\n" if before else False
    alone = alone and not any(words.flag(char) in ("p", "d", "c", "u", "r", "f") for char in before)
    new = alone and regex.fullmatch(r"\p{Han}{2}", before) and not words.flag(before) and not places.is_place(before)
    return left - 2 if new else left


_OWN = tuple("我中全各外")  # 我国|航司


def _person(text: str, left: int, right: int, c: Forms) -> bool:
    """主席|包钢, 分析师冯|永辉; ，冯|永辉|表示: a name of a company that is, or ends, that of a person."""
    named = text[left - 1 : left] in c.surnames
    if any(c.titles.search(text[max(0, at - 12) : at]) for at in (left, left - named)):
        return True
    alone = named and not regex.match(r"\p{Han}", text[max(0, left - 2) : left - 1])
    return alone and (right - left == 2 or bool(c.speaks.match(text, right)))  # ，何|建行


def _inside_word(text: str, left: int, right: int, words: Words) -> bool:
    """Is the name part of a longer word, of a Latin one, or of a number (3千|万达)?"""
    if (is_latin(text, left - 1) and is_latin(text, left)) or (is_latin(text, right - 1) and is_latin(text, right)):
        return True
    person = text[left - 1 : left] in ("·", "・") or (text[right : right + 1] == "·" and not text[left:right].isascii())
    if person or (text[left] == "国" and text[left - 1 : left] in _OWN):
        return True
    counted = left > 0 and (text[left - 1].isdigit() or text[left - 1] in "百千万亿")
    if counted and text[left] in "百千万亿一二两三四五六七八九十":
        return True
    return right - left <= 5 and not text[left:right].isascii() and cuts_word(text, left, right, words)


def _with_form(text: str, right: int, name: str, c: Forms) -> int:
    """三星电子|公司, 巨力索具|股份有限公司: the legal form behind a known name is part of it."""
    form = c.legal_tail.match(text, right)
    if not form or name.endswith(("公司", "集团")):
        return right
    last = form[0][-2:]
    listed = text[form.end() : form.end() + 1] == "、"
    return right if not listed and c.weak_not_before[last].match(text, form.end()) else form.end()


def _in_context(text: str, left: int, right: int, c: Forms, edges: set[int]) -> bool:
    """A company's word behind it, a company beside it in a list, or a list of companies around it."""
    beside = (text.startswith(c.right, right) and text[right] != "、") or c.sites.match(text, right)
    if beside and text[left:right] not in c.common:
        return True
    if (text[right : right + 1] in "、和与及" and right + 1 in edges) or (
        text[left - 1 : left] in "、和与及" and left - 1 in edges
    ):
        return True
    around = text[left - 1 : left] + text[right : right + 1]
    listed = "、" in around or around in ("“”",) or around.endswith("等")
    tail = c.list_tail.search(text, right, right + 40)
    return listed and tail is not None and not regex.search("[。；，]", text[right : tail.start()])


def _introduced(text: str, words: Words, c: Forms, found: Found) -> dict[str, str]:
    """Short forms in brackets behind a name; returns short form -> full name and adds all its mentions."""
    same: dict[str, str] = {}
    ends = {right: (left, right) for left, right in found}
    for pattern, any_name in ((c.alias, True), (c.bare_alias, False)):
        for match in pattern.finditer(text):
            span = ends.get(match.start())
            name = match["name"].strip()
            if span is None or name in c.generic or (not any_name and not short_of(name, text[span[0] : span[1]])):
                continue
            same[name] = text[span[0] : span[1]]
            found[match.span("name")] = "company.introduced"
    for name in list(same):
        _add_all(text, name, "company.introduced", found)
        place = next((n for n in (2, 3) if places.is_city(name[:n])), 0)
        bare = name[place:]
        if place and usable(bare, words, c, same[name]):  # 上海爱森 -> 爱森
            same[bare] = same[name]
            _add_all(text, bare, "company.introduced", found)
    return same


def _initials(text: str, c: Forms, found: Found) -> dict[str, str]:
    """工、农、中、建四大银行: returns each character -> the longest name of that bank in the article."""
    meant: dict[str, str] = {}
    for match in c.initials_list.finditer(text):
        for span in match.spans("item"):
            key = c.known.get(c.initials[text[span[0]]])
            full = max((text[a:b] for a, b in found if c.known.get(text[a:b]) == key), key=len, default="")
            meant |= {text[span[0]]: full} if full else {}
            found[span] = "company.initial"
    return meant


def _add_all(text: str, name: str, rule: str, found: Found) -> None:
    at = text.find(name)
    while at >= 0:
        found.setdefault((at, at + len(name)), rule)
        at = text.find(name, at + len(name))


def _add_grown(text: str, name: str, words: Words, c: Forms, found: Found) -> None:
    """Each place of a short form, or of the longer name that it begins (高科|奶业)."""
    for match in regex.finditer(rf"(?<![A-Za-z0-9][-&]){regex.escape(name)}", text):
        person = len(name) <= 3 and _person(text, match.start(), match.end(), c)
        if not person and not c.schools.match(text, match.end()):
            right = _with_form(text, _grown(text, match.end(), name, words, c), name, c)
            found.setdefault((match.start(), right), "company.implied")


def _implied(text: str, words: Words, c: Forms, found: Found) -> dict[str, str]:
    """Short forms that a full name of the article implies: 驰骋公司, 重庆传音, 天实精工 of 重庆市…有限公司.

    Returns those that leave something out inside (驰骋汽车 of 驰骋轻型汽车部件) with the full name.
    """
    cut: dict[str, str] = {}
    full_names = {text[a:b] for (a, b), rule in found.items() if rule in ("company.legal-form", "company.form")}
    for full in sorted(full_names, key=lambda n: (-len(n), n)):
        stem = FORM_TAIL.sub("", full)
        place = places.prefix(stem)
        body = stem[len(place) :].strip("()（）") if place else stem
        body = regex.sub(r"[（(][^）)]*[）)]", "", body)
        core = c.trade_tail.sub("", body) or body
        short = places.short(place) if place else ""
        country = {full[2:]} if full.startswith("中国") and len(full) > 5 else set()
        candidates = country | {
            stem,
            body,
            core,
            core + "公司",
            core + "集团",
            short + core,
            place + core,
            body + "公司",
        }
        traded = {core + trade for trade in c.trades if trade in body.removeprefix(core)} - candidates
        cut |= {name: full for name in traded if usable(name, words, c, full) and name not in c.known}
        for name in sorted(candidates | traded):
            if usable(name, words, c, full):
                _add_grown(text, name, words, c, found)
    return cut


def _with_place(text: str, found: Found) -> None:
    """青岛海尔, 重庆传音: the place right before a short name belongs to it."""
    for (left, right), rule in list(found.items()):
        if rule not in ("company.known", "company.implied") or text[left].isascii():
            continue
        place = next((text[left - n : left] for n in (3, 2) if places.is_city(text[left - n : left])), None)
        if (
            place
            and not places.is_place(text[left:right])
            and text[left - len(place) - 1 : left - len(place)] not in ("在", "到", "、")
        ):
            found.setdefault((left - len(place), right), rule)


def _named(text: str, kept: list[tuple[Offsets, str]]) -> list[tuple[Offsets, str]]:
    """Without 美国玩具公司 in 美国玩具公司|孩之宝: right before a name, a form only says what sort of firm it is.

    A Latin name behind it may be the same one again: 加拿大钾肥公司|Potashcorp.
    """
    names = {span[0] for span, _ in kept if not text[span[0]].isascii()}
    return [(span, rule) for span, rule in kept if rule != "company.form" or span[1] not in names]


def _disjoint(found: Found, blocked: list[tuple[int, int]]) -> list[tuple[Offsets, str]]:
    """The longest names, left to right, outside of the blocked spans."""
    kept: list[tuple[Offsets, str]] = []
    at = 0
    closed = Spans(blocked)
    for span, rule in sorted(found.items(), key=lambda item: (item[0][0], -item[0][1])):
        inside = any(a <= span[0] and span[1] <= b for a, b in closed.near(*span))
        if span[0] >= at and not inside:
            kept.append((span, rule))
            at = span[1]
    return kept
