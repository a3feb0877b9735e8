"""Compiled functions without numba: ctypes, cffi, capsules, SciPy's wrapper; for one fit and for many."""

import ctypes
import os
import shutil
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import minpack
from minpack import BatchResult, leastsq, leastsq_batch
from support import ROOT

SOURCE = """
#include <math.h>
#include "minpack.h"

minpack_residual ratio, stops, stops_later, undefined, slow, count;
minpack_jacobian ratio_jac;

/* ctx: m abscissae, m values */
int ratio(void *ctx, int m, int n, const double *x, double *fvec)
{
    const double *t = ctx, *y = t + m;
    (void)n;
    for (int i = 0; i < m; i++)
        fvec[i] = x[0] / (1.0 + x[1] * t[i]) - y[i];
    return 0;
}
int ratio_jac(void *ctx, int m, int n, const double *x, double *fjac)
{
    const double *t = ctx;
    (void)n;
    for (int i = 0; i < m; i++) {
        double below = 1.0 + x[1] * t[i];
        fjac[i] = 1.0 / below;
        fjac[m + i] = -x[0] * t[i] / (below * below);
    }
    return 0;
}
int stops(void *ctx, int m, int n, const double *x, double *fvec)
{
    (void)ctx, (void)m, (void)n, (void)x, (void)fvec;
    return 7;
}
/* stops where ctx[m] is 2, but not at the start */
int stops_later(void *ctx, int m, int n, const double *x, double *fvec)
{
    const double *t = ctx;
    ratio(ctx, m, n, x, fvec);
    return t[m] == 2.0 && x[0] != 1.0;
}
int undefined(void *ctx, int m, int n, const double *x, double *fvec)
{
    ratio(ctx, m, n, x, fvec);
    fvec[m - 1] = NAN;
    return 0;
}
/* smaller at each call, so that no fit of it comes to an end for long; and in no hurry */
int slow(void *ctx, int m, int n, const double *x, double *fvec)
{
    volatile double turns = 0.0;
    double *calls = ctx;
    (void)m, (void)n, (void)x;
    while (turns < 1e5)
        turns += 1.0;
    *calls += 1.0;
    fvec[0] = 1.0 / *calls;
    return 0;
}
/* no context: x[0] - 3, x[0] + 1 */
int count(void *ctx, int m, int n, const double *x, double *fvec)
{
    (void)m, (void)n;
    fvec[0] = x[0] - 3.0;
    fvec[1] = ctx == 0 ? x[0] + 1.0 : NAN;
    return 0;
}
"""
T = np.linspace(0.0, 4.0, 12)
PROTOTYPE = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_int, ctypes.POINTER(ctypes.c_double),
    ctypes.POINTER(ctypes.c_double),
)  # fmt: skip


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("needs a C compiler")
    folder = tmp_path_factory.mktemp("compiled")
    (folder / "functions.c").write_text(SOURCE)
    path = folder / "functions.so"
    flags = ["-O2", "-ffp-contract=off", "-shared", "-fPIC", "-Wall", "-Wextra", "-Werror"]
    subprocess.run(
        [compiler, *flags, f"-I{minpack.get_include()}", folder / "functions.c", "-o", path, "-lm"], check=True
    )
    return ctypes.CDLL(str(path))


def data(count: int) -> np.ndarray:
    """One row per fit: the abscissae, then the values."""
    rng = np.random.default_rng(0)
    p = rng.uniform([1.0, 0.5], [4.0, 2.0], size=(count, 2))
    y = p[:, :1] / (1.0 + p[:, 1:] * T) + rng.normal(scale=0.02, size=(count, T.size))
    return np.stack([np.broadcast_to(T, y.shape), y], axis=1)


def residuals(x: Any, rows: Any) -> Any:
    return x[0] / (1.0 + x[1] * rows[0]) - rows[1]


def residuals_jac(x: Any, rows: Any) -> Any:
    below = 1.0 + x[1] * rows[0]
    return np.column_stack([1.0 / below, -x[0] * rows[0] / (below * below)])


