"""Random problems for the core and for netlib's library, compared bit for bit: `python tests/fuzz_core.py --help`."""

import argparse
import ctypes
import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from core_routines import has_avx2
from minpack import _core, get_include
from oracles import NETLIB, SCIPY, Array, Machine, fit_minpack, fit_scipy

SOURCES = [str(Path(__file__).with_name("fuzz") / name) for name in ("fits.c", "routines.c")]
# in the order of struct Ours and struct Theirs
BOTH = ["lmdif", "lmder", "lmstr", "enorm", "qrfac", "qrsolv", "lmpar", "rwupdt"]
OURS = [*BOTH, "machine_parameters", "fit_room", "fit_place", "begin", "step", "qrfac_lanes", "qrfac_lanes_avx2"]
DOUBLES = ctypes.POINTER(ctypes.c_double)


class Settings(ctypes.Structure):
    """The beginning of minpack_state."""

    _fields_ = [("mach", Machine)]
    _fields_ += [(name, ctypes.c_double) for name in ("ftol", "xtol", "gtol", "factor", "epsfcn")]
    _fields_ += [(name, ctypes.c_int) for name in ("m", "n", "by_rows", "differences", "ldfjac", "maxfev", "mode")]


class Outcome(ctypes.Structure):
    """What the C says of one problem."""

    _fields_ = [("routine", ctypes.c_char_p), ("field", ctypes.c_char_p), ("finite", ctypes.c_int)]
    _fields_ += [("info", ctypes.c_int), ("m", ctypes.c_int), ("n", ctypes.c_int)]
    _fields_ += [("settings", ctypes.POINTER(Settings)), ("x0", DOUBLES), ("diag", DOUBLES)]


def load(folder: str) -> Any:
    """Compile the C of it there, and tell it where the functions are."""
    assert NETLIB is not None
    library = os.path.join(folder, "fuzz_core.so")
    command = [os.environ.get("CC", "cc"), "-std=c17", "-O2", "-ffp-contract=off", "-Wall", "-Wextra", "-Werror"]
    command += ["-fPIC", "-shared", "-I", get_include(), *SOURCES, "-o", library, "-lm"]
    subprocess.run(command, check=True)
    fuzz = ctypes.CDLL(library)
    for function in (fuzz.fuzz_fit, fuzz.fuzz_routine, fuzz.fuzz_lanes):
        function.restype, function.argtypes = Outcome, [ctypes.c_uint64]
    fuzz.fuzz_describe.argtypes = [ctypes.c_uint64]
    theirs = [ctypes.cast(getattr(NETLIB, name + "_"), ctypes.c_void_p).value for name in BOTH]
    (ctypes.c_void_p * len(OURS)).in_dll(fuzz, "ours")[:] = [
        None if name.endswith("_avx2") and not has_avx2() else _core.routines.get(name) for name in OURS
    ]
    (ctypes.c_void_p * len(BOTH)).in_dll(fuzz, "theirs")[:] = theirs
    return fuzz


def agrees_with_scipy(fuzz: Any, outcome: Outcome) -> bool:
    """Whether minpack.leastsq has SciPy's bits for the problem just run."""
    settings, n, m = outcome.settings.contents, outcome.n, outcome.m
    options = {name: getattr(settings, name) for name in ("ftol", "xtol", "gtol", "factor", "maxfev", "epsfcn")}
    if settings.mode == 2:
        options["diag"] = outcome.diag[:n]
    kind = "lmdif" if outcome.routine == b"lmdif" else "lmder"
    runs = []
    for fit, extra in ((fit_minpack, 0), (fit_scipy, 2)):
        calls = -extra

        def residuals(x: Array) -> Array:
            nonlocal calls
            calls += 1
            out = np.empty(m)
            fuzz.fuzz_residuals(x.ctypes.data_as(DOUBLES), max(calls, 1), out.ctypes.data_as(DOUBLES))
            return out

        def jacobian(x: Array) -> Array:
            out = np.empty((m, n))
            for i in range(m):
                fuzz.fuzz_row(i, x.ctypes.data_as(DOUBLES), out[i].ctypes.data_as(DOUBLES), 1)
            return out

        more: Any = {"reference": "scipy"} if fit is fit_minpack else {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of residuals that are not finite at the start
            run = fit(kind, residuals, jacobian, np.array(outcome.x0[:n]), **options, **more)
        for array in (run.x, run.fvec, run.fjac, run.qtf, *run.points, *run.jacobian_points):
            array[np.isnan(array)] = np.nan  # one NaN for all
        runs.append(run.bits())
    return runs[0] == runs[1]


def run(fuzz: Any, seeds: Iterable[int]) -> tuple[list[tuple[int, str, str]], Counter[str]]:
    """A fit, a routine and lanes for each seed: (seed, routine, what differs) where anything does, and what there was.

    If a number on the way is not finite, netlib's library is no oracle, as what its MAX and MIN do with NaN is the
    compiler's choice: there SciPy is asked, which knows no lmstr.
    """
    different, seen = [], Counter[str]()
    for seed in seeds:
        for function in (fuzz.fuzz_fit, fuzz.fuzz_routine, fuzz.fuzz_lanes):
            outcome = function(seed)
            routine, field = outcome.routine.decode(), outcome.field
            seen[routine] += 1
            if function is fuzz.fuzz_fit:
                seen[f"info {outcome.info}"] += 1
            if outcome.finite and field is not None:
                different.append((seed, routine, field.decode()))
            if outcome.finite:
                continue
            seen["not finite"] += 1
            seen["not finite, as netlib"] += field is None
            if SCIPY and routine in ("lmdif", "lmder", "steps") and outcome.info != 0:
                seen["not finite, as SciPy"] += 1
                if not agrees_with_scipy(fuzz, outcome):
                    different.append((seed, routine, "SciPy"))
            elif field is not None:
                seen["not finite, as neither"] += 1
    return different, seen


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--problems", type=int, default=100_000, help="how many fits, and how many calls of a routine")
    parser.add_argument("--seed", type=int, default=1, help="of the first problem; the next has the next")
    parser.add_argument("--describe", action="store_true", help="print the problem of --seed, and both answers to it")
    arguments = parser.parse_args()
    if NETLIB is None:
        print("netlib's library (Debian: libminpack1) is not here to compare with")
        return 1
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        fuzz = load(folder)
        if arguments.describe:
            fuzz.fuzz_describe(arguments.seed)
            return 0
        different, seen = run(fuzz, range(arguments.seed, arguments.seed + arguments.problems))
    took = time.perf_counter() - begun
    print(f"{arguments.problems} fits, as many calls of a routine, and of qrfac_lanes, {took:.0f} s")
    for what in sorted(seen):
        print(f"{seen[what]:>10} {what}")
    for seed, routine, what in different[:20]:
        print(f"{routine} differs in {what}: python tests/fuzz_core.py --describe --seed {seed}")
    print(f"{len(different)} differ")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
