"""`leastsq`: what goes in. Arguments of all kinds, and what func and Dfun may be."""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
import pytest

from minpack import leastsq
from support import START, T, Y, ratio, ratio_jac

BEST, _ = leastsq(ratio, START)


class Counted:
    """A callable that keeps the points it was asked for."""

    def __init__(self, func: Callable[..., Any]) -> None:
        self.func = func
        self.points: list[Any] = []

    def __call__(self, x: Any, *args: Any) -> Any:
        self.points.append(x.copy())
        return self.func(x, *args)


# ---- x0


@pytest.mark.parametrize(
    "x0",
    [
        [1, 1],
        (1.0, 1.0),
        [True, True],
        [1, np.float32(1)],
        np.array([1, 1], np.int8),
        np.array([1, 1], np.uint64),
        np.array([1, 1], np.float16),
        np.array([1, 1], ">f8"),
        np.ones((1, 2)),
        np.ones((2, 1)),
        np.ones((2, 1, 1), order="F"),
        np.ones(4)[::2],
        np.ones(2)[::-1],
        np.ma.masked_array([1.0, 1.0], mask=[0, 1]),
        np.ones(2).view(np.recarray),
        memoryview(np.ones(2)),
    ],
)
def test_x0_is_anything_array_like(x0: Any) -> None:
    x, ier = leastsq(ratio, x0)
    assert type(x) is np.ndarray
    assert x.tobytes() == BEST.tobytes()
    assert ier in (1, 2, 3, 4)


@pytest.mark.parametrize("x0", [2, 2.0, np.float32(2), np.array(2.0), [[[2.0]]], np.array([2])])
def test_x0_for_one_parameter(x0: Any) -> None:
    seen = Counted(lambda x: [x[0] - 1.0, x[0] - 3.0])
    x, _ = leastsq(seen, x0)
    assert seen.points[0].tolist() == [2.0]
    assert x.shape == (1,)
    assert x[0] == pytest.approx(2.0)


@pytest.mark.parametrize("order", ["C", "F"])
def test_x0_is_flattened_in_c_order(order: Any) -> None:
    seen = Counted(lambda x: x - 1.0)
    leastsq(seen, np.array([[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]], order=order))
    assert seen.points[0].tolist() == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]


def test_x0_is_copied() -> None:
    x0 = np.array(START)
    x, _ = leastsq(ratio, x0)
    assert x0.tolist() == START
    assert not np.shares_memory(x, x0)
    x0.flags.writeable = False
    assert leastsq(ratio, x0)[0].tobytes() == BEST.tobytes()


def test_x0_changed_while_the_fit_runs() -> None:
    x0 = np.array(START)

    def func(x: Any) -> Any:
        x0[:] = np.nan
        return ratio(x)

    assert leastsq(func, x0)[0].tobytes() == BEST.tobytes()


@pytest.mark.parametrize("dtype", ["complex64", "complex128", "longdouble", "object", "U3", "S3", "m8[s]"])
def test_x0_that_is_not_float64_without_loss(dtype: Any) -> None:
    """No cast that could lose something, in NumPy's words; func is not called."""
    x0 = np.array([1, 1]).astype(dtype)
    never = Counted(ratio)
    with pytest.raises(TypeError) as failure:
        leastsq(never, x0)
    assert str(failure.value) == (
        f"Cannot cast array data from {x0.dtype!r} to dtype('float64') according to the rule 'safe'"
    )
    assert never.points == []


# ---- args


def test_args_tuple_goes_to_both_callables() -> None:
    args = (T, Y)
    assert leastsq(ratio, START, args)[0].tobytes() == BEST.tobytes()
    seen = Counted(lambda x, *got: ratio_jac(x, *got))
    leastsq(lambda x, t, y: ratio(x, t, y), START, args=args, Dfun=seen)
    assert seen.points


