"""Build the core for every platform that this machine has compilers for, run it, and compare all bits.

tests/fuzz/everywhere.c computes thousands of random fits and prints digests of all bits; those that are expected on
every platform are in tests/data/everywhere.txt. Builds that may fuse multiplications with additions, or that keep
intermediate results in wider registers, must have others, which shows that the comparison can fail; the package's build
refuses them.

    python tools/everywhere.py [--store] [NAME ...]

prints a table; names choose among the platforms; --store keeps the digests of the first build. Needs Debian's cross
compilers, qemu-user, LLVM and wine: `tools/ensure everywhere`.
"""

import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from check_arithmetic import complaint

ROOT = Path(__file__).resolve().parent.parent
STORED = ROOT / "tests" / "data" / "everywhere.txt"
BUILD = ROOT / "build" / "everywhere"
CORE_FLAGS = {"gfortran": ["-std=f2018", "-fopenmp-simd", "-frecursive"]}  # flang has them by default
FUNCTIONS_FLAGS = ["-std=c17", "-fno-math-errno", "-fno-trapping-math", "-DLEVEL=base", "-w"]
LANES_FLAGS = ["-std=c17", "-fno-math-errno", "-DLEVEL=", "-w"]
FUNCTIONS = ["vectors.c", "numbers.c", "dispatch.c", "tables.c"]
PARTS = ["fits", "bounded", "lanes", "steps"]  # each has a digest, and so has each elementary function


@dataclass(frozen=True)
class Platform:
    """A processor, its compilers, and how its programs run here."""

    name: str
    prefix: str = ""  # of the compilers' names
    options: tuple[str, ...] = ()
    emulator: str = ""
    fortran: str = "gfortran"
    c: str = "gcc"  # for the C functions

    @property
    def compilers(self) -> tuple[str, str]:
        """Those of the core and of its C functions."""
        return self.prefix + self.fortran, self.prefix + self.c


# Debian puts it where no PATH looks
WINE = shutil.which("wine64") or "/usr/lib/wine/wine64"
FLANG = "flang-new-19"
WINDOWS = Platform("Windows x86_64", "x86_64-w64-mingw32-", emulator=WINE)
SSE2 = ("-msse2", "-mfpmath=sse")
CROSS = {
    "aarch64": "aarch64-linux-gnu-",
    "s390x": "s390x-linux-gnu-",
    "ppc64le": "powerpc64le-linux-gnu-",
    "riscv64": "riscv64-linux-gnu-",
}
SAME = [
    (Platform("x86_64"), "-O2"),
    *((Platform("x86_64"), options) for options in ("-O0", "-O1", "-O3", "-Os")),
    (Platform("x86_64", options=("-march=native",)), "-O3"),
    *((Platform("x86_64", c="clang"), level) for level in ("-O0", "-O3")),
    *((Platform("x86_64", fortran=FLANG, c="clang"), level) for level in ("-O1", "-O3")),
    *((WINDOWS, level) for level in ("-O0", "-O2", "-O3")),
    *((Platform(name, prefix, emulator=f"qemu-{name}"), "-O3") for name, prefix in CROSS.items()),
    (Platform("i386", "i686-linux-gnu-", SSE2), "-O3"),
]
DIFFERENT = [
    (Platform("x86_64", options=("-march=native",)), "-O3 -ffp-contract=fast"),
    *((Platform(name, prefix, emulator=f"qemu-{name}"), "-O3 -ffp-contract=fast") for name, prefix in CROSS.items()),
    (Platform("i386", "i686-linux-gnu-", ("-mfpmath=387",)), "-O3"),
]


def sources() -> list[Path]:
    """The core's files, each after the modules that it uses."""
    text = (ROOT / "minpack" / "meson.build").read_text(encoding="utf-8")
    listed = text.partition("'minpack_core'")[2].partition("fortran_args")[0]
    return [ROOT / "minpack" / name for name in re.findall(r"'([\w/]+\.f90)'", listed)]


