"""The register: one row for each canonical name, joined with the companies by it, whatever way a run went."""

from __future__ import annotations

import csv
import random
import shutil
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

from pipeline import Extractor, dataset, roster, rulebook
from pipeline.batch import Summary, run
from pipeline.cli import status
from pipeline.inputs import Inputs
from pipeline.register import register
from pipeline.roster import NOBODY, Listed, Roster

Row = dict[str, Any]

CHANGAN, YUANSHAN = "重庆长安汽车股份有限公司", "重庆市远山精密科技有限公司"


def mention(doc_id: str, text: str, canonical: str | None = None) -> Row:
    return {"doc_id": doc_id, "text": text, "canonical": canonical or text}


def drawn(mentions: list[Row], *companies: Listed) -> list[Row]:
    known = roster.known(str(rulebook.folder()), Roster(companies, repr(companies)))
    return register(mentions, known)


def named(canonicals: list[str], *companies: Listed) -> list[tuple[str, str, str | None]]:
    rows = drawn([mention("a", name) for name in canonicals], *companies)
    return [(row["canonical"], row["name"], row["company_id"]) for row in rows]


def test_a_row_counts_the_mentions_of_its_canonical_name_and_lists_their_texts() -> None:
    mentions = [
        mention("b", YUANSHAN),
        mention("b", "远山精密", YUANSHAN),
        mention("b", "华为"),
        mention("b", "远山精密", YUANSHAN),
        mention("c", "华为"),
        mention("a", "远山", YUANSHAN),
        mention("d", "远山精密"),
    ]
    columns = dataset.COLUMNS["register"]
    expected = [
        ("华为", "华为技术有限公司", None, "华为", 2, 2, "b"),
        ("远山精密", YUANSHAN, None, "远山精密", 1, 1, "d"),
        (YUANSHAN, YUANSHAN, None, f"远山|远山精密|{YUANSHAN}", 4, 2, "a"),
    ]
    assert drawn(mentions) == [dict(zip(columns, row, strict=True)) for row in sorted(expected)]
    assert drawn([]) == []


GROUPS: list[tuple[list[str], list[str]]] = [
    # the rules know the short form
    (["长安汽车", CHANGAN], [CHANGAN, CHANGAN]),
    (["长安汽车"], [CHANGAN]),
    (["比亚迪公司"], ["比亚迪股份有限公司"]),
    (["重庆长安"], [CHANGAN]),
    # 成都 does not begin the full name, and 长安 is a word as well
    (["成都长安"], ["成都长安"]),
    (["长安公司"], ["长安公司"]),
    # a registered name of the dataset implies the short form
    (["远山精密", YUANSHAN], [YUANSHAN, YUANSHAN]),
    (["远山精密公司", YUANSHAN], [YUANSHAN, YUANSHAN]),
    (["重庆南岭电缆", "重庆南岭电缆有限公司"], ["重庆南岭电缆有限公司"] * 2),
    (["南岭电缆公司", "重庆南岭电缆有限公司"], ["重庆南岭电缆有限公司"] * 2),
    # two of them do, or it is too short to be nobody else's, or only alike
    (["成都远山精密有限公司", "远山精密", YUANSHAN], ["成都远山精密有限公司", "远山精密", YUANSHAN]),
    (["远山", YUANSHAN], ["远山", YUANSHAN]),
    (["建工集团", "广西建工集团有限责任公司"], ["建工集团", "广西建工集团有限责任公司"]),
    (["远山精工", YUANSHAN], ["远山精工", YUANSHAN]),
]


@pytest.mark.parametrize(("canonicals", "names"), GROUPS, ids=[" ".join(c) for c, _ in GROUPS])
def test_a_short_form_belongs_to_the_one_company_that_is_known_by_it(canonicals: list[str], names: list[str]) -> None:
    assert named(canonicals) == sorted((c, n, None) for c, n in zip(canonicals, names, strict=True))


LISTED = Listed("远山精密（重庆）科技有限公司", ("远山精密",), "0007")
IDS: list[tuple[list[str], Listed, list[tuple[str, str | None]]]] = [
    (["远山精密"], LISTED, [(LISTED.name, "0007")]),
    (["远山精密(重庆)科技有限公司"], LISTED, [(LISTED.name, "0007")]),
    (["远山精密公司"], LISTED, [(LISTED.name, "0007")]),
    ([YUANSHAN], LISTED, [(YUANSHAN, None)]),
    (["远山精密", YUANSHAN], Listed(YUANSHAN, (), "9150"), [(YUANSHAN, "9150")] * 2),
    (["长安", "长安汽车", CHANGAN], Listed("长安汽车", (), "000625"), [("长安汽车", "000625")] * 3),
    (["长安", CHANGAN], Listed(CHANGAN), [(CHANGAN, None)] * 2),
    (
        ["云岭", "云岭公司"],
        Listed("云岭半导体科技有限公司", ("云岭",), "1"),
        [("云岭半导体科技有限公司", "1"), ("云岭公司", None)],
    ),
    (["东风长安"], Listed(CHANGAN, ("长安",), "000625"), [("东风长安", None)]),
]


@pytest.mark.parametrize(("canonicals", "company", "found"), IDS, ids=[" ".join(c) for c, *_ in IDS])
def test_a_listed_company_has_its_name_and_its_id(
    canonicals: list[str], company: Listed, found: list[tuple[str, str | None]]
) -> None:
    assert named(canonicals, company) == sorted((c, *f) for c, f in zip(canonicals, found, strict=True))


