"""What every asset of analysis shares: its spec, and storing or reusing its tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import dagster as dg
import polars as pl

from orchestration.analysis_reuse import ingredients, stored_or_computed
from orchestration.analysis_tables import ANALYSIS_TABLES, create_view
from orchestration.progress import progress
from orchestration.resources import Warehouse
from orchestration.settings import settings

POOL = "duckdb_writer"
KINDS = {"python", "parquet"}
_SHARED_CODE = ("orchestration/analysis_tables.py",)


def analysis_spec(name: str, deps: list[list[str]], description: str, kind: str) -> dg.AssetSpec:
    """Spec of the asset behind one table of schema ``analysis``."""
    columns = [dg.TableColumn(c, sql_type) for c, sql_type in ANALYSIS_TABLES[name].items()]
    return dg.AssetSpec(
        key=["analysis", name],
        deps=deps,
        description=description,
        group_name="analysis",
        kinds={*KINDS, kind},
        metadata={"dagster/column_schema": dg.TableSchema(columns)},
    )


def stored(
    warehouse: Warehouse,
    tables: Sequence[str],
    *,
    inputs: Mapping[str, pl.DataFrame | str],
    choices: Mapping[str, Any],
    code: Sequence[str],
    compute: Callable[[], Mapping[str, pl.DataFrame]],
) -> Iterator[dg.MaterializeResult[None]]:
    """Compute tables unless what they are made from is as it was, and show them to dbt.

    Parameters
    ----------
    inputs, choices, code : see `orchestration.analysis_reuse.ingredients`
        ``code`` names the file that defines the asset too.
    compute : callable
        Gives a frame for each table.

    Yields
    ------
    MaterializeResult
        One per table; its metadata say whether it was reused, and why not.
    """
    folder = settings().analysis_dir
    made_from = ingredients(tables, inputs=inputs, choices=choices, code=[*code, *_SHARED_CODE])
    result = stored_or_computed(folder, tables, made_from, compute)
    if result.reused:
        progress().detail("reused: nothing changed")
    with warehouse.connect(read_only=False) as connection:
        for name in tables:
            create_view(connection, name, result.paths[name])
    for name in tables:
        yield dg.MaterializeResult(
            asset_key=["analysis", name],
            metadata={
                "dagster/row_count": result.rows[name],
                "path": dg.MetadataValue.path(result.paths[name]),
                "reused": result.reused,
                "why": result.why,
            },
        )
