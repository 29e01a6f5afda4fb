"""Panel regressions against least squares with dummies, other software, and what is refused."""

from __future__ import annotations

import itertools

import numpy as np
import polars as pl
import pytest

from analysis.api import (
    AbsorbedRegressorError,
    AnalysisError,
    NoVariationError,
    PanelKeyError,
    PanelTooSmallError,
    baseline_table,
    fit_panel,
    lag,
    significance_stars,
    stepwise,
)
from analysis.panel import BASELINE_ESTIMATES_SCHEMA, BASELINE_STEPS, CONVENTIONS

RTOL_COEF = 1e-8
RTOL_SE = 1e-6
ATOL_R2 = 1e-9


def leaves_of(expected: dict, got: dict, path: str = "") -> list[tuple[str, float, float]]:
    """Pairs of numbers under the same names; names that only other software has are left aside."""
    other_routes = ("felm_", "lm_", "sandwich_", "plm_")
    found = []
    for key, value in expected.items():
        if key.startswith(other_routes):
            continue
        if isinstance(value, dict):
            found += leaves_of(value, got[key], f"{path}{key}.")
        else:
            found.append((path + key, value, got[key]))
    return found


@pytest.mark.parametrize(
    ("name", "entity", "n_leaves"),
    [("fe_grunfeld", "firm", 58), ("fe_produc", "state", 98), ("fe_produc_lag", "state", 59)],
)
def test_reference_software_gives_the_same_under_every_convention(econ, name, entity, n_leaves):
    case = econ(name)
    data = case.read()
    lagged = [column[2:] for column in case.spec["x"] if column.startswith("L_")]
    data = lag(data, lagged, entity=entity, time="year")
    seen = 0
    for effects in ("twoways", "individual"):
        if effects not in case.expected:
            continue
        fit = fit_panel(data, case.spec["y"], case.spec["x"], entity=entity, effects=effects)
        for path, expected, got in leaves_of(case.expected[effects], fit.to_dict()):
            tolerance = RTOL_SE if path.startswith(("se.", "t_", "p_")) else RTOL_COEF
            atol = ATOL_R2 if path.endswith("r2") else 0.0
            assert got == pytest.approx(expected, rel=tolerance, abs=atol), path
            seen += 1
    assert seen == n_leaves


@pytest.mark.parametrize(
    ("name", "suffix", "singletons"),
    [("fe_stata_xtreg_balanced", "", 0), ("fe_stata_xtreg_light", "_light", 145)],
)
def test_xtreg_gives_the_same_with_singletons_kept(econ, name, suffix, singletons):
    case = econ(name)
    terms = [f"x{number}{suffix}" for number in range(1, 6)]
    fit = fit_panel(
        case.read(), f"y{suffix}", terms, entity="firm", effects="individual", se="xtreg"
    )
    assert fit.n_singletons == singletons
    got, expected = fit.to_dict()["xtreg_fe_vce_cluster"], case.expected["xtreg_fe_vce_cluster"]
    for term in [*terms, "_cons"]:
        assert got["coef"][term]["b"] == pytest.approx(expected["coef"][term]["b"], rel=1e-9)
        assert got["coef"][term]["t"] == pytest.approx(expected["coef"][term]["t"], rel=1e-6)
        assert got["coef"][term]["p"] == pytest.approx(expected["coef"][term]["p"], rel=1e-5)
        assert got["V_rows"][term] == pytest.approx(expected["V_rows"][term], rel=1e-6)
    for key in ("r2_w", "r2_a"):
        assert got["stats"][key] == pytest.approx(expected["stats"][key], abs=1e-9)
    for key in ("N", "N_g", "df_r", "g_min", "g_max", "g_avg", "rss"):
        assert got["stats"][key] == pytest.approx(expected["stats"][key], rel=1e-9)


def make_panel(seed: int, entities: int = 12, years: int = 6, missing: float = 0.0) -> pl.DataFrame:
    random = np.random.default_rng(seed)
    rows = []
    for city, year in itertools.product(range(entities), range(2006, 2006 + years)):
        if random.random() < missing:
            continue
        a, b = random.normal(size=2)
        rows.append((f"c{city:02d}", year, 0.5 * a - b + city + 0.1 * year + random.normal(), a, b))
    return pl.DataFrame(rows, schema=["adcode", "year", "y", "a", "b"], orient="row")


