"""What least_squares promises with "trf" and "dogbox", and its counts against SciPy's if SciPy is installed."""

import functools
import os
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import oracles
from minpack import least_squares
from support import ratio, ratio_jac, run_apart

needs_scipy = pytest.mark.skipif(not oracles.SCIPY, reason="SciPy 1.18 or later is the oracle, and needs Python 3.12")
METHODS = ["trf", "dogbox"]
LOSSES = ["linear", "huber", "soft_l1", "cauchy", "arctan"]
BOUNDS: list[Any] = [(-np.inf, np.inf), (0.0, 10.0), ([0.0, 0.0], [10.0, 0.9]), ([-np.inf, 0.0], [1.7, np.inf])]


def soft_l1(z: np.ndarray) -> np.ndarray:
    t = 1.0 + z
    return np.array([2.0 * (np.sqrt(t) - 1.0), 1.0 / np.sqrt(t), -0.5 / (t * np.sqrt(t))])


def counted(fun: Callable[..., Any]) -> Any:
    @functools.wraps(fun)
    def function(*args: Any) -> Any:
        function.calls += 1  # type: ignore[attr-defined]
        return fun(*args)

    function.calls = 0  # type: ignore[attr-defined]
    return function


def scipys(*args: Any, **kwargs: Any) -> Any:
    from scipy.optimize import least_squares as scipy_least_squares

    return scipy_least_squares(*args, **kwargs)


@needs_scipy
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("loss", [*LOSSES, soft_l1])
@pytest.mark.parametrize("bounds", BOUNDS)
def test_counts_of_scipy(method: str, loss: Any, bounds: Any) -> None:
    for x_scale in (None, "jac", [2.0, 0.5]):
        options = {"bounds": bounds, "method": method, "loss": loss, "f_scale": 2.0, "x_scale": x_scale}
        ours = least_squares(ratio, [1.0, 0.5], ratio_jac, **options)
        theirs = scipys(ratio, [1.0, 0.5], ratio_jac, **options)
        for name in ("status", "nfev", "njev", "message", "success"):
            assert ours[name] == theirs[name], (name, x_scale)
        for name in ("x", "fun", "jac", "cost"):
            np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-9, atol=1e-10)
        np.testing.assert_allclose(ours.grad, theirs.grad, atol=1e-9)
        np.testing.assert_array_equal(ours.active_mask, theirs.active_mask)
        assert set(ours) == set(theirs)


@needs_scipy
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("jac", ["2-point", "3-point", "cs"])
@pytest.mark.parametrize("bounds", BOUNDS)
def test_points_of_differences_are_scipys(method: str, jac: str, bounds: Any) -> None:
    """All points at which the first three evaluations and their Jacobians take place, in order, to the bit."""
    for options in ({}, {"diff_step": 1e-3}, {"diff_step": [0.5, 0.0]}, {"workers": 1}):
        for x0 in ([1.0, 0.5], [1.7, 0.9], [0.0, 0.0]):
            points: dict[str, list[bytes]] = {"ours": [], "theirs": []}
            for name, solve in (("ours", least_squares), ("theirs", scipys)):

                def fun(x: np.ndarray, log: list[bytes] = points[name]) -> np.ndarray:
                    log.append(x.tobytes())
                    return ratio(x)  # type: ignore[no-any-return]

                solve(fun, x0, jac, bounds=bounds, method=method, max_nfev=1, **options)
            assert points["ours"] == points["theirs"]


@pytest.mark.parametrize("jac", ["2-point", "3-point"])
@pytest.mark.parametrize("method", METHODS)
def test_differences_stay_within_bounds(method: str, jac: str) -> None:
    lower, upper = np.array([0.5, 0.25]), np.array([0.5 + 1e-9, 0.75])

    def fun(x: np.ndarray) -> Any:
        assert (x >= lower).all()
        assert (x <= upper).all()
        return ratio(x)

    for x0 in (lower, upper, (lower + upper) / 2):
        with warnings.catch_warnings(record=True) as caught:  # in so narrow a box, dogbox ends halfway, as SciPy's does
            warnings.simplefilter("always")
            result = least_squares(fun, x0, jac, (lower, upper), method)
        assert len(caught) == (result.x[1] > 0.3)
        assert all("ended away from the minimum" in str(warning.message) for warning in caught)
        assert ((result.x >= lower) & (result.x <= upper)).all()
        assert result.jac == pytest.approx(ratio_jac(result.x), rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("jac", "per_parameter"), [("2-point", 1), ("3-point", 2), ("cs", 1), (ratio_jac, 0)])
