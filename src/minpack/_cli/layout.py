"""Which column of a table is what, and which names of an expression are parameters."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from .table import Table


class LayoutError(ValueError):
    """Columns and names that do not fit together: one line."""


@dataclass(frozen=True)
class Layout:
    """What the names in an expression are, and where the data are.

    Attributes
    ----------
    parameters : tuple of str
        In the order of their appearance.
    predictors : dict of str to int
        Column index of each name in the expression that is data.
    y : int
        Index of the column to fit.
    sigma : int or None
        Index of the column of standard deviations.
    same_sigma : float or None
        The standard deviation of all points.
    """

    parameters: tuple[str, ...]
    predictors: dict[str, int]
    y: int
    sigma: int | None
    same_sigma: float | None

    def columns(self, table: Table) -> dict[str, str | int]:
        """The name, or without a header the number, of the column for each thing."""

        def known(index: int) -> str | int:
            return table.names[index] if table.names else index + 1

        result = {name: known(index) for name, index in self.predictors.items()}
        result["y"] = known(self.y)
        if self.sigma is not None:
            result["sigma"] = known(self.sigma)
        return result

    def describe(self, table: Table) -> str:
        """One line that says which columns are used as what."""
        words = [f"{name} is {table.label(index)}" for name, index in self.predictors.items()]
        words.append(f"fitted is {table.label(self.y)}")
        if self.sigma is not None:
            words.append(f"sigma is {table.label(self.sigma)}")
        elif self.same_sigma is not None:
            words.append(f"sigma is {self.same_sigma:g}")
        return ", ".join(words)


def choose(
    table: Table,
    names: Sequence[str],
    starts: Collection[str],
    fixed: Collection[str],
    *,
    bounded: Collection[str] = (),
    left: str | None = None,
    x: str | None = None,
    y: str | None = None,
    sigma: str | None = None,
) -> Layout:
    """Find out which names are parameters, and which columns are meant.

    Parameters
    ----------
    table : Table
        The data.
    names : sequence of str
        The names in the expression.
    starts, fixed : collection of str
        Names that must be parameters, as they have values.
    bounded : collection of str, optional
        Names that must be parameters, as they have bounds.
    left : str, optional
        What is on the left side of the expression.
    x, y, sigma : str, optional
        Columns, as the options give them.

    Returns
    -------
    Layout
        With at least one parameter and at least one predictor.

    Raises
    ------
    LayoutError, TableError
        If something is missing, or is two things at once.
    """
    for name in (*starts, *fixed, *bounded):
        if name not in names:
            there = ", ".join(names) or "no names"
            raise LayoutError(f"parameter {name!r} is not in the expression, which has {there}")
    for name in fixed:
        if name in starts:
            raise LayoutError(f"parameter {name!r} is in both --p0 and --fix")
        if name in bounded:
            raise LayoutError(f"parameter {name!r} is in both --bounds and --fix")
    given = {*starts, *fixed, *bounded}
    sigma_index, same_sigma = _sigma(table, sigma)
    y_index = _explicit_y(table, left, y)
    if y_index is None and table.names.count("y") == 1 and "y" not in names:
        y_index = table.find("y")

    predictors = _predictors(table, names, given, x, {sigma_index, y_index})
    if "e" in names and "e" not in predictors and "e" not in given:
        raise LayoutError("e in the expression: write exp(1) for Euler's number, or start the parameter e with --p0")
    parameters = tuple(name for name in names if name not in predictors)
    if not predictors:
        there = f"there is no column {', '.join(map(repr, names))}" if table.names else "without a header, call it x"
        raise LayoutError(f"{table.source}: the expression has no data in it ({there}); --x NAME=COLUMN gives it some")
    if not parameters:
        raise LayoutError(f"the expression has no parameters, only data: {', '.join(predictors)}")
    missing = [name for name in parameters if name not in starts and name not in fixed]
    if starts and missing:
        raise LayoutError(f"--p0 does not say where {', '.join(map(repr, missing))} should start")
    if y_index is None:
        y_index = _default_y(table, {sigma_index, *predictors.values()})

    if y_index in predictors.values():
        raise LayoutError(f"{table.label(y_index)} is in the expression and cannot also be fitted: --y names another")
    if sigma_index is not None and sigma_index in (y_index, *predictors.values()):
        raise LayoutError(f"--sigma: {table.label(sigma_index)} is already x or y; a value needs a decimal point")
    return Layout(parameters, predictors, y_index, sigma_index, same_sigma)


def _sigma(table: Table, sigma: str | None) -> tuple[int | None, float | None]:
    if sigma is None:
        return None, None
    if sigma.strip() not in table.names and re.search("[.eE]", sigma):
        try:
            value = float(sigma)
        except ValueError:
            pass
        else:
            if not (0.0 < value < math.inf):
                raise LayoutError(f"--sigma: {sigma.strip()!r} is not a positive number")
            return None, value
    return table.find(sigma.strip()), None


def _explicit_y(table: Table, left: str | None, y: str | None) -> int | None:
    index = None if y is None else table.find(y.strip())
    if left is None or (left not in table.names and (y is not None or left == "y" or not table.names)):
        return index
    if index not in (None, table.find(left)):
        raise LayoutError(f"--y is {table.label(index or 0)}, but {left!r} stands on the left side of the expression")
    return table.find(left)


def _predictors(
    table: Table, names: Sequence[str], given: Collection[str], x: str | None, taken: Collection[int | None]
) -> dict[str, int]:
    assigned = _assigned(table, x)
    result = {}
    for name in names:
        if name in assigned:
            if name in given:
                raise LayoutError(f"{name!r} is a column by --x, and a parameter by --p0, --fix or --bounds")
            result[name] = assigned[name]
        elif name in given:
            continue
        elif name in table.names:
            result[name] = table.find(name)
        elif name == "x":
            free = [index for index in range(table.width) if index not in taken]
            if not free:
                raise LayoutError(f"{table.source}: no column is left for x")
            result[name] = free[0]
    for name, index in assigned.items():
        if index not in result.values():
            raise LayoutError(f"--x: {name!r} is not in the expression, which has {', '.join(names)}")
    return result


def _assigned(table: Table, x: str | None) -> dict[str, int]:
    """What --x gives: one column for x, or columns by name."""
    if x is None:
        return {}
    if "=" not in x or x.strip() in table.names:
        return {"x": table.find(x.strip())}
    result = {}
    for item in x.split(","):
        name, _, column = (part.strip() for part in item.partition("="))
        if not re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII) or not column or name in result:
            raise LayoutError(f"--x: {item.strip()!r} is not a new NAME=COLUMN")
        result[name] = table.find(column)
    return result


def _default_y(table: Table, taken: Collection[int | None]) -> int:
    free = [index for index in range(table.width) if index not in taken]
    if len(free) == 1:
        return free[0]
    if 1 in free:
        return 1
    if not free:
        raise LayoutError(f"{table.source}: no column is left to fit")
    raise LayoutError(f"{table.source}: which column should be fitted? --y names it")
