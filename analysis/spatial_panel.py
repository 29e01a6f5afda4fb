"""Spatial panel regressions by concentrated maximum likelihood: SLX, SAR, SEM and SDM.

The likelihood, the information matrices and the effects follow Elhorst (*Spatial Econometrics*,
2014), LeSage and Pace (*Introduction to Spatial Econometrics*, 2009) and, for the transformed
likelihood, Lee and Yu (*Journal of Econometrics* 154, 2010). ``Wy`` and ``WX`` are formed before
anything is demeaned; the log-determinant comes from the eigenvalues of the N x N matrix; no matrix
of NT x NT is ever made.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, cast

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from analysis.errors import (
    AbsorbedRegressorError,
    AnalysisError,
    NoVariationError,
    PanelTooSmallError,
    SpatialWeightsError,
)
from analysis.frames import (
    FloatArray,
    Frame,
    as_polars,
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
    all_clear,
    column_sizes,
    refused_regressors,
)
from analysis.significance import ChiSquare, chi_square, two_sided_normal
from analysis.weights import read_weights

Model = Literal["sdm", "sar", "sem", "slx", "ols"]
Information = Literal["expected", "oim", "cluster"]

MODELS: tuple[Model, ...] = ("sdm", "sar", "sem", "slx", "ols")
INFORMATION: tuple[Information, ...] = ("expected", "oim", "cluster")

_ROW_SUM = 1e-8
_GRID = 400
_PIECE = 100


@dataclass(frozen=True, slots=True)
class Effect:
    """One of the three effects of one regressor, outcome per unit of the regressor.

    Attributes
    ----------
    estimate : float
        Closed form at the estimate (LeSage and Pace 2009, section 2.7).
    se_delta : float
        Delta method from the joint covariance of all coefficients.
    mc_mean, mc_sd : float
        Over simulated draws; nan when none were drawn.
    z, p_value : float
        ``mc_mean / mc_sd`` (or ``estimate / se_delta`` without draws), two-sided normal.
    """

    estimate: float
    se_delta: float
    mc_mean: float
    mc_sd: float
    z: float
    p_value: float


@dataclass(frozen=True, slots=True)
class SpatialFit:
    """A spatial panel regression; tuples have length k in the order of ``terms``.

    Attributes
    ----------
    model, effects, leeyu, information : see `fit_spatial`
    outcome : str
    regressors : tuple of str
        As given, without lags and without the spatial parameter.
    terms : tuple of str
        ``(Intercept)`` under ``pooling``, regressors, their lags ``W_<name>``, then ``rho`` or
        ``lambda``.
    coef, std_error, z_stat, p_value : tuple of float
        Under the chosen information; two-sided normal p.
    covariances : mapping of str to ndarray, shape (k, k)
        ``expected``, ``oim`` and ``cluster``.
    spatial_interval : tuple of float
        Open interval of the spatial parameter, from the real eigenvalues of W.
    sigma2, log_likelihood : float
        Variance of the disturbance, full Gaussian log-likelihood with constants.
    n_units, n_periods, n_obs, n_effective : int
        N, T, NT and what the likelihood counts (smaller under Lee-Yu).
    direct, indirect, total : mapping of str to Effect
        By regressor; empty for models without spillovers of regressors.
    mean_diagonal : float
        Mean diagonal of (I - rho W)^-1, less one.
    r2_fit : float
        1 - SSR/TSS, all fixed effects in the fit, TSS about the grand mean.
    r2_reduced_form : float
        Squared correlation of the demeaned outcome with its reduced-form fit.
    r2_within, r2_between, r2_overall : float
        Squared correlations of the outcome with the reduced form of the regressors alone, after
        unit means are removed, of unit means, and of raw values.
    n_draws, n_redrawn, seed : int
        Of the simulated effects; draws outside the interval are drawn again and counted.
    warnings : tuple of str
        What a reader of the table has to know.
    """

    model: Model
    effects: Effects
    leeyu: bool
    information: Information
    outcome: str
    regressors: tuple[str, ...]
    terms: tuple[str, ...]
    coef: tuple[float, ...]
    std_error: tuple[float, ...]
    z_stat: tuple[float, ...]
    p_value: tuple[float, ...]
    covariances: Mapping[str, FloatArray]
    spatial_interval: tuple[float, float]
    sigma2: float
    log_likelihood: float
    n_units: int
    n_periods: int
    n_obs: int
    n_effective: int
    direct: Mapping[str, Effect]
    indirect: Mapping[str, Effect]
    total: Mapping[str, Effect]
    mean_diagonal: float
    r2_fit: float
    r2_reduced_form: float
    r2_within: float
    r2_between: float
    r2_overall: float
    n_draws: int
    n_redrawn: int
    seed: int
    warnings: tuple[str, ...]

    @property
    def spatial_parameter(self) -> float:
        """Rho or lambda; 0 for models without one."""
        return self.coef[-1] if self.model in ("sar", "sdm", "sem") else 0.0

    def standard_errors(self, information: Information) -> tuple[float, ...]:
        """Standard errors under another information, in the order of ``terms``."""
        return tuple(np.sqrt(np.diagonal(self.covariances[information])).tolist())

    def to_dict(self) -> dict[str, Any]:
        """Nested mapping with the names that R's spatialreg, splm and this field use.

        ``coef``, ``se_expected_info``, ``se_observed_info``, ``se_cluster_unit``, ``sigma2``,
        ``logLik``, ``n_effective``, ``effects_closed_form.<x>.direct|indirect|total``,
        ``effects_se_delta``, ``effects_mc_mean``, ``effects_mc_sd`` (None without draws), ``mc``;
        also ``se``, ``s2``, ``impacts`` and ``impacts_mc``, and of a single cross-section lags as
        ``lag.<x>``.
        """
        by_term = self._by_term
        wald = {}
        if self.model == "sdm":
            wald = {
                "Wald_vs_sar": wald_test(self, "sar").to_dict(),
                "Wald_vs_sem": wald_test(self, "sem").to_dict(),
            }
        parts = {"direct": self.direct, "indirect": self.indirect, "total": self.total}

        def effects_of(attribute: str) -> dict[str, dict[str, float | None]]:
            return {
                name: {part: _drawn(getattr(of[name], attribute)) for part, of in parts.items()}
                for name in self.direct
            }

        result: dict[str, Any] = {
            "model": self.model,
            "effects": self.effects,
            "leeyu": self.leeyu,
            "information": self.information,
            "N": self.n_units,
            "T": self.n_periods,
            "NT": self.n_obs,
            "K": len(self.regressors),
            "n_effective": self.n_effective,
            "coef": by_term(self.coef),
            "se": by_term(self.std_error),
            "z": by_term(self.z_stat),
            "p": by_term(self.p_value),
            "se_expected_info": by_term(self.standard_errors("expected")),
            "se_observed_info": by_term(self.standard_errors("oim")),
            "se_cluster_unit": by_term(self.standard_errors("cluster")),
            "sdm_se_cluster_unit": by_term(self.standard_errors("cluster")),
            "sigma2": self.sigma2,
            "s2": self.sigma2,
            "logLik": self.log_likelihood,
            "loglik_recomputed": self.log_likelihood,
            "effects_closed_form": effects_of("estimate"),
            "effects_se_delta": effects_of("se_delta"),
            "effects_mc_mean": effects_of("mc_mean"),
            "effects_mc_sd": effects_of("mc_sd"),
            "mc": {
                "nsim": self.n_draws,
                "seed": self.seed,
                "generator": "numpy PCG64",
                "redrawn": self.n_redrawn,
            },
            **wald,
            "mean_diagonal": self.mean_diagonal,
            "r2": {
                "fit": self.r2_fit,
                "reduced_form": self.r2_reduced_form,
                "within": self.r2_within,
                "between": self.r2_between,
                "overall": self.r2_overall,
            },
            "impacts": {
                "variables": list(self.direct),
                **{part: [effect.estimate for effect in of.values()] for part, of in parts.items()},
            },
            "impacts_mc": {
                "R": self.n_draws,
                "seed": self.seed,
                **{
                    f"se_{part}": [_drawn(effect.mc_sd) for effect in of.values()]
                    for part, of in parts.items()
                },
            },
            "warnings": list(self.warnings),
        }
        return result

    def _by_term(self, values: Sequence[float]) -> dict[str, float]:
        named = dict(zip(self.terms, values, strict=True))
        if self.n_periods == 1:  # the names that cross-section software gives to lags
            named |= {
                f"lag.{term[2:]}": value for term, value in named.items() if term.startswith("W_")
            }
        return named


def _drawn(value: float) -> float | None:
    """None instead of nan where nothing was drawn."""
    return None if math.isnan(value) else value


class SpatialPanel:
    """A balanced panel with its weights, lags and eigenvalues, computed once for many models.

    Parameters
    ----------
    frame, y, x, entity, time, W, ids, durbin : see `fit_spatial`
    """

    def __init__(
        self,
        frame: Frame,
        y: str,
        x: Sequence[str],
        *,
        entity: str,
        time: str | None,
        W: Any,
        ids: Sequence[Any] | None = None,
        durbin: Sequence[str] | None = None,
        allow_islands: bool = False,
    ) -> None:
        self._inverse: tuple[float, FloatArray] | None = None
        self.outcome = y
        self.regressors = tuple(names_of(x))
        self.durbin = self.regressors if durbin is None else tuple(names_of(durbin))
        if not self.regressors:
            raise AnalysisError("no regressor given")
        if repeated := {name for name in self.regressors if self.regressors.count(name) > 1}:
            raise AnalysisError(f"regressors given twice: {sorted(repeated)}")
        if strangers := sorted(set(self.durbin) - set(self.regressors)):
            raise AnalysisError(f"durbin names no regressor: {strangers}")
        table = as_polars(frame)
        key = [entity] if time is None else [entity, time]
        require_columns(table, [*key, y, *self.regressors])
        require_unique_key(table, key)
        table = numeric(table, [y, *self.regressors])
        missing = table.select(y, *self.regressors).null_count().row(0, named=True)
        if held := {name: n for name, n in missing.items() if n}:
            raise AnalysisError(
                f"missing values {held}: a spatial panel has to be complete, drop whole units "
                "(with their rows and columns of W) or whole periods"
            )
        self.units, self.periods, self.matrix, self.warnings = _aligned(
            table, entity, time, W, ids, allow_islands=allow_islands
        )
        n, t = len(self.units), len(self.periods)
        order = {unit: position for position, unit in enumerate(self.units)}
        place = table.with_columns(
            pl.col(entity).replace_strict(order, return_dtype=pl.Int64).alias("__unit")
        ).sort([*([time] if time else []), "__unit"])
        values = place.select(y, *self.regressors).to_numpy().reshape(t, n, -1)
        self.y: FloatArray = np.ascontiguousarray(values[:, :, 0])
        self.x: FloatArray = np.ascontiguousarray(values[:, :, 1:])
        if n < 3:
            raise PanelTooSmallError(f"a spatial model needs at least 3 units, got {n}")

    @property
    def n_units(self) -> int:
        return len(self.units)

    @property
    def n_periods(self) -> int:
        return len(self.periods)

    @cached_property
    def is_row_standardised(self) -> bool:
        return bool(np.abs(self.matrix.sum(axis=1) - 1.0).max() <= _ROW_SUM)

    @cached_property
    def eigenvalues(self) -> FloatArray | NDArray[np.complex128]:
        """Eigenvalues of W, length N; real ones of the similar symmetric matrix if there is one."""
        symmetric = _similar_symmetric(self.matrix)
        if symmetric is not None:
            return cast("FloatArray", np.linalg.eigvalsh(symmetric))
        return cast("NDArray[np.complex128]", np.linalg.eigvals(self.matrix).astype(np.complex128))

    @cached_property
    def interval(self) -> tuple[float, float]:
        """Open interval around 0 in which I - rho W is regular for every rho."""
        real = self.eigenvalues.real[np.abs(self.eigenvalues.imag) < 1e-9]
        low, high = (float(real.min()), float(real.max())) if real.size else (0.0, 0.0)
        return (1 / low if low < 0 else -np.inf, 1 / high if high > 0 else np.inf)

    @cached_property
    def wy(self) -> FloatArray:
        return self.y @ self.matrix.T

    @cached_property
    def wx(self) -> FloatArray:
        return cast("FloatArray", np.einsum("ij,tjk->tik", self.matrix, self.x, optimize=True))

    def within(self, values: FloatArray, effects: Effects) -> FloatArray:
        """Remove unit and period means; (T, N) or (T, N, K) to (NT,) or (NT, K)."""
        return self._demean(values.copy(), effects)

    def _demean(self, values: FloatArray, effects: Effects) -> FloatArray:
        """`within`, in place."""
        if effects in ("individual", "twoways"):
            values -= values.mean(axis=0, keepdims=True)
        if effects in ("time", "twoways"):
            values -= values.mean(axis=1, keepdims=True)
        return values.reshape(self.n_units * self.n_periods, *values.shape[2:])

    def design(self, effects: Effects, *, lags: bool) -> tuple[FloatArray, list[str]]:
        """Regressors (and lags) without their effects, shape (NT, k), and their names."""
        names = list(self.regressors)
        chosen = [self.regressors.index(name) for name in self.durbin] if lags else []
        names += [f"W_{name}" for name in self.durbin] if lags else []
        first = int(effects == "pooling")  # the intercept
        if first:
            names = [INTERCEPT, *names]

        def raw() -> FloatArray:
            columns = np.ones((self.n_periods, self.n_units, len(names)))
            columns[:, :, first : first + self.x.shape[2]] = self.x
            if chosen:
                columns[:, :, first + self.x.shape[2] :] = self.wx[:, :, chosen]
            return columns

        # The largest array of a fit: it is demeaned in place and made anew only to be looked at.
        columns = raw()
        sizes = column_sizes(columns.reshape(-1, len(names)))
        z = self._demean(columns, effects)
        if not all_clear(sizes, z) and (
            reasons := refused_regressors(raw().reshape(z.shape), z, names, effects)
        ):
            raise AbsorbedRegressorError(reasons)
        return z, names

    def freedom(self, effects: Effects, leeyu: bool) -> tuple[int, int, bool]:
        """Observations and log-determinants that count, and whether 1 - rho is divided out."""
        n, t = self.n_units, self.n_periods
        if not leeyu or effects == "pooling":
            return n * t, t, False
        units = n - 1 if effects in ("time", "twoways") else n
        periods = t - 1 if effects in ("individual", "twoways") else t
        return units * periods, periods, effects in ("time", "twoways")

    def log_determinant(self, rho: float | FloatArray, reduced: bool) -> Any:
        """ln|I - rho W|, less ln(1 - rho) where the common factor is transformed away."""
        at = np.atleast_1d(np.asarray(rho, dtype=np.float64))
        values = np.concatenate([
            np.log(np.abs(1 - np.multiply.outer(at[start : start + _PIECE], self.eigenvalues)))
            .sum(axis=-1)
            for start in range(0, len(at), _PIECE)
        ]).reshape(np.shape(rho))  # fmt: skip
        return values - np.log1p(-np.asarray(rho)) if reduced else values

    def trace_g(self, rho: float, reduced: bool) -> float:
        """Trace of G = W (I - rho W)^-1."""
        trace = float((self.eigenvalues / (1 - rho * self.eigenvalues)).real.sum())
        return trace - 1 / (1 - rho) if reduced else trace

    def inverse(self, rho: float) -> FloatArray:
        """(I - rho W)^-1, shape (N, N); the last one is kept."""
        if self._inverse is None or self._inverse[0] != rho:
            matrix = np.linalg.inv(np.eye(self.n_units) - rho * self.matrix)
            self._inverse = (rho, cast("FloatArray", matrix))
        return self._inverse[1]


def fit_spatial(
    frame: Frame,
    y: str,
    x: Sequence[str] | str,
    *,
    entity: str,
    time: str | None,
    W: ArrayLike | Any,
    ids: Sequence[Any] | None = None,
    model: Model = "sdm",
    effects: Effects | None = None,
    leeyu: bool = False,
    information: Information = "oim",
    durbin: Sequence[str] | None = None,
    draws: int = 1000,
    seed: int = 0,
    allow_islands: bool = False,
) -> SpatialFit:
    r"""Fit a spatial panel model (空间面板模型) by concentrated maximum likelihood.

    .. math::
        y_t = \rho W y_t + X_t\beta + W X_t\theta + \mu + \lambda_t 1 + e_t

    ``sar`` has no :math:`\theta`, ``slx`` no :math:`\rho`, ``ols`` neither, and ``sem`` is
    :math:`y_t = X_t\beta + \mu + \lambda_t 1 + u_t,\ u_t = \lambda W u_t + e_t`.

    Parameters
    ----------
    frame : polars or pandas DataFrame, one row per unit and period, balanced, no missing value
    y : str
        Column of the outcome.
    x : sequence of str
        Columns of the regressors.
    entity, time : str
        Key columns; ``time=None`` for a single cross-section.
    W : SpatialWeights, array_like or scipy sparse, shape (N, N)
        Weights with a zero diagonal, used as given. Row sums of one are expected; other weights are
        flagged in ``warnings`` and refused where the method needs them (Lee-Yu with periods).
    ids : sequence, length N, optional
        Units in the order of the rows of W; by default what W says of itself, else the sorted unit
        keys.
    model : {"sdm", "sar", "sem", "slx", "ols"}
    effects : {"individual", "time", "twoways", "pooling"}
        By default unit effects, and an intercept (``pooling``) in a single cross-section.
    leeyu : bool
        Likelihood of the orthonormally transformed data (Lee and Yu 2010): N(T-1) observations
        under unit effects, (N-1)(T-1) and ``ln|I-rho W| - ln(1-rho)`` under both. Needed in two-way
        models with dense weights.
    information : {"oim", "expected", "cluster"}
        Covariance of ``std_error`` and of the simulated effects: minus the inverse Hessian (Stata),
        the inverse expected information (Elhorst, spatialreg), or the sandwich over units with the
        factor N/(N-1).
    durbin : sequence of str, optional
        Regressors that get a spatial lag; all by default.
    draws, seed : int
        Simulated draws of the effects (PCG64); 0 draws skips them.
    allow_islands : bool
        Accept units without neighbour.

    Returns
    -------
    SpatialFit

    Raises
    ------
    AnalysisError
        If columns, ids or options do not fit, a value is missing or the panel is not balanced.
    AbsorbedRegressorError
        If a regressor (or its lag) is absorbed by the effects or collinear; all are named.
    SpatialWeightsError
        If W has a diagonal, a negative weight or an island, or no row sums of one where needed.

    Notes
    -----
    A unit-effects model in whose data years have common shocks measures the common trend in rho
    with dense weights; the two-way model with ``leeyu=True`` does not.
    """
    panel = SpatialPanel(
        frame, y, x, entity=entity, time=time, W=W, ids=ids, durbin=durbin,
        allow_islands=allow_islands,
    )  # fmt: skip
    if effects is None:
        effects = "individual" if panel.n_periods > 1 else "pooling"
    return fit_prepared(
        panel, model=model, effects=effects, leeyu=leeyu, information=information, draws=draws,
        seed=seed,
    )  # fmt: skip


def fit_prepared(
    panel: SpatialPanel,
    *,
    model: Model = "sdm",
    effects: Effects = "individual",
    leeyu: bool = False,
    information: Information = "oim",
    draws: int = 1000,
    seed: int = 0,
) -> SpatialFit:
    """Fit one model on a prepared panel; see `fit_spatial`."""
    if model not in MODELS:
        raise AnalysisError(f"unknown model {model!r}; one of {', '.join(MODELS)}")
    if effects not in EFFECTS:
        raise AnalysisError(f"unknown effects {effects!r}; one of {', '.join(EFFECTS)}")
    if information not in INFORMATION:
        raise AnalysisError(f"unknown information {information!r}; one of {', '.join(INFORMATION)}")
    if draws < 0:
        raise AnalysisError(f"draws must not be negative, is {draws}")
    if effects in ("individual", "twoways") and panel.n_periods < 2:
        raise PanelTooSmallError("unit effects need at least 2 periods")
    if leeyu and effects == "pooling":
        raise AnalysisError("leeyu transforms fixed effects away; pooling has none")
    if leeyu and effects in ("time", "twoways") and not panel.is_row_standardised:
        raise SpatialWeightsError("Lee-Yu with period effects needs weights whose rows sum to one")

    z, names = panel.design(effects, lags=model in ("sdm", "slx"))
    n_effective, n_determinants, reduced = panel.freedom(effects, leeyu)
    if n_effective <= z.shape[1] + 1:
        raise PanelTooSmallError(f"{n_effective} observations for {z.shape[1]} coefficients")
    y = panel.within(panel.y, effects)
    if float(y @ y) <= ABSORBED**2 * float((panel.y**2).sum()):
        raise NoVariationError(f"{panel.outcome} does not vary once the effects are removed")
    likelihood = _Likelihood(
        panel, effects, reduced=reduced, n=n_effective, t=n_determinants, z=z, y=y
    )
    if model in ("sar", "sdm"):
        estimate = likelihood.lag()
    elif model == "sem":
        estimate = likelihood.error()
    else:
        estimate = likelihood.least_squares()

    terms = tuple(names) if estimate.name is None else (*names, estimate.name)
    coef = np.append(estimate.beta, estimate.parameter) if estimate.name else estimate.beta
    k = len(terms)
    chosen = estimate.covariances[information][:k, :k]
    se = np.sqrt(np.diagonal(chosen))
    z_stat = coef / se
    effects_of, redrawn = _effects(panel, names, model, coef, chosen, draws=draws, seed=seed)
    return SpatialFit(
        model=model,
        effects=effects,
        leeyu=leeyu,
        information=information,
        outcome=panel.outcome,
        regressors=panel.regressors,
        terms=terms,
        coef=tuple(coef.tolist()),
        std_error=tuple(se.tolist()),
        z_stat=tuple(z_stat.tolist()),
        p_value=tuple(two_sided_normal(value) for value in z_stat.tolist()),
        covariances={kind: matrix[:k, :k] for kind, matrix in estimate.covariances.items()},
        spatial_interval=panel.interval,
        sigma2=estimate.sigma2,
        log_likelihood=estimate.log_likelihood,
        n_units=panel.n_units,
        n_periods=panel.n_periods,
        n_obs=panel.n_units * panel.n_periods,
        n_effective=n_effective,
        direct=effects_of["direct"],
        indirect=effects_of["indirect"],
        total=effects_of["total"],
        mean_diagonal=(
            float((1 / (1 - estimate.parameter * panel.eigenvalues)).real.mean()) - 1.0
            if model in ("sar", "sdm")
            else 0.0
        ),
        **_r_squared(panel, effects, model, names, estimate),
        n_draws=draws if effects_of["direct"] else 0,
        n_redrawn=redrawn,
        seed=seed,
        warnings=_warnings(panel, effects, leeyu, model),
    )


@dataclass(frozen=True, slots=True)
class _Estimate:
    name: str | None
    parameter: float
    beta: FloatArray
    sigma2: float
    log_likelihood: float
    residual: FloatArray
    covariances: Mapping[str, FloatArray]


class _Likelihood:
    """Gaussian likelihood of one panel under one set of effects."""

    def __init__(
        self,
        panel: SpatialPanel,
        effects: Effects,
        *,
        reduced: bool,
        n: int,
        t: int,
        z: FloatArray,
        y: FloatArray,
    ) -> None:
        self.panel, self.effects, self.reduced = panel, effects, reduced
        self.n, self.t, self.z, self.y = n, t, z, y
        self.cross = z.T @ z

    def value(self, ssr: float, log_determinant: float) -> float:
        return float(
            -self.n / 2 * (math.log(2 * math.pi * ssr / self.n) + 1) + self.t * log_determinant
        )

    def least_squares(self) -> _Estimate:
        beta: FloatArray = np.linalg.solve(self.cross, self.z.T @ self.y).astype(np.float64)
        e = self.y - self.z @ beta
        sigma2 = float(e @ e) / self.n
        k = len(beta)
        information = np.zeros((k + 1, k + 1))
        information[:k, :k] = self.cross / sigma2
        information[k, k] = self.n / (2 * sigma2**2)
        scores = self._scores((self.z,), e, sigma2, None)
        return _Estimate(
            None, 0.0, beta, sigma2, self.value(float(e @ e), 0.0), e,
            _covariances(information, information, scores),
        )  # fmt: skip

    def lag(self) -> _Estimate:
        """SAR or SDM, by whether lags stand in the design."""
        panel, z = self.panel, self.z
        wy = panel.within(panel.wy, self.effects)
        both = np.column_stack([self.y, wy])
        betas = np.linalg.solve(self.cross, z.T @ both)
        residuals = both - z @ betas
        products = residuals.T @ residuals

        def ssr(rho: Any) -> Any:
            return products[0, 0] - 2 * rho * products[0, 1] + rho * rho * products[1, 1]

        def score(rho: float) -> float:
            slope = products[0, 1] - rho * products[1, 1]
            return float(self.n * slope / ssr(rho) - self.t * panel.trace_g(rho, self.reduced))

        def profile(rho: FloatArray) -> FloatArray:
            return np.asarray(
                -self.n / 2 * np.log(ssr(rho)) + self.t * panel.log_determinant(rho, self.reduced)
            )

        rho = _maximise(profile, score, panel.interval)
        beta = betas[:, 0] - rho * betas[:, 1]
        e = residuals[:, 0] - rho * residuals[:, 1]
        sigma2 = float(e @ e) / self.n
        k = len(beta)

        inverse = panel.inverse(rho)
        g = panel.matrix @ inverse
        trace_g, trace_gg, trace_gtg = self._traces(g, rho)
        # G times the part of the outcome that regressors explain, effects removed.
        explained = (z @ beta).reshape(panel.n_periods, panel.n_units)
        ahead = panel.within(explained @ g.T, self.effects)
        expected = np.zeros((k + 2, k + 2))
        expected[:k, :k] = self.cross / sigma2
        expected[:k, k] = expected[k, :k] = z.T @ ahead / sigma2
        expected[k, k] = self.t * (trace_gg + trace_gtg) + float(ahead @ ahead) / sigma2
        expected[k, k + 1] = expected[k + 1, k] = self.t * trace_g / sigma2
        expected[k + 1, k + 1] = self.n / (2 * sigma2**2)
        observed = np.zeros((k + 2, k + 2))
        observed[:k, :k] = self.cross / sigma2
        observed[:k, k] = observed[k, :k] = z.T @ wy / sigma2
        observed[k, k] = self.t * trace_gg + float(wy @ wy) / sigma2
        observed[k, k + 1] = observed[k + 1, k] = float(wy @ e) / sigma2**2
        observed[k + 1, k + 1] = self.n / (2 * sigma2**2)
        scores = self._scores((z, wy[:, None]), e, sigma2, trace_g)
        return _Estimate(
            "rho", rho, beta, sigma2,
            self.value(float(e @ e), float(panel.log_determinant(rho, self.reduced))), e,
            _covariances(expected, observed, scores),
        )  # fmt: skip

    def error(self) -> _Estimate:
        panel, z = self.panel, self.z
        wy = panel.within(panel.wy, self.effects)
        k = z.shape[1]
        # Effects and W commute only for row sums of one: the lag is formed before demeaning.
        raw = panel.wx
        if self.effects == "pooling":
            ones = np.broadcast_to(panel.matrix.sum(axis=1)[None, :, None], (*raw.shape[:2], 1))
            raw = np.concatenate([ones, raw], axis=2)
        wz = panel.within(raw, self.effects)
        here = np.column_stack([self.y, z])
        lagged = np.column_stack([wy, wz])
        m0, m1, m2 = here.T @ here, here.T @ lagged, lagged.T @ lagged
        m1 = m1 + m1.T

        def coefficients(value: float) -> tuple[FloatArray, float]:
            moments = m0 - value * m1 + value * value * m2
            beta = np.linalg.solve(moments[1:, 1:], moments[1:, 0]).astype(np.float64)
            return beta, float(moments[0, 0] - moments[0, 1:] @ beta)

        def score(value: float) -> float:
            beta, ssr = coefficients(value)
            contrast = np.append(1.0, -beta)
            slope = float(contrast @ (m1 / 2 - value * m2) @ contrast)
            return self.n * slope / ssr - self.t * panel.trace_g(value, self.reduced)

        def profile(values: FloatArray) -> FloatArray:
            squares = np.array([coefficients(value)[1] for value in values.tolist()])
            return np.asarray(
                -self.n / 2 * np.log(squares) + self.t * panel.log_determinant(values, self.reduced)
            )

        value = _maximise(profile, score, panel.interval)
        beta, _ = coefficients(value)
        filtered = z - value * wz
        wu = wy - wz @ beta
        e = (self.y - value * wy) - filtered @ beta
        sigma2 = float(e @ e) / self.n
        g = panel.matrix @ panel.inverse(value)
        trace_g, trace_gg, trace_gtg = self._traces(g, value)
        expected = np.zeros((k + 2, k + 2))
        expected[:k, :k] = filtered.T @ filtered / sigma2
        expected[k, k] = self.t * (trace_gg + trace_gtg)
        expected[k, k + 1] = expected[k + 1, k] = self.t * trace_g / sigma2
        expected[k + 1, k + 1] = self.n / (2 * sigma2**2)
        observed = expected.copy()
        observed[:k, k] = observed[k, :k] = (wz.T @ e + filtered.T @ wu) / sigma2
        observed[k, k] = self.t * trace_gg + float(wu @ wu) / sigma2
        observed[k, k + 1] = observed[k + 1, k] = float(wu @ e) / sigma2**2
        scores = self._scores((filtered, wu[:, None]), e, sigma2, trace_g)
        return _Estimate(
            "lambda", value, beta, sigma2,
            self.value(float(e @ e), float(panel.log_determinant(value, self.reduced))), e,
            _covariances(expected, observed, scores),
        )  # fmt: skip

    def _traces(self, g: FloatArray, rho: float) -> tuple[float, float, float]:
        """Traces of G, GG and G'G, of the transformed matrix where a factor is divided out."""
        trace_g = self.panel.trace_g(rho, self.reduced)
        trace_gg = float((g * g.T).sum())
        trace_gtg = float((g * g).sum())
        if self.reduced:
            trace_gg -= 1 / (1 - rho) ** 2
            trace_gtg -= float((g.sum(axis=0) ** 2).sum()) / self.panel.n_units
        return trace_g, trace_gg, trace_gtg

    def _scores(
        self, slopes: Sequence[FloatArray], e: FloatArray, sigma2: float, trace_g: float | None
    ) -> FloatArray:
        """Scores of each unit, summed over periods, shape (N, parameters)."""
        shape = (self.panel.n_periods, self.panel.n_units)
        by_unit = np.concatenate(
            [
                np.einsum("tnk,tn->nk", block.reshape(*shape, -1), e.reshape(shape)) / sigma2
                for block in slopes
            ],
            axis=1,
        )
        if trace_g is not None:
            by_unit[:, -1] -= self.t * trace_g / self.panel.n_units
        of_variance = (e.reshape(shape) ** 2).sum(axis=0) / (2 * sigma2**2) - self.n / (
            2 * sigma2 * self.panel.n_units
        )
        return np.column_stack([by_unit, of_variance])


