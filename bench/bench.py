"""Measure what a fit costs, against SciPy in the same process, and print one table of ratios.

The sides take turns, many short rounds; the figure is the median of the rounds' ratios, which a machine that changes
its speed leaves alone. The times are medians, too. Run with `make bench`.
"""

import subprocess
import sys
import timeit
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import lmfit
import numpy as np
import scipy
import xarray as xr
from scipy import optimize

import minpack
import minpack.xarray

ROUNDS = 101
SLICE = 4e-3  # seconds a side and round
BATCH_ROUNDS = 9


@dataclass
class Row:
    """One line of the table."""

    what: str
    ours: float  # seconds a fit
    theirs: float
    ratio: float  # theirs / ours
    aim: float  # what the ratio should be at least


def compare(
    what: str, aim: float, ours: Callable[[], object], theirs: Callable[[], object], fits: int = 1, rounds: int = ROUNDS
) -> Row:
    """Time both sides in turn; what takes longer than a slice itself, in fewer rounds."""
    tries = min(20, rounds)
    counts = [max(1, int(SLICE * tries / timeit.timeit(f, number=tries))) for f in (ours, theirs)]
    sides = list(zip((ours, theirs), counts, strict=True))
    times = np.array([[timeit.timeit(f, number=n) / (n * fits) for f, n in sides] for _ in range(rounds)])
    return Row(what, *np.median(times, axis=0), ratio=float(np.median(times[:, 1] / times[:, 0])), aim=aim)


def overhead() -> list[Row]:
    """`leastsq` where the function costs nothing: it returns an array that is ready (m = 50, n = 3)."""
    ready, x0 = np.ones(50), np.ones(3)

    def func(x: np.ndarray) -> np.ndarray:
        return ready

    return [
        compare(
            f"leastsq(f, x0{', full_output=True' if full else ''}), f returns a ready array",
            8.0 if full else 3.0,
            lambda full=full: minpack.leastsq(func, x0, full_output=full),
            lambda full=full: optimize.leastsq(func, x0, full_output=full),
        )
        for full in (False, True)
    ]


def decay(t: np.ndarray, a: float, b: float, c: float) -> np.ndarray:
    return a * np.exp(-b * t) + c


def exponential() -> list[Row]:
    """A real fit: three parameters, 50 points, NumPy's exp in the model, which both sides pay for."""
    t = np.linspace(0.0, 4.0, 50)
    y = decay(t, 2.5, 1.3, 0.5) + np.random.default_rng(0).normal(scale=0.05, size=t.size)
    x0 = np.ones(3)

    def residuals(x: np.ndarray) -> np.ndarray:
        return x[0] * np.exp(-x[1] * t) + x[2] - y

    model = lmfit.Model(decay)
    return [
        compare(
            "leastsq, exponential with 50 points",
            1.0,
            lambda: minpack.leastsq(residuals, x0),
            lambda: optimize.leastsq(residuals, x0),
        ),
        compare(
            "curve_fit, exponential with 50 points",
            2.0,
            lambda: minpack.curve_fit(decay, t, y, x0),
            lambda: optimize.curve_fit(decay, t, y, x0),
        ),
        compare(
            "the same, against lmfit's Model.fit",
            15.0,
            lambda: minpack.curve_fit(decay, t, y, x0),
            lambda: model.fit(y, t=t, a=1.0, b=1.0, c=1.0),
        ),
    ]


def xarrays() -> list[Row]:
    """The same fit 400 times in a DataArray, both with xarray's own work of taking it apart and putting it together."""
    t, rng = np.linspace(0.0, 4.0, 50), np.random.default_rng(0)
    truth = rng.uniform([2.0, 0.8, 0.2], [3.0, 1.8, 0.8], size=(20, 20, 3))
    y = decay(t, *np.moveaxis(truth[..., None], 2, 0)) + rng.normal(scale=0.05, size=(20, 20, t.size))
    data = xr.DataArray(y, dims=("row", "column", "t"), coords={"t": t})
    return [
        compare(
            "curvefit of a DataArray, 400 fits, a fit",
            10.0,
            lambda: data.minpack.curvefit("t", decay),
            lambda: data.curvefit("t", decay),
            fits=y.size // t.size,
            rounds=15,
        )
    ]


BATCH = 20_000
PART = 300  # fits of it that the loops of single fits are timed with


