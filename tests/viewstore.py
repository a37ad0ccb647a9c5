"""A store of made-up articles for the tests of the viewer: rows are written as they are, nothing is extracted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline.dataset import COLUMNS, PER_ARTICLE
from pipeline.store import Stored, cells, writing


def fact(fact_id: str, doc_id: str, raw: str, **said: Any) -> dict[str, Any]:
    """A row of facts; slots are given by the words that fill them, as they stand in `raw`."""
    row: dict[str, Any] = dict.fromkeys(COLUMNS["facts"])
    row |= {"fact_id": fact_id, "doc_id": doc_id, "aspect": "level", "status": "actual", "comparator": "eq"}
    row |= {"sentence_start": 0, "sentence_end": len(raw), "rule": "fact.level", "quantity_start": 0, "quantity_end": 1}
    for slot, words in said.pop("slots", {}).items():
        start = raw.index(words)
        row |= {f"{slot}_start": start, f"{slot}_end": start + len(words)}
    return row | said


def stored(doc_id: str, raw: str, facts: list[dict[str, Any]], **head: Any) -> Stored:
    """An article with its facts, and a quantity for each of them."""
    document = dict.fromkeys(COLUMNS["documents"]) | {"doc_id": doc_id, "sha256": doc_id, "n_chars": len(raw)}
    tables: dict[str, list[dict[str, Any]]] = {table: [] for table in PER_ARTICLE}
    tables["documents"] = [document | {"n_sentences": 1} | head]
    tables["facts"] = facts
    tables["quantities"] = [_quantity(f, raw) for f in facts]
    return Stored(doc_id, "", raw, {t: [cells(t, row) for row in rows] for t, rows in tables.items()})


def _quantity(row: dict[str, Any], raw: str) -> dict[str, Any]:
    start, end = row["quantity_start"], row["quantity_end"]
    said = {"start": start, "end": end, "text": raw[start:end], "kind": "cardinal", "rule": "quantity.measure"}
    return {c: row.get(c) for c in COLUMNS["quantities"]} | said


def write(out: Path, articles: list[Stored]) -> None:
    """Put articles into the store of an output folder."""
    with writing(out) as store:
        store.write(articles=articles)
