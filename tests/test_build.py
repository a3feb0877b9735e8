"""The built and installed thing: the library, the imports, the words of the docstrings, and the examples."""

import ctypes
import doctest
import importlib
import inspect
import os
import pkgutil
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import pytest

import minpack
from minpack import _core
from support import FREE_THREADED, ROOT, run_apart

LIBRARY = Path(_core.__file__)
PUBLIC = [thing for name in minpack.__all__ if callable(thing := getattr(minpack, name))]
# what they themselves or their examples need
EXTRAS = {"minpack._engine.vector_functions": "numba", "minpack._engine.emit": "llvmlite"}
EXTRAS |= {"minpack._engine.kernels": "llvmlite", "minpack._engine.stand_ins": "numba"}
EXTRAS |= {"minpack.numba": "numba", "minpack._engine.dask": "dask.array", "minpack.xarray": "xarray"}
MODULES = ["minpack", *(module.name for module in pkgutil.walk_packages(minpack.__path__, "minpack."))]


def output(*command: str | Path, cwd: Path = ROOT) -> str:
    """What a command prints; a test fails with all its words where the command does."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}:\n{done.stdout}{done.stderr}"
    return done.stdout


# ---- the library, as an ELF file


def look(tool: str, *options: str) -> str:
    """What readelf or nm says of the library."""
    if sys.platform != "linux":
        pytest.skip("looks into ELF files, which are Linux's")
    if shutil.which(tool) is None:
        pytest.skip(f"needs {tool} of binutils")
    return output(tool, *options, LIBRARY)


def is_sanitized() -> bool:
    return b"__asan_" in LIBRARY.read_bytes()


plain_build = pytest.mark.skipif(is_sanitized(), reason="sanitizers bring their own libraries and data")


@plain_build
def test_needs_no_fortran_library() -> None:
    undefined = {line.split()[-1].split("@")[0] for line in look("nm", "-D", "--undefined-only").splitlines()}
    assert "PyModuleDef_Init" in undefined  # the list is the right one
    assert not [name for name in undefined if "gfortran" in name or "quadmath" in name]
    # the interpreter's, the C runtime's, and routines of libc and libm: nothing else
    others = {name for name in undefined if re.match(r"_?Py|_ITM_|__cxa_finalize$|__gmon_start__$", name) is None}
    libm, libc = ctypes.CDLL("libm.so.6"), ctypes.CDLL("libc.so.6")
    # of libm no function that computes: its bits would be the library's, and MinGW's sqrt rounds wrongly
    assert [name for name in others if not hasattr(libc, name) and not re.match(r"fe[a-z]+except$", name)] == []
    assert hasattr(libm, "sqrt") and not hasattr(libc, "sqrt")


@plain_build
def test_needs_libc_and_libm_alone() -> None:
    needed = re.findall(r"\(NEEDED\).*\[(.*?)\.so", look("readelf", "-W", "-d"))
    assert "libc" in needed
    assert set(needed) <= {"libc", "libm"}


@plain_build
def test_exports_only_the_module() -> None:
    exported = [line.split()[-1] for line in look("nm", "-D", "--defined-only").splitlines()]
    assert exported == ["PyInit__core"]


def test_stack_is_not_executable() -> None:
    (flags,) = re.findall(r"GNU_STACK(?:\s+0x\w+){5}\s+([RWE ]+?)\s+0x", look("readelf", "-W", "-l"))
    assert flags == "RW"


@plain_build
def test_writable_data_are_definition_tables() -> None:
    # Anything else would be state shared between threads and interpreters. Tables that hold addresses count as writable
    # until they are relocated; the rest is the C runtime's.
    symbols = [line.split() for line in look("nm").splitlines()]
    if not symbols:
        pytest.skip("the library is stripped of its symbols")
    writable = {name.partition(".")[0] for *_, kind, name in symbols if kind in "bBdDsSgGC"}
    runtime = {"_DYNAMIC", "_GLOBAL_OFFSET_TABLE_", "__TMC_END__", "__dso_handle", "completed",
               "__do_global_dtors_aux_fini_array_entry", "__frame_dummy_init_array_entry", "__bss_start", "_edata",
               "_end", "__aarch64_have_lse_atomics"}  # fmt: skip
    # NumPy's table of functions and its version, set at import, whatever PY_ARRAY_UNIQUE_SYMBOL calls them
    numpys = {name for name in writable if name.startswith(("PyArray_API", "minpack_array_api", "PyUFunc_API"))}
    assert {"definition", "methods", "slots"} <= writable
    assert 1 <= len(numpys) <= 3
    # what the compiler's runtime finds out about the processor when the library is loaded
    runtime |= {"__cpu_model", "__cpu_features2"}
    tables = {"definition", "methods", "slots", "table", "batch_methods", "batch_members", "BatchType"}
    # static types, as those of CPython's own extensions, and names of arguments, interned when they are first wanted
    tables |= {"SettingsType", "DataType", "OutcomeType", "settings_methods", "settings_getset", "outcome_members"}
    tables |= {"names", "arguments", "bounded_method_names", "bounded_loss_names", "of_bounded", "of_fit"}
    tables |= {"addresses", "loops", "types"}  # of the elementary functions
    tables |= {name for name in writable if name.startswith(("function_", "data_"))}
    assert writable - runtime - numpys - tables == set()


@plain_build
def test_library_has_no_fused_multiply_add() -> None:
    # it would round once where MINPACK rounds twice
    code = look("objdump", "-d", "--no-show-raw-insn")
    assert "mulsd" in code or "fmul" in code
    assert re.findall(r"\t(v?fn?m(?:add|sub|la|ls)\w*)", code) == []


# ---- in interpreters beside the main one


def in_interpreter(kind: str, code: str) -> None:
    """Run code in a new interpreter of a new process: "isolated", with a lock of its own, or "legacy", sharing it."""
    run_apart(f"""
        import sys
        if sys.version_info >= (3, 13):
            import _interpreters as interpreters
            new = interpreters.create({kind!r})
        else:
            import _xxsubinterpreters as interpreters
            new = interpreters.create(isolated={kind!r} == "isolated")
        failed = interpreters.run_string(new, {code!r})
        interpreters.destroy(new)
        if failed is not None:
            sys.exit(failed.formatted)
    """)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="interpreters share one lock before Python 3.12")
def test_isolated_interpreter_is_refused() -> None:
    # NumPy's functions and types, whose table the library holds, are the main interpreter's alone
    in_interpreter("isolated", f"""
