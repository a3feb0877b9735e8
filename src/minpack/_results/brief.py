"""A batch of fits in a few lines."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._counted import counted, plural
from . import codes
from .report import aligned

_MOST = 10  # parameters that are shown
_ENDS = {value: name for name, value in vars(codes).items() if name.isupper() and isinstance(value, int)}
_ENDS |= {code: name for code, name in codes.NAMES.items() if code > 4}


def batch(x: Any, errors: Any, status: Any, names: Sequence[str]) -> str:
    """How many fits there are, how they ended, and the parameters of those that converged."""
    n = x.shape[-1]
    size = " x ".join(f"{length:,}" for length in status.shape) or "1"
    head = f"BatchResult of {size} {plural('fit', status.size)}, {counted(n, 'parameter')} each"
    if not isinstance(x, np.ndarray):  # Dask's, which nobody has computed
        return f"{head}: not computed"
    ends = _ends(status)
    good = (status >= 1) & (status <= 4)
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


def _ends(status: NDArray[np.int32]) -> str:
    good = (status >= 1) & (status <= 4)
    words = [f"{np.count_nonzero(good):,} converged"]
    for code, count in zip(*np.unique(status[~good], return_counts=True), strict=True):
        words.append(f"{count:,} {_ENDS.get(int(code), f'status {code}').lower().replace('_', ' ')}")
    return ", ".join(words)
