"""Across articles: what came of each target, and which facts about one thing agree, refine each other or conflict."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

from pipeline import calendar
from pipeline.bounds import Stated, decimal, goal, met, place, relation, stated, tidy
from pipeline.dataset import COLUMNS
from pipeline.merge import Names, merged

__all__ = ["conflicts", "drawn", "group", "merged", "targets"]

# The columns of a fact that are read here.
READS = (
    "fact_id", "doc_id", "subject", "indicator", "aspect", "direction", "endpoint", "status", "value", "value_max",
    "unit", "comparator", "base_value", "base_unit", "time", "last_day", "scope", "quantity_start", "quantity_end",
    "sentence_start", "rule",
)  # fmt: skip
_AT_ONCE = 5_000  # facts that are looked at together where they come group by group; a group is never cut
_CANDIDATES = 16  # reports of one thing and period that are weighed for a target; the best ranked ones
_REACH = 8  # neighbours by value (or later periods) among which a fact looks for one of another sentence (article)

Fact = Mapping[str, Any]
Row = dict[str, Any]
Key = tuple[Any, ...]
_RANK = {"eq": 0, "approx": 1}


@dataclass(frozen=True, slots=True)
class _Report:
    """A fact with the number that it states."""

    fact: Fact
    stated: Stated
    order: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _Reports:
    """What was reported: by thing and period, and for each thing the best report of every period by its last day."""

    by_period: dict[Key, list[_Report]]
    by_day: dict[Key, tuple[list[str], list[_Report]]]


def targets(facts: Iterable[Fact]) -> list[Row]:
    """One row per target with the report of its outcome in another article, in the order of article and position.

    met / missed: decided by the same period's report and the comparators. unknown: no deadline is known, the report
    leaves it open, reports contradict each other, the article plans several numbers under this name, or only a later
    period was reported (then `outcome_*` show the first such report). open: nothing is reported for the deadline or
    later.
    """
    rows = list(facts)
    return [row for _, row in _targets(rows, Names(r["subject"] for r in rows))]


def _targets(rows: list[Fact], names: Names) -> Iterator[tuple[Key, Row]]:
    """Each row with its place in the table, in order."""
    wanted = sorted((r for r in rows if r["status"] == "target"), key=_order)
    things = [_thing(r, names) for r in wanted]
    reports = _reported((r for r in rows if r["status"] == "actual"), set(things) - {None}, names)
    single = _single(wanted, things)
    for fact, thing in zip(wanted, things, strict=True):
        yield _order(fact), _target(fact, thing, reports, names, single[_plan(fact, thing)])


def _plan(fact: Fact, thing: Key | None) -> Key:
    return fact["doc_id"], thing, fact["time"]


def _single(wanted: list[Fact], things: list[Key | None]) -> dict[Key, bool]:
    """Does an article plan one number for a thing and period? If it plans several, their name means several things."""
    numbers: dict[Key, Any] = {}
    found: dict[Key, bool] = {}
    for fact, thing in zip(wanted, things, strict=True):
        plan, number = _plan(fact, thing), decimal(fact["value"])
        found[plan] = found.get(plan, True) and numbers.setdefault(plan, number) == number
    return found


def conflicts(facts: Iterable[Fact]) -> list[Row]:
    """Pairs of facts about one subject, indicator, aspect, status and period. `difference`: other − fact in base units.

    Facts are linked to their neighbours by value, so n facts about one thing give at most n − 1 pairs. Two facts of one
    sentence are never paired, and where a sentence gives one name two numbers (项目3个、项目16个) the name does not
    tell things apart: then only agreement is reported.
    """
    rows = list(facts)
    found = _conflicts(rows, Names(r["subject"] for r in rows))
    return [row for _, row in sorted(found, key=lambda pair: pair[0])]


def _conflicts(rows: list[Fact], names: Names) -> Iterator[tuple[Key, Row]]:
    """Each row with its place in the table."""
    groups: dict[Key, list[Fact]] = {}
    for row in rows:
        thing = _thing(row, names)
        if thing and row["time"]:
            groups.setdefault((*thing, row["status"], row["time"]), []).append(row)
    for found in groups.values():
        if len(found) > 1:
            yield from _pairs(found)


def group(fact: Fact, names: Names) -> str | None:
    """What a fact is about, as text: only facts of one group meet in a row. None: the fact is in no row.

    `names` knows the subjects of all facts.
    """
    thing = _thing(fact, names)
    if thing:
        return "\x1f".join(map(str, thing))
    return f"\x1f{fact['fact_id']}" if fact["status"] == "target" else None


def drawn(facts: Iterable[Fact], names: Names) -> Iterator[tuple[str, Key, Row]]:
    """The rows of `targets` and `conflicts`, with table and place, from facts that come group by group.

    A fact's cell "group" is what `group` gives for it, with the same `names`. A table's rows sorted by their places are
    those of `targets` or `conflicts`, but only some thousand facts are held at once, or as many as one group has.
    """
    for rows in _at_once(facts):
        yield from (("targets", place, row) for place, row in _targets(rows, names))
        yield from (("conflicts", place, row) for place, row in _conflicts(rows, names))


def _at_once(facts: Iterable[Fact]) -> Iterator[list[Fact]]:
    rows: list[Fact] = []
    for _, found in groupby(facts, key=lambda fact: fact["group"]):
        rows += found
        if len(rows) >= _AT_ONCE:
            yield rows
            rows = []
    if rows:
        yield rows


def _thing(fact: Fact, names: Names) -> Key | None:
    """What a fact is about, apart from status and period; None where it can't be matched with any other."""
    name = names.of(fact)
    if name is None:
        return None
    start = "from" if fact.get("endpoint") == "from" else ""
    return (*name, fact["aspect"], start, _unit(fact), fact.get("scope") or "")


