"""Random bounded fits, odd ones above all, by minpack and by SciPy: `python tests/fuzz_bounded.py --help`.

The program compares outcomes: the type of the error, or whether the fit converged, and whether the result is finite.
Rounding may decide whether a fit converges within its few evaluations, so such differences are only counted. Our result
must lie within the bounds, cost no more than the start, and take no more evaluations than allowed.
"""

import argparse
import random
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from minpack import least_squares

Array = np.ndarray[Any, np.dtype[Any]]
INF, NAN = np.inf, np.nan
LOSSES = ("huber", "soft_l1", "cauchy", "arctan")
MOST_BY_ROUNDING = 0.01  # share of the fits of which one side converges and the other does not
# SciPy's errors in the midst of a fit that minpack does not have: numbers that overflow or vanish in its squares and in
# LAPACK, and rounding that puts a point beyond the trust region
OWN_ERRORS = (
    "`x` is not within the trust region", "`s` is zero", "array must not contain infs or NaNs", "SVD did not converge",
)  # fmt: skip


@dataclass
class Problem:
    fun: Callable[..., Any]
    x0: Array
    options: dict[str, Any]
    kinds: tuple[str, ...]  # what is odd about it


# ---- functions --------------------------------------------------------------------------------------------------

Function = tuple[Callable[[Any], Any], Callable[[Any], Any]]  # residuals and Jacobian


def power_of_ten(draw: random.Random, most: int) -> float:
    return float(10.0 ** draw.randint(-most, most))


def linear(draw: random.Random, m: int, n: int, kind: str) -> Function:
    a = np.array([[draw.gauss(0.0, 1.0) for _ in range(n)] for _ in range(m)])
    if kind == "rank-deficient":
        a[:, -1] = a[:, 0] * draw.choice([0.0, 1.0, -3.0])
    b = np.array([draw.gauss(0.0, 2.0) for _ in range(m)])
    if kind == "zero residual":
        b = a @ np.array([float(draw.randint(-2, 2)) for _ in range(n)])
    scale = power_of_ten(draw, 150) if kind == "far scale" else 1.0
    if kind == "constant":
        a *= 0.0
    if kind == "no influence":
        a[:, draw.randrange(n)] = 0.0
    return lambda x: scale * (a @ x - b), lambda x: scale * a


def curve(draw: random.Random, m: int, n: int, kind: str) -> Function:
    """A hyperbola, n = 3."""
    t = np.linspace(0.0, 3.0, m)
    noise = 0.0 if kind == "zero residual" else 0.2
    y = 2.0 / (1.0 + t) + 0.5 + noise * np.array([draw.gauss(0.0, 1.0) for _ in range(m)])
    scale = power_of_ten(draw, 150) if kind == "far scale" else 1.0
    bad = draw.uniform(1.0, 2.0) if kind == "not finite beyond" else INF
    wrong = draw.choice([NAN, INF, -INF])

    def fun(x: Any) -> Any:
        value = scale * (x[0] / (1.0 + x[1] * t) + x[2] - y)
        return value if x[0].real < bad else np.full_like(value, wrong)

    def jac(x: Any) -> Any:
        below = 1.0 + x[1] * t
        return scale * np.column_stack([1.0 / below, -x[0] * t / (below * below), np.ones_like(t)])

    return fun, jac


def rosenbrock(draw: random.Random, m: int, n: int, kind: str) -> Function:
    far = power_of_ten(draw, 75) if kind == "far scale" else 1.0
    return (
        lambda x: np.array([10.0 * far * (x[1] - x[0] * x[0]), far * (1.0 - x[0])]),
        lambda x: far * np.array([[-20.0 * x[0], 10.0], [-1.0, 0.0]]),
    )


def steep(draw: random.Random, m: int, n: int, kind: str) -> Function:
    """An exponential that overflows far from its minimum, n = 2."""
    t = np.linspace(0.0, draw.choice([2.0, 200.0]), m)
    y = 3.0 * np.exp(-0.5 * t)

    def jac(x: Any) -> Any:
        growth = np.exp(x[1] * t)
        return np.column_stack([growth, x[0] * t * growth])

    return lambda x: x[0] * np.exp(x[1] * t) - y, jac


