"""Batches with bounds, losses and the methods that know them: each fit as `curve_fit` makes it on its own."""

import pickle
import warnings
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from typing import Any

import numpy as np
import pytest

import minpack
from minpack import BatchResult, curve_fit, curve_fit_batch, least_squares, leastsq_batch
from minpack._engine.single import Settings
from support.rows import Batch, T, data, ratio, ratio_jac

INF = np.inf
METHODS = ["trf", "dogbox"]
LOSSES = ["linear", "huber", "soft_l1", "cauchy", "arctan"]
# none, some that hold and some that do not, and a start on a bound
BOUNDS = [(-INF, INF), (-INF, [2.5, 1.1, 0.1]), (0.0, [INF, INF, 0.2]), (-3.0, [1.0, 30.0, 3.0])]
START = np.array([1.0, 1.0, 0.05])


def columns(t: Any, *p: Any) -> Any:
    return np.column_stack(np.broadcast_arrays(*ratio_jac(t, *p)))


def alone(y: np.ndarray, p0: Any, **options: Any) -> tuple[np.ndarray, np.ndarray, int, int] | None:
    """popt, pcov, status and nfev of a single fit; None if it does not converge."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", minpack.OptimizeWarning)
        try:
            popt, pcov, info, _, status = curve_fit(ratio, T, y, p0, full_output=True, **options)
        except RuntimeError:
            return None
    return popt, pcov, status, info["nfev"]


def assert_each_as_alone(result: BatchResult, y: np.ndarray, p0: Any, **options: Any) -> None:
    for i, row in enumerate(y):
        own = {name: tuple(b[i] if np.ndim(b) > 1 else b for b in value) if name == "bounds" else value
               for name, value in options.items()}  # fmt: skip
        expected = alone(row, p0, **own)
        if expected is None:
            assert result.status[i] == 0
            continue
        popt, pcov, status, nfev = expected
        assert result.x[i].tobytes() == popt.tobytes()
        assert result.cov[i].tobytes() == pcov.tobytes()
        assert (result.status[i], result.nfev[i]) == (status, nfev)


@pytest.mark.parametrize("jac", [None, ratio_jac], ids=["differences", "jac"])
@pytest.mark.parametrize("method", METHODS)
def test_bits_of_the_single_fit(batch: Batch, method: str, jac: Any) -> None:
    y = data(3)
    y[::2, 4] += 1.0  # outliers
    on_bounds = 0
    for bounds, loss in product(BOUNDS, LOSSES):
        options = {"bounds": bounds, "method": method, "loss": loss, "f_scale": 0.1}
        result = batch(ratio, T, y, START, jac=jac, **options)
        assert_each_as_alone(result, y, START, jac=None if jac is None else columns, **options)
        on_bounds += np.sum(abs(result.x - np.broadcast_to(bounds[1], 3)) < 1e-9)
    assert on_bounds > 10


@pytest.mark.parametrize("options", [
    {"x_scale": "jac"}, {"x_scale": [1.0, 3.0, 0.1]}, {"ftol": 1e-14, "xtol": 1e-14, "gtol": 1e-14}, {"maxfev": 3},
    {"sigma": 0.1}, {"sigma": np.linspace(0.5, 2.0, T.size), "absolute_sigma": True}, {"loss": "soft_l1"},
])  # fmt: skip
@pytest.mark.parametrize("method", METHODS)
def test_options(batch: Batch, method: str, options: dict[str, Any]) -> None:
    y = data(5)
    result = batch(ratio, T, y, START, method=method, bounds=BOUNDS[1], **options)
    assert_each_as_alone(result, y, START, method=method, bounds=BOUNDS[1], **options)


@pytest.mark.parametrize("workers", [1, 2, 5, map, "pool"])
def test_bounds_and_starts_per_fit_whoever_runs_them(batch: Batch, workers: Any) -> None:
    y = data(60).reshape(3, 20, T.size)
    upper = np.random.default_rng(2).uniform(1.0, 3.0, size=(3, 20, 3))
    lower = np.array([0.1, -INF, -1.0])
    with ThreadPoolExecutor(2) as pool:
        result = batch(ratio, T, y, bounds=(lower, upper), workers=pool.map if workers == "pool" else workers)
    flat = BatchResult(*(array.reshape(60, *array.shape[2:]) for array in result.arrays()))
    assert_each_as_alone(flat, y.reshape(60, -1), None, bounds=([lower] * 60, upper.reshape(60, 3)))


def test_missing_points_and_fewer_points_than_parameters(batch: Batch) -> None:
    """Each fit as if its NaN had never been there, also if fewer points than parameters are left."""
    y = data(8)
    y[1, 3:9], y[2, 2:], y[3] = np.nan, np.nan, np.nan
    result = batch(ratio, T, y, START, bounds=BOUNDS[2], nan_policy="omit", absolute_sigma=True)
    assert result.status[3] == minpack.TOO_FEW_POINTS
    kept = [0, 1, 2, 4]
    part = BatchResult(*(array[kept] for array in result.arrays()))
    assert_each_as_alone(part, y[kept], START, bounds=BOUNDS[2], nan_policy="omit", absolute_sigma=True)


def test_an_interrupted_batch_goes_on(batch: Batch) -> None:
    y = data(30)
    expected = batch(ratio, T, y, START, bounds=BOUNDS[1])
    out = BatchResult.empty(30, 3)
    for done in range(0, 30, 3):
        for array, whole in zip(out.arrays(), expected.arrays(), strict=True):
            array[done] = whole[done]
    batch(ratio, T, y, START, bounds=BOUNDS[1], out=out)
    for array, whole in zip(out.arrays(), expected.arrays(), strict=True):
        assert array.tobytes() == whole.tobytes()


@pytest.mark.parametrize("method", METHODS)
def test_what_is_wrong_with_a_fit_is_its_status(batch: Batch, method: str) -> None:
    def broken(t: Any, a: Any, b: Any, c: Any) -> Any:  # not finite where a is above 1
        below = 1.0 + b * b * t
        return np.where(a > 1.0, np.inf, 1.0 / below), -2.0 * a * b * t / (below * below), t + 0.0 * a

    y, p0 = data(6), np.tile(START, (6, 1))
    lower, upper = np.full((6, 3), -1.0), np.full((6, 3), 3.0)
    p0[1, 0], p0[2, 1] = 3.5, np.nan
    lower[3], upper[4, 2] = 5.0, np.nan
    y[5, 3] = INF
    wrong = [minpack.START_OUT_OF_BOUNDS] * 2 + [minpack.BAD_BOUNDS] * 2 + [minpack.NOT_FINITE_AT_START]
    result = batch(ratio, T, y, p0, bounds=(lower, upper), method=method)
    assert result.success[0]
    assert result.status[1:].tolist() == wrong
    np.testing.assert_array_equal(result.x[1:], p0[1:])
    assert np.isnan(result.cov[1:]).all()
    assert np.isnan(result.cost[1:]).all()
    ends = curve_fit_batch(ratio, T, y, p0, jac=broken, bounds=(lower, upper), method=method, vectorized=True)
    assert ends.status.tolist() == [minpack.JACOBIAN_NOT_FINITE, *wrong]
    assert ends.x[0, 0] > 1.0  # the best x so far, and its cost
    assert ends.cost[0] == pytest.approx(0.5 * np.sum((ratio(T, *ends.x[0]) - y[0]) ** 2))


def test_all_moved_points_of_many_fits_in_one_call() -> None:
    sizes = []

    def counted(t: Any, a: Any, b: Any, c: Any) -> Any:
        sizes.append(len(a))
        return ratio(t, a, b, c)

    curve_fit_batch(counted, T, data(50), START, bounds=BOUNDS[3], method="dogbox", vectorized=True)
    assert sizes[1:3] == [50, 150]  # the first call looks at the precision of one row, and at small steps from there
    assert len(sizes) < 200


def test_defaults() -> None:
    """Without bounds Levenberg-Marquardt, also if they are infinite; a loss alone makes it "trf"."""
    y = data(3)
    for options, method in (({"bounds": (-INF, INF)}, "lm"), ({"loss": "huber"}, "trf"), ({"bounds": (0, 9)}, "trf")):
        said, unsaid = (curve_fit_batch(ratio, T, y, START, **options, **given) for given in ({"method": method}, {}))
        assert said.x.tobytes() == unsaid.x.tobytes()
    assert curve_fit_batch(ratio, T, y).x.tobytes() == curve_fit_batch(ratio, T, y, np.ones(3)).x.tobytes()


@pytest.mark.parametrize("jac", [None, ratio_jac], ids=["differences", "jac"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("method", METHODS)
def test_leastsq_batch(method: str, dtype: Any, jac: Any) -> None:
    """The bits of `least_squares`, and its statuses; if residuals have fewer digits, differences take longer steps."""
    y = data(8)

    def func(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return (ratio(T, *x.T[:, :, None]) - y).astype(dtype)

    def slopes(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return np.stack(np.broadcast_arrays(*ratio_jac(T, *x.T[:, :, None])), axis=-1)

    options: dict[str, Any] = {"method": method, "loss": "soft_l1", "f_scale": 0.3, "bounds": BOUNDS[1]}
    result = leastsq_batch(func, np.tile(START, (8, 1)), (y,), Dfun=None if jac is None else slopes, **options)
    for i, row in enumerate(y):
        given = "2-point" if jac is None else lambda x, row=row: slopes(x[None], row)[0]
        one = least_squares(lambda x, row=row: func(x[None], row)[0], START, given, **options)
        if jac is None and dtype != np.float64:  # `least_squares` rounds the differences to that type, too
            assert result.cost[i] == pytest.approx(one.cost, rel=1e-5)
            continue
        assert result.x[i].tobytes() == one.x.tobytes()
        assert (result.status[i], result.nfev[i]) == (one.status, one.nfev)
        assert result.cost[i] == one.cost


def test_compiled_functions() -> None:
    numba = pytest.importorskip("numba")
    from minpack.numba import residual_type

    @numba.cfunc(residual_type)
    def residuals(ctx: Any, m: Any, n: Any, x: Any, fvec: Any) -> Any:
        y, p, out = numba.carray(ctx, m), numba.carray(x, n), numba.carray(fvec, m)
        for i in range(m):
            t = 0.25 * i
            out[i] = p[0] / (1.0 + p[1] * p[1] * t) + p[2] * t - y[i]
        return 0

    y = data(20)
    for method, bounds in product(METHODS, BOUNDS):
        result = leastsq_batch(residuals, np.tile(START, (20, 1)), (y,), m=T.size, bounds=bounds, method=method)
        expected = curve_fit_batch(ratio, T, y, START, bounds=bounds, method=method)
        assert result.x.tobytes() == expected.x.tobytes()


def test_settings_go_to_other_processes() -> None:
    settings = Settings(method="dogbox", loss="cauchy", f_scale=0.5, x_scale=[1.0, 2.0])
    again = pickle.loads(pickle.dumps(settings))
    assert again.__reduce__() == settings.__reduce__()
    assert settings.__reduce__()[1][-4:] == ("dogbox", "cauchy", 0.5, (1.0, 2.0))


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"bounds": (0, [1, 2])}, ValueError, r"must be a number or have shape \(3,\) or \(2, 3\); got shape \(2,\)"),
        ({"bounds": (0, [1, -2, 1])}, ValueError, "strictly less.*Parameter 'b' has bounds 0.0 and -2.0"),
        ({"bounds": 3}, ValueError, "`bounds` must contain 2 elements"),
        ({"bounds": (0, 9), "method": "lm"}, ValueError, "method must be 'trf' or 'dogbox' if there are bounds"),
        ({"method": "newton"}, ValueError, "method must be 'trf', 'dogbox' or 'lm'; got 'newton'"),
        ({"loss": "l2"}, ValueError, "loss must be 'linear', .*got 'l2'"),
        ({"loss": abs, "method": "lm"}, TypeError, "'loss', which method 'lm' does not have: pass method='trf'"),
        ({"loss": "huber", "f_scale": 0.0}, ValueError, "f_scale must be positive and finite; got 0.0"),
        ({"method": "lm", "loss": "huber"}, TypeError, "'loss', which method 'lm' does not have: pass method='trf'"),
        ({"x_scale": [1, 1, 1]}, TypeError, "'x_scale', which method 'lm' does not have"),
        ({"x_scale": -1.0, "method": "trf"}, ValueError, "`x_scale` must be 'jac' or array_like with positive numbers"),
        ({"factor": 10, "method": "trf"}, TypeError, "'factor', which method 'trf' does not have"),
        ({"diag": np.ones(3), "bounds": (0, 9)}, TypeError, "'diag', which method 'trf' does not have"),
        ({"ftol": 0, "xtol": 0, "gtol": 0, "method": "trf"}, ValueError, "At least one of the tolerances"),
    ],
)  # fmt: skip
def test_errors(options: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        curve_fit_batch(ratio, T, data(2), START, **options)


def test_small_tolerances_warn() -> None:
    with pytest.warns(UserWarning, match="Setting `ftol` below the machine epsilon"):
        curve_fit_batch(ratio, T, data(2), START, method="trf", ftol=0.0)


@pytest.mark.parametrize("per_fit", [False, True])
def test_dask(batch: Batch, per_fit: bool) -> None:
    da = pytest.importorskip("dask.array", reason="Dask is not installed")
    dask = pytest.importorskip("dask")
    y = data(24).reshape(6, 4, T.size)
    upper = np.random.default_rng(2).uniform(1.0, 3.0, size=(6, 4, 3)) if per_fit else np.array([2.5, 1.1, 0.1])
    expected = batch(ratio, T, y, bounds=(-1.0, upper), loss="huber")
    for wrapped in (upper, da.from_array(upper)):
        lazy = batch(ratio, T, da.from_array(y, chunks=(2, 3, -1)), bounds=(-1.0, wrapped), loss="huber")
        (result,) = dask.compute(lazy, scheduler="synchronous")
        for ours, theirs in zip(result.arrays(), expected.arrays(), strict=True):
            assert ours.tobytes() == theirs.tobytes()


