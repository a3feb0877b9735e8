"""Tables in text files, as people have them: any usual separator, with a header or without."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Sequence
from itertools import islice

from .._counted import counted
from .cells import FAILED, is_missing, may_be_a_unit, number, rules_out_a_header
from .table import Table, TableError

# Cells take more memory than what is between them: 256 MiB of commas would take gigabytes.
MAX_COLUMNS = 100_000
MAX_CELLS = 50_000_000

# a # or % in front of a separator is the name of a column
_PERCENT = re.compile(r"\s*%(?!\s*[,;|\t])")
_COMMENT = re.compile(rf"(?:^|\s)#(?!{'|'.join(re.escape(word[1:]) for word in FAILED)}|\s*[,;|\t])", re.IGNORECASE)
_SEPARATOR = re.compile(r'\s*"?sep=(.)"?\s*', re.IGNORECASE)  # a first line that spreadsheets read, and some write
_MIXED = re.compile(r"[^,]*[0-9],[0-9]+(?:,\s+[^,]*[0-9],[0-9]+)+\s*,?")  # as in 1,5, 2,5
_NOT_DECIMAL = re.compile(r",(?![0-9])|(?<![0-9]),")  # commas that separate cells although decimals have one

_HEADING = re.compile(r"(?:[^\[:=][^:=]*)?")  # unlike "Operator: A. B." or "[INFO]"

_FIRST_LINES = 100  # in which a table may begin
_LONG_LINE = 10_000  # is not looked at more than once
_SAMPLE = 3  # lines below the first that show that it does


def read_table(data: bytes, source: str, decimal_comma: bool = False, skip: int = 0) -> Table:
    """Take a text file apart into a table, at least one column wide and one row long.

    It is UTF-8 with or without a byte order mark, UTF-16 with one, or Latin-1. The separator is that of the first line:
    a tab, a semicolon, a comma, a bar, or else blanks; or what a line such as sep=; says before it. Empty lines, those
    that begin with %, what follows a # at the beginning of a line or after a blank, and empty rows at the end are left
    out. The first line is a header if no cell of it is a number, and the second has the units if that is so there, too.
    With decimal_comma, commas between digits separate nothing.
    """
    lines = re.split(r"\r\n|\r|\n", _decode(data, source))
    lines[:skip] = [""] * min(skip, len(lines))
    return _read(lines, source, decimal_comma, _skip_hint(lines[:_FIRST_LINES], decimal_comma))


def _read(lines: list[str], source: str, decimal_comma: bool, skip_hint: str) -> Table:
    separator: str | None = None
    said = False
    header: tuple[str, ...] | None = None
    units: tuple[str, ...] = ()
    width = 0
    rows: list[tuple[int, list[str]]] = []
    for line, text in enumerate(map(_without_comment, lines), 1):
        if not text.strip():
            continue
        if header is None and not said and (match := _SEPARATOR.fullmatch(text)):
            separator, said = match[1], True
            continue
        if header is None and not said:
            separator = _separator(text, decimal_comma)
        if header in (None, ()) and separator == "," and not decimal_comma and _MIXED.fullmatch(text):
            raise TableError(f"{source}, line {line}: is the comma a decimal point? --decimal-comma; if not, write a "
                             "blank behind all commas, or none")  # fmt: skip
        cells = _split(text, separator, source, line, decimal_comma)
        if len(cells) > MAX_COLUMNS:
            raise TableError(f"{source}, line {line}: more than {MAX_COLUMNS} columns")
        if header is None:
            while len(cells) > 1 and not cells[-1]:  # separators at the ends of lines
                cells.pop()
            width = len(cells)
            header = _words(cells, decimal_comma)
            if header:
                continue
        cells = _fitted(cells, width)
        if len(cells) != width:
            above = "the header" if header else "the first line"
            hint = _comma_hint(text, separator, decimal_comma) or skip_hint
            raise TableError(f"{source}, line {line}: {counted(len(cells), 'cell')} where {above} has {width}{hint}")
        if header and not units and not rows:
            units = _units(cells, decimal_comma)
            if units:
                continue
        rows.append((line, cells))
        if len(rows) * width > MAX_CELLS:
            raise TableError(f"{source}, line {line}: more than {MAX_CELLS} cells")
    while rows and not any(rows[-1][1]):  # as spreadsheets leave them
        rows.pop()
    if header is None:
        raise TableError(f"{source}: empty")
    if not rows:
        raise TableError(f"{source}: no rows below the header")
    return Table(source, header, width, rows, decimal_comma, units, skip_hint)


def _fitted(cells: list[str], width: int) -> list[str]:
    """Cells without empty ones beyond the last column; an empty row has any width."""
    if len(cells) > width and not any(cells[width:]):
        return cells[:width]
    return [""] * width if len(cells) < width and not any(cells) else cells


def _comma_hint(text: str, separator: str | None, decimal_comma: bool) -> str:
    if decimal_comma and "," in text and separator in (None, ","):
        return "; with --decimal-comma, a comma between digits separates no cells, unless they are in quotes"
    if separator == "," and not decimal_comma and re.search("[0-9],[0-9]", text) and "." not in text:
        return "; is the comma a decimal point? --decimal-comma"
    return ""


def _skip_hint(head: Sequence[str], decimal_comma: bool) -> str:
    """How many lines to skip, if these first lines of a file do not begin a table, but later ones do."""
    if max(map(len, head)) > _LONG_LINE:
        return ""
    begins = [i for i, text in enumerate(head) if _without_comment(text).strip()]
    for place, skip in enumerate(begins):
        sample = [head[i] for i in begins[place : place + 1 + _SAMPLE]]
        if _begins_a_table(sample, decimal_comma):
            return f"; the table seems to begin further down: --skip {skip}" if place else ""
        if _begins_a_table(sample[:1] * 2, decimal_comma):  # numbers only: what is wrong is below them
            break
    return ""


def _begins_a_table(lines: list[str], decimal_comma: bool) -> bool:
    """Whether these are names above a column of numbers, or numbers only."""
    try:
        table = _read(lines, "", decimal_comma, "")
    except TableError:
        return False
    if table.width < 2 or len(table.rows) < 2 or not all(map(_HEADING.fullmatch, table.names)):
        return False
    columns = range(table.width)
    numeric = [
        all(number(cells[j], decimal_comma) is not None or is_missing(cells[j]) for _, cells in table.rows)
        for j in columns
    ]
    return any(numeric) if table.names else all(numeric)


def _units(cells: list[str], decimal_comma: bool) -> tuple[str, ...]:
    """The cells of a line if they can be units."""
    possible = all(map(may_be_a_unit, cells)) and any(cell not in ("", "-") for cell in cells)
    return _words(cells, decimal_comma) if possible else ()


def _words(cells: list[str], decimal_comma: bool) -> tuple[str, ...]:
    """The cells of a line of names or units; none if one of them is a number."""
    if any(rules_out_a_header(cell, decimal_comma) for cell in cells):
        return ()
    # they are printed, and must not do things to a terminal
    return tuple(cell if cell.isprintable() else ascii(cell)[1:-1] for cell in cells)


def _decode(data: bytes, source: str) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    elif data.startswith(b"PK\3\4"):
        what = "not a text file, but a spreadsheet or an archive"
        raise TableError(f"{source}: {what}; save it as CSV, or unpack it, first")
    elif b"\0" in data[:200] and not data[1:200:2].strip(b"\0"):
        encodings = ["utf-16-le"]
    elif b"\0" in data:
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
    if _PERCENT.match(text) or _COMMENT.match(text.lstrip()):
        return ""
    # within quotes a # is a letter like others
    comment = _COMMENT.search(text, text.rfind('"') + 1) if "#" in text else None
    return text[: comment.start()] if comment else text


def _separator(text: str, decimal_comma: bool) -> str | None:
    unquoted = re.sub(r'"[^"]*"', "", text)
    for separator in "\t;,|":
        if decimal_comma and separator == "," and not _NOT_DECIMAL.search(unquoted):
            continue
        if separator in unquoted.strip(" "):
            # a tab next to blanks, or at the end of a line, is one blank more
            if separator == "\t" and re.search(r"[,;]|\S +\S", unquoted) and not re.search(r"\S\t+\S", unquoted):
                continue
            return separator
    return None


def _split(text: str, separator: str | None, source: str, line: int, decimal_comma: bool) -> list[str]:
    if separator is None:
        matches = islice(re.finditer(r'"([^"]*)"|(\S+)', text), MAX_COLUMNS + 1)
        cells = [match[2] if match[1] is None else match[1] for match in matches]
        if any(cell.startswith('"') for cell in cells):  # it would end on another line
            raise TableError(f"{source}, line {line}: quotes that do not match")
        return cells
    if '"' not in text and separator == "," and decimal_comma:
        return [cell.strip() for cell in _NOT_DECIMAL.split(text, MAX_COLUMNS)]
    if '"' not in text:
        return [cell.strip() for cell in text.split(separator, MAX_COLUMNS)]
    if text.count(separator) > 2 * MAX_COLUMNS:  # some may be within quotes
        raise TableError(f"{source}, line {line}: more than {MAX_COLUMNS} columns")
    try:
        cells = next(csv.reader([text], delimiter=separator, skipinitialspace=True, strict=True))
    except csv.Error as error:
        raise TableError(f"{source}, line {line}: quotes that do not match ({error})") from None
    return [cell.strip() for cell in cells]

