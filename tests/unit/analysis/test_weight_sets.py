"""All kinds of weights between the same cities, and what is said about each."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from analysis.errors import PanelKeyError
from analysis.spatial_panel import check_weights
from analysis.weight_sets import KINDS, PAPER_RHO, WeightRules, named_weights, weight_tables
from analysis.weights import feedback, weights, weights_fingerprint
from orchestration.analysis_tables import shaped
from tests.unit.analysis.panels import N_CITIES, cities


def test_rows_of_every_kind_sum_to_one_and_are_told_apart() -> None:
    sparse, about = weight_tables(cities(), WeightRules())
    assert about["kind"].to_list() == list(KINDS)
    assert about["fingerprint"].is_unique().all()
    sums = sparse.group_by("kind", "origin").agg(pl.col("weight").sum())
    assert sums.height == len(KINDS) * N_CITIES
    assert sums["weight"].to_list() == pytest.approx([1.0] * sums.height)
    assert dict(about.select("kind", "n_links").rows())["nearest"] == 5 * N_CITIES


def test_facts_are_those_of_the_matrix() -> None:
    _, about = weight_tables(cities(), WeightRules(power=1.2, cutoff_km=1500.0))
    row = about.row(0, named=True)
    points = cities().select("latitude", "longitude").to_numpy()
    matrix = weights(points, power=1.2, cutoff_km=1500.0)
    ids = cities()["adcode"].to_list()
    assert row["fingerprint"] == weights_fingerprint(matrix, ids)
    assert row["feedback_at_paper_rho"] == feedback(matrix, PAPER_RHO)
    assert (row["power"], row["cutoff_km"], row["n_islands"]) == (1.2, 1500.0, 0)
    assert row["smallest_eigenvalue"] == np.linalg.eigvals(matrix).real.min()


def test_a_cut_off_holds_for_every_kind_of_distance() -> None:
    _, about = weight_tables(cities(), WeightRules(cutoff_km=1500.0))
    rows = {row["kind"]: row for row in about.to_dicts()}
    links = {kind: rows[kind]["n_links"] for kind in KINDS}
    assert links["inverse_distance"] == links["inverse_squared"] == links["nested"]
    assert links["inverse_distance"] < links["economic"] == N_CITIES * (N_CITIES - 1)
    assert rows["inverse_squared"]["cutoff_km"] == 1500.0
    assert rows["economic"]["cutoff_km"] is None


def test_stored_weights_keep_their_fingerprint_and_their_row_sums() -> None:
    sparse, about = weight_tables(cities(), WeightRules())
    ids = cities()["adcode"].to_list()
    place = {city: position for position, city in enumerate(ids)}
    for kind, fingerprint in about.select("kind", "fingerprint").rows():
        rows = shaped(sparse, "spatial_weights").filter(pl.col("kind") == kind)
        matrix = np.zeros((N_CITIES, N_CITIES))
        for origin, destination, weight in rows.select("origin", "destination", "weight").rows():
            matrix[place[origin], place[destination]] = weight
        assert weights_fingerprint(matrix, ids) == fingerprint
        assert check_weights(matrix, ids) == ()


def test_cities_without_a_value_leave_the_economic_kinds_only() -> None:
    holed = cities().with_columns(
        economic_value=pl.when(pl.col("adcode") != "103000").then("economic_value")
    )
    economic = named_weights(holed, "economic", WeightRules())
    assert "103000" not in economic.ids
    assert economic.note == "1 cities without an economic value left out"
    assert len(named_weights(holed, "inverse_distance", WeightRules()).ids) == N_CITIES


def test_islands_and_coincidence_are_named_by_city() -> None:
    moved = cities().with_columns(
        latitude=pl.when(pl.col("adcode") == "104000").then(pl.col("latitude").first())
        .otherwise("latitude"),
        longitude=pl.when(pl.col("adcode") == "104000").then(pl.col("longitude").first())
        .otherwise("longitude"),
    )  # fmt: skip
    same = named_weights(moved, "inverse_distance", WeightRules())
    assert same.matrix is None
    assert same.fingerprint is None
    assert "coincide (100000, 104000)" in same.reason
    _, about = weight_tables(cities(), WeightRules(cutoff_km=60.0))
    far = about.filter(pl.col("kind") == "inverse_distance").row(0, named=True)
    assert far["status"] == "unavailable"
    assert "without neighbour" in far["reason"]
    assert "1" in far["reason"].split("(")[-1]


def test_a_city_that_stands_twice_is_refused() -> None:
    with pytest.raises(PanelKeyError, match="adcode"):
        named_weights(pl.concat([cities(), cities()]), "nearest", WeightRules())
