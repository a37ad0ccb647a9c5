"""Gold labels for annotation tools and back: nothing is lost, an edited file is read, a wrong one is told."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli import status
from pipeline.gold import read_gold
from pipeline.labels import export_labels, import_labels

CORPUS = Path(__file__).resolve().parent.parent / "corpus"
FORMATS = ["label-studio", "doccano", "brat", "docbin"]

Record = dict[str, Any]

TEXT = "𠮷林\r\n2021年产值36\r\n85亿元，由IBM China统计。"
FACT = {
    "indicator": ["产值"], "subject": ["吉林省", "吉林"], "aspect": "share", "direction": "up", "endpoint": "to",
    "status": "target", "time": "2021", "scope": "全国",
}  # fmt: skip
QUANTITY = {
    "type": "quantity", "start": 11, "end": 19, "text": "3685亿元", "value": 36, "value_max": 10**21 + 1, "unit": "元",
    "kind": "cardinal", "comparator": "le", "fact": FACT,
}  # fmt: skip
GOLD = [
    {"type": "time", "start": 4, "end": 9, "text": "2021年", "norm": "2021"},
    {
        "type": "company",
        "start": 4,
        "end": 9,
        "text": "2021年",
        "canonical": "2021\u2028年",
        "review": {"decision": "right"},
    },
    QUANTITY,
    QUANTITY | {"value": None, "fact": None},
    {"type": "company", "start": 21, "end": 30, "text": "IBM China", "canonical": "IBM"},
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """articles/a.txt and gold/a.jsonl: overlaps, two records at one place, lines that end in a span, U+20BB7."""
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "a.txt").write_bytes(TEXT.encode("utf-16"))
    write(tmp_path / "gold", GOLD)
    return tmp_path


def write(gold: Path, records: list[Record], doc_id: str = "a") -> None:
    gold.mkdir(exist_ok=True)
    lines = [json.dumps(record, ensure_ascii=False) + "\n" for record in records]
    (gold / f"{doc_id}.jsonl").write_text("".join(lines), encoding="utf-8", newline="\n")


def exported(folder: Path, form: str) -> Path:
    path = folder / "exported"
    export_labels(folder / "gold", articles=folder / "articles", form=form, out=path)
    return path


def imported(folder: Path, form: str) -> list[Record]:
    import_labels(folder / "exported", form=form, articles=folder / "articles", out=folder / "back")
    return read_gold(folder / "back")["a"]


def edit(path: Path, change: Callable[[Any], object]) -> None:
    """Change a JSON file in its place."""
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")


@pytest.mark.parametrize("form", FORMATS)
def test_the_corpus_comes_back_byte_for_byte(form: str, tmp_path: Path) -> None:
    place = ["--articles", str(CORPUS / "articles"), "--format", form]
    assert status(["labels", "export", str(CORPUS / "gold"), *place, "--out", str(tmp_path / "x")]) == 0
    assert status(["labels", "import", str(tmp_path / "x"), *place, "--out", str(tmp_path / "gold")]) == 0
    assert read_gold(tmp_path / "gold") == read_gold(CORPUS / "gold")
    for path in (CORPUS / "gold").iterdir():
        assert (tmp_path / "gold" / path.name).read_bytes() == path.read_bytes()


@pytest.mark.parametrize("form", FORMATS)
def test_every_attribute_comes_back(form: str, folder: Path) -> None:
    exported(folder, form)
    assert imported(folder, form) == GOLD
    assert sorted(path.name for path in folder.iterdir()) == ["articles", "back", "exported", "gold"]


@pytest.mark.parametrize("form", FORMATS)
def test_an_article_without_labels_comes_back(form: str, folder: Path) -> None:
    write(folder / "gold", [])
    exported(folder, form)
    assert imported(folder, form) == []


@pytest.mark.parametrize("form", FORMATS)
def test_a_text_with_other_white_space_is_kept(form: str, folder: Path) -> None:
    write(folder / "gold", [GOLD[4] | {"text": "IBMChina"}])
    exported(folder, form)
    assert imported(folder, form) == [GOLD[4] | {"text": "IBMChina"}]


def test_label_studio(folder: Path) -> None:
    write(folder / "gold", [QUANTITY])
    attributes = {key: QUANTITY[key] for key in ("value", "value_max", "unit", "kind", "comparator", "fact")}
    value = {"start": 11, "end": 19, "text": "36\r\n85亿元", "labels": ["quantity"]}
    result = {"id": "r1", "from_name": "label", "to_name": "text", "type": "labels", "value": value, "meta": attributes}
    assert json.loads(exported(folder, "label-studio").read_text(encoding="utf-8")) == [
        {"data": {"doc_id": "a", "text": TEXT}, "annotations": [{"result": [result]}]}
    ]


def test_doccano(folder: Path) -> None:
    write(folder / "gold", GOLD[:1])
    assert json.loads(exported(folder, "doccano").read_text(encoding="utf-8")) == {
        "id": "a",
        "text": TEXT,
        "label": [[4, 9, "time"]],
        "meta": {"doc_id": "a", "records": GOLD[:1]},
    }


def test_brat(folder: Path) -> None:
    write(folder / "gold", [GOLD[0], QUANTITY | {"value_max": None, "fact": None}])
    path = exported(folder, "brat")
    assert (path / "a.txt").read_bytes() == TEXT.encode()
    assert (path / "a.ann").read_text(encoding="utf-8") == (
        'T1\ttime 4 9\t2021年\n#1\tAnnotatorNotes T1\t{"norm": "2021"}\n'
        "T2\tquantity 11 13;15 19\t36 85亿元\n"
        '#2\tAnnotatorNotes T2\t{"value": 36, "value_max": null, "unit": "元", "kind": "cardinal", '
        '"comparator": "le", "fact": null}\n'
    )


def test_docbin(folder: Path) -> None:
    import spacy
    from spacy.tokens import DocBin

    (doc,) = DocBin().from_disk(exported(folder, "docbin")).get_docs(spacy.blank("zh").vocab)
    assert (doc.text, len(doc)) == (TEXT, len(TEXT))
    spans = [(span.label_, span.start_char, span.end_char, span.text) for span in doc.spans["gold"]]
    assert spans[1:3] == [("company", 4, 9, "2021年"), ("quantity", 11, 19, "36\r\n85亿元")]
    assert (doc.user_data["doc_id"], json.loads(doc.user_data["records"])) == ("a", GOLD)


NEW = {"type": "quantity", "start": 4, "end": 8, "text": "2021"}
NEW |= dict.fromkeys(("value", "unit", "kind", "comparator", "fact"))


def test_label_studio_edited(folder: Path) -> None:
    """A new span, one moved with its attributes, one of another type, one removed, a note and a cancelled draft."""

    def change(tasks: Any) -> None:
        first = tasks[0]["annotations"][0]["result"]
        first[0] |= {"meta": first[0]["meta"] | {"text": ["a note"]}}
        first[1]["value"]["labels"] = ["time"]
        first[2]["value"] |= {"end": 18, "text": "36\r\n85亿"}
        first[3:] = [{"type": "labels", "value": {"start": 4, "end": 8, "labels": ["quantity"]}}]
        tasks[0]["annotations"].append({"was_cancelled": True, "result": []})

    edit(exported(folder, "label-studio"), change)
    moved = QUANTITY | {"end": 18, "text": "3685亿"}
    retyped = {"type": "time", "start": 4, "end": 9, "text": "2021年", "norm": None}
    assert imported(folder, "label-studio") == [GOLD[0], retyped, NEW, moved]


def test_doccano_edited(folder: Path) -> None:
    def change(article: Any) -> None:
        article["id"] = 17
        article["label"] = [*reversed(article["label"][3:]), [4, 8, "quantity"]]

    edit(exported(folder, "doccano"), change)
    assert imported(folder, "doccano") == [NEW, GOLD[2], GOLD[4]]


def test_brat_edited(folder: Path) -> None:
    path = exported(folder, "brat") / "a.ann"
    lines = path.read_text(encoding="utf-8").split("\n")
    path.write_text("\r\n".join([*lines[:2], "T9\tquantity 4 8\t2021", ""]), encoding="utf-8", newline="")
    assert imported(folder, "brat") == [GOLD[0], NEW]


def test_docbin_edited(folder: Path) -> None:
    import spacy
    from spacy.tokens import DocBin, Span

    path = exported(folder, "docbin")
    (doc,) = DocBin().from_disk(path).get_docs(spacy.blank("zh").vocab)
    doc.spans["gold"] = [doc.spans["gold"][0], Span(doc, 4, 8, label="quantity")]
    DocBin(docs=[doc], store_user_data=True).to_disk(path)
    assert imported(folder, "docbin") == [GOLD[0], NEW]


def test_a_docbin_that_lost_what_it_held_is_told(folder: Path) -> None:
    import spacy
    from spacy.tokens import DocBin

    path = exported(folder, "docbin")
    (doc,) = DocBin().from_disk(path).get_docs(spacy.blank("zh").vocab)
    DocBin(docs=[doc]).to_disk(path)
    with pytest.raises(
        ValueError, match=r"document 1 \(saved with store_user_data=True\?\): there is no text 'doc_id'"
    ):
        imported(folder, "docbin")
    del doc.spans["gold"]
    DocBin(docs=[doc], store_user_data=True).to_disk(path)
    with pytest.raises(ValueError, match=r"document 1: there is no doc\.spans\['gold'\]; put the spans there"):
        imported(folder, "docbin")


def ranges(*spans: Any, text: str = TEXT, **more: Any) -> str:
    """A line of doccano."""
    return json.dumps({"id": "a", "text": text, "label": list(spans)} | more, ensure_ascii=False)


def task(value: Any, kind: str = "labels", meta: Any = None, count: int = 1) -> str:
    """A file of Label Studio."""
    result = {"type": kind, "value": value, "meta": meta}
    return json.dumps([{"data": {"doc_id": "a", "text": TEXT}, "annotations": [{"result": [result]}] * count}])


YEAR = {"start": 4, "end": 9, "text": "2021年", "labels": ["time"]}


@pytest.mark.parametrize(
    ("form", "content", "message"),
    [
        ("doccano", "", " holds no article; name what was exported from the tool as doccano"),
        (
            "doccano",
            "\n{",
            ":2: Expecting property name enclosed in double quotes: line 1 column 2 (char 1); give JSON",
        ),
        ("doccano", "[]", ":1: there is no text 'text'; keep the shape of what was exported"),
        ("doccano", ranges([4, 9]), ":1: label 1: [4, 9] is no span; write [start, end, type]"),
        ("doccano", ranges([4, 9, "date"]), ":1: label 1: type 'date' is unknown; use one of quantity, time, company"),
        ("doccano", ranges([4, 99, "time"]), ":1: label 1: 4-99 is no range of the 33 characters; mend the offsets"),
        ("doccano", ranges([2, 9, "time"]), r":1: label 1: '\r\n2021年' at 2 begins or ends with layout; leave that"),
        ("doccano", ranges(text=TEXT[:5]), ":1: the text is not that of article 'a' from character 5 on; export it"),
        ("doccano", ranges(id="b"), ":1: there is no article 'b' in the folder of --articles; add it there"),
        ("doccano", ranges(id="../a"), ":1: '../a' can be no file's name; give the article another doc_id"),
        ("doccano", ranges() + "\n" + ranges(), ":2: article 'a' was there before; leave one of the two"),
        ("doccano", ranges(meta={"records": [1]}), ":1: record 1: there is no text 'type'; keep the shape"),
        ("label-studio", "{}", ": the file is no list of tasks; export from Label Studio as JSON"),
        ("label-studio", task({}), ": task 1, result 1: there is no list 'labels'; keep the shape"),
        ("label-studio", task(YEAR, kind="choices"), ": task 1, result 1: a result of type 'choices' is no labelled"),
        ("label-studio", task(YEAR | {"labels": ["a", "b"]}), ": task 1, result 1: the span has 2 labels; leave one"),
        ("label-studio", task(YEAR | {"start": True}), ": task 1, result 1: there is no whole number 'start'; keep"),
        ("label-studio", task(YEAR | {"start": 5}), "result 1: the text is '2021年', but at 5 there is '021年'; mend"),
        ("label-studio", task(YEAR, meta={"norm": "soon"}), "result 1: norm 'soon': "),
        ("label-studio", task(YEAR, meta={"norm": 2021}), "result 1: norm 2021: it is no text; write a date or"),
        (
            "label-studio",
            task(YEAR | {"labels": ["quantity"]}, meta={"value": 1, "fact": 5}),
            "result 1: fact 5 is no JSON object; write its slots as {…}, or null",
        ),
        ("label-studio", task(YEAR, count=2), ": task 1: article 'a' has 2 annotations; leave one that is to count"),
        ("docbin", "no DocBin", ": the file is no DocBin; save the documents with DocBin.to_disk"),
    ],
)
def test_a_wrong_file_is_told(
    form: str, content: str, message: str, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = folder / "file"
    path.write_text(content, encoding="utf-8")
    place = ["--articles", str(folder / "articles"), "--format", form, "--out", str(folder / "back")]
    assert status(["labels", "import", str(path), *place]) == 2
    error = capfd.readouterr().err
    assert error.startswith(f"zhibiao: {path}") and message in error
    assert not (folder / "back").exists()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "R1\tbefore T1 T2",
            ":1: 'R1\\tbefore T1 T2' is no span; leave only lines of spans (T) and of their notes (#)",
        ),
        ("T1\ttime 4 6;7 9\t20 1年", ":1: the text is '20 1年', but at 4 there is '2021年'; mend the offsets"),
        ("#1\tAnnotatorNotes T1\tsure?", ":1: Expecting value: line 1 column 1 (char 0); give JSON as it was exported"),
        ("#1\tAnnotatorNotes T1\t5", ":1: this is not the one note of a span, a JSON object with its attributes; mend"),
        ("#1\tAnnotatorNotes T7\t{}", ": there are notes on T7, but no such span; remove them"),
    ],
)
def test_a_wrong_line_of_brat_is_told(line: str, message: str, folder: Path) -> None:
    path = exported(folder, "brat") / "a.ann"
    path.write_text(line + "\n", encoding="utf-8")
    with pytest.raises(ValueError) as error:
        imported(folder, "brat")
    assert str(error.value).startswith(f"{path}{message}")


def test_a_label_that_does_not_fit_its_article_is_not_exported(folder: Path) -> None:
    write(folder / "gold", [GOLD[0], QUANTITY | {"start": 12}])
    with pytest.raises(ValueError) as error:
        exported(folder, "brat")
    place = f"{folder}/gold/a.jsonl: record 2"
    assert str(error.value) == f"{place}: the text is '3685亿元', but at 12 there is '685亿元'; mend the offsets"
    shutil.rmtree(folder / "articles")
    (folder / "articles").mkdir()
    with pytest.raises(ValueError, match="there is no article 'a' in the folder of --articles; add it there"):
        exported(folder, "brat")
    (folder / "articles" / "a.txt").touch()
    with pytest.raises(ValueError, match=r"articles/a\.txt: the file is empty"):
        exported(folder, "brat")
    (folder / "articles" / "a.md").touch()
    with pytest.raises(ValueError, match=r"a\.md and .*a\.txt have one doc_id, 'a'"):
        exported(folder, "brat")
    assert not (folder / "exported").exists()
