"""How right a dataset is: the scores of an output folder against gold labels.

The figures are those of ../shared/tools/score.py, with one exception: where nothing is predicted, precision is None
(shown as n/a) and never 1.0. Read `evaluate` first, then `judge`, which says what right means for one record.
"""

from __future__ import annotations

import json
import sqlite3
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import regex
from rich.cells import cell_len

from pipeline import dataset
from pipeline.calendar import bounds
from pipeline.dataset import Row
from pipeline.gold import Label, decided, labels_of, read_gold
from pipeline.segment import sentences
from pipeline.spans import Offsets
from pipeline.unwrap import unwrap

TABLES = {"quantity": "quantities", "time": "times", "company": "companies", "fact": "facts"}
CORE = ("indicator", "aspect", "status", "time")
_LENIENT = ("quantity", "time")
_BY_ARTICLE = ("quantity full", "time full", "company full", "fact detected", "fact core", "fact full", "target")
_IGNORED = regex.compile(r"[\s“”\"'‘’《》的]")


@dataclass(frozen=True, slots=True)
class Score:
    """Right records and found labels: they differ where any overlap counts (`lenient`), as one may find two."""

    right: int = 0
    predicted: int = 0
    found: int = 0
    expected: int = 0
    lenient: bool = False

    def __add__(self, other: Score) -> Score:
        return Score(
            self.right + other.right,
            self.predicted + other.predicted,
            self.found + other.found,
            self.expected + other.expected,
            other.lenient,
        )

    @property
    def precision(self) -> float | None:
        """The share of the predictions that is right, None where nothing is predicted."""
        return self.right / self.predicted if self.predicted else None

    @property
    def recall(self) -> float:
        """The share of the labels that was found; with no label to find it is 1, and 0 for a lenient score."""
        return self.found / self.expected if self.expected else float(not self.lenient)

    @property
    def f1(self) -> float:
        """The harmonic mean; 1 where there was nothing to find and nothing is predicted."""
        nothing = not (self.expected or self.lenient)
        precision = float(nothing) if self.precision is None else self.precision
        total = precision + self.recall
        return 2 * precision * self.recall / total if total else 0.0


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How often a slot is right on the spans that both sides have."""

    right: int = 0
    total: int = 0

    def __add__(self, other: Accuracy) -> Accuracy:
        return Accuracy(self.right + other.right, self.total + other.total)


@dataclass(frozen=True, slots=True)
class Sheet:
    """Scores by name (quantity span, fact core, …) and accuracies by slot (quantity.value, …)."""

    scores: Mapping[str, Score]
    slots: Mapping[str, Accuracy]


@dataclass(frozen=True, slots=True)
class Miss:
    """A label that was `missed`, a `spurious` prediction, or a matched one whose `slots` are `wrong`: (got, gold).

    `start` and `end` are raw offsets; `sentence` is None where the output folder does not hold the article's text.
    """

    doc_id: str
    kind: str
    what: str
    start: int
    end: int
    text: str
    slots: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    sentence: str | None = None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The scores overall and by article. The labels of the articles in `absent` count as missed."""

    overall: Sheet
    articles: Mapping[str, Sheet]
    errors: tuple[Miss, ...]
    absent: tuple[str, ...]


def evaluate(gold_dir: Path, out: Path) -> Evaluation:
    """Score the tables in `out` against the labels in `gold_dir`.

    Raises FileNotFoundError if either holds none, and ValueError with file and line where a gold line is bad.
    """
    gold = read_gold(gold_dir)
    tables = {kind: _by_article(dataset.read(out, table)) for kind, table in TABLES.items()}
    known = {str(row["doc_id"]) for row in dataset.read(out, "documents")}
    articles: dict[str, Sheet] = {}
    errors: list[Miss] = []
    for doc_id, labels in gold.items():
        rows = {kind: _judged(kind, found.get(doc_id, []), decided(labels)) for kind, found in tables.items()}
        articles[doc_id] = _sheet(rows, labels)
        errors += _in_sentences(sorted(_misses(doc_id, rows, labels), key=lambda m: (m.start, m.end)), out)
    absent = tuple(doc_id for doc_id in gold if doc_id not in known)
    return Evaluation(_total(articles.values()), articles, tuple(errors), absent)


