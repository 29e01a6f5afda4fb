"""A small warehouse for tests: land a few rows, build some models, look at the result.

    make_landing(tmp_path, "sipo_patents", "2019-07-01", [{"publication_no": "CN110007813A"}])
    build = dbt_build(tmp_path, select="+int_publications_validated")
    build.rows("select publication_no from intermediate.int_publications_validated")

dbt is parsed once per test session (5 s); later builds reuse the manifest.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.analysis_tables import ANALYSIS_TABLES
from orchestration.dbt_project import release_warehouse
from orchestration.method import MethodSettings
from orchestration.raw import landing_columns, refresh_raw
from orchestration.settings import REPO_ROOT
from scrapers.items import LANDING_TABLES

PERSON_KEY = "key-of-the-tests"
_PARTY = pa.struct([("name", pa.string()), ("address", pa.string()), ("postcode", pa.string())])
_ARROW = {"varchar": pa.string(), "bigint": pa.int64(), "varchar[]": pa.list_(pa.string())}


@dataclass(frozen=True)
class Build:
    """A warehouse after ``dbt build``."""

    path: Path
    statuses: dict[str, str]  # unique id of node -> success, pass, fail, error, skipped, warn

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Run a query on the warehouse, opened read-only."""
        with duckdb.connect(str(self.path), read_only=True) as connection:
            return connection.execute(query).fetchall()

    def failed(self) -> list[str]:
        """Return the nodes that failed or broke."""
        return sorted(k for k, v in self.statuses.items() if v in {"fail", "error"})


def make_landing(
    root: Path,
    table: str,
    month: str,
    rows: Sequence[Mapping[str, Any]],
    *,
    synthetic: bool = True,
) -> Path:
    """Land rows of a month below ``root/landing`` as docs/landing.md says; replaces the month.

    Fields that a row leaves out are empty; the three pointer columns are filled in.
    """
    columns = landing_columns(table)
    names = [field.name for field in dataclasses.fields(LANDING_TABLES[table])]
    records = []
    for number, row in enumerate(rows, start=1):
        unknown = set(row) - set(names)
        if unknown:
            raise ValueError(f"{table} has no field {sorted(unknown)}")
        pointers = {
            "source_file": f"raw/{table}/{month[:7]}/test.warc.gz",
            "source_row": number,
            "raw_pointer": f"sha256:test#{number}",
        }
        records.append({**dict.fromkeys(names), **pointers, **row})
    schema = pa.schema([(name, _ARROW.get(columns[name], pa.list_(_PARTY))) for name in names])
    text = json.dumps(records, sort_keys=True, ensure_ascii=False, default=str)
    content_id = hashlib.sha256(text.encode()).hexdigest()[:16]
    folder = root / "landing" / table / f"landing_month={month}"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{content_id}.parquet"
    pq.write_table(pa.Table.from_pylist(records, schema=schema), path, compression="zstd")
    current = {
        "table": table,
        "landing_month": date.fromisoformat(month).isoformat(),
        "file": path.name,
        "content_id": content_id,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "rows": len(records),
        "bytes": path.stat().st_size,
        "site_counters": {},
        "site": "test",
        "landed_at": "2000-01-01T00:00:00Z",
        "synthetic": synthetic,
    }
    (folder / "current.json").write_text(json.dumps(current), encoding="utf-8")
    return path


def refresh(root: Path, method: MethodSettings | None = None, person_key: str = PERSON_KEY) -> Path:
    """(Re)create schema ``raw`` of ``root/warehouse.duckdb`` from ``root/landing``."""
    path = root / "warehouse.duckdb"
    with duckdb.connect(str(path), config={"threads": 2}) as connection:
        refresh_raw(
            connection,
            landing_dir=root / "landing",
            method=method or MethodSettings(),
            person_key=person_key,
        )
        _without_links(connection)
    return path


