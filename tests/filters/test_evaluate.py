"""Expressions about an element: access, CASE, list predicates, comprehensions; compiled once, never failing."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from kgsync.errors import MalformedInput, TooLarge
from kgsync.filters import tree
from kgsync.filters.closures import COMPILERS
from kgsync.filters.cypher import parse
from kgsync.filters.evaluate import Element, compiled, compiled_expr
from kgsync.filters.kinds import MAX_LIST
from kgsync.filters.tree import Binary, Call, Expr, Literal, Member, Parameter, Unary, Variable
from kgsync.model.geometry import WGS84, SpatialReference
from kgsync.model.values import DateOnly, DateTime, Duration, Invalid
from tests.filters.meaning import SOME_ID, element, value

SITE = element({"name": "Aha", "size": 7, "tags": ("a", None, "b"), "gone": None, "bad": Invalid("x")})
EDGE = element({"since": DateOnly(0)}, "Joins", start=SITE, end=element({"name": "Oho"}, "Town"))


@dataclass(frozen=True)
class Checked:
    expr: Expr
    parameters: dict[str, object] = field(default_factory=dict)
    spatial_reference: SpatialReference = WGS84
    in_sr: SpatialReference = field(default_factory=SpatialReference)


def belongs(text: str, n: Element, **parameters: object) -> bool | None:
    return compiled(Checked(parse(text), parameters))(n)


def test_only_true_is_a_member() -> None:
    assert belongs("n.size > 5", SITE) is True
    assert belongs("n.size > 7", SITE) is False
    assert belongs("n.gone > 7", SITE) is None
    assert belongs("n.size", SITE) is None
    assert belongs("'true'", SITE) is None


ACCESS = [
    ("n.name", "Aha"),
    ("n.missing", None),
    ("n.gone", None),
    ("n.bad", None),
    ("n['name']", "Aha"),
    ("n.name.length", None),
    ("n.size.year", None),
    ("n:Site", True),
    ("n:Town", False),
    ("n:site", False),
    ("id(n)", SOME_ID),
    ("type(n)", "Site"),
    ("labels(n)", ("Site",)),
    ("keys(n)", ("name", "size", "tags")),
    ("properties(n).size", 7),
    ("properties(n) = {name: 'Aha', size: 7, tags: ['a', null, 'b']}", None),
    ("n = n", True),
    ("startNode(n)", None),
    ("n.tags[0]", "a"),
    ("n.tags[-1]", "b"),
    ("n.tags[3]", None),
    ("n.tags[-4]", None),
    ("n.tags['a']", None),
    ("n.tags[1.0]", None),
    ("n.tags[null]", None),
    ("n.name[0]", None),
    ("n.tags[1..]", (None, "b")),
    ("n.tags[..-1]", ("a", None)),
    ("n.tags[-2..9]", (None, "b")),
    ("n.tags[2..1]", ()),
    ("n.tags[null..2]", None),
    ("n.tags[0..null]", None),
    ("n.name[0..1]", None),
    ("$p.x.y", 5),
    ("$p['x']", {"y": 5}),
    ("$p.z", None),
    ("$p.list[1]", 2),
    ("{a: 1, b: n.size}.b", 7),
    ("[n.size, null][0]", 7),
]


@pytest.mark.parametrize(("text", "expected"), ACCESS)
def test_access_to(text: str, expected: object) -> None:
    assert value(text, SITE, p={"x": {"y": 5}, "list": [1, 2]}) == expected


def test_relationships_know_their_ends() -> None:
    assert value("startNode(n).name + endNode(n).name", EDGE) == "AhaOho"
    assert value("endNode(n):Town AND startNode(n):Site", EDGE) is True
    assert value("startNode(startNode(n))", EDGE) is None
    assert value("startNode(n) = endNode(n)", EDGE) is True  # the same id, by construction


def test_null_has_no_members_labels_or_elements() -> None:
    for text in ("null.x", "null[0]", "null[0..1]", "startNode(n):Site", "n.missing.x"):
        assert value(text) is None


CASES = [
    ("CASE n.size WHEN 6 THEN 'six' WHEN 7.0 THEN 'seven' ELSE 'other' END", "seven"),
    ("CASE n.gone WHEN null THEN 'null' ELSE 'other' END", "other"),
    ("CASE n.size WHEN 1 THEN 2 END", None),
    ("CASE WHEN n.gone > 1 THEN 1 WHEN n.size > 1 THEN 2 ELSE 3 END", 2),
    ("CASE WHEN 1 THEN 'one' WHEN 'true' THEN 'text' ELSE 'none' END", "none"),
    ("CASE WHEN true THEN 1/0 ELSE 2 END", None),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_case_takes_the_first_branch_that_is_true(text: str, expected: object) -> None:
    assert value(text, SITE) == expected


# Elements of which the condition is true, false and unknown.
T, F, U = "1", "0", "null"
QUANTIFIED = [
    ([], {"any": False, "all": True, "none": True, "single": False}),
    ([T], {"any": True, "all": True, "none": False, "single": True}),
    ([F], {"any": False, "all": False, "none": True, "single": False}),
    ([U], {"any": None, "all": None, "none": None, "single": None}),
    ([T, F], {"any": True, "all": False, "none": False, "single": True}),
    ([U, T], {"any": True, "all": None, "none": False, "single": None}),
    ([F, U], {"any": None, "all": False, "none": None, "single": None}),
    ([T, T], {"any": True, "all": True, "none": False, "single": False}),
    ([T, U, T], {"any": True, "all": None, "none": False, "single": False}),
    ([T, F, U], {"any": True, "all": False, "none": False, "single": None}),
]


@pytest.mark.parametrize(("items", "verdicts"), QUANTIFIED)
def test_list_predicates_over_true_false_and_unknown(items: list[str], verdicts: dict[str, bool | None]) -> None:
    for kind, verdict in verdicts.items():
        assert value(f"{kind}(x IN [{', '.join(items)}] WHERE x = 1)") is verdict
        assert value(f"{kind}(x IN $items WHERE x = 1)", items=[{T: 1, F: 0, U: None}[i] for i in items]) is verdict


COMPREHENSIONS = [
    ("[x IN [1, 2, 3] WHERE x > 1 | x * n.size]", (14, 21)),
    ("[x IN [1, 2, 3] WHERE x > 1]", (2, 3)),
    ("[x IN [1, null] | x]", (1, None)),
    ("[x IN [1, null] WHERE x > 0]", (1,)),
    ("[x IN [1, 2] | [y IN [10, 20] | x + y]]", ((11, 21), (12, 22))),
    ("[n IN [1, 2] | n]", (1, 2)),
    ("[x IN [1] | [x IN [x + 1] | x]]", ((2,),)),
    ("any(x IN n.tags WHERE x = 'b')", True),
    ("[x IN n.missing | x]", None),
    ("[x IN n.name | x]", None),
    ("any(x IN null WHERE true)", None),
    ("all(x IN 5 WHERE true)", None),
    ("[x IN [1, 2] WHERE any(y IN [x] WHERE y = 2) | x + n.size]", (9,)),
]


@pytest.mark.parametrize(("text", "expected"), COMPREHENSIONS)
def test_comprehensions_bind_their_variable(text: str, expected: object) -> None:
    assert value(text, SITE) == expected


def test_the_object_is_seen_again_after_a_variable_of_its_name() -> None:
    assert value("[n IN [1] | n] + n.size", SITE) == (1, 7)


def test_expressions_may_have_other_variables_than_n() -> None:
    run = compiled_expr(parse("a.size < b.size AND n:Joins"), {}, variables=("a", "n", "b"))
    assert run({"a": SITE, "b": element({"size": 8}), "n": EDGE}) is True
    assert run({"a": SITE, "n": EDGE}) is None


# --- limits ----------------------------------------------------------------------------------------


def test_lists_a_clause_makes_are_limited_and_those_it_reads_are_not() -> None:
    ids = list(range(3 * MAX_LIST))
    assert value(f"size([x IN range(1, {MAX_LIST}) | x])") == MAX_LIST
    assert value("[x IN $ids | x]", ids=ids) is None
    assert value("size([x IN $ids WHERE x < 5 | x])", ids=ids) == 5
    assert value("7 IN $ids AND any(x IN $ids WHERE x = 29999)", ids=ids) is True
    assert value("size($ids)", ids=ids) == len(ids)


NEVER_ENDING = [
    "any(a IN range(1, 10000) WHERE any(b IN range(1, 10000) WHERE any(c IN range(1, 10000) WHERE a + b + c < 0)))",
    "[a IN range(1, 10000) | [b IN range(1, 10000) | n.size + a + b]]",
    "size([a IN range(1, 10000) | 'x' + a + $long])",
    "any(a IN range(1, 10000) WHERE $long CONTAINS ($long + a))",
    "all(a IN range(1, 10000) WHERE replace($long + a, 'x', 'y') <> $long)",
    "[a IN range(1, 10000) | range(a, a + 9000)]",
    "any(a IN range(1, 10000) WHERE size(split($long + a, 'z')) = 2)",
]


@pytest.mark.timeout(20)
@pytest.mark.parametrize("text", NEVER_ENDING)
def test_a_clause_that_runs_out_of_steps_says_so(text: str) -> None:
    with pytest.raises(TooLarge, match=r"line 1, column \d+: this takes more than 1,000,000 steps"):
        value(text, SITE, long="x" * 100_000)
    with pytest.raises(TooLarge):
        value(f"({text}) IS NULL", SITE, long="x" * 100_000)


@pytest.mark.timeout(20)
def test_lists_doubled_level_by_level_run_out_of_steps() -> None:
    text = "[1]"
    for level in range(30):
        text = f"head([v{level} IN [{text}] | [v{level}, v{level}]])"
    with pytest.raises(TooLarge):
        value(f"{text} = {text}")


def test_a_long_chain_of_operators_needs_no_stack() -> None:
    chain: Expr = Literal(0)
    for _ in range(5_000):
        chain = Binary("+", chain, Literal(1))
    assert compiled_expr(chain, {})({}) == 5_000
    either: Expr = Binary("=", Member(Variable("n"), "size"), Literal(0))
    for k in range(1, 2_000):
        either = Binary("OR", either, Binary("=", Member(Variable("n"), "size"), Literal(k)))
    assert compiled_expr(either, {})({"n": SITE}) is True


def test_nesting_past_the_stack_is_refused() -> None:
    deep: Expr = Literal(True)
    for _ in range(10_000):
        deep = Unary("NOT", deep)
    with pytest.raises(MalformedInput, match="levels deep"):
        compiled_expr(deep, {})


REFUSED: list[tuple[Expr, str]] = [
    (Parameter("p"), r"no parameter \$p"),
    (Variable("m"), "no variable m"),
    (Call("nonsense", ()), "no function nonsense"),
    (Call("size", ()), "size does not take 0 arguments"),
    (Call("atan2", (Literal(1),)), "atan2 does not take 1 arguments"),
]


@pytest.mark.parametrize(("expr", "reason"), REFUSED)
def test_unknown_names_are_refused_when_compiling(expr: Expr, reason: str) -> None:
    with pytest.raises(MalformedInput, match=reason):
        compiled_expr(expr, {})


# --- constants -------------------------------------------------------------------------------------


def test_parameters_come_in_as_plain_kinds() -> None:
    assert value("$p", p=[1, [2, {"a": [3]}]]) == (1, (2, {"a": (3,)}))
    assert value("$p", p=float("nan")) is None
    assert value("$p", p=2**63) is None
    assert value("$p", p=Invalid("broken")) is None
    assert value("n.day > $since", element({"day": DateOnly(5)}), since=DateOnly(4)) is True


def test_constants_are_evaluated_when_compiling() -> None:
    text = "n.size IN [x IN range(1, 9000) WHERE x % 7 = 0] AND n.when > datetime('2020-01-01T00:00:00Z')"
    run = compiled_expr(parse(text), {}, steps=100_000)
    assert run({"n": SITE}) is None
    few = compiled_expr(parse("[x IN range(1, 9000) | n.size]"), {}, steps=5_000)
    with pytest.raises(TooLarge, match="5,000 steps"):
        few({"n": SITE})
    assert compiled_expr(parse("any(x IN range(1, 9000) WHERE x = 8999)"), {}, steps=100_000)({}) is True


def test_a_folded_literal_of_any_kind_is_itself() -> None:
    assert compiled_expr(Binary("=", Literal(Duration(1)), Literal(Duration(1))), {})({}) is True
    assert compiled_expr(Literal(DateTime(7)), {})({}) == DateTime(7)


def test_every_node_has_a_meaning() -> None:
    nodes = {node for node in vars(tree).values() if isinstance(node, type) and issubclass(node, tree.Node)}
    assert nodes - {tree.Node} == set(COMPILERS)
