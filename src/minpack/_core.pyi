from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

_Array = NDArray[np.float64]

routines: dict[str, int]
fit_layout: Any  # of numpy.dtype, as is the next
bounded_layout: Any
ufuncs: dict[str, np.ufunc]
tables: dict[str, bytes]
BY_SHAPE: int
BY_COLUMNS: int
BY_ROWS: int
STOPPED_BY_FUNCTION: int
NOT_FINITE_AT_START: int
TOO_FEW_POINTS: int
NOT_RUN_YET: int
BAD_BOUNDS: int
START_OUT_OF_BOUNDS: int
JACOBIAN_NOT_FINITE: int

class Settings:
    tolerances: tuple[float, float, float]
    def __init__(
        self, ftol: float = ..., xtol: float = ..., gtol: float = ..., maxfev: int = ..., epsfcn: float | None = ...,
        factor: float = ..., diag: ArrayLike | None = ..., reference: str = ..., method: str = ..., loss: str = ...,
        f_scale: float = ..., x_scale: ArrayLike | None = ...,
    ) -> None: ...  # fmt: skip
    def again(self, *of_leastsq: Any) -> Settings: ...
    def limit(self, n: int, differences: bool, /) -> int: ...

class Data:
    def __init__(
        self, ydata: _Array, weights: _Array | None = ..., valid: NDArray[np.bool_] | None = ...,
        cholesky: _Array | None = ..., count: int = ...,
    ) -> None: ...  # fmt: skip

class Outcome:
    x: _Array
    info: int
    bad: int
    maxfev: int
    nfev: int
    njev: int
    fvec: _Array
    fjac: _Array
    ipvt: NDArray[np.int32]
    qtf: _Array
    cov: Any
    distance: float
    lost: int
    stuck: bool
    misled: bool
    usual: bool

def solve_residuals(
    func: Callable[..., Any], x0: ArrayLike, args: Any, settings: Settings,
    dfun: Callable[..., Any] | None = ..., layout: int = ..., callback: Callable[..., Any] | None = ...,
    full: bool = ..., notice: Callable[..., bool] | None = ...,
) -> Outcome: ...  # fmt: skip
def solve_curve(
    f: Callable[..., Any], x0: ArrayLike, xdata: Any, data: Data, settings: Settings,
    jac: Callable[..., Any] | None = ..., layout: int = ..., scale: bool = ...,
    callback: Callable[..., Any] | None = ..., full: bool = ..., notice: Callable[..., bool] | None = ...,
) -> Outcome: ...  # fmt: skip
def solve_compiled(
    fcn: int, x0: ArrayLike, m: int, settings: Settings, jac: int | None = ..., context: _Array | None = ...,
    callback: Callable[..., Any] | None = ..., full: bool = ...,
) -> Outcome: ...  # fmt: skip
def solve_bounded(
    x0: _Array, lower: _Array, upper: _Array, relative: ArrayLike | None, typical: _Array | None, settings: Settings,
    loss: Callable[[_Array], _Array] | None, tell: Callable[..., bool] | None, func: Callable[..., Any],
    args: tuple[Any, ...], convert: Callable[[Any], NDArray[Any]], xdata: Any = ..., data: Data | None = ...,
    jac: Callable[..., Any] | None = ..., convert_jac: Callable[[Any, _Array, _Array], NDArray[Any]] | None = ...,
    kind: int = ...,
) -> tuple[Any, ...]: ...  # fmt: skip
def chkder(x: _Array, fvec: _Array | None = ..., fjac: _Array | None = ..., fvecp: _Array | None = ...) -> _Array: ...
def derivatives(
    func: Callable[..., Any], x: _Array, center: _Array | int, errors: _Array, sizes: _Array, eps: float, good: float,
    xdata: Any = ...,
) -> tuple[_Array, _Array, float, float]: ...  # fmt: skip
def factorize(
    fvec: _Array, columns: _Array, x: _Array, settings: Settings, scale: bool
) -> tuple[_Array, _Array, _Array, float, float, float, int]: ...
def spectral_covar(jac: _Array) -> tuple[_Array, _Array] | None: ...
def bounded_differences(
    kind: int, precision: int, x: _Array, lower: _Array, upper: _Array, relative: _Array, typical: _Array,
    f: _Array = ..., values: _Array = ..., /,
) -> Any: ...  # fmt: skip
def hold(*arrays: object) -> list[Any]: ...
def count_stuck(results: Any, start: _Array, count: int, bounded: bool, /) -> tuple[int, int]: ...
def empty_results(shape: tuple[int, ...], /) -> tuple[NDArray[Any], ...]: ...
def best_of_candidates(
    points: _Array, columns: NDArray[np.intp], r: _Array, size: _Array, place: NDArray[np.intp],
    at_place: NDArray[np.intp], axes: NDArray[np.intp], lower: _Array, upper: _Array, along: _Array,
    gain: _Array | None, total: _Array, best: _Array, answer: _Array, /,
) -> None: ...  # fmt: skip
def call_with_columns(f: Callable[..., Any], x: Any, points: _Array, /) -> Any: ...

_Evaluate = Callable[[_Array, NDArray[np.intp], int], _Array]

class Batch:
    begun: int
    finished: int
    away: int
    def __init__(
        self, count: int, *, m: int, n: int, capacity: int, x0: _Array, data: Data | None, results: Any,
        settings: Settings, differences: bool, scale_covariance: bool, lower: _Array | None, upper: _Array | None,
        look: tuple[float, float] | None = ...,
    ) -> None: ...  # fmt: skip
    def rounds(
        self, values: _Evaluate, jacobians: _Evaluate, loss: Callable[[_Array], _Array] | None = ...,
        model: tuple[Callable[..., Any], Any, Callable[..., _Array]] | None = ..., /,
    ) -> bool: ...  # fmt: skip
    def run(
        self, fcn: int, *, jac: int | None = ..., moved: int | None = ..., context: _Array | None = ...,
        per_fit: bool = ..., loss: int | None = ..., m: int = ..., pure: bool = ..., together: bool = ...,
    ) -> bool: ...  # fmt: skip