def _unit(fact: Fact) -> str:
    return fact.get("base_unit") or fact["unit"] or ""


def _order(fact: Fact) -> tuple[Any, ...]:
    """Article, position, id: the order of the facts table, whatever order the rows come in."""
    return (fact["doc_id"], fact["quantity_start"], fact["quantity_end"], fact["fact_id"])


def _reported(facts: Iterable[Fact], wanted: set[Key | None], names: Names) -> _Reports:
    by_period: dict[Key, list[_Report]] = {}
    for fact in facts:
        thing = _thing(fact, names)
        if thing in wanted and thing is not None and fact["time"] and fact.get("endpoint") != "from":
            said = stated(fact)
            if said:
                by_period.setdefault((*thing, fact["time"]), []).append(_Report(fact, said, _order(fact)))
    for group in by_period.values():
        group.sort(key=_rank)
    by_day: dict[Key, list[tuple[str, str, _Report]]] = {}
    for key, group in by_period.items():
        by_day.setdefault(key[:-1], []).append((_last_day(group[0].fact), key[-1], group[0]))
    return _Reports(by_period, {thing: _by_day(found) for thing, found in by_day.items()})


def _by_day(found: list[tuple[str, str, _Report]]) -> tuple[list[str], list[_Report]]:
    found.sort(key=lambda item: item[:2])
    return [day for day, _, _ in found], [report for _, _, report in found]


def _rank(report: _Report) -> tuple[Any, ...]:
    """An exact number before 约 and before a bound, more places before fewer, then the order of the table."""
    return (_RANK.get(report.stated.comparator, 2), place(report.stated.number), report.order)


def _last_day(fact: Fact) -> str:
    return fact.get("last_day") or calendar.bounds(fact["time"])[1] or ""


def _target(fact: Fact, thing: Key | None, reports: _Reports, names: Names, single: bool) -> Row:
    said = stated(fact)
    report, verdict = None, "unknown"
    if fact["time"]:
        verdict = "open"
        same = _same_period(fact, thing, reports)
        if same and said and thing:
            report, verdict = _judge(same, goal(said, lower=names.lower(thing[1])))
            verdict = verdict if single else "unknown"
        elif thing in reports.by_day:
            report = _later(fact, reports.by_day[thing])
            verdict = "unknown" if report else "open"
    row = {c: fact.get(c) for c in COLUMNS["targets"]}
    return row | {"deadline": fact["time"], "verdict": verdict} | _outcome(report, fact)


