"""What `least_squares` prints, in SciPy's words."""

from __future__ import annotations

_COLUMNS = ("Iteration", "Total nfev", "Cost", "Cost reduction", "Step norm", "Optimality")


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
