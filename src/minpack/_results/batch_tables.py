"""Batches in other forms: datasets of xarray, tables of pandas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._optional import needed


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
    x, variances = (np.asarray(array).reshape(-1, len(names))
                    for array in (result.x, np.diagonal(result.cov, axis1=-2, axis2=-1)))  # fmt: skip
    columns: dict[str, NDArray[Any]] = {}
    if len(lead) > 1:
        columns |= {f"fit_{k}": index.ravel() for k, index in enumerate(np.indices(lead))}
    columns |= {name: x[:, j] for j, name in enumerate(names)}
    columns |= {f"{name}_error": np.sqrt(variances[:, j]) for j, name in enumerate(names)}
    columns |= {name: np.asarray(getattr(result, name)).ravel() for name in ("status", "nfev", "cost")}
    return pd.DataFrame(columns)


def checked_names(result: Any, names: Sequence[str] | None) -> list[str]:
    """Names of the n parameters; by default those of the result, else p0, p1 and so on."""
    n = result.x.shape[-1]
    names = list((result.names or [f"p{j}" for j in range(n)]) if names is None else names)
    if len(names) != n or len(set(names)) != n:
        raise ValueError(f"names must be {n} different names, one per parameter; got {names}")
    return names
