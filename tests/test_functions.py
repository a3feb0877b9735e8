"""minpack.functions: the same bits whichever way they are computed, special values, NumPy's manners."""

from __future__ import annotations

import ctypes
import math
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import accuracy
from minpack import _core, functions
from support import run_apart

ROOT = Path(__file__).parents[1]
NAMES = functions.__all__
INF, NAN = math.inf, math.nan
PERIODIC = ["sin", "cos", "tan"]

Array = accuracy.Array


def ufunc(name: str) -> np.ufunc:
    return getattr(functions, name)


def arguments(name: str, count: int, seed: int = 3) -> tuple[Array, ...]:
    """Random and nasty ones, and what is outside of the function's domain."""
    case = accuracy.CASES[name]
    outside = np.array([0.0, -0.0, 1.0, -1.0, INF, -INF, NAN, 1e300, -1e300, 5e-324, -3.0, 2.5])
    tuples = np.meshgrid(*[outside] * len(case.nasty))
    drawn = case.draw(np.random.default_rng(seed), count)
    parts = zip(drawn, case.nasty, (t.ravel() for t in tuples), strict=True)
    return tuple(np.ascontiguousarray(np.concatenate(p)) for p in parts)


def bits(x: Any) -> Any:
    return np.ascontiguousarray(x).view(np.int64)


def vectors(function: Any, *x: Array) -> Array:
    """By a C function over vectors."""
    out = np.empty_like(x[0])
    function(ctypes.c_size_t(len(out)), *(ctypes.c_void_p(a.ctypes.data) for a in (*x, out)))
    return out


def by_address(name: str) -> Callable[..., Array]:
    nin = ufunc(name.split("_")[0]).nin
    types = [ctypes.c_size_t] + [ctypes.c_void_p] * (nin + 1)
    function = ctypes.CFUNCTYPE(None, *types)(_core.routines[name])
    return lambda *x: vectors(function, *x)


# ---- the same bits


@pytest.mark.parametrize("name", NAMES)
def test_instructions(name: str) -> None:
    from numpy._core._multiarray_umath import __cpu_features__ as has  # type: ignore[import-not-found]

    x = arguments(name, 50_000)
    want = bits(ufunc(name)(*x))
    tried = 0
    for level, needs in (("base", []), ("avx2", ["AVX2"]), ("avx512", ["AVX512F", "AVX512DQ"])):
        if f"{name}_{level}" in _core.routines and all(has.get(feature) for feature in needs):
            assert_array_equal(bits(by_address(f"{name}_{level}")(*x)), want, err_msg=level)
            tried += 1
    assert tried >= 1
    assert_array_equal(bits(by_address(name)(*x)), want)


@pytest.mark.parametrize("name", NAMES)
def test_length_stride_and_alignment(name: str) -> None:
    f = ufunc(name)
    x = arguments(name, 400)
    want = bits(f(*x))
    one = np.array([f(*(float(a) for a in args)) for args in zip(*x, strict=True)])
    assert_array_equal(bits(one), want)
    for length in range(1, 41):
        for start in (0, 1, 3):
            part = slice(start, start + length)
            assert_array_equal(bits(f(*(a[part] for a in x))), want[part])
    for step in (2, -1, 7):
        assert_array_equal(bits(f(*(a[::step] for a in x))), want[::step])
    table = [np.stack([a, a[::-1]], axis=1) for a in x]
    assert_array_equal(bits(f(*table)), np.stack([want, want[::-1]], axis=1))
    raw = [np.frombuffer(b"." + a.tobytes(), dtype=np.uint8)[1:].view(np.float64) for a in x]
    assert_array_equal(bits(f(*raw)), want)
    inplace = [a.copy() for a in x]
    f(*inplace, out=inplace[0])
    assert_array_equal(bits(inplace[0]), want)
    longer = [np.append(a, a) for a in x]  # an output that overlaps the input
    f(*(a[: len(want)] for a in longer), out=longer[0][1 : len(want) + 1])
    assert_array_equal(bits(longer[0][1 : len(want) + 1]), want)


