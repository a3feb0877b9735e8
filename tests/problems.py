"""Nonlinear least-squares problems that the tests fit.

`mgh_problems` and `mgh_runs` give the 18 functions and 53 runs of MINPACK-1's own test drivers, `hard_cases` problems
made to be awkward, and `random_problem` as many more as wanted.

Everything is computed in Python floats, in index order, squares as products: NumPy's reductions add pairwise and the
built-in sum is compensated from Python 3.12 on, so either would tie the bits to a version. Where `Problem.exact` is
true only + - * / and sqrt occur, which IEEE 754 rounds in one way, and the bits are those of any machine.

References
----------
.. [1] More, Garbow & Hillstrom, "Testing unconstrained optimization software", ACM TOMS 7 (1981), 17-41.
.. [2] More, Garbow & Hillstrom, "User guide for MINPACK-1", ANL-80-74 (1980).
"""

import math
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Vector = list[float]
Matrix = list[list[float]]


@dataclass(frozen=True, eq=False)
class Problem:
    """m residuals in n parameters, with Jacobian and start."""

    name: str
    m: int
    n: int
    x0: Array  # read-only
    func: Callable[[ArrayLike], Array]  # x -> (m,)
    jac: Callable[[ArrayLike], Array]  # x -> (m, n)
    exact: bool  # only + - * / sqrt: the same bits on any machine

    def start(self, factor: float = 1.0) -> Array:
        """The start that MINPACK's drivers take: factor * x0, or `factor` everywhere where x0 is zero."""
        if factor == 1.0:
            return self.x0.copy()
        return factor * self.x0 if self.x0.any() else np.full(self.n, factor)


def make_problem(
    name: str,
    x0: Sequence[float],
    residual: Callable[[Vector], Vector],
    jacobian: Callable[[Vector], Matrix],
    exact: bool = True,
) -> Problem:
    """Problem from functions of lists of floats."""

    def func(x: ArrayLike) -> Array:
        return np.array(residual(np.asarray(x, dtype=float).tolist()), dtype=float)

    def jac(x: ArrayLike) -> Array:
        return np.array(jacobian(np.asarray(x, dtype=float).tolist()), dtype=float)

    start = np.array(x0, dtype=float)
    start.flags.writeable = False
    return Problem(name, func(start).size, start.size, start, func, jac, exact)


def total(terms: Iterable[float]) -> float:
    """Sum from left to right, each addition rounded."""
    value = 0.0
    for term in terms:
        value += term
    return value


def exp(v: float) -> float:
    """math.exp, but inf where that raises: a trial point too far away is to be rejected, not to end the fit."""
    try:
        return math.exp(v)
    except OverflowError:
        return math.inf


# The 18 functions, in MINPACK's order. Indices start at 0, so i + 1 stands for the i of the paper.


def linear_full_rank(m: int, x: Vector) -> Vector:
    shift = 2.0 * total(x) / m + 1.0
    return [(x[i] if i < len(x) else 0.0) - shift for i in range(m)]


def linear_full_rank_jac(m: int, x: Vector) -> Matrix:
    return [[(1.0 if i == j else 0.0) - 2.0 / m for j in range(len(x))] for i in range(m)]


def linear_rank1(m: int, x: Vector) -> Vector:
    weighted = total((j + 1) * v for j, v in enumerate(x))
    return [(i + 1) * weighted - 1.0 for i in range(m)]


def linear_rank1_jac(m: int, x: Vector) -> Matrix:
    return [[float((i + 1) * (j + 1)) for j in range(len(x))] for i in range(m)]


def linear_rank1_zeros(m: int, x: Vector) -> Vector:
    weighted = total((j + 1) * x[j] for j in range(1, len(x) - 1))
    return [i * weighted - 1.0 if i < m - 1 else -1.0 for i in range(m)]


def linear_rank1_zeros_jac(m: int, x: Vector) -> Matrix:
    n = len(x)
    return [[float(i * (j + 1)) if 0 < i < m - 1 and 0 < j < n - 1 else 0.0 for j in range(n)] for i in range(m)]


def rosenbrock(x: Vector) -> Vector:
    return [10.0 * (x[1] - x[0] * x[0]), 1.0 - x[0]]


