"""Counts: the deviance against its definition, the fit against iminuit, errors against simulation."""

import math
import warnings
from typing import Any

import numpy as np
import pytest

import minpack
from minpack import compare, fit, restore
from minpack._engine.deviance import deviance_root, deviance_slope
from minpack._results.counts import deviance_tail

X = np.linspace(0.0, 8.0, 40)
COUNTS = np.array([10, 14, 7, 12, 6, 13, 3, 9, 3, 0, 3, 6, 4, 3, 1, 1, 0, 2, 0, 1, 1, 0, 0, 1,
                   1, 2, 0, 1, 0, 0, 0, 2, 1, 2, 0, 1, 0, 2, 1, 1.0])  # fmt: skip
# iminuit 2.33.0: migrad, hesse and minos(cl=0.95) of the deviance, strategy 2, tol 1e-5, with limits above 0
VALUES = [13.660587356505218, 1.2085464112511457, 0.6647680563679408]
DEVIANCE = 51.52075307467905
MINOS = [[9.871346366775926, 18.524943487479288], [0.8866075735971248, 1.7162359698841456],
         [0.28570462097266736, 1.126088677986555]]  # fmt: skip


def decay(x, a, tau, b):
    return a * np.exp(-x / tau) + b


def decay_jacobian(x, a, tau, b):
    e = np.exp(-x / tau)
    return np.stack([e, a * x / tau**2 * e, np.ones_like(e)], axis=-1)


@pytest.mark.parametrize("count", [1.0, 7.0, 1000.0])
@pytest.mark.parametrize("off", [-0.999, -0.5, -0.0101, -0.0099, -1.01e-4, -0.99e-4, 0.0, 1e-9, 0.0099, 0.0101, 2.0])
def test_residuals_and_slopes_beside_their_zero(count: float, off: float) -> None:
    mpmath = pytest.importorskip("mpmath")
    mpmath.mp.dps = 50
    expected = count * (1.0 + off)
    mu, y = mpmath.mpf(expected), mpmath.mpf(count)
    exact = mpmath.sign(mu - y) * mpmath.sqrt(2 * (mu - y + y * mpmath.log(y / mu)))
    found = deviance_root(expected, count)
    assert found == pytest.approx(float(exact), rel=3e-12, abs=1e-300)
    slope = 1 / mpmath.sqrt(y) if exact == 0 else (1 - y / mu) / exact
    assert deviance_slope(expected, count) == pytest.approx(float(slope), rel=1e-11)


def test_no_counts_and_impossible_expectations() -> None:
    found = deviance_root([2.0, 0.0, 0.0, -1.0, -1.0, np.nan], [0.0, 0.0, 3.0, 3.0, 0.0, 3.0])
    np.testing.assert_array_equal(found, [2.0, 0.0, -np.inf, np.nan, np.nan, np.nan])
    assert deviance_slope(2.0, 0.0) == pytest.approx(0.5)


@pytest.mark.parametrize("function", [deviance_root, deviance_slope])
def test_bits_do_not_depend_on_the_place(function):
    rng = np.random.default_rng(6)
    counts = rng.poisson(np.exp(rng.uniform(-2.0, 10.0, 1001))).astype(float)
    expected = np.where(counts == 0.0, 0.3, counts) * np.exp(rng.normal(0.0, 10.0 ** rng.uniform(-8.0, 1.0, 1001)))
    found = function(expected, counts)
    assert found.tobytes() == np.array([function(*pair) for pair in zip(expected, counts, strict=True)]).tobytes()
    assert found[1::3].tobytes() == function(expected[1::3], counts[1::3]).tobytes()


