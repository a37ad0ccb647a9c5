"""Mentions of business enterprises, and the fullest name of each in the article.

Names come from four places, in this order of trust: legal forms (…有限公司), the list of known companies, short forms
that brackets introduce or that a full name of the same article implies, and context (lists of companies).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import ahocorasick_rs
import regex

from pipeline import places, rulebook
from pipeline.segment import Words

_STOP = regex.compile(r"[，。；：！？、“”\"‘’《》\n…—\-/|【】]|[0-9]+(?!\p{Han}{0,2}局)")
_NAME_CHAR = regex.compile(r"[\p{Han}A-Za-z0-9&.·\-()（） ]")


@dataclass(frozen=True, slots=True)
class Mention:
    """A company in the clean text with its canonical name."""

    left: int
    right: int
    canonical: str
    rule: str


@dataclass(frozen=True, slots=True)
class _Forms:
    known: dict[str, str]
    ambiguous: frozenset[str]
    scanner: ahocorasick_rs.AhoCorasick
    names: list[str]
    form: regex.Pattern[str]
    strong: tuple[str, ...]
    boundaries: frozenset[str]
    generic: frozenset[str]
    not_company: tuple[str, ...]
    alias: regex.Pattern[str]
    bare_alias: regex.Pattern[str]
    left: tuple[str, ...]
    right: tuple[str, ...]
    list_tail: regex.Pattern[str]
    latin: regex.Pattern[str]


@lru_cache(maxsize=4)
def _compiled(folder: str) -> _Forms:
    data, listed = rulebook.rules("company_forms"), rulebook.rules("companies")["company"]
    known: dict[str, str] = {}
    ambiguous: set[str] = set()
    for row in listed:
        full = row.get("legal", row["name"])
        for name in (row["name"], full, *row.get("aliases", ())):
            known.setdefault(name, full)
        ambiguous.update(row.get("ambiguous", ()))
    names = sorted(known)
    forms = sorted(data["forms"], key=lambda f: (-len(f), f))
    return _Forms(
        known,
        frozenset(ambiguous),
        ahocorasick_rs.AhoCorasick(names, matchkind=ahocorasick_rs.MatchKind.LeftmostLongest),
        names,
        regex.compile("|".join(forms)),
        tuple(data["strong"]),
        frozenset(data["boundaries"]),
        frozenset(data["generic"]),
        tuple(data["not_company"]),
        regex.compile(data["alias"]),
        regex.compile(data["bare_alias"]),
        tuple(data["context_left"]),
        tuple(data["context_right"]),
        regex.compile(data["list_tail"]),
        regex.compile(data["latin"]),
    )


Found = dict[tuple[int, int], str]


def find(text: str, words: Words, blocked: list[tuple[int, int]]) -> list[Mention]:
    """Every company in the clean text, in text order. `blocked` are clean spans that hold none (titles of works)."""
    c = _compiled(str(rulebook.folder()))
    found: Found = {}
    _formed(text, words, c, found)
    _listed(text, words, c, found)
    same = _introduced(text, c, found)
    _implied(text, words, c, found)
    _latin_names(text, c, found)
    kept = _disjoint(found, blocked)
    canonical = _canonical(text, [span for span, _ in kept], same, c)
    return [Mention(*span, canonical[text[span[0] : span[1]]], rule) for span, rule in kept]


def _formed(text: str, words: Words, c: _Forms, found: Found) -> None:
    """Names that end in a form: 重庆市天实精工科技有限公司, 海尔集团."""
    for match in c.form.finditer(text):
        if text[match.end() : match.end() + 1] in "法行" and match[0] in ("公司", "证券"):
            continue
        left = _beginning(text, match.start(), words, c)
        name = text[left : match.end()]
        strong = match[0] in c.strong
        if _is_name(name, match[0], words, c, strong=strong):
            found[(left, match.end())] = "company.legal-form" if strong else "company.form"


def _beginning(text: str, at: int, words: Words, c: _Forms) -> int:
    """Where the name begins whose form stands at `at`: behind the last word that can't belong to it."""
    low = max(0, at - 32)
    window = text[low:at]
    stop = max((m.end() for m in _STOP.finditer(window)), default=0)
    bracket = max(window.rfind("（"), window.rfind("("))
    if bracket >= stop and max(window.rfind("）"), window.rfind(")")) < bracket:
        stop = bracket + 1
    left = stop
    position = stop
    for word in words.cut(window[stop:]):
        position += len(word)
        if word in c.boundaries and position < len(window):
            left = position
    start = places.first_in(window, left)
    return low + (start if start is not None else left)


