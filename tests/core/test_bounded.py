"""solve_bounded: what it takes, what it refuses, and that its loop survives what functions do."""

import gc
import itertools
from typing import Any

import numpy as np
import pytest

import bounded_driver
from minpack._core import Settings, solve_bounded
from minpack._engine.bounded import Ended
from support import ratio, ratio_jac

LOWER, UPPER = [0.0, 0.0], [10.0, 1.0]


def loss(z: Any) -> Any:
    """soft_l1 by hand."""
    t = 1.0 + z
    return np.array([2.0 * (np.sqrt(t) - 1.0), 1.0 / np.sqrt(t), -0.5 / (t * np.sqrt(t))])


def run(
    fun: Any = ratio, jac: Any = ratio_jac, x0: Any = (1.0, 1.0), lower: Any = LOWER, upper: Any = UPPER,
    settings: Any = None, **options: Any,
) -> Ended:  # fmt: skip
    n = len(x0)
    given: dict[str, Any] = {"args": (), "convert": np.asarray, "jac": jac, "convert_jac": lambda value, x, f: value}
    given |= {"relative": np.full(n, np.nan), "typical": np.ones(n), "loss": loss, "tell": None}
    settings = {"method": "trf", "ftol": 1e-8, "xtol": 1e-8, "gtol": 1e-8} | (settings or {})
    given |= {"func": fun, "x0": x0, "lower": lower, "upper": upper, "settings": Settings(**settings)}
    return Ended(*solve_bounded(**(given | options)))


@pytest.mark.parametrize("method", ["trf", "dogbox"])
@pytest.mark.parametrize("name", ["linear", "huber", "soft_l1", "cauchy", "arctan", "callable"])
@pytest.mark.parametrize("scale", [None, [2.0, 0.5]])
def test_bits_of_the_steps_by_themselves(method: str, name: str, scale: Any) -> None:
    fit = run(settings={"method": method, "loss": name, "f_scale": 0.1, "x_scale": scale, "maxfev": 200})
    wanted = bounded_driver.fit(
        ratio, [1.0, 1.0], ratio_jac, (LOWER, UPPER), method, loss=loss if name == "callable" else name, f_scale=0.1,
        x_scale="jac" if scale is None else scale, max_nfev=200,
    )  # fmt: skip
    assert (fit.status, fit.nfev, fit.njev) == wanted.counts
    assert fit.x.tobytes() == wanted.x.tobytes()
    assert fit.fun.tobytes() == wanted.fun.tobytes()
    assert fit.grad.tobytes() == wanted.grad.tobytes()
    assert fit.jac.T.tobytes() == wanted.jac.tobytes()
    assert fit.active_mask.tolist() == wanted.active.tolist()
    assert fit.cost == wanted.state.cost
    assert fit.initial_cost == wanted.state.initial_cost
    assert fit.optimality == wanted.state.g_norm


def test_what_is_read_is_a_copy() -> None:
    def spoil(x: Any, fun: Any, *numbers: float) -> bool:
        x[:] = fun[:] = 7
        return False

    assert run(tell=spoil).x.tobytes() == run().x.tobytes()


def test_arrays_that_are_given_are_copied() -> None:
    arrays = {name: np.array(value) for name, value in (("x0", [1.0, 1.0]), ("lower", LOWER), ("upper", UPPER))}
    arrays |= {"relative": np.full(2, np.nan), "typical": np.ones(2)}

    def fun(x: Any) -> Any:
        for array in arrays.values():
            array[:] = 7
        return ratio(x)

    assert run(fun, None, kind=2, **arrays).x.tobytes() == run(jac=None, kind=2).x.tobytes()


def test_what_is_lent_is_a_copy() -> None:
    def spoiled(function: Any) -> Any:
        def spoiler(given: Any) -> Any:
            value = function(given.copy())
            given[:] = 7
            return value

        return spoiler

    own = {"loss": "callable"}
    fit = run(spoiled(ratio), spoiled(ratio_jac), settings=own, loss=spoiled(loss))
    assert fit.x.tobytes() == run(settings=own).x.tobytes()


