"""Many starts: fits from quasi-random points in ranges, and the minima that they find."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._input.arrays import as_array
from .._input.bounds import is_bounded
from .._input.data import Data
from .._input.parameters import Parameters, check_names
from .._input.taken import Taken
from .._models.known import Known
from .._models.model import Model
from .._models.starts import quasi_random
from .._models.terms import in_terms
from .._models.waves import few_of
from .._results.batch import BatchResult
from .._results.minima import Minima, minima_of
from .fit_rows import fit_rows
from .valleys import CALLS, best_of, starts_of

_Array = NDArray[np.float64]

STARTS = 200  # if only ranges are given
_WIDE = 10.0  # times the start, and its inverse: the range if none is given


def best_start(
    model: Parameters, taken: Taken, starts: int | None, ranges: Mapping[str, Any] | None,
    how: Mapping[str, Any], options: Mapping[str, Any],
) -> tuple[Parameters, Minima]:  # fmt: skip
    """The parameters with the start that leads to the least sum of squares, and the minima that were found."""
    count = STARTS if starts is None else starts
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise ValueError(f"starts must be a whole number from 1; got {starts!r}")
    first, lower, upper = (values[model.free] for values in (model.start, model.lower, model.upper))
    limits = model.limits
    given = {name: limits[name] for name in model.fitted if np.isfinite(limits[name]).all()}
    points = _spread(model.fitted, first, given | _checked(taken.f, model.fitted, ranges), count)
    points = np.clip(np.concatenate([first[np.newaxis], points])[:count], lower, upper)
    result = _ends(model, taken, points, how, options)
    cost = np.where(np.isfinite(result.cost), result.cost, np.inf)
    best = int(np.where(result.success, cost, np.inf).argmin()) if result.success.any() else int(cost.argmin())
    return dataclasses.replace(model, start=model.all_of(points[best])), minima_of(cost, result.success)


def best_of_model(
    f: Model, model: Parameters, taken: Taken, how: Mapping[str, Any], options: Mapping[str, Any],
    likelihood: str = "normal",
) -> Parameters:  # fmt: skip
    """The parameters of a model with the start, of several in the data, that leads to the best end."""
    if taken.is_complex or np.shape(taken.xdata)[-1:] != taken.data.ydata.shape:
        return model
    thin = few_of(f, taken.data.ydata.size)
    x, y = np.asarray(taken.xdata)[..., thin], taken.data.ydata[thin]
    sigma = None if taken.widths is None else taken.widths[thin]
    if y.size < len(model.fitted):
        return model
    starts = zip(model.names, model.start.tolist(), strict=True)
    known = Known({name: value for name, value in starts if name in model.held}, model.limits)
    tied = model.ties.apply if model.ties.names else None
    points, terms = starts_of(f, model.start, x, y, sigma, known, free=model.free, tied=tied), in_terms(f)
    if terms is not f:
        of_terms = starts_of(terms, model.start, x, y, sigma, known, free=model.free, tied=tied)
        points = np.concatenate([of_terms, points[1:]])
    few = taken._replace(xdata=x, data=Data(y), deviations=sigma)
    result = _ends(model, few, points[:, model.free], {**how, "maxfev": CALLS}, options, likelihood)
    ends = np.array([model.all_of(end) for end in result.x])
    start, ordered = best_of(terms, points, ends, result.success, result.cost, x, y, sigma)
    alike = ordered.copy()
    model.ties.apply(alike)
    return dataclasses.replace(model, start=ordered if not known and np.array_equal(alike, ordered) else start)


def _ends(
    model: Parameters, taken: Taken, points: _Array, how: Mapping[str, Any], options: Mapping[str, Any],
    likelihood: str = "normal",
) -> BatchResult:  # fmt: skip
    """Where fits from points of the fitted parameters, (count, n), end."""
    y = np.broadcast_to(taken.data.ydata, (len(points), taken.data.ydata.size))
    lower, upper = model.lower[model.free], model.upper[model.free]
    sigma = taken.deviations
    weights = None if sigma is None or np.ndim(sigma) > 1 else sigma  # of a covariance matrix, only the last fit
    settings = {name: options[name] for name in ("ftol", "xtol", "gtol") if name in options} | dict(how)
    if is_bounded(lower, upper):
        settings["bounds"] = lower, upper
    whole, x, f, jac = bool(model.free.all()), taken.xdata, model.reduce(taken.f), model.reduce_jacobian(taken.jac)
    if not (isinstance(x, np.ndarray) and x.dtype == np.float64):  # a table, say, or whole numbers that are indices
        f, jac = _with_x(f, x), None if jac is None else _with_x(jac, x)
        x = np.zeros(y.shape[1])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of starts of which most are bad, and of a model that is not one of rows
        return fit_rows(
            y, x, points, weights, settings, f=f, x_per_fit=False, jac=jac, likelihood=likelihood,
            vectorized=None if whole else False,
        )  # fmt: skip


def _with_x(f: Callable[..., Any], x: Any) -> Callable[..., Any]:
    """The function at x, whatever that is, instead of the arrays of a batch."""

    def at_x(_: Any, *parameters: Any) -> Any:
        return f(x, *parameters)

    return at_x


def _checked(
    f: Callable[..., Any], names: Sequence[str], ranges: Mapping[str, Any] | None
) -> dict[str, tuple[float, float]]:
    if ranges is None:
        return {}
    if not isinstance(ranges, Mapping):
        raise TypeError(f"ranges must be a dict of pairs by parameter name; got {ranges!r}")
    check_names("ranges", ranges, names, f)
    found = {}
    for name, pair in ranges.items():
        ends = as_array(f"ranges[{name!r}]", pair)
        if ends.shape != (2,) or ends.dtype.kind not in "iuf" or not np.isfinite(ends).all() or ends[0] > ends[1]:
            raise ValueError(f"ranges[{name!r}] must be two finite numbers, the lower one first; got {pair!r}")
        found[name] = float(ends[0]), float(ends[1])
    return found


def _spread(names: Sequence[str], start: _Array, ranges: Mapping[str, tuple[float, float]], count: int) -> _Array:
    """Points that fill the ranges evenly: by their logarithms if both ends have one sign and differ tenfold."""
    unit = quasi_random(count, len(names))
    columns = []
    for name, value, u in zip(names, start.tolist(), unit.T, strict=True):
        around = sorted((value / _WIDE, value * _WIDE)) if value else (-1.0, 1.0)
        low, high = ranges.get(name, around)
        if low * high > 0.0 and max(low / high, high / low) >= _WIDE:
            columns.append(low * (high / low) ** u)
        else:
            columns.append(low + (high - low) * u)
    return np.stack(columns, axis=-1)
