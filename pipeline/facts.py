"""What each quantity states: indicator, subject, aspect, status, time.

For every sentence that holds a quantity: cut it into typed tokens, let the patterns say what role each quantity
plays (tokens.py), find the phrase that names the indicator (phrases.py), and take subject, time and status from the
sentence or from what the paragraph said before (context.py). `find` is the loop; `_read` makes one fact.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import regex

from pipeline import rulebook
from pipeline.calendar import Day, Period, shift_months
from pipeline.context import Span, Stage, Subject, When
from pipeline.phrases import Phrase, bare, behind_verb, clause, counted, earlier, left_of, lists, phrase, product, right_of, role_segment, split_entity, verb_last
from pipeline.spans import Sentence
from pipeline.tokens import Mentions, Reader, Role, Token, reader
from pipeline.units import unit

_UPWARD = ("UP", "RISE", "ABOVE")
_DOWNWARD = ("DOWN", "FALL", "BELOW")


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


def find(text: str, sentences: list[Sentence], mentions: Mentions, home: str | None, published: str | None, title: str) -> list[Draft]:
    """Every fact of the article, in the order of its quantities."""
    read = reader(str(rulebook.folder()))
    stage = Stage.of(text, mentions, home, published, title, read.words.flag)
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
            found += _sentence(tokens, number, stage, read, mentions)
    return found


def _inside(mentions: Mentions, sentence: Sentence) -> tuple[Mentions, dict[str, int]]:
    """The mentions of one sentence, and how many of each type stand before it."""
    cut = {}
    offsets = {}
    for name, tag in (("quantities", "Q_"), ("times", "TI"), ("companies", "CO"), ("places", "PL")):
        rows = getattr(mentions, name)
        low = _bisect(rows, sentence.left)
        high = _bisect(rows, sentence.right)
        cut[name], offsets[tag] = rows[low:high], low
    return Mentions(**cut), offsets


def _bisect(rows: list[object], at: int) -> int:
    low, high = 0, len(rows)
    while low < high:
        middle = (low + high) // 2
        if rows[middle].left < at:  # type: ignore[attr-defined]
            low = middle + 1
        else:
            high = middle
    return low


def _sentence(tokens: list[Token], number: int, stage: Stage, read: Reader, mentions: Mentions) -> list[Draft]:
    roles = read.roles(tokens, mentions)
    idle = {at for at, role in roles.items() if role.rule["aspect"] == "none" or not _holds(tokens, role, mentions)}
    if any(tokens[at].tag == "Q_NUM" for at in idle):  # 居14个区县第2位: read again without the idle numbers
        tokens = [replace(t, tag="W") if k in idle and t.tag == "Q_NUM" else t for k, t in enumerate(tokens)]
        roles = read.roles(tokens, mentions)
    found: list[Draft] = []
    before = -1
    for at in sorted(roles.keys() - idle):
        draft = _read(tokens, roles[at], number, stage, read, found, mentions)
        if draft and found and before >= 0 and _listed(tokens, before, at):
            draft = _like(draft, found[-1], tokens[at].tag == tokens[before].tag)
        if draft and found and before >= 0 and _same_verb(tokens, before, at, found[-1], draft):
            draft = replace(draft, indicator="新增" + draft.indicator)
        if draft and found and draft.endpoint == "to" and found[-1].endpoint == "from":
            draft = replace(draft, aspect=found[-1].aspect, indicator=found[-1].indicator, indicator_span=found[-1].indicator_span, subject=found[-1].subject)
        if draft:
            found.append(draft)
            stage.settle(draft.subject, draft.when)
            before = at
    return _separate(tokens, found, mentions)


def _listed(tokens: list[Token], before: int, at: int) -> bool:
    """Does nothing but a comma of a list stand between two quantities, so that the second is like the first?"""
    between = tokens[before + 1 : at]
    return bool(between) and len(between) <= 3 and all(t.text in "、和与及约近超" for t in between)


def _same_verb(tokens: list[Token], before: int, at: int, last: Draft, draft: Draft) -> bool:
    """新增22个数字化车间、2个智能工厂: the second is new too."""
    stop = any(t.text in "，。；" for t in tokens[before:at])
    return not stop and last.indicator.startswith("新增") and last.aspect == draft.aspect == "level" and not draft.indicator.startswith("新")


def _like(draft: Draft, last: Draft, same: bool) -> Draft:
    if same and draft.aspect == "level" and last.aspect in ("growth", "change"):
        return replace(draft, aspect=last.aspect, direction=last.direction, rule=last.rule)
    return draft


_PARTS = frozenset(["方面", "部分", "环节", "领域", "层面", "步骤", "关键词", "阶段", "字", "内容", "大文章", "车间", "类别", "等级", "方向", "问题", "原因", "因素", "维度"])
_SPANS = ("周期", "时间", "寿命", "耗时", "工期", "时长", "历时", "天数", "账期")


def _holds(tokens: list[Token], role: Role, mentions: Mentions) -> bool:
    """Rules out quantities that only modify something: 200吨产品, 就有一辆, 14个城市的面积, 亿元以上企业."""
    q = mentions.quantities[tokens[role.at].ref]
    measured = unit(q.unit)
    text, level = tokens[role.at].text, role.rule["id"] == "fact.level"
    after = tokens[role.at + 1].text if role.at + 1 < len(tokens) else ""
    before = tokens[role.at - 1].text if role.at else ""
    if q.comparator == "vague" and q.rule != "quantity.digits" and not (measured and measured.dimension == "currency"):
        return False
    if after in _PARTS or after == "级" or q.unit in ("步", "级", "方面", "周年", "件套", "大"):
        return False
    if before.endswith(("等", "这", "那")) and q.unit == "个":
        return _counted_list(tokens, role.at)
    if level and measured and measured.dimension == "time" and not any(s in "".join(t.text for t in tokens[max(0, role.at - 8) : role.at]) for s in _SPANS):
        return False
    ranked = any(t.tag == "Q_ORD" for t in tokens[role.at + 1 : role.at + 4]) and role.at > 0 and tokens[role.at - 1].tag == "RANK"
    if ranked or _each(tokens, role.at) or (role.at <= 1 and after and tokens[role.at + 1].tag == "Q_SCALE"):
        return False
    if text[0] in "百千万亿" and after == "以上" and q.kind == "cardinal":
        return False
    small = q.value is not None and q.value <= 5 and not text[0].isdigit() and q.kind == "cardinal"
    if small and measured and measured.dimension == "count":
        return _adds(tokens, role.at)
    if level and q.unit == "个" and after not in ("，", "。", "、", "") and _enumerated(tokens, role.at):
        return False
    return not (q.unit in ("吨", "兆瓦", "千瓦", "分钟", "厘米", "毫米", "英寸") and _modifies(tokens, role.at))


def _each(tokens: list[Token], at: int) -> bool:
    """每20部中至少有1部, 每4辆中就有一辆: both numbers make one rate."""
    near = tokens[max(0, at - 9) : at]
    return any(t.tag == "EACH" and near[k + 1 : k + 2] and near[k + 1].tag.startswith("Q_") for k, t in enumerate(near)) and any(t.text in ("中", "里", "就") for t in near)


def _adds(tokens: list[Token], at: int) -> bool:
    """建成两座水电站 counts, 分两步走 does not: a small number in characters needs a verb of making before it."""
    before = tokens[at - 1].text if at else ""
    if before == "了" and at > 1:
        before = tokens[at - 2].text
    scaled = at + 1 < len(tokens) and tokens[at + 1].tag == "Q_SCALE"
    return before in lists().light or (scaled and any(t.text in ("打造", "建设", "培育", "形成") for t in tokens[:at]))


def _enumerated(tokens: list[Token], at: int) -> bool:
    """总装、涂装、电池、冲压4个车间: the number only sums up the list before it."""
    start = clause(tokens, at)
    commas = sum(t.text in ("、", "和") for t in tokens[start:at])
    return commas >= 2 and tokens[at - 1].tag in ("W", "COMPANY", "PLACE") and not any(t.text in lists().light for t in tokens[start:at])


def _counted_list(tokens: list[Token], at: int) -> bool:
    """河北等16个地区已完成: the counted list does something; 等14个城市的…面积: it only says whose."""
    rest = "".join(t.text for t in tokens[at + 1 : at + 14])
    return bool(regex.search("已|加快|加速|建成|完成|开工|投产|投用|启动|通过|获|入选", rest.partition("，")[0])) and not regex.match("[^，。]{0,8}的", rest)


def _modifies(tokens: list[Token], at: int) -> bool:
    """Is the quantity an attribute of the noun behind it (2.4万吨多用途船)?"""
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    before = tokens[at - 1] if at else None
    if after is None or after.tag != "W":
        return bool(after and after.text == "、" and at + 2 < len(tokens) and tokens[at + 2].tag == "Q_NUM" and before is not None and before.text in ("、", "包括", "了"))
    return before is None or before.tag not in ("REACH", "UP", "DOWN", "INDICATOR") or before.text in ("的", "了", "由")


def _read(tokens: list[Token], role: Role, number: int, stage: Stage, read: Reader, before: list[Draft], mentions: Mentions) -> Draft | None:
    rule = role.rule
    found, taken, behind = _phrase_tokens(tokens, role, read)
    entity, rest = split_entity(found)
    named = phrase(rest if entity else found)
    last = before[-1] if before else None
    aspect = rule["aspect"]
    if "indicator" in rule:
        named = Phrase(rule["indicator"], 0, 0)
    if "suffix" in rule:
        named = _suffixed(named, rule["suffix"]) or phrase(left_of(tokens, clause(tokens, role.first), role.first)[0])
    if aspect == "level":
        named, aspect = _shared(named, role, mentions, tokens, behind=behind)
    named, inherited = _complete(named, last)
    if named and not last and named.text in ("总量", "总数", "总额", "规模"):
        topic = phrase(earlier(tokens, clause(tokens, role.at)))
        named = Phrase(topic.text + named.text, topic.left, named.right) if topic else named
    if named is None and aspect == "rank":
        named = Phrase("排名", 0, 0)
    if named is None:
        return None
    subject = _subject(tokens, role, taken, entity, stage, last if inherited else None, named)
    when = stage.time_of(tokens, role.at, growth=aspect in ("growth", "change", "gap"))
    when = _end_of(when, rule.get("endpoint"), own=bool(when.span and tokens[role.first].left <= when.span[0]))
    cue = None if rule.get("endpoint") == "from" else stage.cue(tokens, role.at, when, clause(tokens, role.at))
    return Draft(
        tokens[role.at].ref,
        named.text,
        (named.left, named.right) if named.right else None,
        named.parts,
        subject,
        aspect,
        None if rule.get("direction") == "none" else _direction(tokens, role),
        rule.get("endpoint"),
        "target" if cue else "actual",
        when,
        _scope(tokens, role),
        cue,
        number,
        rule["id"],
    )


def _end_of(when: When, endpoint: str | None, *, own: bool) -> When:
    """The near end of a change over years holds at their beginning, the far end at their end; unless it has its own date."""
    if endpoint is None or own:
        return when
    over = when.period and when.period.start.year != when.period.end.year
    if endpoint == "from":
        return When(Period(when.period.start, when.period.start), when.span) if when.period and over else When(None, None)
    return When(Period(when.period.end, when.period.end), when.span) if when.period and over else when


def _phrase_tokens(tokens: list[Token], role: Role, read: Reader) -> tuple[list[Token], list[Token], bool]:
    """The tokens that name the indicator, what stood before them in the clause, and whether they stand behind."""
    where = role.rule.get("find", "left")
    if where == "between":
        inner = left_of(tokens, role.first + 1, role.at)[0]
        return inner, tokens[clause(tokens, role.first) : role.first], False
    if where == "right":
        behind = right_of(tokens, role.at) if "suffix" in role.rule else tokens[role.at + 1 : role.last]
        return behind, tokens[clause(tokens, role.at) : role.at], True
    start, end = role_segment(tokens, role)
    if where == "around":
        left = left_of(tokens, start, end)[0]
        if left or any(t.tag.startswith("Q_") for t in tokens[:start]):
            return left, [], False
        return left_of(tokens, role.at + 1, next((k for k in range(role.at + 1, len(tokens)) if tokens[k].tag in ("PUNCT", "Q_ORD")), role.at + 1))[0], [], False
    if where in ("last", "self"):
        return [], tokens[start:end], False
    found, taken = left_of(tokens, start, end)
    if start and tokens[start - 1].tag.startswith("Q_") and start < end and tokens[start].tag in ("W", "INDICATOR") and tokens[start].text not in lists().light:
        found, taken = [], []  # the thing that the quantity before counts: 3个智能工厂和28个…
    if not found and role.rule["id"] != "fact.level" and not any(t.tag.startswith("Q_") for t in tokens[:start]):
        found = earlier(tokens, start)
    if role.rule["id"] != "fact.level":
        return found, taken, False
    behind = right_of(tokens, role.at)
    q = tokens[role.at]
    names_only = bool(found) and all(t.tag in ("COMPANY", "PLACE", "PUNCT") for t in found)
    lead = role.at - 1
    while lead > 0 and tokens[lead].text in ("上", "约", "近", "超", "超过", "过", "逾", "至少"):
        lead -= 1
    handed = lead >= 0 and tokens[lead].text in ("由", "了", "对", "通过")
    if not found and not behind:
        found = earlier(tokens, start)
    if behind and (names_only or handed or verb_last(found, read.words)):
        adding = [t for t in found if regex.match("新(?!能源)|再增|净增", t.text)][:1]
        return adding + behind, taken, True
    times = q.text.endswith(("次", "人次"))
    measured = q.text.endswith("元")
    if q.tag != "Q_NUM" or times:
        return found, taken, False
    return (behind_verb(found) if measured else counted(found)), taken, False


def _suffixed(named: Phrase | None, suffix: str) -> Phrase | None:
    """碳酸锂项目 -> 碳酸锂年产能"""
    stem = regex.sub("(?:的)?(?:生产)?(?:项目|生产线|能力|基地|工厂|产能|规模|装置)(?:的)?.*$", "", named.text) if named else ""
    return Phrase(stem + suffix, named.left, named.right) if named and stem else None


def _shared(named: Phrase | None, role: Role, mentions: Mentions, tokens: list[Token], *, behind: bool) -> tuple[Phrase | None, str]:
    """80%的结算, 销售额占…的比例由1.86%: a percentage of things, or of a whole, is a share."""
    if named is None or tokens[role.at].tag not in ("Q_PCT", "Q_FRAC"):
        return named, "level"
    whole = regex.match("(?P<part>.*?)(?:在.+中)?占.+(?:比例|比重|份额|比)$", named.text)
    if whole:
        return Phrase(whole["part"], named.left, named.right) if whole["part"] else None, "share"
    share = (behind and "suffix" not in role.rule) or named.text.endswith(lists().shares)
    return named, "share" if share else "level"


_RATES = ("增速", "增幅", "涨幅", "降幅", "跌幅", "增长率", "占比", "比重", "总量", "规模", "总数", "数量", "总额", "下降幅度")


def _complete(named: Phrase | None, last: Draft | None) -> tuple[Phrase | None, bool]:
    """Fill a phrase that the clause leaves out from the fact before it; True where it was inherited."""
    if named is None:
        return (None, False) if last is None else (Phrase(last.indicator, *(last.indicator_span or (0, 0)), last.parts), True)
    if last and named.text in _RATES:
        stem = regex.sub("(?:增速|增幅|涨幅|降幅|占比|总量)$", "", last.indicator)
        if named.text in ("降幅", "跌幅", "涨幅", "增幅", "下降幅度"):
            return Phrase(stem, *(last.indicator_span or (0, 0))), True
        return Phrase(stem + named.text, named.left, named.right), True
    return named, False


_ASIDE = ("在", "占", "比", "与", "对", "于", "较", "来自", "从", "向", "为", "和", "、", "把", "被")


def _subject(tokens: list[Token], role: Role, taken: list[Token], entity: list[Token], stage: Stage, last: Draft | None, named: Phrase) -> Subject:
    """Whose value it is: a name in the clause, the fact before it where the indicator is its, the paragraph's."""
    if entity:
        cut = max((k + 1 for k, t in enumerate(entity[:-1]) if t.tag == "ENUM" or t.text in ("这", "个")), default=0)
        name = "".join(t.text for t in entity[cut:]).removesuffix("的")
        return Subject(name, (entity[cut].left, entity[-1].right))
    owner = _owner(tokens, role)
    if owner:
        return owner
    if stage.report and stage.home:
        return stage.default()
    for k in range(len(taken) - 1, -1, -1):
        token = taken[k]
        beside = (k and taken[k - 1].text in _ASIDE) or (k + 1 < len(taken) and taken[k + 1].text in ("及", "和", "与", "、"))
        if token.tag == "COMPANY" and not beside:
            return stage.named(token)
        if token.tag == "PLACE" and not beside and stage.is_subject(token):
            return stage.named(token)
    if last:
        return last.subject
    goods = product(named.text)
    if goods:
        return Subject(goods, (named.left, named.right) if named.right else None)
    thing = _thing(tokens, role) if bare(named.text) else None
    return thing or stage.default()


