"""The walk over a clause: for each condition, SQL that holds where it is TRUE and SQL where it is FALSE.

Null is neither, so both are asked for apart and NOT merely swaps them: nothing that may be null is ever
negated. What SQL cannot say becomes a condition that holds more often, or none at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, case, false, func, or_, true
from sqlalchemy import not_ as negated

from kgsync.filters.functions import FUNCTIONS
from kgsync.filters.tree import Binary, Call, Case, Expr, HasLabel, IsNull, Unary
from kgsync.model.schema import FieldType, Property
from kgsync.store.predicates.comparing import NEGATED, Over, among, compare
from kgsync.store.predicates.constants import Constants
from kgsync.store.predicates.cuts import ALWAYS, EVERYTHING, NEVER, Cut, both, either
from kgsync.store.predicates.elements import Contains
from kgsync.store.predicates.envelope import Envelope
from kgsync.store.predicates.terms import Constant, Kind, Operand, Term, Unlowered, as_term, bound, storable
from kgsync.store.predicates.valuing import Valuing, property_term

Sql = ColumnElement[Any]

# Conditions of one clause that become SQL: SQLite allows expressions 1,000 levels deep, and a chain of
# ANDs counts one for each. Computed operands count for more, as their text repeats.
_MAX_CONDITIONS = 300
_REPEATS = 4  # of an operand's text, for each level of arithmetic or choice

_TEXT_TESTS = frozenset({"STARTS WITH", "ENDS WITH", "CONTAINS"})
_LOGIC = frozenset({"AND", "OR", "XOR"})
_ARITHMETIC = frozenset({"+", "-", "*", "/", "%", "^"})


class Walk:
    """One clause over one selection's columns; `spatial` cuts by envelopes."""

    def __init__(
        self,
        columns: Any,
        properties: Mapping[str, Property],
        subject: str,
        constants: Constants,
        envelope: Envelope,
    ) -> None:
        self._columns, self._constants, self._envelope = columns, constants, envelope
        self._values = Valuing(columns, properties, subject, constants, self._condition)
        self._spent = 0

    def cut(self, expr: Expr, want: bool) -> Cut:
        """Select where the condition is `want`."""
        if self._constants.holds(expr):
            return ALWAYS if self._constants.value(expr) is want else NEVER
        if self._constants.null(expr):
            return NEVER
        if self._spent >= _MAX_CONDITIONS:
            return EVERYTHING
        match expr:
            case Binary(op=op, left=left, right=right) if op in _LOGIC:
                return self._logic(op, left, right, want)
            case Unary(op="NOT", operand=operand):
                return self.cut(operand, not want)
        self._spent += 1
        try:
            return self._leaf(expr, want)
        except Over as over:
            return Cut(over.sql, False)
        except Unlowered:
            return Cut(self._required(expr), False)

    def _condition(self, expr: Expr) -> Sql:
        """Give exact SQL for "is TRUE". Raises Unlowered."""
        return self._exact(expr, True)

    def _exact(self, expr: Expr, want: bool) -> Sql:
        cut = self.cut(expr, want)
        if cut.sql is None or not cut.exact:
            raise Unlowered
        return cut.sql

    def _logic(self, op: str, left: Expr, right: Expr, want: bool) -> Cut:
        if op == "XOR":
            return either(
                both(self.cut(left, True), self.cut(right, not want)),
                both(self.cut(left, False), self.cut(right, want)),
            )
        joined = both if (op == "AND") is want else either
        return joined(self.cut(left, want), self.cut(right, want))

    def _leaf(self, expr: Expr, want: bool) -> Cut:
        match expr:
            case Binary(op=op, left=left, right=right) if op in NEGATED:
                spatial = self._envelope.distance(expr, want)
                return spatial or self._compared(op, left, right, want)
            case Binary(op="IN", left=left, right=right):
                if want and self._constants.null(left):
                    return NEVER
                return Cut(self._among(left, right, want), True)
            case Binary(op=op, left=left, right=right) if op in _TEXT_TESTS:
                return Cut(self._text_test(op, left, right, want), True)
            case IsNull(operand=operand, negated=flag):
                return self._null_test(operand, want is not flag)
            case Call(name="exists", arguments=(operand,)):
                return self._null_test(operand, not want)
            case Call(name="coalesce", arguments=arguments) if arguments:
                return self._coalesced(arguments, want)
            case Case():
                return self._chosen(expr, want)
            case Call():
                return self._envelope.call(expr, want) or EVERYTHING
        return EVERYTHING

    def _operand(self, expr: Expr) -> Operand:
        found = self._values.operand(expr)
        if isinstance(found, Term):
            self._spent += _REPEATS**found.depth - 1
        return found

    def _compared(self, op: str, left: Expr, right: Expr, want: bool) -> Cut:
        return Cut(compare(op, self._operand(left), self._operand(right), want), True)

    def _among(self, left: Expr, right: Expr, want: bool) -> Sql:
        if not self._constants.holds(right):
            listed = self._values.term(right).listed
            raise Over(false() if listed is None else listed)
        items = self._constants.value(right)
        if not isinstance(items, tuple):
            return false()
        subject = self._operand(left)
        assert isinstance(subject, Term), "constants are folded before"
        return among(subject, items, want)

    def _text_test(self, op: str, left: Expr, right: Expr, want: bool) -> Sql:
        operands = (self._operand(left), self._operand(right))
        if any(not _may_be_text(o) for o in operands):
            return false()  # null, as anything but two texts gives
        text, part = (o if isinstance(o, Term) else as_term(o, Kind.TEXT) for o in operands)
        found = self._found(op, text, part, operands[1])
        if want:
            return found
        return and_(*(o.sql.is_not(None) for o in operands if isinstance(o, Term)), negated(found))

    def _found(self, op: str, text: Term, part: Term, given: Operand) -> Sql:
        if op == "CONTAINS":
            return Contains(text.sql, part.sql)
        if op == "STARTS WITH":
            if isinstance(given, Constant):
                return self._prefixed(text, given.value)
            return func.substr(text.sql, 1, func.length(part.sql)) == part.sql
        surplus = func.length(text.sql) - func.length(part.sql)
        return and_(surplus >= 0, func.substr(text.sql, surplus + 1) == part.sql)

    def _prefixed(self, text: Term, prefix: str) -> Sql:
        """Texts with a prefix are a range in the order of code points; an index finds it."""
        key = text.key if text.key is not None and len(prefix) < 100 else text.sql
        beyond = _beyond(prefix)
        start = key >= bound(Kind.TEXT, prefix)
        return start if beyond is None else and_(start, key < bound(Kind.TEXT, beyond))

    def _null_test(self, operand: Expr, want: bool) -> Cut:
        """Select where an expression is null, or (`want` false) where it is not."""
        if _is_condition(operand):
            no, yes = self._exact(operand, False), self._exact(operand, True)
            known = or_(yes, no)
            return Cut(case((known, 0), else_=1) == 1 if want else known, True)
        wanted = self._values.property(operand)
        if wanted is not None and wanted.field_type is FieldType.GEOMETRY:
            return self._envelope.null_test(wanted, want)
        try:
            found = self._values.operand(operand)
        except Unlowered:
            return EVERYTHING if want else Cut(self._required(operand), False)
        assert isinstance(found, Term), "constants are folded before"
        return Cut(found.missing if want else negated(found.missing), True)

    def _coalesced(self, arguments: tuple[Expr, ...], want: bool) -> Cut:
        """Take the first condition that is not null."""
        first, rest = arguments[0], arguments[1:]
        if not rest:
            return self.cut(first, want)
        if self._constants.holds(first) and self._constants.value(first) is not None:
            return self.cut(first, want)
        if not _is_condition(first) and not self._constants.holds(first):
            raise Unlowered
        after = self._coalesced(rest, want)
        if after.sql is None:
            return EVERYTHING
        yes, no = self._exact(first, want), self._exact(first, not want)
        return Cut(case((yes, 1), (no, 0), (after.sql, 1), else_=0) == 1, after.exact)

    def _chosen(self, expr: Case, want: bool) -> Cut:
        """Take the branch whose condition is the first to be TRUE."""
        tests = [when if expr.subject is None else Binary("=", expr.subject, when) for when, _ in expr.branches]
        cuts = [self.cut(then, want) for _, then in expr.branches]
        cuts.append(NEVER if expr.otherwise is None else self.cut(expr.otherwise, want))
        chosen = [case((true() if cut.sql is None else cut.sql, 1), else_=0) for cut in cuts]
        branches = [(self._condition(test), one) for test, one in zip(tests, chosen[:-1], strict=True)]
        return Cut(case(*branches, else_=chosen[-1]) == 1, all(cut.exact for cut in cuts))

    def _required(self, expr: Expr) -> Sql | None:
        """Give what must not be null for the expression to be other than null; None: nothing SQL sees."""
        match expr:
            case Binary(op=op, left=left, right=right) if op in NEGATED or op in _TEXT_TESTS or op in _ARITHMETIC:
                return self._all_required((left, right))
            case Binary(op="IN", left=left, right=right) if self._constants.holds(right):
                if self._constants.value(right) == ():  # FALSE whatever is looked for
                    return None
                return self._required(left)
            case Call(name=name, arguments=arguments) if name in FUNCTIONS and not FUNCTIONS[name].nulls:
                return self._all_required(arguments)
            case Unary(op="-" | "+", operand=operand):
                return self._required(operand)
        wanted = self._values.property(expr)
        if wanted is None:
            return None
        try:
            return negated(property_term(self._columns, wanted).missing)
        except Unlowered:
            return None

    def _all_required(self, parts: Iterable[Expr]) -> Sql | None:
        known = [sql for sql in map(self._required, parts) if sql is not None]
        return and_(*known) if known else None


def _may_be_text(operand: Operand) -> bool:
    if isinstance(operand, Term):
        return operand.kind is Kind.TEXT
    if isinstance(operand.value, str) and not storable(operand.value):
        raise Unlowered
    return isinstance(operand.value, str)


def _is_condition(expr: Expr) -> bool:
    match expr:
        case Binary(op=op):
            return op in NEGATED or op in _LOGIC or op in _TEXT_TESTS or op == "IN"
        case Unary(op="NOT") | IsNull() | HasLabel() | Call(name="exists"):
            return True
    return False


def _beyond(prefix: str) -> str | None:
    """Give the least text after every text with this prefix; None when there is none."""
    kept = prefix.rstrip("\U0010ffff")
    if not kept:
        return None
    following = ord(kept[-1]) + 1
    return kept[:-1] + chr(0xE000 if following == 0xD800 else following)
