"""What changed between two output folders: rows gained, lost and changed, by table and by place in the article."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import dataset

Row = dict[str, Any]
Key = tuple[Any, ...]

# What makes a row the same row in both folders: where it stands, not what it says.
_KEYS: dict[str, tuple[str, ...]] = {
    "documents": ("doc_id",),
    "quantities": ("doc_id", "start", "end"),
    "times": ("doc_id", "start", "end"),
    "companies": ("doc_id", "start", "end"),
    "facts": ("doc_id", "quantity_start", "quantity_end"),
    "targets": ("fact_id",),
    "conflicts": ("fact_id", "other_fact_id"),
    "register": ("canonical",),
}
_TOLD = ("text", "subject", "indicator", "aspect", "status", "value", "unit", "time", "norm")  # of a row in a list
_IGNORED = {"fact_id"}  # a hash of the other columns: it says nothing that they do not


@dataclass(frozen=True, slots=True)
class Change:
    """A row that is not the same in both folders; `before` is None for a gained one, `after` for a lost one."""

    table: str
    key: Key
    before: Row | None
    after: Row | None
    columns: tuple[str, ...]  # those whose cells differ, for a changed row


@dataclass(frozen=True, slots=True)
class Diff:
    """All differences, each in the order of the tables and of the text; `compared` counts the rows of both folders."""

    gained: tuple[Change, ...]
    lost: tuple[Change, ...]
    changed: tuple[Change, ...]
    compared: dict[str, tuple[int, int]]


def diff(old: Path, new: Path) -> Diff:
    """Compare two output folders. A table that only one of them has counts as empty in the other.

    Raises FileNotFoundError if a folder holds no table at all.
    """
    before, after = _tables(old), _tables(new)
    found: list[Change] = []
    compared: dict[str, tuple[int, int]] = {}
    for table in (t for t in _KEYS if t in before or t in after):
        rows = before.get(table, []), after.get(table, [])
        compared[table] = len(rows[0]), len(rows[1])
        found += _changes(table, *rows)
    return Diff(
        tuple(c for c in found if c.before is None),
        tuple(c for c in found if c.after is None),
        tuple(c for c in found if c.before is not None and c.after is not None),
        compared,
    )


def _tables(folder: Path) -> dict[str, list[Row]]:
    found = {}
    for table in _KEYS:
        if (folder / f"{table}.parquet").exists() or (folder / f"{table}.csv").exists():
            found[table] = dataset.read(folder, table)
    if not found:
        raise FileNotFoundError(f"{folder} holds no table; give a folder that `zhibiao run` wrote")
    return found


def _changes(table: str, old: list[Row], new: list[Row]) -> list[Change]:
    before, after = _keyed(table, old), _keyed(table, new)
    found = []
    for key in sorted({*before, *after}):
        left, right = before.get(key), after.get(key)
        columns = _differing(left, right) if left is not None and right is not None else ()
        if columns or left is None or right is None:
            found.append(Change(table, key, left, right, columns))
    return found


def _keyed(table: str, rows: list[Row]) -> dict[Key, Row]:
    """Rows by place. Several facts of one quantity are told apart by their number in the order of what they say."""
    found: dict[Key, Row] = {}
    seen: Counter[Key] = Counter()
    for row in sorted(rows, key=lambda r: (_place(table, r), _content(r))):
        place = _place(table, row)
        found[(*place, seen[place])] = row
        seen[place] += 1
    return found


def _place(table: str, row: Row) -> Key:
    return tuple(row[c] for c in _KEYS[table])


def _content(row: Row) -> tuple[str, ...]:
    return tuple(str(row[c]) for c in sorted(row) if c not in _IGNORED)


def _differing(left: Row, right: Row) -> tuple[str, ...]:
    columns = [*left, *(c for c in right if c not in left)]
    return tuple(c for c in columns if c not in _IGNORED and left.get(c) != right.get(c))


def render(found: Diff, *, limit: int = 20) -> str:
    """The counts by table, and up to `limit` rows of each kind."""
    lines = ["table        before    after   gained     lost  changed"]
    kinds = {"gained": found.gained, "lost": found.lost, "changed": found.changed}
    counts = {kind: Counter(c.table for c in changes) for kind, changes in kinds.items()}
    for table, (old, new) in found.compared.items():
        lines.append(f"{table:<10} {old:>8} {new:>8}" + "".join(f" {counts[kind][table]:>8}" for kind in kinds))
    by_column = Counter(f"{c.table}.{column}" for c in found.changed for column in c.columns)
    if by_column:
        lines += ["", "changed cells: " + ", ".join(f"{name} {n}" for name, n in sorted(by_column.items()))]
    for kind, changes in kinds.items():
        lines += _listed(kind, changes, limit)
    return "\n".join(lines)


def _listed(kind: str, changes: tuple[Change, ...], limit: int) -> Iterable[str]:
    if not changes:
        return []
    more = [f"  … and {len(changes) - limit} more"] if len(changes) > limit else []
    return ["", f"{kind}:", *(f"  {_line(c)}" for c in changes[:limit]), *more]


def _line(change: Change) -> str:
    where = f"{change.table} {' '.join(map(str, change.key[:-1]))}"
    if change.before is not None and change.after is not None:
        cells = (f"{c}: {_cell(change.before.get(c))} -> {_cell(change.after.get(c))}" for c in change.columns)
        return f"{where}  {'; '.join(cells)}"
    row = change.after or change.before or {}
    return f"{where}  {' '.join(_cell(row[c]) for c in _TOLD if row.get(c) is not None)}"


def _cell(value: Any) -> str:
    return "∅" if value is None else f"{value:g}" if isinstance(value, float) and abs(value) < 1e6 else str(value)
