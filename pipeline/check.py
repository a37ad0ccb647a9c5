"""Every rule proves itself: its own examples hold (`check`), and how often it fires on real text (`coverage`)."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import partial
from pathlib import Path
from typing import Any

from pipeline import dataset, rulebook
from pipeline.evaluate import CORE, TABLES, figure, judge, span_of, table
from pipeline.extract import Extractor
from pipeline.gold import Label, labels_of, read_gold
from pipeline.spans import Document, Quantity, Time

Rule = dict[str, Any]
Read = Callable[[str], Document]
Wrong = Callable[[Rule, list[str], Read], str | None]  # what is wrong with an example, None if it holds

PUBLISHED = "2023-12-18"  # what the examples of rules/times.toml are written for
_TOLERANCE = Decimal("1e-12")


def check() -> list[str]:
    """One line for each example of a rule that does not hold, as `file:line: rule 'id': what was expected, what came`.

    An empty list means that every rule proves itself. Raises rulebook.RuleError where a rule file cannot be read.
    """
    data = {name: rulebook.rules(name) for name in ("times", "quantities", "facts", "units")}
    read: Read = partial(Extractor(rules=rulebook.folder()), published=PUBLISHED)
    guarded = frozenset(data["quantities"]["guards"]["excluded"])
    return [
        *_rules("times", data["times"]["rule"], 3, _time, read),
        *_rules("quantities", data["quantities"]["rule"], 4, _quantity, read),
        *_blocks(data["quantities"]["block"], read),
        *_rules("facts", data["facts"]["pattern"], 5, _fact, read),
        *_units(data["units"]["unit"], guarded, read),
    ]


def _rules(name: str, rules: Iterable[Rule], length: int, wrong: Wrong, read: Read) -> Iterator[str]:
    """The problems of one file, whose examples are lists of `length` texts."""
    for rule in rules:
        if not rule.get("examples"):
            yield _problem(name, rule["id"], "has no examples; add one that it must find")
        for example in rule.get("examples", ()):
            shaped = isinstance(example, list) and len(example) == length and all(isinstance(e, str) for e in example)
            if message := wrong(rule, example, read) if shaped else f"{example!r} is no list of {length} texts":
                yield _problem(name, rule["id"], message)
        for text in rule.get("not_examples", ()):
            if hits := [surface for by, surface in _surfaces(name, read(text)) if by == rule["id"]]:
                yield _problem(name, rule["id"], _expected(text, "nothing of this rule", hits))


def _surfaces(name: str, document: Document) -> list[tuple[str, str]]:
    """Rule and text of everything of one table; the text of a fact is its quantity's."""
    if name == "facts":
        return [(rulebook.base(f.rule), document.raw[f.quantity_start : f.quantity_end]) for f in document.facts]
    mentions: tuple[Time | Quantity, ...] = document.times if name == "times" else document.quantities
    return [(m.rule, m.text) for m in mentions]


def _problem(name: str, rule: str, message: str) -> str:
    return str(rulebook.error(name, rule, message))


def _expected(text: str, wanted: str, found: Iterable[str]) -> str:
    return f"in {text!r} expected {wanted}, got {'; '.join(found) or 'nothing'}"


def _time(rule: Rule, example: list[str], read: Read) -> str | None:
    text, surface, norm = example
    found = read(text).times
    if [(t.text, t.norm or "", t.rule) for t in found] == [(surface, norm, rule["id"])]:
        return None
    return _expected(text, f"{surface} = {norm or None}", (f"{t.text} = {t.norm} by {t.rule}" for t in found))


def _quantity(rule: Rule, example: list[str], read: Read) -> str | None:
    text, surface, value, measured = example
    found = read(text).quantities
    for q in found:
        if (q.text, q.unit or "", q.rule) == (surface, measured, rule["id"]) and _same(q.value, value):
            return None
    got = (f"{q.text} = {q.value} {q.unit} by {q.rule}" for q in found)
    return _expected(text, f"{surface} = {value or None} {measured or None}", got)


def _same(got: Decimal | None, wanted: str) -> bool:
    if got is None or not wanted:
        return got is None and not wanted
    try:
        value = Decimal(wanted)
    except InvalidOperation:
        return False
    return abs(got - value) <= _TOLERANCE * abs(value)


def _fact(rule: Rule, example: list[str], read: Read) -> str | None:
    """`aspect` "none": the quantity is found and states no fact."""
    text, surface, aspect, direction, indicator = example
    document = read(text)
    if all(q.text != surface for q in document.quantities):
        return _expected(text, f"a quantity {surface}", (q.text for q in document.quantities))
    found = [f for f in document.facts if text[f.quantity_start : f.quantity_end] == surface]
    wanted = [] if aspect == "none" else [(aspect, direction, indicator, rule["id"])]
    if [(f.aspect, f.direction or "", f.indicator, rulebook.base(f.rule)) for f in found] == wanted:
        return None
    promised = f"{surface}: {indicator} {aspect} {direction}".rstrip() if wanted else f"no fact for {surface}"
    return _expected(text, promised, (f"{f.indicator} {f.aspect} {f.direction} by {f.rule}" for f in found))


def _blocks(blocks: Iterable[Rule], read: Read) -> Iterator[str]:
    for block in blocks:
        if not block.get("examples"):
            yield _problem("quantities", block["id"], "has no examples; add one that it must block")
        for text in block.get("examples", ()):
            if found := [q.text for q in read(text).quantities]:
                yield _problem("quantities", block["id"], _expected(text, "no quantity", found))


