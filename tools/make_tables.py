"""Make minpack/functions/tables.h: every constant of the elementary functions, from 160 digits of mpmath.

    python tools/make_tables.py                # write it
    python tools/make_tables.py --check        # compare it with what is there

Polynomials are Chebyshev interpolants (within a factor of two or so of the best), converted to powers and rounded
coefficient by coefficient. Constants are written as hexadecimal floats, which no compiler rounds.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import mpmath as mp
from mpmath import mpf

mp.mp.dps = 160
LARGEST_COPIED = 32  # numbers in a table that each file has for itself
TARGET = Path(__file__).parents[1] / "minpack" / "functions" / "tables.h"


# ---- rounding and fitting


def nearest(x: mpf) -> float:
    """The double nearest to x."""
    m, e = mp.frexp(x)
    return float(mp.ldexp(mp.nint(mp.ldexp(m, 53)), int(e) - 53))


def grid(x: mpf, bit: int) -> mpf:
    """x rounded to a multiple of 2**bit."""
    return mp.ldexp(mp.nint(mp.ldexp(x, -bit)), bit)


def parts(x: mpf, *bits: int) -> list[float]:
    """x as a sum of doubles: multiples of 2**bit for each bit, and the double nearest to the rest."""
    out = []
    for bit in bits:
        head = grid(x, bit)
        out.append(float(head))
        x -= head
    return [*out, nearest(x)]


def two(x: mpf) -> list[float]:
    """x as a sum of two doubles."""
    return [nearest(x), nearest(x - mpf(nearest(x)))]


def fit(f: Callable[[mpf], mpf], low: float | mpf, high: float | mpf, degree: int) -> list[mpf]:
    """Coefficients, lowest first, of the polynomial that interpolates f at the Chebyshev nodes of [low, high]."""
    low, high = mpf(low), mpf(high)
    middle, half = (low + high) / 2, (high - low) / 2
    count = degree + 1
    angles = [mp.pi * (2 * i + 1) / (2 * count) for i in range(count)]
    nodes = [middle + half * mp.cos(a) for a in angles]
    # f may be 0 / 0 at 0
    values = [f(x if abs(x) > mpf(10) ** -25 else mpf(10) ** -25) for x in nodes]
    series = [2 * mp.fsum(v * mp.cos(j * a) for v, a in zip(values, angles, strict=True)) / count for j in range(count)]
    series[0] /= 2
    # Chebyshev polynomials as powers of t = (x - middle) / half, then of x
    previous, current = [mpf(1)], [mpf(0), mpf(1)]
    powers = [mpf(0)] * count
    for j, c in enumerate(series):
        polynomial = [mpf(1)] if j == 0 else current
        for i, p in enumerate(polynomial):
            powers[i] += c * p
        if j > 0:
            following = [mpf(0), *(2 * p for p in current)]
            for i, p in enumerate(previous):
                following[i] -= p
            previous, current = current, following
    out = [mpf(0)]
    for c in reversed(powers):  # Horner in polynomials
        shifted = [mpf(0), *(p / half for p in out)]
        for i, p in enumerate(out):
            shifted[i] -= p * middle / half
        shifted[0] += c
        out = shifted
    return out[:count]


def even(f: Callable[[mpf], mpf], high: float | mpf, degree: int) -> list[float]:
    """Coefficients in z = x * x of an even function g(z) = f(x), 0 <= x <= high."""
    return [nearest(c) for c in fit(lambda z: f(mp.sqrt(z)), mpf(0), mpf(high) ** 2, degree)]


def plain(f: Callable[[mpf], mpf], low: float | mpf, high: float | mpf, degree: int) -> list[float]:
    return [nearest(c) for c in fit(f, low, high, degree)]


# ---- what each function needs


def exponential() -> Iterable[tuple[str, str, list[float]]]:
    half = mp.log(2) / 2 * mpf("1.0001")
    yield (
        "EXP",
        "(exp(r) - 1 - r) / r^2 on |r| <= log(2) / 2",
        plain(lambda r: (mp.exp(r) - 1 - r) / r**2, -half, half, 10),
    )
    yield (
        "EXP3",
        "(exp(r) - 1 - r - r^2 / 2) / r^3 on |r| <= log(2) / 2",
        plain(lambda r: (mp.exp(r) - 1 - r - r**2 / 2) / r**3, -half, half, 10),
    )
    yield "LN2", "log(2): a multiple of 2^-42 and the rest", parts(mp.log(2), -42)
    yield "INVLN2", "1 / log(2), in two doubles", two(1 / mp.log(2))
    yield "LN2_TWO", "log(2), in two doubles", two(mp.log(2))
    yield "SINH", "(sinh(x) - x) / x^3 in x^2, |x| <= 1/2", even(lambda x: (mp.sinh(x) - x) / x**3, 0.5, 5)


def logarithm() -> Iterable[tuple[str, str, list[float]]]:
    limit = (mp.sqrt(2) - 1) / (mp.sqrt(2) + 1) * mpf("1.0001")
    yield (
        "LOG",
        "(log((1 + s) / (1 - s)) / s - 2) / s^2 in s^2, for m = (1 + s) / (1 - s) in sqrt(2)^+-1",
        even(lambda s: (2 * mp.atanh(s) / s - 2) / s**2, limit, 7),
    )
    yield "INVLN10", "1 / log(10), in two doubles", two(1 / mp.log(10))
    yield "LOG10_2", "log10(2): a multiple of 2^-42 and the rest", parts(mp.log10(2), -42)
    # For power: log(m) = log(c) + log(m / c), 1/c of 9 bits, c = 1 about 1. The index is m's 7 leading bits counted
    # from 0x1.6a09ep-1, where the exponent steps.
    start = int(float.fromhex("0x1.6a09ep-1") * 2**53)
    inverses, high, low = [], [], []
    for i in range(128):
        # bit patterns run on evenly over the step from below 1 to above it
        ends = []
        for j in (i, i + 1):
            steps = (start - 2**52) + j * 2**45
            ends.append(mpf(1) / 2 + mpf(steps) / 2**53 if steps < 2**52 else 1 + mpf(steps - 2**52) / 2**52)
        middle = (ends[0] + ends[1]) / 2
        inverse = mpf(1) if abs(middle - 1) < mpf(1) / 128 else mp.nint(512 / middle) / 512
        head, tail = parts(-mp.log(inverse), -42)
        inverses.append(float(inverse))
        high.append(head)
        low.append(tail)
    yield "POWER_INVERSE", "1 / c for each of 128 parts of sqrt(2)^+-1", inverses
    yield "POWER_HIGH", "log(c), a multiple of 2^-42", high
    yield "POWER_LOW", "log(c), the rest", low
    yield (
        "POWER",
        "(log(1 + r) - r + r^2 / 2) / r^3 on |r| <= 2^-6",
        plain(lambda r: (mp.log(1 + r) - r + r**2 / 2) / r**3, mpf(-1) / 64, mpf(1) / 64, 6),
    )


def trigonometric() -> Iterable[tuple[str, str, list[float]]]:
    quarter = mp.pi / 4 * mpf("1.0001")
    yield "SIN", "(sin(r) - r) / r^3 in r^2 on |r| <= pi / 4", even(lambda r: (mp.sin(r) - r) / r**3, quarter, 5)
    yield (
        "COS",
        "(cos(r) - 1 + r^2 / 2) / r^4 in r^2 on |r| <= pi / 4",
        even(lambda r: (mp.cos(r) - 1 + r**2 / 2) / r**4, quarter, 5),
    )
    yield "HALFPI", "pi / 2: three times 33 bits, and the rest", parts(mp.pi / 2, -32, -65, -98)
    yield "HALFPI_TWO", "pi / 2, in two doubles", two(mp.pi / 2)
    yield "PI_TWO", "pi, in two doubles", two(mp.pi)
    yield "TWO_OVER_PI", "2 / pi", [nearest(2 / mp.pi)]


def inverse() -> Iterable[tuple[str, str, list[float]]]:
    limit = mpf(1) / 4 * mpf("1.0001")
    yield "ATAN", "(atan(t) - t) / t^3 in t^2 on |t| <= 1/4", even(lambda t: (mp.atan(t) - t) / t**3, limit, 7)
    yield "ATAN_HIGH", "atan(0), atan(1/2), atan(1)", [two(mp.atan(c))[0] for c in (mpf(0), mpf(1) / 2, mpf(1))]
    yield "ATAN_LOW", "and the rest", [two(mp.atan(c))[1] for c in (mpf(0), mpf(1) / 2, mpf(1))]
    yield "CBRT", "m^(1/3) on [1, 2]", plain(mp.cbrt, 1, 2, 6)
    yield "CBRT_TWO", "2^(1/3), 4^(1/3)", [nearest(mp.cbrt(2)), nearest(mp.cbrt(4))]


def error() -> Iterable[tuple[str, str, list[float]]]:
    # the first coefficient carries most of the rounding: erf(x) = x + x (2 / sqrt(pi) - 1 + ...)
    yield "ERF", "erf(x) / x - 1 in x^2, |x| <= 1/2", even(lambda x: mp.erf(x) / x - 1, 0.5, 9)
    rows = []
    for i in range(40):
        width = mp.ldexp(1, i // 8 - 3)
        middle = mp.ldexp(1, i // 8) + (i % 8) * width + width / 2 - 1
        fitted = fit(lambda d, c=middle: mp.exp((c + d) ** 2) * mp.erfc(c + d), -width / 2, width / 2, 12)
        rows += [*two(fitted[0]), *map(nearest, fitted[1:])]
    yield "ERFCX", "exp(x^2) erfc(x) about the middle of each of 40 intervals: twice the first, twelve more", rows


def voigt() -> Iterable[tuple[str, str, list[float]]]:
    for name, what, offset in ("T", "trapezoidal", mpf(0)), ("M", "midpoint", mpf(1) / 4):
        # the pair of nodes at 0 is one
        weights = [mp.exp(-((mpf(k) / 2 + offset) ** 2)) / (2 if k + offset == 0 else 1) for k in range(14)]
        yield f"VOIGT_{name}W", f"weights of the {what} rule, in two doubles", [d for w in weights for d in two(w)]
    yield "SQRT2_TWO", "sqrt(2), in two doubles", two(mp.sqrt(2))
    yield (
        "VOIGT_STEP",
        "h / pi in two doubles, pi / h, 1 / sqrt(2 pi) in two doubles; h = 1/2",
        [*two(1 / (2 * mp.pi)), nearest(2 * mp.pi), *two(1 / mp.sqrt(2 * mp.pi))],
    )


def gamma() -> Iterable[tuple[str, str, list[float]]]:
    def tail(z: mpf) -> mpf:  # in 1 / x^2
        x = 1 / mp.sqrt(z)
        return x * (mp.loggamma(x) - (x - mpf(1) / 2) * mp.log(x) + x - mp.log(2 * mp.pi) / 2)

    with mp.workdps(80):
        yield "STIRLING", "x (lgamma(x) - Stirling's formula) in 1 / x^2, x >= 8", plain(tail, 0, mpf(1) / 64, 6)
        rows = []
        for i in range(32):
            width = mp.ldexp(1, i // 8 - 4)
            middle = mp.ldexp(1, i // 8 - 1) + (i % 8) * width + width / 2
            fitted = fit(
                lambda d, c=middle: mp.loggamma(c + d) / ((c + d - 1) * (c + d - 2)), -width / 2, width / 2, 10
            )
            rows += [*two(fitted[0]), *map(nearest, fitted[1:])]
    yield "LGAMMA", "lgamma(x) / ((x - 1) (x - 2)) about the middle of each of 32 intervals from 1/2 to 8", rows
    half = mpf(1) / 2
    yield (
        "LGAMMA_CONSTANTS",
        "log(2 pi) / 2 - 1 / 2, log(pi) in two doubles, the largest x whose lgamma is finite",
        [nearest(mp.log(2 * mp.pi) / 2 - half), *two(mp.log(mp.pi)), float.fromhex("0x1.754d9278b51a7p+1014")],
    )


def words() -> list[int]:
    """2 / pi after the binary point, 32 bits a word, behind two words of zeros."""
    count = 42
    mp.mp.prec, keep = 32 * count + 100, mp.mp.prec
    bits = int(mp.floor(mp.ldexp(2 / mp.pi, 32 * count)))
    mp.mp.prec = keep
    return [0, 0] + [bits >> 32 * (count - 1 - i) & 0xFFFFFFFF for i in range(count)]


TABLES = [exponential, logarithm, trigonometric, inverse, error, gamma, voigt]


# ---- written as C


def hexadecimal(x: float) -> str:
    """The shortest hexadecimal form."""
    mantissa, exponent = x.hex().split("p")
    return mantissa.rstrip("0").rstrip(".") + "p" + exponent.lstrip("+") if "." in mantissa else x.hex()


def array(kind: str, name: str, comment: str, items: list[str]) -> str:
    """A definition, in every file that includes it if the table is small, so that compilers see the numbers."""
    lines, line = [], "   "
    for item in items:
        if len(line) + len(item) + 2 > 118:
            lines.append(line)
            line = "   "
        line += f" {item},"
    body = "\n".join([*lines, line])
    head = f"/* {comment} */\n"
    if len(items) <= LARGEST_COPIED:
        return f"{head}static const {kind} {name}[{len(items)}] = {{\n{body}\n}};\n"
    start = f"{kind} {name}[{len(items)}]"
    return f"{head}#ifdef MINPACK_TABLES\nconst {start} = {{\n{body}\n}};\n#else\nextern const {start};\n#endif\n"


def text() -> str:
    out = [
        "/* Constants of the elementary functions: made by tools/make_tables.py, not to be changed by hand. */\n"
        "#pragma once\n\n#include <stdint.h>\n\n"
        "/* the large ones are there once, in tables.c */\n"
        "#pragma GCC visibility push(hidden)\n"
    ]
    for tables in TABLES:
        out += [array("double", name, comment, [hexadecimal(v) for v in values]) for name, comment, values in tables()]
    out.append(
        array("uint64_t", "WORDS", "2 / pi, 32 bits a word, behind two words of zeros", [hex(w) for w in words()])
    )
    names = re.findall(r"const \w+ (\w+)\[\d+\] = ", "".join(out))
    rows = [" ".join(f"F({name})" for name in names[i : i + 8]) for i in range(0, len(names), 8)]
    each = "/* F(name) for all */\n#define MINPACK_TABLES_EACH(F) \\\n    " + " \\\n    ".join(rows) + "\n"
    return "\n".join([*out, "#pragma GCC visibility pop\n", each])


def main() -> None:
    made = text()
    if "--check" in sys.argv:
        sys.exit(made != TARGET.read_text() and f"{TARGET} is not what {__file__} makes")
    TARGET.write_text(made)


if __name__ == "__main__":
    main()
