"""The run on Spark: row for row what the local run gives, whoever is killed. Each test starts Java: seconds."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from bench.processes import below, command, parent
from conftest import ROOT

from pipeline.batch import run
from pipeline.cli import status
from pipeline.dataset import COLUMNS
from pipeline.inputs import Inputs, content, sources
from pipeline.read import Source, read

CORPUS = ROOT / "corpus" / "articles"
_JAVA = "spark.driver.extraJavaOptions=-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"  # half the time, for so short a life
HERE = ["--master", "local[2]", "--conf", _JAVA, "--conf", "spark.sql.shuffle.partitions=2", "--quiet"]

needs_spark = [
    pytest.mark.slow,
    pytest.mark.skipif(not importlib.util.find_spec("pyspark"), reason="pyspark is missing: pip install 'pyspark>=4'"),
    pytest.mark.skipif(not shutil.which("java"), reason="java is missing: Spark needs a JRE of version 17 or later"),
]


def spark(function: Callable[..., None]) -> Callable[..., None]:
    for mark in needs_spark:
        function = mark(function)
    return function


@pytest.fixture(autouse=True)
def _workers_find_this_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


@pytest.fixture(scope="module")
def corpus() -> list[dict[str, Any]]:
    """The corpus as rows of a table of articles."""
    found = [source for source in sources(Inputs((str(CORPUS),))) if isinstance(source, Source)]
    texts = (read(content(source), suffix=Path(source.path).suffix).text for source in found)
    return [
        {"doc_id": s.doc_id, "text": text, "published": s.published, "title": s.title}
        for s, text in zip(found, texts, strict=True)
    ]


def table(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(exist_ok=True)
    part = path.with_suffix(".part")  # a stream must not see half a file
    names = ("doc_id", "text", "published", "title")
    pq.write_table(pa.Table.from_pylist(rows, schema=pa.schema([(n, pa.string()) for n in names])), part)
    part.rename(path)


def differing(found: Path, wanted: Path) -> list[str]:
    """The tables of two output folders that have other rows, another order or other types."""
    return [
        name
        for name in COLUMNS
        if not pq.read_table(found / f"{name}.parquet").equals(pq.read_table(wanted / f"{name}.parquet"))
    ]


def start(*arguments: str) -> subprocess.Popen[bytes]:
    main = [sys.executable, "-c", "from pipeline.cli import main; main()", "spark"]
    options: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen([*main, *arguments, *HERE], cwd=ROOT, start_new_session=True, **options)


def workers(driver: int) -> Iterator[tuple[int, int]]:
    """(Spark's Python worker, the process of its own in which it works on articles) of a run."""
    python = {pid for pid in below(driver) if "pyspark.daemon" in command(pid)}
    for pid in python:
        worker = parent(pid)
        if worker in python and parent(worker) in python:
            yield worker, pid


def wait(process: subprocess.Popen[bytes], *, until: Callable[[], Any]) -> Any:
    while process.poll() is None:
        if found := until():
            return found
        time.sleep(0.002)
    raise AssertionError("the run was over too soon")


@spark
def test_spark_gives_the_rows_of_the_local_run_whoever_is_killed(corpus: list[dict[str, Any]], tmp_path: Path) -> None:
    articles, out = tmp_path / "articles.parquet", tmp_path / "out"
    bad = [{"doc_id": "empty", "text": " "}, {"doc_id": None, "text": "2023年产值增长5%。"}]
    dated = {"doc_id": "when", "text": "去年产值增长5%。", "published": "someday"}
    companies = tmp_path / "companies.csv"
    companies.write_text("name,aliases,id\n华岭云仓,云岭仓储,0017\n", encoding="utf-8")
    listed = {"doc_id": "own", "text": "2023年，云岭仓储产值增长5%。", "published": "2024"}
    table(articles, [*corpus, *bad, dated, listed])
    local = run(Inputs((str(articles),), published="2020"), out=tmp_path / "local", jobs=2, companies=companies)
    process = start(str(articles), "--out", str(out), "--published", "2020", "--companies", str(companies))
    worker, _ = wait(process, until=lambda: list(workers(process.pid)))[0]
    os.kill(worker, signal.SIGKILL)
    _, own = wait(process, until=lambda: [pair for pair in workers(process.pid) if pair[0] != worker])[0]
    os.kill(own, signal.SIGKILL)
    assert process.wait() == 1  # some were rejected
    assert differing(out, tmp_path / "local") == []
    ids = {row["company_id"] for row in pq.read_table(out / "register.parquet").to_pylist()}
    assert ids == {None, "0017"}
    rejected = pq.read_table(out / "rejected.parquet").to_pylist()
    assert rejected == [{"source": r.source, "reason": r.reason, "position": r.position} for r in local.rejected]


@spark
def test_a_stream_takes_in_every_article_once(corpus: list[dict[str, Any]], tmp_path: Path) -> None:
    """Its driver is killed while it extracts and after a batch was written; then a file comes, and an article again."""
    corpus = sorted(corpus, key=lambda row: len(row["text"]))[:6]
    folder, out = tmp_path / "in", tmp_path / "out"
    stream = ["spark", str(folder), "--stream", "--out", str(out), *HERE]
    table(folder / "a.parquet", corpus[:3])
    table(folder / "b.parquet", corpus[3:5])
    for moment in (lambda pid: list(workers(pid)), lambda pid: (out / "extracted" / "batch=0").exists()):
        process = start(str(folder), "--stream", "--out", str(out))
        wait(process, until=lambda: moment(process.pid))  # noqa: B023
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert status(stream) == 0
    table(folder / "c.parquet", [corpus[0] | {"text": corpus[1]["text"]}, corpus[5]])
    table(folder / "a.parquet", corpus[1:3])  # known by its name, and not taken in again
    assert status(stream) == 0
    assert sorted(p.name for p in (out / "extracted").glob("batch=*")) == ["batch=0", "batch=1"]
    run(Inputs((str(folder / "*.parquet"),)), out=tmp_path / "local", jobs=1)
    assert differing(out, tmp_path / "local") == []


def test_what_is_missing_is_named_with_its_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.errors", None)
    arguments = ["spark", str(tmp_path), "--out", str(tmp_path / "out")]
    assert status(arguments) == 2
    assert capfd.readouterr().err == "zhibiao: Spark is not installed; run: pip install 'pyspark>=4'\n"


@pytest.mark.skipif(not importlib.util.find_spec("pyspark"), reason="pyspark is missing: pip install 'pyspark>=4'")
def test_a_missing_java_is_named_with_its_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    assert status(["spark", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert capfd.readouterr().err.startswith("zhibiao: Spark needs Java 17 or later: install it")


def test_a_local_dataset_is_not_written_over(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "store.sqlite").touch()
    assert status(["spark", "x.parquet", "--out", str(tmp_path)]) == 2
    assert "holds the dataset of a local run; choose another --out" in capfd.readouterr().err
