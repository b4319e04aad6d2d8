"""Where-clauses in SQL: a checked clause becomes one expression for SQLite and PostgreSQL alike.

The expression is true of every object the clause is TRUE of; where it is true of more, the conjuncts
that are left over must be evaluated on what it selects.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_
from sqlalchemy.sql.elements import True_

from kgsync.filters.check import SUBJECT, Filter
from kgsync.filters.tree import NOWHERE, Binary, Expr
from kgsync.model.schema import GLOBALID, NamedType
from kgsync.store.predicates.comparing import MIRRORED, ORDERS
from kgsync.store.predicates.constants import Constants
from kgsync.store.predicates.cuts import Cut, is_never
from kgsync.store.predicates.envelope import Envelope
from kgsync.store.predicates.valuing import property_name
from kgsync.store.predicates.walk import Walk

__all__ = ["Constants", "Lowered", "lower"]

# What an index on the left side answers, beside what has a mirror image.
_SEARCHED = frozenset({"=", *ORDERS, "IN", "STARTS WITH"})


@dataclass(frozen=True, slots=True)
class Lowered:
    """`sql` is never FALSE or NULL where the clause is TRUE; None selects every object of the type.

    `rest` are the conjuncts, joined by AND, that must still be evaluated on each selected object; None
    means that `sql` is exact. `notes` say so in one line per conjunct; `never` are those conjuncts, as they are
    written, that are true of no object whatever it is.
    """

    sql: ColumnElement[bool] | None
    rest: Expr | None
    notes: tuple[str, ...]
    never: tuple[str, ...] = ()


def lower(
    filter: Filter,
    columns: Any,
    named_type: NamedType | None = None,
    subject: str = SUBJECT,
    constants: Constants | None = None,
) -> Lowered:
    """Lower a clause over `columns`: those of object, of history, or of a selection from them.

    They are id, type, schema, props and minx to maxy. Without the type the clause is bound to, envelopes
    are not looked at. `subject` is the variable the clause is about. `constants` are those of the same clause,
    where it is lowered again.
    """
    constants = constants or Constants(filter, subject)
    envelope = Envelope(columns, filter.properties, named_type, subject, constants, filter.spatial_reference)
    walk = Walk(columns, filter.properties, subject, constants, envelope)
    selected: list[ColumnElement[Any]] = []
    rest: list[Expr] = []
    notes: list[str] = []
    never: list[str] = []
    for conjunct in conjuncts(filter.expr):
        cut = walk.cut(conjunct, True)
        index = None if cut.sql is None else _index_for(conjunct, constants, named_type)
        shown = _shown(filter.text, conjunct)
        if is_never(cut):
            never.append(shown)
        notes.append(f"{shown}: {_said(cut)}{f' (index {index})' if index else ''}")
        if cut.sql is not None and not isinstance(cut.sql, True_):
            selected.append(cut.sql)
        if not cut.exact:
            rest.append(conjunct)
    return Lowered(and_(*selected) if selected else None, _joined(rest), tuple(notes), tuple(never))


def conjuncts(expr: Expr) -> list[Expr]:
    """Cut the topmost ANDs of a clause."""
    found: list[Expr] = []
    waiting = [expr]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Binary) and one.op == "AND":
            waiting += (one.right, one.left)
        else:
            found.append(one)
    return found


def _joined(parts: list[Expr]) -> Expr | None:
    """Join conjuncts into a balanced tree, so that many are not deep."""
    while len(parts) > 1:
        pairs = [tuple(parts[k : k + 2]) for k in range(0, len(parts), 2)]
        parts = [Binary("AND", *pair) if len(pair) == 2 else pair[0] for pair in pairs]
    return parts[0] if parts else None


def _index_for(expr: Expr, constants: Constants, named_type: NamedType | None) -> str | None:
    """Name the index that answers a conjunct, as far as its form tells; the database decides."""
    if not isinstance(expr, Binary) or expr.op not in _SEARCHED:
        return None
    sides = [(expr.left, expr.right)]
    if expr.op in MIRRORED:
        sides.append((expr.right, expr.left))
    for one, other in sides:
        name = property_name(one, SUBJECT)
        if name is None or named_type is None or not constants.holds(other):
            continue
        if name == GLOBALID:
            return "of ids"
        return next((i.name for i in named_type.indexes if i.properties[:1] == (name,)), None)
    return None


def _shown(text: str, expr: Expr) -> str:
    place = expr.place
    return str(expr) if place == NOWHERE else " ".join(text[place.start : place.stop].split())


def _said(cut: Cut) -> str:
    if isinstance(cut.sql, True_):
        return "always true"
    if is_never(cut):
        return "never true"
    if cut.exact:
        return "in SQL"
    return "evaluated" if cut.sql is None else "evaluated on what SQL selects"
