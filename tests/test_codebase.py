"""The arrows between the parts of the code base: read from imports, includes and `use`, never upward, never around."""

import ast
import re
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from minpack import _core
from minpack._results import codes, derivatives, ending

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "minpack"
# What each folder may import besides itself; public modules stand beside _api.
ARROWS = {
    "_cli": {"_api", "_models", "_results"},
    "_api": {"_input", "_engine", "_models", "_results"},
    "functions": {"_core"},
    "numba": {"_engine", "_input", "_core"},
    "xarray": {"_api", "_input", "_engine", "_models", "_results"},
    "scipy": {"_switch"},
    "_switch": {"_api", "_input", "_engine", "_results"},
    "_engine": {"_results.batch", "_results.codes", "_results.derivatives", "_results.ending", "_core"},
    "_counted": set(),
    "_linear": set(),
    "_names": set(),
    "_optional": set(),
    "_input": set(),
    "models": {"_models"},
    "_models": set(),
    "_models.elements": {"_core"},
    "_models.search": {"_core"},
    "_results": set(),
    "_results.batch": {"_core"},
    "_results.derivatives": {"_core"},
    "": {"_api", "_input", "_models", "_results", "functions", "models"},
    "__main__": {"_cli"},
}
FOR_ALL = {"_counted", "_linear", "_names", "_optional"}  # which import nothing
FORTRAN = ["machine", "functions", "linear", "methods", "drivers"]  # each may use those before it, and itself


def imports_of(path: Path) -> Iterator[str]:
    """The modules of the package that a module imports anywhere in it, without the package's own name."""
    package = path.relative_to(PACKAGE).parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = [*package[: len(package) + 1 - node.level], *(node.module or "").split(".")]
            base = [part for part in base if part]
            for alias in node.names:
                inner = PACKAGE.joinpath(*base, f"{alias.name}.py")
                yield ".".join([*base, alias.name] if inner.exists() or not base else base)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("minpack."):
            yield (node.module or "").partition(".")[2]


def modules() -> dict[str, set[str]]:
    names = {path: ".".join(path.relative_to(PACKAGE).with_suffix("").parts) for path in PACKAGE.rglob("*.py")}
    return {name.removesuffix("__init__").rstrip("."): set(imports_of(path)) for path, name in names.items()}


def wrong_arrows(imports: dict[str, set[str]]) -> list[str]:
    found = []
    for name, wanted in imports.items():
        folder = name.partition(".")[0]
        allowed = ARROWS[folder] | ARROWS.get(name, set())
        for other in wanted:
            top = other.partition(".")[0]
            if top != folder and not {top, other} & (allowed | FOR_ALL):
                found.append(f"{name} -> {other}")
    return found


def test_python_imports_go_one_way() -> None:
    imports = modules()
    assert len(imports) > 30
    assert wrong_arrows(imports) == []
    TopologicalSorter(imports).prepare()  # CycleError, with the circle, if there is one


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("_results.fit", "_api.fit"),
        ("_engine.tasks", "_input.arrays"),
        ("_engine.tasks", "_results.fit"),
        ("_api.fit", "_cli.main"),
        ("_api.fit", "_core"),
    ],
)
def test_an_arrow_turned_is_seen(name: str, other: str) -> None:
    assert wrong_arrows({name: {other}}) == [f"{name} -> {other}"]


def test_c_includes_no_more_than_the_headers_of_the_core() -> None:
    sources = [*(ROOT / "src" / "_core").glob("*.[ch]")]
    own = {path.name for path in sources}
    for path in sources:
        for name in re.findall(r'^#include "(.*)"', path.read_text(encoding="utf-8"), re.MULTILINE):
            assert name in own | {"minpack.h", "functions/levels.h"}, f"{path.name} includes {name}"


def test_fortran_uses_what_is_below() -> None:
    texts = {path: path.read_text(encoding="utf-8") for path in (ROOT / "minpack").rglob("*.f90")}
    layer = {path: FORTRAN.index(path.relative_to(ROOT / "minpack").parts[0].removesuffix(".f90")) for path in texts}
    home = {name: layer[path] for path, text in texts.items()
            for name in re.findall(r"^\s*module (?!procedure)(\w+)\s*$", text, re.MULTILINE)}  # fmt: skip
    assert home
    for path, text in texts.items():
        for name in re.findall(r"^\s*use\s*(?:,\s*non_intrinsic\s*)?(?:::)?\s*(\w+)", text, re.MULTILINE):
            assert home[name] <= layer[path], f"{path.name} uses {name}"


def test_codes_are_those_of_the_extension() -> None:
    for name in (
        "STOPPED_BY_FUNCTION", "NOT_FINITE_AT_START", "TOO_FEW_POINTS", "NOT_RUN_YET", "BAD_BOUNDS",
        "START_OUT_OF_BOUNDS", "JACOBIAN_NOT_FINITE",
    ):  # fmt: skip
        assert getattr(codes, name) == getattr(_core, name)


def test_numbers_that_core_and_package_both_have_are_the_same() -> None:
    """Fortran has no place from which Python could read its parameters."""
    for source, name, value in (
        ("drivers/ending.f90", "no_change", ending.NO_CHANGE),
        ("drivers/derivatives.f90", "of_error", derivatives.OF_THE_ERROR),
    ):
        found = re.search(rf"parameter :: {name} = ([-+.0-9e]+)_dp", (ROOT / "minpack" / source).read_text())
        assert found is not None
        assert float(found[1]) == value
