"""What strangers hand in as data: times, integers, units, complex numbers, tables, wrong numbers of points."""

import datetime
import pickle
from array import array
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minpack
from minpack import curve_fit, curve_fit_batch, fit, fit_global
from support.decay import T, Y, decay, line, noise

pandas = pytest.importorskip("pandas")

X = np.arange(6)
DAYS = np.datetime64("2024-03-01T12:00") + np.timedelta64(1, "D") * np.arange(8)


# ---- integers


@pytest.mark.parametrize("x", [
    1000000 * X, pandas.Series(1000000 * X), pandas.DataFrame({"n": 1000000 * X})["n"], (1000000 * X).tolist(),
], ids=["array", "Series", "column", "list"])  # fmt: skip
def test_powers_of_integers_do_not_overflow(x) -> None:
    """1e6 to the fourth power is beyond 64 bits."""
    result = fit(lambda x, a, b: a + b * x**4, x, 1.0 + 2e-24 * (1e6 * X) ** 4, [1.0, 1e-24])
    np.testing.assert_allclose(result.values, [1.0, 2e-24], rtol=1e-6)
    np.testing.assert_allclose(result.predict(x), 1.0 + 2e-24 * (1e6 * X) ** 4)


@pytest.mark.parametrize("of", [np.array, pandas.Series, list])
def test_integers_for_indices_stay_integers(of) -> None:
    group = of([0, 1, 1, 0, 2, 2])

    def level(group, a, b, c):
        return np.array([a, b, c])[group]

    result = fit(level, group, [1.0, 2.0, 2.2, 1.2, 3.0, 3.2])
    np.testing.assert_allclose(result.values, [1.1, 2.1, 3.1])
    np.testing.assert_allclose(result.predict([2, 0]), [3.1, 1.1])
    low, high = result.confidence_band(np.array([0, 1]))
    assert (low < high).all()


def test_powers_of_short_integers_in_a_drop_in() -> None:
    """19 to the fifth power is beyond 16 bits, as the cube of a larger number is beyond 64."""
    x = pandas.Series(np.arange(1, 20, dtype=np.int16))
    with pytest.warns(RuntimeWarning, match="xdata has integers, whose powers overflow in f"):
        curve_fit(lambda x, a, b: a + b * x**5, x, 1.0 + 2.0 * x.astype(float) ** 5)
    np.testing.assert_allclose(curve_fit(lambda x, a, b: a + b * x**2, x, 1.0 + 2.0 * x.astype(float) ** 2)[0], [1, 2])


def test_integer_columns_of_a_table() -> None:
    table = pandas.DataFrame({"n": 1000000 * X, "s": [0.0, 1.0, 0.0, 2.0, 0.0, 3.0]})
    y = 1e-24 * (1e6 * X) ** 4 + 2.0 * table["s"]
    result = fit(lambda t, a, b: a * t["n"] ** 4 + b * t["s"], table, y, [1e-24, 1.0])
    np.testing.assert_allclose(result.values, [1e-24, 2.0], rtol=1e-6)
    assert table["n"].dtype == np.int64


def test_a_model_that_changes_a_table() -> None:
    """It has a copy of its own, so neither the fit nor the caller's data change."""
    x = pandas.Series(T)

    def f(x, a, b):
        x -= 1.0
        return a + b * x

    y = 1.0 + 2.0 * T
    result = fit(f, x, y)
    np.testing.assert_allclose(result.values, [3.0, 2.0])
    np.testing.assert_allclose(result.predict(x), y)
    assert x.tolist() == T.tolist()


# ---- times


