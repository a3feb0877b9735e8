"""One mistake, one exception, with the same words at every door."""

import re
from functools import partial
from typing import Any

import numpy as np
import pytest

import minpack
from minpack._results import warnings as minpack_warnings

T = np.linspace(0.0, 2.0, 6)
Y = 2.0 / (1.0 + T)


def model(t: Any, a: Any, b: Any) -> Any:
    return a / (1.0 + b * t)


def slopes(t: Any, a: Any, b: Any) -> Any:
    return np.stack([1.0 / (1.0 + b * t), -a * t / (1.0 + b * t) ** 2], axis=-1)


def residuals(x: Any) -> Any:
    return model(T, *x) - Y


def of_rows(x: Any) -> Any:
    return model(T, *x.T[:, :, None]) - Y


def short(given: Any, t: Any, a: Any, b: Any = 1.0) -> Any:
    return model(t, a, b)[..., :-1]


def flat(given: Any, x: Any) -> Any:
    return model(given, *x)[None]


def by_xarray(**arguments: Any) -> Any:
    xr = pytest.importorskip("xarray")
    pytest.importorskip("minpack.xarray")
    data = xr.DataArray(Y, dims="t", coords={"t": T})
    own = {name: arguments.pop(name) for name in ("p0", "bounds") if name in arguments}
    return data.minpack.curvefit("t", model, **own, kwargs=arguments)


DOORS = {
    "leastsq": lambda **a: minpack.leastsq(**{"func": residuals, "x0": [1.0, 1.0]} | a),
    "curve_fit": lambda **a: minpack.curve_fit(**{"f": model, "xdata": T, "ydata": Y} | a),
    "fit": lambda **a: minpack.fit(**{"f": model, "xdata": T, "ydata": Y} | a),
    "bounded": lambda **a: minpack.fit(**{"f": model, "xdata": T, "ydata": Y, "bounds": (0, 9)} | a),
    "counts": lambda **a: minpack.fit(
        **{"f": model, "xdata": T, "ydata": np.array([2, 1, 1, 0, 1, 0]), "likelihood": "poisson"} | a
    ),
    "fit_residuals": lambda **a: minpack.fit_residuals(**{"func": lambda a, b: model(T, a, b) - Y} | a),
    "fit_global": lambda **a: minpack.fit_global(**{"f": model, "datasets": [(T, Y), (T, Y)], "shared": ["a"]} | a),
    "curve_fit_batch": lambda **a: minpack.curve_fit_batch(
        **{"f": model, "xdata": T, "ydata": Y[None], "p0": [1.0, 1.0]} | a
    ),
    "leastsq_batch": lambda **a: minpack.leastsq_batch(**{"func": of_rows, "x0": np.ones((1, 2))} | a),
    "least_squares": lambda **a: minpack.least_squares(**{"fun": residuals, "x0": [1.0, 1.0]} | a),
    "xarray": by_xarray,
}
CURVES = "curve_fit fit curve_fit_batch"
OWN = "fit bounded fit_residuals fit_global curve_fit_batch leastsq_batch"
ALL = "leastsq curve_fit fit curve_fit_batch leastsq_batch xarray"

