"""Many small fits at once, and where the time goes."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from time import thread_time
from types import SimpleNamespace
from typing import Any
from unittest import mock

import numpy as np
import xarray as xr
from scipy import optimize

import loops
import minpack
import minpack.xarray
from measure import ROUNDS, Row, compare, in_turn
from minpack import _core, functions, models
from minpack._engine import tasks
from minpack._engine.numba import NumbaProblem

COUNT = 20_000
PART = 300  # of these fits are timed in loops in Python
LOOP = 2_000  # and this many in loops in C
T = np.linspace(0.0, 4.0, 50)
BOUNDS = ([0.0, 0.0, 0.5], [10.0, 5.0, 2.0])  # of decays: the last one holds some


def decay(t: Any, a: Any, b: Any, c: Any) -> Any:
    """An exponential."""
    return a * np.exp(-b * t) + c


def decay_by_minpack(t: Any, a: Any, b: Any, c: Any) -> Any:
    """The same, with an exponential that has the same bits on every machine."""
    return a * functions.exp(-b * t) + c


def spot(x: Any, a: Any, x0: Any, y0: Any, s: Any, b: Any) -> Any:
    """A Gaussian spot on a background; x holds the two coordinates."""
    return a * np.exp(-0.5 * ((x[0] - x0) ** 2 + (x[1] - y0) ** 2) / (s * s)) + b


def spot_jac(x: Any, a: Any, x0: Any, y0: Any, s: Any, b: Any) -> tuple[Any, ...]:
    """Its derivatives with respect to the five parameters."""
    dx, dy = x[0] - x0, x[1] - y0
    e = np.exp(-0.5 * (dx * dx + dy * dy) / (s * s))
    scaled = a * e / (s * s)
    return e, scaled * dx, scaled * dy, scaled * (dx * dx + dy * dy) / s, 1.0


@dataclass
class Batch:
    """One model, and many data sets for it."""

    what: str
    f: Callable[..., Any]
    jac: Callable[..., Any] | None
    x: loops.Array
    y: loops.Array
    start: loops.Array

    def run(self, **kwargs: Any) -> Any:
        """Fit them all."""
        return minpack.curve_fit_batch(self.f, self.x, self.y, self.start, jac=self.jac, **kwargs)

    def job(self, **kwargs: Any) -> Callable[[], object]:
        """The call to time."""
        return lambda: self.run(**kwargs)

    def calls(self) -> tuple[int, dict[str, Any]]:
        """How engine numba calls the functions that it compiles."""
        return NumbaProblem(self.f, self.jac, self.x, False, COUNT, self.start.size).calls

    def loop(self) -> loops.Loop:
        """A loop in C over the first of these fits, with these functions."""
        f, how = self.calls()
        return loops.Loop(f, self.x, self.start, LOOP, self.y.shape[1], jac=how["jac"], y=self.y)

    def functions(self, loop: loops.Loop) -> Callable[[], object]:
        """The calls that engine numba makes, at the points that a loop has recorded."""
        f, how = self.calls()
        calls = loops.Loop(f, how["context"], self.start, LOOP, how["m"], jac=how["jac"])
        calls.take_record(loop)
        return lambda: calls.functions(how["moved"], how["pure"])

    def curve_fits(self) -> None:
        """Some of them, one by one, by SciPy's curve_fit."""
        for row in self.y[:PART]:
            optimize.curve_fit(self.f, self.x, row, self.start)

    def bounded_curve_fits(self, bounds: Any) -> None:
        """The same with bounds."""
        jac = None if self.jac is None else lambda x, *p: np.column_stack(np.broadcast_arrays(*self.jac(x, *p)))
        for row in self.y[:PART]:
            optimize.curve_fit(self.f, self.x, row, self.start, bounds=bounds, jac=jac)

    def leastsqs(self) -> None:
        """Some of them, one by one, by SciPy's leastsq."""
        for row in self.y[:PART]:
            optimize.leastsq(lambda p, row=row: self.f(self.x, *p) - row, self.start)


def data() -> tuple[Batch, Batch]:
    """Decays of 50 points, fitted with forward differences, and spots of 5x5 pixels, fitted with derivatives."""
    rng = np.random.default_rng(1)
    p = rng.uniform([2.0, 0.8, 0.2], [3.0, 1.8, 0.8], size=(COUNT, 3))
    y = decay(T, *(p[:, j : j + 1] for j in range(3))) + rng.normal(scale=0.05, size=(COUNT, T.size))
    pixels = np.stack(np.meshgrid(np.arange(5.0), np.arange(5.0))).reshape(2, 25)
    q = rng.uniform([80.0, 1.5, 1.5, 0.9, 5.0], [120.0, 2.5, 2.5, 1.3, 15.0], size=(COUNT, 5))
    images = spot(pixels[:, None], *(q[:, j : j + 1] for j in range(5))) + rng.normal(scale=2.0, size=(COUNT, 25))
    return (
        Batch("batch of decays", decay, None, T, y, np.ones(3)),
        Batch("batch of 5x5 spots with jac", spot, spot_jac, pixels, images, np.array([100.0, 2.0, 2.0, 1.0, 10.0])),
    )


