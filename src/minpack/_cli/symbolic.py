"""Formulas as models: NumPy code for the values and, by way of SymPy, for the exact derivatives.

Each node of a formula's syntax tree becomes a SymPy object; SymPy never sees text. All numbers but exponents stand in
SymPy's formula as symbols: no digit of them is lost on the way, and no power of numbers can grow without bound.
"""

from __future__ import annotations

import ast
import functools
import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .expression import CONSTANTS, FUNCTIONS, OPERATORS, Expression, ExpressionError, error_at

Array = NDArray[np.float64]

MAX_PARAMETERS = 40  # SymPy's time grows with their square
MAX_EXPONENT = 1000
MAX_BITS = 400  # of any integer that SymPy makes on its way

# Each function of `FUNCTIONS` in NumPy.
_NUMPY: dict[str, Callable[..., Any]] = {
    "exp": np.exp, "expm1": np.expm1, "log": np.log, "log10": np.log10, "log2": np.log2, "log1p": np.log1p,
    "sqrt": np.sqrt, "sin": np.sin, "cos": np.cos, "tan": np.tan, "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh,
    "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan, "asinh": np.arcsinh, "acosh": np.arccosh,
    "atanh": np.arctanh, "atan2": np.arctan2, "magnitude": np.abs, "signum": np.sign, "lesser": np.minimum,
    "greater": np.maximum, "step": lambda z: np.heaviside(z, 0.5),
}  # fmt: skip


class MissingPackageError(ImportError):
    """A package that is needed for what was asked is not installed: one line that says how to get it."""


@dataclass(frozen=True)
class Model:
    """A formula as a function of predictors and parameters, with its derivatives by the parameters.

    Attributes
    ----------
    parameters, predictors : tuple of str
        In the order in which `value` and `jacobian` take them.
    """

    parameters: tuple[str, ...]
    predictors: tuple[str, ...]
    _values: Callable[..., Any] = field(repr=False)
    _derivatives: Callable[..., Any] = field(repr=False)
    _constants: tuple[np.float64, ...] = field(repr=False)

    def value(self, data: Array, parameters: Sequence[float]) -> Array:
        """The formula at each point.

        Parameters
        ----------
        data : ndarray, shape (m,) or (k, m)
            The predictors, one per row; a single one may be a vector.
        parameters : sequence of float
            One number a parameter.

        Returns
        -------
        ndarray, shape (m,)
            Not finite if the formula is not defined or overflows, without an error or a warning.
        """
        value: Array = self._call(self._values, data, parameters)[0]
        return value

    def jacobian(self, data: Array, parameters: Sequence[float]) -> Array:
        """The derivatives by each parameter, shape (m, n), at each point; arguments as of `value`."""
        jacobian: Array = np.ascontiguousarray(self._call(self._derivatives, data, parameters).T)
        return jacobian

    def _call(self, function: Callable[..., Any], data: Array, parameters: Sequence[float]) -> Array:
        rows = np.atleast_2d(np.asarray(data, dtype=np.float64))
        numbers = [np.float64(value) for value in parameters]  # a Python float would raise where NumPy gives inf
        with np.errstate(all="ignore"):
            results = function(*numbers, *(rows if self.predictors else ()), *self._constants)
            out = np.empty((len(results), rows.shape[1]))
            for row, result in zip(out, results, strict=True):
                row[:] = result
        return out