# The mistake, the error, and the doors that have the argument and no words of SciPy's.
MISTAKES: list[tuple[dict[str, Any], type[Exception], str, str]] = [
    ({"reference": 3}, ValueError, "reference must be 'scipy' or 'netlib'; got 3", ALL),
    ({"reference": "SciPy"}, ValueError, "reference must be 'scipy' or 'netlib'; got 'SciPy'", ALL),
    ({"callback": 3}, TypeError, "callback must be callable or None; got 3", "leastsq curve_fit fit least_squares"),
    ({"jac": 3}, TypeError, "jac must be callable or None; got 3", f"{CURVES} xarray"),
    ({"jac": "2-point"}, TypeError, "jac must be callable or None; got '2-point'", f"{CURVES} xarray"),
    ({"f": 3}, TypeError, "f must be callable; got 3", CURVES),
    ({"nan_policy": "drop"}, ValueError, "nan_policy must be None, 'raise' or 'omit'; got 'drop'",
     "fit curve_fit_batch"),
    ({"workers": 0}, ValueError, "workers must be a positive integer, -1 (one per core) or callable; got 0",
     "curve_fit_batch leastsq_batch xarray"),
    ({"engine": "fast"}, ValueError, "engine must be 'numpy' or 'numba'; got 'fast'", "curve_fit_batch xarray"),
    ({"p0": {"z": 1.0}}, ValueError, "p0 must name parameters of model ('a', 'b'); got 'z'", "fit xarray"),
    ({"p0": np.ones((3, 2))}, ValueError, "p0 must have shape (n,) or (1, n); got shape (3, 2)", "curve_fit_batch"),
    ({"f": partial(short, T)}, ValueError, "'short' must return", "curve_fit fit bounded curve_fit_batch"),
    ({"func": partial(flat, T)}, ValueError, "'flat' must return", "leastsq"),
    ({"f": partial(short, T), "p0": {"c": 1}}, ValueError, "p0 must name parameters of short (", "fit curve_fit_batch"),
    ({"bounds": "01"}, ValueError, "bounds must be a pair (lower, upper)", "fit fit_residuals"),
    ({"nonsense": 1}, TypeError, "got an unexpected keyword argument 'nonsense'",
     "leastsq curve_fit fit curve_fit_batch leastsq_batch least_squares xarray"),
    ({"sigma": np.ones(3)}, ValueError, "sigma must be a number or have shape (6,) or (", "fit curve_fit_batch"),
    ({"ftol": np.nan}, ValueError, "ftol must be a number that is not negative; got nan", OWN),
    ({"xtol": -1.0}, ValueError, "xtol must be a number that is not negative; got -1.0", OWN),
    ({"gtol": True}, TypeError, "gtol must be a number; got True", OWN),
    ({"maxfev": -5}, ValueError, "maxfev must be a number that is not negative; got -5", OWN),
    ({"maxfev": True}, TypeError, "maxfev must be a number; got True", OWN),
    ({"maxfev": 2.5}, TypeError, "maxfev must be an integer; got 2.5", OWN),
    ({"factor": 0}, ValueError, "factor must be positive and finite; got 0", "fit curve_fit_batch leastsq_batch"),
    ({"diag": [1.0, np.nan]}, ValueError, "diag must be positive and finite; got [1.0, nan]",
     "fit curve_fit_batch leastsq_batch"),
    ({"loss": lambda z: np.full((3, z.size), np.nan)}, ValueError, "loss must return finite numbers for residuals of "
     "usual size; its values have nan", "fit curve_fit_batch leastsq_batch fit_residuals"),
    ({"loss": lambda z: np.ones((2, z.size))}, ValueError, "The return value of `loss` callable has wrong shape. It "
     "must be (3, 6); got (2, 6).", "fit curve_fit_batch leastsq_batch fit_residuals least_squares"),
    ({"max_nfev": 5}, TypeError, ": use maxfev", "fit"),
    ({"xdata": (t for t in T)}, TypeError, "xdata must be", "fit curve_fit_batch"),
    ({"xdata": {*T}}, TypeError, "xdata must be", "fit curve_fit_batch"),
    ({"p0": [np.nan, 1.0]}, ValueError, "p0 must be", "fit curve_fit_batch fit_residuals"),
    ({"p0": [1.0]}, ValueError, "p0 must have", "fit curve_fit_batch fit_residuals"),
    ({"p0": [1.0, 1.0, 1.0]}, ValueError, "p0 must have", "fit curve_fit_batch fit_residuals"),
    ({"p0": [1.0, 1.0]}, TypeError, "p0 must be a dict of values by parameter name; got [1.0, 1.0]", "xarray"),
    ({"bounds": "a"}, TypeError, "bounds must be a dict of values by parameter name; got 'a'", "xarray"),
    ({"f": lambda t, a, *, b: a + b * t}, TypeError, "takes 'b' by keyword only", "fit curve_fit_batch"),
    ({"f": lambda t: t, "p0": [1.0, 1.0]}, ValueError, "must", "fit curve_fit_batch"),
    ({"f": lambda t, a, b: None}, TypeError, "must return", "fit bounded curve_fit_batch fit_global"),
    ({"f": lambda t, a, b: model(t, a, b)[..., :-1]}, ValueError, "must return", "fit bounded curve_fit_batch"),
    ({"f": lambda t, a, b: model(t, a, b)[..., None]}, ValueError, "must return", "bounded curve_fit_batch fit_global"),
    ({"jac": lambda t, a, b: slopes(t, a, b).T}, ValueError, "jac must return shape (6, 2), a row per point and a "
     "column per parameter; it returned (2, 6): return its transpose", "fit bounded fit_global counts"),
    ({"jac": lambda t, a, b: slopes(t, a, b)[:, :1]}, ValueError, "jac must return shape (6, 2)",
     "fit bounded fit_global counts"),
    ({"jac": lambda t, a, b: slopes(t, a, b)[None]}, ValueError, "it returned (1, 6, 2)",
     "fit bounded fit_global counts"),
    ({"jac": lambda t, a, b: 1.0}, ValueError, "jac", "fit bounded curve_fit_batch fit_global counts"),
    ({"jac": lambda t, a, b: np.ones((6, 1))}, ValueError, "must return shape",
     "fit bounded curve_fit_batch fit_global counts"),
    ({"jac": lambda t, a, b: 1j * slopes(t, a, b)}, TypeError, "dtype complex128", "fit bounded fit_global counts"),
    ({"jac": lambda t, a, b: np.ones((1, 2))}, ValueError, "must return shape (6, 2)", "bounded fit_global counts"),
    ({"jac": lambda t, a, b: {1: 2}}, TypeError, "dict", "fit bounded fit_global counts"),
    ({"jac": lambda a, b: 1j * slopes(T, a, b)}, TypeError, "what jac returns must be real numbers: got dtype "
     "complex128", "fit_residuals"),
    ({"jac": lambda a, b: {1: 2}}, TypeError, "what jac returns must be real numbers", "fit_residuals"),
    ({"jac": lambda a, b: None}, ValueError, "jac must return shape (6, 2)", "fit_residuals"),
    ({"func": lambda a, b: None}, TypeError, "must return a real vector; it returned None", "fit_residuals"),
    ({"func": lambda a, b: "text"}, TypeError, "func must return residuals", "fit_residuals"),
    ({"func": lambda a, b: {1: 2}}, TypeError, "func must return residuals", "fit_residuals"),
    ({"sigma": "a"}, ValueError, "sigma must be real numbers: could not convert", "fit curve_fit_batch"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("door", "mistake", "error", "words"),
    [(door, *rest) for *rest, doors in MISTAKES for door in doors.split()],
)
def test_same_error_at_every_door(door: str, mistake: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=re.escape(words)) as raised:
        DOORS[door](**mistake)
    assert type(raised.value) is error


@pytest.mark.parametrize(
    ("door", "mistake", "error", "words"),
    [
        ("curve_fit", {"sigma": np.ones(3)}, ValueError, "`sigma` has incorrect shape."),
        ("curve_fit", {"nan_policy": "drop"}, ValueError, "nan_policy must be one of {None, 'raise', 'omit'}"),
        ("least_squares", {"jac": 3}, ValueError, "`jac` must be '2-point', '3-point', 'cs' or callable."),
        ("least_squares", {"workers": 0}, RuntimeError, "Number of workers specified must be -1"),
    ],
)
def test_scipys_error_where_scipy_has_one(
    door: str, mistake: dict[str, Any], error: type[Exception], words: str
) -> None:
    optimize = pytest.importorskip("scipy.optimize")
    with pytest.raises(error, match=f"^{re.escape(words)}"):
        DOORS[door](**mistake)
    arguments: dict[str, Any] = {"curve_fit": {"f": model, "xdata": T, "ydata": Y},
                                 "least_squares": {"fun": residuals, "x0": [1.0, 1.0]}}[door]  # fmt: skip
    with pytest.raises(error):
        getattr(optimize, door)(**arguments, **mistake, method="lm")


def test_a_boolean_residual_and_no_limit_of_calls_are_taken() -> None:
    with (
        pytest.warns(UserWarning, match="the covariance"),
        pytest.warns(RuntimeWarning, match="returns bool, whose relative error of 1 hides"),
    ):
        found = minpack.fit_residuals(lambda a: np.array([a > 0.5, a > 2.0]), [1.0], maxfev=None)
    assert found["a"] == 1.0
    assert minpack.fit(model, T, Y, maxfev=None).success
    assert minpack.curve_fit_batch(model, T, Y[None], [1.0, 1.0], maxfev=None).success.all()
    assert minpack.fit_global(model, [(T, Y), (T, Y)], shared="a").names == ("a", "b_1", "b_2")


def test_counts_that_a_start_makes_impossible_are_told_in_words_of_counts() -> None:
    with pytest.warns(minpack_warnings.NotFiniteWarning, match="f must be positive where the fit starts, .* -0.2 at"):
        found = minpack.fit(lambda t, a, b: a - 3.0 * b * t, T, np.ones(6), [1, 1], likelihood="poisson")
    assert not found.success
