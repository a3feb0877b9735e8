"""Configuration of Sphinx, which `make docs` runs."""

import importlib.metadata
import shutil
import sys
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.parsers.rst.states import Inliner
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxRole

import minpack

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import blocks  # noqa: E402

project = "minpack"
author = "the minpack developers"
copyright = "the minpack developers; BSD 3-Clause licence"
version = release = importlib.metadata.version("minpack")

extensions = ["myst_parser", "numpydoc", "sphinx.ext.autodoc", "sphinx_copybutton"]
exclude_patterns: list[str] = []
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3

# ---- the reference

add_module_names = False
autodoc_typehints = "none"  # types are in the docstrings, in words
autodoc_member_order = "bysource"
maximum_signature_line_length = 100
numpydoc_show_class_members = False
# references list the sources; the text need not cite them
suppress_warnings = ["ref.footnote"]
default_role = "name"

# ---- how it looks

html_theme = "pydata_sphinx_theme"
html_title = f"minpack {version}"
html_static_path = ["static"]
html_css_files = ["minpack.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "logo": {"text": "minpack"},
    "navbar_align": "left",
    "show_prev_next": True,
    "show_toc_level": 2,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
# pages without subpages have nothing to show in a sidebar
html_sidebars: dict[str, list[str]] = {name: [] for name in ("index", "bits", "speed", "contributing")}
copybutton_selector = "div:not(.highlight-text) > div.highlight pre"  # not on outputs
copybutton_prompt_text = "$ "
copybutton_line_continuation_character = "\\"


class Name(SphinxRole):
    """Render `this` in a docstring: as a link if it is a public name, otherwise as code."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        name = self.text.removesuffix("()").removeprefix("minpack.")
        if name in minpack.__all__:
            role = self.env.domains.python_domain.role("obj")
            assert role is not None
            inliner: Inliner = self.inliner
            return role("obj", self.rawtext, f"~minpack.{name}", self.lineno, inliner, {}, [])
        return [nodes.literal(self.text, self.text)], []


def draw_pictures(app: Sphinx) -> None:
    """Run the pages that draw, so that each picture comes from the code of a page."""
    folder = HERE / "pictures"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for page in sorted(HERE.rglob("*.md")):
        if any("savefig(" in block.text for block in blocks.blocks(page)):
            blocks.draw(page, folder)


def hide_signature(app: Sphinx, what: str, name: str, *_: object) -> tuple[str, str] | None:
    """Hide the signatures of results, which users do not create."""
    return ("", "") if name in ("minpack.Fit", "minpack.GradientCheck") else None


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_role("name", Name())
    app.connect("builder-inited", draw_pictures)
    app.connect("autodoc-process-signature", hide_signature)
    return {"parallel_read_safe": True}
