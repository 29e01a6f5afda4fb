"""Checks shared by every function that takes a frame, and the one place where frames are read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from analysis.errors import AnalysisError, PanelKeyError

FloatArray = NDArray[np.float64]

Frame = Any
"""A polars or a pandas data frame."""


def as_polars(frame: Frame) -> pl.DataFrame:
    """Return a polars frame; a pandas frame loses its index and NaN becomes null.

    Raises
    ------
    AnalysisError
        If the object is neither.
    """
    if isinstance(frame, pl.DataFrame):
        return frame
    if isinstance(frame, pl.LazyFrame):
        return frame.collect()
    # By name, so that polars users never pay for importing pandas.
    if type(frame).__module__.partition(".")[0] == "pandas" and hasattr(frame, "columns"):
        return pl.from_pandas(frame)
    raise AnalysisError(f"expected a polars or pandas data frame, got {type(frame).__name__}")


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


def require_integer(frame: pl.DataFrame, column: str) -> None:
    """Raise `AnalysisError` unless the column holds integers (calendar years)."""
    if not frame.schema[column].is_integer():
        raise AnalysisError(f"{column} must be integer years, is {frame.schema[column]}")


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
