"""Doubts about a fit: each where there is reason for it, and only there."""

import math
import pickle
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minpack
from minpack import OptimizeWarning, fit
from minpack._results import findings
from minpack._results.statistics import chi_square_tail, lag_one_test, runs_test, t_quantile
from support.decay import T, Y, decay, line, noise


def test_residuals_of_an_unfinished_fit_are_not_judged() -> None:
    x = np.linspace(0, 5, 40)
    with pytest.warns(RuntimeWarning, match="did not converge"):
        result = fit(decay, x, decay(x, 3, 0.8, 0.5), [9, 5, -3], sigma=0.01, absolute_sigma=True, maxfev=3)
    (finding,) = result.diagnose()
    assert finding.startswith("the fit did not converge")


def test_residuals_of_one_sign_are_told() -> None:
    doubts = str(fit(lambda x, a: a * x, np.linspace(-1, 1, 20), np.ones(20)).diagnose())
    assert "do not look like noise: all have one sign, and in order of x neighbours correlate by 0.95" in doubts


def test_idle_parameter_is_named() -> None:
    with pytest.warns(OptimizeWarning, match="could not be estimated"):
        result = fit(lambda x, a, idle, b: a + b * x, T, Y)
    assert result.success
    assert np.isinf(result.errors).all()
    assert "idle does not change the model" in str(result.diagnose())
    assert fit(lambda x, a, idle, b: a + b * x, T, Y, fixed={"idle": 0}).errors[2] > 0


def test_parameters_that_replace_each_other_are_named() -> None:
    def f(x, a, b, c):
        return a * b * np.exp(-c * x)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", OptimizeWarning)  # rounding decides whether R has an exact zero
        result = fit(f, T, Y, [1, 2, 0.5])
    (finding,) = [text for text in result.diagnose() if "combinations" in text or "replace" in text]
    assert "a and b" in finding


def test_hardly_determined_parameter_is_named() -> None:
    x = np.linspace(0, 0.5, 12)
    result = fit(decay, x, decay(x, 1, 0.5, 0.2) + 0.01 * noise(12, 0), [1, 0.5, 0.2])
    (first, *_) = result.diagnose()
    assert first.startswith("amplitude is hardly determined")
    assert "it moves with offset (correlation -" in first


def test_exact_determination_is_told() -> None:
    with pytest.warns(OptimizeWarning):
        result = fit(decay, T[[0, 2, 5]], Y[[0, 2, 5]])
    assert result.degrees_of_freedom == 0
    assert math.isnan(result.reduced_chi_square)
    assert "nothing to tell the errors from" in str(result.diagnose())


def test_standing_still_is_told() -> None:
    with pytest.warns(OptimizeWarning):
        result = fit(lambda x, a: np.full_like(x, round(a)), T, Y)
    assert "no step was made" in str(result.diagnose())


def test_wrong_model_is_told() -> None:
    x = np.linspace(-1, 1, 30)
    shuffled = np.random.default_rng(1).permutation(30)
    result = fit(line, x[shuffled], (x**2 + 0.05 * noise(30))[shuffled])
    assert "the residuals do not look like noise: in order of x" in str(result.diagnose())


@pytest.mark.parametrize(("factor", "words"), [(3.0, "larger than sigma says"), (0.3, "smaller than sigma says")])
def test_wrong_sigma_is_told(factor: float, words: str) -> None:
    x = np.linspace(-1, 1, 30)
    result = fit(line, x, x + factor * noise(30), sigma=1.0, absolute_sigma=True)
    assert words in str(result.diagnose())
    assert words not in str(fit(line, x, x + factor * noise(30), sigma=1.0).diagnose())


def test_outlier_is_told() -> None:
    x = np.linspace(-1, 1, 30)
    y = x + 0.1 * noise(30)
    y[17] += 1.0
    (finding,) = fit(line, x, y).diagnose()
    assert finding.startswith("point 17 (+")


def test_outliers_by_students_t_of_the_other_residuals() -> None:
    """Externally studentized with dof - 1 degrees of freedom: found just beyond the quantile, and not just below."""
    m, dof = 9, 8
    signs = np.array([1.0, -1.0] * 4)
    for factor, found in ((1.01, True), (0.99, False)):
        t = factor * t_quantile(1 - 0.01 / (2 * m), dof - 1)
        y = np.append(signs, t * math.sqrt(signs @ signs / (dof - 1)))
        # the best value is 0, as the model moves the first two points only: residuals are the data
        result = fit(lambda x, a: a * (x < 2), np.arange(9.0), y)
        assert result.degrees_of_freedom == dof
        assert ("point 8 (+" in str(result.diagnose())) == found


