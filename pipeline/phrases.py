"""Indicator phrases: which words around a quantity name what it measures."""

from __future__ import annotations

from dataclasses import dataclass

import regex

from pipeline.lexicon import cues, lists
from pipeline.tokens import Role, Token
from pipeline.trims import trimmed

_CLAUSE_END = regex.compile(r"[，,。；;：:！？!?\n…—]")
_ROMAN = regex.compile("[ⅠⅡⅢⅣⅤⅥIV]")
_EACH_UNIT = regex.compile(
    "每(?:升|吨|公斤|斤|股|桶|磅|盎司|加仑|蒲式耳|公顷|立方米|短吨|千瓦|标准箱|头|张|套|平方米|千瓦时|度|亩|人|户|台|辆|件|天|月|年)"
)
_LONGEST = 60  # tokens: no phrase has more, so that a text without punctuation takes linear time
_YEARS = regex.compile(r"[一二两三四五六七八九十\d]+年")


@dataclass(frozen=True, slots=True)
class Phrase:
    """An indicator phrase: its words, its clean offsets, and its coordinated parts (产量 and 产值 of 产量、产值)."""

    text: str
    left: int
    right: int
    parts: tuple[str, ...] = ()


def is_each(word: str) -> bool:
    """每吨, 每公斤"""
    return bool(_EACH_UNIT.fullmatch(word))


def clause(tokens: list[Token], at: int) -> int:
    """Where the clause of tokens[at] begins: behind the last comma, colon or full stop, or the last quantity."""
    for k in range(at - 1, -1, -1):
        rank = tokens[k].tag in ("Q_ORD", "Q_SCALE") and not (k + 1 < at and tokens[k + 1].tag == "PUNCT")
        if tokens[k].tag.startswith("Q_") and not rank:
            return k + 1
        if tokens[k].tag == "PUNCT" and _CLAUSE_END.search(tokens[k].text) and not _from_to(tokens, k):
            return k + 1
    return 0


def _from_to(tokens: list[Token], k: int) -> bool:
    """The dash of Ⅰ—Ⅲ类 and of Ⅰ至Ⅲ类 ends no clause."""
    return 0 < k < len(tokens) - 1 and bool(_ROMAN.match(tokens[k - 1].text[-1]) and _ROMAN.match(tokens[k + 1].text))


def begins_at(tokens: list[Token], found: list[Token], at: int) -> int:
    """The place of the phrase `found`, which stands before tokens[at]; 0 if there is none."""
    near = range(at - 1, max(0, at - 2 * _LONGEST) - 1, -1)
    return next((k for k in near if found and tokens[k] is found[0]), 0)


def left_of(tokens: list[Token], start: int, end: int) -> tuple[list[Token], list[Token]]:
    """The phrase in tokens[start:end], and what was taken off its front (times, places, companies, adverbs)."""
    names = lists()
    start = max(start, end - _LONGEST)
    said = (k + 1 for k in range(start + 1, end - 1) if tokens[k].text in names.forecasts)
    start = next((k for k in said if cues().office.search(tokens[k - 2].text)), start)
    right = _without_tail(tokens, start, end)
    note = next((k for k in range(right - 1, start - 1, -1) if tokens[k].text in "()（）"), None)
    if note is not None and tokens[note].text in ("(", "（"):
        if note == right - 1 and note > start:
            right = note  # 收入在上年任务（5.55亿元）的基础上: the bracket holds the value alone
        else:
            start = note + 1  # (外加20万吨可选): a note does not go on with what stands before it
    left = _behind_sorts(tokens, start, right)
    while left < right:
        token = tokens[left]
        loose = (
            token.tag in ("TIME", "PLACE", "COMPANY", "PUNCT", "OF")
            or token.text in names.front
            or _loose_before(token, tokens[left + 1 : right])
            or _YEARS.fullmatch(token.text)
        )
        closed = token.text != "“" or any("”" in t.text for t in tokens[left:right])  # “我们的产品|良品率
        if not loose or (token.tag == "PUNCT" and token.text in "“‘《（(" and closed):
            break
        if token.text == "有" and any(t.tag == "OF" for t in tokens[left:right]):
            break
        following = tokens[left + 1].text if left + 1 < right else ""
        ranked = token.text in ("世界", "中国", "全国") and "强" in "".join(t.text for t in tokens[left + 1 : left + 3])
        each = token.text == "每" and following[:1] in tuple("百千万亿0123456789")  # 每|万人口发明专利拥有量
        if ranked or each or _opens_name(tokens, left, right) or _partner(tokens, left, right):
            break
        left += 1
    return tokens[left:right], tokens[start:left]


