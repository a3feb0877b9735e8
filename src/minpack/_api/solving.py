"""How `fit` solves: by Levenberg-Marquardt, or within bounds and with a loss."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._engine.bounded_curve import BAD_JACOBIAN, BAD_RESIDUALS, BoundedCurve, solve_bounded_curve
from .._engine.curve import WeightedCurve
from .._engine.finish import FAR, Ending, Finish
from .._engine.single import Outcome, Settings, solve_curve
from .._input.arrays import check_choice
from .._input.bounds import is_bounded
from .._input.data import Data
from .._input.least_squares import (
    LOSSES,
    METHODS,
    check_tolerances,
    limit_of,
    relative_steps,
    scale_of,
    scale_of_residuals,
    tolerances_of,
)
from .._input.parameters import Parameters
from .._input.settings import check_callback, options_of
from .._results.codes import (
    FROM_LEAST_SQUARES,
    JACOBIAN_NOT_FINITE,
    LEAST_SQUARES_MESSAGES,
    NOT_FINITE_AT_START,
    STOPPED_BY_CALLBACK,
    is_solution,
    message,
)
from .._results.covariance import without_underflow
from .._results.robust import covariance_of, held_by_bounds, r_factor_of, sandwich
from .._results.warnings import warn, warn_not_finite

_Array = NDArray[np.float64]

_BOUNDED_OPTIONS = ("ftol", "xtol", "gtol", "max_nfev", "maxfev", "x_scale", "diff_step", "callback")
_NO_FIT = "The model is not finite at the start, so no fit was made."


class Solved(NamedTuple):
    """A fit in its fitted parameters, n of them; covariance and R are those of the k that no bound holds."""

    x: _Array
    fvec: _Array
    covariance: _Array
    r_factor: _Array
    active_mask: NDArray[np.int_]
    info: int
    success: bool
    text: str
    nfev: int
    share: _Array | None = None
    distance: float = 0.0
    is_regular: bool = False  # the Jacobian certainly has full rank
    remarks: tuple[tuple[str, dict[str, Any]], ...] = ()


class Task(NamedTuple):
    """How a fit is to be made: the parameters, and the checked method, loss and options."""

    model: Parameters
    method: str
    loss: Any
    f_scale: float
    settings: Any
    given: dict[str, Any]
    callback: Callable[..., Any] | None


def plan(
    model: Parameters, method: str | None, loss: Any, f_scale: Any, options: dict[str, Any]
) -> Task:
    """Choose the method, and check what it takes."""
    check_choice("method", method, (None, *METHODS))
    if not callable(loss):
        check_choice("loss", loss, LOSSES)
    bounded, linear = is_bounded(model.lower[model.free], model.upper[model.free]), _is_linear(loss)
    if method == "lm" and (bounded or not linear):
        raise ValueError(f"method must be 'trf' or 'dogbox' with {'bounds' if bounded else 'a loss'}; got 'lm'")
    method = method or ("trf" if bounded or not linear else "lm")
    callback = options.get("callback")
    if method == "lm":
        for name in options:
            if name in _BOUNDED_OPTIONS and name not in ("ftol", "xtol", "gtol", "maxfev", "callback"):
                instead = "use maxfev, or method='trf'" if name == "max_nfev" else "pass method='trf'"
                raise TypeError(f"fit got {name!r}, which method 'lm' does not have: {instead}")
        given = options_of("fit", options, "callback")
        settings: Any = Settings(**given)
    else:
        given, settings = {}, _bounded_settings(model, method, options)
    check_callback(callback)
    return Task(model, method, loss, scale_of_residuals(f_scale, loss), settings, given, callback)


def _is_linear(loss: Any) -> bool:
    return isinstance(loss, str) and loss == "linear"


def _bounded_settings(model: Parameters, method: str, options: dict[str, Any]) -> dict[str, Any]:
    """The options of "trf" and "dogbox"; the gradient is tested only if asked, as its size says little by itself."""
    for name in options:
        if name not in _BOUNDED_OPTIONS:
            known = ", ".join(_BOUNDED_OPTIONS)
            raise TypeError(f"fit got {name!r}, which method {method!r} does not have; its options are {known}")
    if "maxfev" in options and "max_nfev" in options:
        raise TypeError("fit takes maxfev or max_nfev, which are the same, not both")
    x = model.start[model.free]
    tolerances, small = tolerances_of(
        **{name: options.get(name, default) for name, default in (("ftol", 1e-8), ("xtol", 1e-8), ("gtol", None))}
    )
    for words in small:
        warn(words, UserWarning)
    check_tolerances(method, tolerances)
    limit = limit_of(options.get("max_nfev", options.get("maxfev")))
    return {
        "x_scale": scale_of(options.get("x_scale", 1.0), x),
        "diff_step": relative_steps(options.get("diff_step"), x),
        "max_nfev": 100 * x.size if limit is None else limit,
        **tolerances,
    }


def solve(
    task: Task, f: Callable[..., ArrayLike], jac: Callable[..., ArrayLike] | None, xdata: Any, data: Data,
    absolute_sigma: bool,
) -> Solved:  # fmt: skip
    """Make the fit, with warnings if it does not converge."""
    curve = WeightedCurve(task.model.reduce(f), task.model.reduce_jacobian(jac), xdata, data)
    way = _by_lm if task.method == "lm" else _within_bounds
    solved = way(task, curve, data, absolute_sigma)
    if not solved.success and solved.info != STOPPED_BY_CALLBACK and solved.text != _NO_FIT:
        warn(f"the fit did not converge: {solved.text} See diagnose() of what was returned", RuntimeWarning)
    return solved


def _by_lm(task: Task, curve: WeightedCurve, data: Data, absolute_sigma: bool) -> Solved:
    m = data.ydata.size

    def solve(start: ArrayLike, jac: Any, **changed: float) -> Outcome:
        settings = Settings(**task.given | changed) if changed else task.settings
        outcome = solve_curve(
            curve.f, start, xdata=curve.xdata, data=data, settings=settings, scale=not absolute_sigma, jac=jac,
            callback=task.callback,
        )  # fmt: skip
        if outcome.fvec.size != m:  # f may return any number of values for a single one of ydata
            raise ValueError(f"f must return {m} value{'s' * (m != 1)}, as ydata; it returned {outcome.fvec.size}")
        return outcome

    ending = Finish(
        solve, curve, task.model.start[task.model.free], not absolute_sigma, task.given.get("epsfcn")
    ).run()
    end, (success, text) = ending.outcome, _verdict(ending, task.settings)
    last = end if ending.factor is None else ending.factor
    n = end.x.size
    if success and last.cov is not None:
        covariance = without_underflow(last.cov, end.fvec, absolute_sigma=absolute_sigma)
    else:
        covariance = np.full((n, n), np.inf)
    r_factor = np.zeros((n, n))
    for k, (j, column) in enumerate(zip(last.ipvt.tolist(), last.fjac, strict=True)):
        r_factor[: k + 1, j] = column[: k + 1]
    return Solved(
        end.x, end.fvec, covariance, r_factor, np.zeros(n, int), end.info, success, text, end.nfev + ending.calls,
        distance=ending.distance, is_regular=ending.is_regular,
        remarks=tuple(remark for remark in ending.remarks if remark[0] != "went_on"),
    )  # fmt: skip


def _verdict(ending: Ending, settings: Settings) -> tuple[bool, str]:
    """Whether the fit converged, and the message."""
    end = ending.outcome
    if end.bad >= 0:
        warn_not_finite(end.bad)
    if ending.factor is None and not np.isfinite(end.fvec).all():
        return False, _NO_FIT
    text = " ".join(message(end.info, settings.tolerances, end.maxfev).split())
    success = is_solution(end.info)
    if success and ending.factor is None:
        success, text = False, "The derivatives of the model are not finite where the fit ended."
    elif success and ending.distance > FAR:
        success = False
        text = f"The fit ended away from a minimum, which is {ending.distance:.2g} standard errors further on."
    for kind, numbers in ending.remarks:
        if kind == "went_on":
            text = f"{text.rstrip('.')}. The fit had to go on from {numbers['distance']:.2g} standard errors away."
    return success, text


def _within_bounds(task: Task, curve: WeightedCurve, data: Data, absolute_sigma: bool) -> Solved:
    model = task.model
    around = model.lower[model.free], model.upper[model.free]
    end = solve_bounded_curve(
        curve, model.start[model.free], around, method=task.method,
        loss=task.loss, f_scale=task.f_scale, callback=task.callback, **task.settings,
    )  # fmt: skip
    info, text = _code_of(end, [name for name, free in zip(model.names, model.free, strict=True) if free])
    success = is_solution(info)
    scores = end.fvec * end.share
    active = held_by_bounds(end.x, end.jacobian, scores, around, converged=success)
    jacobian = end.jacobian[:, active == 0]
    share = None if _is_linear(task.loss) else end.share
    if share is not None:
        covariance = sandwich(jacobian, scores, end.curvature)
    else:
        covariance = covariance_of(jacobian, _variance(end.fvec, jacobian.shape[1], absolute_sigma))
    covariance = without_underflow(covariance, end.fvec, absolute_sigma=absolute_sigma and share is None)
    return Solved(
        end.x, end.fvec, covariance, r_factor_of(jacobian), active, info, success, text, end.calls, share
    )


def _variance(fvec: _Array, n: int, absolute_sigma: bool) -> float:
    if absolute_sigma:
        return 1.0
    with np.errstate(over="ignore", invalid="ignore"):
        return float(fvec @ fvec) / (fvec.size - n) if fvec.size > n else np.inf


def _code_of(end: BoundedCurve, names: list[str]) -> tuple[int, str]:
    """MINPACK's code for how a fit ended, and the message; with a warning if it did not begin."""
    if end.status == BAD_RESIDUALS:
        warn_not_finite(int(np.argmin(np.isfinite(end.fvec))))
        return NOT_FINITE_AT_START, _NO_FIT
    if end.status == BAD_JACOBIAN:
        bad = np.argwhere(~np.isfinite(end.jacobian))
        found = "they are too large"
        if len(bad):
            row, column = bad[0].tolist()
            found = f"that by {names[column]!r} is {end.jacobian[row, column]} at point {row}"
        return JACOBIAN_NOT_FINITE, f"The derivatives of the model are not finite at the last step: {found}."
    return FROM_LEAST_SQUARES[end.status], LEAST_SQUARES_MESSAGES[end.status]
