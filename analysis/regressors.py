"""What every regression of a panel asks of its columns: kinds of effects, clusters, refusals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

from analysis.frames import FloatArray

Effects = Literal["twoways", "individual", "time", "pooling"]
IntArray = NDArray[np.int64]

EFFECTS: tuple[Effects, ...] = ("twoways", "individual", "time", "pooling")

INTERCEPT = "(Intercept)"

# A demeaned column this much shorter than the column itself holds nothing but rounding.
ABSORBED = 1e-9
# Share of a demeaned column that the columns before it leave unexplained.
COLLINEAR = 1e-7
# So much more of it that no closer look is needed.
_CLEAR = 1e-4

_EFFECT_NAMES = {"twoways": "entity and period", "individual": "entity", "time": "period"}


def codes_of(labels: pl.Series) -> IntArray:
    """Number the labels from 0, in their order."""
    return cast("IntArray", labels.rank("dense").to_numpy().astype(np.int64) - 1)


def column_sizes(columns: FloatArray) -> FloatArray:
    """Euclidean norms of columns, shape (k,)."""
    return np.asarray(np.sqrt(np.einsum("ij,ij->j", columns, columns)))


def all_clear(sizes: FloatArray, within: FloatArray) -> bool:
    """Whether `refused_regressors` would refuse none, told at once by a Cholesky decomposition.

    It knows what a column leaves unexplained down to 1e-8 or so; near the limits the answer is no,
    and a closer look is needed.

    Parameters
    ----------
    sizes : ndarray, shape (k,)
        Norms of the columns before the effects are removed.
    within : ndarray, shape (n, k)
        The columns after that.
    """
    lengths = column_sizes(within)
    if within.shape[0] < within.shape[1] or (lengths <= 10 * ABSORBED * sizes).any():
        return False
    try:
        left = np.linalg.cholesky((within.T @ within) / np.outer(lengths, lengths))
    except np.linalg.LinAlgError:
        return False
    return bool((np.diagonal(left) > _CLEAR).all())


def refused_regressors(
    raw: FloatArray, within: FloatArray, names: Sequence[str], effects: str
) -> dict[str, str]:
    """Columns that cannot be estimated, with the reason, in their order.

    Parameters
    ----------
    raw, within : ndarray, shape (n, k)
        Before and after the effects are removed.
    names : sequence of str, length k
    effects : str
        For the wording.

    Returns
    -------
    dict of str to str
        Those that the effects absorb, and those that the columns before them explain.
    """
    reasons: dict[str, str] = {}
    if all_clear(column_sizes(raw), within):
        return reasons
    basis: list[FloatArray] = []
    held: list[str] = []
    for position, name in enumerate(names):
        column = within[:, position]
        length = float(np.linalg.norm(column))
        size = float(np.linalg.norm(raw[:, position]))
        if length <= ABSORBED * size:
            reasons[name] = f"absorbed by the {_EFFECT_NAMES.get(effects, 'missing')} effects"
            continue
        rest = column / length
        for _ in range(2):  # twice is enough (Kahan): the first pass loses digits
            for direction in basis:
                rest = rest - direction * float(direction @ rest)
        left = float(np.linalg.norm(rest))
        if left <= COLLINEAR:
            also = "" if effects == "pooling" else " and the effects"
            reasons[name] = f"linear combination of {', '.join(held)}{also}"
            continue
        basis.append(rest / left)
        held.append(name)
    return reasons
