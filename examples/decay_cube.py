"""Fit the decay in every pixel of an image series, in one call, and draw maps of the parameters.

    python examples/decay_cube.py [PICTURE]

The series is simulated: a specimen of two tissues with different relaxation times, as in magnetic resonance or
fluorescence imaging, with noise, dead pixels, and lost frames in a part of the image. The picture needs matplotlib; the
table does not.
"""

import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import minpack

PICTURE = Path(__file__).resolve().parent.parent / "build" / "decay_cube.png"
SIZE = 64  # pixels, in both directions
TIMES = np.linspace(0.0, 3.1, 32)  # seconds
NOISE = 0.03
START = [1.0, 1.0, 0.0]
STYLE = {  # as in nist_strd.py
    "font.size": 8.5,
    "legend.fontsize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#8a8f98",
    "xtick.color": "#5c6370",
    "ytick.color": "#5c6370",
}


@dataclass(frozen=True)
class Series:
    """The measured signal, and the truth, which would be unknown for a real specimen."""

    signal: np.ndarray  # (SIZE, SIZE, 32); NaN where a frame was lost
    amplitude: np.ndarray  # (SIZE, SIZE)
    tau: np.ndarray  # (SIZE, SIZE), seconds
    tissue: np.ndarray  # (SIZE, SIZE): 0 outside the specimen, 1 and 2 inside
    dead: np.ndarray  # (SIZE, SIZE), bool


def decay(t, amplitude, rate, offset):
    return amplitude * np.exp(-rate * t) + offset


def make() -> Series:
    """Simulate the series; every call gives the same one."""
    rng = np.random.default_rng(1980)
    v, u = np.meshgrid(*[np.linspace(-1.0, 1.0, SIZE)] * 2, indexing="ij")
    tissue = ((u / 0.92) ** 2 + (v / 0.8) ** 2 < 1.0).astype(int)
    core = ((u + 0.25) / 0.42) ** 2 + ((v + 0.05) / 0.5) ** 2 < 1.0
    spot = (u - 0.48) ** 2 + (v - 0.15) ** 2 < 0.2**2
    tissue[core | spot] = 2
    amplitude = np.choose(tissue, [0.0, 1.0 + 0.25 * u, 1.6 - 0.3 * v])
    tau = np.choose(tissue, [1.0, 0.45 + 0.1 * v, 1.0 + 0.2 * u])
    signal = decay(TIMES, amplitude[..., None], 1.0 / tau[..., None], 0.1 * (tissue[..., None] > 0))
    signal = signal + rng.normal(scale=NOISE, size=signal.shape)
    signal[40:46, :, 10:14] = np.nan  # some lines of these frames were lost
    dead = rng.random((SIZE, SIZE)) < 0.01
    signal[dead] = np.nan
    return Series(signal, amplitude, tau, tissue, dead)


@dataclass(frozen=True)
class Maps:
    """The results of the fits, pixel by pixel; NaN in pixels without a visible decay."""

    amplitude: np.ndarray
    tau: np.ndarray
    error: np.ndarray  # standard error of tau


def maps(result: minpack.BatchResult) -> Maps:
    amplitude, rate = result.x[..., 0], result.x[..., 1]
    rate_error = np.sqrt(result.cov[..., 1, 1])
    # without a decay, any rate fits, and its error is as large as the rate
    seen = result.success & (amplitude > 10.0 * NOISE) & (rate_error < 0.3 * rate)
    here = np.where(seen, rate, np.nan)
    return Maps(np.where(seen, amplitude, np.nan), 1.0 / here, rate_error / here**2)


