"""Marks over a text -> segments that lie side by side: cut at every edge, so that crossing spans need no nested tags.

Every segment is one unbroken range of the raw text; where layout was dropped a new one begins. So `start` plus the
place within a segment is always a raw offset.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipeline.unwrap import unwrap

_PART = 20_000  # characters of a long article that are shown at once
_AROUND = 2_000  # characters beside a part that tell which of its line breaks are layout
KINDS = ("quantity", "time", "company", "indicator", "subject", "cue")


@dataclass(frozen=True, slots=True)
class Mark:
    """A raw range that is a mention or the slot of a fact; `fact` is the fact's id, "" for a mention."""

    start: int
    end: int
    kind: str
    fact: str = ""


@dataclass(frozen=True, slots=True)
class Segment:
    """A range of the raw text over which the same marks lie. `opens` are the kinds of the marks that begin here."""

    start: int
    end: int
    text: str
    kinds: tuple[str, ...]
    slots: tuple[str, ...]
    opens: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _View:
    """Characters to show, each with its raw offset (`index`), and the ranges that are paragraphs."""

    text: str
    index: Sequence[int]
    paragraphs: tuple[tuple[int, int], ...]


def parts(raw: str) -> list[tuple[int, int]]:
    """The ranges that a text is shown in, cut at line breaks; one range for all but long articles."""
    edges = [0]
    while len(raw) - edges[-1] > _PART:
        end = edges[-1] + _PART
        edges.append(raw.rfind("\n", end - _PART // 2, end) + 1 or end)
    return list(pairwise([*edges, len(raw)]))


def paragraphs(raw: str, marks: Iterable[Mark], part: tuple[int, int] | None = None) -> list[list[Segment]]:
    """The text, or a part of it, as paragraphs without layout, as segments with raw offsets."""
    return _laid_out(_clean_view(raw, *(part or (0, len(raw)))), list(marks))


def wrapped(raw: str, marks: Iterable[Mark], part: tuple[int, int] | None = None) -> list[list[Segment]]:
    """The raw text as it is, line breaks included, as one list of segments with the same offsets."""
    begin, end = part or (0, len(raw))
    return _laid_out(_View(raw[begin:end], range(begin, end), ((0, end - begin),)), list(marks))


def surface(raw: str, start: int, end: int) -> str:
    """The characters of a raw range with layout removed, as everywhere in the dataset."""
    return _clean_view(raw, start, end).text.replace("\n", "")


def _clean_view(raw: str, begin: int, end: int) -> _View:
    first = raw.rfind("\n", 0, max(0, begin - _AROUND)) + 1
    after = raw.find("\n", end + _AROUND)
    clean = unwrap(raw[first : after if after >= 0 else len(raw)])
    left, right = bisect_left(clean.index, begin - first), bisect_left(clean.index, end - first)
    text, index = clean.text[left:right], array("l", (first + i for i in clean.index[left:right]))
    shown = "".join(c if c in " \n" else raw[i] for c, i in zip(text, index, strict=True))
    return _View(shown, index, tuple(_paragraphs(text)))


def _paragraphs(text: str) -> Iterator[tuple[int, int]]:
    left = 0
    for part in text.split("\n"):
        if part:
            yield left, left + len(part)
        left += len(part) + 1


def _laid_out(view: _View, marks: list[Mark]) -> list[list[Segment]]:
    placed = [(bisect_left(view.index, m.start), bisect_left(view.index, m.end), m) for m in marks]
    opens: dict[int, list[Mark]] = {}
    closes: dict[int, list[Mark]] = {}
    for left, right, mark in placed:
        if left < right:
            opens.setdefault(left, []).append(mark)
            closes.setdefault(right, []).append(mark)
    edges = sorted({*opens, *closes, *_breaks(view.index), *(e for p in view.paragraphs for e in p)})
    pieces = list(_pieces(view, edges, opens, closes))
    return _grouped(view.paragraphs, pieces)


def _breaks(index: Sequence[int]) -> Iterator[int]:
    """Where a character does not follow the one before it in the raw text."""
    if isinstance(index, range):
        return
    for at in range(1, len(index)):
        if index[at] != index[at - 1] + 1:
            yield at


def _pieces(
    view: _View, edges: list[int], opens: dict[int, list[Mark]], closes: dict[int, list[Mark]]
) -> Iterator[tuple[int, Segment]]:
    active: dict[Mark, None] = {}
    for left, right in pairwise(edges):
        for mark in closes.get(left, ()):
            active.pop(mark, None)
        new = opens.get(left, [])
        active.update(dict.fromkeys(new))
        yield left, _segment(view, left, right, active, new)


def _segment(view: _View, left: int, right: int, active: Iterable[Mark], new: list[Mark]) -> Segment:
    marks = list(active)
    return Segment(
        view.index[left],
        view.index[right - 1] + 1,
        view.text[left:right],
        _kinds(marks),
        tuple(dict.fromkeys(f"{m.fact}:{m.kind}" for m in marks if m.fact)),
        _kinds(new),
    )


def _kinds(marks: list[Mark]) -> tuple[str, ...]:
    kinds = {m.kind for m in marks}
    return tuple(k for k in KINDS if k in kinds)


def _grouped(parts: tuple[tuple[int, int], ...], pieces: list[tuple[int, Segment]]) -> list[list[Segment]]:
    places = [at for at, _ in pieces]
    cut = ((bisect_left(places, left), bisect_left(places, right)) for left, right in parts)
    return [[segment for _, segment in pieces[a:b]] for a, b in cut]
