"""Table 5 of the paper, its variants, the tests behind it, and Moran's I year by year."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import polars as pl

from analysis.errors import AbsorbedRegressorError, AnalysisError, PanelTooSmallError
from analysis.frames import Frame, as_polars, require_columns
from analysis.regressors import Effects
from analysis.significance import ChiSquare, significance_stars, two_sided_normal
from analysis.spatial import moran
from analysis.spatial_panel import Effect, Information, SpatialFit, SpatialPanel, fit_prepared
from analysis.spatial_tests import SpatialTests, spatial_tests
from analysis.specifications import DURBIN_TERMS, Gaps, Timed, balanced, leaving_out, timed_panel
from analysis.weight_sets import NamedWeights, WeightRules, named_weights
from analysis.weights import Kind

OUTCOME = "ln_rsi"

PARTS: tuple[str, ...] = ("main", "wx", "direct", "indirect", "total")
"""Columns (1) to (5) of Table 5."""

SPATIAL_ESTIMATES_SCHEMA = pl.Schema(
    {
        "specification": pl.String,
        "column_no": pl.Int64,
        "column_kind": pl.String,
        "outcome": pl.String,
        "term": pl.String,
        "coef": pl.Float64,
        "std_error": pl.Float64,
        "z_stat": pl.Float64,
        "p_value": pl.Float64,
        "stars": pl.String,
        "estimate_closed_form": pl.Float64,
        "se_delta": pl.Float64,
        "std_error_cluster": pl.Float64,
        "p_value_cluster": pl.Float64,
        "stars_cluster": pl.String,
        "rho": pl.Float64,
        "rho_se": pl.Float64,
        "rho_p": pl.Float64,
        "rho_stars": pl.String,
        "rho_se_cluster": pl.Float64,
        "n_obs": pl.Int64,
        "n_entities": pl.Int64,
        "n_periods": pl.Int64,
        "r2": pl.Float64,
        "r2_within": pl.Float64,
        "r2_between": pl.Float64,
        "r2_overall": pl.Float64,
        "log_likelihood": pl.Float64,
        "mean_feedback": pl.Float64,
        "effects": pl.String,
        "leeyu": pl.Boolean,
        "information": pl.String,
        "draws": pl.Int64,
        "n_redrawn": pl.Int64,
        "seed": pl.Int64,
        "weights_kind": pl.String,
        "weights_fingerprint": pl.String,
        "note": pl.String,
        "status": pl.String,
        "reason": pl.String,
    }
)

SPATIAL_TESTS_SCHEMA = pl.Schema(
    {
        "position": pl.Int64,
        "family": pl.String,
        "test_name": pl.String,
        "label_zh": pl.String,
        "label_en": pl.String,
        "effects": pl.String,
        "statistic": pl.Float64,
        "df": pl.Int64,
        "p_value": pl.Float64,
        "stars": pl.String,
        "valid_for": pl.String,
        "note": pl.String,
        "status": pl.String,
        "reason": pl.String,
    }
)

MORAN_YEARS_SCHEMA = pl.Schema(
    {
        "year": pl.Int64,
        "variable": pl.String,
        "weights_kind": pl.String,
        "n": pl.Int64,
        "statistic": pl.Float64,
        "expectation": pl.Float64,
        "sd": pl.Float64,
        "z": pl.Float64,
        "p_greater": pl.Float64,
        "p_two_sided": pl.Float64,
        "p_permutation": pl.Float64,
        "n_permutations": pl.Int64,
        "seed": pl.Int64,
        "is_chosen": pl.Boolean,
        "status": pl.String,
        "reason": pl.String,
    }
)

MORAN_CITIES_SCHEMA = pl.Schema(
    {
        "year": pl.Int64,
        "variable": pl.String,
        "weights_kind": pl.String,
        "adcode": pl.String,
        "value": pl.Float64,
        "standardised": pl.Float64,
        "spatial_lag": pl.Float64,
        "local_i": pl.Float64,
        "quadrant": pl.String,
        "p_value": pl.Float64,
        "is_significant": pl.Boolean,
        "is_chosen": pl.Boolean,
    }
)


@dataclass(frozen=True, slots=True)
class Specification:
    """One column block of the spatial table: which effects, which likelihood, which weights."""

    name: str
    effects: Effects
    leeyu: bool
    kind: Kind


SPECIFICATIONS: tuple[Specification, ...] = (
    Specification("table5", "individual", False, "inverse_distance"),
    Specification("two_way_leeyu", "twoways", True, "inverse_distance"),
    Specification("two_way_plain", "twoways", False, "inverse_distance"),
    Specification("economic", "individual", False, "economic"),
    Specification("economic_geographic", "individual", False, "nested"),
    Specification("inverse_squared", "individual", False, "inverse_squared"),
    Specification("nearest", "individual", False, "nearest"),
)
"""The paper's own specification first, then what stands beside it."""


