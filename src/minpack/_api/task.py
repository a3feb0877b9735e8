"""What `fit` is asked to do, and what solving gives it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._counted import counted
from .._engine.finish import Ended
from .._engine.minimum import Remark
from .._engine.single import Settings
from .._input import least_squares as checked
from .._input.arrays import check_choice
from .._input.parameters import Parameters
from .._input.settings import check_callback, checked_limits, options_of, options_of_bounded
from .._results.ending import FAR
from .._results.warnings import warn

_Array = NDArray[np.float64]

_BOUNDED_OPTIONS = ("ftol", "xtol", "gtol", "max_nfev", "maxfev", "x_scale", "diff_step", "callback")
_DEFAULTS = Settings()
NO_FIT = "The model is not finite at the start, so no fit was made."


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
    remarks: tuple[Remark, ...] = ()
    start: _Array | None = None  # of all parameters, if it is not the one of the task


class Task(NamedTuple):
    """How a fit is to be made: the parameters, and the checked method, loss and options."""

    model: Parameters
    method: str
    loss: Any
    f_scale: float
    settings: Any
    given: dict[str, Any]
    callback: Callable[..., Any] | None


def plan(model: Parameters, method: str | None, loss: Any, f_scale: Any, options: dict[str, Any]) -> Task:
    """Choose the method, and check what it takes."""
    if method is None and type(loss) is str and loss == "linear" and not options and not model.is_bounded:  # mostly
        return Task(model, "lm", loss, 1.0, _DEFAULTS, {}, None)
    check_choice("method", method, (None, *checked.METHODS))
    if not callable(loss):
        check_choice("loss", loss, checked.LOSSES)
    bounded, linear = model.is_bounded, checked.is_linear(loss)
    if method == "lm" and (bounded or not linear):
        raise ValueError(f"method must be 'trf' or 'dogbox' with {'bounds' if bounded else 'a loss'}; got 'lm'")
    method = method or ("trf" if bounded or not linear else "lm")
    callback = options.get("callback")
    if options:
        options = checked_limits(options)
    if method == "lm":
        given = options_of("fit", options, _BOUNDED_OPTIONS, "callback")
        settings: Any = Settings(**given) if given else _DEFAULTS
    else:
        given, settings = {}, _bounded_settings(model, method, options)
    check_callback(callback)
    return Task(model, method, loss, checked.scale_of_residuals(f_scale, loss), settings, given, callback)


def _bounded_settings(model: Parameters, method: str, options: dict[str, Any]) -> dict[str, Any]:
    """The options of "trf" and "dogbox"; the gradient is tested only if asked, as its size says little by itself."""
    options = options_of_bounded("fit", method, options, _BOUNDED_OPTIONS)
    x = model.start[model.free]
    tolerances, small = checked.tolerances_of(
        **{name: options.get(name, default) for name, default in (("ftol", 1e-8), ("xtol", 1e-8), ("gtol", None))}
    )
    for words in small:
        warn(words, UserWarning)
    checked.check_tolerances(method, tolerances)
    limit = checked.limit_of(options.get("max_nfev"))
    return {
        "x_scale": checked.scale_of(options.get("x_scale", 1.0), x),
        "diff_step": checked.relative_steps(options.get("diff_step"), x),
        "max_nfev": 100 * x.size if limit is None else limit,
        **tolerances,
    }


def _errors(distance: float) -> str:
    return counted(distance, "standard error", ".2g")


def verdict(
    success: bool, text: str, end: Ended, remarks: tuple[Remark, ...]
) -> tuple[bool, str, tuple[Remark, ...]]:
    """Whether a fit that ended with `text` is at a minimum, the message, and remarks that are not in it."""
    if success and end.distance > FAR:
        success, text = False, f"The fit ended away from a minimum, which is {_errors(end.distance)} further on."
    for kind, numbers in remarks:
        if kind == "went_on":
            text = f"{text.rstrip('.')}. The fit had to go on from {_errors(numbers['distance'])} away."
    return success, text, (*(remark for remark in remarks if remark[0] != "went_on"), *end.remarks)
