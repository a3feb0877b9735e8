"""Run the code blocks of a page in order, as a reader would, and compare their output with the output on the page.

python          All blocks of a page run in one namespace. A block must print the content of the `text` block after it,
                or nothing if there is none. Warnings count as output, and so does an exception that ends the block.
console         Commands after "$ ", each followed by its output, if any.
sh              Commands, one per line.
with a caption  A file of that name, for the other blocks to use.

In the output on the page, ... stands for anything. `make` is a dry run, and `pip install` only looks up the extras.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import re
import subprocess
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FENCE = re.compile(
    r"^```(?P<directive>\{[\w-]+\})? *(?P<kind>[\w-]*)[^\n]*\n(?::caption: (?P<caption>\S+)\n)?(?P<text>.*?)^```$"
    r"(?:\n+```text\n(?P<output>.*?)^```$)?",
    re.MULTILINE | re.DOTALL,
)
# Sphinx's own markup, or content from other files
DIRECTIVES = ("{toctree}", "{eval-rst}", "{literalinclude}")
QUIET = (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning)  # Python's default


class WrongPageError(AssertionError):
    """A block does not do what the page says."""


@dataclass(frozen=True)
class Block:
    """One block of code, and its output on the page."""

    where: str
    line: int
    kind: str
    caption: str
    text: str
    output: str


def blocks(page: Path) -> Iterator[Block]:
    """The blocks of a page; a block of output belongs to the code before it."""
    text = page.read_text(encoding="utf-8")
    for match in FENCE.finditer(text):
        if match["directive"] in DIRECTIVES:
            continue
        line = text.count("\n", 0, match.start("text")) + 1
        where = f"{page.relative_to(ROOT)}, line {line}"
        runs = match["kind"] == "python" or (match["kind"] in ("console", "sh") and match["output"] is None)
        if not runs and not match["caption"]:
            raise WrongPageError(f"{where}: nothing checks this block")
        yield Block(where, line, match["kind"], match["caption"] or "", match["text"], match["output"] or "")


def draw(page: Path, folder: Path) -> None:
    """Draw the pictures of a page: run it up to the last one."""
    found = list(blocks(page))
    drawn = [i for i, block in enumerate(found) if "savefig(" in block.text]
    run(page, folder, found[: drawn[-1] + 1])


def run(page: Path, folder: Path, found: list[Block] | None = None) -> int:
    """Run the blocks of a page in `folder`; return how many there are."""
    found = list(blocks(page)) if found is None else found
    namespace: dict[str, Any] = {"__name__": "page"}
    with contextlib.chdir(folder):
        for block in found:
            if block.caption:
                Path(block.caption).write_text(block.text, encoding="utf-8")
            elif block.kind == "python":
                compare(block.where, block.output, run_python(page, block, namespace))
            else:
                for command, output in commands(block):
                    run_command(block.where, command, output)
    if "matplotlib.pyplot" in sys.modules:  # it keeps figures
        sys.modules["matplotlib.pyplot"].close("all")
    return len(found)


def run_python(page: Path, block: Block, namespace: dict[str, Any]) -> str:
    """Run a block; return its output."""
    # empty lines before it give a traceback the line numbers of the page
    code = compile("\n" * (block.line - 1) + block.text, str(page), "exec")
    with contextlib.redirect_stdout(io.StringIO()) as printed, warnings.catch_warnings():
        warnings.simplefilter("always")
        for category in QUIET:
            warnings.simplefilter("ignore", category)
        warnings.showwarning = lambda message, category, *_: print(f"{category.__name__}: {message}")
        try:
            exec(code, namespace)
        except Exception as error:
            if not block.output:
                raise
            print(f"{type(error).__name__}: {error}")
    return printed.getvalue()


def commands(block: Block) -> Iterator[tuple[str, str | None]]:
    """Commands and their output on the page; None if the page shows none."""
    if block.kind == "sh":
        lines = map(str.strip, block.text.splitlines())
        yield from ((line, None) for line in lines if line and not line.startswith("#"))
    else:
        for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
            command = re.match(r"(.*\\\n)*.*\n", part)
            assert command is not None
            yield command[0], part[command.end() :]


def run_command(where: str, command: str, output: str | None) -> None:
    """Run a command of the page; its exit status must be 0."""
    folder = Path.cwd()
    if command.startswith("pip install"):
        extras = re.findall(r"\w+", "".join(re.findall(r"\[(.*?)\]", command)))
        if unknown := set(extras) - set(metadata.metadata("minpack").get_all("Provides-Extra") or []):
            raise WrongPageError(f"{where}: minpack has no extra {unknown}")
        return
    if command.startswith("make "):
        command, output, folder = command.replace("make", "make -n", 1), None, ROOT
    # the commands of this Python come first
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        command, shell=True, cwd=folder, env=os.environ | {"PATH": path, "PYTHONIOENCODING": "utf-8"},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise WrongPageError(f"{where}: {command}\nended with status {done.returncode}:\n{done.stdout}")
    if output is not None:
        compare(where, output, done.stdout)


def compare(where: str, shown: str, found: str) -> None:
    checker, flags = doctest.OutputChecker(), doctest.ELLIPSIS | doctest.REPORT_NDIFF
    if not checker.check_output(shown, found, flags):
        raise WrongPageError(f"{where}:\n{checker.output_difference(doctest.Example('', shown), found, flags)}")
