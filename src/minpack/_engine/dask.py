"""Fits of Dask arrays: a graph in which each block is fitted once, and nothing is run before it is computed."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .._results.batch import BatchResult


def check_chunks(ydata: Any) -> None:
    """Raise ValueError unless the shape is known and each fit has its points in one chunk."""
    if ydata.ndim < 1 or np.isnan(ydata.shape).any():
        raise ValueError(
            f"ydata must have shape (..., m), all of it known; got {ydata.shape}: call ydata.compute_chunk_sizes()"
        )
    if len(ydata.chunks[-1]) != 1:
        raise ValueError(
            f"ydata must have one chunk along its last axis, as a fit needs all its points; got {ydata.chunks[-1]}: "
            "rechunk with ydata.rechunk({-1: -1})"
        )


class Operand(NamedTuple):
    """An argument: letters for its last axes, those that are not of the fits; whether it has a row for each fit."""

    array: Any
    core: tuple[str, ...]
    per_fit: bool


def in_blocks(fit: Callable[..., BatchResult], operands: Mapping[str, Operand]) -> BatchResult:
    """Call `fit` for each block of the arguments, by name, later; the result as Dask arrays.

    The first argument gives the chunks of all others.
    """
    first = next(iter(operands.values())).array
    arrays = [_chunked(name, operand, first) for name, operand in operands.items()]
    # Fits of no rows call no model, but arguments that are wrong raise now instead of in each block.
    none = [(0,) * each + array.shape[-len(core) :] for array, core, each in operands.values()]
    fit(*map(np.ones, none))
    inputs = ",".join(f"({','.join(core)})" for _, core, _ in operands.values())
    results = _dask_array().apply_gufunc(
        partial(_arrays, fit), f"{inputs}->(n),(n,n),(),(),()", *arrays,
        output_dtypes=tuple(array.dtype for array in BatchResult.empty((), 1).arrays()),
    )  # fmt: skip
    return BatchResult(*results)


def _arrays(fit: Callable[..., BatchResult], *blocks: Any) -> tuple[Any, ...]:
    return fit(*blocks).arrays()


def as_array(value: ArrayLike) -> Any:
    """A Dask array as it is, anything else as float64."""
    return value if hasattr(value, "dask") else np.asarray(value, dtype=np.float64)


def _chunked(name: str, operand: Operand, ydata: Any) -> Any:
    """An argument in chunks like those of `ydata`, its last axes whole."""
    array, core, _ = operand
    own = array.shape[array.ndim - len(core) :] if array.ndim >= len(core) else ()
    lead = array.shape[: -len(core)]
    if not own or 0 in own or lead not in ((), ydata.shape[:-1]):
        raise ValueError(
            f"{name} must have shape ({', '.join(core)}), or the leading dimensions {ydata.shape[:-1]} of ydata before "
            f"that; got shape {array.shape}"
        )
    chunks = (*(ydata.chunks[:-1] if lead else ()), *own)
    if hasattr(array, "dask"):
        return array.rechunk(chunks)
    return _dask_array().from_array(array, chunks=chunks)


def _dask_array() -> Any:
    return importlib.import_module("dask.array")
