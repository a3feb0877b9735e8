"""A fit on the command line as text, as JSON, and as a picture in a file."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import logging
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .._results.report import report, rounded
from .advice import advise
from .layout import Layout
from .table import Table

if TYPE_CHECKING:
    from .._results.fit import Fit


Derived = Mapping[str, tuple[float, float]]

# Not all that matplotlib has: for some it starts programs, such as xelatex.
_KINDS = ("png", "pdf", "svg")
# Attributes of a fit that JSON has by the same names, before and after what it has besides.
_OF_FIT = (
    "success", "status", "message", "nfev", "names", "fixed", "method", "loss", "f_scale", "start", "lower", "upper",
    "active_mask", "values", "errors", "covariance", "correlation",
)  # fmt: skip
_QUALITY = ("degrees_of_freedom", "chi_square", "reduced_chi_square", "residual_sd", "r_squared", "aic", "bic")


class MissingPackageError(ImportError):
    """A package that is needed for what was asked is not installed: one line that says how to get it."""


class PlotError(ValueError):
    """A picture that cannot be drawn or written: one line."""


def formula(table: Table, layout: Layout, text: str) -> str:
    name = table.names[layout.y] if table.names and table.names[layout.y] else "y"
    return f"{name} = {text.strip()}"


def as_text(
    fit: Fit, table: Table, layout: Layout, text: str, notes: Sequence[str], derived: Derived, level: float
) -> str:
    head = [formula(table, layout, text), f"{table.source}: {layout.describe(table)}", *notes, ""]
    lines = [*head, report(fit, advise(fit))]
    if derived:
        width = max(map(len, derived))
        lines += ["", *(f"{name:<{width}} = {rounded(*pair)}" for name, pair in derived.items())]
    if level != 0.95:
        width = max(map(len, fit.names))
        lines += ["", f"{100 * level:g} % intervals"]
        for name, (low, high) in zip(fit.names, fit.confidence_intervals(level), strict=True):
            lines.append(f"{name:<{width}}   {low:.8g} to {high:.8g}")
    return "\n".join(lines)


def as_json(
    fit: Fit, table: Table, layout: Layout, text: str, omitted: int, notes: Sequence[str], derived: Derived,
    level: float,
) -> str:  # fmt: skip
    result = {
        "version": importlib.metadata.version("minpack"),
        "expression": text.strip(),
        "source": table.source,
        "columns": layout.columns(table),
        "n_points": fit.ydata.size,
        "n_omitted": omitted,
        "notes": list(notes),
        **{name: getattr(fit, name) for name in _OF_FIT},
        "level": level,
        "confidence_intervals": fit.confidence_intervals(level),
        "derived": {name: {"value": value, "error": error} for name, (value, error) in derived.items()},
        "doubts": advise(fit),
        **{name: getattr(fit, name) for name in _QUALITY},
    }
    return json.dumps(_plain(result), indent=2, allow_nan=False)


def _plain(value: Any) -> Any:
    """As JSON has it: lists, and null for what is not finite."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def plot_format(path: str) -> str:
    """The kind of picture that a path asks for, once it is clear that it can be written."""
    if importlib.util.find_spec("matplotlib") is None:
        raise MissingPackageError("--plot needs matplotlib: pip install matplotlib")
    import matplotlib

    matplotlib.use("agg")
    form = Path(path).suffix[1:].lower()
    if form not in _KINDS:
        raise PlotError(f"--plot {path!r}: the name must end in .png, .pdf or .svg")
    folder = Path(path).parent
    if not os.path.isdir(folder):  # unlike Path.is_dir, which raises if a name is too long
        raise PlotError(f"--plot {path!r}: there is no folder {str(folder)!r}")
    if os.path.isdir(path):
        raise PlotError(f"--plot {path!r}: is a folder")
    if not os.access(path if os.path.exists(path) else folder, os.W_OK):
        raise PlotError(f"--plot {path!r}: cannot be written")
    return form


def draw(
    fit: Fit, table: Table, layout: Layout, text: str, path: str, form: str, level: float
) -> str | None:
    """Write the picture; what went wrong, if something did."""
    logging.getLogger("matplotlib").setLevel(logging.ERROR)

    def plain(label: str) -> str:  # a $ would begin a formula
        return (label if len(label) <= 60 else label[:57] + "...").replace("$", r"\$")

    try:
        of_data = {**layout.predictors, "y": layout.y}
        labels = [plain(table.names[index] + table.unit(index) if table.names else name)
                  for name, index in of_data.items()]  # fmt: skip
        figure = fit.plot(level=level, title=plain(formula(table, layout, text)), labels=labels)
        figure.savefig(path, format=form, dpi=150, bbox_inches="tight")  # a title may be long
    except (OSError, ValueError) as error:
        return f"--plot {path!r}: {getattr(error, 'strerror', None) or error}"
    return None
