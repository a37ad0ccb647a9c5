"""What a Spark worker does, without Spark: Arrow batches in, Arrow batches out."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pipeline import remote
from pipeline.article import Recipe, Task
from pipeline.batch import run
from pipeline.dataset import PER_ARTICLE
from pipeline.inputs import Inputs
from pipeline.read import Rejected
from pipeline.remote import Options, extracted, local
from pipeline.roster import Roster
from pipeline.store import Stored, cells, reading
from pipeline.tables import Columns

ROWS: list[dict[str, Any]] = [
    {"doc_id": "a", "text": "2023年，渝北区实现地区生产总值2297亿元，同比增长6.1%。", "published": "2024-01"},
    {"doc_id": "b", "text": "力争到2025年，汽车产量突破100万辆。", "published": "first of May"},
    {"doc_id": None, "text": "2023年产值增长5%。", "published": None},
    {"doc_id": "d", "text": " ", "published": None},
    {"doc_id": "e", "text": "2023年产值\0增长5%。", "published": None},
]


def built_in() -> None:
    return None


def work(rows: list[dict[str, Any]], **options: Any) -> list[dict[str, Any]]:
    """The rows of a table `/x/t 1.parquet`, as Spark hands them to a worker, and what comes back."""
    placed = [row | {"_path": "file:///x/t%201.parquet", "_row": n} for n, row in enumerate(rows, 1)]
    batches = iter([pa.RecordBatch.from_pylist(placed)])
    return [
        row for batch in extracted(batches, options=Options(**options), rules=built_in) for row in batch.to_pylist()
    ]


def test_a_worker_gives_what_the_local_run_stores(tmp_path: Path) -> None:
    table = tmp_path / "t 1.parquet"
    pa.parquet.write_table(pa.Table.from_pylist(ROWS), table)
    local_run = run(Inputs((str(table),)), out=tmp_path / "out", jobs=1)
    found = work(ROWS)
    with reading(tmp_path / "out") as store:
        for name in PER_ARTICLE:
            wanted = [cells(name, row) for row in store.rows(name)]
            assert [tuple(row.values()) for line in found for row in line[name]] == wanted
    rejected = [Rejected(**row) for line in found for row in line["rejected"]]
    assert [(r.reason, r.position) for r in rejected] == [(r.reason, r.position) for r in local_run.rejected]
    assert {r.source for r in rejected} == {"/x/t 1.parquet"}


def test_the_columns_have_the_names_that_the_user_gives() -> None:
    rows = [{"nr": 7, "body": "2023年产值增长5%。", "day": "2024"}]
    (line,) = work(rows, columns=Columns("nr", "body", "day", "head"))
    assert (line["doc_id"], line["documents"][0]["published"], len(line["facts"])) == ("7", "2024", 1)


class _Dying:
    """Works like Recipe, but dies the first times that it is given the article b, or always."""

    def __init__(self, flag: Path, *, always: bool) -> None:
        self._recipe, self._flag, self._always = Recipe(), flag, always

    def __call__(self, task: Task) -> Stored | Rejected:
        if task.source.doc_id == "b" and (self._always or not self._flag.exists()):
            self._flag.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return self._recipe(task)


def dying(flag: Path, *, always: bool) -> Callable[[Path | None, Roster], _Dying]:
    made = _Dying(flag, always=always)
    return lambda rules, companies: made


def test_an_article_is_tried_again_where_its_process_died(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calm = work(ROWS)
    monkeypatch.setattr(remote, "_recipe", dying(tmp_path / "once", always=False))
    assert work(ROWS) == calm


def test_an_article_that_kills_again_is_rejected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calm = work(ROWS[:1])
    monkeypatch.setattr(remote, "_recipe", dying(tmp_path / "ever", always=True))
    good, bad = work(ROWS[:2])
    assert good == calm[0]
    assert bad["rejected"][-1]["reason"] == "the process that read it died (signal 9)"
    assert (bad["doc_id"], bad["documents"], bad["facts"]) == ("b", [], [])


def test_an_article_that_is_not_done_in_time_is_rejected() -> None:
    (line,) = work(ROWS[:1], timeout=0.0001)
    assert line["rejected"][0]["reason"] == "it took longer than 0.0001 seconds; see --timeout"


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("file:///a%20b/%E6%96%B0.parquet", "/a b/新.parquet"),
        ("file:/a/b.parquet", "/a/b.parquet"),
        ("hdfs://host/a%20b.parquet", "hdfs://host/a b.parquet"),
    ],
)
def test_paths_are_named_as_the_local_run_names_them(uri: str, path: str) -> None:
    assert local(uri) == path
