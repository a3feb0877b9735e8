"""Batches of counts: against iminuit, and with the bits of single fits, for each engine and at each door."""

import warnings
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest

import minpack
from minpack import curve_fit_batch, functions
from minpack._engine import count_tasks

X = np.linspace(-3.0, 3.0, 16)
COUNTS = np.array([
    [0, 1, 0, 0, 1, 4, 9, 10, 15, 5, 6, 4, 0, 2, 0, 0],
    [1, 3, 1, 5, 19, 38, 39, 35, 20, 2, 9, 3, 2, 3, 2, 3],
    [0, 1, 0, 0, 2, 2, 3, 5, 4, 7, 5, 5, 3, 1, 1, 0],
    [15, 27, 24, 37, 62, 114, 149, 178, 169, 142, 107, 65, 31, 25, 24, 20],
])  # fmt: skip
# iminuit 2.33.0: migrad of iminuit.cost.poisson_chi2, strategy 2, tol 1e-5
MINUIT = [
    [11.674178024409821, 0.11708544248432119, 0.7169387766978018, 0.2844556227676148],
    [41.690610754154, -0.6017059492225376, 0.5489801876523057, 2.598443158320003],
    [5.873929745562244, 0.5140654064133644, 0.9684953570471007, 0.21533342367156585],
    [162.18231068177096, -0.02312918463127163, 0.8683838621643878, 19.16354429739472],
]
DEVIANCES = [14.283842323236733, 17.124780657445925, 6.35119367383496, 6.345808148615944]
START = [10.0, 0.0, 1.0, 1.0]
BOUNDS = ([0.0, -3.0, 0.1, 0.0], [1e4, 3.0, 3.0, 100.0])
POISSON = {"likelihood": "poisson"}


def peak(x, height, center, width, background):
    z = (x - center) / width
    return height * functions.exp(-0.5 * z * z) + background


def peak_jac(x, height, center, width, background):
    z = (x - center) / width
    e = functions.exp(-0.5 * z * z)
    return e, height * e * z / width, height * e * z * z / width, 1.0


def columns(x, *parameters):
    return np.stack(np.broadcast_arrays(*peak_jac(x, *parameters), np.empty(x.size))[:-1], axis=-1)


@pytest.mark.parametrize("bounds", [None, BOUNDS], ids=["lm", "bounds"])
@pytest.mark.parametrize("jac", [None, peak_jac], ids=["differences", "jac"])
def test_batches_have_the_answers_of_minuit_and_the_bits_of_fit(jac, bounds) -> None:
    options = POISSON | ({} if bounds is None else {"bounds": bounds})
    result = curve_fit_batch(peak, X, COUNTS, START, jac=jac, **options)
    assert result.success.all()
    assert np.abs((result.x - MINUIT) / result.errors).max() < 2e-4
    np.testing.assert_allclose(2.0 * result.cost, DEVIANCES, rtol=1e-9)
    for i, counts in enumerate(COUNTS):
        single = minpack.fit(peak, X, counts, START, jac=jac and columns, **options)
        assert single.values.tobytes() == result.x[i].tobytes()
        off = (single.covariance - result.cov[i]) / np.outer(single.errors, single.errors)
        assert np.abs(off).max() < 1e-5  # the derivatives of fit are more exact
    in_threads = curve_fit_batch(peak, X, COUNTS, START, jac=jac, workers=2, **options)
    assert_same(result, in_threads)
    if jac is not None:
        assert_same(result, curve_fit_batch(peak, X, COUNTS, START, jac=jac, engine="numba", **options))


def assert_same(one: minpack.BatchResult, other: minpack.BatchResult) -> None:
    for array, same in zip(one.arrays(), other.arrays(), strict=True):
        assert array.tobytes() == same.tobytes()


@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_counts_that_are_none_end_their_fit_only(engine: str) -> None:
    counts = COUNTS.astype(float)
    counts[0, 3] = -1.0
    counts[1, 5] = np.nan
    options = {"engine": engine, "jac": peak_jac, **POISSON}
    result = curve_fit_batch(peak, X, counts, START, **options)
    assert result.status.tolist()[:2] == [minpack.NOT_FINITE_AT_START] * 2
    assert np.isnan(result.cov[:2]).all() and result.success[2:].all()
    left_out = curve_fit_batch(peak, X, counts, START, nan_policy="omit", **options)
    assert left_out.success.tolist() == [False, True, True, True]
    single = minpack.fit(peak, X, counts[1], START, jac=columns, nan_policy="omit", **POISSON)
    assert single.values.tobytes() == left_out.x[1].tobytes()
    np.testing.assert_allclose(single.errors, left_out.errors[1], rtol=1e-5)
    negative = curve_fit_batch(peak, X, COUNTS, [10.0, 0.0, 1.0, -1.0], **options)
    assert (negative.status == minpack.NOT_FINITE_AT_START).all()


