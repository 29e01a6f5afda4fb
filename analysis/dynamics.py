"""What a lagged outcome among the regressors does to fixed effects, and two ways around it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from analysis.errors import AbsorbedRegressorError, AnalysisError, PanelTooSmallError
from analysis.exact import cluster_meat
from analysis.frames import FloatArray, Frame, as_polars, numeric, require_columns
from analysis.inference import two_way_clustered
from analysis.panel import complete_rows
from analysis.regressors import codes_of, refused_regressors
from analysis.significance import significance_stars


@dataclass(frozen=True, slots=True)
class DynamicFit:
    """Estimates that allow for dynamics; tuples in the order of ``terms``.

    Attributes
    ----------
    kind : {"half_panel_jackknife", "anderson_hsiao"}
    terms, coef, std_error, t_stat, p_value, stars : tuples
    n_obs, n_entities : int
    df_t : int
        Units less one.
    note : str
        What was done.
    """

    kind: str
    terms: tuple[str, ...]
    coef: tuple[float, ...]
    std_error: tuple[float, ...]
    t_stat: tuple[float, ...]
    p_value: tuple[float, ...]
    stars: tuple[str, ...]
    n_obs: int
    n_entities: int
    df_t: int
    note: str


def half_panel_jackknife(
    frame: Frame, y: str, x: Sequence[str], *, entity: str = "adcode", time: str = "year"
) -> DynamicFit:
    r"""Two-way estimates less their bias in T, from the two halves of the years (半面板刀切).

    :math:`2\hat\beta - (\hat\beta_1 + \hat\beta_2)/2` removes the bias of order 1/T that a
    predetermined regressor, such as a lagged outcome, has under unit effects (Nickell 1981). Errors
    are those of the whole panel, clustered by unit, to which they are asymptotically equal.

    Parameters
    ----------
    frame : polars or pandas data frame, one row per unit and integer year
    y, x, entity, time : as for `analysis.panel.fit_panel`

    Raises
    ------
    PanelTooSmallError
        If there are fewer than six years.
    AnalysisError
        As `fit_panel`, of the panel or of one of its halves.

    References
    ----------
    Dhaene and Jochmans, *Review of Economic Studies* 82 (2015).
    """
    sample = complete_rows(frame, [y, *x], entity, time, None)
    years = sample[time].unique().sort().to_list()
    if len(years) < 6:
        raise PanelTooSmallError(f"two halves of {len(years)} years are too short")
    middle = years[len(years) // 2]

    def coefficients(data: pl.DataFrame, which: str) -> FloatArray:
        try:
            return np.array(two_way_clustered(
                data, y, x, entity=entity, time=time, clusters=(entity, entity)
            ).coef)  # fmt: skip
        except AbsorbedRegressorError as error:
            raise AbsorbedRegressorError(
                {name: f"{why} ({which} half)" for name, why in error.reasons.items()}
            ) from error

    whole = two_way_clustered(sample, y, x, entity=entity, time=time, clusters=(entity, entity))
    first = coefficients(sample.filter(pl.col(time) < middle), "first")
    second = coefficients(sample.filter(pl.col(time) >= middle), "second")
    coef = 2 * np.array(whole.coef) - (first + second) / 2
    return _fit(
        "half_panel_jackknife", list(whole.terms), coef, np.array(whole.std_error),
        counts=(sample.height, sample[entity].n_unique()),
        note=f"halves {years[0]} to {middle - 1} and {middle} to {years[-1]}; errors of the whole "
        "panel",
    )  # fmt: skip


def anderson_hsiao(
    frame: Frame,
    y: str,
    x: Sequence[str],
    *,
    lagged: str,
    entity: str = "adcode",
    time: str = "year",
) -> DynamicFit:
    r"""First differences, the change of a lagged outcome instrumented by its level before.

    :math:`\Delta y_t` on :math:`\Delta x_t` and year effects, with
    :math:`\Delta y_{t-1}` instrumented by :math:`y_{t-2}`: valid when shocks are not correlated
    over time. Errors are clustered by unit.

    Parameters
    ----------
    frame : polars or pandas data frame, one row per unit and integer year
    y : str
    x : sequence of str
        Regressors, ``lagged`` among them.
    lagged : str
        The lagged outcome, or a multiple of it.

    Raises
    ------
    AnalysisError
        If ``lagged`` is no regressor or the instrument says nothing about it.
    AbsorbedRegressorError
        If differences are collinear, by name.
    PanelTooSmallError
        If fewer than three years, or no degree of freedom, are left.

    References
    ----------
    Anderson and Hsiao, *Journal of Econometrics* 18 (1982).
    """
    terms = list(x)
    if lagged not in terms:
        raise AnalysisError(f"{lagged} is none of the regressors {terms}")
    data = as_polars(frame)
    require_columns(data, [entity, time, y, *terms])
    data = numeric(data.select(entity, time, y, *terms), [y, *terms])
    before = data.select(
        entity, pl.col(time) + 1, *(pl.col(name).alias(f"__{name}") for name in [y, *terms])
    )
    # The level one year before the lag is the lagged regressor of the year before.
    moved = data.join(before, on=[entity, time], how="inner").with_columns(
        pl.col(f"__{lagged}").alias("__instrument"),
        *((pl.col(name) - pl.col(f"__{name}")).alias(name) for name in [y, *terms]),
    )
    sample = moved.select(entity, time, y, *terms, "__instrument").drop_nulls().sort(entity, time)
    units, years = sample[entity].n_unique(), sample[time].n_unique()
    if units < 2 or years < 2 or sample.height <= len(terms) + years + 1:
        raise PanelTooSmallError(f"{sample.height} differences of {units} units and {years} years")
    periods = codes_of(sample[time])
    counts = np.bincount(periods).astype(np.float64)

    def centred(values: FloatArray) -> FloatArray:
        sums = np.zeros((years, values.shape[1]))
        np.add.at(sums, periods, values)
        return values - (sums / counts[:, None])[periods]

    raw = sample.select(terms).to_numpy().astype(np.float64)
    x_d, y_d = centred(raw), centred(sample[[y]].to_numpy().astype(np.float64))[:, 0]
    if reasons := refused_regressors(raw, x_d, terms, "time"):
        raise AbsorbedRegressorError(reasons)
    z = x_d.copy()
    place = terms.index(lagged)
    z[:, place] = centred(sample[["__instrument"]].to_numpy().astype(np.float64))[:, 0]
    if refused_regressors(z, z, terms, "time"):
        raise AnalysisError(f"the level of {lagged} two years before says nothing about its change")
    bread = np.linalg.inv(z.T @ x_d)
    beta = bread @ (z.T @ y_d)
    residual = y_d - x_d @ beta
    meat = cluster_meat(z * residual[:, None], codes_of(sample[entity]))
    n, k = len(y_d), len(terms) + years
    covariance = bread @ meat @ bread.T * (units / (units - 1) * (n - 1) / (n - k))
    errors = np.sqrt(np.diagonal(covariance))
    first = np.linalg.lstsq(z, x_d[:, place], rcond=None)[0]
    left = x_d[:, place] - z @ first
    spread = np.linalg.inv(z.T @ z)
    clustered = spread @ cluster_meat(z * left[:, None], codes_of(sample[entity])) @ spread
    strength = float(first[place] ** 2 / clustered[place, place])
    return _fit(
        "anderson_hsiao", terms, beta, errors, counts=(n, units),
        note=f"first differences, instrument two years before (first-stage F {strength:.1f})",
    )  # fmt: skip


def _fit(
    kind: str,
    terms: Sequence[str],
    coef: FloatArray,
    errors: FloatArray,
    *,
    counts: tuple[int, int],
    note: str,
) -> DynamicFit:
    from scipy.stats import t as student  # type: ignore[import-untyped]

    df = counts[1] - 1
    pairs = zip(coef.tolist(), errors.tolist(), strict=True)
    t_stat = [value / error if error > 0 else math.nan for value, error in pairs]
    p_value = [float(2 * student.sf(abs(value), df)) for value in t_stat]
    return DynamicFit(
        kind=kind,
        terms=tuple(terms),
        coef=tuple(coef.tolist()),
        std_error=tuple(errors.tolist()),
        t_stat=tuple(t_stat),
        p_value=tuple(p_value),
        stars=tuple(significance_stars(value) for value in p_value),
        n_obs=counts[0],
        n_entities=counts[1],
        df_t=df,
        note=note,
    )