@pytest.mark.parametrize("jac", [None, decay_jacobian], ids=["differences", "jac"])
def test_fit_is_that_of_minuit(jac) -> None:
    result = fit(decay, X, COUNTS, [5, 1, 1], likelihood="poisson", jac=jac)
    assert result.success
    assert np.abs((result.values - VALUES) / result.errors).max() < 1e-4
    assert result.chi_square == pytest.approx(DEVIANCE, rel=1e-9)
    ends = result.confidence_intervals(method="profile")
    assert np.abs((ends - MINOS) / result.errors[:, np.newaxis]).max() < 1e-4
    # at the best fit of a model with a constant, as many counts are expected as there are
    assert result.predict(X).sum() == pytest.approx(COUNTS.sum(), rel=1e-5)
    gradient = decay_jacobian(X, *result.values)
    information = gradient.T @ (gradient / result.predict(X)[:, np.newaxis])
    np.testing.assert_allclose(result.covariance, np.linalg.inv(information), rtol=1e-4)


def test_what_follows_from_counts() -> None:
    result = fit(decay, X, COUNTS, [5, 1, 1], likelihood="poisson")
    mu = result.predict(X)
    expected = sum(y * math.log(m) - m - math.lgamma(y + 1) for y, m in zip(COUNTS, mu, strict=True))
    assert result.log_likelihood == pytest.approx(expected)
    assert result.aic == pytest.approx(6 - 2 * expected)
    text = result.report()
    assert "deviance    51.5208" in text and "by Poisson's distribution" in text and "chi-square" not in text
    low, high = result.prediction_band([1.0])
    curve, above = result.predict([1.0]), result.confidence_band([1.0])[1]
    reach = np.sqrt(1.96**2 * curve + (above - curve) ** 2)
    np.testing.assert_allclose(high - low, 2 * reach, rtol=1e-3)
    constant = fit(lambda x, b: b + 0 * x, X, COUNTS, likelihood="poisson")
    assert constant.r_squared == pytest.approx(0.0, abs=1e-9)
    assert constant["b"] == pytest.approx(COUNTS.mean()) and constant.errors[0] == pytest.approx(
        math.sqrt(COUNTS.mean() / 40)
    )
    assert compare(result, constant).test == "chi-square"
    again = restore(result.to_json(), decay)
    assert again.report() == text
    np.testing.assert_array_equal(again.profile("tau").z, result.profile("tau").z)


def test_errors_are_the_scatter_of_fits_and_the_deviance_is_as_large_as_expected() -> None:
    """2,000 fits of counts as they would be if the fitted curve were true."""
    result = fit(decay, X, 3 * COUNTS, [30, 1, 1], likelihood="poisson")
    drawn = result.bootstrap(2000, rng=4)
    assert drawn.method == "parametric"
    np.testing.assert_allclose(drawn.errors, result.errors, rtol=0.1)
    rng = np.random.default_rng(1)
    mu = np.full(50, 0.3)  # so few that chi-square would be far off
    deviances = [(deviance_root(mu, y) ** 2).sum() for y in rng.poisson(mu, size=(2000, 50)).astype(float)]
    tails = np.array([deviance_tail(mu, d, 50) for d in deviances])
    for level in (0.5, 0.1, 0.02):
        assert (tails < level).mean() == pytest.approx(level, rel=0.2, abs=0.015)


def test_doubts() -> None:
    rng = np.random.default_rng(3)
    scattered = rng.poisson(decay(X, 200, 2, 20) * rng.gamma(5.0, 0.2, size=40))
    assert "scatter more than Poisson's distribution does" in str(
        fit(decay, X, scattered, [150, 1, 10], likelihood="poisson").diagnose()
    )
    averaged = rng.poisson(100 * decay(X, 200, 2, 20)) / 100
    assert "scatter less than Poisson's" in str(fit(decay, X, averaged, [150, 1, 10], likelihood="poisson").diagnose())


def peak(x, height, center, width, background):
    return height * np.exp(-0.5 * ((x - center) / width) ** 2) + background


@pytest.mark.parametrize(("f", "x", "p"), [
    (decay, np.linspace(0.0, 12.0, 120), (20.0, 1.5, 0.1)), (peak, np.linspace(0.0, 10.0, 100), (30.0, 4.0, 0.5, 0.1)),
    (lambda x, a: a + 0.0 * x, np.arange(100.0), (0.05,)),
], ids=["decay", "peak", "constant"])  # fmt: skip
def test_few_counts_are_no_doubt(f, x, p):
    """At most 12 of 200 good fits are doubted for their residuals, of which most are one count or none."""
    rng, doubted = np.random.default_rng(5), 0
    for _ in range(200):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of data without a count
            result = fit(f, x, rng.poisson(f(x, *p)), p, likelihood="poisson")
        found = {finding.kind for finding in result.diagnose().records}
        doubted += bool(found & {"outliers", "pattern", "one_sign", "scatter_grows"})
    assert doubted <= 12


