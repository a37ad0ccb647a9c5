"""Layout: what it may drop, what it must keep, and that every character keeps its address."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import Extractor
from pipeline.segment import sentences
from pipeline.unwrap import Clean, unwrap

PARAGRAPHS = [
    "青禾县位于江南水乡，去年全县实现规上工业总产值3685.5亿元，同比增长16.6%，其中装备制造业产值1743.9亿元，占全县的三分之一。",
    "自2017年4月起，当地陆续引进企业20余家，累计投资超过60亿元，带动就业1.2万人，人均月收入由3200元提高到5100元。",
    "到2026年，青禾县力争建成数字化车间120个，新增上市公司5家，研发投入强度达到3.2%以上，森林覆盖率提高2.5个百分点。",
]
SENTENCES = [
    "2021年渝北区规上工业总产值达到3685.5亿元，同比增长16.6%。",
    "全县共有上市企业1,286家，累计提高27.2个百分点。",
    "新建厂房面积12万平方米，总投资一亿三千五百万元。",
    "本地产量占全市的三分之一，研发投入增长2.8倍。",
    "园区投入20余亿元，办理时限压缩到0.5个工作日。",
]
KNOWN = pytest.mark.xfail(strict=True, raises=AssertionError, reason="known failure of unwrap")
WIDTHS = [14, 20, 25]
# A column of twelve breaks these paragraphs behind 同比.
GLUED_WIDTHS = [pytest.param(12, marks=KNOWN), *WIDTHS]
LAYOUT = st.text("1239.,%一二十百万亿年月元家（）“”《》◎—-。，：；\n\r\t \u3000\u200b\ufeffaA全县", max_size=200)


def wrapped(paragraph: str, width: int) -> list[str]:
    """A paragraph as a newspaper column sets it: indented by two characters, cut anywhere."""
    text = "\u3000\u3000" + paragraph
    return [text[at : at + width] for at in range(0, len(text), width)]


def column(width: int, between: tuple[str, ...] = ()) -> str:
    lines = [line for paragraph in PARAGRAPHS for line in (*wrapped(paragraph, width), *between)]
    return "\n".join(lines) + "\n"


def found(extractor: Extractor, text: str) -> list[tuple[object, ...]]:
    document = extractor(text, published="2023-12-18")
    quantities = [(q.text, q.value, q.value_max, q.unit, q.kind, q.comparator) for q in document.quantities]
    return [*quantities, *((t.text, t.norm) for t in document.times)]


def paragraphs(text: str) -> list[str]:
    return [line for line in unwrap(text).text.split("\n") if line]


@pytest.mark.parametrize("width", GLUED_WIDTHS)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_newspaper_column(width: int, end: str) -> None:
    assert paragraphs(column(width).replace("\n", end)) == PARAGRAPHS


@pytest.mark.parametrize("width", [12, *WIDTHS])
def test_column_gives_what_the_whole_paragraphs_give(extractor: Extractor, width: int) -> None:
    assert found(extractor, column(width)) == found(extractor, "\n".join(PARAGRAPHS))


@pytest.mark.parametrize("width", GLUED_WIDTHS)
def test_page_numbers_between_paragraphs(width: int) -> None:
    assert paragraphs(column(width, ("", "— 3 —", ""))) == PARAGRAPHS


@pytest.mark.parametrize("page", ["3", "12", "- 5 -", "第 4 页", "第4页 共9页", "4/9", "— 17 —"])
def test_page_number_is_layout(page: str) -> None:
    assert paragraphs(column(20, ("", page, ""))) == PARAGRAPHS


@pytest.mark.parametrize(
    ("raw", "text", "norm"),
    [
        ("全县工业总产值达到3685\n亿元，同比增长一成。", "3685亿元", None),
        ("全县工业总产值达到36\n85亿元，同比增长一成。", "3685亿元", None),
        ("全县工业总产值达到60\n亿元，同比增长一成。", "60亿元", None),
        ("全县工业总产值达到3685.\n5亿元，同比增长一成。", "3685.5亿元", None),
        ("企业自2017\n年4月起享受优惠。", "2017年4月", "2017-04"),
        ("企业自2017年\n4月起享受优惠。", "2017年4月", "2017-04"),
        ("企业到 2026 年享受优惠。", "2026年", "2026"),
        ("企业到\u30002026\u3000年享受优惠。", "2026年", "2026"),
    ],
)
def test_number_cut_by_layout(extractor: Extractor, raw: str, text: str, norm: str | None) -> None:
    document = extractor(raw, published="2023")
    if norm:
        assert [(t.text, t.norm) for t in document.times] == [(text, norm)]
    else:
        assert [q.text for q in document.quantities] == [text, "一成"]


def test_blank_lines_inside_a_sentence() -> None:
    first, second = PARAGRAPHS[0][:43], PARAGRAPHS[0][43:]
    assert paragraphs(f"{first}\n\n\n{second}\n") == [PARAGRAPHS[0]]


def test_heading_is_not_glued() -> None:
    text = "青禾县：小茶叶做成大产业\n" + column(20)
    assert paragraphs(text) == ["青禾县：小茶叶做成大产业", *PARAGRAPHS]


def test_heading_between_paragraphs_is_not_glued() -> None:
    lines = [*wrapped(PARAGRAPHS[0], 20), "", "工业增势良好", "", *wrapped(PARAGRAPHS[1], 20)]
    assert paragraphs("\n".join(lines)) == [PARAGRAPHS[0], "工业增势良好", PARAGRAPHS[1]]


@pytest.mark.parametrize("mark", ["◎", "●", "■", "1.", "（一）", "一、", "①"])
def test_list_items_start_anew(mark: str) -> None:
    items = [f"{mark}新增数字化车间120个", f"{mark}新增上市公司5家", f"{mark}新增就业3万人"]
    assert paragraphs("\n".join(items)) == items


def test_full_width_is_folded_and_the_surface_is_not() -> None:
    clean = unwrap("增长５５．５％。")
    assert clean.text == "增长55.5%。"
    assert clean.surface(2, 7) == "５５．５％"


@pytest.mark.parametrize("raw", ["", "\n", " \u3000\n\n\t", "\ufeff", "\u200b"])
def test_nothing_but_layout(raw: str) -> None:
    assert (unwrap(raw).text, list(unwrap(raw).index)) == ("", [])


def check_index(clean: Clean) -> None:
    """One raw offset for each clean character, increasing, and the same character but for folding."""
    assert len(clean.index) == len(clean.text)
    assert all(0 <= at < len(clean.raw) for at in clean.index)
    visible = [at for at, char in zip(clean.index, clean.text, strict=True) if char != "\n"]
    assert all(a < b for a, b in pairwise(visible))
    assert all(a <= b for a, b in pairwise(clean.index))


def check_round_trip(clean: Clean) -> None:
    """The raw slice of each sentence, without layout, is its surface."""
    for sentence in sentences(clean):
        start, end = clean.span(sentence.left, sentence.right)
        surface = clean.surface(sentence.left, sentence.right)
        raw = clean.raw[start:end]
        assert (start, end) == (sentence.start, sentence.end)
        assert surface[0] == raw[0] and surface[-1] == raw[-1]
        rest = iter(raw)
        assert all(char == " " or char in rest for char in surface)


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(max_size=200), LAYOUT))
def test_any_text_keeps_its_addresses(raw: str) -> None:
    clean = unwrap(raw)
    check_index(clean)
    check_round_trip(clean)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(LAYOUT)
def test_index_increases_strictly(raw: str) -> None:
    index = unwrap(raw).index
    assert all(a < b for a, b in pairwise(index))


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(max_size=200), LAYOUT))
def test_only_layout_is_dropped(raw: str) -> None:
    """Every line with a letter or digit survives; only page numbers, which hold digits alone, may go."""
    clean = unwrap(raw)
    kept = set(clean.index)
    assert all(at in kept for at, char in enumerate(raw) if char.isalpha() and char not in "第页共")


def written(cut: str) -> str:
    """The break of a sentence as CUTS writes it."""
    return cut.replace("\r\n", "⏎").replace(" \n", "⏎").replace("\n", "⏎").replace("\u3000", "␣").replace(" ", "␣")


@pytest.mark.parametrize("sentence", SENTENCES)
@pytest.mark.parametrize("layout", ["\n", "\r\n", " ", "\u3000", " \n"], ids=repr)
def test_layout_inside_a_quantity_changes_nothing(extractor: Extractor, sentence: str, layout: str) -> None:
    wanted = found(extractor, sentence)
    cuts = [
        sentence[:at] + layout + sentence[at:]
        for quantity in extractor(sentence).quantities
        for at in range(quantity.start + 1, quantity.end)
    ]
    assert [written(cut) for cut in cuts if found(extractor, cut) != wanted] == []


def test_written_out_line_break_inside_a_number(extractor: Extractor) -> None:
    """Database dumps write a line break as two or four characters; a number that it cuts is one number."""
    raw = r"工业情况。\r\n2023年，渝北区工业总产值达到36\r\n85亿元。\r\n其他情况。\r\n"
    (quantity,) = extractor(raw, published="2024").quantities
    assert (quantity.text, raw[quantity.start : quantity.end]) == ("3685亿元", r"36\r\n85亿元")
