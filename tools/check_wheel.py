"""Check a wheel: small, holds the package alone, and works in an empty environment with NumPy as the only company."""

import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

MOST_BYTES = 200_000
ALLOWED = {".py", ".pyi", ".typed", ".h", ".so", ".pyd", ".dylib"}
TRIAL = """
import sys
from importlib import metadata
import minpack
x, ier = minpack.leastsq(lambda x: [10 * (x[1] - x[0] ** 2), 1 - x[0]], [-1.2, 1.0])
assert ier in (1, 2, 3, 4) and abs(x - 1).max() < 1e-6, (x, ier)
installed = {d.name for d in metadata.distributions()} - {"pip", "setuptools"}
assert installed == {"minpack", "numpy"}, installed
"""


def main(path: Path) -> None:
    size = path.stat().st_size
    assert size < MOST_BYTES, f"{path.name} has {size} bytes, more than {MOST_BYTES}"

    with zipfile.ZipFile(path) as wheel:
        names = wheel.namelist()
    version = path.name.split("-")[1]
    for name in names:
        top = name.split("/")[0]
        assert top in {"minpack", f"minpack-{version}.dist-info"}, f"{name} does not belong into the wheel"
        assert top != "minpack" or Path(name).suffix in ALLOWED, f"{name} does not belong into the wheel"
    assert "minpack/include/minpack.h" in names
    assert "minpack/py.typed" in names

    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder) / "bin" / "python"
        pip = [python, "-m", "pip", "--disable-pip-version-check"]
        subprocess.run([*pip, "install", "-qq", path.resolve()], check=True)
        subprocess.run([python, "-W", "error", "-I", "-c", TRIAL], check=True)
    print(f"{path}: {size / 1000:.0f} kB, {len(names)} files; works with nothing but NumPy installed")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
