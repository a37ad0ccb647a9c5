"""The years of a change: what its ends hold for, and what is told of the years between them."""

from __future__ import annotations

from pipeline.calendar import Period
from pipeline.context import When
from pipeline.lexicon import cues
from pipeline.lists import Draft
from pipeline.tokens import Token


def over(pair: list[Draft]) -> When | None:
    """由1997年的123万公里增加到2002年的176万公里: what follows holds for the years between."""
    first, last = pair[0].when.period, pair[-1].when.period
    if pair[-1].endpoint != "to" or not (first and last and first.start.first() < last.start.first()):
        return None
    return When(Period(first.start, last.end), pair[-1].when.span)


def of_pair(pair: When, draft: Draft, *, yearly: bool) -> When:
    """What a value behind a change over years holds for: its ends again, or the years between (年均)."""
    if pair.period and draft.endpoint == "from":
        return When(Period(pair.period.start, pair.period.start), pair.span)
    return pair if yearly else draft.when


def yearly(tokens: list[Token], before: int, at: int) -> bool:
    return bool(cues().yearly.search("".join(t.text for t in tokens[before + 1 : at])))


def end_of(when: When, endpoint: str | None, *, own: bool) -> When:
    """The ends of a change over years hold at their first and last year, unless they have dates of their own."""
    if endpoint is None or own:
        return when
    over = when.period and when.period.start.year != when.period.end.year
    if endpoint == "from":
        return (
            When(Period(when.period.start, when.period.start), when.span) if when.period and over else When(None, None)
        )
    return When(Period(when.period.end, when.period.end), when.span) if when.period and over else when
