"""What makes a company's name: its forms, its words, where it begins. Data: company_forms.toml, companies.toml."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import ahocorasick_rs
import regex

from pipeline import places, rulebook
from pipeline.roster import Roster, known
from pipeline.segment import Words

_STOP = regex.compile(r"[\[\]―–．.，,。；;：！？!?、〔〕“”\"‘’《》\n…—\-/|【】]|[0-9]+(?!\p{Han}{0,2}局)")


@dataclass(frozen=True, slots=True)
class Forms:
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
    trade_tail: regex.Pattern[str]
    stake: regex.Pattern[str]
    bought: regex.Pattern[str]
    grown: regex.Pattern[str]
    sites: regex.Pattern[str]
    traded: regex.Pattern[str]
    traded_right: regex.Pattern[str]
    traded_left: regex.Pattern[str]
    source_left: regex.Pattern[str]
    goods_right: regex.Pattern[str]
    goods_left: regex.Pattern[str]
    nots: dict[str, regex.Pattern[str]]
    owned: regex.Pattern[str]
    kinds: regex.Pattern[str]
    owned_four: regex.Pattern[str]
    code: regex.Pattern[str]
    disclosed: regex.Pattern[str]
    share_before: regex.Pattern[str]
    share_behind: regex.Pattern[str]
    not_listed: regex.Pattern[str]
    schools: regex.Pattern[str]
    legal_tail: regex.Pattern[str]
    classes: tuple[str, ...]
    needs_context: frozenset[str]
    place_forms: tuple[str, ...]
    place_only: frozenset[str]
    any_words: tuple[str, ...]
    latin_ends: regex.Pattern[str]
    latin_maker: regex.Pattern[str]
    latin_people: regex.Pattern[str]
    not_coined: frozenset[str]
    pointed: regex.Pattern[str]
    lead: regex.Pattern[str]
    titles: regex.Pattern[str]
    speaks: regex.Pattern[str]
    surnames: frozenset[str]
    dateline: regex.Pattern[str]
    initials_list: regex.Pattern[str]
    initials: dict[str, str]
    topics: dict[str, regex.Pattern[str]]
    common: frozenset[str]
    trade_forms: frozenset[str]
    plain_words: tuple[str, ...]


# the type of a field -> how it is made of what company_forms.toml has under its name
_MADE: dict[str, Callable[[Any], Any]] = {
    "regex.Pattern[str]": regex.compile,
    "frozenset[str]": frozenset,
    "tuple[str, ...]": tuple,
    "dict[str, str]": dict,
}


@lru_cache(maxsize=4)
def compiled(folder: str, roster: Roster) -> Forms:
    """The forms and names of the rules in `folder`, which must be the folder in use, with the names of the list."""
    data, firms = rulebook.rules("company_forms"), known(folder, roster)
    names = sorted(firms.keys)
    own: dict[str, Any] = {
        "known": firms.keys,
        "ambiguous": firms.ambiguous,
        "common": firms.common,
        "grown": regex.compile(f"{data['grown_sure']}|(?:{data['grown']})(?={data['grown_before']})"),
        "nots": {name: regex.compile(words) for name, words in firms.nots.items()},
        "topics": {name: regex.compile(topic) for name, topic in firms.topics.items()},
        "scanner": ahocorasick_rs.AhoCorasick(names, matchkind=ahocorasick_rs.MatchKind.LeftmostLongest),
        "names": names,
        "form": regex.compile("|".join(sorted(data["forms"], key=lambda f: (-len(f), f)))),
        "left": tuple(data["context_left"]),
        "right": tuple(data["context_right"]),
        "weak_not_before": {form: regex.compile(words) for form, words in data["weak_not_before"].items()},
        "trade_tail": regex.compile("(?:" + "|".join(data["trade_tail"]) + ")+$"),
        "bought": regex.compile("|".join(data["bought"])),
    }
    rest = {name: _MADE[kind](data[name]) for name, kind in Forms.__annotations__.items() if name not in own}
    return Forms(**own, **rest)


_HEADING = regex.compile(r"(?:[(（]?[一二三四五六七八九十\d]{1,3})?[)）]|")
_NAME_FLAGS = ("n", "a", "j", "b", "l", "i", "z", "s", "g", "f", "k", "h")


def beginning(text: str, at: int, words: Words, c: Forms, *, strong: bool) -> int:
    """Where the name begins whose form stands at `at`: behind the last word that can't belong to it."""
    low = max(0, at - 36)
    window = text[low:at]
    strong = strong or text.startswith(c.any_words, at)
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
    if text[low + position - 1 : low + position] == "中" and text[low + position - 1 : low + position + 1] in c.known:
        position -= 1  # 从|中铝稀土(江苏)有限公司
    while text[low + position : low + position + 1] in ("·", "•"):
        position += 1
    return low + position


