"""A few dbt models in a warehouse of their own, for commands that answer from a user's file.

The rules are those of the project, because the models are; nothing that was landed is asked, and
nothing in the data folder is touched.
"""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from orchestration.settings import Settings


class SideBuildError(RuntimeError):
    """dbt could not build the models that a command needs."""


@contextmanager
def side_build(
    current: Settings,
    *,
    select: Sequence[str],
    exclude: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> Iterator[DuckDBPyConnection]:
    """Build models in a temporary warehouse without landed rows and yield it, opened read-only.

    Parameters
    ----------
    current : Settings
        Tables of a user that replace seeds count as in every build.
    select, exclude : sequence of str
        dbt selectors. Tests are not run.
    environment : mapping, optional
        Further variables that the models read, while they are built.

    Yields
    ------
    duckdb.DuckDBPyConnection
        The warehouse; it is gone when the context ends.

    Raises
    ------
    SideBuildError
        If dbt fails, with what it said.
    """
    import duckdb

    from orchestration.method import MethodSettings
    from orchestration.raw import refresh_raw

    with tempfile.TemporaryDirectory(prefix="greenties-") as name:
        folder = Path(name)
        path = folder / "warehouse.duckdb"
        with duckdb.connect(str(path), config={"threads": current.threads}) as connection:
            refresh_raw(
                connection,
                landing_dir=folder / "landing",
                method=MethodSettings(),
                person_key="of a warehouse that publishes nothing",
            )
        variables = {
            **current.dbt_env(),
            "GREENTIES_WAREHOUSE": str(path),
            **(environment or {}),
        }
        with _variables(variables), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # those of dbt are not ours
            _build(current, folder, select, exclude)
        with duckdb.connect(str(path), read_only=True) as connection:
            connection.execute(f"set threads = {current.threads}")
            yield connection


def _build(current: Settings, folder: Path, select: Sequence[str], exclude: Sequence[str]) -> None:
    from dbt.cli.main import dbtRunner

    from orchestration.dbt_project import PROJECT_DIR, release_warehouse, stored_manifest

    arguments = ["build", "--project-dir", str(PROJECT_DIR), "--profiles-dir", str(PROJECT_DIR)]
    arguments += ["--target-path", str(folder / "target"), "--log-path", str(folder / "logs")]
    arguments += ["--log-level", "none", "--log-level-file", "none"]
    arguments += ["--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"]
    arguments += ["--select", *select]
    if exclude:
        arguments += ["--exclude", *exclude]
    try:
        outcome = dbtRunner(manifest=stored_manifest(current)).invoke(arguments)
    finally:
        release_warehouse()
    if outcome.exception is not None:
        raise SideBuildError(str(outcome.exception)) from outcome.exception
    broken = [
        f"{result.node.name}: {result.message}"
        for result in getattr(outcome.result, "results", [])
        if str(result.status) in {"error", "fail"}
    ]
    if broken or not outcome.success:
        raise SideBuildError("dbt failed:\n" + "\n".join(broken))


@contextmanager
def _variables(values: Mapping[str, str]) -> Iterator[None]:
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
