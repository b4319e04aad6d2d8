"""The tree of a where-clause: what two languages parse into, and what is checked, evaluated and lowered.

Nodes are frozen and compare by content; `place` says where a node stands in the text and is no part
of its meaning. Operators are their upper-case openCypher spelling, function names lower case.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from kgsync.model.values import Value


class Place(NamedTuple):
    """A stretch of the text: line and column count from 1, `start` inclusive, `stop` exclusive."""

    line: int
    column: int
    start: int
    stop: int


NOWHERE = Place(1, 1, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    place: Place = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """null, a boolean, an integer, a float or a text; other kinds where a constant was folded."""

    value: Value


@dataclass(frozen=True, slots=True)
class ListOf(Node):
    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class MapOf(Node):
    items: tuple[tuple[str, Expr], ...]


@dataclass(frozen=True, slots=True)
class Parameter(Node):
    """`$name`; `$name.x` is a Member of it."""

    name: str


@dataclass(frozen=True, slots=True)
class Variable(Node):
    """The object under test, or a name bound by a comprehension or list predicate."""

    name: str


@dataclass(frozen=True, slots=True)
class Member(Node):
    """`of.name`: a property, a component of a temporal value, or an entry of a map."""

    of: Expr
    name: str


@dataclass(frozen=True, slots=True)
class Index(Node):
    """`of[at]`: an element of a list (from 0; negative from the end) or an entry of a map."""

    of: Expr
    at: Expr


@dataclass(frozen=True, slots=True)
class Slice(Node):
    """`of[start..stop]`: `start` inclusive, `stop` exclusive."""

    of: Expr
    start: Expr | None
    stop: Expr | None


@dataclass(frozen=True, slots=True)
class HasLabel(Node):
    """`of:Label`: true when the object's type is each of `labels`."""

    of: Expr
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unary(Node):
    """`NOT`, `-` or `+`."""

    op: str
    operand: Expr


@dataclass(frozen=True, slots=True)
class Binary(Node):
    """`AND OR XOR`, `= <> < <= > >=`, `+ - * / % ^`, `STARTS WITH`, `ENDS WITH`, `CONTAINS` or `IN`.

    A chained comparison `a < b < c` is the AND of its links.
    """

    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class IsNull(Node):
    operand: Expr
    negated: bool


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A function by its lower-case name, namespace included: `esri.graph.st_intersects`."""

    name: str
    arguments: tuple[Expr, ...]
    distinct: bool = False


@dataclass(frozen=True, slots=True)
class Case(Node):
    """CASE with a subject compares it to each branch's first; without one, each first is a condition."""

    subject: Expr | None
    branches: tuple[tuple[Expr, Expr], ...]
    otherwise: Expr | None


@dataclass(frozen=True, slots=True)
class Quantified(Node):
    """`all|any|none|single (variable IN source WHERE condition)`; `kind` lower case."""

    kind: str
    variable: str
    source: Expr
    condition: Expr


@dataclass(frozen=True, slots=True)
class Comprehension(Node):
    """`[variable IN source WHERE condition | result]`."""

    variable: str
    source: Expr
    condition: Expr | None
    result: Expr | None


Expr: TypeAlias = (
    Literal
    | ListOf
    | MapOf
    | Parameter
    | Variable
    | Member
    | Index
    | Slice
    | HasLabel
    | Unary
    | Binary
    | IsNull
    | Call
    | Case
    | Quantified
    | Comprehension
)


def children(expr: Expr) -> tuple[Expr, ...]:
    """List the expressions directly inside one, in the order of the text."""
    match expr:
        case ListOf(items):
            return items
        case MapOf(entries):
            return tuple(value for _, value in entries)
        case Member(of) | HasLabel(of):
            return (of,)
        case Index(of, at):
            return (of, at)
        case Slice(of, start, stop):
            return (of, *(end for end in (start, stop) if end is not None))
        case Unary(_, operand) | IsNull(operand):
            return (operand,)
        case Binary(_, left, right):
            return (left, right)
        case Call(_, arguments):
            return arguments
        case Case(subject, branches, otherwise):
            ends = (subject, *(part for branch in branches for part in branch), otherwise)
            return tuple(part for part in ends if part is not None)
        case Quantified(_, _, source, condition):
            return (source, condition)
        case Comprehension(_, source, condition, result):
            return (source, *(part for part in (condition, result) if part is not None))
        case _:
            return ()
