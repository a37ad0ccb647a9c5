"""The command line. Every command imports what it needs itself, so that --help answers at once.

Exit codes: 0 done, 1 done but some articles were rejected (or, for `regenerate`, a table changed, and for
`rules check`, a rule failed), 2 could not run, 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from pipeline.commands import diff_command, labels_group, series_command, spark_command
from pipeline.options import RULES, article_options, columns
from pipeline.view.command import report_command, view_command

if TYPE_CHECKING:
    from pipeline.batch import Event, Summary
    from pipeline.inputs import Inputs

_Command = TypeVar("_Command", bound=Callable[..., Any])
_LISTED = 10  # rejected articles named on the terminal; rejected.csv has them all
_FOLDER = click.Path(path_type=Path, file_okay=False)
_FILE = click.Path(path_type=Path, dir_okay=False)
_OUT = click.option("--out", type=_FOLDER, default="outputs", show_default=True, help="The folder of the dataset.")


def main() -> None:
    """The entry point: runs the command line and exits with its code. No error of the user's shows a traceback."""
    sys.exit(status())


def status(arguments: list[str] | None = None) -> int:
    """Run a command line (that of the process if none is given) and return its exit code."""
    try:
        return int(cli.main(arguments, standalone_mode=False) or 0)
    except click.ClickException as error:
        error.show()
        return 2
    except click.Abort:
        click.echo("zhibiao: stopped; what was finished is kept, and the same command goes on from there", err=True)
        return 130
    except OSError as error:
        what = f"{error.filename}: {error.strerror}; check the path and its rights" if error.filename else str(error)
        click.echo(f"zhibiao: {what}", err=True)
    except ValueError as error:
        click.echo(f"zhibiao: {error}", err=True)
    return 2


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="zhibiao", prog_name="zhibiao")
def cli() -> None:
    """Turn Chinese news into a dataset of quantities, times, companies, indicator facts and policy targets."""


def _reading_options(command: _Command) -> _Command:
    """The options of the commands that read articles here."""
    for option in reversed(
        (
            click.option("--manifest", type=_FILE, help="CSV with doc_id,published,title,source; else manifest.csv."),
            click.option("--jobs", type=click.IntRange(1), help="Number of processes.  [default: all cores]"),
            article_options,
            click.option("--log-json", type=_FILE, help="Write one JSON line for each article and the summary."),
        )
    ):
        command = option(command)
    return command


@cli.command()
@click.argument("inputs", metavar="INPUT...", nargs=-1, required=True)
@_OUT
@click.option("--prune", is_flag=True, help="Remove articles of earlier runs that are not among the inputs.")
@_reading_options
def run(inputs: tuple[str, ...], out: Path, prune: bool, **options: Any) -> int:
    """Bring the dataset up to date with articles: files, folders or globs; .csv, .jsonl and .parquet are tables."""
    summary = _run(_inputs(inputs, options), out, options, prune=prune, anew=False)
    return 1 if summary.rejected else 0


@cli.command()
@click.argument("out", type=_FOLDER)
@click.argument("inputs", metavar="INPUT...", nargs=-1, required=True)
@_reading_options
def regenerate(out: Path, inputs: tuple[str, ...], **options: Any) -> int:
    """Build the dataset in OUT anew from all of its articles, and say whether a byte of its CSV tables changed."""
    from pipeline.batch import digests

    before = digests(out)
    summary = _run(_inputs(inputs, options), out, options, prune=True, anew=True)
    after = digests(out)
    changed = [f"{table}.csv" for table in after if after[table] != before.get(table)]
    if not options["quiet"]:
        click.echo(f"changed: {', '.join(changed)}" if changed else "no byte of the CSV tables changed")
    return 1 if changed or summary.rejected else 0


def _inputs(paths: tuple[str, ...], options: dict[str, Any]) -> Inputs:
    from pipeline.inputs import Inputs

    return Inputs(paths, options["published"], options["manifest"], columns(options))


def _run(inputs: Inputs, out: Path, options: dict[str, Any], *, prune: bool, anew: bool) -> Summary:
    from pipeline import batch

    quiet: bool = options["quiet"]
    with _watched(options["log_json"], quiet=quiet) as watch:
        summary = batch.run(
            inputs,
            out=out,
            rules=options["rules"],
            companies=options["companies"],
            jobs=options["jobs"],
            timeout=options["timeout"],
            prune=prune,
            anew=anew,
            progress=watch.event,
        )
        watch.end(summary)
    if not quiet:
        _report(summary, out)
    return summary


