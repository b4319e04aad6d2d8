"""Comparisons between terms and constants: SQL for "is TRUE" and for "is FALSE", null being neither."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, literal, not_, or_, true

from kgsync.model.values import parse_uuid
from kgsync.store.predicates.arrays import ArraysEqual, ArraysOrder, Elements
from kgsync.store.predicates.elements import KEY_CHARACTERS, IntegerInJson, MixedComparison, TextInJson
from kgsync.store.predicates.terms import (
    IDS,
    NUMBERS,
    TEXTS,
    Constant,
    Kind,
    Operand,
    Term,
    Unlowered,
    bound,
    is_number,
    storable,
    stored,
)

Sql = ColumnElement[Any]

ORDERS = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}
NEGATED = {"=": "<>", "<>": "=", **ORDERS}
MIRRORED = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_INT64 = (-(2**63), 2**63 - 1)
_BIND_LIMIT = 100  # longer lists travel as one parameter


class Over(Exception):
    """Carry SQL that holds wherever the comparison does, and more often."""

    def __init__(self, sql: Sql) -> None:
        self.sql = sql


def apply(operator: str, left: Sql, right: Sql) -> Sql:
    match operator:
        case "=":
            return left == right
        case "<>":
            return left != right
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right
        case _:
            return left >= right


def compare(operator: str, left: Operand, right: Operand, want: bool) -> Sql:
    """Give SQL that holds exactly where the comparison is `want`. Raises Over, Unlowered."""
    if isinstance(left, Constant):
        assert isinstance(right, Term), "constants are folded before"
        return compare(MIRRORED[operator], right, left, want)
    if operator == "<>":
        return compare("=", left, right, not want)
    if isinstance(right, Term):
        return _terms(operator, left, right, want)
    return _with_constant(operator, left, right.value, want)


def _with_constant(operator: str, term: Term, value: Any, want: bool) -> Sql:
    if value is None:
        return false()
    if isinstance(value, tuple):
        return _with_list(operator, term, want)
    sql = _same_kind(operator if want else NEGATED[operator], term, value)
    if operator != "=":
        return false() if sql is None else sql
    if sql is None:  # another kind
        return false() if want else not_(term.missing)
    return sql if want or term.listed is None else or_(sql, term.listed)


def _with_list(operator: str, term: Term, want: bool) -> Sql:
    """Compare with a constant list: equality of lists is left to the evaluator."""
    if term.listed is not None:
        raise Over(not_(term.missing) if operator == "=" and not want else term.listed)
    return not_(term.missing) if operator == "=" and not want else false()


def _same_kind(operator: str, term: Term, value: Any) -> Sql | None:
    """Compare the term's scalar with a constant of its kind; None when it is of another."""
    if term.kind in NUMBERS:
        return _number(operator, term, value) if is_number(value) else None
    if term.kind in IDS and isinstance(value, str):
        value = parse_uuid(value) if operator in {"=", "<>"} else None
    if term.kind is Kind.TEXT and isinstance(value, UUID) and operator in {"=", "<>"}:
        raise Over(not_(term.missing))  # text in any style may spell the id
    held = stored(term.kind, value)
    if held is None:
        return None
    if isinstance(held, str) and not storable(held):
        if operator in {"=", "<>"}:
            return None  # equal to no stored text, as a value of another kind
        raise Over(not_(term.missing))
    return apply(operator, key_for(term, held), bound(term.kind, held))


def key_for(term: Term, held: Any) -> Sql:
    """Give the indexed part of the term where it compares as the whole does."""
    short = isinstance(held, str) and len(held) < KEY_CHARACTERS
    return term.key if term.key is not None and short else term.sql


def _number(operator: str, term: Term, value: int | float) -> Sql:
    if term.kind is Kind.INTEGER and isinstance(value, float):
        return _integer_and_float(operator, term, value)
    if term.kind is Kind.FLOAT and isinstance(value, int):
        return _float_and_integer(operator, term, value)
    return apply(operator, term.sql, bound(term.kind, value))


def _anything(term: Term) -> Sql:
    return term.sql.is_not(None)


def _integer_and_float(operator: str, term: Term, value: float) -> Sql:
    """Compare integers with a double by moving it to the next integer that divides them alike."""
    if operator in {"=", "<>"}:
        if value.is_integer() and _INT64[0] <= int(value) <= _INT64[1]:
            return apply(operator, term.sql, bound(Kind.INTEGER, int(value)))
        return false() if operator == "=" else _anything(term)
    whole = math.ceil(value) if operator in {"<", ">="} else math.floor(value)
    if whole > _INT64[1]:
        return _anything(term) if operator in {"<", "<="} else false()
    if whole < _INT64[0]:
        return _anything(term) if operator in {">", ">="} else false()
    return apply(operator, term.sql, bound(Kind.INTEGER, whole))


def _float_and_integer(operator: str, term: Term, value: int) -> Sql:
    """Compare doubles with an integer that may lie between two of them."""
    near = float(value)
    if int(near) == value:
        return apply(operator, term.sql, bound(Kind.FLOAT, near))
    if operator in {"=", "<>"}:
        return false() if operator == "=" else _anything(term)
    below = near if near < value else math.nextafter(near, -math.inf)
    if operator in {"<", "<="}:
        return apply("<=", term.sql, bound(Kind.FLOAT, below))
    return apply(">=", term.sql, bound(Kind.FLOAT, math.nextafter(below, math.inf)))


