"""Fits of all kinds at once in many threads, or a great many of them in one: `python tests/stress.py --help`."""

import argparse
import ctypes
import gc
import importlib.util
import itertools
import resource
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from minpack import curve_fit, curve_fit_batch, fit, least_squares, leastsq, leastsq_batch

T = np.linspace(0.0, 4.0, 12)
POINTERS = [ctypes.POINTER(ctypes.c_double)] * 2
ROW, COLUMN = np.arange(1600.0)[:, None], np.arange(12.0)
# of a size at which the lock is released within a fit
LARGE = ((7.0 * ROW + 13.0 * COLUMN * COLUMN + ROW * COLUMN) % 31.0 - 15.0) / 16.0


def model(t: Any, a: Any, b: Any) -> Any:
    return a / (1.0 + b * b * t)


def slopes(t: Any, a: Any, b: Any) -> Any:
    below = 1.0 + b * b * t
    return 1.0 / below, -2.0 * a * b * t / (below * below)


def data(seed: int, count: int = 1) -> Any:
    """Rows that are like the model, and not like each other."""
    k = np.arange(seed, seed + count)[:, None]
    return (1.0 + k % 7) / (1.0 + (0.5 + k % 5) * T) + 0.01 * ((k + 3 * np.arange(12)) % 5)


def residuals(x: Any, y: Any) -> Any:
    return model(T, *x) - y


def of_rows(x: Any, y: Any) -> Any:
    return model(T, x[:, :1], x[:, 1:]) - y


def jacobian(x: Any, y: Any) -> Any:
    return np.stack(slopes(T, *x), axis=1)


@ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_int, *POINTERS)
def by_pointer(ctx: Any, m: int, n: int, x: Any, fvec: Any) -> int:
    """Called without the lock, which ctypes takes for it."""
    y = np.ctypeslib.as_array(ctypes.cast(ctx, POINTERS[0]), (m,))
    np.ctypeslib.as_array(fvec, (m,))[:] = residuals((x[0], x[1]), y)
    return 0


def elsewhere(x: Any, y: Any) -> Any:
    """Residuals, and a fit in another thread for each of them."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: residuals(x, y) + 0.0 * leastsq(residuals, [1.0, 1.0], (y,))[0][0]).result()


def large(x: Any, seed: int) -> Any:
    value = np.full(len(LARGE), -1.0 - seed % 3)
    for column, element in zip(LARGE.T, x, strict=True):
        value += column * element * (1.0 + 0.125 * element)
    return value


class Enough(Exception):
    """What the models of fits raise that are to fail."""


def failing(x: Any, y: Any) -> Any:
    if x[0] != 1.0:
        raise Enough
    return residuals(x, y)


def interrupted(t: Any, a: Any, b: Any) -> Any:
    if np.any(a != 1.0):
        raise KeyboardInterrupt
    return model(t, a, b)


def of_failure(function: Callable[[], Any]) -> bytes:
    try:
        function()
    except (Enough, KeyboardInterrupt, ValueError, TypeError) as error:
        return type(error).__name__.encode()
    return b"no error"


def of_batch(result: Any) -> bytes:
    return b"".join(array.tobytes() for array in result.arrays())


def fair(z: Any) -> Any:
    root = np.sqrt(1.0 + z)
    return np.stack((2.0 * (root - 1.0), 1.0 / root, -0.5 / (root * root * root)))


def bounds(seed: int) -> tuple[Any, Any]:
    """None that hold, one that holds from the start on, one that cuts the optimum off."""
    return [([0.0, -np.inf], [np.inf, 99.0]), ([1.0, 0.0], [np.inf, np.inf]), ([0.0, 0.0], [1.5, 1.2])][seed % 3]


def method_of(seed: int) -> dict[str, Any]:
    return {"method": ("trf", "dogbox")[seed % 2], "loss": ("linear", "huber", "soft_l1", "cauchy", "arctan", fair)[
        seed % 6], "f_scale": 0.3, "bounds": bounds(seed)}  # fmt: skip


def counts(seed: int, count: int = 1) -> Any:
    return np.floor(8.0 * data(seed, count))


def poisson(seed: int) -> dict[str, Any]:
    """With MINPACK's method, and within bounds."""
    return {"likelihood": "poisson"} | ({} if seed % 2 else {"bounds": bounds(seed)})


