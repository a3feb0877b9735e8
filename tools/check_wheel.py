"""Check that wheels are small, hold only the package, and work in a clean environment without a compiler.

    python tools/check_wheel.py dist/*.whl          with only the oldest supported NumPy, then the newest
    python tools/check_wheel.py --suite dist/*.whl  run the whole test suite, with its dependencies
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pythons

ROOT = Path(__file__).resolve().parent.parent
# A little above what there is, so that growth is noticed. Three fifths are Python, a third of that its docstrings.
MOST_BYTES = 595_000
MOST_LIBRARY_BYTES = 198_500  # of the extension, as compressed in the wheel
ALLOWED = {".py", ".pyi", ".typed", ".h", ".so", ".pyd", ".dylib"}
NEWEST_GLIBC = (2, 17)  # what manylinux2014 promises
LOOKERS = ("nm", "objdump", "readelf")  # the tests inspect the library with these


def check_content(path: Path) -> None:
    """Check the size, the name and the contents of a wheel."""
    size = path.stat().st_size
    assert size < MOST_BYTES, f"{path.name} must have at most {MOST_BYTES} bytes; got {size}"
    if sys.platform == "linux" and "musllinux" not in path.name:
        glibc = [(int(a), int(b)) for a, b in re.findall(r"manylinux_(\d+)_(\d+)", path.name)]
        assert glibc and min(glibc) <= NEWEST_GLIBC, f"{path.name} needs a newer C library"
    with zipfile.ZipFile(path) as wheel:
        sizes = {info.filename: info.compress_size for info in wheel.infolist()}
    (library,) = (size for name, size in sizes.items() if re.search(r"/_core\..*(so|pyd)$", name))
    assert library < MOST_LIBRARY_BYTES, f"the library must have at most {MOST_LIBRARY_BYTES} bytes; got {library}"
    names = [name for name in sizes if not name.endswith("/")]
    version = path.name.split("-")[1]
    for name in names:
        top = name.split("/")[0]
        assert top in {"minpack", f"minpack-{version}.dist-info"}, f"{name} does not belong in the wheel"
        assert top != "minpack" or Path(name).suffix in ALLOWED, f"{name} does not belong in the wheel"
    assert "minpack/include/minpack.h" in names
    assert "minpack/py.typed" in names
    sizes_in_words = f"{size / 1000:.0f} kB ({library / 1000:.0f} of them the library)"
    print(f"{path.name}: {sizes_in_words}, {len(names)} files", flush=True)


class Environment:
    """A virtual environment in a folder, whose programs find no compiler."""

    def __init__(self, version: str, folder: str) -> None:
        base = pythons.find(version)
        assert base is not None, f"CPython {version} is not installed, so its wheel cannot be tried"
        subprocess.run([base, "-m", "venv", folder], check=True)
        self.python = Path(folder) / "bin" / "python"
        tools = Path(folder) / "tools"
        tools.mkdir()
        for name in LOOKERS:
            place = shutil.which(name)
            if place is not None:
                (tools / name).symlink_to(place)
        self.variables = {name: value for name, value in os.environ.items() if name not in ("CC", "FC", "PYTHONPATH")}
        self.variables["PATH"] = f"{self.python.parent}{os.pathsep}{tools}"

    def run(self, *arguments: str | Path, check: bool = True) -> int:
        """Run Python with these arguments in the project's folder; raise an error if it fails and `check` is true."""
        return subprocess.run([self.python, *arguments], cwd=ROOT, env=self.variables, check=check).returncode

    def install(self, *requirements: str) -> None:
        """Install packages from wheels only, because there is no compiler."""
        self.run("-m", "pip", "--disable-pip-version-check", "install", "-qq", "--only-binary=:all:", *requirements)


def main(arguments: list[str]) -> None:
    suite = "--suite" in arguments
    failed = []
    for path in (Path(argument).resolve() for argument in arguments if argument != "--suite"):
        check_content(path)
        version = re.sub(r"cp(\d)(\d+)", r"\1.\2", path.name.split("-")[2])
        for numpy in [""] if suite else [f"=={pythons.OLDEST_NUMPY[version]}", ""]:
            with tempfile.TemporaryDirectory() as folder:
                environment = Environment(version, folder)
                environment.install(f"{path}[test]" if suite else str(path), f"numpy{numpy}")
                if not suite:
                    environment.run("-W", "error", "-I", ROOT / "tools" / "smoke.py")
                elif environment.run("-m", "pytest", "-q", check=False) != 0:
                    failed.append(path.name)
    if failed:
        sys.exit(f"tests failed with {', '.join(failed)}")


if __name__ == "__main__":
    main(sys.argv[1:])
