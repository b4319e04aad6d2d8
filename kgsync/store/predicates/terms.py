"""Typed SQL values: what a property, a constant or arithmetic over them becomes."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Double, Text, and_, case, cast, false, func, literal, not_, or_
from sqlalchemy.types import TypeEngine

from kgsync.filters.kinds import MAX_LIST
from kgsync.model.schema import FieldType
from kgsync.model.values import DateOnly, DateTime, TimeOnly, TimestampOffset
from kgsync.store.predicates.elements import CheckedInteger
from kgsync.store.tables import Id


class Unlowered(Exception):
    """Say that SQL cannot give an expression's exact value."""


class Kind(Enum):
    """The kinds of values SQL can compare; each is one type of column and one order."""

    INTEGER = auto()
    FLOAT = auto()
    TEXT = auto()
    UUID = auto()  # lower-case dashed text
    ID = auto()  # the key column
    DATE_TIME = auto()
    DATE_ONLY = auto()
    TIME_ONLY = auto()
    TIMESTAMP = auto()


KINDS = {
    FieldType.SMALL_INTEGER: Kind.INTEGER,
    FieldType.INTEGER: Kind.INTEGER,
    FieldType.BIG_INTEGER: Kind.INTEGER,
    FieldType.OID: Kind.INTEGER,
    FieldType.SINGLE: Kind.FLOAT,
    FieldType.DOUBLE: Kind.FLOAT,
    FieldType.STRING: Kind.TEXT,
    FieldType.XML: Kind.TEXT,
    FieldType.GUID: Kind.UUID,
    FieldType.GLOBAL_ID: Kind.ID,
    FieldType.DATE: Kind.DATE_TIME,
    FieldType.DATE_ONLY: Kind.DATE_ONLY,
    FieldType.TIME_ONLY: Kind.TIME_ONLY,
    FieldType.TIMESTAMP_OFFSET: Kind.TIMESTAMP,
}
NUMBERS = frozenset({Kind.INTEGER, Kind.FLOAT})
IDS = frozenset({Kind.UUID, Kind.ID})
TEXTS = frozenset({Kind.TEXT, Kind.UUID})

_SINGLE_MAX = 3.4028234663852886e38
# Powers of two of which every value is a multiple: of a single, of any double.
_SINGLE_GRAIN, _DOUBLE_GRAIN = -149, -1074


@dataclass(frozen=True, slots=True)
class Range:
    """What is known of a double: its largest magnitude, and the power of two it is a multiple of."""

    largest: float
    grain: int


SINGLE = Range(_SINGLE_MAX, _SINGLE_GRAIN)
DOUBLE = Range(math.nextafter(math.inf, 0), _DOUBLE_GRAIN)
_WHOLE = Range(float(2**63), 0)


@dataclass(frozen=True, slots=True)
class Term:
    """A value in SQL: NULL in `sql` means null or a list; `listed` is TRUE for lists (None: never one),
    and `length` is then how many elements they have, if that is known.

    `missing` is TRUE exactly when the value is null. `mixed`: some values stand for integers and some
    for doubles, so that only comparing them is exact. `depth` bounds how often the text repeats.
    """

    kind: Kind
    sql: ColumnElement[Any]
    missing: ColumnElement[bool]
    listed: ColumnElement[bool] | None = None
    range: Range = DOUBLE
    mixed: bool = False
    depth: int = 0
    length: ColumnElement[int] | None = None
    of: tuple[ColumnElement[Any], int] | None = None  # the JSON column and id of a property as it is stored
    key: ColumnElement[Any] | None = None  # what to compare with short texts, if not `sql`


@dataclass(frozen=True, slots=True)
class Constant:
    """A value known before any object is looked at."""

    value: Any


Operand = Term | Constant

_COLUMN: dict[Kind, TypeEngine[Any]] = {
    Kind.FLOAT: Double(),
    Kind.TEXT: Text(),
    Kind.UUID: Text(),
    Kind.ID: Id(),
}


def bound(kind: Kind, value: Any) -> ColumnElement[Any]:
    """Bind a column's value of a kind."""
    return literal(value, _COLUMN.get(kind, BigInteger()))


