"""Anything instead of any argument of each function, and what models do to what they can reach.

Either a right result, or an error of the ordinary kinds that names the argument; never a crash.
"""

import contextlib
import gc
import io
import re
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from numpy.lib.stride_tricks import as_strided

import minpack
from minpack import BatchResult, _core, check_gradient, curve_fit, curve_fit_batch, fit, least_squares, leastsq_batch
from support.anything import anything
from support.layouts import NOISE, laid_out, layouts

bounded = settings(suppress_health_check=list(HealthCheck), max_examples=settings().max_examples // 10)
T = np.linspace(0.0, 4.0, 6)
ROWS = np.array([[1.0], [2.0], [3.0]]) / (1.0 + T) + 0.01 * np.sin(7.0 * T)


def model(t: Any, *p: Any) -> Any:
    """Plain arithmetic, of as many parameters as come."""
    a, b = (*p, 1.0, 1.0)[:2]
    return a / (1.0 + b * b * t) + 0.0 * sum(p)


def slopes(t: Any, a: Any, b: Any) -> Any:
    below = 1.0 + b * b * t
    return 1.0 / below + 0.0 * a, -2.0 * a * b * t / (below * below)


def columns(t: Any, a: Any, b: Any) -> Any:
    return np.stack(slopes(t, a, b), axis=1)


def residuals(x: Any) -> Any:
    return model(T, *x) - ROWS[0]


def of_rows(x: Any, *args: Any) -> Any:
    return model(T, *x.T[:, :, None]) - ROWS[0]


CALLS: dict[str, tuple[Callable[..., Any], dict[str, Any], str]] = {
    "curve_fit": (
        curve_fit, {"f": model, "xdata": T, "ydata": ROWS[0], "p0": [1.0, 1.0], "maxfev": 40},
        "f xdata ydata p0 sigma absolute_sigma check_finite bounds method jac full_output nan_policy ftol xtol gtol "
        "maxfev epsfcn factor diag callback reference col_deriv",
    ),
    "least_squares": (
        least_squares, {"fun": residuals, "x0": [1.0, 1.0], "max_nfev": 40},
        "fun x0 jac bounds method ftol xtol gtol x_scale loss f_scale diff_step tr_solver tr_options max_nfev verbose "
        "args kwargs callback workers",
    ),
    "fit": (
        fit, {"f": model, "xdata": T, "ydata": ROWS[0], "p0": [1.0, 1.0], "maxfev": 40},
        "f xdata ydata p0 sigma absolute_sigma jac fixed nan_policy ftol xtol gtol maxfev epsfcn factor diag callback "
        "reference",
    ),
    "curve_fit_batch": (
        curve_fit_batch, {"f": model, "xdata": T, "ydata": ROWS, "p0": [1.0, 1.0], "maxfev": 40},
        "f xdata ydata p0 sigma absolute_sigma jac engine nan_policy workers out ftol xtol gtol maxfev epsfcn factor "
        "diag reference",
    ),
    "leastsq_batch": (
        leastsq_batch, {"func": of_rows, "x0": np.ones((3, 2)), "maxfev": 40},
        "func x0 args Dfun m workers out ftol xtol gtol maxfev epsfcn factor diag reference",
    ),
    "check_gradient": (
        check_gradient, {"func": residuals, "Dfun": lambda x: columns(T, *x), "x0": [1.0, 1.0]},
        "func Dfun x0 args col_deriv",
    ),
}  # fmt: skip
ARGUMENTS = [(name, argument) for name, (*_, arguments) in CALLS.items() for argument in arguments.split()]

# What SciPy, NumPy or Python say of an argument without its name, and of which arguments; "returned" stands for what a
# function returns.
KNOWN = {
    "array must not contain infs or NaNs: the Jacobian has ": "diff_step returned",
    "Optimal parameters not found": "f xdata ydata p0 sigma jac ftol xtol gtol maxfev epsfcn factor diag returned",
    "Improper input parameters": "x0",
    "Residuals are not finite in the initial point": "fun x0 args kwargs returned",
    "Initial guess is outside of provided bounds": "x0 bounds",
    "what func returns must be real numbers": "returned",
    "All tolerances must be higher than machine epsilon": "ftol xtol gtol",
    "The truth value of a": "absolute_sigma check_finite full_output col_deriv",
    "number of residuals is less than the number of variables": "fun x0 returned",
    "must not exceed": "p0 x0 xdata ydata returned",
    "parameters cannot be fitted to": "p0 xdata ydata",
    "Unable to determine number of fit parameters": "f p0",
    "positional argument": "args kwargs",
    "keywords must be strings": "kwargs",
    "Cannot cast": "x0 p0 diag",
    "is not finite at": "x0 args",
    "if there are no fits": "x0",
    "Dfun must return shape": "col_deriv",
    "'model' must return a real vector of shape (6,)": "xdata",
    "f 'model' must return shape (3, 6)": "xdata",
    "out.x must be a writeable float64 array": "returned",  # a function made it smaller before it was looked at
    " must return ": "func fun f Dfun jac returned",
    "mismatch between the input and output shape of the 'Dfun' argument": "jac col_deriv returned",
    "The return value of `jac` has wrong shape": "jac returned",
}
FUNCTIONS = {"f", "fun", "func", "jac", "Dfun", "callback", "workers", "loss"}


def is_clean(argument: str, value: Any, error: Exception) -> bool:
    """Whether an error is of an ordinary kind, and tells what it is about, or comes from what was passed."""
    *_, last = traceback.extract_tb(error.__traceback__)
    if str(Path(minpack.__file__).parent) not in last.filename and "/numpy/" not in last.filename:
        return True
    if type(error) not in (TypeError, ValueError, RuntimeError):
        return False
    text = str(error)
    if argument in FUNCTIONS and callable(value):  # a function in C, such as len, raises without a frame of its own
        return True
    named = re.search(rf"\b{argument}\b", text) is not None
    return named or any(words in text and argument in of.split() for words, of in KNOWN.items())


@NOISE
@bounded
@pytest.mark.parametrize(("name", "argument"), ARGUMENTS)
@given(value=anything)
def test_anything_for_an_argument(name: str, argument: str, value: Any) -> None:
    function, usual, _ = CALLS[name]
    if argument == "workers" and isinstance(value, (int, np.integer)) and value > 4:
        value = 4  # else as many threads, or processes, as there may be
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            function(**usual | {argument: value})
    except MemoryError:
        assert np.size(value) > 10_000
    except Exception as error:
        assert is_clean(argument, value, error), (type(error), str(error))


# ---- the same values in another layout or container


def bits(result: Any) -> Any:
    """All arrays of a result as bytes."""
    if isinstance(result, tuple):
        return [bits(item) for item in result]
    if isinstance(result, BatchResult):
        return bits(result.arrays())
    if isinstance(result, minpack.Fit):
        return bits((result.values, result.covariance, result.residuals))
    if isinstance(result, dict):
        return bits(tuple(result[name] for name in ("x", "fun", "jac")))
    return np.asarray(result).tobytes()


PAIR = np.array([1.0, 2.0])
ARRAYS: dict[str, dict[str, Any]] = {
    "curve_fit": {"xdata": T, "ydata": ROWS[0], "p0": PAIR, "sigma": 1.0 + T, "diag": PAIR},
    "least_squares": {"x0": PAIR, "x_scale": PAIR, "diff_step": 1e-7 * PAIR},
    "fit": {"xdata": T, "ydata": ROWS[0], "p0": PAIR, "sigma": np.eye(6) + 0.1, "diag": PAIR},
    "curve_fit_batch": {
        "xdata": np.tile(T, (3, 1)), "ydata": ROWS, "p0": np.ones((3, 2)), "sigma": 1.0 + ROWS, "diag": PAIR,
    },
    "leastsq_batch": {"x0": np.array([[1.0, 1.0], [1.0, 2.0], [2.0, 2.0]]), "diag": PAIR},
}  # fmt: skip


@NOISE
@bounded
@pytest.mark.parametrize("name", ARRAYS)
@given(data=st.data())
def test_layout_leaves_the_bits_alone(name: str, data: st.DataObject) -> None:
    function, usual, _ = CALLS[name]
    arrays = ARRAYS[name]
    if name == "curve_fit_batch" and data.draw(st.booleans()):
        usual = usual | {"engine": "numba", "f": number_model, "jac": data.draw(st.sampled_from([None, number_slopes]))}
    order = ">f8" if sys.byteorder == "little" else "<f8"
    laid = {}
    for argument, array in arrays.items():
        swapped = array.astype(order) if data.draw(st.booleans()) else array
        laid[argument] = laid_out(swapped, data.draw(layouts))
    assert bits(function(**usual | laid)) == bits(function(**usual | arrays))


def number_model(t: Any, a: Any, b: Any) -> Any:
    return a / (1.0 + b * b * t)


def number_slopes(t: Any, a: Any, b: Any) -> Any:
    below = 1.0 + b * b * t
    return 1.0 / below, -2.0 * a * b * t / (below * below)


# ---- models that misbehave


class Sudden(BaseException):
    """An exception of no kind that anyone might catch."""


def sudden(*_: Any) -> Any:
    raise Sudden


def interrupt(*_: Any) -> Any:
    raise KeyboardInterrupt


def within(*_: Any) -> None:
    """Fits of all kinds within a fit."""
    minpack.leastsq(residuals, [1.0, 1.0], maxfev=9)
    curve_fit_batch(model, T, ROWS, [1.0, 1.0], maxfev=9, workers=2)
    with contextlib.suppress(RuntimeError):
        curve_fit(model, T, ROWS[0], [1.0, 1.0], maxfev=9)


def resize(*arrays: Any) -> None:
    for array in arrays:
        if isinstance(array, np.ndarray):
            with contextlib.suppress(ValueError):
                array.resize(np.size(array) // 2, refcheck=False)


def spoil(*arrays: Any) -> None:
    for array in arrays:
        if isinstance(array, np.ndarray):
            with contextlib.suppress(ValueError):
                array[...] = -7.0


# What a model does at one of its calls, with what it has been given and what its fit has been given.
DEEDS: dict[str, Callable[..., Any]] = {
    "raises": sudden, "interrupt": interrupt, "fits within": within, "resizes": resize, "spoils": spoil,
    "sleeps": lambda *_: time.sleep(1e-4), "collects": lambda *_: gc.collect(),
}  # fmt: skip
RETURNS: dict[str, Callable[..., Any]] = {
    "what it should": lambda value, *_: value,
    "less": lambda value, *_: value[..., :-1],
    "more": lambda value, *_: np.concatenate([value, value], axis=-1),
    "its parameters": lambda value, *p: p[-1],
    "its parameters' memory": lambda value, *p: as_strided(p[-1], np.shape(value), (0,) * np.ndim(value)),
    "its data": lambda value, *p: p[0],
    "NaN": lambda value, *_: np.nan * value,
    "nothing": lambda *_: None,
    "itself": lambda value, *_: RETURNS,
    "read-only": lambda value, *_: np.broadcast_to(value[..., :1], np.shape(value)),
    "float32": lambda value, *_: value.astype("f4"),
}
FITS = ["leastsq", "curve_fit", "fit", "least_squares", "curve_fit_batch", "threads", "leastsq_batch"]


@NOISE
@settings(suppress_health_check=list(HealthCheck))
@given(
    name=st.sampled_from(FITS), when=st.integers(0, 12), deed=st.sampled_from([None, *DEEDS]),
    returns=st.sampled_from([*RETURNS]), jacobian=st.booleans(), who=st.sampled_from(["f", "jac"]),
    junk=st.none() | anything,
)  # fmt: skip
def test_models_that_misbehave(
    name: str, when: int, deed: str | None, returns: str, jacobian: bool, who: str, junk: Any
) -> None:
    """At one call; what a fit gives after a deed that does not concern it is what it gives without."""
    x0, y, sigma, rows = np.array([1.0, 1.5]), ROWS[0].copy(), 1.0 + T, ROWS.copy()
    weights, out = 1.0 + rows, BatchResult.empty(3, 2)
    calls = 0

    def misbehaving(role: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            nonlocal calls
            value = function(*args)
            if role != who:
                return value
            calls += 1
            if calls - 1 != when:
                return value
            if deed is not None:
                DEEDS[deed](*args[1:], x0, y, sigma, *(() if deed == "spoils" else (rows, weights, *out.arrays())))
            if junk is not None:
                return junk
            return RETURNS[returns](value, *args) if isinstance(value, np.ndarray) else value

        return call

    f, jac = misbehaving("f", model), misbehaving("jac", columns) if jacobian else None
    curve = {"sigma": sigma, "jac": jac, "maxfev": 40}
    batch = {"sigma": weights, "jac": misbehaving("jac", slopes) if jacobian else None, "maxfev": 40, "out": out}
    fun = misbehaving("f", lambda x: model(T, *x) - y_then)
    dfun = misbehaving("jac", lambda x: columns(T, *x)) if jacobian else None
    y_then, usual = y.copy(), deed in (None, "fits within", "sleeps", "collects")
    fits: dict[str, Callable[[], Any]] = {
        "leastsq": lambda: minpack.leastsq(fun, x0, Dfun=dfun, maxfev=40, full_output=True)[:2],
        "curve_fit": lambda: curve_fit(f, T, y, x0, **curve),
        "fit": lambda: fit(f, T, y, x0, **curve),
        "least_squares": lambda: least_squares(fun, x0, dfun or "2-point", max_nfev=40),
        "curve_fit_batch": lambda: curve_fit_batch(f, T, rows, x0, **batch),
        "threads": lambda: curve_fit_batch(f, T, rows, x0, workers=2, **batch),
        "leastsq_batch": lambda: leastsq_batch(
            misbehaving("f", of_rows), np.tile(x0, (3, 1)), maxfev=40, out=out,
            Dfun=misbehaving("jac", lambda x: np.stack(slopes(T, *x.T[:, :, None]), axis=2)) if jacobian else None,
        ),
    }  # fmt: skip
    try:
        result = fits[name]()
    except (Sudden, KeyboardInterrupt):
        assert deed in ("raises", "interrupt")
        return
    except Exception as error:
        assert junk is not None or returns != "what it should" or calls <= when or not usual, error
        assert is_clean("returned", junk, error), (type(error), str(error))
        return
    if junk is None and returns == "what it should" and (usual or deed == "spoils"):
        got = bits(result)
        x0, y, sigma, rows = np.array([1.0, 1.5]), ROWS[0].copy(), 1.0 + T, ROWS.copy()
        weights, when = 1.0 + rows, -1
        out = BatchResult.empty(3, 2)
        curve["sigma"], batch["sigma"], batch["out"] = sigma, weights, out
        assert bits(fits[name]()) == got


# ---- the type that batches are made of


@NOISE
@bounded
@given(st.data())
def test_batch_type_with_wrong_arguments(data: st.DataObject) -> None:
    """As it is private, any ordinary error will do, but no crash."""
    count, m, n = 3, 6, 2
    method = data.draw(st.sampled_from(["lm", "trf", "dogbox"]))
    valid = np.ones((count, m), dtype=bool)
    data_arguments: dict[str, Any] = {"ydata": np.ones((count, m)), "valid": valid, "count": count}
    result = BatchResult.empty(count, n)
    arguments: dict[str, Any] = {
        "count": count, "m": m, "n": n, "capacity": 8, "x0": np.ones((count, n)), "data": None,
        "results": SimpleNamespace(**vars(result)), "settings": _core.Settings(method=method),
        "differences": data.draw(st.booleans()), "scale_covariance": True,
        "lower": None if method == "lm" else np.zeros(n), "upper": None if method == "lm" else np.full((count, n), 9.0),
        "look": data.draw(st.sampled_from([None, (0.1, 1e-6)])),
    }  # fmt: skip
    if arguments["look"] is not None:
        result.status[:], result.cost[:], result.cov[:] = [1, 4, 0], 2.0, 1.0
    size = st.sampled_from([-1, 0, 1, 2, 7, 2**20, 2**31 - 1, 2**40, 2**61, 2**62, 2**63 - 1])
    for _ in range(data.draw(st.integers(0, 2))):
        where = data.draw(st.sampled_from([arguments, data_arguments, vars(arguments["results"])]))
        name = data.draw(st.sampled_from(sorted(where)))
        if name != "results":
            where[name] = data.draw(size if isinstance(where[name], int) else anything)
    try:
        if arguments["data"] is None:
            arguments["data"] = _core.Data(**data_arguments)
        batch = _core.Batch(arguments.pop("count"), **arguments)

        def drawn(*shape: int) -> Any:
            junk = data.draw(st.none() | anything) if data.draw(st.integers(0, 12)) == 0 else None
            return np.full(shape, data.draw(st.floats())) if junk is None else junk

        batch.rounds(lambda points, _, m: drawn(len(points), m), lambda points, _, m: drawn(len(points), m, n))
    except (TypeError, ValueError, OverflowError, MemoryError):
        pass


_OF_BATCH: dict[str, Any] = {
    "data": None, "differences": True, "scale_covariance": False, "lower": None, "upper": None,
}  # fmt: skip


@pytest.mark.parametrize(
    "wrong", [np.ones((2, 6)), np.ones((4, 6)), np.ones((3, 6), dtype=np.float32), np.ones((6, 3)).T, None]
)
def test_batch_takes_as_many_values_as_it_asked_for(wrong: Any) -> None:
    given = {**_OF_BATCH, "settings": _core.Settings()}
    batch = _core.Batch(3, m=6, n=2, capacity=8, x0=np.ones(2), results=BatchResult.empty(3, 2), **given)
    asked: list[Any] = []
    with pytest.raises(ValueError, match="as many as were asked for"):
        batch.rounds(lambda *given: asked.append(given) or wrong, lambda *given: wrong)
    [(points, fits, m)] = asked
    assert (points.shape, fits.tolist(), m) == ((3, 2), [0, 1, 2], 6)


@pytest.mark.parametrize(("count", "m", "n", "capacity"), [(2**62, 6, 4, 8), (2**61, 8, 1, 1), (-1, 8, 1, 1)])
def test_sizes_of_a_batch_that_no_memory_holds(count: int, m: int, n: int, capacity: int) -> None:
    given = {**_OF_BATCH, "settings": _core.Settings()}
    results = BatchResult.empty(0, n)
    with pytest.raises((ValueError, MemoryError)):
        _core.Batch(count, m=m, n=n, capacity=capacity, x0=np.ones(n), results=results, **given)