@dataclass(frozen=True, slots=True)
class SpatialChoices:
    """Settings of the spatial models.

    Attributes
    ----------
    lag_dummies : bool
        Q-20.
    information : {"oim", "expected", "cluster"}
        Q-34, of the printed errors; errors clustered by city always stand beside them.
    draws, seed : int
        Of simulated effects.
    gaps : {"drop_cities", "interpolate"}
        What becomes of cities with a missing value.
    weights : WeightRules
    """

    lag_dummies: bool = False
    information: Information = "oim"
    draws: int = 1000
    seed: int = 0
    gaps: Gaps = "drop_cities"
    weights: WeightRules = field(default_factory=WeightRules)


def spatial_table(
    panel: Frame,
    cities: Frame,
    choices: SpatialChoices,
    *,
    specifications: Sequence[Specification] = SPECIFICATIONS,
    outcome: str = OUTCOME,
    terms: Sequence[str] = DURBIN_TERMS,
) -> pl.DataFrame:
    """Spatial Durbin models of Table 5 and its variants, in long form (空间杜宾模型).

    Parameters
    ----------
    panel : frame, one row per city and year
        Columns of ``fct_city_years``.
    cities : frame
        ``adcode, latitude, longitude, economic_value`` of the cities.
    choices : SpatialChoices
    specifications : sequence of Specification
    outcome : str
    terms : sequence of str

    Returns
    -------
    pl.DataFrame
        ``SPATIAL_ESTIMATES_SCHEMA``, one row per specification, column and term. Columns 1 and 2
        are coefficients; 3 to 5 are means over simulated draws, beside them the closed form and the
        error of the delta method. A regressor that cannot be estimated has null numbers and a
        reason; a specification that cannot be carried out is one row with ``column_no`` 0, term
        ``(none)``, status ``unavailable``.
    """

    def nothing(spec: Specification, reason: str) -> list[dict[str, Any]]:
        return [
            {
                "specification": spec.name,
                "column_no": 0,
                "outcome": outcome,
                "term": "(none)",
                "effects": spec.effects,
                "leeyu": spec.leeyu,
                "weights_kind": spec.kind,
                "status": "unavailable",
                "reason": reason,
            }
        ]

    rows: list[dict[str, Any]] = []
    try:
        timed = timed_panel(panel, [outcome], terms, lag_dummies=choices.lag_dummies)
        data, notes = balanced(timed, outcome, gaps=choices.gaps)
    except AnalysisError as error:
        for spec in specifications:
            rows += nothing(spec, str(error))
        return pl.DataFrame(rows, schema=SPATIAL_ESTIMATES_SCHEMA)
    prepared: dict[Kind, tuple[pl.DataFrame, NamedWeights]] = {}
    for spec in specifications:
        if spec.kind not in prepared:
            found = named_weights(
                cities, spec.kind, choices.weights, among=data["adcode"].unique().to_list()
            )
            held = data.filter(pl.col("adcode").is_in(list(found.ids)))
            prepared[spec.kind] = (held, found)
        held, found = prepared[spec.kind]
        if found.matrix is None:
            rows += nothing(spec, found.reason)
            continue
        try:
            rows += _specification(
                spec, held, found, timed=timed, outcome=outcome, choices=choices, notes=notes
            )
        except (AnalysisError, np.linalg.LinAlgError) as error:
            rows += nothing(spec, timed.plain(str(error)))
    return pl.DataFrame(rows, schema=SPATIAL_ESTIMATES_SCHEMA)


