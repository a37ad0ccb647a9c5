"""What each quantity states: indicator, subject, aspect, status, time.

For every sentence that holds a quantity: cut it into typed tokens, let the patterns say what role each quantity
plays (tokens.py), find the phrase that names the indicator (phrases.py), and take subject, time and status from the
sentence or from what the paragraph said before (context.py). `find` is the loop; `_read` makes one fact.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace
from itertools import pairwise

import regex

from pipeline import rulebook
from pipeline.context import Stage, When
from pipeline.doers import behind_verb, counted, counted_only, doing, group, handed, own_object, verb_last
from pipeline.ends import end_of, of_pair, over, yearly
from pipeline.idle import holds
from pipeline.lexicon import cues, lists
from pipeline.lists import Draft, again, another_end, both, echoes, kept_aspect, like, listed, same_verb, separate
from pipeline.naming import completed, is_money, named_by, priced, shared
from pipeline.owners import subject_of
from pipeline.phrases import (
    Phrase,
    clause,
    earlier,
    left_of,
    phrase,
    right_of,
    role_segment,
)
from pipeline.spans import Sentence
from pipeline.status import cue_of
from pipeline.tokens import Mentions, Reader, Role, Token, reader

_PLAIN = ("Q_NUM", "Q_PCT")
_UPWARD = ("UP", "RISE", "ABOVE")
_DOWNWARD = ("DOWN", "FALL", "BELOW")


def find(
    text: str, sentences: list[Sentence], mentions: Mentions, home: str | None, published: str | None, title: str
) -> list[Draft]:
    """Every fact of the article, in the order of its quantities."""
    read = reader(str(rulebook.folder()))
    stage = Stage.of(text, mentions, home, published, title, read.words)
    found: list[Draft] = []
    q = 0
    for number, sentence in enumerate(sentences):
        stage.enter(sentence.paragraph, sentence.left)
        first = q
        while q < len(mentions.quantities) and mentions.quantities[q].left < sentence.right:
            q += 1
        inside = _inside(mentions, sentence)
        tokens = read.tokens(text, sentence.left, sentence.right, inside[0])
        tokens = [replace(t, ref=t.ref + inside[1][t.tag[:2]]) if t.ref >= 0 else t for t in tokens]
        stage.hear(text[sentence.left : sentence.right], sentence.left, tokens)
        if q > first:
            said = text[sentence.left : sentence.right]
            goes_on = sentence.left > 0 and text[sentence.left - 1] in "；;"
            goes_on = goes_on or bool(cues().continues.match(said)) or any(word in said for word in lists().refers)
            found += _sentence(tokens, number, stage, read, mentions, found[-1:] if goes_on else [])
    return found


def _inside(mentions: Mentions, sentence: Sentence) -> tuple[Mentions, dict[str, int]]:
    """The mentions of one sentence, and how many of each type stand before it."""
    cut = {}
    offsets = {}
    for name, tag in (("quantities", "Q_"), ("times", "TI"), ("companies", "CO"), ("places", "PL")):
        rows = getattr(mentions, name)
        low = bisect_left(rows, sentence.left, key=lambda m: m.left)
        high = bisect_left(rows, sentence.right, key=lambda m: m.left)
        cut[name], offsets[tag] = rows[low:high], low
    return Mentions(**cut), offsets


def _sentence(
    tokens: list[Token], number: int, stage: Stage, read: Reader, mentions: Mentions, carried: list[Draft]
) -> list[Draft]:
    """The facts of one sentence; `carried` is the last fact before its semicolon, from which it may take the name."""
    roles = read.roles(tokens, mentions)
    idle = {at for at, role in roles.items() if role.rule["aspect"] == "none" or not holds(tokens, role, mentions)}
    for before, at in pairwise(sorted(roles)):  # 高于市场预期的2.8%和|3.0%
        if before in idle and roles[before].rule["id"] == "fact.benchmark" and listed(tokens, before, at):
            idle.add(at)
    if any(
        tokens[at].tag in _PLAIN for at in idle
    ):  # 居14个区县第2位, 45%氯基报价: read again without the idle numbers
        tokens = [replace(t, tag="W") if k in idle and t.tag in _PLAIN else t for k, t in enumerate(tokens)]
        roles = read.roles(tokens, mentions)
    found: list[Draft] = []
    pair: When | None = None  # the years between two ends of a change
    before = -1
    for at in sorted(roles.keys() - idle):
        draft = _read(tokens, roles[at], number, stage, read, found or carried, mentions)
        if draft and found and before >= 0:
            draft = _after(tokens, before, at, found[-1], draft)
        if draft and pair and draft.when.span == pair.span:
            draft = replace(draft, when=of_pair(pair, draft, yearly=yearly(tokens, before, at)))
        if draft and found and draft.endpoint == "to" and found[-1].endpoint == "from":
            draft = replace(
                draft,
                aspect=found[-1].aspect,
                indicator=found[-1].indicator,
                indicator_span=found[-1].indicator_span,
                subject=found[-1].subject,
            )
        if draft:
            found.append(draft)
            pair = over(found[-2:]) or pair
            itself = draft.subject.name == draft.indicator  # 扁平材|跌0.32%: no subject of what follows
            stage.settle(stage.default() if itself else draft.subject, stage.when if draft.endpoint else draft.when)
            if pair and pair.span == draft.when.span:
                stage.when = pair  # for the rest of the sentence
            before = at
    return separate(tokens, found, stage.openings)


def _after(tokens: list[Token], before: int, at: int, last: Draft, draft: Draft) -> Draft:
    """A quantity's fact beside that of the quantity before it, whose aspect, measure or 新增 it may share."""
    if another_end(tokens, before, at, last):
        return replace(last, quantity=draft.quantity, when=draft.when)
    if listed(tokens, before, at) or echoes(tokens, before, at):
        draft = like(draft, last, tokens[at].tag == tokens[before].tag)
    if named := again(tokens, before, at, last, draft):
        return replace(draft, indicator=named, aspect=last.aspect, subject=last.subject)
    if same_verb(tokens, before, at, last, draft):
        return replace(draft, indicator=last.indicator[:2] + draft.indicator)
    return draft


