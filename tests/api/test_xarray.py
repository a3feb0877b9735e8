"""The accessor `.minpack.curvefit`: xarray's layout, this package's bits."""

import importlib.util
from typing import Any

import numpy as np
import pytest

from minpack import curve_fit, curve_fit_batch
from support.rows import T, data, ratio, ratio_jac

xr = pytest.importorskip("xarray", reason="xarray is not installed")
import minpack.xarray  # noqa: E402, F401

has_dask = importlib.util.find_spec("dask") is not None
needs_dask = pytest.mark.skipif(not has_dask, reason="Dask is not installed")
ARRAYS = [pytest.param(False, id="numpy"), pytest.param(True, id="dask", marks=needs_dask)]
lazily = pytest.mark.parametrize("lazy", ARRAYS)


def array(lazy: bool = False) -> Any:
    """4 by 6 fits, with a coordinate of every kind there is, and missing data."""
    y = data(24).reshape(4, 6, T.size)
    y[1, 2, 3] = np.nan
    y[2, 2] = np.nan
    result = xr.DataArray(
        np.moveaxis(y, 2, 1),
        dims=("row", "time", "column"),
        coords={"time": T, "column": list("abcdef"), "day": ("time", T * 2), "site": ("row", [3, 1, 4, 1]), "run": 7},
        attrs={"units": "mV"},
        name="signal",
    )
    return result.chunk({"row": 2, "column": 4}) if lazy else result


def assert_alike(ours: Any, theirs: Any, rtol: float = 1e-6) -> None:
    """Everything identical, but values close to each other."""
    for name in theirs.data_vars:
        np.testing.assert_allclose(ours[name], theirs[name], rtol=rtol, atol=1e-10)
    xr.testing.assert_identical(ours.copy(data={name: theirs[name].data for name in theirs.data_vars}), theirs)


@lazily
@pytest.mark.parametrize(
    "p0",
    [{}, {"a": 2.0, "b": 0.7}, {"b": xr.DataArray([0.7, 0.8, 0.9, 1.0], dims="row")}],
    ids=["default", "numbers", "array"],
)
def test_layout_and_values_of_xarrays(lazy: bool, p0: dict[str, Any]) -> None:
    pytest.importorskip("scipy")
    da = array(lazy)
    ours, theirs = da.minpack.curvefit("time", ratio, p0=p0), da.curvefit("time", ratio, p0=p0)
    assert ours.chunks == theirs.chunks
    ours, theirs = ours.compute(), theirs.compute()
    assert_alike(ours, theirs, rtol=1e-5)
    assert np.isnan(ours.curvefit_coefficients.sel(column="c")[2]).all()  # without data, and no error


@lazily
@pytest.mark.parametrize("bounds", [
    {"c": (0.0, 0.1)}, {"a": (2, np.inf), "b": (-np.inf, 0.9)},
    {"a": (0.5, xr.DataArray([3.9, 3.6, 4.0, 3.8], dims="row"))},
    {"c": (xr.DataArray(np.linspace(-0.3, 0.0, 6), dims="column"), xr.DataArray([0.1, 0.2, 0.3, 0.4], dims="row"))},
])  # fmt: skip
def test_bounds_of_xarrays(lazy: bool, bounds: dict[str, Any]) -> None:
    """Starts that are not within them, too."""
    pytest.importorskip("scipy")
    da = array(lazy)
    options: dict[str, Any] = {"p0": {"b": 0.7}, "bounds": bounds}
    ours, theirs = da.minpack.curvefit("time", ratio, **options), da.curvefit("time", ratio, **options)
    assert ours.chunks == theirs.chunks
    ours, theirs = ours.compute(), theirs.compute()
    np.testing.assert_allclose(ours.curvefit_coefficients, theirs.curvefit_coefficients, rtol=1e-4, atol=1e-6)
    assert_alike(ours, theirs, rtol=1e-2)


@pytest.mark.parametrize("engine", ["numpy", "numba"])
@lazily
def test_bits_of_single_fits(lazy: bool, engine: str) -> None:
    if engine == "numba":
        pytest.importorskip("numba", reason="numba is not installed")
    da = array(lazy)
    fit = da.minpack.curvefit("time", ratio, p0={"a": 2.0}, kwargs={"engine": engine}).compute()
    for row, column in np.ndindex(4, 6):
        y = da.values[row, :, column]
        keep = ~np.isnan(y)
        if not keep.any():
            continue
        popt, pcov = curve_fit(ratio, T[keep], y[keep], [2.0, 1.0, 1.0])
        assert fit.curvefit_coefficients.values[row, column].tobytes() == popt.tobytes()
        np.testing.assert_allclose(fit.curvefit_covariance.values[row, column], pcov, rtol=1e-12)