@pytest.mark.parametrize(("f", "truth"), [(decay, (3.0, 0.8, 0.5)), (line, (1.0, 2.0))])
def test_good_fits_have_no_doubts(f: Callable, truth: tuple) -> None:
    """At most 12 of 300 good fits are doubted: 1 % should be, and 12 is four standard deviations beyond that."""
    rng, x = np.random.default_rng(11), np.linspace(0, 5, 40)
    doubted = 0
    for _ in range(300):
        result = fit(f, x, f(x, *truth) + 0.05 * rng.standard_normal(40), truth, sigma=0.05, absolute_sigma=True)
        doubted += bool(result.diagnose())
    assert doubted <= 12
    assert str(minpack.Findings()) == "no doubts"


# ---- thresholds: a finding just beyond each, and none just before it


def kinds(result: minpack.Fit) -> list[str]:
    return [finding.kind for finding in result.diagnose().records]


def fit_that_leaves(residuals: np.ndarray, **options: Any) -> minpack.Fit:
    """A fit with these residuals and a zero after them: its parameter moves that last point only."""
    m = residuals.size + 1
    result = fit(lambda x, a: a * (x == m - 1), np.arange(float(m)), np.append(residuals, 0.0), **options)
    assert result.success
    np.testing.assert_allclose(result.residuals, np.append(residuals, 0.0), atol=1e-12)
    return result


def root(f: Callable[[float], float], low: float, high: float) -> float:
    """Where f is zero, by bisection."""
    assert f(low) * f(high) < 0.0
    for _ in range(80):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if f(middle) * f(low) > 0.0 else (low, middle)
    return low


def test_curve_that_is_worse_than_the_mean() -> None:
    x = np.linspace(1.0, 2.0, 12)
    (first, *_) = fit(lambda x, a: a * (x - 1.5), x, 5.0 + 0.1 * noise(12)).diagnose().records
    assert first.kind == "worse_than_mean" and first.numbers["r_squared"] < -1.0
    assert "R squared -" in str(first)


@pytest.mark.parametrize(("power", "found"), [(1.0, True), (0.0, False)])
def test_scatter_that_grows_with_the_signal(power: float, found: bool) -> None:
    x = np.linspace(0.1, 4.0, 60)
    y = decay(x, 5.0, 0.8, 0.1)
    result = fit(decay, x, y + 0.03 * y**power * noise(60))
    assert kinds(result) == ["scatter_grows"] * found
    assert not found or "times as large where the model is large" in str(result.diagnose())
    assert "it is 120 times as large" in str(minpack.Finding("scatter_grows", (), {"times": 123.4, "chance": 1e-9}))
    assert kinds(fit(decay, x, y + 0.03 * y**power * noise(60), sigma=y**power)) == []


def test_infinite_errors_are_not_called_too_small_nor_the_fit_converged() -> None:
    x = np.linspace(0.0, 2.0, 20)
    with pytest.warns(OptimizeWarning):
        result = fit(lambda x, a, idle: a + 0.0 * idle * x, x, x**2)
    text = result.report()
    assert "the model misses something: see" in str(result.diagnose())
    assert "converged" not in text and "without errors of the parameters" in text


@pytest.mark.parametrize(("share", "kind"), [(3e-8, "as_good_as_differences"), (3e-6, "pattern")])
def test_residuals_below_what_differences_resolve_miss_nothing(share: float, kind: str) -> None:
    x = np.linspace(0.0, 10.0, 50)
    y = 1.0 + 2.0 * x + share * np.std(2.0 * x) * np.sqrt(2.0) * np.sin(x)
    assert kinds(fit(line, x, y)) == [kind]
    assert kinds(fit(line, x, y, jac=lambda x, a, b: np.stack([np.ones_like(x), x], axis=-1))) == ["pattern"]


def test_an_end_in_a_flat_valley_misses_nothing() -> None:
    x = np.linspace(101.0, 110.0, 50)
    result = fit(lambda x, a, b, c, d: a + b * x + c * x**2 + d * x**3, x, 1.0 - 3.0 * x + 2.0 * x**2 + 5.0 * x**3)
    assert "as_good_as_differences" in kinds(result)
    assert "misses" not in str(result.diagnose())


def test_probabilities_that_doubles_cannot_hold() -> None:
    x = np.linspace(0.0, 2.0, 2000)
    text = str(fit(line, x, x**2).diagnose())
    assert "p < 1e-15" in text and "p = 0" not in text


