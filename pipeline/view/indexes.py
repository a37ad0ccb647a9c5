"""What the pages filter and sort by, and the indexes for it.

The indexes are in the store itself, where SQLite keeps them up to date while a run is writing; a file beside it would
be wrong after every commit. They are made when the viewer opens a store, so a store that is never looked at does not
pay for them, and a run that changes much drops them: see store.py.
"""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from pipeline.store import NAME

# An empty cell has a place in every order: before all others.
CELLS = {name: f"ifnull({name}, '')" for name in ("subject", "indicator", "time", "company", "status")}
NUMBER = "ifnull(CAST(ifnull(base_value, value) AS REAL), -1e300)"
PUBLISHED = "ifnull(published, '')"
_EVERY = (*CELLS.values(), NUMBER)


def _led_by(first: str) -> tuple[str, ...]:
    """All that is filtered, so that a filter is answered out of the index and no row is read in vain."""
    return (first, *(cell for cell in _EVERY if cell != first))


# Every order of a list: its index and the expressions of its key. SQLite uses an index where they are the same text.
FACT_ORDERS = {
    "article": ("facts_place", ("doc_id", "quantity_start", "quantity_end")),
    **{name: (f"view_facts_{name}", _led_by(cell)) for name, cell in CELLS.items()},
    "value": ("view_facts_value", _led_by(NUMBER)),
}
# Every so manieth fact, to estimate how many pass a filter before choosing the index to read.
ONE_OF = 128
SAMPLE = "view_facts_sample"
SAMPLED = f"rowid % {ONE_OF} = 0"
ARTICLE_ORDERS = {"id": ("documents_place", ("doc_id",)), "date": ("view_documents_date", (PUBLISHED, "doc_id"))}
_WANTED = {
    name: f"CREATE INDEX {name} ON {table} ({', '.join(keys)})"
    for table, orders in (("facts", FACT_ORDERS), ("documents", ARTICLE_ORDERS))
    for name, keys in orders.values()
    if name.startswith("view_")
} | {SAMPLE: f"CREATE INDEX {SAMPLE} ON facts ({', '.join(CELLS.values())}) WHERE {SAMPLED}"}


def missing(connection: sqlite3.Connection) -> list[str]:
    """The names of the indexes that the store lacks."""
    found = _found(connection)
    return [name for name, text in _WANTED.items() if found.get(name) != text]


def _found(connection: sqlite3.Connection) -> dict[str, str]:
    """The viewer's indexes in the store, also those that another version made."""
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND name GLOB 'view_*'"
    return dict(connection.execute(query))


def ensure(out: Path) -> bool:
    """Make the missing indexes of an output folder's store; False where it cannot be written to now."""
    try:
        with _alone(out), closing(sqlite3.connect(out / NAME, timeout=5)) as connection:
            connection.execute("PRAGMA cache_size = -65536")
            wanted = missing(connection)
            for name in {*wanted, *(_found(connection).keys() - _WANTED.keys())}:
                connection.execute(f"DROP INDEX IF EXISTS {name}")
            for name in wanted:
                connection.execute(_WANTED[name])
            connection.commit()
    except (sqlite3.OperationalError, OSError):
        return False
    return True


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """While no run is writing, and so that none begins: it would wait for the indexes longer than it can."""
    with (out / f"{NAME}.lock").open("w") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
