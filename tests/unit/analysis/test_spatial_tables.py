"""Table 5, its variants and tests, Moran by year: shapes, identities, and what says why."""

from __future__ import annotations

import duckdb
import numpy as np
import polars as pl
import pytest

from analysis import spatial_tables
from analysis.spatial_panel import fit_spatial
from analysis.spatial_tables import (
    PARTS,
    SPECIFICATIONS,
    SpatialChoices,
    moran_tables,
    spatial_table,
    spatial_tests_table,
)
from analysis.specifications import DURBIN_TERMS, balanced, timed_panel
from analysis.table_cells import bilingual
from analysis.weight_sets import NamedWeights, WeightRules, named_weights
from analysis.weights import normalised, weights
from orchestration.settings import REPO_ROOT
from tests.unit.analysis.panels import N_CITIES, YEARS, cities, panel

TERMS = ("ln_gtr", "ln_gpatent", "hsr")
CHOICES = SpatialChoices(draws=200, seed=3)
RULE = REPO_ROOT / "dbt_project/data-tests/estimates/assert_spatial_effects_are_coherent.sql"


@pytest.fixture(scope="module")
def table() -> pl.DataFrame:
    return spatial_table(panel(), cities(), CHOICES, terms=TERMS)


def broken_rows(table: pl.DataFrame) -> list[tuple]:
    """Rows that the data test of the warehouse refuses."""
    positions = {term: place for place, term in enumerate(TERMS, start=1)}
    frame = table.with_columns(
        pl.col("term").replace_strict(positions, default=0).alias("position"),
        pl.when(pl.col("coef").is_not_null()).then(pl.lit("ok")).alias("status"),
    )
    sql = RULE.read_text(encoding="utf-8").replace("{{ config(tags=['report']) }}", "")
    sql = sql.replace("{{ ref('rpt_table5_spatial') }}", "estimates")
    with duckdb.connect() as connection:
        connection.register("estimates", frame.to_arrow())
        return connection.execute(sql).fetchall()


def test_every_specification_has_every_cell(table: pl.DataFrame) -> None:
    cells = table.select("specification", "column_kind", "term")
    assert cells.is_unique().all()
    assert cells.height == len(SPECIFICATIONS) * len(PARTS) * len(TERMS)
    assert table["coef"].null_count() == 0
    assert set(table["n_obs"]) == {N_CITIES * (len(YEARS) - 1)}


def test_the_paper_s_column_is_the_fit_with_city_effects(table: pl.DataFrame) -> None:
    timed = timed_panel(panel(), ["ln_rsi"], TERMS, lag_dummies=False)
    data, notes = balanced(timed, "ln_rsi")
    found = named_weights(cities(), "inverse_distance", WeightRules())
    fit = fit_spatial(
        data, "ln_rsi", timed.columns, entity="adcode", time="year", W=found.matrix,
        ids=found.ids, effects="individual", draws=200, seed=3,
    )  # fmt: skip
    rows = table.filter(pl.col("specification") == "table5")
    cell = {(r["column_kind"], r["term"]): r for r in rows.to_dicts()}
    assert notes == ()
    assert cell["main", "ln_gtr"]["coef"] == fit.coef[0]
    assert cell["wx", "hsr"]["coef"] == fit.coef[fit.terms.index("W_hsr")]
    assert cell["total", "ln_gtr"]["coef"] == fit.total["L_ln_gtr"].mc_mean
    assert cell["total", "ln_gtr"]["estimate_closed_form"] == fit.total["L_ln_gtr"].estimate
    assert cell["main", "ln_gtr"]["std_error_cluster"] == fit.standard_errors("cluster")[0]
    assert cell["main", "ln_gtr"]["rho"] == fit.coef[-1]
    assert cell["main", "ln_gtr"]["weights_fingerprint"] == found.fingerprint
    assert "measures the common trend" in cell["main", "ln_gtr"]["note"]


def test_effects_are_coherent_with_row_standardised_weights(table: pl.DataFrame) -> None:
    assert broken_rows(table) == []


def test_the_same_rule_refuses_weights_whose_rows_do_not_sum_to_one(monkeypatch) -> None:
    def spectral(places: pl.DataFrame, kind: str, rules: WeightRules, *, among=None):
        ids = tuple(places["adcode"].to_list())
        points = places.select("latitude", "longitude").to_numpy()
        matrix = normalised(weights(points, standardise="none"), "spectral")
        return NamedWeights("inverse_distance", ids, matrix)

    monkeypatch.setattr(spatial_tables, "named_weights", spectral)
    table = spatial_table(
        panel(), cities(), CHOICES, terms=TERMS, specifications=SPECIFICATIONS[:1]
    )
    assert len(broken_rows(table)) == len(TERMS)


def test_cities_with_a_gap_are_left_out_or_filled() -> None:
    gap = (pl.col("adcode") == "103000") & (pl.col("year") == 2012)
    holed = panel().with_columns(ln_gtr=pl.when(~gap).then("ln_gtr"))
    choices = SpatialChoices(draws=2, gaps="drop_cities")
    left_out = spatial_table(
        holed, cities(), choices, terms=TERMS, specifications=SPECIFICATIONS[:1]
    )
    filled = spatial_table(
        holed, cities(), SpatialChoices(draws=2, gaps="interpolate"), terms=TERMS,
        specifications=SPECIFICATIONS[:1],
    )  # fmt: skip
    assert set(left_out["n_entities"]) == {N_CITIES - 1}
    assert "1 of 36 cities left out for missing values (ln_gtr 1" in left_out["note"][0]
    assert set(filled["n_entities"]) == {N_CITIES}
    assert "1 cells interpolated" in filled["note"][0]


