"""Orders of loading: 24 monthly slices with corrections, withdrawals and repeats, in any order.

Every order ends with the same slices; what is kept from build to build must then be what one clean
build gives. After each load the kept tables and what they are made from are built; at the end their
fingerprints are compared, and every few orders those of all marts before analysis too.

Run ``python -m tests.benchmarks.load_orders [--orders 200] [--full-every 50]``.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from orchestration.analysis_tables import ANALYSIS_TABLES
from orchestration.fingerprints import Fingerprint, table_fingerprint
from orchestration.settings import REPO_ROOT
from tests.warehouse import dbt_build, make_landing, manifest, refresh

SLICES = 24
TABLES = ("sipo_patents", "sipo_assignments")
RECORDS = 4_000  # of the country that the slices are cut from; about a quarter lies in them


@dataclass(frozen=True)
class Slice:
    """One landing table and month: what is right, and what may be landed before it."""

    table: str
    month: str
    right: list[dict[str, Any]]
    wrong: list[list[dict[str, Any]]]


def main() -> None:
    """Try so many orders and say how many of them ended alike."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=200)
    parser.add_argument("--full-every", type=int, default=50, help="0 for never")
    parser.add_argument("--seed", type=int, default=20191109)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="greenties-orders-") as name:
        work = Path(name)
        slices = list(cut(work))
        rows = sum(len(s.right) for s in slices)
        print(f"{len(slices)} slices of {SLICES} months, {rows:,} rows", flush=True)
        different = run(work, slices, options.orders, options.full_every, options.seed)
    if different:
        raise SystemExit(f"{len(different)} of {options.orders} orders differ: {different}")
    print(f"All {options.orders} orders end with the fingerprints of one clean build.")


