"""What tests of `fit` share: a decay, a straight line, noise."""

import numpy as np

T = np.array([0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0])
Y = np.array([3.01, 2.02, 1.42, 1.03, 0.82, 0.63, 0.54, 0.51])
TIGHT = {"ftol": 1e-15, "xtol": 1e-15, "gtol": 1e-15}


def decay(t, amplitude, rate, offset):
    return amplitude * np.exp(-rate * t) + offset


def decay_jacobian(t, amplitude, rate, offset):
    e = np.exp(-rate * t)
    return np.column_stack([e, -amplitude * t * e, np.ones_like(t)])


def line(x, a, b):
    return a + b * x


def line_jacobian(x, a, b):
    return np.column_stack([np.ones_like(x), x])


def noise(size: int, seed: int = 5) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(size)