def test_a_year_without_values_costs_the_year_and_no_city() -> None:
    holed = panel().with_columns(ln_gtr=pl.when(pl.col("year") != 2012).then("ln_gtr"))
    table = spatial_table(
        holed, cities(), SpatialChoices(draws=2), terms=TERMS, specifications=SPECIFICATIONS[:1]
    )
    assert set(table["n_entities"]) == {N_CITIES}
    assert set(table["n_periods"]) == {len(YEARS) - 2}
    said = "years left out, half of the cities or more have a missing value: 2013"
    assert said in table["note"][0].split("; ")
    assert "未纳入：2013；" in bilingual(table["note"][0]).zh


def test_an_absorbed_regressor_is_left_out_by_name() -> None:
    constant = panel().with_columns(ln_gpatent=pl.lit(2.0))
    table = spatial_table(
        constant, cities(), SpatialChoices(draws=2), terms=TERMS,
        specifications=SPECIFICATIONS[:2],
    )  # fmt: skip
    gone = table.filter(pl.col("term") == "ln_gpatent")
    assert gone.height == 2 * len(PARTS)
    assert gone["coef"].null_count() == gone.height
    assert all("absorbed" in reason for reason in gone["reason"])
    assert table.filter(pl.col("term") == "ln_gtr")["coef"].null_count() == 0


def test_what_cannot_be_estimated_says_why() -> None:
    two_years = panel().filter(pl.col("year") < YEARS[0] + 2)
    table = spatial_table(two_years, cities(), CHOICES, terms=TERMS)
    assert table.height == len(SPECIFICATIONS)
    assert set(table["status"]) == {"unavailable"}
    assert all("at least 2 periods" in reason for reason in table["reason"])
    equal = cities().with_columns(economic_value=pl.lit(4.0))
    found = spatial_table(panel(), equal, SpatialChoices(draws=2), terms=TERMS)
    reasons = dict(
        found.filter(pl.col("status") == "unavailable").select("specification", "reason").rows()
    )
    assert set(reasons) == {"economic"}
    assert "are equal (100000, 101000)" in reasons["economic"]


def test_tests_come_in_one_order_and_say_what_they_hold_for() -> None:
    table = spatial_tests_table(panel(), cities(), CHOICES, terms=TERMS)
    assert table["position"].to_list() == list(range(1, table.height + 1))
    assert set(table["family"]) == {"lm", "lr", "wald", "mundlak", "hausman", "effects"}
    clustered = table.filter(pl.col("valid_for") == "clustered")
    assert set(clustered["family"]) == {"wald", "mundlak"}
    degrees = dict(table.filter(pl.col("family") == "effects").select("test_name", "df").rows())
    assert degrees["individual_given_time_ols"] == N_CITIES - 1
    assert degrees["time_given_individual_sdm"] == len(YEARS) - 2
    short = spatial_tests_table(
        panel().filter(pl.col("year") < YEARS[0] + 2), cities(), CHOICES, terms=TERMS
    )
    assert short.select("family", "test_name").equals(table.select("family", "test_name"))
    assert set(short["status"]) == {"unavailable"}
    assert short["reason"].null_count() == 0


def test_moran_of_every_year_and_the_quadrants_of_its_cities() -> None:
    found = named_weights(cities(), "inverse_distance", WeightRules())
    years, places = moran_tables(panel(), found, permutations=99, seed=1)
    assert years.height == len(YEARS) * 2
    assert places.height == len(YEARS) * 2 * N_CITIES
    assert set(years.filter("is_chosen")["variable"]) == {"ln_rsi"}
    one = places.filter((pl.col("year") == 2010) & (pl.col("variable") == "ln_rsi"))
    stated = years.filter((pl.col("year") == 2010) & (pl.col("variable") == "ln_rsi"))
    slope = float((one["standardised"] * one["spatial_lag"]).sum()) / N_CITIES
    assert slope == pytest.approx(stated["statistic"][0], rel=1e-12)
    assert one["local_i"].mean() == pytest.approx(stated["statistic"][0], rel=1e-12)
    signs = np.sign(one["standardised"]) * np.sign(one["spatial_lag"])
    assert {"HH", "LL"} >= set(one.filter(pl.Series(signs) > 0)["quadrant"])


def test_a_year_with_a_gap_or_without_variation_has_no_moran() -> None:
    found = named_weights(cities(), "inverse_distance", WeightRules())
    data = panel().with_columns(
        ln_rsi=pl.when(pl.col("year") == 2010).then(1.0).otherwise("ln_rsi"),
        rsi=pl.when((pl.col("year") != 2011) | (pl.col("adcode") != "100000")).then("rsi"),
    )
    years, _ = moran_tables(data, found, permutations=0)
    reasons = {
        (row["year"], row["variable"]): row["reason"]
        for row in years.filter(pl.col("status") == "unavailable").to_dicts()
    }
    assert reasons == {
        (2010, "ln_rsi"): "all values are equal",
        (2011, "rsi"): "rsi is missing in 1 of 36 cities in 2011",
    }


def test_the_order_of_table_5_is_that_of_the_seed() -> None:
    rows = pl.read_csv(REPO_ROOT / "dbt_project/seeds/paper_table5_rows.csv")
    variables = pl.read_csv(REPO_ROOT / "dbt_project/seeds/paper_variables.csv")
    columns = dict(variables.select("table3_symbol", "table3_column").rows())
    assert tuple(columns[symbol] for symbol in rows.sort("position")["symbol"]) == DURBIN_TERMS