def rosenbrock_jac(x: Vector) -> Matrix:
    return [[-20.0 * x[0], 10.0], [-1.0, 0.0]]


def helical_valley(x: Vector) -> Vector:
    if x[0] == 0.0:
        turn = math.copysign(0.25, x[1])
    else:
        turn = math.atan(x[1] / x[0]) / (2.0 * math.pi) + (0.5 if x[0] < 0.0 else 0.0)
    radius = math.sqrt(x[0] * x[0] + x[1] * x[1])
    return [10.0 * (x[2] - 10.0 * turn), 10.0 * (radius - 1.0), x[2]]


def helical_valley_jac(x: Vector) -> Matrix:
    square = x[0] * x[0] + x[1] * x[1]
    radius = math.sqrt(square)
    slope = 50.0 / (math.pi * square)
    return [[slope * x[1], -slope * x[0], 10.0], [10.0 * x[0] / radius, 10.0 * x[1] / radius, 0.0], [0.0, 0.0, 1.0]]


def powell_singular(x: Vector) -> Vector:
    a, b = x[1] - 2.0 * x[2], x[0] - x[3]
    return [x[0] + 10.0 * x[1], math.sqrt(5.0) * (x[2] - x[3]), a * a, math.sqrt(10.0) * (b * b)]


def powell_singular_jac(x: Vector) -> Matrix:
    root5, a = math.sqrt(5.0), 2.0 * (x[1] - 2.0 * x[2])
    b = 2.0 * math.sqrt(10.0) * (x[0] - x[3])
    return [[1.0, 10.0, 0.0, 0.0], [0.0, 0.0, root5, -root5], [0.0, a, -2.0 * a, 0.0], [b, 0.0, 0.0, -b]]


def freudenstein_roth(x: Vector) -> Vector:
    a, b = x
    return [-13.0 + a + ((5.0 - b) * b - 2.0) * b, -29.0 + a + ((1.0 + b) * b - 14.0) * b]


def freudenstein_roth_jac(x: Vector) -> Matrix:
    b = x[1]
    return [[1.0, (10.0 - 3.0 * b) * b - 2.0], [1.0, (2.0 + 3.0 * b) * b - 14.0]]


BARD_Y = (0.14, 0.18, 0.22, 0.25, 0.29, 0.32, 0.35, 0.39, 0.37, 0.58, 0.73, 0.96, 1.34, 2.1, 4.39)


def bard(x: Vector) -> Vector:
    f = []
    for i, y in enumerate(BARD_Y):
        u, v = i + 1.0, 15.0 - i
        f.append(y - (x[0] + u / (x[1] * v + x[2] * min(u, v))))
    return f


def bard_jac(x: Vector) -> Matrix:
    rows = []
    for i in range(len(BARD_Y)):
        u, v = i + 1.0, 15.0 - i
        w = min(u, v)
        below = x[1] * v + x[2] * w
        slope = u / (below * below)
        rows.append([-1.0, slope * v, slope * w])
    return rows


KOWALIK_U = (4.0, 2.0, 1.0, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625)
KOWALIK_Y = (0.1957, 0.1947, 0.1735, 0.16, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323, 0.0235, 0.0246)


def kowalik_osborne(x: Vector) -> Vector:
    data = zip(KOWALIK_U, KOWALIK_Y, strict=True)
    return [y - x[0] * (u * (u + x[1])) / (u * (u + x[2]) + x[3]) for u, y in data]


def kowalik_osborne_jac(x: Vector) -> Matrix:
    rows = []
    for u in KOWALIK_U:
        above, below = u * (u + x[1]), u * (u + x[2]) + x[3]
        slope = x[0] * above / (below * below)
        rows.append([-above / below, -x[0] * u / below, slope * u, slope])
    return rows


MEYER_Y = (34780, 28610, 23650, 19630, 16370, 13720, 11540, 9744, 8261, 7030, 6005, 5147, 4427, 3820, 3307, 2872)


def meyer(x: Vector) -> Vector:
    return [x[0] * exp(x[1] / (5.0 * i + 50.0 + x[2])) - y for i, y in enumerate(MEYER_Y)]


