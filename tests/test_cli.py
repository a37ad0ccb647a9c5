"""The command line: what it prints, its exit codes, and that no error of the user's shows a traceback."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.cli import cli, status
from pipeline.store import reading, writing

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT / "corpus" / "articles"
MAIN = [sys.executable, "-c", "from pipeline.cli import main; main()"]


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The dataset of one article."""
    folder = tmp_path_factory.mktemp("cli") / "out"
    assert status(["run", str(CORPUS / "trade_statistics.txt"), "--out", str(folder), "--quiet"]) == 0
    return folder


def test_help_names_the_commands_and_imports_nothing_heavy() -> None:
    code = (
        "import sys; from pipeline.cli import status; status(['--help'])\n"
        "print(sorted({'pandas', 'spacy', 'pyarrow', 'rich'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.endswith("[]\n")
    assert [
        name for name in ("run", "regenerate", "explain", "export", "rules", "evaluate") if name not in done.stdout
    ] == []


def test_run_prints_a_summary_and_writes_a_log(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    shutil.copy(CORPUS / "broadcast_brief.txt", tmp_path)
    (tmp_path / "empty.txt").touch()
    log = tmp_path / "log.jsonl"
    assert status(["run", str(tmp_path), "--out", str(tmp_path / "out"), "--log-json", str(log)]) == 1
    printed = capfd.readouterr()
    assert printed.out.startswith("2 articles: 1 extracted, 0 unchanged, 1 rejected in ")
    assert printed.err == f"rejected: {tmp_path}/empty.txt: the file is empty\n"
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert sorted((line["event"], line.get("doc_id"), line.get("reason")) for line in lines[:2]) == [
        ("extracted", "broadcast_brief", None),
        ("rejected", "empty", "the file is empty"),
    ]
    assert (lines[2]["event"], lines[2]["articles"], lines[2]["rejected"]) == ("summary", 2, 1)


def test_quiet_prints_nothing(out: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert status(["run", str(CORPUS / "trade_statistics.txt"), "--out", str(out), "--quiet"]) == 0
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "/nowhere"], "/nowhere: there is no such file or folder; name files, folders or a quoted glob"),
        (
            ["run", "{corpus}", "--published", "2023-02-30"],
            "'2023-02-30' is no date; write 2023, 2023-12 or 2023-12-18",
        ),
        (["run", "{corpus}", "--out", "/proc/x"], "/proc/x: No such file or directory; check the path and its rights"),
        (["explain", "0", "--out", "/x"], "/x holds no store.sqlite; make it with `zhibiao run INPUT --out /x`"),
        (
            ["explain", "0", "--out", "{out}"],
            "{out} holds no fact '0'; the ids are in the first column of {out}/facts.csv",
        ),
    ],
)
def test_what_cannot_run_is_told_with_a_remedy(
    arguments: list[str], message: str, out: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert status([a.format(corpus=CORPUS, out=out) for a in arguments]) == 2
    assert capfd.readouterr().err == f"zhibiao: {message.format(out=out)}\n"


def test_a_wrong_option_is_code_2(capfd: pytest.CaptureFixture[str]) -> None:
    assert status(["run"]) == 2
    assert "Missing argument 'INPUT...'" in capfd.readouterr().err


def test_two_articles_with_one_id_are_both_named(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.txt").write_text("1")
    (tmp_path / "a.md").write_text("1")
    assert status(["run", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert capfd.readouterr().err == (
        f"zhibiao: {tmp_path}/a.md and {tmp_path}/a.txt have one doc_id, 'a'; rename one or leave it out\n"
    )
    assert not (tmp_path / "out").exists()


def test_a_second_run_on_one_folder_is_told_so(tmp_path: Path) -> None:
    with writing(tmp_path):
        command = [*MAIN, "run", str(CORPUS), "--out", str(tmp_path)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    wanted = f"zhibiao: {tmp_path}: another run is writing there; wait for it or choose another --out\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", wanted)


def test_regenerate_tells_whether_a_byte_changed(out: Path, capfd: pytest.CaptureFixture[str]) -> None:
    command = ["regenerate", str(out), str(CORPUS / "trade_statistics.txt")]
    assert status(command) == 0
    assert capfd.readouterr().out.endswith("no byte of the CSV tables changed\n")
    with (out / "times.csv").open("a") as file:
        file.write("x")
    assert status(command) == 1
    assert capfd.readouterr().out.endswith("changed: times.csv\n")


def test_explain_shows_sentence_slots_and_rules(out: Path) -> None:
    with reading(out) as store:
        fact = next(row for row in store.rows("facts") if row["rule"].startswith("fact."))
        raw = store.article(fact["doc_id"])
    text = CliRunner().invoke(cli, ["explain", fact["fact_id"], "--out", str(out)]).stdout
    said = raw[fact["quantity_start"] : fact["quantity_end"]]
    assert text.startswith(f"fact {fact['fact_id']} in trade_statistics (written for zhibiao; published: 2024-07-13)\n")
    assert f"[quantity: {said}]" in text
    assert f"  quantity  {said}  at {fact['quantity_start']} to {fact['quantity_end']}" in text
    assert f"  fact: {fact['rule']} (rules/facts.toml:" in text


def test_every_export_holds_every_fact(out: Path, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    paths = {form: tmp_path / f"x.{form}" for form in ("xlsx", "csv", "jsonl", "parquet", "sqlite", "jsonld")}
    for form, path in paths.items():
        assert status(["export", str(out), "--format", form, "--out", str(path)]) == 0
    with reading(out) as store:
        facts = list(store.rows("facts"))
    assert paths["csv"].read_bytes() == (out / "facts.csv").read_bytes()
    assert [json.loads(line)["fact_id"] for line in paths["jsonl"].open(encoding="utf-8")] == [
        f["fact_id"] for f in facts
    ]
    assert pq.read_table(paths["parquet"]).num_rows == len(facts)
    assert sqlite3.connect(paths["sqlite"]).execute("SELECT count(*) FROM facts").fetchone() == (len(facts),)
    assert paths["xlsx"].read_bytes()[:2] == b"PK"
    page = json.loads(paths["jsonld"].read_text(encoding="utf-8"))
    slots = ("quantity", "indicator", "subject", "time", "cue")
    wanted = [(f[f"{s}_start"], f[f"{s}_end"]) for f in facts for s in slots if f[f"{s}_start"] is not None]
    assert [(a["target"]["selector"]["start"], a["target"]["selector"]["end"]) for a in page["items"]] == wanted


def test_ctrl_c_stops_cleanly_and_keeps_what_was_committed(tmp_path: Path) -> None:
    articles, log = tmp_path / "articles", tmp_path / "log"
    articles.mkdir()
    text = (CORPUS / "city_work_report.txt").read_text(encoding="utf-8")
    for k in range(300):
        (articles / f"{k}.txt").write_text(text, encoding="utf-8")
    command = [*MAIN, "run", str(articles), "--out", str(tmp_path / "out"), "--quiet", "--log-json", str(log)]
    options = {"stderr": subprocess.PIPE, "text": True, "cwd": ROOT, "start_new_session": True}
    # a shell ignores SIGINT for what it runs in the background, and children inherit that
    options["preexec_fn"] = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)
    with subprocess.Popen(command, **options) as process:
        while process.poll() is None and not (log.exists() and log.read_text().count("\n") > 30):
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGINT)
        assert process.stderr is not None
        shown = process.stderr.read()
    assert (process.returncode, shown.strip().splitlines()) == (
        130,
        ["zhibiao: stopped; what was finished is kept, and the same command goes on from there"],
    )
    with reading(tmp_path / "out") as store:
        # a commit comes after 16 articles or a second, so of 31 that were told of one commit at least is done
        assert 0 < store.count("documents") < 300
