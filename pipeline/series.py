"""The values of one indicator over time, actual and target, as points, table, chart and image."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

from pipeline import calendar
from pipeline.bounds import decimal, tidy
from pipeline.merge import Names

_WIDTH = 40  # of the longest bar
_SIGNS = {"gt": ">", "ge": ">=", "lt": "<", "le": "<=", "approx": "~"}
_MARKS = {"actual": "#", "target": "o"}
_MAGNITUDES = ((Decimal(10**8), "亿"), (Decimal(10**4), "万"))

Fact = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Point:
    """One reported or planned value, with the article and the characters that say it."""

    time: str
    last_day: str
    value: Decimal
    value_max: Decimal | None
    unit: str
    comparator: str
    status: str
    doc_id: str
    start: int
    end: int


def series(facts: Iterable[Fact], subject: str, indicator: str, *, aspect: str = "level") -> list[Point]:
    """The points of one indicator of a subject, under all its names (渝北, 全区规上工业总产值), by time.

    Facts without a value or a time give no point, nor does the value that a change starts from.
    """
    rows = list(facts)
    names = Names([subject, *(r["subject"] for r in rows)])
    kept = names.subject(subject) or subject
    wanted = {(kept, names.indicator(indicator, subject=kept, aspect=aspect, time=t)) for t in ("2000", None)}
    found = [p for r in rows if r["aspect"] == aspect and names.of(r) in wanted for p in _points(r)]
    return sorted(found, key=_order)


def all_series(facts: Iterable[Fact], *, at_least: int = 3, names: Names | None = None) -> list[dict[str, Any]]:
    """A row for every indicator of a subject that has values for `at_least` periods, in one unit; sorted.

    Where `facts` are those about some things of a larger set, `names` are the names of the larger set.
    """
    rows = list(facts)
    names = names or Names(r["subject"] for r in rows)
    groups: dict[tuple[str, str, str, str], list[Point]] = {}
    for row in rows:
        key = names.of(row)
        for point in _points(row) if key else ():
            groups.setdefault((*(key or ("", "")), row["aspect"], point.unit), []).append(point)
    long = (key for key in sorted(groups) if _periods(groups[key]) >= at_least)
    return [_summary(key, sorted(groups[key], key=_order)) for key in long]


def _periods(points: list[Point]) -> int:
    return len({p.time for p in points})


def _summary(key: tuple[str, str, str, str], points: list[Point]) -> dict[str, Any]:
    subject, indicator, aspect, unit = key
    return {
        "subject": subject,
        "indicator": indicator,
        "aspect": aspect,
        "unit": unit or None,
        "points": len(points),
        "periods": _periods(points),
        "first": points[0].time,
        "last": points[-1].time,
        "first_value": points[0].value,
        "last_value": points[-1].value,
    }


def _points(fact: Fact) -> list[Point]:
    value = decimal(fact["value"])
    if value is None or not fact["time"] or fact.get("endpoint") == "from":
        return []
    top = decimal(fact.get("value_max"))
    sign = -1 if fact.get("direction") == "down" else 1
    last = fact.get("last_day") or calendar.bounds(fact["time"])[1] or ""
    return [
        Point(
            fact["time"], last, tidy(sign * value), None if top is None else tidy(sign * top), fact["unit"] or "",
            fact["comparator"], fact["status"], fact["doc_id"], fact["quantity_start"], fact["quantity_end"],
        )
    ]  # fmt: skip


def _order(point: Point) -> tuple[Any, ...]:
    return point.last_day, point.time, point.status, point.doc_id, point.start, point.end, point.value


def table(points: Iterable[Point]) -> str:
    """The points as lines of aligned columns: time, value, status, article, offsets."""
    head = ("time", "value", "status", "article", "offsets")
    lines = [head, *((p.time, label(p), p.status, p.doc_id, f"{p.start}-{p.end}") for p in points)]
    widths = [max(_wide(line[c]) for line in lines) for c in range(len(head))]
    return "\n".join("  ".join(map(_pad, line, widths)).rstrip() for line in lines)


def chart(points: Iterable[Point]) -> str:
    """A bar for every point in plain characters, # for what was and o for what is aimed at; one unit only."""
    shown = _one_unit(points)
    if not shown:
        return "no points"
    top = max(abs(p.value) for p in shown) or Decimal(1)
    times, labels = max(_wide(p.time) for p in shown), max(_wide(label(p)) for p in shown)
    lines = [f"{_pad(p.time, times)}  {_pad(label(p), labels)}  {_bar(p, top)}".rstrip() for p in shown]
    return "\n".join([*lines, "", "# actual   o target   > < ~ as the article says it"])