def _is_name(name: str, form: str, words: Words, c: _Forms, *, strong: bool) -> bool:
    stem = name.removesuffix(form)
    if name in c.generic or not stem or stem[0] in "、）)的之" or len(name) > 34:
        return False
    if places.is_place(stem) and not strong:
        return form in ("银行", "证券", "钢铁", "石化", "航空", "重工") and len(stem) <= 3
    if stem.endswith(c.not_company) and not strong:
        return False
    if strong:
        return len(stem) >= 2 and stem not in c.boundaries
    core = words.cut(stem)
    plain = all(words.flag(w) and words.flag(w)[0] in "nvadmqrtbpcu" and words.flag(w) not in ("nz", "ns", "nt", "nr", "nrt") for w in core)
    return len(stem) >= 2 and not (plain and (len(core) == 1 or len(stem) > 4 or form != "集团"))


def _listed(text: str, words: Words, c: _Forms, found: Found) -> None:
    """Known names; one that is also a word needs a company's context."""
    for number, left, right in c.scanner.find_matches_as_indexes(text):
        name = c.names[number]
        if name.isascii() and (text[left - 1 : left].isalnum() and text[left - 1 : left].isascii() or (text[right : right + 1].isalnum() and text[right : right + 1].isascii())):
            continue
        if name in c.ambiguous and not _in_context(text, left, right, c):
            continue
        if len(name) <= 3 and not name.isascii() and _cuts_word(text, left, right, words):
            continue
        found.setdefault((left, right), "company.known")


def _in_context(text: str, left: int, right: int, c: _Forms) -> bool:
    follows = text.startswith(c.right, right)
    listed = text[right : right + 1] == "、" or text[left - 1 : left] == "、"
    if follows and not listed:
        return True
    tail = c.list_tail.search(text, right, right + 40)
    return listed and tail is not None and not regex.search("[。；，]", text[right : tail.start()])


def _cuts_word(text: str, left: int, right: int, words: Words) -> bool:
    """Would taking this name cut a longer word in two (the 中化 of 集中化)?"""
    low, high = max(0, left - 4), min(len(text), right + 4)
    at = low
    for word in words.cut(text[low:high]):
        end = at + len(word)
        crosses = (at < left < end) or (at < right < end)
        if crosses and words.flag(word) and words.flag(word) not in ("nr", "nz", "nt"):
            return True
        at = end
    return False


def _introduced(text: str, c: _Forms, found: Found) -> dict[str, str]:
    """Short forms in brackets behind a name; returns short form -> full name and adds all its mentions."""
    same: dict[str, str] = {}
    ends = {right: (left, right) for left, right in found}
    for pattern, any_name in ((c.alias, True), (c.bare_alias, False)):
        for match in pattern.finditer(text):
            span = ends.get(match.start())
            name = match["name"].strip()
            if span is None or name in c.generic or (not any_name and not _short_of(name, text[span[0] : span[1]])):
                continue
            same[name] = text[span[0] : span[1]]
            found[match.span("name")] = "company.introduced"
    for name in same:
        _add_all(text, name, "company.introduced", found)
    return same


def _short_of(name: str, full: str) -> bool:
    """Are the characters of `name` in `full` in this order, and is it no place in it (海尔股份（香港）)?"""
    if name.isascii():
        return bool(regex.fullmatch(r"[A-Z][A-Za-z.& \-]+", name)) and full.endswith(("公司", "集团"))
    it = iter(full)
    return len(name) >= 2 and not places.is_place(name) and all(char in it for char in name)


def _add_all(text: str, name: str, rule: str, found: Found) -> None:
    at = text.find(name)
    while at >= 0:
        found.setdefault((at, at + len(name)), rule)
        at = text.find(name, at + len(name))


