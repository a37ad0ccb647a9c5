"""The only reader of gold labels: STEM.jsonl files in the format of ANNOTATION.md."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pipeline.calendar import bounds
from pipeline.spans import Offsets

Label = dict[str, Any]  # one record of a gold file, as ANNOTATION.md defines it

_ALWAYS = ("type", "start", "end", "text")
KEYS = {"quantity": ("value", "unit", "kind", "comparator", "fact"), "time": ("norm",), "company": ("canonical",)}
_FACT_KEYS = ("indicator", "subject", "aspect", "status", "time")


def read_gold(gold_dir: Path) -> dict[str, list[Label]]:
    """The labels of every STEM.jsonl by stem. Raises ValueError with file, line and remedy where a line is bad."""
    paths = sorted(gold_dir.glob("*.jsonl"))
    if not paths:
        raise FileNotFoundError(f"{gold_dir} holds no STEM.jsonl; name the folder that holds the gold labels")
    return {path.stem: list(_labels(path)) for path in paths}


def decided(labels: list[Label]) -> frozenset[Offsets] | None:
    """The spans that a reviewer's file judges; None for a full labelling, where every other row is wrong."""
    partial = bool(labels) and all("review" in label for label in labels)
    return frozenset((label["start"], label["end"]) for label in labels) if partial else None


def _labels(path: Path) -> Iterator[Label]:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                label = json.loads(line.decode("utf-8-sig"))
                check(label)
            except json.JSONDecodeError as error:
                raise ValueError(f"{path}:{number}: {error}; write one JSON object a line") from None
            except ValueError as error:
                raise ValueError(f"{path}:{number}: {error}") from None
            yield label


def check(label: Any) -> None:
    """Raise ValueError with the remedy where a record is not what ANNOTATION.md asks for."""
    if not isinstance(label, dict):
        raise ValueError("the line is no JSON object; write one record {…} a line")
    _require(label, _ALWAYS, "the record")
    if label["type"] not in KEYS:
        raise ValueError(f"type {label['type']!r} is unknown; use one of {', '.join(KEYS)}")
    _require(label, KEYS[label["type"]], f"the {label['type']}")
    start, end = label["start"], label["end"]
    if not (type(start) is int and type(end) is int and 0 <= start < end):
        raise ValueError(f"start {start!r} and end {end!r} are no range; give raw offsets with 0 <= start < end")
    if label["type"] == "time":
        _check_norm(label["norm"])
    if fact := label.get("fact"):
        if not isinstance(fact, dict):
            raise ValueError(f"fact {fact!r} is no JSON object; write its slots as {{…}}, or null")
        _require(fact, _FACT_KEYS, "the fact")
        for slot in ("indicator", "subject"):
            if not fact[slot] or not isinstance(fact[slot], list):
                raise ValueError(f"{slot} {fact[slot]!r} is no list of names; write it as a list, the best name first")


def _require(record: Label, keys: Iterable[str], what: str) -> None:
    missing = [key for key in keys if key not in record]
    if missing:
        raise ValueError(f"{what} lacks {', '.join(missing)}; add it, with null where the article gives none")


def _check_norm(norm: Any) -> None:
    try:
        if not isinstance(norm, str | None):
            raise ValueError("it is no text")
        bounds(norm)
    except ValueError as error:
        raise ValueError(f"norm {norm!r}: {error}; write a date or a closed interval such as 2023-01/2023-11") from None


def labels_of(kind: str, labels: Iterable[Label]) -> dict[Offsets, Label]:
    """The labels of one kind by their span; those of facts by the span of their quantity."""
    chosen = (g for g in labels if (g.get("fact") if kind == "fact" else g["type"] == kind))
    return {(g["start"], g["end"]): g for g in chosen}
