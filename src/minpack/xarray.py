"""`import minpack.xarray`, and DataArrays and Datasets have `.minpack.curvefit`."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ._api.fit_rows import fit_rows
from ._engine.single import Settings
from ._input.arrays import brief, check_choice, data_array, is_complex
from ._input.bounds import UNBOUNDED, pair_of, start_within
from ._input.ignored import taken_as_numbers
from ._input.limits import ends_of
from ._input.many import MANY_OPTIONS, plan_of_many
from ._input.parameters import check_names, named_defaults, parameter_names
from ._models.model import Model
from ._names import in_one_form
from ._results.batch import BatchResult
from ._results.codes import BAD_BOUNDS, JACOBIAN_NOT_FINITE, START_OUT_OF_BOUNDS, TOO_FEW_POINTS, message
from ._results.warnings import warn

__all__ = ["Accessor"]

_Array = NDArray[np.float64]


class Accessor:
    """The accessor `.minpack` of DataArrays and Datasets.

    Parameters
    ----------
    obj : DataArray or Dataset
        The data.
    """

    def __init__(self, obj: xr.DataArray | xr.Dataset) -> None:
        self._obj: Any = obj

    def curvefit(
        self,
        coords: Any,
        func: Callable[..., Any],
        reduce_dims: Any = None,
        skipna: bool = True,
        p0: Mapping[str, Any] | None = None,
        bounds: Mapping[str, Any] | None = None,
        param_names: Sequence[str] | None = None,
        errors: str = "raise",
        kwargs: Mapping[str, Any] | None = None,
    ) -> xr.Dataset:
        """Fit a model along one or more dimensions, for all positions along the others.

        A drop-in for `xarray.DataArray.curvefit` and `Dataset.curvefit`: the same arguments, the same Dataset, in a
        small part of the time. If the data are Dask arrays, so is the result: nothing
        is run before it is computed, and each chunk is fitted once.

        Parameters
        ----------
        coords : hashable, DataArray, or sequence of them
            What the model depends on: names of coordinates, or DataArrays. Those that are a dimension's coordinate are
            fitted along.
        func : callable
            ``func(x, *params)``. If that gives the same values, many fits are evaluated in one call, and parameters
            come with shape (rows, 1). Otherwise each fit calls it with numbers, which is slower, and minpack warns; see
            `vectorized` of `curve_fit_batch`. `x` has the m points of
            all dimensions fitted along, in one axis: shape (m,), or with several `coords` (k, m); if `coords` differ
            from fit to fit, (rows, m) or (k, rows, m).
        reduce_dims : hashable or sequence of hashable, optional
            Further dimensions to fit along.
        skipna : bool, optional
            Leave out points whose data or coordinates are NaN, fit by fit.
        p0 : mapping of str to number or DataArray, optional
            Start; DataArrays are broadcast over the fits. By default a parameter starts at its default in the
            signature of `func`, or at 1; if that is outside of its bounds, in the middle of two, or 1 off the only one.
            Without `p0`, those of a `model` start where the data of each fit suggest.
        bounds : mapping of str to pair of number or DataArray, optional
            Lower and upper bounds, None or infinity for none; DataArrays are broadcast over the fits.
        param_names : sequence of str, optional
            The names of the parameters, if the signature of `func` does not give them.
        errors : {"raise", "ignore"}, optional
            "raise" raises an error if a fit fails; with "ignore" such fits are NaN. For Dask arrays, when computed.
        kwargs : mapping, optional
            Further arguments of `curve_fit_batch`: method, jac, sigma, absolute_sigma, likelihood, engine, vectorized,
            workers, ftol, xtol, gtol, maxfev, loss, f_scale, x_scale, epsfcn, factor, diag, reference. `sigma` may be a
            DataArray, which is broadcast like the data.

        Returns
        -------
        Dataset
            ``curvefit_coefficients`` with a last dimension ``param``, and ``curvefit_covariance`` with last dimensions
            ``cov_i`` and ``cov_j``, all three with the parameters' names; for a Dataset, with the variables' names and
            ``_`` before that. NaN if no data are left.

        Raises
        ------
        RuntimeError
            If a fit does not converge.
        TypeError
            If a fit has fewer points than parameters, unless it has none.
        ValueError
            If data are not finite, an argument does not fit the data, bounds cross, or a start is not within them.

        Warns
        -----
        RuntimeWarning
            If coordinates or data are times, which are taken as numbers of their unit, as xarray does.

        Examples
        --------
        >>> import numpy as np
        >>> import xarray as xr
        >>> import minpack.xarray
        >>> def decay(t, amplitude, tau=1.0):
        ...     return amplitude * np.exp(-t / tau)
        >>> t = xr.DataArray(np.linspace(0.0, 4.0, 9), dims="time")
        >>> tau = xr.DataArray([0.5, 1.0, 2.0], coords={"x": [10, 20, 30]})
        >>> data = decay(t, 3.0, tau).assign_coords(time=t)
        >>> fit = data.minpack.curvefit("time", decay)
        >>> fit.curvefit_coefficients.sel(param="tau").values.round(6)
        array([0.5, 1. , 2. ])
        """
        check_choice("errors", errors, ("raise", "ignore"))
        obj = self._obj
        for argument, mapping in (("p0", p0), ("bounds", bounds), ("kwargs", kwargs)):
            if mapping is not None and not isinstance(mapping, Mapping):
                what = "arguments by name" if argument == "kwargs" else "values by parameter name"
                raise TypeError(f"{argument} must be a dict of {what}; got {brief(mapping)}")
        p0, bounds, param_names = in_one_form(p0), in_one_form(bounds), in_one_form(param_names)
        p0, options = dict(p0 or {}), dict(kwargs or {})
        start = named_defaults(func, param_names)
        params = list(start)
        check_names("p0", p0, params, func)
        check_names("bounds", bounds or {}, params, func)
        pairs = {name: ends_of(f"bounds[{name!r}]", pair_of(pair)) for name, pair in (bounds or {}).items()}
        check_finite, nan_policy = options.pop("check_finite", True), options.pop("nan_policy", None)

        xs, along = _coordinates(obj, coords, reduce_dims)
        across = [dim for dim in obj.dims if dim not in along]
        _check_result(obj, across)
        _check_dimensions("Initial guess", p0, across)
        for label, side in (("Lower bound", 0), ("Upper bound", 1)):
            _check_dimensions(label, {name: pair[side] for name, pair in pairs.items()}, across)
        # one that is the dimension's own would be left as it is, after a while
        if len(xs) > 1 or len(along) > 1 or not xs[0].equals(obj[along[0]]):
            xs = [_aligned("coords", x, obj, along, across) for x in xs]
            xs = [x.broadcast_like(obj, exclude=across) for x in xr.broadcast(*xs)]
        sigmas = []
        if isinstance(options.get("sigma"), xr.DataArray):
            sigmas = [_aligned("sigma", options.pop("sigma"), obj, along, across).broadcast_like(obj, exclude=across)]
        fit = partial(
            _fit_block, func=func, coords=len(xs), sigmas=len(sigmas), along=len(along),
            nan_policy="omit" if skipna else nan_policy, raises=errors == "raise", check_finite=check_finite,
            options=options, given=tuple(name in p0 for name in params),
        )  # fmt: skip
        # without bounds none are handed on, as they would have to be broadcast like the data
        around = [pairs.get(name, UNBOUNDED)[side] for side in (0, 1) for name in params] if pairs else []
        fitted = {"": obj} if isinstance(obj, xr.DataArray) else {f"{name}_": obj[name] for name in obj.data_vars}
        for name, value in (*(("coords", x) for x in xs), *(("the data", y) for y in fitted.values())):
            for words in taken_as_numbers(name, value, "xarray"):
                warn(words)
        results: dict[str, xr.DataArray] = {}
        for prefix, variable in fitted.items():
            for dim in along:
                if dim not in variable.dims:
                    raise ValueError(f"variable {variable.name!r} must have the dimension {dim!r} that is fitted along")
            results[f"{prefix}curvefit_coefficients"], results[f"{prefix}curvefit_covariance"] = xr.apply_ufunc(
                fit, variable, *xs, *sigmas, *(p0.get(name, start[name]) for name in params), *around,
                input_core_dims=[along] * (1 + len(xs) + len(sigmas)) + [[]] * (len(params) + len(around)),
                output_core_dims=[["param"], ["cov_i", "cov_j"]],
                exclude_dims=set(along),
                dask="parallelized",
                dask_gufunc_kwargs={"output_sizes": dict.fromkeys(("param", "cov_i", "cov_j"), len(params))},
                output_dtypes=(np.float64, np.float64),
            )  # fmt: skip
        attrs = obj.attrs if isinstance(obj, xr.Dataset) else None
        return xr.Dataset(results, attrs=attrs).assign_coords({dim: params for dim in ("param", "cov_i", "cov_j")})


def _check_dimensions(label: str, values: Mapping[str, Any], across: Sequence[Hashable]) -> None:
    """Raise ValueError if values of parameters vary along a dimension that the fits do not."""
    for name, value in values.items():
        unexpected = [dim for dim in getattr(value, "dims", ()) if dim not in across]
        if unexpected:
            raise ValueError(
                f"{label} for {name!r} has unexpected dimensions {tuple(unexpected)}. It should only have "
                f"dimensions that are in data dimensions {across}."
            )


def _check_result(obj: Any, across: Sequence[Hashable]) -> None:
    """Raise ValueError if the result cannot have its own dimensions beside what is left of the data's."""
    for dim in ("param", "cov_i", "cov_j"):
        if dim in across or (dim in obj.coords and not obj[dim].dims):
            raise ValueError(f"the data must not have {dim!r}, which is a dimension of the result: rename it")


