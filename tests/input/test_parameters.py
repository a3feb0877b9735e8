"""Parameters by name: what they are called, where they start, which are held."""

from decimal import Decimal
from fractions import Fraction
from types import FunctionType
from typing import Any

import numpy as np
import pytest

from minpack import fit, fit_global
from support.decay import T, Y, decay, decay_jacobian


def test_names_and_access() -> None:
    result = fit(decay, T, Y)
    assert result.names == result.fitted == ("amplitude", "rate", "offset")
    assert result["rate"] == result.values[1]
    assert dict(result) == dict(zip(result.names, result.values, strict=True))
    np.testing.assert_array_equal(decay(T, **result), result.predict(T))
    assert len(result) == 3
    with pytest.raises(KeyError, match="'slope' is not a parameter"):
        result["slope"]


def test_start_by_name_and_by_default() -> None:
    by_name = fit(decay, T, Y, {"offset": 0.3, "amplitude": 2, "rate": 1})
    np.testing.assert_array_equal(by_name.start, [2, 1, 0.3])
    np.testing.assert_array_equal(fit(decay, T, Y).start, [1, 1, 1])

    def with_defaults(t, amplitude, rate=0.7, offset=0.2, shape="exponential", other=3):
        return decay(t, amplitude, rate, offset)

    result = fit(with_defaults, T, Y)
    assert result.names == ("amplitude", "rate", "offset")
    np.testing.assert_array_equal(result.start, [1, 0.7, 0.2])
    np.testing.assert_array_equal(fit(with_defaults, T, Y, {"amplitude": 2}).start, [2, 0.7, 0.2])


def test_models_that_do_not_tell_their_parameters() -> None:
    def polynomial(x, *coefficients):
        return sum(c * x**k for k, c in enumerate(coefficients))

    assert fit(polynomial, T, Y, [1, 1]).names == ("p0", "p1")
    assert fit(polynomial, T, Y, {"a": 1, "b": 1}).names == ("a", "b")
    with pytest.raises(ValueError, match="give p0"):
        fit(polynomial, T, Y)
    with pytest.raises(ValueError, match="at least one parameter"):
        fit(lambda x: x, T, Y)


def test_fixed_is_a_fit_of_the_reduced_model() -> None:
    held = fit(decay, T, Y, [2, 1, 9], fixed={"offset": 0.5})
    reduced = fit(lambda t, amplitude, rate: decay(t, amplitude, rate, 0.5), T, Y, [2, 1])
    assert held.values[:2].tobytes() == reduced.values.tobytes()
    assert held.covariance[:2, :2].tobytes() == reduced.covariance.tobytes()
    assert held["offset"] == 0.5
    assert held.errors[2] == 0.0
    assert (held.fixed, held.fitted) == (("offset",), ("amplitude", "rate"))
    for name in ("degrees_of_freedom", "chi_square", "aic", "bic", "r_squared"):
        assert getattr(held, name) == getattr(reduced, name)
    np.testing.assert_allclose(held.confidence_band(T), reduced.confidence_band(T), rtol=1e-9)
    np.testing.assert_array_equal(held.correlation[2], [0, 0, 1])
    for p0 in ([2, 1], {"amplitude": 2, "rate": 1}):
        assert fit(decay, T, Y, p0, fixed={"offset": 0.5}).values.tobytes() == held.values.tobytes()


def test_fixed_with_jacobian() -> None:
    held = fit(decay, T, Y, fixed={"rate": 1.0}, jac=decay_jacobian)
    columns = np.column_stack([np.exp(-T), np.ones_like(T)])
    np.testing.assert_allclose(held.values[[0, 2]], np.linalg.lstsq(columns, Y)[0], rtol=1e-9)
    low, high = held.confidence_band(T)
    covariance = np.linalg.inv(columns.T @ columns) * held.reduced_chi_square
    reach = (high - low) / 2 / held.quantile(0.95)
    np.testing.assert_allclose(reach**2, np.einsum("ij,jk,ik->i", columns, covariance, columns), rtol=1e-9)
    with pytest.raises(ValueError, match="held ones too"):
        fit(decay, T, Y, fixed={"rate": 1.0}, jac=lambda t, *p: columns)


def test_defaults_that_are_no_start_do_where_another_is_given() -> None:
    def f(x, a, b=np.inf):
        return a * x + b

    assert fit(f, T, Y, {"a": 1, "b": 0}).success
    assert fit(f, T, Y, [1, 0]).success
    assert fit(f, T, Y, fixed={"b": 0}).success


def test_an_option_of_the_model_may_be_true_or_false() -> None:
    def f(x, a, b, squared=False):
        assert squared is False
        return a + b * x

    assert fit(f, T, Y).names == ("a", "b")


def test_defaults_of_functions_of_one_code_differ() -> None:
    """minpack remembers names by the code, which they share, but no defaults."""

    def model(x, slope, start):
        return start + slope * x

    def starts(*defaults: object) -> list[float]:
        f = FunctionType(model.__code__, model.__globals__, "f", defaults)
        return fit(f, T, Y).start.tolist()

    assert fit(model, T, Y).names == ("slope", "start")
    assert starts(0.25) == [1.0, 0.25]
    assert starts(0.5, 0.25) == [0.5, 0.25]
    assert fit(model, T, Y).names == ("slope", "start")
    assert len(starts(True)) == 1  # an option, as no truth is a number


@pytest.mark.parametrize("half", [Fraction(1, 2), Decimal("0.5"), np.array(0.5), np.float32(0.5)], ids=repr)
def test_numbers_of_any_kind_are_starts(half: Any) -> None:
    """The same as floats, in a vector or by name; a Fraction by name raised an error of NumPy's."""
    t = np.arange(5.0)
    sets = [(t, 2.0 * t + 1.0), (t, 3.0 * t + 1.0)]
    for p0 in ([half, 1], {"a": half, "b": 1.0}):
        found = fit(lambda t, a, b: a * t + b, *sets[0], p0)
        assert found.start.tolist() == [0.5, 1.0]
        assert fit_global(lambda t, a, b: a * t + b, sets, p0).start.tolist() == [0.5, 1.0, 0.5, 1.0]
    assert fit(lambda t, a, b: a * t + b, *sets[0], fixed={"a": half})["a"] == 0.5


@pytest.mark.parametrize(
    "wrong", [None, "0.5", 0.5j, np.array([0.5]), Decimal("NaN"), np.timedelta64(1, "s")], ids=repr
)
def test_what_is_no_finite_number_is_refused(wrong: Any) -> None:
    t = np.arange(5.0)
    with pytest.raises(ValueError, match=r"p0\['a'\] must be a finite number; got "):
        fit(lambda t, a, b: a * t + b, t, t, {"a": wrong, "b": 1.0})
    with pytest.raises(ValueError, match="p0 must be "):
        fit(lambda t, a, b: a * t + b, t, t, [wrong, Fraction(1, 2)])
