"""From reduced grammar rules to nodes: what the parser calls, bottom up, as it reads.

Some forms are told apart here and not by the grammar: `[x IN xs]` is a comprehension, `[(x IN xs)]` a list of
one boolean; `a.b(c)` calls the function a.b. Chains of AND, OR and XOR become balanced trees, so that a
thousand alternatives are ten levels deep; their meaning does not depend on grouping.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeAlias

from lark import Token, Transformer

from kgsync.filters.literals import Misspelt, read_float, read_integer, read_name, read_text
from kgsync.filters.refusals import Refused
from kgsync.filters.tree import (
    Binary,
    Call,
    Case,
    Comprehension,
    Expr,
    HasLabel,
    Index,
    IsNull,
    ListOf,
    Literal,
    MapOf,
    Member,
    Parameter,
    Place,
    Quantified,
    Slice,
    Unary,
    Variable,
)


class Name(NamedTuple):
    value: str
    place: Place


class Branch(NamedTuple):
    when: Expr
    then: Expr


class Entry(NamedTuple):
    key: str
    value: Expr


Part: TypeAlias = "Token | Expr | Name | Branch | Entry"
Parts: TypeAlias = "list[Part]"

# Words that never name a variable. Those of other clauses are here for a better message.
_OPERATORS = "AND OR XOR NOT IN STARTS ENDS CONTAINS IS NULL TRUE FALSE CASE WHEN THEN ELSE END WHERE DISTINCT"
_CLAUSES = "MATCH OPTIONAL RETURN WITH UNWIND ORDER SKIP LIMIT UNION CALL YIELD CREATE MERGE SET DELETE DETACH REMOVE"
OPERATOR_WORDS = frozenset(_OPERATORS.split(" "))
CLAUSE_WORDS = frozenset(_CLAUSES.split(" "))


def token_place(token: Token) -> Place:
    return Place(token.line or 1, token.column or 1, token.start_pos or 0, token.end_pos or 0)


def _place(part: Part) -> Place:
    if isinstance(part, Token):
        return token_place(part)
    if isinstance(part, Branch):
        return part.when.place
    if isinstance(part, Entry):
        return part.value.place
    return part.place


def _span(parts: Sequence[Part]) -> Place:
    first, last = _place(parts[0]), _place(parts[-1])
    return Place(first.line, first.column, first.start, last.stop)


def _expressions(parts: Sequence[Part]) -> tuple[Expr, ...]:
    return tuple(p for p in parts if not isinstance(p, Token | Name | Branch | Entry))


def _expression(part: Part) -> Expr:
    (found,) = _expressions((part,))
    return found


def _operands(op: str, expr: Expr, into: list[Expr]) -> None:
    if isinstance(expr, Binary) and expr.op == op:
        _operands(op, expr.left, into)
        _operands(op, expr.right, into)
    else:
        into.append(expr)


def operands(op: str, expr: Expr) -> list[Expr]:
    """List what a chain of `op` (AND, OR, XOR) combines, in the order of the text."""
    found: list[Expr] = []
    _operands(op, expr, found)
    return found


def balanced(op: str, items: Sequence[Expr]) -> Expr:
    """Combine expressions with AND, OR or XOR into a tree of logarithmic depth."""
    if len(items) == 1:
        return items[0]
    middle = len(items) // 2
    left, right = balanced(op, items[:middle]), balanced(op, items[middle:])
    return Binary(op, left, right, place=_span((left, right)))


def _logical(op: str) -> Callable[[Builder, Parts], Expr]:
    def build(self: Builder, parts: Parts) -> Expr:
        flat: list[Expr] = []
        for item in _expressions(parts):
            _operands(op, item, flat)
        return balanced(op, flat)

    return build


def _leftwards(self: Builder, parts: Parts) -> Expr:
    left = _expression(parts[0])
    for k in range(1, len(parts), 2):
        right = _expression(parts[k + 1])
        left = Binary(str(parts[k]), left, right, place=_span((left, right)))
    return left


class Builder(Transformer[Token, Expr]):
    """Make nodes from the parts of a rule; keeps no state, so that one parser serves all threads."""

    disjunction = _logical("OR")
    exclusion = _logical("XOR")
    conjunction = _logical("AND")
    sum = _leftwards
    product = _leftwards
    power = _leftwards

    # ---- operators --------------------------------------------------------------------------------

    def prefixed(self, parts: Parts) -> Expr:
        op, operand = str(parts[0]).upper(), _expression(parts[1])
        if op == "-" and isinstance(operand, Literal):
            value = operand.value
            # -5 is a number, so that the smallest integer can be written; - -5 is a minus before one.
            if isinstance(value, int | float) and not isinstance(value, bool) and math.copysign(1, value) > 0:
                return Literal(-value, place=_span(parts))
        return Unary(op, operand, place=_span(parts))

    def comparison(self, parts: Parts) -> Expr:
        links: list[Expr] = []
        for k in range(1, len(parts), 2):
            left, right = _expression(parts[k - 1]), _expression(parts[k + 1])
            links.append(Binary(str(parts[k]), left, right, place=_span((left, right))))
        return balanced("AND", links)

    def infix(self, parts: Parts) -> Expr:
        left, right = _expressions(parts)
        return Binary(str(parts[1]).upper(), left, right, place=_span(parts))

    def text_test(self, parts: Parts) -> Expr:
        left, right = _expressions(parts)
        return Binary(f"{str(parts[1]).upper()} WITH", left, right, place=_span(parts))

    def pattern_match(self, parts: Parts) -> Expr:
        raise Refused(
            _place(parts[1]), "regular expressions (=~) are not supported; use STARTS WITH, ENDS WITH or CONTAINS"
        )

    def is_null(self, parts: Parts) -> Expr:
        return IsNull(_expression(parts[0]), False, place=_span(parts))

    def is_not_null(self, parts: Parts) -> Expr:
        return IsNull(_expression(parts[0]), True, place=_span(parts))

    def has_label(self, parts: Parts) -> Expr:
        labels = tuple(p.value for p in parts if isinstance(p, Name))
        return HasLabel(_expression(parts[0]), labels, place=_span(parts))

    # ---- postfix ----------------------------------------------------------------------------------

    def member(self, parts: Parts) -> Expr:
        name = parts[2]
        assert isinstance(name, Name)
        return Member(_expression(parts[0]), name.value, place=_span(parts))

    def index(self, parts: Parts) -> Expr:
        of, at = _expressions(parts)
        return Index(of, at, place=_span(parts))

    def slice_all(self, parts: Parts) -> Expr:
        return Slice(_expression(parts[0]), None, None, place=_span(parts))

    def slice_from(self, parts: Parts) -> Expr:
        of, start = _expressions(parts)
        return Slice(of, start, None, place=_span(parts))

    def slice_to(self, parts: Parts) -> Expr:
        of, stop = _expressions(parts)
        return Slice(of, None, stop, place=_span(parts))

    def slice_both(self, parts: Parts) -> Expr:
        of, start, stop = _expressions(parts)
        return Slice(of, start, stop, place=_span(parts))

    def call(self, parts: Parts) -> Expr:
        callee, *arguments = _expressions(parts)
        name = _function_name(callee)
        if name == "count" and not arguments:
            raise Refused(_span(parts), "count needs an argument, or * for rows")
        return Call(name, tuple(arguments), place=_span(parts))

    def call_distinct(self, parts: Parts) -> Expr:
        callee, *arguments = _expressions(parts)
        return Call(_function_name(callee), tuple(arguments), True, place=_span(parts))

    def call_star(self, parts: Parts) -> Expr:
        name = _function_name(_expression(parts[0]))
        if name != "count":
            raise Refused(_place(parts[2]), f"only count takes *, {name} does not")
        return Call(name, (), place=_span(parts))

    # ---- atoms ------------------------------------------------------------------------------------

    def variable(self, parts: Parts) -> Expr:
        token = parts[0]
        assert isinstance(token, Token)
        refuse_reserved(token)
        return Variable(_read(read_name, token), place=token_place(token))

    def name(self, parts: Parts) -> Name:
        token = parts[0]
        assert isinstance(token, Token)
        return Name(_read(read_name, token), token_place(token))

    def parameter(self, parts: Parts) -> Expr:
        token = parts[0]
        assert isinstance(token, Token)
        name = str(token)[1:]
        if not name[0].isdigit() or not name.isdecimal():
            name = _read(read_name, token.update(value=name))
        return Parameter(name, place=token_place(token))

    def integer(self, parts: Parts) -> Expr:
        return _literal(read_integer, parts)

    def decimal(self, parts: Parts) -> Expr:
        return _literal(read_float, parts)

    def text(self, parts: Parts) -> Expr:
        return _literal(read_text, parts)

    def constant(self, parts: Parts) -> Expr:
        word = str(parts[0]).upper()
        return Literal({"TRUE": True, "FALSE": False, "NULL": None}[word], place=_span(parts))

    def parentheses(self, parts: Parts) -> Expr:
        inner = _expression(parts[1])
        # The wider place is how a bracketed form is told from a bare one; a name means the same in brackets.
        return inner if isinstance(inner, Variable) else replace(inner, place=_span(parts))

    def list_of(self, parts: Parts) -> Expr:
        items = _expressions(parts)
        if len(items) == 1 and _is_binding(items[0]):
            variable, source = _binding(items[0])
            return Comprehension(variable, source, None, None, place=_span(parts))
        return ListOf(items, place=_span(parts))

    def filtered(self, parts: Parts) -> Expr:
        bound, condition = _expressions(parts)
        return Comprehension(*_binding(bound), condition, None, place=_span(parts))

    def mapped(self, parts: Parts) -> Expr:
        bound, result = _expressions(parts)
        return Comprehension(*_binding(bound), None, result, place=_span(parts))

    def filtered_mapped(self, parts: Parts) -> Expr:
        bound, condition, result = _expressions(parts)
        return Comprehension(*_binding(bound), condition, result, place=_span(parts))

    def quantified(self, parts: Parts) -> Expr:
        bound, condition = _expressions(parts)
        return Quantified(str(parts[0]).lower(), *_binding(bound), condition, place=_span(parts))

    def entry(self, parts: Parts) -> Entry:
        name = parts[0]
        assert isinstance(name, Name)
        return Entry(name.value, _expression(parts[2]))

    def map_of(self, parts: Parts) -> Expr:
        entries = [p for p in parts if isinstance(p, Entry)]
        seen: set[str] = set()
        for entry in entries:
            if entry.key in seen:
                raise Refused(entry.value.place, f"the key {entry.key} occurs twice")
            seen.add(entry.key)
        return MapOf(tuple((e.key, e.value) for e in entries), place=_span(parts))

    # ---- CASE -------------------------------------------------------------------------------------

    def branch(self, parts: Parts) -> Branch:
        return Branch(*_expressions(parts))

    def case_of(self, parts: Parts) -> Expr:
        return Case(None, _branches(parts), None, place=_span(parts))

    def case_else(self, parts: Parts) -> Expr:
        return Case(None, _branches(parts), *_expressions(parts), place=_span(parts))

    def case_subject(self, parts: Parts) -> Expr:
        (subject,) = _expressions(parts)
        return Case(subject, _branches(parts), None, place=_span(parts))

    def case_subject_else(self, parts: Parts) -> Expr:
        subject, otherwise = _expressions(parts)
        return Case(subject, _branches(parts), otherwise, place=_span(parts))


def refuse_reserved(token: Token) -> None:
    """Refuse a keyword where a value should begin. Raises Refused."""
    word = str(token).upper()
    if word in OPERATOR_WORDS:
        reason = f"a value was expected, the keyword {word} was found; a name is written `{token}`"
        raise Refused(token_place(token), reason)
    refuse_clause(token)


def refuse_clause(token: Token) -> None:
    """Refuse a keyword of MATCH, RETURN and the like. Raises Refused."""
    word = str(token).upper()
    if word in CLAUSE_WORDS:
        reason = f"{word} begins another clause; write the condition alone, as it stands after WHERE"
        raise Refused(token_place(token), reason)


def _branches(parts: Parts) -> tuple[tuple[Expr, Expr], ...]:
    return tuple((p.when, p.then) for p in parts if isinstance(p, Branch))


def _read(reader: Callable[[str], str], token: Token) -> str:
    try:
        return reader(str(token))
    except Misspelt as error:
        raise Refused(token_place(token), str(error)) from None


def _literal(reader: Callable[[str], str | int | float], parts: Parts) -> Literal:
    token = parts[0]
    assert isinstance(token, Token)
    try:
        return Literal(reader(str(token)), place=token_place(token))
    except Misspelt as error:
        raise Refused(token_place(token), str(error)) from None


def _is_binding(expr: Expr) -> bool:
    """Say whether an expression reads `x IN list`, without brackets around it."""
    return (
        isinstance(expr, Binary)
        and expr.op == "IN"
        and isinstance(expr.left, Variable)
        and expr.place.start == expr.left.place.start
    )


def _binding(expr: Expr) -> tuple[str, Expr]:
    if not _is_binding(expr):
        raise Refused(expr.place, "`name IN list` was expected before WHERE or |; put brackets around a longer list")
    assert isinstance(expr, Binary)
    assert isinstance(expr.left, Variable)
    return expr.left.name, expr.right


def _function_name(callee: Expr) -> str:
    """Read `f` or `namespace.f` off what stands before the bracket, lower case."""
    parts: list[str] = []
    while isinstance(callee, Member) and callee.place.start == callee.of.place.start:
        parts.append(callee.name)
        callee = callee.of
    if not isinstance(callee, Variable):
        raise Refused(callee.place, "only a function can be called: an operator is missing before the bracket")
    return ".".join((callee.name, *reversed(parts))).lower()
