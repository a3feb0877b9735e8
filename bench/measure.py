"""Both sides of a comparison, timed in turn: many short rounds, of which the median ratio counts.

A machine that changes its speed leaves the ratio of two times that were taken one after the other alone. The clock is
that of the thread, so that what else the machine does counts little; only what runs in several threads is timed by the
clock on the wall. The times in the table are medians, too.
"""

import timeit
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter, thread_time

import numpy as np
from numpy.typing import NDArray

SLICE = 4e-3  # seconds a side and round, where one call takes less
ROW = 3.0  # seconds a row, where that is enough for the fewest rounds
ROUNDS = range(7, 102)  # the fewest and the most

Work = Callable[[], object]


@dataclass
class Row:
    """One line of the table."""

    peer: str
    what: str
    ours: float  # seconds a fit
    theirs: float
    ratio: float  # theirs / ours
    aim: float | None  # what the ratio should be at least; None where all that is meant is to know it


def in_turn(*sides: Work, threads: bool = False) -> NDArray[np.float64]:
    """Seconds a call of each side, (rounds, sides)."""
    timers = [timeit.Timer(side, timer=perf_counter if threads else thread_time) for side in sides]
    counts, a_round = [], 0.0
    for side, timer in zip(sides, timers, strict=True):
        side()  # what is compiled or loaded at first is no part of this
        once = min(timer.repeat(3, 1))
        counts.append(max(1, int(SLICE / once)))
        a_round += counts[-1] * once
    rounds = min(max(int(ROW / a_round), ROUNDS[0]), ROUNDS[-1])
    jobs = list(zip(timers, counts, strict=True))
    return np.array([[timer.timeit(count) / count for timer, count in jobs] for _ in range(rounds)])


def compare(
    peer: str, what: str, aim: float | None, ours: Work, theirs: Work, fits: tuple[int, int] = (1, 1),
    threads: bool = False,
) -> Row:  # fmt: skip
    """Time both sides in turn, seconds a fit: `fits` are made in one call of ours and of theirs."""
    times = in_turn(ours, theirs, threads=threads) / fits
    return Row(peer, what, *np.median(times, axis=0).tolist(), float(np.median(times[:, 1] / times[:, 0])), aim)


def rounded(ratio: float) -> str:
    """As many digits as mean something."""
    return f"{ratio:.{2 if ratio < 1.0 else 1 if ratio < 10.0 else 0}f}"
