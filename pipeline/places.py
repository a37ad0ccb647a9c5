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
    short_of: dict[str, str]  # full name -> short form
    self_words: frozenset[str]
    nation: frozenset[str]
    scanner: ahocorasick_rs.AhoCorasick
    surfaces: list[str]
    before: regex.Pattern[str]  # behind one of these it is no place (上海|港)
    inside: regex.Pattern[str]  # longer words that hold a place's name (复合肥)


@lru_cache(maxsize=4)
def _gazetteer(folder: str) -> _Gazetteer:
    data = rulebook.rules("places")
    found = {name: Place(name, "province", None) for name in data["provinces"]}
    for province, names in data["prefectures"].items():
        found |= {name: Place(name, "prefecture", province) for name in names}
    for key, names in data["counties"].items():
        for name in names:
            found.setdefault(name, Place(name, "county", key.rpartition("/")[2]))
    for level, rows in (("region", "regions"), ("country", "countries"), ("zone", "zones")):
        found |= {name: Place(name, level, None) for name in data[rows]}
    nations = regex.compile("(?:" + "|".join(data["nationalities"]) + "|各族)+$")
    shorts: dict[str, str] = {}
    county: dict[str, str] = {}
    for place in found.values():
        short = _short(place.name, data["suffixes"], nations)
        if short != place.name and len(short) >= 2:
            (county if place.level == "county" else shorts).setdefault(short, place.name)
    surfaces = sorted({*found, *shorts, *county, *data["self"], *data["nation"]})
    scanner = ahocorasick_rs.AhoCorasick(surfaces, matchkind=ahocorasick_rs.MatchKind.LeftmostLongest)
    before, inside = regex.compile(data["not_before"]), regex.compile("|".join(data["not_inside"]))
    short_of = {full: name for names in (county, shorts) for name, full in names.items()}
    selves, nation = frozenset(data["self"]), frozenset(data["nation"])
    return _Gazetteer(found, shorts, county, short_of, selves, nation, scanner, surfaces, before, inside)


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
    return _table().short_of.get(name, name)


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


def is_country(name: str) -> bool:
    """Is it a country (美国)?"""
    place = _table().by_name.get(name)
    return place is not None and place.level == "country"


def find(text: str, title: str, owned: list[tuple[int, int]]) -> tuple[list[Mention], str | None]:
    """Every place in the clean text, and the full name of the place that the article is about (None if none is).

    `owned` are clean spans of companies' names, whose places (青岛 in 青岛海尔) do not count.

    全区 and 该区 resolve to that place, 我国 to 全国. The short form of a county counts only beside its full form.
    """
    table = _table()
    hits = table.scanner.find_matches_as_indexes(text)
    named = {table.surfaces[n] for n, _, _ in hits}
    hits = _standing(text, hits, table)
    mentions: list[Mention] = _by_form(text, title, table)
    taken = {at for m in mentions for at in range(m.left, m.right)} | {at for a, b in owned for at in range(a, b)}
    hits = [(n, a, b) for n, a, b in hits if a not in taken and b - 1 not in taken]
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
    home = _declared(text, title) or _home(mentions, {s for _, _, s in selves}, text, title)
    if home is None and len(selves) > sum(m.level == "nation" for m in mentions):
        home = (
            min(Counter(s for _, _, s in selves).items(), key=lambda item: (-item[1], item[0]))[0]
            .replace("该", "全")
            .replace("我", "全")
            .replace("本", "全")
        )
    if home:
        mentions += [Mention(a, b, home, "county") for a, b, word in selves if _fits(word, home)]
    return sorted(mentions, key=lambda m: m.left), home


def _standing(text: str, hits: list[tuple[int, int, int]], table: _Gazetteer) -> list[tuple[int, int, int]]:
    """The hits that are no part of another word, nor a short form in the title of a work."""
    titled = {at for m in _TITLED.finditer(text) for at in range(*m.span())}
    later = [hit for _, a, b in hits if _inside(text, a, table) for hit in _beside(text, a, b, table)]
    return [
        (n, a, b)
        for n, a, b in sorted((*hits, *later), key=lambda hit: hit[1])
        if not (table.before.match(text, b) or _inside(text, a, table))
        and (table.surfaces[n] in table.by_name or a not in titled)
    ]


def _inside(text: str, left: int, table: _Gazetteer) -> bool:
    """Does a longer word hold the place, from the character before it on (复|合肥) or from its own (中东|部)?"""
    return bool(table.inside.match(text, max(0, left - 1)) or table.inside.match(text, left))


def _beside(text: str, left: int, right: int, table: _Gazetteer) -> list[tuple[int, int, int]]:
    """其中|山东: the places that begin inside one that is none (中山)."""
    found = table.scanner.find_matches_as_indexes(text[left + 1 : right + 4])
    return [(n, a + left + 1, b + left + 1) for n, a, b in found if a + left + 1 < right <= b + left]


