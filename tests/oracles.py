"""The same fit by minpack, by netlib's compiled library and by SciPy, recorded in one form to compare bit by bit."""

import ctypes
import ctypes.util
import hashlib
import platform
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

import minpack
from minpack import _core

Array = NDArray[np.float64]
KINDS = ("lmdif", "lmder", "lmstr")
DEFAULTS = {"ftol": 1.49012e-8, "xtol": 1.49012e-8, "gtol": 0.0, "maxfev": 0, "epsfcn": 2.0**-52, "factor": 100.0}

# Named so that a stored answer can say which it is for. Each tells of one thing: tolerances that are met late or
# never, the last tests (6 to 8), a given scale, steps short and long, coarse differences, a limit within an iteration.
OPTIONS: dict[str, dict[str, Any]] = {
    "default": {},
    "tight": {"ftol": 1e-15, "xtol": 1e-15, "gtol": 1e-15},
    "zero": {"ftol": 0.0, "xtol": 0.0, "gtol": 0.0},
    "loose": {"ftol": 1e-3, "xtol": 1e-3, "gtol": 1e-2},
    "short": {"factor": 0.1},
    "diag": {"diag": "rising", "factor": 1.0},
    "coarse": {"epsfcn": 1e-10},
    "maxfev": {"maxfev": 2},
}


@dataclass
class Run:
    """All that a fit gives, and each point that it asked for."""

    x: Array
    fvec: Array
    fjac: Array  # (n, m), as leastsq gives it
    ipvt: Array  # 0-based
    qtf: Array
    nfev: int
    njev: int
    ier: int
    points: list[Array] = field(default_factory=list)  # of the residuals, in order
    jacobian_points: list[Array] = field(default_factory=list)

    def bits(self) -> dict[str, Any]:
        """Everything in a form where equal means equal to the bit."""
        arrays = {"x": self.x, "fvec": self.fvec, "fjac": self.fjac, "qtf": self.qtf}
        return {
            **{name: value.tobytes() for name, value in arrays.items()},
            "ipvt": self.ipvt.tolist(), "nfev": self.nfev, "njev": self.njev, "ier": self.ier,
            "points": [p.tobytes() for p in self.points],
            "jacobian_points": [p.tobytes() for p in self.jacobian_points],
        }

    def stored(self) -> dict[str, Any]:
        """What goes into a file: the results in hexadecimal, the rest as a digest."""
        digest = hashlib.sha256()
        for array in [self.fvec, self.fjac, self.qtf, *self.points, *self.jacobian_points]:
            digest.update(np.ascontiguousarray(array).tobytes())
        return {
            "x": [float(v).hex() for v in self.x],
            "ipvt": self.ipvt.tolist(), "nfev": self.nfev, "njev": self.njev, "ier": self.ier,
            "rest": digest.hexdigest(),
        }


def options_for(name: str, n: int) -> dict[str, Any]:
    """The named options, with a diag of n elements if they have one."""
    options = dict(OPTIONS[name])
    if "diag" in options:
        options["diag"] = np.array([1.0 + 0.5 * j for j in range(n)])
    return options


def recorded(function: Callable[[Array], Array], points: list[Array]) -> Callable[..., Array]:
    def call(x: Array) -> Array:
        points.append(x.copy())
        return function(x)

    return call


def fit_minpack(kind: str, func: Any, jac: Any, x0: Array, reference: str, **options: Any) -> Run:
    """Run minpack.leastsq."""
    points: list[Array] = []
    jacobian_points: list[Array] = []
    dfun = None if kind == "lmdif" else recorded(jac, jacobian_points)
    x, _, info, _, ier = minpack.leastsq(
        recorded(func, points), x0, Dfun=dfun, full_output=True, by_rows=kind == "lmstr", reference=reference, **options
    )
    njev = info.get("njev", 0)
    return Run(
        x, info["fvec"], info["fjac"], info["ipvt"], info["qtf"], info["nfev"], njev, ier, points, jacobian_points
    )


# ---- netlib ----------------------------------------------------------------------------------------------------