def compile_model(expression: Expression, parameters: Sequence[str], predictors: Sequence[str]) -> Model:
    """Make a formula into NumPy code for its values and for its exact derivatives.

    Parameters
    ----------
    expression : Expression
        The formula.
    parameters, predictors : sequence of str
        What each name in it is.

    Returns
    -------
    Model
        The formula as a function, with its Jacobian.

    Raises
    ------
    ExpressionError
        If a name is neither, a parameter cancels out, or a part of the formula is not a real number.
    MissingPackageError
        If SymPy is not installed.
    """
    sympy = _sympy()
    if len(parameters) > MAX_PARAMETERS:
        raise ExpressionError(f"{len(parameters)} parameters: an expression may have at most {MAX_PARAMETERS}")
    converter = _Converter(sympy, expression.text)
    for kind, names in (("p", parameters), ("v", predictors)):
        for i, name in enumerate(names):
            converter.symbols[name] = sympy.Symbol(f"{kind}{i}", real=True)
    arguments = list(converter.symbols.values())
    try:
        value = converter.convert(expression.tree)
        derivatives = [sympy.diff(value, symbol) for symbol in arguments[: len(parameters)]]
    except RecursionError:
        raise ExpressionError("the expression is nested too deeply") from None
    for name, derivative in zip(parameters, derivatives, strict=True):
        if derivative == 0:
            raise ExpressionError(f"parameter {name!r} has no influence on the expression, or only by jumps")
        converter.check(derivative)
    arguments += converter.constants.values()

    def compiled(results: list[Any]) -> Callable[..., Any]:
        own = {f"np_{name}": function for name, function in _NUMPY.items()}
        function: Callable[..., Any] = sympy.lambdify(arguments, results, modules=[own, "numpy"], cse=True)
        return function

    constants = tuple(np.float64(number) for number in converter.constants)
    return Model(tuple(parameters), tuple(predictors), compiled([value]), compiled(derivatives), constants)


def _sympy() -> Any:
    try:
        return importlib.import_module("sympy")
    except ImportError:
        raise MissingPackageError(
            "an expression needs SymPy for its derivatives: pip install sympy"
        ) from None


@functools.cache
def _functions() -> dict[str, Any]:
    """A SymPy class for each function, that knows its derivative and nothing else.

    SymPy's own do more than is wanted: they rewrite the formula, ask themselves for seconds whether some argument is
    positive, and abs, sign, Min and Max differentiate to complex parts or to delta functions. The derivative of abs,
    minimum and maximum is the one of either side, and at the kink the mean of both.
    """
    sympy = _sympy()
    half = sympy.Rational(1, 2)
    f: dict[str, Any] = {}
    # by each argument; exp here is f["exp"], and so on, looked up when it is needed
    derivatives: dict[str, list[Callable[..., Any]]] = {
        "exp": [lambda u: f["exp"](u)],
        "expm1": [lambda u: f["exp"](u)],
        "log": [lambda u: 1 / u],
        "log10": [lambda u: 1 / (u * f["log"](sympy.Integer(10)))],
        "log2": [lambda u: 1 / (u * f["log"](sympy.Integer(2)))],
        "log1p": [lambda u: 1 / (1 + u)],
        "sin": [lambda u: f["cos"](u)],
        "cos": [lambda u: -f["sin"](u)],
        "tan": [lambda u: 1 + f["tan"](u) ** 2],
        "sinh": [lambda u: f["cosh"](u)],
        "cosh": [lambda u: f["sinh"](u)],
        "tanh": [lambda u: 1 - f["tanh"](u) ** 2],
        "asin": [lambda u: (1 - u**2) ** -half],
        "acos": [lambda u: -((1 - u**2) ** -half)],
        "atan": [lambda u: 1 / (1 + u**2)],
        "asinh": [lambda u: (1 + u**2) ** -half],
        "acosh": [lambda u: (u**2 - 1) ** -half],
        "atanh": [lambda u: 1 / (1 - u**2)],
        "atan2": [lambda u, v: v / (u**2 + v**2), lambda u, v: -u / (u**2 + v**2)],
        "magnitude": [lambda u: f["signum"](u)],
        "signum": [lambda u: sympy.Integer(0)],
        "lesser": [lambda u, v: f["step"](v - u), lambda u, v: f["step"](u - v)],
        "greater": [lambda u, v: f["step"](u - v), lambda u, v: f["step"](v - u)],
        "step": [lambda u: sympy.Integer(0)],
    }

    def opaque(name: str, by: list[Callable[..., Any]]) -> Any:
        # a name of its own, so that SymPy's printer does not take it for a function that it knows
        body = {"fdiff": lambda self, argindex=1: by[argindex - 1](*self.args), "nargs": len(by)}
        return type(f"np_{name}", (sympy.Function,), body)

    f.update({name: opaque(name, by) for name, by in derivatives.items()})
    f["sqrt"] = sympy.sqrt  # a power: a*sqrt(b*x) then has a derivative by b at x = 0, too
    return f


