"""Short forms of company names, and the fullest name of each company in an article."""

from __future__ import annotations

import regex

from pipeline import places
from pipeline.forms import Forms
from pipeline.segment import Words

FORM_TAIL = regex.compile(r"(?:集团|控股|股份)?(?:有限责任|股份有限|集团有限|有限)?(?:公司|集团)$")


def usable(name: str, words: Words, c: Forms, full: str) -> bool:
    if len(name) < 2 or name == full or name in c.generic or places.is_place(name) or name.endswith(c.not_company):
        return False
    flag = words.flag(name)
    return not flag or name in c.known


def canonical_names(text: str, spans: list[tuple[int, int]], same: dict[str, str], c: Forms) -> dict[str, str]:
    """Each name -> the fullest name of that company in this article."""
    names = sorted({text[a:b] for a, b in spans}, key=lambda n: (-len(n), n))
    result: dict[str, str] = {}
    for name in names:
        full = same.get(name) or next(
            (n for n in names if n != name and len(n) > len(name) and _same_company(name, n, c)), name
        )
        result[name] = full
    for name in names:
        seen = {name}
        while result.get(result[name], result[name]) != result[name] and result[name] not in seen:
            seen.add(result[name])
            result[name] = result[result[name]]
    return result


def _same_company(short: str, full: str, c: Forms) -> bool:
    """Is `full` the full name of `short`? By the list, or by what the full name implies; never by likeness."""
    if short in c.known and full in c.known:
        return c.known[short] == c.known[full]
    if not full.endswith(("公司", "集团", "银行", "股份")):
        return False
    stem = FORM_TAIL.sub("", full)
    place = places.prefix(stem)
    body = stem[len(place) :] if place else stem
    plain = regex.sub(r"[（(][^）)]*[）)]", "", body)
    core = c.trade_tail.sub("", plain) or plain
    bare = FORM_TAIL.sub("", short)
    own = places.prefix(bare)
    if full == "中国" + short:
        return True
    tail = bare[len(own) :] if own else bare
    if own and (not place or places.short(own) != places.short(place)) and bare != stem:
        return False
    if short.endswith("集团") and "集团" not in full:
        return False
    return len(tail) >= 2 and (tail in (core, plain, body, stem) or (plain.startswith(tail) and tail.startswith(core)))


def short_of(name: str, full: str) -> bool:
    """Are the characters of `name` in `full` in this order, and is it no place in it (海尔股份（香港）)?"""
    if name.isascii():
        return bool(regex.fullmatch(r"[A-Z][A-Za-z.& \-]+", name)) and full.endswith(("公司", "集团"))
    it = iter(full)
    return len(name) >= 2 and not places.is_place(name) and all(char in it for char in name)
