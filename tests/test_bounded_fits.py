"""Whole bounded fits on the core's steps: as SciPy's, with the stored bits, and what becomes of bad input."""

import math
import random
from collections import Counter
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import agreement
import stored_bounded
from bounded_driver import LOSSES, METHODS, Array, fit
from oracles import SCIPY

needs_scipy = pytest.mark.skipif(not SCIPY, reason="needs SciPy 1.18 or later")
INF = math.inf
T = np.linspace(0.0, 3.0, 20)
Y = np.array([(7 * i * i % 11) / 160.0 for i in range(20)]) + 2.0 / (1.0 + T)


def model(x: Array) -> Array:
    """A hyperbola less data; + - * / only."""
    return x[0] / (1.0 + x[1] * T) + x[2] - Y


def slopes(x: Array) -> Array:
    below = 1.0 + x[1] * T
    return np.column_stack([1.0 / below, -x[0] * T / (below * below), np.ones_like(T)])


START = [1.0, 1.0, 1.0]


def test_stored_bits() -> None:
    stored, found = stored_bounded.answers(), dict(stored_bounded.fits())
    assert {name: found.get(name) for name in stored} == stored
    assert len(found) == len(stored) > 600


# ---- as SciPy's


def scipy_fit(fun: Any, x0: Any, jac: Any, **options: Any) -> tuple[Any, int]:
    from scipy.optimize import least_squares

    calls = 0

    def counted(x: Array) -> Any:
        nonlocal calls
        calls += 1
        return fun(x)

    return least_squares(counted, x0, jac, **options), calls


@needs_scipy
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("jac", ["given", "2-point", "3-point", "cs"])
@pytest.mark.parametrize(
    "bounds",
    [(-INF, INF), (0.0, 10.0), ([0.0, 0.5, -INF], [1.5, INF, 3.0]), ([1.0, 0.0, 0.25], INF), ([-INF, 1.0, -INF], 1.25)],
    ids=["free", "wide", "cut", "on-start", "active"],
)
def test_every_field_is_scipys(method: str, loss: str, jac: str, bounds: Any) -> None:
    how = slopes if jac == "given" else jac
    options = {"method": method, "loss": loss, "f_scale": 0.5, "bounds": bounds}
    theirs, calls = scipy_fit(model, START, how, **options)
    ours = fit(model, START, how, **options)
    assert ours.counts[1:] == (theirs.nfev, theirs.njev)
    # differences leave the gradient an error of 1e-8, near its tolerance
    assert ours.counts[0] == theirs.status or (jac == "2-point" and {ours.counts[0], theirs.status} <= {1, 2})
    assert ours.calls == calls
    np.testing.assert_allclose(ours.x, theirs.x, rtol=2e-6)
    np.testing.assert_allclose(ours.fun, theirs.fun, atol=1e-7)
    np.testing.assert_allclose(ours.jac.T, theirs.jac, atol=1e-6)
    np.testing.assert_allclose(ours.grad, theirs.grad, atol=1e-6)
    assert ours.state.cost == pytest.approx(theirs.cost, rel=1e-12)
    assert ours.active.tolist() == theirs.active_mask.tolist()


