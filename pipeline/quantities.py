"""Mentions of quantities: numerals that count, measure, compare or rank something.

`find` looks at every place where a numeral can begin, tries the rules of rules/quantities.toml there in their order,
and works out value, unit, kind and comparator. It runs on characters; what a time owns is never looked at.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from typing import Any

import ahocorasick_rs
import regex

from pipeline import rulebook
from pipeline.numerals import parse_numeral
from pipeline.units import alternation, unit, units

_START = regex.compile(
    r"[0-9半俩零〇一二两三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟兩萬億数几好若廿卅第前翻负双+±\-－−]"
)
_VAGUE = regex.compile(r"数(?=[十百千万亿])|几|若干")
_NEAR = 12
_MORE = regex.compile(r"[余多来]")
_BANNED = {"gt": "le", "lt": "ge"}
_PER = {"百": "%", "佰": "%", "千": "‰", "仟": "‰"}


@dataclass(frozen=True, slots=True)
class Mention:
    """A quantity in the clean text: `left` and `right` are clean offsets, `rule` the id of the rule that made it."""

    left: int
    right: int
    value: Decimal | None
    value_max: Decimal | None
    unit: str | None
    kind: str
    comparator: str
    rule: str


@dataclass(frozen=True, slots=True)
class _Rules:
    rules: list[tuple[dict[str, Any], regex.Pattern[str]]]
    blocks: list[tuple[dict[str, Any], regex.Pattern[str]]]
    words: list[tuple[dict[str, Any], ahocorasick_rs.AhoCorasick, regex.Pattern[str]]]
    before: regex.Pattern[str]
    after: regex.Pattern[str]
    left: regex.Pattern[str]
    left_of: dict[str, str]
    right: regex.Pattern[str]
    right_of: dict[str, str]
    about: regex.Pattern[str]
    ban: regex.Pattern[str]
    moves: tuple[str, ...]


@lru_cache(maxsize=4)
def _compiled(folder: str) -> _Rules:
    data = rulebook.rules("quantities")
    guards = data["guards"]
    fragments = dict(data["fragments"])
    fragments["unit"] = alternation(
        arabic_only=frozenset(guards["arabic_only"]),
        not_before=guards["not_before"],
        excluded=frozenset(guards["excluded"]),
    )
    for _ in range(4):
        fragments = {k: _fill(v, fragments) if k != "unit" else v for k, v in fragments.items()}
    if lacking := next((b for b in data["block"] if b.get("scope") not in ("quantity", "all")), None):
        raise rulebook.error("quantities", lacking["id"], 'scope: write "quantity", or "all" where times are none too')
    left, left_of, right, right_of = _comparators(data["comparators"])
    counted = data["counted"][0]
    return _Rules(
        [(rule, _pattern(rule, fragments)) for rule in data["rule"]],
        [(block, _pattern(block, fragments)) for block in data["block"] if "pattern" in block],
        [
            (block, ahocorasick_rs.AhoCorasick(block["words"]), regex.compile(block["guard"]))
            for block in data["block"]
            if "words" in block
        ],
        regex.compile(counted["before"]),
        regex.compile(counted["after"]),
        left,
        left_of,
        right,
        right_of,
        regex.compile(r"(?:大?约|仅约)(?:仅)?占[^，。；：0-9]{1,16}$"),
        regex.compile(rf"(?:{'|'.join(data['comparators']['bans'])})[^，。；：、]{{0,8}}$"),
        tuple(guards["moves"]),
    )


def _fill(pattern: str, fragments: dict[str, str]) -> str:
    """Replace each {name}; doubled braces are a regular expression's own."""
    names = "|".join(fragments)
    text: str = regex.sub(rf"(?<!\{{)\{{({names})\}}(?!\}})", lambda m: f"(?:{fragments[m[1]]})", pattern)
    return text


def _pattern(rule: dict[str, Any], fragments: dict[str, str]) -> regex.Pattern[str]:
    try:
        filled = _fill(rule["pattern"], fragments).replace("{{", "{").replace("}}", "}")
        return regex.compile(rulebook.anchored(rule, filled))
    except regex.error as error:
        raise rulebook.error("quantities", rule["id"], f"pattern: {error}") from None


def _comparators(data: dict[str, Any]) -> tuple[regex.Pattern[str], dict[str, str], regex.Pattern[str], dict[str, str]]:
    left = {word: name for name in ("gt", "ge", "lt", "le", "approx") for word in data[name]}
    right = {word: name for name, words in data["right"].items() for word in words}
    fill = "|".join(sorted(map(regex.escape, data["fillers"]), key=lambda w: -len(w)))
    words = "|".join(sorted(map(regex.escape, left), key=lambda w: -len(w)))
    tails = "|".join(sorted(map(regex.escape, right), key=lambda w: -len(w)))
    return regex.compile(rf"(?P<word>{words})(?:{fill})?$"), left, regex.compile(rf"(?:{tails})"), right