@pytest.mark.parametrize(("count", "found"), [(3, False), (4, True)])
def test_outliers_among_few_counts_by_their_chance(count: int, found: bool) -> None:
    """Among 100 points that expect 0.1, three counts come with p = 200 * 1.5e-4, and four with 200 * 3.8e-6."""
    y = np.zeros(100)
    y[5 : 95 : 90 // (10 - count)][: 10 - count] = 1.0
    y[2] = count
    result = fit(lambda x, a: a + 0.0 * x, np.arange(100.0), y, [1.0], likelihood="poisson")
    assert result["a"] == pytest.approx(0.1)
    assert [finding.kind for finding in result.diagnose().records] == ["outliers"] * found


def test_a_wrong_model_of_few_counts_is_told_by_neighbours() -> None:
    x = np.linspace(0.0, 20.0, 200)
    y = np.random.default_rng(2).poisson(peak(x, 3.0, 9.0, 2.0, 0.2))
    result = fit(lambda x, a: a + 0.0 * x, x, y, [1.0], likelihood="poisson")
    (finding,) = [finding for finding in result.diagnose().records if finding.kind == "pattern"]
    assert str(finding).startswith("the residuals do not look like noise: in order of x neighbours correlate by 0.")
    assert restore(result.to_json()).diagnose() == result.diagnose()


def test_a_doubt_names_the_error_that_is_printed() -> None:
    x = np.arange(100.0)
    y = np.random.default_rng(0).poisson(0.03 * x)  # none at 0, so that the best line begins at 0, too
    result = fit(lambda x, a, b: a + b * x, x, y, [0.1, 0.03], likelihood="poisson")
    (finding,) = [finding for finding in result.diagnose().records if finding.kind == "one_sided"]
    assert finding.numbers["error"] == result.errors[result.names.index(finding.parameters[0])]


def test_times_are_seconds_since_the_first() -> None:
    times = np.datetime64("2024-01-01T06:00") + (1e6 * X).astype("timedelta64[us]")
    of_times, of_numbers = (fit(decay, x, COUNTS, [5, 1, 1], likelihood="poisson") for x in (times, X))
    np.testing.assert_allclose(of_times.values, of_numbers.values, rtol=1e-5)
    np.testing.assert_allclose(of_times.predict(times[:3]), of_numbers.predict(X[:3]), rtol=1e-5)
    np.testing.assert_allclose(of_times.confidence_band(list(times[:3])), of_numbers.confidence_band(X[:3]), rtol=1e-5)
    assert "seconds since 2024-01-01T06:00" in of_times.report()


def test_held_parameters_and_missing_points() -> None:
    y = COUNTS.copy()
    y[4] = np.nan
    result = fit(decay, X, y, [5, 1], fixed={"b": 0.6}, nan_policy="omit", likelihood="poisson")
    assert result.residuals.size == 39 and result.fixed == ("b",) and result.errors[2] == 0.0


def test_mistakes() -> None:
    with pytest.raises(ValueError, match=r"ydata must be counts, not negative, .* got -1.0 at \[1\]"):
        fit(decay, X[:4], [3, -1, 2, 1], likelihood="poisson")
    with pytest.raises(ValueError, match="sigma must be None with likelihood='poisson'"):
        fit(decay, X, COUNTS, sigma=1.0, likelihood="poisson")
    with pytest.raises(ValueError, match="likelihood must be 'normal' or 'poisson'"):
        fit(decay, X, COUNTS, likelihood="binomial")
    result = fit(decay, X, COUNTS, [5, 1, 1], likelihood="poisson")
    with pytest.raises(ValueError, match="method must be 'parametric' or 'case' for counts"):
        result.bootstrap(10, "residual")
    with pytest.warns(RuntimeWarning):
        negative = fit(decay, X, COUNTS, [-5, 1, 1], likelihood="poisson")
    assert not negative.success and "not finite at the start" in negative.message


@pytest.mark.parametrize("name", ["decay", "line", "sine", "peak"])
def test_starts_of_models_are_where_counts_are_possible(name: str) -> None:
    models = minpack.models
    model, p, x = {
        "decay": (models.exponential_decay, (50.0, 2.0, 0.0), np.linspace(0.0, 12.0, 40)),
        "line": (models.line, (5.0, -0.4), np.linspace(0.0, 10.0, 30)),
        "sine": (models.sine, (4.0, 0.3, 0.5, 4.3), np.linspace(0.0, 20.0, 60)),
        "peak": (models.gaussian("g") + models.line, (20.0, 5.0, 0.7, 0.3, 0.05), np.linspace(0.0, 10.0, 50)),
    }[name]
    y = np.random.default_rng(3).poisson(model(x, *p), (12, x.size)).astype(float)
    batch = minpack.curve_fit_batch(model, x, y, likelihood="poisson")
    # at the edge, from where `fit` goes on
    away = np.isin(batch.status, [minpack.AWAY_FROM_MINIMUM, minpack.JACOBIAN_NOT_FINITE])
    assert (away | (batch.status > 0)).all() and away.sum() <= 2
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some minima are where nothing is expected
        for i, row in enumerate(y):
            fit = minpack.fit(model, x, row, likelihood="poisson")
            assert np.isfinite(fit.chi_square)
            assert fit.status > 0
            assert fit.chi_square < 2.0 * batch.cost[i] if away[i] else True


def resting(text, x, counts, start):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", minpack.OptimizeWarning)
        fit = minpack.fit(minpack.model(text, ["x"]), x, counts, start, likelihood="poisson")
    assert fit.success
    return [finding for finding in fit.diagnose().records if finding.kind == "rests_on_zeros"]


def test_errors_that_rest_on_points_where_nothing_is_expected_are_doubted() -> None:
    x = np.linspace(0.0, 10.0, 41)
    few = np.array([9, 12, 14, 18, 17, 20, 16, 15, 10, 11, 6, 4, 2, 1, 0, 0, 1, 2, 3, 6, 8, 7, 12, 11, 16, 19, 17, 18,
                    15, 13, 11, 10, 6, 5, 2, 1, 0, 0, 1, 3, 5])  # fmt: skip
    (finding,) = resting("a*cos(b*x + p)**2 + c", x, few, {"a": 17.0, "b": 0.57, "p": -0.7, "c": 0.1})
    assert finding.parameters[0] in "abcp"
    assert finding.numbers["without"] > 1.5 * finding.numbers["error"] > 0.0
    assert few[finding.numbers["point"]] == 0
    assert "errors take that for exact" in str(finding)


@pytest.mark.parametrize(
    ("text", "start", "background"),
    [("a*exp(-b*x)", {"a": 90.0, "b": 3.0}, 0.0), ("a + b*x", {"a": 1.0, "b": 2.0}, 3.0)],
)
def test_tails_and_backgrounds_are_not(text: str, start: dict[str, float], background: float) -> None:
    x = np.linspace(0.0, 10.0, 41)
    curve = minpack.model(text, ["x"])(x, *start.values()) + background
    assert resting(text, x, np.round(curve), start) == []


@pytest.mark.parametrize("f", [lambda x, a, b: a * np.exp(-b * x), minpack.model("a*exp(-b*x)")])
@pytest.mark.parametrize(
    ("ydata", "words"),
    [(None, "ydata must be a vector"), (["a", "b"], "ydata must be real numbers"), ([[1.0]], "ydata must be a vector")],
)
def test_what_is_no_data_is_named_before_a_start_is_looked_for(f: Any, ydata: Any, words: str) -> None:
    ways: list[dict[str, Any]] = [{"likelihood": "poisson"}, {"sigma": 1.0, "sigma_x": 0.1}]
    for how in ways:
        with pytest.raises(ValueError, match=words):
            minpack.fit(f, [0.0, 1.0], ydata, **how)