from importlib import util
try:
    util.module_from_spec(util.spec_from_file_location("minpack._core", {str(LIBRARY)!r}))
except ImportError as error:
    assert "does not support loading in subinterpreters" in str(error), error
else:
    raise AssertionError("it was loaded")
""")


@pytest.mark.skipif(FREE_THREADED, reason="there is no lock, and NumPy refuses to be loaded")
def test_interpreter_that_shares_the_lock() -> None:
    in_interpreter("legacy", """
import warnings
warnings.simplefilter("ignore", UserWarning)  # NumPy's, which calls this rare
import minpack
x, ier = minpack.leastsq(lambda x: [10 * (x[1] - x[0] ** 2), 1 - x[0]], [-1.2, 1.0])
assert ier in (1, 2, 3, 4) and abs(x - 1).max() < 1e-6
""")


# ---- the installed package


def test_import_brings_in_numpy_alone() -> None:
    code = "import sys; before = set(sys.modules); import minpack; print(*sorted(set(sys.modules) - before))"
    loaded = {name.partition(".")[0] for name in output(sys.executable, "-W", "error", "-c", code).split()}
    assert "numpy" in loaded
    packages = metadata.packages_distributions()
    others = {name for top in loaded - sys.stdlib_module_names for name in packages.get(top, [])} - {"minpack"}
    assert others == {"numpy"}


def test_metadata() -> None:
    meta = metadata.metadata("minpack")
    assert metadata.version("minpack") == minpack.__version__
    assert meta["Requires-Python"] == ">=3.11"
    assert "BSD-3-Clause" in meta["License-Expression"]
    needed = [requirement for requirement in metadata.requires("minpack") or [] if "extra ==" not in requirement]
    assert [re.split(r"[<>=~! ]", requirement)[0] for requirement in needed] == ["numpy"]
    meson = (ROOT / "meson.build").read_text(encoding="utf-8")
    assert re.findall(r"^  version: '(.*)'", meson, re.MULTILINE) == [minpack.__version__]


def test_every_source_is_built() -> None:
    built = [*ROOT.glob("minpack/**/*.f90"), *ROOT.glob("minpack/*/*lanes.c"), *ROOT.glob("src/_core/*.c")]
    for path in [*built, ROOT / "minpack/minpack.h"]:
        folder = next(folder for folder in (ROOT / "minpack", ROOT / "src/_core") if folder in path.parents)
        meson = (folder / "meson.build").read_text(encoding="utf-8")
        assert f"'{path.relative_to(folder).as_posix()}'" in meson, f"{path.name} is not in {folder.name}/meson.build"


def test_what_is_installed() -> None:
    files = metadata.files("minpack")
    assert files is not None
    if any(file.name.endswith("-editable.pth") for file in files):
        pytest.skip("an editable install leaves the files where they are")
    source = ROOT / "src/minpack"
    paths = [*source.rglob("*.py"), *source.rglob("*.pyi"), source / "py.typed"]
    sources = {path.relative_to(source).as_posix() for path in paths}
    assert len(sources) > 100
    installed = {file.as_posix().removeprefix("minpack/") for file in files if file.parts[0] == "minpack"}
    installed = {name for name in installed if "__pycache__" not in name}
    assert installed == sources | {"include/minpack.h", "_engine/kernels.py", LIBRARY.name}


def test_stub_names_what_the_library_has() -> None:
    stub = (ROOT / "src/minpack/_core.pyi").read_text(encoding="utf-8")
    declared = set(re.findall(r"^(?:def |class )?([A-Za-z]\w*)(?=[:(])", stub, re.MULTILINE))
    assert declared == {name for name in vars(_core) if not name.startswith("_")}


# ---- the words


@pytest.mark.parametrize("thing", PUBLIC, ids=lambda thing: thing.__name__)
def test_docstring(thing: Callable[..., object]) -> None:
    text = inspect.getdoc(thing)
    assert text, "no docstring"
    assert re.match(r"\S[^\n]*\.(\n\n|$)", text), "does not begin with one sentence on a line"
    sections = re.findall(r"^(\w[\w ]*)\n-+$", text, re.MULTILINE)
    if inspect.isclass(thing):
        if issubclass(thing, BaseException):
            return
        assert {"Attributes", "Parameters"} & set(sections), "names neither attributes nor parameters"
        return
    assert "Parameters" in sections or not inspect.signature(thing).parameters
    assert {"Returns", "Yields"} & set(sections)
    words = text.partition("Parameters\n---")[2].partition("Returns\n---")[0]
    lines = re.findall(r"^([\w, *]+) :", words, re.MULTILINE)
    described = {name.strip(" *") for line in lines for name in line.split(",")}
    assert described >= set(inspect.signature(thing).parameters)


METHODS = {
    f"{thing.__name__}.{name}": method
    for thing in PUBLIC
    if inspect.isclass(thing)
    for name, method in inspect.getmembers(thing, inspect.isfunction)
    if not name.startswith("_") and name not in getattr(thing, "__dataclass_fields__", ())
    if method.__module__.startswith("minpack")
}
CLASSES = [thing for thing in PUBLIC if inspect.isclass(thing)]


@pytest.mark.parametrize("name", METHODS)
def test_docstring_of_method(name: str) -> None:
    """A mapping's `keys` and the like need no example."""
    text = inspect.getdoc(METHODS[name])
    assert text, "no docstring"
    arguments = set(inspect.signature(METHODS[name]).parameters) - {"self"}
    words = text.partition("Parameters\n---")[2].partition("Returns\n---")[0]
    lines = re.findall(r"^([\w, *]+) :", words, re.MULTILINE)
    assert {part.strip(" *") for line in lines for part in line.split(",")} >= arguments
    assert "Examples\n---" in text or not arguments


