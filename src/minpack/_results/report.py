"""A fit as a line, as text and as HTML."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from functools import lru_cache

from .._counted import counted, rough
from .._names import called
from .covariance import is_defined
from .propagation import derive
from .solution import Solution

_WIDEST_MATRIX = 10  # parameters up to which the report shows their correlations
_WIDTH = 100  # of the sentences in a report
_TITLES = ["parameter", "value ± error", "relative", "95 % interval"]


def rounded(value: float, error: float) -> str:
    """``value ± error``, the error with two significant digits and the value to the same place.

    >>> rounded(238.94212918, 2.7070075241)
    '238.9 ± 2.7'
    >>> rounded(5.5015643181e-4, 7.2668688436e-6)
    '(5.502 ± 0.073)e-04'
    >>> rounded(1234567.0, 8912.0)
    '(1.2346 ± 0.0089)e+06'
    >>> rounded(2459001.8213, 0.0184)
    '2459001.821 ± 0.018'
    """
    if not math.isfinite(value) or not math.isfinite(error):
        return f"{value + 0.0:.6g} ± {error:.2g}"  # no minus before a zero
    if error == 0.0:
        return f"{value + 0.0:.10g} ± 0"
    place = _place_of(error, value)
    if place is None:
        return f"{value:.17g} ± {error:.2g}"
    left, right, power = _to_place(value, error, *place)
    return f"({left} ± {right}){power}" if power else f"{left} ± {right}"


def _to_place(left: float, right: float, place: int, largest: int) -> tuple[str, str, str]:
    """Two numbers to a place, as `_place_of` says, and the power of ten that they lack, if any."""
    # z: as above
    if -4 < largest < (6 if place > -2 else 12) and place <= 0:  # an epoch is read as it is, with its error below 1
        return f"{left:z.{-place}f}", f"{right:z.{-place}f}", ""
    digits, lift = largest - place, 1e300 if largest < -300 else 1.0  # 10.0**-324 would be zero
    scale = 10.0**largest if lift == 1.0 else 10.0 ** (largest + 300)
    return f"{left * lift / scale:z.{digits}f}", f"{right * lift / scale:z.{digits}f}", f"e{largest:+03d}"


@lru_cache(maxsize=100)
def _place_of(error: float, value: float) -> tuple[int, int] | None:
    """Powers of ten of the error's second digit, and of the largest first one; None if a double has no digit there."""
    place = _exponent(error, 1) - 1
    if value == 0.0:
        return place, place + 1
    first = _exponent(value, 16)
    if first - place > 16:
        return None
    return place, max(_exponent(value, max(first - place, 0)), place + 1)  # as rounded


def _exponent(number: float, digits: int) -> int:
    """Power of ten of the first digit, after rounding to `digits` more than it."""
    return int(f"{number:.{digits}e}".partition("e")[2])


def brief(fit: Solution) -> str:
    text = f"Fit({', '.join(f'{name} = {answer(fit, name)}' for name in fit.names)})"
    return text if fit.success else f"{text[:-1]}; did not converge)"


def report(fit: Solution, doubts: Sequence[str]) -> str:
    lines = [*_head(fit), "", *aligned([_TITLES, *_table(fit)], "lllr"), ""]
    lines += aligned([[what, text] for what, text in _quality(fit) if text != "nan"], "ll")
    if 2 <= len(fit.fitted) <= _WIDEST_MATRIX and is_defined(fit.correlation):
        lines += ["", *aligned(_triangle(fit), "l" + "r" * (len(fit.fitted) - 1))]
    lines += [""] if doubts else ["", "no doubts"]
    for doubt in doubts:
        lines += textwrap.wrap(f"doubt: {doubt}", _WIDTH, subsequent_indent="       ")
    return "\n".join(lines)