def test_fun_is_called_as_often_as_counted(method: str, jac: Any, per_parameter: int) -> None:
    fun = counted(ratio)
    result = least_squares(fun, [1.0, 0.5], jac, (0.0, 10.0), method)
    assert fun.calls == result.nfev + per_parameter * 2 * result.njev
    fun = counted(ratio)
    result = least_squares(fun, [1.0, 0.5], jac, method=method, max_nfev=1)
    assert (result.status, result.nfev, result.njev) == (0, 1, 1)
    assert fun.calls == 1 + per_parameter * 2


def test_method_and_bounds_are_optional() -> None:
    plain = least_squares(ratio, [1.0, 0.5])
    assert plain.x.tobytes() == least_squares(ratio, [1.0, 0.5], method="trf", x_scale=1.0).x.tobytes()
    assert plain.active_mask.tolist() == [0, 0]


@pytest.mark.parametrize("method", METHODS)
def test_result(method: str) -> None:
    result = least_squares(ratio, [1.0, 0.5], ratio_jac, ([0.0, 0.0], [10.0, 0.9]), method)
    assert result.x[1] == pytest.approx(0.9, abs=1e-7)
    assert result.active_mask.tolist() == [0, 1]
    assert result.success
    assert result.fun.tobytes() == ratio(result.x).tobytes()
    assert result.cost == pytest.approx(0.5 * np.sum(result.fun**2))
    np.testing.assert_array_equal(result.jac, ratio_jac(result.x))
    np.testing.assert_allclose(result.grad, result.jac.T @ result.fun, atol=1e-15)


@pytest.mark.parametrize("method", METHODS)
def test_a_loss_bounds_the_influence_of_outliers(method: str) -> None:
    def spoilt(x: np.ndarray) -> Any:
        f = ratio(x)
        f[3] -= 100.0
        return f

    clean = least_squares(ratio, [1.0, 0.5], method=method).x
    robust = least_squares(spoilt, [1.0, 0.5], method=method, loss="cauchy", f_scale=0.05)
    assert robust.x == pytest.approx(clean, abs=0.1)
    assert robust.fun.tobytes() == spoilt(robust.x).tobytes()  # the true residuals
    hessian = robust.jac.T @ robust.jac
    assert np.linalg.eigvalsh(hessian).min() > 0.0
    by_hand = least_squares(spoilt, [1.0, 0.5], method=method, loss=soft_l1, f_scale=0.05)
    named = least_squares(spoilt, [1.0, 0.5], method=method, loss="soft_l1", f_scale=0.05)
    assert by_hand.x == pytest.approx(named.x, rel=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_lsmr_of_a_dense_jacobian_is_the_exact_solver(method: str) -> None:
    exact = least_squares(ratio, [1.0, 0.5], ratio_jac, method=method)
    lsmr = least_squares(ratio, [1.0, 0.5], ratio_jac, method=method, tr_solver="lsmr", tr_options={"damp": 1.0})
    assert lsmr.x.tobytes() == exact.x.tobytes()


# ---- callback, verbose, workers


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("loss", ["linear", "cauchy"])
def test_callback(method: str, loss: str) -> None:
    """It gets copies, the true residuals and the right cost."""
    seen: list[Any] = []
    points: list[np.ndarray] = []

    def callback(intermediate_result: Any) -> bool:
        seen.append(intermediate_result)
        assert intermediate_result.fun.tobytes() == ratio(intermediate_result.x).tobytes()
        return True  # does nothing

    def of_x(x: np.ndarray) -> None:
        points.append(x.copy())
        x[:] = np.nan

    options: dict[str, Any] = {"bounds": (0.0, 10.0), "method": method, "loss": loss, "f_scale": 0.1}
    result = least_squares(ratio, [1.0, 0.5], callback=callback, **options)
    assert result.status > 0
    assert [r.nit for r in seen] == list(range(1, len(seen) + 1))
    assert seen[-1].x.tobytes() == result.x.tobytes()
    assert seen[-1].cost == result.cost
    assert seen[-1].nfev == result.nfev
    assert least_squares(ratio, [1.0, 0.5], callback=of_x, **options).x.tobytes() == result.x.tobytes()
    assert [x.tobytes() for x in points] == [r.x.tobytes() for r in seen]


@needs_scipy
@pytest.mark.parametrize("method", METHODS)
def test_a_stopped_fit_is_scipys(method: str) -> None:
    def results(solve: Any, after: int) -> Any:
        calls = []

        def callback(x: np.ndarray) -> None:
            calls.append(x)
            if len(calls) == after:
                raise StopIteration

        return solve(ratio, [1.0, 0.5], ratio_jac, bounds=(0.0, 10.0), method=method, callback=callback)

    for after in (1, 2):
        ours, theirs = results(least_squares, after), results(scipys, after)
        assert ours.status == -2
        assert not ours.success
        for name in ("status", "nfev", "njev", "message"):
            assert ours[name] == theirs[name]
        for name in ("x", "cost", "optimality"):
            np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-7)
        np.testing.assert_allclose(ours.grad, ours.jac.T @ ours.fun, atol=1e-12)  # dogbox's of SciPy is the one before


