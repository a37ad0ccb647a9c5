"""Who or what a sentence opens with: a company, a place, an event, a work such as a railway.

`Openings` knows the article and its mentions; what the paragraph told before is context.py's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import regex

from pipeline.lexicon import cues, lists
from pipeline.tokens import Mentions, Token

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Subject:
    """Who or what; `company` where it is one."""

    name: str
    span: Span | None
    company: str | None = None


@dataclass(frozen=True, slots=True)
class Openings:
    """The article in which sentences open; `flag` gives a word's part of speech."""

    text: str
    mentions: Mentions
    home: str | None
    report: bool
    flag: Callable[[str], str]

    def speaker(self, tokens: list[Token], company: Subject | None) -> Subject | None:
        """Who or what a sentence opens with; the place at the front of a name (全国粮油产品展销会) is part of it."""
        leading = self._leading(tokens, company)
        event = self._event(tokens) or self._work(tokens) or self._since(tokens) or self._named(tokens)
        event = event or self._frame(tokens)
        if event and leading and event.span and leading.span and not leading.company:
            return event if event.span[0] <= leading.span[0] < event.span[1] else leading
        return leading or event

    def _leading(self, tokens: list[Token], company: Subject | None) -> Subject | None:
        """The company or place that a sentence begins with, behind times and openings such as 据…介绍."""
        for k, token in enumerate(tokens[:14]):
            if token.tag in ("COMPANY", "PLACE"):
                before = tokens[k - 1] if k else None
                opens = (
                    before is None
                    or (before.tag in ("TIME", "PUNCT", "OF") and not (before.text == "“" and token.tag == "PLACE"))
                    or before.text in cues().openings
                    or (before.text in ("的", "在") and token.tag == "COMPANY")
                )
                if not opens or (before and before.text == "、") or self._only_reports(token):
                    continue
                following = tokens[k + 1].text if k + 1 < len(tokens) else ""
                if following in ("、", "和", "与") or (token.tag == "PLACE" and following in lists().joint):
                    return None
                if following in ("的",) and k + 2 < len(tokens) and tokens[k + 2].tag == "COMPANY":
                    continue
                if token.tag == "PLACE" and following in lists().things:  # 徐州|项目
                    return Subject(token.text + following, (token.left, tokens[k + 1].right))
                if token.tag == "PLACE" and not self.is_subject(token):
                    later = self._company_after(tokens, k)
                    return later
                found = self.named(token)
                later = self._company_after(tokens, k) if token.tag == "PLACE" else None
                return later or found
            bare = (
                k == 0 or tokens[k - 1].tag in ("PUNCT", "TIME") or tokens[k - 1].text in (*cues().openings, "该", "本")
            )
            if bare and token.text in ("公司", "该公司", "本公司", "该企业") and token.tag != "COMPANY":
                return company or Subject(token.text, (token.left, token.right))
            if token.tag.startswith("Q_"):
                return None
        return None

    def beside(self, token: Token) -> bool:
        """Is the company a partner or a source of the sentence (向徐工重型定购), not what it is about?"""
        lead = self.text[max(0, token.left - 1) : token.left]
        return lead in ("向", "与", "由", "为", "对", "和", "给", "及") or bool(SPEAKER.match(self.text, token.right))

    def _event(self, tokens: list[Token]) -> Subject | None:
        """国际茶产业博览会今天开幕: an event or a catalogue that the sentence opens with."""
        words = cues()
        if self.report and self.home:
            return None
        tokens = tokens[_said(tokens) :]
        for k, token in enumerate(tokens[:16]):
            if token.text in "，。；：" or token.tag.startswith("Q_"):
                return None
            after = tokens[k + 1] if k + 1 < len(tokens) else token
            ends = after.tag == "PUNCT" or after.text in words.opened or token.text + after.text in words.opened
            opened = k > 1 and not self.report and ends and token.text in words.opened
            if opened or token.text.endswith(words.events):
                front = tokens[: k if opened else k + 1]
                inside = [
                    t
                    for t in front
                    if t.tag != "TIME" and t.text not in (*words.openings, *lists().achieved, "（", "）")
                ]
                while inside and inside[-1].text in lists().leads:  # 项目一期|于2022年6月开工
                    inside = inside[:-1]
                inside = _named_event(inside)
                inside = inside[1:] if inside and inside[0].text in ("据", "从", "按", "根据") else inside
                first = inside[0].text if inside else "在"
                if first in ("在", "于", "的", "对") or self.flag(first)[:1] in ("v", "d"):  # 成功举办数字中国建设峰会
                    return None
                name = "".join(t.text for t in inside)
                return Subject(name, (inside[0].left, inside[-1].right)) if not opened or len(name) > 3 else None
        return None

    def _work(self, tokens: list[Token]) -> Subject | None:
        """银兰高铁北起宁夏: a railway, a port, a bridge that the sentence opens with."""
        tokens = tokens[_said(tokens) :]
        skipped = (*"（），的", *cues().openings, *lists().nothing)
        front = [k for k, t in enumerate(tokens[:8]) if t.tag != "TIME" and t.text not in skipped]
        for k in front[:4] if not self.report else []:
            token = tokens[k]
            name = "".join(t.text for t in tokens[front[0] : k + 1])
            verb = self.flag(token.text)[:1] in ("v", "d", "p") and not name.endswith(cues().works)
            if token.tag not in ("W", "PLACE") or k + 1 >= len(tokens) or verb:
                return None
            if name.endswith(cues().works) and 3 <= len(name) <= 12:
                goes_on = tokens[k + 1].tag in ("W", "REACH", "PUNCT", "TIME", "CONT", "INDICATOR", "RANK")
                noun = regex.match("n(?!r)", self.flag(tokens[k + 1].text)) and tokens[k + 1].tag == "W"
                listed = tokens[k + 1].text in ("的", "、", "和", "与", "等")
                return Subject(name, (tokens[front[0]].left, token.right)) if goes_on and not (noun or listed) else None
        return None

    def _since(self, tokens: list[Token]) -> Subject | None:
        """问界M9自上市以来，…: what is measured from its own beginning on."""
        tokens = tokens[_said(tokens) :]
        at = next((k for k, t in enumerate(tokens[:8]) if t.text == "自"), 0)
        end = next((k for k in range(at, len(tokens)) if tokens[k].tag == "PUNCT"), at)
        named = all(t.tag == "W" and t.text not in lists().front for t in tokens[:at])
        if not at or not named or tokens[end - 1].text[-2:] != "以来" or any(t.tag == "TIME" for t in tokens[at:end]):
            return None
        return Subject("".join(t.text for t in tokens[:at]), (tokens[0].left, tokens[at - 1].right))

    def _named(self, tokens: list[Token]) -> Subject | None:
        """“粤港澳大湾区组合港”累计进出口: a name in quotes that the sentence opens with and that does something."""
        tokens = tokens[_said(tokens) :]
        named = quoted(tokens) if not self.report else None
        return Subject(named[0].text, (named[0].left, named[0].right)) if named else None

    def _frame(self, tokens: list[Token]) -> Subject | None:
        """智能电视方面，…: what the sentence is about; 库存方面 is a measure."""
        tokens = tokens[_said(tokens) :]
        at = next((k for k, t in enumerate(tokens[:6]) if t.text == "方面"), 0)
        if self.home or not at or tokens[at + 1 : at + 2] == [] or tokens[at + 1].text != "，":
            return None
        named = tokens[:at]
        plain = all(t.tag == "W" and self.flag(t.text)[:1] in ("n", "b", "j", "v", "") for t in named)
        name = "".join(t.text for t in named)
        measured = tokens[at - 1].text in lists().heads
        return Subject(name, (named[0].left, named[-1].right)) if plain and not measured and len(name) > 2 else None

    def _only_reports(self, token: Token) -> bool:
        """Is the company the source of the sentence (兴业证券预计, Solarbuzz数据显示) and not what it is about?"""
        if SPEAKER.match(self.text, token.right):
            return True
        return token.text.endswith(("证券", "期货", "研究", "咨询", "资本", "评级")) and bool(
            regex.match("预计|认为|预测|表示|分析|判断|则|称|指出|预期", self.text[token.right : token.right + 3])
        )

    def _company_after(self, tokens: list[Token], k: int) -> Subject | None:
        """渝北区的重庆嘉泰精密机械有限公司: a place that only says where a company is."""
        for token in tokens[k + 1 : k + 7]:
            if token.tag == "COMPANY":
                return self.named(token)
            verb = self.flag(token.text) in ("v", "d") and token.tag != "OF"  # 渝北不仅|拥有|OPPO
            if token.tag == "PUNCT" or token.tag.startswith("Q_") or verb:
                return None
        return None

    def is_subject(self, token: Token) -> bool:
        """Can this place own a value here? The home place and whole countries can, a mere address can't."""
        place = self.mentions.places[token.ref]
        if place.name in ("全球", "世界"):
            return False
        return (
            place.name in (self.home, "全国", "中国")
            or place.level in ("country", "zone", "region")
            or self.home is None
        )

    def named(self, token: Token) -> Subject:
        """The subject that a COMPANY or PLACE token names."""
        if token.tag == "COMPANY":
            canonical = self.mentions.companies[token.ref].canonical
            return Subject(canonical, (token.left, token.right), canonical)
        return Subject(self.mentions.places[token.ref].name, (token.left, token.right))


