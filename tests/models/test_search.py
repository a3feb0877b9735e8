"""Tests of minpack._models.search: which candidate is best, and what lies between it and its neighbours on a grid."""

import itertools
from typing import Any

import numpy as np
import pytest

from minpack import models
from minpack._core import best_of_candidates

SAME, FLAT, FREE = 1e-12, 1e-6, 0.1  # as in candidates.c


def drawn(rng: np.random.Generator, lengths: tuple[int, ...], linear: int, lost: float) -> dict[str, Any]:
    """Candidates on a grid, some of which are not there."""
    axes = [np.geomspace(0.5, 8.0, length) if k else np.linspace(-1.0, 3.0, length) for k, length in enumerate(lengths)]
    values = np.array([*itertools.product(*axes)]).reshape(int(np.prod(lengths)), len(axes))
    keep = rng.random(len(values)) >= lost
    count, n = int(keep.sum()), len(axes) + linear
    columns = rng.permutation(n)[:linear]
    others = [j for j in range(n) if j not in columns]
    points = np.zeros((count, n))
    points[:, others] = values[keep]
    at_place = np.full(len(values), -1)
    at_place[keep] = np.arange(count)
    strides = [int(np.prod(lengths[k + 1 :])) for k in range(len(lengths))]
    return {
        "points": points, "columns": columns,
        "r": np.triu(rng.normal(size=(count, linear, linear))) + 2 * np.eye(linear),
        "size": rng.uniform(0.5, 2.0, (count, linear)), "place": np.flatnonzero(keep), "at_place": at_place,
        "axes": np.array([*zip(others, lengths, strides, strict=True)], dtype=np.intp).reshape(-1, 3),
        "lower": np.full(linear, -np.inf), "upper": np.full(linear, 0.5),
    }  # fmt: skip


def expected(c: dict[str, Any], along: np.ndarray, gain: np.ndarray, total: float) -> tuple[float, np.ndarray] | None:
    """What one row leaves, and its start, in plain Python."""
    if np.isnan(gain).all():
        return None
    alike = np.flatnonzero(gain >= np.nanmax(gain) - SAME * total)
    k = int(max(alike, key=lambda at: ((c["points"][at] > 0.0).sum(), -at)))
    axes = c["axes"].tolist()

    def values(at: int) -> np.ndarray:
        found = c["points"][at].copy()
        if len(c["columns"]):
            found[c["columns"]] = np.clip(
                np.linalg.solve(c["r"][at], along[at]) / c["size"][at], c["lower"], c["upper"]
            )
        return found

    def near(*steps: int) -> int:
        place = c["place"][k]
        for step, (_, length, stride) in zip(steps, axes, strict=True):
            if not 0 <= place // stride % length + step < length:
                return -1
        return int(c["at_place"][place + sum(step * axis[2] for step, axis in zip(steps, axes, strict=True))])

    cost = total - gain
    slope, bend, both = np.zeros(len(axes)), np.full(len(axes), np.inf), []
    for a in range(len(axes)):
        low, high = (near(*(way * (a == b) for b in range(len(axes)))) for way in (-1, 1))
        both.append((low, high))
        if min(low, high) < 0 or not cost[high] - 2 * cost[k] + cost[low] > FLAT * total:
            continue
        slope[a], bend[a] = (cost[high] - cost[low]) / 2, cost[high] - 2 * cost[k] + cost[low]
    steps = -slope / bend
    if len(axes) == 2 and np.isfinite(bend).all():
        corners = [near(*ways) for ways in itertools.product((-1, 1), repeat=2)]
        cross = (cost[corners] * [1, -1, -1, 1]).sum() / 4 if min(corners) >= 0 else np.nan
        steps = np.zeros(2)
        if 1 - cross**2 / bend.prod() >= FREE:
            steps = np.linalg.solve([[bend[0], cross], [cross, bend[1]]], -slope)
    found = middle = values(k)
    for (low, high), step in zip(both, np.clip(steps, -1, 1).tolist(), strict=True):
        if step:
            found = found + step * (values(high) - values(low)) / 2
            found = found + step**2 * (values(high) - 2 * middle + values(low)) / 2
    return float(cost[k]), found


