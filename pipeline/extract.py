"""The recipe: one article's text -> everything found in it. Read this first."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from pipeline import companies, facts, places, quantities, resolve, roster, rulebook, times
from pipeline.calendar import bounds, parse
from pipeline.lists import Draft
from pipeline.roster import NOBODY, Roster
from pipeline.segment import sentences
from pipeline.spans import Company, Document, Fact, Offsets, Quantity, Sentence, Time
from pipeline.tokens import Mentions, reader
from pipeline.units import unit
from pipeline.unwrap import Clean, unwrap


class Extractor:
    """Turns article text into a Document. Rules are loaded and checked when it is built.

    `rules`: a folder of rule files to use instead of the built-in ones. Raises rulebook.RuleError if one is broken.
    `companies`: a CSV file of further companies, or what roster.read made of it. Raises ValueError if it is broken.
    """

    def __init__(self, *, rules: Path | str | None = None, companies: Roster | Path | str | None = None) -> None:
        self._rules = Path(rules) if rules else None
        listed = NOBODY if companies is None else companies
        self._roster = listed if isinstance(listed, Roster) else roster.read(Path(listed))
        with rulebook.use_folder(self._rules):
            reader(str(rulebook.folder()))

    def __call__(
        self, text: str, *, published: str | None = None, doc_id: str = "text", title: str | None = None
    ) -> Document:
        """Extract one article.

        `text` is the raw text; all offsets of the result are code points of it. `published` is 2023, 2023-12 or
        2023-12-18; without it relative times stay unresolved. Raises ValueError if it is no such date.
        """
        if published is not None:
            parse(published)
        with rulebook.use_folder(self._rules):
            return _extract(text, published, doc_id, title, self._roster)


def _extract(raw: str, published: str | None, doc_id: str, title: str | None, listed: Roster) -> Document:
    clean = unwrap(raw)
    split = sentences(clean)
    names, unmeasured = quantities.blocked(clean.text)
    dated = times.find(clean.text, split, published, names, title or "")
    words = reader(str(rulebook.folder())).words
    firms = companies.find(clean.text, words, names, listed)
    owned = [(t.left, t.right) for t in dated] + [(c.left, c.right) for c in firms]
    counted = quantities.find(clean.text, [*unmeasured, *owned])
    located, home = places.find(clean.text, title or "", [(c.left, c.right) for c in firms])
    mentions = Mentions(counted, dated, firms, located)
    stated = facts.find(clean.text, split, mentions, home, published, title or "")
    at = _Locator(clean, split)
    measured = tuple(_quantity(q, at) for q in counted)
    return Document(
        doc_id=doc_id,
        raw=raw,
        published=published,
        title=title,
        sentences=tuple(split),
        quantities=measured,
        times=tuple(_time(t, at) for t in dated),
        companies=tuple(_company(c, at) for c in firms),
        facts=tuple(_fact(d, measured[d.quantity], at) for d in stated),
    )


class _Locator:
    """Clean offsets -> raw offsets, surface, and the sentence around."""

    def __init__(self, clean: Clean, split: list[Sentence]) -> None:
        self._clean, self._split = clean, split

    def __call__(self, left: int, right: int) -> tuple[int, int, str, int, int]:
        start, end = self._clean.span(left, right)
        surface = self._clean.surface(left, right)
        sentence = self._sentence(left)
        return start, end, surface, sentence.start, sentence.end

    def span(self, span: Offsets | None) -> tuple[int | None, int | None]:
        return self._clean.span(*span) if span else (None, None)

    def _sentence(self, left: int) -> Sentence:
        return self._split[max(0, bisect_right(self._split, left, key=lambda s: s.left) - 1)]


def _quantity(q: quantities.Mention, at: _Locator) -> Quantity:
    start, end, text, first, last = at(q.left, q.right)
    measured = unit(q.unit)
    value, value_max = _tidy(q.value), _tidy(q.value_max)
    return Quantity(
        start, end, text, value, value_max, q.unit, q.kind, q.comparator,
        measured.dimension if measured else None,
        _tidy(value * measured.factor) if measured and value is not None else None,
        measured.base if measured else None,
        first, last, q.rule,
    )  # fmt: skip


def _tidy(value: Decimal | None) -> Decimal | None:
    """Without trailing zeros and without exponent: 3.00 -> 3."""
    if value is None:
        return None
    whole = value.to_integral_value()
    return whole.quantize(Decimal(1)) if value == whole and abs(value) < 10**27 else value.normalize()


def _time(t: resolve.Mention, at: _Locator) -> Time:
    start, end, text, first, last = at(t.left, t.right)
    norm = str(t.period) if t.period else None
    return Time(start, end, text, norm, *bounds(norm), first, last, t.rule)


def _company(c: companies.Mention, at: _Locator) -> Company:
    start, end, text, first, last = at(c.left, c.right)
    return Company(start, end, text, c.canonical, first, last, c.rule)


def _fact(d: Draft, q: Quantity, at: _Locator) -> Fact:
    norm = str(d.when.period) if d.when.period else None
    return Fact(
        d.subject.name, d.indicator, d.aspect, d.direction, d.endpoint, d.status,
        q.value, q.value_max, q.unit, q.comparator, q.dimension, q.base_value, q.base_unit,
        norm, *bounds(norm), d.scope, d.subject.company,
        q.start, q.end, *at.span(d.indicator_span), *at.span(d.subject.span), *at.span(d.when.span), *at.span(d.cue),
        q.sentence_start, q.sentence_end, d.rule,
    )  # fmt: skip


def with_origin(document: Document, *, source: str, sha256: str, encoding: str) -> Document:
    """The same document with where its text came from."""
    return replace(document, source=source, sha256=sha256, encoding=encoding)
