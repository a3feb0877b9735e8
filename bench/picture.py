"""A picture of the table: one bar per row, from 1 to its ratio, on a logarithmic axis."""

from itertools import groupby
from pathlib import Path

import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt  # noqa: E402

from measure import Row, rounded  # noqa: E402

FASTER, SLOWER, AIM, TEXT, GRID = "#2f6db5", "#c8553d", "#1b1b1b", "#222222", "#d9d9d9"


def draw(rows: list[Row], path: Path) -> None:
    """Draw the picture into a file, on white."""
    peers = [(peer, list(of_peer)) for peer, of_peer in groupby(rows, lambda row: row.peer)]
    lines = len(rows) + 1.25 * len(peers)
    figure, axes = plt.subplots(figsize=(9.0, 0.26 * lines + 0.6), dpi=180, facecolor="white", layout="constrained")
    ticks, labels, place = [], [], 0.0
    for peer, of_peer in peers:
        place += 1.25
        axes.text(0.0, place - 0.95, f"against {peer}", transform=axes.get_yaxis_transform(), ha="right", va="center",
                  fontsize=10, fontweight="bold", color=TEXT)  # fmt: skip
        for row in of_peer:
            axes.barh(place, row.ratio - 1.0, left=1.0, height=0.68, color=FASTER if row.ratio >= 1.0 else SLOWER)
            end = max(row.ratio, 1.0)
            if row.aim is not None and end < row.aim < 1.5 * end:  # otherwise the mark would hide the number
                end = row.aim
            axes.annotate(rounded(row.ratio), (end, place), (4, 0), textcoords="offset points", va="center",
                          fontsize=9, color=TEXT)  # fmt: skip
            if row.aim is not None:
                axes.plot([row.aim] * 2, [place - 0.42, place + 0.42], color=AIM, linewidth=2.0, solid_capstyle="butt")
            ticks.append(place)
            labels.append(row.what)
            place += 1.0
    axes.set_yticks(ticks, labels, fontsize=9, color=TEXT)
    axes.set_ylim(place - 0.3, -0.3)
    axes.set_xscale("log")
    axes.axvline(1.0, color=TEXT, linewidth=1.0)
    axes.set_xlim(right=1.6 * max(max(row.ratio, row.aim or 0.0) for row in rows))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.grid(axis="x", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(axis="y", length=0)
    axes.spines[["left", "right", "top"]].set_visible(False)
    axes.set_xlabel("times as fast as the other side; black marks: the aim", fontsize=10, color=TEXT)
    figure.savefig(path)
