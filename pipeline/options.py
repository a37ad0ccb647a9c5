"""The options that several commands have: which rules, which columns of tables of articles, how long for one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from pipeline.tables import Columns

_Command = TypeVar("_Command", bound=Callable[..., Any])

RULES = click.option(
    "--rules", type=click.Path(path_type=Path, file_okay=False, exists=True), help="Another folder of rule files."
)
_ARTICLES = (
    click.option("--published", metavar="DATE", help="Publication date of articles that nothing else dates."),
    RULES,
    click.option(
        "--companies",
        type=click.Path(path_type=Path, dir_okay=False, exists=True),
        help="Your own companies: a CSV with name,aliases,id.",
    ),
    click.option("--id", "id_column", default="doc_id", help="Tables of articles: the column of ids."),
    click.option("--text", "text_column", default="text", help="Tables: the column of texts."),
    click.option("--published-column", default="published", help="Tables: the column of dates."),
    click.option("--title-column", default="title", help="Tables: the column of titles."),
    click.option(
        "--timeout", type=click.FloatRange(0.1), default=120.0, show_default=True, help="Seconds per article."
    ),
    click.option("--quiet", is_flag=True, help="No progress and no summary."),
)


def article_options(command: _Command) -> _Command:
    """The options of every command that extracts articles."""
    for option in reversed(_ARTICLES):
        command = option(command)
    return command


def columns(options: dict[str, Any]) -> Columns:
    """The columns that the options name."""
    from pipeline.tables import Columns

    names = ("id_column", "text_column", "published_column", "title_column")
    return Columns(*(options[name] for name in names))
