"""The names and units that pandas, polars and xarray keep with data, for the axes of a picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np


def labels_of(xdata: Any, ydata: Any) -> tuple[str, ...]:
    """A label for each predictor, then one for y; empty if the data have no name."""
    if type(xdata) is type(ydata) is np.ndarray:  # mostly
        return "", ""
    columns = getattr(xdata, "columns", None)
    if columns is not None:
        predictors = tuple(map(_plain, columns))
    elif isinstance(xdata, (list, tuple)) and 0 < len(xdata) <= 3:  # predictors; a long list is one of numbers
        predictors = tuple(map(_label, xdata))
    else:
        predictors = (_label(xdata),)
    return (*predictors, _label(ydata))


def _label(data: Any) -> str:
    """As xarray writes it: the long name before the short one, units in brackets."""
    attributes = getattr(data, "attrs", None)
    attributes = attributes if isinstance(attributes, Mapping) else {}
    name = attributes.get("long_name", attributes.get("standard_name", getattr(data, "name", None)))
    if name is None or callable(name):
        return ""
    units = attributes.get("units")
    return _plain(f"{name} [{units}]" if units else name)


def _plain(name: Any) -> str:
    return str(name).replace("$", r"\$")  # two of them would begin and end a formula
