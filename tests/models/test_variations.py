"""Further starts for sums of models, and how their ends are compared."""

import numpy as np

from minpack import models
from minpack._models.variations import handicaps

X = np.linspace(0.0, 10.0, 101)


def test_peaks_with_signs_that_differ_must_be_better_by_ten_of_aic() -> None:
    model = models.gaussian("p") + models.gaussian("q")
    start = np.array([3.0, 3.0, 1.0, 2.0, 7.0, 1.0])
    ends = np.array([start, start * [1, 1, 1, -1, 1, 1]])
    assert handicaps(model, ends, start, X, 101).tolist() == [1.0, np.exp(10.0 / 101)]


def test_peaks_that_follow_the_noise_are_out() -> None:
    """Outside of the data, narrower than half the distance of two points, wider than three times the range."""
    model = models.gaussian("p") + models.gaussian("q")
    start = np.array([3.0, 3.0, 1.0, 2.0, 7.0, 1.0])
    for at, inside, outside in ((1, 9.99, 10.01), (1, 0.01, -0.01), (2, 0.051, 0.049), (2, 29.9, 30.1)):
        ends = np.tile(start, (2, 1))
        ends[:, at] = inside, outside
        assert np.isfinite(handicaps(model, ends, start, X, 101)).tolist() == [True, False]
