"""The fits of a batch whose data are in memory."""

from __future__ import annotations

import math
import sys
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._counted import counted
from .._engine.count_tasks import CountsTask
from .._engine.deviance import TOLERANCE
from .._engine.endings import away_from_minimum, stuck, unexplained
from .._engine.losses import CompiledLoss, NumbaLoss, PythonLoss, check_loss
from .._engine.numba import NumbaProblem
from .._engine.problems import CurveProblem, first_value
from .._engine.rows import check_compiled_model, known_near, why_not_rows
from .._engine.single import Settings, hold
from .._engine.tasks import Task, run_batch
from .._input.arrays import check_callable, check_choice, data_array, read_only
from .._input.bounds import UNBOUNDED, are_default, start_within
from .._input.compiled import address_of_loss, is_compiled
from .._input.data import start_of_many, valid_of_many, weights_of_many, xdata_of_many, ydata_of_many
from .._input.many import Plan, bounds_of_many, plan_of_many
from .._input.parameters import number_of_parameters, parameter_names
from .._input.predictors import in_seconds
from .._input.settings import check_functions, check_nan_policy, check_workers
from .._models.guess import guess
from .._models.known import Known
from .._models.model import Model
from .._names import called
from .._results.batch import BatchResult
from .._results.warnings import warn, warn_optimize
from .returned import (
    NO_DIFFERENCES,
    SUITS_FLOATS,
    eps_for,
    eps_of_hidden,
    look_where_steps_suit,
    warn_of_stuck_fits,
)
from .valleys import CALLS, best_of_rows

_Array = NDArray[np.float64]

_EPS = float(np.finfo(np.float64).eps)

_SLOWER = (
    "f {name!r} does not evaluate many fits at once, a row each: {reason}. minpack calls it for each fit on its own, "
    "which is right but slow: sum along the points, as in g.sum(axis=-1, keepdims=True), and index them, as in "
    "g[..., :1], or pass vectorized=False to keep it so"
)

_AWAY = (
    "of {of} that minpack looked at again, {away} ended more than a tenth of a standard error away from a minimum, or "
    "where difference quotients are lost in rounding: a status says that the tolerances, relative to the parameters' "
    "values, or to nothing (gtol), are met: shift or scale x and y so that the parameters are of order 1, or look at "
    "result.fit(i)"
)

_IDLE = (
    "{fits} explain less than a tenth of the scatter of their data, from a start that nobody gave: pass p0 near the "
    "solution, or a formula, minpack.model, which finds a start in the data of each; minpack.fit of {name!r} looks for "
    "one, too"
)

_WITHOUT = (
    "the data of {fits} do not determine some parameter, which has no error (inf or 0 in cov): {name!r} does not "
    "change with it, as if it were rounded, or others replace it; result.fit(i) says which"
)


