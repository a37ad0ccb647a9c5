"""Milliseconds of every page over 20,000 synthetic articles with 400,000 facts.

Run it as `python tests/bench/bench_view.py [ARTICLES]`.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from starlette.testclient import TestClient
from viewstore import fact, stored, write

from pipeline.store import Stored
from pipeline.view import derived, indexes
from pipeline.view.app import create
from pipeline.view.security import Access

_FACTS = 20  # in an article
_SUBJECTS = [f"{name}{i}有限公司" for name in "甲乙丙丁" for i in range(2500)] + ["渝北区"] * 2500
_INDICATORS = ["规上工业总产值", "工业增加值", "汽车产量", "手机产量", "研发投入", "车间数量"]
_LIMIT = 300
PAGES = [
    "/",
    "/?text=甲17有限",
    "/?text=没有这样的文字",
    "/?order=date&published=2015-03",
    "/?has=targets",
    "/article/a00000017",
    "/article/a00000017?view=raw",
    "/facts",
    "/facts?sort=value&down=1",
    "/facts?subject=渝北&sort=value",
    "/facts?subject=丁999&sort=period",
    "/facts?indicator=汽车&status=target&sort=company",
    "/facts?period=2023&sort=subject",
    "/facts?company=乙1&indicator=研发&sort=value&down=1",
    "/suggest?field=subject&begin=丙",
    "/targets",
    "/targets?verdict=unknown",
    "/conflicts?relation=conflict",
    "/series",
    "/series/one?subject=渝北区&indicator=汽车产量&aspect=level",
]


def articles(count: int) -> list[Stored]:
    """Articles of about 600 characters with 20 facts each, one in ten a target."""
    draw = random.Random(1)
    return [_article(f"a{i:08d}", draw) for i in range(count)]


def _article(doc_id: str, draw: random.Random) -> Stored:
    facts, raw = [], ""
    for n in range(_FACTS):
        subject, indicator, value = draw.choice(_SUBJECTS), draw.choice(_INDICATORS), draw.randint(1, 5000)
        year, begin = str(draw.randint(2000, 2030)), len(raw)
        raw += f"{year}年，{subject}{indicator}达到{value}亿元。\n"
        said = {"subject": subject, "indicator": indicator, "time": year, "value": Decimal(value) * 10**8, "unit": "元"}
        said |= {"company": subject, "status": "target" if draw.random() < 0.1 else "actual", "base_unit": "CNY"}
        said |= {"first_day": f"{year}-01-01", "last_day": f"{year}-12-31", "base_value": said["value"]}
        row = fact(f"{doc_id}{n:02d}", doc_id, raw, **said)
        end = len(raw) - 2
        row |= {"quantity_start": end - len(str(value)) - 2, "quantity_end": end, "sentence_start": begin}
        facts.append(row)
    date = f"20{draw.randint(10, 23)}-{draw.randint(1, 12):02d}"
    return stored(doc_id, raw, facts, title=f"新闻{doc_id}", published=date, source="合成")


def _timed(client: TestClient, page: str) -> float:
    began = time.perf_counter()
    answer = client.get(page)
    assert answer.status_code == 200, (page, answer.status_code)
    return (time.perf_counter() - began) * 1000


def main(count: int) -> int:
    """Print the worst of three times of every page, after one request has opened the files; 1 if one is too slow."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        began = time.perf_counter()
        write(out, articles(count))
        print(f"{count} articles, {count * _FACTS} facts written in {time.perf_counter() - began:.1f} s")
        for name, step in (("indexes", indexes.ensure), ("targets, conflicts, series", derived.build)):
            began = time.perf_counter()
            step(out)
            print(f"{name}: {time.perf_counter() - began:.1f} s")
        client = TestClient(create(out, access=Access("bench")), base_url="http://127.0.0.1")
        client.get("/")
        worst = {page: max(_timed(client, page) for _ in range(3)) for page in PAGES}
    for page, milliseconds in worst.items():
        print(f"{milliseconds:7.0f} ms  {page}")
    return int(max(worst.values()) > _LIMIT)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000))
