"""A picture of some rows of the table: one bar per row, from 1 to its ratio, on a logarithmic axis."""

from pathlib import Path

import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt  # noqa: E402

from measure import Row, rounded  # noqa: E402

FASTER, SLOWER, TEXT, FAINT, GRID = "#3b6fb6", "#d1495b", "#222222", "#5c6370", "#d9d9d9"


def draw(rows: list[Row], path: Path) -> None:
    """Draw those rows that have words for the picture into a file, on white."""
    rows = [row for row in rows if row.shown]
    figure, axes = plt.subplots(figsize=(9.0, 0.5 * len(rows) + 1.3), dpi=150, facecolor="white", layout="constrained")
    names = axes.get_yaxis_transform()
    for place, row in enumerate(rows):
        ours, theirs = row.shown
        axes.barh(place, row.ratio - 1.0, left=1.0, height=0.62, color=FASTER if row.ratio >= 1.0 else SLOWER)
        axes.annotate(rounded(row.ratio), (max(row.ratio, 1.0), place), (5, 0), textcoords="offset points",
                      va="center", fontsize=11, color=TEXT)  # fmt: skip
        axes.text(-0.02, place - 0.19, ours, transform=names, ha="right", va="center", fontsize=10.5, color=TEXT)
        axes.text(-0.02, place + 0.21, f"against {theirs}", transform=names, ha="right", va="center", fontsize=9,
                  color=FAINT)  # fmt: skip
    axes.set_yticks([])
    axes.set_ylim(len(rows) - 0.5, -0.6)
    axes.set_xscale("log")
    axes.set_xlim(0.95 * min(1.0, *(row.ratio for row in rows)), 1.6 * max(row.ratio for row in rows))
    axes.axvline(1.0, color=TEXT, linewidth=1.0)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.xaxis.set_minor_formatter(lambda value, _: "")
    axes.grid(axis="x", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["left", "right", "top"]].set_visible(False)
    axes.set_xlabel("their time / minpack's time, same work, same process", fontsize=10, color=FAINT)
    figure.suptitle("How many times as fast minpack is", x=0.01, ha="left", fontsize=14, fontweight="bold", color=TEXT)
    figure.savefig(path)
