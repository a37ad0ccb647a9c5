"""One name for one thing across articles: 规模以上工业总产值 = 全区规上工业总产值 of 渝北区. Data: rules/merge.toml."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import regex

from pipeline import places, rulebook

_LAYOUT = regex.compile(r"[\s\u200b\ufeff“”\"'‘’「」『』的]+")  # what the gold comparison ignores as well
# to the name of a rate over years: neither the average nor the sum of five years is a point of a yearly series; nor is
# what a year brought one of what there is
_MANY_YEARS = {"": "", "average": "(年均)", "since": "(多年)", "flow": "(新增)"}
_YEAR = regex.compile(r"\d{4}")
_REMEMBERED = 100_000  # names whose canonical form is kept at hand; millions of facts have more of them than memory


@dataclass(frozen=True, slots=True)
class _Drop:
    """A rule that takes words away which say nothing there."""

    pattern: regex.Pattern[str]
    aspects: frozenset[str]
    subjects: frozenset[str]
    fits: bool
    year: bool
    not_units: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Rules:
    parts: tuple[tuple[str, str], ...]  # longest first: (written, kept)
    names: dict[str, str]  # whole names: written -> kept
    subjects: dict[str, str]
    drops: tuple[_Drop, ...]
    generic: frozenset[str]  # name nothing by themselves
    measures: frozenset[str]  # nor do these, of a place
    lower: tuple[str, ...]
    alone: frozenset[str]  # aspects that match nothing: of 连续3年 the indicator does not say of what
    vague_subjects: frozenset[str]
    selves: frozenset[str]
    firms: dict[str, Any]


class Names:
    """The names of one set of facts. Whether a short form is safe depends on who else is in the set, never on order.

    `shorts`: what another Names of the set has found of them, with the same rules; then `subjects` is not needed.
    """

    def __init__(
        self,
        subjects: Iterable[str | None] = (),
        *,
        rules: _Rules | None = None,
        shorts: Mapping[str, str] | None = None,
    ) -> None:
        self._rules = rules or _load(str(rulebook.folder()))
        self.shorts = _company_shorts({s for s in subjects if s}, self._rules.firms) if shorts is None else shorts
        self._units = frozenset(u for drop in self._rules.drops for u in drop.not_units)
        self._subjects: dict[str | None, str | None] = {}
        self._indicators: dict[tuple[str, str, str, bool, str | None], str | None] = {}

    def subject(self, name: str | None) -> str | None:
        """渝北 -> 渝北区; None where the fact has no subject."""
        if name not in self._subjects:
            _make_room(self._subjects)
            self._subjects[name] = self._subject(name) if name else None
        return self._subjects[name]

    def _subject(self, name: str) -> str:
        kept = self._rules.subjects.get(name) or self.shorts.get(name)
        return kept or _full_place(name) or name

    def indicator(
        self, name: str | None, *, subject: str, aspect: str, time: str | None, unit: str | None = None
    ) -> str | None:
        """The one name of an indicator of `subject` (as `self.subject` gives it); None if it names nothing alone."""
        if not name:
            return None
        key = (name, subject, aspect, bool(time and _YEAR.fullmatch(time)), unit if unit in self._units else None)
        if key not in self._indicators:
            _make_room(self._indicators)
            self._indicators[key] = _indicator(*key, self._rules)
        return self._indicators[key]

    def of(self, fact: Mapping[str, Any]) -> tuple[str, str] | None:
        """(subject, indicator) of a fact; None where it may not be matched with any other."""
        subject = self.subject(fact["subject"])
        if subject is None:
            return None
        if fact["aspect"] in self._rules.alone:
            return None
        name = self.indicator(
            fact["indicator"], subject=subject, aspect=fact["aspect"], time=fact["time"], unit=fact.get("unit")
        )
        name = name and name + _MANY_YEARS[_over_years(fact)]
        if subject in self._rules.selves:  # 全县 of one article is not 全县 of another, nor is 开发区
            subject = f"{subject}@{fact.get('doc_id')}"
        return (subject, name) if name else None

    def lower(self, indicator: str) -> bool:
        """Is less better? `indicator` is a name that `indicator` returned."""
        name: str = regex.sub(r"\((?:年均|多年|新增)\)$", "", indicator)
        return name.endswith(self._rules.lower)


def _over_years(fact: Mapping[str, Any]) -> str:
    """What kind of rate over years it is, by the words beside it, which its rule tells of, or by its period."""
    said = (fact.get("rule") or "").partition("+")[2]
    ends = (fact["time"] or "").split("/")
    years = len(ends) == 2 and ends[0][:4] != ends[1][:4]
    return said or ("since" if years and fact["aspect"] in ("growth", "change") else "")


def registered(names: Iterable[str]) -> dict[str, str]:
    """Short form -> registered name, both among `names`, where no other of the registered names implies it."""
    return _company_shorts(set(names), _load(str(rulebook.folder())).firms)


def _make_room(known: dict[Any, Any]) -> None:
    if len(known) >= _REMEMBERED:
        known.clear()


Merged = tuple[tuple[str, str, str], tuple[tuple[str, str], ...]]


def merged(facts: Iterable[Mapping[str, Any]]) -> list[Merged]:
    """What was made one, to be read by eye: (subject, indicator, aspect) and the written (subject, indicator)."""
    rows = list(facts)
    names = Names(r["subject"] for r in rows)
    found: dict[tuple[str, str, str], set[tuple[str, str]]] = {}
    for row in rows:
        key = names.of(row)
        if key:
            found.setdefault((*key, row["aspect"]), set()).add((row["subject"], row["indicator"]))
    return [(key, tuple(sorted(found[key]))) for key in sorted(found) if len(found[key]) > 1]


def _indicator(name: str, subject: str, aspect: str, whole_year: bool, unit: str | None, rules: _Rules) -> str | None:
    text = _plain(name, rules.parts)
    own = _plain(subject, rules.parts)
    if subject not in rules.vague_subjects and text.startswith(own) and len(text) - len(own) >= 2:
        text = text[len(own) :]
    for drop in rules.drops:
        if unit not in drop.not_units and _applies(drop, subject, aspect, whole_year):
            text = _without(text, drop, own)
    text = rules.names.get(text, text)
    if len(text) < 2 or text in rules.generic or (text in rules.measures and _says_little(subject, rules)):
        return None
    return text


def _plain(text: str, parts: tuple[tuple[str, str], ...]) -> str:
    text = _LAYOUT.sub("", text)
    for written, kept in parts:
        text = text.replace(written, kept)
    return text


def _applies(drop: _Drop, subject: str, aspect: str, whole_year: bool) -> bool:
    if drop.aspects and aspect not in drop.aspects:
        return False
    return (not drop.subjects or subject in drop.subjects) and (whole_year or not drop.year)


def _without(text: str, drop: _Drop, subject: str) -> str:
    found = drop.pattern.search(text)
    if not found or (drop.fits and found.group()[-1] != subject[-1:]):
        return text
    return text[: found.start()] + text[found.end() :]


def _says_little(subject: str, rules: _Rules) -> bool:
    return subject in rules.vague_subjects or places.is_place(subject)


@lru_cache(maxsize=100_000)
def _full_place(name: str) -> str | None:
    """渝北 -> 渝北区 where the gazetteer has one place of that short form; 吉林 (a province and a city) has none."""
    if not places.is_place(name):
        return None
    suffixes = rulebook.rules("places")["suffixes"]
    if name.endswith(tuple(suffixes)):
        return None
    full = [name + s for s in suffixes if places.is_place(name + s)]
    return full[0] if len(full) == 1 else None


def _company_shorts(subjects: set[str], rule: Mapping[str, Any]) -> dict[str, str]:
    """Short form -> registered name, for the short forms that only one firm among `subjects` can have."""
    owners: dict[str, set[str]] = {}
    for full in subjects:
        for short in _shorts(full, rule):
            owners.setdefault(short, set()).add(full)
    return {short: min(full) for short, full in owners.items() if len(full) == 1 and short in subjects}


def _shorts(full: str, rule: Mapping[str, Any]) -> set[str]:
    form = next((f for f in rule["forms"] if full.endswith(f)), None)
    if form is None:
        return set()
    core = full.removesuffix(form).removeprefix(places.prefix(full))
    trades = [t for t in rule["trades"] if core.endswith(t)]
    found = {full.removesuffix(form), core, *(core.removesuffix(t) for t in trades)}
    return {s for s in found if len(s.removesuffix(rule["uncounted"])) >= rule["shortest"] and not places.is_place(s)}


@lru_cache(maxsize=4)
def _load(folder: str) -> _Rules:
    """The rules of one folder. Raises rulebook.RuleError where an example does not hold."""
    data = rulebook.rules("merge")
    parts = sorted(
        ((w, s["names"][0]) for s in data["synonym"] if s.get("part") for w in s["names"][1:]),
        key=lambda pair: (-len(pair[0]), pair),
    )
    gazetteer = rulebook.rules("places")
    rules = _Rules(
        parts=tuple(parts),
        names=_table((s["names"] for s in data["synonym"] if not s.get("part")), lambda n: _plain(n, tuple(parts))),
        subjects=_table((s["names"] for s in data["subject"]), str),
        drops=tuple(_drop(d) for d in data["drop"] if d["words"]),
        generic=frozenset(n for g in data["generic"] if g.get("always") for n in g["names"]),
        measures=frozenset(n for g in data["generic"] if not g.get("always") for n in g["names"]),
        lower=tuple(n for g in data["lower"] for n in g["names"]),
        alone=frozenset(a for u in data["unmatched"] for a in u["aspects"]),
        vague_subjects=frozenset([*gazetteer["self"], *gazetteer["nation"], "全球", "世界"]),
        selves=frozenset([*gazetteer["self"], *rulebook.rules("cues")["entities"]["zones"]]),
        firms=data["company"][0],
    )
    _prove(data, rules)
    return rules


def _table(groups: Iterable[list[str]], plain: Callable[[str], str]) -> dict[str, str]:
    """Every written name -> the first of its group. A name that stands in two groups would merge them: an error."""
    found: dict[str, str] = {}
    for names in groups:
        for name in names:
            kept = plain(names[0])
            if found.setdefault(plain(name), kept) != kept:
                raise rulebook.error("merge", name, "stands in two groups")
    return found


def _drop(rule: Mapping[str, Any]) -> _Drop:
    words = _any(sorted(rule["words"], key=lambda w: (-len(w), w)))
    after, not_after = rule.get("after"), rule.get("not_after")
    behind = (f"(?<={_any(after)})" if after else "") + (f"(?<!{_any(not_after)})" if not_after else "")
    before, not_before = rule.get("before"), rule.get("not_before")
    ahead = (f"(?={_any(before)}$)" if before else "") + (f"(?!{_any(not_before)})" if not_before else "")
    if "not_front" in rule:
        behind = f"(?<!^{_any(rule['not_front'])}.*)" + behind
    # what is left has two characters at least, so that a name never vanishes
    left, right = {"front": ("^", "(?=..)"), "back": ("(?<=..)", "$"), "inside": ("(?<=..)", "")}[rule["at"]]
    return _Drop(
        regex.compile(left + behind + words + ahead + right),
        frozenset(rule.get("aspects", ())),
        frozenset(rule.get("subjects", ())),
        rule.get("fits", False),
        rule.get("year", False),
        frozenset(rule.get("not_units", ())),
    )


def _any(words: Iterable[str]) -> str:
    return "(?:" + "|".join(regex.escape(w) for w in words) + ")"


def _prove(data: Mapping[str, list[dict[str, Any]]], rules: _Rules) -> None:
    for rule in (r for group in data.values() for r in group):
        for wanted, pairs in ((True, rule["examples"]), (False, rule["not_examples"])):
            for first, second in pairs:
                if _same(first, second, rules) is not wanted:
                    raise rulebook.error("merge", rule["id"], f"{first} and {second}: same must be {wanted}")


def _same(first: str, second: str, rules: _Rules) -> bool:
    left, right = _parsed(first), _parsed(second)
    names = Names((left["subject"], right["subject"]), rules=rules)
    key = names.of(left)
    return key is not None and key == names.of(right)


def _parsed(example: str) -> dict[str, str]:
    parts = example.split("|")
    defaults = ["", "", "level", "2023", ""]
    return dict(zip(("subject", "indicator", "aspect", "time", "unit"), parts + defaults[len(parts) :], strict=True))
