"""Arrays whose memory the extension works on."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np


def hold(*arrays: object) -> list[Any]:
    """Keep arrays from being resized while the result lives.

    The result has weak references to the arrays that own the memory: NumPy refuses to resize such an array. Other
    objects are left out.
    """
    held = []
    for array in arrays:
        if array is not None and isinstance(array, np.ndarray):
            while isinstance(array.base, np.ndarray):
                array = array.base
            held.append(weakref.ref(array))
    return held
