"""Models that are known to treat each point on its own, by what they are made of."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

from minpack import curve_fit, curve_fit_batch
from minpack._engine.pointwise import is_pointwise
from minpack._engine.problems import CurveProblem
from minpack._engine.remembered import known_of
from minpack._engine.rows import known_near, why_not_rows
from minpack.functions import exp

T = np.linspace(0.0, 5.0, 30)
FACTOR = 2.0


def decay(x: Any, tau: Any) -> Any:
    return exp(-x / tau)


def by_type(x: Any, a: Any, b: Any) -> Any:
    return a * x + b * isinstance(a, np.ndarray)


def with_branch(x: Any, a: Any, b: Any) -> Any:
    return a * x if FACTOR > 1.0 else x.sum() * b


def of_inner_branch(x: Any, a: Any, b: Any) -> Any:
    return with_branch(x, a, b) + b


class Length(NamedTuple):
    value: float

    def share(self, x: Any) -> Any:
        try:
            return x / len(x)
        except TypeError:
            return x / self.value


LENGTH = Length(1.0)
LIGHT = 299792458


def caught(x: Any, a: Any, b: Any) -> Any:
    try:
        return a * x.sum() + b
    except AttributeError:
        return a * x + b


POINTWISE: dict[str, Callable[..., Any]] = {
    "polynomial": lambda x, a, b: a + b * x - x**2 / 3.0,
    "functions": lambda x, a, b: a * np.exp(-b * x) + np.sin(x) * FACTOR,
    "inner": lambda x, a, b: a * decay(x, b),
    "negative": lambda x, a, b: -a + abs(abs_of(x)) * b,
    "no x": lambda x, a, b: a + b,
}
OTHERS: dict[str, Callable[..., Any]] = {
    "sum": lambda x, a, b: a * x / x.sum() + b,
    "reduction": lambda x, a, b: a * x / np.add.reduce(x) + b,
    "accumulated": lambda x, a, b: a * np.multiply.accumulate(x) + b,
    "mean": lambda x, a, b: a * (x - np.mean(x)) + b,
    "index": lambda x, a, b: a * x / x[0] + b,
    "matrix": lambda x, a, b: np.matmul(a * x, b * x),
    "two results": lambda x, a, b: np.modf(a * x)[0] + b,
    "short": lambda x, a, b: np.multiply(x, a, dtype=np.float32) + b,
    "where": lambda x, a, b: np.where(a > 0.0, a * x, b),
    "array": lambda x, a, b: np.cumsum(np.asarray(a * x)) + b,
    "shape": lambda x, a, b: a * x + b * np.ndim(a),
    "class": lambda x, a, b: a * x + b * (a.__class__ is float),
    "default": lambda x, a, b: a * x + b * getattr(a, "size", 1),
    "condition": lambda x, a, b: a * x if a > 0 else b * x,
    "type": by_type, "branch": with_branch, "branch inside": of_inner_branch, "caught": caught,
    "loop": lambda x, a, b: sum(a * x**k for k in (1, 2)) + b,
    "values": lambda x, a, b: [a, b],
    "equal": lambda x, a, b: a * x + b * np.array_equal(a, b),
    "compared": lambda x, a, b: a * x + b * ((a, 0) == (b, 0)),
    "compared again": lambda x, a, b: a * x + b * ((+a, 0) == (+b, 0)),
    "method": lambda x, a, b: a * LENGTH.share(x) + b,
    "printed": lambda x, a, b: (print(a), a * x + b)[1],
}  # fmt: skip


def abs_of(x: Any) -> Any:
    return np.abs(x)


@pytest.mark.parametrize("name", POINTWISE)
def test_compositions_of_functions_of_elements_are(name: str) -> None:
    assert is_pointwise(POINTWISE[name], 2, None, known_of(POINTWISE[name]))


@pytest.mark.parametrize("name", OTHERS)
def test_others_are_not_known_to_be(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert not is_pointwise(OTHERS[name], 2, None, known_of(OTHERS[name]))
    assert capsys.readouterr().out == ""


def test_derivatives_are_one_per_parameter() -> None:
    def slopes(x: Any, a: Any, b: Any) -> Any:
        return decay(x, b), 1.0

    assert is_pointwise(slopes, 2, None, known_of(slopes), derivatives=True)
    assert not is_pointwise(slopes, 2, None, known_of(slopes))
    for other in (lambda x, a, b: (x, 1.0, 1), lambda x, a, b: a * x):
        assert not is_pointwise(other, 2, None, known_of(other), derivatives=True)


def test_one_value_per_point_in_a_list_is_right_if_slow() -> None:
    def three(x: Any, a: Any, b: Any) -> Any:
        return [a, a * b, a - b]

    y = np.array([[3.0, 3.2, 1.9], [2.8, 3.1, 2.0], [2.9, 2.9, 1.7]])
    with pytest.warns(RuntimeWarning, match="does not evaluate many fits at once"):
        found = curve_fit_batch(three, T[:3], y, [1.5, 0.8]).x
    assert np.array_equal(found, [curve_fit(three, T[:3], row, [1.5, 0.8])[0] for row in y])


def test_what_numba_computes_otherwise_is_noticed() -> None:
    numba = pytest.importorskip("numba")

    def conditions(x: Any, a: Any, b: Any) -> Any:
        return a * x + b * ((a > 1.0) + (b > 1.0))

    compiled = numba.njit(conditions)
    assert is_pointwise(conditions, 2, None, known_of(conditions))
    assert not is_pointwise(compiled, 2, None, known_of(compiled))

    def overflows(x: Any, a: Any, b: Any) -> Any:
        return a * x + b * (LIGHT**3 / 1e25)

    def adds(x: Any, a: Any, b: Any) -> Any:
        return a * x + b * ((x > 1.0) + (x > 2.0))

    for f in (overflows, adds):
        with pytest.raises(ValueError, match="gives other values for all points at once"):
            curve_fit_batch(f, T, np.array([f(T, 2.0, 1.0)]), [1.2, 1.1], engine="numba")


def test_predictors_come_by_index_or_unpacked() -> None:
    def plane(x: Any, a: Any, b: Any) -> Any:
        u, v = x
        return a * u + b * v + x[1]

    assert is_pointwise(plane, 2, 2, known_of(plane))
    assert not is_pointwise(plane, 2, None, known_of(plane))
    assert not is_pointwise(plane, 2, 3, known_of(plane))


def test_what_is_pointwise_is_not_compared_at_other_starts() -> None:
    calls: list[Any] = []

    def recording(x: Any, a: Any, b: Any) -> Any:
        calls.append(np.shape(a))
        return a * x + b

    for f, compared in ((POINTWISE["polynomial"], False), (OTHERS["where"], True), (recording, True)):
        for start in (np.array([1.0, 2.0]), np.array([1.5, 2.0])):
            problem = CurveProblem(f, None, T, False, 5)
            known = known_near(problem.known, problem, start)
            assert why_not_rows(problem, start, T.size, known) is None
            assert (("rows", False, T.size) in known) == compared
    assert calls


def test_a_function_that_changes_is_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def f(x: Any, a: Any, b: Any) -> Any:
        return a * decay(x, b)

    assert is_pointwise(f, 2, None, known_of(f))
    monkeypatch.setitem(globals(), "decay", lambda x, tau: np.exp(-x / tau) / np.exp(-x / tau).max())
    assert not is_pointwise(f, 2, None, known_of(f))
    y = np.array([f(T + 1.0, 2.0, 1.0), f(T + 1.0, 1.0, 2.0)])
    with pytest.warns(RuntimeWarning, match="does not evaluate many fits at once"):
        curve_fit_batch(f, T + 1.0, y, [1.2, 1.1])