def _units(units: Iterable[Rule], guarded: frozenset[str], read: Read) -> Iterator[str]:
    """One line for each unit some of whose surfaces are not read as that unit."""
    for row in units:
        wrong = [bad for surface in row["surfaces"] if surface not in guarded and (bad := _unread(row, surface, read))]
        if wrong:
            yield _problem("units", row["surfaces"][0], "; ".join(wrong))


def _unread(row: Rule, surface: str, read: Read) -> str | None:
    """What came instead of three units. 3千升 may be 3000 升; and where 3日 is a date, no quantity can be it."""
    document = read(f"共有3{surface}。")
    if any(t.text == f"3{surface}" for t in document.times):
        return None
    wanted = (f"3{surface}", 3 * Decimal(row["factor"]), row["base"], row["dimension"])
    found = document.quantities
    if [(q.text, q.base_value, q.base_unit, q.dimension) for q in found] == [wanted]:
        return None
    return f"expected 3{surface}, got {', '.join(f'{q.text} in {q.unit}' for q in found) or 'nothing'}"


@dataclass(frozen=True, slots=True)
class _Tally:
    """How often each (kind, rule) fired, how often on a labelled article, and how often it was right there."""

    fired: Counter[tuple[str, str]] = field(default_factory=Counter)
    judged: Counter[tuple[str, str]] = field(default_factory=Counter)
    right: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, document: Document, labels: list[Label] | None) -> None:
        rows = dataset.rows(document)
        for kind, name in TABLES.items():
            self.fired.update((kind, rulebook.base(row["rule"])) for row in rows[name])
            if labels is None:
                continue
            gold = labels_of(kind, labels)
            for row in rows[name]:
                label = gold.get(span_of(kind, row))
                rule = rulebook.base(row["rule"])
                self.judged[kind, rule] += 1
                self.right[kind, rule] += label is not None and _right(kind, judge(kind, row, label))

    def precision(self, key: tuple[str, str]) -> float | None:
        return self.right[key] / self.judged[key] if self.judged[key] else None


def _right(kind: str, slots: dict[str, bool]) -> bool:
    """A mention is right with all its slots, a fact with those of its core."""
    return all(slots[slot] for slot in (CORE if kind == "fact" else slots))


def coverage(paths: list[Path], gold: Path | None) -> str:
    """How often each rule fires on the .txt and .md files below `paths`, and which rules never do.

    Publication dates come from the manifest.csv beside a file. With `gold` also how often a rule is right on the
    articles that have labels: a mention with all its slots, a fact with its core. Files that are not UTF-8 stay out.
    """
    labels = read_gold(gold) if gold else {}
    extractor = Extractor(rules=rulebook.folder())
    tally, count = _Tally(), 0
    skipped: list[str] = []
    for folder, files in _files(paths).items():
        manifest = _manifest(folder)
        for path in files:
            try:
                text = path.read_text(encoding="utf-8-sig")
            except UnicodeDecodeError:
                skipped.append(str(path))
                continue
            about = manifest.get(path.stem, {})
            document = extractor(text, published=about.get("published") or None, title=about.get("title") or None)
            tally.add(document, labels.get(path.stem))
            count += 1
    return _report(tally, count, skipped)


def _files(paths: Iterable[Path]) -> dict[Path, list[Path]]:
    """The text files below the paths, by folder. Raises FileNotFoundError for a path that is not there."""
    found: dict[Path, list[Path]] = {}
    for path in paths:
        if not path.exists():
            raise FileNotFoundError(f"{path} does not exist; name a folder of .txt or .md files, or one such file")
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and file.suffix in (".txt", ".md"):
                found.setdefault(file.parent, []).append(file)
    return found


def _manifest(folder: Path) -> dict[str, dict[str, str]]:
    path = folder / "manifest.csv"
    if not path.exists():
        return {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {row["doc_id"]: row for row in csv.DictReader(file)}


def _declared() -> list[tuple[str, str]]:
    """Every rule that rules/ declares and a row can name, in its order; companies come from lists, not from rules.

    A pattern of facts.toml whose aspect is "none" decides that there is no fact, so no row ever names it.
    """
    facts = [rule for rule in rulebook.rules("facts")["pattern"] if rule["aspect"] != "none"]
    named = {"quantity": rulebook.rules("quantities")["rule"], "time": rulebook.rules("times")["rule"], "fact": facts}
    return [(kind, rule["id"]) for kind, rules in named.items() for rule in rules]


def _report(tally: _Tally, count: int, skipped: list[str]) -> str:
    order = {kind: k for k, kind in enumerate(TABLES)}
    ranked = sorted(tally.fired, key=lambda key: (order[key[0]], -tally.fired[key], key[1]))
    rows = [[key[1], str(tally.fired[key]), str(tally.judged[key]), figure(tally.precision(key))] for key in ranked]
    never = [rule for kind, rule in _declared() if not tally.fired[kind, rule]]
    parts = [
        f"{count} articles",
        table(["rule", "fired", "on labelled articles", "precision"], rows),
        f"Never fired: {', '.join(never) or 'none'}",
    ]
    if skipped:
        parts.append(f"Left out, since they are not UTF-8: {', '.join(skipped)}")
    return "\n\n".join(parts)
