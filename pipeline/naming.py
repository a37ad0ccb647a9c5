"""The indicator's name: from the phrase beside a quantity, completed by the fact before it and by the unit."""

from __future__ import annotations

from itertools import dropwhile

import regex

from pipeline.doers import group
from pipeline.lexicon import cues, lists
from pipeline.lists import Draft
from pipeline.openings import quoted
from pipeline.phrases import Phrase, begins_at, clause, is_each, left_of, phrase, split_entity
from pipeline.tokens import Mentions, Role, Token
from pipeline.units import unit


def named_by(tokens: list[Token], role: Role, found: list[Token], *, whole: bool) -> tuple[Phrase | None, list[Token]]:
    """The indicator phrase of a role, and the named thing at its front; a rule may say the name itself.

    `whole`: in the report of a place, 省重大项目完成投资 is a measure of the place.
    """
    rule = role.rule
    while found and found[0].text == "的":
        found = found[1:]
    entity, rest = (
        _grouped(tokens, found, role.at)
        or _between(tokens, found, role.at)
        or (
            ([], found)
            if whole
            else _quoted(found)
            or _owned(tokens, found, role.at)
            or _desk(tokens, found, role.at)
            or _since(found)
            or split_entity(found)
        )
    )
    if not entity and rest is found:
        entity, rest = _goods(found)
    if len(found) == 1 and found[0].text.endswith("线城市"):  # 一线城市房价上涨0.2%，二线城市|下降0.1%
        entity, rest = found, []
    if rule.get("named") == "verb":
        verb = tokens[role.first]
        front = left_of(tokens, clause(tokens, role.first), role.first)[0]
        return Phrase(verb.text, verb.left, verb.right), list(dropwhile(lambda t: t.tag != "W", front))
    named = phrase(rest)
    if "suffix" in rule:
        named = _suffixed(named, rule["suffix"]) or phrase(left_of(tokens, clause(tokens, role.first), role.first)[0])
    given = "indicator" in rule and not (named and "suffix" in rule)
    if given and named and not entity and rule["indicator"] == "收盘价":
        given, entity = _closing(named, rest)
    return (Phrase(rule["indicator"], 0, 0) if given else named), entity


def _closing(named: Phrase, rest: list[Token]) -> tuple[bool, list[Token]]:
    """上证指数|收报3510点, 伦敦期铜|收于9540美元 close; 景气指数|收于1350点 and 棉价|收于 are measures themselves."""
    index = bool(cues().quoted_index.search(named.text))
    if not index and named.text.endswith(("指数", "价", "价格", "汇率")):
        return False, []
    words = lists()
    plain = all(t.tag == "W" and t.text not in words.predicates | words.front | words.nothing for t in rest)
    named_so = plain and 2 < len(named.text) <= 14
    return True, rest if named_so or index else []


def _quoted(found: list[Token]) -> tuple[list[Token], list[Token]] | None:
    """“粤港澳大湾区组合港”|累计开通线路"""
    named = quoted(found)
    return ([named[0]], found[named[1] :]) if named else None


def _desk(tokens: list[Token], found: list[Token], at: int) -> tuple[list[Token], list[Token]] | None:
    """中央网信办举报中心|受理举报: who deals with what is counted; 全国|法院 are the country's."""
    for k in range(1, len(found)):
        desk = found[k - 1].text.endswith(lists().desks) and (k > 1 or len(found[0].text) > 2)
        if desk and found[k].text in lists().light:
            start = begins_at(tokens, found, at)
            before = tokens[start - 1] if start else None
            if before and before.text == "由":
                return None
            return ([], found[k:]) if before and before.tag == "PLACE" else (found[:k], found[k:])
    return None


def _owned(tokens: list[Token], found: list[Token], at: int) -> tuple[list[Token], list[Token]] | None:
    """公司全资子公司|惠州禾泰|于近日中标: a company of a company is its own subject, unless something is done to it."""
    k = next((k for k in range(len(found) - 2, 0, -1) if found[k].tag == "COMPANY"), 0)
    kinds = lists().subsidiaries
    if not k or found[k - 1].text not in kinds:
        return None
    lead = next((j for j in range(k - 1, -1, -1) if found[j].text not in kinds), None)
    start = begins_at(tokens, found, at)
    before = found[lead] if lead is not None else tokens[start - 1] if start else None
    if before and not (before.tag in ("COMPANY", "PUNCT", "TIME") or before.text in lists().parents):
        return None
    does = list(dropwhile(lambda t: t.text in lists().leads or t.tag == "TIME", found[k + 1 :]))
    rest = left_of(does, 0, len(does))[0] if does else []
    return ([found[k]], rest) if rest else None


def _since(found: list[Token]) -> tuple[list[Token], list[Token]] | None:
    """南水北调中线工程|通水以来|累计调水: whose value is counted from its opening on."""
    at = next((k for k in range(1, len(found) - 1) if found[k].text == "以来"), 0)
    names = lists()
    end = next((k for k in range(at, 0, -1) if found[k - 1].text.endswith((*names.entities, *names.proper))), 0)
    long = len("".join(t.text for t in found[:end])) > 2
    return (found[:end], found[at + 1 :]) if end and long else None


def _grouped(tokens: list[Token], found: list[Token], at: int) -> tuple[list[Token], list[Token]] | None:
    """11个省份开工率 -> 11个省份 | 开工率"""
    start = begins_at(tokens, found, at)
    end = group(tokens, start)
    return (tokens[start - 1 : end], found[end - start :]) if end and end - start < len(found) else None