def find(text: str, taken: list[tuple[int, int]]) -> list[Mention]:
    """Every quantity in the clean text, in text order. `taken` are the clean spans that names and times own."""
    compiled = _compiled(str(rulebook.folder()))
    closed = sorted(taken)
    found: list[Mention] = []
    at = b = 0
    for start in (m.start() for m in _START.finditer(text)):
        if start < at:
            continue
        while b < len(closed) and closed[b][1] <= start:
            b += 1
        if b < len(closed) and closed[b][0] <= start:
            continue
        limit = closed[b][0] if b < len(closed) else len(text)
        mention = _at(text, start, limit, compiled)
        if mention:
            found.append(_shared(mention, found[-1], text) if found else mention)
            at = mention.right
    return found


def _shared(mention: Mention, before: Mention, text: str) -> Mention:
    """分别超98.5%和99%: what stands before the first holds for every one of the list."""
    if mention.comparator != "eq" or text[before.right : mention.left] not in ("和", "、", "与", "及"):
        return mention
    stands_before = before.comparator in ("gt", "lt", "approx") or regex.search(
        "不[低少高大小]于$|或超过$|不超过$", text[max(0, before.left - 4) : before.left]
    )
    if not stands_before:
        return mention
    lead = regex.sub(".*[，。；：]", "", text[max(0, before.left - 18) : before.left])
    return (
        replace(mention, comparator=before.comparator) if "分别" in lead or text[before.left - 1] == "、" else mention
    )