FUNCTIONS = {
    "linear": (linear, ("plain", "rank-deficient", "zero residual", "far scale", "constant", "no influence")),
    "curve": (curve, ("plain", "zero residual", "far scale", "not finite beyond")),
    "rosenbrock": (rosenbrock, ("zero residual", "far scale")),
    "steep": (steep, ("zero residual",)),
}


# ---- what goes with them ----------------------------------------------------------------------------------------


def bounds_of(draw: random.Random, x0: Array) -> tuple[Any, str]:
    kind = draw.choice((
        "none", "none", "wide", "half", "cut", "on bound", "on bound", "ulp", "ulp and none", "scalar",
        *(("crossed", "equal", "NaN", "wrong infinity", "outside", "shape") if draw.random() < 0.2 else ()),
    ))  # fmt: skip
    n, size = x0.size, 1.0 + np.abs(np.where(np.isfinite(x0), x0, 0.0))
    lower, upper = x0 - 10.0 * size, x0 + 10.0 * size
    j = draw.randrange(n)
    if kind == "none":
        return (-INF, INF), kind
    if kind == "scalar":
        return (float(np.min(lower)), INF), kind
    if kind == "half":
        lower, upper = (np.full(n, -INF), upper) if draw.random() < 0.5 else (lower, np.full(n, INF))
    elif kind == "cut":
        lower, upper = x0 - size * draw.uniform(0.01, 0.5), x0 + size * draw.uniform(0.01, 0.5)
    elif kind == "on bound":
        for k in range(n):
            if draw.random() < 0.6:
                (lower if draw.random() < 0.5 else upper)[k] = x0[k]
    elif kind.startswith("ulp"):
        if kind == "ulp and none":
            lower, upper = np.full(n, -INF), np.full(n, INF)
        lower[j] = x0[j]
        upper[j] = np.nextafter(x0[j], INF)
    elif kind == "crossed":
        lower[j], upper[j] = upper[j], lower[j]
    elif kind == "equal":
        lower[j] = upper[j] = x0[j]
    elif kind == "NaN":
        (lower if draw.random() < 0.5 else upper)[j] = NAN
    elif kind == "wrong infinity":
        if draw.random() < 0.5:
            lower[j] = INF
        else:
            upper[j] = -INF
    elif kind == "outside":
        lower[j] = x0[j] + 1.0
    elif kind == "shape":
        lower = np.append(lower, 0.0)
    return (lower, upper), kind


def nonsense(draw: random.Random) -> tuple[Callable[[Any], Any], str]:
    """A loss that is none."""
    kind = draw.choice(("NaN", "rows", "columns", "zeros", "negative", "infinite", "falling", "text", "raises"))

    def loss(z: Any) -> Any:
        if kind == "rows":
            return np.ones((2, z.size))
        if kind == "columns":
            return np.ones((3, z.size + 1))
        if kind == "text":
            return "loss"
        if kind == "raises":
            raise ZeroDivisionError
        value = {"NaN": NAN, "zeros": 0.0, "negative": -1.0, "infinite": INF, "falling": -1.0}[kind]
        rho = np.full((3, z.size), value)
        if kind == "falling":
            rho[0] = -z
        return rho

    return loss, f"loss {kind}"


def own_loss(z: Any) -> Any:
    t = 1.0 + z
    return np.stack([np.log1p(z), 1.0 / t, -1.0 / (t * t)])


def loss_of(draw: random.Random) -> tuple[Any, str]:
    chance = draw.random()
    if chance < 0.5:
        return "linear", "plain"
    if chance < 0.85:
        return draw.choice(LOSSES), "a loss"
    if chance < 0.93:
        return own_loss, "own loss"
    return nonsense(draw)


