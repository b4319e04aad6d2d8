"""Parts of a clause that are known before any object is looked at, by the meaning of clauses itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any
from uuid import UUID

from kgsync.errors import TooLarge
from kgsync.filters.check import Filter
from kgsync.filters.evaluate import Element, compiled_expr
from kgsync.filters.functions import FUNCTIONS
from kgsync.filters.kinds import MAX_STEPS, Space
from kgsync.filters.tree import (
    Binary,
    Call,
    Comprehension,
    Expr,
    HasLabel,
    Index,
    Literal,
    Member,
    Node,
    Parameter,
    Place,
    Quantified,
    Unary,
    Variable,
)

# Constants that take long are left to the evaluator, which says so where they take too long. All that are
# folded together take no more steps than one evaluation may.
_MAX_FOLDS = 100
# Operators that give null where either side is.
_STRICT = frozenset({"=", "<>", "<", "<=", ">", ">=", "STARTS WITH", "ENDS WITH", "CONTAINS", *"+-*/%^"})
_OF_THE_TYPE = frozenset({"type", "labels"})


class Constants:
    """Fold what does not depend on the object but for its type, which the clause is bound to."""

    def __init__(self, filter: Filter, subject: str) -> None:
        self._filter, self._subject = filter, subject
        self._space = Space(model=filter.spatial_reference, text=filter.in_sr)
        self._any = Element(UUID(int=0), filter.type_name, {})
        # By identity, for equality walks the tree; a node is kept, lest another be given its number.
        self._depends: dict[int, tuple[Node, bool]] = {}
        self._folded: dict[int, tuple[Node, tuple[Any, ...] | None]] = {}

    def holds(self, expr: Expr) -> bool:
        """Say whether an expression is a constant, and one that is cheap to know."""
        return not self._dependent(expr) and self._fold(expr) is not None

    def value(self, expr: Expr) -> Any:
        """Give the value of a constant."""
        folded = self._fold(expr)
        assert folded is not None, "asked of constants only"
        return folded[0]

    def null(self, expr: Expr) -> bool:
        """Say whether an expression is null whatever the object is, as one with a null in it mostly is."""
        match expr:
            case Literal(value=value):
                return value is None
            case _ if self.holds(expr):
                return self.value(expr) is None
            case Binary(op=op, left=left, right=right) if op in _STRICT:
                return self.null(left) or self.null(right)
            case Call(name=name, arguments=arguments) if name in FUNCTIONS and not FUNCTIONS[name].nulls:
                return any(map(self.null, arguments))
            case Unary(operand=of) | Member(of=of) | Index(of=of):
                return self.null(of)
        return False

    def _fold(self, expr: Expr) -> tuple[Any, ...] | None:
        key = id(expr)
        if key not in self._folded:
            self._folded[key] = expr, self._evaluated(expr)
        return self._folded[key][1]

    def _evaluated(self, expr: Expr) -> tuple[Any, ...] | None:
        """Give the value as the one element of a tuple, None for one that takes too many steps."""
        if len(self._folded) >= _MAX_FOLDS and not isinstance(expr, (Literal, Parameter)):
            return None
        names = {node.name for node in below(expr) if isinstance(node, Parameter)}
        run = compiled_expr(
            expr,
            {name: value for name, value in self._filter.parameters.items() if name in names},
            variables=(self._subject,),
            space=self._space,
            steps=MAX_STEPS // _MAX_FOLDS,
        )
        try:
            return (run({self._subject: self._any}),)
        except TooLarge:
            return None

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


def below(node: Node) -> Iterator[Node]:
    """Give a node and all nodes under it."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        waiting.extend(children(one))


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
