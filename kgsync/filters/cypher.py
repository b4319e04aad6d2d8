"""Parse openCypher expressions into the tree of a where-clause; queries are parsed by the same grammar (query.py).

The grammar is cypher.lark, read by an LALR parser with a lexer that knows which words can come next; both run
in time linear in the text and without recursion. Limits are checked before anything is built from the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple, cast

from lark import Lark, Token, UnexpectedInput, UnexpectedToken

from kgsync.errors import TooLarge
from kgsync.filters.building import Builder, refuse_clause, refuse_reserved, token_place
from kgsync.filters.expected import expectation, hint, refused_form
from kgsync.filters.literals import MAX_INTEGER
from kgsync.filters.refusals import Refused, past_limit, place_at, refusal
from kgsync.filters.tree import Expr, Literal, Place, children

# A clause written by people has a few hundred characters, one with a list of ids some thousands.
MAX_TEXT_BYTES = 64 * 1024
# Meaning and SQL are built by recursion: three Python frames a level stay far from the limit of 1,000.
MAX_DEPTH = 100
# A clause is turned into SQL at every synchronize; 5,000 nodes are 1,000 alternatives of n.a = 1.
MAX_NODES = 5_000
# No part takes more than five words and signs, brackets apart: what has more need not be parsed.
MAX_TOKENS = 5 * MAX_NODES


# Every call of a replica reads its clauses anew. What is longer than people write is parsed each time: so the
# trees kept stay small.
_KEPT_PARSES, _KEPT_LENGTH = 256, 1_000


def parse(text: str) -> Expr:
    """Parse a where-clause. Raises MalformedInput naming line, column and slice; TooLarge past a limit."""
    return _parse_kept(text) if len(text) <= _KEPT_LENGTH else _parse(text)


@lru_cache(_KEPT_PARSES)
def _parse_kept(text: str) -> Expr:
    return _parse(text)


def _parse(text: str) -> Expr:
    form = refused_form(check_text(text))
    if form is not None:
        start, stop, reason = form
        raise refusal(text, place_at(text, start, stop), reason)
    # With a builder inside the parser, what comes out is what the start symbol built.
    found = cast(Expr, parse_as(CLAUSE, text))
    check_size(text, found)
    return found


class Dialect(NamedTuple):
    """One start symbol of the grammar: what its texts are called, what builds their trees.

    `refuse` raises Refused for a keyword where a name or value should begin, `refuse_next` for one that stands
    where nothing like it can.
    """

    start: str
    noun: str
    builder: type[Builder]
    refuse: Callable[[Token], None]
    refuse_next: Callable[[Token], None]


CLAUSE = Dialect("expression", "clause", Builder, refuse_reserved, refuse_clause)


def parse_as(dialect: Dialect, text: str, known: Callable[[int], str | None] = lambda at: None) -> object:
    """Parse a text that `check_text` has passed. Raises MalformedInput.

    `known` says what is wrong at an offset that could not be read, where it is something known. The size of
    every expression in what was built is for the caller to check.
    """
    try:
        return _parser(dialect).parse(text)
    except Refused as error:
        raise refusal(text, error.place, error.reason) from None
    except UnexpectedInput as error:
        raise _syntax_error(text, error, dialect, known) from None


@cache
def _parser(dialect: Dialect) -> Lark:
    grammar = files("kgsync.filters").joinpath("cypher.lark").read_text(encoding="utf-8")
    return Lark(
        grammar,
        start=dialect.start,
        parser="lalr",
        lexer="contextual",
        transformer=dialect.builder(),
        maybe_placeholders=False,
    )


# ---- before parsing -------------------------------------------------------------------------------

_UNFIT = re.compile("[\0\ud800-\udfff]")
# Prefix operators count while only gaps part them. What is not closed would be tried again at every quote.
_SHAPE = re.compile(
    r"""(?P<passed>'[^'\\]*(?:\\(?s:.)[^'\\]*)*'|"[^"\\]*(?:\\(?s:.)[^"\\]*)*"|`[^`]*`)"""
    r"""|(?P<gap>//[^\r\n]*|/\*[^*]*\*+(?:[^*/][^*]*\*+)*/|\s+)|(?P<unclosed>['"`]|/\*)"""
    r"""|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<prefix>[-+]|\b(?ai:not)\b)|\w+|[^\w\s]"""
)
_UNCLOSED = {"'": "a text", '"': "a text", "`": "an escaped name", "/*": "a comment"}


def check_text(text: str) -> str:
    """Refuse a text past the limits of length and nesting, with what is not closed, or with characters no text has.

    Gives the text with the inside of texts, escaped names and comments blanked out, place for place.
    """
    if len(text) > MAX_TEXT_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_TEXT_BYTES:
        raise TooLarge(f"a clause is limited to {MAX_TEXT_BYTES} bytes", place="line 1, column 1")
    unfit = _UNFIT.search(text)
    if unfit is not None:
        named = "U+0000" if unfit[0] == "\0" else "half of a surrogate pair"
        raise refusal(text, place_at(text, unfit.start()), f"the clause has {named}")
    return _bare(text)


def _bare(text: str) -> str:
    bare = []
    brackets = run = tokens = 0
    for found in _SHAPE.finditer(text):
        kind, token = found.lastgroup, found[0]
        if kind == "unclosed":
            raise refusal(text, place_at(text, found.start()), f"{_UNCLOSED[token]} is not closed")
        bare.append(" " * len(token) if kind in ("passed", "gap") else token)
        brackets += (kind == "open") - (kind == "close")
        if kind == "prefix":
            run += 1
        elif kind != "gap":
            run = 0
        tokens += kind not in ("gap", "open", "close")
        if brackets + run > MAX_DEPTH:
            reason = f"the clause is nested more than {MAX_DEPTH} levels deep"
            raise past_limit(text, place_at(text, found.start()), reason)
    if tokens > MAX_TOKENS:
        raise past_limit(text, place_at(text, 0), f"the clause has more than {MAX_TOKENS} words and signs")
    return "".join(bare)


# ---- after parsing --------------------------------------------------------------------------------


def check_size(text: str, expr: Expr) -> None:
    """Refuse a tree past the limits of depth and nodes, and the one integer only a minus makes fit."""
    stack = [(expr, 1)]
    count = 0
    while stack:
        node, depth = stack.pop()
        count += 1
        if count > MAX_NODES:
            raise past_limit(text, expr.place, f"the clause has more than {MAX_NODES} parts")
        if depth > MAX_DEPTH:
            raise past_limit(text, node.place, f"the clause is nested more than {MAX_DEPTH} levels deep")
        if isinstance(node, Literal) and type(node.value) is int and node.value > MAX_INTEGER:
            raise refusal(text, node.place, "the number does not fit 64 bits")
        stack.extend((child, depth + 1) for child in children(node))


def _syntax_error(text: str, error: UnexpectedInput, dialect: Dialect, known: Callable[[int], str | None]) -> Exception:
    found = error.token if isinstance(error, UnexpectedToken) else None
    start = error.pos_in_stream or 0
    place = place_at(text, start) if found is None else token_place(found)
    ended = found is not None and found.type == "$END"
    if ended:
        place, shown = place_at(text, len(text)), f"the end of the {dialect.noun}"
    else:
        shown = repr(text[place.start : min(place.stop, place.start + 40)])
    reason = None if ended else known(place.start)
    if reason is not None:
        return refusal(text, place, reason)
    try:
        # A keyword where a value begins was read as a name, and only what follows it did not fit.
        for before in (getattr(error, "token_history", None) or [])[-1:]:
            if before is not None and before.type == "NAME":
                dialect.refuse(before)
        if found is not None:
            dialect.refuse_next(found)
    except Refused as reserved:
        return refusal(text, reserved.place, reserved.reason)
    if isinstance(error, UnexpectedToken):
        accepted = error.accepts or error.expected
    else:
        accepted = getattr(error, "allowed", None) or set()
    wanted = expectation(accepted, dialect.noun)
    return refusal(text, place, hint(text, place) or f"{wanted} was expected, {shown} was found")


__all__ = [
    "CLAUSE",
    "MAX_DEPTH",
    "MAX_NODES",
    "MAX_TEXT_BYTES",
    "Dialect",
    "Place",
    "check_size",
    "check_text",
    "parse",
    "parse_as",
]
