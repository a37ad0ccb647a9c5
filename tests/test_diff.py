"""Rows gained, lost and changed between two output folders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from pipeline import dataset
from pipeline.commands import diff_command
from pipeline.diff import Change, Diff, _changes, diff, render

Row = dict[str, Any]


def time(doc_id: str, start: int, text: str, norm: str | None) -> Row:
    return {
        "doc_id": doc_id, "start": start, "end": start + len(text), "text": text, "norm": norm, "first_day": None,
        "last_day": None, "sentence_start": 0, "sentence_end": 99, "rule": "r",
    }  # fmt: skip


def fact(start: int, **more: Any) -> Row:
    blank: Row = dict.fromkeys(dataset.COLUMNS["facts"])
    return blank | {"doc_id": "a", "fact_id": "1", "quantity_start": start, "quantity_end": start + 2} | more


def folder(path: Path, **tables: list[Row]) -> Path:
    path.mkdir()
    for table, rows in tables.items():
        dataset.write_csv(path / f"{table}.csv", table, rows)
    return path


OLD = [time("a", 0, "2021年", "2021"), time("a", 9, "今年", None), time("b", 3, "去年", "2020")]
NEW = [time("b", 7, "明年", "2022"), time("a", 9, "今年", "2021"), time("a", 0, "2021年", "2021")]


def test_gained_lost_and_changed(tmp_path: Path) -> None:
    found = diff(folder(tmp_path / "old", times=OLD), folder(tmp_path / "new", times=NEW))
    assert found == Diff(
        gained=(Change("times", ("b", 7, 9, 0), None, NEW[0], ()),),
        lost=(Change("times", ("b", 3, 5, 0), OLD[2], None, ()),),
        changed=(Change("times", ("a", 9, 11, 0), OLD[1], NEW[1], ("norm",)),),
        compared={"times": (3, 3)},
    )
    assert render(found).splitlines() == [
        "table        before    after   gained     lost  changed",
        "times             3        3        1        1        1",
        "",
        "changed cells: times.norm 1",
        "",
        "gained:",
        "  times b 7 9  明年 2022",
        "",
        "lost:",
        "  times b 3 5  去年 2020",
        "",
        "changed:",
        "  times a 9 11  norm: ∅ -> 2021",
    ]


def test_a_new_subject_is_a_changed_fact_though_its_id_changes(tmp_path: Path) -> None:
    old = [fact(5, subject="渝北区", fact_id="1"), fact(5, subject="重庆市", fact_id="2")]
    new = [fact(5, subject="重庆市", fact_id="2"), fact(5, subject="渝北", fact_id="3")]
    found = diff(folder(tmp_path / "old", facts=old), folder(tmp_path / "new", facts=new))
    assert (found.gained, found.lost) == ((), ())
    assert found.changed == (Change("facts", ("a", 5, 7, 0), old[0], new[1], ("subject",)),)


def test_a_table_that_one_folder_lacks_is_empty_there(tmp_path: Path) -> None:
    found = diff(folder(tmp_path / "old", times=OLD), folder(tmp_path / "new", times=OLD, facts=[fact(1)]))
    gained = Change("facts", ("a", 1, 3, 0), None, fact(1), ())
    assert found == Diff((gained,), (), (), {"times": (3, 3), "facts": (0, 1)})


def test_command(tmp_path: Path) -> None:
    old, new = folder(tmp_path / "old", times=OLD), folder(tmp_path / "new", times=NEW)
    run = CliRunner().invoke(diff_command, [str(old), str(new), "--limit", "0"])
    assert (run.exit_code, run.output) == (0, render(diff(old, new), limit=0) + "\n")
    run = CliRunner().invoke(diff_command, [str(old), str(folder(tmp_path / "empty"))])
    assert (run.exit_code, "holds no table" in run.output) == (1, True)


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="holds no table"):
        diff(folder(tmp_path / "old", times=OLD), folder(tmp_path / "new"))


_POOL = [time(doc_id, start, "今年", norm) for doc_id in "ab" for start in range(4) for norm in ("2021", None)]
_ROWS = st.lists(st.sampled_from(_POOL), max_size=8)


@given(_ROWS, _ROWS)
def test_every_row_is_accounted_for_and_the_reverse_is_the_mirror(old: list[Row], new: list[Row]) -> None:
    there, back = _changes("times", old, new), _changes("times", new, old)
    gained, lost = (sum(getattr(c, side) is None for c in there) for side in ("before", "after"))
    assert len(old) - lost == len(new) - gained
    assert [(c.key, c.before, c.after) for c in there] == [(c.key, c.after, c.before) for c in back]
    assert _changes("times", old, list(reversed(old))) == []
