"""`OptimizeResult`: what `least_squares` returns; and what it prints, in SciPy's words."""

from __future__ import annotations

from typing import Any

from .shared import Shared

_COLUMNS = ("Iteration", "Total nfev", "Cost", "Cost reduction", "Step norm", "Optimality")


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


def header() -> str:
    return "".join(f"{name:^15}" for name in _COLUMNS)


def line(nit: int, nfev: int, cost: float, reduction: float, step_norm: float, optimality: float) -> str:
    """An iteration; at the first one there is no step yet."""
    step = f"{reduction:^15.2e}{step_norm:^15.2e}" if nit else " " * 30
    return f"{nit:^15}{nfev:^15}{cost:^15.4e}{step}{optimality:^15.2e}"


def summary(message: str, nfev: int, initial_cost: float, cost: float, optimality: float) -> str:
    return (
        f"{message}\nFunction evaluations {nfev}, initial cost {initial_cost:.4e}, "
        f"final cost {cost:.4e}, first-order optimality {optimality:.2e}."
    )
