"""The tree of a query of one pattern: MATCH … WHERE … RETURN … Expressions are those of where-clauses."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from kgsync.filters.tree import Expr, Place


class Direction(Enum):
    """Where the arrow between two nodes leads, as the pattern is read."""

    FORWARD = "->"
    BACKWARD = "<-"
    EITHER = "--"


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """`(variable:A|B {name: value})`, or the same in square brackets; without a name `variable` is "".

    `labels` are alternatives, joined by AND: `:A|B:C` is ((A, B), (C,)).
    """

    variable: str
    labels: tuple[tuple[str, ...], ...]
    properties: tuple[tuple[str, Expr], ...]
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What is returned, and the name given after AS, "" without one."""

    expr: Expr
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sort:
    expr: Expr
    descending: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A parsed query: one node, or two with a link between them, in the order of the text."""

    text: str
    nodes: tuple[Element, ...]
    link: Element | None
    direction: Direction
    where: Expr | None
    distinct: bool
    everything: bool
    items: tuple[Item, ...]
    order: tuple[Sort, ...]
    skip: Expr | None
    limit: Expr | None

    @property
    def elements(self) -> tuple[Element, ...]:
        """List the pattern's elements: a node, or node, link, node."""
        return self.nodes if self.link is None else (self.nodes[0], self.link, self.nodes[1])

    def expressions(self) -> list[Expr]:
        """List every expression of the query."""
        found = [value for element in self.elements for _, value in element.properties]
        found += [item.expr for item in self.items] + [sort.expr for sort in self.order]
        return found + [one for one in (self.where, self.skip, self.limit) if one is not None]
