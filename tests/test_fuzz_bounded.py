"""A few of the random bounded fits that `make fuzz` compares with SciPy by the hundred thousand."""

import pytest

import fuzz_bounded
from oracles import SCIPY


@pytest.mark.skipif(not SCIPY, reason="needs SciPy 1.18 or later")
def test_random_fits() -> None:
    wrong, seen = fuzz_bounded.run(range(1, 301))
    assert wrong == []
    assert seen["outcome: rounding"] <= 9
    # enough of everything: outcomes, and what is odd
    assert min(seen[what] for what in ("ValueError", "converged", "not converged", "far scale", "m < n")) > 20
    assert min(seen[f"bounds {kind}"] for kind in ("ulp", "on bound", "cut")) > 15
    assert sum(seen[f"loss {kind}"] for kind in ("NaN", "rows", "text", "zeros", "negative", "infinite")) > 5
