"""Evaluation against gold: exact figures on small cases, and the same figures as ../shared/tools/score.py."""

from __future__ import annotations

import csv
import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline import Extractor, dataset
from pipeline.evaluate import Accuracy, Evaluation, Score, command, evaluate
from pipeline.gold import read_gold

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"

Row = dict[str, Any]

TEXT = "全区产值达到100亿元，增长5%。力争2026年达到200亿元。"
FACT = {"indicator": ["产值"], "subject": ["渝北区"], "aspect": "level", "status": "actual", "time": None}
TARGET = FACT | {"status": "target", "time": "2026"}


def quantity(text: str, value: float | None, unit: str | None = "元", **slots: Any) -> Row:
    """A gold label for a quantity of TEXT."""
    start = TEXT.index(text)
    named: Row = {"type": "quantity", "start": start, "end": start + len(text), "text": text}
    return named | {"value": value, "unit": unit, "kind": "cardinal", "comparator": "eq", "fact": None} | slots


GOLD = [
    quantity("100亿元", 1e10, fact=FACT),
    quantity("5%", 5, "%", kind="percent", fact=FACT | {"aspect": "growth", "direction": "up"}),
    quantity("200亿元", 2e10, fact=TARGET),
    {"type": "time", "start": 19, "end": 24, "text": "2026年", "norm": "2026"},
    {"type": "company", "start": 0, "end": 2, "text": "全区", "canonical": "“全区”"},
]


def predicted(label: Row, **slots: Any) -> Row:
    """The row of a mention that agrees with a label."""
    return label | {"sentence_start": 0, "sentence_end": 17, "rule": "rule"} | slots


def stated(label: Row, **slots: Any) -> Row:
    """The row of a fact that agrees with a label."""
    fact: Row = label["fact"]
    best = {"indicator": fact["indicator"][0], "subject": fact["subject"][0]}
    return fact | best | {"quantity_start": label["start"], "quantity_end": label["end"]} | slots


def write_output(out: Path, **tables: list[Row]) -> Path:
    """An output folder of the article `a` with the given rows; what a row lacks is empty."""
    out.mkdir(exist_ok=True)
    for table, columns in dataset.COLUMNS.items():
        given = [{}] if table == "documents" else tables.get(table, [])
        rows = [{c: row.get(c) for c in columns} | {"doc_id": "a"} for row in given]
        dataset.write_parquet(out / f"{table}.parquet", table, rows)
    return out