def meyer_jac(x: Vector) -> Matrix:
    rows = []
    for i in range(len(MEYER_Y)):
        below = 5.0 * i + 50.0 + x[2]
        growth = exp(x[1] / below)
        slope = x[0] * growth / below
        rows.append([growth, slope, -slope * x[1] / below])
    return rows


def watson(x: Vector) -> Vector:
    f = []
    for i in range(29):
        t = (i + 1) / 29.0
        value, slope, power = x[0], 0.0, 1.0
        for j in range(1, len(x)):
            slope += j * power * x[j]
            power *= t
            value += power * x[j]
        f.append(slope - value * value - 1.0)
    return [*f, x[0], x[1] - x[0] * x[0] - 1.0]


def watson_jac(x: Vector) -> Matrix:
    n = len(x)
    rows = []
    for i in range(29):
        t = (i + 1) / 29.0
        powers = [1.0]
        for _ in range(1, n):
            powers.append(powers[-1] * t)
        value = total(p * v for p, v in zip(powers, x, strict=True))
        rows.append([(j * powers[j - 1] if j else 0.0) - 2.0 * value * powers[j] for j in range(n)])
    rest = [0.0] * (n - 2)
    return [*rows, [1.0, 0.0, *rest], [-2.0 * x[0], 1.0, *rest]]


def box3d(x: Vector) -> Vector:
    f = []
    for i in range(1, 11):
        t = i / 10.0
        f.append(exp(-t * x[0]) - exp(-t * x[1]) - x[2] * (exp(-t) - exp(-float(i))))
    return f


def box3d_jac(x: Vector) -> Matrix:
    rows = []
    for i in range(1, 11):
        t = i / 10.0
        rows.append([-t * exp(-t * x[0]), t * exp(-t * x[1]), exp(-float(i)) - exp(-t)])
    return rows


def jennrich_sampson(x: Vector) -> Vector:
    return [2.0 + 2.0 * i - (exp(i * x[0]) + exp(i * x[1])) for i in range(1, 11)]


def jennrich_sampson_jac(x: Vector) -> Matrix:
    return [[-i * exp(i * x[0]), -i * exp(i * x[1])] for i in range(1, 11)]


def brown_dennis_parts(t: float, x: Vector) -> tuple[float, float]:
    return x[0] + t * x[1] - exp(t), x[2] + math.sin(t) * x[3] - math.cos(t)


def brown_dennis(x: Vector) -> Vector:
    f = []
    for i in range(1, 21):
        a, b = brown_dennis_parts(i / 5.0, x)
        f.append(a * a + b * b)
    return f


def brown_dennis_jac(x: Vector) -> Matrix:
    rows = []
    for i in range(1, 21):
        t = i / 5.0
        a, b = brown_dennis_parts(t, x)
        rows.append([2.0 * a, 2.0 * a * t, 2.0 * b, 2.0 * b * math.sin(t)])
    return rows


def chebyquad(m: int, x: Vector) -> Vector:
    """Mean of each shifted Chebyshev polynomial over the points x, less its integral over [0, 1]."""
    sums = [0.0] * m
    for v in x:
        t = 2.0 * v - 1.0
        before, now = 1.0, t
        for k in range(m):
            sums[k] += now
            before, now = now, 2.0 * t * now - before
    # the integral is 0 for odd degree, -1 / (degree^2 - 1) for even
    return [s / len(x) + (1.0 / ((k + 1) * (k + 1) - 1) if k % 2 else 0.0) for k, s in enumerate(sums)]


def chebyquad_jac(m: int, x: Vector) -> Matrix:
    n = len(x)
    rows = [[0.0] * n for _ in range(m)]
    for j, v in enumerate(x):
        t = 2.0 * v - 1.0
        before, now, slope_before, slope = 1.0, t, 0.0, 2.0
        for k in range(m):
            rows[k][j] = slope / n
            slope_before, slope = slope, 4.0 * now + 2.0 * t * slope - slope_before
            before, now = now, 2.0 * t * now - before
    return rows


def brown_almost_linear(x: Vector) -> Vector:
    n = len(x)
    shift, product = total(x) - (n + 1), 1.0
    for v in x:
        product *= v
    return [*(v + shift for v in x[:-1]), product - 1.0]