@pytest.mark.parametrize("single", [3.0, [1, 2], None, "text", {}, np.arange(3)])
def test_args_that_is_no_tuple_is_one_argument(single: Any) -> None:
    got: list[Any] = []

    def func(x: Any, *args: Any) -> Any:
        got.append(args)
        return ratio(x)

    leastsq(func, START, args=single)
    assert all(len(args) == 1 and args[0] is single for args in got)


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 12, 13, 40])
def test_args_of_any_number(count: int) -> None:
    """Few arguments go through an array on the stack, many through one on the heap."""
    items = tuple(object() for _ in range(count))

    def func(x: Any, *args: Any) -> Any:
        assert len(args) == count
        assert all(a is b for a, b in zip(args, items, strict=True))
        return ratio(x)

    assert leastsq(func, START, items)[0].tobytes() == BEST.tobytes()


@pytest.mark.parametrize(
    ("func", "plain"),
    [
        (partial(ratio, t=T), ratio),
        (np.square, lambda x: x * x),
        (Counted(ratio).__call__, ratio),
        (Counted(ratio), ratio),
    ],
    ids=["partial", "ufunc", "bound method", "object"],
)
def test_func_is_any_callable(func: Any, plain: Any) -> None:
    """The bits are those of a plain function with the same values."""
    x, _, info, _, ier = leastsq(func, START, full_output=True)
    expected = leastsq(plain, START, full_output=True)
    assert x.tobytes() == expected[0].tobytes()
    assert (info["nfev"], ier) == (expected[2]["nfev"], expected[4])


def test_func_that_cannot_be_called() -> None:
    with pytest.raises(TypeError, match="func must be callable; got 3"):
        leastsq(3, START)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="Dfun must be callable or None; got 3"):
        leastsq(ratio, START, Dfun=3)  # type: ignore[arg-type]


# ---- sizes


def test_more_parameters_than_residuals() -> None:
    with pytest.raises(TypeError) as failure:
        leastsq(lambda x: x[:2], [1.0, 2.0, 3.0])
    assert str(failure.value) == (
        "Improper input: func input vector length N=3 must not exceed func output vector length M=2"
    )


def test_scalar_residual() -> None:
    x, _ = leastsq(lambda x: x[0] - 3.0, 1.0)
    assert x.tolist() == [3.0]
    with pytest.raises(TypeError, match=r"N=2 must not exceed func output vector length M=1$"):
        leastsq(lambda x: 1.0, [1.0, 2.0])


# ---- epsfcn


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_epsfcn_is_by_default_that_of_the_type_returned(dtype: Any) -> None:
    def func(x: Any) -> Any:
        return ratio(x).astype(dtype)

    implicit = leastsq(func, START, full_output=True)
    explicit = leastsq(func, START, full_output=True, epsfcn=np.finfo(dtype).eps)
    assert implicit[0].tobytes() == explicit[0].tobytes()
    assert implicit[2]["nfev"] == explicit[2]["nfev"]
    seen = Counted(func)
    leastsq(seen, [4.0, 1.0])
    assert seen.points[1].tolist() == [4.0 + 4.0 * float(np.finfo(dtype).eps) ** 0.5, 1.0]


@pytest.mark.parametrize("dtype", [np.int8, np.int64, bool])
def test_epsfcn_for_residuals_that_are_no_floats(dtype: Any) -> None:
    seen = Counted(lambda x: np.ones(3, dtype))
    with pytest.warns(RuntimeWarning, match="whose relative error of 1 hides what the small steps"):
        leastsq(seen, [4.0])
    assert seen.points[1].tolist() == [4.0 + 4.0 * 2.0**-26]


@pytest.mark.parametrize("epsfcn", [0, 0.0, -1.0, 1e-300, 2.0**-52, float("nan")])
def test_epsfcn_is_never_less_than_the_machine_epsilon(epsfcn: float) -> None:
    assert leastsq(ratio, START, epsfcn=epsfcn)[0].tobytes() == BEST.tobytes()


def test_epsfcn_sets_the_difference_step() -> None:
    seen = Counted(ratio)
    leastsq(seen, [4.0, 0.0], epsfcn=0.0625)
    assert [p.tolist() for p in seen.points[:3]] == [[4.0, 0.0], [5.0, 0.0], [4.0, 0.25]]


def test_epsfcn_is_not_used_with_dfun() -> None:
    a = leastsq(ratio, START, Dfun=ratio_jac, epsfcn=0.1)
    b = leastsq(ratio, START, Dfun=ratio_jac)
    assert a[0].tobytes() == b[0].tobytes()


