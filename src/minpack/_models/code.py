"""Formulas as functions of arrays, made once: for NumPy, and for numba, which compiles the same text for one point."""

from __future__ import annotations

import linecache
from collections.abc import Sequence
from copy import copy
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .elements import ELEMENTS, power, square
from .expression import Expression, ExpressionError
from .graph import Graph, convert

MAX_PARAMETERS = 40  # of a formula that somebody wrote

_DEEPEST = 12  # operations within operations in a line of the code
_EPS = float(np.finfo(np.float64).eps)
_STEP = _EPS ** (1 / 3)
_FINER = 1 / 8  # the second step: if both quotients agree, there is a limit
_AGREE = 1e-3


class Formula:
    """A formula as a function ``value(x, *params)`` with derivatives.

    ``x`` is the predictor, or k predictors ``x[0]`` to ``x[k - 1]``; parameters are numbers or arrays that broadcast.
    ExpressionError if a name is neither, or a parameter has no influence.
    """

    def __init__(self, expression: Expression, parameters: Sequence[str], predictors: Sequence[str]) -> None:
        self.parameters = tuple(parameters)
        self.predictors = tuple(predictors)
        self._graph = Graph()
        self._together: dict[tuple[int, ...], tuple[Any, bool]] = {}
        self.last_search: tuple[Any, Any] = None, ()  # for a start: where, and what the formula is there
        symbols = {name: self._graph.name(name) for name in (*parameters, *predictors)}
        try:
            self._root = convert(self._graph, expression, symbols)
        except RecursionError:
            raise ExpressionError("the expression is nested too deeply") from None
        self._slopes = [self._graph.derivative(self._root, name) for name in parameters]
        for name, slope in zip(parameters, self._slopes, strict=True):
            if self._graph.constant(slope) == 0.0:
                raise ExpressionError(
                    f"parameter {ascii(name)} has no influence on the expression, or only by jumps"
                )

    @cached_property
    def value(self) -> Any:
        """The value: a plain Python function, which numba can compile."""
        return self._function("value", [self._root])

    @cached_property
    def slopes(self) -> Any:
        """The derivatives by all parameters, a tuple; NaN where a rule has no value."""
        return self._function("slopes", self._slopes)

    @cached_property
    def together(self) -> Any:
        """The value and behind it the derivatives, a tuple, which have much in common."""
        return self._function("together", [self._root, *self._slopes])

    @cached_property
    def compiled_slopes(self) -> Any:
        """As `slopes`, for one point, with quotients instead of NaN if numba is installed."""
        try:
            import numba
        except ImportError:
            return self.slopes
        compile_ = numba.njit(error_model="numpy")
        names = {"value": compile_(self.value), "slopes": compile_(self.slopes), "quotient": compile_(_quotient)}
        p = [f"p{j}" for j in range(len(self.parameters))]
        lines = [f"def derivatives(x, {', '.join(p)}):", f"    {', '.join(f's{j}' for j in range(len(p)))}, = "
                 f"slopes(x, {', '.join(p)})"]  # fmt: skip
        for j, name in enumerate(p):
            lines.append(f"    if s{j} - s{j} != 0.0:")
            lines.append(f"        h = {_STEP!r} * (abs({name}) if {name} != 0.0 else 1.0)")
            near = [", ".join([*p[:j], f"{name} {sign} h{finer}", *p[j + 1 :]]) for finer in ("", f" * {_FINER}")
                    for sign in "+-"]  # fmt: skip
            values = ", ".join(f"value(x, {moved})" for moved in near)
            lines.append(f"        s{j} = quotient(s{j}, value(x, {', '.join(p)}), h, {values})")
        lines.append(f"    return {', '.join(f's{j}' for j in range(len(p)))},")
        return _made("derivatives", "\n".join(lines) + "\n", names)

    def jacobian(self, x: Any, *parameters: ArrayLike) -> NDArray[np.float64]:
        """The derivatives by the parameters, along the last axis; the limit, if there is one, instead of NaN."""
        with np.errstate(all="ignore"):
            return self._table(self.shape(x, *parameters), x, parameters)

    def jacobian_of_numbers(self, x: Any, *parameters: Any) -> NDArray[np.float64]:
        """The same for parameters that are np.float64, in half the time; the caller ignores warnings of arithmetic.

        For such, `value` is what the model is: every formula has a predictor.
        """
        points = x[0] if len(self.predictors) > 1 else x
        return self._table(points.shape, x, parameters)

    def _table(self, shape: tuple[int, ...], x: Any, parameters: Sequence[Any]) -> NDArray[np.float64]:
        slopes = self.slopes(x, *parameters)
        out = np.empty((*shape, len(slopes)))
        for j, slope in enumerate(slopes):
            out[..., j] = slope
        total = out.sum()
        if total - total != 0.0:
            self._mend(out, x, parameters)
        return out

    def shape(self, x: Any, *parameters: ArrayLike) -> tuple[int, ...]:
        """The shape of the values."""
        points = x[0] if len(self.predictors) > 1 else x
        if all([type(parameter) is np.float64 for parameter in parameters]):  # mostly
            return np.shape(points)
        shapes = {np.shape(points), *map(np.shape, parameters)} - {()}
        return np.broadcast_shapes(*shapes) if len(shapes) > 1 else next(iter(shapes), ())

    def _mend(self, out: NDArray[np.float64], x: Any, parameters: Sequence[ArrayLike]) -> None:
        value = self.value(x, *parameters)
        for j, parameter in enumerate(parameters):
            column = out[..., j]
            bad = ~np.isfinite(column)
            if not bad.any():
                continue
            step = _STEP * np.where(np.equal(parameter, 0.0), 1.0, np.abs(parameter))

            def moved(by: Any, j: int = j, parameter: Any = parameter) -> Any:
                return self.value(x, *parameters[:j], parameter + by, *parameters[j + 1 :])

            near = [moved(sign * step * finer) for finer in (1.0, _FINER) for sign in (1.0, -1.0)]
            arguments = np.broadcast_arrays(column, value, step, *near)
            column[bad] = [_quotient(*at) for at in zip(*(a[bad].tolist() for a in arguments), strict=True)]

    def value_and_slopes(self, chosen: Sequence[int]) -> tuple[Any, bool]:
        """A function for the derivatives by some parameters, a tuple, after the value where these are zero.

        The value is left out if it is zero then. And whether it is there.
        """
        key = tuple(chosen)
        if key not in self._together:
            has_value = not self._graph.vanishes(self._root, [self.parameters[j] for j in key])
            roots = [self._slopes[j] for j in key]
            made = self._function("slopes", [self._root, *roots] if has_value else roots)
            self._together[key] = made, has_value
        return self._together[key]

    def _function(self, name: str, roots: list[int]) -> Any:
        return _made(name, *_source(self._graph, name, roots, self.parameters, self.predictors))

    @cached_property
    def linear(self) -> list[str]:
        """Parameters in which the formula is linear, all of them together."""
        graph, chosen = self._graph, dict[str, set[str]]()
        for name, slope in zip(self.parameters, self._slopes, strict=True):
            names = graph.names(slope)
            if name not in names and not any(other in names or name in chosen[other] for other in chosen):
                chosen[name] = names
        return [*chosen]

    @cached_property
    def inside(self) -> Inside | None:
        """The u of which the formula is a function, if u has all parameters and is linear in more of them."""
        graph, root = self._graph, self._root
        node = graph.nodes[root]
        for factor, of in (node.parts, node.parts[::-1]) if node.kind == "*" else ():
            name, other = graph.nodes[factor].value, graph.nodes[of]
            if other.kind == "exp" and name in self.parameters and name not in graph.names(of):
                return self._around(graph.plus(factor, other.parts[0]), "exp", None, str(name))
        if node.kind not in ("exp", "log", "sqrt", "/", "**"):
            return None
        *outer, inner = node.parts
        if outer and not graph.names(outer[0]).isdisjoint(self.parameters):
            return None
        return self._around(inner, node.kind, self._function("value", outer) if outer else None)

    def _around(self, root: int, kind: str, outer: Any, factor: str = "") -> Inside | None:
        inner = copy(self)
        inner.__dict__ = {"parameters": self.parameters, "predictors": self.predictors, "_graph": self._graph,
                          "_root": root, "_together": {}, "last_search": (None, ()),
                          "_slopes": [self._graph.derivative(root, name) for name in self.parameters]}  # fmt: skip
        return Inside(inner, kind, outer, factor) if len(inner.linear) > len(self.linear) else None

    @cached_property
    def is_wave(self) -> bool:
        """Whether a sine or cosine turns around in x at a rate that parameters decide."""
        graph = self._graph
        turning = [node.parts[0] for node in map(graph.nodes.__getitem__, graph.reached([self._root]))
                   if node.kind in ("sin", "cos")]  # fmt: skip
        rates = [graph.names(graph.derivative(part, name)) for part in turning for name in self.predictors]
        return any(not names.isdisjoint(self.parameters) for names in rates)


