"""The pieces that the bounded methods are made of, each at and beside its thresholds."""

import ctypes
import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import ArrayLike

from bounded_driver import EXTENSION as call
from bounded_driver import LOSSES, Array
from minpack import functions
from oracles import machine

INF = math.inf


def up(value: float) -> float:
    return math.nextafter(value, INF)


def down(value: float) -> float:
    return math.nextafter(value, -INF)


def vector(values: ArrayLike) -> Array:
    return np.array(values, dtype=float)


# ---- losses


def value(loss: str, z: float) -> float:
    return float(call("loss_value", LOSSES.index(loss), z, result=ctypes.c_double))


def slopes(loss: str, z: float) -> tuple[float, float]:
    first, second = np.empty(1), np.empty(1)
    call("loss_slopes", LOSSES.index(loss), z, first, second)
    return float(first[0]), float(second[0])


FORMULAS: dict[str, Any] = {
    "huber": lambda z: (z, 1.0, 0.0) if z <= 1.0 else (2.0 * z**0.5 - 1.0, z**-0.5, -0.5 * z**-1.5),
    "soft_l1": lambda z: (2.0 * ((1.0 + z) ** 0.5 - 1.0), (1.0 + z) ** -0.5, -0.5 * (1.0 + z) ** -1.5),
    "cauchy": lambda z: (math.log1p(z), 1.0 / (1.0 + z), -1.0 / (1.0 + z) ** 2),
    "arctan": lambda z: (math.atan(z), 1.0 / (1.0 + z * z), -2.0 * z / (1.0 + z * z) ** 2),
}


@pytest.mark.parametrize("loss", FORMULAS)
@pytest.mark.parametrize("z", [0.0, 1e-300, 1e-9, 0.3, down(1.0), 1.0, up(1.0), 2.0, 30.0, 1e9, 1e60])
def test_losses_are_those_of_the_table(loss: str, z: float) -> None:
    expected = FORMULAS[loss](z)
    assert value(loss, z) == pytest.approx(expected[0], rel=4e-16, abs=0.0)
    assert slopes(loss, z) == pytest.approx(expected[1:], rel=1e-15, abs=0.0)


def test_losses_have_the_bits_of_minpack_functions() -> None:
    z = np.random.default_rng(0).uniform(0.0, 3.0, 500)
    assert [value("cauchy", number) for number in z] == functions.log1p(z).tolist()
    assert [value("arctan", number) for number in z] == functions.arctan(z).tolist()


def test_huber_turns_above_one() -> None:
    assert (value("huber", 1.0), slopes("huber", 1.0)) == (1.0, (1.0, 0.0))
    assert slopes("huber", up(1.0))[1] == pytest.approx(-0.5)


@pytest.mark.parametrize("loss", FORMULAS)
def test_losses_of_infinity_are_not_nan(loss: str) -> None:
    assert not math.isnan(value(loss, INF))
    assert slopes(loss, INF)[0] == 0.0


# ---- bounds


def active(x: float, lower: float, upper: float, rtol: float) -> int:
    mask = np.empty(1, np.intc)
    call("active", 1, vector([x]), vector([lower]), vector([upper]), rtol, mask)
    return int(mask[0])


def inside(x: float, lower: float, upper: float, rstep: float) -> float:
    moved = vector([x])
    call("move_inside", 1, moved, vector([lower]), vector([upper]), rstep)
    return float(moved[0])


@pytest.mark.parametrize(
    ("x", "lower", "upper", "rtol", "expected"),
    [
        (0.0, 0.0, 1.0, 0.0, -1), (up(0.0), 0.0, 1.0, 0.0, 0), (-1.0, 0.0, 1.0, 0.0, -1),
        (1.0, 0.0, 1.0, 0.0, 1), (down(1.0), 0.0, 1.0, 0.0, 0), (2.0, 2.0, 2.0, 0.0, 1),
        (0.25, 0.0, 8.0, 0.25, -1), (up(0.25), 0.0, 8.0, 0.25, 0), (3.0, 2.0, 32.0, 0.5, -1),
        (up(3.0), 2.0, 32.0, 0.5, 0), (7.75, 0.0, 8.0, 0.03125, 1), (down(7.75), 0.0, 8.0, 0.03125, 0),
        (0.0, -INF, INF, 0.5, 0), (-9.0, -INF, 0.0, 0.5, 0), (0.5, 0.0, 1.0, 0.5, 1), (down(0.5), 0.0, 1.0, 0.5, -1),
    ],
)  # fmt: skip
def test_what_is_on_a_bound(x: float, lower: float, upper: float, rtol: float, expected: int) -> None:
    assert active(x, lower, upper, rtol) == expected