class _Converter:
    """Turns the nodes of a syntax tree into SymPy's, with numbers as symbols."""

    def __init__(self, sympy: Any, text: str) -> None:
        self.sympy = sympy
        self.text = text
        self.symbols: dict[str, Any] = {}
        self.constants: dict[float, Any] = {}

    def convert(self, node: ast.expr) -> Any:
        folded = self.fold(node)
        if folded is not None:
            return self.number(folded)
        result: Any
        if isinstance(node, ast.Name):
            if node.id not in self.symbols:
                raise error_at(self.text, node.col_offset, f"{node.id!r} is neither a parameter nor a column")
            return self.symbols[node.id]
        if isinstance(node, ast.UnaryOp):
            operand = self.convert(node.operand)
            result = -operand if isinstance(node.op, ast.USub) else operand
        elif isinstance(node, ast.BinOp):
            if isinstance(node.op, ast.Pow):
                result = self.power(node)
            else:
                result = OPERATORS[type(node.op)](self.convert(node.left), self.convert(node.right))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            function = _functions()[FUNCTIONS[node.func.id]]
            result = function(*(self.convert(argument) for argument in node.args))
        else:  # parse lets nothing else pass
            raise error_at(self.text, node.col_offset, "not arithmetic")
        self.check(result, node)
        return result

    def power(self, node: ast.BinOp) -> Any:
        base = self.convert(node.left)
        folded = self.fold(node.right)
        # exact, so that SymPy can take 1 from it without a rounding
        exponent = self.convert(node.right) if folded is None else self.sympy.Rational(folded)
        if exponent.is_Rational and abs(exponent) > MAX_EXPONENT:
            raise error_at(self.text, node.right.col_offset, f"an exponent beyond {MAX_EXPONENT}")
        return base**exponent

    def number(self, value: float) -> Any:
        if value in (0.0, 1.0, -1.0):
            return self.sympy.Integer(int(value))
        return self.constants.setdefault(value, self.sympy.Symbol(f"k{len(self.constants)}", real=True))

    def check(self, result: Any, node: ast.expr | None = None) -> None:
        """Refuse what is not a real number, or has an integer in it that grows out of hand."""
        place = node.col_offset if node is not None else 0
        sympy = self.sympy
        if result.has(sympy.I, sympy.nan, sympy.zoo, sympy.oo, -sympy.oo):
            raise error_at(self.text, place, "this, or its derivative, is not a finite real number")
        for power in result.atoms(sympy.Pow):  # Python would compute it, as a complex number
            if power.base.is_Rational and power.base.is_negative and not power.exp.is_integer:
                raise error_at(self.text, place, "a negative number to a power that is not whole")
        for number in result.atoms(sympy.Rational):
            if max(abs(number.p), number.q).bit_length() > MAX_BITS:
                raise error_at(self.text, place, "the powers here get too large")

    def fold(self, node: ast.expr) -> float | None:
        """The value of a part without names, in floating point as Python and NumPy compute it; None with names."""
        if any(isinstance(part, ast.Name) and part.id not in {**CONSTANTS, **FUNCTIONS} for part in ast.walk(node)):
            return None
        with np.errstate(all="ignore"):
            value = _evaluate(node)
        if not np.isfinite(value):
            raise error_at(self.text, node.col_offset, f"the value is {value}")
        return float(value)


def _evaluate(node: ast.expr) -> np.float64:
    if isinstance(node, ast.Constant):
        assert isinstance(node.value, int | float)
        return np.float64(node.value)
    if isinstance(node, ast.Name):
        return np.float64(CONSTANTS[node.id])
    if isinstance(node, ast.UnaryOp):
        value = _evaluate(node.operand)
        return -value if isinstance(node.op, ast.USub) else value
    if isinstance(node, ast.BinOp):
        return np.float64(OPERATORS[type(node.op)](_evaluate(node.left), _evaluate(node.right)))
    assert isinstance(node, ast.Call)
    assert isinstance(node.func, ast.Name)
    return np.float64(_NUMPY[FUNCTIONS[node.func.id]](*(_evaluate(argument) for argument in node.args)))
