"""`fit`: figures against certified, simulated and hand-computed ones; parameters by name; what failures say."""

import math

import numpy as np
import pytest

import minpack
from minpack import fit
from support.decay import T, Y, decay, decay_jacobian, line

# ---- the figures


def test_same_bits_as_curve_fit() -> None:
    for options in ({}, {"sigma": 0.1 * Y}, {"sigma": 0.1 * Y, "absolute_sigma": True}, {"jac": decay_jacobian}):
        popt, pcov, info, _, ier = minpack.curve_fit(decay, T, Y, [2, 1, 0.3], full_output=True, **options)
        result = fit(decay, T, Y, [2, 1, 0.3], **options)
        assert result.values.tobytes() == popt.tobytes()
        # curve_fit's comes from the Jacobian before the last step, as SciPy's does
        np.testing.assert_allclose(result.covariance, pcov, rtol=1e-3)
        assert (result.status, result.nfev) == (ier, info["nfev"])
        np.testing.assert_allclose(result.residuals, Y - decay(T, *popt), atol=1e-15)


def test_covariance_matrix_as_sigma() -> None:
    covariance = 0.01 * (0.5 ** np.abs(np.subtract.outer(np.arange(8), np.arange(8))))
    popt, pcov = minpack.curve_fit(decay, T, Y, [2, 1, 0.3], covariance)
    result = fit(decay, T, Y, [2, 1, 0.3], sigma=covariance)
    assert result.values.tobytes() == popt.tobytes()
    residuals = Y - decay(T, *popt)
    np.testing.assert_allclose(result.residuals, residuals, rtol=1e-10, atol=1e-14)
    assert result.chi_square == pytest.approx(residuals @ np.linalg.solve(covariance, residuals), rel=1e-10)
    diagonal = fit(decay, T, Y, [2, 1, 0.3], sigma=np.diag((0.1 * Y) ** 2))
    vector = fit(decay, T, Y, [2, 1, 0.3], sigma=0.1 * Y)
    for name in ("r_squared", "aic", "bic", "residual_sd"):
        assert getattr(diagonal, name) == pytest.approx(getattr(vector, name), rel=1e-10)


# ---- derived quantities