def _without_tail(tokens: list[Token], start: int, right: int) -> int:
    """Where the phrase ends that tokens[start:right] hold: before 每吨, adverbs, times and bases at its end."""
    ratio = tokens[right - 1].text == "比" and tokens[right].text in lists().ratios if right < len(tokens) else False
    if ratio and right - 2 >= start and tokens[right - 2].tag == "INDICATOR":  # 城乡居民收入比|缩小至2.5:1
        return right
    while right > start:
        if right - 2 > start and tokens[right - 2].text == "每":
            right -= 2  # 均价为每吨|4356元
        elif (
            _EACH_UNIT.fullmatch(tokens[right - 1].text)
            or tokens[right - 1].text in lists().back
            or tokens[right - 1].tag in ("TIME", "BASE", "SEP", "TOWARD")
        ):
            right -= 1
        else:
            break
    return right


def _opens_name(tokens: list[Token], left: int, right: int) -> bool:
    """石家庄项目|建筑面积, 宁波|舟山|港: is the place part of the name that follows?"""
    if tokens[left].tag != "PLACE" or left + 2 >= right:
        return False
    name = "".join(t.text for t in tokens[left + 1 : left + 3])
    return tokens[left + 1].text in lists().things or (left + 3 < right and name.endswith(lists().proper))


def _partner(tokens: list[Token], left: int, right: int) -> bool:
    """对|东盟|进出口: with whom is part of what is measured; 西安|至|安康|铁路: both ends are of a line."""
    if left + 3 < right and tokens[left].tag == tokens[left + 2].tag == "PLACE" and tokens[left + 1].text == "至":
        return tokens[left + 3].text.endswith(lists().proper)
    if tokens[left].text not in ("对", "自", "从") or left + 2 >= right:
        return False
    abroad = tokens[left + 1].tag == "PLACE" or tokens[left + 1].text in "美欧日韩俄英德法印澳"
    return abroad and tokens[left + 2].text.startswith(lists().flows)


def _loose_before(token: Token, rest: list[Token]) -> bool:
    """国内|焦炭产量, but not 国内|生产总值"""
    unless = lists().front_unless.get(token.text)
    return bool(unless and rest and not unless.match(rest[0].text))


def _behind_sorts(tokens: list[Token], start: int, right: int) -> int:
    """300吨、260吨大型起重机: the sizes in front of a name only say which sorts."""
    k = start
    while k + 1 < right and tokens[k].tag == "W" and tokens[k].ref >= 0 and tokens[k + 1].text in ("、", "和"):
        k += 2
    return k + 1 if k > start and k + 1 < right and tokens[k].tag == "W" and tokens[k].ref >= 0 else k


def right_of(tokens: list[Token], at: int) -> list[Token]:
    """The noun phrase right behind the quantity at `at`: 智能工厂 in 建成3个智能工厂."""
    names = lists()
    k = _behind_note(tokens, at + 1)
    while k < len(tokens) and tokens[k].text in ("的", "人民币", "左右", "上下", "以上", "以下", "以内"):
        k += 1
    first = k
    while k < len(tokens):
        token = tokens[k]
        dated = token.tag == "TIME" and k + 1 < len(tokens) and tokens[k + 1].tag in ("W", "INDICATOR")
        if k == first and (token.tag == "Q_SCALE" or (dated and tokens[at].tag == "Q_NUM")):
            k += 1  # 241家|2025年农资保供重点企业
            first += dated
            continue
        if _ends_phrase(tokens, first, k):
            break
        k += 1
    found = tokens[first:k]
    if found and (found[0].text in (")", "）") or found[0].text in names.loose):
        return []
    while found and (
        found[-1].text in ("的", "、", "和", "与", "等", "被", "在", "由", "及", "中", "里")
        or found[-1].text in names.predicates
    ):
        found = found[:-1]
    if len(found) > 1 and found[0].text in names.agents and found[1].text.startswith("“"):
        found = found[1:]  # 授予100个|单位“先进集体”称号
    return found


def _behind_note(tokens: list[Token], k: int) -> int:
    """50万吨(外加20万吨可选)的供货合同: where a note in brackets ends that 的 follows."""
    if k < len(tokens) and tokens[k].text in ("(", "（"):
        for end in range(k + 1, min(len(tokens) - 1, k + 24)):
            if tokens[end].text in (")", "）"):
                return end + 1 if tokens[end + 1].text == "的" else len(tokens)
    return k


_STOPS = frozenset(["TIME", "SEP", "SHARE", "RANK", "BASE", "FROM", "UP", "DOWN", "REACH", "TOWARD"])


