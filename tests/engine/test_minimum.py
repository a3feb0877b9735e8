"""What the derivatives at a point say about it: just below each threshold, and just above."""

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from minpack._core import Settings
from minpack._core import factorize as of_core
from minpack._engine.minimum import Minimum, _with_rounding, look
from minpack._engine.single import factorize

EPS = float(np.finfo(float).eps)
X = np.ones(2)


def columns_at(cosine: float, sine: float) -> np.ndarray:
    return np.array([[1.0, cosine], [0.0, sine], [0.0, 0.0], [0.0, 0.0]])


@pytest.mark.parametrize(("sine", "regular"), [(1.02e-6, True), (0.98e-6, False)])
def test_a_jacobian_is_surely_regular(sine: float, regular: bool) -> None:
    curve: Any = SimpleNamespace(weighted_ydata=np.zeros(4))
    found = look(curve, X, np.array([0.0, 0.0, 1.0, -1.0]), columns_at(1.0, sine), EPS, scale=True)
    assert found.is_regular == regular


@pytest.mark.parametrize(("condition", "found"), [(0.98e-12 / EPS, False), (1.02e-12 / EPS, True)])
def test_rounding_shows_from_a_condition_on(condition: float, found: bool) -> None:
    # columns of norm 1 with the cosine c have the condition sqrt((1 + c) / (1 - c))
    cosine = (condition**2 - 1.0) / (condition**2 + 1.0)
    columns = columns_at(cosine, math.sqrt((1.0 - cosine) * (1.0 + cosine)))
    fvec = np.array([0.0, 0.0, 1.0, -1.0])
    start = Minimum(factorize(fvec, columns, scale=True), 0.0, is_regular=True, square=2.0)
    assert [kind for kind, _ in _with_rounding(start, fvec, columns, X, 0.0).remarks] == ["rounding"] * found


def test_factors_are_those_of_numpy() -> None:
    """With the columns in the order of the parameters, though pivoting took them in another."""
    rng = np.random.default_rng(4)
    columns = rng.normal(size=(12, 4)) * [1.0, 100.0, 0.01, 10.0]
    fvec, x = rng.normal(size=12), rng.normal(size=4)
    found = factorize(fvec, columns, scale=True, x=x)
    step, (left,), rank, _ = np.linalg.lstsq(columns, -fvec)
    np.testing.assert_allclose(found.r.T @ found.r, columns.T @ columns, rtol=1e-12)
    np.testing.assert_allclose(found.step, step, rtol=1e-12)
    np.testing.assert_allclose(found.cov, np.linalg.inv(columns.T @ columns) * (fvec @ fvec) / 8, rtol=1e-10)
    np.testing.assert_allclose(found.change**2, fvec @ fvec - left, rtol=1e-12)
    np.testing.assert_allclose(found.change, np.linalg.norm(columns @ step), rtol=1e-12)
    np.testing.assert_allclose(found.terms, np.linalg.norm(columns, axis=0) @ np.abs(x), rtol=1e-12)
    volume = np.sqrt(np.linalg.det(columns.T @ columns)) / np.linalg.norm(columns, axis=0).prod()
    np.testing.assert_allclose(found.sines, volume, rtol=1e-10)
    assert found.rank == rank == 4


def test_a_column_that_another_replaces() -> None:
    """It has no step, and does not count for the rank."""
    columns = np.array([[1.0, 2.0], [1.0, 2.0], [0.0, 0.0]])
    found = factorize(np.array([1.0, 3.0, 1.0]), columns, scale=False)
    assert found.rank == 1
    assert found.sines < 1e-15
    np.testing.assert_allclose(found.step, [0.0, -1.0], rtol=1e-12)
    np.testing.assert_allclose(found.change, np.sqrt(8.0), rtol=1e-12)


def test_factors_are_refused() -> None:
    """Where there are none, or settings say something else."""
    for n, settings in ((0, Settings()), (2, Settings(ftol=-1.0))):
        with pytest.raises(ValueError, match="factorize must get parameters and proper settings"):
            of_core(np.ones(4), np.ones((4, n)), np.ones(n), settings, True)
    with pytest.raises(ValueError, match=r"diag must have one element per parameter \(1\); got 2"):
        of_core(np.ones(4), np.ones((4, 1)), np.ones(1), Settings(diag=[1.0, 2.0]), True)
    with pytest.raises(ValueError, match="truth value"):
        of_core(np.ones(4), np.ones((4, 1)), np.ones(1), Settings(), np.ones(2))  # type: ignore[arg-type]
