"""The options of the command line, and the fit that they ask for."""

from __future__ import annotations

import argparse
import contextlib
import importlib.metadata
import math
import os
import re
import sys
import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from .._api.model import model as model_of
from .._models.expression import ExpressionError, parse
from .bounds import Bounds, BoundsError, held, read_bounds, start_within
from .layout import Layout, LayoutError, choose
from .present import MissingPackageError, PlotError, as_json, as_text, draw, plot_format
from .table import Table, TableError, read_table

if TYPE_CHECKING:
    from .._models.model import Model
    from .._results.fit import Fit

SOLVED, NOT_CONVERGED, BAD_INPUT, MISSING_PACKAGE, INTERRUPTED, PIPE_CLOSED = 0, 1, 2, 3, 130, 141

MAX_BYTES = 2**28
_LONG = 200  # what a message quotes is shortened to this, word by word

_DESCRIPTION = "Fit a formula to the columns of a table by least squares (MINPACK's Levenberg-Marquardt)."

_EPILOG = """\
The expression has + - * / ^, parentheses, pi, and functions such as exp, log, sqrt, sin, tanh, erf, where. Names of
columns stand for the columns, x for the one that --x names; all other names are parameters. Derivatives are exact.
A column is given by its name, or by its number from 1. A file may have any usual separator, a header, # comments.

example:
  minpack decay.csv "signal = a*exp(-b*t) + c" --p0 a=3,b=1,c=0 --sigma dy --plot fit.png

exit status:
  0    a solution was found
  1    the fit did not converge; what it reached is printed
  2    wrong usage or bad input; one line on stderr says what
  3    a package is not installed that is needed for what was asked
  130  interrupted
  141  nobody read the output"""