def _covariances(
    expected: FloatArray, observed: FloatArray, scores: FloatArray
) -> dict[str, FloatArray]:
    inverse = _inverse(observed)
    units = scores.shape[0]
    middle = scores.T @ scores * (units / (units - 1))
    return {
        "expected": _inverse(expected),
        "oim": inverse,
        "cluster": inverse @ middle @ inverse,
    }


def _inverse(information: FloatArray) -> FloatArray:
    """Inverse after scaling to a unit diagonal: parameters differ by orders of magnitude."""
    scale = 1 / np.sqrt(np.diagonal(information))
    scaled = information * np.outer(scale, scale)
    return np.asarray(np.linalg.inv(scaled) * np.outer(scale, scale), dtype=np.float64)


def _maximise(profile: Any, score: Any, interval: tuple[float, float]) -> float:
    """Highest root of the score: a coarse look finds the hill, root-finding its top."""
    from scipy.optimize import brentq  # type: ignore[import-untyped]

    low, high = (max(interval[0], -1e3), min(interval[1], 1e3))
    margin = 1e-9 * (high - low)
    # Cosine spacing: the likelihood may be steep near the ends.
    points = (low + high) / 2 + (high - low - 2 * margin) / 2 * np.cos(
        np.linspace(np.pi, 0.0, _GRID)
    )
    values = profile(points)
    best = int(np.nanargmax(values))
    left, right = float(points[max(best - 1, 0)]), float(points[min(best + 1, _GRID - 1)])
    if not score(left) > 0 > score(right):
        raise AnalysisError(
            f"the likelihood has no interior maximum: it still rises at {points[best]:.6g}, "
            f"admissible are values between {interval[0]:.6g} and {interval[1]:.6g}"
        )
    return float(brentq(score, left, right, xtol=1e-14, rtol=8.9e-16, maxiter=200))