def test_degenerate_fits_warn_once() -> None:
    x = np.arange(8.0)
    with pytest.warns(OptimizeWarning, match="do not determine all parameters") as caught:
        fit(lambda x, a, b, c: a + b + c * x, x, x + 0.1 * noise(8), jac=lambda x, *_: np.stack([x**0, x**0, x], axis=1)
            + 1e-15 * np.outer(x, [1.0, -1.0, 0.0]))  # fmt: skip
    assert len(caught) == 1


ALTERNATING = np.tile([1.0, -1.0], 6)
# orthogonal to each other, of norm 1
U, V, W = np.array([[1.0] * 4, [1.0, 1.0, -1.0, -1.0], [1.0, -1.0, -1.0, 1.0]]).repeat(2, axis=1) / math.sqrt(8.0)


def fit_of_columns(y: np.ndarray, *columns: np.ndarray, jac: bool = True, **options: Any) -> minpack.Fit:
    """The linear fit whose Jacobian has these columns; of y that is orthogonal to them the values are zero."""
    matrix = np.column_stack(columns)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", OptimizeWarning)  # of a covariance that cannot be estimated
        result = fit(lambda x, *p: matrix @ p, np.arange(8.0), y, dict.fromkeys("abc"[: len(columns)], 1.0),
                     jac=(lambda x, *p: matrix) if jac else None, **options)  # fmt: skip
    assert result.success
    return result


def tilted(sine: float) -> np.ndarray:
    """A vector at this angle from U."""
    return math.sqrt(1.0 - sine * sine) * U + sine * V


@pytest.mark.parametrize(("part", "found"), [(0.98, True), (1.02, False)])
def test_scatter_is_surprising_once_in_a_thousand(part: float, found: bool) -> None:
    """On each side, so twice in a thousand altogether."""
    dof = ALTERNATING.size
    large = root(lambda value: chi_square_tail(value, dof) - 0.001 * part, dof, 10.0 * dof)
    small = root(lambda value: 1.0 - chi_square_tail(value, dof) - 0.001 * part, 0.01 * dof, dof)
    for kind, chi_square in (("scatter_large", large), ("scatter_small", small)):
        residuals = ALTERNATING * math.sqrt(chi_square / dof)
        assert (kind in kinds(fit_that_leaves(residuals, sigma=1.0, absolute_sigma=True))) == found


# where chi-square is below with a probability of 0.001, and above, by SciPy's chi2.ppf and isf
@pytest.mark.parametrize(("dof", "small", "large"), [
    (1, 1.570797149262509e-06, 10.827566170662733), (2, 0.0020010006671670687, 13.815510557964274),
    (3, 0.024297585814120247, 16.26623619623813), (7, 0.5984937420103733, 24.321886347856854),
])  # fmt: skip
def test_scatter_is_judged_with_few_degrees_of_freedom(dof: int, small: float, large: float) -> None:
    for kind, chi_square, by in (("scatter_small", small, 0.98), ("scatter_large", large, 1.02)):
        for factor, found in ((by, True), (1.0 / by, False)):
            residuals = np.full(dof, math.sqrt(factor * chi_square / dof))
            assert (kind in kinds(fit_that_leaves(residuals, sigma=1.0, absolute_sigma=True))) == found


@pytest.mark.parametrize(("part", "found"), [(0.98, True), (1.02, False)])
def test_pattern_by_correlation(part: float, found: bool) -> None:
    slow = np.tile(np.repeat([1.0, -1.0, 1.0], [2, 2, 1]), 4)

    def residuals(share: float) -> np.ndarray:
        return share * np.sin(0.7 * np.arange(20.0)) + (1.0 - share) * slow

    def chance(share: float) -> float:
        return lag_one_test(np.append(residuals(share), 0.0))[1]

    chosen = residuals(root(lambda share: chance(share) - 0.01 * part, 0.0, 1.0))
    assert runs_test(chosen)[2] > 0.02  # so that the correlation decides
    assert ("pattern" in kinds(fit_that_leaves(chosen))) == found


@pytest.mark.parametrize(("runs", "found"), [((6, 4), True), ((5, 3, 5, 3), False)])
def test_pattern_by_runs(runs: tuple[int, ...], found: bool) -> None:
    """By few runs though neighbours do not correlate, as one pair of opposite signs outweighs all others."""
    signs = np.concatenate([np.full(length, (-1.0) ** k) for k, length in enumerate(runs)])
    sizes = np.ones(signs.size)
    sizes[runs[0] - 1 : runs[0] + 1] = 9.0
    assert lag_one_test(np.append(signs * sizes, 0.0))[1] > 0.02
    chance = runs_test(signs)[2]
    assert 0.009 < chance < 0.01 if found else 0.01 < chance < 0.014
    assert ("pattern" in kinds(fit_that_leaves(signs * sizes))) == found


