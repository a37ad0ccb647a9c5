"""Lists at any size: pages that join without a gap whatever the filters, and tables that are made thing by thing."""

from __future__ import annotations

import random
import sqlite3
import time
from concurrent.futures import ProcessPoolExecutor
from decimal import Decimal
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from viewstore import fact, stored, write

from pipeline import reconcile, series
from pipeline.dataset import Row
from pipeline.store import NAME, reading, writing
from pipeline.view import build, derived, indexes, queries, walk
from pipeline.view.queries import FactQuery, Selection
from pipeline.view.rows import amount

COLUMN = {"period": "time"}
FILTERS: list[dict[str, str]] = [
    {},
    {"subject": "渝"},
    {"indicator": "汽车", "period": "202"},
    {"company": "甲", "status": "target"},
    {"subject": "渝北区", "indicator": "规上工业总产值", "period": "2023", "status": "actual"},
    {"status": "target"},
    {"period": "1999"},
]


def _facts(doc_id: str, raw: str, draw: random.Random) -> list[Row]:
    found = []
    for number in range(draw.randint(0, 9)):
        said: dict[str, Any] = {
            "subject": draw.choice(["渝北区", "渝北", "重庆市", "甲有限公司", None]),
            "indicator": draw.choice(["规上工业总产值", "汽车产量", "汽车"]),
            "time": draw.choice(["2023", "2024", "2023-05", None]),
            "value": draw.choice([None, Decimal(draw.randint(-9, 9))]),
            "company": draw.choice(["甲有限公司", None]),
            "status": draw.choice(["actual", "actual", "target"]),
            "unit": draw.choice(["元", "辆"]),
            "quantity_start": number,
            "quantity_end": number + 1,
            "sentence_start": draw.randint(0, 2),
        }
        found.append(fact(f"{doc_id}{number}", doc_id, raw, **said))
    return found


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, draw = tmp_path_factory.mktemp("outputs"), random.Random(5)
    ids = [f"a{n:02}" for n in range(60)]
    draw.shuffle(ids)  # so that the order of the rows is not that of the articles
    facts = {i: _facts(i, "渝北区", draw) for i in ids}
    write(folder, [stored(i, "渝北区", facts[i], published=draw.choice(["2023", None])) for i in ids])
    assert indexes.ensure(folder)
    return folder


def _all_rows(out: Path) -> list[Row]:
    with reading(out) as store:
        return list(store.rows("facts"))


def _fits(row: Row, filters: dict[str, str]) -> bool:
    return all((row[COLUMN.get(k, k)] or "").startswith(v) for k, v in filters.items())


def _pages(out: Path, filters: dict[str, str], sort: str, *, descending: bool, seconds: float = 9.0) -> list[Row]:
    begins = {k: v for k, v in filters.items() if k != "status"}
    found: list[Row] = []
    after = None
    with queries.connect(out) as connection:
        for _ in range(1000):
            query = FactQuery(begins, filters.get("status", ""), sort, descending, after)
            page = Selection(connection, query).page(limit=7, seconds=seconds)
            assert len(page.rows) == 7 or page.next is None or not page.searched
            found += page.rows
            if (after := page.next) is None:
                return found
    raise AssertionError("the pages do not end")


