"""Specification tests of spatial panels: LM, LR, Wald, choice of effects, Mundlak, Hausman.

LM tests follow Anselin, Bera, Florax and Yoon (*Regional Science and Urban Economics* 26, 1996)
and, for panels, Elhorst (2014) on within-transformed data; the scaled versions are those of Debarsy
and Ertur (*Regional Science and Urban Economics* 40, 2010).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike

from analysis.errors import AnalysisError, PanelTooSmallError
from analysis.frames import FloatArray, Frame, names_of
from analysis.regressors import EFFECTS, INTERCEPT, Effects
from analysis.significance import ChiSquare, chi_square
from analysis.spatial_panel import SpatialFit, SpatialPanel, fit_prepared, wald_test

VALID_FOR: dict[str, str] = {
    "LM": "iid errors",
    "LR_sdm_vs_sar": "iid errors",
    "LR_sdm_vs_sem": "iid errors",
    "LR_FE_ols": "iid errors",
    "LR_FE_sdm": "iid errors",
    "hausman": "iid errors",
    "Wald_sdm_vs_sar_cluster": "errors correlated within units",
    "Wald_sdm_vs_sem_cluster": "errors correlated within units",
    "mundlak": "errors correlated within units",
}
"""What the errors have to be like for a test to have its size; key by the names of `to_dict`."""


@dataclass(frozen=True, slots=True)
class LagrangeMultipliers:
    """LM tests of one set of effects, each chi-square.

    Attributes
    ----------
    lag, error, robust_lag, robust_error : ChiSquare
        One degree of freedom; variance of the residuals is e'e/NT.
    sarma : ChiSquare
        Lag and error together, two degrees of freedom.
    scale : float
        Factor of Debarsy and Ertur: (T-1)/T under unit effects, else 1.
    """

    lag: ChiSquare
    error: ChiSquare
    robust_lag: ChiSquare
    robust_error: ChiSquare
    sarma: ChiSquare
    scale: float

    def scaled(self) -> Mapping[str, ChiSquare]:
        """The four tests times ``scale``."""
        return {
            name: chi_square(test.statistic * self.scale, test.df)
            for name, test in (
                ("lag", self.lag),
                ("error", self.error),
                ("robust_lag", self.robust_lag),
                ("robust_error", self.robust_error),
            )
        }


@dataclass(frozen=True, slots=True)
class LeastSquares:
    """Regression without spatial terms on within-transformed data.

    ``se_classical`` uses SSR / ``df_residual``, all fixed effects counted; ``log_likelihood`` is
    Gaussian with SSR/NT.
    """

    terms: tuple[str, ...]
    coef: tuple[float, ...]
    se_classical: tuple[float, ...]
    ssr: float
    df_residual: int
    r2: float
    r2_adj: float
    log_likelihood: float


@dataclass(frozen=True, slots=True)
class ResidualMoran:
    """Moran's I of the residuals of a cross-section (Cliff and Ord 1981, ch. 8), one-sided p."""

    statistic: float
    expectation: float
    variance: float
    z: float
    p_value: float


