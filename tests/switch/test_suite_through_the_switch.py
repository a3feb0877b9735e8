"""SciPy's own tests of these functions, with minpack in SciPy's place by the switch."""

from collections import Counter
from collections.abc import Iterator

import pytest

pytest.importorskip("scipy", minversion="1.17")
tests = "scipy.optimize.tests"
minpack_suite = pytest.importorskip(f"{tests}.test_minpack", reason="SciPy is installed without its tests")
least_squares_suite = pytest.importorskip(f"{tests}.test_least_squares", reason="SciPy is installed without its tests")

import minpack.scipy as switch  # noqa: E402

served: Counter[str] = Counter()
passed_on: Counter[str] = Counter()


@pytest.fixture(autouse=True)
def on(request: pytest.FixtureRequest) -> Iterator[None]:
    with switch.use():
        yield
    name = request.cls.__name__ if request.cls else "functions"
    served[name] += switch.report().served
    passed_on[name] += switch.report().passed_on


class TestRootLM(minpack_suite.TestRootLM):
    pass


class TestLeastSq(minpack_suite.TestLeastSq):
    pass


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
test_gh_18793_and_19351 = least_squares_suite.test_gh_18793_and_19351
test_gh_19103 = least_squares_suite.test_gh_19103


def test_the_suites_called_this_package(request: pytest.FixtureRequest) -> None:
    """Otherwise all of the above would have passed without us."""
    here = {item.cls.__name__ for item in request.session.items if item.module is request.module and item.cls}
    for name in here:
        assert served[name] > (200 if name in ("TestTRF", "TestDogbox") else 0)
        assert (
            passed_on[name] < 0.6 * served[name]
        )  # tests of SciPy's lsmr, of sparse Jacobians, and of wrong arguments
