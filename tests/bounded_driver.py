"""Whole bounded fits on the core's steps, by ctypes: what a driver in C is to do, with SciPy's arguments."""

import ctypes
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from minpack import _core
from oracles import Machine, as_c

Array = NDArray[np.float64]
Function = Callable[[Array], Any]
DONE, JACOBIAN, TRIAL, START, LOSS = range(5)
METHODS = ("trf", "dogbox")
LOSSES = ("linear", "huber", "soft_l1", "cauchy", "arctan")
KINDS = {"cs": 1, "2-point": 2, "3-point": 3}


class State(ctypes.Structure):
    """minpack_bounded_state of minpack.h."""

    _fields_ = [
        ("mach", Machine),
        *((name, ctypes.c_double) for name in ("ftol", "xtol", "gtol", "f_scale")),
        *((name, ctypes.c_int) for name in ("method", "loss", "scaling", "m", "n", "max_nfev")),
        *((name, ctypes.c_int) for name in ("task", "status", "nfev", "njev", "nit", "bounded", "moved", "fresh")),
        *((name, ctypes.c_int) for name in ("fast", "full_rank", "spectrum", "hit")),
        *((name, ctypes.c_double) for name in ("initial_cost", "cost", "reduction", "step_norm", "g_norm", "delta")),
        *(
            (name, ctypes.c_double)
            for name in ("alpha", "theta", "predicted", "scaled_norm", "outlying", "line_a", "line_b")
        ),
    ]


class Core:
    """Routines by name: of the extension, or of a library that was built by hand from the same sources."""

    def __init__(self, library: str | None = None) -> None:
        self.library = None if library is None else ctypes.CDLL(library)

    def __call__(self, name: str, *args: Any, result: Any = None) -> Any:
        """Call a function of minpack.h."""
        if self.library is None:
            address = _core.routines[name]
        else:
            address = ctypes.cast(getattr(self.library, "minpack_" + name), ctypes.c_void_p).value or 0
        return ctypes.CFUNCTYPE(result)(address)(*as_c(args))


EXTENSION = Core()


@dataclass
class Fit:
    """A fit and its arrays, named as in bounded.f90; matrices are Fortran's, so (n, m) here."""

    state: State
    x: Array
    fun: Array
    jac: Array  # (n, m), corrected for the loss
    grad: Array
    active: NDArray[np.intc]
    calls: int  # of fun, those for differences too
    trace: list[tuple[Any, ...]] = field(default_factory=list)

    @property
    def counts(self) -> tuple[int, int, int]:
        return self.state.status, self.state.nfev, self.state.njev


@dataclass
class Differences:
    """The Jacobian by differences, written over fjac."""

    core: Core
    kind: int
    fun: Function
    lower: Array
    upper: Array
    relative: Array

    def __call__(self, x: Array, f: Array, fjac: Array) -> None:
        n, m = fjac.shape
        h, one_sided, second = np.empty(n), np.empty(n, np.intc), np.empty(m)
        typical = np.ones(n)
        self.core("differences_begin", self.kind, 0, n, x, self.lower, self.upper, self.relative, typical, h, one_sided)
        for j in range(n):
            if self.kind == KINDS["cs"]:
                point = x.astype(complex)
                point[j] += h[j] * 1j
                fjac[j] = np.imag(self.fun(point))  # type: ignore[arg-type]
            else:
                fjac[j] = self.fun(self.point(1, j, x, h, one_sided))
                if self.kind == KINDS["3-point"]:
                    second[:] = self.fun(self.point(2, j, x, h, one_sided))
            where = (int(one_sided[j]), float(x[j]), float(h[j]))
            self.core("difference_column", self.kind, 0, m, *where, f, second, fjac[j])

    def point(self, k: int, j: int, x: Array, h: Array, one_sided: NDArray[np.intc]) -> Array:
        moved = x.copy()
        where = (int(one_sided[j]), float(x[j]), float(h[j]))
        moved[j] = self.core("difference_point", self.kind, k, *where, result=ctypes.c_double)
        return moved


def fit(
    fun: Function,
    x0: ArrayLike,
    jac: Any = "2-point",
    bounds: tuple[ArrayLike, ArrayLike] = (-np.inf, np.inf),
    method: str = "trf",
    ftol: float = 1e-8,
    xtol: float = 1e-8,
    gtol: float = 1e-8,
    x_scale: Any = 1.0,
    loss: Any = "linear",
    f_scale: float = 1.0,
    diff_step: Any = np.nan,
    max_nfev: int | None = None,
    core: Core = EXTENSION,
) -> Fit:
    """Fit as scipy.optimize.least_squares does; a bad start or Jacobian is a status, not an exception."""
    calls = 0

    def counted(x: Array) -> Any:
        nonlocal calls
        calls += 1
        return np.atleast_1d(fun(x))

    x = np.atleast_1d(np.array(x0, dtype=float))
    n = x.size
    lower, upper = (np.broadcast_to(np.asarray(b, dtype=float), (n,)).copy() for b in bounds)
    scale = np.ones(n) if isinstance(x_scale, str) else np.broadcast_to(np.asarray(x_scale, dtype=float), (n,)).copy()
    relative = np.broadcast_to(np.asarray(diff_step, dtype=float), (n,)).copy()

    s = State(ftol=ftol, xtol=xtol, gtol=gtol, f_scale=float(f_scale), n=n, m=1)
    s.method, s.scaling = METHODS.index(method), int(isinstance(x_scale, str))
    s.loss = LOSSES.index(loss) if isinstance(loss, str) else len(LOSSES)
    s.max_nfev = 100 * n if max_nfev is None else max_nfev
    core("bounded_begin", s, x, lower, upper, scale)
    if s.task == DONE:
        return Fit(s, x, np.empty(0), np.empty((n, 0)), np.empty(n), np.zeros(n, np.intc), 0)
    fvec = np.array(counted(x.copy()), dtype=float)
    s.m = m = fvec.size

    xtrial, grad, ftrial, rho = np.empty(n), np.empty(n), np.empty(m), np.empty((3, m))
    fjac, a = np.empty((n, m)), np.empty((n, max(m, n)))
    work, iwork = np.full(core("bounded_work", n, result=ctypes.c_size_t), np.nan), np.zeros((4, n), np.intc)
    difference = None
    if isinstance(jac, str):
        difference = Differences(core, KINDS[jac], counted, lower, upper, relative)
    trace: list[tuple[Any, ...]] = []
    while s.task != DONE:
        if s.task == JACOBIAN and difference is not None:
            base = np.array(counted(x.copy()), dtype=float) if s.moved else fvec
            difference(x, base, fjac)
        elif s.task == JACOBIAN:
            fjac[:] = np.atleast_2d(jac(x.copy())).T
        elif s.task == TRIAL:
            ftrial[:] = counted(xtrial.copy())
        elif s.task == LOSS:
            rho[:] = loss(rho[0].copy())
        arrays = (x, lower, upper, scale, xtrial, grad, fvec, ftrial, fjac, a, rho, work, iwork)
        core("bounded_step", s, *arrays)
        trace.append((s.task, s.nfev, s.cost, s.delta, s.g_norm, s.alpha, s.scaled_norm))
    active = np.empty(n, np.intc)
    core("bounded_active", s, x, lower, upper, iwork, active)
    return Fit(s, x, fvec, fjac, grad, active, calls, trace)