def test_errors_of_callbacks_pass_through() -> None:
    def callback(x: np.ndarray) -> None:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        least_squares(ratio, [1.0, 0.5], callback=callback)
    with pytest.raises(TypeError, match="^callback must be callable or None; got 3$"):
        least_squares(ratio, [1.0, 0.5], callback=3)  # type: ignore[arg-type]


@needs_scipy
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("verbose", [0, 1, 2])
def test_words_of_scipy(method: str, verbose: int, capsys: pytest.CaptureFixture[str]) -> None:
    """To the letter, except last digits of numbers near rounding: so the fits end early."""
    for options in ({"max_nfev": 5}, {"ftol": 1e-2}, {"max_nfev": 1}):
        printed = []
        for solve in (least_squares, scipys):
            solve(ratio, [1.0, 0.5], ratio_jac, bounds=(0.0, 10.0), method=method, verbose=verbose, **options)
            printed.append(capsys.readouterr().out)
        assert printed[0] == printed[1]
        assert bool(printed[0]) == bool(verbose)


@pytest.mark.parametrize("method", METHODS)
def test_workers(method: str) -> None:
    alone = least_squares(ratio, [1.0, 0.5], "3-point", (0.0, 10.0), method)
    with ThreadPoolExecutor(2) as pool:
        assert least_squares(
            ratio, [1.0, 0.5], "3-point", (0.0, 10.0), method, workers=pool.map
        ).x.tobytes() == alone.x.tobytes()  # fmt: skip
    for workers in (0, -2, 1.5, "two"):
        with pytest.raises(RuntimeError, match="Number of workers specified must be -1, an int >= 1"):
            least_squares(ratio, [1.0, 0.5], workers=workers)  # type: ignore[arg-type]