def least_squares_with_dummies(panel: pl.DataFrame, effects: str) -> dict[str, np.ndarray | float]:
    """Coefficients, cluster sandwich (no factor) and rank, every dummy a regressor."""
    x = panel.select("a", "b").to_numpy()
    labels = ["adcode", "year"] if effects == "twoways" else ["adcode"]
    dummies = [panel.select(label).to_dummies().to_numpy().astype(float) for label in labels]
    design = np.column_stack([x, *dummies])
    y = panel["y"].to_numpy()
    pinv = np.linalg.pinv(design)
    beta = pinv @ y
    residual = y - design @ beta
    bread = np.linalg.pinv(design.T @ design)
    meat = np.zeros((design.shape[1], design.shape[1]))
    for city in panel["adcode"].unique():
        rows = (panel["adcode"] == city).to_numpy()
        score = design[rows].T @ residual[rows]
        meat += np.outer(score, score)
    return {
        "coef": beta[:2],
        "cov": (bread @ meat @ bread)[:2, :2],
        "rank": int(np.linalg.matrix_rank(design)),
        "ssr": float(residual @ residual),
    }


@pytest.mark.parametrize("effects", ["twoways", "individual"])
@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_fit_equals_least_squares_with_dummies(effects, missing):
    panel = make_panel(7, missing=missing)
    fit = fit_panel(panel, "y", ["a", "b"], effects=effects, se="none")
    oracle = least_squares_with_dummies(panel, effects)
    assert fit.coef == pytest.approx(oracle["coef"], rel=1e-9)
    assert np.array(fit.covariance) == pytest.approx(oracle["cov"], rel=1e-8)
    assert fit.ssr == pytest.approx(oracle["ssr"], rel=1e-10)
    n, groups = panel.height, panel["adcode"].n_unique()
    years = panel["year"].n_unique()
    factor = {
        "areg": (n - 1) / (n - oracle["rank"]) * groups / (groups - 1),
        "xtreg": (n - 1) / (n - 2 - (years if effects == "twoways" else 1)) * groups / (groups - 1),
    }
    for convention, q in factor.items():
        got = fit_panel(panel, "y", ["a", "b"], effects=effects, se=convention)
        assert np.array(got.covariance) == pytest.approx(q * oracle["cov"], rel=1e-8)
    adjusted = 1 - (1 - fit.r2) * (n - 1) / (n - oracle["rank"])
    assert fit.r2_adj == pytest.approx(adjusted, rel=1e-12)


def test_linearmodels_convention_is_what_the_library_prints():
    from linearmodels.panel import PanelOLS

    panel = make_panel(3, missing=0.2)
    frame = panel.to_pandas().set_index(["adcode", "year"])
    model = PanelOLS(frame["y"], frame[["a", "b"]], entity_effects=True, time_effects=True)
    library = model.fit(cov_type="clustered", cluster_entity=True)
    fit = fit_panel(panel, "y", ["a", "b"], se="linearmodels")
    assert fit.std_error == pytest.approx(library.std_errors.to_numpy(), rel=1e-12)
    n, k, effects = panel.height, 2, 12 + 6 - 1
    plain = fit_panel(panel, "y", ["a", "b"], se="none")
    ratio = (np.array(fit.std_error) / np.array(plain.std_error)) ** 2
    assert ratio == pytest.approx([n / (n - k - effects)] * 2, rel=1e-9)


