"""Facts that stand in lists: 分别 hands out its items one by one, 、 repeats what was said before."""

from __future__ import annotations

from dataclasses import dataclass, replace

import regex

from pipeline.calendar import Day, Period, shift_months
from pipeline.context import When
from pipeline.lexicon import cues, lists
from pipeline.openings import Openings, Span, Subject
from pipeline.phrases import Phrase, clause, product
from pipeline.tokens import Token


@dataclass(frozen=True, slots=True)
class Draft:
    """A fact in clean offsets, before it becomes a record. `quantity` is the place among the article's quantities."""

    quantity: int
    indicator: str
    indicator_span: Span | None
    parts: tuple[str, ...]
    subject: Subject
    aspect: str
    direction: str | None
    endpoint: str | None
    status: str
    when: When
    scope: str | None
    cue: Span | None
    sentence: int
    rule: str


def listed(tokens: list[Token], before: int, at: int) -> bool:
    """Does nothing but a comma of a list stand between two quantities, so that the second is like the first?"""
    between = tokens[before + 1 : at]
    return bool(between) and len(between) <= 3 and all(t.text in "、和与及约近超" for t in between)


def echoes(tokens: list[Token], before: int, at: int) -> bool:
    """奥迪增长28%，宝马达到71%，奔驰为70%: does only the next name stand between two quantities?"""
    between = tokens[before + 1 : at]
    names = [t for t in between if t.tag in ("COMPANY", "PLACE")]
    return len(names) == 1 and all(t.tag in ("COMPANY", "PLACE", "REACH") or t.text in "，、而" for t in between)


def again(tokens: list[Token], before: int, at: int, last: Draft, draft: Draft) -> str | None:
    """冰箱市占率为10.8%，洗衣机为9.1%: the noun alone takes the measure of the name before it."""
    between = tokens[before + 1 : at]
    nouns = [t for t in between if t.tag == "W"]
    plain = all(t.tag in ("W", "REACH") or t.text in "，、" for t in between) and 0 < len(nouns) <= 3
    alike = tokens[at].tag == tokens[before].tag == "Q_PCT" and "".join(t.text for t in nouns) == draft.indicator
    if not (plain and alike and draft.aspect in ("level", last.aspect) and last.aspect in ("level", "share")):
        return None
    measure = max((head for head in lists().heads if last.indicator.endswith(head)), key=len, default="")
    kept = len(measure) < len(last.indicator) and measure
    return draft.indicator + measure if kept and not draft.indicator.endswith(tuple(lists().heads)) else None


def same_verb(tokens: list[Token], before: int, at: int, last: Draft, draft: Draft) -> bool:
    """新增22个数字化车间、2个智能工厂, 新建7家平台和6家孵化器: the second is new too."""
    words = lists()
    alike = tokens[before].text[-1] == tokens[at].text[-1]
    between = tokens[before + 1 : at]
    verbs = any(t.text in words.light | words.predicates or t.text.endswith(("数", "总量")) for t in between)
    plain = (
        alike
        and not verbs
        and tokens[at - 1].tag != "PUNCT"
        and all(t.tag in ("W", "INDICATOR", "PUNCT") for t in between)
        and len(between) <= 6
    )
    stop = any(t.text in "。；" or (t.text == "，" and not plain) for t in between)
    return (
        not stop
        and (
            last.indicator.startswith("新增")
            or (last.indicator.startswith("新建") and alike and "，" not in {t.text for t in between})
        )
        and last.aspect == draft.aspect == "level"
        and not draft.indicator.startswith(("新", *words.acts))
    )


def both(tokens: list[Token], before: list[Draft]) -> str | None:
    """手机产量超过8000万台、产值570亿元，保持全市第一: one rank of both."""
    at = {t.ref: k for k, t in enumerate(tokens) if t.tag.startswith("Q_")}
    pair = [d for d in before[-2:] if d.quantity in at and d.aspect == "level"]
    if len(pair) < 2 or tokens[at[pair[0].quantity] + 1].text != "、":
        return None
    return "、".join(d.indicator for d in pair)


