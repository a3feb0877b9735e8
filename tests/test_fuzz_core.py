"""A few of the random problems that `make fuzz` runs by the hundred thousand."""

import os
import shutil
from pathlib import Path

import pytest

import fuzz_core
from oracles import NETLIB


@pytest.mark.any_python
@pytest.mark.skipif(NETLIB is None, reason="libminpack is not installed")
@pytest.mark.skipif(shutil.which(os.environ.get("CC", "cc")) is None, reason="needs a C compiler")
def test_random_problems(tmp_path: Path) -> None:
    different, seen = fuzz_core.run(fuzz_core.load(str(tmp_path)), range(1, 5001))
    assert different == []
    # enough of everything: each way to run a fit, each routine, each outcome
    assert min(seen[what] for what in ("lmdif", "lmder", "lmstr", "steps")) > 1000
    assert min(seen[what] for what in ("enorm", "qrfac", "qrsolv", "lmpar", "rwupdt")) > 800
    assert min(seen[f"info {info}"] for info in range(9)) > 8
    assert seen["not finite, as netlib"] > 200
    assert seen["qrfac_lanes"] == 5000