def _owner(tokens: list[Token], role: Role) -> Subject | None:
    """规划面积约13平方公里的洛碛物流城: what the number and its 的 describe."""
    if role.at + 1 >= len(tokens) or tokens[role.at + 1].text != "的" or role.rule["aspect"] != "level":
        return None
    found = right_of(tokens, role.at)
    name = "".join(t.text for t in found)
    if len(name) > 3 and name.endswith(tuple(lists().entities)):
        return Subject(name, (found[0].left, found[-1].right))
    return None


def _thing(tokens: list[Token], role: Role) -> Subject | None:
    """打造先进材料产业集群，…产值: the project or cluster that an earlier clause of the sentence is about."""
    end = clause(tokens, role.at)
    for k in range(end - 1, 0, -1):
        if tokens[k - 1].tag.startswith("Q_"):
            return None
        if tokens[k].tag == "PUNCT" and tokens[k - 1].text.endswith(("集群", "项目", "工程", "基地", "园", "城", "工厂", "中心")):
            if any(t.tag == "COMPANY" for t in tokens[:k]):
                return None
            start = max((j + 1 for j in range(k) if tokens[j].tag == "PUNCT" and tokens[j].text in "，。；：◎、" or tokens[j].text in ("打造", "建设", "的", "推进", "实施")), default=0)
            name = "".join(t.text for t in tokens[start:k])
            return Subject(name, (tokens[start].left, tokens[k - 1].right)) if len(name) > 2 else None
    return None