def _without_links(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the sources of linkage when nothing was linked: every name stands alone then."""
    connection.execute("create schema if not exists analysis")
    for table in ("applicant_entities", "applicant_pairs"):
        columns = ", ".join(f"{c} {kind}" for c, kind in ANALYSIS_TABLES[table].items())
        connection.execute(f"create table if not exists analysis.{table} ({columns})")


def link(root: Path, method: MethodSettings | None = None) -> Path:
    """Link the names of a warehouse as the asset does, after its links were built."""
    from orchestration.linkage import link_applicants

    path = root / "warehouse.duckdb"
    threshold = float((method or MethodSettings()).min_link_probability)
    with duckdb.connect(str(path), config={"threads": 2}) as connection:
        result = link_applicants(connection, threshold)
        for table in ("applicant_entities", "applicant_pairs"):
            frame = result.entities if table == "applicant_entities" else result.pairs
            connection.execute(f"delete from analysis.{table}")
            connection.register("frame", frame.to_arrow())
            connection.execute(f"insert into analysis.{table} by name select * from frame")
            connection.unregister("frame")
    return path


def dbt_build(
    root: Path,
    select: str | Sequence[str] = (),
    *,
    exclude: str | Sequence[str] = (),
    method: MethodSettings | None = None,
    env: Mapping[str, str] | None = None,
    command: str = "build",
    check: bool = True,
    refresh_first: bool = True,
) -> Build:
    """Refresh ``raw`` and run dbt on the warehouse below ``root``.

    Parameters
    ----------
    root : Path
        Data folder of the test, with ``landing/``.
    select, exclude : str or sequence of str
        dbt selectors; nothing selects everything.
    method : MethodSettings, optional
        Method settings, defaults otherwise.
    env : mapping, optional
        Further environment, e.g. ``GREENTIES_INVENTORY_TABLE``.
    command : str
        ``build``, ``run``, ``test`` or ``seed``.
    check : bool
        Raise when a node fails or breaks.
    """
    from dbt.cli.main import dbtRunner

    path = refresh(root, method) if refresh_first else root / "warehouse.duckdb"
    arguments = [command, *project_arguments(root)]
    if command in {"build", "test"}:  # a test whose parents are not all selected would miss tables
        arguments += ["--indirect-selection", "cautious"]
    for flag, value in (("--select", select), ("--exclude", exclude)):
        words = value.split() if isinstance(value, str) else list(value)
        if words:
            arguments += [flag, *words]
    with environment(root, path, env or {}), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # those of dbt are not ours
        try:
            outcome = dbtRunner(manifest=manifest()).invoke(arguments)
        finally:
            release_warehouse()
    if outcome.exception is not None:
        raise outcome.exception
    results = list(getattr(outcome.result, "results", []))
    statuses = {result.node.unique_id: str(result.status) for result in results}
    build = Build(path, statuses)
    if check and build.failed():
        messages = [
            f"{r.node.unique_id}: {r.message}"
            for r in results
            if str(r.status) in {"fail", "error"}
        ]
        raise AssertionError("dbt failed:\n" + "\n".join(messages))
    return build


ANALYSIS_BEFORE_THE_PANEL = ("centralities", "indices")
ANALYSIS_AFTER_THE_PANEL = (
    "baseline",
    "weights",
    "moran",
    "spatial",
    "robustness",
    "policies",
    "networks",
    "audit",
)


def analyse(root: Path, assets: Sequence[str], method: MethodSettings | None = None) -> None:
    """Run assets ``analysis_<name>`` on the warehouse below ``root``, as a build does."""
    from orchestration.defs import analysis, analysis_spatial, analysis_variants
    from orchestration.resources import Warehouse
    from orchestration.settings import settings

    chosen = (method or MethodSettings()).model_dump(mode="json", exclude_defaults=True)
    values = {
        f"GREENTIES_METHOD_{name.upper()}": value if isinstance(value, str) else json.dumps(value)
        for name, value in chosen.items()
    }
    warehouse = Warehouse(path=str(root / "warehouse.duckdb"))
    with environment(root, root / "warehouse.duckdb", {**values, "GREENTIES_DATA_DIR": str(root)}):
        settings.cache_clear()
        try:
            for name in assets:
                modules = (analysis, analysis_spatial, analysis_variants)
                module = next(m for m in modules if hasattr(m, f"analysis_{name}"))
                # The function itself: an invocation would keep an instance of Dagster alive.
                asset = getattr(module, f"analysis_{name}")
                for _ in asset.op.compute_fn.decorated_fn(warehouse):
                    pass
        finally:
            settings.cache_clear()


def project_arguments(root: Path) -> list[str]:
    project = str(REPO_ROOT / "dbt_project")
    return [
        *("--project-dir", project, "--profiles-dir", project),
        *("--target-path", str(root / "dbt_target"), "--log-path", str(root / "dbt_logs")),
        *("--log-level", "none", "--log-level-file", "none"),
    ]


@cache
def manifest() -> Any:
    """Parse the project once; models read paths when they are compiled, not when parsed."""
    from dbt.cli.main import dbtRunner

    root = Path(tempfile.mkdtemp(prefix="greenties_dbt_"))
    try:
        # what a build is asked for decides nothing of what a model refers to
        unasked = {"GREENTIES_PLACE_TEXTS": "", "GREENTIES_PLACE_TEXTS_ONLY": ""}
        with environment(root, root / "warehouse.duckdb", unasked), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            outcome = dbtRunner().invoke(["parse", *project_arguments(root)])
        if outcome.exception is not None:
            raise outcome.exception
        return outcome.result
    finally:
        shutil.rmtree(root, ignore_errors=True)


@contextmanager
def environment(root: Path, path: Path, extra: Mapping[str, str]) -> Iterator[None]:
    values = {
        "GREENTIES_WAREHOUSE": str(path),
        "GREENTIES_THREADS": "2",
        "GREENTIES_CITY_TABLE": "",
        "GREENTIES_UNITS_TABLE": "",
        "GREENTIES_ALIAS_TABLE": "",
        "GREENTIES_INVENTORY_TABLE": "",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        **extra,
    }
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
