"""Noisy draws of each ready model: how many fits that start from the data find the minimum that truth leads to.

``python tests/guesses.py`` prints a table for 1,000 draws per model.
"""

import argparse
from collections.abc import Mapping

import numpy as np

import minpack
from minpack._models.ready import MODELS

X = np.linspace(0.0, 10.0, 60)
DOSES = np.concatenate([[0.0], np.geomspace(0.01, 100.0, 23)])
KELVIN = np.linspace(280.0, 360.0, 25)
_AXES = np.meshgrid(np.linspace(0.0, 10.0, 18), np.linspace(0.0, 8.0, 15))
IMAGE = np.stack([axis.ravel() for axis in _AXES])

# For each model where its data lie, and ranges of its parameters; those from a positive number to one more than ten
# times as large are drawn by their logarithms.
_PEAK = {"height": (1, 20), "center": (1.5, 8.5)}
_SPOT = {"height": (1, 20), "center_x": (2, 8), "center_y": (2, 6), "offset": (-1, 3)}
_STEP = {"offset": (-2, 2), "height": (1, 20), "center": (2.5, 7.5)}
_DOSE = {"bottom": (-1, 1), "top": (3, 20), "hill": (0.6, 3)}
DRAWS: dict[str, tuple[np.ndarray, Mapping[str, tuple[float, float]]]] = {
    "line": (X, {"intercept": (-5, 5), "slope": (-3, 3)}),
    "gaussian": (X, {**_PEAK, "sigma": (0.2, 2)}),
    "lorentzian": (X, {**_PEAK, "gamma": (0.2, 2)}),
    "voigt": (X, {"area": (2, 20), "center": (2, 8), "sigma": (0.2, 1), "gamma": (0.2, 1)}),
    "pseudo_voigt": (X, {**_PEAK, "fwhm": (0.5, 3), "fraction": (0.1, 0.9)}),
    "moffat": (X, {**_PEAK, "width": (0.4, 2), "beta": (0.8, 3)}),
    "lognormal": (np.linspace(0.1, 10.0, 60), {"area": (2, 20), "mu": (-0.5, 1.7), "sigma": (0.15, 0.9)}),
    "exponential_decay": (X, {"amplitude": (2, 20), "tau": (0.3, 8), "offset": (-2, 2)}),
    "double_exponential_decay": (np.linspace(0.0, 20.0, 200), {
        "amplitude1": (5, 20), "tau1": (0.3, 0.8), "amplitude2": (5, 20), "tau2": (3, 7), "offset": (-2, 2)}),
    "stretched_exponential": (X, {"amplitude": (5, 20), "tau": (0.8, 3), "beta": (0.5, 1.5), "offset": (-2, 2)}),
    "exponential_rise": (X, {"plateau": (1, 20), "tau": (0.3, 8)}),
    "exponential_growth": (X, {"initial": (1, 20), "rate": (-0.8, 0.6)}),
    "second_order_decay": (X, {"initial": (1, 20), "k": (0.05, 2)}),
    "logistic": (X, {"capacity": (1, 20), "rate": (0.7, 5), "midpoint": (2, 8)}),
    "gompertz": (X, {"capacity": (1, 20), "rate": (0.5, 3), "midpoint": (1, 7)}),
    "power_law": (np.linspace(0.5, 10.0, 60), {"amplitude": (1, 20), "exponent": (-2.5, 3)}),
    "dose_response": (DOSES, {**_DOSE, "ec50": (0.1, 10)}),
    "dose_response_5": (DOSES, {**_DOSE, "midpoint": (0.1, 10), "asymmetry": (0.6, 2)}),
    "hill": (DOSES, {"bmax": (1, 20), "k": (0.1, 10), "hill": (0.6, 3)}),
    "michaelis_menten": (DOSES, {"vmax": (1, 20), "km": (0.1, 20)}),
    "substrate_inhibition": (DOSES, {"vmax": (5, 20), "km": (0.2, 3), "ki": (10, 80)}),
    "langmuir": (DOSES, {"capacity": (1, 20), "k": (0.05, 10)}),
    "freundlich": (DOSES, {"k": (1, 20), "n": (0.8, 4)}),
    "arrhenius": (KELVIN, {"prefactor": (1e6, 1e12), "energy": (2e4, 9e4)}),
    "sine": (X, {"amplitude": (1, 20), "frequency": (0.12, 2.5), "phase": (-3, 3), "offset": (-5, 5)}),
    "damped_sine": (np.linspace(0.0, 10.0, 150), {
        "amplitude": (1, 20), "tau": (1.5, 20), "frequency": (0.3, 4), "phase": (-3, 3), "offset": (-2, 2)}),
    "damped_oscillator": (np.linspace(0.5, 10.0, 120), {
        "amplitude": (1, 20), "center": (2, 8), "damping": (0.02, 0.3)}),
    "step_erf": (X, {**_STEP, "sigma": (0.2, 1.2)}),
    "step_arctan": (X, {**_STEP, "width": (0.2, 1.2)}),
    "step_fermi": (X, {**_STEP, "width": (0.2, 1.2)}),
    "plane": (IMAGE, {"intercept": (-5, 5), "slope_x": (-3, 3), "slope_y": (-3, 3)}),
    "gaussian2d": (IMAGE, {**_SPOT, "sigma": (0.6, 2)}),
    "gaussian2d_elliptic": (IMAGE, {**_SPOT, "sigma_x": (0.6, 2), "sigma_y": (0.6, 2)}),
    "gaussian2d_rotated": (IMAGE, {**_SPOT, "sigma_major": (1.2, 2), "sigma_minor": (0.5, 0.9), "angle": (0.1, 3)}),
}  # fmt: skip
NOISE = 0.05  # its standard deviation, relative to the range of the curve
# with more, every fifth draw is fitted best by an infinite asymmetry
LESS_NOISE = {"dose_response_5": 0.005}