@pytest.mark.parametrize("thing", CLASSES, ids=lambda thing: thing.__name__)
def test_class_has_an_example(thing: type) -> None:
    shared = issubclass(thing, (Warning, dict))  # may be SciPy's
    assert shared or "Examples\n---" in (inspect.getdoc(thing) or "")


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples(name: str) -> None:
    if name in EXTRAS:
        pytest.importorskip(EXTRAS[name])
    failed, _ = doctest.testmod(importlib.import_module(name))
    assert failed == 0


def test_public_names_have_examples() -> None:
    finder = doctest.DocTestFinder(recurse=False)
    without = [
        thing.__name__
        for thing in PUBLIC
        if inspect.isfunction(thing) and not any(test.examples for test in finder.find(thing))
    ]
    assert without == []


@pytest.mark.any_python
def test_example_prints_all_runs(tmp_path: Path) -> None:
    environment = os.environ | {"MPLCONFIGDIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-W", "error", ROOT / "examples" / "nist_strd.py", tmp_path / "fits.png"],
        capture_output=True, text=True, check=False, env=environment,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    rows = re.findall(r"^[A-Z]?\w* +[12]( +[-\d.]+){11}$", done.stdout, re.MULTILINE)
    assert len(rows) == 54
    reached = [int(n) for n in re.findall(r"tolerances.* 54 +(\d+)", done.stdout)]
    assert len(reached) == 4
    # what SciPy reaches, less room for the last bits of another machine's exponential function
    assert [n >= least for n, least in zip(reached, [43, 45, 47, 50], strict=True)] == [True] * 4
    assert (tmp_path / "fits.png").stat().st_size > 50_000


