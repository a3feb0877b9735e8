import numpy as np
import pytest

import problems
from minpack import check_gradient


@pytest.mark.parametrize("problem", {p.name: p for p, _ in problems.mgh_runs()}.values(), ids=lambda p: p.name)
def test_right_jacobians_pass(problem: problems.Problem) -> None:
    x = problem.start() + 0.123 * (1.0 + np.abs(problem.start()))
    check = check_gradient(problem.func, problem.jac, x)
    assert check.ok, str(check)
    assert bool(check)


@pytest.mark.parametrize("seed", range(60))
def test_one_wrong_component_is_found(seed: int) -> None:
    """A component made wrong by 1 % of its row's largest term is named, and no other is."""
    problem = problems.random_problem(seed)
    rng = np.random.default_rng(seed)
    i, j = int(rng.integers(problem.m)), int(rng.integers(problem.n))
    right = problem.jac(problem.x0)

    def wrong(x: np.ndarray) -> np.ndarray:
        jacobian = problem.jac(x)
        terms = np.abs(right[i] * np.where(x == 0, 1.0, x))
        jacobian[i, j] += 0.01 * max(terms.max(), abs(problem.func(x)[i])) / max(abs(x[j]), 1e-300)
        return jacobian

    check = check_gradient(problem.func, wrong, problem.x0)
    assert check.wrong.tolist() == [[i, j]]
    assert check.given[0] == wrong(problem.x0)[i, j]
    assert not check
    assert f"func[{i}] / d x[{j}]" in str(check)


def test_col_deriv_and_args() -> None:
    def func(x: np.ndarray, scale: float) -> np.ndarray:
        return np.array([scale * x[0] ** 2, x[0] * x[1], x[1] ** 3])

    def jac_t(x: np.ndarray, scale: float) -> np.ndarray:
        return np.array([[2 * scale * x[0], x[1], 0.0], [0.0, x[0], 3 * x[1] ** 2]])

    assert check_gradient(func, jac_t, [2.0, 3.0], args=7.0, col_deriv=True).ok
    assert check_gradient(func, lambda x, s: jac_t(x, s).T, [2.0, 3.0], args=(7.0,)).ok
    transposed = "must return shape \\(2, 3\\) for 3 residuals and 2 parameters; it returned \\(3, 2\\)"
    with pytest.raises(ValueError, match=transposed):
        check_gradient(func, lambda x, s: jac_t(x, s).T, [2.0, 3.0], args=(7.0,), col_deriv=True)


def test_a_small_component_beside_large_ones_is_found() -> None:
    def func(x: np.ndarray) -> np.ndarray:
        return np.array([1e3 * x[0] + 1e-3 * x[1]])

    check = check_gradient(func, lambda x: np.array([[1e3, 5e-3]]), [1.0, 1.0])
    assert check.wrong.tolist() == [[0, 1]]
    assert check.estimated[0] == pytest.approx(1e-3, rel=1e-3)


def test_rounding_is_not_taken_for_a_difference() -> None:
    """A residual that is large and hardly moves tells nothing of its derivative."""
    assert check_gradient(lambda x: np.array([1e12 + x[0]]), lambda x: np.array([[1.1]]), [1.0]).ok


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_residuals_of_fewer_digits(dtype: type) -> None:
    def func(x: np.ndarray) -> np.ndarray:
        return np.array([x[0] * x[1], x[1] ** 2]).astype(dtype)

    right = check_gradient(func, lambda x: np.array([[x[1], x[0]], [0.0, 2 * x[1]]]), [1.5, 0.7])
    assert right.ok
    assert right.err.tolist() == [1.0, 1.0]
    wrong = check_gradient(func, lambda x: np.array([[x[1], x[0]], [0.0, -2 * x[1]]]), [1.5, 0.7])
    assert wrong.wrong.tolist() == [[1, 1]]
    assert wrong.err.tolist() == [1.0, 0.0]


def test_functions_get_their_own_x() -> None:
    def func(x: np.ndarray) -> np.ndarray:
        f = np.array([x[0] ** 2, x[1]])
        x[:] = -1.0
        return f

    def jac(x: np.ndarray) -> np.ndarray:
        j = np.array([[2 * x[0], 0.0], [0.0, 1.0]])
        x[:] = -1.0
        return j

    assert check_gradient(func, jac, [2.0, 3.0]).ok


def test_bad_input() -> None:
    with pytest.raises(ValueError, match="residual 1 is not finite"):
        check_gradient(lambda x: np.array([1.0, np.nan]), lambda x: np.ones((2, 1)), [1.0])
    with pytest.raises(ValueError, match="residual 0 by parameter 1 is not finite"):
        check_gradient(lambda x: x**2, lambda x: np.array([[1.0, np.inf], [0.0, 1.0]]), [1.0, 2.0])
    with pytest.raises(TypeError, match="func must return real numbers"):
        check_gradient(lambda x: x * 1j, lambda x: np.ones((1, 1)), [1.0])
    with pytest.raises(TypeError, match="Dfun must return real numbers"):
        check_gradient(lambda x: x, lambda x: np.ones((1, 1)) * 1j, [1.0])
    with pytest.raises(TypeError, match="Dfun must be callable; got None"):
        check_gradient(lambda x: x, None, [1.0])  # type: ignore[arg-type]
    sizes = iter([2, 3, 2, 2])
    with pytest.raises(ValueError, match=r"must return shape \(2,\), as at the first call; it returned"):
        check_gradient(lambda x: np.ones(next(sizes)), lambda x: np.ones((2, 1)), [1.0])
    with pytest.raises(ValueError, match="must return a vector"):
        check_gradient(lambda x: np.ones((2, 2)), lambda x: np.ones((2, 1)), [1.0])


@pytest.mark.parametrize(("count", "end"), [(10, "a difference quotient 1"), (11, "\n  and 1 more")])
def test_more_than_ten_wrong_components_are_cut_in_print(count: int, end: str) -> None:
    check = check_gradient(lambda x: np.ones(count) * x, lambda x: np.full((count, 1), 2.0), [1.0])
    assert len(check.wrong) == count
    assert str(check).endswith(end)
    assert str(check).count("Dfun gives 2") == 10


@pytest.mark.parametrize(("part", "ok"), [(0.98, True), (1.02, False)])
def test_thresholds(part: float, ok: bool) -> None:
    """A component may be off by 1e-4 of itself, by 1e-8 of what its row moves by, and by a hundred roundings."""
    assert check_gradient(lambda x: x, lambda x: [[1.0 + 1e-4 * part]], [1.0]).ok == ok
    # the residual is nearly zero, so that it has no rounding to speak of
    beside = check_gradient(lambda x: x[:1] - 1.0, lambda x: [[1.0, 1e-8 * part]], [1.0, 1.0])
    assert beside.ok == ok
    eps, large = 2.0**-52, 2.0**40
    rounding = 100.0 * 3.0 * eps * large / eps ** (1.0 / 3.0)
    assert check_gradient(lambda x: [large + 0.0 * x[0]], lambda x: [[rounding * part]], [1.0]).ok == ok