@pytest.mark.parametrize("x", [
    DAYS, pandas.Series(DAYS), pandas.DatetimeIndex(DAYS), pandas.Series(DAYS).dt.tz_localize("UTC"),
    DAYS.astype(datetime.datetime).tolist(), DAYS - DAYS[0],
], ids=["array", "Series", "index", "zone", "list", "timedelta"])  # fmt: skip
def test_times_are_seconds_since_the_first(x) -> None:
    y = 1.0 + 2.0 * np.arange(8.0)
    result = fit(line, x, y, [1.0, 1e-5])
    np.testing.assert_allclose(result.values, [1.0, 2.0 / 86400.0])
    np.testing.assert_allclose(result.predict(x), y)
    assert ("x in seconds since 2024-03-01T12:00" in result.report()) == (np.asarray(x).dtype.kind != "m")
    again = pickle.loads(pickle.dumps(fit(decay, DAYS, Y, [2.0, 1e-5, 0.5])))
    np.testing.assert_allclose(again.predict(DAYS[:2]), decay(np.array([0.0, 86400.0]), *again.values))


def test_times_in_batches() -> None:
    y = np.stack([1.0 + 2.0 * np.arange(8.0), np.arange(8.0)])
    found = curve_fit_batch(line, DAYS, y, [1.0, 1e-5]).x
    np.testing.assert_allclose(found, [[1.0, 2.0 / 86400.0], [0.0, 1.0 / 86400.0]], atol=1e-6)


def test_times_that_cannot_be_seconds() -> None:
    with pytest.raises(TypeError, match="units of fixed length, such as days; got years or months"):
        fit(line, np.arange(8).astype("m8[M]"), np.arange(8.0))
    with pytest.raises(ValueError, match="xdata must have times; got NaT only"):
        fit(line, np.full(8, "NaT", dtype="M8[D]"), np.arange(8.0))


def test_times_where_the_fit_had_none() -> None:
    for x in (T, T * np.timedelta64(1, "s")):
        result = fit(line, x, T + 0.1 * noise(T.size, 1))
        with pytest.raises(TypeError, match="^x must be numbers or durations, as in the fit; got times$"):
            result.predict(DAYS)


def test_months_since_the_first_are_of_their_own_lengths() -> None:
    months = np.arange("2024-01", "2024-09", dtype="M8[M]")
    days = (months.astype("M8[D]") - np.datetime64("2024-01-01")).astype(float)
    np.testing.assert_allclose(fit(line, months, 1.0 + 2.0 * days, [1.0, 1e-5]).values, [1.0, 2.0 / 86400.0])


def test_no_time_is_left_out() -> None:
    times = np.append(DAYS, np.datetime64("NaT", "m"))
    y = np.append(1.0 + 2.0 * np.arange(8.0), 90.0)
    np.testing.assert_allclose(fit(line, times, y, [1.0, 1e-5], nan_policy="omit").values, [1.0, 2.0 / 86400.0])
    with pytest.raises(ValueError, match="xdata must be finite; got nan at \\[8\\]"):
        fit(line, times, y, [1.0, 1e-5])


# ---- complex numbers

F = np.linspace(0.5, 2.0, 40)
TRUE = (1.0, 1.1, 0.2, 0.3)


def resonance(f, amplitude, center, width, phase):
    return amplitude * np.exp(1j * phase) * width / (width + 2j * (f - center))


NOISE = 0.01 * (noise(40, 1) + 1j * noise(40, 2))


def as_real(f, *p):
    values = resonance(f, *p)
    return np.concatenate([values.real, values.imag])


def test_complex_data_are_twice_the_points() -> None:
    y = resonance(F, *TRUE) + NOISE
    result, real = fit(resonance, F, y, TRUE), fit(as_real, F, np.concatenate([y.real, y.imag]), TRUE)
    assert result.values.tobytes() == real.values.tobytes()
    np.testing.assert_allclose(result.errors, real.errors, rtol=1e-9)
    assert result.degrees_of_freedom == 76
    np.testing.assert_allclose(result.predict(F), resonance(F, *result.values))
    low, high = result.confidence_band(F)
    assert ((low.real < high.real) & (low.imag < high.imag)).all()

    bent = y.copy()
    bent[3] = np.nan
    x = F.copy()
    x[5] = np.nan
    kept = np.isfinite(bent) & np.isfinite(x)
    omitted = fit(resonance, x, bent, TRUE, sigma=np.full(40, 0.01 + 0.01j), nan_policy="omit")
    assert omitted.values.tobytes() == fit(resonance, F[kept], y[kept], TRUE, sigma=0.01).values.tobytes()
    with pytest.raises(TypeError, match="must return a real vector of shape \\(40,\\)"):
        fit(resonance, F, y.real, TRUE)