def _same_period(fact: Fact, thing: Key | None, reports: _Reports) -> list[_Report]:
    """Other articles' reports of the target's period; the year's figure answers the end of a year as a deadline.

    An article does not report the outcome of its own target: where it seems to, one of the two dates is wrong.
    """
    if thing is None:
        return []
    time = fact["time"]
    found = reports.by_period.get((*thing, time), [])
    if not found and len(time) > 4 and time[4:] in ("-12", "-12-31"):
        found = reports.by_period.get((*thing, time[:4]), [])
    return [r for r in found[:_CANDIDATES] if _elsewhere(r, fact)]


def _elsewhere(report: _Report, target: Fact) -> bool:
    return bool(report.fact["doc_id"] != target["doc_id"])


def _judge(same: list[_Report], wanted: Stated) -> tuple[_Report, str]:
    answers = [(met(report.stated, wanted), report) for report in same]
    decided = [(answer, report) for answer, report in answers if answer is not None]
    if not decided or len({answer for answer, _ in decided}) > 1:
        return same[0], "unknown"
    answer, report = decided[0]
    return report, "met" if answer else "missed"


def _later(fact: Fact, found: tuple[list[str], list[_Report]]) -> _Report | None:
    days, reports = found
    at = bisect_right(days, _last_day(fact))
    return next((r for r in reports[at : at + _REACH] if _elsewhere(r, fact)), None)


def _outcome(report: _Report | None, target: Fact) -> Row:
    if report is None:
        return {"outcome_fact_id": None, "outcome_value": None, "outcome_time": None}
    return {
        "outcome_fact_id": report.fact["fact_id"],
        "outcome_value": _in_unit_of(target, report),
        "outcome_time": report.fact["time"],
    }


def _in_unit_of(target: Fact, report: _Report) -> Any:
    """The outcome in the target's unit and direction: for a growth target a fall is negative."""
    fact = report.fact
    if fact["unit"] == target["unit"] and fact.get("direction") == target.get("direction"):
        return fact["value"]
    value, base = decimal(target["value"]), decimal(target.get("base_value"))
    sign = -1 if target.get("direction") == "down" else 1
    number = sign * report.stated.number
    return tidy(number * value / base if value and base else number)


def _pairs(facts: list[Fact]) -> Iterator[tuple[Key, Row]]:
    """Neighbours by value; each pair with its place in the table."""
    found = [_Report(fact, said, _order(fact)) for fact in facts if (said := stated(fact))]
    found.sort(key=lambda r: (r.stated.number, r.stated.high, r.stated.comparator, r.order))
    vague_name = _lists(found)
    for at, report in enumerate(found):
        other = next((o for o in found[at + 1 : at + 1 + _REACH] if _sentence(o) != _sentence(report)), None)
        kind = relation(report.stated, other.stated) if other else ""
        if other and (kind == "agree" or not vague_name):
            first, second = sorted((report, other), key=lambda r: r.order)
            yield (*first.order, *second.order), _conflict(first, second, kind)


def _lists(found: list[_Report]) -> bool:
    """Does one sentence give several numbers under this name?"""
    numbers: dict[tuple[Any, Any], Decimal] = {}
    return any(numbers.setdefault(_sentence(r), r.stated.number) != r.stated.number for r in found)


def _sentence(report: _Report) -> tuple[Any, Any]:
    return report.fact["doc_id"], report.fact["sentence_start"]


def _conflict(first: _Report, second: _Report, kind: str) -> Row:
    return {
        "fact_id": first.fact["fact_id"],
        "other_fact_id": second.fact["fact_id"],
        "relation": kind,
        "difference": tidy(second.stated.number - first.stated.number),
    }