def _direction(tokens: list[Token], role: Role) -> str | None:
    if role.rule["aspect"] not in ("growth", "change", "gap"):
        return None
    inside = tokens[role.at + 1 : role.last] if role.rule.get("at") == "any" and role.last > role.at + 1 else []
    for token in [*reversed(tokens[role.first : role.at]), *inside]:
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
        return "".join(t.text for t in inner if t.tag != "REACH" and t.text not in ("占比", "比重", "份额", "的", "中")) or None
    inner = [t for t in tokens[role.first : role.at] if t.tag not in ("REACH", "SHARE", "RANK", "ABOVE", "BELOW", "PUNCT", "TIME")]
    if kind == "than":
        inner = [t for t in inner if t.text not in ("比", "较")]
    if kind == "lead" or not kind:
        return None
    text = "".join(t.text for t in inner if t.text not in ("第", "出")).strip("的")
    return text or None


def _separate(tokens: list[Token], found: list[Draft], mentions: Mentions) -> list[Draft]:
    """分别: hand the items of a list to the quantities of a run, one by one."""
    result = list(found)
    by_ref = {d.quantity: k for k, d in enumerate(result)}
    for k, token in enumerate(tokens):
        if token.tag != "SEP":
            continue
        run = _run(tokens, k)
        indices = [by_ref[tokens[at].ref] for at in run if tokens[at].ref in by_ref]
        if len(indices) < 2 or len(indices) != len(run):
            continue
        _hand_out(tokens, k, indices, result, mentions)
    return result


