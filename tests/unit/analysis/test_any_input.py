"""The same numbers from any frame, ids, years and form of weights; what cannot be read is named."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse

from analysis.api import (
    AnalysisError,
    PanelKeyError,
    PanelTooSmallError,
    SpatialWeightsError,
    centralities,
    describe,
    ellipsoid_km,
    entropy_index,
    fit_panel,
    fit_spatial,
    haversine_km,
    moran,
    normalised,
    partner_dynamics,
    spatial_tests,
    weights,
)
from analysis.frames import as_polars, calendar

N, T = 30, 6
CITIES = [f"市 {number}" for number in range(N)]
KEYS = {"entity": "城市 名", "time": "年份"}


def make():
    random = np.random.default_rng(5)
    frame = pl.DataFrame(
        {
            "城市 名": np.repeat(CITIES, T),
            "年份": np.tile(np.arange(2010, 2010 + T), N),
            "x 1": random.normal(size=N * T),
            "x2": random.normal(size=N * T),
            "其他": ["?"] * (N * T),
        }
    )
    noise = pl.Series(random.normal(size=N * T))
    points = np.column_stack([random.uniform(20, 40, N), random.uniform(90, 120, N)])
    return frame.with_columns((pl.col("x 1") * 0.5 + noise).alias("结果")), points


FRAME, POINTS = make()
MATRIX = weights(POINTS).toarray()
SORTED = [CITIES.index(city) for city in sorted(CITIES)]
IN_ORDER = MATRIX[np.ix_(SORTED, SORTED)]
SHUFFLE = np.random.default_rng(1).permutation(N)

FRAMES = {
    "pandas": lambda f: f.to_pandas(),
    "lazy": lambda f: f.lazy(),
    "shuffled": lambda f: f.sample(fraction=1.0, shuffle=True, seed=1),
    "years as text": lambda f: f.with_columns(pl.col("年份").cast(pl.String)),
    "years as floats": lambda f: f.with_columns(pl.col("年份").cast(pl.Float64)),
    "years as dates": lambda f: f.with_columns(pl.date(pl.col("年份"), 12, 31).alias("年份")),
    "categories": lambda f: f.with_columns(pl.col("城市 名").cast(pl.Categorical)),
    "categories of pandas": lambda f: f.to_pandas().astype({"城市 名": "category"}),
    "two index levels": lambda f: f.to_pandas().set_index(["城市 名", "年份"]),
    "mixed objects beside": lambda f: f.to_pandas().assign(junk=[1, "a", None] * (N * T // 3)),
}


@pytest.mark.parametrize("form", FRAMES)
def test_every_frame_gives_the_same_regressions(form):
    frame = FRAMES[form](FRAME)
    assert fit_panel(frame, "结果", ["x 1", "x2"], **KEYS) == fit_panel(
        FRAME, "结果", ["x 1", "x2"], **KEYS
    )
    options = {**KEYS, "W": MATRIX, "ids": CITIES, "draws": 0}
    ours = fit_spatial(frame, "结果", ["x 1", "x2"], **options)
    assert ours.coef == fit_spatial(FRAME, "结果", ["x 1", "x2"], **options).coef


WEIGHTS = {
    "object": (weights(POINTS, ids=CITIES), None),
    "object, other ids": (weights(POINTS), CITIES),
    "sorted units": (IN_ORDER, None),
    "any order": (MATRIX[np.ix_(SHUFFLE, SHUFFLE)], [CITIES[at] for at in SHUFFLE]),
    "sparse matrix": (sparse.csr_matrix(IN_ORDER), None),
    "sparse array": (sparse.coo_array(MATRIX), np.array(CITIES)),
    "list of lists": (IN_ORDER.tolist(), None),
    "pandas": (pd.DataFrame(MATRIX, index=CITIES, columns=CITIES), None),
    "polars": (pl.DataFrame(IN_ORDER), None),
    "series of ids": (MATRIX, pl.Series(CITIES)),
}


@pytest.mark.parametrize("form", WEIGHTS)
def test_every_form_of_weights_gives_the_same(form):
    w, ids = WEIGHTS[form]
    options = {"W": w, "ids": ids, "draws": 20, "seed": 3}
    ours = fit_spatial(FRAME, "结果", ["x 1", "x2"], **KEYS, **options)
    plain = fit_spatial(
        FRAME, "结果", ["x 1", "x2"], **KEYS, W=MATRIX, ids=CITIES, draws=20, seed=3
    )
    assert ours.coef == pytest.approx(plain.coef, abs=1e-9)
    assert ours.log_likelihood == pytest.approx(plain.log_likelihood)
    assert ours.total["x2"].mc_sd == pytest.approx(plain.total["x2"].mc_sd)
    json.dumps(ours.to_dict())


def test_ids_of_a_header_are_text_where_units_are_numbers():
    numbered = FRAME.with_columns(pl.col("城市 名").str.slice(2).cast(pl.Int64))
    ours = fit_spatial(
        numbered, "结果", "x2", **KEYS, W=MATRIX, ids=[str(n) for n in range(N)], draws=0
    )
    plain = fit_spatial(FRAME, "结果", ["x2"], **KEYS, W=MATRIX, ids=CITIES, draws=0)
    assert ours.coef == pytest.approx(plain.coef, abs=1e-9)


def test_nan_and_null_are_the_same_gap():
    null = FRAME.with_columns(
        pl.when(pl.int_range(pl.len()) == 3).then(None).otherwise(pl.col("x2")).alias("x2")
    )
    nan = null.with_columns(pl.col("x2").fill_null(float("nan")))
    fits = [fit_panel(f, "结果", ["x 1", "x2"], **KEYS) for f in (null, nan, null.to_pandas())]
    assert fits[0] == fits[1] == fits[2]
    assert fits[0].n_dropped_rows == 1
    for frame in (null, nan):
        with pytest.raises(AnalysisError, match="missing values"):
            fit_spatial(frame, "结果", ["x2"], **KEYS, W=MATRIX, ids=CITIES)


def test_a_cross_section_needs_no_years():
    single = FRAME.filter(pl.col("年份") == 2012)
    by_year = fit_panel(single, "结果", ["x 1", "x2"], **KEYS, effects="pooling")
    without = fit_panel(
        single.drop("年份"), "结果", ["x 1", "x2"], entity="城市 名", time=None, effects="pooling"
    )
    assert without == by_year
    x = np.column_stack([np.ones(N), single.select("x 1", "x2").to_numpy()])
    expected = np.linalg.lstsq(x, single["结果"].to_numpy(), rcond=None)[0]
    assert by_year.coef == pytest.approx(expected)
    with pytest.raises(PanelTooSmallError, match="all 30 complete rows are alone"):
        fit_panel(single, "结果", ["x2"], **KEYS)
    with pytest.raises(AnalysisError, match="time effects need a column of periods"):
        fit_panel(single, "结果", ["x2"], entity="城市 名", time=None, effects="time")
    spatial = {"entity": "城市 名", "W": MATRIX, "ids": CITIES}
    one = fit_spatial(single, "结果", ["x2"], time=None, **spatial, draws=0)
    assert one.effects == "pooling"
    assert one.coef == fit_spatial(single, "结果", ["x2"], time="年份", **spatial, draws=0).coef
    assert "lag.x2" in one.to_dict()["coef"]
    tests = spatial_tests(single, "结果", ["x2"], time=None, **spatial, draws=5)
    json.dumps(tests.to_dict())
    assert tests.to_dict()["valid_for"]["hausman"] == "iid errors"


def test_unit_effects_need_no_years_either():
    fit = fit_panel(FRAME, "结果", ["x2"], entity="城市 名", time=None, effects="individual")
    named = fit_panel(FRAME, "结果", ["x2"], **KEYS, effects="individual")
    assert (fit.coef, fit.std_error) == (named.coef, named.std_error)


def test_xtreg_counts_singletons_whatever_the_convention():
    lone = FRAME.head(1).with_columns(pl.lit("孤").alias("城市 名"))
    data = pl.concat([FRAME, lone])
    dropped, kept = (
        fit_panel(data, "结果", ["x2"], **KEYS, effects="individual", se=se).to_dict()
        for se in ("reghdfe", "xtreg")
    )
    assert (dropped["nobs"], kept["nobs"], dropped["n_rows"]) == (N * T, N * T + 1, N * T + 1)
    for block in ("xtreg_fe_vce_cluster", "xtreg_fe_vce_conventional"):
        assert dropped[block]["stats"] == pytest.approx(kept[block]["stats"])
        assert dropped[block]["coef"]["_cons"] == pytest.approx(kept[block]["coef"]["_cons"])


def test_weights_are_a_matrix_that_knows_itself():
    frame = pl.DataFrame({"name": CITIES, "Lon": POINTS[:, 1], "Lat": POINTS[:, 0]})
    named = weights(frame)
    assert named.ids == tuple(CITIES)
    assert weights(frame.to_pandas(), ids="name").fingerprint == named.fingerprint
    assert np.asarray(named) == pytest.approx(MATRIX)
    vector = np.arange(N, dtype=float)
    assert named @ vector == pytest.approx(MATRIX @ vector)
    assert vector @ named == pytest.approx(vector @ MATRIX)
    assert isinstance(2 * named - np.eye(N), np.ndarray)
    assert named.T[3] == pytest.approx(named[:, 3])
    assert named.table.height == N * (N - 1)
    assert named.to_dict()["ids"] == CITIES
    assert np.asarray(normalised(sparse.csr_matrix(named.raw))) == pytest.approx(MATRIX)
    with pytest.raises(ValueError, match="read-only"):
        named.matrix[0, 1] = 1.0
    values = np.arange(1.0, N + 1) ** 1.5
    alone = weights(None, "economic", values=values)
    assert np.asarray(alone) == pytest.approx(
        np.asarray(weights(POINTS, "economic", values=values))
    )
    for given, options, message in (
        (frame.drop("Lat"), {}, "latitude"),
        (frame, {"ids": "code"}, "no column 'code'"),
        (POINTS, {"ids": ["a"]}, "1 ids"),
        (POINTS, {"ids": "name"}, "no frame"),
        (POINTS, {"distance": "road"}, "unknown distance"),
        (None, {}, "need coordinates"),
    ):
        with pytest.raises(SpatialWeightsError, match=message):
            weights(given, **options)
    for bad, message in (([["a"]], "no matrix of numbers"), (MATRIX[:3], "square")):
        with pytest.raises(SpatialWeightsError, match=message):
            moran(np.arange(3.0), bad)


def test_the_ellipsoid_is_near_the_sphere():
    sphere, earth = haversine_km(POINTS), ellipsoid_km(POINTS)
    assert earth == pytest.approx(earth.T)
    assert not np.diagonal(earth).any()
    off = ~np.eye(N, dtype=bool)
    assert np.abs(earth[off] / sphere[off] - 1).max() < 0.006
    assert np.asarray(weights(POINTS, distance="wgs84")) == pytest.approx(
        normalised(np.where(off, 1 / np.where(off, earth, 1.0), 0.0))
    )


def test_moran_takes_values_by_unit():
    values = np.random.default_rng(2).normal(size=N)
    named = weights(POINTS, ids=CITIES)
    by_unit = {CITIES[at]: values[at] for at in SHUFFLE}
    result = moran(by_unit, named, permutations=19)
    assert result == moran(pl.Series(values), sparse.csr_matrix(MATRIX), permutations=19)
    with pytest.raises(AnalysisError, match="not of the same units"):
        moran(dict.fromkeys("ab", 1.0), named)
    with pytest.raises(AnalysisError, match="need weights with ids"):
        moran(by_unit, MATRIX)
    with pytest.raises(AnalysisError, match="no numbers"):
        moran(["a"] * N, MATRIX)


def test_networks_take_nodes_as_a_frame_and_keep_their_order():
    edges = pd.DataFrame({"source": ["乙", "甲"], "target": ["甲", "丙"], "n": [1, 2]})
    nodes = ["丙", "甲", "乙", "丁"]
    result = centralities(edges, pd.DataFrame({"node": nodes}), directed=False)
    assert result.to_dict()["nodes"] == nodes
    assert result.to_dict()["degree_centrality"] == pytest.approx([1 / 3, 2 / 3, 1 / 3, 0.0])
    assert result == centralities(edges, np.array(nodes), directed=False)
    assert set(centralities(edges, directed=False).nodes) == {"甲", "乙", "丙"}
    numbers = centralities(
        pl.DataFrame({"source": [1], "target": [2]}), np.arange(3), directed=True
    )
    json.dumps(numbers.to_dict())
    with pytest.raises(AnalysisError, match="n_basis"):
        centralities(edges, nodes, directed=False, n_basis="all")
    with pytest.raises(PanelKeyError, match="null node"):
        centralities(edges, [*nodes, None], directed=False)


def test_partners_of_one_city_and_their_lists():
    one = pl.DataFrame({"year": ["2019", "2020", "2020"], "partner": ["b", "b", "c"]})
    result = partner_dynamics(one, focal="甲")
    assert [row["city"] for row in result.to_dict()["rows"]] == ["甲", "甲"]
    assert result.lists().rows() == [
        ("甲", 2020, "continuing", 1, ["b"]),
        ("甲", 2020, "new", 1, ["c"]),
    ]
    both = partner_dynamics(
        one.rename({"partner": "city_b"}).with_columns(pl.lit("甲").alias("city_a"))
    )
    assert both.of("甲").table.equals(result.table)
    assert both.table["adcode"].unique().sort().to_list() == ["b", "c", "甲"]


def test_an_index_needs_no_keys():
    frame = pl.DataFrame({"a": [1.0, 2.0, 4.0], "b": [3.0, 1.0, 2.0], "row": [1, 2, 4], "t": 9})
    ours = entropy_index(frame, ["a", "b"], ["+", "-"])
    keyed = entropy_index(frame, ["a", "b"], {"b": -1}, entity="row", time="t")
    assert ours.to_dict() == keyed.to_dict()
    assert entropy_index(frame, ["a", "row"]).scores.height == 3
    with pytest.raises(AnalysisError, match="one each"):
        entropy_index(frame, ["a", "b"], [1])
    with pytest.raises(AnalysisError, match="give time"):
        entropy_index(frame, ["a", "b"], scaling="yearly")


def test_columns_that_cannot_be_read_are_named():
    for bad, message in (
        (["2001", "x"], "holds 'x'"),
        ([2001.5, 2002.0], "holds 2001.5"),
        ([dt.date(2001, 1, 1), dt.date(2001, 7, 1)], "several dates"),
        ([True, False], "Boolean"),
    ):
        with pytest.raises(AnalysisError, match=message):
            calendar(pl.DataFrame({"year": bad}), "year")
    twice = pd.DataFrame([[1, 2]], columns=["a", "a"])
    with pytest.raises(AnalysisError, match=r"\['a'\] stand twice"):
        as_polars(twice)
    with pytest.raises(AnalysisError, match="junk is not numeric"):
        describe(pd.DataFrame({"junk": [1, "a"]}), ["junk"])
    assert describe(pd.DataFrame({"n": pd.array([1, None], dtype="Int64")}), "n").to_dict() == {
        "n": {"n": 1, "mean": 1.0, "sd": None, "min": 1.0, "max": 1.0}
    }
