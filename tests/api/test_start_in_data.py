"""`fit` of functions without p0: what they amount to, or points scaled from the data, unless ones are good."""

import math
import warnings
from typing import Any

import numpy as np
import pytest

import minpack
from minpack._api.start_in_data import start_in_data
from minpack._input.parameters import parameters
from minpack._input.taken import take

NOISE = 0.01


def peak(x, height, center, width):
    return height * np.exp(-0.5 * ((x - center) / width) ** 2)


def decay(t, amplitude, rate, offset):
    return amplitude * np.exp(-rate * t) + offset


def logistic(x, top, steepness, middle):
    with np.errstate(over="ignore"):
        return top / (1.0 + np.exp(-steepness * (x - middle)))


CASES = [
    (peak, np.linspace(400.0, 600.0, 101), (5.0, 500.0, 12.0)),
    (peak, np.linspace(0.0, 1e-6, 60), (1.0, 4e-7, 5e-8)),
    (decay, np.linspace(0.0, 3000.0, 60), (80.0, 1e-3, 4.0)),
    (logistic, np.linspace(900.0, 1100.0, 60), (12.0, 0.08, 1010.0)),
]


def noisy(f, x, true):
    y = f(x, *true)
    return y + NOISE * np.ptp(y) * np.random.default_rng(1).standard_normal(x.size)


def cost(f, x, y, values):
    return np.square(y - f(x, *values)).sum()


@pytest.mark.parametrize(("f", "x", "true"), CASES)
def test_what_fails_from_ones(f, x, true):
    calls = 0

    def counted(x, a, b, c):
        nonlocal calls
        calls += 1
        return f(x, a, b, c)

    y = noisy(f, x, true)
    fit = minpack.fit(counted, x, y)
    truth = cost(f, x, y, true)
    assert fit.success and cost(f, x, y, fit.values) <= truth
    searched = calls
    calls = 0
    minpack.fit(counted, x, y, fit.start)
    assert 0 < searched - calls <= 50
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ones = minpack.fit(f, x, y, np.ones(3))
    assert not cost(f, x, y, ones.values) < 4.0 * truth
    assert cost(f, x, y, fit.start) < cost(f, x, y, np.ones(3))


def test_ones_that_are_good_stay():
    t = np.linspace(0.0, 5.0, 30)
    assert minpack.fit(decay, t, noisy(decay, t, (2.5, 1.0, 0.5))).start.tolist() == [1.0, 1.0, 1.0]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("seed", range(25))
def test_never_worse_than_ones(seed):
    """Data without a curve in them: whatever is found leaves no more than ones do."""
    draw = np.random.default_rng(seed)
    x, y = np.sort(draw.normal(0.0, 100.0, 20)), draw.normal(0.0, 10.0, 20)
    f = (peak, decay, logistic)[seed % 3]
    with np.errstate(all="ignore"):
        start = minpack.fit(f, x, y, maxfev=1).start
        there, ones = cost(f, x, y, start), cost(f, x, y, np.ones(3))
    assert (start == 1.0).all() or there < ones or not np.isfinite(ones)


@pytest.mark.parametrize("value", [np.nan, np.inf, None])
def test_ones_if_the_model_fails_elsewhere(value):
    def f(x, a, b):
        if (a, b) != (1.0, 1.0):
            if value is None:
                raise ArithmeticError("too far")
            return np.full(x.size, value)
        return a * np.exp(-b * x)

    x = np.linspace(0.0, 1000.0, 10)
    model = parameters(f, None, None, None)
    assert start_in_data(model, take(f, None, model.start, x, 1e-3 * x, None, None)) is model


def test_what_is_given_stays():
    f, x, true = CASES[0]
    y = noisy(f, x, true)
    assert minpack.fit(f, x, y, {"center": 495.0, "width": 10.0}).start.tolist() == [1.0, 495.0, 10.0]
    held = minpack.fit(f, x, y, fixed={"width": 12.0})
    assert held.start[2] == 12.0 and abs(held["center"] - 500.0) < 1.0

    def with_default(x, height, center=490.0, width=8.0):
        return peak(x, height, center, width)

    assert minpack.fit(with_default, x, y).start[1:].tolist() == [490.0, 8.0]


def test_within_bounds_and_with_ties():
    f, x, true = CASES[2]
    y = noisy(f, x, true)
    seen = []

    def watched(t, amplitude, rate, offset):
        seen.append((amplitude, rate, offset))
        return decay(t, amplitude, rate, offset)

    bounds = {"rate": (0.0, 0.5), "amplitude": (0.0, 200.0), "offset": (-10.0, 10.0)}
    fit = minpack.fit(watched, x, y, bounds=bounds)
    low, high = np.array([(0.0, 200.0), (0.0, 0.5), (-10.0, 10.0)]).T
    assert (np.array(seen) >= low).all() and (np.array(seen) <= high).all()
    assert abs(fit["rate"] - 1e-3) < 1e-4
    tied = minpack.fit(decay, x, y, tied={"offset": lambda amplitude: amplitude / 20.0})
    assert tied.start[2] == tied.start[0] / 20.0 and abs(tied["rate"] - 1e-3) < 1e-4