COMPILERS = {
    "gcc-O0": ["gcc", "-O0"],
    "gcc-O3-native": ["gcc", "-O3", "-march=native"],
    "clang-O2": ["clang", "-O2"],
    "clang-O3-native": ["clang", "-O3", "-march=native"],
}


@pytest.mark.any_python
@pytest.mark.parametrize("compiler", COMPILERS)
def test_compilers(compiler: str, tmp_path: Path) -> None:
    command = COMPILERS[compiler]
    if shutil.which(command[0]) is None:
        pytest.skip(f"no {command[0]}")
    library = tmp_path / "functions.so"
    flags = ["-std=c17", "-ffp-contract=off", "-shared", "-fPIC", "-w", "-DLEVEL=test", "-I", str(ROOT / "minpack")]
    sources = [str(ROOT / "minpack" / "functions" / name) for name in ("vectors.c", "numbers.c", "tables.c")]
    subprocess.run([*command, *flags, *sources, "-o", str(library), "-lm"], check=True)
    loaded = ctypes.CDLL(str(library))
    for name in NAMES:
        x = arguments(name, 20_000)
        got = vectors(getattr(loaded, f"minpack_{name}_test"), *x)
        assert_array_equal(bits(got), bits(ufunc(name)(*x)), err_msg=name)


@pytest.mark.parametrize("name", NAMES)
def test_numba(name: str) -> None:
    numba = pytest.importorskip("numba")
    import minpack._engine.vector_functions  # noqa: F401

    f = ufunc(name)
    x = arguments(name, 50_000)
    # of arrays and of numbers, compiled together
    if f.nin == 1:
        compiled = numba.njit(lambda a, d: (f(a), f(d)))
    elif f.nin == 2:
        compiled = numba.njit(lambda a, b, d, e: (f(a, b), f(d, e)))
    else:
        compiled = numba.njit(lambda a, b, c, d, e, g: (f(a, b, c), f(d, e, g)))
    tuples = list(zip(*x, strict=True))
    assert_array_equal(bits(compiled(*x, *tuples[0])[0]), bits(f(*x)))
    for args in tuples[-20:]:
        assert_array_equal(bits(compiled(*(a[:1] for a in x), *args)[1]), bits(f(*args)))
    assembly = "".join(compiled.inspect_asm().values())
    assert "sqrt" in assembly if name == "sqrt" else "mul" in assembly
    assert "fmadd" not in assembly
    assert "fmla" not in assembly


def test_numba_finds_them() -> None:
    pytest.importorskip("numba")
    code = """
        import numba
        from minpack.functions import exp
        assert numba.njit(lambda x: exp(x))(0.3) == exp(0.3)
    """
    run_apart(code)


def test_numba_makes_vectors() -> None:
    numba = pytest.importorskip("numba")
    import minpack._engine.vector_functions  # noqa: F401

    exp, log = functions.exp, functions.log

    @numba.njit
    def decay(x: Array, out: Array) -> None:
        for i in range(len(x)):
            out[i] = exp(-x[i]) + log(x[i])

    x = np.linspace(0.1, 9.0, 1000)
    out = np.empty_like(x)
    decay(x, out)
    assert_array_equal(out, functions.exp(-x) + functions.log(x))
    (assembly,) = decay.inspect_asm().values()
    assert "mulpd" in assembly or ".2d" in assembly


