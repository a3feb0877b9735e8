"""Fits and the interpreter: exceptions, recursion, threads, signals, references."""

import functools
import itertools
import signal
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from minpack import least_squares, leastsq
from problems import mgh_problems
from support import START, WAYS, assert_same, ratio, ratio_jac, run_apart


class Mine(BaseException):
    """Derived from no class that anyone might catch."""


# ---- Exceptions


def raising_at(call: int, error: BaseException, callable_: Callable[..., Any]) -> Callable[..., Any]:
    count = itertools.count(1)

    def func(x: Any) -> Any:
        if next(count) == call:
            raise error
        return callable_(x)

    return func


class Conversion:
    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise self.error


def rows_with(error: BaseException, at: int) -> Callable[[Any], Iterator[Any]]:
    def rows(x: Any) -> Iterator[Any]:
        for i, row in enumerate(ratio_jac(x)):
            if i == at:
                raise error
            yield row

    return rows


def no_step(x: Any, cost: float, nfev: int) -> None:
    return None


PLACES: dict[str, Callable[[BaseException], dict[str, Any]]] = {
    "func, first": lambda e: {"func": raising_at(1, e, ratio)},
    "func, differences": lambda e: {"func": raising_at(3, e, ratio)},
    "func, trial": lambda e: {"func": raising_at(4, e, ratio)},
    "func, later": lambda e: {"func": raising_at(9, e, ratio)},
    "Dfun, first": lambda e: {"func": ratio, "Dfun": raising_at(1, e, ratio_jac)},
    "Dfun, later": lambda e: {"func": ratio, "Dfun": raising_at(2, e, ratio_jac)},
    "rows, call": lambda e: {"func": ratio, "Dfun": raising_at(1, e, ratio_jac), "by_rows": True},
    "rows, first": lambda e: {"func": ratio, "Dfun": rows_with(e, 0), "by_rows": True},
    "rows, last": lambda e: {"func": ratio, "Dfun": rows_with(e, 5), "by_rows": True},
    "array of func": lambda e: {"func": lambda x: Conversion(e)},
    "array of Dfun": lambda e: {"func": ratio, "Dfun": lambda x: Conversion(e)},
    "array of rows": lambda e: {"func": ratio, "Dfun": lambda x: [Conversion(e)], "by_rows": True},
    "array of x0": lambda e: {"func": ratio, "x0": Conversion(e)},
    "array of diag": lambda e: {"func": ratio, "diag": Conversion(e)},
}


@pytest.mark.parametrize("full_output", [False, True])
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", [Mine, KeyboardInterrupt, SystemExit, ZeroDivisionError, MemoryError, GeneratorExit])
def test_exception_comes_out_itself(kind: type[BaseException], place: str, full_output: bool) -> None:
    """The very same object, with no cause or context made up, and its traceback leads to where it was raised."""
    error = kind("mine")
    with pytest.raises(kind) as failure:
        leastsq(**{"x0": START, "full_output": full_output, **PLACES[place](error)})
    assert failure.value is error
    assert error.__cause__ is None
    assert error.__context__ is None
    names = [entry.name for entry in failure.traceback]
    assert names[-1] in ("func", "rows", "__array__")


def test_exception_of_func_may_be_stop_iteration() -> None:
    error = StopIteration(3)
    with pytest.raises(StopIteration) as failure:
        leastsq(raising_at(5, error, ratio), START)
    assert failure.value is error


def test_exception_in_a_name_does_not_get_lost() -> None:
    class Named:
        def __call__(self, x: Any) -> Any:
            return np.ones((2, 2, 2))

        @property
        def __name__(self) -> str:
            raise Mine

    for more in ({"func": Named()}, {"func": ratio, "Dfun": Named()}):
        with pytest.raises(Mine):
            leastsq(x0=START, **more)


def test_exception_is_not_made_its_own_cause() -> None:
    """The words of an error show the argument, whose repr fails with the very error that is to be explained."""
    error = TypeError("mine")

    class Number:
        def __float__(self) -> float:
            raise error

        def __repr__(self) -> str:
            raise error

    with pytest.raises(TypeError) as failure:
        leastsq(ratio, START, ftol=Number())  # type: ignore[arg-type]
    assert failure.value is error
    assert error.__cause__ is None


def test_fits_go_on_after_an_exception() -> None:
    for place in PLACES.values():
        with pytest.raises(Mine):
            leastsq(**{"x0": START, **place(Mine())})
        assert_same(leastsq(ratio, START, full_output=True))


# ---- Recursion


