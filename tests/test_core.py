"""Each routine of the core against the same routine of netlib's library, and against stored digests of its answers."""

import ctypes
import hashlib
import random
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import stored
from oracles import NETLIB, by_reference, machine, routine

Array = NDArray[np.float64]
Pair = tuple[list[Any], list[Any]]  # the outputs of ours and of theirs
MACH = machine("netlib")
SEEDS = range(150)


class Draw:
    """Random and nasty numbers from the one method of `random` whose values Python promises to keep."""

    def __init__(self, seed: int) -> None:
        self.unit = random.Random(seed).random

    def integer(self, low: int, high: int) -> int:
        return low + int(self.unit() * (high - low + 1))

    def number(self, reach: int = 0) -> float:
        return (2.0 * self.unit() - 1.0) * 2.0 ** self.integer(-reach, reach)

    def vector(self, n: int, reach: int = 0) -> Array:
        return np.array([self.number(reach) for _ in range(n)])

    def positive(self, n: int, reach: int = 0) -> Array:
        return np.abs(self.vector(n, reach)) + 2.0**-reach

    def matrix(self, rows: int, columns: int) -> Array:
        """Fortran's (rows, columns), as an array (columns, rows); with bad scales, zeros and dependent columns."""
        a = np.array([self.vector(rows, 3) * 2.0 ** self.integer(-40, 40) for _ in range(columns)])
        kind = self.integer(0, 6)
        if columns > 1 and kind < 4:
            j, k = self.integer(0, columns - 1), self.integer(0, columns - 1)
            a[j] = [0.0 * a[j], a[k], a[k] * (1.0 + 2.0**-40), a[j] * 2.0**500][kind]
        if kind == 4:
            a[:, self.integer(0, rows - 1)] *= 2.0**60  # what is left of each column after one step is small
        return a

    def triangle(self, n: int) -> Array:
        r = np.triu(self.matrix(n, n).T).T.copy()
        if self.integer(0, 3) == 0:
            r[self.integer(0, n - 1)] *= 0.0
        return r


def enorm(draw: Draw) -> Pair:
    n = draw.integer(0, 60)
    x = draw.vector(n, draw.integer(0, 3) * 320)
    if n and draw.integer(0, 4) == 0:
        x[draw.integer(0, n - 1)] = [0.0, np.inf, np.nan, 5e-324, 1e308][draw.integer(0, 4)]
    ours = routine("enorm", ctypes.c_double)(n, x, MACH)
    theirs = None
    if NETLIB is not None:
        NETLIB.enorm_.restype = ctypes.c_double
        theirs = NETLIB.enorm_(*by_reference(n, x))
    return [np.float64(ours)], [] if theirs is None else [np.float64(theirs)]


def qrfac(draw: Draw) -> Pair:
    n = draw.integer(1, 9)
    m = draw.integer(n, 40)
    a = draw.matrix(m, n)
    ours = [a.copy(), np.zeros(n, dtype=np.int32), np.zeros(n), np.zeros(n), np.zeros(n)]
    routine("qrfac")(m, n, *ours, MACH)
    theirs = [a.copy(), np.zeros(n, dtype=np.int32), np.zeros(n), np.zeros(n), np.zeros(n)]
    if NETLIB is not None:
        NETLIB.qrfac_(*by_reference(m, n, theirs[0], m, 1, theirs[1], n, *theirs[2:]))
    return ours, theirs


def qrsolv(draw: Draw) -> Pair:
    n = draw.integer(1, 9)
    ldr = n + draw.integer(0, 3)
    r = np.zeros((n, ldr))
    r[:, :n] = draw.triangle(n)
    ipvt = np.array(sorted(range(1, n + 1), key=lambda _: draw.unit()), dtype=np.int32)
    diag, qtb = draw.vector(n, 20), draw.vector(n, 20)
    if draw.integer(0, 2) == 0:
        diag[draw.integer(0, n - 1)] = 0.0
    ours = [r.copy(), np.zeros(n), np.zeros(n), np.zeros(n)]
    routine("qrsolv")(n, ours[0], ldr, ipvt, diag, qtb, *ours[1:])
    theirs = [r.copy(), np.zeros(n), np.zeros(n), np.zeros(n)]
    if NETLIB is not None:
        NETLIB.qrsolv_(*by_reference(n, theirs[0], ldr, ipvt, diag, qtb, *theirs[1:]))
    return ours, theirs