@pytest.mark.any_python
def test_example_of_ready_models(tmp_path: Path) -> None:
    environment = os.environ | {"MPLCONFIGDIR": str(tmp_path)}
    picture = tmp_path / "ready.png"
    done = subprocess.run(
        [sys.executable, "-W", "error", ROOT / "examples" / "ready_models.py", picture],
        capture_output=True, text=True, check=False, env=environment,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    shares = [float(share) for share in re.findall(r"R squared ([\d.]+)", done.stdout)]
    assert len(shares) == 6 and min(shares) > 0.97
    assert picture.stat().st_size > 30_000


@pytest.mark.any_python
def test_hard_sets_from_wide_ranges() -> None:
    """Those that starts in ranges find least often; all sets take seconds: `make demo`."""
    examples = str(ROOT / "examples")
    code = (
        f"import sys; sys.path.insert(0, {examples!r})\n"
        "import nist_starts as n, nist_models\n"
        "n.nist_models.load = lambda load=nist_models.load: {k: load()[k] for k in ('MGH09', 'MGH17', 'Thurber')}\n"
        "n.main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "3 of 3 sets to 6 digits" in done.stdout


@pytest.mark.any_python
def test_example_of_an_image(tmp_path: Path) -> None:
    environment = os.environ | {"MPLCONFIGDIR": str(tmp_path)}
    picture = tmp_path / "maps" / "decay.png"
    done = subprocess.run(
        [sys.executable, "-W", "error", ROOT / "examples" / "decay_cube.py", picture],
        capture_output=True, text=True, check=False, env=environment,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"^failed: \d+, namely 40 dead pixels, \d+ without a decay, 0 others$", done.stdout, re.MULTILINE)
    tissues = re.findall(r"^tissue \d: (\d+) of (\d+) decays seen, .* (\d+)% within", done.stdout, re.MULTILINE)
    assert [seen for seen, _, _ in tissues] == [there for _, there, _ in tissues]
    # a normal distribution has 68 % there; of 773 decays, 2 % more or less are one standard deviation
    assert all(62 <= int(within) <= 74 for _, _, within in tissues)
    assert len(tissues) == 2
    assert picture.stat().st_size > 50_000


def test_names_imported_later_are_all_there() -> None:
    public = {*minpack.__all__, "__version__"}
    assert public <= set(dir(minpack)) <= public | {"functions", "numba", "scipy", "xarray"}
    assert minpack.__getattr__("functions").exp(0.0) == 1.0  # imported when it is asked for
    for name in minpack.__all__:
        assert getattr(minpack, name) is getattr(minpack, name)
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = minpack.nonsense
