"""Descriptive statistics, and the checks every frame passes."""

from __future__ import annotations

import pandas as pd
import polars as pl
import pytest

from analysis.api import AnalysisError, PanelKeyError, describe
from analysis.frames import as_polars, require_unique_key


def test_describe_equals_reference(econ):
    case = econ("describe_produc")
    result = describe(case.read(), list(case.expected))
    assert result.table["variable"].to_list() == list(case.expected)
    for name, values in result.to_dict().items():
        assert values == pytest.approx(case.expected[name], rel=1e-12)
    assert set(describe(case.read()).to_dict()) == {*case.expected, "year"}


def test_nulls_are_left_out_and_an_empty_column_has_no_mean():
    frame = pl.DataFrame({"a": [1.0, None, 3.0], "b": [None, None, None], "c": [None, 2, None]})
    rows = {row[0]: row[1:] for row in describe(frame, ["a", "b", "c"]).table.rows()}
    assert rows["a"] == pytest.approx((2, 2.0, 2**0.5, 1.0, 3.0))
    assert rows["b"] == (0, None, None, None, None)
    assert rows["c"] == (1, 2.0, None, 2.0, 2.0)


def test_booleans_count_as_zero_and_one():
    assert describe(pl.DataFrame({"d": [True, False]}), ["d"]).table["mean"].item() == 0.5


def test_text_is_refused():
    with pytest.raises(AnalysisError, match="d is not numeric"):
        describe(pl.DataFrame({"d": ["1"]}), ["d"])


def test_frames_of_both_libraries_are_read():
    expected = pl.DataFrame({"a": [1.0, None]})
    assert as_polars(pd.DataFrame({"a": [1.0, float("nan")]})).equals(expected)
    assert as_polars(expected.lazy()).equals(expected)
    with pytest.raises(AnalysisError, match="list"):
        as_polars([1, 2])


def test_keys_are_checked():
    with pytest.raises(PanelKeyError, match=r"\('a', 1\)"):
        require_unique_key(pl.DataFrame({"c": ["a", "a"], "t": [1, 1]}), ["c", "t"])
    with pytest.raises(PanelKeyError, match="t"):
        require_unique_key(pl.DataFrame({"c": ["a"], "t": [None]}), ["c", "t"])