def _specification(
    spec: Specification,
    data: pl.DataFrame,
    found: NamedWeights,
    *,
    timed: Timed,
    outcome: str,
    choices: SpatialChoices,
    notes: Sequence[str],
) -> list[dict[str, Any]]:
    def fits(columns: list[str]) -> tuple[SpatialFit, SpatialFit]:
        """Printed errors, and errors clustered by city; a lag alone may be left out."""
        allowed = [name for name in columns if not name.startswith("W_")]
        durbin = [name for name in allowed if f"W_{name}" in columns]
        spatial = SpatialPanel(
            data, outcome, allowed, entity="adcode", time="year", W=found.matrix, ids=found.ids,
            durbin=durbin,
        )  # fmt: skip
        first = fit_prepared(
            spatial, effects=spec.effects, leeyu=spec.leeyu, information=choices.information,
            draws=choices.draws, seed=choices.seed,
        )  # fmt: skip
        second = fit_prepared(
            spatial, effects=spec.effects, leeyu=spec.leeyu, information="cluster",
            draws=choices.draws, seed=choices.seed,
        )  # fmt: skip
        return first, second

    every = [*timed.columns, *(f"W_{name}" for name in timed.columns)]
    (fit, clustered), refused = leaving_out(fits, every)
    # A regressor that goes takes its lag along.
    refused |= {
        f"W_{name}": why for name, why in list(refused.items()) if not name.startswith("W_")
    }
    position = {term: place for place, term in enumerate(fit.terms)}
    whole: dict[str, Any] = {
        "specification": spec.name,
        "outcome": outcome,
        "rho": fit.coef[-1],
        "rho_se": fit.std_error[-1],
        "rho_p": fit.p_value[-1],
        "rho_stars": significance_stars(fit.p_value[-1]),
        "rho_se_cluster": clustered.std_error[-1],
        "n_obs": fit.n_obs,
        "n_entities": fit.n_units,
        "n_periods": fit.n_periods,
        "r2": fit.r2_fit,
        "r2_within": fit.r2_within,
        "r2_between": fit.r2_between,
        "r2_overall": fit.r2_overall,
        "log_likelihood": fit.log_likelihood,
        "mean_feedback": fit.mean_diagonal,
        "effects": spec.effects,
        "leeyu": spec.leeyu,
        "information": fit.information,
        "draws": fit.n_draws,
        "n_redrawn": fit.n_redrawn,
        "seed": fit.seed,
        "weights_kind": spec.kind,
        "weights_fingerprint": found.fingerprint,
        "note": "; ".join(filter(None, [*notes, found.note, *fit.warnings])) or None,
        "status": "ok",
    }
    rows: list[dict[str, Any]] = []
    for name, column in timed.used.items():
        for number, part in enumerate(PARTS, start=1):
            row = {**whole, "column_no": number, "column_kind": part, "term": name}
            term = f"W_{column}" if part == "wx" else column
            if part in ("main", "wx"):
                if term in position:
                    place = position[term]
                    p_cluster = clustered.p_value[place]
                    row |= {
                        "coef": fit.coef[place],
                        "std_error": fit.std_error[place],
                        "z_stat": fit.z_stat[place],
                        "p_value": fit.p_value[place],
                        "stars": significance_stars(fit.p_value[place]),
                        "estimate_closed_form": fit.coef[place],
                        "se_delta": fit.std_error[place],
                        "std_error_cluster": clustered.std_error[place],
                        "p_value_cluster": p_cluster,
                        "stars_cluster": significance_stars(p_cluster),
                    }
                else:
                    row["reason"] = timed.plain(refused[term])
            else:
                of: Mapping[str, Effect] = getattr(fit, part)
                if column in of:
                    row |= _effect(of[column], getattr(clustered, part)[column])
                else:
                    row["reason"] = timed.plain(refused[column])
            rows.append(row)
    return rows


