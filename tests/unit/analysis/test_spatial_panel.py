"""Spatial panels against R's spatialreg, by brute force, and by the identities that must hold."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from scipy.optimize import minimize
from scipy.stats import chi2

from analysis.api import (
    AbsorbedRegressorError,
    AnalysisError,
    PanelTooSmallError,
    SpatialPanel,
    SpatialWeightsError,
    fit_prepared,
    fit_spatial,
    normalised,
    spatial_tests,
    wald_test,
    weights,
)

PANELS = {
    "sdm_cigar": ("W_binary.csv", "logc", ["logp", "logy"]),
    "sdm_produc_usaww": ("W_rowstd.csv", "lgsp", ["lpcap", "lpc", "lemp", "unemp"]),
    "sdm_produc_invdist": ("W_rowstd.csv", "lgsp", ["lpcap", "lpc", "lemp", "unemp"]),
}


def prepared(case):
    file, y, x = PANELS[case.folder.name]
    w = normalised(case.read(file).to_numpy().astype(float))
    return SpatialPanel(case.read("data.csv"), y, x, entity="state", time="year", W=w)


def compared(expected, got, *, skip=(), path=""):
    """Leaves of both as (path, expected, got); a leaf that we lack is a failure."""
    for key, value in expected.items():
        if key in skip:
            continue
        if isinstance(value, dict):
            yield from compared(value, got[key], skip=skip, path=f"{path}{key}.")
        elif isinstance(value, float | int):
            yield f"{path}{key}", value, got[key]


SIMULATED = ("mc", "effects_mc_mean", "effects_mc_sd")


@pytest.mark.parametrize("name", PANELS)
def test_estimates_errors_and_effects_equal_reference(econ, name):
    case = econ(name)
    panel = prepared(case)
    n = 0
    blocks = [("gold", False), ("leeyu_transformation", True)]
    for block, leeyu in blocks:
        for effects, models in case.expected.get(block, {}).items():
            for model in ("sar", "sem", "sdm"):
                if model not in models:
                    continue
                fit = fit_prepared(
                    panel, model=model, effects=effects, leeyu=leeyu, information="expected",
                    draws=0,
                )  # fmt: skip
                for path, value, got in compared(models[model], fit.to_dict(), skip=SIMULATED):
                    # The reference stops its search for lambda some 1e-6 away from the maximum.
                    assert got == pytest.approx(value, rel=1e-4, abs=5e-7), (effects, model, path)
                    n += 1
    for effects, value in case.expected.get("sdm_se_cluster_unit", {}).items():
        fit = fit_prepared(panel, effects=effects, draws=0)
        assert fit.to_dict()["se_cluster_unit"] == pytest.approx(value, rel=1e-4)
        n += 1
    assert n > 100


@pytest.mark.parametrize("name", PANELS)
def test_tests_equal_reference(econ, name):
    case = econ(name)
    file, y, x = PANELS[name]
    w = normalised(case.read(file).to_numpy().astype(float))
    got = spatial_tests(
        case.read("data.csv"), y, x, entity="state", time="year", W=w
    ).to_dict()  # fmt: skip
    for block in ("LM", "LR_FE_ols", "LR_FE_sdm", "nonspatial"):
        for path, value, ours in compared(case.expected[block], got[block]):
            assert ours == pytest.approx(value, rel=2e-6, abs=1e-12), (block, path)
    for effects, models in case.expected["gold"].items():
        for key in ("LR_sdm_vs_sar", "LR_sdm_vs_sem"):
            assert got["gold"][effects][key]["stat"] == pytest.approx(models[key]["stat"], abs=5e-4)


def test_simulated_effects_equal_reference(econ):
    case = econ("sdm_cigar")
    panel = prepared(case)
    expected = case.expected["gold"]["individual"]["sdm"]
    fit = fit_prepared(panel, information="expected", draws=20_000, seed=7).to_dict()
    for path, value, got in compared(expected["effects_mc_mean"], fit["effects_mc_mean"]):
        x, part = path.split(".")
        sd = expected["effects_mc_sd"][x][part]
        assert abs(got - value) <= 8 * sd / math.sqrt(20_000)
    for path, value, got in compared(expected["effects_mc_sd"], fit["effects_mc_sd"]):
        assert got == pytest.approx(value, rel=0.06), path


@pytest.mark.parametrize("name", ["columbus", "oldcol"])
def test_cross_sections_equal_reference(econ, name):
    case = econ("cross_columbus")
    w = case.read(f"{name}_W_rowstd.csv").to_numpy().astype(float)
    frame = case.read(f"{name}.csv").with_row_index("area")
    tests = spatial_tests(frame, "CRIME", ["INC", "HOVAL"], entity="area", time=None, W=w)
    expected = case.expected[name]["models"]
    got = tests.to_dict()
    for key in ("LMerr", "LMlag", "RLMerr", "RLMlag", "SARMA"):
        assert got["LM"][key]["stat"] == pytest.approx(expected["LM"][key]["stat"], rel=1e-6)
    for key in ("ols", "residual_moran"):
        for path, value, ours in compared(expected[key], got[key]):
            assert ours == pytest.approx(value, rel=1e-6), path
    for model in ("sar", "sem", "sdm"):
        for path, value, ours in compared(expected[model], got[model], skip=("impacts_mc",)):
            assert ours == pytest.approx(value, rel=1e-4), (model, path)
        if "impacts" in expected[model]:
            for part in ("direct", "indirect", "total"):
                assert got[model]["impacts"][part] == pytest.approx(
                    expected[model]["impacts"][part], rel=1e-4
                )


def world(seed, *, n=25, t=6, k=2, rho=0.4, year_shocks=0.0, standardise="row"):
    """A Durbin panel and its weights; the truth of rho is known."""
    random = np.random.default_rng(seed)
    w = weights(
        np.column_stack([random.uniform(20, 40, n), random.uniform(90, 120, n)]),
        "inverse_squared",
        standardise=standardise,
    )
    x = random.normal(size=(t, n, k))
    mean = x @ np.ones(k) + np.einsum("ij,tjk->ti", w, x) * 0.5
    mean = mean + random.normal(size=n) + random.normal(size=(t, 1)) * year_shocks
    y = (mean + random.normal(size=(t, n))) @ np.linalg.inv(np.eye(n) - rho * w).T
    frame = pl.DataFrame(
        {
            "city": np.tile(np.arange(n), t),
            "year": np.repeat(np.arange(2000, 2000 + t), n),
            "y": y.ravel(),
            **{f"x{i}": x[:, :, i].ravel() for i in range(k)},
        }
    ).sample(fraction=1.0, shuffle=True, seed=seed)
    return frame, w


def stacked_likelihood(frame, w, model, parameters, effects):
    """Log-likelihood from the N T x N T matrices and dummies, as a textbook writes it."""
    table = frame.sort("year", "city")
    n, t = w.shape[0], table["year"].n_unique()
    big = np.kron(np.eye(t), w)
    y, x = table["y"].to_numpy(), table.select("x0", "x1").to_numpy()
    dummies = []
    if effects in ("individual", "twoways"):
        dummies.append(np.tile(np.eye(n), (t, 1)))
    if effects in ("time", "twoways"):
        dummies.append(np.repeat(np.eye(t), n, axis=0)[:, (effects == "twoways") :])
    d = np.hstack(dummies) if dummies else np.ones((n * t, 1))
    *slopes, rho, sigma2 = parameters
    z = np.hstack([x, big @ x]) if model == "sdm" else x
    a = np.eye(n * t) - rho * big
    if model == "sem":
        left, d = a @ (y - z @ slopes), a @ d
    else:
        left = a @ y - z @ slopes
    e = left - d @ np.linalg.lstsq(d, left, rcond=None)[0]
    log_det = np.linalg.slogdet(a)[1]
    return -n * t / 2 * math.log(2 * math.pi * sigma2) + log_det - e @ e / (2 * sigma2)


@pytest.mark.parametrize("effects", ["individual", "time", "twoways", "pooling"])
@pytest.mark.parametrize("model", ["sar", "sem", "sdm"])
def test_no_other_point_is_more_likely(model, effects):
    frame, w = world(3, n=12, t=4)
    fit = fit_spatial(
        frame, "y", ["x0", "x1"], entity="city", time="year", W=w, model=model, effects=effects,
        draws=0,
    )  # fmt: skip
    coef = dict(zip(fit.terms, fit.coef, strict=True))
    coef.pop("(Intercept)", None)
    best = np.array([*coef.values(), fit.sigma2])
    value = stacked_likelihood(frame, w, model, best, effects)
    assert fit.log_likelihood == pytest.approx(value, abs=1e-8)
    search = minimize(
        lambda p: (
            -stacked_likelihood(frame, w, model, p, effects)
            if p[-1] > 0 and abs(p[-2]) < 1
            else 1e9
        ),
        best * 1.05,
        method="Nelder-Mead",
        options={"xatol": 1e-8, "fatol": 1e-10, "maxiter": 20_000, "maxfev": 20_000},
    )
    assert -search.fun <= value + 1e-7
    # Minus the numerical Hessian there is the observed information.
    step = 1e-4 * np.maximum(np.abs(best), 0.1)
    k = len(best)
    hessian = np.empty((k, k))
    for i in range(k):
        for j in range(k):
            total = 0.0
            for a in (1, -1):
                for b in (1, -1):
                    moved = best.copy()
                    moved[i] += a * step[i]
                    moved[j] += b * step[j]
                    total += a * b * stacked_likelihood(frame, w, model, moved, effects)
            hessian[i, j] = total / (4 * step[i] * step[j])
    numeric = np.sqrt(np.diagonal(np.linalg.inv(-hessian)))[:-1]
    ours = dict(zip(fit.terms, fit.standard_errors("oim"), strict=True))
    ours.pop("(Intercept)", None)
    assert list(ours.values()) == pytest.approx(numeric, rel=2e-4)


def test_rows_and_columns_may_stand_in_any_order():
    frame, w = world(5)
    order = np.random.default_rng(1).permutation(w.shape[0])
    first = fit_spatial(frame, "y", ["x0", "x1"], entity="city", time="year", W=w)
    from scipy.sparse import csr_array

    second = fit_spatial(
        frame.to_pandas(), "y", ["x0", "x1"], entity="city", time="year",
        W=csr_array(w[np.ix_(order, order)]), ids=order.tolist(),
    )  # fmt: skip
    assert second.coef == pytest.approx(first.coef, rel=1e-10)
    assert second.log_likelihood == pytest.approx(first.log_likelihood, abs=1e-8)


@pytest.mark.parametrize("standardise", ["row", "spectral", "none"])
def test_effects_equal_the_matrices_of_partial_derivatives(standardise):
    frame, w = world(8, standardise=standardise)
    if standardise == "none":
        w = w / w.sum(axis=1).mean()
    fit = fit_spatial(frame, "y", ["x0", "x1"], entity="city", time="year", W=w, draws=4000)
    coef = dict(zip(fit.terms, fit.coef, strict=True))
    s = np.linalg.inv(np.eye(len(w)) - coef["rho"] * w)
    for x in ("x0", "x1"):
        matrix = s @ (coef[x] * np.eye(len(w)) + coef[f"W_{x}"] * w)
        direct, total = np.trace(matrix) / len(w), matrix.sum() / len(w)
        assert fit.direct[x].estimate == pytest.approx(direct, rel=1e-9)
        assert fit.total[x].estimate == pytest.approx(total, rel=1e-9)
        assert fit.indirect[x].estimate == pytest.approx(total - direct, rel=1e-8)
        for of in (fit.direct, fit.total):
            assert of[x].mc_sd == pytest.approx(of[x].se_delta, rel=0.2)
    if standardise == "row":
        assert fit.total["x0"].estimate == pytest.approx(
            (coef["x0"] + coef["W_x0"]) / (1 - coef["rho"]), rel=1e-10
        )
        gap = {
            x: (fit.direct[x].estimate - coef[x]) / (coef[x] + coef[f"W_{x}"] / coef["rho"])
            for x in ("x0", "x1")
        }
        # One number for all regressors, as in the paper's Table 5 (headline 8).
        assert gap["x0"] == pytest.approx(fit.mean_diagonal, rel=1e-8)
        assert gap["x1"] == pytest.approx(fit.mean_diagonal, rel=1e-8)
        assert not any("row-standardised" in note for note in fit.warnings)
    else:
        assert any("row-standardised" in note for note in fit.warnings)


def test_lee_yu_equals_the_transformed_data():
    """The orthonormal transformation done by hand: N - 1 units, T - 1 periods, no effects."""
    frame, w = world(11, n=10, t=5, year_shocks=1.0)
    fit = fit_spatial(
        frame, "y", ["x0"], entity="city", time="year", W=w, model="sar", effects="twoways",
        leeyu=True, information="expected", draws=0,
    )  # fmt: skip

    def basis(size):
        values, vectors = np.linalg.eigh(np.eye(size) - 1 / size)
        return vectors[:, values > 0.5]

    n, t = 10, 5
    units, periods = basis(n), basis(t)
    table = frame.sort("year", "city")
    y = periods.T @ table["y"].to_numpy().reshape(t, n) @ units
    x = periods.T @ table["x0"].to_numpy().reshape(t, n) @ units
    small = units.T @ w @ units
    rho, beta = fit.coef[-1], fit.coef[0]
    e = y - rho * y @ small.T - beta * x
    m = (n - 1) * (t - 1)
    assert fit.n_effective == m
    assert fit.sigma2 == pytest.approx((e**2).sum() / m, rel=1e-10)
    log_det = np.linalg.slogdet(np.eye(n - 1) - rho * small)[1]
    value = -m / 2 * (math.log(2 * math.pi * fit.sigma2) + 1) + (t - 1) * log_det
    assert fit.log_likelihood == pytest.approx(value, abs=1e-8)
    g = small @ np.linalg.inv(np.eye(n - 1) - rho * small)
    ahead = beta * x @ g.T
    information = np.array(
        [
            [(x**2).sum() / fit.sigma2, (x * ahead).sum() / fit.sigma2, 0.0],
            [
                (x * ahead).sum() / fit.sigma2,
                (t - 1) * np.trace(g @ g + g.T @ g) + (ahead**2).sum() / fit.sigma2,
                (t - 1) * np.trace(g) / fit.sigma2,
            ],
            [0.0, (t - 1) * np.trace(g) / fit.sigma2, m / (2 * fit.sigma2**2)],
        ]
    )
    assert fit.std_error == pytest.approx(
        np.sqrt(np.diagonal(np.linalg.inv(information)))[:2], rel=1e-8
    )


def test_nested_models_nest():
    frame, w = world(2, n=80, t=8)
    tests = spatial_tests(frame, "y", ["x0", "x1"], entity="city", time="year", W=w)
    for effects, of in tests.lr_against_sar.items():
        assert of.statistic >= -1e-8
        assert of.df == 2
        assert of.p_value == pytest.approx(chi2.sf(of.statistic, 2))
        # The planted lags of regressors are found by both kinds of test.
        if effects in ("individual", "twoways"):
            assert of.p_value < 0.01
            assert tests.wald_clustered_sar[effects].p_value < 0.05
    both = tests.lr_effects_ols
    assert both["individual_given_time"].df == 79
    assert both["time_given_individual"].df == 7
    assert both["individual_given_time"].p_value < 0.01


def test_durbin_lags_only_what_is_asked_for():
    frame, w = world(4)
    fit = fit_spatial(
        frame, "y", ["x0", "x1"], entity="city", time="year", W=w, durbin=["x1"], draws=10
    )
    assert fit.terms == ("x0", "x1", "W_x1", "rho")
    assert wald_test(fit, "sar").df == 1
    slx = fit_spatial(frame, "y", ["x0", "x1"], entity="city", time="year", W=w, model="slx")
    assert slx.terms == ("x0", "x1", "W_x0", "W_x1")
    coef = dict(zip(slx.terms, slx.coef, strict=True))
    assert slx.indirect["x0"].estimate == pytest.approx(coef["W_x0"], rel=1e-12)
    with pytest.raises(AnalysisError, match="Durbin"):
        wald_test(slx, "sar")


def test_draws_are_seeded():
    frame, w = world(6)
    fits = [
        fit_spatial(frame, "y", ["x0"], entity="city", time="year", W=w, draws=50, seed=seed).total[
            "x0"
        ]
        for seed in (1, 1, 2)
    ]
    assert fits[0] == fits[1]
    assert fits[0].mc_sd != fits[2].mc_sd


def test_unit_effects_with_year_shocks_are_flagged():
    frame, w = world(1)
    fit = fit_spatial(frame, "y", ["x0"], entity="city", time="year", W=w, draws=0)
    assert any("common trend" in note for note in fit.warnings)
    plain = fit_spatial(
        frame, "y", ["x0"], entity="city", time="year", W=w, effects="twoways", draws=0
    )
    assert any("Lee-Yu" in note for note in plain.warnings)
    transformed = fit_spatial(
        frame, "y", ["x0"], entity="city", time="year", W=w, effects="twoways", leeyu=True, draws=0
    )
    assert transformed.warnings == ()


def test_what_cannot_be_estimated_is_refused_by_name():
    frame, w = world(9, n=8, t=3)

    def fit(table=frame, matrix=w, x=("x0",), **options):
        return fit_spatial(
            table, "y", list(x), entity="city", time="year", W=matrix, draws=0, **options
        )

    with pytest.raises(AnalysisError, match="balanced"):
        fit(frame.head(20))
    with pytest.raises(AnalysisError, match=r"missing values \{'x0': 1\}"):
        fit(
            frame.with_columns(
                pl.when(pl.int_range(pl.len()) == 0).then(None).otherwise(pl.col("x0")).alias("x0")
            )
        )
    with pytest.raises(AbsorbedRegressorError, match="area"):
        fit(frame.with_columns((pl.col("city") * 2.0).alias("area")), x=("x0", "area"))
    with pytest.raises(AbsorbedRegressorError, match="W_trend"):
        fit(frame.with_columns((pl.col("year") * 1.0).alias("trend")), x=("x0", "trend"))
    islands = w.copy()
    islands[0] = 0.0
    with pytest.raises(SpatialWeightsError, match=r"without neighbour: \[0\]"):
        fit(matrix=islands)
    assert any("without neighbour" in n for n in fit(matrix=islands, allow_islands=True).warnings)
    with pytest.raises(SpatialWeightsError, match="diagonal"):
        fit(matrix=w + np.eye(8))
    with pytest.raises(SpatialWeightsError, match="rows sum to one"):
        fit(matrix=w / 2, effects="twoways", leeyu=True)
    with pytest.raises(SpatialWeightsError, match="units without weights"):
        fit(ids=[*range(7), 99])
    with pytest.raises(AnalysisError, match="unknown model"):
        fit(model="sac")
    with pytest.raises(PanelTooSmallError, match="2 periods"):
        fit(frame.filter(year=2000), effects="individual")
    halves = np.kron(np.eye(2), normalised(np.ones((4, 4)) - np.eye(4)))
    assert any("2 parts" in note for note in fit(matrix=halves).warnings)