def _ends_phrase(tokens: list[Token], first: int, k: int) -> bool:
    """Does the phrase that begins at `first` end before tokens[k]?"""
    token = tokens[k]
    if token.text == "的" and k > first:
        return False
    listed = token.text in ("和", "与", "、", "及") and k + 1 < len(tokens) and tokens[k + 1].tag.startswith("Q_")
    if (token.tag == "PUNCT" and not _quoted(tokens, first, k)) or listed:
        return True
    stops = token.tag in _STOPS or token.tag.startswith("Q_")
    names = lists()
    predicate = (token.text in names.predicates and not (k == first and token.text in names.attributes)) or (
        k > first and token.text in names.adverbs
    )
    going = k > first and k + 1 < len(tokens) and tokens[k + 1].text in ("着", "了")  # 机器人|挥舞着
    return (stops or predicate or going) and not (k == first and _relative(tokens, k))


def _relative(tokens: list[Token], k: int) -> bool:
    """高于普通企业资助标准的政策资助: the verb may open a clause with 的 that belongs to the noun."""
    for token in tokens[k + 1 : k + 10]:
        if token.tag == "PUNCT" or token.tag.startswith("Q_"):
            return False
        if token.text == "的":
            return tokens[k].tag not in ("TIME", "SHARE") and tokens[k].text not in (
                "左右",
                "以上",
                "以下",
                "以内",
                "的",
                "后",
            )
    return False


def _quoted(tokens: list[Token], first: int, k: int) -> bool:
    """Quotation marks, brackets and 、 inside a phrase belong to it."""
    return tokens[k].text in "“”‘’（）()·《》" or (tokens[k].text == "、" and k > first)


def phrase(found: list[Token]) -> Phrase | None:
    """Tokens as a phrase; verbs of achieving inside it are dropped (汽车产业实现产值 -> 汽车产业产值)."""
    found = trimmed(found)
    share = bool(found) and found[-1].text in ("比重", "占比", "比例", "份额")
    either = [k for k, t in enumerate(found[:-1]) if t.text == "或" and found[k + 1].text not in lists().drop and k]
    kept = [t for k, t in enumerate(found) if t.text not in lists().drop or (share and t.text == "在") or k in either]
    while kept and kept[0].tag in ("PUNCT", "OF") and kept[0].text not in "“‘（(":
        kept = kept[1:]
    while kept and (kept[-1].tag == "OF" or (kept[-1].tag == "PUNCT" and kept[-1].text not in "”’）)")):
        kept = kept[:-1]
    if not kept:
        return None
    text = "".join(t.text for t in kept)
    return Phrase(text, min(t.left for t in kept), max(t.right for t in kept), _parts(kept))


def earlier(tokens: list[Token], start: int) -> list[Token]:
    """The noun phrase that opens the clause before tokens[start]: 旅游收入 in 旅游收入再创新高，增长…"""
    names = lists()
    end = start - 1
    if end <= 0 or tokens[end].tag != "PUNCT" or tokens[end].text not in "，,":
        return []
    found, _ = left_of(tokens, clause(tokens, end), end)
    for k, token in enumerate(found):
        if token.text in names.predicates or token.tag in ("REACH", "UP", "DOWN", "RANK") or token.tag.startswith("Q_"):
            found = found[:k]
            break
    return (
        found
        if any(
            t.tag == "INDICATOR" or t.text in names.heads or t.text.endswith(("主体", "企业", "人口")) for t in found
        )
        else []
    )


def _parts(tokens: list[Token]) -> tuple[str, ...]:
    """The coordinated parts of a phrase; what they share at the end goes to each (小型、微型企业产业化率)."""
    pieces: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += token.text.count("“") + token.text.count("（") - token.text.count("”") - token.text.count("）")
        if token.text in ("、", "和", "与", "及", "以及") and depth <= 0:
            pieces.append([])
        else:
            pieces[-1].append(token)
    texts = ["".join(t.text for t in piece) for piece in pieces if piece]
    both = _town_and_country("".join(t.text for t in tokens))
    if both:
        return both
    unit = regex.match("单位(?:国内生产总值|地区生产总值|GDP|工业增加值)", texts[0]) if texts else None
    if unit and len(texts) > 1:
        return tuple(t if t.startswith("单位") else unit[0] + t for t in texts)
    if len(texts) < 2:
        return ()
    heads = lists().heads
    if any(t.text in heads for t in pieces[0]) or len(pieces[-1]) < 2:
        return _lent(pieces)
    first = pieces[-1][0].text
    known = next((k for k in range(1, len(pieces[-1])) if "".join(t.text for t in pieces[-1][k:]) in lists().names), 0)
    same = [k + 1 for k, t in enumerate(pieces[-1][:-1]) if t.text[-1] == texts[0][-1]]
    alike = same[-1] if same and (len(texts[0]) == len(first) or len(pieces[0]) == 1) else 0  # 国家级、部级|平台
    headed = next((k for k, t in enumerate(pieces[-1]) if t.text in heads and k), None)
    tail = _same_sort(pieces) or alike or known or headed
    if tail and tail == headed and len(pieces[-1][tail].text) == 1:
        tail -= 1  # 基本养老和基本医疗|参保|率
    if tail is None:  # 冰箱、手机和电视以旧换新, but not 数字化车间、智能工厂
        tail = 1 if len(pieces) > 2 and all(len(p) == 1 for p in pieces[1:-1]) else len(pieces[-1])
    shared = "".join(t.text for t in pieces[-1][tail:])
    return (*(text + shared for text in texts[:-1]), texts[-1])