@pytest.mark.parametrize(("left", "searches"), [(0.099, False), (0.101, True)])
def test_a_start_that_explains_nine_tenths_of_the_scatter_is_kept(left: float, searches: bool) -> None:
    x, y = np.arange(4.0), np.array([1.0, -1.0, 1.0, -1.0])
    calls = 0

    def f(x: Any, a: float) -> Any:
        nonlocal calls
        calls += 1
        return y * (1.0 - math.sqrt(left)) + 0.0 * a

    model = parameters(f, None, None)
    start_in_data(model, take(f, None, model.start, x, y, None, None))
    assert (calls > 2) == searches


def test_data_that_are_all_equal_have_starts() -> None:
    """Where nothing is high there is no width: a curve through a constant is found, whatever the other parameters."""
    for level in (0.0, 2.0):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", minpack.OptimizeWarning)  # of what a constant does not determine
            fit = minpack.fit(lambda x, a, b, c: a * np.exp(-b * x) + c, np.linspace(0.0, 5.0, 30), np.full(30, level))
        assert fit.chi_square < 1e-12


UNITS: dict[str, tuple[Any, list[float]]] = {
    "decay": (lambda x, a, b, c: a * np.exp(-b * x) + c, [2.5, 1.3, 0.5]),
    "peak": (lambda x, h, c, w, o: h * np.exp(-0.5 * ((x - c) / w) ** 2) + o, [3.0, 1.5, 0.8, 1.0]),
    "saturation": (lambda x, v, k: v * x / (k + x), [3.0, 1.5]),
    "growth": (lambda x, t, r, m: t / (1.0 + np.exp(-r * (x - m))), [3.0, 2.0, 2.0]),
}


@pytest.mark.parametrize("unit", [10.0, 1e3, 1e6, 1e12])
@pytest.mark.parametrize("name", UNITS)
def test_the_units_of_y_do_not_matter(name: str, unit: float) -> None:
    """Ones are a start that suits all but the size: the fit went astray, as curve_fit does."""
    f, truth = UNITS[name]
    x = np.linspace(0.1, 4.1, 20)
    y = f(x, *truth) + 0.02 * np.random.default_rng(1).standard_normal(20)
    found = minpack.fit(f, x, unit * y)
    assert found.chi_square == pytest.approx(unit**2 * minpack.fit(f, x, y, truth).chi_square, rel=1e-6)


