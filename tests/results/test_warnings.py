"""Warnings point at the user's line, whatever lies between it and the place that warns."""

import functools
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from minpack import NotFiniteWarning, OptimizeWarning, curve_fit, fit, least_squares, leastsq
from minpack._results.warnings import warn

T = np.arange(6.0)


def with_an_idle_one(t: Any, a: Any, b: Any) -> Any:
    return a + 0.0 * b * t


def never_finite(x: Any) -> Any:
    return np.full(3, np.nan) + x[0]


# For each function of the package that warns: a call that makes it warn, on a line of this file, and the category.
CALLS: dict[str, tuple[Callable[[], Any], type[Warning]]] = {
    "leastsq": (lambda: leastsq(never_finite, [1.0]), NotFiniteWarning),
    "leastsq, maxfev": (lambda: leastsq(lambda x: np.exp(-x) * [1.0, 2.0], [1.0], maxfev=1), RuntimeWarning),
    "curve_fit": (lambda: curve_fit(with_an_idle_one, T, np.ones(6)), OptimizeWarning),
    "fit": (lambda: fit(with_an_idle_one, T, np.ones(6)), OptimizeWarning),
    "fit, maxfev": (lambda: fit(lambda t, a: np.exp(-a * t), T, np.exp(-9.0 * T), maxfev=1), RuntimeWarning),
    "least_squares": (lambda: least_squares(lambda x: x, [1.0], method="lm", callback=print), UserWarning),
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("way", ["plainly", "by a partial", "in a thread", "within a fit"])
def test_the_line_is_that_of_the_call(name: str, way: str) -> None:
    call, category = CALLS[name]

    def within() -> Any:
        return leastsq(lambda x: (call(), x)[1], [1.0], maxfev=1, full_output=True)

    with warnings.catch_warnings(record=True) as caught, ThreadPoolExecutor(1) as pool:
        warnings.simplefilter("always")
        {
            "plainly": call,
            "by a partial": functools.partial(call),
            "in a thread": lambda: pool.submit(call).result(),
            "within a fit": within,
        }[way]()
    assert caught
    for warning in caught:
        assert issubclass(warning.category, category)
        assert (warning.filename, warning.lineno) == (__file__, call.__code__.co_firstlineno)


def test_a_package_with_a_name_that_begins_alike_is_the_users() -> None:
    namespace: dict[str, Any] = {"__name__": "minpack_of_mine", "warn": warn}
    exec(compile("def f():\n    warn('careful', UserWarning)\n", "mine.py", "exec"), namespace)
    with pytest.warns(UserWarning, match="careful") as caught:
        namespace["f"]()
    assert (caught[0].filename, caught[0].lineno) == ("mine.py", 2)


def test_without_a_user_there_is_still_a_warning() -> None:
    """As all frames may be of the package, such as those of `python -m minpack`."""
    namespace: dict[str, Any] = {"__name__": "minpack.inner", "warn": warn}
    exec("def f():\n    warn('careful', UserWarning)\n", namespace)
    with pytest.warns(UserWarning, match="careful") as caught:
        namespace["f"]()
    assert caught[0].filename == __file__
