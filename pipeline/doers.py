"""What a count counts: the noun beside it without its verbs, or things by what they do.

43个城市推出限购政策 counts 推出限购政策的城市, 累计建成智能工厂3个 counts 智能工厂.
"""

from __future__ import annotations

from pipeline.lexicon import lists
from pipeline.phrases import begins_at, right_of
from pipeline.segment import Words
from pipeline.tokens import Token

_JOINS = ("的", "和", "与", "及", "等", "以及", "中")
_FAR = 24  # tokens: a clause that tells what somebody does is no longer


def doing(tokens: list[Token], at: int, words: Words) -> Token | None:
    """What the things that tokens[at] counts do, and the things, as one name; None where the clause tells of none."""
    who = _who(tokens, at)
    if who is None:
        return None
    what: list[Token] = []
    for k in range(who + 1, min(len(tokens), who + _FAR)):
        token = tokens[k]
        if token.text in ("，", "。", "；", "：", "！", "—", "（", "("):
            break
        if token.tag in ("UP", "DOWN", "SEP", "TIME") or token.text in ("、", "的"):
            return None  # of 70个城市房价下降0.7% the count only says whose
        if token.tag.startswith("Q_") and not _threshold(tokens, k):
            what = _before_value(what)  # 竣工|总投资超600亿元: that number has a name of its own
            break
        what.append(token)
    what = [t for t in what if t.text not in lists().passing]
    if not _tells(what, words):
        return None
    things = tokens[at + 1 : who + 1]
    name = "".join(t.text for t in what) + ("的" if len(what) > 1 else "") + "".join(t.text for t in things)
    return Token(things[0].left, what[-1].right, name, "W")


def group(tokens: list[Token], start: int) -> int | None:
    """Where the noun ends that the count before tokens[start] counts: 11个|省份|开工率."""
    if start == 0 or tokens[start - 1].tag != "Q_NUM":
        return None
    for k in range(start, min(len(tokens) - 1, start + 6)):
        if tokens[k].tag in ("PUNCT", "OF", "TIME", "SEP", "ABOVE", "BELOW") or tokens[k].tag.startswith("Q_"):
            return None
        if k > start and tokens[k].text in lists().wholes:  # 20台|挖掘机|总价值
            return k
        if tokens[k].text.endswith(lists().agents):
            near = tokens[k + 1 : k + 5]
            measured = any(t.tag in ("INDICATOR", "RISE", "FALL") or t.text.endswith("率") for t in near)
            return k + 1 if measured and tokens[k + 1].text not in ("的", "、", "，") else None
    return None


def _who(tokens: list[Token], at: int) -> int | None:
    """Where the noun of those who do something ends: 主要城市 of 43个主要城市推出…."""
    for k in range(at + 1, min(len(tokens) - 1, at + 9)):
        token = tokens[k]
        if token.tag in ("PUNCT", "OF", "TIME", "SEP", "UP", "DOWN") and token.text not in "“”":
            return None
        spoken = k > at + 1 and token.text in lists().adverbs  # 96项举措|促|地区发展
        if token.tag.startswith("Q_") or token.text in lists().light or spoken:
            return None
        if token.text.endswith(lists().agents):
            following = tokens[k + 1]
            if k == at + 1 and len(token.text) == 1 and following.text not in lists().light:  # 63个省重点实验室
                continue
            joins = following.tag in ("PUNCT", "OF", "SEP") or following.text in _JOINS
            measured = following.text in lists().rates or following.text in lists().totals
            if not joins and not measured and not following.text.endswith(lists().agents):
                return k
    return None


def _before_value(what: list[Token]) -> list[Token]:
    named = (k for k, t in enumerate(what) if t.tag in ("INDICATOR", "REACH", "TOWARD", "RISE", "FALL"))
    return what[: next(named, len(what))]


def _threshold(tokens: list[Token], k: int) -> bool:
    """开工率超过|95%: a number that belongs to what is told."""
    return tokens[k - 1].text in lists().reaches or tokens[k].tag in ("Q_ORD", "Q_SCALE")


