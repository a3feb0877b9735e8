"""Arguments of which NumPy makes no numbers: errors name the argument, whatever meets it first."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from minpack import curve_fit, curve_fit_batch, fit, least_squares, leastsq_batch
from support.decay import T, Y, decay

SECOND = np.timedelta64(1, "s")  # which NumPy counts among its integers
RAGGED = [None, range(3)]
START = [1.0, 2.0, 0.5]


def residuals(x: Any) -> Any:
    return np.asarray(x) - 1.0


def of_rows(x: Any) -> Any:
    return x - 1.0


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        *((lambda **given: least_squares(residuals, START, **given), name) for name in ("ftol", "xtol", "gtol")),
        (lambda **given: least_squares(residuals, START, **given), "max_nfev"),
        (lambda **given: least_squares(residuals, START, **given), "verbose"),
        *((lambda **given: fit(decay, T, Y, START, **given), name) for name in ("ftol", "factor", "maxfev")),
        (lambda **given: curve_fit_batch(decay, T, [Y], START, **given), "factor"),
        (lambda **given: curve_fit_batch(decay, T, [Y], START, **given), "workers"),
        (lambda **given: leastsq_batch(of_rows, [START], **given), "factor"),
    ],
)
def test_durations_are_no_numbers(call: Callable[..., Any], argument: str) -> None:
    with pytest.raises((TypeError, ValueError), match=rf"^`?{argument}`? must be ") as caught:
        call(**{argument: SECOND})
    assert type(caught.value) in (TypeError, ValueError)  # not NumPy's own


@pytest.mark.parametrize("argument", ["x_scale", "diff_step", "f_scale", "ftol"])
@pytest.mark.parametrize("unit", ["s", "ns", "M"])  # of which float() takes the latter two
def test_durations_are_no_scales(argument: str, unit: str) -> None:
    for value in (np.timedelta64(1, unit), np.ones(3).astype(f"m8[{unit}]")):
        with pytest.raises((TypeError, ValueError), match=rf"^`?{argument}`? must be "):
            least_squares(residuals, START, loss="soft_l1", **{argument: value})


TIMES = [np.datetime64("2000"), range(3)]


@pytest.mark.parametrize(
    ("call", "argument", "value"),
    [
        *((lambda **given: curve_fit(decay, T, Y, START, **given), "sigma", value) for value in (RAGGED, [1, [2, 3]])),
        (lambda **given: curve_fit(decay, T, Y, START, nan_policy="omit", **given), "sigma", RAGGED),
        (lambda **given: fit(decay, T, Y, START, nan_policy="omit", **given), "sigma", RAGGED),
        (lambda **given: fit(decay, T, Y + 0j, START, **given), "sigma", RAGGED),
        (lambda **given: fit(decay, T, p0=START, **given), "ydata", [1j, ...]),
        *((lambda **given: fit(decay, **{"xdata": T, "ydata": Y, "p0": START} | given), name, TIMES)
          for name in ("xdata", "ydata", "sigma")),
        *((lambda **given: curve_fit_batch(decay, **{"xdata": T, "ydata": [Y], "p0": START} | given), name, TIMES)
          for name in ("xdata", "ydata", "sigma")),
    ],
)  # fmt: skip
def test_what_is_no_array_is_named(call: Callable[..., Any], argument: str, value: Any) -> None:
    with pytest.raises((TypeError, ValueError), match=rf"^{argument} must be "):
        call(**{argument: value})


def test_derivatives_that_are_no_array() -> None:
    with pytest.raises(TypeError, match=re.escape("Dfun '<lambda>' must return real numbers")):
        leastsq_batch(of_rows, [START], Dfun=lambda x: RAGGED)


def test_number_of_residuals_that_func_does_not_return() -> None:
    with pytest.raises(ValueError, match="m must be the number of residuals that func returns, 3; got 4"):
        leastsq_batch(of_rows, [START], m=4)
