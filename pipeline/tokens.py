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
_OTHERS = ("Q_PP", "Q_NUM", "TIME", "COMPANY", "PLACE", "PUNCT", "RISE", "FALL", "INDICATOR", "W")
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
            join=frozenset((*cues["words"]["join"], *(e for e in cues["entities"]["events"] if len(e) > 2))),  # 进博会
            split=frozenset(cues["words"]["split"]) | moved,
            flags=cues["words"]["flags"],
        )
        self.indicators = frozenset(names)
        self.patterns = rulebook.rules("facts")["pattern"]
        self._vocab, self._matchers = _matchers(self.patterns, {*self.classes.values(), *_KINDS.values(), *_OTHERS})

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
                found.append(Token(at, at + len(word), word, self.classes.get(word) or self._tag(word)))
                at += len(word)
        return found

    def _tag(self, word: str) -> str:
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

        words = [_word(t) for t in tokens]
        morphs = [_morph(t, mentions) for t in tokens]
        doc = Doc(self._vocab, words=words, spaces=[False] * len(tokens), tags=[t.tag for t in tokens], morphs=morphs)
        found: dict[int, list[tuple[int, int, Role]]] = {}
        held = {t.tag for t in tokens}, {word.lower() for word in words}
        for index, (rule, (needs, matcher)) in enumerate(zip(self.patterns, self._matchers, strict=True)):
            if any(need.isdisjoint(held[kind]) for kind, need in needs):
                continue
            for _, first, last in matcher(doc):
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


def _word(token: Token) -> str:
    """The token for spaCy, which keeps each word that it has ever seen: of numbers and names only both ends."""
    text = token.text.replace(" ", "_")
    if token.tag == "PLACE" or len(text) == 1 or (token.ref < 0 and len(text) <= 6):
        return text
    return f"{'0' if text[0].isdigit() else text[0]}…{text[-2:]}"


def _morph(token: Token, mentions: Mentions) -> str:
    """Dimension and unit of a quantity as features, so that patterns can ask for them."""
    if not token.tag.startswith("Q_"):
        return ""
    surface = mentions.quantities[token.ref].unit
    measured = unit(surface)
    dimension = measured.dimension.title() if measured else "None"
    return f"Dim={dimension}|Unit={surface if surface and surface.isalpha() else 'None'}"


# A pattern needs one of these tags (0) or lower-case words (1) in the sentence.
_Needs = list[tuple[int, frozenset[str]]]


def _matchers(rules: list[dict[str, Any]], tags: set[str]) -> tuple[Any, list[tuple[_Needs, Any]]]:
    """For each pattern what a sentence must hold for it, and its Matcher.

    One Matcher over all patterns takes three times as long: most patterns can fire in few sentences.
    spaCy takes two seconds to import, so it is imported here.
    """
    import spacy
    from spacy.matcher import Matcher

    vocab = spacy.blank("zh").vocab
    made: list[tuple[_Needs, Any]] = []
    for rule in rules:
        matcher = Matcher(vocab, validate=True)
        try:
            matcher.add(rule["id"], [rule["tokens"]])
        except Exception as error:
            raise rulebook.error("facts", rule["id"], f"pattern: {error}") from None
        made.append((_needs(rule["tokens"], tags), matcher))
    return vocab, made


def _needs(tokens: list[dict[str, Any]], tags: set[str]) -> _Needs:
    """What must stand in a sentence for each token of the pattern that may not be left out."""
    needs: _Needs = []
    for token in tokens:
        if token.get("OP", "1")[:1] in ("?", "*", "!") or token.get("OP", "").startswith(("{0", "{,")):
            continue
        for kind, name in enumerate(("TAG", "LOWER")):
            wanted = token.get(name)
            if isinstance(wanted, str):
                needs.append((kind, frozenset({wanted})))
            elif wanted and "IN" in wanted:
                needs.append((kind, frozenset(wanted["IN"])))
            elif wanted and "REGEX" in wanted and name == "TAG":
                needs.append((kind, frozenset(tag for tag in tags if regex.search(wanted["REGEX"], tag))))
    return needs


@lru_cache(maxsize=4)
def reader(folder: str) -> Reader:
    """The reader for a rule folder (named so that another folder makes another reader)."""
    return Reader()