@needs_scipy
def test_ordinary_curves_go_as_scipys() -> None:
    draw = random.Random(7)
    same = Counter[bool]()
    for name in agreement.MODELS:
        problem = agreement.curve(name, draw)
        for bounds in agreement.BOUNDS:
            limits = agreement.bounds_of(bounds, problem.x0, problem.optimum, draw)
            for method in METHODS:
                options = {"bounds": limits, "method": method, "x_scale": "jac" if draw.random() < 0.5 else 1.0}
                with np.errstate(over="ignore"):
                    theirs, _ = scipy_fit(problem.fun, problem.x0, problem.jac, **options)
                    ours = fit(problem.fun, problem.x0, problem.jac, **options)
                same[ours.counts == (theirs.status, theirs.nfev, theirs.njev)] += 1
    assert same[True] >= 0.97 * same.total()
    assert same.total() == 70


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("loss", LOSSES[1:])
def test_a_callable_loss_is_as_the_built_in(method: str, loss: str) -> None:
    def by_hand(z: Array) -> Array:
        one, t, square = np.ones_like(z), 1.0 + z, 1.0 + z * z
        with np.errstate(divide="ignore"):
            root = np.sqrt(z)
        large = z > 1.0
        safe = np.where(large, root, 1.0)
        rho = {
            "huber": [np.where(large, 2.0 * root - 1.0, z), 1.0 / safe, np.where(large, -0.5 / safe**3, 0.0)],
            "soft_l1": [2.0 * (np.sqrt(t) - 1.0), 1.0 / np.sqrt(t), -0.5 / (np.sqrt(t) * t)],
            "cauchy": [np.log1p(z), one / t, -1.0 / (t * t)],
            "arctan": [np.arctan(z), one / square, -2.0 * z / (square * square)],
        }
        return np.array(rho[loss])

    expected = fit(model, START, slopes, method=method, loss=loss, f_scale=0.125)
    got = fit(model, START, slopes, method=method, loss=by_hand, f_scale=0.125)
    assert got.counts == expected.counts
    np.testing.assert_allclose(got.x, expected.x, rtol=1e-6)
    assert got.state.cost == pytest.approx(expected.state.cost, rel=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_outliers_take_no_digits_from_a_step(method: str) -> None:
    # huber gives outliers rows of 1e-8 and residuals of 1e8; Q'f has an error of their size
    y = Y + np.where(np.arange(20) % 3, 0.0, 0.5)
    x0, f_scale = np.array([2.0, 1.0, 0.05]), 0.125
    f = model(x0) + Y - y
    z = (f / f_scale) ** 2
    outlier = z > 1.0
    assert 5 < outlier.sum() < 15
    # exactly, except the weights: rows of outliers vanish in J'J, and are J' * sign(f) * C in the gradient
    f_corrected = np.where(outlier, np.sign(f) * f_scale, f)
    outer = [[Fraction(v) for v in row] for row in slopes(x0).tolist()]
    floor = Fraction(2.0**-52)
    rows = [[v * (floor if out else 1) for v in row] for row, out in zip(outer, outlier, strict=True)]
    normal = [[sum(r[i] * o[j] for r, o in zip(rows, outer, strict=True)) for j in range(3)] for i in range(3)]
    right = [-sum(o[i] * Fraction(v) for o, v in zip(outer, f_corrected.tolist(), strict=True)) for i in range(3)]
    step = np.array([float(v) for v in solve(normal, right)])
    got: list[Array] = []

    def watched(x: Array) -> Array:
        got.append(x)
        return model(x) + Y - y

    fit(watched, x0, slopes, method=method, loss="huber", f_scale=f_scale, max_nfev=2)
    np.testing.assert_allclose(got[1] - x0, step, rtol=1e-12)


def solve(a: list[list[Fraction]], b: list[Fraction]) -> list[Fraction]:
    """Gauss and Jordan's, exactly."""
    rows = [[*row, value] for row, value in zip(a, b, strict=True)]
    for i, pivot in enumerate(rows):
        pivot[:] = [v / pivot[i] for v in pivot]
        for k, row in enumerate(rows):
            if k != i:
                row[:] = [u - row[i] * v for u, v in zip(row, pivot, strict=True)]
    return [row[-1] for row in rows]


@pytest.mark.parametrize("method", METHODS)
def test_trial_points_stay_within_radius_and_bounds(method: str) -> None:
    lower, upper = np.array([0.5, 0.25, -1.0]), np.array([1.5, 4.0, 0.125])
    seen: list[Array] = []

    def watched(x: Array) -> Array:
        seen.append(x)
        return model(x)

    got = fit(watched, [1.0, 1.0, 0.0], slopes, bounds=(lower, upper), method=method)
    assert got.state.status > 0
    assert all((x >= lower).all() and (x <= upper).all() for x in seen)
    proposed = [(delta, length) for task, _, _, delta, _, _, length in got.trace if task == 2]
    assert len(proposed) == got.state.nfev - 1 > 2
    assert all(length <= delta * (1.0 + 1e-12) for delta, length in proposed)


# ---- faults and limits


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"bounds": (0.0, [1.0, 1.0, 0.0])}, -6), ({"bounds": (0.0, [1.0, 1.0, math.nan])}, -6),
        ({"bounds": (-INF, [1.0, 1.0, math.nextafter(1.0, 0.0)])}, -7), ({"bounds": (-INF, 1.0)}, 1),
        ({"x0": [1.0, 1.0, math.nan]}, -7), ({"x0": [1.0, INF, 1.0]}, -7), ({"x_scale": 0.0}, -1),
        ({"x_scale": INF}, -1), ({"f_scale": 0.0, "loss": "huber"}, -1), ({"max_nfev": 0}, -1), ({"max_nfev": 1}, 0),
        ({"max_nfev": 1, "gtol": 1e9}, 1),
        ({"fun": lambda x: model(x) * math.nan}, -3), ({"fun": lambda x: model(x) + INF}, -3),
        ({"jac": lambda x: slopes(x) * math.nan}, -8), ({"jac": lambda x: slopes(x) * math.nan, "max_nfev": 1}, 0),
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", METHODS)
def test_bad_input_is_a_status(method: str, change: dict[str, Any], status: int) -> None:
    options = {"fun": model, "x0": START, "jac": slopes, "method": method, **change}
    got = fit(options.pop("fun"), options.pop("x0"), options.pop("jac"), **options)
    if change == {"bounds": (-INF, 1.0)}:
        assert got.state.status > 0  # on a bound is within
    else:
        assert got.state.status == status


