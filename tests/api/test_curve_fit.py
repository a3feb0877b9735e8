"""What curve_fit promises, and its bits against SciPy's if SciPy is installed."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minpack
import nist_models
import oracles
from minpack import NotFiniteWarning, OptimizeWarning, curve_fit

SETS = nist_models.load()
T = np.linspace(0.0, 4.0, 25)
Y = 2.5 * np.exp(-1.3 * T) + 0.5 + 0.05 * np.cos(37.0 * np.arange(25.0))

needs_scipy = pytest.mark.skipif(
    not oracles.SCIPY, reason="SciPy 1.18 or later, whose bits are promised, needs Python 3.12"
)


def decay(t: np.ndarray, a: float, b: float, c: float = 1.0) -> np.ndarray:
    return a * np.exp(-b * t) + c


def decay_jac(t: np.ndarray, a: float, b: float, c: float) -> np.ndarray:
    e = np.exp(-b * t)
    return np.column_stack([e, -a * t * e, np.ones_like(t)])


def covariance_matrix(m: int) -> np.ndarray:
    """A covariance of errors that go together with their neighbours'."""
    k = np.arange(m)
    return 0.01 * 0.6 ** np.abs(k[:, None] - k) + 0.002 * np.diag(k / m)


SIGMAS = {
    "none": None,
    "scalar": 0.3,
    "one element": [0.3],
    "vector": 0.05 + 0.01 * np.arange(25.0),
    "list": [1.0 + k for k in range(25)],
}


def both(**kwargs: Any) -> tuple[Any, Any]:
    from scipy.optimize import curve_fit as scipy_curve_fit

    return tuple(f(decay, T, Y, full_output=True, **kwargs) for f in (curve_fit, scipy_curve_fit))  # type: ignore[return-value]


def assert_within_rounding(ours: np.ndarray, theirs: np.ndarray, infodict: dict[str, Any]) -> None:
    """The bound on covariances that differ in nothing but the order of their sums."""
    r = np.triu(infodict["fjac"].T[: len(ours)])
    condition = np.linalg.cond(r / np.abs(r).max(axis=0))
    sizes = np.sqrt(np.outer(np.diag(theirs), np.diag(theirs)))
    assert (np.abs(ours - theirs) <= 2.0 * condition * 2.0**-52 * sizes).all()


@needs_scipy
@pytest.mark.parametrize("jac", [None, decay_jac])
@pytest.mark.parametrize("absolute", [False, True])
@pytest.mark.parametrize("sigma", SIGMAS)
def test_bits_of_scipy(sigma: str, absolute: bool, jac: Any) -> None:
    ours, theirs = both(sigma=SIGMAS[sigma], absolute_sigma=absolute, jac=jac if np.size(SIGMAS[sigma]) != 1 else None)
    assert ours[0].tobytes() == theirs[0].tobytes()
    assert ours[2]["fvec"].tobytes() == theirs[2]["fvec"].tobytes()
    assert ours[2]["nfev"] == theirs[2]["nfev"]
    assert ours[3:] == theirs[3:]
    assert_within_rounding(ours[1], theirs[1], ours[2])


@needs_scipy
@pytest.mark.parametrize("start", [0, 1])
@pytest.mark.parametrize("name", SETS)
def test_bits_of_scipy_on_nist(name: str, start: int) -> None:
    from scipy.optimize import OptimizeWarning as ScipyWarning
    from scipy.optimize import curve_fit as scipy_curve_fit

    data = SETS[name]

    def f(x: np.ndarray, *b: float) -> np.ndarray:
        return data.model(x, np.array(b))

    def outcome(fit: Callable[..., Any]) -> Any:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore", RuntimeWarning)
            warnings.simplefilter("ignore", ScipyWarning)
            warnings.simplefilter("ignore", OptimizeWarning)
            try:
                return fit(f, data.x, data.y, data.starts[start], full_output=True)
            except RuntimeError as error:
                return str(error)

    ours, theirs = outcome(curve_fit), outcome(scipy_curve_fit)
    if isinstance(theirs, str):
        assert ours == theirs
        return
    assert ours[0].tobytes() == theirs[0].tobytes()
    assert ours[2]["nfev"] == theirs[2]["nfev"]
    if np.isfinite(theirs[1]).all():
        assert_within_rounding(ours[1], theirs[1], ours[2])
    else:
        np.testing.assert_array_equal(ours[1], theirs[1])


