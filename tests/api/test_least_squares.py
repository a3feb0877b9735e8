"""What least_squares promises with method "lm", and its bits against SciPy's if SciPy is installed."""

import functools
import os
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import oracles
import problems
from minpack import least_squares
from minpack._input.least_squares import check_tolerances, tolerances_of
from support import run_apart

PROBLEMS = [p for p, _ in problems.mgh_problems()] + problems.hard_cases()
lm = functools.partial(least_squares, method="lm")
JACOBIANS = ["2-point", "3-point", "callable"]  # "cs" needs functions of complex numbers


def rosenbrock(x: np.ndarray) -> np.ndarray:
    return np.array([10.0 * (x[1] - x[0] * x[0]), 1.0 - x[0]])


def rosenbrock_jac(x: np.ndarray) -> np.ndarray:
    return np.array([[-20.0 * x[0], 10.0], [-1.0, 0.0]])


@pytest.mark.filterwarnings("ignore:the fit ended at the start:UserWarning")
@pytest.mark.filterwarnings("ignore:the fit may have ended away:RuntimeWarning")  # parameters of 1e-10
@pytest.mark.skipif(not oracles.SCIPY, reason="SciPy 1.18 or later, whose bits are promised, needs Python 3.12")
@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda p: f"{p.name}_{p.m}x{p.n}")
def test_bits_of_scipy(problem: problems.Problem) -> None:
    from scipy.optimize import least_squares as scipy_least_squares

    for jac in JACOBIANS:
        for options in ({}, {"x_scale": 2.0}, {"ftol": 1e-15, "xtol": 1e-15, "gtol": 1e-15}, {"max_nfev": 3}):
            kwargs: dict[str, Any] = {"jac": problem.jac if jac == "callable" else jac, **options}
            with np.errstate(all="ignore"):
                ours = lm(problem.func, problem.x0, **kwargs)
                theirs = scipy_least_squares(problem.func, problem.x0, method="lm", **kwargs)
            for name in ("x", "fun", "jac"):
                assert ours[name].tobytes() == theirs[name].astype(float).tobytes(), (name, kwargs)
            for name in ("status", "nfev", "njev", "message", "success"):
                assert ours[name] == theirs[name], (name, kwargs)
            np.testing.assert_array_equal(ours.active_mask, theirs.active_mask)


@pytest.mark.skipif(not oracles.SCIPY, reason="SciPy 1.18 or later, whose bits are promised, needs Python 3.12")
@pytest.mark.parametrize("dtype", [np.float32, np.float16])
@pytest.mark.parametrize("jac", ["2-point", "3-point"])
def test_bits_of_scipy_with_residuals_of_fewer_digits(jac: str, dtype: Any) -> None:
    from scipy.optimize import least_squares as scipy_least_squares

    def fun(x: np.ndarray) -> np.ndarray:
        return rosenbrock(x).astype(dtype)

    ours = lm(fun, [-1.2, 1.0], jac)
    theirs = scipy_least_squares(fun, [-1.2, 1.0], jac, method="lm")
    assert ours.x.tobytes() == theirs.x.tobytes()
    assert (ours.status, ours.nfev) == (theirs.status, theirs.nfev)


@pytest.mark.skipif(not oracles.SCIPY, reason="SciPy 1.18 or later, whose bits are promised, needs Python 3.12")
@pytest.mark.parametrize("kwargs", [{"jac": "cs"}, {"diff_step": 1e-3}, {"diff_step": [1e-3, 0.0], "jac": "3-point"}])
def test_bits_of_scipy_with_other_steps(kwargs: dict[str, Any]) -> None:
    from scipy.optimize import least_squares as scipy_least_squares

    for x0 in ([-1.2, 1.0], [0.0, 0.0], [3.0, -200.0]):
        ours = lm(rosenbrock, x0, **kwargs)
        theirs = scipy_least_squares(rosenbrock, x0, method="lm", **kwargs)
        assert ours.x.tobytes() == theirs.x.tobytes()
        assert ours.jac.tobytes() == theirs.jac.tobytes()
        assert (ours.status, ours.nfev) == (theirs.status, theirs.nfev)


def test_result() -> None:
    result = lm(rosenbrock, [-1.2, 1.0], rosenbrock_jac)
    np.testing.assert_allclose(result.x, 1.0)
    assert result.cost == pytest.approx(0.5 * np.sum(result.fun**2))
    np.testing.assert_array_equal(result.jac, rosenbrock_jac(result.x))
    np.testing.assert_array_equal(result.grad, result.jac.T @ result.fun)
    assert result.optimality == np.abs(result.grad).max()
    assert result.active_mask.tolist() == [0, 0]
    assert result.success
    assert result.njev > 1
    assert lm(rosenbrock, [-1.2, 1.0]).njev is None
    assert set(dir(result)) == set(result)
    assert "optimality: " in repr(result)
    result.extra = 3
    assert result["extra"] == 3
    del result.extra
    with pytest.raises(AttributeError, match="nonsense"):
        _ = result.nonsense


