"""What the pages ask the store: always with a limit, by key, over an index, and stopped when it takes too long."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pipeline.dataset import COLUMNS, PER_ARTICLE, Row
from pipeline.store import NAME
from pipeline.view import walk
from pipeline.view.highlight import parts
from pipeline.view.indexes import (
    ARTICLE_ORDERS,
    CELLS,
    FACT_ORDERS,
    ONE_OF,
    PUBLISHED,
    SAMPLE,
    SAMPLED,
    missing,
)  # fmt: skip
from pipeline.view.walk import Filters, Key, Order, Steps

PAGE = 50
END = "\U0010ffff"  # behind every text that begins like the one before it
FILTERS = ("subject", "indicator", "period", "company")  # the beginning of the cell
SORTS = {"period" if name == "time" else name: order for name, order in FACT_ORDERS.items()}
SLOTS = ("quantity", "indicator", "subject", "time", "cue")
_JOINED = "replace(replace(replace(a.raw, char(10), ''), char(13), ''), char(12288), '')"  # a column cuts words
_SEARCH_SECONDS = 0.12  # then the page is shown, with a link to go on
_QUERY_SECONDS = 2.0
_STEPS = 10_000  # of SQLite's machine, between two looks at the clock
_ARTICLES, _FACTS = 250, 10_000  # looked through between two looks at the clock; the text of an article is searched
_SMALL = 100_000  # facts that are found by their filter and sorted; of more, some are met soon when walking in order
_READ = 10_000  # the same where the order is in no index of a filter, so that every row must be read


class TooSlow(Exception):
    """A query was stopped."""


@dataclass(frozen=True, slots=True)
class Page:
    """Rows in order, and where to go on: `next` is a key, None at the end; `searched` is False if time ran out."""

    rows: list[Row]
    next: tuple[Any, ...] | None
    searched: bool = True


@dataclass(frozen=True, slots=True)
class FactQuery:
    """A selection of facts: the beginnings of cells, a status, an order, and the key after which to go on."""

    begins: dict[str, str] = field(default_factory=dict)
    status: str = ""
    sort: str = "article"
    descending: bool = False
    after: tuple[Any, ...] | None = None


@contextmanager
def connect(out: Path, *, seconds: float = _QUERY_SECONDS) -> Iterator[sqlite3.Connection]:
    """A read-only connection whose queries are stopped after some seconds. Raises TooSlow then."""
    path = (out / NAME).resolve()
    connection = sqlite3.connect(path.as_uri() + "?mode=ro", uri=True, timeout=5, check_same_thread=False)
    ends = time.monotonic() + seconds
    connection.set_progress_handler(lambda: time.monotonic() > ends, _STEPS)
    try:
        yield connection
    except sqlite3.OperationalError as error:
        if "interrupted" in str(error):
            raise TooSlow from None
        raise
    finally:
        connection.close()


def stamp(out: Path) -> str:
    """Changes whenever the store's files change."""
    paths = (out / NAME, out / f"{NAME}-wal")
    stats = [path.stat() for path in paths if path.exists()]
    return " ".join(f"{s.st_size}.{s.st_mtime_ns}" for s in stats if s.st_size)