@pytest.mark.parametrize("jac", [None, decay_jac])
def test_covariance_matrix_is_whitened(jac: Any) -> None:
    """The same as a fit of residuals multiplied by inverse(L), where sigma = L L'."""
    sigma = covariance_matrix(25)
    inverse = np.linalg.inv(np.linalg.cholesky(sigma))
    popt, pcov, info, _, _ = curve_fit(decay, T, Y, sigma=sigma, absolute_sigma=True, jac=jac, full_output=True)
    x, cov_x, *_ = minpack.leastsq(lambda p: inverse @ (decay(T, *p) - Y), np.ones(3), full_output=True)
    np.testing.assert_allclose(popt, x, rtol=1e-6)
    np.testing.assert_allclose(pcov, cov_x, rtol=1e-4)
    np.testing.assert_allclose(info["fvec"], inverse @ (decay(T, *popt) - Y), rtol=1e-9, atol=1e-12)


def test_covariance_matrix_of_a_single_point() -> None:
    def level(x: Any, a: Any) -> Any:
        return a + 0.0 * x

    for bounds in ((-np.inf, np.inf), (0.0, 9.0)):
        one = curve_fit(level, [1.0], [3.0], sigma=[[4.0]], absolute_sigma=True, bounds=bounds)
        left = curve_fit(
            level, [1.0, 2.0], [3.0, np.nan], sigma=[[4.0, 1.0], [1.0, 9.0]], absolute_sigma=True, bounds=bounds,
            nan_policy="omit",
        )  # fmt: skip
        for popt, pcov in (one, left):
            np.testing.assert_allclose((popt[0], pcov[0, 0]), (3.0, 4.0), rtol=1e-7)


def test_diagonal_covariance_matrix_is_a_vector_of_sigmas() -> None:
    sigma = 0.05 + 0.01 * np.arange(25.0)
    as_vector = curve_fit(decay, T, Y, sigma=sigma)
    as_matrix = curve_fit(decay, T, Y, sigma=np.diag(sigma**2))
    np.testing.assert_allclose(as_matrix[0], as_vector[0], rtol=1e-7)
    np.testing.assert_allclose(as_matrix[1], as_vector[1], rtol=1e-6)


def test_f_is_called_nfev_times_with_scalars() -> None:
    seen: list[tuple[Any, ...]] = []

    def f(t: Any, *params: Any) -> Any:
        seen.append((t, *params))
        return decay(t, *params)

    *_, info, _, _ = curve_fit(f, T, Y, [1.0, 1.0, 1.0], full_output=True)
    assert len(seen) == info["nfev"]
    assert all(type(value) is np.float64 for call in seen for value in call[1:])
    assert all(call[0] is seen[0][0] for call in seen)
    points = [call[1:] for call in seen]
    assert len(set(points)) == len(points)  # none is evaluated again
    assert seen[0][1:] == (1.0, 1.0, 1.0)  # kept, and not written over since


def test_jac_is_called_njev_times_with_scalars() -> None:
    calls: list[Any] = []

    def jac(t: Any, *params: Any) -> Any:
        calls.append(params)
        return decay_jac(t, *params)

    *_, info, _, _ = curve_fit(decay, T, Y, jac=jac, full_output=True)
    assert len(calls) == info["njev"]
    assert all(type(value) is np.float64 for call in calls for value in call)


def test_xdata_goes_in_as_float64_or_untouched() -> None:
    def expecting(kind: type) -> Callable[..., Any]:
        def f(x: Any, a: float) -> Any:
            assert type(x) is kind
            if kind is np.ndarray:
                assert x.dtype == np.float64
            return a * np.array([1.0, 2.0, 3.0])

        return f

    for xdata in ([1, 2, 3], (1, 2, 3), np.arange(3), np.ones((2, 3), dtype=np.float32)):
        assert curve_fit(expecting(np.ndarray), xdata, [1.0, 2.0, 3.0])[0] == pytest.approx(1.0)
    for other in ({"a": 1}, None, "text"):
        assert curve_fit(expecting(type(other)), other, [1.0, 2.0, 3.1])[0] == pytest.approx(1.02, abs=0.01)


