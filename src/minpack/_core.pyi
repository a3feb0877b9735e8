from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

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
        self,
        ftol: float = ...,
        xtol: float = ...,
        gtol: float = ...,
        maxfev: int = ...,
        epsfcn: float | None = ...,
        factor: float = ...,
        diag: ArrayLike | None = ...,
        reference: str = ...,
        method: str = ...,
        loss: str = ...,
        f_scale: float = ...,
        x_scale: ArrayLike | None = ...,
    ) -> None: ...
    def limit(self, n: int, differences: bool, /) -> int: ...

class Data:
    def __init__(
        self,
        ydata: NDArray[np.float64],
        weights: NDArray[np.float64] | None = ...,
        valid: NDArray[np.bool_] | None = ...,
        cholesky: NDArray[np.float64] | None = ...,
        count: int = ...,
    ) -> None: ...

class Outcome:
    x: NDArray[np.float64]
    info: int
    bad: int
    maxfev: int
    nfev: int
    njev: int
    fvec: NDArray[np.float64]
    fjac: NDArray[np.float64]
    ipvt: NDArray[np.int32]
    qtf: NDArray[np.float64]
    cov: Any
    distance: float
    lost: int
    stuck: bool
    misled: bool

def solve_residuals(
    func: Callable[..., Any],
    x0: ArrayLike,
    args: tuple[Any, ...],
    settings: Settings,
    dfun: Callable[..., Any] | None = ...,
    layout: int = ...,
    callback: Callable[..., Any] | None = ...,
    full: bool = ...,
    notice: Callable[..., bool] | None = ...,
) -> Outcome: ...
def solve_curve(
    f: Callable[..., Any],
    x0: ArrayLike,
    xdata: Any,
    data: Data,
    settings: Settings,
    jac: Callable[..., Any] | None = ...,
    layout: int = ...,
    scale: bool = ...,
    callback: Callable[..., Any] | None = ...,
    full: bool = ...,
    notice: Callable[..., bool] | None = ...,
) -> Outcome: ...
def solve_compiled(
    fcn: int,
    x0: ArrayLike,
    m: int,
    settings: Settings,
    jac: int | None = ...,
    context: NDArray[np.float64] | None = ...,
    callback: Callable[..., Any] | None = ...,
    full: bool = ...,
) -> Outcome: ...
def chkder(
    x: NDArray[np.float64],
    fvec: NDArray[np.float64] | None = ...,
    fjac: NDArray[np.float64] | None = ...,
    fvecp: NDArray[np.float64] | None = ...,
) -> NDArray[np.float64]: ...
def derivatives(
    func: Callable[..., Any],
    x: NDArray[np.float64],
    center: NDArray[np.float64],
    errors: NDArray[np.float64],
    sizes: NDArray[np.float64],
    eps: float,
    good: float,
    xdata: Any = ...,
    data: Data | None = ...,
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]: ...
def spectral_covar(jac: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None: ...
def difference_points(
    kind: int,
    precision: int,
    x: NDArray[np.float64],
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
    relative: NDArray[np.float64],
    typical: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.intc], NDArray[np.float64]]: ...
def difference_columns(
    kind: int,
    precision: int,
    x: NDArray[np.float64],
    h: NDArray[np.float64],
    one_sided: NDArray[np.intc],
    f: NDArray[np.float64],
    values: NDArray[np.float64],
) -> NDArray[np.float64]: ...

class Batch:
    finished: int
    def __new__(
        cls,
        count: int,
        *,
        m: int,
        n: int,
        capacity: int,
        x0: NDArray[np.float64],
        data: Data | None,
        results: Any,
        settings: Settings,
        differences: bool,
        scale_covariance: bool,
        lower: NDArray[np.float64] | None,
        upper: NDArray[np.float64] | None,
        distances: NDArray[np.float64] | None,
    ) -> Batch: ...
    def request(
        self,
    ) -> tuple[NDArray[np.float64], NDArray[np.intp], NDArray[np.float64], NDArray[np.intp]]: ...
    def feed(
        self, values: NDArray[np.float64], jacobians: NDArray[np.float64] | None,
        loss: Callable[[NDArray[np.float64]], NDArray[np.float64]] | None = ..., /,
    ) -> None: ...  # fmt: skip
    def run(
        self,
        fcn: int,
        *,
        jac: int | None = ...,
        moved: int | None = ...,
        context: NDArray[np.float64] | None = ...,
        per_fit: bool = ...,
        loss: int | None = ...,
    ) -> bool: ...

class BoundedFit:
    method: str
    status: int
    calls: int
    misled: bool
    explained: float
    nfev: int
    njev: int
    nit: int
    initial_cost: float
    cost: float
    reduction: float
    step_norm: float
    optimality: float
    x: NDArray[np.float64]
    grad: NDArray[np.float64]
    fun: NDArray[np.float64]
    jac: NDArray[np.float64]
    derivatives: NDArray[np.float64]
    active_mask: NDArray[np.intc]
    def __new__(
        cls,
        x0: ArrayLike,
        lower: ArrayLike,
        upper: ArrayLike,
        *,
        method: str = ...,
        loss: str = ...,
        f_scale: float = ...,
        x_scale: ArrayLike | None = ...,
        ftol: float = ...,
        xtol: float = ...,
        gtol: float = ...,
        max_nfev: int = ...,
    ) -> BoundedFit: ...
    def run(
        self,
        fun: Callable[..., Any],
        args: tuple[Any, ...],
        convert: Callable[[Any], NDArray[Any]],
        *,
        xdata: Any = ...,
        data: Data | None = ...,
        jac: Callable[..., Any] | None = ...,
        convert_jac: Callable[[Any], NDArray[Any]] | None = ...,
        kind: int = ...,
        differences: Callable[[NDArray[np.float64], NDArray[np.float64], int], NDArray[np.float64]] | None = ...,
        relative: ArrayLike | None = ...,
        typical: ArrayLike | None = ...,
        loss: Callable[[NDArray[np.float64]], NDArray[np.float64]] | None = ...,
        tell: Callable[[BoundedFit, float], bool] | None = ...,
    ) -> tuple[int, float]: ...
