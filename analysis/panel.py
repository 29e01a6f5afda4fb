"""Fixed-effects regressions on the city-year panel: one fit, nested columns, the baseline table."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
import polars as pl

from analysis.errors import (
    AbsorbedRegressorError,
    AnalysisError,
    NoVariationError,
    PanelTooSmallError,
)
from analysis.exact import cluster_meat, combine, cross, product, scaled_inverse, solve, total
from analysis.frames import (
    FloatArray,
    Frame,
    as_polars,
    calendar,
    names_of,
    numeric,
    require_columns,
    require_unique_key,
)
from analysis.regressors import (
    ABSORBED,
    EFFECTS,
    INTERCEPT,
    Effects,
    IntArray,
    codes_of,
    refused_regressors,
)
from analysis.significance import significance_stars

ClusterConvention = Literal["reghdfe", "xtreg", "areg", "linearmodels", "none"]

CONVENTIONS: tuple[ClusterConvention, ...] = ("reghdfe", "xtreg", "areg", "linearmodels", "none")


@dataclass(frozen=True, slots=True)
class PanelFit:
    """Estimates of a fixed-effects regression; tuples have length k in the order of ``terms``.

    Attributes
    ----------
    outcome, terms : str, tuple of str
    effects : {"twoways", "individual", "time", "pooling"}
    convention : str
        Small-sample factor of ``std_error``; see `fit_panel`.
    coef : tuple of float
        Outcome per unit of the term.
    std_error, t_stat, p_value, stars : tuples
        Clustered; two-sided p from t with ``df_t`` = clusters - 1; stars at 10, 5 and 1 percent.
    covariance : tuple of tuple of float, k x k
    standard_errors : dict
        The same under every convention, and ``iid``, ``clusters_only``, ``regressors_only``,
        ``slopes_and_constant``.
    n_obs, n_entities, n_periods, n_clusters : int
        Of the estimation sample.
    n_dropped_rows : int
        Rows left out because a used variable is missing.
    n_singletons : int
        Rows that are alone in their entity or period (found repeatedly); dropped when
        ``singletons_dropped``, as reghdfe does, else kept.
    ssr, tss : float
        Residual sum of squares, total sum of squares about the grand mean.
    r2, r2_adj : float
        1 - ssr/tss, and adjusted for all parameters, fixed effects included.
    r2_within, r2_within_adj : float
        The same share of the outcome after all effects are removed.
    xtreg, xtreg_conventional : see `to_dict`
    """

    outcome: str
    terms: tuple[str, ...]
    effects: Effects
    convention: ClusterConvention
    coef: tuple[float, ...]
    std_error: tuple[float, ...]
    t_stat: tuple[float, ...]
    p_value: tuple[float, ...]
    stars: tuple[str, ...]
    covariance: tuple[tuple[float, ...], ...]
    standard_errors: Mapping[str, tuple[float, ...]]
    n_obs: int
    n_entities: int
    n_periods: int
    n_clusters: int
    n_dropped_rows: int
    n_singletons: int
    singletons_dropped: bool
    df_t: int
    ssr: float
    tss: float
    r2: float
    r2_adj: float
    r2_within: float
    r2_within_adj: float
    xtreg: Mapping[str, Any]
    xtreg_conventional: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Nested mapping with the leaf names of common software.

        ``coef``, ``ssr``, ``ssr_total``, ``r2``, ``ar2``, ``wr2``, ``war2``, ``nobs``, ``df_t`` and
        ``se.*`` are those of R's fixest (``se.cluster_*`` by small-sample factor); ``felm_*``,
        ``lm_*``, ``sandwich_*`` and ``plm_*`` name what lfe, lm with dummies, sandwich and plm give
        for the same; ``xtreg_fe_vce_cluster`` and ``xtreg_fe_vce_conventional`` hold the names of
        Stata's ``ereturn`` (``stats.r2_w``, ``stats.r2_a``, ``coef.<term>.b``, ``V_rows``), with
        the constant ``_cons``, of the sample with its singletons; empty without unit effects, and
        without the statistics that depend on which year is left out under two-way effects.
        """
        named = {key: _by_term(self.terms, value) for key, value in self.standard_errors.items()}
        return {
            "outcome": self.outcome,
            "effects": self.effects,
            "convention": self.convention,
            "n_rows": self.n_obs
            + self.n_dropped_rows
            + (self.n_singletons if self.singletons_dropped else 0),
            "nobs": self.n_obs,
            "nobs_keep_singletons": (
                self.n_obs + (self.n_singletons if self.singletons_dropped else 0)
            ),
            "n_units": self.n_entities,
            "n_periods": self.n_periods,
            "singletons": self.n_singletons,
            "coef": _by_term(self.terms, self.coef),
            "ssr": self.ssr,
            "ssr_total": self.tss,
            "r2": self.r2,
            "ar2": self.r2_adj,
            "wr2": self.r2_within,
            "war2": self.r2_within_adj,
            "se": {
                "iid": named["iid"],
                "cluster_default_reghdfe": named["reghdfe"],
                "cluster_keep_singletons": named["xtreg"],
                "cluster_full_areg": named["areg"],
                "cluster_linearmodels": named["linearmodels"],
                "cluster_none": named["regressors_only"],
                "cluster_noadj": named["none"],
                "cluster_Gadj_only": named["clusters_only"],
            },
            "t_cluster_default": _by_term(self.terms, self.t_stat),
            "p_cluster_default": _by_term(self.terms, self.p_value),
            "df_t": self.df_t,
            "felm_cse": named["slopes_and_constant"],
            "felm_r2": self.r2,
            "felm_ar2": self.r2_adj,
            "lm_r2": self.r2,
            "lm_ar2": self.r2_adj,
            "sandwich_HC1_full": named["areg"],
            "sandwich_HC0_nocadj": named["none"],
            "plm_vcovHC_arellano_HC0": named["none"],
            "plm_vcovHC_sss": named["regressors_only"],
            "xtreg_fe_vce_cluster": dict(self.xtreg),
            "xtreg_fe_vce_conventional": dict(self.xtreg_conventional),
        }

    def tidy(self) -> pl.DataFrame:
        """One row per term: ``term, coef, std_error, t_stat, p_value, stars, n_obs``."""
        return pl.DataFrame(
            {
                "term": self.terms,
                "coef": self.coef,
                "std_error": self.std_error,
                "t_stat": self.t_stat,
                "p_value": self.p_value,
                "stars": self.stars,
            },
            schema_overrides={"term": pl.String, "stars": pl.String},
        ).with_columns(n_obs=pl.lit(self.n_obs, dtype=pl.Int64))


