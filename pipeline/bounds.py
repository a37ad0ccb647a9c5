"""What a stated number leaves open: 超过63万辆 is everything above 63万; and how two such statements relate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

_NEAR = Decimal("0.05")  # 约, 近 and 左右 allow at most this part of the value
_TOP, _BOTTOM = Decimal("Infinity"), Decimal("-Infinity")


@dataclass(frozen=True, slots=True)
class Stated:
    """A stated number in its base unit: `number` as said, the interval it allows, and whether an end is excluded."""

    number: Decimal
    low: Decimal
    high: Decimal
    low_open: bool
    high_open: bool
    comparator: str


def decimal(value: Any) -> Decimal | None:
    """A cell of a table as an exact number; None for an empty one (None, "", NaN)."""
    if value is None or value == "" or value != value:
        return None
    return value if isinstance(value, Decimal) else Decimal(str(value))


def stated(fact: Mapping[str, Any]) -> Stated | None:
    """The statement of a fact; a fall has a negative number. None where the numeral is vague."""
    value, base = decimal(fact["value"]), decimal(fact.get("base_value"))
    comparator = fact["comparator"]
    if value is None or comparator == "vague":
        return None
    number = value if base is None else base
    top = decimal(fact.get("value_max"))
    if top is None:
        found = _interval(number, comparator, number)
    else:  # a range has its upper end in the written unit only
        found = _interval(number, comparator, top * number / value if value else top)
    return _mirrored(found) if fact.get("direction") == "down" else found


def tidy(value: Decimal) -> Decimal:
    """Without trailing zeros and without exponent: 3.00 -> 3, 3E+3 -> 3000."""
    return Decimal(format(value.normalize() + 0, "f"))


def _interval(number: Decimal, comparator: str, top: Decimal) -> Stated:
    if comparator in ("gt", "ge"):
        return Stated(number, number, _TOP, comparator == "gt", False, comparator)
    if comparator in ("lt", "le"):
        return Stated(number, _BOTTOM, top, False, comparator == "lt", comparator)
    return Stated(number, number, top, False, False, comparator)


def _mirrored(s: Stated) -> Stated:
    return Stated(-s.number, -s.high, -s.low, s.high_open, s.low_open, s.comparator)


def goal(target: Stated, *, lower: bool) -> Stated:
    """What meets a target. A plain number is a floor (达到4100亿元); where less is better, or for a fall, a ceiling."""
    if target.comparator not in ("eq", "approx"):
        return target
    if lower or target.number < 0:
        return Stated(target.number, _BOTTOM, target.high, False, False, target.comparator)
    return Stated(target.number, target.low, _TOP, False, False, target.comparator)


def met(outcome: Stated, wanted: Stated) -> bool | None:
    """True if every number that the outcome allows meets the goal, False if none does, None if it can't be told."""
    if wanted.comparator == "approx" and outcome.low == outcome.high and _near(outcome.number, wanted.number):
        return True
    if _inside(outcome, wanted):
        return True
    return None if _overlap(outcome, wanted, closed=False) else False


def _inside(inner: Stated, outer: Stated) -> bool:
    low = inner.low > outer.low or (inner.low == outer.low and (inner.low_open or not outer.low_open))
    high = inner.high < outer.high or (inner.high == outer.high and (inner.high_open or not outer.high_open))
    return low and high


def _overlap(a: Stated, b: Stated, *, closed: bool) -> bool:
    low, high = max(a.low, b.low), min(a.high, b.high)
    if low != high:
        return low < high
    excluded = any((s.low_open and s.low == low) or (s.high_open and s.high == low) for s in (a, b))
    return closed or not excluded


def relation(a: Stated, b: Stated) -> str:
    """agree: the same number said the same way; refine: one is the other rounded or a bound that holds; conflict."""
    exact = {"eq": "=", "approx": "="}
    if (a.low, a.high) == (b.low, b.high) and exact.get(a.comparator, "<") == exact.get(b.comparator, "<"):
        return "agree"
    # a bound counts as closed: 突破1700亿 and 1700亿 do not contradict each other
    if _overlap(a, b, closed=True) or _rounds(a.number, b.number) or _rounds(b.number, a.number):
        return "refine"
    return "refine" if "approx" in (a.comparator, b.comparator) and _near(a.number, b.number) else "conflict"


def _near(a: Decimal, b: Decimal) -> bool:
    return abs(a - b) <= _NEAR * min(abs(a), abs(b))


def _rounds(fine: Decimal, coarse: Decimal) -> bool:
    """Is `coarse` the other number with fewer places? The last place of 63万 is 万, that of 12.4亿 is 0.1亿."""
    step = place(coarse)
    return place(fine) < step and abs(fine - coarse) <= step / 2


def place(number: Decimal) -> Decimal:
    """The value of the last written place, if a number is written with 万 from 10,000 and with 亿 from 10⁸ on."""
    size = abs(number)
    magnitude = Decimal(10**8) if size >= 10**8 else Decimal(10**4) if size >= 10**4 else Decimal(1)
    exponent = (number / magnitude).normalize().as_tuple().exponent
    return magnitude * Decimal(10) ** min(int(exponent), 0)