@needs_dask
def test_dask_is_lazy_and_fits_each_chunk_once() -> None:
    da = array(lazy=True)
    calls: list[int] = []

    def counted(t: Any, a: Any, b: Any, c: Any) -> Any:
        calls.append(len(a))
        return ratio(t, a, b, c)

    eager = array().minpack.curvefit("time", ratio)
    expected = 0
    for row, column in [(slice(0, 2), slice(0, 4)), (slice(0, 2), slice(4, 6)), (slice(2, 4), slice(0, 4)),
                        (slice(2, 4), slice(4, 6))]:  # fmt: skip
        array().isel(row=row, column=column).minpack.curvefit("time", counted)
        expected, calls[:] = expected + len(calls), []
    fit = da.minpack.curvefit("time", counted)
    assert calls == []
    computed = fit.compute(scheduler="synchronous")
    assert len(calls) == expected
    for name in eager.data_vars:
        assert computed[name].values.tobytes() == eager[name].values.tobytes()


@needs_dask
def test_chunks_along_the_fit_are_told() -> None:
    with pytest.raises(ValueError, match=r"time.* multiple chunks.*chunk\(dict\(time=-1\)\)"):
        array().chunk({"time": 5}).minpack.curvefit("time", ratio)


@lazily
def test_reduced_dimensions_and_several_coordinates(lazy: bool) -> None:
    pytest.importorskip("scipy")

    def plane(x: Any, a: Any, b: Any, c: Any) -> Any:
        column, time = x
        return ratio(time, a, b, c) + 0.0 * column

    da = array(lazy).assign_coords(column=np.arange(6.0))
    da = da.chunk({"row": 2, "column": -1}) if lazy else da
    for coords, f, reduce_dims in [
        ("time", ratio, "column"),
        (da.day, ratio, ["time", "column"]),
        (["column", "time"], plane, None),
        ([da.column, da.day], plane, "time"),
    ]:
        ours = da.minpack.curvefit(coords, f, reduce_dims=reduce_dims)
        theirs = da.curvefit(coords, f, reduce_dims=reduce_dims)
        assert ours.curvefit_coefficients.shape == (4, 3)
        assert_alike(ours.compute(), theirs.compute(), rtol=1e-4)
    da = da.chunk({"row": -1}) if lazy else da
    ours, theirs = (a.curvefit("time", ratio, reduce_dims=["row", "column"]) for a in (da.minpack, da))
    assert_alike(ours.compute(), theirs.compute(), rtol=1e-4)


@lazily
def test_coordinates_that_differ_from_fit_to_fit(lazy: bool) -> None:
    """Predictors of some fits, or of each; two of them, and so one for each row that could be taken for a predictor."""
    pytest.importorskip("scipy")
    da = array(lazy)
    stretched = da.time * xr.DataArray([1.0, 1.1, 0.9, 1.05], dims="row")
    ours = da.minpack.curvefit(stretched, ratio, reduce_dims="time")
    assert_alike(ours.compute(), da.curvefit(stretched, ratio, reduce_dims="time").compute(), rtol=1e-4)

    def both(x: Any, a: Any, b: Any, c: Any) -> Any:
        return ratio(x[0], a, b, c) + 0.0 * x[1]

    two = da.isel(row=slice(0, 2), column=0)
    for coords in ([stretched[:, :2], two.time], [two.time, two.day]):
        ours, theirs = (a.curvefit(coords, both, reduce_dims="time") for a in (two.minpack, two))
        assert_alike(ours.compute(), theirs.compute(), rtol=1e-4)


@lazily
def test_datasets(lazy: bool) -> None:
    pytest.importorskip("scipy")
    da = array(lazy)
    ds = xr.Dataset({"one": da, "two": 2.0 * da.isel(row=0, drop=True)}, attrs={"title": "both"})
    assert_alike(
        ds.minpack.curvefit("time", ratio).compute(), ds.curvefit("time", ratio).compute(), rtol=1e-4
    )


