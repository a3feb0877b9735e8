"""The elementary functions against NumPy's and the C library's: nanoseconds a number, and ratios of minima.

    python bench/functions.py [name ...]

"scalar" is a loop in C over the C library's function, compiled here.
"""

from __future__ import annotations

import ctypes
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np

from minpack import _core, functions

RANGES = {"log": (0.01, 100), "log2": (0.01, 100), "log10": (0.01, 100), "log1p": (-0.9, 9), "arcsin": (-1, 1)}
RANGES |= {"sqrt": (0, 9), "cbrt": (0, 9), "arccos": (-1, 1), "arccosh": (1, 9), "arctanh": (-1, 1), "power": (0.1, 3)}
LIBM = {"arcsin": "asin", "arccos": "acos", "arctan": "atan", "arcsinh": "asinh", "arccosh": "acosh"}
LIBM |= {"arctanh": "atanh", "arctan2": "atan2", "power": "pow", "logistic": "", "sinc": "", "voigt": ""}


def scalar_loops(folder: Path) -> ctypes.CDLL:
    """The C library's functions, each in a loop."""
    lines = ["#include <math.h>", "#include <stddef.h>"]
    for name in functions.__all__:
        libm = LIBM.get(name, name)
        if libm and getattr(functions, name).nin == 1:
            loop = f"for (size_t i = 0; i < n; i++) y[i] = {libm}(x[i]);"
            lines.append(f"void {name}_scalar(size_t n, const double *x, double *y) {{ {loop} }}")
        elif libm:
            loop = f"for (size_t i = 0; i < n; i++) y[i] = {libm}(a[i], b[i]);"
            lines.append(f"void {name}_scalar(size_t n, const double *a, const double *b, double *y) {{ {loop} }}")
    source, library = folder / "loops.c", folder / "loops.so"
    source.write_text("\n".join(lines))
    subprocess.run(["cc", "-O2", "-fno-builtin", "-shared", "-fPIC", source, "-o", library, "-lm"], check=True)
    return ctypes.CDLL(str(library))


def over(address: object, *arrays: np.ndarray) -> Callable[[], object]:
    """A call of a C function over vectors."""
    arguments = [ctypes.c_size_t(len(arrays[0])), *(ctypes.c_void_p(a.ctypes.data) for a in arrays)]
    if isinstance(address, int):
        address = ctypes.CFUNCTYPE(None, ctypes.c_size_t, *[ctypes.c_void_p] * len(arrays))(address)
    return lambda: address(*arguments)  # type: ignore[operator]


def minima(ways: dict[str, Callable[[], object]], n: int) -> dict[str, float]:
    """Nanoseconds a number, the least of many rounds that take the ways in turn."""
    best = dict.fromkeys(ways, float("inf"))
    repeat = max(1, 20_000 // n)
    for _ in range(60):
        for name, run in ways.items():
            start = perf_counter()
            for _ in range(repeat):
                run()
            best[name] = min(best[name], (perf_counter() - start) / repeat / n * 1e9)
    return best


def main() -> None:
    names = sys.argv[1:] or functions.__all__
    rng = np.random.default_rng(0)
    columns = ("minpack", "NumPy", "scalar", "base")
    print("function".ljust(9), "n".rjust(7), *(c.rjust(8) for c in columns), " NumPy / minpack", " scalar / minpack")
    with tempfile.TemporaryDirectory() as folder:
        loops = scalar_loops(Path(folder))
        for name in names:
            ufunc = getattr(functions, name)
            for n in (1000, 100_000):
                x = [rng.uniform(*RANGES.get(name, (-5, 5)), n) for _ in range(ufunc.nin)]
                if name == "voigt":
                    x[1:] = np.abs(x[1]), np.abs(x[2])
                out = np.empty(n)
                ways: dict[str, Callable[[], object]] = {"minpack": lambda u=ufunc, x=x, out=out: u(*x, out=out)}
                numpy = getattr(np, name, None)
                if isinstance(numpy, np.ufunc):
                    ways["NumPy"] = lambda u=numpy, x=x, out=out: u(*x, out=out)
                if hasattr(loops, f"{name}_scalar"):
                    ways["scalar"] = over(getattr(loops, f"{name}_scalar"), *x, out)
                ways["base"] = over(_core.routines[f"{name}_base"], *x, out)
                best = minima(ways, n)
                cells = [f"{best[c]:8.2f}" if c in best else " " * 8 for c in columns]
                ratios = [f"{best[c] / best['minpack']:16.2f}" if c in best else " " * 16 for c in ("NumPy", "scalar")]
                print(name.ljust(9), f"{n:7d}", *cells, *ratios, flush=True)


if __name__ == "__main__":
    main()
