"""Checks shared by every function that takes a frame, and the one place where frames are read."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

from analysis.errors import AnalysisError, PanelKeyError

FloatArray = NDArray[np.float64]

Frame = Any
"""A polars or a pandas data frame."""


def as_polars(frame: Frame) -> pl.DataFrame:
    """Return a polars frame, categories as text.

    Of a pandas frame named levels of the index become columns (unless such a column exists), an
    unnamed index is left, NaN becomes null, and columns of mixed objects become text.

    Raises
    ------
    AnalysisError
        If the object is neither, or two columns have one name.
    """
    if isinstance(frame, pl.LazyFrame):
        frame = frame.collect()
    if not isinstance(frame, pl.DataFrame):
        # By name, so that polars users never pay for importing pandas.
        if type(frame).__module__.partition(".")[0] != "pandas" or not hasattr(frame, "columns"):
            raise AnalysisError(
                f"expected a polars or pandas data frame, got {type(frame).__name__}"
            )
        frame = _from_pandas(frame)
    categories = [
        name for name, dtype in frame.schema.items() if dtype in (pl.Categorical, pl.Enum)
    ]
    if categories:
        frame = frame.with_columns(pl.col(name).cast(pl.String) for name in categories)
    return frame


def is_missing(value: object) -> bool:
    """Whether an object stands for no value: None, nan, pandas' NA and NaT."""
    return (
        value is None
        or (isinstance(value, float) and math.isnan(value))
        or type(value).__name__ in ("NAType", "NaTType")
    )


def _from_pandas(frame: Any) -> pl.DataFrame:
    names = [str(name) for name in frame.columns]
    if len(set(names)) != len(names):
        repeated = sorted({name for name in names if names.count(name) > 1})
        raise AnalysisError(f"columns {repeated} stand twice in the frame")
    levels = [name for name in frame.index.names if name is not None and str(name) not in names]
    if levels:
        keys = frame.index.to_frame(index=False)[levels]
        frame = frame.reset_index(drop=True)
        for position, level in enumerate(levels):
            frame.insert(position, level, keys[level])
    columns: list[pl.Series] = []
    for position, name in enumerate(map(str, frame.columns)):
        series = frame.iloc[:, position].rename(name)
        try:
            columns.append(cast("pl.Series", pl.from_pandas(series)))
        except (TypeError, ValueError, pl.exceptions.PolarsError):
            # Objects of several kinds, for instance numbers and text; refused only where used.
            texts = [None if is_missing(value) else str(value) for value in series]
            columns.append(pl.Series(name, texts, dtype=pl.String))
    return pl.DataFrame(columns)


def names_of(columns: str | Sequence[str]) -> list[str]:
    """Return a list of column names; a single name is one of one."""
    return [columns] if isinstance(columns, str) else list(columns)


def require_columns(frame: pl.DataFrame, columns: Sequence[str]) -> None:
    """Raise `AnalysisError` naming the columns that are not in the frame."""
    if missing := sorted(set(columns) - set(frame.columns)):
        raise AnalysisError(f"missing columns {missing}; frame has {sorted(frame.columns)}")


def require_unique_key(frame: pl.DataFrame, key: Sequence[str]) -> None:
    """Raise `PanelKeyError` if a key is null or occurs twice."""
    keys = frame.select(key)
    nulls = keys.null_count()
    if held := [name for name in nulls.columns if nulls[name].item()]:
        raise PanelKeyError(f"null in key column {held} of key {list(key)}")
    repeated = keys.group_by(key).len().filter(pl.col("len") > 1).sort(key)
    if repeated.height:
        raise PanelKeyError(
            f"{repeated.height} repeated keys {list(key)}, e.g. {repeated.row(0)[:-1]}"
        )


def calendar(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    """Read a column of calendar years: whole floats, texts, and one date a year become integers.

    Raises
    ------
    AnalysisError
        If a value is no whole number, a year has several dates, or the column holds something else.
    """
    dtype = frame.schema[column]
    if dtype.is_integer():
        return frame
    if dtype == pl.String:
        values = frame[column].str.strip_chars()
        years = values.cast(pl.Int64, strict=False)
        held = values.is_not_null()
    elif dtype.is_float() or dtype.is_decimal() or dtype == pl.Null:
        values = frame[column].cast(pl.Float64).fill_nan(None)
        held = values.is_not_null()
        whole = (values.is_finite() & (values == values.round())).fill_null(False)
        years = values.set(~whole, None).cast(pl.Int64)
    elif dtype in (pl.Date, pl.Datetime):
        values = frame[column]
        held = values.is_not_null()
        years = values.dt.year().cast(pl.Int64)
        if values.drop_nulls().n_unique() > years.drop_nulls().n_unique():
            raise AnalysisError(f"{column} must be years, holds several dates of one year")
    else:
        raise AnalysisError(f"{column} must be integer years, is {dtype}")
    if (bad := values.filter(held & years.is_null())).len():
        raise AnalysisError(f"{column} must be integer years, holds {bad[0]!r}")
    return frame.with_columns(years.alias(column))


def numeric(frame: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """Cast columns to float64 with NaN as null; refuse text and infinite values by name."""
    for name in columns:
        dtype = frame.schema[name]
        if not (dtype.is_numeric() or dtype in (pl.Boolean, pl.Null)):
            raise AnalysisError(f"column {name} is not numeric: {dtype}")
    result = frame.with_columns(pl.col(name).cast(pl.Float64).fill_nan(None) for name in columns)
    for name in columns:
        if bool(result[name].is_infinite().any()):
            raise AnalysisError(f"column {name} holds an infinite value")
    return result
