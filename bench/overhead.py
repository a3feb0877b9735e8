"""Show where the time of a fit goes, for each way to make one: a table, in microseconds. Run with `make profile`.

total     the call as a user makes it
user      only the user's functions, called as often and with the same arguments
core      only Fortran: the same fit, of recorded values
boundary  the rest of the extension: calls into Python, checks, copies, results
Python    Python code other than the user's functions

Each is the minimum of many rounds, which take turns.
"""

import timeit
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from operator import call
from time import thread_time
from types import SimpleNamespace
from typing import Any
from unittest import mock

import numpy as np

import loops
import minpack
from batches import T, decay
from minpack import _core
from minpack._api import leastsq
from minpack._engine import single, tasks
from singles import START, Y, residuals

ROUNDS = 15
SLICE = 5e-3
COPIES = 20  # of a recorded fit, which the core runs in one call, so that the call itself does not count

Function = Callable[..., Any]


class Calls:
    """Records the arguments and results of functions."""

    def __init__(self) -> None:
        self.made: list[tuple[Any, ...]] = []  # function, arguments
        self.values: dict[Function, list[Any]] = {}

    def of(self, function: Function) -> Function:
        """The function, with its calls recorded."""
        values = self.values.setdefault(function, [])

        def noted(*args: Any) -> Any:
            self.made.append((function, *(np.array(arg) if isinstance(arg, np.ndarray) else arg for arg in args)))
            values.append(np.array(function(*args)))
            return values[-1].copy()

        return noted

    def again(self) -> Callable[[], object]:
        """Repeat only the calls, in their order, from C, as the extension makes them."""
        functions, *columns = zip(*self.made, strict=True)
        if len(self.values) == 1:
            return lambda: deque(map(functions[0], *columns), maxlen=0)
        return lambda: deque(map(call, functions, *columns), maxlen=0)


@dataclass
class Kind:
    """One way to fit `f`, with `jac` if there is one."""

    what: str
    fit: Callable[..., object]  # fit(f) or fit(f, jac)
    functions: tuple[Function, ...]

    def total(self) -> Callable[[], object]:
        return lambda: self.fit(*self.functions)

    def users(self) -> Callable[[], object]:
        """Repeat the calls of the user's functions."""
        calls = Calls()
        self.fit(*map(calls.of, self.functions))
        return calls.again()

    def extension(self) -> tuple[Callable[[], object], Calls, Function, Function | None, Any]:
        """The call of the extension; the calls that it made, of the user's functions or of wrappers around them; which
        of them gives values and which derivatives; the data that the extension subtracts."""
        entered: list[tuple[Function, tuple[Any, ...], dict[str, Any]]] = []

        def noting(solve: Function) -> Function:
            def note(*args: Any, **options: Any) -> Any:
                entered.append((solve, args, options))
                return solve(*args, **options)

            return note

        curves = SimpleNamespace(**vars(_core) | {"solve_curve": noting(_core.solve_curve)})
        with (
            mock.patch.object(leastsq, "solve_residuals", noting(_core.solve_residuals)),
            mock.patch.object(single, "_core", curves),
        ):
            self.fit(*self.functions)
        solve, (f, *args), options = entered[0]
        name = "jac" if solve is _core.solve_curve else "dfun"
        dfun = options.get(name)
        calls = Calls()
        noted = calls.of(f), None if dfun is None else calls.of(dfun)
        solve(noted[0], *args, **options | {name: noted[1]})
        y = Y if solve is _core.solve_curve else 0.0
        return lambda: solve(f, *args, **options), calls, f, dfun, y


def core_alone(values: list[Any], jacobians: list[Any], fits: int) -> Callable[[], object]:
    """The core, fitting what the functions returned: `fits` fits one after the other, several times."""
    f, j = np.tile(np.ravel(values), COPIES), np.tile(np.ravel([jacobian.T for jacobian in jacobians]), COPIES)
    begin = np.array([f.ctypes.data, j.ctypes.data], dtype=np.uintp)
    place = begin.copy()
    library = loops.library()
    jac = loops.address(library.recorded_jacobian) if jacobians else None
    loop = loops.Loop(
        loops.address(library.recorded_values), place, START, COPIES * fits, values[0].size, jac=jac, reference="scipy"
    )

    def job() -> None:
        place[:] = begin
        loop.by_core()
        # the core must have run exactly the recorded fits
        assert (place == begin + [f.nbytes, j.nbytes]).all()

    return job


