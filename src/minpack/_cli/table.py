"""Tables of numbers: columns by name or number, and their cells as numbers."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from .._counted import counted, plural
from .cells import is_infinite, is_missing, number, why_no_number
from .clock import Read, UnclearError, clock_of, is_date, is_time

_UNIT = re.compile(r"(.*?[^\s/])\s*(?:\[.*\]|\(.*\)|/.*)")  # time [s], time (s), time/s


class TableError(ValueError):
    """A table that cannot be used: one line that says where and why."""


@dataclass(frozen=True)
class Table:
    """The cells of a table, as text."""

    source: str  # where it is from, for messages
    names: tuple[str, ...]  # the header; empty if there is none
    width: int
    rows: list[tuple[int, list[str]]] = field(repr=False)  # the number of the line in the file, and its cells
    decimal_comma: bool = False
    units: tuple[str, ...] = ()
    skip_hint: str = ""  # for messages, if the table seems to begin further down

    @cached_property
    def _by_name(self) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
        """The columns of each name as it stands in the header, and without its unit."""
        whole: dict[str, list[int]] = {}
        bare: dict[str, list[int]] = {}
        for index, name in enumerate(self.names):
            whole.setdefault(_key(name), []).append(index)
            if match := _UNIT.fullmatch(name):
                bare.setdefault(_key(match[1]), []).append(index)
        return whole, bare

    def named(self, name: str) -> list[int]:
        """The indices of the columns of a name; the header may have a unit after it, as in time [s]."""
        whole, bare = self._by_name
        return whole.get(_key(name)) or bare.get(_key(name)) or []

    def find(self, column: str) -> int:
        """The index of a column by its name, or by its number from 1; TableError if there is not just one."""
        found = self.named(column)
        if len(found) > 1:
            raise TableError(f"{self.source}: more than one column is named {column!r}: give its number")
        if found:
            return found[0]
        if re.fullmatch("[0-9]{1,6}", column) and 1 <= int(column) <= self.width:
            return int(column) - 1
        raise TableError(f"{self.source}: no column {_shown(column)}; {self.listing()}")

    def listing(self) -> str:
        """Which columns there are, for messages."""
        if not self.names:
            columns = "there is only column 1" if self.width == 1 else f"the columns are 1 to {self.width}"
            return f"there is no header line (one without #), and {columns}{self.skip_hint}"
        more = f" and {self.width - 20} more" if self.width > 20 else ""
        verb = "the columns are" if self.width > 1 else "the only column is"
        return f"{verb} {', '.join(_shown(name) for name in self.names[:20])}{more}{self.skip_hint}"

    def label(self, index: int) -> str:
        name = self.names[index] if self.names else ""
        twice = f" ({index + 1})" if self.names.count(name) > 1 else ""
        return f"column {_shown(name)}{twice}" if name else f"column {index + 1}"

    def unit(self, index: int) -> str:
        """The unit of a column from the row below the header, or what dates count in, behind a blank."""
        since = self.since(index)
        unit = f"s since {since}" if since else self.units[index].strip("()[] ") if self.units else ""
        return f" [{unit}]" if unit else ""

    def since(self, column: int) -> str:
        """The first cell of a column of dates or times, from which their seconds count; empty for other columns."""
        first = self._first(column)
        return first if is_date(first) or is_time(first) else ""

    def _are_apart(self, dates: int, times: int, of_days: bool) -> bool:
        """Whether one column has dates, those of different days if that matters, and another one the times of day."""
        day = self._first(dates)
        if not (is_date(day) and ":" not in day and is_time(self._first(times))):
            return False
        return not of_days or len({cells[dates] for _, cells in self.rows if not is_missing(cells[dates])}) > 1

    def _first(self, column: int) -> str:
        return next((cells[column] for _, cells in self.rows if not is_missing(cells[column])), "")

    def numbers(self, columns: Sequence[int], omit_missing: bool = False) -> tuple[NDArray[np.float64], list[int]]:
        """Columns as numbers, all finite, for dates the seconds since the first; and the line that each row is from.

        Rows with a missing cell are left out with omit_missing, and raise TableError otherwise.
        """
        kept: list[list[float]] = []
        lines = []
        readers = [(column, self._reader(column)) for column in columns]
        for line, cells in self.rows:
            values = [value for column, read in readers if (value := read(cells[column])) is not None]
            if len(values) == len(columns) and all(map(math.isfinite, values)):
                kept.append(values)
                lines.append(line)
            else:
                for column, read in readers:
                    self._check(line, cells[column], column, read(cells[column]), omit_missing)
        return np.array(kept, dtype=np.float64).reshape(len(kept), len(columns)).T.copy(), lines

    def omissions(self, columns: Sequence[int], lines: Sequence[int]) -> str:
        """What was missing in the rows that were left out, if the lines are those that were kept."""
        kept = set(lines)
        found: dict[str, list[int]] = {}
        for line, cells in self.rows:
            if line not in kept:
                text = next(cells[column] for column in columns if is_missing(cells[column]))
                found.setdefault(text, []).append(line)
        what = [
            f"{_shown(text) if text else 'empty'} in {plural('line', len(at))} {', '.join(map(str, at[:5]))}"
            + f" and {len(at) - 5} more" * (len(at) > 5)
            for text, at in islice(found.items(), 5)
        ]
        more = f"; {counted(len(found) - 5, 'other word')}" if len(found) > 5 else ""
        return f"{len(self.rows) - len(lines)} of {counted(len(self.rows), 'row')} left out: {'; '.join(what)}{more}"

    def _reader(self, column: int) -> Read:
        first = self.since(column)
        if not first:
            return partial(number, decimal_comma=self.decimal_comma)
        for dates, times in ((column, column + 1), (column - 1, column)):
            if dates >= 0 and times < self.width and self._are_apart(dates, times, column == times):
                raise TableError(f"{self.source}: {self.label(dates)} has dates, and {self.label(times)} the times: "
                                 "write both into one, as in 2024-01-31T12:00:00")  # fmt: skip
        try:
            read = clock_of([cells[column] for _, cells in self.rows if not is_missing(cells[column])])
        except UnclearError as error:
            raise TableError(f"{self.source}: {self.label(column)}: {error}") from None
        return read or (lambda _: None)

    def _check(self, line: int, text: str, column: int, value: float | None, omit_missing: bool) -> None:
        """Raise TableError for a cell without a finite number, unless it is missing and may be left out."""
        if value is not None and math.isfinite(value):
            return
        missing = is_missing(text)
        if missing and omit_missing:
            return
        what = f"has {_shown(text)}"
        if missing:
            what = f"{what if text else 'is empty'}; --omit-missing leaves such rows out"
        elif value is not None or is_infinite(text):
            what += ", which is not finite"
        else:
            wanted = "a date or time like the first" if self.since(column) else "a number"
            hint = why_no_number(text, self.decimal_comma) or self.skip_hint
            what += f" where {wanted} was expected{hint}"
        raise TableError(f"{self.source}, line {line}: {self.label(column)} {what}")


def _key(name: str) -> str:
    """The form in which names are compared."""
    return unicodedata.normalize("NFKC", name.strip())


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "...")