# ---- the rows of the table

_WIDE = ([0.0, 0.0, 0.0, 0.3, 0.0], [1000.0, 4.0, 4.0, 3.0, 100.0])


def against_scipy(decays: Batch, spots: Batch) -> list[Row]:
    """Compare with loops over SciPy's functions."""

    def row(
        what: str, aim: float, ours: Callable[[], object], theirs: Callable[[], object],
        shown: tuple[str, str] | None = None,
    ) -> Row:  # fmt: skip
        return compare("SciPy", what, aim, ours, theirs, (COUNT, PART), shown=shown)

    return [
        row(f"{decays.what}, engine numpy, against curve_fit", 10.0, decays.job(), decays.curve_fits),
        row(f"{decays.what} with functions.exp, numpy, against curve_fit", 28.0,
            replace(decays, f=decay_by_minpack).job(), decays.curve_fits),
        row(f"{decays.what}, numba, against curve_fit", 25.0, decays.job(engine="numba"), decays.curve_fits,
            (f"batch of {COUNT:,} exponentials, numba", "a loop over SciPy's curve_fit")),
        _peaks(),
        row(f"{spots.what}, numba, against leastsq", 60.0, spots.job(engine="numba"), spots.leastsqs,
            (f"batch of {COUNT:,} images of 5x5 pixels, numba", "a loop over SciPy's leastsq")),
        row(f"{decays.what} with bounds, engine numpy, against curve_fit", 80.0, decays.job(bounds=BOUNDS),
            lambda: decays.bounded_curve_fits(BOUNDS)),
        row(f"{decays.what} with bounds, numba, against curve_fit", 150.0, decays.job(bounds=BOUNDS, engine="numba"),
            lambda: decays.bounded_curve_fits(BOUNDS),
            (f"batch of {COUNT:,} exponentials with bounds, numba", "a loop over SciPy's curve_fit")),
        row(f"{spots.what} and bounds, numba, against curve_fit", 150.0, spots.job(bounds=_WIDE, engine="numba"),
            lambda: spots.bounded_curve_fits(_WIDE)),
    ]  # fmt: skip


def _peaks() -> Row:
    """Gaussians of 50 points: a start for each of them, against SciPy's fits from the truth."""
    x, rng = np.linspace(0.0, 10.0, 50), np.random.default_rng(2)
    truth = rng.uniform([2.0, 3.0, 0.4], [5.0, 7.0, 1.5], size=(COUNT, 3))
    y = models.gaussian(x, *(truth[:, j : j + 1] for j in range(3))) + rng.normal(scale=0.05, size=(COUNT, x.size))

    def gaussian(x: Any, height: Any, center: Any, sigma: Any) -> Any:
        return height * np.exp(-((x - center) ** 2) / (2.0 * sigma**2))

    def theirs() -> None:
        for row, start in zip(y[:PART], truth, strict=False):
            optimize.curve_fit(gaussian, x, row, start)

    return compare("SciPy", "batch of Gaussians without a start, numba, against curve_fit", 40.0,
                   lambda: minpack.curve_fit_batch(models.gaussian, x, y, engine="numba"), theirs,
                   (COUNT, PART))  # fmt: skip


def against_xarray() -> list[Row]:
    """Compare 400 fits of a DataArray; both sides include xarray's work of splitting and reassembling it."""
    rng = np.random.default_rng(0)
    truth = rng.uniform([2.0, 0.8, 0.2], [3.0, 1.8, 0.8], size=(20, 20, 3))
    y = decay(T, *np.moveaxis(truth[..., None], 2, 0)) + rng.normal(scale=0.05, size=(20, 20, T.size))
    array = xr.DataArray(y, dims=("row", "column", "t"), coords={"t": T})
    return [
        compare("xarray", "curvefit of a DataArray of 400, per fit", 10.0, lambda: array.minpack.curvefit("t", decay),
                lambda: array.curvefit("t", decay), (400, 400),
                shown=("curvefit of a DataArray of 400 exponentials", "xarray's curvefit"))
    ]  # fmt: skip


def against_netlib(decays: Batch) -> list[Row]:
    """Compare with lmdif_ in a loop in C, with the same functions. Equal bits make sure that the work is the same."""
    loop = decays.loop()
    result = decays.run(engine="numba", reference="netlib")
    loop.by_netlib()
    same = np.array_equal(result.x[:LOOP], loop.x) and np.array_equal(result.nfev[:LOOP], loop.nfev)
    if not same:
        raise AssertionError("netlib's library gives other bits")
    loop.record()

    context = np.ascontiguousarray(np.stack([np.broadcast_to(T, decays.y.shape), decays.y], axis=1))
    residuals = loops.library().decay
    in_c = loops.Loop(loops.address(residuals), context, decays.start, LOOP, T.size, per_fit=True)
    starts = np.ones((COUNT, 3))

    def fits_in_c() -> object:
        return minpack.leastsq_batch(residuals, starts, args=(context,), m=T.size, reference="netlib")

    numba = decays.job(engine="numba", reference="netlib")
    times = in_turn(numba, loop.by_netlib, decays.functions(loop), loop.functions) / (COUNT, LOOP, LOOP, LOOP)
    core = times[:, :2] - times[:, 2:]  # both sides, without the model
    return [
        Row("netlib", f"{decays.what}, numba, against a loop in C", *np.median(times[:, :2], axis=0).tolist(),
            float(np.median(times[:, 1] / times[:, 0])), None),
        Row("netlib", "the same without the model's time: only the core", *np.median(core, axis=0).tolist(),
            float(np.median(core[:, 1] / core[:, 0])), 3.0),
        compare("netlib", "batch of decays in C, against a loop in C", None, fits_in_c, in_c.by_netlib, (COUNT, LOOP),
                shown=(f"batch of {COUNT:,} exponentials in C", "a loop over netlib's lmdif in C")),
    ]  # fmt: skip


