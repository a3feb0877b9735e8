"""Cross-build a wheel for 64-bit Windows with MinGW-w64, into dist/.

    python tools/windows_wheel.py

It is for the version of CPython that runs this. The Python files and the metadata come from a wheel for this machine,
the headers from this CPython and from NumPy's wheel for Windows, and the import library is made of the names in
CPython's headers. Needs meson, wheel, zopfli, pkg-config and MinGW-w64: `make windows` installs them and runs this.
"""

import json
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import build_wheels

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "windows"
VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"
DIGITS = VERSION.replace(".", "")
PREFIX = "x86_64-w64-mingw32-"
# the C library that Python uses, instead of MinGW's default, which is from 1998
UCRT = ["-nodefaultlibs", "-static-libgcc", "-lmingw32", "-lgcc", "-lmoldname", "-lmingwex", "-lucrt", "-lkernel32"]

# what the headers of CPython and the extension ask for
PYCONFIG = """\
#define MS_WINDOWS
#define MS_WIN32
#define MS_WIN64
#define NT_THREADS
#define WITH_THREAD 1
#define Py_ENABLE_SHARED 1
#define HAVE_DECLSPEC_DLL 1
#define HAVE_STDINT_H 1
#define HAVE_STDDEF_H 1
#define HAVE_WCHAR_H 1
#define HAVE_SYS_TYPES_H 1
#define HAVE_SYS_STAT_H 1
#define HAVE_ERRNO_H 1
#define HAVE_LONG_LONG 1
#define HAVE_UINTPTR_T 1
#define HAVE_PY_SSIZE_T 1
#define SIZEOF_SHORT 2
#define SIZEOF_WCHAR_T 2
#define SIZEOF_INT 4
#define SIZEOF_LONG 4
#define SIZEOF_FLOAT 4
#define SIZEOF_DOUBLE 8
#define SIZEOF_LONG_LONG 8
#define SIZEOF_SIZE_T 8
#define SIZEOF_TIME_T 8
#define SIZEOF_OFF_T 4
#define SIZEOF_VOID_P 8
#define SIZEOF_FPOS_T 8
#define ALIGNOF_LONG 4
#define ALIGNOF_SIZE_T 8
#define ALIGNOF_MAX_ALIGN_T 16
#define PY_SSIZE_T_MAX 9223372036854775807LL
typedef long long Py_ssize_t;
"""

CROSS = """\
[binaries]
c = '{prefix}gcc-posix'
fortran = '{prefix}gfortran-posix'
ar = '{prefix}ar'
strip = '{prefix}strip'
pkg-config = 'pkg-config'
[host_machine]
system = 'windows'
cpu_family = 'x86_64'
cpu = 'x86_64'
endian = 'little'
[built-in options]
c_args = ['-D_UCRT']
c_link_args = {link_args}
pkg_config_path = '{numpy}'
"""


def run(*command: str | Path) -> str:
    """Run a command; show its output if it fails."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{done.stdout}\n{' '.join(map(str, command))} failed")
    return done.stdout


def pip(*args: str | Path) -> None:
    run(sys.executable, "-m", "pip", "--disable-pip-version-check", "-q", *args)


def unpack(pattern: str, name: str) -> Path:
    """The contents of the one wheel in BUILD whose name matches."""
    (wheel,) = BUILD.glob(pattern)
    run(sys.executable, "-m", "zipfile", "-e", wheel, BUILD / name)
    return BUILD / name


def native() -> Path:
    """The contents of a wheel for this machine."""
    pip("wheel", "--no-deps", "--no-build-isolation", f"-Cbuild-dir={BUILD / 'native-build'}", "-w", BUILD, ROOT)
    return unpack("minpack-*.whl", "wheel")


def numpy() -> Path:
    """Where pkg-config finds NumPy for Windows."""
    wanted = ["--platform", "win_amd64", "--python-version", VERSION, "--only-binary", ":all:", "--no-deps"]
    pip("download", *wanted, "-d", BUILD, "numpy")
    return unpack("numpy-*.whl", "numpy") / "numpy" / "_core" / "lib" / "pkgconfig"


def python() -> Path:
    """What meson reads about CPython for Windows: the folder of its headers, and the library to link with."""
    shutil.copytree(sysconfig.get_path("include"), BUILD / "include")
    (BUILD / "include" / "pyconfig.h").write_text(PYCONFIG, encoding="utf-8")
    text = "".join(path.read_text(encoding="utf-8") for path in (BUILD / "include").rglob("*.h"))
    # some are declared under the name of a macro
    found = re.findall(r"PyAPI_(?:FUNC|DATA)\([^()]*\)\s*(\w+)|# *define +Py\w+ +(_Py\w+)\s*$", text, re.MULTILINE)
    names = sorted({name or other for name, other in found})
    definitions, library = BUILD / f"python{DIGITS}.def", BUILD / f"libpython{DIGITS}.dll.a"
    definitions.write_text("\n".join([f"LIBRARY python{DIGITS}.dll", "EXPORTS", *names, ""]), encoding="utf-8")
    run(f"{PREFIX}dlltool", "-d", definitions, "-l", library)
    details = {
        "schema_version": "1.0",
        "base_prefix": str(BUILD),
        "platform": "win-amd64",
        "language": {"version": VERSION},
        "implementation": {"name": "cpython"},
        "abi": {"flags": [], "extension_suffix": f".cp{DIGITS}-win_amd64.pyd", "stable_abi_suffix": ".pyd"},
        "libpython": {"dynamic": str(library), "link_extensions": True},
        "c_api": {"headers": str(BUILD / "include")},
    }
    path = BUILD / "build-details.json"
    path.write_text(json.dumps(details), encoding="utf-8")
    return path


def main() -> None:
    shutil.rmtree(BUILD, ignore_errors=True)
    BUILD.mkdir(parents=True)
    wheel = native()
    (extension,) = (wheel / "minpack").glob("_core.*.so")
    cross = BUILD / "cross.ini"
    cross.write_text(CROSS.format(prefix=PREFIX, link_args=UCRT, numpy=numpy()), encoding="utf-8")
    meson = [sys.executable, "-m", "mesonbuild.mesonmain"]
    options = [f"--cross-file={cross}", f"-Dpython.build_config={python()}"]
    run(*meson, "setup", BUILD / "meson", ROOT, *options)
    run(*meson, "compile", "-C", BUILD / "meson")
    (built,) = (BUILD / "meson").rglob("_core.*.pyd")
    run(f"{PREFIX}strip", "-o", extension.parent / built.name, built)
    extension.unlink()
    (about,) = wheel.glob("*.dist-info/WHEEL")
    tag = f"Tag: cp{DIGITS}-cp{DIGITS}-win_amd64"
    about.write_text(re.sub(r"(?m)^Tag: .*", tag, about.read_text("utf-8")), "utf-8")
    dist = ROOT / "dist"
    dist.mkdir(exist_ok=True)
    run(sys.executable, "-m", "wheel", "pack", "-d", dist, wheel)
    (packed,) = dist.glob(f"minpack-*-cp{DIGITS}-win_amd64.whl")
    build_wheels.pack(packed)
    print(packed.relative_to(ROOT))


if __name__ == "__main__":
    main()