# ---- maxfev


def test_maxfev_is_looked_at_after_an_inner_step() -> None:
    *_, info, mesg, ier = leastsq(ratio, START, full_output=True, maxfev=2)
    assert (ier, info["nfev"], mesg) == (5, 4, "Number of calls to function has reached maxfev = 2.")


@pytest.mark.parametrize("maxfev", [0, -1, -(2**31), False])
@pytest.mark.parametrize(("dfun", "each"), [(None, 200), (lambda x: [[1.0, np.nan], [0.0, 1.0], [1.0, 1.0]], 100)])
def test_maxfev_by_default(maxfev: int, dfun: Any, each: int) -> None:
    """A slope that is NaN at x0 gives no step, and the fit goes on until the limit."""

    def runs_on(x: Any) -> Any:
        return np.array([x[0] - 1.0 if x[1] == 0.0 else np.nan, x[1] - 2.0, x[0] + x[1]])

    *_, info, mesg, ier = leastsq(runs_on, [0.0, 0.0], Dfun=dfun, maxfev=maxfev, full_output=True)
    assert ier == 5
    assert mesg == f"Number of calls to function has reached maxfev = {each * 3}."
    assert each * 3 <= info["nfev"] <= each * 3 + 2


@pytest.mark.parametrize("maxfev", [100.0, "100", None, np.float64(3), [1]])
def test_maxfev_is_an_integer(maxfev: Any) -> None:
    with pytest.raises(TypeError, match="maxfev must be an integer"):
        leastsq(ratio, START, maxfev=maxfev)


@pytest.mark.parametrize("name", ["ftol", "xtol", "gtol", "factor", "epsfcn"])
def test_settings_are_real_numbers(name: str) -> None:
    for value in ("1", 1j, [1.0, 2.0], object()):
        with pytest.raises(TypeError, match=f"{name} must be a real number"):
            leastsq(ratio, START, **{name: value})
    with pytest.raises(TypeError):
        leastsq(ratio, START, ftol=None)  # type: ignore[arg-type]


class Number:
    def __float__(self) -> float:
        return 1.49012e-8


@pytest.mark.parametrize(
    "tol", [np.float32(1e-6), np.array(1e-8), Fraction(1, 10**8), Number(), True], ids=lambda v: type(v).__name__
)
def test_tolerances_are_anything_with_a_float(tol: Any) -> None:
    """Also in the message, which `%f` writes."""
    for name in ("ftol", "xtol", "gtol"):
        mesg = leastsq(ratio, START, full_output=True, **{name: tol})[3]
        assert mesg == leastsq(ratio, START, full_output=True, **{name: float(tol)})[3]


# ---- Dfun


def lists(x: Any) -> Any:
    return ratio_jac(x).tolist()


@pytest.mark.parametrize(
    ("dfun", "col_deriv"),
    [
        (ratio_jac, False),
        (lambda x: np.asfortranarray(ratio_jac(x)), False),
        (lists, False),
        (lambda x: tuple(map(tuple, lists(x))), False),
        (lambda x: ratio_jac(x).astype(">f8"), False),
        (lambda x: np.repeat(ratio_jac(x), 2, axis=0)[::2], False),
        (lambda x: ratio_jac(x).view(np.ma.MaskedArray), False),
        (lambda x: ratio_jac(x).T, True),
        (lambda x: np.ascontiguousarray(ratio_jac(x).T), True),
        (lambda x: ratio_jac(x).T.tolist(), 1),
    ],
)
def test_dfun_in_any_layout(dfun: Any, col_deriv: Any) -> None:
    expected = leastsq(ratio, START, Dfun=ratio_jac, full_output=True)
    x, _, info, _, ier = leastsq(ratio, START, Dfun=dfun, col_deriv=col_deriv, full_output=True)
    assert x.tobytes() == expected[0].tobytes()
    assert info["fjac"].tobytes() == expected[2]["fjac"].tobytes()
    assert (ier, info["nfev"], info["njev"]) == (expected[4], expected[2]["nfev"], expected[2]["njev"])