@lazily
def test_fits_that_fail(lazy: bool) -> None:
    """With 20 calls about half of them."""
    da = array(lazy)
    options: dict[str, Any] = {"kwargs": {"maxfev": 20}, "p0": {"a": xr.DataArray([2.0, 2.0, 2.0, 1e6], dims="row")}}
    place = r"\(at \(\d, \d\) of \(2, [24]\)" if lazy else r"\(at \(0, 1\) of \(4, 6\), and \d+ more\)$"
    with pytest.raises(RuntimeError, match=rf"not found: Number of calls .* maxfev = 20\. {place}"):
        da.minpack.curvefit("time", ratio, **options).compute()
    fit = da.minpack.curvefit("time", ratio, errors="ignore", **options).compute()
    p0 = np.ones((4, 6, 3))
    p0[:, :, 0] = np.array([2.0, 2.0, 2.0, 1e6])[:, None]
    expected = curve_fit_batch(ratio, T, np.moveaxis(array().values, 1, 2), p0, maxfev=20, nan_policy="omit")
    converged = expected.success
    assert 5 < converged.sum() < 20
    assert (fit.curvefit_coefficients.notnull().all("param").values == converged).all()
    assert (fit.curvefit_covariance.notnull().all(["cov_i", "cov_j"]).values == converged).all()
    assert fit.curvefit_coefficients.values[converged].tobytes() == expected.x[converged].tobytes()


def test_why_a_fit_failed_is_told() -> None:
    def tail(t: Any, a: Any) -> Any:
        return 1e-3 * np.exp(-a) + 0.0 * t  # the less, the better, without end

    zeros = xr.DataArray(np.zeros(9), coords={"t": np.arange(9.0)}, dims="t")
    with pytest.raises(RuntimeError, match=r"^Optimal parameters not found: Number .* maxfev = 400\.$"):
        zeros.minpack.curvefit("t", tail)
    tolerances = {"ftol": 0.0, "xtol": 0.0, "gtol": 0.0}
    with pytest.raises(RuntimeError, match=r"not found: xtol=0\.0* is too small"):
        array().minpack.curvefit("time", ratio, kwargs=tolerances)


def test_data_that_are_not_finite_or_too_few() -> None:
    da = array()
    with pytest.raises(ValueError, match="infs or NaNs"):
        da.minpack.curvefit("time", ratio, skipna=False)
    fit = da.minpack.curvefit("time", ratio, skipna=False, errors="ignore")
    failed = fit.curvefit_coefficients.isnull().all("param").values
    assert failed.tolist() == da.isnull().any("time").values.tolist()
    with pytest.raises(ValueError, match="infs or NaNs"):
        da.where(da.time > 0, np.inf).minpack.curvefit("time", ratio)
    few = da.isel(time=slice(0, 2))
    with pytest.raises(TypeError, match=r"parameters=3 must not exceed the number of data points \(at \(0, 0\) of"):
        few.minpack.curvefit("time", ratio)
    assert few.minpack.curvefit("time", ratio, errors="ignore").curvefit_coefficients.isnull().all()

    def pole(t: Any, a: Any) -> Any:
        with np.errstate(divide="ignore"):
            return a / (a - 1.0) + t

    with pytest.raises(RuntimeError, match="not finite where the fit starts"):
        da.minpack.curvefit("time", pole)


def test_options_reach_the_fit() -> None:
    da = array()
    plain = da.minpack.curvefit("time", ratio, kwargs={"method": "lm", "workers": 2})
    xr.testing.assert_identical(plain, da.minpack.curvefit("time", ratio))
    weighed = da.minpack.curvefit("time", ratio, kwargs={"sigma": 0.02, "absolute_sigma": True, "jac": ratio_jac})
    np.testing.assert_allclose(weighed.curvefit_coefficients, plain.curvefit_coefficients, rtol=1e-5)
    assert not np.allclose(weighed.curvefit_covariance, plain.curvefit_covariance, rtol=1e-2, equal_nan=True)


