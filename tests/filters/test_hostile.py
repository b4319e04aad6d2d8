"""Hostile clauses: refused in a moment with one of our errors, whatever the text is made of."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgsync.errors import KgsyncError, MalformedInput, TooLarge
from kgsync.filters.cypher import MAX_DEPTH, MAX_NODES, MAX_TEXT_BYTES, parse
from kgsync.filters.text import unparse
from kgsync.filters.tree import Expr
from tests.filters.models import PERSON, bound
from tests.filters.trees import trees

PURE = settings.get_profile("pure")
# A clause within the limits takes a tenth of this on one core; the rest is for busy machines.
SOON = 5.0

TOO_LARGE = {
    "a megabyte": "x" * 1_000_000,
    "a megabyte of text": "n.name = '" + "x" * 1_000_000 + "'",
    "a byte past the limit": "n.name = '" + "x" * (MAX_TEXT_BYTES - 10) + "'",
    "bytes, not characters": "n.name = '" + "漢" * (MAX_TEXT_BYTES // 3) + "'",
    "round brackets 10,000 deep": "(" * 10_000 + "1" + ")" * 10_000,
    "square brackets 10,000 deep": "[" * 10_000 + "]" * 10_000,
    "maps 10,000 deep": "{a:" * 10_000 + "1" + "}" * 10_000,
    "calls 10,000 deep": "abs(" * 10_000 + "1" + ")" * 10_000,
    "brackets never closed": "(" * 60_000,
    "thousands of NOT": "NOT " * 15_000 + "true",
    "thousands of minus signs": "n.age = " + "-" * 60_000 + "1",
    "thousands of spaced signs": "n.age = " + "- + " * 15_000 + "1",
    "signs between comments": "-/**/" * 10_000 + "1",
    "NOT in brackets": "NOT (" * 5_000 + "true" + ")" * 5_000,
    "a sum of thousands": "+".join(["1"] * 3_000) + " = 1",
    "CASE in CASE": "CASE WHEN " * 1_000 + "true" + " THEN true END" * 1_000,
    "a member of a member": "n" + ".a" * 1_000 + " = 1",
    "an element of an element": "n.nick" + "[0]" * 1_000 + " = 1",
    "more parts than allowed": "n.age IN [" + ",".join(["1"] * MAX_NODES) + "]",
    "more words than allowed": "a " * 30_000,
    "doubled by chaining": "1 < (" * 40 + "2" + ") < 3" * 40,
}


@pytest.mark.parametrize("name", TOO_LARGE)
def test_a_clause_past_a_limit_names_it_at_once(name: str) -> None:
    start = time.monotonic()

    with pytest.raises(TooLarge, match=r"limited to|more than"):
        parse(TOO_LARGE[name])
    assert time.monotonic() - start < SOON


MALFORMED = {
    "U+0000": "n.name = 'a\0b'",
    "U+0000 alone": "\0",
    "a lone surrogate": "n.name = '\ud800'",
    "a lone surrogate outside": "n.\udfff = 1",
    "an injection": "n.name = ''; DROP TABLE object; --'",
    "a doubled quote": "n.name = 'x'' OR 1=1 --'",
    "a union": "n.name = 'x' UNION SELECT * FROM user",
    "another clause": "true RETURN n UNION MATCH (m) RETURN m",
    "a writing clause": "true SET n.name = 'x'",
    "a call of a procedure": "true CALL dbms.security.listUsers()",
    "a comment that hides the rest": "n.name = 'x' /* OR true",
    "quotes never closed": "'" + "\\'" * 30_000,
    "two kinds of quotes": "\"'" * 20_000,
    "backquotes": "`" * 65_535,
    "comments never closed": "/*" * 32_000,
    "comments and stars": "/*" + "*" * 60_000,
    "brackets and blanks": "(" + " " * 60_000 + "x",
    "closed brackets and blanks": "()" + " " * 60_000 + "-",
    "arrows": "()-[" * 90 + " " * 10_000,
    "blanks": " " * 60_000,
    "slashes in a comment": "//" + "/" * 60_000,
    "digits": "n.age = " + "9" * 60_000,
    "hexadecimal digits": "n.age = 0x" + "f" * 60_000,
    "an exponent": "n.age = 1e" + "9" * 60_000,
    "zeros": "n.age = " + "0" * 60_000,
    "a right-to-left override": "n.name = \u202e 'x'",
    "a byte order mark": "\ufeffn.age = 1",
    "CASE alone": "CASE " * 10_000,
    "commas": "[" + "," * 20_000 + "]",
    "dots": "n" + "." * 20_000,
}


@pytest.mark.parametrize("name", MALFORMED)
def test_hostile_text_is_malformed_with_a_place_and_soon(name: str) -> None:
    start = time.monotonic()

    with pytest.raises(MalformedInput) as caught:
        bound(MALFORMED[name])
    assert time.monotonic() - start < SOON
    assert caught.value.place is not None
    assert caught.value.place.startswith("line ")
    assert len(caught.value.message) <= 1_000


INNOCENT = {
    "injected text is text": r"n.name = '\'; DROP TABLE object; --'",
    "a pattern in a text": "n.name = '(a)-[:R]->(b)'",
    "a keyword in a text": "n.name = 'MATCH (n) DELETE n'",
    "a percent sign in a text": "n.name = '%_\\\\'",
    "a long text": "n.name = '" + "x" * (MAX_TEXT_BYTES - 20) + "'",
    "brackets in a text": "n.name = '" + "(" * 10_000 + "'",
    "brackets in a comment": "true /*" + "(" * 10_000 + "*/",
    "quotes in a comment": "true // it's \"\n",
    "as deep as allowed": "(" * MAX_DEPTH + "true" + ")" * MAX_DEPTH,
    "a thousand alternatives": " OR ".join(["n.age = 1"] * 1_000),
    "thousands of ids": "n.age IN [" + ",".join(["1"] * (MAX_NODES - 10)) + "]",
    "the smallest integer": "n.age > -9223372036854775808",
}


@pytest.mark.parametrize("name", INNOCENT)
def test_what_only_looks_hostile_passes(name: str) -> None:
    start = time.monotonic()

    bound(INNOCENT[name])
    assert time.monotonic() - start < SOON


_WORDS = (
    "n n.name n.age n.nick n.born n.home $p ( ) [ ] { } , . .. : | + - * / % ^ = <> < <= > >= =~ AND OR XOR NOT IN IS "
    "NULL null true STARTS ENDS WITH CONTAINS CASE WHEN THEN ELSE END any( all( [x x IN WHERE 1 -1 0.5 'a' \"b\" `n` "
    "size( toLower( date( id( n) startNode( keys( n:Person // /* */ ' ` $ \\ ; # é 漢"
)
_SOUP = st.lists(st.sampled_from(_WORDS.split(" ")), max_size=24)


def _is_total(text: str) -> None:
    try:
        bound(text, PERSON, {"p": 1})
    except KgsyncError as error:
        assert error.message


@PURE
@given(st.text(max_size=60))
def test_any_text_gives_a_filter_or_our_error(text: str) -> None:
    _is_total(text)


@PURE
@given(_SOUP, st.sampled_from([" ", ""]))
def test_any_words_of_the_language_give_a_filter_or_our_error(words: list[str], between: str) -> None:
    _is_total(between.join(words))


@PURE
@given(trees())
def test_any_tree_gives_a_filter_or_our_error(expr: Expr) -> None:
    _is_total(unparse(expr))


@PURE
@given(st.data())
def test_a_clause_gone_wrong_gives_a_filter_or_our_error(data: st.DataObject) -> None:
    text = "n.name STARTS WITH 'A' AND (n.age > 3 OR any(x IN n.nick WHERE x = $p)) AND NOT n.born.year IN [1, 2]"
    start = data.draw(st.integers(0, len(text)))
    stop = data.draw(st.integers(start, min(len(text), start + 8)))

    _is_total(text[:start] + data.draw(st.text(max_size=4)) + text[stop:])
