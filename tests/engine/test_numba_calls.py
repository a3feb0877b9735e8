"""How the extension calls compiled models: vectors are full, starts are evaluated once; the bits stay."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import minpack
from minpack import curve_fit_batch
from minpack._engine.problems import CompiledProblem
from minpack._engine.single import Settings
from minpack._engine.tasks import Task
from minpack._results.batch import BatchResult

numba = pytest.importorskip("numba")

from minpack._engine import numba as engine  # noqa: E402

COUNT = 40  # of fits: more than those for which rows are not lengthened
P0 = [1.0, 1.0, 0.0]


def decay(t: Any, a: Any, b: Any, c: Any) -> Any:
    return a * np.exp(-b * t) + c


def slopes(t: Any, a: Any, b: Any, c: Any) -> Any:
    e = np.exp(-b * t)
    return e, -a * t * e, 1.0


def plane(x: Any, a: Any, b: Any, c: Any) -> Any:
    u, v = x
    return a * np.exp(-b * u) + c * v


def data(m: int) -> tuple[Any, Any]:
    t = np.linspace(0.0, 3.0, m)
    return t, decay(t, 2.5, 1.3, 0.5) + 0.1 * np.random.default_rng(m).normal(size=(COUNT, m))


def bits(result: BatchResult, row: int = 0) -> list[bytes]:
    return [a[row].tobytes() for a in result.arrays()]


WAYS: dict[str, dict[str, Any]] = {
    "differences": {},
    "derivatives": {"jac": slopes},
    "bounds": {"bounds": ([0.0, 0.0, 0.1], [2.6, 3.0, 1.0]), "p0": [1.0, 1.0, 0.5]},
    "bounds of each": {"bounds": (np.zeros((COUNT, 3)), np.linspace(2.0, 4.0, 3 * COUNT).reshape(COUNT, 3))},
    "starts": {"p0": np.linspace(0.9, 1.1, 3 * COUNT).reshape(COUNT, 3)},
    "a loss": {"loss": "soft_l1", "method": "trf"},
    "weights": {"sigma": np.linspace(0.1, 0.2, 3 * COUNT).reshape(COUNT, 3)[:, :1]},
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("m", [7, 8, 9, 50, 55])
def test_each_fit_has_the_bits_that_it_has_alone(m: int, way: str) -> None:
    t, y = data(m)
    options = {"p0": P0, **WAYS[way]}
    if "sigma" in options:
        options["sigma"] = np.repeat(options["sigma"], m, axis=1)
    together = curve_fit_batch(decay, t, y, engine="numba", **options)
    for k in range(0, COUNT, 7):
        own = {name: _row(value, k) for name, value in options.items()}
        assert bits(curve_fit_batch(decay, t, y[k : k + 1], engine="numba", **own)) == bits(together, k), k


def _row(value: Any, k: int) -> Any:
    if isinstance(value, tuple):
        return tuple(_row(side, k) for side in value)
    return value[k : k + 1] if isinstance(value, np.ndarray) else value


def test_predictors_and_counts_in_full_vectors() -> None:
    t, y = data(50)
    x = np.stack([t, np.cos(t)])
    together = curve_fit_batch(plane, x, y, P0, engine="numba")
    assert bits(together, 9) == bits(curve_fit_batch(plane, x, y[9:10], P0, engine="numba"))
    counts = np.random.default_rng(1).poisson(np.exp(y) * 10.0).astype(float)
    how: dict[str, Any] = {"p0": [30.0, 1.0, 5.0], "engine": "numba", "likelihood": "poisson"}
    together = curve_fit_batch(decay, t, counts, **how)
    assert together.success.all()
    assert bits(together, 9) == bits(curve_fit_batch(decay, t, counts[9:10], **how))


@pytest.mark.parametrize(("width", "m", "points"), [(8, 50, 56), (8, 49, 49), (8, 48, 48), (4, 50, 52), (2, 51, 51)])
def test_vectors_are_full(width: int, m: int, points: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_width", lambda: width)
    t, y = data(m)
    problem = engine.NumbaProblem(decay, None, t, False, COUNT, 3)
    called = problem.calls[1]
    assert called["m"] == points
    assert called["context"].ravel().tolist() == [*t, *[t[-1]] * (points - m)]
    assert problem.part(slice(0, 5)).calls[1]["m"] == m  # a few fits do not win the time
    rows = engine.NumbaProblem(decay, None, np.tile(t, (COUNT, 1)), True, COUNT, 3)
    assert rows.calls[1]["context"] is rows.xdata  # not copied
    assert curve_fit_batch(decay, t, y, P0, engine="numba").success.all()


def test_compiled_code_aligns_the_stack() -> None:
    """Vectors that LLVM keeps on the stack take twice the time if they lie in two lines of the cache."""
    t, y = data(50)
    curve_fit_batch(decay, t, y, P0, engine="numba")
    text = [compiled.inspect_llvm() for compiled in engine._compiled[decay].values()]
    assert text and all("alignstack=64" in of or "alignstack(64)" in of for of in text)


@dataclass(eq=False)
class Counting:
    """A straight line in C, and how often it is called: residuals, and derivatives."""

    m: int
    residuals: int = 0
    derivatives: int = 0

    def __post_init__(self) -> None:
        double = ctypes.POINTER(ctypes.c_double)
        prototype = ctypes.CFUNCTYPE(ctypes.c_int, double, ctypes.c_int, ctypes.c_int, double, double)
        self.kept = prototype(self._residuals), prototype(self._derivatives)

    def _residuals(self, ctx: Any, m: int, n: int, x: Any, out: Any) -> int:
        self.residuals += 1
        for i in range(m):
            out[i] = x[0] + x[1] * x[1] * i
        return 0

    def _derivatives(self, ctx: Any, m: int, n: int, x: Any, out: Any) -> int:
        self.derivatives += 1
        for i in range(m):
            out[i], out[m + i] = 1.0, 2.0 * x[1] * i
        return 0

    def locate(self, argument: str, _: Any) -> int:
        address = ctypes.cast(self.kept[argument == "Dfun"], ctypes.c_void_p).value
        assert address is not None
        return address


def run(pure: bool, with_jac: bool, change: Callable[[Any], Any] = lambda x0: x0) -> tuple[Counting, BatchResult]:
    of = Counting(m=5)

    class Problem(CompiledProblem):
        @property
        def calls(self) -> tuple[int, dict[str, Any]]:
            address, how = super().calls
            return address, {**how, "pure": pure}

    problem = Problem("f", "jac" if with_jac else None, of.locate, None, False, 3)
    y = 1.0 + 4.0 * np.arange(5.0) + np.random.default_rng(1).normal(size=(3, 5))
    task = Task(problem, change(np.array([1.0, 1.0])), 5, 2, Settings(), ydata=y)
    out = BatchResult.empty(3, 2)
    task.run(out)
    assert out.success.all()
    return of, out


@pytest.mark.parametrize("with_jac", [False, True])
def test_a_start_that_all_share_is_evaluated_once(with_jac: bool) -> None:
    each, expected = run(False, with_jac)
    once, result = run(True, with_jac)
    assert [a.tobytes() for a in result.arrays()] == [a.tobytes() for a in expected.arrays()]
    assert once.derivatives == each.derivatives - 2 * with_jac
    assert once.residuals == each.residuals - 2 * (1 if with_jac else 3)


def test_other_starts_are_evaluated_each() -> None:
    def starts(x0: Any) -> Any:
        return x0 + np.arange(3.0)[:, np.newaxis] / 8.0

    each, expected = run(False, False, starts)
    once, result = run(True, False, starts)
    assert [a.tobytes() for a in result.arrays()] == [a.tobytes() for a in expected.arrays()]
    assert once.residuals == each.residuals


def test_fewer_values_than_points_are_refused() -> None:
    batch = minpack._core.Batch(
        1, m=5, n=2, capacity=1, x0=np.ones(2), data=None, results=BatchResult.empty(1, 2), settings=Settings(),
        differences=True, scale_covariance=False, lower=None, upper=None,
    )  # fmt: skip
    with pytest.raises(ValueError, match="run: m must be at least the batch's, 5; got 4"):
        batch.run(Counting(5).locate("func", None), m=4)