def _run(tokens: list[Token], k: int) -> list[int]:
    """The quantities behind 分别 that stand in one list: 57.8%和36.7%."""
    run: list[int] = []
    for at in range(k + 1, len(tokens)):
        token = tokens[at]
        if token.tag.startswith("Q_") and token.tag != "Q_ORD":
            run.append(at)
        elif run and token.text not in ("、", "和", "与", "及", "以及", "约", "近", "超", "超过", "左右", "以上", "达", "达到", "的", "，"):
            break
        elif run and token.text == "，" and not (at + 1 < len(tokens) and tokens[at + 1].tag.startswith("Q_")):
            break
    return run


def _hand_out(tokens: list[Token], k: int, indices: list[int], result: list[Draft], mentions: Mentions) -> None:
    count = len(indices)
    first = result[indices[0]]
    times = _listed_times(tokens, k, count)
    periods = _split(first.when, count, tokens)
    before = [d for d in result[: indices[0]] if d.aspect == "level"][-count:]
    for place, index in enumerate(indices):
        draft = replace(result[index], aspect=first.aspect, direction=first.direction, rule=first.rule, status=first.status, cue=first.cue, subject=first.subject)
        if times:
            period = mentions.times[times[place].ref].period
            when = When(period, (times[place].left, times[place].right))
            draft = replace(draft, when=when, indicator=first.indicator, indicator_span=first.indicator_span)
        elif len(first.parts) == count:
            draft = replace(draft, indicator=first.parts[place], indicator_span=first.indicator_span, when=first.when, parts=())
        elif len(before) == count:
            source = before[place]
            draft = replace(draft, indicator=source.indicator, indicator_span=source.indicator_span, subject=source.subject, when=first.when)
        else:
            when = When(periods[place], first.when.span) if periods else first.when
            draft = replace(draft, indicator=first.indicator, indicator_span=first.indicator_span, when=when)
        result[index] = draft


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
    if total != 3 * count:
        return []
    starts = [shift_months(period.start, 3 * k) for k in range(count)]
    return [Period(s, shift_months(s, 2)) for s in starts]


def _listed_times(tokens: list[Token], k: int, count: int) -> list[Token]:
    """2011年、2012年和2013年…分别为: the times of the clause before 分别, if there is one for each value."""
    start = clause(tokens, k)
    times = [t for t in tokens[start:k] if t.tag == "TIME"]
    return times if len(times) == count else []
