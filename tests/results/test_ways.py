"""Intervals of models with poles and of periodic ones: they end where chi-square first rises above the limit."""

import warnings

import numpy as np
import pytest

from minpack import fit

# data so noisy that the search for an end steps over a pole of the model, or over a period
CASES = {
    "pole": (
        lambda x, b: 1 / (1 + b * x), [0.3], np.linspace(0.1, 4.0, 10),
        [0.322, 0.12, 1.17, -2.21, 4.321, -0.233, -0.313, 1.537, 0.436, -1.655],
    ),
    "pole and height": (
        lambda x, b, a: a / (1 + b * x), [0.3, 1.0], np.linspace(0.0, 4.0, 9),
        [-0.245, 1.238, 0.487, 1.589, 1.115, 2.176, 1.092, -0.106, -0.132],
    ),
    "pole and height, open": (
        lambda x, b, a: a / (1 + b * x), [0.3, 1.0], np.linspace(0.1, 4.0, 9),
        [0.528, 0.452, 0.641, 0.233, 0.873, 0.077, 0.549, -0.418, 0.048],
    ),
    "double pole": (
        lambda x, b: 1 / (b - x) ** 2, [5.0], np.linspace(0.0, 4.0, 13),
        [2.597, 0.687, -0.057, -0.801, 0.738, -0.528, 1.916, 0.639, 1.162, -0.237, -1.991, 1.401, -0.605],
    ),
    "periods": (
        lambda x, b: np.sin(b * x), [1.3], np.linspace(0.0, 4.0, 7),
        [-2.031, 1.117, 2.604, 3.365, 1.159, 0.225, -2.92],
    ),
    "far periods": (
        lambda x, b: np.sin(b * x), [1.3], np.linspace(0.0, 4.0, 10),
        [2.748, -2.524, -0.316, 0.181, 3.281, 1.113, 2.328, -0.088, -1.909, -2.766],
    ),
}  # fmt: skip


def least(model, x, y, b, has_height):
    """Chi-square at b; the height follows by linear regression."""
    with np.errstate(all="ignore"):
        curve = model(x, b, 1.0) if has_height else model(x, b)
        height = curve @ y / (curve @ curve) if has_height else 1.0
        away = y - height * curve
        return float(away @ away)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.filterwarnings("ignore:a better fit was found on the way:RuntimeWarning")
def test_an_interval_ends_where_chi_square_first_rises(case: str) -> None:
    model, start, x, data = CASES[case]
    y, has_height = np.array(data), len(start) == 2
    result = fit(model, x, y, start)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        ends = result.confidence_intervals(method="profile")[0]
    limit = result.quantile(0.95) ** 2 * result.reduced_chi_square

    def rise(b):
        return least(model, x, y, b, has_height) - result.chi_square

    for end in ends:
        outermost = end if np.isfinite(end) else result.values[0] + 1e3 * result.errors[0]
        between = result.values[0] + (outermost - result.values[0]) * np.linspace(0.0, 1.0 - 1e-9, 3001)
        assert max(rise(b) for b in between) <= limit * (1 + 1e-6)
        if np.isfinite(end):
            assert rise(end) == pytest.approx(limit, rel=1e-5)
    said = [str(warning.message) for warning in caught]
    if case != "far periods":  # there the search meets the first rise by itself
        assert any("b ends where chi-square first rises above the limit, but it falls below again" in w for w in said)
    assert all(issubclass(warning.category, RuntimeWarning) for warning in caught)
    assert not any("invalid value" in words for words in said)


def test_a_better_fit_is_said_once() -> None:
    """With the parameters of the best of all that were found."""
    x = 10.0 * np.linspace(0.0, 1.0, 60) ** 1.5  # uneven: no other frequency has the same values
    y = np.sin(1.3 * x) + 0.3 * np.sin(37.0 * x)
    result = fit(lambda x, height, frequency: height * np.sin(frequency * x), x, y, [0.1, 1.9])
    assert abs(result["frequency"] - 1.3) > 0.1
    with pytest.warns(RuntimeWarning, match="a better fit was found on the way.*frequency = -?1.[23]") as caught:
        result.profile("frequency", points=20, level=0.999999)
    assert len(caught) == 1
