"""Fits of models, of several data sets and of residuals come back as what they were."""

import json

import numpy as np
import pytest

import minpack
from minpack import models
from support.decay import T, Y, decay

X = np.linspace(0.0, 10.0, 40)
PEAKS = models.gaussian("p1") + models.gaussian("p2") + models.line
TWO = PEAKS(X, 3.0, 3.0, 0.5, 4.0, 6.0, 0.7, 1.0, 0.1) + 0.05 * np.sin(77.0 * X)


def peak(x, height, center):
    return height * np.exp(-((x - center) ** 2))


def peak_slopes(x, height, center):
    curve = np.exp(-((x - center) ** 2))
    return np.stack([curve, 2.0 * height * (x - center) * curve], axis=-1)


def misfit(a, b):
    return np.array([a - 1.0, b - 2.0, a + b - 3.3])


@pytest.mark.parametrize(("model", "y"), [
    (models.gaussian, models.gaussian(X, 3.0, 4.0, 0.8) + 0.05 * np.sin(77.0 * X)), (PEAKS, TWO),
    (minpack.model("a*exp(-b*x)", derived={"life": "1/b", "half": "ln(2)*life"}), np.exp(-X) + 0.01 * np.sin(77 * X)),
])  # fmt: skip
def test_models_come_back_with_all_that_they_know(model: minpack._models.model.Model, y: np.ndarray) -> None:
    fit = minpack.fit(model, X, y)
    again = minpack.restore(fit.to_json())
    assert again.report() == fit.report()
    assert [again.derived(name) for name in model.derived] == [fit.derived(name) for name in model.derived]
    assert (again.f.natural, [*again.f.components(X, *again.values)]) == (model.natural, [
        *model.components(X, *fit.values)])  # fmt: skip
    assert again.to_json() == fit.to_json()


def test_a_model_that_is_passed_has_its_derivatives() -> None:
    fit = minpack.fit(models.line, T, Y)
    again = minpack.restore(fit.to_json(), models.line)
    np.testing.assert_array_equal(again.confidence_band(T), fit.confidence_band(T))


@pytest.mark.parametrize("jac", [None, peak_slopes])
def test_fits_of_several_data_sets(jac) -> None:
    sets = [(X, peak(X, 2.0, 4.0) + 0.02 * np.sin(77.0 * X)), (X[:20], peak(X[:20], 3.0, 4.0) + 0.02 * np.cos(X[:20]))]
    fit = minpack.fit_global(peak, sets, {"center": 3.5}, shared=["center"], jac=jac)
    again = minpack.restore(fit.to_json(), peak, jac)
    assert isinstance(again, minpack.GlobalFit)
    assert again.parts == fit.parts
    np.testing.assert_array_equal(again.predict(X, dataset=2), fit.predict(X, dataset=2))
    np.testing.assert_array_equal(again.confidence_band(X, dataset=2), fit.confidence_band(X, dataset=2))
    np.testing.assert_array_equal(
        again.confidence_intervals(method="profile"), fit.confidence_intervals(method="profile")
    )
    assert again.to_json() == fit.to_json()
    alone = minpack.restore(fit.to_json())
    assert alone.report() == fit.report()
    assert alone.to_json() == fit.to_json()  # also without the function it can be saved again
    with pytest.raises(ValueError, match="restored without its function 'peak'"):
        alone.predict(X, dataset=2)


def test_a_model_of_several_data_sets_needs_no_function() -> None:
    sets = [(X, np.exp(-X / 2.0) + 0.01 * np.sin(77.0 * X)), (X, 3.0 * np.exp(-X / 2.0) + 0.01 * np.cos(77.0 * X))]
    fit = minpack.fit_global(models.exponential_decay, sets, shared=["tau"])
    again = minpack.restore(fit.to_json())
    np.testing.assert_array_equal(again.confidence_band(X, dataset=2), fit.confidence_band(X, dataset=2))


def test_fits_of_residuals() -> None:
    fit = minpack.fit_residuals(misfit, {"a": 1.0, "b": 1.0})
    again = minpack.restore(fit.to_json(), misfit)
    assert isinstance(again, minpack.ResidualFit)
    np.testing.assert_array_equal(
        again.confidence_intervals(method="profile"), fit.confidence_intervals(method="profile")
    )
    with pytest.raises(ValueError, match="has no curve"):
        again.predict(X)


def test_what_was_saved_before_there_were_kinds_comes_back_as_a_fit() -> None:
    saved = json.loads(minpack.fit(decay, T, Y).to_json())
    for name in ("kind", "joined", "knows"):
        del saved["model"][name]
    assert type(minpack.restore(saved, decay)) is minpack.Fit