def bare_beginning(text: str, at: int, left: int, words: Words, c: Forms) -> int:
    """驰骋汽车公司 at the start of a clause: a word that is a verb elsewhere may be the name before a trade."""
    start = max(text.rfind(mark, max(0, at - 12), at) for mark in "，。；：、！？”\n") + 1
    if not start:
        return left
    cut = words.cut(text[start:at])
    if len(cut) == 2 and len(cut[0]) == 2 and cut[0] not in c.boundaries and cut[1] in c.trades and left > start:
        return start
    return left


def behind_number(text: str, left: int) -> int:
    """（3）|辽宁益康, (一)|公司: the number of a heading, or what is left of it, is no part of a name."""
    number = _HEADING.match(text, left)
    return int(number.end()) if number else left


def behind_verbs(text: str, left: int, at: int, words: Words, c: Forms) -> int:
    """谋划建设|清苑锌业: verbs and adverbs at the front are none of the name, if a name stands behind them."""
    for word in words.cut(text[left:at]):
        verb = words.flag(word) in ("v", "d", "ad", "vd") and len(word) > 1 and word not in c.known
        if not verb or left + len(word) > at - 2:
            break
        left += len(word)
    return left


def begins_anew(text: str, left: int, at: int, words: Words, c: Forms) -> int:
    """增设|湖北三宁化工, 子公司|深圳市新国都: a place or known name behind a verb, a name behind a kind of firm."""
    before = known_end(text, left, left, c)
    left = left if before is None else beginning(text, before, words, c, strong=True)  # 深圳市新国都|支付技术
    kind = max((left, *(int(m.end()) for m in c.kinds.finditer(text, max(0, left - 4), at))))
    cut, begin = words.cut(text[kind:at]), kind
    for word, after in pairwise(cut):
        begin += len(word)
        verb = (len(word) > 1 and words.flag(word) == "v" and word not in c.trade) or word in c.boundaries
        known = any(text[begin : begin + n] in c.known for n in range(2, 7))
        if verb and (known or places.is_city(after) or places.is_place(after)):
            return begin
    return kind


def known_end(text: str, right: int, left: int, c: Forms) -> int | None:
    """Where a known name that ends here begins (像|花旗银行), None if none does."""
    return next(
        (
            at
            for at in range(max(0, right - 10), right - 1)
            if at >= left - 8 and text[at:right] in c.known and text[at:right] not in c.ambiguous
        ),
        None,
    )


def _belongs(cut: list[str], k: int, words: Words, c: Forms, *, strong: bool) -> bool:
    """May the k-th word stand in a company's name?"""
    word = cut[k]
    if word in c.trade or word in c.known or places.is_place(word):
        return True
    if word == "日" and strong and k and (cut[k - 1] in c.known or words.flag(cut[k - 1]) in ("nz", "nr", "ns", "j")):
        return True  # 雅戈尔|日|中纺织有限公司
    if word == "新" and strong and k and len(cut[k - 1]) == 1 and words.flag(cut[k - 1])[:1] in ("n", "j", "a", ""):
        return True  # 龙|新|矿业有限公司
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
        return (
            strong
            and (inner or flag in ("m", "q", "v", "x"))
            and word not in "的了是在和与及或为从被把将由等其该给对向并"
        )
    return flag in ("vn", "t", "x", "eng") or (strong and flag == "v" and k < len(cut) - 1)


