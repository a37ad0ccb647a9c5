"""Bytes -> raw text: encodings, web pages, PDF and DOCX. Offsets of the dataset count code points of what is made here.

Which files and rows are the articles is the business of inputs.py.
"""

from __future__ import annotations

import codecs
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

import regex

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark is the beginning of this one
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What a page may declare and be believed: GB 2312 and GBK are part of GB18030. Latin-1 decodes anything, so it is
# no evidence; UTF-16 cannot be declared in ASCII.
_DECLARED = {
    "gb2312": "gb18030", "gb_2312-80": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "gb18030": "gb18030",
    "big5": "big5", "big5-hkscs": "big5hkscs", "utf-8": "utf-8", "utf8": "utf-8",
}  # fmt: skip
_CHARSET = regex.compile(rb"(?i)(?:charset|encoding)\s*+=\s*+[\"']?\s*+([a-z0-9_-]{1,20})")
_HEAD = 4096  # the bytes of a page in which its encoding is declared
_IMPLAUSIBLE = regex.compile(r"[^\u4e00-\u9fff\u3000-\u303f\uff01-\uff5e\u2010-\u2027\s!-~]+")
_CHINESE = regex.compile("[，。、的]")


class Unreadable(ValueError):
    """An input from which no text can be had: `reason` for the reader, `position` in bytes where it is known."""

    def __init__(self, reason: str, position: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.position = position


@dataclass(frozen=True, slots=True)
class Source:
    """An article before it is read: the file at `path`, or a row of a table, which has its `text` already.

    `source` is what the dataset says of where it came from, the same on every machine; `path` is for messages.
    """

    doc_id: str
    source: str
    path: str
    published: str | None
    title: str | None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """Something that could not be taken in: where, why with a remedy, and the byte or row if it is known."""

    source: str
    reason: str
    position: int | None


@dataclass(frozen=True, slots=True)
class Raw:
    """The text that offsets refer to; `encoding` is None where the file is no text file (PDF, DOCX)."""

    text: str
    encoding: str | None


def read(data: bytes, *, suffix: str) -> Raw:
    """A file's bytes -> its raw text. `suffix` is the file name's, such as ".html".

    A text file is decoded and otherwise untouched: line ends stay as they are, only a byte order mark is dropped.
    Raises Unreadable if it is empty, binary, damaged, or in an unknown encoding.
    """
    if not data:
        raise Unreadable("the file is empty", 0)
    kind = suffix.lower()
    if kind == ".pdf" or data.startswith(b"%PDF-"):
        found = Raw(_pdf(data), None)
    elif kind == ".docx":
        found = Raw(_docx(data), None)
    elif kind in (".html", ".htm"):
        text, encoding = decode(data, declared=declared(data))
        found = Raw(_page(text), encoding)
    else:
        found = Raw(*decode(data))
    if not found.text.strip():
        raise Unreadable("the file holds white space only", 0)
    return found


def declared(data: bytes) -> str | None:
    """The encoding that a page declares in its head, None if it declares none that can be believed."""
    found = _CHARSET.search(data[:_HEAD])
    return _DECLARED.get(found[1].decode("ascii").lower()) if found else None


def decode(data: bytes, *, declared: str | None = None) -> tuple[str, str]:
    """Bytes -> (text, encoding), in the order: mark, declared, UTF-8, UTF-16 without a mark, GB18030 or Big5.

    Raises Unreadable for binary data and unknown encodings, with the offset of the byte at which decoding stopped.
    """
    for mark, name in _BOMS:
        if data.startswith(mark):
            return _strict(data[len(mark) :], name, len(mark)), name
    nul = data.find(0)
    for likely in (declared, "utf-8"):
        if likely and nul < 0 and (text := _try(data, likely)) is not None:
            return text, likely
    wide = _utf16(data)
    if wide:
        return wide
    if nul >= 0:
        raise Unreadable("the file is binary; give text, HTML, PDF or DOCX", nul)
    return _chinese(data)


def _try(data: bytes, name: str) -> str | None:
    try:
        return data.decode(name)
    except UnicodeDecodeError:
        return None


def _strict(data: bytes, name: str, before: int) -> str:
    try:
        return data.decode(name)
    except UnicodeDecodeError as error:
        reason = f"the file is damaged: it starts as {name}, but not all of it is; save it anew as UTF-8"
        raise Unreadable(reason, before + error.start) from None


def _utf16(data: bytes) -> tuple[str, str] | None:
    """UTF-16 without a mark: the byte order in which nearly every character is plausible in Chinese news.

    ASCII bytes in pairs are plausible Chinese characters too, so without a NUL byte some Chinese punctuation is asked.
    """
    best: tuple[int, str, str] | None = None
    for name in ("utf-16-le", "utf-16-be"):
        text = _try(data, name)
        if not text or "\0" in text or not (0 in data or _CHINESE.search(text)):
            continue
        strange = sum(map(len, _IMPLAUSIBLE.findall(text)))
        if strange * 20 <= len(text) and (best is None or strange < best[0]):
            best = (strange, text, name)
    return best and best[1:]


def _chinese(data: bytes) -> tuple[str, str]:
    """GB18030 or Big5. Each decodes much of the other without an error: only how frequent the characters are tells."""
    from charset_normalizer import from_bytes  # only files that are not UTF-8 need it

    best = from_bytes(data, cp_isolation=["gb18030", "big5"]).best()
    if best is not None and (text := _try(data, best.encoding)) is not None:
        return text, best.encoding
    whole = [(text, name) for name in ("gb18030", "big5") if (text := _try(data, name)) is not None]
    if len(whole) == 1 and _CHINESE.search(whole[0][0]):
        return whole[0]
    at = max(_stop(data, name) for name in ("utf-8", "gb18030", "big5"))
    raise Unreadable("the encoding is none of UTF-8, UTF-16, GB18030 and Big5; save the file as UTF-8", at)


def _stop(data: bytes, name: str) -> int:
    """The offset of the first byte that is not `name`, 0 if all of it is."""
    try:
        data.decode(name)
    except UnicodeDecodeError as error:
        return error.start
    return 0


def _page(text: str) -> str:
    import trafilatura  # 0.3 s, and few inputs are pages

    # It reports every page without an article as an error on stderr; ours is the report that counts.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    found = trafilatura.extract(text, include_comments=False, include_tables=True)
    if not found:
        raise Unreadable("no article text was found in the page; save its text as a .txt file")
    return str(found)


def _pdf(data: bytes) -> str:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
        with document:
            text = "\n".join(page.get_textpage().get_text_bounded() for page in document)
    except pypdfium2.PdfiumError as error:
        raise Unreadable(f"the PDF is damaged or locked by a password ({error})") from None
    if not text.strip():
        raise Unreadable("the PDF holds pictures of text only; run character recognition over it first")
    return text.replace("\0", "")


def _docx(data: bytes) -> str:
    from zipfile import BadZipFile

    import docx

    try:
        document = docx.Document(BytesIO(data))
    except (BadZipFile, KeyError, ValueError) as error:
        raise Unreadable(f"the file is no DOCX ({error}); save it as .docx or .txt") from None
    return "\n".join(_paragraphs(document))


def _paragraphs(document: object) -> Iterator[str]:
    """Paragraphs and table rows in reading order. A merged cell is given once for each place that it covers."""
    for item in document.iter_inner_content():  # type: ignore[attr-defined]
        if not hasattr(item, "rows"):
            yield item.text
            continue
        for row in item.rows:
            cells = {id(cell._tc): cell.text for cell in row.cells}  # one entry for a merged cell
            yield "\t".join(cells.values())
