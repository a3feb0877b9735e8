"""Fits of counts: what `fit` does with ``likelihood="poisson"``."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._engine.deviance import LEAST_SHARE, TOLERANCE, deviance_root, deviance_slope
from .._engine.differences import check_shape
from .._input.arrays import real_array
from .._input.data import strict_data
from .._input.predictors import Predictors
from .._names import called
from .._results.fit import Fit
from .._results.warnings import NotFiniteWarning, warn
from .._results.words import Finding
from .returned import NO_DIFFERENCES, SUITS_FLOATS, Notice, look_where_steps_suit

_Array = NDArray[np.float64]

_HARDLY_ANY, _FEW = 0.5, 0.25  # counts: expected at some points together, and at each
_LARGER = 1.5  # times the errors: those without such points


class Deviance:
    """The signed roots of the deviance as a model of data that are all zero: data less model are the residuals."""

    def __init__(self, f: Callable[..., Any], counts: _Array, eps: float = NO_DIFFERENCES) -> None:
        functools.update_wrapper(self, f, updated=())
        self.f, self.counts, self.notice, self.eps = f, counts, Notice(look_where_steps_suit), eps
        self.__name__ = called(f)

    def __call__(self, x: Any, *params: Any) -> _Array:
        expected = self.f(x, *params)
        self.notice(self.f, expected, self.eps)
        residuals = np.asarray(deviance_root(np.asarray(expected, dtype=np.float64), self.counts))
        kind = np.asarray(expected).dtype
        return residuals.astype(kind) if kind in (np.float32, np.float16) else residuals  # for steps that suit it


class DevianceJacobian(Deviance):
    def __init__(self, f: Callable[..., Any], jac: Callable[..., Any], counts: _Array) -> None:
        super().__init__(f, counts)
        self.jac = jac

    def __call__(self, x: Any, *params: Any) -> _Array:
        expected = np.broadcast_to(np.asarray(self.f(x, *params), dtype=np.float64), self.counts.shape)
        columns = real_array("what jac returns", self.jac(x, *params))
        check_shape(columns, (expected.size, len(params)))
        return np.asarray(deviance_slope(expected, self.counts)[:, np.newaxis] * columns)


def fit_counts(
    fit: Callable[..., Fit], f: Callable[..., Any], xdata: Any, ydata: Any, p0: Any, *, sigma: Any,
    jac: Callable[..., Any] | None, nan_policy: str | None, origin: Any, **options: Any,
) -> Fit:  # fmt: skip
    """Maximize the likelihood of Poisson's distribution with `fit`, and take errors from the expected information.

    The sum of the squares of the residuals is the deviance. At its minimum the counts less what is expected, with
    weights of one over what is expected, are orthogonal to the derivatives of the model. So a second fit with these
    weights stays there, and its covariance is the inverse of the expected information.
    """
    if sigma is not None:
        raise ValueError("sigma must be None with likelihood='poisson': the counts say how much they scatter")
    x, data, _ = strict_data(xdata, ydata, None, nan_policy)
    counts = data.ydata
    if (counts < 0.0).any():
        i = int(np.flatnonzero(counts < 0.0)[0])
        raise ValueError(f"ydata must be counts, not negative, with likelihood='poisson'; got {counts[i]} at [{i}]")
    options = {"ftol": TOLERANCE, "xtol": TOLERANCE} | options
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotFiniteWarning)  # its words are those of residuals
        first = fit(
            Deviance(f, counts, SUITS_FLOATS if jac is None else NO_DIFFERENCES), x, np.zeros(counts.size), p0,
            absolute_sigma=True,
            jac=None if jac is None else DevianceJacobian(f, jac, counts), **options,
        )  # fmt: skip
    expected = np.broadcast_to(np.asarray(f(x, *first.values), dtype=np.float64), counts.shape)
    found: dict[str, Any] = {
        "f": f, "jac": jac, "ydata": counts, "residuals": counts - expected,
        "weighted_residuals": -deviance_root(expected, counts), "likelihood": "poisson",
        "predictors": first.predictors if origin is None else Predictors(origin),
    }  # fmt: skip
    impossible = ~np.isfinite(first.residuals)
    if impossible.any():
        i = int(np.argmax(impossible))
        warn(
            "f must be positive where the fit starts, as counts are expected there, but is "
            f"{expected[i]:.6g} at point {i}, so no fit was made: pass p0 where f is positive",
            NotFiniteWarning,
        )
    least = LEAST_SHARE * max(float(counts.mean()), 1.0)
    if not first.success or not (np.isfinite(expected).all() and (expected >= 0.0).all()):
        return replace(first, **found)
    deviations = np.sqrt(np.maximum(expected, least))
    start = dict(zip(first.names, first.values.tolist(), strict=True))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what there is to say, the first fit has said
        second = fit(f, x, counts, start, sigma=deviations, absolute_sigma=True, jac=jac, **options)
    found |= {"covariance": second.covariance, "r_factor": second.r_factor, "sigma": deviations}
    errors = dict(zip(second.names, second.errors.tolist(), strict=True))  # the first fit's are others
    remarks = tuple(
        remark._replace(numbers={**remark.numbers, "error": errors[remark.parameters[0]]})
        if "error" in remark.numbers else remark for remark in first.remarks
    )  # fmt: skip
    return replace(first, **found, remarks=(*remarks, *_resting_on_zeros(fit, second, expected, least, jac, options)))


def _resting_on_zeros(
    fit: Callable[..., Fit], second: Fit, expected: _Array, least: float, jac: Any, options: Mapping[str, Any]
) -> list[Finding]:
    """Whether errors rest on points of which less than a count is expected, all of them together.

    Their share in the expected information, one over what is expected, grows beyond all limits as that vanishes.
    """
    order = np.argsort(expected, kind="stable")
    low = order[np.cumsum(expected[order]) <= _HARDLY_ANY]
    low = low[expected[low] < _FEW]
    if not low.size or not second.success:
        return []
    floored = np.maximum(expected, least)
    floored[low] = _FEW
    start = dict(zip(second.names, second.values.tolist(), strict=True))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # data that the model fits exactly: it stays where it is
        other = fit(second.f, second.xdata, expected, start, sigma=np.sqrt(floored), absolute_sigma=True, jac=jac,
                    **options)  # fmt: skip
    pairs = zip(second.names, second.errors.tolist(), other.errors.tolist(), strict=True)
    found = {name: (mine, without) for name, mine, without in pairs if without > _LARGER * mine > 0.0}
    if not found:
        return []
    worst = max(found, key=lambda name: found[name][1] / found[name][0])
    names = (worst, *(name for name in found if name != worst))
    numbers = {"expected": float(expected[low[0]]), "point": int(low[0]), "error": found[worst][0],
               "without": found[worst][1]}  # fmt: skip
    return [Finding("rests_on_zeros", names, numbers)]
