"""SciPy's own tests of these functions, from the installed SciPy, run against this package.

All of them: those with sparse Jacobians as well, whose fits this package hands on to SciPy.
"""

import warnings
from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest

import minpack

scipy_optimize = pytest.importorskip("scipy.optimize", reason="SciPy is not installed")
tests = "scipy.optimize.tests"
minpack_suite = pytest.importorskip(f"{tests}.test_minpack", reason="SciPy is installed without its tests")
least_squares_suite = pytest.importorskip(f"{tests}.test_least_squares", reason="SciPy is installed without its tests")

# SciPy's test of workers forks, also when pytest runs the tests in processes that have threads of their own.
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")

calls: Counter[str] = Counter()


def leastsq(*args: Any, **kwargs: Any) -> Any:
    calls["leastsq"] += 1
    return minpack.leastsq(*args, **kwargs)


def curve_fit(*args: Any, **kwargs: Any) -> Any:
    calls["curve_fit"] += 1
    return minpack.curve_fit(*args, **kwargs)


def least_squares(*args: Any, **kwargs: Any) -> Any:
    method = kwargs.get("method", "trf")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = minpack.least_squares(*args, **kwargs)
    handed_on = [w for w in caught if "SciPy makes this fit" in str(w.message)]
    calls[f"{method} by SciPy" if handed_on else method] += 1
    for w in caught:
        if w not in handed_on:
            warnings.warn_explicit(w.message, w.category, w.filename, w.lineno)
    return result


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


@pytest.mark.filterwarnings("ignore:pcov looks at no bounds")  # SciPy does not warn of that
class TestCurveFit(minpack_suite.TestCurveFit):
    pass


class TestTRF(least_squares_suite.TestTRF):
    pass


class TestDogbox(least_squares_suite.TestDogbox):
    pass


class TestLM(least_squares_suite.TestLM):
    pass


test_basic = least_squares_suite.test_basic
test_callback = least_squares_suite.test_callback
test_small_tolerances_for_lm = least_squares_suite.test_small_tolerances_for_lm
test_fp32_gh12991 = least_squares_suite.test_fp32_gh12991
test_gh_19103 = least_squares_suite.test_gh_19103


test_gh_18793_and_19351 = least_squares_suite.test_gh_18793_and_19351


def test_the_suites_called_this_package(request: pytest.FixtureRequest) -> None:
    """Else all of the above would have passed without us."""
    here = {item.cls.__name__ for item in request.session.items if item.module is request.module and item.cls}
    expected = {"TestLeastSq": "leastsq", "TestCurveFit": "curve_fit", "TestLM": "lm", "TestTRF": "trf",
                "TestDogbox": "dogbox"}  # fmt: skip
    for name in here:
        assert calls[expected[name]] > (200 if expected[name] in ("trf", "dogbox") else 15)
    for method in ("trf", "dogbox"):
        assert calls[f"{method} by SciPy"] < 60  # SparseMixin's
