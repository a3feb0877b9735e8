"""Fits that meet MINPACK's tolerances away from a minimum: `curve_fit` warns, keeps its bits, and says nothing else."""

import math
import warnings
from typing import Any

import numpy as np
import pytest

import minpack
from minpack import OptimizeWarning, curve_fit
from minpack._core import Data, Settings, solve_curve
from nist_models import load, log_relative_error

FAR = 1e9
SECONDS = 1.7e9 + np.linspace(0.0, 60.0, 61)


def peak(t: Any, height: float, center: float, width: float) -> Any:
    return height * np.exp(-((t - center) ** 2) / (2 * width**2))


def peak_jac(t: Any, height: float, center: float, width: float) -> Any:
    shape, z = peak(t, 1.0, center, width), (t - center) / width
    return np.stack([shape, height * shape * z / width, height * shape * z**2 / width], axis=1)


def test_a_peak_over_unix_time_ends_far_away_with_a_warning() -> None:
    noise = 0.05 * np.random.default_rng(1).standard_normal(SECONDS.size)
    y = peak(SECONDS, 3.0, 1.7e9 + 31.0, 4.0) + noise
    start = [2.5, 1.7e9 + 29.0, 5.0]
    with pytest.warns(OptimizeWarning, match=r"not at a minimum: about [2-9]\.\d standard errors are left") as said:
        popt, _ = curve_fit(peak, SECONDS, y, start, jac=peak_jac)
    assert len(said) == 1 and said[0].filename == __file__
    assert abs(popt[1] - 1.7e9 - 31.0) > 0.02
    fit = minpack.fit(peak, SECONDS, y, p0=start, jac=peak_jac)  # what the warning advises
    assert abs(fit["center"] - 1.7e9 - 31.0) < 0.05 and fit.success


def curved(x: Any, a: float) -> Any:
    return (a - FAR) + (a - FAR) ** 2 + 0 * x


def curved_jac(x: Any, a: float) -> Any:
    return (1.0 + 2.0 * (a - FAR) + 0 * x)[:, np.newaxis]


def at_a_distance(distance: float) -> np.ndarray:
    """Data that the first step from 1e9 + 1/8 leaves at that many standard errors from the minimum, near 1e9."""
    m, offset = 8, 0.125
    offset -= (offset + offset**2) / (1.0 + 2.0 * offset)
    missed = offset + offset**2
    scatter = math.sqrt((m - 1) * (missed / distance) ** 2 - missed**2)
    return scatter * np.resize([1.0, -1.0], m)


@pytest.mark.parametrize(("distance", "warns"), [(0.099, False), (0.101, True)])
def test_a_tenth_of_a_standard_error_is_the_limit(distance: float, warns: bool) -> None:
    y = at_a_distance(distance)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        popt, _ = curve_fit(curved, np.zeros(y.size), y, FAR + 0.125, jac=curved_jac)
    residuals = curved(np.zeros(y.size), *popt) - y
    assert residuals.mean() / (residuals.std(ddof=1) / math.sqrt(y.size)) == pytest.approx(distance, rel=1e-2)
    assert bool(said) == warns


@pytest.mark.parametrize("options", [{"ftol": 1e-2}, {"xtol": 1e-3}, {"gtol": 1e-3}])
def test_larger_tolerances_ask_for_such_an_end(options: dict[str, float]) -> None:
    y = at_a_distance(1.0)
    curve_fit(curved, np.zeros(y.size), y, FAR + 0.125, jac=curved_jac, **options)


@pytest.mark.parametrize("factor", [1e-3, 0.5, 100.0])
@pytest.mark.parametrize("xtol", [0.9, 0.1, 1e-3])
def test_the_distance_is_that_of_the_linear_model(factor: float, xtol: float) -> None:
    """Steps that the bound cuts short, refused steps, full steps: all leave what a projection says."""
    rng = np.random.default_rng(3)
    columns, y = rng.standard_normal((20, 3)), 100.0 + rng.standard_normal(20)
    end = solve_curve(
        lambda _, *x: columns @ x, [1.0, 2.0, 3.0], None, Data(y), Settings(factor=factor, xtol=xtol),
        jac=lambda *_: columns, scale=True, full=True,
    )  # fmt: skip
    left = np.linalg.norm(np.linalg.qr(columns)[0].T @ end.fvec)
    expected = left / np.sqrt(end.fvec @ end.fvec / 17)
    assert end.distance == pytest.approx(expected if expected > 1e-4 else 0.0, rel=1e-6)


