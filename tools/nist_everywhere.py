"""Fit NIST's 27 sets with minpack's functions by several compilers and on several processors, and compare all bits.

    python tools/nist_everywhere.py

builds the package with each compiler, runs tests/nist_ways.py with each build, on this machine and on emulated ones
without AVX-512 and without AVX2, and prints a table. numba's compiler is too slow to emulate: it gets a processor's
name instead. Needs clang and qemu-user (`tools/ensure everywhere`), and numba.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "everywhere" / "nist"
COMPILERS = [
    ("gcc", "gfortran", "-O3"),
    ("gcc", "gfortran", "-O0"),
    ("clang", "gfortran", "-O3"),
    ("clang", "gfortran", "-O0"),
]
NATIVE = {"avx512f": "AVX-512", "avx2": "AVX2"}
EMULATED = {"Haswell": "AVX2", "Nehalem": "SSE2"}
# qemu 7.2 gets some instructions wrong that OpenBLAS and NumPy choose for themselves there; no fit depends on them
OWN_CHOICE = {"OPENBLAS_CORETYPE": "Nehalem", "OPENBLAS_L2_SIZE": "512", "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4"}


def install(c: str, fortran: str, level: str) -> Path:
    """A build of the package, all of it at this level of optimization."""
    folder = BUILD / f"{c}{level}"
    folder.mkdir(parents=True)
    for compiler in (c, fortran):
        # the last option holds, and meson.build has some of its own
        wrapper = folder / compiler
        wrapper.write_text(f'#!/bin/sh\nexec {compiler} "$@" {level}\n', encoding="utf-8")
        wrapper.chmod(0o755)
    environment = os.environ | {"CC": str(folder / c), "FC": str(folder / fortran)}
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q", "install", "--no-deps"]
    where = ["--target", str(folder / "site"), f"-Cbuild-dir={folder / 'build'}"]
    command = [*pip, "--no-build-isolation", *where, str(ROOT)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{done.stdout[-3000:]}\n{done.stderr}\n{c} and {fortran} with {level} failed")
    return folder / "site"


def run(site: Path, ways: list[str], emulator: list[str], **settings: str) -> dict[str, str]:
    """What each way's bits are: the same or others."""
    command = [*emulator, sys.executable, "-P", str(ROOT / "tests" / "nist_ways.py"), *ways]
    environment = os.environ | {"PYTHONPATH": str(site)} | settings
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    found = dict(line.split(" ", 2)[::2] for line in done.stdout.splitlines())
    if list(found) != ways:
        sys.exit(f"{done.stdout}\n{done.stderr}\n{' '.join(command)} failed")
    return found


def vectors_here() -> str:
    """The widest vectors that this machine has."""
    flags = Path("/proc/cpuinfo").read_text(encoding="utf-8").split()
    return next((name for flag, name in NATIVE.items() if flag in flags), "SSE2")


def main() -> int:
    shutil.rmtree(BUILD, ignore_errors=True)
    plain = ["numpy", "formula", "command"]
    print("| compilers | options | processor | NumPy | formula | command line | numba |")
    print("| --- " * 7 + "|")
    failed = False
    for c, fortran, level in COMPILERS:
        site = install(c, fortran, level)
        rows = [(f"this one, {vectors_here()}", run(site, [*plain, "numba"], []))]
        for cpu, vectors in EMULATED.items() if level == "-O3" else ():
            found = run(site, plain, ["qemu-x86_64", "-cpu", cpu], **OWN_CHOICE)
            found |= run(site, ["numba"], [], NUMBA_CPU_NAME=cpu.lower())
            rows.append((f"{cpu}, {vectors}", found))
        for processor, found in rows:
            failed |= set(found.values()) != {"same"}
            print(f"| {c}, {fortran} | {level} | {processor} | {' | '.join(found.values())} |", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
