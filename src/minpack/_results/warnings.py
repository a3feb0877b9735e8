"""Warnings that point at the user's line, however many functions of the package lie in between."""

from __future__ import annotations

import sys
import warnings
from types import FrameType
from typing import Any

from .shared import Shared

_PACKAGE = __name__.partition(".")[0]


class OptimizeWarning(UserWarning):
    """A result that is not to be trusted as it stands, such as a covariance that cannot be estimated.

    If SciPy has been imported, this is `scipy.optimize.OptimizeWarning`.
    """

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, self.args, self.__dict__ or None


class NotFiniteWarning(RuntimeWarning):
    """A residual is NaN or infinite at the start, so no fit was made."""


shared = Shared(OptimizeWarning)


def _again(*args: Any) -> Any:
    """An OptimizeWarning from a pickle, of the class that is right where it is read."""
    return shared.current()(*args)


def warn_optimize(message: str) -> None:
    warn(message, shared.current())


def warn(message: str, category: type[Warning] = RuntimeWarning) -> None:
    """Warn at the innermost line outside of this package."""
    level = 2
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and str(frame.f_globals.get("__name__", "")).partition(".")[0] == _PACKAGE:
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)


def warn_not_finite(residual: int) -> None:
    """Warn that no fit was made as a residual is NaN or infinite where it starts."""
    warn(f"residual {residual} is not finite at x0, so no fit was made: start where func is finite", NotFiniteWarning)
