"""Distances, weights and Moran's I against spdep and by enumeration."""

from __future__ import annotations

import itertools

import numpy as np
import polars as pl
import pytest

from analysis.api import (
    AnalysisError,
    NoVariationError,
    SpatialWeightsError,
    haversine_km,
    moran,
    weights,
)

ATOL = 1e-9


def scattered(random: np.random.Generator, n: int) -> np.ndarray:
    return np.column_stack([random.uniform(20, 45, size=n), random.uniform(90, 125, size=n)])


def test_weights_equal_reference(econ):
    case = econ("weights_us48")
    coords = case.read("coords.csv").select("lat", "lon").to_numpy()
    distance = haversine_km(coords)
    assert distance == pytest.approx(
        case.read("distance_haversine_km.csv").select(pl.col(pl.Float64)).to_numpy(), rel=1e-10
    )
    w = weights(coords)
    assert w == pytest.approx(case.read("W_inv_rowstd.csv").to_numpy(), rel=1e-10)
    checks = case.expected["checks"]
    assert weights(coords, power=2.0)[0] == pytest.approx(checks["inv2_rowstd_first_row"])
    raw = weights(coords, row_normalised=False)
    assert raw.sum() == pytest.approx(checks["sum_inv_raw"], rel=1e-10)
    assert np.linalg.eigvals(w).real.min() == pytest.approx(checks["min_eig_inv_rowstd"], rel=1e-8)


@pytest.mark.parametrize("year", [1970, 1986])
def test_moran_equals_reference(econ, year):
    case = econ("weights_us48")
    w = weights(case.read("coords.csv").select("lat", "lon").to_numpy())
    gsp = case.read("gsp.csv").filter(year=year)
    states = case.read("coords.csv")["state"].to_list()
    by_state = dict(gsp.select("state", "gsp").rows())
    values = np.log([by_state[state] for state in states])
    expected = case.expected[f"moran_lgsp_{year}"]
    result = moran(values, w, permutations=9999, seed=123)
    got = result.to_dict()
    for key in (
        "n",
        "S0",
        "I",
        "expectation",
        "variance_randomisation",
        "variance_normality",
        "z_randomisation",
        "z_normality",
        "p_greater_randomisation",
        "p_greater_normality",
        "p_two_sided_randomisation",
    ):
        assert got[key] == pytest.approx(expected[key], abs=ATOL), key
    assert result.local == pytest.approx(expected["local"]["Ii"], abs=ATOL)
    assert list(result.quadrants) == expected["local"]["quadrant"]
    p = expected["permutation"]["p_pseudo"]
    assert abs(result.p_permutation - p) <= 4 * np.sqrt(p * (1 - p) / 9999) + 1 / 9999


def test_economic_weights_can_be_given_to_moran(econ):
    case = econ("weights_us48")
    expected = case.expected["moran_gsppc_1986_econ"]
    result = moran(expected["local"]["z"], case.read("W_econ_rowstd.csv").to_numpy())
    assert result.statistic == pytest.approx(expected["I"], abs=ATOL)
    assert result.p_greater_randomisation == pytest.approx(
        expected["p_greater_randomisation"], abs=ATOL
    )
    assert list(result.quadrants) == expected["local"]["quadrant"]
    assert result.p_permutation is None


def test_slope_of_the_scatter_is_the_statistic():
    random = np.random.default_rng(1)
    w = weights(scattered(random, 30))
    result = moran(random.normal(size=30), w)
    slope = np.polyfit(result.standardised, result.spatial_lag, 1)[0]
    assert slope == pytest.approx(result.statistic, rel=1e-9)
    assert np.std(result.standardised) == pytest.approx(1.0)


def test_expectation_and_variance_equal_those_over_all_permutations():
    random = np.random.default_rng(2)
    w = weights(scattered(random, 6))
    values = random.normal(size=6)
    result = moran(values, w)
    every = [moran(order, w).statistic for order in itertools.permutations(values)]
    assert result.expectation == pytest.approx(np.mean(every), abs=1e-12)
    assert result.variance_randomisation == pytest.approx(np.var(every), rel=1e-9)


def test_permutation_p_is_seeded():
    random = np.random.default_rng(3)
    w = weights(scattered(random, 20))
    values = random.normal(size=20)
    first = moran(values, w, permutations=99, seed=1)
    assert first == moran(values, w, permutations=99, seed=1)
    drawn = {moran(values, w, permutations=99, seed=seed).p_permutation for seed in range(5)}
    assert len(drawn) > 1


def test_cutoff_makes_islands_an_error():
    points = [[0.0, 0.0], [0.0, 1.0], [0.0, 50.0]]
    assert (weights(points, cutoff_km=10_000.0) > 0).sum() == 6
    with pytest.raises(SpatialWeightsError, match=r"\[2\]"):
        weights(points, cutoff_km=200.0)


def test_unusable_input_is_refused_by_name():
    with pytest.raises(SpatialWeightsError, match="coincide"):
        weights([[30.0, 110.0], [31.0, 111.0], [30.0, 110.0]])
    with pytest.raises(SpatialWeightsError, match="row 1"):
        weights([[30.0, 110.0], [130.0, 30.0]])
    with pytest.raises(SpatialWeightsError, match="shape"):
        weights([1.0, 2.0])
    w = weights([[30.0, 110.0], [31.0, 111.0], [32.0, 110.0], [33.0, 112.0]])
    with pytest.raises(NoVariationError):
        moran([0.1, 0.1, 0.1, 0.1], w)
    with pytest.raises(AnalysisError, match="fit"):
        moran([1.0, 2.0, 3.0], w)
    with pytest.raises(AnalysisError, match="missing"):
        moran([1.0, 2.0, 3.0, float("nan")], w)
