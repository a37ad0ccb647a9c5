"""Why a fact stands in the dataset: its sentence with the slots marked, its rule, and where each slot was said."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from pipeline import rulebook
from pipeline.dataset import Row
from pipeline.store import Store, reading

_SLOTS = ("quantity", "indicator", "subject", "time", "cue")
_AROUND = 12  # characters shown on either side of a slot that stands elsewhere


def explain(fact_id: str, *, out: Path, rules: Path | None = None) -> str:
    """The explanation of a fact of an output folder, as text for a terminal.

    Raises ValueError if the folder holds no store or no such fact.
    """
    with reading(out) as store:
        fact = next(store.rows("facts", fact_id=fact_id), None)
        if fact is None:
            raise ValueError(f"{out} holds no fact {fact_id!r}; the ids are in the first column of {out}/facts.csv")
        raw = store.article(fact["doc_id"])
        with rulebook.use_folder(rules):
            return "\n".join(_lines(fact, raw, store))


def _lines(fact: Row, raw: str, store: Store) -> Iterator[str]:
    document = next(store.rows("documents", doc_id=fact["doc_id"]))
    origin = f"{document['source']}; published: {_shown(document['published'])}"
    yield f"fact {fact['fact_id']} in {fact['doc_id']} ({origin})"
    yield f"  {_shown(fact['subject'])} | {fact['indicator']} | {_shown(fact['time'])} | {_amount(fact)}"
    kinds = ("aspect", "direction", "endpoint", "status", "scope", "company")
    yield "  " + ", ".join(f"{kind} {fact[kind]}" for kind in kinds if fact[kind] is not None)
    yield ""
    yield f"sentence, characters {fact['sentence_start']} to {fact['sentence_end']}:"
    yield f"  {_marked(fact, raw)}"
    yield ""
    yield "slots:"
    yield from (_slot(fact, slot, raw) for slot in _SLOTS)
    yield ""
    yield "rules:"
    for what, rule in _fired(fact, store):
        yield f"  {what}: {rule}{_comment(rule)}"


def _amount(fact: Row) -> str:
    values = [format(v, "f") for v in (fact["value"], fact["value_max"]) if isinstance(v, Decimal)]
    sign = "" if fact["comparator"] == "eq" else f"{fact['comparator']} "
    return f"{sign}{' to '.join(values) or '-'} {fact['unit'] or ''}".rstrip()


def _shown(value: Any) -> str:
    return "-" if value is None else str(value)


def _marked(fact: Row, raw: str) -> str:
    """The sentence with [slot: …] around each slot that stands in it; ⏎ is a line break of the file."""
    start, end = fact["sentence_start"], fact["sentence_end"]
    marks: list[tuple[int, int, int, str]] = []
    for slot in _SLOTS:
        left, right = fact[f"{slot}_start"], fact[f"{slot}_end"]
        if left is not None and start <= left and right <= end:
            # at one place: close before opening, the longer one opens first and closes last
            marks += [(left, 1, -right, f"[{slot}: "), (right, 0, -left, "]")]
    pieces, at = [], start
    for place, _, _, mark in sorted(marks):
        pieces += [raw[at:place], mark]
        at = place
    return _flat("".join(pieces) + raw[at:end])


def _slot(fact: Row, slot: str, raw: str) -> str:
    left, right = fact[f"{slot}_start"], fact[f"{slot}_end"]
    name = f"  {slot:<10}"
    if left is None:
        return f"{name}{_unsaid(fact, slot)}"
    text = f"{name}{_flat(raw[left:right])}  at {left} to {right}"
    if fact["sentence_start"] <= left and right <= fact["sentence_end"]:
        return text
    before, after = raw[max(0, left - _AROUND) : left], raw[right : right + _AROUND]
    return f"{text}, inherited from: …{_flat(before)}[{_flat(raw[left:right])}]{_flat(after)}…"


def _unsaid(fact: Row, slot: str) -> str:
    """What a slot without offsets means."""
    if slot == "cue":
        return "none: no word makes it a target"
    if slot in ("subject", "time", "indicator") and fact[slot] is not None:
        return f"{fact[slot]}: stands nowhere in the text, taken from the article as a whole"
    return "not stated"


def _flat(text: str) -> str:
    return text.replace("\r\n", "⏎").replace("\n", "⏎").replace("\r", "⏎")


def _fired(fact: Row, store: Store) -> Iterator[tuple[str, str]]:
    yield "fact", fact["rule"]
    for table, slot in (("quantities", "quantity"), ("times", "time")):
        left, right = fact[f"{slot}_start"], fact[f"{slot}_end"]
        if left is None:
            continue
        for row in store.rows(table, doc_id=fact["doc_id"], start=left, end=right):
            yield slot, row["rule"]


def _comment(rule: str) -> str:
    """What the rule files say of a rule, and an example of theirs."""
    rule = rulebook.base(rule)
    for name in ("facts", "quantities", "times"):
        for found in (row for rows in rulebook.rules(name).values() if isinstance(rows, list) for row in rows):
            if isinstance(found, dict) and found.get("id") == rule:
                said = [found["comment"]] if "comment" in found else []
                said += [f"as in {found['examples'][0][0]}"] if found.get("examples") else []
                place = f"rules/{name}.toml:{rulebook.line_of(name, chr(34) + rule + chr(34))}"
                return f" ({place}): " + "; ".join(said)
    return ""
