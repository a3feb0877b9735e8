"""Models of one curve in a batch: the single fit's bits, or the reason why not."""

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from minpack import curve_fit, curve_fit_batch
from minpack._engine.rows import _agree

T = np.linspace(0, 5, 30)
TRUE = np.array([[1.0, 1.0], [2.0, 0.6]])
START = [1.2, 1.1]


def decay(x: Any, tau: Any) -> Any:
    return np.exp(-x / tau)


def first_is_zero(x: Any, a: Any, tau: Any) -> Any:
    g = a * decay(x, tau)
    g[0] = 0.0
    return g


def by_sign(x: Any, a: Any, tau: Any) -> Any:
    return a * decay(x, tau) if a > 0 else 0.0 * x


MODELS: dict[str, Callable[..., Any]] = {
    "first": lambda x, a, tau: a * decay(x, tau) / decay(x, tau)[0],
    "sum": lambda x, a, tau: a * decay(x, tau) / decay(x, tau).sum(),
    "max": lambda x, a, tau: a * decay(x, tau) / decay(x + 1.0, tau).max(),
    "mean": lambda x, a, tau: a * (decay(x, tau) - decay(x, tau).mean()),
    "median": lambda x, a, tau: a * (decay(x, tau) - np.median(decay(x, tau))),
    "assignment": first_is_zero,
    "roll": lambda x, a, tau: a * np.roll(decay(x, tau), 2),
    "flip": lambda x, a, tau: a * np.flip(decay(x, tau)),
    "cumsum": lambda x, a, tau: a * np.cumsum(decay(x, tau)),
    "piecewise": lambda x, a, tau: np.piecewise(x, [x < 2.0, x >= 2.0], [lambda x: a * x, lambda x: tau * x]),
    "convolve": lambda x, a, tau: a * np.convolve(decay(x, tau), [0.5, 0.5], "same"),
    "interp": lambda x, a, tau: a * np.interp(x, T, decay(T, tau)),
    "if": by_sign,
    "math": lambda x, a, tau: math.exp(a) * decay(x, tau),
}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("per_fit", [False, True])
def test_model_of_one_curve(name: str, per_fit: bool) -> None:
    f = MODELS[name]
    y = np.array([f(T, *p) for p in TRUE])
    expected = [curve_fit(f, T, row, START)[0] for row in y]
    x = np.tile(T, (2, 1)) if per_fit else T
    with pytest.warns(RuntimeWarning, match="does not evaluate many fits at once") as caught:
        result = curve_fit_batch(f, x, y, START)
    assert (len(caught), caught[0].filename) == (1, __file__)
    assert result.x.tobytes() == np.array(expected).tobytes()
    assert np.allclose(result.x, TRUE, rtol=1e-6)
    assert curve_fit_batch(f, x, y, START, vectorized=False).x.tobytes() == result.x.tobytes()  # no warning


@pytest.mark.parametrize("m", range(2, 8))
def test_a_model_that_counts_its_points(m: int) -> None:
    """The first of an abscissa's dimensions are fits, as many as points perhaps."""
    x = np.linspace(0.1, 1.1, m) * np.linspace(1.0, 1.6, 7)[:, np.newaxis]
    f = lambda x, a, b: a * x / len(x) + b  # noqa: E731
    with pytest.warns(RuntimeWarning, match="does not evaluate many fits at once"):
        found = curve_fit_batch(f, x, 2.0 + 1.1 * x, [1.5, 0.8], x_per_fit=True).x
    np.testing.assert_allclose(found, np.tile([1.1 * m, 2.0], (7, 1)), rtol=1e-7)


def test_the_reason_is_said() -> None:
    y = np.array([by_sign(T, *p) for p in TRUE])
    with pytest.warns(RuntimeWarning, match="it raises ValueError: The truth value of an array"):
        curve_fit_batch(by_sign, T, y, START)
    with pytest.warns(RuntimeWarning, match="a value depends on other points"):
        curve_fit_batch(MODELS["max"], T, y, START)


@pytest.mark.parametrize("jac", ["tuple", "array"])
def test_derivatives_of_one_curve(jac: str) -> None:
    f = MODELS["max"]

    def columns(x: Any, a: Any, tau: Any) -> Any:
        g = decay(x, tau) / decay(x + 1.0, tau).max()
        by_tau = a * g * (x - 1.0) / (tau * tau)
        return (g, by_tau) if jac == "tuple" else np.column_stack([g, by_tau])

    y = np.array([f(T, *p) for p in TRUE])
    expected = [
        curve_fit(f, T, row, START, jac=lambda *p: np.column_stack([*np.broadcast_arrays(*columns(*p))])
                  if jac == "tuple" else columns(*p))[0] for row in y
    ]  # fmt: skip
    result = curve_fit_batch(f, T, y, START, jac=columns, vectorized=False)
    assert result.x.tobytes() == np.array(expected).tobytes()


