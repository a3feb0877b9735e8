"""The problem sets themselves: a wrong formula here would make every other test prove the wrong thing."""

import hashlib
import math
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

import nist_models
from nist_models import log_relative_error
from problems import Problem, hard_cases, mgh_problems, mgh_runs, random_problem

Array = NDArray[np.float64]

MGH = [problem for problem, _ in mgh_problems()]
HARD = hard_cases()
RANDOM = [random_problem(seed) for seed in range(40)]
NIST = nist_models.load()
BY_NAME = {problem.name: problem for problem in MGH + HARD}


def assert_jacobian_is_derivative(func: Callable[[Array], Array], jac: Callable[[Array], Array], x: Array) -> None:
    """Compare each column with central differences, to what truncation and rounding leave of them."""
    value, matrix = func(x), jac(x)
    assert matrix.shape == (value.size, x.size)
    assert matrix.dtype == np.float64
    for j in range(x.size):
        # the step that balances an error of step^2 with one of eps / step
        step = np.cbrt(np.finfo(float).eps) * (abs(x[j]) or 1.0)
        above, below = x.copy(), x.copy()
        above[j] += step
        below[j] -= step
        difference = (func(above) - func(below)) / (above[j] - below[j])
        rounding = 8.0 * np.finfo(float).eps * np.abs(value).max() / step
        np.testing.assert_allclose(
            matrix[:, j], difference, rtol=0.0, atol=2e-7 * np.abs(matrix[:, j]).max() + rounding
        )


def moved(x: Array) -> Array:
    """A point near x, each entry moved by its own few percent, up and down in turn; zeros too."""
    index = np.arange(x.size)
    shift = 0.05 * (index + 1.0) / x.size * np.where(index % 2 == 0, 1.0, -1.0)
    return np.where(x == 0.0, shift, x * (1.0 + shift))


@pytest.mark.parametrize("problem", MGH + HARD + RANDOM, ids=lambda problem: problem.name)
def test_jacobian_of_problem(problem: Problem) -> None:
    assert problem.func(problem.x0).shape == (problem.m,)
    assert problem.x0.shape == (problem.n,)
    for x in (problem.x0, moved(problem.x0)):
        assert_jacobian_is_derivative(problem.func, problem.jac, x)


def test_runs_are_those_of_minpacks_drivers() -> None:
    runs = mgh_runs()
    assert len(runs) == 53
    assert len({problem.name for problem, _ in runs}) == 28
    assert [sum(factor == f for _, factor in runs) for f in (1.0, 10.0, 100.0)] == [28, 13, 12]


def test_names_are_unique() -> None:
    assert len(BY_NAME) == len(MGH + HARD)


def test_start_multiplies_or_replaces_a_zero_start() -> None:
    np.testing.assert_array_equal(BY_NAME["rosenbrock"].start(10.0), [-12.0, 10.0])
    np.testing.assert_array_equal(BY_NAME["watson_6"].start(), np.zeros(6))
    np.testing.assert_array_equal(BY_NAME["watson_6"].start(100.0), np.full(6, 100.0))


def test_start_cannot_be_spoiled() -> None:
    with pytest.raises(ValueError, match="read-only"):
        BY_NAME["bard"].x0[0] = 5.0
    BY_NAME["bard"].start()[0] = 5.0
    assert BY_NAME["bard"].x0[0] == 1.0


def smallest_norm(problem: Problem) -> float:
    """Residual norm where a plain damped Gauss-Newton iteration ends, which knows nothing of MINPACK."""
    x, damping = problem.start(), 1e-3
    f = problem.func(x)
    scale = np.zeros(problem.n)
    for _ in range(600):
        matrix = problem.jac(x)
        scale = np.maximum(scale, np.sqrt((matrix * matrix).sum(axis=0)))
        stacked = np.vstack([matrix, math.sqrt(damping) * np.diag(scale)])
        trial = x - np.linalg.lstsq(stacked, np.concatenate([f, np.zeros(problem.n)]))[0]
        value = problem.func(trial)
        if math.hypot(*value) < math.hypot(*f):
            x, f, damping = trial, value, damping / 5.0
        else:
            damping = min(4.0 * damping, 1e12)
    return math.hypot(*f)


