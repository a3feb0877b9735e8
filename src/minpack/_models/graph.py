"""Formulas as graphs in which equal parts are one node, and their derivatives, which share the parts of the value."""

from __future__ import annotations

import ast
import functools
import math
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

import numpy as np

from .elements import CONSTANTS, ELEMENTS, FUNCTIONS
from .expression import COMPARISONS, OPERATORS, Expression, error_at, is_e, is_where, parse

MAX_EXPONENT = 1000


class Node(NamedTuple):
    """An operation on nodes, by their numbers.

    Its kind is "number", "name", "+", "-", "*", "/", "**", "negative", "base" (u, but 1 where u is 0 and v is
    positive), "where<" and so on, or a function of `ELEMENTS`; its value that of a number, or a name.
    """

    kind: str
    parts: tuple[int, ...] = ()
    value: float | str = 0.0


class Graph:
    """Nodes, each after its parts."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._numbers: dict[tuple[Node, float], int] = {}

    def add(self, kind: str, *parts: int, value: float | str = 0.0) -> int:
        node = Node(kind, parts, value)
        # the sign keeps 0.0 and -0.0 apart
        key = node, math.copysign(1.0, value) if isinstance(value, float) else 0.0
        if key not in self._numbers:
            self._numbers[key] = len(self.nodes)
            self.nodes.append(node)
        return self._numbers[key]

    def number(self, value: float) -> int:
        return self.add("number", value=float(value))

    def name(self, name: str) -> int:
        return self.add("name", value=name)

    def constant(self, i: int) -> float | None:
        node = self.nodes[i]
        return float(node.value) if node.kind == "number" else None

    # ---- operations that leave out what changes nothing: for derivatives, not for values, which stay as written

    def plus(self, a: int, b: int) -> int:
        return b if self._is(a, 0) else a if self._is(b, 0) else self._result("+", a, b)

    def minus(self, a: int, b: int) -> int:
        if self._is(a, 0):
            return self.negative(b)
        return a if self._is(b, 0) else self._result("-", a, b)

    def negative(self, a: int) -> int:
        value, node = self.constant(a), self.nodes[a]
        if value is not None:
            return self.number(0.0 if value == 0.0 else -value)
        return node.parts[0] if node.kind == "negative" else self.add("negative", a)

    def times(self, a: int, b: int) -> int:
        if self._is(a, 0) or self._is(b, 0):
            return self.number(0.0)
        for one, other in ((a, b), (b, a)):
            if self._is(one, 1):
                return other
            if self._is(one, -1):
                return self.negative(other)
        return self._result("*", a, b)

    def over(self, a: int, b: int) -> int:
        if self._is(a, 0):
            return a
        return a if self._is(b, 1) else self._result("/", a, b)

    def power(self, a: int, b: int) -> int:
        if self._is(b, 0):
            return self.number(1.0)
        return a if self._is(b, 1) else self._result("**", a, b)

    def _is(self, i: int, value: float) -> bool:
        return self.constant(i) == value

    def _result(self, kind: str, a: int, b: int) -> int:
        left, right = self.constant(a), self.constant(b)
        if left is None or right is None:
            return self.add(kind, a, b)
        with np.errstate(all="ignore"):
            return self.number(_ARITHMETIC[kind](np.float64(left), np.float64(right)))

    # ---- what depends on what

    def reached(self, roots: Iterable[int]) -> list[int]:
        """The nodes that these need, each after its parts."""
        seen: set[int] = set()
        stack = [*roots]
        while stack:
            i = stack.pop()
            if i not in seen:
                seen.add(i)
                stack += self.nodes[i].parts
        return sorted(seen)

    def names(self, root: int) -> set[str]:
        return {str(self.nodes[i].value) for i in self.reached([root]) if self.nodes[i].kind == "name"}

    def vanishes(self, root: int, names: Collection[str]) -> bool:
        """Whether it is surely zero where these names are, and anything else is finite."""
        zero: set[int] = set()
        for i in self.reached([root]):
            node = self.nodes[i]
            are_zero = [part in zero for part in node.parts]
            if (node.kind == "name" and node.value in names) or (
                (node.kind == "*" and any(are_zero)) or (node.kind == "/" and are_zero[0])
                or (node.kind in ("+", "-", "negative") and all(are_zero)) or self._is(i, 0)
            ):
                zero.add(i)
        return root in zero

    def derivative(self, root: int, name: str) -> int:
        """The node of the derivative by a name."""
        slopes: dict[int, int] = {}
        zero = self.number(0.0)
        for i in self.reached([root]):
            node = self.nodes[i]
            if node.kind == "name":
                slopes[i] = self.number(float(node.value == name))
            elif all(slopes[part] == zero for part in node.parts):
                slopes[i] = zero
            else:
                slopes[i] = self._slope(i, node, [slopes[part] for part in node.parts])
        return slopes[root]

    def _slope(self, i: int, node: Node, d: list[int]) -> int:
        kind, parts = node.kind, node.parts
        if kind in ("+", "-"):
            return (self.plus if kind == "+" else self.minus)(*d)
        if kind == "negative":
            return self.negative(*d)
        if kind.startswith("where"):
            zero = self.number(0.0)
            return zero if d[2] == d[3] == zero else self.add(kind, *parts[:2], *d[2:])
        a, b = (*parts, 0)[:2]
        if kind == "*":
            return self.plus(self.times(d[0], b), self.times(a, d[1]))
        if kind == "/":  # (a' - (a/b) b') / b
            return self.over(self.minus(d[0], self.times(i, d[1])), b)
        if kind == "**":
            exponent = self.constant(b)
            less = self.minus(b, self.number(1.0)) if exponent is None else self.number(exponent - 1.0)
            by_base = self.times(self.times(b, self.power(a, less)), d[0])
            if self._is(d[1], 0):
                return by_base
            return self.plus(by_base, self.times(self.times(i, self.add("log", self.add("base", a, b))), d[1]))
        total = self.number(0.0)
        rules = ELEMENTS[kind].derivatives or ("",) * len(parts)
        for rule, slope in zip(rules, d, strict=True):
            if not self._is(slope, 0):
                outer = self.number(math.nan)  # by difference quotients
                if rule in ELEMENTS:
                    outer = self.add(rule, *parts)
                elif rule:
                    outer = convert(self, _rule(rule), {**dict(zip("uv", parts, strict=False)), "w": i}, lean=True)
                total = self.plus(total, self.times(outer, slope))
        return total


@functools.cache
def _rule(text: str) -> Expression:
    return parse(text)


_KINDS: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}
_ARITHMETIC = {_KINDS[operator]: function for operator, function in OPERATORS.items()}
_LEAN = {"+": Graph.plus, "-": Graph.minus, "*": Graph.times, "/": Graph.over, "**": Graph.power}


def convert(graph: Graph, expression: Expression, symbols: Mapping[str, int], *, lean: bool = False) -> int:
    """Add a formula to a graph; its names are nodes. Parts without names become numbers, in NumPy's arithmetic.

    A lean one leaves out terms that are 0 and factors that are 1.
    """
    text = expression.text

    def operation(kind: str, a: int, b: int) -> int:
        return _LEAN[kind](graph, a, b) if lean else graph.add(kind, a, b)

    def node_of(node: ast.expr) -> int:
        folded = _fold(node, text)
        if folded is not None:
            return graph.number(folded)
        if isinstance(node, ast.Name):
            if node.id not in symbols:
                raise error_at(text, node.col_offset, f"{ascii(node.id)} is neither a parameter nor a column")
            return symbols[node.id]
        if isinstance(node, ast.UnaryOp):
            inner = node_of(node.operand)
            return graph.negative(inner) if isinstance(node.op, ast.USub) else inner
        if isinstance(node, ast.Call):
            if is_where(node):
                condition = node.args[0]
                assert isinstance(condition, ast.Compare)
                parts = [condition.left, condition.comparators[0], *node.args[1:]]
                return graph.add(f"where{COMPARISONS[type(condition.ops[0])]}", *map(node_of, parts))
            assert isinstance(node.func, ast.Name)
            return graph.add(FUNCTIONS[node.func.id], *map(node_of, node.args))
        assert isinstance(node, ast.BinOp)
        chain = [node]  # a + b + c, without a call within a call for each sign
        while isinstance(chain[-1].left, ast.BinOp) and _fold(chain[-1].left, text) is None:
            chain.append(chain[-1].left)
        result = None
        for link in reversed(chain):
            if isinstance(link.op, ast.Pow):
                if is_e(link.left) and "e" not in symbols:
                    result = graph.add("exp", node_of(link.right))
                    continue
                exponent = _fold(link.right, text)
                if exponent is not None and abs(exponent) > MAX_EXPONENT:
                    raise error_at(text, link.right.col_offset, f"an exponent beyond {MAX_EXPONENT}")
            if isinstance(link.op, ast.Div) and _fold(link.right, text) == 0.0:
                raise error_at(text, link.right.col_offset, "a division by zero")
            left = node_of(link.left) if result is None else result
            result = operation(_KINDS[type(link.op)], left, node_of(link.right))
        assert result is not None
        return result

    return node_of(expression.tree)


def _fold(node: ast.expr, text: str) -> float | None:
    """The value of a part without names, in floating point as Python and NumPy compute it; None with names."""
    if any(isinstance(part, ast.Name) and part.id not in _KNOWN for part in ast.walk(node)):
        return None
    with np.errstate(all="ignore"):
        value = _evaluate(node)
    if not np.isfinite(value):
        raise error_at(text, node.col_offset, f"the value is {value}")
    return float(value)


_KNOWN = {*CONSTANTS, *FUNCTIONS, "where"}


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
    if is_where(node):
        condition, *values = node.args
        assert isinstance(condition, ast.Compare)
        a, b = _evaluate(condition.left), _evaluate(condition.comparators[0])
        holds = {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[COMPARISONS[type(condition.ops[0])]]
        return _evaluate(values[not holds])
    return np.float64(ELEMENTS[FUNCTIONS[node.func.id]].function(*(_evaluate(argument) for argument in node.args)))
