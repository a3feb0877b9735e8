"""Compare the speed of fits with SciPy, netlib's library, lmfit, xarray and cminpack-numba: a table and a picture.

Run with `make bench`; `python bench/bench.py PICTURE` writes the picture elsewhere.
"""

import sys
import warnings
from importlib import metadata
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path

import batches
import clients
import linear_algebra
import loops
import singles
from batches import Split
from measure import Row, rounded
from picture import draw

PICTURE = Path(__file__).parents[1] / "docs" / "bench.png"
# in the order of the table
PEERS = ("SciPy", clients.PEER, "netlib", "LAPACK", "lmfit", "xarray", "cminpack-numba", "itself")
PACKAGES = ("minpack", "numpy", "scipy", "lmfit", "xarray", "numba")


def time_of(seconds: float) -> str:
    """A time with its unit."""
    number, unit = (1e6 * seconds, "us") if seconds < 1e-3 else (1e3 * seconds, "ms")
    return f"{number:.{2 if number < 100.0 else 1}f} {unit}"


def print_rows(rows: list[Row]) -> None:
    """Print the rows, grouped by peer."""
    for peer, of_peer in groupby(rows, lambda row: row.peer):
        print(f"\n{'against ' + peer:58}{'minpack':>12}{'theirs':>12}{'ratio':>8}{'aim':>7}")
        for row in of_peer:
            aim = "" if row.aim is None else f"{row.aim:.3g}"
            print(f"  {row.what:56}{time_of(row.ours):>12}{time_of(row.theirs):>12}{rounded(row.ratio):>8}{aim:>7}")


def print_shares(splits: list[Split]) -> None:
    """Print where the time of batches goes, and how large the ratio can become."""
    print(f"\n{'where the time of a fit goes':58}{'model':>12}{'core':>12}{'Python':>12}{'ratio':>8}{'limit':>7}")
    for split in splits:
        parts = "".join(f"{time_of(part):>12}" for part in (split.model, split.core, split.python))
        print(f"  {split.what:56}{parts}{rounded(split.ratio):>8}{rounded(split.limit):>7}")
    print("  (model: the user's function at the same points; limit: the ratio if core and Python took no time)")


def main() -> None:
    """Print the tables and draw the picture."""
    warnings.simplefilter("ignore", RuntimeWarning)
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in PACKAGES)
    print(f"{versions} on Python {sys.version.split()[0]}")
    decays, spots = batches.data()
    of_batches = batches.against_scipy(decays, spots)
    rows = [*singles.against_scipy(), singles.import_cost(), *of_batches]
    if loops.netlib() is None:
        print("netlib's library (Debian: libminpack1) is not installed: its rows are missing")
    else:
        rows += [*singles.against_netlib(), *batches.against_netlib(decays)]
    rows += linear_algebra.rows()
    rows += [*singles.against_lmfit(), *batches.against_xarray(), *clients.rows()]
    if find_spec("cminpack_numba") is None:
        print("cminpack-numba is not installed: its row is missing")
    else:
        rows += singles.against_cminpack_numba()
    rows += batches.against_one_worker(decays)
    rows.sort(key=lambda row: PEERS.index(row.peer))
    print_rows(rows)
    print_shares(batches.shares(decays, spots, of_batches))
    draw(rows, Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURE)


if __name__ == "__main__":
    main()
