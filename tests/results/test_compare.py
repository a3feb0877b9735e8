"""Comparing fits, and the distributions that it needs."""

from types import SimpleNamespace

import numpy as np
import pytest

from minpack import OptimizeWarning, compare, fit
from minpack._results.compare import _is_above
from minpack._results.statistics import f_tail
from support.decay import T, Y, decay, line, noise

X = np.linspace(0.0, 1.0, 20)


def parabola(x, a, b, c):
    return a + b * x + c * x**2


def test_f_tail_is_that_of_scipy() -> None:
    stats = pytest.importorskip("scipy.stats")
    for value in (0.0, 1e-3, 0.3, 1.0, 2.7, 10.0, 80.0):
        for dof in (1, 2, 5, 30):
            for scale in (1, 4, 60, 1000):
                assert f_tail(value, dof, scale) == pytest.approx(stats.f.sf(value, dof, scale), rel=1e-10, abs=1e-14)


def test_compare_by_hand() -> None:
    y = 1 + 2 * X + 0.4 * X**2 + 0.1 * noise(20)
    small, large = fit(line, X, y), fit(parabola, X, y)
    found = compare(large, small)
    f = (small.chi_square - large.chi_square) / (large.chi_square / 17)
    assert (found.test, found.statistic) == ("F", pytest.approx(f))
    assert found.p_value == pytest.approx(f_tail(f, 1, 17))
    # the variance is fitted, too
    counted = ((large, 4), (small, 3))
    expected = [20 * np.log(r.chi_square / 20) + 2 * k + 2 * k * (k + 1) / (19 - k) for r, k in counted]
    assert np.diff(found.aicc) == pytest.approx(np.diff(expected))
    weights = np.exp(-0.5 * (np.array(expected) - min(expected)))
    np.testing.assert_allclose(found.weights, weights / weights.sum())
    assert found.names[found.best] in str(found).splitlines()[1 + found.best]


def test_known_errors_and_models_that_are_not_nested() -> None:
    stats = pytest.importorskip("scipy.stats")
    known = {"sigma": 0.1, "absolute_sigma": True}
    y = 1 + 2 * X + 0.1 * noise(20)
    small, large = fit(line, X, y, **known), fit(parabola, X, y, **known)
    found = compare(small, large)
    assert found.test == "chi-square"
    assert found.p_value == pytest.approx(stats.chi2.sf(small.chi_square - large.chi_square, 1))
    other = compare(fit(line, T, Y), fit(decay, T, Y))
    assert other.test == "" and np.isnan(other.p_value)
    assert compare(fit(line, T, Y), fit(decay, T, Y), nested=True).test == "F"
    assert compare(small, large, small).weights.sum() == pytest.approx(1.0)


def test_mistakes() -> None:
    one = fit(line, T, Y)
    with pytest.raises(ValueError, match="fits must be two or more; got 1"):
        compare(one)
    for other in (fit(line, T, Y + 1), fit(line, T, Y, sigma=0.1 + T), fit(line, T, Y, absolute_sigma=True)):
        with pytest.raises(ValueError, match="fits must be of the same ydata, sigma and absolute_sigma; fit 2 differs"):
            compare(one, other)
    with pytest.raises(ValueError, match="nested must be False for models with the same number of fitted parameters"):
        compare(one, one, nested=True)
    with pytest.raises(TypeError, match="fits must be results of fit; got 3"):
        compare(one, 3)


def test_html_of_comparisons_and_models() -> None:
    from xml.etree import ElementTree

    from minpack import models

    x = np.linspace(0.0, 5.0, 30)
    y = models.exponential_decay(x, 2.0, 1.5, 0.3) + 0.02 * np.cos(40.0 * x)
    comparison = compare(fit(lambda x, a, tau: a * np.exp(-x / tau), x, y, [2, 1]), fit(models.exponential_decay, x, y))
    cells = [cell.text for cell in ElementTree.fromstring(comparison._repr_html_()).iter("td")]
    assert len(cells) == 12 and cells[0] == "<lambda>" and cells[6] == "exponential_decay"
    tree = ElementTree.fromstring(models.pseudo_voigt._repr_html_())
    assert tree.find("p/code").text.startswith("pseudo_voigt(x, height, center, fwhm, fraction) = height*(exp(")
    cells = [cell.text or "" for cell in tree.iter("td")]
    assert cells[6:8] == ["fraction", "0 to 1"] and cells[8] == "area"


def test_a_model_above_one_that_it_contains_is_not_at_its_minimum() -> None:
    models = pytest.importorskip("minpack").models
    both = models.gaussian("a") + models.gaussian("b")
    x = np.linspace(0.0, 10.0, 80)
    y = both(x, 3.0, 4.0, 0.8, 2.0, 5.0, 0.8) + 0.1 * noise(80)
    tied = fit(both, x, y, tied={"b_sigma": "a_sigma"})
    stuck = fit(both, x, y, [5.0, 4.5, 1.0, 0.1, 9.0, 0.1])
    assert stuck.chi_square > tied.chi_square
    with pytest.warns(UserWarning, match=r"fit 1 \(a \+ b\) contains fit 2 but has the larger chi-square, .* nested=F"):
        found = compare(stuck, tied)
    assert found.test == "" and np.isnan(found.p_value)
    with pytest.warns(UserWarning, match=r"fit 3 \(a \+ b\) contains fit 1"):
        compare(tied, fit(line, x, y), stuck)
    compare(stuck, tied, nested=False)
    same = compare(fit(both, x, y, dict(tied)), tied)
    assert same.test == "F" and 0.0 <= same.p_value <= 1.0
    exact = 1.0 + 2.0 * X
    compare(fit(line, X, exact), fit(parabola, X, exact))  # rounding decides which is larger


@pytest.mark.parametrize(("excess", "above"), [(0.98e-5, False), (1.02e-5, True)])
def test_a_larger_model_that_is_not_at_its_minimum(excess, above) -> None:
    """Its sum of squares exceeds the smaller one's by more than tolerances leave."""
    small, large = (
        SimpleNamespace(loss_weights=None, ydata=np.zeros(3), chi_square=of, _weighted=lambda rows: rows)
        for of in (2.0, 2.0 * (1.0 + excess))
    )
    assert _is_above(small, large) == above


def test_fits_that_cannot_be_compared() -> None:
    y = 1.0 + 2.0 * X + 0.1 * np.sin(9.0 * X)
    robust = [fit(f, X, y, loss="huber", f_scale=0.05) for f in (line, parabola)]
    with pytest.raises(ValueError, match="fits must be without a loss, as only these have a likelihood; fit 1 has one"):
        compare(*robust)
    with pytest.raises(ValueError, match="fit 2 has one"):
        compare(fit(line, X, y), robust[1])
    with pytest.warns(RuntimeWarning, match="the fit did not converge"):
        early = fit(parabola, X, y, [9.0, 9.0, 9.0], maxfev=1)
    with pytest.warns(OptimizeWarning, match=r"fit 2 \(parabola\) did not converge, so its chi-square may be"):
        compare(fit(line, X, y), early)