@dataclass(frozen=True, slots=True)
class SpatialTests:
    """Everything that decides between spatial models and between kinds of effects.

    Attributes
    ----------
    n_units, n_periods, n_regressors : int
    least_squares : mapping of effects to LeastSquares
    lm : mapping of effects to LagrangeMultipliers
    lr_against_sar, lr_against_sem : mapping of effects to ChiSquare
        Durbin model against its special cases; valid for iid errors only.
    wald_against_sar, wald_against_sem : mapping of effects to ChiSquare
        Under the expected information.
    wald_clustered_sar, wald_clustered_sem : mapping of effects to ChiSquare
        Under the covariance clustered by unit.
    lr_effects_ols, lr_effects_sdm : mapping of str to ChiSquare
        ``individual_given_time`` (N-1 degrees), ``time_given_individual`` (T-1); iid errors only.
    mundlak : ChiSquare or None
        Wald test under unit clusters that unit means add nothing: random against fixed effects.
    hausman : ChiSquare or None
        Classical, iid errors only; None when the covariance difference is not positive.
    residual_moran : ResidualMoran or None
        Of a single cross-section.
    fits : mapping of (effects, model) to SpatialFit
    """

    n_units: int
    n_periods: int
    n_regressors: int
    least_squares: Mapping[Effects, LeastSquares]
    lm: Mapping[Effects, LagrangeMultipliers]
    lr_against_sar: Mapping[Effects, ChiSquare]
    lr_against_sem: Mapping[Effects, ChiSquare]
    wald_against_sar: Mapping[Effects, ChiSquare]
    wald_against_sem: Mapping[Effects, ChiSquare]
    wald_clustered_sar: Mapping[Effects, ChiSquare]
    wald_clustered_sem: Mapping[Effects, ChiSquare]
    lr_effects_ols: Mapping[str, ChiSquare]
    lr_effects_sdm: Mapping[str, ChiSquare]
    mundlak: ChiSquare | None
    hausman: ChiSquare | None
    residual_moran: ResidualMoran | None
    fits: Mapping[tuple[Effects, str], SpatialFit]

    def to_dict(self) -> dict[str, Any]:
        """Nested mapping: ``nonspatial``, ``LM``, ``gold``, ``LR_FE_ols``, ``LR_FE_sdm``, others.

        The names of R's splm and spdep: ``lml, lme, rlml, rlme`` by effects; of a cross-section
        also ``LMlag, LMerr, RLMlag, RLMerr, SARMA`` with ``stat, df, p``, and ``residual_moran``.
        """
        tests: dict[str, Any] = {}
        for effects, lm in self.lm.items():
            tests[effects] = {
                "lml": lm.lag.statistic,
                "lme": lm.error.statistic,
                "rlml": lm.robust_lag.statistic,
                "rlme": lm.robust_error.statistic,
                "sarma": lm.sarma.statistic,
                "p": {
                    "lml": lm.lag.p_value,
                    "lme": lm.error.p_value,
                    "rlml": lm.robust_lag.p_value,
                    "rlme": lm.robust_error.p_value,
                },
                "debarsy_ertur": {name: test.to_dict() for name, test in lm.scaled().items()},
            }
        if self.n_periods == 1 and "pooling" in self.lm:
            lm = self.lm["pooling"]
            tests |= {
                "LMerr": lm.error.to_dict(),
                "LMlag": lm.lag.to_dict(),
                "RLMerr": lm.robust_error.to_dict(),
                "RLMlag": lm.robust_lag.to_dict(),
                "SARMA": lm.sarma.to_dict(),
            }
        models: dict[str, Any] = {}
        for (effects, model), fit in self.fits.items():
            models.setdefault(effects, {})[model] = fit.to_dict()
        for effects in self.lr_against_sar:
            models[effects] |= {
                "LR_sdm_vs_sar": self.lr_against_sar[effects].to_dict(),
                "LR_sdm_vs_sem": self.lr_against_sem[effects].to_dict(),
                "Wald_sdm_vs_sar_cluster": self.wald_clustered_sar[effects].to_dict(),
                "Wald_sdm_vs_sem_cluster": self.wald_clustered_sem[effects].to_dict(),
            }
        result: dict[str, Any] = {
            "N": self.n_units,
            "T": self.n_periods,
            "NT": self.n_units * self.n_periods,
            "K": self.n_regressors,
            "nonspatial": {
                effects: {
                    "coef": dict(zip(fit.terms, fit.coef, strict=True)),
                    "se_classical": dict(zip(fit.terms, fit.se_classical, strict=True)),
                    "ssr": fit.ssr,
                    "df_residual": fit.df_residual,
                    "loglik_gauss": fit.log_likelihood,
                    "r2": fit.r2,
                    "ar2": fit.r2_adj,
                }
                for effects, fit in self.least_squares.items()
            },
            "LM": tests,
            "gold": models,
            "LR_FE_ols": {name: test.to_dict() for name, test in self.lr_effects_ols.items()},
            "LR_FE_sdm": {name: test.to_dict() for name, test in self.lr_effects_sdm.items()},
            "mundlak": None if self.mundlak is None else self.mundlak.to_dict(),
            "hausman": None if self.hausman is None else self.hausman.to_dict(),
            "valid_for": dict(VALID_FOR),
        }
        if self.residual_moran is not None:
            moran = self.residual_moran
            ols = self.least_squares["pooling"]
            result["residual_moran"] = {
                "I": moran.statistic,
                "E": moran.expectation,
                "V": moran.variance,
                "z": moran.z,
                "p": moran.p_value,
            }
            result["ols"] = {
                "coef": dict(zip(ols.terms, ols.coef, strict=True)),
                "se": dict(zip(ols.terms, ols.se_classical, strict=True)),
                "r2": ols.r2,
                "ar2": ols.r2_adj,
                "logLik": ols.log_likelihood,
            }
            for model, fitted in models.get("pooling", {}).items():
                result[model] = fitted
        return result


