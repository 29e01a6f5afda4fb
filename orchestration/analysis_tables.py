"""The tables of schema ``analysis``: their columns, their files, their views in the warehouse.

Columns and types are those of docs/warehouse.md. A frame that differs from them is refused here, at
the border, and not three models later.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ANALYSIS_TABLES: dict[str, dict[str, str]] = {
    "applicant_entities": {
        "applicant_id": "varchar",
        "entity_id": "varchar",
        "entity_rule": "varchar",
        "confidence": "double",
    },
    "applicant_pairs": {
        "applicant_a": "varchar",
        "applicant_b": "varchar",
        "probability": "double",
        "evidence": "varchar",
        "decision": "varchar",
    },
    "city_centralities": {
        "year": "bigint",
        "adcode": "varchar",
        "n_nodes": "bigint",
        "n_active_copatent": "bigint",
        "n_active_transfer": "bigint",
        "copatent_degree": "double",
        "copatent_betweenness": "double",
        "transfer_out_degree": "double",
        "transfer_in_degree": "double",
        "transfer_betweenness": "double",
    },
    "city_indices": {
        "year": "bigint",
        "adcode": "varchar",
        "dige": "double",
        "er": "double",
        "er_clipped": "boolean",
    },
    "index_loadings": {
        "index_name": "varchar",
        "indicator": "varchar",
        "weight": "double",
        "note": "varchar",
    },
    "filled_cells": {
        "index_name": "varchar",
        "indicator": "varchar",
        "year": "bigint",
        "adcode": "varchar",
        "value": "double",
        "unclipped_value": "double",
        "rule": "varchar",
        "is_clipped": "boolean",
    },
    "index_variants": {
        "index_name": "varchar",
        "variant": "varchar",
        "year": "bigint",
        "adcode": "varchar",
        "value": "double",
    },
    "baseline_estimates": {
        "table_name": "varchar",
        "column_no": "bigint",
        "outcome": "varchar",
        "term": "varchar",
        "coef": "double",
        "std_error": "double",
        "t_stat": "double",
        "p_value": "double",
        "stars": "varchar",
        "n_obs": "bigint",
        "n_entities": "bigint",
        "n_periods": "bigint",
        "r2": "double",
        "r2_adj": "double",
        "r2_within": "double",
        "cluster_convention": "varchar",
        "note": "varchar",
        "status": "varchar",
        "reason": "varchar",
    },
}

_KEYS = {
    "applicant_entities": ["applicant_id"],
    "applicant_pairs": ["applicant_a", "applicant_b"],
    "city_centralities": ["year", "adcode"],
    "city_indices": ["year", "adcode"],
    "index_loadings": ["index_name", "indicator"],
    "filled_cells": ["index_name", "indicator", "year", "adcode"],
    "index_variants": ["index_name", "variant", "year", "adcode"],
    "baseline_estimates": ["table_name", "column_no", "outcome", "term"],
}
_POLARS: dict[str, type[pl.DataType]] = {
    "bigint": pl.Int64,
    "varchar": pl.String,
    "double": pl.Float64,
    "boolean": pl.Boolean,
}


class AnalysisTableError(ValueError):
    """A result does not have the columns that docs/warehouse.md promises."""


def empty_table(name: str) -> pl.DataFrame:
    """Return a typed table without rows."""
    return pl.DataFrame(
        schema={column: _POLARS[kind] for column, kind in ANALYSIS_TABLES[name].items()}
    )


def shaped(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return the frame with the promised columns, types and order of rows.

    Raises
    ------
    AnalysisTableError
        If a column is missing or unknown, or a key occurs twice.
    """
    columns = ANALYSIS_TABLES[name]
    missing, unknown = set(columns) - set(frame.columns), set(frame.columns) - set(columns)
    if missing or unknown:
        raise AnalysisTableError(
            f"analysis.{name}: missing columns {sorted(missing)}, unknown {sorted(unknown)}"
        )
    result = frame.select(
        pl.col(column).cast(_POLARS[kind], strict=True) for column, kind in columns.items()
    ).sort(_KEYS[name], nulls_last=True)
    repeated = result.filter(result.select(_KEYS[name]).is_duplicated())
    if repeated.height:
        raise AnalysisTableError(
            f"analysis.{name}: key {repeated.select(_KEYS[name]).row(0)} occurs twice"
        )
    return result


def write_table(frame: pl.DataFrame, name: str, folder: Path) -> Path:
    """Write a table to ``<folder>/<name>.parquet``, under a temporary name first."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.parquet"
    partial = path.with_suffix(".partial")
    shaped(frame, name).write_parquet(partial, compression="zstd")
    partial.replace(path)
    return path


def create_view(connection: DuckDBPyConnection, name: str, path: Path) -> None:
    """Create the view of schema ``analysis`` that dbt reads as a source."""
    casts = ", ".join(
        f"cast(f.{column} as {kind}) as {column}" for column, kind in ANALYSIS_TABLES[name].items()
    )
    literal = "'" + str(path).replace("'", "''") + "'"
    connection.execute("create schema if not exists analysis")
    connection.execute(
        f"create or replace view analysis.{name} as "
        f"select {casts} from read_parquet({literal}) as f"
    )