def write_gold(folder: Path, labels: list[Row], doc_id: str = "a") -> Path:
    folder.mkdir(exist_ok=True)
    lines = [json.dumps(label, ensure_ascii=False) for label in labels]
    (folder / f"{doc_id}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def scored(tmp_path: Path, labels: list[Row], **tables: list[Row]) -> Evaluation:
    return evaluate(write_gold(tmp_path / "gold", labels), write_output(tmp_path / "out", **tables))


def test_everything_right(tmp_path: Path) -> None:
    mentions = [predicted(label) for label in GOLD]
    result = scored(
        tmp_path,
        GOLD,
        quantities=mentions[:3],
        times=[mentions[3] | {"first_day": "2026-01-01", "last_day": "2026-12-31"}],
        companies=mentions[4:],
        facts=[stated(label) for label in GOLD[:3]],
    )
    assert {score.f1 for score in result.overall.scores.values()} == {1.0}
    assert result.overall.scores["target"] == Score(1, 1, 1, 1)
    assert result.overall.slots["fact.time"] == Accuracy(3, 3)
    assert (result.errors, result.absent) == ((), ())


def test_figures_of_a_partly_right_output(tmp_path: Path) -> None:
    wrong_unit, spurious = predicted(GOLD[1], unit="百分点"), predicted(GOLD[0], start=2, end=4, text="产值")
    result = scored(
        tmp_path,
        GOLD,
        quantities=[predicted(GOLD[0]), wrong_unit, spurious],
        facts=[stated(GOLD[0]), stated(GOLD[2], time=None)],
    )
    scores = result.overall.scores
    span, core = scores["quantity span"], scores["fact core"]
    assert (span.precision, span.recall, span.f1) == pytest.approx((2 / 3, 2 / 3, 2 / 3))
    assert scores["quantity full"] == Score(1, 3, 1, 3)
    assert scores["quantity value~"] == Score(2, 3, 2, 3, lenient=True)
    assert (core.precision, core.recall, core.f1) == pytest.approx((1 / 2, 1 / 3, 0.4))
    assert scores["target"] == Score(0, 1, 0, 1)
    assert result.overall.slots["quantity.unit"] == Accuracy(1, 2)
    assert result.overall.slots["fact.time"] == Accuracy(1, 2)
    found = [(miss.kind, miss.what, miss.text, dict(miss.slots)) for miss in result.errors if miss.kind == "quantity"]
    assert found == [
        ("quantity", "spurious", "产值", {}),
        ("quantity", "wrong", "5%", {"unit": ("百分点", "%")}),
        ("quantity", "missed", "200亿元", {}),
    ]


def test_a_review_judges_only_what_it_decided(tmp_path: Path) -> None:
    """A reviewer has called one fact right and one wrong; the third row is not judged."""
    review = {"review": {"decision": "right", "fact_id": "x", "who": "w", "when": "2026-11-21"}}
    labels = [GOLD[0] | review, GOLD[1] | {"fact": None} | review]
    rows = GOLD[:3]
    found = scored(tmp_path, labels, quantities=[predicted(row) for row in rows], facts=[stated(row) for row in rows])
    assert found.overall.scores["quantity full"] == Score(2, 2, 2, 2)
    assert found.overall.scores["fact detected"] == Score(1, 2, 1, 1)


def test_nothing_predicted_has_no_precision(tmp_path: Path) -> None:
    result = scored(tmp_path, GOLD)
    for score in result.overall.scores.values():
        assert (score.precision, score.recall, score.f1) == (None, 0.0, 0.0)
    figures = json.loads(command(tmp_path / "gold", tmp_path / "out", errors=False, as_json=True))
    assert figures["f1"]["quantity span"] == {"P": None, "R": 0.0, "F1": 0.0, "gold": 3, "pred": 0}
    shown = command(tmp_path / "gold", tmp_path / "out", errors=False, as_json=False)
    assert shown.splitlines()[1].split() == ["quantity", "span", "n/a", "0.000", "0.000", "3", "0"]


@pytest.mark.parametrize(
    ("subject", "indicator", "right"),
    [
        ("渝北区", "产值", (1, 1)),
        ("渝北", "产值", (1, 0)),
        ("渝北 区", "“产值”", (1, 1)),
        ("渝北", "区产值", (1, 1)),
        ("渝北区产值", None, (0, 0)),
        ("渝北区", "产量", (0, 1)),
    ],
)
def test_names_and_joint_names(tmp_path: Path, subject: str, indicator: str | None, right: tuple[int, int]) -> None:
    result = scored(tmp_path, GOLD, facts=[stated(GOLD[0], subject=subject, indicator=indicator)])
    slots = result.overall.slots
    assert (slots["fact.indicator"].right, slots["fact.subject"].right) == right


@pytest.mark.parametrize(
    ("got", "wanted", "right"),
    [(0.3333, 1 / 3, 1), (1.0e10 * 1.0009, 1e10, 1), (1.0e10 * 1.0011, 1e10, 0), (None, None, 1), (0.0, None, 0)],
)
def test_value_tolerance(tmp_path: Path, got: float | None, wanted: float | None, right: int) -> None:
    label = quantity("100亿元", wanted)
    result = scored(tmp_path, [label], quantities=[predicted(label, value=got)])
    assert result.overall.slots["quantity.value"] == Accuracy(right, 1)


def test_the_first_of_two_facts_about_a_quantity_counts(tmp_path: Path) -> None:
    result = scored(tmp_path, GOLD, facts=[stated(GOLD[0]), stated(GOLD[0], aspect="growth")])
    assert result.overall.scores["fact core"] == Score(1, 1, 1, 3)


def test_an_article_that_is_not_in_the_output_is_reported(tmp_path: Path) -> None:
    write_gold(tmp_path / "gold", GOLD, "b")
    result = scored(tmp_path, GOLD, quantities=[predicted(label) for label in GOLD[:3]])
    assert result.absent == ("b",)
    assert result.overall.scores["quantity span"] == Score(3, 3, 3, 6)
    assert "Not in " in command(tmp_path / "gold", tmp_path / "out", errors=False, as_json=False)


def test_errors_name_their_sentence_where_the_store_holds_the_text(tmp_path: Path) -> None:
    scored(tmp_path, GOLD)
    assert "力争" not in command(tmp_path / "gold", tmp_path / "out", errors=True, as_json=False)
    with sqlite3.connect(tmp_path / "out" / "store.sqlite") as store:
        store.execute("CREATE TABLE articles (doc_id TEXT PRIMARY KEY, raw TEXT)")
        store.execute("INSERT INTO articles VALUES ('a', ?)", (TEXT,))
    store.close()
    lines = command(tmp_path / "gold", tmp_path / "out", errors=True, as_json=False).splitlines()
    at = lines.index("a:26-31 quantity missed 200亿元")
    assert lines[at + 1].strip() == "力争2026年达到200亿元。"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "write one JSON object a line"),
        ("[1]", "write one record"),
        ('{"type": "time", "start": 1, "end": 2, "text": "x"}', "the time lacks norm; add it"),
        ('{"type": "time", "start": 2, "end": 2, "text": "x", "norm": null}', "give raw offsets with 0 <= start < end"),
        ('{"type": "time", "start": 1, "end": 2, "text": "x", "norm": "soon"}', "write a date"),
        ('{"type": "place", "start": 1, "end": 2, "text": "x"}', "use one of quantity, time, company"),
        (json.dumps(GOLD[0] | {"fact": FACT | {"subject": "渝北区"}}), "write it as a list"),
        (json.dumps(GOLD[0] | {"fact": {"indicator": ["产值"]}}), "the fact lacks subject, aspect, status, time"),
    ],
)
def test_bad_gold_is_refused_with_file_line_and_remedy(tmp_path: Path, line: str, message: str) -> None:
    path = write_gold(tmp_path / "gold", GOLD) / "a.jsonl"
    path.write_text(path.read_text(encoding="utf-8") + "\n" + line + "\n", encoding="utf-8")
    with pytest.raises(ValueError, match=f"a.jsonl:{len(GOLD) + 2}: .*{message}"):
        read_gold(tmp_path / "gold")