def lmpar(draw: Draw) -> Pair:
    n = draw.integer(1, 9)
    r = draw.triangle(n)
    ipvt = np.array(sorted(range(1, n + 1), key=lambda _: draw.unit()), dtype=np.int32)
    diag, qtb = draw.positive(n, 20), draw.vector(n, 20)
    delta, par = abs(draw.number(60)) + 2.0**-70, max(0.0, draw.number(10))
    both = [[r.copy(), np.array([par]), *np.zeros((4, n))] for _ in range(2)]
    ours, theirs = both
    routine("lmpar")(n, ours[0], n, ipvt, diag, qtb, delta, *ours[1:], MACH)
    if NETLIB is not None:
        NETLIB.lmpar_(*by_reference(n, theirs[0], n, ipvt, diag, qtb, delta, *theirs[1:]))
    return ours[:3], theirs[:3]  # of the scratch only what both define


def rwupdt(draw: Draw) -> Pair:
    n = draw.integer(1, 9)
    r, w, b, alpha = draw.triangle(n), draw.vector(n, 20), draw.vector(n, 20), draw.number(20)
    if draw.integer(0, 2) == 0:
        w[draw.integer(0, n - 1)] = 0.0
    both = [[r.copy(), w, b.copy(), np.array([alpha]), np.zeros(n), np.zeros(n)] for _ in range(2)]
    ours, theirs = both
    routine("rwupdt")(n, ours[0], n, *ours[1:])
    if NETLIB is not None:
        NETLIB.rwupdt_(*by_reference(n, theirs[0], n, *theirs[1:]))
    return ours, theirs


def fdjac2(draw: Draw) -> Pair:
    n = draw.integer(1, 6)
    m = draw.integer(n, 12)
    a, x = draw.matrix(n, m), draw.vector(n, 200)  # a: (m, n)
    x[draw.integer(0, n - 1)] *= [0.0, 1.0][draw.integer(0, 1)]
    epsfcn = [0.0, -1.0, 2.0**-52, 1e-6][draw.integer(0, 3)]

    def residuals(point: Any, out: Any) -> None:
        p, f = np.ctypeslib.as_array(point, (n,)), np.ctypeslib.as_array(out, (m,))
        for i in range(m):
            value = 0.0
            for j in range(n):
                value += float(a[i, j]) * float(p[j]) * float(p[j])
            f[i] = value

    pointer = ctypes.POINTER(ctypes.c_double)
    integer = ctypes.POINTER(ctypes.c_int)

    @ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_int, pointer, pointer)
    def for_ours(_ctx: Any, _m: int, _n: int, point: Any, out: Any) -> int:
        residuals(point, out)
        return 0

    @ctypes.CFUNCTYPE(None, integer, integer, pointer, pointer, integer)
    def for_theirs(_m: Any, _n: Any, point: Any, out: Any, _flag: Any) -> None:
        residuals(point, out)

    fvec = np.zeros(m)
    residuals(x.ctypes.data_as(pointer), fvec.ctypes.data_as(pointer))
    ours, theirs = ([x.copy(), np.zeros((n, m))] for _ in range(2))
    wa, stop = np.zeros(m), ctypes.c_int()
    routine("fdjac2")(for_ours, None, m, n, ours[0], fvec, ours[1], epsfcn, wa, MACH, ctypes.byref(stop))
    assert stop.value == 0
    if NETLIB is not None:
        NETLIB.fdjac2_(for_theirs, *by_reference(m, n, theirs[0], fvec, theirs[1], m, 0, epsfcn, wa))
    return ours, theirs


def chkder(draw: Draw) -> Pair:
    n, m = draw.integer(1, 6), draw.integer(1, 12)
    x, fjac = draw.vector(n, 20), draw.matrix(m, n)
    x[draw.integer(0, n - 1)] *= [0.0, 1.0][draw.integer(0, 1)]
    fvec = draw.vector(m, 5)
    fvecp = fvec + 2.0**-26 * (np.abs(x) @ fjac) * (1.0 + 2.0 ** -draw.integer(1, 40))
    if draw.integer(0, 2) == 0:
        fvecp[draw.integer(0, m - 1)] = 0.0
    both = [[np.zeros(n), np.zeros(m)] for _ in range(2)]
    for mode in (1, 2):
        routine("chkder")(m, n, x, fvec, fjac, m, both[0][0], fvecp, mode, both[0][1], MACH)
        if NETLIB is not None:
            NETLIB.chkder_(*by_reference(m, n, x, fvec, fjac, m, both[1][0], fvecp, mode, both[1][1]))
    return both[0], both[1]


# log10 in chkder is the C library's, so that its digest is not that of any machine: it is not stored.
ROUTINES: dict[str, Callable[[Draw], Pair]] = {
    f.__name__: f for f in (enorm, qrfac, qrsolv, lmpar, rwupdt, fdjac2, chkder)
}
STORED = [name for name in ROUTINES if name != "chkder"]


