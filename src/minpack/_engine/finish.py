"""Where a fit of a curve ended: derivatives taken afresh there, whether it is a minimum, and going on if it is not."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._results.derivatives import Differences, differences, where_defined
from .curve import WeightedCurve
from .single import Outcome, factorize

_Array = NDArray[np.float64]
_Jacobian = Callable[..., ArrayLike]

_EPS = float(np.finfo(float).eps)
# A Gauss-Newton step of more than this, in standard errors, is one that the fit should have taken: from the end of a
# good fit it is below 1e-5.
FAR = 0.1
# Changes of the model below this part of its variation are none: exact data have no standard errors to compare with.
_NO_CHANGE = 1e-7
_TIGHT = 1e-13  # tolerances for going on; at the machine epsilon MINPACK would say that they are too small
# Condition of the Jacobian, times the machine epsilon, from which on rounding of the model shows in the parameters.
_ROUNDED = 1e-12
# The product of the sines of the angles between each column and those before it, from which on the rank is full: the
# least singular value of columns of norm 1 is at least this over the root of e.
_REGULAR = 1e-6


class Ending(NamedTuple):
    """How a fit ended.

    `factor` has the QR factorization at the end and the covariance, None if the fit failed or the Jacobian is not
    finite. `distance` is the Gauss-Newton step from there, in standard errors. `remarks` are kinds of findings with
    their numbers.
    """

    outcome: Outcome
    factor: Outcome | None
    distance: float
    remarks: tuple[tuple[str, dict[str, Any]], ...] = ()
    calls: int = 0  # of f, by the fits before the last one
    is_regular: bool = False  # the Jacobian certainly has full rank


@dataclass(frozen=True)
class Finish:
    """Runs a fit, looks at its end, and goes on where that helps.

    Parameters
    ----------
    solve : callable
        ``solve(start, jac, **options)`` runs the solver with its options changed.
    curve : WeightedCurve
        The model as a function of the fitted parameters.
    start : ndarray, shape (n,)
    scale : bool
        The errors follow from the scatter of the residuals.
    epsfcn : float, optional
        Relative error of the model, if the caller gave it.
    """

    solve: Callable[..., Outcome]
    curve: WeightedCurve
    start: _Array
    scale: bool
    epsfcn: float | None = None

    def run(self) -> Ending:
        ending = self._look(self.solve(self.start, self.curve.jac), self.curve.jac)
        if ending.factor is None and not _is_solution(ending.outcome):
            if self.curve.jac is None or ending.outcome.info <= 0 or np.isfinite(ending.outcome.fjac).all():
                return ending
            return self._better(ending, self.start, None, "jac_not_finite")  # it led nowhere
        if self.curve.jac is None and self.epsfcn is None and self.curve.eps > _EPS:
            again = replace(self, epsfcn=self.curve.eps).run()
            return again._replace(
                remarks=(("short_floats", {"eps": self.curve.eps}), *again.remarks),
                calls=again.calls + ending.outcome.nfev,
            )
        if ending.factor is None and self.curve.jac is not None:
            ending = self._better(ending, self.start, None, "jac_not_finite")
        if ending.factor is not None and ending.distance > FAR:
            ending = self._better(ending, self._beyond(ending), self.curve.jac, "went_on")
            if ending.distance > FAR and self.curve.jac is not None:
                ending = self._better(ending, ending.outcome.x, self._differences, "jac_differs")
        return ending

    def _better(self, before: Ending, start: _Array, jac: _Jacobian | None, remark: str) -> Ending:
        """The fit from another start, with tight tolerances, if it ends at a minimum; otherwise what there was."""
        options = {} if before.factor is None else {"ftol": _TIGHT, "xtol": _TIGHT}
        jac = jac or self._differences
        outcome = self.solve(start, jac, **options)
        calls = before.calls + before.outcome.nfev
        if not _is_solution(outcome):
            return before
        ending = self._look(outcome, None if jac == self._differences else jac)
        if ending.factor is None or (before.factor is not None and not ending.distance < before.distance):
            return before
        return ending._replace(calls=calls, remarks=(*before.remarks, (remark, {"distance": before.distance})))

    def _differences(self, _: Any, *x: float) -> _Array:
        return self._at(np.array(x), np.full(len(x), np.nan)).columns

    def _at(self, x: _Array, errors: _Array) -> Differences:
        center = self.curve.model(x)
        return differences(
            where_defined(self.curve.f, center.shape), x, center, errors=errors, starts=self.start,
            eps=self._precision(), xdata=self.curve.xdata, is_model=True,
        )  # fmt: skip

    def _precision(self) -> float:
        """Relative error of the model's values."""
        return max(self.curve.eps, self.epsfcn or 0.0)

    def _look(self, outcome: Outcome, jac: _Jacobian | None) -> Ending:
        """The derivatives at the end of a fit, and what they say about it."""
        if not _is_solution(outcome):
            return Ending(outcome, None, np.inf)
        x, eps = outcome.x, self._precision()
        if jac is None:
            errors = np.sqrt(outcome.cov.diagonal()) if outcome.cov is not None else np.full(x.size, np.nan)
            found = self._at(x, errors)
            columns, eps = self.curve.weighted(found.columns), found.eps
        else:
            columns = np.asarray(self.curve.jacobian(x), dtype=np.float64)
        if not np.isfinite(columns).all():
            return Ending(outcome, None, np.inf)
        factor = factorize(outcome.fvec, columns, scale=self.scale)
        m, n = columns.shape
        r = [column[: k + 1] for k, column in enumerate(factor.fjac[:, :n].tolist())]  # NumPy is slow for few numbers
        norms = [math.hypot(*column) for column in r]
        scatter = 1.0
        if self.scale:
            scatter = _norm(outcome.fvec) / math.sqrt(m - n) if m > n else 0.0
        change = _change(factor.qtf.tolist(), r, norms, m, FAR * scatter)
        distance = change / scatter if scatter > 0.0 else math.inf if change > 0.0 else 0.0
        if distance > FAR and change <= self._no_change(outcome, columns, eps):
            distance = 0.0
        sines = (abs(column[-1]) / norm if norm > 0.0 else 0.0 for column, norm in zip(r, norms, strict=True))
        ending = Ending(outcome, factor, distance, is_regular=math.prod(sines) > _REGULAR)
        largest = sum(norm * abs(value) for norm, value in zip(norms, x[factor.ipvt].tolist(), strict=True))
        return self._with_rounding(ending, columns, scatter) if m > n and _EPS * largest > scatter else ending

    def _no_change(self, outcome: Outcome, columns: _Array, eps: float) -> float:
        """Which changes of the model, as the norm of a vector, count as none."""
        model = outcome.fvec + self.curve.weighted(self.curve.ydata.copy())
        varied = model - model.mean()
        largest = float(np.abs(varied).max())
        varying = largest * float(np.linalg.norm(varied / largest)) if largest > 0.0 else 0.0
        errors = max(eps * float(np.abs(model).max()), 10.0 * _rounding(columns, outcome.x))
        return _NO_CHANGE * varying + float(np.sqrt(model.size)) * errors

    def _with_rounding(self, ending: Ending, columns: _Array, scatter: float) -> Ending:
        """The covariance of rounding where that exceeds the one of the scatter."""
        outcome, factor = ending.outcome, ending.factor
        assert factor is not None
        m, n = columns.shape
        rounding = _rounding(columns, outcome.x)
        if not rounding > scatter:
            return ending
        with np.errstate(all="ignore"):
            norms = np.linalg.norm(columns, axis=0)
            if not (np.isfinite(norms).all() and norms.all()):
                return ending
            condition = float(np.linalg.cond(np.triu(factor.fjac.T[:n]) / norms[factor.ipvt]))
            if not _ROUNDED < condition * _EPS < 1.0 / m:
                return ending
            floor = factorize(outcome.fvec, columns, scale=False)
            floor.cov[...] *= rounding**2
        return ending._replace(factor=floor, remarks=(*ending.remarks, ("rounding", {"condition": condition})))

    def _beyond(self, ending: Ending) -> _Array:
        """The end of the Gauss-Newton step, if the sum of squares is smaller there, or else where the fit ended."""
        outcome, factor = ending.outcome, ending.factor
        assert factor is not None
        trial = outcome.x - _gauss_newton(factor)
        with np.errstate(all="ignore"):
            try:
                there = self.curve.residuals(trial)
            except (ValueError, ArithmeticError):  # it may be outside of what the model is defined for
                return outcome.x
            return trial if there @ there < outcome.fvec @ outcome.fvec else outcome.x


