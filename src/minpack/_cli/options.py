"""The options of the command line."""

from __future__ import annotations

import argparse
import contextlib
import difflib
import importlib.metadata
import math
import re
import textwrap
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from .._models.ready import MODELS
from .assigned import UsageError

_DESCRIPTION = "Fit a formula to the columns of a table by least squares (MINPACK's Levenberg-Marquardt)."

_EPILOG = """\
The expression has + - * / ^, parentheses, pi, and functions such as exp, log, sqrt, sin, tanh, erf, where. Names of
columns stand for the columns, x for the one that --x names; all other names are parameters. Derivatives are exact.
Instead of a formula, the expression may be a ready model, or a sum of some, with names if one occurs twice: gaussian,
gaussian(a) + gaussian(b) + line. There are
{models}.
A column is given by its name, with or without its unit, or by its number from 1. A file may have any usual separator,
a header, a row of units, comments after # or on lines that begin with %, and it may be compressed (.gz). Dates such
as 2024-01-31T12:00:00, 31.01.2024 or 01/31/2024, and times such as 12:30:05, count in seconds since the first.

example:
  minpack decay.csv "signal = a*exp(-b*t) + c" --p0 a=3,b=1,c=0 --sigma dy --plot fit.png
  minpack spectrum.csv "gaussian + line" --derived fwhm

exit status:
  0    a solution was found
  1    the fit did not converge; what it reached is printed
  2    wrong usage or bad input; one line on stderr says what
  3    a package is not installed that is needed for what was asked
  130  interrupted
  141  nobody read the output"""


_MODELS = textwrap.fill(f"{', '.join(MODELS)} and polynomial(DEGREE)", 118)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (minpack --help says more)")


def read_arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = _Parser(prog="minpack", description=_DESCRIPTION, epilog=_EPILOG.format(models=_MODELS),
                     allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    add = parser.add_argument
    add("file", help="the table; - for standard input")
    add("expression", help='the model, as "a*exp(-b*x)+c", "y = a*exp(-b*x)+c" or gaussian')
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
    add("--omit-missing", action="store_true",
        help="leave out rows where a used cell is empty or says so: NA, n.d., null, -, <LOD, ...; the report counts "
             "them")  # fmt: skip
    add("--skip", type=_skip, default=0, metavar="N", help="lines to leave out at the beginning")
    add("--decimal-comma", action="store_true", help="numbers are written as 1,5")

    group = parser.add_argument_group("how to fit")
    add = group.add_argument
    add("--p0", metavar="NAME=VALUE,...", action="append", default=[],
        help="where to start; parameters that are not named start where the data suggest")  # fmt: skip
    add("--fix", metavar="NAME=VALUE,...", action="append", default=[], help="parameters to hold at a value")
    add("--bounds", metavar="NAME=LOWER:UPPER,...", action="append", default=[],
        help="limits of parameters; either may be left out, as in a=0:,b=:5")  # fmt: skip
    add("--loss", type=str.lower, choices=("linear", "huber", "soft_l1", "cauchy", "arctan"), default="linear",
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
        help="a quantity computed from the parameters, with its error, or the name of one that a ready model has; may "
             "be repeated")  # fmt: skip
    # an expression may begin with a minus, which argparse would take for an option
    options, unknown = parser.parse_known_args([f" {item}" if re.match("-[^-h]|-h.", item) else item for item in argv])
    if unknown:
        names = [name for action in parser._actions for name in action.option_strings if name.startswith("--")]
        parser.error(f"unrecognized arguments: {' '.join(unknown)}{_meant(unknown[0], names)}")
    return options


def _meant(item: str, options: Sequence[str]) -> str:
    """What an argument that is not understood may be; empty if that is not known."""
    if not item.startswith("-"):
        return "; a comma goes between assignments, as in a=1,b=2" if "=" in item else ""
    name = item.partition("=")[0]
    if name in options:  # there was a -- before it
        return "; options stand before a --, as behind it all is a file or an expression"
    near = [option for option in options if option.startswith(name)] or difflib.get_close_matches(name, options, 2)
    return f"; did you mean {' or '.join(near)}?" if near else ""


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
_skip = _converter("a whole number from 0 to 2147483647", int, lambda value: 0 <= value < 2**31)
_count = _converter("a whole number from 1 to 2147483647", int, lambda value: 0 < value < 2**31)
_level = _converter("a probability between 0 and 1", _number, lambda value: 0 < value < 1)
