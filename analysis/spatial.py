"""Spatial weights between points and Moran's I."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from analysis.errors import AnalysisError, NoVariationError, SpatialWeightsError
from analysis.frames import FloatArray

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the Earth (km), IUGG."""

Quadrant = Literal["HH", "LH", "LL", "HL"]


def haversine_km(coords: ArrayLike) -> FloatArray:
    """Great-circle distances between points on a sphere of radius ``EARTH_RADIUS_KM``.

    Parameters
    ----------
    coords : array_like, shape (n, 2)
        Latitude and longitude in degrees.

    Returns
    -------
    ndarray, shape (n, n)
        Kilometres, symmetric with a zero diagonal.

    Raises
    ------
    SpatialWeightsError
        If the shape is wrong or a coordinate is not a finite number of degrees.
    """
    points = np.asarray(coords, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != 2:
        raise SpatialWeightsError(f"coordinates must have shape (n, 2), have {points.shape}")
    off_range = ~(np.isfinite(points).all(axis=1) & (np.abs(points) <= [90.0, 180.0]).all(axis=1))
    if off_range.any():
        row = int(np.flatnonzero(off_range)[0])
        raise SpatialWeightsError(f"row {row} is no latitude and longitude: {points[row].tolist()}")
    latitude, longitude = np.radians(points).T
    half = (
        np.sin((latitude[:, None] - latitude[None, :]) / 2) ** 2
        + np.cos(latitude)[:, None]
        * np.cos(latitude)[None, :]
        * np.sin((longitude[:, None] - longitude[None, :]) / 2) ** 2
    )
    distance: FloatArray = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0)))
    np.fill_diagonal(distance, 0.0)
    return distance


def weights(
    coords: ArrayLike,
    kind: Literal["inverse_distance"] = "inverse_distance",
    *,
    power: float = 1.0,
    cutoff_km: float | None = None,
    row_normalised: bool = True,
) -> FloatArray:
    """Spatial weights (空间权重矩阵) between points: zero diagonal, inverse distance.

    Parameters
    ----------
    coords : array_like, shape (n, 2), n >= 2
        Latitude and longitude in degrees.
    kind : {"inverse_distance"}
    power : float, > 0
        Weight is ``distance ** -power``.
    cutoff_km : float or None
        Pairs farther apart (km) get weight 0.
    row_normalised : bool
        Divide every row by its sum.

    Returns
    -------
    ndarray, shape (n, n)

    Raises
    ------
    SpatialWeightsError
        If two points coincide, a point has no neighbour (island) or the input is unusable.
    """
    if kind != "inverse_distance":
        raise SpatialWeightsError(f"unknown kind of weights {kind!r}")
    if not power > 0:
        raise SpatialWeightsError(f"power must be positive, is {power}")
    distance = haversine_km(coords)
    n = distance.shape[0]
    if n < 2:
        raise SpatialWeightsError(f"weights need at least 2 points, got {n}")
    off_diagonal = ~np.eye(n, dtype=bool)
    if (coincident := np.argwhere((distance == 0) & off_diagonal)).size:
        raise SpatialWeightsError(f"points {coincident[0].tolist()} coincide")
    matrix = np.zeros((n, n))
    matrix[off_diagonal] = distance[off_diagonal] ** -power
    if cutoff_km is not None:
        matrix[distance > cutoff_km] = 0.0
    if (islands := np.flatnonzero(matrix.sum(axis=1) == 0)).size:
        raise SpatialWeightsError(f"points without neighbour: {islands.tolist()}")
    return matrix / matrix.sum(axis=1, keepdims=True) if row_normalised else matrix


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
        Local Moran :math:`I_i=z_i(Wz)_i/m_2`, :math:`m_2=\sum z^2/n`.
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
    quadrants: tuple[Quadrant, ...]

    def to_dict(self) -> dict[str, Any]:
        """Nested mapping with the usual symbols as keys (``n, S0, I, expectation, ...``)."""
        spread_r = float(np.sqrt(self.variance_randomisation))
        spread_n = float(np.sqrt(self.variance_normality))
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
            "local": {"Ii": list(self.local), "quadrant": list(self.quadrants)},
        }


def moran(
    values: ArrayLike, matrix: ArrayLike, *, permutations: int = 0, seed: int = 0
) -> MoranResult:
    r"""Moran's I with analytic and, on request, permutation inference.

    .. math:: I = \frac{n}{S_0}\,\frac{z'Wz}{z'z},\qquad z = x-\bar x

    Parameters
    ----------
    values : array_like, shape (n,), n >= 4
        The variable, any unit.
    matrix : array_like, shape (n, n)
        Weights with a zero diagonal, used as given (never normalised silently).
    permutations : int, >= 0
        Random relabellings for the pseudo p-value.
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

    x = np.asarray(values, dtype=np.float64)
    w = np.asarray(matrix, dtype=np.float64)
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
        local=tuple((z * lag / (sum_squares / n)).tolist()),
        quadrants=tuple(quadrants),
    )
