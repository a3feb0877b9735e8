"""What users' functions return that is no array of 64-bit floats: what is refused, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .._counted import counted, rough
from .._engine.steps import is_float32
from .._input.arrays import are_doubles
from .._input.predictors import first_of, is_time, number_in, unit_of
from .._names import called
from .._results.derivatives import precision_of
from .._results.warnings import warn, warn_optimize

_EPS = float(np.finfo(np.float64).eps)

NO_DIFFERENCES = -1.0  # in place of the relative error that steps for differences are made for,
SUITS_FLOATS = 0.0  # where steps suit the type of the values if these are floats

Look = Callable[[Any, Any, float], bool]

_STUCK = (
    "{fits} ended at the start, where what {name} returns does not change with any parameter, whatever the status "
    "says: start elsewhere, and do not round the values"
)
_LONGER = (
    "{name} returns {what} with a relative precision of {eps:.1g}; steps for differences are made for that: let it "
    "compute with 64-bit floats if digits matter"
)
_HIDDEN = (
    "{name} returns values that small steps for differences do not change, though larger ones do, so that fits may "
    "end at the start, or elsewhere away from the minimum: compute with float64 throughout and do not round, start "
    "elsewhere, or choose the step (epsfcn or diff_step)"
)

_MISLED = (
    "the fit may have ended away from the minimum, because derivatives or squares are not finite, or what {name} "
    "returns changes otherwise in short steps than its difference quotients say: compute with float64 throughout and "
    "do not round, bring the parameters to about 1, or choose the step (epsfcn or diff_step)"
)

_WRONG = (
    "the fit may have ended away from the minimum, because derivatives or squares are not finite, or what {name} "
    "returns changes otherwise in short steps than {jac} says: look at that with minpack.check_gradient"
)
_LEFT = (
    "the fit ended away from the minimum: the step that is left changes {parameter} by {relative} % of "
    "its value, although the tolerances, relative to the norm of all parameters, to the cost, or to nothing (gtol), "
    "are met: pass x_scale='jac', bring data and parameters to about 1, or lower ftol, xtol and gtol"
)


class Notice:
    """Looks at the first value of a function, whichever part of a fit gets it."""

    def __init__(self, look: Look) -> None:
        self.look: Look | None = look
        self.said = False  # whether there was something to say
        self.misled = False  # whether difference quotients differ from what short steps showed, which the end knows
        self.left: tuple[int, float] | None = None  # the parameter farthest from the minimum, and how far for its value

    def __call__(self, function: Any, value: Any, eps: float) -> bool:
        look, self.look = self.look, None
        if look is not None and (type(value) is not np.ndarray or value.dtype != np.float64):  # mostly there is nothing
            self.said = look(function, value, eps)
        return self.said


def look_at_residuals(function: Any, value: Any, eps: float) -> bool:
    """Warn of residuals that are not what they seem, and SciPy takes as they are; whether there was something to say.

    `eps` is the relative error of the values for which steps for differences are made, or one of this module's. Times,
    and lists of quantities with units, are no numbers, and raise TypeError.
    """
    unit = _unit_of(value)
    if unit is not None and isinstance(value, (list, tuple)):
        _refuse(function, f"quantities in {unit}: return one vector of numbers")
    if unit is not None:
        warn(
            f"{called(function)} returns a quantity in {unit}, whose unit is ignored, as SciPy does: return "
            f"value.{number_in(value)}",
        )
    return _look(function, value, eps, of_model=False) or unit is not None


def look_at_model(function: Any, value: Any, eps: float, *, of_model: bool = True) -> bool:
    """The same for values of a model, from which data are subtracted, or residuals: these must have no unit."""
    unit = _unit_of(value)
    if unit is not None:
        which = ", in the unit of ydata" * of_model
        _refuse(function, f"a quantity in {unit}: return value.to(unit).{number_in(value)}{which}")
    return _look(function, value, eps, of_model)


def look_where_steps_suit(function: Any, value: Any, eps: float, *, of_model: bool = True) -> bool:
    """The same where a fit is made again with steps that suit the type of floats, unless the caller chose them."""
    if value is None:
        _refuse(function, "None")
    return look_at_model(function, value, SUITS_FLOATS if 0.0 <= eps <= _EPS else eps, of_model=of_model)


def _look(function: Any, value: Any, eps: float, of_model: bool) -> bool:
    if is_time(value):
        dtype = getattr(value, "dtype", None)
        what = "astropy's Time" if dtype is None else f"shape {value.shape} and dtype {dtype}"
        way = "(t - t0).sec" if dtype is None else "(t - t0) / np.timedelta64(1, 's')"
        _refuse(function, f"{what}: return numbers, such as {way}")
    masked = np.ma.is_masked(value)
    if masked:
        warn(
            f"{called(function)} returns masked elements, which are taken as the numbers beneath them: "
            + ("leave them out of the data" if of_model else "return value.filled(0.0) to leave such residuals out")
        )
    dtype, own = _relative_error(value)
    short = eps >= 0.0 and own > max(eps, _EPS) and not (eps == SUITS_FLOATS and dtype.kind == "f")
    if short:
        warn(
            f"{called(function)} returns {dtype}, whose relative error of {own:.1g} hides what the small steps for "
            "differences change, so that the fit may end at its start, or elsewhere away from the minimum: compute "
            "with float64 and do not round, or choose the step (epsfcn or diff_step)",
        )
    return masked or short


def steps_error(jac: Any, diff_step: Any, *, of_model: bool) -> float:
    """The relative error that the steps of `least_squares` are made for."""
    if callable(jac) or jac == "cs":
        return NO_DIFFERENCES
    if diff_step is not None:
        step = float(np.min(np.abs(diff_step)))
        return step * step  # which may be infinite; a power raises OverflowError
    return _EPS if of_model else SUITS_FLOATS  # a float32 less ydata is a float64


def eps_for(function: Any, value: Any, epsfcn: float | None, *, differences: bool) -> float | None:
    """The relative error for the steps of a batch, which suit the type of the model's floats; with a warning."""
    if not differences or epsfcn is not None:
        return epsfcn
    if are_doubles(value):  # mostly
        return None
    dtype = _relative_error(value)[0]
    eps = precision_of(np.empty(0, dtype))
    if eps <= _EPS:
        return None
    warn(_LONGER.format(name=called(function), what="numbers", eps=eps))
    return eps


