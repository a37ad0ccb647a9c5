"""Processes that each work on one task at a time. One that dies or takes too long costs its task and is replaced."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")

# A forked worker has the rules and the dictionary already; elsewhere than on Linux forking is not safe.
FORKS = sys.platform == "linux"
_CONTEXT: Any = multiprocessing.get_context("fork" if FORKS else "spawn")
_ORPHAN_CHECK = 2.0  # seconds between two looks whether the run is still there


@dataclass(frozen=True, slots=True)
class Failed:
    """A task that no result was had of."""

    reason: str


class _Worker(Generic[Task, Result]):
    """A process, and the task that it is at."""

    def __init__(self, work: Callable[[Task], Result]) -> None:
        self.pipe, theirs = _CONTEXT.Pipe()
        self._process = _CONTEXT.Process(target=_serve, args=(theirs, work, os.getpid()), daemon=True)
        self._process.start()
        theirs.close()  # so that its death is the end of the pipe
        self.task: Task | None = None
        self.deadline = 0.0

    def give(self, task: Task, timeout: float) -> None:
        self.task, self.deadline = task, time.monotonic() + timeout
        try:
            self.pipe.send(task)
        except BrokenPipeError:
            return  # it died while idle; `take` finds out

    def take(self) -> Result | Failed:
        """The result, which must be there, or how the process died."""
        try:
            found: Result | Failed = self.pipe.recv()
        except (EOFError, OSError):
            self._process.join()
            return Failed(f"the process that read it died ({_exit(self._process.exitcode)})")
        return found

    def stop(self) -> None:
        self._process.kill()
        self._process.join()
        self.pipe.close()


def _exit(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"


def _serve(pipe: Connection, work: Callable[[Task], Result], parent: int) -> None:
    """The life of a worker. It ignores Ctrl-C, which the run handles, and ends when the run is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        while not pipe.poll(_ORPHAN_CHECK):
            if os.getppid() != parent:
                return
        try:
            task = pipe.recv()
        except EOFError:
            return
        pipe.send(work(task))


class Pool(Generic[Task, Result]):
    """Up to `jobs` workers, started when there is something for them to do.

    `prepare` makes what they run; it is called once, in this process, when the first task comes. What it makes must
    not raise. Tasks, results and, except on Linux, the work must pickle.
    """

    def __init__(self, prepare: Callable[[], Callable[[Task], Result]], *, jobs: int, timeout: float) -> None:
        self._prepare = prepare
        self._jobs = jobs
        self._timeout = timeout
        self._work: Callable[[Task], Result] | None = None
        self._workers: list[_Worker[Task, Result]] = []

    def each(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Result | Failed]]:
        """Every task with its result, in the order in which they are done. Tasks are taken as workers get free."""
        feed = iter(tasks)
        try:
            self._fill(feed)
            while any(worker.task is not None for worker in self._workers):
                done = list(self._collect())
                self._fill(feed)  # before the results are handed out: the workers go on meanwhile
                yield from done
        finally:
            for worker in self._workers:
                worker.stop()
            self._workers.clear()

    def _fill(self, feed: Iterator[Task]) -> None:
        """Give tasks until every worker has one or there are no more."""
        while len(self._workers) < self._jobs or any(worker.task is None for worker in self._workers):
            task = next(feed, None)
            if task is None:
                return
            self._free().give(task, self._timeout)

    def _free(self) -> _Worker[Task, Result]:
        for worker in self._workers:
            if worker.task is None:
                return worker
        self._work = self._work or self._prepare()
        self._workers.append(_Worker(self._work))
        return self._workers[-1]

    def _collect(self) -> Iterator[tuple[Task, Result | Failed]]:
        """Wait until a worker is done, dead or late."""
        busy = {worker.pipe: worker for worker in self._workers if worker.task is not None}
        first = min(worker.deadline for worker in busy.values())
        ready = set(wait(list(busy), timeout=max(0.0, first - time.monotonic())))
        now = time.monotonic()
        for pipe, worker in busy.items():
            task = worker.task
            if task is None or not (pipe in ready or worker.deadline <= now):
                continue
            late = Failed(f"it took longer than {self._timeout:g} seconds; see --timeout")
            result = worker.take() if pipe in ready else late
            worker.task = None
            if isinstance(result, Failed):
                worker.stop()
                self._workers.remove(worker)
            yield task, result
