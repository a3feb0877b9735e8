"""The worst errors of minpack.functions, in units in the last place (ulp), against mpmath.

    python tests/accuracy.py [--count 1000000] [name ...]

prints a row for each function, as in docs/howto/functions.md: the worst error, the argument, how many are not
correctly rounded; then, for three functions, on how many neighbours they are monotonic. If gmpy2 is installed, MPFR
computes what is exact instead of mpmath, except for voigt, with the same results in a tenth of the time. An ulp is the
distance of the doubles about the exact value, and so half of the smallest double or less is an error of at most half an
ulp where the result is subnormal.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

import mpmath as mp
import numpy as np
from numpy.testing import assert_allclose
from numpy.typing import NDArray

from support import mpfr

Array = NDArray[np.float64]

TINY = np.array(
    [
        5e-324,
        1e-323,
        2.0**-1060,
        2.0**-1022,
        2.0**-1023,
        1e-300,
        1e-160,
        1e-100,
        2.0**-54,
        2.0**-53,
        2.0**-28,
        2.0**-27,
        2.0**-26,
        1e-5,
    ]
)
HUGE = np.array(
    [1e5, 2.0**20, 1e15, 2.0**53, 2.0**54, 1e22, 1e100, 1e154, 1e155, 1e300, 2.0**1023, np.finfo(float).max]
)


def around(*centres: float, steps: int = 40) -> Array:
    """The neighbours of each centre, one by one and then in growing steps."""
    near = np.concatenate([np.arange(steps), 2 ** np.arange(6, 50)])
    out = []
    for c in centres:
        bits = np.abs(np.float64(c)).view(np.int64)
        values = np.concatenate([bits + near, np.maximum(bits - near, 0)]).view(np.float64)
        out.append(np.copysign(values, c))
    values = np.concatenate(out)
    return values[np.isfinite(values)]


def both(x: Array) -> Array:
    return np.concatenate([x, -x])


def above(low: float, x: Array) -> Array:
    return x[x > low]


def within(size: float, x: Array) -> Array:
    return x[np.abs(x) <= size]


@dataclass(frozen=True)
class Case:
    """exact at the precision of mpmath, and where to try: draw(rng, count), and what is nasty."""

    exact: Callable[..., Any]
    draw: Callable[[np.random.Generator, int], tuple[Array, ...]]
    nasty: tuple[Array, ...]
    bound: float = 1.0


def uniform(*ranges: tuple[float, float]) -> Callable[[np.random.Generator, int], tuple[Array]]:
    """Evenly from each range in turn."""

    def draw(rng: np.random.Generator, count: int) -> tuple[Array]:
        return (np.concatenate([rng.uniform(a, b, count // len(ranges) + 1) for a, b in ranges])[:count],)

    return draw


def mixed(
    *ranges: tuple[float, float], low: float = -1074, high: float = 1023.9, signed: bool = False
) -> Callable[[np.random.Generator, int], tuple[Array]]:
    """Half from ranges, half with exponents spread evenly between low and high."""

    def draw(rng: np.random.Generator, count: int) -> tuple[Array]:
        spread = np.exp2(rng.uniform(low, high, count - count // 2))
        if signed:
            spread *= rng.choice([-1.0, 1.0], len(spread))
        return (np.concatenate([uniform(*ranges)(rng, count // 2)[0], spread]),)

    return draw


def _multiples(rng: np.random.Generator) -> Array:
    """The doubles nearest to multiples of pi / 2, up to 1e308."""
    with mp.workdps(400):
        near = [float(mp.mpf(int(k)) * mp.pi / 2) for k in range(1, 3000)]
        for e in range(12, 1022):
            near += [float(mp.floor(mp.ldexp(mp.mpf(rng.uniform(1, 2)), e)) * mp.pi / 2) for _ in range(2)]
    # the closest of all to a multiple of pi / 2, and more that are near
    return both(np.array([*near, float.fromhex("0x1.6ac5b262ca1ffp+849"), 5.319372648326541e255, 1e22]))


NASTY = both(np.concatenate([TINY, HUGE, around(1.0, 0.5, 2.0, 0.25)]))
NONZERO = NASTY[NASTY != 0]
MULTIPLES = _multiples(np.random.default_rng(5))
LIMIT = around(float.fromhex("0x1.9p20"), float.fromhex("0x1.921fp20"))


def _power_arguments(rng: np.random.Generator, count: int) -> tuple[Array, Array]:
    x = np.exp2(rng.uniform(-1074, 1024, count))
    third = count // 3
    x[:third] = rng.uniform(0.5, 2.0, third)
    y = rng.uniform(-745, 710, count) / np.log(x)
    y[third : 2 * third] = rng.uniform(-4, 4, third)
    return x, y


def _hypot_arguments(rng: np.random.Generator, count: int) -> tuple[Array, Array]:
    size = np.exp2(rng.uniform(-1074, 1023, count))
    size[: count // 2] = 1.0
    x, y = size * rng.uniform(-1, 1, count), size * rng.uniform(-1, 1, count)
    y[::7] *= 2.0 ** -rng.integers(0, 60, len(y[::7]))
    return np.where(x == 0.0, 1.0, x), np.where(y == 0.0, 1.0, y)


def _lgamma_arguments(rng: np.random.Generator, count: int) -> tuple[Array]:
    """Half of them positive; of the others those that are not near a zero, where the error is absolute."""
    (x,) = mixed((0, 3), (0, 12), low=-1074, high=1014)(rng, count)
    negative = np.concatenate([rng.uniform(-12, 0, count), -np.exp2(rng.uniform(-1074, 60, count))])
    kept = [v for v in negative.tolist() if v != np.floor(v) and abs(math.lgamma(v)) > 0.5]
    x[::2] = rng.choice(kept, len(x[::2]))
    return (x,)


def _voigt(x: Any, sigma: Any, gamma: Any) -> Any:
    with mp.workdps(60):
        z = mp.mpc(abs(x), gamma) / (sigma * mp.sqrt(2))
        if abs(z) > 1e9:
            return gamma / (mp.pi * (x * x + gamma * gamma))
        if abs(z) > 30:  # Laplace's continued fraction
            w = z
            for k in range(60, 0, -1):
                w = z - mp.mpf(k) / 2 / w
            w = 1j / mp.sqrt(mp.pi) / w + (mp.exp(-z * z) if gamma == 0 else 0)
        else:
            w = mp.exp(-z * z) * mp.erfc(mp.mpc(z.imag, -z.real))
        return w.real / (sigma * mp.sqrt(2 * mp.pi))


def _voigt_arguments(rng: np.random.Generator, count: int) -> tuple[Array, Array, Array]:
    x = rng.uniform(-12, 12, count)
    x[::3] *= 10.0 ** rng.uniform(-5, 6, len(x[::3]))
    gamma = 10.0 ** rng.uniform(-12, 3, count)
    gamma[::5] = rng.uniform(0, 9, len(gamma[::5]))
    sigma = rng.choice([0.5, 1.0, 2.0], count)
    return x * sigma, sigma, gamma * sigma


CASES: dict[str, Case] = {
    "exp": Case(
        mp.exp,
        mixed((-745, 710), (-1, 1), high=9, signed=True),
        (both(np.concatenate([TINY, around(709.782712893384, 745.1332191019411, 708.4, 1.0, 0.34657359)])),),
        0.75,
    ),
    "expm1": Case(
        mp.expm1,
        mixed((-40, 710), (-1, 1), high=9, signed=True),
        (both(np.concatenate([TINY, around(709.782712893384, 1.0, 0.34657359, 36.7, 690.0)])),),
    ),
    "log": Case(mp.log, mixed((0, 3), (0.9, 1.1)), (np.abs(NASTY),), 0.62),
    "log1p": Case(
        mp.log1p,
        mixed((-1, 3), (-0.1, 0.1)),
        (np.concatenate([TINY, -TINY, HUGE, above(-1.0, around(-1.0, -0.5, 1.0, 0.414, -0.293))]),),
    ),
    "sqrt": Case(mp.sqrt, mixed((0, 9)), (np.abs(NASTY),), 0.5),
    "sin": Case(mp.sin, mixed((-10, 10), (-2e6, 2e6), signed=True), (np.concatenate([NASTY, MULTIPLES, LIMIT]),), 0.85),
    "cos": Case(mp.cos, mixed((-10, 10), (-2e6, 2e6), signed=True), (np.concatenate([NASTY, MULTIPLES, LIMIT]),), 0.85),
    "tan": Case(
        mp.tan,
        mixed((-10, 10), (-2e6, 2e6), signed=True),
        (np.concatenate([NASTY, MULTIPLES, LIMIT, both(np.array([3.8991752715793826]))]),),
    ),
    "tanh": Case(mp.tanh, mixed((-1, 1), (-22, 22), high=5, signed=True), (np.concatenate([NASTY, around(20.0)]),)),
    "power": Case(
        mp.power,
        _power_arguments,
        (np.abs(np.repeat(NASTY, 9)), np.tile([0.5, -0.5, 1.0, -1.0, 2.0, 3.0, 1 / 3, 7.0, -2.0], len(NASTY))),
    ),
    "cbrt": Case(mp.cbrt, mixed((0, 9)), (np.abs(NASTY),)),
    "exp2": Case(
        lambda x: mp.mpf(2) ** x, mixed((-1075, 1024), (-1, 1), high=10, signed=True), (both(around(1.0, 0.5, 1023.9)),)
    ),
    "log2": Case(lambda x: mp.log(x) / mp.log(2), mixed((0, 3), (0.9, 1.1)), (np.abs(NASTY),)),
    "log10": Case(mp.log10, mixed((0, 3), (0.9, 1.1)), (np.concatenate([np.abs(NASTY), 10.0 ** np.arange(22)]),)),
    "sinh": Case(mp.sinh, mixed((-2, 2), (-710, 710), high=9, signed=True), (np.append(NASTY, around(710.47)),)),
    "cosh": Case(mp.cosh, mixed((-2, 2), (-710, 710), high=9, signed=True), (np.append(NASTY, around(710.47)),)),
    "arcsin": Case(mp.asin, mixed((-1, 1), high=0, signed=True), (within(1.0, NASTY),)),
    "arccos": Case(mp.acos, mixed((-1, 1), high=0, signed=True), (within(1.0, NASTY),)),
    "arctan": Case(mp.atan, mixed((-1, 1), (-9, 9), signed=True), (np.append(NASTY, around(0.75, 0.25, 4 / 3, 4.0)),)),
    "arcsinh": Case(mp.asinh, mixed((-1, 1), (-9, 9), signed=True), (np.append(NASTY, around(2.0**60)),)),
    "arccosh": Case(mp.acosh, mixed((1, 2), (1, 9), low=0), (np.append(above(1.0, NASTY), around(2.0**60)),)),
    "arctanh": Case(mp.atanh, mixed((-1, 1), high=0, signed=True), (within(0.999999999999999999, NASTY),)),
    "erf": Case(mp.erf, mixed((-1, 1), (-6, 6), high=3, signed=True), (np.append(NASTY, around(6.0)),)),
    "erfc": Case(
        lambda x: mp.erfc(x) if x < 40 else mp.mpf(0),
        mixed((-1, 3), (-6, 27.3), high=5, signed=True),
        (np.append(NASTY, around(26.5, -6.0)),),
    ),
    "logistic": Case(
        lambda x: 1 / (1 + mp.exp(-x)),
        mixed((-1, 1), (-745, 40), high=9, signed=True),
        (np.append(NASTY, around(-708.4)),),
    ),
    "sinc": Case(
        mp.sincpi, mixed((-1, 1), (-99, 99), high=40, signed=True), (within(2.0**51, np.append(NASTY, np.arange(9.0))),)
    ),
    "hypot": Case(
        mp.hypot, _hypot_arguments, (np.repeat(NASTY, 5), np.tile([1.0, 0.0, 5e-324, 1e300, 3.0], len(NASTY)))
    ),
    "arctan2": Case(
        mp.atan2,
        _hypot_arguments,
        (np.repeat(NONZERO, 5), np.tile([1.0, -1.0, 5e-324, 1e300, -3.0], len(NONZERO))),
    ),
    "lgamma": Case(
        lambda x: (
            mp.loggamma(x).real if x > 0 or abs(x) < 1e5 else mp.log(mp.pi / abs(x * mp.sinpi(x))) - mp.loggamma(-x)
        ),
        _lgamma_arguments,
        (np.concatenate([above(0.0, NASTY), around(8.0, 3.0, 1.5), -TINY, [2.5563481638716906e305]]),),
    ),
    "voigt": Case(_voigt, _voigt_arguments, (np.array([0.0, 1.0, 1e5]), np.ones(3), np.array([1.0, 1e-300, 1.0]))),
}


def errors(y: Array, exact: Callable[..., Any], *x: Array) -> Array:
    """How far each y is from exact(x), in ulp; 0 where both overflow, inf where only one does."""
    out = np.empty(len(y))
    largest = mp.mpf(np.finfo(float).max) + mp.mpf(2) ** 970
    with mp.workprec(140):
        for i, (value, *args) in enumerate(zip(y.tolist(), *(a.tolist() for a in x), strict=True)):
            want = exact(*map(mp.mpf, args))
            if not mp.isfinite(want) or abs(want) >= largest:
                out[i] = 0.0 if value == (np.inf if want > 0 else -np.inf) else np.inf
            elif not np.isfinite(value):
                out[i] = np.inf
            else:
                exponent = max(int(mp.frexp(want)[1]) - 53, -1074) if want else -1074
                out[i] = float(mp.ldexp(abs(value - want), -exponent))
    return out


def worst(
    name: str, function: Callable[..., Any], count: int, seed: int = 1, fast: bool = True
) -> tuple[float, tuple[float, ...], float]:
    """The worst error of function, where it is, and the share of results not correctly rounded."""
    case = CASES[name]
    by_mpfr = mpfr.exact(name) if fast else None
    drawn = case.draw(np.random.default_rng(seed), count)
    x = tuple(np.concatenate([a, b]) for a, b in zip(drawn, case.nasty, strict=True))
    with np.errstate(all="ignore"):
        y = function(*x)
        found = errors(y, case.exact, *x) if by_mpfr is None else mpfr.errors(y, by_mpfr, *x)
        if by_mpfr is not None:  # some by both
            some = slice(None, None, len(y) // 200 + 1)
            assert_allclose(found[some], errors(y[some], case.exact, *(a[some] for a in x)), rtol=0, atol=1e-9)
    i = int(found.argmax())
    return float(found[i]), tuple(float(a[i]) for a in x), float(np.mean(found > 0.5))


MONOTONIC = {"exp": (-745.0, 709.0), "log": (1e-300, 1e300), "erf": (-6.0, 6.0)}


def falls(name: str, function: Callable[..., Any], starts: int, run: int = 100, seed: int = 2) -> tuple[int, int]:
    """How often a result is smaller than that of the double before, in runs of neighbours; and how many pairs."""
    rng = np.random.default_rng(seed)
    low, high = MONOTONIC[name]
    wide, narrow = rng.uniform(low, high, starts // 3), rng.uniform(max(low, -2.0), 2.0, starts - starts // 3)
    near = np.concatenate([wide, narrow, [1.0, 0.5, 0.7, 0.34657]]).view(np.int64)
    x = np.sort((near[:, None] + np.arange(run)).view(np.float64), axis=1)
    steps = np.diff(function(x), axis=1)
    return int(np.sum(~(steps >= 0))), steps.size


def _row(name: str, count: int) -> tuple[str, bool]:
    """A row of the table, and whether the error is within the bound."""
    from minpack import functions

    error, where, share = worst(name, getattr(functions, name), count)
    row = f"| {name} | {error:.3f} | {', '.join(map(repr, where))} | {share:.1%} |"
    return row, error <= CASES[name].bound


def main() -> None:
    from minpack import functions

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    names = options.names or sorted(CASES)
    failed = False
    print("| function | worst error (ulp) | at | not correctly rounded |\n| --- | --- | --- | --- |")
    with ProcessPoolExecutor(options.workers) as pool:
        for row, good in pool.map(_row, names, [options.count] * len(names)):
            print(row, flush=True)
            failed |= not good
    for name in filter(MONOTONIC.__contains__, names):
        wrong, pairs = falls(name, getattr(functions, name), options.count // 100)
        print(f"{name}: {wrong} of {pairs} neighbours in the wrong order")
        failed |= wrong != 0
    sys.exit(failed)


if __name__ == "__main__":
    main()
