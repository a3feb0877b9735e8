"""What tests of the switch leave behind: nothing."""

from collections.abc import Iterator

import pytest

import minpack.scipy


@pytest.fixture(autouse=True)
def switch_as_at_first() -> Iterator[None]:
    yield
    minpack.scipy.restore()
    minpack.scipy.report(clear=True)
