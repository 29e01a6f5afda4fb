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
    feedback,
    haversine_km,
    moran,
    normalised,
    weights,
    weights_fingerprint,
    weights_table,
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
    raw = weights(coords, standardise="none")
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
    for key, value in expected["local"].items():
        if key != "quadrant":
            assert got["local"][key] == pytest.approx(value, abs=ATOL), key
    assert got["scatter_slope_z_on_wz"] == pytest.approx(expected["scatter_slope_z_on_wz"])
    p = expected["permutation"]["p_pseudo"]
    assert abs(result.p_permutation - p) <= 4 * np.sqrt(p * (1 - p) / 9999) + 1 / 9999


def test_economic_weights_can_be_given_to_moran(econ):
    case = econ("weights_us48")
    expected = case.expected["moran_gsppc_1986_econ"]
    result = moran(
        expected["local"]["z"], case.read("W_econ_rowstd.csv").to_numpy(), permutations=0
    )
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
    every = [moran(order, w, permutations=0).statistic for order in itertools.permutations(values)]
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


def test_economic_weights_equal_reference(econ):
    case = econ("weights_us48")
    coords = case.read("coords.csv").select("lat", "lon").to_numpy()
    g, checks = case.expected["econ_variable"], case.expected["checks"]
    economic = weights(coords, "economic", values=g)
    assert economic == pytest.approx(case.read("W_econ_rowstd.csv").to_numpy(), rel=1e-9)
    both = weights(coords, "economic_geographic", values=g)
    assert both == pytest.approx(case.read("W_econgeo_rowstd.csv").to_numpy(), rel=1e-9)
    nested = weights(coords, "nested", values=g, standardise="none")
    assert nested[0] == pytest.approx(checks["nested_first_row_before_standardising"], rel=1e-10)
    squared = weights(coords, "inverse_squared")
    assert squared[0] == pytest.approx(checks["inv2_rowstd_first_row"], rel=1e-10)
    raw = weights(coords, standardise="none")
    assert np.abs(np.linalg.eigvals(raw)).max() == pytest.approx(
        checks["max_abs_eig_inv_raw"], rel=1e-9
    )


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("inverse_distance", {}),
        ("inverse_squared", {}),
        ("nearest", {"k": 4}),
        ("threshold", {"cutoff_km": 1500.0}),
        ("contiguity", {}),
        ("economic", {"values": np.arange(1.0, 31.0) ** 1.5}),
        ("economic_geographic", {"values": np.arange(1.0, 31.0), "power": 2.0}),
        ("nested", {"values": np.arange(1.0, 31.0)}),
    ],
)
def test_every_kind_has_rows_of_one_and_a_zero_diagonal(kind, options):
    points = scattered(np.random.default_rng(4), 30)
    w = weights(points, kind, **options)
    assert w.sum(axis=1) == pytest.approx(np.ones(30))
    assert not np.diagonal(w).any()
    assert (w >= 0).all()
    spectral = weights(points, kind, standardise="spectral", **options)
    assert np.abs(np.linalg.eigvals(spectral)).max() == pytest.approx(1.0)
    if kind not in ("nearest", "nested"):
        raw = weights(points, kind, standardise="none", **options)
        assert raw == pytest.approx(raw.T)


def test_neighbours_are_those_that_a_look_at_all_points_finds():
    points = scattered(np.random.default_rng(5), 25)
    distance = haversine_km(points)
    nearest = weights(points, "nearest", k=3, standardise="none")
    gabriel = weights(points, "contiguity", standardise="none")
    for i in range(25):
        order = [j for j in np.argsort(distance[i]) if j != i]
        assert set(np.flatnonzero(nearest[i])) == set(order[:3])
        for j in range(25):
            between = [
                k
                for k in range(25)
                if k not in (i, j)
                and distance[i, k] ** 2 + distance[j, k] ** 2 < distance[i, j] ** 2
            ]
            assert gabriel[i, j] == (i != j and not between)


def test_tables_and_marks_of_weights():
    points = scattered(np.random.default_rng(6), 6)
    w = weights(points, "nearest", k=2)
    ids = list("fedcba")
    table = weights_table(w, ids, name="nearest 2")
    assert table.columns == ["origin", "destination", "weight", "weights_name"]
    assert table.height == 12
    assert table["weight"].to_list() == [0.5] * 12
    assert table.rows() == sorted(table.rows())
    turned = [5, 4, 3, 2, 1, 0]
    same = weights_fingerprint(w[np.ix_(turned, turned)], ids[::-1])
    assert weights_fingerprint(w, ids) == same
    assert weights_fingerprint(w, ids[::-1]) != same
    with pytest.raises(SpatialWeightsError, match="ids"):
        weights_table(w, ids[:5])


def test_feedback_is_what_returns():
    w = normalised([[0, 1, 0], [1, 0, 1], [0, 1, 0]])
    terms = sum(np.trace(np.linalg.matrix_power(0.5 * w, power)) for power in range(1, 80))
    assert feedback(w, 0.5) == pytest.approx(terms / 3)


def test_local_significance_comes_from_shuffled_neighbours():
    random = np.random.default_rng(7)
    points = scattered(random, 40)
    values = points[:, 0] + random.normal(size=40)  # a gradient from south to north
    result = moran(values, weights(points, "nearest", k=4), permutations=499, seed=3)
    table = result.members(list(range(40)))
    assert table["p_permutation"].min() >= 1 / 500
    assert table["p_permutation"].max() <= 0.5 + 1 / 500
    assert set(table.filter("is_significant")["quadrant"]) <= {"HH", "LL"}
    assert table.filter("is_significant").height >= 5
    again = moran(values, weights(points, "nearest", k=4), permutations=499, seed=3)
    assert again.members(list(range(40))).equals(table)
    with pytest.raises(AnalysisError, match="ids"):
        result.members([1])


def test_options_that_do_not_fit_are_refused():
    points = scattered(np.random.default_rng(8), 5)
    for kind, options, message in (
        ("queen", {}, "unknown kind"),
        ("nearest", {}, "k belongs"),
        ("nearest", {"k": 5}, "between 1 and 4"),
        ("threshold", {}, "cutoff_km"),
        ("economic", {}, "values belong"),
        ("economic", {"values": [1.0, 1.0, 2.0, 3.0, 4.0]}, r"\[0, 1\] are equal"),
        ("economic", {"values": [1.0, 2.0]}, "5 finite values"),
        ("contiguity", {"power": 2.0}, "power says nothing"),
        ("nested", {"values": [0.0, 1.0, 2.0, 3.0, 4.0]}, "positive"),
    ):
        with pytest.raises(SpatialWeightsError, match=message):
            weights(points, kind, **options)
    with pytest.raises(SpatialWeightsError, match="standardisation"):
        weights(points, standardise="column")
