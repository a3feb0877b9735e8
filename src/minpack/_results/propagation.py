"""Derivatives by the parameters, and what the covariance of the parameters makes of them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._linear import product
from .derivatives import differences, precision_of, where_defined
from .solution import Solution

_Array = NDArray[np.float64]

class Derived(NamedTuple):
    """A quantity computed from fitted parameters, with the error that theirs cause.

    Attributes
    ----------
    value : float or ndarray, shape (k,)
        The function at the fitted values.
    error : float or ndarray, shape (k,)
        Its standard error.
    covariance : float or ndarray, shape (k, k)
        Its variance; of several values, their covariance matrix.

    Examples
    --------
    >>> import minpack
    >>> fit = minpack.fit(lambda x, a, b: a + b * x, [1.0, 2.0, 3.0, 4.0], [2.1, 3.9, 6.0, 8.2])
    >>> zero = fit.derived(lambda a, b: -a / b)
    >>> f"{zero.value:.3f} ± {zero.error:.3f}"
    '0.025 ± 0.086'
    """

    value: Any
    error: Any
    covariance: Any


def differentiate(func: Callable[[_Array], _Array], center: _Array, fit: Solution, eps: float) -> _Array:
    """Derivatives of a vector (k,) by each of the n parameters where a fit ended, shape (k, n), from within the bounds.

    Zero for those without an error of their own: held or at a bound.
    """
    errors = fit.deviations
    free = errors != 0.0
    if not free.any():  # held, or determined exactly: they cause no error
        return np.zeros((center.size, free.size))

    def moved(point: _Array) -> _Array:
        values = fit.values.copy()
        values[free] = point
        return func(values)

    if fit._errors_are_given and 0.0 < fit.residual_sd < np.inf:  # steps suit the scatter: sigma may be of another size
        errors = errors * fit.residual_sd
    gradient = np.zeros((center.size, free.size))
    gradient[:, free] = differences(
        where_defined(moved, center.shape, (fit.lower[free], fit.upper[free])), fit.values[free], center,
        errors=errors[free], starts=fit.start[free], eps=eps,
    ).columns  # fmt: skip
    return gradient


def variances(gradient: _Array, covariance: _Array) -> _Array:
    """The diagonal of ``gradient @ covariance @ gradient.T``; infinite if the covariance is not defined."""
    if not np.isfinite(covariance).all():
        return np.full(len(gradient), np.inf)
    # a covariance has no negative directions, but rounding may give it some
    with np.errstate(over="ignore", invalid="ignore"):
        diagonal: _Array = np.maximum(np.einsum("ki,ij,kj->k", gradient, covariance, gradient), 0.0)
    return diagonal


def leverage(fit: Solution) -> _Array | float:
    """What share of its own error the fit takes away from each residual; 0 if the model cannot be called again."""
    center = fit.ydata - fit.residuals
    try:
        x = fit.predictors(fit.xdata)
        eps = precision_of(fit.f(x, *fit.values))
        gradient = differentiate(
            lambda values: np.broadcast_to(fit._real(fit.f(x, *values)), center.shape), center, fit, eps
        )
    except Exception:  # of a function that is gone, or of a file it reads that is closed
        return 0.0
    scale = 1.0 if fit.absolute_sigma else fit.reduced_chi_square
    shares = variances(fit._weighted(gradient), fit.covariance) / scale
    return np.where(np.isfinite(shares), shares, 0.0)


def derive(func: Callable[..., Any] | str, fit: Solution) -> Derived:
    """What `func` makes of the parameters, with its covariance by linear propagation; a model knows some by name."""
    if isinstance(func, str):
        model: Any = fit.f
        if not hasattr(model, "quantity"):
            raise ValueError(f"func must be a function unless a model was fitted; got {func!r}")
        func = model.quantity(func)
        assert callable(func)
    if not callable(func):
        raise TypeError(f"func must be a function of parameters, such as lambda {fit.names[0]}: ...; got {func!r}")
    call = _caller(func, fit.names)
    covariance = fit.covariance
    center = call(fit.values)
    if center.ndim > 1:
        raise ValueError(f"func must return one value or a vector of them; it returned shape {center.shape}")
    gradient = differentiate(lambda p: np.atleast_1d(call(p)), np.atleast_1d(center), fit, precision_of(0.0))
    if np.isfinite(covariance).all():
        with np.errstate(over="ignore", invalid="ignore"):
            propagated = product(product(gradient, covariance), gradient.T)
    else:
        propagated = np.full((len(gradient),) * 2, np.inf)
    deviations = np.sqrt(np.maximum(np.diag(propagated), 0.0))
    if center.ndim == 0:
        return Derived(float(center), float(deviations[0]), float(propagated[0, 0]))
    return Derived(center, deviations, propagated)


def _caller(func: Callable[..., Any], names: tuple[str, ...]) -> Callable[[_Array], _Array]:
    """`func` of a parameter vector: by name if its arguments are parameters, by position if none is."""
    try:
        found = inspect.signature(func).parameters.values()
    except (TypeError, ValueError):
        found = ()  # type: ignore[assignment]
    wanted = [p.name for p in found if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    wanted += [p.name for p in found if p.default is not p.empty and p.name in names]
    keywords = not any(p.kind in (p.POSITIONAL_ONLY, p.VAR_POSITIONAL) for p in found)
    unknown = [name for name in wanted if name not in names]
    if keywords and 0 < len(unknown) < len(wanted):
        raise ValueError(
            f"func takes {unknown[0]!r}, which is not a parameter of the fit: there are {', '.join(names)}; "
            "what is none of them needs a default"
        )
    if wanted and keywords and not unknown:
        index = {name: names.index(name) for name in wanted}
        return lambda p: np.asarray(func(**{name: p[j] for name, j in index.items()}), dtype=np.float64)
    takes_any = not found or any(p.kind is p.VAR_POSITIONAL for p in found)
    if not takes_any and len(wanted) != len(names):
        raise ValueError(
            f"func must take parameters by name, out of {', '.join(names)}, or all {len(names)} by position; "
            f"it takes {', '.join(wanted) or 'none'}"
        )
    return lambda p: np.asarray(func(*p), dtype=np.float64)
