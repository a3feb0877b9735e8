"""The parameters of a model: names, where they start, which are held; all that is read from a signature."""

from __future__ import annotations

import functools
import inspect
import math
import numbers
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import CodeType, FunctionType, MethodType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._linear import product
from .._names import called
from .arrays import as_array, as_floats, brief, real_number
from .predictors import refuse_units
from .ties import Tied, Ties

_Array = NDArray[np.float64]

POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_NO_TIES = Ties({}, ())
_MOST_READ = 100  # signatures


@dataclass(eq=False)  # frozen ones take more time to make
class Parameters:
    """All n parameters of a model, in the order of its arguments."""

    names: tuple[str, ...]
    start: _Array  # where each starts, or is held
    free: NDArray[np.bool_]  # which are fitted
    held: tuple[str, ...]
    x_name: str  # what the model calls its first argument
    lower: _Array
    upper: _Array
    ties: Ties  # those that are computed from others: neither fitted nor held

    @cached_property
    def all_free(self) -> bool:
        return all(self.free.tolist())

    @property
    def is_bounded(self) -> bool:
        """Whether any that is fitted has a bound."""
        rows = zip(self.lower.tolist(), self.upper.tolist(), self.free.tolist(), strict=True)
        return any([free and (low > -math.inf or high < math.inf) for low, high, free in rows])

    @property
    def limits(self) -> dict[str, tuple[float, float]]:
        """Both bounds of each."""
        return dict(zip(self.names, zip(self.lower.tolist(), self.upper.tolist(), strict=True), strict=True))

    @property
    def fitted(self) -> tuple[str, ...]:
        """Those that are not held."""
        return tuple(name for name, free in zip(self.names, self.free, strict=True) if free)

    def all_of(self, fitted: Any) -> _Array:
        """All values, given those of the fitted parameters."""
        if self.all_free:
            return np.asarray(fitted)
        values = self.start.copy()
        values[self.free] = fitted
        self.ties.apply(values)
        return values

    def tied_slopes(self, values: _Array) -> _Array:
        """Derivatives of the tied parameters by all, shape (tied, n)."""
        return self.ties.slopes(values, self.lower, self.upper)

    def reduce(self, f: Callable[..., ArrayLike]) -> Callable[..., ArrayLike]:
        """The model as a function of the fitted parameters."""
        if self.all_free:
            return f

        @functools.wraps(f)
        def reduced(x: Any, *fitted: float) -> ArrayLike:
            return f(x, *self.all_of(fitted))

        return reduced

    def reduce_jacobian(self, jac: Callable[..., ArrayLike] | None) -> Callable[..., ArrayLike] | None:
        """The derivatives by the fitted parameters."""
        if jac is None or self.all_free:
            return jac
        whole = self.reduce(jac)

        @functools.wraps(jac)
        def reduced(x: Any, *fitted: float) -> ArrayLike:
            columns = np.asarray(whole(x, *fitted))
            if columns.ndim != 2 or columns.shape[1] != self.free.size:
                raise ValueError(
                    f"jac must return a column for each of {self.free.size} parameters, tied and held ones too; "
                    f"it returned shape {columns.shape}"
                )
            if self.ties.rows:  # by the chain rule
                columns = columns + product(columns[:, self.ties.rows], self.tied_slopes(self.all_of(fitted)))
            return columns[:, self.free]

        return reduced


