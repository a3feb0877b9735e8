"""How often the core's bounded fits go as SciPy's: `python tests/agreement.py --help`.

Compares status, nfev and njev of thousands of dense problems with scipy.optimize.least_squares, and x. SciPy's own
answers depend on the kernels that OpenBLAS picks for the processor; so SciPy runs twice, with two kernels, and the
measure is how often it agrees with itself. Losses leave less: with outliers SciPy's steps have errors of 1e-8, and
whether a step just stays within its bounds may turn on those.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import problems
from bounded_driver import LOSSES, METHODS, Array, fit
from minpack import leastsq

sys.path.append(str(Path(__file__).parent.parent / "examples"))
KERNELS = ("Haswell", "Nehalem")
LEAST = 0.975  # share of the fits in which SciPy agrees with itself; below that the program fails
BOUNDS = ("none", "wide", "half-open", "cut", "through x0")


@dataclass(frozen=True, eq=False)
class Problem:
    """Residuals with Jacobian, a start, and where a fit without bounds ends."""

    name: str
    kind: str  # "curves", "nist" or "mgh"
    fun: Callable[[Array], Array]
    jac: Callable[[Array], Array]
    x0: Array
    optimum: Array


@dataclass(frozen=True, eq=False)
class Case:
    problem: Problem
    how: str
    given: bool  # whether jac is a function
    options: dict[str, Any]


# ---- curves -----------------------------------------------------------------------------------------------------

Model = tuple[Callable[..., Array], Callable[..., list[Any]], tuple[float, ...], tuple[float, float]]


def peak(t: Array, a: float, b: float, c: float) -> Array:
    z = (t - b) / c
    return a * np.exp(-0.5 * z * z)


def peak_slopes(t: Array, a: float, b: float, c: float) -> list[Any]:
    z = (t - b) / c
    e = np.exp(-0.5 * z * z)
    return [e, a * e * z / c, a * e * z * z / c]


def logistic_slopes(t: Array, a: float, b: float, c: float) -> list[Any]:
    e = np.exp(-b * (t - c))
    return [1.0 / (1.0 + e), a * e * (t - c) / (1.0 + e) ** 2, -a * b * e / (1.0 + e) ** 2]


def lorentz_slopes(t: Array, a: float, b: float, c: float) -> list[Any]:
    z = (t - b) / c
    below = 1.0 + z * z
    return [1.0 / below, 2.0 * a * z / (c * below**2), 2.0 * a * z * z / (c * below**2)]


MODELS: dict[str, Model] = {  # model, its derivatives, true parameters, range of t
    "decay": (
        lambda t, a, b, c: a * np.exp(-b * t) + c,
        lambda t, a, b, c: [np.exp(-b * t), -a * t * np.exp(-b * t), np.ones_like(t)],
        (2.5, 1.3, 0.5),
        (0.0, 4.0),
    ),
    "peak": (peak, peak_slopes, (3.0, 1.0, 0.7), (-2.0, 4.0)),
    "lorentz": (lambda t, a, b, c: a / (1.0 + ((t - b) / c) ** 2), lorentz_slopes, (2.0, 0.5, 0.8), (-4.0, 4.0)),
    "logistic": (lambda t, a, b, c: a / (1.0 + np.exp(-b * (t - c))), logistic_slopes, (5.0, 1.5, 2.0), (-1.0, 6.0)),
    "saturation": (
        lambda t, a, b: a * t / (b + t),
        lambda t, a, b: [t / (b + t), -a * t / (b + t) ** 2],
        (4.0, 2.0),
        (0.1, 12.0),
    ),
    "sine": (
        lambda t, a, b, c, d: a * np.sin(b * t + c) + d,
        lambda t, a, b, c, d: [np.sin(b * t + c), a * t * np.cos(b * t + c), a * np.cos(b * t + c), np.ones_like(t)],
        (1.5, 2.0, 0.4, 0.7),
        (0.0, 6.0),
    ),
    "power": (
        lambda t, a, b, c: a * t**b + c,
        lambda t, a, b, c: [t**b, a * t**b * np.log(t), np.ones_like(t)],
        (1.2, 0.6, 0.3),
        (0.2, 9.0),
    ),
}


def curve(name: str, draw: random.Random) -> Problem:
    model, slopes, true, (low, high) = MODELS[name]
    m = draw.randint(len(true) + 2, 80)
    t = np.linspace(low, high, m)
    scale = np.array([v * draw.uniform(0.6, 1.6) for v in true])
    y = model(t, *scale)
    noise = draw.choice([0.01, 0.05, 0.1]) * float(np.abs(y).max())
    y = y + np.array([draw.gauss(0.0, noise) * (8.0 if draw.random() < 0.05 else 1.0) for _ in range(m)])
    x0 = np.array([v * draw.uniform(0.7, 1.4) for v in scale])
    return Problem(
        name, "curves", lambda x: model(t, *x) - y, lambda x: np.stack(slopes(t, *x), axis=1), x0, scale
    )  # fmt: skip


# ---- all of them ------------------------------------------------------------------------------------------------


def all_problems(draw: random.Random, share: float) -> Iterator[tuple[Problem, int]]:
    """Each problem, and in how many ways it is to be fitted."""
    import nist_models

    def ways(count: int) -> int:
        return max(1, round(count * share))

    for _ in range(ways(36)):
        for name in MODELS:
            yield curve(name, draw), 25
    for name, data in nist_models.load().items():
        for k, start in enumerate(data.starts):
            yield Problem(f"{name}_{k + 1}", "nist", data.residual, data.jac, start, data.certified), ways(40)
    for problem, factor in problems.mgh_runs():
        x0 = problem.start(factor)
        optimum = leastsq(problem.func, x0, Dfun=problem.jac, full_output=True)[0]
        optimum = np.where(np.isfinite(optimum), optimum, x0 + 1.0)
        yield Problem(f"{problem.name}_{factor:g}", "mgh", problem.func, problem.jac, x0, optimum), ways(30)


def bounds_of(kind: str, x0: Array, optimum: Array, draw: random.Random) -> tuple[Array, Array]:
    n = x0.size
    lower, upper = np.full(n, -np.inf), np.full(n, np.inf)
    reach = 1.0 + np.abs(x0) + np.abs(optimum)
    if kind == "wide":
        lower, upper = x0 - 50.0 * reach, x0 + 50.0 * reach
    elif kind == "half-open":
        for j in range(n):
            side = draw.randrange(3)
            if side == 0:
                lower[j] = min(x0[j], optimum[j]) - 0.2 * reach[j]
            elif side == 1:
                upper[j] = max(x0[j], optimum[j]) + 0.2 * reach[j]
    elif kind == "cut":
        for j in range(n):
            if draw.random() < 0.6 and x0[j] != optimum[j]:
                at = x0[j] + draw.uniform(0.3, 0.9) * (optimum[j] - x0[j])
                (upper if optimum[j] > x0[j] else lower)[j] = at
    elif kind == "through x0":
        for j in range(n):
            side = draw.randrange(3)
            if side < 2:
                (lower, upper)[side][j] = x0[j]
                if draw.random() < 0.5:
                    (upper, lower)[side][j] = x0[j] + (1.0 if side == 0 else -1.0) * reach[j]
    return lower, upper


def cases(seed: int, share: float) -> Iterator[Case]:
    draw = random.Random(seed)
    for problem, count in all_problems(draw, share):
        size = float(np.median(np.abs(problem.fun(problem.optimum)))) or 1.0
        for _ in range(count):
            bounds = draw.choice(BOUNDS)
            loss = draw.choice(("linear", "linear", *LOSSES))
            jac = draw.choice(("given", "given", "2-point", "3-point"))
            scale = draw.choice(("1", "jac", "array"))
            method = draw.choice(("trf", *METHODS))
            options: dict[str, Any] = {
                "bounds": bounds_of(bounds, problem.x0, problem.optimum, draw),
                "method": method,
                "loss": loss,
                "f_scale": draw.choice((1.0, 2.0 * size)) if np.isfinite(size) else 1.0,
                "x_scale": {"1": 1.0, "jac": "jac", "array": np.abs(problem.x0) + 0.1}[scale],
                "jac": problem.jac if jac == "given" else jac,
            }
            yield Case(problem, f"{method} {loss} {bounds} {jac} {scale}", jac == "given", options)


# ---- both sides -------------------------------------------------------------------------------------------------

Answer = tuple[list[int] | str, list[float], float]  # counts or the error, x, condition of the last Jacobian


def scipy_answer(case: Case) -> Answer:
    from scipy.optimize import least_squares

    try:
        result = least_squares(case.problem.fun, case.problem.x0, **case.options)
    except (ValueError, ArithmeticError, np.linalg.LinAlgError) as error:
        return type(error).__name__, [], np.inf
    with np.errstate(all="ignore"):
        condition = np.linalg.cond(result.jac) if np.isfinite(result.jac).all() else np.inf
    return [int(result.status), int(result.nfev), int(result.njev)], result.x.tolist(), float(condition)


def our_answer(case: Case) -> Answer:
    try:
        got = fit(case.problem.fun, case.problem.x0, **case.options)
    except ArithmeticError as error:  # of a problem's own function
        return type(error).__name__, [], np.inf
    if got.state.status < 0:
        return "error", [], np.inf
    return list(got.counts), got.x.tolist(), np.inf


def answers(side: Callable[[Case], Answer], seed: int, share: float) -> list[Answer]:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return [side(case) for case in cases(seed, share)]


def scipy_with(kernel: str, seed: int, share: float) -> "subprocess.Popen[str]":
    """SciPy's answers, by a process of its own, as OpenBLAS chooses its kernels when it is loaded."""
    command = [sys.executable, __file__, "--scipy", "--seed", str(seed), "--share", str(share)]
    threads = {"OPENBLAS_NUM_THREADS": "1", "OPENBLAS_CORETYPE": kernel}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **threads})