def against_one_worker(decays: Batch) -> list[Row]:
    """Compare two threads with one, and with two processes, which share no lock: what the machine gives to two."""
    rows = []
    for engine in ("numba", "numpy"):
        one, two = decays.job(engine=engine), decays.job(engine=engine, workers=2)
        with ProcessPoolExecutor(2, get_context("spawn"), _prepare, (engine,)) as pool:
            times = in_turn(two, one, lambda pool=pool: list(pool.map(_half, range(2))), threads=True) / COUNT
        for column, other, aim in ((1, "1", 1.7), (2, "2 processes", None)):
            rows.append(Row("itself", f"{decays.what}, {engine}, 2 workers against {other}",
                            *np.median(times[:, (0, column)], axis=0).tolist(),
                            float(np.median(times[:, column] / times[:, 0])), aim))  # fmt: skip
    return rows


_halves: list[Callable[[], object]] = []  # of a process of `against_one_worker`


def _prepare(engine: str) -> None:
    """Compile what a process needs, before it is timed."""
    decays, _ = data()
    for y in np.split(decays.y, 2):
        _halves.append(replace(decays, y=y).job(engine=engine))
        _halves[-1]()


def _half(which: int) -> None:
    """Half of the work, in a process of its own."""
    _halves[which]()


# ---- where the time goes


@dataclass
class Split:
    """Seconds per fit, in parts."""

    what: str
    model: float
    core: float
    python: float
    ratio: float  # to the peer in the table
    limit: float  # the ratio if only the model took time

    @property
    def total(self) -> float:
        """The sum of the parts."""
        return self.model + self.core + self.python


class Clock:
    """Wraps functions, and sums up the time spent in them."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, timed."""

        def timed(*args: Any, **options: Any) -> Any:
            begun = thread_time()
            try:
                return function(*args, **options)
            finally:
                self.seconds += thread_time() - begun

        return timed


class TimedBatch:
    """The extension's Batch, with its methods timed."""

    def __init__(self, clock: Clock, *args: Any, **options: Any) -> None:
        self._batch, self._clock = clock.around(_core.Batch)(*args, **options), clock

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._batch, name)
        return self._clock.around(value) if callable(value) else value

    def rounds(self, values: Callable[..., Any], jacobians: Callable[..., Any], loss: Any, model: Any) -> bool:
        python = Clock()
        begun = thread_time()
        left = self._batch.rounds(python.around(values), python.around(jacobians), loss)
        self._clock.seconds += thread_time() - begun - python.seconds
        return left


def split(batch: Batch, engine: str, row: Row) -> Split:
    """Split the time of one row of the table: model, extension without the model, and the rest, which is Python."""
    loop = batch.loop()
    loop.record()
    times = []
    for _ in range(ROUNDS[0]):
        extension, model = Clock(), Clock()
        f = batch.f if engine == "numba" else model.around(batch.f)
        timed = vars(_core) | {"Batch": lambda *args, clock=extension, **options: TimedBatch(clock, *args, **options)}
        with mock.patch.object(tasks, "_core", SimpleNamespace(**timed)):
            begun = thread_time()
            minpack.curve_fit_batch(f, batch.x, batch.y, batch.start, jac=batch.jac, engine=engine)
            total = thread_time() - begun
        if engine == "numba":  # the extension calls the model
            model.around(batch.functions(loop))()
            model.seconds *= COUNT / LOOP
            extension.seconds -= model.seconds
        times.append([model.seconds, extension.seconds, total - model.seconds - extension.seconds])
    model_time, core, python = (seconds / COUNT for seconds in min(times, key=sum))  # from the least disturbed round
    limit = row.ratio * (model_time + core + python) / model_time
    return Split(row.what, model_time, core, python, row.ratio, limit)


def shares(decays: Batch, spots: Batch, rows: list[Row]) -> list[Split]:
    """Split some rows of `against_scipy`."""
    jobs = [
        (decays, "numpy", "engine numpy, against curve_fit"),
        (decays, "numba", "numba, against curve_fit"),
        (spots, "numba", "numba, against leastsq"),
    ]
    of = {row.what: row for row in rows}
    return [split(batch, engine, of[f"{batch.what}, {words}"]) for batch, engine, words in jobs]
