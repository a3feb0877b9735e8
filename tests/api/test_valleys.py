"""Batches of formulas without a start: each fit from several valleys, as `fit` does it; and of functions, a word."""

import warnings

import numpy as np
import pytest

import minpack
from minpack import models

AGE = np.array([9.0, 14.0, 21.0, 28.0, 42.0, 57.0, 63.0, 70.0, 79.0])
PASTURE = np.array([8.93, 10.8, 18.59, 22.33, 39.35, 56.11, 61.73, 64.62, 67.08])  # Ratkowsky (1983)
GROWTH = minpack.model("t1 - t2*exp(-exp(t3 + t4*log(x)))")
ROWS = PASTURE + 3.0 * np.sin(np.arange(1.0, 55.0).reshape(2, 3, 9) ** 2)
LIGHT = np.linspace(0.0, 2000.0, 20)
PLATT = minpack.model("P*(1 - exp(-a*x/P))*exp(-b*x/P)")


def agree(batch, rows, **options):
    for i in np.ndindex(rows.shape[:-1]):
        alone = minpack.fit(GROWTH, AGE, rows[i], **options)
        np.testing.assert_array_equal(batch.x[i], alone.values)


@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_a_batch_ends_where_fit_does(engine):
    if engine == "numba":
        pytest.importorskip("numba")
    agree(minpack.curve_fit_batch(GROWTH, AGE, ROWS, engine=engine), ROWS)


@pytest.mark.parametrize(
    "options",
    [
        {"sigma": np.linspace(0.5, 2.0, 9)},
        {"sigma": 2.0},
        {"loss": "soft_l1"},
        {"method": "dogbox"},
        {"bounds": ([-np.inf, 0.0, -30.0, 0.0], [200.0, 200.0, 30.0, 10.0])},
    ],
    ids=["sigma", "one sigma", "loss", "method", "bounds"],
)
def test_a_batch_ends_where_fit_does_with_options(options):
    agree(minpack.curve_fit_batch(GROWTH, AGE, ROWS, **options), ROWS, **options)


def test_points_that_are_left_out():
    rows = ROWS.copy()
    rows[0, 1, 3] = rows[1, 2, 0] = np.nan
    agree(minpack.curve_fit_batch(GROWTH, AGE, rows, nan_policy="omit"), rows, nan_policy="omit")
    status = minpack.curve_fit_batch(GROWTH, AGE, rows).status
    assert ((status == minpack.NOT_FINITE_AT_START) == np.isnan(rows).any(axis=-1)).all()


def test_an_abscissa_per_fit_and_deviations_per_fit():
    times = np.array([[1.0], [2.0]])[..., np.newaxis] * np.ones((2, 3, 1)) * AGE
    batch = minpack.curve_fit_batch(GROWTH, times, ROWS, sigma=np.ones_like(ROWS))
    for i in np.ndindex(2, 3):
        np.testing.assert_array_equal(batch.x[i], minpack.fit(GROWTH, times[i], ROWS[i], sigma=np.ones(9)).values)


def test_bounds_per_fit():
    upper = np.full((2, 3, 4), [200.0, 200.0, 30.0, 10.0])
    upper[0, 0, 0] = 65.0
    batch = minpack.curve_fit_batch(GROWTH, AGE, ROWS, bounds=(-np.inf, upper))
    assert batch.success.all()
    assert (batch.x <= upper).all()


def test_counts():
    counts = np.round(ROWS)
    agree(minpack.curve_fit_batch(GROWTH, AGE, counts, likelihood="poisson"), counts, likelihood="poisson")


def test_the_right_valley_is_found_in_a_batch():
    rows = PLATT(LIGHT, 8.0, 0.06, 0.001) * np.array([[1.0], [2.0]])
    batch = minpack.curve_fit_batch(PLATT, LIGHT, rows)
    np.testing.assert_allclose([PLATT(LIGHT, *end) for end in batch.x], rows, rtol=1e-6)  # -P would do as well


def test_terms_of_a_sum_are_in_order():
    x = np.linspace(0.0, 10.0, 60)
    model = models.gaussian("p") + models.gaussian("q")
    rows = model(x, 3.0, 6.0, 0.8, 2.0, 3.0, 0.7) + 0.05 * np.sin(np.arange(1.0, 121.0).reshape(2, 60) ** 2)
    batch = minpack.curve_fit_batch(model, x, rows)
    for end, row in zip(batch.x, rows, strict=True):
        np.testing.assert_array_equal(end, minpack.fit(model, x, row).values)


def test_no_row_and_one_row():
    assert minpack.curve_fit_batch(GROWTH, AGE, ROWS[:, :0]).x.shape == (2, 0, 4)
    one = minpack.curve_fit_batch(GROWTH, AGE, PASTURE)
    assert one.x.shape == (4,)
    assert 2.0 * one.cost == pytest.approx(8.3759, rel=1e-4)


@pytest.mark.parametrize("rate", [0.2, 0.3, 0.5, 0.8, 1.3])
def test_exact_data_keep_the_start_of_the_search(rate):
    model, x = minpack.model("a*exp(-b*x) + c*exp(-d*x)"), np.linspace(0.0, 10.0, 40)
    row = model(x, 3.0, rate, 2.0, 3.0 * rate)
    np.testing.assert_array_equal(minpack.fit(model, x, row).start, model.guess(x, row))


def wave(x, height, rate):
    return height * np.sin(rate * x)


@pytest.mark.parametrize(("missed", "words"), [(2, 1), (1, 0)])
def test_functions_that_explain_nothing_from_ones_are_told(missed, words):
    x = np.linspace(0.0, 10.0, 60)
    rows = [wave(x, 2.0, 7.0)] * missed + [wave(x, 2.0, 1.1)] * (3 - missed)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        result = minpack.curve_fit_batch(wave, x, rows)
        minpack.curve_fit_batch(wave, x, rows, [1.0, 1.0])  # whoever gives a start knows it
    assert result.success.all()
    assert [f"{missed} of 3 fits explain less than a tenth" in str(each.message) for each in said] == [True] * words


@pytest.mark.parametrize("method", ["lm", "trf"])
@pytest.mark.parametrize(("data", "words"), [(2, 0), (3, 1)])
def test_parameters_that_are_rounded_are_told(method, data, words):
    x = np.linspace(0.1, 10.0, 40)

    def f(x, height, rate, level):
        return height * np.exp(-rate * x) + np.where(height < 0.0, np.round(level), level)

    noise = 0.01 * np.sin(9.0 * x)
    rows = [f(x, -3.0, 0.8, 2.0) + noise] * data + [f(x, 9.0, 0.8, 2.1) + noise] * (5 - data)
    starts = [[-2.0, 1.0, 2.2]] * data + [[8.0, 0.7, 2.0]] * (5 - data)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        result = minpack.curve_fit_batch(f, x, rows, starts, method=method)
    assert result.success.all()
    assert [f"the data of {data} of 5 fits do not determine" in str(each.message) for each in said] == [True] * words
