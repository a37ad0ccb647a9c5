"""Bytes -> raw text, and which articles the inputs name."""

from __future__ import annotations

import codecs
import json
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest

from pipeline.inputs import Inputs, content, identities, sources
from pipeline.manifests import day
from pipeline.read import Raw, Rejected, Source, Unreadable, decode, read
from pipeline.tables import Columns, Record, records

CORPUS = Path(__file__).resolve().parent.parent / "corpus" / "articles"
SIMPLIFIED = "2023年，全市实现地区生产总值1.2万亿元，同比增长5.8%；\r\n其中工业增加值3685亿元。\r\n"
TRADITIONAL = "經濟部統計處今天公布，去年製造業產值達新臺幣十八兆元，年增5.2%，\n機械設備業則減少3.1%。"


@pytest.mark.parametrize(
    ("data", "text", "encoding"),
    [
        (SIMPLIFIED.encode(), SIMPLIFIED, "utf-8"),
        (codecs.BOM_UTF8 + SIMPLIFIED.encode(), SIMPLIFIED, "utf-8"),
        (codecs.BOM_UTF16_LE + SIMPLIFIED.encode("utf-16-le"), SIMPLIFIED, "utf-16-le"),
        (codecs.BOM_UTF16_BE + SIMPLIFIED.encode("utf-16-be"), SIMPLIFIED, "utf-16-be"),
        (codecs.BOM_UTF32_LE + SIMPLIFIED.encode("utf-32-le"), SIMPLIFIED, "utf-32-le"),
        (SIMPLIFIED.encode("utf-16-le"), SIMPLIFIED, "utf-16-le"),
        (SIMPLIFIED.encode("utf-16-be"), SIMPLIFIED, "utf-16-be"),
        ("全市工业总产值，达到三千亿元。".encode("utf-16-le"), "全市工业总产值，达到三千亿元。", "utf-16-le"),
        (SIMPLIFIED.encode("gb18030"), SIMPLIFIED, "gb18030"),
        ("全年产值㐀𠀀亿元，增长百分之五。".encode("gb18030"), "全年产值㐀𠀀亿元，增长百分之五。", "gb18030"),
        (TRADITIONAL.encode("big5"), TRADITIONAL, "big5"),
        (b"GDP 5%\r\n", "GDP 5%\r\n", "utf-8"),
        (("a,b;" * 500 + SIMPLIFIED).encode("gb18030"), "a,b;" * 500 + SIMPLIFIED, "gb18030"),
    ],
)
def test_encodings_are_told_apart_and_line_ends_stay(data: bytes, text: str, encoding: str) -> None:
    assert decode(data) == (text, encoding)


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*.txt")), ids=lambda p: p.stem)
@pytest.mark.parametrize("encoding", ["gb18030", "utf-16-le", "utf-16-be"])
def test_every_corpus_article_survives_another_encoding(path: Path, encoding: str) -> None:
    text = read(path.read_bytes(), suffix=".txt").text
    assert decode(text.encode(encoding)) == (text, encoding)


@pytest.mark.parametrize(
    ("data", "reason", "position"),
    [
        (b"", "the file is empty", 0),
        ("\ufeff \r\n\u3000".encode(), "the file holds white space only", 0),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR", "the file is binary; give text, HTML, PDF or DOCX", 8),
        (
            "产值".encode() + b"\xff\xfe\xfd" + b"abc" * 9,
            "the encoding is none of UTF-8, UTF-16, GB18030 and Big5; save the file as UTF-8",
            6,
        ),
        (
            codecs.BOM_UTF8 + "产".encode() + b"\xff",
            "the file is damaged: it starts as utf-8, but not all of it is; save it anew as UTF-8",
            6,
        ),
    ],
)
def test_what_is_no_text_is_refused_with_its_place(data: bytes, reason: str, position: int) -> None:
    with pytest.raises(Unreadable) as caught:
        read(data, suffix=".txt")
    assert (caught.value.reason, caught.value.position) == (reason, position)


def test_a_page_is_read_in_the_encoding_that_it_declares() -> None:
    body = "<p>" + "全市实现地区生产总值1.2万亿元，同比增长5.8%，其中工业增加值3685亿元。" * 8 + "</p>"
    page = f'<html><head><meta charset="gb2312"><title>快讯</title></head><body><article>{body}</article></body></html>'
    assert read(page.encode("gb18030"), suffix=".HTML") == Raw(body[3:-4], "gb18030")