def _rows(connection: sqlite3.Connection, query: str, values: Sequence[Any] = ()) -> list[Row]:
    cursor = connection.execute(query, values)
    names = [d[0] for d in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


# Articles


def articles(
    connection: sqlite3.Connection,
    *,
    text: str = "",
    published: str = "",
    has: str = "",
    order: str = "id",
    after: Key | None = None,
) -> Page:
    """Articles whose id, title or text holds `text`, published in a period, with facts or targets (`has`).

    Looks through the articles in order for a short time; `searched` is False if it did not come to the end.
    """
    index, keys = ARTICLE_ORDERS[order]
    chosen = Order("documents", "" if index in missing(connection) else index, keys, descending=order == "date")
    steps = Steps(_ARTICLES, _SEARCH_SECONDS)
    found = walk.walk(connection, chosen, _article_filters(text, published, has), after=after, limit=PAGE, steps=steps)
    rows = numbered(connection, "documents", found.rows)
    return Page(_counted(connection, rows), found.next, found.searched)


def _article_filters(text: str, published: str, has: str) -> Filters:
    found = []
    if published:
        found.append(_begins(PUBLISHED, published))
    if has in ("facts", "targets"):
        target = " AND f.status = 'target'" if has == "targets" else ""
        found.append(Filters((f"EXISTS (SELECT 1 FROM facts f WHERE f.doc_id = documents.doc_id{target})",)))
    if text:
        inside = f"instr(a.raw, ?) OR instr({_JOINED}, ?)"
        holds = f"SELECT 1 FROM articles a WHERE a.doc_id = documents.doc_id AND ({inside})"
        anywhere = f"(instr(doc_id, ?) OR instr(ifnull(title, ''), ?) OR EXISTS ({holds}))"
        found.append(Filters((anywhere,), (text,) * 4))
    return Filters().and_(*found)


def numbered(connection: sqlite3.Connection, table: str, numbers: Sequence[int]) -> list[Row]:
    """The rows of a table with these numbers, in this order, without those that are gone."""
    columns = COLUMNS[table]
    query = f"SELECT rowid, {_listed(columns)} FROM {table} WHERE rowid IN ({_marks(numbers)})"
    rows = {number: dict(zip(columns, row, strict=True)) for number, *row in connection.execute(query, numbers)}
    return [rows[number] for number in numbers if number in rows]


def _listed(columns: Sequence[str]) -> str:
    return ", ".join(f'"{c}"' for c in columns)


def _marks(values: Sequence[Any]) -> str:
    return ", ".join("?" * len(values))


def _counted(connection: sqlite3.Connection, found: list[Row]) -> list[Row]:
    ids = [row["doc_id"] for row in found]
    query = f"SELECT doc_id, count(*), sum(status = 'target') FROM facts WHERE doc_id IN ({_marks(ids)})"
    counts = {d: (n, t) for d, n, t in connection.execute(f"{query} GROUP BY doc_id", ids)}
    return [row | dict(zip(("facts", "targets"), counts.get(row["doc_id"], (0, 0)), strict=True)) for row in found]


def totals(connection: sqlite3.Connection) -> dict[str, int]:
    """How many rows every table has."""
    return {t: int(connection.execute(f"SELECT count(*) FROM {t}").fetchone()[0]) for t in PER_ARTICLE}


def article(connection: sqlite3.Connection, doc_id: str, *, part: int | None = None) -> dict[str, Any] | None:
    """An article: its document row with `raw` and a list of rows for every other table; None if there is none.

    Of the `part` only, counted from 1, where one is named: `range` says which, `parts` how many there are.
    """
    head = _rows(connection, "SELECT * FROM documents WHERE doc_id = ?", [doc_id])
    text = connection.execute("SELECT raw FROM articles WHERE doc_id = ?", (doc_id,)).fetchone()
    if not head or not text:
        return None
    ranges = parts(text[0]) if part else [(0, len(text[0]))]
    number = min(part or 1, len(ranges))
    shown = ranges[number - 1]
    tables = {t: _of_article(connection, t, doc_id, shown) for t in ("quantities", "times", "companies", "facts")}
    return {**head[0], "raw": text[0], "range": shown, "part": number, "parts": len(ranges), **tables}


def _of_article(connection: sqlite3.Connection, table: str, doc_id: str, shown: tuple[int, int]) -> list[Row]:
    """The rows that begin in a range, in text order."""
    start, end = ("quantity_start", "quantity_end") if table == "facts" else ("start", '"end"')
    query = f"SELECT * FROM {table} WHERE doc_id = ? AND {start} >= ? AND {start} < ? ORDER BY {start}, {end}, rowid"
    return _rows(connection, query, [doc_id, *shown])


def place_of(connection: sqlite3.Connection, fact_id: str) -> tuple[str, int] | None:
    """The article of a fact, and the part of it that the fact is in."""
    joined = "facts f JOIN articles a ON a.doc_id = f.doc_id"
    query = f"SELECT f.doc_id, f.quantity_start, a.raw FROM {joined} WHERE f.fact_id = ?"
    found = connection.execute(query, (fact_id,)).fetchone()
    if found is None:
        return None
    doc_id, at, raw = found
    return str(doc_id), next((n for n, (_, end) in enumerate(parts(raw), 1) if at < end), 1)


# Facts


class Selection:
    """The facts that a query chooses, and the index by which they are found: the one of the narrowest filter."""

    def __init__(self, connection: sqlite3.Connection, query: FactQuery) -> None:
        self._connection = connection
        self._query = query
        self._lacking = missing(connection)
        self._filters = Filters().and_(*(filters for _, filters in _single(query)))
        within = dict(_single(query)).get(query.sort, Filters())
        self._sorting = replace(self._order(query.sort), descending=query.descending, within=within)
        self._all, each = self._estimates()
        narrowest = min(each, key=lambda name: each[name], default="")
        self._narrow = self._order(narrowest) if each and each[narrowest] <= _SMALL else None

    def _order(self, sort: str) -> Order:
        index, keys = SORTS[sort]
        return Order("facts", "" if index in self._lacking else index, keys)

    def _estimates(self) -> tuple[int, dict[str, int]]:
        """About how many facts pass all filters, and each of them; 0 where there is no index to tell."""
        single = dict(_single(self._query))
        if not single or SAMPLE in self._lacking:
            return 0, dict.fromkeys(single, 0)
        chosen = Filters().and_(*single.values(), *single.values())
        sums = ", ".join(f"total({filters})" for filters in (self._filters, *single.values()))
        text = f"SELECT {sums} FROM facts INDEXED BY {SAMPLE} WHERE {SAMPLED}"
        every, *found = (int(n) * ONE_OF for n in self._connection.execute(text, chosen.values).fetchone())
        return every, dict(zip(single, found, strict=True))

    def page(self, *, limit: int = PAGE, seconds: float = _SEARCH_SECONDS) -> Page:
        """One page; `searched` is False if the time did not suffice to come to its end."""
        connection, after, order = self._connection, self._query.after, self._sorting
        if self._narrow and (self._query.sort != "article" or self._all <= _READ):
            found = walk.sort(connection, self._narrow, order, self._filters, after=after, limit=limit)
        else:
            steps = Steps(_FACTS, seconds)
            found = walk.walk(connection, order, self._filters, after=after, limit=limit, steps=steps)
        return Page(numbered(connection, "facts", found.rows), found.next, found.searched)

    def count(self) -> tuple[int, bool]:
        """How many facts there are; whether that is exact, or an estimate. Needs a filter."""
        if not self._narrow:
            return self._all, False
        text = f"SELECT count(*) FROM {self._narrow.source} WHERE {self._filters}"
        return int(self._connection.execute(text, self._filters.values).fetchone()[0]), True

    def rows(self, *, limit: int) -> Iterator[Row]:
        """All rows in order, read as they are asked for."""
        columns, source = COLUMNS["facts"], (self._narrow or self._sorting).source
        text = f"SELECT {_listed(columns)} FROM {source} WHERE {self._filters} ORDER BY {self._sorting.by()}"
        for row in self._connection.execute(f"{text} LIMIT {limit}", self._filters.values):
            yield dict(zip(columns, row, strict=True))


def _single(query: FactQuery) -> Iterator[tuple[str, Filters]]:
    """Every filter of a query on its own, by the name of its order."""
    for name in FILTERS:
        if begin := query.begins.get(name):
            yield name, _begins(_cell(name), begin)
    if query.status:
        yield "status", Filters((f"{CELLS['status']} = ?",), (query.status,))


def _cell(name: str) -> str:
    return CELLS["time" if name == "period" else name]


def _begins(cell: str, begin: str) -> Filters:
    return Filters((f"{cell} >= ? AND {cell} < ?",), (begin, begin + END))


def by_id(connection: sqlite3.Connection, ids: Sequence[str]) -> dict[str, Row]:
    """Facts by id, each with its sentence's raw text as `sentence`."""
    found = _rows(connection, f"SELECT * FROM facts WHERE fact_id IN ({_marks(ids)})", ids)
    docs = sorted({row["doc_id"] for row in found})
    texts = dict(connection.execute(f"SELECT doc_id, raw FROM articles WHERE doc_id IN ({_marks(docs)})", docs))
    return {r["fact_id"]: r | {"sentence": texts[r["doc_id"]][r["sentence_start"] : r["sentence_end"]]} for r in found}


def suggestions(connection: sqlite3.Connection, name: str, begin: str, *, limit: int = 12) -> list[str]:
    """The first values of a column that begin so, found by leaps over the index."""
    cell = _cell(name)
    found: list[str] = []
    sign, at = ">=", begin
    while len(found) < limit:
        query = f"SELECT {cell} FROM facts WHERE {cell} {sign} ? AND {cell} < ? ORDER BY {cell} LIMIT 1"
        row = connection.execute(query, (at, begin + END)).fetchone()
        if row is None:
            break
        sign, at = ">", row[0]
        found += [at] if at else []
    return found
