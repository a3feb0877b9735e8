"""Plans of many fits: kept for options that cannot change, and made anew for others."""

from typing import Any

import numpy as np
import pytest

from minpack._input.bounds import UNBOUNDED, in_tuples
from minpack._input.many import Plan, plan_of_many


def plan(**options: Any) -> Plan:
    return plan_of_many("curve_fit_batch", (3,), 2, options, lambda: ("height", "rate"))


@pytest.mark.parametrize(
    "bounds",
    [UNBOUNDED, (0, 9), [0.0, [1.0, 2.0]], ((0, 0), [1, np.inf]), (0.0, (3.0, 4.0)), (np.zeros(2), [1.0, 5.0])],
)
def test_plans_for_numbers_are_kept(bounds: Any) -> None:
    first = plan(bounds=bounds)
    assert plan(bounds=bounds) is first
    assert plan(bounds=bounds, ftol=1e-3) is not first


@pytest.mark.parametrize("kind", [list, np.array])
def test_lists_and_arrays_that_change_make_other_plans(kind: Any) -> None:
    upper = kind([1.0, 2.0])
    first = plan(bounds=(0.0, upper))
    upper[1] = 3.0
    second = plan(bounds=(0.0, upper))
    assert first.upper is not None and second.upper is not None
    assert (first.upper.tolist(), second.upper.tolist()) == ([1.0, 2.0], [1.0, 3.0])


@pytest.mark.parametrize(
    "bounds",
    [(-0.0, 1.0), (0.0, [-0.0, 1.0]), (-np.zeros(2), 1.0), (np.zeros((1, 2)), 1.0), (np.zeros(2, np.float32), 1.0),
     (0.0, np.ma.array([1.0, 2.0])), (0.0, ["1", 2.0]), (None, 1.0), (0.0,), "ab", None],
)  # fmt: skip
def test_bounds_that_may_change_or_equal_others_are_no_keys(bounds: Any) -> None:
    assert in_tuples(bounds) is None


def test_zeros_of_both_signs_are_told_apart() -> None:
    lower = [plan(bounds=(zero, 1.0)).lower for zero in (0.0, -0.0)]
    assert [bool(np.signbit(bound).any()) for bound in lower if bound is not None] == [False, True]


def test_errors_name_the_parameter_each_time() -> None:
    for _ in range(2):
        with pytest.raises(ValueError, match="Parameter 'rate' has bounds 2.0 and 1.0"):
            plan(bounds=([0.0, 2.0], [1.0, 1.0]))
        with pytest.raises(TypeError, match="x_scale"):
            plan(method="lm", x_scale=[1.0, 2.0])
