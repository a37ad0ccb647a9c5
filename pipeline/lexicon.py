"""The word lists of rules/cues.toml and rules/indicators.toml, loaded once for a rule folder.

`cues` holds what tells of time, plan and subject around a fact, `lists` what belongs to an indicator phrase and what
does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import regex

from pipeline import rulebook


@dataclass(frozen=True, slots=True)
class Cues:
    strong: frozenset[str]
    strong_at: regex.Pattern[str]
    done: regex.Pattern[str]
    not_cue: regex.Pattern[str]
    plan: regex.Pattern[str]
    plan_head: regex.Pattern[str]
    plan_not: regex.Pattern[str]
    review: regex.Pattern[str]
    report: regex.Pattern[str]
    now: regex.Pattern[str]
    openings: frozenset[str]
    compared: frozenset[str]
    not_value: frozenset[str]
    plan_names: frozenset[str]
    takes: frozenset[str]
    says: tuple[str, ...]
    works: tuple[str, ...]
    gives: frozenset[str]
    holds: frozenset[str]
    events: tuple[str, ...]
    opened: frozenset[str]
    based: regex.Pattern[str]
    industry: regex.Pattern[str]
    no_industry: regex.Pattern[str]
    trade: regex.Pattern[str]
    opens: regex.Pattern[str]
    signed: regex.Pattern[str]
    hope: regex.Pattern[str]
    told: regex.Pattern[str]
    continues: regex.Pattern[str]
    office: regex.Pattern[str]
    upon: regex.Pattern[str]
    quoted_index: regex.Pattern[str]
    average: regex.Pattern[str]
    since: regex.Pattern[str]
    yearly: regex.Pattern[str]
    flow: regex.Pattern[str]
    stock: regex.Pattern[str]


def cues() -> Cues:
    """The cues of the rules in use."""
    return _cues(str(rulebook.folder()))


def _any(values: list[str]) -> regex.Pattern[str]:
    return regex.compile("|".join(sorted(map(regex.escape, values), key=lambda w: -len(w))))


@lru_cache(maxsize=4)
def _cues(folder: str) -> Cues:
    data = rulebook.rules("cues")
    target, section = data["target"], data["section"]
    return Cues(
        frozenset(target["strong"]),
        _any(target["strong"]),
        _any(target["done"]),
        regex.compile("|".join(target["not_cue"])),
        _any(section["plan"]),
        regex.compile(f"(?:{'|'.join(section['plan_heads'])})(?P<says>[^，。；]{{0,8}}?(?:是|为|如下|：|:))?"),
        regex.compile(section["plan_not"]),
        _any(section["review"]),
        _any(section["report"]),
        _any(section["now"]),
        frozenset(data["context"]["openings"]),
        frozenset(data["context"]["compared"]),
        frozenset(data["context"]["not_value"]),
        frozenset(data["context"]["plan_names"]),
        frozenset(data["context"]["takes"]),
        tuple(data["context"]["says"]),
        tuple(data["entities"]["proper"]),
        frozenset(data["entities"]["gives"]),
        frozenset(data["entities"]["holds"]),
        tuple(data["entities"]["events"]),
        frozenset(data["entities"]["opened"]),
        regex.compile(rf"\p{{Han}}{{0,4}}(?:{'|'.join(data['phrases']['bases'])})"),
        regex.compile(rf"\p{{Han}}+(?:{'|'.join(data['entities']['industries'])})"),
        regex.compile(data["entities"]["no_industry"]),
        regex.compile(data["entities"]["trade_front"]),
        regex.compile(target["opens"]),
        regex.compile(target["signed"]),
        regex.compile(target["hope"]),
        regex.compile(target["told"]),
        regex.compile(data["context"]["continues"]),
        *(regex.compile(data["entities"][name]) for name in ("office", "upon", "quoted_index")),
        *(regex.compile(data["basis"][name]) for name in ("average", "since", "yearly", "flow", "stock")),
    )


_HEADING = 40  # characters of a heading at most
_CLAUSED = regex.compile("[。；！，]")


def plans(sentence: str) -> list[tuple[int, int]]:
    """Where a sentence opens the plan of a report: 今年要, a heading (二、重点工作), 主要预期目标是."""
    words = cues()
    heading = len(sentence) <= _HEADING and not _CLAUSED.search(sentence)
    heads = (m for m in words.plan_head.finditer(sentence) if heading or m["says"])
    found = sorted((*words.plan.finditer(sentence), *heads), key=lambda m: m.start())
    return [m.span() for m in found if not words.plan_not.search(sentence[max(0, m.start() - 12) : m.start()])]


@dataclass(frozen=True, slots=True)
class Lists:
    front: frozenset[str]
    front_unless: dict[str, regex.Pattern[str]]
    back: frozenset[str]
    entities: tuple[str, ...]
    proper: tuple[str, ...]
    plural: frozenset[str]
    zones: frozenset[str]
    things: tuple[str, ...]
    builders: frozenset[str]
    heads: frozenset[str]
    names: frozenset[str]  # the indicators of indicators.toml with their synonyms
    light: frozenset[str]
    predicates: frozenset[str]
    adverbs: frozenset[str]
    shares: tuple[str, ...]
    no_product: regex.Pattern[str]
    drop: frozenset[str]
    causes: frozenset[str]
    relatives: frozenset[str]
    bare: frozenset[str]
    parts: frozenset[str]
    rates: frozenset[str]
    totals: frozenset[str]
    measures: tuple[str, ...]
    spans: tuple[str, ...]
    aside: frozenset[str]
    joint: frozenset[str]
    achieved: frozenset[str]
    new: regex.Pattern[str]
    supposed: frozenset[str]
    agents: tuple[str, ...]
    attributes: frozenset[str]
    reaches: frozenset[str]
    rebates: tuple[str, ...]
    ratios: frozenset[str]
    refers: tuple[str, ...]
    levels: frozenset[str]
    nothing: frozenset[str]
    prices: tuple[str, ...]
    around: frozenset[str]
    codes: frozenset[str]
    loose: frozenset[str]
    bases: frozenset[str]
    lesser: tuple[str, ...]
    first: frozenset[str]
    whole: tuple[str, ...]
    trades: frozenset[str]
    measured: tuple[str, ...]
    trade: frozenset[str]
    sold: frozenset[str]
    vague: frozenset[str]
    doubles: dict[str, list[str]]
    passing: frozenset[str]
    toward: frozenset[str]
    flows: tuple[str, ...]
    given: frozenset[str]
    located: tuple[str, ...]
    wholes: frozenset[str]
    moves: frozenset[str]
    forecasts: frozenset[str]
    acts: tuple[str, ...]
    desks: tuple[str, ...]
    leads: frozenset[str]
    subsidiaries: frozenset[str]
    parents: frozenset[str]


# section of cues.toml -> the lists above that it holds (list=key where the key is another)
_WORDS = {
    "adverbs": "front back",
    "entities": "flows given desks located wholes moves forecasts entities=heads proper plural zones things "
    "builders trade trades sold leads subsidiaries parents",
    "verbs": "acts light predicates adverbs attributes",
    "shares": "shares=heads rebates ratios",
    "phrases": "drop causes relatives bare rates totals levels nothing prices bases refers lesser first whole=measures "
    "vague",
    "idle": "codes parts measures spans supposed around loose",
    "context": "aside joint achieved",
    "doers": "agents measured reaches passing toward",
}
_ENDS = frozenset(name for name, kind in Lists.__annotations__.items() if kind == "tuple[str, ...]")


@lru_cache(maxsize=4)
def _lists(folder: str) -> Lists:
    cues, indicators = rulebook.rules("cues"), rulebook.rules("indicators")
    rows = indicators["indicator"]
    pairs = [(section, *name.partition("=")[::2]) for section, names in _WORDS.items() for name in names.split()]
    words: dict[str, Any] = {name: cues[section][key or name] for section, name, key in pairs}
    words = {name: tuple(listed) if name in _ENDS else frozenset(listed) for name, listed in words.items()}
    return Lists(
        heads=frozenset(indicators["heads"]),
        names=frozenset(name for row in rows for name in (row["name"], *row.get("synonyms", ()))),
        front_unless={word: regex.compile(rest) for word, rest in cues["adverbs"]["front_unless"].items()},
        doubles=cues["phrases"]["doubles"],
        no_product=regex.compile(cues["entities"]["no_product"]),
        new=regex.compile(r"^新(?!能源|型|材料|兴|区|一代|中国|华)"),
        **words,
    )


def lists() -> Lists:
    """The word lists of the rules in use."""
    return _lists(str(rulebook.folder()))
