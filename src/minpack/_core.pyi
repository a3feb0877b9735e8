from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

routines: dict[str, int]
ufuncs: dict[str, np.ufunc]
STOPPED_BY_FUNCTION: int
NOT_FINITE_AT_START: int
TOO_FEW_POINTS: int
NOT_RUN_YET: int

def leastsq(
    func: Callable[..., Any],
    dfun: Callable[..., Any] | None,
    x0: ArrayLike,
    args: tuple[Any, ...],
    source: int,
    full: bool,
    ftol: float,
    xtol: float,
    gtol: float,
    maxfev: int,
    epsfcn: float | None,
    factor: float,
    diag: ArrayLike | None,
    reference: int,
    callback: Callable[..., Any] | None,
    /,
) -> tuple[Any, ...]: ...
def chkder(
    x: NDArray[np.float64],
    fvec: NDArray[np.float64] | None,
    fjac: NDArray[np.float64] | None,
    fvecp: NDArray[np.float64] | None,
    /,
) -> NDArray[np.float64]: ...

class Batch:
    finished: int
    def __new__(
        cls,
        count: int,
        m: int,
        n: int,
        capacity: int,
        data: tuple[Any, ...],
        results: tuple[Any, ...],
        options: tuple[Any, ...],
        given_jacobian: bool,
        scale_covariance: bool,
        /,
    ) -> Batch: ...
    def request(
        self,
    ) -> tuple[NDArray[np.float64], NDArray[np.intp], NDArray[np.float64], NDArray[np.intp]]: ...
    def feed(self, values: NDArray[np.float64], jacobians: NDArray[np.float64] | None, /) -> None: ...
    def run(self, fcn: int, jac: int | None, context: NDArray[np.float64] | None, per_fit: bool, /) -> bool: ...