def draw(name: str, count: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where the data lie, the true parameters, and noisy data, one row per draw."""
    model = MODELS[name]
    x, ranges = DRAWS[name]
    rng = np.random.default_rng([seed, *name.encode()])
    columns = []
    for parameter in model.parameters:
        low, high = ranges[parameter]
        by_logarithm = 0.0 < 10.0 * low <= high
        u = rng.uniform(size=count)
        columns.append(low * (high / low) ** u if by_logarithm else low + (high - low) * u)
    truth = np.stack(columns, axis=-1)
    clean = model(x, *truth.T[:, :, np.newaxis])
    noise = LESS_NOISE.get(name, NOISE) * np.ptp(clean, axis=1, keepdims=True)
    return x, truth, clean + noise * rng.standard_normal(clean.shape)


def share(name: str, count: int, seed: int = 1) -> float:
    """The share of draws in which the start from the data leads to a minimum as low as the truth leads to."""
    x, truth, y = draw(name, count, seed)
    model = MODELS[name]
    guessed = minpack.curve_fit_batch(model, x, y)
    known = minpack.curve_fit_batch(model, x, y, truth)

    def cost(result: minpack.BatchResult) -> np.ndarray:
        with np.errstate(all="ignore"):
            return np.square(model(x, *result.x.T[:, :, np.newaxis]) - y).sum(axis=1)

    return float((guessed.success & (cost(guessed) <= cost(known) * (1.0 + 1e-4))).mean())


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(f"{options.count} draws per model, noise {NOISE:.0%} of the range of the curve, seed {options.seed}")
    for name in MODELS:
        less = f" (noise {LESS_NOISE[name]:.1%})" if name in LESS_NOISE else ""
        print(f"{name:26} {100.0 * share(name, options.count, options.seed):6.1f} %{less}", flush=True)


if __name__ == "__main__":
    main()
