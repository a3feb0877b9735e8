"""Each routine of the core against the same routine of netlib's library, and against stored digests of its answers."""

from fractions import Fraction

import numpy as np
import pytest

import stored
from core_routines import (
    MACH,
    ROUTINES,
    Array,
    Draw,
    assert_equals_netlib,
    digest,
)
from oracles import NETLIB, machine, routine


@pytest.mark.any_python
@pytest.mark.skipif(NETLIB is None, reason="libminpack is not installed, or not for x86-64: digests do the checking")
@pytest.mark.parametrize("name", ROUTINES)
def test_routine_equals_netlib(name: str) -> None:
    assert_equals_netlib(name)


@pytest.mark.parametrize("name", ROUTINES)
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


@pytest.mark.parametrize(("excess", "shortened"), [(1.0, False), (1.02, True)])
def test_a_step_is_taken_as_it_is_if_it_exceeds_the_bound_by_a_tenth(excess: float, shortened: bool) -> None:
    r, par, x = np.ones((1, 1)), np.zeros(1), np.zeros(1)
    ipvt, qtb = np.ones(1, dtype=np.int32), np.array([10.0 + excess])
    routine("lmpar")(1, r, 1, ipvt, np.ones(1), qtb, 10.0, par, x, *np.zeros((3, 1)), MACH)
    assert (par[0] > 0.0, x[0] < qtb[0]) == (shortened, shortened)
