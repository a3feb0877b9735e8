"""Batches whose fits meet the tolerances away from their minima: one warning with a count, and no false ones."""

from typing import Any

import numpy as np
import pytest

from minpack import OptimizeWarning, curve_fit_batch
from minpack._core import Settings
from minpack._engine import endings
from minpack._engine.problems import CurveProblem
from minpack._engine.tasks import Task
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


@pytest.mark.parametrize(("errors", "away"), [(0.09, 0), (0.11, 3)])
@pytest.mark.parametrize("absolute", [False, True])
def test_fits_within_bounds_end_away_from_a_minimum_if_they_go_on(errors: float, away: int, absolute: bool) -> None:
    """Means of weighted points, one of which is left out: the cost of each is known anywhere."""
    weights, valid = np.array([1.0, 2.0, 0.5, 1.0]), np.array([True, True, True, False])
    y = 5.0 + np.array([[0.3, -0.3, 1.0, 99.0], [0.5, 0.2, -2.0, -99.0], [1.0, 2.0, -1.0, 0.0]])
    squares = np.where(valid, weights, 0.0) ** 2
    means = (squares * y).sum(axis=1) / squares.sum()
    variance = (squares * (y - means[:, np.newaxis]) ** 2).sum(axis=1) / 2.0
    scale = np.maximum(1.0, variance) if absolute else variance
    flat = BatchResult.empty(3, 1)
    flat.x[:, 0] = means + errors * np.sqrt(scale / squares.sum())
    flat.cov[:], flat.status[:] = 1.0, 1
    flat.cost[:] = 0.5 * (2.0 * variance + errors**2 * scale)
    problem = CurveProblem(lambda x, a: a + 0.0 * x, None, np.arange(4.0), False, 3)
    bounds = np.array([-99.0]), np.array([99.0])
    for epsfcn, found in ((None, away), (1.0, 0)):  # a model that is so inexact tells nothing
        settings = Settings(method="trf", epsfcn=epsfcn)
        task = Task(problem, np.ones(1), 4, 1, settings, y, weights, valid, not absolute, *bounds)
        assert endings.away_from_minimum(task, flat, epsfcn, None) == (found, 3)


@pytest.mark.parametrize(("cost", "found"), [(0.98e-280, 0), (1.02e-280, 1)])
def test_fits_of_residuals_that_vanish_are_not_stuck(cost: float, found: int) -> None:
    flat = BatchResult.empty(1, 2)
    flat.status[:], flat.cost[:], flat.x[:], flat.cov[:] = 4, cost, 1.0, np.inf
    assert endings.stuck(flat, np.ones(2), {}) == (found, 1)


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


@pytest.mark.parametrize(
    ("status", "variance", "cost", "found"),
    [(1, np.inf, 1.0, 1), (4, 0.0, 1.0, 1), (4, 0.0, 0.0, 0), (1, 0.5, 1.0, 0), (5, np.inf, 1.0, 0), (-1, 0.0, 1.0, 0)],
)
def test_fits_whose_data_do_not_determine_a_parameter(status: int, variance: float, cost: float, found: int) -> None:
    flat = BatchResult.empty(1, 2)
    flat.status[:], flat.cost[:], flat.x[:], flat.cov[:] = status, cost, 2.0, 1.0
    flat.cov[0, 1, 1] = variance
    assert endings.stuck(flat, np.ones(2), {}) == (0, found)


SLOW = np.linspace(1.0, 10.0, 12)


def fading(t: Any, height: Any, rate: Any) -> Any:
    return height * np.exp(-rate * t)


@pytest.mark.parametrize("engine", ["numpy", "numba"])
@pytest.mark.parametrize("scale", [1e-6, 1e-9, 1e-12])
@pytest.mark.parametrize("method", ["trf", "dogbox"])
def test_small_data_within_bounds_are_doubted(engine: Any, scale: float, method: Any) -> None:
    """Their gradient is below gtol near the start already, which is a success."""
    if engine == "numba":
        pytest.importorskip("numba")
    data = np.tile(2.0 * np.exp(-0.4 * SLOW) + 0.005 * np.sin(9.0 * SLOW), (3, 1))
    options: dict[str, Any] = {"bounds": (0.0, np.inf), "method": method, "engine": engine}
    model = fading if engine == "numpy" else one_fading
    with pytest.warns(OptimizeWarning, match=r"of 3 fits .*, 3 ended .*, or to nothing \(gtol\), are met"):
        small = curve_fit_batch(model, SLOW, scale * data, [scale, 1.0], **options)
    assert (abs(small.x[:, 1] - 0.4) > 5e-4).all()
    assert (abs(curve_fit_batch(model, SLOW, data, [1.0, 1.0], **options).x[:, 1] - 0.4) < 2e-4).all()


def one_fading(t: float, height: float, rate: float) -> float:
    return height * np.exp(-rate * t)


def test_a_model_that_raises_where_a_bounded_fit_goes_on_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[Any] = []
    begin = Task.begin

    def noted(task: Task, *given: Any, look: Any = None, **named: Any) -> Any:
        looks.extend([] if look is None else [look])
        return begin(task, *given, look=look, **named)

    def raising(t: Any, height: Any, rate: Any) -> Any:
        if looks:
            raise ValueError
        return fading(t, height, rate)

    monkeypatch.setattr(Task, "begin", noted)
    data = fading(SLOW, 2.0, 0.4) + 0.005 * np.sin(9.0 * SLOW)
    found = curve_fit_batch(raising, SLOW, [data, data], [1.0, 1.0], bounds=(0.0, 9.0))
    assert looks and found.success.all()