@pytest.mark.parametrize("filters", FILTERS, ids=str)
@pytest.mark.parametrize("sort", list(queries.SORTS))
@pytest.mark.parametrize("small", [True, False])
def test_pages_hold_every_fact_that_fits_once_and_in_order(
    out: Path, filters: dict[str, str], sort: str, small: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both where a narrow filter finds them and where a long list is walked, a few rows at a time."""
    monkeypatch.setattr(queries, "_SMALL", 10**6 if small else -1)
    monkeypatch.setattr(queries, "_FACTS", 5)
    wanted = sorted(r["fact_id"] for r in _all_rows(out) if _fits(r, filters))
    up, down = (_pages(out, filters, sort, descending=d) for d in (False, True))
    assert sorted(r["fact_id"] for r in up) == wanted
    assert [r["fact_id"] for r in up] == [r["fact_id"] for r in reversed(down)]
    keys = [_key(row, sort) for row in up]
    assert all(a <= b for a, b in pairwise(keys))


def _key(row: Row, sort: str) -> Any:
    if sort == "value":
        return -1e300 if row["value"] is None else float(row["value"])
    return row["doc_id"] if sort == "article" else row[COLUMN.get(sort, sort)] or ""


def test_a_walk_that_runs_out_of_time_goes_on_from_there(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "_SMALL", -1)
    monkeypatch.setattr(queries, "_FACTS", 3)
    for filters in FILTERS[1:]:
        whole = _pages(out, filters, "subject", descending=False)
        assert _pages(out, filters, "subject", descending=False, seconds=0.0) == whole


@pytest.mark.parametrize("filters", FILTERS[1:], ids=str)
def test_a_narrow_selection_is_counted_and_a_wide_one_estimated(
    out: Path, filters: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = sum(_fits(r, filters) for r in _all_rows(out))
    query = FactQuery({k: v for k, v in filters.items() if k != "status"}, filters.get("status", ""))
    with queries.connect(out) as connection:
        assert Selection(connection, query).count() == (wanted, True)
        assert sum(1 for _ in Selection(connection, query).rows(limit=10**6)) == wanted
        monkeypatch.setattr(queries, "_SMALL", -1)
        assert Selection(connection, query).count()[1] is False


@pytest.mark.parametrize("order", ["id", "date"])
@pytest.mark.parametrize("has", ["", "facts", "targets"])
def test_articles_join_without_gap(out: Path, order: str, has: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = _all_rows(out)
    with reading(out) as store:
        ids = set(store.ids())
    wanted = {"": ids, "facts": {r["doc_id"] for r in rows}}.get(
        has, {r["doc_id"] for r in rows if r["status"] == "target"}
    )
    monkeypatch.setattr(queries, "PAGE", 4)
    monkeypatch.setattr(queries, "_ARTICLES", 3)
    found: list[Row] = []
    after = None
    with queries.connect(out) as connection:
        while not found or after:
            page = queries.articles(connection, order=order, has=has, after=after)
            found += page.rows
            after = page.next
    assert sorted(r["doc_id"] for r in found) == sorted(wanted)
    dates = [r["published"] or "" for r in found]
    assert order == "id" or dates == sorted(dates, reverse=True)


def test_a_page_reads_no_more_of_the_index_than_it_shows(out: Path) -> None:
    """Deep pages begin at their key: no part of the list before it is read, and nothing is sorted."""
    order = walk.Order("facts", *queries.SORTS["subject"], True)
    for part in walk._parts(order, ("渝北区", "产值", "2023", "", "actual", 3.0, 17)):
        query = f"SELECT 1 FROM {order.source} WHERE {part.filters} ORDER BY {part.by}"
        with queries.connect(out) as connection:
            plan = connection.execute(f"EXPLAIN QUERY PLAN {query}", part.filters.values).fetchall()
        assert len(plan) == 1 and plan[0][3].startswith("SEARCH facts USING")


@pytest.mark.parametrize("at_once", [1, 5000])
def test_tables_made_thing_by_thing_are_those_of_all_facts_at_once(
    out: Path, tmp_path: Path, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "_AT_ONCE", at_once)
    build.build(out, tmp_path / derived.NAME)
    rows = _all_rows(out)
    connection = build.read_only(tmp_path / derived.NAME)
    targets = connection.execute("SELECT fact_id, verdict, outcome_fact_id FROM targets ORDER BY n").fetchall()
    wanted = reconcile.targets(rows)
    assert targets == [(r["fact_id"], r["verdict"], r["outcome_fact_id"]) for r in wanted] and targets
    pairs = connection.execute("SELECT fact_id, other_fact_id, relation FROM conflicts ORDER BY n").fetchall()
    ranked = sorted(reconcile.conflicts(rows), key=lambda r: ["conflict", "refine", "agree"].index(r["relation"]))
    assert pairs == [(r["fact_id"], r["other_fact_id"], r["relation"]) for r in ranked] and pairs
    lines = connection.execute("SELECT subject, indicator, aspect, unit, points FROM series ORDER BY n").fetchall()
    expected = series.all_series(rows, at_least=2)
    assert lines == [tuple(r[c] for c in ("subject", "indicator", "aspect", "unit", "points")) for r in expected]
    numbers = derived.members(connection, "渝北区", "规上工业总产值", "level", limit=1000)
    with queries.connect(out) as store:
        members = queries.numbered(store, "facts", numbers)
    said = [r for r in rows if r["subject"] in ("渝北", "渝北区") and r["indicator"] == "规上工业总产值"]
    assert sorted(r["fact_id"] for r in members) == sorted(r["fact_id"] for r in said)


def test_boards_are_filtered_and_counted(out: Path, tmp_path: Path) -> None:
    build.build(out, tmp_path / derived.NAME)
    connection = build.read_only(tmp_path / derived.NAME)
    targets = [r for r in reconcile.targets(_all_rows(out)) if (r["subject"] or "").startswith("渝")]
    begins = {"subject": "渝", "indicator": ""}
    counts = derived.counts(connection, "targets", "verdict", begins)
    assert sum(counts.values()) == len(targets) and counts["open"] == sum(r["verdict"] == "open" for r in targets)
    page = derived.page(connection, "targets", equal={"verdict": "open"}, begins=begins)
    assert [r["fact_id"] for r in page.rows] == [r["fact_id"] for r in targets if r["verdict"] == "open"][:50]


def test_old_tables_are_shown_until_the_new_ones_are_there(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    write(folder, [stored("x", "产值", [fact("f1", "x", "产值", subject="渝北区", status="target", indicator="产值")])])
    known = derived.Derived(folder)
    assert _until_new(known) == 1
    write(folder, [stored("y", "产值", [fact("f2", "y", "产值", subject="渝北区", status="target", indicator="产值")])])
    with known.connect() as (connection, _):
        assert connection is not None
    assert _until_new(known) == 2


def _until_new(known: derived.Derived) -> int:
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        with known.connect() as (connection, state):
            if connection and state == "new":
                return int(connection.execute("SELECT count(*) FROM targets").fetchone()[0])
    raise AssertionError("the tables were not made")


def test_what_cannot_be_computed_is_not_tried_again_and_again(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    write(folder, [stored("x", "产值", [])])
    (folder / f".{derived.NAME}.part").mkdir()
    known = derived.Derived(folder)
    known.start()
    first = known._process
    assert first is not None and first.wait(60) != 0
    with known.connect() as (connection, state):
        assert (connection, state, known._process) == (None, "failed", first)


def test_a_file_of_another_layout_is_not_shown(out: Path, tmp_path: Path) -> None:
    path = tmp_path / derived.NAME
    assert build.current(out, path) is None
    build.build(out, path)
    assert build.current(out, path) is True
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE made_of SET stamp = 'earlier'")
    assert build.current(out, path) is False
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE made_of SET version = 'earlier'")
    assert build.current(out, path) is None


def test_a_large_run_drops_the_indexes_a_small_one_does_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.store._MANY", 10)
    write(tmp_path, [stored(f"{n}", "产值", []) for n in range(9)])
    assert indexes.ensure(tmp_path)
    for count, lacking in ((9, False), (10, True)):
        write(tmp_path, [stored(f"{n}", "产值", []) for n in range(count)])
        with queries.connect(tmp_path) as connection:
            assert bool(indexes.missing(connection)) is lacking
    assert indexes.ensure(tmp_path)
    with queries.connect(tmp_path) as connection:
        assert not indexes.missing(connection)


def test_indexes_of_another_version_are_replaced_but_never_during_a_run(tmp_path: Path) -> None:
    write(tmp_path, [stored("x", "产值", [])])
    with sqlite3.connect(tmp_path / NAME) as connection:
        connection.execute("CREATE INDEX view_facts_subject ON facts (subject)")
        connection.execute("CREATE INDEX view_older ON facts (subject)")
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as other, writing(tmp_path):
        assert other.submit(indexes.ensure, tmp_path).result() is False
    assert indexes.ensure(tmp_path)
    with queries.connect(tmp_path) as store:
        names = {row[0] for row in store.execute("SELECT name FROM sqlite_master WHERE name GLOB 'view_*'")}
        assert not indexes.missing(store) and "view_older" not in names


@pytest.mark.parametrize(
    ("row", "shown"),
    [
        ({"value": Decimal(310000000000), "unit": "元", "comparator": "gt"}, ">3100亿元"),
        ({"value": Decimal(8), "value_max": Decimal(9), "unit": "%", "comparator": "eq"}, "8—9%"),
        ({"value": None, "unit": "元", "comparator": "vague"}, "若干元"),
        ({"value": None, "unit": "元"}, "元"),
    ],
)
def test_a_value_is_shown_as_it_would_be_written(row: dict[str, Any], shown: str) -> None:
    assert amount(row).replace(" ", "") == shown
