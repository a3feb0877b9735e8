"""Starts and bounds of batches by the names of parameters."""

from typing import Any

import numpy as np
import pytest

from minpack import curve_fit_batch
from minpack._input.starts import bounds_by_name

T = np.linspace(0.0, 4.0, 20)
RATES = np.array([0.5, 1.0, 2.0])
Y = 3.0 * np.exp(-RATES[:, np.newaxis] * T)


def decay(t: Any, a: Any, rate: Any) -> Any:
    return a * np.exp(-rate * t)


def test_bounds_by_name_are_those_by_position() -> None:
    by_name = curve_fit_batch(decay, T, Y, bounds={"rate": (None, 1.2), "a": None})
    by_position = curve_fit_batch(decay, T, Y, bounds=([-np.inf, -np.inf], [np.inf, 1.2]))
    assert by_name.x.tobytes() == by_position.x.tobytes()
    np.testing.assert_allclose(by_name.x[:, 1], [0.5, 1.0, 1.2], rtol=1e-6)


def test_a_bound_may_be_one_per_fit() -> None:
    lower, upper = bounds_by_name(decay, {"rate": (RATES / 2.0, RATES * 2.0)}, Y)
    np.testing.assert_array_equal(lower, [[-np.inf, rate / 2.0] for rate in RATES])
    np.testing.assert_array_equal(upper, [[np.inf, rate * 2.0] for rate in RATES])
    result = curve_fit_batch(decay, T, Y, bounds={"rate": (RATES / 2.0, RATES * 2.0)})
    np.testing.assert_allclose(result.x[:, 1], RATES, rtol=1e-6)
    np.testing.assert_allclose(result.fit(2).values, [3.0, 2.0], rtol=1e-6)


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        ({"rat": (0, 1)}, r"bounds must name parameters of decay \('a', 'rate'\); got 'rat'"),
        ({"rate": 3.0}, r"bounds\['rate'\] must be a pair \(lower, upper\), or None for no bound, .*; got 3.0"),
        ({"rate": ("low", 1)}, r"bounds\['rate'\] must be"),
        ({"rate": "01"}, r"bounds\['rate'\] must be a pair \(lower, upper\), or None for no bound, .*; got '01'"),
        ({"rate": (0, [[1], [2]])}, r"bounds\['rate'\] must be a number, or have one per fit, shape \(3,\); got shape"),
        ({"a": (0, [1, 2]), "rate": (0, [1, 2, 3])}, r"bounds\['a'\] must be .* one per fit, .* got shape \(2,\)"),
        ({"rate": (2, 1)}, r"Each lower bound must be strictly less than each upper bound. Parameter 'rate'"),
    ],
)
def test_wrong_bounds_are_named(bounds: Any, message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        curve_fit_batch(decay, T, Y, bounds=bounds)


def test_names_must_be_known() -> None:
    with pytest.raises(ValueError, match="bounds must be a pair .* signature of f does not name its parameters"):
        curve_fit_batch(lambda t, *p: p[0] * t, T, Y, [1.0], bounds={"a": (0, 1)})
