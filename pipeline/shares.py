"""Listed companies that a share's code or what they make public gives away, and the marks of a share at a name."""

from __future__ import annotations

from collections.abc import Iterator

import regex

from pipeline import places
from pipeline.forms import Forms, proper
from pipeline.hints import Found
from pipeline.segment import Words
from pipeline.spans import Offsets


def listed_names(text: str, words: Words, c: Forms, found: Found) -> None:
    """汤姆猫(300459), 交建股份：中标…, 子公司洛阳金鼎拟…: names where only a company can stand, wherever they stand."""
    edges = {edge for span in found for edge in span}
    disclosed = (match.span("name") for match in c.disclosed.finditer(text))
    sure: set[str] = set()
    for left, right in (*_coded(text, words, c), *disclosed, *_owned(text, words, c)):
        name = text[left:right]
        if left not in edges and right not in edges and _can_be_listed(name, words, c):
            found.setdefault((left, right), "company.listed")
            sure.add(name)
    for name in sorted(sure):
        if not words.flag(name):
            for match in regex.finditer(regex.escape(name), text):
                found.setdefault(match.span(), "company.listed")


def _coded(text: str, words: Words, c: Forms) -> Iterator[Offsets]:
    """制造商|快克股份|(603203), at most five characters; 洪沟|农产品|(000061) is what a portal links."""
    for match in c.code.finditer(text):
        left, right = match.span("name")
        if right - left > 5:
            left = _whole_words(text, left, right, words)
        last = words.cut(text[left:right])[-1]
        if len(last) < 3 or words.flag(last) != "n":
            yield left, right


def _whole_words(text: str, left: int, right: int, words: Words) -> int:
    """Where the last words begin that have three to five characters."""
    at = right
    for word in reversed(words.cut(text[left:right])):
        size = right - at
        if size >= 4 or (size == 3 and len(word) > 1) or size + len(word) > 5:
            break
        at -= len(word)
    return at


def _owned(text: str, words: Words, c: Forms) -> Iterator[Offsets]:
    """子公司|天津银润|拟, 一致行动人|三峡资本|拟: four characters that hold a name and end with a word."""
    for match in c.owned_four.finditer(text):
        left, right = match.span("name")
        ends, at = set(), left
        for word in words.cut(text[left : right + 3]):
            ends.add(at := at + len(word))
        if right in ends and _is_coined(match["name"], words, c):
            yield left, right


def _can_be_listed(name: str, words: Words, c: Forms) -> bool:
    """Three characters and more that are no office, class of firms, bond, or piece of a sentence."""
    if len(name) < 3 or "的" in name or name in c.generic or c.not_listed.search(name):
        return False
    cut = words.cut(name)
    if words.flag(cut[-1]) == "v" and len(cut[-1]) > 1 and cut[-1] not in c.trade:  # 发改委|发出
        return False
    loose = (cut[0], *(word for word in cut if len(word) > 1))
    return places.is_place(name[:2]) or not any(words.flag(w) in ("p", "c", "r", "d", "t", "u") for w in loose)


def _is_coined(name: str, words: Words, c: Forms) -> bool:
    """天津|银润, 奉新|时代, 建|泰|建设: a place, a name, or characters that make no words."""
    cut = words.cut(name)
    verb = words.flag(cut[0]) == "v" and len(cut[0]) > 1  # 子公司|获批上市
    if verb or cut[0] in c.boundaries or name.endswith(c.not_company):
        return False
    pieces = sum(len(word) == 1 for word in cut) > 1
    return pieces or places.is_place(name[:2]) or any(len(word) > 1 and proper(word, words, c) for word in cut)


def marked(text: str, c: Forms, found: Found) -> None:
    """*ST|赫美, 万科|A(000002): the marks of a share belong to the name."""
    for (left, right), rule in list(found.items()):
        before = c.share_before.search(text[max(0, left - 3) : left])
        behind = None if text[right - 1].isascii() else c.share_behind.match(text, right)
        if before or behind:
            found.setdefault((left - len(before[0]) if before else left, behind.end() if behind else right), rule)
