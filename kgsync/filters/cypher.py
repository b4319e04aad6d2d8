"""Parse openCypher expressions into the tree of a where-clause.

The grammar is cypher.lark, read by an LALR parser with a lexer that knows which words can come next; both run
in time linear in the text and without recursion. Limits are checked before anything is built from the text.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from lark import Lark, Token, UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from kgsync.errors import TooLarge
from kgsync.filters.building import Builder, Refused, token_place
from kgsync.filters.expected import expectation, hint
from kgsync.filters.literals import MAX_INTEGER
from kgsync.filters.refusals import past_limit, place_at, refusal
from kgsync.filters.tree import Expr, Literal, Place, children

# A clause written by people has a few hundred characters, one with a list of ids some thousands.
MAX_TEXT_BYTES = 64 * 1024
# Meaning and SQL are built by recursion: three Python frames a level stay far from the limit of 1,000.
MAX_DEPTH = 100
# A clause is turned into SQL at every synchronize; 5,000 nodes are 1,000 alternatives of n.a = 1.
MAX_NODES = 5_000


def parse(text: str) -> Expr:
    """Parse a where-clause. Raises MalformedInput naming line, column and slice; TooLarge past a limit."""
    return parse_as("expression", text)


def parse_as(start: str, text: str) -> Expr:
    """Parse a text from one of the grammar's start symbols, within the limits of a clause."""
    check_text(text)
    try:
        found = _parser(start).parse(text)
    except Refused as error:
        raise refusal(text, error.place, error.reason) from None
    except UnexpectedInput as error:
        raise _syntax_error(text, error) from None
    check_size(text, found)
    return found


@cache
def _parser(start: str) -> Lark[Expr]:
    grammar = files("kgsync.filters").joinpath("cypher.lark").read_text(encoding="utf-8")
    return Lark(
        grammar, start=start, parser="lalr", lexer="contextual", transformer=Builder(), maybe_placeholders=False
    )


# ---- before parsing -------------------------------------------------------------------------------

_UNFIT = re.compile("[\0\ud800-\udfff]")
# Texts, escaped names and comments are passed over; prefix operators count while only space parts them.
_SHAPE = re.compile(
    r"""'[^'\\]*(?:\\(?s:.)[^'\\]*)*'|"[^"\\]*(?:\\(?s:.)[^"\\]*)*"|`[^`]*`|//[^\r\n]*|/\*[^*]*\*+(?:[^*/][^*]*\*+)*/"""
    r"""|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<prefix>[-+]|\b(?ai:not)\b)|\s+|\w+|[^\w\s]"""
)


def check_text(text: str) -> None:
    """Refuse a text past the limits of length and nesting, or with characters no clause can have."""
    if len(text) > MAX_TEXT_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_TEXT_BYTES:
        raise TooLarge(f"a clause is limited to {MAX_TEXT_BYTES} bytes", place="line 1, column 1")
    unfit = _UNFIT.search(text)
    if unfit is not None:
        named = "U+0000" if unfit[0] == "\0" else "half of a surrogate pair"
        raise refusal(text, place_at(text, unfit.start()), f"the clause has {named}")
    brackets = run = 0
    for found in _SHAPE.finditer(text):
        kind = found.lastgroup
        if kind is None:
            run = run if found[0].isspace() or found[0][:2] in ("//", "/*") else 0
            continue
        brackets += (kind == "open") - (kind == "close")
        run = run + 1 if kind == "prefix" else 0
        if brackets + run > MAX_DEPTH:
            raise past_limit(
                text, place_at(text, found.start()), f"the clause is nested more than {MAX_DEPTH} levels deep"
            )


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


def _syntax_error(text: str, error: UnexpectedInput) -> Exception:
    if isinstance(error, UnexpectedToken):
        token = error.token
        place = place_at(text, len(text)) if token.type == "$END" else token_place(token)
        accepted = error.accepts or error.expected
        found = "the end of the clause" if token.type == "$END" else _shown(token)
    else:
        assert isinstance(error, UnexpectedCharacters)
        place = place_at(text, error.pos_in_stream or 0)
        accepted = error.allowed or set()
        found = repr(text[place.start : place.stop])
    special = hint(text, place)
    return refusal(text, place, special or f"{expectation(accepted)} was expected, {found} was found")


def _shown(token: Token) -> str:
    body = str(token)
    return repr(body if len(body) <= 40 else body[:40] + "…")


__all__ = ["MAX_DEPTH", "MAX_NODES", "MAX_TEXT_BYTES", "Place", "check_size", "check_text", "parse", "parse_as"]
