"""How a batch is run: in parts, by workers, with progress, into arrays that are there, and on after an interruption."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import minpack
from minpack import BatchResult, curve_fit_batch
from support.rows import Batch, T, data, ratio


@pytest.mark.parametrize("workers", [2, 3, -1, "threads", "map"])
def test_workers_leave_the_bits_alone(batch: Batch, workers: Any) -> None:
    y = data(500)
    y[::11] = np.nan
    expected = batch(ratio, T, y, np.ones(3))
    with ThreadPoolExecutor(2) as pool:
        maps = {"threads": pool.map, "map": map}
        result = batch(ratio, T, y, np.ones(3), workers=maps.get(workers, workers))
    for ours, theirs in zip(result.arrays(), expected.arrays(), strict=True):
        assert ours.tobytes() == theirs.tobytes()


@pytest.mark.parametrize("kind", [RuntimeError, MemoryError])
def test_a_thread_that_cannot_start(monkeypatch: pytest.MonkeyPatch, kind: type[Exception]) -> None:
    """The error names the argument, and the threads that have started end."""
    started, start = [], threading.Thread.start

    def start_two(thread: threading.Thread) -> None:
        if len(started) == 2:
            raise kind("can't start new thread")
        started.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", start_two)
    slow = threading.Event()

    def model(t: Any, *p: Any) -> Any:
        slow.wait(0.01)  # else one thread may do all the work
        return ratio(t, *p)

    with pytest.raises(RuntimeError, match="cannot start 5 threads: pass fewer workers; got workers=5") as raised:
        curve_fit_batch(model, T, data(500), np.ones(3), workers=5)
    assert isinstance(raised.value.__cause__, kind)
    assert len(started) == 2
    assert not any(thread.is_alive() for thread in started)


def test_the_calling_thread_is_one_of_the_workers() -> None:
    seen, slow = set(), threading.Event()

    def model(t: Any, *p: Any) -> Any:
        seen.add(threading.current_thread())
        slow.wait(0.01)  # else one thread may do all the work
        return ratio(t, *p)

    curve_fit_batch(model, T, data(500), np.ones(3), workers=2)
    assert len(seen) == 2
    assert threading.current_thread() in seen


def test_an_error_in_another_thread_ends_the_batch() -> None:
    mine, slow, calls = threading.current_thread(), threading.Event(), 0

    def model(t: Any, *p: Any) -> Any:
        nonlocal calls
        if threading.current_thread() is not mine:
            raise ZeroDivisionError("not here")
        calls += 1
        slow.wait(0.01)
        return ratio(t, *p)

    with pytest.raises(ZeroDivisionError, match="not here"):
        curve_fit_batch(model, T, data(500), np.ones(3), workers=2)
    assert calls < 40  # all by itself the thread would make more than a hundred


@pytest.mark.filterwarnings("ignore:50 of 300 fits ended at the start:UserWarning")
def test_any_order_and_any_company(batch: Batch) -> None:
    """Failing fits, NaN rows, fits with few points: the others do not notice."""
    y = data(200)
    lone = batch(ratio, T, y, np.ones(3))
    mixed = np.concatenate([y, np.full((50, T.size), np.nan), 1e200 * y[:50]])
    order = np.random.default_rng(2).permutation(len(mixed))
    result = batch(ratio, T, mixed[order], np.ones(3))
    back = np.argsort(order)
    for ours, theirs in zip(result.arrays(), lone.arrays(), strict=True):
        assert ours[back][:200].tobytes() == theirs.tobytes()
    assert (result.status[back][200:250] == minpack.NOT_FINITE_AT_START).all()


def test_out_keeps_what_was_finished_and_goes_on() -> None:
    """An error in the middle, as Ctrl-C is one, leaves the finished rows; the rest is run by a second call."""
    y = data(3000)
    expected = curve_fit_batch(ratio, T, y, np.ones(3))
    calls = 0

    def interrupted(t: Any, a: Any, b: Any, c: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 40:
            raise KeyboardInterrupt
        return ratio(t, a, b, c)

    for workers in (1, 2):
        calls = 0
        out = BatchResult.empty(3000, 3)
        with pytest.raises(KeyboardInterrupt):
            curve_fit_batch(interrupted, T, y, np.ones(3), out=out, workers=workers)
        finished = out.status != minpack.NOT_RUN_YET
        assert 0 < finished.sum() < 3000
        assert out.x[finished].tobytes() == expected.x[finished].tobytes()
        assert np.isnan(out.x[~finished]).all()
        kept = out.x[finished].copy()
        assert curve_fit_batch(ratio, T, y, np.ones(3), out=out, workers=workers) is out
        assert out.x[finished].tobytes() == kept.tobytes()
        for ours, theirs in zip(out.arrays(), expected.arrays(), strict=True):
            assert ours.tobytes() == theirs.tobytes()


class _Dying(np.ndarray):
    """Arrays that share a number of copies, after which the next one raises."""

    left = 0

    def __setitem__(self, key: Any, value: Any) -> None:
        if _Dying.left == 0:
            raise OSError("disk full")
        _Dying.left -= 1
        super().__setitem__(key, value)


@pytest.mark.parametrize("copies", range(5))
def test_out_has_all_of_a_fit_that_has_a_status(copies: int) -> None:
    """However few of the arrays of a part were copied, what is there after resuming is what one run gives."""
    y = data(40)
    expected = curve_fit_batch(ratio, T, y, np.ones(3))
    out = BatchResult.empty(40, 3)
    _Dying.left = copies
    with pytest.raises(OSError, match="disk full"):
        dying = BatchResult(*(array.view(_Dying) for array in out.arrays()))
        curve_fit_batch(ratio, T, y, np.ones(3), out=dying, workers=map)
    curve_fit_batch(ratio, T, y, np.ones(3), out=out)
    for ours, theirs in zip(out.arrays(), expected.arrays(), strict=True):
        assert ours.tobytes() == theirs.tobytes()


def test_out_may_be_memory_maps(batch: Batch, tmp_path: Any) -> None:
    y = data(50)
    pattern = BatchResult.empty(50, 3)
    names = ("x", "cov", "status", "nfev", "cost")
    maps = {}
    for name, array in zip(names, pattern.arrays(), strict=True):
        maps[name] = np.memmap(tmp_path / name, dtype=array.dtype, shape=array.shape, mode="w+")
        maps[name][:] = array
    batch(ratio, T, y, np.ones(3), out=BatchResult(**maps))
    assert maps["x"].tobytes() == batch(ratio, T, y, np.ones(3)).x.tobytes()


def test_memory_does_not_grow_with_the_number_of_fits(batch: Batch) -> None:
    import tracemalloc

    peaks = []
    for count in (2_000, 20_000):
        y, out = data(count), BatchResult.empty(count, 3)
        tracemalloc.start()
        batch(ratio, T, y, np.ones(3), out=out)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0] + 100_000


def test_progress(batch: Batch, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tqdm")
    for workers in (1, 2, map):
        batch(ratio, T, data(400), np.ones(3), progress=True, workers=workers)
        assert "400/400" in capsys.readouterr().err


def test_threads_may_run_batches_of_their_own(batch: Batch) -> None:
    y = data(300)
    expected = batch(ratio, T, y, np.ones(3)).x.tobytes()
    results: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: results.append(batch(ratio, T, y, np.ones(3)).x.tobytes())) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [expected] * 4


def test_arrays_that_a_model_would_resize() -> None:
    """NumPy refuses, as long as the batch works on their memory, and no longer."""
    y, p0, sigma, out = data(40), np.ones((40, 3)), np.ones((40, T.size)), BatchResult.empty(40, 3)
    expected = curve_fit_batch(ratio, T, y, p0, sigma=sigma)
    refused = 0

    def resizing(t: Any, *p: Any) -> Any:
        nonlocal refused
        for array in (y, *out.arrays()):
            with pytest.raises(ValueError, match="cannot resize"):
                array.resize(1, refcheck=False)
            refused += 1
        return ratio(t, *p)

    assert curve_fit_batch(resizing, T, y, p0, sigma=sigma, out=out).x.tobytes() == expected.x.tobytes()
    assert refused >= 6
    y.resize(1, refcheck=False)


def test_a_model_may_use_its_array_again_though_its_derivatives_call_it() -> None:
    x, arrays = np.linspace(0.0, 3.0, 20), dict[Any, Any]()

    def f(x: Any, a: Any, b: Any) -> Any:
        shape = np.broadcast_shapes(np.shape(a), x.shape)
        return np.multiply(a, np.exp(-b * x), out=arrays.setdefault(shape, np.empty(shape)))

    def jac(x: Any, a: Any, b: Any) -> Any:
        return np.stack([f(x, 1.0 + 0.0 * a, b) + 0.0, f(x, -a, b) * x], axis=-1)

    a, b = np.array([[2.0, 5.0, 3.0, 1.0], [0.5, 3.0, 1.0, 0.1]])[..., np.newaxis]
    y = a * np.exp(-b * x) + 0.1 * np.cos(9.0 * x)
    found = curve_fit_batch(f, x, y, [1.0, 1.0], jac=jac)
    expected = curve_fit_batch(lambda *at: f(*at).copy(), x, y, [1.0, 1.0], jac=jac)
    assert np.array_equal(found.x, expected.x)
    assert np.array_equal(found.nfev, expected.nfev)