@pytest.mark.parametrize("col_deriv", [False, True])
@pytest.mark.parametrize("shape", [(3,), (3, 1), (1, 3)])
def test_dfun_for_one_parameter_may_be_a_vector(shape: tuple[int, ...], col_deriv: bool) -> None:
    slope = np.array([1.0, 2.0, -3.0])
    x, ier = leastsq(
        lambda x: slope * x[0] - 1.0, 0.5, Dfun=lambda x: slope.reshape(shape), col_deriv=col_deriv, ftol=1e-12
    )
    assert x[0] == pytest.approx(slope.sum() / (slope @ slope), abs=1e-14)
    assert ier in (1, 2, 3, 4)


class Nameless:
    def __call__(self, x: Any) -> Any:
        return np.ones((2, 6))


def wrong(x: Any) -> Any:
    return np.ones((2, 6))


WORDS = "leastsq: there is a mismatch between the input and output shape of the 'Dfun' argument"


@pytest.mark.parametrize(
    ("dfun", "col_deriv", "text"),
    [
        (wrong, False, " 'wrong'. Shape should be (6, 2) but it is (2, 6)."),
        (Nameless(), False, ". Shape should be (6, 2) but it is (2, 6)."),
        (partial(wrong), False, ". Shape should be (6, 2) but it is (2, 6)."),
        (ratio_jac, True, " 'ratio_jac'. Shape should be (2, 6) but it is (6, 2)."),
        (ratio, False, " 'ratio'. Shape should be (6, 2) but it is (6,)."),
        (lambda x: 1.0, False, " '<lambda>'. Shape should be (6, 2) but it is ()."),
        (lambda x: np.ones((6, 2, 1)), False, " '<lambda>'. Shape should be (6, 2) but it is (6, 2, 1)."),
        (lambda x: np.ones(12), False, " '<lambda>'. Shape should be (6, 2) but it is (12,)."),
    ],
)
def test_dfun_of_the_wrong_shape(dfun: Any, col_deriv: bool, text: str) -> None:
    with pytest.raises(TypeError) as failure:
        leastsq(ratio, START, Dfun=dfun, col_deriv=col_deriv)
    assert str(failure.value) == WORDS + text


@pytest.mark.parametrize("junk", [1j * np.ones((6, 2)), [["a"]], None, [[1.0], [1.0, 2.0]], np.ones((6, 2), object)])
def test_dfun_that_gives_no_real_matrix(junk: Any) -> None:
    def slopes(x: Any) -> Any:
        return junk

    with pytest.raises(TypeError, match=r"the function 'slopes' must return a real Jacobian of shape \(6, 2\)"):
        leastsq(ratio, START, Dfun=slopes)


# ---- diag and factor


def test_diag_scales_the_parameters() -> None:
    given = np.array([1, 3], np.int16)
    x, _ = leastsq(ratio, START, diag=given)
    np.testing.assert_allclose(x, BEST, rtol=1e-6)
    assert given.tolist() == [1, 3]
    for same in ([1.0, 3.0], (1, 3), np.array([[1.0], [3.0]])):
        assert leastsq(ratio, START, diag=same)[0].tobytes() == x.tobytes()


def test_factor_bounds_the_first_step() -> None:
    seen = Counted(lambda x: x - 100.0)
    leastsq(seen, [1.0, 0.0], factor=0.5, diag=[2.0, 2.0])
    first = 2.0 * (seen.points[3] - [1.0, 0.0])
    assert np.linalg.norm(first) == pytest.approx(0.5 * 2.0, rel=0.11)


def test_residuals_in_a_list_of_other_numbers() -> None:
    """What float() takes, as SciPy takes it; None is not a number, though NumPy would make NaN of it."""

    def fractions(x: Any) -> list[Any]:
        return [Fraction(float(x[0])) - 1, Decimal(float(x[0]))]

    x, ier = leastsq(fractions, [3.0])
    assert ier in (1, 2, 3, 4)
    assert x[0] == pytest.approx(0.5, rel=1e-6)
    with pytest.raises(TypeError, match="must return a real vector"):
        leastsq(lambda x: [None, 1.0], [3.0])