def test_a_folder_without_gold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="holds no STEM"):
        read_gold(tmp_path)


def agrees(gold: Path, out: Path) -> None:
    """Every figure of score.py, except the precision of nothing."""
    run = [sys.executable, str(SHARED / "tools" / "score.py"), str(gold), str(out), "--json"]
    theirs = json.loads(subprocess.run(run, check=True, capture_output=True, text=True, encoding="utf-8").stdout)
    ours = json.loads(command(gold, out, errors=False, as_json=True))
    for figures in theirs["f1"].values():
        figures["P"] = figures["P"] if figures["pred"] else None
    assert ours["f1"] == theirs["f1"]
    assert ours["slots"] == theirs["slots"]


needs_shared = pytest.mark.skipif(
    not (SHARED / "tools" / "score.py").exists(), reason=f"{SHARED}/tools/score.py is not there to compare with"
)


@needs_shared
@pytest.mark.parametrize("origin", [SHARED, ROOT / "corpus"], ids=["shared", "corpus"])
def test_agrees_with_the_independent_score(tmp_path: Path, origin: Path) -> None:
    out, extractor = write_output(tmp_path / "out"), Extractor()
    with (origin / "articles" / "manifest.csv").open(encoding="utf-8-sig", newline="") as file:
        about = {row["doc_id"]: row for row in csv.DictReader(file)}
    found: dict[str, list[Row]] = {table: [] for table in dataset.COLUMNS}
    for stem in read_gold(origin / "gold"):
        path = origin / "articles" / f"{stem}.txt"
        raw = path.read_bytes().decode("gb18030" if stem.startswith("gb18030") else "utf-8-sig")
        listed = about.get(stem, {})
        document = extractor(
            raw, published=listed.get("published") or None, title=listed.get("title") or None, doc_id=stem
        )
        for table, rows in dataset.rows(document).items():
            found[table] += rows
    for table, rows in found.items():
        dataset.write_parquet(out / f"{table}.parquet", table, rows)
    agrees(origin / "gold", out)


@needs_shared
def test_agrees_where_little_is_predicted(tmp_path: Path) -> None:
    gold = write_gold(tmp_path / "gold", GOLD[:3])
    write_gold(gold, GOLD, "b")
    scaled = predicted(quantity("5%", 500, None))
    rows = [predicted(GOLD[0]), predicted(GOLD[0], value=1.0), scaled]
    facts = [stated(GOLD[2], subject="渝北", indicator="区产值"), stated(GOLD[2], aspect="share")]
    agrees(gold, write_output(tmp_path / "out", quantities=rows, facts=facts))