def jacobian_of(draw: random.Random, jac: Callable[[Any], Any], m: int, n: int, curved: bool) -> tuple[Any, str]:
    chance = draw.random()
    if chance < 0.45:
        return jac, "jac"
    if chance < 0.90:
        return draw.choice(("2-point", "3-point", *(("cs",) if curved else ()))), "differences"
    kind = draw.choice(("NaN", "infinite", "NaN later", "zeros", "shape", "huge"))
    calls = 0

    def odd(x: Any) -> Any:
        nonlocal calls
        calls += 1
        value = np.array(jac(x))
        if kind == "NaN" or (kind == "NaN later" and calls == 3):
            value[-1, 0] = NAN
        elif kind == "infinite":
            value[0, -1] = INF
        elif kind == "zeros":
            value *= 0.0
        elif kind == "huge":
            value *= 1e200
        return value[:, :-1] if kind == "shape" and n > 1 else value

    return odd, f"jac {kind}"


def problem(seed: int) -> Problem:
    draw = random.Random(seed)
    name = draw.choice(tuple(FUNCTIONS))
    make, kinds = FUNCTIONS[name]
    kind = draw.choice(kinds)
    n = {"linear": draw.randint(1, 5), "curve": 3, "rosenbrock": 2, "steep": 2}[name]
    m = 2 if name == "rosenbrock" else draw.randint(1, 12)
    fun, jac = make(draw, m, n, kind)
    x0 = np.array([draw.uniform(-2.0, 2.0) if draw.random() < 0.8 else float(draw.randint(-1, 1)) for _ in range(n)])
    notes = [name, kind] + ["m < n"] * (m < n)
    bounds, note = bounds_of(draw, x0)
    notes.append(f"bounds {note}")
    if draw.random() < 0.02:
        x0[draw.randrange(n)] = draw.choice([NAN, INF, -INF])
        notes.append("x0 not finite")
    loss, note = loss_of(draw)
    notes.append(note)
    how, note = jacobian_of(draw, jac, m, n, name != "steep")
    notes.append(note)
    options: dict[str, Any] = {"bounds": bounds, "method": draw.choice(("trf", "dogbox")), "loss": loss, "jac": how}
    if loss != "linear" and draw.random() < 0.6:
        options["f_scale"] = draw.choice((0.1, 0.5, power_of_ten(draw, 150)))
    chance = draw.random()
    if chance < 0.25:
        options["x_scale"] = "jac"
    elif chance < 0.5:
        options["x_scale"] = [power_of_ten(draw, draw.choice((1, 1, 100))) for _ in range(n)]
    elif chance < 0.53:
        options["x_scale"] = draw.choice((0.0, -1.0, NAN, [1.0] * (n + 1), "scale"))
        notes.append("odd x_scale")
    for tolerance in ("ftol", "xtol", "gtol"):
        if draw.random() < 0.15:
            options[tolerance] = draw.choice((None, 0.0, 1e-300, 1e-15, 1e-3, 1.0, INF))
    options["max_nfev"] = draw.choice((1, 2, 30, 30, 30, 60, 60.0)) if draw.random() < 0.98 else draw.choice((0, -1))
    if isinstance(how, str) and draw.random() < 0.2:
        options["diff_step"] = draw.choice((1e-3, 1e-8, 1e-20, 0.0, [1e-6] * n))
    return Problem(fun, x0, options, tuple(notes))


# ---- what becomes of them ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Outcome:
    error: str  # its type, "" for none
    words: str
    converged: bool = False
    finite: bool = False
    stuck: bool = False  # whether no step was accepted until the limit


def outcome_of(solve: Callable[..., Any], asked: Problem) -> tuple[Outcome, Any]:
    try:
        result = solve(asked.fun, asked.x0.copy(), **asked.options)
    except Exception as error:
        kind = "ValueError" if isinstance(error, np.linalg.LinAlgError) else type(error).__name__
        return Outcome(kind, str(error)), None
    finite = bool(np.isfinite(result.x).all() and np.isfinite(result.fun).all() and np.isfinite(result.cost))
    return Outcome("", "", result.status > 0, finite, result.status == 0 and result.njev == 1), result