def stored(kind: Kind, value: Any) -> Any | None:
    """Give a constant as columns of this very kind hold it; None when it is of another kind.

    Numbers cross between INTEGER and FLOAT and are not judged here.
    """
    match kind:
        case Kind.TEXT:
            return value if isinstance(value, str) else None
        case Kind.UUID:
            return str(value) if isinstance(value, UUID) else None
        case Kind.ID:
            return value if isinstance(value, UUID) else None
        case Kind.DATE_TIME:
            return value.ms if isinstance(value, DateTime) else None
        case Kind.DATE_ONLY:
            return value.days if isinstance(value, DateOnly) else None
        case Kind.TIME_ONLY:
            return value.ms if isinstance(value, TimeOnly) else None
        case Kind.TIMESTAMP:
            return value.utc_ms if isinstance(value, TimestampOffset) else None
        case _:
            return None


def storable(text: str) -> bool:
    """Say whether a text can be bound: U+0000 and lone surrogates are in no stored text and in no parameter."""
    return "\x00" not in text and not any("\ud800" <= c <= "\udfff" for c in text)


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def as_term(constant: Constant, kind: Kind) -> Term:
    """Make a constant a term beside terms of `kind`. Raises Unlowered."""
    value = constant.value
    if is_number(value) and kind in NUMBERS:
        if isinstance(value, int):
            return Term(Kind.INTEGER, bound(Kind.INTEGER, value), false(), range=_WHOLE)
        return Term(Kind.FLOAT, bound(Kind.FLOAT, value), false(), range=Range(abs(value), _grain(value)))
    held = stored(kind, value)
    if held is None or (isinstance(held, str) and not storable(held)):
        raise Unlowered
    return Term(kind, bound(kind, held), false())


def _grain(value: float) -> int:
    if value == 0:
        return 1024
    numerator, denominator = value.as_integer_ratio()
    return (numerator & -numerator).bit_length() - denominator.bit_length()


def null_of(term: Term) -> ColumnElement[bool]:
    """Say when a computed value is null: neither a scalar nor a list."""
    return term.sql.is_(None) if term.listed is None else and_(term.sql.is_(None), not_(term.listed))


def widened(term: Term) -> Term:
    """Make an integer a double, rounding as every IEEE machine does."""
    return term if term.kind is Kind.FLOAT else replace(term, kind=Kind.FLOAT, sql=cast(term.sql, Double()))


_MAX_DEPTH = 5  # each checked operation names its operands twice


def arithmetic(operator: str, left: Term, right: Term) -> Term:
    """Add, subtract or multiply, exactly as the evaluator does. Raises Unlowered.

    Doubles stay in SQL only where the result can neither overflow nor underflow to zero: PostgreSQL
    raises an error for both.
    """
    depth = max(left.depth, right.depth) + 1
    kinds = {left.kind, right.kind}
    if depth > _MAX_DEPTH or not kinds <= NUMBERS or left.mixed or right.mixed:
        raise Unlowered
    listed, length = _joined(left, right) if operator == "+" else (None, None)
    if kinds == {Kind.INTEGER}:
        sql: ColumnElement[Any] = CheckedInteger(operator, left.sql, right.sql)
        return _computed(Term(Kind.INTEGER, sql, false(), listed, _WHOLE, depth=depth, length=length))
    a, b = widened(left), widened(right)
    if operator == "*":
        known = Range(a.range.largest * b.range.largest, max(a.range.grain + b.range.grain, _DOUBLE_GRAIN))
        if a.range.grain + b.range.grain < _DOUBLE_GRAIN:
            raise Unlowered
        sql = a.sql * b.sql
    else:
        known = Range(a.range.largest + b.range.largest, min(a.range.grain, b.range.grain))
        sql = a.sql + b.sql if operator == "+" else a.sql - b.sql
    if not math.isfinite(known.largest):
        raise Unlowered
    return _computed(Term(Kind.FLOAT, sql, false(), listed, known, depth=depth, length=length))


def _joined(left: Term, right: Term) -> tuple[ColumnElement[bool] | None, ColumnElement[int] | None]:
    """Say when a sum is a list, and its length: a list with anything but null, unless it gets too long.

    Any other operation on a list is null.
    """
    lists = [t for t in (left, right) if t.listed is not None]
    if not lists:
        return None, None
    if any(t.length is None for t in lists):
        raise Unlowered
    length = sum((literal(1) if t.length is None else func.coalesce(t.length, 1) for t in (left, right)), literal(0))
    some = or_(*(t.listed for t in lists if t.listed is not None))
    listed = and_(some, *(not_(t.missing) for t in (left, right)), length <= MAX_LIST)
    return case((listed, 1), else_=0) == 1, case((listed, length))


def _computed(term: Term) -> Term:
    return replace(term, missing=null_of(term))
