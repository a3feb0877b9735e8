"""Each routine of the core against the same routine of netlib's library, and against stored digests of its answers."""

import ctypes
from fractions import Fraction

import numpy as np
import pytest

import stored
from core_routines import (
    MACH,
    ROUTINES,
    SEEDS,
    Array,
    Draw,
    assert_equals_netlib,
    canonical,
    digest,
    has_avx2,
)
from minpack import _core
from oracles import NETLIB, machine, routine


@pytest.mark.skipif(NETLIB is None, reason="libminpack is not installed, or not for x86-64: digests do the checking")
@pytest.mark.parametrize("name", ROUTINES)
def test_routine_equals_netlib(name: str) -> None:
    assert_equals_netlib(name)


@pytest.mark.parametrize("name", ROUTINES)
def test_routine_equals_stored_answers(name: str) -> None:
    assert digest(name) == stored.answers("routines")[name]


def nasty_columns(draw: Draw, rows: int, columns: int) -> Array:
    """As `draw.matrix`, and now and then with a component that is not finite, or tiny, or huge."""
    a = draw.matrix(rows, columns)
    if draw.integer(0, 2) == 0:
        value = [np.nan, np.inf, 1e-300, 1e-30, 1e200, 5e-324][draw.integer(0, 5)]
        a[draw.integer(0, columns - 1), draw.integer(0, rows - 1)] = value
    return a


class Lane(ctypes.Structure):
    _fields_ = [
        ("rows", ctypes.c_int), ("columns", ctypes.c_void_p), ("stride", ctypes.c_ssize_t),
        *[(name, ctypes.c_void_p) for name in ("minus", "vector", "h")],
    ]  # fmt: skip


def lanes_of(columns: list[Array], minus: list[Array] | None, h: list[Array] | None) -> Array:
    """The argument of fill_lanes, as bytes, for matrices whose last columns are the vectors."""
    kept = [(c, None if minus is None else minus[k], None if h is None else h[k]) for k, c in enumerate(columns)]
    return np.frombuffer(b"".join(
        Lane(c.shape[1], c.ctypes.data, c.shape[1], None if y is None else y.ctypes.data, c[-1].ctypes.data,
             None if s is None else s.ctypes.data)
        for c, y, s in kept
    ), dtype=np.uint8).copy()  # fmt: skip


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
        h = [draw.positive(n, 3) for _ in range(lanes)]
        columns = [nasty_columns(draw, count, n + 1) for count in rows]
        minus = [draw.vector(count, 3) for count in rows]
        kind = seed % 4  # Jacobians, residuals at moved points, both with and without something to subtract
        fill = lanes_of(columns, minus if kind % 2 else None, h if kind >= 2 else None)
        a, acnorm = np.full((n + 1, m, lanes), np.nan), np.zeros((n, lanes))
        routine(f"fill_lanes{processor}")(m, n, fill, a, acnorm)
        differences = np.zeros((n, m, lanes))
        for lane, count in enumerate(rows):
            with np.errstate(all="ignore"):
                left = columns[lane][:n] - (minus[lane] if kind % 2 else 0.0)
                if kind >= 2:
                    left = (left - columns[lane][n]) / h[lane][:, None]
            differences[:, :count, lane] = left
            assert canonical(a[n, :, lane]) == canonical(np.append(columns[lane][n], np.zeros(m - count)))
        assert canonical(a[:n]) == canonical(differences)
        ipvt = np.zeros((n, lanes), dtype=np.int32)
        with np.errstate(all="ignore"):
            squares = np.add.accumulate(a[:n] * a[:n], axis=1)[:, -1]  # each sum in index order
        assert canonical(acnorm) == canonical(squares)
        rdiag, wa, column = np.zeros((n, lanes)), np.zeros((2 * n + 1, lanes)), np.zeros(m)
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
