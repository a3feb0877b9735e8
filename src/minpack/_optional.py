"""Packages that may be installed or not, for all parts of the package."""

from __future__ import annotations

import importlib
from typing import Any


def needed(what: str, module: str, *packages: str) -> Any:
    """Import a module that `what` needs; without it, ImportError says which packages have it."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(f"{what} needs {' and '.join(packages)}: pip install {' '.join(packages)}") from error
