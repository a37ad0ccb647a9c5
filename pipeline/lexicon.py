"""The word lists of rules/cues.toml and rules/indicators.toml, loaded once for a rule folder.

`cues` holds what tells of time, plan and subject around a fact, `lists` what belongs to an indicator phrase and what
does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import regex

from pipeline import rulebook


@dataclass(frozen=True, slots=True)
class Cues:
    strong: frozenset[str]
    strong_at: regex.Pattern[str]
    done: regex.Pattern[str]
    not_cue: regex.Pattern[str]
    plan: regex.Pattern[str]
    plan_not: regex.Pattern[str]
    review: regex.Pattern[str]
    report: regex.Pattern[str]
    now: regex.Pattern[str]
    openings: frozenset[str]
    compared: frozenset[str]
    not_value: frozenset[str]
    plan_names: frozenset[str]
    events: tuple[str, ...]
    opened: frozenset[str]
    based: regex.Pattern[str]
    industry: regex.Pattern[str]
    no_industry: regex.Pattern[str]


def cues() -> Cues:
    """The cues of the rules in use."""
    return _cues(str(rulebook.folder()))


@lru_cache(maxsize=4)
def _cues(folder: str) -> Cues:
    data = rulebook.rules("cues")
    target, section = data["target"], data["section"]

    def words(values: list[str]) -> regex.Pattern[str]:
        return regex.compile("|".join(sorted(map(regex.escape, values), key=lambda w: -len(w))))

    return Cues(
        frozenset(target["strong"]),
        words(target["strong"]),
        words(target["done"]),
        regex.compile("|".join(target["not_cue"])),
        words(section["plan"]),
        regex.compile(section["plan_not"]),
        words(section["review"]),
        words(section["report"]),
        words(section["now"]),
        frozenset(data["context"]["openings"]),
        frozenset(data["context"]["compared"]),
        frozenset(data["context"]["not_value"]),
        frozenset(data["context"]["plan_names"]),
        tuple(data["entities"]["events"]),
        frozenset(data["entities"]["opened"]),
        regex.compile(rf"\p{{Han}}{{0,4}}(?:{'|'.join(data['phrases']['bases'])})"),
        regex.compile(rf"\p{{Han}}+(?:{'|'.join(data['entities']['industries'])})"),
        regex.compile(data["entities"]["no_industry"]),
    )


@dataclass(frozen=True, slots=True)
class Lists:
    front: frozenset[str]
    back: frozenset[str]
    entities: tuple[str, ...]
    proper: tuple[str, ...]
    plural: frozenset[str]
    things: tuple[str, ...]
    builders: frozenset[str]
    heads: frozenset[str]
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
    new: regex.Pattern[str]
    supposed: frozenset[str]
    agents: tuple[str, ...]
    attributes: frozenset[str]
    reaches: frozenset[str]
    rebates: tuple[str, ...]
    levels: frozenset[str]
    nothing: frozenset[str]
    prices: tuple[str, ...]
    around: frozenset[str]
    loose: frozenset[str]
    bases: frozenset[str]
    trade: frozenset[str]
    sold: frozenset[str]
    vague: frozenset[str]
    passing: frozenset[str]


@lru_cache(maxsize=4)
def _lists(folder: str) -> Lists:
    cues, listed = rulebook.rules("cues"), rulebook.rules("indicators")
    return Lists(
        frozenset(cues["adverbs"]["front"]),
        frozenset(cues["adverbs"]["back"]),
        tuple(cues["entities"]["heads"]),
        tuple(cues["entities"]["proper"]),
        frozenset(cues["entities"]["plural"]),
        tuple(cues["entities"]["things"]),
        frozenset(cues["entities"]["builders"]),
        frozenset(listed["heads"]),
        frozenset(cues["verbs"]["light"]),
        frozenset(cues["verbs"]["predicates"]),
        frozenset(cues["verbs"]["adverbs"]),
        tuple(cues["shares"]["heads"]),
        regex.compile(cues["entities"]["no_product"]),
        frozenset(cues["phrases"]["drop"]),
        frozenset(cues["phrases"]["causes"]),
        frozenset(cues["phrases"]["relatives"]),
        frozenset(cues["phrases"]["bare"]),
        frozenset(cues["idle"]["parts"]),
        frozenset(cues["phrases"]["rates"]),
        frozenset(cues["phrases"]["totals"]),
        tuple(cues["idle"]["measures"]),
        tuple(cues["idle"]["spans"]),
        frozenset(cues["context"]["aside"]),
        regex.compile(r"^新(?!能源|型|材料|兴|区|一代|中国|华)"),
        frozenset(cues["idle"]["supposed"]),
        tuple(cues["doers"]["agents"]),
        frozenset(cues["verbs"]["attributes"]),
        frozenset(cues["doers"]["reaches"]),
        tuple(cues["shares"]["rebates"]),
        frozenset(cues["phrases"]["levels"]),
        frozenset(cues["phrases"]["nothing"]),
        tuple(cues["phrases"]["prices"]),
        frozenset(cues["idle"]["around"]),
        frozenset(cues["idle"]["loose"]),
        frozenset(cues["phrases"]["bases"]),
        frozenset(cues["entities"]["trade"]),
        frozenset(cues["entities"]["sold"]),
        frozenset(cues["phrases"]["vague"]),
        frozenset(cues["doers"]["passing"]),
    )


def lists() -> Lists:
    """The word lists of the rules in use."""
    return _lists(str(rulebook.folder()))
