"""What fits from many starts found."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._counted import counted

_SAME = 1e-5  # relative difference of sums of squares up to which they are of one minimum


class Minima(NamedTuple):
    """The minima that fits from many starts found, by their sums of squares.

    Attributes
    ----------
    starts : int
        Number of fits.
    converged : int
        How many of them converged.
    chi_squares : tuple of float
        The sum of squares of each minimum, the least first.
    counts : tuple of int
        How many fits ended in each.
    """

    starts: int
    converged: int
    chi_squares: tuple[float, ...]
    counts: tuple[int, ...]

    def __str__(self) -> str:
        ends = f"{self.converged} of {self.starts} converged"
        if not self.counts:
            return ends
        text = f"{ends}, the best minimum found {counted(self.counts[0], 'time')}"
        if len(self.counts) == 1:
            return f"{text}, no other"
        best, second = self.chi_squares[:2]
        ratio = f"{second / best:.4g} times its" if best > 0.0 and second / best < 1e6 else f"{second:.4g} as"
        return f"{text}; {counted(len(self.counts) - 1, 'other')}, the next with {ratio} chi-square"


def minima_of(cost: NDArray[np.float64], success: NDArray[np.bool_]) -> Minima:
    """Count fits that ended with the same sum of squares; `cost` is half of it."""
    found = np.sort(2.0 * cost[success])
    chi_squares: list[float] = []
    counts: list[int] = []
    rounding = 1e-20 * float(np.max(found, initial=0.0))  # exact data leave nothing but rounding
    for value in found.tolist():
        if chi_squares and value <= chi_squares[-1] * (1.0 + _SAME) + rounding:
            counts[-1] += 1
        else:
            chi_squares.append(value)
            counts.append(1)
    return Minima(len(cost), int(success.sum()), tuple(chi_squares), tuple(counts))