def brown_almost_linear_jac(x: Vector) -> Matrix:
    n = len(x)
    rows = [[2.0 if i == j else 1.0 for j in range(n)] for i in range(n - 1)]
    last = []
    for j in range(n):
        product = 1.0  # of the others: dividing by x[j] would fail at zero
        for k in range(n):
            if k != j:
                product *= x[k]
        last.append(product)
    return [*rows, last]


OSBORNE1_Y = (
    *(0.844, 0.908, 0.932, 0.936, 0.925, 0.908, 0.881, 0.85, 0.818, 0.784, 0.751, 0.718, 0.685, 0.658, 0.628, 0.603),
    *(0.58, 0.558, 0.538, 0.522, 0.506, 0.49, 0.478, 0.467, 0.457, 0.448, 0.438, 0.431, 0.424, 0.42, 0.414, 0.411),
    0.406,
)


def osborne1(x: Vector) -> Vector:
    f = []
    for i, y in enumerate(OSBORNE1_Y):
        t = 10.0 * i
        f.append(y - (x[0] + x[1] * exp(-x[3] * t) + x[2] * exp(-x[4] * t)))
    return f


def osborne1_jac(x: Vector) -> Matrix:
    rows = []
    for i in range(len(OSBORNE1_Y)):
        t = 10.0 * i
        a, b = exp(-x[3] * t), exp(-x[4] * t)
        rows.append([-1.0, -a, -b, t * x[1] * a, t * x[2] * b])
    return rows


OSBORNE2_Y = (
    *(1.366, 1.191, 1.112, 1.013, 0.991, 0.885, 0.831, 0.847, 0.786, 0.725, 0.746, 0.679, 0.608, 0.655, 0.616, 0.606),
    *(0.602, 0.626, 0.651, 0.724, 0.649, 0.649, 0.694, 0.644, 0.624, 0.661, 0.612, 0.558, 0.533, 0.495, 0.5, 0.423),
    *(0.395, 0.375, 0.372, 0.391, 0.396, 0.405, 0.428, 0.429, 0.523, 0.562, 0.607, 0.653, 0.672, 0.708, 0.633, 0.668),
    *(0.645, 0.632, 0.591, 0.559, 0.597, 0.625, 0.739, 0.71, 0.729, 0.72, 0.636, 0.581, 0.428, 0.292, 0.162, 0.098),
    0.054,
)


def osborne2(x: Vector) -> Vector:
    f = []
    for i, y in enumerate(OSBORNE2_Y):
        t = i / 10.0
        value = x[0] * exp(-x[4] * t)
        for k in range(1, 4):
            d = t - x[7 + k]
            value += x[k] * exp(-x[4 + k] * (d * d))
        f.append(y - value)
    return f


def osborne2_jac(x: Vector) -> Matrix:
    rows = []
    for i in range(len(OSBORNE2_Y)):
        t = i / 10.0
        decay = exp(-x[4] * t)
        row = [-decay, 0.0, 0.0, 0.0, t * x[0] * decay] + [0.0] * 6
        for k in range(1, 4):
            d = t - x[7 + k]
            peak = exp(-x[4 + k] * (d * d))
            row[k] = -peak
            row[4 + k] = x[k] * (d * d) * peak
            row[7 + k] = -2.0 * x[k] * x[4 + k] * d * peak
        rows.append(row)
    return rows


