"""Kills a run at random moments and looks whether the next one makes up for it: python tests/bench/bench_kill.py.

A run over a folder of articles is killed (`kill -9` of its whole process group), started again to the end, and every
table file is compared byte for byte with that of a run that nobody disturbed.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.dataset import COLUMNS
from pipeline.store import NAME, reading

ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT / "corpus" / "articles"
_FILES = 2 * len(COLUMNS) + 1  # every table twice, and rejected.csv
MAIN = [sys.executable, "-c", "from pipeline.cli import main; main()"]


@dataclass(frozen=True, slots=True)
class Moment:
    """`seconds` after so many articles were done and so many files of tables stood there."""

    done: int
    files: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Killed:
    """What was found after a kill and the run that followed. `lost` were done, but are not stored."""

    moment: Moment
    phase: str
    stored: int
    lost: int
    again: int
    identical: bool


@dataclass(frozen=True, slots=True)
class Calm:
    """A run that nobody disturbed: the bytes of its files, and the seconds of its export."""

    files: dict[str, bytes]
    articles: int
    export: float


def articles(folder: Path, count: int) -> None:
    """Write so many short articles, made of lines of the corpus."""
    folder.mkdir()
    found = [p.read_text(encoding="utf-8") for p in sorted(CORPUS.glob("*.txt")) if p.stem != "gb18030_brief"]
    lines = [line for text in found for line in text.replace("\n", "").split("。") if len(line) > 20]
    draw = random.Random(count)
    for k in range(count):
        (folder / f"{k:04}.txt").write_text("。\n".join(draw.sample(lines, 8)), encoding="utf-8")


def files(out: Path) -> dict[str, bytes]:
    """The tables of an output folder, file by file."""
    return {p.name: p.read_bytes() for p in sorted([*_tables(out), *out.glob(".*.part")])}


def calm(folder: Path, out: Path, log: Path) -> Calm:
    """Run to the end."""
    process = _start(folder, out, log)
    count = sum(1 for _ in folder.iterdir())
    _wait(process, log, out, Moment(count, 1, 0))
    began = time.monotonic()
    _wait(process, log, out, Moment(count, _FILES, 0))
    export = time.monotonic() - began
    assert process.wait() == 0
    assert len(files(out)) == _FILES
    return Calm(files(out), count, export)


def killed(folder: Path, out: Path, log: Path, moment: Moment, wanted: Calm) -> Killed:
    """Kill a run at a moment, look what it left, run again to the end, and compare."""
    process = _start(folder, out, log)
    _wait(process, log, out, moment)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    told = _extracted(log)
    stored = _stored(out)
    phase = _phase(out, stored, wanted)
    assert _start(folder, out, log).wait() == 0
    return Killed(moment, phase, stored, max(0, told - stored), _extracted(log), files(out) == wanted.files)


def _start(folder: Path, out: Path, log: Path) -> subprocess.Popen[bytes]:
    log.write_text("")
    command = [*MAIN, "run", str(folder), "--out", str(out), "--quiet", "--log-json", str(log)]
    return subprocess.Popen(command, cwd=ROOT, start_new_session=True)


def _wait(process: subprocess.Popen[bytes], log: Path, out: Path, moment: Moment) -> None:
    while process.poll() is None and log.read_text().count("\n") < moment.done:
        time.sleep(0.001)
    while process.poll() is None and sum(1 for _ in _tables(out)) < moment.files:
        pass  # a file takes milliseconds
    time.sleep(moment.seconds)


def _tables(out: Path) -> Iterator[Path]:
    return (p for p in out.glob("[!.]*") if p.suffix in (".csv", ".parquet"))


def _extracted(log: Path) -> int:
    return log.read_text().count('"event": "extracted"')


def _stored(out: Path) -> int:
    try:
        with reading(out) as store:
            return store.count("articles")
    except ValueError:
        return 0  # it did not come to that


def _phase(out: Path, stored: int, wanted: Calm) -> str:
    if not (out / NAME).exists():
        return "start"
    writing = sorted(p.name for p in out.glob(".*.part"))
    if writing:
        return f"export: {writing[0].removeprefix('.').removesuffix('.part')}"
    if stored < wanted.articles:
        return "extraction"
    return "end" if len(files(out)) == len(wanted.files) else "export"


def moments(wanted: Calm, *, extraction: int, export: int, seed: int) -> Iterator[Moment]:
    """Random moments: so many while articles are extracted, spread over all of it, and so many of the export."""
    draw = random.Random(seed)
    for k in range(extraction):
        part = wanted.articles / extraction
        yield Moment(int(part * k + draw.random() * part), 0, draw.random() * 0.1)
    for k in range(export):
        yield Moment(wanted.articles, k * _FILES // export, draw.random() * wanted.export / _FILES)


def main() -> int:
    """Print a line for each kill; 1 if a file differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=200)
    parser.add_argument("--extraction", type=int, default=30, help="kills while articles are extracted [30]")
    parser.add_argument("--export", type=int, default=20, help="kills while tables are written [20]")
    parser.add_argument("--seed", type=int, default=7)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="zhibiao-kill-") as name:
        top = Path(name)
        articles(top / "articles", chosen.articles)
        wanted = calm(top / "articles", top / "calm", top / "log")
        print(f"{wanted.articles} articles, export {wanted.export:.2f} s")
        print("kill  after articles  files  seconds  phase                         stored  lost  then done  identical")
        good = True
        plan = moments(wanted, extraction=chosen.extraction, export=chosen.export, seed=chosen.seed)
        for number, moment in enumerate(plan, 1):
            found = killed(top / "articles", top / "out", top / "log", moment, wanted)
            shutil.rmtree(top / "out")
            good &= found.identical
            print(
                f"{number:4}  {moment.done:14}  {moment.files:5}  {moment.seconds:7.3f}  {found.phase:28}  "
                f"{found.stored:6}  {found.lost:4}  {found.again:9}  {'yes' if found.identical else 'NO'}",
                flush=True,
            )
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
