"""The oracles' answers of data/answers.json, and the fits that they are for; needs only NumPy."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import oracles
import problems

ANSWERS = Path(__file__).parent / "data" / "answers.json"


def cases() -> dict[str, tuple[problems.Problem, float]]:
    """MINPACK's 53 driver runs, the hard cases and some random ones, by name; the factor scales the start."""
    listed = problems.mgh_runs() + [(p, 1.0) for p in problems.hard_cases()]
    listed += [(problems.random_problem(seed), 1.0) for seed in range(40)]
    named = {f"{p.name}_{p.m}x{p.n}_x{factor:g}": (p, factor) for p, factor in listed}
    assert len(named) == len(listed)
    return named


CASES = cases()


def answers(part: str) -> dict[str, Any]:
    """The answers of the part "fits" {reference: {case: {kind/option: answer}}}, of "routines" {name: digest}."""
    return json.loads(ANSWERS.read_text(encoding="utf-8"))[part]


def fits(reference: str) -> Iterator[tuple[str, oracles.Run, dict[str, Any]]]:
    """Name, our run and the stored answer, which is to equal `run.stored()`, of each fit."""
    for name, of_case in answers("fits")[reference].items():
        problem, factor = CASES[name]
        for key, answer in of_case.items():
            kind, option = key.split("/")
            options = oracles.options_for(option, problem.n)
            run = oracles.fit_minpack(kind, problem.func, problem.jac, problem.start(factor), reference, **options)
            yield f"{name} {key}", run, answer