def fit_panel(
    frame: Frame,
    y: str,
    x: Sequence[str] | str,
    *,
    entity: str = "adcode",
    time: str | None = "year",
    effects: Effects = "twoways",
    se: ClusterConvention = "reghdfe",
    cluster: str | None = None,
) -> PanelFit:
    r"""Regress an outcome on regressors with entity, or entity and period, effects.

    Estimates :math:`y_{it}=\alpha_i+\gamma_t+x_{it}'\beta+u_{it}` (双向固定效应) by least squares
    on data from which the effects are removed exactly, unbalanced panels included. The clustered
    covariance is :math:`q\,(X'X)^{-1}\left[\sum_g X_g'e_ge_g'X_g\right](X'X)^{-1}` with the factor
    q of one convention, for n rows, k regressors, N entities, T periods and G clusters:

    ============  ===============================================================================
    reghdfe       (n-1)/(n-K) G/(G-1), K = k + T (k + 1 without period effects); entity effects
                  nested in the clusters do not count; singletons are dropped first. Also fixest,
                  and ``xtreg y x i.year, fe vce(cluster)`` without singletons.
    xtreg         the same with singletons kept
    areg          the same with K = k + N + T - 1, every dummy counted
    linearmodels  what PanelOLS gives by default: n/(n-k-N-T+1) for two-way effects
    none          1
    ============  ===============================================================================

    Parameters
    ----------
    frame : polars or pandas data frame, one row per entity and year; may be unbalanced
        Rows with a missing value in a used column are dropped and counted.
    y : str
        Outcome, in the units ``coef`` is to be read in.
    x : sequence of str, length k >= 1
        Regressors.
    entity, time : str
        Key columns; ``time`` holds calendar years (integers, their texts, or one date a year). It
        may be None without period effects: rows of a unit are then told apart by position.
    effects : {"twoways", "individual", "time", "pooling"}
        Entity and period effects, one of them, or none but a constant ``(Intercept)``, which then
        is the first term.
    se : {"reghdfe", "xtreg", "areg", "linearmodels", "none"}
        Convention of the standard errors.
    cluster : str, optional
        Column of cluster labels; the entity by default. When entities are not nested in the
        clusters their effects count in K.

    Returns
    -------
    PanelFit
        Floats are not rounded; fingerprints of published estimates round them.

    Raises
    ------
    AnalysisError
        If a column is missing or not numeric, or an option is unknown.
    PanelKeyError
        If an entity-year pair is null or occurs twice.
    PanelTooSmallError
        If no residual degree of freedom, fewer than two entities, periods or clusters remain.
    NoVariationError
        If the outcome does not vary once the effects are removed.
    AbsorbedRegressorError
        If regressors are absorbed by the effects or collinear, all of them by name.

    References
    ----------
    Wooldridge, *Econometric Analysis of Cross Section and Panel Data*, 2nd ed. (2010), ch. 10;
    Cameron and Miller, "A practitioner's guide to cluster-robust inference", *Journal of Human
    Resources* 50 (2015).
    """
    from scipy.stats import t as student  # type: ignore[import-untyped]

    terms = names_of(x)
    if se not in CONVENTIONS:
        raise AnalysisError(f"unknown convention {se!r}; one of {list(CONVENTIONS)}")
    if effects not in EFFECTS:
        raise AnalysisError(f"unknown effects {effects!r}; one of {', '.join(EFFECTS)}")
    if not terms or len(set(terms)) != len(terms) or y in terms:
        raise AnalysisError(f"regressors must be different and not the outcome: {y} on {terms}")
    frame = as_polars(frame)
    if time is None:
        if effects not in ("individual", "pooling"):
            raise AnalysisError(f"{effects} effects need a column of periods")
        time = "__row"  # rows of a unit in any order
        frame = frame.with_columns(pl.int_range(pl.len()).over(entity).alias(time))
    sample = complete_rows(frame, [y, *terms], entity, time, cluster)
    n_rows = frame.height
    n_complete = sample.height
    absorbed = {"twoways": [entity, time], "individual": [entity], "time": [time], "pooling": []}
    kept = without_singletons(sample, absorbed[effects])
    n_singletons = n_complete - kept.height
    drop_singletons = se == "reghdfe" and n_singletons > 0
    if n_singletons and kept.is_empty():
        raise PanelTooSmallError(
            f"all {n_singletons} complete rows are alone in their entity or period: {effects} "
            "effects explain them"
        )
    build = partial(
        PanelDesign, y=y, terms=terms, entity=entity, time=time, effects=effects, cluster=cluster
    )
    design = build(kept if drop_singletons else sample)
    terms = design.terms
    beta, library_cov = design.estimate()

    gram = cross(design.x_within, design.x_within)
    inverse = scaled_inverse(gram)
    # The library's last digits depend on the machine: keep seven of them and refine from there.
    beta = beta.astype(np.float32).astype(np.float64)
    for _ in range(4):
        left = design.y_within - combine(design.x_within, beta)
        beta = beta + product(inverse, cross(design.x_within, left[:, None]))[:, 0]
    residual = design.y_within - combine(design.x_within, beta)
    meat = cluster_meat(design.x_within * residual[:, None], design.clusters)
    robust = product(product(inverse, meat), inverse)
    robust = (robust + robust.T) / 2

    n, k, n_groups = design.n, len(terms), design.n_clusters
    finite_groups = n_groups / (n_groups - 1)
    ssr = total(residual * residual)
    covariances: dict[str, FloatArray] = {
        "iid": inverse * (ssr / design.df_residual),
        "areg": robust * ((n - 1) / design.df_residual * finite_groups),
        "linearmodels": library_cov,
        "none": robust,
        "clusters_only": robust * finite_groups,
        "regressors_only": robust * ((n - 1) / (n - k) * finite_groups),
        "slopes_and_constant": robust
        * ((n - 1) / (n - k - (effects != "pooling")) * finite_groups),
        "xtreg": robust * ((n - 1) / (n - design.n_counted) * finite_groups),
    }
    covariances["reghdfe"] = covariances["xtreg"]
    if n_singletons and not drop_singletons:
        # Singletons change neither X'X nor the scores, only what is counted.
        fewer = build(kept)
        covariances["reghdfe"] = robust * (
            (fewer.n - 1) / (fewer.n - fewer.n_counted) * fewer.n_clusters / (fewer.n_clusters - 1)
        )
    more = design
    if drop_singletons:
        more = build(sample)
        covariances["xtreg"] = robust * (
            (more.n - 1) / (more.n - more.n_counted) * more.n_clusters / (more.n_clusters - 1)
        )

    errors = {name: np.sqrt(np.diagonal(matrix)) for name, matrix in covariances.items()}
    chosen = errors[se]
    t_stat = beta / chosen
    p_value = 2 * student.sf(np.abs(t_stat), n_groups - 1)
    centred = design.y - total(design.y) / n
    tss = total(centred * centred)
    tss_within = tss if effects == "pooling" else total(design.y_within * design.y_within)
    r2 = 1 - ssr / tss
    r2_within = 1 - ssr / tss_within
    return PanelFit(
        outcome=y,
        terms=tuple(terms),
        effects=effects,
        convention=se,
        coef=_floats(beta),
        std_error=_floats(chosen),
        t_stat=_floats(t_stat),
        p_value=_floats(p_value),
        stars=tuple(significance_stars(p) for p in p_value.tolist()),
        covariance=tuple(_floats(row) for row in covariances[se]),
        standard_errors={name: _floats(values) for name, values in sorted(errors.items())},
        n_obs=n,
        n_entities=design.n_entities,
        n_periods=design.n_periods,
        n_clusters=n_groups,
        n_dropped_rows=n_rows - n_complete,
        n_singletons=n_singletons,
        singletons_dropped=drop_singletons,
        df_t=n_groups - 1,
        ssr=ssr,
        tss=tss,
        r2=r2,
        r2_adj=1 - (1 - r2) * (n - 1) / design.df_residual,
        r2_within=r2_within,
        r2_within_adj=1 - (1 - r2_within) * (design.df_residual + k) / design.df_residual,
        xtreg=_xtreg(more, beta, inverse=inverse, slopes=covariances["xtreg"], clustered=True),
        xtreg_conventional=_xtreg(
            more, beta, inverse=inverse, slopes=covariances["iid"], clustered=False
        ),
    )


