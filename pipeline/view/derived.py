"""The targets, conflicts and series of a store, as the pages ask for them: a few rows by key, over an index.

They are kept in OUT/view.sqlite, which `build.py` makes for a state of the store, in a process of its own.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from pipeline.dataset import Row
from pipeline.view import build
from pipeline.view.queries import END, PAGE, Page

NAME = "view.sqlite"
State = Literal["new", "old", "computing", "failed"]
_WAIT = 0.1  # seconds that a page waits for a computation to end
_AGAIN = 60.0  # seconds after which what failed is tried again


class Derived:
    """The tables made of several articles. While they are made anew, those of an earlier state of the store remain."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._elsewhere = None if os.access(out, os.W_OK) else TemporaryDirectory()
        self._path = Path(self._elsewhere.name if self._elsewhere else out) / NAME
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._began = 0.0

    def start(self) -> None:
        """Begin to compute if the tables are missing or old."""
        with self._lock:
            if self._busy() or build.current(self._out, self._path):
                return
            # its own process: the pages do not share their interpreter with a minute's work, nor their memory
            command = [sys.executable, "-P", "-m", build.__name__, str(self._out), str(self._path)]
            environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
            self._process = subprocess.Popen(command, env=environment)
            self._began = time.monotonic()

    def _busy(self) -> bool:
        """Is the process at work, or has it failed so lately that another would fail as well?"""
        if self._process is None or self._process.poll() == 0:
            return False
        return self._process.poll() is None or time.monotonic() - self._began < _AGAIN

    def stop(self) -> None:
        """End what is being computed."""
        if self._process:
            self._process.terminate()
            self._process.wait()

    @contextmanager
    def connect(self) -> Iterator[tuple[sqlite3.Connection | None, State]]:
        """A read-only connection, None where there are no tables yet; and of which state of the store they are."""
        self.start()
        if self._process:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_WAIT)
        found = build.current(self._out, self._path)
        if found is None:
            yield None, "failed" if self._process and self._process.poll() else "computing"
            return
        with closing(build.read_only(self._path)) as connection:
            yield connection, "new" if found else "old"


def page(
    connection: sqlite3.Connection, table: str, *, equal: Mapping[str, str], begins: Mapping[str, str], after: int = 0
) -> Page:
    """One page of a table in its order: cells that are equal to a value or begin with it; an empty value is none."""
    where, values = _filters(equal, begins)
    chosen = f"SELECT n FROM {table} WHERE {' AND '.join(['n > ?', *where])} ORDER BY n LIMIT {PAGE + 1}"
    found = _rows(connection, f"SELECT * FROM {table} WHERE n IN ({chosen}) ORDER BY n", [after, *values])
    return Page(found[:PAGE], (found[PAGE - 1]["n"],) if len(found) > PAGE else None)


def counts(connection: sqlite3.Connection, table: str, column: str, begins: Mapping[str, str]) -> dict[str, int]:
    """How many rows there are of each value of a column, among those that begin so."""
    where, values = _filters({}, begins)
    query = f"SELECT {column}, count(*) FROM {table} WHERE {' AND '.join(where) or '1'} GROUP BY {column}"
    return dict(connection.execute(query, values))


def _filters(equal: Mapping[str, str], begins: Mapping[str, str]) -> tuple[list[str], list[Any]]:
    same = [(f"{column} = ?", [value]) for column, value in equal.items() if value]
    like = [(f"{column} >= ? AND {column} < ?", [value, value + END]) for column, value in begins.items() if value]
    return [text for text, _ in same + like], [v for _, values in same + like for v in values]


def members(connection: sqlite3.Connection, subject: str, indicator: str, aspect: str, *, limit: int) -> list[int]:
    """The row numbers of the facts about a thing, under all names of its subject and indicator."""
    query = "SELECT fact FROM members WHERE thing = ? LIMIT ?"
    return [row[0] for row in connection.execute(query, (build.thing(subject, indicator, aspect), limit))]


def _rows(connection: sqlite3.Connection, query: str, values: Sequence[Any]) -> list[Row]:
    cursor = connection.execute(query, values)
    names = [d[0] for d in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]
