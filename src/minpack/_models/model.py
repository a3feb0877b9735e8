"""`Model`: a formula as a function of predictors and parameters, with what is known about it."""

from __future__ import annotations

import inspect
import keyword
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .code import MAX_PARAMETERS, Formula, check_rows
from .expression import Expression, ExpressionError, parse, renamed
from .typed import name_of

_Array = NDArray[np.float64]

_PREDICTORS = ("x", "y", "z", "t")  # names that are predictors if nobody says which are


class Model:
    """A formula as a function ``f(x, *params)`` of named parameters, with exact derivatives; made by `model`.

    Models add: ``gaussian("p1") + gaussian("p2") + line()`` has the parameters ``p1_height`` and so on. A model can be
    pickled.

    Attributes
    ----------
    text : str
        The formula.
    parameters : tuple of str
    predictors : tuple of str
        One is passed as ``x``; k of them as ``x[0]`` to ``x[k - 1]``.
    natural : dict of str to (float, float)
        Lower and upper limits of parameters, from the meaning of the model.
    derived : dict of str to str
        Quantities computed from the parameters, as formulas.
    """

    def __init__(
        self, text: str, predictors: Sequence[str], *, name: str = "model", natural: Mapping[str, Any] | None = None,
        derived: Mapping[str, str] | None = None, grid: Any = None, parts: Sequence[tuple[str, Model]] = (),
        about: str = "",
    ) -> None:  # fmt: skip
        expression = parse(text, limited=not parts)
        predictors = [name_of(predictor) or predictor for predictor in predictors]
        unknown = [predictor for predictor in predictors if predictor not in expression.names]
        if unknown and not parts:
            raise ExpressionError(f"predictors must be in the formula {ascii(text)}; got {ascii(unknown[0])}")
        self.text = expression.text
        self.predictors = tuple(predictors)
        self.parameters = tuple(used for used in expression.names if used not in self.predictors)
        self.natural = dict(natural or {})
        self.derived = dict(derived or {})
        self.grid = grid
        self.parts = tuple(parts)
        self.__name__ = name
        self.__doc__ = about or f"The model {self.text}."
        if not self.parameters:
            raise ExpressionError(f"the formula {ascii(text)} has no parameters, only predictors")
        if len(self.parameters) > MAX_PARAMETERS and not parts:
            raise ExpressionError(
                f"{len(self.parameters)} parameters: an expression may have at most {MAX_PARAMETERS}"
            )
        slip = next((used for used in self.parameters if used.lower() == "pi"), None)
        if slip:
            raise ExpressionError(f"the formula has {slip}: write pi for 3.14159, or give the parameter another name")
        # a name such as lambda cannot be a keyword of a call
        plain = not any(map(keyword.iskeyword, (*self.parameters, *self.predictors)))
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD if plain else inspect.Parameter.POSITIONAL_ONLY
        first = self.predictors[0] if len(self.predictors) == 1 else "points"
        arguments = [inspect.Parameter(argument, kind) for argument in (first, *self.parameters)]
        self.__signature__ = inspect.Signature(arguments)

    @cached_property
    def formula(self) -> Formula:
        return Formula(parse(self.text, limited=not self.parts), self.parameters, self.predictors)

    def check(self) -> None:
        """Raise ExpressionError for what is found only when the formula is compiled.

        Examples
        --------
        >>> import minpack
        >>> minpack.model("a*exp(-b*t)").check()
        """
        assert self.formula
        for name in self.derived:
            self.quantity(name)

    def __call__(self, x: Any = "", *parameters: ArrayLike, **named: ArrayLike) -> Any:
        """Evaluate the model, or name it.

        Parameters
        ----------
        x : array_like or str
            Where; or, on its own, what the names of the parameters are to begin with.
        *parameters, **named : array_like
            By position or by name.

        Returns
        -------
        ndarray or Model
            The values, not finite where the formula has none; or the model with other names.

        Raises
        ------
        TypeError
            If parameters are missing, unknown or given twice.

        Examples
        --------
        >>> from minpack import models
        >>> models.line([0.0, 1.0], 2.0, slope=0.5)
        array([2. , 2.5])
        >>> models.line("base").parameters
        ('base_intercept', 'base_slope')
        """
        if isinstance(x, str) and not parameters and not named:
            return self._named(x)
        x = self._points(x)
        values = self._bound(parameters, named)
        with np.errstate(all="ignore"):
            result = self.formula.value(x, *values)
        shape = self.formula.shape(x, *values)
        return result if np.shape(result) == shape else np.broadcast_to(result, shape).copy()

    @cached_property
    def jac(self) -> Derivatives:
        """The exact derivatives, ``jac(x, *params)``, parameters along the last axis."""
        return Derivatives(self)

    @property
    def py_func(self) -> Any:
        """The plain function that engine="numba" compiles."""
        return self.formula.value

    def components(self, x: Any, *parameters: ArrayLike, **named: ArrayLike) -> dict[str, Any]:
        """Evaluate each term of a sum of models on its own.

        Parameters
        ----------
        x : array_like
            Where.
        *parameters, **named : array_like
            Those of the sum.

        Returns
        -------
        dict of str to ndarray
            By the name of the term.

        Raises
        ------
        TypeError
            If parameters are missing, unknown or given twice.

        Examples
        --------
        >>> from minpack import models
        >>> peak = models.gaussian("peak") + models.line
        >>> parts = peak.components([0.0, 1.0], 2.0, 1.0, 0.5, 1.0, 0.1)
        >>> parts["peak"].round(3), parts["line"]
        (array([0.271, 2.   ]), array([1. , 1.1]))
        """
        values = dict(zip(self.parameters, self._bound(parameters, named), strict=True))
        return {label: part(x, *(values[name] for name in part.parameters)) for label, part in self._terms}

    @property
    def bounds(self) -> tuple[_Array, _Array]:
        """The natural limits as `curve_fit` takes bounds: all lower and all upper ones."""
        pairs = [self.natural.get(name, (-np.inf, np.inf)) for name in self.parameters]
        lower, upper = np.array(pairs, dtype=np.float64).T
        return lower, upper

    def quantity(self, name: str) -> Callable[..., Any]:
        """Make the function of the parameters that computes a derived quantity, or a formula of them.

        Parameters
        ----------
        name : str
            One of `derived`, or a formula of these and the parameters.

        Returns
        -------
        function
            It takes all parameters, by position.

        Raises
        ------
        ValueError
            If the formula has other names.

        Examples
        --------
        >>> from minpack import models
        >>> float(models.gaussian.quantity("2*height")(3.0, 4.0, 1.0))
        6.0
        """
        expression = self._in_parameters(self.derived.get(name, name))
        unknown = [used for used in expression.names if used not in self.parameters]
        if unknown:
            known = ", ".join((*self.derived, *self.parameters))
            raise ValueError(f"func must be a formula of {known}; got {name!r}, with {unknown[0]!r}")
        value = Formula(expression, expression.names, ()).value
        index = [self.parameters.index(used) for used in expression.names]

        def of_all(*values: float) -> Any:
            with np.errstate(all="ignore"):
                return value(0.0, *(np.float64(values[j]) for j in index))

        return of_all

    def _in_parameters(self, text: str) -> Expression:
        """A formula of parameters and derived quantities with these written as formulas of parameters, too."""
        expression = parse(text)
        for _ in self.derived:  # one may be made of others
            named = {name: f"({self.derived[name]})" for name in expression.names
                     if name in self.derived and name not in self.parameters}  # fmt: skip
            if not named:
                break
            expression = parse(renamed(expression.text, named), limited=False)
        return expression

    def guess(
        self, x: Any, y: ArrayLike, sigma: ArrayLike | None = None, *, fixed: Mapping[str, float] | None = None,
        bounds: Mapping[str, Any] | None = None,
    ) -> _Array:  # fmt: skip
        """Find starts in the data.

        The parameters in which the model is linear are solved for, over a grid of the others; the best point is taken.

        Parameters
        ----------
        x : array_like
            The predictors.
        y : array_like, shape (..., m)
            The data of one fit or of many.
        sigma : array_like, optional
            Standard deviations, the same for all fits.
        fixed : dict, optional
            Values of parameters that are known; starts are found for the others.
        bounds : dict, optional
            Limits of starts, ``(low, high)`` by name, None for none.

        Returns
        -------
        ndarray, shape (..., n)
            A start per fit.

        Raises
        ------
        ValueError
            If `x` and `y` do not have as many points.

        Examples
        --------
        >>> import numpy as np
        >>> from minpack import models
        >>> x = np.linspace(0.0, 10.0, 50)
        >>> models.line.guess(x, [1.0 + 2.0 * x, 3.0 - x]).round(3)
        array([[ 1.,  2.],
               [ 3., -1.]])
        """
        from .guess import guess
        from .known import Known

        return guess(self, x, y, sigma, known=Known.of(self.parameters, fixed, bounds))

    def __add__(self, other: Model) -> Model:
        if not isinstance(other, Model):
            return NotImplemented
        if self.predictors != other.predictors:
            raise ValueError(f"models must have the same predictors to be added; got {self!r} and {other!r}")
        parts = self._terms + other._terms
        labels = [label for label, _ in parts]
        names = [name for _, part in parts for name in part.parameters]
        twice = [*(label for label in labels if labels.count(label) > 1), *(n for n in names if names.count(n) > 1)]
        if twice:
            raise ValueError(f"models that are added must differ in their names; got {twice[0]!r} twice: "
                             f'name them, as in gaussian("p1") + gaussian("p2")')  # fmt: skip
        return Model(
            " + ".join(part.text for _, part in parts), self.predictors, name=" + ".join(labels), parts=parts,
            natural=self.natural | other.natural, derived=self.derived | other.derived,
        )  # fmt: skip

    @property
    def _terms(self) -> tuple[tuple[str, Model], ...]:
        """The terms of a sum by their names; a model that is none is its own."""
        return self.parts or ((self.__name__, self),)

    def _named(self, label: str) -> Model:
        if not label or self.parts:
            if label:
                raise ValueError(f"a name goes to each model of a sum; got {label!r} for {self.__name__!r}")
            return self
        if name_of(label) is None:
            raise ValueError(f"the name of a model must be letters and digits, such as 'p1'; got {label!r}")
        label = name_of(label) or label
        names = {name: f"{label}_{name}" for name in self.parameters}
        derived = {f"{label}_{name}": renamed(text, names) for name, text in self.derived.items()}
        natural = {names[name]: limits for name, limits in self.natural.items()}
        grid = None if self.grid is None else self.grid.renamed(names)
        return Model(
            renamed(self.text, names), self.predictors, name=label, natural=natural, derived=derived, grid=grid
        )

    def _points(self, x: Any) -> Any:
        if type(x) is not np.ndarray:
            x = np.asarray(x)
        check_rows(self.predictors, x.shape)
        return x

    def _bound(self, parameters: Sequence[ArrayLike], named: Mapping[str, ArrayLike]) -> list[Any]:
        if named or len(parameters) != len(self.parameters):
            given = dict(zip(self.parameters, parameters, strict=False)) | dict(named)
            if len(parameters) + len(named) != len(self.parameters) or {*given} != {*self.parameters}:
                got = [*map(str, range(len(parameters))), *named]
                raise TypeError(f"{self.__name__} takes {', '.join(self.parameters)}; got {len(got)} values")
            parameters = [given[name] for name in self.parameters]
        # of Python's floats 1/0 would raise an error where NumPy has infinity
        return [value if isinstance(value, (np.float64, np.ndarray))
                else np.float64(value) if type(value) is float else np.asarray(value, np.float64)[()]
                for value in parameters]  # fmt: skip

    def __repr__(self) -> str:
        return f"<model {self.__name__}({', '.join(self.__signature__.parameters)}) = {self.text}>"

    def _repr_html_(self) -> str:
        from html import escape  # loads all entities of HTML, which takes milliseconds

        rows = []
        for name in self.parameters:
            low, high = self.natural.get(name, (-np.inf, np.inf))
            limits = f"{low:g} to {high:g}" if np.isfinite([low, high]).any() else ""
            rows.append(f"<tr><td>{escape(name)}</td><td>{limits}</td></tr>")
        rows += [f"<tr><td>{escape(name)}</td><td>= {escape(text)}</td></tr>" for name, text in self.derived.items()]
        call = f"{self.__name__}({', '.join(self.__signature__.parameters)})"
        return (
            f"<div><p><code>{escape(call)} = {escape(self.text)}</code></p><table><thead><tr><th>parameter</th>"
            f"<th>limits, or what it follows from</th></tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
        )

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name not in ("formula", "jac")}


class Derivatives:
    """The derivatives of a model as a function ``jac(x, *params)``, for every door that takes one."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.__name__ = f"jac of {model.__name__}"
        self.__signature__ = model.__signature__

    def __call__(self, x: Any, *parameters: ArrayLike) -> _Array:
        return self.model.formula.jacobian(self.model._points(x), *self.model._bound(parameters, {}))

    @property
    def py_func(self) -> Any:
        """What numba compiles for one point."""
        return self.model.formula.compiled_slopes

    @property
    def _quick_slopes(self) -> Any:
        """The same where its values are finite, without the branches that keep numba from making vectors."""
        return self.model.formula.slopes

    def _together(self, f: Any) -> Any:
        """The model f and these in one, in the same way; None if they are not derivatives of f."""
        return self.model.formula.together if f is self.model else None


def predictors_of(text: str) -> tuple[str, ...]:
    """The names in a formula that are predictors if nobody says which: x, y, z and t."""
    names = parse(text).names
    found = tuple(name for name in _PREDICTORS if name in names)
    if not found:
        raise ExpressionError(
            f"predictors must be given, as none of {', '.join(_PREDICTORS)} is in the formula, "
            f"which has {', '.join(names) or 'no names'}"
        )
    return found
