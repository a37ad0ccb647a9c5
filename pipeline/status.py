"""Is a value promised or done: the words that make a fact a target."""

from __future__ import annotations

from pipeline.calendar import Day, Period
from pipeline.context import Stage, When, ahead, behind
from pipeline.lexicon import cues
from pipeline.openings import Span
from pipeline.tokens import Token


def cue_of(stage: Stage, tokens: list[Token], at: int, when: When, start: int) -> Span | None:
    """The words that make the quantity at tokens[at] a target, None if it is actual."""
    words = cues()
    left, here = tokens[start].left, tokens[at].left
    sentence_left = tokens[0].left
    names = [
        m.span() for m in words.not_cue.finditer(stage.text, sentence_left, min(len(stage.text), tokens[at].right + 12))
    ]
    found: list[Span] = [
        m.span()
        for m in words.strong_at.finditer(stage.text, sentence_left, here)
        if not any(a < m.end() and m.start() < b for a, b in names) and _is_word(stage, tokens, m.start(), m.end())
    ]
    if opening := _opening(stage, sentence_left):
        found.insert(0, opening)
    said = bool(found or (stage.planned and stage.plan_span and sentence_left <= stage.plan_span[0] < here))
    told = (
        m
        for m in words.done.finditer(stage.text, left, here)
        if not (said and m[0].startswith("同比")) and stage.text[m.start() - 1 : m.start()] not in ("比", "较")
    )
    done: list[int] = [m.end() for m in told]  # 预期目标是：…同比增长5% is not done
    for span in reversed(found):
        if any(d > span[0] for d in done) or _past_between(stage, tokens, span[1], at):
            break
        return span
    if when.period and stage.published and when.span and ahead(when.period, stage.published):
        return when.span
    if stage.report and not done and _year_begins(stage, when):
        return when.span
    if stage.planned and not (when.period and stage.published and behind(when.period, stage.published)) and not done:
        return stage.plan_span
    return None


def _opening(stage: Stage, left: int) -> Span | None:
    """预计2010年，A达到3亿元；B达到5亿元: the cue that opens the sentences before a semicolon holds behind it."""
    begin = left
    while begin > 0 and stage.text[begin - 1] in "；;":
        begin = max(stage.text.rfind(mark, 0, begin - 1) for mark in "。！？\n；;") + 1
    opening = cues().opens.match(stage.text, begin) if begin < left else None
    return opening.span() if opening else None


def _year_begins(stage: Stage, when: When) -> bool:
    """Does a report of the year's first months speak of 今年?"""
    if not (when.span and when.period and stage.published and stage.published.month):
        return False
    said = stage.text[when.span[0] : when.span[1]]
    early = stage.published.month <= 4 and when.period == Period(Day(stage.published.year), Day(stage.published.year))
    return early and said.startswith("今年") and not said.endswith("以来")


def _is_word(stage: Stage, tokens: list[Token], left: int, right: int) -> bool:
    """将 is a cue as a word of its own that is no 把: not in 将军, not before the thing that a verb acts on."""
    k = next((i for i, t in enumerate(tokens) if t.left <= left and right <= t.right), None)
    if k is None:
        return any(t.left == left for t in tokens)
    token = tokens[k]
    if token.tag in ("COMPANY", "PLACE", "TIME") or token.tag.startswith("Q_"):
        return False
    if stage.text[left:right] == "要":
        return len(token.text) == 1
    if stage.text[left:right] == "将" and stage.text[left - 1 : left] == "已":
        return False
    if stage.text[left:right] == "将" and k + 1 < len(tokens):
        return _future(stage, tokens[k + 1], tokens[k + 2 : k + 3])
    return len(token.text) <= right - left + 2


def _future(stage: Stage, following: Token, then: list[Token]) -> bool:
    """将 before a verb or an adverb is a future, before a thing it means 把 (将价格上调, but not 将投资20亿元)."""
    invests = following.tag == "INDICATOR" and stage.openings.flag(following.text) in ("v", "vn")
    if following.text == "对" or (invests and then and then[0].tag.startswith("Q_")):
        return True
    flag = stage.openings.flag(following.text)
    noun = flag[:1] in ("n", "r") and flag not in ("nr", "nz")
    counted = following.tag.startswith("Q_")  # 将16支基金整合为2支
    return not (noun or counted or following.tag in ("INDICATOR", "PLACE", "COMPANY", "OF", "PUNCT"))


def _past_between(stage: Stage, tokens: list[Token], after: int, at: int) -> bool:
    """A date before the publication between the cue and the value ends the cue's reach."""
    for token in tokens[:at]:
        lead = stage.text[token.left - 1 : token.left]
        if (
            token.left > after
            and token.tag == "TIME"
            and stage.published
            and lead not in ("较", "比", "从", "由", "是", "为")
        ):
            period = stage.mentions.times[token.ref].period
            if period and behind(period, stage.published):
                return True
    return False
