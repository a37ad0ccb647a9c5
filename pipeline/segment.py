"""Sentences, and words: the only module that imports jieba."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import jieba
import regex

from pipeline.spans import Sentence
from pipeline.unwrap import Clean

# A sentence ends at 。！？； and at the closing quotation mark behind them, and at the end of a paragraph.
_SENTENCE = regex.compile(r"[^。！？!?；;\n]*+(?:[。！？!?；;]++[”’」』）)]*+|\n|$)")

_NAMES = frozenset({"nt", "nz", "nrt", "j"})  # organizations, other names, foreign names, short forms


def sentences(clean: Clean) -> list[Sentence]:
    """The sentences of a clean text, with raw and clean offsets and the number of their paragraph."""
    found: list[Sentence] = []
    paragraph = 0
    for match in _SENTENCE.finditer(clean.text):
        left, right = match.span()
        broken = right > left and clean.text[right - 1] == "\n"
        right -= broken
        while left < right and clean.text[left] in " \u3000":
            left += 1
        if right > left:
            start, end = clean.span(left, right)
            found.append(Sentence(start, end, left, right, paragraph))
        paragraph += broken
    return found


class Words:
    """jieba over its own dictionary plus the words of the rules, without the shared cache file on disk."""

    def __init__(
        self,
        *,
        nouns: frozenset[str] = frozenset(),
        verbs: frozenset[str] = frozenset(),
        join: frozenset[str] = frozenset(),
        split: frozenset[str] = frozenset(),
        flags: dict[str, str] | None = None,
    ) -> None:
        base, known = _dictionary()
        self.flags = dict.fromkeys(nouns, "n") | dict.fromkeys(verbs, "v") | known | (flags or {})
        self._tokenizer = _with(base, nouns | verbs, join, split)

    def cut(self, text: str) -> list[str]:
        """The words of `text`, whose concatenation is `text`."""
        return list(self._tokenizer.cut(text, HMM=False))

    def flag(self, word: str) -> str:
        """The part of speech that the dictionary gives a word (ICTCLAS tags: n, v, a, …), "" if it has none."""
        return self.flags.get(word, "")


def is_word(word: str) -> bool:
    """Does the dictionary know the word as something else than the name of an organization or a product?"""
    return _dictionary()[1].get(word, "nz") not in _NAMES


@lru_cache(maxsize=1)
def _dictionary() -> tuple[Any, dict[str, str]]:
    tokenizer = jieba.Tokenizer()
    frequencies: dict[str, int] = {}
    flags: dict[str, str] = {}
    total = 0
    with tokenizer.get_dict_file() as lines:
        for line in lines.read().decode("utf-8").splitlines():
            word, count, flag = line.split(" ")
            frequencies[word] = int(count)
            flags[word] = flag
            total += int(count)
            for end in range(1, len(word)):
                frequencies.setdefault(word[:end], 0)
    tokenizer.FREQ, tokenizer.total, tokenizer.initialized = frequencies, total, True
    return tokenizer, flags


def _with(base: Any, extra: frozenset[str], join: frozenset[str], split: frozenset[str]) -> Any:
    """The same tokenizer with the words of the rules, each frequent enough to be cut as one, without those to split."""
    tokenizer = jieba.Tokenizer()
    tokenizer.FREQ, tokenizer.total, tokenizer.initialized = dict(base.FREQ), base.total, True
    for word in sorted(extra):
        if word not in tokenizer.FREQ or not tokenizer.FREQ[word]:
            tokenizer.add_word(word, tokenizer.suggest_freq(word, tune=False))
    for word in join:
        tokenizer.add_word(word, 200_000)
    for word in split:
        tokenizer.FREQ[word] = 0
    return tokenizer
