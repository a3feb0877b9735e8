"""Packages that call SciPy's fits: a job of each, with SciPy and with minpack in its place, in turn.

    python bench/clients.py

prints a table; `make bench` has the same rows. Two times count: that of the whole job, and that inside the calls of
SciPy's functions, without the package's own functions that these call.
"""

import functools
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from time import perf_counter, thread_time
from typing import Any

import numpy as np
import scipy.optimize

import minpack.scipy
from measure import Row
from minpack._switch.places import namespaces, replace

PEER = "SciPy in other packages"
NAMES = ("leastsq", "curve_fit", "least_squares")
DERIVATIVES = ("Dfun", "jac")
SECONDS = 2.0  # per job
ROUNDS = range(5, 40)

X = np.linspace(0.0, 10.0, 100)
Y = 5.0 * np.exp(-(((X - 4.0) / 1.5) ** 2) / 2.0) + 0.1 * np.random.default_rng(1).standard_normal(X.size)
Job = Callable[[], object]


# ---- the jobs


def with_lmfit() -> Job:
    import lmfit.models

    model = lmfit.models.GaussianModel()
    start = model.make_params(amplitude=10.0, center=5.0, sigma=1.0)
    return lambda: model.fit(Y, start, x=X)


def with_astropy(fitter: str, **bounds: Any) -> Job:
    from astropy.modeling import fitting, models

    fit = getattr(fitting, fitter)()
    start = models.Gaussian1D(4.0, 5.0, 1.0, bounds=bounds)
    return lambda: fit(start, X, Y)


def with_photutils() -> Job:
    from photutils.isophote import Ellipse, EllipseGeometry

    rows, columns = np.mgrid[:101, :101] - 50.0
    noise = np.random.default_rng(2).standard_normal((101, 101))
    image = 1000.0 * np.exp(-np.hypot(columns, rows / 0.7) / 10.0) + noise
    ellipse = Ellipse(image, EllipseGeometry(50.0, 50.0, 10.0, 0.3, 0.0))
    return lambda: ellipse.fit_image(maxsma=15.0)


def with_specparam() -> Job:
    import specparam

    frequencies = np.linspace(1.0, 40.0, 79)
    peak = 0.6 * np.exp(-((frequencies - 10.0) ** 2) / 4.0)
    noise = 0.01 * np.random.default_rng(3).standard_normal(79)
    power = 10.0 ** (1.0 - np.log10(frequencies) + peak + noise)
    model = specparam.SpectralModel(max_n_peaks=4, verbose=False)
    return lambda: model.fit(frequencies, power)


def with_refnx() -> Job:
    from refnx import analysis, dataset

    def gaussian(x: Any, p: Any) -> Any:
        height, center, sigma = (parameter.value for parameter in p)
        return height * np.exp(-(((x - center) / sigma) ** 2) / 2.0)

    def job() -> object:
        p = analysis.Parameters()
        for value, bounds in ((4.0, (0.0, 10.0)), (5.0, (0.0, 10.0)), (1.0, (0.1, 5.0))):
            p.append(analysis.Parameter(value, bounds=bounds, vary=True))
        data = dataset.Data1D((X, Y, np.full(X.size, 0.1)))
        objective = analysis.Objective(analysis.Model(p, gaussian), data)
        return analysis.CurveFitter(objective).fit("least_squares", verbose=False)

    return job


def with_xarray(**bounds: Any) -> Job:
    import xarray as xr

    t = np.linspace(0.0, 4.0, 30)
    data = 3.0 * np.exp(-t) + 0.05 * np.random.default_rng(4).standard_normal((50, 30))
    array = xr.DataArray(data, dims=("pixel", "t"), coords={"t": t})
    return lambda: array.curvefit("t", lambda t, a, b: a * np.exp(-b * t), p0={"a": 2.0, "b": 0.5}, **bounds)


BOUNDED = 8.0  # the aim for calls with bounds
JOBS: list[tuple[str, str, float, Callable[[], Job]]] = [
    ("lmfit", "GaussianModel, 100 points", 2.0, with_lmfit),
    ("astropy", "Gaussian1D, LevMarLSQFitter", 2.0, lambda: with_astropy("LevMarLSQFitter")),
    ("astropy", "Gaussian1D, LMLSQFitter", 2.0, lambda: with_astropy("LMLSQFitter")),
    ("astropy", "Gaussian1D within bounds, TRFLSQFitter", BOUNDED,
     lambda: with_astropy("TRFLSQFitter", amplitude=(0.0, 10.0))),
    ("photutils", "isophotes of 101 x 101 pixels", 2.0, with_photutils),
    ("specparam", "a spectrum of 79 frequencies", 2.0, with_specparam),
    ("refnx", "a Gaussian within bounds, 100 points", BOUNDED, with_refnx),
    ("xarray", "curvefit, 50 decays of 30 points", 2.0, with_xarray),
    ("xarray", "the same within bounds", BOUNDED, lambda: with_xarray(bounds={"b": (0.0, 5.0)})),
]  # fmt: skip


# ---- time inside the calls


Side = dict[str, Callable[..., Any]]


