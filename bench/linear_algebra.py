"""Compare the QR factorization with netlib's, with LAPACK's, and with the limit set by memory; print one table.

netlib's qrfac comes from Debian's package libminpack1; LAPACK's dgeqp3 comes from SciPy, on one thread. All factor the
same random matrix, in turn, in one process. The memory limit is the time for all passes over the live columns at the
rate at which this machine reads and writes an array of the matrix's size: one read for the norms and one for the first
products, then one read and one write for each reflection except the first, together about 8 n**2 m bytes.

Run as `python bench/linear_algebra.py [largest number of elements]`, by default 2e7; 7e7 takes 2 GB of memory.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy and SciPy are loaded

import ctypes
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.linalg import lapack

from minpack import _core

sys.path.append(str(Path(__file__).resolve().parent.parent / "tests"))

from measure import Row
from oracles import NETLIB, by_reference, machine

ROWS = (1_000, 20_000, 100_000, 200_000, 1_000_000)
COLUMNS = (3, 4, 5, 8, 16, 32, 64)
SECONDS = 1.0  # of work per size, roughly


@dataclass
class Factorization:
    """One size, times in seconds."""

    m: int
    n: int
    ours: float
    theirs: float  # netlib's qrfac
    ratio: float  # theirs / ours, the median over the rounds
    lapack: float  # dgeqp3
    limit: float  # the time that memory takes to move the data

    @property
    def aim(self) -> float:
        """The smallest acceptable ratio."""
        return 2.0 if self.n >= 8 else 1.3


def clock(function: Callable[[], object]) -> float:
    """Seconds of this thread, which exclude other work on the machine."""
    start = time.thread_time()
    function()
    return time.thread_time() - start


def bandwidth(size: int) -> tuple[float, float]:
    """Bytes per second at which one thread reads, and reads and writes, an array of that many elements."""
    array = np.ones(size)
    repeats = max(1, 1_000_000 // size)
    reads, both = [], []
    for _ in range(7):
        reads.append(clock(lambda: [array.max() for _ in range(repeats)]) / repeats)
        both.append(clock(lambda: [np.negative(array, out=array) for _ in range(repeats)]) / repeats)
    return 8 * size / min(reads), 16 * size / min(both)


def traffic(m: int, n: int) -> tuple[float, float]:
    """Bytes that are only read, and bytes that are read and written, with one pass over memory per reflection."""
    updated = sum(range(n - 1)) + n  # the columns after each pivot except the first, and each pivot
    return 8.0 * m * (n + n - 1), 16.0 * m * updated


def compare(m: int, n: int) -> Factorization:
    """Factor one matrix of m rows and n columns by each side in turn, and check that the two MINPACKs agree."""
    assert NETLIB is not None
    original = np.random.default_rng(m + n).standard_normal((n, m))
    ours, theirs, theirs_too = (np.empty_like(original) for _ in range(3))
    ipvt, vectors, mach = np.zeros(n, dtype=np.int32), np.zeros((3, n)), machine("netlib")
    # prepared in advance: for small matrices this would take as long as the call
    qrfac = ctypes.CFUNCTYPE(None)(_core.routines["qrfac"])
    for_ours = [m, n, *by_reference(ours, ipvt, *vectors), ctypes.byref(mach)]
    for_theirs = by_reference(m, n, theirs, m, 1, ipvt, n, *vectors)
    lwork = 2 * n + 64 * (n + 1)

    def by_lapack() -> None:
        lapack.dgeqp3(theirs_too.T, lwork=lwork, overwrite_a=1)

    sides = [
        (ours, lambda: qrfac(*for_ours)),
        (theirs, lambda: NETLIB.qrfac_(*for_theirs)),
        (theirs_too, by_lapack),
    ]
    rounds: list[list[float]] = []
    while len(rounds) < 3 or (len(rounds) < 200 and np.sum(rounds) < SECONDS):
        rounds.append([])
        for array, factor in sides:
            array[:] = original
            rounds[-1].append(clock(factor))
        if len(rounds) == 1:
            assert ours.tobytes() == theirs.tobytes(), (m, n)
    times = np.array(rounds)
    reading, updating = bandwidth(m * n)
    read, updated = traffic(m, n)
    return Factorization(
        m,
        n,
        *times[:, :2].min(axis=0).tolist(),
        ratio=float(np.median(times[:, 1] / times[:, 0])),
        lapack=float(times[:, 2].min()),
        limit=read / reading + updated / updating,
    )


def factorizations(largest: float = 2e7) -> list[Factorization]:
    """All sizes up to that many elements; none if netlib's library is not installed."""
    if NETLIB is None:
        return []
    return [compare(m, n) for m in ROWS for n in COLUMNS if n < m and m * n <= largest]


def rows() -> list[Row]:
    """A few sizes, for the table of `make bench`."""
    if NETLIB is None:
        return []
    sizes = [compare(m, n) for m, n in ((1_000, 5), (20_000, 64), (100_000, 16))]
    return [
        *(Row("netlib", f"QR of {s.m:,} x {s.n}", s.ours, s.theirs, s.ratio, s.aim) for s in sizes),
        *(Row("LAPACK", f"QR of {s.m:,} x {s.n}, dgeqp3", s.ours, s.lapack, s.lapack / s.ours, None) for s in sizes),
    ]


def main() -> None:
    """Print the table."""
    if NETLIB is None:
        sys.exit("netlib's MINPACK is not installed (Debian: libminpack1): there is nothing to compare with")
    print(f"{'':46}{'minpack':>11}{'netlib':>12}{'ratio':>7}{'aim':>5}", end="")
    print(f"{'dgeqp3':>12}{'ratio':>7}{'memory':>11}{'of ours':>8}")
    for row in factorizations(*map(float, sys.argv[1:2])):
        what = f"QR of {row.m:,} x {row.n}, against netlib's qrfac"
        print(
            f"{what:46}{row.ours * 1e3:>8.3f} ms{row.theirs * 1e3:>9.3f} ms{row.ratio:>7.2f}{row.aim:>5.3g}"
            f"{row.lapack * 1e3:>9.3f} ms{row.lapack / row.ours:>7.2f}"
            f"{row.limit * 1e3:>8.3f} ms{row.limit / row.ours:>8.0%}",
            flush=True,
        )


if __name__ == "__main__":
    main()
