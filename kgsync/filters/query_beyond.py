"""What full openCypher has beyond one pattern, refused by name: clauses, longer patterns, patterns in conditions."""

from __future__ import annotations

import re

from kgsync.filters.expected import PATTERN_FORM, SUBQUERY_FORM

_WRITES = "queries only read; change the graph by graph/applyEdits"
_ONE = "a query is one MATCH, one WHERE and one RETURN"
WORDS = {
    **dict.fromkeys(("CREATE", "MERGE", "SET", "DELETE", "DETACH", "REMOVE", "FOREACH", "LOAD"), _WRITES),
    "OPTIONAL": "OPTIONAL MATCH is not supported",
    "MATCH": f"{_ONE}; a second MATCH is not supported",
    "RETURN": f"{_ONE}; a second RETURN is not supported",
    "WITH": f"WITH is not supported: {_ONE}",
    "UNWIND": f"UNWIND is not supported: {_ONE}",
    "UNION": "UNION is not supported; send the queries one by one",
    "CALL": "procedures and subqueries (CALL) are not supported",
    "YIELD": "procedures (CALL … YIELD) are not supported",
    "USE": "USE is not supported; each service is one graph",
}
_LONGER = "one node, or two nodes and the relationship between them, can be matched; longer patterns are not supported"
_AFTER_PATTERN = {
    ",": "several patterns are not supported; a query matches one",
    "*": "paths of variable length are not supported",
    "-": _LONGER,
    "<": _LONGER,
}
_INSIDE = {
    PATTERN_FORM: "a pattern inside an expression is not supported; a query has one pattern, after MATCH",
    SUBQUERY_FORM: "subqueries are not supported",
}
_BRACKET = re.compile(r"(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<end>\b(?ai:where|return)\b)")
_WORD = re.compile(r"\w+|\S")
_NAMED_PATH = re.compile(r"\w+\s*=")


def pattern_end(bare: str) -> int:
    """Find where the pattern ends: at the first WHERE or RETURN outside brackets."""
    depth = 0
    for found in _BRACKET.finditer(bare):
        if found.lastgroup == "end":
            if depth <= 0:
                return found.start()
        else:
            depth += 1 if found.lastgroup == "open" else -1
    return len(bare)


def refused_inside(bare: str) -> tuple[int, int, str] | None:
    """Find a pattern or subquery where only an expression can be: start, stop and why not."""
    start = pattern_end(bare)
    for form, reason in _INSIDE.items():
        found = form.search(bare, start)
        if found is not None:
            return found.start(), found.end(), reason
    return None


def beyond(bare: str, at: int) -> str | None:
    """Say which part of full openCypher stands at a place that could not be read."""
    found = _WORD.match(bare, at)
    if found is None:
        return None
    word = found[0].upper()
    nodes = bare.count("(", 0, at)
    if at < pattern_end(bare) and nodes == bare.count(")", 0, at):
        if _NAMED_PATH.match(bare, at):
            return "named paths are not supported; name the nodes and the relationship"
        if nodes and word in _AFTER_PATTERN:
            return _AFTER_PATTERN[word]
    if word in ("MATCH", "RETURN") and not re.search(rf"\b(?ai:{word})\b", bare[:at]):
        return None  # the first one, at the wrong place
    return WORDS.get(word)
