"""Points far off the curve: judged by what the fit without them expects there."""

import math
from typing import Any

import numpy as np
import pytest

from minpack import Fit, fit, fit_global, fit_residuals, restore
from minpack._results.propagation import leverage
from minpack._results.statistics import t_quantile
from support.decay import line, noise

X = np.linspace(0.0, 3.0, 8)
SIGMA = np.array([0.1, 0.3, 0.1, 0.2, 0.2, 0.1, 0.3, 0.1])
COVARIANCE = np.diag(SIGMA**2) + 0.004


def far_off(result: Fit) -> list[int]:
    return [i for finding in result.diagnose().records if finding.kind == "outliers" for i in finding.numbers["where"]]


def predicted(y: np.ndarray, i: int, sigma: np.ndarray) -> tuple[float, float]:
    """What the line through the other points, with their errors, expects of one; and its standard error there."""
    rest = np.arange(8) != i
    rows = np.stack([np.ones(8), X], axis=1)
    weighted = rows[rest] / sigma[rest, np.newaxis]
    p, square, _, _ = np.linalg.lstsq(weighted, y[rest] / sigma[rest])
    variance = sigma[i] ** 2 + rows[i] @ np.linalg.inv(weighted.T @ weighted) @ rows[i]
    return float(rows[i] @ p), math.sqrt(variance * float(square[0]) / 5)


@pytest.mark.parametrize("absolute", [False, True])
@pytest.mark.parametrize(("factor", "found"), [(1.01, [2]), (0.99, [])])
@pytest.mark.parametrize("sigma", [np.ones(8), SIGMA], ids=["alike", "sigma"])
def test_few_points_hide_no_outlier(sigma: np.ndarray, factor: float, found: list[int], absolute: bool) -> None:
    """By Student's t with the degrees of freedom of the fit without the point, one in a hundred for all 8 points."""
    y = line(X, 1.0, 2.0) + sigma * noise(8)
    center, error = predicted(y, 2, sigma)
    y[2] = center + factor * t_quantile(1 - 0.01 / 16, 5) * error
    assert far_off(fit(line, X, y, sigma=sigma, absolute_sigma=absolute)) == found


def test_leverage_is_the_diagonal_of_the_hat_matrix() -> None:
    y, rows = line(X, 1.0, 2.0) + 0.1 * noise(8), np.stack([np.ones(8), X], axis=1)

    def hat(whitener: np.ndarray) -> np.ndarray:
        q = np.linalg.qr(whitener @ rows)[0]
        return np.asarray((q**2).sum(axis=1))

    alike = hat(np.eye(8))
    cases: list[tuple[Any, np.ndarray]] = [
        (fit(line, X, y), alike),
        (fit(line, X, y, sigma=0.1, absolute_sigma=True), alike),
        (fit(line, X, y, sigma=SIGMA), hat(np.diag(1.0 / SIGMA))),
        (fit(line, X, y, sigma=COVARIANCE), hat(np.linalg.inv(np.linalg.cholesky(COVARIANCE)))),
        (fit(line, X, y, fixed={"a": 1.0}), X**2 / (X @ X)),
        (fit_residuals(lambda a, b: line(X, a, b) - y, {"a": 1.0, "b": 1.0}), alike),
        (fit_global(line, [(X, y)]), alike),
    ]
    for result, expected in cases:
        np.testing.assert_allclose(leverage(result), expected, rtol=1e-6)


def test_f_is_called_if_a_point_may_be_far_off_only() -> None:
    calls = []

    def counted(x: np.ndarray, a: float, b: float) -> np.ndarray:
        calls.append(1)
        return line(x, a, b)

    y = line(X, 1.0, 2.0) + 0.1 * np.tile([1.0, -1.0], 4)
    for off, needed in ((0.0, False), (3.0, True)):
        y[2] += off
        result = fit(counted, X, y)
        calls.clear()
        assert far_off(result) == [2] * needed
        assert bool(calls) == needed


def test_without_the_function_only_what_residuals_say_is_told() -> None:
    x = np.linspace(-1.0, 1.0, 30)
    y = x + 0.1 * noise(30)
    y[17] += 1.0
    result = fit(line, x, y)
    assert far_off(restore(result.to_json())) == far_off(result) == [17]
