"""What inside an indicator phrase is no part of its name: notes, times, bases, and the frame that gives the news."""

from __future__ import annotations

from pipeline.lexicon import cues, lists
from pipeline.tokens import Token


def trimmed(found: list[Token]) -> list[Token]:
    """The tokens of a phrase that name the measure."""
    plain = _before_base(_without_note(_behind_frame(found)))
    return _head_part(_beside_time(_subject_part(plain)))


def _behind_frame(found: list[Token]) -> list[Token]:
    """财政部下达|救灾资金, 成为全国首个|经济总量, 工程通水以来|累计调水: what only tells the news."""
    for k in range(len(found) - 2, 0, -1):
        given = found[k].text in lists().given and cues().office.search(found[k - 1].text)
        first = found[0].text == "成为" and found[k].text in ("首个", "首家", "唯一", "第一个")
        upon = cues().upon.fullmatch("".join(t.text for t in found[: k + 1]))  # 建成达产后|年产值
        if given or first or upon or found[k].text == "以来":
            return found[k + 1 :]
    return found


def _without_note(found: list[Token]) -> list[Token]:
    """货币资产(即持有现金总额) -> 货币资产"""
    if found and found[-1].text in (")", "）"):
        at = next((k for k, t in enumerate(found) if t.text in ("(", "（")), 0)
        abbreviation = all(t.text.isascii() for t in found[at + 1 : -1])  # 采购经理人指数(PMI)
        return found[:at] if at and not abbreviation else found
    return found


def _beside_time(found: list[Token]) -> list[Token]:
    """The part behind a time or a causing verb inside a phrase if it names an indicator, else the part before it."""
    for k in range(len(found) - 1, -1, -1):
        if found[k].tag == "TIME" or found[k].text in lists().causes or found[k].text in ("全年", "年内"):
            rest, front = found[k + 1 :], _beside_time(found[:k])
            if (
                front and len(rest) == 2 and rest[0].text == "的" and front[-1].text not in ("和", "与", "及", "、")
            ):  # 面漆去年同期的价格
                return front + rest[1:]
            if any(t.tag == "INDICATOR" for t in rest):
                return rest
            return front if any(t.tag == "INDICATOR" for t in front) or not rest else front + rest
    return found


def _before_base(found: list[Token]) -> list[Token]:
    """赤字规模比上年预算 -> 赤字规模: what it is compared with is no part of the name."""
    if len(found) > 2 and found[-1].text in lists().agents and found[-2].text == "的":
        return found  # 价格环比上涨的|城市
    for k, token in enumerate(found):
        if k and token.tag == "FROM" and any(t.ref >= 0 and t.tag == "W" for t in found[k:]):
            return found[:k]  # 员工|从最初的十几人增加到500余人
        based = token.text == "在" and any(t.text in lists().bases for t in found[k + 1 :])
        ends = k == len(found) - 1 and token.text == "比"  # 城乡居民收入比
        if (k and based) or (token.tag == "BASE" and token.text not in ("与", "同期") and not ends):
            return found[:k]
    return found


def _subject_part(found: list[Token]) -> list[Token]:
    """增长预期目标是在…基础上 -> 增长预期目标; 干好这个总投资 -> 总投资: the part that names the measure."""
    for k, token in enumerate(found):
        if token.text in ("是", "为") and any(t.tag in ("INDICATOR", "RISE") for t in found[:k]):
            return _subject_part(found[:k])
        if token.text in ("这个", "该", "其") and any(t.tag == "INDICATOR" for t in found[k + 1 :]):
            return found[k + 1 :]
    return found


def _head_part(found: list[Token]) -> list[Token]:
    """用于薄膜面板制造的光伏设备资金支出 -> 光伏设备资金支出: a clause with a verb before 的 only tells which."""
    for k in range(len(found) - 2, 0, -1):
        rest = found[k + 1 :]
        if found[k].text == "的" and any(t.tag == "INDICATOR" for t in rest):
            opened = any(t.text in lists().relatives or t.tag == "COMPANY" for t in found[:k])
            return rest if opened and len("".join(t.text for t in rest)) > 2 else found
    return found
