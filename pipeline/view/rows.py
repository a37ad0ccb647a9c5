"""What is shown of a fact: its amount, its slots with their characters, and what the rule files say of its rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from pipeline import rulebook
from pipeline.dataset import Row
from pipeline.view.highlight import Mark
from pipeline.view.queries import SLOTS

_SIGNS = {"gt": "> ", "ge": "≥ ", "lt": "< ", "le": "≤ ", "approx": "≈ ", "vague": "~ "}
_MAGNITUDES = ((Decimal(10**8), "亿"), (Decimal(10**4), "万"))
_MENTIONS = {"quantities": "quantity", "times": "time", "companies": "company"}
_DIGITS = 4  # behind the point; the exact number is in the table
_RULE_FILES = ("facts", "quantities", "times", "company_forms")


@dataclass(frozen=True, slots=True)
class Rule:
    """What a rule file says of a rule."""

    id: str
    file: str
    comment: str
    example: str


@dataclass(frozen=True, slots=True)
class Slot:
    """A slot of a fact: what was read, and where; offsets are None where it stands nowhere."""

    kind: str
    value: str
    text: str
    start: int | None
    end: int | None
    inherited: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """A fact as the reader shows it."""

    fact: Row
    amount: str
    kind: str
    slots: tuple[Slot, ...]
    rule: Rule


def amount(row: Mapping[str, Any], value: str = "value", unit: str = "unit") -> str:
    """The value as it would be written: > 3100亿元, 8—9%, and 若干元 for a vague numeral (数亿元)."""
    numbers = [Decimal(row[k]) for k in (value, f"{value}_max") if row.get(k) not in (None, "")]
    if not numbers and row.get("comparator") == "vague":
        return f"若干{row.get(unit) or ''}"
    if not numbers:
        return row[unit] or "–" if unit in row else "–"
    size, word = next(((s, w) for s, w in _MAGNITUDES if max(map(abs, numbers)) >= s), (Decimal(1), ""))
    ends = "—".join(_plain(n / size) for n in numbers)
    return f"{_SIGNS.get(row.get('comparator') or '', '')}{ends}{word}{row.get(unit) or ''}"


def difference(row: Mapping[str, Any], pair: Sequence[Mapping[str, Any]]) -> str:
    """The difference of a pair. It is in base units, which are shown unless the facts' own unit is as large."""
    own = all(f["unit"] == pair[0]["unit"] and f["base_value"] in (None, f["value"]) for f in pair)
    return amount({"value": row["difference"], "unit": pair[0]["unit" if own else "base_unit"]})


def _plain(number: Decimal) -> str:
    text = format(round(number, _DIGITS), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def marks(article: Mapping[str, Any]) -> list[Mark]:
    """Every mention of an article and every slot of its facts."""
    found = [Mark(r["start"], r["end"], kind) for table, kind in _MENTIONS.items() for r in article[table]]
    for fact in article["facts"]:
        for slot in SLOTS:
            if fact[f"{slot}_start"] is not None:
                found.append(Mark(fact[f"{slot}_start"], fact[f"{slot}_end"], slot, fact["fact_id"]))
    return list(dict.fromkeys(found))


def shown(article: Mapping[str, Any], rules: Path | None = None) -> Iterator[Shown]:
    """The facts of an article with their slots and rules."""
    kinds = {(q["start"], q["end"]): q["kind"] for q in article["quantities"]}
    known = comments(rules)
    for fact in article["facts"]:
        kind = kinds.get((fact["quantity_start"], fact["quantity_end"]), "cardinal")
        slots = tuple(_slot(fact, slot, article["raw"]) for slot in SLOTS)
        rule = known.get(fact["rule"], Rule(fact["rule"] or "", "", "", ""))
        yield Shown(fact, amount(fact), kind, slots, rule)


def _slot(fact: Row, slot: str, raw: str) -> Slot:
    start, end = fact[f"{slot}_start"], fact[f"{slot}_end"]
    value = {"quantity": amount(fact), "cue": fact["status"]}.get(slot) or fact.get(slot) or ""
    if start is None:
        return Slot(slot, value if slot != "cue" else "", "", None, None, False)
    inside = fact["sentence_start"] <= start and end <= fact["sentence_end"]
    return Slot(slot, value, "".join(raw[start:end].split()), start, end, not inside)


@lru_cache(maxsize=4)
def comments(rules: Path | None = None) -> dict[str, Rule]:
    """Every rule that has an id, with its comment and first example."""
    with rulebook.use_folder(rules):
        return {rule.id: rule for name in _RULE_FILES for rule in _of_file(name)}


def _of_file(name: str) -> Iterator[Rule]:
    try:
        content = rulebook.rules(name)
    except rulebook.RuleError:  # the dataset was made elsewhere: it is shown without comments
        return
    for entry in (row for rows in content.values() if isinstance(rows, list) for row in rows):
        if isinstance(entry, dict) and "id" in entry:
            yield Rule(entry["id"], f"rules/{name}.toml", entry.get("comment", ""), _example(entry))


def _example(entry: dict[str, Any]) -> str:
    first = (entry.get("examples") or [""])[0]
    return str(first[0] if isinstance(first, list) else first)
