"""BoundedFit: what it takes, what it refuses, and that its loop survives what functions do."""

import gc
import itertools
import threading
from typing import Any

import numpy as np
import pytest

import bounded_driver
from minpack._core import BoundedFit
from support import FREE_THREADED, ratio, ratio_jac

LOWER, UPPER = [0.0, 0.0], [10.0, 1.0]


def loss(z: Any) -> Any:
    """soft_l1 by hand."""
    t = 1.0 + z
    return np.array([2.0 * (np.sqrt(t) - 1.0), 1.0 / np.sqrt(t), -0.5 / (t * np.sqrt(t))])


def run(fit: BoundedFit, fun: Any = ratio, jac: Any = ratio_jac, **options: Any) -> BoundedFit:
    fit.run(fun, (), np.asarray, jac=jac, convert_jac=np.asarray, loss=loss, **options)
    return fit


@pytest.mark.parametrize("method", ["trf", "dogbox"])
@pytest.mark.parametrize("name", ["linear", "huber", "soft_l1", "cauchy", "arctan", "callable"])
@pytest.mark.parametrize("scale", [None, [2.0, 0.5]])
def test_bits_of_the_steps_by_themselves(method: str, name: str, scale: Any) -> None:
    options: dict[str, Any] = {"method": method, "loss": name, "f_scale": 0.1, "x_scale": scale, "max_nfev": 200}
    fit = run(BoundedFit([1.0, 1.0], LOWER, UPPER, **options))
    wanted = bounded_driver.fit(
        ratio, [1.0, 1.0], ratio_jac, (LOWER, UPPER), method, loss=loss if name == "callable" else name, f_scale=0.1,
        x_scale="jac" if scale is None else scale, max_nfev=200,
    )  # fmt: skip
    assert (fit.status, fit.nfev, fit.njev) == wanted.counts
    assert fit.x.tobytes() == wanted.x.tobytes()
    assert fit.fun.tobytes() == wanted.fun.tobytes()
    assert fit.grad.tobytes() == wanted.grad.tobytes()
    assert fit.jac.T.tobytes() == wanted.jac.tobytes()
    assert fit.active_mask.tolist() == wanted.active.tolist()
    assert fit.cost == wanted.state.cost
    assert fit.initial_cost == wanted.state.initial_cost
    assert fit.optimality == wanted.state.g_norm


def test_what_is_read_is_a_copy() -> None:
    def spoil(fit: BoundedFit, step_norm: float) -> bool:
        for name in ("x", "grad", "active_mask", "fun", "jac", "derivatives"):
            getattr(fit, name)[:] = 7
        return False

    fit = run(BoundedFit([1.0, 1.0], LOWER, UPPER), tell=spoil)
    assert fit.x.tobytes() == run(BoundedFit([1.0, 1.0], LOWER, UPPER)).x.tobytes()


def test_what_is_lent_is_a_copy() -> None:
    def spoiled(function: Any) -> Any:
        def spoiler(given: Any) -> Any:
            value = function(given.copy())
            given[:] = 7
            return value

        return spoiler

    fit = BoundedFit([1.0, 1.0], LOWER, UPPER, loss="callable")
    fit.run(spoiled(ratio), (), np.asarray, jac=spoiled(ratio_jac), convert_jac=np.asarray, loss=spoiled(loss))
    assert fit.x.tobytes() == run(BoundedFit([1.0, 1.0], LOWER, UPPER, loss="callable")).x.tobytes()


@pytest.mark.parametrize(
    "layout", [lambda a: np.repeat(a, 2, axis=0)[::2], lambda a: a.astype(">f8"), np.asfortranarray]
)
def test_what_functions_return_may_have_any_layout(layout: Any) -> None:
    fit = run(BoundedFit([1.0, 1.0], LOWER, UPPER), lambda x: layout(ratio(x)), lambda x: layout(ratio_jac(x)))
    assert fit.x.tobytes() == run(BoundedFit([1.0, 1.0], LOWER, UPPER)).x.tobytes()


