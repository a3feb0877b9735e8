"""Loops over fits in C (loops.c), with netlib's library and with minpack's core: the time without Python."""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import shlex
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import minpack
from minpack import _core

Array = NDArray[np.float64]
REFERENCES = ("scipy", "netlib")


@cache
def library() -> ctypes.CDLL:
    """Compile and load loops.c."""
    compiler = shlex.split(os.environ.get("CC", "cc"))
    source = Path(__file__).with_name("loops.c")
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "loops.so"
        flags = ["-O3", "-ffp-contract=off", "-shared", "-fPIC", "-Wall", "-Wextra", "-Werror"]
        subprocess.run(
            [*compiler, *flags, f"-I{minpack.get_include()}", str(source), "-o", str(target), "-lm"], check=True
        )
        return ctypes.CDLL(str(target))


@cache
def netlib() -> ctypes.CDLL | None:
    """The library of Debian's package libminpack1; None if it is not installed."""
    name = ctypes.util.find_library("minpack")
    return None if name is None else ctypes.CDLL(name)


def address(function: Any) -> int:
    """The address of a function of a library."""
    return ctypes.cast(function, ctypes.c_void_p).value or 0


_ROUTINES = ("machine_parameters", "fit_room", "fit_place", "lmdif", "lmder")


class _Fits(ctypes.Structure):
    _fields_ = [
        *[(name, ctypes.c_void_p) for name in ("fcn", "jac", "context")],
        ("stride", ctypes.c_ssize_t),
        *[(name, ctypes.c_void_p) for name in ("y", "x0")],
        *[(name, ctypes.c_int) for name in ("count", "m", "n", "reference")],
        *[(name, ctypes.c_void_p) for name in ("x", "info", "nfev", "njev", "points", "jacobian_points")],
        *[(name, ctypes.c_void_p) for name in ("netlib", *_ROUTINES)],
    ]


class Loop:
    """Fits of the same sizes, from the same start, with functions given by their addresses.

    With `per_fit`, `context` has one row per fit; otherwise all fits share it. With `y`, (count, m), the functions give
    a model's values and derivatives.
    """

    def __init__(
        self, fcn: int, context: Array, x0: Array, count: int, m: int, *, jac: int | None = None,
        y: Array | None = None, per_fit: bool = False, reference: str = "netlib",
    ) -> None:  # fmt: skip
        n = x0.size
        self.x = np.empty((count, n))
        self.info, self.nfev, self.njev = (np.zeros(count, dtype=np.intc) for _ in range(3))
        self.points = self.jacobian_points = np.empty((0, n))
        self._kept_alive = context, x0, y
        library_ = netlib()
        self._fits = _Fits(
            fcn, jac, context.ctypes.data, context.nbytes // count if per_fit else 0,
            None if y is None else y.ctypes.data, x0.ctypes.data, count, m, n, REFERENCES.index(reference),
            *(result.ctypes.data for result in (self.x, self.info, self.nfev, self.njev)), None, None,
            None if library_ is None else address(library_.lmdif_),
            *(_core.routines[name] for name in _ROUTINES),
        )  # fmt: skip

    def by_netlib(self) -> None:
        """Run all fits with lmdif_."""
        _run("netlib_fits", self._fits)

    def by_core(self) -> None:
        """Run all fits with the package's core."""
        _run("core_fits", self._fits)

    def record(self) -> None:
        """Record the points at which the fits call the functions."""
        self.by_core()
        n = self.x.shape[1]
        self.points, self.jacobian_points = (np.empty((int(calls.sum()), n)) for calls in (self.nfev, self.njev))
        self._fits.points, self._fits.jacobian_points = self.points.ctypes.data, self.jacobian_points.ctypes.data
        self.by_core()
        self._fits.points = self._fits.jacobian_points = None

    def take_record(self, other: Loop) -> None:
        """Take what another loop has recorded."""
        self.nfev[:], self.njev[:] = other.nfev, other.njev
        self.points, self.jacobian_points = other.points, other.jacobian_points

    def functions(self, moved: int | None = None, shared: bool = False) -> None:
        """Call only the functions, at the recorded points; `moved` gives the values for a difference Jacobian.

        If `shared`, the first calls of a fit are those of the fit before.
        """
        points = (ctypes.c_void_p(kept.ctypes.data) for kept in (self.points, self.jacobian_points))
        _run("functions_alone", self._fits, *points, ctypes.c_void_p(moved), shared)


def _run(name: str, fits: _Fits, *args: Any) -> None:
    if getattr(library(), name)(ctypes.byref(fits), *args) != 0:
        raise MemoryError