def fit_rows(
    ydata: ArrayLike, xdata: ArrayLike, p0: ArrayLike | None, sigma: ArrayLike | None, options: Mapping[str, Any], *,
    f: Callable[..., ArrayLike], x_per_fit: bool, jac: Callable[..., Any] | None = None, absolute_sigma: bool = False,
    engine: str = "numpy", functions: str | None = None, vectorized: bool | None = None, nan_policy: str | None = None,
    workers: int | Callable[..., Iterable[Any]] = 1, progress: bool = False, out: BatchResult | None = None,
    likelihood: str = "normal",
) -> BatchResult:  # fmt: skip
    """Do what `curve_fit_batch` does; the caller says whether there is an abscissa per fit.

    The shapes cannot tell: a block of a Dask array, or what is left of an array when some of its dimensions are
    fitted along, may have as many fits as the model has predictors.
    """
    check_callable("f", f)
    check_callable("jac", jac, optional=True)
    if isinstance(f, Model) and (jac is None or jac is f.jac):
        jac = f.jac
        vectorized = True if vectorized is None else vectorized  # formulas and their derivatives treat points alike
    check_workers(workers)
    check_choice("engine", engine, ("numpy", "numba"))
    check_functions(functions, engine)
    check_nan_policy(nan_policy)
    check_choice("likelihood", likelihood, ("normal", "poisson"))
    of_counts = likelihood == "poisson"
    if of_counts:
        options = _for_counts(sigma, options)
    y = ydata_of_many(ydata)
    lead, m = y.shape[:-1], y.shape[-1]
    count = math.prod(lead)
    start, n = starts_of(f, p0, lead, options)
    plan = plan_of_many("curve_fit_batch", lead, n, options, partial(parameter_names, f, n))
    for words in plan.warnings:
        warn(words, UserWarning)
    settings = plan.settings
    made_of(plan, settings)  # checks them before the model is called
    x = xdata_of_many(xdata)
    if p0 is None and isinstance(f, Model):
        again = partial(
            fit_rows, f=f, jac=jac, engine=engine, functions=functions, vectorized=vectorized, nan_policy=nan_policy,
            workers=workers, likelihood=likelihood,
        )  # fmt: skip
        start = _starts_in_data(f, x, x_per_fit, y, sigma, plan, options, again)
    if x_per_fit:
        x = x.reshape(count, *x.shape[len(lead) :])
    weights = weights_of_many(sigma, lead, m)
    y = y.reshape(count, m)
    valid = valid_of_many(x, x_per_fit, y, weights, nan_policy)
    # from here on the model is called, which might resize what it can reach
    given = out.arrays() if isinstance(out, BatchResult) else ()
    held = hold(y, x, start, weights, valid, plan.lower, plan.upper, *given)  # noqa: F841 - to the end
    loss = loss_of(plan.loss, engine == "numba", functions or "minpack", m)
    if engine == "numba":
        problem: Any = NumbaProblem(f, jac, x, x_per_fit, count, n, functions or "minpack")
        _ = problem.calls  # what cannot be compiled raises here, before any fit is run
        known = known_near(problem.known, problem, start) if count > 0 else {}
        if vectorized is None and count > 0:
            check_compiled_model(problem, start, m, known)
    else:
        problem = CurveProblem(f, jac, read_only(x), x_per_fit, count, vectorized is not False)
        known = known_near(problem.known, problem, start) if count > 0 else {}
        reason = why_not_rows(problem, start, m, known) if vectorized is None and count > 0 else None
        if reason is not None:
            problem = problem.fit_by_fit()
            warn(_SLOWER.format(name=called(f), reason=reason), RuntimeWarning)
    look = _Precision(f, settings, differences=jac is None)
    if count > 0:
        together = problem.vectorized if engine == "numpy" else isinstance(f, Model) or problem.is_pointwise(f, n)
        first_value(problem, start, together, jac is None and settings.get("epsfcn") is None, look, known)
    settings = look.settings
    task = Task(
        problem, start, m, n, made_of(plan, settings), ydata=y, weights=weights, valid=valid,
        scale_covariance=not absolute_sigma, lower=plan.lower, upper=plan.upper, loss=loss,
    )  # fmt: skip
    if of_counts:  # no cosine exceeds 1, and no gradient that is a number the largest one
        at_once = Settings(**dict(settings) | {"gtol": 2.0 if "method" not in settings else sys.float_info.max})
        task = CountsTask(**vars(task), at_the_end=at_once)
    result, flat = run_batch(task, lead, out=out, workers=workers, progress=progress)
    if not look.said and m > n:
        idle, without = stuck(flat, start, settings)
        warn_of_stuck_fits(f, idle, count)
        if not idle and 2 * without > count:
            warn_optimize(_WITHOUT.format(fits=f"{without} of {counted(count, 'fit')}", name=called(f)))
    if p0 is None and not (of_counts or isinstance(f, Model)) and n > 1:
        idle = unexplained(task, flat)
        if 2 * idle > count:
            warn_optimize(_IDLE.format(fits=f"{idle} of {counted(count, 'fit')}", name=called(f)))
    if not of_counts and plan.asks_for_minimum:
        onward = None if plan.lower is None else Settings(**dict(settings) | {"gtol": 0.0})
        away, of = away_from_minimum(task, flat, settings.get("epsfcn"), onward)  # gradients of small data are small
        if 2 * away > of:
            warn_optimize(_AWAY.format(away=away, of=counted(of, "fit")))
    return result


def made_of(plan: Plan, settings: Mapping[str, Any]) -> Settings:
    """The extension's Settings, which a plan keeps if they are its own."""
    if settings is not plan.settings:
        return Settings(**settings)
    made: Settings = plan.made or Settings(**settings)
    plan.made = made
    return made


def loss_of(loss: Any, compiled: bool, functions: str, m: int) -> CompiledLoss | NumbaLoss | PythonLoss | None:
    """A loss that is a function as the engine takes it; what cannot be compiled raises here."""
    if loss is None:
        return None
    if is_compiled(loss):
        if not compiled:
            raise TypeError(f"loss must be a Python function, unless numba or C evaluates the model; got {loss!r}")
        found: CompiledLoss | NumbaLoss = CompiledLoss(loss, address_of_loss)
    elif compiled:
        check_loss(loss, m)
        found = NumbaLoss(loss, functions)
    else:
        check_loss(loss, m)
        return PythonLoss(loss)
    found.address()
    return found


