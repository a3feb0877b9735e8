"""Several data sets with shared parameters, against one fit of a model written for them."""

import numpy as np
import pytest

import minpack
from minpack import fit, fit_global
from support.decay import line, line_jacobian, noise

T = np.linspace(0.0, 4.0, 12)
U = np.linspace(0.5, 3.0, 9)


def decay(t, height, tau):
    return height * np.exp(-t / tau)


Y1 = decay(T, 2.0, 1.5) + 0.02 * noise(12)
Y2 = decay(U, 5.0, 1.5) + 0.05 * noise(21)[12:]


def both(x, height_1, tau, height_2):
    return np.concatenate([decay(T, height_1, tau), decay(U, height_2, tau)], axis=-1)


@pytest.mark.parametrize("sigma", [None, "vectors", "matrix"])
def test_it_is_the_fit_of_the_joined_model(sigma: str | None) -> None:
    s1, s2 = 0.02 + 0.01 * T, np.full(9, 0.05)
    whole = {None: None, "vectors": np.concatenate([s1, s2]), "matrix": np.diag(np.concatenate([s1, s2]) ** 2)}[sigma]
    given = {None: [(T, Y1), (U, Y2)], "vectors": [(T, Y1, s1), (U, Y2, 0.05)],
             "matrix": [(T, Y1, np.diag(s1**2)), (U, Y2, s2)]}[sigma]  # fmt: skip
    absolute = sigma is not None
    found = fit_global(decay, given, shared=["tau"], absolute_sigma=absolute)
    expected = fit(both, np.zeros(21), np.concatenate([Y1, Y2]), [1, 1, 1], sigma=whole, absolute_sigma=absolute)
    assert found.names == ("height_1", "tau", "height_2")
    for name in ("values", "covariance", "residuals", "weighted_residuals"):
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name), rtol=1e-9, atol=1e-12)
    profile = found.confidence_intervals(method="profile")
    np.testing.assert_allclose(profile, expected.confidence_intervals(method="profile"), rtol=1e-6)
    np.testing.assert_allclose(found.bootstrap(300, "parametric", rng=1).errors, found.errors, rtol=0.15)
    assert found.report().startswith("Fit of decay(height_1, tau, height_2): converged")


def test_nothing_shared_is_as_fits_of_their_own() -> None:
    """With known errors the data sets have nothing to do with each other."""
    sets = [(T, Y1, 0.02), (U, Y2, 0.05)]
    found = fit_global(decay, sets, absolute_sigma=True)
    each = [fit(decay, x, y, sigma=s, absolute_sigma=True) for x, y, s in sets]
    np.testing.assert_allclose(found.values, np.concatenate([one.values for one in each]), rtol=1e-6)
    np.testing.assert_allclose(found.errors, np.concatenate([one.errors for one in each]), rtol=1e-5)
    for number, one in enumerate(each, start=1):
        np.testing.assert_allclose(found.predict([0.3, 2.0], number), one.predict([0.3, 2.0]), rtol=1e-6)
        for band in ("confidence_band", "prediction_band"):
            options = {"sigma": 0.1} if band == "prediction_band" else {}
            theirs = getattr(one, band)([0.3, 2.0], **options)
            np.testing.assert_allclose(getattr(found, band)([0.3, 2.0], dataset=number, **options), theirs, rtol=1e-5)
    assert [found.ydata[part].size for part in found.parts] == [12, 9]


def test_starts_held_parameters_jac_and_missing_points() -> None:
    start = {"a": 3.0, "b_2": 0.5}
    y = np.where(np.arange(12) == 5, np.nan, 1 + 2 * T + 0.1 * noise(12))
    sets = [(T, y), (T, 2 + 2 * T), (U, 3 + 2 * U)]
    options = {"nan_policy": "omit", "jac": line_jacobian}
    found = fit_global(line, sets, start, fixed={"b_3": 1.9}, **options)
    assert found.start.tolist() == [3.0, 1.0, 3.0, 0.5, 3.0, 1.9]
    assert found.fixed == ("b_3",) and found.residuals.size == 11 + 12 + 9
    kept = np.arange(12) != 5
    np.testing.assert_allclose(found.values[:2], fit(line, T[kept], y[kept]).values, rtol=1e-6)
    np.testing.assert_allclose(found.predict([1.0], 2), [4.0], rtol=1e-6)
    low, high = found.confidence_band([1.0], dataset=3)
    assert low < found.predict([1.0], 3) < high
    assert fit_global(line, sets, fixed={"b": 2.0}, **options).fixed == ("b_1", "b_2", "b_3")