def blocked(text: str) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Clean spans that hold neither times nor quantities, and those that hold no quantities; disjoint and sorted."""
    compiled = _compiled(str(rulebook.folder()))
    spans: dict[str, list[tuple[int, int]]] = {"all": [], "quantity": []}
    for block, pattern in compiled.blocks:
        spans[block["scope"]] += [m.span() for m in pattern.finditer(text)]
    for block, scanner, guard in compiled.words:
        hits = scanner.find_matches_as_indexes(text, overlapping=True)
        spans[block["scope"]] += [(left, right) for _, left, right in hits if guard.match(text, left)]
    return _merged(spans["all"]), _merged(spans["all"] + spans["quantity"])


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for left, right in sorted(spans):
        if merged and left < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(right, merged[-1][1]))
        else:
            merged.append((left, right))
    return merged


def _at(text: str, start: int, limit: int, compiled: _Rules) -> Mention | None:
    """The first rule that matches at `start`, as a mention."""
    for rule, pattern in compiled.rules:
        match = pattern.match(text, start, min(limit + 3, len(text)))
        if limit < len(text) and limit - start <= _NEAR and (whole := pattern.match(text, start, limit)):
            match = whole if whole.end() == limit else match  # 超600亿|12月28日: a date begins right behind it
        if match and "n2" in match.groupdict() and match["n2"] and _both_ends(text, match, compiled.moves):
            match = pattern.match(text, start, match.start("n2"))
        if match and match.end() > limit:  # 推迟5天至6月1日: the date owns what the range would take
            match = pattern.match(text, start, limit)
        if not match or match.end() == start:
            continue
        mention = _read(rule, match, text, compiled)
        if mention:
            return mention
    return None


def _both_ends(text: str, match: regex.Match[str], moves: tuple[str, ...]) -> bool:
    """从10亿元到130亿元 names two ends of a change, 10亿元到130亿元 a range; `moves` stand before by how much."""
    if text.startswith("不等", match.end()):  # 从3万至5万元不等
        return False
    lead = text[max(0, match.start() - 3) : match.start()].rstrip("约近的了")
    if text[match.start("n2") - 1] not in "到至":
        return False
    return lead.endswith(("从", "由", "自")) or (lead.endswith(moves) and _far_apart(match))


def _far_apart(match: regex.Match[str]) -> bool:
    """库存减545吨至11700吨: by how much and to what, where no range would be so wide."""
    g = match.groupdict()
    if g.get("u") in _PER.values() or "百分" in (g.get("u") or ""):
        return False
    first, last = parse_numeral(g["n"]), parse_numeral(g["n2"])
    return first is not None and last is not None and 0 < 5 * first < last


def _read(rule: dict[str, Any], match: regex.Match[str], text: str, compiled: _Rules) -> Mention | None:
    g = {k: v for k, v in match.groupdict().items() if v}
    left, right = match.span()
    if _idle_one(g, text, left, right, compiled):
        return None
    value, value_max, vague, more = _values(rule, g)
    if value is None and not vague and "digits" not in g:
        return None
    surface = rule.get("unit") or _unit(g)
    comparator = (
        "vague" if vague else rule.get("comparator") or ("gt" if more else _comparator(text, left, right, compiled))
    )
    return Mention(left, right, value, value_max, surface, rule["kind"], comparator, rule["id"])


def _idle_one(g: dict[str, str], text: str, left: int, right: int, compiled: _Rules) -> bool:
    """一家 is an article unless something before or behind it counts (仅一家, 就有一辆)."""
    if g.get("n") != "一" or "u" not in g or "half" in g or "半" in text[left:right]:
        return False
    measured = unit(g["u"].removeprefix("个") or "个")
    if measured and (measured.dimension != "count" or measured.surface == "岁"):
        return False
    return not (compiled.before.search(text, max(0, left - 6), left) or compiled.after.search(text[right : right + 3]))


def _unit(g: dict[str, str]) -> str | None:
    if "per" in g:
        return _PER[g["per"]]
    surface = g.get("u")
    if surface is None:
        return None
    if surface.startswith("个") and surface != "个" and surface[1:] in units():
        surface = surface[1:]
    return surface.replace("（", "(").replace("）", ")") if surface.isascii() else surface


def _values(rule: dict[str, Any], g: dict[str, str]) -> tuple[Decimal | None, Decimal | None, bool, bool]:
    """Value, upper end, whether the numeral is vague, whether 余 or 多 stands in it."""
    if "digits" in g:
        return None, None, True, False
    if "fan" in g:
        return Decimal(2) ** int(parse_numeral(g["fan"]) or 1), None, False, False
    if "over" in g:
        return Decimal(g["over"]) / Decimal(g["under"]), None, False, False
    if "frac" in g:
        return parse_numeral(g["frac"]), None, False, False
    if rule.get("adjacent"):
        return (*_adjacent(g), False, "more" in g)
    n = g["n"]
    more = "more" in g or bool(_MORE.search(n))
    if _VAGUE.search(n) or g.get("more") == "几":
        return None, None, True, False
    value = parse_numeral(_MORE.sub("", n.lstrip("±").replace("零下", "-")).replace("个", "").replace("，", ","))
    if value is None:
        return None, None, False, False
    value_max = _upper(g)
    if value_max is not None:
        value = _left_of_range(value, n, value_max, g)
        if value > value_max >= 0:
            return None, None, False, False
    value += _small_parts(rule, g)
    factor = Decimal(rule.get("scale", "1"))
    return value * factor, None if value_max is None else value_max * factor, False, more


def _small_parts(rule: dict[str, Any], g: dict[str, str]) -> Decimal:
    """What stands behind the unit: a half (三年半), jiao and fen, minutes and seconds."""
    half = "half" in g or "个半" in g.get("u", "") or rule["id"] == "quantity.count-half"
    parts = ((parse_numeral(g.get(part, "0")) or 0) / Decimal(many) for part, many in rule.get("parts", {}).items())
    tenth = (parse_numeral(g.get("part", "0")) or 0) / Decimal(10)  # 九成五
    return sum(parts, tenth + (Decimal("0.5") if half else Decimal(0)))


def _upper(g: dict[str, str]) -> Decimal | None:
    return parse_numeral(_MORE.sub("", g["n2"])) if "n2" in g else None


def _left_of_range(value: Decimal, n: str, upper: Decimal, g: dict[str, str]) -> Decimal:
    """50—100亿: the magnitude of the right side counts for both, unless the left side has its own."""
    if "u1" in g or any(c in "万亿" for c in n):
        return value
    placed = any(c in "十百千" for c in n)
    factor = Decimal(1)
    for char in reversed(g["n2"]):
        if placed and char not in "万亿萬億":
            break
        step = {"百": 100, "千": 1000, "仟": 1000, "万": 10000, "萬": 10000, "亿": 10**8, "億": 10**8}.get(char)
        if step is None:
            break
        factor *= step
    return value * factor if value * factor <= upper else value


def _adjacent(g: dict[str, str]) -> tuple[Decimal | None, Decimal | None]:
    """三四十 -> 30, 40; 十七八 -> 17, 18. Digits that do not follow each other are no range."""
    low, high = parse_numeral(g["n"]), parse_numeral(g["n2"])
    if low is None or high is None or not (high == low + 1 or (int(low), int(high)) == (3, 5)):
        return None, None
    ten = 10 if "ten" in g else 0
    scale = parse_numeral(g["magn"]) if "magn" in g else Decimal(1)
    return ((low + ten) * scale, (high + ten) * scale) if scale else (None, None)


_NOTE = regex.compile(r"[（(][^（）()，。；]{1,8}[)）]")


def _comparator(text: str, left: int, right: int, compiled: _Rules) -> str:
    """What the words right before and behind a quantity make of it."""
    noted = _NOTE.match(text, right)  # 1020美元/吨（CFR）左右
    end = noted.end() if noted else right + 3 if text.startswith("人民币", right) else right
    after = compiled.right.match(text, end)
    if after:
        return compiled.right_of[after[0]]
    before = compiled.left.search(text[max(0, left - 10) : left])
    if before and before["word"] == "上" and text[left] not in "百千万亿":
        before = None
    if (
        before
        and before["word"] in ("近", "过", "破", "上")
        and text[left - len(before[0]) - 1 : left - len(before[0])]
        in ("最", "附", "临", "经", "通", "不", "以", "同", "第", "再")
    ):
        before = None
    if before and before["word"] in ("跨越", "越过", "跨过") and not regex.search("[万亿]", text[left:right]):
        before = None  # 跨越三个海湾
    if before:
        found = compiled.left_of[before["word"]]
        at = left - len(before[0])
        return _BANNED.get(found, found) if compiled.ban.search(text[max(0, at - 16) : at]) else found
    return "approx" if compiled.about.search(text[max(0, left - 24) : left]) else "eq"