def lag(
    frame: Frame,
    columns: Sequence[str],
    *,
    entity: str = "adcode",
    time: str = "year",
    prefix: str = "L_",
) -> pl.DataFrame:
    """Add the value of the calendar year before: ``L_v(i, t) = v(i, t - 1)`` (滞后一期).

    Parameters
    ----------
    frame : polars or pandas data frame, one row per entity and integer year
    columns : sequence of str
    entity, time : str
    prefix : str
        Put before the names of the new columns.

    Returns
    -------
    pl.DataFrame
        The frame with one more column per lagged one; null where year t - 1 is absent, whatever
        row stands above.

    Raises
    ------
    AnalysisError
        If a column is missing, a new name is taken or ``time`` is not integer.
    PanelKeyError
        If an entity-year pair is null or occurs twice.
    """
    data = as_polars(frame)
    require_columns(data, [entity, time, *columns])
    data = calendar(data, time)
    require_unique_key(data, [entity, time])
    if taken := sorted({prefix + name for name in columns} & set(data.columns)):
        raise AnalysisError(f"columns {taken} exist already")
    before = data.select(
        entity, pl.col(time) + 1, *(pl.col(name).alias(prefix + name) for name in columns)
    )
    return data.join(before, on=[entity, time], how="left", maintain_order="left")