class Clock:
    """Functions in SciPy's place that call those of one side, and time each call without its callbacks."""

    def __init__(self) -> None:
        self.side: Side = {}
        self.calls: list[float] = []
        self.callbacks: list[int] = []
        self.count, self.outside = 0, 0.0
        self.heard: list[tuple[list[Any], Any]] = []  # of each call the callbacks, and what it returned

    def aside(self, function: Any) -> Any:
        """A callback whose time does not count."""
        if not callable(function):
            return function

        @functools.wraps(function)
        def callback(*args: Any, **kwargs: Any) -> Any:
            begin = perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                self.outside += perf_counter() - begin
                self.count += 1

        return callback

    def timed(self, name: str) -> Callable[..., Any]:
        def call(function: Any, *args: Any, **kwargs: Any) -> Any:
            function = self.aside(function)
            kwargs = {key: self.aside(value) if key in DERIVATIVES else value for key, value in kwargs.items()}
            self.count, self.outside, begin = 0, 0.0, perf_counter()
            try:
                return self.side[name](function, *args, **kwargs)
            finally:
                self.calls.append(perf_counter() - begin - self.outside)
                self.callbacks.append(self.count)

        return call

    def run(self, side: Side, job: Job) -> list[float]:
        """The job with these functions: its time, and those of its calls."""
        self.side, self.calls, self.callbacks = side, [], []
        begin = thread_time()
        job()
        return [thread_time() - begin, *self.calls]

    # what the clock takes itself: the same callbacks in a loop instead of a fit

    def listener(self, scipys: Callable[..., Any]) -> Callable[..., Any]:
        """SciPy's function, with all callbacks of each call kept."""

        def listen(function: Any, *args: Any, **kwargs: Any) -> Any:
            heard: list[Any] = []

            def kept(key: str, callback: Any) -> Any:
                @functools.wraps(callback)
                def keep(*given: Any, **named: Any) -> Any:
                    points = [value.copy() if isinstance(value, np.ndarray) else value for value in given]
                    heard.append((key, points, named))
                    return callback(*given, **named)

                return keep

            named = {key: kept(key, value) if key in DERIVATIVES and callable(value) else value
                     for key, value in kwargs.items()}  # fmt: skip
            result = scipys(kept("", function), *args, **named)
            self.heard.append((heard, result))
            return result

        return listen

    def loop(self, function: Any, *_: Any, **kwargs: Any) -> Any:
        """The callbacks of a call once more, and what it returned."""
        heard, result = self.heard[len(self.calls)]
        callbacks = {"": function} | kwargs
        for key, given, named in heard:
            callbacks[key](*given, **named)
        return result


@contextmanager
def in_place(clock: Clock) -> Iterator[list[Side]]:
    """Put the clock's functions where packages look for SciPy's; SciPy's and minpack's."""
    scipys = {name: getattr(scipy.optimize, name) for name in NAMES}
    with minpack.scipy.use():
        ours = {name: getattr(scipy.optimize, name) for name in NAMES}
        own = scipy.optimize._minpack_py, scipy.optimize._lsq, scipy.optimize._lsq.least_squares
        timed = {id(ours[name]): clock.timed(name) for name in NAMES}
        inside = [id(vars(module)) for module in own]
        changed = replace(timed, [names for names in namespaces() if id(names) not in inside])
        try:
            yield [scipys, ours]
        finally:
            replace({id(new): ours[name] for name, new in zip(NAMES, timed.values(), strict=True)}, changed)


def compare(package: str, what: str, aim: float, job: Job) -> list[Row]:
    """Time a job both ways in turn: the least times of it, and of each of its calls without what the clock takes."""
    clock = Clock()
    with in_place(clock) as sides, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        clock.run({name: clock.listener(scipys) for name, scipys in sides[0].items()}, job)
        sides.append(dict.fromkeys(NAMES, clock.loop))
        counts, once = [], 0.0
        for side in sides:
            once += clock.run(side, job)[0]
            counts.append(np.array([0, *clock.callbacks]))
        rounds = min(max(int(SECONDS / once), ROUNDS[0]), ROUNDS[-1])
        theirs, ours, loop = (np.min(runs, axis=0) for runs in zip(*(
            [clock.run(side, job) for side in sides] for _ in range(rounds)
        ), strict=True))  # fmt: skip
    of_clock = loop / np.maximum(counts[2], 1)  # per callback
    theirs, ours = theirs - of_clock * counts[0], ours - of_clock * counts[1]
    calls = theirs.size - 1
    inside = np.median(theirs[1:] / ours[1:])
    return [
        Row(PEER, f"{package}: {what}", ours[0], theirs[0], theirs[0] / ours[0], None),
        Row(PEER, f"  inside its {calls} calls" if calls > 1 else "  inside its call",
            float(np.median(ours[1:])), float(np.median(theirs[1:])), float(inside), aim),
    ]  # fmt: skip


def rows() -> list[Row]:
    """The rows of all packages that are installed."""
    return [
        row for package, what, aim, make in JOBS if find_spec(package) is not None
        for row in compare(package, what, aim, make())
    ]  # fmt: skip


if __name__ == "__main__":
    from bench import print_rows

    print_rows(rows())