@pytest.mark.parametrize("way", WAYS)
def test_fit_within_a_fit_within_a_fit(way: str) -> None:
    def nested(depth: int, x: Any) -> Any:
        if depth:
            assert_same(leastsq(functools.partial(nested, depth - 1), START, full_output=True, **WAYS[way]), way)
        return ratio(x)

    count = itertools.count()

    def func(x: Any) -> Any:
        return nested(3 if next(count) % 5 == 0 else 0, x)

    def jac(x: Any) -> Any:
        assert_same(leastsq(ratio, START, full_output=True))
        return ratio_jac(x)

    def callback(*_: Any) -> None:
        assert_same(leastsq(ratio, START, full_output=True, **WAYS[way]), way)

    settings = {name: jac if name == "Dfun" else value for name, value in WAYS[way].items()}
    nested(2, np.ones(2))
    assert_same(leastsq(ratio, START, full_output=True, callback=callback, **settings), way)
    leastsq(func, START, maxfev=10, full_output=True)


def test_endless_recursion_is_an_error() -> None:
    def func(x: Any) -> Any:
        return leastsq(func, x)[0]

    def jac(x: Any) -> Any:
        return leastsq(lambda x: x, x, Dfun=jac)[0]

    for call in (lambda: leastsq(func, [1.0]), lambda: leastsq(lambda x: x, [1.0], Dfun=jac)):
        with pytest.raises(RecursionError):
            call()
    assert_same(leastsq(ratio, START, full_output=True))


def test_endless_recursion_of_c_functions_is_an_error() -> None:
    """No Python frame between the fits, so that only the boundary itself can count them."""
    run_apart("""
        import functools
        from minpack import leastsq

        class Call:
            pass

        func = functools.partial(leastsq, full_output=True)
        func = functools.partial(func, lambda *a: func(*a))
        Call.__call__ = staticmethod(lambda x: leastsq(Call(), x))
        for call in (lambda: leastsq(Call(), [1.0]), lambda: func([1.0])):
            try:
                call()
            except RecursionError as error:
                print(error)
            else:
                raise SystemExit("no error")
    """)


# ---- Callables that go away, arguments that change


def test_callables_that_let_go_of_themselves() -> None:
    class Suicidal:
        def __init__(self, value: Callable[[Any], Any]) -> None:
            self.value = value

        def __call__(self, x: Any, *_: Any) -> Any:
            value = self.value
            holder.clear()
            return value(x)

    for way, settings in WAYS.items():
        holder: dict[str, Any] = {name: Suicidal(v) if name == "Dfun" else v for name, v in settings.items()}
        holder["func"] = Suicidal(ratio)
        holder["callback"] = Suicidal(lambda x: None)
        assert_same(leastsq(x0=START, full_output=True, **holder), way)


def test_func_forgotten_by_all_but_the_fit() -> None:
    def make() -> Callable[..., Any]:
        def func(x: Any, items: list[Any]) -> Any:
            items.clear()
            return ratio(x)

        return func

    items: list[Any] = [make()]
    alive = weakref.ref(items[0])
    assert_same(leastsq(items[0], START, args=(items,), full_output=True))
    assert items == []
    assert alive() is None


def test_generator_of_rows_closed_from_within() -> None:
    """Its finalizer runs a fit of its own, while the error of the outer one is on its way."""
    done = []

    def rows(x: Any) -> Iterator[Any]:
        try:
            yield from ratio_jac(x)[:2]
            yield "junk"
        finally:
            done.append(leastsq(ratio, START, full_output=True))

    with pytest.raises(TypeError, match="'rows' must return an iterable of real rows"):
        leastsq(ratio, START, Dfun=rows, by_rows=True)
    assert_same(done[0])


# ---- Threads


def test_threads_with_different_problems() -> None:
    """The same bits as one after the other."""
    problems = [problem for problem, _ in mgh_problems() if problem.exact]
    settings = [{}, {"reference": "netlib"}, {"by_rows": True}, {"Dfun": True}]
    jobs = [(p, s) for p in problems for s in settings for _ in range(3)]

    def fit(job: Any) -> Any:
        problem, how = job
        more = dict(how)
        if "Dfun" in more or "by_rows" in more:
            more["Dfun"] = problem.jac
        x, cov_x, info, mesg, ier = leastsq(problem.func, problem.start(), full_output=True, maxfev=60, **more)
        arrays = (x, info["fvec"], info["fjac"], info["ipvt"], info["qtf"], np.array(cov_x, float))
        return [a.tobytes() for a in arrays], mesg, ier, info["nfev"]

    serial = [fit(job) for job in jobs]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(fit, jobs)) == serial
    finally:
        sys.setswitchinterval(interval)


