"""What the derivatives at a point say about it: just below each threshold, and just above."""

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

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
