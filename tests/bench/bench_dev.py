"""Scores on texts that readers labelled without seeing any output: python tests/bench/bench_dev.py [--errors]

corpus/dev holds the labels (offsets and values, no text) and, in manifest.csv, where each text is: a file below
../shared, and of an excerpt its range of code points. `set` says in which round it was labelled.
"""

from __future__ import annotations

import argparse
import csv
import shutil
import tempfile
from pathlib import Path

from pipeline.batch import run
from pipeline.evaluate import command, evaluate
from pipeline.inputs import Inputs

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
DEV = ROOT / "corpus" / "dev"
_SHOWN = ("quantity full", "time full", "company full", "fact detected", "fact core", "fact full", "target")


def lay(rows: list[dict[str, str]], folder: Path) -> None:
    """Write the texts, their manifest and their labels into articles/ and gold/ of the folder."""
    articles, gold = folder / "articles", folder / "gold"
    articles.mkdir(parents=True)
    gold.mkdir()
    for row in rows:
        text = (SHARED / row["file"]).read_bytes().decode("utf-8")
        end = int(row["end"]) if row["end"] else len(text)
        (articles / f"{row['doc_id']}.txt").write_bytes(text[int(row["start"] or 0) : end].encode())
        shutil.copy(DEV / f"{row['doc_id']}.jsonl", gold)
    with (articles / "manifest.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, ("doc_id", "published", "title", "source"), extrasaction="ignore")
        table.writeheader()
        table.writerows({**row, "source": row["file"]} for row in rows)


def main() -> None:
    """Print the F1 of each set of texts, and with --errors every miss of all of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--errors", action="store_true", help="list every miss")
    errors = parser.parse_args().errors
    with (DEV / "manifest.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    print(f"{'set':10} {'texts':>5}", *(f"{name:>14}" for name in _SHOWN))
    with tempfile.TemporaryDirectory() as folder:
        for name in [*dict.fromkeys(row["set"] for row in rows), ""]:
            chosen, place = [row for row in rows if name in ("", row["set"])], Path(folder, name or "all")
            lay(chosen, place)
            run(Inputs((str(place / "articles"),)), out=place / "out")
            scores = evaluate(place / "gold", place / "out").overall.scores
            print(f"{name or 'all':10} {len(chosen):5}", *(f"{scores[s].f1:14.3f}" for s in _SHOWN), flush=True)
        if errors:
            print(command(place / "gold", place / "out", errors=True, as_json=False))


if __name__ == "__main__":
    main()
