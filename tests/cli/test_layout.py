"""Which column is what, and which names are parameters."""

import pytest

from minpack._cli.assigned import UsageError
from minpack._cli.layout import LayoutError, choose
from minpack._cli.reading import read_table
from minpack._cli.table import Table, TableError


def read(text: str) -> Table:
    return read_table(text.encode(), "t.csv")


TABLE = read("t,signal,dy\n1,2,3\n")
XY = read("y,dy,x\n1,2,3\n")
PLAIN = read("1,2,3\n")
WIDE = read("u,v,w,z\n1,2,3,4\n")


@pytest.mark.parametrize(
    ("table", "names", "options", "predictors", "y", "sigma"),
    [
        (TABLE, "a x", {}, {"x": 0}, 1, None),
        (TABLE, "a t", {}, {"t": 0}, 1, None),
        (TABLE, "a t", {"sigma": "dy"}, {"t": 0}, 1, 2),
        (TABLE, "a x", {"y": "dy"}, {"x": 0}, 2, None),
        (TABLE, "a x", {"left": "dy", "sigma": "2"}, {"x": 0}, 2, 1),
        (TABLE, "a x", {"y": "t"}, {"x": 1}, 0, None),
        (TABLE, "a signal", {"sigma": "dy"}, {"signal": 1}, 0, 2),
        (TABLE, "a x", {"x": "signal", "y": "1"}, {"x": 1}, 0, None),
        (TABLE, "a u v", {"x": "u=t, v=3"}, {"u": 0, "v": 2}, 1, None),
        (XY, "a x", {"sigma": "dy"}, {"x": 2}, 0, 1),
        (XY, "a x", {"left": "y"}, {"x": 2}, 0, None),
        (PLAIN, "a x", {}, {"x": 0}, 1, None),
        (PLAIN, "a x", {"left": "y", "sigma": "3"}, {"x": 0}, 1, 2),
        (PLAIN, "a u v", {"x": "u=1,v=2"}, {"u": 0, "v": 1}, 2, None),
        (WIDE, "a u v w", {}, {"u": 0, "v": 1, "w": 2}, 3, None),
    ],
)
def test_columns_found(
    table: Table, names: str, options: dict[str, str], predictors: dict[str, int], y: int, sigma: int | None
) -> None:
    layout = choose(table, names.split(), (), (), **options)
    assert (layout.parameters, layout.predictors, layout.y, layout.sigma) == (("a",), predictors, y, sigma)


@pytest.mark.parametrize(
    ("table", "names", "options", "words"),
    [
        (TABLE, "a b", {}, "the expression has no data in it"),
        (TABLE, "t signal", {}, "no parameters"),
        (TABLE, "a t", {"y": "t"}, "cannot also be fitted"),
        (TABLE, "a t", {"sigma": "t"}, "already x or y"),
        (TABLE, "a t", {"sigma": "2", "y": "2"}, "already x or y"),
        (TABLE, "a t", {"sigma": "0.0"}, "not a positive number"),
        (TABLE, "a t", {"sigma": "1e999"}, "not a positive number"),
        (TABLE, "a t", {"sigma": "err"}, "no column 'err'; the columns are 't', 'signal', 'dy'"),
        (TABLE, "a t", {"y": "4"}, "no column '4'"),
        (TABLE, "a t", {"left": "z"}, "no column 'z'"),
        (TABLE, "a t", {"left": "dy", "y": "signal"}, "left side"),
        (TABLE, "a t", {"x": "q=t,r=t,q=t"}, "--x: 'q' is given twice"),
        (TABLE, "a t", {"x": "signal"}, "--x: 'x' is not in the expression"),
        (TABLE, "a e t", {}, "exp(1)"),
        (WIDE, "a v", {}, "--y names it"),
        (read("x,x,y\n1,2,3\n"), "a x", {}, "more than one column is named 'x'"),
        (read("x\n1\n"), "a x", {}, "no column is left to fit"),
        (read("y\n1\n"), "a x", {}, "no column is left for x"),
    ],
)
def test_columns_not_found(table: Table, names: str, options: dict[str, str], words: str) -> None:
    with pytest.raises((LayoutError, TableError, UsageError)) as caught:
        choose(table, names.split(), (), (), **options)
    assert words in str(caught.value)


def test_a_name_with_a_start_is_a_parameter_even_if_it_is_a_column() -> None:
    table = read("a,b,y\n1,2,3\n")
    layout = choose(table, ["a", "x", "b"], ["a"], ["b"])
    assert layout.parameters == ("a", "b")
    assert layout.predictors == {"x": 0}


def test_sigma_with_a_decimal_point_is_a_value() -> None:
    layout = choose(TABLE, ["a", "t"], (), (), sigma="3.0")
    assert (layout.sigma, layout.same_sigma) == (None, 3.0)
