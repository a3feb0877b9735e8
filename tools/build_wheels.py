"""Build the source distribution, and from it a wheel for each CPython that is here, into dist/.

On Linux auditwheel then looks which symbols of the C library each needs, and gives it the oldest manylinux tag that
has them. Run by `make wheel`.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import pythons

DIST, BUILD = Path("dist"), Path("build/wheels")


def run(*command: str | Path) -> None:
    """Run a command; what it prints is shown where it fails."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{done.stdout}\n{' '.join(map(str, command))} failed")


def build(python: str, sdist: Path) -> Path:
    """A wheel from the source distribution, in a build environment that pip makes for it."""
    folder = BUILD / Path(python).name
    run(python, "-m", "venv", "--clear", folder / "venv")
    pip = [folder / "venv/bin/python", "-m", "pip", "--disable-pip-version-check"]
    run(*pip, "wheel", "--no-deps", "-w", folder, sdist)
    (wheel,) = folder.glob("*.whl")
    return wheel


def main() -> None:
    for folder in (DIST, BUILD):
        shutil.rmtree(folder, ignore_errors=True)
    run(sys.executable, "-m", "build", "--sdist", "--outdir", DIST)
    (sdist,) = DIST.glob("*.tar.gz")
    for version in pythons.OLDEST_NUMPY:
        python = pythons.find(version)
        if python is None:
            print(f"CPython {version} is not here, and so left out")
            continue
        wheel = build(python, sdist)
        if sys.platform == "linux":
            run(sys.executable, "-m", "auditwheel", "repair", "--wheel-dir", DIST, wheel)
        else:
            shutil.copy(wheel, DIST)
    if not list(DIST.glob("*.whl")):
        sys.exit("no CPython was found to build a wheel for")


if __name__ == "__main__":
    main()