def _aligned(name: str, given: xr.DataArray, obj: Any, along: Sequence[Hashable], across: Sequence[Hashable]) -> Any:
    """What is given at each point, in the order of the data's labels; NaN if it lacks one."""
    for dim in along:
        of_data, own = obj.indexes.get(dim), given.indexes.get(dim)
        if own is not None and of_data is not None and len(of_data) and not of_data.isin(own).any():
            raise ValueError(f"{name} and the data must have labels of {dim!r} in common")
    return xr.align(obj, given, join="left", exclude=across, copy=False)[1]


def _coordinates(obj: Any, coords: Any, reduce_dims: Any) -> tuple[list[xr.DataArray], list[Hashable]]:
    """What the model depends on, and the dimensions fitted along, in the order of the data's."""
    if isinstance(coords, (str, xr.DataArray)) or not isinstance(coords, Iterable):
        coords = [coords]
    xs = [coord if isinstance(coord, xr.DataArray) else obj[coord] for coord in coords]
    if not reduce_dims:
        wanted = []
    elif isinstance(reduce_dims, str) or not isinstance(reduce_dims, Iterable):
        wanted = [reduce_dims]
    else:
        wanted = list(reduce_dims)
    for dim in wanted:
        if dim not in obj.dims:
            raise ValueError(f"reduce_dims has {dim!r}, which is not one of the dimensions {tuple(obj.dims)}")
    along = [dim for dim in obj.dims if dim in wanted or any(x.equals(obj[dim]) for x in xs)]
    if not along:
        raise ValueError(
            "nothing to fit along: none of coords is a dimension's coordinate of the data, and reduce_dims is empty"
        )
    return xs, along