def _starts_in_data(
    f: Model, x: _Array, x_per_fit: bool, y: _Array, sigma: Any, plan: Plan, options: Mapping[str, Any],
    again: Callable[..., BatchResult],
) -> _Array:  # fmt: skip
    """What a model finds in the data of each fit, (n,) of one or (count, n)."""
    *lead, m = y.shape
    known, how = _known(f, plan.lower, plan.upper), again.keywords  # type: ignore[attr-defined]
    start = guess(f, x, y, sigma, x_per_fit, known, how["likelihood"] == "poisson").reshape(-1, len(f.parameters))
    limits = None if plan.lower is None or plan.upper is None else (plan.lower, plan.upper)
    start = start if limits is None else np.clip(start, *limits)
    y, x = y.reshape(-1, m), x.reshape(-1, *x.shape[len(lead) :]) if x_per_fit else x
    widths = None if sigma is None else data_array("sigma", in_seconds("sigma", sigma))
    widths = widths.reshape(-1, m) if widths is not None and widths.ndim > 1 else widths
    kept = {name: options[name] for name in ("ftol", "xtol", "gtol", "method", "loss", "f_scale") if name in options}

    def ends(points: _Array, rows: NDArray[np.intp], thin: Any) -> BatchResult:
        """Where fits of rows, at some of their points, end."""

        def of(values: Any, few: Any = slice(None)) -> Any:
            if np.ndim(values) < 2:
                return values if np.ndim(values) == 0 else values[few]
            return values[rows][..., few]

        own = dict(kept, maxfev=CALLS) if limits is None else dict(kept, maxfev=CALLS, bounds=tuple(map(of, limits)))
        at = of(x, thin) if x_per_fit else x[..., thin]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of starts of which most are bad
            width = None if widths is None else of(widths, thin)
            return again(of(y, thin), at, points, width, own, x_per_fit=x_per_fit)

    found = best_of_rows(f, start, x, x_per_fit, y, widths, known, limits, how["nan_policy"] == "omit", ends)
    return found if lead else found[0]


def _known(f: Model, lower: _Array | None, upper: _Array | None) -> Known:
    """Bounds that are the same for all fits; of others, a start that is found may lie beyond them."""
    if lower is None or upper is None or lower.ndim > 1 or upper.ndim > 1:
        return Known()
    return Known.of(f.parameters, None, dict(zip(f.parameters, zip(lower, upper, strict=True), strict=True)))


def _for_counts(sigma: Any, options: Mapping[str, Any]) -> Mapping[str, Any]:
    """The options of fits of counts, with their tolerances."""
    if sigma is not None:
        raise ValueError("sigma must be None with likelihood='poisson': the counts say how much they scatter")
    if options.get("loss", "linear") != "linear":
        raise ValueError(f"loss must be 'linear' with likelihood='poisson'; got {options['loss']!r}")
    given = {name: value for name, value in options.items() if value is not None}
    return dict(options) | {name: given.get(name, TOLERANCE) for name in ("ftol", "xtol")}


def starts_of(f: Callable[..., Any], p0: ArrayLike | None, lead: tuple[int, ...], options: Any) -> tuple[_Array, int]:
    """Where the fits start, and the number of parameters."""
    if p0 is not None:
        start = start_of_many(p0, lead)
        return start, start.shape[-1]
    n, bounds = number_of_parameters(f), options.get("bounds", UNBOUNDED)
    if are_default(bounds):
        return np.ones(n), n
    lower, upper = bounds_of_many(bounds, lead, n, partial(parameter_names, f, n))
    return start_within(*np.broadcast_arrays(lower, upper)), n


@dataclass
class _Precision:
    """Looks at the first values of a model, with warnings; the settings then have steps that suit these."""

    f: Any
    settings: Mapping[str, Any]
    differences: bool
    said: bool = False  # whether there was something to say

    def __call__(self, value: Any, hides: Callable[[], bool]) -> bool:
        given = self.settings.get("epsfcn")
        wanted = (SUITS_FLOATS if given is None else given) if self.differences else NO_DIFFERENCES
        if type(value) is not np.ndarray or value.dtype != np.float64:
            self.said = look_where_steps_suit(self.f, value, wanted)
        eps = eps_for(self.f, value, given, differences=self.differences)
        if eps is None and self.differences and not self.said:
            self.said, eps = eps_of_hidden(self.f, value, hides, given, of_model=True)
        if eps is not None:
            self.settings = {**self.settings, "epsfcn": eps}
        return self.said
