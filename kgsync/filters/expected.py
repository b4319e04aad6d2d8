"""What a syntax error says: what could have come next, in human words, and hints for habits of other languages."""

from __future__ import annotations

import re
from collections.abc import Iterable

from kgsync.filters.tree import Place

_VALUES = "NAME PARAMETER INTEGER FLOAT STRING TRUE FALSE CASE QUANTIFIER ESCAPED NOT NULL LPAR LSQB LBRACE"
_VALUE = frozenset(_VALUES.split(" ")) | {"PLUS", "MINUS"}
_SIGNS = "OR XOR AND STARTS ENDS CONTAINS IN IS COMPARE REGEX PLUS MINUS STAR SLASH PERCENT CARET DOT COLON LPAR LSQB"
_OPERATORS = frozenset(_SIGNS.split(" "))
_WORDS = {
    "RPAR": "')'",
    "RSQB": "']'",
    "RBRACE": "'}'",
    "LPAR": "'('",
    "COMMA": "','",
    "COLON": "':'",
    "BAR": "'|'",
    "DOTDOT": "'..'",
    "WHERE": "WHERE",
    "WITH": "WITH",
    "WHEN": "WHEN",
    "THEN": "THEN",
    "ELSE": "ELSE",
    "END": "END",
    "NULL": "NULL",
    "NOT": "NOT",
    "NAME": "a name",
    "MATCH": "MATCH",
    "RETURN": "RETURN",
    "AS": "AS",
    "ORDER": "ORDER BY",
    "BY": "BY",
    "SKIP": "SKIP",
    "LIMIT": "LIMIT",
    "LESS": "'<'",
    "MORE": "'>'",
    "MINUS": "'-'",
    "LSQB": "'['",
    "LBRACE": "'{'",
}


def expectation(accepted: Iterable[str], noun: str = "clause") -> str:
    """Say which tokens may come next, the vague ones grouped: `a value`, `an operator, ')'`."""
    # The parser may already have taken the text so far for the whole.
    left = set(accepted) or {"COMPARE", "$END"}
    words = []
    if {"INTEGER", "STRING"} <= left:
        words.append("a value")
        left -= _VALUE
    if "COMPARE" in left:
        words.append("an operator")
        left -= _OPERATORS
    words.extend(word for token, word in _WORDS.items() if token in left)
    if "$END" in left:
        words.append(f"the end of the {noun}")
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " or " + words[-1]


_HINTS = (
    (re.compile(r"!="), "'not equal' is written <>"),
    (re.compile(r"&&"), "'and' is written AND"),
    (re.compile(r"\|\|"), "'or' is written OR; texts are joined with +"),
    (re.compile(r"(?i:like)\b"), "LIKE is not openCypher; use STARTS WITH, ENDS WITH or CONTAINS"),
    (re.compile(r"(?i:between)\b"), "BETWEEN is not openCypher; write a <= x <= b"),
    (re.compile(r"(?i:not\s+(?:in|contains|starts|ends))\b"), "NOT stands before the whole test: NOT n.a IN [1, 2]"),
    (re.compile(r";"), "a clause is one condition; nothing may follow it"),
    (re.compile(r"\$"), "a parameter is written $name"),
)


def hint(text: str, place: Place) -> str | None:
    """Say what a well-known mistake at this place should have been, None when it is not one."""
    return next((reason for pattern, reason in _HINTS if pattern.match(text, place.start)), None)


# An arrow with a bracket leads from one node to another; without one, a node holds a name and labels at most.
_NODE = r"(?<!\w)\(\s*(?:\w+\s*)?(?::[^()]*)?\)\s*"
_ARROW = r"\)\s*(?:<\s*)?-\s*\[[^\[\]]*\]\s*-\s*(?:>\s*)?\("
PATTERN_FORM = re.compile(_ARROW + r"|\)\s*-->|" + _NODE + r"<?--\s*\(")
SUBQUERY_FORM = re.compile(r"(?i:\b(?:exists|count|collect))\s*\{")
_REFUSED = (
    (
        PATTERN_FORM,
        "patterns are not supported; write the condition on n, or on startNode(n) and endNode(n) of a relationship",
    ),
    (
        SUBQUERY_FORM,
        "subqueries are not supported; write the condition on n itself",
    ),
)


def refused_form(bare: str) -> tuple[int, int, str] | None:
    """Find a form of full openCypher that a clause cannot have: start, stop and what to do instead.

    `bare` is the text with the inside of texts, names and comments blanked out. Some patterns would also
    read as arithmetic: `(a)<--(b)`.
    """
    for pattern, reason in _REFUSED:
        found = pattern.search(bare)
        if found is not None:
            return found.start(), found.end(), reason
    return None