@pytest.mark.parametrize("sigma", [np.eye(40), np.ones(3)])
def test_sigma_of_complex_data_that_has_a_wrong_shape(sigma) -> None:
    with pytest.raises(ValueError, match=r"sigma must be a number or have shape \(40,\) or \(80, 80\), as ydata"):
        fit(resonance, F, resonance(F, *TRUE), TRUE, sigma=sigma)


@pytest.mark.parametrize("options", [{}, {"sigma": np.full(40, 0.01)}, {"bounds": (0, 2)}], ids=["lm", "sigma", "trf"])
def test_complex_data_in_curve_fit(options) -> None:
    """SciPy raises TypeError for such a model; a real model of complex data it fits to the real parts."""
    y = resonance(F, *TRUE) + NOISE
    doubled = options | ({"sigma": np.full(80, 0.01)} if "sigma" in options else {})
    found = curve_fit(resonance, F, y, TRUE, **options)
    expected = curve_fit(as_real, F, np.concatenate([y.real, y.imag]), TRUE, **doubled)
    for one, other in zip(found, expected, strict=True):
        assert one.tobytes() == other.tobytes()
    with pytest.warns(np.exceptions.ComplexWarning):
        popt, _ = curve_fit(line, F, F + 1j * F)
    np.testing.assert_allclose(popt, [0.0, 1.0], atol=1e-7)


# ---- units


class Quantity:
    unit, value = "m", 1.0

    def to(self, unit):
        return self


def test_units_are_refused_with_the_way_to_do_it() -> None:
    with pytest.raises(TypeError, match=r"xdata must be numbers; got a quantity in m: pass xdata.value"):
        curve_fit_batch(line, Quantity(), Y, [1.0, 1.0])
    with pytest.raises(TypeError, match=r"got a quantity in m: pass ydata.value, and ydata.to\(unit\)"):
        fit(line, T, Quantity())
    with pytest.raises(TypeError, match=r"p0 must be numbers; got a quantity in m: pass p0.value"):
        fit(line, T, Y, Quantity())  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"bounds\['b'\]\[1\] must be numbers; got a quantity in m"):
        fit(line, T, Y, bounds={"b": (0.0, Quantity())})
    for found in (fit(line, T, Y), fit_global(line, [(T, Y)])):
        with pytest.raises(TypeError, match=r"x must be numbers; got a quantity in m: pass x.value"):
            found.predict(Quantity(), **({} if type(found) is minpack.Fit else {"dataset": 1}))


# ---- shapes and names


def test_numbers_of_points() -> None:
    with pytest.raises(ValueError, match="xdata must have as many points as ydata, 8; it has 7: "):
        fit(decay, T[:-1], Y)
    with pytest.raises(ValueError, match=r"ydata must be a vector .* got shape \(8, 1\): pass ydata.ravel\(\)"):
        fit(decay, T, Y[:, np.newaxis])
    table = pandas.DataFrame({"t": T})
    with pytest.raises(ValueError, match=r"xdata must be a vector if f takes one predictor; got shape \(8, 1\)"):
        fit(decay, table, Y)
    with pytest.raises(ValueError, match="xdata must have as many points as ydata, 7; it has 8: "):
        fit(decay, table.t, Y[1:])
    with pytest.raises(ValueError, match="standard deviations positive; got 0 at point 2"):
        fit(decay, T, Y, sigma=[1, 1, 0, 1, 1, 1, 1, 1])


