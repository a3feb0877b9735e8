"""The numba engine beyond what all engines have in common, cfuncs given to fits, and fits within compiled code."""

import doctest
import gc
import sys
import threading
import time
import weakref
from typing import Any

import numpy as np
import pytest

import minpack
from minpack import BatchResult, curve_fit_batch, leastsq, leastsq_batch
from support import run_apart

numba = pytest.importorskip("numba")

from minpack import numba as api  # noqa: E402
from minpack._engine import numba as _numba  # noqa: E402
from minpack.numba import lmder, lmdif, residual_type  # noqa: E402

T = np.linspace(0.0, 4.0, 17)


def ratio(t: Any, a: Any, b: Any, c: Any) -> Any:
    return a / (1.0 + b * b * t) + c * t


def data(count: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    p = rng.uniform([1.0, 0.5, -0.2], [4.0, 2.0, 0.2], size=(count, 3))
    return ratio(T, *(p[:, j : j + 1] for j in range(3))) + rng.normal(scale=0.02, size=(count, T.size))


# ---- the engine


def test_math_functions_and_functions_of_numba() -> None:
    @numba.njit
    def inner(t: float, b: float) -> float:
        return np.exp(-b * t)

    @numba.njit
    def decay(t: float, a: float, b: float) -> float:
        return a * inner(t, b)

    y = 2.0 * np.exp(-0.7 * T)
    for f in (decay, lambda t, a, b: a * inner(t, b)):
        result = curve_fit_batch(f, T, [y, y], [1.0, 1.0], engine="numba")
        np.testing.assert_allclose(result.x, [[2.0, 0.7]] * 2, rtol=1e-7)


def test_predictors_come_as_a_tuple() -> None:
    def plane(x: Any, a: float, b: float, c: float) -> float:
        total = c
        for k in range(len(x)):
            total += (a + k * b) * x[k]
        return total

    x = np.random.default_rng(0).normal(size=(3, 20))
    y = 1.0 * x[0] + 1.5 * x[1] + 2.0 * x[2] + 4.0
    one = curve_fit_batch(plane, x, [y], np.zeros(3), engine="numba")
    np.testing.assert_allclose(one.x, [[1.0, 0.5, 4.0]], rtol=1e-7)
    single = curve_fit_batch(lambda x, a: a * x[0], x[:1], [3.0 * x[0], x[0]], [1.0], engine="numba")
    np.testing.assert_allclose(single.x, [[3.0], [1.0]])


def test_one_parameter_and_its_derivative() -> None:
    result = curve_fit_batch(lambda t, a: a * t, T, [2.0 * T], [1.0], jac=lambda t, a: (t,), engine="numba")
    np.testing.assert_allclose(result.x, [[2.0]])


def test_compiled_once_and_let_go() -> None:
    def model(t: float, a: float) -> float:
        return a * t

    def timed(f: Any) -> float:
        begun = time.process_time()
        curve_fit_batch(f, T, [T], [2.0], engine="numba")
        return time.process_time() - begun

    calls = [timed(model) for _ in range(5)]
    assert min(calls[1:]) < 0.2 * calls[0]
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None


def test_a_model_and_its_differences_are_compiled_as_one_function() -> None:
    def model(t: float, a: float) -> float:
        return a * t

    curve_fit_batch(model, T, [2.0 * T], [1.0], engine="numba")
    assert len(_numba._compiled[model]) == 1  # type: ignore[index]


def test_division_by_zero_is_numpys() -> None:
    x = np.array([0.0, 1.0, 2.0])
    result = curve_fit_batch(lambda t, a: a / t, x, [x], [1.0], engine="numba")
    assert result.status.tolist() == [minpack.NOT_FINITE_AT_START]


def test_model_that_raises_stops_its_fit() -> None:
    def picky(t: float, a: float) -> float:
        if a > 10.0:
            raise ValueError("too much")
        return a * t

    result = curve_fit_batch(picky, T, np.array([[2.0], [30.0], [3.0]]) * T, [1.0], engine="numba")
    assert result.status[1] == minpack.STOPPED_BY_FUNCTION
    np.testing.assert_allclose(result.x[[0, 2]], [[2.0], [3.0]])
    with pytest.raises(ValueError, match="too much"):
        result.fit(1)


@pytest.mark.parametrize(
    ("kwargs", "match"),
    [
        ({"f": lambda t, a: str(a)}, "numba cannot compile f '<lambda>', called with numbers, .* returns a number"),
        ({"f": lambda t, a: undefined_name * a}, "undefined_name"),  # type: ignore[name-defined]  # noqa: F821
        ({"f": lambda t, a, *b: a + b[0]}, "numba cannot compile f"),  # one parameter too many
        ({"f": lambda t, a: 1j * a}, "numba cannot compile f"),
        ({"jac": lambda t, a: (t, t)}, "numba cannot compile jac .* returns a tuple of 1 numbers"),
        ({"f": np.multiply}, "f must be a Python function, as engine='numba' compiles it; got <ufunc"),
    ],
)
def test_what_numba_cannot_compile(kwargs: dict[str, Any], match: str) -> None:
    arguments: dict[str, Any] = {"f": lambda t, a: a * t, "xdata": T, "ydata": [T], "p0": [1.0], "engine": "numba"}
    with pytest.raises(TypeError, match="(?s)" + match) as caught:
        curve_fit_batch(**arguments | kwargs)
    if "ufunc" not in match:
        assert isinstance(caught.value.__cause__, numba.core.errors.NumbaError)


def test_number_of_parameters_is_checked_before_anything_is_compiled() -> None:
    with pytest.raises(ValueError, match=r"p0 must have a value for each parameter of <lambda>\(t, a, b\).*; got 1"):
        curve_fit_batch(lambda t, a, b: a + b, T, [T], [1.0], engine="numba")


def test_without_numba() -> None:
    code = """
        import sys; sys.modules["numba"] = None
        from minpack import curve_fit_batch
        for use in (lambda: curve_fit_batch(lambda t, a: a * t, [1.0, 2.0], [[1.0, 2.0]], [1.0], engine="numba"),
                    lambda: __import__("minpack.numba")):
            try:
                use()
            except ImportError as error:
                assert "pip install numba" in str(error), error
            else:
                raise AssertionError
    """
    run_apart(code)


@pytest.mark.skipif(sys.platform == "win32", reason="raises a signal")
@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_keeps_what_was_finished(workers: int) -> None:
    import signal

    y = np.tile(data(500), (600, 1))
    expected = curve_fit_batch(ratio, T, y[:500], np.ones(3), engine="numba")
    out = BatchResult.empty(len(y), 3)
    timer = threading.Timer(0.15, lambda: signal.raise_signal(signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        curve_fit_batch(ratio, T, y, np.ones(3), engine="numba", out=out, workers=workers)
    timer.join()
    finished = out.status != minpack.NOT_RUN_YET
    assert 0 < finished.sum() < len(y)
    first = np.flatnonzero(finished)
    assert out.x[first].tobytes() == expected.x[first % 500].tobytes()
    curve_fit_batch(ratio, T, y, np.ones(3), engine="numba", out=out, workers=workers)
    assert out.x.tobytes() == np.tile(expected.x, (600, 1)).tobytes()


def test_no_fused_multiply_add() -> None:
    """It would round once where NumPy rounds twice; tests of bits see that only where it matters."""
    curve_fit_batch(ratio, T, data(2), np.ones(3), engine="numba")
    compiled = list(_numba._compiled[ratio].values())
    assert compiled  # the model, and its differences
    for function in compiled:
        code = function._library.get_asm_str()
        assert "div" in code
        assert "fmadd" not in code
        assert "fmla" not in code


# ---- cfuncs


@numba.cfunc(residual_type)
def residuals(ctx: Any, m: Any, n: Any, x: Any, fvec: Any) -> Any:
    y, out, p = numba.carray(ctx, m), numba.carray(fvec, m), numba.carray(x, n)
    for i in range(m):
        t = 0.25 * i
        out[i] = p[0] / (1.0 + p[1] * p[1] * t) + p[2] * t - y[i]
    return 0


@numba.cfunc(residual_type)
def derivatives(ctx: Any, m: Any, n: Any, x: Any, fjac: Any) -> Any:
    out, p = numba.carray(fjac, (n, m)), numba.carray(x, n)
    for i in range(m):
        t = 0.25 * i
        below = 1.0 + p[1] * p[1] * t
        out[0, i] = 1.0 / below
        out[1, i] = -2.0 * p[0] * p[1] * t / (below * below)
        out[2, i] = t
    return 0


@numba.cfunc(numba.types.void(numba.float64))
def other(x: float) -> None:
    pass


@pytest.mark.parametrize("dfun", [None, derivatives], ids=["differences", "Dfun"])
def test_cfuncs(dfun: Any) -> None:
    y = data(30)
    result = leastsq_batch(residuals, np.ones((30, 3)), (y,), m=17, Dfun=dfun)
    for i in range(30):
        x, ier = leastsq(residuals, np.ones(3), (y[i],), dfun, m=17)
        assert (result.x[i].tobytes(), result.status[i]) == (x.tobytes(), ier)
    model = curve_fit_batch(ratio, 0.25 * np.arange(17), y, np.ones(3))
    if dfun is None:
        assert result.x.tobytes() == model.x.tobytes()
    with pytest.raises(TypeError, match=r"got void \(double\)"):
        leastsq(other, np.ones(3), (y[0],), m=17)


# ---- within compiled code

RESIDUALS, DERIVATIVES = residuals.address, derivatives.address


@numba.njit
def fit_all(rows: Any, given: bool) -> Any:
    x = np.ones((len(rows), 3))
    codes = np.empty((len(rows), 2), np.int64)
    for k in range(len(rows)):
        if given:
            codes[k] = lmder(RESIDUALS, DERIVATIVES, x[k], rows.shape[1], rows[k])
        else:
            codes[k] = lmdif(RESIDUALS, x[k], rows.shape[1], rows[k])
    return x, codes


@pytest.mark.parametrize("given", [False, True], ids=["lmdif", "lmder"])
def test_fits_within_compiled_code(given: bool) -> None:
    y = data(100)
    x, codes = fit_all(y, given)
    for i in range(100):
        expected, _, info, _, ier = leastsq(
            residuals, np.ones(3), (y[i],), derivatives if given else None, full_output=True, m=17
        )
        assert x[i].tobytes() == expected.tobytes()
        assert codes[i].tolist() == [ier, info["nfev"]]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("given", [False, True], ids=["lmdif", "lmder"])
def test_start_that_is_not_finite_is_no_solution(given: bool, bad: float) -> None:
    y = data(18)
    y[range(17), range(17)] = bad
    x, codes = fit_all(y, given)
    expected = leastsq_batch(residuals, np.ones((18, 3)), (y,), Dfun=derivatives if given else None, m=17)
    assert codes[:, 0].tolist() == expected.status.tolist() == [minpack.NOT_FINITE_AT_START] * 17 + [1]
    assert (x[:17] == 1.0).all()


def test_options_within_compiled_code() -> None:
    y = data(1)[0]
    for kwargs in ({"maxfev": 3}, {"ftol": 1e-3}, {"factor": 0.1}, {"xtol": 1e-2}, {"gtol": 1e-3}, {"epsfcn": 1e-6}):
        x = np.ones(3)
        info, nfev = lmdif(RESIDUALS, x, 17, y, **kwargs)
        expected, _, infodict, _, ier = leastsq(residuals, np.ones(3), (y,), full_output=True, m=17, **kwargs)  # type: ignore[arg-type]
        assert (x.tobytes(), info, nfev) == (expected.tobytes(), ier, infodict["nfev"])


def test_errors_within_compiled_code() -> None:
    y = data(1)[0]
    with pytest.raises(ValueError, match="as many residuals as parameters"):
        lmdif(RESIDUALS, np.ones(3), 2, y)
    for x, rows in ((np.ones(3, np.float32), y), (np.ones((3, 1)), y), (np.ones(6)[::2], y), (np.ones(3), y[::2])):
        with pytest.raises(numba.core.errors.TypingError, match="must be a"):
            lmdif(RESIDUALS, x, 17, rows)


READ_ONLY = np.ones(3)
READ_ONLY.flags.writeable = False


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"fcn": 0}, "fcn must be the address of a function; got 0"),
        ({"fcn": residuals}, "fcn must be the address of a function, an integer; got FunctionType"),
        ({"fcn": 1.5}, "fcn must be the address of a function, an integer; got float64"),
        ({"x": READ_ONLY}, "x must be writable.* got readonly array"),
        ({"x": [1.0, 1.0, 1.0]}, "x must be a float64 array in C order; got reflected list"),
        ({"data": None}, "data must be a float64 array in C order; got none"),
        ({"m": 17.0}, "m must be an integer; got float64"),
        ({"m": 2**32 + 17}, "m and the limit of calls must be at most 2147483647"),
        ({"maxfev": 2.5}, "max_?n?fev must be an integer; got float64"),
        ({"maxfev": None}, "max_?n?fev must be an integer; got none"),
        ({"maxfev": 2**31}, "m and the limit of calls must be at most 2147483647"),
        ({"jac": 0}, "jac must be the address of a function; got 0"),
        ({"jac": None}, "jac must be the address of a function, an integer; got none"),
    ],
    ids=str,
)
def test_what_c_cannot_take(given: dict[str, Any], words: str) -> None:
    """None of it may reach C, which would crash, wrap around, or write to what is read-only."""
    right = {"fcn": RESIDUALS, "jac": DERIVATIVES, "x": np.ones(3), "m": 17, "data": data(1)[0], "maxfev": 0}
    fcn, jac, *rest, maxfev = (right | given).values()
    bounds = np.full(3, -np.inf), np.full(3, np.inf)
    calls = [lambda: lmder(fcn, jac, *rest, maxfev=maxfev)]
    if "jac" not in given:
        calls += [lambda: lmdif(fcn, *rest, maxfev=maxfev),
                  lambda: api.least_squares(fcn, *rest, *bounds, max_nfev=maxfev)]  # fmt: skip
    elif jac is None:  # 0 stands for differences
        calls += [lambda: api.least_squares(fcn, *rest, *bounds, jac)]
    for call in calls:
        with pytest.raises((ValueError, numba.core.errors.TypingError), match=words):
            call()
    assert (READ_ONLY == 1.0).all()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_residuals_that_are_never_written_are_no_solution() -> None:
    @numba.cfunc(residual_type)
    def raises(ctx: Any, m: Any, n: Any, x: Any, fvec: Any) -> Any:
        raise ValueError("numba prints this, and returns 0")

    assert lmdif(raises.address, np.ones(3), 17, np.ones(17))[0] == minpack.NOT_FINITE_AT_START


def test_public_functions_have_examples() -> None:
    """`test_docstring_examples` runs them."""
    finder = doctest.DocTestFinder(recurse=False)
    functions = [function for name in api.__all__ if hasattr(function := getattr(api, name), "py_func")]
    assert len(functions) == 3
    for function in functions:
        (test,) = finder.find(function.py_func, function.__name__)
        assert len(test.examples) > 5