def spatial_tests(
    frame: Frame,
    y: str,
    x: Sequence[str],
    *,
    entity: str,
    time: str | None,
    W: ArrayLike | Any,
    ids: Sequence[Any] | None = None,
    effects: Sequence[Effects] | None = None,
    allow_islands: bool = False,
    draws: int = 0,
    seed: int = 0,
) -> SpatialTests:
    """Test whether, and how, space enters a panel regression, and which effects it needs.

    Parameters
    ----------
    frame, y, x, entity, time, W, ids, allow_islands : see `analysis.spatial_panel.fit_spatial`
    effects : sequence of {"pooling", "individual", "time", "twoways"}, optional
        Sets of effects to look at; all that the panel allows by default.
    draws, seed : int
        Simulated effects of the models that are fitted along the way; none by default.

    Returns
    -------
    SpatialTests

    Raises
    ------
    AnalysisError
        As `fit_spatial`.
    """
    panel = SpatialPanel(
        frame, y, x, entity=entity, time=time, W=W, ids=ids, allow_islands=allow_islands
    )
    possible: tuple[Effects, ...] = ("pooling", "individual", "time", "twoways")
    if panel.n_periods == 1:
        possible = ("pooling",)
    asked = possible if effects is None else cast("list[Effects]", names_of(effects))
    chosen = tuple(dict.fromkeys(asked))
    if unknown := [name for name in chosen if name not in EFFECTS]:
        raise AnalysisError(f"unknown effects {unknown}; some of {', '.join(EFFECTS)}")
    if refused := [name for name in chosen if name not in possible]:
        raise PanelTooSmallError(f"effects {refused} need at least 2 periods")

    fits: dict[tuple[Effects, str], SpatialFit] = {}
    plain: dict[Effects, LeastSquares] = {}
    multipliers: dict[Effects, LagrangeMultipliers] = {}
    for name in chosen:
        plain[name], residual, z = _least_squares(panel, name)
        multipliers[name] = _multipliers(panel, name, residual, z, plain[name])
        for model in ("sar", "sem", "sdm"):
            fits[name, model] = fit_prepared(
                panel, model=model, effects=name, information="expected", draws=draws, seed=seed
            )
    n, t = panel.n_units, panel.n_periods
    degrees = {"individual_given_time": n - 1, "time_given_individual": t - 1}
    smaller: dict[str, Effects] = {
        "individual_given_time": "time",
        "time_given_individual": "individual",
    }

    def ratios(values: Mapping[Effects, float]) -> dict[str, ChiSquare]:
        return {
            test: chi_square(2 * (values["twoways"] - values[small]), degrees[test])
            for test, small in smaller.items()
            if "twoways" in values and small in values
        }

    k = len(panel.durbin)
    return SpatialTests(
        n_units=n,
        n_periods=t,
        n_regressors=len(panel.regressors),
        least_squares=plain,
        lm=multipliers,
        lr_against_sar={name: _ratio(fits, name, "sar", k) for name in chosen},
        lr_against_sem={name: _ratio(fits, name, "sem", k) for name in chosen},
        wald_against_sar={name: wald_test(fits[name, "sdm"], "sar") for name in chosen},
        wald_against_sem={name: wald_test(fits[name, "sdm"], "sem") for name in chosen},
        wald_clustered_sar={
            name: wald_test(fits[name, "sdm"], "sar", "cluster") for name in chosen
        },
        wald_clustered_sem={
            name: wald_test(fits[name, "sdm"], "sem", "cluster") for name in chosen
        },
        lr_effects_ols=ratios({name: fit.log_likelihood for name, fit in plain.items()}),
        lr_effects_sdm=ratios({name: fits[name, "sdm"].log_likelihood for name in chosen}),
        mundlak=_mundlak(panel) if t > 1 else None,
        hausman=_hausman(panel) if t > 1 else None,
        residual_moran=_residual_moran(panel) if t == 1 else None,
        fits=fits,
    )


