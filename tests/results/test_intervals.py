"""Intervals, profiles and contours against iminuit and lmfit on ten problems; the bootstrap against what must hold."""

import json
import math
import pickle
from dataclasses import replace

import numpy as np
import pytest

import minpack
from minpack import Fit, fit, models
from support import ROOT, run_apart
from support.decay import T, Y, decay, line, line_jacobian, noise
from support.intervals import CONTOUR_LEVEL, CONTOURS, LEVEL, PROBLEMS, problem

STORED = json.loads((ROOT / "tests" / "data" / "intervals.json").read_text(encoding="utf-8"))
# lmfit's root finder ends at another minimum of the other parameters; Minuit has our end.
LMFIT_IS_OFF = {("Thurber", 5)}


@pytest.mark.parametrize("peer", ["minos", "conf_interval"])
@pytest.mark.parametrize("name", PROBLEMS)
def test_intervals_are_those_of_minuit_and_lmfit(name: str, peer: str) -> None:
    result = problem(name, absolute_sigma=peer == "minos")
    found = result.confidence_intervals(LEVEL, method="profile")
    off = np.abs(found - STORED[peer][name]).max(axis=1) / result.errors
    rows = [j for j in range(off.size) if peer == "minos" or (name, j) not in LMFIT_IS_OFF]
    assert (off[rows] < 1e-4).all(), off


@pytest.mark.parametrize("name", CONTOURS)
def test_contour_is_that_of_minuit(name: str) -> None:
    """Minuit's points lie between ours, so the reach of ours is interpolated at their angles."""
    interpolate = pytest.importorskip("scipy.interpolate")
    result = problem(name, absolute_sigma=True)
    contour = result.contour(*result.names[:2], level=CONTOUR_LEVEL, points=200)
    root = np.linalg.cholesky(result.covariance[:2, :2])

    def polar(points):
        a, b = np.linalg.solve(root, (np.asarray(points) - result.values[:2]).T)
        order = np.argsort(np.arctan2(b, a))
        return np.arctan2(b, a)[order], np.hypot(a, b)[order]

    angle, reach = polar(contour.points)
    where, expected = polar(STORED["mncontour"][name])
    spline = interpolate.CubicSpline([*angle, angle[0] + 2 * np.pi], [*reach, reach[0]], bc_type="periodic")
    np.testing.assert_allclose(spline(where), expected, atol=1e-4)
    # and they have the chi-square that they must have
    for point in contour.points[::67]:
        held = dict(zip(result.names, point, strict=False))
        rise = -2 * np.log(1 - CONTOUR_LEVEL)
        assert rise_of_chi_square(result, held) == pytest.approx(rise, rel=2e-5)


def rise_of_chi_square(result: Fit, held: dict[str, float]) -> float:
    """By a fit with some parameters held, or of none."""
    values = dict(result) | held
    if len(held) == len(result.names):
        away = (result.ydata - result.f(result.xdata, *values.values())) / result.sigma
        return float(away @ away) - result.chi_square
    options = {"sigma": result.sigma, "absolute_sigma": result.absolute_sigma, "fixed": held}
    return fit(result.f, result.xdata, result.ydata, values, **options).chi_square - result.chi_square


def test_linear_model_has_linear_profiles_intervals_and_contours() -> None:
    y = 1 + 2 * T + 0.1 * noise(8)
    result = fit(line, T, y)
    for level in (0.5, 0.95, 0.999):
        profile = result.confidence_intervals(level, method="profile")
        np.testing.assert_allclose(profile, result.confidence_intervals(level), atol=1e-5 * result.errors.min())
    for j, found in enumerate(result.profile().values()):
        np.testing.assert_allclose(found.z, (found.values - result.values[j]) / result.errors[j], atol=1e-5)
    contour = result.contour(*result.names)
    np.testing.assert_allclose(contour.points, contour.ellipse, atol=1e-5 * result.errors.min())
    stats = pytest.importorskip("scipy.stats")

    inverse = np.linalg.inv(result.covariance)
    away = contour.points - result.values
    heights = np.einsum("ki,ij,kj->k", away, inverse, away)
    np.testing.assert_allclose(heights, 2 * stats.f.ppf(0.95, 2, 6), rtol=1e-5)


