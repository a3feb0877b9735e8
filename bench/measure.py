"""Time both sides of a comparison in turn: many short rounds, whose median ratio counts.

If the machine changes its speed, the ratio of two times taken one after the other stays the same. The thread's clock
excludes most other work on the machine; only code that runs in several threads is timed by the wall clock. The times in
the table are medians, too.
"""

import timeit
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter, thread_time

import numpy as np
from numpy.typing import NDArray

SLICE = 4e-3  # seconds per side and round, if one call takes less
ROW = 3.0  # seconds per row, if that is enough for the fewest rounds
ROUNDS = range(7, 102)  # the fewest and the most

Work = Callable[[], object]


@dataclass
class Row:
    """One line of the table."""

    peer: str
    what: str
    ours: float  # seconds per fit
    theirs: float
    ratio: float  # theirs / ours
    aim: float | None  # the smallest acceptable ratio; None if the row is only for information
    shown: tuple[str, str] | None = None  # in the picture: ours, and theirs, in words; None if it is not in it


def in_turn(*sides: Work, threads: bool = False) -> NDArray[np.float64]:
    """Seconds per call of each side, (rounds, sides)."""
    timers = [timeit.Timer(side, timer=perf_counter if threads else thread_time) for side in sides]
    counts, a_round = [], 0.0
    for side, timer in zip(sides, timers, strict=True):
        side()  # the first call may compile or load something, and is not timed
        once = min(timer.repeat(3, 1))
        counts.append(max(1, int(SLICE / once)))
        a_round += counts[-1] * once
    rounds = min(max(int(ROW / a_round), ROUNDS[0]), ROUNDS[-1])
    jobs = list(zip(timers, counts, strict=True))
    return np.array([[timer.timeit(count) / count for timer, count in jobs] for _ in range(rounds)])


def compare(
    peer: str, what: str, aim: float | None, ours: Work, theirs: Work, fits: tuple[int, int] = (1, 1),
    threads: bool = False, shown: tuple[str, str] | None = None,
) -> Row:  # fmt: skip
    """Time both sides in turn, in seconds per fit: one call of ours and one of theirs make `fits` fits."""
    times = in_turn(ours, theirs, threads=threads) / fits
    return Row(peer, what, *np.median(times, axis=0).tolist(), float(np.median(times[:, 1] / times[:, 0])), aim,
               shown)  # fmt: skip


def rounded(ratio: float) -> str:
    """A ratio with only its significant digits."""
    return f"{ratio:.{2 if ratio < 1.0 else 1 if ratio < 10.0 else 0}f}"