@pytest.mark.parametrize("given", [False, True], ids=["differences", "Dfun"])
@pytest.mark.parametrize("reference", ["scipy", "netlib"])
def test_bits_of_one_fit(library: ctypes.CDLL, given: bool, reference: Any) -> None:
    rows = data(1)[0]
    ours = leastsq(
        library.ratio, [1.0, 1.0], (rows,), library.ratio_jac if given else None, True, m=12, reference=reference
    )
    theirs = leastsq(
        residuals, [1.0, 1.0], (rows,), residuals_jac if given else None, full_output=True, reference=reference
    )
    assert ours[0].tobytes() == theirs[0].tobytes()
    assert ours[1].tobytes() == theirs[1].tobytes()
    assert ours[2].keys() == theirs[2].keys()
    for name in ours[2]:
        assert np.asarray(ours[2][name]).tobytes() == np.asarray(theirs[2][name]).tobytes(), name
    assert ours[3:] == theirs[3:]


@pytest.mark.parametrize("given", [False, True], ids=["differences", "Dfun"])
@pytest.mark.parametrize("workers", [1, 2, 3])
def test_bits_of_many(library: ctypes.CDLL, given: bool, workers: int) -> None:
    rows = data(90)
    x0 = np.random.default_rng(1).uniform(0.5, 2.0, size=(90, 2))
    dfun, dfun_alone = (library.ratio_jac, residuals_jac) if given else (None, None)
    result = leastsq_batch(library.ratio, x0, args=(rows,), Dfun=dfun, m=12, workers=workers)
    for i in range(90):
        x, cov_x, info, _, ier = leastsq(residuals, x0[i], (rows[i],), dfun_alone, full_output=True)
        assert result.x[i].tobytes() == x.tobytes()
        assert (result.status[i], result.nfev[i]) == (ier, info["nfev"])
        assert result.cov[i].tobytes() == cov_x.tobytes()
        assert result.cost[i] == pytest.approx(0.5 * np.sum(info["fvec"] ** 2), rel=1e-13)
    shaped = leastsq_batch(
        library.ratio, x0.reshape(9, 10, 2), (rows.reshape(9, 10, 2, 12),), m=12, Dfun=dfun, workers=workers
    )
    assert shaped.x.tobytes() == result.x.tobytes()
    assert shaped.status.shape == (9, 10)


def test_no_context(library: ctypes.CDLL) -> None:
    assert leastsq(library.count, [0.0], m=2)[0] == pytest.approx(1.0)
    assert leastsq_batch(library.count, np.zeros((3, 1)), m=2).x == pytest.approx(np.ones((3, 1)))
    none = leastsq_batch(library.count, np.zeros((0, 1)), m=2)
    assert none.x.shape == (0, 1)


def test_stopped_by_the_function(library: ctypes.CDLL) -> None:
    rows = data(6)
    with pytest.warns(RuntimeWarning, match="raised an exception, or did not return 0"):
        x, ier = leastsq(library.stops, [1.0, 1.0], (rows[0],), m=12)
    assert ier == minpack.STOPPED_BY_FUNCTION
    assert x.tolist() == [1.0, 1.0]
    _, cov_x, info, _, ier = leastsq(library.stops, [1.0, 1.0], (rows[0],), full_output=True, m=12)
    assert (cov_x, info["nfev"], ier) == (None, 0, -1)
    assert np.isnan(info["fvec"]).all()
    assert np.isnan(info["fjac"]).all()
    rows[:, 1, 0] = [1.0, 2.0, 3.0, 2.0, 2.5, 1.5]
    result = leastsq_batch(library.stops_later, np.ones((6, 2)), (rows,), m=12)
    assert (result.status == minpack.STOPPED_BY_FUNCTION).tolist() == [False, True, False, True, False, False]
    assert np.isnan(result.cost[1])
    assert np.isnan(result.cov[1]).all()
    alone = leastsq(residuals, [1.0, 1.0], (rows[2],))
    assert result.x[2].tobytes() == alone[0].tobytes()


def test_not_finite_at_the_start(library: ctypes.CDLL) -> None:
    rows = data(3)
    rows[1, 1, 4] = np.inf
    result = leastsq_batch(library.ratio, np.ones((3, 2)), (rows,), m=12)
    assert (result.status == minpack.NOT_FINITE_AT_START).tolist() == [False, True, False]
    assert result.nfev[1] == 1
    assert (leastsq_batch(library.undefined, np.ones((3, 2)), (rows,), m=12).status == -3).all()
    with pytest.warns(RuntimeWarning, match="residual 11 is not finite"):
        leastsq(library.undefined, [1.0, 1.0], (rows[0],), m=12)


