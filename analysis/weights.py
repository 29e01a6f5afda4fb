"""Spatial weights between points: by distance, by neighbours, by economic likeness."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np
import polars as pl
from numpy.lib.mixins import NDArrayOperatorsMixin
from numpy.typing import ArrayLike

from analysis.errors import SpatialWeightsError
from analysis.frames import FloatArray, as_polars

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
Distance = Literal["haversine", "wgs84"]

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

_EQUATOR_KM, _FLATTENING = 6378.137, 1.0 / 298.257223563  # WGS 84
_SHORT_NAMES = {
    "inverse_distance": "inv",
    "inverse_squared": "inv2",
    "economic": "econ",
    "economic_geographic": "econgeo_product",
}
_POWERED = ("inverse_distance", "economic_geographic", "nested")
_LATITUDES = ("latitude", "lat", "纬度")
_LONGITUDES = ("longitude", "lon", "lng", "long", "经度")


@dataclass(frozen=True, slots=True, eq=False)
class SpatialWeights(NDArrayOperatorsMixin):
    """Spatial weights: the matrix, whose rows it holds, and how it was made.

    Stands wherever a matrix does (``W @ x``, ``rho * W``, ``W[i]``, ``np.asarray(W)``); what is
    computed from it is a plain array. The matrix cannot be written to.

    Attributes
    ----------
    matrix : ndarray, shape (n, n)
        Row i: what unit i takes from the others.
    ids : tuple or None
        Units in the order of rows and columns; None when they were not named.
    kind : str
    parameters : tuple of (str, value)
        Those that were given: power, cutoff_km, k, distance, allow_islands.
    standardisation : {"row", "spectral", "none"}
    raw : ndarray, shape (n, n)
        Before it was standardised.
    values : tuple of float or None
        Economic values.
    """

    matrix: FloatArray
    ids: tuple[Any, ...] | None
    kind: str
    parameters: tuple[tuple[str, Any], ...]
    standardisation: Standardisation
    raw: FloatArray
    values: tuple[float, ...] | None

    @property
    def n(self) -> int:
        """Number of units."""
        return int(self.matrix.shape[0])

    @property
    def shape(self) -> tuple[int, int]:
        """Shape of the matrix."""
        return (self.n, self.n)

    @property
    def T(self) -> FloatArray:  # noqa: N802
        """The transposed matrix."""
        return self.matrix.T

    @property
    def fingerprint(self) -> str:
        """`weights_fingerprint` under the ids, or under positions when there are none."""
        return weights_fingerprint(self.matrix, self._labels())

    @property
    def table(self) -> pl.DataFrame:
        """Sparse table ``origin, destination, weight``, sorted."""
        return weights_table(self.matrix, self._labels())

    def toarray(self) -> FloatArray:
        """A copy of the matrix that can be written to."""
        return self.matrix.copy()

    copy = toarray

    def sum(self, axis: int | None = None) -> Any:
        """Sums as of an array."""
        return self.matrix.sum(axis=axis)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if copy is False and dtype in (None, self.matrix.dtype):
            return self.matrix
        return np.array(self.matrix, dtype=dtype)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        plain = [item.matrix if isinstance(item, SpatialWeights) else item for item in inputs]
        return getattr(ufunc, method)(*plain, **kwargs)

    def __getitem__(self, key: Any) -> Any:
        return self.matrix[key]

    def __len__(self) -> int:
        return self.n

    def __iter__(self) -> Any:
        return iter(self.matrix)

    def _labels(self) -> list[Any]:
        return list(range(self.n)) if self.ids is None else list(self.ids)

    def to_dict(self) -> dict[str, Any]:
        """What was built, and ``checks`` of the matrix under the names of the reference.

        ``n, kind, parameters, standardisation, ids, fingerprint, n_links, n_islands,
        haversine_radius_km`` and ``checks``; of inverse distances these are ``inv_rowstd_first_row,
        max_abs_eig_inv_raw, min_eig_inv_rowstd, sum_inv_raw``, of squared ones ``inv2_...``, of
        economic ones ``econ_...``, of products ``econgeo_product_...``, of nested ones
        ``nested_...`` and ``nested_first_row_before_standardising``, else by kind.
        """
        options = dict(self.parameters)
        squared = self.kind == "inverse_distance" and options.get("power") == 2.0
        name = "inv2" if squared else _SHORT_NAMES.get(self.kind, self.kind)
        rows = _rows(self.raw)
        checks: dict[str, Any] = {
            f"{name}_rowstd_first_row": rows[0].tolist(),
            f"max_abs_eig_{name}_raw": float(np.abs(np.linalg.eigvals(self.raw)).max()),
            f"min_eig_{name}_rowstd": float(np.linalg.eigvals(rows).real.min()),
            f"sum_{name}_raw": math.fsum(self.raw.ravel().tolist()),
        }
        if self.kind == "nested":
            checks["nested_first_row_before_standardising"] = self.raw[0].tolist()
        return {
            "n": self.n,
            "kind": self.kind,
            "parameters": options,
            "standardisation": self.standardisation,
            "ids": None if self.ids is None else list(self.ids),
            "states": None if self.ids is None else list(self.ids),
            "econ_variable": None if self.values is None else list(self.values),
            "haversine_radius_km": EARTH_RADIUS_KM,
            "fingerprint": self.fingerprint,
            "n_links": int(np.count_nonzero(self.matrix)),
            "n_islands": int((~self.matrix.any(axis=1)).sum()),
            "checks": checks,
        }


def read_weights(
    given: Any, ids: Sequence[Any] | None = None
) -> tuple[FloatArray, list[Any] | None]:
    """Matrix and order of units of whatever holds weights.

    Parameters
    ----------
    given : SpatialWeights, array_like, scipy sparse, or data frame
        A pandas frame whose index and columns are the same labels brings its own ids.
    ids : sequence, optional
        Order of the rows; what the weights say of themselves by default.

    Raises
    ------
    SpatialWeightsError
        If they are not square, does not hold numbers, or ids do not fit.
    """
    own: Sequence[Any] | None = None
    if isinstance(given, SpatialWeights):
        matrix, own = given.matrix, given.ids
    else:
        if hasattr(given, "toarray"):
            given = given.toarray()
        elif (
            hasattr(given, "index")
            and hasattr(given, "columns")
            and list(given.index) == list(given.columns)
        ):
            own = list(given.index)
        elif isinstance(given, pl.DataFrame):
            given = given.to_numpy()
        try:
            matrix = np.asarray(given, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise SpatialWeightsError(f"weights are no matrix of numbers: {error}") from error
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise SpatialWeightsError(f"weights must be square, have shape {matrix.shape}")
    chosen = own if ids is None else ids
    if chosen is None:
        return matrix, None
    order = list(chosen)
    if len(order) != matrix.shape[0]:
        raise SpatialWeightsError(f"{len(order)} ids for weights of shape {matrix.shape}")
    if len(set(order)) != len(order):
        raise SpatialWeightsError("an id of the weights stands twice")
    return matrix, order


def _is_labelled(given: Any) -> bool:
    """Whether this is a pandas frame whose rows and columns have the same names."""
    return (
        hasattr(given, "index")
        and hasattr(given, "columns")
        and list(given.index) == list(given.columns)
    )


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


def ellipsoid_km(coords: ArrayLike) -> FloatArray:
    """Distances on the ellipsoid of WGS 84 by Andoyer's formula, as R's sp gives them.

    Parameters
    ----------
    coords : array_like, shape (n, 2)
        Latitude and longitude in degrees.

    Returns
    -------
    ndarray, shape (n, n)
        Kilometres; antipodes are infinitely far from exact.

    Raises
    ------
    SpatialWeightsError
        As `haversine_km`.

    References
    ----------
    Meeus, *Astronomical Algorithms*, 2nd ed. (1998), ch. 11.
    """
    sphere = haversine_km(coords)  # checks the coordinates too
    latitude, longitude = np.radians(np.asarray(coords, dtype=np.float64)).T
    f = (latitude[:, None] + latitude[None, :]) / 2
    g = (latitude[:, None] - latitude[None, :]) / 2
    half = (longitude[:, None] - longitude[None, :]) / 2
    s = np.sin(g) ** 2 * np.cos(half) ** 2 + np.cos(f) ** 2 * np.sin(half) ** 2
    c = np.cos(g) ** 2 * np.cos(half) ** 2 + np.sin(f) ** 2 * np.sin(half) ** 2
    apart = (sphere > 0) & (s > 0) & (c > 0)
    s, c = np.where(apart, s, 0.5), np.where(apart, c, 0.5)
    angle = np.arctan(np.sqrt(s / c))
    ratio = np.sqrt(s * c) / angle
    correction = (3 * ratio - 1) / (2 * c) * np.sin(f) ** 2 * np.cos(g) ** 2
    correction = correction - (3 * ratio + 1) / (2 * s) * np.cos(f) ** 2 * np.sin(g) ** 2
    distance = 2 * angle * _EQUATOR_KM * (1 + _FLATTENING * correction)
    return np.where(apart, distance, sphere)


def weights(
    coords: ArrayLike | Any,
    kind: Kind = "inverse_distance",
    *,
    power: float | None = None,
    cutoff_km: float | None = None,
    k: int | None = None,
    values: ArrayLike | None = None,
    standardise: Standardisation = "row",
    allow_islands: bool = False,
    ids: Sequence[Any] | str | None = None,
    distance: Distance = "haversine",
) -> SpatialWeights:
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
    coords : array_like, shape (n, 2), n >= 2, or data frame, or None
        Latitude and longitude in degrees, in this order; or a polars or pandas frame with columns
        named so (``lat, lon`` do); None for economic weights, which need no place.
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
    ids : sequence of length n, or name of a column of the frame, optional
        The units. A frame with one further column names them by it.
    distance : {"haversine", "wgs84"}
        On a sphere of radius ``EARTH_RADIUS_KM``, or on the ellipsoid.

    Returns
    -------
    SpatialWeights
        Usable as a matrix.

    Raises
    ------
    SpatialWeightsError
        If points coincide, two g are equal, a point has no neighbour (island) or an option does not
        fit the kind.

    Notes
    -----
    What the economic forms of the literature mean differs between papers; name the kind.
    """
    points, ids = _points(coords, ids)
    if distance not in ("haversine", "wgs84"):
        raise SpatialWeightsError(f"unknown distance {distance!r}; haversine or wgs84")
    if points is None:
        if kind != "economic" or values is None:
            raise SpatialWeightsError(f"{kind} weights need coordinates")
        n = int(np.size(np.asarray(values)))
        apart: FloatArray = np.ones((n, n)) - np.eye(n)
    else:
        apart = haversine_km(points) if distance == "haversine" else ellipsoid_km(points)
        n = apart.shape[0]
    if ids is not None and (len(ids) != n or len(set(ids)) != n):
        raise SpatialWeightsError(f"{len(ids)} ids, {len(set(ids))} different, for {n} points")
    _check_options(kind, n, power=power, cutoff_km=cutoff_km, k=k, values=values)
    off_diagonal = ~np.eye(n, dtype=bool)
    if (coincident := np.argwhere((apart == 0) & off_diagonal)).size:
        raise SpatialWeightsError(f"points {coincident[0].tolist()} coincide")
    exponent = 2.0 if kind == "inverse_squared" else 1.0 if power is None else power
    matrix = np.zeros((n, n))
    if kind in ("inverse_distance", "inverse_squared", "economic_geographic", "nested"):
        matrix[off_diagonal] = apart[off_diagonal] ** -exponent
    elif kind == "nearest":
        far = apart + np.where(off_diagonal, 0.0, np.inf)
        nearest = np.argsort(far, axis=1, kind="stable")[:, : cast("int", k)]
        np.put_along_axis(matrix, nearest, 1.0, axis=1)
    elif kind == "contiguity":
        matrix = _gabriel(apart)
    else:
        matrix[off_diagonal] = 1.0
    if kind in ("economic", "economic_geographic"):
        gap = np.abs(np.subtract.outer(level := _levels(values, n), level))
        if (tied := np.argwhere((gap == 0) & off_diagonal)).size:
            raise SpatialWeightsError(f"economic values of points {tied[0].tolist()} are equal")
        matrix[off_diagonal] /= gap[off_diagonal]
    if cutoff_km is not None:
        matrix[apart > cutoff_km] = 0.0
    islands = np.flatnonzero(matrix.sum(axis=1) == 0)
    if islands.size and not allow_islands:
        raise SpatialWeightsError(f"points without neighbour: {islands.tolist()}")
    if kind == "nested":
        level = _levels(values, n)
        if (level <= 0).any():
            raise SpatialWeightsError("nested weights need positive economic values")
        matrix = _rows(matrix) * (level / level.mean())[None, :]
    result = normalised(matrix, standardise)
    for array in (result, matrix):
        array.setflags(write=False)
    given = {
        "power": exponent if kind in _POWERED else None,
        "cutoff_km": cutoff_km,
        "k": k,
        "distance": distance,
        "allow_islands": allow_islands or None,
    }
    return SpatialWeights(
        matrix=result,
        ids=None if ids is None else tuple(ids),
        kind=kind,
        parameters=tuple((name, value) for name, value in given.items() if value is not None),
        standardisation=standardise,
        raw=matrix,
        values=None if values is None else tuple(_levels(values, n).tolist()),
    )


