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
    generic_ends: tuple[str, ...]
    not_company: tuple[str, ...]
    alias: regex.Pattern[str]
    bare_alias: regex.Pattern[str]
    left: tuple[str, ...]
    right: tuple[str, ...]
    list_tail: regex.Pattern[str]
    list_items: regex.Pattern[str]
    latin: regex.Pattern[str]
    latin_left: regex.Pattern[str]
    latin_right: regex.Pattern[str]
    latin_not: frozenset[str]
    weak_not_before: dict[str, regex.Pattern[str]]
    trade: frozenset[str]
    trades: frozenset[str]
    stake: regex.Pattern[str]


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
        tuple(data["generic_ends"]),
        tuple(data["not_company"]),
        regex.compile(data["alias"]),
        regex.compile(data["bare_alias"]),
        tuple(data["context_left"]),
        tuple(data["context_right"]),
        regex.compile(data["list_tail"]),
        regex.compile(data["list_items"]),
        regex.compile(data["latin"]),
        regex.compile(data["latin_left"]),
        regex.compile(data["latin_right"]),
        frozenset(data["latin_not"]),
        {form: regex.compile(words) for form, words in data["weak_not_before"].items()},
        frozenset(data["trade"]),
        frozenset(data["trades"]),
        regex.compile(data["stake"]),
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
    _stakes(text, words, c, found)
    _with_place(text, found)
    _latin_names(text, c, found)
    _list_members(text, words, c, found)
    kept = _disjoint(found, blocked)
    canonical = _canonical(text, [span for span, _ in kept], same, c)
    return [Mention(*span, canonical[text[span[0] : span[1]]], rule) for span, rule in kept]


def _formed(text: str, words: Words, c: _Forms, found: Found) -> None:
    """Names that end in a form: 重庆市天实精工科技有限公司, 海尔集团."""
    for match in c.form.finditer(text):
        form = match[0]
        if form in c.weak_not_before and c.weak_not_before[form].match(text, match.end()):
            continue
        strong = form in c.strong
        left = _beginning(text, match.start(), words, c, strong=strong)
        known = _known_end(text, match.end(), left, c)
        if known is not None and not strong:
            found[(known, match.end())] = "company.known"
            continue
        left = _bare_beginning(text, match.start(), left, words, c) if form == "公司" else left
        counted = left > 0 and text[left - 1].isdigit() and text[left] in "亿万千百"
        if not counted and _is_name(text[left : match.end()], form, words, c, strong=strong):
            found[(left, match.end())] = "company.legal-form" if strong else "company.form"


def _beginning(text: str, at: int, words: Words, c: _Forms, *, strong: bool) -> int:
    """Where the name begins whose form stands at `at`: behind the last word that can't belong to it."""
    low = max(0, at - 36)
    window = text[low:at]
    stop = max((m.end() for m in _STOP.finditer(window)), default=0)
    bracket = max(window.rfind("（"), window.rfind("("))
    if bracket >= stop and max(window.rfind("）"), window.rfind(")")) < bracket:
        stop = bracket + 1
    cut = words.cut(window[stop:])
    position = len(window)
    for k in range(len(cut) - 1, -1, -1):
        if not _belongs(cut, k, words, c, strong=strong):
            break
        position -= len(cut[k])
    return low + position


def _known_end(text: str, right: int, left: int, c: _Forms) -> int | None:
    """Where a known name that ends here begins (像|花旗银行), None if none does."""
    return next((at for at in range(max(0, right - 10), right - 1) if at >= left - 8 and text[at:right] in c.known and text[at:right] not in c.ambiguous), None)


def _bare_beginning(text: str, at: int, left: int, words: Words, c: _Forms) -> int:
    """驰骋汽车公司 at the start of a clause: a word that is a verb elsewhere may be the name before a trade."""
    start = max((text.rfind(mark, max(0, at - 12), at) for mark in "，。；：、！？”\n"), default=-1) + 1
    cut = words.cut(text[start:at])
    if start and len(cut) == 2 and len(cut[0]) == 2 and cut[0] not in c.boundaries and cut[1] in c.trades and left > start:
        return start
    return left


_NAME_FLAGS = ("n", "a", "j", "b", "l", "i", "z", "s", "g", "f", "k", "h")


