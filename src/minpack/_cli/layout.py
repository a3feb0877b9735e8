"""Which column of a table is what, and which names of an expression are parameters."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from .._models.elements import FUNCTIONS
from .._models.typed import name_of
from .assigned import assigned
from .table import Table


class LayoutError(ValueError):
    """Columns and names that do not fit together: one line."""


@dataclass(frozen=True)
class Layout:
    """What the names in an expression are, and the indices of the columns where the data are."""

    parameters: tuple[str, ...]  # in the order of their appearance
    predictors: dict[str, int]
    y: int
    sigma: int | None
    same_sigma: float | None  # the standard deviation of all points

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

        def column(index: int) -> str:
            return table.label(index) + table.unit(index)

        words = [f"{name} is {column(index)}" for name, index in self.predictors.items()]
        words.append(f"fitted is {column(self.y)}")
        if self.sigma is not None:
            words.append(f"sigma is {column(self.sigma)}")
        elif self.same_sigma is not None:
            words.append(f"sigma is {self.same_sigma:g}")
        return ", ".join(words)


def choose(
    table: Table, names: Sequence[str], starts: Collection[str], fixed: Collection[str], *,
    bounded: Collection[str] = (), left: str | None = None, x: str | None = None, y: str | None = None,
    sigma: str | None = None, parameters: Collection[str] = (), hint: str = "",
) -> Layout:  # fmt: skip
    """Find out which names are parameters, at least one, and which columns are meant.

    Those that start somewhere, are fixed, bounded, or among `parameters` are parameters even if there are such columns.
    `left` is what is on the left side of the expression, `hint` what one without data may be; x, y and sigma are as the
    options give them.
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
    given = {*starts, *fixed, *bounded, *parameters}
    sigma_index, same_sigma = _sigma(table, sigma)
    y_index = _explicit_y(table, left, y)
    if y_index is None and len(table.named("y")) == 1 and "y" not in names:
        y_index = table.find("y")

    predictors = _predictors(table, names, given, x, {sigma_index, y_index})
    if "e" in names and "e" not in predictors and "e" not in given:
        raise LayoutError("e in the expression: write exp(1) for Euler's number, or start the parameter e with --p0")
    found = tuple(name for name in names if name not in predictors)
    _check_spelling(table, [name for name in found if name not in given])
    if not predictors:
        absent = [repr(name) for name in names if not table.named(name)]
        missing_column = f"there is no column {', '.join(absent)}; {table.listing()}" if absent else "no names"
        taken = [name for name in names if name in given and table.named(name)]
        if taken and table.names:
            missing_column = f"{taken[0]!r} is a parameter, as --p0, --fix or --bounds gives it something"
        there = missing_column if table.names else f"without a header, call it x{table.skip_hint}"
        raise LayoutError(f"{table.source}: the expression has no data in it ({there}); --x NAME=COLUMN gives it some"
                          f"{hint}")  # fmt: skip
    if not found:
        raise LayoutError(f"the expression has no parameters, only data: {', '.join(predictors)}")
    if y_index is None:
        y_index = _default_y(table, {sigma_index, *predictors.values()})

    if y_index in predictors.values():
        raise LayoutError(f"{table.label(y_index)} is in the expression and cannot also be fitted: --y names another")
    if sigma_index is not None and sigma_index in (y_index, *predictors.values()):
        raise LayoutError(f"--sigma: {table.label(sigma_index)} is already x or y; a value needs a decimal point")
    return Layout(found, predictors, y_index, sigma_index, same_sigma)


def _check_spelling(table: Table, names: Sequence[str]) -> None:
    """Refuse a parameter that is a column except for capital letters, unless an option says that it is a parameter."""
    for name in names:
        for column in table.names:
            if len(name) > 1 and column.casefold() == name.casefold():
                raise LayoutError(f"{name!r} is in the expression, and {column!r} is a column: write the same, or "
                                  f"start the parameter {name!r} with --p0")  # fmt: skip


def _sigma(table: Table, sigma: str | None) -> tuple[int | None, float | None]:
    if sigma is None:
        return None, None
    if not table.named(sigma) and re.search("[.eE]", sigma):
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
    if left is None:
        return index
    bare = left.partition("(")[0].strip()
    if not table.named(left) and table.named(bare) and bare not in FUNCTIONS:  # y(t) = ...
        left = bare
    if not table.named(left):
        if name_of(left) is None:
            raise LayoutError(f"the left side of the expression must be a column; got {left!r}: to fit a function of a "
                              "column, solve for the column, or add one to the table")  # fmt: skip
        if y is not None or left == "y" or not table.names:
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
        elif table.named(name):
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
    if "=" not in x or table.named(x):
        return {"x": table.find(x.strip())}
    return {name: table.find(column) for name, column in assigned("--x", [x], "NAME=COLUMN", "u=1,v=2").items()}


def _default_y(table: Table, taken: Collection[int | None]) -> int:
    free = [index for index in range(table.width) if index not in taken]
    if len(free) == 1:
        return free[0]
    if 1 in free:
        return 1
    if not free:
        raise LayoutError(f"{table.source}: no column is left to fit")
    raise LayoutError(f"{table.source}: which column should be fitted? --y names it")
