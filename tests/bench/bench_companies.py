"""Company scores with the list of known companies as it is and emptied: python tests/bench/bench_companies.py [SHARED]

SHARED is the folder ../shared with articles/, gold/ and suites/. The figures of the suites are counted as its
score_suites.py does: exact spans over all sentences.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline import Extractor, rulebook
from pipeline.batch import run
from pipeline.evaluate import Score, evaluate
from pipeline.inputs import Inputs
from pipeline.spans import Offsets

# "cfsc unshared" does not judge the names that cfsc labels as Stock: it calls a listed company in a text on its share
# Stock and in other texts Corporate, and by ANNOTATION.md both are mentions of the enterprise.
SUITES = ("cluener", "cfsc", "cfsc unshared")
_SHARED = Path(__file__).resolve().parents[3] / "shared"


def _gold(shared: Path, rules: Path, out: Path) -> Iterator[tuple[str, Score]]:
    run(Inputs((str(shared / "articles"),)), out=out, rules=rules)
    scores = evaluate(shared / "gold", out).overall.scores
    yield from ((f"gold {what}", scores[f"company {what}"]) for what in ("span", "full"))


def _labelled(suite: str, case: dict[str, Any]) -> tuple[set[Offsets], set[Offsets]]:
    """The companies that are labelled, and the spans that are not judged."""
    if suite == "cluener":
        return {(start, end) for start, end, _ in case["company"]}, set()
    kinds = {(start, end): kind for start, end, kind, _ in case["labels"]}
    shares = {span for span, kind in kinds.items() if kind == "Stock"}
    firms = {span for span, kind in kinds.items() if kind == "Corporate"}
    return (firms, shares) if suite == "cfsc unshared" else (firms, set())


def _suite(shared: Path, suite: str, extractor: Extractor) -> Score:
    total = Score()
    file = suite.partition(" ")[0]
    for line in (shared / "suites" / f"{file}.jsonl").read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        wanted, unjudged = _labelled(suite, case)
        found = {(c.start, c.end) for c in extractor(case["text"]).companies} - unjudged
        right = len(wanted & found)
        total += Score(right, len(found), right, len(wanted))
    return total


def _scores(shared: Path, rules: Path, out: Path) -> dict[str, Score]:
    extractor = Extractor(rules=rules)
    return dict(_gold(shared, rules, out)) | {s: _suite(shared, s, extractor) for s in SUITES}


def main(shared: Path) -> None:
    """Print precision, recall and F1 of each measure for both lists."""
    with tempfile.TemporaryDirectory() as folder:
        emptied = Path(folder, "rules")
        shutil.copytree(rulebook.folder(), emptied)
        (emptied / "companies.toml").write_text("company = []\n", encoding="utf-8")
        print(f"{'list':8} {'measure':13} {'P':>6} {'R':>6} {'F1':>6}")
        for name, rules in (("as is", rulebook.folder()), ("emptied", emptied)):
            for measure, score in _scores(shared, rules, Path(folder, name)).items():
                print(
                    f"{name:8} {measure:13} {score.precision or 0:6.3f} {score.recall:6.3f} {score.f1:6.3f}", flush=True
                )


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else _SHARED)
