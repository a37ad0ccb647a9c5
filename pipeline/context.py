"""What a fact inherits from the text around it: subject, time and status.

`Stage` walks the article sentence by sentence and remembers what the paragraph is about. Everything it hands out
comes with the clean offsets of where it was said.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import regex

from pipeline.calendar import Day, Period, parse
from pipeline.lexicon import cues, lists, plans
from pipeline.openings import Openings, Span, Subject
from pipeline.segment import Words
from pipeline.tokens import Mentions, Token
from pipeline.topics import topic


@dataclass(frozen=True, slots=True)
class When:
    """The period a value holds for."""

    period: Period | None
    span: Span | None


@dataclass(slots=True)
class Stage:
    """What the reader remembers while reading."""

    text: str
    mentions: Mentions
    home: str | None
    published: Day | None
    report: bool
    subject: Subject | None = None
    when: When = field(default_factory=lambda: When(None, None))  # what the last fact held for
    told: When = field(default_factory=lambda: When(None, None))  # what the sentences that follow inherit
    company: Subject | None = None
    planned: bool = False
    plan_span: Span | None = None
    paragraph: int = -1
    lead: bool = False
    topic: Subject | None = None
    head: Subject | None = None  # what the heading names, in a text of several reports
    excerpt: bool = False  # of a report, without the headings of its parts
    site: Subject | None = None  # the company's plant or project that was named last
    openings: Openings = field(kw_only=True)

    @classmethod
    def of(
        cls,
        text: str,
        mentions: Mentions,
        home: str | None,
        published: str | None,
        title: str,
        dictionary: Words,
    ) -> Stage:
        words = cues()
        day = parse(published).start if published else None
        report = bool(words.report.search(title + text[:400]))
        stage = cls(text, mentions, home, day, report, openings=Openings(text, mentions, home, report, dictionary.flag))
        stage.excerpt = report and not (words.review.search(text) or words.plan.search(text))
        if not report:
            stage.topic = topic(mentions, home, text, title, dictionary)
        return stage

    def enter(self, paragraph: int, left: int) -> None:
        """Begin a paragraph: what was inherited ends, unless a colon led into it."""
        if paragraph == self.paragraph:
            return
        led = left >= 2 and self.text[left - 2 : left - 1] in "：:"
        if not (led or (self.lead and _is_item(self.text, left))):
            self.subject, self.when, self.told = None, When(None, None), When(None, None)
            self.lead = False
        else:
            self.lead = True
        if not self.report and not self.lead:
            self.planned, self.plan_span = False, None
        if self.excerpt and self.home and (hoped := self._hopes(left)):
            self.planned, self.plan_span = True, hoped
        self.paragraph = paragraph

    def _hopes(self, left: int) -> Span | None:
        """An excerpt of a report's plan without its heading: a paragraph that hopes and tells of nothing done."""
        end = self.text.find("\n", left)
        end = end if end >= 0 else len(self.text)
        hope = cues().hope.search(self.text, left, end)
        return hope.span() if hope and not cues().told.search(self.text, left, end) else None

    def hear(self, sentence: str, left: int, tokens: list[Token]) -> None:
        """Take in what a sentence says about subject and plan, before its facts are read."""
        words = cues()
        if self._same_period(self.when) or self.text[max(0, left - 1) : left] not in ("；", ";"):
            self.when = self.told
            if self.report and self.home and self.subject and self.subject.company:
                self.subject = None  # a report that names a company goes on about its place
        plan = plans(sentence)
        review = [m.span() for m in words.review.finditer(sentence)]
        if plan and (not review or plan[-1] > review[-1]):
            self.planned, self.plan_span = True, (left + plan[-1][0], left + plan[-1][1])
        elif review:
            self.planned, self.plan_span = False, None
        dated = self._opening_time(tokens)
        if sentence.rstrip().endswith(("：", ":")):
            dated = self._lead_in(tokens) or dated
        if dated:
            goes_on = self.text[max(0, left - 1) : left] in ("；", ";")
            self.when = dated
            self.told = dated if not goes_on or self._lasts(dated) else self.told
        speaker = self.openings.speaker(tokens, self.company)
        self._meet(tokens)
        nation = ("全国", "中国")
        if self.home is None and self._is_heading(sentence, left):
            self.head = speaker if speaker and speaker.name not in nation else None
        speaker = speaker or self._this_site(sentence)
        self.site = self._site(tokens) or self.site
        local = self.report and self.home not in (None, *nation)  # a county's report goes on about the county
        if speaker and not (local and not (speaker.company or speaker.name == self.home)):
            self.subject = speaker
            if speaker.company:
                self.company = speaker

    def _meet(self, tokens: list[Token]) -> None:
        """Remember the company of a sentence that names one and no other: 公司 in the next ones is it."""
        firms = {
            self.mentions.companies[t.ref].canonical: t
            for t in tokens
            if t.tag == "COMPANY" and not self.openings.beside(t)
        }
        if len(firms) == 1:
            self.company = self.openings.named(next(iter(firms.values())))

    def _is_heading(self, sentence: str, left: int) -> bool:
        """云南省桃源水库工程开工: a short paragraph of one sentence without its full stop."""
        alone = self.text[left - 1 : left] in ("", "\n") and self.text[left + len(sentence) :][:1] in ("", "\n")
        return alone and len(sentence) <= 40 and sentence[-1] not in "。！？；：，"

    def _site(self, tokens: list[Token]) -> Subject | None:
        """长安汽车渝北新工厂: a company's plant or project."""
        for k, token in enumerate(tokens):
            if token.tag != "COMPANY":
                continue
            for end in range(k + 1, min(len(tokens), k + 5)):
                if tokens[end].tag not in ("W", "PLACE"):
                    break
                if tokens[end].text.endswith(lists().things):
                    return Subject(self.text[token.left : tokens[end].right], (token.left, tokens[end].right))
        return None

    def _this_site(self, sentence: str) -> Subject | None:
        """这座占地40万平方米的工厂: the plant that was named before."""
        pointed = _THIS.match(sentence)
        if not (pointed and self.site) or (self.report and self.home):
            return None
        return self.site if self.site.name[-2:] in sentence.partition("，")[0] else None

    def _lead_in(self, tokens: list[Token]) -> When | None:
        """到2026年将打造三大集群：  the list behind the colon inherits the date, and that it is a plan."""
        last = next((k for k in range(len(tokens) - 1, -1, -1) if tokens[k].tag == "TIME"), None)
        if last is None:
            return None
        when = self._stretched(tokens, last)
        if when.period and self.published and ahead(when.period, self.published):
            self.planned, self.plan_span = True, when.span
        return when

    def _opening_time(self, tokens: list[Token]) -> When | None:
        """2021年，… or 过去一年，…: a sentence that opens with its time sets it for what follows."""
        for k, token in enumerate(tokens[:4]):
            if token.text in cues().takes:  # 列入2021年省级重点项目: the year of what is listed
                return None
            if token.tag == "TIME" and self.mentions.times[token.ref].rule != "time.plan":
                if self._compared(tokens, k, k, growth=k > 0 and tokens[k - 1].text in ("较", "比")):
                    return None
                return self._told_of(tokens, k) or self._stretched(tokens, k)
            if token.tag in ("COMPANY", "PLACE") or token.tag.startswith("Q_"):
                return self._term(token) if k == 0 else None
        return None

    def _told_of(self, tokens: list[Token], k: int) -> When | None:
        """生态环境部今天公布，今年一季度…: what is told is of the quarter, not of the day on which it is."""
        day = self.mentions.times[tokens[k].ref].period
        if day is None or day.start.day is None:
            return None
        behind = next((j for j in range(k, len(tokens)) if tokens[j].tag == "PUNCT" and tokens[j].text in "，："), 0)
        says = any(t.text in cues().gives or t.text in cues().says for t in tokens[k:behind])
        told = behind + 1 if says and behind + 1 < len(tokens) else 0
        if not told or tokens[told].tag != "TIME":
            return None
        return self._stretched(tokens, told)

    def _term(self, token: Token) -> When | None:
        """五年全国水利投资…: in a report at the end of a term, the years of the term."""
        count = self.mentions.quantities[token.ref] if token.tag == "Q_NUM" else None
        if not (self.report and self.published and count and count.unit == "年" and count.value and count.value >= 2):
            return None
        year = self.published.year
        return When(Period(Day(year - int(count.value)), Day(year - 1)), (token.left, token.right))

    def settle(self, subject: Subject, when: When) -> None:
        """Remember what a fact was about; a thing that it named is the paragraph's subject if it has no other."""
        self.when = when
        if self._lasts(when) and not self._same_period(when):
            self.told = when
        if subject.span and self.subject is None and not subject.company and not (self.report and self.home):
            self.subject = subject

    def _lasts(self, when: When) -> bool:
        """Does a time hold for the sentences that follow? 近三年 inside one does not, nor a part of what was told."""
        told = self.told.period
        if when.span is None or when.span == self.told.span:
            return True
        if self.text[when.span[0]] in "近最":
            return False
        if told is None or when.period is None:
            return True
        if when.period.start.first() <= told.start.first() and told.end.last() <= when.period.end.last():
            return True
        inside = told.start.first() <= when.period.start.first() and when.period.end.last() <= told.end.last()
        return not inside and bool(_CLAUSE_OPENS.search(self.text, max(0, when.span[0] - 5), when.span[0]))

    def _same_period(self, when: When) -> bool:
        """去年同期盈利3500万元；负债率85%: what it was compared with holds no further."""
        return when.span is not None and self.text.startswith("同期", when.span[1] - 2)

    def dated_now(self, when: When) -> bool:
        """Was the time said by 目前 or another such word?"""
        return bool(when.span and cues().now.fullmatch(self.text, *when.span))

    def told_before(self, when: When, left: int, cue: Span) -> bool:
        """A plan does not hold for a day that is over and an earlier sentence told of, nor for 开工 before 建成后."""
        if not (when.period and when.span and self.published):
            return False
        earlier, over = when.span[0] < left, when.period.end.last() <= self.published.last()
        if over and not earlier and when.period.end.month and self._signed(when, cue):
            return True
        if self.text[cue[1] - 1] == "后" and when.span[0] < cue[0]:
            return earlier or over
        return earlier and over and when.period.end.day is not None and self.published.day is not None

    def _signed(self, when: When, cue: Span) -> bool:
        """2024年4月，双方签署协议，将新建1个总部: the month is that of the signing, which is over."""
        between = self.text[when.span[1] : cue[0]] if when.span else ""
        return "，" in between and bool(cues().signed.search(between))

    def default(self) -> Subject:
        """The paragraph's subject, else the place the article is about, else the country."""
        return self.subject or self.head or self.topic or Subject(self.home or "全国", None)

    def time_of(self, tokens: list[Token], at: int, *, growth: bool) -> When:
        """The period of the quantity at tokens[at]: clause, sentence, 目前, paragraph, in this order."""
        words = cues()
        for k in range(at - 1, -1, -1):
            token = tokens[k]
            if words.now.fullmatch(token.text):
                if k and tokens[k - 1].text in ("由", "从") and any(t.tag.startswith("Q_") for t in tokens[k + 1 : at]):
                    continue
                now = Period(self.published, self.published) if self.published else None
                return When(now, (token.left, token.right))
            if token.tag == "TIME" and not self._compared(tokens, k, at, growth=growth):
                if since := self._since(tokens, k):
                    return since
                return self._as_of(tokens, k) or self._stretched(tokens, k)
        return self.when

    def _since(self, tokens: list[Token], k: int) -> When | None:
        """自2020年4月首台机组发电以来，截至今天，累计发电: from the one to the other."""
        until = self.mentions.times[tokens[k].ref].period
        if until is None or not _UNTIL.search(self.text, max(0, tokens[k].left - 6), tokens[k].left):
            return None
        for j in range(k - 1, 0, -1):
            start = self.mentions.times[tokens[j].ref].period if tokens[j].tag == "TIME" else None
            if start and tokens[j - 1].text in ("自", "从") and "以来" in self.text[tokens[j].right : tokens[k].left]:
                return When(Period(start.start, until.end), (tokens[j].left, tokens[j].right))
        return None

    def _as_of(self, tokens: list[Token], k: int) -> When | None:
        """截至目前，2025年票房已超60亿元: the running year's value stands at the day that 截至 names."""
        mention = self.mentions.times[tokens[k].ref]
        year = mention.period
        if (
            "y" not in mention.groups
            or year is None
            or year.start.month
            or not self.published
            or year.start.year != self.published.year
        ):
            return None
        for j in range(k - 1, -1, -1):
            token = tokens[j]
            lead = self.text[max(0, token.left - 2) : token.left]
            if token.text == "截至目前" or (token.text == "目前" and lead in ("截至", "截止")):
                return When(Period(self.published, self.published), (token.left, token.right))
            if token.tag == "TIME" and lead in ("截至", "截止"):
                return When(self.mentions.times[token.ref].period, (token.left, token.right))
        return None

    def _compared(self, tokens: list[Token], k: int, at: int, *, growth: bool) -> bool:
        """较2015年提高: the time of what is compared with, not of the value."""
        words = cues()
        before = tokens[k - 1].text if k else ""
        after = tokens[k + 1].text if k + 1 < len(tokens) else ""
        if self.mentions.times[tokens[k].ref].rule == "time.plan" and after in words.plan_names:
            return True
        if after in words.not_value:
            return True
        if self.text[tokens[k].right : tokens[k].right + 1] == "第":  # 今年第4号台风
            return True
        if growth and words.based.match(self.text, tokens[k].right):
            return True  # 在2010年的水平上增长12%
        times = k + 2 < len(tokens) and tokens[k + 2].tag == "Q_MUL"
        ratio = (growth or times) and before in ("是", "为", "相当于") and after in ("的", "同期")  # 是2005年的2.28倍
        compared = ratio or before in words.compared or before.endswith(("较", "比"))
        if not compared:
            return False
        if before in ("由", "从"):
            return growth or any(t.tag.startswith("Q_") for t in tokens[k + 1 : at])
        moved = any(
            t.tag in ("UP", "DOWN", "ABOVE", "BELOW", "PUNCT") or t.text in ("新增", "多", "少")
            for t in tokens[k + 1 : at]
        )
        return growth or ratio or moved

    def _stretched(self, tokens: list[Token], k: int) -> When:
        """自2017年4月入驻以来: from the date to the publication; 截至12月6日…今年: from New Year to the date."""
        mention = self.mentions.times[tokens[k].ref]
        span = (mention.left, mention.right)
        period = mention.period
        counted = k and tokens[k - 1].text in ("自", "从")
        since = counted and self.text.find("以来", mention.right, mention.right + 40) >= 0
        if since and period and self.published and "以来" not in self.text[mention.left : mention.right]:
            end = self.published if period.start.month and self.published.month else Day(self.published.year)
            period = Period(period.start, end if end.last() >= period.start.first() else period.end)
        if period and mention.groups.get("ry", "").startswith("今") and period.start.month is None:
            until = next((t for t in reversed(tokens[:k]) if t.tag == "TIME"), None)
            lead = self.text[max(0, until.left - 2) : until.left] if until else ""
            ended = self.mentions.times[until.ref].period if until else None
            if lead in ("截至", "截止") and ended and ended.end.day:
                period = Period(Day(period.start.year, 1, 1), ended.end)
        return When(period, span)


_THIS = regex.compile("“?(?:这|该|此)(?:座|个|家|条|项|处)?")
_UNTIL = regex.compile("截[至止](?:今[天日]|昨[天日])?[（(]?$")
_CLAUSE_OPENS = regex.compile(r"(?:^|[，。；：、（\n])(?:\p{Han}?其中|截至|截止|到|在|自|从|据|预计)?$")


def _is_item(text: str, left: int) -> bool:
    return bool(
        regex.match(
            r"[◎●■◆○★▲·•]|[（(][一二三四五六七八九十\d]+[)）]|[一二三四五六七八九十]是|\d+[.、]", text[left : left + 4]
        )
    )


def ahead(period: Period, published: Day) -> bool:
    """Does the period end after the publication, as far as both are known?"""
    if period.end.year != published.year:
        return period.end.year > published.year
    return bool(period.start.month and published.month and period.start.month > published.month)


def behind(period: Period, published: Day) -> bool:
    if period.end.year != published.year:
        return period.end.year < published.year
    return bool(period.end.month and published.month and period.end.month < published.month)
