"""Quantities that state no value of an indicator: 200吨产品, 就有一辆, 14个城市的面积, 亿元以上企业."""

from __future__ import annotations

import regex

from pipeline.lexicon import lists
from pipeline.phrases import clause, right_of
from pipeline.tokens import Mentions, Role, Token
from pipeline.units import unit


def holds(tokens: list[Token], role: Role, mentions: Mentions) -> bool:
    """Rules out quantities that only modify something: 200吨产品, 就有一辆, 14个城市的面积, 亿元以上企业."""
    if role.rule["id"] == "fact.capacity":
        return True
    q = mentions.quantities[tokens[role.at].ref]
    measured = unit(q.unit)
    dimension = measured.dimension if measured else None
    text, level = tokens[role.at].text, role.rule["id"] == "fact.level"
    after = tokens[role.at + 1].text if role.at + 1 < len(tokens) else ""
    before = tokens[role.at - 1].text if role.at else ""
    if q.comparator == "vague" and q.rule != "quantity.digits" and dimension != "currency":
        return False
    sized = q.unit == "英寸" and after in ("为", "报")  # 42英寸|为235美元
    if (
        sized
        or (q.unit is None and before in lists().codes)
        or _supposed(tokens, role.at)
        or after in (*lists().parts, "时间", "级")
        or q.unit in ("步", "级", "方面", "周年", "件套", "大", "大类", "小类")
    ):
        return False
    if before.endswith(("等", "这", "那")) and q.unit == "个":
        return _counted_list(tokens, role.at)
    if level and (
        _around(tokens, role.at) or _grade(tokens, role.at) or (dimension == "time" and not _lasts(tokens, role.at))
    ):
        return False
    if _ranked(tokens, role.at) or _each(tokens, role.at) or (role.at == 0 and after and tokens[1].tag == "Q_SCALE"):
        return False
    if text[0] in "百千万亿" and after == "以上" and q.kind == "cardinal":
        return False
    if dimension == "count" and q.kind == "cardinal" and not text[0].isdigit() and 0 <= (q.value or 9) <= 5:
        return _adds(tokens, role.at)
    if level and q.unit == "个" and _listed_or_whose(tokens, role.at, after):
        return False
    handed = any(t.tag == "SEP" for t in tokens[clause(tokens, role.at) : role.at])  # 分别获得7吨、3吨和5吨的配额
    return handed or not (
        q.unit in ("吨", "兆瓦", "千瓦", "千伏", "伏", "分钟", "厘米", "毫米", "英寸") and _modifies(tokens, role.at)
    )


def _around(tokens: list[Token], at: int) -> bool:
    """离海岸100公里的范围, 50米高度: the quantity says where."""
    behind = [t.text for t in tokens[at + 1 : at + 3] if t.text not in ("的", "以上", "左右")]
    return bool(behind) and behind[0] in lists().around


def _supposed(tokens: list[Token], at: int) -> bool:
    """若净资产低于8000万美元，: a condition states nothing."""
    start = clause(tokens, at)
    return any(t.text in lists().supposed for t in tokens[start : start + 2])


def _grade(tokens: list[Token], at: int) -> bool:
    """45%氯基复合肥报价2400元/吨: the percentage says which sort is priced."""
    behind = tokens[at + 1 : at + 16]
    behind = behind[: next((k for k, t in enumerate(behind) if t.text in "，。；"), len(behind))]
    named = tokens[at].tag == "Q_PCT" and behind and behind[0].tag == "W" and behind[0].left == tokens[at].right
    opens = at == 0 or tokens[at - 1].tag == "PUNCT" or tokens[at - 1].text == "主流"
    return bool(named and opens and any(t.tag == "Q_NUM" for t in behind))


def _lasts(tokens: list[Token], at: int) -> bool:
    """审批时限压缩到3天: a length of time states something only behind a word that measures time."""
    lead = "".join(t.text for t in tokens[max(0, at - 8) : at])
    return any(word in lead for word in lists().spans)


def _ranked(tokens: list[Token], at: int) -> bool:
    """居14个区县第2位: among how many, not a number of its own."""
    return at > 0 and tokens[at - 1].tag == "RANK" and any(t.tag == "Q_ORD" for t in tokens[at + 1 : at + 4])


def _each(tokens: list[Token], at: int) -> bool:
    """每20部中至少有1部, 每4辆中就有一辆: both numbers make one rate."""
    near = tokens[max(0, at - 9) : at]
    return any(
        t.tag == "EACH" and near[k + 1 : k + 2] and near[k + 1].tag.startswith("Q_") for k, t in enumerate(near)
    ) and any(t.text in ("中", "里", "就") for t in near)


def _adds(tokens: list[Token], at: int) -> bool:
    """建成两座水电站 counts, 分两步走 does not: a small number in characters needs a verb of making before it."""
    before = tokens[at - 1].text if at else ""
    if before == "了" and at > 1:
        before = tokens[at - 2].text
    scaled = at + 1 < len(tokens) and tokens[at + 1].tag == "Q_SCALE"
    return before in lists().light or (scaled and any(t.text in ("打造", "建设", "培育", "形成") for t in tokens[:at]))


def _listed_or_whose(tokens: list[Token], at: int, after: str) -> bool:
    return after not in ("，", "。", "、", "") and (_enumerated(tokens, at) or _whose(tokens, at))


def _whose(tokens: list[Token], at: int) -> bool:
    """70个大中城市新建住宅销售价格下降0.7%: a count of those whose measure follows."""
    behind = right_of(tokens, at)
    return len(behind) > 1 and behind[-1].text.endswith(lists().measures)


def _enumerated(tokens: list[Token], at: int) -> bool:
    """总装、涂装、电池、冲压4个车间: the number only sums up the list before it."""
    start = clause(tokens, at)
    commas = sum(t.text in ("、", "和") for t in tokens[start:at])
    return (
        commas >= 2
        and tokens[at - 1].tag in ("W", "COMPANY", "PLACE")
        and not any(t.text in lists().light for t in tokens[start:at])
    )


def _counted_list(tokens: list[Token], at: int) -> bool:
    """河北等16个地区已完成: the counted list does something; 等14个城市的…面积: it only says whose."""
    rest = "".join(t.text for t in tokens[at + 1 : at + 14])
    return bool(
        regex.search("已|加快|加速|建成|完成|开工|投产|投用|启动|通过|获|入选", rest.partition("，")[0])
    ) and not regex.match("[^，。]{0,8}的", rest)


def _modifies(tokens: list[Token], at: int) -> bool:
    """Is the quantity an attribute of the noun behind it (2.4万吨多用途船)?"""
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    before = tokens[at - 1] if at else None
    if after is None or after.tag != "W":
        return bool(
            after
            and after.text == "、"
            and at + 2 < len(tokens)
            and tokens[at + 2].tag == "Q_NUM"
            and before is not None
            and before.text in ("、", "包括", "了", "以及", "和", "与", "及")
        )
    if after.text in ("和", "与", "及", "以及") and at + 2 < len(tokens) and tokens[at + 2].tag == "Q_NUM":
        return _modifies(tokens, at + 2)  # 生产精炼铜1200万吨和208万吨, but 3万吨和5万吨货轮
    if after.text in lists().loose:
        return False
    return before is None or before.tag not in ("REACH", "UP", "DOWN", "INDICATOR") or before.text in ("的", "了", "由")
