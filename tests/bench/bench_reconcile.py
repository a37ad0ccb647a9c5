"""Seconds over 100k, 300k and 1M synthetic facts: python tests/bench/bench_reconcile.py [SIZE...]"""

from __future__ import annotations

import random
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

from pipeline import reconcile, series

_SUBJECTS = [f"{name}{i}有限公司" for name in ("甲乙丙丁", "子丑寅卯") for i in range(500)]
_INDICATORS = ["规上工业总产值", "规模以上工业总产值", "工业增加值", "汽车产量", "手机年产量", "研发投入", "车间数量"]


def facts(count: int, *, seed: int = 1) -> list[dict[str, Any]]:
    """Facts of which one in ten is a target; a tenth of all is about one thing in one period (the worst group)."""
    draw = random.Random(seed)
    found = []
    for i in range(count):
        crowded = i % 10 == 0
        value = float(draw.randint(1, 5000)) * 1e8
        year = "2023" if crowded else str(draw.randint(2000, 2030))
        found.append(
            {
                "fact_id": f"{i:016x}", "doc_id": f"{i // 40:08d}", "aspect": "level", "direction": None,
                "endpoint": None, "scope": None, "value_max": None, "unit": "元", "base_unit": "CNY",
                "subject": _SUBJECTS[0] if crowded else draw.choice(_SUBJECTS),
                "indicator": _INDICATORS[0] if crowded else draw.choice(_INDICATORS),
                "status": "target" if draw.random() < 0.1 else "actual",
                "comparator": draw.choice(["eq", "eq", "gt", "approx"]),
                "value": value, "base_value": value, "time": year,
                "first_day": f"{year}-01-01", "last_day": f"{year}-12-31",
                "quantity_start": i % 40 * 50, "quantity_end": i % 40 * 50 + 6, "sentence_start": i % 40 * 50,
            }
        )  # fmt: skip
    return found


def _seconds(work: Callable[[], list[Any]]) -> tuple[float, int]:
    start = time.perf_counter()
    count = len(work())
    return time.perf_counter() - start, count


def main(sizes: list[int]) -> None:
    """Print one line a size."""
    for size in sizes:
        rows = facts(size)
        steps = {
            "targets": _seconds(lambda: reconcile.targets(rows)),  # noqa: B023
            "conflicts": _seconds(lambda: reconcile.conflicts(rows)),  # noqa: B023
            "merged": _seconds(lambda: reconcile.merged(rows)),  # noqa: B023
            "all_series": _seconds(lambda: series.all_series(rows)),  # noqa: B023
        }
        told = "  ".join(f"{name} {seconds:6.2f} s ({count:,} rows)" for name, (seconds, count) in steps.items())
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(f"{size:>9,} facts  {told}  peak {peak:.1f} GB", flush=True)


if __name__ == "__main__":
    main([int(a) for a in sys.argv[1:]] or [100_000, 300_000, 1_000_000])
