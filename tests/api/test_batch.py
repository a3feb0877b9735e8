"""Batches: each fit as it is alone, whatever runs beside it."""

import warnings
from typing import Any

import numpy as np
import pytest

import minpack
from minpack import BatchResult, _core, curve_fit, curve_fit_batch, leastsq, leastsq_batch
from support.rows import Batch, T, data, ratio, ratio_jac


def alone(y: np.ndarray, p0: Any, **kwargs: Any) -> tuple[Any, ...]:
    """popt, pcov, nfev, ier of a single fit; with no fuss about those that fail."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        jac = kwargs.pop("jac", None)
        single_jac = None if jac is None else lambda t, *p: np.column_stack(np.broadcast_arrays(*jac(t, *p)))
        outcome = _core.solve_curve(
            ratio, p0, T, _core.Data(y, weights=kwargs.pop("weights", None)), _core.Settings(**kwargs),
            jac=single_jac, full=True,
        )  # fmt: skip
    return outcome.x, outcome.cov, {"nfev": outcome.nfev, "fvec": outcome.fvec}, outcome.info


def assert_each_as_alone(result: BatchResult, y: np.ndarray, p0: np.ndarray, **kwargs: Any) -> None:
    for i, row in enumerate(y):
        x, cov_x, info, ier = alone(row, p0 if p0.ndim == 1 else p0[i], **kwargs)
        assert result.x[i].tobytes() == x.tobytes()
        assert (result.status[i], result.nfev[i]) == (ier, info["nfev"])
        assert result.cost[i] == pytest.approx(0.5 * np.sum(info["fvec"] ** 2), rel=1e-13)
        if 1 <= ier <= 4 and cov_x is not None:
            np.testing.assert_allclose(result.cov[i], cov_x * 2.0 * result.cost[i] / (T.size - 3), rtol=1e-12)


@pytest.mark.parametrize("jac", [None, ratio_jac], ids=["differences", "jac"])
@pytest.mark.parametrize("count", [1, 7, 300])
@pytest.mark.parametrize("options", [{}, {"ftol": 1e-15, "xtol": 1e-15, "gtol": 1e-15}, {"maxfev": 5}, {"factor": 0.1}])
def test_bits_of_the_single_fit(batch: Batch, jac: Any, count: int, options: dict[str, Any]) -> None:
    y = data(count)
    p0 = np.random.default_rng(1).uniform(0.3, 3.0, size=(count, 3))
    result = batch(ratio, T, y, p0, jac=jac, **options)
    assert_each_as_alone(result, y, p0, jac=jac, **options)


@pytest.mark.parametrize("reference", ["scipy", "netlib"])
def test_references_and_scaling(batch: Batch, reference: Any) -> None:
    y, p0 = data(40), np.ones(3)
    diag = [1.0, 2.0, 0.5]
    result = batch(ratio, T, y, p0, reference=reference, diag=diag)
    assert_each_as_alone(result, y, p0, reference=reference, diag=diag)


def test_omitting_nan_points(batch: Batch) -> None:
    """Each fit as if its NaN points had never been there."""
    y = data(120)
    rng = np.random.default_rng(3)
    y[rng.random(y.shape) < 0.2] = np.nan
    y[5], y[6, 2:] = np.nan, np.nan
    sigma = rng.uniform(0.5, 2.0, size=y.shape)
    result = batch(ratio, T, y, np.ones(3), sigma=sigma, nan_policy="omit")
    for i, row in enumerate(y):
        keep = ~np.isnan(row)
        if keep.sum() < 3:
            assert result.status[i] == minpack.TOO_FEW_POINTS
            assert np.isnan(result.cov[i]).all()
            continue
        popt, pcov = curve_fit(ratio, T[keep], row[keep], np.ones(3), sigma=sigma[i, keep])
        assert result.x[i].tobytes() == popt.tobytes()
        np.testing.assert_allclose(result.cov[i], pcov, rtol=1e-12)
    assert (result.status[[5, 6]] == minpack.TOO_FEW_POINTS).all()
    with pytest.raises(ValueError, match="contains nan"):
        batch(ratio, T, y, np.ones(3), nan_policy="raise")


@pytest.mark.parametrize("wrong", [0.0, -0.1])
@pytest.mark.parametrize("nan_policy", [None, "omit"])
def test_a_sigma_that_is_not_positive(batch: Batch, nan_policy: Any, wrong: float) -> None:
    """A status if it is that of one fit among many; it was taken for a positive one."""
    y = data(3)
    sigma = np.full(y.shape, 0.1)
    sigma[1, 4] = wrong
    result = batch(ratio, T, y, np.ones(3), sigma=sigma, nan_policy=nan_policy)
    assert result.status[1] == minpack.NOT_FINITE_AT_START
    assert result.success.tolist() == [True, False, True]
    for of_all in (sigma[1], wrong):
        with pytest.raises(ValueError, match=f"^sigma must be positive; got {wrong:g} at point {4 * np.ndim(of_all)}$"):
            batch(ratio, T, y, np.ones(3), sigma=of_all, nan_policy=nan_policy)


@pytest.mark.parametrize("absolute", [False, True])
@pytest.mark.parametrize("sigma", [0.1, np.linspace(0.1, 0.5, 17)], ids=["scalar", "vector"])
def test_sigma(batch: Batch, sigma: Any, absolute: bool) -> None:
    y = data(20)
    result = batch(ratio, T, y, np.ones(3), sigma=sigma, absolute_sigma=absolute)
    for i, row in enumerate(y):
        popt, pcov = curve_fit(ratio, T, row, np.ones(3), sigma=sigma, absolute_sigma=absolute)
        assert result.x[i].tobytes() == popt.tobytes()
        np.testing.assert_allclose(result.cov[i], pcov, rtol=1e-12)


def test_shapes_of_data_and_abscissae(batch: Batch) -> None:
    y = data(12).reshape(3, 4, T.size)
    plain = batch(ratio, T, y, np.ones(3))
    assert plain.x.shape == (3, 4, 3)
    assert plain.cov.shape == (3, 4, 3, 3)
    assert plain.status.shape == plain.success.shape == plain.cost.shape == plain.nfev.shape == (3, 4)

    def of_two(x: Any, a: Any, b: Any, c: Any) -> Any:
        return a / (1.0 + b * b * x[0]) + c * x[0] + 0.0 * x[1]

    two = np.stack([T, T**2])
    for f, x in [
        (ratio, np.broadcast_to(T, y.shape)),  # an abscissa a fit
        (of_two, two),  # two predictors
        (of_two, np.broadcast_to(two, (3, 4, *two.shape))),  # two predictors per fit
    ]:
        assert batch(f, x, y, np.ones((3, 4, 3))).x.tobytes() == plain.x.tobytes()
    one = batch(ratio, T, y[0, 0], np.ones(3))
    assert one.x.tobytes() == plain.x[0, 0].tobytes()
    assert one.status.shape == ()
    none = batch(ratio, T, y[:0], np.ones(3))
    assert none.x.shape == (0, 4, 3)


def test_covariance_that_cannot_be_estimated(batch: Batch) -> None:
    with pytest.warns(minpack.OptimizeWarning, match="the data of 3 of 3 fits do not determine some parameter"):
        result = batch(lambda t, a, b: a * t + 0.0 * b, T, data(3), [1.0, 1.0])
    assert result.success.all()
    assert (result.cov == np.inf).all()
    assert (batch(ratio, T[:3], data(4)[:, :3], np.ones(3)).cov == np.inf).all()
    assert np.isnan(batch(ratio, T, data(2), np.ones(3), maxfev=1).cov).all()


def rosenbrock(x: Any, scale: Any) -> Any:
    return np.stack([scale * (x[:, 1] - x[:, 0] * x[:, 0]), 1.0 - x[:, 0]], axis=1)


def rosenbrock_jac(x: Any, scale: Any) -> Any:
    zero = np.zeros(len(x))
    return np.stack([np.stack([-2.0 * scale * x[:, 0], scale + zero], 1), np.stack([zero - 1.0, zero], 1)], axis=1)


@pytest.mark.parametrize("engine", ["numpy", "numba"])
@pytest.mark.parametrize("starts", [[1.0, 1.0], [[1.0, 1.0], [0.5, 1.0], [1.0, 1.0]]], ids=["one", "each"])
@pytest.mark.filterwarnings("ignore:invalid value")
def test_derivatives_that_are_not_finite_are_no_gradient_of_zero(engine: Any, starts: Any) -> None:
    t = np.linspace(0.0, 5.0, 30)
    y = 0.5 * t + 1.0 + 0.01 * np.random.default_rng(0).normal(size=(3, 30))
    result = curve_fit_batch(lambda t, a, b: np.sqrt(1.0 - a) * t + b, t, y, starts, engine=engine)
    bad = np.broadcast_to(np.array(starts)[..., 0] == 1.0, 3)
    assert (result.status[bad] == minpack.JACOBIAN_NOT_FINITE).all() and result.success.tolist() == (~bad).tolist()


@pytest.mark.parametrize("dfun", [None, rosenbrock_jac], ids=["differences", "Dfun"])
def test_general_form(dfun: Any) -> None:
    x0 = np.random.default_rng(4).uniform(-2.0, 2.0, size=(30, 2))
    scale = np.linspace(1.0, 100.0, 30)
    result = leastsq_batch(rosenbrock, x0, args=(scale,), Dfun=dfun)
    for i in range(30):
        single = leastsq(
            lambda x, i=i: rosenbrock(x[None], scale[i])[0],
            x0[i],
            Dfun=None if dfun is None else lambda x, i=i: rosenbrock_jac(x[None], scale[i])[0],
            full_output=True,
        )
        assert result.x[i].tobytes() == single[0].tobytes()
        assert (result.nfev[i], result.status[i]) == (single[2]["nfev"], single[4])
        np.testing.assert_allclose(result.cov[i], single[1], rtol=1e-9)
    assert leastsq_batch(rosenbrock, x0, args=(10.0,), m=2).x.shape == (30, 2)
    shaped = leastsq_batch(rosenbrock, x0.reshape(5, 6, 2), (scale.reshape(5, 6),), Dfun=dfun)
    assert shaped.x.shape == (5, 6, 2)
    assert shaped.x.tobytes() == result.x.tobytes()


@pytest.mark.parametrize(
    ("kwargs", "error", "match"),
    [
        ({"engine": "fast"}, ValueError, "engine must be"),
        ({"nan_policy": "drop"}, ValueError, "nan_policy must be"),
        ({"xdata": T[:5]}, ValueError, r"xdata must have shape \(17,\)"),
        ({"p0": np.ones((3, 3))}, ValueError, r"p0 must have shape \(n,\) or \(4, n\); got"),
        ({"p0": []}, ValueError, "p0 must have shape"),
        ({"sigma": np.ones(3)}, ValueError, "sigma must be a number or have shape"),
        ({"ydata": np.ones((4, 0))}, ValueError, "ydata must have shape"),
        ({"ydata": None}, ValueError, "ydata must have shape .* got None"),
        ({"ydata": 1.0}, ValueError, r"ydata must have shape .* got shape \(\)"),
        ({"xdata": np.ones((0, 17))}, ValueError, r"xdata must have at least one predictor; got shape \(0, 17\)"),
        ({"workers": 0}, ValueError, "workers must be a positive integer"),
        ({"reference": "other"}, ValueError, "reference must be"),
        ({"maxfev": 2.5}, TypeError, "maxfev must be an integer; got 2.5"),
        ({"ftol": "a"}, TypeError, "ftol must be a real number; got 'a'"),
        ({"epsfcn": "a"}, TypeError, "epsfcn must be a real number; got 'a'"),
        ({"diag": [1.0]}, ValueError, r"diag must have one element per parameter \(3\); got 1"),
        ({"out": BatchResult.empty(5, 3)}, ValueError, "out.x must be a writeable float64 array in C order"),
        ({"out": np.empty((4, 3))}, TypeError, "out must be a BatchResult; got an object of type 'ndarray'$"),
        ({"f": lambda t, a, b, c: np.ones((2, 2))}, ValueError, r"f '<lambda>' must return shape \(4, 17\)"),
        ({"f": lambda t, a, b, c: a * 1j}, TypeError, "f '<lambda>' must return real numbers"),
        ({"jac": lambda t, a, b, c: (a, b)}, ValueError, "jac must return 3 derivatives"),
    ],
)
def test_errors(kwargs: dict[str, Any], error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        curve_fit_batch(**{"f": ratio, "xdata": T, "ydata": data(4), "p0": np.ones(3)} | kwargs)


def test_epsfcn_may_be_an_array_of_one_number() -> None:
    expected = curve_fit_batch(ratio, T, data(4), np.ones(3), epsfcn=1e-12)
    assert curve_fit_batch(ratio, T, data(4), np.ones(3), epsfcn=np.array(1e-12)).x.tobytes() == expected.x.tobytes()


def test_general_errors() -> None:
    with pytest.raises(TypeError, match="epsfcn must be a real number; got \\[0.001\\]"):
        leastsq_batch(rosenbrock, np.ones((3, 2)), epsfcn=[1e-3])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"args\[0\] must have the leading dimensions"):
        leastsq_batch(rosenbrock, np.ones((3, 2)), args=(np.ones(2),))
    with pytest.raises(ValueError, match="func must return shape"):
        leastsq_batch(lambda x: x[0], np.ones((3, 2)))
    with pytest.raises(ValueError, match="m must be given"):
        leastsq_batch(rosenbrock, np.ones((0, 2)))


def test_start_in_fortran_order() -> None:
    y, p0 = data(5), np.random.default_rng(1).uniform(0.5, 2.0, (5, 3))
    expected = curve_fit_batch(ratio, T, y, p0)
    assert curve_fit_batch(ratio, T, y, np.asfortranarray(p0)).x.tobytes() == expected.x.tobytes()


@pytest.mark.parametrize("m", [None, 30])
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_differences_have_the_precision_of_what_func_returns(dtype: str, m: int | None) -> None:
    t = np.linspace(0.0, 5.0, 30, dtype=dtype)
    y = (1.4 / (1.0 + t * np.float32(0.2)) + 0.2).astype(dtype)

    def of_rows(p: Any) -> Any:
        a, b, c = (p[:, j : j + 1].astype(dtype) for j in range(3))
        return a / (1 + b * t) + c - y

    expected, ier = minpack.leastsq(lambda p: of_rows(p[np.newaxis])[0], [1.0, 1.0, 0.1])
    result = leastsq_batch(of_rows, [[1.0, 1.0, 0.1]] * 2, m=m)
    assert result.x.tobytes() == np.array([expected] * 2).tobytes()
    assert result.status.tolist() == [ier] * 2
    assert np.allclose(expected, [1.4, 0.2, 0.2], rtol=0.02)
