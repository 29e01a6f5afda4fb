"""Recovery: what goes in comes out again, tier by tier; docs/recovery.md says what is claimed.

Seeds and thresholds stand in recovery.toml and were committed before anything was run. Nothing here
claims that a coefficient of the paper is reproduced, that centrality causes anything, or that rho,
degree, betweenness or patents that contain joint ones can be found again.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest

from analysis.api import SpatialPanel, fit_panel, fit_prepared, lag, weights
from analysis.panel import BASELINE_DUMMIES, BASELINE_STEPS
from analysis.specifications import DURBIN_TERMS
from scrapers.office.recovery import draw_world
from scrapers.office.recovery_ledger import CENTRALITIES, COUNTS, COVARIATES, POLICIES
from tests.acceptance.conftest import ROOT, greenties
from tests.benchmarks import monte_carlo
from tests.independent import (
    DenseSpatialFit,
    OneRegressor,
    dense_durbin,
    dummy_least_squares,
)
from tests.recovery import NEVER, PLANTED, RULES, by_column, sample, table3, world_panel

pytestmark = pytest.mark.acceptance

SETTINGS = {"GREENTIES_METHOD_GPATENT_CREDIT": "solo"}
INTEGERS = ("rsi", "extensive", "gpatent", "gtr", "n_joint_applications")
REALS = ("intensive", *CENTRALITIES, "dige", "er", *COVARIATES)
REGRESSORS = tuple(name for step in BASELINE_STEPS for name in step)


@pytest.fixture(scope="session")
def recovered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data folder of World A, written straight to landing and built by the line."""
    seed = str(RULES["world_a"]["seed"])
    keep = os.environ.get("GREENTIES_ACCEPTANCE_DIR")
    folder = Path(keep) / f"recovery-{seed}" if keep else tmp_path_factory.mktemp("recovery")
    office = [sys.executable, "-m", "scrapers.office", "recovery", "--seed", seed]
    paths = ["--landing", str(folder / "landing"), "--truth", str(folder / "truth")]
    subprocess.run([*office, *paths], cwd=ROOT, check=True, capture_output=True)
    done = greenties(folder, "run", "--from-landing", **SETTINGS)
    assert done.returncode == 0, done.stderr[-4000:]
    return folder


