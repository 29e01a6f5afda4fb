"""Sums and small linear algebra that give the same bits on every machine.

BLAS and LAPACK add in an order that depends on the processor and on the number of threads, so that
last digits differ; near collinearity magnifies that until a fingerprint of rounded floats differs.
What is published goes through correctly rounded sums (`math.fsum`) and plain loops over small
matrices instead. Element-wise numpy is exact to the rule of IEEE 754 and stays.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from analysis.errors import AnalysisError
from analysis.frames import FloatArray


def total(values: FloatArray) -> float:
    """Sum of all values, correctly rounded."""
    return math.fsum(values.ravel().tolist())


def cross(left: FloatArray, right: FloatArray) -> FloatArray:
    """Cross product ``left' right`` of tall matrices, each entry one correctly rounded sum.

    Parameters
    ----------
    left, right : ndarray, shapes (n, k) and (n, m)

    Returns
    -------
    ndarray, shape (k, m)
    """
    same = left is right
    result = np.empty((left.shape[1], right.shape[1]))
    for i in range(left.shape[1]):
        for j in range(right.shape[1]):
            if same and j < i:
                result[i, j] = result[j, i]
            else:
                result[i, j] = math.fsum((left[:, i] * right[:, j]).tolist())
    return result


def combine(columns: FloatArray, weights: FloatArray) -> FloatArray:
    """Weighted sum of columns, ``columns @ weights``, added from left to right.

    Parameters
    ----------
    columns : ndarray, shape (n, k)
    weights : ndarray, shape (k,)
    """
    result = np.zeros(columns.shape[0])
    for position, weight in enumerate(weights.tolist()):
        result = result + columns[:, position] * weight
    return result


def product(left: FloatArray, right: FloatArray) -> FloatArray:
    """Product of two small matrices, entries correctly rounded sums."""
    return cross(left.T, right)


def solve(matrix: FloatArray, right: FloatArray) -> FloatArray:
    """Solve a small square system by elimination with partial pivoting.

    Parameters
    ----------
    matrix : ndarray, shape (k, k)
    right : ndarray, shape (k, m)

    Raises
    ------
    AnalysisError
        If the matrix is singular.
    """
    a = matrix.astype(np.float64, copy=True)
    b = right.astype(np.float64, copy=True)
    k = a.shape[0]
    for step in range(k):
        pivot = step + int(np.argmax(np.abs(a[step:, step])))
        if a[pivot, step] == 0:
            raise AnalysisError(f"singular matrix of order {k}")
        if pivot != step:
            a[[step, pivot]] = a[[pivot, step]]
            b[[step, pivot]] = b[[pivot, step]]
        for row in range(step + 1, k):
            factor = a[row, step] / a[step, step]
            if factor != 0:
                a[row, step:] = a[row, step:] - factor * a[step, step:]
                b[row] = b[row] - factor * b[step]
    x = np.zeros_like(b)
    for row in range(k - 1, -1, -1):
        rest = b[row].copy()
        for other in range(row + 1, k):
            rest = rest - a[row, other] * x[other]
        x[row] = rest / a[row, row]
    return x


def symmetric_eigen(matrix: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Eigenvalues, descending, and unit-norm eigenvectors of a small symmetric matrix.

    Cyclic Jacobi rotations.

    Parameters
    ----------
    matrix : ndarray, shape (p, p)

    Returns
    -------
    values : ndarray, shape (p,)
    vectors : ndarray, shape (p, p)
        Column j belongs to value j; signs are arbitrary.

    References
    ----------
    Golub and Van Loan, *Matrix Computations*, 4th ed. (2013), section 8.5.
    """
    a = matrix.astype(np.float64, copy=True)
    p = a.shape[0]
    vectors = np.eye(p)
    for _ in range(100):
        off = max((abs(a[i, j]) for i in range(p) for j in range(i + 1, p)), default=0.0)
        if off <= 1e-15 * float(np.abs(np.diagonal(a)).max()):
            break
        for i in range(p):
            for j in range(i + 1, p):
                if a[i, j] == 0:
                    continue
                theta = float((a[j, j] - a[i, i]) / (2 * a[i, j]))
                t = math.copysign(1.0, theta) / (abs(theta) + math.sqrt(theta * theta + 1))
                c = 1 / math.sqrt(t * t + 1)
                s = t * c
                for target in (a, vectors):
                    left, right = target[:, i].copy(), target[:, j].copy()
                    target[:, i] = c * left - s * right
                    target[:, j] = s * left + c * right
                upper, lower = a[i].copy(), a[j].copy()
                a[i] = c * upper - s * lower
                a[j] = s * upper + c * lower
    values = np.diagonal(a).copy()
    order = np.argsort(-values, kind="stable")
    return values[order], vectors[:, order]


def scaled_inverse(gram: FloatArray) -> FloatArray:
    """Inverse of a positive matrix whose diagonal spans orders of magnitude."""
    scale = np.sqrt(np.diagonal(gram))
    outer = np.outer(scale, scale)
    return np.asarray(solve(gram / outer, np.eye(len(scale))) / outer)


def cluster_meat(scores: FloatArray, clusters: NDArray[np.int64]) -> FloatArray:
    """Sum over clusters of the outer products of their summed scores.

    Parameters
    ----------
    scores : ndarray, shape (n, k)
    clusters : ndarray of int, shape (n,)
        Numbered from 0.
    """
    sums = np.zeros((int(clusters.max()) + 1, scores.shape[1]))
    np.add.at(sums, clusters, scores)
    return cross(sums, sums)
