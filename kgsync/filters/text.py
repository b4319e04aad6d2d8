"""Write a tree back as openCypher with normal spacing and no needless brackets: what `explain` shows.

Reading the text again gives the same tree, for trees that parsing made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kgsync.filters.building import CLAUSE_WORDS, OPERATOR_WORDS, operands
from kgsync.filters.literals import write_name, write_text
from kgsync.filters.signatures import SPELLINGS
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
    Quantified,
    Slice,
    Unary,
    Variable,
)
from kgsync.model.values import (
    DateOnly,
    DateTime,
    Duration,
    TimeOnly,
    TimestampOffset,
    Value,
    format_date_only,
    format_date_time,
    format_duration,
    format_time_only,
    format_timestamp_offset,
)

RESERVED = OPERATOR_WORDS | CLAUSE_WORDS

# How tightly a form binds; the grammar's rules from the loosest.
_OR, _XOR, _AND, _NOT, _COMPARISON, _PREDICATE, _SUM, _PRODUCT, _POWER, _SIGNED, _LABELLED, _POSTFIX = range(12)
_LOGIC = {"OR": _OR, "XOR": _XOR, "AND": _AND}
_LEFTWARDS = {"+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT, "%": _PRODUCT, "^": _POWER}
_TESTS = frozenset(("STARTS WITH", "ENDS WITH", "CONTAINS", "IN"))


def unparse(expr: Expr) -> str:
    """Write an expression on one line."""
    return _form(expr)[1]


def _within(expr: Expr, level: int) -> str:
    """Write an operand, in brackets if it binds more loosely than `level`."""
    own, text = _form(expr)
    return text if own >= level else f"({text})"


def _form(expr: Expr) -> tuple[int, str]:
    return _FORMS[type(expr)](expr)


def _literal(expr: Literal) -> tuple[int, str]:
    value = expr.value
    text = _value(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        # 5.x would read as a number and a name.
        return (_SIGNED if text[0] == "-" else _LABELLED), text
    return _POSTFIX, text


def _value(value: Value) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, tuple):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    maker = _MAKERS.get(type(value))
    if maker is not None:
        return maker(value)
    return write_text(str(value))


_MAKERS: Mapping[type, Callable[..., str]] = {
    DateTime: lambda v: f"localdatetime({write_text(format_date_time(v).removesuffix('Z'))})",
    DateOnly: lambda v: f"date({write_text(format_date_only(v))})",
    TimeOnly: lambda v: f"localtime({write_text(format_time_only(v))})",
    TimestampOffset: lambda v: f"datetime({write_text(format_timestamp_offset(v))})",
    Duration: lambda v: f"duration({write_text(format_duration(v))})",
}


def _list(expr: ListOf) -> tuple[int, str]:
    items = ", ".join(_form(item)[1] for item in expr.items)
    if len(expr.items) == 1 and _reads_as_binding(expr.items[0]):
        items = f"({items})"
    return _POSTFIX, f"[{items}]"


def _reads_as_binding(expr: Expr) -> bool:
    return isinstance(expr, Binary) and expr.op == "IN" and isinstance(expr.left, Variable)


def _map(expr: MapOf) -> tuple[int, str]:
    return _POSTFIX, "{" + ", ".join(f"{write_name(key)}: {_form(value)[1]}" for key, value in expr.items) + "}"


def _parameter(expr: Parameter) -> tuple[int, str]:
    return _POSTFIX, "$" + (expr.name if expr.name.isdecimal() and expr.name.isascii() else write_name(expr.name))


def _variable(expr: Variable) -> tuple[int, str]:
    return _POSTFIX, write_name(expr.name, RESERVED)


def _member(expr: Member) -> tuple[int, str]:
    return _POSTFIX, f"{_within(expr.of, _POSTFIX)}.{write_name(expr.name)}"


def _index(expr: Index) -> tuple[int, str]:
    return _POSTFIX, f"{_within(expr.of, _POSTFIX)}[{_form(expr.at)[1]}]"


def _slice(expr: Slice) -> tuple[int, str]:
    start, stop = ("" if end is None else _form(end)[1] for end in (expr.start, expr.stop))
    return _POSTFIX, f"{_within(expr.of, _POSTFIX)}[{start}..{stop}]"


def _has_label(expr: HasLabel) -> tuple[int, str]:
    return _LABELLED, _within(expr.of, _POSTFIX) + "".join(f":{write_name(label)}" for label in expr.labels)


def _unary(expr: Unary) -> tuple[int, str]:
    if expr.op == "NOT":
        return _NOT, f"NOT {_within(expr.operand, _NOT)}"
    operand = _within(expr.operand, _SIGNED)
    # Two signs side by side, and a list after a minus, would begin an arrow.
    operand = f"({operand})" if operand[0] == "[" else operand
    return _SIGNED, f"{expr.op}{' ' if operand[0] in '+-' else ''}{operand}"


def _is_null(expr: IsNull) -> tuple[int, str]:
    return _PREDICATE, f"{_within(expr.operand, _PREDICATE)} IS {'NOT ' if expr.negated else ''}NULL"


def _binary(expr: Binary) -> tuple[int, str]:
    op = expr.op
    if op in _LOGIC:
        level = _LOGIC[op]
        return level, f" {op} ".join(_within(item, level + 1) for item in operands(op, expr))
    if op in _LEFTWARDS:
        level, right = _LEFTWARDS[op], _within(expr.right, _LEFTWARDS[op] + 1)
        right = f"({right})" if op == "-" and right[0] == "[" else right
        return level, f"{_within(expr.left, level)} {op} {right}"
    if op in _TESTS:
        return _PREDICATE, f"{_within(expr.left, _PREDICATE)} {op} {_within(expr.right, _SUM)}"
    return _COMPARISON, f"{_within(expr.left, _PREDICATE)} {op} {_within(expr.right, _PREDICATE)}"


def _call(expr: Call) -> tuple[int, str]:
    name = SPELLINGS.get(expr.name, expr.name)
    if expr.name == "count" and not expr.arguments:
        return _POSTFIX, "count(*)"
    arguments = ", ".join(_form(argument)[1] for argument in expr.arguments)
    return _POSTFIX, f"{name}({'DISTINCT ' if expr.distinct else ''}{arguments})"


def _case(expr: Case) -> tuple[int, str]:
    parts = ["CASE"]
    if expr.subject is not None:
        parts.append(_form(expr.subject)[1])
    for when, then in expr.branches:
        parts += ["WHEN", _form(when)[1], "THEN", _form(then)[1]]
    if expr.otherwise is not None:
        parts += ["ELSE", _form(expr.otherwise)[1]]
    return _POSTFIX, " ".join((*parts, "END"))


def _bound(variable: str, source: Expr, condition: Expr | None) -> str:
    where = "" if condition is None else f" WHERE {_form(condition)[1]}"
    return f"{write_name(variable, RESERVED)} IN {_within(source, _SUM)}{where}"


def _quantified(expr: Quantified) -> tuple[int, str]:
    return _POSTFIX, f"{expr.kind}({_bound(expr.variable, expr.source, expr.condition)})"


def _comprehension(expr: Comprehension) -> tuple[int, str]:
    result = "" if expr.result is None else f" | {_form(expr.result)[1]}"
    return _POSTFIX, f"[{_bound(expr.variable, expr.source, expr.condition)}{result}]"


_FORMS: Mapping[type, Callable[..., tuple[int, str]]] = {
    Literal: _literal,
    ListOf: _list,
    MapOf: _map,
    Parameter: _parameter,
    Variable: _variable,
    Member: _member,
    Index: _index,
    Slice: _slice,
    HasLabel: _has_label,
    Unary: _unary,
    IsNull: _is_null,
    Binary: _binary,
    Call: _call,
    Case: _case,
    Quantified: _quantified,
    Comprehension: _comprehension,
}
