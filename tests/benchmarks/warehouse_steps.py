"""Single steps of the warehouse benchmark, each a process of its own so that it can be measured."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from orchestration.settings import REPO_ROOT

# Columns that the staging models read, by landing table.
TEXTS = {
    "sipo_patents": (
        "source_type", "publication_no", "publication_date", "application_no", "application_date",
        "title", "applicants", "inventors", "address", "ipc", "source_file", "raw_pointer",
    ),
    "sipo_assignments": (
        "application_no", "event_date", "event_type", "event_text", "parsed_type", "parsed_item",
        "parsed_effective_date", "parsed_reference_no", "source_file", "raw_pointer",
    ),
}  # fmt: skip


def scan(landing: Path) -> None:
    """Read every needed column of every landed row once: the length of all texts."""
    import duckdb

    with duckdb.connect() as connection:
        connection.execute(f"set threads = {int(os.environ['GREENTIES_THREADS'])}")
        for table, columns in TEXTS.items():
            files = sorted(str(path) for path in (landing / table).glob("*/*.parquet"))
            sums = ", ".join(f"sum(strlen(f.{name}))" for name in columns)
            query = f"select count(*), sum(f.source_row), {sums} from read_parquet(?) as f"
            connection.execute(query, [files]).fetchall()


def raw(data: Path) -> None:
    """Recreate the raw views of a data folder."""
    import duckdb

    from orchestration.analysis_tables import ANALYSIS_TABLES
    from orchestration.method import MethodSettings
    from orchestration.raw import refresh_raw
    from orchestration.secrets import SYNTHETIC_KEY

    with duckdb.connect(str(data / "warehouse.duckdb")) as connection:
        refresh_raw(
            connection,
            landing_dir=data / "landing",
            method=MethodSettings(),
            person_key=SYNTHETIC_KEY,
        )
        # What the analyses write is not measured here; models that read it find it empty.
        connection.execute("create schema if not exists analysis")
        for table, columns in ANALYSIS_TABLES.items():
            kinds = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
            connection.execute(f"create table if not exists analysis.{table} ({kinds})")


def dbt(data: Path, command: str) -> None:
    """Run dbt up to the first analysis; seeds that are there already are not loaded again."""
    from dbt.cli.main import dbtRunner

    project = str(REPO_ROOT / "dbt_project")
    arguments = ["build", "--project-dir", project, "--profiles-dir", project]
    arguments += ["--target-path", str(data / "target"), "--log-path", str(data / "logs")]
    arguments += ["--log-level", "warn", "--log-level-file", "none", "--quiet"]
    arguments += ["--exclude", "tag:panel", "tag:report"]
    arguments += ["--exclude-resource-type", "unit_test"]
    if command == "run":
        arguments += ["--exclude-resource-type", "test"]
    outcome = dbtRunner().invoke(arguments)
    if not outcome.success:
        for result in getattr(outcome.result, "results", []):
            if str(result.status) in {"error", "fail"}:
                print(result.node.unique_id, result.message, file=sys.stderr)
        raise SystemExit(f"dbt failed: {outcome.exception or 'see above'}")


if __name__ == "__main__":
    step, folder, *rest = sys.argv[1:]
    {"scan": scan, "raw": raw, "dbt": dbt}[step](Path(folder), *rest)  # type: ignore[operator]
