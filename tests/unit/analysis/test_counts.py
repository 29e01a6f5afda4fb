"""Poisson with fixed effects against dummies in statsmodels."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from analysis.api import AbsorbedRegressorError, AnalysisError, PanelTooSmallError, fit_poisson


def panel(seed=1, *, n=25, t=8, zeros=3):
    random = np.random.default_rng(seed)
    x = random.normal(size=(n, t))
    d = (random.random((n, t)) < 0.5).astype(float)
    mean = np.exp(0.4 * x - 0.3 * d + random.normal(size=(n, 1)) + 0.1 * np.arange(t))
    y = random.poisson(mean).astype(float)
    y[:zeros] = 0.0
    return pl.DataFrame(
        {
            "adcode": np.repeat(np.arange(n), t),
            "year": np.tile(np.arange(2001, 2001 + t), n),
            "y": y.ravel(),
            "x": x.ravel(),
            "d": d.ravel(),
        }
    )


@pytest.mark.parametrize("effects", ["twoways", "individual", "time"])
def test_coefficients_and_errors_equal_dummies(effects):
    import statsmodels.api as sm

    frame = panel()
    fit = fit_poisson(frame, "y", ["x", "d"], effects=effects)
    used = frame.to_pandas()
    if effects != "time":
        used = used[used.groupby("adcode")["y"].transform("sum") > 0]
        assert len(used) <= 22 * 8
    assert fit.n_separated == len(frame) - len(used)
    blocks = [used[["x", "d"]].to_numpy()]
    if effects != "time":
        blocks.append((used["adcode"].to_numpy()[:, None] == used["adcode"].unique()) * 1.0)
    if effects != "individual":
        years = used["year"].unique()[(effects == "twoways") :]
        blocks.append((used["year"].to_numpy()[:, None] == years) * 1.0)
    result = sm.GLM(used["y"], np.hstack(blocks), family=sm.families.Poisson()).fit(
        cov_type="cluster",
        cov_kwds={"groups": used["adcode"].to_numpy(), "use_correction": False},
        tol=1e-12, maxiter=200,
    )  # fmt: skip
    groups = used["adcode"].nunique()
    assert fit.coef == pytest.approx(result.params.to_numpy()[:2], rel=1e-6)
    assert fit.std_error == pytest.approx(
        result.bse.to_numpy()[:2] * np.sqrt(groups / (groups - 1)), rel=1e-5
    )
    assert fit.deviance == pytest.approx(result.deviance, rel=1e-8)
    assert fit.n_clusters == groups


def test_scale_of_a_regressor_is_no_matter():
    frame = panel(2)
    one = fit_poisson(frame, "y", ["x"])
    other = fit_poisson(frame.with_columns(pl.col("x") * 1e6 + 5e7), "y", ["x"])
    assert other.coef[0] * 1e6 == pytest.approx(one.coef[0], rel=1e-6)
    assert other.p_value == pytest.approx(one.p_value, rel=1e-5)
    assert one.to_dict()["coef"] == {"x": one.coef[0]}


def test_unusable_input_is_refused_by_name():
    frame = panel(3)
    with pytest.raises(AbsorbedRegressorError, match="size"):
        fit_poisson(frame.with_columns((pl.col("adcode") * 1.0).alias("size")), "y", ["x", "size"])
    with pytest.raises(AnalysisError, match="negative"):
        fit_poisson(frame.with_columns(pl.col("y") - 1), "y", ["x"])
    with pytest.raises(PanelTooSmallError, match="says anything"):
        fit_poisson(frame.with_columns(pl.col("y") * 0), "y", ["x"])
    apart = frame.with_columns((pl.col("y") > 0).cast(pl.Float64).alias("x"))
    with pytest.raises(AnalysisError, match="separates"):
        fit_poisson(apart, "y", ["x"])