@pytest.mark.parametrize(
    ("datasets", "options", "words"),
    [
        ([], {}, "datasets must be one or more pairs"),
        ([(T,)], {}, "(?s)datasets must be tuples .* for data set 1"),
        ([(T, Y1), (T, Y1, 0.1)], {}, "sigma must be given for all data sets or for none"),
        ([(T, Y1), (T, Y1[:0])], {}, "data set 2: ydata must be a vector with at least one point"),
        ([(T, Y1), (None, Y1)], {}, "data set 2: x must be what f depends on; got None"),
        ([(T, Y1)], {"shared": ["rate"]}, "shared must name parameters of decay .* got 'rate'"),
        ([(T, Y1)], {"bounds": {"rate": (0, 1)}}, "bounds must name parameters of decay .* got 'rate'"),
        ([(T, Y1)], {"p0": {"height_2": 1}}, "p0 must name parameters of decay .* got 'height_2'"),
    ],
)
def test_mistakes(datasets: list, options: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        fit_global(decay, datasets, **options)
    with pytest.raises(ValueError, match="dataset must be a number from 1 to 1; got 2"):
        fit_global(decay, [(T, Y1)]).predict(T, dataset=2)


def test_bounds_of_all_data_sets_or_of_one() -> None:
    sets = [(T, Y1), (U, Y2)]
    limits = {"height": (0.0, 4.5), "height_1": (0.0, 1.8), "tau": (None, 9.0)}
    found = fit_global(decay, sets, shared=["tau"], bounds=limits)
    named = {"height_1": (0.0, 1.8), "height_2": (0.0, 4.5), "tau": (None, 9.0)}
    assert found.values.tolist() == fit_global(decay, sets, shared=["tau"], bounds=named).values.tolist()
    assert found.upper.tolist() == [1.8, 9.0, 4.5] and found.active_mask.tolist() == [1, 0, 1]
    many = fit_global(decay, sets, shared=["tau"], starts=20, ranges={"height": (0.1, 9.0)})
    np.testing.assert_allclose(many.values, fit_global(decay, sets, shared=["tau"]).values, rtol=1e-5)


def test_the_curve_where_the_data_are() -> None:
    found = fit_global(decay, [(T, Y1), (U, Y2)], shared=["tau"])
    for number, x in enumerate((T, U), 1):
        assert found.predict(found.xdata, number).tobytes() == found.predict(x, number).tobytes()
        low, high = found.confidence_band(found.xdata, dataset=number)
        assert low.shape == high.shape == x.shape


def test_a_panel_per_data_set() -> None:
    pytest.importorskip("matplotlib").use("Agg")
    import matplotlib.pyplot as plt

    figure = fit_global(decay, [(T, Y1, 0.02), (U, Y2, 0.05)], shared=["tau"]).plot()
    assert len(figure.axes) == 4
    assert [ax.get_title() for ax in figure.axes[:2]] == ["data set 1", "data set 2"]
    plt.close("all")


def test_another_number_of_points_than_y_names_the_data_set() -> None:
    x, y = np.arange(5.0), np.arange(5.0)
    with pytest.raises(ValueError, match="5 values for data set 2, as its y; it returned 4"):
        fit_global(lambda x, a: a * x, [(x, y), (x[:-1], y)], shared=["a"])


def test_a_model_that_takes_x_for_indices_predicts() -> None:
    groups, y = np.array([0, 1, 0, 1, 1]), np.array([1.0, 2.0, 1.1, 2.1, 1.9])
    sets = [(groups, y), (groups, y + 1.0)]
    found = fit_global(lambda x, a, b: np.stack([a + 0.0 * b, b + 0.0 * a])[x], sets, [1, 1])
    for again in (found, minpack.restore(found.to_json(), found.f.f)):
        np.testing.assert_allclose(again.predict([1, 0], dataset=2), [3.0, 2.05])
        low, high = again.confidence_band(groups, dataset=1)
        assert (low < y).all() and (y < high).all()
        with pytest.raises(ValueError, match="x must be what f depends on; got None"):
            again.predict(None, dataset=1)


def test_sigma_as_an_argument_is_told_where_it_belongs():
    x = np.linspace(0.0, 1.0, 5)
    with pytest.raises(TypeError, match=r"sigma must be in the data sets of fit_global, as \(x, y, sigma\)"):
        fit_global(lambda x, a: a * x, [(x, x)], sigma=0.1)
