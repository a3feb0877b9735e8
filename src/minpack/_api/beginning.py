"""Where `fit` starts: as the caller says, or as the data say."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from .._input.data import strict_data
from .._input.limits import within_bounds
from .._input.parameters import Parameters, is_unsaid, parameters
from .._input.taken import Taken, take
from .._models.model import Model
from .._models.variations import is_ambiguous
from .._results.covariance import is_defined
from .._results.minima import Minima
from .fit_counts import Deviance
from .multistart import best_of_model, best_start
from .start_in_data import start_in_data
from .start_of_model import model_behind, start_of_model


class Begun(NamedTuple):
    model: Parameters  # with its start
    others: Sequence[Callable[[], Parameters]] = ()  # with starts to be tried if the fit does not converge
    minima: Minima | None = None


@dataclasses.dataclass(eq=False)  # frozen ones take more time to make
class Beginning:
    """The start of a fit of `f` to data that were `taken`."""

    f: Any
    model: Parameters
    taken: Taken
    asked: tuple[Any, Any, Any, Any]  # p0, fixed, tied, bounds, as the caller gave them
    how: Mapping[str, Any]  # method and loss
    options: Mapping[str, Any]

    def of_one(self) -> Begun:
        """One start; those of a formula in several valleys of its sum of squares are tried."""
        if isinstance(self.f, Model):
            return self._of_formula(self.f, self.taken)
        if isinstance(self.f, Deviance) or not is_unsaid(self.f, self.model, self.asked[0]):
            return Begun(self.model)
        found = start_in_data(self.model, self.taken, self._formula)
        if found is self.model:
            return Begun(self.model, [self._instead])
        if isinstance(found, Parameters):
            return Begun(found, [lambda: self.model])
        begun = self._of_function(found)
        return begun._replace(others=[*begun.others, lambda: self.model])

    def of_many(self, starts: int | None, ranges: Mapping[str, Any] | None) -> Begun:
        """The best of many starts, and the minima that they lead to."""
        if isinstance(self.f, Model):
            first = self._of_model(self.f)
        else:
            first = self._instead() if is_unsaid(self.f, self.model, self.asked[0]) else self.model
        best, minima = best_start(first, self.taken, starts, ranges, self.how, self.options)
        return Begun(best, minima=minima)

    def _formula(self) -> Model | None:
        """The model that a function amounts to; None, too, if that is linear, as then any start will do."""
        found = None if self.taken.is_complex else model_behind(self.f, self.model, self.taken.xdata)
        return found if found is not None and len(found.formula.linear) < len(found.parameters) else None

    def _of_function(self, formula: Model) -> Begun:
        """The start of the formula that a function amounts to, which knows no better than the caller what is held."""
        p0, _, tied, bounds = self.asked
        asked = p0, _held(self.model), tied, bounds
        taken = self.taken._replace(f=formula, jac=formula.jac)
        return dataclasses.replace(self, asked=asked)._of_formula(formula, taken)

    def _instead(self) -> Parameters:
        """Where a fit of a function starts if ones lead nowhere."""
        formula = self._formula()
        return self.model if formula is None else self._of_function(formula).model

    def _of_formula(self, formula: Model, taken: Taken) -> Begun:
        model = self._of_model(formula)
        if model is self.model or self.asked[0] is not None:
            return Begun(model)
        best = partial(best_of_model, formula, model, taken, self.how, self.options)
        return Begun(best()) if is_ambiguous(formula) else Begun(model, [best])

    def _of_model(self, formula: Model) -> Parameters:
        """The parameters with what a model finds in the data, as far as the caller does not say."""
        p0, fixed, tied, bounds = self.asked
        y, widths = self.taken.data.ydata, self.taken.widths
        half = slice(y.size // 2 if self.taken.is_complex else None)  # a model of real values: see the real parts
        widths = None if widths is None else widths[half]
        found = start_of_model(formula, self.model, p0, fixed, self.taken.xdata, y[half], widths)
        if found is p0:
            return self.model
        start = np.array([found.get(name, np.nan) for name in self.model.names], dtype=np.float64)
        if self.model.all_free and not self.model.is_bounded and is_defined(start):
            return dataclasses.replace(self.model, start=start)
        return within_bounds(parameters(self.f, found, fixed, tied), bounds, self.f, p0, fixed)


def _held(model: Parameters) -> dict[str, float] | None:
    return {name: float(model.start[model.names.index(name)]) for name in model.held} or None


def start_with_other_errors(
    f: Any, xdata: Any, ydata: Any, sigma: Any, asked: tuple[Any, Any, Any, Any], of_counts: bool,
    how: Mapping[str, Any], options: Mapping[str, Any], nan_policy: str | None,
) -> Any:  # fmt: skip
    """What to take for p0 with counts, or with errors in x: what the caller says, and what a model finds in the data.

    `asked` are p0, fixed, tied and bounds.
    """
    p0, fixed, tied, bounds = asked
    model = within_bounds(parameters(f, p0, fixed, tied), bounds, f, p0, fixed)
    known = f
    if not isinstance(f, Model):
        known, fixed = model_behind(f, model, xdata) if is_unsaid(f, model, p0) else None, _held(model)
    if known is None:
        return p0
    x, data, deviations = strict_data(xdata, ydata, sigma, nan_policy)
    found = start_of_model(known, model, p0, fixed, x, data.ydata, deviations, of_counts=of_counts)
    if p0 is None and of_counts and sigma is None and is_ambiguous(known):
        model = within_bounds(parameters(f, found, fixed, tied), bounds, f, p0, fixed)
        taken = take(known, known.jac, model.start, xdata, ydata, None, nan_policy)
        model = best_of_model(known, model, taken, how, options, "poisson")
        starts = zip(model.names, model.start.tolist(), strict=True)
        found = {name: value for name, value in starts if name in found}
    return found
