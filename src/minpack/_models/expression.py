"""Formulas given as text, such as ``a*exp(-b*x) + c``: parsed, never run, and refused unless they are arithmetic."""

from __future__ import annotations

import ast
import difflib
import keyword
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from .elements import CONSTANTS, ELEMENTS, FUNCTIONS, raised
from .typed import as_formula, in_names, name_of

MAX_LENGTH = 4000  # characters
MAX_NODES = 400  # numbers, names, operations and calls
MAX_DEPTH = 60  # of operations within operations, where a sum or a product counts once

OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.Pow: raised,
}
COMPARISONS: dict[type[ast.cmpop], str] = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
_HINTS: dict[type[ast.AST], str] = {
    ast.Attribute: "names have no dots",
    ast.Compare: "a comparison stands only in where(a < b, u, v)",
    ast.Subscript: "write (...) for [...]",
    ast.List: "write (...) for [...]",
    ast.Set: "write (...) for {...}",
    ast.BitOr: "write abs(...) for |...|",
    ast.Tuple: "a comma belongs between the two arguments of a function only; decimals have a point",
}


class ExpressionError(ValueError):
    """A formula that cannot be used: one line, with the place."""


@dataclass(frozen=True)
class Expression:
    """A formula that has been read and found harmless."""

    text: str  # as it was given, with plain signs
    names: tuple[str, ...]  # that are neither functions nor constants, in the order of appearance
    tree: ast.expr = field(repr=False)  # what Python's parser makes of it, with names and places of the text


def parse(text: str, *, limited: bool = True) -> Expression:
    """Read a formula, and refuse all but arithmetic, and what is too deep or, if `limited`, too long.

    It has numbers, names, ``+ - * / ^`` (or ``**``), parentheses, calls of `FUNCTIONS`, ``where(a < b, u, v)``. Names
    have Latin or Greek letters. ``e`` is Euler's number if it is the base of a power. The signs of typesetting are
    taken for the plain ones, and ``np.exp`` for ``exp``.
    """
    text = as_formula(text).strip(" \t")
    if not text:
        raise ExpressionError("the expression is empty")
    if limited and len(text) > MAX_LENGTH:
        raise ExpressionError(f"the expression has {len(text)} characters: at most {MAX_LENGTH} are allowed")
    for place, character in enumerate(text):
        if not (" " <= character <= "~" or in_names(character)) or character in "#\\":
            hint = ": names have Latin or Greek letters" if character.isalpha() else ""
            raise error_at(text, place, f"character {ascii(character)} is not part of any formula here{hint}")
    tree = _syntax_tree(text)
    names: dict[str, None] = {}
    bases: set[int] = set()  # Names that are Euler's number
    for count, (node, depth) in enumerate(_walk(tree)):
        if limited and count >= MAX_NODES:
            raise ExpressionError(f"the expression has more than {MAX_NODES} terms and operations")
        if depth > MAX_DEPTH:
            raise error_at(text, node.col_offset, f"nested more than {MAX_DEPTH} deep")
        _check(node, text)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow) and is_e(node.left):
            bases.add(id(node.left))
        if isinstance(node, ast.Name) and node.id not in CONSTANTS and id(node) not in bases:
            names[node.id] = None
    if "e" in names and bases:
        raise ExpressionError("the expression has e as Euler's number, the base of a power, and as a name: rename it")
    places = {match[0]: match.start() for match in reversed([*_NAME.finditer(text)])}
    places = {unicodedata.normalize("NFKC", name): place for name, place in places.items()}
    return Expression(text, tuple(sorted(names, key=lambda name: places.get(name, 0))), tree)