@dataclass(frozen=True, slots=True)
class Stepwise:
    """Nested regressions on one common sample.

    Attributes
    ----------
    fits : tuple of PanelFit
        One per step.
    left_out : tuple of dict of str to str
        Per step, regressors that were left out and why.
    """

    fits: tuple[PanelFit, ...]
    left_out: tuple[Mapping[str, str], ...]


def stepwise(
    frame: Frame,
    y: str,
    steps: Sequence[Sequence[str]],
    *,
    entity: str = "adcode",
    time: str = "year",
    effects: Effects = "twoways",
    se: ClusterConvention = "reghdfe",
    cluster: str | None = None,
    on_absorbed: Literal["raise", "leave_out"] = "raise",
) -> Stepwise:
    """Fit one outcome on several sets of regressors, all on the rows complete for every set.

    Parameters
    ----------
    frame, y, entity, time, effects, se, cluster :
        As for `fit_panel`.
    steps : sequence of sequences of str
        Regressors of each column of the table.
    on_absorbed : {"raise", "leave_out"}
        Refuse absorbed or collinear regressors, or fit without them and say which.

    Returns
    -------
    Stepwise

    Raises
    ------
    AnalysisError
        As for `fit_panel`; `AbsorbedRegressorError` also when nothing is left of a step.
    """
    every = list(dict.fromkeys(name for step in steps for name in step))
    if not steps or not every:
        raise AnalysisError("no step with a regressor")
    common = complete_rows(frame, [y, *every], entity, time, cluster)
    fits: list[PanelFit] = []
    left_out: list[Mapping[str, str]] = []
    for step in steps:
        terms, reasons = list(step), dict[str, str]()
        while True:
            try:
                fit = fit_panel(
                    common,
                    y,
                    terms,
                    entity=entity,
                    time=time,
                    effects=effects,
                    se=se,
                    cluster=cluster,
                )
            except AbsorbedRegressorError as error:
                reasons.update(error.reasons)
                terms = [name for name in terms if name not in reasons]
                if on_absorbed == "raise" or not terms:
                    raise AbsorbedRegressorError(reasons) from error
            else:
                break
        fits.append(fit)
        left_out.append(reasons)
    return Stepwise(tuple(fits), tuple(left_out))


BASELINE_OUTCOME = "ln_rsi"

BASELINE_STEPS: tuple[tuple[str, ...], ...] = (
    (
        "ln_gpatent",
        "ln_gtr",
        "copatent_degree",
        "copatent_betweenness",
        "transfer_out_degree",
        "transfer_in_degree",
        "transfer_betweenness",
        "ln_tech",
        "hsr",
        "dige",
    ),
    ("ln_pgdp", "ins", "fin", "ln_fdi"),
    ("er", "low_carbon", "carbon_trade", "zts", "gjs", "rps", "qrate", "innovative"),
)
"""Regressors that each column of Table 3 adds, in the paper's order (10, 4 and 8)."""

