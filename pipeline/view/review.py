"""Decisions of reviewers as gold labels: OUT/review/REVIEWER/STEM.jsonl, a file for each reviewer and article.

A record is a label of the contract with one more key, `review`: the decision, the fact it is about, who and when.
Every change must name the version of the file that it was made on, so that nothing is overwritten unseen.
"""

from __future__ import annotations

import fcntl
import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pipeline.calendar import bounds
from pipeline.dataset import Row, replacing
from pipeline.gold import Label
from pipeline.view.highlight import surface

FOLDER = "review"
DECISIONS = ("right", "wrong", "corrected", "missed", "undo")
CHOICES: dict[str, tuple[str, ...]] = {
    "kind": ("cardinal", "percent", "fraction", "multiple", "ordinal", "scale"),
    "comparator": ("eq", "approx", "gt", "ge", "lt", "le", "vague"),
    "aspect": ("level", "growth", "change", "share", "gap", "rank", "duration"),
    "direction": ("", "up", "down"),
    "endpoint": ("", "from", "to"),
    "status": ("actual", "target"),
}
_REVIEWER = re.compile(r"[^\W_][\w .-]{0,39}")
_STEM = 180  # bytes of a file name
_threads = threading.Lock()


class Outdated(Exception):
    """The file is no longer the one that the reviewer saw."""


def reviewers(out: Path, doc_id: str) -> dict[str, dict[str, Any]]:
    """What every reviewer has decided about an article: by name, the version of the file and its labels."""
    names = sorted(p.name for p in (out / FOLDER).glob("*") if p.is_dir())
    return {name: {"version": version(out, name, doc_id), "labels": read(out, name, doc_id)} for name in names}


def read(out: Path, reviewer: str, doc_id: str) -> list[Label]:
    """A reviewer's labels of an article, in text order."""
    path = _path(out, reviewer, doc_id)
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def version(out: Path, reviewer: str, doc_id: str) -> str:
    """Changes with every change of the reviewer's file."""
    path = _path(out, reviewer, doc_id)
    return sha256(path.read_bytes()).hexdigest()[:16] if path.exists() else "0"


def decide(
    out: Path,
    article: Mapping[str, Any],
    *,
    reviewer: str,
    seen: str,
    order: Mapping[str, Any],
    now: datetime | None = None,
) -> str:
    """Write a decision; returns the new version of the file.

    `order` holds `decision` and, for all but `missed`, the `fact_id`; for corrected and missed `label` as well.
    Raises Outdated if the file's version is not `seen`, ValueError where the order makes no label.
    """
    label = _label(article, order)
    moment = (now or datetime.now(UTC)).isoformat(timespec="seconds")
    label["review"] = {
        "decision": order["decision"], "fact_id": order.get("fact_id"), "who": reviewer, "when": moment
    }  # fmt: skip
    with _locked(out, reviewer):
        if version(out, reviewer, article["doc_id"]) != seen:
            raise Outdated
        labels = _changed(read(out, reviewer, article["doc_id"]), label)
        _write(_path(out, reviewer, article["doc_id"]), labels)
        return version(out, reviewer, article["doc_id"])


def _changed(labels: list[Label], new: Label) -> list[Label]:
    """One label for each span. Other facts of its quantity that were called wrong stand in `review.rejected`."""
    about, decision = new["review"]["fact_id"], new["review"]["decision"]
    others = [x for x in labels if _place(x) != _place(new) and not (about and x["review"]["fact_id"] == about)]
    same = next((x for x in labels if _place(x) == _place(new) and x["review"]["fact_id"] != about), None)
    kept = new if decision != "undo" else None
    if same:
        rejected = set(same["review"].get("rejected", [])) - {about}
        if decision in ("wrong", "undo"):
            rejected |= {about} if decision == "wrong" else set()
            kept = same
        elif same["review"]["decision"] == "wrong":
            rejected.add(same["review"]["fact_id"])
        new["review"]["rejected"] = same["review"]["rejected"] = sorted(rejected)
    return sorted([*others, *([kept] if kept else [])], key=_place)


def _place(label: Label) -> tuple[int, int, str]:
    return label["start"], label["end"], label["type"]


def _path(out: Path, reviewer: str, doc_id: str) -> Path:
    """Raises ValueError for a name that can be no folder, or an id that is too long for a file."""
    if not _REVIEWER.fullmatch(reviewer):
        raise ValueError("a reviewer's name is made of up to 40 letters, digits, spaces, dots and dashes")
    stem = "".join(c if c.isalnum() or c in "_- .()（）" else quote(c, safe="") for c in doc_id)
    stem = "%2E" + stem[1:] if stem.startswith(".") else stem
    if len(stem.encode()) > _STEM:
        raise ValueError("the article's id is too long for the name of a file")
    return out / FOLDER / reviewer / f"{stem}.jsonl"