def _fit_block(
    y: _Array, *rest: _Array, func: Callable[..., Any], coords: int, sigmas: int, along: int, nan_policy: str | None,
    raises: bool, check_finite: bool, options: Mapping[str, Any], given: tuple[bool, ...],
) -> tuple[_Array, _Array]:  # fmt: skip
    """Coefficients and covariances; the data and coordinates have the dimensions fitted along last.

    `rest` are the coordinates, then sigma if it is one of them, then the starts, an array per parameter, and if there
    are bounds, the lower and upper ones. `given` says which starts are the user's.
    """
    n, skipna = len(given), nan_policy == "omit"
    y = y if is_complex(y) else data_array("the data", y)
    core = y.shape[-along:]
    m = math.prod(core)
    values = [data_array("p0 and bounds", value) for value in rest[coords + sigmas :]]
    leads = [x.shape[: x.ndim - along] for x in rest[:coords]]
    sigma_leads = [x.shape[: x.ndim - along] for x in rest[coords : coords + sigmas]]
    lead = np.broadcast_shapes(y.shape[:-along], *leads, *sigma_leads, *(value.shape for value in values))
    if m == 0 and skipna:
        return np.full((*lead, n), np.nan), np.full((*lead, n, n), np.nan)
    y = np.broadcast_to(y, (*lead, *core)).reshape(*lead, m)
    x_per_fit = any(math.prod(own) > 1 for own in leads)
    x_lead = lead if x_per_fit else ()
    xs = [
        np.broadcast_to(x if x_per_fit else x.reshape(core), (*x_lead, *core)).reshape(*x_lead, m)
        for x in (data_array("coords", coord) for coord in rest[:coords])
    ]
    x = xs[0] if coords == 1 else np.stack(xs, axis=-2)
    p0, *both = (_stacked(values[k : k + n], lead) for k in range(0, len(values), n))
    searches = isinstance(func, Model) and not any(given)
    if both:
        lower, upper = both
        within = np.array(given) | ((lower <= p0) & (p0 <= upper))
        if not within.all():
            p0 = np.where(within, p0, start_within(*np.broadcast_arrays(lower, upper)))
        options = {**options, "bounds": (lower, upper)}
    if raises and check_finite and not np.isfinite(y[~np.isnan(y)] if skipna else y).all():
        raise ValueError("array must not contain infs or NaNs: the data do")

    own = fit_rows.__kwdefaults__ or {}
    how = {name: value for name, value in options.items() if name in own}
    others = {name: value for name, value in options.items() if name not in own}
    start, sigma = None if searches else p0, others.pop("sigma", None)
    for deviations in rest[coords : coords + sigmas]:
        sigma = np.broadcast_to(deviations, (*lead, *core)).reshape(*lead, m)
    result = fit_rows(y, x, start, sigma, others, f=func, x_per_fit=x_per_fit, nan_policy=nan_policy, **how)
    empty = np.isnan(y).all(axis=-1) if skipna else np.zeros(lead, dtype=np.bool_)
    failed = ~result.success
    if raises and (failed & ~empty).any():
        _raise(result, np.argwhere(failed & ~empty), options, parameter_names(func, n))
    result.x[failed], result.cov[failed] = np.nan, np.nan
    return result.x, result.cov