def _effect(effect: Effect, clustered: Effect) -> dict[str, Any]:
    simulated = not np.isnan(effect.mc_mean)
    return {
        "coef": effect.mc_mean if simulated else effect.estimate,
        "std_error": effect.mc_sd if simulated else effect.se_delta,
        "z_stat": effect.z,
        "p_value": effect.p_value,
        "stars": significance_stars(effect.p_value),
        "estimate_closed_form": effect.estimate,
        "se_delta": effect.se_delta,
        "std_error_cluster": clustered.mc_sd if simulated else clustered.se_delta,
        "p_value_cluster": clustered.p_value,
        "stars_cluster": significance_stars(clustered.p_value),
    }


_EFFECTS: tuple[Effects, ...] = ("pooling", "individual", "time", "twoways")
_LM = {
    "lag": ("LM 空间滞后检验", "LM test, spatial lag"),
    "error": ("LM 空间误差检验", "LM test, spatial error"),
    "robust_lag": ("稳健 LM 空间滞后检验", "robust LM test, spatial lag"),
    "robust_error": ("稳健 LM 空间误差检验", "robust LM test, spatial error"),
}
_DURBIN = {
    "sdm_against_sar": ("SDM 对 SAR", "SDM against SAR"),
    "sdm_against_sem": ("SDM 对 SEM", "SDM against SEM"),
}
_CHOICE = {
    "individual_given_time": (
        "个体效应（已有时间效应）",
        "individual effects given time effects",
    ),
    "time_given_individual": (
        "时间效应（已有个体效应）",
        "time effects given individual effects",
    ),
}
_DENSE = (
    "with dense weights W y stands for the mean of the year: a second test that finds nothing does "
    "not prove that year effects are absent"
)

Getter = Callable[[SpatialTests], "ChiSquare | None"]


@dataclass(frozen=True, slots=True)
class _Test:
    """What stands about a test, and where its result is found."""

    family: str
    name: str
    label_zh: str
    label_en: str
    effects: str
    get: Getter
    valid_for: str = "iid"
    note: str | None = None


def _test_list() -> Iterator[_Test]:
    """Every test of the table, in its order."""
    for effects in _EFFECTS:
        for name, (zh, en) in _LM.items():
            yield _Test("lm", name, zh, en, effects, partial(_lm, effects=effects, name=name))
        if effects in ("individual", "twoways"):
            for name, (zh, en) in _LM.items():
                yield _Test(
                    "lm", f"{name}_debarsy_ertur", f"{zh}（Debarsy–Ertur）", f"{en}, scaled",
                    effects, partial(_lm, effects=effects, name=name, scaled=True),
                    note="times (T-1)/T",
                )  # fmt: skip
    for family, attribute, valid_for, suffix, zh_of, en_of in (
        ("lr", "lr_against_", "iid", "", "LR 检验", "LR test"),
        ("wald", "wald_against_", "iid", "", "Wald 检验", "Wald test"),
        ("wald", "wald_clustered_", "clustered", "_clustered", "Wald 检验（聚类）",
         "Wald test under clusters"),
    ):  # fmt: skip
        for effects in _EFFECTS:
            for name, (zh, en) in _DURBIN.items():
                yield _Test(
                    family, name + suffix, f"{zh_of}：{zh}", f"{en_of}, {en}", effects,
                    partial(_of, attribute=attribute + name[-3:], key=effects), valid_for,
                )  # fmt: skip
    yield _Test(
        "mundlak", "mundlak", "Mundlak 检验：随机效应对固定效应",
        "Mundlak test, random against fixed effects", "individual", lambda found: found.mundlak,
        "clustered",
    )  # fmt: skip
    yield _Test(
        "hausman", "hausman", "Hausman 检验（经典）", "Hausman test, classical", "individual",
        lambda found: found.hausman,
    )  # fmt: skip
    for model in ("ols", "sdm"):
        for name, (zh, en) in _CHOICE.items():
            yield _Test(
                "effects", f"{name}_{model}", f"LR 检验（{model.upper()}）：{zh}",
                f"LR test ({model.upper()}), {en}", "twoways",
                partial(_of, attribute=f"lr_effects_{model}", key=name),
                note=_DENSE if name == "time_given_individual" else None,
            )  # fmt: skip


