"""The records that every step hands to the next. All are frozen; `start`/`end` are code points of the raw text."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

Offsets = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the clean text; `start`/`end` are raw offsets, `left`/`right` offsets in the clean text."""

    start: int
    end: int
    left: int
    right: int
    paragraph: int


@dataclass(frozen=True, slots=True)
class Quantity:
    """A numeral with its unit. `value` is in `unit`, `base_value` in `base_unit`; None where the numeral is vague."""

    start: int
    end: int
    text: str
    value: Decimal | None
    value_max: Decimal | None
    unit: str | None
    kind: str
    comparator: str
    dimension: str | None
    base_value: Decimal | None
    base_unit: str | None
    sentence_start: int
    sentence_end: int
    rule: str


@dataclass(frozen=True, slots=True)
class Time:
    """A date or period. `norm` is a closed ISO 8601 interval, None where the article does not tell."""

    start: int
    end: int
    text: str
    norm: str | None
    first_day: str | None
    last_day: str | None
    sentence_start: int
    sentence_end: int
    rule: str


@dataclass(frozen=True, slots=True)
class Company:
    """A mention of a business enterprise; `canonical` is its fullest name in the article."""

    start: int
    end: int
    text: str
    canonical: str
    sentence_start: int
    sentence_end: int
    rule: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A quantity that states the value of an indicator. Slots that stand nowhere have None as offsets."""

    subject: str
    indicator: str
    aspect: str
    direction: str | None
    endpoint: str | None
    status: str
    value: Decimal | None
    value_max: Decimal | None
    unit: str | None
    comparator: str
    dimension: str | None
    base_value: Decimal | None
    base_unit: str | None
    time: str | None
    first_day: str | None
    last_day: str | None
    scope: str | None
    company: str | None
    quantity_start: int
    quantity_end: int
    indicator_start: int | None
    indicator_end: int | None
    subject_start: int | None
    subject_end: int | None
    time_start: int | None
    time_end: int | None
    cue_start: int | None
    cue_end: int | None
    sentence_start: int
    sentence_end: int
    rule: str


@dataclass(frozen=True, slots=True)
class Document:
    """One article with everything found in it, each tuple in text order."""

    doc_id: str
    raw: str
    published: str | None
    title: str | None
    sentences: tuple[Sentence, ...]
    quantities: tuple[Quantity, ...]
    times: tuple[Time, ...]
    companies: tuple[Company, ...]
    facts: tuple[Fact, ...]
    source: str | None = None
    sha256: str | None = None
    encoding: str | None = None
    extra: dict[str, str] = field(default_factory=dict)

    def frames(self) -> dict[str, pd.DataFrame]:
        """The tables of the contract for this article alone, by name."""
        from pipeline.dataset import frames

        return frames([self])