def test_where_a_parameter_starts() -> None:
    """As told, at its default, at 1."""
    starts: list[tuple[float, ...]] = []

    def model(t: Any, a: Any, b: Any = 0.8, c: Any = 0.1) -> Any:
        starts.append((a[0, 0], b[0, 0], c[0, 0]))
        return ratio(t, a, b, c)

    array().minpack.curvefit("time", model, p0={"c": 0.2})
    assert starts[0] == (1.0, 0.8, 0.2)
    named = array().minpack.curvefit("time", lambda t, *p: ratio(t, *p), param_names=["u", "v", "w"])
    assert named.param.values.tolist() == named.cov_i.values.tolist() == ["u", "v", "w"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"bounds": {"a": (2, 1)}}, "Each lower bound must be strictly less than each upper bound"),
        ({"bounds": {"a": (0, xr.DataArray([1.0], dims="x"))}}, "Upper bound for 'a' has unexpected dimensions"),
        ({"bounds": {"a": (0, 1)}, "p0": {"a": 2.0}}, "Initial guess is outside of provided bounds"),
        ({"bounds": {"a": (0, np.inf)}, "kwargs": {"method": "lm"}}, "method must be 'trf' or 'dogbox'"),
        ({"bounds": {"z": (-np.inf, np.inf)}}, "bounds must name parameters of ratio .*; got 'z'"),
        ({"p0": {"z": 1.0}}, "p0 must name parameters of ratio .*; got 'z'"),
        ({"p0": {"a": xr.DataArray([1.0], dims="elsewhere")}}, "Initial guess for 'a' has unexpected dimensions"),
        ({"errors": "hide"}, "errors must be 'raise' or 'ignore'"),
        ({"coords": "day"}, "nothing to fit along"),
        ({"reduce_dims": "depth"}, "reduce_dims has 'depth'"),
        ({"func": lambda t, *p: t}, "param_names must be given"),
        ({"func": lambda t, *p: t, "param_names": ["a", "a"]}, "param_names must be different; got 'a', 'a'"),
        ({"p0": {"a": "much"}}, "p0 and bounds must be real numbers: .*'much'"),
        ({"coords": xr.DataArray(T, {"time": T + 0.1}), "reduce_dims": "time"}, "labels of 'time' in common"),
        ({"kwargs": {"sigma": xr.DataArray(T, {"time": T + 0.1})}}, "sigma and the data must have labels of 'time'"),
        ({"kwargs": {"method": "newton"}}, "method must be 'trf', 'dogbox' or 'lm'; got 'newton'"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_wrong_arguments(change: dict[str, Any], words: str) -> None:
    arguments: dict[str, Any] = {"coords": "time", "func": ratio} | change
    with pytest.raises(ValueError, match=words):
        array().minpack.curvefit(**arguments)


def test_bounds_that_do_not_bound() -> None:
    unbounded = array().minpack.curvefit("time", ratio)
    xr.testing.assert_identical(array().minpack.curvefit("time", ratio, bounds={"a": (-np.inf, np.inf)}), unbounded)


@pytest.mark.parametrize("dim", ["param", "cov_i"])
def test_names_of_the_results_dimensions(dim: str) -> None:
    for clash in (array().rename(row=dim), array().assign_coords({dim: 7})):
        with pytest.raises(ValueError, match=f"the data must not have '{dim}', which is a dimension of the result"):
            clash.minpack.curvefit("time", ratio)


def test_a_variable_without_the_dimension() -> None:
    with pytest.raises(ValueError, match="variable 'short' must have the dimension 'time'"):
        xr.Dataset({"a": array(), "short": array()[:, 0].drop_vars(["time", "day"])}).minpack.curvefit("time", ratio)


def test_coordinates_have_the_order_of_the_datas_labels() -> None:
    mixed = array().isel(time=np.random.default_rng(0).permutation(T.size))
    expected = mixed.minpack.curvefit("time", ratio)
    for x in (xr.DataArray(T, {"time": T}), xr.DataArray(np.tile(T, (4, 1)), {"row": range(4), "time": T})):
        found = mixed.minpack.curvefit(x, ratio, reduce_dims="time")
        xr.testing.assert_allclose(found.drop_vars("row", errors="ignore"), expected, rtol=1e-5)
    half = mixed.minpack.curvefit(xr.DataArray(T, {"time": T})[:9], ratio, reduce_dims="time")
    xr.testing.assert_allclose(half, array()[:, :9].minpack.curvefit("time", ratio), rtol=1e-5)


@lazily
def test_sigma_with_dimensions(lazy: bool) -> None:
    sigma = xr.DataArray(np.random.default_rng(0).uniform(0.5, 2.0, (T.size, 4)), {"time": T, "row": range(4)})[::-1]
    fit = array(lazy).minpack.curvefit("time", ratio, kwargs={"sigma": sigma.drop_vars("row"), "absolute_sigma": True})
    for row in range(4):
        options = {"sigma": sigma.values[::-1, row], "absolute_sigma": True}
        expected = array()[row].minpack.curvefit("time", ratio, kwargs=options)
        xr.testing.assert_allclose(fit.isel(row=row).compute(), expected, rtol=1e-9)


def test_nothing_to_fit_is_nan() -> None:
    nothing = array().isel(time=[]).minpack.curvefit("time", ratio)
    assert nothing.curvefit_coefficients.shape == (4, 6, 3)
    assert nothing.curvefit_covariance.isnull().all()
    whole = array()[0]
    again = whole.minpack.curvefit("time", ratio, skipna=False, kwargs={"nan_policy": "omit"})
    xr.testing.assert_identical(again, whole.minpack.curvefit("time", ratio))