def mgh_problems() -> list[tuple[Problem, int]]:
    """The 28 problems of MINPACK-1's drivers, in their order, each with its number of tries."""
    table = []

    def add(
        tries: int,
        name: str,
        x0: Sequence[float],
        residual: Callable[[Vector], Vector],
        jacobian: Callable[[Vector], Matrix],
        exact: bool = True,
    ) -> None:
        table.append((make_problem(name, x0, residual, jacobian, exact), tries))

    for kind, f, df in (
        ("linear_full_rank", linear_full_rank, linear_full_rank_jac),
        ("linear_rank1", linear_rank1, linear_rank1_jac),
        ("linear_rank1_zeros", linear_rank1_zeros, linear_rank1_zeros_jac),
    ):
        for m in (10, 50):
            add(1, f"{kind}_{m}x5", [1.0] * 5, partial(f, m), partial(df, m))
    add(3, "rosenbrock", [-1.2, 1.0], rosenbrock, rosenbrock_jac)
    add(3, "helical_valley", [-1.0, 0.0, 0.0], helical_valley, helical_valley_jac, exact=False)
    add(3, "powell_singular", [3.0, -1.0, 0.0, 1.0], powell_singular, powell_singular_jac)
    add(3, "freudenstein_roth", [0.5, -2.0], freudenstein_roth, freudenstein_roth_jac)
    add(3, "bard", [1.0, 1.0, 1.0], bard, bard_jac)
    add(3, "kowalik_osborne", [0.25, 0.39, 0.415, 0.39], kowalik_osborne, kowalik_osborne_jac)
    add(2, "meyer", [0.02, 4000.0, 250.0], meyer, meyer_jac, exact=False)
    for n in (6, 9, 12):
        add(3, f"watson_{n}", [0.0] * n, watson, watson_jac)
    add(1, "box3d", [0.0, 10.0, 20.0], box3d, box3d_jac, exact=False)
    add(1, "jennrich_sampson", [0.3, 0.4], jennrich_sampson, jennrich_sampson_jac, exact=False)
    add(3, "brown_dennis", [25.0, 5.0, -5.0, -1.0], brown_dennis, brown_dennis_jac, exact=False)
    for m, n, tries in ((8, 1, 3), (8, 8, 1), (9, 9, 1), (10, 10, 1)):
        x0 = [(j + 1) / (n + 1) for j in range(n)]
        add(tries, f"chebyquad_{m}x{n}", x0, partial(chebyquad, m), partial(chebyquad_jac, m))
    for n, tries in ((10, 3), (30, 1), (40, 1)):
        add(tries, f"brown_almost_linear_{n}", [0.5] * n, brown_almost_linear, brown_almost_linear_jac)
    add(1, "osborne1", [0.5, 1.5, -1.0, 0.01, 0.02], osborne1, osborne1_jac, exact=False)
    x0 = [1.3, 0.65, 0.65, 0.7, 0.6, 3.0, 5.0, 7.0, 2.0, 4.5, 5.5]
    add(1, "osborne2", x0, osborne2, osborne2_jac, exact=False)
    return table


def mgh_runs() -> list[tuple[Problem, float]]:
    """The 53 runs of MINPACK-1's drivers: (problem, factor), to be started at `problem.start(factor)`."""
    return [(problem, factor) for problem, tries in mgh_problems() for factor in (1.0, 10.0, 100.0)[:tries]]


# Problems made to be awkward; all are exact.


def scaled(name: str, base: Problem, rows: Sequence[float], columns: Sequence[float]) -> Problem:
    """`base` with residual i multiplied by rows[i] and parameter j by columns[j]."""

    def inner(x: Vector) -> Vector:
        return [v / c for v, c in zip(x, columns, strict=True)]

    def residual(x: Vector) -> Vector:
        return [r * v for r, v in zip(rows, base.func(inner(x)).tolist(), strict=True)]

    def jacobian(x: Vector) -> Matrix:
        # r * (v / c): r / c alone may overflow or vanish
        matrix = base.jac(inner(x)).tolist()
        return [[r * (v / c) for v, c in zip(row, columns, strict=True)] for r, row in zip(rows, matrix, strict=True)]

    x0 = [v * c for v, c in zip(base.x0.tolist(), columns, strict=True)]
    return make_problem(name, x0, residual, jacobian, base.exact)


def bent(name: str, a: Matrix, y: Sequence[float], x0: Sequence[float], bend: float) -> Problem:
    """Residuals z + bend * z * z - y with z = A x: linear for bend = 0, and a Jacobian of A's rank and column space."""

    def product(row: Vector, x: Vector) -> float:
        return total(c * v for c, v in zip(row, x, strict=True))

    def residual(x: Vector) -> Vector:
        f = []
        for row, value in zip(a, y, strict=True):
            z = product(row, x)
            f.append(z + bend * (z * z) - value)
        return f

    def jacobian(x: Vector) -> Matrix:
        rows = []
        for row in a:
            slope = 1.0 + 2.0 * bend * product(row, x)
            rows.append([slope * c for c in row])
        return rows

    return make_problem(name, x0, residual, jacobian)