def is_name(name: str, form: str, words: Words, c: Forms, *, strong: bool) -> bool:
    stem = name.removesuffix(form)
    if name in c.generic or name.endswith(c.generic_ends) or not stem or stem[0] in "、）)的之个" or len(name) > 36:
        return False
    if stem.endswith(("一", "一家", "某", "做", "搞", "玩")) and not strong:  # 美国一化工厂, 七匹狼做地产
        return False
    if places.is_place(stem) and not strong:
        return form in c.place_forms and len(stem) <= 3
    if form in c.place_only or (stem.endswith(c.not_company) and not strong):
        return False
    cut = words.cut(stem)
    verbs = (w for w in cut[:-1] if words.flag(w) == "v" and len(w) > 1 and w not in c.trade and w not in c.known)
    plain = form not in ("公司", "集团", *c.any_words) and any(verbs)
    if not strong and (plain or "+" in name or any(word in name for word in c.classes)):
        return False
    if form in c.trade_forms and (len(stem) > 6 or any(word in stem for word in c.plain_words)):
        return False
    if strong:
        known = any(stem[:n] in c.known for n in range(2, len(stem)))
        pieces = any(len(w) == 1 and _pieces(cut, k) for k, w in enumerate(cut))
        plain = not pieces and all(w in c.trade or words.flag(w) in ("n", "vn", "b", "a") for w in cut)
        return len(stem) >= 2 and stem not in c.boundaries and (known or not plain)
    pieces = any(len(w) == 1 and w not in _PLAIN_CHARS and _pieces(cut, k) for k, w in enumerate(cut))
    named = (
        pieces
        or any(proper(w, words, c) for w in cut)
        or (len(cut) == 2 and cut[1] in c.trades and words.flag(cut[0]) == "v")
        or (len(cut) == 1 and words.flag(stem) == "nz" and (form in c.trade_forms or form.endswith("事务所")))
    )
    return len(stem) >= 2 and named and len(stem) <= 14


def _pieces(cut: list[str], k: int) -> bool:
    """Does the word stand among single characters, the pieces of a name that the dictionary lacks (天|实|精工)?"""
    return any(len(w) == 1 and w not in _PLAIN_CHARS for w in cut[max(0, k - 1) : k] + cut[k + 1 : k + 2])


_PLAIN_CHARS = frozenset("不超很最已将与和的了是在或为从被把由等其该给对向并年月日至到于以又还就也都只更再很")


def proper(word: str, words: Words, c: Forms) -> bool:
    """Does a word make a name of what it stands in? Unknown words and names do, common nouns do not."""
    flag = words.flag(word)
    if len(word) == 1:
        return word not in _PLAIN_CHARS and flag not in ("n", "q", "p", "c", "u", "r")
    return word in c.known or places.is_place(word) or flag in ("nt", "nr", "nrt", "ns", "j") or not flag


def is_item(name: str, words: Words, c: Forms) -> bool:
    cut = words.cut(name)
    flags = [words.flag(w) for w in cut]
    if flags and flags[0] == "v" and cut[0] not in c.trade:  # 从事研发
        return False
    plain = all(f and f[0] in "nvadmqrtbpcu" and f not in ("nz", "nt", "nr", "nrt") for f in flags)
    named = any(proper(w, words, c) for w in cut)
    return (
        2 <= len(name) <= 12
        and not plain
        and named
        and not places.is_place(name)
        and not name.endswith(c.not_company)
        and not any(word in name for word in c.classes)
        and name not in c.generic
    )


def is_coined(stem: str, words: Words, c: Forms) -> bool:
    """Do the characters make no word (翼动, 钜芯), or that of a person or a foreign name (维克)?"""
    if not regex.fullmatch(r"\p{Han}+", stem) or stem[0] in c.not_coined or places.is_city(stem):
        return False
    flag = words.flag(stem)
    pieces = words.cut(stem)
    if flag or any(len(piece) > 1 for piece in pieces):
        return flag in ("nr", "nrt")
    return not any(piece in _PLAIN_CHARS or words.flag(piece) in ("p", "c", "u", "r", "m", "f") for piece in pieces)


def cuts_word(text: str, left: int, right: int, words: Words) -> bool:
    """Would taking this name cut a longer word in two (the 中化 of 集中化)?"""
    counted = text[right : right + 1] == "为" and text[right + 1 : right + 2].isdigit()  # 建行|为12%
    low, high = max(0, left - 4), right if counted else min(len(text), right + 4)
    at = low
    for word in words.cut(text[low:high]):
        end = at + len(word)
        flag = words.flag(word)
        if (at < left < end or at < right < end) and flag:
            inside = at < left and right - left == 2  # 中[国航]天, 拦[路虎]
            if inside or flag not in ("nr", "nz", "nt"):
                return True
        if left <= at and end <= right == left + 2 and word in ("和", "与", "及"):
            return True  # 十九[大和]
        at = end
    return False
