"""One article as one page that holds all it needs: no network, no script, readable in any browser and on paper."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup

from pipeline.view import highlight, queries, rows
from pipeline.view.site import FOLDER, render
from pipeline.view.text import language, words


def report(article: Mapping[str, Any], *, lang: str = "zh", rules: Path | None = None) -> str:
    """The page of an article as queries.article returns it."""
    shown = language(lang, "")
    style = (FOLDER / "static" / "style.css").read_text(encoding="utf-8")
    context = {
        "lang": shown,
        "t": words(shown),
        "article": article,
        "paragraphs": highlight.paragraphs(article["raw"], rows.marks(article)),
        "facts": list(rows.shown(article, rules)),
        "style": Markup(style),  # our own file, not the article's text
    }
    return render("report.html", context)


def article(out: Path, doc_id: str) -> dict[str, Any]:
    """An article of an output folder. Raises ValueError if there is none."""
    with queries.connect(out) as connection:
        found = queries.article(connection, doc_id)
    if found is None:
        raise ValueError(f"{out} holds no article {doc_id!r}; the ids are in {out}/documents.csv")
    return found