_INT = ctypes.POINTER(ctypes.c_int)
_DOUBLE = ctypes.POINTER(ctypes.c_double)


def load_netlib() -> ctypes.CDLL | None:
    """The library of Debian's package libminpack1, or None if it is not installed, or not for x86-64.

    For 64-bit ARM, whose processors all have them, Debian builds it with fused multiply-adds, and so with other bits.
    """
    name = ctypes.util.find_library("minpack") if platform.machine() in ("x86_64", "AMD64") else None
    return None if name is None else ctypes.CDLL(name)


NETLIB = load_netlib()


def by_reference(*values: Any) -> list[Any]:
    """Arguments as Fortran takes them: addresses of the data of arrays, and of fresh ints and doubles."""
    out: list[Any] = []
    for value in values:
        if isinstance(value, np.ndarray):
            out.append(ctypes.c_void_p(value.ctypes.data))
        elif isinstance(value, float):
            out.append(ctypes.byref(ctypes.c_double(value)))
        elif isinstance(value, int):
            out.append(ctypes.byref(ctypes.c_int(value)))
        else:
            out.append(value)
    return out


def fit_netlib(kind: str, func: Any, jac: Any, x0: Array, **options: Any) -> Run:
    """Run lmdif_, lmder_ or lmstr_ of netlib's library, with leastsq's defaults."""
    assert NETLIB is not None
    x = np.array(x0, dtype=float)
    n, points, jacobian_points = x.size, [x.copy()], []
    fvec = np.array(func(x))
    m = fvec.size
    ldfjac = n if kind == "lmstr" else m
    fjac, qtf, ipvt = np.zeros((n, ldfjac)), np.zeros(n), np.zeros(n, dtype=np.int32)
    wa, wa4 = np.zeros((3, n)), np.zeros(m)
    set_ = DEFAULTS | options
    diag = np.array(options["diag"]) if "diag" in options else np.zeros(n)
    mode, nprint = 2 if "diag" in options else 1, 0
    maxfev = set_["maxfev"] or (200 if kind == "lmdif" else 100) * (n + 1)
    info, nfev, njev = ctypes.c_int(), ctypes.c_int(), ctypes.c_int()
    rows = np.zeros((m, n))
    seen = 0

    def evaluate(x_pointer: Any, out: Any) -> None:
        nonlocal seen
        point = np.ctypeslib.as_array(x_pointer, (n,)).copy()
        seen += 1
        if seen > 1:  # the first is x0, evaluated above
            points.append(point)
        np.ctypeslib.as_array(out, (m,))[:] = func(point)

    def dif(_m: Any, _n: Any, x_pointer: Any, out: Any, _flag: Any) -> None:
        evaluate(x_pointer, out)

    def der(_m: Any, _n: Any, x_pointer: Any, out: Any, fjac_pointer: Any, _ld: Any, flag: Any) -> None:
        if flag[0] == 1:
            evaluate(x_pointer, out)
        else:
            point = np.ctypeslib.as_array(x_pointer, (n,)).copy()
            jacobian_points.append(point)
            np.ctypeslib.as_array(fjac_pointer, (n, m))[:] = jac(point).T

    def row(_m: Any, _n: Any, x_pointer: Any, out: Any, row_pointer: Any, flag: Any) -> None:
        if flag[0] == 1:
            evaluate(x_pointer, out)
            return
        if flag[0] == 2:
            point = np.ctypeslib.as_array(x_pointer, (n,)).copy()
            jacobian_points.append(point)
            rows[:] = jac(point)
        np.ctypeslib.as_array(row_pointer, (n,))[:] = rows[flag[0] - 2]

    tolerances = [set_["ftol"], set_["xtol"], set_["gtol"], maxfev]
    scaling = [diag, mode, float(set_["factor"]), nprint]
    scratch = [*wa, wa4]
    if kind == "lmdif":
        callback = ctypes.CFUNCTYPE(None, _INT, _INT, _DOUBLE, _DOUBLE, _INT)(dif)
        NETLIB.lmdif_(
            callback, *by_reference(m, n, x, fvec, *tolerances, set_["epsfcn"], *scaling),
            ctypes.byref(info), ctypes.byref(nfev), *by_reference(fjac, ldfjac, ipvt, qtf, *scratch),
        )  # fmt: skip
    else:
        middle = [_DOUBLE, _INT, _INT] if kind == "lmder" else [_DOUBLE, _INT]
        body = der if kind == "lmder" else row
        callback = ctypes.CFUNCTYPE(None, _INT, _INT, _DOUBLE, _DOUBLE, *middle)(body)
        getattr(NETLIB, kind + "_")(
            callback, *by_reference(m, n, x, fvec, fjac, ldfjac, *tolerances, *scaling),
            ctypes.byref(info), ctypes.byref(nfev), ctypes.byref(njev), *by_reference(ipvt, qtf, *scratch),
        )  # fmt: skip
    return Run(x, fvec, fjac, ipvt - 1, qtf, nfev.value, njev.value, info.value, points, jacobian_points)


