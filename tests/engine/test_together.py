"""Models that give their derivatives with their values, in compiled batches: as if they gave them on their own."""

from typing import Any

import numpy as np
import pytest

import minpack
from minpack import models

pytest.importorskip("numba", reason="numba compiles the models")

X = np.linspace(0.1, 6.0, 23)
MODEL = minpack.model("(a*exp(-b*x) + c)/(1 + b*x)")
HALF = minpack.model("a*sqrt(x + b) + c")  # not defined everywhere


def noisy(f: Any, truth: list[float], count: int = 70) -> np.ndarray:
    rng = np.random.default_rng(3)
    p = np.array(truth) * rng.uniform(0.7, 1.3, (count, len(truth)))
    y = np.array([f(X, *row) for row in p])
    return np.where(np.isfinite(y), y, 0.0) + rng.normal(scale=0.05, size=y.shape)


def alike(model: Any, *args: Any, **options: Any) -> Any:
    """The batch by the model and its derivatives at once, which must have the bits of that by two functions."""
    together = minpack.curve_fit_batch(model, *args, engine="numba", **options)
    apart = minpack.curve_fit_batch(model.formula.value, *args, jac=model.jac, engine="numba", **options)
    for found, expected in zip(together.arrays(), apart.arrays(), strict=True):
        np.testing.assert_array_equal(found, expected)
    return together


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("options", [
    {}, {"bounds": (0.0, 10.0)}, {"bounds": (0.0, 10.0), "loss": "soft_l1", "f_scale": 0.1}, {"method": "dogbox"},
    {"method": "trf", "loss": lambda z: np.stack((np.log1p(z), 1 / (1 + z), -1 / (1 + z) ** 2))}, {"maxfev": 3},
    {"sigma": np.linspace(0.5, 1.0, X.size)}, {"reference": "netlib"}, {"functions": "native"}, {"workers": 2},
])  # fmt: skip
@pytest.mark.parametrize("model", [MODEL, HALF], ids=str)
def test_bits_are_those_of_two_functions(model: Any, options: dict[str, Any]) -> None:
    y = noisy(model, [3.0, 0.1, 1.0])
    starts = np.random.default_rng(4).uniform(0.3, 3.0, (len(y), 3))
    for p0 in ([1.0, 0.05, 1.0], starts):
        found = alike(model, X, y, p0, **options)
    assert found.nfev.max() > 1


def test_of_counts_and_at_abscissae_of_each_fit() -> None:
    model = models.exponential_decay
    counts = np.random.default_rng(5).poisson(noisy(model, [30.0, 2.0, 5.0]).clip(0.1))
    alike(model, X, counts, [20.0, 1.0, 3.0], likelihood="poisson")
    x = X * np.random.default_rng(6).uniform(0.9, 1.1, (len(counts), 1))
    alike(model, x, counts, [20.0, 1.0, 3.0])
    counts = np.where(np.random.default_rng(7).random(counts.shape) < 0.2, np.nan, counts)
    alike(model, X, counts, [20.0, 1.0, 3.0], nan_policy="omit")


def test_of_several_predictors() -> None:
    x = np.stack(np.meshgrid(np.arange(6.0), np.arange(5.0))).reshape(2, -1)
    truth = [5.0, 2.5, 2.0, 1.1, 1.0]
    y = models.gaussian2d(x, *truth) + np.random.default_rng(8).normal(scale=0.1, size=(50, 30))
    assert alike(models.gaussian2d, x, y, truth).success.all()


def test_derivatives_that_have_limits_only() -> None:
    """A derivative of 0 * inf at the first point, which differences replace."""
    model = minpack.model("a*x^b + c")
    x = np.concatenate([[0.0], X])
    y = 2.0 * x**0.7 + 1.0 + np.random.default_rng(9).normal(scale=0.02, size=(40, x.size))
    assert alike(model, x, y, [1.0, 1.0, 0.0]).success.all()


@pytest.mark.any_python
def test_a_batch_that_is_interrupted_between_steps_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Derivatives are computed anew where the extension returned to Python, as it does after some time."""
    model = models.gaussian
    y = noisy(model, [4.0, 3.0, 0.8], 3000)
    y = np.tile(y, (30, 1))  # takes several times as long as the extension runs
    assert alike(model, X, y, [3.0, 3.0, 1.0]).success.mean() > 0.99
