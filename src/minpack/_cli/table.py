"""Tables of numbers in text files, as people have them: any usual separator, with a header or without."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
from numpy.typing import NDArray

_NUMBER = re.compile(r"([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))(?:[eEdD]([+-]?[0-9]+))?")

# Cells take more memory than what is between them: 256 MiB of commas would take gigabytes.
MAX_COLUMNS = 100_000
MAX_CELLS = 50_000_000

# the last ones are what spreadsheets write for a cell that they cannot compute
_FAILED = ("#n/a", "#value!", "#ref!", "#div/0!", "#num!", "#name?", "#null!")
_MISSING = {"", "nan", "+nan", "-nan", "na", *_FAILED}
_COMMENT = re.compile(rf"(?:^|\s)#(?!{'|'.join(re.escape(word[1:]) for word in _FAILED)})", re.IGNORECASE)
_SEPARATOR = re.compile(r'\s*"?sep=(.)"?\s*', re.IGNORECASE)  # a first line that spreadsheets read, and some write
_INFINITE = re.compile(r"[+-]?inf(inity)?", re.IGNORECASE)


class TableError(ValueError):
    """A table that cannot be used: one line that says where and why."""


@dataclass(frozen=True)
class Table:
    """The cells of a table, as text.

    Attributes
    ----------
    source : str
        Where it is from, for messages.
    names : tuple of str
        The header; empty if there is none.
    width : int
        Number of columns.
    rows : list of (int, list of str)
        The number of the line in the file, and its cells.
    """

    source: str
    names: tuple[str, ...]
    width: int
    rows: list[tuple[int, list[str]]] = field(repr=False)
    decimal_comma: bool = False
    units: tuple[str, ...] = ()

    def find(self, column: str) -> int:
        """The index of a column by its name, or by its number from 1.

        Raises
        ------
        TableError
            If there is no such column, or more than one of that name.
        """
        if self.names.count(column) > 1:
            raise TableError(f"{self.source}: more than one column is named {column!r}: give its number")
        if column in self.names:
            return self.names.index(column)
        if re.fullmatch("[0-9]{1,6}", column) and 1 <= int(column) <= self.width:
            return int(column) - 1
        raise TableError(f"{self.source}: no column {_shown(column)}; {self.listing()}")

    def listing(self) -> str:
        """Which columns there are, for messages."""
        if not self.names:
            columns = "there is only column 1" if self.width == 1 else f"the columns are 1 to {self.width}"
            return f"there is no header line (one without #), and {columns}"
        more = f" and {self.width - 20} more" if self.width > 20 else ""
        verb = "the columns are" if self.width > 1 else "the only column is"
        return f"{verb} {', '.join(_shown(name) for name in self.names[:20])}{more}"

    def label(self, index: int) -> str:
        """What messages call a column."""
        return f"column {_shown(self.names[index])}" if self.names and self.names[index] else f"column {index + 1}"

    def numbers(self, columns: Sequence[int], omit_missing: bool = False) -> tuple[NDArray[np.float64], list[int]]:
        """Columns as numbers.

        Parameters
        ----------
        columns : sequence of int
            Indices of the columns, from 0.
        omit_missing : bool, optional
            Leave out each row in which a cell of one of these columns is empty, nan or NA; otherwise that is an error.

        Returns
        -------
        ndarray, shape (len(columns), rows)
            The numbers, all finite.
        lines : list of int
            The line in the file that each row is from.

        Raises
        ------
        TableError
            If a cell is not a finite number.
        """
        kept: list[list[float]] = []
        lines = []
        for line, cells in self.rows:
            row = [self._number(line, cells, column, omit_missing) for column in columns]
            values = [value for value in row if value is not None]
            if len(values) == len(row):
                kept.append(values)
                lines.append(line)
        return np.array(kept, dtype=np.float64).reshape(len(kept), len(columns)).T.copy(), lines

    def _number(self, line: int, cells: list[str], column: int, omit_missing: bool) -> float | None:
        text = cells[column]
        if text.lower() in _MISSING:
            if omit_missing:
                return None
            what = "is empty" if not text else f"has {text!r}"
            raise TableError(
                f"{self.source}, line {line}: {self.label(column)} {what}; --omit-missing leaves such rows out"
            )
        match = _NUMBER.fullmatch(text.replace(",", ".") if self.decimal_comma else text)
        value = float(f"{match[1]}e{match[2] or 0}") if match else None
        if value is None and not _INFINITE.fullmatch(text):
            comma = _NUMBER.fullmatch(text.replace(",", "."))
            hint = " (is the comma a decimal point? --decimal-comma)" if comma else ""
            what = f"has {_shown(text)} where a number was expected{hint}"
            raise TableError(f"{self.source}, line {line}: {self.label(column)} {what}")
        if value is None or abs(value) == np.inf:
            what = f"has {_shown(text)}, which is not finite"
            raise TableError(f"{self.source}, line {line}: {self.label(column)} {what}")
        return value


def read_table(data: bytes, source: str, decimal_comma: bool = False, skip: int = 0) -> Table:
    """Take a text file apart into a table.

    The separator is that of the first line: a tab, a semicolon, a comma, or else blanks; or what a line such as sep=;
    says before it. Empty lines, those that begin with %, and what follows a # at the beginning of a line or after a
    blank, are left out. The first line is a header if no cell of it is a number, and the second has the units if that
    is so there, too.

    Parameters
    ----------
    data : bytes
        The file: UTF-8 with or without a byte order mark, UTF-16 with one, or Latin-1.
    source : str
        What to call it in messages.
    decimal_comma : bool, optional
        Numbers have a decimal comma, and commas separate nothing.
    skip : int, optional
        Number of lines to leave out at the beginning.

    Returns
    -------
    Table
        At least one column wide and one row long.

    Raises
    ------
    TableError
        If there are no rows, rows of different lengths, or something else than text.
    """
    separator: str | None = None
    said = False
    header: tuple[str, ...] | None = None
    units: tuple[str, ...] = ()
    width = 0
    rows: list[tuple[int, list[str]]] = []
    for line, text in enumerate(re.split(r"\r\n|\r|\n", _decode(data, source)), 1):
        text = "" if line <= skip else _without_comment(text)
        if not text.strip():
            continue
        if header is None and not said and (match := _SEPARATOR.fullmatch(text)):
            separator, said = match[1], True
            continue
        if header is None and not said:
            separator = _separator(text, decimal_comma)
        cells = _split(text, separator, source, line)
        if len(cells) > MAX_COLUMNS:
            raise TableError(f"{source}, line {line}: more than {MAX_COLUMNS} columns")
        if header is None:
            while len(cells) > 1 and not cells[-1]:  # separators at the ends of lines
                cells.pop()
            width = len(cells)
            header = _words(cells, decimal_comma)
            if header:
                continue
        if len(cells) > width and not any(cells[width:]):
            cells = cells[:width]
        if len(cells) != width:
            above = "the header" if header else "the first line"
            hint = "" if rows else "; --skip leaves out lines at the beginning"
            raise TableError(f"{source}, line {line}: {_count(len(cells))} where {above} has {width}{hint}")
        if header and not units and not rows:
            units = _units(cells, decimal_comma)
            if units:
                continue
        rows.append((line, cells))
        if len(rows) * width > MAX_CELLS:
            raise TableError(f"{source}, line {line}: more than {MAX_CELLS} cells")
    if header is None:
        raise TableError(f"{source}: empty")
    if not rows:
        raise TableError(f"{source}: no rows below the header")
    return Table(source, header, width, rows, decimal_comma, units)


def _units(cells: list[str], decimal_comma: bool) -> tuple[str, ...]:
    """The cells of a line if they can be units; a cell like 1.5x is a slip in a number."""
    slips = any(cell.lower() == "na" or re.match(r"[-+.]*\d", cell) for cell in cells)
    return _words(cells, decimal_comma) if any(cells) and not slips else ()


def _words(cells: list[str], decimal_comma: bool) -> tuple[str, ...]:
    """The cells of a line of names or units; none if one of them is a number."""
    if any(_is_number(cell, decimal_comma) for cell in cells):
        return ()
    # they are printed, and must not do things to a terminal
    return tuple(cell if cell.isprintable() else ascii(cell)[1:-1] for cell in cells)


def _decode(data: bytes, source: str) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    elif b"\0" in data or data.startswith(b"PK\3\4"):
        raise TableError(f"{source}: not a text file; save a spreadsheet as CSV first")
    else:
        encodings = ["utf-8-sig", "latin-1"]
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            pass
    raise TableError(f"{source}: not a text file")


def _without_comment(text: str) -> str:
    if text.lstrip().startswith("%") or _COMMENT.match(text.lstrip()):
        return ""
    # within quotes a # is a letter like others
    comment = _COMMENT.search(text, text.rfind('"') + 1) if "#" in text else None
    return text[: comment.start()] if comment else text


def _separator(text: str, decimal_comma: bool) -> str | None:
    unquoted = re.sub(r'"[^"]*"', "", text)
    for separator in "\t;" if decimal_comma else "\t;,":
        if separator in unquoted.strip(" "):
            # a tab next to blanks, or at the end of a line, is one blank more
            if separator == "\t" and re.search(r"[,;]|\S +\S", unquoted) and not re.search(r"\S\t+\S", unquoted):
                continue
            return separator
    return None


def _split(text: str, separator: str | None, source: str, line: int) -> list[str]:
    if separator is None:
        matches = islice(re.finditer(r'"([^"]*)"|(\S+)', text), MAX_COLUMNS + 1)
        return [match[2] if match[1] is None else match[1] for match in matches]
    if '"' not in text:
        return [cell.strip() for cell in text.split(separator, MAX_COLUMNS)]
    if text.count(separator) > 2 * MAX_COLUMNS:  # some may be within quotes
        raise TableError(f"{source}, line {line}: more than {MAX_COLUMNS} columns")
    try:
        cells = next(csv.reader([text], delimiter=separator, skipinitialspace=True, strict=True))
    except csv.Error as error:
        raise TableError(f"{source}, line {line}: quotes that do not match ({error})") from None
    return [cell.strip() for cell in cells]


def _is_number(text: str, decimal_comma: bool) -> bool:
    text = text.replace(",", ".") if decimal_comma else text
    return bool(_NUMBER.fullmatch(text) or _INFINITE.fullmatch(text) or text.lower() in _MISSING - {"", "na"})


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "...")


def _count(cells: int) -> str:
    return "1 cell" if cells == 1 else f"{cells} cells"
