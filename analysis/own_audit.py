"""The audit of printed tables, run on our own: our results in the layout of the paper's tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from analysis.audit import COLUMNS, AuditRules, Finding, audit_tables, read_paper
from analysis.errors import AnalysisError
from analysis.frames import Frame, as_polars, require_columns

AUDIT_FINDINGS_SCHEMA = pl.Schema(
    {
        "source": pl.String,
        "finding_no": pl.Int64,
        "check_name": pl.String,
        "defect": pl.String,
        "table_name": pl.String,
        "row_name": pl.String,
        "column_name": pl.String,
        "year": pl.Int64,
        "printed": pl.String,
        "computed": pl.String,
        "verdict": pl.String,
        "status": pl.String,
        "reason": pl.String,
    }
)

_TABLE_1 = {
    "n_partners": ("C_n", "count"),
    "n_kept": ("X_n", "count"),
    "n_new": ("Z_n", "count"),
    "n_lost": ("T_n", "count"),
    "kept_percent": ("X_n/C_n", "percent"),
    "new_percent": ("Z_n/C_n", "percent"),
    "lost_percent": ("T_n/C_{n-1}", "percent"),
}
_TABLE_5 = {
    "main": "(1) main",
    "wx": "(2) wx",
    "direct": "(3) direct",
    "indirect": "(4) indirect",
    "total": "(5) total",
}

Row = tuple[str, str, str, str, str]


def own_tables(
    dynamics: Frame, panel: Frame, baseline: Frame, spatial: Frame, variables: Frame
) -> pl.DataFrame:
    """Our Tables 1 to 5 as `analysis.audit.audit_tables` reads tables.

    Parameters
    ----------
    dynamics : frame
        Table 1 of one city: ``year, n_partners, n_kept, n_new, n_lost`` and the three percents.
    panel : frame
        City-years of the sample with the columns of ``variables``.
    baseline : frame
        ``analysis.baseline_estimates``.
    spatial : frame
        ``analysis.spatial_estimates``; the specification ``table5`` is taken.
    variables : frame
        ``symbol, physical_column, label_zh, table3_symbol, table3_column``.

    Returns
    -------
    pl.DataFrame
        ``table, column, variable, statistic, value``. Percents have the decimal of print, other
        numbers all their digits; what was not estimated is left out.

    Raises
    ------
    AnalysisError
        If a column is missing.
    """
    about = as_polars(variables)
    require_columns(about, ["symbol", "physical_column", "label_zh", "table3_symbol"])
    symbols = {
        row["table3_column"]: row["table3_symbol"]
        for row in about.to_dicts()
        if row["table3_column"]
    }
    rows = [
        *_dynamics(as_polars(dynamics)),
        *_descriptives(as_polars(panel), about),
        *_regressions(as_polars(baseline), symbols),
        *_effects(as_polars(spatial), symbols),
    ]
    return pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String), orient="row")


def _dynamics(table: pl.DataFrame) -> Iterator[Row]:
    require_columns(table, ["year", *_TABLE_1])
    for row in table.sort("year").iter_rows(named=True):
        for column, (variable, statistic) in _TABLE_1.items():
            if row[column] is not None:
                text = f"{row[column]:.1f}" if statistic == "percent" else str(row[column])
                yield "table1", str(row["year"]), variable, statistic, text


def _descriptives(panel: pl.DataFrame, about: pl.DataFrame) -> Iterator[Row]:
    require_columns(panel, about["physical_column"].to_list())
    for row in about.iter_rows(named=True):
        values = panel[row["physical_column"]].drop_nulls().cast(pl.Float64)
        if len(values) < 2:
            continue
        yield "table2", "descriptive", row["symbol"], "printed_label_zh", row["label_zh"]
        found: dict[str, Any] = {
            "N": len(values),
            "mean": values.mean(),
            "sd": values.std(),
            "min": values.min(),
            "max": values.max(),
        }
        for statistic, value in found.items():
            yield "table2", "descriptive", row["symbol"], statistic, _digits(value)


def _regressions(estimates: pl.DataFrame, symbols: dict[str, str]) -> Iterator[Row]:
    require_columns(estimates, ["table_name", "column_no", "outcome", "term", "coef", "std_error"])
    for table in ("table3", "table4"):
        held = estimates.filter((pl.col("table_name") == table) & pl.col("coef").is_not_null())
        seen: set[str] = set()
        for row in held.sort("column_no", "term").iter_rows(named=True):
            column = f"({row['column_no']}) {row['outcome'].replace('_', ' ')}"
            yield from _estimate(table, column, symbols[row["term"]], row)
            if column not in seen:
                seen.add(column)
                yield table, column, "_model", "N", str(row["n_obs"])


def _effects(estimates: pl.DataFrame, symbols: dict[str, str]) -> Iterator[Row]:
    require_columns(estimates, ["specification", "column_kind", "term", "coef", "rho", "rho_se"])
    held = estimates.filter((pl.col("specification") == "table5") & pl.col("coef").is_not_null())
    seen: set[str] = set()
    for row in held.sort("column_no", "term").iter_rows(named=True):
        column = _TABLE_5[row["column_kind"]]
        yield from _estimate("table5", column, symbols[row["term"]], row)
        if column not in seen:
            seen.add(column)
            rho = {"coef": row["rho"], "std_error": row["rho_se"], "stars": row["rho_stars"]}
            yield from _estimate("table5", column, "rho", rho)
            yield "table5", column, "_model", "N", str(row["n_obs"])


def _estimate(table: str, column: str, variable: str, row: dict[str, Any]) -> Iterator[Row]:
    yield table, column, variable, "coef", _digits(row["coef"])
    yield table, column, variable, "se", _digits(row["std_error"])
    yield table, column, variable, "stars", row["stars"] or ""


def _digits(value: float) -> str:
    """Number with nine significant digits: what is below counts as rounding."""
    return f"{value:.9g}"


def audit_findings(
    printed: Frame, own: Frame, *, printed_rules: AuditRules, own_rules: AuditRules
) -> pl.DataFrame:
    """Findings of the audit on the paper's tables and on ours (核验结果).

    Parameters
    ----------
    printed : frame
        The paper's values, ``table_name, column_label, variable, statistic, value``.
    own : frame
        What `own_tables` gives.
    printed_rules, own_rules : AuditRules
        What the paper states; of ours the registry of nodes and the most active ones.

    Returns
    -------
    pl.DataFrame
        ``AUDIT_FINDINGS_SCHEMA``, in the order of the audit; a source whose tables cannot be read
        is one row with status ``unavailable``, one without findings has none.
    """
    rows: list[dict[str, Any]] = []
    for source, values, rules in (
        ("printed", read_paper(printed), printed_rules),
        ("ours", as_polars(own), own_rules),
    ):
        try:
            found = audit_tables(values, rules)
            if not values.height:
                raise AnalysisError("no table is there")  # noqa: TRY301
        except AnalysisError as error:
            rows.append(
                {
                    "source": source,
                    "finding_no": 0,
                    "check_name": "(none)",
                    "status": "unavailable",
                    "reason": str(error),
                }
            )
            continue
        rows += [_row(source, number, finding) for number, finding in enumerate(found, start=1)]
    return pl.DataFrame(rows, schema=AUDIT_FINDINGS_SCHEMA)


def _row(source: str, number: int, finding: Finding) -> dict[str, Any]:
    return {
        "source": source,
        "finding_no": number,
        "check_name": finding.check,
        "defect": finding.defect,
        "table_name": finding.table,
        "row_name": finding.row,
        "column_name": finding.column,
        "year": finding.year,
        "printed": finding.printed,
        "computed": finding.computed,
        "verdict": finding.verdict,
        "status": "ok",
    }
