"""What callables do to the vector that they are lent: never a crash, never a wrong answer."""

import ctypes
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from minpack import leastsq
from support import START, WAYS, assert_same, ratio

KEEPERS: dict[str, Callable[[Any], Any]] = {
    "itself": lambda x: x,
    "view": lambda x: x[:],
    "element": lambda x: x[1:],
    "transpose of reshape": lambda x: x.reshape(1, 2).T,
    "memoryview": memoryview,
    "iterator": lambda x: x.flat,
    "buffer": lambda x: np.frombuffer(x),
    "ctypes": lambda x: x.ctypes,
    "dlpack": lambda x: np.from_dlpack(x),
    "closure": lambda x: lambda: x,
    "tuple": lambda x: (x,),
}


def values_of(kept: Any) -> Any:
    if callable(kept):
        kept = kept()
    if isinstance(kept, tuple):
        kept = kept[0]
    if hasattr(kept, "data_as"):
        kept = kept.data_as(ctypes.POINTER(ctypes.c_double))[:2]
    return np.asarray(kept).ravel()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("keep", KEEPERS)
def test_x_kept_stays_as_it_was(keep: str, way: str) -> None:
    kept: list[tuple[Any, Any]] = []

    def watched(callable_: Any) -> Any:
        def call(x: Any) -> Any:
            kept.append((KEEPERS[keep](x), np.array(x.tolist())))
            return callable_(x)

        return call

    settings = {name: watched(value) if name == "Dfun" else value for name, value in WAYS[way].items()}
    assert_same(leastsq(watched(ratio), START, full_output=True, **settings), way)
    assert len(kept) > 4
    for what, then in kept:
        now = values_of(what)
        assert now.tobytes() == then[-now.size :].tobytes()


def test_x_kept_now_and_then() -> None:
    """The vector is handed out again only where nobody holds it, whatever the order."""
    kept: list[tuple[Any, list[float]]] = []

    def func(x: Any) -> Any:
        if len(kept) % 3 != 1:
            kept.append((x, x.tolist()))
        elif len(kept) > 5:
            kept.pop(0)
        else:
            kept.append((x[::-1], x[::-1].tolist()))
        return ratio(x)

    assert_same(leastsq(func, START, full_output=True))
    assert all(x.tolist() == then for x, then in kept)


def reshape(x: Any) -> None:
    x.resize((2, 1), refcheck=False)


SPOILERS: dict[str, Callable[[Any], Any]] = {
    "values": lambda x: x.fill(np.nan),
    "resize to more": lambda x: x.resize(1000, refcheck=False),
    "resize to less": lambda x: x.resize(1, refcheck=False),
    "resize to nothing": lambda x: x.resize(0, refcheck=False),
    "another shape": reshape,
    "read-only": lambda x: x.setflags(write=False),
    "writeable": lambda x: setattr(x.flags, "writeable", False),
    "misaligned": lambda x: x.setflags(align=False),
    "state": lambda x: x.__setstate__((1, (1,), np.dtype("f4"), False, b"abcd")),
    "swapped in place": lambda x: x.byteswap(inplace=True),
    "weak reference": lambda x: weakref.ref(x),
    "partition": lambda x: x.sort(),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("spoil", SPOILERS)
def test_x_spoiled_in_place(spoil: str, way: str) -> None:
    """By func, Dfun and callback, after the value has been computed."""

    def spoiling(callable_: Any) -> Any:
        def call(x: Any, *more: Any) -> Any:
            assert x.dtype == np.float64
            assert x.shape == (2,)
            assert x.flags.carray
            value = callable_(x, *more)
            SPOILERS[spoil](x)
            return value

        return call

    settings = {name: spoiling(value) if name == "Dfun" else value for name, value in WAYS[way].items()}
    got = leastsq(spoiling(ratio), START, full_output=True, callback=spoiling(lambda *_: None), **settings)
    assert_same(got, way)


@pytest.mark.filterwarnings("ignore:Setting the .* on a NumPy array:DeprecationWarning")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("shape", (2, 1)),
        ("shape", (1, 2, 1)),
        ("dtype", np.int64),
        ("dtype", ">f8"),
        ("dtype", "f4"),
        ("dtype", "c16"),
        ("dtype", np.dtype("f8", metadata={"a": 1})),
        ("strides", (0,)),
        ("strides", (4,)),
    ],
)
def test_x_with_another_shape_or_type_set(name: str, value: Any) -> None:
    def func(x: Any) -> Any:
        assert x.dtype == np.float64
        assert x.shape == (2,)
        assert x.strides == (8,)
        residuals = ratio(x)
        setattr(x, name, value)
        return residuals

    assert_same(leastsq(func, START, full_output=True))


def test_x_returned_as_the_result() -> None:
    """x is also a result like any other; so are views of it, and x after a change."""
    for func in (lambda x: x, lambda x: x[:], lambda x: x.__imul__(1.0), lambda x: x.reshape(-1)):
        x, cov_x, info, _, _ = leastsq(func, [3.0, -4.0], full_output=True)
        np.testing.assert_allclose(x, 0.0, atol=1e-10)
        assert info["fvec"].tobytes() == x.tobytes()
        np.testing.assert_allclose(cov_x, np.eye(2), rtol=1e-6, atol=1e-8)
