"""Fit ready models to simulated data of six fields, none with a start; print the answers, and draw the fits.

    python examples/ready_models.py [PICTURE]

The picture needs matplotlib; the table does not.
"""

import sys
from pathlib import Path

import numpy as np

import minpack
from minpack import models

PICTURE = Path(__file__).resolve().parent.parent / "build" / "ready_models.png"
SEED = 7
# title, model, x, true parameters, noise, axis of x, whether that is logarithmic, the derived quantity to show
CASES = (
    ("two peaks on a slope", models.gaussian("a") + models.gaussian("b") + models.line(), np.linspace(0.0, 10.0, 150),
     (3.0, 4.0, 0.7, 2.0, 6.2, 0.8, 1.0, 0.1), 0.08, "energy", False, "a_fwhm"),
    ("decay", models.exponential_decay, np.linspace(0.0, 8.0, 60), (5.0, 1.6, 0.4), 0.12, "time", False, "half_life"),
    ("dose response", models.dose_response, np.geomspace(0.01, 100.0, 24), (5.0, 95.0, 1.5, 1.3), 2.5, "dose", True,
     "log_ec50"),
    ("enzyme kinetics", models.michaelis_menten, np.geomspace(0.1, 30.0, 16), (12.0, 2.5), 0.25, "substrate", False,
     "initial_slope"),
    ("growth", models.logistic, np.linspace(0.0, 24.0, 40), (8.0, 0.6, 10.0), 0.15, "hours", False, "steepest"),
    ("ringing", models.damped_sine, np.linspace(0.0, 10.0, 160), (3.0, 3.0, 0.8, 0.5, 0.0), 0.15, "time", False, ""),
)  # fmt: skip


def fits() -> list[minpack.Fit]:
    rng = np.random.default_rng(SEED)
    found = []
    for _, model, x, truth, noise, *_ in CASES:
        y = model(x, *truth)
        found.append(minpack.fit(model, x, y + rng.normal(scale=noise, size=x.size)))
    return found


def draw(found: list[minpack.Fit], picture: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(2, 3, figsize=(11.0, 5.6), layout="constrained")
    for ax, fit, (title, _, x, _, _, label, logarithmic, _) in zip(axes.flat, found, CASES, strict=True):
        fine = np.geomspace(x[0], x[-1], 400) if logarithmic else np.linspace(x[0], x[-1], 400)
        low, high = fit.confidence_band(fine)
        ax.fill_between(fine, low, high, color="C3", alpha=0.25, lw=0.0)
        ax.plot(x, fit.ydata, "o", ms=3.0, color="0.35", mfc="white", mew=0.8)
        ax.plot(fine, fit.predict(fine), color="C3", lw=1.4)
        ax.set_title(title, fontsize=10)
        ax.set_xlabel(label)
        ax.set_xscale("log" if logarithmic else "linear")
        ax.spines[["top", "right"]].set_visible(False)
    picture.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(picture, dpi=110)
    plt.close(figure)


def main(arguments: list[str]) -> None:
    found = fits()
    for fit, (title, *_, quantity) in zip(found, CASES, strict=True):
        derived = fit.derived(quantity) if quantity else None
        shown = f"; {quantity} {derived.value:.3g} ± {derived.error:.2g}" if derived is not None else ""
        print(f"{title}: {fit.nfev} calls from the start found in the data, R squared {fit.r_squared:.4f}{shown}")
    picture = Path(arguments[0]) if arguments else PICTURE
    draw(found, picture)
    print(f"picture: {picture}")


if __name__ == "__main__":
    main(sys.argv[1:])
