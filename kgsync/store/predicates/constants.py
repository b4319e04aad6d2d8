"""Parts of a clause that are known before any object is looked at, by the meaning of clauses itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any
from uuid import UUID

from kgsync.filters.check import Filter
from kgsync.filters.evaluate import Element, compiled_expr
from kgsync.filters.kinds import Space
from kgsync.filters.tree import Call, Comprehension, Expr, HasLabel, Node, Place, Quantified, Variable

_OF_THE_TYPE = frozenset({"type", "labels"})


class Constants:
    """Fold what does not depend on the object but for its type, which the clause is bound to."""

    def __init__(self, filter: Filter, subject: str) -> None:
        self._filter, self._subject = filter, subject
        self._space = Space(model=filter.spatial_reference, text=filter.in_sr)
        self._any = Element(UUID(int=0), filter.type_name, {})
        # By identity, for equality walks the tree; a node is kept, lest another be given its number.
        self._depends: dict[int, tuple[Node, bool]] = {}
        self._values: dict[int, tuple[Node, Any]] = {}

    def holds(self, expr: Expr) -> bool:
        """Say whether an expression is a constant."""
        return not self._dependent(expr)

    def value(self, expr: Expr) -> Any:
        key = id(expr)
        if key not in self._values:
            run = compiled_expr(expr, self._filter.parameters, variables=(self._subject,), space=self._space)
            self._values[key] = expr, run({self._subject: self._any})
        return self._values[key][1]

    def _dependent(self, expr: Node) -> bool:
        key = id(expr)
        if key not in self._depends:
            self._depends[key] = expr, self._look(expr)
        return self._depends[key][1]

    def _look(self, expr: Node) -> bool:
        match expr:
            case Variable(name=name):
                return name == self._subject
            case HasLabel(of=Variable(name=name)) if name == self._subject:
                return False
            case Call(name=function, arguments=(Variable(name=name),)) if name == self._subject:
                return function not in _OF_THE_TYPE
            case Quantified(variable=variable) | Comprehension(variable=variable):
                # What the variable ranges over decides; a variable of the subject's name hides it.
                inner = children(expr) if variable != self._subject else (expr.source,)
                return any(self._dependent(child) for child in inner)
        return any(self._dependent(child) for child in children(expr))


def children(node: Node) -> Iterator[Node]:
    """Give the nodes directly below a node."""
    for name in fields(node):
        waiting = [getattr(node, name.name)]
        while waiting:
            one = waiting.pop()
            if isinstance(one, Node):
                yield one
            elif isinstance(one, tuple) and not isinstance(one, Place):
                waiting.extend(one)
