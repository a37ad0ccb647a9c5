"""What is known only across articles: targets, conflicts and series. Computed once for a state of the store, in a
thread, and kept in OUT/view.sqlite, so that a page reads a few rows.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from pipeline import reconcile, series
from pipeline.dataset import COLUMNS, Row, replacing
from pipeline.merge import Names
from pipeline.store import reading
from pipeline.view.queries import PAGE, Page, stamp

NAME = "view.sqlite"
_WAIT = 0.1  # seconds that a page waits for a computation to end
_SERIES = (
    "subject", "indicator", "aspect", "unit", "points", "periods", "first", "last", "first_value", "last_value"
)  # fmt: skip
_THINGS = ("subject", "indicator", "aspect", "fact_id")
_TABLES = {**{t: COLUMNS[t] for t in ("targets", "conflicts")}, "series": _SERIES, "things": _THINGS}
_INDEXES = (
    "targets (verdict)",
    "targets (ifnull(subject, ''))",
    "conflicts (relation)",
    "series (subject)",
    "things (subject, indicator, aspect)",
)
_log = logging.getLogger(__name__)


class Derived:
    """The tables made of several articles, for the present state of a store."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self) -> threading.Thread | None:
        """Begin to compute if the tables are missing or old; None if they are there."""
        with self._lock:
            if self._thread and self._thread.is_alive():
                return self._thread
            if self._current():
                return None
            self._thread = threading.Thread(target=self._compute, daemon=True)
            self._thread.start()
            return self._thread

    @contextmanager
    def connect(self) -> Iterator[sqlite3.Connection | None]:
        """A read-only connection, None while the tables are being computed."""
        thread = self.start()
        if thread:
            thread.join(_WAIT)
        if not self._current():
            yield None
            return
        with closing(_read_only(self._out / NAME)) as connection:
            yield connection

    def _current(self) -> bool:
        path = self._out / NAME
        if not path.exists():
            return False
        with closing(_read_only(path)) as connection:
            return bool(connection.execute("SELECT stamp FROM made_of").fetchone()[0] == stamp(self._out))

    def _compute(self) -> None:
        try:
            build(self._out)
        except (OSError, ValueError, sqlite3.Error) as error:
            _log.error("targets, conflicts and series could not be computed: %s", error)


def _read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path.resolve().as_uri() + "?mode=ro", uri=True, check_same_thread=False)


def build(out: Path) -> None:
    """Compute every table anew from the facts of the store."""
    state = stamp(out)
    with reading(out) as store:
        facts = list(store.rows("facts"))
    tables: dict[str, Iterable[Row]] = {
        "targets": reconcile.targets(facts),
        "conflicts": reconcile.conflicts(facts),
        "series": series.all_series(facts, at_least=2),
        "things": _things(facts),
    }
    with replacing(out / NAME) as part:
        part.unlink(missing_ok=True)
        with closing(sqlite3.connect(part)) as connection:
            _fill(connection, tables, state)


def _fill(connection: sqlite3.Connection, tables: dict[str, Iterable[Row]], state: str) -> None:
    for table, rows in tables.items():
        columns = _TABLES[table]
        connection.execute(f"CREATE TABLE {table} (n INTEGER PRIMARY KEY, {', '.join(columns)})")
        marks = ", ".join("?" * len(columns))
        values = ([_cell(row[c]) for c in columns] for row in rows)
        connection.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", values)
    for number, index in enumerate(_INDEXES):
        connection.execute(f"CREATE INDEX i{number} ON {index}")
    connection.execute("CREATE TABLE made_of (stamp TEXT)")
    connection.execute("INSERT INTO made_of VALUES (?)", (state,))
    connection.commit()


def _cell(value: Any) -> str | int | None:
    return value if value is None or isinstance(value, int | str) else format(value, "f")


def _things(facts: list[Row]) -> Iterator[Row]:
    names = Names(f["subject"] for f in facts)
    for fact in facts:
        if name := names.of(fact):
            yield {"subject": name[0], "indicator": name[1], "aspect": fact["aspect"], "fact_id": fact["fact_id"]}


def page(
    connection: sqlite3.Connection, table: str, *, equal: dict[str, str], subject: str = "", after: int = 0
) -> Page:
    """One page of a table in its order, with the filters that are not empty; `subject` is the beginning of one."""
    where, values = ["n > ?"], [str(after)]
    for column, value in equal.items():
        if value:
            where.append(f"{column} = ?")
            values.append(value)
    if subject:
        where.append("ifnull(subject, '') >= ? AND ifnull(subject, '') < ?")
        values += [subject, subject + "\U0010ffff"]
    found = _rows(connection, f"SELECT * FROM {table} WHERE {' AND '.join(where)} ORDER BY n LIMIT {PAGE + 1}", values)
    return Page(found[:PAGE], (found[PAGE - 1]["n"],) if len(found) > PAGE else None)


def counts(connection: sqlite3.Connection, table: str, column: str) -> dict[str, int]:
    """How many rows there are of each value of an indexed column."""
    return dict(connection.execute(f"SELECT {column}, count(*) FROM {table} GROUP BY {column}"))


def facts_of(connection: sqlite3.Connection, subject: str, indicator: str, aspect: str, *, limit: int) -> list[str]:
    """The ids of the facts that a series is made of, under all names of its subject and indicator."""
    query = "SELECT fact_id FROM things WHERE subject = ? AND indicator = ? AND aspect = ? LIMIT ?"
    return [row[0] for row in connection.execute(query, (subject, indicator, aspect, limit))]


def _rows(connection: sqlite3.Connection, query: str, values: Sequence[Any]) -> list[Row]:
    cursor = connection.execute(query, values)
    names = [d[0] for d in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]
