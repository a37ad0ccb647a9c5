"""Whose value a fact states: the name in the clause, the thing described, the product, the paragraph's subject."""

from __future__ import annotations

from pipeline.context import Stage
from pipeline.lexicon import cues, lists
from pipeline.lists import Draft
from pipeline.openings import Subject
from pipeline.phrases import Phrase, bare, clause, product, right_of
from pipeline.tokens import Role, Token


def subject_of(
    tokens: list[Token],
    role: Role,
    taken: list[Token],
    entity: list[Token],
    stage: Stage,
    last: Draft | None,
    named: Phrase,
    before: list[Draft],
) -> Subject:
    """Whose value it is: a name in the clause, the fact before it where the indicator is its, the paragraph's."""
    if entity:
        whole = len(entity) == 1 and entity[0].tag == "COMPANY"
        return stage.openings.named(entity[0]) if whole else _entity(tokens, entity)
    owner = _index(named, last) or _owner(tokens, role)
    if owner:
        return owner
    if stage.report and stage.home:
        return _zone(tokens, role.at) or _of_report(tokens, role.at, stage)
    for k in range(len(taken) - 1, -1, -1):
        token = taken[k]
        handed = k > 1 and taken[k - 2].tag == "SEP"  # 分别为|欧洲85万吨
        beside = (k and taken[k - 1].text in lists().aside and not handed) or (
            k + 1 < len(taken) and taken[k + 1].text in ("及", "和", "与", "、")
        )
        if token.tag == "COMPANY" and not beside:
            return stage.openings.named(token)
        opened = stage.subject and stage.subject.span
        if opened and opened[0] <= token.left and token.right < opened[1]:  # 西部|陆海新通道
            continue
        if token.tag == "PLACE" and not beside and stage.openings.is_subject(token):
            return stage.openings.named(token)
    if last:
        return last.subject
    if _worldwide(taken, stage, named):
        return Subject("全球", (taken[-1].left, taken[-1].right))
    return _unnamed(tokens, role, stage, named, before)


def _entity(tokens: list[Token], entity: list[Token]) -> Subject:
    """The named thing at the front of a phrase, without the list before 等; 全国|铁路 is one name."""
    cut = max((k + 1 for k, t in enumerate(entity[:-1]) if t.tag == "ENUM" or t.text in ("这", "个")), default=0)
    name = "".join(t.text for t in entity[cut:]).removesuffix("的")
    at = next(k for k, t in enumerate(tokens) if t.left >= entity[cut].left)
    lead = at - 1 if at and tokens[at - 1].right == tokens[at].left else at
    if lead < at and tokens[lead].text == "全国" and len(entity) == 1:
        return Subject("全国" + name, (tokens[lead].left, entity[-1].right))
    if name.endswith(lists().located) and entity[cut].tag != "PLACE":
        while lead >= 0 and lead < at and _locates(tokens[lead]) and tokens[lead].right == tokens[at].left:
            name, at, lead = tokens[lead].text + name, lead, lead - 1
    return Subject(name, (min(tokens[at].left, entity[cut].left), entity[-1].right))


def _locates(token: Token) -> bool:
    """May it be the front of a name (特斯拉|上海|超级工厂)? Not a word for the whole (全市, 我国)."""
    return token.tag == "COMPANY" or (token.tag == "PLACE" and token.text[0] not in "全我本该")


def _worldwide(taken: list[Token], stage: Stage, named: Phrase) -> bool:
    """全球|精炼铜产量, but not 京东方…全球|销量, 全球|第二大… or 对全球|经济增长的贡献率."""
    if not taken or taken[-1].text != "全球" or taken[-1].right != named.left or stage.home:
        return False
    firm = stage.subject is not None and stage.subject.company is not None
    lead = taken[-2].text if len(taken) > 1 else ""
    return not firm and lead not in ("对", "在", "占", "于", "约占") and not any(t.tag == "COMPANY" for t in taken)


def _unnamed(tokens: list[Token], role: Role, stage: Stage, named: Phrase, before: list[Draft]) -> Subject:
    """Whose value it is where the clause names nobody: the goods, the thing or the trade told of, the paragraph's."""
    goods = product(named.text)
    if goods:
        return Subject(goods, (named.left, named.right) if named.right else None)
    thing = _thing(tokens, role) if bare(named.text) else None
    owner = thing or _doer(tokens, role.at, stage)
    if owner or stage.subject or stage.head or stage.topic:
        return owner or stage.default()
    moved = role.rule["aspect"] == "growth" and tokens[role.first].text in lists().moves
    if (
        moved
        and named.right
        and named.text[-1] not in "价月年"
        and not any(head in named.text for head in lists().heads)
    ):
        return Subject(named.text, (named.left, named.right))  # 扁平材|跌0.32%
    return (_trade(before, named.text) if before else None) or stage.default()


