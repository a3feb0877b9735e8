"""Fit NIST's 27 nonlinear sets without a start: from ranges ten times wide either way of NIST's far one.

    python examples/nist_starts.py

200 quasi-random points in the ranges are fitted as a batch, and the best of them is fitted to the end.
"""

import warnings
from itertools import permutations

import numpy as np

import minpack
import nist_models
from nist_models import Dataset, log_relative_error

STARTS = 200
ENOUGH = 6.0  # digits in agreement with the certified parameters
ALIKE = {"Lanczos": (0, 2, 3), "Gauss": (2, 3, 2), "ENSO": (3, 3, 2)}  # alike terms: first, size, number
TIGHT = {"ftol": 1e-14, "xtol": 1e-14}


def found(data: Dataset) -> np.ndarray:
    names = [f"b{k + 1}" for k in range(data.certified.size)]
    far = dict(zip(names, data.starts[0].tolist(), strict=True))
    ranges = {name: tuple(sorted((value / 10.0, value * 10.0))) for name, value in far.items()}
    fit = minpack.fit(lambda x, *b: data.model(x, b), data.x, data.y, far, starts=STARTS, ranges=ranges, **TIGHT)
    return fit.values


def digits(data: Dataset, x: np.ndarray) -> float:
    """Digits that agree, with alike terms in the order in which they agree best."""
    first, width, count = ALIKE.get(data.name.rstrip("123"), (0, 0, 1))
    rows = []
    for order in permutations(range(count)):
        index = np.arange(x.size)
        index[first : first + width * count] = [first + k * width + j for k in order for j in range(width)]
        rows.append(float(log_relative_error(x[index], data.certified).min()))
    return max(rows)


def main() -> None:
    sets = nist_models.load().values()
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # tolerances too small, which rounding decides
        agreed = {data.name: digits(data, found(data)) for data in sets}
    good = sum(value >= ENOUGH for value in agreed.values())
    print(f"from {STARTS} starts in ranges a hundredfold wide: {good} of {len(agreed)} sets to {ENOUGH:g} digits")
    for name, value in agreed.items():
        if value < ENOUGH:
            print(f"  {name}: {value:.1f} digits")


if __name__ == "__main__":
    main()
