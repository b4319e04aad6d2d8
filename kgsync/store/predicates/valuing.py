"""Expressions as typed SQL values: properties, ids, arithmetic, sizes, CASE and coalesce."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, case, false, func, not_, null

from kgsync.filters.tree import Binary, Call, Case, Expr, Index, Literal, Member, Unary, Variable
from kgsync.model.schema import FieldType, Property
from kgsync.store.predicates.constants import Constants
from kgsync.store.predicates.elements import (
    ArrayLength,
    ByCodePoint,
    FloatValue,
    IntegerValue,
    JsonType,
    TextKey,
    TextValue,
)
from kgsync.store.predicates.terms import (
    DOUBLE,
    KINDS,
    NUMBERS,
    SINGLE,
    TEXTS,
    Constant,
    Kind,
    Operand,
    Range,
    Term,
    Unlowered,
    arithmetic,
    as_term,
    bound,
    is_number,
    null_of,
)

Sql = ColumnElement[Any]
_MAX_CHOICES = 3  # nested CASE and coalesce: each names its conditions three times


def property_name(expr: Expr, subject: str) -> str | None:
    """Name the property of the object under test that an expression is: `n.name` or `n['name']`."""
    match expr:
        case Member(of=Variable(name=variable), name=name) if variable == subject:
            return name
        case Index(of=Variable(name=variable), at=Literal(value=str(name))) if variable == subject:
            return name
    return None


def property_value(props: Sql, wanted: Property) -> Sql:
    """Give the scalar of a property as the column it is compared as; indexes are on this or its TextKey.

    Raises Unlowered for kinds that are not among the queryable values.
    """
    kind = KINDS.get(wanted.field_type)
    if kind is None or kind is Kind.ID:
        raise Unlowered
    if kind in TEXTS:
        return TextValue(props, wanted.id)
    return FloatValue(props, wanted.id) if kind is Kind.FLOAT else IntegerValue(props, wanted.id)


def indexed_value(props: Sql, wanted: Property) -> Sql:
    """Give the part of a property's scalar that is indexed. Raises Unlowered."""
    value = property_value(props, wanted)
    return TextKey(value) if isinstance(value, TextValue) else value


def property_term(columns: Any, wanted: Property) -> Term:
    """Raises Unlowered for kinds that are not among the queryable values."""
    if KINDS.get(wanted.field_type) is Kind.ID:  # the id itself: never null, never a list, and the key
        return Term(Kind.ID, columns.id, false())
    value = property_value(columns.props, wanted)
    json_type = JsonType(columns.props, wanted.id)
    return Term(
        KINDS[wanted.field_type],
        value,
        json_type.is_(None),
        None if wanted.system else json_type == "array",
        SINGLE if wanted.field_type is FieldType.SINGLE else DOUBLE,
        of=(columns.props, wanted.id),
        length=None if wanted.system else ArrayLength(columns.props, wanted.id),
        key=TextKey(value) if isinstance(value, TextValue) else None,
    )