# ---- errors


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"method": "newton", "jac": "4-point"}, "^`method` must be 'trf', 'dogbox' or 'lm'.$"),
        ({"jac": "4-point", "tr_solver": "x"}, "^`jac` must be '2-point', '3-point', 'cs' or callable.$"),
        ({"tr_solver": "x", "loss": "x"}, "^`tr_solver` must be None, 'exact' or 'lsmr'.$"),
        ({"loss": "x", "verbose": 3}, "^`loss` must be one of"),
        ({"verbose": 3, "max_nfev": 0}, r"^`verbose` must be in \[0, 1, 2\].$"),
        ({"max_nfev": 0, "x0": 1j}, "^`max_nfev` must be None or positive integer.$"),
        ({"max_nfev": 2.5}, "^`max_nfev` must be None or positive integer.$"),
        ({"max_nfev": np.nan}, "^`max_nfev` must be None or positive integer.$"),
        ({"x0": 1j, "bounds": None}, "^`x0` must be real.$"),
        ({"x0": [[1.0, 2.0]], "bounds": None}, "^`x0` must have at most 1 dimension.$"),
        ({"bounds": (1, 2, 3)}, "^`bounds` must contain 2 elements.$"),
        ({"bounds": ([0.0], [3.0, 4.0])}, "^Inconsistent shapes between bounds and `x0`. With 2 parameters each"),
        ({"bounds": ([0.0, 2.0], [3.0, 1.0])},
         "^Each lower bound must be strictly less than each upper bound. Parameter 1 starts at 0.5, with bounds 2.0"),
        ({"bounds": (0.0, [3.0, 0.4]), "x_scale": -1},
         "^Initial guess is outside of provided bounds: parameter 1 starts at 0.5, with bounds 0.0 and 0.4.$"),
        ({"bounds": (0.0, [3.0, np.nan])}, "^Initial guess is outside of provided bounds: parameter 1 starts at 0.5"),
        ({"x0": [np.nan, 1.0]}, "^Initial guess is outside of provided bounds: parameter 0 starts at nan"),
        ({"x0": [np.inf, 1.0]}, "^`x0` must be finite: parameter 0 starts at inf.$"),
        ({"x_scale": -1}, "^`x_scale` must be 'jac' or array_like with positive numbers.$"),
        ({"x_scale": 1j}, "^`x_scale` must be 'jac' or array_like with positive numbers.$"),
        ({"x_scale": [1, 2, 3]}, "^Inconsistent shapes between `x_scale` and `x0`.$"),
        ({"ftol": None, "xtol": None, "gtol": None}, "^At least one of the tolerances must be higher than machine eps"),
        ({"loss": "huber", "f_scale": 0.0}, "^f_scale must be positive and finite; got 0.0$"),
        ({"fun": lambda x: np.ones((2, 2))}, "^`fun` must return at most 1-d array_like. f0.shape: "),
        ({"fun": lambda x: np.array([np.nan, 1.0])}, "^Residuals are not finite in the initial point.$"),
        ({"fun": lambda x: np.array([])}, "^fun must return between 1 and"),
        ({"loss": lambda z: z}, "^The return value of `loss` callable has wrong shape."),
        ({"jac": lambda x: np.ones((3, 2))}, r"wrong shape: expected \(6, 2\), actual \(3, 2\)"),
        ({"jac_sparsity": np.ones((6, 2)), "tr_solver": "exact"},
         "^tr_solver='exact' is incompatible with `jac_sparsity`.$"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", METHODS)
def test_errors(options: dict[str, Any], match: str, method: str) -> None:
    with pytest.raises(ValueError, match=match):
        least_squares(**{"fun": ratio, "x0": [1.0, 0.5], "method": method} | options)


@pytest.mark.parametrize("method", METHODS)
def test_complex_values_are_refused(method: str) -> None:
    with pytest.raises(TypeError, match="^fun must return real numbers; it returned dtype complex128$"):
        least_squares(lambda x: x + 1j, [1.0], method=method)
    with pytest.raises(TypeError, match="^loss must return real numbers; it returned dtype complex128$"):
        least_squares(ratio, [1.0, 0.5], method=method, loss=lambda z: np.array([z, z, z]) + 1j)


@pytest.mark.parametrize("method", METHODS)
def test_a_jacobian_that_is_not_finite_is_located(method: str) -> None:
    def jac(x: np.ndarray) -> Any:
        jacobian = ratio_jac(x)
        jacobian[4, 1] = np.nan
        return jacobian

    with pytest.raises(ValueError, match=r"the Jacobian has nan in row 4, column 1, at x = \[1.0, 0.5\]$") as raised:
        least_squares(ratio, [1.0, 0.5], jac, method=method)
    assert raised.type is (ValueError if method == "trf" else np.linalg.LinAlgError)  # SciPy's


@pytest.mark.parametrize("method", METHODS)
def test_residuals_that_are_not_finite_at_a_trial_shorten_the_step(method: str) -> None:
    def fun(x: np.ndarray) -> Any:
        with np.errstate(invalid="ignore"):
            return np.array([np.sqrt(x[0]) + 0.1, np.sqrt(x[0]) - 1.0])

    result = least_squares(fun, [1e-4], method=method)
    assert result.success
    assert result.x == pytest.approx([0.45**2], rel=1e-5)


def test_tolerances() -> None:
    words = r"^Setting `gtol` below the machine epsilon \(2.22e-16\) effectively disables the corresponding termination"
    with pytest.warns(UserWarning, match=words) as record:
        assert least_squares(ratio, [1.0, 0.5], gtol=0.0).success
    assert record[0].filename == __file__
    assert least_squares(ratio, [1.0, 0.5], gtol=None, xtol=None).status == 2


def test_a_limit_may_be_a_whole_float() -> None:
    assert least_squares(ratio, [1.0, 0.5], max_nfev=3.0).nfev == 3  # type: ignore[arg-type]
    assert least_squares(ratio, [1.0, 0.5], max_nfev=np.inf).success  # type: ignore[arg-type]


# ---- what SciPy does


@needs_scipy
@pytest.mark.parametrize("method", METHODS)
def test_sparse_jacobians_go_to_scipy_with_one_warning(method: str) -> None:
    from scipy.optimize import Bounds
    from scipy.sparse import csr_array
    from scipy.sparse.linalg import aslinearoperator

    def sparse(x: np.ndarray) -> Any:
        return csr_array(ratio_jac(x))

    dense = least_squares(ratio, [1.0, 0.5], ratio_jac, Bounds([0.0, 0.0], [10.0, 10.0]), method)
    for options, match in (
        ({"jac": sparse}, "^jac returns a sparse array, so SciPy makes this fit"),
        ({"jac": lambda x: aslinearoperator(ratio_jac(x))}, "^jac returns a LinearOperator, so SciPy makes this fit"),
        ({"jac_sparsity": np.ones((6, 2))}, "^jac_sparsity is given, so SciPy makes this fit"),
    ):
        with pytest.warns(UserWarning, match=match) as record:
            result = least_squares(ratio, [1.0, 0.5], bounds=Bounds([0.0, 0.0], [10.0, 10.0]), method=method, **options)
        assert len(record) == 1
        assert record[0].filename == __file__
        assert result.x == pytest.approx(dense.x, rel=1e-5)
    with pytest.raises(ValueError, match="^tr_solver='exact' works only with dense Jacobian matrices.$"):
        least_squares(ratio, [1.0, 0.5], sparse, method=method, tr_solver="exact")


def test_sparse_jacobians_without_scipy_are_an_error() -> None:
    run_apart("""
        import sys
        sys.modules["scipy.optimize"] = sys.modules["scipy"] = None
        import minpack
        class Sparse:
            def tocsr(self): ...
        try:
            minpack.least_squares(lambda x: x, [1.0], lambda x: Sparse())
        except ImportError as error:
            assert str(error) == ("jac returns a sparse array, which only SciPy solves: install SciPy, "
                                  "or make the Jacobian a dense array"), error
        else:
            raise SystemExit("no error")
    """)


@pytest.mark.skipif("asan" in os.environ.get("LD_PRELOAD", ""), reason="the sanitizer does not outlive a fork")
def test_processes_as_workers() -> None:
    run_apart("""
        import numpy as np
        from minpack import least_squares

        def rosenbrock(x):
            return np.array([10.0 * (x[1] - x[0] * x[0]), 1.0 - x[0]])

        if __name__ == "__main__":
            one = least_squares(rosenbrock, [-1.2, 1.0], "3-point", (-2.0, 2.0))
            two = least_squares(rosenbrock, [-1.2, 1.0], "3-point", (-2.0, 2.0), workers=2)
            assert two.x.tobytes() == one.x.tobytes()
    """)
