"""Gold labels in the formats of annotation tools, and back: Label Studio, doccano, brat and spaCy's DocBin.

The type and the range of a record are what a tool shows and its users change; the other keys travel with the span as
its attributes. Read `export_labels` and `import_labels` first, then the two functions of one format.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any, TypeVar

from pipeline.dataset import replacing
from pipeline.gold import KEYS, Label, check, read_gold
from pipeline.inputs import by_id, raw_text
from pipeline.read import Source
from pipeline.unwrap import Clean, unwrap

_HEAD = ("type", "start", "end", "text")
_RESULT = {"from_name": "label", "to_name": "text", "type": "labels"}  # <Labels name="label" toName="text">
_GROUP = "gold"  # the name of the spans in a Doc
_LINE = re.compile(r"[^\r\n]+")
_BRAT_SPAN = re.compile(r"(T\S+)\t(\S+) ([0-9]{1,9} [0-9]{1,9}(?:;[0-9]{1,9} [0-9]{1,9})*)\t(.*)", re.DOTALL)
_BRAT_NOTE = re.compile(r"#\S*\tAnnotatorNotes (\S+)\t(.*)", re.DOTALL)
_NAMES: dict[type, str] = {dict: "object", list: "list", str: "text", int: "whole number"}
_Part = TypeVar("_Part", dict[str, Any], list[Any], str, int)


@dataclass(frozen=True, slots=True)
class Span:
    """A labelled range of a text. `quote` is what the file says it reads, if it says so; `place` is for messages."""

    place: str
    type: str
    start: int
    end: int
    attributes: Label
    quote: str | None = None


@dataclass(frozen=True, slots=True)
class Labelled:
    """An article's text with its spans, as a tool's file holds it; `place` is for messages."""

    place: str
    doc_id: str
    text: str
    spans: tuple[Span, ...]


def export_labels(gold_dir: Path, *, articles: Path, form: str, out: Path) -> None:
    """Write the gold labels of a folder, with the texts of their articles, in a format: `form` is its name.

    `out` becomes a folder for brat, else a file. Raises ValueError with file, record and remedy where an article is
    missing or a label does not fit its text; then nothing is written.
    """
    writers = {"label-studio": _label_studio, "doccano": _doccano, "brat": _brat, "docbin": _docbin}
    found = by_id(articles)
    labelled = []
    for doc_id, labels in read_gold(gold_dir).items():
        place = str(gold_dir / f"{doc_id}.jsonl")
        clean = unwrap(_text(found, doc_id, place))
        labelled.append(Labelled(place, doc_id, clean.raw, tuple(_spans(labels, clean, place))))
    _write(writers[form](labelled, out))


def import_labels(path: Path, *, form: str, articles: Path, out: Path) -> dict[str, int]:
    """Write what a tool made of the labels to STEM.jsonl files in `out`; returns the number of records by article.

    A span that the tool's users added has null for what is not known. Raises ValueError with file, place and remedy
    where the file is not of the format, an article is missing or a span does not fit its text; then nothing is written.
    """
    readers = {"label-studio": _of_label_studio, "doccano": _of_doccano, "brat": _of_brat, "docbin": _of_docbin}
    found = by_id(articles)
    gold: dict[str, list[Label]] = {}
    for labelled in readers[form](path):
        doc_id, place = labelled.doc_id, labelled.place
        if doc_id in gold:
            raise ValueError(f"{place}: article {doc_id!r} was there before; leave one of the two")
        if Path(doc_id).name != doc_id:
            raise ValueError(f"{place}: {doc_id!r} can be no file's name; give the article another doc_id")
        clean = unwrap(_text(found, doc_id, place))
        _same_text(labelled, clean.raw)
        gold[doc_id] = _labels(labelled.spans, clean)
    if not gold:
        raise ValueError(f"{path} holds no article; name what was exported from the tool as {form}")
    _write({out / f"{doc_id}.jsonl": _lines(labels) for doc_id, labels in gold.items()})
    return {doc_id: len(labels) for doc_id, labels in gold.items()}


def _write(files: dict[Path, bytes]) -> None:
    for path, data in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as part:
            part.write_bytes(data)


def _lines(records: Iterable[Any]) -> bytes:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records).encode()


def _text(found: dict[str, Source], doc_id: str, place: str) -> str:
    if doc_id not in found:
        raise ValueError(f"{place}: there is no article {doc_id!r} in the folder of --articles; add it there")
    return raw_text(found[doc_id])


def _same_text(labelled: Labelled, text: str) -> None:
    if labelled.text == text:
        return
    at = next(k for k, (a, b) in enumerate(zip_longest(labelled.text, text)) if a != b)
    which = f"that of article {labelled.doc_id!r} from character {at} on"
    raise ValueError(f"{labelled.place}: the text is not {which}; export it again, and label it without changing it")


# Records <-> spans


def _spans(labels: Iterable[Label], clean: Clean, place: str) -> Iterator[Span]:
    for number, label in enumerate(labels, 1):
        at, start, end, text = f"{place}: record {number}", label["start"], label["end"], label["text"]
        surface = _surface(at, start, end, clean)
        _agree(at, text, surface, start)
        attributes = {key: value for key, value in label.items() if key not in _HEAD}
        if text != surface:  # else it is made from the article again: tools keep notes of their own as `text`
            attributes["text"] = text
        yield Span(at, label["type"], start, end, attributes, text)


def _labels(spans: Iterable[Span], clean: Clean) -> list[Label]:
    """The records of an article in text order, each checked as the reader of gold labels does."""
    labels = []
    for span in spans:
        surface = _surface(span.place, span.start, span.end, clean)
        if span.quote is not None:
            _agree(span.place, span.quote, clean.raw[span.start : span.end], span.start)
        label = _label(span, surface)
        try:
            check(label)
        except ValueError as error:
            raise ValueError(f"{span.place}: {error}") from None
        labels.append(label)
    return sorted(labels, key=lambda label: int(label["start"]))


def _label(span: Span, surface: str) -> Label:
    """The record of a span. Attributes none of which its type has are left from another type, and dropped."""
    keys = KEYS.get(span.type, ())
    kept = span.attributes if any(key in span.attributes for key in keys) else {}
    said = kept.get("text")
    text = said if isinstance(said, str) and _bare(said) == _bare(surface) else surface
    more = {key: value for key, value in kept.items() if key not in _HEAD}
    unknown = {key: None for key in keys if key not in more}
    return {"type": span.type, "start": span.start, "end": span.end, "text": text, **more, **unknown}


def _surface(place: str, start: int, end: int, clean: Clean) -> str:
    """What the range reads with layout removed. Raises ValueError where it is no range of the text."""
    if not 0 <= start < end <= len(clean.raw):
        raise ValueError(f"{place}: {start}-{end} is no range of the {len(clean.raw)} characters; mend the offsets")
    said = clean.raw[start:end]
    left, right = bisect_left(clean.index, start), bisect_left(clean.index, end)
    surface = clean.surface(left, right).replace("\n", "")
    if said != said.strip() or not surface:
        raise ValueError(f"{place}: {said!r} at {start} begins or ends with layout; leave that out of the span")
    return surface


def _agree(place: str, said: Any, text: str, start: int) -> None:
    if not isinstance(said, str) or _bare(said) != _bare(text):
        raise ValueError(f"{place}: the text is {said!r}, but at {start} there is {text!r}; mend the offsets")


def _bare(text: str) -> str:
    return "".join(text.split())


def _attributes(records: Iterable[Any], place: str) -> Callable[[str, int, int], Label]:
    """Gives the attributes of the records at a type and range, of one after the other; then none.

    Tools that hold nothing but ranges do not say which record a span was.
    """
    waiting: dict[tuple[str, int, int], list[Label]] = defaultdict(list)
    for number, record in enumerate(records, 1):
        at = f"{place}: record {number}"
        key = (_part(record, "type", str, at), _part(record, "start", int, at), _part(record, "end", int, at))
        waiting[key].append(record)
    return lambda kind, start, end: found.pop(0) if (found := waiting.get((kind, start, end))) else {}


def _record(span: Span) -> Label:
    return {"type": span.type, "start": span.start, "end": span.end, "text": span.quote, **span.attributes}


def _json(data: bytes, place: str) -> Any:
    decoded = _decoded(data, place)
    try:
        return json.loads(decoded)
    except ValueError as error:
        raise ValueError(f"{place}: {error}; give JSON as it was exported") from None


def _decoded(data: bytes, place: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{place}: {error}; save the file as UTF-8") from None


def _part(record: Any, key: str, kind: type[_Part], place: str) -> _Part:
    value = record.get(key) if isinstance(record, dict) else None
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ValueError(f"{place}: there is no {_NAMES[kind]} {key!r}; keep the shape of what was exported")
    return value


# Label Studio: a list of tasks


def _label_studio(articles: Iterable[Labelled], path: Path) -> dict[Path, bytes]:
    tasks = []
    for article in articles:
        results = [_result(f"r{k}", span, article.text) for k, span in enumerate(article.spans, 1)]
        data = {"doc_id": article.doc_id, "text": article.text}
        tasks.append({"data": data, "annotations": [{"result": results}]})
    return {path: json.dumps(tasks, ensure_ascii=False, indent=1).encode() + b"\n"}


def _result(name: str, span: Span, text: str) -> dict[str, Any]:
    said = text[span.start : span.end]
    value = {"start": span.start, "end": span.end, "text": said, "labels": [span.type]}
    return {"id": name, **_RESULT, "value": value, "meta": span.attributes}


def _of_label_studio(path: Path) -> Iterator[Labelled]:
    tasks = _json(path.read_bytes(), str(path))
    if not isinstance(tasks, list):
        raise ValueError(f"{path}: the file is no list of tasks; export from Label Studio as JSON")
    for number, task in enumerate(tasks, 1):
        place = f"{path}: task {number}"
        data = _part(task, "data", dict, place)
        doc_id = _part(data, "doc_id", str, place)
        annotations = _part(task, "annotations", list, place)
        done = [a for a in annotations if not (isinstance(a, dict) and a.get("was_cancelled"))]
        if len(done) != 1:
            raise ValueError(f"{place}: article {doc_id!r} has {len(done)} annotations; leave one that is to count")
        results = enumerate(_part(done[0], "result", list, place), 1)
        spans = tuple(_of_result(result, f"{place}, result {k}") for k, result in results)
        yield Labelled(place, doc_id, _part(data, "text", str, place), spans)


def _of_result(result: Any, place: str) -> Span:
    if _part(result, "type", str, place) != "labels":
        raise ValueError(f"{place}: a result of type {result['type']!r} is no labelled span; remove it")
    value = _part(result, "value", dict, place)
    labels = _part(value, "labels", list, place)
    if len(labels) != 1:
        raise ValueError(f"{place}: the span has {len(labels)} labels; leave one")
    meta = _part(result, "meta", dict, place) if result.get("meta") else {}
    quote = _part(value, "text", str, place) if "text" in value else None
    start, end = _part(value, "start", int, place), _part(value, "end", int, place)
    return Span(place, str(labels[0]), start, end, meta, quote)


# doccano: one JSON object a line


def _doccano(articles: Iterable[Labelled], path: Path) -> dict[Path, bytes]:
    lines = []
    for article in articles:
        ranges = [[span.start, span.end, span.type] for span in article.spans]
        # doccano numbers articles anew, so the id is here as well
        meta = {"doc_id": article.doc_id, "records": [_record(span) for span in article.spans]}
        lines.append({"id": article.doc_id, "text": article.text, "label": ranges, "meta": meta})
    return {path: _lines(lines)}


def _of_doccano(path: Path) -> Iterator[Labelled]:
    for number, line in enumerate(path.read_bytes().split(b"\n"), 1):
        if not line.strip():
            continue
        place = f"{path}:{number}"
        article = _json(line, place)
        text, ranges = _part(article, "text", str, place), _part(article, "label", list, place)
        meta = _part(article, "meta", dict, place) if article.get("meta") else {}
        records = _part(meta, "records", list, place) if "records" in meta else []
        attributes = _attributes(records, place)
        spans = tuple(_of_range(found, attributes, f"{place}: label {k}") for k, found in enumerate(ranges, 1))
        yield Labelled(place, str(meta.get("doc_id", article.get("id"))), text, spans)


def _of_range(found: Any, attributes: Callable[[str, int, int], Label], place: str) -> Span:
    if not (isinstance(found, list) and [type(part) for part in found] == [int, int, str]):
        raise ValueError(f"{place}: {found!r} is no span; write [start, end, type]")
    start, end, kind = found
    return Span(place, kind, start, end, attributes(kind, start, end))


# brat: STEM.txt and STEM.ann


def _brat(articles: Iterable[Labelled], folder: Path) -> dict[Path, bytes]:
    files: dict[Path, bytes] = {}
    for article in articles:
        lines = [line for k, span in enumerate(article.spans, 1) for line in _brat_lines(k, span, article.text)]
        files[folder / f"{article.doc_id}.txt"] = article.text.encode()
        files[folder / f"{article.doc_id}.ann"] = "".join(line + "\n" for line in lines).encode()
    return files


def _brat_lines(number: int, span: Span, text: str) -> tuple[str, str]:
    """The span, in pieces that end with their lines as brat wants it, and a note with its attributes."""
    pieces = list(_LINE.finditer(text, span.start, span.end))
    ranges = ";".join(f"{piece.start()} {piece.end()}" for piece in pieces)
    said = " ".join(piece[0] for piece in pieces)
    note = json.dumps(span.attributes, ensure_ascii=False)
    return f"T{number}\t{span.type} {ranges}\t{said}", f"#{number}\tAnnotatorNotes T{number}\t{note}"


def _of_brat(folder: Path) -> Iterator[Labelled]:
    for path in sorted(folder.glob("*.ann")):
        lines = _decoded(path.read_bytes(), str(path)).split("\n")
        placed = [(f"{path}:{k}", line.rstrip("\r")) for k, line in enumerate(lines, 1) if line.strip()]
        notes = _notes((place, line) for place, line in placed if line.startswith("#"))
        spans = tuple(_of_brat_line(line, notes, place) for place, line in placed if not line.startswith("#"))
        if notes:
            raise ValueError(f"{path}: there are notes on {', '.join(notes)}, but no such span; remove them")
        beside = path.with_suffix(".txt")
        yield Labelled(str(path), path.stem, _decoded(beside.read_bytes(), str(beside)), spans)


def _notes(lines: Iterable[tuple[str, str]]) -> dict[str, Label]:
    """Attributes by the id of their span."""
    notes: dict[str, Label] = {}
    for place, line in lines:
        found = _BRAT_NOTE.fullmatch(line)
        note = _json(found[2].encode(), place) if found else None
        if found is None or not isinstance(note, dict) or found[1] in notes:
            raise ValueError(f"{place}: this is not the one note of a span, a JSON object with its attributes; mend it")
        notes[found[1]] = note
    return notes


def _of_brat_line(line: str, notes: dict[str, Label], place: str) -> Span:
    found = _BRAT_SPAN.fullmatch(line)
    if not found:
        raise ValueError(f"{place}: {line[:40]!r} is no span; leave only lines of spans (T) and of their notes (#)")
    name, kind, ranges, said = found.groups()
    offsets = [int(offset) for offset in re.split("[ ;]", ranges)]
    return Span(place, kind, offsets[0], offsets[-1], notes.pop(name, {}), said)


# DocBin: a Doc an article, a token a character


def _docbin(articles: Iterable[Labelled], path: Path) -> dict[Path, bytes]:
    import spacy
    from spacy.tokens import Doc, DocBin
    from spacy.tokens import Span as DocSpan

    docs = DocBin(attrs=["ORTH"], store_user_data=True)
    vocab = spacy.blank("zh").vocab
    for article in articles:
        doc = Doc(vocab, words=list(article.text), spaces=[False] * len(article.text))
        doc.spans[_GROUP] = [DocSpan(doc, span.start, span.end, label=span.type) for span in article.spans]
        doc.user_data["doc_id"] = article.doc_id
        # as JSON, since MessagePack holds no whole number beyond 64 bits
        doc.user_data["records"] = json.dumps([_record(span) for span in article.spans], ensure_ascii=False)
        docs.add(doc)
    return {path: docs.to_bytes()}


def _of_docbin(path: Path) -> Iterator[Labelled]:
    import spacy
    from spacy.tokens import DocBin

    try:
        docs = list(DocBin().from_bytes(path.read_bytes()).get_docs(spacy.blank("zh").vocab))
    except (ValueError, KeyError, TypeError, AttributeError):  # what it says is about files of spaCy's version 2
        raise ValueError(f"{path}: the file is no DocBin; save the documents with DocBin.to_disk") from None
    for number, doc in enumerate(docs, 1):
        place = f"{path}: document {number}"
        doc_id = _part(doc.user_data, "doc_id", str, f"{place} (saved with store_user_data=True?)")
        if _GROUP not in doc.spans:
            raise ValueError(f"{place}: there is no doc.spans[{_GROUP!r}]; put the spans there")
        records = _json(_part(doc.user_data, "records", str, place).encode(), place)
        attributes = _attributes(records, place)
        ranges = [(span.label_, span.start_char, span.end_char) for span in doc.spans[_GROUP]]
        spans = tuple(Span(f"{place}, span {k}", *key, attributes(*key)) for k, key in enumerate(ranges, 1))
        yield Labelled(place, doc_id, doc.text, spans)
