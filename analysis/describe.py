"""Descriptive statistics as printed in tables of the field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from analysis.frames import Frame, as_polars, names_of, numeric, require_columns

_SCHEMA = pl.Schema(
    {
        "variable": pl.String,
        "n": pl.Int64,
        "mean": pl.Float64,
        "sd": pl.Float64,
        "min": pl.Float64,
        "max": pl.Float64,
    }
)


@dataclass(frozen=True, slots=True)
class Description:
    """Descriptive statistics of several columns.

    Attributes
    ----------
    table : pl.DataFrame
        One row per column in the order given: ``variable, n, mean, sd, min, max``, units as in the
        input. ``sd`` divides by n - 1 and is null below two values; all are null without a value.
    """

    table: pl.DataFrame

    def to_dict(self) -> dict[str, dict[str, float | None]]:
        """By column ``n, mean, sd, min, max``."""
        return {row.pop("variable"): row for row in self.table.to_dicts()}


def describe(frame: Frame, columns: Sequence[str] | str | None = None) -> Description:
    """Count, mean, standard deviation, minimum and maximum of each column (描述性统计).

    Parameters
    ----------
    frame : polars or pandas data frame
    columns : sequence of str, optional
        Numeric columns; all of them by default. Nulls are left out of every statistic.

    Returns
    -------
    Description

    Raises
    ------
    AnalysisError
        If a column is missing, not numeric or holds an infinite value.
    """
    data = as_polars(frame)
    if columns is None:
        columns = [name for name, dtype in data.schema.items() if dtype.is_numeric()]
    columns = names_of(columns)
    require_columns(data, columns)
    data = numeric(data.select(list(dict.fromkeys(columns))), columns)
    rows = []
    for name in dict.fromkeys(columns):
        values = data[name].drop_nulls().to_numpy()
        some = values.size > 0
        rows.append(
            (
                name,
                int(values.size),
                float(np.mean(values)) if some else None,
                float(np.std(values, ddof=1)) if values.size > 1 else None,
                float(values.min()) if some else None,
                float(values.max()) if some else None,
            )
        )
    return Description(pl.DataFrame(rows, schema=_SCHEMA, orient="row"))
