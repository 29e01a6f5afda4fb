"""Event studies and the decomposition of two-way coefficients."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.api import (
    AnalysisError,
    NoVariationError,
    event_study,
    first_treated_year,
    fit_panel,
    goodman_bacon,
)

YEARS = range(2001, 2011)


def growing(cohort, distance):
    """Effects that grow with time and differ between cohorts."""
    return (1.0 + distance) * (2.0 if cohort == 2004 else 0.5)


def panel(seed=1, *, starts=(2004, 2007, None), n=30, noise=0.0, effect=None):
    """Units by turns of the cohorts ``starts``; the effect of a cohort at a distance is known."""
    random = np.random.default_rng(seed)
    effect = effect or (
        lambda cohort, distance: (1.0 + distance) * (2.0 if cohort == 2004 else 0.5)
    )
    rows = []
    level = random.normal(size=n)
    trend = random.normal(size=len(YEARS))
    for unit in range(n):
        start = starts[unit % len(starts)]
        for position, year in enumerate(YEARS):
            treated = start is not None and year >= start
            y = level[unit] + trend[position] + noise * random.normal()
            if treated:
                y += effect(start, year - start)
            rows.append((unit, year, y, int(treated)))
    return pl.DataFrame(rows, schema=["adcode", "year", "y", "policy"], orient="row")


def test_planted_effects_are_found_where_two_way_effects_mix_them_up():
    frame = panel()
    study = event_study(frame.with_columns(pl.col("y") + 0.0), "y", "policy")
    found = {time.relative_year: time.estimate for time in study.times}
    for distance in range(4):  # both cohorts, equally many units
        assert found[distance] == pytest.approx((1 + distance) * 1.25, abs=1e-9)
    for distance in range(4, 7):  # the early cohort only
        assert found[distance] == pytest.approx((1 + distance) * 2.0, abs=1e-9)
    for distance in range(-6, -1):
        assert found[distance] == pytest.approx(0.0, abs=1e-9)
    assert -1 not in found
    true = [(1 + d) * 2.0 for d in range(7)] + [(1 + d) * 0.5 for d in range(4)]
    assert study.overall.estimate == pytest.approx(np.mean(true))
    assert abs(study.twoways_coef - np.mean(true)) > 0.5
    assert study.cohorts == (2004, 2007)
    assert (study.n_never, study.n_treated) == (10, 20)
    assert study.table().height == len(study.times)


def test_errors_equal_those_of_the_saturated_regression():
    frame = panel(2, starts=(2005, None), noise=1.0)
    study = event_study(frame, "y", "policy")
    wide = frame.with_columns(
        (((pl.col("year") - 2005) == distance) & (pl.col("adcode") % 2 == 0))
        .cast(pl.Float64)
        .alias(f"d{distance}")
        for distance in range(-4, 6)
        if distance != -1
    )
    terms = [f"d{distance}" for distance in range(-4, 6) if distance != -1]
    fit = fit_panel(wide, "y", terms)
    assert [time.estimate for time in study.times] == pytest.approx(fit.coef)
    assert [time.std_error for time in study.times] == pytest.approx(fit.std_error)
    early = np.array(fit.coef[:3])
    middle = np.array(fit.covariance)[:3, :3]
    assert study.pretrend_statistic == pytest.approx(early @ np.linalg.solve(middle, early))
    assert study.pretrend_df == 3


def test_a_trend_before_the_policy_is_seen():
    frame = panel(3, starts=(2005, None), noise=0.3).with_columns(
        pl.col("y") + 0.5 * (pl.col("adcode") % 2 == 0) * pl.col("year")
    )
    assert event_study(frame, "y", "policy").pretrend_p < 0.01
    flat = [
        event_study(panel(seed, starts=(2005, None), noise=0.5), "y", "policy", before=3, after=2)
        for seed in range(20, 26)
    ]
    assert sum(study.pretrend_p < 0.05 for study in flat) <= 2


def test_without_untreated_units_the_last_cohort_compares():
    study = event_study(panel(4, starts=(2004, 2007)), "y", "policy")
    assert study.cohorts == (2004,)
    assert "cohort 2007 compares" in study.left_out[0]
    assert (study.n_never, study.n_treated) == (0, study.n_units // 2)
    assert max(time.relative_year for time in study.times) == 2
    assert study.times[-1].estimate == pytest.approx(6.0)
    first = event_study(panel(4, starts=(2001, 2004, None)), "y", "policy")
    assert first.left_out[0].startswith("treated from their first year on: 0, 3")


def test_ends_are_pooled():
    study = event_study(
        panel(5, effect=lambda cohort, distance: 1.0), "y", "policy", before=3, after=2
    )
    assert [time.relative_year for time in study.times] == [-3, -2, 0, 1, 2]
    assert [time.estimate for time in study.times] == pytest.approx([0, 0, 1, 1, 1], abs=1e-9)


def test_a_policy_that_ends_is_refused():
    frame = panel().with_columns(
        pl.when((pl.col("year") == 2010) & (pl.col("adcode") == 0)).then(0)
        .otherwise(pl.col("policy")).alias("policy")
    )  # fmt: skip
    with pytest.raises(AnalysisError, match=r"ends in 1 units, e\.g\. 0 in 2010"):
        event_study(frame, "y", "policy")
    with pytest.raises(AnalysisError, match="not 0 or 1"):
        first_treated_year(frame.with_columns(pl.col("policy") * 2), "policy")
    with pytest.raises(NoVariationError):
        event_study(panel(starts=(2004,)), "y", "policy")
    firsts = first_treated_year(panel(), "policy")
    assert firsts["first_year"].to_list()[:3] == [2004, 2007, None]


@settings(max_examples=15, deadline=None)
@given(
    st.integers(0, 10_000),
    st.lists(st.sampled_from([2001, 2003, 2006, 2009, None]), min_size=2, max_size=5),
)
def test_the_parts_add_up_to_the_two_way_coefficient(seed, starts):
    if len({start for start in starts if start != 2001}) < 2 and len(set(starts)) < 2:
        return
    if all(start in (2001, None) for start in starts):
        return
    frame = panel(seed, starts=tuple(starts), n=3 * len(starts), noise=1.0)
    whole = goodman_bacon(frame, "y", "policy")
    assert sum(part.weight for part in whole.parts) == pytest.approx(1.0)
    assert all(part.weight >= 0 for part in whole.parts)
    assert whole.coef == pytest.approx(fit_panel(frame, "y", ["policy"]).coef[0], abs=1e-8)
    assert whole.by_kind()["weight"].sum() == pytest.approx(1.0)


def test_one_cohort_and_its_controls_are_one_comparison():
    frame = panel(6, starts=(2005, None), noise=1.0)
    (part,) = goodman_bacon(frame, "y", "policy").parts
    assert part.kind == "treated_vs_never"
    assert part.weight == 1.0
    with pytest.raises(AnalysisError, match="not balanced"):
        goodman_bacon(frame.head(-1), "y", "policy")
    with pytest.raises(NoVariationError):
        goodman_bacon(panel(starts=(2005,)), "y", "policy")
