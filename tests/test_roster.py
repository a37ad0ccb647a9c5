"""The user's own list of companies: how it is read, what is wrong with it, and what it finds in texts."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from pipeline import Extractor, roster, rulebook
from pipeline.roster import Listed, Roster

LIST = """name,aliases,id
重庆市云岭半导体科技有限公司,云岭半导体|云岭,91500112MA5U00001X
重庆长安汽车股份有限公司,长安汽车；长安,000625
XQ科技,"XQ、XQTech; Ｘ科",007
蓝鲸海工装备（舟山）有限公司,,
"""
COMPANIES = (
    Listed("XQ科技", ("XQ", "XQTech", "Ｘ科"), "007"),
    Listed("蓝鲸海工装备（舟山）有限公司", (), None),
    Listed("重庆市云岭半导体科技有限公司", ("云岭", "云岭半导体"), "91500112MA5U00001X"),
    Listed("重庆长安汽车股份有限公司", ("长安", "长安汽车"), "000625"),
)


def written(folder: Path, content: str | bytes) -> Path:
    path = folder / "list.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_list_in_every_encoding_gives_the_same_companies(tmp_path: Path, encoding: str) -> None:
    found = roster.read(written(tmp_path, LIST.encode(encoding)))
    assert (found.companies, found) == (COMPANIES, roster.read(written(tmp_path, LIST)))


@pytest.mark.parametrize(
    ("text", "companies"),
    [
        ("name\n京东方\n", (Listed("京东方"),)),
        (" ID , Name ,city\n 000725 , 京东方 ,北京\n,,\n\n", (Listed("京东方", (), "000725"),)),
        ("name,aliases,id\r\n京东方,BOE|京东方||ＢＯＥ\t,\r\n", (Listed("京东方", ("BOE", "ＢＯＥ")),)),
        ("name,aliases,id\n京东方,BOE,1\n京东方,东方科技,1\n", (Listed("京东方", ("BOE", "东方科技"), "1"),)),
        ("name,aliases,id\n甲方科技,科技甲,1\n乙方科技,科技乙,1\n",
         (Listed("乙方科技", ("科技乙",), "1"), Listed("甲方科技", ("科技甲",), "1"))),
        ("name,aliases,id\n", ()),
    ],
)  # fmt: skip
def test_what_a_list_may_look_like(tmp_path: Path, text: str, companies: tuple[Listed, ...]) -> None:
    assert roster.read(written(tmp_path, text)).companies == companies


def test_the_order_of_the_lines_does_not_matter_and_every_cell_does(tmp_path: Path) -> None:
    head, *lines = LIST.splitlines(keepends=True)
    same = roster.read(written(tmp_path, head + "".join(reversed(lines))))
    first = roster.read(written(tmp_path, LIST))
    assert (same, same.companies) == (first, first.companies)
    for old, new in (("云岭科技", "云岭技术"), ("|云岭", "|云峰"), ("000625", "625")):
        other = roster.read(written(tmp_path, LIST.replace(old, new)))
        assert (other == first) is (old not in LIST)


NAMED = "begin the list with name,aliases,id"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", f":1: there is no column 'name', the file is empty; {NAMED}"),
        ("公司,id\n京东方,1\n", f":1: there is no column 'name', only '公司', 'id'; {NAMED}"),
        ("name;id\n京东方;1\n", f":1: there is no column 'name', only 'name;id'; {NAMED}"),
        ("name,aliases,id\n京东方,BOE,1\n京东方,,2\n",
         ":3: '京东方' stands for 京东方 (2) here and for 京东方 (1) in line 2; leave it with one of them"),
        ("name,aliases,id\n甲方科技,科技,1\n\n乙方科技,科技,2\n",
         ":4: '科技' stands for 乙方科技 (2) here and for 甲方科技 (1) in line 2; leave it with one of them"),
        ("name,aliases\n甲方(中国)科技,\n乙方科技,甲方（中国）科技\n",
         ":3: '甲方（中国）科技' stands for 乙方科技 (no id) here and for 甲方(中国)科技 (no id) in line 2; "
         "leave it with one of them"),
        ("name,aliases,id\n京东方,BOE,东方,1\n",
         ":2: more cells than the 3 of line 1; separate aliases by |, quote cells with a comma"),
        ("name,aliases,id\n,BOE,1\n", ":2: there is no name; write one or delete the line"),
        ("name,aliases,id\n京东方,BOE|京,1\n",
         ":2: '京' is one character, which stands in other words; write a longer name"),
        ('name,aliases,id\n"京东方,BOE,1\n', ":2: unexpected end of data; save the list as CSV anew"),
        (b"PK\x03\x04\0\0\0\x08",
         ":1: the file is binary; save the list as CSV in UTF-8"),
        (b"\xef\xbb\xbfname\n\xff\n",
         ":2: the file is damaged: it starts as utf-8, but not all of it is; save the list as CSV in UTF-8"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_file_line_and_remedy(tmp_path: Path, content: str | bytes, message: str) -> None:
    path = written(tmp_path, content)
    with pytest.raises(ValueError) as caught:
        Extractor(companies=path)
    assert str(caught.value) == f"{path}{message}"


def test_a_list_that_is_not_there_is_told(tmp_path: Path) -> None:
    for path, why in ((tmp_path / "x.csv", "No such file or directory"), (tmp_path, "Is a directory")):
        with pytest.raises(ValueError) as caught:
            roster.read(path)
        assert str(caught.value) == f"{path}: {why}; give a CSV file with the columns name,aliases,id"


@pytest.fixture(scope="module")
def listing(tmp_path_factory: pytest.TempPathFactory) -> Extractor:
    """An extractor with LIST."""
    return Extractor(companies=written(tmp_path_factory.mktemp("list"), LIST))


YUNLING = "重庆市云岭半导体科技有限公司"
BLUE = "蓝鲸海工装备(舟山)有限公司"
CASES = [
    ("云岭半导体今年扩产。", [("云岭半导体", "云岭半导体")]),
    ("云岭今年扩产，产值5亿元。", []),  # 云岭 is also a word: it needs a company beside it
    ("白云岭上风光好。", []),
    ("云岭、长安等企业参展。", [("云岭", "云岭"), ("长安", "长安")]),
    (f"{YUNLING}落户。云岭投资5亿元。", [(YUNLING, YUNLING), ("云岭", YUNLING)]),
    ("XQ发布新品，AXQ与XQs无关。", [("XQ", "XQ")]),
    ("AXQ科技大会召开。", []),
    ("ＸＱＴｅｃｈ上市。", [("ＸＱＴｅｃｈ", "XQTech")]),
    ("X科新建厂房。", [("X科", "X科")]),
    (f"{BLUE}投产。", [(BLUE, BLUE)]),
    ("西安的长安街整治一新。", []),
]


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[text for text, _ in CASES])
def test_listed_names_are_found(listing: Extractor, text: str, expected: list[tuple[str, str]]) -> None:
    assert [(c.text, c.canonical) for c in listing(text).companies] == expected


def test_without_the_list_they_are_not(extractor: Extractor) -> None:
    assert [c.text for c in extractor("云岭半导体今年扩产，XQ科技也扩产。").companies] == []


def test_an_extractor_with_a_list_goes_through_to_another_process(listing: Extractor) -> None:
    sent = pickle.loads(pickle.dumps(listing))
    assert [sent(text) for text, _ in CASES] == [listing(text) for text, _ in CASES]


def keys(*companies: Listed) -> dict[str, str]:
    found = Roster(companies, repr(companies))
    return roster.known(str(rulebook.folder()), found).keys


def test_the_list_decides_whose_a_name_is_and_the_rules_go_on_from_there() -> None:
    legal = "重庆长安汽车股份有限公司"
    names = ("长安汽车", "长安", legal)
    lists: list[tuple[tuple[Listed, ...], tuple[str, str, str]]] = [
        ((), (legal, legal, legal)),
        ((Listed("长安汽车", (), "000625"),), (legal, legal, legal)),
        ((Listed("中国长安汽车集团有限公司", ("长安汽车",)),), ("中国长安汽车集团有限公司", legal, legal)),
        ((Listed("长安汽车"), Listed(legal)), ("长安汽车", legal, legal)),
    ]
    for companies, expected in lists:
        assert tuple(map(keys(*companies).get, names)) == expected
