"""The data of `fit` in whatever form they come, and the model as a real function of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .arrays import is_complex
from .data import Data, strict_data
from .pairs import of_pairs, strict_pairs
from .predictors import Predictors, as_seconds, floats_for, is_table, own_copies, refuse_units, refuse_unordered

_FLOAT64 = np.dtype(np.float64)


class Taken(NamedTuple):
    """Data as the fit takes them, and the model as a real function of them."""

    xdata: Any
    data: Data
    deviations: NDArray[np.float64] | None
    predictors: Predictors
    is_complex: bool
    f: Callable[..., ArrayLike]
    jac: Callable[..., ArrayLike] | None


def take(
    f: Callable[..., ArrayLike], jac: Callable[..., ArrayLike] | None, start: NDArray[np.float64], xdata: Any,
    ydata: Any, sigma: Any, nan_policy: str | None,
) -> Taken:  # fmt: skip
    """Take data as `fit` does: units are refused, times are seconds, complex numbers are pairs."""
    origin, complex_data = None, False
    if not (sigma is None and _is_plain(xdata) and _is_plain(ydata)):
        refuse_units(xdata=xdata, ydata=ydata, sigma=sigma)
        refuse_unordered(xdata=xdata, ydata=ydata, sigma=sigma)
        xdata, origin = as_seconds(xdata)
        complex_data = is_complex(ydata)
    strict = strict_pairs if complex_data else strict_data
    xdata, data, deviations = strict(xdata, ydata, sigma, nan_policy)
    if complex_data:
        f, jac = of_pairs(f, data.ydata.size // 2), jac and of_pairs(jac, data.ydata.size // 2)
    if is_table(xdata):
        f, jac = own_copies(f), jac and own_copies(jac)
    xdata, integers = floats_for(f, start, xdata)
    return Taken(xdata, data, deviations, Predictors(origin, integers), complex_data, f, jac)


def _is_plain(data: Any) -> bool:
    return type(data) is np.ndarray and data.dtype is _FLOAT64