def _basis(tokens: list[Token], role: Role, aspect: str, when: When, stage: Stage, last: Draft | None) -> str:
    """What `rule` says of a rate of no single year: +average (年均增长), +since (累计增长, 比2015年增长 in 2020).

    A count of what came in, such as 认定高新技术企业2家, is a +flow.
    """
    start, words = clause(tokens, role.at), cues()
    said = "".join(t.text for t in tokens[start : role.at])
    if aspect in ("growth", "change", "level") and words.average.search(said):
        return "+average"
    if aspect == "level" and tokens[role.at].tag == "Q_NUM" and _came_in(tokens, role.at, last):
        return "+flow"
    if aspect not in ("growth", "change"):
        return ""
    bases = (
        k for k in range(start + 1, role.at) if tokens[k].tag == "TIME" and tokens[k - 1].text in ("比", "较", "是")
    )
    base = next((stage.mentions.times[tokens[k].ref].period for k in bases), None)
    before = when.period.end.year - 1 if when.period else stage.published.year - 2 if stage.published else 0
    return "+since" if (base and base.end.year < before) or words.since.search(said) else ""


def _came_in(tokens: list[Token], at: int, last: Draft | None) -> bool:
    """认定A27家、B2家: is what is counted new? The list may go on over a comma where no verb comes between."""
    begin = next((k + 1 for k in range(at - 1, -1, -1) if tokens[k].text in "，；。："), 0)
    words, said = cues(), "".join(t.text for t in tokens[begin:at])
    if words.stock.search(said):
        return False
    moved = any(t.tag in ("REACH", "UP", "DOWN") or t.text in lists().light for t in tokens[begin:at])
    return bool(words.flow.search(said)) or bool(last and last.rule.endswith("+flow") and not moved)


def _read(
    tokens: list[Token], role: Role, number: int, stage: Stage, read: Reader, before: list[Draft], mentions: Mentions
) -> Draft | None:
    rule = role.rule
    found, taken, behind = _phrase_tokens(tokens, role, read)
    named, entity = named_by(tokens, role, found, whole=bool(stage.report and stage.home))
    last = before[-1] if before else None
    aspect = rule["aspect"]
    if aspect == "level":
        named, aspect = shared(named, role, mentions, tokens, behind=behind)
    named, inherited = completed(named, last, money=is_money(mentions, tokens[role.at]), aspect=aspect)
    aspect = kept_aspect(aspect, last, named, tokens[role.at].tag) if inherited and last else aspect
    named = _ranked(named, both(tokens, before) if inherited else None) if aspect == "rank" else named
    if named is None:
        return None
    named = named if last else _with_topic(named, tokens, role.at)
    subject = subject_of(tokens, role, taken, entity, stage, last if inherited else None, named, before)
    named = priced(named, tokens, role, mentions) if aspect in ("level", "change") else named
    when = stage.time_of(tokens, role.at, growth=aspect in ("growth", "change", "gap"))
    when = end_of(when, rule.get("endpoint"), own=bool(when.span and tokens[role.first].left <= when.span[0]))
    cue = cue_of(stage, tokens, role.at, when, clause(tokens, role.at)) if rule.get("endpoint") != "from" else None
    if cue and (stage.dated_now(when) or stage.told_before(when, tokens[0].left, cue)):
        when = When(None, None)  # 目前规划生产2款: the day of the plan is no deadline
    return Draft(
        tokens[role.at].ref,
        named.text,
        (named.left, named.right) if named.right else None,
        named.parts,
        subject,
        aspect,
        last.direction if last and aspect == "growth" != rule["aspect"] else _direction(tokens, role, named),
        rule.get("endpoint"),
        "target" if cue else "actual",
        when,
        _scope(tokens, role),
        cue,
        number,
        rule["id"] + _basis(tokens, role, aspect, when, stage, last),
    )


