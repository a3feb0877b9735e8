"""One fit of a batch as `fit` makes it, with report and picture."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .._input.bounds import pair_of
from .._models.model import Model
from .fit import fit

if TYPE_CHECKING:
    from .._results.fit import Fit


@dataclass
class OneOfMany:
    """The arguments of a batch; called with the index of a fit, it makes that fit on its own."""

    xdata: Any
    ydata: Any
    p0: Any
    sigma: Any
    x_per_fit: bool
    how: dict[str, Any]
    options: dict[str, Any]
    defaults: Callable[[], dict[str, Any]]  # of these two: what is not given is not passed on

    def __call__(self, index: Any) -> Fit:
        defaults = self.defaults()
        options = {name: value for name, value in (self.how | self.options).items() if value is not defaults[name]}
        f, jac, engine, *_ = (options.pop(name, None) for name in ("f", "jac", "engine", "vectorized", "functions"))
        if engine == "numba" and not isinstance(f, Model):  # they take one point
            f, jac = _pointwise(f), None if jac is None else _pointwise(jac)
        if "bounds" in options:
            options["bounds"] = tuple(self._own(bound, index) for bound in pair_of(options["bounds"]))
        return fit(
            f, self._own(self.xdata, index) if self.x_per_fit else self.xdata, self._own(self.ydata, index),
            self._own(self.p0, index), sigma=self._own(self.sigma, index),
            jac=None if jac is None else _columns(jac), **options,
        )  # fmt: skip

    def _own(self, value: Any, index: Any) -> Any:
        """The row of this fit, if there is one per fit."""
        if value is None:
            return None
        lead = np.shape(self.ydata)[:-1]
        value = value if isinstance(value, np.ndarray) else np.asarray(value)
        return value[index] if value.ndim > len(lead) and value.shape[: len(lead)] == lead else value


def _pointwise(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of one point as one of many."""

    @functools.wraps(function)
    def of_all(x: Any, *parameters: float) -> Any:
        return np.array([function(point if x.ndim == 1 else tuple(point), *parameters) for point in x.T])

    return of_all


def _columns(jac: Callable[..., Any]) -> Callable[..., Any]:
    """The derivatives as `fit` takes them, (m, n), from a tuple of arrays or numbers."""

    @functools.wraps(jac)
    def columns(x: Any, *parameters: float) -> Any:
        given = jac(x, *parameters)
        if not isinstance(given, tuple):
            return np.reshape(given, (-1, len(parameters)))
        return np.stack(np.broadcast_arrays(*given, np.empty(np.shape(x)[-1]))[:-1], axis=-1)

    return columns