def tridiagonal(x: Vector) -> Vector:
    """Broyden's tridiagonal function, number 30 of [1]_."""
    padded = [0.0, *x, 0.0]
    return [(3.0 - 2.0 * v) * v - padded[i] - 2.0 * padded[i + 2] + 1.0 for i, v in enumerate(x)]


def tridiagonal_jac(x: Vector) -> Matrix:
    n = len(x)
    around = {-1: -1.0, 1: -2.0}
    return [[3.0 - 4.0 * x[i] if i == j else around.get(j - i, 0.0) for j in range(n)] for i in range(n)]


def saturation(x: Vector) -> Vector:
    return [i / (1.0 + i * (x[0] * x[0])) - 1.0 / i for i in range(1, 8)]


def saturation_jac(x: Vector) -> Matrix:
    rows = []
    for i in range(1, 8):
        below = 1.0 + i * (x[0] * x[0])
        rows.append([-2.0 * (i * i) * x[0] / (below * below)])
    return rows


def rank_cases() -> list[Problem]:
    """Jacobians short of full rank, or close to it."""
    m = 8
    y = [1.0 + (i * i % 5) / 4.0 for i in range(m)]
    a = [[((7 * i + 5 * j * j + 3 * i * j) % 11) / 8.0 for j in range(3)] for i in range(m)]
    base = [1.0 + i / 8.0 for i in range(m)]
    ripple = [[((5 * i + 3 * j + 2 * i * i * (j + 1)) % 13) / 13.0 for j in range(4)] for i in range(m)]
    ones = [1.0, 1.0, 1.0]
    cases = [
        bent("rank_deficient", [[r[0], r[1], r[0] + r[1]] for r in a], y, ones, 0.125),
        bent("duplicated_column", [[r[0], r[1], r[0]] for r in a], y, ones, 0.125),
        bent("zero_column", [[r[0], 0.0, r[2]] for r in a], y, ones, 0.125),
        make_problem("constant_residual", ones, lambda x: [3.0, -1.0, 2.0, 0.5], lambda x: [[0.0] * 3] * 4),
    ]
    for gap in (1e-6, 1e-10, 1e-14):
        near = [[b, b + gap * r[0]] for b, r in zip(base, ripple, strict=True)]
        cases.append(bent(f"nearly_collinear_{gap:.0e}", near, y, [1.0, -0.5], 0.125))
    # One vector four times, the first time doubled so that it is the first pivot, and a little more: of the others the
    # first reflection leaves so little that QR has to compute norms anew; updated by subtraction they have no digits.
    gaps = (0.0, 1e-5, 1e-8, 1e-11)
    collapse = [[b + gap * v for gap, v in zip(gaps, r, strict=True)] for b, r in zip(base, ripple, strict=True)]
    collapse = [[2.0 * row[0], *row[1:]] for row in collapse]
    cases.append(bent("column_collapse", collapse, y, [1.0, -0.5, 0.25, 0.5], 0.125))
    return cases


def scale_cases() -> list[Problem]:
    """Residuals, parameters and columns far from one, where squares overflow or vanish."""
    base = make_problem("kowalik_osborne", [0.25, 0.39, 0.415, 0.39], kowalik_osborne, kowalik_osborne_jac)
    even = [1.0] * base.m
    cases = []
    for s in (1e-160, 1e-100, 1e-30, 1e-10, 1e10, 1e30, 1e100, 1e150, 1e160):
        cases.append(scaled(f"residuals_{s:.0e}", base, [s] * base.m, [1.0] * 4))
    for s in (1e-160, 1e-100, 1e-30, 1e-10, 1e10, 1e30, 1e100, 1e150):
        cases.append(scaled(f"parameters_{s:.0e}", base, even, [s] * 4))
    spread = [1e-160, 1e-80, 1.0, 1e-20, 1e20, 1e80, 1e160, 1.0, 1e-5, 1e5, 1.0]
    cases.append(scaled("residuals_mixed", base, spread, [1.0] * 4))
    cases.append(scaled("parameters_mixed", base, even, [1e-160, 1e150, 1e-20, 1e20]))
    cases.append(scaled("both_mixed", base, [1e100] * base.m, [1e-100, 1e60, 1e-3, 1e100]))
    sizes = (1e-20, 1e-10, 1.0, 1e10, 1e20)
    a = [[s * (((7 * i + 5 * j * j + 3 * i * j) % 11) - 4) for j, s in enumerate(sizes)] for i in range(9)]
    cases.append(bent("column_norms", a, [1.0 + i % 4 for i in range(9)], [1.0] * 5, 0.0))
    return cases


