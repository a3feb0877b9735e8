"""SciPy's own tests of these functions, from the installed SciPy, run against this package.

Not run, as this package has Levenberg-Marquardt alone: the classes for least_squares' methods "trf" and "dogbox".
If a test of curve_fit goes through several methods, or has bounds, what is not "lm" is left to SciPy, and so the
rest of that test is run.
"""

from collections import Counter
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import minpack

scipy_optimize = pytest.importorskip("scipy.optimize", reason="SciPy is not installed")
tests = "scipy.optimize.tests"
minpack_suite = pytest.importorskip(f"{tests}.test_minpack", reason="SciPy is installed without its tests")
least_squares_suite = pytest.importorskip(f"{tests}.test_least_squares", reason="SciPy is installed without its tests")

calls: Counter[str] = Counter()


def leastsq(*args: Any, **kwargs: Any) -> Any:
    calls["leastsq"] += 1
    return minpack.leastsq(*args, **kwargs)


def curve_fit(*args: Any, **kwargs: Any) -> Any:
    bounds = kwargs.get("bounds", (-np.inf, np.inf))
    lower, upper = (bounds.lb, bounds.ub) if hasattr(bounds, "lb") else bounds
    bounded = np.any(np.asarray(lower) > -np.inf) or np.any(np.asarray(upper) < np.inf)
    if bounded or kwargs.get("method") not in (None, "lm"):
        return scipy_optimize.curve_fit(*args, **kwargs)
    calls["curve_fit"] += 1
    return minpack.curve_fit(*args, **kwargs)


def least_squares(*args: Any, **kwargs: Any) -> Any:
    if "method" not in kwargs:  # SciPy's default is "trf", and its exact zero is what that test expects
        return scipy_optimize.least_squares(*args, **kwargs)
    calls["least_squares"] += 1
    return minpack.least_squares(*args, **kwargs)


@pytest.fixture(autouse=True)
def ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under the names by which the suites call them."""
    monkeypatch.setattr(minpack_suite, "leastsq", leastsq)
    monkeypatch.setattr(minpack_suite, "curve_fit", curve_fit)
    monkeypatch.setattr(minpack_suite, "optimize", SimpleNamespace(leastsq=leastsq, curve_fit=curve_fit))
    monkeypatch.setattr(minpack_suite, "OptimizeWarning", minpack.OptimizeWarning)
    monkeypatch.setattr(least_squares_suite, "least_squares", least_squares)
    monkeypatch.setattr(least_squares_suite, "OptimizeResult", minpack.OptimizeResult)


class TestLeastSq(minpack_suite.TestLeastSq):
    pass


class TestCurveFit(minpack_suite.TestCurveFit):
    pass


class TestLM(least_squares_suite.TestLM):
    pass


def test_the_suites_called_this_package(request: pytest.FixtureRequest) -> None:
    """Else all of the above would have passed without us."""
    here = {item.cls.__name__ for item in request.session.items if item.module is request.module and item.cls}
    expected = {"TestLeastSq": "leastsq", "TestCurveFit": "curve_fit", "TestLM": "least_squares"}
    for name in here:
        assert calls[expected[name]] > 15