@pytest.mark.parametrize("shape", [(0,), (0, 8), (8, 0)])
def test_no_x_at_all(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="xdata must not be empty; got shape"):
        fit(lambda x, a, b: a + b * x, np.empty(shape), np.arange(8.0))


def test_swapped_arguments() -> None:
    with pytest.raises(TypeError, match=r"f, the function, must be the first argument, as in fit\(f, xdata, ydata\)$"):
        fit(T, Y, decay)
    with pytest.raises(TypeError, match=r"^f must be callable; got an array of shape \(8,\)$"):
        fit(T, Y, T)


@pytest.mark.parametrize(("name", "words"), [
    ("weights", "use sigma=1/weights"), ("max_nfev", "use maxfev"), ("sigam", "did you mean 'sigma'"),
    ("maxfv", "did you mean 'maxfev'"),
])  # fmt: skip
def test_unknown_keyword(name: str, words: str) -> None:
    with pytest.raises(TypeError, match=f"{name}'.*{words}"):
        fit(decay, T, Y, **{name: 1})


def test_starts_that_are_left_out() -> None:
    assert fit(decay, T, Y, {"amplitude": 2}).start.tolist() == [2.0, 1.0, 1.0]
    assert fit(lambda x, a, b=3.0: a + b * x, T, Y, {"a": 2}).start.tolist() == [2.0, 3.0]
    held = fit(lambda x, a, b, split=1.5: np.where(x < split, a, b), T, Y, fixed=["split"])
    assert (held.fixed, held["split"]) == (("split",), 1.5)
    assert fit(decay, T, Y, [2, 1, 0.4], fixed=["offset"])["offset"] == 0.4
    with pytest.raises(ValueError, match="fixed must name parameters of decay .*; got 'slope'"):
        fit(decay, T, Y, fixed=["slope"])
    with pytest.raises(TypeError, match="fixed must be a dict of values by parameter name, or a list of names; got 5"):
        fit(decay, T, Y, fixed=5)


def test_numbers_in_columns_of_objects_become_floats() -> None:
    """As tables have them that were put together from rows: NumPy's functions do not take objects."""
    t = np.linspace(0.0, 3.0, 12)
    column = pandas.Series(list(t), dtype=object)
    y = 2.0 * np.exp(-0.5 * t)
    found = fit(lambda t, a, b: a * np.exp(-b * t), column, y).values
    np.testing.assert_allclose(found, [2.0, 0.5], rtol=1e-7)
    table = pandas.DataFrame({"t": column, "label": ["u", "v"] * 6})
    found = fit(lambda d, a, b: a * np.exp(-b * d["t"]) * (d["label"] != "w"), table, y).values
    np.testing.assert_allclose(found, [2.0, 0.5], rtol=1e-7)


@pytest.mark.parametrize("made", [range, lambda m: array("d", range(m)), lambda m: memoryview(np.arange(float(m)))])
def test_numbers_with_which_no_model_can_compute(made: Callable[[int], Any]) -> None:
    y = 2.0 + 0.5 * np.arange(6.0)
    found = fit(lambda x, a, b: a + b * x, made(6), y)
    np.testing.assert_allclose(found.values, [2.0, 0.5], rtol=1e-12)
    np.testing.assert_allclose(found.predict(made(8))[-1], 5.5, rtol=1e-12)
    both = fit_global(lambda x, a, b: a + b * x, [(made(6), y), (made(6), y + 1.0)], shared=["b"])
    np.testing.assert_allclose(both.values, [2.0, 0.5, 3.0], rtol=1e-12)


def test_anything_is_xdata_of_a_drop_in() -> None:
    """Whatever it has of the attributes by which tables are known."""

    class Anything:
        dtype = dtypes = schema = cast = astype = to_numpy = copy = filter = "of its own"

    t = np.arange(6.0)
    for x in (Anything(), memoryview(t)):
        popt, _ = curve_fit(lambda x, a, b: a + b * t, x, 2.0 + 0.5 * t)
        np.testing.assert_allclose(popt, [2.0, 0.5], rtol=1e-12)
