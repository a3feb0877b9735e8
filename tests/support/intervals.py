"""Ten fits whose intervals iminuit and lmfit have found, too: data/intervals.json, made by data/make_intervals.py."""

import warnings

import numpy as np

import minpack
from minpack import Fit
from nist_models import load

from .decay import noise

PROBLEMS = (
    "two decays", "Misra1a", "Chwirut2", "DanWood", "Rat42", "Rat43", "MGH09", "BoxBOD", "Kirby2", "Thurber",
)  # fmt: skip
CONTOURS = ("two decays", "Misra1a", "BoxBOD")
LEVEL, CONTOUR_LEVEL = 0.95, 0.68


def two_decays(t, a, b, c, d, e):
    return a * np.exp(-b * t) + c * np.exp(-d * t) + e


def problem(name: str, absolute_sigma: bool = False) -> Fit:
    """A fit, with sigma as its residuals scatter if the errors are absolute."""
    if name == "two decays":
        x = np.linspace(0.0, 5.0, 50)
        f, y, start = two_decays, two_decays(x, 3.0, 0.5, 2.0, 3.0, 0.5) + 0.02 * noise(50), [3, 0.5, 2, 3, 0.5]
    else:
        data = load()[name]
        x, y, start = data.x, data.y, data.certified
        start = dict(zip((f"b{k + 1}" for k in range(start.size)), start, strict=True))

        def f(x, *b):
            return data.model(x, b)

    sharp = {"ftol": 1e-14, "xtol": 1e-14}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # tolerances too small, which rounding decides
        fit = minpack.fit(f, x, y, start, **sharp)
        if absolute_sigma:
            fit = minpack.fit(f, x, y, dict(fit), sigma=fit.residual_sd, absolute_sigma=True, **sharp)
    return fit