@pytest.mark.parametrize(
    ("x", "lower", "upper", "rstep", "expected"),
    [
        (0.0, 0.0, 1.0, 0.0, up(0.0)), (-3.0, 0.0, 1.0, 0.0, up(0.0)), (1.0, 0.0, 1.0, 0.0, down(1.0)),
        (2.0, -4.0, 4.0, 0.0, 2.0), (0.0, 0.0, 1.0, 0.125, 0.125), (1.0, 0.0, 1.0, 0.125, 0.875),
        (-4.0, -4.0, 4.0, 0.125, -3.5), (4.0, -INF, 4.0, 0.125, 3.5), (5.0, -INF, INF, 0.125, 5.0),
        (0.0, 0.0, 0.0625, 0.125, 0.03125), (1.0, 1.0, up(1.0), 0.0, up(1.0)), (1.0, 1.0, up(1.0), 1e-10, 1.0),
    ],
)  # fmt: skip
def test_moving_off_a_bound(x: float, lower: float, upper: float, rstep: float, expected: float) -> None:
    assert inside(x, lower, upper, rstep) == expected


def to_bound(x: ArrayLike, s: ArrayLike, lower: ArrayLike, upper: ArrayLike) -> tuple[float, list[int]]:
    t, hits, at = np.empty(1), np.empty(np.size(x), np.intc), vector(x)
    call("to_bound", at.size, at, vector(s), vector(lower), vector(upper), t, hits)
    return float(t[0]), hits.tolist()


def test_how_far_it_is_to_the_bounds() -> None:
    zero, low, high = [0.0, 0.0], [-1.0, -1.0], [1.0, 2.0]
    assert to_bound(zero, [1.0, 1.0], low, high) == (1.0, [1, 0])
    assert to_bound(zero, [0.5, 1.0], low, high) == (2.0, [1, 1])  # a tie
    assert to_bound(zero, [-0.5, -1.0], low, high) == (1.0, [0, -1])
    assert to_bound(zero, [0.0, 0.0], low, high) == (INF, [0, 0])
    assert to_bound(zero, [1.0, 0.0], [-INF, -INF], [INF, INF]) == (INF, [1, 0])
    assert to_bound([1.0, 0.0], [1.0, 1.0], low, high) == (0.0, [1, 0])  # on it


# ---- the model, the radius, the end


def minimum(a: float, b: float, low: float, high: float, c: float = 0.0) -> tuple[float, float]:
    t, least = np.empty(1), np.empty(1)
    call("minimum_on", a, b, low, high, c, t, least)
    return float(t[0]), float(least[0])


def test_a_value_of_nan_is_the_least() -> None:
    """As for SciPy: with the step of the lower end, none, a fit would end as if it had converged."""
    assert all(map(math.isnan, minimum(1.0, -1.0, 0.0, math.nan)))
    t, least = minimum(INF, -INF, 1.0, 2.0)
    assert t == 1.0
    assert math.isnan(least)


def test_minimum_of_a_parabola_on_an_interval() -> None:
    assert minimum(1.0, -2.0, 0.0, 3.0, 5.0) == (1.0, 4.0)
    assert minimum(1.0, -2.0, 0.0, 1.0) == (1.0, -1.0)
    assert minimum(1.0, -2.0, 0.0, down(1.0))[0] == down(1.0)
    assert minimum(1.0, -2.0, 1.5, 2.0) == (1.5, -0.75)
    assert minimum(-1.0, 0.0, -2.0, 2.0) == (-2.0, -4.0)  # the first of equals
    assert minimum(0.0, 0.0, 1.0, 2.0) == (1.0, 0.0)
    assert minimum(0.0, -1.0, 1.0, 2.0) == (2.0, -2.0)


def radius(delta: float, actual: float, predicted: float, step: float, hit: int) -> tuple[float, float]:
    new, ratio = vector([delta]), np.empty(1)
    call("new_radius", new, actual, predicted, step, hit, ratio)
    return float(new[0]), float(ratio[0])


