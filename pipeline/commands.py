"""`series`, `diff`, `labels` and `spark`, to be added to the command line. Heavy imports wait until they run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pipeline.options import article_options, columns

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command("series")
@click.argument("subject")
@click.argument("indicator")
@click.option("--out", type=_FOLDER, default=Path("outputs"), show_default=True, help="The output folder to read.")
@click.option("--aspect", default="level", show_default=True, help="level, growth, change, share, gap, rank, duration")
@click.option("--image", type=click.Path(dir_okay=False, path_type=Path), help="Draw to a .png, .svg or .html file.")
def series_command(subject: str, indicator: str, out: Path, aspect: str, image: Path | None) -> None:
    """The values of INDICATOR of SUBJECT over time, actual and target, with article and offsets."""
    from pipeline import dataset, series

    try:
        points = series.series(dataset.read(out, "facts"), subject, indicator, aspect=aspect)
        if not points:
            raise click.ClickException(f"{out} holds no {aspect} of {subject} {indicator} with a value and a time")
        click.echo(f"{series.table(points)}\n\n{series.chart(points)}")
        if image:
            series.image(points, image, title=f"{subject} {indicator}")
            click.echo(f"\nwritten: {image}")
    except (FileNotFoundError, ValueError) as error:
        raise click.ClickException(str(error)) from None
    except ModuleNotFoundError as error:
        raise click.ClickException(f"{error}; drawing needs altair and vl-convert-python") from None


@click.command("diff")
@click.argument("old", type=_FOLDER)
@click.argument("new", type=_FOLDER)
@click.option("--limit", default=20, show_default=True, help="Rows to list of each kind.")
def diff_command(old: Path, new: Path, limit: int) -> None:
    """Rows gained, lost and changed between two output folders."""
    from pipeline.diff import diff, render

    try:
        click.echo(render(diff(old, new), limit=limit))
    except FileNotFoundError as error:
        raise click.ClickException(str(error)) from None


_FORMAT = click.option(
    "--format", "form", type=click.Choice(["label-studio", "doccano", "brat", "docbin"]), required=True
)
_ARTICLES = click.option("--articles", type=_FOLDER, required=True, help="The folder of the articles.")


@click.group("labels")
def labels_group() -> None:
    """Take gold labels to annotation tools, and what was made of them there back."""


@labels_group.command("export")
@click.argument("gold", metavar="GOLD_DIR", type=_FOLDER)
@_ARTICLES
@_FORMAT
@click.option("--out", type=click.Path(path_type=Path), required=True, help="File to write; for brat a folder.")
def labels_export(gold: Path, articles: Path, form: str, out: Path) -> None:
    """Write gold labels with the texts of their articles in the format of a tool."""
    from pipeline.labels import export_labels

    export_labels(gold, articles=articles, form=form, out=out)
    click.echo(str(out))


@labels_group.command("import")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@_ARTICLES
@_FORMAT
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder of gold labels.")
def labels_import(path: Path, articles: Path, form: str, out: Path) -> None:
    """Write a tool's labels to STEM.jsonl files; what an added span does not say is null there."""
    from pipeline.labels import import_labels

    counts = import_labels(path, form=form, articles=articles, out=out)
    click.echo(f"{out}: {sum(counts.values())} labels of {len(counts)} articles")


@click.command("spark")
@click.argument("inputs", metavar="INPUT...", nargs=-1, required=True)
@click.option("--out", required=True, help="The folder of the dataset; hdfs:// and the like are as good.")
@click.option("--master", help="Where Spark runs.  [default: what spark-submit says, else local[*]]")
@click.option("--conf", "settings", metavar="KEY=VALUE", multiple=True, help="A setting of Spark; may be given again.")
@click.option("--stream", is_flag=True, help="INPUT is a folder that fills up: take in the files that are new in it.")
@click.option("--every", type=click.FloatRange(1), metavar="SECONDS", help="With --stream: go on, looking this often.")
@article_options
def spark_command(
    inputs: tuple[str, ...], out: str, master: str | None, settings: tuple[str, ...], stream: bool, every: float | None,
    **options: Any,
) -> int:  # fmt: skip
    """Extract tables of articles in Parquet (files, folders or globs) on a Spark cluster, or on this machine."""
    from pipeline import spark
    from pipeline.remote import Options
    from pipeline.roster import NOBODY
    from pipeline.roster import read as listed

    if every and not stream:
        raise click.UsageError("--every goes with --stream")
    if wrong := [setting for setting in settings if "=" not in setting]:
        raise click.UsageError(f"--conf {wrong[0]}: write KEY=VALUE")
    companies = listed(options["companies"]) if options["companies"] else NOBODY
    read = Options(columns(options), options["published"], options["rules"], options["timeout"], companies)
    conf = [(key, value) for key, _, value in (setting.partition("=") for setting in settings)]
    if options["quiet"]:
        conf.append(("spark.ui.showConsoleProgress", "false"))
    summary = spark.run(
        inputs, out=out, options=read, cluster=spark.Cluster(master, tuple(conf)), stream=stream, every=every
    )
    if not options["quiet"]:
        counts = ", ".join(f"{count} {table}" for table, count in summary.rows.items())
        click.echo(f"done in {summary.seconds:.1f} s\n{out}: {counts}")
    return 1 if summary.rows["rejected"] else 0