def test_the_order_of_the_articles_does_not_matter() -> None:
    names, draw = ["华为", "远山精密", YUANSHAN, "长安汽车", CHANGAN, "TCL"], random.Random(3)
    articles = [[mention(f"{k:02}", name) for name in draw.choices(names, k=4)] for k in range(40)]
    expected = drawn([row for rows in articles for row in rows])
    for seed in range(5):
        random.Random(seed).shuffle(articles)
        assert drawn([row for rows in articles for row in rows]) == expected


TEXTS = {
    "a": f"{YUANSHAN}（下称“远山精密”）扩产。远山精密新增设备8台。",
    "b": "云岭半导体与长安汽车签约。",
    "c": "云岭半导体产值达到5亿元。",
}
LIST = "name,aliases,id\n重庆市云岭半导体科技有限公司,云岭半导体,0912\n长安汽车,,000625\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three articles."""
    made = tmp_path / "articles"
    made.mkdir()
    for name, text in TEXTS.items():
        (made / f"{name}.txt").write_text(text, encoding="utf-8")
    return made


def go(folder: Path, out: Path, **options: Any) -> Summary:
    return run(Inputs((str(folder),)), out=out, **options)


def cells(out: Path) -> list[tuple[str, ...]]:
    with (out / "register.csv").open(encoding="utf-8-sig", newline="") as file:
        return [tuple(row) for row in csv.reader(file)][1:]


WITHOUT = [
    ("重庆市远山精密科技有限公司", YUANSHAN, "", f"远山精密|{YUANSHAN}", "3", "1", "a"),
    ("长安汽车", CHANGAN, "", "长安汽车", "1", "1", "b"),
]
YUNLING = ("云岭半导体", "重庆市云岭半导体科技有限公司", "0912", "云岭半导体", "2", "2", "b")
WITH = [YUNLING, WITHOUT[0], ("长安汽车", "长安汽车", "000625", "长安汽车", "1", "1", "b")]


def test_a_run_writes_the_register_and_a_changed_list_extracts_anew(folder: Path, tmp_path: Path) -> None:
    out, path = tmp_path / "out", tmp_path / "list.csv"
    path.write_text(LIST, encoding="utf-8")
    first = go(folder, out)
    assert (first.rows["register"], cells(out)) == (2, WITHOUT)
    listed = go(folder, out, companies=path)
    assert (listed.extracted, cells(out)) == (3, WITH)
    assert dataset.read(out, "register")[0]["company_id"] == "0912"
    path.write_bytes(LIST.encode("gb18030"))
    assert go(folder, out, companies=path).extracted == 0
    path.write_text(LIST.replace("000625", "625"), encoding="utf-8")
    changed = go(folder, out, companies=path)
    assert (changed.extracted, cells(out)[-1][2]) == (3, "625")
    assert (go(folder, out).extracted, cells(out)) == (3, WITHOUT)


def test_the_bytes_do_not_depend_on_workers_or_on_how_files_are_named(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(LIST, encoding="utf-8")
    files = [str(p) for p in sorted(folder.iterdir())]
    for jobs, order in ((1, files), (2, files[::-1])):
        run(Inputs(tuple(order)), out=tmp_path / str(jobs), companies=path, jobs=jobs)
    for suffix in ("csv", "parquet"):
        one, two = ((tmp_path / jobs / f"register.{suffix}").read_bytes() for jobs in "12")
        assert one == two


def test_the_command_line_takes_a_list(folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    out, path = tmp_path / "out", tmp_path / "list.csv"
    path.write_text(LIST, encoding="utf-8")
    options = ["--companies", str(path), "--quiet"]
    assert status(["run", str(folder), "--out", str(out), *options]) == 0
    assert cells(out) == WITH
    assert status(["regenerate", str(out), str(folder), *options]) == 0
    path.write_text("firm,id\n甲,1\n", encoding="utf-8")
    assert status(["run", str(folder), "--out", str(tmp_path / "new"), *options]) == 2
    wrong = "there is no column 'name', only 'firm', 'id'; begin the list with name,aliases,id"
    assert capfd.readouterr() == ("", f"zhibiao: {path}:1: {wrong}\n")
    assert not (tmp_path / "new").exists()


def test_every_company_of_the_corpus_has_its_row() -> None:
    keys = [row["canonical"] for row in dataset.read(ROOT / "outputs", "register")]
    companies, facts = dataset.read(ROOT / "outputs", "companies"), dataset.read(ROOT / "outputs", "facts")
    assert keys == sorted({row["canonical"] for row in companies})
    assert {row["company"] for row in facts} - {None} <= set(keys)


def test_it_works_with_the_list_of_the_rules_emptied(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    shutil.copytree(rulebook.folder(), rules)
    (rules / "companies.toml").write_text("company = []\n", encoding="utf-8")
    bare = Extractor(rules=rules)
    assert [c.text for c in bare(f"{YUANSHAN}扩产，华为和比亚迪增资。").companies] == [YUANSHAN]
    with rulebook.use_folder(rules):
        assert roster.known(str(rules), NOBODY).keys == {}
    assert [c.text for c in Extractor()("华为和比亚迪增资。").companies] == ["华为", "比亚迪"]
