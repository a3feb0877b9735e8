"""`fit_residuals`: a sum of squares of one's own making, with the whole answer of `fit`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._input.arrays import brief, check_callable, real_array, real_number
from .._input.parameters import POSITIONAL, parameters
from .._names import called, in_one_form
from .._results.several import ResidualFit, as_kind
from .fit import fit
from .returned import look_where_steps_suit, steps_error

_Array = NDArray[np.float64]


class Negative:
    """Residuals as a model of data that are all zero: data less model are the residuals."""

    def __init__(self, func: Callable[..., Any], args: tuple[Any, ...], p0: Any = None) -> None:
        self.func, self.args = func, args
        self.__name__ = called(func)
        found = list(inspect.signature(func).parameters.values())
        names = [p for p in found if p.kind in POSITIONAL]
        names = names[: len(names) - len(args)] if args else names
        rest = [p for p in found if p.kind is p.VAR_POSITIONAL]
        self.takes_vector = not rest and len(names) == 1 and self._is_vector(p0, names[0].name)
        if self.takes_vector:
            names, rest = [], [inspect.Parameter("params", inspect.Parameter.VAR_POSITIONAL)]
        self.__signature__ = inspect.Signature([
            inspect.Parameter("_", inspect.Parameter.POSITIONAL_ONLY),
            *(p.replace(kind=inspect.Parameter.POSITIONAL_ONLY) for p in names), *rest,
        ])  # fmt: skip

    def _is_vector(self, p0: Any, name: str) -> bool:
        """Whether a function of one argument takes all parameters as a vector, as those for `leastsq` do."""
        if isinstance(p0, Mapping) and {*p0} != {name}:
            return True
        if p0 is not None and not isinstance(p0, Mapping) and np.size(p0) != 1:
            return True
        start = 1.0 if p0 is None else p0[name] if isinstance(p0, Mapping) else np.ravel(p0)[0]
        try:
            self.func(start, *self.args)
        except (TypeError, IndexError) as error:  # a number cannot be indexed
            if p0 is None:
                raise ValueError(
                    f"p0 must have the start of each parameter if func takes them as a vector; {self.__name__}"
                    f"({name}) does not take a number: {error}"
                ) from error
            return not isinstance(p0, Mapping)
        return False

    def value(self, params: tuple[Any, ...]) -> Any:
        return self.func(np.array(params), *self.args) if self.takes_vector else self.func(*params, *self.args)

    def __call__(self, _: Any, *params: Any) -> Any:
        return -_real(self.value(params), np.ndim(params[0]) > 0)


class NegativeJacobian(Negative):
    is_complex = False  # whether the residuals are

    def __call__(self, _: Any, *params: Any) -> Any:
        columns = self.value(params)
        if self.is_complex and np.iscomplexobj(columns):
            columns = np.concatenate([np.real(columns), np.imag(columns)], axis=-2)
        return -real_array("what jac returns", columns)


def _real(value: Any, many: bool) -> NDArray[Any]:
    """A vector of real numbers: complex residuals as their real parts, and then the imaginary ones."""
    try:
        array = np.asarray(value)
        if array.dtype.kind not in "fc":  # integers, which may have no negative, and objects that are numbers
            if array.dtype.kind not in "biuO" or array.ndim == 0 or any(item is None for item in array.flat):
                raise TypeError(f"got {brief(value)}")
            array = real_array("they", array)
    except (TypeError, ValueError) as error:
        raise TypeError(f"func must return residuals, real or complex numbers: {error}") from error
    array = array if many else array.ravel()
    return np.concatenate([array.real, array.imag], axis=-1) if np.iscomplexobj(array) else array


def fit_residuals(
    func: Callable[..., ArrayLike],
    p0: ArrayLike | Mapping[str, float] | None = None,
    args: tuple[Any, ...] = (),
    *,
    absolute_sigma: bool = False,
    jac: Callable[..., ArrayLike] | None = None,
    fixed: Mapping[str, float] | None = None,
    **options: Any,
) -> ResidualFit:
    """Minimize a sum of squares, and give the whole answer.

    For residuals that are no curve less data: solutions of differential equations, complex data, several measurements
    of different kinds, constraints as additional residuals.

    Parameters
    ----------
    func : callable
        ``func(a, b, ..., *args)`` returns the residuals, real or complex, of any shape. The errors are right if each is
        divided by its standard deviation, or if all have the same one. The parameters that are fitted are its arguments
        before `args`, by their names. ``func(p, *args)`` of a vector, as `leastsq` takes it, is one, too: if `p0` has
        several parameters, which are called p0, p1, and so on, or as a dict `p0` names them in order.
    p0 : array_like or dict, optional
        Start, as for `fit`.
    args : tuple, optional
        What `func` gets after the parameters.
    absolute_sigma : bool, optional
        Whether the residuals have a standard deviation of 1. Otherwise it follows from their scatter.
    jac : callable, optional
        ``jac(a, b, ..., *args)``, or ``jac(p, *args)``, returns the derivatives of the residuals by all parameters,
        shape (m, n).
    fixed : dict, optional
        Parameters to hold, and their values.
    **options : dict
        The further options of `fit`.

    Returns
    -------
    ResidualFit
        A `Fit` whose ``residuals`` are those of `func`, the imaginary parts after the real ones. It has no curve, so
        ``predict`` and the bands raise ValueError; ``plot`` draws the residuals.

    Raises
    ------
    ValueError
        If a name is not that of a parameter, a start is missing, or there are no residuals.
    TypeError
        If there are more parameters than residuals.

    Examples
    --------
    >>> import numpy as np
    >>> import minpack
    >>> def misfit(center, width, frequency, response):
    ...     return 1.0 / (1.0 + 1j * (frequency - center) / width) - response
    >>> frequency = np.linspace(0.0, 4.0, 9)
    >>> response = 1.0 / (1.0 + 1j * (frequency - 2.2) / 0.7)
    >>> fit = minpack.fit_residuals(misfit, {"center": 2.0, "width": 1.0}, (frequency, response))
    >>> round(fit["center"], 6), round(fit["width"], 6), fit.residuals.size
    (2.2, 0.7, 18)
    """
    check_callable("func", func)
    check_callable("jac", jac, optional=True)
    args = args if isinstance(args, tuple) else (args,)
    p0, fixed = in_one_form(p0), in_one_form(fixed)
    model = Negative(func, args, p0)
    start = parameters(model, p0, fixed)
    first = model.value(tuple(start.start))
    eps = steps_error(jac, options.get("diff_step"), of_model=False)
    if options.get("epsfcn") is not None:
        eps = real_number("epsfcn", options["epsfcn"])
    look_where_steps_suit(func, first, eps, of_model=False)
    size = _real(first, many=False).size
    if size == 0:
        raise ValueError("func must return at least one residual; it returned none")
    derivatives = None if jac is None else NegativeJacobian(jac, args, p0)
    if derivatives is not None:
        derivatives.is_complex = np.iscomplexobj(first)
    found = fit(
        model, None, np.zeros(size), p0, absolute_sigma=absolute_sigma, jac=derivatives, fixed=fixed, **options
    )
    result: ResidualFit = as_kind(ResidualFit, found)
    return result
