"""How a fit ended: numbers, their names and what they mean."""

from __future__ import annotations

# Beyond the codes of the methods: MINPACK's, 0 to 8, for "lm", those of `least_squares`, 0 to 4, for the others. The
# extension uses the same numbers.
STOPPED_BY_FUNCTION = -1
STOPPED_BY_CALLBACK = -2
NOT_FINITE_AT_START = -3
TOO_FEW_POINTS = -4
NOT_RUN_YET = -5
BAD_BOUNDS = -6
START_OUT_OF_BOUNDS = -7
JACOBIAN_NOT_FINITE = -8
AWAY_FROM_MINIMUM = -9

# The names of codes of fits that did not converge.
NAMES = {
    STOPPED_BY_CALLBACK: "stopped_by_callback",
    0: "improper_input",
    5: "too_many_calls",
    6: "ftol_too_small",
    7: "xtol_too_small",
    8: "gtol_too_small",
}

# The messages of `leastsq`, SciPy's to the last blank if SciPy has the code.
MESSAGES = {
    NOT_FINITE_AT_START: "a residual is not finite where the fit starts",
    STOPPED_BY_CALLBACK: "The callback stopped the fit.",
    STOPPED_BY_FUNCTION: "The compiled function stopped the fit: it raised an exception, or did not return 0.",
    BAD_BOUNDS: "Each lower bound must be strictly less than each upper bound.",
    START_OUT_OF_BOUNDS: "Initial guess is outside of provided bounds",
    JACOBIAN_NOT_FINITE: "The Jacobian is not finite.",
    AWAY_FROM_MINIMUM: "The fit met its tolerances away from a minimum.",
    0: "Improper input parameters.",
    1: "Both actual and predicted relative reductions in the sum of squares\n  are at most {ftol:f}",
    2: "The relative error between two consecutive iterates is at most {xtol:f}",
    3: "Both actual and predicted relative reductions in the sum of squares\n  are at most {ftol:f} "
    "and the relative error between two consecutive iterates is at \n  most {xtol:f}",
    4: "The cosine of the angle between func(x) and any column of the\n  Jacobian is at most {gtol:f} "
    "in absolute value",
    5: "Number of calls to function has reached maxfev = {maxfev}.",
    6: "ftol={ftol:f} is too small, no further reduction in the sum of squares\n  is possible.",
    7: "xtol={xtol:f} is too small, no further improvement in the approximate\n  solution is possible.",
    8: "gtol={gtol:f} is too small, func(x) is orthogonal to the columns of\n  the Jacobian to machine precision.",
}

# From MINPACK's code to the status of `least_squares`, and SciPy's words for that.
LEAST_SQUARES = {0: -1, 1: 2, 2: 3, 3: 4, 4: 1, 5: 0}
FROM_LEAST_SQUARES = {status: info for info, status in LEAST_SQUARES.items()} | {-2: STOPPED_BY_CALLBACK}
LEAST_SQUARES_MESSAGES = {
    -2: "Stopped because `callback` function raised `StopIteration` or returned `True`",
    -1: "Improper input parameters status returned from `leastsq`",
    0: "The maximum number of function evaluations is exceeded.",
    1: "`gtol` termination condition is satisfied.",
    2: "`ftol` termination condition is satisfied.",
    3: "`xtol` termination condition is satisfied.",
    4: "Both `ftol` and `xtol` termination conditions are satisfied.",
}


def is_solution(info: int) -> bool:
    return 1 <= info <= 4


def message(info: int, tolerances: tuple[float, float, float], maxfev: int, method: str = "lm") -> str:
    """What a code of a method means, with the tolerances of the fit (ftol, xtol, gtol) in it."""
    if method != "lm" and info >= 0:
        return LEAST_SQUARES_MESSAGES[info]
    ftol, xtol, gtol = tolerances
    return MESSAGES[info].format(ftol=ftol, xtol=xtol, gtol=gtol, maxfev=maxfev)
