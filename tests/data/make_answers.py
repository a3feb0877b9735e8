"""Write answers.json: what the oracles say on problems whose bits are those of any machine.

Run with Python 3.12 or later, SciPy 1.18 or later and netlib's libminpack installed, from the tests folder:

    PYTHONPATH=.:../examples python data/make_answers.py
"""

import json
from typing import Any

import numpy
import scipy

import core_routines
import oracles
from stored import ANSWERS, CASES

assert oracles.SCIPY and oracles.NETLIB is not None, "both oracles are needed"

# The whole product of cases and options would be larger than it tells: each case takes every kind with the default
# options, and one other option, in turn.
fits: dict[str, dict[str, Any]] = {"scipy": {}, "netlib": {}}
others = [name for name in oracles.OPTIONS if name != "default"]
for number, (name, (problem, factor)) in enumerate(CASES.items()):
    if not problem.exact:
        continue
    for reference, answers in fits.items():
        of_case = answers.setdefault(name, {})
        for kind in oracles.KINDS:
            if kind == "lmstr" and reference == "scipy":
                continue
            for option in ("default", others[number % len(others)]):
                fit = oracles.fit_scipy if reference == "scipy" else oracles.fit_netlib
                options = oracles.options_for(option, problem.n)
                run = fit(kind, problem.func, problem.jac, problem.start(factor), **options)
                of_case[f"{kind}/{option}"] = run.stored()

routines = {}
for name in core_routines.ROUTINES:
    core_routines.assert_equals_netlib(name)  # so the digest is netlib's as well as ours
    routines[name] = core_routines.digest(name)

made_with = {"scipy": scipy.__version__, "numpy": numpy.__version__, "netlib": "libminpack1 (Debian)"}
text = json.dumps({"made_with": made_with, "fits": fits, "routines": routines}, indent=0)
ANSWERS.write_text(text.replace('",\n"0x', '", "0x').replace('",\n"-0x', '", "-0x') + "\n")
