"""Parameters that the data bound on one side only: just below each threshold, and just above."""

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from minpack import fit
from minpack._engine.flat import _running_away, one_sided

FVEC, SQUARE = np.array([1.0, -1.0, 1.0, -1.0]), 4.0
ANYWHERE = np.array([-np.inf]), np.array([np.inf])
ONE = SimpleNamespace(r=np.array([[1.0]]), cov=np.array([[1.0]]))  # of a Jacobian with norm 1


def curve(square: float) -> Any:
    """A curve whose sum of squares is this wherever the parameter is moved to."""
    return SimpleNamespace(
        weighted_ydata=np.zeros(4), residuals=lambda x: np.full(4, math.sqrt(square / 4.0))
    )  # fmt: skip


def kinds(square: float, error: float, variance: float) -> list[str]:
    factors: Any = ONE
    found = one_sided(
        curve(square), np.array([1.0]), FVEC, np.array([error]), factors, variance, SQUARE, ANYWHERE
    )  # fmt: skip
    return [kind for kind, _ in found]


@pytest.mark.parametrize(("error", "found"), [(0.098, False), (0.102, True)])
def test_only_errors_above_a_tenth_of_the_value_are_looked_at(error: float, found: bool) -> None:
    assert kinds(4.0, error, 1.0) == ["one_sided"] * found


@pytest.mark.parametrize(("rise", "found"), [(3.92, True), (4.08, False)])
def test_a_rise_by_four_variances_is_enough(rise: float, found: bool) -> None:
    """Three errors away it should be 9 of them; here 900."""
    assert kinds(4.0 + rise, 10.0, 1.0) == ["one_sided"] * found


@pytest.mark.parametrize(("part", "found"), [(0.098, True), (0.102, False)])
def test_a_rise_by_a_tenth_of_what_it_should_be_is_enough(part: float, found: bool) -> None:
    assert kinds(4.0 + part * 9.0, 1.0, 1.0) == ["one_sided"] * found


@pytest.mark.parametrize(("inflation", "found"), [(0.98, False), (1.02, True)])
def test_others_move_along_where_they_replace_a_parameter(inflation: float, found: bool) -> None:
    """The sum of squares stays as it is only where the second moves as the covariance says."""
    error = math.sqrt(2.0) * inflation
    cov = np.array([[error**2, -1.0], [-1.0, 1.0]])
    factors: Any = SimpleNamespace(r=np.diag([1.0, 100.0]), cov=cov)
    valley: Any = SimpleNamespace(
        weighted_ydata=np.zeros(4), residuals=lambda x: np.full(4, 1.0 + abs(x[0] + x[1] * error**2))
    )
    remarks = one_sided(valley, np.zeros(2), FVEC, np.array([error, 0.0]), factors, 1.0, SQUARE)
    assert [kind for kind, _ in remarks] == ["one_sided"] * found


def test_a_step_between_two_points_has_no_steepness() -> None:
    """Neither the steepness nor what moves with it bounds the curve, which is a step already."""
    x = np.arange(24.0)
    y = (x > 11.5) + np.random.default_rng(3).normal(scale=0.15, size=x.size)
    result = fit(lambda x, b, c, d: b / (1.0 + np.exp(-(c + d * x))), x, y, {"b": 1.0, "c": -5.0, "d": 0.5})
    assert "one_sided" in [finding.kind for finding in result.diagnose().records]


@pytest.mark.parametrize(
    ("promised", "left", "found"), [(0.0102, 1.02e-4, True), (0.0098, 1.02e-4, False), (0.0102, 0.98e-4, False)]
)
def test_exact_data_whose_fit_goes_on_and_on(promised: float, left: float, found: bool) -> None:
    """The derivatives promise a hundredth of the sum of squares, and a step leaves a ten-thousandth of it."""
    factors: Any = SimpleNamespace(
        step=np.array([-math.sqrt(4.0 * promised)]), change=math.sqrt(4.0 * promised)
    )  # fmt: skip
    remarks = _running_away(curve(4.0 * left), np.array([1.0]), FVEC, factors, np.ones(1), 1.0, SQUARE, ANYWHERE)
    assert [kind for kind, _ in remarks] == ["one_sided"] * found
