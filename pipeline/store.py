"""The store: OUT/store.sqlite, which holds every row, every raw text and what made them. One writer, many readers.

An article's rows are written or replaced together in one transaction, so that a killed run leaves whole articles.
"""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from itertools import chain
from pathlib import Path

from pipeline.dataset import COLUMNS, NUMBERS, PER_ARTICLE, Row
from pipeline.read import Rejected

NAME = "store.sqlite"
_INTEGERS = ("n_chars", "n_sentences")
# The tables of one article; those without a doc_id are made of several articles and do not live here.
TABLES = PER_ARTICLE
_INDEXED = ("subject", "indicator", "fact_id")
# A run that writes more articles than this, and than one in fifty, drops the indexes that the viewer has made: they
# would triple the time of writing, and the viewer makes them anew in the time that they cost for a fiftieth.
_MANY, _FIFTIETH = 500, 50

Cell = str | int | None


@dataclass(frozen=True, slots=True)
class Stored:
    """An extracted article: its raw text, what it was made from, and its rows as the store holds them."""

    doc_id: str
    source_key: str
    raw: str
    tables: dict[str, list[tuple[Cell, ...]]]


def cells(table: str, row: Row) -> tuple[Cell, ...]:
    """A row of the dataset as the store holds it: decimal numbers as text with every digit."""
    return tuple(format(v, "f") if isinstance(v, Decimal) else v for v in (row[c] for c in COLUMNS[table]))


def named(columns: Iterable[str], found: Iterable[Cell]) -> Row:
    """The reverse of `cells`: values by column, with numbers as Decimal."""
    pairs = zip(columns, found, strict=True)
    return {c: Decimal(v) if v is not None and c in NUMBERS else v for c, v in pairs}


