"""What tests of batches share: rows of data, and a model whose bits are those of any machine."""

from collections.abc import Callable
from typing import Any

import numpy as np

from minpack import BatchResult

Batch = Callable[..., BatchResult]
T = np.linspace(0.0, 4.0, 17)


def ratio(t: Any, a: Any, b: Any, c: Any) -> Any:
    """Plain arithmetic only: the same bits for a number and within an array."""
    return a / (1.0 + b * b * t) + c * t


def ratio_jac(t: Any, a: Any, b: Any, c: Any) -> Any:
    below = 1.0 + b * b * t
    return 1.0 / below, -2.0 * a * b * t / (below * below), t + 0.0 * a


def data(count: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    p = rng.uniform([1.0, 0.5, -0.2], [4.0, 2.0, 0.2], size=(count, 3))
    return ratio(T, *(p[:, j : j + 1] for j in range(3))) + rng.normal(scale=0.02, size=(count, T.size))