def test_radius() -> None:
    assert radius(8.0, down(0.25), 1.0, 2.0, 1) == (0.5, down(0.25))
    assert radius(8.0, 0.25, 1.0, 2.0, 1) == (8.0, 0.25)
    assert radius(8.0, 0.75, 1.0, 2.0, 1) == (8.0, 0.75)
    assert radius(8.0, up(0.75), 1.0, 2.0, 1) == (16.0, up(0.75))
    assert radius(8.0, up(0.75), 1.0, 2.0, 0) == (8.0, up(0.75))
    assert radius(8.0, 0.0, 0.0, 2.0, 1) == (16.0, 1.0)
    assert radius(8.0, 5e-324, 0.0, 2.0, 1) == (0.5, 0.0)
    assert radius(8.0, 1.0, -1.0, 2.0, 1) == (0.5, 0.0)
    assert radius(8.0, math.nan, 1.0, 2.0, 1)[0] == 8.0


def verdict(*args: float) -> int:
    return int(call("verdict", *args, result=ctypes.c_int))


def test_end() -> None:
    # reduction, cost, length of the step, |x|, ratio, ftol, xtol
    assert verdict(0.25, 1.0, 9.0, 3.0, 0.5, 0.25, 0.25) == 0
    assert verdict(down(0.25), 1.0, 9.0, 3.0, 0.5, 0.25, 0.25) == 2
    assert verdict(down(0.25), 1.0, 9.0, 3.0, 0.25, 0.25, 0.25) == 0
    assert verdict(down(0.25), 1.0, 9.0, 3.0, up(0.25), 0.25, 0.25) == 2
    assert verdict(0.25, 1.0, 0.8125, 3.0, 0.5, 0.25, 0.25) == 0
    assert verdict(0.25, 1.0, down(0.8125), 3.0, 0.5, 0.25, 0.25) == 3
    assert verdict(0.0, 1.0, 0.0, 3.0, 0.5, 0.25, 0.25) == 4
    assert verdict(0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0) == 0
    assert verdict(math.nan, 1.0, 9.0, 3.0, math.nan, 0.25, 0.25) == 0


# ---- singular values


def spectrum(t: Array, b: Array) -> tuple[Array, Array, Array]:
    n = b.size
    sigma, ub, v, column_major = np.empty(n), np.empty(n), np.empty((n, n)), np.asfortranarray(t)
    call("singular_values", n, n, column_major.T, b, sigma, ub, v, machine("scipy"))
    return sigma, ub, v.T  # v[:, k] belongs to sigma[k]


@pytest.mark.parametrize("scale", [1e-150, 1e-31, 1.0, 1e29, 1e31, 1e150])
@pytest.mark.parametrize("n", [1, 2, 3, 8, 40])
def test_singular_values(n: int, scale: float) -> None:
    rng = np.random.default_rng(n)
    t = np.linalg.qr(rng.normal(size=(n + 3, n)) * np.logspace(0, -6, n))[1]
    b = rng.normal(size=n)
    sigma, ub, v = spectrum(scale * t, b)
    expected = np.linalg.svd(t, compute_uv=False)
    np.testing.assert_allclose(np.sort(sigma)[::-1], scale * expected, rtol=1e-13 * n)
    np.testing.assert_allclose(v.T @ v, np.eye(n), atol=1e-14 * n)
    # T'b = V * sigma * U'b, and U'b keeps the length of b
    np.testing.assert_allclose(v @ (sigma * ub), scale * (t.T @ b), rtol=1e-13 * n, atol=1e-14 * n * scale)
    assert np.linalg.norm(ub) == pytest.approx(np.linalg.norm(b), rel=1e-13)


