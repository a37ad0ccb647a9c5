"""The committed dataset of the five Yubei articles, which lie outside the repository, is what the rules give."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner
from conftest import ROOT

from pipeline.cli import cli

TABLES = ("companies", "conflicts", "documents", "facts", "quantities", "register", "rejected", "targets", "times")


def articles(shared: Path) -> list[Path]:
    return sorted((shared / "articles").glob("00[0-4]_*.txt"))


def test_five_articles_give_the_committed_dataset(shared: Path, tmp_path: Path) -> None:
    command = ["run", *map(str, articles(shared)), "--out", str(tmp_path), "--quiet", "--jobs", "1"]
    assert CliRunner().invoke(cli, command).exit_code == 0
    changed = [
        name
        for name in TABLES
        if (tmp_path / f"{name}.csv").read_bytes() != (ROOT / "outputs" / "yubei" / f"{name}.csv").read_bytes()
    ]
    assert changed == []


def test_no_sentence_of_the_articles_is_committed(shared: Path) -> None:
    """Slots are short; nothing in the committed tables is as long as a sentence."""
    texts = "".join(path.read_text(encoding="utf-8").replace("\n", "") for path in articles(shared))
    committed = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "outputs" / "yubei").glob("*.csv"))
    sentences = [s for s in texts.split("。") if len(s) > 30]
    assert [s for s in sentences if s in committed] == []
