"""Kinds of data that are no 64-bit floats, by doors: the right values, an error, or what is said of SciPy's values."""

import warnings
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from minpack import curve_fit, curve_fit_batch, fit, fit_global

pandas = pytest.importorskip("pandas")

X = np.arange(1, 9)
Y = 1.0 + 2.0 * X.astype(float) ** 3
START = [1.0, 1.0]
HOLE = X == 4
DAYS = (86400 * X).astype("m8[s]")


def cubic(x: Any, a: Any, b: Any) -> Any:
    return a + b * x**3


def line(x: Any, a: Any, b: Any) -> Any:
    return a + b * x


def by_dask(f: Any, x: Any, y: Any, **options: Any) -> Any:
    da = pytest.importorskip("dask.array")
    rows = da.from_array(np.array([np.asarray(y)] * 2), chunks=(2, -1))
    return curve_fit_batch(f, x, rows, START, **options).x.compute(scheduler="sync")[1]


def by_xarray(f: Any, x: Any, y: Any, **options: Any) -> Any:
    xr = pytest.importorskip("xarray")
    pytest.importorskip("minpack.xarray")
    data = xr.DataArray(np.asarray(y), dims="t", coords={"t": np.asarray(x)})
    return data.minpack.curvefit("t", f, p0={"a": 1.0, "b": 1.0}).curvefit_coefficients.values


DOORS: dict[str, Callable[..., Any]] = {
    "curve_fit": lambda f, x, y, **options: curve_fit(f, x, y, START, **options)[0],
    "curve_fit bounds": lambda f, x, y, **options: curve_fit(f, x, y, START, bounds=(-9.0, 9.0), **options)[0],
    "fit": lambda f, x, y, **options: fit(f, x, y, START, **options).values,
    "fit bounds": lambda f, x, y, **options: fit(f, x, y, START, bounds=(-9.0, 9.0), **options).values,
    "fit_global": lambda f, x, y, **options: fit_global(f, [(x, y)] * 2, START, shared=["a", "b"], **options).values,
    "curve_fit_batch": lambda f, x, y, **options: curve_fit_batch(f, x, [y, y], START, **options).x[1],
    "Dask": by_dask,
    "xarray": by_xarray,
}
OURS = ("fit", "fit bounds", "fit_global", "curve_fit_batch", "Dask")

WHOLE: dict[str, tuple[Any, Any]] = {
    "y of Decimals": (X, [Decimal(str(y)) for y in Y]),
    "y of objects": (X, Y.astype(object)),
    "y of uint16": (X, Y.astype(np.uint16)),
    "y of float32": (X, Y.astype(np.float32)),
    "y as text": (X, [str(y) for y in Y]),
    "y of Int64": (X, pandas.Series(Y.astype(int), dtype="Int64")),
    "x of uint8": (X.astype(np.uint8), Y),
    "x of Decimals": ([Decimal(int(x)) for x in X], Y),
    "x as text": ([str(x) for x in X], Y),
}
# Where a model gets the table itself, SciPy's values are wrong.
TABLES: dict[str, Any] = {
    "Series of uint8": pandas.Series(X.astype(np.uint8)),
    "Series of Int8": pandas.Series(X.tolist(), dtype="Int8"),
    "Index of int8": pandas.Index(X.astype(np.int8)),
}
MISSING: dict[str, tuple[Any, Any]] = {
    "y masked": (X, np.ma.array(np.where(HOLE, 999.0, Y), mask=HOLE)),
    "y with None": (X, np.where(HOLE, None, Y.astype(object))),
    "y with NA": (X, pandas.Series(np.where(HOLE, None, Y.astype(object)), dtype="Float64")),
    "x with NA": (pandas.Series(np.where(HOLE, None, X.astype(object)), dtype="Int64"), Y),
    "x masked": (np.ma.array(np.where(HOLE, 99.0, X), mask=HOLE), Y),
}


@pytest.mark.parametrize("kind", WHOLE)
@pytest.mark.parametrize("door", DOORS)
def test_right(door: str, kind: str) -> None:
    np.testing.assert_allclose(DOORS[door](cubic, *WHOLE[kind]), [1.0, 2.0], rtol=1e-6)


