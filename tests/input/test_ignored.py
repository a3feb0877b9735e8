"""What strangers' data say beyond their numbers: `curve_fit` ignores it, as SciPy does, but says so; others heed it."""

from typing import Any

import numpy as np
import pytest

import minpack
from minpack import curve_fit, curve_fit_batch, fit

X = np.arange(5.0)
Y = 1.0 + 2.0 * X
DAYS = np.array(["2024-01-01", "2024-01-02", "NaT", "2024-01-04", "2024-01-05"], dtype="M8[D]")
WHOLE = np.datetime64("2024-01-01", "s") + np.arange(5) * np.timedelta64(86400, "s")


def line(x: Any, a: Any, b: Any) -> Any:
    return a + b * x


class Quantity(np.ndarray):
    """A stand-in for astropy's: an array with a unit."""

    unit: str

    def __new__(cls, values: Any, unit: str) -> "Quantity":
        quantity = np.asarray(values).view(cls)
        quantity.unit = unit
        return quantity

    def to(self, unit: str) -> Any:
        raise NotImplementedError

    value = property(np.asarray)


class Series:
    """A stand-in for a series of polars: its dtype is no NumPy dtype, and brackets take no masks."""

    dtype = "a dtype of polars"
    __array_ufunc__ = None

    def __init__(self, values: Any) -> None:
        self.values = np.asarray(values)

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return self.values if dtype is None else self.values.astype(dtype)

    def to_numpy(self) -> np.ndarray:
        return self.values

    def filter(self, kept: np.ndarray) -> "Series":
        return Series(self.values[kept])

    def __getitem__(self, key: Any) -> Any:
        raise TypeError("selecting rows by passing a boolean mask to `__getitem__` is not supported")

    def __rmul__(self, other: Any) -> Any:
        return other * self.values.astype(np.float64)


@pytest.mark.parametrize(("times", "words"), [
    (DAYS[[0, 1, 3, 4]], "days since 1970"),
    (WHOLE[:4], "seconds since 1970"),
    (Series(WHOLE[:4]), "seconds since 1970"),
])  # fmt: skip
def test_times_are_numbers_to_scipy_and_curve_fit_says_which(times: Any, words: str) -> None:
    with pytest.warns(RuntimeWarning, match=f"xdata are times, which are fitted as .*{words}"):
        popt, _ = curve_fit(line, times, Y[:4])
    numbers = np.asarray(times).astype(np.float64)
    assert popt.tolist() == curve_fit(line, numbers, Y[:4])[0].tolist()


@pytest.mark.parametrize("times", [WHOLE, Series(WHOLE)])
def test_elsewhere_times_are_seconds_since_the_first(times: Any) -> None:
    right = pytest.approx([1.0, 2.0 / 86400.0])
    assert fit(line, times, Y).values == right
    assert curve_fit_batch(line, times, [Y, Y], [1.0, 1.0]).x[1] == right
    da = pytest.importorskip("dask.array")
    lazy = curve_fit_batch(line, times, da.from_array(np.array([Y, Y]), chunks=(1, -1)), [1.0, 1.0])
    assert lazy.x.compute()[1] == right


def test_dask_refuses_what_it_would_take_for_numbers() -> None:
    da = pytest.importorskip("dask.array")
    y = da.from_array(np.array([Y, Y]), chunks=(1, -1))
    with pytest.raises(TypeError, match="xdata must be numbers if it is a Dask array; got dtype datetime64"):
        curve_fit_batch(line, da.from_array(WHOLE), y, [1.0, 1.0])
    with pytest.raises(TypeError, match="xdata must be numbers; got a quantity in s"):
        curve_fit_batch(line, Quantity(X, "s"), y, [1.0, 1.0])


def test_a_coordinate_without_a_time_is_left_out_as_in_xarray() -> None:
    xr = pytest.importorskip("xarray")
    import minpack.xarray  # noqa: F401

    data = xr.DataArray(Y, coords={"t": DAYS.astype("M8[s]")}, dims="t")
    with pytest.warns(RuntimeWarning, match="coords are times, which are fitted as numbers of seconds since 1970"):
        ours = data.minpack.curvefit("t", line).curvefit_coefficients.values
    first = float(DAYS[0].astype("M8[s]").astype(np.int64))
    slope = 2.0 / 86400.0
    assert ours == pytest.approx([1.0 - slope * first, slope], rel=1e-6)


def test_units_that_differ_are_said() -> None:
    y, sigma = Quantity(Y, "m"), Quantity(np.ones(5), "cm")
    with pytest.warns(RuntimeWarning, match="sigma is in cm and ydata in m, but both are fitted as bare numbers"):
        curve_fit(line, X, y, sigma=sigma)
    curve_fit(line, X, y, sigma=Quantity(np.ones(5), "m"))  # nothing is lost
    with pytest.raises(TypeError, match="ydata must be numbers; got a quantity in m"):
        curve_fit_batch(line, X, [y, y], [1.0, 1.0])


def test_series_without_brackets_can_leave_points_out() -> None:
    x = Series([0.0, 1.0, np.nan, 3.0, 4.0])
    assert curve_fit(line, x, Y, nan_policy="omit")[0] == pytest.approx([1.0, 2.0])
    assert fit(line, x, Y, nan_policy="omit").values == pytest.approx([1.0, 2.0])


def test_masks_of_rows_in_a_list_count() -> None:
    masked = np.ma.array([1.0, 3.0, 90.0, 7.0, 9.0], mask=[0, 0, 1, 0, 0])
    for rows in ([masked, Y], (Y, masked)):
        result = curve_fit_batch(line, X, rows, [1.0, 1.0], nan_policy="omit")
        assert result.x == pytest.approx(np.array([[1.0, 2.0], [1.0, 2.0]]))
        assert (curve_fit_batch(line, X, rows, [1.0, 1.0]).status == minpack.NOT_FINITE_AT_START).sum() == 1


def test_complex_data_leave_points_out() -> None:
    def response(x: Any, a: float, b: float) -> Any:
        return a / (1.0 + 1j * b * x)

    y = response(X, 2.0, 3.0)
    y[3] = np.nan
    for sigma in (None, np.full(5, 0.1), [0.1, np.nan, 0.1, 0.1, 0.1]):
        popt, _ = curve_fit(response, X, y, sigma=sigma, nan_policy="omit")
        assert popt == pytest.approx([2.0, 3.0])