class Valuing:
    """Turn expressions into terms; `condition` gives exact SQL for "is TRUE" or raises Unlowered."""

    def __init__(
        self,
        columns: Any,
        properties: Mapping[str, Property],
        subject: str,
        constants: Constants,
        condition: Callable[[Expr], Sql],
    ) -> None:
        self._columns, self._properties, self._subject = columns, properties, subject
        self._constants, self._condition = constants, condition

    def property(self, expr: Expr) -> Property | None:
        name = property_name(expr, self._subject)
        return None if name is None else self._properties.get(name)

    def operand(self, expr: Expr) -> Operand:
        """Raises Unlowered where SQL has no exact value."""
        if self._constants.holds(expr):
            return Constant(self._constants.value(expr))
        wanted = self.property(expr)
        if wanted is not None:
            return property_term(self._columns, wanted)
        match expr:
            case Binary(op="+" | "-" | "*" as op, left=left, right=right):
                return self._arithmetic(op, self.operand(left), self.operand(right))
            case Unary(op="-" | "+" as op, operand=inner):
                return self._signed(op, self.term(inner))
            case Call(name="id", arguments=(Variable(name=name),)) if name == self._subject:
                return Term(Kind.ID, self._columns.id, false())
            case Call(name="size" | "length", arguments=(of,)):
                return self._size(of)
            case Call(name="coalesce", arguments=arguments):
                return self._coalesce([self.operand(a) for a in arguments])
            case Case():
                return self._case(expr)
        raise Unlowered

    def term(self, expr: Expr) -> Term:
        found = self.operand(expr)
        if isinstance(found, Constant):
            raise Unlowered
        return found

    def _arithmetic(self, op: str, left: Operand, right: Operand) -> Operand:
        terms = []
        for one in (left, right):
            if isinstance(one, Constant):
                if not is_number(one.value):
                    raise Unlowered
                one = as_term(one, Kind.INTEGER)
            terms.append(one)
        return arithmetic(op, *terms)

    def _signed(self, op: str, term: Term) -> Term:
        if term.kind not in NUMBERS:
            raise Unlowered
        if op == "-":
            return arithmetic("-", as_term(Constant(0), Kind.INTEGER), term)
        unlisted = replace(term, listed=None)
        return replace(unlisted, missing=null_of(unlisted))

    def _size(self, of: Expr) -> Term:
        wanted = self.property(of)
        term = self.term(of)
        if wanted is None or term.kind is Kind.ID:
            raise Unlowered
        length: Sql = ArrayLength(self._columns.props, wanted.id)
        if term.kind is Kind.TEXT:
            length = func.coalesce(func.length(term.sql), length)
        return Term(Kind.INTEGER, length, length.is_(None), range=Range(float(2**63), 0))

    def _coalesce(self, operands: Sequence[Operand]) -> Operand:
        given = [o for o in operands if not (isinstance(o, Constant) and o.value is None)]
        branches: list[tuple[Sql, Operand]] = []
        for k, one in enumerate(given):
            if isinstance(one, Constant) or k == len(given) - 1:
                return self._choice(branches, one)
            branches.append((not_(one.missing), one))
        return Constant(None)

    def _case(self, expr: Case) -> Operand:
        branches = []
        for when, then in expr.branches:
            test = when if expr.subject is None else Binary("=", expr.subject, when)
            branches.append((self._condition(test), self.operand(then)))
        last: Operand = Constant(None) if expr.otherwise is None else self.operand(expr.otherwise)
        return self._choice(branches, last)

    def _choice(self, branches: Sequence[tuple[Sql, Operand]], last: Operand) -> Operand:
        """Take the first operand whose condition is TRUE; all must be of one kind."""
        if not branches:
            return last
        values = _alike([*(o for _, o in branches), last])
        kind = next((v.kind for v in values if v is not None), None)
        if kind is None:
            return Constant(None)
        depth = 1 + max(v.depth for v in values if v is not None)
        if depth > _MAX_CHOICES:
            raise Unlowered
        conditions = [c for c, _ in branches]

        def chosen(parts: Sequence[Sql]) -> Sql:
            return case(*zip(conditions, parts[:-1], strict=True), else_=parts[-1])

        sql: Sql = chosen([null() if v is None else v.sql for v in values])
        if kind in TEXTS:
            sql = ByCodePoint(sql)
        listed = None
        if any(v is not None and v.listed is not None for v in values):
            listed = chosen([_listed(v) for v in values]) == _ONE
        term = Term(kind, sql, false(), listed, _widest(values), _any_mixed(values), depth)
        return replace(term, missing=null_of(term))


_ONE = bound(Kind.INTEGER, 1)


def _listed(value: Term | None) -> Sql:
    if value is None or value.listed is None:
        return bound(Kind.INTEGER, 0)
    return case((value.listed, 1), else_=0)


def _alike(operands: Sequence[Operand]) -> list[Term | None]:
    """Bring operands to one kind; null is None. Raises Unlowered."""
    kinds = {o.kind for o in operands if isinstance(o, Term)}
    if len(kinds) > 1:
        raise Unlowered
    kind = next(iter(kinds), None)
    found: list[Term | None] = []
    for one in operands:
        if isinstance(one, Term):
            found.append(one)
        elif one.value is None:
            found.append(None)
        else:
            found.append(_constant(one, kind or _kind_of(one.value)))
            kind = found[-1].kind if found[-1] is not None else kind
    return found


def _kind_of(value: Any) -> Kind:
    if isinstance(value, str):
        return Kind.TEXT
    if is_number(value):
        return Kind.INTEGER if isinstance(value, int) else Kind.FLOAT
    raise Unlowered


def _constant(given: Constant, kind: Kind) -> Term:
    value = given.value
    if kind is Kind.FLOAT and isinstance(value, int) and not isinstance(value, bool) and int(float(value)) == value:
        return replace(as_term(Constant(float(value)), kind), mixed=True)
    made = as_term(given, kind)
    if made.kind is not kind:
        raise Unlowered
    return made


def _widest(values: Sequence[Term | None]) -> Range:
    known = [v.range for v in values if v is not None]
    return Range(max(r.largest for r in known), min(r.grain for r in known))


def _any_mixed(values: Sequence[Term | None]) -> bool:
    return any(v is not None and v.mixed for v in values)