def cut(work: Path) -> Iterator[Slice]:
    """Cut the last months of a small country into slices, each with faulty versions of itself."""
    landing = work / "country"
    command = [sys.executable, "-m", "scrapers.office", "scale", "--landing", str(landing)]
    subprocess.run(
        [*command, "--records", str(RECORDS), "--shares", "enriched"],
        check=True, cwd=REPO_ROOT, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    rng = random.Random("greenties: slices")
    for table in TABLES:
        months = sorted((landing / table).glob("landing_month=*"))[-SLICES:]
        found = [_rows(folder) for folder in months]
        everything = [row for rows in found for row in rows]
        for folder, rows in zip(months, found, strict=True):
            yield Slice(
                table,
                folder.name.removeprefix("landing_month="),
                rows + rng.sample(everything, k=min(2, len(everything))),  # repeats of other months
                [[], *(_wrong(rng, rows, everything) for _ in range(2))],
            )


def _rows(folder: Path) -> list[dict[str, Any]]:
    current = json.loads((folder / "current.json").read_text("utf-8"))
    return list(pq.read_table(folder / current["file"]).to_pylist())


def _wrong(
    rng: random.Random, rows: list[dict[str, Any]], others: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Some rows withdrawn, some printed wrong, some that belong to another month."""
    kept = [dict(row) for row in rows if rng.random() < 0.8]
    for row in kept:
        if rng.random() < 0.2 and "publication_no" in row:
            field = rng.choice(
                ["applicants", "address", "ipc", "application_no", "publication_date"]
            )
            row[field] = rng.choice([None, "?", others[rng.randrange(len(others))][field]])
        elif rng.random() < 0.2 and "event_date" in row:
            row["application_no"] = others[rng.randrange(len(others))]["application_no"]
    return kept + rng.sample(others, k=min(3, len(others)))


def run(work: Path, slices: list[Slice], orders: int, full_every: int, seed: int) -> list[int]:
    """Build clean once, then in every order; return the numbers of orders that ended otherwise."""
    kept, selection = kept_models()
    template = work / "template"
    template.mkdir()
    _empty_analyses(refresh(template))
    dbt_build(template, command="seed")
    _full(template)
    clean = work / "clean"
    shutil.copytree(template, clean)
    _land(clean, [(s, s.right) for s in slices])
    _full(clean)
    expected = fingerprints(clean, [f"intermediate.{name}" for name in kept])
    expected_marts = fingerprints(clean, marts(clean)) if full_every else {}
    different: list[int] = []
    builds, started = 0, time.perf_counter()
    for number in range(1, orders + 1):
        folder = work / "order"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(template, folder)
        for load in loads(random.Random(f"greenties: order {seed} {number}"), slices):
            _land(folder, load)
            dbt_build(folder, selection, command="run")
            builds += 1
        found = fingerprints(folder, expected)
        wrong = [name for name, value in expected.items() if found[name] != value]
        if full_every and number % full_every == 0:
            _full(folder)
            found = fingerprints(folder, expected_marts)
            wrong += [name for name, value in expected_marts.items() if found[name] != value]
        if wrong:
            different.append(number)
            print(f"order {number}: {', '.join(wrong)} differ", flush=True)
        if number % 10 == 0:
            seconds = time.perf_counter() - started
            print(f"{number} orders, {builds} builds, {seconds:,.0f} s", flush=True)
    return different


def loads(
    rng: random.Random, slices: list[Slice]
) -> Iterator[list[tuple[Slice, list[dict[str, Any]] | None]]]:
    """Yield what is landed between two builds; None takes a month away. The last load is right."""
    left = list(slices)
    rng.shuffle(left)
    parts = rng.choice([2, 3, 4])
    done: list[Slice] = []
    spoiled: list[Slice] = []
    for part in range(parts):
        cut_at = len(left) if part == parts - 1 else len(left) // (parts - part)
        now, left = left[:cut_at], left[cut_at:]
        load: list[tuple[Slice, list[dict[str, Any]] | None]] = [
            (s, s.right) for s in now + spoiled
        ]
        done += now
        spoiled = []
        if part < parts - 1:
            for early in rng.sample(left, k=min(3, len(left))):
                load.append((early, rng.choice(early.wrong)))  # landed before it was right
            for late in rng.sample(done, k=min(3, len(done))):
                load.append((late, rng.choice([None, *late.wrong])))  # withdrawn, or landed again
                spoiled.append(late)
        yield load


def _land(root: Path, load: Iterable[tuple[Slice, list[dict[str, Any]] | None]]) -> None:
    for part, rows in load:
        folder = root / "landing" / part.table / f"landing_month={part.month}"
        shutil.rmtree(folder, ignore_errors=True)
        if rows is not None:
            plain = [{k: v for k, v in row.items() if k != "landing_month"} for row in rows]
            numbered = [
                {**row, "source_row": n, "raw_pointer": f"sha256:slice#{part.month}/{n}"}
                for n, row in enumerate(plain, start=1)
            ]
            make_landing(root, part.table, part.month, numbered)


def _empty_analyses(path: Path) -> None:
    """Give the models that read analyses empty tables: what analyses write is not tried here."""
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema if not exists analysis")
        for table, columns in ANALYSIS_TABLES.items():
            kinds = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
            connection.execute(f"create table if not exists analysis.{table} ({kinds})")


def _full(root: Path) -> None:
    dbt_build(root, exclude=["tag:panel", "tag:report"], command="run")


def kept_models() -> tuple[list[str], list[str]]:
    """Names of the reused models, and of all models between landing and them."""
    nodes = manifest().nodes
    landed = {f"source.greenties.raw.{table}" for table in TABLES}
    landed.add("source.greenties.raw.landed_months")

    def ancestors(unique_id: str) -> set[str]:
        found: set[str] = set()
        ahead = [unique_id]
        while ahead:
            for parent in nodes[ahead.pop()].depends_on.nodes:
                if parent not in found:
                    found.add(parent)
                    if parent in nodes and nodes[parent].resource_type == "model":
                        ahead.append(parent)
        return found

    models = {k: n for k, n in nodes.items() if n.resource_type == "model"}
    kept = [k for k, n in models.items() if n.config.materialized == "reused"]
    wanted = set(kept)
    for unique_id in kept:
        wanted |= ancestors(unique_id) & models.keys()
    moving = [k for k in wanted if ancestors(k) & landed]
    return sorted(models[k].name for k in kept), sorted(models[k].name for k in moving)


def marts(root: Path) -> list[str]:
    """Names of the marts of a warehouse, as schema.table."""
    with duckdb.connect(str(root / "warehouse.duckdb"), read_only=True) as connection:
        return [
            f"marts.{name}"
            for (name,) in connection.execute(
                "select table_name from information_schema.tables where table_schema = 'marts' "
                "order by 1"
            ).fetchall()
        ]


def fingerprints(root: Path, tables: Iterable[str]) -> dict[str, Fingerprint]:
    """Fingerprints of tables of the warehouse below a folder."""
    with duckdb.connect(str(root / "warehouse.duckdb"), read_only=True) as connection:
        return {name: table_fingerprint(connection, name) for name in tables}


if __name__ == "__main__":
    main()
