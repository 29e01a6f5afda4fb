"""Second implementations for tests: slow, dense and plain, sharing no code with the package.

Fixed effects are columns of dummies, transformations are orthonormal bases, determinants and
inverses are those of dense matrices.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class DummyFit:
    """Least squares with one dummy per unit and period; errors clustered by unit."""

    coef: np.ndarray
    std_error: np.ndarray


def dummy_least_squares(
    y: np.ndarray, x: np.ndarray, units: np.ndarray, periods: np.ndarray
) -> DummyFit:
    """Fit ``y`` (n,) on ``x`` (n, k) and all dummies; small-sample factor of reghdfe.

    The factor counts regressors and periods, not units, which are nested in the clusters.
    """
    scale = x.std(axis=0)
    unit_dummies = (units[:, None] == np.unique(units)[None, :]).astype(float)
    period_dummies = (periods[:, None] == np.unique(periods)[None, 1:]).astype(float)
    design = np.hstack([x / scale, unit_dummies, period_dummies])
    coef, *_ = np.linalg.lstsq(design, y, rcond=None)
    residual = y - design @ coef
    bread = np.linalg.inv(design.T @ design)
    groups = np.unique(units)
    meat = np.zeros_like(bread)
    for group in groups:
        score = design[units == group].T @ residual[units == group]
        meat += np.outer(score, score)
    n, k = len(y), x.shape[1] + len(np.unique(periods))
    factor = (n - 1) / (n - k) * len(groups) / (len(groups) - 1)
    variance = np.diagonal(factor * bread @ meat @ bread)[: x.shape[1]]
    return DummyFit(coef[: x.shape[1]] / scale, np.sqrt(variance) / scale)


class OneRegressor:
    """Clustered t statistic of one more regressor in a balanced two-way model, many times over.

    Everything else is taken out once (Frisch and Waugh); cities are the clusters.

    Parameters
    ----------
    y : ndarray, shape (N, T)
    others : ndarray, shape (N, T, k)
    """

    def __init__(self, y: np.ndarray, others: np.ndarray) -> None:
        self.shape = y.shape
        self._factor_k = others.shape[2] + 1 + y.shape[1]
        rest = self._within(others)
        self._basis, _ = np.linalg.qr(rest / rest.std(axis=0))
        self._y = self._free(y)

    def _within(self, values: np.ndarray) -> np.ndarray:
        values = values - values.mean(axis=0, keepdims=True)
        values = values - values.mean(axis=1, keepdims=True)
        return values.reshape(self.shape[0] * self.shape[1], *values.shape[2:])

    def _free(self, values: np.ndarray) -> np.ndarray:
        within = self._within(values)
        return within - self._basis @ (self._basis.T @ within)

    def t_statistic(self, x: np.ndarray) -> float:
        """Return the statistic of ``x`` (N, T), reghdfe's small-sample factor."""
        free = self._free(x)
        length = float(free @ free)
        coef = float(free @ self._y) / length
        scores = (free * (self._y - coef * free)).reshape(self.shape).sum(axis=1)
        n, clusters = self._y.size, self.shape[0]
        factor = (n - 1) / (n - self._factor_k) * clusters / (clusters - 1)
        return coef * length / np.sqrt(factor * float(scores @ scores))


@dataclass(frozen=True)
class DenseSpatialFit:
    """A spatial Durbin model; slopes are regressors first, then their lags."""

    rho: float
    slopes: np.ndarray
    se_rho: float
    se_slopes: np.ndarray
    log_likelihood: float
    direct: np.ndarray
    total: np.ndarray


def _basis(n: int) -> np.ndarray:
    """Orthonormal basis, shape (n, n - 1), of what is orthogonal to the vector of ones."""
    helmert = np.zeros((n, n - 1))
    for k in range(1, n):
        helmert[:k, k - 1] = 1.0
        helmert[k, k - 1] = -float(k)
        helmert[:, k - 1] /= np.sqrt(k * (k + 1))
    return helmert


def dense_durbin(
    y: np.ndarray, x: np.ndarray, w: np.ndarray, *, period_effects: bool
) -> DenseSpatialFit:
    """Maximum likelihood of the transformed data (Lee and Yu): unit effects, or both effects.

    Parameters
    ----------
    y : ndarray, shape (N, T)
    x : ndarray, shape (N, T, k)
    w : ndarray, shape (N, N)
        Rows sum to one.
    period_effects : bool
        Whether period effects are transformed away too.
    """
    from scipy.optimize import minimize_scalar

    n, t = y.shape
    over_time = _basis(t)
    across = _basis(n) if period_effects else np.eye(n)

    def transformed(values: np.ndarray) -> np.ndarray:
        return (across.T @ values @ over_time).ravel(order="F")

    weights = across.T @ w @ across
    columns = [x[:, :, k] for k in range(x.shape[2])]
    z = np.column_stack([transformed(v) for v in (*columns, *(w @ c for c in columns))])
    outcome, lagged = transformed(y), transformed(w @ y)
    scale = np.linalg.norm(z, axis=0)
    q, r = np.linalg.qr(z / scale)
    size, periods = len(outcome), t - 1

    def residual(rho: float) -> np.ndarray:
        value = outcome - rho * lagged
        return value - q @ (q.T @ value)

    def minus_log_likelihood(rho: float) -> float:
        e = residual(rho)
        sigma2 = float(e @ e) / size
        determinant = np.linalg.slogdet(np.eye(len(weights)) - rho * weights)[1]
        return size / 2 * (np.log(2 * np.pi * sigma2) + 1) - periods * float(determinant)

    found = minimize_scalar(
        minus_log_likelihood, bounds=(-0.99, 0.999), method="bounded", options={"xatol": 1e-10}
    )
    rho = float(found.x)
    step = 1e-4
    curvature = (
        minus_log_likelihood(rho + step)
        - 2 * minus_log_likelihood(rho)
        + minus_log_likelihood(rho - step)
    ) / step**2
    slope_lagged = np.linalg.solve(r, q.T @ lagged) / scale
    slopes = np.linalg.solve(r, q.T @ outcome) / scale - rho * slope_lagged
    e = residual(rho)
    inverse = np.linalg.inv(r)
    own = float(e @ e) / size * (inverse**2).sum(axis=1) / scale**2
    k = x.shape[2]
    multiplier = np.linalg.inv(np.eye(n) - rho * w)
    through = multiplier @ w
    beta, theta = slopes[:k], slopes[k:]
    return DenseSpatialFit(
        rho=rho,
        slopes=slopes,
        se_rho=float(curvature**-0.5),
        # at the maximum over the variance, slopes are independent of it
        se_slopes=np.sqrt(own + slope_lagged**2 / curvature),
        log_likelihood=-float(found.fun),
        direct=beta * np.trace(multiplier) / n + theta * np.trace(through) / n,
        total=beta * multiplier.sum() / n + theta * through.sum() / n,
    )
