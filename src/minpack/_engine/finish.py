"""Making a fit of a curve, looking at its end, and going on from there if that is no minimum."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._results.derivatives import BEST, GOOD, Differences, differences, where_defined
from .._results.ending import FAR
from .curve import WeightedCurve
from .minimum import Remark, square_at, sum_of_squares, terms_of

_Array = NDArray[np.float64]
_Jacobian = Callable[..., ArrayLike]

_EPS = float(np.finfo(float).eps)
_CANCELLED = 100.0, 1e9  # terms over their sum: they cancel from the first on, and steps suit them up to the second
_TIGHT = {"ftol": 1e-13, "xtol": 1e-13}  # for going on; MINPACK would say of the machine epsilon that it is too small


@dataclass(eq=False, kw_only=True)  # frozen ones take more time to make
class Ended:
    """How a fit ended."""

    x: _Array
    fvec: _Array  # model less data, weighted
    calls: int  # of the model
    info: int  # MINPACK's code; negative if no fit was made, or somebody stopped it
    is_solution: bool
    distance: float  # the Gauss-Newton step from there, in standard errors
    beyond: _Array | None = None  # where that step leads, if it is long, and may lead there
    is_lost: bool = False  # derivatives that were given are not finite, and others may lead to a minimum
    remarks: tuple[Remark, ...] = ()  # what the derivatives there show


_Ended = TypeVar("_Ended", bound=Ended)


@dataclass(eq=False, kw_only=True)
class Finish(ABC, Generic[_Ended]):
    """Runs a fit, looks at its end, and goes on where that helps."""

    curve: WeightedCurve  # the model as a function of the fitted parameters
    start: _Array
    steps_are_chosen: bool  # whether the caller says for which relative error of the model steps are made
    eps: float = 0.0  # that error, if it is known
    around: tuple[_Array, _Array] | None = None  # the bounds, if there are any
    calls: int = 0  # of the model, by all fits, also those that led nowhere
    remarks: tuple[Remark, ...] = ()  # what was done after the first fit

    @abstractmethod
    def fit(self, start: _Array, jac: _Jacobian | None, **changed: Any) -> _Ended:
        """A fit with some options changed, and a look at its end."""

    @abstractmethod
    def suiting(self, eps: float) -> dict[str, Any]:
        """The options for steps that suit a relative error of the model."""

    def run(self) -> _Ended:
        jac = self.curve.jac
        end = self._counted(self.start, jac)
        if jac is None and not self.steps_are_chosen and self.curve.eps > _EPS and end.info > 0:
            self.eps = self.curve.eps
            self.remarks = (("short_floats", {"eps": self.eps}),)
            end = self._counted(self.start, None, **self.suiting(self.eps))
        if end.is_lost:
            end = self._better(end, "jac_not_finite", self.start, self.differences)
        if end.is_solution and end.distance > FAR:
            end = self._better(end, "went_on", self._beyond(end), jac or self.differences, **_TIGHT)
            if end.distance > FAR and jac is not None:
                end = self._better(end, "jac_differs", end.x, self.differences, **_TIGHT)
        return end

    def differences(self, _: Any, *x: float) -> _Array:
        """Derivatives by differences in place of those that are given."""
        return self.at(np.array(x), np.full(len(x), np.nan)).columns

    def at(self, x: _Array, errors: _Array, rough: _Array | None = None) -> Differences:
        """Derivatives of the model, not weighted, afresh, with steps that are looked for, from points within bounds.

        With `rough` derivatives, as good as they can be: these tell how large the terms of the model are, whose
        rounding is that of the model where they nearly cancel. They are taken for doubles, also if its values are not.
        """
        curve, m, eps, good = self.curve, self.curve.ydata.size, max(self.curve.eps, self.eps), GOOD
        if rough is not None:
            good = BEST
            with np.errstate(all="ignore"):
                ratio = terms_of(rough, x) / np.abs(curve.values(x)).max()
            if ratio > _CANCELLED[0]:
                eps = max(eps, _EPS * min(float(ratio), _CANCELLED[1]))
        how: dict[str, Any] = {"errors": errors, "starts": self.start, "eps": eps, "good": good, "xdata": curve.xdata}
        try:
            f = curve.f if self.around is None else where_defined(curve.f, (m,), self.around)
            taken = differences(f, x, m, **how)
        except (ValueError, ArithmeticError):  # rarely, so that a function around each call would take more time
            taken = differences(where_defined(curve.f, (m,), self.around), x, m, **how)
        curve.eps = taken.precision
        return taken

    def _counted(self, start: _Array, jac: _Jacobian | None, **changed: Any) -> _Ended:
        end = self.fit(start, jac, **changed)
        self.calls += end.calls
        return end

    def _better(self, end: _Ended, remark: str, start: _Array, jac: _Jacobian, **changed: Any) -> _Ended:
        """The end of another fit, if it is nearer to a minimum; otherwise what there was."""
        other = self._counted(start, jac, **changed)
        if not other.is_solution or (end.is_solution and not other.distance < end.distance):
            return end
        self.remarks += ((remark, {"distance": end.distance}),)
        return other

    def _beyond(self, end: _Ended) -> _Array:
        """The end of the Gauss-Newton step, if the sum of squares is smaller there, or else where the fit ended."""
        if end.beyond is None:
            return end.x
        self.calls += 1
        return end.beyond if square_at(self.curve, end.beyond) < sum_of_squares(end.fvec) else end.x