def draw(series: Series, result: minpack.BatchResult, found: Maps, picture: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    colours = matplotlib.colormaps["viridis"].with_extremes(bad="0.85")
    balanced = matplotlib.colormaps["RdBu_r"].with_extremes(bad="0.85")
    plt.rcParams.update(STYLE)
    figure = plt.figure(figsize=(12, 7.5), layout="compressed")
    figure.get_layout_engine().set(rect=(0.01, 0.0, 0.98, 0.93))
    axes = figure.subplots(2, 3)
    reach = 4.0 * float(np.nanmedian(found.error))
    panels = [
        (axes[0, 0], "First frame", "signal", series.signal[:, :, 0], colours, 0.0, 2.0),
        (axes[0, 1], "Decay time", "s", found.tau, colours, 0.3, 1.3),
        (axes[0, 2], "Decay time, fitted less true", "s", found.tau - series.tau, balanced, -reach, reach),
        (axes[1, 1], "Amplitude", "signal", found.amplitude, colours, 0.6, 2.0),
        (axes[1, 2], "Standard error of the decay time", "s", found.error, colours, 0.0, 0.08),
    ]
    for axis, title, unit, values, colormap, low, high in panels:
        image = axis.imshow(values, cmap=colormap, vmin=low, vmax=high, interpolation="nearest")
        figure.colorbar(image, ax=axis, shrink=0.85, label=unit).outline.set_visible(False)
        axis.set_title(title, loc="left", fontsize=11, weight="bold")
        axis.set(xticks=[], yticks=[])
        axis.spines[:].set_visible(False)

    axis, fine = axes[1, 0], np.linspace(TIMES[0], TIMES[-1], 200)
    for row, column, colour, words in [(30, 24, "#d1495b", ""), (42, 14, "#3b6fb6", ": 4 frames lost")]:
        axis.plot(TIMES, series.signal[row, column], ".", color=colour)
        axis.plot(fine, decay(fine, *result.x[row, column]), color=colour, lw=1.8, label=f"{row}, {column}{words}")
    axis.set_title("Two of the pixels (row, column)", loc="left", fontsize=11, weight="bold")
    axis.set(xlabel="time (s)", ylabel="signal", ylim=(0.0, 2.1), box_aspect=1)
    axis.legend(frameon=False)
    title = f"{result.status.size:,} decays, fitted by minpack.curve_fit_batch"
    figure.text(0.012, 0.965, title, fontsize=15, weight="bold")
    figure.text(0.012, 0.935, "Gray: dead pixels, and pixels without a decay", fontsize=10, color="#5c6370")
    picture.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(picture, dpi=110)


def main(picture: Path = PICTURE) -> None:
    series = make()
    before = time.perf_counter()
    result = minpack.curve_fit_batch(decay, TIMES, series.signal, START, nan_policy="omit")
    seconds = time.perf_counter() - before

    count, dead = result.status.size, int((result.status == minpack.TOO_FEW_POINTS).sum())
    inside = (series.tissue > 0) & ~series.dead
    print(f"{count} decays of {TIMES.size} points: {seconds:.2f} s, {seconds / count * 1e6:.0f} us per fit")
    print(f"failed: {count - int(result.success.sum())}, namely {dead} dead pixels,", end=" ")
    print(f"{int((~result.success & ~inside & ~series.dead).sum())} without a decay,", end=" ")
    print(f"{int((~result.success & inside).sum())} others")
    found = maps(result)
    for tissue in (1, 2):
        here = inside & (series.tissue == tissue) & np.isfinite(found.tau)
        within = np.abs(found.tau - series.tau)[here] < found.error[here]
        print(
            f"tissue {tissue}: {here.sum()} of {(inside & (series.tissue == tissue)).sum()} decays seen, "
            f"mean time {found.tau[here].mean():.3f} s (true {series.tau[here].mean():.3f} s), "
            f"{within.mean():.0%} within a standard error of the truth"
        )
    try:
        draw(series, result, found, picture)
    except ModuleNotFoundError as missing:
        if missing.name != "matplotlib":
            raise
        print("No picture: matplotlib is not installed. It comes with: pip install matplotlib")
    else:
        print(f"Maps of the parameters: {picture}")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
