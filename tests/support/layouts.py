"""The same values in other types, layouts and containers: strategies of hypothesis."""

from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest

NOISE = pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::DeprecationWarning", "ignore::UserWarning")
dtypes = st.sampled_from(["f8", ">f8", "f4", ">f4", "f2", "i1", "u1", "i8", ">i8", "u8", "?"])
layouts = st.sampled_from(["C", "F", "strided", "reversed", "read-only", "list", "tuple", "masked", "object protocol"])


class Arrayish:
    def __init__(self, value: Any) -> None:
        self.value = value

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        return self.value


def laid_out(array: Any, layout: str) -> Any:
    """The same values in another layout, or another container."""
    match layout:
        case "F":
            return np.asfortranarray(array)
        case "strided":
            return (
                np.repeat(np.repeat(array, 2, axis=-1), 2, axis=0)[::2, ..., ::2]
                if array.ndim > 1
                else np.repeat(array, 3)[::3]
            )
        case "reversed":
            return array[::-1].copy()[::-1]
        case "read-only":
            array = array.copy()
            array.flags.writeable = False
            return array
        case "list":
            return array.tolist()
        case "tuple":
            return tuple(array)
        case "masked":
            return np.ma.masked_array(array)
        case "object protocol":
            return Arrayish(array)
    return array