@pytest.mark.parametrize("lengths", [(), (1,), (7,), (5, 6), (4, 1)])
@pytest.mark.parametrize("linear", [0, 1, 2, 3])
@pytest.mark.parametrize("lost", [0.0, 0.2])
def test_the_best_candidate_and_what_is_near_it(lengths: tuple[int, ...], linear: int, lost: float) -> None:
    rng = np.random.default_rng([len(lengths), linear, int(10 * lost)])
    moved = 0
    for kind in range(40):
        c = drawn(rng, lengths, linear, lost if kind % 2 else 0.0)
        count, n = c["points"].shape
        along = rng.normal(size=(3, count, linear))
        gain = np.square(along).sum(axis=2)
        total = gain.max(axis=1, initial=1.0) + rng.uniform(0.0, 1.0, 3)
        if kind % 3 == 0:  # a hill, which may be steep, and along both axes at once
            at = np.stack(
                [c["place"] // stride % length for _, length, stride in c["axes"].tolist()] or [c["place"]], 1
            )
            away = (at - rng.uniform(0, 4, at.shape[1])) @ rng.normal(size=(at.shape[1], at.shape[1]))
            gain = np.tile(total[:, np.newaxis] - np.square(away).sum(axis=1), (1, 1))
        if kind % 5 == 0 and count:
            gain[0, rng.integers(count)] = np.nan
            gain[1, rng.integers(count, size=2)] = gain[1].max()
        is_plain = kind % 3 and kind % 5
        best, answer = np.array([np.inf, np.inf, -1e9]), np.zeros((3, n))
        best_of_candidates(*c.values(), along, None if is_plain else np.ascontiguousarray(gain), total, best, answer)
        for row in range(2):
            plain = expected(c, along[row], gain[row], float(total[row])) if count else None
            if plain is None:
                assert best[row] == np.inf and not answer[row].any()
                continue
            assert best[row] == pytest.approx(plain[0], rel=1e-12, abs=1e-12)
            np.testing.assert_allclose(answer[row], plain[1], rtol=1e-9, atol=1e-9)
            moved += not any((answer[row, c["axes"][:, 0]] == point).all() for point in c["points"][:, c["axes"][:, 0]])
        assert best[2] == -1e9 and not answer[2].any()  # it had a better one
    assert moved > 0 or max(lengths, default=0) < 3 or len(lengths) == 2 and min(lengths) < 3


def test_uneven_neighbours_do_not_count() -> None:
    c = drawn(np.random.default_rng(1), (3,), 0, 0.0)
    gain, best, answer = np.array([[1.0, 2.0, 1.9]]), np.array([np.inf]), np.zeros((1, 1))
    for middle, moves in ((1.0, True), (1.1, False)):
        c["points"][:, 0] = [0.5, middle, 2.0]  # of logarithms
        best[:] = np.inf
        best_of_candidates(*c.values(), np.zeros((1, 3, 0)), gain, np.array([3.0]), best, answer)
        assert (answer[0, 0] != middle) == moves


@pytest.mark.parametrize(
    "name", ["points", "columns", "r", "size", "place", "at_place", "axes", "lower", "along", "gain"]
)
def test_arguments_that_do_not_fit(name: str) -> None:
    c = drawn(np.random.default_rng(1), (3, 4), 2, 0.0)
    arguments = {**c, "along": np.zeros((2, 12, 2)), "gain": np.zeros((2, 12)), "total": np.ones(2), "best": np.ones(2),
                 "answer": np.zeros((2, 4))}  # fmt: skip
    best_of_candidates(*arguments.values())
    right = arguments[name]
    wrong: list[Any] = [right[:-1], right.astype(np.float32), None if name != "gain" else "none", 1.0]
    if right.dtype == np.intp:
        wrong += [right + 100, right - 100]
    for value in wrong:
        with pytest.raises(ValueError, match="arguments do not fit together"):
            best_of_candidates(*{**arguments, name: value}.values())


def test_starts_are_nearly_where_fits_end() -> None:
    """Between the candidates, whose distance is 0.4 in the center and half of the width."""
    x, rng = np.linspace(0.0, 10.0, 60), np.random.default_rng(5)
    truth = rng.uniform([2.0, 3.0, 0.5], [5.0, 7.0, 1.5], size=(200, 3))
    found = models.gaussian.guess(x, models.gaussian(x, *truth.T[:, :, np.newaxis]))
    assert np.abs(found - truth).max(axis=0) == pytest.approx([0.0, 0.0, 0.0], abs=0.15)
    assert np.abs(found - truth).mean(axis=0) == pytest.approx([0.0, 0.0, 0.0], abs=0.05)
