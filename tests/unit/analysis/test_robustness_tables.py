"""Variants of the regressions against the functions behind them, and what says why."""

from __future__ import annotations

import polars as pl
import pytest

from analysis.inference import wild_cluster_bootstrap
from analysis.panel import fit_panel
from analysis.robustness_tables import (
    VariantChoices,
    policy_tables,
    robustness_table,
)
from analysis.specifications import BASELINE_TERMS, POLICIES, PROVINCIAL_TERMS, timed_panel
from analysis.staggered import event_study
from tests.unit.analysis.panels import N_CITIES, YEARS, panel

CHOICES = VariantChoices(replications=99, seed=5)


@pytest.fixture(scope="module")
def table() -> pl.DataFrame:
    return robustness_table(panel(), CHOICES)


def variant(table: pl.DataFrame, name: str, outcome: str | None = None) -> dict[str, dict]:
    rows = table.filter(pl.col("specification") == name)
    if outcome:
        rows = rows.filter(pl.col("outcome") == outcome)
    return {row["term"]: row for row in rows.to_dicts()}


def test_every_variant_is_there_once_and_estimated(table: pl.DataFrame) -> None:
    assert set(table["family"]) == {
        "errors", "province_regressors", "outcome", "regressors", "sample", "dynamics",
    }  # fmt: skip
    assert table.select("position", "term").is_unique().all()
    refused = table.filter(pl.col("status") != "ok").select("specification", "reason").rows()
    assert refused == []


def test_the_base_is_the_regression_of_the_table(table: pl.DataFrame) -> None:
    timed = timed_panel(panel(), ["ln_rsi"], BASELINE_TERMS, lag_dummies=False)
    fit = fit_panel(timed.frame, "ln_rsi", timed.columns)
    base = variant(table, "city_clusters")
    assert list(base) == list(BASELINE_TERMS)
    for term, coef, error in zip(fit.terms, fit.coef, fit.std_error, strict=True):
        row = base[timed.name(term)]
        assert row["coef"] == pytest.approx(coef, rel=1e-9)
        assert row["std_error"] == pytest.approx(error, rel=1e-9)
    assert base["ln_gtr"]["n_obs"] == fit.n_obs == N_CITIES * (len(YEARS) - 1)


def test_other_clusters_change_errors_and_no_coefficient(table: pl.DataFrame) -> None:
    base, other = variant(table, "city_clusters"), variant(table, "province_clusters")
    assert other["zts"]["coef"] == base["zts"]["coef"]
    assert other["zts"]["std_error"] != base["zts"]["std_error"]
    assert (base["zts"]["n_clusters"], other["zts"]["n_clusters"]) == (N_CITIES, 9)
    timed = timed_panel(
        panel(), ["ln_rsi"], BASELINE_TERMS, lag_dummies=False, further=["province_code"]
    )
    fit = fit_panel(timed.frame, "ln_rsi", timed.columns, cluster="province_code")
    assert other["zts"]["std_error"] == pytest.approx(
        fit.std_error[fit.terms.index("L_zts")], rel=1e-9
    )


def test_the_bootstrap_is_of_provincial_regressors_only(table: pl.DataFrame) -> None:
    drawn = variant(table, "wild_bootstrap", "ln_rsi")
    assert set(drawn) == set(PROVINCIAL_TERMS)
    timed = timed_panel(
        panel(), ["ln_rsi"], BASELINE_TERMS, lag_dummies=False, further=["province_code"]
    )
    again = wild_cluster_bootstrap(
        timed.frame, "ln_rsi", timed.columns, term="L_zts", cluster="province_code",
        replications=99, seed=5,
    )  # fmt: skip
    assert drawn["zts"]["p_value"] == again.p_value
    assert "seed 5" in drawn["zts"]["note"]
    assert "sign patterns" not in drawn["zts"]["note"]


def test_few_provinces_have_all_their_sign_patterns_and_say_so() -> None:
    few = panel().with_columns(province_code=pl.col("province_code").cast(pl.Int64) % 6)
    drawn = variant(robustness_table(few, CHOICES), "wild_bootstrap", "ln_rsi")
    assert "all 64 sign patterns instead" in drawn["zts"]["note"]
    assert drawn["zts"]["p_value"] * 64 == pytest.approx(round(drawn["zts"]["p_value"] * 64))


