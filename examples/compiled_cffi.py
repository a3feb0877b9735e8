"""Fit a model in C that cffi compiles from within Python.

cffi's out-of-line mode builds an extension module; `ffi.addressof` gives a function pointer, whose type minpack checks.
"""

import importlib.util
import tempfile
from pathlib import Path
from typing import Any

import cffi
import numpy as np

import minpack

SOURCE = """
#include "minpack.h"

/* Michaelis and Menten; ctx points to m concentrations and m rates. */
static int
kinetics(void *ctx, int m, int n, const double *x, double *fvec)
{
    const double *s = ctx, *v = s + m;

    if (x[1] < 0.0)
        return 1; /* the fit ends, with status STOPPED_BY_FUNCTION */
    for (int i = 0; i < m; i++)
        fvec[i] = x[0] * s[i] / (x[1] + s[i]) - v[i];
    return 0;
}
"""


def build(folder: Path) -> Any:
    """Compile and import the module."""
    ffi = cffi.FFI()
    ffi.cdef("int kinetics(void *ctx, int m, int n, const double *x, double *fvec);")
    ffi.set_source("kinetics_cffi", SOURCE, include_dirs=[minpack.get_include()])
    spec = importlib.util.spec_from_file_location("kinetics_cffi", ffi.compile(tmpdir=str(folder)))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main() -> None:
    """Fit, and print the results."""
    s = np.array([0.5, 1.0, 2.0, 4.0, 8.0, 16.0])
    true = np.array([[3.0, 1.5], [2.0, 4.0], [5.0, 0.7]])
    v = true[:, :1] * s / (true[:, 1:] + s)
    data = np.stack([np.broadcast_to(s, v.shape), v], axis=1)

    with tempfile.TemporaryDirectory() as folder:
        module = build(Path(folder))
        kinetics = module.ffi.addressof(module.lib, "kinetics")
        x, ier = minpack.leastsq(kinetics, [1.0, 1.0], args=(data[0],), m=s.size)
        print("one fit:", x.round(6), "code:", ier)
        result = minpack.leastsq_batch(kinetics, np.ones((3, 2)), args=(data,), m=s.size)
    print("three:", result.x.round(6).tolist(), "codes:", result.status.tolist())
    print("left the domain:", np.flatnonzero(result.status == minpack.STOPPED_BY_FUNCTION).tolist())


if __name__ == "__main__":
    main()
