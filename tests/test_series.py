"""Series: points under all names, table, chart, image."""

from __future__ import annotations

import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pipeline import dataset, series
from pipeline.calendar import bounds
from pipeline.commands import series_command
from pipeline.series import Point

NAME = "规上工业总产值"


def fact(doc_id: str, value: float | None, time: str | None, **more: Any) -> dict[str, Any]:
    first, last = bounds(time)
    return dict.fromkeys(dataset.COLUMNS["facts"]) | {
        "fact_id": doc_id, "doc_id": doc_id, "subject": "渝北区", "indicator": NAME, "aspect": "level",
        "status": "actual", "value": value, "unit": "元", "comparator": "eq", "base_unit": "CNY", "base_value": value,
        "time": time, "first_day": first, "last_day": last, "quantity_start": 10, "quantity_end": 16,
        "sentence_start": 0, "sentence_end": 20, "rule": "r", "indicator_start": 0, "indicator_end": 7,
    } | more  # fmt: skip


FACTS = [
    fact("d", 4000e8, "2024", comparator="gt", indicator="规模以上工业总产值"),
    fact("a", 3685e8, "2021"),
    fact("a2", 1213e8, "2010", subject="渝北", indicator="全区规上工业总产值"),
    fact("a3", 4100e8, "2023", status="target"),
    fact("b", 3100e8, "2023-01/2023-11", comparator="gt"),
    fact("x1", None, "2022", comparator="vague"),
    fact("x2", 1.0, None),
    fact("x3", 16.6, "2021", aspect="growth", unit="%"),
    fact("x4", 5.0, "2021", indicator="规上工业产值"),
    fact("x5", 5.0, "2021", endpoint="from"),
]


def point(doc_id: str, value: float, time: str, comparator: str = "eq", status: str = "actual") -> Point:
    last = bounds(time)[1] or ""
    return Point(time, last, Decimal(int(value)), None, "元", comparator, status, doc_id, 10, 16)


POINTS = [
    point("a2", 1213e8, "2010"),
    point("a", 3685e8, "2021"),
    point("b", 3100e8, "2023-01/2023-11", "gt"),
    point("a3", 4100e8, "2023", status="target"),
    point("d", 4000e8, "2024", "gt"),
]


def test_points_under_all_names_in_any_order() -> None:
    mixed = list(FACTS)
    for seed in range(5):
        random.Random(seed).shuffle(mixed)
        assert series.series(mixed, "渝北", "全区规上工业总产值") == POINTS
    assert series.series(FACTS, "重庆市", NAME) == []
    assert [p.value for p in series.series(FACTS, "渝北区", NAME + "增速", aspect="growth")] == [Decimal("16.6")]


def test_table() -> None:
    assert series.table(POINTS).splitlines() == [
        "time             value      status  article  offsets",
        "2010             1213亿元   actual  a2       10-16",
        "2021             3685亿元   actual  a        10-16",
        "2023-01/2023-11  >3100亿元  actual  b        10-16",
        "2023             4100亿元   target  a3       10-16",
        "2024             >4000亿元  actual  d        10-16",
    ]


def test_chart() -> None:
    assert series.chart(POINTS).splitlines() == [
        "2010             1213亿元   " + "#" * 12,
        "2021             3685亿元   " + "#" * 36,
        "2023-01/2023-11  >3100亿元  " + "#" * 30,
        "2023             4100亿元   " + "o" * 40,
        "2024             >4000亿元  " + "#" * 39,
        "",
        "# actual   o target   > < ~ as the article says it",
    ]
    assert series.chart([]) == "no points"


def test_labels() -> None:
    told = Point("2021", "2021-12-31", Decimal(8), Decimal(9), "%", "le", "target", "a", 0, 1)
    assert series.label(told) == "<=8—9%"
    fall = Point("2021", "2021-12-31", Decimal("-633000"), None, "辆", "approx", "actual", "a", 0, 1)
    assert series.label(fall) == "~-63.3万辆"
    assert series.chart([fall]).splitlines()[0] == "2021  ~-63.3万辆  -" + "#" * 40


def test_all_series() -> None:
    assert series.all_series(FACTS, at_least=6) == []
    assert series.all_series(FACTS) == [
        {
            "subject": "渝北区", "indicator": NAME, "aspect": "level", "unit": "元", "points": 5, "periods": 5,
            "first": "2010", "last": "2024", "first_value": Decimal(121300000000), "last_value": Decimal(400000000000),
        }
    ]  # fmt: skip


@pytest.mark.parametrize("ending", ["png", "svg", "html"])
def test_image(tmp_path: Path, ending: str) -> None:
    pytest.importorskip("altair")
    pytest.importorskip("vl_convert")
    path = tmp_path / f"a.{ending}"
    series.image(POINTS, path, title="渝北区 " + NAME)
    content = path.read_bytes()
    starts = {"png": b"\x89PNG", "svg": b"<svg", "html": b"<!DOCTYPE html>"}
    assert content.lstrip().startswith(starts[ending])
    if ending == "svg":
        drawn = content.decode()
        assert ("渝北区" in drawn, "stroke-dasharray" in drawn) == (True, True)
        assert drawn.count('aria-roledescription="point"') == len(POINTS)


def test_an_image_that_cannot_be_drawn_says_why(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"must end in \.png, \.svg or \.html"):
        series.image(POINTS, tmp_path / "a.gif")
    with pytest.raises(ValueError, match="no points to draw"):
        series.image([], tmp_path / "a.png")


def test_command(tmp_path: Path) -> None:
    dataset.write_csv(tmp_path / "facts.csv", "facts", FACTS)
    run = CliRunner().invoke(series_command, ["渝北", NAME, "--out", str(tmp_path)])
    assert (run.exit_code, run.output) == (0, f"{series.table(POINTS)}\n\n{series.chart(POINTS)}\n")
    run = CliRunner().invoke(series_command, ["渝北", "猪肉产量", "--out", str(tmp_path)])
    assert run.exit_code == 1
    assert "holds no level of 渝北 猪肉产量" in run.output
