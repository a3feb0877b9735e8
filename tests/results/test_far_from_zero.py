"""An x far from zero is named if something is wrong that may come of it."""

import numpy as np
import pytest

import minpack
from minpack import models
from minpack._results import words

DAYS = np.linspace(0.0, 10.0, 60)
NOISE = 0.1 * np.random.default_rng(3).standard_normal(60)
DECAY = 5.0 * np.exp(-DAYS / 2.0) + 1.0 + NOISE


def kinds(fit: minpack.Fit) -> list[str]:
    return [finding.kind for finding in fit.diagnose().records]


@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::minpack.OptimizeWarning")
@pytest.mark.parametrize("model", [
    models.exponential_decay, models.exponential_growth, models.polynomial(2), models.polynomial(3), models.damped_sine,
])  # fmt: skip
def test_dates(model) -> None:
    doubts = minpack.fit(model, DAYS + 2459000.5, DECAY).diagnose()
    assert any("x is far from zero for its range, 2459000.5 to 2459010.5: subtract" in doubt for doubt in doubts)
    assert "x_far_from_zero" not in kinds(minpack.fit(model, DAYS, DECAY))


def test_dates_that_do_no_harm() -> None:
    peak = models.gaussian(DAYS, 3.0, 4.0, 1.0) + NOISE
    assert not minpack.fit(models.gaussian, DAYS + 2459000.5, peak).diagnose()


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(("shift", "found"), [(989.0, False), (991.0, True), (-1001.0, True), (-999.0, False)])
def test_from_a_hundred_times_the_range_on(shift: float, found: bool) -> None:
    fit = minpack.fit(lambda x, a, b: a + b * x + 0.0 * b, DAYS + shift, DECAY, [1, 1], maxfev=1)
    assert not fit.success and ("x_far_from_zero" in kinds(fit)) == found


def test_the_command_line_has_advice_of_its_own() -> None:
    from minpack._cli.advice import ADVICE

    assert ADVICE["x_far_from_zero"] != words.ADVICE["x_far_from_zero"]
