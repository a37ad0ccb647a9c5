"""The tables of all articles together: targets and conflicts, from the facts of a store, and the register.

Memory does not grow with the facts: SQLite sorts them by what they are about, and their rows by article, on disk.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager

from pipeline import reconcile, roster, rulebook
from pipeline.dataset import COLUMNS, Row
from pipeline.merge import Names
from pipeline.register import register
from pipeline.roster import NOBODY, Roster
from pipeline.store import Store, cells, named

TABLES = ("targets", "conflicts")  # those of facts
PLACE = tuple(f"place_{n}" for n in range(8))  # of a row: article, position and id of its fact, or of its two


@contextmanager
def drawn(store: Store, *, companies: Roster = NOBODY) -> Iterator[dict[str, Iterable[Row]]]:
    """The rows of `targets`, `conflicts` and `register`, each to be read once within the block.

    `companies` is the user's list, for the register.
    """
    names = Names(store.distinct("facts", "subject"))
    facts = store.grouped("facts", reconcile.READS, lambda fact: reconcile.group(fact, names))
    with closing(sqlite3.connect("")) as sorting:  # a database in a temporary file, gone with the connection
        for table in TABLES:
            sorting.execute(f"CREATE TABLE {table} ({', '.join((*PLACE, *COLUMNS[table]))})")
        for table, place, row in reconcile.drawn(facts, names):
            values = (*place, *(None,) * (len(PLACE) - len(place)), *cells(table, row))
            sorting.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values))})", values)
        known = roster.known(str(rulebook.folder()), companies)
        found: dict[str, Iterable[Row]] = {table: _sorted(sorting, table) for table in TABLES}
        yield found | {"register": register(store.rows("companies"), known)}


def _sorted(sorting: sqlite3.Connection, table: str) -> Iterator[Row]:
    columns = ", ".join(COLUMNS[table])
    # places are alike only where an article says one thing twice; then the rows themselves make the order complete
    for found in sorting.execute(f"SELECT {columns} FROM {table} ORDER BY {', '.join(PLACE)}, {columns}"):
        yield named(COLUMNS[table], found)
