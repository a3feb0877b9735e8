"""`BatchResult`: a few lines, parts, errors, names, one fit on its own; starts by name; two meanings of one shape."""

import pickle
from typing import Any

import numpy as np
import pytest

import minpack
from minpack import BatchResult, curve_fit_batch

T = np.linspace(0.0, 3.0, 20)
RATES = np.linspace(0.5, 2.0, 12).reshape(3, 4)


def decay(t, amplitude, rate=1.5):
    return amplitude * np.exp(-rate * t)


def decay_jac(t, amplitude, rate):
    return np.exp(-rate * t), -amplitude * t * np.exp(-rate * t)


Y = 3.0 * np.exp(-RATES[..., None] * T) + 0.01 * np.cos(40.0 * T)


def spot(x, height, across, up, width):
    return height * np.exp(-((x[0] - across) ** 2 + (x[1] - up) ** 2) / (2.0 * width**2))


PIXELS = np.array([plane.ravel() for plane in np.meshgrid(np.arange(6.0), np.arange(5.0))])
TRUTH = np.array([[5.0, 2.0, 2.0, 1.5], [4.0, 3.0, 2.0, 1.2]])
IMAGES = np.array([spot(PIXELS, *row) for row in TRUTH])


def test_repr_is_a_few_lines() -> None:
    y = Y.copy()
    y[1, 2] = np.nan
    lines = repr(curve_fit_batch(decay, T, y, [1, 1])).splitlines()
    assert lines[0] == "BatchResult of 3 x 4 fits, 2 parameters each: 11 converged, 1 not finite at start"
    assert [line.split()[0] for line in lines[1:]] == ["median", "amplitude", "rate"]
    assert repr(BatchResult.empty(2, 3)) == "BatchResult of 2 fits, 3 parameters each: 0 converged, 2 not run yet"
    assert repr(BatchResult.empty((), 1)) == "BatchResult of 1 fit, 1 parameter each: 0 converged, 1 not run yet"
    many = curve_fit_batch(lambda x, *p: sum(a * x**k for k, a in enumerate(p)), T, Y, np.ones(12))
    assert repr(many).splitlines()[2].split()[0] == "p0"
    assert repr(many).splitlines()[-1] == "... and 2 more"


def test_a_result_of_dask_stays_lazy() -> None:
    dask_array = pytest.importorskip("dask.array")
    result = curve_fit_batch(decay, T, dask_array.from_array(Y, chunks=(1, 4, 20)), {"amplitude": 1})
    assert repr(result) == "BatchResult of 3 x 4 fits, 2 parameters each: not computed"
    assert result.names == ("amplitude", "rate")
    np.testing.assert_allclose(result.errors.compute(), curve_fit_batch(decay, T, Y, [1, 1.5]).errors)
    with pytest.raises(ValueError, match="only the result of curve_fit_batch itself"):
        result.fit((0, 0))
    exact = curve_fit_batch(decay, T[:2], dask_array.from_array(Y[..., :2], chunks=(1, 4, 2)), [1, 1.5])
    np.testing.assert_array_equal(exact.errors.compute(), np.full((3, 4, 2), np.inf))  # as without Dask


def test_length_and_parts() -> None:
    result = curve_fit_batch(decay, T, Y, [1, 1])
    assert (len(result), result.names) == (3, ("amplitude", "rate"))
    for index in (1, (2, 3), slice(0, 2), RATES > 1.0, (..., 0)):
        part = result[index]
        assert part.names == result.names
        np.testing.assert_array_equal(part.status, result.status[index])
        for j in range(2):
            np.testing.assert_array_equal(part.x[..., j], result.x[..., j][index])
        assert part.cov.shape == (*part.status.shape, 2, 2)
    assert len(list(result)) == 3
    for index in (3, (0, 0, 0)):
        with pytest.raises(IndexError):
            result[index]
    np.testing.assert_array_equal(result.errors, np.sqrt(np.diagonal(result.cov, axis1=-2, axis2=-1)))


@pytest.mark.parametrize("p0", [[1.0, 1.0], {"amplitude": 2.0 * RATES, "rate": RATES}, None], ids=str)
@pytest.mark.parametrize("options", [{}, {"sigma": 0.1 + T, "absolute_sigma": True}, {"jac": decay_jac, "ftol": 1e-4}])
def test_one_fit_on_its_own(p0: Any, options: dict[str, Any]) -> None:
    result = curve_fit_batch(decay, T, Y, p0, **options)
    fit = result.fit((1, -1))
    assert fit.values.tobytes() == result.x[1, -1].tobytes()
    np.testing.assert_allclose(fit.errors, result.errors[1, -1], rtol=1e-5)  # fit takes the derivatives afresh
    assert fit.report().startswith("Fit of decay(amplitude, rate): converged")
    with pytest.raises(IndexError, match=r"i must select one of the fits, which have shape \(3, 4\); got 1"):
        result.fit(1)
    for other in (result[1], pickle.loads(pickle.dumps(result))):
        with pytest.raises(ValueError, match="only the result of curve_fit_batch itself keeps"):
            other.fit(0 if other.status.ndim == 1 else (0, 0))