_TITLED = regex.compile("《[^《》\n]{1,40}》")  # 《南京照相馆》 is about no city
_FORM = regex.compile(
    r"(?<![\p{Han}])(?P<name>\p{Han}{2,3}?(?:新区|市|县|区|州|镇))(?!场|民|长|级|政府工作人员|域|内|外|里|位|别|间|块|委|值|属|容)|(?<=走进|来到|位于|在|于|说，)(?P<name>\p{Han}{2,3}?(?:新区|市|县|区|州|镇))(?!场|民|长|级|域|内|外|里|位|别|间|块|值|容)"
)
_NOT_IN_NAME = regex.compile("[全占居在的该我本各和与为是有等到从对比于及了着将把被让使由自向以]|^[省市区县州]")
_NO_PLACE = regex.compile(
    "[全各该我本两三四五六七八九十多整老新旧城郊山小社园矿灾景商地牧农林库辖片特专保开高经试示核中东西南北]{1,2}(?:市|县|区|州|镇)|.*(?:城市|地区|社区|园区|小区|开发区|景区|校区|厂区|城区|山区|自治区|保税区|示范区|高新区|经济区|试验区|合作区|特区|市区|辖区|县城|集市|超市|股市|楼市|上市|门市|夜市|都市|世界|区县|市县|功能区|产业区|工业区|片区|牧区|灾区|库区|湾区|东部|西部)"
)


def _by_form(text: str, title: str, table: _Gazetteer) -> list[Mention]:
    """Places that the list lacks, by form, if they are named at least twice (or in the title): 明岭区, 禾丰县."""
    found = [
        m
        for m in _FORM.finditer(text)
        if m["name"] not in table.by_name and not _NO_PLACE.fullmatch(m["name"]) and not _NOT_IN_NAME.search(m["name"])
    ]
    counts = Counter(m["name"] for m in found)
    names = sorted(n for n, c in counts.items() if c >= 2 or n in title or (text.count(n) >= 3))
    mentions: list[Mention] = []
    for name in names:
        at = text.find(name)
        while at >= 0:
            mentions.append(Mention(at, at + len(name), name, "county"))
            at = text.find(name, at + len(name))
    return mentions


def _fits(word: str, home: str) -> bool:
    """全市 in an article about a district is the city above it, not the district."""
    level = word[-1]
    if home in (word, "全" + level):
        return True
    return (
        home.endswith(level) or (level == "区" and home.endswith("自治区")) or (level == "州" and home.endswith("州"))
    )


_OFFICE = regex.compile(
    r"(?:(?:19|20)\d{2}年)?(?:第?[一二三四五六七八九十]{1,4}届人(?:民代表|大)|人民政府|政府工作报告)"
)


_HAN = regex.compile(r"\p{Han}")
_UNLISTED = regex.compile(r"(?:代表|[在日]|[\p{P}\s])(?P<name>\p{Han}{2,3}?[市县区旗州])$")  # 我代表清苑县人民政府


def _declared(text: str, title: str) -> str | None:
    """A work report says whose it is: 2021年2月5日在易县第十七届人民代表大会第六次会议上."""
    head = f"{title}\n{text[:800]}"
    if "工作报告" not in head:
        return None
    named = _table().by_name
    for office in _OFFICE.finditer(head):
        lead = "\n" + head[max(0, office.start() - 11) : office.start()]
        starts = (k for k in range(1, len(lead)) if not _HAN.match(lead[k - 1]) or lead[k - 1] in "在年日省市区州盟表")
        found = next((lead[k:] for k in starts if lead[k:] in named), None)
        if found and named[found].level in ("province", "prefecture", "county", "zone"):
            return found
        if lead.endswith(("省", "市", "县", "区", "旗", "州")):  # a place that the list lacks
            unlisted = _UNLISTED.search(lead)
            return unlisted["name"] if unlisted and text.count(unlisted["name"][:-1]) >= 3 else None
    return None


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
    unlisted = {m.name for m in mentions if m.name not in table.by_name and m.level == "county"}
    for name in unlisted:
        counts[name] += 8 if name in title else 0
    for surface in (*table.by_name, *table.shorts, *table.county_shorts):
        if surface in title and len(surface) >= 2 and not any(surface in name for name in unlisted):
            full = (
                surface if surface in table.by_name else table.shorts.get(surface, table.county_shorts.get(surface, ""))
            )
            if full in table.by_name and table.by_name[full].level in ("province", "prefecture", "county", "zone"):
                counts[full] += 8 if surface != full or full in title else 4
    if not counts:
        return None
    name, count = min(counts.items(), key=lambda item: (-item[1], item[0]))
    nation = sum(m.level == "nation" for m in mentions)
    rest = sum(counts.values()) - count
    enough = count >= 3 and (named[name] >= 3 or count >= 8)
    if len(counts) == 1 and len(text) < 300:  # a brief that names one place
        return name
    return name if enough and count > nation and count >= 0.4 * (count + rest) else None