def parameters(
    f: Callable[..., Any], p0: ArrayLike | Mapping[str, float] | None,
    fixed: Mapping[str, float] | Iterable[str] | None, tied: Tied | None = None,
) -> Parameters:  # fmt: skip
    """Names, starts and which are fitted, from a model's signature, p0, fixed and tied."""
    signature = _signature(f)
    names = signature.names
    held, tied = _held(fixed), {} if tied is None else tied
    if type(tied) is not dict and not isinstance(tied, Mapping):
        raise TypeError(f"tied must be a dict of names or functions by parameter name; got {tied!r}")
    if signature.open_ended:
        names = (*names, *_further_names(names, p0))
    if held or tied:
        check_names("fixed", held, names, f)
        check_names("tied", tied, names, f)
        both = [name for name in names if name in held and name in tied]
        if both:
            raise ValueError(f"fixed and tied must not both name a parameter; got {_listed(both)} in both")
    if not names:
        raise ValueError(f"p0 must name the parameters of {called(f)}, which takes any; got none")
    free = [name not in held and name not in tied for name in names]
    if not any(free):
        which = "fixed holds" if not tied else "fixed and tied hold"
        raise ValueError(f"{which} all parameters ({_listed(names)}): leave out at least one, to be fitted")
    known = {name: value for name, value in held.items() if value is not None} | dict.fromkeys(tied, math.nan)
    starts = _starts(f, p0, names, signature.defaults, known)
    starts = starts | known if known else starts
    unusable = [name for name in names if not math.isfinite(starts[name]) and name not in known]
    if unusable:
        raise ValueError(
            f"p0 must give a start for {unusable[0]!r}: its default in {called(f)}, {starts[unusable[0]]}, is not "
            "finite"
        )
    values = np.array([starts[name] for name in names], dtype=np.float64)
    ties = _NO_TIES
    if tied:
        ties = Ties(tied, names)
        ties.apply(values)
    order = tuple([name for name in names if name in held]) if held else ()
    return Parameters(names, values, np.array(free), order, signature.x_name, *_no_bounds(len(names)), ties)


@functools.lru_cache(maxsize=_MOST_READ)
def _no_bounds(n: int) -> tuple[_Array, _Array]:
    lower, upper = np.full(n, -math.inf), np.full(n, math.inf)
    lower.flags.writeable = upper.flags.writeable = False  # they are those of many fits
    return lower, upper


def _held(fixed: Mapping[str, float] | Iterable[str] | None) -> dict[str, float | None]:
    """The parameters to hold, and their values; None for where they start."""
    if fixed is None:
        return {}
    if isinstance(fixed, Mapping):
        return dict(_checked("fixed", fixed))
    names: list[Any] = [fixed] if isinstance(fixed, str) else [None]  # a single name is one
    if isinstance(fixed, (list, tuple, set)):
        names = list(fixed)
    if not all(isinstance(name, str) for name in names):
        raise TypeError(f"fixed must be a dict of values by parameter name, or a list of names; got {fixed!r}")
    return dict.fromkeys(names)


def _starts(
    f: Callable[..., Any], p0: ArrayLike | Mapping[str, float] | None, names: tuple[str, ...],
    defaults: dict[str, float], held: Mapping[str, float],
) -> dict[str, float]:  # fmt: skip
    """Where each parameter starts; those held at a value or tied may be missing."""
    if p0 is None:
        return {name: defaults.get(name, 1.0) for name in names}
    fitted = tuple([name for name in names if name not in held]) if held else names
    if type(p0) is dict or isinstance(p0, Mapping):
        given = _checked("p0", p0)
        check_names("p0", given, names, f)
        return given if given.keys() == {*names} else dict.fromkeys(fitted, 1.0) | defaults | given
    values = _vector(p0)
    if values.size not in (len(names), len(fitted)):
        also = f" (or {len(fitted)}, for {_listed(fitted)})" if held else ""
        raise ValueError(
            f"p0 must have {len(names)} values, for {_listed(names)}{also}; got {values.size}: "
            "put parameters that are not to be fitted into fixed"
        )
    return dict(zip(names if values.size == len(names) else fitted, values.tolist(), strict=True))


def number_of_parameters(f: Callable[..., Any]) -> int:
    """As SciPy counts them: the positional parameters after the first, those with defaults included."""
    source = _source_of(f)
    if isinstance(source, CodeType):
        n = source.co_argcount - 1
    else:
        n = sum(a.kind in POSITIONAL for a in (source or inspect.signature(f)).parameters.values()) - 1
    if n < 1:
        raise ValueError("Unable to determine number of fit parameters.")
    return n