def like(draft: Draft, last: Draft, same: bool) -> Draft:
    if same and draft.aspect == "level" and last.aspect in ("growth", "change"):
        return replace(draft, aspect=last.aspect, direction=last.direction, rule=last.rule)
    return draft


def kept_aspect(aspect: str, last: Draft, named: Phrase | None, tag: str) -> str:
    """出口占45%，目标是提高到60%: a share still; GDP增速3.2%，一季度反弹至5.8%: a growth still."""
    if aspect != "level" or tag not in ("Q_PCT", "Q_FRAC") or named is None or named.text != last.indicator:
        return aspect
    grown = last.rule.startswith("fact.growth-noun")
    return last.aspect if last.aspect == "share" or grown else aspect


def separate(tokens: list[Token], found: list[Draft], openings: Openings) -> list[Draft]:
    """分别: hand the items of a list to the quantities of a run, one by one."""
    result = list(found)
    by_ref = {d.quantity: k for k, d in enumerate(result)}
    for k, token in enumerate(tokens):
        if token.tag != "SEP":
            continue
        if k + 1 < len(tokens) and tokens[k + 1].tag == "FROM":
            _both_ends(tokens, k, by_ref, result)
            continue
        run = _run(tokens, k)
        first = result[by_ref[tokens[run[0]].ref]] if run and tokens[run[0]].ref in by_ref else None
        if first and 2 <= len(first.parts) < len(run):  # A、B分别达到69家、107家，|1324人…
            run = run[: len(first.parts)]
        indices = [by_ref[tokens[at].ref] for at in run if tokens[at].ref in by_ref]
        if len(indices) < 2 or len(indices) != len(run):
            continue
        _hand_out(tokens, k, indices, result, openings)
    runs = _plain_runs(tokens, by_ref)
    handed = next((k for k, t in enumerate(tokens) if t.tag == "SEP"), len(tokens))
    for place, run in enumerate(runs):
        indices = [by_ref[tokens[at].ref] for at in run]
        before = list(range(max(0, indices[0] - len(run)), indices[0]))
        if place and len(runs[place - 1]) == len(run):
            _pair_up(result, [by_ref[tokens[at].ref] for at in runs[place - 1]], indices)
        elif len(before) == len(run) and result[indices[0]].indicator == result[before[-1]].indicator:
            _pair_up(result, before, indices)  # A完成2亿元，其中B完成1亿元，同比增长3%、4%
        if run[0] < handed and len(result[indices[0]].parts) == len(indices):
            _hand_out(tokens, run[0], indices, result, openings)
    return result


def _both_ends(tokens: list[Token], k: int, by_ref: dict[int, int], result: list[Draft]) -> None:
    """总部、研发中心分别从771家、481家增加到1076家、636家: each item has both ends, or all have one far end."""
    near = _run(tokens, k)
    far = _run(tokens, near[-1]) if near and not listed(tokens, near[-1], near[-1] + 1) else []
    if len(near) < 2 or len(far) not in (1, len(near)) or any(tokens[at].ref not in by_ref for at in (*near, *far)):
        return
    first = result[by_ref[tokens[near[0]].ref]]
    if len(first.parts) != len(near):
        return
    for end, run in (("from", near), ("to", far)):
        for place, at in enumerate(run):
            draft = result[by_ref[tokens[at].ref]]
            named = first.parts[place] if len(run) > 1 else _common(first.parts)
            own = draft.when if end == "to" or not place else first.when
            result[by_ref[tokens[at].ref]] = replace(
                draft,
                indicator=named,
                indicator_span=first.indicator_span,
                parts=(),
                subject=first.subject,
                aspect="level",
                direction=None,
                endpoint=end,
                rule=f"fact.end-{end}",
                when=own,
            )


def _common(parts: tuple[str, ...]) -> str:
    """What the parts end in alike (制造业费用扣除比例、服务业费用扣除比例), else all of them."""
    backwards = "".join(a for a, *rest in zip(*(part[::-1] for part in parts), strict=False))
    same = next((n for n in range(len(backwards), 1, -1) if len({part[-n:] for part in parts}) == 1), 0)
    return parts[0][-same:] if same else "、".join(parts)