def _bar(point: Point, top: Decimal) -> str:
    return ("-" if point.value < 0 else "") + _MARKS[point.status] * round(abs(point.value) / top * _WIDTH)


def _one_unit(points: Iterable[Point]) -> list[Point]:
    """The points in the unit that most of them have: one axis has one unit."""
    found = list(points)
    counts = Counter(p.unit for p in found)
    unit = min(counts, key=lambda u: (-counts[u], u), default="")
    return [p for p in found if p.unit == unit]


def label(point: Point) -> str:
    """The value as it would be written: >3100亿元, 63.3万辆, 8—9%."""
    size, word = _magnitude([point])
    ends = [format(tidy(v / size), "f") for v in (point.value, point.value_max) if v is not None]
    return _SIGNS.get(point.comparator, "") + "—".join(ends) + word + point.unit


def _magnitude(points: list[Point]) -> tuple[Decimal, str]:
    top = max(abs(p.value) for p in points)
    return next(((size, word) for size, word in _MAGNITUDES if top >= size), (Decimal(1), ""))


def _wide(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _pad(text: str, width: int) -> str:
    return text + " " * (width - _wide(text))


def image(points: Iterable[Point], path: Path, *, title: str = "") -> None:
    """Draw the line chart: actual as filled circles on a line, target as hollow diamonds on a dashed one.

    The ending of `path` decides: .png, .svg, or .html, which holds everything it needs. Raises ValueError for another
    ending or if there is nothing to draw.
    """
    if path.suffix not in (".png", ".svg", ".html"):
        raise ValueError(f"{path}: the image must end in .png, .svg or .html")
    shown = _one_unit(points)
    if not shown:
        raise ValueError("there are no points to draw")
    drawn = _drawing(shown, title)
    if path.suffix == ".html":
        path.write_text(drawn.to_html(inline=True), encoding="utf-8")
    else:
        drawn.save(str(path), **({"scale_factor": 2} if path.suffix == ".png" else {}))


def _drawing(points: list[Point], title: str) -> Any:
    alt: Any = import_module("altair")  # 0.5 s: only where an image is wanted

    size, word = _magnitude(points)
    status, colors = ["actual", "target"], ["#1f5fa8", "#d2601a"]
    scale = alt.Scale(domain=status, range=colors)
    base = alt.Chart(alt.Data(values=[_datum(p, size) for p in points]), title=title, width=640, height=360).encode(
        x=alt.X("day:T", title=None, scale=alt.Scale(type="utc")),
        y=alt.Y("value:Q", title=word + points[0].unit),
        color=alt.Color("status:N", scale=scale),
    )
    dashes = alt.StrokeDash("status:N", scale=alt.Scale(domain=status, range=[[1, 0], [6, 4]]))
    shapes = alt.Shape("status:N", scale=alt.Scale(domain=status, range=["circle", "diamond"]))
    fills = alt.condition("datum.status == 'actual'", alt.value(colors[0]), alt.value("white"))
    lines = base.mark_line().encode(strokeDash=dashes, detail="shape:N")
    marks = base.mark_point(size=90, opacity=1).encode(shape=shapes, fill=fills, tooltip=_TOOLTIP)
    return (lines + marks).configure(font="Noto Sans CJK SC, sans-serif")


_TOOLTIP = ["time:N", "label:N", "status:N", "article:N", "offsets:N"]


def _datum(point: Point, size: Decimal) -> dict[str, Any]:
    first, last = (date.fromisoformat(day or point.last_day) for day in calendar.bounds(point.time))
    return {
        "day": (first + (last - first) / 2).isoformat(),  # a year's figure stands in the middle of the year
        "shape": re.sub(r"\d{4}", "Y", point.time),  # a line joins years with years, never with eleven months
        "value": float(point.value / size),
        "status": point.status,
        "time": point.time,
        "label": label(point),
        "article": point.doc_id,
        "offsets": f"{point.start}-{point.end}",
    }
