"""BoundedFit: what it takes, what it refuses, and that it never gives more than it has."""

import gc
import itertools
import threading
from typing import Any

import numpy as np
import pytest

import bounded_driver
from minpack._core import BoundedFit
from support import ratio, ratio_jac

LOWER, UPPER = [0.0, 0.0], [10.0, 1.0]


def loss(z: Any) -> Any:
    """soft_l1 by hand."""
    t = 1.0 + z
    return np.array([2.0 * (np.sqrt(t) - 1.0), 1.0 / np.sqrt(t), -0.5 / (t * np.sqrt(t))])


def drive(fit: BoundedFit) -> BoundedFit:
    while fit.task != "done":
        if fit.task == "jacobian":
            fit.give_jacobian(ratio_jac(fit.x))
        elif fit.task == "loss":
            fit.give_loss(loss(fit.z))
        else:
            fit.give_residuals(ratio(fit.x if fit.task == "start" else fit.xtrial))
    return fit


@pytest.mark.parametrize("method", ["trf", "dogbox"])
@pytest.mark.parametrize("name", ["linear", "huber", "soft_l1", "cauchy", "arctan", "callable"])
@pytest.mark.parametrize("scale", [None, [2.0, 0.5]])
def test_bits_of_the_steps_by_themselves(method: str, name: str, scale: Any) -> None:
    options: dict[str, Any] = {"method": method, "loss": name, "f_scale": 0.1, "x_scale": scale, "max_nfev": 200}
    fit = drive(BoundedFit([1.0, 1.0], LOWER, UPPER, **options))
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
    fit = BoundedFit([1.0, 1.0], LOWER, UPPER)
    fit.give_residuals(ratio(fit.x))
    for name in ("x", "xtrial", "grad", "active_mask", "fun", "jac", "z"):
        getattr(fit, name)[:] = 7
    assert drive(fit).x.tobytes() == drive(BoundedFit([1.0, 1.0], LOWER, UPPER)).x.tobytes()


def test_what_is_given_may_have_any_layout() -> None:
    fit = BoundedFit([1.0, 1.0], LOWER, UPPER)
    while fit.task != "done":
        if fit.task == "jacobian":
            fit.give_jacobian(np.asfortranarray(ratio_jac(fit.x)).astype(">f8"))
        else:
            f = ratio(fit.x if fit.task == "start" else fit.xtrial)
            fit.give_residuals(np.repeat(f, 2)[::2])
    assert fit.x.tobytes() == drive(BoundedFit([1.0, 1.0], LOWER, UPPER)).x.tobytes()


def test_what_is_not_awaited_is_refused() -> None:
    fit = BoundedFit([1.0, 1.0], LOWER, UPPER)
    for name in ("fun", "z", "jac", "active_mask"):
        with pytest.raises(AttributeError, match="after its first residuals"):
            getattr(fit, name)
    gifts = {"jacobian": (fit.give_jacobian, np.ones((6, 2))), "loss": (fit.give_loss, np.ones((3, 6)))}
    for give, value in gifts.values():
        with pytest.raises(RuntimeError, match="does not wait for"):
            give(value)
    fit.give_residuals(ratio(fit.x))
    with pytest.raises(RuntimeError, match="does not wait for residuals"):
        fit.give_residuals(ratio(fit.x))
    drive(fit)
    for give, value in (*gifts.values(), (fit.give_residuals, np.ones(6))):
        with pytest.raises(RuntimeError, match="does not wait for"):
            give(value)


def test_wrong_shapes_are_refused_and_the_fit_goes_on() -> None:
    fit = BoundedFit([1.0, 1.0], LOWER, UPPER, loss="callable")
    for f in ([], [[1.0]], 1.0, [1j], ["a"], None, [10**400]):
        with pytest.raises((ValueError, TypeError, OverflowError)):
            fit.give_residuals(f)  # type: ignore[arg-type]
    fit.give_residuals(ratio(fit.x))
    with pytest.raises(ValueError, match=r"the values of the loss must have shape \(3, 6\); got shape \(2, 6\)"):
        fit.give_loss(np.ones((2, 6)))
    fit.give_loss(loss(fit.z))
    with pytest.raises(ValueError, match=r"what jac returns must have shape \(6, 2\); got shape \(2, 6\)"):
        fit.give_jacobian(np.ones((2, 6)))
    fit.give_jacobian(ratio_jac(fit.x))
    with pytest.raises(ValueError, match=r"what fun returns must have shape \(6,\); got shape \(5,\)"):
        fit.give_residuals(np.ones(5))
    assert drive(fit).status > 0


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
    assert (fit.task, fit.status, fit.nfev) == ("done", status, 0)


def test_values_that_are_not_finite_are_a_status() -> None:
    fit = BoundedFit([1.0], [0.0], [2.0])
    fit.give_residuals([np.nan])
    assert (fit.task, fit.status) == ("done", -3)
    fit = BoundedFit([1.0], [0.0], [2.0])
    fit.give_residuals([1.0])
    fit.give_jacobian([[np.inf]])
    assert (fit.task, fit.status) == ("done", -8)
    assert fit.x.tolist() == [1.0]


def test_a_fit_is_used_by_one_thread_at_a_time() -> None:
    """A large step runs without the GIL; whoever comes meanwhile is refused."""
    m, n = 3000, 200
    rng = np.random.default_rng(1)
    jacobian = rng.standard_normal((m, n))
    fit = BoundedFit(np.zeros(n), np.full(n, -1.0), np.full(n, 1.0), x_scale=np.ones(n))
    fit.give_residuals(np.ones(m))
    thread = threading.Thread(target=fit.give_jacobian, args=(jacobian,))
    refused = 0
    thread.start()
    while thread.is_alive():
        try:
            assert fit.x.shape == (n,)
        except RuntimeError as error:
            assert "in use by another thread" in str(error)  # noqa: PT017
            refused += 1
    thread.join()
    assert refused > 0
    assert fit.task == "trial"


def test_nothing_leaks() -> None:
    def some() -> None:
        drive(BoundedFit([1.0, 1.0], LOWER, UPPER, loss="callable", f_scale=0.1))
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