def _pair_up(result: list[Draft], levels: list[int], indices: list[int]) -> None:
    """城乡居民收入分别达6.9万元、3.4万元，增长4.2%、5.3%: each growth is of the level in its place."""
    named = {result[k].indicator for k in levels}
    dated = {str(result[k].when.period) for k in levels}
    if len(named) == 1 and len(dated) == len(levels):  # 三年利润分别为…，每股收益增厚0.14元、0.16元、0.19元
        for level, index in zip(levels, indices, strict=True):
            result[index] = replace(result[index], when=result[level].when)
        return
    grown = all(result[k].aspect in ("growth", "change") for k in indices)
    if not grown or len(named) < len(levels) or any(result[k].aspect != "level" for k in levels):
        return
    for level, index in zip(levels, indices, strict=True):
        source = result[level]
        result[index] = replace(
            result[index], indicator=source.indicator, indicator_span=source.indicator_span, subject=source.subject
        )


def _plain_runs(tokens: list[Token], by_ref: dict[int, int]) -> list[list[int]]:
    """增加值、营业收入同比增长6.5%、5.3%: quantities of one list that no 分别 introduces."""
    stated = [k for k, t in enumerate(tokens) if t.tag.startswith("Q_") and t.ref in by_ref]
    runs: list[list[int]] = []
    for at in stated:
        if runs and listed(tokens, runs[-1][-1], at):
            runs[-1].append(at)
        else:
            runs.append([at])
    return [run for run in runs if len(run) > 1]


def _run(tokens: list[Token], k: int) -> list[int]:
    """The quantities behind 分别 that stand in one list: 57.8%和36.7%."""
    run: list[int] = []
    for at in range(k + 1, len(tokens)):
        token = tokens[at]
        if token.tag.startswith("Q_") and token.tag != "Q_ORD":
            run.append(at)
        elif run and not _goes_on(tokens, at):
            break
    return run


def _goes_on(tokens: list[Token], at: int) -> bool:
    """May the word stand between two quantities of one list?"""
    if tokens[at].text == "，":
        return at + 1 < len(tokens) and tokens[at + 1].tag.startswith("Q_")
    return tokens[at].text in set("、和与及约近超达的") | {"以及", "超过", "左右", "以上", "达到"}


def _hand_out(tokens: list[Token], k: int, indices: list[int], result: list[Draft], openings: Openings) -> None:
    count = len(indices)
    first = result[indices[0]]
    times = _listed_times(tokens, k, count)
    owners = _listed_names(tokens, k, count) if tokens[k].tag == "SEP" else []
    periods = _split(first.when, count, tokens)
    before = [d for d in result[: indices[0]] if d.aspect == "level"][-count:]
    for place, index in enumerate(indices):
        draft = replace(
            result[index],
            aspect=first.aspect,
            direction=first.direction,
            rule=first.rule,
            status=first.status,
            cue=first.cue,
            subject=first.subject,
        )
        if times:
            period = openings.mentions.times[times[place].ref].period
            when = When(period, (times[place].left, times[place].right))
            draft = replace(draft, when=when, indicator=first.indicator, indicator_span=first.indicator_span)
        elif len(first.parts) == count and not _firms(owners, first.parts[0]):
            draft = _part(draft, first, first.parts[place])
        elif owners:
            draft = _owned(draft, first, owners, openings.named(owners[place]))
        elif len(before) == count:
            source = before[place]
            draft = replace(
                draft,
                indicator=source.indicator,
                indicator_span=source.indicator_span,
                subject=source.subject,
                when=first.when,
            )
        else:
            when = When(periods[place], first.when.span) if periods else first.when
            draft = replace(draft, indicator=first.indicator, indicator_span=first.indicator_span, when=when)
        result[index] = draft


def _part(draft: Draft, first: Draft, part: str) -> Draft:
    """The indicator that is one of a list, and its goods as the subject: 玉米、大豆价格分别上涨."""
    draft = replace(draft, indicator=part, indicator_span=first.indicator_span, when=first.when, parts=())
    if (goods := product(part)) and first.subject.name == product(first.indicator):
        return replace(draft, subject=replace(first.subject, name=goods))
    return draft