# ---- SciPy -----------------------------------------------------------------------------------------------------


def scipy_has_the_bits() -> bool:
    """Whether the installed SciPy is one whose bits are promised: 1.18 or later (it needs Python 3.12)."""
    try:
        import scipy
    except ImportError:
        return False
    return tuple(int(part) for part in scipy.__version__.split(".")[:2]) >= (1, 18)


SCIPY = scipy_has_the_bits()


def fit_scipy(kind: str, func: Any, jac: Any, x0: Array, **options: Any) -> Run:
    """Run scipy.optimize.leastsq; its extra calls at x0, two of func and one of Dfun, are not of the algorithm."""
    from scipy.optimize import leastsq

    points: list[Array] = []
    jacobian_points: list[Array] = []
    dfun = None if kind == "lmdif" else recorded(jac, jacobian_points)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of its cov_x, where that overflows
        x, _, info, _, ier = leastsq(recorded(func, points), x0, Dfun=dfun, full_output=True, **options)
    return Run(
        x, info["fvec"], info["fjac"], info["ipvt"], info["qtf"], info["nfev"], info.get("njev", 0), ier,
        points[2:], jacobian_points[1:],
    )  # fmt: skip


# ---- The core's routines ---------------------------------------------------------------------------------------


class Machine(ctypes.Structure):
    """minpack_machine of minpack.h."""

    _fields_ = [(name, ctypes.c_double) for name in ("epsmch", "dwarf", "rdwarf", "rgiant")]


FIT = np.dtype(_core.fit_layout)  # minpack_fit of minpack.h


def new_fit(arrays: dict[str, Any], **state: Any) -> Any:
    """A minpack_fit with these arrays, those not named in memory of its own, and these scalars; keep it alive."""
    fit = np.zeros((), dtype=FIT)
    for name, value in {**state, **{name: array.ctypes.data for name, array in arrays.items()}}.items():
        fit[name] = value
    room = np.zeros(routine("fit_room", ctypes.c_size_t)(fit))
    routine("fit_place")(fit, room)
    return fit, (arrays, room)


def machine(reference: str) -> Machine:
    """The machine parameters of a reference, as the core has them."""
    mach = Machine()
    routine("machine_parameters")(["scipy", "netlib"].index(reference), ctypes.byref(mach))
    return mach


def routine(name: str, result: Any = None) -> Any:
    """A function of minpack.h, by its address in the extension."""
    function = ctypes.CFUNCTYPE(result)(_core.routines[name])

    def call(*args: Any) -> Any:
        return function(*as_c(args))

    return call


def as_c(args: Iterable[Any]) -> list[Any]:
    """Arguments of a C function: ints as C ints, floats as C doubles; arrays and structures by address."""
    converted: list[Any] = []
    for arg in args:
        if isinstance(arg, np.ndarray):
            converted.append(ctypes.c_void_p(arg.ctypes.data))
        elif isinstance(arg, float):
            converted.append(ctypes.c_double(arg))
        elif isinstance(arg, ctypes.Structure):
            converted.append(ctypes.byref(arg))
        else:
            converted.append(arg)
    return converted