class Store:
    """An open store. `sqlite3.DatabaseError` comes from any method if the file is damaged."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._written = 0

    def source_key(self, doc_id: str) -> str | None:
        """What the stored article was made from, None if it is not there."""
        found = self._connection.execute("SELECT source_key FROM articles WHERE doc_id = ?", (doc_id,)).fetchone()
        return found[0] if found else None

    def ids(self) -> Iterator[str]:
        """The doc_ids of all articles, sorted."""
        for (doc_id,) in self._connection.execute("SELECT doc_id FROM articles ORDER BY doc_id"):
            yield doc_id

    def article(self, doc_id: str) -> str:
        """The raw text of an article. Raises KeyError if there is none."""
        found = self._connection.execute("SELECT raw FROM articles WHERE doc_id = ?", (doc_id,)).fetchone()
        if not found:
            raise KeyError(doc_id)
        return str(found[0])

    def rows(self, table: str, **where: str | int) -> Iterator[Row]:
        """The rows of a table by doc_id, then position; `where` gives columns and the values that they must have.

        Numbers come as Decimal. Rows are read as they are asked for.
        """
        columns = COLUMNS[table]
        unknown = set(where) - set(columns)
        if unknown:
            raise ValueError(f"{table} has no column {', '.join(sorted(unknown))}")
        chosen = " AND ".join(f'"{column}" = ?' for column in where) or "1"
        query = f"SELECT {_listed(columns)} FROM {table} WHERE {chosen} ORDER BY {_listed(order(table))}, rowid"
        for found in self._connection.execute(query, tuple(where.values())):
            yield named(columns, found)

    def distinct(self, table: str, column: str) -> Iterator[str]:
        """The values that a text column has, empty cells left out."""
        query = f'SELECT DISTINCT "{column}" FROM {table} WHERE "{column}" IS NOT NULL'
        return (value for (value,) in self._connection.execute(query))

    def grouped(self, table: str, columns: tuple[str, ...], group: Callable[[Row], str | None]) -> Iterator[Row]:
        """Those columns of the rows that have a group, with it in the cell "group", group by group.

        SQLite sorts them, on disk where they are many.
        """
        self._connection.create_function("grouped", len(columns), lambda *cells: group(named(columns, cells)))
        listed = _listed(columns)
        place = f'"group", {_listed(order(table))}, rowid'
        query = f'SELECT grouped({listed}) AS "group", {listed} FROM {table} ORDER BY {place}'
        for key, *cells in self._connection.execute(query):
            if key is not None:
                yield named(columns, cells) | {"group": key}

    def count(self, table: str) -> int:
        """How many rows a table has."""
        return int(self._connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])

    def rejected(self) -> Iterator[Rejected]:
        """What the last run could not take in, sorted."""
        for row in self._connection.execute("SELECT * FROM rejected ORDER BY source, position, reason"):
            yield Rejected(*row)

    def meta(self) -> dict[str, str]:
        """What the store as a whole was made with."""
        return dict(self._connection.execute("SELECT key, value FROM meta"))

    def write(
        self,
        *,
        articles: Iterable[Stored] = (),
        gone: Iterable[str] = (),
        rejected: Iterable[Rejected] = (),
        meta: dict[str, str] | None = None,
    ) -> None:
        """All of it or nothing, in one transaction: replace articles, remove those `gone`, add the other rows."""
        with self._connection as transaction:
            for doc_id in gone:
                self._remove(doc_id)
            for article in articles:
                self._remove(article.doc_id)
                self._insert(article)
                self._count_written()
            lines = ((r.source, r.reason, r.position) for r in rejected)
            transaction.executemany("INSERT INTO rejected VALUES (?, ?, ?)", lines)
            transaction.executemany("REPLACE INTO meta VALUES (?, ?)", (meta or {}).items())

    def forget_rejected(self) -> None:
        """Empty the list of what was rejected: a new run tries everything again."""
        with self._connection as transaction:
            transaction.execute("DELETE FROM rejected")

    def copy(self, path: Path) -> None:
        """Write the store as one compact database file."""
        self._connection.execute("VACUUM INTO ?", (str(path),))

    def _remove(self, doc_id: str) -> None:
        for table in (*TABLES, "articles"):
            self._connection.execute(f"DELETE FROM {table} WHERE doc_id = ?", (doc_id,))

    def _count_written(self) -> None:
        self._written += 1
        if self._written % _MANY == 0 and self._written * _FIFTIETH > self.count("articles"):
            query = "SELECT name FROM sqlite_master WHERE type = 'index' AND name GLOB 'view_*'"
            for (name,) in self._connection.execute(query).fetchall():
                self._connection.execute(f"DROP INDEX {name}")

    def _insert(self, article: Stored) -> None:
        values = (article.doc_id, article.source_key, article.raw)
        self._connection.execute("INSERT INTO articles VALUES (?, ?, ?)", values)
        for table, found in article.tables.items():
            marks = ", ".join("?" * len(COLUMNS[table]))
            self._connection.executemany(f"INSERT INTO {table} VALUES ({marks})", found)


@contextmanager
def writing(out: Path) -> Iterator[Store]:
    """The store of an output folder, which is made if need be, for one run at a time.

    Raises ValueError if another run is writing there or the file is no store.
    """
    out.mkdir(parents=True, exist_ok=True)
    with (out / f"{NAME}.lock").open("w") as lock:
        try:
            # Unlike flock, such a lock is not handed on to worker processes, which may outlive a killed run.
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ValueError(f"{out}: another run is writing there; wait for it or choose another --out") from None
        with _open(out / NAME, str(out / NAME)) as connection:
            _prepare(connection)
            yield Store(connection)


@contextmanager
def reading(out: Path) -> Iterator[Store]:
    """The store of an output folder, read-only, also while a run is writing. Raises ValueError if there is none."""
    path = out / NAME
    if not path.is_file():
        raise ValueError(f"{out} holds no {NAME}; make it with `zhibiao run INPUT --out {out}`")
    with _open(path, path.resolve().as_uri() + "?mode=ro") as connection:
        if not _current(connection):
            raise ValueError(f"{path} was made by another version; run `zhibiao run INPUT --out {out}` again")
        yield Store(connection)


@contextmanager
def _open(path: Path, name: str) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(name, uri=name.startswith("file:"), timeout=30)
    try:
        yield connection
    except sqlite3.DatabaseError as error:
        raise ValueError(f"{path}: {error}; if it is damaged, delete it and run again") from None
    finally:
        connection.close()


def _prepare(connection: sqlite3.Connection) -> None:
    """Make the tables; those of a version with other columns are thrown away, since every article is made anew."""
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    if _current(connection):
        return
    with connection:
        connection.execute("BEGIN")
        for table in (*TABLES, "articles", "rejected", "meta"):
            connection.execute(f"DROP TABLE IF EXISTS {table}")
        for statement in _schema():
            connection.execute(statement)
        connection.execute("INSERT INTO meta VALUES ('schema', ?)", (_version(),))


def _current(connection: sqlite3.Connection) -> bool:
    names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "meta" not in names:
        return False
    found = connection.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()
    return bool(found and found[0] == _version())


def _version() -> str:
    return sha256("\n".join(_schema()).encode()).hexdigest()[:16]


def _schema() -> Iterator[str]:
    # source_key before raw: it is asked for every article, and SQLite reads a row from its beginning
    yield "CREATE TABLE articles (doc_id TEXT PRIMARY KEY, source_key TEXT NOT NULL, raw TEXT NOT NULL)"
    yield "CREATE TABLE rejected (source TEXT NOT NULL, reason TEXT NOT NULL, position INTEGER)"
    yield "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)"
    for table in TABLES:
        typed = (f'"{c}" {"INTEGER" if _whole(c) else "TEXT"}' for c in COLUMNS[table])
        yield f"CREATE TABLE {table} ({', '.join(typed)})"
        yield f"CREATE INDEX {table}_place ON {table} ({_listed(order(table))})"
        for column in _INDEXED if table == "facts" else ():
            yield f'CREATE INDEX {table}_{column} ON {table} ("{column}")'


def _whole(column: str) -> bool:
    return column.endswith(("start", "end")) or column in _INTEGERS


def order(table: str) -> tuple[str, ...]:
    """doc_id, then where the row stands. With the row's number, which follows the text, the order is complete."""
    places = [("start", "end"), ("quantity_start", "quantity_end")]
    return ("doc_id", *chain.from_iterable(p for p in places if set(p) <= set(COLUMNS[table])))


def _listed(columns: Iterable[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)
