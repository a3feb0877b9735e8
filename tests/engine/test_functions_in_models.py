"""engine="numba" computes with minpack.functions whatever library a model names, unless it is to keep that."""

from __future__ import annotations

import math
from collections.abc import Callable
from math import exp as imported_from_math
from typing import Any

import numpy as np
import pytest
from numpy import exp as imported_from_numpy

from minpack import curve_fit_batch, functions

numba = pytest.importorskip("numba")

from minpack._engine import numba as engine  # noqa: E402
from minpack._engine.stand_ins import stand_ins  # noqa: E402

T = np.linspace(0.0, 4.0, 50)
P0 = [1.0, 1.0, 0.0]


def decay(t: Any, a: Any, b: Any, c: Any) -> Any:
    return a * functions.exp(-b * t) + c


@numba.njit
def inner(t: Any, b: Any) -> Any:
    return np.exp(-b * t)


@numba.njit(fastmath=True)
def fast(t: Any) -> Any:
    return np.exp(-t)


def plain(t: Any, b: Any) -> Any:
    return plainer(-b * t)


def plainer(x: Any) -> Any:
    return imported_from_numpy(x)


def closing_over() -> Callable[..., Any]:
    e, f = np.exp, lambda x: imported_from_math(x)
    return lambda t, a, b, c: a * (e(-b * t) if t > 1.0 else f(-b * t)) + c


@pytest.fixture(scope="module")
def y() -> np.ndarray:
    rng = np.random.default_rng(0)
    p = rng.uniform([1.0, 0.5, -0.2], [4.0, 2.0, 0.2], size=(40, 3))
    return decay(T, *(p[:, j : j + 1] for j in range(3))) + rng.normal(scale=0.02, size=(40, T.size))


MODELS: dict[str, Callable[..., Any]] = {
    "np.exp": lambda t, a, b, c: a * np.exp(-b * t) + c,
    "math.exp": lambda t, a, b, c: a * math.exp(-b * t) + c,
    "imported from math": lambda t, a, b, c: a * imported_from_math(-b * t) + c,
    "imported from NumPy": lambda t, a, b, c: a * imported_from_numpy(-b * t) + c,
    "in a compiled function": lambda t, a, b, c: a * inner(t, b) + c,
    "in a plain function": lambda t, a, b, c: a * plain(t, b) + c,
    "in a closure": closing_over(),
    "in a function with fast mathematics": lambda t, a, b, c: a * fast(b * t) + c,
}


@pytest.mark.parametrize("name", MODELS)
def test_bits_are_those_of_the_ufuncs(name: str, y: np.ndarray) -> None:
    want = curve_fit_batch(decay, T, y, P0)
    got = curve_fit_batch(MODELS[name], T, y, P0, engine="numba")
    np.testing.assert_array_equal(got.x, want.x)
    np.testing.assert_array_equal(got.cov, want.cov)


def test_what_numba_knows_is_its_own() -> None:
    def known(x: Any) -> Any:
        raise AssertionError("numba has another meaning for this")

    numba.extending.overload(known)(lambda x: lambda x: 2.0 * x)
    batch = curve_fit_batch(lambda t, a: known(a) * t, T, [3.0 * T], [1.0], engine="numba")
    np.testing.assert_allclose(batch.x, [[1.5]])


def test_a_changed_plain_function_is_compiled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def model(t: Any, a: Any) -> Any:
        return a * plain(t, 0.5)

    first = curve_fit_batch(model, T, [np.exp(-0.5 * T)], [2.0], engine="numba")
    monkeypatch.setitem(globals(), "plainer", lambda x: 2.0 * math.exp(x))
    second = curve_fit_batch(model, T, [np.exp(-0.5 * T)], [2.0], engine="numba")
    np.testing.assert_allclose([first.x[0, 0], second.x[0, 0]], [1.0, 0.5])


def test_an_import_in_the_model_is_refused() -> None:
    def model(t: Any, a: Any) -> Any:
        import math

        return a * math.exp(-t)

    with pytest.raises(TypeError, match="numba cannot compile f 'model'"):
        curve_fit_batch(model, T, [np.exp(-T)], [2.0], engine="numba")


def test_derivatives_too(y: np.ndarray) -> None:
    def of(library: Any) -> Callable[..., Any]:
        return lambda t, a, b, c: (library.exp(-b * t), -a * t * library.exp(-b * t), 1.0 + 0.0 * t)

    want = curve_fit_batch(decay, T, y, P0, jac=of(functions))
    got = curve_fit_batch(MODELS["np.exp"], T, y, P0, jac=of(math), engine="numba")
    np.testing.assert_array_equal(got.x, want.x)


def test_native_keeps_what_the_model_names(y: np.ndarray) -> None:
    def model(t: Any, a: Any, b: Any, c: Any) -> Any:
        return a * math.exp(-b * t) + c

    compiled = numba.njit(model)
    ours, native = (curve_fit_batch(model, T, y, P0, engine="numba", functions=f) for f in ("minpack", "native"))
    again = curve_fit_batch(model, T, y, P0, engine="numba")  # both are kept, under keys of their own
    np.testing.assert_array_equal(again.x, ours.x)
    assert (native.x != ours.x).any()
    assert model(1.0, 1.0, 1.0, 0.0) == math.exp(-1.0)
    libm = curve_fit_batch(lambda t, a, b, c: [[compiled(s, *p) for s in t] for p in np.hstack([a, b, c])], T, y, P0)
    np.testing.assert_array_equal(native.x, libm.x)


def test_vectors_over_the_points(y: np.ndarray) -> None:
    def model(t: Any, a: Any, b: Any, c: Any) -> Any:
        return a * math.exp(-b * t) + c

    curve_fit_batch(model, T, y, P0, engine="numba")
    for compiled in engine._compiled[model].values():  # type: ignore[index]
        assembly = compiled._library.get_asm_str()
        assert "mulpd" in assembly or ".2d" in assembly


def test_other_types_go_to_the_function_named(y: np.ndarray) -> None:
    weights = np.array([1.0, 2.0])

    def model(t: Any, a: Any, b: Any, c: Any) -> Any:
        turned = abs(np.exp(1j * t)) ** 2 + np.power(2, 3) // 3
        return a * np.exp(-b * t * weights).sum() + c * turned + math.sqrt(4) - np.hypot(0, 2)

    result = curve_fit_batch(model, T, y, P0, engine="numba", vectorized=True)
    native = curve_fit_batch(model, T, y, P0, engine="numba", vectorized=True, functions="native")
    np.testing.assert_allclose(result.x, native.x, rtol=1e-5, atol=1e-6)


def test_every_function_has_a_stand_in() -> None:
    found = stand_ins()
    for module, names in ((math, "exp log1p atan2 pow hypot erfc"), (np, "exp arctan2 power sinc cbrt hypot log2")):
        for name in names.split():
            assert id(getattr(module, name)) in found, name
    scipy = pytest.importorskip("scipy.special")
    found = stand_ins()
    assert {found[id(f)].__name__ for f in (scipy.expit, scipy.voigt_profile)} == {"logistic", "voigt"}


def test_mistakes() -> None:
    with pytest.raises(ValueError, match="functions must be None, 'minpack' or 'native'; got 'libm'"):
        curve_fit_batch(decay, T, [T], P0, engine="numba", functions="libm")
    with pytest.raises(ValueError, match="functions must be None with engine='numpy', .* got 'minpack': import"):
        curve_fit_batch(decay, T, [T], P0, functions="minpack")
