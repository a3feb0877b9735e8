"""Kinds of numbers that are no 64-bit floats, by the doors through which they come: right, refused, or said."""

import decimal
import re
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

import minpack

T = np.linspace(0.0, 5.0, 30)
TRUE = np.array([2.0, 0.5])
START = [1.0, 1.0]


def decay(t: Any, a: Any, b: Any) -> Any:
    return a * np.exp(-b * t)


Y = decay(T, *TRUE) + 0.01 * np.sin(7.0 * T)
RIGHT = np.array([2.00199572, 0.50044288])  # linear regression from there changes neither in these digits


class Quantity(np.ndarray):
    """A stand-in for astropy's: an array with a unit."""

    unit: str

    def __new__(cls, values: Any, unit: str = "m") -> "Quantity":
        quantity = np.asarray(values).view(cls)
        quantity.unit = unit
        return quantity

    def __array_finalize__(self, other: Any) -> None:
        self.unit = getattr(other, "unit", "m")

    def to(self, unit: str) -> Any:
        raise NotImplementedError

    value = property(np.asarray)


class Time:
    """A stand-in for astropy's."""

    def __init__(self, jd: Any) -> None:
        self.jd = jd


def with_none(values: Any) -> Any:
    objects = np.asarray(values).astype(object)
    objects[..., 3] = None
    return objects


def masked(values: Any) -> Any:
    return np.ma.array(values, mask=np.broadcast_to(np.arange(np.shape(values)[-1]) == 3, np.shape(values)))


def wide(values: Any) -> Any:
    return np.asarray(values).astype(np.longdouble)


Make = Callable[[Any], Any]
# What a function makes of its values before it returns them.
KINDS: dict[str, Make] = {
    "float64": np.asarray,
    "other byte order": lambda v: np.asarray(v).astype(">f8"),
    "list": lambda v: np.asarray(v).tolist(),
    "float32": lambda v: np.asarray(v).astype(np.float32),
    "float16": lambda v: np.asarray(v).astype(np.float16),
    "int": lambda v: np.asarray(v).astype(int),
    "list of ints": lambda v: np.asarray(v).astype(int).tolist(),
    "uint8": lambda v: np.abs(100.0 * np.asarray(v)).astype(np.uint8),
    "bool": lambda v: np.asarray(v) > 0.5,
    "rounded": np.round,
    "rounded to float32": lambda v: np.asarray(v).astype(np.float32).astype(float),
    "rounded to 6 digits": lambda v: np.round(v, 6),
    "masked": masked,
    "None": with_none,
    "nothing": lambda _: None,
    "Decimal": lambda v: np.vectorize(decimal.Decimal, otypes=[object])(v),
    "text": lambda v: np.asarray(v).astype(str),
    "complex": lambda v: np.asarray(v) + 0j,
    "dates": lambda v: (1e9 * np.asarray(v)).astype("M8[ns]"),
    "durations": lambda v: (1e9 * np.asarray(v)).astype("m8[ns]"),
    "quantity": Quantity,
    "Time": Time,
}


def model_of(make: Make) -> Callable[..., Any]:
    def model(t: Any, a: Any, b: Any) -> Any:
        return make(decay(t, a, b))

    return model


def residuals_of(make: Make) -> Callable[..., Any]:
    def residuals(p: Any) -> Any:
        return make(decay(T, *p) - Y)

    return residuals


def rows_of(make: Make) -> Callable[..., Any]:
    def rows(p: Any) -> Any:
        return make(decay(T, p[:, :1], p[:, 1:]) - Y)

    return rows


def by_xarray(make: Make) -> Any:
    xr = pytest.importorskip("xarray")
    pytest.importorskip("minpack.xarray")
    data = xr.DataArray([Y, Y], dims=("row", "t"), coords={"t": T})
    found = data.minpack.curvefit("t", model_of(make), p0={"a": 1.0, "b": 1.0}, errors="ignore")
    return found.curvefit_coefficients.values[1]


def by_dask(make: Make) -> Any:
    da = pytest.importorskip("dask.array")
    lazy = da.from_array(np.array([Y, Y]), chunks=(2, -1))
    return minpack.curve_fit_batch(model_of(make), T, lazy, START).x.compute(scheduler="sync")[1]


def many(make: Make, **options: Any) -> Any:
    return minpack.curve_fit_batch(model_of(make), T, [Y, Y], START, **options).x[1]


