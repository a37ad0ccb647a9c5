"""A run: articles in, tables out. Only what changed is extracted; what was committed survives a kill.

Read `run` first: it lists the articles, extracts the changed ones in worker processes, stores them in batches, and
writes every table anew from the store.
"""

from __future__ import annotations

import csv
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from pipeline import across, article, roster, rulebook
from pipeline.article import Recipe, Task
from pipeline.dataset import COLUMNS, replacing, write
from pipeline.inputs import Inputs, identities, sources
from pipeline.read import Rejected, Source
from pipeline.roster import NOBODY, Roster
from pipeline.store import TABLES, Store, Stored, writing
from pipeline.workers import FORKS, Failed, Pool

REJECTED = "rejected.csv"
_COMMIT = 16  # articles in a transaction; a kill costs no more than these
_COMMIT_SECONDS = 1.0


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


def run(
    inputs: Inputs,
    *,
    out: Path,
    rules: Path | None = None,
    companies: Path | None = None,
    jobs: int | None = None,
    prune: bool = False,
    anew: bool = False,
    timeout: float = 120.0,
    progress: Callable[[Event], None] | None = None,
) -> Summary:
    """Bring the dataset in `out` up to date with the inputs.

    `rules` is another rule folder, `companies` the user's list of companies (see roster.read), `jobs` the number of
    processes (all cores), `timeout` the seconds for one article. `prune` removes articles that the inputs no longer
    have, `anew` extracts the unchanged ones as well.
    An article that fails is reported in the summary and in rejected.csv, and has no rows. Raises ValueError where
    nothing can be done: see inputs.identities, roster.read, store.writing and rulebook.RuleError; OSError if `out` is
    not writable.
    """
    began = time.monotonic()
    listed = roster.read(companies) if companies else NOBODY
    known = identities(inputs)
    with writing(out) as store:
        batch = _Batch(store, len(known), anew, progress)
        store.forget_rejected()
        pool = Pool(lambda: Recipe(rules=rules, companies=listed), jobs=_processes(jobs, len(known)), timeout=timeout)
        made_with = article.made_with(rules, listed)
        for task, result in pool.each(batch.tasks(inputs, made_with)):
            batch.take(task, result)
        batch.commit()
        absent = tuple(doc_id for doc_id in store.ids() if doc_id not in known)
        store.write(gone=absent if prune else (), meta={"made_with": made_with})
        with rulebook.use_folder(rules):
            counts = export(store, out, companies=listed)
        rejected = tuple(store.rejected())
    seconds = time.monotonic() - began
    return Summary(len(known), batch.extracted, batch.unchanged, rejected, absent, prune, counts, seconds)


def digests(out: Path) -> dict[str, str | None]:
    """The hash of every CSV table of an output folder, None for one that is not there."""
    found: dict[str, str | None] = {}
    for table in COLUMNS:
        path = out / f"{table}.csv"
        found[table] = sha256(path.read_bytes()).hexdigest() if path.exists() else None
    return found


def export(store: Store, out: Path, *, companies: Roster = NOBODY) -> dict[str, int]:
    """Write every table of the store to `out` as CSV and Parquet; returns the number of rows of each.

    `companies` is the user's list, for the register. Each file is written beside the old one and takes its place when
    it is whole.
    """
    counts = {table: write(out, table, store.rows(table)) for table in TABLES}
    with across.drawn(store, companies=companies) as tables:
        counts |= {table: write(out, table, found) for table, found in tables.items()}
    with replacing(out / REJECTED) as part, part.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("source", "reason", "position"))
        writer.writerows((r.source, r.reason, "" if r.position is None else r.position) for r in store.rejected())
    return counts


class _Batch:
    """The results of a run on their way into the store, and the count of what was done."""

    def __init__(self, store: Store, total: int, anew: bool, progress: Callable[[Event], None] | None) -> None:
        self.extracted = 0
        self.unchanged = 0
        self._store = store
        self._total = total
        self._anew = anew
        self._progress = progress
        self._done = 0
        self._articles: list[Stored] = []
        self._gone: list[str] = []
        self._rejected: list[Rejected] = []
        self._since = time.monotonic()

    def tasks(self, inputs: Inputs, made_with: str) -> Iterator[Task]:
        """The articles that must be extracted; the others are done with here."""
        for source in sources(inputs):
            if isinstance(source, Rejected):
                self._rejected.append(source)
                continue
            task = article.task(source, made_with)
            if isinstance(task, Rejected):
                self._reject(source, task)
            elif not self._anew and self._store.source_key(source.doc_id) == task.key:
                self.unchanged += 1
                self._tell("unchanged", source)
            else:
                yield task

    def take(self, task: Task, result: Stored | Rejected | Failed) -> None:
        """Keep the result of an article, and commit what has come together from time to time."""
        if isinstance(result, Stored):
            self._articles.append(result)
            self.extracted += 1
            self._tell("extracted", task.source)
        elif isinstance(result, Failed):
            self._reject(task.source, Rejected(task.source.path, result.reason, None))
        else:
            self._reject(task.source, result)
        late = time.monotonic() - self._since > _COMMIT_SECONDS
        if late or len(self._articles) + len(self._gone) >= _COMMIT:
            self.commit()

    def commit(self) -> None:
        """Write what has come together."""
        self._store.write(articles=self._articles, gone=self._gone, rejected=self._rejected)
        self._articles, self._gone, self._rejected = [], [], []
        self._since = time.monotonic()

    def _reject(self, source: Source, rejected: Rejected) -> None:
        self._rejected.append(rejected)
        self._gone.append(source.doc_id)  # rows of a version that is no longer there would mislead
        self._tell("rejected", source, rejected.reason)

    def _tell(self, kind: str, source: Source, reason: str | None = None) -> None:
        self._done += 1
        if self._progress:
            self._progress(Event(kind, source.doc_id, reason, self._done, self._total))


def _processes(jobs: int | None, articles: int) -> int:
    """How many workers: all cores at most, and where each must load the dictionary, one for every 40 articles."""
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return max(1, min(jobs or cores, articles if FORKS else articles // 40))