@pytest.mark.parametrize("method", METHODS)
def test_a_jacobian_that_turns_infinite_keeps_the_best_x(method: str) -> None:
    def broken(x: Array) -> Array:
        jacobian = slopes(x)
        jacobian[3, 1] = jacobian[3, 1] if x.tolist() == START else INF
        return jacobian

    got = fit(model, START, broken, method=method)
    assert got.counts == (-8, got.state.nfev, 2)
    assert got.state.cost < 0.5 * float(model(np.array(START)) @ model(np.array(START)))
    np.testing.assert_array_equal(got.fun, model(got.x))


@pytest.mark.parametrize("method", METHODS)
def test_trials_without_finite_residuals_are_turned_down(method: str) -> None:
    def walled(x: Array) -> Array:
        return np.where(x[0] > 1.25, math.nan, x - np.array([1.2, 4.0]))

    got = fit(walled, [1.0, 1.0], lambda x: np.eye(2) * [3.0, 1.0], method=method)  # its steps are too long
    assert got.state.status > 0
    np.testing.assert_allclose(got.x, [1.2, 4.0], atol=1e-3)
    never = fit(lambda x: x if x[0] == 1.0 else x + INF, [1.0], lambda x: np.eye(1), method=method, max_nfev=7)
    assert (never.counts, never.x.tolist()) == ((0, 7, 1), [1.0])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("scale", [1e-150, 1e-60, 1e60, 1e150])
def test_scales_far_from_one(method: str, scale: float) -> None:
    # xtol is not only relative, and gtol is not relative at all
    options: dict[str, Any] = {"method": method, "x_scale": "jac", "gtol": 0.0, "xtol": 0.0}
    expected = fit(model, START, slopes, **options)
    assert expected.state.status == 2
    start = np.array(START) * scale
    of_x = fit(lambda x: model(x / scale), start, lambda x: slopes(x / scale) / scale, **options)
    of_f = fit(lambda x: scale * model(x), START, lambda x: scale * slopes(x), **options)
    assert of_x.counts == of_f.counts == expected.counts
    np.testing.assert_allclose(of_x.x / scale, expected.x, rtol=1e-10)
    np.testing.assert_allclose(of_f.x, expected.x, rtol=1e-10)


@pytest.mark.parametrize("method", METHODS)
def test_fewer_residuals_than_parameters(method: str) -> None:
    got = fit(lambda x: [x[0] + 2.0 * x[1] - x[2] - 3.0], [0.0, 0.0, 0.0], lambda x: [[1.0, 2.0, -1.0]], method=method,
              bounds=(-5.0, [0.25, 5.0, 5.0]))  # fmt: skip
    assert got.state.status > 0
    assert abs(got.fun[0]) < 1e-6
    assert got.jac.shape == (3, 1)


