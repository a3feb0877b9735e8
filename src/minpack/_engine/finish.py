"""Where a fit of a curve ended: derivatives taken afresh there, whether it is a minimum, and going on if it is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._results.derivatives import BEST, GOOD, Differences
from .._results.ending import FAR
from .curve import WeightedCurve
from .minimum import are_finite, better_of, derivatives_at, gauss_newton, look, sum_of_squares
from .single import Outcome

_Array = NDArray[np.float64]
_Jacobian = Callable[..., ArrayLike]

_EPS = float(np.finfo(float).eps)
TIGHT = 1e-13  # tolerances for going on; at the machine epsilon MINPACK would say that they are too small


class Ending(NamedTuple):
    """How a fit ended.

    `factor` has the QR factorization at the end and the covariance, None if the fit failed or the Jacobian is not
    finite. `distance` is the Gauss-Newton step from there, in standard errors. `remarks` are kinds of findings with
    their numbers. `square` is the sum of squares if there is a factorization.
    """

    outcome: Outcome
    factor: Outcome | None
    distance: float
    remarks: tuple[tuple[str, dict[str, Any]], ...] = ()
    calls: int = 0  # of f, by the fits before the last one
    is_regular: bool = False  # the Jacobian certainly has full rank
    square: float = np.nan


@dataclass(eq=False)  # frozen ones take more time to make
class Finish:
    """Runs a fit, looks at its end, and goes on where that helps."""

    solve: Callable[..., Outcome]  # solve(start, jac, **options) runs the solver with its options changed
    curve: WeightedCurve  # the model as a function of the fitted parameters
    start: _Array
    scale: bool  # whether the errors follow from the scatter of the residuals
    epsfcn: float | None = None  # relative error of the model, if the caller gave it

    def run(self) -> Ending:
        options = {} if self.epsfcn is None else {"epsfcn": self.epsfcn}
        ending = self._look(self.solve(self.start, self.curve.jac, **options), self.curve.jac)
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
        options = {} if before.factor is None else {"ftol": TIGHT, "xtol": TIGHT}
        jac = jac or self._differences
        outcome = self.solve(start, jac, **options)
        calls = before.calls + before.outcome.nfev
        if not _is_solution(outcome):
            return before
        ending = self._look(outcome, None if jac == self._differences else jac)
        if ending.factor is None or (before.factor is not None and not ending.distance < before.distance):
            return before
        of_before = (known for known in before.remarks if known[0] != "rounding")
        return ending._replace(
            calls=calls, remarks=(*of_before, (remark, {"distance": before.distance}), *ending.remarks)
        )

    def _differences(self, _: Any, *x: float) -> _Array:
        return self._at(np.array(x), np.full(len(x), np.nan)).columns

    def _at(self, x: _Array, errors: _Array, good: float = GOOD) -> Differences:
        return derivatives_at(self.curve, x, errors, starts=self.start, eps=self.epsfcn or 0.0, good=good)

    def _precision(self) -> float:
        """Relative error of the model's values."""
        return max(self.curve.eps, self.epsfcn or 0.0)

    def _look(self, outcome: Outcome, jac: _Jacobian | None, good: float = GOOD) -> Ending:
        """The derivatives at the end of a fit, and what they say about it."""
        square = sum_of_squares(outcome.fvec)
        if not _is_solution(outcome, square):
            return Ending(outcome, None, np.inf)
        x, eps = outcome.x, self._precision()
        if jac is None:
            errors = np.sqrt(outcome.cov.diagonal()) if outcome.cov is not None else np.full(x.size, np.nan)
            taken = self._at(x, errors, good)
            columns, eps = self.curve.weighted(taken.columns), taken.eps
        else:
            columns = np.asarray(self.curve.jacobian(x), dtype=np.float64)
        if not are_finite(columns):
            return Ending(outcome, None, np.inf)
        found = look(self.curve, x, outcome.fvec, columns, eps, scale=self.scale, square=square)
        if jac is None and not found.is_regular and good > BEST:
            return self._look(outcome, jac, BEST)
        return Ending(outcome, found.factor, found.distance, found.remarks, 0, found.is_regular, found.square)

    def _beyond(self, ending: Ending) -> _Array:
        """The end of the Gauss-Newton step, if the sum of squares is smaller there, or else where the fit ended."""
        outcome, factor = ending.outcome, ending.factor
        assert factor is not None
        return better_of(self.curve, outcome.x, outcome.fvec, outcome.x - gauss_newton(factor))


def _is_solution(outcome: Outcome, square: float = np.inf) -> bool:
    return 1 <= outcome.info <= 4 and (square < np.inf or are_finite(outcome.fvec))
