"""Single fits: the cost of a call."""

import subprocess
import sys
import warnings
from collections.abc import Callable
from typing import Any

import lmfit
import lmfit.models
import numba
import numpy as np
from scipy import optimize

import loops
import minpack
import minpack.numba
from batches import BOUNDS, T, decay
from measure import Row, compare
from minpack import models

Y = decay(T, 2.5, 1.3, 0.5) + np.random.default_rng(0).normal(scale=0.05, size=T.size)
START = np.ones(3)
X = np.linspace(0.0, 10.0, 100)
PEAK = models.gaussian(X, 3.0, 4.3, 0.8) + np.random.default_rng(1).normal(scale=0.05, size=X.size)


def residuals(x: Any) -> Any:
    """A real fit: three parameters, 50 points, and NumPy's exp, whose time both sides include."""
    return x[0] * np.exp(-x[1] * T) + x[2] - Y


def against_scipy() -> list[Row]:
    """Time `leastsq` with functions that return ready arrays (m = 50, n = 3), at no cost; then a real fit."""
    ready, jacobian = np.zeros(50), np.zeros((50, 3))  # the fit ends at once, because there is nothing to gain

    def func(x: Any) -> Any:
        return ready

    def dfun(x: Any) -> Any:
        return jacobian

    def both(
        what: str, aim: float | None, call: Callable[[Any], object], shown: tuple[str, str] | None = None
    ) -> Row:
        return compare("SciPy", what, aim, lambda: call(minpack), lambda: call(optimize), shown=shown)

    return [
        both("leastsq, f returns a ready array", 3.0, lambda side: side.leastsq(func, START)),
        both("the same with full_output", 8.0, lambda side: side.leastsq(func, START, full_output=True)),
        both("leastsq with Dfun, both return ready arrays", None, lambda side: side.leastsq(func, START, Dfun=dfun)),
        both("leastsq, exponential with 50 points", 1.0, lambda side: side.leastsq(residuals, START),
             ("leastsq, exponential, 50 points", "SciPy's leastsq")),
        both("least_squares(method='lm'), the same", None,
             lambda side: side.least_squares(residuals, START, method="lm")),
        both("curve_fit, the same", 2.0, lambda side: side.curve_fit(decay, T, Y, START),
             ("curve_fit, exponential, 50 points", "SciPy's curve_fit")),
        both("curve_fit with bounds, the same", 14.0, lambda side: side.curve_fit(decay, T, Y, START, bounds=BOUNDS),
             ("curve_fit with bounds, 50 points", "SciPy's curve_fit with bounds")),
        both("least_squares(loss='soft_l1'), the same", None,
             lambda side: side.least_squares(residuals, START, loss="soft_l1")),
    ]  # fmt: skip


def against_lmfit() -> list[Row]:
    """Fit the same exponential, with errors and a report."""
    model, gaussian = lmfit.Model(decay), lmfit.models.GaussianModel()
    start = dict.fromkeys("abc", 1.0)
    return [
        compare("lmfit", "curve_fit, against Model.fit", 15.0, lambda: minpack.curve_fit(decay, T, Y, START),
                lambda: model.fit(Y, t=T, **start)),
        compare("lmfit", "fit, against Model.fit", 10.0, lambda: minpack.fit(decay, T, Y, start),
                lambda: model.fit(Y, t=T, **start)),
        compare("lmfit", "fit without a start, against GaussianModel and guess", 10.0,
                lambda: minpack.fit(models.gaussian, X, PEAK),
                lambda: gaussian.fit(PEAK, gaussian.guess(PEAK, x=X), x=X)),
        compare("lmfit", "fit and report, against Model.fit", None, lambda: minpack.fit(decay, T, Y, start).report(),
                lambda: model.fit(Y, t=T, **start).fit_report(),
                shown=("fit with report, exponential, 50 points", "lmfit's Model.fit with fit_report")),
    ]  # fmt: skip


def against_netlib() -> list[Row]:
    """One fit of residuals in C; lmdif_ gets memory that is ready."""
    data = np.stack([T, Y])
    function = loops.library().decay
    loop = loops.Loop(loops.address(function), data, START, 1, T.size)
    return [
        compare("netlib", "leastsq, exponential in C, against lmdif_ by ctypes", None,
                lambda: minpack.leastsq(function, START, args=(data,), m=T.size, reference="netlib"), loop.by_netlib,
                shown=("leastsq, exponential in C", "netlib's lmdif by ctypes"))
    ]  # fmt: skip


FITS = 100


def against_cminpack_numba() -> list[Row]:
    """Call `lmdif` from code that numba compiles, with the same residuals."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import cminpack_numba

    rng = np.random.default_rng(2)
    p = rng.uniform([2.0, 0.8, 0.2], [3.0, 1.8, 0.8], size=(FITS, 3))
    y = decay(T, *(p[:, j : j + 1] for j in range(3))) + rng.normal(scale=0.05, size=(FITS, T.size))
    contexts = np.ascontiguousarray(np.stack([np.broadcast_to(T, y.shape), y], axis=1))

    @numba.njit
    def fill(context: Any, m: Any, p: Any, out: Any) -> None:
        t = numba.carray(context, 2 * m)
        x, fvec = numba.carray(p, 3), numba.carray(out, m)
        for i in range(m):
            fvec[i] = x[0] * np.exp(-x[1] * t[i]) + x[2] - t[m + i]

    @numba.cfunc(minpack.numba.residual_type)
    def ours(context: Any, m: Any, n: Any, x: Any, fvec: Any) -> int:
        fill(context, m, x, fvec)
        return 0

    doubles = numba.types.CPointer(numba.float64)

    @numba.cfunc(cminpack_numba.CminpackSignature.lmdif(doubles))
    def theirs(context: Any, m: Any, n: Any, x: Any, fvec: Any, flag: Any) -> int:
        fill(context, m, x, fvec)
        return 0

    our_lmdif, our_address = minpack.numba.lmdif, ours.address
    their_lmdif, their_address = cminpack_numba.lmdif, theirs.address

    @numba.njit
    def by_us(contexts: Any, m: int) -> Any:
        out = np.ones((len(contexts), 3))
        for k in range(len(contexts)):
            our_lmdif(our_address, out[k], m, contexts[k])
        return out

    @numba.njit
    def by_them(contexts: Any, m: int) -> Any:
        out = np.ones((len(contexts), 3))
        for k in range(len(contexts)):
            out[k] = their_lmdif(their_address, m, out[k], udata=contexts[k])[0]
        return out

    def job(fits: Any) -> Callable[[], object]:
        return lambda: fits(contexts, T.size)

    np.testing.assert_allclose(by_us(contexts, T.size), by_them(contexts, T.size), rtol=1e-5)
    return [compare("cminpack-numba", "lmdif in an @njit loop, per fit", None, job(by_us), job(by_them), (FITS, FITS))]


def import_cost(rounds: int = 15) -> Row:
    """The time that the import adds to importing NumPy, the minimum over many fresh interpreters."""

    def seconds(module: str) -> float:
        code = f"import numpy, time; t = time.perf_counter(); import {module}; print(time.perf_counter() - t)"
        command = [sys.executable, "-c", code]
        runs = [subprocess.run(command, capture_output=True, text=True, check=True) for _ in range(rounds)]
        return min(float(run.stdout) for run in runs)

    ours, theirs = seconds("minpack"), seconds("scipy.optimize")
    # the aim is 10 ms, independent of SciPy's time
    return Row("SciPy", "import, beyond import numpy", ours, theirs, theirs / ours, theirs / 10e-3,
               ("import, in addition to NumPy", "import scipy.optimize"))  # fmt: skip