@pytest.mark.parametrize(
    "layout", [lambda a: np.repeat(a, 2, axis=0)[::2], lambda a: a.astype(">f8"), np.asfortranarray]
)
def test_what_functions_return_may_have_any_layout(layout: Any) -> None:
    fit = run(lambda x: layout(ratio(x)), lambda x: layout(ratio_jac(x)))
    assert fit.x.tobytes() == run().x.tobytes()


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"fun": lambda x: np.ones((2, 2))}, r"must return a real vector, one element per data point"),
        ({"fun": lambda x: np.ones(0)}, "fun must return between 1 and"),
        ({"fun": lambda x: ["a"]}, "must return a real vector"),
        (
            {"fun": lambda x: np.ones(3 + int(x[0] != 1.0)), "kind": 2},
            r"must return a real vector of shape \(3,\), as at the first call; it returned shape \(4,\)",
        ),
        ({"jac": lambda x: np.ones((2, 6))}, r"Shape should be \(6, 2\) but it is \(2, 6\)"),
        ({"jac": lambda x: 1.0}, r"Shape should be \(6, 2\) but it is \(\)"),
        ({"loss": lambda z: np.ones((2, 6))}, r"the values of the loss must have shape \(3, 6\); got shape \(2, 6\)"),
        ({"jac": lambda x: np.ones(3), "kind": 1}, r"Shape should be \(6, 2\) but it is \(3,\)"),
        ({"jac": None}, "jac must be callable; got None"),
        ({"convert_jac": None}, "convert_jac must be callable; got None"),
        ({"loss": None}, "loss must be callable; got None"),
        ({"tell": 1}, "tell must be callable or None; got 1"),
        ({"kind": 4}, "kind from 0 to 3"),
        ({"args": None}, "args must be a tuple"),
        ({"data": 3}, "data must be Data; got 3"),
        ({"relative": [1.0]}, "the shapes of relative and of the others do not agree"),
        ({"settings": {"method": "lm"}}, "the method of the settings one that knows bounds"),
    ],
)
def test_wrong_values_and_arguments_are_refused(options: dict[str, Any], match: str) -> None:
    with pytest.raises((ValueError, TypeError), match=match):
        run(**({"settings": {"loss": "callable"}} | options))


def test_errors_come_out_wherever_they_are_raised_and_fits_may_run_within_others() -> None:
    """Whatever raises, at whichever call: it is that object that comes out."""
    within = []
    error = KeyboardInterrupt()
    calls: Any
    stop: int

    def counted(function: Any) -> Any:
        def call(*given: Any) -> Any:
            if next(calls) == stop:
                raise error
            return function(*given)

        return call

    def fun(x: Any) -> Any:
        if len(within) < 3:
            within.append(run().x.tobytes())
        return ratio(x)

    options: dict[str, Any] = {"settings": {"loss": "callable"}, "loss": counted(loss)}
    options["tell"] = counted(lambda *_: False)
    for kind, jac in ((0, counted(ratio_jac)), (3, None)):
        for at in range(20):
            calls, stop = itertools.count(), at
            with pytest.raises(KeyboardInterrupt) as raised:
                run(counted(fun), jac, kind=kind, **options)
            assert raised.value is error
    assert within == [run().x.tobytes()] * 3


def test_functions_that_take_away_what_they_returned() -> None:
    """The array of the first values shrinks while the second ones are computed."""
    given: list[Any] = []

    def fun(x: Any) -> Any:
        for array in given:
            array.resize(1, refcheck=False)
        given[:] = [ratio(x)]
        return given[0]

    assert run(fun, None, kind=2).x.tobytes() == run(jac=None, kind=2).x.tobytes()


@pytest.mark.parametrize("method", ["trf", "dogbox"])
@pytest.mark.parametrize(("kind", "name"), [(2, "2-point"), (3, "3-point")])
def test_bits_of_differences(method: str, kind: int, name: str) -> None:
    fit = run(jac=None, settings={"method": method, "loss": "cauchy", "maxfev": 200}, kind=kind)
    wanted = bounded_driver.fit(ratio, [1.0, 1.0], name, (LOWER, UPPER), method, loss="cauchy", x_scale="jac")
    assert (fit.status, fit.nfev, fit.njev) == wanted.counts
    assert fit.x.tobytes() == wanted.x.tobytes()
    assert fit.jac.T.tobytes() == wanted.jac.tobytes()