def _lm(found: SpatialTests, *, effects: Effects, name: str, scaled: bool = False) -> ChiSquare:
    of = found.lm[effects]
    result: ChiSquare = of.scaled()[name] if scaled else getattr(of, name)
    return result


def _of(found: SpatialTests, *, attribute: str, key: str) -> ChiSquare | None:
    results: Mapping[str, ChiSquare] = getattr(found, attribute)
    return results.get(key)


_NO_RESULT = {
    "mundlak": "unit means of the regressors are collinear or as many as there are units",
    "hausman": "the difference of the two covariances is not positive definite",
}


def spatial_tests_table(
    panel: Frame,
    cities: Frame,
    choices: SpatialChoices,
    *,
    outcome: str = OUTCOME,
    terms: Sequence[str] = DURBIN_TERMS,
) -> pl.DataFrame:
    """LM, LR, Wald, Mundlak, Hausman and effect tests behind Table 5, with 1/d weights.

    Returns
    -------
    pl.DataFrame
        ``SPATIAL_TESTS_SCHEMA``, one row per test in a fixed order; a test that cannot be formed
        has status ``unavailable`` and the reason.
    """
    tests: SpatialTests | None = None
    reason, notes = "", list[str]()
    try:
        timed = timed_panel(panel, [outcome], terms, lag_dummies=choices.lag_dummies)
        data, cut = balanced(timed, outcome, gaps=choices.gaps)
        notes += cut
        found = named_weights(
            cities, "inverse_distance", choices.weights, among=data["adcode"].unique().to_list()
        )
        if found.matrix is None:
            reason = found.reason
        elif data["year"].n_unique() < 2:
            raise PanelTooSmallError("tests of a panel need at least 2 years")
        else:
            matrix = found.matrix

            def run(columns: list[str]) -> SpatialTests:
                try:
                    return spatial_tests(
                        data, outcome, columns, entity="adcode", time="year", W=matrix,
                        ids=found.ids,
                    )  # fmt: skip
                except AbsorbedRegressorError as error:
                    # Without a lag of its own a regressor cannot be tested: it goes as a whole.
                    raise AbsorbedRegressorError(
                        {name.removeprefix("W_"): why for name, why in error.reasons.items()}
                    ) from error

            tests, left_out = leaving_out(run, timed.columns)
            if left_out:
                names = ", ".join(timed.name(name) for name in left_out)
                notes.append(f"left out: {names}")
    except (AnalysisError, np.linalg.LinAlgError) as error:
        reason = str(error)
    rows: list[dict[str, Any]] = []
    for position, test in enumerate(_test_list(), start=1):
        row: dict[str, Any] = {
            "position": position,
            "family": test.family,
            "test_name": test.name,
            "label_zh": test.label_zh,
            "label_en": test.label_en,
            "effects": test.effects,
            "valid_for": test.valid_for,
            "note": "; ".join(filter(None, [test.note, *notes])) or None,
        }
        result = None if tests is None else test.get(tests)
        if result is None:
            row |= {
                "status": "unavailable",
                "reason": reason or _NO_RESULT.get(test.family, "not formed"),
            }
        else:
            row |= {
                "statistic": result.statistic,
                "df": result.df,
                "p_value": result.p_value,
                "stars": significance_stars(result.p_value),
                "status": "ok",
            }
        rows.append(row)
    return pl.DataFrame(rows, schema=SPATIAL_TESTS_SCHEMA)