@needs_scipy
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("m", [1, 2])
def test_deficient_rank_goes_as_scipys(method: str, m: int) -> None:
    a = np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 6.5]])[:m]
    b = np.array([1.0, -1.0])[:m]

    def curved(x: Array) -> Array:
        z = a @ x
        return np.asarray(z + 0.25 * z * z - b)

    def jac(x: Array) -> Array:
        return np.asarray((1.0 + 0.5 * (a @ x))[:, None] * a)

    for bounds in ((-INF, INF), ([-1.0, 0.0, -INF], [1.0, 1.0, 1.0])):
        theirs, _ = scipy_fit(curved, [0.5, 0.5, 0.5], jac, method=method, bounds=bounds)
        ours = fit(curved, [0.5, 0.5, 0.5], jac, method=method, bounds=bounds)
        assert ours.counts == (theirs.status, theirs.nfev, theirs.njev)
        np.testing.assert_allclose(ours.x, theirs.x, atol=1e-6)


def test_no_free_parameter() -> None:
    for tolerances, status in (
        ({}, 1),
        ({"gtol": 0.0}, 4),
        ({"gtol": 0.0, "ftol": 0.0}, 3),
        ({"gtol": 0.0, "xtol": 0.0}, 2),
    ):
        got = fit(lambda x: x + 1.0, [0.0, 0.0], lambda x: np.eye(2), method="dogbox", bounds=(0.0, 1.0), **tolerances)
        assert (got.state.status, got.x.tolist(), got.active.tolist()) == (status, [0.0, 0.0], [-1, -1])
        # after a rejected step `grad` has zeros for what is held, as SciPy's
        assert got.grad.tolist() == ([1.0, 1.0] if status == 1 else [0.0, 0.0])


@pytest.mark.parametrize("method", METHODS)
def test_zero_residuals_and_bounds_one_ulp_apart(method: str) -> None:
    assert fit(lambda x: x * 0.0, [1.0, 2.0], lambda x: np.eye(2), method=method).counts == (1, 1, 1)
    lower = np.array([1.0, -INF])
    upper = np.array([math.nextafter(1.0, 2.0), INF])
    with np.errstate(all="ignore"):
        got = fit(
            lambda x: [x[0] - 3.0, x[1] - 2.0], [1.0, 0.0], lambda x: np.eye(2), method=method, bounds=(lower, upper)
        )
    assert got.state.status >= 0
    assert lower[0] <= got.x[0] <= upper[0]
    assert not np.isnan(got.x).any()


@pytest.mark.parametrize("x0", [0.0, 1.0])
def test_a_parameter_without_room_does_not_stop_the_others(x0: float) -> None:
    """SciPy's first radius is NaN if x0 is 0, and it evaluates nothing but NaN."""
    bounds = ([x0, -INF], [math.nextafter(x0, 2.0), INF])
    got = fit(lambda x: [x[0] - 3.0, x[1] - 2.0], [x0, 0.0], lambda x: np.eye(2), bounds=bounds)
    assert got.state.status > 0
    assert got.x[1] == pytest.approx(2.0, abs=1e-6)


def test_dogbox_looks_at_no_derivative_of_a_parameter_that_it_holds() -> None:
    def jac(x: Array) -> Array:
        return np.array([[1.0, 0.0], [0.0, INF if x[1] == 1.0 else 1.0]])

    options: Any = {"bounds": (-INF, [INF, 1.0]), "method": "dogbox"}
    got = fit(lambda x: [x[0] - 3.0, x[1] - 5.0], [0.0, 1.0], jac, **options)
    assert got.counts[0] > 0
    assert got.x.tolist() == [3.0, 1.0]
    assert fit(lambda x: [x[0] - 3.0, x[1] + 5.0], [0.0, 1.0], jac, **options).counts == (-8, 1, 1)


def test_dogbox_evaluates_afresh_where_it_sets_x_on_a_bound() -> None:
    seen: list[float] = []

    def line(x: Array) -> Array:
        seen.append(float(x[0]))
        return np.array([x[0] - 9.0])

    # by way of 0 and 2.68; from there the trial point is one ulp below the bound, or on it
    beside, on = 7.87, 6.5
    assert 2.68 + (beside - 2.68) < beside
    assert 2.68 + (on - 2.68) == on
    for bound, extra in ((beside, 1), (on, 0)):
        seen.clear()
        got = fit(line, [-1.34], "2-point", bounds=(-INF, bound), method="dogbox")
        assert got.x.tolist() == [bound]
        assert got.counts == (1, 4, 4)
        assert got.calls == got.state.nfev + got.state.njev + extra
        assert seen[-2 - extra] == 2.68 + (bound - 2.68)
        assert bound in seen
