"""Nonlinear least-squares problems that the tests fit.

`mgh_problems` and `mgh_runs` give the 18 functions and 53 runs of MINPACK-1's own test drivers, `hard_cases` problems
made to be awkward, and `random_problem` as many more as wanted.

Everything is computed in Python floats, in index order, squares as products: NumPy's reductions add pairwise and the
built-in sum is compensated from Python 3.12 on, so either would tie the bits to a version. If `Problem.exact` is
true only + - * / and sqrt occur, which IEEE 754 rounds in one way, and the bits are those of any machine.

References
----------
.. [1] More, Garbow & Hillstrom, "Testing unconstrained optimization software", ACM TOMS 7 (1981), 17-41.
.. [2] More, Garbow & Hillstrom, "User guide for MINPACK-1", ANL-80-74 (1980).
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

import mgh
from mgh import Matrix, Vector, total

Array = NDArray[np.float64]


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
    """Problem from functions of lists of floats.

    Values are kept: fits of one problem, ours and the oracles', with one option and another, ask for the same points.
    """

    def kept(function: Callable[[Vector], Any]) -> Callable[[ArrayLike], Array]:
        values: dict[bytes, Array] = {}

        def call(x: ArrayLike) -> Array:
            point = np.asarray(x, dtype=float)
            key = point.tobytes()
            if key not in values:
                values[key] = np.array(function(point.tolist()), dtype=float)
            return values[key].copy()

        return call

    func, jac = kept(residual), kept(jacobian)
    start = np.array(x0, dtype=float)
    start.flags.writeable = False
    return Problem(name, func(start).size, start.size, start, func, jac, exact)


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
        ("linear_full_rank", mgh.linear_full_rank, mgh.linear_full_rank_jac),
        ("linear_rank1", mgh.linear_rank1, mgh.linear_rank1_jac),
        ("linear_rank1_zeros", mgh.linear_rank1_zeros, mgh.linear_rank1_zeros_jac),
    ):
        for m in (10, 50):
            add(1, f"{kind}_{m}x5", [1.0] * 5, partial(f, m), partial(df, m))
    add(3, "rosenbrock", [-1.2, 1.0], mgh.rosenbrock, mgh.rosenbrock_jac)
    add(3, "helical_valley", [-1.0, 0.0, 0.0], mgh.helical_valley, mgh.helical_valley_jac, exact=False)
    add(3, "powell_singular", [3.0, -1.0, 0.0, 1.0], mgh.powell_singular, mgh.powell_singular_jac)
    add(3, "freudenstein_roth", [0.5, -2.0], mgh.freudenstein_roth, mgh.freudenstein_roth_jac)
    add(3, "bard", [1.0, 1.0, 1.0], mgh.bard, mgh.bard_jac)
    add(3, "kowalik_osborne", [0.25, 0.39, 0.415, 0.39], mgh.kowalik_osborne, mgh.kowalik_osborne_jac)
    add(2, "meyer", [0.02, 4000.0, 250.0], mgh.meyer, mgh.meyer_jac, exact=False)
    for n in (6, 9, 12):
        add(3, f"watson_{n}", [0.0] * n, mgh.watson, mgh.watson_jac)
    add(1, "box3d", [0.0, 10.0, 20.0], mgh.box3d, mgh.box3d_jac, exact=False)
    add(1, "jennrich_sampson", [0.3, 0.4], mgh.jennrich_sampson, mgh.jennrich_sampson_jac, exact=False)
    add(3, "brown_dennis", [25.0, 5.0, -5.0, -1.0], mgh.brown_dennis, mgh.brown_dennis_jac, exact=False)
    for m, n, tries in ((8, 1, 3), (8, 8, 1), (9, 9, 1), (10, 10, 1)):
        x0 = [(j + 1) / (n + 1) for j in range(n)]
        add(tries, f"chebyquad_{m}x{n}", x0, partial(mgh.chebyquad, m), partial(mgh.chebyquad_jac, m))
    for n, tries in ((10, 3), (30, 1), (40, 1)):
        add(tries, f"brown_almost_linear_{n}", [0.5] * n, mgh.brown_almost_linear, mgh.brown_almost_linear_jac)
    add(1, "osborne1", [0.5, 1.5, -1.0, 0.01, 0.02], mgh.osborne1, mgh.osborne1_jac, exact=False)
    x0 = [1.3, 0.65, 0.65, 0.7, 0.6, 3.0, 5.0, 7.0, 2.0, 4.5, 5.5]
    add(1, "osborne2", x0, mgh.osborne2, mgh.osborne2_jac, exact=False)
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
    base = make_problem("kowalik_osborne", [0.25, 0.39, 0.415, 0.39], mgh.kowalik_osborne, mgh.kowalik_osborne_jac)
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
        make_problem("start_at_zero_residual", [1.0, 1.0], mgh.rosenbrock, mgh.rosenbrock_jac),
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