def test_arrays_of_points_are_refused_before_there_are_any() -> None:
    fit = BoundedFit([1.0, 1.0], LOWER, UPPER)
    for name in ("fun", "jac", "derivatives", "active_mask"):
        with pytest.raises(AttributeError, match="after its first residuals"):
            getattr(fit, name)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"fun": lambda x: np.ones((2, 2))}, "object too deep"),
        ({"fun": lambda x: np.ones(0)}, "fun must return between 1 and"),
        ({"fun": lambda x: ["a"]}, "Cannot cast"),
        ({"fun": lambda x: np.ones(3 + int(x[0] != 1.0)), "kind": 2}, r"what fun returns must have shape \(3,\); got"),
        ({"jac": lambda x: np.ones((2, 6))}, r"what jac returns must have shape \(6, 2\); got shape \(2, 6\)"),
        ({"jac": lambda x: 1.0}, "too small depth"),
        ({"loss": lambda z: np.ones((2, 6))}, r"the values of the loss must have shape \(3, 6\); got shape \(2, 6\)"),
        ({"jac": None, "differences": lambda x, f, p: np.ones(3)}, "too small depth"),
        ({"jac": None}, "run needs a way to the Jacobian"),
        ({"loss": None}, "run needs a way to the Jacobian"),
        ({"kind": 1}, "kind must be 0, 2 or 3; got 1"),
        ({"args": None}, "run needs a function, a tuple"),
        ({"data": 3}, "data must be Data; got 3"),
        ({"relative": [1.0]}, r"relative must have one element per parameter \(2\); got 1"),
    ],
)
def test_wrong_values_and_arguments_are_refused(options: dict[str, Any], match: str) -> None:
    arguments: dict[str, Any] = {"fun": ratio, "args": (), "convert": np.asarray, "jac": ratio_jac, "loss": loss}
    fit = BoundedFit([1.0, 1.0], LOWER, UPPER, loss="callable")
    for _ in range(2):  # a fit that an error interrupted can go on
        with pytest.raises((ValueError, TypeError), match=match):
            fit.run(**(arguments | {"convert_jac": np.asarray} | options))


def test_a_fit_goes_on_after_an_error() -> None:
    calls = itertools.count()

    def fun(x: Any) -> Any:
        if next(calls) in (0, 3):
            raise KeyboardInterrupt
        return ratio(x)

    fit = BoundedFit([1.0, 1.0], LOWER, UPPER)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            run(fit, fun)
    assert run(fit, fun).x.tobytes() == run(BoundedFit([1.0, 1.0], LOWER, UPPER)).x.tobytes()


def test_a_fit_runs_once_at_a_time_and_others_may_run_within() -> None:
    within = []

    def fun(x: Any) -> Any:
        with pytest.raises(RuntimeError, match="running already"):
            run(fit)
        within.append(run(BoundedFit([1.0, 1.0], LOWER, UPPER)).x.tobytes())
        return ratio(x)

    fit = BoundedFit([1.0, 1.0], LOWER, UPPER)
    assert run(fit, fun).x.tobytes() == within[0]
    assert set(within) == {within[0]}


def test_functions_that_take_away_what_they_returned() -> None:
    """The array of the first values shrinks while the second ones are computed."""
    given: list[Any] = []

    def fun(x: Any) -> Any:
        for array in given:
            array.resize(1, refcheck=False)
        given[:] = [ratio(x)]
        return given[0]

    fit = BoundedFit([1.0, 1.0], LOWER, UPPER)
    fit.run(fun, (), np.asarray, kind=2)
    expected = BoundedFit([1.0, 1.0], LOWER, UPPER)
    expected.run(ratio, (), np.asarray, kind=2)
    assert fit.x.tobytes() == expected.x.tobytes()


@pytest.mark.parametrize("method", ["trf", "dogbox"])
@pytest.mark.parametrize(("kind", "name"), [(2, "2-point"), (3, "3-point")])
def test_bits_of_differences(method: str, kind: int, name: str) -> None:
    fit = BoundedFit([1.0, 1.0], LOWER, UPPER, method=method, loss="cauchy", max_nfev=200)
    fit.run(ratio, (), np.asarray, kind=kind)
    wanted = bounded_driver.fit(ratio, [1.0, 1.0], name, (LOWER, UPPER), method, loss="cauchy", x_scale="jac")
    assert (fit.status, fit.nfev, fit.njev) == wanted.counts
    assert fit.x.tobytes() == wanted.x.tobytes()
    assert fit.jac.T.tobytes() == wanted.jac.tobytes()


def test_derivatives_are_those_before_the_loss() -> None:
    fit = run(BoundedFit([1.0, 1.0], LOWER, UPPER, loss="soft_l1", f_scale=0.1))
    assert fit.derivatives.tobytes("F") == ratio_jac(fit.x).tobytes("F")
    assert not np.array_equal(fit.derivatives, fit.jac)


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (([], [], []), "x0 must have between 1 and"),
        (([1.0], [0.0, 0.0], [2.0]), r"lower must have one element per parameter \(1\); got 2"),
        (([1.0], [0.0], []), r"upper must have one element per parameter \(1\); got 0"),
    ],
)
def test_wrong_starts_are_refused(arguments: Any, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        BoundedFit(*arguments)


def test_text_is_no_number() -> None:
    with pytest.raises(TypeError, match="Cannot cast"):
        BoundedFit([1.0], [0.0], ["a"])  # type: ignore[list-item]


@pytest.mark.parametrize(
    "options", [{"method": "lm"}, {"loss": "square"}, {"x_scale": [1.0, 2.0]}, {"max_nfev": 2**31}, {"ftol": "a"}]
)
def test_wrong_settings_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError, OverflowError)):
        BoundedFit([1.0], [0.0], [2.0], **options)