def same(a: Answer, b: Answer) -> bool:
    return a[0] == b[0] or (isinstance(a[0], str) and isinstance(b[0], str))


# ---- what is shown ----------------------------------------------------------------------------------------------


def distance(a: Answer, b: Answer) -> float:
    x, y = np.array(a[1]), np.array(b[1])
    return float(np.abs(x - y).max() / max(float(np.abs(y).max()), 1e-300)) if x.size else 0.0


def show(listed: list[Case], ours: list[Answer], theirs: list[list[Answer]], parted: bool) -> dict[str, float]:
    """Print the table; the share that agrees with the first kernel, by row.

    The last share but one is of the fits in which SciPy agrees with itself.
    """
    first, second = theirs
    rows: dict[str, Callable[[int], bool]] = {
        "all": lambda _: True,
        "SciPy agrees with itself": lambda i: same(first[i], second[i]),
        "ordinary curves": lambda i: listed[i].problem.kind == "curves",
        "NIST StRD": lambda i: listed[i].problem.kind == "nist",
        "More, Garbow & Hillstrom": lambda i: listed[i].problem.kind == "mgh",
        "given Jacobian, condition < 100": lambda i: listed[i].given and first[i][2] < 100.0,
        "without a loss": lambda i: listed[i].options["loss"] == "linear",
        "curves without a loss": lambda i: listed[i].problem.kind == "curves" and listed[i].options["loss"] == "linear",
        "given Jacobian": lambda i: listed[i].given,
        "2-point": lambda i: listed[i].options["jac"] == "2-point",
        "3-point": lambda i: listed[i].options["jac"] == "3-point",
        "trf": lambda i: listed[i].options["method"] == "trf",
        "dogbox": lambda i: listed[i].options["method"] == "dogbox",
        "100 evaluations and more": lambda i: not isinstance(first[i][0], str) and first[i][0][1] >= 100,
        "condition above 1e8": lambda i: first[i][2] > 1e8,
    }
    shares = {}
    print(f"{'':34}{'fits':>7}{'ours':>8}{'SciPy with itself':>20}{'ours there':>12}{'x, median':>12}")
    for name, belongs in rows.items():
        chosen = [i for i in range(len(listed)) if belongs(i)]
        if not chosen:
            continue
        equal = [i for i in chosen if same(ours[i], first[i])]
        itself = [i for i in chosen if same(first[i], second[i])]
        there = sum(same(ours[i], first[i]) for i in itself) / max(1, len(itself))
        apart = float(np.median([distance(ours[i], first[i]) for i in equal])) if equal else np.nan
        shares[name] = len(equal) / len(chosen)
        agree = 100 * len(itself) / len(chosen)
        print(f"{name:34}{len(chosen):7}{100 * shares[name]:7.2f}%{agree:19.2f}%{100 * there:11.2f}%{apart:12.1e}")
    if parted:
        for i, case in enumerate(listed):
            if not same(ours[i], first[i]):
                mark = "" if same(first[i], second[i]) else "(SciPy too)"
                print(i, case.problem.name, case.how, "ours", ours[i][0], "SciPy", first[i][0], second[i][0], mark)
    return shares


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--share", type=float, default=1.0, help="of the 10,000 and more problems")
    parser.add_argument("--parted", action="store_true", help="list the fits that do not agree")
    parser.add_argument("--scipy", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.scipy:
        json.dump(answers(scipy_answer, args.seed, args.share), sys.stdout)
        return 0
    start = time.perf_counter()
    others = [scipy_with(kernel, args.seed, args.share) for kernel in KERNELS]
    ours = answers(our_answer, args.seed, args.share)
    theirs = [json.loads(other.communicate()[0]) for other in others]
    shares = show(list(cases(args.seed, args.share)), ours, theirs, args.parted)
    print(f"{time.perf_counter() - start:.0f} s, seed {args.seed}, SciPy with the kernels {' and '.join(KERNELS)}")
    return 0 if shares["SciPy agrees with itself"] >= LEAST else 1


if __name__ == "__main__":
    sys.exit(main())
