"""Singular and plural."""

import re
from pathlib import Path

import minpack
from minpack._counted import counted, plural


def test_the_number_as_it_is_shown_decides() -> None:
    assert [counted(number, "point") for number in (0, 1, 2)] == ["0 points", "1 point", "2 points"]
    assert [counted(far, "standard error", ".2g") for far in (0.94, 0.996, 1.04, 1.06)] == [
        "0.94 standard errors", "1 standard error", "1 standard error", "1.1 standard errors"
    ]  # fmt: skip
    assert [counted(far, "standard error", ".2g") for far in (123.4, 3e5, 2e6)] == [
        "120 standard errors", "300000 standard errors", "2e+06 standard errors"
    ]  # fmt: skip
    assert [plural("line", 1), plural("line", 3)] == ["line", "lines"]


def test_nobody_else_decides() -> None:
    for path in Path(minpack.__file__).parent.rglob("*.py"):
        found = re.findall(r"""['"]s['"] (?:\*|if)""", path.read_text(encoding="utf-8"))
        assert found == [] or path.name == "_counted.py", path