class UsageError(ValueError):
    """Options that do not go together, or files that cannot be used: one line."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (minpack --help says more)")


def run_as_script() -> NoReturn:
    """Run the command line, and end the process with its exit status."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):  # names in a file may have letters the terminal has not
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    status = main()
    # at its end Python flushes once more, and would complain of a pipe that was closed
    with contextlib.suppress(OSError, ValueError, AttributeError):
        sys.stderr.flush()
    if status == PIPE_CLOSED:
        os._exit(status)
    sys.exit(status)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments; those of the process by default.

    Returns
    -------
    int
        The exit status, as --help tells them.
    """
    try:
        options = _arguments(sys.argv[1:] if argv is None else argv)
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")  # the report and the exit status say the same
            return _run(options)
    except (UsageError, ExpressionError, TableError, LayoutError, BoundsError, PlotError) as error:
        return _complain(str(error), BAD_INPUT)
    except MissingPackageError as error:
        return _complain(str(error), MISSING_PACKAGE)
    except BrokenPipeError:
        return PIPE_CLOSED
    except KeyboardInterrupt:
        return _complain("interrupted", INTERRUPTED)
    except MemoryError:
        return _complain("not enough memory", BAD_INPUT)


def _complain(message: str, status: int) -> int:
    with contextlib.suppress(OSError, ValueError, AttributeError):
        words = (word if len(word) <= _LONG else word[:_LONG] + "..." for word in message.split())
        print(f"minpack: {' '.join(words)}", file=sys.stderr)
    return status


# ---- the arguments


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = _Parser(prog="minpack", description=_DESCRIPTION, epilog=_EPILOG, allow_abbrev=False,
                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    add = parser.add_argument
    add("file", help="the table; - for standard input")
    add("expression", help='the model, as "a*exp(-b*x)+c" or "y = a*exp(-b*x)+c"')
    add("--version", action="version", version=f"minpack {importlib.metadata.version('minpack')}")

    group = parser.add_argument_group("what is in the table")
    add = group.add_argument
    add("--x", metavar="COLUMN", help="what x is: a column, or NAME=COLUMN,... for several (default: the column named "
                                      "x, else the first that is not in use)")  # fmt: skip
    add("--y", metavar="COLUMN", help="the column to fit (default: the left side of the expression, else the column "
                                      "named y, else the only one not in use, else the second)")  # fmt: skip
    add("--sigma", metavar="COLUMN", help="standard deviations of the data: a column, or one value for all, written "
                                          "with a decimal point")  # fmt: skip
    add("--absolute-sigma", action="store_true", help="take sigma as it is, not as relative weights")
    add("--omit-missing", action="store_true", help="leave out rows where a used cell is empty, nan or NA")
    add("--decimal-comma", action="store_true", help="numbers are written as 1,5")

    group = parser.add_argument_group("how to fit")
    add = group.add_argument
    add("--p0", metavar="NAME=VALUE,...", action="append", default=[], help="where to start (default: all at 1)")
    add("--fix", metavar="NAME=VALUE,...", action="append", default=[], help="parameters to hold at a value")
    add("--bounds", metavar="NAME=LOWER:UPPER,...", action="append", default=[],
        help="limits of parameters; either may be left out, as in a=0:,b=:5")  # fmt: skip
    add("--loss", choices=("linear", "huber", "soft_l1", "cauchy", "arctan"), default="linear",
        help="let outliers count less than their squares (default: linear, as they are)")  # fmt: skip
    add("--f-scale", type=_positive, metavar="SIZE", help="size of a residual that is still ordinary, for --loss "
                                                          "(default: 1)")  # fmt: skip
    add("--ftol", type=_positive, metavar="TOL", help="relative reduction of the sum of squares at which to end")
    add("--xtol", type=_positive, metavar="TOL", help="relative change of the parameters at which to end")
    add("--maxfev", type=_count, metavar="N", help="limit on evaluations, which may be exceeded slightly")

    group = parser.add_argument_group("what to give")
    add = group.add_argument
    add("--plot", metavar="FILE", help="draw the fit into a file: .png, .pdf, .svg")
    add("--json", action="store_true", help="print JSON instead of the report")
    add("--quiet", action="store_true", help="print nothing; the exit status tells")
    add("--level", type=_level, default=0.95, metavar="P", help="level of the confidence intervals (default: 0.95)")
    add("--derived", metavar="NAME=EXPRESSION", action="append", default=[],
        help="a quantity computed from the parameters, with its error; may be repeated")  # fmt: skip
    # an expression may begin with a minus, which argparse would take for an option
    return parser.parse_args([f" {item}" if re.match("-[^-h]|-h.", item) else item for item in argv])


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError
    return value


def _converter(what: str, convert: Callable[[str], Any], accept: Callable[[Any], bool]) -> Callable[[str], Any]:
    def converter(text: str) -> Any:
        with contextlib.suppress(ValueError):
            value = convert(text)
            if accept(value):
                return value
        raise argparse.ArgumentTypeError(f"{text.strip()!r} is not {what}")

    return converter


_positive = _converter("a positive number", _number, lambda value: value > 0)
_count = _converter("a whole number from 1", int, lambda value: 0 < value < 2**31)
_level = _converter("a probability between 0 and 1", _number, lambda value: 0 < value < 1)


def _assignments(option: str, items: Sequence[str]) -> dict[str, float]:
    """The names and values of ``a=1,b=2``."""
    result: dict[str, float] = {}
    for item in ",".join(items).split(",") if items else ():
        match = re.fullmatch(r"\s*([A-Za-z]\w*)\s*=\s*(\S+)\s*", item, re.ASCII)
        if match is None:
            raise UsageError(f"{option}: {item.strip()!r} is not of the form name=value")
        name, text = match.groups()
        if name in result:
            raise UsageError(f"{option}: {name!r} is given twice")
        try:
            result[name] = _number(text)
        except ValueError:
            raise UsageError(f"{option}: {text!r}, given for {name!r}, is not a finite number") from None
    return result


# ---- the fit


def _run(options: argparse.Namespace) -> int:
    left, text = _sides(options.expression)
    expression = parse(text)
    starts, fixed = _assignments("--p0", options.p0), _assignments("--fix", options.fix)
    bounds = read_bounds(options.bounds)
    if options.f_scale is not None and options.loss == "linear":
        raise UsageError("--f-scale is of use with a --loss only, such as soft_l1")
    form = plot_format(options.plot) if options.plot is not None else None
    if form and _is_input(options.plot, options.file):
        raise UsageError(f"--plot {options.plot!r}: is the input; give the picture another name")
    table = _read(options.file, options.decimal_comma)
    layout = choose(table, expression.names, starts, fixed, bounded=bounds, left=left, x=options.x, y=options.y,
                    sigma=options.sigma)  # fmt: skip
    if form and len(layout.predictors) > 2:
        raise UsageError(f"--plot draws over one or two columns; the expression uses {', '.join(layout.predictors)}")
    model = model_of(text, tuple(layout.predictors))
    derived = [_derived(item, model) for item in options.derived]

    columns = [*layout.predictors.values(), layout.y, *([] if layout.sigma is None else [layout.sigma])]
    numbers, lines = table.numbers(columns, options.omit_missing)
    k = len(layout.predictors)
    data, y = numbers[0] if k == 1 else numbers[:k], numbers[k]
    sigma = layout.same_sigma if layout.sigma is None else numbers[k + 1]
    starts = start_within(bounds, starts, [name for name in layout.parameters if name not in fixed])
    _check(table, layout, model, data, lines, sigma, starts | fixed, len(starts) - len(held(bounds)))

    fit = _fit(model, data, y, sigma, starts, fixed, bounds, options)
    results = {name: _propagate(quantity, fit) for name, quantity in derived}
    problem = None
    if form:
        problem = draw(fit, table, layout, text, options.plot, form, options.level)
    if options.json:
        omitted = len(table.rows) - len(lines)
        _print(as_json(fit, table, layout, text, omitted, results, options.level))
    elif not options.quiet:
        _print(as_text(fit, table, layout, text, results, options.level))
    if problem:
        raise PlotError(problem)
    if not fit.success and (options.json or options.quiet):
        return _complain(f"the fit did not converge: {fit.message}", NOT_CONVERGED)
    return SOLVED if fit.success else NOT_CONVERGED


def _sides(text: str) -> tuple[str | None, str]:
    """``y = expression`` in two; the left side may be missing."""
    match = re.match(r"\s*([A-Za-z]\w*)\s*=(?!=)(.*)", text, re.ASCII | re.DOTALL)
    return (match[1], match[2]) if match else (None, text)


def _is_input(plot: str, path: str) -> bool:
    with contextlib.suppress(OSError, ValueError, AttributeError):  # one of them is not there, or not a file
        source = os.fstat(sys.stdin.fileno()) if path == "-" else os.stat(_named(path))
        return os.path.samestat(os.stat(plot), source)
    return False


def _named(path: str) -> str:
    """The name of a file without the blank that keeps argparse from taking it for an option."""
    return path[1:] if path.startswith(" -") else path


def _read(path: str, decimal_comma: bool) -> Table:
    path = _named(path)
    source = "standard input" if path == "-" else repr(path)[1:-1] or "''"
    try:
        if path == "-":
            if sys.stdin is None:
                raise UsageError("standard input is closed")
            data = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with open(path, "rb") as file:
                data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise UsageError(f"{source}: {getattr(error, 'strerror', None) or error}") from None
    if len(data) > MAX_BYTES:
        raise UsageError(f"{source}: more than {MAX_BYTES >> 20} MiB")
    return read_table(data, source, decimal_comma)


def _check(
    table: Table, layout: Layout, model: Model, data: Any, lines: list[int], sigma: Any, values: dict[str, float],
    n: int,
) -> None:  # fmt: skip
    """Whether a fit can be made at all."""
    m = len(lines)
    if n == 0:
        raise UsageError("--fix and --bounds hold all parameters: nothing is left to fit")
    if m < n:
        rows = f"{m} row{'s' * (m != 1)}" + (" without missing cells" if m < len(table.rows) else "")
        raise UsageError(f"{table.source}: {rows} cannot determine {n} parameters")
    _check_sigma(table, layout, lines, sigma)
    start = [values[name] for name in layout.parameters]
    for what, result in (("the expression is", model(data, *start)),
                         ("a derivative of the expression is", model.jac(data, *start))):  # fmt: skip
        bad = np.flatnonzero(~np.isfinite(result.reshape(m, -1)).all(axis=1))
        if bad.size:
            row = np.atleast_2d(data)[:, bad[0]]
            there = ", ".join(f"{name} = {value:g}" for name, value in zip(layout.predictors, row, strict=True))
            at = ", ".join(f"{name}={value:g}" for name, value in zip(layout.parameters, start, strict=True))
            raise UsageError(
                f"{table.source}, line {lines[bad[0]]}: {what} not finite at {there} with the start {at}: "
                "start elsewhere (--p0), or leave such rows out"
            )


def _check_sigma(table: Table, layout: Layout, lines: list[int], sigma: Any) -> None:
    """Whether standard deviations are positive, and have finite inverses."""
    if layout.same_sigma is not None and not math.isfinite(1.0 / np.float64(layout.same_sigma)):
        raise UsageError(f"--sigma: the inverse of {layout.same_sigma:g} is not finite: use other units")
    if layout.sigma is None:
        return
    for valid, words in ((sigma > 0.0, "but a standard deviation must be positive"),
                         (np.isfinite(1.0 / sigma), "whose inverse is not finite: use other units")):  # fmt: skip
        if not valid.all():
            i = int(np.flatnonzero(~valid)[0])
            column = table.label(layout.sigma)
            raise TableError(f"{table.source}, line {lines[i]}: {column} has {sigma[i]:g}, {words}")


def _fit(
    model: Model, data: Any, y: Any, sigma: Any, starts: dict[str, float], fixed: dict[str, float], bounds: Bounds,
    options: argparse.Namespace,
) -> Fit:  # fmt: skip
    from .._api.fit import fit

    given = {name: getattr(options, name) for name in ("ftol", "xtol", "maxfev", "f_scale")}
    return fit(
        model, data, y, {name: value for name, value in starts.items() if name not in fixed},
        sigma=sigma, absolute_sigma=options.absolute_sigma, jac=model.jac, fixed=fixed or None,
        bounds=bounds or None, loss=options.loss,
        **{name: value for name, value in given.items() if value is not None},
    )  # fmt: skip


def _derived(item: str, model: Model) -> tuple[str, Callable[..., Any]]:
    name, text = _sides(item)
    if name is None:
        raise UsageError(f"--derived: {item!r} is not of the form name=expression")
    try:
        return name, model.quantity(text)
    except ValueError as error:
        raise UsageError(f"--derived {name}: {error}") from None


def _propagate(quantity: Callable[..., Any], fit: Fit) -> tuple[float, float]:
    """Value and standard error."""
    value, error, _ = fit.derived(quantity)
    return value, error


# ---- what comes out


def _print(text: str) -> None:
    if sys.stdout is None:
        raise UsageError("standard output is closed")
    try:
        print(text, flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        # what is left in the buffer would be tried again at the end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise UsageError(f"standard output: {error.strerror}") from None
