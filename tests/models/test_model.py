"""Models made of formulas, at every door that takes a function."""

import pickle
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import Any

import numpy as np
import pytest

import minpack
from minpack._models.expression import ExpressionError
from minpack.functions import exp

DECAY = minpack.model("a*exp(-b*t) + c", derived={"half_life": "ln(2)/b"})
T = np.linspace(0.0, 5.0, 30)
P = [2.0, 1.0, 0.5]
Y = DECAY(T, *P) + 0.01 * np.sin(9.0 * T)
MANY = np.stack([Y, 2.0 * Y, Y + 0.1])


def decay(t, a, b, c):
    return a * np.exp(-b * t) + c


def decay_jac(t, a, b, c):
    e = np.exp(-b * t)
    return np.stack(np.broadcast_arrays(e, -a * t * e, 1.0), axis=-1)


def test_single_fits_are_those_of_the_function() -> None:
    expected, _ = minpack.curve_fit(decay, T, Y, [1, 1, 1], jac=decay_jac)
    found = minpack.fit(DECAY, T, Y, [1, 1, 1])
    assert found.names == ("a", "b", "c")
    np.testing.assert_allclose(found.values, expected, rtol=1e-12)
    assert found.jac is DECAY.jac  # exact derivatives, unasked
    same_bits = minpack.curve_fit(lambda t, a, b, c: a * exp(-b * t) + c, T, Y)[0]
    np.testing.assert_array_equal(minpack.curve_fit(DECAY, T, Y)[0], same_bits)
    np.testing.assert_allclose(minpack.curve_fit(DECAY, T, Y, jac=DECAY.jac)[0], expected, rtol=1e-12)
    assert DECAY(1.0, **found).shape == ()
    bounded, _ = minpack.curve_fit(DECAY, T, Y, [1, 1, 0.4], bounds=(0, 9), jac=DECAY.jac)
    np.testing.assert_allclose(bounded, expected, rtol=1e-6)


@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_batches_are_those_of_single_fits(engine: str) -> None:
    if engine == "numba":
        pytest.importorskip("numba")
    result = minpack.curve_fit_batch(DECAY, T, MANY, [1.0, 1.0, 1.0], engine=engine)
    single = [minpack.fit(DECAY, T, y, [1, 1, 1]).values for y in MANY]
    np.testing.assert_allclose(result.x, single, rtol=1e-10)
    assert (result.nfev < 12).all()  # no differences


def test_numba_and_numpy_give_the_same_bits() -> None:
    pytest.importorskip("numba")
    power_law = minpack.model("a*(x + 0.5)^b + c^2*sin(x)")
    y = power_law(T, 2.0, -0.7, 0.3) + 0.01 * np.cos(9.0 * T)
    ours, numbas = (minpack.curve_fit_batch(power_law, T, [y, 2.0 * y], [1.0, -1.0, 0.5], engine=engine)
                    for engine in ("numpy", "numba"))  # fmt: skip
    np.testing.assert_array_equal(ours.x, numbas.x)


def test_what_numba_has_to_know() -> None:
    pytest.importorskip("numba")
    curve = minpack.model("where(x < c, a, a + b*(x - c)^2) + d*erf(x) + maximum(a, x) + hypot(x, d)")
    x = np.linspace(-1.0, 2.0, 25)
    y = curve(x, 0.3, 1.1, 0.4, 0.7)
    x0 = dict(zip(curve.parameters, (0.3, 0.35, 1.0, 0.6), strict=True))
    results = [minpack.curve_fit_batch(curve, x, y[None], [*x0.values()], engine=engine)
               for engine in ("numpy", "numba")]  # fmt: skip
    np.testing.assert_allclose(results[0].x, results[1].x, rtol=1e-9)


def test_models_are_pickled_and_sent_to_workers() -> None:
    assert pickle.loads(pickle.dumps(DECAY))(T, *P).tobytes() == DECAY(T, *P).tobytes()
    expected = minpack.curve_fit_batch(DECAY, T, MANY, [1.0, 1.0, 1.0]).x
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        found = minpack.curve_fit_batch(DECAY, T, MANY, [1.0, 1.0, 1.0], workers=pool.map).x
    assert found.tobytes() == expected.tobytes()


def test_dask_and_xarray() -> None:
    array = pytest.importorskip("dask.array")
    xr = pytest.importorskip("xarray")
    import minpack.xarray  # noqa: F401

    expected = minpack.curve_fit_batch(DECAY, T, MANY, [1.0, 1.0, 1.0]).x
    lazy = minpack.curve_fit_batch(DECAY, T, array.from_array(MANY, chunks=(2, -1)), [1.0, 1.0, 1.0])
    np.testing.assert_array_equal(lazy.x.compute(), expected)
    cube = xr.DataArray(MANY, {"t": T}, ["k", "t"])
    ones = dict.fromkeys(DECAY.parameters, 1.0)
    np.testing.assert_array_equal(cube.minpack.curvefit("t", DECAY, p0=ones).curvefit_coefficients, expected)
    searched = minpack.curve_fit_batch(DECAY, T, MANY).x
    np.testing.assert_array_equal(cube.minpack.curvefit("t", DECAY).curvefit_coefficients, searched)