@pytest.mark.parametrize(("m", "found"), [(9, False), (10, True)])
def test_fewer_than_ten_residuals_have_no_pattern(m: int, found: bool) -> None:
    residuals = np.ones(m - 1)
    assert lag_one_test(np.append(residuals, 0.0))[1] < 0.01
    assert ("one_sign" in kinds(fit_that_leaves(residuals))) == found


@pytest.mark.parametrize(("dof", "found"), [(2, False), (3, True)])
def test_fewer_than_three_degrees_of_freedom_show_no_outlier(dof: int, found: bool) -> None:
    residuals = np.array([1.0, 1e-6, -1e-6])[:dof]
    assert ("outliers" in kinds(fit_that_leaves(residuals))) == found


@pytest.mark.parametrize(("count", "more"), [(5, ""), (6, " and 1 more")])
def test_five_outliers_are_listed(count: int, more: str) -> None:
    residuals = np.tile([1.0, -1.0], 200)
    residuals[50 : 50 + 7 * count : 7] *= 20.0
    (finding,) = fit_that_leaves(residuals).diagnose()
    assert finding.count(" sd)") == 5
    assert f" sd){more} far off" in finding


@pytest.mark.parametrize(("part", "found"), [(1.05, True), (0.95, False)])
@pytest.mark.parametrize(("jac", "limit", "kind"), [
    (False, 1e6, "ill_conditioned_differences"), (True, 1e12, "ill_conditioned"),
], ids=["differences", "jac"])  # fmt: skip
def test_condition(jac: bool, limit: float, kind: str, part: float, found: bool) -> None:
    """The condition of two vectors of norm 1 is the cotangent of half their angle."""
    other = tilted(2.0 / (part * limit))
    result = fit_of_columns(1.1 * U + 1.1 * other + 0.1 * W, U, other, jac=jac)
    assert (kind in kinds(result)) == found


@pytest.mark.parametrize(("part", "found"), [(1.2, False), (0.8, True)])
def test_rank(part: float, found: bool) -> None:
    """A singular value counts if it is more than m times the machine epsilon of the largest."""
    e1, e2 = np.eye(8)[:2]
    result = fit_of_columns(U, e1, e1 + 2.0 * part * 8.0 * np.finfo(float).eps * e2)
    assert ("rank_deficient" in kinds(result)) == found


@pytest.mark.parametrize(("part", "names"), [(1.02, ("a", "b", "c")), (0.98, ("a", "b"))])
def test_parameters_that_change_together(part: float, names: tuple[str, ...]) -> None:
    """a - b + t c changes nothing; the share of c in it is t / sqrt(2 + 2 t^2), in units of the columns' norms."""
    share = 0.1 * part
    t = share * math.sqrt(2.0 / (1.0 - 2.0 * share * share))
    (finding,) = [found for found in fit_of_columns(W, U, U + t * V, V).diagnose().records
                  if found.kind == "rank_deficient"]  # fmt: skip
    assert finding.parameters == names


@pytest.mark.parametrize(("inflation", "found"), [(10.2, True), (9.8, False)])
def test_inflation_of_an_error(inflation: float, found: bool) -> None:
    """Over what it is if the other parameter is known, that is by 1 over the sine of the angle."""
    assert ("undetermined" in kinds(fit_of_columns(W, U, tilted(1.0 / inflation)))) == found


@pytest.mark.parametrize(("part", "found"), [(0.98, True), (1.02, False)])
def test_error_that_exceeds_the_value(part: float, found: bool) -> None:
    other = tilted(0.01)
    error = fit_of_columns(W, U, other).errors[0]
    result = fit_of_columns(W + part * error * U + 2.0 * error * other, U, other)
    assert result.values == pytest.approx([part * error, 2.0 * error], rel=1e-6)
    assert ("undetermined" in kinds(result)) == found


def test_errors_that_assume_a_sigma_of_one_say_so() -> None:
    x = np.arange(30.0)
    y = x + 1e-3 * noise(30)
    found = fit(line, x, y, absolute_sigma=True).diagnose()
    assert [record.kind for record in found.records] == ["sigma_assumed"]
    assert "each have a standard deviation of 1, while they scatter by 0.0" in found[0]
    assert "give sigma, or leave absolute_sigma out" in found[0]
    assert "sigma_assumed" in kinds(fit(line, x[:2], y[:2], absolute_sigma=True))  # no scatter to compare with
    assert "sigma_assumed" not in kinds(fit(line, x, y, sigma=1e-3, absolute_sigma=True))
    assert "sigma_assumed" not in kinds(fit(line, x, y))


