"""Arrays and numbers as arguments: what is taken for one, at each function that has the argument."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from minpack import check_gradient, curve_fit, curve_fit_batch, fit, least_squares, leastsq, leastsq_batch
from minpack._input.arrays import as_array, as_floats, real_array
from support.anything import Evil
from support.decay import T, Y

START = np.array([2.0, 1.0])


def model(t: Any, a: Any, b: Any) -> Any:
    return a / (1.0 + b * t)


def residuals(x: Any) -> Any:
    return model(T, *x) - Y


def of_rows(x: Any) -> Any:
    return model(T, x[:, :1], x[:, 1:]) - Y


DOORS: dict[str, Any] = {
    "leastsq": lambda p0: leastsq(residuals, p0)[0],
    "curve_fit": lambda p0: curve_fit(model, T, Y, p0)[0],
    "fit": lambda p0: fit(model, T, Y, p0).values,
    "least_squares": lambda p0: least_squares(residuals, p0).x,
    "curve_fit_batch": lambda p0: curve_fit_batch(model, T, Y, p0).x,
    "leastsq_batch": lambda p0: leastsq_batch(of_rows, [p0]).x[0],
}
FORMS: dict[str, Any] = {
    "list": START.tolist(),
    "tuple": (2, 1),
    "float32": START.astype("f4"),
    "other byte order": START.astype(START.dtype.newbyteorder()),
    "strided": np.repeat(START, 2)[::2],
    "read-only": np.broadcast_to(START, (2,)),
    "masked array": np.ma.masked_array(START, [True, False]),
    "integers": np.array([2, 1], np.uint8),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("door", DOORS)
def test_start_in_any_form(door: str, form: str) -> None:
    assert DOORS[door](FORMS[form]).tobytes() == DOORS[door](START.copy()).tobytes()


@pytest.mark.parametrize("door", DOORS)
def test_start_that_is_complex_is_refused(door: str) -> None:
    """NumPy would drop the imaginary part with a warning."""
    with pytest.raises((TypeError, ValueError), match=r"x0|p0|complex"):
        DOORS[door]([2.0, 1j])


def test_gradient_is_checked_at_a_point_in_any_form() -> None:
    for form in FORMS.values():
        assert check_gradient(lambda x: x * x, lambda x: np.diag(2.0 * x), form).ok


@pytest.mark.parametrize("convert", [as_array, as_floats, real_array])
def test_error_names_the_argument(convert: Any) -> None:
    with pytest.raises((TypeError, ValueError), match="^mine must be real numbers: "):
        convert("mine", [[1.0], [1.0, 2.0]])


@pytest.mark.parametrize("value", [[Fraction(1, 4)], [Decimal("0.25")], np.array([0.25], object)])
def test_whatever_has_a_float_is_real(value: Any) -> None:
    assert as_floats("mine", value).tolist() == real_array("mine", value).tolist() == [0.25]


def test_kinds_of_errors() -> None:
    """TypeError for what can be no number, ValueError for a number that it is not."""
    with pytest.raises(TypeError, match="mine must be real numbers"):
        as_floats("mine", [object()])
    with pytest.raises(ValueError, match="mine must be real numbers: could not convert string to float: 'a'"):
        as_floats("mine", ["a"])
    with pytest.raises(TypeError, match="complex128"):
        real_array("mine", [1j])


def test_an_array_of_no_dimension_has_one() -> None:
    assert as_array("mine", 3).shape == (1,)
    assert as_array("mine", 3).dtype.kind == "i"


@pytest.mark.parametrize("value", [Evil(), [Evil()]], ids=["bare", "in a list"])
@pytest.mark.parametrize("argument", ["xdata", "ydata", "sigma"])
@pytest.mark.parametrize(("door", "y"), [(fit, Y), (curve_fit_batch, Y[np.newaxis])], ids=["fit", "curve_fit_batch"])
def test_what_is_no_array_is_named(door: Any, y: Any, argument: str, value: Any) -> None:
    arguments = {"f": model, "xdata": T, "ydata": y, "p0": START, "sigma": None} | {argument: value}
    with pytest.raises((TypeError, ValueError), match=argument):
        door(**arguments)


def test_diff_step_whose_square_overflows() -> None:
    assert least_squares(lambda x: x - 3.0, [1.0], diff_step=1e200).x[0] == 3.0
