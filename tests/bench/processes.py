"""What Linux says in /proc of a process and those below it: who they are, and the memory that they hold together."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType


def below(pid: int) -> list[int]:
    """The processes that descend from `pid`, itself first."""
    children: dict[int, list[int]] = {}
    for child, parent in _parents():
        children.setdefault(parent, []).append(child)
    found = [pid]
    for known in found:
        found += children.get(known, [])
    return found


def parent(pid: int) -> int:
    """The process that started `pid`, 0 if it is gone."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return 0


def command(pid: int) -> str:
    """Its command line, empty if it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def _parents() -> Iterator[tuple[int, int]]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            yield int(folder.name), parent(int(folder.name))


def megabytes(pid: int) -> float:
    """The proportional memory (PSS) of a process: what it shares with others is divided among them."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


class Watch:
    """Samples the memory of a process tree while the block runs: `peak` of all together, `main` of the first alone."""

    def __init__(self, pid: int, *, seconds: float = 0.25) -> None:
        self.peak = self.main = 0.0
        self._pid, self._seconds = pid, seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._stop.is_set():
            began = time.monotonic()
            held = [megabytes(pid) for pid in below(self._pid)]
            self.peak, self.main = max(self.peak, sum(held)), max(self.main, held[0])
            self._stop.wait(max(self._seconds, 5 * (time.monotonic() - began)))  # no more than a fifth of a core
