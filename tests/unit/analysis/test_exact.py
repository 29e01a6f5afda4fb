"""Small linear algebra against numpy, and the promise that order of adding does not matter."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import AnalysisError
from analysis.exact import combine, cross, product, solve, symmetric_eigen, total


def random_matrix(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


@given(seed=st.integers(0, 10_000), k=st.integers(1, 12), m=st.integers(1, 4))
def test_solution_satisfies_the_system(seed: int, k: int, m: int) -> None:
    matrix, right = random_matrix(seed, k, k), random_matrix(seed + 1, k, m)
    x = solve(matrix, right)
    scale = np.abs(matrix).sum() * np.abs(x).max()
    assert np.abs(matrix @ x - right).max() <= 1e-13 * scale


def test_a_zero_pivot_needs_another_row_and_a_singular_matrix_is_refused():
    assert solve(np.array([[0.0, 2.0], [1.0, 0.0]]), np.eye(2)).tolist() == [[0.0, 1.0], [0.5, 0.0]]
    with pytest.raises(AnalysisError, match="singular"):
        solve(np.ones((2, 2)), np.eye(2))


@given(seed=st.integers(0, 10_000), p=st.integers(1, 7))
def test_eigenvalues_and_vectors_are_those_of_lapack(seed: int, p: int) -> None:
    half = random_matrix(seed, p + 3, p)
    matrix = half.T @ half
    values, vectors = symmetric_eigen(matrix)
    expected = np.linalg.eigvalsh(matrix)[::-1]
    assert values == pytest.approx(expected, rel=1e-10, abs=1e-12 * expected[0])
    assert vectors.T @ vectors == pytest.approx(np.eye(p), abs=1e-12)
    assert matrix @ vectors == pytest.approx(vectors * values, abs=1e-11 * expected[0])


def test_equal_eigenvalues_and_diagonal_matrices_end():
    values, vectors = symmetric_eigen(np.diag([2.0, 5.0, 2.0]))
    assert values.tolist() == [5.0, 2.0, 2.0]
    assert np.abs(vectors).tolist() == [[0, 1, 0], [1, 0, 0], [0, 0, 1]]


@given(seed=st.integers(0, 10_000))
def test_sums_do_not_depend_on_order(seed: int) -> None:
    random = np.random.default_rng(seed)
    left, right = random_matrix(seed, 50, 3) * 1e8, random_matrix(seed + 1, 50, 2)
    order = random.permutation(50)
    assert cross(left, right).tolist() == cross(left[order], right[order]).tolist()
    assert total(left) == total(left[order])
    assert cross(left, right) == pytest.approx(left.T @ right, rel=1e-9, abs=1e-3)


def test_products_and_combinations_equal_matrix_products():
    left, right = random_matrix(1, 4, 3), random_matrix(2, 3, 5)
    assert product(left, right) == pytest.approx(left @ right, rel=1e-12)
    assert combine(left, right[:, 0]) == pytest.approx(left @ right[:, 0], rel=1e-12)