def _trade(before: list[Draft], indicator: str) -> Subject | None:
    """电子信息制造业增加值增长11%，实现利润3000亿元: the profit is that trade's."""
    trade = cues().trade
    opened = trade.match(before[0].indicator)
    if not opened or len(opened[0]) < 4 or trade.match(indicator) or indicator not in lists().heads:
        return None
    span = before[0].indicator_span
    return Subject(opened[0], (span[0], span[0] + len(opened[0])) if span else None)


def _of_report(tokens: list[Token], at: int, stage: Stage) -> Subject:
    """The place of the report; a company that its sentence opens with only where it stands in the clause."""
    subject, begins = stage.default(), tokens[clause(tokens, at)].left
    inside = subject.company is None or (subject.span is not None and subject.span[0] >= begins)
    return subject if inside or not stage.home else Subject(stage.home, None)


def _zone(tokens: list[Token], at: int) -> Subject | None:
    """年内开发区营业收入超过450亿元，固投达到10亿元: both are of the zone that a clause of the report opens with."""
    valued = True  # every clause in between states a value
    for k in range(at - 1, -1, -1):
        token = tokens[k]
        if token.text in "；。" or token.tag == "PLACE" or (token.text == "，" and not valued):
            return None
        valued = (valued and token.text != "，") or token.tag.startswith("Q_")
        lead = tokens[k - 1] if k else None
        opens = lead is None or lead.text in "，：" or lead.tag == "TIME" or lead.text in lists().front
        if token.text in lists().zones and opens and k + 1 < at and tokens[k + 1].tag in ("INDICATOR", "W"):
            return Subject(token.text, (token.left, token.right))
    return None


def _doer(tokens: list[Token], at: int, stage: Stage) -> Subject | None:
    """作为零部件供应商，北斗智联自主研发…，年产能超过300万台: the company that an earlier clause opens with."""
    for k in range(at - 1, 0, -1):
        if tokens[k].text in "；。":
            return None
        if tokens[k].tag == "COMPANY" and tokens[k - 1].text == "，" and not stage.openings.beside(tokens[k]):
            listed = k + 1 < len(tokens) and (tokens[k + 1].tag == "ENUM" or tokens[k + 1].text in "、和与及的")
            return None if listed else stage.openings.named(tokens[k])
    return None


def _index(named: Phrase, last: Draft | None) -> Subject | None:
    """深证成指|跌0.61%: an index that a clause names itself."""
    named_now = not last and named.right and len(named.text) <= 10
    if not named_now or not cues().quoted_index.search(named.text):
        return None
    return Subject(named.text, (named.left, named.right))


def _owner(tokens: list[Token], role: Role) -> Subject | None:
    """规划面积约13平方公里的洛碛物流城: what the number and its 的 describe."""
    if role.at + 1 >= len(tokens) or tokens[role.at + 1].text != "的" or role.rule["aspect"] != "level":
        return None
    found = right_of(tokens, role.at)
    name = "".join(t.text for t in found)
    if len(name) > 3 and name.endswith(lists().entities):
        return Subject(name, (found[0].left, found[-1].right))
    return None


def _thing(tokens: list[Token], role: Role) -> Subject | None:
    """打造先进材料产业集群，…产值: the project or cluster that an earlier clause of the sentence is about."""
    end = clause(tokens, role.at)
    for k in range(end - 1, 0, -1):
        if tokens[k - 1].tag.startswith("Q_"):
            return None
        if tokens[k].tag == "PUNCT" and tokens[k - 1].text.endswith(lists().things):
            if any(t.tag == "COMPANY" for t in tokens[:k]):
                return None
            start = max(
                (
                    j + 1
                    for j in range(k)
                    if (tokens[j].tag == "PUNCT" and tokens[j].text in "，。；：◎、")
                    or tokens[j].text in lists().builders
                ),
                default=0,
            )
            name = "".join(t.text for t in tokens[start:k])
            return Subject(name, (tokens[start].left, tokens[k - 1].right)) if len(name) > 2 else None
    return None
