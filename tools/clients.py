"""Run the tests of packages that call SciPy's fits, with SciPy and with minpack in its place; compare test by test.

    python tools/clients.py [NAME ...]

installs the packages and minpack into build/clients/venv, and prints a table. The exit status is 1 if a test has
another outcome with minpack and is not in EXPECTED. What pytest and the switch print stays in build/clients.
"""

import datetime
import re
import subprocess
import sys
import tarfile
import xml.etree.ElementTree as ElementTree
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


CLIENTS = [
    Client("lmfit", ("tests",), from_source=True),
    Client("astropy", ("--pyargs", "astropy.modeling")),
    Client("photutils", ("--pyargs", "photutils.isophote")),
    Client("specparam", ("--pyargs", "specparam")),
    Client("refnx", ("--pyargs", "refnx.analysis")),
    Client("xarray", ("--pyargs", "xarray.tests.test_dataarray", "-k", "curvefit")),
    Client("dipy", ("--pyargs", "dipy.reconst.tests.test_dti", "dipy.reconst.tests.test_ivim")),
]
# pytest 9 makes errors of marks that these tests use
NEEDED = ["scipy", "pytest<9", "pytest-astropy", "pytest-mock", "h5py", "dill", "setuptools"]
EXPECTED: dict[str, str] = {}  # tests whose outcome changes, and why


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


def test_folder(client: Client) -> Path:
    """Where the client's tests are run: in its source distribution, or in an empty folder."""
    folder = BUILD / client.name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pytest.ini").touch()  # otherwise minpack's settings of pytest hold
    if not client.from_source:
        return folder
    name = f"{client.name}-{version(client.name)}"
    archive = folder / f"{name}.tar.gz"
    if not archive.exists():
        wanted = ["--no-deps", "--no-binary", ":all:", name.replace("-", "==")]
        done = run([PYTHON, "-m", "pip", "-qq", "download", *wanted], folder)
        if not archive.exists():
            sys.exit(f"there is no source distribution {archive.name}\n{done.stderr}")
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return folder / name


def outcomes(client: Client, folder: Path, side: str) -> tuple[dict[str, str], str]:
    """The outcome of each test, and the switch's report."""
    results = BUILD / f"{client.name}-{side}.xml"
    results.unlink(missing_ok=True)
    switch = ["minpack.scipy", "--report", "-m"] if side == "minpack" else []
    options = ["-q", "-o", "addopts=", "-p", "no:cacheprovider", f"--junitxml={results}"]  # addopts: no coverage
    done = run([PYTHON, "-m", *switch, "pytest", *client.tests, *options], folder)
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
    folder = test_folder(client)
    plain, _ = outcomes(client, folder, "scipy")
    ours, report = outcomes(client, folder, "minpack")
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