@pytest.mark.filterwarnings("ignore:pcov looks at no bounds")
@pytest.mark.parametrize("kind", TABLES)
@pytest.mark.parametrize("door", DOORS)
def test_integers_of_tables_do_not_overflow(door: str, kind: str) -> None:
    if not door.startswith("curve_fit") or door == "curve_fit_batch":
        np.testing.assert_allclose(DOORS[door](cubic, TABLES[kind], Y), [1.0, 2.0], rtol=1e-6)
        return
    with pytest.warns(RuntimeWarning, match="xdata has integers, whose powers overflow in f, as with SciPy"):
        DOORS[door](cubic, TABLES[kind], Y)
    np.testing.assert_allclose(DOORS[door](cubic, TABLES[kind].astype(float), Y), [1.0, 2.0], rtol=1e-6)
    DOORS[door](line, TABLES[kind], line(X, 1.0, 2.0))  # nothing overflows


@pytest.mark.parametrize("kind", MISSING)
@pytest.mark.parametrize("door", DOORS)
def test_omitted(door: str, kind: str) -> None:
    options = {} if door == "xarray" else {"nan_policy": "omit"}
    x, y = MISSING[kind]
    if door in ("Dask", "xarray"):  # whose arrays have no masks
        y = np.ma.filled(y, np.nan) if np.ma.is_masked(y) else np.array(y, dtype=float)
        x = np.ma.filled(x, np.nan) if np.ma.is_masked(x) else np.array(x, dtype=float)
    np.testing.assert_allclose(DOORS[door](cubic, x, y, **options), [1.0, 2.0], rtol=1e-6)


@pytest.mark.parametrize("door", OURS)
def test_durations_are_seconds(door: str) -> None:
    """Whatever their unit is."""
    for unit in ("s", "ns"):
        x = (3 * X).astype("m8[s]").astype(f"m8[{unit}]")
        np.testing.assert_allclose(DOORS[door](line, x, line(3.0 * X, 1.0, 2.0)), [1.0, 2.0], rtol=1e-6)
        if door != "Dask":
            y = line(X, 1, 2).astype("m8[s]").astype(f"m8[{unit}]")
            np.testing.assert_allclose(DOORS[door](line, X, y), [1.0, 2.0], rtol=1e-6)
            np.testing.assert_allclose(DOORS[door](line, X, pandas.Series(y)), [1.0, 2.0], rtol=1e-6)


@pytest.mark.parametrize("door", OURS)
@pytest.mark.parametrize(("y", "words"), [
    (np.datetime64("2024-03-01", "s") + DAYS, r"ydata must be .*; got .*datetime64"),
    (Y + 1j, r"ydata must be real numbers.*[;:] got"),
], ids=["dates", "complex"])  # fmt: skip
def test_refused(door: str, y: Any, words: str) -> None:
    if np.iscomplexobj(y) and door in ("fit", "fit bounds"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # which fits them as twice the points
            DOORS[door](cubic, X, y)
        return
    with pytest.raises(TypeError, match=words):
        DOORS[door](cubic, X, y)


@pytest.mark.parametrize(("x", "y", "words"), [
    (DAYS.astype("m8[h]"), line(24.0 * X, 1.0, 2.0), "xdata are durations, which are fitted as numbers of hours, as S"),
    (X, line(X, 1, 2).astype("m8[m]"), "ydata are durations, which are fitted as numbers of minutes, as SciPy does"),
    (X, pandas.Series(line(X, 1, 2).astype("m8[ms]")), "ydata are durations, which are fitted as numbers of ms"),
], ids=["x", "y", "Series"])  # fmt: skip
def test_durations_are_numbers_of_their_unit_to_scipy_and_curve_fit_says_which(x: Any, y: Any, words: str) -> None:
    with pytest.warns(RuntimeWarning, match=words) as caught:
        popt, _ = curve_fit(line, x, y, START)
    assert caught[0].filename == __file__
    np.testing.assert_allclose(popt, [1.0, 2.0], rtol=1e-6)


@pytest.mark.parametrize(("unit", "says"), [("s", "numbers of seconds"), ("ns", "numbers of ns")])
def test_times_are_to_the_accessor_what_they_are_to_xarray(unit: str, says: str) -> None:
    xr = pytest.importorskip("xarray")
    pytest.importorskip("scipy")
    import minpack.xarray  # noqa: F401

    for x, since in ((np.datetime64("2024-03-01", unit) + DAYS, " since 1970"), (DAYS.astype(f"m8[{unit}]"), "")):
        data = xr.DataArray(line(X, 1.0, 2.0), dims="t", coords={"t": x})
        said = since or unit != "s"
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            ours = data.minpack.curvefit("t", line).curvefit_coefficients.values
        found = [str(w.message) for w in caught if "as xarray does" in str(w.message)]
        assert len(found) == bool(said)
        assert not said or f"which are fitted as {says}{since}, as xarray does" in found[0]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = data.curvefit("t", line).curvefit_coefficients.values
        np.testing.assert_allclose(ours, theirs, rtol=1e-7)
