"""Run a million fits with progress, kill them in the middle, resume, and measure the memory. Run with `make million`.

The parent writes the data and empty results as memory maps, starts a process that fits, kills it when about half is
done, starts another that continues, and compares all bits of the result with those of an uninterrupted run.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import minpack
from minpack import BatchResult, curve_fit_batch

COUNT, POINTS = 1_000_000, 50
T = np.linspace(0.0, 4.0, POINTS)
NAMES = ("x", "cov", "status", "nfev", "cost")


def decay(t: np.ndarray, a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """A hyperbola: with plain arithmetic, the bits do not depend on what is evaluated together."""
    return a / (1.0 + b * t) + c


def write_data(folder: Path) -> None:
    rng = np.random.default_rng(0)
    y = np.memmap(folder / "y", dtype=float, shape=(COUNT, POINTS), mode="w+")
    for begin in range(0, COUNT, 10_000):
        p = rng.uniform([1.0, 0.5, 0.0], [4.0, 2.0, 1.0], size=(10_000, 3))
        noise = rng.normal(scale=0.02, size=(10_000, POINTS))
        y[begin : begin + 10_000] = decay(T, *(p[:, j : j + 1] for j in range(3))) + noise


def results(folder: Path, mode: str) -> BatchResult:
    maps = {}
    for name, pattern in zip(NAMES, BatchResult.empty((), 3).arrays(), strict=True):
        maps[name] = np.memmap(folder / name, dtype=pattern.dtype, shape=(COUNT, *pattern.shape), mode=mode)
        if mode == "w+":
            maps[name][:] = pattern
    return BatchResult(**maps)


def anonymous_memory() -> int:
    """Bytes of this process that belong to no file, so without memory-mapped input and output."""
    text = Path("/proc/self/status").read_text()
    return 1024 * int(text.partition("RssAnon:")[2].split()[0])


def fit(folder: Path, workers: int) -> None:
    y = np.memmap(folder / "y", dtype=float, shape=(COUNT, POINTS), mode="r")
    out = results(folder, "r+")
    before, peak = anonymous_memory(), 0
    calls = 0

    def watched(*args: np.ndarray) -> np.ndarray:
        nonlocal peak, calls
        calls += 1
        if calls % 100 == 0:
            peak = max(peak, anonymous_memory())
        return decay(*args)

    start = time.perf_counter()
    curve_fit_batch(watched, T, y, np.ones(3), out=out, workers=workers, progress=True)
    print(f"{time.perf_counter() - start:.1f} s, memory beyond input and output at most {(peak - before) / 1e6:.1f} MB")


def run(folder: Path, workers: int = 1) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, __file__, str(folder), str(workers)])


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_data(folder)
        out = results(folder, "w+")
        print("in one go:")
        assert run(folder).wait() == 0
        whole = {name: (folder / name).read_bytes() for name in NAMES}

        out = results(folder, "w+")
        print("killed in the middle:")
        process = run(folder, workers=2)
        while (out.status != minpack.NOT_RUN_YET).mean() < 0.4:
            time.sleep(0.2)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        print(f"\n{(out.status != minpack.NOT_RUN_YET).mean():.0%} done when it was killed; resumed:")
        assert run(folder, workers=2).wait() == 0
        same = all((folder / name).read_bytes() == whole[name] for name in NAMES)
        print("the same to the bit" if same else "NOT the same", f"; {out.success.mean():.2%} converged", sep="")
        sys.exit(not same)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        fit(Path(sys.argv[1]), int(sys.argv[2]))
    else:
        main()
