"""Bounded fits within code that numba compiles: the bits of `least_squares`."""

import ctypes
from typing import Any

import numpy as np
import pytest

import minpack
from support.rows import T, data, ratio, ratio_jac

numba = pytest.importorskip("numba")

from minpack.numba import least_squares, loss_type, residual_type  # noqa: E402

M = T.size
INF = np.inf


@numba.cfunc(residual_type)
def residuals(ctx: Any, m: Any, n: Any, x: Any, fvec: Any) -> Any:
    p, y, out = numba.carray(x, n), numba.carray(ctx, m), numba.carray(fvec, m)
    if y[0] == 99.0:
        return 1
    for i in range(m):
        t = 0.25 * i
        out[i] = p[0] / (1.0 + p[1] * p[1] * t) + p[2] * t - y[i]
    return 0


@numba.cfunc(residual_type)
def slopes(ctx: Any, m: Any, n: Any, x: Any, fjac: Any) -> Any:
    p, out = numba.carray(x, n), numba.carray(fjac, (n, m))
    for i in range(m):
        t = 0.25 * i
        below = 1.0 + p[1] * p[1] * t
        out[0, i], out[1, i], out[2, i] = 1.0 / below, -2.0 * p[0] * p[1] * t / (below * below), t + 0.0 * p[0]
    return 0


RESIDUALS, SLOPES = residuals.address, slopes.address


@numba.njit
def fit_rows(rows: Any, start: Any, lower: Any, upper: Any, jac: Any, method: Any, loss: Any, f_scale: Any) -> Any:
    x = np.empty((len(rows), 3))
    ends = np.empty((len(rows), 2), dtype=np.int32)
    for k in range(len(rows)):
        x[k] = start
        status, nfev = least_squares(
            RESIDUALS, x[k], rows.shape[1], rows[k], lower, upper, jac, method, loss, f_scale
        )
        ends[k, 0], ends[k, 1] = status, nfev
    return x, ends


@pytest.mark.filterwarnings("ignore:the fit ended away from the minimum")  # as dogbox does within the narrow bounds
@pytest.mark.parametrize("loss", ["linear", "huber", "soft_l1", "cauchy", "arctan"])
@pytest.mark.parametrize("method", ["trf", "dogbox"])
def test_bits_of_the_single_fit(method: str, loss: str) -> None:
    y, start = data(5), np.array([1.0, 1.0, 0.05])
    on_bounds = 0
    for lower, upper in (([-INF] * 3, [INF] * 3), ([0.0] * 3, [2.5, 1.1, 0.1]), ([-3.0] * 3, [1.0, 30.0, 3.0])):
        for jac in (0, SLOPES):
            x, ends = fit_rows(y, start, np.array(lower), np.array(upper), jac, method, loss, 0.1)
            for k, row in enumerate(y):
                one = minpack.least_squares(
                    lambda p, row=row: ratio(T, *p) - row, start,
                    (lambda p: np.column_stack(ratio_jac(T, *p))) if jac else "2-point",
                    (lower, upper), method=method, loss=loss, f_scale=0.1,
                )  # fmt: skip
                assert x[k].tobytes() == one.x.tobytes()
                assert ends[k].tolist() == [one.status, one.nfev]
                on_bounds += abs(one.active_mask).sum()
    assert on_bounds > 5


@numba.cfunc(loss_type)
def welsch(m: Any, z: Any, rho: Any) -> Any:
    squares, out = numba.carray(z, m), numba.carray(rho, (3, m))
    for i in range(m):
        if squares[i] > 1e6:
            return 1
        out[0, i] = 1.0 - np.exp(-squares[i])
        out[1, i] = 1.0 - out[0, i]
        out[2, i] = -out[1, i]
    return 0


def welsch_of(z: Any) -> Any:
    rho = np.empty((3, z.size))
    to_doubles = ctypes.POINTER(ctypes.c_double)
    assert welsch.ctypes(z.size, z.ctypes.data_as(to_doubles), rho.ctypes.data_as(to_doubles)) == 0
    return rho


@pytest.mark.parametrize("method", ["trf", "dogbox"])
def test_a_loss_that_is_a_function(method: str) -> None:
    y, start = data(5), np.array([1.0, 1.0, 0.05])
    lower, upper = np.array([-3.0] * 3), np.array([1.0, 30.0, 3.0])
    differ = 0
    for jac in (0, SLOPES):
        x, ends = fit_rows(y, start, lower, upper, jac, method, welsch.address, 0.5)
        plain, _ = fit_rows(y, start, lower, upper, jac, method, "linear", 0.5)
        for k, row in enumerate(y):
            one = minpack.least_squares(
                lambda p, row=row: ratio(T, *p) - row, start,
                (lambda p: np.column_stack(ratio_jac(T, *p))) if jac else "2-point",
                (lower, upper), method=method, loss=lambda z: welsch_of(np.ascontiguousarray(z)), f_scale=0.5,
            )  # fmt: skip
            assert x[k].tobytes() == one.x.tobytes()
            assert ends[k].tolist() == [one.status, one.nfev]
            differ += x[k].tobytes() != plain[k].tobytes()
    assert differ == 2 * len(y)


def test_a_loss_stops_the_fit() -> None:
    y = data(1) * 1e9
    x, ends = fit_rows(y, np.ones(3), np.full(3, -INF), np.full(3, INF), 0, "trf", welsch.address, 1.0)
    assert ends[0].tolist() == [-1, 1]
    assert x[0].tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("method", ["trf", "dogbox"])
def test_x_may_be_one_of_the_bounds(method: str) -> None:
    """It changes during the fit, and its bound must not."""
    y, ends = data(1)[0], []
    for is_bound in (False, True):
        x = np.array([1.0, 0.5, 0.0])
        lower = x if is_bound else x.copy()
        ends.append((least_squares(RESIDUALS, x, M, y, lower, np.full(3, 9.0), method=method), x.tolist()))
    assert ends[0] == ends[1]


def test_no_loss_at_address_0() -> None:
    with pytest.raises(ValueError, match="loss must be a name or the address of a function; got 0"):
        fit_rows(data(1), np.ones(3), np.full(3, -INF), np.full(3, INF), 0, "trf", 0, 1.0)


def status_of(
    first: float | None = None, start: float = 1.0, upper: float = 9.0, method: str = "trf", loss: str = "linear",
    f_scale: float = 1.0,
) -> int:  # fmt: skip
    rows = data(1)
    if first is not None:
        rows[0, 0] = first
    _, ends = fit_rows(rows, np.full(3, start), np.full(3, -9.0), np.full(3, upper), 0, method, loss, f_scale)
    return int(ends[0, 0])


def test_what_is_wrong_is_a_status_or_an_error() -> None:
    assert status_of() > 0
    assert status_of(first=np.nan) == minpack.NOT_FINITE_AT_START
    assert status_of(start=10.0) == minpack.START_OUT_OF_BOUNDS
    assert status_of(upper=-9.0) == minpack.BAD_BOUNDS
    assert status_of(first=99.0) == minpack.STOPPED_BY_FUNCTION
    with pytest.raises(ValueError, match="method must be"):
        status_of(method="lm")
    with pytest.raises(ValueError, match="loss must be"):
        status_of(loss="l2")
    with pytest.raises(ValueError, match="f_scale must be"):
        status_of(f_scale=0.0)
    with pytest.raises(numba.TypingError, match="lower must be a float64 array in C order"):
        fit_rows(np.ones((1, M)), np.ones(3), np.ones(3, dtype=int), np.ones(3), 0, "trf", "linear", 1.0)