def of_bounded(result: Any) -> bytes:
    return b"".join(np.asarray(result[name]).tobytes() for name in ("x", "fun", "jac", "grad", "active_mask"))


def within(seed: int, **options: Any) -> bytes:
    y = data(seed)[0]
    return of_bounded(least_squares(residuals, START, args=(y,), **method_of(seed), **options))


START = [1.0, 1.0]
KINDS: dict[str, Callable[[int], bytes]] = {
    "leastsq": lambda k: leastsq(residuals, START, (data(k)[0],))[0].tobytes(),
    "Dfun": lambda k: leastsq(residuals, START, (data(k)[0],), jacobian, True)[1].tobytes(),
    "rows": lambda k: leastsq(residuals, START, (data(k)[0],), jacobian, True, by_rows=True)[2]["fjac"].tobytes(),
    "curve_fit": lambda k: curve_fit(model, T, data(k)[0], START, 1.0 + T)[1].tobytes(),
    "covariance": lambda k: curve_fit(model, T, data(k)[0], START, np.eye(12) + 0.1)[0].tobytes(),
    "fit": lambda k: fit(model, T, data(k)[0], START).covariance.tobytes(),
    "least_squares": lambda k: least_squares(lambda x: residuals(x, data(k)[0]), START).jac.tobytes(),
    "batch": lambda k: of_batch(curve_fit_batch(model, T, data(k, 20), START)),
    "workers": lambda k: of_batch(curve_fit_batch(model, T, data(k, 40), START, jac=slopes, workers=2)),
    "general": lambda k: of_batch(leastsq_batch(of_rows, np.ones((9, 2)), (data(k, 9),))),
    "compiled": lambda k: leastsq(by_pointer, START, (data(k)[0].copy(),), m=12)[0].tobytes(),
    "compiled batch": lambda k: of_batch(leastsq_batch(by_pointer, np.ones((5, 2)), (data(k, 5),), m=12, workers=2)),
    "failing": lambda k: of_failure(lambda: leastsq(failing, START, (data(k)[0],))),
    "interrupted": lambda k: of_failure(lambda: curve_fit(interrupted, T, data(k)[0], START)),
    "interrupted batch": lambda k: of_failure(
        lambda: curve_fit_batch(interrupted, T, data(k, 9), START, workers=1 + k % 2)
    ),
    "refused": lambda k: of_failure(lambda: leastsq(lambda x, y: [x], START, (data(k)[0],))),
    "elsewhere": lambda k: leastsq(elsewhere, START, (data(k)[0],))[0].tobytes(),
    "bounded": lambda k: within(k),
    "bounded jac": lambda k: within(k, jac=jacobian, x_scale="jac"),
    "bounded central": lambda k: within(k, jac="3-point", callback=lambda x: None),
    "bounded curve_fit": lambda k: curve_fit(model, T, data(k)[0], START, **method_of(k))[1].tobytes(),
    "bounded fit": lambda k: fit(model, T, data(k)[0], START, **method_of(k)).covariance.tobytes(),
    "bounded batch": lambda k: of_batch(
        curve_fit_batch(model, T, data(k, 20), START, workers=1 + k % 2, **method_of(k))
    ),
    "bounded general": lambda k: of_batch(leastsq_batch(of_rows, np.ones((9, 2)), (data(k, 9),), **method_of(k))),
    "bounded compiled": lambda k: of_batch(
        leastsq_batch(by_pointer, np.ones((5, 2)), (data(k, 5),), m=12, **{**method_of(k), "loss": "huber"})
    ),
    "bounded failing": lambda k: of_failure(
        lambda: least_squares(failing, START, args=(data(k)[0],), **method_of(k))
    ),
    "counts": lambda k: fit(model, T, counts(k)[0], START, **poisson(k)).covariance.tobytes(),
    "counts batch": lambda k: of_batch(
        curve_fit_batch(model, T, counts(k, 20), START, workers=1 + k % 2, **poisson(k))
    ),
    "refused bounds": lambda k: of_failure(lambda: curve_fit(model, T, data(k)[0], START, bounds=(2.0, 3.0))),
    "bounded large": lambda k: least_squares(
        lambda x: large(x, k), np.linspace(0.5, 1.0, 12), max_nfev=4, **{**method_of(k), "bounds": (0.0, 9.0)}
    ).x.tobytes(),
    "large": lambda k: leastsq(large, np.linspace(0.5, 1.0, 12), (k,), maxfev=15, full_output=True)[0].tobytes(),
}  # fmt: skip
if importlib.util.find_spec("numba") is not None:
    KINDS["numba"] = lambda k: of_batch(curve_fit_batch(model, T, data(k, 20), START, engine="numba", workers=2))
    KINDS["numba bounded"] = lambda k: of_batch(
        curve_fit_batch(model, T, data(k, 20), START, engine="numba", workers=2, **method_of(k))
    )
    KINDS["numba counts"] = lambda k: of_batch(
        curve_fit_batch(model, T, counts(k, 20), START, engine="numba", workers=2, **poisson(k))
    )

