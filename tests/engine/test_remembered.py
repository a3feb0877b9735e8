"""minpack keeps what it has found out about a function only as long as nothing that the function refers to changes."""

import gc
import math
import sys
import types
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minpack
from minpack._engine import problems
from minpack._engine.remembered import known_at, known_of
from support import FREE_THREADED

X = np.linspace(0.0, 3.0, 12)
Y = np.stack([2.0 * np.exp(-0.5 * X), 1.0 * np.exp(-0.8 * X)]) + 0.01 * np.cos(9.0 * X)
FACTOR: Any = 1.0
SETTINGS = types.ModuleType("settings")


def set_factor(value: Any) -> None:
    global FACTOR
    FACTOR = value


def factor() -> Any:
    return FACTOR


def is_kept(f: Callable[..., Any]) -> bool:
    known_of(f)["it"] = 1
    return "it" in known_of(f)


def test_references_that_are_the_same() -> None:
    exponential = np.exp

    def f(x: Any, a: Any, b: Any = 1.0) -> Any:
        return FACTOR * exponential(-a * x) + math.pi + np.float64(b) + factor() + np.sin(x).sum() + undefined  # type: ignore[name-defined] # noqa: F821

    assert is_kept(f)
    set_factor(2.0)
    assert "it" not in known_of(f)
    assert is_kept(f)
    exponential = np.cos
    assert "it" not in known_of(f)


def test_what_may_change_is_followed_again_once_it_is_something_else() -> None:
    array: Any = np.ones(3)

    def inner(x: Any) -> Any:
        return array * x

    def f(x: Any, a: Any) -> Any:
        return inner(a * x)

    assert not is_kept(f) and not is_kept(f)
    array.resize(5)  # nobody refers to it
    array = np.ones(3)
    assert not is_kept(f)
    array = 2.0
    assert is_kept(f)
    array = np.ndarray
    assert is_kept(f)
    array = np.ones(3)  # whose type it was before
    assert not is_kept(f)


def test_names_that_appear_and_defaults_and_code() -> None:
    def f(x: Any, a: Any, b: Any = 1.0) -> Any:
        return a * x * SETTINGS.later

    assert is_kept(f)
    SETTINGS.later = 1.0  # type: ignore[attr-defined]
    assert "it" not in known_of(f)
    assert is_kept(f)
    f.__defaults__ = (2.0,)
    assert "it" not in known_of(f)
    assert is_kept(f)
    f.__code__ = (lambda x, a, b: a).__code__
    assert "it" not in known_of(f)


def test_functions_that_are_called_however_deep() -> None:
    def scaled(x: Any) -> Any:
        return factor() * x

    inner: Any = scaled

    def f(x: Any, a: Any) -> Any:
        return a * inner(x)

    set_factor(1.0)
    assert is_kept(f)
    set_factor(3.0)
    assert "it" not in known_of(f)
    assert is_kept(f)
    inner = np.sin
    assert "it" not in known_of(f)


class Scale:
    def __init__(self) -> None:
        self.value = 1.0

    def model(self, x: Any, a: Any) -> Any:
        return a * x * self.value


@pytest.mark.parametrize(
    "value", [[1.0], {"a": 1.0}, np.ones(2), Scale(), (1.0, [2.0]), Scale, Scale().model, [].append]
)
def test_what_may_change_unnoticed_is_not_relied_on(value: Any) -> None:
    def f(x: Any, a: Any) -> Any:
        return a * x if value else x

    def g(x: Any, a: Any) -> Any:
        return f(x, a)

    assert not is_kept(f)
    assert not is_kept(g)


class Attributed(np.float64):
    factor = 1.0


def source_of(body: str) -> Callable[..., Any]:
    names: dict[str, Any] = {"np": np, "SETTINGS": SETTINGS}
    exec(f"def f(x, a):\n    {body}", names)
    f: Callable[..., Any] = names["f"]
    return f


