"""The commands `view` and `report` of the command line, to be added to its group. Heavy imports wait until they run."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Any

import click

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_OUTPUTS = Path("outputs")


@click.command("view")
@click.argument("out", type=_FOLDER, default=_OUTPUTS)
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0 takes a free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Another address lets other machines in.")
@click.option("--no-browser", is_flag=True, help="Only show the link.")
def view_command(out: Path, port: int, host: str, no_browser: bool) -> None:
    """Read the articles of OUT with their provenance in the browser, and review the rows."""
    import secrets
    import socket
    import webbrowser

    from pipeline.store import reading

    if host in ("0.0.0.0", "::", ""):
        raise click.UsageError("--host must be the address that the others use, so that other names can be refused")
    with reading(out):  # says what is wrong with the store, if anything is
        pass
    with socket.create_server((host, port), family=_family(host)) as listening:
        port = listening.getsockname()[1]
        secret = secrets.token_urlsafe(24)
        link = f"http://{_named(host)}:{port}/?token={secret}"
        click.echo(f"{link}\nWho opens this link may review. Ctrl-C ends it.")
        if not _loopback(host):
            click.echo("warning: other machines can read the articles; the link travels unencrypted", err=True)
        if not no_browser:
            webbrowser.open(link)
        _serve(out, listening, secret=secret, host=host, port=port)


def _serve(out: Path, listening: Any, *, secret: str, host: str, port: int) -> None:
    import uvicorn

    from pipeline.view.app import create
    from pipeline.view.security import LOOPBACK, Access

    hosts = LOOPBACK | {_named(host)}
    app = create(out, access=Access(secret, hosts, port))
    config = uvicorn.Config(app, log_level="warning", server_header=False, access_log=False)
    uvicorn.Server(config).run(sockets=[listening])


def _family(host: str) -> Any:
    import socket

    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _named(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@click.command("report")
@click.argument("doc_id", metavar="ARTICLE")
@click.option("--html", "path", type=click.Path(dir_okay=False, path_type=Path), required=True, help="File to write.")
@click.option("--out", type=_FOLDER, default=_OUTPUTS, show_default=True, help="The output folder to read.")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
def report_command(doc_id: str, path: Path, out: Path, lang: str) -> None:
    """Write one self-contained page of an article with its highlights and rows, which can be mailed."""
    from pipeline.dataset import replacing
    from pipeline.store import reading
    from pipeline.view.report import article, report

    with reading(out):
        page = report(article(out, doc_id), lang=lang)
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as part:
        part.write_text(page, encoding="utf-8")
    click.echo(str(path))
