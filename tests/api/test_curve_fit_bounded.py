"""What curve_fit promises with bounds, or with "trf" and "dogbox", against SciPy's if SciPy is installed."""

import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import oracles
from minpack import OptimizeWarning, curve_fit

T = np.linspace(0.0, 4.0, 25)
Y = 2.5 * np.exp(-1.3 * T) + 0.5 + 0.05 * np.cos(37.0 * np.arange(25.0))
METHODS = ["trf", "dogbox"]
WIDE = (0.0, [10.0, 10.0, 5.0])
needs_scipy = pytest.mark.skipif(not oracles.SCIPY, reason="SciPy 1.18 or later is the oracle, and needs Python 3.12")


def decay(t: Any, a: Any, b: Any, c: Any = 1.0) -> Any:
    return a * np.exp(-b * t) + c


def decay_jac(t: Any, a: Any, b: Any, c: Any) -> Any:
    e = np.exp(-b * t)
    return np.column_stack([e, -a * t * e, np.ones_like(t)])


def covariance_matrix(m: int) -> np.ndarray:
    k = np.arange(m)
    return 0.01 * 0.6 ** np.abs(k[:, None] - k) + 0.002 * np.diag(k / m)


SIGMAS: dict[str, Any] = {
    "none": None, "scalar": 0.3, "vector": 0.05 + 0.01 * np.arange(25.0), "matrix": covariance_matrix(25),
}  # fmt: skip


def both(**kwargs: Any) -> tuple[Any, Any]:
    from scipy.optimize import curve_fit as scipy_curve_fit

    ours = curve_fit(decay, T, Y, full_output=True, **kwargs)
    if np.ndim(kwargs.get("sigma")) == 0 and kwargs.get("sigma") is not None:  # SciPy's fails for that with `jac`
        kwargs["sigma"] = np.full(T.size, kwargs["sigma"])
    return ours, scipy_curve_fit(decay, T, Y, full_output=True, **kwargs)


@needs_scipy
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("sigma", SIGMAS)
@pytest.mark.parametrize("jac", [None, "3-point", "cs", decay_jac])
@pytest.mark.parametrize("absolute_sigma", [False, True])
def test_results_of_scipy(method: str, sigma: str, jac: Any, absolute_sigma: bool) -> None:
    ours, theirs = both(
        p0=[1.0, 1.0, 1.0], bounds=WIDE, method=method, sigma=SIGMAS[sigma], absolute_sigma=absolute_sigma, jac=jac
    )
    tolerance = 1e-10 if callable(jac) or jac == "cs" else 1e-6
    np.testing.assert_allclose(ours[0], theirs[0], rtol=tolerance)
    np.testing.assert_allclose(ours[1], theirs[1], rtol=1e-5)
    np.testing.assert_allclose(ours[2]["fvec"], theirs[2]["fvec"], atol=1e-6)
    assert set(ours[2]) == set(theirs[2])
    if tolerance < 1e-6:
        assert ours[2]["nfev"] == theirs[2]["nfev"]
        assert ours[3:] == theirs[3:]


@needs_scipy
@pytest.mark.parametrize("bounds", [WIDE, ([1.0, -np.inf, -3.0], np.inf), (-np.inf, [5.0, 2.0, 4.0])])
def test_starts_within_bounds_are_scipys(bounds: Any) -> None:
    from scipy.optimize import curve_fit as scipy_curve_fit

    started: list[tuple[float, ...]] = []

    def f(t: Any, a: float, b: float, c: float) -> Any:
        started.append((a, b, c))
        raise KeyError("enough")

    for solve in (curve_fit, scipy_curve_fit):
        with pytest.raises(KeyError, match="enough"):
            solve(f, T, Y, bounds=bounds)
    assert started[0] == started[1]


