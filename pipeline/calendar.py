"""Dates and periods as closed ISO 8601 intervals ("2023-01/2023-11"), at the precision that was stated."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Day:
    """A calendar point at one of three precisions: year, month or day."""

    year: int
    month: int | None = None
    day: int | None = None

    def __str__(self) -> str:
        parts = [f"{self.year:04d}"] + [f"{p:02d}" for p in (self.month, self.day) if p is not None]
        return "-".join(parts)

    def first(self) -> date:
        return date(self.year, self.month or 1, self.day or 1)

    def last(self) -> date:
        month = self.month or 12
        return date(self.year, month, self.day or calendar.monthrange(self.year, month)[1])


@dataclass(frozen=True, slots=True)
class Period:
    """A closed interval between two calendar points."""

    start: Day
    end: Day

    def __str__(self) -> str:
        return str(self.start) if self.start == self.end else f"{self.start}/{self.end}"


def point(year: int, month: int | None = None, day: int | None = None) -> Period | None:
    """One calendar point as a period; None where the calendar has no such day (30 February)."""
    if not 1 <= year <= 9999 or (month is not None and not 1 <= month <= 12):
        return None
    if day is not None and (month is None or not 1 <= day <= calendar.monthrange(year, month)[1]):
        return None
    found = Day(year, month, day)
    return Period(found, found)


def months(year: int, first: int, last: int) -> Period | None:
    """The months `first` to `last` of a year; a run that ends before it starts ends in the next year."""
    if not (1 <= first <= 12 and 1 <= last <= 12):
        return None
    end = year if first <= last else year + 1
    if not 1 <= year <= 9998:
        return None
    return point(year, first) if first == last else Period(Day(year, first), Day(end, last))


def days(first: date, last: date) -> Period:
    return Period(Day(first.year, first.month, first.day), Day(last.year, last.month, last.day))


def shift_months(at: Day, by: int) -> Day:
    """A month `by` months later (negative: earlier). `at` must have a month."""
    count = at.year * 12 + (at.month or 1) - 1 + by
    return Day(count // 12, count % 12 + 1)


def parse(norm: str) -> Period:
    """'2023-01/2023-11' -> Period. Raises ValueError where it is not a date of the calendar."""
    first, _, last = norm.partition("/")
    pieces = [tuple(int(p) for p in text.split("-")) for text in (first, last or first)]
    ends = [point(*piece) if 1 <= len(piece) <= 3 else None for piece in pieces]
    if ends[0] is None or ends[1] is None:
        raise ValueError(f"{norm!r} is no date; write 2023, 2023-12 or 2023-12-18")
    return Period(ends[0].start, ends[1].end)


def bounds(norm: str | None) -> tuple[str | None, str | None]:
    """First and last calendar day of an interval, as ISO dates."""
    if norm is None:
        return None, None
    period = parse(norm)
    return period.start.first().isoformat(), period.end.last().isoformat()


def week(around: date, offset: int) -> Period:
    """The week (Monday to Sunday) that is `offset` weeks after the one of `around`."""
    monday = around - timedelta(days=around.weekday()) + timedelta(weeks=offset)
    return days(monday, monday + timedelta(days=6))


def plan_start(name: str) -> int | None:
    """十三五 -> 2016: the first plan began in 1953, and the years 1963 to 1965 belong to none."""
    word = name.strip('“”"').removesuffix("五")
    if word == "十":
        number = 10
    elif word.startswith("十"):
        number = 10 + "一二三四五六七".index(word[1]) + 1
    else:
        number = "一二三四五六七八九".index(word) + 1
    return 1953 + 5 * (number - 1) + (3 if number > 2 else 0)