@pytest.mark.parametrize(
    ("name", "sum_of_squares"),
    [
        ("linear_full_rank_10x5", 5.0),
        ("linear_full_rank_50x5", 45.0),
        ("linear_rank1_10x5", 90.0 / 42.0),
        ("linear_rank1_50x5", 2450.0 / 202.0),
        ("linear_rank1_zeros_10x5", 124.0 / 34.0),
        ("linear_rank1_zeros_50x5", 2644.0 / 194.0),
        ("rosenbrock", 0.0),
        ("helical_valley", 0.0),
        ("powell_singular", 0.0),
        ("freudenstein_roth", 48.9842),
        ("bard", 8.21487e-3),
        ("kowalik_osborne", 3.07505e-4),
        ("meyer", 87.9458),
        ("watson_6", 2.28767e-3),
        ("watson_9", 1.39976e-6),
        ("watson_12", 4.72238e-10),
        ("box3d", 0.0),
        ("jennrich_sampson", 124.362),
        ("brown_dennis", 85822.2),
        ("chebyquad_8x8", 3.51687e-3),
        ("chebyquad_9x9", 0.0),
        ("chebyquad_10x10", 6.50395e-3),
        ("brown_almost_linear_10", 0.0),
        ("brown_almost_linear_30", 0.0),
        ("brown_almost_linear_40", 0.0),
        ("osborne1", 5.46489e-5),
        ("osborne2", 4.01377e-2),
    ],
)
def test_minimum_is_the_published_one(name: str, sum_of_squares: float) -> None:
    # six digits are printed in More, Garbow & Hillstrom (1981)
    assert smallest_norm(BY_NAME[name]) == pytest.approx(math.sqrt(sum_of_squares), rel=4e-6, abs=1e-12)


@pytest.mark.parametrize(
    ("name", "x"),
    [
        ("rosenbrock", [1.0, 1.0]),
        ("helical_valley", [1.0, 0.0, 0.0]),
        ("powell_singular", [0.0, 0.0, 0.0, 0.0]),
        ("freudenstein_roth", [5.0, 4.0]),
        ("box3d", [1.0, 10.0, 1.0]),
        ("box3d", [10.0, 1.0, -1.0]),
        ("box3d", [3.0, 3.0, 0.0]),
        ("brown_almost_linear_10", [1.0] * 10),
        ("start_at_zero_residual", [1.0, 1.0]),
        ("zero_residual_linear", [3.0, -2.0, 1.0]),
    ],
)
def test_known_zeros(name: str, x: list[float]) -> None:
    assert np.abs(BY_NAME[name].func(x)).max() < 1e-15


@pytest.mark.parametrize(("name", "dataset"), [("kowalik_osborne", "MGH09"), ("meyer", "MGH10"), ("osborne1", "MGH17")])
def test_problems_that_nist_certifies(name: str, dataset: str) -> None:
    data = NIST[dataset]
    ours, theirs = BY_NAME[name].func(data.certified), data.residual(data.certified)
    # the sign is a matter of the problem: data less model in two of them
    np.testing.assert_allclose(np.abs(ours), np.abs(theirs), rtol=0.0, atol=1e-14 * np.abs(data.y).max())


def test_exact_problems_keep_their_bits() -> None:
    # one digest for all machines and Pythons: a change here is a change of every recorded fit
    digest = hashlib.sha256()
    for problem in MGH + HARD + RANDOM:
        if problem.exact:
            for x in (problem.x0, moved(problem.x0)):
                digest.update(problem.func(x).astype("<f8").tobytes())
                digest.update(problem.jac(x).astype("<f8").tobytes())
    assert digest.hexdigest() == "c1062e2340a93ef109627260c593e232c2c8535bb5c16294ce6f54dfaa136669"


def test_inexact_problems_are_the_transcendental_ones() -> None:
    inexact = {problem.name for problem in MGH + HARD + RANDOM if not problem.exact}
    transcendental = "helical_valley meyer box3d jennrich_sampson brown_dennis osborne1 osborne2"
    assert inexact == set(transcendental.split())


