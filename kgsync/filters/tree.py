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
