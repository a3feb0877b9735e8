"""Tests of minpack._models.starts: what a search remembers of the points that it looked at last."""

from typing import Any

import numpy as np
import pytest

import minpack
from minpack import models
from minpack._models import starts
from minpack._models.known import Known
from minpack._models.model import Model

T = np.linspace(0.0, 10.0, 40)
CANDIDATES = starts.candidates


def peak(center):
    return 3.0 * np.exp(-0.5 * ((T - center) / 0.8) ** 2)


def guess_anew(model, *args, **kwargs):
    fresh = Model(model.text, model.predictors, natural=model.natural, grid=model.grid)
    return fresh.guess(*args, **kwargs)


def test_data_at_the_same_points_are_searched_with_the_same_candidates(monkeypatch):
    model = models.gaussian("of_these_")
    made = []
    monkeypatch.setattr(starts, "candidates", lambda *args: made.append(args) or CANDIDATES(*args))
    found = [model.guess(T, peak(center)) for center in (2.0, 5.0, 8.0)]
    assert len(made) == 1
    for center, start in zip((2.0, 5.0, 8.0), found, strict=True):
        np.testing.assert_array_equal(start, guess_anew(model, T, peak(center)))


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [
        ((T + 1.0, peak(5.0)), {}),
        ((T, peak(5.0), np.linspace(0.1, 2.0, 40)), {}),
        ((T, peak(5.0)), {"fixed": {"center": 4.5}}),
        ((T, peak(5.0)), {"bounds": {"sigma": (1.5, 2.5)}}),
        ((T[:30], peak(5.0)[:30]), {}),
    ],
    ids=["other points", "weights", "fixed", "bounds", "fewer points"],
)
def test_nothing_is_remembered_that_holds_elsewhere(args, kwargs):
    models.gaussian.guess(T, peak(5.0))
    np.testing.assert_array_equal(models.gaussian.guess(*args, **kwargs), guess_anew(models.gaussian, *args, **kwargs))


def test_large_tables_are_not_kept(monkeypatch):
    monkeypatch.setattr(starts, "_MOST_REMEMBERED", 1000)
    model = models.gaussian("large_")
    model.guess(T, peak(5.0))
    assert model.formula.last_search == (None, ())


def test_a_row_that_no_candidate_suits_keeps_ones():
    found = starts.of_rows(models.gaussian, T, np.full((1, 40), 1e200), np.ones(40), Known())
    np.testing.assert_array_equal(found, np.ones((1, 3)))


def test_a_large_part_without_linear_parameters_does_not_hide_the_data():
    """Where b is -1 the exponential is 1e14: sums of its squares leave no digit of those of the data."""
    model = minpack.model("a + (0.49 - a)*exp(-b*(x - 8))")
    x = np.linspace(8.0, 42.0, 44)
    noise = 0.01 * np.random.default_rng(1).standard_normal((10, x.size))
    a, b = model.guess(x, model(x, 0.39, 0.1) + noise).T
    assert (abs(a - 0.39) < 0.02).all() and ((b > 0.05) & (b < 0.2)).all()


FORMULAS: dict[str, tuple[Any, Any]] = {
    "a - b*exp(-exp(c + d*log(x)))": (np.linspace(9.0, 79.0, 12), (70.0, 61.7, -9.2, 2.4)),
    "4*exp(lKe + lKa - lCl)*(exp(-exp(lKe)*x) - exp(-exp(lKa)*x))/(exp(lKa) - exp(lKe))": (
        np.linspace(0.25, 24.0, 12), (-3.0, 1.0, -3.5),
    ),
    "A*exp(-exp(l1)*x) + B*exp(-exp(l2)*x)": (np.linspace(1.0, 500.0, 50), (8.0, -3.0, 4.0, -5.5)),
}  # fmt: skip


@pytest.mark.parametrize("text", FORMULAS)
def test_logarithms_are_found(text: str) -> None:
    """Parameters that stand as exponents are logarithms: positions, sizes and rates in x suggest none."""
    model, (x, truth) = minpack.model(text), FORMULAS[text]
    y = model(x, *truth)
    rows = y + 0.005 * np.ptp(y) * np.random.default_rng(0).standard_normal((5, x.size))
    best = [minpack.fit(model, x, row, truth).chi_square for row in rows]
    result = minpack.curve_fit_batch(model, x, rows)
    np.testing.assert_allclose(2.0 * result.cost, best, rtol=1e-5)


@pytest.mark.parametrize("sigma", [None, 0.1, 0.1 + 0.2j])
def test_complex_data_start_from_their_real_parts(sigma: Any) -> None:
    """A formula has real values; the starts were looked for at twice the points that x has."""
    model = minpack.model("a*exp(-b*x) + c")
    y = model(T, 2.5, 1.0, 0.5) + 0.01j * np.cos(T)
    fit = minpack.fit(model, T, y, sigma=None if sigma is None else np.full(T.size, sigma))
    np.testing.assert_allclose(fit.values, [2.5, 1.0, 0.5], rtol=1e-6)