@pytest.mark.any_python
def test_tables_are_those_that_mpmath_makes() -> None:
    pytest.importorskip("mpmath")
    run = subprocess.run(
        [sys.executable, ROOT / "tools" / "make_tables.py", "--check"], capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr


@pytest.mark.any_python
def test_each_has_a_digest_that_all_platforms_are_compared_with() -> None:
    stored = (ROOT / "tests" / "data" / "everywhere.txt").read_text(encoding="utf-8")
    header = (ROOT / "minpack" / "minpack.h").read_text(encoding="utf-8")
    listed = header.partition("#define MINPACK_FREQUENT")[2].partition("/* Not public")[0]
    functions = re.findall(r"F\((\w+), ", listed)
    assert set(NAMES) < set(functions)
    assert [line.split()[0] for line in stored.splitlines()][-len(functions) :] == functions


# ---- accuracy


@pytest.mark.any_python
@pytest.mark.parametrize("name", NAMES)
def test_accuracy(name: str) -> None:
    error, where, _ = accuracy.worst(name, ufunc(name), 1000 if name == "voigt" else 20_000)
    assert error <= accuracy.CASES[name].bound, where


def test_accuracy_sees_errors() -> None:
    error, _, _ = accuracy.worst("exp", lambda x: np.nextafter(functions.exp(x), INF), 1000)
    assert error > 1.0


def test_lgamma_near_its_zeros_below_zero() -> None:
    """The error is absolute there."""
    import mpmath as mp

    x = np.concatenate(
        [np.linspace(-2.5, -2.4, 200), np.linspace(-2.8, -2.7, 200), np.linspace(-6.01, -5.99, 201)[::2]]
    )
    x = x[x != -6.0]
    with mp.workdps(40):
        exact = [mp.loggamma(v).real for v in x.tolist()]
        size = [max(abs(y), mp.mpf(1) / 4) for y in exact]
        error = [abs(y - e) / s for y, e, s in zip(functions.lgamma(x).tolist(), exact, size, strict=True)]
    assert max(error) < 2.0**-52
    assert min(abs(functions.lgamma(x))) < 1e-3


@pytest.mark.any_python
@pytest.mark.parametrize("name", accuracy.MONOTONIC)
def test_monotonic(name: str) -> None:
    wrong, pairs = accuracy.falls(name, ufunc(name), 6000)
    assert wrong == 0
    assert pairs > 500_000


# ---- special values: C99 Annex F

SPECIAL: dict[str, list[tuple[float, ...]]] = {
    "exp": [(0, 1), (-0.0, 1), (INF, INF), (-INF, 0), (1e5, INF), (-1e5, 0), (NAN, NAN)],
    "expm1": [(0, 0), (-0.0, -0.0), (INF, INF), (-INF, -1), (1e5, INF), (-50, -1), (NAN, NAN), (5e-324, 5e-324)],
    "log": [(0, -INF), (-0.0, -INF), (1, 0), (-1, NAN), (-INF, NAN), (INF, INF), (NAN, NAN)],
    "log1p": [(0, 0), (-0.0, -0.0), (-1, -INF), (-2, NAN), (-INF, NAN), (INF, INF), (NAN, NAN)],
    "cbrt": [(0, 0), (-0.0, -0.0), (INF, INF), (-INF, -INF), (NAN, NAN), (27, 3), (-8, -2), (1e-300, 1e-100)],
    "exp2": [(0, 1), (INF, INF), (-INF, 0), (3, 8), (-1074, 5e-324), (-1076, 0), (1024, INF), (NAN, NAN),
        (1023, 2.0**1023)],
    "log2": [(0, -INF), (-0.0, -INF), (1, 0), (-1, NAN), (INF, INF), (NAN, NAN), (5e-324, -1074), (8, 3), (0.125, -3)],
    "log10": [(0, -INF), (-0.0, -INF), (1, 0), (-1, NAN), (INF, INF), (NAN, NAN), (1e22, 22), (1000, 3)],
    "sinh": [(0, 0), (-0.0, -0.0), (INF, INF), (-INF, -INF), (1e3, INF), (-1e3, -INF), (NAN, NAN)],
    "cosh": [(0, 1), (-0.0, 1), (INF, INF), (-INF, INF), (1e3, INF), (NAN, NAN)],
    "arcsin": [(0, 0), (-0.0, -0.0), (1, math.pi / 2), (-1, -math.pi / 2), (1.5, NAN), (-INF, NAN), (NAN, NAN)],
    "arccos": [(1, 0), (-1, math.pi), (0, math.pi / 2), (-0.0, math.pi / 2), (-1.5, NAN), (INF, NAN), (NAN, NAN)],
    "arctan": [(0, 0), (-0.0, -0.0), (INF, math.pi / 2), (-INF, -math.pi / 2), (1, math.pi / 4), (NAN, NAN)],
    "arcsinh": [(0, 0), (-0.0, -0.0), (INF, INF), (-INF, -INF), (NAN, NAN)],
    "arccosh": [(1, 0), (0.5, NAN), (-2, NAN), (-INF, NAN), (INF, INF), (NAN, NAN)],
    "arctanh": [(0, 0), (-0.0, -0.0), (1, INF), (-1, -INF), (2, NAN), (-INF, NAN), (NAN, NAN)],
    "erf": [(0, 0), (-0.0, -0.0), (INF, 1), (-INF, -1), (7, 1), (NAN, NAN)],
    "erfc": [(0, 1), (-0.0, 1), (INF, 0), (-INF, 2), (30, 0), (-7, 2), (NAN, NAN)],
    "lgamma": [(0, INF), (-0.0, INF), (1, 0), (2, 0), (-1, INF), (-2, INF), (-1e300, INF), (INF, INF), (-INF, INF),
               (2.6e305, INF), (NAN, NAN), (-(2.0**50) - 1, INF)],
    "logistic": [(0, 0.5), (-0.0, 0.5), (INF, 1), (-INF, 0), (-800, 0), (50, 1), (NAN, NAN)],
    "sinc": [(0, 1), (-0.0, 1), (1, 0), (-2, 0), (3, 0), (1e300, 0), (INF, 0), (-INF, 0), (NAN, NAN)],
    "hypot": [(3, 4, 5), (INF, NAN, INF), (NAN, -INF, INF), (0, -0.0, 0), (0, NAN, NAN), (NAN, 0, NAN),
        (1e308, -1e308, 2**0.5 * 1e308),
              (1.7e308, 1.7e308, INF), (5e-324, 0, 5e-324), (0, -7, 7), (NAN, 1, NAN), (1, NAN, NAN)],
    "arctan2": [(0, 1, 0), (-0.0, 1, -0.0), (0, -1, math.pi), (-0.0, -1, -math.pi), (0, 0, 0), (0, -0.0, math.pi),
                (-0.0, -0.0, -math.pi), (1, 0, math.pi / 2), (-1, -0.0, -math.pi / 2), (INF, INF, math.pi / 4),
                (INF, -INF, 3 * math.pi / 4), (-INF, -INF, -3 * math.pi / 4), (1, INF, 0), (-1, INF, -0.0),
        (1, -INF, math.pi),
                (INF, 3, math.pi / 2), (-INF, 3, -math.pi / 2), (NAN, 1, NAN), (1, NAN, NAN), (NAN, INF, NAN),
        (INF, NAN, NAN)],
    "voigt": [(0, 0, 1, 1 / math.pi), (0, 0, 0, INF), (2, 0, 0, 0), (INF, 1, 1, 0),
        (0, 1, 0, 1 / math.sqrt(2 * math.pi)),
              (NAN, 1, 1, NAN), (0, -1, 1, NAN), (0, 1, -1, NAN), (1, 0, 1, 0.5 / math.pi), (100, 1, 0, 0)],
    "sqrt": [(0, 0), (-0.0, -0.0), (4, 2), (-1, NAN), (INF, INF), (-INF, NAN), (NAN, NAN)],
    "sin": [(0, 0), (-0.0, -0.0), (INF, NAN), (-INF, NAN), (NAN, NAN)],
    "cos": [(0, 1), (-0.0, 1), (INF, NAN), (-INF, NAN), (NAN, NAN)],
    "tan": [(0, 0), (-0.0, -0.0), (INF, NAN), (-INF, NAN), (NAN, NAN)],
    "tanh": [(0, 0), (-0.0, -0.0), (INF, 1), (-INF, -1), (NAN, NAN), (30, 1)],
    "power": [
        *((x, y, math.pow(x, y))
          for x in (1.0, INF, NAN, -1.0, -INF)
          for y in (0.0, -0.0, 1.0, 2.0, 3.0, -1.0, -3.0, 1e300, INF, -INF, NAN, 2.0**53, 2.0**53 - 1, 0.5, -0.5)
          if x != -1.0 or abs(y) != 0.5),
        *((x, y, math.pow(x, y))
          for x in (2.0, 0.5, -2.0, -0.5) for y in (0.0, 1.0, 2.0, 3.0, -1.0, -2.0, -3.0, INF, -INF, NAN)),
        (-1.0, 0.5, NAN),
        (0.0, 2.0, 0.0), (-0.0, 2.0, 0.0), (-0.0, 3.0, -0.0), (0.0, -1.0, INF), (-0.0, -1.0, -INF), (-0.0, -2.0, INF),
        (0.0, 0.0, 1.0), (-0.0, 0.5, 0.0), (0.0, INF, 0.0), (-0.0, -INF, INF), (-2.0, 0.5, NAN), (-2.0, 1e300, INF),
        (-0.5, 2.0**53 - 1, -0.0), (-2.0, -(2.0**53) + 1, -0.0), (2.0, 1e300, INF), (2.0, -1e300, 0.0),
        (-2.0, 1025.0, -INF),
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_special_values(name: str) -> None:
    *x, want = np.array(SPECIAL[name], dtype=float).T
    with np.errstate(all="raise"):
        got = ufunc(name)(*x)
    same = (bits(got) == bits(want)) | (np.isnan(got) & np.isnan(want))
    assert same.all(), [(*row, y) for row, y, ok in zip(SPECIAL[name], got, same, strict=True) if not ok]
    assert (bits(got[np.isnan(got)]) == 0x7FF8000000000000).all()


# ---- NumPy's manners


@pytest.mark.parametrize("name", NAMES)
def test_is_a_ufunc(name: str) -> None:
    f = ufunc(name)
    assert isinstance(f, np.ufunc)
    assert f.__name__ == name
    assert f.__doc__
    x = arguments(name, 300)
    with np.errstate(over="ignore", under="ignore"):
        narrow = [a.astype(np.float32) for a in x]
    got = f(*narrow)
    assert got.dtype == np.float32
    with np.errstate(over="ignore", under="ignore"):
        assert_array_equal(got, f(*(a.astype(np.float64) for a in narrow)).astype(np.float32))
    for dtype in (bool, np.int8, np.uint8, np.int16, np.uint16, np.int32, np.int64, np.uint64):
        whole = [np.array([0, 1, 1, 0, 1]).astype(dtype)] * f.nin
        assert f(*whole).dtype == np.float64
        assert_array_equal(f(*whole), f(*(a.astype(float) for a in whole)))
    out = np.full(len(x[0]), 7.0)
    where = np.arange(len(out)) % 3 == 0
    assert f(*x, out=out, where=where) is out
    assert_array_equal(bits(out), np.where(where, bits(f(*x)), bits(np.float64(7.0))))
    assert f(*[np.float32(0.5)] * f.nin, dtype=np.float64).dtype == np.float64
    assert isinstance(f(*[0.5] * f.nin), np.float64)
    assert f(*[np.empty((0, 3))] * f.nin).shape == (0, 3)
    with pytest.raises(TypeError):
        f(*[1j] * f.nin)


def test_broadcasting() -> None:
    x, y = np.linspace(0.1, 3.0, 700), np.array([[0.5], [2.0]])
    want = np.array([[functions.power(a, b) for a in x] for b in (0.5, 2.0)])
    assert_array_equal(functions.power(x, y), want)
    assert_array_equal(functions.power(x, np.float64(2.0)), want[1])
    assert_array_equal(functions.power(np.float32(2.0), np.arange(5, dtype=np.int8)).dtype, np.float32)


@pytest.mark.parametrize("name", PERIODIC)
def test_large_among_small(name: str) -> None:
    """Vectors with a large argument take another way, which gives the small ones the same bits."""
    x = np.random.default_rng(0).uniform(-50, 50, 1000)
    want = bits(ufunc(name)(x))
    for large in (1e22, NAN, INF):
        y = x.copy()
        y[::100] = large
        got = bits(ufunc(name)(y))
        assert_array_equal(np.delete(got, np.s_[::100]), np.delete(want, np.s_[::100]))