def _belongs(cut: list[str], k: int, words: Words, c: _Forms, *, strong: bool) -> bool:
    """May the k-th word stand in a company's name?"""
    word = cut[k]
    if word in c.trade or word in c.known or places.is_place(word):
        return True
    if word in c.boundaries or word in ("新", "老", "这", "那", "年", "月", "日"):
        return False
    flag = words.flag(word)
    if not flag or flag.startswith(_NAME_FLAGS) or word in "()（）&·":
        return True
    if strong and flag == "m" and not word.isdigit():
        return True
    bound = k > 0 and words.flag(cut[k - 1]) in ("nz", "ns", "nr", "nt", "nrt")
    if len(word) == 1 and word not in _PLAIN_CHARS and (bound or _pieces(cut, k)):
        return True
    if flag in ("m", "q", "v", "vn", "d", "t", "x", "r", "p", "c", "y", "eng", "u") and len(word) == 1:
        inner = k > 0 and k < len(cut) - 1 and (len(cut[k - 1]) == 1 or len(cut[k + 1]) == 1)
        return strong and (inner or flag in ("m", "q", "v", "x")) and word not in "的了是在和与及或为从被把将由等其该给对向并"
    return flag in ("vn", "t", "x", "eng") or (strong and flag == "v" and k < len(cut) - 1)


def _is_name(name: str, form: str, words: Words, c: _Forms, *, strong: bool) -> bool:
    stem = name.removesuffix(form)
    if name in c.generic or name.endswith(c.generic_ends) or not stem or stem[0] in "、）)的之" or len(name) > 36:
        return False
    if places.is_place(stem) and not strong:
        return form in ("银行", "证券", "钢铁", "石化", "航空", "重工", "集团") and len(stem) <= 3
    if stem.endswith(c.not_company) and not strong:
        return False
    cut = words.cut(stem)
    if strong:
        return len(stem) >= 2 and stem not in c.boundaries and not all(w in c.trade or words.flag(w) in ("n", "vn", "b", "a") for w in cut)
    pieces = any(len(w) == 1 and w not in _PLAIN_CHARS and _pieces(cut, k) for k, w in enumerate(cut))
    named = pieces or any(_proper(w, words, c) for w in cut) or (len(cut) == 2 and cut[1] in c.trades and words.flag(cut[0]) == "v")
    return len(stem) >= 2 and named and len(stem) <= 14


def _pieces(cut: list[str], k: int) -> bool:
    """Does the word stand among single characters, the pieces of a name that the dictionary lacks (天|实|精工)?"""
    return any(len(w) == 1 and w not in _PLAIN_CHARS for w in cut[max(0, k - 1) : k] + cut[k + 1 : k + 2])


_PLAIN_CHARS = frozenset("不超很最已将与和的了是在或为从被把由等其该给对向并年月日至到于以又还就也都只更再很")


def _proper(word: str, words: Words, c: _Forms) -> bool:
    """Does a word make a name of what it stands in? Unknown words, names of places and firms do; common nouns do not."""
    flag = words.flag(word)
    if len(word) == 1:
        return word not in _PLAIN_CHARS and flag not in ("n", "q", "p", "c", "u", "r")
    return word in c.known or places.is_place(word) or flag in ("nt", "nr", "nrt", "ns", "j") or not flag


def _listed(text: str, words: Words, c: _Forms, found: Found) -> None:
    """Known names; one that is also a word needs a company's context."""
    doubtful: list[tuple[int, int, str]] = []
    for number, left, right in c.scanner.find_matches_as_indexes(text):
        name = c.names[number]
        if name.isascii() and (_latin(text, left - 1) or _latin(text, right)):
            continue
        if name[0] in "百千万亿一二两三四五六七八九十" and left and (text[left - 1].isdigit() or text[left - 1] in "百千万亿"):
            continue
        if len(name) <= 5 and not name.isascii() and _cuts_word(text, left, right, words):
            continue
        form = next((f for f in ("航空", "重工", "石化", "钢铁", "实业") if name.endswith(f)), None)
        if form and c.weak_not_before[form].match(text, right):
            continue
        if name in c.ambiguous:
            doubtful.append((left, right, name))
        else:
            found.setdefault((left, right), "company.known")
    sure = {c.known.get(text[a:b]) for a, b in found}
    edges = {edge for span in found for edge in span}
    for left, right, name in doubtful:
        if c.known[name] in sure or _in_context(text, left, right, c, edges):
            found.setdefault((left, right), "company.known")


def _latin(text: str, at: int) -> bool:
    return 0 <= at < len(text) and text[at].isascii() and text[at].isalnum()


def _in_context(text: str, left: int, right: int, c: _Forms, edges: set[int]) -> bool:
    """A company's word behind it, a company beside it in a list, or a list of companies around it."""
    if text.startswith(c.right, right) and text[right] != "、":
        return True
    if text[right : right + 1] in "、和与及" and right + 1 in edges or text[left - 1 : left] in "、和与及" and left - 1 in edges:
        return True
    listed = text[right : right + 1] == "、" or text[left - 1 : left] == "、"
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
        country = {full[2:]} if full.startswith("中国") and len(full) > 5 else set()
        candidates = country | {stem, body, core, core + "公司", core + "集团", short + core, place + core, body + "公司"}
        for name in sorted(candidates):
            if _usable(name, words, c, full):
                _add_all(text, name, "company.implied", found)


