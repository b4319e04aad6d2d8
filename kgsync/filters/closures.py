"""A tree as closures: one function of a `Work` per node, made once.

Parts that depend on no variable are evaluated while compiling.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeAlias, TypeVar

from kgsync.errors import MalformedInput
from kgsync.filters import arithmetic, comparison, logic, references, spatial
from kgsync.filters.comparison import Members
from kgsync.filters.components import component
from kgsync.filters.functions import FUNCTIONS, Function
from kgsync.filters.kinds import Element, Exhausted, Space, Work, plain
from kgsync.filters.tree import (
    Binary,
    Call,
    Case,
    Comprehension,
    Expr,
    HasLabel,
    Index,
    IsNull,
    ListOf,
    Literal,
    MapOf,
    Member,
    Parameter,
    Quantified,
    Slice,
    Unary,
    Variable,
)
from kgsync.model.geometry import Geometry
from kgsync.model.values import Invalid

Step: TypeAlias = Callable[[Work], object]
# Levels of nesting (chains of operators are one level). Parsers refuse earlier; a level costs
# some stack frames, of which Python gives a thousand.
_MAX_DEPTH = 150


class _Code(NamedTuple):
    """A compiled tree: how to run it, the variables it depends on, and its size in nodes."""

    run: Step
    free: frozenset[int]
    size: int


class Compiler:
    """Compile trees within one scope; `folding` pays for all that is evaluated beforehand.

    `faults` are the constants that can be nothing whatever the object: where, and why.
    """

    def __init__(self, parameters: Mapping[str, object], names: Sequence[str], space: Space, steps: int) -> None:
        self.parameters = {name: plain(value) for name, value in parameters.items()}
        self.scope = {name: slot for slot, name in enumerate(names)}
        self.slots = len(names)
        self.folding = Work(steps, space, [None] * self.slots)
        self.faults: list[tuple[Expr, str]] = []
        self._depth = 0

    def code(self, expr: Expr) -> _Code:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise _refused(expr, f"nested more than {_MAX_DEPTH} levels deep")
        try:
            return self.folded(expr, COMPILERS[type(expr)](self, expr))
        finally:
            self._depth -= 1

    def folded(self, expr: Expr, code: _Code) -> _Code:
        """Evaluate what depends on no variable now, unless that takes too many steps."""
        if code.free or code.size == 0:
            return code
        self.folding.over = ""
        try:
            value = code.run(self.folding)
        except Exhausted:
            return code
        if value is None and self.folding.over:
            self.faults.append((expr, self.folding.over))
        return self.constant(value)

    def constant(self, value: object) -> _Code:
        if type(value) is Geometry:
            spatial.prepare(self.folding, value)
        return _Code(_Constant(value), frozenset(), 0)

    def bind(self, name: str) -> int:
        """Give a bound variable a slot of its own."""
        slot = self.slots
        self.slots += 1
        self.folding.variables.append(None)
        self.scope = {**self.scope, name: slot}
        return slot


class _Constant:
    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        self.value = value

    def __call__(self, _work: Work) -> object:
        return self.value


def _refused(expr: Expr, reason: str) -> MalformedInput:
    return MalformedInput(reason, place=f"line {expr.place.line}, column {expr.place.column}")


def _code(run: Step, *parts: _Code, bound: int | None = None) -> _Code:
    free = frozenset[int]().union(*(part.free for part in parts))
    return _Code(run, free - {bound}, 1 + sum(part.size for part in parts))


# Functions that read a value: where they cannot read a constant, it is misspelt.
_MAKERS = frozenset(
    {"date", "localtime", "localdatetime", "datetime", "duration", "esri.graph.st_wkttogeometry"},
)
_SHOWN = 40  # characters of it


def _value(code: _Code) -> object:
    """Give the value of a constant; of anything else, something that is not null."""
    return code.run.value if isinstance(code.run, _Constant) else code


# --- leaves ----------------------------------------------------------------------------------------


def _literal(compiler: Compiler, node: Literal) -> _Code:
    return compiler.constant(plain(node.value))


def _parameter(compiler: Compiler, node: Parameter) -> _Code:
    if node.name not in compiler.parameters:
        raise _refused(node, f"no parameter ${node.name}")
    return compiler.constant(compiler.parameters[node.name])


def _variable(compiler: Compiler, node: Variable) -> _Code:
    if node.name not in compiler.scope:
        raise _refused(node, f"no variable {node.name}")
    slot = compiler.scope[node.name]

    def run(work: Work) -> object:
        return work.variables[slot]

    return _Code(run, frozenset((slot,)), 1)


# --- lists, maps and what is inside ----------------------------------------------------------------


def _list(compiler: Compiler, node: ListOf) -> _Code:
    items = [compiler.code(item) for item in node.items]
    runs = [item.run for item in items]

    def run(work: Work) -> object:
        return work.listed(tuple([item(work) for item in runs]))

    return _code(run, *items)


def _map(compiler: Compiler, node: MapOf) -> _Code:
    items = [(name, compiler.code(item)) for name, item in node.items]
    runs = [(name, item.run) for name, item in items]

    def run(work: Work) -> object:
        work.spend(len(runs))
        return {name: item(work) for name, item in runs}

    return _code(run, *(item for _, item in items))


def member(value: object, name: str) -> object:
    """Mean `value.name`: a property, a member of a map or a component; else null."""
    if type(value) is Element:
        found = value.values.get(name)
        return None if type(found) is Invalid else found
    if type(value) is dict:
        return value.get(name)
    return component(value, name)


def _member(compiler: Compiler, node: Member) -> _Code:
    of = compiler.code(node.of)
    inner, name = of.run, node.name

    def run(work: Work) -> object:
        return member(inner(work), name)

    return _code(run, of)


def _at(value: object, at: object) -> object:
    if type(value) is tuple:
        return value[at] if type(at) is int and -len(value) <= at < len(value) else None
    if type(value) is dict or type(value) is Element:
        return member(value, at) if type(at) is str else None
    return None


def _index(compiler: Compiler, node: Index) -> _Code:
    of, at = compiler.code(node.of), compiler.code(node.at)
    inner, place = of.run, at.run

    def run(work: Work) -> object:
        return _at(inner(work), place(work))

    return _code(run, of, at)


def _slice(compiler: Compiler, node: Slice) -> _Code:
    of = compiler.code(node.of)
    start = compiler.constant(0) if node.start is None else compiler.code(node.start)
    # Lists are shorter than the longest integer.
    stop = compiler.constant(2**63 - 1) if node.stop is None else compiler.code(node.stop)

    def run(work: Work) -> object:
        value, low, high = of.run(work), start.run(work), stop.run(work)
        if type(value) is not tuple or type(low) is not int or type(high) is not int:
            return None
        return work.listed(value[low:high])

    return _code(run, of, start, stop)


def _has_label(compiler: Compiler, node: HasLabel) -> _Code:
    of = compiler.code(node.of)
    labels = node.labels

    def run(work: Work) -> object:
        value = of.run(work)
        return all(value.label == label for label in labels) if type(value) is Element else None

    return _code(run, of)


# --- operators -------------------------------------------------------------------------------------

_UNARY: dict[str, Callable[[object], object]] = {
    "NOT": logic.negation,
    "-": arithmetic.negative,
    "+": arithmetic.positive,
}


def _unary(compiler: Compiler, node: Unary) -> _Code:
    if node.op == "-" and type(node.operand) is Literal and type(node.operand.value) is int:
        # The one integer whose positive is out of range: -9223372036854775808.
        return compiler.constant(arithmetic.negative(node.operand.value))
    operand = compiler.code(node.operand)
    inner, apply = operand.run, _UNARY[node.op]

    def run(work: Work) -> object:
        return apply(inner(work))

    return _code(run, operand)


Operator: TypeAlias = Callable[[Work, object, object], object]

_BINARY: dict[str, Operator] = {
    "=": comparison.equal,
    "<>": comparison.unequal,
    "<": comparison.less,
    "<=": comparison.less_or_equal,
    ">": comparison.greater,
    ">=": comparison.greater_or_equal,
    "IN": comparison.among,
    "STARTS WITH": comparison.starts_with,
    "ENDS WITH": comparison.ends_with,
    "CONTAINS": comparison.contains,
    "+": arithmetic.add,
    "-": arithmetic.subtract,
    "*": arithmetic.multiply,
    "/": arithmetic.divide,
    "%": arithmetic.remainder,
    "^": arithmetic.power,
    "XOR": lambda _work, left, right: logic.exclusion(left, right),
}
# What the right side cannot change is not asked for.
_LAZY: dict[str, tuple[bool, Callable[[object, object], bool | None]]] = {
    "AND": (False, logic.conjunction),
    "OR": (True, logic.disjunction),
}

Link: TypeAlias = Callable[[Work, object], object]


def _link(op: str, right: _Code) -> Link:
    """Compile an operator and its right side into a function of the left value."""
    other = right.run
    if op in _LAZY:
        settled, join = _LAZY[op]

        def lazy(work: Work, left: object) -> object:
            return left if left is settled else join(left, other(work))

        return lazy
    if op == "IN" and isinstance(other, _Constant) and type(other.value) is tuple:
        return Members(other.value).verdict
    apply = _BINARY[op]

    def strict(work: Work, left: object) -> object:
        return apply(work, left, other(work))

    return strict


def _binary(compiler: Compiler, node: Binary) -> _Code:
    """Compile a chain of operators that leans to the left as one level, however long it is."""
    chain: list[Binary] = []
    first: Expr = node
    while isinstance(first, Binary):
        chain.append(first)
        first = first.left
    parts = [compiler.code(first)]
    links: list[Link] = []
    for one in reversed(chain):
        parts.append(compiler.code(one.right))
        links.append(_link(one.op, parts[-1]))
        if len(links) == 1 and isinstance(parts[0].run, _Constant) and not parts[1].free:
            # What a chain begins with may be constant, too.
            folded = compiler.folded(one, _linked(links[0], *parts))
            if isinstance(folded.run, _Constant):
                parts, links = [folded], []
    if not links:
        return parts[0]
    start = parts[0].run

    def run(work: Work) -> object:
        value = start(work)
        for link in links:
            value = link(work, value)
        return value

    return _linked(links[0], *parts) if len(links) == 1 else _code(run, *parts)


def _linked(link: Link, left: _Code, right: _Code) -> _Code:
    start = left.run
    return _code(lambda work: link(work, start(work)), left, right)


def _is_null(compiler: Compiler, node: IsNull) -> _Code:
    operand = compiler.code(node.operand)
    inner, negated = operand.run, node.negated

    def run(work: Work) -> object:
        return (inner(work) is None) is not negated

    return _code(run, operand)


def _call(compiler: Compiler, node: Call) -> _Code:
    function: Function | None = FUNCTIONS.get(node.name)
    if function is None:
        raise _refused(node, f"no function {node.name}")
    if not function.takes(len(node.arguments)):
        raise _refused(node, f"{function.name} does not take {len(node.arguments)} arguments")
    if function.name.startswith("esri.graph."):
        references.require()
    arguments = [compiler.code(argument) for argument in node.arguments]
    runs, apply = [argument.run for argument in arguments], function.apply

    def run(work: Work) -> object:
        return apply(work, tuple([argument(work) for argument in runs]))

    code = compiler.folded(node, _code(run, *arguments))
    if node.name in _MAKERS and _value(code) is None and not compiler.folding.over:
        given = [_value(argument) for argument in arguments]
        if None not in given:
            shown = repr(given[0][:_SHOWN]) if isinstance(given[0], str) else "this"
            compiler.faults.append((node, f"{shown} is no {function.result}"))
    return code


# --- CASE, list predicates, comprehensions ---------------------------------------------------------


def _case(compiler: Compiler, node: Case) -> _Code:
    subject = compiler.constant(True) if node.subject is None else compiler.code(node.subject)
    branches = [(compiler.code(when), compiler.code(then)) for when, then in node.branches]
    otherwise = compiler.constant(None) if node.otherwise is None else compiler.code(node.otherwise)
    runs = [(when.run, then.run) for when, then in branches]

    def run(work: Work) -> object:
        value = subject.run(work)
        for when, then in runs:
            if comparison.equal(work, value, when(work)):
                return then(work)
        return otherwise.run(work)

    return _code(run, subject, otherwise, *(part for branch in branches for part in branch))


Node = TypeVar("Node", Quantified, Comprehension)


def _bound(compiler: Compiler, node: Node, bodies: Sequence[Expr | None]) -> tuple[_Code, int, list[_Code | None], int]:
    """Compile a source, and bodies that see its elements; with the variable's slot and a round's cost."""
    source = compiler.code(node.source)
    outer = compiler.scope
    slot = compiler.bind(node.variable)
    codes = [None if body is None else compiler.code(body) for body in bodies]
    compiler.scope = outer
    return source, slot, codes, 1 + sum(code.size for code in codes if code is not None)


def _verdict(kind: str, true: int, unknown: int, false: int) -> bool | None:
    """Decide a list predicate by how many elements the condition is true, unknown and false of."""
    if kind == "all":
        return False if false else None if unknown else True
    if kind == "single":
        return False if true > 1 else None if unknown else true == 1
    found = True if true else None if unknown else False
    return found if kind == "any" else logic.negation(found)


# How often a condition may be true or false before nothing more can change the verdict: (true, false).
_SETTLED: dict[str, tuple[int, int]] = {"any": (1, 0), "none": (1, 0), "all": (0, 1), "single": (2, 0)}


def _quantified(compiler: Compiler, node: Quantified) -> _Code:
    source, slot, (condition,), cost = _bound(compiler, node, (node.condition,))
    assert condition is not None
    kind, test = node.kind, condition.run
    most_true, most_false = _SETTLED[kind]

    def run(work: Work) -> object:
        items = source.run(work)
        if type(items) is not tuple:
            return None
        true = unknown = false = 0
        for item in items:
            work.spend(cost)
            work.variables[slot] = item
            verdict = test(work)
            if verdict is True:
                true += 1
                if true == most_true:
                    break
            elif verdict is False:
                false += 1
                if false == most_false:
                    break
            else:
                unknown += 1
        return _verdict(kind, true, unknown, false)

    return _code(run, source, _Code(test, condition.free, condition.size), bound=slot)


def _comprehension(compiler: Compiler, node: Comprehension) -> _Code:
    source, slot, (condition, result), cost = _bound(compiler, node, (node.condition, node.result))
    test = None if condition is None else condition.run
    make = None if result is None else result.run

    def run(work: Work) -> object:
        items = source.run(work)
        if type(items) is not tuple:
            return None
        made: list[object] = []
        for item in items:
            work.spend(cost)
            work.variables[slot] = item
            if test is None or test(work) is True:
                if not work.fits(len(made) + 1):
                    return None
                made.append(item if make is None else make(work))
        return tuple(made)

    return _code(run, source, *(code for code in (condition, result) if code is not None), bound=slot)


COMPILERS: Mapping[type, Callable[..., _Code]] = {
    Literal: _literal,
    Parameter: _parameter,
    Variable: _variable,
    ListOf: _list,
    MapOf: _map,
    Member: _member,
    Index: _index,
    Slice: _slice,
    HasLabel: _has_label,
    Unary: _unary,
    Binary: _binary,
    IsNull: _is_null,
    Call: _call,
    Case: _case,
    Quantified: _quantified,
    Comprehension: _comprehension,
}
