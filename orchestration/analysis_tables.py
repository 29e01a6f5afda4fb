"""The tables of schema ``analysis``: their columns, their files, their views in the warehouse.

Columns and types are those of docs/warehouse.md. A frame that differs from them is refused here, at
the border, and not three models later.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from orchestration.whole_files import replacing

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
    "spatial_weights": {
        "kind": "varchar",
        "origin": "varchar",
        "destination": "varchar",
        "weight": "double",
    },
    "spatial_weight_kinds": {
        "kind": "varchar",
        "n": "bigint",
        "power": "double",
        "cutoff_km": "double",
        "neighbours": "bigint",
        "economic_base": "varchar",
        "standardisation": "varchar",
        "n_links": "bigint",
        "fingerprint": "varchar",
        "n_islands": "bigint",
        "n_components": "bigint",
        "smallest_eigenvalue": "double",
        "feedback_at_paper_rho": "double",
        "note": "varchar",
        "status": "varchar",
        "reason": "varchar",
    },
    "spatial_estimates": {
        "specification": "varchar",
        "column_no": "bigint",
        "column_kind": "varchar",
        "outcome": "varchar",
        "term": "varchar",
        "coef": "double",
        "std_error": "double",
        "z_stat": "double",
        "p_value": "double",
        "stars": "varchar",
        "estimate_closed_form": "double",
        "se_delta": "double",
        "std_error_cluster": "double",
        "p_value_cluster": "double",
        "stars_cluster": "varchar",
        "rho": "double",
        "rho_se": "double",
        "rho_p": "double",
        "rho_stars": "varchar",
        "rho_se_cluster": "double",
        "n_obs": "bigint",
        "n_entities": "bigint",
        "n_periods": "bigint",
        "r2": "double",
        "r2_within": "double",
        "r2_between": "double",
        "r2_overall": "double",
        "log_likelihood": "double",
        "mean_feedback": "double",
        "effects": "varchar",
        "leeyu": "boolean",
        "information": "varchar",
        "draws": "bigint",
        "n_redrawn": "bigint",
        "seed": "bigint",
        "weights_kind": "varchar",
        "weights_fingerprint": "varchar",
        "note": "varchar",
        "status": "varchar",
        "reason": "varchar",
    },
    "spatial_tests": {
        "position": "bigint",
        "family": "varchar",
        "test_name": "varchar",
        "label_zh": "varchar",
        "label_en": "varchar",
        "effects": "varchar",
        "statistic": "double",
        "df": "bigint",
        "p_value": "double",
        "stars": "varchar",
        "valid_for": "varchar",
        "note": "varchar",
        "status": "varchar",
        "reason": "varchar",
    },
    "moran_years": {
        "year": "bigint",
        "variable": "varchar",
        "weights_kind": "varchar",
        "n": "bigint",
        "statistic": "double",
        "expectation": "double",
        "sd": "double",
        "z": "double",
        "p_greater": "double",
        "p_two_sided": "double",
        "p_permutation": "double",
        "n_permutations": "bigint",
        "seed": "bigint",
        "is_chosen": "boolean",
        "status": "varchar",
        "reason": "varchar",
    },
    "moran_cities": {
        "year": "bigint",
        "variable": "varchar",
        "weights_kind": "varchar",
        "adcode": "varchar",
        "value": "double",
        "standardised": "double",
        "spatial_lag": "double",
        "local_i": "double",
        "quadrant": "varchar",
        "p_value": "double",
        "is_significant": "boolean",
        "is_chosen": "boolean",
    },
    "robustness_estimates": {
        "position": "bigint",
        "family": "varchar",
        "specification": "varchar",
        "label_zh": "varchar",
        "label_en": "varchar",
        "outcome": "varchar",
        "term": "varchar",
        "coef": "double",
        "std_error": "double",
        "statistic": "double",
        "p_value": "double",
        "stars": "varchar",
        "n_obs": "bigint",
        "n_entities": "bigint",
        "n_clusters": "bigint",
        "se_kind": "varchar",
        "cluster_by": "varchar",
        "note": "varchar",
        "status": "varchar",
        "reason": "varchar",
    },
    "event_studies": {
        "policy": "varchar",
        "outcome": "varchar",
        "event_time": "bigint",
        "coef": "double",
        "std_error": "double",
        "p_value": "double",
        "n_cells": "bigint",
        "is_base": "boolean",
        "pretrend_p": "double",
        "overall": "double",
        "overall_se": "double",
        "twoways_coef": "double",
        "twoways_se": "double",
        "n_obs": "bigint",
        "n_treated": "bigint",
        "n_never": "bigint",
        "note": "varchar",
        "status": "varchar",
        "reason": "varchar",
    },
    "bacon_weights": {
        "policy": "varchar",
        "outcome": "varchar",
        "kind": "varchar",
        "weight": "double",
        "estimate": "double",
        "n_pairs": "bigint",
        "note": "varchar",
        "status": "varchar",
        "reason": "varchar",
    },
    "network_figures": {
        "network": "varchar",
        "year": "bigint",
        "measure": "varchar",
        "value": "double",
        "note": "varchar",
    },
    "city_network_measures": {
        "network": "varchar",
        "year": "bigint",
        "adcode": "varchar",
        "n_partners": "bigint",
        "n_out": "bigint",
        "n_in": "bigint",
        "strength": "double",
        "out_strength": "double",
        "in_strength": "double",
        "closeness": "double",
        "closeness_wf": "double",
        "in_closeness": "double",
        "in_closeness_wf": "double",
        "harmonic": "double",
        "pagerank": "double",
        "eigenvector": "double",
        "clustering": "double",
        "core_number": "bigint",
        "is_core": "boolean",
        "community": "bigint",
        "component": "bigint",
    },
    "audit_findings": {
        "source": "varchar",
        "finding_no": "bigint",
        "check_name": "varchar",
        "defect": "varchar",
        "table_name": "varchar",
        "row_name": "varchar",
        "column_name": "varchar",
        "year": "bigint",
        "printed": "varchar",
        "computed": "varchar",
        "verdict": "varchar",
        "status": "varchar",
        "reason": "varchar",
    },
}

SIGNIFICANT_DIGITS = 7
# The fingerprint of weights counts nine, and models ask for rows that sum to one within 1e-8.
_MORE_DIGITS = {"spatial_weights": 9}

# Tables behind which stands the linear algebra of BLAS and LAPACK, whose last digits depend on the
# processor: what is stored are so many significant digits, so that fingerprints do not.
_ROUNDED = {
    "spatial_weights",
    "spatial_weight_kinds",
    "spatial_estimates",
    "spatial_tests",
    "moran_years",
    "moran_cities",
    "robustness_estimates",
    "event_studies",
    "bacon_weights",
    "network_figures",
    "city_network_measures",
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
    "spatial_weights": ["kind", "origin", "destination"],
    "spatial_weight_kinds": ["kind"],
    "spatial_estimates": ["specification", "column_no", "term"],
    "spatial_tests": ["position"],
    "moran_years": ["year", "variable", "weights_kind"],
    "moran_cities": ["year", "variable", "weights_kind", "adcode"],
    "robustness_estimates": ["position", "family", "specification", "outcome", "term"],
    "event_studies": ["policy", "outcome", "event_time"],
    "bacon_weights": ["policy", "outcome", "kind"],
    "network_figures": ["network", "year", "measure"],
    "city_network_measures": ["network", "year", "adcode"],
    "audit_findings": ["source", "finding_no"],
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
    if name in _ROUNDED:
        floats = [column for column, kind in columns.items() if kind == "double"]
        # What is no number is missing.
        result = result.with_columns(
            pl.col(floats).fill_nan(None).round_sig_figs(_MORE_DIGITS.get(name, SIGNIFICANT_DIGITS))
        )
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
    with replacing(path) as partial:
        shaped(frame, name).write_parquet(partial, compression="zstd")
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
