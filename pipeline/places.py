"""Places of China by name and short form, and which place an article is about. Data: rules/places.toml."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

import ahocorasick_rs
import regex

from pipeline import rulebook


@dataclass(frozen=True, slots=True)
class Place:
    """A place: its full name, its level (nation, region, country, province, prefecture, county, zone), its parent."""

    name: str
    level: str
    parent: str | None


@dataclass(frozen=True, slots=True)
class Mention:
    """A place in the clean text; `name` is the full name."""

    left: int
    right: int
    name: str
    level: str


@dataclass(frozen=True, slots=True)
class _Gazetteer:
    by_name: dict[str, Place]
    shorts: dict[str, str]  # short form -> full name, where it is safe without its full form
    county_shorts: dict[str, str]
    self_words: frozenset[str]
    nation: frozenset[str]
    scanner: ahocorasick_rs.AhoCorasick
    surfaces: list[str]


@lru_cache(maxsize=4)
def _gazetteer(folder: str) -> _Gazetteer:
    data = rulebook.rules("places")
    found = {name: Place(name, "province", None) for name in data["provinces"]}
    for province, names in data["prefectures"].items():
        found |= {name: Place(name, "prefecture", province) for name in names}
    for key, names in data["counties"].items():
        for name in names:
            found.setdefault(name, Place(name, "county", key.rpartition("/")[2]))
    for level in ("regions", "countries", "zones"):
        found |= {name: Place(name, level.rstrip("s"), None) for name in data[level]}
    nations = regex.compile("(?:" + "|".join(data["nationalities"]) + "|各族)+$")
    shorts: dict[str, str] = {}
    county: dict[str, str] = {}
    for place in found.values():
        short = _short(place.name, data["suffixes"], nations)
        if short != place.name and len(short) >= 2:
            (county if place.level == "county" else shorts).setdefault(short, place.name)
    surfaces = sorted({*found, *shorts, *county, *data["self"], *data["nation"]})
    scanner = ahocorasick_rs.AhoCorasick(surfaces, matchkind=ahocorasick_rs.MatchKind.LeftmostLongest)
    return _Gazetteer(found, shorts, county, frozenset(data["self"]), frozenset(data["nation"]), scanner, surfaces)


def _short(name: str, suffixes: list[str], nations: regex.Pattern[str]) -> str:
    for suffix in suffixes:
        if name.endswith(suffix) and len(name) - len(suffix) >= 2:
            return nations.sub("", name.removesuffix(suffix)) or name
    return name


def _table() -> _Gazetteer:
    return _gazetteer(str(rulebook.folder()))


def is_place(name: str) -> bool:
    table = _table()
    return name in table.by_name or name in table.shorts or name in table.county_shorts


def short(name: str) -> str:
    """渝北区 -> 渝北; the name itself where it has no short form."""
    table = _table()
    return next((s for s, full in (*table.shorts.items(), *table.county_shorts.items()) if full == name), name)


def prefix(name: str) -> str:
    """The place that a company's name begins with (重庆市…, 广州…), "" if none."""
    table = _table()
    for length in range(min(len(name) - 1, 8), 1, -1):
        if name[:length] in table.by_name or name[:length] in table.shorts:
            return name[:length]
    return ""


def is_city(name: str) -> bool:
    """Is it the short form of a province or prefecture, as company names begin with (青岛, 重庆)?"""
    return name in _table().shorts


def find(text: str, title: str) -> tuple[list[Mention], str | None]:
    """Every place in the clean text, and the full name of the place that the article is about (None if none is).

    全区 and 该区 resolve to that place, 我国 to 全国. The short form of a county counts only beside its full form.
    """
    table = _table()
    hits = table.scanner.find_matches_as_indexes(text)
    named = {table.surfaces[n] for n, _, _ in hits}
    mentions: list[Mention] = []
    selves: list[tuple[int, int, str]] = []
    for number, left, right in hits:
        surface = table.surfaces[number]
        if surface in table.self_words:
            selves.append((left, right, surface))
        elif surface in table.nation:
            mentions.append(Mention(left, right, "中国" if surface == "中国" else "全国", "nation"))
        else:
            full = surface if surface in table.by_name else table.shorts.get(surface)
            if full is None and table.county_shorts.get(surface) in named:
                full = table.county_shorts[surface]
            if full:
                mentions.append(Mention(left, right, full, table.by_name[full].level))
    home = _home(mentions, {s for _, _, s in selves}, text, title)
    if home:
        mentions += [Mention(a, b, home, table.by_name[home].level) for a, b, word in selves if _fits(word, home)]
    return sorted(mentions, key=lambda m: m.left), home


def _fits(word: str, home: str) -> bool:
    """全市 in an article about a district is the city above it, not the district."""
    level = word[-1]
    return home.endswith(level) or (level == "区" and home.endswith("自治区")) or (level == "州" and home.endswith("州"))


def _home(mentions: list[Mention], selves: set[str], text: str, title: str) -> str | None:
    """The administrative place that is named most, the title counting much and 全区 deciding the level."""
    counts: Counter[str] = Counter()
    named = Counter(m.name for m in mentions)
    head = len(text) // 4
    for m in mentions:
        if m.level in ("province", "prefecture", "county", "zone"):
            counts[m.name] += 3 if m.left < min(head, 200) else 1
            if any(_fits(word, m.name) for word in selves):
                counts[m.name] += 1
    table = _table()
    for surface in (*table.by_name, *table.shorts, *table.county_shorts):
        if surface in title and len(surface) >= 2:
            full = surface if surface in table.by_name else table.shorts.get(surface, table.county_shorts.get(surface, ""))
            if full in table.by_name and table.by_name[full].level in ("province", "prefecture", "county", "zone"):
                counts[full] += 8 if surface != full or full in title else 4
    if not counts:
        return None
    name, count = min(counts.items(), key=lambda item: (-item[1], item[0]))
    nation = sum(m.level == "nation" for m in mentions)
    rest = sum(counts.values()) - count
    enough = count >= 3 and (named[name] >= 2 or count >= 8)
    return name if enough and count > nation and count >= 0.4 * (count + rest) else None
