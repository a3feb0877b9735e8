"""SciPy's own tests of these functions, from the installed SciPy, run against this package.

Nothing is excluded.
"""

from types import SimpleNamespace

import pytest

import minpack

suite = pytest.importorskip("scipy.optimize.tests.test_minpack", reason="SciPy is not installed with its tests")


@pytest.fixture(autouse=True)
def ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under the names by which the suite calls them."""
    monkeypatch.setattr(suite, "leastsq", minpack.leastsq)
    monkeypatch.setattr(suite, "optimize", SimpleNamespace(leastsq=minpack.leastsq))


class TestLeastSq(suite.TestLeastSq):
    pass


def test_the_suite_calls_this_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else all of the above would pass without us."""
    calls = []

    def leastsq(*args, **kwargs):
        calls.append(args)
        return minpack.leastsq(*args, **kwargs)

    monkeypatch.setattr(suite, "leastsq", leastsq)
    case = suite.TestLeastSq()
    case.setup_method()
    case.test_basic()
    assert calls