def _effects(
    panel: SpatialPanel,
    names: Sequence[str],
    model: Model,
    coef: FloatArray,
    covariance: FloatArray,
    *,
    draws: int,
    seed: int,
) -> tuple[dict[str, dict[str, Effect]], int]:
    """LeSage-Pace effects with delta and simulated standard errors, by regressor."""
    empty: dict[str, dict[str, Effect]] = {"direct": {}, "indirect": {}, "total": {}}
    if model not in ("sar", "sdm", "slx"):
        return empty, 0
    k = len(names)
    own = [names.index(name) for name in panel.regressors]
    lag = [names.index(f"W_{name}") if f"W_{name}" in names else -1 for name in panel.regressors]
    has_rho = model != "slx"
    rho = float(coef[k]) if has_rho else 0.0

    def parts(beta: FloatArray, rho_values: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Direct and total effects of draws (m, k) at rho (m,): two arrays (m, regressors)."""
        s, sw, row, row_w = _multipliers(panel, rho_values)
        b = beta[:, own]
        theta = np.where(np.array(lag) >= 0, beta[:, lag], 0.0)
        return (
            b * s[:, None] + theta * sw[:, None],
            b * row[:, None] + theta * row_w[:, None],
        )

    beta = coef[None, :k]
    direct, total = (values[0] for values in parts(beta, np.array([rho])))

    # Exact derivatives: linear in the slopes, in rho through S W S and S W S W.
    s, sw, row, row_w = (float(value[0]) for value in _multipliers(panel, np.array([rho])))
    gradients = np.zeros((2, len(own), len(coef)))
    for position, (at, lagged) in enumerate(zip(own, lag, strict=True)):
        gradients[:, position, at] = (s, row)
        if lagged >= 0:
            gradients[:, position, lagged] = (sw, row_w)
    if has_rho:
        s1, sw1, row1, row_w1 = _multiplier_slopes(panel, rho)
        b = coef[own]
        theta = np.array([coef[lagged] if lagged >= 0 else 0.0 for lagged in lag])
        gradients[0, :, k] = b * s1 + theta * sw1
        gradients[1, :, k] = b * row1 + theta * row_w1

    def spread(gradient: FloatArray) -> FloatArray:
        return np.sqrt(np.einsum("ij,jk,ik->i", gradient, covariance, gradient))

    delta = {
        "direct": spread(gradients[0]),
        "total": spread(gradients[1]),
        "indirect": spread(gradients[1] - gradients[0]),
    }
    estimates = {"direct": direct, "total": total, "indirect": total - direct}
    means: dict[str, FloatArray] = {}
    spreads: dict[str, FloatArray] = {}
    redrawn = 0
    if draws:
        drawn, redrawn = _draw(coef, covariance, draws, seed, panel.interval if has_rho else None)
        d, t = parts(drawn[:, :k], drawn[:, k] if has_rho else np.zeros(draws))
        for name, values in {"direct": d, "total": t, "indirect": t - d}.items():
            means[name] = values.mean(axis=0)
            spreads[name] = values.std(axis=0, ddof=1) if draws > 1 else np.full(len(own), np.nan)
    result = empty
    for part, values in estimates.items():
        for position, name in enumerate(panel.regressors):
            mean = float(means[part][position]) if draws else math.nan
            sd = float(spreads[part][position]) if draws else math.nan
            statistic = mean / sd if draws > 1 else float(values[position] / delta[part][position])
            result[part][name] = Effect(
                estimate=float(values[position]),
                se_delta=float(delta[part][position]),
                mc_mean=mean,
                mc_sd=sd,
                z=statistic,
                p_value=two_sided_normal(statistic),
            )
    return result, redrawn


def _multipliers(
    panel: SpatialPanel, rho: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Means of diag(S), diag(SW), row sums of S and of SW for every rho; each shape (m,)."""
    w = panel.eigenvalues
    even = np.full(panel.n_units, 1 / panel.n_units)
    s, sw = _spectral_sums(rho, w, even)
    if panel.is_row_standardised:
        row = 1 / (1 - rho)
        return s, sw, row, row
    values, left, right = _row_sum_modes(panel)
    return s, sw, *_spectral_sums(rho, values, left * right / panel.n_units)


def _spectral_sums(rho: FloatArray, values: Any, weight: Any) -> tuple[FloatArray, FloatArray]:
    """Weighted sums of 1/(1 - rho w) and w/(1 - rho w) over eigenvalues w, for every rho.

    In pieces: a thousand draws at hundreds of units would hold the most memory of a whole fit.
    """
    both = np.column_stack([weight, weight * values])
    sums = np.empty((len(rho), 2))
    for start in range(0, len(rho), _PIECE):
        piece = rho[start : start + _PIECE]
        sums[start : start + _PIECE] = (1 / (1 - np.multiply.outer(piece, values)) @ both).real
    return sums[:, 0], sums[:, 1]


def _multiplier_slopes(panel: SpatialPanel, rho: float) -> tuple[float, float, float, float]:
    """Derivatives of `_multipliers` with respect to rho."""
    w = panel.eigenvalues
    square = 1 / (1 - rho * w) ** 2
    s, sw = float((square * w).real.mean()), float((square * w * w).real.mean())
    if panel.is_row_standardised:
        row = 1 / (1 - rho) ** 2
        return s, sw, row, row
    inverse = panel.inverse(rho)
    ones = np.ones(panel.n_units)
    once = inverse @ (panel.matrix @ (inverse @ ones))
    twice = inverse @ (panel.matrix @ (inverse @ (panel.matrix @ ones)))
    return s, sw, float(once.mean()), float(twice.mean())


def _row_sum_modes(
    panel: SpatialPanel,
) -> tuple[NDArray[np.complex128], NDArray[np.complex128], NDArray[np.complex128]]:
    """Eigenvalues of W with 1'V and V^-1 1, so that 1'f(W)1 is a sum for every rho."""
    values, vectors = np.linalg.eig(panel.matrix)
    ones = np.ones(panel.n_units)
    return (
        values.astype(np.complex128),
        (ones @ vectors).astype(np.complex128),
        np.linalg.solve(vectors, ones).astype(np.complex128),
    )


def _draw(
    coef: FloatArray,
    covariance: FloatArray,
    draws: int,
    seed: int,
    interval: tuple[float, float] | None,
) -> tuple[FloatArray, int]:
    """Normal draws around the estimate; rho outside its interval is drawn again and counted."""
    scale = np.sqrt(np.diagonal(covariance))
    values, vectors = np.linalg.eigh(covariance / np.outer(scale, scale))
    # The symmetric root: signs of eigenvectors differ between processors, it does not.
    symmetric = (vectors * np.sqrt(np.clip(values, 0.0, None))) @ vectors.T
    root = scale[:, None] * symmetric
    generator = np.random.default_rng(seed)
    drawn = coef + generator.standard_normal((draws, len(coef))) @ root.T
    redrawn = 0
    if interval is not None:
        while (bad := (drawn[:, -1] <= interval[0]) | (drawn[:, -1] >= interval[1])).any():
            count = int(bad.sum())
            redrawn += count
            if redrawn > 100 * draws:
                raise AnalysisError(
                    "effects cannot be simulated: rho lies at the end of its interval"
                )
            drawn[bad] = coef + generator.standard_normal((count, len(coef))) @ root.T
    return drawn, redrawn


def _r_squared(
    panel: SpatialPanel,
    effects: Effects,
    model: Model,
    names: Sequence[str],
    estimate: _Estimate,
) -> dict[str, float]:
    slopes = np.array([estimate.beta[names.index(name)] for name in panel.regressors])
    systematic = panel.x @ slopes
    for name in panel.durbin:
        if f"W_{name}" in names:
            at = panel.regressors.index(name)
            systematic = systematic + panel.wx[:, :, at] * estimate.beta[names.index(f"W_{name}")]
    if model in ("sar", "sdm"):
        systematic = systematic @ panel.inverse(estimate.parameter).T
    centred = panel.y - panel.y.mean()
    if model == "sem":
        fitted = panel.within(systematic, effects)
        y = panel.within(panel.y, effects)
        residual = y - y.mean() - (fitted - fitted.mean())
    else:
        residual = estimate.residual
    demeaned = panel.within(panel.y, effects), panel.within(systematic, effects)
    return {
        "r2_fit": 1 - float(residual @ residual) / float((centred**2).sum()),
        "r2_reduced_form": _squared_correlation(*demeaned),
        "r2_within": _squared_correlation(
            panel.within(panel.y, "individual"), panel.within(systematic, "individual")
        ),
        "r2_between": _squared_correlation(panel.y.mean(axis=0), systematic.mean(axis=0)),
        "r2_overall": _squared_correlation(panel.y.ravel(), systematic.ravel()),
    }


def _squared_correlation(left: FloatArray, right: FloatArray) -> float:
    a, b = left - left.mean(), right - right.mean()
    norm = float(a @ a) * float(b @ b)
    return float(a @ b) ** 2 / norm if norm > 0 else math.nan


def _warnings(panel: SpatialPanel, effects: Effects, leeyu: bool, model: Model) -> tuple[str, ...]:
    notes = list(panel.warnings)
    if model in ("sar", "sdm") and effects == "individual" and panel.n_periods > 1:
        notes.append(
            "unit effects only: where years have common shocks, rho measures the common trend; "
            "the two-way model with Lee-Yu stands beside it"
        )
    if model in ("sar", "sdm", "sem") and effects in ("twoways", "time") and not leeyu:
        notes.append(
            "period effects without the Lee-Yu transformation: rho and the coefficients are biased "
            "with dense weights"
        )
    return tuple(notes)


def wald_test(
    fit: SpatialFit, against: Literal["sar", "sem"], information: Information | None = None
) -> ChiSquare:
    r"""Wald test of a Durbin model against its special cases.

    Against ``sar``: :math:`\theta = 0`; against ``sem``: the common factors
    :math:`\theta + \rho\beta = 0` (delta method). With ``information="cluster"`` it is valid for
    errors that are correlated within units.

    Raises
    ------
    AnalysisError
        If the model is not a Durbin model.
    """
    if fit.model != "sdm":
        raise AnalysisError(f"Wald tests need a Durbin model, this is {fit.model}")
    covariance = fit.covariances[information or fit.information]
    coef = np.array(fit.coef)
    lags = [i for i, term in enumerate(fit.terms) if term.startswith("W_")]
    own = [fit.terms.index(fit.terms[i][2:]) for i in lags]
    restriction = np.zeros((len(lags), len(coef)))
    value = coef[lags].copy()
    restriction[np.arange(len(lags)), lags] = 1.0
    if against == "sem":
        rho = coef[-1]
        value += rho * coef[own]
        restriction[np.arange(len(lags)), own] = rho
        restriction[:, -1] = coef[own]
    statistic = value @ np.linalg.solve(restriction @ covariance @ restriction.T, value)
    return chi_square(float(statistic), len(lags))


def _aligned(
    table: pl.DataFrame,
    entity: str,
    time: str | None,
    W: Any,
    ids: Sequence[Any] | None,
    *,
    allow_islands: bool,
) -> tuple[tuple[Any, ...], tuple[Any, ...], FloatArray, tuple[str, ...]]:
    """Units, periods, and W in the order of the units; refuse what does not fit."""
    matrix, own = read_weights(W, ids)
    units = table[entity].unique().sort().to_list()
    periods = [None] if time is None else table[time].unique().sort().to_list()
    if own is not None:
        order = own
        by_text = {str(unit): unit for unit in units}
        if set(order) != set(units) and {str(unit) for unit in order} == set(by_text):
            # Headers of files are text where units are numbers.
            order = [by_text[str(unit)] for unit in order]
        if absent := sorted(set(units) - set(order), key=str):
            raise SpatialWeightsError(f"units without weights: {absent[:5]}")
        if extra := sorted(set(order) - set(units), key=str):
            raise SpatialWeightsError(
                f"weights hold units that the frame lacks: {extra[:5]}; cut them out and "
                "standardise again"
            )
        units = order
    elif matrix.shape[0] != len(units):
        raise SpatialWeightsError(
            f"{len(units)} units for weights of shape {matrix.shape}; give ids"
        )
    if table.height != len(units) * len(periods):
        raise AnalysisError(
            f"the panel is not balanced: {table.height} rows for {len(units)} units and "
            f"{len(periods)} periods"
        )
    return tuple(units), tuple(periods), matrix, check_weights(matrix, units, allow_islands)


def check_weights(
    matrix: FloatArray, ids: Sequence[Any], allow_islands: bool = False
) -> tuple[str, ...]:
    """Refuse weights that no model can use; say what a reader has to know about the others.

    Raises
    ------
    SpatialWeightsError
        If a weight is missing, infinite or negative, the diagonal is not zero, or a unit has no
        neighbour and islands are not allowed.
    """
    from scipy.sparse.csgraph import connected_components  # type: ignore[import-untyped]

    if not np.isfinite(matrix).all():
        raise SpatialWeightsError("weights hold a missing or infinite value")
    if np.diagonal(matrix).any():
        raise SpatialWeightsError("weights have a diagonal that is not zero")
    if (matrix < 0).any():
        raise SpatialWeightsError("weights hold a negative value")
    notes = []
    islands = np.flatnonzero(~matrix.any(axis=1))
    if islands.size:
        named = [ids[position] for position in islands[:5].tolist()]
        if not allow_islands:
            raise SpatialWeightsError(f"{islands.size} units without neighbour: {named}")
        notes.append(f"{islands.size} units without neighbour: {named}")
    sums = matrix.sum(axis=1)
    if np.abs(sums[sums > 0] - 1.0).max(initial=0.0) > _ROW_SUM:
        notes.append(
            f"weights are not row-standardised (row sums {sums.min():.4g} to {sums.max():.4g}): "
            "total effects are not (beta + theta) / (1 - rho)"
        )
    parts = int(connected_components(matrix > 0, directed=False, return_labels=False))
    if parts > 1 + islands.size:
        notes.append(f"weights fall into {parts} parts without any link between them")
    return tuple(notes)


def _similar_symmetric(matrix: FloatArray) -> FloatArray | None:
    """Return D^1/2 W D^-1/2 when W = D^-1 C with a symmetric C, whose eigenvalues are real."""
    if np.allclose(matrix, matrix.T, rtol=1e-12, atol=0.0):
        return matrix
    # W_ij / W_ji = d_j / d_i: take d from a walk along the strongest links.
    n = matrix.shape[0]
    scale = np.full(n, np.nan)
    scale[0] = 1.0
    waiting = [0]
    while waiting:
        i = waiting.pop()
        for j in np.flatnonzero((matrix[i] > 0) & np.isnan(scale)).tolist():
            if matrix[j, i] <= 0:
                return None
            scale[j] = scale[i] * matrix[i, j] / matrix[j, i]
            waiting.append(j)
    if np.isnan(scale).any():
        return None
    root = np.sqrt(scale)
    symmetric = matrix * root[:, None] / root[None, :]
    if not np.allclose(symmetric, symmetric.T, rtol=1e-8, atol=1e-14):
        return None
    return cast("FloatArray", (symmetric + symmetric.T) / 2)