def test_bounds_choose_trf() -> None:
    bounded, _ = curve_fit(decay, T, Y, bounds=WIDE)
    assert bounded.tobytes() == curve_fit(decay, T, Y, bounds=WIDE, method="trf")[0].tobytes()
    free, _ = curve_fit(decay, T, Y, bounds=(-np.inf, np.inf))
    assert free.tobytes() == curve_fit(decay, T, Y, method="lm")[0].tobytes()
    assert bounded == pytest.approx(free, rel=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_bounds_of_scipy_are_taken(method: str) -> None:
    class Bounds:
        lb, ub = np.zeros(3), np.array([10.0, 10.0, 5.0])

    pair, _ = curve_fit(decay, T, Y, bounds=WIDE, method=method)
    assert curve_fit(decay, T, Y, bounds=Bounds(), method=method)[0].tobytes() == pair.tobytes()


def test_maxfev_is_max_nfev() -> None:
    for name in ("maxfev", "max_nfev"):
        with pytest.raises(RuntimeError, match="^Optimal parameters not found: The maximum number of function eval"):
            curve_fit(decay, T, Y, bounds=WIDE, **{name: 2})
    with pytest.raises(TypeError, match="maxfev or max_nfev"):
        curve_fit(decay, T, Y, bounds=WIDE, maxfev=2, max_nfev=2)


@pytest.mark.parametrize("name", ["epsfcn", "factor", "diag", "col_deriv", "reference", "nonsense"])
def test_options_of_lm_are_refused(name: str) -> None:
    with pytest.raises(TypeError, match=f"^curve_fit got '{name}', which method 'trf' does not have"):
        curve_fit(decay, T, Y, bounds=WIDE, **{name: 1})


def test_further_options_reach_the_fit(capsys: pytest.CaptureFixture[str]) -> None:
    spoilt = Y.copy()
    spoilt[5] += 30.0
    popt, _ = curve_fit(decay, T, spoilt, bounds=WIDE, loss="cauchy", f_scale=0.05, x_scale="jac", verbose=1)
    assert popt == pytest.approx([2.5, 1.3, 0.5], abs=0.1)
    assert "termination condition is satisfied" in capsys.readouterr().out
    seen: list[Any] = []
    with ThreadPoolExecutor(2) as pool:
        curve_fit(decay, T, Y, bounds=WIDE, workers=pool.map, callback=seen.append, diff_step=1e-6)
    assert len(seen) > 2


@pytest.mark.parametrize("method", METHODS)
def test_a_small_parameter_is_not_on_a_bound_of_zero(method: str) -> None:
    """SciPy's active_mask says so of what is within 1e-10 of one."""
    noise = 0.01 * np.sin(9.0 * T)
    away = "ended away from the minimum"
    for height, start, bounds, words in (
        (1.35, 1.31e-23, (1.3e-23, 1.4e-23), []),
        (1.35, 1e-23, (0.0, np.inf), [away] * (method == "trf")),  # as SciPy's, 1e-10 off the bound, and back to 1e-16
        (1.45, 1.35e-23, (1.3e-23, 1.4e-23), [away] * (method == "trf") + ["looks at no bounds, but 'a' ended on one"]),
    ):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            popt, _ = curve_fit(lambda t, a: 1e23 * a * t, T, height * T + noise, start, bounds=bounds, method=method)
        said = [str(warning.message) for warning in caught]
        assert len(said) == len(words)
        assert all(part in whole for part, whole in zip(words, said, strict=True))
        expected = min(1e-23 * height, bounds[1])
        assert away in words or popt[0] == pytest.approx(expected, rel=0.01, abs=0.0)


@needs_scipy
@pytest.mark.parametrize("method", METHODS)
def test_a_parameter_on_its_bound_is_named(method: str) -> None:
    """pcov is SciPy's nevertheless."""
    words = "^pcov looks at no bounds, but 'c' ended on one: do not take these variances for errors$"
    with pytest.warns(OptimizeWarning, match=words) as record:
        ours, theirs = both(bounds=([0.0, 0.0, 0.6], 10.0), method=method, jac=decay_jac)
    assert len(record) == 1
    assert record[0].filename == __file__
    np.testing.assert_allclose(ours[1], theirs[1], rtol=1e-6)


@needs_scipy
@pytest.mark.parametrize("method", METHODS)
def test_parameters_that_the_data_do_not_determine_are_named(method: str) -> None:
    from scipy.optimize import curve_fit as scipy_curve_fit

    def line(x: Any, slope: float, *p: float) -> Any:
        return slope * x + p[0] + p[1] + 0.0 * p[2]

    words = r"leaves out what the data do not determine, which takes in 'p0\[1\]', 'p0\[2\]', 'p0\[3\]': do not take"
    x = np.arange(6.0)
    y = 2.0 * x + 1.0 + 0.1 * np.cos(x)

    def jac(x: Any, *p: float) -> Any:
        one = np.ones_like(x)
        return np.column_stack([x, one, one, 0.0 * one])

    with pytest.warns(OptimizeWarning, match=words):
        popt, pcov = curve_fit(line, x, y, np.ones(4), jac=jac, method=method)
    theirs = scipy_curve_fit(line, x, y, np.ones(4), jac=jac, method=method)
    np.testing.assert_allclose(popt[1:].sum(), theirs[0][1:].sum(), rtol=1e-6)
    np.testing.assert_allclose(pcov, theirs[1], rtol=1e-6, atol=1e-12)
    assert pcov[3, 3] == 0.0


def test_no_more_points_than_parameters() -> None:
    with pytest.warns(OptimizeWarning, match="^Covariance of the parameters could not be estimated$"):
        _, pcov = curve_fit(decay, T[:3], Y[:3], bounds=WIDE)
    assert np.isinf(pcov).all()
    with pytest.warns(OptimizeWarning):
        popt, _ = curve_fit(decay, T[:2], Y[:2], method="trf")  # "lm" has a TypeError for that
    assert decay(T[:2], *popt) == pytest.approx(Y[:2], abs=1e-6)


def test_a_parameter_that_is_well_determined_is_quiet() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        curve_fit(decay, T, Y, bounds=WIDE)
        curve_fit(decay, T, Y, [0.0, 1.0, 5.0], bounds=WIDE)  # starts on bounds


@pytest.mark.parametrize(
    ("kwargs", "error", "match"),
    [
        ({"bounds": (1.0, 2.0, 3.0)}, ValueError, "^`bounds` must contain 2 elements.$"),
        ({"bounds": ([0.0], 1.0)}, ValueError, "^Inconsistent shapes between bounds and `x0`. With 3 parameters"),
        ({"bounds": (2.0, 1.0)}, ValueError, "^Each lower bound must be strictly less than each upper bound."),
        ({"p0": [1.0, 1.0, 6.0]}, ValueError, "^Initial guess is outside of provided bounds: parameter 'c' starts"),
        ({"jac": "4-point"}, ValueError, "^`jac` must be '2-point', '3-point', 'cs' or callable.$"),
        ({"jac": lambda t, *p: np.ones((3, 3))}, ValueError, r"wrong shape: expected \(25, 3\), actual \(3, 3\)"),
        ({"f": lambda t, a, b, c: np.ones(3)}, ValueError, r"of shape \(25,\), as ydata; it returned shape \(3,\)"),
        ({"f": lambda t, a, b, c: "text"}, TypeError, "must return real numbers; it returned dtype"),
        *(
            (
                {"f": lambda t, a, b, c: 1j * t, "jac": jac},
                TypeError,
                "^the function '<lambda>' must return real numbers; it returned dtype complex128$",
            )
            for jac in ("2-point", "cs")
        ),
        ({"f": lambda t, a, b, c: np.nan * t}, ValueError, "^Residuals are not finite in the initial point.$"),
        ({"args": (1,)}, ValueError, "^'args' is not a supported keyword argument.$"),
    ],
)
def test_errors(kwargs: dict[str, Any], error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        curve_fit(**{"f": decay, "xdata": T, "ydata": Y, "bounds": WIDE} | kwargs)


def test_a_model_may_reuse_its_output() -> None:
    out = np.empty(25)

    def reusing(t: Any, a: float, b: float, c: float) -> Any:
        out[:] = decay(t, a, b, c)
        return out

    assert curve_fit(reusing, T, Y, bounds=WIDE)[0].tobytes() == curve_fit(decay, T, Y, bounds=WIDE)[0].tobytes()