def check_number(f: Callable[..., Any], n: int) -> None:
    """Raise an error unless a model can be called with x and n parameters by position, as far as its signature says."""
    source = _source_of(f)
    if isinstance(source, CodeType) and source.co_argcount == n + 1:  # soon known of plain functions
        return
    try:
        found = inspect.signature(f)
    except (TypeError, ValueError):
        return
    arguments = list(found.parameters.values())
    _check_keywords(f, arguments)
    if any(argument.kind is argument.VAR_POSITIONAL for argument in arguments):
        return
    names = [argument.name for argument in arguments if argument.kind in POSITIONAL][1:]
    least = sum(a.kind in POSITIONAL and a.default is a.empty for a in arguments) - 1
    if not least <= n <= len(names):
        raise ValueError(f"p0 must have a value for each parameter of {called(f)}{found}, along its last axis; got {n}")


def _check_keywords(f: Callable[..., Any], arguments: Iterable[inspect.Parameter]) -> None:
    for argument in arguments:
        if argument.kind is argument.KEYWORD_ONLY and argument.default is argument.empty:
            raise TypeError(
                f"f must take its parameters by position; {called(f)} takes {argument.name!r} by keyword only: "
                "move it before the *, or give it a default"
            )


def is_unsaid(f: Callable[..., Any], model: Parameters, p0: Any) -> bool:
    """Whether neither `p0` nor the signature says where a fitted parameter starts."""
    if p0 is not None:
        return False
    defaults = defaults_of(f)
    return all(defaults.get(name) is None for name in model.fitted)


def defaults_of(f: Callable[..., Any]) -> dict[str, float | None]:
    """The names of a model's parameters, and where each starts by its signature; none if that does not name them."""
    try:
        signature = _signature(f)
    except ValueError:
        return {}
    return {} if signature.open_ended else {name: signature.defaults.get(name) for name in signature.names}


def names_of(f: Callable[..., Any], n: int) -> list[str]:
    """What to call n parameters of a model in words."""
    try:
        names = list(_signature(f).names[:n])
    except ValueError:
        names = []
    return names + [f"p0[{i}]" for i in range(len(names), n)]


def parameter_names(f: Callable[..., Any], n: int) -> tuple[str, ...]:
    """The names of n parameters of a model; p0, p1, and so on where its signature names none."""
    return tuple(f"p{i}" if name == f"p0[{i}]" else name for i, name in enumerate(names_of(f, n)))


def named_defaults(func: Callable[..., Any], names: Sequence[str] | None) -> dict[str, Any]:
    """As xarray reads them: the parameters after the first, or `names`, and where each starts if nobody says."""
    try:
        arguments = dict(inspect.signature(func).parameters)
    except ValueError:
        arguments = {}
    params = list(names or ())
    if not params:
        params = list(arguments)[1:]
        if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in arguments.values()) or not params:
            raise ValueError("param_names must be given, as the signature of func does not name its parameters")
    if len(set(params)) < len(params):
        raise ValueError(f"param_names must be different; got {_listed(params)}")
    defaults = {name: p.default for name, p in arguments.items() if p.default is not p.empty}
    return {name: defaults.get(name, 1.0) for name in params}


def check_names(argument: str, given: Iterable[str], names: Sequence[str], f: Callable[..., Any]) -> None:
    unknown = [name for name in given if name not in names]
    if unknown:
        raise ValueError(f"{argument} must name parameters of {called(f)} ({_listed(names)}); got {_listed(unknown)}")


class _Signature(NamedTuple):
    """The parameters of a model after the first, the defaults of those that have one, and whether there may be more."""

    names: tuple[str, ...]
    defaults: dict[str, float]
    open_ended: bool
    x_name: str


# What was read, by the identity of its source, which it keeps alive so that no other gets that.
_read: dict[int, tuple[Any, _Signature]] = {}


