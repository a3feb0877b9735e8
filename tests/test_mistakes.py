"""One mistake, one exception, with the same words at every door."""

import re
from typing import Any

import numpy as np
import pytest

import minpack

T = np.linspace(0.0, 2.0, 6)
Y = 2.0 / (1.0 + T)


def model(t: Any, a: Any, b: Any) -> Any:
    return a / (1.0 + b * t)


def residuals(x: Any) -> Any:
    return model(T, *x) - Y


def of_rows(x: Any) -> Any:
    return model(T, *x.T[:, :, None]) - Y


def by_xarray(**arguments: Any) -> Any:
    xr = pytest.importorskip("xarray")
    pytest.importorskip("minpack.xarray")
    data = xr.DataArray(Y, dims="t", coords={"t": T})
    own = {name: arguments.pop(name) for name in ("p0",) if name in arguments}
    return data.minpack.curvefit("t", model, **own, kwargs=arguments)


DOORS = {
    "leastsq": lambda **a: minpack.leastsq(**{"func": residuals, "x0": [1.0, 1.0]} | a),
    "curve_fit": lambda **a: minpack.curve_fit(**{"f": model, "xdata": T, "ydata": Y} | a),
    "fit": lambda **a: minpack.fit(**{"f": model, "xdata": T, "ydata": Y} | a),
    "curve_fit_batch": lambda **a: minpack.curve_fit_batch(
        **{"f": model, "xdata": T, "ydata": Y[None], "p0": [1.0, 1.0]} | a
    ),
    "leastsq_batch": lambda **a: minpack.leastsq_batch(**{"func": of_rows, "x0": np.ones((1, 2))} | a),
    "least_squares": lambda **a: minpack.least_squares(**{"fun": residuals, "x0": [1.0, 1.0]} | a),
    "xarray": by_xarray,
}
CURVES = "curve_fit fit curve_fit_batch"
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
    ({"nonsense": 1}, TypeError, "got an unexpected keyword argument 'nonsense'",
     "leastsq curve_fit fit curve_fit_batch leastsq_batch least_squares xarray"),
    ({"sigma": np.ones(3)}, ValueError, "sigma must be a number or have shape (6,) or (", "fit curve_fit_batch"),
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