def test_singular_values_of_less_than_full_rank() -> None:
    t = np.array([[2.0, 1.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    sigma, ub, v = spectrum(t, np.array([1.0, 2.0, 3.0]))
    order = np.argsort(-sigma)
    np.testing.assert_allclose(sigma[order], [math.sqrt(5.0), 0.0, 0.0], rtol=1e-15)
    assert np.isfinite(v).all()
    assert abs(ub[order[0]]) == pytest.approx(1.0)
    assert v[2].tolist() == [0.0, 0.0, 0.0]  # a column of zeros: exactly no part in any vector
    assert spectrum(np.zeros((2, 2)), np.ones(2))[0].tolist() == [0.0, 0.0]


# ---- the step within the trust region


def steps(
    t: Array, b: Array, delta: float, alpha: float = 0.0
) -> tuple[tuple[Array, float], tuple[Array, float] | None]:
    """By singular values, and by triangular solves where that is enough."""
    n, mach = b.size, machine("scipy")
    sigma, ub, v = spectrum(t, b)
    p, wa, by_spectrum = np.empty(n), np.empty((4, n)), vector([alpha])
    call("step_by_spectrum", n, 1, delta, sigma, ub, np.ascontiguousarray(v.T), by_spectrum, p, wa, mach)
    q, done, by_factor = np.empty(n), np.empty(1, np.intc), vector([alpha])
    columns, order = np.ascontiguousarray(t.T), np.arange(1, n + 1, dtype=np.intc)
    newton = -np.linalg.solve(t, b)
    call("step_by_factor", n, n, delta, columns, order, b, t.T @ b, newton, by_factor, q, done, wa, mach)
    return (p, float(by_spectrum[0])), (q, float(by_factor[0])) if done[0] else None


@pytest.mark.parametrize("seed", range(40))
def test_step_within_the_radius(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 7))
    t = np.triu(rng.normal(size=(n, n))) + 2.0 * np.eye(n)
    b = rng.normal(size=n)
    delta = float(np.linalg.norm(np.linalg.solve(t, b)) * rng.choice([0.01, 0.5, 0.9, 1.5]))
    (p, alpha), other = steps(t, b, delta, float(rng.choice([0.0, 0.1, 100.0])))
    assert np.linalg.norm(p) <= delta * (1.0 + 1e-15)
    assert other is not None
    np.testing.assert_allclose(other[0], p, rtol=0.0, atol=1e-13 * delta)
    assert other[1] == pytest.approx(alpha, rel=1e-10)
    if alpha == 0.0:
        np.testing.assert_allclose(t @ p, -b, atol=1e-12)
    else:  # p is a minimizer except in length, which ends within 1 % of the radius and is stretched to that
        regular = np.linalg.solve(t.T @ t + alpha * np.eye(n), -t.T @ b)
        np.testing.assert_allclose(p, regular * delta / np.linalg.norm(regular), atol=1e-12 * delta)
        assert np.linalg.norm(regular) == pytest.approx(delta, rel=0.01)


def test_newtons_step_that_just_fits() -> None:
    t, b = np.array([[2.0]]), np.array([-2.0])  # the minimizer is 1
    for delta, alpha in ((1.0, 0.0), (up(1.0), 0.0), (0.5, 4.0)):
        by_spectrum, by_factor = steps(t, b, delta)
        assert by_factor is not None
        assert by_spectrum[0] == by_factor[0] == min(1.0, delta)
        assert by_spectrum[1] == pytest.approx(alpha, rel=0.05)


def test_a_parameter_that_ends_below_zero_needs_the_singular_values() -> None:
    # the minimizer is hardly longer than the radius, and Newton's method goes too far
    t = np.array([[1.2704904721942323, -11.711373597965245], [0.0, 22.903266477703433]])
    b = np.array([-0.7558642234081204, 1.5227761238357935])
    by_spectrum, by_factor = steps(t, b, 0.06882012225924769, 2901.736872236736)
    assert by_spectrum[1] < 0.0
    assert by_factor is None
    assert np.linalg.norm(by_spectrum[0]) == pytest.approx(0.06882012225924769, rel=1e-15)


# ---- differences


def differences(kind: int, x: float, lower: float, upper: float, relative: float = math.nan) -> tuple[float, int]:
    h, one_sided = np.empty(1), np.empty(1, np.intc)
    numbers = [vector([v]) for v in (x, lower, upper, relative, 1.0)]
    call("differences_begin", kind, 0, 1, *numbers, h, one_sided)
    return float(h[0]), int(one_sided[0])


H2, H3 = 2.0**-26, 6.055454452393343e-06


@pytest.mark.parametrize(
    ("kind", "x", "lower", "upper", "relative", "expected"),
    [
        (2, 0.0, -INF, INF, math.nan, (H2, 0)), (2, -4.0, -INF, INF, math.nan, (-4.0 * H2, 0)),
        (2, 1.0, -INF, INF, 0.5, (0.5, 0)), (2, -2.0, -INF, INF, 0.5, (-1.0, 0)), (2, 1.0, -INF, INF, 1e-17, (H2, 0)),
        (2, 1.0, 0.0, 1.5, 0.5, (0.5, 0)), (2, 1.0, 0.0, down(1.5), 0.5, (-0.5, 0)), (2, 1.0, 0.75, 1.5, 2.0, (0.5, 0)),
        (2, 1.0, 0.25, 1.5, 2.0, (-0.75, 0)), (2, 1.0, 0.5, 1.5, 2.0, (0.5, 0)), (2, 1.0, 1.0, 2.0, -0.5, (0.5, 0)),
        (1, 1.0, 1.0, 1.0 + 1e-12, math.nan, (H2, 0)),
        (3, -1.0, -INF, INF, math.nan, (H3, 0)), (3, 1.0, 0.5, 1.5, 0.5, (0.5, 0)),
        (3, 1.0, up(0.5), 1.75, 0.5, (down(0.5), 0)), (3, 1.0, 0.875, 2.0, 0.5, (0.5, 1)),
        (3, 1.0, 0.875, 1.5, 0.5, (0.25, 1)), (3, 1.0, 0.0, 1.0, 0.75, (-0.5, 1)), (3, 1.0, 1.0, 1.5, 0.5, (0.25, 1)),
    ],
)  # fmt: skip
def test_increments(
    kind: int, x: float, lower: float, upper: float, relative: float, expected: tuple[float, int]
) -> None:
    got = differences(kind, x, lower, upper, relative)
    assert (abs(got[0] - expected[0]) <= 2.0**-53, got[1]) == (True, expected[1])


def test_quotients() -> None:
    def column(kind: int, one_sided: int, first: float, second: float) -> float:
        out = vector([first])
        call("difference_column", kind, 0, 1, one_sided, 1.0, 0.5, vector([2.0]), vector([second]), out)
        return float(out[0])

    assert column(2, 0, 4.0, 0.0) == 4.0
    assert column(3, 0, 1.0, 4.0) == 3.0
    assert column(3, 1, 4.0, 7.0) == 3.0  # (-3 * 2 + 4 * 4 - 7) / 1
    assert column(1, 0, 3.0, 0.0) == 6.0
    points = [(2, 1, 0, 1.5), (3, 1, 0, 0.5), (3, 2, 0, 1.5), (3, 1, 1, 1.5), (3, 2, 1, 2.0), (1, 1, 0, 1.0)]
    for kind, k, one_sided, expected in points:
        assert call("difference_point", kind, k, one_sided, 1.0, 0.5, result=ctypes.c_double) == expected


@pytest.mark.parametrize(("single", "dtype"), [(1, np.float32), (2, np.float16)])
@pytest.mark.parametrize(("kind", "one_sided"), [(2, 0), (3, 0), (3, 1)])
def test_quotients_of_fewer_digits_are_numpys(kind: int, one_sided: int, single: int, dtype: Any) -> None:
    """From numbers below the normal ones to those that overflow."""
    rng = np.random.default_rng(4)
    largest = np.log10(float(np.finfo(dtype).max))
    smallest = np.log10(float(np.finfo(dtype).smallest_subnormal))
    sizes = 10.0 ** rng.uniform(smallest, largest, 2000)
    f, first, second = (rng.uniform(-1.0, 1.0, (3, sizes.size)) * sizes).astype(dtype)
    f[6:9], first[6:9], second[6:9] = np.finfo(dtype).max, np.finfo(dtype).min, np.finfo(dtype).max
    first[:3], second[3:6] = (np.inf, -np.inf, np.nan), (np.inf, -np.inf, np.nan)
    with np.errstate(all="ignore"):
        difference = first - f if kind == 2 else -3.0 * f + 4 * first - second if one_sided else second - first
    out = first.astype(float)
    args = (vector(f), vector(second), out)
    call("difference_column", kind, single, sizes.size, one_sided, 1.0, 0.5, *args)
    np.testing.assert_array_equal(out, difference.astype(float) / (0.5 if kind == 2 else 1.0))
    assert np.isinf(out[6:9]).all()
