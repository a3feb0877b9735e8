"""Fit a model written in C, decay.c: one data set, then ten thousand, without Python in between.

Any shared library works. This example builds one with the system's compiler and loads it with ctypes.
"""

import ctypes
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

import minpack

POINTS, FITS = 50, 10_000


def build(folder: Path) -> ctypes.CDLL:
    """Build a library from decay.c; minpack.h declares the types of its functions."""
    compiler = shutil.which("cc")
    if compiler is None:
        sys.exit("this example needs a C compiler, cc")
    library = folder / "decay.so"
    source = Path(__file__).with_name("decay.c")
    flags = ["-O2", "-shared", "-fPIC", "-Wall", "-Wextra", "-Werror"]
    subprocess.run([compiler, *flags, f"-I{minpack.get_include()}", source, "-o", library, "-lm"], check=True)
    return ctypes.CDLL(str(library))


def main() -> None:
    """Fit, and print the results."""
    rng = np.random.default_rng(0)
    t = np.linspace(0.0, 4.0, POINTS)
    true = rng.uniform([2.0, 0.8, 0.2], [3.0, 1.8, 0.6], size=(FITS, 3))
    y = true[:, :1] * np.exp(-true[:, 1:2] * t) + true[:, 2:] + rng.normal(scale=0.01, size=(FITS, POINTS))
    data = np.stack([np.broadcast_to(t, y.shape), y], axis=1)  # ctx points to the times and values of a fit

    with tempfile.TemporaryDirectory() as folder:
        library = build(Path(folder))
        x, ier = minpack.leastsq(library.decay, [1.0, 1.0, 1.0], args=(data[0],), Dfun=library.decay_jacobian, m=POINTS)
        print("one fit:", x.round(3), "true:", true[0].round(3), "code:", ier)
        result = minpack.leastsq_batch(
            library.decay, np.ones((FITS, 3)), args=(data,), Dfun=library.decay_jacobian, m=POINTS, workers=-1
        )
    print(f"{FITS} fits: {result.success.sum()} converged,", end=" ")
    print("median error of the parameters:", np.median(abs(result.x - true), axis=0).round(4))


if __name__ == "__main__":
    main()
