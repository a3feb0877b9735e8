"""`fit_global`: one model, several data sets, some parameters shared."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._counted import counted
from .._engine.differences import check_shape
from .._input.arrays import check_callable, real_array
from .._input.data import strict_data
from .._input.parameters import Parameters, check_names, parameters
from .._input.predictors import Predictors, floats_for, in_seconds, refuse_units, refuse_unordered
from .._models.model import Model
from .._names import called, in_one_form
from .._results.several import DataSets, GlobalFit, as_kind
from .fit import fit
from .returned import NO_DIFFERENCES, Notice, look_at_model
from .start_of_model import starts_of_sets

_Array = NDArray[np.float64]


class Joined:
    """A model of several data sets: their curves, or derivatives, one after the other."""

    def __init__(
        self, f: Callable[..., Any], names: Sequence[str], x_name: str, shared: Sequence[str], count: int
    ) -> None:
        self.f, self.notice = f, Notice(look_at_model)
        self.joined = {"names": [*names], "shared": [*shared], "count": count}  # what it is made from, to be saved
        self.__name__ = called(f)
        own = [[name if name in shared else f"{name}_{k}" for name in names] for k in range(1, count + 1)]
        self.names = tuple(dict.fromkeys(name for names in own for name in names))
        self.places = [[self.names.index(name) for name in names] for names in own]
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        x_name = x_name if x_name not in self.names else "x_"
        self.__signature__ = inspect.Signature([inspect.Parameter(name, kind) for name in (x_name, *self.names)])

    def __call__(self, x: DataSets, *params: Any) -> _Array:
        curves = [self._taken(self.f(xdata, *(params[j] for j in places)))
                  for xdata, places in zip(x.xs, self.places, strict=True) if xdata is not None]  # fmt: skip
        if not x.sizes:
            return curves[0]
        lead = np.shape(params[0])[:-1]  # of many fits at once
        for k, (curve, size) in enumerate(zip(curves, x.sizes, strict=True), 1):
            if curve.ndim > max(len(lead) + 1, 1) or (curve.ndim and curve.shape[-1] not in (1, size)):
                got = curve.shape if curve.ndim > 1 else curve.shape[0]
                raise ValueError(
                    f"f must return {counted(size, 'value')} for data set {k}, as its y; it returned {got}"
                )
        whole = [np.broadcast_to(curve, (*lead, size)) for curve, size in zip(curves, x.sizes, strict=True)]
        return np.concatenate(whole, axis=-1)

    def _taken(self, curve: Any) -> NDArray[Any]:
        self.notice(self.f, curve, NO_DIFFERENCES)  # a unit or mask would be lost
        return np.asarray(curve)


class JoinedJacobian(Joined):
    """The derivatives of a joined model by all of its parameters."""

    def __call__(self, x: DataSets, *params: Any) -> _Array:
        lead, blocks = np.shape(params[0])[:-1], []
        for k, (xdata, places) in enumerate(zip(x.xs, self.places, strict=True)):
            if xdata is None:
                continue
            columns = real_array("what jac returns", self.f(xdata, *(params[j] for j in places)))
            if x.sizes and not lead:
                check_shape(columns, (x.sizes[k], len(places)))
            block = np.zeros((*lead, columns.shape[-2], len(self.names)))
            block[..., places] = columns
            blocks.append(block)
        return np.concatenate(blocks, axis=-2)


def fit_global(
    f: Callable[..., ArrayLike],
    datasets: Sequence[Sequence[Any]],
    p0: ArrayLike | Mapping[str, float] | None = None,
    *,
    shared: Sequence[str] = (),
    absolute_sigma: bool = False,
    jac: Callable[..., ArrayLike] | None = None,
    fixed: Mapping[str, float] | None = None,
    nan_policy: str | None = None,
    **options: Any,
) -> GlobalFit:
    """Fit a model to several data sets at once, with some parameters in common.

    Parameters
    ----------
    f : callable
        ``f(x, a, b, ...)``, as for `fit`.
    datasets : sequence of tuples
        Data sets ``(x, y)`` or ``(x, y, sigma)``, of any lengths; all or none with sigma. Without it all points of all
        sets have the same weight.
    p0 : array_like or dict, optional
        Start: values in the order of `f`, for each data set, or by name. A name of `f` is for all data sets, one with a
        number, such as ``a_2``, for a single one. A parameter not given starts at its default in `f`, or at 1; one of
        a `model` starts where the data suggest.
    shared : sequence of str, optional
        The parameters that all data sets have in common. The others become one per data set, with its number, from 1,
        after their names: ``a_1``, ``a_2``.
    absolute_sigma : bool, optional
        As for `fit`.
    jac : callable, optional
        ``jac(x, a, b, ...)`` returns the derivatives of `f`, shape (m, n). By default those of a `model`.
    fixed : dict, optional
        Parameters to hold, by the names of `f`, then in all data sets, or by their own.
    nan_policy : {None, "raise", "omit"}, optional
        As for `fit`.
    **options : dict
        The further options of `fit`. Names in `bounds` and `ranges` are those of `f`, for all data sets, or their own.

    Returns
    -------
    GlobalFit
        A `Fit` of all data together; ``predict`` and the bands take ``dataset=``, and ``plot`` draws a panel for each.

    Raises
    ------
    ValueError
        If a name in `shared`, `p0` or `fixed` is not one of `f`, or data sets are not as described.

    Examples
    --------
    >>> import numpy as np
    >>> import minpack
    >>> def decay(t, height, tau):
    ...     return height * np.exp(-t / tau)
    >>> t = np.array([0.0, 0.5, 1.0, 2.0, 4.0])
    >>> first = np.array([2.02, 1.55, 1.22, 0.73, 0.28])
    >>> second = np.array([4.99, 3.91, 3.02, 1.84, 0.66])
    >>> minpack.fit_global(decay, [(t, first), (t, second)], shared=["tau"])
    Fit(height_1 = 2.0099 ± 0.0092, tau = 1.993 ± 0.010, height_2 = 5.001 ± 0.011)
    """
    check_callable("f", f)
    check_callable("jac", jac, optional=True)
    shared = [shared] if isinstance(shared, str) else shared  # a single name is one
    shared, p0, fixed = map(in_one_form, (shared, p0, fixed))
    if "sigma" in options:
        raise TypeError("sigma must be in the data sets of fit_global, as (x, y, sigma); got it as an argument")
    options = {name: in_one_form(value) for name, value in options.items()}
    sets = [_set_of(k, given, nan_policy) for k, given in enumerate(datasets, start=1)]
    if not sets:
        raise ValueError("datasets must be one or more pairs (x, y); got none")
    by_name = [name for name in ("bounds", "ranges") if isinstance(options.get(name), Mapping)]
    given = p0 if isinstance(p0, Mapping) else None
    base = parameters(f, None if given is not None else p0, None)
    check_names("shared", shared, base.names, f)
    taken = [floats_for(f, base.start, x) for x, _, _ in sets]
    sets = [(x, y, sigma) for (x, _), (_, y, sigma) in zip(taken, sets, strict=True)]
    predictors = Predictors(integers=any(integers for _, integers in taken))
    if jac is None and isinstance(f, Model):
        jac = f.jac
    way = base.names, base.x_name, shared, len(sets)
    model = Joined(f, *way)
    starts = dict(zip(base.names, base.start, strict=True))
    options |= {name: _by_own_name(name, options[name], model, base) for name in by_name}
    held = _by_own_name("fixed", {} if fixed is None else fixed, model, base)
    start = _by_own_name("p0", starts | dict(given or {}), model, base)
    if isinstance(f, Model) and (p0 is None or given is not None):
        known = _by_own_name("p0", given or {}, model, base) | held
        own = [[model.names[j] for j in places] for places in model.places]
        start = starts_of_sets(f, sets, own, known, options.get("bounds"))
    found = fit(
        model, DataSets(tuple(x for x, _, _ in sets), tuple(y.size for _, y, _ in sets)),
        np.concatenate([y for _, y, _ in sets]), start, sigma=_sigma_of(sets), absolute_sigma=absolute_sigma,
        jac=None if jac is None else JoinedJacobian(jac, *way), fixed=held, **options,
    )  # fmt: skip
    ends = list(accumulate(y.size for _, y, _ in sets))
    parts = tuple(slice(begin, end) for begin, end in zip([0, *ends], ends, strict=False))
    result: GlobalFit = as_kind(GlobalFit, found, parts=parts, predictors=predictors)
    return result


def _set_of(k: int, given: Any, nan_policy: str | None) -> tuple[Any, _Array, _Array | None]:
    """x, y and sigma of a data set."""
    if not isinstance(given, (tuple, list)) or len(given) not in (2, 3):
        raise ValueError(f"datasets must be tuples (x, y) or (x, y, sigma); got {given!r} for data set {k}")
    sigma = given[2] if len(given) == 3 else None
    if given[0] is None:  # which stands for a data set that is left out
        raise ValueError(f"data set {k}: x must be what f depends on; got None")
    refuse_units(xdata=given[0], ydata=given[1], sigma=sigma)
    refuse_unordered(x=given[0], y=given[1])
    try:
        x, data, sigma = strict_data(in_seconds("xdata", given[0]), given[1], sigma, nan_policy)
    except ValueError as error:
        raise ValueError(f"data set {k}: {error}") from error
    return x, data.ydata, sigma


def _sigma_of(sets: list[tuple[Any, _Array, _Array | None]]) -> _Array | None:
    """Standard deviations of all points, or their covariance matrix if a data set has one."""
    sigmas = [sigma for _, _, sigma in sets if sigma is not None]
    if not sigmas:
        return None
    if len(sigmas) < len(sets):
        raise ValueError("sigma must be given for all data sets or for none: points without it would weigh as with 1")
    deviations = [np.broadcast_to(sigma, y.shape) if sigma.ndim < 2 else sigma
                  for sigma, (_, y, _) in zip(sigmas, sets, strict=True)]  # fmt: skip
    if all(sigma.ndim == 1 for sigma in deviations):
        return np.concatenate(deviations)
    whole = np.zeros((sum(map(len, deviations)),) * 2)
    begin = 0
    for sigma in deviations:
        rows = slice(begin, begin := begin + len(sigma))
        whole[rows, rows] = np.diag(sigma**2) if sigma.ndim == 1 else sigma
    return whole


def _by_own_name(argument: str, given: Mapping[str, Any], model: Joined, base: Parameters) -> dict[str, Any]:
    """Values by the names of the joined model: those of a data set come before those for all."""
    check_names(argument, given, (*base.names, *model.names), model.f)
    values: dict[str, Any] = {}
    for places in model.places:
        for name, j in zip(base.names, places, strict=True):
            own = model.names[j]
            if own in given or name in given:
                values[own] = given[own if own in given else name]
    return values
