"""Fits that met SciPy's tolerances away from a minimum: relative to the norm of all parameters, and to the cost."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minpack

X = np.linspace(-63.5, -62.3, 200)
TRUE = np.array([-62.93, 6.2e7, 0.03])
FAR = [-62.88, 6e7, 0.02]
LEFT = "the fit ended away from the minimum: the step that is left changes "


def peak(x: Any, center: float, area: float, width: float) -> Any:
    return area * width / ((x - center) ** 2 + width**2)


Y = peak(X, *TRUE) * (1.0 + 0.001 * np.sin(40.0 * X))


def residuals(p: Any) -> Any:
    return peak(X, *p) - Y


def test_a_large_parameter_ends_a_fit_early() -> None:
    """One of 6e7 lets the others be 0.6 off: SciPy's numbers, with a word; right with the scale of the Jacobian."""
    wide = ([-70.0, 0.0, 0.0], [-50.0, 1e9, 9.0])
    for fit, name in (
        (lambda: minpack.least_squares(residuals, FAR).x, "parameter 2"),
        (lambda: minpack.least_squares(residuals, FAR, bounds=([-99.0, -np.inf, -9.0], np.inf)).x, "parameter 2"),
        (lambda: minpack.curve_fit(peak, X, Y, FAR, method="trf")[0], "'width'"),
    ):
        with pytest.warns(minpack.OptimizeWarning, match=f"{LEFT}{name} by"):
            assert abs(fit()[2] - TRUE[2]) > 0.01
    for scaled in (
        lambda: minpack.least_squares(residuals, FAR, x_scale="jac").x,
        lambda: minpack.curve_fit(peak, X, Y, FAR, bounds=wide, x_scale="jac")[0],
        lambda: minpack.fit(peak, X, Y, FAR).values,
    ):
        np.testing.assert_allclose(scaled(), TRUE, rtol=1e-3)


def test_how_far_is_a_percentage_without_a_power() -> None:
    """The gradient of small residuals is below gtol at the start."""
    for start, left in ((100.0, 100), (5.0, 3900)):
        with pytest.warns(minpack.OptimizeWarning, match=f"{LEFT}parameter 0 by {left} % of its value"):
            minpack.least_squares(lambda x: 1e-9 * (x - 200.0), start)


def hardly_moves(t: Any, a: Any, b: Any) -> Any:
    """The second parameter moves nothing but the last bits, and no derivative tells how large the values are."""
    return 1.0 / t + 1e-7 * (a - 1.0) + 1e-3 * b * t


def test_residuals_that_are_rounding_leave_no_step() -> None:
    """A fit that starts where exact data come from: what a step makes better is rounding."""
    t, bits = np.linspace(0.1, 5.0, 25), 2e-16 * np.sign(np.sin(np.arange(25.0) + 1.0))
    for far in (0.0, 1e4):
        exact = np.array([1e-4, 0.5 + far]) if far else np.array([0.5, 1e-9])
        data = (exact[0] * (t + far) + exact[1]) * (1.0 + bits)
        minpack.least_squares(lambda x: x[0] * (t + far) + x[1] - data, exact)  # noqa: B023
        minpack.curve_fit(lambda t, a, b: a * t + b, t + far, data, exact, bounds=(0.0, 1e5))
    near = 1.0 / t[:2] * (1.0 + bits[:2])
    pcov = minpack.curve_fit(hardly_moves, t[:2], near, [1.0, 1e-16], bounds=(0.0, 9.0), absolute_sigma=True)[1]
    assert np.isfinite(pcov).all()


def test_small_parameters_are_lost_in_absolute_steps() -> None:
    with pytest.warns(minpack.OptimizeWarning, match="the step that is left changes parameter 0 by"):
        minpack.least_squares(lambda x: x - 3.0, 1e-9)
    t = np.linspace(0.0, 1e10, 20)
    data = np.exp(-2e-10 * t) + 0.01 * np.sin(t / 7e8)
    with pytest.warns((minpack.OptimizeWarning, RuntimeWarning), match="the fit (may have )?ended away"):
        minpack.least_squares(lambda x: np.exp(-x * t) - data, 1e-10)