def _firms(owners: list[Token], part: str) -> bool:
    """Does the list hold companies (甲公司、乙公司|获得), not what is measured (美国、日本|进出口)?"""
    return bool(owners) and owners[0].tag == "COMPANY" and owners[0].text in part


def _owned(draft: Draft, first: Draft, owners: list[Token], subject: Subject) -> Draft:
    """The indicator of the first value for each owner, without the names (甲公司、乙公司|获得) in front of it."""
    name, span, last = first.indicator, first.indicator_span, owners[-1]
    if span and span[0] < last.right < span[1] and last.text in name:
        name, span = name.rpartition(last.text)[2], (last.right, span[1])
    return replace(draft, indicator=name, indicator_span=span, subject=subject, when=first.when, parts=())


def _split(when: When, count: int, tokens: list[Token]) -> list[Period]:
    """2011年第四季度到2012年第二季度 over three values is a quarter each; years likewise."""
    period = when.period
    said = next((t.text for t in tokens if when.span and t.left == when.span[0]), "")
    if period is None or period.start == period.end or not regex.search("[到至—–-]", said):
        return []
    if period.start.month is None:
        years = range(period.start.year, period.end.year + 1)
        return [Period(Day(y), Day(y)) for y in years] if len(years) == count else []
    total = (period.end.year - period.start.year) * 12 + (period.end.month or 12) - period.start.month + 1
    if total == 3 * count and "季" in said:
        starts = [shift_months(period.start, 3 * k) for k in range(count)]
        return [Period(s, shift_months(s, 2)) for s in starts]
    return []  # 1—6月产销分别完成: the months are one period


def _listed_times(tokens: list[Token], k: int, count: int) -> list[Token]:
    """2011年、2012年和2013年…分别为: the times of the clause before 分别, if there is one for each value."""
    start = clause(tokens, k)
    times = [t for t in tokens[start:k] if t.tag == "TIME"]
    if not times and start and tokens[start - 1].text == "，":  # 2022年、2023年和2024年，净利润分别为
        before = tokens[clause(tokens, start - 1) : start - 1]
        listed_so = all(t.tag == "TIME" or t.text in _AND for t in before)
        times = [t for t in before if t.tag == "TIME"] if listed_so else []
    return times if len(times) == count else []


def another_end(tokens: list[Token], before: int, at: int, last: Draft) -> bool:
    """由一季度的4.5%、|上半年的5.2%|回升至: does the value stand in the list of the near end?"""
    between = tokens[before + 1 : at]
    plain = all(t.tag in ("TIME", "OF") or t.text in _AND for t in between)
    return last.endpoint == "from" and plain and tokens[at].tag == tokens[before].tag


_AND = frozenset({"、", "和", "与", "及", "以及"})


def _listed_names(tokens: list[Token], k: int, count: int) -> list[Token]:
    """重庆、四川的产量分别为: the companies or places of a list before 分别, if there is one for each value."""
    start = clause(tokens, k)
    listings: list[list[int]] = []
    for at in range(start, k):
        if tokens[at].tag not in ("COMPANY", "PLACE"):
            continue
        if listings and listings[-1][-1] == at - 2 and tokens[at - 1].text in _AND:
            listings[-1].append(at)
        else:
            listings.append([at])
    whole = [names for names in listings if len(names) == count and len({tokens[at].tag for at in names}) == 1]
    if len(whole) != 1 or any(t.text in lists().toward for t in tokens[start : whole[0][0]]):
        return []
    if whole[0][0] > start and tokens[whole[0][0] - 1].text in _AND:  # 大连、|丹东和锦州
        return []
    if any(t.text == "至" or t.text in cues().says for t in tokens[whole[0][-1] + 1 : k]):
        return []  # 交通银行和国泰君安预测CPI分别为, 西澳和巴西至青岛航线
    return [tokens[at] for at in whole[0]]