@pytest.mark.filterwarnings("ignore:the fit ended at the start:UserWarning")
@pytest.mark.filterwarnings("ignore:the fit may have ended away:RuntimeWarning")  # parameters of 1e-10
def test_every_status_is_reached() -> None:
    def line(x: np.ndarray) -> np.ndarray:
        return np.array([x[0] - 1.0, 2.0 * x[0] - 2.5, x[0] + 1.0])

    reached = {
        lm(rosenbrock, [-1.2, 1.0], max_nfev=3).status,
        lm(line, [100.0], gtol=1e-5).status,
        lm(line, [100.0], xtol=1e-15, gtol=1e-15).status,
        lm(rosenbrock, [-1.2, 1.0], ftol=1e-15, gtol=1e-15).status,
        *(lm(p.func, p.x0, p.jac, gtol=1e-15).status for p in PROBLEMS),
    }
    assert reached >= {0, 1, 2, 3, 4}


def test_fun_is_called_once_a_point() -> None:
    points: list[tuple[float, ...]] = []

    def fun(x: np.ndarray) -> np.ndarray:
        points.append(tuple(x))
        return rosenbrock(x)

    result = lm(fun, [-1.2, 1.0], rosenbrock_jac)
    assert len(points) == result.nfev == len(set(points))


def test_functions_get_their_own_x_and_may_reuse_their_output() -> None:
    out, jac_out = np.empty(2), np.empty((2, 2))

    def fun(x: np.ndarray) -> np.ndarray:
        out[:] = rosenbrock(x)
        x[:] = np.nan
        return out

    def jac(x: np.ndarray) -> np.ndarray:
        jac_out[:] = rosenbrock_jac(x)
        x[:] = np.nan
        return jac_out

    expected = lm(rosenbrock, [-1.2, 1.0], rosenbrock_jac)
    assert lm(fun, [-1.2, 1.0], jac).x.tobytes() == expected.x.tobytes()
    difference = lm(fun, [-1.2, 1.0])
    assert difference.x.tobytes() == lm(rosenbrock, [-1.2, 1.0]).x.tobytes()


def test_args_and_kwargs() -> None:
    def fun(x: np.ndarray, a: float, *, b: float) -> np.ndarray:
        return np.array([x[0] - a, x[0] - b])

    assert lm(fun, 0.0, args=(1.0,), kwargs={"b": 3.0}).x == pytest.approx([2.0])


def test_workers() -> None:
    expected = lm(rosenbrock, [-1.2, 1.0], "3-point").x.tobytes()
    with ThreadPoolExecutor(2) as pool:
        assert lm(rosenbrock, [-1.2, 1.0], "3-point", workers=pool.map).x.tobytes() == expected


@pytest.mark.skipif("asan" in os.environ.get("LD_PRELOAD", ""), reason="the sanitizer does not outlive a fork")
def test_processes_as_workers() -> None:
    """In a process of its own: one that has threads is not to be forked."""
    run_apart("""
        import numpy as np
        from minpack import least_squares

        def rosenbrock(x):
            return np.array([10.0 * (x[1] - x[0] * x[0]), 1.0 - x[0]])

        if __name__ == "__main__":
            one = least_squares(rosenbrock, [-1.2, 1.0], "3-point")
            two = least_squares(rosenbrock, [-1.2, 1.0], "3-point", workers=2)
            assert two.x.tobytes() == one.x.tobytes()
    """)


def test_verbose(capsys: pytest.CaptureFixture[str]) -> None:
    lm(rosenbrock, [-1.2, 1.0])
    assert capsys.readouterr().out == ""
    def line(x: np.ndarray) -> np.ndarray:
        return np.array([x[0] - 3.0, 2.0 * x[1], 123.0])

    for verbose in (1, 2):
        lm(line, [1.0, -1.25], lambda x: np.array([[1.0, 0.0], [0.0, 2.0], [1.0 / 512.0, 0.0]]),
                      verbose=verbose, max_nfev=1)  # fmt: skip
        lines = capsys.readouterr().out.splitlines()
        assert lines[0] == "The maximum number of function evaluations is exceeded."
        initial, rest = lines[1].split(", final cost ")
        assert initial == "Function evaluations 2, initial cost 7.5696e+03"
        assert re.fullmatch(r"\d\.\d{4}e[+-]\d\d, first-order optimality \d\.\d\de[+-]\d\d\.", rest)


