"""A list in the order of an index, a page at a time: from a key on, with filters, for a limited time.

A page begins where its key stands in the index, however deep in the list. Where filters let little through, the walk
goes on in steps until the time is over, and says how far it came.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Filters:
    """Conditions that all hold, with their values."""

    where: tuple[str, ...] = ()
    values: tuple[Any, ...] = ()

    def __str__(self) -> str:
        return " AND ".join(self.where) or "1"

    def and_(self, *others: Filters) -> Filters:
        """These conditions and others behind them."""
        every = (self, *others)
        return Filters(tuple(w for f in every for w in f.where), tuple(v for f in every for v in f.values))


@dataclass(frozen=True, slots=True)
class Order:
    """Rows of a table in the order of an index ("" leaves the choice to SQLite); `keys` are its expressions.

    `within` bounds the first of them: nothing outside is looked at.
    """

    table: str
    index: str
    keys: tuple[str, ...]
    descending: bool = False
    within: Filters = Filters()

    @property
    def key(self) -> tuple[str, ...]:
        """The expressions of a complete key: the row's number is the last one."""
        return (*self.keys, "rowid")

    @property
    def source(self) -> str:
        """What to select from."""
        return f"{self.table} INDEXED BY {self.index}" if self.index else self.table

    def by(self, first: int = 0) -> str:
        """The text behind ORDER BY, from one of the keys on."""
        return ", ".join(f"{k} DESC" if self.descending else k for k in self.key[first:])

    @property
    def sign(self) -> str:
        """How a key compares to an earlier one."""
        return "<" if self.descending else ">"


@dataclass(frozen=True, slots=True)
class Steps:
    """How many rows are looked at between two looks at the clock, and for how long in all."""

    rows: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Found:
    """Row numbers in order; `next` is the key to go on from, None at the end; `searched` tells if time sufficed."""

    rows: list[int] = field(default_factory=list)
    next: Key | None = None
    searched: bool = True


def walk(
    connection: sqlite3.Connection, order: Order, filters: Filters, *, after: Key | None, limit: int, steps: Steps
) -> Found:
    """The first `limit` rows after a key that pass the filters."""
    ends = time.monotonic() + steps.seconds
    found: list[Key] = []
    while True:
        last = None
        for part in _parts(order, after):
            last = _end(connection, order, part, steps.rows) if filters.where else None
            found += _passing(connection, order, part, filters, (steps.rows, limit + 1 - len(found)))
            if len(found) > limit:
                return Found([key[-1] for key in found[:limit]], found[limit - 1])
            if last:
                break
        if last is None or time.monotonic() > ends:
            return Found([key[-1] for key in found], last, searched=last is None)
        after = last


@dataclass(frozen=True, slots=True)
class _Part:
    """A range of the index in which the first keys are the same; it is in the order of the others."""

    filters: Filters
    by: str


def _parts(order: Order, after: Key | None) -> Iterator[_Part]:
    """What comes after a key, as ranges one behind the other: (a, b, >c), (a, >b), (>a)."""
    if after is None:
        yield _Part(order.within, order.by(0))
        return
    for depth in reversed(range(len(after))):
        same = [f"{key} = ?" for key in order.key[:depth]]
        range_ = Filters((*same, f"{order.key[depth]} {order.sign} ?"), after[: depth + 1])
        yield _Part(range_.and_(order.within), order.by(depth))


def _end(connection: sqlite3.Connection, order: Order, part: _Part, step: int) -> Key | None:
    """The key that ends a step; None if the range is shorter."""
    query = f"SELECT {', '.join(order.key)} FROM {order.source} WHERE {part.filters} ORDER BY {part.by}"
    found: Key | None = connection.execute(f"{query} LIMIT 1 OFFSET {step - 1}", part.filters.values).fetchone()
    return found


def _passing(
    connection: sqlite3.Connection, order: Order, part: _Part, filters: Filters, limits: tuple[int, int]
) -> list[Key]:
    """The keys of a step's rows that pass the filters. The inner limit ends the step, whatever passes."""
    step, most = limits
    ranged = f"FROM {order.source} WHERE {part.filters} ORDER BY {part.by}"
    if not filters.where:
        query = f"SELECT {', '.join(order.key)} {ranged} LIMIT {most}"
        return connection.execute(query, part.filters.values).fetchall()
    named = ", ".join(f"{key} AS k{n}" for n, key in enumerate(order.key))
    listed = ", ".join(f"k{n}" for n in range(len(order.key)))
    inner = f"SELECT {named}, ({filters}) AS passes {ranged} LIMIT {step}"
    query = f"SELECT {listed} FROM ({inner}) WHERE passes LIMIT {most}"
    return connection.execute(query, (*filters.values, *part.filters.values)).fetchall()


def sort(
    connection: sqlite3.Connection, chosen: Order, order: Order, filters: Filters, *, after: Key | None, limit: int
) -> Found:
    """The same for a small selection: all of it is read out of the index `chosen` and put in order."""
    behind = Filters() if after is None else Filters((_later(order),), after)
    every = filters.and_(behind)
    query = f"SELECT {', '.join(order.key)} FROM {chosen.source} WHERE {every} ORDER BY {order.by()} LIMIT {limit + 1}"
    found: list[Key] = connection.execute(query, every.values).fetchall()
    return Found([key[-1] for key in found[:limit]], found[limit - 1] if len(found) > limit else None)


def _later(order: Order) -> str:
    return f"({', '.join(order.key)}) {order.sign} ({', '.join('?' * len(order.key))})"
