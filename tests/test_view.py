"""The viewer over HTTP: what it shows, what it lets nobody do, and what it writes."""

from __future__ import annotations

import csv
import io
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from viewstore import fact, stored, write

from pipeline.gold import read_gold
from pipeline.view import build, derived, highlight, indexes, queries, review, rows
from pipeline.view.app import create
from pipeline.view.highlight import Mark
from pipeline.view.report import article, report
from pipeline.view.security import Access

ROOT = Path(__file__).resolve().parent.parent
SECRET = "a-secret"
EVIL = "<script>alert(1)</script>"
RAW = f"　　渝北区规上工业总产值达到3685\n亿元，{EVIL}2026年力争突破5000亿元。"
OTHER = "全市共有690家企业。"


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("outputs")
    slots = {"quantity": "3685\n亿元", "indicator": "规上工业总产值", "subject": "渝北区规上"}  # the last two cross
    first = {"subject": "渝北区", "indicator": "规上工业总产值", "value": Decimal("368500000000"), "unit": "元"}
    aim = {"quantity": "5000亿元", "cue": "力争"}
    facts = [
        fact("f1", "a", RAW, slots=slots, time="2023", **first),
        fact("f2", "a", RAW, slots=aim, **first | {"value": Decimal("500000000000")}, time="2026", status="target"),
    ]
    cell = {"subject": "=1+1", "indicator": "@企业", "company": "-甲", "value": Decimal("-5"), "unit": "家"}
    other = fact("f3", "b/1", OTHER, slots={"quantity": "690家"}, **cell)
    heads: dict[str, Any] = {"title": EVIL, "published": "2023-12", "source": EVIL}
    write(folder, [stored("a", RAW, facts, **heads), stored("b/1", OTHER, [other])])
    assert indexes.ensure(folder)
    build.build(folder, folder / derived.NAME)
    return folder


@pytest.fixture
def client(out: Path) -> TestClient:
    return TestClient(create(out, access=Access(SECRET)), base_url="http://127.0.0.1:8765")


@pytest.fixture
def writer(client: TestClient) -> TestClient:
    client.get("/", params={"token": SECRET})
    client.headers.update({"origin": "http://127.0.0.1:8765", "x-zhibiao-token": SECRET})
    return client


PAGES = [
    "/", "/?text=渝北", "/?order=date", "/?has=targets", "/article/a", "/article/a?view=raw", "/article/b/1", "/facts",
    "/facts?sort=value&down=1", "/targets", "/conflicts", "/series",
    "/series/one?subject=渝北区&indicator=规上工业总产值",
    "/report/a",
]  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_pages_escape_everything_and_load_nothing_from_outside(client: TestClient, page: str, lang: str) -> None:
    answer = client.get(page, headers={"accept-language": lang})
    assert answer.status_code == 200
    assert EVIL not in answer.text
    assert not re.search(r'(src|href|action)="?(https?:)?//', answer.text)
    assert not re.search(r"<script(?! src=\"/static/)|\son\w+=|\sstyle=", answer.text)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy


def test_a_foreign_host_is_refused(client: TestClient) -> None:
    assert client.get("/", headers={"host": "evil.example"}).status_code == 400
    assert client.get("/", headers={"host": "localhost:8765"}).status_code == 200


def order(**more: Any) -> dict[str, Any]:
    return {"decision": "right", "fact_id": "f1", "reviewer": "张三", "sha256": "a"} | more


@pytest.mark.parametrize(
    "headers",
    [{"origin": "http://evil.example"}, {"origin": ""}, {"x-zhibiao-token": "guessed"}, {"x-zhibiao-token": ""}],
)
def test_a_write_needs_origin_and_token(writer: TestClient, headers: dict[str, str]) -> None:
    answer = writer.post("/review/a", json=order(), headers={"if-match": '"0"', **headers})
    assert answer.status_code == 403


def test_a_write_needs_the_cookie(client: TestClient) -> None:
    headers = {"origin": "http://127.0.0.1:8765", "x-zhibiao-token": SECRET}
    assert client.post("/review/a", json=order(), headers=headers).status_code == 403
    assert client.get("/", params={"token": "guessed"}).status_code == 200
    assert SECRET not in client.get("/article/a").text


def test_crossing_marks_are_cut_at_every_edge() -> None:
    marks = [Mark(1, 4, "subject", "f"), Mark(2, 6, "indicator", "f"), Mark(2, 4, "time")]
    ((*found,),) = highlight.wrapped("0123456", marks)
    assert [(s.start, s.end, s.text, s.kinds) for s in found] == [
        (0, 1, "0", ()),
        (1, 2, "1", ("subject",)),
        (2, 4, "23", ("time", "indicator", "subject")),
        (4, 6, "45", ("indicator",)),
        (6, 7, "6", ()),
    ]
    assert [s.opens for s in found] == [(), ("subject",), ("time", "indicator"), (), ()]


