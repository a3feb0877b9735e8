"""Make minpack/_engine/kernels.py from the C of minpack/functions: the same kernels, for numba.

    python tools/translate_kernels.py OUTPUT      # as each build does

The C is so plain (see minpack/functions/arithmetic.h) that a statement of it becomes Python by leaving out its types.
The functions of kernels.py compute nothing: given values of LLVM they emit the instructions, see vector_functions.py.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "minpack" / "functions"
FUNCTION = re.compile(r"static inline (?:\w+)\n(\w+)\(([^)]*)\)\n\{\n(.*?)\n\}\n", re.DOTALL)
CONSTANT = re.compile(r"^static const double (\w+) = (.*?);", re.MULTILINE)
TABLE = re.compile(r"const (double|uint64_t) (\w+)\[\d+\] = ")
NUMBER = re.compile(r"0x[0-9a-f]+(?:\.[0-9a-f]+)?p-?\d+")

HEAD = '''\
# Made by tools/translate_kernels.py from minpack/functions.
"""The kernels of the elementary functions, which emit instructions for numba."""

from .emit import INF, Table, bits_of, choose, double, double_of, pair_of, root, shift_right, uint64_t

ROUND = 0x18 * 2.0**48
'''


def expression(c: str) -> str:
    c = NUMBER.sub(lambda match: repr(float.fromhex(match[0])), c)
    return re.sub(r"\s+", " ", c.strip())


def includes(header: str, seen: list[str]) -> list[str]:
    """The headers below this one, and itself, in the order in which the compiler sees them."""
    for below in re.findall(r'#include "(\w+\.h)"', (FOLDER / header).read_text(encoding="utf-8")):
        if below not in seen:
            includes(below, seen)
    seen.append(header)
    return seen


def function(name: str, arguments: str, body: str) -> str:
    lines = [f"def {name}({', '.join(a.split()[-1] for a in arguments.split(','))}):"]
    for statement in filter(None, (part.strip() for part in body.split(";"))):
        if match := re.fullmatch(r"const \w+ (\w+) = (.*)", statement, re.DOTALL):
            lines.append(f"    {match[1]} = {expression(match[2])}")
        elif match := re.fullmatch(r"return (.*)", statement, re.DOTALL):
            lines.append(f"    return {expression(match[1])}")
        else:
            raise SystemExit(f"{name}: a statement must be a constant or return; got {statement}")
    return "\n".join(lines)


def text() -> str:
    out = [HEAD]
    for header in includes("kernels.h", []):
        if header == "arithmetic.h":
            continue
        source = re.sub(r"/\*.*?\*/", "", (FOLDER / header).read_text(encoding="utf-8"), flags=re.DOTALL)
        out += [f'{name} = Table("{name}", {kind})' for kind, name in TABLE.findall(source)]
        out += [f"{name} = {expression(value)}" for name, value in CONSTANT.findall(source)]
        out += [function(*match) for match in FUNCTION.findall(source)]
        if source.count("static inline") != len(FUNCTION.findall(source)):
            raise SystemExit(f"{header}: not all functions are understood")
    return "\n\n".join(out) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(text(), encoding="utf-8")