def test_a_document_gives_paragraphs_and_tables_in_order() -> None:
    docx = pytest.importorskip("docx")
    document = docx.Document()
    document.add_paragraph("产值增长5%。")
    table = document.add_table(rows=1, cols=2)
    table.cell(0, 0).text, table.cell(0, 1).text = "投资", "3亿元"
    document.add_paragraph("完。")
    file = BytesIO()
    document.save(file)
    assert read(file.getvalue(), suffix=".docx") == Raw("产值增长5%。\n投资\t3亿元\n完。", None)


def test_a_pdf_gives_the_text_of_its_pages() -> None:
    stream = b"BT /F1 12 Tf 10 50 Td (GDP 5.8%) Tj ET"
    file = b"""%%PDF-1.4
1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj
2 0 obj <</Type/Pages/Kids[3 0 R 3 0 R]/Count 2>> endobj
3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>> endobj
5 0 obj <</Type/Font/Subtype/Type1/BaseFont/Helvetica>> endobj
4 0 obj <</Length %d>> stream
%s
endstream endobj
trailer <</Root 1 0 R>>""" % (len(stream), stream)
    assert read(file, suffix=".pdf") == Raw("GDP 5.8%\nGDP 5.8%", None)


@pytest.mark.parametrize("suffix", [".docx", ".pdf"])
def test_a_damaged_document_is_refused(suffix: str) -> None:
    with pytest.raises(Unreadable):
        read(b"%PDF-1.7 broken" if suffix == ".pdf" else b"PK broken", suffix=suffix)


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2023", "2023"), ("2023-1", "2023-01"), ("2024/3/5", "2024-03-05"), ("2024-03-05 08:00:00", "2024-03-05"),
        ("20240229", "2024-02-29"), (" 2023-12 ", "2023-12"),
    ],
)  # fmt: skip
def test_dates_as_people_write_them(text: str, date: str) -> None:
    assert day(text) == date


@pytest.mark.parametrize(
    "text", ["2023-02-30", "2023-13", "23-01-01", "2023-01/2023-02", "May 2023", "0000", "２０２３"]
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no date"):
        day(text)


def make(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def test_a_folder_gives_its_articles_sorted_with_what_the_nearest_manifest_says(tmp_path: Path) -> None:
    make(
        tmp_path,
        {
            "b.txt": "1", "a.md": "1", "sub/c.html": "1", "README.md": "1", ".hidden.txt": "1", ".git/x.txt": "1",
            "d.jpg": "1", "manifest.csv": "doc_id,published,title,source\nb,2023-12,标题,报纸\na,,,\n",
            "sub/manifest.csv": "doc_id,published\nc,2022\n",
        },
    )  # fmt: skip
    assert list(sources(Inputs((str(tmp_path),), published="2020"))) == [
        Source("a", "a.md", f"{tmp_path}/a.md", None, None),
        Source("b", "报纸", f"{tmp_path}/b.txt", "2023-12", "标题"),
        Source("c", "sub/c.html", f"{tmp_path}/sub/c.html", "2022", None),
    ]


def test_globs_and_files_are_taken_once(tmp_path: Path) -> None:
    make(tmp_path, {"a.txt": "1", "b.md": "1", "manifest.csv": "doc_id\nnobody\n", "sub/c.txt": "1"})
    paths = (f"{tmp_path}/*", f"{tmp_path}/a.txt", f"{tmp_path}/**/*.txt")
    assert [s.doc_id for s in sources(Inputs(paths)) if isinstance(s, Source)] == ["a", "b", "c"]


def test_problems_of_a_manifest_name_file_and_row(tmp_path: Path) -> None:
    rows = "doc_id,published\na,2023-02-30\ngone,2023\na,2023\n,2023\n"
    make(tmp_path, {"a.txt": "1", "manifest.csv": rows})
    path = f"{tmp_path}/manifest.csv"
    wrong = "row 2: '2023-02-30' is no date; write 2023, 2023-12 or 2023-12-18; the article is extracted without a date"
    assert list(sources(Inputs((str(tmp_path),), published="2020"))) == [
        Source("a", "a.txt", f"{tmp_path}/a.txt", None, None),
        Rejected(path, "row 4: article 'a' has row 2 already; keep one row for each article", 4),
        Rejected(path, "row 5: there is no doc_id; keep one row for each article", 5),
        Rejected(path, wrong, 2),
        Rejected(path, "row 3: there is no article 'gone'; add its file or delete the row", 3),
    ]


def test_a_manifest_from_excel_in_gb18030(tmp_path: Path) -> None:
    make(tmp_path, {"a.txt": "1"})
    path = tmp_path / "dates.csv"
    path.write_bytes("doc_id,published,title\r\na,2024/3/5,全市工业经济运行情况新闻发布\r\n".encode("gb18030"))
    found = list(sources(Inputs((str(tmp_path),), manifest=path)))
    assert found == [Source("a", "a.txt", f"{tmp_path}/a.txt", "2024-03-05", "全市工业经济运行情况新闻发布")]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"a.txt": "1", "sub/a.md": "1"}, r"a\.txt and .*sub/a\.md have one doc_id, 'a'"),
        ({"a.jpg": "1"}, "no article is there"),
        ({"a.txt": "1", "manifest.csv": "id\na\n"}, r"manifest\.csv: the manifest needs a first line"),
    ],
)
def test_inputs_that_cannot_be_run(tmp_path: Path, files: dict[str, str], message: str) -> None:
    make(tmp_path, files)
    with pytest.raises(ValueError, match=message):
        identities(Inputs((str(tmp_path),)))


