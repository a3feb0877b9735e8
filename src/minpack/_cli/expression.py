"""Formulas given as text, such as ``a*exp(-b*x) + c``: parsed, never run, and refused unless they are arithmetic."""

from __future__ import annotations

import ast
import keyword
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn

MAX_LENGTH = 4000  # characters
MAX_NODES = 400  # numbers, names, operations and calls
MAX_DEPTH = 60  # of operations within operations, where a sum or a product counts once

# Each function, by the name under which `symbolic` has it.
FUNCTIONS = {
    "exp": "exp", "expm1": "expm1", "log": "log", "ln": "log", "log10": "log10", "log2": "log2", "log1p": "log1p",
    "sqrt": "sqrt", "sin": "sin", "cos": "cos", "tan": "tan", "sinh": "sinh", "cosh": "cosh", "tanh": "tanh",
    "asin": "asin", "acos": "acos", "atan": "atan", "arcsin": "asin", "arccos": "acos", "arctan": "atan",
    "asinh": "asinh", "acosh": "acosh", "atanh": "atanh", "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh",
    "atan2": "atan2", "arctan2": "atan2", "abs": "magnitude", "sign": "signum", "minimum": "lesser",
    "maximum": "greater", "min": "lesser", "max": "greater",
}  # fmt: skip
_TWO_ARGUMENTS = {"atan2", "lesser", "greater"}
CONSTANTS = {"pi": math.pi}
OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.Pow: lambda a, b: a**b,
}
_HINTS: dict[type[ast.AST], str] = {
    ast.BitXor: "write ** for a power: ^ is something else in Python",
    ast.Attribute: "names have no dots",
    ast.Compare: "a comparison has no derivative; minimum, maximum, abs and sign can stand for most",
    ast.Tuple: "a comma belongs between the two arguments of a function only; decimals have a point",
}


class ExpressionError(ValueError):
    """A formula that cannot be used: one line, with the place."""


@dataclass(frozen=True)
class Expression:
    """A formula that has been read and found harmless.

    Attributes
    ----------
    text : str
        The formula as it was given.
    names : tuple of str
        The names in it that are neither functions nor constants, in the order of appearance.
    """

    text: str
    names: tuple[str, ...]
    tree: ast.expr = field(repr=False)


def parse(text: str) -> Expression:
    """Read a formula, and refuse all but arithmetic.

    Parameters
    ----------
    text : str
        Numbers, names, ``+ - * / **``, parentheses, and calls of `FUNCTIONS`, all in ASCII.

    Returns
    -------
    Expression
        What `compile_model` takes.

    Raises
    ------
    ExpressionError
        If there is anything else in it, or it is too long or too deep.
    """
    text = text.strip(" \t")
    if not text:
        raise ExpressionError("the expression is empty")
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"the expression has {len(text)} characters: at most {MAX_LENGTH} are allowed")
    for place, character in enumerate(text):
        if not " " <= character <= "~" or character in "#\\":
            raise error_at(text, place, f"character {ascii(character)} is not part of any formula here")
    try:

        tree = ast.parse(text, mode="eval").body
    except SyntaxError as error:
        place = min(max((error.offset or 1) - 1, 0), len(text))
        raise error_at(text, place, _why_not_python(text, error)) from None
    except (ValueError, RecursionError, MemoryError):
        raise ExpressionError("the expression is nested too deeply, or has a number with too many digits") from None
    names: dict[str, None] = {}
    for count, (node, depth) in enumerate(_walk(tree)):
        if count >= MAX_NODES:
            raise ExpressionError(f"the expression has more than {MAX_NODES} terms and operations")
        if depth > MAX_DEPTH:
            raise error_at(text, node.col_offset, f"nested more than {MAX_DEPTH} deep")
        _check(node, text)
        if isinstance(node, ast.Name) and node.id not in CONSTANTS:
            names[node.id] = None
    return Expression(text, tuple(sorted(names, key=lambda name: _first_place(text, name))), tree)


def _first_place(text: str, name: str) -> int:
    found = re.search(rf"\b{name}\b", text)
    return found.start() if found else 0


def _why_not_python(text: str, error: SyntaxError) -> str:
    for word in re.findall(r"[A-Za-z_]\w*", text):
        if keyword.iskeyword(word):
            return f"{word!r} is a word of Python's and cannot be a name here"
    if re.search(r"\d\s*[A-Za-z_(]", re.sub(r"\d[eE][-+]?\d", "", text)):
        return "not a formula; is a * missing after a number?"
    return f"not a formula ({error.msg})"


def error_at(text: str, place: int, why: str) -> ExpressionError:
    rest = text[place : place + 20]
    there = f"at {ascii(rest)}" if rest else "at its end"
    return ExpressionError(f"expression, character {place + 1}, {there}: {why}")


def _walk(tree: ast.expr) -> Iterator[tuple[ast.expr, int]]:
    """Each node with its depth; the left-hand sides in a chain like a + b - c are all of one depth."""
    stack = [(tree, 1)]
    while stack:
        node, depth = stack.pop()
        yield node, depth
        if isinstance(node, ast.BinOp):
            chain = isinstance(node.left, ast.BinOp) and not isinstance(node.op, ast.Pow)
            stack += [(node.right, depth + 1), (node.left, depth + (not chain))]
        elif isinstance(node, ast.UnaryOp):
            stack.append((node.operand, depth + 1))
        elif isinstance(node, ast.Call):
            stack += [(argument, depth + 1) for argument in node.args]


def _check(node: ast.expr, text: str) -> None:
    """Refuse a node that is not arithmetic."""

    def refuse(why: str, place: int = node.col_offset) -> NoReturn:
        raise error_at(text, place, why)

    if isinstance(node, ast.Constant):
        if isinstance(node.value, bool) or not isinstance(node.value, int | float):
            refuse(f"{ascii(node.value)[:20]} is not a real number")
        if abs(node.value) > 1e300:
            refuse("the number is too large")
    elif isinstance(node, ast.Name):
        if node.id in FUNCTIONS:
            refuse(f"{node.id} is a function: write {node.id}(...)")
        if not re.fullmatch(r"[A-Za-z]\w*", node.id):
            refuse(f"{node.id!r} cannot be a name: names begin with a letter")
    elif isinstance(node, ast.Call):
        if not isinstance(node.func, ast.Name):
            refuse("only a function can be followed by (...); is a * missing?", node.func.end_col_offset or 0)
        name = node.func.id
        if name not in FUNCTIONS:
            refuse(f"{name[:40]!r} is not a function here; is a * missing? The functions: {', '.join(FUNCTIONS)}")
        expected = 1 + (FUNCTIONS[name] in _TWO_ARGUMENTS)
        if len(node.args) != expected or node.keywords:
            refuse(f"{name} takes {'two arguments' if expected == 2 else 'one argument'}")
    elif isinstance(node, ast.BinOp):
        if type(node.op) not in OPERATORS:
            after = node.left.end_col_offset or 0
            place = after + len(re.match(r"[\s)]*", text[after:])[0])  # type: ignore[index]
            refuse(_HINTS.get(type(node.op), "of operators there are + - * / and **"), place)
    elif isinstance(node, ast.UnaryOp):
        if not isinstance(node.op, ast.USub | ast.UAdd):
            refuse("of operators there are + - * / and **")
    else:
        refuse(_HINTS.get(type(node), "only numbers, names, + - * / **, parentheses and functions are allowed"))
