"""The distributions against SciPy and against stored figures, the tests of randomness against counting."""

import math
from itertools import combinations

import numpy as np
import pytest

from minpack._results.statistics import chi_square_tail, lag_one_test, runs_test, t_quantile, t_tail

# roots of the incomplete beta function, found by mpmath with 30 digits
REFERENCE = [
    (0.975, 1, 12.706204736174694),
    (0.975, 2, 4.302652729749462),
    (0.975, 5, 2.5705818356363146),
    (0.975, 10, 2.2281388519862744),
    (0.975, 30, 2.0422724563012378),
    (0.975, 100, 1.9839715185235518),
    (0.975, 1000, 1.962339080826408),
    (0.995, 3, 5.840909309733355),
    (0.9995, 7, 5.407882520861828),
    (0.75, 4, 0.7406970841126826),
    (1e-09, 12, -15.894813362266058),
    (0.975, math.inf, 1.959963984540054),
    (0.995, math.inf, 2.5758293035489004),
]


@pytest.mark.parametrize(("probability", "dof", "expected"), REFERENCE)
def test_t_quantile_against_stored_figures(probability: float, dof: float, expected: float) -> None:
    assert t_quantile(probability, dof) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("probability", [1e-12, 0.001, 0.51, 0.75, 0.95, 0.975, 0.995, 0.9995, 1 - 1e-9])
def test_t_quantile_against_scipy(probability: float) -> None:
    special = pytest.importorskip("scipy.special")
    # from 200 on the gamma functions are by a series, which 1 / dof makes ever better
    dof = np.array([*range(1, 251), *range(260, 1001, 20), 10_000, 100_000])
    ours = np.array([t_quantile(probability, d) for d in dof])
    assert np.abs(ours / special.stdtrit(dof, probability) - 1.0).max() < 1e-11


def test_t_tail_against_scipy() -> None:
    stats = pytest.importorskip("scipy.stats")
    for dof in (1, 2, 3, 7, 40, 999, math.inf):
        t = np.array([-30.0, -2.0, -0.1, 0.0, 1e-3, 0.5, 1.0, 1.7, 3.0, 8.0, 25.0])
        ours = [t_tail(float(value), dof) for value in t]
        np.testing.assert_allclose(ours, stats.t.sf(t, dof), rtol=1e-11)


def test_t_quantile_is_odd_and_inverts_the_tail() -> None:
    assert t_quantile(0.5, 3) == 0.0
    assert t_quantile(0.25, 3) == -t_quantile(0.75, 3)
    for dof in (1, 4, 60):
        assert t_tail(t_quantile(0.9, dof), dof) == pytest.approx(0.1, rel=1e-13)


@pytest.mark.parametrize(("probability", "dof"), [(0.0, 3), (1.0, 3), (0.5, 0), (math.nan, 3)])
def test_t_quantile_refuses(probability: float, dof: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        t_quantile(probability, dof)


def test_chi_square_tail_is_that_of_scipy() -> None:
    """On both sides, as errors can be too large or too small, and for half degrees of freedom, as few counts have."""
    stats = pytest.importorskip("scipy.stats")
    for dof in (1, 2, 2.5, 3, 10, 50, 1000, 1e6):
        for probability in (1e-12, 0.001, 0.02, 0.1, 0.5):
            value = stats.chi2.isf(probability, dof)
            assert chi_square_tail(value, dof) == pytest.approx(probability, rel=1e-8)
            value = stats.chi2.ppf(probability, dof)
            assert 1.0 - chi_square_tail(value, dof) == pytest.approx(stats.chi2.cdf(value, dof), rel=1e-8, abs=1e-15)
    for value in (0.0, 1e-3, 0.3, 1.0, 2.7, 10.0, 80.0):
        for dof in (1, 2, 5, 30):
            assert chi_square_tail(value, dof) == pytest.approx(stats.chi2.sf(value, dof), rel=1e-11, abs=1e-300)


def test_runs_test_counts_arrangements() -> None:
    """The probability equals the share of all orders of the same signs that have as few runs."""
    signs = np.array([1.0, 1.0, 1.0, -1.0, -1.0, 1.0, -1.0, -1.0, -1.0])
    runs, expected, probability = runs_test(signs)
    counts = []
    for above in combinations(range(9), 4):
        order = -np.ones(9)
        order[list(above)] = 1.0
        counts.append(1 + np.count_nonzero(np.diff(order)))
    assert runs == 4
    assert expected == pytest.approx(np.mean(counts), rel=1e-14)
    assert probability == pytest.approx(np.mean(np.array(counts) <= 4), rel=1e-14)


def test_runs_test_goes_over_to_the_normal_smoothly() -> None:
    order = np.tile([1.0, 1.0, -1.0, -1.0, 1.0, -1.0, -1.0], 50)
    exact, approximate = runs_test(order[:299])[2], runs_test(order[:300])[2]
    assert exact == pytest.approx(approximate, rel=0.1)


def test_runs_test_by_the_normal_counts_half_a_run_more() -> None:
    """With the continuity correction it is within 3 % of the exact probability, without it 14 % off."""
    order = np.tile(np.repeat([1.0, -1.0, 1.0, -1.0, 1.0, -1.0], [2, 2, 3, 2, 2, 3]), 22)[:300]
    runs, _, probability = runs_test(order)
    above = int((order > 0.0).sum())
    ways = 0
    for k in range(2, runs + 1):  # so many stretches of one sign and of the other
        for p, q in ((k // 2, k - k // 2), (k - k // 2, k // 2)):
            ways += math.comb(above - 1, p - 1) * math.comb(299 - above, q - 1)
    assert probability == pytest.approx(ways / math.comb(300, above), rel=0.03)


def test_runs_test_of_one_sign_says_nothing() -> None:
    assert runs_test(np.ones(20)) == (1, 1.0, 1.0)
    assert runs_test(np.zeros(20)) == (0, 1.0, 1.0)


def test_lag_one_test() -> None:
    correlation, probability = lag_one_test(np.array([1.0, -1.0] * 10))
    assert correlation == pytest.approx(-0.95)
    assert probability > 0.99
    assert lag_one_test(np.repeat([1.0, -1.0], 10))[1] < 1e-3


def test_tests_of_randomness_keep_their_level() -> None:
    """Each test calls 1 % of 2000 series of noise at 1 %: at most 35, which chance passes once in 2000 trials."""
    rng = np.random.default_rng(7)
    noise = rng.standard_normal((2000, 50))
    assert 4 <= sum(lag_one_test(series)[1] < 0.01 for series in noise) <= 35
    assert 4 <= sum(runs_test(series)[2] < 0.01 for series in noise) <= 35
