"""One value, many spellings; and every integer up to ten trillion in each of them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tables import rounded, rows

from pipeline.numerals import parse_numeral

SPELLINGS = [(row[0], spelling) for row in rows("numerals.tsv") for spelling in row[1:]]
NO_NUMERALS = [
    "",
    " ",
    "元",
    "abc",
    "一二十百",
    "千分之",
    "分之三",
    "1.2.3",
    "1,23",
    "三点",
    "渝北",
    "十九大",
    "1-2",
    "--5",
]

DIGITS = "零一二三四五六七八九"
FINANCIAL = str.maketrans(DIGITS + "十百千", "零壹贰叁肆伍陆柒捌玖拾佰仟")
TRADITIONAL = str.maketrans("万亿两", "萬億兩")
FINANCIAL_TRADITIONAL = str.maketrans("贰叁陆万亿", "貳參陸萬億")
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
INTEGERS = st.one_of(
    st.integers(0, 10**13),
    st.integers(0, 10**5),
    st.builds(
        lambda digit, zeros, rest: digit * 10**zeros + rest, st.integers(1, 9), st.integers(0, 12), st.integers(0, 12)
    ),
)


def test_table_is_large_enough() -> None:
    assert len(SPELLINGS) >= 120


@pytest.mark.parametrize(("value", "spelling"), SPELLINGS, ids=[f"{v}-{s}" for v, s in SPELLINGS])
def test_spelling(value: str, spelling: str) -> None:
    assert rounded(parse_numeral(spelling)) == rounded(Decimal(value))


@pytest.mark.parametrize("text", NO_NUMERALS)
def test_what_is_no_numeral_has_no_value(text: str) -> None:
    assert parse_numeral(text) is None


def han(n: int) -> str:
    """An integer as it is read out: 一亿三千五百万零六千."""
    for size, name in ((10**8, "亿"), (10**4, "万"), (1000, "千"), (100, "百"), (10, "十")):
        if n >= size:
            high, low = divmod(n, size)
            zero = "零" if 0 < low < size // 10 else ""
            return han(high) + name + zero + (han(low) if low else "")
    return DIGITS[n]


def short(n: int) -> str:
    """十二 for 一十二."""
    return han(n).removeprefix("一") if 10 <= n < 20 or 10**5 <= n < 2 * 10**5 else han(n)


def mixed(n: int) -> str:
    """1亿2345万6789, with a 零 where a place is skipped."""
    text, left = "", n
    for size, name in ((10**8, "亿"), (10**4, "万"), (1, "")):
        high, left = divmod(left, size)
        if high:
            text += ("零" if text and high < 1000 else "") + f"{high}{name}"
    return text or "0"


def decimal(size: int, name: str, n: int) -> str:
    """1.23456789亿."""
    high, low = divmod(n, size)
    return f"{high}.{low:0{len(str(size)) - 1}}{name}"


SPELL = {
    "digits": str,
    "wide": lambda n: str(n).translate(WIDE),
    "commas": lambda n: f"{n:,}",
    "simplified": han,
    "short": short,
    "two": lambda n: han(n).replace("二千", "两千").replace("二万", "两万").replace("二亿", "两亿"),
    "round-zero": lambda n: han(n).replace("零", "〇"),
    "row": lambda n: "".join(DIGITS[int(d)] for d in str(n)),
    "traditional": lambda n: han(n).translate(TRADITIONAL),
    "financial": lambda n: han(n).translate(FINANCIAL),
    "financial-traditional": lambda n: han(n).translate(FINANCIAL).translate(FINANCIAL_TRADITIONAL),
    "mixed": mixed,
    "decimal-万": lambda n: decimal(10**4, "万", n),
    "decimal-亿": lambda n: decimal(10**8, "亿", n),
}


@pytest.mark.parametrize("spelling", SPELL)
@settings(max_examples=120, deadline=None)
@example(0)
@example(10)
@example(10**13)
@example(1000_0000_0001)
@example(10_0010_0100)
@given(INTEGERS)
def test_every_integer_reads_back(spelling: str, n: int) -> None:
    text = SPELL[spelling](n)
    assert parse_numeral(text) == n, text


@pytest.mark.parametrize("spelling", ["digits", "simplified", "financial", "mixed"])
@settings(max_examples=100, deadline=None)
@given(st.integers(1, 10**13))
def test_signs(spelling: str, n: int) -> None:
    for minus in "-负−－":
        assert parse_numeral(minus + SPELL[spelling](n)) == -n


@settings(max_examples=500, deadline=None)
@given(st.one_of(st.text(max_size=60), st.text("零一二两十百千万亿点分之0123456789.,%-+个半 /元角", max_size=40)))
def test_nothing_raises(text: str) -> None:
    value = parse_numeral(text)
    assert value is None or value.is_finite()