def shape_cases() -> list[Problem]:
    """The smallest and the square shapes, fits that are over at once, and linear ones."""
    steps = [[1.0, float(i), float(i * i)] for i in range(5)]
    grid = [i / 20.0 for i in range(20)]
    powers = [[1.0] for _ in grid]
    for row, t in zip(powers, grid, strict=True):
        for _ in range(5):
            row.append(row[-1] * t)
    return [
        make_problem("one_by_one", [1.0], lambda x: [x[0] * x[0] - 2.0], lambda x: [[2.0 * x[0]]]),
        make_problem("one_parameter", [2.0], saturation, saturation_jac),
        make_problem("square_5", [-1.0] * 5, tridiagonal, tridiagonal_jac),
        make_problem("start_at_zero_residual", [1.0, 1.0], rosenbrock, rosenbrock_jac),
        make_problem("start_at_minimum", [2.0], lambda x: [x[0] - 1.0, x[0] - 3.0], lambda x: [[1.0], [1.0]]),
        bent("start_at_zero", steps, [2.0, 3.0, 5.0, 4.0, 7.0], [0.0, 0.0, 0.0], 0.0625),
        bent("zero_residual_linear", steps, [3.0 - 2.0 * i + i * i for i in range(5)], [1.0, 1.0, 1.0], 0.0),
        bent("polynomial_6", powers, [1.0 / (1.0 + 4.0 * (t * t)) for t in grid], [1.0] * 6, 0.0),
    ]


def hard_cases() -> list[Problem]:
    """Exact problems that are hard on the linear algebra, the scaling or the end of a fit."""
    return [*rank_cases(), *scale_cases(), *shape_cases()]


def random_problem(seed: int) -> Problem:
    """Exact problem with n in 1..8, m in n..40: ratios of mild quadratics, rows and parameters badly scaled."""
    draw = random.Random(seed).random  # of all generators' methods the one whose values Python promises to keep

    def pick(low: int, high: int) -> int:
        return low + int(draw() * (high - low + 1))

    def power_of_ten(reach: int) -> float:
        return float(f"1e{pick(-reach, reach)}")  # 10.0 ** k may be rounded otherwise elsewhere

    n = pick(1, 8)
    m = pick(n, 40)
    linear, mixed, below = ([[2.0 * draw() - 1.0 for _ in range(n)] for _ in range(m)] for _ in range(3))
    y = [2.0 * draw() - 1.0 for _ in range(m)]
    bend, pole = 0.25 * draw(), 0.5 * draw() / n

    def parts(i: int, x: Vector) -> tuple[float, float]:
        top, bottom = 0.0, 1.0
        for j in range(n):
            top += linear[i][j] * x[j] + bend * mixed[i][j] * (x[j] * x[j - 1])
            bottom += pole * (below[i][j] * below[i][j]) * (x[j] * x[j])
        return top, bottom

    def residual(x: Vector) -> Vector:
        f = []
        for i in range(m):
            top, bottom = parts(i, x)
            f.append(top / bottom - y[i])
        return f

    def jacobian(x: Vector) -> Matrix:
        rows = []
        for i in range(m):
            top, bottom = parts(i, x)
            row = []
            for j in range(n):
                after = (j + 1) % n  # x[j] is in the products with both its neighbours, x[-1] being x[n - 1]
                d_top = linear[i][j] + bend * (mixed[i][j] * x[j - 1] + mixed[i][after] * x[after])
                d_bottom = 2.0 * pole * (below[i][j] * below[i][j]) * x[j]
                row.append((d_top - top / bottom * d_bottom) / bottom)
            rows.append(row)
        return rows

    name = f"random_{seed}_{m}x{n}"
    base = make_problem(name, [4.0 * draw() - 2.0 for _ in range(n)], residual, jacobian)
    overall = power_of_ten(30)
    rows = [overall * power_of_ten(2) for _ in range(m)]
    return scaled(name, base, rows, [power_of_ten(12) for _ in range(n)])