def is_e(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "e"


_NUMBER_OR_NAME = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|([^\W\d]\w*)(\s*\()?|\^")
_NAME = re.compile(r"[^\W\d]\w*")


def renamed(text: str, names: Mapping[str, str]) -> str:
    """A formula that was parsed, with other names."""

    def other(match: re.Match[str]) -> str:
        name = unicodedata.normalize("NFKC", match[1] or "")
        return names[name] if not match[2] and name in names else match[0]

    return _NUMBER_OR_NAME.sub(other, as_formula(text))


def _syntax_tree(text: str) -> ast.expr:
    """Python's syntax tree, with names and places of the text: Python has no ^, no lambda and no Greek here."""
    places: list[int] = []  # of each character that Python gets
    words: dict[str, str] = {}
    pieces = []
    free = "n" + "_" * max(map(len, re.findall("_+", text)), default=0)
    end = 0

    def take(piece: str, start: int, fixed: bool) -> None:
        pieces.append(piece)
        places.extend(start + (0 if fixed else i) for i in range(len(piece)))

    for match in _NUMBER_OR_NAME.finditer(text):
        take(text[end : match.start()], end, False)
        end = match.end()
        name = match[1]
        if match[0] == "^":
            take("**", match.start(), True)
        elif name and (name == "lambda" or not name.isascii()):
            word = f"{free}_{len(words)}"
            words[word] = unicodedata.normalize("NFKC", name)
            take(word, match.start(), True)
            take(match[0][len(name) :], match.start() + len(name), False)
        else:
            take(match[0], match.start(), False)
    take(text[end:], end, False)
    places.append(len(text))
    try:
        tree = ast.parse("".join(pieces), mode="eval").body
    except SyntaxError as error:
        place = places[min((error.offset or len(places)) - 1, len(places) - 1)]  # none, or 0, at the end
        raise error_at(text, place, _why_not_python(text, place, error)) from None
    except (ValueError, RecursionError, MemoryError):
        raise ExpressionError("the expression is nested too deeply, or has a number with too many digits") from None
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            node.id = words.get(node.id, node.id)
        if isinstance(node, ast.expr):
            node.col_offset = places[node.col_offset]
            node.end_col_offset = places[node.end_col_offset or 0]
    return tree


def _why_not_python(text: str, place: int, error: SyntaxError) -> str:
    for word in re.findall(r"[A-Za-z_]\w*", text):
        if keyword.iskeyword(word) and word != "lambda":
            return f"{word!r} is a word of Python's and cannot be a name here"
    if re.search(r"\d\s*[A-Za-z_(]", re.sub(r"\d[eE][-+]?\d", "", text)):
        return "not a formula; is a * missing after a number?"
    if re.search(r"[\w)]\s+\w", text) or (re.search(r"[\w)]$", text[:place]) and re.match(r"[\w(]", text[place:])):
        return "not a formula; is a * missing between two factors?"
    for sign, hint in (("|", _HINTS[ast.BitOr]), ("=", "an = belongs between the column to fit and the formula only")):
        if sign in text:
            return f"not a formula; {hint}"
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
            parts = node.args
            if is_where(node) and parts and isinstance(parts[0], ast.Compare):
                parts = [parts[0].left, *parts[0].comparators, *parts[1:]]
            stack += [(argument, depth + 1) for argument in parts]


def is_where(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Name) and node.func.id == "where"


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
        if node.id in FUNCTIONS or node.id == "where":
            refuse(f"{node.id} is a function: write {node.id}(...)")
        if name_of(node.id) is None:
            refuse(f"{node.id!r} cannot be a name: names begin with a letter")
    elif isinstance(node, ast.Call):
        if not isinstance(node.func, ast.Name):
            refuse("only a function can be followed by (...); is a * missing?", node.func.end_col_offset or 0)
        name = node.func.id
        if is_where(node):
            condition = node.args[0] if len(node.args) == 3 and not node.keywords else None
            if not isinstance(condition, ast.Compare) or [type(op) in COMPARISONS for op in condition.ops] != [True]:
                refuse("where takes a comparison and two values: where(a < b, u, v)")
            return
        if name not in FUNCTIONS:
            near = difflib.get_close_matches(name.lower(), [*FUNCTIONS, "where"], 1)
            hint = f"Did you mean {near[0]}?" if near else f"The functions: {', '.join(FUNCTIONS)}"
            refuse(f"{name[:40]!r} is not a function here; is a * missing? {hint}")
        expected = ELEMENTS[FUNCTIONS[name]].arguments
        if len(node.args) != expected or node.keywords:
            refuse(f"{name} takes {('one argument', 'two arguments', 'three arguments')[expected - 1]}")
    elif isinstance(node, ast.BinOp):
        if type(node.op) not in OPERATORS:
            after = node.left.end_col_offset or 0
            place = after + len(re.match(r"[\s)]*", text[after:])[0])  # type: ignore[index]
            refuse(_HINTS.get(type(node.op), "of operators there are + - * / and ^"), place)
    elif isinstance(node, ast.UnaryOp):
        if not isinstance(node.op, ast.USub | ast.UAdd):
            refuse("of operators there are + - * / and ^")
    else:
        refuse(_HINTS.get(type(node), "only numbers, names, + - * / ^, parentheses and functions are allowed"))
