"""What tests share: here a small problem for `leastsq`, its fits, and an interpreter to crash in."""

import functools
import os
import subprocess
import sys
import sysconfig
import textwrap
from pathlib import Path
from typing import Any

import numpy as np

from minpack import leastsq

FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
ROOT = Path(__file__).resolve().parents[2]
T = np.array([0.0, 0.5, 1.0, 1.5, 2.0, 2.5])
Y = np.array([2.0, 1.3, 0.7, 0.5, 0.25, 0.2])
START = [1.0, 1.0]


def ratio(x: Any, t: Any = T, y: Any = Y) -> Any:
    """A hyperbola less the data; + - * / only, so that every machine has the same bits."""
    return x[0] / (1.0 + x[1] * t) - y


def ratio_jac(x: Any, t: Any = T, y: Any = Y) -> Any:
    """The Jacobian of `ratio`, shape (m, n)."""
    below = 1.0 + x[1] * t
    return np.column_stack([1.0 / below, -x[0] * t / (below * below)])


WAYS: dict[str, dict[str, Any]] = {
    "forward": {},
    "dfun": {"Dfun": ratio_jac},
    "rows": {"Dfun": ratio_jac, "by_rows": True},
}


@functools.cache
def expected(way: str) -> Any:
    """The fit of well-behaved callables."""
    return leastsq(ratio, START, full_output=True, **WAYS[way])


def assert_same(got: Any, way: str = "forward") -> None:
    """The same bits as the fit of well-behaved callables, in every field."""
    wanted = expected(way)
    assert got[0].tobytes() == wanted[0].tobytes()
    assert got[1].tobytes() == wanted[1].tobytes()
    for name in ("fvec", "fjac", "ipvt", "qtf"):
        assert got[2][name].tobytes() == wanted[2][name].tobytes()
    assert got[2]["nfev"] == wanted[2]["nfev"]
    assert got[4] == wanted[4]


# Under the sanitizers, which take address space for themselves, keep freed memory, and make all slower.
SANITIZED = "asan" in os.environ.get("LD_PRELOAD", "")


def run_apart(code: str, timeout: float = 60.0) -> None:
    """Run code in an interpreter of its own, where a crash or a hang is a failure of one test."""
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        timeout=10.0 * timeout if SANITIZED else timeout,
        check=False,
    )
    assert done.returncode == 0, done.stderr
