"""References: nothing is kept, lost or leaked, whatever way a fit ends."""

import gc
import sys
import tracemalloc
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from minpack import leastsq
from support import SANITIZED, START, WAYS, ratio, ratio_jac


@pytest.fixture(autouse=True, scope="module")
def little_for_the_collector() -> Iterator[None]:
    """Only what these tests make is looked through for garbage, not all modules that the tests before have loaded."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


class Func:
    """A callable of its own, to count the references to."""

    def __init__(self, value: Callable[..., Any]) -> None:
        self.value = value

    def __call__(self, x: Any, *args: Any) -> Any:
        return self.value(x)


class Spoilt:
    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise ValueError("no array")


class Nameless:
    def __call__(self, x: Any) -> Any:
        return [[1.0]]


def fail(*_: Any) -> Any:
    raise LookupError


def stop(*_: Any) -> Any:
    raise StopIteration


def half(x: Any) -> Any:
    yield from ratio_jac(x)[:3]


def failing_rows(x: Any) -> Any:
    yield from ratio_jac(x)[:3]
    raise LookupError


def shrinking() -> Callable[[Any], Any]:
    sizes = iter([6, 6])
    return lambda x: ratio(x)[: next(sizes, 5)]


# Made once: NumPy itself loses a reference to the dtype in np.zeros and np.ones.
ZEROS, SEVEN, WIDE = np.zeros(50_000), np.ones((7, 2)), np.ones((6, 3))
BLOCKS = [np.ones((6, 2))] * 2

# Fits that end in every way there is, each as a function that gives fresh arguments.
ENDS: dict[str, Callable[[], dict[str, Any]]] = {
    **{name: lambda way=way: dict(way) for name, way in WAYS.items()},
    "many arguments": lambda: {"args": tuple(object() for _ in range(20)), "func": Func(ratio)},
    "many parameters": lambda: {"x0": ZEROS[:40], "func": lambda x: x - 1.0, "diag": range(1, 41)},
    "columns": lambda: {"Dfun": lambda x: ratio_jac(x).T, "col_deriv": True},
    "lists": lambda: {"func": lambda x: ratio(x).tolist(), "Dfun": lambda x: ratio_jac(x).tolist()},
    "x kept": lambda: {"func": lambda x, kept=[]: kept.append(x) or ratio(x)},
    "callback": lambda: {"callback": lambda *_: None},
    "callback stops": lambda: {"callback": lambda *_: True},
    "callback StopIteration": lambda: {"callback": stop},
    "callback fails": lambda: {"callback": fail},
    "diag": lambda: {"diag": [1, 2]},
    "diag, wrong": lambda: {"diag": [1.0]},
    "diag, text": lambda: {"diag": ["a", "b"]},
    "diag, no array": lambda: {"diag": Spoilt()},
    "improper": lambda: {"factor": 0},
    "no parameters": lambda: {"x0": [], "func": lambda x: [1.0]},
    "x0, text": lambda: {"x0": "text"},
    "x0, complex": lambda: {"x0": [1j, 1.0]},
    "x0, no array": lambda: {"x0": Spoilt()},
    "ftol": lambda: {"ftol": "text"},
    "maxfev": lambda: {"maxfev": 1.5},
    "maxfev, large": lambda: {"maxfev": 10**30},
    "epsfcn": lambda: {"epsfcn": []},
    "func fails": lambda: {"func": fail},
    "func shrinks": lambda: {"func": shrinking()},
    "func, complex": lambda: {"func": lambda x: ratio(x) + 1j},
    "func, 2-D": lambda: {"func": lambda x: [ratio(x)]},
    "func, none": lambda: {"func": lambda x: None},
    "func, no array": lambda: {"func": lambda x: Spoilt()},
    "too few residuals": lambda: {"func": lambda x: x[:1]},
    "too many parameters": lambda: {"x0": ZEROS, "func": lambda x: x},
    "Dfun fails": lambda: {"Dfun": fail},
    "Dfun, shape": lambda: {"Dfun": ratio},
    "Dfun, shape, nameless": lambda: {"Dfun": Nameless()},
    "Dfun, text": lambda: {"Dfun": lambda x: "text"},
    "Dfun, no array": lambda: {"Dfun": lambda x: Spoilt()},
    "rows fail": lambda: {"Dfun": failing_rows, "by_rows": True},
    "rows, few": lambda: {"Dfun": half, "by_rows": True},
    "rows, many": lambda: {"Dfun": lambda x: SEVEN, "by_rows": True},
    "rows, many blocks": lambda: {"Dfun": lambda x: BLOCKS, "by_rows": True},
    "rows, wide": lambda: {"Dfun": lambda x: WIDE, "by_rows": True},
    "rows, text": lambda: {"Dfun": lambda x: ["text"], "by_rows": True},
    "rows, none": lambda: {"Dfun": lambda x: None, "by_rows": True},
}


def fit(arguments: dict[str, Any], full_output: bool = True) -> Any:
    try:
        return leastsq(**{"func": ratio, "x0": START, "full_output": full_output, **arguments})
    except (TypeError, ValueError, LookupError):
        return None


def clear() -> None:
    """Let the interpreter forget what it keeps for later: garbage, and names of attributes looked up."""
    gc.collect()
    sys._clear_type_cache()


@pytest.mark.parametrize("full_output", [False, True])
@pytest.mark.parametrize("end", ENDS)
def test_nothing_leaks(end: str, full_output: bool) -> None:
    """Memory and the counts of shared objects are the same after many fits as after a few."""
    arguments = ENDS[end]
    shared = [None, True, np.dtype(np.float64), np.dtype(np.int32), float, TypeError, ValueError]

    def rounds(count: int) -> None:
        for _ in range(count):
            fit(arguments(), full_output)

    def growth() -> tuple[int, int]:
        counts, memory = [sys.getrefcount(item) for item in shared], tracemalloc.get_traced_memory()[0]
        rounds(100)
        clear()
        more = max(sys.getrefcount(item) - then for then, item in zip(counts, shared, strict=True))
        return tracemalloc.get_traced_memory()[0] - memory, more

    tracemalloc.start()
    try:
        rounds(10)
        clear()
        # NumPy and Python keep some freed blocks for later, ever fewer; a leak grows by as much each time.
        assert any(memory < 100 * 16 and counts < 50 for memory, counts in (growth() for _ in range(6)))
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("end", ENDS)
def test_arguments_are_let_go(end: str) -> None:
    given = {"func": ratio, "x0": START, **ENDS[end]()}
    items = [value for value in given.values() if callable(value)] + list(given.get("args", ()))
    before = [sys.getrefcount(item) for item in items]
    for _ in range(20):
        fit(given)
    after = [sys.getrefcount(item) for item in items]
    assert after == before


def test_results_have_one_reference_each() -> None:
    """As many as an array made by NumPy and held in the same way."""
    x, cov_x, info, _, _ = fit({"Dfun": ratio_jac})
    alone = ratio(START)
    assert sys.getrefcount(x) == sys.getrefcount(cov_x) == sys.getrefcount(alone)
    held = {"array": ratio(START)}
    for name in ("fvec", "fjac", "ipvt", "qtf"):
        assert sys.getrefcount(info[name]) == sys.getrefcount(held["array"])


def test_vectors_that_were_lent_are_let_go() -> None:
    kept: list[Any] = []
    alive = []

    def func(x: Any) -> Any:
        alive.append(weakref.ref(x))
        kept.append(x)
        return ratio(x)

    fit({"func": func})
    alone = np.ones(2)
    expected = sys.getrefcount(alone)
    for i in range(len(kept)):
        x = kept[i]
        kept[i] = None
        assert sys.getrefcount(x) == expected
    del x
    assert all(reference() is None for reference in alive)


def test_no_garbage_for_the_collector() -> None:
    """Nothing is left in a cycle: what is freed is freed at once."""
    for end in ("forward", "dfun", "rows", "callback stops", "improper", "func shrinks", "rows, few", "diag, wrong"):
        fit(ENDS[end]())
    gc.collect()
    gc.disable()
    try:
        for end in ("forward", "dfun", "rows", "callback stops", "improper", "rows, few", "diag, wrong"):
            fit(ENDS[end]())
        assert gc.collect() == 0
    finally:
        gc.enable()


@pytest.mark.skipif(SANITIZED, reason="the sanitizer keeps freed memory for a while")
def test_ten_thousand_fits_take_no_more_memory() -> None:
    """By what the system says, which sees also what no Python allocator does."""
    resource = pytest.importorskip("resource")
    ways = [ENDS[end] for end in ("forward", "dfun", "rows", "func shrinks", "rows, few", "improper", "callback stops")]
    big = np.linspace(0.0, 1.0, 500)

    def rounds(count: int) -> None:
        for i in range(count):
            fit(ways[i % len(ways)](), i % 2 == 0)
            fit({"func": lambda x: x[0] * big + x[1] - big, "maxfev": 1})

    rounds(500)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rounds(4500)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 3000