@contextmanager
def _locked(out: Path, reviewer: str) -> Iterator[None]:
    """One change at a time, in this process and others."""
    folder = _path(out, reviewer, "x").parent
    folder.mkdir(parents=True, exist_ok=True)
    with _threads, (folder / ".lock").open("w") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        yield


def _write(path: Path, labels: list[Label]) -> None:
    with replacing(path) as part:
        part.write_text("".join(json.dumps(x, ensure_ascii=False) + "\n" for x in labels), encoding="utf-8")


# An order -> a label


def _label(article: Mapping[str, Any], order: Mapping[str, Any]) -> Label:
    decision = order.get("decision")
    if decision not in DECISIONS:
        raise ValueError(f"the decision is one of {', '.join(DECISIONS)}")
    if decision == "missed":
        return _given(article, order)
    fact = next((f for f in article["facts"] if f["fact_id"] == order.get("fact_id")), None)
    if fact is None:
        raise ValueError("the article has no such fact any more; load the page again")
    if decision == "corrected":
        return _given(article, order)
    return _stored(article, fact) | ({"fact": None} if decision == "wrong" else {})


def _stored(article: Mapping[str, Any], fact: Row) -> Label:
    """A fact of the store as a gold label."""
    span = (fact["quantity_start"], fact["quantity_end"])
    found = next((q for q in article["quantities"] if (q["start"], q["end"]) == span), None)
    said = found or {**fact, "kind": "cardinal"}
    label = _quantity(said) | {"fact": _fact(fact)}
    return {"type": "quantity", "start": span[0], "end": span[1], "text": _surface(article["raw"], *span), **label}


def _given(article: Mapping[str, Any], order: Mapping[str, Any]) -> Label:
    """A label as the reviewer wrote it."""
    given = order.get("label")
    if not isinstance(given, Mapping):
        raise ValueError("the label is missing")
    start, end, kind = given.get("start"), given.get("end"), given.get("type")
    if not (type(start) is int and type(end) is int and 0 <= start < end <= len(article["raw"])):
        raise ValueError("the range is not in the text")
    head = {"type": kind, "start": start, "end": end, "text": _surface(article["raw"], start, end)}
    if kind == "quantity":
        fact = _fact(given) if _text(given, "indicator") else None
        return {**head, **_quantity(given), "fact": fact}
    if kind == "time":
        return {**head, "norm": _norm(given, "norm")}
    if kind == "company":
        return {**head, "canonical": _text(given, "canonical") or head["text"]}
    raise ValueError("a label is a quantity, a time or a company")


def _quantity(given: Mapping[str, Any]) -> Label:
    top = _number(given, "value_max")
    return {
        "value": _number(given, "value"),
        **({} if top is None else {"value_max": top}),
        "unit": _text(given, "unit") or None,
        "kind": _choice(given, "kind"),
        "comparator": _choice(given, "comparator"),
    }


def _fact(given: Mapping[str, Any]) -> Label:
    more = {k: _choice(given, k) for k in ("direction", "endpoint")} | {"scope": _text(given, "scope")}
    return {
        "indicator": _names(given, "indicator"),
        "subject": _names(given, "subject"),
        "aspect": _choice(given, "aspect"),
        "status": _choice(given, "status"),
        "time": _norm(given, "time"),
        **{k: v for k, v in more.items() if v},
    }


def _text(given: Mapping[str, Any], key: str) -> str:
    value = given.get(key)
    if value is not None and not isinstance(value, str):
        raise ValueError(f"{key} must be text")
    return (value or "").strip()


def _names(given: Mapping[str, Any], key: str) -> list[str]:
    """Accepted names, the best first, parted by |."""
    found = [name.strip() for name in _text(given, key).split("|") if name.strip()]
    if not found:
        raise ValueError(f"{key} is empty")
    return found


def _choice(given: Mapping[str, Any], key: str) -> str:
    value = _text(given, key)
    if value not in CHOICES[key]:
        raise ValueError(f"{key} is one of {', '.join(CHOICES[key])}")
    return value


def _norm(given: Mapping[str, Any], key: str) -> str | None:
    value = _text(given, key) or None
    bounds(value)
    return value


def _number(given: Mapping[str, Any], key: str) -> int | float | None:
    value = _text(given, key)
    if not value:
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number.adjusted()) > 30:
        raise ValueError(f"{key} is no number")
    return int(number) if number == number.to_integral_value() else float(number)


def _surface(raw: str, start: int, end: int) -> str:
    found = surface(raw, start, end)
    if not found:
        raise ValueError("the range holds no character but layout")
    return found