class _Watch:
    """Follows a run: a progress bar for a terminal, JSON lines for a file."""

    def __init__(self, bar: Callable[[int, int], None] | None, log: Any) -> None:
        self._bar = bar
        self._log = log

    def event(self, event: Event) -> None:
        if self._bar:
            self._bar(event.done, event.total)
        self._write(event=event.kind, doc_id=event.doc_id, reason=event.reason)

    def end(self, summary: Summary) -> None:
        self._write(
            event="summary",
            articles=summary.articles,
            extracted=summary.extracted,
            unchanged=summary.unchanged,
            rejected=len(summary.rejected),
            absent=len(summary.absent),
            rows=summary.rows,
            seconds=round(summary.seconds, 3),
        )

    def _write(self, **line: Any) -> None:
        if self._log:
            self._log.write(json.dumps(line, ensure_ascii=False) + "\n")


@contextmanager
def _watched(log_json: Path | None, *, quiet: bool) -> Iterator[_Watch]:
    with ExitStack() as stack:
        log = stack.enter_context(log_json.open("w", encoding="utf-8", buffering=1)) if log_json else None
        shown = sys.stderr.isatty() and not quiet
        yield _Watch(stack.enter_context(_progress()) if shown else None, log)


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """A bar on the terminal, drawn ten times a second at most."""
    import time

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), "articles", TimeRemainingColumn())
    # No refreshing thread: worker processes are forked from this one, and must not inherit its locks.
    with Progress(*columns, console=Console(stderr=True), transient=True, auto_refresh=False) as progress:
        task = progress.add_task("", total=None)
        drawn = 0.0

        def draw(done: int, total: int) -> None:
            nonlocal drawn
            progress.update(task, completed=done, total=total)
            if time.monotonic() - drawn > 0.1 or done == total:
                progress.refresh()
                drawn = time.monotonic()

        yield draw


def _report(summary: Summary, out: Path) -> None:
    counts = ", ".join(f"{count} {table}" for table, count in summary.rows.items() if table != "documents")
    click.echo(
        f"{summary.articles} articles: {summary.extracted} extracted, {summary.unchanged} unchanged, "
        f"{len(summary.rejected)} rejected in {summary.seconds:.1f} s\n{out}: {counts}"
    )
    for rejected in summary.rejected[:_LISTED]:
        click.echo(f"rejected: {rejected.source}: {rejected.reason}", err=True)
    if len(summary.rejected) > _LISTED:
        click.echo(f"rejected: {len(summary.rejected) - _LISTED} more, all in {out}/rejected.csv", err=True)
    if summary.absent:
        done = "were removed" if summary.removed else "were kept; --prune removes them"
        click.echo(f"{len(summary.absent)} articles of earlier runs are not among the inputs and {done}", err=True)


@cli.command()
@click.argument("fact_id")
@_OUT
@RULES
def explain(fact_id: str, out: Path, rules: Path | None) -> None:
    """Show a fact's sentence with its slots, the rule that made it, and where each slot was said."""
    from pipeline.explain import explain as explained

    click.echo(explained(fact_id, out=out, rules=rules))


@cli.command()
@click.argument("dataset", metavar="[OUTPUTS]", type=_FOLDER, default="outputs")
@click.option(
    "--format", "form", type=click.Choice(["xlsx", "csv", "jsonl", "parquet", "sqlite", "jsonld"]), required=True
)
@click.option("--out", "path", type=_FILE, required=True, help="The file to write.")
@click.option("--table", default="facts", show_default=True, help="The table, for csv, jsonl and parquet.")
def export(dataset: Path, form: str, path: Path, table: str) -> None:
    """Write the dataset to one file: xlsx and sqlite hold all tables, jsonld is Web Annotations of the facts."""
    from pipeline.export import export as write

    write(dataset, form=form, path=path, table=table)
    click.echo(str(path))


@cli.command()
@click.argument("gold", metavar="GOLD_DIR", type=click.Path(path_type=Path, file_okay=False, exists=True))
@_OUT
@click.option("--errors", is_flag=True, help="List every miss.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def evaluate(gold: Path, out: Path, errors: bool, as_json: bool) -> None:
    """Measure the dataset against gold labels."""
    from pipeline.evaluate import command

    click.echo(command(gold, out, errors=errors, as_json=as_json))


@cli.group()
def rules() -> None:
    """Check the rules, and see how often each fires."""


@rules.command()
@RULES
def check(rules: Path | None) -> int:
    """Hold every rule against its own examples."""
    from pipeline import rulebook
    from pipeline.check import check as problems

    with rulebook.use_folder(rules):
        found = problems()
    for problem in found:
        click.echo(problem, err=True)
    click.echo(f"{len(found)} problems" if found else "every rule holds for its examples")
    return 1 if found else 0


@rules.command()
@click.argument("inputs", metavar="INPUT...", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--gold", type=click.Path(path_type=Path, file_okay=False, exists=True), help="Gold labels.")
def coverage(inputs: tuple[Path, ...], gold: Path | None) -> None:
    """Count how often each rule fires in articles and, where there is gold, how often it is right."""
    from pipeline.check import coverage as counted

    click.echo(counted(list(inputs), gold))


cli.add_command(series_command)
cli.add_command(view_command)
cli.add_command(report_command)
cli.add_command(diff_command)
cli.add_command(labels_group)
cli.add_command(spark_command)
