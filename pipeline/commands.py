"""The commands `series` and `diff` of the command line, to be added to its group. Heavy imports wait until they run."""

from __future__ import annotations

from pathlib import Path

import click

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