def test_number_of_parameters_from_the_signature() -> None:
    def keyword_only(x: Any, a: float, b: float = 3.0, *, c: float = 1.0) -> Any:
        return a + b * x + 0.0 * c

    class Model:
        def __call__(self, x: Any, a: float, b: float) -> Any:
            return a + b * x

        def method(self, x: Any, a: float, b: float) -> Any:
            return a + b * x

    for f in (keyword_only, Model(), Model().method):
        assert curve_fit(f, T, Y)[0].shape == (2,)
    for f in (lambda x: x, lambda *args: args[0], lambda x, *params: x):
        with pytest.raises(ValueError, match="Unable to determine number of fit parameters."):
            curve_fit(f, T, Y)
    with pytest.raises(TypeError, match="number of func parameters=3 must not exceed the number of data points=2"):
        curve_fit(decay, T[:2], Y[:2])


def test_a_constant_model_and_a_single_point_are_broadcast() -> None:
    assert curve_fit(lambda x, a: a, T, Y)[0] == pytest.approx(Y.mean(), rel=1e-6)
    popt, _ = curve_fit(lambda x, a, b: np.array([a - 1.0, b, a + b]), None, 3.0, [0.0, 0.0])
    assert popt == pytest.approx([8 / 3, 5 / 3], rel=1e-6)


@pytest.mark.parametrize(
    ("kwargs", "error", "match"),
    [
        ({"ydata": []}, ValueError, "`ydata` must not be empty!"),
        ({"ydata": [1.0, np.nan]}, ValueError, r"array must not contain infs or NaNs: ydata has nan at \[1\]$"),
        ({"ydata": np.array([-np.inf, 1.0])}, ValueError, r"infs or NaNs: ydata has -inf at \[0\]$"),
        ({"ydata": np.nan}, ValueError, r"infs or NaNs: ydata has nan at \[0\]$"),
        ({"xdata": [1.0, np.inf]}, ValueError, r"array must not contain infs or NaNs: xdata has inf at \[1\]$"),
        ({"xdata": [[1.0, 2.0], [np.nan, 0.0]]}, ValueError, r"infs or NaNs: xdata has nan at \[1, 0\]$"),
        ({"nan_policy": "raise", "ydata": [np.nan, 2.0]}, ValueError, "The input contains nan values: ydata$"),
        ({"nan_policy": "raise", "xdata": [np.nan, 2.0]}, ValueError, "The input contains nan values: xdata$"),
        ({"nan_policy": "raise", "sigma": [1.0, np.nan]}, ValueError, "The input contains nan values: sigma$"),
        ({"nan_policy": "propagate"}, ValueError, "`nan_policy='propagate'` is not supported by this function."),
        ({"nan_policy": "other"}, ValueError, r"nan_policy must be one of \{None, 'raise', 'omit'\}"),
        ({"sigma": [1.0, 2.0, 3.0]}, ValueError, "`sigma` has incorrect shape."),
        ({"sigma": np.array([[1.0, 2.0], [2.0, 1.0]])}, ValueError, "`sigma` must be positive definite."),
        ({"args": (1,)}, ValueError, "'args' is not a supported keyword argument."),
        ({"bounds": (0.0, 1.0), "method": "lm"}, ValueError, "^Method 'lm' only works for unconstrained problems."),
        ({"method": "newton"}, ValueError, "^`method` must be 'trf', 'dogbox' or 'lm'.$"),
        ({"loss": "huber"}, TypeError, "^curve_fit got 'loss', which method 'lm' does not have: pass method='trf'$"),
        ({"jac": "2-point"}, TypeError, "jac must be callable or None"),
        ({"ydata": np.ones((2, 1))}, ValueError, "ydata must be a vector"),
        ({"nonsense": 1}, TypeError, "nonsense"),
        (
            {"f": lambda x, a: np.ones(3)},
            ValueError,
            r"must return a real vector of shape \(2,\), as ydata; it returned",
        ),
        ({"f": lambda x, a: np.ones((2, 1))}, ValueError, r"it returned shape \(2, 1\)"),
        ({"f": lambda x, a: "text"}, TypeError, "must return a real vector"),
        ({"jac": lambda x, a: np.ones((3, 1))}, TypeError, r"Shape should be \(2, 1\) but it is \(3, 1\)"),
        (
            {"maxfev": 1},
            RuntimeError,
            "^Optimal parameters not found: Number of calls to function has",
        ),
    ],
)
def test_errors(kwargs: dict[str, Any], error: type[Exception], match: str) -> None:
    arguments = {"f": lambda x, a: np.exp(a * x), "xdata": [1.0, 2.0], "ydata": [1.5, 2.2]} | kwargs
    with pytest.raises(error, match=match):
        curve_fit(**arguments)


