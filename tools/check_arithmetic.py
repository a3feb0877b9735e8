"""Refuse a compiler that rounds otherwise than operation by operation; meson.build runs this, also for cross builds.

    python check_arithmetic.py {c | fortran} CPU_FAMILY COMPILER [ARGUMENT ...]

compiles a * b + c with these arguments and looks at the instructions. The product and the sum must each be rounded to
64 bits: no fused multiply-add, and no registers of 80 bits (x87). Nothing is run.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCES = {
    "c": ("sum.c", "double minpack_check(double a, double b, double c) { return a * b + c; }\n"),
    "fortran": (
        "sum.f90",
        """pure function minpack_check(a, b, c) result(r) bind(c)
    use, intrinsic :: iso_c_binding, only: c_double
    real(c_double), value :: a, b, c
    real(c_double) :: r
    r = a * b + c
end function
""",
    ),
}
# of x86, Arm, Power, RISC-V, LoongArch and s390x
FUSED = re.compile(r"^\s+(v?fn?m(add|sub|la|ls)|vfn?m[as]|vml[as]|xsn?m(add|sub)|m[as]dbr?|wfn?m[as])\w*", re.M)
X87 = re.compile(r"^\s+f(mul|add)p?[sl]?\b", re.M)


def complaint(language: str, family: str, command: list[str]) -> str | None:
    """What is wrong with the compiler, if anything is."""
    name, text = SOURCES[language]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / name).write_text(text, encoding="utf-8")
        # last, so that they hold: optimized as in a release, and to instructions even where the linker makes them
        command = [*command, "-O3", "-fno-lto", "-S", name, "-o", "sum.s"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            return f"{' '.join(command)} failed:\n{done.stderr}"
        assembly = (Path(folder) / "sum.s").read_text(encoding="utf-8", errors="replace")
    if found := FUSED.search(assembly):
        return (
            f"{command[0]} fuses multiplications with additions in spite of -ffp-contract=off ({found[0].strip()}), so "
            "fits would have other bits: use another compiler, or other options"
        )
    if family in ("x86", "x86_64") and (found := X87.search(assembly)):
        return (
            f"{command[0]} computes in x87 registers ({found[0].strip()}), whose results have other bits: add -msse2 "
            "-mfpmath=sse to CFLAGS and FFLAGS"
        )
    return None


if __name__ == "__main__":
    words = complaint(sys.argv[1], sys.argv[2], sys.argv[3:])
    if words is not None:
        sys.exit(words)