def _raise(
    result: BatchResult, failed: NDArray[np.intp], options: Mapping[str, Any], names: tuple[str, ...]
) -> None:
    first, n, differences = tuple(failed[0]), result.x.shape[-1], options.get("jac") is None
    status, others = int(result.status[first]), len(failed) - 1
    where = ""
    if first:  # of a Dask array, the place in its chunk: that is all that is known here, and the shape shows it
        where = f" (at {tuple(map(int, first))} of {result.status.shape}{f', and {others} more' if others else ''})"
    if status == TOO_FEW_POINTS:
        raise TypeError(f"The number of func parameters={n} must not exceed the number of data points{where}")
    options = {name: value for name, value in options.items() if name in MANY_OPTIONS}
    plan = plan_of_many("curvefit", result.status.shape, n, options)
    settings = Settings(**plan.settings)
    method = plan.settings.get("method", "lm")
    reason = message(status, settings.tolerances, settings.limit(n, differences), method)
    if status == START_OUT_OF_BOUNDS and plan.lower is not None and plan.upper is not None:
        lower, upper = (np.broadcast_to(b.reshape(-1, n), (result.status.size, n)) for b in (plan.lower, plan.upper))
        row, x = np.ravel_multi_index(first, result.status.shape) if first else 0, result.x[first]
        j = int(np.argmin((lower[row] <= x) & (x <= upper[row]) & np.isfinite(x)))
        reason += f": {names[j]!r} starts at {x[j]}, with bounds {lower[row, j]} and {upper[row, j]}"
    if status in (BAD_BOUNDS, START_OUT_OF_BOUNDS, JACOBIAN_NOT_FINITE):  # as `curve_fit` has it
        raise ValueError(f"{reason}{where}")
    raise RuntimeError(f"Optimal parameters not found: {reason}{where}")


def _stacked(values: Sequence[_Array], lead: tuple[int, ...]) -> _Array:
    """A value per parameter in one array, (n,) for all fits or (..., n)."""
    stacked = np.stack(np.broadcast_arrays(*values), axis=-1)
    return stacked if stacked.ndim == 1 else np.broadcast_to(stacked, (*lead, len(values)))


for _register in ("register_dataarray_accessor", "register_dataset_accessor"):
    getattr(xr, _register)("minpack")(Accessor)
