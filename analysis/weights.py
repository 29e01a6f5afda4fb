"""Spatial weights between points: by distance, by neighbours, by economic likeness."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Literal, cast

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from analysis.errors import SpatialWeightsError
from analysis.frames import FloatArray

Kind = Literal[
    "inverse_distance",
    "inverse_squared",
    "nearest",
    "threshold",
    "contiguity",
    "economic",
    "economic_geographic",
    "nested",
]
Standardisation = Literal["row", "spectral", "none"]

KINDS: tuple[Kind, ...] = (
    "inverse_distance",
    "inverse_squared",
    "nearest",
    "threshold",
    "contiguity",
    "economic",
    "economic_geographic",
    "nested",
)

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the Earth (km), IUGG."""


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
    kind: Kind = "inverse_distance",
    *,
    power: float | None = None,
    cutoff_km: float | None = None,
    k: int | None = None,
    values: ArrayLike | None = None,
    standardise: Standardisation = "row",
    allow_islands: bool = False,
) -> FloatArray:
    r"""Spatial weights (空间权重矩阵) between points, with a zero diagonal.

    ====================== =======================================================================
    ``inverse_distance``   :math:`d_{ij}^{-p}`, ``power`` 1 by default (反距离)
    ``inverse_squared``    :math:`d_{ij}^{-2}`
    ``nearest``            1 for the ``k`` nearest points (ties by position), not symmetric
    ``threshold``          1 up to ``cutoff_km``
    ``contiguity``         1 for neighbours in the Gabriel graph: no third point lies in the ball
                           whose diameter joins them, as areas that touch (邻接)
    ``economic``           :math:`1/|g_i-g_j|` (经济距离)
    ``economic_geographic`` :math:`d_{ij}^{-p}/|g_i-g_j|`, the product (经济地理)
    ``nested``             row-standardised :math:`d_{ij}^{-p}` times :math:`g_j/\bar g` (嵌套)
    ====================== =======================================================================

    Parameters
    ----------
    coords : array_like, shape (n, 2), n >= 2
        Latitude and longitude in degrees.
    kind : str
        One of the above.
    power : float, > 0
        Of the distance; 1 by default.
    cutoff_km : float or None
        Pairs farther apart (km) get weight 0; needed by ``threshold``.
    k : int
        Neighbours of a point, of ``nearest``.
    values : array_like, shape (n,)
        g of the economic kinds, for instance mean GDP per head; any unit.
    standardise : {"row", "spectral", "none"}
        Rows sum to one; or all divided by the largest absolute eigenvalue; or raw.
    allow_islands : bool
        Keep points without neighbour as rows of zeros.

    Returns
    -------
    ndarray, shape (n, n)

    Raises
    ------
    SpatialWeightsError
        If points coincide, two g are equal, a point has no neighbour (island) or an option does not
        fit the kind.

    Notes
    -----
    What the economic forms of the literature mean differs between papers; name the kind.
    """
    distance = haversine_km(coords)
    n = distance.shape[0]
    _check_options(kind, n, power=power, cutoff_km=cutoff_km, k=k, values=values)
    off_diagonal = ~np.eye(n, dtype=bool)
    if (coincident := np.argwhere((distance == 0) & off_diagonal)).size:
        raise SpatialWeightsError(f"points {coincident[0].tolist()} coincide")
    exponent = 2.0 if kind == "inverse_squared" else 1.0 if power is None else power
    matrix = np.zeros((n, n))
    if kind in ("inverse_distance", "inverse_squared", "economic_geographic", "nested"):
        matrix[off_diagonal] = distance[off_diagonal] ** -exponent
    elif kind == "nearest":
        far = distance + np.where(off_diagonal, 0.0, np.inf)
        nearest = np.argsort(far, axis=1, kind="stable")[:, : cast("int", k)]
        np.put_along_axis(matrix, nearest, 1.0, axis=1)
    elif kind == "contiguity":
        matrix = _gabriel(distance)
    else:
        matrix[off_diagonal] = 1.0
    if kind in ("economic", "economic_geographic"):
        gap = np.abs(np.subtract.outer(level := _levels(values, n), level))
        if (tied := np.argwhere((gap == 0) & off_diagonal)).size:
            raise SpatialWeightsError(f"economic values of points {tied[0].tolist()} are equal")
        matrix[off_diagonal] /= gap[off_diagonal]
    if cutoff_km is not None:
        matrix[distance > cutoff_km] = 0.0
    islands = np.flatnonzero(matrix.sum(axis=1) == 0)
    if islands.size and not allow_islands:
        raise SpatialWeightsError(f"points without neighbour: {islands.tolist()}")
    if kind == "nested":
        level = _levels(values, n)
        if (level <= 0).any():
            raise SpatialWeightsError("nested weights need positive economic values")
        matrix = _rows(matrix) * (level / level.mean())[None, :]
    return normalised(matrix, standardise)


