"""The 18 functions of MINPACK-1's test drivers and their Jacobians, in MINPACK's order.

Everything is computed in Python floats, in index order, squares as products: see `problems`. Indices start at 0, so
i + 1 stands for the i of the paper.

References
----------
.. [1] More, Garbow & Hillstrom, "Testing unconstrained optimization software", ACM TOMS 7 (1981), 17-41.
.. [2] More, Garbow & Hillstrom, "User guide for MINPACK-1", ANL-80-74 (1980).
"""

import math
from collections.abc import Iterable

Vector = list[float]
Matrix = list[list[float]]


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
