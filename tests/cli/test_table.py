"""Tables as people have them, and messages that name the line."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minpack._cli.reading import read_table
from minpack._cli.table import Table, TableError


def read(text: str, **options: bool) -> Table:
    return read_table(text.encode(), "t.csv", **options)


@pytest.mark.parametrize(
    "text",
    [
        "x,y\n1,2\n3,4\n",
        "x;y\n1;2\n3;4",
        "x\ty\n1\t2\n3\t4\n",
        "x y\n1 2\n3 4\n",
        "  x    y\n  1.0   2.0e0\n3.  +4\n",
        "x,y\r\n1,2\r\n3,4\r\n",
        "x,y\r1,2\r3,4\r",
        "\ufeffx,y\n1,2\n3,4\n",
        '"x","y"\n"1","2"\n"3", "4"\n',
        '"x" "y"\n1 2\n3 4\n',
        "# made today, by hand\n\nx,y\n# and a half\n1,2 # first\n\n   \n3,4\n#\n",
        "x, y,\n1, 2,\n3, 4,\n",
        "x\ty\n1 \t2\n3\t 4\n",
        "x y\n0.1D+01 2.0d0\n.3e1 4E+0\n",
    ],
)
def test_ways_to_write_a_table(text: str) -> None:
    table = read(text)
    assert table.names == ("x", "y")
    numbers, _ = table.numbers([table.find("x"), table.find("2")])
    assert numbers.tolist() == [[1.0, 3.0], [2.0, 4.0]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_encodings(encoding: str) -> None:
    table = read_table("t (µs),y\n1,2\n".encode(encoding), "t.csv")
    assert table.names == ("t (µs)", "y")


def test_without_a_header_columns_have_numbers() -> None:
    table = read("1,2\n3,4\n")
    assert table.names == ()
    assert table.numbers([table.find("2")])[0].tolist() == [[2.0, 4.0]]
    with pytest.raises(TableError, match="no header line"):
        table.find("x")


def test_decimal_commas() -> None:
    assert read("x;y\n1,5;2\n", decimal_comma=True).numbers([0, 1])[0].tolist() == [[1.5], [2.0]]
    assert read("x y\n1,5 -2,5e1\n", decimal_comma=True).numbers([0, 1])[0].tolist() == [[1.5], [-25.0]]
    with pytest.raises(TableError, match="--decimal-comma"):
        read("x;y\n1,5;2\n").numbers([0])


def test_text_in_columns_not_used_does_not_matter() -> None:
    table = read("label,x,y\nfirst,1,2\nsecond,3,4\n")
    assert table.numbers([1, 2])[0].tolist() == [[1.0, 3.0], [2.0, 4.0]]


def test_missing_cells() -> None:
    table = read("x,y,note\n1,2,\n2,,a\n3,nan,b\n4,NA,c\n5,6,d\n")
    with pytest.raises(TableError, match=r"t\.csv, line 3: column 'y' is empty; --omit-missing"):
        table.numbers([0, 1])
    numbers, lines = table.numbers([0, 1], omit_missing=True)
    assert numbers.tolist() == [[1.0, 5.0], [2.0, 6.0]]
    assert lines == [2, 6]
    assert table.numbers([0])[1] == [2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    "cell", ["abc", "1_0", "0x10", "1e", "--1", "1 2", "\uff11", "\u0661", "1+2j", "1e5e5", "no"]
)
def test_text_in_a_number_column_is_named(cell: str) -> None:
    table = read(f"x,dy\n1,2\n\n# note\n3,{cell}\n")
    with pytest.raises(TableError) as caught:
        table.numbers([0, 1])
    assert str(caught.value) == f"t.csv, line 5: column 'dy' has {cell!r} where a number was expected"


@pytest.mark.parametrize("cell", ["inf", "-Infinity", "1e999", "-1d999"])
def test_infinite_numbers_are_refused(cell: str) -> None:
    with pytest.raises(TableError, match=f"line 2: column 1 has '{cell}', which is not finite"):
        read(f"0,1\n{cell},1\n").numbers([0])


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "t.csv: empty"),
        (b"\n# a\n\n", "t.csv: empty"),
        (b"x,y\n", "t.csv: no rows below the header"),
        (b"x,y\n1,2\n1\n", "t.csv, line 3: 1 cell where the header has 2"),
        (b"1,2\n1,2,3\n", "t.csv, line 2: 3 cells where the first line has 2"),
        (b"PK\3\4rest", "not a text file"),
        (b"x,y\n1,\0\n", "not a text file"),
        (b"\xff\xfea", "not a text file"),
        (b'x,y\n1,"2\n3,4\n', "t.csv, line 2: quotes that do not match"),
        (b'"x\n(s)",y\n1,2\n', "t.csv, line 1: quotes that do not match"),
        (b"x,y\n" + b'1,"' + b"9" * 200_000 + b'"\n', "t.csv, line 2: "),
    ],
    ids=lambda value: repr(value[:20]),
)
def test_what_is_no_table(data: bytes, words: str) -> None:
    with pytest.raises(TableError) as caught:
        read_table(data, "t.csv")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_names_cannot_reach_the_terminal() -> None:
    assert read("x,\x1b[31my\n1,2\n").names == ("x", r"\x1b[31my")


@given(st.binary(max_size=200))
def test_any_bytes_are_a_table_or_an_error_in_one_line(data: bytes) -> None:
    try:
        table = read_table(data, "t.csv")
        numbers, lines = table.numbers(range(table.width), omit_missing=True)
        assert numbers.shape == (table.width, len(lines))
        assert np.isfinite(numbers).all()
    except TableError as error:
        assert len(str(error).splitlines()) == 1


@given(st.text("0123456789.,;\t \n-+eEdDnaNx\"#'", max_size=60), st.booleans())
def test_any_text_is_a_table_or_an_error_in_one_line(text: str, decimal_comma: bool) -> None:
    try:
        table = read(text, decimal_comma=decimal_comma)
        numbers, lines = table.numbers(range(table.width))
        assert numbers.shape == (table.width, len(lines))
        assert np.isfinite(numbers).all()
    except TableError as error:
        assert len(str(error).splitlines()) == 1


def test_a_line_of_hostile_length_takes_no_time() -> None:
    begin = time.thread_time()  # not what others take of the processor
    parts = ["#", " ", "\t #", '"', "1", ' #"', ".", "1e", ",", "a "]
    for text in [*(part * 70_000 for part in parts), "1" + " #" * 70_000 + '"', "1," + "\t" * 70_000 + '"']:
        try:
            read(text + "\n" + text).numbers([0])
        except TableError as error:
            assert len(str(error)) < 500
    assert time.thread_time() - begin < 10.0


# ---- what is what


# ---- what instruments and spreadsheets write around a table


@pytest.mark.parametrize(
    "text",
    [
        "sep=;\nx;y\n1;2\n3;4\n",
        '"sep=,"\r\nx,y\r\n1,2\r\n3,4\r\n',
        "sep=|\nx|y\n1|2\n3|4\n",
        "% made by MATLAB\nx,y\n % and a half\n1,2\n3,4\n",
        "x,y\ns,mV\n1,2\n3,4\n",
        "x,y\n(s),\n1,2\n3,4\n",
        "x y\n[s] [mV]\n1 2\n3 4\n",
    ],
)
def test_what_is_around_a_table(text: str) -> None:
    table = read(text)
    assert table.names == ("x", "y")
    numbers, _ = table.numbers([0, 1])
    assert numbers.tolist() == [[1.0, 3.0], [2.0, 4.0]]


def test_units_are_kept() -> None:
    assert read("x,y\ns,mV\n1,2\n").units == ("s", "mV")
    assert read("x,y\n1,2\n").units == ()


@pytest.mark.parametrize("row", ["NA,NA", "1.5x,2y", "-3 s,a", "#N/A,#N/A", ","])
def test_a_row_with_slips_or_without_numbers_has_no_units(row: str) -> None:
    table = read(f"x,y\n{row}\n3,4\n")
    assert [line for line, _ in table.rows] == [2, 3]


@pytest.mark.parametrize("cell", ["#N/A", "#n/a", "#DIV/0!", "#VALUE!", "#NAME?"])
@pytest.mark.parametrize("text", ["x,y\n1,2\n{},5\n3,4\n", "x\ty\n1\t2\n5\t{}\n3\t4\n", "x y\n1 2\n5 {}\n3 4\n"])
def test_errors_of_spreadsheets_are_missing_cells(cell: str, text: str) -> None:
    table = read(text.format(cell))
    numbers, lines = table.numbers([0, 1], omit_missing=True)
    assert (numbers.tolist(), lines) == ([[1.0, 3.0], [2.0, 4.0]], [2, 4])
    with pytest.raises(TableError, match=rf"line 3: column '[xy]' has '{cell.replace('?', '.')}'; --omit-missing"):
        table.numbers([0, 1])


def test_lines_at_the_beginning_are_left_out() -> None:
    text = "Instrument 7\nrun, of, May\nx,y\n1,2\n3,4\n"
    table = read_table(text.encode(), "t.csv", skip=2)
    assert (table.names, [line for line, _ in table.rows]) == (("x", "y"), [4, 5])
    with pytest.raises(TableError, match=r"line 2: 3 cells where the header has 1; the table seems .*: --skip 2$"):
        read(text.replace("Instrument 7", "Instrument"))
    with pytest.raises(TableError, match="empty"):
        read_table(text.encode(), "t.csv", skip=9)


def test_columns_are_listed() -> None:
    with pytest.raises(TableError, match=r"no column 'z'; the only column is 'x'$"):
        read("x\n1\n").find("z")
    with pytest.raises(TableError, match=r"no column 'z'; there is no header line .* and there is only column 1$"):
        read("1\n2\n").find("z")
    with pytest.raises(TableError, match=r"'c18', 'c19' and 5 more$"):
        read(",".join(f"c{k}" for k in range(25)) + "\n" + ",".join("1" * 25)).find("z")