_FORM_TAIL = regex.compile(r"(?:集团|控股|股份)?(?:有限责任|股份有限|集团有限|有限)?(?:公司|集团)$")
_TRADE = regex.compile(
    r"(?:科技|技术|实业|工业|电子|电气|电器|机械|精密|汽车|部件|零部件|轻型|空调|电缆|工程|塑料|建设|投资|发展|生物|医药|制药|食品|农业|能源|新能源|材料|化工|石化|钢铁|矿业|贸易|商贸|物流|运输|吊装|服务|信息|软件|网络|通信|智能|装备|制造|国际|产业|互联网|传媒|文化|旅游|地产|置业|房地产|环保|环境|水务|电力|光电|半导体|股份|集团|控股|大件|设备|冷冻|空调机|国际物流|供应链|大数据)+$"
)


def _implied(text: str, words: Words, c: _Forms, found: Found) -> None:
    """Short forms that a full name of the article implies: 驰骋公司, 重庆传音, 天实精工 of 重庆市…有限公司."""
    full_names = {text[a:b] for (a, b), rule in found.items() if rule in ("company.legal-form", "company.form")}
    for full in sorted(full_names, key=lambda n: (-len(n), n)):
        stem = _FORM_TAIL.sub("", full)
        place = places.prefix(stem)
        body = stem[len(place) :].strip("()（）") if place else stem
        body = regex.sub(r"[（(][^）)]*[）)]", "", body)
        core = _TRADE.sub("", body) or body
        short = places.short(place) if place else ""
        candidates = {stem, body, core, core + "公司", core + "集团", short + core, place + core, body + "公司"}
        for name in sorted(candidates):
            if _usable(name, words, c, full):
                _add_all(text, name, "company.implied", found)


def _usable(name: str, words: Words, c: _Forms, full: str) -> bool:
    if len(name) < 2 or name == full or name in c.generic or places.is_place(name) or name.endswith(c.not_company):
        return False
    flag = words.flag(name)
    return not flag or flag in ("nz", "nt", "nrt") or name in c.known or len(name) > 4


def _latin_names(text: str, c: _Forms, found: Found) -> None:
    """AK公司, Solarbuzz分析师: a Latin name that what follows makes a company's."""
    for match in c.latin.finditer(text):
        right = match.end()
        if text.startswith(("公司", "集团"), right):
            right += 2
        found.setdefault((match.start(), right), "company.latin")
        if right == match.end():
            _add_all(text, match[0], "company.latin", found)


def _disjoint(found: Found, blocked: list[tuple[int, int]]) -> list[tuple[tuple[int, int], str]]:
    """The longest names, left to right, outside of the blocked spans."""
    kept: list[tuple[tuple[int, int], str]] = []
    at = 0
    for span, rule in sorted(found.items(), key=lambda item: (item[0][0], -item[0][1])):
        inside = any(a <= span[0] and span[1] <= b for a, b in blocked)
        if span[0] >= at and not inside:
            kept.append((span, rule))
            at = span[1]
    return kept


def _canonical(text: str, spans: list[tuple[int, int]], same: dict[str, str], c: _Forms) -> dict[str, str]:
    """Each name -> the fullest name of that company in this article."""
    names = sorted({text[a:b] for a, b in spans}, key=lambda n: (-len(n), n))
    result: dict[str, str] = {}
    for name in names:
        full = same.get(name) or next((n for n in names if n != name and len(n) > len(name) and _same_company(name, n, c)), name)
        result[name] = full
    for name in names:
        seen = {name}
        while result.get(result[name], result[name]) != result[name] and result[name] not in seen:
            seen.add(result[name])
            result[name] = result[result[name]]
    return result


def _same_company(short: str, full: str, c: _Forms) -> bool:
    """Is `full` the full name of `short`? By the list, or by what the full name implies; never by likeness."""
    if short in c.known and full in c.known:
        return c.known[short] == c.known[full]
    if not full.endswith(("公司", "集团", "银行", "股份")):
        return False
    stem = _FORM_TAIL.sub("", full)
    place = places.prefix(stem)
    body = stem[len(place) :] if place else stem
    plain = regex.sub(r"[（(][^）)]*[）)]", "", body)
    core = _TRADE.sub("", plain) or plain
    bare = _FORM_TAIL.sub("", short)
    own = places.prefix(bare)
    tail = bare[len(own) :] if own else bare
    if own and place and places.short(own) != places.short(place):
        return False
    return len(tail) >= 2 and (tail in (core, plain, body, stem) or (plain.startswith(tail) and tail.startswith(core)))
