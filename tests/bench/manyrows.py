"""A store of made-up articles in the proportions of real ones: 50 rows an article, a quarter of them facts.

Rows are written through the product's own store. Subjects, indicators and periods are drawn so that a few are in very
many facts and most in one or two, as in 3,300 real articles; 全国 is the subject of every fourth fact, and every
fourth fact has no time.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

from pipeline import calendar, rulebook
from pipeline.dataset import COLUMNS
from pipeline.store import Cell, Stored, writing

_COMPANIES, _INDICATORS = 40_000, 30_000
_FACTS, _BARE_QUANTITIES, _TIMES, _NAMES = (4, 21), 4, (8, 24), (1, 10)  # in an article; the mean is 50 rows
_UNITS = (("元", "CNY", "money"), ("%", "%", "percent"), ("家", "家", "count"), ("万吨", "kg", "mass"))
_ASPECTS = ("level",) * 13 + ("growth",) * 4 + ("share", "change", "rank")
_FILLER = (
    "会议强调，要坚持稳中求进工作总基调，完整准确全面贯彻新发展理念，着力推动高质量发展，扎实做好各项工作。"
    "各地各部门要统筹推进，补短板、强弱项，确保各项任务落到实处，让群众有更多获得感。"
)
_INDICATOR_WORDS = (
    "规上 全年 新增 累计 人均 农村 城镇 外贸 民营 高新技术 战略性新兴 数字 绿色 跨境 智能 现代",
    "工业 农业 服务业 汽车 手机 水泥 粮食 旅游 物流 软件 钢铁 芯片 医药 光伏 电池 航空 金融 教育",
    "产值 产量 增加值 投资 收入 利润 企业 项目 用户 销量 出口 进口 就业 用电量 面积 税收 人数 装机",
)
_COMMIT = 500


class Vocabulary:
    """The names that the articles use, the most frequent first."""

    def __init__(self, draw: random.Random) -> None:
        places = rulebook.rules("places")
        counties = [c for group in places["counties"].values() for c in group]
        towns = [c for group in places["prefectures"].values() for c in group]
        firms = [f"{a}{b}{n}" for a, b, n in product("华中东南西北新海", "力达盛通源泰", range(1000))]
        kinds = ("股份有限公司", "集团有限公司", "科技有限公司", "汽车制造有限公司")
        companies = [f"{f}{draw.choice(kinds)}" for f in draw.sample(firms, _COMPANIES)]
        self.companies = frozenset(companies)
        self.subjects = [*places["provinces"], *draw.sample(towns + counties + companies, len(companies))]
        self.indicators = list(_indicators(draw))
        years = [str(y) for y in (2023, 2022, 2024, 2021, 2020, 2025, 2019, 2026, 2018, *range(1990, 2018))]
        months = [f"{y}-{m:02d}" for y, m in product(years[:12], range(1, 13))]
        self.times = [*years[:6], *(f"{y}-01/{y}-09" for y in years[:6]), *years[6:], *months]


def _indicators(draw: random.Random) -> Iterator[str]:
    yield from ("地区生产总值", "固定资产投资", "社会消费品零售总额", "一般公共预算收入", "规上工业总产值")
    heads, cores, ends = (line.split() for line in _INDICATOR_WORDS)
    more = ["", *(f"{n}号线" for n in range(1, 8))]
    found = ["".join(parts) for parts in product(heads, cores, ends, more)]
    yield from draw.sample(found, _INDICATORS)


def fill(out: Path, count: int, *, seed: int = 1) -> int:
    """Write `count` articles into the store of `out`; returns the number of rows."""
    draw = random.Random(seed)
    words = Vocabulary(draw)
    rows = 0
    with writing(out) as store:
        for first in range(0, count, _COMMIT):
            numbers = range(first, min(first + _COMMIT, count))
            articles = [_article(f"{draw.getrandbits(64):016x}_{n}", draw, words) for n in numbers]
            store.write(articles=articles)
            rows += sum(len(found) for a in articles for found in a.tables.values())
    return rows


def _rank(draw: random.Random, names: list[str]) -> str:
    """The name at rank r is drawn in proportion to 1/r."""
    return names[int((len(names) + 1) ** draw.random()) - 1]


def _article(doc_id: str, draw: random.Random, words: Vocabulary) -> Stored:
    home = _rank(draw, words.subjects)
    published = f"20{draw.randint(10, 25)}-{draw.randint(1, 12):02d}"
    tables: dict[str, list[tuple[Cell, ...]]] = {
        t: [] for t in ("documents", "quantities", "times", "companies", "facts")
    }
    text = f"{home}发布{published}数据\n"
    title = text.strip()
    for number in range(draw.randint(*_FACTS)):
        text = _state(doc_id, number, text, home, draw, words, tables)
    _mention(doc_id, len(text), draw, tables)
    head = {"doc_id": doc_id, "source": "合成", "sha256": doc_id, "encoding": "utf-8", "title": title}
    head |= {"published": published, "n_chars": len(text), "n_sentences": text.count("。")}
    tables["documents"].append(_cells("documents", head))
    return Stored(doc_id, doc_id, text, tables)


def _state(
    doc_id: str, number: int, text: str, home: str, draw: random.Random, words: Vocabulary, tables: dict[str, Any]
) -> str:
    """Add a sentence with a fact and its quantity; returns the longer text."""
    chance = draw.random()
    subject = "全国" if chance < 0.25 else home if chance < 0.8 else _rank(draw, words.subjects)
    indicator, time = _rank(draw, words.indicators), None if draw.random() < 0.25 else _rank(draw, words.times)
    unit, base, dimension = draw.choice(_UNITS)
    value = Decimal(draw.choice((10, 10**2, 10**4, 10**8)) * draw.randint(1, 99))
    begin, said = len(text), f"{time or ''}，{subject}{indicator}达到"
    quantity = f"{value}{unit}"
    start = begin + len(said)
    text = f"{text}{said}{quantity}。{_FILLER}\n"
    first, last = calendar.bounds(time)
    fact = {
        "fact_id": f"{draw.getrandbits(64):016x}", "doc_id": doc_id, "subject": subject, "indicator": indicator,
        "aspect": draw.choice(_ASPECTS), "status": "target" if draw.random() < 0.2 else "actual", "value": str(value),
        "unit": unit, "comparator": draw.choice(("eq", "eq", "eq", "gt", "approx")), "dimension": dimension,
        "base_value": str(value), "base_unit": base, "time": time, "first_day": first, "last_day": last,
        "company": subject if subject in words.companies else None, "quantity_start": start,
        "quantity_end": start + len(quantity), "sentence_start": begin, "sentence_end": start + len(quantity) + 1,
        "indicator_start": start - 2 - len(indicator), "indicator_end": start - 2, "rule": "fact.level",
    }  # fmt: skip
    tables["facts"].append(_cells("facts", fact))
    tables["quantities"].append(_quantity(fact, quantity))
    return text


def _quantity(fact: dict[str, Any], text: str) -> tuple[Cell, ...]:
    place = {"start": fact["quantity_start"], "end": fact["quantity_end"], "text": text, "kind": "cardinal"}
    return _cells("quantities", fact | place | {"rule": "quantity.measure"})


def _mention(doc_id: str, length: int, draw: random.Random, tables: dict[str, Any]) -> None:
    """Add the quantities that state nothing, the times and the companies."""
    for table, (least, most) in (("quantities", (0, 2 * _BARE_QUANTITIES)), ("times", _TIMES), ("companies", _NAMES)):
        for _ in range(draw.randint(least, most)):
            start = draw.randrange(length - 8)
            row = {"doc_id": doc_id, "start": start, "end": start + 5, "text": "某某某某某", "norm": "2023"}
            row |= {"value": "1", "unit": "元", "kind": "cardinal", "canonical": "某某公司", "rule": "bench"}
            tables[table].append(_cells(table, row | {"sentence_start": start, "sentence_end": start + 6}))


def _cells(table: str, row: dict[str, Any]) -> tuple[Cell, ...]:
    return tuple(row.get(c) for c in COLUMNS[table])