BASELINE_DUMMIES = frozenset({"hsr", "low_carbon", "carbon_trade", "innovative"})

BASELINE_ESTIMATES_SCHEMA = pl.Schema(
    {
        "table_name": pl.String,
        "column_no": pl.Int64,
        "outcome": pl.String,
        "term": pl.String,
        "coef": pl.Float64,
        "std_error": pl.Float64,
        "t_stat": pl.Float64,
        "p_value": pl.Float64,
        "stars": pl.String,
        "n_obs": pl.Int64,
        "n_entities": pl.Int64,
        "n_periods": pl.Int64,
        "r2": pl.Float64,
        "r2_adj": pl.Float64,
        "r2_within": pl.Float64,
        "cluster_convention": pl.String,
        "note": pl.String,
        "status": pl.String,
        "reason": pl.String,
    }
)


def baseline_table(
    panel: Frame,
    *,
    outcome: str = BASELINE_OUTCOME,
    lag_dummies: bool = False,
    cluster_convention: ClusterConvention = "reghdfe",
    sample: str | None = "in_sample",
    entity: str = "adcode",
    time: str = "year",
    table_name: str = "table3",
) -> pl.DataFrame:
    """Three nested two-way fixed-effects regressions of Table 3 (基准回归), in long form.

    Continuous regressors are those of the calendar year before; the 0/1 dummies ``hsr``,
    ``low_carbon``, ``carbon_trade`` and ``innovative`` are contemporaneous unless ``lag_dummies``
    (Q-20). All columns use the rows complete for the last one; errors are clustered by entity.

    Parameters
    ----------
    panel : polars or pandas data frame, one row per city and integer year
        Columns of ``fct_city_years``.
    outcome : str
        Dependent variable at time t.
    lag_dummies : bool
        Lag the dummies too.
    cluster_convention : str
        See `fit_panel`.
    sample : str or None
        Boolean column of the cities that enter; None takes every row.
    entity, time, table_name : str

    Returns
    -------
    pl.DataFrame
        ``BASELINE_ESTIMATES_SCHEMA``, one row per column and term, sorted in the order of print.
        ``term`` is the panel column; ``note`` says whether it is lagged, or that it was left out
        (absorbed or collinear; its numbers are null) and why. A panel that cannot carry the table
        gives one row with ``column_no`` 0, ``term`` ``"(none)"``, ``status`` ``"unavailable"`` and
        the reason.

    Raises
    ------
    AnalysisError
        If a column is missing or not numeric.
    PanelKeyError
        If a city-year pair is null or occurs twice.
    """
    data = as_polars(panel)
    every = [name for step in BASELINE_STEPS for name in step]
    require_columns(data, [entity, time, outcome, *every, *([sample] if sample else [])])
    if sample:
        data = data.filter(pl.col(sample).cast(pl.Boolean).fill_null(False))
    try:
        if data.is_empty():
            raise PanelTooSmallError("no city-year in the sample")  # noqa: TRY301
        if empty := [name for name in [outcome, *every] if data[name].drop_nulls().is_empty()]:
            raise PanelTooSmallError(f"no value in {', '.join(empty)}")  # noqa: TRY301
        lagged = [name for name in every if lag_dummies or name not in BASELINE_DUMMIES]
        data = numeric(data.select(entity, time, outcome, *every), [outcome, *every])
        data = lag(data, lagged, entity=entity, time=time)
        used = {name: f"L_{name}" if name in lagged else name for name in every}
        steps = [
            [used[name] for step in BASELINE_STEPS[: column + 1] for name in step]
            for column in range(len(BASELINE_STEPS))
        ]
        result = stepwise(
            data,
            outcome,
            steps,
            entity=entity,
            time=time,
            se=cluster_convention,
            on_absorbed="leave_out",
        )
    except (PanelTooSmallError, NoVariationError, AbsorbedRegressorError) as error:
        return _unavailable(table_name, outcome, cluster_convention, str(error))

    names = {column: name for name, column in used.items()}
    rows: list[dict[str, object]] = []
    for number, (step, fit, left_out) in enumerate(
        zip(steps, result.fits, result.left_out, strict=True), start=1
    ):
        estimates = {row["term"]: row for row in fit.tidy().iter_rows(named=True)}
        for column in step:
            name = names[column]
            timing = "year before" if name in lagged else "same year"
            row: dict[str, object] = {
                "table_name": table_name,
                "column_no": number,
                "outcome": outcome,
                "term": name,
                "n_obs": fit.n_obs,
                "n_entities": fit.n_entities,
                "n_periods": fit.n_periods,
                "r2": fit.r2,
                "r2_adj": fit.r2_adj,
                "r2_within": fit.r2_within,
                "cluster_convention": cluster_convention,
                "note": timing,
                "status": "ok",
            }
            if column in estimates:
                row |= {
                    key: estimates[column][key]
                    for key in ("coef", "std_error", "t_stat", "p_value", "stars")
                }
            else:
                why = left_out[column]
                for spelled, plain in names.items():
                    why = why.replace(spelled, plain)
                row["note"] = f"{timing}; left out: {why}"
            rows.append(row)
    return pl.DataFrame(rows, schema=BASELINE_ESTIMATES_SCHEMA)


