"""The store: whole articles or none, exact numbers, one writer."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from pipeline.dataset import COLUMNS, Row
from pipeline.read import Rejected
from pipeline.store import Store, Stored, cells, reading, writing


def quantity(doc_id: str, start: int, value: str) -> Row:
    row: Row = dict.fromkeys(COLUMNS["quantities"])
    return row | {"doc_id": doc_id, "start": start, "end": start + 2, "value": Decimal(value), "unit": "元"}


def stored(doc_id: str, *rows: Row, key: str = "k") -> Stored:
    return Stored(doc_id, key, f"raw {doc_id}", {"quantities": [cells("quantities", row) for row in rows]})


def test_numbers_keep_every_digit_and_rows_come_in_text_order(tmp_path: Path) -> None:
    rows = [quantity("a", 30, "0.1"), quantity("b", 5, "12345678901234567890.123456789"), quantity("b", 9, "1E+30")]
    with writing(tmp_path) as store:
        store.write(articles=[stored("b", rows[2], rows[1])])
        store.write(articles=[stored("a", rows[0])])
        assert list(store.rows("quantities")) == rows
        assert list(store.rows("quantities", doc_id="b", start=9)) == rows[2:]
        assert list(store.ids()) == ["a", "b"]


def test_replacing_an_article_leaves_nothing_of_the_old_one(tmp_path: Path) -> None:
    with writing(tmp_path) as store:
        store.write(
            articles=[stored("a", quantity("a", 1, "1"), quantity("a", 5, "2")), stored("b", quantity("b", 1, "3"))]
        )
        store.write(articles=[stored("a", quantity("a", 7, "4"), key="new")])
        assert [(r["doc_id"], r["start"]) for r in store.rows("quantities")] == [("a", 7), ("b", 1)]
        assert (store.source_key("a"), store.source_key("b"), store.source_key("c")) == ("new", "k", None)
        store.write(gone=["a"])
        assert list(store.ids()) == ["b"]
        with pytest.raises(KeyError):
            store.article("a")


def test_a_transaction_that_fails_changes_nothing(tmp_path: Path) -> None:
    broken = Stored("b", "k", "raw", {"quantities": [("too", "few")]})
    with pytest.raises(ValueError, match=r"store\.sqlite: "), writing(tmp_path) as store:
        store.write(articles=[stored("a", quantity("a", 1, "1")), broken], rejected=[Rejected("x", "y", None)])
    with reading(tmp_path) as store:
        assert (list(store.ids()), store.count("quantities"), list(store.rejected())) == ([], 0, [])


def test_rejected_and_meta(tmp_path: Path) -> None:
    lines = [Rejected("a", "empty", 0), Rejected("b", "why", None)]
    with writing(tmp_path) as store:
        store.write(rejected=reversed(lines), meta={"made_with": "x"})
        assert list(store.rejected()) == lines
        assert store.meta()["made_with"] == "x"
        store.forget_rejected()
        assert list(store.rejected()) == []


def test_an_unknown_column_is_named(tmp_path: Path) -> None:
    with writing(tmp_path) as store, pytest.raises(ValueError, match="times has no column nonsense"):
        list(store.rows("times", nonsense=1))


def test_one_run_at_a_time_and_readers_meanwhile(tmp_path: Path) -> None:
    code = f"from pathlib import Path\nfrom pipeline.store import writing\nwith writing(Path({str(tmp_path)!r})): pass"
    root = Path(__file__).resolve().parent.parent
    with writing(tmp_path) as store:
        store.write(articles=[stored("a")])
        second = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=False)
        assert f"ValueError: {tmp_path}: another run is writing there; wait for it" in second.stderr
        with reading(tmp_path) as reader:
            assert reader.article("a") == "raw a"
    with writing(tmp_path) as store:
        assert isinstance(store, Store)


def test_a_store_of_another_version_is_made_anew(tmp_path: Path) -> None:
    with writing(tmp_path) as store:
        store.write(articles=[stored("a")], meta={"schema": "older"})
    with pytest.raises(ValueError, match="made by another version"), reading(tmp_path):
        pass
    with writing(tmp_path) as store:
        assert list(store.ids()) == []


@pytest.mark.parametrize("content", [None, b"this is no database" * 100])
def test_what_is_no_store_is_named_with_a_remedy(tmp_path: Path, content: bytes | None) -> None:
    if content:
        (tmp_path / "store.sqlite").write_bytes(content)
    with pytest.raises(ValueError, match=r"make it with `zhibiao run|delete it and run again"), reading(tmp_path):
        pass