def canonical(array: Any) -> bytes:
    """The bytes, with one NaN for all NaN: their sign and payload are the processor's."""
    array = np.asarray(array)
    return (np.where(np.isnan(array), np.nan, array) if array.dtype == np.float64 else array).tobytes()


@pytest.mark.skipif(NETLIB is None, reason="libminpack is not installed, or not for x86-64: digests do the checking")
@pytest.mark.parametrize("name", ROUTINES)
def test_routine_equals_netlib(name: str) -> None:
    for seed in range(10 * len(SEEDS)):
        ours, theirs = ROUTINES[name](Draw(seed))
        assert [canonical(a) for a in ours] == [canonical(a) for a in theirs], seed


def digest(name: str) -> str:
    """Of the routine's answers to all SEEDS."""
    total = hashlib.sha256()
    for seed in SEEDS:
        for array in ROUTINES[name](Draw(seed))[0]:
            total.update(canonical(array))
    return total.hexdigest()


@pytest.mark.parametrize("name", STORED)
def test_routine_equals_stored_answers(name: str) -> None:
    assert digest(name) == stored.answers("routines")[name]


def test_chkder_tells_right_from_wrong() -> None:
    x, fjac = np.array([3.0, 2.0]), np.array([[6.0, 2.0], [1.0, 3.0]])  # f = (x^2 + y, x y), column after column
    xp, err = np.zeros(2), np.zeros(2)

    def f(p: Array) -> Array:
        return np.array([p[0] * p[0] + p[1], p[0] * p[1]])

    check = routine("chkder")
    check(2, 2, x, f(x), fjac, 2, xp, f(x), 1, err, MACH)
    check(2, 2, x, f(x), fjac, 2, xp, f(xp), 2, err, MACH)
    assert (err > 0.5).all()
    fjac[0, 1] = -2.0
    check(2, 2, x, f(x), fjac, 2, xp, f(xp), 2, err, MACH)
    assert err[0] > 0.5
    assert err[1] < 0.1


@pytest.mark.parametrize("seed", range(40))
def test_covar_inverts(seed: int) -> None:
    """covar against the exact inverse of R'R in rational numbers, within the bound that cov_x promises."""
    draw = Draw(seed)
    n = draw.integer(1, 6)
    r = np.triu(np.array([draw.vector(n) for _ in range(n)]))
    r[np.diag_indices(n)] += np.sign(np.diag(r)) * 0.5
    ipvt = np.array(sorted(range(1, n + 1), key=lambda _: draw.unit()), dtype=np.int32)
    out, wa = r.T.copy(), np.zeros(n)
    routine("covar")(n, out, n, ipvt, 0.0, wa)

    exact = [[Fraction(int(i == j)) for j in range(n)] for i in range(n)]  # becomes inverse(R), by back substitution
    for j in range(n):
        for i in range(n - 1, -1, -1):
            known = sum((Fraction(r[i, k]) * exact[k][j] for k in range(i + 1, n)), Fraction(0))
            exact[i][j] = (exact[i][j] - known) / Fraction(r[i, i])
    cov = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            cov[ipvt[i] - 1, ipvt[j] - 1] = sum((exact[i][k] * exact[j][k] for k in range(n)), Fraction(0))
    condition = np.linalg.cond(r / np.abs(r).max(axis=0))
    sizes = np.sqrt(np.outer(np.diag(cov), np.diag(cov)))
    assert (np.abs(out - cov) <= 2 * condition * 2.0**-52 * sizes).all()
    assert (out == out.T).all()


def test_covar_drops_dependent_parameters() -> None:
    r = np.array([[2.0, 1.0, 1.0], [0.0, 4.0, 1.0], [0.0, 0.0, 1e-12]])
    out, wa = r.T.copy(), np.zeros(3)
    routine("covar")(3, out, 3, np.array([3, 1, 2], dtype=np.int32), 1e-9, wa)
    expected = np.zeros((3, 3))
    expected[np.ix_([2, 0], [2, 0])] = np.linalg.inv(r[:2, :2].T @ r[:2, :2])
    np.testing.assert_allclose(out, expected, rtol=1e-14)


@pytest.mark.parametrize("reference", ["scipy", "netlib"])
def test_machine_parameters(reference: str) -> None:
    """The figures of the two references, in hexadecimal."""
    expected = {
        "scipy": ["0x1p-52", "0x1p-1022", (0.5 / 2**63.5).hex(), (2**63.5).hex()],
        "netlib": ["0x1.0000000004cbfp-52", "0x1.0000000006531p-1022", (3.834e-20).hex(), (1.304e19).hex()],
    }
    mach = machine(reference)
    values = [mach.epsmch, mach.dwarf, mach.rdwarf, mach.rgiant]
    assert values == [float.fromhex(value) for value in expected[reference]]