def _unavailable(table_name: str, outcome: str, convention: str, reason: str) -> pl.DataFrame:
    row = {
        "table_name": table_name,
        "column_no": 0,
        "outcome": outcome,
        "term": "(none)",
        "cluster_convention": convention,
        "status": "unavailable",
        "reason": reason,
    }
    return pl.DataFrame([row], schema=BASELINE_ESTIMATES_SCHEMA)


class PanelDesign:
    """Arrays of one regression, effects removed; raises what makes it impossible."""

    def __init__(
        self,
        sample: pl.DataFrame,
        *,
        y: str,
        terms: Sequence[str],
        entity: str,
        time: str,
        effects: Effects,
        cluster: str | None,
    ) -> None:
        self.terms = [INTERCEPT, *terms] if effects == "pooling" else list(terms)
        self.effects = effects
        self.entities = codes_of(sample[entity])
        self.periods = codes_of(sample[time])
        self.years = sample[time].to_numpy()
        self.clusters = self.entities if cluster is None else codes_of(sample[cluster])
        self.y: FloatArray = sample[y].to_numpy().astype(np.float64)
        self.x: FloatArray = sample.select(list(terms)).to_numpy().astype(np.float64)
        if effects == "pooling":
            self.x = np.column_stack([np.ones(self.x.shape[0]), self.x])
        self.n = int(self.y.size)
        self.n_entities = _count(self.entities)
        self.n_periods = _count(self.periods)
        self.n_clusters = _count(self.clusters)
        k = len(self.terms)
        if self.n == 0:
            raise PanelTooSmallError(f"no row is complete in {y}, {', '.join(self.terms)}")
        periods = 1 if effects == "pooling" else 2  # a cross-section has no effects
        if self.n_entities < 2 or self.n_clusters < 2 or self.n_periods < periods:
            raise PanelTooSmallError(
                f"{self.n} complete rows of {self.n_entities} entities, {self.n_periods} periods "
                f"and {self.n_clusters} clusters; at least two of each are needed"
            )
        if effects == "twoways":
            parts = _components(self.entities, self.periods, self.n_entities)
            bases = {part: period for period, part in reversed(list(enumerate(parts)))}
            self.free_periods = [
                period for period in range(self.n_periods) if period not in bases.values()
            ]
            self.n_effects = self.n_entities + len(self.free_periods)
        else:
            sizes = {"individual": self.n_entities, "time": self.n_periods, "pooling": 0}
            self.n_effects = sizes[effects]
        self.df_residual = self.n - k - self.n_effects
        if self.df_residual < 1:
            raise PanelTooSmallError(
                f"{self.n} complete rows for {k} regressors and {self.n_effects} effects"
            )
        nested = cluster is None or _count(self.entities * self.n_clusters + self.clusters) == (
            self.n_entities
        )
        has_entities = effects in ("twoways", "individual")
        self.n_counted = (
            k + self.n_effects - (self.n_entities - 1 if nested and has_entities else 0)
        )
        if self.n <= self.n_counted:
            raise PanelTooSmallError(f"{self.n} complete rows for {self.n_counted} parameters")
        self.y_within = self.within(self.y)
        self.x_within = self.within(self.x)
        spread = _size(self.y - total(self.y) / self.n)
        if _size(self.y_within) <= ABSORBED * max(spread, _size(self.y)):
            raise NoVariationError(f"{y} does not vary once the effects are removed")
        if reasons := refused_regressors(self.x, self.x_within, self.terms, effects):
            raise AbsorbedRegressorError(reasons)

    def within(self, values: FloatArray) -> FloatArray:
        """Remove the effects exactly: entity means, then period dummies without entity means."""
        data = values.reshape(self.n, -1)
        if self.effects == "pooling":
            return values.copy()
        if self.effects == "time":
            return _demean(data, self.periods, self.n_periods).reshape(values.shape)
        result = _demean(data, self.entities, self.n_entities)
        if self.effects == "twoways":
            dummies = np.zeros((self.n, self.n_periods))
            dummies[np.arange(self.n), self.periods] = 1.0
            # One period of every connected part is the base of the others.
            dummies = dummies[:, self.free_periods]
            reduced = _demean(dummies, self.entities, self.n_entities)
            effects = solve(cross(reduced, reduced), cross(reduced, result))
            for position in range(result.shape[1]):
                result[:, position] -= combine(reduced, effects[:, position])
            # A second pass removes what rounding left of large means.
            result = _demean(result, self.entities, self.n_entities)
        return result.reshape(values.shape)

    def estimate(self) -> tuple[FloatArray, FloatArray]:
        """Coefficients and default clustered covariance of PanelOLS.

        The library removes the effects by an iteration with a tolerance and judges by it what is
        absorbed. It gets columns from which they are removed already, of unit norm, so that it has
        nothing left to iterate and `refused_regressors` alone decides.
        """
        import pandas as pd
        from linearmodels.panel import PanelOLS
        from linearmodels.panel.utility import AbsorbingEffectError

        index = pd.MultiIndex.from_arrays([self.entities, self.years], names=["entity", "time"])
        norms = np.array([_size(column) for column in self.x_within.T])
        model = PanelOLS(
            pd.DataFrame({"y": self.y_within}, index=index),
            pd.DataFrame(self.x_within / norms, index=index, columns=self.terms),
            entity_effects=self.effects in ("twoways", "individual"),
            time_effects=self.effects in ("twoways", "time"),
            singletons=True,  # dropped before, where the convention asks for it
            check_rank=False,
        )
        options: dict[str, Any] = {"cluster_entity": True}
        if not _same_partition(self.clusters, self.entities):
            options = {"clusters": pd.DataFrame({"cluster": self.clusters}, index=index)}
        try:
            result = model.fit(cov_type="clustered", **options)
        except AbsorbingEffectError as error:
            reason = "linear combination of the others and the effects, nearly"
            raise AbsorbedRegressorError(dict.fromkeys(self.terms, reason)) from error
        return (
            np.asarray(result.params, dtype=np.float64) / norms,
            np.asarray(result.cov, dtype=np.float64) / np.outer(norms, norms),
        )