def moran_tables(
    panel: Frame,
    found: NamedWeights,
    *,
    variables: Sequence[str] = ("ln_rsi", "rsi"),
    chosen: str = OUTCOME,
    permutations: int = 999,
    seed: int = 0,
    level: float = 0.05,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Global Moran's I of every year and variable, and local Moran of every city (莫兰指数).

    Parameters
    ----------
    panel : frame with ``adcode, year`` and the variables
    found : NamedWeights
        Cities with a missing value in a year make that year unavailable.
    variables : sequence of str
    chosen : str
        The one of them that figures show (Q-30).
    permutations, seed : int
        Relabellings for pseudo p-values.
    level : float
        Of ``is_significant``.

    Returns
    -------
    years : pl.DataFrame
        ``MORAN_YEARS_SCHEMA``; moments under randomisation.
    places : pl.DataFrame
        ``MORAN_CITIES_SCHEMA``; empty for years without a result.
    """
    data = as_polars(panel)
    require_columns(data, ["adcode", "year", *variables])
    years: list[dict[str, Any]] = []
    places = [MORAN_CITIES_SCHEMA.to_frame()]
    for year in data["year"].unique().sort().to_list():
        rows = {row["adcode"]: row for row in data.filter(pl.col("year") == year).to_dicts()}
        for variable in variables:
            about: dict[str, Any] = {
                "year": year,
                "variable": variable,
                "weights_kind": found.kind,
                "n": len(found.ids),
                "seed": seed,
                "n_permutations": permutations,
                "is_chosen": variable == chosen,
            }
            try:
                if found.matrix is None:
                    raise AnalysisError(found.reason)  # noqa: TRY301
                values = [rows.get(city, {}).get(variable) for city in found.ids]
                if missing := sum(value is None for value in values):
                    raise AnalysisError(  # noqa: TRY301
                        f"{variable} is missing in {missing} of {len(values)} cities in {year}"
                    )
                numbers = [float(value) for value in values if value is not None]
                result = moran(numbers, found.matrix, permutations=permutations, seed=seed)
            except AnalysisError as error:
                years.append({**about, "status": "unavailable", "reason": str(error)})
                continue
            spread = float(np.sqrt(result.variance_randomisation))
            score = (result.statistic - result.expectation) / spread
            years.append(
                {
                    **about,
                    "statistic": result.statistic,
                    "expectation": result.expectation,
                    "sd": spread,
                    "z": score,
                    "p_greater": result.p_greater_randomisation,
                    "p_two_sided": two_sided_normal(score),
                    "p_permutation": result.p_permutation,
                    "status": "ok",
                }
            )
            members = result.members(list(found.ids), level=level)
            places.append(
                members.select(
                    pl.lit(year, dtype=pl.Int64).alias("year"),
                    pl.lit(variable).alias("variable"),
                    pl.lit(found.kind).alias("weights_kind"),
                    pl.col("id").alias("adcode"),
                    pl.Series("value", numbers),
                    pl.col("z").alias("standardised"),
                    pl.col("lag").alias("spatial_lag"),
                    "local_i",
                    "quadrant",
                    pl.coalesce("p_permutation", "p_conditional").alias("p_value"),
                    "is_significant",
                    pl.lit(variable == chosen).alias("is_chosen"),
                )
            )
    return pl.DataFrame(years, schema=MORAN_YEARS_SCHEMA), pl.concat(places)
