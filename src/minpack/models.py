"""Ready models: functions ``f(x, *params)`` with names, exact derivatives, starts from data, natural limits.

``minpack.fit(models.gaussian, x, y)`` needs no start, and so do batches. Models add, each under a name of its own:
``models.gaussian("p1") + models.gaussian("p2") + models.line``.

Examples
--------
>>> import numpy as np
>>> import minpack
>>> from minpack import models
>>> x = np.linspace(0.0, 10.0, 50)
>>> y = models.gaussian(x, 3.0, 4.0, 0.8) + 0.02 * np.sin(9.0 * x)
>>> fit = minpack.fit(models.gaussian, x, y)
>>> fit
Fit(height = 3.0000 ± 0.0068, center = 4.0000 ± 0.0021, sigma = 0.8000 ± 0.0021)
"""

from __future__ import annotations

from ._models.model import Model
from ._models.ready import MODELS, polynomial

__all__ = ["Model", "polynomial", *MODELS]  # noqa: PLE0604

globals().update(MODELS)


def __getattr__(name: str) -> Model:
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}; its models are {', '.join(MODELS)}")