def _points(
    coords: Any, ids: Sequence[Any] | str | None
) -> tuple[FloatArray | None, Sequence[Any] | None]:
    """Latitudes and longitudes, and the names of the points, of an array or a frame."""
    if coords is None or not hasattr(coords, "columns"):
        if isinstance(ids, str):
            raise SpatialWeightsError(f"ids name a column {ids!r}, but coordinates are no frame")
        points = None if coords is None else np.asarray(coords, dtype=np.float64)
        return points, None if ids is None else list(ids)
    table = as_polars(coords)
    chosen = []
    for wanted in (_LATITUDES, _LONGITUDES):
        found = [name for name in table.columns if name.strip().lower() in wanted]
        if len(found) != 1:
            raise SpatialWeightsError(
                f"one column of {', '.join(wanted)} is needed; frame has {sorted(table.columns)}"
            )
        chosen += found
    points = table.select(pl.col(name).cast(pl.Float64, strict=False) for name in chosen).to_numpy()
    others = [name for name in table.columns if name not in chosen]
    if ids is None and len(others) == 1:
        ids = others[0]
    if isinstance(ids, str):
        if ids not in table.columns:
            raise SpatialWeightsError(f"no column {ids!r}; frame has {sorted(table.columns)}")
        return points, table[ids].to_list()
    return points, None if ids is None else list(ids)