def steep(x, top, middle, rate):
    with np.errstate(all="ignore"):
        return top / (1.0 + np.exp(-rate * (x - middle)))


@pytest.mark.filterwarnings("ignore:the data do not determine all", "ignore:the covariance of the parameters")
@pytest.mark.parametrize("seed", [None, 0, 1, 2, 3])
@pytest.mark.parametrize("start", [[1.0, 4.5, 1.0], [1.0, 5.0, 5.0], [1.0, 4.2, 3.0]])
def test_a_parameter_that_may_be_as_large_as_it_likes_is_told(seed: int | None, start: list[float]) -> None:
    x = np.arange(10.0)
    y = np.where(x > 4.5, 1.0, 0.0)
    y += 0.0 if seed is None else 0.02 * np.random.default_rng(seed).normal(size=10)
    result = fit(steep, x, y, start)
    told = [record for record in result.diagnose().records if record.kind == "one_sided"]
    if seed is None or np.isfinite(result.errors).all():
        assert told[0].parameters == ("rate",)
        assert "the curve is about as good with far larger values" in str(told[0])
    else:  # the derivatives by it are none any more
        assert {*kinds(result)} & {"no_influence", "rank_deficient"}


@pytest.mark.parametrize("excess", [-0.3, 0.9, 1.1, 3.0], ids="{} errors".format)
def test_a_value_without_a_meaning_is_told(excess: float) -> None:
    x, model = np.linspace(0.0, 10.0, 60), minpack.models.pseudo_voigt
    y = model(x, 3.0, 5.0, 2.0, 1.0) + 0.05 * noise(60)
    first = fit(model, x, y)
    step = 1.0 + excess * first.errors[3] - first["fraction"]  # the model is linear in it
    moved = y + step * model.jac(x, *first.values)[:, 3]
    both = minpack.fit_global(model, [(x, y), (x, moved)])
    for result, name in ((fit(model, x, moved), "fraction"), (both, "fraction_2")):
        assert result[name] == pytest.approx(1.0 + excess * first.errors[3], abs=1e-3)
        told = [finding for finding in result.diagnose().records if finding.kind == "beyond_limits"]
        assert [finding.parameters for finding in told if finding.parameters == (name,)] == [(name,)] * (excess > 1.0)
    assert all("while it has a meaning from 0 to 1 only: give it bounds" in str(finding) for finding in told)
    bounded = fit(model, x, moved, bounds={"fraction": (0, 1)})
    assert "beyond_limits" not in kinds(bounded)


def test_determined_parameters_are_not_called_one_sided() -> None:
    x = np.linspace(0.0, 10.0, 40)
    for seed in range(20):
        y = steep(x, 1.0, 5.0, 2.0) + 0.1 * np.random.default_rng(seed).normal(size=40)
        assert "one_sided" not in kinds(fit(steep, x, y, [1.0, 4.0, 1.0]))
    assert fit(steep, x, steep(x, 1.0, 5.0, 2.0), [1.0, 4.0, 1.0]).diagnose() == ()


@pytest.mark.parametrize("scatter", [1e-4, 1e-6, 1e-8, 1e-10, 1e-12])
@pytest.mark.parametrize("limits", [{}, {"bounds": {"top": (0.0, 10.0)}}])
def test_parameters_of_data_with_little_noise_are_not_called_one_sided(scatter: float, limits: dict[str, Any]) -> None:
    x = np.linspace(0.0, 10.0, 40)
    for seed in range(5):
        y = steep(x, 1.0, 5.0, 2.0) + scatter * np.random.default_rng(seed).normal(size=40)
        assert fit(steep, x, y, [1.0, 4.0, 1.0], **limits).diagnose() == ()


def test_the_quick_bound_of_the_condition_is_one() -> None:
    rng = np.random.default_rng(0)
    for _ in range(300):
        n = int(rng.integers(1, 7))
        r = np.triu(rng.normal(size=(n, n)) * 10.0 ** rng.uniform(-4, 4, n))[:, rng.permutation(n)]
        norms = np.linalg.norm(r, axis=0)
        condition = np.linalg.cond(r / norms)
        assert condition <= findings._condition_at_most(r, norms) * (1.0 + 1e-9)
    assert findings._condition_at_most(np.eye(2), np.ones(2)) < 3.0
    assert findings._condition_at_most(np.ones((2, 2)), np.full(2, math.sqrt(2.0))) == math.inf


def test_findings_survive_pickle() -> None:
    doubts = fit(line, T, Y).diagnose()
    again = pickle.loads(pickle.dumps(doubts))
    assert type(again) is type(doubts)
    assert str(again) == str(doubts) != ""
