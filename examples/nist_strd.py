"""Fit all 27 nonlinear sets of NIST's Statistical Reference Datasets, and print how many digits are correct.

    python examples/nist_strd.py [PICTURE]

Each set is fitted from both of NIST's starts, with forward differences and with the analytic Jacobian, at the default
tolerances of `leastsq`. The picture needs matplotlib; the table does not.
"""

import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

import minpack
import nist_models
from nist_models import Dataset, log_relative_error

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "build" / "nist_strd.png"
PANELS = {  # labels of the axes, from NIST's descriptions
    "Gauss3": ("x", "y"),
    "Thurber": ("logarithm of the density", "electron mobility"),
    "Kirby2": ("x", "y"),
    "ENSO": ("time (months)", "pressure difference"),
    "Chwirut1": ("metal distance", "ultrasonic response"),
    "Eckerle4": ("wavelength", "transmittance"),
    "MGH17": ("x", "y"),
    "Roszman1": ("excited energy state", "quantum defects"),
    "Rat43": ("growing time", "dry weight"),
}
VISIBLE = 2.1  # of the range of the data: a start that reaches farther would leave no room for the fit

ENOUGH = 4.0  # digits that make a run good, to NIST's users
ROUNDS = 3  # the table shows the fastest
TIGHT = {"ftol": 1e-15, "xtol": 1e-15, "gtol": 1e-15}


@dataclass(frozen=True)
class Run:
    """One fit of one set, compared with the certified results."""

    data: Dataset
    start: int  # 1 is the far one, 2 the near one
    analytic: bool
    x: np.ndarray
    digits: float  # in agreement with the certified parameters, the minimum over them
    sd_digits: float | None  # the same for their standard deviations
    nfev: int
    njev: int | None
    ier: int
    seconds: float


def fit(data: Dataset, start: int, analytic: bool, **tolerances: float) -> Run:
    seconds = np.inf
    for _ in range(ROUNDS):
        before = time.perf_counter()
        x, cov, info, _, ier = minpack.leastsq(
            data.residual,
            data.starts[start - 1],
            Dfun=data.jac if analytic else None,
            full_output=True,
            **tolerances,
        )
        seconds = min(seconds, time.perf_counter() - before)

    sd_digits = None
    if cov is not None:
        variance = info["fvec"] @ info["fvec"] / (data.y.size - x.size)
        sd = np.sqrt(np.diag(cov) * variance)
        sd_digits = log_relative_error(sd, data.certified_sd).min()
    digits = log_relative_error(x, data.certified).min()
    return Run(data, start, analytic, x, digits, sd_digits, info["nfev"], info.get("njev"), ier, seconds)


# ---- the table


def print_table(runs: list[Run]) -> None:
    by_key = {(run.data.name, run.start, run.analytic): run for run in runs}
    print("                  forward differences               analytic Jacobian")
    print("                  digits                            digits")
    print("set       start   param    sd   nfev  ier      ms   param    sd   nfev   njev  ier      ms")
    for difficulty in ("lower", "average", "higher"):
        names = sorted({run.data.name for run in runs if run.data.difficulty == difficulty})
        print(f"-- {difficulty} difficulty ".ljust(90, "-"))
        for name, start in product(names, (1, 2)):
            difference, analytic = by_key[name, start, False], by_key[name, start, True]
            print(f"{name if start == 1 else '':<9} {start:>5}   {cells(difference)}   {cells(analytic)}")


def cells(run: Run) -> str:
    calls = f"{run.nfev:>6}" if run.njev is None else f"{run.nfev:>6} {run.njev:>6}"
    return f"{shown(run.digits):>5} {shown(run.sd_digits):>5} {calls} {run.ier:>4} {1e3 * run.seconds:>7.2f}"


def shown(digits: float | None) -> str:
    """One decimal, rounded down, so that 3.97 does not count as 4."""
    return "-" if digits is None else f"{np.floor(10.0 * digits) / 10.0:.1f}"


# ---- the summary


def print_summary(runs: list[Run], tight: list[Run]) -> None:
    print()
    print("                                               runs   4 digits   6 digits   total time")
    for tolerances, some in (("default tolerances", runs), ("tolerances 1e-15", tight)):
        for kind, analytic in (("forward differences", False), ("analytic Jacobian", True)):
            mine = [run for run in some if run.analytic == analytic]
            four, six = (sum(run.digits >= digits for run in mine) for digits in (ENOUGH, 6.0))
            total = 1e3 * sum(run.seconds for run in mine)
            print(f"{tolerances:<21}{kind:<23}{len(mine):>7}{four:>11}{six:>11}{total:>10.0f} ms")

    short = [(run, after) for run, after in zip(runs, tight, strict=True) if run.digits < ENOUGH]
    print()
    print(f"{len(short)} runs end with fewer than 4 digits. The same runs of SciPy 1.18's leastsq do, to the last bit:")
    print("MINPACK takes this path from these starts, and nothing here is tuned to hide it.")
    for run, after in short:
        kind = "Jacobian" if run.analytic else "differences"
        print(f"  {run.data.name:<9} start {run.start}, {kind:<11}  {shown(run.digits)} digits: {reason(run, after)}")


