"""Linear algebra whose bits do not depend on the processor, for all parts of the package: no BLAS, no LAPACK."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_Array = NDArray[np.float64]


def product(a: _Array, b: _Array) -> _Array:
    """``a @ b``, a term of all sums after the other: for short sums."""
    total = np.zeros((len(a), b.shape[1]))
    for column, row in zip(a.T, b, strict=True):
        total += np.multiply.outer(column, row)
    return total


def products(a: _Array, b: _Array) -> _Array:
    """``a @ b.T``, row by row: for long sums."""
    return np.array([np.add.reduce(row * b, axis=1) for row in a]).reshape(len(a), len(b))


def orthogonal(columns: _Array) -> tuple[_Array, _Array]:
    """Q with orthogonal rows of length 1, and R, upper triangular, with ``columns = Q.T @ R``; by Gram and Schmidt.

    R has a zero on its diagonal, and Q numbers that are not finite, if others replace a column.
    """
    q, r = columns.T.copy(), np.zeros((columns.shape[1],) * 2)
    for j, row in enumerate(q):
        r[j, j] = np.sqrt(np.add.reduce(row * row))
        row /= r[j, j]
        r[j, j + 1 :] = np.add.reduce(q[j + 1 :] * row, axis=1)
        q[j + 1 :] -= np.multiply.outer(r[j, j + 1 :], row)
    return q, r


def lower_of(matrix: _Array) -> _Array | None:
    """The lower triangular factor of Cholesky; None unless the matrix is positive definite."""
    lower = np.zeros_like(matrix)
    rest = matrix.copy()
    for j in range(len(matrix)):
        if not rest[j, j] > 0.0:
            return None
        column = rest[j:, j] / np.sqrt(rest[j, j])
        lower[j:, j] = column
        rest[j:, j:] -= np.multiply.outer(column, column)
    return lower


def solve_lower(lower: _Array, rows: _Array) -> _Array:
    """Solve ``lower @ answer = rows``; the answer takes the place of `rows`."""
    for j, column in enumerate(lower.T):
        rows[j] /= column[j]
        rows[j + 1 :] -= np.multiply.outer(column[j + 1 :], rows[j])
    return rows


def solve_upper(upper: _Array, rows: _Array) -> _Array:
    """Solve ``upper @ answer = rows``, in the same way."""
    solve_lower(upper[::-1, ::-1], rows[::-1])
    return rows
