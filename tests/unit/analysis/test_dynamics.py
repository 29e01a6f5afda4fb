"""Dynamics under unit effects: the bias is there, and both ways around it find the truth."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from analysis.dynamics import anderson_hsiao, half_panel_jackknife
from analysis.errors import AbsorbedRegressorError, AnalysisError, PanelTooSmallError
from analysis.panel import fit_panel


@pytest.fixture(scope="module")
def dynamic() -> pl.DataFrame:
    """Y = 0.5 y(t-1) + x + unit effect, 400 units, 10 years after a long start."""
    random = np.random.default_rng(11)
    n, t, burn = 400, 10, 30
    unit = random.normal(size=n)
    y = np.zeros(n)
    rows = []
    for year in range(-burn, t):
        x = random.normal(size=n)
        before, y = y, 0.5 * y + x + unit + random.normal(size=n)
        if year >= 0:
            rows += [
                {"adcode": i, "year": 2000 + year, "y": y[i], "lag": before[i], "x": x[i]}
                for i in range(n)
            ]
    return pl.DataFrame(rows)


def test_unit_effects_bias_the_lag_and_the_jackknife_takes_most_of_it_away(dynamic) -> None:
    plain = fit_panel(dynamic, "y", ["lag", "x"])
    corrected = half_panel_jackknife(dynamic, "y", ["lag", "x"])
    assert plain.coef[0] < 0.5 - 4 * plain.std_error[0]
    assert abs(corrected.coef[0] - 0.5) < 0.4 * (0.5 - plain.coef[0])
    assert corrected.coef[1] == pytest.approx(1.0, abs=4 * corrected.std_error[1])
    assert corrected.std_error == pytest.approx(plain.std_error)


def test_the_instrument_finds_the_truth(dynamic) -> None:
    fit = anderson_hsiao(dynamic, "y", ["lag", "x"], lagged="lag")
    assert fit.coef[0] == pytest.approx(0.5, abs=3 * fit.std_error[0])
    assert fit.coef[1] == pytest.approx(1.0, abs=4 * fit.std_error[1])
    assert fit.n_obs == 400 * 9
    assert float(fit.note.split("F ")[1].rstrip(")")) > 100


def test_what_cannot_be_done_is_named(dynamic) -> None:
    with pytest.raises(AnalysisError, match="none of the regressors"):
        anderson_hsiao(dynamic, "y", ["x"], lagged="lag")
    with pytest.raises(PanelTooSmallError, match="5 years are too short"):
        half_panel_jackknife(dynamic.filter(pl.col("year") < 2005), "y", ["lag"])
    late = dynamic.with_columns(late=(pl.col("year") >= 2007) & (pl.col("adcode") > 200))
    with pytest.raises(AbsorbedRegressorError, match=r"late: .*\(first half\)"):
        half_panel_jackknife(late, "y", ["lag", "late"])
    with pytest.raises(AbsorbedRegressorError, match="fixed"):
        anderson_hsiao(
            dynamic.with_columns(fixed=pl.col("adcode")), "y", ["lag", "fixed"], lagged="lag"
        )