def normalised(matrix: ArrayLike | Any, standardise: Standardisation = "row") -> FloatArray:
    """Return weights with row sums of one, with spectral radius one, or as they are.

    Raises
    ------
    SpatialWeightsError
        If the way is unknown or all weights are zero.
    """
    raw, _ = read_weights(matrix)
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


def weights_table(
    matrix: ArrayLike | Any, ids: Sequence[Any] | None = None, *, name: str = ""
) -> pl.DataFrame:
    """Sparse table of weights, sorted: ``origin, destination, weight`` (and ``weights_name``).

    Raises
    ------
    SpatialWeightsError
        If ids and matrix do not fit.
    """
    w, order = read_weights(matrix, ids)
    if order is None:
        raise SpatialWeightsError("weights without ids: name their units")
    rows, columns = np.nonzero(w)
    labels = pl.Series("id", order)
    table = pl.DataFrame(
        {
            "origin": labels.gather(rows.tolist()),
            "destination": labels.gather(columns.tolist()),
            "weight": w[rows, columns],
        }
    ).sort("origin", "destination")
    return table.with_columns(pl.lit(name).alias("weights_name")) if name else table


def weights_fingerprint(matrix: ArrayLike | Any, ids: Sequence[Any] | None = None) -> str:
    """Md5 over sorted pairs and weights at nine significant digits: equal weights, equal mark."""
    digest = hashlib.md5(usedforsecurity=False)
    for origin, destination, weight in (
        weights_table(matrix, ids).select("origin", "destination", "weight").iter_rows()
    ):
        digest.update(f"{origin}|{destination}|{weight:.9g}\n".encode())
    return digest.hexdigest()


def feedback(matrix: ArrayLike | Any, rho: float) -> float:
    """Mean diagonal of (I - rho W)^-1, less one: how much of an effect returns to its origin.

    Printed effects pin this number down, powers and cut-offs of W they do not.
    """
    w, _ = read_weights(matrix)
    return float(np.trace(np.linalg.inv(np.eye(w.shape[0]) - rho * w))) / w.shape[0] - 1.0


def _rows(matrix: FloatArray) -> FloatArray:
    sums = matrix.sum(axis=1, keepdims=True)
    return np.divide(matrix, sums, out=np.zeros_like(matrix), where=sums > 0)


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
    if power is not None and kind not in _POWERED:
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