@pytest.mark.skipif(not oracles.SCIPY, reason="SciPy 1.18 or later, whose words are promised, needs Python 3.12")
@pytest.mark.parametrize("options", [{}, {"max_nfev": 2}, {"ftol": 1e-3}, {"xtol": 1e-3}])
def test_words_of_scipy(options: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    """The output of verbose, to the letter, except the count of calls, which SciPy gives otherwise."""
    from scipy.optimize import least_squares as scipy_least_squares

    for x0 in ([-1.2, 1.0], [37.0, -250.0]):
        printed = []
        for function in (lm, scipy_least_squares):
            function(rosenbrock, x0, rosenbrock_jac, method="lm", verbose=1, **options)
            printed.append(capsys.readouterr().out)
        assert printed[0] == printed[1]


class Sparse:
    def tocsr(self) -> None: ...


@pytest.mark.parametrize(
    ("kwargs", "match"),
    [
        ({"x0": [1j, 2.0]}, "^`x0` must be real.$"),
        ({"x0": [[1.0, 2.0]]}, "^`x0` must have at most 1 dimension.$"),
        ({"bounds": (0, 3)}, "^Method 'lm' doesn't support bounds.$"),
        ({"loss": "huber"}, "^method='lm' supports only 'linear' loss function.$"),
        ({"loss": "bad"}, "^`loss` must be one of"),
        ({"jac": "4-point"}, "^`jac` must be '2-point', '3-point', 'cs' or callable.$"),
        ({"jac_sparsity": np.ones((2, 2))}, "^method='lm' does not support `jac_sparsity`.$"),
        ({"jac": lambda x: Sparse()}, "^method='lm' works only with dense Jacobian matrices.$"),
        ({"jac": lambda x: np.ones((3, 2))}, r"wrong shape: expected \(2, 2\), actual \(3, 2\)"),
        ({"ftol": None}, "^All tolerances must be higher than machine epsilon \\(2.22e-16\\) for method 'lm'.$"),
        ({"x_scale": -1}, "^`x_scale` must be 'jac' or array_like with positive numbers.$"),
        ({"x_scale": "foo"}, "^`x_scale` must be 'jac' or array_like with positive numbers.$"),
        ({"x_scale": [1, 2, 3]}, "^Inconsistent shapes between `x_scale` and `x0`.$"),
        ({"max_nfev": 0}, "^`max_nfev` must be None or positive integer.$"),
        ({"verbose": 3}, "^`verbose` must be in"),
        ({"tr_solver": "foo"}, "^`tr_solver` must be None, 'exact' or 'lsmr'.$"),
        ({"method": "newton"}, "^`method` must be 'trf', 'dogbox' or 'lm'.$"),
        ({"max_nfev": 2.5}, "^`max_nfev` must be None or positive integer.$"),
        ({"max_nfev": "3"}, "^`max_nfev` must be None or positive integer.$"),
        ({"x0": [1.0, 2.0, 3.0]}, "number of residuals is less than the number of variables"),
        ({"fun": lambda x: np.array([np.nan, 1.0])}, "^Residuals are not finite in the initial point.$"),
        ({"fun": lambda x: np.ones((2, 2))}, "must return at most 1-d array_like"),
    ],
)
def test_errors(kwargs: dict[str, Any], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        lm(**{"fun": rosenbrock, "x0": [-1.2, 1.0]} | kwargs)


def test_warnings() -> None:
    words = r"Setting `ftol` below the machine epsilon \(2.22e-16\) effectively disables the corresponding termination"
    with (
        pytest.warns(UserWarning, match=words) as record,
        pytest.raises(ValueError, match="All tolerances"),
    ):
        lm(rosenbrock, [-1.2, 1.0], ftol=1e-20)
    assert record[0].filename == __file__
    with pytest.warns(UserWarning, match="Callback function specified, but not supported with `lm` method."):
        lm(rosenbrock, [-1.2, 1.0], callback=print)


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        (([-np.inf] * 3, np.inf), "^Inconsistent shapes between bounds and `x0`.$"),
        ((-np.inf, [[np.inf, np.inf]]), "^Inconsistent shapes between bounds and `x0`.$"),
        ((-np.inf,), "^`bounds` must contain 2 elements.$"),
        (None, "^`bounds` must contain 2 elements.$"),
        (([0.0] * 3, [1.0] * 2), "^Method 'lm' doesn't support bounds.$"),
        (("low", "high"), "^bounds must be real numbers"),
    ],
)
def test_bounds_of_wrong_shape_or_kind(bounds: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        lm(rosenbrock, [-1.2, 1.0], bounds=bounds)
    assert lm(rosenbrock, [-1.2, 1.0], bounds=([-np.inf] * 2, np.inf)).success


def test_a_tolerance_at_the_machine_epsilon_is_one() -> None:
    eps = float(np.finfo(float).eps)
    assert tolerances_of(ftol=eps)[1] == []
    assert len(tolerances_of(ftol=np.nextafter(eps, 0.0))[1]) == 1
    check_tolerances("lm", {"ftol": eps})
    with pytest.raises(ValueError, match="for method 'lm'"):
        check_tolerances("lm", {"ftol": float(np.nextafter(eps, 0.0)), "xtol": 1e-8})
