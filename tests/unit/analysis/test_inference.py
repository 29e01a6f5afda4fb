"""Other errors against linearmodels and against brute force."""

from __future__ import annotations

import itertools

import numpy as np
import polars as pl
import pytest

from analysis.api import (
    AnalysisError,
    driscoll_kraay,
    fit_panel,
    two_way_clustered,
    wild_cluster_bootstrap,
    wild_cluster_bootstraps,
)


def panel(seed=1, *, n=30, t=8, provinces=6, effect=0.4):
    random = np.random.default_rng(seed)
    province = np.arange(n) % provinces
    policy = random.normal(size=(provinces, t))[province]
    x = random.normal(size=(n, t)) + random.normal(size=(1, t))
    shocks = random.normal(size=(provinces, t))[province] * 0.7 + random.normal(size=(n, t))
    y = effect * x + random.normal(size=(n, 1)) + random.normal(size=(1, t)) + shocks
    return pl.DataFrame(
        {
            "adcode": np.repeat(np.arange(n), t),
            "year": np.tile(np.arange(2001, 2001 + t), n),
            "province": np.repeat([f"p{p}" for p in province], t),
            "y": y.ravel(),
            "x": x.ravel(),
            "policy": policy.ravel(),
        }
    )


def by_library(frame, **options):
    """Coefficients and errors of PanelOLS, year dummies removed by hand."""
    from linearmodels.panel import PanelOLS

    data = frame.to_pandas().set_index(["adcode", "year"])
    model = PanelOLS(data["y"], data[["x", "policy"]], entity_effects=True, time_effects=True)
    return model.fit(**options)


def test_two_ways_equal_the_library_up_to_its_factor():
    frame = panel()
    ours = two_way_clustered(frame, "y", ["x", "policy"])
    library = by_library(frame, cov_type="clustered", cluster_entity=True, cluster_time=True)
    assert ours.coef == pytest.approx(library.params.to_numpy(), rel=1e-9)
    # The library scales the sum of all three parts by one factor, each part here by its own.
    n, t, k = 30, 8, 2
    z = frame.select("x", "policy", "y").to_numpy().reshape(n, t, 3)
    z = z - z.mean(0) - z.mean(1, keepdims=True) + z.mean((0, 1))
    x, y = z[..., :2], z[..., 2]
    e = y - x @ np.array(ours.coef)
    scores = x * e[..., None]
    parts = {
        n: sum(np.outer(s, s) for s in scores.sum(1)),
        t: sum(np.outer(s, s) for s in scores.sum(0)),
        n * t: -sum(np.outer(s, s) for s in scores.reshape(-1, 2)),
    }
    factor = (n * t - 1) / (n * t - k - t)
    meat = sum(g / (g - 1) * factor * part for g, part in parts.items())
    bread = np.linalg.inv(x.reshape(-1, 2).T @ x.reshape(-1, 2))
    assert ours.covariance == pytest.approx(bread @ meat @ bread, rel=1e-8)
    assert ours.df_t == t - 1
    plain = bread @ sum(parts.values()) @ bread
    scale = n * t / (n * t - k - n - t + 1)
    assert library.cov.to_numpy() == pytest.approx(plain * scale, rel=1e-6)


def test_one_kind_of_cluster_twice_is_that_kind():
    frame = panel(2)
    twice = two_way_clustered(frame, "y", ["x"], clusters=("adcode", "adcode"))
    once = fit_panel(frame, "y", ["x"])
    assert twice.std_error == pytest.approx(once.std_error, rel=1e-9)


def test_driscoll_kraay_equals_the_library_up_to_its_factor():
    frame = panel(3, n=40, t=12)
    ours = driscoll_kraay(frame, "y", ["x", "policy"], lags=2)
    library = by_library(frame, cov_type="kernel", kernel="bartlett", bandwidth=2)
    ratio = ours.covariance / library.cov.to_numpy()
    assert ratio == pytest.approx(np.full((2, 2), ratio[0, 0]), rel=1e-6)
    n, t, k = 40, 12, 2
    # The library divides by n less all parameters and ignores the number of periods.
    expected = (n * t - 1) / (n * t - k - t) * t / (t - 1) * (n * t - k - n - t + 1) / (n * t)
    assert ratio[0, 0] == pytest.approx(expected, rel=1e-6)
    assert driscoll_kraay(frame, "y", ["x"]).note == "Bartlett kernel, 2 lags"
    with pytest.raises(AnalysisError, match="between 0 and 11"):
        driscoll_kraay(frame, "y", ["x"], lags=12)


def test_a_missing_year_is_no_neighbour():
    frame = panel(4, t=10)
    gap = frame.filter(pl.col("year") != 2005)
    far = gap.with_columns(pl.when(pl.col("year") > 2005).then(pl.col("year") + 50)
                           .otherwise(pl.col("year")).alias("year"))  # fmt: skip
    ours = driscoll_kraay(gap, "y", ["x"], lags=1)
    apart = driscoll_kraay(far, "y", ["x"], lags=1)
    assert ours.std_error == pytest.approx(apart.std_error, rel=1e-12)
    closed = gap.with_columns(pl.when(pl.col("year") > 2005).then(pl.col("year") - 1)
                              .otherwise(pl.col("year")).alias("year"))  # fmt: skip
    assert driscoll_kraay(closed, "y", ["x"], lags=1).std_error != ours.std_error


