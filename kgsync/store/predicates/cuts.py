"""What SQL selects for a condition, and how selections join."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, false, or_, true
from sqlalchemy.sql.elements import False_

Sql = ColumnElement[Any]


class Cut(NamedTuple):
    """`sql` None selects everything; `exact`: no more than the condition asks for."""

    sql: Sql | None
    exact: bool


EVERYTHING = Cut(None, False)
ALWAYS, NEVER = Cut(true(), True), Cut(false(), True)


def is_never(cut: Cut) -> bool:
    """Say whether a condition is known to hold of nothing."""
    return isinstance(cut.sql, False_)


def both(left: Cut, right: Cut) -> Cut:
    if is_never(left) or is_never(right):
        return NEVER
    parts = [c.sql for c in (left, right) if c.sql is not None]
    return Cut(and_(*parts) if parts else None, left.exact and right.exact)


def either(left: Cut, right: Cut) -> Cut:
    if is_never(left) or is_never(right):
        return right if is_never(left) else left
    if left.sql is None or right.sql is None:
        return EVERYTHING
    return Cut(or_(left.sql, right.sql), left.exact and right.exact)