def _tells(what: list[Token], words: Words) -> bool:
    """Does it begin with a verb (推出限购政策), or reach something (水质达到最好水平)?"""
    if not what or len("".join(t.text for t in what)) < 2 or what[-1].text.endswith((*lists().agents, "后")):
        return False
    first = what[0].text
    opens = first in lists().light or first in lists().predicates or words.flag(first) == "v"
    return opens or any(t.text in lists().reaches for t in what)


def verb_last(found: list[Token], words: Words) -> bool:
    """Does the phrase end in a verb (建成, 每年滚动安排), so that the thing measured stands behind the quantity?"""
    names = lists()
    if not found:
        return True
    last = found[-1]
    if (last.text in names.heads and last.text not in names.light) or last.text in names.bare:
        return False
    flag = words.flag(last.text)
    return (
        last.text in names.light
        or (len(last.text) > 1 and bool(names.new.match(last.text)))
        or last.tag in ("REACH", "ENUM")
        or (flag[:1] in ("v", "p", "d", "c") and flag != "vn")
    )


def counted(found: list[Token]) -> list[Token]:
    """Drop light verbs, and a list of names up to 等, from the front of a thing counted."""
    names = lists()
    for k in range(len(found) - 1, 0, -1):
        if found[k - 1].tag == "ENUM" and any(t.tag in ("COMPANY", "PLACE") or t.text == "、" for t in found[: k - 1]):
            found = found[k:]
            break
    left = 0
    while left < len(found) - 1 and found[left].text in names.light and not names.new.match(found[left].text):
        left += 1
    if found and found[-1].text in names.light:  # 开工建设804套: the verbs are all there is
        return found
    only = left and left == len(found) - 1 and found[left].text in names.agents
    return found[left - 1 :] if only else found[left:]


def behind_verb(found: list[Token]) -> list[Token]:
    """为企业提供扶持资金 -> 扶持资金: the object of a light verb inside a phrase if it names an indicator."""
    names = lists()
    for k in range(len(found) - 2, -1, -1):
        if (
            found[k].text in names.light
            and found[k].text not in names.heads
            and not names.new.match(found[k].text)
            and any(t.tag == "INDICATOR" for t in found[k + 1 :])
            and len("".join(t.text for t in found[k + 1 :])) > 2
        ):
            return found[k + 1 :]
    return found


def counted_only(tokens: list[Token], at: int) -> list[Token]:
    """38个|项目|总投资达4523亿元: what is counted, without the measure whose value follows."""
    end = group(tokens, at + 1)
    stop = next((k for k in range(at + 1, len(tokens)) if tokens[k].tag == "PUNCT"), len(tokens))
    valued = end and any(t.tag.startswith("Q_") for t in tokens[end : min(stop, end + 6)])
    return tokens[at + 1 : end] if valued else right_of(tokens, at)


def own_object(tokens: list[Token], found: list[Token], end: int) -> list[Token]:
    """为260家企业配备辅导员|45名: behind those counted before stands what is counted now."""
    at = begins_at(tokens, found, end)
    verb = next((k for k, t in enumerate(found[:-1]) if t.text in lists().light), 0)
    counted_before = at and tokens[at - 1].tag == "Q_NUM" and verb and found[verb - 1].text.endswith(lists().agents)
    return found[verb + 1 :] if counted_before else found


def handed(tokens: list[Token], at: int) -> bool:
    """由30余台机器人完成, 实施了300多个项目: the word before makes what follows the thing counted."""
    if at + 1 < len(tokens) and tokens[at + 1].tag == "Q_SCALE":
        return True
    lead = at - 1
    while lead > 0 and tokens[lead].text in ("上", "约", "近", "超", "超过", "过", "逾", "至少"):
        lead -= 1
    return lead >= 0 and tokens[lead].text in ("由", "了", "对", "通过", "的")
