"""The expression grammar: what binds tighter, what every form becomes, where errors stand."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from kgsync.errors import MalformedInput
from kgsync.filters.cypher import parse
from kgsync.filters.text import unparse
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
from tests.filters.trees import trees

PURE = settings.get_profile("pure")

A, B, C, D = (Variable(name) for name in "abcd")
N = Variable("n")
ONE, TWO, THREE = Literal(1), Literal(2), Literal(3)


def _same(text: str, expr: Expr) -> None:
    # 1, 1.0 and true are equal in Python: what is compared is how the trees are written.
    assert repr(parse(text)) == repr(expr)


@PURE
@given(trees())
def test_a_tree_written_as_text_reads_back_the_same(expr: Expr) -> None:
    assert repr(parse(unparse(expr))) == repr(expr)


PRECEDENCE = [
    ("a OR b AND c", "a OR (b AND c)"),
    ("a OR b XOR c", "a OR (b XOR c)"),
    ("a XOR b AND c", "a XOR (b AND c)"),
    ("NOT a AND b", "(NOT a) AND b"),
    ("NOT a = b", "NOT (a = b)"),
    ("NOT a IN b", "NOT (a IN b)"),
    ("NOT NOT a IS NULL", "NOT (NOT (a IS NULL))"),
    ("a = b IS NULL", "a = (b IS NULL)"),
    ("a = b IN c", "a = (b IN c)"),
    ("a <> b STARTS WITH c", "a <> (b STARTS WITH c)"),
    ("a IN b IS NOT NULL", "(a IN b) IS NOT NULL"),
    ("a IN b + c", "a IN (b + c)"),
    ("a + b = c - d", "(a + b) = (c - d)"),
    ("a + b * c", "a + (b * c)"),
    ("a - b - c", "(a - b) - c"),
    ("a / b * c % d", "((a / b) * c) % d"),
    ("a * b ^ c", "a * (b ^ c)"),
    ("a ^ b ^ c", "(a ^ b) ^ c"),
    ("-a ^ b", "(-a) ^ b"),
    ("-2 ^ 2", "(-2) ^ 2"),
    ("a ^ -b", "a ^ (-b)"),
    ("-a * b", "(-a) * b"),
    ("-a.b", "-(a.b)"),
    ("-a[0]", "-(a[0])"),
    ("a - -b", "a - (-b)"),
    ("a.b.c", "(a.b).c"),
    ("a[0][1]", "(a[0])[1]"),
    ("a.b[0].c", "((a.b)[0]).c"),
    ("f(a).b", "(f(a)).b"),
    ("a < b AND b < c", "(a < b) AND (b < c)"),
    ("a < b < c", "(a < b) AND (b < c)"),
    ("a < b = c >= d", "(a < b) AND (b = c) AND (c >= d)"),
    ("a < b < c AND d", "(a < b) AND (b < c) AND d"),
    ("(a < b) < c", "(a < b) < c"),
    ("a AND (b AND c)", "(a AND b) AND c"),
    ("CASE a WHEN b THEN c END + d", "(CASE a WHEN b THEN c END) + d"),
    ("a:B = c", "(a:B) = c"),
    ("NOT a:B", "NOT (a:B)"),
]


@pytest.mark.parametrize(("text", "bracketed"), PRECEDENCE)
def test_what_binds_tighter(text: str, bracketed: str) -> None:
    assert repr(parse(text)) == repr(parse(bracketed))


NOT_THE_SAME = [
    ("(a OR b) AND c", "a OR b AND c"),
    ("NOT (a AND b)", "NOT a AND b"),
    ("a - (b - c)", "a - b - c"),
    ("a ^ (b ^ c)", "a ^ b ^ c"),
    ("-(a ^ b)", "-a ^ b"),
    ("(a < b) < c", "a < b < c"),
    ("(a = b) IS NULL", "a = b IS NULL"),
]


@pytest.mark.parametrize(("left", "right"), NOT_THE_SAME)
def test_brackets_change_what_binds(left: str, right: str) -> None:
    assert repr(parse(left)) != repr(parse(right))


FORMS: list[tuple[str, Expr]] = [
    ("null", Literal(None)),
    ("TrUe", Literal(True)),
    ("0", Literal(0)),
    ("0x1F", Literal(31)),
    ("0XfF", Literal(255)),
    ("0o17", Literal(15)),
    ("9223372036854775807", Literal(2**63 - 1)),
    ("-9223372036854775808", Literal(-(2**63))),
    ("- 5", Literal(-5)),
    ("- -5", Unary("-", Literal(-5))),
    ("+5", Unary("+", Literal(5))),
    ("1.5", Literal(1.5)),
    (".5", Literal(0.5)),
    ("1e3", Literal(1000.0)),
    ("1.5E-3", Literal(0.0015)),
    (r"'it\'s'", Literal("it's")),
    (r'"say \"a\"\t\n\r\\"', Literal('say "a"\t\n\r\\')),
    (r"'\u00e9\U0001F600'", Literal("é😀")),
    (r"'\ud83d\ude00'", Literal("😀")),
    ("'two\nlines'", Literal("two\nlines")),
    ("'// no /* comment'", Literal("// no /* comment")),
    ("$p", Parameter("p")),
    ("$p.x", Member(Parameter("p"), "x")),
    ("$`p q`", Parameter("p q")),
    ("$0", Parameter("0")),
    ("$end", Parameter("end")),
    ("n.type", Member(N, "type")),
    ("n.end", Member(N, "end")),
    ("n.in", Member(N, "in")),
    ("n.not", Member(N, "not")),
    ("n.AND.or", Member(Member(N, "AND"), "or")),
    ("n.`p q`", Member(N, "p q")),
    ("n.`a``b`", Member(N, "a`b")),
    ("`end`", Variable("end")),
    ("n.été", Member(N, "été")),
    ("n.नाम", Member(N, "नाम")),
    ("n['a']", Index(N, Literal("a"))),
    ("a[1..2]", Slice(A, ONE, TWO)),
    ("a[..2]", Slice(A, None, TWO)),
    ("a[1..]", Slice(A, ONE, None)),
    ("a[..]", Slice(A, None, None)),
    ("a[b.c..b.d]", Slice(A, Member(B, "c"), Member(B, "d"))),
    ("a[1...5]", Slice(A, ONE, Literal(0.5))),
    ("[]", ListOf(())),
    ("[1, 2]", ListOf((ONE, TWO))),
    ("{}", MapOf(())),
    ("{a: 1, `b c`: 2, end: 3}", MapOf((("a", ONE), ("b c", TWO), ("end", THREE)))),
    ("n:A", HasLabel(N, ("A",))),
    ("n:A:`B C`", HasLabel(N, ("A", "B C"))),
    ("a is null", IsNull(A, False)),
    ("a Is Not Null", IsNull(A, True)),
    ("a starts with b", Binary("STARTS WITH", A, B)),
    ("a ENDS  WITH b", Binary("ENDS WITH", A, B)),
    ("a contains b", Binary("CONTAINS", A, B)),
    ("toUpper(a)", Call("toupper", (A,))),
    ("e()", Call("e", ())),
    ("esri.graph.ST_Intersects(a, b)", Call("esri.graph.st_intersects", (A, B))),
    ("duration.between(a, b).days", Member(Call("duration.between", (A, B)), "days")),
    ("exists(n.a)", Call("exists", (Member(N, "a"),))),
    ("collect(DISTINCT a)", Call("collect", (A,), True)),
    ("count(*)", Call("count", ())),
    ("CASE WHEN a THEN 1 END", Case(None, ((A, ONE),), None)),
    ("CASE WHEN a THEN 1 WHEN b THEN 2 ELSE 3 END", Case(None, ((A, ONE), (B, TWO)), THREE)),
    ("CASE a WHEN 1 THEN 2 END", Case(A, ((ONE, TWO),), None)),
    ("case a when 1 then 2 else 3 end", Case(A, ((ONE, TWO),), THREE)),
    ("ALL(a IN b WHERE c)", Quantified("all", "a", B, C)),
    ("any (a IN b WHERE c)", Quantified("any", "a", B, C)),
    ("none(a IN b WHERE c)", Quantified("none", "a", B, C)),
    ("Single(a IN b + c WHERE d)", Quantified("single", "a", Binary("+", B, C), D)),
    ("any", Variable("any")),
    ("n.all", Member(N, "all")),
    ("[a IN b]", Comprehension("a", B, None, None)),
    ("[(a IN b)]", ListOf((Binary("IN", A, B),))),
    ("[a IN b, c]", ListOf((Binary("IN", A, B), C))),
    ("[a IN b WHERE c]", Comprehension("a", B, C, None)),
    ("[a IN b | c]", Comprehension("a", B, None, C)),
    ("[a IN b WHERE c | d]", Comprehension("a", B, C, D)),
    ("[`a b` IN c | d]", Comprehension("a b", C, None, D)),
    ("a/* so */-//rest\n b", Binary("-", A, B)),
    ("a\u00a0+\u3000b\r\n", Binary("+", A, B)),
    ("(((a)))", A),
]


@pytest.mark.parametrize(("text", "expr"), FORMS, ids=[text for text, _ in FORMS])
def test_each_form_becomes_its_node(text: str, expr: Expr) -> None:
    _same(text, expr)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("n.a=1 and not  n.b", "n.a = 1 AND NOT n.b"),
        ("((a OR b)) AND (c)", "(a OR b) AND c"),
        ("tolower( n.a )STARTS with 'x'", "toLower(n.a) STARTS WITH 'x'"),
        ("a<b<c", "a < b AND b < c"),
        ("case when a then 1 end", "CASE WHEN a THEN 1 END"),
        ("[x in n.`p q` where x>0|-x]", "[x IN n.`p q` WHERE x > 0 | -x]"),
        ("a OR (b OR c)", "a OR b OR c"),
        ("0x10", "16"),
    ],
)
def test_a_clause_is_shown_with_normal_spacing(text: str, written: str) -> None:
    assert unparse(parse(text)) == written


def test_nodes_know_their_place() -> None:
    expr = parse("n.a = 1\n  AND toLower(n.b) = 'x'")

    assert isinstance(expr, Binary)
    assert expr.place == Place(1, 1, 0, 32)
    assert expr.right.place == Place(2, 7, 14, 32)
    assert isinstance(expr.right, Binary)
    assert expr.right.left.place == Place(2, 7, 14, 26)


ERRORS = [
    ("", 1, 1, "a value was expected, the end of the clause was found"),
    ("   \n ", 2, 2, "a value was expected"),
    ("n.a = = 3", 1, 7, "a value was expected, '=' was found"),
    ("n.a =", 1, 6, "the end of the clause was found"),
    ("n.a =\n  1 2", 2, 5, "an operator or the end of the clause was expected, '2' was found"),
    ("AND n.a", 1, 1, "the keyword AND"),
    ("n.a = 1 AND OR n.b", 1, 13, "the keyword OR"),
    ("n.a IN IN [1]", 1, 8, "the keyword IN"),
    ("(n.a = 1", 1, 9, r"'\)'"),
    ("[1, 2", 1, 6, "']'"),
    ("n.", 1, 3, "a name was expected"),
    ("n.1", 1, 3, "a name was expected"),
    ("n IS 5", 1, 6, "NULL or NOT was expected"),
    ("n STARTS 'a'", 1, 10, "WITH was expected"),
    ("CASE END", 1, 6, "keyword END|WHEN"),
    ("CASE WHEN a THEN 1", 1, 19, "WHEN, ELSE or END"),
    ("any(x IN y)", 1, 11, "WHERE"),
    ("n.a != 1", 1, 5, "written <>"),
    ("n.a && n.b", 1, 5, "written AND"),
    ("n.a || n.b", 1, 5, "written OR"),
    ("n.a LIKE 'x%'", 1, 5, "LIKE is not openCypher"),
    ("n.a BETWEEN 1 AND 2", 1, 5, "BETWEEN is not openCypher"),
    ("n.a NOT IN [1]", 1, 5, "NOT stands before"),
    ("n.a = 1; DROP TABLE x", 1, 8, "nothing may follow"),
    ("n.a = 'abc", 1, 7, "a text is not closed"),
    ("n.`a", 1, 3, "an escaped name is not closed"),
    ("n.a /* = 1", 1, 5, "a comment is not closed"),
    ("$ = 1", 1, 1, "a parameter is written"),
    ("n.a =~ 'x.*'", 1, 5, "regular expressions"),
    ("MATCH (n) RETURN n", 1, 1, "MATCH begins another clause"),
    ("n.a = 1 RETURN n", 1, 9, "RETURN begins another clause"),
    ("n.a = 1 ORDER BY n.a", 1, 9, "ORDER begins another clause"),
    ("(a)-[:R]->(b)", 1, 3, "patterns are not supported"),
    ("(n)<-[r]-(m)", 1, 3, "patterns are not supported"),
    ("(n)-->(m)", 1, 3, "patterns are not supported"),
    ("(n)<--(m)", 1, 1, "patterns are not supported"),
    ("n.a = 1 AND (n:A)--()", 1, 13, "patterns are not supported"),
    ("exists((n)-[:R]->())", 1, 10, "patterns are not supported"),
    ("NOT (n)<-[:R]-(:B)", 1, 7, "patterns are not supported"),
    ("EXISTS { MATCH (n) }", 1, 1, "subqueries are not supported"),
    ("9223372036854775808", 1, 1, "does not fit 64 bits"),
    ("0x8000000000000000", 1, 1, "does not fit 64 bits"),
    ("1e999", 1, 1, "too large"),
    ("017", 1, 1, "does not begin with 0"),
    (r"'a\q'", 1, 1, "escape"),
    (r"'\u12'", 1, 1, "4 hexadecimal digits"),
    (r"'\U00110000'", 1, 1, "past the last character"),
    (r"'\ud800'", 1, 1, "surrogate"),
    (r"'\u0000'", 1, 1, r"U\+0000"),
    ("``", 1, 1, "empty"),
    ("a² = 1", 1, 1, "cannot stand in a plain name"),
    ("f(1)(2)", 1, 1, "only a function can be called"),
    ("'f'(1)", 1, 1, "only a function can be called"),
    ("[x IN y OR z WHERE a]", 1, 2, "name IN list"),
    ("[1 WHERE a]", 1, 2, "name IN list"),
    ("any(x WHERE a)", 1, 5, "name IN list"),
    ("{a: 1, a: 2}", 1, 11, "occurs twice"),
    ("count()", 1, 1, "count needs an argument"),
    ("sum(*)", 1, 5, "only count takes"),
    ("n.a = 1 }", 1, 9, "'}' was found"),
    ("n.a # 1", 1, 5, "'#' was found"),
]


@pytest.mark.parametrize(("text", "line", "column", "reason"), ERRORS, ids=[e[0] for e in ERRORS])
def test_an_error_names_line_column_slice_and_reason(text: str, line: int, column: int, reason: str) -> None:
    with pytest.raises(MalformedInput, match=reason) as caught:
        parse(text)

    place = caught.value.place
    assert place is not None
    assert place.startswith(f"line {line}, column {column}: ")


def test_the_slice_is_cut_out_of_a_long_clause() -> None:
    text = " OR ".join(["n.name = 'abc'"] * 20) + " OR n.name = ) OR " + " OR ".join(["n.name = 'xyz'"] * 20)

    with pytest.raises(MalformedInput) as caught:
        parse(text)

    assert caught.value.place is not None
    assert "n.name = )" in caught.value.place
    assert len(caught.value.place) < 120


@pytest.mark.parametrize("op", ["AND", "OR", "XOR"])
def test_a_long_chain_is_a_shallow_tree(op: str) -> None:
    expr = parse(f" {op} ".join(["n.a"] * 1000))

    def depth(node: Expr) -> int:
        return 1 + max(depth(node.left), depth(node.right)) if isinstance(node, Binary) else 0

    assert depth(expr) == 10
