"""Parameters computed from others, and parameters held where they start."""

from typing import Any

import numpy as np
import pytest

from minpack import fit
from support.decay import T, Y, decay, decay_jacobian

WAYS = [{}, {"bounds": {"rate": (0, 9)}}, {"loss": "soft_l1", "f_scale": 0.05}]


def reduced(t: Any, amplitude: Any, rate: Any) -> Any:
    return decay(t, amplitude, rate, 3 - amplitude)


def reduced_jacobian(t: Any, amplitude: Any, rate: Any) -> Any:
    by_all = decay_jacobian(t, amplitude, rate, 3 - amplitude)
    return np.column_stack([by_all[:, 0] - by_all[:, 2], by_all[:, 1]])


@pytest.mark.parametrize("options", WAYS)
@pytest.mark.parametrize("jac", [True, False])
def test_a_function_of_parameters_is_a_model_without_them(options: dict[str, Any], jac: bool) -> None:
    start = {"amplitude": 1.0, "rate": 1.0}
    tied = fit(decay, T, Y, start, tied={"offset": lambda amplitude: 3 - amplitude},
               jac=decay_jacobian if jac else None, **options)  # fmt: skip
    other = fit(reduced, T, Y, start, jac=reduced_jacobian if jac else None, **options)
    np.testing.assert_allclose(tied.values, [*other.values, 3 - other["amplitude"]], rtol=1e-8)
    assert tied.nfev == other.nfev
    g = np.array([[1, 0], [0, 1], [-1, 0]])
    np.testing.assert_allclose(tied.covariance, g @ other.covariance @ g.T, rtol=1e-6)
    assert (tied.tied, tied.fitted) == (("offset",), ("amplitude", "rate"))
    for name in ("degrees_of_freedom", "chi_square", "residual_sd"):
        assert getattr(tied, name) == pytest.approx(getattr(other, name), rel=1e-8)
    np.testing.assert_allclose(tied.confidence_band(T), other.confidence_band(T), rtol=1e-5)
    both = tied.derived(lambda amplitude, offset: amplitude + offset)
    assert both.value == pytest.approx(3.0)
    assert both.error < 1e-6
    assert "2 parameters fitted, 1 tied, 6 degrees of freedom" in tied.report()
    assert "offset" in tied.report().split("chi-square")[0]


def two_lines(x: Any, a: Any, b: Any, c: Any) -> Any:
    return a * x + b * x**2 + c


def test_equal_parameters() -> None:
    x = np.linspace(-1, 1, 20)
    y = 2 * x + 2 * x**2 + 0.5 + 0.01 * np.cos(37 * np.arange(20.0))
    tied = fit(two_lines, x, y, tied={"b": "a"})
    other = fit(lambda x, a, c: two_lines(x, a, a, c), x, y)
    assert tied["a"] == tied["b"] == other["a"]
    assert tied.errors[0] == tied.errors[1] == pytest.approx(other.errors[0], rel=1e-12)
    assert tied.correlation[0, 1] == pytest.approx(1.0)
    shown = repr(other)[8:].partition(",")[0]
    assert repr(tied).startswith(f"Fit(a = {shown}, b = {shown}, c")


def test_ties_to_what_has_no_error() -> None:
    held = fit(decay, T, Y, [2, 1, 0.5], fixed=["offset"], tied={"rate": "offset"})
    assert "rate = 0.5 tied, offset = 0.5 fixed" in repr(held)
    assert any(line.split() == ["rate", "0.5", "tied"] for line in held.report().splitlines())
    bounded = fit(decay, T, Y, bounds={"offset": (0, 0.45)}, tied={"amplitude": lambda offset: 3 - offset})
    assert bounded.active_mask.tolist() == [0, 0, 1]
    assert "tied" in repr(bounded)


def test_a_tie_is_evaluated_within_the_bounds_only() -> None:
    def offset(amplitude: float) -> float:
        assert 0 <= amplitude <= 2.4
        return float(np.sqrt(2.4 - amplitude))

    for jac in (None, decay_jacobian):
        result = fit(decay, T, Y, tied={"offset": offset}, bounds={"amplitude": (0, 2.4)}, jac=jac)
        assert result.success


def test_names_are_held_where_they_start() -> None:
    by_name = fit(decay, T, Y, [2, 1, 0.5], fixed=["offset"])
    by_value = fit(decay, T, Y, [2, 1], fixed={"offset": 0.5})
    assert by_name.values.tobytes() == by_value.values.tobytes()
    assert by_name.covariance.tobytes() == by_value.covariance.tobytes()
    assert by_name.fixed == ("offset",)
    assert fit(decay, T, Y, {"amplitude": 2, "rate": 1, "offset": 0.4}, fixed=("offset",))["offset"] == 0.4
    assert fit(decay, T, Y, {"amplitude": 2}, fixed="offset")["offset"] == 1.0
    assert fit(decay, T, Y, fixed={"offset"}, bounds={"offset": (0, 0.8)})["offset"] == 0.4


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"tied": {"offset": "slope"}}, ValueError, "must depend on parameters of the model .*'slope'"),
        ({"tied": {"offset": lambda a: a}}, ValueError, r"tied\['offset'\] must depend on .*; got 'a'"),
        ({"tied": {"offset": "2*rate + amplitude"}}, ValueError, r"pass lambda amplitude, rate: 2\*rate \+ amplitude"),
        ({"tied": {"offset": "2"}}, ValueError, "or a function of some; got '2': hold it with fixed"),
        ({"tied": {"slope": "rate"}}, ValueError, "tied must name parameters of decay .*; got 'slope'"),
        ({"tied": {"offset": "rate", "rate": "amplitude"}}, ValueError, "that are not tied; 'rate' is"),
        ({"tied": {"offset": "offset"}}, ValueError, "that are not tied; 'offset' is"),
        ({"tied": {"offset": "rate"}, "fixed": {"offset": 1}}, ValueError, "must not both name .*; got 'offset'"),
        ({"tied": {"offset": "rate"}, "fixed": ["rate", "amplitude"]}, ValueError, "fixed and tied hold all"),
        ({"tied": {"offset": "rate"}, "bounds": {"offset": (0, 1)}}, ValueError, "must not name 'offset', which"),
        ({"tied": {"offset": "rate"}, "bounds": (0, 1)}, ValueError, "bounds must not name 'offset', which is tied"),
        ({"tied": {"offset": 0.5}}, TypeError, "the name of a parameter or a function of some; got 0.5"),
        ({"tied": {"offset": lambda *p: p[0]}}, TypeError, "must take parameters as named arguments"),
        ({"tied": {"offset": lambda rate: "x"}}, TypeError, r"must return a real number; it returned 'x'"),
        ({"tied": {"offset": lambda rate: [rate]}}, TypeError, r"must return a real number; it returned \["),
        ({"tied": ["offset"]}, TypeError, "tied must be a dict of names or functions"),
        ({"tied": {"rate": dict}}, TypeError, r"tied\['rate'\] must be a function with named arguments; got <class"),
        ({"fixed": 3}, TypeError, "fixed must be a dict .*, or a list of names; got 3"),
        ({"fixed": ["slope"]}, ValueError, "fixed must name parameters of decay .*; got 'slope'"),
        ({"fixed": ["offset"], "p0": [1, 1]}, ValueError, "p0 must have 3 values"),
    ],
)
def test_errors(options: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        fit(decay, T, Y, **options)
