"""Run the tests of packages that call SciPy's fits, with SciPy and with minpack in its place; compare test by test.

    python tools/clients.py [NAME ...]

installs the packages and minpack into build/clients/venv, and prints a table. The exit status is 1 if a test has
another outcome with minpack and is not in EXPECTED. What pytest and the switch print stays in build/clients.
"""

import datetime
import re
import shutil
import subprocess
import sys
import tarfile
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "clients"
PYTHON = str(BUILD / "venv" / "bin" / "python")


@dataclass(frozen=True)
class Client:
    """A package, and how its tests are run."""

    name: str
    tests: tuple[str, ...]
    from_source: bool = False  # only the source distribution has the tests
    left_out: tuple[str, ...] = ()  # tests


LEFT_OUT = (
    # as many as 1.2 million evaluations each, and no call of SciPy's fits
    "tests/test_max_nfev.py::test_default_max_nfev[ampgo-1200000]",
    "tests/test_max_nfev.py::test_default_max_nfev[basinhopping-1200000]",
    "tests/test_max_nfev.py::test_default_max_nfev[dual_annealing-1200000]",
    # fails on a busy machine: it allows half a second for something that is no fit
    "tests/test_manypeaks_speed.py::test_manypeaks_speed",
)
CLIENTS = [
    Client("lmfit", ("tests",), from_source=True, left_out=LEFT_OUT),
    Client("astropy", ("--pyargs", "astropy.modeling")),
    Client("photutils", ("--pyargs", "photutils.isophote")),
    Client("specparam", ("--pyargs", "specparam")),
    Client("refnx", ("--pyargs", "refnx.analysis")),
    Client("xarray", ("--pyargs", "xarray.tests.test_dataarray", "-k", "curvefit")),
    Client("dipy", ("--pyargs", "dipy.reconst.tests.test_dti", "dipy.reconst.tests.test_ivim")),
    Client("hyperspy", ("--pyargs", "hyperspy.tests.model")),
    Client("thermo", ("tests", "-k", "fit or regress"), from_source=True),
    Client("PyAbel", ("--pyargs", "abel")),
    Client("phonopy", ("test/qha", "test/cui/phonopy_qha"), from_source=True),
    Client("gstools", ("tests",), from_source=True),
    Client("pykrige", ("tests",), from_source=True),
    Client("pybaselines", ("tests/test_classification.py",), from_source=True),
    Client("specutils", ("--pyargs", "specutils.tests.test_fitting", "specutils.tests.test_continuum")),
    Client("curvefit_stats", ("tests",), from_source=True),
]
# pytest 9 makes errors of marks that these tests use; without the last two packages some are skipped
NEEDED = ["scipy", "pytest<9", "pytest-astropy", "pytest-mock", "h5py", "dill", "setuptools"]
NEEDED += ["scikit-learn", "matplotlib", "numdifftools"]
EXPECTED = {  # tests whose outcome changes, and why
    "tests.test_review::test_bootstrap_rejects_trust_region_pseudoinverse[True]": "whether rounding makes a correlation"
    " of 1 larger than 1: with SciPy it does in 36 of 200 such fits, with minpack in 28",
}


def run(command: list[str], folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def install(clients: list[Client]) -> None:
    pip = [PYTHON, "-m", "pip", "--disable-pip-version-check", "-qq", "install"]
    for command in (
        [sys.executable, "-m", "venv", str(BUILD / "venv")],
        [*pip, *NEEDED, *(client.name for client in clients)],
        [*pip, "--no-deps", "--force-reinstall", str(ROOT)],
    ):
        done = run(command)
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)}\n{done.stderr}")


def version(package: str) -> str:
    return run([PYTHON, "-c", f"import importlib.metadata as m; print(m.version({package!r}))"]).stdout.strip()


def source_of(client: Client) -> Path:
    """The client's source distribution."""
    name = f"{client.name}-{version(client.name)}"
    archive = BUILD / f"{name}.tar.gz"
    if not archive.exists():
        wanted = ["--no-deps", "--no-binary", client.name, name.replace("-", "==")]
        done = run([PYTHON, "-m", "pip", "-qq", "download", *wanted], BUILD)
        if not archive.exists():
            sys.exit(f"there is no source distribution {archive.name}\n{done.stderr}")
    return archive


