"""Names of parameters: the sign for micro and the Greek letter are one to Python, and to minpack."""

from typing import Any

import numpy as np
import pytest

import minpack
from minpack._names import in_one_form

MICRO, GREEK = "\u00b5", "\u03bc"
T = np.linspace(0.0, 4.0, 12)
Y = 2.0 * np.exp(-0.7 * T) + 0.01 * np.sin(9.0 * T)
NAMESPACE: dict[str, Any] = {"np": np}
exec(f"def f(t, {MICRO}, b):\n    return {MICRO} * np.exp(-b * t)\n"  # noqa: S102 - one file cannot have both letters
     f"def r({MICRO}, b, t, y):\n    return {MICRO} * np.exp(-b * t) - y", NAMESPACE)  # fmt: skip
f, r = NAMESPACE["f"], NAMESPACE["r"]
MODEL = minpack.model(f"{MICRO}*exp(-b*t)")


def by_xarray(name: str) -> float:
    xr = pytest.importorskip("xarray")
    pytest.importorskip("minpack.xarray")
    found = xr.DataArray(Y, dims="t", coords={"t": T}).minpack.curvefit("t", f, p0={name: 3}, bounds={name: (0, 9)})
    return float(found.curvefit_coefficients[0])


DOORS = {
    "fit": lambda name: minpack.fit(f, T, Y, {name: 3.0})[name],
    "bounds": lambda name: minpack.fit(f, T, Y, bounds={name: (0, 9)}).values[0],
    "fixed": lambda name: minpack.fit(f, T, Y, fixed={name: 2.0}).values[0],
    "list of fixed": lambda name: minpack.fit(f, T, Y, {name: 2.0}, fixed=[name]).values[0],
    "tied": lambda name: minpack.fit(f, T, Y, tied={name: lambda b: 2.0 + 0.0 * b})[name],
    "tied to": lambda name: 2.0 + np.ptp(minpack.fit(f, T, Y, tied={"b": name}).values),
    "ranges": lambda name: minpack.fit(f, T, Y, starts=5, ranges={name: (1, 3)}).values[0],
    "counts": lambda name: minpack.fit(f, T, np.round(100.0 * Y), {name: 100.0}, likelihood="poisson").values[0] / 100,
    "fit_global": lambda name: minpack.fit_global(f, [(T, Y), (T, Y)], {name: 3.0}, shared=[name])[name],
    "fit_residuals": lambda name: minpack.fit_residuals(r, {name: 3.0, "b": 1.0}, (T, Y))[name],
    "batch": lambda name: minpack.curve_fit_batch(f, T, [Y], {name: 3.0, "b": 1.0}).x[0, 0],
    "guess": lambda name: MODEL.guess(T, Y, fixed={name: 2.0}, bounds={"b": (0, 1)})[0],
    "model": lambda name: minpack.fit(MODEL, T, Y, {name: 3.0}).values[0],
    "profile": lambda name: (minpack.fit(f, T, Y).profile(name), 2.0)[1],
    "xarray": by_xarray,
}


@pytest.mark.parametrize("name", [MICRO, GREEK], ids=["micro", "Greek"])
@pytest.mark.parametrize("door", DOORS)
def test_both_letters_are_one_name(door: str, name: str) -> None:
    assert abs(float(DOORS[door](name)) - 2.0) < 0.1


def test_two_names_of_one_parameter_are_refused() -> None:
    with pytest.raises(ValueError, match="names must differ; got two of one parameter"):
        minpack.fit(f, T, Y, {MICRO: 1.0, GREEK: 2.0})


def test_what_is_no_name_stays_as_it_is() -> None:
    for given in (None, 1.0, [1.0, 2.0], np.ones(2), {"a": 1.0}, ["a"], (0.0, np.inf), {1: 2}):
        assert in_one_form(given) is given
    assert in_one_form([MICRO, "a"]) == [GREEK, "a"]
