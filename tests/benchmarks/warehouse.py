"""Cost of the warehouse at any size: CPU seconds and peak memory of a full build and of one month.

Baseline of the same run is one query that reads every landed column that staging reads, straight
from the landing Parquet; everything else is told as a multiple of it. One month is held out, the
rest is built from nothing, then the month is landed and built on top.

Run ``python -m tests.benchmarks.warehouse [--records 8600000] [--memory-limit 1GB]``. Countries are
written once into the cache folder; what is built there is deleted again.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from orchestration.settings import REPO_ROOT

PAPER_RECORDS, PAPER_MONTH = 8_600_000, 60_000
TOP = 12
STEPS = "tests.benchmarks.warehouse_steps"


@dataclass(frozen=True, slots=True)
class Cost:
    """What a child process took."""

    cpu: float  # seconds, user and system
    wall: float  # seconds
    peak: float  # bytes of resident memory at most

    def __str__(self) -> str:
        """Return the three figures in the width of the table."""
        return f"{self.cpu:>8.1f} CPU s {self.wall:>8.1f} s {self.peak / 1e9:>6.2f} GB"


def main() -> None:
    """Measure baseline, full build and one month; print ratios and the dearest models."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--memory-limit", default="", help="of the engine, e.g. 1GB")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--cache", type=Path, help="where countries stay; a temporary folder else")
    parser.add_argument("--keep", type=Path, help="keep the built data folder here")
    parser.add_argument("--with-tests", action="store_true", help="dbt build instead of dbt run")
    parser.add_argument("--no-month", action="store_true", help="measure the full build only")
    options = parser.parse_args()
    with _folder(options.cache) as cache, _folder(options.keep) as work:
        _measure(cache, work, options)


@contextmanager
def _folder(wanted: Path | None) -> Iterator[Path]:
    if wanted is not None:
        wanted.mkdir(parents=True, exist_ok=True)
        yield wanted.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="greenties-benchmark-") as name:
        yield Path(name)


def _measure(cache: Path, work: Path, options: argparse.Namespace) -> None:
    landing = country(cache, options.records)
    data = work / "data"
    shutil.rmtree(data, ignore_errors=True)
    shutil.copytree(landing, data / "landing", copy_function=os.link)
    held_out = _month_of(data / "landing", PAPER_MONTH * options.records / PAPER_RECORDS)
    month_rows = json.loads((held_out / "current.json").read_text("utf-8"))["rows"]
    if not options.no_month:
        held_out.rename(work / "held_out")
    env = _environment(data, options)
    print(
        f"{options.records:,} records, {os.cpu_count()} cores, {options.threads} threads, memory "
        f"limit {options.memory_limit or 'of the project'}",
        flush=True,
    )
    base = _child([sys.executable, "-m", STEPS, "scan", str(landing)], env)
    print(f"{'scan of the needed columns':<34}{base}", flush=True)
    try:
        full = _build(data, env, options)
        _print("full build", full, base)
        _print_models(data / "target" / "run_results.json")
        if options.no_month:
            return
        (work / "held_out").rename(held_out)
        month = _build(data, env, options)
        _print(f"one month more ({month_rows:,} records)", month, base)
        print(f"{'month as a share of the full build':<34}{month.cpu / full.cpu:>8.2f}")
        _print_models(data / "target" / "run_results.json")
    finally:
        if options.keep is None:
            shutil.rmtree(data, ignore_errors=True)


def country(cache: Path, records: int) -> Path:
    """Return the landing folder of a bulk country, written into the cache when it is not there."""
    folder = cache / f"bulk-{records}"
    landing = folder / "landing"
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        command = [sys.executable, "-m", "scrapers.office", "scale", "--landing", str(landing)]
        subprocess.run([*command, "--records", str(records)], check=True, cwd=REPO_ROOT)
        (folder / "complete").touch()
    return landing


def _month_of(landing: Path, rows: float) -> Path:
    """Folder of the gazette month whose number of rows is nearest to the wanted one."""
    months = sorted((landing / "sipo_patents").glob("landing_month=*"))

    def distance(folder: Path) -> float:
        found = json.loads((folder / "current.json").read_text("utf-8"))["rows"]
        return abs(float(found) - rows)

    return min(months, key=distance)


def _environment(data: Path, options: argparse.Namespace) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("GREENTIES_")}
    limit = {"GREENTIES_MEMORY_LIMIT": options.memory_limit} if options.memory_limit else {}
    return {
        **kept,
        **limit,
        "GREENTIES_DATA_DIR": str(data),
        "GREENTIES_THREADS": str(options.threads),
        "GREENTIES_WAREHOUSE": str(data / "warehouse.duckdb"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }


def _build(data: Path, env: Mapping[str, str], options: argparse.Namespace) -> Cost:
    """Refresh the raw views and run dbt, as `greenties run` does; costs of both together."""
    steps = [sys.executable, "-m", STEPS]
    raw = _child([*steps, "raw", str(data)], env)
    command = [*steps, "dbt", str(data), "build" if options.with_tests else "run"]
    built = _child(command, env)
    return Cost(raw.cpu + built.cpu, raw.wall + built.wall, max(raw.peak, built.peak))


def _child(command: list[str], env: Mapping[str, str]) -> Cost:
    started = time.perf_counter()
    child = subprocess.Popen(command, env=dict(env), cwd=REPO_ROOT)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {child.returncode}")
    cpu = usage.ru_utime + usage.ru_stime
    return Cost(cpu, time.perf_counter() - started, usage.ru_maxrss * 1024.0)


def _print(what: str, cost: Cost, base: Cost) -> None:
    print(f"{what:<34}{cost} {cost.cpu / base.cpu:>7.1f} times the scan", flush=True)


def _print_models(path: Path) -> None:
    results = json.loads(path.read_text("utf-8"))["results"]
    timed = sorted(results, key=lambda r: -float(r["execution_time"]))
    total = sum(float(r["execution_time"]) for r in results)
    print(f"  {len(results)} nodes, {total:.1f} s wall in them; the dearest:")
    for result in timed[:TOP]:
        name = re.sub(r"^\w+\.greenties\.", "", result["unique_id"])
        print(f"  {float(result['execution_time']):>8.1f} s  {name}")


if __name__ == "__main__":
    main()
