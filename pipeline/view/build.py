"""What is known only across articles: targets, conflicts and series, computed from the facts of a store into a file.

No table is held in memory. First every fact is noted under the thing that it is about, on disk; then the facts of one
thing after another are read and compared, which gives what all facts at once would give.
"""

from __future__ import annotations

import fcntl
import os
import signal
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from hashlib import blake2b, sha256
from itertools import groupby
from pathlib import Path
from typing import Any

from pipeline import reconcile, series
from pipeline.dataset import COLUMNS, Row, replacing
from pipeline.merge import Names
from pipeline.store import NAME
from pipeline.view import indexes
from pipeline.view.queries import stamp

_SERIES = (
    "subject", "indicator", "aspect", "unit", "points", "periods", "first", "last", "first_value", "last_value"
)  # fmt: skip
_TABLES = {
    "targets": COLUMNS["targets"],
    "conflicts": (*COLUMNS["conflicts"], "subject", "indicator"),
    "series": _SERIES,
}
_INDEXES = (
    # with all that is filtered, so that a page is found and counted without reading the rows that it does not show
    "targets (subject, indicator, verdict)",
    "targets (indicator, subject, verdict)",
    "targets (verdict)",
    "conflicts (subject, indicator, relation)",
    "conflicts (indicator, subject, relation)",
    "conflicts (relation)",
    "series (subject, indicator)",
    "series (indicator, subject)",
)
_RANK = {"conflict": 0, "refine": 1, "agree": 2}
_PLACE = tuple(f"place_{n}" for n in range(9))  # of a draft: article, position and id of its facts, and the rank
_NAMELESS = 0  # the facts that can't be matched with any other
_AT_ONCE = 5_000
_CACHE = -65_536  # KB of the new file


def version() -> str:
    """Changes with the layout of the file."""
    return sha256(repr((_TABLES, _INDEXES)).encode()).hexdigest()[:16]


def current(out: Path, path: Path) -> bool | None:
    """Was the file made of the present state of the store? None if there is no file that can be read."""
    try:
        with closing(read_only(path)) as connection:
            made_of, layout = connection.execute("SELECT stamp, version FROM made_of").fetchone()
    except (sqlite3.Error, TypeError, ValueError):
        return None
    return bool(made_of == stamp(out)) if layout == version() else None


def read_only(path: Path) -> sqlite3.Connection:
    """A connection that writes nothing. Raises sqlite3.OperationalError if there is no such file."""
    return sqlite3.connect(path.resolve().as_uri() + "?mode=ro", uri=True, check_same_thread=False)


def build(out: Path, path: Path) -> None:
    """Compute every table anew, unless another process has done so meanwhile."""
    with _alone(path):
        if current(out, path):
            return
        state = stamp(out)
        with replacing(path) as part:
            part.unlink(missing_ok=True)
            with closing(sqlite3.connect(part.resolve().as_uri(), uri=True, isolation_level=None)) as connection:
                _fill(connection, (out / NAME).resolve().as_uri() + "?mode=ro", state)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.with_name(f"{path.name}.lock").open("w") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        yield


def _fill(connection: sqlite3.Connection, store: str, state: str) -> None:
    for setting in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = {_CACHE}"):
        connection.execute(f"PRAGMA {setting}")
    connection.execute("ATTACH ? AS store", (store,))
    connection.execute("BEGIN")  # one state of the store, whatever a run writes meanwhile
    names = Names(row[0] for row in connection.execute("SELECT DISTINCT subject FROM store.facts"))
    _note_members(connection, names)
    _compare(connection, names)
    for number, index in enumerate(_INDEXES):
        connection.execute(f"CREATE INDEX i{number} ON {index}")
    connection.execute("CREATE TABLE made_of (stamp TEXT, version TEXT)")
    connection.execute("INSERT INTO made_of VALUES (?, ?)", (state, version()))
    connection.execute("COMMIT")


