"""Batches of Dask arrays: nothing before its time, each block once, and the bits of NumPy's result, whoever runs it."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from minpack import NOT_FINITE_AT_START, BatchResult, curve_fit_batch
from support.rows import T, data, ratio, ratio_jac

dask = pytest.importorskip("dask", reason="Dask is not installed")
da = pytest.importorskip("dask.array", reason="Dask's arrays are not installed")


def assert_same(result: BatchResult, expected: BatchResult) -> None:
    for ours, theirs in zip(result.arrays(), expected.arrays(), strict=True):
        assert (ours.shape, ours.dtype) == (theirs.shape, theirs.dtype)
        assert ours.tobytes() == theirs.tobytes()


def cube() -> np.ndarray:
    """6 by 5 data sets; two of them cannot be fitted."""
    y = data(30).reshape(6, 5, T.size)
    y[1, 2], y[4, 0, 3] = np.nan, np.inf
    return y


def compute(result: BatchResult, **options: Any) -> BatchResult:
    (computed,) = dask.compute(result, **options)
    assert isinstance(computed, BatchResult)
    return computed


@pytest.mark.parametrize("engine", ["numpy", "numba"])
@pytest.mark.parametrize("scheduler", ["synchronous", "threads", "processes"])
def test_bits_of_the_same_arrays_in_numpy(scheduler: str, engine: str) -> None:
    if engine == "numba":
        pytest.importorskip("numba", reason="numba is not installed")
    y = cube()
    expected = curve_fit_batch(ratio, T, y, np.ones(3))
    assert (expected.status == NOT_FINITE_AT_START).sum() == 2
    result = curve_fit_batch(ratio, T, da.from_array(y, chunks=(2, 3, -1)), np.ones(3), engine=engine)
    options = {"num_workers": 2} if scheduler == "processes" else {}
    assert_same(compute(result, scheduler=scheduler, **options), expected)


def test_what_is_announced_is_what_comes() -> None:
    result = curve_fit_batch(ratio, T, da.from_array(cube(), chunks=(4, 5, -1)), np.ones(3))
    for array, dtype in zip((*result.arrays(), result.success), ("f8", "f8", "i4", "i4", "f8", "?"), strict=True):
        assert isinstance(array, da.Array)
        assert array.dtype == array._meta.dtype == dtype
        assert array.chunks[:2] == ((4, 2), (5,))
        computed = array.compute()
        assert (computed.shape, computed.dtype) == (array.shape, array.dtype)


def test_each_block_is_fitted_once_and_not_before_it_is_asked_for() -> None:
    """However many of the outputs are computed together."""
    y = cube()
    calls: list[tuple[int, ...]] = []
    lock = threading.Lock()

    def counted(t: Any, a: Any, b: Any, c: Any) -> Any:
        with lock:
            calls.append(np.shape(a))
        return ratio(t, a, b, c)

    expected = curve_fit_batch(counted, T, y[:2], np.ones(3))
    calls_of_a_block = len(calls)
    calls.clear()

    source = da.from_array(np.concatenate([y[:2]] * 3), chunks=(2, 5, -1), name="three times the same")
    read: list[int] = []

    def reading(block: np.ndarray) -> np.ndarray:
        read.append(len(block))
        return block

    lazy = source.map_blocks(reading, dtype=source.dtype, meta=np.empty((0, 0, 0)))
    result = curve_fit_batch(counted, T, lazy, np.ones(3))
    success = result.success
    assert calls == read == []
    computed, converged = dask.compute(result, success, scheduler="threads")
    assert len(calls) == 3 * calls_of_a_block
    assert read == [2, 2, 2]
    assert computed.x[2:4].tobytes() == expected.x.tobytes()
    assert converged.tolist() == computed.success.tolist()

    calls.clear()
    result.x[:2].compute()
    assert len(calls) == calls_of_a_block  # of one block, as the others are not needed


@pytest.mark.parametrize("chunked", [False, True], ids=["numpy", "dask"])
def test_all_arguments_a_fit(chunked: bool) -> None:
    """p0, sigma and abscissae are brought into the chunks of the data."""
    y = cube()
    rng = np.random.default_rng(1)
    p0, sigma = rng.uniform(0.5, 2.0, size=(6, 5, 3)), rng.uniform(0.5, 2.0, size=y.shape)
    x = T * rng.uniform(0.9, 1.1, size=(6, 5, 1))
    jac, two = ratio_jac, np.stack([x, x], axis=2)
    wrap: Any = partial(da.from_array, chunks=3) if chunked else np.asarray
    lazy = da.from_array(y, chunks=(4, 2, -1))

    def predictors(x: Any, a: Any, b: Any, c: Any) -> Any:
        return ratio(x[0], a, b, c) + 0.0 * x[1]

    common: dict[str, Any] = {"nan_policy": "omit", "absolute_sigma": True}
    for f, abscissa, more in [(ratio, x, {"jac": jac}), (predictors, two, {}), (ratio, T, {"workers": 2})]:
        expected = curve_fit_batch(f, abscissa, y, p0, sigma=sigma, **common, **more)
        result = curve_fit_batch(f, wrap(abscissa), lazy, wrap(p0), sigma=wrap(sigma), **common, **more)
        assert_same(compute(result), expected)
    for deviations in (0.1, np.linspace(0.1, 0.5, T.size)):
        expected = curve_fit_batch(ratio, T, y, np.ones(3), sigma=deviations)
        assert_same(compute(curve_fit_batch(ratio, T, lazy, np.ones(3), sigma=deviations)), expected)


def test_blocks_with_as_many_fits_as_predictors() -> None:
    """The two predictors must not become the abscissae of the two fits of a block."""
    x = np.stack([T, T**2])
    y = data(6)

    def predictors(x: Any, a: Any, b: Any, c: Any) -> Any:
        return ratio(x[0], a, b, c) + 0.0 * x[1]

    expected = curve_fit_batch(predictors, x, y, np.ones(3))
    assert expected.success.all()
    assert_same(compute(curve_fit_batch(predictors, x, da.from_array(y, chunks=(2, -1)), np.ones(3))), expected)


def test_one_fit_and_none() -> None:
    y = data(1)
    one = compute(curve_fit_batch(ratio, T, da.from_array(y[0]), np.ones(3)))
    assert_same(one, curve_fit_batch(ratio, T, y[0], np.ones(3)))
    none = compute(curve_fit_batch(ratio, T, da.from_array(y[:0]), np.ones(3)))
    assert_same(none, curve_fit_batch(ratio, T, y[:0], np.ones(3)))


def test_chunks_along_the_data_are_told() -> None:
    y = da.from_array(cube(), chunks=(6, 5, 8))
    with pytest.raises(ValueError, match=r"a fit needs all its points.*ydata\.rechunk\(\{-1: -1\}\)"):
        curve_fit_batch(ratio, T, y, np.ones(3))
    assert_same(
        compute(curve_fit_batch(ratio, T, y.rechunk({-1: -1}), np.ones(3))),
        curve_fit_batch(ratio, T, cube(), np.ones(3)),
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"out": BatchResult.empty((6, 5), 3)}, "out must be None for Dask arrays.*to_zarr"),
        ({"progress": True}, "progress must be False for Dask arrays.*ProgressBar"),
        ({"workers": map}, "workers must be a number"),
        ({"p0": np.ones((5, 3))}, r"p0 must have shape \(n\).*\(6, 5\).*\(5, 3\)"),
        ({"p0": 1.0}, "p0 must have shape"),
        ({"p0": []}, "p0 must have shape"),
        ({"xdata": T[1:]}, "xdata must have shape"),
        ({"sigma": np.ones(3)}, r"sigma must .*got shape \(3,\)"),
        ({"sigma": np.ones((6, 1, T.size))}, "sigma must have shape"),
        ({"engine": "abacus"}, "engine must be"),
        ({"nan_policy": "hide"}, "nan_policy must be"),
        ({"reference": "hearsay"}, "reference must be"),
        ({"diag": [1.0, 2.0]}, "diag"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_is_wrong_is_told_at_once(change: dict[str, Any], words: str) -> None:
    """And not by a worker, hours later."""

    def not_to_be_called(*args: Any) -> Any:
        raise AssertionError

    lazy = da.from_array(cube(), chunks=(2, 5, -1))
    arguments: dict[str, Any] = {"xdata": T, "ydata": lazy, "p0": np.ones(3)} | change
    with pytest.raises(ValueError, match=words):
        curve_fit_batch(not_to_be_called, **arguments)


def test_unknown_sizes_are_told() -> None:
    y = da.from_array(data(6), chunks=(2, -1))
    with pytest.raises(ValueError, match=r"ydata\.compute_chunk_sizes\(\)"):
        curve_fit_batch(ratio, T, y[y[:, 0] > 0.0], np.ones(3))


def test_an_error_of_the_model_comes_out() -> None:
    class Refusal(Exception):
        pass

    def refusing(*args: Any) -> Any:
        raise Refusal

    result = curve_fit_batch(refusing, T, da.from_array(data(4), chunks=(2, -1)), np.ones(3))
    with pytest.raises(Refusal):
        compute(result, scheduler="threads")


# ---- processes that may die


def hurried(t: Any, a: Any, b: Any, c: Any, started: str, delay: float) -> Any:
    """A model that leaves a mark for each process that runs it, and takes its time."""
    Path(started, str(os.getpid())).touch()
    time.sleep(delay)
    return ratio(t, a, b, c)


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    distributed = pytest.importorskip("distributed", reason="distributed is not installed")
    settings = {
        "distributed.scheduler.worker-saturation": 1.0,  # blocks wait at the scheduler, not at a worker about to die
        "distributed.comm.timeouts.connect": "30s",
        "distributed.admin.system-monitor.gil.enabled": False,
    }
    with (
        dask.config.set(settings),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=":0",
            worker_dashboard_address=":0", memory_limit=0, silence_logs=50,
        ) as cluster,
        distributed.Client(cluster, timeout=60) as client,
    ):  # fmt: skip
        client.wait_for_workers(2, timeout=60)
        yield client


def pids(client: Any) -> set[int]:
    return set(client.run(os.getpid).values())


def test_two_worker_processes(client: Any, tmp_path: Path) -> None:
    y = data(200)
    expected = curve_fit_batch(ratio, T, y, np.ones(3))
    lazy = da.from_array(y, chunks=(20, -1))
    model = partial(hurried, started=str(tmp_path), delay=0.002)
    result = curve_fit_batch(model, T, lazy, np.ones(3))
    assert_same(compute(result), expected)  # the client is whom Dask asks by default
    assert {int(mark.name) for mark in tmp_path.iterdir()} == pids(client)  # both of them, and not this one


def test_a_worker_killed_in_the_middle(client: Any, tmp_path: Path) -> None:
    """Its blocks are fitted by the others, and the result is what it would have been."""
    y = data(200)
    expected = curve_fit_batch(ratio, T, y, np.ones(3))
    before = pids(client)
    model = partial(hurried, started=str(tmp_path), delay=0.01)
    result = curve_fit_batch(model, T, da.from_array(y, chunks=(10, -1)), np.ones(3))
    futures = client.compute(list(result.arrays()))
    deadline = time.monotonic() + 20.0
    while len(list(tmp_path.iterdir())) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    victim = min(int(mark.name) for mark in tmp_path.iterdir())
    assert victim in before
    assert not any(future.done() for future in futures)
    os.kill(victim, signal.SIGKILL)
    assert_same(BatchResult(*(future.result(timeout=60) for future in futures)), expected)
    assert victim not in pids(client)
