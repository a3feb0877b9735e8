"""What the functions of a curve do to the memory that the fit works on, and what is refused there."""

from typing import Any

import numpy as np
import pytest

from minpack import _core, curve_fit, leastsq
from support import START, T, Y, ratio, ratio_jac, run_apart


def model(t: Any, a: Any, b: Any) -> Any:
    return a / (1.0 + b * t)


def jac(t: Any, a: Any, b: Any) -> Any:
    return ratio_jac((a, b), t)


def test_parameters_kept_stay_as_they_were() -> None:
    """The parameters are numbers of their own at each call."""
    kept: list[Any] = []

    def func(t: Any, *x: Any) -> Any:
        kept.append((x, [float(e) for e in x]))
        return model(t, *x)

    popt, _ = curve_fit(func, T, Y, START)
    assert popt.tobytes() == curve_fit(model, T, Y, START)[0].tobytes()
    assert all(type(e) is np.float64 for x, _ in kept for e in x)
    assert all([float(e) for e in x] == then for x, then in kept)


def test_values_in_a_buffer_that_is_used_again() -> None:
    buffer, matrix = np.empty(6), np.empty((6, 2))

    def func(t: Any, a: Any, b: Any) -> Any:
        buffer[:] = model(t, a, b)
        return buffer

    def slopes(t: Any, a: Any, b: Any) -> Any:
        matrix[:] = jac(t, a, b)
        return matrix

    for more in ({}, {"jac": jac}):
        again = {"jac": slopes} if more else {}
        expected = curve_fit(model, T, Y, START, **more)
        assert curve_fit(func, T, Y, START, **again)[0].tobytes() == expected[0].tobytes()


def test_data_changed_while_the_fit_runs() -> None:
    """ydata and sigma are those at the call."""
    y, sigma = Y.copy(), np.arange(1.0, 7.0)
    expected = curve_fit(model, T, Y, START, sigma=sigma)[0]

    def func(t: Any, a: Any, b: Any) -> Any:
        y[:] = np.nan
        sigma[:] = -1.0
        return model(t, a, b)

    assert curve_fit(func, T, y, START, sigma=sigma)[0].tobytes() == expected.tobytes()


def test_data_taken_away_while_the_fit_runs() -> None:
    run_apart("""
        import numpy as np
        from minpack import curve_fit

        y = np.ones(5_000_000)

        def func(t, a):
            y.resize(2, refcheck=False)
            return t + a

        popt, _ = curve_fit(func, np.zeros(y.size), y, [2.0])
        assert abs(popt[0] - 1.0) < 1e-6, popt
    """)


def test_rows_are_refused_where_weights_would_not_reach_them() -> None:
    with pytest.raises(TypeError, match="by_rows"):
        curve_fit(model, T, Y, START, sigma=np.arange(1.0, 7.0), jac=jac, by_rows=True)


@pytest.mark.parametrize(
    "data",
    [
        {"ydata": Y, "weights": np.ones(5)},
        {"ydata": Y.astype("f4")},
        {"ydata": Y.tolist()},
        {"ydata": Y[::2]},
        {"ydata": None},
        {"ydata": Y, "cholesky": np.eye(5)},
        {"ydata": Y, "valid": np.ones(Y.size)},
        {"ydata": Y, "count": -1},
        {"ydata": np.zeros((2, 8)), "count": 2 + 2**61},  # which times 8 overflows to 16
    ],
    ids=range(9),
)
def test_data_that_are_not_what_the_boundary_works_on(data: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="array"):
        _core.Data(**data)


@pytest.mark.parametrize("func", [(), (model,), (model, T, Y, None, None), 3, None, "model"])
def test_func_that_cannot_be_called(func: Any) -> None:
    with pytest.raises(TypeError, match="func must be callable; got "):
        leastsq(func, START)


@pytest.mark.parametrize("name", ["data", "settings"])
def test_arguments_of_the_boundary_that_are_something_else(name: str) -> None:
    arguments: dict[str, Any] = {"data": _core.Data(Y), "settings": _core.Settings()} | {name: 3}
    with pytest.raises(TypeError, match=f"{name} must be {name.capitalize()}; got 3"):
        _core.solve_curve(model, START, T, **arguments)


def test_covariance_of_one_value_for_many() -> None:
    """One value of ydata goes with any number of f's; a factor of its covariance, 1 by 1, does not."""
    data = _core.Data(np.zeros(1), cholesky=np.ones((1, 1)))
    with pytest.raises(ValueError, match="a row and a column for each residual"):
        _core.solve_curve(lambda x, a: np.full(5_000, a), [1.0], None, data, _core.Settings())


def test_bits_are_those_of_the_residuals() -> None:
    a = curve_fit(model, T, Y, START, full_output=True)
    b = leastsq(ratio, START, full_output=True)
    assert a[0].tobytes() == b[0].tobytes()
    assert a[2]["nfev"] == b[2]["nfev"]