def _ratio(
    fits: Mapping[tuple[Effects, str], SpatialFit],
    effects: Effects,
    small: str,
    df: int,
) -> ChiSquare:
    gain = fits[effects, "sdm"].log_likelihood - fits[effects, small].log_likelihood
    return chi_square(2 * gain, df)


def _least_squares(
    panel: SpatialPanel, effects: Effects
) -> tuple[LeastSquares, FloatArray, FloatArray]:
    z, names = panel.design(effects, lags=False)
    y = panel.within(panel.y, effects)
    cross = z.T @ z
    coef = np.linalg.solve(cross, z.T @ y)
    residual = y - z @ coef
    n, t = panel.n_units, panel.n_periods
    absorbed = {"pooling": 0, "individual": n, "time": t, "twoways": n + t - 1}[effects]
    df = n * t - absorbed - z.shape[1]
    if df < 1:
        raise PanelTooSmallError(f"no degrees of freedom left under {effects} effects")
    ssr = float(residual @ residual)
    tss = float(((panel.y - panel.y.mean()) ** 2).sum())
    spread = np.sqrt(np.diagonal(np.linalg.inv(cross)) * ssr / df)
    fit = LeastSquares(
        terms=tuple(names),
        coef=tuple(coef.tolist()),
        se_classical=tuple(spread.tolist()),
        ssr=ssr,
        df_residual=df,
        r2=1 - ssr / tss,
        r2_adj=1 - ssr / tss * (n * t - 1) / df,
        log_likelihood=-n * t / 2 * (math.log(2 * math.pi * ssr / (n * t)) + 1),
    )
    return fit, residual, z


def _multipliers(
    panel: SpatialPanel,
    effects: Effects,
    residual: FloatArray,
    z: FloatArray,
    fit: LeastSquares,
) -> LagrangeMultipliers:
    n, t, w = panel.n_units, panel.n_periods, panel.matrix
    sigma2 = fit.ssr / (n * t)
    trace = t * (float((w * w).sum()) + float((w * w.T).sum()))
    # Lags of the transformed data, as the tests are defined (splm); with period effects that is not
    # the transformed lag.
    wy = (panel.within(panel.y, effects).reshape(t, n) @ w.T).ravel()
    we = (residual.reshape(t, n) @ w.T).ravel()
    fitted = (z @ np.array(fit.coef)).reshape(t, n)
    ahead = (fitted @ w.T).ravel()
    ahead = ahead - z @ np.linalg.solve(z.T @ z, z.T @ ahead)
    j = float(ahead @ ahead) / sigma2 + trace
    a = float(residual @ wy) / sigma2
    c = float(residual @ we) / sigma2
    robust_lag = (a - c) ** 2 / (j - trace)
    error = c**2 / trace
    return LagrangeMultipliers(
        lag=chi_square(a**2 / j, 1),
        error=chi_square(error, 1),
        robust_lag=chi_square(robust_lag, 1),
        robust_error=chi_square((c - a * trace / j) ** 2 / (trace * (1 - trace / j)), 1),
        sarma=chi_square(robust_lag + error, 2),
        scale=(t - 1) / t if effects in ("individual", "twoways") else 1.0,
    )


