"""Raw text -> clean text with the offset of every character.

The only module that knows about layout. `unwrap` walks the raw text once; it may drop a character or replace one
character by one, and it appends to the text and to the index in the same loop, so that clean[i] always comes from
raw[index[i]]. Read `unwrap` first, then `_soft`, which decides whether a line break is layout or ends a paragraph.
"""

from __future__ import annotations

import unicodedata
from array import array
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import regex

from pipeline.units import units

# Full-width forms of ASCII, and the dashes and dots that number ranges are written with. One character for one.
_FOLD: dict[int, int] = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
for _keep in "（），：；！？":
    _FOLD.pop(ord(_keep), None)
_FOLD.update({ord(a): ord(b) for a, b in zip("﹣−‐‑﹪％﹒·∶", "----%%.·:", strict=True)})
_FOLD[0x3000] = 0x20

_LAYOUT = " \t\u3000\u00a0\u2002\u2003\u2009\u200b\ufeff\r\n\f\v\u2028\u2029\x85"
_TERMINAL = "。！？!?；;：:…"
_CLOSERS = "，。、；：）)」』》！？%％‰℃"
_MARKER = regex.compile(
    r"[◎●■◆○★☆▲△▼▪•□◇※①-⑳⑴-⒇]|[(（][一二三四五六七八九十\d]{1,3}[)）]|[一二三四五六七八九十]{1,3}、|\d{1,2}[、.．](?!\d)"
    r"|第[一二三四五六七八九十百\d]+[章节条部分]|--|——|表\d|图[\d①-⑳]|附[件表]"
)
_FURNITURE = regex.compile(r"[\s—\-–·]*(?:\d{1,4}|第\s*\d+\s*页(?:\s*[共/]\s*\d+\s*页)?|\d+\s*/\s*\d+)[\s—\-–·]*")
_NUM = "0-9０-９.．,，%％零〇一二三四五六七八九十百千万亿两"
_NUMBER_CUT = regex.compile(
    rf"[\p{{Han}}“（(][^\n\S]*[{_NUM}约近超逾余多]*(?:[0-9０-９一二三四五六七八九十百千万亿两第约]|[0-9０-９][.．]|[0-9十百千万亿][余多])\s*$"
)
_DATED = regex.compile(r"(?:19|20)\d{2}\s*年")
_DATE_CUT = regex.compile(r"(?:[12]\d{3}\s*年|(?<!\d)\d{1,2}\s*月)\s*$")
_DATE_GOES_ON = regex.compile(r"\d{1,2}\s*(?:[-—至~]\s*\d{1,2}\s*)?[月日](?!\p{Han}*[：:])")
_UNIT_CUT = regex.compile(r"[0-9十百千万亿余多](?P<head>[^\d\s，。；：十百千万亿余多]{0,4})$")
_NUMBER_GOES_ON = regex.compile(
    r"(?:[0-9０-９.,．]*[0-9０-９]\s*)?(?:[余多]?\s*(?:[十百千万亿]|个百分点|百分点|年|月|日|元|美元|%|％|‰|[家户人名位次项台辆套件只个吨亩斤倍成级座处条款种所岁天])|[余多])"
    r"|[一二三四五六七八九十百千万亿零两]+(?![、一-龥])"
)


@dataclass(frozen=True, slots=True)
class Clean:
    """Clean text, where `\\n` ends a paragraph and nothing else does, and the raw offset of each of its characters."""

    raw: str
    text: str
    index: array[int]

    def span(self, left: int, right: int) -> tuple[int, int]:
        """Half-open clean offsets -> half-open raw offsets. The span must not be empty."""
        return self.index[left], self.index[right - 1] + 1

    def surface(self, left: int, right: int) -> str:
        """The characters as they stand in the raw text, with layout removed."""
        return "".join(" " if c == " " else self.raw[self.index[i]] for i, c in enumerate(self.text[left:right], left))


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    text: str
    width: int
    indent: bool
    gap: int  # blank lines before it


def folded(text: str) -> str:
    """The text with its width folded as `unwrap` folds that of an article: ＴＣＬ becomes TCL."""
    return text.translate(_FOLD)


def unwrap(raw: str) -> Clean:
    """Raw text -> Clean: soft line breaks, page numbers and layout spaces dropped, width folded."""
    lines = _lines(raw)
    columns = _columns(lines)
    out = _Output()
    for k, line in enumerate(lines):
        if begins := bool(k and not _soft(lines[k - 1], line, columns[k - 1], out)):
            out.end_paragraph(lines[k - 1].end)
        heading = k < _HEAD or (begins and _is_heading(lines[k - 1], line, columns[k]))
        out.append(raw, line, cut=heading and bool(_TITLE.fullmatch(line.text)))
    return Clean(raw, _simplified("".join(out.pieces)), out.index)