def thing(subject: str, indicator: str, aspect: str) -> int:
    """The number of a thing. If two things ever had one number, they would be read together, no more."""
    digest = blake2b("\0".join((subject, indicator, aspect)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def _note_members(connection: sqlite3.Connection, names: Names) -> None:
    """Note every fact by its row number under its thing; of the facts that have none only targets are needed."""
    connection.execute("CREATE TABLE members (thing INTEGER, fact INTEGER, PRIMARY KEY (thing, fact)) WITHOUT ROWID")
    fields = ("doc_id", "subject", "indicator", "aspect", "time", "status")
    rows = connection.execute(f"SELECT rowid, {', '.join(fields)} FROM store.facts")
    facts = ((number, dict(zip(fields, values, strict=True))) for number, *values in rows)
    found = ((names.of(fact), fact, number) for number, fact in facts)
    members = (
        (thing(*name, fact["aspect"]) if name else _NAMELESS, number)
        for name, fact, number in found
        if name or fact["status"] == "target"
    )
    connection.executemany("INSERT INTO members VALUES (?, ?)", members)


def _compare(connection: sqlite3.Connection, names: Names) -> None:
    """Fill the tables. Rows are drafted as the things come and then put into the order of the articles."""
    for table, columns in _TABLES.items():
        connection.execute(f"CREATE TEMP TABLE draft_{table} ({', '.join((*_PLACE, *columns))})")
    for facts in _batches(connection):
        for table, place, row in _results(facts, names):
            values = [*place, *[None] * (len(_PLACE) - len(place)), *(_cell(row[c]) for c in _TABLES[table])]
            connection.execute(f"INSERT INTO draft_{table} VALUES ({', '.join('?' * len(values))})", values)
    for table, columns in _TABLES.items():
        listed = ", ".join(columns)
        connection.execute(f"CREATE TABLE {table} (n INTEGER PRIMARY KEY, {listed})")
        ordered = f"SELECT {listed} FROM draft_{table} ORDER BY {', '.join(_PLACE)}"
        connection.execute(f"INSERT INTO {table} ({listed}) {ordered}")
        connection.execute(f"DROP TABLE draft_{table}")


def _batches(connection: sqlite3.Connection) -> Iterator[list[Row]]:
    """The facts, all those of a thing together, some thousand at a time or as many as one thing has."""
    listed = ", ".join(f"f.{c}" for c in reconcile.READS)
    joined = "FROM members m CROSS JOIN store.facts f ON f.rowid = m.fact"
    rows = connection.execute(f"SELECT {listed}, m.thing {joined} ORDER BY m.thing, m.fact")
    found: list[Row] = []
    for number, group in groupby(rows, key=lambda row: row[-1]):
        for row in group:
            found.append(dict(zip((*reconcile.READS, "group"), row, strict=True)))
            if number == _NAMELESS and len(found) >= _AT_ONCE:  # what can't be matched need not be kept together
                yield found
                found = []
        if len(found) >= _AT_ONCE:
            yield found
            found = []
    yield found


def _results(facts: list[Row], names: Names) -> Iterator[tuple[str, Sequence[Any], Row]]:
    """The rows that come of some things' facts: the table, the place in its order, the row."""
    by_id = {fact["fact_id"]: fact for fact in facts}
    for table, place, row in reconcile.drawn(facts, names):
        if table == "conflicts":  # those that need a reader come first
            about = {key: by_id[row["fact_id"]][key] for key in ("subject", "indicator")}
            yield table, (_RANK[row["relation"]], *place), row | about
        else:
            yield table, place, row
    for row in series.all_series(facts, at_least=2, names=names):
        yield "series", [row[c] for c in _SERIES[:4]], row


def _cell(value: Any) -> str | int | None:
    return value if value is None or isinstance(value, int | str) else format(value, "f")


def _main(out: Path, path: Path) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server stops it
    os.nice(5)  # the pages come first
    indexes.ensure(out)  # before, since it changes the store
    build(out, path)


if __name__ == "__main__":
    _main(*map(Path, sys.argv[1:]))
