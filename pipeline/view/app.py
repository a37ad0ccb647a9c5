"""The application: its pages, its one way to write, and its guard. Read `create` first."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from pipeline.view import review
from pipeline.view.pages import Missing, Pages
from pipeline.view.queries import TooSlow
from pipeline.view.security import Access, Guard
from pipeline.view.site import FOLDER, Site

_BODY = 64 * 1024  # bytes of a decision, at most
_SESSION = 7 * 24 * 3600


def create(out: Path, *, access: Access) -> Guard:
    """The application over an output folder. Whoever holds the secret of `access` may write reviews."""
    site = Site(out, access)
    pages = Pages(site)
    writer = _Writer(site, pages)
    routes = [
        Route("/", _entry(site, pages)),
        Route("/article/{doc_id:path}", pages.reader),
        Route("/fact/{fact_id}", pages.fact),
        Route("/facts", pages.facts),
        Route("/facts.csv", pages.facts_csv),
        Route("/facts.xlsx", pages.facts_xlsx),
        Route("/suggest", pages.suggest),
        Route("/targets", pages.targets),
        Route("/conflicts", pages.conflicts),
        Route("/series", pages.series),
        Route("/series/one", pages.one_series),
        Route("/report/{doc_id:path}", pages.report),
        Route("/review/{doc_id:path}", writer.show, methods=["GET"]),
        Route("/review/{doc_id:path}", writer.write, methods=["POST"]),
        Mount("/static", StaticFiles(directory=FOLDER / "static")),
    ]
    answers: dict[Any, Any] = {
        Missing: _answer(site, "not_found", 404),
        404: _answer(site, "not_found", 404),
        TooSlow: _answer(site, "too_slow", 503),
        ValueError: _answer(site, "not_found", 400),
    }
    return Guard(Starlette(routes=routes, exception_handlers=answers, lifespan=_computing(site)), access)


def _computing(site: Site) -> Any:
    """Targets, conflicts and series are begun with the server, and given up with it."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        site.derived.start()
        yield
        site.derived.stop()

    return lifespan


def _entry(site: Site, pages: Pages) -> Any:
    def enter(request: Request) -> Response:
        token = request.query_params.get("token")
        if token is None:
            return pages.articles(request)
        response = RedirectResponse("/", status_code=303)
        if site.access.matches(token):
            name = site.access.cookie
            response.set_cookie(name, token, max_age=_SESSION, httponly=True, samesite="strict")
        return response

    return enter


def _answer(site: Site, message: str, status: int) -> Any:
    def respond(request: Request, _: Exception) -> Response:
        return site.page(request, "message.html", status=status, message=message)

    return respond


class _Writer:
    """Reads and writes the decisions of reviewers."""

    def __init__(self, site: Site, pages: Pages) -> None:
        self._out = site.out
        self._pages = pages

    def show(self, request: Request) -> Response:
        """What every reviewer has decided about an article."""
        return JSONResponse(review.reviewers(self._out, request.path_params["doc_id"]))

    async def write(self, request: Request) -> Response:
        """Take a decision. If-Match names the version that it was made on; 412 if there is another by now."""
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > _BODY:
                return JSONResponse({"error": "the request is too long"}, status_code=413)
        return await run_in_threadpool(self._write, request, body)

    def _write(self, request: Request, body: bytes) -> Response:
        try:
            order = json.loads(body)
            if not isinstance(order, dict) or not isinstance(order.get("reviewer"), str):
                raise ValueError("the request is no decision")
            article = self._pages.article(request.path_params["doc_id"])
            if order.get("sha256") != article["sha256"]:
                raise review.Outdated
            seen = request.headers.get("if-match", "").strip('"')
            made = review.decide(self._out, article, reviewer=order["reviewer"], seen=seen, order=order)
        except review.Outdated:
            return JSONResponse({"error": "outdated"}, status_code=412)
        except ValueError as error:
            return JSONResponse({"error": str(error)}, status_code=422)
        return JSONResponse({"version": made}, headers={"etag": f'"{made}"'})
