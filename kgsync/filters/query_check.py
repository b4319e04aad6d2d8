"""Bind a query to a data model: what its variables stand for, what is returned, grouped and sorted by.

Grouping is implicit: the items without an aggregate are what the others are grouped by. Expressions are
cut where one value becomes another's ingredient: hidden variables stand for grouping keys, aggregates and
items, so that each stage is evaluated on what the stage before gave.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from kgsync.errors import MalformedQuery
from kgsync.filters.check import UNSET, Filter, ParameterValue, check_expression
from kgsync.filters.evaluate import compiled_expr
from kgsync.filters.kinds import Space
from kgsync.filters.query import of_query
from kgsync.filters.query_pattern import Bound, Pattern, bind_pattern
from kgsync.filters.query_tree import Item, Query
from kgsync.filters.refusals import refusal
from kgsync.filters.rewriting import Numbered, aggregates_in, bound_variables, free_variables, rewritten
from kgsync.filters.signatures import AGGREGATES
from kgsync.filters.static import Kind, Scope, Static, words
from kgsync.filters.tree import Call, Expr, Variable
from kgsync.model.geometry import SpatialReference
from kgsync.model.schema import DataModel

__all__ = ["Bound", "BoundQuery", "Filter", "Pattern", "check_query"]

# Names no query can write: texts with U+0000 are refused.
KEY, AGGREGATE, COLUMN = "\0key", "\0aggregate", "\0column"


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundQuery:
    """A query in three stages, each a list of expressions over the variables of the ones before.

    `keys` and the arguments of `aggregates` are over the pattern; `items` over the pattern or, with
    aggregates, over `\\0key<k>` and `\\0aggregate<k>`; `order` besides over `\\0column<k>`.
    """

    query: Query
    pattern: Pattern
    parameters: Mapping[str, ParameterValue]
    space: Space
    columns: tuple[str, ...]
    keys: tuple[Expr, ...]
    aggregates: tuple[Call, ...]
    items: tuple[Expr, ...]
    order: tuple[tuple[Expr, bool], ...]
    grouped: bool
    skip: int
    limit: int | None


def check_query(
    query: Query,
    model: DataModel,
    parameters: Mapping[str, ParameterValue],
    *,
    in_sr: SpatialReference | None = None,
    provenance: bool = False,
    creator: str | None = None,
) -> BoundQuery:
    """Bind a parsed query. Raises MalformedQuery with place, slice and reason.

    `parameters` are decoded, with geometries already in the data model's spatial reference. With a `creator`,
    only what that account created is found.
    """
    with of_query():
        pattern = bind_pattern(query, model, parameters, in_sr or UNSET, provenance, creator)
        space = Space(model=model.spatial_reference, text=in_sr or UNSET)
        return _Binder(query, pattern, parameters, space).bound()


class _Binder:
    """The one place that knows both the items as they were written and what they became."""

    def __init__(self, query: Query, pattern: Pattern, parameters: Mapping[str, ParameterValue], space: Space) -> None:
        self._query, self._pattern, self._parameters, self._space = query, pattern, parameters, space
        self._scope = replace(pattern.scope, aggregates=True)
        self._items = self._listed()
        self._statics = [check_expression(query.text, item.expr, self._scope)[0] for item in self._items]
        self._grouped = any(aggregates_in(item.expr) for item in self._items)
        self._keys = [i.expr for i in self._items if self._grouped and not aggregates_in(i.expr)]
        self._aggregates: list[Call] = []
        self._numbered_keys, self._numbered_aggregates = Numbered(self._keys), Numbered()
        self._numbered_items = Numbered(item.expr for item in self._items)

    def _listed(self) -> list[Item]:
        """List the items, `*` written out, each with its name."""
        query = self._query
        found = []
        if query.everything:
            named = dict.fromkeys(e.variable for e in query.elements if e.variable)
            if not named and not query.items:
                raise MalformedQuery("RETURN * needs a named variable in the pattern", place="line 1, column 1")
            found = [Item(expr=Variable(name), name=name) for name in named]
        for item in query.items:
            place = item.expr.place
            found.append(item if item.name else replace(item, name=query.text[place.start : place.stop]))
        seen: set[str] = set()
        for item in found:
            if item.name in seen:
                raise refusal(query.text, item.expr.place, f"two columns are named {item.name}; rename one with AS")
            seen.add(item.name)
        return found

    def bound(self) -> BoundQuery:
        query = self._query
        items = tuple(self._staged(item.expr) for item in self._items)
        order = tuple((self._sorted(sort.expr), sort.descending) for sort in query.order)
        return BoundQuery(
            query=query,
            pattern=self._pattern,
            parameters=self._parameters,
            space=self._space,
            columns=tuple(item.name for item in self._items),
            keys=tuple(self._keys),
            aggregates=tuple(self._aggregates),
            items=items,
            order=order,
            grouped=self._grouped,
            skip=self._count(query.skip, "SKIP") or 0,
            limit=self._count(query.limit, "LIMIT"),
        )

    def _staged(self, expr: Expr) -> Expr:
        """Put hidden variables where grouping keys and aggregates stand; as it is in a query without groups."""
        if not self._grouped:
            return expr
        key = self._numbered_keys.find(expr)
        if key is not None:
            return Variable(f"{KEY}{key}")
        staged = rewritten(expr, self._hidden)
        self._refuse_ungrouped(staged)
        return staged

    def _hidden(self, expr: Expr) -> Expr | None:
        if isinstance(expr, Call) and expr.name in AGGREGATES:
            self._refuse_nested(expr)
            k = self._numbered_aggregates.add(expr)
            if k == len(self._aggregates):
                self._aggregates.append(expr)
            return Variable(f"{AGGREGATE}{k}", place=expr.place)
        key = self._numbered_keys.find(expr)
        return None if key is None else Variable(f"{KEY}{key}", place=expr.place)

    def _refuse_nested(self, call: Call) -> None:
        for argument in call.arguments:
            for inner in aggregates_in(argument):
                raise refusal(self._query.text, inner.place, "an aggregate cannot be inside another")
            unknown = free_variables(argument) - self._pattern.names()
            if unknown:
                reason = f"an aggregate looks at what the pattern names; {min(unknown)} is nothing of it"
                raise refusal(self._query.text, call.place, reason)

    def _refuse_ungrouped(self, staged: Expr) -> None:
        left = free_variables(staged) & self._pattern.names()
        if left:
            reason = f"{min(left)} has many values beside an aggregate; return what is meant as a column of its own"
            raise refusal(self._query.text, staged.place, reason)

    def _sorted(self, expr: Expr) -> Expr:
        """Bind an expression of ORDER BY: it sees the columns by name or as they are written."""
        query, columns = self._query, {item.name: k for k, item in enumerate(self._items)}
        bound = {name: self._statics[k] for name, k in columns.items()}
        check_expression(query.text, expr, _with_columns(self._scope, bound))
        taken = bound_variables(expr) & columns.keys()
        if taken:
            raise refusal(query.text, expr.place, f"the name {min(taken)} is taken by a column")
        if aggregates_in(expr) and not self._grouped:
            raise refusal(query.text, expr.place, "an aggregate in ORDER BY needs one among what is returned")

        def hidden(part: Expr) -> Expr | None:
            if isinstance(part, Variable) and part.name in columns:
                return Variable(f"{COLUMN}{columns[part.name]}", place=part.place)
            k = self._numbered_items.find(part)
            if k is not None and not (free_variables(part) & columns.keys()):
                return Variable(f"{COLUMN}{k}", place=part.place)
            return self._hidden(part) if self._grouped else None

        staged = rewritten(expr, hidden)
        if self._grouped:
            self._refuse_ungrouped(staged)
        elif query.distinct and free_variables(staged) & self._pattern.names():
            raise refusal(query.text, expr.place, "after RETURN DISTINCT only what is returned can be sorted by")
        return staged

    def _count(self, expr: Expr | None, word: str) -> int | None:
        """Evaluate SKIP or LIMIT: a constant, an integer of at least 0."""
        if expr is None:
            return None
        scope = replace(self._scope, subjects={}, aggregates=False)
        found, _ = check_expression(self._query.text, expr, scope)
        value = compiled_expr(expr, self._parameters, variables=(), space=self._space)({})
        if type(value) is not int or value < 0:
            told = words(found.kinds) if not found.kinds & Kind.INTEGER else "null" if value is None else repr(value)
            raise refusal(self._query.text, expr.place, f"{word} takes an integer of at least 0, this is {told[:40]}")
        return value


def _with_columns(scope: Scope, columns: Mapping[str, Static]) -> Scope:
    return replace(scope, bound={**scope.bound, **columns})