def test_callback_of_one_fit(library: ctypes.CDLL) -> None:
    costs: list[float] = []
    rows = data(1)
    x, _ = leastsq(library.ratio, [1.0, 1.0], (rows[0],), m=12, callback=lambda x, cost, nfev: costs.append(cost))
    assert costs[-1] == pytest.approx(0.5 * np.sum(residuals(x, rows[0]) ** 2))

    def interrupt(x: Any, cost: float, nfev: int) -> None:
        raise ValueError("from the callback")

    with pytest.raises(ValueError, match="from the callback"):
        leastsq(library.ratio, [1.0, 1.0], (rows[0],), m=12, callback=interrupt)


@pytest.mark.skipif(sys.platform == "win32", reason="raises a signal")
@pytest.mark.parametrize("many", [False, True], ids=["one", "many"])
def test_ctrl_c_within_a_long_fit(library: ctypes.CDLL, many: bool) -> None:
    import signal

    endless: dict[str, Any] = {"m": 1, "maxfev": 1_000_000, "ftol": 0.0, "xtol": 0.0}
    out, calls = BatchResult.empty(2, 1), np.zeros((2, 1))
    timer = threading.Timer(0.2, lambda: signal.raise_signal(signal.SIGINT))
    begun = time.process_time()  # not what others take of the processor
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        if many:
            leastsq_batch(library.slow, np.ones((2, 1)), (calls,), out=out, **endless)
        else:
            leastsq(library.slow, [1.0], (calls[0],), full_output=True, **endless)
    assert time.process_time() - begun < 1.5
    timer.join()
    assert calls.sum() > 10  # they were under way, however busy the machine is
    assert (out.status == minpack.NOT_RUN_YET).all()


def test_out_goes_on(library: ctypes.CDLL) -> None:
    rows = data(20)
    expected = leastsq_batch(library.ratio, np.ones((20, 2)), (rows,), m=12)
    out = BatchResult.empty(20, 2)
    out.status[3:7] = 5
    assert leastsq_batch(library.ratio, np.ones((20, 2)), (rows,), m=12, out=out, progress=False) is out
    assert np.isnan(out.x[3:7]).all()
    assert out.x[7:].tobytes() == expected.x[7:].tobytes()


# ---- ways to give the address


def capsule(address: int, name: bytes | None) -> Any:
    new = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)(
        ("PyCapsule_New", ctypes.pythonapi)
    )
    return new(address, name, None)


SIGNATURE = b"int (void *, int, int, double const *, double *)"


@pytest.mark.parametrize(
    "way", ["declared", "cast", "capsule", "nameless", "scipy", "scipy capsule", "cffi", "cffi void"]
)
def test_ways_to_give_a_function(library: ctypes.CDLL, way: str) -> None:
    rows = data(1)
    address = ctypes.cast(library.ratio, ctypes.c_void_p).value
    assert address is not None
    function: Any
    if way.startswith("cffi"):
        ffi = pytest.importorskip("cffi").FFI()
        function = ffi.cast(
            "void *" if "void" in way else "int(*)(void *, int, int, const double *, double *)", address
        )
    elif way.startswith("scipy"):
        low = pytest.importorskip("scipy").LowLevelCallable
        inner = capsule(address, SIGNATURE) if "capsule" in way else PROTOTYPE(address)
        function = low(inner)
    else:
        function = {
            "declared": lambda: PROTOTYPE(address),
            "cast": lambda: ctypes.cast(address, PROTOTYPE),
            "capsule": lambda: capsule(address, SIGNATURE),
            "nameless": lambda: capsule(address, None),
        }[way]()
    expected = leastsq(residuals, [1.0, 1.0], (rows[0],))[0].tobytes()
    assert leastsq(function, [1.0, 1.0], (rows[0],), m=12)[0].tobytes() == expected
    assert leastsq_batch(function, [[1.0, 1.0]], (rows,), m=12).x.tobytes() == expected


