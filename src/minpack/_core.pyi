from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

routines: dict[str, int]

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
