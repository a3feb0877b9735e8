"""Build the source distribution and, from it, a wheel for each installed CPython, into dist/.

On Linux auditwheel checks which symbols of the C library each wheel needs, and chooses the oldest manylinux tag that
has them. `make wheel` runs this.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import pythons

DIST, BUILD = Path("dist"), Path("build/wheels")


def run(*command: str | Path) -> None:
    """Run a command; show its output if it fails."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{done.stdout}\n{' '.join(map(str, command))} failed")


def build(python: str, sdist: Path) -> Path:
    """Build a wheel from the source distribution, in an environment that pip creates for it."""
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
            print(f"CPython {version} is not installed: no wheel for it")
            continue
        wheel = build(python, sdist)
        if sys.platform == "linux":
            run(sys.executable, "-m", "auditwheel", "repair", "--wheel-dir", DIST, wheel)
        else:
            shutil.copy(wheel, DIST)
    if not list(DIST.glob("*.whl")):
        sys.exit("no CPython found: no wheel was built")


if __name__ == "__main__":
    main()