class Inside(NamedTuple):
    """The u of a formula: that of exp(u), log(u), sqrt(u), v/u, v**u, and of a*exp(u) u + log(a)."""

    formula: Formula  # with the name a for log(a)
    kind: str  # of the last operation
    outer: Any  # v, a function like `value`; None if there is none
    factor: str  # a, if there is one


def _quotient(
    slope: float, value: float, h: float, above: float, below: float, above_finer: float, below_finer: float
) -> float:
    """What replaces a derivative that is not finite: a difference quotient, if a finer one is nearly the same.

    For numbers; numba compiles it, too.
    """
    if value - value != 0.0:
        return slope
    width, finer_width = 0.0, 0.0
    left, right, finer_left, finer_right = value, value, value, value
    if above - above == 0.0 and above_finer - above_finer == 0.0:
        right, finer_right, width, finer_width = above, above_finer, h, h * _FINER
    if below - below == 0.0 and below_finer - below_finer == 0.0:
        left, finer_left, width, finer_width = below, below_finer, width + h, finer_width + h * _FINER
    if width == 0.0:
        return slope
    coarse, fine = (right - left) / width, (finer_right - finer_left) / finer_width
    rounding = 16.0 * _EPS * max(abs(value), abs(left), abs(right)) / finer_width
    if abs(coarse - fine) <= _AGREE * max(abs(coarse), abs(fine)) + rounding:
        return coarse
    return slope


