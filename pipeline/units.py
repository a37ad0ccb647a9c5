"""Unit surface -> dimension, base unit and factor, from rules/units.toml."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

import regex

from pipeline import rulebook


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit. `factor` turns a value in this unit into `base`; `code` is UCUM or ISO 4217 where one exists."""

    surface: str
    dimension: str
    base: str
    factor: Decimal
    code: str | None


@lru_cache(maxsize=4)
def _table(folder: str) -> dict[str, Unit]:
    table: dict[str, Unit] = {}
    for row in rulebook.rules("units")["unit"]:
        for surface in row["surfaces"]:
            if surface in table:
                raise rulebook.error("units", surface, "the same surface stands in two rows; remove it from one")
            table[surface] = Unit(surface, row["dimension"], row["base"], Decimal(row["factor"]), row.get("code"))
    return table


def units() -> dict[str, Unit]:
    """Every unit by surface."""
    return _table(str(rulebook.folder()))


def unit(surface: str | None) -> Unit | None:
    """The unit that a surface names. A quotient that the table lacks (元/部) gets its parts' codes."""
    if surface is None:
        return None
    found = units().get(surface) or units().get(surface.replace("（", "(").replace("）", ")"))
    if found or "/" not in surface:
        return found
    over, _, under = surface.partition("/")
    top, bottom = unit(over), units().get(under)
    if top is None or bottom is None:
        return None
    dimension = "price" if top.dimension == "currency" else "flow"
    return Unit(surface, dimension, f"{top.base}/{bottom.base}", top.factor / bottom.factor, None)


def alternation(
    *, arabic_only: frozenset[str] = frozenset(), not_before: dict[str, str], excluded: frozenset[str]
) -> str:
    """A regular expression for every unit, longest first; a Latin unit must not go on in letters or digits.

    `arabic_only`: classifiers that count only behind Arabic digits, since 三方 and 四路 are words. `not_before`: what
    may not follow a unit, since the 家 of 3家庭 is none.
    """
    parts = []
    for surface in sorted(units(), key=lambda s: (-len(s), s)):
        if surface in excluded or (surface.endswith("级") and surface != "级"):
            continue
        part = regex.escape(surface)
        if surface[-1].isascii() and surface[-1].isalpha():
            part += "(?![A-Za-z0-9])"
        if surface in arabic_only:
            part = f"(?<=[0-9余多万亿十百千几个])(?<![一二三四五六七八九]十?){part}"
        if surface in not_before:
            part += f"(?!{not_before[surface]})"
        parts.append(part)
    return "(?:" + "|".join(parts) + ")"