def test_singletons_are_dropped_and_counted_by_reghdfe_and_kept_by_xtreg():
    panel = make_panel(5)
    alone = pl.DataFrame({"adcode": ["zz"], "year": [2006], "y": [99.0], "a": [5.0], "b": [-3.0]})
    both = pl.concat([panel, alone])
    dropped = fit_panel(both, "y", ["a", "b"])
    kept = fit_panel(both, "y", ["a", "b"], se="xtreg")
    without = fit_panel(panel, "y", ["a", "b"])
    assert (dropped.n_obs, dropped.n_singletons, dropped.singletons_dropped) == (72, 1, True)
    assert (kept.n_obs, kept.n_singletons, kept.singletons_dropped) == (73, 1, False)
    assert dropped.std_error == pytest.approx(without.std_error, rel=1e-12)
    assert kept.coef == pytest.approx(without.coef, rel=1e-10)
    assert kept.std_error != pytest.approx(without.std_error, rel=1e-6)
    # Each result holds the other convention, whichever was asked for.
    assert dropped.standard_errors["xtreg"] == pytest.approx(kept.std_error, rel=1e-10)
    assert kept.standard_errors["reghdfe"] == pytest.approx(dropped.std_error, rel=1e-10)
    assert dropped.to_dict()["nobs_keep_singletons"] == 73


