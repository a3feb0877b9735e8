"""The CPythons that get wheels, and where they are on this machine."""

import glob
import os
import shutil
import subprocess

# each with the first NumPy that has wheels for it, but at least the one that pyproject.toml requires
OLDEST_NUMPY = {"3.11": "1.25.0", "3.12": "1.26.0", "3.13": "2.1.0", "3.14": "2.3.2", "3.15": "2.5.2"}


def is_cpython(python: str, version: str) -> bool:
    """Whether this is a working CPython of this version that can make virtual environments."""
    words = "import ensurepip, sys, venv; print(sys.implementation.name, *sys.version_info[:2])"
    done = subprocess.run([python, "-c", words], capture_output=True, text=True, check=False)
    return done.stdout.split() == ["cpython", *version.split(".")]


def find(version: str) -> str | None:
    """A CPython of this version, on PATH or among pyenv's; None if there is none."""
    home = os.environ.get("PYENV_ROOT") or os.path.expanduser("~/.pyenv")
    # a name on PATH may be pyenv's placeholder for a version that is not selected, so try to run each
    places = [shutil.which(f"python{version}"), *glob.glob(f"{home}/versions/{version}.*/bin/python{version}")]
    return next((place for place in places if place and is_cpython(place, version)), None)