WEIGHTS = {
    "batch": 20, "numba": 20, "workers": 40, "general": 9, "compiled batch": 5, "bounded batch": 20,
    "bounded general": 9, "bounded compiled": 5, "numba bounded": 20,
    "counts batch": 20, "numba counts": 20,
}  # fmt: skip


def fits(count: int, kinds: list[str]) -> Iterator[tuple[str, int]]:
    return itertools.islice(((kind, k) for k in itertools.count() for kind in kinds), count)


def different_in_threads(threads: int, count: int) -> list[tuple[str, int]]:
    """Which fits give other bits when they run beside others than on their own."""
    tasks = list(fits(count, list(KINDS)))
    alone = [KINDS[kind](k) for kind, k in tasks]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(threads) as pool:
            beside = list(pool.map(lambda task: KINDS[task[0]](task[1]), tasks, chunksize=1))
    finally:
        sys.setswitchinterval(interval)
    return [task for task, a, b in zip(tasks, alone, beside, strict=True) if a != b]


def kilobytes_in_use() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() // 1024


def soak(count: int) -> bool:
    """Run so many fits; whether memory, objects and references stay as many."""
    slow = ("elsewhere", "large", "bounded large")  # and of nothing that others have not
    kinds = [kind for kind in KINDS if kind not in slow]
    # not the dtype float64, of which NumPy itself loses a reference in np.ones and np.empty
    shared = [None, True, np.dtype(np.int32), model, T, TypeError, np.ndarray]

    def state() -> tuple[int, int, int]:
        gc.collect()
        return kilobytes_in_use(), len(gc.get_objects()), sum(sys.getrefcount(item) for item in shared)

    begun, first = time.perf_counter(), None
    done = 0
    for tenth in range(11):  # and one before, to warm up
        weight = 0
        while weight < count // 10:
            for kind in kinds:
                KINDS[kind](done)
                weight += WEIGHTS.get(kind, 1)
            done += 1
        now = state()
        first = first or now
        print(f"{tenth * count // 10:>9} fits: {now[0]:>8} kB resident, {now[1]} objects, {now[2]} references, "
              f"{time.perf_counter() - begun:.0f} s", flush=True)  # fmt: skip
    more = [b - a for a, b in zip(first, now, strict=True)]
    print(f"growth from the first line to the last: {more[0]} kB, {more[1]} objects, {more[2]} references")
    # allocators settle by a few hundred kB; a block of 16 bytes lost by each third fit would be more
    return more[0] < max(4000, 5 * count // 1024) and more[1] < 200 and more[2] < 200


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=16)
    parser.add_argument("--fits", type=int, default=20_000, help="run in threads, and compared with those run alone")
    parser.add_argument("--soak", type=int, metavar="FITS", help="run so many in this thread, and watch the memory")
    parser.add_argument("--skip", help="the kinds of fits to leave out, those whose names begin with this")
    arguments = parser.parse_args()
    for kind in list(KINDS):
        if arguments.skip and kind.startswith(arguments.skip):
            del KINDS[kind]
    warnings.simplefilter("ignore")
    if arguments.soak:
        return 0 if soak(arguments.soak) else 1
    different = different_in_threads(arguments.threads, arguments.fits)
    print(f"{arguments.fits} fits of {len(KINDS)} kinds in {arguments.threads} threads")
    print(f"{len(different)} differ {different[:9]}")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
