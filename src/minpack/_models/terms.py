"""Formulas that are sums of terms with parameters of their own, as sums of models, so that terms start one by one."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np

from .expression import Expression, parse
from .model import Model
from .starts import Grid, grid_of

_WAVES = {"sin", "cos", "tan", "sinc"}  # a search finds their frequencies in a spectrum
_POWERS = {"abs": 1.0, "sqrt": 0.5, "cbrt": 1.0 / 3.0}  # of the unit that these functions take
# The kinds of parameters in a term that has a position, or none, by their power of the unit of x.
_WITH_A_PLACE = {0.0: "shape", 1.0: "width", -1.0: "inverse width", 2.0: "squared width", -2.0: "inverse squared width"}
_WITHOUT = {0.0: "shape", 1.0: "time", -1.0: "rate"}
_ROUNDING = 1e-9
_MANY = 4  # parameters of which a search knows nothing
_Unit = dict[str, float]  # powers of the unit of x, "", and of the unknown ones of parameters


def in_terms(model: Any) -> Any:
    """A formula as a sum of models, if that helps to find a start: a grid over many parameters has few values of each.

    Two or more of its terms then have a shape of their own. Other models come back as they are.
    """
    if model.parts or model.grid or len(model.predictors) > 1 or len(grid_of(model).kinds) < _MANY:
        return model
    return _as_sum(model.text, model.predictors, model.parameters) or model


@lru_cache(maxsize=100)
def _as_sum(text: str, predictors: tuple[str, ...], names: tuple[str, ...]) -> Model | None:
    expression, x = parse(text), predictors[0]
    shapes, background = [], []
    for terms in _groups(expression, x):
        part = Model(" + ".join([*terms, f"0*{x}"]), predictors)
        if len(part.formula.linear) == len(part.parameters):
            background += terms
        else:
            shapes.append(_with_grid(part, x))
    if len(shapes) < 2:
        return None
    if background:
        shapes.append(Model(" + ".join([*background, f"0*{x}"]), predictors))
    parts = [(str(k), part) for k, part in enumerate(shapes)]
    whole = Model(" + ".join(part.text for part in shapes), predictors, parts=parts)
    whole.parameters = names
    return whole


def _groups(expression: Expression, x: str) -> list[list[str]]:
    """The terms of a formula, those that share parameters together."""
    groups: list[tuple[set[str], list[str]]] = []
    plain: list[str] = []  # terms without a parameter, which go with any
    for sign, node in _terms(expression.tree, ""):
        names = {other.id for other in ast.walk(node) if isinstance(other, ast.Name) and other.id in expression.names}
        names.discard(x)
        terms = [f"{sign}({expression.text[node.col_offset : node.end_col_offset]})"]
        if not names:
            plain += terms
            continue
        for group in [group for group in groups if group[0] & names]:
            groups.remove(group)
            names |= group[0]
            terms = group[1] + terms
        groups.append((names, terms))
    return [terms + (plain if not k else []) for k, (_, terms) in enumerate(groups)]


def _terms(node: ast.expr, sign: str) -> Iterator[tuple[str, ast.expr]]:
    other = "" if sign else "-"
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
        yield from _terms(node.left, sign)
        yield from _terms(node.right, sign if isinstance(node.op, ast.Add) else other)
    elif isinstance(node, ast.UnaryOp):
        yield from _terms(node.operand, other if isinstance(node.op, ast.USub) else sign)
    else:
        yield sign, node


def _with_grid(part: Model, x: str) -> Model:
    """The term, with what its parameters are as far as their units tell."""
    expression = parse(part.text)
    units = _Units(expression, x)
    for _, term in _terms(expression.tree, ""):
        units.of(term)
    powers = units.solved()
    places = {name for name in units.places if powers.get(name) == 1.0}
    of_power = _WITH_A_PLACE if places else _WITHOUT
    kinds = {name: "position" if name in places else of_power.get(powers.get(name, math.nan), "anything")
             for name in part.parameters if name not in part.formula.linear}  # fmt: skip
    return Model(part.text, part.predictors, grid=Grid(kinds))


class _Units:
    """Powers of the unit of x that parameters have, so that sums and the arguments of functions make sense."""

    def __init__(self, expression: Expression, x: str) -> None:
        self.x, self.names = x, [name for name in expression.names if name != x]
        self.places: set[str] = set()  # what x is compared with
        self.rules: list[_Unit] = []  # what must have no unit
        self.is_known = True  # whether all that the formula has is known here

    def of(self, node: ast.expr) -> _Unit:
        if isinstance(node, ast.Name):
            return {"" if node.id == self.x else node.id: 1.0} if node.id in (self.x, *self.names) else {}
        if isinstance(node, ast.UnaryOp):
            return self.of(node.operand)
        if isinstance(node, ast.BinOp):
            return self._of_operation(node, self.of(node.left), self.of(node.right))
        if isinstance(node, ast.Call):
            return self._of_call(node)
        self.is_known = self.is_known and isinstance(node, ast.Constant)
        return {}

    def _of_operation(self, node: ast.BinOp, left: _Unit, right: _Unit) -> _Unit:
        if isinstance(node.op, ast.Mult):
            return _sum(left, right)
        if isinstance(node.op, ast.Div):
            return _sum(left, right, -1.0)
        if isinstance(node.op, ast.Pow):
            power = _number(node.right)
            if power is None:
                self.rules += [left, right]
            return {} if power is None else _sum({}, left, power)
        self.rules.append(_sum(left, right, -1.0))
        if isinstance(node.op, ast.Sub):
            self.places |= {side.id for side, other in ((node.left, right), (node.right, left))
                            if isinstance(side, ast.Name) and "" in other}  # fmt: skip
        return left

    def _of_call(self, node: ast.Call) -> _Unit:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        self.is_known = self.is_known and len(node.args) == 1 and name not in _WAVES
        units = [self.of(argument) for argument in node.args]
        if name in _POWERS:
            return _sum({}, units[0], _POWERS[name])
        self.rules += units
        return {}

    def solved(self) -> dict[str, float]:
        """The powers that follow from the rules; none if these contradict each other."""
        if not self.is_known:
            return {}
        a = np.array([[rule.get(name, 0.0) for name in self.names] for rule in self.rules])
        b = -np.array([rule.get("", 0.0) for rule in self.rules])
        if not a.size:
            return {}
        found, _, rank, _ = np.linalg.lstsq(a, b, rcond=None)
        if np.abs(a @ found - b).max() > _ROUNDING:
            return {}
        free = np.linalg.svd(a)[2][rank:]  # directions that the rules leave open
        return {name: round(float(power), 6) for name, power, open_ in zip(self.names, found, free.T, strict=True)
                if np.abs(open_).max(initial=0.0) < _ROUNDING}  # fmt: skip


def _sum(unit: _Unit, other: _Unit, times: float = 1.0) -> _Unit:
    return {name: unit.get(name, 0.0) + times * other.get(name, 0.0) for name in {**unit, **other}}


def _number(node: ast.expr) -> float | None:
    """An exponent that is a number."""
    if isinstance(node, ast.UnaryOp):
        number = _number(node.operand)
        return -number if number is not None and isinstance(node.op, ast.USub) else number
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        over, under = _number(node.left), _number(node.right)
        return None if over is None or not under else over / under
    return float(node.value) if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) else None
