"""What the pages ask the store: always with a limit, by key, over an index, and stopped when it takes too long."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.dataset import COLUMNS, PER_ARTICLE, Row
from pipeline.store import NAME
from pipeline.view.indexes import NUMBER, TEXT, missing

PAGE = 50
_CHUNK = 500  # articles looked through at once
_SEARCH_SECONDS = 0.15  # then the page is shown, with a link to go on
_QUERY_SECONDS = 2.0
_STEPS = 10_000  # of SQLite's machine, between two looks at the clock
_SMALL = 5_000  # facts that are sorted in memory; more are read in the order of the index
_END = "\U0010ffff"
FILTERS = ("subject", "indicator", "period", "company")  # the beginning of the cell
_COLUMN = {"period": "time"}
SORTS: dict[str, tuple[str, ...]] = {
    "article": ("doc_id", "quantity_start", "quantity_end"),
    "subject": (TEXT.format(column="subject"), TEXT.format(column="indicator")),
    "indicator": (TEXT.format(column="indicator"), TEXT.format(column="subject")),
    "period": (TEXT.format(column="time"),),
    "status": (TEXT.format(column="status"),),
    "company": (TEXT.format(column="company"),),
    "value": (NUMBER,),
}
_LISTS = {"id": ("doc_id",), "date": (TEXT.format(column="published"), "doc_id")}
SLOTS = ("quantity", "indicator", "subject", "time", "cue")


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
    after: tuple[Any, ...] | None = None,
) -> Page:
    """Articles whose id, title or text holds `text`, published in a period, with facts or targets (`has`).

    Looks through the articles in order for a short time; `searched` is False if it did not come to the end.
    """
    where, values = _article_filters(text, published, has)
    found: list[Row] = []
    ends = time.monotonic() + _SEARCH_SECONDS
    while True:
        last = _chunk_end(connection, order, after)
        bounds, keys = _between(order, after, last)
        found += _rows(connection, _article_query(order, [*bounds, *where]), [*keys, *values, PAGE + 1 - len(found)])
        if len(found) > PAGE:
            return Page(_counted(connection, found[:PAGE]), _article_key(order, found[PAGE - 1]))
        if last is None or time.monotonic() > ends:
            return Page(_counted(connection, found), last, searched=last is None)
        after = last


def _article_filters(text: str, published: str, has: str) -> tuple[list[str], list[str]]:
    where, values = [], []
    if text:
        holds = "SELECT 1 FROM articles a WHERE a.doc_id = d.doc_id AND instr(a.raw, ?)"
        where.append(f"(instr(d.doc_id, ?) OR instr(ifnull(d.title, ''), ?) OR EXISTS ({holds}))")
        values += [text] * 3
    if published:
        where.append("d.published >= ? AND d.published < ?")
        values += [published, published + _END]
    if has in ("facts", "targets"):
        target = " AND f.status = 'target'" if has == "targets" else ""
        where.append(f"EXISTS (SELECT 1 FROM facts f WHERE f.doc_id = d.doc_id{target})")
    return where, values


def _article_query(order: str, where: list[str]) -> str:
    ordered = ", ".join(f"{e}{_direction(order)}" for e in _LISTS[order])
    return f"SELECT * FROM documents d WHERE {' AND '.join(where) or '1'} ORDER BY {ordered} LIMIT ?"


def _direction(order: str) -> str:
    return " DESC" if order == "date" else ""


def _tuple(expressions: Sequence[str]) -> str:
    return f"({', '.join(expressions)})"


def _between(order: str, after: tuple[Any, ...] | None, last: tuple[Any, ...] | None) -> tuple[list[str], list[Any]]:
    key = _LISTS[order]
    marks = _tuple(["?"] * len(key))
    signs = ("<", ">=") if order == "date" else (">", "<=")
    ends = [(sign, end) for sign, end in zip(signs, (after, last), strict=True) if end is not None]
    return [f"{_tuple(key)} {sign} {marks}" for sign, _ in ends], [v for _, end in ends for v in end]


def _chunk_end(connection: sqlite3.Connection, order: str, after: tuple[Any, ...] | None) -> tuple[Any, ...] | None:
    where, values = _between(order, after, None)
    ordered = ", ".join(f"{e}{_direction(order)}" for e in _LISTS[order])
    query = f"SELECT {', '.join(_LISTS[order])} FROM documents WHERE {' AND '.join(where) or '1'}"
    found = connection.execute(f"{query} ORDER BY {ordered} LIMIT 1 OFFSET {_CHUNK - 1}", values).fetchone()
    return tuple(found) if found else None


def _article_key(order: str, row: Row) -> tuple[Any, ...]:
    return (row["doc_id"],) if order == "id" else (row["published"] or "", row["doc_id"])


def _counted(connection: sqlite3.Connection, found: list[Row]) -> list[Row]:
    ids = [row["doc_id"] for row in found]
    query = f"SELECT doc_id, count(*), sum(status = 'target') FROM facts WHERE doc_id IN {_tuple(['?'] * len(ids))}"
    counts = {d: (n, t) for d, n, t in connection.execute(f"{query} GROUP BY doc_id", ids)}
    return [row | dict(zip(("facts", "targets"), counts.get(row["doc_id"], (0, 0)), strict=True)) for row in found]


def totals(connection: sqlite3.Connection) -> dict[str, int]:
    """How many rows every table has."""
    return {t: int(connection.execute(f"SELECT count(*) FROM {t}").fetchone()[0]) for t in PER_ARTICLE}


def article(connection: sqlite3.Connection, doc_id: str) -> dict[str, Any] | None:
    """An article: its document row with `raw` and a list of rows for every other table; None if there is none."""
    head = _rows(connection, "SELECT * FROM documents WHERE doc_id = ?", [doc_id])
    text = connection.execute("SELECT raw FROM articles WHERE doc_id = ?", (doc_id,)).fetchone()
    if not head or not text:
        return None
    tables = {t: of_article(connection, t, doc_id) for t in ("quantities", "times", "companies", "facts")}
    return {**head[0], "raw": text[0], **tables}


def of_article(connection: sqlite3.Connection, table: str, doc_id: str) -> list[Row]:
    """The rows of an article in text order."""
    place = "quantity_start, quantity_end" if table == "facts" else 'start, "end"'
    return _rows(connection, f"SELECT * FROM {table} WHERE doc_id = ? ORDER BY {place}, rowid", [doc_id])


def article_of(connection: sqlite3.Connection, fact_id: str) -> str | None:
    """The doc_id of a fact."""
    found = connection.execute("SELECT doc_id FROM facts WHERE fact_id = ?", (fact_id,)).fetchone()
    return str(found[0]) if found else None


# Facts


def facts(connection: sqlite3.Connection, query: FactQuery, *, limit: int = PAGE) -> Page:
    """One page of a selection of facts."""
    where, values = _fact_filters(query)
    keys = (*SORTS[query.sort], "rowid")
    if query.after is not None:
        where.append(f"{_tuple(keys)} {'<' if query.descending else '>'} {_tuple(['?'] * len(keys))}")
        values += query.after
    listed = ", ".join(f'"{c}"' for c in COLUMNS["facts"])
    named = ", ".join(f"{k} AS key{i}" for i, k in enumerate(keys))
    text = f"SELECT {listed}, {named} FROM facts {_by(connection, query)}WHERE {' AND '.join(where) or '1'}"
    found = _rows(connection, f"{text} ORDER BY {_ordered(query)} LIMIT {limit + 1}", values)
    ended = len(found) <= limit
    key = None if ended else tuple(found[limit - 1][f"key{i}"] for i in range(len(keys)))
    return Page(found[:limit], key)


def _ordered(query: FactQuery) -> str:
    return ", ".join(f"{k}{' DESC' if query.descending else ''}" for k in (*SORTS[query.sort], "rowid"))


def _by(connection: sqlite3.Connection, query: FactQuery) -> str:
    """A small selection is found by its filter and sorted; a large one is met soon when walking in order."""
    small = next((q for q in _single(query) if count(connection, q, limit=_SMALL + 1) <= _SMALL), None)
    name = next(iter(small.begins), "status") if small else query.sort
    index = "facts_place" if name == "article" else f"view_facts_{_COLUMN.get(name, name)}"
    return "" if index in missing(connection) else f"INDEXED BY {index} "


def _single(query: FactQuery) -> Iterator[FactQuery]:
    """Every filter of a query on its own."""
    for name, begin in query.begins.items():
        if begin:
            yield FactQuery({name: begin})
    if query.status:
        yield FactQuery(status=query.status)


def _fact_filters(query: FactQuery) -> tuple[list[str], list[Any]]:
    where, values = [], []
    for name in FILTERS:
        if begin := query.begins.get(name):
            cell = TEXT.format(column=_COLUMN.get(name, name))
            where.append(f"{cell} >= ? AND {cell} < ?")
            values += [begin, begin + _END]
    if query.status:
        where.append(f"{TEXT.format(column='status')} = ?")
        values.append(query.status)
    return where, values


def count(connection: sqlite3.Connection, query: FactQuery, *, limit: int = 10_001) -> int:
    """How many facts a selection has, `limit` at most."""
    where, values = _fact_filters(query)
    text = f"SELECT count(*) FROM (SELECT 1 FROM facts WHERE {' AND '.join(where) or '1'} LIMIT {limit})"
    return int(connection.execute(text, values).fetchone()[0])


def all_facts(connection: sqlite3.Connection, query: FactQuery, *, limit: int) -> Iterator[Row]:
    """The facts of a selection in order, page by page."""
    while limit > 0:
        page = facts(connection, query, limit=min(1000, limit))
        yield from page.rows
        limit -= len(page.rows)
        if page.next is None:
            return
        query = FactQuery(query.begins, query.status, query.sort, query.descending, page.next)


def by_id(connection: sqlite3.Connection, ids: Sequence[str]) -> dict[str, Row]:
    """Facts by id, each with its sentence's raw text as `sentence`."""
    found = _rows(connection, f"SELECT * FROM facts WHERE fact_id IN {_tuple(['?'] * len(ids))}", ids)
    docs = sorted({row["doc_id"] for row in found})
    texts = dict(
        connection.execute(f"SELECT doc_id, raw FROM articles WHERE doc_id IN {_tuple(['?'] * len(docs))}", docs)
    )
    return {r["fact_id"]: r | {"sentence": texts[r["doc_id"]][r["sentence_start"] : r["sentence_end"]]} for r in found}


def suggestions(connection: sqlite3.Connection, name: str, begin: str, *, limit: int = 12) -> list[str]:
    """The first values of a column that begin so, found by leaps over the index."""
    cell = TEXT.format(column=_COLUMN.get(name, name))
    found: list[str] = []
    sign, at = ">=", begin
    while len(found) < limit:
        query = f"SELECT {cell} FROM facts WHERE {cell} {sign} ? AND {cell} < ? ORDER BY {cell} LIMIT 1"
        row = connection.execute(query, (at, begin + _END)).fetchone()
        if row is None:
            break
        sign, at = ">", row[0]
        found += [at] if at else []
    return found