def test_variants_change_what_they_say(table: pl.DataFrame) -> None:
    base = variant(table, "city_clusters")
    assert "copatent_degree" not in variant(table, "without_DC_and_BC")
    solo = variant(table, "without_joint_patents")
    assert solo["ln_gpatent"]["coef"] != base["ln_gpatent"]["coef"]
    # Centring moves the main effects and leaves the interaction alone.
    centred = variant(table, "centred_rps")
    assert centred["zts"]["coef"] != base["zts"]["coef"]
    assert variant(table, "dummies_the_other_way")["hsr"]["coef"] != base["hsr"]["coef"]
    assert variant(table, "inverse_hyperbolic_sine")["ln_gtr"]["outcome"] == "ihs_rsi"
    assert variant(table, "ppml")["ln_gtr"]["coef"] > 0


def test_the_hidden_lag_is_shown(table: pl.DataFrame) -> None:
    beside = variant(table, "lagged_outcome_beside")
    assert {"ln_extensive_lag1", "copatent_degree"} <= set(beside)
    instead = variant(table, "lagged_outcome_instead")
    assert "copatent_degree" not in instead
    assert "F" in variant(table, "anderson_hsiao")["ln_extensive_lag1"]["note"]
    jackknife = variant(table, "half_panel_jackknife")["ln_gtr"]
    assert jackknife["std_error"] == variant(table, "as_printed")["ln_gtr"]["std_error"]


def test_the_same_panel_and_seed_give_the_same_table(table: pl.DataFrame) -> None:
    assert robustness_table(panel(), CHOICES).equals(table)


def test_a_panel_that_carries_nothing_has_a_row_and_a_reason_per_variant() -> None:
    one_year = panel().filter(pl.col("year") == YEARS[0])
    table = robustness_table(one_year, CHOICES)
    assert set(table["status"]) == {"unavailable"}
    assert set(table["term"]) == {"(none)"}
    assert table["reason"].null_count() == 0
    assert not any("L_" in reason for reason in table["reason"])


def test_absorbed_regressors_are_rows_with_a_reason() -> None:
    table = robustness_table(panel().with_columns(ln_tech=pl.lit(0.1)), CHOICES)
    rows = table.filter(pl.col("term") == "ln_tech")
    assert rows["coef"].null_count() == rows.height > 0
    assert all("absorbed" in reason for reason in rows["reason"])
    assert "ln_tech" in variant(table, "wild_bootstrap", "ln_rsi")


def test_policies_have_a_base_and_weights_that_sum_to_one() -> None:
    studies, comparisons = policy_tables(panel(), window=3)
    assert set(studies["policy"]) == set(POLICIES)
    base = studies.filter("is_base")
    assert base["event_time"].to_list() == [-1] * len(POLICIES)
    assert base["coef"].to_list() == [0.0] * len(POLICIES)
    study = event_study(panel(), "ln_rsi", "hsr", before=3, after=3)
    rows = studies.filter((pl.col("policy") == "hsr") & ~pl.col("is_base"))
    assert rows["coef"].to_list() == [time.estimate for time in study.times]
    assert rows["overall"][0] == study.overall.estimate
    sums = comparisons.group_by("policy").agg(
        pl.col("weight").sum(), (pl.col("weight") * pl.col("estimate")).sum().alias("whole")
    )
    assert sums["weight"].to_list() == pytest.approx([1.0] * len(POLICIES))
    whole = dict(sums.select("policy", "whole").rows())
    assert whole["hsr"] == pytest.approx(rows["twoways_coef"][0])


def test_a_policy_that_nobody_has_says_so() -> None:
    studies, comparisons = policy_tables(panel().with_columns(hsr=pl.lit(0)), window=3)
    for frame in (studies, comparisons):
        row = frame.filter(pl.col("policy") == "hsr").to_dicts()
        assert len(row) == 1
        assert row[0]["status"] == "unavailable"
        assert row[0]["reason"]