def _terms(operator: str, left: Term, right: Term, want: bool) -> Sql:
    kinds = {left.kind, right.kind}
    alike = len(kinds) == 1 or kinds in (NUMBERS, IDS)
    if kinds & IDS and Kind.TEXT in kinds:
        raise Over(and_(not_(left.missing), not_(right.missing)))  # text in any style may spell the id
    if alike:
        scalar = _scalars(operator if want else NEGATED[operator], left, right)
        exact = scalar if want or operator != "=" else or_(scalar, _unlike_lists(left, right))
    else:
        exact = _unlike(operator, left, right, want)
    if left.listed is None or right.listed is None:
        return exact
    if left.of is None or right.of is None or kinds == NUMBERS:
        raise Over(or_(exact, and_(left.listed, right.listed)))
    return or_(exact, _arrays(operator, left, right, want))


def _arrays(operator: str, left: Term, right: Term, want: bool) -> Sql:
    """Compare where both properties are arrays."""
    assert left.of is not None and right.of is not None
    (props, one), (_, other) = left.of, right.of
    elements = Elements.UNLIKE
    if left.kind is right.kind:
        elements = Elements.TEXTS if left.kind in TEXTS else Elements.NUMBERS
    if operator == "=":
        return ArraysEqual(props, one, other, elements) == (1 if want else 0)
    return apply(operator if want else NEGATED[operator], ArraysOrder(props, one, other, elements), literal(0))


def _unlike(operator: str, left: Term, right: Term, want: bool) -> Sql:
    """Compare values of two kinds, not both lists: never equal, never in order."""
    if operator != "=" or want:
        return false()
    return or_(and_(left.sql.is_not(None), right.sql.is_not(None)), _unlike_lists(left, right))


def _unlike_lists(left: Term, right: Term) -> Sql:
    """Say where one is a list and the other a scalar."""
    parts = [
        and_(one.listed, other.sql.is_not(None))
        for one, other in ((left, right), (right, left))
        if one.listed is not None
    ]
    return or_(false(), *parts)


def _scalars(operator: str, left: Term, right: Term) -> Sql:
    if {left.kind, right.kind} == IDS:
        raise Unlowered
    if left.kind is right.kind:
        return apply(operator, left.sql, right.sql)
    if left.kind is Kind.FLOAT:
        return MixedComparison(left.sql, operator, right.sql)
    return MixedComparison(right.sql, MIRRORED[operator], left.sql)


def among(term: Term, items: Sequence[Any], want: bool) -> Sql:
    """Give SQL for `term IN items`, a constant list. Raises Over, Unlowered."""
    if not items:
        return false() if want else true()
    if any(isinstance(i, tuple) for i in items) and term.listed is not None:
        raise Over(not_(term.missing))
    if not want and any(i is None for i in items):
        return false()
    wanted = _alike(term, items)
    if want:
        return _found(term, wanted) if wanted else false()
    absent = _absent(term, wanted) if wanted else _anything(term)
    return absent if term.listed is None else or_(absent, term.listed)


def _alike(term: Term, items: Sequence[Any]) -> list[Any]:
    """Give the items of the term's kind as its column holds them, each once."""
    found: dict[Any, None] = {}
    for item in items:
        if term.kind in NUMBERS:
            number = _as_number(term.kind, item) if is_number(item) else None
            if number is not None:
                found[number] = None
            continue
        if term.kind in IDS and isinstance(item, str):
            item = parse_uuid(item)
        if term.kind is Kind.TEXT and isinstance(item, UUID):
            raise Over(not_(term.missing))
        held = stored(term.kind, item)
        if held is not None and not (isinstance(held, str) and not storable(held)):
            found[held] = None
    return list(found)


def _as_number(kind: Kind, item: int | float) -> int | float | None:
    """Give the number in the column's kind; None when no value of it equals the number."""
    if kind is Kind.INTEGER:
        return int(item) if (isinstance(item, int) or item.is_integer()) and _INT64[0] <= item <= _INT64[1] else None
    return float(item) if int(item) == int(float(item)) or isinstance(item, float) else None


def _found(term: Term, wanted: list[Any]) -> Sql:
    if len(wanted) <= _BIND_LIMIT:
        if term.key is not None and all(len(text) < KEY_CHARACTERS for text in wanted):
            return term.key.in_([bound(term.kind, w) for w in wanted])
        return term.sql.in_([bound(term.kind, w) for w in wanted])
    if term.kind in TEXTS:
        short = term.key is not None and all(len(text) < KEY_CHARACTERS for text in wanted)
        subject = term.key if short and term.key is not None else term.sql
        return TextInJson(subject, json.dumps(wanted, ensure_ascii=False))
    if term.kind in (Kind.FLOAT, Kind.ID):
        raise Over(_anything(term))
    return IntegerInJson(term.sql, json.dumps(wanted))


def _absent(term: Term, wanted: list[Any]) -> Sql:
    return and_(_anything(term), not_(_found(term, wanted)))
