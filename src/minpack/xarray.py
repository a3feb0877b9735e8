"""`import minpack.xarray`, and DataArrays and Datasets have `.minpack.curvefit`."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ._api.curve_fit import check_method
from ._api.curve_fit_batch import fit_rows
from ._engine.single import Settings
from ._input.arrays import check_choice
from ._input.bounds import is_bounded, lower_and_upper
from ._input.parameters import check_names, named_defaults
from ._input.settings import OPTIONS
from ._results.batch import BatchResult
from ._results.codes import TOO_FEW_POINTS, message

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

        A drop-in for `xarray.DataArray.curvefit` and `Dataset.curvefit` if no parameter is bounded: the same
        arguments, the same Dataset, in a small part of the time. If the data are Dask arrays, so is the result: nothing
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
            signature of `func`, or at 1.
        bounds : mapping of str to pair, optional
            Must be infinite: bounds are not supported yet.
        param_names : sequence of str, optional
            The names of the parameters, if the signature of `func` does not give them.
        errors : {"raise", "ignore"}, optional
            "raise" raises an error if a fit fails; with "ignore" such fits are NaN. For Dask arrays, when computed.
        kwargs : mapping, optional
            Further arguments of `curve_fit_batch`: jac, sigma, absolute_sigma, engine, vectorized, workers, ftol,
            xtol, gtol, maxfev, epsfcn, factor, diag, reference.

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
            If data are not finite; if an argument does not fit the data, or a parameter is bounded.

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
        p0, options = dict(p0 or {}), dict(kwargs or {})
        start = named_defaults(func, param_names)
        params = list(start)
        check_names("p0", p0, params, func)
        check_names("bounds", bounds or {}, params, func)
        for name, pair in (bounds or {}).items():
            if is_bounded(*lower_and_upper(pair)):
                raise ValueError(
                    f"bounds are not supported yet: leave out those of {name!r}, or transform the parameter so that "
                    "they hold; xarray's own curvefit has them"
                )
        check_method(options.pop("method", None))
        check_finite = options.pop("check_finite", True)

        xs, along = _coordinates(obj, coords, reduce_dims)
        across = [dim for dim in obj.dims if dim not in along]
        for name, guess in p0.items():
            unexpected = [dim for dim in getattr(guess, "dims", ()) if dim not in across]
            if unexpected:
                raise ValueError(
                    f"Initial guess for {name!r} has unexpected dimensions {tuple(unexpected)}. It should only have "
                    f"dimensions that are in data dimensions {across}."
                )
        # one that is the dimension's own would be left as it is, after a while
        if len(xs) > 1 or len(along) > 1 or not xs[0].equals(obj[along[0]]):
            xs = [x.broadcast_like(obj, exclude=across) for x in xr.broadcast(*xs)]
        fit = partial(
            _fit_block, func=func, coords=len(xs), along=len(along), skipna=skipna, raises=errors == "raise",
            check_finite=check_finite, options=options,
        )  # fmt: skip
        fitted = {"": obj} if isinstance(obj, xr.DataArray) else {f"{name}_": obj[name] for name in obj.data_vars}
        results: dict[str, xr.DataArray] = {}
        for prefix, variable in fitted.items():
            results[f"{prefix}curvefit_coefficients"], results[f"{prefix}curvefit_covariance"] = xr.apply_ufunc(
                fit, variable, *xs, *(p0.get(name, start[name]) for name in params),
                input_core_dims=[along] * (1 + len(xs)) + [[]] * len(params),
                output_core_dims=[["param"], ["cov_i", "cov_j"]],
                exclude_dims=set(along),
                dask="parallelized",
                dask_gufunc_kwargs={"output_sizes": dict.fromkeys(("param", "cov_i", "cov_j"), len(params))},
                output_dtypes=(np.float64, np.float64),
            )  # fmt: skip
        attrs = obj.attrs if isinstance(obj, xr.Dataset) else None
        return xr.Dataset(results, attrs=attrs).assign_coords({dim: params for dim in ("param", "cov_i", "cov_j")})


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
    y: _Array, *rest: _Array, func: Callable[..., Any], coords: int, along: int, skipna: bool, raises: bool,
    check_finite: bool, options: Mapping[str, Any],
) -> tuple[_Array, _Array]:  # fmt: skip
    """Coefficients and covariances; the data and coordinates have the dimensions fitted along last."""
    core = y.shape[-along:]
    m = math.prod(core)
    starts = [np.asarray(start, dtype=np.float64) for start in rest[coords:]]
    leads = [x.shape[: x.ndim - along] for x in rest[:coords]]
    lead = np.broadcast_shapes(y.shape[:-along], *leads, *(start.shape for start in starts))
    y = np.broadcast_to(y, (*lead, *core)).reshape(*lead, m)
    x_per_fit = any(math.prod(own) > 1 for own in leads)
    x_lead = lead if x_per_fit else ()
    xs = [
        np.broadcast_to(x if x_per_fit else x.reshape(core), (*x_lead, *core)).reshape(*x_lead, m).astype(np.float64)
        for x in rest[:coords]
    ]
    x = xs[0] if coords == 1 else np.stack(xs, axis=-2)
    p0 = np.stack(np.broadcast_arrays(*starts), axis=-1)
    if p0.ndim > 1:
        p0 = np.broadcast_to(p0, (*lead, len(starts)))
    if raises and check_finite and not np.isfinite(y[~np.isnan(y)] if skipna else y).all():
        raise ValueError("array must not contain infs or NaNs")

    nan_policy = "omit" if skipna else None
    result = fit_rows(y, x, p0, f=func, x_per_fit=x_per_fit, nan_policy=nan_policy, **options)
    empty = np.isnan(y).all(axis=-1) if skipna else np.zeros(lead, dtype=np.bool_)
    failed = ~result.success
    if raises and (failed & ~empty).any():
        _raise(result, np.argwhere(failed & ~empty), options)
    result.x[failed], result.cov[failed] = np.nan, np.nan
    return result.x, result.cov


def _raise(result: BatchResult, failed: NDArray[np.intp], options: Mapping[str, Any]) -> None:
    """Raise the error of the first of the failed fits."""
    first, n = tuple(failed[0]), result.x.shape[-1]
    status, others = int(result.status[first]), len(failed) - 1
    where = ""
    if first:  # of a Dask array, the place in its chunk: that is all that is known here, and the shape shows it
        where = f" (at {tuple(map(int, first))} of {result.status.shape}{f', and {others} more' if others else ''})"
    if status == TOO_FEW_POINTS:
        raise TypeError(f"The number of func parameters={n} must not exceed the number of data points{where}")
    settings = Settings(**{name: value for name, value in options.items() if name in OPTIONS})
    reason = message(status, settings.tolerances, settings.limit(n, options.get("jac") is None))
    raise RuntimeError(f"Optimal parameters not found: {reason}{where}")


for _register in ("register_dataarray_accessor", "register_dataset_accessor"):
    getattr(xr, _register)("minpack")(Accessor)