# ---- parameters by name


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            {"p0": {"amplitude": 1, "slope": 1}},
            r"p0 must name parameters of decay \('amplitude', 'rate', 'offset'\); got 'slope'",
        ),
        ({"p0": [1, 1]}, "p0 must have 3 values, for 'amplitude', 'rate', 'offset'; got 2"),
        ({"p0": [1.0], "fixed": {"rate": 1}}, r"\(or 2, for 'amplitude', 'offset'\)"),
        ({"p0": [1, np.nan, 1]}, "finite"),
        ({"p0": {"amplitude": "big", "rate": 1, "offset": 0}}, r"p0\['amplitude'\] must be a finite number; got 'big'"),
        ({"fixed": {"slope": 1}}, "fixed must name parameters of decay .*; got 'slope'"),
        ({"fixed": {"amplitude": 1, "rate": 1, "offset": 1}}, "leave out at least one"),
        ({"sigma": [1, 2]}, r"sigma must be a number or have shape \(8,\) or \(8, 8\); got shape \(2,\)"),
        ({"sigma": 0.0}, "standard deviations positive"),
        ({"sigma": -np.eye(8)}, "positive definite"),
        ({"f": lambda x, a, b=np.inf: a * x}, "p0 must give a start for 'b': its default in <lambda>, inf, is"),
        ({"nan_policy": "propagate"}, "nan_policy must be None, 'raise' or 'omit'"),
    ],
)
def test_value_errors(arguments: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        fit(**{"f": decay, "xdata": T, "ydata": Y} | arguments)


def test_type_errors() -> None:
    for no_model in (5, None):
        with pytest.raises(TypeError, match=f"f must be callable; got {no_model}"):
            fit(no_model, T, Y)
    with pytest.raises(TypeError, match="callback must be callable or None; got 5"):
        fit(decay, T, Y, callback=5)
    with pytest.raises(TypeError, match="unexpected keyword argument 'x0'; its options are ftol"):
        fit(decay, T, Y, x0=(0, 1))
    with pytest.raises(TypeError, match="jac must be callable"):
        fit(decay, T, Y, jac="3-point")
    with pytest.raises(TypeError, match="fixed must be a dict"):
        fit(decay, T, Y, fixed=5)
    with pytest.raises(TypeError, match="3 parameters cannot be fitted to 2 points"):
        fit(decay, T[:2], Y[:2])


def test_data_errors() -> None:
    with pytest.raises(ValueError, match=r"ydata must be finite; got nan at \[2\]"):
        fit(decay, T, np.where(T == 1.0, np.nan, Y))
    with pytest.raises(ValueError, match=r"xdata must be finite; got inf at \[2\]"):
        fit(decay, np.where(T == 1.0, np.inf, T), Y, nan_policy="omit")
    with pytest.raises(ValueError, match="at least one point"):
        fit(decay, [], [])
    with pytest.raises(ValueError, match="a vector"):
        fit(decay, T, Y.reshape(2, 4))
    with pytest.raises(ValueError, match="f must return 1 value, as ydata; it returned 8"):
        fit(lambda x, a: a * x, T, [2.0])


@pytest.mark.parametrize("sigma", [0.1 * Y, np.diag((0.1 * Y) ** 2), np.array(0.2)], ids=["each", "matrix", "one"])
def test_data_that_the_model_changes_are_those_of_the_call(sigma: np.ndarray) -> None:
    y, given = Y.copy(), sigma.copy()

    def f(x, *p):
        y[...] = 7.0
        given[...] = 3.0
        return decay(x, *p)

    expected = fit(decay, T, Y, [2, 1, 0.3], sigma=sigma)
    result = fit(f, T, y, [2, 1, 0.3], sigma=given)
    result.predict(T)
    for name in ("values", "covariance", "residuals", "weighted_residuals", "ydata", "sigma"):
        np.testing.assert_array_equal(getattr(result, name), getattr(expected, name))
    assert (result.r_squared, result.aic) == (expected.r_squared, expected.aic)


def test_nan_points_are_omitted() -> None:
    gaps = np.where(T == 1.0, np.nan, Y)
    result = fit(decay, T, gaps, sigma=0.1 * Y, nan_policy="omit")
    keep = T != 1.0
    expected = fit(decay, T[keep], Y[keep], sigma=0.1 * Y[keep])
    assert result.values.tobytes() == expected.values.tobytes()
    assert result.xdata.size == result.sigma.size == 7


# ---- fits that fail, and doubts


def test_no_convergence_loses_nothing() -> None:
    with pytest.warns(RuntimeWarning, match="did not converge: Number of calls") as caught:
        result = fit(decay, T, Y, [50, 9, 3], maxfev=5)
    assert caught[0].filename == __file__
    assert not result.success
    assert result.status == 5
    assert not np.array_equal(result.values, result.start)
    assert np.isinf(result.errors).all() and np.isinf(result.confidence_intervals()).all()
    assert result.chi_square < ((decay(T, 50, 9, 3) - Y) ** 2).sum()
    assert "raise maxfev" in str(result.diagnose())
    assert result.predict(T).shape == (8,)
    assert result.derived(lambda rate: rate).error == math.inf
    assert np.isinf(result.confidence_band(T)[1]).all()


def test_not_finite_at_the_start() -> None:
    def f(x, a):
        return np.where(x > 2, np.nan, a * x)

    with pytest.warns(RuntimeWarning, match="residual 5 is not finite at x0"):
        result = fit(f, T, Y)
    assert not result.success
    assert "no fit was made: at the start (a = 1) the model is not finite at 3 of 8 points" in str(result.diagnose())


def test_callback_stops_without_a_warning() -> None:
    result = fit(decay, T, Y, callback=lambda *_: True)
    assert (result.success, result.status) == (False, -2)
    assert "stopped" in result.message


def test_sigma_whose_inverse_overflows() -> None:
    with pytest.raises(ValueError, match="sigma must have a finite inverse; got 1e-320: use other units"):
        fit(line, T, 1 + 2 * T, sigma=1e-320)


def test_covariance_of_a_single_point() -> None:
    result = fit(lambda x, a: a + 0 * x, [1.0], [3.0], sigma=[[4.0]], absolute_sigma=True)
    assert result.errors == pytest.approx([2.0])