def alone(make: Make, **options: Any) -> Any:
    return minpack.fit(model_of(make), T, Y, START, **options).values


BOUNDS = (0.0, 9.0)
DOORS: dict[str, Callable[[Make], Any]] = {
    "leastsq": lambda make: minpack.leastsq(residuals_of(make), START)[0],
    "least_squares": lambda make: minpack.least_squares(residuals_of(make), START).x,
    "least_squares lm": lambda make: minpack.least_squares(residuals_of(make), START, method="lm").x,
    "curve_fit": lambda make: minpack.curve_fit(model_of(make), T, Y, START)[0],
    "curve_fit bounds": lambda make: minpack.curve_fit(model_of(make), T, Y, START, bounds=BOUNDS)[0],
    "fit": alone,
    "fit bounds": lambda make: alone(make, bounds=BOUNDS),
    "fit_residuals": lambda make: minpack.fit_residuals(lambda a, b: residuals_of(make)((a, b)), START).values,
    "fit_global": lambda make: minpack.fit_global(model_of(make), [(T, Y), (T, Y)], START, shared=["a", "b"]).values,
    "leastsq_batch": lambda make: minpack.leastsq_batch(rows_of(make), [START, START]).x[1],
    "leastsq_batch trf": lambda make: minpack.leastsq_batch(rows_of(make), [START, START], method="trf").x[1],
    "curve_fit_batch": many,
    "curve_fit_batch trf": lambda make: many(make, bounds=BOUNDS),
    "Dask": by_dask,
    "xarray": by_xarray,
}
OF_RESIDUALS = "leastsq, least_squares, least_squares lm"  # those that SciPy has, too
OF_SCIPY = f"{OF_RESIDUALS}, curve_fit, curve_fit bounds"
OURS = ", ".join(door for door in DOORS if door not in OF_SCIPY.split(", "))
CURVES_IN_BATCHES = "curve_fit_batch, curve_fit_batch trf, Dask, xarray"
ALL = ", ".join(DOORS)
RESIDUALS_OF_OURS = "fit_residuals, leastsq_batch, leastsq_batch trf"
MODELS = ", ".join(door for door in DOORS if door not in f"{OF_RESIDUALS}, {RESIDUALS_OF_OURS}".split(", "))

SHORT = "returns .*, whose relative error of .* hides what the small steps for differences change"
STEPS = "returns numbers with a relative precision of .*; steps for differences are made for that"
LONGER = "returns values of float64 that are 32-bit floats with a relative precision of 1e-07"
HIDDEN = "returns values that small steps for differences do not change, though larger ones do"
MISLED = "returns changes otherwise in short steps than its difference quotients say"
STUCK = "ended at the start, where what .* returns does not change with any parameter"
MASKED = "returns masked elements, which are taken as the numbers beneath them"
UNIT = "returns a quantity in m, whose unit is ignored, as SciPy does: return value.value"

