"""What an article is about where its sentences name nobody: a company, a trade, the goods of its title."""

from __future__ import annotations

import regex

from pipeline.lexicon import cues, lists
from pipeline.openings import SPEAKER, Subject
from pipeline.segment import Words
from pipeline.tokens import Mentions


def topic(mentions: Mentions, home: str | None, text: str, title: str, dictionary: Words) -> Subject | None:
    """The article's company, else, in an article about no place, its trade or the goods that its title opens with."""
    return _company(mentions, home, text) or (None if home else _industry(text) or _titled(title, text, dictionary))


def _company(mentions: Mentions, home: str | None, text: str) -> Subject | None:
    """The company that an article is about: named early, and more often than any place; who only reports is not."""
    counts: dict[str, int] = {}
    own = [m for m in mentions.companies if not SPEAKER.match(text, m.right)]
    for m in own:
        counts[m.canonical] = counts.get(m.canonical, 0) + 1
    if not counts:
        return None
    name, count = min(counts.items(), key=lambda item: (-item[1], item[0]))
    early = any(m.canonical == name and (m.left < 120 or m.left < len(text) // 10) for m in own)
    places = sum(m.name == home for m in mentions.places) if home else 0
    if early and count >= 3 and count > places:
        return Subject(name, None, name)
    return None


def _industry(text: str) -> Subject | None:
    """The trade that an article is about: named in its first line and again behind it."""
    words = cues()
    for match in words.industry.finditer(text[:80].partition("\n")[0]):
        name = regex.sub("^.*[的了在对与和是为向于国]", "", match[0])
        if 2 < len(name) <= 10 and not words.no_industry.search(name) and text.count(name[: len(name) - 1]) > 1:
            return Subject(name, None)
    return None


def _titled(title: str, text: str, dictionary: Words) -> Subject | None:
    """光伏设备订单明年骤降: the goods whose measure opens the title, and of which the text goes on."""
    cut = dictionary.cut((title or text[:60]).partition("\n")[0])[:6]
    at = next((k for k, word in enumerate(cut) if k and word in lists().heads), 0)
    name = "".join(cut[:at])
    nouns = all(dictionary.flag(word)[:1] in ("n", "b", "v", "j", "") and word.isalnum() for word in cut[:at])
    return Subject(name, None) if 3 <= len(name) <= 8 and nouns and text.count(name) > 2 else None