def _with_topic(named: Phrase, tokens: list[Token], at: int) -> Phrase:
    """旅游收入再创新高，总额达3亿元: a bare 总额 is that of the topic before its comma."""
    topic = phrase(earlier(tokens, clause(tokens, at))) if named.text in lists().totals else None
    return Phrase(topic.text + named.text, topic.left, named.right) if topic else named


def _ranked(named: Phrase | None, joint: str | None) -> Phrase:
    """A rank of what the clause names, of two things that stand before it, or of nothing that is named."""
    return replace(named, text=joint or named.text) if named else Phrase("排名", 0, 0)


Found = tuple[list[Token], list[Token], bool]


def _phrase_tokens(tokens: list[Token], role: Role, read: Reader) -> Found:
    """The tokens that name the indicator, what stood before them in the clause, and whether they stand behind."""
    where = role.rule.get("find", "left")
    if where == "between":
        inner = left_of(tokens, role.first + 1, role.at)[0]
        return inner, tokens[clause(tokens, role.first) : role.first], False
    if where == "behind":
        return right_of(tokens, role.at), tokens[clause(tokens, role.first) : role.first], False
    if where == "right":
        behind = right_of(tokens, role.at) if "suffix" in role.rule else tokens[role.at + 1 : role.last]
        while behind and behind[0].text in ("以上", "左右", "的"):
            behind = behind[1:]
        return behind, tokens[clause(tokens, role.at) : role.at], True
    start, end = role_segment(tokens, role)
    if where in ("last", "self"):
        return [], tokens[start:end], False
    found, taken = left_of(tokens, start, end)
    own = own_object(tokens, found, end)
    if own is not found:
        found = own
    elif _of_the_last(tokens, start, end):
        found, taken = [], []
    alone = not found and not any(t.tag.startswith("Q_") for t in tokens[:start])
    if where == "around":
        told = tokens[role.at + 1 : role.at + 2] and tokens[role.at + 1].text == "的"  # 为期40天的|春运
        does = [] if told else _does(tokens, role, found)
        return (right_of(tokens, role.at) if told else does or found), [] if alone else taken, False
    if role.rule["id"] != "fact.level":
        return earlier(tokens, start) if alone else found, taken, False
    return _level_tokens(tokens, role, found, taken, read)


def _of_the_last(tokens: list[Token], start: int, end: int) -> bool:
    """Is the segment the thing that the quantity before it counts (3个智能工厂和|28个)?"""
    timed = start and regex.search("(?:[天年周日]|月|小时|分钟)$", tokens[start - 1].text)
    if timed or group(tokens, start):  # 上映两天|票房已超1.8亿元, 9个设区市|开工率
        return False
    behind = 0 < start < end and tokens[start - 1].tag.startswith("Q_") and tokens[start].text not in ("和", "与", "及")
    return behind and tokens[start].tag in ("W", "INDICATOR") and tokens[start].text not in lists().light


def _does(tokens: list[Token], role: Role, found: list[Token]) -> list[Token]:
    """大藤峡工程已连续6年|开展增殖放流, 连续18年|保持产值规模第一: what lasts, if a work or nothing stands before."""
    does, names = _around(tokens, role), lists()

    def measured(words: list[Token]) -> bool:
        return any(t.tag == "INDICATOR" or t.text in names.heads for t in words)

    if any(t.tag in ("RANK", "UP", "DOWN") or t.tag.startswith("Q_") for t in does):
        return []
    if not found:
        return does if measured(does) else []
    return does if not measured(found) and found[-1].text.endswith((*names.entities, *names.proper)) else []


def _around(tokens: list[Token], role: Role) -> list[Token]:
    """连续18年保持全市产值规模第一: what the duration is of stands behind it."""
    end = next((k for k in range(role.at + 1, len(tokens)) if tokens[k].tag in ("PUNCT", "Q_ORD")), role.at + 1)
    return left_of(tokens, role.at + 1, end)[0]


