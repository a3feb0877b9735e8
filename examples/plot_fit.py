"""Fit NIST's Thurber data, electron mobility in semiconductors, print the report, and draw the fit.

    python examples/plot_fit.py [PICTURE]

The confidence band widens in the gaps between the data, as it should.
"""

import sys
from pathlib import Path

import minpack
from nist_models import load

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "fit.png"


def mobility(log_density, a0, a1, a2, a3, b1, b2, b3):
    above = a0 + log_density * (a1 + log_density * (a2 + log_density * a3))
    return above / (1 + log_density * (b1 + log_density * (b2 + log_density * b3)))


def main(picture: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    data = load()["Thurber"]
    fit = minpack.fit(mobility, data.x, data.y, data.starts[0])
    print(fit.report())
    figure = fit.plot(labels=("logarithm of the density", "electron mobility"))
    picture.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(picture, dpi=130)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURE)