def html(fit: Solution, doubts: Sequence[str]) -> str:
    """A table of the parameters and one of the fit's quality."""
    from html import escape  # loads all entities of HTML, which takes milliseconds

    quality = "".join(f"<tr><td>{escape(what)}</td><td>{escape(text)}</td></tr>" for what, text in _quality(fit))
    items = "".join(f"<li>{escape(doubt)}</li>" for doubt in doubts)
    return (
        f"<div><p>{'<br/>'.join(map(escape, _head(fit)))}</p>"
        f"{html_table([_TITLES, *_table(fit)])}"
        f"<table><tbody>{quality}</tbody></table>{f'<p>Doubts</p><ul>{items}</ul>' if doubts else '<p>no doubts</p>'}"
        "</div>"
    )


def html_table(rows: Sequence[Sequence[str]]) -> str:
    """A table of which the first row has the titles."""
    from html import escape

    head, *body = ["".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in row)
                   for row, tag in zip(rows, ["th", *["td"] * (len(rows) - 1)], strict=True)]  # fmt: skip
    lines = "".join(f"<tr>{row}</tr>" for row in body)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>"


# ---- pieces


def _table(fit: Solution) -> list[list[str]]:
    """One row per parameter, under `_TITLES`."""
    rows = []
    intervals = fit.confidence_intervals()
    columns = fit.values.tolist(), fit.errors.tolist(), intervals.tolist()
    for name, value, error, (low, high) in zip(fit.names, *columns, strict=True):
        if _is_held(fit, name):
            rows.append([name, *_held(fit, name, value), ""])
        else:
            rows.append([name, rounded(value, error), _relative(value, error), _interval(value, low, high, error)])
    return rows


def _is_held(fit: Solution, name: str) -> bool:
    """Whether a parameter has no error, as it was held, ended at a bound, or is tied to such."""
    if name in fit.tied:
        return bool(fit.errors[fit.names.index(name)] == 0.0) and bool(fit.errors.any())  # in a perfect fit all are
    return name not in fit.fitted


def _held(fit: Solution, name: str, value: float) -> tuple[str, str]:
    """The value of such a parameter, and why it has no error."""
    if name in fit.fixed or name in fit.tied:
        return f"{value + 0.0:.10g}", "fixed" if name in fit.fixed else "tied"
    # a method that keeps off the bounds ends next to one
    return f"{value + 0.0:.6g}", f"at its {'lower' if fit.active_mask[fit.names.index(name)] < 0 else 'upper'} bound"


def curve_label(fit: Solution) -> str:
    """What a picture calls the model."""
    name = called(fit.f)
    return "model" if name == "<lambda>" else name


def answer(fit: Solution, name: str) -> str:
    j = fit.names.index(name)
    if _is_held(fit, name):
        return " ".join(_held(fit, name, fit.values[j]))
    return rounded(fit.values[j], fit.errors[j])


def _head(fit: Solution) -> list[str]:
    calls = counted(fit.nfev, "call")
    end = f"converged in {calls}" if fit.success else f"did not converge in {calls}: {fit.message}"
    if fit.success and not is_defined(fit.deviations):
        end = f"ended in {calls}, without errors of the parameters"
    n, dof = len(fit.fitted), fit.degrees_of_freedom
    origin = getattr(fit.predictors, "origin", None)
    since = [] if origin is None else [f"{fit.x_name} in seconds since {origin}"]
    return [
        f"Fit of {called(fit.f)}({', '.join(fit.names)}): {end}",
        f"{counted(fit.residuals.size, 'point')}, {counted(n, 'parameter')} fitted, "
        f"{f'{len(fit.tied)} tied, ' * bool(fit.tied)}{counted(dof, 'degree')} of freedom",
        *since,
    ]


