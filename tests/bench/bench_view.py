"""Milliseconds of every page and every combination of filters over 100,000 synthetic articles with 5 million rows.

Run it as `python tests/bench/bench_view.py [ARTICLES] [FOLDER]`. A FOLDER is kept and used again by the next call.
"""

from __future__ import annotations

import html
import math
import random
import re
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlencode

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.manyrows import fill
from starlette.testclient import TestClient

from pipeline.store import NAME
from pipeline.view import build, derived, indexes, queries
from pipeline.view.app import create
from pipeline.view.queries import SORTS
from pipeline.view.security import Access

_LIMIT = 300
_TIMES = 5  # requests of each page
_SAMPLE = 600  # of the combinations of filters and orders of the facts
_ARTICLES = {
    "text": ["", "地区生产总值", "河北", "泰395汽车", "没有这样的文字"],
    "published": ["", "2023", "2011-05", "1999"],
    "has": ["", "facts", "targets"],
    "order": ["id", "date"],
}
_FACTS = {
    "subject": ["", "全", "全国", "河北省", "华", "华源24集团有限公司", "无"],
    "indicator": ["", "地区生产总值", "规上", "规上汽车产值", "数字芯片专利"],
    "period": ["", "2023", "2023-0", "1991", "2019-11"],
    "company": ["", "华", "北泰395汽车", "南"],
    "status": ["", "actual", "target"],
    "sort": list(SORTS),
    "down": ["", "1"],
}
_SUBJECTS = ["", "全", "河北省", "华源24集团有限公司", "无"]


def _queries(path: str, fields: dict[str, list[str]]) -> list[str]:
    found = (dict(zip(fields, values, strict=True)) for values in product(*fields.values()))
    return [f"{path}?{urlencode({k: v for k, v in chosen.items() if v})}" for chosen in found]


def pages(ids: list[str], fact_ids: list[str]) -> Iterator[tuple[str, str]]:
    """Every page with the group that it is reported in."""
    yield from (("articles", p) for p in _queries("/", _ARTICLES))
    for doc_id in ids:
        yield from (("reader", f"/article/{doc_id}{view}") for view in ("", "?view=raw"))
        yield from ((kind, f"/{kind}/{doc_id}") for kind in ("report", "review"))
    yield from (("fact", f"/fact/{fact_id}") for fact_id in fact_ids)
    plain = [p for p in _queries("/facts", _FACTS) if p.count("&") <= 1]
    every = _queries("/facts", _FACTS)
    yield from (("facts", p) for p in dict.fromkeys([*plain, *random.Random(1).sample(every, _SAMPLE)]))
    fields = {"field": ["subject", "indicator", "period", "company"], "begin": ["", "华", "2", "规上", "无"]}
    yield from (("suggest", p) for p in _queries("/suggest", fields))
    yield from (
        ("targets", p)
        for p in _queries("/targets", {"verdict": ["", "met", "missed", "open", "unknown"], "subject": _SUBJECTS})
    )
    yield from (("conflicts", p) for p in _queries("/conflicts", {"relation": ["", "conflict", "refine", "agree"]}))
    yield from (("series", p) for p in _queries("/series", {"subject": _SUBJECTS}))
    one = {
        "subject": ["全国", "河北省", "无"],
        "indicator": ["地区生产总值", "规上工业总产值"],
        "aspect": ["level", "growth"],
    }
    yield from (("one series", p) for p in _queries("/series/one", one))


class Spent(NamedTuple):
    """Milliseconds of a page: the median and the best of some times, and the best of the processor's time."""

    median: float
    best: float
    cpu: float
    page: str


def _timed(client: TestClient, page: str) -> tuple[Spent, str]:
    """What a page costs, endless where it fails; its text."""
    walls, cpus = [], []
    for _ in range(_TIMES):
        began, worked = time.perf_counter(), time.process_time()
        answer = client.get(page, follow_redirects=False)
        walls.append((time.perf_counter() - began) * 1000)
        cpus.append((time.process_time() - worked) * 1000)
        if answer.status_code not in (200, 307):
            return Spent(math.inf, math.inf, math.inf, page), ""
    return Spent(statistics.median(walls), min(walls), min(cpus), page), answer.text


def _next(text: str) -> str | None:
    found = re.search(r'class="next" href="([^"]+)"', text)
    return html.unescape(found[1]) if found else None


def _measured(client: TestClient, out: Path) -> dict[str, list[Spent]]:
    with queries.connect(out, seconds=60) as connection:
        ids = [r[0] for r in connection.execute("SELECT doc_id FROM documents ORDER BY n_chars DESC LIMIT 3")]
        fact_ids = [r[0] for r in connection.execute("SELECT fact_id FROM facts LIMIT 3 OFFSET 7000")]
    found: dict[str, list[Spent]] = {}
    for group, page in pages(ids, fact_ids):
        spent, text = _timed(client, page)
        found.setdefault(group, []).append(spent)
        if further := _next(text):
            spent, _ = _timed(client, page.split("?")[0] + further)
            found.setdefault(f"{group}, next page", []).append(spent)
    return found


def _apart(step: Callable[..., object], *paths: Path) -> None:
    """Run a step in a process of its own and print its time and memory."""
    began = time.perf_counter()
    process = get_context("spawn").Process(target=_step, args=(step, *paths))
    process.start()
    process.join()
    print(f"{step.__module__}.{step.__name__}: {time.perf_counter() - began:.1f} s", flush=True)


def _step(step: Callable[..., object], *paths: Path) -> None:
    step(*paths)
    print(f"  peak memory {_peak():.0f} MB", flush=True)


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _prepare(out: Path, count: int) -> None:
    if not (out / NAME).exists():
        began = time.perf_counter()
        rows = fill(out, count)
        print(f"{count:,} articles, {rows:,} rows written in {time.perf_counter() - began:.1f} s")
    _apart(indexes.ensure, out)
    _apart(build.build, out, out / derived.NAME)


def main(count: int, out: Path) -> int:
    """Print a table of all groups of pages; 1 if a page is too slow."""
    _prepare(out, count)
    client = TestClient(create(out, access=Access("bench")), base_url="http://127.0.0.1")
    client.get("/")
    found = _measured(client, out)
    print(f"{'ms':24}{'pages':>6}{'typical':>9}{'worst':>7}{'of best':>8}{'cpu':>6}")
    for group, pages_of in found.items():
        worst, typical = max(pages_of), statistics.median(s.median for s in pages_of)
        best, cpu = max(s.best for s in pages_of), max(s.cpu for s in pages_of)
        figures = f"{len(pages_of):6}{typical:9.0f}{worst.median:7.0f}{best:8.0f}{cpu:6.0f}"
        print(f"{group:24}{figures}  {unquote(worst.page)[:100]}")
    slow = [s for spent in found.values() for s in spent if s.best > _LIMIT]
    print(f"{len(slow)} pages over {_LIMIT} ms; peak memory of the server {_peak():.0f} MB")
    print(*(unquote(s.page) for s in slow[:20]), sep="\n")
    return int(bool(slow))


if __name__ == "__main__":
    articles = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(main(articles, Path(sys.argv[2] if len(sys.argv) > 2 else folder)))
