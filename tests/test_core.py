"""Each routine of the core against the same routine of netlib's library, and against stored digests of its answers."""

import ctypes
import hashlib
import random
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import stored
from minpack import _core
from oracles import NETLIB, by_reference, machine, new_fit, routine

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

    def large_matrix(self, rows: int, columns: int) -> Array:
        """The same for many rows, by NumPy (the generator splitmix64), and nastier."""
        z = np.arange(1, rows * columns + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z += np.uint64(int(self.unit() * 2**53))
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            z = (z ^ (z >> np.uint64(shift))) * np.uint64(factor)
        a = ((z >> np.uint64(11)).astype(float) * 2.0**-52 - 1.0).reshape(columns, rows)
        of_columns = np.array([self.unit() for _ in range(columns)])
        j, k, i = self.integer(0, columns - 1), self.integer(0, columns - 1), self.integer(0, rows)
        kind = self.integer(0, 13)
        if kind == 0:
            a = np.sign(a)  # ties between pivots
        elif kind == 1:
            a[of_columns < 0.4] = 0.0
        elif kind == 2:
            a[:] = a[(of_columns * (1 + columns // 3)).astype(int)]  # of low rank
        elif kind == 3:
            a = a[j] + a * 2.0 ** -self.integer(10, 60)  # nearly so: norms are computed afresh
        elif kind == 4:
            a = np.ldexp(a, (of_columns[:, None] * 160 - 80).astype(int))
        elif kind == 5:
            a *= 2.0 ** [-1070, -600, -70, -60, 40, 55, 63, 200][self.integer(0, 7)]  # all around enorm's bounds
        elif kind == 6:
            a[:, :i] *= 2.0 ** [-1070, -60, -35][self.integer(0, 2)]
        elif kind == 7:
            a[:, :i] = 0.0
        elif kind == 8:
            a[:, i:] = -0.0
        elif kind == 9:
            a = np.ldexp(a, -np.minimum(np.abs(np.arange(rows) - i), 900))  # a peak and its tails
        elif kind == 10:
            a[j, min(i, rows - 1)] = [2.0**600, 2.0**-600, 2.0**64, 2.0**-65, 5e-324][self.integer(0, 4)]
        elif kind == 11:
            a[k] = -2.0 * a[j]
        return np.ascontiguousarray(a)

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


def linearize(draw: Draw) -> Pair:
    """qrfac and Q'fvec where rows and columns are many: at all edges of the parts that they are worked on in."""
    n = 515 if draw.integer(0, 400) == 0 else [1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 16, 33][draw.integer(0, 11)]
    edge = [0, 32, 64, 512, 2048, 4096][draw.integer(0, 5 if n < 10 else 4 if n < 100 else 0)]
    if draw.integer(0, 100) == 0:
        n, edge = 6, 32768
    m = max(n, edge + draw.integer(-2, n + 2))
    a, fvec = draw.large_matrix(m, n), draw.large_matrix(m, 1)[0]
    ours = [a.copy(), np.zeros(n, dtype=np.int32), np.zeros(n), np.zeros(n), np.zeros(n)]
    routine("qrfac")(m, n, *ours, MACH)
    fjac, ipvt, qtf = a.copy(), np.zeros(n, dtype=np.int32), np.zeros(n)
    arrays = {"fvec": fvec, "fjac": fjac, "ipvt": ipvt, "qtf": qtf, "x": np.zeros(n), "diag": np.ones(n)}
    constants = {name: getattr(MACH, name) for name, _ in MACH._fields_}
    fit, _kept = new_fit(arrays, m=m, n=n, ldfjac=m, factor=100.0, mode=2, iter=1, fnorm=1.0, task=1, **constants)
    routine("step")(fit)

    theirs = [a.copy(), np.zeros(n, dtype=np.int32), np.zeros(n), np.zeros(n), np.zeros(n)]
    if NETLIB is not None:
        NETLIB.qrfac_(*by_reference(m, n, theirs[0], m, 1, theirs[1], n, *theirs[2:]))
    r, f = theirs[0][:, :n].T.copy(), fvec.copy()
    with np.errstate(all="ignore"):
        for j in range(n):
            v = theirs[0][j, j:]
            if v[0] != 0.0:
                total = np.add.accumulate(np.append(0.0, v * f[j:]))[-1]  # in index order
                f[j:] += v * (-total / v[0])
            r[j, j] = theirs[2][j]
    # below R's diagonal lmpar has been at work
    return [*ours, np.triu(fjac[:, :n].T), ipvt, qtf], [*theirs, np.triu(r), theirs[1], f[:n]]


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
    routine("fdjac2")(for_ours, None, m, n, ours[0], fvec, ours[1], epsfcn, MACH, ctypes.byref(stop))
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
    f.__name__: f for f in (enorm, qrfac, linearize, qrsolv, lmpar, rwupdt, fdjac2, chkder)
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
    """A digest of the routine's answers to all SEEDS."""
    total = hashlib.sha256()
    for seed in SEEDS:
        for array in ROUTINES[name](Draw(seed))[0]:
            total.update(canonical(array))
    return total.hexdigest()


@pytest.mark.parametrize("name", STORED)
def test_routine_equals_stored_answers(name: str) -> None:
    assert digest(name) == stored.answers("routines")[name]


def has_avx2() -> bool:
    cpuinfo = Path("/proc/cpuinfo")
    return not cpuinfo.exists() or "avx2" in cpuinfo.read_text()


def nasty_columns(draw: Draw, rows: int, columns: int) -> Array:
    """As `draw.matrix`, and now and then with a component that is not finite, or tiny, or huge."""
    a = draw.matrix(rows, columns)
    if draw.integer(0, 2) == 0:
        value = [np.nan, np.inf, 1e-300, 1e-30, 1e200, 5e-324][draw.integer(0, 5)]
        a[draw.integer(0, columns - 1), draw.integer(0, rows - 1)] = value
    return a


def applied(columns: Array, vector: Array) -> list[float]:
    """Q'vector with the Householder vectors in the columns, each sum in index order."""
    out = vector.tolist()
    for j, v in enumerate(columns.tolist()):
        if v[j] == 0.0:
            continue
        total = 0.0
        for i in range(j, len(out)):
            total += v[i] * out[i]
        for i in range(j, len(out)):
            out[i] -= v[i] * (total / v[j])
    return out[: len(columns)]


@pytest.mark.parametrize("reference", ["scipy", "netlib"])
@pytest.mark.parametrize("processor", [name[11:] for name in _core.routines if name.startswith("qrfac_lanes")])
def test_lanes_equal_single_problems(reference: str, processor: str) -> None:
    if processor == "_avx2" and not has_avx2():
        pytest.skip("this processor has no AVX2")
    lanes, mach = 4, machine(reference)
    for seed in range(2 * len(SEEDS)):
        draw = Draw(seed)
        n = draw.integer(1, 8)
        rows = np.array([draw.integer(n, n + 12) for _ in range(lanes)], dtype=np.int32)
        m = int(rows.max())
        a, h = np.zeros((n + 1, m, lanes)), np.array([draw.positive(n, 3) for _ in range(lanes)]).T.copy()
        for lane, count in enumerate(rows):
            a[:, :count, lane] = nasty_columns(draw, count, n + 1)
        with np.errstate(all="ignore"):
            differences = (a[:n] - a[n]) / h[:, None]
        routine(f"difference_lanes{processor}")(m, n, h, a)
        assert canonical(a[:n]) == canonical(differences)
        ipvt = np.zeros((n, lanes), dtype=np.int32)
        rdiag, acnorm, wa, column = *np.zeros((3, n, lanes)), np.zeros(m)
        vectors = a[n].copy()
        routine(f"qrfac_lanes{processor}")(m, n, rows, a, ipvt, rdiag, acnorm, wa, column, mach)
        for lane, count in enumerate(rows):
            single = differences[:, :count, lane].copy()
            pivots, diagonal, norms, scratch = np.zeros(n, dtype=np.int32), *np.zeros((3, n))
            routine("qrfac")(int(count), n, single, pivots, diagonal, norms, scratch, mach)
            upper = np.triu_indices(n, 1)  # [j, i] with i < j: what is above R's diagonal
            ours = [ipvt[:, lane], rdiag[:, lane], acnorm[:, lane], a[upper[1], upper[0], lane], a[n, :n, lane]]
            theirs = [pivots, diagonal, norms, single[upper[1], upper[0]], applied(single, vectors[:count, lane])]
            assert [canonical(v) for v in ours] == [canonical(v) for v in theirs], (seed, lane)


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
