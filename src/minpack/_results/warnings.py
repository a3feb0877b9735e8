"""Warnings that point at the line of the user's that led to them, however many functions of the package lie between."""

from __future__ import annotations

import sys
import warnings
from types import FrameType

_PACKAGE = __name__.partition(".")[0]


class OptimizeWarning(UserWarning):
    """A result that is not to be trusted as it stands, such as a covariance that could not be estimated."""


def warn(message: str, category: type[Warning]) -> None:
    """Warn at the innermost line outside of this package."""
    level = 2
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and str(frame.f_globals.get("__name__", "")).split(".")[0] == _PACKAGE:
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)