def test_profile_is_the_fit_with_the_parameter_held() -> None:
    result = fit(decay, T, Y)
    profile = result.profile("rate", points=3)
    assert profile.values.size == 7 and (np.diff(profile.values) > 0).all() and (np.diff(profile.z) > 0).all()
    assert abs(profile.z[-1]) == pytest.approx(result.quantile(0.99), rel=0.5)
    for value, rise, whole in zip(profile.values, profile.chi_square_rise, profile.parameters, strict=True):
        held = fit(decay, T, Y, dict(result), fixed={"rate": value})
        assert held.chi_square - result.chi_square == pytest.approx(rise, rel=1e-5, abs=1e-12)
        np.testing.assert_allclose(whole, held.values, rtol=1e-4)


def test_held_parameters_one_parameter_and_jac() -> None:
    result = fit(decay, T, Y, fixed={"offset": 0.5})
    assert result.confidence_intervals(method="profile")[2].tolist() == [0.5, 0.5]
    assert list(result.profile()) == ["amplitude", "rate"]
    single = fit(decay, T, Y, fixed={"offset": 0.5, "amplitude": 2.5})
    (low, high), error = single.confidence_intervals(method="profile")[1], single.errors[1]
    assert single.values[1] - low == pytest.approx(2.36 * error, rel=0.1) and high > single.values[1]
    with_jac = fit(line, T, Y, jac=line_jacobian)
    ends = with_jac.confidence_intervals(method="profile")
    np.testing.assert_allclose(ends, with_jac.confidence_intervals(), rtol=1e-5)


def test_a_model_of_one_curve_and_correlated_data() -> None:
    """What cannot be evaluated for many fits at once is evaluated one by one, with the same answer."""

    def summed(t, amplitude, rate):
        return np.cumsum(amplitude * np.exp(-rate * t)) if np.ndim(amplitude) == 0 else 1 / 0

    sigma = 0.02**2 * 0.5 ** np.abs(np.subtract.outer(np.arange(8), np.arange(8)))
    y = summed(T, 2.0, 1.0) + 0.02 * noise(8)
    result = fit(summed, T, y, [2.0, 1.0], sigma=sigma, absolute_sigma=True)
    ends = result.confidence_intervals(method="profile")
    for j, name in enumerate(result.names):
        for end in ends[j]:
            held = fit(summed, T, y, dict(result), sigma=sigma, absolute_sigma=True, fixed={name: end})
            assert held.chi_square - result.chi_square == pytest.approx(result.quantile(0.95) ** 2, rel=1e-4)
    np.testing.assert_allclose(result.bootstrap(400, "parametric", rng=1).errors, result.errors, rtol=0.15)


def test_an_open_side_is_infinite() -> None:
    """Rising data that do not reach the plateau leave height and constant open upward."""

    def saturation(x, height, half):
        return height * x / (half + x)

    x = np.linspace(0.1, 1.0, 10)
    result = fit(saturation, x, 2 * x - 0.6 * x**2 + 0.08 * noise(10), [5.0, 3.0])
    for level in (0.95, 0.999):  # a first step to the end of the last interval passes a pole
        ends = result.confidence_intervals(level, method="profile")
        assert np.isfinite(ends[:, 0]).all() and ends[:, 1].tolist() == [np.inf, np.inf]
        for name, end in zip(result.names, ends[:, 0], strict=True):
            rise = rise_of_chi_square(result, {name: end}) / result.reduced_chi_square
            assert rise == pytest.approx(result.quantile(level) ** 2, rel=1e-4)


@pytest.mark.parametrize("seed", [0, 3])
def test_a_profile_ends_with_the_interval_where_the_model_has_no_values_further_on(seed: int) -> None:
    """By the linear approximation it would go on: there were NaN instead."""
    x = np.linspace(0.2, 5.0, 14)
    y = np.log(x) + 0.5 * noise(14, seed)
    with np.errstate(all="ignore"):
        result = fit(lambda x, factor, origin: factor * np.log(x - origin), x, y, [1.0, 0.05])
        profile = result.profile("origin", level=0.99)
        ends = result.confidence_intervals(0.99, method="profile")[1]
    assert np.isfinite(profile.z).all() and (np.diff(profile.z) > 0.0).all()
    assert profile.values[-1] < x[0]
    assert profile.values[-1] == pytest.approx(ends[1], rel=1e-5)
    assert profile.z[-1] == pytest.approx(result.quantile(0.99), rel=1e-5)


