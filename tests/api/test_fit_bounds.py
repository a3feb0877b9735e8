"""`fit` with bounds: the numbers of `least_squares`, parameters at their bounds, and all that follows from a fit."""

import warnings
from typing import Any

import numpy as np
import pytest

from minpack import NotFiniteWarning, fit, least_squares
from support.decay import T, Y, decay, decay_jacobian, line

METHODS = ["trf", "dogbox"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("loss", ["linear", "soft_l1"])
def test_values_are_those_of_least_squares(method: str, loss: str) -> None:
    bounds = ([0, 0, 0], [9, 9, 1])
    weights = 1 / (0.1 * Y)
    result = fit(decay, T, Y, [2, 1, 0.3], sigma=0.1 * Y, jac=decay_jacobian, bounds=bounds, method=method, loss=loss,
                 f_scale=0.1)  # fmt: skip
    theirs = least_squares(
        lambda p: (decay(T, *p) - Y) * weights, [2, 1, 0.3], lambda p: (decay_jacobian(T, *p).T * weights).T, bounds,
        method, gtol=None, loss=loss, f_scale=0.1,
    )  # fmt: skip
    assert result.values.tobytes() == theirs.x.tobytes()
    assert (result.nfev, result.success, result.message) == (theirs.nfev, True, theirs.message)
    np.testing.assert_array_equal(result.weighted_residuals, -theirs.fun)


@pytest.mark.parametrize("method", METHODS)
def test_wide_bounds_change_nothing(method: str) -> None:
    free, wide = fit(decay, T, Y), fit(decay, T, Y, bounds=(-99, 99), method=method)
    np.testing.assert_allclose(wide.values, free.values, rtol=1e-6)
    np.testing.assert_allclose(wide.covariance, free.covariance, rtol=1e-4)
    np.testing.assert_allclose(wide.r_factor.T @ wide.r_factor, free.r_factor.T @ free.r_factor, rtol=1e-4)
    assert wide.active_mask.tolist() == [0, 0, 0]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("bounds", "side", "value"), [((0, 0.45), 1, 0.45), ((0.6, 9), -1, 0.6)])
@pytest.mark.parametrize("jac", [None, decay_jacobian])
def test_a_parameter_at_its_bound_is_as_one_held_there(
    method: str, bounds: tuple[float, float], side: int, value: float, jac: Any
) -> None:
    result = fit(decay, T, Y, bounds={"offset": bounds}, method=method, jac=jac)
    held = fit(decay, T, Y, fixed={"offset": value}, jac=jac)
    assert result.active_mask.tolist() == [0, 0, side]
    assert result.fitted == ("amplitude", "rate")
    np.testing.assert_allclose(result.values, held.values, rtol=1e-5)
    np.testing.assert_allclose(result.covariance, held.covariance, rtol=1e-4)
    np.testing.assert_allclose(result.errors, [*held.errors[:2], np.nan], rtol=1e-4)
    np.testing.assert_allclose(result.confidence_intervals()[:2], held.confidence_intervals()[:2], rtol=1e-4)
    for name in ("degrees_of_freedom", "chi_square", "aic", "bic", "residual_sd", "r_squared"):
        assert getattr(result, name) == pytest.approx(getattr(held, name), rel=1e-4)
    for band in ("confidence_band", "prediction_band"):
        np.testing.assert_allclose(getattr(result, band)(T), getattr(held, band)(T), rtol=1e-4)
    both = [one.derived(lambda rate, offset: offset / rate) for one in (result, held)]
    np.testing.assert_allclose(*both, rtol=1e-4)
    (finding,) = result.diagnose().records
    assert (finding.kind, finding.parameters) == ("at_bound", ("offset",))
    words = f"at its {'lower' if side < 0 else 'upper'} bound"
    assert f"offset = {value} {words}" in repr(result)
    assert any(line.split(maxsplit=2) == ["offset", str(value), words] for line in result.report().splitlines())
    assert f"<td>offset</td><td>{value}</td><td>{words}</td><td></td>" in result._repr_html_()
    assert "correlation   amplitude\nrate" in result.report()


def test_a_parameter_near_its_bound_is_not_at_it() -> None:
    """Its error is that of any other, and its interval ends at the bound."""
    free = fit(decay, T, Y)
    bound = free["offset"] - 0.1 * free.errors[2]
    near = fit(decay, T, Y, bounds={"offset": (bound, None)}, xtol=1e-12, ftol=1e-12)
    assert near.active_mask.tolist() == [0, 0, 0]
    np.testing.assert_allclose(near.errors, free.errors, rtol=1e-4)
    low, high = near.confidence_intervals()[2]
    assert low == bound
    assert high == pytest.approx(free.confidence_intervals()[2, 1], rel=1e-5)


@pytest.mark.parametrize("loss", ["linear", "huber"])
@pytest.mark.parametrize("method", METHODS)
def test_all_parameters_at_their_bounds(method: str, loss: str) -> None:
    result = fit(line, T, 1 + 2 * T, bounds=([2, 3], [4, 5]), method=method, loss=loss)
    assert result.active_mask.tolist() == [-1, -1]
    assert result.degrees_of_freedom == 8
    assert not result.covariance.any()
    assert [finding.kind for finding in result.diagnose().records][:2] == ["at_bound", "at_bound"]
    assert "0 parameters fitted" in result.report()
    low, high = result.confidence_band(T)
    np.testing.assert_array_equal(low, high)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("jac", [None, decay_jacobian])
