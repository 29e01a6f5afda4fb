"""Principal component, entropy weights and gap filling against reference numbers and by hand."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from analysis.api import (
    AnalysisError,
    NoVariationError,
    PanelKeyError,
    PanelTooSmallError,
    city_indices,
    entropy_index,
    fill_gaps,
    index_variants,
    pca_index,
)
from analysis.indices import (
    CITY_INDICES_SCHEMA,
    DIGITAL_INDICATORS,
    ENVIRONMENT_INDICATORS,
    FILLED_CELLS_SCHEMA,
    INDEX_LOADINGS_SCHEMA,
    INDEX_VARIANTS_SCHEMA,
)

ATOL_PCA = 1e-8
ATOL_ENTROPY = 1e-10


@pytest.mark.parametrize(
    ("score", "key"),
    [
        ("first", "score_pc1"),
        ("first_unit_variance", "score_pc1_unit_variance"),
        ("composite_all", "composite_all_components_variance_weighted"),
        ("composite_above_one", "composite_eig_gt1"),
    ],
)
def test_pca_equals_prcomp(econ, score, key):
    case = econ("pca_usarrests")
    names = case.expected["variables"]
    index = pca_index(case.read(), names, score=score, sign="loading_sum")
    assert index.scores.to_list() == pytest.approx(case.expected[key], abs=ATOL_PCA)
    assert index.eigenvalues == pytest.approx(case.expected["eigenvalues"], abs=ATOL_PCA)
    assert index.shares == pytest.approx(case.expected["share"], abs=ATOL_PCA)
    loadings = case.expected["loadings_pc1_unit_norm_sum_positive"]
    assert dict(index.loadings.rows()) == pytest.approx(loadings, abs=ATOL_PCA)


def make_indicators(seed: int = 3) -> pl.DataFrame:
    random = np.random.default_rng(seed)
    factor = random.normal(size=60)
    return pl.DataFrame(
        {
            "down": -factor + 0.3 * random.normal(size=60),
            "up": 100 * factor + 30 * random.normal(size=60),
            "also_up": factor + 0.3 * random.normal(size=60),
        }
    )


def test_the_first_column_loads_positively_whatever_the_others_do():
    frame = make_indicators()
    first = dict(pca_index(frame, ["down", "up", "also_up"], sign="first_column").loadings.rows())
    assert first["down"] > 0 > first["up"]
    by_sum = pca_index(frame, ["down", "up", "also_up"]).to_dict()
    assert by_sum["loadings_pc1"] == by_sum["loadings_pc1_unit_norm_sum_positive"]
    assert by_sum["loadings_pc1"]["down"] < 0
    second = dict(pca_index(frame, ["up", "down", "also_up"], sign="first_column").loadings.rows())
    assert second["up"] > 0 > second["down"]


def test_score_has_mean_zero_and_the_eigenvalue_as_variance():
    index = pca_index(make_indicators(), ["up", "down", "also_up"])
    assert index.scores.mean() == pytest.approx(0.0, abs=1e-12)
    assert index.scores.var() == pytest.approx(index.eigenvalues[0], rel=1e-12)


def test_rows_with_a_missing_indicator_have_no_score():
    frame = make_indicators().with_columns(
        up=pl.when(pl.int_range(pl.len()) == 5).then(None).otherwise(pl.col("up"))
    )
    index = pca_index(frame, ["up", "down", "also_up"])
    assert index.scores.is_null().arg_true().to_list() == [5]
    assert index.n_rows == 59


def test_pca_refuses_constants_and_too_few_rows():
    with pytest.raises(NoVariationError, match="down"):
        pca_index(make_indicators().with_columns(down=1.0), ["up", "down"])
    with pytest.raises(PanelTooSmallError):
        pca_index(make_indicators().head(2), ["up", "down"])
    with pytest.raises(AnalysisError, match="at least 2"):
        pca_index(make_indicators(), ["up"])


@pytest.mark.parametrize(
    ("key", "options"),
    [
        ("all_positive", {}),
        ("solid_negative", {"signs": {"solid": "negative"}}),
        ("shift_1e4", {"shift": 1e-4}),
    ],
)
def test_entropy_equals_reference(econ, key, options):
    case = econ("entropy_small")
    expected = case.expected["entropy"]
    index = entropy_index(case.read(), expected["columns"], entity="city", **options)
    assert index.n_rows == expected["n"]
    assert index.weights["entropy"].to_list() == pytest.approx(expected[key]["e"], abs=ATOL_ENTROPY)
    assert index.weights["weight"].to_list() == pytest.approx(expected[key]["w"], abs=ATOL_ENTROPY)
    assert index.scores["score"].to_list() == pytest.approx(
        expected[key]["score"], abs=ATOL_ENTROPY
    )


def test_gaps_equal_reference(econ):
    expected = econ("entropy_small").expected["interpolation"]
    frame = pl.DataFrame(
        {"adcode": "a", "year": expected["year"], "v": expected["observed"]}, strict=False
    )
    filled = fill_gaps(frame, "v").table
    assert filled["value"].to_list() == pytest.approx(
        expected["filled_interior_linear_ends_ols_trend"], abs=ATOL_ENTROPY
    )
    assert filled["is_filled"].to_list() == [value is None for value in expected["observed"]]


def make_series(**cities: list[float | None]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            (city, 2010 + step, value)
            for city, values in cities.items()
            for step, value in enumerate(values)
        ],
        schema={"adcode": pl.String, "year": pl.Int64, "v": pl.Float64},
        orient="row",
    )


def test_extrapolation_is_clipped_to_the_bounds_and_marked():
    filled = fill_gaps(make_series(a=[None, 80.0, 95.0, None]), "v", bounds=(0.0, 100.0)).table
    assert filled["value"].to_list() == [65.0, 80.0, 95.0, 100.0]
    assert filled["is_clipped"].to_list() == [False, False, False, True]
    free = fill_gaps(make_series(a=[None, 80.0, 95.0, None]), "v").table
    assert free["value"].to_list() == [65.0, 80.0, 95.0, 110.0]


def test_observed_values_are_never_changed():
    filled = fill_gaps(make_series(a=[120.0, None, 100.0]), "v", bounds=(0.0, 100.0)).table
    assert filled["value"].to_list() == [120.0, 100.0, 100.0]


def test_one_observation_is_no_trend():
    filled = fill_gaps(make_series(a=[None, 5.0, None], b=[None, None, None]), "v").table
    assert filled["value"].to_list() == [None, 5.0, None, None, None, None]
    assert not filled["is_filled"].any()


def test_gaps_are_filled_inside_an_entity_whatever_the_row_order():
    frame = make_series(a=[1.0, None, 3.0], b=[10.0, None, 30.0])
    shuffled = frame.sample(fraction=1.0, shuffle=True, seed=1)
    expected = {("a", 2011): 2.0, ("b", 2011): 20.0}
    for rows in (frame, shuffled):
        filled = fill_gaps(rows, "v").table.filter("is_filled")
        assert {(city, year): value for city, year, value, *_ in filled.rows()} == expected


def test_an_index_filled_after_scoring_can_leave_the_unit_interval():
    frame = make_series(a=[0.0, 50.0, 100.0, None], b=[10.0, 20.0, 15.0, 30.0]).with_columns(
        w=pl.col("v") * 2
    )
    free = entropy_index(frame, ["v", "w"], gap_stage="index", clip=False).scores
    assert free["score"].max() == pytest.approx(1.5)
    clipped = entropy_index(frame, ["v", "w"], gap_stage="index").scores
    assert clipped["score"].max() == 1.0
    assert clipped["is_clipped"].to_list() == [False] * 3 + [True] + [False] * 4
    raw = entropy_index(frame, ["v", "w"], gap_stage="raw").scores
    assert raw["score"].max() == pytest.approx(1.0)
    assert raw["n_filled"].to_list() == [0, 0, 0, 2, 0, 0, 0, 0]


def test_entropy_refuses_constants_signs_and_keys():
    frame = make_series(a=[1.0, 2.0], b=[3.0, 4.0])
    with pytest.raises(NoVariationError, match="v"):
        entropy_index(frame.with_columns(v=1.0), ["v"])
    with pytest.raises(AnalysisError, match="sign of v"):
        entropy_index(frame, ["v"], {"v": "up"})
    with pytest.raises(AnalysisError, match="unknown columns"):
        entropy_index(frame, ["v"], {"z": "negative"})
    with pytest.raises(PanelKeyError):
        entropy_index(pl.concat([frame, frame]), ["v"])


def make_yearbook(cities: int = 8, years: int = 5) -> pl.DataFrame:
    random = np.random.default_rng(9)
    n = cities * years
    columns: dict[str, object] = {
        "year": [2010 + row % years for row in range(n)],
        "adcode": [f"{110000 + 100 * (row // years)}" for row in range(n)],
    }
    columns |= {name: random.normal(size=n) for name in DIGITAL_INDICATORS}
    columns |= {name: random.uniform(20, 99, size=n) for name in ENVIRONMENT_INDICATORS}
    return pl.DataFrame(columns)


def test_city_indices_have_the_contracted_columns_and_order():
    result = city_indices(make_yearbook().sample(fraction=1.0, shuffle=True, seed=2))
    assert result.indices.schema == CITY_INDICES_SCHEMA
    assert result.loadings.schema == INDEX_LOADINGS_SCHEMA
    assert result.indices.select("year", "adcode").rows() == sorted(
        result.indices.select("year", "adcode").rows()
    )
    assert result.indices.equals(city_indices(make_yearbook()).indices)
    assert result.indices["er"].is_between(0, 1).all()
    weights = result.loadings.filter(index_name="er")["weight"]
    assert weights.sum() == pytest.approx(1.0)
    assert result.loadings.filter(indicator="internet_users")["weight"].item() > 0


def test_city_indices_report_clipped_cells():
    frame = make_yearbook().with_columns(
        so2_removal=pl.when(pl.col("adcode") == "110000")
        .then(pl.Series([60.0, 80.0, 99.0, None, None] * 8))
        .otherwise(pl.col("so2_removal"))
    )
    result = city_indices(frame)
    assert result.indices.filter("er_clipped").select("adcode", "year").rows() == [
        ("110000", 2013),
        ("110000", 2014),
    ]
    assert "clipped in 2 city-years" in result.loadings.filter(index_name="er")["note"][0]
    assert not city_indices(frame, er_clip=False).indices["er_clipped"].any()


def test_city_indices_without_values_are_null_and_say_why():
    for frame in (
        make_yearbook().clear(),
        make_yearbook().with_columns(
            pl.lit(None, dtype=pl.Float64).alias(name)
            for name in (*DIGITAL_INDICATORS, *ENVIRONMENT_INDICATORS)
        ),
    ):
        result = city_indices(frame)
        assert result.indices.schema == CITY_INDICES_SCHEMA
        assert result.indices.height == frame.height
        assert result.indices["dige"].null_count() == frame.height
        assert result.loadings["note"].str.starts_with("unavailable: 0 complete rows").all()
        assert result.loadings.height == 9


def test_yearly_scores_are_those_of_every_year_by_itself():
    frame = make_yearbook(cities=12)
    names = list(DIGITAL_INDICATORS)
    index = pca_index(frame, names, standardisation="yearly")
    z = frame.select(
        (pl.col(n) - pl.col(n).mean()).over("year") / pl.col(n).std().over("year") for n in names
    )
    by_hand = z.to_numpy()
    correlation = by_hand.T @ by_hand / (frame.height - 1)
    values, vectors = np.linalg.eigh(correlation)
    first = vectors[:, values.argmax()]
    first *= np.sign(first[0])
    assert index.scores.to_list() == pytest.approx(list(by_hand @ first), abs=1e-9)
    per_year = frame.select("year").with_columns(index.scores.alias("score"))
    means = per_year.group_by("year").agg(pl.col("score").mean())["score"]
    assert means.to_list() == pytest.approx([0.0] * 5, abs=1e-12)
    assert index.scores.to_list() != pytest.approx(pca_index(frame, names).scores.to_list())


def test_a_year_that_cannot_be_standardised_is_named():
    frame = make_yearbook()
    flat = frame.with_columns(
        ict_employees=pl.when(pl.col("year") == 2012).then(1.0).otherwise("ict_employees")
    )
    with pytest.raises(NoVariationError, match="ict_employees in 2012"):
        pca_index(flat, DIGITAL_INDICATORS, standardisation="yearly")
    lonely = frame.filter((pl.col("year") != 2012) | (pl.col("adcode") == "110000"))
    with pytest.raises(PanelTooSmallError, match="1 complete row in 2012"):
        pca_index(lonely, DIGITAL_INDICATORS, standardisation="yearly")
    with pytest.raises(AnalysisError, match="year"):
        pca_index(frame.drop("year"), DIGITAL_INDICATORS, standardisation="yearly")
    with pytest.raises(NoVariationError, match="so2_removal in 2010"):
        entropy_index(
            frame.with_columns(
                so2_removal=pl.when(pl.col("year") == 2010).then(5.0).otherwise("so2_removal")
            ),
            ENVIRONMENT_INDICATORS,
            scaling="yearly",
        )


def test_yearly_ranges_reach_from_0_to_1_in_every_year():
    frame = make_yearbook().select("adcode", "year", "so2_removal")
    scores = entropy_index(frame, ["so2_removal"], scaling="yearly").scores
    ends = scores.group_by("year").agg(low=pl.col("score").min(), high=pl.col("score").max())
    assert ends["low"].to_list() == pytest.approx([0.0] * 5, abs=1e-12)
    assert ends["high"].to_list() == pytest.approx([1.0] * 5, abs=1e-12)
    negative = entropy_index(
        frame, ["so2_removal"], {"so2_removal": "negative"}, scaling="yearly"
    ).scores
    assert (scores["score"] + negative["score"]).to_list() == pytest.approx([1.0] * frame.height)


def test_every_filled_cell_is_reported_with_its_rule():
    frame = make_yearbook().with_columns(
        so2_removal=pl.when(pl.col("adcode") == "110000")
        .then(pl.Series([60.0, 80.0, None, 99.0, None] * 8))
        .otherwise(pl.col("so2_removal"))
    )
    filled = city_indices(frame).filled
    assert filled.schema == FILLED_CELLS_SCHEMA
    rows = filled.select("index_name", "indicator", "year", "adcode", "rule", "is_clipped").rows()
    assert rows == [
        ("er", "so2_removal", 2012, "110000", "interpolated", False),
        ("er", "so2_removal", 2014, "110000", "extrapolated", True),
    ]
    middle, end = filled["value"].to_list()
    assert (middle, end) == (89.5, 100.0)
    assert filled["unclipped_value"].to_list()[1] > 100
    in_the_index = city_indices(frame, gap_stage="index").filled
    assert in_the_index.select("indicator", "year").rows() == [("score", 2012), ("score", 2014)]
    assert city_indices(frame, gap_stage=None).filled.is_empty()
    assert city_indices(frame, gap_stage=None).indices["er"].null_count() == 2


def test_options_move_the_indices_and_variants_hold_them_all():
    frame = make_yearbook().with_columns(
        so2_removal=pl.when(pl.col("adcode") == "110000")
        .then(pl.Series([60.0, 80.0, 99.0, None, None] * 8))
        .otherwise(pl.col("so2_removal"))
    )
    variants = index_variants(frame)
    assert variants.schema == INDEX_VARIANTS_SCHEMA
    assert variants["variant"].n_unique() == 8 + 10
    chosen = city_indices(
        frame,
        er_clip=False,
        gap_stage="index",
        er_scaling="yearly",
        dige_standardisation="yearly",
        dige_score="composite_all",
    ).indices
    for name, variant in (("dige", "yearly.composite_all"), ("er", "yearly.index.open")):
        of_variant = variants.filter(index_name=name, variant=variant)
        assert of_variant["value"].to_list() == chosen[name].to_list()
    assert variants.filter(index_name="er", variant="pooled.none").height == frame.height - 2
    assert index_variants(frame.clear()).is_empty()


def test_the_sign_follows_the_sum_of_loadings_where_asked():
    frame = make_yearbook()
    opposite = frame.with_columns(
        ict_employees=-pl.col("internet_users") + 0.1 * pl.col("ict_employees"),
        telecom_output=-pl.col("internet_users") + 0.1 * pl.col("telecom_output"),
    )
    first = city_indices(opposite).loadings.filter(indicator="internet_users")["weight"].item()
    by_sum = city_indices(opposite, dige_sign="loading_sum").loadings
    assert first > 0 > by_sum.filter(indicator="internet_users")["weight"].item()
    assert by_sum.filter(index_name="dige")["weight"].sum() > 0