def large(seed: float) -> tuple[Callable[[Any], Any], Callable[[Any], Any], Any]:
    m, n = 20_000, 12
    i, j = np.arange(m)[:, None], np.arange(n)[None, :]
    slopes = ((7 * i + 13 * j * j + i * j) % 31 - 15.0) / 16.0 + seed / 8.0

    def func(x: Any) -> Any:
        value = np.full(m, -1.0)
        for column, element in zip(slopes.T, x, strict=True):
            value += column * element * (1.0 + 0.125 * element)
        return value

    def jac(x: Any) -> Any:
        return slopes * (1.0 + 0.25 * x)

    return func, jac, np.linspace(0.5, 1.0, n)


@pytest.mark.parametrize("way", ["forward", "dfun", "rows"])
def test_threads_with_large_problems(way: str) -> None:
    """Large enough that the lock is released within a fit."""

    def fit(seed: float) -> Any:
        func, jac, x0 = large(seed)
        more = {"forward": {}, "dfun": {"Dfun": jac}, "rows": {"Dfun": lambda x: [jac(x)], "by_rows": True}}[way]
        x, _, info, _, ier = leastsq(func, x0, full_output=True, maxfev=20, **more)
        return x.tobytes(), info["fjac"].tobytes(), info["nfev"], ier

    seeds = [1.0, 2.0, 3.0, 4.0]
    serial = [fit(seed) for seed in seeds]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(fit, seeds * 2)) == serial * 2


def test_exception_with_the_lock_released() -> None:
    func, jac, x0 = large(1.0)
    error = Mine()
    for more in ({}, {"Dfun": jac}, {"Dfun": lambda x: [jac(x)], "by_rows": True}):
        with pytest.raises(Mine) as failure:
            leastsq(raising_at(2, error, func), x0, **more)
        assert failure.value is error


# ---- Signals


@pytest.mark.parametrize("fit", [leastsq, least_squares])
def test_interrupt_raised_within_func(fit: Any) -> None:
    count = itertools.count(1)

    def func(x: Any) -> Any:
        if next(count) == 5:
            signal.raise_signal(signal.SIGINT)
        return ratio(x)

    with pytest.raises(KeyboardInterrupt):
        fit(func, START)
    assert next(count) == 6


INTERRUPTED = {
    "C function": "leastsq(np.positive, [1.0] * 2, Dfun=lambda x: np.full((2, 2), np.nan), maxfev=2**31 - 1)",
    "Python function": "leastsq(lambda x: x, [1.0] * 2, Dfun=lambda x: np.full((2, 2), np.nan), maxfev=2**31 - 1)",
    "sleeping": "leastsq(lambda x: time.sleep(30) or x, [1.0])",
    "endless rows": "leastsq(lambda x: x, [1.0], Dfun=lambda x: itertools.repeat(np.empty((0, 1))), by_rows=True)",
    "endless generator": "leastsq(np.positive, [1.0], Dfun=lambda x: (x[:0, None] for _ in iter(int, 1)), by_rows=1)",
    "large": "leastsq(lambda x: np.resize(x, 50_000) * flip(), [1.0] * 8, ftol=0, xtol=0, maxfev=2**31 - 1)",
}


def test_interrupt_from_another_thread() -> None:
    def endless() -> None:
        while True:
            leastsq(ratio, START)

    timer = threading.Timer(0.2, signal.raise_signal, (signal.SIGINT,))
    start = time.process_time()  # not what others take of the processor
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        endless()
    timer.join()
    assert time.process_time() - start < 5.0


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="sends itself a signal by a timer of the system")
@pytest.mark.parametrize("what", INTERRUPTED)
def test_interrupt_from_outside(what: str) -> None:
    """A fit that would go on for ever ends soon after a signal, which is Ctrl-C in all but its number."""
    run_apart(
        f"""
        import itertools, signal, time
        import numpy as np
        from minpack import leastsq

        flips = itertools.count()
        flip = lambda: 1.0 if next(flips) % 10 else np.nan if next(flips) > 10 else 1.0
        signal.signal(signal.SIGALRM, signal.default_int_handler)
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        start, used = time.perf_counter(), time.process_time()
        try:
            while True:
                {INTERRUPTED[what]}
        except KeyboardInterrupt:
            assert time.perf_counter() - start > 0.2
            assert time.process_time() - used < 5.0
        """
    )