def rosenbrock(x: Any) -> Any:
    return np.array([10.0 * (x[1] - x[0] ** 2), 1.0 - x[0]])


@pytest.mark.parametrize(
    ("fun", "start", "options"),
    [
        (rosenbrock, [-1.2, 1.0], {}),
        (rosenbrock, [-1.2, 1.0], {"bounds": (-2.0, [0.5, 2.0])}),  # a step is left, but leads beyond a bound
        (lambda x: np.array([x[0] + 10 * x[1], 5**0.5 * (x[2] - x[3]), (x[1] - 2 * x[2]) ** 2,
                             10**0.5 * (x[0] - x[3]) ** 2]), [3.0, -1.0, 0.0, 1.0], {}),  # singular at its end
        (residuals, FAR, {"ftol": 1e-3, "xtol": 1e-3}),  # asked for
        (residuals, FAR, {"loss": "cauchy"}),
        (residuals, FAR, {"max_nfev": 2}),
        (residuals, FAR, {"x_scale": "jac"}),
        (lambda x: np.array([x[0] ** 2 + 1.0, 2.0]), [0.7], {}),  # a minimum with a cost
    ],
)  # fmt: skip
def test_others_are_quiet(fun: Any, start: Any, options: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        minpack.least_squares(fun, start, **options)


T = np.linspace(0.0, 5.0, 30)
DATA = 2.0 * np.exp(-0.5 * T) + 0.01 * np.sin(7.0 * T)
WRONG = "what .* returns changes otherwise in short steps than .* says: look at that with minpack.check_gradient"


def decay(t: Any, a: Any, b: Any) -> Any:
    return a * np.exp(-b * t)


def slopes(t: Any, a: Any, b: Any) -> Any:
    return np.stack([np.exp(-b * t), -a * t * np.exp(-b * t)], axis=-1)


JACOBIANS = {
    "leastsq": lambda j: minpack.leastsq(lambda p: decay(T, *p) - DATA, [1.0, 1.0], Dfun=lambda p: j(T, *p)),
    "curve_fit": lambda j: minpack.curve_fit(decay, T, DATA, jac=j),
    "curve_fit bounds": lambda j: minpack.curve_fit(decay, T, DATA, jac=j, bounds=(0.0, 9.0)),
    **{
        f"least_squares {method}": lambda j, method=method: minpack.least_squares(
            lambda p: decay(T, *p) - DATA, [1.0, 1.0], lambda p: j(T, *p), method=method
        )
        for method in ("lm", "trf", "dogbox")
    },
}


@pytest.mark.parametrize("door", JACOBIANS)
def test_a_wrong_jacobian_is_named(door: str) -> None:
    with pytest.warns(RuntimeWarning, match=WRONG), warnings.catch_warnings():
        warnings.simplefilter("ignore", minpack.OptimizeWarning)
        JACOBIANS[door](lambda *p: -slopes(*p))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        JACOBIANS[door](slopes)
        JACOBIANS[door](lambda *p: slopes(*p).astype(np.float32))


NOT_FINITE = "the fit may have ended away from the minimum, because derivatives or squares are not finite, or what"


def spoilt(begin: int, number: float, jac: Any) -> Any:
    """The derivatives with a number in one place from a call on."""
    calls = iter(range(99))

    def derivatives(*p: Any) -> Any:
        columns = jac(*p)
        columns[0, 0] = number if next(calls) >= begin else columns[0, 0]
        return columns

    return derivatives


@pytest.mark.parametrize("door", ["leastsq", "curve_fit", "least_squares lm"])
@pytest.mark.parametrize("begin", [0, 2])
@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_derivatives_that_are_not_finite_are_said(door: str, begin: int, number: float) -> None:
    """With MINPACK they look like a gradient of zero, which is a success."""
    with pytest.warns(RuntimeWarning, match=NOT_FINITE) as caught, warnings.catch_warnings():
        warnings.simplefilter("ignore", minpack.OptimizeWarning)  # of the covariance
        JACOBIANS[door](spoilt(begin, number, slopes))
    assert len(caught) == 1


def test_a_start_at_the_edge_of_what_a_function_takes_is_said() -> None:
    def root(p: Any) -> Any:
        with np.errstate(invalid="ignore"):
            return np.sqrt(1.0 - p[0]) * T + p[1] - DATA

    for fit in (minpack.leastsq, lambda *given: minpack.least_squares(*given, method="lm")):
        with pytest.warns(RuntimeWarning, match=f"{NOT_FINITE} .* than its difference quotients say"):
            fit(root, [1.0, 1.0])


@pytest.mark.parametrize("method", ["trf", "dogbox"])
@pytest.mark.parametrize(("scale", "start"), [(1e200, [1.0, 1.0]), (1.0, [1e300, 1.0])])
def test_costs_that_overflow_are_no_silent_success(method: Any, scale: float, start: Any) -> None:
    """Steps are shortened until they meet xtol."""

    def steep(p: Any) -> Any:
        return scale * (p[0] * T + p[1] - DATA)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = minpack.least_squares(steep, start, method=method)
    said = any("because derivatives or squares are not finite" in str(warning.message) for warning in caught)
    assert found.success == said
    assert found.cost == np.inf


LATER = np.linspace(1.0, 10.0, 12)
ONE = decay(LATER, 2.0, 0.4) + 0.005 * np.sin(9.0 * LATER)
SMALL = [1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12]
OF_SMALL: dict[str, Callable[..., Any]] = {
    "least_squares": lambda y, *p0, **how: minpack.least_squares(lambda p: decay(LATER, *p) - y, p0, **how).x,
    "curve_fit": lambda y, *p0, **how: minpack.curve_fit(decay, LATER, y, p0, **how)[0],
}


@pytest.mark.parametrize("method", ["trf", "dogbox"])
@pytest.mark.parametrize("bounds", [(-np.inf, np.inf), (0.0, np.inf)])
@pytest.mark.parametrize(
    ("door", "scale", "height"),
    [(door, scale, height) for door in OF_SMALL for scale in SMALL for height in (scale, 1.0)],
)
def test_small_data_are_never_silently_wrong(door: str, scale: float, height: float, bounds: Any, method: Any) -> None:
    """gtol is relative to nothing: their gradient is below it far from the minimum, and so it is in SciPy."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        rate = OF_SMALL[door](scale * ONE, height, 1.0, bounds=bounds, method=method)[1]
    said = [str(warning.message) for warning in caught if "the step that is left" in str(warning.message)]
    assert len(said) <= 1 and (said or abs(rate - 0.4) < 1e-3)
    assert not said or "or to nothing (gtol)" in said[0]


WAVE = 0.01 * np.sin(9.0 * LATER)
MODELS: dict[str, tuple[Callable[..., Any], list[float]]] = {
    "peak": (lambda t, a, c, s: a * np.exp(-0.5 * ((t - c) / s) ** 2), [3.0, 4.0, 2.0]),
    "saturation": (lambda t, a, k: a * t / (k + t), [3.0, 1.2]),
    "logistic": (lambda t, a, k, c: a / (1.0 + np.exp(-k * (t - c))), [3.0, 1.2, 4.0]),
    "power": (lambda t, a, k: a * t**k, [3.0, 0.4]),
}


@pytest.mark.parametrize("method", ["trf", "dogbox"])
@pytest.mark.parametrize("bounds", [(-np.inf, np.inf), (0.0, 10.0), (0.0, np.inf)])
@pytest.mark.parametrize("noise", [0.0, 1.0])
@pytest.mark.parametrize("name", MODELS)
def test_no_small_data_are_silently_wrong(name: str, noise: float, bounds: Any, method: Any) -> None:
    """A height of zero takes the other derivatives with it, and one near its bound leaves no room for all."""
    f, true = MODELS[name]
    data = 1e-12 * (f(LATER, *true) + noise * WAVE)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = minpack.curve_fit(f, LATER, data, np.ones(len(true)), bounds=bounds, method=method)[0]
    said = any("the step that is left" in str(warning.message) for warning in caught)
    assert said or np.allclose(found[1:], true[1:], rtol=0.2)


@pytest.mark.parametrize("method", ["trf", "dogbox"])
@pytest.mark.parametrize("loss", ["huber", "soft_l1", "cauchy", lambda z: np.array([z, z**0, 0.0 * z])])
@pytest.mark.parametrize("scale", [1.0, 1e-8, 1e-12])
@pytest.mark.parametrize("door", OF_SMALL)
def test_small_data_with_a_loss_are_not_silently_wrong(door: str, scale: float, loss: Any, method: Any) -> None:
    data = ONE.copy()
    data[3] += 1.0
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        options = {"loss": loss, "f_scale": 0.02 * scale, "method": method}
        rate = OF_SMALL[door](scale * data, scale, 1.0, **options)[1]
    assert any("the step that is left" in str(warning.message) for warning in caught) == (scale < 1.0)
    assert scale < 1.0 or callable(loss) or abs(rate - 0.4) < 0.02


@pytest.mark.parametrize("method", ["trf", "dogbox"])
@pytest.mark.parametrize("start", [[1.0, 1.0], [2.2, 0.0], [2.2, 1e-9]])
@pytest.mark.parametrize("noise", [0.0, 1.0])
@pytest.mark.parametrize("power", [1, 2])
def test_a_parameter_of_zero_is_quiet(power: int, noise: float, start: Any, method: Any) -> None:
    """If it is squared, its derivative vanishes with it, and the step that is left is long, but leads nowhere."""

    def f(t: Any, a: Any, b: Any) -> Any:
        return a**power * np.exp(-0.3 * t) + b**power * t

    data = f(LATER, 2.0, 0.0) + noise * (WAVE - (WAVE @ LATER) / (LATER @ LATER) * LATER)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        minpack.least_squares(lambda p: f(LATER, *p) - data, start, method=method)


def test_a_function_that_fails_where_the_step_leads_is_no_error() -> None:
    def root(p: Any) -> Any:
        if p[0] < 0.999:
            raise ValueError("not there")
        return np.array([1e-5 * (1.0 + p[0]), 1e-5 * (2.0 + p[0])])

    assert minpack.least_squares(root, [1.0]).status == 1


@pytest.mark.parametrize("method", ["trf", "dogbox"])
@pytest.mark.parametrize("noise", [0.0, 1e-3, 0.1])
@pytest.mark.parametrize("top", [0.3, 0.39, 0.399999, 0.400001, 0.41])
def test_a_minimum_on_a_bound_is_quiet(method: Any, noise: float, top: float) -> None:
    data = decay(LATER, 2.0, 0.4) + noise * np.sin(9.0 * LATER)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        minpack.least_squares(lambda p: decay(LATER, *p) - data, [1.0, 0.2], bounds=(0.0, [9.0, top]), method=method)


def test_a_batch_that_starts_at_its_end_is_not_stuck() -> None:
    """Where one parameter changes nothing no parameter has an error, but the other changes the values."""
    t = np.linspace(0.1, 5.0, 25) + 1e4
    starts = np.array([[1.1, 1e-5], [1.2, 2e-5]])
    data = (starts[:, :1] * t + starts[:, 1:]) * (1.0 + 2e-16 * np.sign(np.sin(np.arange(25.0) + 1.0)))
    with pytest.warns(minpack.OptimizeWarning, match="the data of 2 of 2 fits do not determine some") as caught:
        result = minpack.curve_fit_batch(lambda t, a, b: a * t + b, t, data, starts)
    assert len(caught) == 1
    assert (result.x == starts).all() and (result.cost > 0.0).all() and np.isinf(result.cov).all()
