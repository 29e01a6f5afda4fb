"""Moran's I, global and local."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from analysis.errors import AnalysisError, NoVariationError, SpatialWeightsError
from analysis.frames import FloatArray
from analysis.significance import two_sided_normal
from analysis.weights import read_weights

Quadrant = Literal["HH", "LH", "LL", "HL"]


@dataclass(frozen=True, slots=True)
class MoranResult:
    r"""Global Moran's I (莫兰指数) of one cross-section, and what its scatter plot shows.

    Attributes
    ----------
    statistic, expectation : float
        I and its mean -1/(n-1) without spatial dependence.
    variance_randomisation, variance_normality : float
    p_greater_*, p_two_sided_* : float
        One-sided (positive dependence) and two-sided normal p-values.
    p_permutation : float or None
        ``(1 + #{I* >= I}) / (1 + permutations)``; None without permutations.
    standardised, spatial_lag : tuple of float, length n
        z with mean 0 and standard deviation (n) 1, and W z: abscissa and ordinate of the scatter.
        Its least-squares slope is I when W is row-normalised.
    local : tuple of float, length n
        Local Moran :math:`I_i=z_i(Wz)_i/m_2`, :math:`m_2=\sum z^2/n` (spdep; esda and GeoDa print
        (n-1)/n of it).
    local_expectation_*, local_variance_* : tuple of float, length n
        Of each I_i: ``conditional`` on its own z (Sokal, Oden and Thomson 1998), and ``total`` over
        all permutations (Anselin 1995).
    local_p_permutation : tuple of float or None
        Folded pseudo p of every point, the others shuffled; None without permutations.
    quadrants : tuple of str, length n
        ``HH, LH, LL, HL`` by the signs of z and W z; zero counts as high.
    """

    n: int
    s0: float
    statistic: float
    expectation: float
    variance_randomisation: float
    variance_normality: float
    p_greater_randomisation: float
    p_greater_normality: float
    p_two_sided_randomisation: float
    p_two_sided_normality: float
    permutations: int
    seed: int
    p_permutation: float | None
    permutation_mean: float | None
    permutation_sd: float | None
    standardised: tuple[float, ...]
    spatial_lag: tuple[float, ...]
    local: tuple[float, ...]
    local_expectation_conditional: tuple[float, ...]
    local_variance_conditional: tuple[float, ...]
    local_expectation_total: tuple[float, ...]
    local_variance_total: tuple[float, ...]
    local_p_permutation: tuple[float, ...] | None
    quadrants: tuple[Quadrant, ...]

    def members(self, ids: Sequence[Any], *, level: float = 0.05) -> pl.DataFrame:
        """Points with quadrant and significance, one row per id in the order given.

        Columns ``id, z, lag, local_i, z_conditional, p_conditional, p_permutation, quadrant,
        is_significant`` (by the permutations when there are any, else conditionally normal).

        Raises
        ------
        AnalysisError
            If the number of ids is not n.
        """
        if len(ids) != self.n:
            raise AnalysisError(f"{len(ids)} ids for {self.n} points")
        score = self._local_scores(
            self.local_expectation_conditional, self.local_variance_conditional
        )
        p_normal = [two_sided_normal(value) for value in score]
        p = p_normal if self.local_p_permutation is None else list(self.local_p_permutation)
        return pl.DataFrame(
            {
                "id": list(ids),
                "z": self.standardised,
                "lag": self.spatial_lag,
                "local_i": self.local,
                "z_conditional": score,
                "p_conditional": p_normal,
                "p_permutation": ([None] * self.n if self.local_p_permutation is None else p),
                "quadrant": self.quadrants,
                "is_significant": [value <= level for value in p],
            },
            schema_overrides={"p_permutation": pl.Float64},
        )

    def _local_scores(self, expectation: Sequence[float], variance: Sequence[float]) -> list[float]:
        return [
            (value - mean) / spread**0.5 if spread > 0 else float("nan")
            for value, mean, spread in zip(self.local, expectation, variance, strict=True)
        ]

    def to_dict(self) -> dict[str, Any]:
        """Nested mapping with the usual symbols as keys (``n, S0, I, expectation, ...``)."""
        spread_r = float(np.sqrt(self.variance_randomisation))
        spread_n = float(np.sqrt(self.variance_normality))
        unit = float(np.sqrt((self.n - 1) / self.n))
        return {
            "n": self.n,
            "S0": self.s0,
            "I": self.statistic,
            "expectation": self.expectation,
            "variance_randomisation": self.variance_randomisation,
            "variance_normality": self.variance_normality,
            "z_randomisation": (self.statistic - self.expectation) / spread_r,
            "z_normality": (self.statistic - self.expectation) / spread_n,
            "p_greater_randomisation": self.p_greater_randomisation,
            "p_greater_normality": self.p_greater_normality,
            "p_two_sided_randomisation": self.p_two_sided_randomisation,
            "p_two_sided_normality": self.p_two_sided_normality,
            "permutation": {
                "nsim": self.permutations,
                "seed": self.seed,
                "p_pseudo": self.p_permutation,
                "mean": self.permutation_mean,
                "sd": self.permutation_sd,
            },
            "scatter_slope_z_on_wz": self.statistic * self.s0 / self.n,
            "local": {
                "Ii": list(self.local),
                "Ii_mlvar_FALSE": [value * (self.n - 1) / self.n for value in self.local],
                "EIi_conditional": list(self.local_expectation_conditional),
                "VarIi_conditional": list(self.local_variance_conditional),
                "Zi_conditional": self._local_scores(
                    self.local_expectation_conditional, self.local_variance_conditional
                ),
                "EIi_total": list(self.local_expectation_total),
                "VarIi_total": list(self.local_variance_total),
                "Zi_total": self._local_scores(
                    self.local_expectation_total, self.local_variance_total
                ),
                "p_permutation": (
                    None if self.local_p_permutation is None else list(self.local_p_permutation)
                ),
                "quadrant": list(self.quadrants),
                # R's scale() divides by n - 1.
                "z": [value * unit for value in self.standardised],
                "wz": [value * unit for value in self.spatial_lag],
            },
        }


def moran(
    values: ArrayLike | Any,
    W: ArrayLike | Any,
    *,
    ids: Sequence[Any] | None = None,
    permutations: int = 999,
    seed: int = 0,
) -> MoranResult:
    r"""Moran's I with analytic and, on request, permutation inference.

    .. math:: I = \frac{n}{S_0}\,\frac{z'Wz}{z'z},\qquad z = x-\bar x

    Parameters
    ----------
    values : array_like, shape (n,), n >= 4, or mapping of unit to value
        The variable, any unit; in the order of the weights unless it is a mapping.
    W : SpatialWeights, array_like or scipy sparse, shape (n, n)
        Weights with a zero diagonal, used as given (never normalised silently).
    ids : sequence, length n, optional
        Units in the order of W, for a mapping; what W says of itself by default.
    permutations : int, >= 0
        Random relabellings for the pseudo p-values, global and local; 0 leaves these out.
    seed : int
        Seed of the generator (PCG64); same seed, same p-value.

    Returns
    -------
    MoranResult

    Raises
    ------
    AnalysisError
        If shapes disagree, n < 4, or a value is missing.
    NoVariationError
        If all values are equal.

    References
    ----------
    Cliff and Ord, *Spatial Processes* (1981), ch. 2; Anselin, "Local indicators of spatial
    association", *Geographical Analysis* 27 (1995).
    """
    from scipy.stats import norm  # type: ignore[import-untyped]

    w, order = read_weights(W, ids)
    if isinstance(values, Mapping):
        if order is None:
            raise AnalysisError("values by unit need weights with ids")
        if set(values) != set(order):
            strangers = sorted(set(values) ^ set(order), key=str)
            raise AnalysisError(f"values and weights are not of the same units: {strangers[:5]}")
        values = [values[unit] for unit in order]
    if isinstance(values, pl.Series):
        values = values.cast(pl.Float64).to_numpy()
    try:
        x = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise AnalysisError(f"values are no numbers: {error}") from error
    if permutations < 0:
        raise AnalysisError(f"permutations must not be negative, is {permutations}")
    n = x.size
    if x.ndim != 1 or w.shape != (n, n):
        raise AnalysisError(f"values {x.shape} and weights {w.shape} do not fit")
    if n < 4:
        raise AnalysisError(f"Moran's I needs at least 4 values, got {n}")
    if not (np.isfinite(x).all() and np.isfinite(w).all()):
        raise AnalysisError("missing or infinite value")
    if np.diagonal(w).any():
        raise SpatialWeightsError("weights have a diagonal")
    z = x - x.mean()
    sum_squares = float(z @ z)
    if sum_squares <= np.finfo(float).eps * n * max(float(np.abs(x).max()) ** 2, 1e-300):
        raise NoVariationError("all values are equal")
    s0 = float(w.sum())
    if s0 <= 0:
        raise SpatialWeightsError("all weights are zero")
    lag = w @ z
    statistic = n / s0 * float(z @ lag) / sum_squares

    s1 = float(((w + w.T) ** 2).sum()) / 2
    s2 = float(((w.sum(axis=1) + w.sum(axis=0)) ** 2).sum())
    expectation = -1.0 / (n - 1)
    kurtosis = n * float((z**4).sum()) / sum_squares**2
    variance_n = (n * n * s1 - n * s2 + 3 * s0 * s0) / ((n * n - 1) * s0 * s0) - expectation**2
    variance_r = (
        n * ((n * n - 3 * n + 3) * s1 - n * s2 + 3 * s0 * s0)
        - kurtosis * (n * (n - 1) * s1 - 2 * n * s2 + 6 * s0 * s0)
    ) / ((n - 1) * (n - 2) * (n - 3) * s0 * s0) - expectation**2
    score_r = (statistic - expectation) / np.sqrt(variance_r)
    score_n = (statistic - expectation) / np.sqrt(variance_n)

    w1, w2 = w.sum(axis=1), (w**2).sum(axis=1)
    m2 = sum_squares / n
    conditional_mean = -(z**2) * w1 / ((n - 1) * m2)
    conditional_variance = (
        (z / m2) ** 2 * n / (n - 2) * (w2 - w1**2 / (n - 1)) * (m2 - z**2 / (n - 1))
    )
    total_mean = -w1 / (n - 1)
    total_variance = (
        (n - kurtosis) / (n - 1) * w2
        + (2 * kurtosis - n) / ((n - 1) * (n - 2)) * (w1**2 - w2)
        - total_mean**2
    )

    drawn = np.empty(permutations)
    generator = np.random.default_rng(seed)
    for draw in range(permutations):
        shuffled = generator.permutation(z)
        drawn[draw] = n / s0 * float(shuffled @ (w @ shuffled)) / sum_squares

    scale = np.sqrt(sum_squares / n)
    quadrants: list[Quadrant] = [
        ("HH" if b >= 0 else "HL") if a >= 0 else ("LH" if b >= 0 else "LL")
        for a, b in zip(z, lag, strict=True)
    ]
    return MoranResult(
        n=n,
        s0=s0,
        statistic=statistic,
        expectation=expectation,
        variance_randomisation=float(variance_r),
        variance_normality=float(variance_n),
        p_greater_randomisation=float(norm.sf(score_r)),
        p_greater_normality=float(norm.sf(score_n)),
        p_two_sided_randomisation=float(2 * norm.sf(abs(score_r))),
        p_two_sided_normality=float(2 * norm.sf(abs(score_n))),
        permutations=permutations,
        seed=seed,
        p_permutation=(
            float((1 + int((drawn >= statistic).sum())) / (1 + permutations))
            if permutations
            else None
        ),
        permutation_mean=float(drawn.mean()) if permutations else None,
        permutation_sd=float(drawn.std(ddof=1)) if permutations > 1 else None,
        standardised=tuple((z / scale).tolist()),
        spatial_lag=tuple((lag / scale).tolist()),
        local=tuple((z * lag / m2).tolist()),
        local_expectation_conditional=tuple(conditional_mean.tolist()),
        local_variance_conditional=tuple(conditional_variance.tolist()),
        local_expectation_total=tuple(total_mean.tolist()),
        local_variance_total=tuple(total_variance.tolist()),
        local_p_permutation=(
            _local_permutations(z, w, lag, permutations, seed) if permutations else None
        ),
        quadrants=tuple(quadrants),
    )


def _local_permutations(
    z: FloatArray, w: FloatArray, lag: FloatArray, permutations: int, seed: int
) -> tuple[float, ...]:
    """Folded pseudo p-values: every point stays, the others are shuffled around it."""
    n = z.size
    generator = np.random.default_rng([seed, 1])
    orders = generator.permuted(np.tile(np.arange(n - 1), (permutations, 1)), axis=1)
    result = []
    for i in range(n):
        others, weight = np.delete(z, i), np.delete(w[i], i)
        lags = others[orders] @ weight
        larger = int((z[i] * lags >= z[i] * lag[i]).sum())
        result.append((1 + min(larger, permutations - larger)) / (1 + permutations))
    return tuple(result)