@pytest.mark.parametrize(
    ("arguments", "options", "status"),
    [
        (([1.0], [2.0], [0.0]), {}, -6),
        (([1.0], [np.nan], [2.0]), {}, -6),
        (([3.0], [0.0], [2.0]), {}, -7),
        (([np.nan], [0.0], [2.0]), {}, -7),
        (([1.0], [0.0], [2.0]), {"max_nfev": 0}, -1),
        (([1.0], [0.0], [2.0]), {"x_scale": [0.0]}, -1),
        (([1.0], [0.0], [2.0]), {"f_scale": np.nan}, -1),
    ],
)
def test_improper_input_is_a_status(arguments: Any, options: dict[str, Any], status: int) -> None:
    fit = BoundedFit(*arguments, **options)
    assert (run(fit).status, fit.nfev, fit.calls) == (status, 0, 0)


def test_values_that_are_not_finite_are_a_status() -> None:
    fit = run(BoundedFit([1.0], [0.0], [2.0]), lambda x: np.array([np.nan]))
    assert (fit.status, fit.calls) == (-3, 1)
    fit = run(BoundedFit([1.0], [0.0], [2.0]), lambda x: np.ones(1), lambda x: np.array([[np.inf]]))
    assert fit.status == -8
    assert fit.x.tolist() == [1.0]


def test_nobody_reads_what_the_core_works_on() -> None:
    """A large step runs without the GIL; whoever comes meanwhile is refused. Without any GIL that may be the step."""
    m, n = 3000, 200
    rng = np.random.default_rng(1)
    jacobian = rng.standard_normal((m, n))
    fit = BoundedFit(np.zeros(n), np.full(n, -1.0), np.full(n, 1.0), x_scale=np.ones(n), max_nfev=2)
    lost: list[RuntimeError] = []

    def work() -> None:
        try:
            run(fit, lambda x: np.ones(m), lambda x: jacobian)
        except RuntimeError as error:
            lost.append(error)

    thread = threading.Thread(target=work)
    refused = 0
    thread.start()
    while thread.is_alive():
        try:
            assert fit.x.shape == (n,)
        except RuntimeError as error:
            assert "in use by another thread" in str(error)  # noqa: PT017
            refused += 1
    thread.join()
    if lost and FREE_THREADED:
        assert "in use by another thread" in str(lost[0])
    else:
        assert (lost, fit.nfev) == ([], 2)
        assert refused > 0


def test_nothing_leaks() -> None:
    def some() -> None:
        run(BoundedFit([1.0, 1.0], LOWER, UPPER, loss="callable", f_scale=0.1), tell=lambda fit, step_norm: False)
        for fun in (lambda x: 1j, lambda x: np.ones(3 + int(x[0] != 1.0)), lambda x: 1 / 0):
            with pytest.raises((TypeError, ValueError, ZeroDivisionError)):
                BoundedFit([1.0, 1.0], LOWER, UPPER).run(fun, (), np.asarray, kind=3)
        for _ in itertools.repeat(None, 3):
            with pytest.raises(ValueError, match="must have"):
                BoundedFit([1.0], [0.0, 0.0], [2.0])

    import tracemalloc

    some()
    tracemalloc.start()
    try:
        some()
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(50):
            some()
        gc.collect()
        assert tracemalloc.get_traced_memory()[0] - before < 20_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("lower", "upper", "target"), [([2.0, -9.0], [9.0, 9.0], 1.0), ([-9.0, -9.0], [0.5, 9.0], 1.0)]
)
def test_what_a_bound_keeps_is_not_to_be_explained(lower: Any, upper: Any, target: float) -> None:
    """A parameter on its bound would take nearly all of the cost away, if only it might."""

    def fun(x: Any) -> Any:
        return np.array([x[0] - target, x[1], 1e-3])

    fit = BoundedFit([(lower[0] + upper[0]) / 2.0, 1.0], lower, upper, loss="linear")
    run(fit, fun, lambda x: np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]))
    assert fit.status > 0
    assert fit.active_mask[0] != 0
    assert fit.explained < 1e-9
    free = run(BoundedFit([1.5, 1.0], [-9.0, -9.0], [9.0, 9.0], max_nfev=1), fun, lambda x: np.eye(3)[:, :2])
    assert free.explained > 0.19
