"""The documentation: built without a warning, with all that is public in it; and the code of its pages, run."""

import importlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import blocks
import minpack
from support import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

sphinx_inventory = pytest.importorskip("sphinx.util.inventory", reason="Sphinx is not installed")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_code_of_page(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands = "\n".join(block.text for block in blocks.blocks(page) if block.kind in ("sh", "console"))
    missing = [tool for tool in ("make", "cc") if re.search(rf"\b{tool} ", commands) and shutil.which(tool) is None]
    if missing:
        pytest.skip(f"needs {missing[0]}")
    monkeypatch.setenv("MPLBACKEND", "Agg")
    assert blocks.run(page, tmp_path) > 0 or page.stem == "index" or page.parent.name == "reference"


def test_code_fits_into_the_width_of_a_page() -> None:
    code = [block.text for page in PAGES[1:] for block in blocks.blocks(page) if block.kind not in ("console", "text")]
    assert [line for text in code for line in text.splitlines() if len(line) > 84] == []


@pytest.mark.any_python
def test_site(tmp_path: Path) -> None:
    site = tmp_path / "site"
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-n", "-q", "-d", tmp_path / "doctrees", "docs", site],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    inventory = sphinx_inventory.InventoryFile.loads((site / "objects.inv").read_bytes(), uri="")
    described = {name for kind, names in inventory.data.items() if kind.startswith("py:") for name in names}
    for module in (minpack, importlib.import_module("minpack.numba")):
        assert {f"{module.__name__}.{name}" for name in module.__all__} - described == set()
    members = {f"minpack.Fit.{name}" for name in vars(minpack.Fit) if not name.startswith("_")}
    assert members - described - {f"minpack.Fit.{name}" for name in minpack.Fit.__dataclass_fields__} == set()


def test_links_of_the_readme() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert "docs/index.md" in links
    assert [link for link in links if not (ROOT / link).is_file()] == []


# ---- the check itself: a page that says something wrong is found


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("```python\nprint(1 + 1)\n```\n\n```text\n3\n```\n", "- 3\n.*2"),
        ("```python\nprint(1 + 1)\n```\n", r"\+ 2"),
        ("```python\n1\n```\n\n```text\n1\n```\n", "- 1"),
        ("```python\nimport warnings\nwarnings.warn('careful')\n```\n", "UserWarning: careful"),
        ("```python\n1 / 0\n```\n\n```text\nZeroDivisionError: no\n```\n", "division by zero"),
        ("```python\nx = 1\n```\n\nand\n\n```text\n1\n```\n", "nothing checks this block"),
        ("```console\n$ echo right\nwrong\n```\n", "- wrong"),
        ("```console\n$ false\n```\n", "ended with status 1"),
        ("```sh\nmake nonsense\n```\n", "nonsense"),
        ("```sh\npip install 'minpack[nonsense]'\n```\n", "nonsense"),
        ("```{code-block} c\nint f(void);\n```\n", "nothing checks this block"),
    ],
)
def test_wrong_page_is_found(text: str, complaint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "ROOT", tmp_path)
    (tmp_path / "page.md").write_text(text, encoding="utf-8")
    with pytest.raises(blocks.WrongPageError, match=complaint):
        blocks.run(tmp_path / "page.md", tmp_path)


def test_right_page_is_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "ROOT", tmp_path)
    text = (
        "```python\nx = 0.25\nprint(x)\n```\n\n```text\n0.2...\n```\n\n"
        "```{code-block} text\n:caption: a.txt\nwords\n```\n\n"
        "```console\n$ read line < a.txt ; echo $line\nwords\n$ true ; echo $?\n0\n```\n\n"
        "```python\nassert x == 0.25\n1 / 0\n```\n\n"
        "```text\nZeroDivisionError: division by zero\n```\n"
    )
    (tmp_path / "page.md").write_text(text, encoding="utf-8")
    assert blocks.run(tmp_path / "page.md", tmp_path) == 4