def quoted(tokens: list[Token]) -> tuple[Token, int] | None:
    """The name in quotes at the front of the tokens, as one token, and where what it does begins; None without one."""
    if not tokens or tokens[0].text[0] != "“":
        return None
    end = next((k for k, t in enumerate(tokens[:16]) if t.text[-1] == "”"), None)
    if end is None or end + 1 >= len(tokens):
        return None
    name = Token(tokens[0].left + 1, tokens[end].right - 1, "".join(t.text for t in tokens[: end + 1])[1:-1], "W")
    does = tokens[end + 1].tag == "REACH"
    return (name, end + 1) if does and 3 <= len(name.text) <= 20 else None


def _named_event(inside: list[Token]) -> list[Token]:
    """国家医保局发布|医保药品目录, 由总台主办的|论坛: the name begins behind who gives it."""
    for k in range(len(inside) - 2, -1, -1):
        given = inside[k].text in cues().gives
        if given or (inside[k].text == "的" and k and inside[k - 1].text in cues().holds):
            return inside[k + 1 :]
    return inside


def _said(tokens: list[Token]) -> int:
    """Where the sentence really begins: behind its date, and behind 商务部负责人介绍，."""
    begin = 0
    for k, token in enumerate(tokens[:16]):
        if token.text not in "，：":
            continue
        dated = all(t.tag in ("TIME", "PUNCT") for t in tokens[begin:k])
        if not dated and tokens[k - 1].text not in cues().says:
            break
        begin = k + 1
    return begin


SPEAKER = regex.compile(
    r"[^，。；]{0,8}?(?:分析师|研报|研究报告|研究员|报告显示|数据显示|监测|统计|季报|独立财务|了解到|获悉|透露|发布的[^，。]{0,8}(?:报告|数据|季报)|数据看|报告样本)"
)