def _same_sort(pieces: list[list[Token]]) -> int:
    """制造业企业、科技型中小企业|研发费用扣除比例: where the sort ends in the last piece as it does in the first."""
    sort, last = pieces[0][-1].text, pieces[-1]
    same = (k for k in range(len(last) - 1) if len(sort) > 1 and last[k].text[-2:] == sort[-2:])
    return next(same, -1) + 1


def _lent(pieces: list[list[Token]]) -> tuple[str, ...]:
    """入园率、高中阶段和高等教育毛入学率: a piece without a head takes that of the next piece."""
    heads, lent = lists().heads, ""
    texts: list[str] = []
    for piece in reversed([p for p in pieces if p]):
        at = next((k for k, t in enumerate(piece) if t.text in heads or t.tag == "INDICATOR"), None)
        text = "".join(t.text for t in piece)
        whole = at is not None or text.endswith(lists().whole)
        texts.insert(0, text if whole else text + lent)
        lent = lent if at is None else "".join(t.text for t in piece[at:])
    return tuple(texts)


def _town_and_country(text: str) -> tuple[str, ...]:
    """城乡居民人均可支配收入 and 汽车产销 are two indicators."""
    pair = regex.fullmatch("(?P<a>城镇|城市)[、和与](?P<b>农村|乡村)(?P<rest>.+)", text)
    if pair:
        return (pair["a"] + pair["rest"], pair["b"] + pair["rest"])
    if text.startswith("城乡"):
        return ("城镇" + text[2:], "农村" + text[2:])
    double = next((word for word in lists().doubles if word in text and "、" not in text), None)
    return tuple(text.replace(double, one) for one in lists().doubles[double]) if double else ()


def split_entity(found: list[Token]) -> tuple[list[Token], list[Token]]:
    """大兴机场年旅客吞吐量 -> 大兴机场 | 年旅客吞吐量: a named thing at the front is the subject."""
    names = lists()
    for k in range(len(found) - 1, 0, -1):
        head = found[k - 1]
        rest = [t for t in found[k:] if t.text not in ("的", "、")]
        dated = k < len(found) - 1 and found[k].tag == "TIME" and head.text.endswith(names.entities)
        if dated:
            return found[:k], found[k + 1 :]
        plural = head.text in names.plural and (found[k].text == "的" or found[k].tag == "TIME")
        longer = len("".join(t.text for t in found[:k])) > len(head.text)
        proper = len(head.text) > 2 and head.text.endswith(names.proper)  # 上海港 is a name, 工厂 alone is none
        event = len(head.text) > 2 and head.text.endswith(cues().events)  # 第八届进博会
        kind = event or head.text.endswith(names.entities)
        named = (kind or plural) and (longer or proper)
        measured = any(t.text in names.heads or t.tag == "INDICATOR" or t.text[-2:] in names.heads for t in rest)
        does = proper and found[k].text == "累计"  # 大庆油田|累计生产原油
        joins = found[k].text[0] in "(（" or found[k].text in ("、", "和", "与", "及")
        if named and rest and (measured or does) and not joins and found[0].text not in names.light:
            return found[:k], found[k:]
    return [], found


def product(name: str) -> str | None:
    """碳酸锂价格 is 碳酸锂's: the product that a price names."""
    match = regex.fullmatch(
        "(?P<stem>.{2,}?)(?:期货|现货)?(?:对应)?(?:市场|进口|批发|零售|主流|平均|最新|单)*(?:价格|均价|报价|市场价|价)(?:[涨降跌]幅)?",
        name,
    )
    return match["stem"] if match and not lists().no_product.search(match["stem"]) else None


def bare(text: str) -> bool:
    """产值, 总投资: an indicator that needs the thing that the sentence named before."""
    return text in lists().bare


def role_segment(tokens: list[Token], role: Role) -> tuple[int, int]:
    """The tokens in which the indicator phrase of a role lies: from the clause's beginning to the pattern's."""
    kind = role.rule["id"]
    end = role.at if kind == "fact.level" else role.first
    noun = kind == "fact.change-degrees" and tokens[role.first].tag in ("FALL", "RISE")  # 局地|降幅
    if noun or kind in ("fact.share-noun", "fact.growth-noun"):
        end += 1
    return clause(tokens, end), end
