"""What the pages filter and sort by. The indexes are made once, in the store, and kept up to date by SQLite."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from pipeline.store import NAME

# The expressions are the ones of queries.py, letter by letter: SQLite uses an index only then.
TEXT = "ifnull({column}, '')"
NUMBER = "CAST(ifnull(base_value, value) AS REAL)"
_INDEXES = {
    "view_documents_date": "documents (ifnull(published, ''), doc_id)",
    "view_facts_subject": "facts (ifnull(subject, ''), ifnull(indicator, ''))",
    "view_facts_indicator": "facts (ifnull(indicator, ''), ifnull(subject, ''))",
    "view_facts_time": "facts (ifnull(time, ''))",
    "view_facts_status": "facts (ifnull(status, ''))",
    "view_facts_company": "facts (ifnull(company, ''))",
    "view_facts_value": f"facts ({NUMBER})",
}


def missing(connection: sqlite3.Connection) -> list[str]:
    """The names of the indexes that the store lacks."""
    found = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'index'")}
    return [name for name in _INDEXES if name not in found]


def create(connection: sqlite3.Connection) -> None:
    """Make the indexes that are missing."""
    for name in missing(connection):
        connection.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {_INDEXES[name]}")
    connection.commit()


def ensure(out: Path) -> bool:
    """Make the missing indexes of an output folder's store; False where it cannot be written to now."""
    try:
        with closing(sqlite3.connect(out / NAME, timeout=5)) as connection:
            create(connection)
    except sqlite3.OperationalError:
        return False
    return True
