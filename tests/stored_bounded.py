"""Bounded fits of problems with the same bits on any machine, and our own stored answers to them.

`python tests/stored_bounded.py` writes data/bounded_answers.json anew.
"""

import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import problems
from bounded_driver import EXTENSION, Core, fit

ANSWERS = Path(__file__).parent / "data" / "bounded_answers.json"


def around(x0: Any, below: float, above: float) -> tuple[Any, Any]:
    reach = np.abs(x0) + 0.25
    return x0 - below * reach, x0 + above * reach


def options(x0: Any, jac: Any) -> dict[str, dict[str, Any]]:
    """Ways to fit, by name."""
    return {
        "trf": {"jac": jac},
        "trf jac-scale huber 2-point": {"x_scale": "jac", "loss": "huber", "f_scale": 0.125},
        "trf bounds": {"jac": jac, "bounds": around(x0, 0.5, 0.375)},
        "trf through-x0 soft_l1 3-point": {"jac": "3-point", "bounds": around(x0, 0.0, 1.5), "loss": "soft_l1"},
        "dogbox": {"jac": jac, "method": "dogbox"},
        "dogbox bounds jac-scale": {
            "jac": jac, "method": "dogbox", "x_scale": "jac", "bounds": around(x0, 0.375, 0.5)
        },
        "trf cauchy": {"jac": jac, "loss": "cauchy"},
        "dogbox arctan": {"jac": jac, "method": "dogbox", "loss": "arctan", "f_scale": 4.0},
        "dogbox through-x0 2-point huber": {"method": "dogbox", "bounds": around(x0, 1.5, 0.0), "loss": "huber"},
    }  # fmt: skip


def cases() -> dict[str, tuple[problems.Problem, float]]:
    runs = [(p, factor) for p, factor in problems.mgh_runs() if p.exact and p.n <= 12]
    runs += [(p, 1.0) for p in problems.hard_cases() if p.exact]
    runs += [(problems.random_problem(seed), 1.0) for seed in range(20)]
    return {f"{p.name} x{factor:g}": (p, factor) for p, factor in runs}


def fits(core: Core = EXTENSION) -> Iterator[tuple[str, str]]:
    """Name and answer: status, nfev, njev, and a digest of all bits on the way and at the end."""
    for name, (problem, factor) in cases().items():
        x0 = problem.start(factor)
        for way, keywords in options(x0, problem.jac).items():
            with np.errstate(all="ignore"):
                got = fit(problem.func, x0, max_nfev=30, core=core, **keywords)
            path = [float(number).hex() for step in got.trace for number in step]
            digest = hashlib.sha256(" ".join(path).encode())
            for array in (got.x, got.fun, got.jac, got.grad):
                digest.update((array + 0.0).tobytes() if got.state.nfev else b"")
            yield f"{name}, {way}", " ".join([*map(str, got.counts), digest.hexdigest()[:16]])


def answers() -> dict[str, str]:
    stored: dict[str, str] = json.loads(ANSWERS.read_text(encoding="utf-8"))
    return stored


if __name__ == "__main__":
    core = Core(sys.argv[1]) if len(sys.argv) > 1 else EXTENSION
    found = dict(fits(core))
    ANSWERS.write_text(json.dumps(found, indent=0) + "\n", encoding="utf-8")
    print(len(found), "answers")
