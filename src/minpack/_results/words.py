"""Findings about a fit, and what they say to users of Python: a statement for each kind, and what to do about it.

The command line has the same statements and advice of its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from .._counted import counted, plural, rough
from .codes import NAMES

_TOGETHER = "the errors are doubtful: {names} nearly replace each other (condition {condition:.1e})"
_SCATTER = "reduced chi-square is {reduced:.3g} with {n_freedom} of freedom, so that residuals are"
_NEIGHBOURS = "neighbours correlate by {correlation:.2f} ({p_of_correlation})"
_RUNS = "they make {runs} runs of one sign, where chance would make {expected:.0f} ({p_of_runs}), and "
_DEVIANCE = "the deviance is {reduced:.3g} per degree of freedom, of which there are {dof}: the counts scatter"

STATEMENTS = {
    "not_finite": "no fit was made: at the start ({at}) the model is not finite at {bad} of {n_points}, the first "
    "of them point {first}",
    **dict.fromkeys([*NAMES.values(), "not_converged"], "the fit did not converge ({message})"),
    "far_from_minimum": "the fit ended away from a minimum, which is {n_errors} further on",
    "jac_not_finite": "the given derivatives are not finite where the fit ended: difference quotients were used",
    "jac_differs": "the given derivatives do not lead to a minimum; difference quotients did",
    "short_floats": "the model returns numbers with a relative precision of {eps:.1g}; steps for differences are made "
    "for that",
    "rounding": "the errors are those that rounding of the model causes, which exceed those of the data (condition "
    "{condition:.1e})",
    "no_step": "no step was made, the values are those of the start: either the start is already the best fit, or "
    "small changes of the parameters do not change the model there (does it round, or use a table?)",
    "no_step_with_jac": "no step was made, the values are those of the start: either the start is already the best "
    "fit, or the derivatives do not lead to a better one",
    "jacobian_not_finite": "the derivatives of the model are not finite where the fit ended",
    "no_influence": "{names} {do} not change the model where the fit ended, so there is no covariance",
    "no_freedom": "{n_parameters} for {n_points} leave nothing to tell the errors from",
    "rank_deficient": "the data determine {n_combinations} of the {n} parameters only: {names} can change together "
    "without changing the model",
    "ill_conditioned": _TOGETHER,
    "ill_conditioned_differences": _TOGETHER,
    "undetermined": "{parameters[0]} is hardly determined: its error, {error:.2g}, exceeds its value, {value:.2g}, and "
    "would be {alone:.2g} were the other parameters known; it moves with {parameters[1]} (correlation "
    "{correlation:.6f})",
    "one_sided": "{parameters[0]} is bounded on one side only: the curve is about as good with far {side} values, so "
    "its error, {error:.2g}, means little, and so do those of parameters that move with it",
    "x_far_from_zero": "x is far from zero for its range, {low:.10g} to {high:.10g}",
    "overflow": "squares of these numbers are beyond what a double holds, so there is no covariance",
    "sigma_assumed": "no sigma was given, so the errors are those of data that each have a standard deviation of 1"
    "{scattered}",
    "scatter_large": _SCATTER + " larger than sigma says",
    "scatter_small": _SCATTER + " smaller than sigma says",
    "counts_scatter": _DEVIANCE + " more than Poisson's distribution does",
    "counts_agree": _DEVIANCE + " less than Poisson's distribution does",
    "rests_on_zeros": "the curve is nearly zero at point {point}, where {expected:.2g} counts are expected, and the "
    "errors take that for exact: without such points, that of {parameters[0]} is {without:.2g}, not {error:.2g}",
    "one_sign": "the residuals do not look like noise: all have one sign, and {order} " + _NEIGHBOURS,
    "pattern": "the residuals do not look like noise: {order} {of_runs}" + _NEIGHBOURS,
    "as_good_as_differences": "the residuals, less than a millionth of the scatter of the data, do not look like "
    "noise: the fit is as good as difference quotients let it be, and errors mean nothing",
    "worse_than_mean": "the curve is farther from the data than their mean is (R squared {r_squared:.2g})",
    "scatter_grows": "the scatter grows with the signal: it is {times} times as large where the model is large as "
    "where it is small ({p_of_growth})",
    "outliers": "{worst} far off the curve",
    "outliers_with_loss": "{worst} far off the curve",
    "at_bound": "{parameters[0]} ended at its {side} bound, {bound:.6g}, so it has no error, and those of the others "
    "hold with it there",
    "beyond_limits": "{parameters[0]} is {value:.6g}, while it has a meaning from {low:g} to {high:g} only",
    "f_scale_small": "{few} of {n_points} count less than half, as the scale of the loss, {f_scale:.3g}, is below "
    "most residuals",
    "no_minimum_of_loss": "so many points are far off the curve that the loss has no clear minimum there, and there "
    "is no covariance",
}

_HOLD_ONE = "; hold one of them with fixed=..."
_AT_THE_LIMIT = ": the fit is as good as rounding lets it be; raise "
_MISSES = "; the model misses something{too_small}: see fit.plot()"

ADVICE = {
    "not_finite": "; start elsewhere",
    "improper_input": ": check ftol, xtol, gtol (not negative), factor and diag (positive)",
    "too_many_calls": ": start from where it ended (p0=fit.values), raise maxfev, or look at fit.plot() for a better "
    "start",
    "ftol_too_small": _AT_THE_LIMIT + "ftol",
    "xtol_too_small": _AT_THE_LIMIT + "xtol",
    "gtol_too_small": _AT_THE_LIMIT + "gtol",
    "stopped_by_callback": ": the values are those of the last step that was taken",
    "not_converged": ": try another start",
    "far_from_minimum": ": shift or scale x so that the parameters are of order 1, or start from where it ended "
    "(p0=fit.values)",
    "jac_not_finite": ": check jac",
    "jac_differs": ": check jac with check_gradient, or a formula for jumps and valleys",
    "short_floats": ": let f compute with 64-bit floats if digits matter",
    "rounding": ": subtract a typical value from x",
    "no_step": "; start elsewhere, or give epsfcn, the relative error of the model",
    "no_step_with_jac": "; start elsewhere, or check jac with check_gradient",
    "jacobian_not_finite": ": check jac, or start elsewhere",
    "no_influence": ": start elsewhere, or hold {names} with fixed=...",
    "no_freedom": ": take more points, hold a parameter with fixed=..., or give sigma with absolute_sigma=True",
    "rank_deficient": _HOLD_ONE + ", or rewrite the model",
    "ill_conditioned": _HOLD_ONE,
    "ill_conditioned_differences": _HOLD_ONE + ", or give jac, as differences have too few digits for this",
    "undetermined": ": hold one of them with fixed=..., or take data that tell them apart",
    "one_sided": ": hold it with fixed=..., take data where it shows, or see confidence_intervals(method='profile')",
    "x_far_from_zero": ": subtract a typical value from x, so that its powers and exponentials are of order 1",
    "overflow": ": take other units",
    "sigma_assumed": ": give sigma, or leave absolute_sigma out",
    "scatter_large": ": sigma is too small, or the model is not right; see fit.plot()",
    "scatter_small": ": sigma is too large, and so are the errors; leave absolute_sigma out",
    "counts_scatter": "; the model is not right, or the counts are not independent; see fit.plot()",
    "counts_agree": "; are they raw counts, neither scaled nor averaged?",
    "rests_on_zeros": "; see confidence_intervals(method='profile')",
    "one_sign": _MISSES,
    "pattern": _MISSES,
    "as_good_as_differences": ": give jac, or subtract a typical value from x",
    "worse_than_mean": ": start elsewhere, or take another model; see fit.plot()",
    "scatter_grows": ": give sigma per point, or the small values hardly count",
    "outliers": ": check the data there, or give such points a larger sigma",
    "outliers_with_loss": ": the loss lets them count less; check the data there",
    "at_bound": ": widen the bound if it was a guess",
    "beyond_limits": ": give it bounds, or take another model",
    "f_scale_small": ": raise f_scale to the noise of the data",
    "no_minimum_of_loss": ": raise f_scale, or take loss='soft_l1'",
}


def sentence(
    kind: str, parameters: Sequence[str], numbers: Mapping[str, Any], advice: Mapping[str, str] = ADVICE
) -> str:
    """A finding in words, with the advice for its reader."""
    return (STATEMENTS[kind] + advice[kind]).format(**_fields(parameters, numbers))


def _fields(names: Sequence[str], numbers: Mapping[str, Any]) -> dict[str, Any]:
    """The names and numbers of a finding, and what sentences make of them."""
    fields: dict[str, Any] = {
        **numbers, "parameters": names, "names": joined(names), "do": "does" if len(names) == 1 else "do",
        "n_parameters": counted(len(names), "parameter"), "n_points": counted(numbers.get("points", 0), "point"),
        "n_freedom": counted(numbers.get("dof", 0), "degree"),
        "n_errors": counted(numbers.get("distance", 0.0), "standard error", ".2g"),
        "n_combinations": counted(numbers.get("rank", 0), "combination"), "times": rough(numbers.get("times", 1.0)),
        "order": "in order of x" if numbers.get("by_x") else "in order of the data",
    }  # fmt: skip
    if "start" in numbers:
        fields["at"] = ", ".join(f"{name} = {value:.6g}" for name, value in zip(names, numbers["start"], strict=True))
    for name, chance in (("runs", "chance_of_runs"), ("correlation", "chance_of_correlation"), ("growth", "chance")):
        fields["p_of_" + name] = _probability(numbers.get(chance, 1.0))
    fields["of_runs"] = _RUNS.format(**fields) if "runs" in numbers else ""
    sd = numbers.get("sd", math.nan)
    fields["scattered"] = f", while they scatter by {sd:.2g}" if math.isfinite(sd) else ""
    fields["too_small"] = ", and the errors are too small" if numbers.get("errors_are_finite") else ""
    if "sds" in numbers:
        where, sds = numbers["where"], numbers["sds"]
        worst = ", ".join(f"{i} ({sd:+.1f} sd)" for i, sd in zip(where[:5], sds[:5], strict=True))
        more = f" and {len(where) - 5} more" if len(where) > 5 else ""
        fields["worst"] = f"{plural('point', len(where))} {worst}{more}"
    return fields


def _probability(p: float) -> str:
    """p as far as doubles have it: differences from 1 end at 1e-16."""
    return f"p = {p:.1g}" if p > 1e-15 else "p < 1e-15"


def joined(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) < 2 else f"{', '.join(names[:-1])} and {names[-1]}"


class Finding(NamedTuple):
    """A doubt about a fit, as data.

    Attributes
    ----------
    kind : str
        What it is about: "undetermined", "outliers", and so on.
    parameters : tuple of str
        The parameters concerned.
    numbers : dict
        The numbers that it rests on, by name.

    Examples
    --------
    >>> import minpack
    >>> fit = minpack.fit(lambda x, a, b: a + b * x, [1.0, 2.0, 3.0], [2.0, 4.1, 5.9], bounds={"b": (0, 1)})
    >>> [(finding.kind, finding.parameters) for finding in fit.diagnose().records][:1]
    [('at_bound', ('b',))]
    """

    kind: str
    parameters: tuple[str, ...] = ()
    numbers: Mapping[str, Any] = {}

    def __str__(self) -> str:
        return sentence(*self)


class Findings(tuple[str, ...]):
    """Doubts about a fit: a tuple of sentences, printed one per line; printed as "no doubts" if empty.

    True if there are doubts.

    Attributes
    ----------
    records : tuple of Finding
        The same as data: the kind of each, its parameters and numbers.

    Examples
    --------
    >>> import minpack
    >>> fit = minpack.fit(lambda x, a, b: a + b * x, [1.0, 2.0, 3.0, 4.0], [2.1, 3.9, 6.0, 8.2])
    >>> doubts = fit.diagnose()
    >>> print(doubts, bool(doubts), len(doubts))
    no doubts False 0
    """

    records: tuple[Finding, ...]

    def __new__(cls, records: Iterable[Finding] = ()) -> Findings:
        records = tuple(records)
        findings = super().__new__(cls, map(str, records))
        findings.records = records
        return findings

    def __reduce__(self) -> tuple[Any, ...]:
        return Findings, (self.records,)

    def __str__(self) -> str:
        return "\n".join(self) if self else "no doubts"

    __repr__ = __str__