def wrong_types() -> list[Any]:
    c, i = ctypes.c_double, ctypes.c_int
    p, v = ctypes.POINTER(c), ctypes.c_void_p
    wrong = [
        ctypes.CFUNCTYPE(i, i, i, p, p)(lambda *a: 0),  # no context
        ctypes.CFUNCTYPE(None, v, i, i, p, p)(lambda *a: None),  # says nothing
        ctypes.CFUNCTYPE(i, v, ctypes.c_long, i, p, p)(lambda *a: 0),
        ctypes.CFUNCTYPE(i, v, i, i, p, ctypes.POINTER(ctypes.c_float))(lambda *a: 0),
        ctypes.CFUNCTYPE(c, v, i, i, p, p)(lambda *a: 0.0),
        capsule(1, b"double (double, void *)"),
    ]
    if os.name == "posix":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                import cffi
            except ImportError:
                return wrong
            ffi = cffi.FFI()
            wrong += [ffi.cast("int(*)(void *, int, int, double *)", 1), ffi.cast("double *", 1)]
    return wrong


@pytest.mark.parametrize("function", wrong_types())
def test_wrong_signatures(function: Any) -> None:
    for argument, functions in (("func", (function, None)), ("Dfun", (PROTOTYPE(1), function))):
        for call in (
            lambda f, d: leastsq(f, [1.0], Dfun=d, m=2),
            lambda f, d: leastsq_batch(f, [[1.0]], Dfun=d, m=2),
        ):
            with pytest.raises(TypeError, match=rf"{argument} must be compiled as int \(void \*ctx, int m.*; got "):
                call(*functions)


def test_errors(library: ctypes.CDLL) -> None:
    ratio, rows = library.ratio, data(2)
    with pytest.raises(ValueError, match="m, the number of residuals, must be given"):
        leastsq(ratio, [1.0, 1.0], (rows[0],))
    with pytest.raises(ValueError, match="m, the number of residuals, must be given"):
        leastsq_batch(ratio, np.ones((2, 2)), (rows,))
    with pytest.raises(TypeError, match="func must be compiled: a numba cfunc"):
        leastsq(residuals, [1.0, 1.0], (rows[0],), m=12)
    with pytest.raises(TypeError, match="Dfun must be compiled"):
        leastsq(ratio, [1.0, 1.0], (rows[0],), residuals_jac, m=12)
    with pytest.raises(TypeError, match="Dfun must be compiled"):
        leastsq_batch(ratio, np.ones((2, 2)), (rows,), Dfun=residuals_jac, m=12)
    with pytest.raises(ValueError, match="m must be positive"):
        leastsq(ratio, [1.0, 1.0], (rows[0],), m=0)
    with pytest.raises(TypeError, match="must not exceed func output vector length M=1"):
        leastsq(ratio, [1.0, 1.0], (rows[0],), m=1)
    with pytest.raises(ValueError, match="by_rows does not go"):
        leastsq(ratio, [1.0, 1.0], (rows[0],), ratio, m=12, by_rows=True)
    for args in ((rows, rows), ([1.0],), (rows.astype(np.float32),), (rows.T,), (rows.astype(">f8"),)):
        with pytest.raises(TypeError, match="args of compiled functions must be empty, or one float64 array"):
            leastsq(ratio, [1.0, 1.0], args, m=12)
    with pytest.raises(ValueError, match=r"args\[0\] must have the leading dimensions \(3,\)"):
        leastsq_batch(ratio, np.ones((3, 2)), (rows,), m=12)
    with pytest.raises(ValueError, match="null pointer"):
        leastsq(PROTOTYPE(0), [1.0], m=2)
    low = pytest.importorskip("scipy").LowLevelCallable
    with pytest.raises(TypeError, match="must not bring user data"):
        leastsq(low(PROTOTYPE(1), ctypes.c_void_p(1)), [1.0], m=2)


# ---- the header, the examples


def test_header_is_where_get_include_says() -> None:
    assert "minpack_residual" in (Path(minpack.get_include()) / "minpack.h").read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "needs"), [("compiled_c", "ctypes"), ("compiled_cffi", "cffi")])
def test_examples(name: str, needs: str) -> None:
    if shutil.which("cc") is None:
        pytest.skip("needs a C compiler")
    pytest.importorskip(needs)
    if needs == "cffi":
        pytest.importorskip("setuptools")
    done = subprocess.run(
        [sys.executable, ROOT / "examples" / f"{name}.py"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    expected = {"compiled_c": "10000 fits: 10000 converged", "compiled_cffi": "left the domain: [2]"}
    assert expected[name] in done.stdout