def digests(platform: Platform, options: str) -> list[str]:
    """Build for a platform, and the lines that the program prints there."""
    words = [platform.name, *platform.options, options, *platform.compilers]
    folder = BUILD / re.sub(r"[^\w]+", "_", " ".join(words)).strip("_")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    contract = [] if "-ffp-contract" in options else ["-ffp-contract=off"]
    flags = [*options.split(), *contract, *platform.options]
    include = ["-I", str(ROOT / "minpack")]
    functions = [str(ROOT / "minpack" / "functions" / name) for name in FUNCTIONS]
    lanes = map(str, (ROOT / "minpack").glob("*/*lanes.c"))
    fortran, c = platform.compilers
    run([fortran, *CORE_FLAGS.get(platform.fortran, []), *flags, "-c", *map(str, sources())], folder)
    run([c, *FUNCTIONS_FLAGS, *flags, *include, "-c", *functions], folder)
    run([c, *LANES_FLAGS, *flags, *include, "-c", *lanes], folder)
    # the problems themselves are the same everywhere
    plain = ["-O1", "-ffp-contract=off", *(SSE2 if platform.name == "i386" else ())]
    driver = str(ROOT / "tests" / "fuzz" / "everywhere.c")
    objects = sorted(path.name for path in folder.glob("*.o"))
    linker = f"{platform.prefix}gcc"
    run([linker, "-std=c17", *plain, *include, driver, *objects, "-static", "-o", "everywhere.exe", "-lm"], folder)
    return run([*platform.emulator.split(), "./everywhere.exe"], folder).splitlines()


def run(command: list[str], folder: Path) -> str:
    environment = os.environ | {"WINEPREFIX": str(BUILD / "wine"), "WINEDEBUG": "-all"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}\n{done.stderr}")
    return done.stdout


def is_refused(platform: Platform, options: str) -> bool:
    """Whether the package's build refuses the compilers with these options."""
    flags = ["-ffp-contract=off", *options.split(), *platform.options]  # in the order of meson's
    family = "x86" if platform.name == "i386" else platform.name
    languages = zip(("fortran", "c"), platform.compilers, strict=True)
    return any(complaint(language, family, [compiler, *flags]) for language, compiler in languages)


def version(compiler: str) -> str:
    text = subprocess.run([compiler, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"(\d+\.\d+\.\d+|\d+-posix)", text)
    return found[0] if found else "?"


def verdicts(found: list[str], expected: list[str]) -> list[str]:
    """What the bits of each part and of the functions are; those of which no digest is stored have others."""
    others = [line.split()[0] for line in sorted({*found} ^ {*expected})]
    functions = dict.fromkeys(name for name in others if name not in PARTS)
    parts = ["other bits" if name in others else "same" for name in PARTS]
    which = ", ".join(functions) if len(functions) <= 4 else str(len(functions))
    return [*parts, f"other bits: {which}" if functions else "same"]


def row(platform: Platform, options: str, found: list[str], expected: list[str]) -> list[str]:
    fortran, c = platform.compilers
    compilers = f"{platform.fortran} {version(fortran)}" + (f", clang {version(c)}" if c == "clang" else "")
    by = Path(platform.emulator).name or "itself"
    build = "refused" if is_refused(platform, options) else "accepted"
    return [platform.name, compilers, " ".join([options, *platform.options]), build, by, *verdicts(found, expected)]


def main(args: list[str]) -> int:
    store = "--store" in args
    names = [arg for arg in args if not arg.startswith("-")]
    builds = [(True, *build) for build in SAME] + [(False, *build) for build in DIFFERENT]
    builds = [build for build in builds if not names or build[1].name in names]
    if store:
        STORED.write_text("\n".join(digests(*SAME[0])) + "\n", encoding="utf-8")
    expected = STORED.read_text(encoding="utf-8").splitlines()
    head = ["platform", "compilers", "options", "the build", "run by", *PARTS, "functions"]
    print("| " + " | ".join(head) + " |")
    print("| --- " * len(head) + "|")
    failed = False
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(lambda build: digests(*build[1:]), builds)
        for (same, platform, options), lines in zip(builds, found, strict=True):
            cells = row(platform, options, lines, expected)
            build, parts = cells[3], cells[5:]
            right = (build, set(parts)) == ("accepted", {"same"}) if same else build == "refused" and parts[0] != "same"
            failed |= not right
            print("| " + " | ".join(cells) + " |" + ("" if right else " <- not as expected"), flush=True)
    print("\nhow many:", *(" ".join(line.split()[:2]) for line in expected[: len(PARTS)]))
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