def _is_solution(outcome: Outcome) -> bool:
    return 1 <= outcome.info <= 4 and bool(np.isfinite(outcome.fvec).all())


def _rounding(columns: _Array, x: _Array) -> float:
    """What rounding may make of a value of the model: that of the largest sum of its terms."""
    with np.errstate(over="ignore"):
        return _EPS * float((np.abs(columns) @ np.abs(x)).max())


def _change(qtf: list[float], r: list[list[float]], norms: list[float], m: int, enough: float) -> float:
    """By how much the Gauss-Newton step changes the model, as the norm of a vector.

    If that is not small enough to tell, without steps along columns that those before replace, in the order of pivots.
    """
    change = math.hypot(*qtf)
    if change > enough:
        determined = [abs(column[-1]) > m * _EPS * norm for column, norm in zip(r, norms, strict=True)]
        change = math.hypot(*(value for value, is_so in zip(qtf, determined, strict=True) if is_so))
    return change


def _norm(vector: _Array) -> float:
    """The norm of a vector whose squares may be too large or too small."""
    with np.errstate(over="ignore"):
        square = float(vector @ vector)
    return math.sqrt(square) if 1e-280 < square < np.inf else math.hypot(*vector.tolist())


def _gauss_newton(factor: Outcome) -> _Array:
    """The step that R and Q'f give, by substitution from the last row; zero where R has a zero."""
    n = factor.x.size
    r = factor.fjac.T[:n]
    step, right = np.zeros(n), factor.qtf.copy()
    with np.errstate(all="ignore"):
        for j in range(n - 1, -1, -1):
            value = right[j] / r[j, j] if r[j, j] != 0.0 else 0.0
            step[factor.ipvt[j]] = value if np.isfinite(value) else 0.0
            right[:j] -= r[:j, j] * step[factor.ipvt[j]]
    return step
