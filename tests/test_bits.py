"""Whole fits, bit for bit: against netlib's library and SciPy if they are installed, and against stored answers."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import nist_models
import oracles
import problems
import stored
from stored import CASES

needs_netlib = pytest.mark.skipif(
    oracles.NETLIB is None, reason="libminpack is not installed, or not for x86-64: the stored answers do the checking"
)
needs_scipy = pytest.mark.skipif(
    not oracles.SCIPY, reason="SciPy 1.18 or later is not installed: the stored answers do the checking"
)

SETS = nist_models.load()


def same(ours: oracles.Run, theirs: oracles.Run) -> None:
    """Fail where anything differs, by its name."""
    mine, other = ours.bits(), theirs.bits()
    assert [name for name in mine if mine[name] != other[name]] == []


@pytest.mark.filterwarnings("ignore:the fit ended at the start:UserWarning")
@pytest.mark.any_python
@needs_netlib
@pytest.mark.parametrize("name", CASES)
def test_netlib(name: str) -> None:
    problem, factor = CASES[name]
    x0 = problem.start(factor)
    for kind in oracles.KINDS:
        for option in oracles.OPTIONS:
            options = oracles.options_for(option, problem.n)
            ours = oracles.fit_minpack(kind, problem.func, problem.jac, x0, "netlib", **options)
            same(ours, oracles.fit_netlib(kind, problem.func, problem.jac, x0, **options))


@pytest.mark.filterwarnings("ignore:the fit ended at the start:UserWarning")
@needs_scipy
@pytest.mark.parametrize("name", CASES)
def test_scipy(name: str) -> None:
    problem, factor = CASES[name]
    x0 = problem.start(factor)
    for kind in ("lmdif", "lmder"):
        for option in oracles.OPTIONS:
            options = oracles.options_for(option, problem.n)
            ours = oracles.fit_minpack(kind, problem.func, problem.jac, x0, "scipy", **options)
            same(ours, oracles.fit_scipy(kind, problem.func, problem.jac, x0, **options))


@pytest.mark.parametrize("start", [0, 1])
@pytest.mark.parametrize("name", SETS)
def test_nist(name: str, start: int) -> None:
    """All 54 runs; if neither oracle is installed, by lmder and lmstr reaching the same minimum."""
    data = SETS[name]
    with np.errstate(all="ignore"):
        for option in ("default", "tight"):
            for kind in oracles.KINDS:
                fit = (kind, data.residual, data.jac, data.starts[start])
                options = oracles.OPTIONS[option]
                if oracles.NETLIB is not None:
                    same(oracles.fit_minpack(*fit, "netlib", **options), oracles.fit_netlib(*fit, **options))
                if oracles.SCIPY and kind != "lmstr":
                    same(oracles.fit_minpack(*fit, "scipy", **options), oracles.fit_scipy(*fit, **options))
        der, rows = (
            oracles.fit_minpack(kind, data.residual, data.jac, data.starts[start], "scipy", **oracles.OPTIONS["tight"])
            for kind in ("lmder", "lmstr")
        )
    if der.ier in (1, 2, 3) and rows.ier in (1, 2, 3):
        # Lanczos1 fits to the last digit of its data: what is left of the sum of squares is rounding.
        assert np.sum(rows.fvec**2) == pytest.approx(np.sum(der.fvec**2), rel=1e-6, abs=1e-18)


@pytest.mark.filterwarnings("ignore:the fit ended at the start:UserWarning")
@pytest.mark.parametrize("reference", ["scipy", "netlib"])
def test_stored_answers(reference: str) -> None:
    """Problems of + - * / sqrt have the same bits on any machine, so what the oracles gave once must come here."""
    seen: Counter[int] = Counter()
    for name, run, answer in stored.fits(reference):
        assert run.stored() == answer, name
        seen[run.ier] += 1
    assert set(seen) == {1, 2, 3, 4, 5, 6, 7, 8}  # 0 has no bits to compare; test_leastsq reaches it
    assert set(stored.answers("fits")[reference]) == {name for name, (problem, _) in CASES.items() if problem.exact}


def test_references_differ() -> None:
    """Else the choice between them would be an empty one."""
    both = stored.answers("fits")
    lmdif = [
        (both["scipy"][case][key], both["netlib"][case][key])
        for case in both["scipy"]
        for key in both["scipy"][case]
        if key.startswith("lmdif") and key in both["netlib"][case]
    ]
    assert sum(a != b for a, b in lmdif) > len(lmdif) / 2


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(1000, 10**9),
    kind=st.sampled_from(oracles.KINDS),
    tolerance=st.sampled_from([0.0, 1e-16, 1e-12, 1e-8, 1e-3]),
    gtol=st.sampled_from([0.0, 1e-10, 1e-4]),
    factor=st.sampled_from([0.1, 1.0, 10.0, 100.0]),
    maxfev=st.sampled_from([0, 1, 7, 50]),
)
def test_random_problems(seed: int, kind: str, tolerance: float, gtol: float, factor: float, maxfev: int) -> None:
    """Whatever is drawn: lmdif, lmder and lmstr equal the oracles that are here, and count their calls right."""
    problem = problems.random_problem(seed)
    options = {"ftol": tolerance, "xtol": tolerance, "gtol": gtol, "factor": factor, "maxfev": maxfev}
    fit = (kind, problem.func, problem.jac, problem.x0)
    for reference in ("scipy", "netlib"):
        run = oracles.fit_minpack(*fit, reference, **options)
        assert (run.nfev, run.njev) == (len(run.points), len(run.jacobian_points))
        assert np.linalg.norm(run.fvec) <= np.linalg.norm(problem.func(problem.x0))
        if reference == "netlib" and oracles.NETLIB is not None:
            same(run, oracles.fit_netlib(*fit, **options))
        if reference == "scipy" and oracles.SCIPY and kind != "lmstr":
            same(run, oracles.fit_scipy(*fit, **options))
