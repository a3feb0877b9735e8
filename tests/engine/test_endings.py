"""Batches whose fits meet the tolerances away from their minima: one warning with a count, and no false ones."""

from typing import Any

import numpy as np
import pytest

from minpack import OptimizeWarning, curve_fit_batch
from minpack._engine import endings
from minpack._results.batch import BatchResult

SECONDS = np.linspace(0.0, 60.0, 61)
START = np.array([2.5, 29.0, 5.0])


def peak(t: Any, height: Any, center: Any, width: Any) -> Any:
    return height * np.exp(-((t - center) ** 2) / (2 * width**2))


def peak_jac(t: Any, height: Any, center: Any, width: Any) -> list[Any]:
    shape, z = peak(t, 1.0, center, width), (t - center) / width
    return [shape, height * shape * z / width, height * shape * z**2 / width]


def peaks(count: int, noise: float) -> np.ndarray:
    drawn = np.random.default_rng(1).standard_normal((count, SECONDS.size))
    return peak(SECONDS, 3.0, 31.0, 4.0) + noise * drawn


def shifted(by: float) -> tuple[np.ndarray, np.ndarray]:
    return SECONDS + by, START + [0.0, by, 0.0]


def test_fits_over_unix_time_are_doubted_once() -> None:
    x, start = shifted(1.7e9)
    with pytest.warns(OptimizeWarning, match="of 7 fits .*, 7 ended more than a tenth") as said:
        result = curve_fit_batch(peak, x, peaks(20, 0.05), start, jac=peak_jac)
    assert len(said) == 1 and result.success.all()
    assert (abs(result.x[:, 1] - 1.7e9 - 31.0) > 0.02).all()


def test_a_model_that_raises_at_one_end_hides_only_that(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[float | None] = []
    at_once = endings._at_once
    monkeypatch.setattr(endings, "_at_once", lambda epsfcn: looks.append(epsfcn) or at_once(epsfcn))
    x, start = shifted(1.7e9)
    heights: list[float] = []

    def raising(t: Any, height: Any, center: Any, width: Any) -> Any:
        if heights and looks and (height == heights[0]).any():
            raise ValueError
        return peak(t, height, center, width)

    with pytest.warns(OptimizeWarning, match="of 3 fits .*, 3 ended more than a tenth"):
        first = curve_fit_batch(raising, x, peaks(3, 0.05), start, jac=peak_jac)
    heights.append(first.x[0, 0])
    looks.clear()
    with pytest.warns(OptimizeWarning, match="of 3 fits .*, 2 ended more than a tenth"):
        curve_fit_batch(raising, x, peaks(3, 0.05), start, jac=peak_jac)


@pytest.mark.parametrize("options", [{"ftol": 1e-2}, {"xtol": 1e-4}, {"gtol": 1e-3}])
def test_larger_tolerances_ask_for_such_an_end(options: dict[str, float]) -> None:
    x, start = shifted(1.7e9)
    curve_fit_batch(peak, x, peaks(3, 0.05), start, jac=peak_jac, **options)


@pytest.mark.parametrize("noise", [0.0, 1e-9, 1e-3, 0.3])
@pytest.mark.parametrize("options", [{}, {"bounds": (0.0, 100.0)}, {"bounds": (0.0, 100.0), "loss": "soft_l1"}])
def test_good_fits_are_not_doubted(noise: float, options: dict[str, Any]) -> None:
    result = curve_fit_batch(peak, SECONDS, peaks(20, noise), START, **options)
    assert abs(result.x[:, 1] - 31.0).max() < 1.0


def dies(x: Any, a: Any, b: Any) -> Any:
    value = a * np.exp(-b * x)
    return np.where(value < 0.35, np.nan, value)


def dies_at_a_point(x: float, a: float, b: float) -> float:
    value = a * np.exp(-b * x)
    return value if value >= 0.35 else np.nan


@pytest.mark.parametrize(("model", "engine"), [(dies, "numpy"), (dies_at_a_point, "numba")])
def test_a_model_without_values_beyond_a_wall_stops_fits_short(model: Any, engine: Any) -> None:
    if engine == "numba":
        pytest.importorskip("numba")
    t = np.linspace(0.0, 5.0, 30)
    y = 2.0 * np.exp(-0.5 * t) + 0.01 * np.sin(9.0 * t)
    with pytest.warns(OptimizeWarning, match="of 3 fits .*, 3 ended more than a tenth"):
        result = curve_fit_batch(model, t, [y, y, y], [3.0, 0.3], engine=engine, vectorized=True)
    assert result.success.all() and (abs(result.x[:, 1] - 0.5) > 0.1).all()


@pytest.mark.parametrize(("cost", "found"), [(0.98e-280, 0), (1.02e-280, 1)])
def test_fits_of_residuals_that_vanish_are_not_stuck(cost: float, found: int) -> None:
    flat = BatchResult.empty(1, 2)
    flat.status[:], flat.cost[:], flat.x[:], flat.cov[:] = 4, cost, 1.0, np.inf
    assert endings.stuck(flat, np.ones(2), {}) == found


@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_errors_from_differences_that_are_rounding_are_doubted(engine: Any) -> None:
    """An intercept of 1e-16, whose difference steps change nothing: its error came out as 1e-8 instead of 0.9."""
    x = np.arange(3.0)
    y = np.tile(x + 1e-6 * np.array([1.0, -2.0, 1.0]), (5, 1))
    with pytest.warns(OptimizeWarning, match="5 ended .* or where difference quotients are lost in rounding"):
        result = curve_fit_batch(
            lambda x, a, b: a + b * x, x, y, [1.0, 0.0], sigma=np.ones(3), absolute_sigma=True, engine=engine
        )
    assert not (abs(result.errors[:, 0] - np.sqrt(5.0 / 6.0)) < 0.1).any()
