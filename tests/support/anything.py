"""Values that nobody would pass, for tests that pass them: strategies of hypothesis."""

from typing import Any

import hypothesis.extra.numpy as hnp
import hypothesis.strategies as st
import numpy as np


class Evil:
    """Answers every protocol with something unfit."""

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        return "not an array"

    def __len__(self) -> int:
        raise OverflowError

    def __getitem__(self, i: int) -> Any:
        raise ValueError

    def __float__(self) -> float:
        raise TypeError

    def __index__(self) -> int:
        return 3

    def __repr__(self) -> str:
        return "Evil()"

    def __call__(self, *args: Any) -> Any:
        return self


class Name:
    """A callable with a name that is none."""

    __name__ = 7  # type: ignore[assignment]

    def __call__(self, *args: Any) -> Any:
        return np.ones((2, 3))


scalars = st.sampled_from(
    [None, True, 0, 1, -1, 2**31, -(2**31) - 1, 2**63, 10**30, 0.0, 1.5, -1.5, np.nan, np.inf, -np.inf, 1e308, 1j]
    + [np.float16(1), np.float32(1), np.longdouble(1), np.int8(1), np.uint64(2**63), np.bool_(True), np.complex64(1)]
    + ["", "text", b"", b"bytes", np.str_("a"), np.datetime64("2000"), np.timedelta64(1, "s"), Ellipsis, NotImplemented]
    + [object(), Evil(), Evil, int, type, len, print, {}, {1: 2}, set(), range(3), slice(1), memoryview(b"ab")]
)
anything = (
    scalars
    | st.builds(Name)
    | st.lists(scalars, max_size=4)
    | st.lists(st.lists(scalars, max_size=3), max_size=3)
    | st.lists(scalars, max_size=3).map(tuple)
    | st.builds(
        np.zeros,
        hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=6),
        st.sampled_from(["f8", ">f8", "f4", "i4", "c16", "O", "U2", "S2", "M8[s]", "?", "f8,i4", "V4", "g"]),
    )
    | st.sampled_from([np.broadcast_to(1.0, 2**20), np.empty((0, 2)), np.empty(0), np.ones((2, 6)), np.ones((6, 2))])
    | st.sampled_from([np.ma.masked, np.ma.ones(6), np.ones(6).view(np.recarray), np.ones(6)[::-1], np.ones(7)[::2]])
)
