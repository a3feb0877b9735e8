"""A short run of what `make stress` does for long."""

import pytest

import stress


@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::UserWarning")
def test_fits_of_all_kinds_in_many_threads() -> None:
    assert stress.different_in_threads(16, 8 * len(stress.KINDS)) == []