def as_expected(ours: Outcome, theirs: Outcome, asked: Problem) -> str:
    """The reason if the outcomes are what they should be, "" if they are not."""
    if ours.error == theirs.error and ours.finite == theirs.finite:
        if ours.converged != theirs.converged:
            return "rounding, or SciPy's steps are NaN" if theirs.stuck else "rounding"
        return "the same"
    if ours.error and "f_scale must be positive" in ours.words:
        return "f_scale"
    if ours.error == "ValueError" and "must be finite" in ours.words and "x0 not finite" in asked.kinds:
        return "x0 not finite, which SciPy evaluates"
    if theirs.error in ("IndexError", "TypeError") and ours.error == "ValueError" and "wrong shape" in ours.words:
        return "a loss of a wrong shape, which SciPy trips over"
    if theirs.error == "ValueError" and not ours.error and any(words in theirs.words for words in OWN_ERRORS):
        return "an error of SciPy's own in mid-fit"
    if ours.finite and not theirs.finite and not theirs.error:
        return "finite, which SciPy's result is not"
    # by rounding one side accepts a step to where the numbers overflow
    if {"far scale", "jac huge"} <= set(asked.kinds) and not theirs.error and "Jacobian is too large" in ours.words:
        return "rounding"
    if "loss falling" in asked.kinds:
        return "a cost without a minimum"
    # how near a step comes to where the function ends, and whether there is a third Jacobian
    if {"not finite beyond", "jac NaN later"} & set(asked.kinds) and {ours.error, theirs.error} == {"", "ValueError"}:
        return "rounding"
    return ""


def faults_of(result: Any, asked: Problem) -> list[str]:
    """What is wrong with a result whatever SciPy's is."""
    lower, upper = (np.broadcast_to(bound, result.x.shape) for bound in asked.options["bounds"])
    faults = []
    if not ((lower <= result.x) & (result.x <= upper)).all():
        faults.append("x out of bounds")
    if result.nfev > asked.options["max_nfev"]:
        faults.append("too many evaluations")
    if not any(kind.startswith("loss ") for kind in asked.kinds):
        start = least_squares(asked.fun, asked.x0, **{**asked.options, "jac": "2-point", "max_nfev": 1}).cost
        if not result.cost <= start * (1.0 + 1e-8):  # trf begins a little off its bounds
            faults.append("a cost above that of the start")
    return faults


def run(seeds: Iterable[int]) -> tuple[list[tuple[int, str]], Counter[str]]:
    """The seeds of problems whose outcome is not what it should be; how many there were of each kind."""
    from scipy.optimize import least_squares as scipys

    wrong, seen = [], Counter[str]()
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for seed in seeds:
            asked = problem(seed)
            theirs, _ = outcome_of(scipys, problem(seed))
            ours, result = outcome_of(least_squares, asked)
            reason = as_expected(ours, theirs, asked)
            seen.update((*asked.kinds, f"outcome: {reason or 'different'}"))
            seen[ours.error or ("converged" if ours.converged else "not converged")] += 1
            for fault in ([] if result is None else faults_of(result, problem(seed))) + [""] * (not reason):
                wrong.append((seed, fault or f"{ours} instead of {theirs}"))
    return wrong, seen


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100_000, help="how many fits")
    parser.add_argument("--seed", type=int, default=1, help="of the first problem; the next has the next")
    arguments = parser.parse_args()
    begun = time.perf_counter()
    wrong, seen = run(range(arguments.seed, arguments.seed + arguments.count))
    print(f"{arguments.count} bounded fits, {time.perf_counter() - begun:.0f} s")
    for what in sorted(seen):
        print(f"{seen[what]:>10} {what}")
    for seed, what in wrong[:40]:
        print(f"seed {seed}: {what}: {problem(seed).kinds} {problem(seed).options}")
    print(f"{len(wrong)} wrong")
    return 1 if wrong or seen["outcome: rounding"] > MOST_BY_ROUNDING * arguments.count else 0


if __name__ == "__main__":
    sys.exit(main())