def test_clusters_may_be_wider_than_entities():
    panel = make_panel(11).with_columns(province=pl.col("adcode").str.slice(1).cast(pl.Int64) // 2)
    fit = fit_panel(panel, "y", ["a", "b"], cluster="province")
    assert (fit.n_clusters, fit.df_t) == (6, 5)
    assert fit.coef == pytest.approx(fit_panel(panel, "y", ["a", "b"]).coef, rel=1e-12)


def test_clusters_that_cut_entities_count_every_effect():
    panel = make_panel(11).with_columns(half=pl.col("year") >= 2009)
    plain = fit_panel(panel, "y", ["a", "b"], cluster="half", se="none")
    fit = fit_panel(panel, "y", ["a", "b"], cluster="half", se="reghdfe")
    n, parameters = 72, 2 + 12 + 6 - 1
    q = (n - 1) / (n - parameters) * 2 / 1
    assert np.array(fit.std_error) ** 2 == pytest.approx(
        q * np.array(plain.std_error) ** 2, rel=1e-9
    )


def test_missing_rows_are_dropped_and_counted():
    panel = make_panel(1).with_columns(
        a=pl.when(pl.int_range(pl.len()) == 3).then(None).otherwise(pl.col("a")),
        b=pl.when(pl.int_range(pl.len()) == 9).then(float("nan")).otherwise(pl.col("b")),
    )
    fit = fit_panel(panel, "y", ["a", "b"])
    assert (fit.n_obs, fit.n_dropped_rows) == (70, 2)


def test_last_digits_of_the_library_do_not_reach_the_result(monkeypatch):
    """They differ between processors; published numbers must not."""
    from analysis.panel import PanelDesign

    panel = make_panel(2, missing=0.2).with_columns(
        near=pl.col("a") * 1e3 + pl.col("b") ** 2 + pl.col("year") * 1e6
    )
    before = fit_panel(panel, "y", ["a", "b", "near"])
    estimate = PanelDesign.estimate

    def another_machine(design):
        beta, covariance = estimate(design)
        return beta * (1 + 1e-12), covariance

    monkeypatch.setattr(PanelDesign, "estimate", another_machine)
    after = fit_panel(panel, "y", ["a", "b", "near"])
    assert after.coef == before.coef
    assert after.std_error == before.std_error
    assert after.covariance == before.covariance


def test_a_pandas_frame_gives_the_same_bits():
    panel = make_panel(2, missing=0.2)
    assert fit_panel(panel, "y", ["a", "b"]) == fit_panel(panel.to_pandas(), "y", ["a", "b"])


def test_decimals_integers_and_booleans_are_numbers():
    panel = make_panel(2).with_columns(
        d=pl.col("a").round(3).cast(pl.Decimal(18, 6)), flag=pl.col("b") > 0
    )
    plain = panel.with_columns(pl.col("d", "flag").cast(pl.Float64))
    assert fit_panel(panel, "y", ["d", "flag"]) == fit_panel(plain, "y", ["d", "flag"])


def test_row_order_does_not_change_a_bit():
    panel = make_panel(2, missing=0.2)
    shuffled = panel.sample(fraction=1.0, shuffle=True, seed=4)
    assert fit_panel(panel, "y", ["a", "b"]) == fit_panel(shuffled, "y", ["a", "b"])


def test_absorbed_regressors_are_named_all_of_them():
    panel = make_panel(4).with_columns(
        size=pl.col("adcode").str.slice(1).cast(pl.Int64),
        trend=pl.col("year") * 1e6,
        both=pl.col("adcode").str.slice(1).cast(pl.Int64) + pl.col("year"),
    )
    with pytest.raises(AbsorbedRegressorError) as refused:
        fit_panel(panel, "y", ["a", "size", "trend", "b", "both"])
    assert refused.value.columns == ("size", "trend", "both")
    one_way = fit_panel(panel, "y", ["a", "trend", "b"], effects="individual")
    assert one_way.terms == ("a", "trend", "b")


def test_a_regressor_with_little_of_its_own_is_estimated_not_refused():
    """The library alone would call a column absorbed when less than 1e-5 of it is left."""
    panel = make_panel(4)
    shifted = panel.with_columns(b=pl.col("b") + pl.col("year") * 1e5)
    fit, plain = (fit_panel(frame, "y", ["a", "b"]) for frame in (shifted, panel))
    assert fit.coef == pytest.approx(plain.coef, rel=1e-6)
    assert fit.std_error == pytest.approx(plain.std_error, rel=1e-6)


def test_a_collinear_regressor_is_named():
    panel = make_panel(4).with_columns(c=2 * pl.col("a") - 1e5 * pl.col("b") + pl.col("year"))
    with pytest.raises(AbsorbedRegressorError, match="c: linear combination of a, b"):
        fit_panel(panel, "y", ["a", "b", "c"])


@pytest.mark.parametrize(
    "panel",
    [
        pytest.param(make_panel(1).clear(), id="no rows"),
        pytest.param(make_panel(1, entities=1), id="one entity"),
        pytest.param(make_panel(1, years=1), id="one year"),
        pytest.param(make_panel(1, entities=2, years=2), id="no degree of freedom"),
        pytest.param(make_panel(1).with_columns(a=None), id="no complete row"),
    ],
)
def test_a_panel_that_is_too_small_is_refused_by_name(panel):
    with pytest.raises(PanelTooSmallError):
        fit_panel(panel, "y", ["a", "b"])


def test_unusable_input_is_refused_by_name():
    panel = make_panel(1)
    with pytest.raises(PanelKeyError):
        fit_panel(pl.concat([panel, panel.head(1)]), "y", ["a"])
    with pytest.raises(NoVariationError, match="y"):
        fit_panel(panel.with_columns(y=pl.col("year") * 3.0), "y", ["a"])
    with pytest.raises(AnalysisError, match="infinite"):
        fit_panel(panel.with_columns(a=pl.lit(float("inf"))), "y", ["a"])
    with pytest.raises(AnalysisError, match="not numeric"):
        fit_panel(panel.with_columns(a=pl.lit("x")), "y", ["a"])
    with pytest.raises(AnalysisError, match="convention"):
        fit_panel(panel, "y", ["a"], se="stata")
    with pytest.raises(AnalysisError, match="missing columns"):
        fit_panel(panel, "y", ["z"])


@pytest.mark.parametrize(
    ("p", "stars"), [(0.009, "***"), (0.01, "**"), (0.049, "**"), (0.05, "*"), (0.1, "")]
)
def test_stars(p, stars):
    assert significance_stars(p) == stars


def test_lag_is_by_calendar_year():
    frame = pl.DataFrame(
        {"adcode": ["a", "a", "a", "b"], "year": [2010, 2008, 2007, 2011], "v": [3, 2, 1, 9]}
    )
    assert lag(frame, ["v"])["L_v"].to_list() == [None, 1, None, None]


def test_lag_refuses_repeated_keys_and_taken_names():
    frame = pl.DataFrame({"adcode": ["a", "a"], "year": [2010, 2010], "v": [1, 2]})
    with pytest.raises(PanelKeyError):
        lag(frame, ["v"])
    with pytest.raises(AnalysisError, match="L_v"):
        lag(frame.head(1).with_columns(L_v=1), ["v"])


def test_steps_share_one_sample():
    panel = make_panel(6).with_columns(
        b=pl.when(pl.col("year") == 2007).then(None).otherwise(pl.col("b"))
    )
    result = stepwise(panel, "y", [["a"], ["a", "b"]])
    assert [fit.n_obs for fit in result.fits] == [60, 60]
    assert fit_panel(panel, "y", ["a"]).n_obs == 72


def make_city_years(seed: int = 1, cities: int = 40, years: int = 10) -> pl.DataFrame:
    """A panel with the columns of the warehouse, every regressor varying."""
    random = np.random.default_rng(seed)
    keys = list(itertools.product(range(cities), range(2011, 2011 + years)))
    columns: dict[str, object] = {
        "adcode": [f"{110000 + 100 * city}" for city, _ in keys],
        "year": [year for _, year in keys],
        "in_sample": [city < cities - 2 for city, _ in keys],
    }
    for name in (name for step in BASELINE_STEPS for name in step):
        columns[name] = random.normal(size=len(keys))
    opening = random.integers(2008, 2024, size=(4, cities))
    for number, name in enumerate(("hsr", "low_carbon", "carbon_trade", "innovative")):
        columns[name] = [int(year >= opening[number, city]) for city, year in keys]
    columns["ln_rsi"] = 0.3 * np.array(columns["hsr"]) + random.normal(size=len(keys))
    return pl.DataFrame(columns)


def test_baseline_has_the_papers_three_columns():
    panel = make_city_years()
    table = baseline_table(panel)
    assert table.schema == BASELINE_ESTIMATES_SCHEMA
    assert table.group_by("column_no").len().sort("column_no").rows() == [(1, 10), (2, 14), (3, 22)]
    assert table["n_obs"].unique().to_list() == [38 * 9]
    assert table["status"].unique().to_list() == ["ok"]
    assert table["reason"].null_count() == table.height
    assert table.filter(column_no=3)["term"].to_list() == [
        name for step in BASELINE_STEPS for name in step
    ]


def test_baseline_lags_continuous_regressors_and_not_dummies():
    panel = make_city_years().filter("in_sample")
    by_hand = lag(
        panel,
        [
            "ln_gpatent",
            "er",
            *BASELINE_STEPS[0][1:8],
            "dige",
            "ln_pgdp",
            "ins",
            "fin",
            "ln_fdi",
            "zts",
            "gjs",
            "rps",
            "qrate",
        ],
    )
    terms = [
        name if name in ("hsr", "low_carbon", "carbon_trade", "innovative") else f"L_{name}"
        for step in BASELINE_STEPS
        for name in step
    ]
    fit = fit_panel(by_hand, "ln_rsi", terms)
    table = baseline_table(panel).filter(column_no=3)
    assert table["coef"].to_list() == pytest.approx(fit.coef, rel=1e-12)
    assert table["std_error"].to_list() == pytest.approx(fit.std_error, rel=1e-12)
    lagged = baseline_table(panel, lag_dummies=True).filter(column_no=3)
    assert lagged["note"].unique().to_list() == ["year before"]
    assert lagged["coef"].to_list() != table["coef"].to_list()


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_baseline_takes_every_convention(convention):
    table = baseline_table(make_city_years(), cluster_convention=convention)
    assert table["cluster_convention"].unique().to_list() == [convention]


def test_baseline_names_what_it_leaves_out():
    panel = make_city_years().with_columns(
        qrate=pl.col("year").cast(pl.Float64), low_carbon=pl.lit(0), rps=2 * pl.col("zts")
    )
    table = baseline_table(panel).filter(column_no=3)
    left = {row["term"]: row for row in table.iter_rows(named=True) if row["coef"] is None}
    assert list(left) == ["low_carbon", "rps", "qrate"]
    assert (
        left["qrate"]["note"] == "year before; left out: absorbed by the entity and period effects"
    )
    assert "linear combination of" in left["rps"]["note"]
    assert "L_" not in left["rps"]["note"]
    assert table["status"].unique().to_list() == ["ok"]
    assert table.filter(pl.col("coef").is_not_null()).height == 19


@pytest.mark.parametrize(
    ("panel", "reason"),
    [
        (make_city_years().clear(), "no city-year in the sample"),
        (make_city_years().with_columns(in_sample=False), "no city-year in the sample"),
        (make_city_years(years=1), "no row is complete"),
        (make_city_years().with_columns(er=None), "no value in er"),
        (make_city_years().with_columns(ln_rsi=0.0), "ln_rsi does not vary"),
        (make_city_years(cities=6, years=3), "complete rows for 10 regressors"),
    ],
)
def test_a_panel_that_cannot_carry_the_table_gives_one_row_with_the_reason(panel, reason):
    table = baseline_table(panel)
    assert table.schema == BASELINE_ESTIMATES_SCHEMA
    assert table.height == 1
    row = table.row(0, named=True)
    assert (row["status"], row["column_no"], row["term"]) == ("unavailable", 0, "(none)")
    assert reason in row["reason"]


def test_baseline_refuses_a_panel_without_its_columns():
    with pytest.raises(AnalysisError, match="qrate"):
        baseline_table(make_city_years().drop("qrate"))


@pytest.mark.parametrize("effects", ["pooling", "individual", "time", "twoways"])
@pytest.mark.parametrize(
    ("name", "y", "x"),
    [
        ("sdm_cigar", "logc", ["logp", "logy"]),
        ("sdm_produc_usaww", "lgsp", ["lpcap", "lpc", "lemp", "unemp"]),
    ],
)
def test_every_kind_of_effects_equals_reference(econ, name, y, x, effects):
    case = econ(name)
    fit = fit_panel(case.read(), y, x, entity="state", time="year", effects=effects).to_dict()
    expected = case.expected["nonspatial"][effects]
    assert fit["coef"] == pytest.approx(expected["coef"], rel=1e-8)
    assert fit["se"]["iid"] == pytest.approx(expected["se_classical"], rel=1e-7)
    assert fit["ssr"] == pytest.approx(expected["ssr"], rel=1e-9)
    assert next(iter(fit["coef"])) == ("(Intercept)" if effects == "pooling" else x[0])


@pytest.mark.parametrize(
    ("name", "suffix"), [("fe_stata_xtreg_balanced", ""), ("fe_stata_xtreg_light", "_light")]
)
def test_conventional_errors_equal_stata(econ, name, suffix):
    case = econ(name)
    fit = fit_panel(
        case.read(), f"y{suffix}", [f"x{n}{suffix}" for n in range(1, 6)], entity="firm",
        time="year", effects="individual", se="xtreg",
    ).to_dict()  # fmt: skip
    for vce in ("xtreg_fe_vce_conventional", "xtreg_fe_vce_cluster"):
        expected, got = case.expected[vce], fit[vce]
        for term, values in expected["coef"].items():
            assert got["coef"][term]["b"] == pytest.approx(values["b"], rel=1e-9)
            assert got["coef"][term]["t"] == pytest.approx(values["t"], rel=1e-6)
            assert got["V_rows"][term] == pytest.approx(expected["V_rows"][term], rel=1e-6)
        for statistic in ("r2_w", "r2_a"):
            assert got["stats"][statistic] == pytest.approx(expected["stats"][statistic], abs=1e-9)


def test_a_constant_is_no_regressor_of_other_effects():
    frame = pl.DataFrame(
        {"city": [1, 1, 2, 2, 3, 3], "year": [1, 2] * 3, "y": [1.0, 2, 4, 3, 6, 9], "x": range(6)}
    )
    fit = fit_panel(frame, "y", ["x"], entity="city", time="year", effects="pooling")
    assert fit.terms == ("(Intercept)", "x")
    slope, level = np.polyfit(range(6), frame["y"].to_numpy(), 1)
    assert fit.coef == pytest.approx((level, slope))
    assert fit.r2 == pytest.approx(np.corrcoef(range(6), frame["y"].to_numpy())[0, 1] ** 2)
    assert fit.to_dict()["xtreg_fe_vce_cluster"] == {}