def _level_tokens(tokens: list[Token], role: Role, found: list[Token], taken: list[Token], read: Reader) -> Found:
    """A plain value: the phrase before it, or the thing behind it where a verb stands before (建成3个智能工厂)."""
    behind = (
        []
        if tokens[role.at + 1 : role.at + 2] and tokens[role.at + 1].text in "和与及、"
        else counted_only(tokens, role.at)
    )
    if behind and tokens[role.at - 1].text == "有" and tokens[role.at + 1].text == "的":
        return behind, [*taken, *found], True  # 行业中有|1亿多吨|的产能
    if not found and not behind:
        found = earlier(tokens, clause(tokens, role.at))
    names_only = bool(found) and all(t.tag in ("COMPANY", "PLACE", "PUNCT") for t in found)
    if behind and found and found[-1].text in ("和", "与", "及", "以及"):  # 政策的深入和|43个城市
        found = []
    if behind and (
        not found
        or names_only
        or found[-1].text in lists().first
        or handed(tokens, role.at)
        or verb_last(found, read.words)
        or _sums_up(found, behind, tokens[role.at], read)
    ):
        counts = tokens[role.at].tag == "Q_PCT" or not tokens[role.at].text.endswith(lists().measured)
        if counts and (told := doing(tokens, role.at, read.words)):
            return [told], taken, True
        if found and (behind[0].text in lists().vague or _which(found, tokens[role.at - 1], read)):
            return counted(found) + behind, taken, True
        first = [t for t in found[-1:] if t.text in lists().first]
        adding = [t for t in found if regex.match("新(?!能源)|再增|净增", t.text)][:1] or first
        return adding + behind, taken, True
    text = tokens[role.at].text
    if tokens[role.at].tag != "Q_NUM" or text.endswith(("次", "人次")):
        return found, taken, False
    return (behind_verb(found) if text.endswith("元") else counted(found)), taken, False


def _sums_up(found: list[Token], behind: list[Token], at: Token, read: Reader) -> bool:
    """样本涉及产业中|350家|电池厂商, 诞生初期只有|4家|生产厂家: the noun right behind a count is what it counts."""
    if not found or found[-1].tag == "INDICATOR" or found[-1].text in (*lists().heads, "共计", "合计", "总计"):
        return False
    joined = behind[0].left == at.right and not at.text.endswith("元")
    return joined and (behind[-1].text in lists().heads or read.words.flag(behind[-1].text).startswith("n"))


def _which(found: list[Token], before: Token, read: Reader) -> bool:
    """新遴选出的|521家|试点企业: the clause before 的 says which things are counted."""
    plain = all(t.tag in ("W", "OF") or t.text == "的" for t in found)
    verb = any(read.words.flag(t.text) == "v" for t in found[:-1])
    return before.text == "的" and plain and verb and len(found) <= 5


def _direction(tokens: list[Token], role: Role, named: Phrase) -> str | None:
    if role.rule["aspect"] not in ("growth", "change", "gap") or role.rule.get("direction") == "none":
        return None
    if "direction" in role.rule:
        return str(role.rule["direction"])
    inside = tokens[role.at + 1 : role.last] if role.rule.get("at") in ("any", "first") else []
    compared = [t for t in tokens[role.first : role.at] if t.tag in ("ABOVE", "BELOW")]
    said = compared[:1] if role.rule["aspect"] == "gap" and compared else tokens[role.first : role.at]
    for token in [*reversed(said), *inside]:
        if token.text == "改善" and named.text.endswith(lists().lesser):
            return "down"
        if token.tag in _UPWARD:
            return "up"
        if token.tag in _DOWNWARD:
            return "down"
    return None


def _scope(tokens: list[Token], role: Role) -> str | None:
    """Of what, among whom, against what: the words of the pattern between its key word and the quantity."""
    kind = role.rule.get("scope")
    if kind == "within":
        inner = tokens[role.first + 1 : role.at]
        return (
            "".join(t.text for t in inner if t.tag != "REACH" and t.text not in ("占比", "比重", "份额", "的", "中"))
            or None
        )
    inner = [
        t
        for t in tokens[role.first : role.at]
        if t.tag not in ("REACH", "SHARE", "RANK", "ABOVE", "BELOW", "PUNCT", "TIME")
    ]
    if kind == "than":
        inner = [t for t in inner if t.text not in ("比", "较")]
    if kind == "lead" or not kind:
        return None
    text = "".join(t.text for t in inner if t.text not in ("第", "出", "于", "低于", "高于")).strip("的")
    return text or None
