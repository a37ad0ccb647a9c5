"""A run: articles in, tables out. Only what changed is extracted; what was committed survives a kill.

Read `run` first: it lists the articles, extracts the changed ones in worker processes, stores them in batches, and
writes every table anew from the store.
"""

from __future__ import annotations

import csv
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pipeline import rulebook
from pipeline.dataset import rows, write_csv, write_parquet
from pipeline.inputs import Inputs, content, identities, sources
from pipeline.read import Raw, Rejected, Source, Unreadable, read
from pipeline.store import TABLES, Store, Stored, batches, cells, writing
from pipeline.workers import FORKS, Failed, Pool

REJECTED = "rejected.csv"
_COMMIT = 64  # articles in a transaction
_COMMIT_SECONDS = 2.0
_PARQUET_ROWS = 50_000
# What the text and the rows of an article depend on besides our own code.
_LIBRARIES = ("jieba", "spacy", "regex", "charset-normalizer", "trafilatura", "pypdfium2", "python-docx")


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run did. `absent` are stored articles that the inputs no longer have, `removed` tells if they are gone."""

    articles: int
    extracted: int
    unchanged: int
    rejected: tuple[Rejected, ...]
    absent: tuple[str, ...]
    removed: bool
    rows: dict[str, int]
    seconds: float


@dataclass(frozen=True, slots=True)
class Event:
    """One article is done: `kind` is extracted, unchanged or rejected. `done` of `total` are."""

    kind: str
    doc_id: str
    reason: str | None
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class _Task:
    source: Source
    data: bytes
    key: str


def run(
    inputs: Inputs,
    *,
    out: Path,
    rules: Path | None = None,
    jobs: int | None = None,
    prune: bool = False,
    timeout: float = 120.0,
    progress: Callable[[Event], None] | None = None,
) -> Summary:
    """Bring the dataset in `out` up to date with the inputs.

    `rules` is another rule folder, `jobs` the number of processes (all cores), `timeout` the seconds for one article.
    An article that fails is reported in the summary and in rejected.csv, and has no rows. Raises ValueError where
    nothing can be done: see inputs.identities, store.writing and rulebook.RuleError; OSError if `out` is not writable.
    """
    began = time.monotonic()
    known = identities(inputs)
    with writing(out) as store:
        batch = _Batch(store, len(known), progress)
        store.forget_rejected()
        pool = Pool(lambda: _Recipe(rules), jobs=_processes(jobs, len(known)), timeout=timeout)
        for task, result in pool.each(batch.tasks(inputs, _made_with(rules))):
            batch.take(task, result)
        batch.commit()
        absent = tuple(doc_id for doc_id in store.ids() if doc_id not in known)
        if prune:
            store.write(gone=absent)
        store.write(meta={"rules": str(rules or "built-in"), "articles": str(len(known))})
        counts = export(store, out)
        rejected = tuple(store.rejected())
    seconds = time.monotonic() - began
    return Summary(len(known), batch.extracted, batch.unchanged, rejected, absent, prune, counts, seconds)


def export(store: Store, out: Path) -> dict[str, int]:
    """Write every table of the store to `out` as CSV and Parquet; returns the number of rows of each.

    Each file is written beside the old one and takes its place when it is whole.
    """
    counts = {}
    for table in TABLES:
        with replacing(out / f"{table}.csv") as part:
            counts[table] = write_csv(part, table, store.rows(table))
        with replacing(out / f"{table}.parquet") as part:
            write_parquet(part, table, batches(store.rows(table), _PARQUET_ROWS))
    with replacing(out / REJECTED) as part, part.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("source", "reason", "position"))
        writer.writerows((r.source, r.reason, "" if r.position is None else r.position) for r in store.rejected())
    return counts
