"""Random trees as parsing makes them: chains of AND, OR and XOR balanced, minus signs part of their numbers."""

from __future__ import annotations

from hypothesis import strategies as st

from kgsync.filters.building import balanced, operands
from kgsync.filters.signatures import FUNCTIONS
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

Trees = st.SearchStrategy[Expr]

_ODD = ("p q", "and", "END", "a`b", "ñandú", "नाम", "1st", "in", "n", "x", "count", "all", "{", "é'\"\\")
NAMES = st.sampled_from(_ODD) | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)
_TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
_NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
_LITERALS = st.builds(Literal, st.none() | st.booleans() | _NUMBERS | _TEXTS)
LEAVES: Trees = _LITERALS | st.builds(Variable, NAMES) | st.builds(Parameter, NAMES)

_LOGIC = ("AND", "OR", "XOR")
_INFIX = ("=", "<>", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "^", "STARTS WITH", "ENDS WITH", "CONTAINS", "IN")


def _chain(op: str, items: list[Expr]) -> Expr:
    return balanced(op, [part for item in items for part in operands(op, item)])


def _signed(op: str, operand: Expr) -> Expr:
    number = operand.value if isinstance(operand, Literal) else None
    if op == "-" and isinstance(number, int | float) and not isinstance(number, bool) and str(number)[0] != "-":
        return Unary(op, Variable("n"))
    return Unary(op, operand)


def _forms(inner: Trees) -> Trees:
    pair = st.tuples(inner, inner)
    entries = st.dictionaries(NAMES, inner, max_size=3).map(lambda found: MapOf(tuple(found.items())))
    return st.one_of(
        st.builds(_chain, st.sampled_from(_LOGIC), st.lists(inner, min_size=2, max_size=4)),
        st.builds(Binary, st.sampled_from(_INFIX), inner, inner),
        st.builds(_signed, st.sampled_from(("NOT", "-", "+")), inner),
        st.builds(IsNull, inner, st.booleans()),
        st.builds(Member, inner, NAMES),
        st.builds(Index, inner, inner),
        st.builds(Slice, inner, st.none() | inner, st.none() | inner),
        st.builds(HasLabel, inner, st.lists(NAMES, min_size=1, max_size=2).map(tuple)),
        st.lists(inner, max_size=3).map(lambda items: ListOf(tuple(items))),
        entries,
        st.builds(Call, st.sampled_from(sorted(FUNCTIONS)), st.lists(inner, max_size=3).map(tuple)),
        st.builds(Case, st.none() | inner, st.lists(pair, min_size=1, max_size=2).map(tuple), st.none() | inner),
        st.builds(Quantified, st.sampled_from(("all", "any", "none", "single")), NAMES, inner, inner),
        st.builds(Comprehension, NAMES, inner, st.none() | inner, st.none() | inner),
    )


def trees() -> Trees:
    """Draw any tree the grammar can say, meaningful or not."""
    return st.recursive(LEAVES, _forms, max_leaves=12)
