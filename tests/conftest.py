"""What holds for all tests."""

import gc
import importlib.util
import signal
from collections.abc import Iterator
from functools import partial

import pytest
from hypothesis import settings

import minpack.scipy
from minpack import curve_fit_batch
from support.rows import Batch

# The same examples in each run: a test that fails has then failed for a change, not by chance.
settings.register_profile("fixed", derandomize=True, deadline=None, database=None, max_examples=200)
# Others in each run, and many: of `make fuzz`.
settings.register_profile("many", deadline=None, database=None, max_examples=1000, print_blob=True)
settings.load_profile("fixed")

# A shell starts what runs in the background with Ctrl-C ignored, which the tests of Ctrl-C would wait for without end.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Look for garbage only among what tests make: modules and thousands of tests are there to the end."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


@pytest.fixture(params=["numpy", "numba"])
def batch(request: pytest.FixtureRequest) -> Batch:
    """`curve_fit_batch` with each engine, of which the same is true."""
    if request.param == "numba" and importlib.util.find_spec("numba") is None:
        pytest.skip("needs numba")
    return partial(curve_fit_batch, engine=request.param)


@pytest.fixture(autouse=True)
def switch_as_at_first() -> Iterator[None]:
    """Tests, examples and pages leave SciPy's functions in their place, and no calls in the report."""
    yield
    minpack.scipy.restore()
    minpack.scipy.report(clear=True)