def warn_of_stuck(function: Any) -> None:
    """Warn that a fit ended at its start, where no value changes with any parameter."""
    warn_optimize(_STUCK.format(fits="the fit", name=called(function)))


def warn_of_misled(function: Any, jac: Any = None) -> None:
    """Warn that derivatives of a function, by `jac` or by differences, differ from what short steps showed."""
    words = _MISLED if jac is None else _WRONG
    warn(words.format(name=called(function), jac=called(jac)))


def eps_of_hidden(
    function: Any, value: Any, hides: Callable[[], bool], epsfcn: float | None, *, of_model: bool
) -> tuple[bool, float | None]:
    """Whether small steps do not change the values of a batch at its start, with a warning, and their relative error.

    `value` is that at the start, and `hides` tells whether steps are hidden. The relative error is None if it is not
    known: only values that are 32-bit floats tell.
    """
    if epsfcn is not None or not hides():
        return False, None
    if of_model and is_float32(value):
        eps = float(np.finfo(np.float32).eps)
        warn(_LONGER.format(name=called(function), what="values of float64 that are 32-bit floats", eps=eps))
        return True, eps
    warn(_HIDDEN.format(name=called(function)))
    return True, None


def look_at_end(
    function: Any, result: Any, jac: Any, notice: Notice, names: Callable[[], list[str]] | None = None
) -> None:
    """Warn of a result of `least_squares` at the start, where nothing changes, or one that differences misled."""
    if notice.said:
        return
    if _is_stuck(result):
        warn_of_stuck(function)
    elif notice.misled and result.status > 0:
        warn_of_misled(function, jac if callable(jac) else None)
    elif notice.left is not None:
        j, relative = notice.left
        parameter = f"parameter {j}" if names is None else repr(names()[j])
        warn_optimize(_LEFT.format(parameter=parameter, relative=rough(100.0 * relative)))


def _is_stuck(result: Any) -> bool:
    """Whether a fit ended at its start because no residual changes with any parameter, though they are not all zero."""
    return bool(
        result.nfev == 1 and result.optimality == 0.0 and result.status > 0 and result.cost > 0.0
        and result.fun.size > result.x.size and not result.jac.any()
    )  # fmt: skip


def warn_of_stuck_fits(function: Any, stuck: int, of: int) -> None:
    """Warn that fits of a batch ended there."""
    if stuck:
        warn_optimize(_STUCK.format(fits=f"{stuck} of {counted(of, 'fit')}", name=called(function)))


def _relative_error(value: Any) -> tuple[np.dtype[Any], float]:
    """The type of the numbers in a value, and their relative error: that of the type, or of rounding to integers."""
    dtype = getattr(value, "dtype", None)
    try:
        if not isinstance(dtype, np.dtype):
            dtype = np.asarray(value).dtype
        if dtype.kind not in "biu":
            return dtype, precision_of(np.empty(0, dtype)) if dtype.kind == "f" else _EPS
        return dtype, float(1.0 / np.abs(np.asarray(value, dtype=np.float64)).max(initial=1.0))
    except Exception:  # the conversion to numbers has the words for it
        return np.dtype(object), _EPS


def _unit_of(value: Any) -> Any:
    """The unit of a quantity, or of the first in a list, None for one that is a plain number."""
    unit = unit_of(first_of(value))
    return None if unit is None or str(unit) in ("", "dimensionless") else unit


def _refuse(function: Any, what: str) -> None:
    raise TypeError(f"the function {called(function)!r} must return a real vector; it returned {what}")

