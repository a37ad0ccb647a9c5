"""What all pages share: the output folder, the templates, and the answer to a request in its language."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from pipeline.dataset import Row
from pipeline.view import queries, rows
from pipeline.view.derived import Derived
from pipeline.view.security import Access
from pipeline.view.text import language, words

FOLDER = Path(__file__).parent
_THEMES = ("light", "dark")
_YEAR = 365 * 24 * 3600
_WAIT = 0.1  # seconds that a page waits for the rows to be counted


class Site:
    """An output folder as it is shown."""

    def __init__(self, out: Path, access: Access) -> None:
        self.out = out
        self.access = access
        self.derived = Derived(out)
        self._totals: tuple[str, dict[str, int]] = ("", {})
        self._counting = threading.Lock()
        self._counter: threading.Thread | None = None

    def totals(self) -> dict[str, int]:
        """The number of rows of each table; where counting takes long those of an earlier state, {} at first."""
        state = queries.stamp(self.out)
        with self._counting:
            if self._totals[0] != state and not (self._counter and self._counter.is_alive()):
                self._counter = threading.Thread(target=self._count, args=(state,), daemon=True)
                self._counter.start()
        if self._counter and self._totals[0] != state:
            self._counter.join(_WAIT)
        return self._totals[1]

    def _count(self, state: str) -> None:
        with queries.connect(self.out, seconds=600) as connection:
            self._totals = (state, queries.totals(connection))

    def page(self, request: Request, template: str, *, status: int = 200, **values: Any) -> Response:
        """A page in the language and theme of the request."""
        asked = request.query_params.get("lang")
        shown = language(asked or request.cookies.get("zb_lang"), request.headers.get("accept-language", ""))
        theme = request.cookies.get("zb_theme", "")
        context: dict[str, Any] = {
            "lang": shown,
            "other_lang": "en" if shown == "zh" else "zh",
            "t": words(shown),
            "theme": theme if theme in _THEMES else "",
            "token": self.access.secret if self.access.known(request) else "",
            "with_query": lambda **changes: with_query(request.query_params, changes),
            "path": request.url.path,
            "q": dict(request.query_params),
        }
        response = HTMLResponse(render(template, {**context, **values}), status_code=status)
        if asked == shown:
            response.set_cookie("zb_lang", shown, max_age=_YEAR, samesite="strict")
        return response


def with_query(params: Mapping[str, str], changes: Mapping[str, Any]) -> str:
    """The query string of a page with some of it changed; None and "" take a parameter away. `lang` stays behind."""
    merged = {**{k: v for k, v in params.items() if k != "lang"}, **changes}
    return "?" + urlencode({k: v for k, v in merged.items() if v not in (None, "")})


def render(template: str, context: dict[str, Any]) -> str:
    """A template with everything in it escaped."""
    return _templates().get_template(template).render(context)


@lru_cache(maxsize=1)
def _templates() -> Environment:
    loader = FileSystemLoader(FOLDER / "templates")
    found = Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    found.filters["exact"] = _exact
    found.filters["key"] = key
    found.filters["as_json"] = lambda value: json.dumps(value, ensure_ascii=False)
    found.filters["flat"] = lambda text: "".join(text.split())
    found.globals["amount"] = rows.amount
    found.globals["difference"] = rows.difference
    found.globals["sentence"] = sentence
    return found


def _exact(text: str) -> Markup:
    """Escaped so that a browser keeps every character: it would read a carriage return as a line break."""
    return Markup(escape(text).replace("\r", Markup("&#13;")))


def sentence(fact: Row) -> list[tuple[str, bool]]:
    """The sentence of a fact in three pieces; the one that is True is its quantity."""
    text, begin = fact["sentence"], fact["sentence_start"]
    left, right = fact["quantity_start"] - begin, fact["quantity_end"] - begin
    return [("".join(text[a:b].split()), a == left) for a, b in ((0, left), (left, right), (right, len(text))) if a < b]


def key(value: tuple[Any, ...] | None) -> str:
    """The key of a page as a parameter."""
    return json.dumps(value, ensure_ascii=False) if value else ""


def parsed_key(text: str, length: int) -> tuple[Any, ...] | None:
    """A key out of a parameter; None where there is none. Raises ValueError for anything else."""
    if not text:
        return None
    found = json.loads(text)
    if not isinstance(found, list) or len(found) != length or not all(isinstance(v, str | int | float) for v in found):
        raise ValueError("this is no key of a page")
    return tuple(found)