def _usable(name: str, words: Words, c: _Forms, full: str) -> bool:
    if len(name) < 2 or name == full or name in c.generic or places.is_place(name) or name.endswith(c.not_company):
        return False
    flag = words.flag(name)
    return not flag or name in c.known


def _stakes(text: str, words: Words, c: _Forms, found: Found) -> None:
    """海尔模具100%股权: what has shares to be bought is a company."""
    for match in c.stake.finditer(text):
        left, right = match.span("name")
        begin = _beginning(text, right, words, c, strong=True)
        name = text[max(left, begin) : right]
        if len(name) >= 3 and name not in c.generic and not name.endswith(c.not_company) and not regex.search("公司$|持有|其", name):
            found.setdefault((max(left, begin), right), "company.stake")


def _with_place(text: str, found: Found) -> None:
    """青岛海尔, 重庆传音: the place right before a short name belongs to it."""
    for (left, right), rule in list(found.items()):
        if rule not in ("company.known", "company.implied") or text[left].isascii():
            continue
        place = next((text[left - n : left] for n in (3, 2) if places.is_city(text[left - n : left])), None)
        if place and not places.is_place(text[left:right]) and text[left - len(place) - 1 : left - len(place)] not in ("在", "到", "、"):
            found.setdefault((left - len(place), right), rule)


_PERSON = regex.compile("(?:分析师|总裁|经理|主席|教授|博士|先生|女士|专家|CEO|主任|董事|记者|首席)$")


def _latin_names(text: str, c: _Forms, found: Found) -> None:
    """AK公司, Solarbuzz: a Latin name that what stands beside it makes a company's, wherever it stands."""
    sure: set[str] = set()
    people: set[str] = set()
    for match in c.latin.finditer(text):
        name, right = match["name"], match.end()
        if name in c.latin_not or _latin(text, right) or _PERSON.search(text[max(0, match.start() - 4) : match.start()]):
            people.add(name)
            continue
        if text.startswith(("公司", "集团"), right):
            found.setdefault((match.start(), right + 2), "company.latin")
        elif c.latin_right.match(text[right : right + 12]) or c.latin_left.search(text[max(0, match.start() - 4) : match.start()]):
            sure.add(name)
    for name in sorted(sure - people):
        at = text.find(name)
        while at >= 0:
            if not (_latin(text, at - 1) or _latin(text, at + len(name))):
                found.setdefault((at, at + len(name)), "company.latin")
            at = text.find(name, at + len(name))


def _list_members(text: str, words: Words, c: _Forms, found: Found) -> None:
    """A、B、C等企业: what stands in a list of companies is one, if the list says so or half of it is known."""
    spans = set(found)
    for match in c.list_items.finditer(text):
        items = [(m.start() + match.start("items"), m.end() + match.start("items")) for m in regex.finditer("[^、，和与及]+", match["items"])]
        known = sum(any(a <= left and right <= b or (a == left and right <= b + 2) for a, b in spans) or any(a < right and left < b for a, b in spans) for left, right in items)
        tail = c.list_tail.match(text, match.end("items"))
        if not (known >= 1 and tail or (known >= 2 and known * 2 >= len(items))):
            continue
        begin = _beginning(text, items[0][1], words, c, strong=True)
        items[0] = (max(items[0][0], begin), items[0][1])
        for left, right in items:
            name = text[left:right]
            inside = [(a, b) for a, b in spans if a < right and left < b]
            if not _is_item(name, words, c) or (inside and not ("-" in name and all(left <= a and b <= right for a, b in inside))):
                continue
            found.setdefault((left, right), "company.list")


def _is_item(name: str, words: Words, c: _Forms) -> bool:
    flags = [words.flag(w) for w in words.cut(name)]
    plain = all(f and f[0] in "nvadmqrtbpcu" and f not in ("nz", "nt", "nr", "nrt") for f in flags)
    named = any(_proper(w, words, c) for w in words.cut(name))
    return 2 <= len(name) <= 12 and not plain and named and not places.is_place(name) and not name.endswith(c.not_company) and name not in c.generic


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
    if full == "中国" + short:
        return True
    tail = bare[len(own) :] if own else bare
    if own and (not place or places.short(own) != places.short(place)) and bare != stem:
        return False
    if short.endswith("集团") and "集团" not in full:
        return False
    return len(tail) >= 2 and (tail in (core, plain, body, stem) or (plain.startswith(tail) and tail.startswith(core)))