def complete_rows(
    frame: Frame, columns: Sequence[str], entity: str, time: str, cluster: str | None
) -> pl.DataFrame:
    data = as_polars(frame)
    extra = [cluster] if cluster is not None and cluster not in (entity, time, *columns) else []
    require_columns(data, [entity, time, *columns, *extra])
    data = calendar(data, time)
    require_unique_key(data, [entity, time])
    data = numeric(data.select(entity, time, *dict.fromkeys(columns), *extra), columns)
    return data.drop_nulls().sort(entity, time)


def without_singletons(sample: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    while True:
        kept = sample
        for key in keys:
            kept = kept.filter(pl.len().over(key) > 1)
        if kept.height == sample.height:
            return kept
        sample = kept


def _count(codes: IntArray) -> int:
    return int(np.unique(codes).size)


def _same_partition(first: IntArray, second: IntArray) -> bool:
    joint = _count(first * (int(second.max()) + 1) + second)
    return joint == _count(first) == _count(second)


def _components(entities: IntArray, periods: IntArray, n_entities: int) -> list[int]:
    """Part of each period in the graph of entities and periods; each part costs one effect."""
    import igraph as ig

    vertices = n_entities + _count(periods)
    edges = np.column_stack([entities, n_entities + periods]).tolist()
    membership = ig.Graph(n=vertices, edges=edges).connected_components().membership
    return [int(part) for part in membership[n_entities:]]


def _demean(data: FloatArray, codes: IntArray, groups: int) -> FloatArray:
    counts = np.bincount(codes, minlength=groups).astype(np.float64)
    sums = np.zeros((groups, data.shape[1]))
    np.add.at(sums, codes, data)
    return data - (sums / counts[:, None])[codes]


def _size(values: FloatArray) -> float:
    return math.sqrt(total(values * values))


def _floats(values: FloatArray) -> tuple[float, ...]:
    return tuple(float(value) for value in values)


def _by_term(terms: Sequence[str], values: Sequence[float]) -> dict[str, float]:
    return dict(zip(terms, values, strict=True))


def _xtreg(
    design: PanelDesign,
    beta: FloatArray,
    *,
    inverse: FloatArray,
    slopes: FloatArray,
    clustered: bool,
) -> dict[str, Any]:
    """Results under the names of Stata's ``xtreg, fe``: constant, r2_w and r2_a.

    Only unit and two-way effects have a counterpart there; empty for others.
    """
    from scipy.stats import t as student

    if design.effects not in ("individual", "twoways"):
        return {}
    n, groups = design.n, design.n_clusters
    residual = design.y_within - combine(design.x_within, beta)
    # Stata adds the grand mean back; with period effects the constant has no such single value.
    means = np.array([total(column) / design.n for column in design.x.T])
    constant = total(design.y) / n - total(means * beta)
    # Of the regressors without their means and a column of ones, which is orthogonal to them.
    bread = np.zeros((len(beta) + 1, len(beta) + 1))
    bread[:-1, :-1] = inverse
    bread[-1, -1] = 1 / n
    if clustered:
        q = (n - 1) / (n - design.n_counted) * groups / (groups - 1)
        scores = np.column_stack([design.x_within, np.ones(n)]) * residual[:, None]
        full = q * product(product(bread, cluster_meat(scores, design.clusters)), bread)
        freedom = groups - 1
    else:
        full = bread * (total(residual * residual) / design.df_residual)
        freedom = design.df_residual
    turn = np.eye(len(beta) + 1)
    turn[-1, :-1] = -means
    full = product(product(turn, full), turn.T)
    full[:-1, :-1] = slopes
    values = np.append(beta, constant)
    errors = np.sqrt(np.diagonal(full))
    t_stat = values / errors
    p_value = 2 * student.sf(np.abs(t_stat), freedom)
    entity_only = _demean(design.y.reshape(-1, 1), design.entities, design.n_entities)[:, 0]
    ssr = total(residual * residual)
    tss_within = total(entity_only * entity_only)
    r2_w = 1 - ssr / tss_within
    names = [*design.terms, "_cons"]
    sizes = np.bincount(design.entities)
    centred = design.y - total(design.y) / n
    counted = n - design.n_counted if clustered else design.df_residual

    def gaussian(squares: float) -> float:
        return -n / 2 * (math.log(2 * math.pi * squares / n) + 1)

    sigma_e = math.sqrt(ssr / design.df_residual)
    stats: dict[str, float] = {
        "N": float(n),
        "N_g": float(design.n_entities),
        "g_min": float(sizes.min()),
        "g_avg": n / design.n_entities,
        "g_max": float(sizes.max()),
        "Tbar": n / design.n_entities,
        "rss": ssr,
        "mss": tss_within - ssr,
        "tss": total(centred * centred),
        "ll": gaussian(ssr),
        "ll_0": gaussian(tss_within),
        "rmse": math.sqrt(ssr / counted),
        "df_a": float(design.n_entities - 1),
        "df_r": float(freedom),
        "r2_w": r2_w,
        "r2": r2_w,
        "r2_a": 1 - (1 - r2_w) * (n - 1) / counted,
        "sigma_e": sigma_e,
    }
    if design.effects == "individual":
        stats |= _xtreg_parts(design, beta, slopes, clustered=clustered, ssr=ssr, sigma_e=sigma_e)
    if design.effects == "twoways":
        # The constant depends on which year is left out; slopes and fit do not.
        names, values, errors = names[:-1], values[:-1], errors[:-1]
        t_stat, p_value, full = t_stat[:-1], p_value[:-1], full[:-1, :-1]
    return {
        "coef": {
            name: {"b": float(b), "t": float(t), "p": float(p)}
            for name, b, t, p in zip(names, values, t_stat, p_value, strict=True)
        },
        "stats": stats,
        "V_rows": {name: _floats(row) for name, row in zip(names, full, strict=True)},
    }


def _xtreg_parts(
    design: PanelDesign,
    beta: FloatArray,
    slopes: FloatArray,
    *,
    clustered: bool,
    ssr: float,
    sigma_e: float,
) -> dict[str, float]:
    """What Stata prints of the unit effects, of fits between and over all, and F tests."""
    n, k, units = design.n, len(beta), design.n_entities
    counts = np.bincount(design.entities).astype(np.float64)
    fitted = combine(design.x, beta)

    def unit_means(values: FloatArray) -> FloatArray:
        return np.bincount(design.entities, weights=values) / counts

    def correlation(left: FloatArray, right: FloatArray) -> float:
        a, b = left - total(left) / left.size, right - total(right) / right.size
        size = math.sqrt(total(a * a) * total(b * b))
        return total(a * b) / size if size > 0 else math.nan

    y_mean, fitted_mean = unit_means(design.y), unit_means(fitted)
    by_unit = y_mean - fitted_mean
    centred = by_unit - total(by_unit) / units
    variance = total(centred * centred) / (units - 1)  # of units, not of rows
    effect = by_unit[design.entities]
    wald = total(beta * solve(slopes, beta[:, None])[:, 0])
    pooled_x = np.column_stack([design.x, np.ones(n)])
    inverse = scaled_inverse(cross(pooled_x, pooled_x))
    left = design.y - combine(pooled_x, combine(inverse, cross(pooled_x, design.y[:, None])[:, 0]))
    stats = {
        "df_m": float(k - 1 if clustered else k + units - 1),
        "df_b": float(k),
        "F": wald / k,
        "sigma_u": math.sqrt(variance),
        "sigma": math.sqrt(variance + sigma_e**2),
        "rho": variance / (variance + sigma_e**2),
        "r2_b": correlation(y_mean, fitted_mean) ** 2,
        "r2_o": correlation(design.y, fitted) ** 2,
        "corr": correlation(effect, fitted),
    }
    if not clustered:
        stats["F_f"] = (total(left * left) - ssr) / (units - 1) / sigma_e**2
    return stats