_TRADITIONAL = regex.compile(
    "[萬億兩負點個雙幾塊倆還蘋這為國會們對發產業務員長總與從來後週禮學廣東區縣縮減達億貳參陸圓]"
)


def _simplified(text: str) -> str:
    """Traditional characters one by one as simplified ones, which the rules are written in."""
    if not _TRADITIONAL.search(text):
        return text
    simple: str = _converter().convert(text)
    return simple if len(simple) == len(text) else text


@lru_cache(maxsize=1)
def _converter() -> Any:
    from opencc import OpenCC

    return OpenCC("t2s")


class _Output:
    """The growing clean text with its index, and what `_soft` needs to know of the paragraph so far."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.index = array("l")
        self.tail = ""  # the last 200 characters of this paragraph
        self.head = ""  # its first ones
        self.length = 0
        self.balance = 0  # quotation marks and brackets that are still open

    def end_paragraph(self, at: int) -> None:
        self.pieces.append("\n")
        self.index.append(at)
        self.tail = self.head = ""
        self.length = self.balance = 0

    def append(self, raw: str, line: _Line, *, cut: bool) -> None:
        """Append a line run by run; a run of layout leaves one space between Latin words and nothing elsewhere.

        `cut`: it leaves a comma instead, which stands for the first of its spaces.
        """
        at = line.start
        for gap in _LAYOUT_RUN.finditer(raw, line.start, line.end):
            self._run(raw, at, gap.start(), spaced=at > line.start)
            at = gap.end()
            if cut:
                self.pieces.append("，")
                self.index.append(gap.start())
                self.tail = (self.tail + "，")[-200:]
        self._run(raw, at, line.end, spaced=at > line.start)
        opened = sum(line.text.count(c) for c in "“‘《（(")
        self.balance = max(0, self.balance + opened - sum(line.text.count(c) for c in "”’》）)"))

    def _run(self, raw: str, start: int, end: int, *, spaced: bool) -> None:
        if start == end:
            return
        spaced = spaced or (bool(self.tail) and _latin(self.tail[-1]) and not self.tail[-1].isdigit())
        if spaced and self.tail and _keeps_space(raw, start, self.tail):
            self.pieces.append(" ")
            self.index.append(start - 1)
            self.tail += " "
        piece = raw[start:end].translate(_FOLD)
        self.pieces.append(piece)
        self.index.extend(range(start, end))
        self.head = self.head or piece[:8]
        self.tail = (self.tail + piece[-200:])[-200:]
        self.length += end - start


def _lines(raw: str) -> list[_Line]:
    """The lines that hold text; page numbers between them are layout."""
    found: list[_Line] = []
    gap = at = 0
    pieces = _pieces(raw)
    for piece in pieces:
        body = _WRITTEN_BREAK.sub("", piece) if piece.endswith("\\n") else piece
        text = body.strip(_LAYOUT)
        if not text or (gap and len(pieces) > 3 and len(text) < 40 and _FURNITURE.fullmatch(text)):
            gap += 1
        else:
            lead = len(piece) - len(piece.lstrip(_LAYOUT))
            start = at + lead
            found.append(_Line(start, start + len(text), text, _width(text), lead > 0, gap))
            gap = 0
        at += len(piece)
    return found


_WRITTEN_BREAK = regex.compile(r"(?:\\r)?\\n")


def _pieces(raw: str) -> list[str]:
    """The lines with their ends. Where a database dump wrote its line breaks out (\\r\\n), those end lines as well."""
    lines = raw.splitlines(keepends=True)
    if raw.count("\\n") < 3 and "\\r\\n" not in raw:
        return lines
    found: list[str] = []
    for line in lines:
        at = 0
        for match in _WRITTEN_BREAK.finditer(line):
            found.append(line[at : match.end()])
            at = match.end()
        found.append(line[at:])
    return [piece for piece in found if piece]


def _width(text: str) -> int:
    """Display width in half-width columns; only the first 400 characters matter to the decisions."""
    return sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in text[:400])


def _columns(lines: list[_Line]) -> list[int]:
    """The width of the column that each line stands in: of its block, or of its neighbours where it stands alone."""
    columns: list[int] = []
    start = 0
    for k in range(1, len(lines) + 1):
        if k < len(lines) and not lines[k].gap and not (lines[k].indent and not lines[k - 1].indent):
            continue
        around = lines[start:k] if k - start > 1 else lines[max(0, start - 4) : k + 4]
        columns += [max(line.width for line in around)] * (k - start)
        start = k
    return columns


def _soft(prev: _Line, line: _Line, column: int, out: _Output) -> bool:
    """Is the break between two lines layout (True), or does a paragraph end there?"""
    if _MARKER.match(line.text):
        return False
    if line.text[0] in _CLOSERS:
        return True
    last = prev.text.rstrip("”’）)")[-1:] or prev.text[-1]
    dated = _DATED.match(line.text) and out.tail[-1:] not in "第约"
    if _NUMBER_CUT.search(out.tail[-40:]) and _NUMBER_GOES_ON.match(line.text) and not dated:
        return True
    if (_DATE_CUT.search(out.tail[-8:]) and _DATE_GOES_ON.match(line.text)) or _unit_cut(out.tail, line.text):
        return True
    if not _HAN.search(prev.text) or not _HAN.search(line.text):
        return False
    first = prev.gap > 0 or out.length <= len(prev.text)  # it may have lost an indent of two characters
    full = prev.width + (4 if first else 0) >= 0.84 * column - 1
    indented = line.indent and line.gap == 0 and not prev.indent
    if last in _TERMINAL:
        return full and last not in "：:" and line.gap == 0 and 20 <= column <= 120 and not indented
    if prev.text[-1] in "、，,（(《“‘":
        return True
    if line.gap:
        return _goes_on(line, out) if full or prev.width >= 60 else out.balance > 0 and out.length >= 12
    wrapped = 16 <= column <= 120 and full and not indented
    return wrapped or (out.length >= 60 and prev.width >= 60 and prev.text[-1] not in "”）)")


def _is_heading(prev: _Line, line: _Line, column: int) -> bool:
    """A short line of its own behind a finished paragraph: the title of a brief among others."""
    return prev.text[-1] in "。！？”" and line.text[-1] not in "。！？，、；：" and line.width < 0.7 * column


def _unit_cut(tail: str, following: str) -> bool:
    """12万平⏎方米 and 12万⏎平方米: a unit of several characters that the break cuts, or cuts off."""
    cut = _UNIT_CUT.search(tail[-8:])
    if not cut:
        return False
    known = units()
    return any(
        len(cut["head"]) + k > 1 and cut["head"] + following[:k] in known for k in range(1, min(6, len(following)) + 1)
    )


def _goes_on(line: _Line, out: _Output) -> bool:
    """Across blank lines: an unfinished paragraph goes on, a heading, a caption or an item of a list does not."""
    if _OPENER.match(line.text) or (out.head[:1].isdigit() and line.text[:1].isdigit()):
        return False
    return out.length >= 40 or (out.length >= 12 and out.balance > 0) or (out.length >= 14 and "，" in out.tail)


def _latin(char: str) -> bool:
    return char.isascii() and char.isalnum()


def _keeps_space(raw: str, at: int, tail: str) -> bool:
    """A space between Latin letters or digits separates words; one inside a cut number does not (36 85亿元)."""
    head = raw[at].translate(_FOLD)
    if not (_latin(tail[-1]) and _latin(head)):
        return False
    if not (tail[-1].isdigit() and head.isdigit()):
        return True
    return not (_CUT_LEFT.search(tail[-9:]) and _CUT_RIGHT.match(raw, at))


# 焦炭产能无序扩张 炼焦煤供应缺口将达6000万吨: the space between the halves of a title
_HEAD = 3  # lines at the beginning of a text of which any may be its title
_TITLE = regex.compile(
    r"(?=.{12,60}$)[^\s\u3000。；！？，]{4,}[\p{Han}”》）][ \u3000]{1,4}[\p{Han}“《（\d][^\s\u3000。；！？]{4,}"
)
_HAN = regex.compile(r"\p{Han}")
_LAYOUT_RUN = regex.compile(f"[{_LAYOUT}]+")
_CUT_LEFT = regex.compile(r"\p{Han}[\d.,]{1,7}$")
_CUT_RIGHT = regex.compile(r"[\d.,０-９．]{1,8}[余多几]?[万亿千百十%％元个家户人吨亩辆台倍成]")
_OPENER = regex.compile(r"截至|目前|近年|今年|去年|数据|据|同时|此外|另|为|在|当|“[^”]*”[：:]|\d{4}年")
