"""Policies that begin in different years: event studies, and what two-way effects compare."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from analysis.errors import AnalysisError, NoVariationError, PanelTooSmallError
from analysis.frames import FloatArray, Frame, as_polars, numeric, require_columns
from analysis.panel import fit_panel
from analysis.significance import chi_square, significance_stars


@dataclass(frozen=True, slots=True)
class EventTime:
    """Effect at one distance (years) from the first treated year; -1 is the base."""

    relative_year: int
    estimate: float
    std_error: float
    t_stat: float
    p_value: float
    stars: str
    n_units: int


@dataclass(frozen=True, slots=True)
class EventStudy:
    """Interaction-weighted event study (Sun and Abraham 2021).

    Attributes
    ----------
    times : tuple of EventTime
        By relative year, the base -1 left out.
    overall : EventTime
        Mean over the years from 0 on, each weighted by its treated unit-years.
    pretrend_statistic, pretrend_df, pretrend_p : float, int, float
        Wald test that all effects before -1 are 0; nan and 0 when there is none.
    twoways_coef, twoways_std_error : float
        Coefficient of the 0/1 treatment with unit and year effects, for comparison.
    n_obs, n_units, n_treated, n_never : int
        Treated are the units of ``cohorts``; a last cohort that compares is neither.
    cohorts : tuple of int
        First treated years that enter.
    left_out : tuple of str
        Units or cohorts that cannot enter, with the reason.
    """

    outcome: str
    times: tuple[EventTime, ...]
    overall: EventTime
    pretrend_statistic: float
    pretrend_df: int
    pretrend_p: float
    twoways_coef: float
    twoways_std_error: float
    n_obs: int
    n_units: int
    n_treated: int
    n_never: int
    cohorts: tuple[int, ...]
    left_out: tuple[str, ...]

    def table(self) -> pl.DataFrame:
        """One row per relative year: estimate, error, t, p, stars, units."""
        return pl.DataFrame(
            [
                {
                    "relative_year": time.relative_year,
                    "estimate": time.estimate,
                    "std_error": time.std_error,
                    "t_stat": time.t_stat,
                    "p_value": time.p_value,
                    "stars": time.stars,
                    "n_units": time.n_units,
                }
                for time in self.times
            ]
        )


def first_treated_year(
    frame: Frame, treatment: str, *, entity: str = "adcode", time: str = "year"
) -> pl.DataFrame:
    """First year with treatment 1 of every unit, null for never treated.

    Returns
    -------
    pl.DataFrame
        ``entity``, ``first_year``, one row per unit, sorted.

    Raises
    ------
    AnalysisError
        If the treatment is not 0/1, missing, or ends again in some unit (not absorbing).
    """
    data = as_polars(frame)
    require_columns(data, [entity, time, treatment])
    data = numeric(data.select(entity, time, treatment), [treatment]).sort(entity, time)
    if data[treatment].null_count():
        raise AnalysisError(f"{treatment} is missing in {data[treatment].null_count()} rows")
    if not data[treatment].is_in([0.0, 1.0]).all():
        raise AnalysisError(f"{treatment} is not 0 or 1 everywhere")
    ended = data.with_columns(pl.col(treatment).shift(1).over(entity).alias("__before")).filter(
        pl.col(treatment) < pl.col("__before")
    )
    if ended.height:
        row = ended.row(0, named=True)
        raise AnalysisError(
            f"{treatment} ends in {ended[entity].n_unique()} units, e.g. {row[entity]} in "
            f"{row[time]}: not a policy that stays"
        )
    return (
        data.group_by(entity)
        .agg(pl.col(time).filter(pl.col(treatment) == 1.0).min().alias("first_year"))
        .sort(entity)
    )


def event_study(
    frame: Frame,
    y: str,
    treatment: str,
    *,
    controls: Sequence[str] = (),
    entity: str = "adcode",
    time: str = "year",
    cluster: str | None = None,
    before: int | None = None,
    after: int | None = None,
) -> EventStudy:
    r"""Event study of a staggered policy (交错双重差分) free of forbidden comparisons.

    Every cohort (first treated year) has its own effect at every distance from that year, against
    units that are never treated (or, without any, the last cohort, whose treated years are then
    cut off); effects of one distance are averaged over cohorts with their shares of units. Units
    treated in their first year have no year before and are left out, by name.

    Parameters
    ----------
    frame : polars or pandas data frame, one row per unit and integer year
    y, treatment : str
        Outcome, and a 0/1 column that stays 1 once it is 1.
    controls : sequence of str
        Further regressors.
    entity, time, cluster : str
        As for `analysis.panel.fit_panel`; errors are clustered by entity by default.
    before, after : int, optional
        Distances beyond are pooled into these two ends; none by default.

    Returns
    -------
    EventStudy

    Raises
    ------
    AnalysisError
        If the treatment is not absorbing or nothing can be compared; else as `fit_panel`.

    References
    ----------
    Sun and Abraham, *Journal of Econometrics* 225 (2021).
    """
    data = as_polars(frame)
    extra = [cluster] if cluster and cluster not in (entity, time) else []
    require_columns(data, [entity, time, y, treatment, *controls, *extra])
    data = data.select(entity, time, y, treatment, *controls, *extra)
    data = numeric(data, [y, treatment, *controls]).drop_nulls([y, treatment, *controls])
    if data.is_empty():
        raise PanelTooSmallError(f"no row is complete in {y}, {treatment}")
    plain = fit_panel(data, y, [treatment, *controls], entity=entity, time=time, cluster=cluster)
    firsts = first_treated_year(data, treatment, entity=entity, time=time)
    data = data.join(firsts, on=entity, how="left", maintain_order="left")
    left_out: list[str] = []
    opening = data.group_by(entity).agg(pl.col(time).min().alias("__opening"))
    data = data.join(opening, on=entity, how="left", maintain_order="left")
    always = data.filter(pl.col("first_year") <= pl.col("__opening"))[entity].unique().sort()
    if len(always):
        left_out.append(
            f"treated from their first year on: {', '.join(map(str, always.to_list()))}"
        )
        data = data.filter(~pl.col(entity).is_in(always.to_list()))
    cohorts = data["first_year"].drop_nulls().unique().sort().to_list()
    never = data.filter(pl.col("first_year").is_null())[entity].n_unique()
    if not cohorts:
        raise NoVariationError(f"{treatment} begins in no year of the panel")
    if not never:
        last = cohorts.pop()
        left_out.append(
            f"no unit is never treated: cohort {last} compares, its years from then on cut"
        )
        data = data.filter(pl.col(time) < last)
        cohorts = [cohort for cohort in cohorts if cohort < last]
        if not cohorts:
            raise NoVariationError("one cohort only and nothing to compare it with")
        data = data.with_columns(
            pl.when(pl.col("first_year") == last).then(None).otherwise(pl.col("first_year"))
            .alias("first_year")
        )  # fmt: skip
    relative = pl.col(time) - pl.col("first_year")
    if before is not None:
        relative = pl.max_horizontal(relative, pl.lit(-abs(before)))
    if after is not None:
        relative = pl.min_horizontal(relative, pl.lit(after))
    data = data.with_columns(
        pl.when(pl.col("first_year").is_null()).then(None).otherwise(relative).alias("__relative")
    )
    cells = (
        data.filter(pl.col("__relative").is_not_null() & (pl.col("__relative") != -1))
        .group_by("first_year", "__relative")
        .agg(pl.col(entity).n_unique().alias("units"), pl.len().alias("rows"))
        .sort("first_year", "__relative")
    )
    names: dict[tuple[int, int], str] = {}
    for cohort, distance, *_ in cells.iter_rows():
        name = f"__c{cohort}r{distance}"
        names[cohort, distance] = name
    data = data.with_columns(
        (
            (pl.col("first_year") == cohort).fill_null(False)
            & (pl.col("__relative") == distance).fill_null(False)
        )
        .cast(pl.Float64)
        .alias(name)
        for (cohort, distance), name in names.items()
    )
    fit = fit_panel(
        data, y, [*names.values(), *controls], entity=entity, time=time, cluster=cluster
    )
    position = {term: number for number, term in enumerate(fit.terms)}
    covariance = np.array(fit.covariance)
    coef = np.array(fit.coef)
    rows = cells.to_dicts()

    def combined(chosen: Sequence[dict[str, Any]], size: str) -> FloatArray:
        weight = np.zeros(len(coef))
        whole = sum(row[size] for row in chosen)
        for row in chosen:
            weight[position[names[row["first_year"], row["__relative"]]]] = row[size] / whole
        return weight

    distances = sorted({row["__relative"] for row in rows})
    vectors = {
        distance: combined([row for row in rows if row["__relative"] == distance], "units")
        for distance in distances
    }
    times = tuple(
        _at(
            distance, vectors[distance], coef, covariance, df=fit.df_t,
            units=sum(row["units"] for row in rows if row["__relative"] == distance),
        )
        for distance in distances
    )  # fmt: skip
    treated = [row for row in rows if row["__relative"] >= 0]
    if not treated:
        raise NoVariationError(f"no treated year of {treatment} can be compared")
    overall = _at(
        0, combined(treated, "rows"), coef, covariance, df=fit.df_t,
        units=data.filter(pl.col("first_year").is_not_null())[entity].n_unique(),
    )  # fmt: skip
    statistic, df, p = _pretrend(vectors, coef, covariance)
    return EventStudy(
        outcome=y,
        times=times,
        overall=overall,
        pretrend_statistic=statistic,
        pretrend_df=df,
        pretrend_p=p,
        twoways_coef=plain.coef[0],
        twoways_std_error=plain.std_error[0],
        n_obs=fit.n_obs,
        n_units=fit.n_entities,
        n_treated=data.filter(pl.col("first_year").is_not_null())[entity].n_unique(),
        n_never=never,
        cohorts=tuple(int(cohort) for cohort in cohorts),
        left_out=tuple(left_out),
    )


def _at(
    distance: int,
    weight: FloatArray,
    coef: FloatArray,
    covariance: FloatArray,
    *,
    df: int,
    units: int,
) -> EventTime:
    from scipy.stats import t as student  # type: ignore[import-untyped]

    estimate = float(weight @ coef)
    error = math.sqrt(max(float(weight @ covariance @ weight), 0.0))
    t_stat = estimate / error if error > 0 else math.nan
    p = float(2 * student.sf(abs(t_stat), df)) if error > 0 else math.nan
    return EventTime(int(distance), estimate, error, t_stat, p, significance_stars(p), units)


def _pretrend(
    vectors: dict[int, FloatArray], coef: FloatArray, covariance: FloatArray
) -> tuple[float, int, float]:
    early = [vector for distance, vector in vectors.items() if distance < -1]
    if not early:
        return math.nan, 0, math.nan
    restriction = np.array(early)
    value = restriction @ coef
    middle = restriction @ covariance @ restriction.T
    rank = int(np.linalg.matrix_rank(middle))
    statistic = float(value @ np.linalg.pinv(middle) @ value)
    return statistic, rank, chi_square(statistic, rank).p_value


@dataclass(frozen=True, slots=True)
class BaconPart:
    """One two-by-two comparison inside the two-way estimate.

    ``kind`` is ``treated_vs_never``, ``earlier_vs_later`` (the later one not yet treated),
    ``later_vs_earlier`` (the earlier one already treated: the forbidden one) or
    ``later_vs_always``; cohorts are first treated years, 0 for never.
    """

    kind: str
    treated_cohort: int
    control_cohort: int
    estimate: float
    weight: float


@dataclass(frozen=True, slots=True)
class BaconDecomposition:
    """All comparisons; ``sum(weight * estimate)`` is the two-way coefficient."""

    coef: float
    parts: tuple[BaconPart, ...]

    def by_kind(self) -> pl.DataFrame:
        """Weight and weighted mean estimate of every kind, sorted."""
        return (
            pl.DataFrame(
                [
                    {"kind": part.kind, "weight": part.weight, "sum": part.weight * part.estimate}
                    for part in self.parts
                ]
            )
            .group_by("kind")
            .agg(pl.col("weight").sum(), pl.col("sum").sum())
            .with_columns((pl.col("sum") / pl.col("weight")).alias("estimate"))
            .select("kind", "weight", "estimate")
            .sort("kind")
        )


def goodman_bacon(
    frame: Frame, y: str, treatment: str, *, entity: str = "adcode", time: str = "year"
) -> BaconDecomposition:
    """Weights of the two-by-two comparisons inside a two-way coefficient.

    Parameters
    ----------
    frame : balanced panel, one row per unit and year
    y, treatment : str
        The treatment is 0/1 and stays.

    Raises
    ------
    AnalysisError
        If the panel is not balanced or the treatment ends again.
    NoVariationError
        If there is only one cohort and no other unit.

    References
    ----------
    Goodman-Bacon, *Journal of Econometrics* 225 (2021), theorem 1.
    """
    data = as_polars(frame)
    require_columns(data, [entity, time, y, treatment])
    data = numeric(data.select(entity, time, y, treatment), [y, treatment])
    if data.null_count().sum_horizontal().item():
        raise AnalysisError(f"missing value in {y} or {treatment}")
    years = data[time].unique().sort().to_list()
    units = data[entity].n_unique()
    if data.height != len(years) * units:
        raise AnalysisError(
            f"the panel is not balanced: {data.height} rows of {units} units and {len(years)} years"
        )
    firsts = first_treated_year(data, treatment, entity=entity, time=time)
    data = data.join(firsts, on=entity).sort(entity, time)
    outcome = data[y].to_numpy().reshape(units, len(years))
    first = firsts["first_year"].fill_null(0).to_numpy()
    t = len(years)
    means: dict[int, FloatArray] = {}
    share: dict[int, float] = {}
    exposed: dict[int, float] = {}
    for cohort in np.unique(first).tolist():
        rows = first == cohort
        means[cohort] = outcome[rows].mean(axis=0)
        share[cohort] = float(rows.mean())
        exposed[cohort] = sum(year >= cohort for year in years) / t if cohort else 0.0
    always = [cohort for cohort in means if cohort and exposed[cohort] == 1.0]
    begun = np.array(years)
    parts: list[tuple[str, int, int, float, float]] = []

    def difference(treated: int, control: int, late: Any, early: Any) -> float:
        return float(
            (means[treated][late].mean() - means[treated][early].mean())
            - (means[control][late].mean() - means[control][early].mean())
        )

    switching = [cohort for cohort in means if 0.0 < exposed[cohort] < 1.0]
    for cohort in switching:
        d = exposed[cohort]
        for other, kind in [(0, "treated_vs_never")] * (0 in means) + [
            (name, "later_vs_always") for name in always
        ]:
            late = begun >= cohort
            weight = (share[cohort] + share[other]) ** 2
            n = share[cohort] / (share[cohort] + share[other])
            weight *= n * (1 - n) * d * (1 - d)
            parts.append((kind, cohort, other, difference(cohort, other, late, ~late), weight))
    for early_cohort in switching:
        for late_cohort in switching:
            if early_cohort >= late_cohort:
                continue
            dk, dl = exposed[early_cohort], exposed[late_cohort]
            size = share[early_cohort] + share[late_cohort]
            n = share[early_cohort] / size
            before = begun < early_cohort
            middle = (begun >= early_cohort) & (begun < late_cohort)
            after = begun >= late_cohort
            weight = (size * (1 - dl)) ** 2 * n * (1 - n)
            weight *= (dk - dl) / (1 - dl) * (1 - dk) / (1 - dl)
            parts.append(
                (
                    "earlier_vs_later", early_cohort, late_cohort,
                    difference(early_cohort, late_cohort, middle, before), weight,
                )
            )  # fmt: skip
            weight = (size * dk) ** 2 * n * (1 - n) * dl / dk * (dk - dl) / dk
            parts.append(
                (
                    "later_vs_earlier", late_cohort, early_cohort,
                    difference(late_cohort, early_cohort, after, middle), weight,
                )
            )  # fmt: skip
    whole = sum(part[4] for part in parts)
    if not parts or whole <= 0:
        raise NoVariationError(f"{treatment} leaves nothing to compare")
    result = tuple(
        BaconPart(kind, int(one), int(other), estimate, weight / whole)
        for kind, one, other, estimate, weight in parts
    )
    return BaconDecomposition(sum(part.weight * part.estimate for part in result), result)
