"""The command: what the options ask for, done."""

from __future__ import annotations

import argparse
import contextlib
import io
import math
import os
import re
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from .._api.model import model as model_of
from .._counted import counted
from .._models.expression import ExpressionError, parse
from .._models.typed import name_of
from .assigned import Bounds, UsageError, check_starts, held, read_bounds, values
from .layout import Layout, LayoutError, choose
from .models import check_names, meant, ready_model
from .options import read_arguments
from .present import MissingPackageError, PlotError, as_json, as_text, draw, plot_format
from .reading import read_table
from .table import Table, TableError

if TYPE_CHECKING:
    from .._models.model import Model
    from .._results.fit import Fit

SOLVED, NOT_CONVERGED, BAD_INPUT, MISSING_PACKAGE, INTERRUPTED, PIPE_CLOSED = 0, 1, 2, 3, 130, 141

MAX_BYTES = 2**28
_GZIP = b"\x1f\x8b"
_LONG = 200  # what a message quotes is shortened to this, word by word


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
        options = read_arguments(sys.argv[1:] if argv is None else argv)
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")  # the report and the exit status say the same
            return _run(options)
    except (UsageError, ExpressionError, TableError, LayoutError, PlotError) as error:
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


# ---- the fit


def _names_in(text: str) -> tuple[str, ...]:
    try:
        return parse(text).names
    except ExpressionError as error:
        raise UsageError(f"{error}{meant(text)}") from None


def _run(options: argparse.Namespace) -> int:
    if os.path.isfile(options.expression) and not os.path.exists(_named(options.file)):
        raise UsageError(f"the table comes first, then the expression; got {options.expression!r} as the expression")
    left, text = _sides(options.expression)
    ready = ready_model(text)
    text = text if ready is None else ready.text
    names = _names_in(text) if ready is None else (*ready.predictors, *ready.parameters)
    given, fixed, bounds = values("--p0", options.p0), values("--fix", options.fix), read_bounds(options.bounds)
    if options.f_scale is not None and options.loss == "linear":
        raise UsageError("--f-scale is of use with a --loss only, such as soft_l1")
    form = plot_format(options.plot) if options.plot is not None else None
    if form and _is_input(options.plot, options.file):
        raise UsageError(f"--plot {options.plot!r}: is the input; give the picture another name")
    table = _read(options.file, options.decimal_comma, options.skip)
    layout = choose(table, names, given, fixed, bounded=bounds, left=left, x=options.x, y=options.y,
                    sigma=options.sigma, parameters=ready.parameters if ready else (), hint=meant(text))  # fmt: skip
    if ready is None:
        check_names(text, [name for name in layout.parameters if name not in {*given, *fixed, *bounds}])
    if form and len(layout.predictors) > 2:
        raise UsageError(f"--plot draws over one or two columns; the expression uses {', '.join(layout.predictors)}")
    if ready is not None and len(layout.predictors) < len(ready.predictors):
        raise UsageError(f"{ready.__name__} needs columns for x and y: --x x=COLUMN,y=COLUMN")
    model = ready or model_of(text, tuple(layout.predictors))
    derived = _derived(options.derived, model)
    check_starts(bounds, given)

    columns = [*layout.predictors.values(), layout.y, *([] if layout.sigma is None else [layout.sigma])]
    numbers, lines = table.numbers(columns, options.omit_missing)
    if table.since(layout.y):
        raise UsageError(f"{table.source}: {table.label(layout.y)}, to be fitted, has dates or times: --y is another")
    k = len(layout.predictors)
    data, y = numbers[0] if k == 1 else numbers[:k], numbers[k]
    sigma = layout.same_sigma if layout.sigma is None else numbers[k + 1]
    notes = [table.omissions(columns, lines)] if len(lines) < len(table.rows) else []
    _check(table, layout, lines, sigma, [name for name in layout.parameters if name not in fixed | held(bounds)])
    known = given | fixed | held(bounds)
    start = _start(model, data, y, None if layout.sigma is None else sigma, known, bounds)
    _check_finite(table, layout, model, data, lines, start)
    # fit compares several starts if none is given
    fit = _fit(model, data, y, sigma, start if known else None, fixed, bounds, options)
    found = [f"{name} = {value:g}" for name, value in zip(fit.names, fit.start, strict=True) if name not in known]
    notes += [f"start from the data: {', '.join(found)}"] if found else []
    results = {name: fit.derived(quantity)[:2] for name, quantity in derived.items()}
    problem = None
    if form:
        problem = draw(fit, table, layout, text, options.plot, form, options.level)
    if options.json and not options.quiet:
        omitted = len(table.rows) - len(lines)
        _print(as_json(fit, table, layout, text, omitted, notes, results, options.level))
    elif not options.quiet:
        _print(as_text(fit, table, layout, text, notes, results, options.level))
    if problem:
        raise PlotError(problem)
    if not fit.success and (options.json or options.quiet):
        return _complain(f"the fit did not converge: {fit.message}", NOT_CONVERGED)
    return SOLVED if fit.success else NOT_CONVERGED


