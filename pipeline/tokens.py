"""A sentence as a row of typed tokens, and the patterns of rules/facts.toml over it.

Mentions become one token each, the rest are jieba's words; the TAG of a token is its type (see rules/facts.toml).
Only sentences that hold a quantity are cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import regex

from pipeline import companies, places, quantities, resolve, rulebook
from pipeline.segment import Words
from pipeline.units import unit

_PUNCT = regex.compile(r"[\p{P}\s]+")
_QUOTED = regex.compile(r"(“[^“”，。；：\n]{1,12}”|[\[〔【]\d{1,3}[\]〕】])")
_KINDS = {"percent": "Q_PCT", "fraction": "Q_FRAC", "multiple": "Q_MUL", "ordinal": "Q_ORD", "scale": "Q_SCALE"}


@dataclass(frozen=True, slots=True)
class Token:
    """One typed token of a sentence; `ref` is the place of its mention among those of its type, -1 for a word."""

    left: int
    right: int
    text: str
    tag: str
    ref: int = -1


@dataclass(frozen=True, slots=True)
class Mentions:
    """Everything found in an article, before facts."""

    quantities: Sequence[quantities.Mention]
    times: Sequence[resolve.Mention]
    companies: Sequence[companies.Mention]
    places: Sequence[places.Mention]


@dataclass(frozen=True, slots=True)
class Role:
    """What a pattern makes of the quantity at token `at`: it matched tokens[first:last]."""

    rule: dict[str, Any]
    first: int
    last: int
    at: int


class Reader:
    """Cuts sentences into tokens and matches the patterns. Built once for a rule folder."""

    def __init__(self) -> None:
        cues, listed = rulebook.rules("cues"), rulebook.rules("indicators")
        self.classes: dict[str, str] = {}
        for tag, words in cues["class"].items():
            for word in words:
                self.classes.setdefault(word, tag)
        self.heads = frozenset(listed["heads"])
        self.rising, self.falling = tuple(listed["rising"]), tuple(listed["falling"])
        names = {row["name"] for row in listed["indicator"]} | {
            s for row in listed["indicator"] for s in row.get("synonyms", ())
        }
        moved = frozenset(h + c for h in self.heads for tag in ("UP", "DOWN") for c in cues["class"][tag])  # 价格|上涨
        nouns = frozenset(w for w in {*self.heads, *listed["modifiers"]} if 2 <= len(w) <= 5)
        verbs = frozenset(w for w in self.classes if 2 <= len(w) <= 5)
        self.words = Words(
            nouns=nouns,
            verbs=verbs,
            join=frozenset(cues["words"]["join"]),
            split=frozenset(cues["words"]["split"]) | moved,
        )
        self.indicators = frozenset(names)
        self.patterns, self._matcher, self._vocab = _matcher(rulebook.rules("facts")["pattern"])

    def tokens(self, text: str, left: int, right: int, mentions: Mentions) -> list[Token]:
        """The tokens of text[left:right]; mentions must lie within it."""
        spans = _typed(mentions)
        found: list[Token] = []
        at = left
        for start, end, tag, ref in spans:
            if start < at or start < left or end > right:
                continue
            found += self._cut(text, at, start)
            found.append(Token(start, end, text[start:end], tag, ref))
            at = end
        return found + self._cut(text, at, right)

    def _cut(self, text: str, left: int, right: int) -> list[Token]:
        found: list[Token] = []
        at = left
        for piece in _QUOTED.split(text[left:right]):
            if piece[:1] in ("[", "〔", "【") and _QUOTED.fullmatch(piece):  # the number of a note is no part of a name
                at += len(piece)
                continue
            for word in [piece] if piece.startswith("“") and piece.endswith("”") else self.words.cut(piece):
                found.append(Token(at, at + len(word), word, self._tag(word)))
                at += len(word)
        return found

    def _tag(self, word: str) -> str:
        if word in self.classes:
            return self.classes[word]
        if _PUNCT.fullmatch(word):
            return "PUNCT"
        if word.endswith(self.rising):
            return "RISE"
        if word.endswith(self.falling):
            return "FALL"
        return "INDICATOR" if word in self.heads else "W"

    def roles(self, tokens: list[Token], mentions: Mentions) -> dict[int, Role]:
        """For each quantity token the first pattern that holds for it."""
        from spacy.tokens import Doc

        words = [t.text.replace(" ", "_") for t in tokens]
        morphs = [_morph(t, mentions) for t in tokens]
        doc = Doc(self._vocab, words=words, spaces=[False] * len(tokens), tags=[t.tag for t in tokens], morphs=morphs)
        found: dict[int, list[tuple[int, int, Role]]] = {}
        for number, first, last in self._matcher(doc):
            index = int(self._vocab.strings[number])
            rule = self.patterns[index]
            at = _anchor(rule, tokens, first, last)
            if at is not None:
                found.setdefault(at, []).append((index, -first, Role(rule, first, last, at)))
        return _decided({at: sorted(roles, key=lambda r: r[:2]) for at, roles in found.items()}, tokens)


def _decided(found: dict[int, list[tuple[int, int, Role]]], tokens: list[Token]) -> dict[int, Role]:
    """The first role of each quantity whose need is met: a far end needs a near end before it, and the reverse."""
    ends = {
        which: {at for at, roles in found.items() if any(r.rule.get("endpoint") == which for _, _, r in roles)}
        for which in ("from", "to")
    }
    decided: dict[int, Role] = {}
    for at, roles in found.items():
        for _, _, role in roles:
            need = role.rule.get("needs")
            others = ends.get(need, set()) if need else {at}
            near = [o for o in others if (o < at if need == "from" else o > at) and abs(o - at) <= 16]
            if not need or (near and not any(t.text in "。；" for t in tokens[min(at, *near) : max(at, *near)])):
                decided[at] = role
                break
    return decided


def _anchor(rule: dict[str, Any], tokens: list[Token], first: int, last: int) -> int | None:
    """The quantity that a match is about."""
    where = rule.get("at", 0)
    if where == "first":
        return next((k for k in range(first, last) if tokens[k].tag.startswith("Q_")), None)
    if where == "any":
        where = next((k for k in range(last - first) if tokens[last - 1 - k].tag.startswith("Q_")), 0)
    at = last - 1 - int(where)
    return at if at >= first and tokens[at].tag.startswith("Q_") else None


def _typed(mentions: Mentions) -> list[tuple[int, int, str, int]]:
    """All mentions as (left, right, tag, ref) in text order; quantities and times win over names, names over places."""
    spans: list[tuple[int, int, int, str, int]] = []
    for ref, q in enumerate(mentions.quantities):
        tag = "Q_PP" if q.unit == "百分点" else _KINDS.get(q.kind, "Q_NUM")
        spans.append((q.left, q.right, 0, tag, ref))
    spans += [(t.left, t.right, 0, "TIME", ref) for ref, t in enumerate(mentions.times)]
    spans += [(c.left, c.right, 1, "COMPANY", ref) for ref, c in enumerate(mentions.companies)]
    spans += [(p.left, p.right, 2, "PLACE", ref) for ref, p in enumerate(mentions.places)]
    spans.sort(key=lambda s: (s[2], s[0], -s[1]))
    taken: list[tuple[int, int, str, int]] = []
    used: set[int] = set()
    for left, right, _, tag, ref in spans:
        if not used.intersection(range(left, right)):
            used.update(range(left, right))
            taken.append((left, right, tag, ref))
    return sorted(taken)


def _morph(token: Token, mentions: Mentions) -> str:
    """Dimension and unit of a quantity as features, so that patterns can ask for them."""
    if not token.tag.startswith("Q_"):
        return ""
    surface = mentions.quantities[token.ref].unit
    measured = unit(surface)
    dimension = measured.dimension.title() if measured else "None"
    return f"Dim={dimension}|Unit={surface if surface and surface.isalpha() else 'None'}"


def _matcher(rules: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], Any, Any]:
    """The Matcher over all patterns. spaCy takes two seconds to import, so it is imported here."""
    import spacy
    from spacy.matcher import Matcher

    vocab = spacy.blank("zh").vocab
    matcher = Matcher(vocab, validate=True)
    for index, rule in enumerate(rules):
        try:
            matcher.add(str(index), [rule["tokens"]])
        except Exception as error:
            raise rulebook.error("facts", rule["id"], f"pattern: {error}") from None
    return rules, matcher, vocab


@lru_cache(maxsize=4)
def reader(folder: str) -> Reader:
    """The reader for a rule folder (named so that another folder makes another reader)."""
    return Reader()
