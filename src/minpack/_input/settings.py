"""What a fit is run with besides functions and data: tolerances, limits, scales, constants, workers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .arrays import check_callable, check_choice, integer, real_number

TOLERANCE = 1.49012e-8
GTOL = 0.0
# The profiles of constants, as the extension numbers them.
REFERENCES = {"scipy": 0, "netlib": 1}


class Settings(NamedTuple):
    """How to run a fit, with the defaults of `leastsq`."""

    ftol: float = TOLERANCE
    xtol: float = TOLERANCE
    gtol: float = GTOL
    maxfev: int = 0
    epsfcn: float | None = None
    factor: float = 100
    diag: ArrayLike | None = None
    reference: str = "scipy"

    @property
    def profile(self) -> int:
        """The number of the constants."""
        return REFERENCES[self.reference]

    def complete(self, n: int, *, differences: bool) -> Settings:
        """Check the numbers, and put MINPACK's defaults in the place of those not given."""
        settings = self
        if self.epsfcn is None:
            settings = self._replace(epsfcn=float(np.finfo(np.float64).eps))
        for name in ("ftol", "xtol", "gtol", "epsfcn", "factor"):
            real_number(name, getattr(settings, name))
        return settings._replace(maxfev=most_calls(integer("maxfev", self.maxfev), n, differences=differences))


_DEFAULT = Settings()


def from_options(caller: str, options: Mapping[str, Any], *others: str) -> Settings:
    """Take the keywords of a fit; those in `others` are the caller's own business.

    Raises
    ------
    TypeError
        If a keyword is not known.
    ValueError
        If `reference` is not known.
    """
    if not options:
        return _DEFAULT
    for name in options:
        if name not in Settings._fields and name not in others:
            known = ", ".join((*Settings._fields, *others))
            raise TypeError(f"{caller} got an unexpected keyword argument {name!r}; its options are {known}")
    settings = Settings(**{name: value for name, value in options.items() if name not in others})
    check_choice("reference", settings.reference, tuple(REFERENCES))
    return settings


def most_calls(maxfev: int, n: int, *, differences: bool) -> int:
    """Return maxfev, or MINPACK's limit on calls if it is not positive."""
    return maxfev if maxfev > 0 else (200 if differences else 100) * (n + 1)


def check_callback(callback: Any) -> None:
    """Raise TypeError unless a callback can be called or is None."""
    check_callable("callback", callback, optional=True)


def check_nan_policy(nan_policy: Any) -> None:
    """Raise ValueError unless a policy for NaN is known."""
    check_choice("nan_policy", nan_policy, (None, "raise", "omit"))


def is_number_of_workers(workers: Any) -> bool:
    """Whether a value is a positive integer, or -1 for one worker per core."""
    return isinstance(workers, (int, np.integer)) and bool(workers >= 1 or workers == -1)


def check_workers(workers: Any) -> None:
    """Raise ValueError unless workers is a number of threads or a map."""
    if not callable(workers) and not is_number_of_workers(workers):
        raise ValueError(f"workers must be a positive integer, -1 (one per core) or callable; got {workers!r}")