def _sides(text: str) -> tuple[str | None, str]:
    """``y = expression`` (or ``y ~ expression``) in two; the left side may be missing."""
    match = re.match(r"([^<>=!~]*?)(?::=|==?|~)(?!=)(.*)", text, re.DOTALL)
    return (match[1].strip() or None, match[2]) if match else (None, text)


def _is_input(plot: str, path: str) -> bool:
    with contextlib.suppress(OSError, ValueError, AttributeError):  # one of them is not there, or not a file
        source = os.fstat(sys.stdin.fileno()) if path == "-" else os.stat(_named(path))
        return os.path.samestat(os.stat(plot), source)
    return False


def _named(path: str) -> str:
    """The name of a file without the blank that keeps argparse from taking it for an option."""
    return path[1:] if path.startswith(" -") else path


def _read(path: str, decimal_comma: bool, skip: int) -> Table:
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
    if data.startswith(_GZIP) and len(data) <= MAX_BYTES:
        data = _unpacked(data, source)
    if len(data) > MAX_BYTES:
        raise UsageError(f"{source}: more than {MAX_BYTES >> 20} MiB")
    return read_table(data, source, decimal_comma, skip)


def _unpacked(data: bytes, source: str) -> bytes:
    import gzip
    import zlib

    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise UsageError(f"{source}: is damaged, or not compressed by gzip ({error})") from None


def _check(table: Table, layout: Layout, lines: list[int], sigma: Any, fitted: Sequence[str]) -> None:
    """Whether a fit can be made at all."""
    m, n = len(lines), len(fitted)
    if n == 0:
        raise UsageError("--fix and --bounds hold all parameters: nothing is left to fit")
    if m < n:
        rows = counted(m, "row") + (" without missing cells" if m < len(table.rows) else "")
        raise UsageError(f"{table.source}: {rows} cannot determine {counted(n, 'parameter')}")
    _check_sigma(table, layout, lines, sigma)


def _start(model: Model, data: Any, y: Any, sigma: Any, known: Mapping[str, float], bounds: Bounds) -> dict[str, float]:
    """Where all parameters start: as known, else where the data suggest."""
    if all(name in known for name in model.parameters):
        return {name: known[name] for name in model.parameters}
    found = model.guess(data, y, sigma, fixed=known, bounds=bounds).tolist()
    return dict(zip(model.parameters, found, strict=True)) | dict(known)


def _check_finite(
    table: Table, layout: Layout, model: Model, data: Any, lines: list[int], start: Mapping[str, float]
) -> None:
    for what, result in (("the expression is", model(data, *start.values())),
                         ("a derivative of the expression is", model.jac(data, *start.values()))):  # fmt: skip
        bad = np.flatnonzero(~np.isfinite(result.reshape(len(lines), -1)).all(axis=1))
        if bad.size:
            row = np.atleast_2d(data)[:, bad[0]]
            there = ", ".join(f"{name} = {value:g}" for name, value in zip(layout.predictors, row, strict=True))
            at = ", ".join(f"{name}={value:g}" for name, value in start.items())
            raise UsageError(
                f"{table.source}, line {lines[bad[0]]}: {what} not finite at {there} with the start {at}: "
                "start elsewhere (--p0), or leave such rows out"
            )


def _check_sigma(table: Table, layout: Layout, lines: list[int], sigma: Any) -> None:
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
    model: Model, data: Any, y: Any, sigma: Any, start: Mapping[str, float] | None, fixed: Mapping[str, float],
    bounds: Bounds, options: argparse.Namespace,
) -> Fit:  # fmt: skip
    from .._api.fit import fit

    given = {name: getattr(options, name) for name in ("ftol", "xtol", "maxfev", "f_scale")}
    return fit(
        model, data, y, start and {name: value for name, value in start.items() if name not in fixed},
        sigma=sigma, absolute_sigma=options.absolute_sigma, jac=model.jac, fixed=fixed or None,
        bounds=bounds or None, loss=options.loss,
        **{name: value for name, value in given.items() if value is not None},
    )  # fmt: skip


def _derived(items: Sequence[str], model: Model) -> dict[str, Callable[..., Any]]:
    result: dict[str, Callable[..., Any]] = {}
    for item in items:
        left, text = _sides(item)
        name = name_of(left or "")
        if left is None and text.strip() in model.derived:  # one that a ready model has
            name = text = text.strip()
        if name is None:
            has = f"; {model.__name__} has {', '.join(model.derived)}" if model.derived else ""
            raise UsageError(f"--derived: {item!r} is not of the form name=expression{has}")
        if name in result or name in model.parameters:
            there = "given twice" if name in result else "a parameter: give the quantity another name"
            raise UsageError(f"--derived: {name!r} is {there}")
        try:
            result[name] = model.quantity(text)
        except ValueError as error:
            raise UsageError(f"--derived {name}: {error}") from None
    return result


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