def test_a_better_fit_on_the_way_is_said() -> None:
    x = np.linspace(0.0, 10.0, 60)
    y = np.sin(1.3 * x) + 0.3 * noise(60)
    result = fit(lambda x, height, frequency: height * np.sin(frequency * x), x, y, [0.1, 1.9])
    assert abs(result["frequency"] - 1.3) > 0.1
    with pytest.warns(RuntimeWarning, match="a better fit was found on the way.*fit again from"):
        result.profile("frequency", points=20, level=0.999999)


def test_no_errors_no_intervals() -> None:
    perfect = fit(line, T, 1 + 2 * T, [1, 2])
    np.testing.assert_array_equal(perfect.confidence_intervals(method="profile"), [[1, 1], [2, 2]])
    with pytest.warns(minpack.OptimizeWarning):
        exact = fit(decay, T[:3], Y[:3])
    assert np.isinf(exact.confidence_intervals(method="profile")).all()
    with pytest.raises(ValueError, match="the fit must have finite errors"):
        exact.profile()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda f: f.profile("speed"), r"name must be a fitted parameter \(amplitude, rate, offset\); got 'speed'"),
        (lambda f: fit(decay, T, Y, bounds={"offset": (1, 9)}).profile("offset"), "got 'offset', which is at a bound"),
        (lambda f: f.contour("rate", "rate"), "name_y must be another parameter"),
        (lambda f: f.contour("rate", "offset", points=3), "points must be an integer of at least 4; got 3"),
        (lambda f: f.confidence_intervals(method="exact"), "method must be 'linear' or 'profile'; got 'exact'"),
        (lambda f: f.confidence_intervals(1.5, method="profile"), "level must be between 0 and 1"),
        (lambda f: f.confidence_intervals("rate"), "level must be between 0 and 1, such as 0.95; got 'rate'"),
        (lambda f: f.confidence_band(T, [0.9, 0.95]), "level must be between 0 and 1, such as 0.95; got .0.9, 0.95."),
        (lambda f: f.bootstrap(10).confidence_intervals("basic"), "level must be between 0 and 1, such .*'basic'"),
        (lambda f: f.bootstrap(1), "count must be an integer of at least 2; got 1"),
        (lambda f: f.bootstrap(10, "pairs"), "method must be one of 'residual', 'case', 'parametric'; got 'pairs'"),
        (lambda f: f.bootstrap(10).confidence_intervals(method="bca"), "method must be 'percentile' or 'basic'"),
        (lambda f: f.bootstrap(10).confidence_intervals(2), "level must be between 0 and 1, such as 0.95; got 2"),
        (lambda f: f.profile(points=0), "points must be a positive integer; got 0"),
    ],
)
def test_mistakes(call, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call(fit(decay, T, Y))


# ---- the bootstrap


def test_bootstrap_of_a_linear_model() -> None:
    """The scatter of 4,000 fits has the standard errors to 1.1 % of themselves, by chance."""
    x = np.linspace(0.0, 1.0, 40)
    result = fit(line, x, 1 + 2 * x + 0.1 * noise(40))
    for method in ("residual", "parametric"):
        drawn = result.bootstrap(4000, method, rng=3)
        np.testing.assert_allclose(drawn.errors, result.errors, rtol=0.05)
        np.testing.assert_allclose(drawn.bias / result.errors, 0.0, atol=0.06)
        ends = drawn.confidence_intervals()
        off = (ends - result.confidence_intervals()) / result.errors[:, np.newaxis]
        assert np.abs(off).max() < 0.2  # t with 38 degrees of freedom, and chance
        basic = drawn.confidence_intervals(method="basic")
        np.testing.assert_allclose(basic, 2 * result.values[:, np.newaxis] - ends[:, ::-1])
    # points picked anew: what a sandwich of the residuals gives
    design = np.column_stack([np.ones(40), x])
    bread = np.linalg.inv(design.T @ design)
    sandwich = bread @ (design.T * result.residuals**2) @ design @ bread
    np.testing.assert_allclose(result.bootstrap(4000, "case", rng=3).errors, np.sqrt(np.diag(sandwich)), rtol=0.08)


def test_bootstrap_is_the_same_for_the_same_seed() -> None:
    result = fit(decay, T, Y, sigma=0.01 + 0.01 * T)
    for method in ("residual", "case", "parametric"):
        first = result.bootstrap(50, method, rng=5)
        np.testing.assert_array_equal(first.values, result.bootstrap(50, method, rng=np.random.default_rng(5)).values)
        assert not np.array_equal(first.values, result.bootstrap(50, method, rng=6).values)


def test_each_bootstrap_fit_is_the_fit_of_its_data() -> None:
    """A fit of points picked anew is that of the points that were picked, as often as they were."""
    result = fit(line, T, Y, sigma=0.1 + 0.05 * T)
    picks = np.random.default_rng(9).integers(8, size=(5, 8))
    for values, rows in zip(result.bootstrap(5, "case", rng=9).values, picks, strict=True):
        again = fit(line, T[rows], Y[rows], sigma=(0.1 + 0.05 * T)[rows])
        np.testing.assert_allclose(values, again.values, rtol=1e-6, atol=1e-8)


def test_fits_that_can_be_repeated_can_be_sent() -> None:
    sent = pickle.loads(pickle.dumps(fit(decay, T, Y)))
    assert np.isfinite(sent.confidence_intervals(method="profile")).all()


def test_pictures() -> None:
    pytest.importorskip("matplotlib").use("Agg")
    import matplotlib.pyplot as plt

    result = fit(decay, T, Y, fixed={"offset": 0.5})
    ax = result.profile("rate").plot()
    assert ax.get_xlabel() == "rate" and len(ax.lines) == 4
    ax = result.contour("amplitude", "rate").plot()
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("amplitude", "rate")
    assert len(result.bootstrap(50, rng=1).plot().axes) == 2
    plt.close("all")


# ---- bounds, ties, losses


def test_an_end_beyond_a_bound_is_the_bound() -> None:
    options = {"bounds": {"offset": (0.48, 1.0), "rate": (0.0, 5.0)}, "ftol": 1e-14, "xtol": 1e-14}
    free, bounded = fit(decay, T, Y), fit(decay, T, Y, **options)
    expected, found = (r.confidence_intervals(method="profile") for r in (free, bounded))
    assert expected[2, 0] < 0.48 == found[2, 0]
    np.testing.assert_allclose(found[2, 1], expected[2, 1], atol=1e-4 * free.errors[2])
    again = bounded.bootstrap(200, rng=1)
    assert again.failed == 0
    assert 0.48 <= again.values[:, 2].min() < 0.48 + 1e-9  # some of them end at the bound


def test_other_parameters_stay_within_their_bounds() -> None:
    """Against a scan of one parameter with the other kept within its bounds."""
    t = np.linspace(0.0, 5.0, 30)
    y = 2.0 * np.exp(-t / 1.5) + 0.05 * np.cos(40.0 * t)

    def model(t: np.ndarray, height: float, tau: float) -> np.ndarray:
        return height * np.exp(-t / tau)

    for upper in (1.47, 1.52):  # tau ends at the first
        fitted = fit(model, t, y, [1.0, 1.0], bounds={"tau": (0.0, upper)})
        assert (fitted.active_mask[1] == 1) == (upper == 1.47)
        low, high = fitted.confidence_intervals(method="profile")[0]
        taus = np.linspace(1.2, upper, 200_001)
        for end in (low, high):
            least = min(float(np.sum((model(t, end, tau) - y) ** 2)) for tau in _best(taus, end, t, y))
            z = (least - fitted.chi_square) / fitted.reduced_chi_square
            assert math.sqrt(z) == pytest.approx(fitted.quantile(0.95), rel=1e-5)


def _best(taus: np.ndarray, height: float, t: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The tau with the least sum of squares, and its neighbours."""
    squares = sum((height * np.exp(-a / taus) - b) ** 2 for a, b in zip(t, y, strict=True))
    k = int(np.argmin(squares))
    return np.linspace(taus[max(k - 1, 0)], taus[min(k + 1, taus.size - 1)], 201)


TIED = models.gaussian("p") + models.gaussian("q")


def tied_and_by_hand() -> tuple[Fit, Fit]:
    """A fit of two peaks of one width, and the same with a function of five parameters."""
    x = np.linspace(0.0, 10.0, 60)
    y = TIED(x, 3.0, 3.0, 0.8, 2.0, 6.0, 0.8) + 0.1 * np.sin(np.arange(60.0) ** 2)
    tied = fit(TIED, x, y, tied={"q_sigma": "p_sigma"})

    def by_hand(x, p_height, p_center, p_sigma, q_height, q_center):
        return TIED(x, p_height, p_center, p_sigma, q_height, q_center, p_sigma)

    return tied, fit(by_hand, x, y, tied.values[:5])


def test_tied_fits_are_fitted_again_with_their_ties() -> None:
    tied, by_hand = tied_and_by_hand()
    ends = tied.confidence_intervals(method="profile")
    np.testing.assert_allclose(ends[:5], by_hand.confidence_intervals(method="profile"), rtol=1e-6)
    np.testing.assert_array_equal(ends[5], ends[2])
    profile = tied.profile("p_sigma")
    np.testing.assert_allclose(profile.values, by_hand.profile("p_sigma").values, rtol=1e-6)
    np.testing.assert_array_equal(profile.parameters[:, 5], profile.parameters[:, 2])
    border = tied.contour("p_sigma", "p_height").points
    np.testing.assert_allclose(border, by_hand.contour("p_sigma", "p_height").points, rtol=1e-5)
    drawn = tied.bootstrap(100, rng=1).values
    np.testing.assert_allclose(drawn[:, :5], by_hand.bootstrap(100, rng=1).values, rtol=1e-5)
    np.testing.assert_array_equal(drawn[:, 5], drawn[:, 2])


def test_what_a_function_computes_has_no_profile() -> None:
    result = fit(decay, T, Y, tied={"offset": lambda rate: 0.1 * rate})
    ends = result.confidence_intervals(method="profile")
    assert np.isfinite(ends[:2]).all() and np.isnan(ends[2]).all()
    stored = pickle.loads(pickle.dumps(replace(result, f=TIED)))  # the lambda stays behind
    with pytest.raises(ValueError, match="a fit with tied parameters cannot be fitted again"):
        stored.profile("rate")


@pytest.mark.parametrize(("options", "what"), [({"loss": "soft_l1"}, "a loss")])
def test_fits_that_cannot_be_repeated_say_so(options: dict, what: str) -> None:
    result = fit(decay, T, Y, **options)
    for call in (result.profile, result.bootstrap, lambda: result.confidence_intervals(method="profile")):
        with pytest.raises(ValueError, match=f"a fit with {what} cannot be fitted again"):
            call()


def test_the_bootstrap_of_a_ready_model_loads_no_numba() -> None:
    run_apart("""
        import sys
        import numpy as np
        import minpack
        from minpack import models
        x = np.arange(8.0)
        fit = minpack.fit(models.line, x, 2.0 * x + 0.1 * np.sin(9.0 * x))
        fit.bootstrap(20)
        fit.confidence_intervals(method="profile")
        assert "numba" not in sys.modules
    """)


def test_what_the_bootstrap_cannot_draw() -> None:
    with pytest.raises(ValueError, match="method must be 'residual' or 'parametric' if sigma is a covariance matrix"):
        fit(line, T, Y, sigma=np.eye(T.size)).bootstrap(10, "case")
    with pytest.raises(ValueError, match="the fit must have more points than parameters for method 'residual'"):
        fit(line, T[:2], Y[:2], sigma=[0.1, 0.1], absolute_sigma=True).bootstrap(10, "residual")
    with pytest.raises(ValueError, match="a fit with complex data cannot be fitted again"):
        fit(lambda x, a, b: a + 1j * b * x, T, Y + 1j * Y[::-1]).bootstrap(10)
