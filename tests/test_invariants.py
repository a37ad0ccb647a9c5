"""DESIGN.md section 4 on real articles and on hostile text: addresses, sentences, determinism, linear time."""

from __future__ import annotations

import csv
import itertools
import time
from hashlib import sha256
from pathlib import Path

import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import Extractor
from pipeline.read import Unreadable, read
from pipeline.spans import Document

CORPUS = sorted((ROOT / "corpus" / "articles").glob("*.txt"))
BULK_SAMPLE = 60
LAYOUT = frozenset(" \t\u3000\u00a0\u2002\u2003\u2009\u200b\ufeff\r\n\f\v\u2028\u2029\x85")
NOISE = "0159.,%一二十百万亿负第几多年月日季度元个人家公司（）()“”《》-—~至到增长达到占同比渝北区\n \u3000Aa/："
HOSTILE = ["（", "“", "年", "A", "一", "1", "1-", "1,", "公司"]
SMALL, LARGE = 10_000, 100_000


def bare(text: str) -> str:
    return "".join(char for char in text if char not in LAYOUT)


def check_addresses(document: Document) -> None:
    """Every row is where it says, and its sentence holds it (for companies see the test below)."""
    raw = document.raw
    for row in (*document.quantities, *document.times, *document.companies):
        assert 0 <= row.start < row.end <= len(raw)
        assert bare(raw[row.start : row.end]) == bare(row.text), row
        assert raw[row.start] == row.text[0] and raw[row.end - 1] == row.text[-1], row
    for row in (*document.quantities, *document.times):
        assert row.sentence_start <= row.start and row.end <= row.sentence_end, row


def check_facts(document: Document) -> None:
    """A fact belongs to a quantity, and the slots with an address have a real one."""
    quantities = {(q.start, q.end): q for q in document.quantities}
    for fact in document.facts:
        quantity = quantities[fact.quantity_start, fact.quantity_end]
        assert (fact.value, fact.unit) == (quantity.value, quantity.unit)
        for slot in ("indicator", "subject", "time", "cue"):
            start, end = getattr(fact, f"{slot}_start"), getattr(fact, f"{slot}_end")
            assert (start is None) == (end is None)
            assert start is None or 0 <= start < end <= len(document.raw)


def check_order(document: Document) -> None:
    """Rows of one kind stand in text order and do not overlap; a time owns its numerals."""
    for rows in (document.quantities, document.times, document.companies):
        assert all(a.end <= b.start for a, b in itertools.pairwise(rows))
    owned = {at for t in document.times for at in range(t.start, t.end)}
    assert not [q for q in document.quantities if owned.intersection(range(q.start, q.end))]


def check(extractor: Extractor, text: str, published: str | None) -> None:
    document = extractor(text, published=published)
    check_addresses(document)
    check_facts(document)
    check_order(document)
    assert extractor(text, published=published) == document


def text_of(path: Path) -> str | None:
    """The text of an article; None where the reader rejects the file."""
    try:
        return read(path.read_bytes(), suffix=path.suffix.lower()).text
    except Unreadable:
        return None


def test_there_is_a_corpus() -> None:
    assert len(CORPUS) >= 12


@pytest.mark.parametrize("path", CORPUS, ids=lambda p: p.stem)
@pytest.mark.parametrize("published", [None, "2023-12-18"])
def test_corpus(extractor: Extractor, path: Path, published: str | None) -> None:
    text = text_of(path)
    assert text
    check(extractor, text, published)


def test_real_articles(extractor: Extractor, shared: Path) -> None:
    with (shared / "articles" / "manifest.csv").open(encoding="utf-8-sig", newline="") as file:
        dates = {row["doc_id"]: row["published"] or None for row in csv.DictReader(file)}
    articles = sorted((shared / "articles").glob("*.txt"))
    assert len(articles) == 20
    for path in articles:
        text = text_of(path)
        assert text
        check(extractor, text, dates.get(path.stem))


def test_bulk_sample(extractor: Extractor, shared: Path) -> None:
    """Sixty files, chosen by the hash of their names, so that the choice favours none and never changes."""
    files = [p for p in (shared / "bulk").rglob("*") if p.suffix in (".txt", ".html", ".htm")]
    files.sort(key=lambda p: sha256(p.relative_to(shared).as_posix().encode()).hexdigest())
    texts = [text for path in files[:BULK_SAMPLE] if (text := text_of(path))]
    assert len(texts) >= BULK_SAMPLE // 2
    for text in texts:
        check(extractor, text[:6_000], "2023-12-18")


def test_sentence_holds_the_company(extractor: Extractor) -> None:
    for company in extractor("安全生产实现新突破??陕西锦界电厂发电3亿千瓦时。").companies:
        assert company.sentence_start <= company.start and company.end <= company.sentence_end


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=200), st.text(NOISE, max_size=200)), st.sampled_from([None, "2023", "2023-12-18"]))
def test_any_text(extractor: Extractor, text: str, published: str | None) -> None:
    check(extractor, text, published)


def test_two_extractors_agree(extractor: Extractor) -> None:
    text = text_of(CORPUS[0])
    assert text
    assert Extractor()(text, published="2023-12") == extractor(text, published="2023-12")


def seconds(extractor: Extractor, unit: str, size: int) -> float:
    """Processor time for `size` characters, so that other work on the machine does not count."""
    text = (unit * size)[:size]
    start = time.process_time()
    extractor(text, published="2023-12-18")
    return time.process_time() - start


@pytest.mark.parametrize("unit", HOSTILE, ids=repr)
def test_linear_time(extractor: Extractor, unit: str) -> None:
    """Ten times the text takes less than thirty times as long; what grows with the square takes a hundred times.

    Small texts come first, within a budget of fifty times what plain text needs, for machines that are busy with other
    work: what grows with the square would keep the large ones busy for an hour.
    """
    extractor(unit)  # what is loaded when it is first needed does not count
    for size in (250, 1000, 4000, 8000, 16000):
        assert seconds(extractor, unit, size) < 1.5 + 5e-4 * size, f"{size} characters of {unit!r}"
    small, large = (seconds(extractor, unit, size) for size in (SMALL, LARGE))
    assert large < 30 * small + 0.5, f"{unit!r}: {small:.2f} s, {large:.2f} s"