# ---- code


def _source(
    graph: Graph, name: str, roots: list[int], parameters: Sequence[str], predictors: Sequence[str]
) -> tuple[str, dict[str, Any]]:
    """The text of a function of the predictors and parameters, and what it calls."""
    called: dict[str, Any] = {"where": np.where, "power": power, "square": square}
    words = {parameter: f"p{j}" for j, parameter in enumerate(parameters)}
    words |= {predictor: "x" if len(predictors) == 1 else f"v{k}" for k, predictor in enumerate(predictors)}
    lines = [f"def {name}({', '.join(['x', *(f'p{j}' for j in range(len(parameters)))])}):"]
    reached = graph.reached(roots)
    lines += [f"    v{k} = x[{k}]" for k in range(len(predictors)) if len(predictors) > 1]
    uses = dict.fromkeys(reached, 0)
    for i in reached:
        for part in graph.nodes[i].parts:
            uses[part] += 1
    for i in roots:
        uses[i] += 1
    texts: dict[int, tuple[str, int]] = {}  # and how deep
    for i in reached:
        node = graph.nodes[i]
        deep = 1 + max((texts[part][1] for part in node.parts), default=-1)
        text = _operation(node, [texts[part][0] for part in node.parts], graph, words)
        if node.kind in ELEMENTS:
            called[node.kind] = ELEMENTS[node.kind].function
        if node.parts and (uses[i] > 1 or deep > _DEEPEST):
            lines.append(f"    t{i} = {text}")
            text, deep = f"t{i}", 0
        texts[i] = text, deep
    results = ", ".join(texts[i][0] for i in roots)
    lines.append(f"    return {results}{',' if name == 'slopes' else ''}")
    return "\n".join(lines) + "\n", called


def _operation(node: Any, parts: list[str], graph: Graph, words: dict[str, str]) -> str:
    kind = node.kind
    if kind == "number":
        return "nan" if node.value != node.value else f"({node.value!r})" if node.value < 0 else repr(node.value)
    if kind == "name":
        return words[node.value]
    if kind == "negative":
        return f"(-{parts[0]})"
    if kind == "base":
        return f"({parts[0]} + ({parts[0]} == 0.0) * ({parts[1]} > 0.0))"
    if kind.startswith("where"):
        # of numbers it is an array of no dimensions
        return f"where({parts[0]} {kind[5:]} {parts[1]}, {parts[2]}, {parts[3]})[()]"
    if kind in ELEMENTS:
        return f"{kind}({', '.join(parts)})"
    if kind == "**":
        return f"square({parts[0]})" if graph.constant(node.parts[1]) == 2.0 else f"power({', '.join(parts)})"
    return f"({parts[0]} {kind} {parts[1]})"


def _made(name: str, source: str, names: dict[str, Any]) -> Any:
    """The function of a text of ours."""
    place = f"<minpack {name} {hash(source):x}>"
    linecache.cache[place] = (len(source), None, source.splitlines(keepends=True), place)  # for tracebacks and numba
    known = {"nan": float("nan"), "__builtins__": {"abs": abs, "float": float}, **names}
    exec(compile(source, place, "exec"), known)
    return known[name]


def check_rows(predictors: Sequence[str], shape: tuple[int, ...]) -> None:
    """Raise ValueError unless x has a row per predictor, if there are several."""
    k = len(predictors)
    if k > 1 and shape[:1] != (k,):
        raise ValueError(
            f"xdata must have {k} rows, for {', '.join(predictors)}; got shape {shape}: pass predictors to "
            "minpack.model if one of them is a parameter"
        )