def normalised(matrix: ArrayLike, standardise: Standardisation = "row") -> FloatArray:
    """Return weights with row sums of one, with spectral radius one, or as they are.

    Raises
    ------
    SpatialWeightsError
        If the way is unknown or all weights are zero.
    """
    raw = np.asarray(matrix, dtype=np.float64)
    if standardise == "row":
        return _rows(raw)
    if standardise == "spectral":
        radius = float(np.abs(np.linalg.eigvals(raw)).max())
        if radius == 0:
            raise SpatialWeightsError("all weights are zero")
        return raw / radius
    if standardise == "none":
        return raw
    raise SpatialWeightsError(f"unknown standardisation {standardise!r}; row, spectral or none")


def weights_table(matrix: ArrayLike, ids: Sequence[Any], *, name: str = "") -> pl.DataFrame:
    """Sparse table of weights, sorted: ``origin, destination, weight`` (and ``weights_name``).

    Raises
    ------
    SpatialWeightsError
        If ids and matrix do not fit.
    """
    w = _square(matrix, ids)
    rows, columns = np.nonzero(w)
    labels = pl.Series("id", list(ids))
    table = pl.DataFrame(
        {
            "origin": labels.gather(rows.tolist()),
            "destination": labels.gather(columns.tolist()),
            "weight": w[rows, columns],
        }
    ).sort("origin", "destination")
    return table.with_columns(pl.lit(name).alias("weights_name")) if name else table


def weights_fingerprint(matrix: ArrayLike, ids: Sequence[Any]) -> str:
    """Md5 over sorted pairs and weights at nine significant digits: equal weights, equal mark."""
    digest = hashlib.md5(usedforsecurity=False)
    for origin, destination, weight in (
        weights_table(matrix, ids).select("origin", "destination", "weight").iter_rows()
    ):
        digest.update(f"{origin}|{destination}|{weight:.9g}\n".encode())
    return digest.hexdigest()


def feedback(matrix: ArrayLike, rho: float) -> float:
    """Mean diagonal of (I - rho W)^-1, less one: how much of an effect returns to its origin.

    Printed effects pin this number down, powers and cut-offs of W they do not.
    """
    w = np.asarray(matrix, dtype=np.float64)
    return float(np.trace(np.linalg.inv(np.eye(w.shape[0]) - rho * w))) / w.shape[0] - 1.0


def _rows(matrix: FloatArray) -> FloatArray:
    sums = matrix.sum(axis=1, keepdims=True)
    return np.divide(matrix, sums, out=np.zeros_like(matrix), where=sums > 0)


def _square(matrix: ArrayLike, ids: Sequence[Any]) -> FloatArray:
    w = np.asarray(matrix, dtype=np.float64)
    if w.shape != (len(ids), len(ids)):
        raise SpatialWeightsError(f"{len(ids)} ids for weights of shape {w.shape}")
    return w


def _levels(values: ArrayLike | None, n: int) -> FloatArray:
    level = np.asarray(values, dtype=np.float64)
    if level.shape != (n,) or not np.isfinite(level).all():
        raise SpatialWeightsError(f"economic weights need {n} finite values, one per point")
    return level


def _gabriel(distance: FloatArray) -> FloatArray:
    """Neighbours i, j without a third point nearer to the middle than they are."""
    square = distance**2
    n = distance.shape[0]
    matrix = np.zeros((n, n))
    for i in range(n):
        # d_ik^2 + d_jk^2 < d_ij^2 for some k means that k lies inside the ball over i and j.
        through = square[i][None, :] + square
        through[:, i] = np.inf
        np.fill_diagonal(through, np.inf)
        matrix[i] = (through.min(axis=1) >= square[i]).astype(float)
        matrix[i, i] = 0.0
    return matrix


def _check_options(
    kind: str,
    n: int,
    *,
    power: float | None,
    cutoff_km: float | None,
    k: int | None,
    values: ArrayLike | None,
) -> None:
    if kind not in KINDS:
        raise SpatialWeightsError(f"unknown kind of weights {kind!r}; one of {', '.join(KINDS)}")
    if n < 2:
        raise SpatialWeightsError(f"weights need at least 2 points, got {n}")
    if power is not None and not power > 0:
        raise SpatialWeightsError(f"power must be positive, is {power}")
    powered = ("inverse_distance", "economic_geographic", "nested")
    if power is not None and kind not in powered:
        raise SpatialWeightsError(f"power says nothing for {kind} weights")
    if kind == "threshold" and cutoff_km is None:
        raise SpatialWeightsError("threshold weights need cutoff_km")
    if (k is not None) != (kind == "nearest"):
        raise SpatialWeightsError("k belongs to nearest weights, which need it")
    if k is not None and not 1 <= k < n:
        raise SpatialWeightsError(f"k must lie between 1 and {n - 1}, is {k}")
    economic = kind in ("economic", "economic_geographic", "nested")
    if (values is not None) != economic:
        raise SpatialWeightsError("values belong to the economic kinds of weights, which need them")