def test_several_predictors() -> None:
    plane = minpack.model("a + b*x + c*y")
    x, y = np.meshgrid(np.arange(4.0), np.arange(3.0))
    points = np.stack([x.ravel(), y.ravel()])
    found = minpack.fit(plane, points, plane(points, 1.0, 2.0, 3.0), [0, 0, 0])
    np.testing.assert_allclose(found.values, [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match=r"xdata must have 2 rows, for x, y; got shape \(12,"):
        plane(x.ravel(), 1.0, 2.0, 3.0)
    assert minpack.model("u*v + k", ["u", "v"]).parameters == ("k",)
    with pytest.raises(ExpressionError, match="predictors must be given"):
        minpack.model("a + b*u")
    with pytest.raises(ExpressionError, match="predictors must be in the formula"):
        minpack.model("a + b*u", "v")


def test_models_add() -> None:
    peak = minpack.model("h*exp(-((x - c)/w)^2)", name="peak", derived={"area": "h*w*sqrt(pi)"})
    both = peak("p1") + peak("p2") + minpack.model("a + b*x", name="line")
    assert both.parameters == ("p1_h", "p1_c", "p1_w", "p2_h", "p2_c", "p2_w", "a", "b")
    assert both.derived == {"p1_area": "p1_h*p1_w*sqrt(pi)", "p2_area": "p2_h*p2_w*sqrt(pi)"}
    x, p = np.linspace(0.0, 10.0, 50), [3.0, 3.0, 1.0, 2.0, 7.0, 0.5, 1.0, 0.1]
    parts = both.components(x, *p)
    assert [*parts] == ["p1", "p2", "line"]
    np.testing.assert_allclose(sum(parts.values()), both(x, *p), rtol=1e-14)
    np.testing.assert_array_equal(parts["line"], 1.0 + 0.1 * x)
    assert pickle.loads(pickle.dumps(both)).components(x, *p).keys() == parts.keys()
    with pytest.raises(ValueError, match="'peak' twice"):
        peak + peak
    for name in ("a b", "1", "_p", "a-b"):
        with pytest.raises(ValueError, match="the name of a model must be letters and digits"):
            peak(name)
    with pytest.raises(ValueError, match="same predictors"):
        peak + minpack.model("k*t")


def test_words() -> None:
    assert repr(DECAY) == "<model model(t, a, b, c) = a*exp(-b*t) + c>"
    assert repr(minpack.model("lambda*x")) == "<model model(x, lambda) = lambda*x>"
    with pytest.raises(TypeError, match="takes a, b, c; got 2 values"):
        DECAY(T, 1.0, 2.0)
    with pytest.raises(ExpressionError, match="no parameters"):
        minpack.model("2*x")


def test_any_parameter_may_be_an_array() -> None:
    curve = minpack.model("a*exp(-b*t) + c")
    t, b = np.linspace(0.0, 1.0, 5), np.array([[1.0], [2.0]])
    np.testing.assert_array_equal(curve(t, 1.0, b, 0.5), [curve(t, 1.0, 1.0, 0.5), curve(t, 1.0, 2.0, 0.5)])
    assert curve.jac(t, 1.0, b, 0.5).shape == (2, 5, 3)


AMBIGUOUS = minpack.model("a*exp(-x/t) + c")  # both are predictors, as nobody says otherwise
LONG = np.linspace(0.5, 10.0, 30)
FALLING = 30.0 * np.exp(-LONG / 3.0) + 2.0


@pytest.mark.parametrize("p0", [None, [1.0, 1.0]])
@pytest.mark.parametrize("x", [LONG, LONG[None], np.stack([LONG] * 3), 5.0], ids=["vector", "row", "rows", "number"])
@pytest.mark.parametrize(
    "door",
    {
        "fit": minpack.fit,
        "bounds": partial(minpack.fit, bounds=(0.0, 99.0)),
        "counts": lambda f, x, y, p0: minpack.fit(f, x, y.round(), p0, likelihood="poisson"),
        "curve_fit": lambda f, x, y, p0: minpack.curve_fit(f, x, y, [1.0, 1.0] if p0 is None else p0),
        "curve_fit_batch": minpack.curve_fit_batch,
        "fit_global": lambda f, x, y, p0: minpack.fit_global(f, [(x, y), (x, y)], p0),
        "guess": lambda f, x, y, p0: f.guess(x, y),
    }.items(),
    ids=lambda door: door[0],
)
def test_a_row_per_predictor(door: Any, x: Any, p0: Any) -> None:
    """A vector raised AxisError or IndexError in most of them, and a row too many was ignored."""
    with pytest.raises(ValueError, match=r"xdata must have (2 rows, for x, t; got|shape|as many points)"):
        door[1](AMBIGUOUS, x, FALLING, p0)
    if np.ndim(x) == 1:
        with pytest.raises(ValueError, match="pass predictors to minpack.model if one of them is a parameter"):
            door[1](AMBIGUOUS, x, FALLING, p0)


def test_a_formula_is_text() -> None:
    for wrong in (None, 3, np.exp):
        with pytest.raises(TypeError, match="^formula must be text; got "):
            minpack.model(wrong)