def _mundlak(panel: SpatialPanel) -> ChiSquare | None:
    """Wald test under unit clusters that the unit means of the regressors add nothing."""
    n, t = panel.n_units, panel.n_periods
    means = np.broadcast_to(panel.x.mean(axis=0), panel.x.shape)
    ones = np.ones((t, n, 1))
    z = np.concatenate([ones, panel.x, means], axis=2).reshape(n * t, -1)
    k = len(panel.regressors)
    moving = [
        i for i in range(k)
        if np.ptp(panel.x[:, :, i] - panel.x.mean(axis=0)[:, i]) > 0
        and np.ptp(panel.x.mean(axis=0)[:, i]) > 0
    ]  # fmt: skip
    keep = [0, *range(1, k + 1), *(k + 1 + i for i in moving)]
    z = z[:, keep]
    if np.linalg.matrix_rank(z) < z.shape[1] or not moving:
        return None
    y = panel.y.ravel()
    inverse = np.linalg.inv(z.T @ z)
    coef = inverse @ (z.T @ y)
    e = y - z @ coef
    by_unit = (z * e[:, None]).reshape(t, n, -1).sum(axis=0)
    factor = n / (n - 1) * (n * t - 1) / (n * t - z.shape[1])
    covariance = inverse @ (by_unit.T @ by_unit) @ inverse * factor
    tested = slice(k + 1, z.shape[1])
    value = coef[tested]
    if len(value) >= n:
        return None
    statistic = value @ np.linalg.solve(covariance[tested, tested], value)
    return chi_square(float(statistic), len(value))


def _hausman(panel: SpatialPanel) -> ChiSquare | None:
    """Classical Hausman test, fixed against random unit effects (Swamy and Arora)."""
    n, t, k = panel.n_units, panel.n_periods, len(panel.regressors)
    y = panel.within(panel.y, "individual")
    x = panel.within(panel.x, "individual")
    if np.linalg.matrix_rank(x) < k or n <= k + 1:
        return None
    fixed = np.linalg.solve(x.T @ x, x.T @ y)
    e = y - x @ fixed
    within = float(e @ e) / (n * t - n - k)
    between_x = np.column_stack([np.ones(n), panel.x.mean(axis=0)])
    between_y = panel.y.mean(axis=0)
    slopes, *_ = np.linalg.lstsq(between_x, between_y, rcond=None)
    gap = between_y - between_x @ slopes
    between = float(gap @ gap) / (n - k - 1)
    theta = 1 - math.sqrt(min(within / (t * between), 1.0)) if between > 0 else 0.0
    part_y = (panel.y - theta * panel.y.mean(axis=0)).ravel()
    part_x = np.concatenate(
        [np.full((t, n, 1), 1 - theta), panel.x - theta * panel.x.mean(axis=0)], axis=2
    ).reshape(n * t, k + 1)
    cross = part_x.T @ part_x
    if np.linalg.matrix_rank(cross) < k + 1:
        return None
    random = np.linalg.solve(cross, part_x.T @ part_y)[1:]
    difference = within * (np.linalg.inv(x.T @ x) - np.linalg.inv(cross)[1:, 1:])
    if np.linalg.eigvalsh(difference).min() <= 0:
        return None
    value = fixed - random
    return chi_square(float(value @ np.linalg.solve(difference, value)), k)


def _residual_moran(panel: SpatialPanel) -> ResidualMoran:
    from scipy.stats import norm  # type: ignore[import-untyped]

    fit, e, z = _least_squares(panel, "pooling")
    if fit.terms[0] != INTERCEPT:
        raise AnalysisError("residuals of a regression without intercept")
    w, n, k = panel.matrix, panel.n_units, z.shape[1]
    projector = np.eye(n) - z @ np.linalg.solve(z.T @ z, z.T)
    mw = projector @ w
    factor = n / float(w.sum())
    expectation = factor * float(np.trace(mw)) / (n - k)
    moment = float((mw * (projector @ w.T).T).sum()) + float((mw * mw.T).sum())
    variance = (
        factor**2 * (moment + float(np.trace(mw)) ** 2) / ((n - k) * (n - k + 2)) - expectation**2
    )
    statistic = factor * float(e @ (w @ e)) / float(e @ e)
    z_value = (statistic - expectation) / math.sqrt(variance)
    return ResidualMoran(statistic, expectation, variance, z_value, float(norm.sf(z_value)))