def _between(tokens: list[Token], found: list[Token], at: int) -> tuple[list[Token], list[Token]] | None:
    """昆明至万象的旅行时间, 中国与东盟国家贸易总额: a measure between two places is of both."""
    start = begins_at(tokens, found, at)
    behind = start - 1 if start and tokens[start - 1].text == "的" else start
    if behind > 2 and tokens[behind - 1].tag == "PLACE" and _joins(tokens, behind - 1):  # 铜陵至黄山的|旅行时间
        named = "".join(t.text for t in found).lstrip("之间双边") in lists().trade
        return (tokens[behind - 3 : behind], found) if named else None
    if not _joins(tokens, start):
        return None
    for k in range(1, len(found)):
        if "".join(t.text for t in found[k:]).lstrip("的间之双边") in lists().trade:
            return tokens[start - 2 : start + k], found[k:]
    return None


def _joins(tokens: list[Token], k: int) -> bool:
    """Do a place and a word that joins it to tokens[k] stand before it?"""
    return k > 1 and tokens[k - 1].text in ("与", "和", "至", "到", "同") and tokens[k - 2].tag == "PLACE"


def _goods(found: list[Token]) -> tuple[list[Token], list[Token]]:
    """变频空调的零售量 -> 变频空调 | 零售量: goods before 的 own what is sold of them."""
    if len(found) > 1 and found[0].text in lists().trades:  # 行业平均毛利率
        return found[:1], found[1:]
    at = next((k for k, t in enumerate(found) if t.text == "的"), 0)
    sold = "".join(t.text for t in found[at + 1 :])
    named = 0 < at <= 3 and all(t.tag == "W" for t in found[:at]) and len("".join(t.text for t in found[:at])) > 1
    pieces = regex.split("[、和与及]", sold)
    return (found[:at], found[at + 1 :]) if named and lists().sold.issuperset(pieces) else ([], found)


def is_money(mentions: Mentions, token: Token) -> bool:
    measured = unit(mentions.quantities[token.ref].unit)
    return bool(measured and measured.dimension in ("currency", "price"))


def priced(named: Phrase, tokens: list[Token], role: Role, mentions: Mentions) -> Phrase:
    """菜籽油每吨|8900元, 菜粕|2100元/吨: the price of what the phrase names."""
    q = mentions.quantities[tokens[role.at].ref]
    measured = unit(q.unit)
    near = tokens[role.at - 1 : role.at] if role.rule["aspect"] == "level" else tokens[role.first - 1 : role.at]
    each = near and measured and measured.dimension == "currency" and any(is_each(t.text) for t in near)
    if not (each or (measured and measured.dimension == "price")):
        return named
    measured_so = named.text.endswith((*lists().prices, *lists().whole))  # 全员劳动生产率42万元/人
    if measured_so or not named.right or len(named.text) > 12:
        return named
    return Phrase(named.text + "价格", named.left, named.right)


def _suffixed(named: Phrase | None, suffix: str) -> Phrase | None:
    """碳酸锂项目 -> 碳酸锂年产能"""
    stem = (
        regex.sub("(?:的)?(?:生产)?(?:项目|生产线|能力|基地|工厂|产能|规模|装置)(?:的)?.*$", "", named.text)
        if named
        else ""
    )
    return Phrase(stem + suffix, named.left, named.right) if named and stem else None


def shared(
    named: Phrase | None, role: Role, mentions: Mentions, tokens: list[Token], *, behind: bool
) -> tuple[Phrase | None, str]:
    """80%的结算, 销售额占…的比例由1.86%: a percentage of things, or of a whole, is a share."""
    if named is None or tokens[role.at].tag not in ("Q_PCT", "Q_FRAC"):
        return named, "level"
    whole = regex.match("(?P<part>.*?)(?:在.+中)?占.+(?:比例|比重|份额|比)$", named.text)
    if whole:
        part = whole["part"].removesuffix("所")
        return Phrase(part, named.left, named.right) if part else None, "share"
    rate = named.text.endswith("率") and not named.text.endswith(lists().shares)
    rate = rate or named.text.endswith(lists().rebates)
    share = (behind and "suffix" not in role.rule and not rate) or named.text.endswith(lists().shares)
    return named, "share" if share else "level"


def completed(named: Phrase | None, last: Draft | None, *, money: bool, aspect: str) -> tuple[Phrase | None, bool]:
    """Fill a phrase that the clause leaves out from the fact before it; True where it was inherited."""
    if named and (named.text in lists().nothing or named.text.endswith(lists().refers)):
        named = None
    if named and last and named.text in lists().levels:
        level = next((word for word in lists().levels if word in last.indicator), None)
        if level:
            whole = regex.sub(f"{level}(?:及?以上)?", named.text, last.indicator, count=1)
            return Phrase(whole, named.left, named.right), False
    if named is None:
        return (
            (None, False) if last is None else (_inherited(last, money=money or aspect in ("growth", "change")), True)
        )
    if last and named.text in lists().rates:
        stem = regex.sub("(?:增速|增幅|涨幅|降幅|占比|总量)$", "", last.indicator)
        if aspect != "change" and named.text in ("降幅", "跌幅", "涨幅", "增幅", "下降幅度"):
            return Phrase(stem, *(last.indicator_span or (0, 0))), True
        return Phrase(stem + named.text, named.left, named.right), True
    return named, False


def _inherited(last: Draft, *, money: bool) -> Phrase:
    """The name of the fact before it; the 价格 that only a unit gave it stays with money."""
    left, right = last.indicator_span or (0, 0)
    short = last.indicator.removesuffix("价格")
    given = right - left == len(short) and not money
    return Phrase(short if given else last.indicator, left, right, last.parts)