def test_the_model_is_called_within_the_bounds_only(method: str, jac: Any) -> None:
    """In the fit, in bands, and in what is derived; also if a parameter lies next to its bound."""
    tight = {"ftol": 1e-14, "xtol": 1e-14}
    free = fit(decay, T, Y, **tight)
    lower, upper = np.array([0, 0, free["offset"] * (1 - 2e-6)]), np.array([9, free["rate"] * (1 + 2e-6), 1])

    def check(*p: float) -> None:
        assert (lower <= p).all()
        assert (p <= upper).all()

    def careful(t: Any, amplitude: Any, rate: Any, offset: Any) -> Any:
        check(amplitude, rate, offset)
        return decay(t, amplitude, rate, offset)

    result = fit(careful, T, Y, bounds=(lower, upper), method=method, jac=jac, **tight)
    assert not result.active_mask.any()
    result.confidence_band(T)
    result.predict(T)
    quantity = result.derived(lambda *p: (check(*p), np.log(p[1]))[1])
    assert quantity.error == pytest.approx(result.errors[1] / result["rate"], rel=1e-4)


def test_covariance_of_small_parameters() -> None:
    """Steps of difference quotients do not exceed a parameter that starts small."""
    t, scale = np.linspace(0, 5, 30) / 1e-9, 1e-9
    y = np.exp(-scale * t) + 0.01 * np.cos(37 * np.arange(30.0))
    result = fit(lambda t, rate: np.exp(-rate * t), t, y, [2e-9], bounds=(0, 1e-8), x_scale=scale)
    plain = fit(lambda t, rate: np.exp(-rate * t), t, y, [2e-9])
    np.testing.assert_allclose([result.values, result.errors], [plain.values, plain.errors], rtol=1e-6)


def test_small_data_do_not_pass_for_a_small_gradient() -> None:
    result = fit(decay, T, 1e-7 * Y, [2e-7, 2, 1e-7], bounds=(0, 9))
    np.testing.assert_allclose(result.values, fit(decay, T, Y).values * [1e-7, 1, 1e-7], rtol=1e-4)


@pytest.mark.parametrize("method", METHODS)
def test_callback(method: str) -> None:
    """It gets each accepted point, the cost there and the calls so far; True stops the fit; the copy is its own."""
    seen: list[tuple[np.ndarray, float, int]] = []

    def tell(x: np.ndarray, cost: float, nfev: int) -> None:
        assert cost == pytest.approx(0.5 * np.sum((decay(T, *x) - Y) ** 2), rel=1e-12)
        seen.append((x.copy(), cost, nfev))
        x[:] = np.nan

    result = fit(decay, T, Y, bounds=(0, 9), method=method, callback=tell)
    np.testing.assert_array_equal(seen[-1][0], result.values)
    assert [cost for _, cost, _ in seen] == sorted((cost for _, cost, _ in seen), reverse=True)
    stopped = fit(decay, T, Y, bounds=(0, 9), method=method, callback=lambda *_: True)
    np.testing.assert_array_equal(stopped.values, seen[0][0])
    assert (stopped.success, stopped.status) == (False, -2)


@pytest.mark.parametrize("method", METHODS)
def test_a_limit_on_calls(method: str) -> None:
    for name in ("maxfev", "max_nfev"):
        with pytest.warns(RuntimeWarning, match="did not converge: The maximum number of function evaluations"):
            result = fit(decay, T, Y, [9, 5, 0], bounds=(0, 9), method=method, **{name: 3})
        assert (result.success, result.status) == (False, 5)
        assert result.diagnose().records[0].kind == "too_many_calls"


@pytest.mark.parametrize("method", METHODS)
def test_a_model_that_is_not_finite_at_the_start(method: str) -> None:
    with pytest.warns(NotFiniteWarning, match="residual 3 is not finite"):
        result = fit(lambda t, a: np.where(t == 1.5, np.nan, a * t), T, Y, bounds=(0, 9), method=method)
    assert not result.success
    assert result.diagnose().records[0].kind == "not_finite"
    assert result.values.tolist() == [1.0]


@pytest.mark.parametrize("method", METHODS)
def test_derivatives_that_are_not_finite_keep_the_best_point(method: str) -> None:
    def broken(t: Any, amplitude: Any, rate: Any, offset: Any) -> Any:
        jacobian = decay_jacobian(t, amplitude, rate, offset)
        jacobian[2, 1] = np.nan if amplitude > 2.2 else jacobian[2, 1]
        return jacobian

    with pytest.warns(RuntimeWarning, match="that by 'rate' is nan at point 2"):
        result = fit(decay, T, Y, [1, 1, 0.3], jac=broken, bounds=(0, 9), method=method)
    assert not result.success
    assert result["amplitude"] > 2.2
    assert result.chi_square < np.sum((decay(T, 1, 1, 0.3) - Y) ** 2)
    assert "jacobian_not_finite" in [finding.kind for finding in result.diagnose().records]
    assert "did not converge" in result.report()


@pytest.mark.parametrize("method", METHODS)
def test_a_start_on_a_bound_is_quiet(method: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = fit(decay, T, Y, [9, 0.5, 0], bounds=([0, 0.5, 0], [9, 9, 9]), method=method)
    np.testing.assert_allclose(result.values, fit(decay, T, Y).values, rtol=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_a_callback_stops_the_fit(method: str) -> None:
    def callback(*_: Any) -> None:
        raise StopIteration

    assert fit(decay, T, Y, [9, 0.6, 0], bounds=(0, 10), method=method, callback=callback).status == -2