RIGHT_WITHOUT_A_WORD = [
    ("float64", ALL), ("other byte order", ALL), ("list", ALL),
    ("float32", "leastsq, least_squares, least_squares lm, fit, fit bounds, fit_residuals, fit_global, leastsq_batch, "
                "leastsq_batch trf"),
    ("float16", "leastsq, least_squares, least_squares lm, fit, fit bounds, fit_residuals, fit_global, leastsq_batch, "
                "leastsq_batch trf"),
    ("rounded to float32", "fit, fit bounds, fit_residuals, fit_global"),
    ("rounded to 6 digits", "fit, fit bounds, fit_residuals, fit_global"),
]  # fmt: skip
RIGHT_WITH_A_WORD = [
    ("rounded to float32", LONGER, CURVES_IN_BATCHES),
    ("float32", STEPS, CURVES_IN_BATCHES), ("float16", STEPS, CURVES_IN_BATCHES),
    ("masked", MASKED + ": return value.filled", f"{OF_RESIDUALS}, {RESIDUALS_OF_OURS}"),
    ("masked", MASKED + ": leave them out of the data", MODELS),
    ("quantity", UNIT, OF_RESIDUALS),
]  # fmt: skip
SAID = [
    ("rounded to float32", MISLED, "curve_fit, curve_fit bounds"),
    ("rounded to 6 digits", STUCK, OF_SCIPY), ("rounded to 6 digits", HIDDEN, CURVES_IN_BATCHES),
    ("float32", SHORT, "curve_fit, curve_fit bounds"), ("float16", SHORT, "curve_fit, curve_fit bounds"),
    ("int", SHORT, ALL), ("list of ints", SHORT, ALL), ("uint8", SHORT, ALL), ("bool", SHORT, ALL),
    ("rounded", STUCK, f"{OF_SCIPY}, leastsq_batch, leastsq_batch trf, {CURVES_IN_BATCHES}"),
    ("rounded", "the covariance of the parameters could not be estimated: see diagnose", "fit, fit bounds"),
]  # fmt: skip
REFUSED = [
    ("None", "must return", ALL), ("nothing", "must return", ALL), ("text", "must return", ALL),
    ("complex", "must return|must be real", ", ".join(door for door in DOORS if door != "fit_residuals")),
    ("dates", "must return .*; it returned shape .* dtype datetime64", ALL),
    ("durations", "must return .*; it returned shape .* dtype timedelta64", ALL),
    ("Time", r"must return a real vector; it returned astropy's Time: return numbers, such as \(t - t0\).sec", ALL),
    ("quantity", "must return a real vector; it returned a quantity in m: return value.to.unit..value$",
     RESIDUALS_OF_OURS),
    ("quantity", "must return a real vector; it returned a quantity in m: return value.to.*, in the unit of", MODELS),
]  # fmt: skip


def by_door(table: list[Any]) -> list[Any]:
    return [(*row[:-1], door) for row in table for door in row[-1].split(", ")]


def accuracy(kind: str) -> float:
    return {"float32": 1e-5, "rounded to float32": 1e-5, "rounded to 6 digits": 1e-4, "float16": 2e-3}.get(kind, 1e-6)


@pytest.mark.parametrize(("kind", "door"), by_door(RIGHT_WITHOUT_A_WORD))
def test_right_without_a_word(kind: str, door: str) -> None:
    np.testing.assert_allclose(DOORS[door](KINDS[kind]), RIGHT, rtol=accuracy(kind))


@pytest.mark.parametrize(("kind", "words", "door"), by_door(RIGHT_WITH_A_WORD))
def test_right_with_a_word(kind: str, words: str, door: str) -> None:
    with pytest.warns(RuntimeWarning, match=words) as caught:
        found = DOORS[door](KINDS[kind])
    np.testing.assert_allclose(found, RIGHT, rtol=accuracy(kind))
    assert len(caught) == 1
    assert caught[0].filename == __file__ or door in ("Dask", "xarray")  # whose own calls lie in between


@pytest.mark.parametrize(("kind", "words", "door"), by_door(SAID))
def test_said(kind: str, words: str, door: str) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        DOORS[door](KINDS[kind])
    assert sum(re.search(words, str(warning.message)) is not None for warning in caught) == 1


@pytest.mark.parametrize(("kind", "words", "door"), by_door(REFUSED))
def test_refused(kind: str, words: str, door: str) -> None:
    with pytest.raises((TypeError, ValueError), match=words):
        DOORS[door](KINDS[kind])


OF_ROUNDED_MODELS: dict[str, Callable[[Make], Any]] = {
    "leastsq": lambda make: minpack.leastsq(lambda p: make(decay(T, *p)) - Y, START)[0],
    **{
        f"least_squares {method}": partial(
            lambda method, make: minpack.least_squares(lambda p: make(decay(T, *p)) - Y, START, method=method).x, method
        )
        for method in ("lm", "trf", "dogbox")
    },
    "leastsq_batch": lambda make: minpack.leastsq_batch(lambda p: make(decay(T, p[:, :1], p[:, 1:])) - Y, [START]).x,
    "leastsq_batch trf": lambda make: (
        minpack.leastsq_batch(lambda p: make(decay(T, p[:, :1], p[:, 1:])) - Y, [START], bounds=BOUNDS).x
    ),
}


@pytest.mark.parametrize("door", OF_ROUNDED_MODELS)
def test_residuals_of_a_rounded_model_are_said(door: str) -> None:
    with pytest.warns(RuntimeWarning, match=HIDDEN if "batch" in door else MISLED) as caught:
        OF_ROUNDED_MODELS[door](KINDS["rounded to float32"])
    assert len(caught) == 1
