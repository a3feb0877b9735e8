"""A model that numba compiles has the values of now, not those that it had when it was first compiled."""

import types
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from minpack import curve_fit_batch

numba = pytest.importorskip("numba")

X = np.arange(4.0)
SCALE: Any = 1.0
SETTINGS = types.ModuleType("settings")


def fitted(f: Callable[..., Any]) -> float:
    """The parameter of a model of proportion, of data that are twice X."""
    return float(curve_fit_batch(f, X, [2.0 * X], [0.5], engine="numba").x[0, 0])


def set_global(value: float) -> None:
    global SCALE
    SCALE = value


def set_tuple(value: float) -> None:
    global SCALE
    SCALE = (1.0, value)


@numba.njit
def inner(x: float) -> float:
    return SCALE * x


@numba.njit
def outer(x: float) -> float:
    return inner(x) + 0.0


def test_global_variable() -> None:
    def f(x: float, a: float) -> float:
        return a * SCALE * x

    for value in (1.0, 2.0, 1.0):
        set_global(value)
        assert fitted(f) == pytest.approx(2.0 / value)


def test_element_of_a_tuple() -> None:
    def f(x: float, a: float) -> float:
        return a * SCALE[1] * x

    for value in (1.0, 2.0):
        set_tuple(value)
        assert fitted(f) == pytest.approx(2.0 / value)


def test_closure_cell() -> None:
    scale = 1.0

    def f(x: float, a: float) -> float:
        return a * scale * x

    assert fitted(f) == pytest.approx(2.0)
    scale = 2.0
    assert fitted(f) == pytest.approx(1.0)


def test_array_that_is_changed_in_place() -> None:
    scale = np.ones(3)

    def f(x: float, a: float) -> float:
        return a * scale[1] * x

    assert fitted(f) == pytest.approx(2.0)
    scale[1] = 2.0
    assert fitted(f) == pytest.approx(1.0)


def test_attribute_of_a_module() -> None:
    def f(x: float, a: float) -> float:
        return a * SETTINGS.scale * x

    for value in (1.0, 2.0):
        SETTINGS.scale = value  # type: ignore[attr-defined]
        assert fitted(f) == pytest.approx(2.0 / value)


def test_defaults_and_code() -> None:
    def f(x: float, a: float, scale: float = 1.0) -> float:
        return a * scale * x

    assert fitted(f) == pytest.approx(2.0)
    f.__defaults__ = (2.0,)
    assert fitted(f) == pytest.approx(1.0)
    f.__code__ = (lambda x, a, scale: 4.0 * a * x).__code__
    assert fitted(f) == pytest.approx(0.5)


@pytest.mark.filterwarnings("ignore::numba.core.errors.NumbaExperimentalFeatureWarning")  # functions in a tuple
@pytest.mark.parametrize("way", ["global", "closure", "module", "tuple"])
def test_functions_of_numba_however_deep(way: str) -> None:
    """Those that were compiled with the old value, too: by a call of their own."""
    local, several = outer, (inner, outer)
    SETTINGS.outer = outer  # type: ignore[attr-defined]
    models: dict[str, Callable[..., Any]] = {
        "global": lambda x, a: a * outer(x),
        "closure": lambda x, a: a * local(x),
        "module": lambda x, a: a * SETTINGS.outer(x),
        "tuple": lambda x, a: a * several[1](x),
    }
    set_global(1.0)
    outer(1.0)
    for value in (1.0, 2.0):
        set_global(value)
        assert fitted(models[way]) == pytest.approx(2.0 / value)
    assert outer(1.0) == 1.0  # the caller's own stays as numba has it


def test_recursion() -> None:
    @numba.njit
    def power(x: float, k: int) -> float:
        return SCALE if k == 0 else x * power(x, k - 1)

    for value in (1.0, 2.0):
        set_global(value)
        assert fitted(lambda x, a: a * power(x, 1)) == pytest.approx(2.0 / value)


def test_nothing_is_compiled_again_without_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    from minpack._engine import numba as engine

    compiled = []
    compile_ = engine._compile
    monkeypatch.setattr(engine, "_compile", lambda *args: compiled.append(args[1]) or compile_(*args))
    scale, nan = np.ones(2), np.nan

    def f(x: float, a: float) -> float:
        return a * outer(x) * scale[0] if a != nan else 0.0

    set_global(1.0)
    fitted(f)
    first = len(compiled)
    scale = np.ones(2)
    nan = float("nan")
    fitted(f)
    assert len(compiled) == first > 0
