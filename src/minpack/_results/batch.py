"""`BatchResult`: what became of each fit of a batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .._core import empty_results
from . import batch_forms
from .codes import NOT_RUN_YET
from .synonyms import Synonyms

if TYPE_CHECKING:
    from .fit import Fit

_Array = NDArray[np.float64]
_Names = tuple[str, ...] | Callable[[], tuple[str, ...]]  # the names of parameters, or what finds them


class _Memory:
    """What a result knows besides its arrays: no fields, because fields are arrays, for `out` and in Dask's graphs."""

    __slots__ = ("_names", "_repeat")

    _names: _Names
    _repeat: Callable[[Any], Fit]  # makes one of the fits on its own


@dataclass(eq=False, repr=False)
class BatchResult(_Memory, Synonyms):
    """The results of a batch as arrays, one element or row per fit; Dask arrays if the data were Dask's.

    Attributes
    ----------
    x : ndarray, shape (..., n)
        The parameters at the end of each fit.
    cov : ndarray, shape (..., n, n)
        Their covariance: inf if it cannot be estimated, NaN if the fit did not converge. With a loss it is that of
        `curve_fit`, a rough guide; `fit` gives robust errors.
    status : ndarray of int32, shape (...,)
        The code of the method, MINPACK's with "lm", else that of `least_squares`, 1 to 4 for a solution; or
        `NOT_FINITE_AT_START`, `TOO_FEW_POINTS`, `NOT_RUN_YET`, `BAD_BOUNDS`, `START_OUT_OF_BOUNDS`,
        `JACOBIAN_NOT_FINITE`, `AWAY_FROM_MINIMUM`, and for compiled functions `STOPPED_BY_FUNCTION`.
    nfev : ndarray of int32, shape (...,)
        Number of points at which the function was evaluated, without those for differences except with "lm".
    cost : ndarray, shape (...,)
        Half the sum of squares, or of what the loss makes of them; NaN if the fit was not run.

    Notes
    -----
    ``len(result)`` is the length of the first axis of fits, and ``result[i]`` selects fits as an array selects
    elements: by number, slice or mask.

    Examples
    --------
    >>> import numpy as np
    >>> import minpack
    >>> x = np.arange(4.0)
    >>> rows = [1.0 + 2.0 * x, 5.0 - x, [1.0, np.nan, 2.0, 3.0]]
    >>> result = minpack.curve_fit_batch(lambda x, a, b: a + b * x, x, rows, [1.0, 1.0])
    >>> result.status == minpack.NOT_FINITE_AT_START
    array([False, False,  True])
    >>> result[result.success].x.round(6)
    array([[ 1.,  2.],
           [ 5., -1.]])
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
        return cls(*empty_results((*shape, n, n)))

    @property
    def success(self) -> NDArray[np.bool_]:
        """Which fits converged, shape (...,)."""
        # only arithmetic, so that Dask arrays stay Dask arrays
        success: NDArray[np.bool_] = (self.status >= 1) & (self.status <= 4)
        return success

    def to_dataset(self, names: Sequence[str] | None = None, dims: Sequence[str] | None = None) -> Any:
        """Make a dataset of xarray, with the parameters by name.

        Parameters
        ----------
        names : sequence of str, optional
            The n parameters; by default `names`, else p0, p1 and so on.
        dims : sequence of str, optional
            The leading dimensions; "fit", or "fit_0", "fit_1" and so on, by default.

        Returns
        -------
        xarray.Dataset
            x, cov, status, nfev and cost.

        Raises
        ------
        ImportError
            If xarray is not installed.

        Examples
        --------
        >>> from minpack import BatchResult
        >>> BatchResult.empty(3, 2).to_dataset(["height", "rate"]).x.dims
        ('fit', 'param')
        """
        return batch_forms.dataset(self, names, dims)

    def to_parquet(self, path: Any, names: Sequence[str] | None = None) -> None:
        """Write a Parquet file with one row per fit; needs pandas and pyarrow or fastparquet.

        Parameters
        ----------
        path : path or file
            Where to.
        names : sequence of str, optional
            The n parameters; by default `names`, else p0, p1 and so on. The file has a column for each, one more for
            its error with ``_error`` after the name, and status, nfev and cost; for batches of several dimensions,
            also the position of the fit.

        Raises
        ------
        ImportError
            If pandas, or both pyarrow and fastparquet, are not installed.

        Examples
        --------
        >>> result.to_parquet("fits.parquet", ["height", "rate"])  # doctest: +SKIP
        """
        batch_forms.frame(self, names).to_parquet(path, index=False)
    @property
    def names(self) -> tuple[str, ...]:
        """The parameters, if the model names them; not kept by ``dask.compute``."""
        names = getattr(self, "_names", ())
        return names() if callable(names) else names

    @property
    def errors(self) -> _Array:
        """Standard errors of the parameters, shape (..., n): roots of the diagonals of `cov`."""
        with np.errstate(invalid="ignore"):
            errors: _Array = np.sqrt(np.diagonal(self.cov, axis1=-2, axis2=-1))  # Dask arrays stay Dask arrays
        return errors

    def fit(self, i: int | tuple[int, ...]) -> Fit:
        """Repeat one of the fits with `fit`, for its report, its picture and its doubts.

        The result keeps the arguments of `curve_fit_batch` for that.

        Parameters
        ----------
        i : int or tuple of int
            Which fit.

        Returns
        -------
        Fit
            From the same start; with the numpy engine, the parameters have the same bits.

        Raises
        ------
        IndexError
            If there is no such fit.
        ValueError
            If the result is not that of `curve_fit_batch` itself: a part of one, or read from a file.

        Examples
        --------
        >>> import numpy as np
        >>> from minpack import curve_fit_batch
        >>> t = np.arange(6.0)
        >>> def line(t, start, slope):
        ...     return start + slope * t
        >>> result = curve_fit_batch(line, t, [[1.1, 2.9, 5.2, 7.1, 8.8, 11.0], [0.1, 0.9, 2.2, 3.1, 3.8, 5.0]], [1, 1])
        >>> result.fit(1)
        Fit(start = 0.08 ± 0.11, slope = 0.974 ± 0.037)
        """
        if np.shape(self.status[i]) != ():
            raise IndexError(f"i must select one of the fits, which have shape {self.status.shape}; got {i!r}")
        repeat: Callable[[Any], Fit] | None = getattr(self, "_repeat", None)
        if repeat is None:
            raise ValueError("fit needs the data and the model, which only the result of curve_fit_batch itself keeps")
        return repeat(i)

    def __len__(self) -> int:
        return len(self.status)

    def __getitem__(self, index: Any) -> BatchResult:
        self.status[index]  # raises IndexError if there are too many indices
        keys = index if isinstance(index, tuple) else (index,)
        rest = (slice(None),) if any(key is Ellipsis for key in keys) else ()
        arrays = [array[(*keys, *rest * (array.ndim - self.status.ndim))] for array in self.arrays()]
        return remember(BatchResult(*arrays), self.names)

    def __repr__(self) -> str:
        return batch_forms.text(self)

    def __getstate__(self) -> tuple[dict[str, Any], dict[str, Any]]:
        # without the data, and without functions, which cannot be pickled in general
        return vars(self), {"_names": self.names}

    def arrays(self) -> tuple[NDArray[Any], ...]:
        """Return x, cov, status, nfev and cost.

        Returns
        -------
        tuple of ndarray
            The arrays themselves, no copies.

        Examples
        --------
        >>> from minpack import BatchResult
        >>> [array.shape for array in BatchResult.empty(3, 2).arrays()]
        [(3, 2), (3, 2, 2), (3,), (3,), (3,)]
        """
        return self.x, self.cov, self.status, self.nfev, self.cost


def remember(
    result: BatchResult, names: _Names, repeat: Callable[[Any], Fit] | None = None
) -> BatchResult:
    """Give a result the names of its parameters, or what finds them, and a function that makes one of its fits."""
    result._names = names
    if repeat is not None:
        result._repeat = repeat
    return result


def reshaped(result: BatchResult, ndim: int, shape: Sequence[int]) -> BatchResult:
    """The same memory with other leading dimensions: `ndim` of them become those of `shape`."""
    if result.status.shape == tuple(shape):
        return result
    return BatchResult(*(array.reshape(*shape, *array.shape[ndim:]) for array in result.arrays()))


def part_of(result: BatchResult, begin: int, end: int) -> BatchResult:
    return BatchResult(*(array[begin:end] for array in result.arrays()))


def is_open(result: BatchResult) -> bool:
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
        raise TypeError(f"out must be a BatchResult; got an object of type {type(out).__name__!r}")
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