def _judged(kind: str, rows: list[Row], places: frozenset[Offsets] | None) -> list[Row]:
    return rows if places is None else [row for row in rows if span_of(kind, row) in places]


def _by_article(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[str(row["doc_id"])].append(row)
    return found


def judge(kind: str, row: Row, label: Label) -> dict[str, bool]:
    """For each slot of `kind` (quantity, time, company, fact) whether the row is right about a label of its span."""
    if kind == "quantity":
        return {
            "value": _close(row["value"], label["value"]),
            "value_max": _close(row["value_max"], label.get("value_max")),
            "unit": _norm(row["unit"]) == _norm(label["unit"]),
            "kind": row["kind"] == label["kind"],
            "comparator": row["comparator"] == label["comparator"],
        }
    if kind == "time":
        return {"norm": row["norm"] == label["norm"]}
    if kind == "company":
        return {"canonical": _norm(row["canonical"]) == _norm(label["canonical"])}
    return _judge_fact(row, label["fact"])


def _judge_fact(row: Row, fact: Label) -> dict[str, bool]:
    """江苏省 + 民营企业进出口 reads as 江苏省民营企业 + 进出口: then both names are right."""
    subject, indicator = _norm(row["subject"]), _norm(row["indicator"])
    subjects, indicators = {_norm(name) for name in fact["subject"]}, {_norm(name) for name in fact["indicator"]}
    joint = bool(subject and indicator) and f"{subject}{indicator}" in {f"{s}{i}" for s in subjects for i in indicators}
    same = {slot: row[slot] == fact.get(slot) for slot in ("aspect", "status", "time", "direction", "endpoint")}
    return {
        "indicator": joint or (indicator is not None and indicator in indicators),
        "subject": joint or (subject is not None and subject in subjects),
        **same,
    }


def _norm(name: str | None) -> str | None:
    return _IGNORED.sub("", str(name)) if name not in (None, "") else None


def _close(got: Any, wanted: Any) -> bool:
    if got is None or wanted is None:
        return got is None and wanted is None
    return abs(float(got) - float(wanted)) <= 1e-3 * max(1e-9, abs(float(wanted))) + 1e-9


def span_of(kind: str, row: Row) -> Offsets:
    """Where a row's span is; that of a fact is its quantity's."""
    return (row["quantity_start"], row["quantity_end"]) if kind == "fact" else (row["start"], row["end"])


def _rows_of(kind: str, rows: Iterable[Row]) -> dict[Offsets, Row]:
    """Rows by span: of two facts about one quantity the first counts, of two mentions the last."""
    found: dict[Offsets, Row] = {}
    for row in rows:
        if kind != "fact" or span_of(kind, row) not in found:
            found[span_of(kind, row)] = row
    return found


def _sheet(rows: Mapping[str, list[Row]], labels: list[Label]) -> Sheet:
    """The scores of one article."""
    scores: dict[str, Score] = {}
    slots: dict[str, Accuracy] = {}
    for kind in TABLES:
        gold, got = labels_of(kind, labels), _rows_of(kind, rows[kind])
        marks = {span: judge(kind, got[span], gold[span]) for span in gold.keys() & got.keys()}
        scores |= _scores(kind, gold, got, marks)
        for mark in marks.values():
            for slot, right in mark.items():
                slots[f"{kind}.{slot}"] = slots.get(f"{kind}.{slot}", Accuracy()) + Accuracy(right, 1)
        if kind in _LENIENT:
            scores[f"{kind} value~"] = _lenient(kind, rows[kind], gold.values())
    return Sheet(scores, slots)


def _scores(
    kind: str, gold: Mapping[Offsets, Label], got: Mapping[Offsets, Row], marks: Mapping[Offsets, dict[str, bool]]
) -> dict[str, Score]:
    def score(right: int) -> Score:
        return Score(right, len(got), right, len(gold))

    full = score(sum(all(mark.values()) for mark in marks.values()))
    if kind != "fact":
        return {f"{kind} span": score(len(marks)), f"{kind} full": full}
    core = score(sum(all(mark[slot] for slot in CORE) for mark in marks.values()))
    target = _targets(gold, got, marks)
    return {"fact detected": score(len(marks)), "fact core": core, "fact full": full, "target": target}


def _targets(
    gold: Mapping[Offsets, Label], got: Mapping[Offsets, Row], marks: Mapping[Offsets, dict[str, bool]]
) -> Score:
    expected = {span for span, label in gold.items() if label["fact"]["status"] == "target"}
    predicted = {span for span, row in got.items() if row["status"] == "target"}
    right = sum(all(marks[span][slot] for slot in CORE) for span in expected & predicted)
    return Score(right, len(predicted), right, len(expected))


def _lenient(kind: str, rows: list[Row], labels: Iterable[Label]) -> Score:
    """Overlap and the right value or interval, so that tools with other span conventions can be compared."""
    gold = [g for g in labels if g["value" if kind == "quantity" else "norm"] is not None]
    covering: dict[int, list[int]] = defaultdict(list)
    for k, label in enumerate(gold):
        for at in range(label["start"], label["end"]):
            covering[at].append(k)
    right = 0
    found: set[int] = set()
    for row in rows:
        near = {k for at in range(row["start"], row["end"]) for k in covering.get(at, ())}
        hits = {k for k in near if _same_value(kind, row, gold[k])}
        right += bool(hits)
        found |= hits
    return Score(right, len(rows), len(found), len(gold), lenient=True)


def _same_value(kind: str, row: Row, label: Label) -> bool:
    if kind == "time":
        days = (row["first_day"], row["last_day"]) if row["first_day"] else bounds(row["norm"])
        return days == bounds(label["norm"])
    got, wanted = row["value"], label["value"]
    hundredth = label["kind"] == "fraction" and got is not None and _close(float(got) / 100, wanted)
    return _close(got, wanted) or hundredth


def _total(sheets: Iterable[Sheet]) -> Sheet:
    scores: dict[str, Score] = {}
    slots: dict[str, Accuracy] = {}
    for sheet in sheets:
        for name, score in sheet.scores.items():
            scores[name] = scores.get(name, Score()) + score
        for name, accuracy in sheet.slots.items():
            slots[name] = slots.get(name, Accuracy()) + accuracy
    return Sheet(scores, slots)


def _misses(doc_id: str, rows: Mapping[str, list[Row]], labels: list[Label]) -> Iterator[Miss]:
    for kind in TABLES:
        gold, got = labels_of(kind, labels), _rows_of(kind, rows[kind])
        for span in gold.keys() | got.keys():
            if span not in got:
                yield Miss(doc_id, kind, "missed", *span, gold[span]["text"])
            elif span not in gold:
                yield Miss(doc_id, kind, "spurious", *span, str(got[span].get("text") or got[span]["indicator"]))
            elif wrong := {slot for slot, right in judge(kind, got[span], gold[span]).items() if not right}:
                wanted = gold[span]["fact"] if kind == "fact" else gold[span]
                slots = {slot: (got[span][slot], wanted.get(slot)) for slot in sorted(wrong)}
                yield Miss(doc_id, kind, "wrong", *span, gold[span]["text"], slots)


def _in_sentences(misses: list[Miss], out: Path) -> Iterator[Miss]:
    """One article's misses with the sentence that each stands in, where the store holds the article."""
    raw = _raw(out / "store.sqlite", misses[0].doc_id) if misses else None
    if raw is None:
        yield from misses
        return
    clean = unwrap(raw)
    split = sentences(clean)
    starts = [sentence.start for sentence in split]
    for miss in misses:
        around = split[max(0, bisect_right(starts, miss.start) - 1)]
        yield replace(miss, sentence=clean.text[around.left : around.right])


def _raw(store: Path, doc_id: str) -> str | None:
    if not store.exists():
        return None
    with closing(sqlite3.connect(f"{store.resolve().as_uri()}?mode=ro", uri=True)) as database:
        found = database.execute("SELECT raw FROM articles WHERE doc_id = ?", (doc_id,)).fetchone()
    return str(found[0]) if found else None


def command(gold_dir: Path, out: Path, *, errors: bool, as_json: bool) -> str:
    """The evaluation as text: by type, by article and by slot, with `errors` every miss; or as a JSON document."""
    result = evaluate(gold_dir, out)
    if as_json:
        return _json(result, errors=errors)
    parts = [_types(result.overall), _articles(result.articles), _accuracies(result.overall)]
    if result.absent:
        parts.append(f"Not in {out}, so that all their labels count as missed: {', '.join(result.absent)}")
    if errors:
        parts.append("\n".join(map(_line, result.errors)) or "No errors.")
    return "\n\n".join(parts)


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Aligned columns, the first to the left and the others to the right; Chinese characters are two columns wide."""
    lines = [list(header), *map(list, rows)]
    widths = [max(map(cell_len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            " " * (k and width - cell_len(cell)) + cell + " " * (0 if k else width - cell_len(cell))
            for k, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )


def figure(value: float | None) -> str:
    """Three decimals, or n/a."""
    return "n/a" if value is None else f"{value:.3f}"


def _types(sheet: Sheet) -> str:
    rows = [
        [name, figure(s.precision), figure(s.recall), figure(s.f1), str(s.expected), str(s.predicted)]
        for name, s in sheet.scores.items()
    ]
    return table(["type", "P", "R", "F1", "gold", "pred"], rows)


def _articles(articles: Mapping[str, Sheet]) -> str:
    """F1 by article; a dash where there is neither a label nor a prediction."""
    rows = []
    for doc_id, sheet in articles.items():
        scores = [sheet.scores[name] for name in _BY_ARTICLE]
        rows.append([doc_id, *(figure(s.f1) if s.expected or s.predicted else "-" for s in scores)])
    return table(["F1 by article", *_BY_ARTICLE], rows)


def _accuracies(sheet: Sheet) -> str:
    rows = [[name, figure(a.right / a.total), str(a.total)] for name, a in sheet.slots.items()]
    return table(["slot, where the span is right", "accuracy", "of"], rows)


def _line(miss: Miss) -> str:
    wrong = "; ".join(f"{slot}: got {got}, gold {wanted}" for slot, (got, wanted) in miss.slots.items())
    head = f"{miss.doc_id}:{miss.start}-{miss.end} {miss.kind} {miss.what} {miss.text}{' | ' if wrong else ''}{wrong}"
    return f"{head}\n    {miss.sentence}" if miss.sentence else head


def _json(result: Evaluation, *, errors: bool) -> str:
    document: dict[str, Any] = _plain(result.overall)
    document["articles"] = {doc_id: _plain(sheet) for doc_id, sheet in result.articles.items()}
    document["absent"] = list(result.absent)
    if errors:
        document["errors"] = [asdict(miss) for miss in result.errors]
    return json.dumps(document, ensure_ascii=False, indent=1)


def _plain(sheet: Sheet) -> dict[str, Any]:
    """The shape of score.py's --json."""
    return {
        "f1": {
            name: {
                "P": None if s.precision is None else round(s.precision, 4),
                "R": round(s.recall, 4),
                "F1": round(s.f1, 4),
                "gold": s.expected,
                "pred": s.predicted,
            }
            for name, s in sheet.scores.items()
        },
        "slots": {name: [round(a.right / a.total, 4), a.total] for name, a in sheet.slots.items()},
    }