@pytest.mark.parametrize(
    "body",
    [
        "import settings; return settings.factor * a * x",
        "from settings import factor; return factor * a * x",
        "return [__import__('settings') for _ in x]",
        "return getattr(SETTINGS, 'fac' + 'tor') * a * x",
        "return globals()['FACTOR'] * a * x",
        "return eval('FACTOR') * a * x",
        "return (lambda: vars(SETTINGS)['factor'])() * a * x",
    ],
)
def test_names_that_only_a_run_tells_are_not_relied_on(body: str) -> None:
    assert not is_kept(source_of(body))


def test_state_in_numbers_and_in_ufuncs_of_python_functions_is_not_relied_on() -> None:
    number, called = Attributed(1.0), np.frompyfunc(factor, 0, 1)

    def f(x: Any, a: Any) -> Any:
        return number.factor * a * x

    def g(x: Any, a: Any) -> Any:
        return called() * a * x

    assert not is_kept(f)
    assert not is_kept(g)


def test_builtins_and_attributes_of_functions_that_appear(monkeypatch: pytest.MonkeyPatch) -> None:
    f = source_of("return a * x if x is None else later * a * f.factor")
    assert is_kept(f)
    monkeypatch.setattr("builtins.later", 1.0, raising=False)
    assert "it" not in known_of(f)
    assert is_kept(f)
    f.factor = 2.0  # type: ignore[attr-defined]
    assert "it" not in known_of(f)
    del f.factor  # type: ignore[attr-defined]
    assert is_kept(f)
    f.__kwdefaults__ = {"b": 1.0}  # type: ignore[attr-defined]
    assert "it" not in known_of(f)


def test_what_is_known_at_inputs_holds_at_no_others() -> None:
    def f(x: Any, a: Any) -> Any:
        return a * x

    inputs = np.array([1.0, 0.0]), np.float64(2.0)
    known_at(known_of(f), *inputs)["it"] = 1
    assert "it" in known_at(known_of(f), np.array([1.0, 0.0]), np.float64(2.0))
    others: list[tuple[Any, ...]] = [
        (np.array([1.0, -0.0]), np.float64(2.0)), (np.array([[1.0, 0.0]]), np.float64(2.0)),
        (np.array([1.0, 0.0]), np.float64(3.0)), (inputs[0].view(np.int64), np.float64(2.0)), inputs[:1],
    ]  # fmt: skip
    for other in others:
        assert "it" not in known_at(known_of(f), *other)
    for unsure in (np.array([None]), [1.0], np.zeros(2000)):
        known_at(known_of(f), unsure)["it"] = 1
        assert "it" not in known_at(known_of(f), unsure)


def test_functions_with_attributes_and_other_callables() -> None:
    def f(x: Any, a: Any) -> Any:
        return a * x

    f.scale = 1.0  # type: ignore[attr-defined]
    assert not is_kept(f)
    assert not is_kept(Scale().model)
    assert not is_kept(np.exp)


@pytest.mark.skipif(
    FREE_THREADED and sys.version_info < (3, 14), reason="CPython itself keeps functions once there was a second thread"
)
def test_it_keeps_no_function_alive() -> None:
    source = "def f(x, a):\n    return a * x if x is not None else g(x, a)\ndef g(x, a):\n    return f(x, a)\n"
    names: dict[str, Any] = {}
    exec(source, names)
    assert is_kept(names["f"])
    gone = weakref.ref(names["f"])
    names.clear()
    gc.collect()
    assert gone() is None


def test_a_function_that_is_gone_is_not_taken_for_none() -> None:
    def scaled(x: Any) -> Any:
        return x

    inner: Any = scaled

    def f(x: Any, a: Any) -> Any:
        return a * inner(x) if inner else x

    assert is_kept(f)
    inner = None
    del scaled
    gc.collect()
    assert "it" not in known_of(f)


def test_knowledge_has_an_end() -> None:
    def f(x: Any, a: Any) -> Any:
        return a * x

    for k in range(1000):
        known_of(f)[k] = k
    assert 999 in known_of(f) and len(known_of(f)) < 200


# ---- what batches keep


