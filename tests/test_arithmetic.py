"""The check of compilers that the build makes: it refuses those whose arithmetic would give other bits."""

import platform
import shutil
import subprocess
import sys

import pytest

from support import ROOT

COMPILERS = {"c": shutil.which("gcc"), "fortran": shutil.which("gfortran")}


@pytest.mark.any_python
@pytest.mark.parametrize("language", COMPILERS)
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-ffp-contract=off", "-mfma"], None),
        (["-ffp-contract=off", "-flto"], None),
        (["-ffp-contract=fast", "-mfma"], "fuses multiplications with additions"),
        (["-mfpmath=387"], "computes in x87 registers"),
        (["-no-such-option"], "failed:"),
    ],
)
def test_compilers_that_round_otherwise_are_refused(language: str, arguments: list[str], words: str | None) -> None:
    compiler = COMPILERS[language]
    if compiler is None or platform.machine() != "x86_64":
        pytest.skip("needs GCC for x86_64")
    command = [sys.executable, ROOT / "tools" / "check_arithmetic.py", language, "x86_64", compiler, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == (words is not None), done.stderr
    assert (words or "") in done.stderr
