"""What the functions of a curve do to the memory that the fit works on, and what is refused there."""

from typing import Any

import numpy as np
import pytest

from minpack import curve_fit, leastsq
from minpack._engine.single import solve_curve
from minpack._input.data import Data
from minpack._input.settings import Settings
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
    ("f", "data"),
    [
        (model, Data(Y, cholesky=np.eye(5))),
        (model, Data(Y, weights=np.ones(5))),
        (model, Data(Y.astype("f4"))),  # type: ignore[arg-type]
        (model, Data(Y.tolist())),  # type: ignore[arg-type]
        (model, Data(Y[::2])),
        (model, Data(None)),  # type: ignore[arg-type]
        (3, Data(Y)),
    ],
    ids=range(7),
)
def test_data_that_the_extension_cannot_work_on(f: Any, data: Data) -> None:
    """An error, never a crash, though only this package passes such data."""
    with pytest.raises((TypeError, ValueError)):
        solve_curve(f, None, START, xdata=T, data=data, settings=Settings())


@pytest.mark.parametrize("function", [(), (model,), (model, T, Y, None, None)], ids=len)
def test_tuple_is_no_function(function: Any) -> None:
    """Not even one like what curve_fit passes on: the data could be taken away while the fit runs."""
    with pytest.raises(TypeError, match="func must be callable; got a tuple"):
        leastsq(function, START)


def test_covariance_of_one_value_for_many() -> None:
    """One value of ydata goes with any number of f's; a factor of its covariance, 1 by 1, does not."""
    run_apart("""
        import numpy as np
        from minpack._engine.single import solve_curve
        from minpack._input.data import Data
        from minpack._input.settings import Settings

        data = Data(np.zeros(1), cholesky=np.ones((1, 1)))
        try:
            solve_curve(lambda x, a: np.full(5_000, a), None, [1.0], xdata=None, data=data, settings=Settings())
        except ValueError as error:
            print(error)
        else:
            raise SystemExit("accepted")
    """)


def test_bits_are_those_of_the_residuals() -> None:
    a = curve_fit(model, T, Y, START, full_output=True)
    b = leastsq(ratio, START, full_output=True)
    assert a[0].tobytes() == b[0].tobytes()
    assert a[2]["nfev"] == b[2]["nfev"]