def test_derivatives_are_those_before_the_loss() -> None:
    fit = run(settings={"loss": "soft_l1", "f_scale": 0.1})
    assert fit.derivatives.tobytes("F") == ratio_jac(fit.x).tobytes("F")
    assert not np.array_equal(fit.derivatives, fit.jac)


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (([1.0], [0.0, 0.0], [2.0]), "the shapes of lower and of the others do not agree"),
        (([1.0], [0.0], []), "the shapes of upper and of the others do not agree"),
        (([1.0], [0.0], ["a"]), "could not convert"),
        (([], [], []), "not valid: -1"),
        (([1.0], [2.0], [0.0]), "not valid: -6"),
        (([1.0], [np.nan], [2.0]), "not valid: -6"),
        (([3.0], [0.0], [2.0]), "not valid: -7"),
        (([np.nan], [0.0], [2.0]), "not valid: -7"),
    ],
)
def test_wrong_starts_are_refused(arguments: Any, match: str) -> None:
    x0, lower, upper = arguments
    with pytest.raises(ValueError, match=match):
        run(lambda x: 1 / 0, x0=x0, lower=lower, upper=upper)


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"loss": "square"}, "does not know the loss"),
        ({"x_scale": [1.0, 2.0]}, "x_scale must have one element per parameter"),
        ({"maxfev": 2**31}, "maxfev must be between"),
        ({"ftol": "a"}, "ftol must be a real number"),
        ({"x_scale": [0.0]}, "not valid: -1"),
        ({"f_scale": np.nan}, "not valid: -1"),
    ],
)
def test_wrong_settings_are_refused(settings: dict[str, Any], match: str) -> None:
    with pytest.raises((ValueError, TypeError), match=match):
        run(lambda x: 1 / 0, x0=[1.0], lower=[0.0], upper=[2.0], settings=settings)


def test_values_that_are_not_finite_are_a_status() -> None:
    fit = run(lambda x: np.array([np.nan]), x0=[1.0], lower=[0.0], upper=[2.0])
    assert (fit.status, fit.calls) == (-3, 1)
    fit = run(lambda x: np.ones(1), lambda x: np.array([[np.inf]]), [1.0], [0.0], [2.0])
    assert fit.status == -8
    assert fit.x.tolist() == [1.0]


def test_nothing_leaks() -> None:
    def some() -> None:
        run(settings={"loss": "callable", "f_scale": 0.1}, tell=lambda *_: False)
        for fun in (lambda x: 1j, lambda x: np.ones(3 + int(x[0] != 1.0)), lambda x: 1 / 0):
            with pytest.raises((TypeError, ValueError, ZeroDivisionError)):
                run(fun, None, kind=3, settings={"loss": "cauchy"})
        for _ in itertools.repeat(None, 3):
            with pytest.raises(ValueError, match="do not agree"):
                run(x0=[1.0], lower=[0.0, 0.0], upper=[2.0])

    import tracemalloc

    some()
    tracemalloc.start()
    try:
        some()
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(50):
            some()
        gc.collect()
        assert tracemalloc.get_traced_memory()[0] - before < 20_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("lower", "upper", "target"), [([2.0, -9.0], [9.0, 9.0], 1.0), ([-9.0, -9.0], [0.5, 9.0], 1.0)]
)
def test_what_a_bound_keeps_is_not_to_be_explained(lower: Any, upper: Any, target: float) -> None:
    """A parameter on its bound would take nearly all of the cost away, if only it might."""

    def fun(x: Any) -> Any:
        return np.array([x[0] - target, x[1], 1e-3])

    middle = [(lower[0] + upper[0]) / 2.0, 1.0]
    fit = run(fun, lambda x: np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]), middle, lower, upper)
    assert fit.status > 0
    assert fit.active_mask[0] != 0
    assert fit.explained < 1e-9
    free = run(fun, lambda x: np.eye(3)[:, :2], [1.5, 1.0], [-9.0, -9.0], [9.0, 9.0], {"maxfev": 1})
    assert free.explained > 0.19