def least(jobs: list[Callable[[], object]]) -> list[float]:
    """Microseconds per call of each job by the thread's clock, the minimum of many rounds."""
    timers = [timeit.Timer(job, timer=thread_time) for job in jobs]
    counts = [max(1, int(SLICE / min(timer.repeat(3, 5)) * 5)) for timer in timers]
    each = list(zip(timers, counts, strict=True))
    return (np.min([[timer.timeit(k) / k for timer, k in each] for _ in range(ROUNDS)], axis=0) * 1e6).tolist()


def split(kind: Kind) -> list[float]:
    """Split a single fit: total, user, core, boundary, Python."""
    extension, calls, f, dfun, y = kind.extension()
    core = core_alone([value - y for value in calls.values[f]], [] if dfun is None else calls.values[dfun], 1)
    total, entered, within, user, core_time = least([kind.total(), extension, calls.again(), kind.users(), core])
    core_time /= COPIES
    return [total, user, core_time, entered - within - core_time, total - entered + within - user]


def batch(y: loops.Array) -> list[float]:
    """The same for curve_fit_batch."""

    def fit(f: Function) -> object:
        return minpack.curve_fit_batch(f, T, y, START)

    residuals_alone = []
    for row in y:
        calls = Calls()
        minpack.curve_fit(calls.of(decay), T, row, START)
        residuals_alone += [value - row for value in calls.values[decay]]
    together = Calls()
    fit(together.of(decay))
    core = core_alone(residuals_alone, [], len(y))
    total, user, entered, core_time = least([lambda: fit(decay), together.again(), extension_of(fit), core])
    core_time /= COPIES
    return [total, user, core_time, entered - core_time, total - user - entered]


class Recorder:
    """The extension's Batch, which records what it is given at each of its rounds."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self.args, self.options, self._batch = args, options, _core.Batch(*args, **options)
        self.given: list[Any] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def rounds(self, values: Callable[..., Any], jacobians: Any, loss: Any, model: Any) -> bool:
        def recorded(*asked: Any) -> Any:
            self.given.append(values(*asked))
            return self.given[-1]

        return self._batch.rounds(recorded, jacobians, loss)


def extension_of(fit: Callable[[Function], object]) -> Callable[[], object]:
    """Repeat everything that a batch does in the extension."""
    made: list[Recorder] = []

    def make(*args: Any, **options: Any) -> Recorder:
        made.append(Recorder(*args, **options))
        return made[0]

    with mock.patch.object(tasks, "_core", SimpleNamespace(**vars(_core) | {"Batch": make})):
        fit(decay)
    args, options, given = made[0].args, made[0].options, made[0].given

    def job() -> None:
        options["results"].status.fill(_core.NOT_RUN_YET)
        replayed = iter(given)
        _core.Batch(*args, **options).rounds(lambda *asked: next(replayed), None)

    return job


def kinds() -> list[Kind]:
    """Single fits: with functions that cost nothing, and a real one (three parameters, 50 points)."""
    ready, jacobian = np.ones(50), np.zeros((50, 3))

    def func(x: Any) -> Any:
        return ready

    def dfun(x: Any) -> Any:
        return jacobian

    return [
        Kind("leastsq, ready array", lambda f: minpack.leastsq(f, START), (func,)),
        Kind("leastsq, full_output", lambda f: minpack.leastsq(f, START, full_output=True), (func,)),
        Kind("leastsq with Dfun", lambda f, jac: minpack.leastsq(f, START, Dfun=jac), (func, dfun)),
        Kind("leastsq, exponential", lambda f: minpack.leastsq(f, START), (residuals,)),
        Kind("curve_fit", lambda f: minpack.curve_fit(f, T, Y, START), (decay,)),
        Kind("fit", lambda f: minpack.fit(f, T, Y, START), (decay,)),
        Kind("least_squares", lambda f: minpack.least_squares(f, START, method="lm"), (residuals,)),
    ]


def main() -> None:
    """Print the table."""
    print(f"{'microseconds':34}" + "".join(f"{name:>11}" for name in ("total", "user", "core", "boundary", "Python")))
    rows = [(kind.what, split(kind)) for kind in kinds()]
    rng = np.random.default_rng(0)
    for count in (1, 1000):
        p = rng.uniform([2.0, 0.8, 0.2], [3.0, 1.8, 0.8], size=(count, 3))
        y = decay(T, *(p[:, j : j + 1] for j in range(3))) + rng.normal(scale=0.05, size=(count, T.size))
        rows.append((f"curve_fit_batch of {count}", batch(y)))
    for what, parts in rows:
        print(f"{what:34}" + "".join(f"{part:11.1f}" for part in parts))


if __name__ == "__main__":
    main()
