"""Trees made from trees: parts put in for others, the free variables and aggregates of an expression."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from typing import Any, cast

from kgsync.filters.signatures import AGGREGATES
from kgsync.filters.tree import Call, Comprehension, Expr, HasLabel, Node, Place, Quantified, Variable, children

Change = Callable[[Expr], Expr | None]


def rewritten(expr: Expr, change: Change) -> Expr:
    """Put in what `change` gives for a part, from the top; None leaves the part and looks inside."""
    return cast(Expr, _rewritten(expr, change))


def _rewritten(value: Any, change: Change) -> Any:
    if isinstance(value, Node):
        put = change(cast(Expr, value))
        if put is not None:
            return put
        inner = {f.name: getattr(value, f.name) for f in fields(value) if f.name != "place"}
        made = {name: _rewritten(one, change) for name, one in inner.items()}
        return value if all(made[name] is inner[name] for name in inner) else replace(value, **made)
    if isinstance(value, tuple) and not isinstance(value, Place):
        parts = tuple(_rewritten(one, change) for one in value)
        return value if all(a is b for a, b in zip(parts, value, strict=True)) else parts
    return value


def free_variables(expr: Expr) -> frozenset[str]:
    """Name the variables an expression looks at, those it binds itself apart."""
    match expr:
        case Variable(name):
            return frozenset((name,))
        case Quantified(variable=variable) | Comprehension(variable=variable):
            source, *bodies = children(expr)
            inner = frozenset[str]().union(*map(free_variables, bodies)) - {variable}
            return free_variables(source) | inner
    return frozenset[str]().union(*map(free_variables, children(expr)))


def bound_variables(expr: Expr) -> frozenset[str]:
    """Name the variables that list predicates and comprehensions of an expression bind."""
    inner = frozenset[str]().union(*map(bound_variables, children(expr)))
    return inner | {expr.variable} if isinstance(expr, Quantified | Comprehension) else inner


def read_variables(expr: Expr) -> frozenset[str]:
    """Name the variables whose properties matter to an expression; their id and type are known anyway."""
    match expr:
        case Variable(name):
            return frozenset((name,))
        case HasLabel(of=Variable()) | Call(name="id" | "type" | "labels" | "count", arguments=(Variable(),)):
            return frozenset()
    return frozenset[str]().union(*map(read_variables, children(expr)))


def calls_in(expr: Expr) -> frozenset[str]:
    """Name the functions an expression calls."""
    inner = frozenset[str]().union(*map(calls_in, children(expr)))
    return inner | {expr.name} if isinstance(expr, Call) else inner


class Numbered:
    """Expressions in the order they were added, found again wherever they stand in the text."""

    def __init__(self, exprs: Iterable[Expr] = ()) -> None:
        # By what they say: 1, 1.0 and TRUE are equal to Python.
        self._places: dict[str, int] = {}
        for k, expr in enumerate(exprs):
            self._places.setdefault(repr(expr), k)

    def find(self, expr: Expr) -> int | None:
        return self._places.get(repr(expr)) if self._places else None

    def add(self, expr: Expr) -> int:
        """Find an expression, or give it the next place."""
        return self._places.setdefault(repr(expr), len(self._places))


def aggregates_in(expr: Expr) -> list[Call]:
    """List the outermost aggregates of an expression."""
    if isinstance(expr, Call) and expr.name in AGGREGATES:
        return [expr]
    return [found for child in children(expr) for found in aggregates_in(child)]