def test_segments_of_paragraphs_keep_raw_offsets() -> None:
    start = RAW.index("3685")
    (segments,) = highlight.paragraphs(RAW, [Mark(start, start + 7, "quantity", "f")])
    chosen = [s for s in segments if s.slots]
    assert "".join(s.text for s in chosen) == "3685亿元"
    assert (chosen[0].start, chosen[-1].end) == (start, start + 7)
    assert all(RAW[s.start : s.end] == s.text for s in segments)


@pytest.mark.parametrize("name", ["city_column_a", "city_work_report", "trade_statistics"])
@pytest.mark.parametrize("ending", ["\n", "\n\n"])
def test_the_parts_of_a_long_article_are_the_whole(name: str, ending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every character once, and layout told from text beside a cut as it is elsewhere."""
    text = (ROOT / "corpus" / "articles" / f"{name}.txt").read_text(encoding="utf-8").strip()
    raw = (text + ending) * (9_000 // len(text))
    monkeypatch.setattr(highlight, "_PART", 2_000)
    ranges = highlight.parts(raw)
    assert len(ranges) > 3 and all(a < b for a, b in ranges)
    at = raw.index("\n", 1_500)
    marks = [Mark(at - 3, at + 4, "quantity", "f"), Mark(0, len(raw), "time")]
    for laid_out in (highlight.paragraphs, highlight.wrapped):
        whole = _characters(laid_out(raw, marks))
        assert [c for part in ranges for c in _characters(laid_out(raw, marks, part))] == whole


def _characters(shown: list[list[highlight.Segment]]) -> list[tuple[int, str, tuple[str, ...]]]:
    segments = [s for paragraph in shown for s in paragraph]
    return [(s.start + i, char, s.kinds) for s in segments for i, char in enumerate(s.text)]


def test_a_short_article_has_one_part_and_a_line_without_breaks_is_cut() -> None:
    assert highlight.parts(RAW) == [(0, len(RAW))]
    assert highlight.parts("长" * 50_000) == [(0, 20_000), (20_000, 40_000), (40_000, 50_000)]


def test_a_difference_is_shown_in_the_unit_of_the_facts_or_in_the_base_unit() -> None:
    yuan = {"unit": "元", "base_unit": "CNY", "value": "12450000000", "base_value": "12450000000"}
    tons = {"unit": "吨", "base_unit": "kg", "value": "3", "base_value": "3000"}
    assert rows.difference({"difference": "12450000000"}, [yuan, yuan]) == "124.5亿元"
    assert rows.difference({"difference": "-2000"}, [tons, tons]) == "-2000kg"


def test_the_reader_has_no_nested_marks_and_every_character_once(client: TestClient) -> None:
    page = client.get("/article/a?view=raw").text
    body = page[page.index("<pre") : page.index("</pre>")]
    assert not re.search(r"<span[^>]*>[^<]*<span", body)
    found = re.findall(r'data-s="(\d+)" data-e="(\d+)"', body)
    assert [int(s) for s, _ in found[1:]] == [int(e) for _, e in found[:-1]]
    assert (found[0][0], found[-1][1]) == ("0", str(len(RAW)))


def test_the_rule_is_explained(client: TestClient) -> None:
    assert "<code>fact.level</code>" in client.get("/article/a").text


@pytest.mark.parametrize("text", ["3685亿元", "达到3685\n亿", "b/1", "690家", "没有"])
def test_a_search_finds_words_that_a_line_break_cuts(client: TestClient, text: str) -> None:
    found = re.findall(r'href="/article/([^"]+)"', client.get("/", params={"text": text}).text)
    assert found == {"b/1": ["b/1"], "690家": ["b/1"], "没有": []}.get(text, ["a"])


def test_filters_and_sorting_of_facts(client: TestClient) -> None:
    assert client.get("/facts?subject=渝北&status=target").text.count("#fact=") == 1
    found = re.findall(r"#fact=(f\d)", client.get("/facts?sort=value&down=1").text)
    assert found == ["f2", "f1", "f3"]
    assert client.get("/suggest?field=subject&begin=渝").json() == ["渝北区"]
    assert client.get("/facts?sort=rowid;drop").status_code == 404
    assert client.get("/facts?after=[1]").status_code == 400


@pytest.mark.parametrize("sort", list(queries.SORTS))
@pytest.mark.parametrize("down", [False, True])
def test_pages_of_facts_join_without_gap(out: Path, sort: str, down: bool) -> None:
    with queries.connect(out) as connection:
        query = queries.FactQuery(sort=sort, descending=down)
        whole = [r["fact_id"] for r in queries.Selection(connection, query).page().rows]
        parts, after = [], None
        while True:
            query = queries.FactQuery(sort=sort, descending=down, after=after)
            page = queries.Selection(connection, query).page(limit=1)
            parts += [r["fact_id"] for r in page.rows]
            if (after := page.next) is None:
                break
    assert parts == whole and len(whole) == 3


def test_csv_cells_are_no_formulas(client: TestClient) -> None:
    text = client.get("/facts.csv").content.decode("utf-8-sig")
    row = list(csv.DictReader(io.StringIO(text)))[-1]
    assert (row["subject"], row["indicator"], row["company"], row["value"]) == ("'=1+1", "'@企业", "'-甲", "-5")
    assert client.get("/facts.xlsx").content.startswith(b"PK")


def test_a_decision_is_a_gold_label_on_disk(writer: TestClient, out: Path) -> None:
    version = writer.post("/review/a", json=order(), headers={"if-match": '"0"'}).json()["version"]
    stale = writer.post("/review/a", json=order(decision="wrong"), headers={"if-match": '"0"'})
    assert stale.status_code == 412
    other = writer.post("/review/a", json=order(decision="wrong", reviewer="Li"), headers={"if-match": '"0"'})
    assert other.status_code == 200
    (label,) = read_gold(out / "review" / "张三")["a"]
    assert (label["text"], label["value"]) == ("3685亿元", 368500000000)
    assert label["fact"]["indicator"] == ["规上工业总产值"] and label["review"]["who"] == "张三"
    assert read_gold(out / "review" / "Li")["a"][0]["fact"] is None
    gone = writer.post("/review/a", json=order(decision="undo"), headers={"if-match": f'"{version}"'})
    assert gone.status_code == 200 and review.read(out, "张三", "a") == []


def test_corrected_and_missed(writer: TestClient, out: Path) -> None:
    start = RAW.index("5000亿元")
    label = {"type": "quantity", "start": start, "end": start + 6, "value": "500000000000", "unit": "元"}
    label |= {"kind": "cardinal", "comparator": "gt", "aspect": "level", "status": "target", "time": "2026"}
    label |= {"indicator": "规上工业总产值|工业总产值", "subject": "渝北区"}
    sent = order(decision="corrected", fact_id="f2", reviewer="Wang", label=label)
    version = writer.post("/review/a", json=sent, headers={"if-match": "0"}).json()["version"]
    at = RAW.index("2026年")
    missed = {"type": "time", "start": at, "end": at + 5, "norm": "2026"}
    sent = order(decision="missed", fact_id=None, reviewer="Wang", label=missed)
    assert writer.post("/review/a", json=sent, headers={"if-match": version}).status_code == 200
    found = read_gold(out / "review" / "Wang")["a"]
    assert [x["text"] for x in found] == ["2026年", "5000亿元"]
    assert found[1]["fact"]["indicator"] == ["规上工业总产值", "工业总产值"]


@pytest.mark.parametrize(
    "bad",
    [
        {"reviewer": "../x"},
        {"reviewer": ""},
        {"decision": "maybe"},
        {"fact_id": "gone"},
        {"decision": "missed", "label": {"type": "time", "start": 0, "end": 10**9, "norm": None}},
        {"decision": "missed", "label": {"type": "time", "start": 3, "end": 5, "norm": "soon"}},
    ],
)
def test_what_is_no_label_is_refused(writer: TestClient, bad: dict[str, Any]) -> None:
    answer = writer.post("/review/a", json=order(**bad), headers={"if-match": "0"})
    assert answer.status_code == 422 and answer.json()["error"]


def test_too_long_a_request_is_refused(writer: TestClient) -> None:
    assert writer.post("/review/a", content=b" " * 70_000).status_code == 413


def test_two_facts_of_one_quantity_do_not_overwrite_each_other() -> None:
    def label(fact_id: str, decision: str) -> dict[str, Any]:
        said = {} if decision == "wrong" else {"indicator": ["x"]}
        return {"type": "quantity", "start": 1, "end": 2, "fact": said or None} | {
            "review": {"decision": decision, "fact_id": fact_id}
        }

    for first, second in ((("a", "right"), ("b", "wrong")), (("b", "wrong"), ("a", "right"))):
        (found,) = review._changed(review._changed([], label(*first)), label(*second))
        assert found["fact"] and found["review"]["fact_id"] == "a" and found["review"]["rejected"] == ["b"]


def test_the_report_stands_alone(out: Path) -> None:
    page = report(article(out, "a"), lang="en")
    assert EVIL not in page and not re.search(r"(src|href)=\"(?!#)", page)
    assert "default-src 'none'" in page
    with pytest.raises(ValueError, match="no article"):
        article(out, "nope")


def test_the_reader_works_without_the_extra_indexes(tmp_path: Path) -> None:
    write(tmp_path, [stored("x", OTHER, [fact("f", "x", OTHER, slots={"quantity": "690家"}, subject="全市")])])
    with queries.connect(tmp_path) as connection:
        assert queries.Selection(connection, queries.FactQuery({"subject": "全"})).page().rows


def test_a_query_that_takes_too_long_is_stopped(out: Path) -> None:
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    with pytest.raises(queries.TooSlow), queries.connect(out, seconds=0.05) as connection:
        connection.execute(endless).fetchone()