def evaluations(f: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How often each of three batches in a row evaluates a model."""
    made: list[str] = []
    as_rows = problems._as_rows
    monkeypatch.setattr(problems, "_as_rows", lambda *args: made.append(args[0]) or as_rows(*args))
    counts = []
    for _ in range(3):
        made.clear()
        minpack.curve_fit_batch(f, X, Y, [1.0, 1.0])
        counts.append(len(made))
    return counts


def decay(x: Any, a: Any, b: Any) -> Any:
    return a * np.exp(-b * x)


def test_the_second_batch_does_not_look_at_rows_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def model(x: Any, a: Any, b: Any) -> Any:
        return np.where(a == a, decay(x, a, b), 0.0)

    first, second, third = evaluations(model, monkeypatch)
    assert first - second == 4 and second == third  # three rows on their own, and together


def test_a_composition_of_functions_of_elements_is_called_once_to_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    def model(x: Any, a: Any, b: Any) -> Any:
        return decay(x, a, b)

    first, second, third = evaluations(model, monkeypatch)
    assert first == second == third


def test_a_model_that_begins_to_mix_points_is_noticed() -> None:
    def model(x: Any, a: Any, b: Any) -> Any:
        return np.cumsum(decay(x, a, b)) if FACTOR == 7.0 else decay(x, a, b)

    set_factor(1.0)
    for _ in range(2):
        minpack.curve_fit_batch(model, X, Y, [1.0, 1.0])
    set_factor(7.0)
    with pytest.warns(RuntimeWarning, match="does not evaluate many fits at once"):
        minpack.curve_fit_batch(model, X, np.cumsum(Y, axis=1), [1.0, 1.0])
    set_factor(1.0)


def test_rows_that_tell_nothing_are_looked_at_again() -> None:
    """Here all values are 0 at the first start, so that a mixture would not show."""

    def model(x: Any, a: Any, b: Any) -> Any:
        value = np.where(a > 5.0, a, 0.0) * np.exp(-b * x)
        return value if np.ndim(a) == 0 else value + value[::-1] - value

    with pytest.warns(UserWarning, match="2 of 2 fits ended at the start"):
        minpack.curve_fit_batch(model, X, Y, [1.0, 1.0])
    with pytest.warns(RuntimeWarning, match="does not evaluate many fits at once"):
        minpack.curve_fit_batch(model, X, 10.0 * Y, [20.0, 1.0])


def guarded(x: Any, a: Any, b: Any) -> Any:
    """A model that mixes points only where they are large."""
    exponent = np.multiply(b, x)
    top = exponent.max()
    return a * np.exp(exponent - top if top > 5.0 else exponent)


@pytest.mark.parametrize("changed", ["start", "x", "fits' own x"])
def test_a_model_that_mixes_points_at_other_inputs_only_is_noticed(changed: str) -> None:
    x, start = X, [1.0, 0.3]
    if changed == "fits' own x":
        x = np.tile(x, (2, 1))
    for _ in range(2):
        minpack.curve_fit_batch(guarded, x, 2.0 * np.exp(0.5 * x) + 0.0 * Y, start)
    if changed == "start":
        start = [1.0, 2.5]
    else:
        x = 10.0 * x
    with pytest.warns(RuntimeWarning, match="does not evaluate many fits at once"):
        minpack.curve_fit_batch(guarded, x, np.exp((start[1] - 0.1) * (x - x.max())) + 0.001 * Y, start)


def test_the_number_of_residuals_may_depend_on_values() -> None:
    def residuals(p: Any, y: Any, few: Any) -> Any:
        return (p[:, :1] * np.exp(-p[:, 1:] * X) - y)[:, : few[0]]

    for few in (12, 12, 7):
        result = minpack.leastsq_batch(residuals, np.ones((2, 2)), args=(Y, np.array([few, few])))
        assert result.success.all()


def test_leastsq_batch_asks_once_how_many_residuals_there_are() -> None:
    def residuals(p: Any, y: Any) -> Any:
        return p[:, :1] * np.exp(-p[:, 1:] * X[: y.shape[1]]) - y

    set_factor(1.0)
    for m in (12, 12, 7):
        result = minpack.leastsq_batch(residuals, np.ones((2, 2)), args=(Y[:, :m],))
        assert result.success.all()
