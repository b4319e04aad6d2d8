"""What a syntax error says: the next words a parser would take, in human ones, and hints for habits of other languages."""

from __future__ import annotations

import re
from collections.abc import Iterable

from kgsync.filters.tree import Place

_VALUE = frozenset(["NAME", "PARAMETER", "INTEGER", "FLOAT", "STRING", "TRUE", "FALSE", "CASE", "QUANTIFIER"])
_OPERATORS = frozenset(
    [
        "OR",
        "XOR",
        "AND",
        "STARTS",
        "ENDS",
        "CONTAINS",
        "IN",
        "IS",
        "COMPARE",
        "REGEX",
        "PLUS",
        "STAR",
        "SLASH",
        "PERCENT",
        "CARET",
    ]
)
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
    "$END": "the end of the clause",
}


def expectation(accepted: Iterable[str]) -> str:
    """Say which tokens may come next, the vague ones grouped: `a value`, `an operator, ')'`."""
    left = set(accepted)
    words = []
    if {"INTEGER", "STRING"} <= left:
        words.append("a value")
        left -= _VALUE | {"NOT", "NULL", "LPAR", "ESCAPED"}
    if {"PLUS", "COMPARE"} <= left or {"AND", "OR"} <= left:
        words.append("an operator")
        left -= _OPERATORS | {"LPAR", "COLON"}
    words.extend(word for token, word in _WORDS.items() if token in left)
    if not words:
        return "something else"
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " or " + words[-1]


# A node pattern is a bracket that holds a name and labels at most; a relationship pattern follows it.
_NODE = r"\(\s*\w*\s*(?::[^()]*)?\)\s*"
_PATTERN = re.compile(r"\([^()\[\]]*\)\s*(?:<\s*-\s*\[|-\s*\[|-\s*-\s*>)|" + _NODE + r"<?\s*-\s*-\s*\(")
_HINTS = (
    (re.compile(r"!="), "'not equal' is written <>"),
    (re.compile(r"&&"), "'and' is written AND"),
    (re.compile(r"\|\|"), "'or' is written OR; texts are joined with +"),
    (re.compile(r"(?i:like)\b"), "LIKE is not openCypher; use STARTS WITH, ENDS WITH or CONTAINS"),
    (re.compile(r"(?i:between)\b"), "BETWEEN is not openCypher; write a <= x <= b"),
    (
        re.compile(r"(?i:exists|count|collect|not)\s*\{"),
        "subqueries are not supported; write the condition on n itself",
    ),
    (re.compile(r";"), "a clause is one condition; nothing may follow it"),
    (re.compile(r"['\"]"), "a text is not closed"),
    (re.compile(r"`"), "an escaped name is not closed"),
    (re.compile(r"/\*"), "a comment is not closed"),
    (re.compile(r"\$"), "a parameter is written $name"),
)


def hint(text: str, place: Place) -> str | None:
    """Say what a well-known mistake at this place should have been, None when it is not one."""
    return next((reason for pattern, reason in _HINTS if pattern.match(text, place.start)), None)