def compare_batch(what: str, aim: float, ours: Callable[[], object], theirs: Callable[[], object], part: int) -> Row:
    """Time both sides in turn, seconds a fit: ours runs all of the batch, theirs `part` fits of it."""
    ours(), theirs()  # what is compiled or loaded at first is no part of this
    rounds = np.array(
        [[timeit.timeit(ours, number=1) / BATCH, timeit.timeit(theirs, number=1) / part] for _ in range(BATCH_ROUNDS)]
    )
    return Row(what, *np.median(rounds, axis=0), ratio=float(np.median(rounds[:, 1] / rounds[:, 0])), aim=aim)


def spot(x: np.ndarray, a: float, x0: float, y0: float, s: float, b: float) -> np.ndarray:
    """A Gaussian spot on a background; x holds the two coordinates."""
    return a * np.exp(-0.5 * ((x[0] - x0) ** 2 + (x[1] - y0) ** 2) / (s * s)) + b


def spot_jac(x: np.ndarray, a: float, x0: float, y0: float, s: float, b: float) -> tuple[np.ndarray, ...]:
    """Its derivatives by the five parameters."""
    dx, dy = x[0] - x0, x[1] - y0
    e = np.exp(-0.5 * (dx * dx + dy * dy) / (s * s))
    scaled = a * e / (s * s)
    return e, scaled * dx, scaled * dy, scaled * (dx * dx + dy * dy) / s, 1.0


def batches() -> list[Row]:
    """Many small fits: the decay by forward differences, and a spot of 5x5 pixels with its derivatives."""
    rng = np.random.default_rng(1)
    t = np.linspace(0.0, 4.0, 50)
    p = rng.uniform([2.0, 0.8, 0.2], [3.0, 1.8, 0.8], size=(BATCH, 3))
    y = decay(t, *(p[:, j : j + 1] for j in range(3))) + rng.normal(scale=0.05, size=(BATCH, t.size))
    x0 = np.ones(3)

    def decays(**kwargs: object) -> Callable[[], object]:
        return lambda: minpack.curve_fit_batch(decay, t, y, x0, **kwargs)

    def scipy_decays() -> None:
        for row in y[:PART]:
            optimize.curve_fit(decay, t, row, x0)

    pixels = np.stack(np.meshgrid(np.arange(5.0), np.arange(5.0))).reshape(2, 25)
    q = rng.uniform([80.0, 1.5, 1.5, 0.9, 5.0], [120.0, 2.5, 2.5, 1.3, 15.0], size=(BATCH, 5))
    images = spot(pixels[:, None], *(q[:, j : j + 1] for j in range(5))) + rng.normal(scale=2.0, size=(BATCH, 25))
    start = np.array([100.0, 2.0, 2.0, 1.0, 10.0])

    def scipy_spots() -> None:
        for row in images[:PART]:
            optimize.leastsq(lambda p, row=row: spot(pixels, *p) - row, start)

    def spots() -> object:
        return minpack.curve_fit_batch(spot, pixels, images, start, jac=spot_jac, engine="numba")

    return [
        compare_batch("batch of decays, engine numpy, against curve_fit", 10.0, decays(), scipy_decays, PART),
        compare_batch(
            "batch of decays, engine numba, against curve_fit", 25.0, decays(engine="numba"), scipy_decays, PART
        ),
        compare_batch("batch of 5x5 spots with jac, numba, against leastsq", 60.0, spots, scipy_spots, PART),
        compare_batch(
            "batch of decays, numba, 2 workers against 1",
            1.7,
            decays(engine="numba", workers=2),
            decays(engine="numba"),
            BATCH,
        ),
        compare_batch("batch of decays, numpy, 2 workers against 1", 1.7, decays(workers=2), decays(), BATCH),
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
    print(f"{'':58}{'minpack':>12}{'theirs':>12}{'ratio':>8}{'aim':>6}")
    for row in overhead() + exponential() + xarrays() + batches():
        print(f"{row.what:58}{row.ours * 1e6:>9.2f} us{row.theirs * 1e6:>9.2f} us{row.ratio:>8.1f}{row.aim:>6.3g}")
    ours, theirs = import_cost("minpack"), import_cost("scipy.optimize")
    what = "import, beyond import numpy (aim: at most 10 ms)"
    print(f"{what:58}{ours:>9.1f} ms{theirs:>9.1f} ms{theirs / ours:>8.1f}")


if __name__ == "__main__":
    main()