def test_folder(client: Client, side: str) -> Path:
    """Where the client's tests are run: in its source distribution, or in an empty folder. Some write files there."""
    folder = BUILD / f"{client.name}-{side}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "pytest.ini").touch()  # otherwise minpack's settings of pytest hold
    if not client.from_source:
        return folder
    archive = source_of(client)
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return folder / archive.name.removesuffix(".tar.gz")


def outcomes(client: Client, side: str) -> tuple[dict[str, str], str]:
    """The outcome of each test, and the switch's report."""
    results = BUILD / f"{client.name}-{side}.xml"
    results.unlink(missing_ok=True)
    switch = ["minpack.scipy", "--report", "-m"] if side == "minpack" else []
    options = ["-q", "-o", "addopts=", "-p", "no:cacheprovider", f"--junitxml={results}"]  # addopts: no coverage
    options += [f"--deselect={test}" for test in client.left_out]
    done = run([PYTHON, "-m", *switch, "pytest", *client.tests, *options], test_folder(client, side))
    cases = list(ElementTree.parse(results).iter("testcase")) if results.exists() else []
    if not cases:
        sys.exit(f"{client.name} with {side}: no test was run\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    found = {}
    for case in cases:
        kinds = {child.tag for child in case} & {"failure", "error", "skipped"}
        found[f"{case.get('classname')}::{case.get('name')}"] = min(kinds, default="passed")
    (BUILD / f"{client.name}-{side}.txt").write_text(done.stdout + done.stderr, encoding="utf-8")
    return found, done.stderr


def in_words(found: dict[str, str]) -> str:
    """How many tests passed, were skipped, and failed."""
    kinds = list(found.values())
    passed, skipped = kinds.count("passed"), kinds.count("skipped")
    return f"{passed}, {skipped}, {len(kinds) - passed - skipped}"


def calls_in(report: str) -> tuple[int, int]:
    """How many calls minpack served, and how many SciPy."""
    row = r"^(?:leastsq|curve_fit|least_squares) +\S+ +(\d+) +[\d.]+  (minpack|SciPy)"
    rows = re.findall(row, report, re.MULTILINE)
    served, passed_on = (sum(int(count) for count, by in rows if by == who) for who in ("minpack", "SciPy"))
    return served, passed_on


def compare(client: Client) -> list[str]:
    """Print the client's row; return the tests that change without a reason."""
    # at once only if they cannot meet: some write files into the installed package
    with ThreadPoolExecutor(2 if client.from_source else 1) as pool:
        sides = [pool.submit(outcomes, client, side) for side in ("scipy", "minpack")]
    (plain, _), (ours, report) = (side.result() for side in sides)
    changed = sorted(test for test in plain.keys() | ours.keys() if plain.get(test) != ours.get(test))
    served, passed_on = calls_in(report)
    cells = [client.name, version(client.name), in_words(plain), in_words(ours), len(changed), served, passed_on]
    print("| " + " | ".join(map(str, cells)) + " |", flush=True)
    for test in changed:
        print(f"    {test}: {plain.get(test)} -> {ours.get(test)}: {EXPECTED.get(test, 'no reason known')}", flush=True)
    return [test for test in changed if test not in EXPECTED]


def main(names: list[str]) -> int:
    if unknown := set(names) - {client.name for client in CLIENTS}:
        sys.exit(f"NAME must be one of {', '.join(client.name for client in CLIENTS)}; got {', '.join(unknown)}")
    clients = [client for client in CLIENTS if not names or client.name in names]
    install(clients)
    versions = ", ".join(f"{package} {version(package)}" for package in ("scipy", "numpy", "pytest"))
    print(f"{datetime.date.today()}, Python {sys.version.split()[0]}, {versions}; passed, skipped, failed:\n")
    print("| package | version | with SciPy | with minpack | changed | calls to minpack | to SciPy |")
    print("| --- " * 7 + "|")
    return int(any([compare(client) for client in clients]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
