"""The pages that are read: each asks the store for what it shows and hands it to a template."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from sqlite3 import Connection
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse

from pipeline import series
from pipeline.view import derived, exports, highlight, queries, rows
from pipeline.view.chart import NARROW, WIDE, chart
from pipeline.view.indexes import ARTICLE_ORDERS
from pipeline.view.queries import FILTERS, SORTS, FactQuery
from pipeline.view.report import report
from pipeline.view.review import CHOICES
from pipeline.view.site import Site, parsed_key

_SERIES_FACTS = 500  # facts that one chart is made of
_EXPORT_SECONDS = 600.0
_CSV_MOST = 10_000_000


class Missing(Exception):
    """There is no such article, fact or page."""


class Pages:
    """The endpoints, over one output folder."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def articles(self, request: Request) -> Response:
        """The list of articles."""
        asked = request.query_params
        order = "date" if asked.get("order") == "date" else "id"
        after = parsed_key(asked.get("after", ""), len(ARTICLE_ORDERS[order][1]) + 1)
        with self._connect() as connection:
            page = queries.articles(
                connection,
                text=asked.get("text", "").strip(),
                published=asked.get("published", "").strip(),
                has=asked.get("has", ""),
                order=order,
                after=after,
            )
        return self._site.page(request, "articles.html", page=page, totals=self._site.totals(), order=order)

    def reader(self, request: Request) -> Response:
        """One article with its marks and rows."""
        asked = request.query_params
        part = int(asked["part"]) if asked.get("part", "").isdecimal() else 1
        article = self.article(request.path_params["doc_id"], part=max(1, part))
        raw = asked.get("view") == "raw"
        laid_out = highlight.wrapped if raw else highlight.paragraphs
        return self._site.page(
            request,
            "reader.html",
            article=article,
            raw=raw,
            paragraphs=laid_out(article["raw"], rows.marks(article), article["range"]),
            facts=list(rows.shown(article)),
            choices=CHOICES,
        )

    def report(self, request: Request) -> Response:
        """One article as a page that can be mailed."""
        article = self.article(request.path_params["doc_id"])
        name = quote(f"{article['doc_id']}.html", safe="")
        headers = {"content-disposition": f"attachment; filename*=UTF-8''{name}"}
        return HTMLResponse(report(article, lang=request.cookies.get("zb_lang", "zh")), headers=headers)

    def fact(self, request: Request) -> Response:
        """A lasting link to a row: goes to its place in the reader."""
        fact_id = request.path_params["fact_id"]
        with self._connect() as connection:
            place = queries.place_of(connection, fact_id)
        if place is None:
            raise Missing
        doc_id, part = place
        return RedirectResponse(f"/article/{quote(doc_id)}{f'?part={part}' if part > 1 else ''}#fact={quote(fact_id)}")

    def facts(self, request: Request) -> Response:
        """The table of facts."""
        query = _fact_query(request)
        with self._connect() as connection:
            chosen = queries.Selection(connection, query)
            page = chosen.page()
            count = chosen.count() if _filtered(query) else (self._site.totals().get("facts"), True)
        return self._site.page(
            request, "facts.html", page=page, query=query, count=count, filters=FILTERS, most=exports.MOST
        )

    def facts_csv(self, request: Request) -> Response:
        """The selection of facts as CSV, written while it is read."""
        query = _fact_query(request, whole=True)

        def lines() -> Iterator[str]:
            with queries.connect(self._site.out, seconds=_EXPORT_SECONDS) as connection:
                yield from exports.csv_lines(queries.Selection(connection, query).rows(limit=_CSV_MOST))

        return StreamingResponse(lines(), media_type="text/csv; charset=utf-8", headers=_download("facts.csv"))

    def facts_xlsx(self, request: Request) -> Response:
        """The selection of facts for Excel, its first rows if it is large."""
        with queries.connect(self._site.out, seconds=_EXPORT_SECONDS) as connection:
            chosen = queries.Selection(connection, _fact_query(request, whole=True))
            content = exports.excel(chosen.rows(limit=exports.MOST))
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        return Response(content, media_type=kind, headers=_download("facts.xlsx"))

    def suggest(self, request: Request) -> Response:
        """Values of a column of facts that begin so."""
        name, begin = request.query_params.get("field", ""), request.query_params.get("begin", "").strip()
        if name not in FILTERS:
            raise Missing
        with self._connect() as connection:
            return JSONResponse(queries.suggestions(connection, name, begin))

    def targets(self, request: Request) -> Response:
        """The board of targets with their outcomes."""
        return self._board(request, "targets", filtered="verdict", columns=("fact_id", "outcome_fact_id"))

    def conflicts(self, request: Request) -> Response:
        """Pairs of facts about one thing, side by side."""
        return self._board(request, "conflicts", filtered="relation", columns=("fact_id", "other_fact_id"))

    def _board(self, request: Request, table: str, *, filtered: str, columns: tuple[str, str]) -> Response:
        asked = request.query_params
        after, begins = parsed_key(asked.get("after", ""), 1) or (0,), _begins(request)
        with self._site.derived.connect() as (known, state):
            if known is None:
                return self._site.page(request, f"{table}.html", page=None, state=state, counts={}, facts={})
            equal = {filtered: asked.get(filtered, "")}
            page = derived.page(known, table, equal=equal, begins=begins, after=int(after[0]))
            counts = derived.counts(known, table, filtered, begins)
        ids = [row[c] for row in page.rows for c in columns if row[c]]
        with self._connect() as connection:
            facts = queries.by_id(connection, ids)
        return self._site.page(request, f"{table}.html", page=page, state=state, counts=counts, facts=facts)

    def series(self, request: Request) -> Response:
        """The indicators that have values for several periods."""
        after = parsed_key(request.query_params.get("after", ""), 1) or (0,)
        with self._site.derived.connect() as (known, state):
            if known is None:
                return self._site.page(request, "series.html", page=None, state=state)
            page = derived.page(known, "series", equal={}, begins=_begins(request), after=int(after[0]))
        return self._site.page(request, "series.html", page=page, state=state)

    def one_series(self, request: Request) -> Response:
        """The chart and the points of one indicator."""
        asked = request.query_params
        subject, indicator = asked.get("subject", ""), asked.get("indicator", "")
        aspect = asked.get("aspect", "level")
        with self._site.derived.connect() as (known, state):
            numbers = derived.members(known, subject, indicator, aspect, limit=_SERIES_FACTS) if known else []
        with self._connect() as connection:
            facts = queries.numbered(connection, "facts", numbers)
        points = series.series(facts, subject, indicator, aspect=aspect)
        at = {(f["doc_id"], f["quantity_start"]): f for f in facts}
        return self._site.page(
            request,
            "one_series.html",
            heading=f"{subject} {indicator}",
            state=state,
            charts=[drawn for width in (WIDE, NARROW) if (drawn := chart(points, width=width))],
            points=[{"point": p, "label": series.label(p), "fact": at[p.doc_id, p.start]} for p in points],
            aspect=aspect,
            units=len({p.unit for p in points}),
            most=_SERIES_FACTS if len(numbers) == _SERIES_FACTS else 0,
        )

    def article(self, doc_id: str, *, part: int | None = None) -> dict[str, Any]:
        """An article with its rows, or with those of a part. Raises Missing."""
        with self._connect() as connection:
            found = queries.article(connection, doc_id, part=part)
        if found is None:
            raise Missing
        return found

    @contextmanager
    def _connect(self) -> Iterator[Connection]:
        with queries.connect(self._site.out) as connection:
            yield connection


def _fact_query(request: Request, *, whole: bool = False) -> FactQuery:
    asked = request.query_params
    sort = asked.get("sort", "article")
    if sort not in SORTS:
        raise Missing
    after = None if whole else parsed_key(asked.get("after", ""), len(SORTS[sort][1]) + 1)
    begins = {name: asked.get(name, "").strip() for name in FILTERS if asked.get(name, "").strip()}
    return FactQuery(begins, asked.get("status", ""), sort, asked.get("down") == "1", after)


def _begins(request: Request) -> dict[str, str]:
    """The filters of a board: how the subject and the indicator begin."""
    return {name: request.query_params.get(name, "").strip() for name in ("subject", "indicator")}


def _filtered(query: FactQuery) -> bool:
    return bool(query.begins or query.status)


def _download(name: str) -> dict[str, str]:
    return {"content-disposition": f'attachment; filename="{name}"'}
