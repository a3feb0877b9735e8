"""Values of LLVM with Python's operators: what a kernel of kernels.py is given, and how it emits instructions.

Each operator emits one instruction without flags, so that LLVM keeps the order and the roundings of the C. Constants
stay Python's numbers, whose operators round alike.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, Final, Literal, NamedTuple

from llvmlite import ir

from .._core import tables

INF = float("inf")
Kind = Literal["d", "Q"]
double: Final = "d"  # the types of tables, as the C calls them
uint64_t: Final = "Q"
_REAL, _WORD, _FLAG = ir.DoubleType(), ir.IntType(64), ir.IntType(1)


class Pair(NamedTuple):
    hi: Any
    lo: Any


def _operator(real: str | None, word: str | None, *, swapped: bool = False) -> Callable[[Value, Value | float], Value]:
    """What emits the instruction with this name for numbers, or for words; None if there is none."""

    def emit(self: Value, other: Value | float) -> Value:
        name = real if self.of.type == _REAL else word
        if name is None:
            raise TypeError(f"no such instruction for {self.of.type}")
        left, right = self.of, self._other(other)
        return Value(self.builder, getattr(self.builder, name)(*((right, left) if swapped else (left, right))))

    return emit


def _comparison(how: str) -> Callable[[Value, Value | float], Value]:
    """What emits a comparison; nothing but != is true of NaN."""

    def emit(self: Value, other: Value | float) -> Value:
        of_numbers = self.builder.fcmp_unordered if how == "!=" else self.builder.fcmp_ordered
        compare = of_numbers if self.of.type == _REAL else self.builder.icmp_unsigned
        return Value(self.builder, compare(how, self.of, self._other(other)))

    return emit


class Value:
    """A value of one of three types: float64, 64 bits without a sign, true or false."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, builder: Any, of: Any) -> None:
        self.builder = builder
        self.of = of

    def _other(self, other: Value | float) -> Any:
        if isinstance(other, Value):
            return other.of
        kind = self.of.type
        return ir.Constant(kind, float(other) if kind == _REAL else int(other) & (1 << kind.width) - 1)

    __add__, __radd__ = _operator("fadd", "add"), _operator("fadd", "add", swapped=True)
    __sub__, __rsub__ = _operator("fsub", "sub"), _operator("fsub", "sub", swapped=True)
    __mul__, __rmul__ = _operator("fmul", "mul"), _operator("fmul", "mul", swapped=True)
    __truediv__, __rtruediv__ = _operator("fdiv", None), _operator("fdiv", None, swapped=True)
    __and__, __or__, __xor__ = _operator(None, "and_"), _operator(None, "or_"), _operator(None, "xor")
    __lshift__ = _operator(None, "shl")
    __lt__, __le__, __gt__, __ge__ = map(_comparison, ("<", "<=", ">", ">="))
    __eq__, __ne__ = _comparison("=="), _comparison("!=")  # type: ignore[assignment]

    def __neg__(self) -> Value:
        return Value(self.builder, self.builder.fneg(self.of))


class Table:
    """A table of the library's constants: a number where the index is one, else an array of LLVM."""

    def __init__(self, name: str, kind: Kind) -> None:
        self.name = name
        content = memoryview(tables[name])
        self.values = content.cast("d").tolist() if kind == double else content.cast("Q").tolist()

    def __getitem__(self, i: Value | int) -> Any:
        if isinstance(i, int):
            return self.values[i]
        kind = _REAL if isinstance(self.values[0], float) else _WORD
        module = i.builder.module
        name = f"minpack_{self.name}"
        array = module.globals.get(name)
        if array is None:
            shape = ir.ArrayType(kind, len(self.values))
            array = ir.GlobalVariable(module, shape, name)
            array.initializer = ir.Constant(shape, [ir.Constant(kind, v) for v in self.values])
            array.linkage = "internal"
            array.global_constant = True
        return Value(i.builder, i.builder.load(i.builder.gep(array, [ir.Constant(_WORD, 0), i.of], inbounds=True)))


def bits_of(x: Value | float) -> Any:
    if isinstance(x, Value):
        return Value(x.builder, x.builder.bitcast(x.of, _WORD))
    return int.from_bytes(struct.pack("<d", x), "little")


def double_of(u: Value | int) -> Any:
    if isinstance(u, Value):
        return Value(u.builder, u.builder.bitcast(u.of, _REAL))
    return struct.unpack("<d", u.to_bytes(8, "little"))[0]


def choose(condition: Value | bool, yes: Value | float, no: Value | float) -> Any:
    if not isinstance(condition, Value):
        return yes if condition else no
    builder = condition.builder
    sides = [v.of if isinstance(v, Value) else ir.Constant(_REAL, float(v)) for v in (yes, no)]
    return Value(builder, builder.select(condition.of, *sides))


def shift_right(u: Value, n: Value | int) -> Value:
    return Value(u.builder, u.builder.lshr(u.of, n.of if isinstance(n, Value) else ir.Constant(_WORD, n)))


def root(x: Value) -> Value:
    function = x.builder.module.declare_intrinsic("llvm.sqrt", [_REAL])
    return Value(x.builder, x.builder.call(function, [x.of]))


def pair_of(hi: Value, lo: Value) -> Pair:
    return Pair(hi, lo)


def apart(builder: Any, name: str, kernel: Callable[..., Value], *arguments: Value) -> Value:
    """Call a kernel that is a function of its own in this module, not part of the caller."""
    function = builder.module.globals.get(name)
    if function is None:
        function = ir.Function(builder.module, ir.FunctionType(_REAL, [_REAL] * len(arguments)), name)
        function.linkage = "internal"
        function.attributes.add("noinline")
        inside = ir.IRBuilder(function.append_basic_block())
        inside.ret(kernel(*(Value(inside, a) for a in function.args)).of)
    return Value(builder, builder.call(function, [a.of for a in arguments]))


def either(condition: Value, yes: Callable[[], Value], no: Callable[[], Value]) -> Value:
    """yes() or no(), of which only one is run."""
    builder = condition.builder
    with builder.if_else(condition.of, likely=True) as (then, otherwise):
        with then:
            first = yes().of
            from_then = builder.block
        with otherwise:
            second = no().of
            from_otherwise = builder.block
    result = builder.phi(_REAL)
    result.add_incoming(first, from_then)
    result.add_incoming(second, from_otherwise)
    return Value(builder, result)