@pytest.mark.parametrize(
    ("name", "rank"),
    [("rank_deficient", 2), ("duplicated_column", 2), ("zero_column", 2), ("constant_residual", 0), ("square_5", 5)],
)
def test_rank(name: str, rank: int) -> None:
    assert np.linalg.matrix_rank(BY_NAME[name].jac(BY_NAME[name].x0)) == rank


def test_collapsing_columns_lose_their_norm() -> None:
    matrix = BY_NAME["column_collapse"].jac(BY_NAME["column_collapse"].x0)
    norms = np.sqrt((matrix * matrix).sum(axis=0))
    pivot = matrix[:, norms.argmax()] / norms.max()
    left = matrix - np.outer(pivot, pivot @ matrix)
    ratio = np.sqrt((left * left).sum(axis=0)) / norms
    # QRFAC computes a norm anew where 0.05 * ratio^2 is at most the machine epsilon
    lost = 0.05 * ratio * ratio <= np.finfo(float).eps
    assert norms.argmax() == 0
    np.testing.assert_array_equal(lost[1:], [False, True, True])


def test_start_at_minimum_has_no_gradient_but_residuals() -> None:
    problem = BY_NAME["start_at_minimum"]
    assert problem.func(problem.x0).any()
    assert not (problem.jac(problem.x0).T @ problem.func(problem.x0)).any()


def test_random_problem_depends_on_its_seed_alone() -> None:
    first, again, other = random_problem(3), random_problem(3), random_problem(4)
    np.testing.assert_array_equal(first.func(first.x0), again.func(again.x0))
    assert first.name == again.name != other.name
    assert {problem.n for problem in RANDOM} == set(range(1, 9))
    assert all(problem.n <= problem.m <= 40 for problem in RANDOM)


@pytest.mark.parametrize("name", NIST)
def test_jacobian_of_nist_model(name: str) -> None:
    data = NIST[name]
    for b in (*data.starts, data.certified):
        assert_jacobian_is_derivative(data.residual, data.jac, b)


def test_nist_has_all_sets() -> None:
    assert len(NIST) == 27
    assert sorted(NIST) == sorted(nist_models.MODELS)
    assert {data.difficulty for data in NIST.values()} == {"lower", "average", "higher"}


@pytest.mark.parametrize("name", NIST)
def test_nist_certified_results(name: str) -> None:
    data = NIST[name]
    degrees_of_freedom = data.y.size - data.certified.size
    # NIST prints 9 for Rat43, but its own residual_sd goes with 15 - 4
    assert data.degrees_of_freedom == (9 if name == "Rat43" else degrees_of_freedom)
    sd = math.sqrt(data.residual_sum_of_squares / degrees_of_freedom)
    assert log_relative_error(sd, data.residual_sd) > 10

    residual = data.residual(data.certified)
    if name == "Lanczos1":
        # The data are the model's own values rounded to some 13 digits, so the residuals are near 1e-13, far below the
        # 1e-11 that the certified parameters' own rounding makes. The parameters behind the data are known, though.
        assert np.abs(residual).max() < 1e-10
        residual = data.residual(np.array([0.0951, 1.0, 0.8607, 3.0, 1.5576, 5.0]))
        assert 1.0 < residual @ residual / data.residual_sum_of_squares < 10.0
    else:
        assert log_relative_error(residual @ residual, data.residual_sum_of_squares) > 9.5


@pytest.mark.parametrize("name", NIST)
def test_nist_certified_sd(name: str) -> None:
    data = NIST[name]
    # Checks the Jacobian to more digits than differences can. Columns are scaled, for they lie many orders apart.
    matrix = data.jac(data.certified)
    norms = np.sqrt((matrix * matrix).sum(axis=0))
    inverse = np.linalg.inv(np.linalg.qr(matrix / norms)[1])
    sd = data.residual_sd * np.sqrt((inverse * inverse).sum(axis=1)) / norms
    assert log_relative_error(sd, data.certified_sd).min() > 9


def test_log_relative_error() -> None:
    value = [1.0, 1.001, 3.0, np.nan, np.inf, -1.0]
    np.testing.assert_allclose(log_relative_error(value, 1.0), [11.0, 3.0, 0.0, 0.0, 0.0, 0.0], atol=1e-12)
    assert log_relative_error(1e-4, 0.0) == pytest.approx(4.0)