def _quality(fit: Solution) -> list[tuple[str, str]]:
    if fit.likelihood == "poisson":
        return [
            ("deviance", f"{fit.chi_square:.6g}, reduced {fit.reduced_chi_square:.6g}"),
            ("explained", f"{fit.r_squared:.6f} of the deviance of a constant"),
            ("AIC, BIC", f"{fit.aic:.2f}, {fit.bic:.2f}"),
            ("errors", "from the counts, by Poisson's distribution"),
            *_derived(fit),
        ]
    rows = [
        ("chi-square", f"{fit.chi_square:.6g}, reduced {fit.reduced_chi_square:.6g}"),
        ("residual sd", f"{fit.residual_sd:.6g}"),
        ("R squared", f"{fit.r_squared:.6f}"),
    ]
    if fit.loss_weights is not None:
        loss = fit.loss if isinstance(fit.loss, str) else called(fit.loss)
        count = f"{fit.discounted} of {counted(fit.residuals.size, 'point')} count less than half"
        rows[1] = ("residual sd", f"{fit.residual_sd:.6g}, from the median residual")
        rows += [("loss", f"{loss}, f_scale = {fit.f_scale:.6g}; {count}")]
        rows += [("errors", "robust (sandwich), from the scatter of the residuals")]
    else:
        rows += [("AIC, BIC", f"{fit.aic:.2f}, {fit.bic:.2f}"), ("errors", _source(fit))]
    if fit.minima is not None:
        rows += [("starts", str(fit.minima))]
    return [*rows, *_derived(fit)]


def _source(fit: Solution) -> str:
    if fit.absolute_sigma:
        return "from sigma = 1, taken as it is" if fit.sigma is None else "from sigma as given"
    return f"from {'' if fit.sigma is None else 'sigma, scaled to '}the scatter of the residuals"


def _derived(fit: Solution) -> list[tuple[str, str]]:
    """The quantities that the model derives from its parameters."""
    names = getattr(fit.f, "derived", ()) if hasattr(fit.f, "quantity") else ()
    return [(name, rounded(*derive(name, fit)[:2])) for name in names]


def _relative(value: float, error: float) -> str:
    if value == 0.0 or not math.isfinite(error):
        return "-"
    relative = error / abs(value)
    return f"{rough(100.0 * relative)} %" if relative < 1.0 else f"{rough(relative)} times"


def _interval(value: float, low: float, high: float, error: float) -> str:
    """Bounds to the same place as the value."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return "-"
    if error == 0.0:
        return f"{low + 0.0:.10g} to {high + 0.0:.10g}"
    place = _place_of(error, value)
    if place is None:
        return f"{low:.17g} to {high:.17g}"
    left, right, power = _to_place(low, high, *place)
    return f"({left} to {right}){power}" if power else f"{left} to {right}"


def _triangle(fit: Solution) -> list[list[str]]:
    rows, correlation = [fit.names.index(name) for name in fit.fitted], fit.correlation.tolist()
    table = [["correlation", *fit.fitted[:-1]]]
    for k, j in enumerate(rows[1:], start=1):
        cells = [f"{round(correlation[j][i], 4) + 0.0:.4f}" for i in rows[:k]]
        table.append([fit.names[j], *cells, *[""] * (len(rows) - 1 - k)])
    return table


def aligned(rows: list[list[str]], sides: str) -> list[str]:
    """Columns of equal width, each flushed to its side; those with ± aligned there."""
    columns = []
    for column, side in zip(zip(*rows, strict=True), sides, strict=True):
        cells = _at_sign(column)
        width = max(map(len, cells))
        columns.append([cell.rjust(width) if side == "r" else cell.ljust(width) for cell in cells])
    return ["   ".join(row).rstrip() for row in zip(*columns, strict=True)]


def _at_sign(column: Sequence[str]) -> Sequence[str]:
    """The column with its ± below each other."""
    if "±" not in "".join(column):
        return column
    lefts = [len(cell.partition(" ±")[0]) if "±" in cell else 0 for cell in column]
    return [" " * (max(lefts) - left) + cell if left else cell for left, cell in zip(lefts, column, strict=True)]
