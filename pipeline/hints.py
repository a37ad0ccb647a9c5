"""Companies that what stands around them gives away: lists, shares that are bought, Latin names beside 公司."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable

import regex

from pipeline import places
from pipeline.forms import Forms, beginning, is_coined, is_item
from pipeline.segment import Words

Found = dict[tuple[int, int], str]


class Spans:
    """Spans among which those near a place are found without looking at all of them."""

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        self._spans = sorted(spans)
        self._longest = max((right - left for left, right in self._spans), default=0)

    def near(self, left: int, right: int) -> list[tuple[int, int]]:
        """All that overlap it, and maybe others."""
        return self._spans[bisect_left(self._spans, (left - self._longest, 0)) : bisect_left(self._spans, (right, 0))]


def stakes(text: str, words: Words, c: Forms, found: Found) -> None:
    """海尔模具100%股权: what has shares to be bought is a company."""
    for match in c.stake.finditer(text):
        left, right = match.span("name")
        bought = max((m.end() for m in c.bought.finditer(text, left, right)), default=left)
        left = max(bought, left, beginning(text, right, words, c, strong=True))
        name = text[left:right]
        if (
            len(name) >= 3
            and not (left and text[left - 1].isdigit())
            and name not in c.generic
            and not name.endswith(c.not_company)
            and not regex.search("公司$|持有|其", name)
            and words.flag(words.cut(name)[-1]) not in ("t", "f")  # 加上此前|的3%股权
        ):
            found.setdefault((left, right), "company.stake")


def traded(text: str, words: Words, c: Forms, found: Found) -> None:
    """翼动科技|推出…, 、天实精工等: a coined name before a trade, beside what makes it a company."""
    edges = {edge for span in found for edge in span}
    sure: set[str] = set()
    for match in c.traded.finditer(text):
        right = match.end()
        for left in (match.start() - 2, match.start() - 3):
            stem = text[max(0, left) : match.start()]
            if left < 0 or stem in c.plain_words or not is_coined(stem, words, c):
                continue
            place = next((n for n in (2, 3) if places.is_city(text[left - n : left])), 0) if left > 2 else 0
            left -= place
            listed = (text[right : right + 1] in "、和与" and right + 1 in edges) or (
                text[left - 1 : left] in "、和与" and left - 1 in edges
            )
            if c.traded_left.search(text[max(0, left - 2) : left]) and (listed or c.traded_right.match(text, right)):
                sure.add(text[left:right])
                break
    for name in sorted(sure - c.generic):
        for match in regex.finditer(regex.escape(name), text):
            found.setdefault(match.span(), "company.traded")


def is_latin(text: str, at: int) -> bool:
    return 0 <= at < len(text) and text[at].isascii() and text[at].isalnum()


def latin_names(text: str, c: Forms, found: Found) -> None:
    """AK公司, Solarbuzz: a Latin name that what stands beside it makes a company's, wherever it stands."""
    sure: set[str] = set()
    people: set[str] = set()
    for match in c.latin.finditer(text):
        name, right = match["name"], match.end()
        if (
            name in c.latin_not
            or is_latin(text, right)
            or c.latin_people.search(text[max(0, match.start() - 4) : match.start()])
        ):
            people.add(name)
            continue
        if c.latin_ends.search(name[-60:]) or (
            text[match.start() - 1 : match.start()] == "由" and c.latin_maker.match(text[right : right + 8])
        ):
            sure.add(name)
        elif text.startswith(("公司", "集团"), right):
            found.setdefault((match.start(), right + 2), "company.latin")
        elif c.latin_right.match(text[right : right + 12]) or c.latin_left.search(
            text[max(0, match.start() - 4) : match.start()]
        ):
            sure.add(name)
    for name in sorted(sure - people):
        at = text.find(name)
        while at >= 0:
            if not (is_latin(text, at - 1) or is_latin(text, at + len(name))):
                found.setdefault((at, at + len(name)), "company.latin")
            at = text.find(name, at + len(name))


def list_members(text: str, words: Words, c: Forms, found: Found) -> None:
    """A、B、C等企业: what stands in a list of companies is one, if the list says so or half of it is known."""
    spans = Spans(found)
    for match in c.list_items.finditer(text):
        items = [
            (m.start() + match.start("items"), m.end() + match.start("items"))
            for m in regex.finditer("[^、，和与及]+", match["items"])
        ]
        known = sum(
            any((a < right and left < b) or (a == left and right <= b + 2) for a, b in spans.near(left, right))
            for left, right in items
        )
        tail = c.list_tail.match(text, match.end("items"))
        if not ((known >= 1 and tail) or (known >= 2 and known * 2 >= len(items))):
            continue
        begin = beginning(text, items[0][1], words, c, strong=True)
        items[0] = (max(items[0][0], begin), items[0][1])
        for left, right in items:
            name = text[left:right]
            inside = [(a, b) for a, b in spans.near(left, right) if a < right and left < b]
            if not is_item(name, words, c) or (
                inside and not ("-" in name and all(left <= a and b <= right for a, b in inside))
            ):
                continue
            found.setdefault((left, right), "company.list")