@pytest.fixture(scope="session")
def built(recovered: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Return a connection: what was published, and the ledger as ``t.main``."""
    connection = duckdb.connect()
    connection.execute("attach ':memory:' as t")
    connection.execute(f"attach '{recovered / 'published.duckdb'}' as p (read_only)")
    connection.execute("use p")
    for name in ("ledger", "records", "equation"):
        connection.execute(
            f"create table t.main.{name} as from read_csv('{recovered / 'truth' / name}.csv', "
            "header = true, types = {'adcode': 'varchar'})"
            if name != "records"
            else f"create table t.main.{name} as from read_csv('{recovered / 'truth' / name}.csv', "
            "header = true, all_varchar = true)"
        )
    # The settings of this build count patents of one applicant.
    connection.execute("alter table t.main.ledger rename column gpatent to gpatent_every_city")
    connection.execute("alter table t.main.ledger rename column gpatent_solo to gpatent")
    yield connection
    connection.close()


@pytest.fixture(scope="session")
def panel(built: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Panel of the 278 cities as the line published it."""
    return built.sql("from marts.fct_city_years order by adcode, year").pl()


# ------------------------------------------------------------------ tier 1: identity


def test_the_world_has_hardly_a_censored_cell(built: duckdb.DuckDBPyConnection) -> None:
    censored, n = built.sql(
        "select count(*) filter (e.m < 0), count(*) from t.main.equation as e "
        "semi join marts.fct_city_years as p using (adcode)"
    ).fetchall()[0]
    assert n == 278 * 15
    assert censored / n < RULES["world_a"]["most_censored"]


def test_every_count_and_measure_of_every_city_equals_the_ledger(
    built: duckdb.DuckDBPyConnection,
) -> None:
    rules = RULES["identity"]
    wrong = {}
    limits = {name: rules["integers"] for name in INTEGERS}
    limits |= {name: rules["reals"] for name in REALS}
    for column, limit in limits.items():
        n, n_wrong = built.sql(
            f"select count(o.{column}), count(*) filter (o.{column} is null or "
            f"abs(o.{column}::double - l.{column}::double) > {limit}) "
            "from t.main.ledger as l left join marts.fct_node_years as o using (adcode, year)"
        ).fetchall()[0]
        assert n == 341 * 15
        if n_wrong:
            wrong[column] = n_wrong
    assert wrong == {}
    # A column of zeros would agree with itself.
    sums = built.sql(f"select {', '.join(f'sum({c})' for c in INTEGERS)} from t.main.ledger")
    assert min(sums.fetchall()[0]) > 5000
    assert set(COUNTS) - {"gpatent_solo", "n_partners_out", "n_partners_in"} == set(INTEGERS)


def test_the_panel_of_the_sample_equals_the_ledger_with_policies_logs_and_lags(
    built: duckdb.DuckDBPyConnection,
) -> None:
    limit = RULES["identity"]["reals"]
    logs = [name for name in INTEGERS if name != "n_joint_applications"] + ["intensive"]
    checks = {name: f"p.{name} is distinct from l.{name}" for name in POLICIES}
    checks |= {
        f"ln_{name}": f"abs(p.ln_{name} - ln(1 + l.{name}::double)) > {limit}" for name in logs
    }
    own = [*INTEGERS[:-1], *REALS, *POLICIES]
    checks |= {
        f"{name}_lag1": (
            f"(p.year = 2006 and p.{name}_lag1 is not null) or (p.year > 2006 and "
            f"(p.{name}_lag1 is null or abs(p.{name}_lag1::double - b.{name}::double) > {limit}))"
        )
        for name in own
    }
    counted = ", ".join(
        f"count(*) filter (coalesce({check}, true)) as {name}" for name, check in checks.items()
    )
    found = built.sql(
        f"select count(*) as n, {counted} from marts.fct_city_years as p "
        "inner join t.main.ledger as l using (adcode, year) "
        "left join t.main.ledger as b on p.adcode = b.adcode and p.year = b.year + 1"
    ).pl()
    row = found.row(0, named=True)
    assert row.pop("n") == 278 * 15
    assert {name: n for name, n in row.items() if n} == {}


def test_joint_patents_are_edges_and_decoys_are_not(built: duckdb.DuckDBPyConnection) -> None:
    roles = dict(
        built.sql(
            """
            select r.role, count(distinct e.application_id)
            from t.main.records as r
            inner join marts.fct_applications as a
                on r.application_no = replace(a.application_no, '.', '')
            left join marts.fct_joint_edge_patents as e
                on a.application_id = e.application_id and e.basis = 'grant'
            group by r.role
            """
        ).fetchall()
    )
    n_joint = built.sql("select count(*) from t.main.records where role = 'joint'").fetchall()
    assert roles.pop("joint") == n_joint[0][0]
    assert {role: n for role, n in roles.items() if n} == {}
    assert {"not_green_joint", "model_joint", "within_city", "joint_pending", "foreign"} <= set(
        roles
    )


def test_a_world_without_records_is_the_panel_that_the_line_makes_of_them(
    panel: pl.DataFrame,
) -> None:
    # The tests over many seeds stand on this one.
    direct = world_panel(draw_world(RULES["world_a"]["seed"]))
    assert direct.select("adcode", "year").equals(panel.select("adcode", "year").cast(
        {"year": pl.Int64}
    ))  # fmt: skip
    assert set(panel["adcode"]) == sample()
    for name in ["ln_rsi", "ln_extensive", "ln_intensive", *REGRESSORS]:
        mine = direct[name].cast(pl.Float64).to_numpy()
        theirs = panel[name].cast(pl.Float64).to_numpy()
        np.testing.assert_allclose(mine, theirs, rtol=0, atol=1e-10, err_msg=name)


# ------------------------------------------------------------------ tier 2: estimators


def lagged_panel(panel: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """Return the rows with a year before them, and the regressors as Table 3 times them."""
    behind = [name for name in REGRESSORS if name not in BASELINE_DUMMIES]
    table = lag(panel, behind, entity="adcode", time="year").filter(pl.col("year") > 2006)
    return table, [f"L_{name}" if name in behind else name for name in REGRESSORS]


def test_table_1_equals_sets_of_partners(built: duckdb.DuckDBPyConnection) -> None:
    rows = built.sql(
        "select adcode, year, n_partners, n_kept, n_new, n_lost "
        "from reports.rpt_table1_partner_dynamics order by year"
    ).fetchall()
    assert [row[1] for row in rows] == list(range(2006, 2021))
    hub = rows[0][0]
    partners: dict[int, set[str]] = {year: set() for year in range(2006, 2021)}
    for year, a, b in built.sql(
        "select year, city_a, city_b from marts.fct_joint_edges "
        "where basis = 'application' and counting = 'pair' and year >= 2006"
    ).fetchall():
        if hub in (a, b):
            partners[year].add(b if a == hub else a)
    assert max(map(len, partners.values())) > 3
    for _, year, n, kept, new, lost in rows:
        own, before = partners[year], partners.get(year - 1)
        assert n == len(own)
        if before is not None:
            assert (kept, new, lost) == (len(own & before), len(own - before), len(before - own))


def test_table_2_equals_moments_of_the_ledger(built: duckdb.DuckDBPyConnection) -> None:
    ledger = built.sql("from t.main.ledger").pl().filter(pl.col("adcode").is_in(sorted(sample())))
    ledger = ledger.with_columns(ln_gpatent=pl.col("gpatent").log1p())
    rows = built.sql(
        "select physical_column, n, mean, sd, min, max from reports.rpt_table2_descriptives"
    ).fetchall()
    assert len(rows) == 25
    tolerance = RULES["estimators"]["fixed_effects"]
    for column, n, *moments in rows:
        values = ledger[column].to_numpy().astype(float)
        expected = [values.mean(), values.std(ddof=1), values.min(), values.max()]
        assert n == len(values) == 278 * 15
        assert moments == pytest.approx(expected, rel=tolerance, abs=tolerance), column


def test_morans_i_equals_its_definition(
    built: duckdb.DuckDBPyConnection, panel: pl.DataFrame
) -> None:
    w = np.asarray(weights(monte_carlo.cities()))
    rows = built.sql(
        "select year, variable, statistic from reports.rpt_moran_by_year "
        "where weights_kind = 'inverse_distance' and variable in ('rsi', 'ln_rsi')"
    ).fetchall()
    assert len(rows) == 2 * 15
    for year, variable, statistic in rows:
        values = panel.filter(pl.col("year") == year).sort("adcode")[variable]
        z = values.cast(pl.Float64).to_numpy()
        z = z - z.mean()
        expected = len(z) / w.sum() * (z @ w @ z) / (z @ z)
        assert statistic == pytest.approx(expected, rel=RULES["estimators"]["spatial"])


STEPS = [10, 14, 22]  # regressors of the columns of Table 3
assert STEPS[-1] == len(REGRESSORS)


@pytest.mark.parametrize("column", [1, 2, 3])
def test_table_3_equals_least_squares_with_dummies(
    built: duckdb.DuckDBPyConnection, panel: pl.DataFrame, column: int
) -> None:
    check_published(built, panel, "rpt_table3_baseline", column, STEPS[column - 1], "ln_rsi")


@pytest.mark.parametrize("column", [1, 2, 3, 4, 5, 6])
def test_table_4_equals_least_squares_with_dummies(
    built: duckdb.DuckDBPyConnection, panel: pl.DataFrame, column: int
) -> None:
    outcome = "ln_extensive" if column <= 3 else "ln_intensive"
    check_published(built, panel, "rpt_table4_margins", column, STEPS[(column - 1) % 3], outcome)


def check_published(  # noqa: PLR0917
    built: duckdb.DuckDBPyConnection,
    panel: pl.DataFrame,
    report: str,
    column: int,
    k: int,
    outcome: str,
) -> None:
    """Compare one published column with dummy-variable least squares on the published panel."""
    table, names = lagged_panel(panel)
    fit = dummy_least_squares(
        table[outcome].to_numpy(),
        table.select(names[:k]).to_numpy().astype(float),
        table["adcode"].to_numpy(),
        table["year"].to_numpy(),
    )
    published = {
        term: (coef, error)
        for term, coef, error in built.execute(
            f"select term, coef, std_error from reports.{report} where column_no = ?", [column]
        ).fetchall()
    }
    assert set(published) == set(REGRESSORS[:k])
    tolerance = RULES["estimators"]["fixed_effects"]
    for name, coef, error in zip(REGRESSORS[:k], fit.coef, fit.std_error, strict=True):
        assert published[name] == pytest.approx((coef, error), rel=tolerance), name


def spatial_panel(panel: pl.DataFrame) -> tuple[pl.DataFrame, list[str], np.ndarray]:
    """Return the rows of Table 5 by city and year, its regressors, and inverse distances."""
    table, names = lagged_panel(panel)
    timed = {name.removeprefix("L_"): name for name in names}
    used = [timed[name] for name in DURBIN_TERMS]
    table = table.sort("adcode", "year").select(
        "adcode", "year", *(pl.col(n).cast(pl.Float64) for n in ("ln_rsi", *used))
    )
    return table, used, np.asarray(weights(monte_carlo.cities()))


@pytest.fixture(scope="session", params=[False, True], ids=["city effects", "both effects"])
def dense(request, panel: pl.DataFrame) -> tuple[bool, DenseSpatialFit]:
    """Return whether there are year effects, and the model by a dense likelihood."""
    table, used, w = spatial_panel(panel)
    shape = (table["adcode"].n_unique(), table["year"].n_unique())
    y = table["ln_rsi"].to_numpy().reshape(shape)
    x = table.select(used).to_numpy().reshape(*shape, len(used))
    return request.param, dense_durbin(y, x, w, period_effects=request.param)


def test_a_durbin_model_equals_a_dense_likelihood(panel: pl.DataFrame, dense) -> None:
    has_year_effects, expected = dense
    table, used, w = spatial_panel(panel)
    prepared = SpatialPanel(table, "ln_rsi", used, entity="adcode", time="year", W=w)
    effects = "twoways" if has_year_effects else "individual"
    fit = fit_prepared(prepared, effects=effects, leeyu=True, draws=0)
    tolerance = RULES["estimators"]["spatial"]
    assert fit.log_likelihood == pytest.approx(expected.log_likelihood, rel=1e-9)
    assert fit.spatial_parameter == pytest.approx(expected.rho, abs=tolerance)
    errors = np.array(fit.std_error)
    # In standard errors: coefficients differ by orders of magnitude.
    np.testing.assert_allclose(
        np.array(fit.coef[:-1]) / errors[:-1], expected.slopes / errors[:-1], atol=tolerance
    )
    np.testing.assert_allclose(errors[:-1], expected.se_slopes, rtol=tolerance)
    assert errors[-1] == pytest.approx(expected.se_rho, rel=tolerance)
    for part, values in (("direct", expected.direct), ("total", expected.total)):
        found = [getattr(fit, part)[name].estimate for name in fit.regressors]
        spread = np.array([getattr(fit, part)[name].se_delta for name in fit.regressors])
        np.testing.assert_allclose(found / spread, values / spread, atol=tolerance)


def test_table_5_equals_a_dense_likelihood(
    built: duckdb.DuckDBPyConnection, panel: pl.DataFrame, dense
) -> None:
    has_year_effects, expected = dense
    specification = "two_way_leeyu" if has_year_effects else "table5"
    published = {
        (kind, term): row
        for kind, term, *row in built.execute(
            "select column_kind, term, coef, std_error, estimate_closed_form, se_delta, rho, "
            "rho_se, n_obs from reports.rpt_table5_spatial where specification = ?",
            [specification],
        ).fetchall()
    }
    k = len(DURBIN_TERMS)
    assert set(published) == {
        (kind, term)
        for kind in ("main", "wx", "direct", "indirect", "total")
        for term in DURBIN_TERMS
    }
    # The paper's own specification counts NT where the transformed likelihood counts N(T-1).
    n_years = panel["year"].n_unique() - 1
    shrink = 1.0 if has_year_effects else np.sqrt((n_years - 1) / n_years)
    tolerance = RULES["estimators"]["spatial"]
    for kind, slopes, errors in (
        ("main", expected.slopes[:k], expected.se_slopes[:k]),
        ("wx", expected.slopes[k:], expected.se_slopes[k:]),
    ):
        for term, slope, error in zip(DURBIN_TERMS, slopes, errors, strict=True):
            coef, std_error, _, _, rho, rho_se, n_obs = published[kind, term]
            assert n_obs == len(sample()) * n_years
            assert coef / error == pytest.approx(slope / error, abs=tolerance), (kind, term)
            assert std_error == pytest.approx(shrink * error, rel=tolerance), (kind, term)
            assert rho == pytest.approx(expected.rho, abs=tolerance)
            assert rho_se == pytest.approx(shrink * expected.se_rho, rel=tolerance)
    for kind, values in (
        ("direct", expected.direct),
        ("total", expected.total),
        ("indirect", expected.total - expected.direct),
    ):
        for term, value in zip(DURBIN_TERMS, values, strict=True):
            _, _, closed_form, spread, *_ = published[kind, term]
            assert closed_form / spread == pytest.approx(value / spread, abs=tolerance), (
                kind,
                term,
            )


# ------------------------------------------------------------------ tier 3a: one seed


def test_planted_effects_come_back_within_four_standard_errors(
    built: duckdb.DuckDBPyConnection, panel: pl.DataFrame
) -> None:
    limit = RULES["one_seed"]["standard_errors"]
    published = {
        term: (coef, error)
        for term, coef, error in built.sql(
            "select term, coef, std_error from reports.rpt_table3_baseline where column_no = 3"
        ).fetchall()
    }
    fit = table3(panel, without=NEVER)
    errors = by_column(fit, fit.std_error)
    alone = {name: (coef, errors[name]) for name, coef in by_column(fit, fit.coef).items()}
    far = {}
    for what, found in (("Table 3", published), ("without centralities", alone)):
        for name, planted in PLANTED.items():
            coef, error = found[name]
            print(f"{what:22}{name:14}{planted:8.3f}{coef:9.4f} ({error:.4f})")
            if abs(coef - planted) > limit * error:
                far[what, name] = (planted, coef, error)
    assert far == {}


def test_a_spatial_world_comes_back_within_four_standard_errors() -> None:
    rules = RULES["one_seed"]
    w = np.asarray(weights(monte_carlo.cities()))
    inverse = np.linalg.inv(np.eye(len(w)) - monte_carlo.RHO * w)
    random = np.random.default_rng(rules["world_b_seed"])
    frame = monte_carlo.draw(w, inverse, random, 0.0)
    prepared = SpatialPanel(frame, "y", monte_carlo.NAMES, entity="city", time="year", W=w)
    fit = fit_prepared(prepared, effects="individual", leeyu=True, draws=0)
    true = monte_carlo.truth(w)
    for term, coef, error in zip(fit.terms, fit.coef, fit.std_error, strict=True):
        print(f"World B1 {term:6}{true[term]:8.3f}{coef:9.4f} ({error:.4f})")
        extra = rules["rho_extra"] if term == "rho" else 0.0
        assert abs(coef - true[term]) <= rules["standard_errors"] * error + extra, term


# ------------------------------------------------------------------ tier 4: negative controls


def test_a_regressor_permuted_across_cities_is_rarely_significant(panel: pl.DataFrame) -> None:
    from scipy.stats import t

    rules = RULES["controls"]
    table, names = lagged_panel(panel)
    column = f"L_{rules['regressor']}"
    others = [n for n in names if n.removeprefix("L_") not in NEVER and n != column]
    table = table.sort("adcode", "year").select(
        "adcode", "year", *(pl.col(n).cast(pl.Float64) for n in ("ln_rsi", column, *others))
    )
    shape = (table["adcode"].n_unique(), table["year"].n_unique())
    y, series = (table[name].to_numpy().reshape(shape) for name in ("ln_rsi", column))
    fast = OneRegressor(y, table.select(others).to_numpy().reshape(*shape, len(others)))
    critical = float(t.ppf(0.975, shape[0] - 1))
    random = np.random.default_rng(rules["permutation_seed"])
    statistics = []
    for number in range(rules["permutations"]):
        moved = series[random.permutation(shape[0])]
        statistics.append(fast.t_statistic(moved))
        if number < 2:  # that the short way is that of the package
            frame = table.with_columns(pl.Series(column, moved.ravel()))
            fit = fit_panel(frame, "ln_rsi", [column, *others], entity="adcode", time="year")
            assert fit.t_stat[0] == pytest.approx(statistics[-1], rel=1e-8)
    share = float((np.abs(statistics) > critical).mean())
    print(f"{column} permuted across cities: {share:.1%} rejections at 5 percent")
    assert rules["rejections"][0] <= share <= rules["rejections"][1]


def test_the_placebo_of_degree_is_reported() -> None:
    """With nothing planted it is negative for independent shocks, positive for persistent ones."""
    rules = RULES["controls"]
    first = RULES["many_seeds"]["first_seed"]
    for autocorrelation in (0.0, rules["placebo_autocorrelation"]):
        found = []
        for seed in range(first, first + rules["placebo_seeds"]):
            world = draw_world(seed, autocorrelation=autocorrelation)
            fit = table3(world_panel(world))
            at = fit.terms.index("L_copatent_degree")
            found.append((fit.coef[at], fit.std_error[at]))
        coefs, errors = np.array(found).T
        print(
            f"degree, nothing planted, autocorrelation {autocorrelation}: mean "
            f"{coefs.mean():.2f}, {coefs.mean() / errors.mean():.1f} SE"
        )
        assert np.isfinite(coefs).all()


def test_an_effect_of_degree_is_reported_with_its_sign() -> None:
    rules = RULES["world_a"]
    fit = table3(
        world_panel(draw_world(rules["feedback_seed"], alpha_degree=rules["alpha_degree"]))
    )
    at = fit.terms.index("L_copatent_degree")
    print(f"degree, {rules['alpha_degree']} planted: {fit.coef[at]:.2f} ({fit.std_error[at]:.2f})")
    assert fit.coef[at] > 0


def test_two_way_likelihood_without_lee_yu_shows_its_bias() -> None:
    rules = RULES["controls"]
    w = np.asarray(weights(monte_carlo.cities()))
    inverse = np.linalg.inv(np.eye(len(w)) - monte_carlo.RHO * w)
    random = np.random.default_rng(rules["lee_yu_seed"])
    found: dict[bool, list[float]] = {True: [], False: []}
    eigenvalues = None
    for _ in range(rules["lee_yu_panels"]):
        frame = monte_carlo.draw(w, inverse, random, 0.5)
        prepared = SpatialPanel(frame, "y", monte_carlo.NAMES, entity="city", time="year", W=w)
        eigenvalues = prepared.eigenvalues if eigenvalues is None else eigenvalues
        prepared.__dict__["eigenvalues"] = eigenvalues  # of the same weights
        for leeyu, values in found.items():
            fit = fit_prepared(prepared, effects="twoways", leeyu=leeyu, draws=0)
            values.append(fit.spatial_parameter)
    plain, transformed = np.mean(found[False]), np.mean(found[True])
    print(f"mean rho of B2, {monte_carlo.RHO} planted: plain {plain:.3f}, Lee-Yu {transformed:.3f}")
    assert plain < rules["most_plain_rho"] * monte_carlo.RHO
    assert transformed > rules["least_lee_yu_rho"] * monte_carlo.RHO
