"""Rules are data that prove themselves, and a broken rule file is refused with file, line and rule id."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline import Extractor, rulebook
from pipeline.check import check, coverage
from pipeline.rulebook import RuleError, use_folder

LISTS = [("times", "rule"), ("quantities", "rule"), ("quantities", "block"), ("facts", "pattern")]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A copy of the rules that the test may break."""
    copy = tmp_path / "rules"
    shutil.copytree(rulebook.folder(), copy)
    with use_folder(copy):
        yield copy


def change(path: Path, rule: str, key: str, value: str) -> int:
    """Replace the value of a key of one rule (an empty value drops it); returns the line of the rule's id."""
    lines = path.read_text(encoding="utf-8").split("\n")
    at = lines.index(f'id = "{rule}"')
    line = next(k for k in range(at, lines.index("", at)) if lines[k].startswith(f"{key} ="))
    lines[line] = f"{key} = {value}" if value else ""
    path.write_text("\n".join(lines), encoding="utf-8")
    return at + 1


def test_every_rule_proves_itself() -> None:
    assert check() == []


@pytest.mark.parametrize(("name", "kind"), LISTS)
def test_every_rule_has_an_id_of_its_own_and_examples(name: str, kind: str) -> None:
    rules: list[dict[str, Any]] = rulebook.rules(name)[kind]
    assert len({rule["id"] for rule in rules}) == len(rules)
    assert [rule["id"] for rule in rules if not rule.get("examples")] == []


@pytest.mark.parametrize(
    ("name", "rule", "key", "value"),
    [
        ("quantities", "quantity.doubling", "pattern", '"翻("'),
        ("quantities", "block.score", "pattern", '"[0-9"'),
        ("times", "time.week", "pattern", '"(?P<rw>"'),
        ("times", "time.week", "pattern", '"{nothing}周"'),
        ("facts", "fact.gap", "tokens", "[{NOTHING = 1}]"),
    ],
)
def test_a_broken_pattern_is_refused(folder: Path, name: str, rule: str, key: str, value: str) -> None:
    line = change(folder / f"{name}.toml", rule, key, value)
    with pytest.raises(RuleError, match=re.escape(f"{name}.toml:{line}: rule '{rule}': pattern: ")):
        check()


def test_broken_toml_is_refused(folder: Path) -> None:
    with (folder / "times.toml").open("a", encoding="utf-8") as file:
        file.write("\n[[rule]\n")
    with pytest.raises(RuleError, match=r"times\.toml: .*line \d+"):
        check()


def test_examples_that_do_not_hold_are_named(folder: Path) -> None:
    """One copy with a wrong example of each sort, since loading the rules takes a while."""
    quantities, times, facts = (folder / f"{name}.toml" for name in ("quantities", "times", "facts"))
    lines = {
        "time.half": change(times, "time.half", "examples", '[["2023年上半年，", "2023年上半年", "2023"]]'),
        "time.week": change(times, "time.week", "not_examples", '["本周签订"]'),
        "time.iso": change(times, "time.iso", "examples", ""),
        "quantity.percent": change(quantities, "quantity.percent", "examples", '[["增长5%，", "5%", "6", "%"]]'),
        "quantity.top": change(quantities, "quantity.top", "examples", '[["前20名", "前20名"]]'),
        "quantity.tenths": change(quantities, "quantity.tenths", "not_examples", '["占比超七成。"]'),
        "block.score": change(quantities, "block.score", "examples", '["3家"]'),
        "fact.list-size": change(
            facts, "fact.list-size", "examples", '[["总产值达到5亿元。", "5亿元", "none", "", ""]]'
        ),
        "fact.end-from": change(facts, "fact.end-from", "not_examples", '["质量合格率由85%提升到99%。"]'),
    }
    units = folder / "units.toml"
    units.write_text(units.read_text(encoding="utf-8").replace('["亩", ', '["亩", "多米", '), encoding="utf-8")
    lines["亩"] = rulebook.line_of("units", '"亩"')
    shown = "\n".join(check())
    for rule, line in lines.items():
        assert re.search(rf"\.toml:{line}: rule '{re.escape(rule)}': ", shown), rule
    assert "in '2023年上半年，' expected 2023年上半年 = 2023, got 2023年上半年 = 2023-01/2023-06 by time.half" in shown
    assert "in '占比超七成。' expected nothing of this rule, got 七成" in shown


def test_first_only_saves_time(folder: Path, tmp_path: Path) -> None:
    """What `first` lets a scan pass over holds nothing: without it the same spans come out of all our texts."""
    slow = tmp_path / "slow"
    shutil.copytree(folder, slow)
    for name in ("times", "quantities"):
        rules = (slow / f"{name}.toml").read_text(encoding="utf-8")
        assert "\nfirst = " in rules
        (slow / f"{name}.toml").write_text(re.sub("(?m)^first = .*\n", "", rules), encoding="utf-8")
    here = Path(__file__).parent
    files = [*sorted((here / "cases").iterdir()), *sorted((here.parent / "corpus" / "articles").glob("*.txt"))]
    fast_one, slow_one = Extractor(rules=folder), Extractor(rules=slow)
    for path in files:
        text = path.read_text(encoding="utf-8", errors="replace")
        fast, thorough = (e(text, published="2023-12-18") for e in (fast_one, slow_one))
        assert (fast.times, fast.quantities) == (thorough.times, thorough.quantities), path


def test_coverage_counts_and_judges(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("去年全区总产值达到3685亿元。", encoding="utf-8")
    (tmp_path / "b.md").write_bytes("总产值".encode("gb18030"))
    (tmp_path / "manifest.csv").write_text("doc_id,published\na,2023\n", encoding="utf-8")
    gold = tmp_path / "gold"
    gold.mkdir()
    label = '{"type": "time", "start": 0, "end": 2, "text": "去年", "norm": "2022"}'
    (gold / "a.jsonl").write_text(label, encoding="utf-8")
    shown = coverage([tmp_path], gold)
    figures = {line.split()[0]: line.split()[1:] for line in shown.splitlines() if line}
    assert figures["1"] == ["articles"]
    assert figures["time.year"] == ["1", "1", "1.000"]
    assert figures["quantity.measure"] == ["1", "1", "0.000"]
    assert "quantity.money" in shown[shown.index("Never fired") :]
    assert "b.md" in shown[shown.index("Left out") :]
    with pytest.raises(FileNotFoundError, match="name a folder"):
        coverage([tmp_path / "nothing"], None)
