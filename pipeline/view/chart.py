"""Points -> where the marks of a line chart stand, in two widths. The template draws them as SVG."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from pipeline import calendar
from pipeline.series import Point, label

WIDE, NARROW, HEIGHT = 720, 350, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 84, 24, 40, 44
_TICKS = 5
_YEAR_WIDTH = 64  # of a year below the axis with room around it
_SHORT = 550  # days within which years say too little
_YEAR = re.compile(r"\d{4}")


@dataclass(frozen=True, slots=True)
class Dot:
    """A point of the chart with what is said of it."""

    x: float
    y: float
    status: str
    label: str
    time: str
    doc_id: str
    start: int


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on an axis with its text."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line through the dots of one status and kind of period, as the points of an SVG polyline."""

    status: str
    points: str


@dataclass(frozen=True, slots=True)
class Chart:
    """All that is drawn, in the units of the viewBox width x height."""

    unit: str
    width: int
    dots: tuple[Dot, ...]
    lines: tuple[Line, ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    left: int = _LEFT
    bottom: int = HEIGHT - _BOTTOM
    height: int = HEIGHT

    @property
    def right(self) -> int:
        """Where the axis ends."""
        return self.width - _RIGHT


def chart(points: Iterable[Point], *, width: int = WIDE) -> Chart | None:
    """The chart of the points in the unit that most of them have; None if there are none."""
    found = list(points)
    if not found:
        return None
    counts = Counter(p.unit for p in found)
    unit = min(counts, key=lambda u: (-counts[u], u))
    shown = [p for p in found if p.unit == unit]
    values = _scale([float(p.value) for p in shown])
    days = [_day(p) for p in shown]
    first, last = min(days), max(days)
    dots = tuple(_dot(p, _x(day, first, last, width), values) for p, day in zip(shown, days, strict=True))
    up = tuple(Tick(_y(v, values), _number(v)) for v in values)
    return Chart(unit, width, dots, _lines(shown, dots), _across(first, last, width), up)


def _day(point: Point) -> int:
    """The middle of the period."""
    first, last = (date.fromisoformat(day or point.last_day) for day in calendar.bounds(point.time))
    return (first.toordinal() + last.toordinal()) // 2


def _x(day: int, first: int, last: int, width: int) -> float:
    part = (day - first) / (last - first) if last > first else 0.5
    return round(_LEFT + 16 + part * (width - _LEFT - _RIGHT - 32), 1)


def _scale(values: list[float]) -> list[float]:
    """Round numbers that hold all values and, where they are of one sign, zero."""
    low, high = min(0.0, *values), max(0.0, *values)
    rough = (high - low) / _TICKS or 1.0
    size: float = 10.0 ** math.floor(math.log10(rough))
    step = next(size * n for n in (1, 2, 5, 10) if size * n >= rough)
    return [n * step for n in range(math.floor(low / step), math.ceil(high / step) + 1)]


def _y(value: float, scale: list[float]) -> float:
    part = (value - scale[0]) / (scale[-1] - scale[0])
    return round(HEIGHT - _BOTTOM - part * (HEIGHT - _TOP - _BOTTOM), 1)


def _number(value: float) -> str:
    size, word = next(((s, w) for s, w in ((1e8, "亿"), (1e4, "万")) if abs(value) >= s), (1, ""))
    return f"{value / size:.6g}{word}"


def _across(first: int, last: int, width: int) -> tuple[Tick, ...]:
    if last - first < _SHORT:
        days = ((day, date.fromordinal(day).isoformat()) for day in sorted({first, last}))
        return tuple(Tick(_x(day, first, last, width), text) for day, text in days)
    years = range(date.fromordinal(first).year, date.fromordinal(last).year + 1)
    every = max(1, math.ceil(len(years) * _YEAR_WIDTH / (width - _LEFT - _RIGHT)))
    middles = ((y, date(y, 7, 1).toordinal()) for y in years if (y - years[0]) % every == 0)
    return tuple(Tick(_x(min(max(day, first), last), first, last, width), str(y)) for y, day in middles)


def _dot(point: Point, x: float, values: list[float]) -> Dot:
    y = _y(float(point.value), values)
    return Dot(x, y, point.status, label(point), point.time, point.doc_id, point.start)


def _lines(points: list[Point], dots: tuple[Dot, ...]) -> tuple[Line, ...]:
    """Years are joined with years, never with eleven months."""
    keyed = sorted(
        ((p.status, _YEAR.sub("Y", p.time), d.x, d.y) for p, d in zip(points, dots, strict=True)), key=lambda k: k[:3]
    )
    groups = (list(group) for _, group in groupby(keyed, key=lambda k: k[:2]))
    return tuple(Line(g[0][0], " ".join(f"{x},{y}" for _, _, x, y in g)) for g in groups if len(g) > 1)
