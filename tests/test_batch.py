"""Runs: incremental, the same bytes however they went, and no article that harms another."""

from __future__ import annotations

import os
import shutil
import signal
import time
from pathlib import Path

import pytest
from bench import bench_kill

from pipeline.batch import Summary, run
from pipeline.inputs import Inputs
from pipeline.read import Raw, Rejected
from pipeline.read import read as reading_of
from pipeline.store import TABLES, reading
from pipeline.workers import Failed, Pool

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT / "corpus" / "articles"


def tables(out: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted(out.glob("*.csv"))}


def go(folder: Path, out: Path, **options: object) -> Summary:
    return run(Inputs((str(folder),)), out=out, **options)  # type: ignore[arg-type]


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """Three short articles."""
    folder = tmp_path / "articles"
    folder.mkdir()
    for name in ("broadcast_brief", "gb18030_brief", "trade_statistics"):
        shutil.copy(CORPUS / f"{name}.txt", folder)
    return folder


def test_the_corpus_gives_the_same_bytes_with_one_worker_and_with_two(tmp_path: Path) -> None:
    one = go(CORPUS, tmp_path / "one", jobs=1)
    two = go(CORPUS, tmp_path / "two", jobs=2)
    assert (one.articles, one.extracted, one.unchanged, one.rejected) == (13, 13, 0, ())
    assert (two.extracted, two.rows) == (13, one.rows)
    assert tables(tmp_path / "one") == tables(tmp_path / "two")
    for table in TABLES:
        name = f"{table}.parquet"
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_the_store_keeps_the_text_that_offsets_refer_to(few: Path, tmp_path: Path) -> None:
    go(few, tmp_path / "out")
    with reading(tmp_path / "out") as store:
        assert store.article("gb18030_brief") == (few / "gb18030_brief.txt").read_bytes().decode("gb18030")
        for row in store.rows("quantities"):
            surface = store.article(row["doc_id"])[row["start"] : row["end"]]
            assert "".join(surface.split()) == "".join(row["text"].split())


def test_only_what_changed_is_extracted(few: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = go(few, out)
    before = tables(out)
    again = go(few, out)
    assert (first.extracted, again.extracted, again.unchanged) == (3, 0, 3)
    assert tables(out) == before
    (few / "manifest.csv").write_text("doc_id,published\nbroadcast_brief,2025-03-20\n")
    dated = go(few, out)
    assert (dated.extracted, dated.unchanged) == (1, 2)
    (few / "new.txt").write_text("2023年产值增长5%。", encoding="utf-8")
    grown = go(few, out)
    assert (grown.extracted, grown.unchanged, grown.rows["documents"]) == (1, 3, 4)
    (few / "new.txt").write_text("2023年产值增长6%。", encoding="utf-8")
    assert go(few, out).extracted == 1
    assert go(few, out, anew=True).extracted == 4


def test_absent_articles_are_reported_and_pruned(few: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    go(few, out)
    (few / "broadcast_brief.txt").unlink()
    kept = go(few, out)
    assert (kept.absent, kept.removed, kept.rows["documents"]) == (("broadcast_brief",), False, 3)
    pruned = go(few, out, prune=True)
    assert (pruned.absent, pruned.removed, pruned.rows["documents"]) == (("broadcast_brief",), True, 2)
    go(few, tmp_path / "fresh")
    assert tables(out) == tables(tmp_path / "fresh")


def test_bad_articles_are_rejected_and_cost_nobody_else(few: Path, tmp_path: Path) -> None:
    good, out = tmp_path / "good", tmp_path / "out"
    go(few, good)
    (few / "empty.txt").touch()
    (few / "binary.txt").write_bytes(b"\x7fELF\0\0")
    (few / "locked.txt").symlink_to(tmp_path / "nowhere")
    rejected = (
        Rejected(f"{few}/binary.txt", "the file is binary; give text, HTML, PDF or DOCX", 4),
        Rejected(f"{few}/empty.txt", "the file is empty", 0),
        Rejected(f"{few}/locked.txt", "the file cannot be read (No such file or directory)", None),
    )
    assert go(few, out).rejected == rejected
    assert go(few, out).rejected == rejected
    assert (out / "rejected.csv").read_text(encoding="utf-8-sig") == (
        "source,reason,position\n"
        f'{few}/binary.txt,"the file is binary; give text, HTML, PDF or DOCX",4\n'
        f"{few}/empty.txt,the file is empty,0\n"
        f"{few}/locked.txt,the file cannot be read (No such file or directory),\n"
    )
    assert {**tables(out), "rejected.csv": b""} == {**tables(good), "rejected.csv": b""}


def test_an_article_that_became_bad_has_no_rows(few: Path, tmp_path: Path) -> None:
    go(few, tmp_path / "out")
    (few / "broadcast_brief.txt").write_bytes(b"")
    assert go(few, tmp_path / "out").rows["documents"] == 2


def test_an_error_in_the_extraction_costs_its_article_only(
    few: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(data: bytes, *, suffix: str) -> Raw:
        if b"GB" in data:
            raise RuntimeError("two\nlines")
        return reading_of(data, suffix=suffix)

    monkeypatch.setattr("pipeline.article.read", read)  # workers are forked with it
    (few / "broken.txt").write_text("GB")
    summary = go(few, tmp_path / "out")
    line = read.__code__.co_firstlineno + 2
    reason = f"extraction failed, please report it: RuntimeError: two lines (test_batch.py:{line})"
    assert summary.rejected == (Rejected(f"{few}/broken.txt", reason, None),)
    assert summary.rows["documents"] == 3


def test_an_article_that_is_not_done_in_time_is_given_up(few: Path, tmp_path: Path) -> None:
    summary = go(few, tmp_path / "out", timeout=0.0001, jobs=1)
    assert [r.reason for r in summary.rejected] == ["it took longer than 0.0001 seconds; see --timeout"] * 3


def _square(task: int) -> int:
    if task == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    if task == 5:
        time.sleep(60)
    return task * task


def test_a_worker_that_dies_or_hangs_costs_its_task_only() -> None:
    found = dict(Pool(lambda: _square, jobs=2, timeout=0.5).each(range(9)))
    wanted: dict[int, int | Failed] = {n: n * n for n in range(9)}
    wanted[3] = Failed("the process that read it died (signal 9)")
    wanted[5] = Failed("it took longer than 0.5 seconds; see --timeout")
    assert found == wanted


@pytest.mark.slow
def test_a_killed_run_goes_on_to_the_same_bytes(tmp_path: Path) -> None:
    """Six of the kills of tests/bench/bench_kill.py, three of them while the tables are written."""
    folder, log = tmp_path / "articles", tmp_path / "log"
    bench_kill.articles(folder, 40)
    calm = bench_kill.calm(folder, tmp_path / "calm", log)
    for number, moment in enumerate(bench_kill.moments(calm, extraction=3, export=3, seed=4)):
        found = bench_kill.killed(folder, tmp_path / str(number), log, moment, calm)
        assert found.identical, found
        assert found.lost <= 16, found  # what a transaction holds
