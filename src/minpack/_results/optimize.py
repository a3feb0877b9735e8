"""`OptimizeResult`: what `least_squares` returns."""

from __future__ import annotations

from typing import Any

from .shared import Shared


class OptimizeResult(dict[str, Any]):
    """A result whose items are attributes as well.

    Attributes
    ----------
    x, cost, fun, jac, grad, optimality, active_mask, nfev, njev, status, message, success
        See `least_squares`.

    Notes
    -----
    If SciPy has been imported, this is `scipy.optimize.OptimizeResult`.
    """

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(name) from error

    __setattr__ = dict.__setitem__
    __delattr__ = dict.__delitem__

    def __dir__(self) -> list[str]:
        return list(self)

    def __repr__(self) -> str:
        width = max(map(len, self), default=0)
        indent = "\n" + " " * (width + 2)
        return "\n".join(f"{name:>{width}}: {str(value).replace(chr(10), indent)}" for name, value in self.items())

    def __reduce__(self) -> tuple[Any, ...]:
        return optimize_result, (), None, None, iter(self.items())


shared = Shared(OptimizeResult)


def optimize_result(**items: Any) -> OptimizeResult:
    """A result of the class that is right here and now."""
    result: OptimizeResult = shared.current()(items)
    return result
