"""Measure what a fit costs, against SciPy in the same process, and print one table of ratios.

Each side runs in turn, many rounds; the figure is the ratio of the least times. Run with `make bench`.
"""

import subprocess
import sys
import timeit
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy
from scipy import optimize

import minpack

ROUNDS = 40


@dataclass
class Row:
    """One line of the table."""

    what: str
    ours: float  # seconds a call
    theirs: float
    aim: float  # the ratio theirs / ours that we want at least


def least_times(ours: Callable[[], object], theirs: Callable[[], object], rounds: int = ROUNDS) -> tuple[float, float]:
    """Seconds a call of each side, the least of many rounds in turn."""
    counts = [max(1, int(5e-3 * 50 / timeit.timeit(f, number=50))) for f in (ours, theirs)]  # 5 ms a round, warm
    best = [float("inf")] * 2
    for _ in range(rounds):
        for side, function in enumerate((ours, theirs)):
            best[side] = min(best[side], timeit.timeit(function, number=counts[side]) / counts[side])
    return best[0], best[1]


def overhead() -> list[Row]:
    """`leastsq` where the function costs nothing: it returns an array that is ready (m = 50, n = 3)."""
    ready, x0 = np.ones(50), np.ones(3)

    def func(x: np.ndarray) -> np.ndarray:
        return ready

    return [
        Row(
            f"leastsq(f, x0{', full_output=True' if full else ''}), f returns a ready array",
            *least_times(
                lambda full=full: minpack.leastsq(func, x0, full_output=full),
                lambda full=full: optimize.leastsq(func, x0, full_output=full),
            ),
            aim=8.0 if full else 3.0,
        )
        for full in (False, True)
    ]


def exponential() -> list[Row]:
    """A real fit: three parameters, 50 points, NumPy's exp in the residuals."""
    t = np.linspace(0.0, 4.0, 50)
    rng = np.random.default_rng(0)
    y = 2.5 * np.exp(-1.3 * t) + 0.5 + rng.normal(scale=0.05, size=t.size)

    def residuals(x: np.ndarray) -> np.ndarray:
        return x[0] * np.exp(-x[1] * t) + x[2] - y

    x0 = np.ones(3)
    return [
        Row(
            "leastsq(residuals, x0), exponential with 50 points",
            *least_times(lambda: minpack.leastsq(residuals, x0), lambda: optimize.leastsq(residuals, x0)),
            aim=1.0,
        )
    ]


def import_cost(module: str, rounds: int = 15) -> float:
    """Milliseconds that importing a module adds to importing NumPy, the least of many fresh interpreters."""
    code = f"import numpy, time; t = time.perf_counter(); import {module}; print((time.perf_counter() - t) * 1e3)"
    command = [sys.executable, "-c", code]
    runs = [subprocess.run(command, capture_output=True, text=True, check=True) for _ in range(rounds)]
    return min(float(run.stdout) for run in runs)


def main() -> None:
    """Print the table."""
    warnings.simplefilter("ignore", RuntimeWarning)
    versions = {"minpack": minpack.__version__, "SciPy": scipy.__version__, "NumPy": np.__version__}
    print(", ".join(f"{name} {version}" for name, version in versions.items()), "on Python", sys.version.split()[0])
    print(f"{'':58}{'minpack':>10}{'SciPy':>10}{'ratio':>8}{'aim':>6}")
    for row in overhead() + exponential():
        ratio = row.theirs / row.ours
        print(f"{row.what:58}{row.ours * 1e6:>7.2f} us{row.theirs * 1e6:>7.2f} us{ratio:>8.1f}{row.aim:>6.0f}")
    ours, theirs = import_cost("minpack"), import_cost("scipy.optimize")
    what = "import, beyond import numpy (aim: at most 10 ms)"
    print(f"{what:58}{ours:>7.1f} ms{theirs:>7.1f} ms{theirs / ours:>8.1f}")


if __name__ == "__main__":
    main()