def _signature(f: Callable[..., Any]) -> _Signature:
    """What the arguments of a model tell.

    The first default that is not a number ends the parameters: from there on arguments are options of the model.
    """
    source = _source_of(f)
    kept, found = _read.get(id(source), (None, None))
    if found is not None and kept is source:
        return found
    try:
        arguments, open_ended = _positional(f)
    except ValueError:  # some callables in C have no signature
        return _Signature((), {}, True, "x")
    names: list[str] = []
    defaults: dict[str, float] = {}
    for name, default in arguments[1:]:
        if default is not inspect.Parameter.empty:
            if isinstance(default, bool) or not isinstance(default, numbers.Real):
                break
            defaults[name] = float(default)
        names.append(name)
    if not names and not open_ended:
        raise ValueError(f"f must take x and at least one parameter to fit; got {called(f)}{inspect.signature(f)}")
    found = _Signature(tuple(names), defaults, open_ended, arguments[0][0] if arguments else "x")
    if source is not None and not defaults and len(arguments) == 1 + len(names):  # no objects of the caller's
        if len(_read) >= _MOST_READ:
            _read.clear()
        _read[id(source)] = source, found
    return found


def _source_of(f: Callable[..., Any]) -> CodeType | inspect.Signature | None:
    """What tells the arguments of a function and never changes, if there is such a thing."""
    if type(f) is FunctionType:
        plain = not (f.__defaults__ or f.__code__.co_kwonlyargcount or f.__dict__)
        return f.__code__ if plain else None
    own = getattr(f, "__signature__", None) if not isinstance(f, (type, MethodType)) else None
    return own if type(own) is inspect.Signature else None


def _positional(f: Callable[..., Any]) -> tuple[list[tuple[str, Any]], bool]:
    """The positional arguments of a function with their defaults, `empty` for none, and whether there may be more."""
    # nothing that inspect, which takes long, would follow
    if type(f) is FunctionType and not f.__dict__ and not f.__code__.co_kwonlyargcount:
        code, given = f.__code__, f.__defaults__ or ()
        names = code.co_varnames[: code.co_argcount]
        none = (inspect.Parameter.empty,) * (len(names) - len(given))
        return list(zip(names, none + given, strict=True)), bool(code.co_flags & inspect.CO_VARARGS)
    own = _source_of(f)
    found = (own if isinstance(own, inspect.Signature) else inspect.signature(f)).parameters.values()
    _check_keywords(f, found)
    open_ended = any(parameter.kind is parameter.VAR_POSITIONAL for parameter in found)
    return [(parameter.name, parameter.default) for parameter in found if parameter.kind in POSITIONAL], open_ended


def _further_names(names: tuple[str, ...], p0: ArrayLike | Mapping[str, float] | None) -> list[str]:
    """Names for the parameters that f takes as *args: those in p0, else p0, p1, ... by position."""
    if p0 is None:
        if names:
            return []
        raise ValueError(
            "p0 must be given, as f does not name its parameters: give p0 as a sequence, or as a dict that names them "
            "in order"
        )
    if isinstance(p0, Mapping):
        return [name for name in p0 if name not in names]
    return [f"p{i}" for i in range(len(names), _vector(p0).size)]


def _checked(argument: str, given: Mapping[str, float]) -> dict[str, float]:
    if type(given) is not dict and not isinstance(given, Mapping):
        raise TypeError(f"{argument} must be a dict of values by parameter name; got {given!r}")
    for name, value in given.items():
        if type(value) is float and math.isfinite(value):
            continue
        if not _is_finite(value):
            raise ValueError(f"{argument}[{name!r}] must be a finite number; got {value!r}")
    return {name: float(value) for name, value in given.items()}


def _is_finite(value: Any) -> bool:
    try:
        return np.ndim(value) == 0 and math.isfinite(real_number("it", value))
    except TypeError:
        return False


def _vector(p0: ArrayLike | Mapping[str, float]) -> _Array:
    refuse_units(p0=p0)
    vector = as_array("p0", p0)
    if vector.dtype.kind == "O" and all(map(_is_finite, vector.flat)):
        vector = as_floats("p0", vector)
    if vector.ndim != 1 or vector.dtype.kind not in "biuf" or not np.isfinite(vector).all():
        raise ValueError(f"p0 must be a vector of finite numbers, or a dict by name; got {brief(p0)}")
    return vector.astype(np.float64)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names))