def reason(run: Run, after: Run) -> str:
    if run.ier == 5:
        return f"still moving when it reached the default limit of calls, after {run.nfev}"
    if after.digits >= ENOUGH:
        return f"the default tolerances ended it early; with 1e-15 it reaches {shown(after.digits)}"
    if run.digits < 1.0:
        return "the first step went too far, into a region where the model is flat"
    return f"ended early; with 1e-15 it reaches {shown(after.digits)}"


# ---- the picture


def draw(runs: list[Run], path: Path) -> None:
    """Write the fits of `PANELS`: data, start and fit above, residuals below."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    plt.rcParams.update(
        {
            "font.size": 8.5,
            "legend.fontsize": 10,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.edgecolor": "#8a8f98",
            "xtick.color": "#5c6370",
            "ytick.color": "#5c6370",
        }
    )
    figure = plt.figure(figsize=(12, 9.4), dpi=150)
    grid = figure.add_gridspec(3, 3, left=0.06, right=0.985, top=0.885, bottom=0.055, wspace=0.24, hspace=0.4)
    figure.text(0.06, 0.965, "NIST StRD nonlinear regression, fitted by minpack.leastsq", fontsize=15, weight="bold")
    figure.text(
        0.06,
        0.938,
        "Digits in which the worst parameter agrees with NIST's certified value; default tolerances, analytic Jacobian",
        fontsize=10,
        color="#5c6370",
    )
    handles: list[Any] = []
    for (name, (x_label, y_label)), cell in zip(PANELS.items(), grid, strict=True):
        good = (run for run in runs if run.data.name == name and run.analytic and run.digits >= 3.0)
        run = next(run for run in good if in_sight(run))
        above, below = cell.subgridspec(2, 1, height_ratios=(4, 1), hspace=0.06).subplots(sharex=True)
        handles = draw_panel(above, below, run)
        above.set_ylabel(y_label)
        below.set_xlabel(x_label)
    figure.legend(handles=handles, loc="upper right", bbox_to_anchor=(0.985, 0.985), ncols=4, frameon=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)
    plt.close(figure)


def in_sight(run: Run) -> bool:
    """Whether the curve of the start is near enough to the data to be drawn whole."""
    data = run.data
    curve = data.model(np.linspace(data.x.min(), data.x.max(), 800), data.starts[run.start - 1])
    share = (curve - data.y.min()) / np.ptp(data.y)
    return bool(share.min() > 1.0 - VISIBLE and share.max() < VISIBLE)


def draw_panel(above: Any, below: Any, run: Run) -> list[Any]:
    data, start = run.data, run.data.starts[run.start - 1]
    x = np.linspace(data.x.min(), data.x.max(), 800)
    few = data.y.size < 60
    size, alpha = (16, 0.9) if few else (7, 0.55)

    points = above.scatter(data.x, data.y, s=size, alpha=alpha, color="#3b6fb6", linewidth=0, label="data")
    (begin,) = above.plot(x, data.model(x, start), color="#8a8f98", lw=1.1, ls=(0, (4, 2)), label="start")
    (curve,) = above.plot(x, data.model(x, run.x), color="#d1495b", lw=1.8, label="fit")
    above.tick_params(axis="x", length=0, labelbottom=False)
    above.set_title(f"{run.data.name}: {shown(run.digits)} digits", loc="left", fontsize=11, weight="bold")
    m, n = data.y.size, run.x.size
    above.set_title(f"m = {m}, n = {n}, start {run.start}", loc="right", fontsize=8, color="#5c6370")

    left = data.y - data.model(data.x, run.x)
    below.axhline(0.0, color="#d1495b", lw=1.0)
    residuals = below.scatter(data.x, left, s=size / 2, alpha=alpha, color="#2a9d8f", linewidth=0, label="residuals")
    bound = 1.15 * np.abs(left).max()
    below.set_ylim(-bound, bound)
    tick = float(f"{0.6 * bound:.0e}")
    below.set_yticks([-tick, 0.0, tick], [f"\N{MINUS SIGN}{tick:g}", "0", f"{tick:g}"])
    return [points, begin, curve, residuals]


def fits(sets: Iterable[Dataset], **tolerances: float) -> list[Run]:
    runs = product(sets, (1, 2), (False, True))
    return [fit(data, start, analytic, **tolerances) for data, start, analytic in runs]


def main(picture: Path = PICTURE) -> None:
    sets = nist_models.load().values()
    runs = fits(sets)
    print_table(runs)
    print_summary(runs, fits(sets, **TIGHT))
    print()
    try:
        draw(runs, picture)
    except ModuleNotFoundError as missing:
        if missing.name != "matplotlib":
            raise
        print("No picture: matplotlib is not installed. It comes with: pip install matplotlib")
    else:
        print(f"Picture of nine fits: {picture}")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
