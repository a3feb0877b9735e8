"""Several problems side by side in lanes: each routine leaves the bits of the one for a single problem."""

import ctypes
from typing import Any

import numpy as np
import pytest

from core_routines import MACH, SEEDS, Array, Draw, canonical, has_avx2
from minpack import _core
from oracles import machine, new_fit, routine

LANES = 4
GRADIENT, TRIAL = 4, 2  # info, task


@pytest.fixture(params=[name[11:] for name in _core.routines if name.startswith("qrfac_lanes")])
def processor(request: pytest.FixtureRequest) -> str:
    """The end of the routines' names for a set of instructions."""
    if request.param == "_avx2" and not has_avx2():
        pytest.skip("this processor has no AVX2")
    return str(request.param)


def nasty_columns(draw: Draw, rows: int, columns: int) -> Array:
    """As `draw.matrix`, and now and then with a component that is not finite, or tiny, or huge, or with tails."""
    a = draw.matrix(rows, columns)
    if draw.integer(0, 2) == 0:  # of peaks, say: components on both sides of those that enorm scales
        a *= np.array([2.0 ** draw.integer(-140, 0) for _ in range(rows)])
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


@pytest.mark.any_python
@pytest.mark.parametrize("reference", ["scipy", "netlib"])
def test_lanes_equal_single_problems(reference: str, processor: str) -> None:
    lanes, mach = LANES, machine(reference)
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
        routine(f"fill_lanes{processor}")(m, n, fill, a, acnorm, mach)
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
        counted = np.where(np.abs(a[:n]) <= mach.rdwarf, 0.0, a[:n])
        with np.errstate(all="ignore"):
            squares = np.add.accumulate(counted * counted, axis=1)[:, -1]  # each sum in index order
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


@pytest.mark.any_python
@pytest.mark.parametrize("reference", ["scipy", "netlib"])
def test_norms_in_lanes_equal_enorm(reference: str, processor: str) -> None:
    mach = machine(reference)
    for seed in range(4 * len(SEEDS)):
        draw = Draw(seed)
        columns = [nasty_columns(draw, draw.integer(1, 30), 1) for _ in range(LANES)]
        with np.errstate(all="ignore"):
            columns[draw.integer(0, LANES - 1)] *= [1.0, 0.0, 2.0**-900, 2.0**700][draw.integer(0, 3)]
        m = max(column.shape[1] for column in columns)
        norms = np.zeros(LANES)
        routine(f"norm_lanes{processor}")(
            m, lanes_of(columns, None, None), np.full((m, LANES), np.nan), norms, np.zeros(m), mach
        )
        expected = [routine("enorm", ctypes.c_double)(c.shape[1], c[0].copy(), mach) for c in columns]
        assert canonical(norms) == canonical(np.array(expected)), seed


@pytest.mark.any_python
@pytest.mark.parametrize("reference", ["scipy", "netlib"])
def test_squares_in_lanes_are_of_components_that_enorm_does_not_scale(reference: str, processor: str) -> None:
    mach = machine(reference)
    near = np.array([np.nextafter(mach.rdwarf, 0.0), mach.rdwarf, np.nextafter(mach.rdwarf, 1.0), np.nan])
    squares = np.zeros(LANES)
    columns = [np.array([[value], [0.0]]) for value in near]
    routine(f"fill_lanes{processor}")(1, 1, lanes_of(columns, None, None), np.zeros((2, LANES)), squares, mach)
    assert canonical(squares) == canonical(np.array([0.0, 0.0, near[2] ** 2, np.nan]))


