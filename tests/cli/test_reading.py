"""Files as instruments and spreadsheets write them."""

import pytest

from minpack._cli.reading import read_table
from minpack._cli.table import Table, TableError

ROWS = [[0.5, 3.01], [1.0, -1.25], [1.5, 1.0]]


def read(text: str, decimal_comma: bool = False) -> Table:
    return read_table(text.encode(), "t.csv", decimal_comma)


@pytest.mark.parametrize(
    "text",
    [
        'x,y\n"0,5","3,01"\n"1","-1,25"\n"1,5","1"\n',
        '"x","y"\n"0,5","3,01"\n"1","-1,25"\n"1,5","1"\n',
        '"0,5","3,01"\n"1","-1,25"\n"1,5","1"\n',
        "0,5; 3,01\n1; -1,25\n1,5; 1\n",
        "0,5, 3,01\n1, -1,25\n1,5, 1\n",
        "x, y\n0,5, 3,01\n1, -1,25\n1,5, 1\n",
        "x,y\n0,5, 3,01\n1, -1,25\n1,5, 1,0,\n",
        "0,5 3,01\n1 -1,25\n1,5 1\n",
        "x\ty\n0,5\t3,01\n1\t-1,25\n1,5\t1\n",
        "x|y\n0,5|3,01\n1|-1,25\n1,5|1\n",
    ],
)
def test_decimal_commas_between_cells_of_any_kind(text: str) -> None:
    assert read(text, decimal_comma=True).numbers([0, 1])[0].T.tolist() == ROWS


@pytest.mark.parametrize(
    ("text", "decimal_comma", "words"),
    [
        ("x,y\n0,5,3,01\n", True, "in quotes"),
        ("0,5, 3,01\n1, 2,5\n", False, "is the comma a decimal point? --decimal-comma"),
        ("x,y,z\n0.5,3.01\n", False, "2 cells where the header has 3"),
    ],
)
def test_commas_that_are_not_clear(text: str, decimal_comma: bool, words: str) -> None:
    with pytest.raises(TableError) as caught:
        read(text, decimal_comma)
    assert words in str(caught.value)
    assert ("decimal" in str(caught.value)) == ("decimal" in words or decimal_comma)


@pytest.mark.parametrize("end", ["\n,\n,,\n", "\n\n  \n,", ",,\n"])
def test_empty_rows_at_the_end_are_none(end: str) -> None:
    table = read(f"x,y\n1,2\n3,4{end}")
    assert [line for line, _ in table.rows] == [2, 3]


def test_empty_rows_in_the_middle_are_missing_cells() -> None:
    with pytest.raises(TableError, match="line 3: column 'x' is empty; --omit-missing"):
        read("x,y\n1,2\n,\n3,4\n").numbers([0, 1])


@pytest.mark.parametrize("row", ["-,-", "n.d.,n.d.", "<LOD,<LOD", "null,s"])
def test_missing_cells_below_the_header_are_no_units(row: str) -> None:
    table = read(f"x,y\n{row}\n1,2\n")
    assert (table.units, [line for line, _ in table.rows]) == ((), [2, 3])


def test_a_dash_may_be_a_unit_beside_another() -> None:
    assert read("x,y\ns,-\n1,2\n").units == ("s", "-")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16"])
def test_utf_16(encoding: str) -> None:
    text = "x\ty\n1\t2\n3\t4\n"
    if encoding == "utf-16-be":
        text = "\ufeff" + text
    assert read_table(text.encode(encoding), "t.csv").numbers([0, 1])[0].tolist() == [[1, 3], [2, 4]]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_column_may_be_named_by_a_hash(separator: str) -> None:
    assert read(separator.join("#xy") + "\n" + separator.join("123")).names == ("#", "x", "y")
    assert read(separator.join("%xy") + "\n" + separator.join("123")).names == ("%", "x", "y")
    assert read("% a,b\n# a,b\n" + separator.join("123")).names == ()


PREAMBLES = {
    "Instrument: Foo 3000\nDate: 2024-01-02\nOperator: A. B., C.\n\n": 4,
    "Foo 3000, v1.2\nSerial, 12345\nRun, 7\n": 3,
    "Serial,12345\nRun,7\n": 2,
    "Samples\t100\nInterval\t0.5\n": 2,
    "[INFO] start\n[INFO] calibrating\nt=0 done\n": 3,
    "": 0,
}


@pytest.mark.parametrize(("preamble", "skip"), PREAMBLES.items())
@pytest.mark.parametrize("table", ["x,y\n0,1\n1,2\n2,4\n", "x;y\n1;a\n1;b\n2;c\n", "x y\n0 1\n1 2\n2 4\n3 5\nend\n"])
def test_lines_to_skip_are_counted(preamble: str, skip: int, table: str) -> None:
    text = preamble + table
    try:
        found = read(text).skip_hint
    except TableError as error:
        found = str(error)
    assert found.endswith(f"; the table seems to begin further down: --skip {skip}") == (skip > 0)
    if skip and "end" not in table:
        assert read_table(text.encode(), "t.csv", skip=skip).names == ("x", "y")


def test_numbers_below_a_preamble() -> None:
    with pytest.raises(TableError, match=r"line 2: 1 cell where the first line has 2; .*--skip 2$"):
        read("Node 7\n>>>Begin<<<\n1 2\n2 3\n3 5\n")


@pytest.mark.parametrize("text", ["x,y\n1,2\n3\n4,5\n6,7\n", "1,2\n3\n4,5\n6,7\n"])
def test_nothing_is_to_be_skipped_if_a_row_is_wrong(text: str) -> None:
    with pytest.raises(TableError, match=r"1 cell where the (header|first line) has 2$"):
        read(text)


def test_a_spreadsheet_by_mistake() -> None:
    with pytest.raises(TableError, match="a spreadsheet or an archive; save it as CSV, or unpack it, first"):
        read_table(b"PK\3\4\0\0", "t.xlsx")