def test_a_csv_of_articles_keeps_its_ids(tmp_path: Path) -> None:
    path = tmp_path / "news.csv"
    path.write_bytes(
        'code,body,when\r\n000123,"产值\r\n增长5%",2023/5/1\r\n7,,2023\r\n,x,\r\n8,y,2023-99\r\n'.encode("utf-8-sig")
    )
    inputs = Inputs((str(path),), columns=Columns("code", "body", "when"))
    assert list(sources(inputs)) == [
        Source("000123", "news.csv", f"{path}:2", "2023-05-01", None, "产值\r\n增长5%"),
        Rejected(str(path), "row 3: article '7' has no text", 3),
        Rejected(str(path), "row 4: the column 'code' is empty; give every article an id", 4),
        Rejected(
            str(path),
            "row 5: '2023-99' is no date; write 2023, 2023-12 or 2023-12-18; the article is extracted without a date",
            5,
        ),
        Source("8", "news.csv", f"{path}:5", None, None, "y"),
    ]


def test_json_lines_and_parquet_of_articles(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [{"doc_id": "001", "text": "产值", "published": "2023"}, {"doc_id": "2", "text": "x", "published": None}]
    lines, parquet = tmp_path / "a.jsonl", tmp_path / "a.parquet"
    lines.write_text("\n".join([json.dumps(rows[0]), "{", '{"doc_id": 2, "text": "x"}']), encoding="utf-8")
    pq.write_table(pa.Table.from_pylist(rows), parquet)
    wanted = [Record(1, "001", "产值", "2023", None), Record(2, "2", "x", None, None)]
    assert list(records(parquet, Columns())) == wanted
    found = list(records(lines, Columns()))
    assert [found[0], found[2]] == [wanted[0], Record(3, "2", "x", None, None)]
    assert isinstance(found[1], Rejected) and found[1].position == 2


def test_a_table_without_the_named_column_says_which_there_are(tmp_path: Path) -> None:
    path = tmp_path / "news.csv"
    path.write_text("code,body\n1,x\n")
    with pytest.raises(ValueError, match="no column 'doc_id', 'text', only 'code', 'body'; name the columns with --id"):
        identities(Inputs((str(path),)))


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="the file cannot be read"):
        content(Source("a", "a", str(tmp_path), None, None))  # a folder: closed to everybody, root as well


def test_what_is_too_large_for_an_article_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "giant.txt"
    with path.open("wb") as file:
        file.truncate(100_000_000)
    giant = Source("giant", "giant.txt", str(path), None, None)
    for source in (giant, replace(giant, text="字" * 9_000_000)):
        with pytest.raises(Unreadable, match=r"it has (100|27) MB, and an article no more than 25; split it"):
            content(source)