def drawn_fit(draw: Draw, n: int, mode: int, differences: int) -> tuple[dict[str, Array], dict[str, Any]]:
    """The arrays and scalars of a fit whose Jacobian has just been factored; now and then not an ordinary one."""
    r = draw.triangle(n) if draw.integer(0, 3) == 0 else np.triu(draw.vector(n * n, 2).reshape(n, n)).T.copy()
    arrays: dict[str, Any] = {
        "x": draw.vector(n, 5), "fjac": r, "qtf": draw.vector(n, [0, 20, 400][draw.integer(0, 2)]),
        "acnorm": draw.positive(n, 5), "diag": draw.positive(n, 5),
        "ipvt": np.array(sorted(range(1, n + 1), key=lambda _: draw.unit()), dtype=np.int32),
        "xtrial": np.zeros(n), "step": np.zeros(n),
    }  # fmt: skip
    kind = draw.integer(0, 12)
    if kind < 6:
        name = ["x", "qtf", "acnorm", "diag", "fjac", "acnorm"][kind]
        arrays[name].flat[draw.integer(0, n - 1) * (n + 1 if name == "fjac" else 1)] = [
            0.0, 0.0, 0.0, np.nan, np.inf, 1e300][kind]  # fmt: skip
    scalars = {
        "m": n, "n": n, "ldfjac": n, "mode": mode, "differences": differences, "factor": 100.0, "task": 1,
        "iter": draw.integer(1, 2), "fnorm": 0.0 if kind == 6 else 2.0 ** draw.integer(-3, 9), "nfev": 1,
        "gtol": [0.0, 0.05][draw.integer(0, 1)], "delta": 2.0 ** draw.integer(-6, 30), "par": abs(draw.number(3)),
        "xnorm": 1.0, **{name: getattr(MACH, name) for name, _ in MACH._fields_},
    }  # fmt: skip
    return arrays, scalars


@pytest.mark.any_python
def test_proposals_in_lanes_equal_single_ones(processor: str) -> None:
    seen = {"ends": 0, "direct": 0, "by lmpar": 0}
    for seed in range(6 * len(SEEDS)):
        draw = Draw(seed)
        n, m, taken = draw.integer(1, 7), draw.integer(7, 9), draw.integer(1, LANES)
        mode, differences = draw.integer(1, 2), draw.integer(0, 1)
        drawn = [drawn_fit(draw, n, mode, differences) for _ in range(taken)]
        gtol = drawn[0][1]["gtol"]
        a, rdiag, acnorm = np.zeros((n + 1, m, LANES)), np.zeros((n, LANES)), np.zeros((n, LANES))
        ipvt = np.ones((n, LANES), dtype=np.int32)
        ours, theirs, kept = [], [], []
        for lane in range(LANES):
            arrays, scalars = drawn[lane if lane < taken else 0]
            a[:n, :n, lane], a[n, :n, lane] = np.triu(arrays["fjac"].T, 1).T, arrays["qtf"]
            rdiag[:, lane], acnorm[:, lane] = np.diag(arrays["fjac"]), arrays["acnorm"]
            ipvt[:, lane] = arrays["ipvt"]
            for fits in (ours, theirs)[: 2 if lane < taken else 0]:
                copies = {name: array.copy() for name, array in arrays.items()}
                fit, memory = new_fit(copies, **{**scalars, "gtol": gtol})
                fits.append((fit, copies))
                kept.append(memory)
        for fit, _ in theirs:
            routine("propose")(fit)
        pointers = np.array([ours[lane if lane < taken else 0][0].ctypes.data for lane in range(LANES)])
        routine(f"propose_lanes{processor}")(
            m, taken, pointers, a, ipvt, rdiag, acnorm, np.zeros((4 * n, LANES)), np.zeros(n)
        )
        for (fit, arrays), (single, alone) in zip(ours, theirs, strict=True):
            scalars = [name for name in fit.dtype.names if name not in {*arrays, "fvec", "ftrial", "wa"}]
            assert [canonical(fit[name]) for name in scalars] == [canonical(single[name]) for name in scalars], seed
            assert canonical(arrays["diag"]) == canonical(alone["diag"]), seed
            if fit["task"] == TRIAL:
                for name in ("step", "xtrial"):
                    assert canonical(arrays[name]) == canonical(alone[name]), seed
            seen["ends" if fit["info"] == GRADIENT else "by lmpar" if fit["par"] > 0.0 else "direct"] += 1
    assert min(seen.values()) > 100, seen