def test_nan_policy_omit_drops_points_from_all_three() -> None:
    x = np.array([T, T**2])
    y, sigma = Y.copy(), 0.1 + T
    y[3] = x[1, 7] = np.nan
    keep = np.delete(np.arange(25), [3, 7])

    def f(x: np.ndarray, a: float, b: float, c: float) -> np.ndarray:
        return a + b * x[0] + c * x[1]

    for s in (sigma, np.diag(sigma)):
        with_nan = curve_fit(f, x, y, sigma=s, nan_policy="omit")
        s_kept = s[keep] if s.ndim == 1 else s[np.ix_(keep, keep)]
        without = curve_fit(f, x[:, keep], y[keep], sigma=s_kept)
        np.testing.assert_array_equal(with_nan[0], without[0])
        np.testing.assert_array_equal(with_nan[1], without[1])


class Series:
    """Something array-like that is no array."""

    def __init__(self, values: Any) -> None:
        self.values = np.asarray(values)

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return self.values if dtype is None else self.values.astype(dtype)

    def __getitem__(self, key: Any) -> Any:
        return Series(self.values[key])


def test_nan_policy_where_x_is_no_array() -> None:
    def line(x: Any, a: float, b: float) -> Any:
        return a + b * np.asarray(x)

    y = Y.copy()
    y[4] = np.nan
    for x in (Series(T), T):
        np.testing.assert_array_equal(curve_fit(line, x, Y, nan_policy="raise")[0], curve_fit(line, T, Y)[0])
        kept = np.delete(np.arange(25), 4)
        np.testing.assert_array_equal(curve_fit(line, x, y, nan_policy="omit")[0], curve_fit(line, T[kept], Y[kept])[0])
    with pytest.raises(ValueError, match="`sigma` has incorrect shape."):
        curve_fit(line, T, y, sigma=np.ones(40), nan_policy="omit")


def test_a_covariance_that_is_not_finite_or_not_real() -> None:
    with pytest.raises(ValueError, match=r"infs or NaNs: sigma has inf at \[0, 0\]$"):
        curve_fit(decay, T, Y, sigma=np.diag(np.full(25, np.inf)))
    with pytest.raises(TypeError, match="sigma must be real"):
        curve_fit(decay, T, Y, sigma=np.eye(25) * 1j)


@pytest.mark.parametrize(
    ("f", "x", "y", "kwargs"),
    [
        (lambda x, a, b: a + 0.0 * b, T, Y, {}),  # b has no influence
        (lambda x, a, b: a + b * x, T[:2], Y[:2], {}),  # no point is left to tell the variance from
    ],
)
def test_covariance_that_cannot_be_estimated(f: Any, x: Any, y: Any, kwargs: dict[str, Any]) -> None:
    with pytest.warns(OptimizeWarning, match="^Covariance of the parameters could not be estimated$") as record:
        _, pcov = curve_fit(f, x, y, **kwargs)
    assert (pcov == np.inf).all()
    assert record[0].filename == __file__
    if len(x) == 2:
        assert np.isfinite(curve_fit(f, x, y, absolute_sigma=True)[1]).all()


def test_start_where_the_model_is_not_finite() -> None:
    """One cause, one warning: it names the point and the user's line. The covariance cannot be had either."""
    with pytest.warns(NotFiniteWarning, match="^residual 0 is not finite") as record:
        popt, pcov = curve_fit(lambda x, a: np.where(x == 0.0, np.nan, a), T, Y)
    assert popt == 1.0
    assert [w.filename for w in record] == [__file__]
    assert (pcov == np.inf).all()


def test_reference_and_callback_go_to_leastsq() -> None:
    costs: list[float] = []
    scipy_bits, _ = curve_fit(decay, T, Y, callback=lambda x, cost, nfev: costs.append(cost))
    netlib_bits, _ = curve_fit(decay, T, Y, reference="netlib")
    assert costs == sorted(costs, reverse=True)
    assert scipy_bits == pytest.approx(netlib_bits)


def test_exceptions_of_the_model_come_out() -> None:
    error = KeyError("mine")

    def f(x: Any, a: float) -> Any:
        raise error

    with pytest.raises(KeyError) as caught:
        curve_fit(f, T, Y)
    assert caught.value is error


def test_many_parameters() -> None:
    """More than the call's own stack has room for."""
    n = 30

    def f(x: np.ndarray, *p: float) -> np.ndarray:
        return np.array(p) * x

    x = 1.0 + np.arange(n)
    with pytest.warns(OptimizeWarning):
        popt, _ = curve_fit(f, x, x**2, np.ones(n))
    np.testing.assert_allclose(popt, x, rtol=1e-7)
