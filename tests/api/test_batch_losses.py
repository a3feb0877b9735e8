"""Losses that are functions, in batches: the bits of the single fit, whoever evaluates them."""

import ctypes
import functools
import warnings
from typing import Any

import numpy as np
import pytest

import minpack
from minpack import curve_fit, curve_fit_batch, leastsq_batch
from support.rows import Batch, T, data, ratio

START = [1.0, 1.0, 0.05]
BOUNDS = [(-np.inf, np.inf), (0.0, [2.5, 1.1, 0.1])]


def soft(z: Any) -> Any:
    """As "soft_l1", but the points of one fit count by its smallest square: not the business of other fits."""
    root = np.sqrt(1.0 + (z - np.min(z)))
    return np.stack((2.0 * (root - 1.0), 1.0 / root, -0.5 * (1.0 / root / (root * root))))


def rows(count: int) -> np.ndarray:
    y = data(count)
    y[::2, 4] += 1.0
    return y


@pytest.mark.parametrize("bounds", BOUNDS, ids=["free", "bounded"])
@pytest.mark.parametrize("method", ["trf", "dogbox"])
def test_bits_of_the_single_fit(batch: Batch, method: str, bounds: Any) -> None:
    y = rows(7)
    y[5, 8:11] = np.nan
    options: dict[str, Any] = {"method": method, "bounds": bounds, "loss": soft, "f_scale": 0.1, "nan_policy": "omit"}
    result = batch(ratio, T, y, START, **options)
    for i, row in enumerate(y):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", minpack.OptimizeWarning)
            popt, pcov, info, _, status = curve_fit(ratio, T, row, START, full_output=True, **options)
        assert result.x[i].tobytes() == popt.tobytes()
        assert result.cov[i].tobytes() == pcov.tobytes()
        assert (result.status[i], result.nfev[i]) == (status, info["nfev"])
    for workers in (3, map):
        assert batch(ratio, T, y, START, workers=workers, **options).x.tobytes() == result.x.tobytes()


def test_residuals_of_any_kind() -> None:
    """Python's, with a Python loss; compiled ones with one that numba compiles or that is compiled."""
    numba = pytest.importorskip("numba")
    from minpack.numba import loss_type, residual_type

    @numba.cfunc(residual_type)
    def compiled(ctx: Any, m: Any, n: Any, x: Any, fvec: Any) -> Any:
        y, p, out = numba.carray(ctx, m), numba.carray(x, n), numba.carray(fvec, m)
        for i in range(m):
            t = 0.25 * i
            out[i] = p[0] / (1.0 + p[1] * p[1] * t) + p[2] * t - y[i]
        return 0

    @numba.cfunc(loss_type)
    def least(m: Any, z: Any, rho: Any) -> Any:
        squares, out = numba.carray(z, m), numba.carray(rho, (3, m))
        smallest = squares.min()
        for i in range(m):
            root = np.sqrt(1.0 + (squares[i] - smallest))
            out[0, i], out[1, i] = 2.0 * (root - 1.0), 1.0 / root
            out[2, i] = -0.5 * (1.0 / root / (root * root))
        return 0

    def residuals(x: Any, y: Any) -> Any:
        return ratio(T, *x.T[:, :, np.newaxis]) - y

    y, x0 = rows(5), np.tile(START, (5, 1))
    expected = leastsq_batch(residuals, x0, (y,), loss=soft, f_scale=0.1)
    assert expected.success.all()
    for loss in (soft, least, least.ctypes):
        result = leastsq_batch(compiled, x0, (y,), m=T.size, loss=loss, f_scale=0.1)
        assert result.x.tobytes() == expected.x.tobytes()
        assert result.status.tolist() == expected.status.tolist()
    by_pointer = curve_fit_batch(ratio, T, y, START, loss=least, f_scale=0.1, engine="numba")
    assert by_pointer.x.tobytes() == expected.x.tobytes()


@pytest.mark.parametrize(
    ("loss", "error", "words"),
    [
        (lambda z: z, ValueError, r"value of `loss` callable has wrong shape. It must be \(3, 17\); got \(17,\)"),
        (lambda z: 1j * soft(z), TypeError, "loss must return real numbers; it returned dtype complex128"),
        (lambda z: 1 / 0, ZeroDivisionError, "division by zero"),
        (3, ValueError, "loss must be 'linear', .*got 3"),
    ],
)
def test_errors(batch: Batch, loss: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        batch(ratio, T, rows(3), START, loss=loss)


def test_errors_of_an_engine() -> None:
    pytest.importorskip("numba")

    @ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)
    def other(m: int) -> int:
        return 0

    y = rows(3)
    with pytest.raises(TypeError, match=r"numba cannot compile loss '<lambda>'.*np\.stack.*engine='numpy'"):
        curve_fit_batch(ratio, T, y, START, loss=lambda z: np.array([z, z, z]), engine="numba")
    with pytest.raises(TypeError, match="loss must be a Python function, as numba compiles it"):
        curve_fit_batch(ratio, T, y, START, loss=functools.partial(soft), engine="numba")
    with pytest.raises(TypeError, match=r"loss must be compiled as int \(int m, const double \*z, double \*rho\)"):
        curve_fit_batch(ratio, T, y, START, loss=other, engine="numba")
    with pytest.raises(TypeError, match="loss must be a Python function, unless"):
        curve_fit_batch(ratio, T, y, START, loss=other)


def test_a_loss_that_fails_in_compiled_code_stops_its_fit() -> None:
    pytest.importorskip("numba")

    def rising(z: Any) -> Any:
        if z.max() > 1e3:
            raise ValueError
        return np.stack((z, np.ones_like(z), np.zeros_like(z)))

    y = rows(3)
    y[1, 3] = 100.0
    result = curve_fit_batch(ratio, T, y, START, loss=rising, engine="numba")
    assert result.status[1] == minpack.STOPPED_BY_FUNCTION
    assert result.success[[0, 2]].all()