def line(x: Any, a: float, b: float) -> Any:
    return a + b * x


def test_derivatives_lost_in_rounding_are_named() -> None:
    x = np.arange(3.0)
    with pytest.warns(OptimizeWarning, match="derivative by 'a' is lost in rounding"):
        popt, pcov = curve_fit(line, x, x, sigma=np.ones(3), absolute_sigma=True)
    right = minpack.fit(line, x, x, sigma=np.ones(3), absolute_sigma=True)
    assert right.errors == pytest.approx([math.sqrt(5 / 6), math.sqrt(0.5)])
    assert np.sqrt(pcov[1, 1]) != pytest.approx(right.errors[1], rel=0.1)


def test_differences_that_others_replace_except_for_rounding_are_named() -> None:
    """Seconds since 1970, and a start one per cent from the answer: the slope came out 18 times too large."""
    x = 1663847528.71 + np.arange(5.0)
    with pytest.warns(OptimizeWarning, match="other parameters nearly replace 'a'.*subtract a typical value from x"):
        popt, pcov = curve_fit(line, x, np.arange(5.0), [-x[0], 0.99])
    assert np.isfinite(pcov).all() and abs(popt[1] - 1.0) > 10.0


@pytest.mark.parametrize(("offset", "warns"), [(1e5, False), (3e8, True)])
def test_what_others_replace_is_named_only_where_rounding_hides_the_rest(offset: float, warns: bool) -> None:
    x, noise = offset + np.arange(9.0), np.random.default_rng(1).standard_normal(9)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        popt, pcov = curve_fit(line, x, 2.0 * np.arange(9.0) + noise, [-2.0 * offset, 2.0])
    assert any("nearly replace" in str(warning.message) for warning in caught) == warns
    right = np.polyfit(np.arange(9.0), 2.0 * np.arange(9.0) + noise, 1)[0]
    assert warns or popt[1] == pytest.approx(right, rel=1e-4)


def test_exact_data_are_no_cause_for_doubt() -> None:
    x = np.arange(1.0, 5.0)
    for a, b in [(1.0, 2.0), (3.0, 4e4), (1e6, 1e4)]:
        popt, _ = curve_fit(line, x, line(x, a, b))
        assert popt == pytest.approx([a, b], rel=1e-6, abs=1e-9)
    curve_fit(line, x[:2], [3.0, 5.0], sigma=[0.1, 0.1], absolute_sigma=True)  # no freedom


def fit_of_set(data: Any, start: Any, jac: bool) -> list[str]:
    """What is said of a fit of one of NIST's sets; also looks that the fit is wrong if it is doubted."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            popt, _ = curve_fit(
                lambda x, *b: data.model(x, np.array(b)), data.x, data.y, start,
                jac=(lambda x, *b: data.jacobian(x, np.array(b))) if jac else None,
            )  # fmt: skip
        except RuntimeError:
            return []
    doubts = [str(one.message) for one in said if "popt" in str(one.message)]
    assert not doubts or log_relative_error(popt, data.certified).min() < 1
    return doubts


def test_of_nists_sets_only_wrong_minima_are_doubted() -> None:
    doubted = {
        name for name, data in load().items() for start in data.starts for jac in (False, True)
        if fit_of_set(data, start, jac)
    }  # fmt: skip
    assert doubted == {"BoxBOD", "MGH17"}


def test_the_switch_says_no_more_than_scipy() -> None:
    optimize = pytest.importorskip("scipy.optimize")
    pytest.importorskip("scipy", minversion="1.17")
    import minpack.scipy as switch

    y = at_a_distance(1.0)
    with switch.use():
        optimize.curve_fit(curved, np.zeros(y.size), y, FAR + 0.125, jac=curved_jac)
        assert switch.report(clear=True).served == 1
