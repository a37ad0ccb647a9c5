"""Time, memory and the store's share of a run over many articles: python tests/bench/bench_scale.py [--sizes N...]

The texts of ../shared/bulk are repeated under new ids in one table. `--big` and `--line` run one article of 100 MB and
one line of 20 MB among ordinary ones instead.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from processes import Watch

ROOT = Path(__file__).resolve().parents[2]
BULK = ROOT.parent / "shared" / "bulk"
_HEAD = ["articles", "jobs", "machine", "seconds", "articles/s", "efficiency", "CPU-ms", "facts", "peak-MB", "main-MB"]
_HEAD += ["store-%", "tables-%", "ids-%"]
_LEGEND = """machine: what a plain loop in so many processes keeps of its speed: all that can be had of the cores then
efficiency: speed over that of one job, per job; CPU-ms: processor time of the workers for an article
peak: memory (PSS) of all processes together, main: of the first alone
store, tables, ids: processor time of the main process for transactions, for writing the tables and for the first look
at the inputs, in percent of that of the workers"""


def texts(longest: int | None) -> list[tuple[str, str, str]]:
    """(name, text, date) of the articles in UTF-8, in an order that mixes the sources."""
    found = []
    for line in (BULK / "index.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        name, published, _ = line.split("\t")
        if name.endswith(".txt") and not name.startswith("encodings/"):
            text = (BULK / name).read_text(encoding="utf-8")
            if text.strip() and (longest is None or len(text) <= longest):
                found.append((name.replace("/", "-").removesuffix(".txt"), text, published))
    random.Random(1).shuffle(found)
    return found


def articles(count: int, longest: int | None) -> Iterator[dict[str, str]]:
    """So many articles; every round through the texts gives them new ids."""
    chosen = texts(longest)
    for k in range(count):
        name, text, published = chosen[k % len(chosen)]
        yield {"doc_id": f"{k // len(chosen):05d}-{name}", "text": text, "published": published}


def write(path: Path, rows: Iterator[dict[str, str]]) -> None:
    """A table of articles, as JSON lines or Parquet by its name."""
    if path.suffix == ".jsonl":
        with path.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        return
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([(name, pa.string()) for name in ("doc_id", "text", "published")])
    with pq.ParquetWriter(path, schema) as writer:
        while batch := list(islice(rows, 1000)):
            writer.write_table(pa.Table.from_pylist(batch, schema=schema))


def one(table: str, out: str, jobs: int, timeout: float) -> None:
    """In a process of its own: run, and print what it took as JSON."""
    from pipeline import batch, store
    from pipeline.inputs import Inputs

    spent: dict[str, float] = {}
    _timed(spent, "store", store.Store, "write")
    _timed(spent, "tables", batch, "export")
    _timed(spent, "ids", batch, "identities")
    began = time.process_time()
    done = batch.run(Inputs((table,)), out=Path(out), jobs=jobs, timeout=timeout)
    main = time.process_time() - began
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    told = {
        "articles": done.extracted,
        "rejected": [r.reason for r in done.rejected],
        "facts": done.rows["facts"],
        "seconds": done.seconds,
        "main": main,
        "workers": children.ru_utime + children.ru_stime,
    }
    print(json.dumps(told | spent))


def _timed(spent: dict[str, float], name: str, owner: Any, attribute: str) -> None:
    work: Callable[..., Any] = getattr(owner, attribute)

    def timed(*given: Any, **named: Any) -> Any:
        began = time.process_time()
        try:
            return work(*given, **named)
        finally:
            spent[name] = spent.get(name, 0.0) + time.process_time() - began

    setattr(owner, attribute, timed)


def measure(table: Path, out: Path, *, jobs: int, timeout: float = 120.0) -> dict[str, Any]:
    """Run over a table (or folder) with so many jobs and say what it took; `peak` and `main_peak` in MB."""
    command = [sys.executable, __file__, "--one", str(table), str(out), str(jobs), str(timeout)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    with Watch(process.pid) as watch:
        printed, _ = process.communicate()
    if process.returncode:
        return {"failed": process.returncode, "peak": watch.peak, "main_peak": watch.main}
    return {**json.loads(printed), "peak": watch.peak, "main_peak": watch.main}


def machine(jobs: int) -> float:
    """The speed of a plain loop in each of so many processes, over that of one alone: a shared machine has less."""
    loop = [sys.executable, "-c", "x = 0\nfor i in range(20_000_000): x += i"]

    def seconds(count: int) -> float:
        began = time.perf_counter()
        for process in [subprocess.Popen(loop) for _ in range(count)]:
            process.wait()
        return time.perf_counter() - began

    return seconds(1) / seconds(jobs)


def scale(folder: Path, sizes: list[int], jobs: list[int], form: str, longest: int | None) -> None:
    """Print a line for each size and number of jobs."""
    print(*(f"{name:>10}" for name in _HEAD))
    for size in sizes:
        table = folder / f"articles{size}.{form}"
        write(table, articles(size, longest))
        alone = 0.0
        for count in jobs:
            free = machine(count)
            with tempfile.TemporaryDirectory(dir=folder) as out:
                took = measure(table, Path(out), jobs=count)
            if "failed" in took:
                print(f"{size:10} {count:10} failed: {took}", flush=True)
                continue
            speed = took["articles"] / took["seconds"] / count
            alone = alone or speed
            figures = [free, took["seconds"], speed * count, speed / alone, 1000 * took["workers"] / took["articles"]]
            shares = [100 * took[name] / took["workers"] for name in ("store", "tables", "ids")]
            memory = [took["facts"], took["peak"], took["main_peak"]]
            line = [f"{size:10}", f"{count:10}", *(f"{f:10.2f}" for f in figures), *(f"{m:10.0f}" for m in memory)]
            print(*line, *(f"{share:10.1f}" for share in shares), flush=True)
        table.unlink()
    print(_LEGEND)


def giant(folder: Path, megabytes: int, *, lines: bool, jobs: int, timeout: float) -> None:
    """Print what becomes of one giant article, with or without line ends, among twenty ordinary ones."""
    inputs = folder / "articles"
    inputs.mkdir()
    for row in articles(20, 2000):
        (inputs / f"{row['doc_id']}.txt").write_text(row["text"], encoding="utf-8")
    size = 0
    with (inputs / "giant.txt").open("w", encoding="utf-8") as file:
        for row in articles(10**9, 20_000):
            text = row["text"] + "\n" if lines else "".join(row["text"].split())
            size += len(text.encode())
            file.write(text)
            if size >= megabytes * 10**6:
                break
    took = measure(inputs, folder / "out", jobs=jobs, timeout=timeout)
    print(f"{megabytes} MB {'in lines' if lines else 'in one line'}, {jobs} jobs, --timeout {timeout:g}: {took}")


def main() -> None:
    """Measure what the options ask for."""
    if sys.argv[1:2] == ["--one"]:
        table, out, jobs, timeout = sys.argv[2:]
        return one(table, out, int(jobs), float(timeout))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--form", choices=["jsonl", "parquet"], default="jsonl")
    parser.add_argument("--longest", type=int, help="leave out texts of more characters, for a faster look at memory")
    parser.add_argument("--big", type=int, nargs="?", const=100, metavar="MB", help="one article of so many MB [100]")
    parser.add_argument("--line", type=int, nargs="?", const=20, metavar="MB", help="one line of so many MB [20]")
    parser.add_argument("--timeout", type=float, default=120.0, help="seconds per article, with --big and --line")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="zhibiao-scale-") as folder:
        size = chosen.big or chosen.line
        if size:
            giant(Path(folder), size, lines=bool(chosen.big), jobs=chosen.jobs[-1], timeout=chosen.timeout)
        else:
            scale(Path(folder), chosen.sizes, chosen.jobs, chosen.form, chosen.longest)


if __name__ == "__main__":
    main()
