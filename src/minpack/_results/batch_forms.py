"""Batches in other forms: a few lines of text, datasets of xarray, tables of pandas."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._counted import counted, plural
from .._optional import needed
from . import codes
from .report import aligned

_MOST = 10  # parameters that are shown
_ENDS = {value: name for name, value in vars(codes).items() if name.isupper() and isinstance(value, int)}
_ENDS |= {code: name for code, name in codes.NAMES.items() if code > 4}


def text(result: Any) -> str:
    """How many fits there are, how they ended, and the parameters of those that converged."""
    x, status, names, n = result.x, result.status, result.names, result.x.shape[-1]
    size = " x ".join(f"{length:,}" for length in status.shape) or "1"
    head = f"BatchResult of {size} {plural('fit', status.size)}, {counted(n, 'parameter')} each"
    if not isinstance(x, np.ndarray):  # Dask's, which nobody has computed
        return f"{head}: not computed"
    good = result.success
    ends = _ends(status, good)
    errors = result.errors
    if not good.any():
        return f"{head}: {ends}"
    rows = [["", "median", "least", "largest", "median error"]]
    shown = [*names, *(f"x[..., {j}]" for j in range(len(names), n))][:_MOST]
    for j, name in enumerate(shown):
        values = x[good][:, j]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a median of nothing but infinities
            numbers = (np.median(values), values.min(), values.max(), np.nanmedian(errors[good][:, j]))
        rows.append([name, *(f"{number:.5g}" for number in numbers)])
    more = [f"... and {n - _MOST} more"] if n > _MOST else []
    return "\n".join([f"{head}: {ends}", *aligned(rows, "lrrrr"), *more])


def _ends(status: NDArray[np.int32], good: NDArray[np.bool_]) -> str:
    words = [f"{np.count_nonzero(good):,} converged"]
    for code, count in zip(*np.unique(status[~good], return_counts=True), strict=True):
        words.append(f"{count:,} {_ENDS.get(int(code), f'status {code}').lower().replace('_', ' ')}")
    return ", ".join(words)


def dataset(result: Any, names: Sequence[str] | None, dims: Sequence[str] | None) -> Any:
    """A batch as a dataset of xarray."""
    xr = needed("to_dataset", "xarray", "xarray")
    names, lead = checked_names(result, names), result.status.ndim
    if dims is None:
        dims = ["fit"] if lead == 1 else [f"fit_{k}" for k in range(lead)]
    if len(dims) != lead:
        raise ValueError(f"dims must name the {lead} dimensions of the batch; got {list(dims)}")
    dims = list(dims)
    variables = {
        "x": ([*dims, "param"], result.x), "cov": ([*dims, "cov_i", "cov_j"], result.cov),
        "status": (dims, result.status), "nfev": (dims, result.nfev), "cost": (dims, result.cost),
    }  # fmt: skip
    return xr.Dataset(variables, coords={"param": names, "cov_i": names, "cov_j": names})


def frame(result: Any, names: Sequence[str] | None) -> Any:
    """A batch as a table, one row per fit."""
    pd = needed("to_parquet", "pandas", "pandas", "pyarrow")
    names, lead = checked_names(result, names), result.status.shape
    x, errors = (np.asarray(array).reshape(-1, len(names)) for array in (result.x, result.errors))
    columns: dict[str, NDArray[Any]] = {}
    if len(lead) > 1:
        columns |= {f"fit_{k}": index.ravel() for k, index in enumerate(np.indices(lead))}
    columns |= {name: x[:, j] for j, name in enumerate(names)}
    columns |= {f"{name}_error": errors[:, j] for j, name in enumerate(names)}
    columns |= {name: np.asarray(getattr(result, name)).ravel() for name in ("status", "nfev", "cost")}
    return pd.DataFrame(columns)


def checked_names(result: Any, names: Sequence[str] | None) -> list[str]:
    """Names of the n parameters; by default those of the result, else p0, p1 and so on."""
    n = result.x.shape[-1]
    names = list((result.names or [f"p{j}" for j in range(n)]) if names is None else names)
    if len(names) != n or len(set(names)) != n:
        raise ValueError(f"names must be {n} different names, one per parameter; got {names}")
    return names
