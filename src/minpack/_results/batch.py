"""`BatchResult`: what became of each fit of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .codes import NOT_RUN_YET

_Array = NDArray[np.float64]


@dataclass(eq=False)
class BatchResult:
    """The results of a batch as arrays, one element or row per fit; Dask arrays if the data were Dask's.

    Attributes
    ----------
    x : ndarray, shape (..., n)
        The parameters at the end of each fit.
    cov : ndarray, shape (..., n, n)
        Their covariance: inf if it cannot be estimated, NaN if the fit did not converge.
    status : ndarray of int32, shape (...,)
        The code of the method, MINPACK's with "lm", else that of `least_squares`, 1 to 4 for a solution; or
        `NOT_FINITE_AT_START`, `TOO_FEW_POINTS`, `NOT_RUN_YET`, `BAD_BOUNDS`, `START_OUT_OF_BOUNDS`,
        `JACOBIAN_NOT_FINITE`, and for compiled functions `STOPPED_BY_FUNCTION`.
    nfev : ndarray of int32, shape (...,)
        Number of points at which the function was evaluated, without those for differences except with "lm".
    cost : ndarray, shape (...,)
        Half the sum of squares, or of what the loss makes of them; NaN if the fit was not run.
    """

    x: _Array
    cov: _Array
    status: NDArray[np.int32]
    nfev: NDArray[np.int32]
    cost: _Array

    @classmethod
    def empty(cls, shape: int | tuple[int, ...], n: int) -> BatchResult:
        """Make room for fits that have not been run: for `out`, or as a pattern for memory maps.

        Parameters
        ----------
        shape : int or tuple of int
            The number of fits, or the shape that they form.
        n : int
            The number of parameters.

        Returns
        -------
        BatchResult
            ``status`` is `NOT_RUN_YET` everywhere, ``nfev`` zero, the rest NaN.

        Examples
        --------
        >>> from minpack import BatchResult
        >>> BatchResult.empty((2, 3), 4).x.shape
        (2, 3, 4)
        """
        shape = (shape,) if isinstance(shape, int) else tuple(shape)
        return cls(
            x=np.full((*shape, n), np.nan),
            cov=np.full((*shape, n, n), np.nan),
            status=np.full(shape, NOT_RUN_YET, dtype=np.int32),
            nfev=np.zeros(shape, dtype=np.int32),
            cost=np.full(shape, np.nan),
        )

    @property
    def success(self) -> NDArray[np.bool_]:
        """Which fits converged, shape (...,)."""
        # only arithmetic, so that Dask arrays stay Dask arrays
        success: NDArray[np.bool_] = (self.status >= 1) & (self.status <= 4)
        return success

    def arrays(self) -> tuple[NDArray[Any], ...]:
        """Return x, cov, status, nfev and cost.

        Returns
        -------
        tuple of ndarray
            The arrays themselves, no copies.
        """
        return self.x, self.cov, self.status, self.nfev, self.cost


def reshaped(result: BatchResult, ndim: int, shape: Sequence[int]) -> BatchResult:
    """The same memory with other leading dimensions: `ndim` of them become those of `shape`."""
    return BatchResult(*(array.reshape(*shape, *array.shape[ndim:]) for array in result.arrays()))


def part_of(result: BatchResult, begin: int, end: int) -> BatchResult:
    """The results of some of the fits, in the same memory."""
    return BatchResult(*(array[begin:end] for array in result.arrays()))


def is_open(result: BatchResult) -> bool:
    """Whether there are fits that have not been run."""
    return bool((result.status == NOT_RUN_YET).any())


def fill(result: BatchResult, new: BatchResult) -> int:
    """Copy the results of the fits that have not been run, and return their number."""
    todo = result.status == NOT_RUN_YET
    # The status comes last, because it says that the rest is there, even if the process dies between two copies.
    for name in ("x", "cov", "nfev", "cost", "status"):
        getattr(result, name)[todo] = getattr(new, name)[todo]
    return int(todo.sum())


def check_out(out: BatchResult, lead: tuple[int, ...], n: int) -> None:
    """Raise an error unless the results of fits of n parameters in that shape can be written to `out`."""
    if not isinstance(out, BatchResult):
        raise TypeError(f"out must be a BatchResult; got {out!r}")
    patterns = BatchResult.empty((), n).arrays()
    for name, array, pattern in zip(("x", "cov", "status", "nfev", "cost"), out.arrays(), patterns, strict=True):
        shape = (*lead, *pattern.shape)
        if not isinstance(array, np.ndarray):
            raise TypeError(f"out.{name} must be an array; got {array!r}")
        if not (array.shape == shape and array.dtype == pattern.dtype and array.flags.carray):
            raise ValueError(
                f"out.{name} must be a writeable {pattern.dtype} array in C order of shape {shape}; "
                f"got {array.dtype} of shape {array.shape}"
            )