def test_model_of_rows_is_called_for_all_at_once() -> None:
    shapes = []

    def f(x: Any, a: Any, tau: Any) -> Any:
        shapes.append(np.shape(a))
        return a * decay(x, tau)

    y = np.array([f(T, *p) for p in TRUE])
    for vectorized in (None, True):
        shapes.clear()
        curve_fit_batch(f, T, y, START, vectorized=vectorized)
        assert shapes.count(()) == (0 if vectorized else 3)
        assert (2, 1) in shapes

    def only_rows(x: Any, a: Any, tau: Any) -> Any:
        return a[:, :1] * decay(x, tau[:, :1])

    assert np.allclose(curve_fit_batch(only_rows, T, y, START).x, TRUE)


def test_xarray_and_dask() -> None:
    xarray, da = pytest.importorskip("xarray"), pytest.importorskip("dask.array")
    import minpack.xarray  # noqa: F401

    f = MODELS["max"]
    y = np.array([f(T, *p) for p in TRUE])

    def largest_is_a(x: Any, a: Any, tau: Any) -> Any:
        return f(x, a, tau)

    data = xarray.DataArray(y, dims=("fit", "t"), coords={"t": T})
    with pytest.warns(RuntimeWarning, match="many fits at once"):
        found = data.minpack.curvefit("t", largest_is_a, p0={"a": 1.2, "tau": 1.1}).curvefit_coefficients
    assert np.allclose(found, TRUE)
    quiet = data.minpack.curvefit("t", largest_is_a, p0={"a": 1.2, "tau": 1.1}, kwargs={"vectorized": False})
    assert quiet.curvefit_coefficients.values.tobytes() == found.values.tobytes()
    blocks = da.from_array(y, chunks=(1, -1))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert np.allclose(curve_fit_batch(f, T, blocks, START).x.compute(scheduler="synchronous"), TRUE)
    assert any("many fits at once" in str(warning.message) for warning in caught)


def test_numba_refuses_a_model_of_one_curve() -> None:
    pytest.importorskip("numba")
    y = np.array([MODELS["cumsum"](T, *p) for p in TRUE])

    def summed(x: Any, a: Any, tau: Any) -> Any:
        return a * np.cumsum(np.exp(-x / tau))

    def plain(x: Any, a: Any, tau: Any) -> Any:
        return a * math.exp(-x / tau)

    with pytest.raises(ValueError, match="'summed' gives other values for all points at once: use engine='numpy'"):
        curve_fit_batch(summed, T, y, START, engine="numba")
    curves = TRUE[:, :1] * np.exp(-T / TRUE[:, 1:])  # what it gives with one point at a time
    assert np.allclose(curve_fit_batch(summed, T, curves, START, engine="numba", vectorized=True).x, TRUE)
    y = np.array([TRUE[:, :1] * np.exp(-T / TRUE[:, 1:])])
    assert np.allclose(curve_fit_batch(plain, T, y, START, engine="numba").x, TRUE)


def short_decay(x: Any, a: Any, b: Any, c: Any) -> Any:
    return (a * np.exp(-b * x) + c).astype(np.float32)


@pytest.mark.parametrize("vectorized", [None, True, False])
def test_model_with_32_bits(vectorized: bool | None) -> None:
    """Steps of its precision, with one warning; those of 64 bits would be lost in its rounding."""
    y = np.stack([1.4 * np.exp(-rate * T) + 0.2 for rate in (0.2, 0.9)])
    with pytest.warns(RuntimeWarning, match="relative precision of 1e-07") as caught:
        result = curve_fit_batch(short_decay, T, y, [1.0, 1.0, 0.1], vectorized=vectorized)
    assert (len(caught), caught[0].filename) == (1, __file__)
    eps = float(np.finfo(np.float32).eps)
    expected = [curve_fit(short_decay, T, row, [1.0, 1.0, 0.1], epsfcn=eps)[0] for row in y]
    assert result.x.tobytes() == np.array(expected).tobytes()
    np.testing.assert_allclose(result.x, [[1.4, 0.2, 0.2], [1.4, 0.9, 0.2]], atol=2e-3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        curve_fit_batch(short_decay, T, y, [1.0, 1.0, 0.1], vectorized=True, epsfcn=eps)


@pytest.mark.parametrize("factor", [0.98, 1.02])
def test_values_differ_by_rounding(factor: float) -> None:
    """By the root of the machine epsilon of each value, and by ten thousand times the epsilon of the largest."""
    eps = float(np.finfo(float).eps)
    expected = np.array([[1.0, 1e-9]])
    small = expected + [[0.0, factor * (1e4 * eps + 1e-9 * eps**0.5)]]
    large = expected + [[factor * (1e4 * eps + eps**0.5), 0.0]]
    assert _agree(small, expected) == _agree(large, expected) == (factor < 1.0)