def test_bootstrap_equals_every_sign_pattern_one_by_one():
    frame = panel(5, n=12, t=5, provinces=5)
    ours = wild_cluster_bootstrap(frame, "y", ["x", "policy"], term="policy", cluster="province")
    assert ours.is_enumerated
    assert ours.replications == 32
    n, t = 12, 5
    z = frame.select("x", "policy", "y").to_numpy().reshape(n, t, 3)
    z = (z - z.mean(0) - z.mean(1, keepdims=True) + z.mean((0, 1))).reshape(-1, 3)
    x, y = z[:, :2], z[:, 2]
    labels = np.repeat(np.arange(n) % 5, t)

    def statistic(outcome):
        beta = np.linalg.lstsq(x, outcome, rcond=None)[0]
        e = outcome - x @ beta
        sums = np.array([(x * e[:, None])[labels == g].sum(0) for g in range(5)])
        bread = np.linalg.inv(x.T @ x)
        return beta[1] / np.sqrt((bread @ sums.T @ sums @ bread)[1, 1])

    observed = statistic(y)
    assert ours.t_stat == pytest.approx(observed, rel=1e-9)
    fitted = x[:, :1] @ np.linalg.lstsq(x[:, :1], y, rcond=None)[0]
    left = y - fitted
    every = [
        statistic(fitted + left * np.array(signs)[labels])
        for signs in itertools.product((-1.0, 1.0), repeat=5)
    ]
    share = np.mean(np.abs(every) >= abs(observed) * (1 - 1e-9))
    assert ours.p_value == pytest.approx(share)


def test_bootstrap_is_seeded_and_has_its_size():
    frame = panel(6, provinces=12)
    options = {"term": "policy", "cluster": "province", "replications": 199}
    first = wild_cluster_bootstrap(frame, "y", ["x", "policy"], **options, seed=1)
    assert first == wild_cluster_bootstrap(frame, "y", ["x", "policy"], **options, seed=1)
    assert not first.is_enumerated
    webb = wild_cluster_bootstrap(frame, "y", ["x", "policy"], **options, weights="webb")
    assert 0 < webb.p_value <= 1
    rejected = 0
    for seed in range(100):
        null = panel(100 + seed, n=24, t=6, provinces=6)
        test = wild_cluster_bootstrap(
            null, "y", ["x", "policy"], term="policy", cluster="province", replications=64
        )
        rejected += test.p_value <= 0.1
    # Nothing is planted: a tenth.
    assert 2 <= rejected <= 20


def test_many_terms_have_the_values_they_have_alone():
    frame = panel(9, provinces=12)
    options = {"cluster": "province", "replications": 199, "seed": 4}
    both = wild_cluster_bootstraps(frame, "y", ["x", "policy"], terms=["policy", "x"], **options)
    assert list(both) == ["policy", "x"]
    for term, result in both.items():
        alone = wild_cluster_bootstrap(frame, "y", ["x", "policy"], term=term, **options)
        assert result == alone
        assert result.t_stat == pytest.approx(
            two_way_clustered(
                frame, "y", ["x", "policy"], clusters=("province", "province")
            ).t_stat[["x", "policy"].index(term)],
            rel=0.1,  # the factor of few clusters
        )


def test_an_effect_is_found_by_all():
    frame = panel(7, effect=1.5)
    assert two_way_clustered(frame, "y", ["x"]).stars == ("***",)
    assert driscoll_kraay(frame, "y", ["x"]).stars == ("***",)
    assert wild_cluster_bootstrap(frame, "y", ["x"], term="x", cluster="province").p_value < 0.1


def test_unusable_input_is_refused_by_name():
    frame = panel(8)
    with pytest.raises(AnalysisError, match="none of the regressors"):
        wild_cluster_bootstrap(frame, "y", ["x"], term="policy", cluster="province")
    with pytest.raises(AnalysisError, match="missing columns"):
        wild_cluster_bootstrap(frame, "y", ["x"], term="x", cluster="region")
    holed = frame.with_columns(
        pl.when(pl.int_range(pl.len()) == 0).then(None).otherwise("province").alias("province")
    )
    with pytest.raises(AnalysisError, match="1 rows without cluster province"):
        wild_cluster_bootstrap(holed, "y", ["x"], term="x", cluster="province")


def test_units_of_a_regressor_do_not_move_the_errors_of_others():
    frame = panel(11, n=30, t=5, provinces=5)
    random = np.random.default_rng(3)
    names = [f"z{i}" for i in range(12)]
    frame = frame.with_columns(pl.Series(n, random.normal(size=frame.height)) for n in names)
    fit = two_way_clustered(frame, "y", ["x", *names])
    assert "negative eigenvalues" in fit.note
    scaled = two_way_clustered(frame.with_columns(pl.col("z0") / 1000), "y", ["x", *names])
    factors = [1, 1000, *[1] * 11]
    ours = [error * factor for error, factor in zip(fit.std_error, factors, strict=True)]
    assert scaled.std_error == pytest.approx(ours, rel=1e-6)
