"""`OptimizeResult`: what `least_squares` returns."""

from __future__ import annotations

from typing import Any


class OptimizeResult(dict[str, Any]):
    """A result whose items are attributes as well.

    Attributes
    ----------
    x, cost, fun, jac, grad, optimality, active_mask, nfev, njev, status, message, success
        See `least_squares`.
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