def test_predictors_and_abscissae_of_each_fit_with_numba() -> None:
    def plane(x, a, b, c):
        return a + b * x[0] + c * x[1]

    shared = np.stack([X + 4.0, X * X])
    own = shared * np.array([1.0, 1.1, 1.2, 0.9])[:, np.newaxis, np.newaxis]
    for x in (shared, own):
        results = [curve_fit_batch(plane, x, COUNTS, [9.0, 0.1, 0.1], engine=engine, **POISSON)
                   for engine in ("numpy", "numba")]  # fmt: skip
        # a plane fits two of the peaks best at the edge to negative values, where both `fit` and batches are stopped
        assert results[0].success.tolist() == [False, True, False, True]
        np.testing.assert_array_equal(results[0].status, results[1].status)
        np.testing.assert_array_equal(results[0].x, results[1].x)
        np.testing.assert_array_equal(results[0].cov, results[1].cov)


def test_results_go_on_and_have_their_covariance(monkeypatch) -> None:
    monkeypatch.setattr(count_tasks, "_MOST_NUMBERS", 16 * X.size)  # 16 fits at a time
    counts = np.tile(COUNTS, (10, 1))
    whole = curve_fit_batch(peak, X, counts, START, **POISSON)
    out = minpack.BatchResult.empty(len(counts), 4)
    calls = 0

    def ends(x, *parameters):
        nonlocal calls
        calls += 1
        if calls == last:
            raise KeyboardInterrupt
        return peak(x, *parameters)

    last = 0
    curve_fit_batch(ends, X, counts, START, vectorized=True, **POISSON)
    calls, last = 0, calls // 2
    with pytest.raises(KeyboardInterrupt):
        curve_fit_batch(ends, X, counts, START, out=out, vectorized=True, **POISSON)
    done = out.success
    assert 0 < done.sum() < len(counts)
    np.testing.assert_array_equal(out.cov[done], whole.cov[done])
    curve_fit_batch(peak, X, counts, START, out=out, **POISSON)
    np.testing.assert_array_equal(out.cov, whole.cov)


def test_other_doors() -> None:
    whole = curve_fit_batch(peak, X, COUNTS, START, **POISSON)
    with ProcessPoolExecutor(1) as pool:
        sent = curve_fit_batch(peak, X, COUNTS, START, workers=pool.map, **POISSON)
    np.testing.assert_array_equal(sent.cov, whole.cov)
    dask_array = pytest.importorskip("dask.array")
    lazy = curve_fit_batch(peak, X, dask_array.from_array(COUNTS, chunks=(2, 16)), START, **POISSON)
    np.testing.assert_array_equal(lazy.cov.compute(), whole.cov)
    xarray = pytest.importorskip("xarray")
    import minpack.xarray  # noqa: F401

    data = xarray.DataArray(COUNTS, dims=("spot", "x"), coords={"x": X})
    start = {"height": 10.0, "center": 0.0}
    fitted = data.minpack.curvefit("x", peak, p0=start, kwargs=POISSON)
    np.testing.assert_array_equal(fitted.curvefit_coefficients.values, whole.x)
    again = whole.fit(2)
    assert again.likelihood == "poisson" and again.values.tobytes() == whole.x[2].tobytes()


def test_least_counts_have_a_weight() -> None:
    """Where nothing is expected, the information is that of a small share of the mean, not infinite."""
    counts = np.array([[3.0, 2.0, 4.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 0.0]])
    x = np.array([1.0, 1.0, 1.0, 0.0, 0.0])
    result = curve_fit_batch(lambda x, rate: rate * x, x, counts, [2.0], **POISSON)
    assert result.x[0, 0] == pytest.approx(3.0) and result.cov[0, 0, 0] == pytest.approx(1.0, rel=1e-6)


@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_ends_at_the_edge_of_what_is_possible_have_one_verdict(engine: str) -> None:
    """A line that would be negative beyond: a minimum there in the second row only, with `fit` and in batches."""
    if engine == "numba":
        pytest.importorskip("numba")
    x = np.arange(10.0)
    rows = [[20, 16, 13, 9, 5, 2, 0, 0, 0, 0], [0, 0, 0, 0, 1, 3, 5, 9, 12, 15], [9, 8, 8, 6, 5, 5, 3, 3, 2, 1]]
    counts = np.array(rows)
    start = np.array([[6.5, 0.0], [4.5, 0.0], [5.0, 0.0]])
    result = curve_fit_batch(lambda x, a, b: a + b * x, x, counts, start, engine=engine, **POISSON)
    assert result.status[0] == minpack.AWAY_FROM_MINIMUM and np.isnan(result.cov[0]).all()
    assert result.success.tolist() == [False, True, True]
    for i in range(3):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            single = minpack.fit(lambda x, a, b: a + b * x, x, counts[i], start[i], **POISSON)
        assert single.success == result.success[i]
    assert "1 away from minimum" in repr(result)


def test_mistakes() -> None:
    with pytest.raises(ValueError, match="sigma must be None with likelihood='poisson'"):
        curve_fit_batch(peak, X, COUNTS, START, sigma=1.0, **POISSON)
    with pytest.raises(ValueError, match="loss must be 'linear' with likelihood='poisson'; got 'huber'"):
        curve_fit_batch(peak, X, COUNTS, START, loss="huber", **POISSON)
    with pytest.raises(ValueError, match="likelihood must be 'normal' or 'poisson'"):
        curve_fit_batch(peak, X, COUNTS, START, likelihood="binomial")