# ones explain more than half of the scatter, by numbers that nearly cancel; a parameter hardly shows at ones, so that
# the function seems to be linear in the others only; waves, whose frequency few points suggest
FAR_FROM_ONES: dict[str, tuple[Any, Any, tuple[float, ...]]] = {
    "small x": (
        lambda x, a, m, w, c: a * np.tanh((x - m) / w) + c, np.linspace(1e-3, 3e-3, 40), (5.0, 2e-3, 1e-4, 0.5)
    ),
    "late growth": (lambda x, a, b, c: a * np.exp(-b * x) + c, np.arange(36.0, 73.0), (0.01, -0.17, 30.0)),
    "difference": (
        lambda x, a, b, c: (a - c) * np.exp(-x / b) + c, np.linspace(60.0, 3060.0, 50), (100.0, 400.0, 20.0)
    ),
    "wave": (lambda x, a, b, c, d: a * np.sin(b * x + c) + d, np.linspace(0.0, 10.0, 60), (2.0, 3.7, 1.0, 5.0)),
    "cycles": (
        lambda x, a, f, p, c: a * np.sin(2.0 * np.pi * f * x + p) + c, np.linspace(2.0, 500.0, 80),
        (0.3, 0.02, 2.0, 1.0),
    ),
    "period": (
        lambda x, a, t, w, c: a * np.cos(2.0 * np.pi * (x - t) / w) + c, np.linspace(0.0, 40.0, 80),
        (3.0, 7.0, 9.0, 1.0),
    ),
    "ringing": (
        lambda x, a, tau, w, p: a * np.exp(-x / tau) * np.sin(w * x + p), np.linspace(0.0, 0.03, 80),
        (2.0, 0.01, 2000.0, 1.0),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAR_FROM_ONES)
def test_parameters_far_from_ones_are_found(name: str) -> None:
    f, x, truth = FAR_FROM_ONES[name]
    y = noisy(f, x, truth)
    found = minpack.fit(f, x, y)
    assert found.success
    assert found.chi_square == pytest.approx(minpack.fit(f, x, y, truth).chi_square, rel=1e-6)


# regrowth of pasture over days, from Ratkowsky: Nonlinear Regression Modeling, 1983
DAYS = np.array([9.0, 14.0, 21.0, 28.0, 42.0, 57.0, 63.0, 70.0, 79.0])
YIELDS = np.array([8.93, 10.8, 18.59, 22.33, 39.35, 56.11, 61.73, 64.62, 67.08])


def weibull(x: Any, a: float, b: float, c: float, d: float) -> Any:
    return a - b * np.exp(-np.exp(c + d * np.log(np.array(x))))  # of which no more is known than its values


def test_ones_are_tried_if_the_point_that_was_found_leads_nowhere() -> None:
    fit = minpack.fit(weibull, DAYS, YIELDS)
    assert fit.success and fit.chi_square == pytest.approx(8.3759, abs=1e-4)
    assert fit.start.tolist() == [1.0, 1.0, 1.0, 1.0]
    seen: list[Any] = []
    with pytest.warns(RuntimeWarning, match="did not converge"):  # a callback follows one fit
        followed = minpack.fit(weibull, DAYS, YIELDS, callback=lambda *args: seen.append(args))
    assert not followed.success and seen and followed.start.tolist() != [1.0, 1.0, 1.0, 1.0]
    alone = minpack.fit(weibull, DAYS, YIELDS, fit.start)
    assert fit.nfev == followed.nfev + alone.nfev  # the calls of both fits count


def test_ones_that_lead_out_of_what_the_model_is_defined_for() -> None:
    calls = 0

    def strict(x: Any, a: float, b: float, c: float, d: float) -> Any:
        nonlocal calls
        calls += 1
        if calls > 50 and b > 1e5:
            raise ValueError("b is too large")
        return weibull(x, a, b, c, d)

    with pytest.warns(RuntimeWarning, match="did not converge"):
        fit = minpack.fit(strict, DAYS, YIELDS)
    assert not fit.success and fit.start.tolist() != [1.0, 1.0, 1.0, 1.0]


def test_waves_at_one_x() -> None:
    """Data that turn around have no frequency if they are all at one x."""
    y = np.resize([1.0, -1.0], 9)
    with pytest.warns(minpack.OptimizeWarning):
        found = minpack.fit(lambda x, a, w, p: a * np.sin(w * x + p), np.ones(9), y)
    assert found.chi_square == pytest.approx(9.0 * y.var())


def two_decays(x: Any, a: float, b: float, c: float, d: float) -> Any:
    return a * np.exp(-x / b) + c * np.exp(-x / d)


def lorentzian(x: Any, height: float, center: float, width: float) -> Any:
    return height * width**2 / ((x - center) ** 2 + width**2)


# what people ask for help with: powers that overflow at ones, a pole outside of the data, terms that share the data
ASKED: dict[str, tuple[Any, Any, tuple[float, ...]]] = {
    "overflow": (lambda x, a, b, c: a * np.exp(b * x) + c, np.linspace(50.0, 590.0, 10), (4000.0, -0.005, 10.0)),
    "pole": (lambda x, a, b, c: a + b / (x - c), np.linspace(280.0, 400.0, 25), (-4.5, 700.0, 180.0)),
    "two decays": (two_decays, np.linspace(0.1, 20.0, 40), (5.0, 0.8, 2.0, 9.0)),
    "growth": (
        lambda x, s, a, b: s * (1.0 - np.exp(-((x / b) ** a))), np.linspace(400.0, 1600.0, 7), (0.9, 6.5, 1106.0)
    ),
    "other side": (lambda x, m, c, c0: c0 + x**m * c, np.geomspace(0.015, 0.3, 13), (-0.35, 2.2, -3.5)),
    "peaks": (
        lambda x, a, b, c, d, e, f, g, h, i: lorentzian(x, a, b, c) + lorentzian(x, d, e, f) + lorentzian(x, g, h, i),
        np.linspace(1.0, 100.0, 120),
        (50.0, 50.0, 5.0, 100.0, 30.0, 4.0, 60.0, 70.0, 6.0),
    ),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:overflow")
@pytest.mark.parametrize("name", ASKED)
def test_what_a_function_amounts_to_has_better_ways(name: str) -> None:
    f, x, truth = ASKED[name]
    y = noisy(f, x, truth)
    found = minpack.fit(f, x, y)
    assert found.success and found.f is f
    assert found.chi_square == pytest.approx(minpack.fit(f, x, y, truth).chi_square, rel=1e-6)


def test_as_many_points_as_parameters() -> None:
    with pytest.warns(minpack.OptimizeWarning, match="could not be estimated"):
        found = minpack.fit(lambda x, a, b: np.exp(a * x + b), [350.0, 380.0], [48.0, 17.0])
    assert found.success and np.abs(found.residuals).max() < 1e-9
