"""What a Spark worker does: Arrow batches in, Arrow batches out. It knows nothing of Spark."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pyarrow as pa

from pipeline import across, article, inputs, reconcile, rulebook, tables
from pipeline.article import Recipe, Task
from pipeline.dataset import COLUMNS, PER_ARTICLE, schema
from pipeline.merge import Names
from pipeline.read import Rejected, Source
from pipeline.roster import NOBODY, Roster
from pipeline.store import Stored, cells
from pipeline.tables import Columns
from pipeline.workers import Failed, Pool

Batches = Iterator[pa.RecordBatch]
Cells = dict[str, Any]
Rules = Callable[[], Path | None]  # gives the folder of the rules on this machine, None for the built-in ones

_ROWS = 5_000  # rows of targets and conflicts in a batch


@dataclass(frozen=True, slots=True)
class Options:
    """How articles are read and extracted: as for the local run."""

    columns: Columns = field(default_factory=Columns)
    published: str | None = None
    rules: Path | None = None
    timeout: float = 120.0
    companies: Roster = NOBODY


# The types of what is given back: numbers are text with every digit, as in the store.
def _struct(table: str) -> pa.DataType:
    exact = {pa.float64(): pa.string()}
    return pa.struct([(field.name, exact.get(field.type, field.type)) for field in schema(table)])


_REJECTED = pa.struct([("source", pa.string()), ("reason", pa.string()), ("position", pa.int64())])
EXTRACTED = pa.schema(
    [
        *(("doc_id", pa.string()), ("path", pa.string()), ("row", pa.int64()), ("rejected", pa.list_(_REJECTED))),
        *((table, pa.list_(_struct(table))) for table in PER_ARTICLE),
    ]
)
_PLACE = tuple(zip(across.PLACE, (pa.string(), pa.int64(), pa.int64(), pa.string()) * 2, strict=True))
FACTS = [("_at", pa.int32()), *((f.name, f.type) for f in _struct("facts") if f.name in reconcile.READS)]
DRAWN = pa.schema([*_PLACE, *((table, _struct(table)) for table in across.TABLES)])


def extracted(batches: Batches, *, options: Options, rules: Rules) -> Batches:
    """Articles, as rows of their table with path and number, in; one row for each out, with its rows of every table."""
    for batch in batches:
        yield pa.RecordBatch.from_pylist(list(_articles(batch.to_pylist(), options, rules)), schema=EXTRACTED)


def _articles(found: list[Cells], options: Options, rules: Rules) -> Iterator[Cells]:
    rejected: list[list[Rejected]] = []
    tasks: dict[int, Task] = {}
    for at, row in enumerate(found):
        rejected.append([])
        for entry in _entries(row, options):
            task = article.task(entry, "") if isinstance(entry, Source) else entry  # nothing asks for its key here
            if isinstance(task, Rejected):
                rejected[at].append(task)
            else:
                tasks[at] = task
    made: dict[int, Stored] = {}
    for at, result in _results(tasks, options, rules):
        if isinstance(result, Stored):
            made[at] = result
        else:
            rejected[at].append(result)
    for at, row in enumerate(found):
        doc_id = row[options.columns.id]
        yield _line("" if doc_id is None else str(doc_id), row, rejected[at], made.get(at))


def _entries(row: Cells, options: Options) -> Iterator[Source | Rejected]:
    path = local(row["_path"])
    record = tables.record(path, row["_row"], row, options.columns)
    return inputs.of_record(record, path=path, name=path.rpartition("/")[2], published=options.published)


def local(uri: str) -> str:
    """file:///a%20b -> /a b, as the local run names it; an address elsewhere stays as it is, but for its escapes."""
    return unquote(re.sub("^file:(?://)?", "", uri))


def _results(tasks: dict[int, Task], options: Options, rules: Rules) -> Iterator[tuple[int, Stored | Rejected]]:
    """What comes of each article. Each is worked on in a process of its own, so that none can end or hold up a task.

    One whose process died is tried once more: what killed it may have come from outside, as where memory runs out.
    """
    numbers = {task.source.path: at for at, task in tasks.items()}
    pool = Pool(lambda: _recipe(rules(), options.companies), jobs=1, timeout=options.timeout)
    failed = []
    for task, result in pool.each(tasks.values()):
        if isinstance(result, Failed):
            failed.append(task)
        else:
            yield numbers[task.source.path], result
    for task, result in pool.each(failed):
        path = task.source.path
        yield numbers[path], Rejected(path, result.reason, None) if isinstance(result, Failed) else result


@lru_cache(maxsize=1)
def _recipe(rules: Path | None, companies: Roster) -> Recipe:
    """Built once in a worker's life."""
    return Recipe(rules=rules, companies=companies)


def _line(doc_id: str, row: Cells, rejected: list[Rejected], made: Stored | None) -> Cells:
    line: Cells = {"doc_id": doc_id or None, "path": row["_path"], "row": row["_row"]}
    line["rejected"] = [{"source": r.source, "reason": r.reason, "position": r.position} for r in rejected]
    for table in PER_ARTICLE:
        found = made.tables[table] if made else ()
        line[table] = [dict(zip(COLUMNS[table], values, strict=True)) for values in found]
    return line


def grouped(batches: Batches, *, shorts: Mapping[str, str], rules: Rules) -> Batches:
    """Facts with what they are about in one more column, "group"; `shorts` are those of the Names of all facts."""
    with rulebook.use_folder(rules()):
        names = Names(shorts=shorts)
        for batch in batches:
            groups = [reconcile.group(fact, names) for fact in batch.to_pylist()]
            columns = [*batch.columns, pa.array(groups, pa.string())]
            yield pa.RecordBatch.from_arrays(columns, names=[*batch.schema.names, "group"])


def drawn(batches: Batches, *, shorts: Mapping[str, str], rules: Rules) -> Batches:
    """Facts group by group in; the rows of `targets` and `conflicts` with their places out."""
    facts = (fact for batch in batches for fact in batch.to_pylist())
    with rulebook.use_folder(rules()):
        lines = reconcile.drawn(facts, Names(shorts=shorts))
        while found := [_placed(*line) for line in islice(lines, _ROWS)]:
            yield pa.RecordBatch.from_pylist(found, schema=DRAWN)


def _placed(table: str, place: tuple[Any, ...], row: Cells) -> Cells:
    at = dict(zip(across.PLACE, place, strict=False))  # a target's place is half as long as a conflict's
    return at | {table: dict(zip(COLUMNS[table], cells(table, row), strict=True))}