def test_one_fit_within_bounds_of_its_own() -> None:
    upper = np.stack([np.full(RATES.shape, 9.0), np.where(RATES > 1.0, 0.9 * RATES, 9.0)], axis=-1)
    result = curve_fit_batch(decay, T, Y, [1.0, 0.4], bounds=(0.0, upper))
    for i in ((0, 0), (2, 3)):
        np.testing.assert_allclose(result.fit(i).values, result.x[i], rtol=1e-6)
    assert result.fit((2, 3))["rate"] == pytest.approx(0.9 * RATES[2, 3])


def test_one_fit_of_a_compiled_model() -> None:
    pytest.importorskip("numba")
    for options in ({}, {"jac": lambda t, a, b: (np.exp(-b * t), -a * t * np.exp(-b * t))}):
        result = curve_fit_batch(lambda t, a, b: a * np.exp(-b * t), T, Y, [1, 1], engine="numba", **options)
        np.testing.assert_allclose(result.fit((2, 1)).values, result.x[2, 1], rtol=1e-6)
    compiled = curve_fit_batch(spot, PIXELS, IMAGES, TRUTH + 0.1, engine="numba", x_per_fit=False)
    np.testing.assert_allclose(compiled.fit(1).values, TRUTH[1], rtol=1e-6)


# ---- starts


def test_starts_by_name() -> None:
    by_name = curve_fit_batch(decay, T, Y, {"amplitude": 1.0, "rate": 1.0})
    assert by_name.x.tobytes() == curve_fit_batch(decay, T, Y, [1.0, 1.0]).x.tobytes()
    for p0 in ({"amplitude": 2.0}, {"rate": 1.5, "amplitude": np.full((3, 4), 2.0)}):
        assert curve_fit_batch(decay, T, Y, p0).x.tobytes() == curve_fit_batch(decay, T, Y, [2.0, 1.5]).x.tobytes()
    assert curve_fit_batch(decay, T, Y).x.tobytes() == curve_fit_batch(decay, T, Y, [1.0, 1.5]).x.tobytes()
    with pytest.raises(ValueError, match=r"p0 must name parameters of decay \('amplitude', 'rate'\); got 'slope'"):
        curve_fit_batch(decay, T, Y, {"slope": 1})
    with pytest.raises(ValueError, match=r"p0\['rate'\] must be a number, or have one per fit, shape \(3, 4\); got"):
        curve_fit_batch(decay, T, Y, {"amplitude": np.ones(4), "rate": np.ones(2)})


# ---- abscissae


def test_as_many_images_as_predictors() -> None:
    for given in (None, False):
        result = curve_fit_batch(spot, PIXELS, IMAGES, [4.5, 2.5, 2.0, 1.4], x_per_fit=given)
        np.testing.assert_allclose(result.x, TRUTH, rtol=1e-6)
        np.testing.assert_allclose(result.fit(1).values, TRUTH[1], rtol=1e-6)


def test_as_many_curves_as_abscissae_stay_one_for_each() -> None:
    x = np.array([T, 1.1 * T])
    y = np.array([decay(row, 2.0, 1.2) for row in x])
    for given in (None, True):
        result = curve_fit_batch(decay, x, y, [1.0, 1.0], x_per_fit=given)
        np.testing.assert_allclose(result.x, [[2.0, 1.2]] * 2, rtol=1e-6)
        np.testing.assert_allclose(result.fit(1).values, [2.0, 1.2], rtol=1e-6)


def test_x_per_fit_must_suit_the_shape() -> None:
    with pytest.raises(ValueError, match=r"row per fit, shape \(3, 4, 20\), if x_per_fit is True; got \(20,\)"):
        curve_fit_batch(decay, T, Y, [1, 1], x_per_fit=True)
    with pytest.raises(ValueError, match=r"shape \(20,\) or \(k, 20\) if x_per_fit is False; got shape"):
        curve_fit_batch(decay, np.broadcast_to(T, (3, 4, 20)), Y, [1, 1], x_per_fit=False)
    assert minpack.curve_fit_batch(decay, T, Y, [1, 1], x_per_fit=False).success.all()
