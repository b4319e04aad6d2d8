"""The grammar of queries: what one pattern is, and everything beyond it refused by name and place."""

from __future__ import annotations

from random import Random

import pytest

from kgsync.errors import Code, MalformedInput, MalformedQuery, TooLarge
from kgsync.filters.query import Direction, parse_query
from kgsync.filters.query_check import BoundQuery, check_query
from kgsync.filters.tree import Binary, Call, Literal, Member, Parameter, Variable
from kgsync.model.schema import Category, DataModel, NamedType, TypeRole, system_properties
from kgsync.model.values import ParameterValue
from tests.filters.models import MODEL

RECORD = NamedType(
    id=9,
    name="Source",
    category=Category.PROVENANCE,
    shape=1,
    role=TypeRole.PROVENANCE,
    properties=system_properties(900),
)
WITH_PROVENANCE = DataModel(types=(*MODEL.types, RECORD))


def bound(text: str, parameters: dict[str, ParameterValue] | None = None, *, provenance: bool = False) -> BoundQuery:
    return check_query(parse_query(text), WITH_PROVENANCE, parameters or {}, provenance=provenance)


# ---- grammar


def test_one_node_has_a_name_labels_and_properties() -> None:
    (node,) = parse_query("MATCH (n:Person|Town {name: 'Ann', age: $age}) RETURN n").nodes
    assert (node.variable, node.labels) == ("n", (("Person", "Town"),))
    assert node.properties == (("name", Literal("Ann")), ("age", Parameter("age")))


@pytest.mark.parametrize(
    ("link", "direction"),
    [
        ("-[r:Knows]->", Direction.FORWARD),
        ("<-[r:Knows]-", Direction.BACKWARD),
        ("-[r:Knows]-", Direction.EITHER),
        ("<-[r:Knows]->", Direction.EITHER),
        (" - [ r : Knows ] - > ", Direction.FORWARD),
        (" < - [ r : Knows ] - ", Direction.BACKWARD),
    ],
)
def test_a_link_leads_where_its_arrow_points(link: str, direction: Direction) -> None:
    query = parse_query(f"MATCH (a){link}(b) RETURN r")
    assert query.direction is direction
    assert query.link is not None
    assert (query.link.variable, query.link.labels) == ("r", (("Knows",),))
    assert [e.variable for e in query.elements] == ["a", "r", "b"]


@pytest.mark.parametrize("link", ["-->", "<--", "--", "-[]->", "<-[]-"])
def test_any_part_of_a_pattern_may_be_without_a_name(link: str) -> None:
    query = parse_query(f"MATCH (){link}() RETURN count(*)")
    assert [e.variable for e in query.elements] == ["", "", ""]


def test_what_is_returned_is_ordered_skipped_and_limited() -> None:
    query = parse_query(
        "match (n) where n.age > 3 return distinct n.name as who, n.age order by who desc, n.age ascending "
        "skip $s limit 1 + 1;"
    )
    assert query.where == Binary(">", Member(Variable("n"), "age"), Literal(3))
    assert query.distinct
    assert [item.name for item in query.items] == ["who", ""]
    assert [sort.descending for sort in query.order] == [True, False]
    assert query.skip == Parameter("s")
    assert query.limit == Binary("+", Literal(1), Literal(1))


def test_everything_can_be_returned_with_more() -> None:
    query = parse_query("MATCH (a)-[r]->(b) RETURN *, count(*) AS c")
    assert query.everything
    assert [item.expr for item in query.items] == [Call("count", ())]


def test_names_may_be_escaped_and_keywords_stand_after_dots() -> None:
    query = parse_query("MATCH (`a b`:`C d`) RETURN `a b`.limit AS `order`")
    assert query.nodes[0].variable == "a b"
    assert query.items[0].expr == Member(Variable("a b"), "limit")
    assert query.items[0].name == "order"


# ---- beyond one pattern

REFUSED = [
    ("OPTIONAL MATCH (n) RETURN n", 1, "OPTIONAL MATCH"),
    ("MATCH (n) OPTIONAL MATCH (n)-->(m) RETURN n", 11, "OPTIONAL MATCH"),
    ("MATCH (n) MATCH (m) RETURN n", 11, "second MATCH"),
    ("MATCH (n) WITH n RETURN n", 11, "WITH is not supported"),
    ("MATCH (n) WHERE n.age = 1 WITH n RETURN n", 27, "WITH is not supported"),
    ("UNWIND [1] AS x RETURN x", 1, "UNWIND"),
    ("MATCH (n) RETURN n UNION MATCH (m) RETURN m", 20, "UNION"),
    ("MATCH (n) RETURN n UNION ALL MATCH (m) RETURN m", 20, "UNION"),
    ("MATCH (n) RETURN n RETURN n", 20, "second RETURN"),
    ("MATCH (a), (b) RETURN a", 10, "several patterns"),
    ("MATCH p = (a)-[r]->(b) RETURN p", 7, "named paths"),
    ("MATCH (a)-[r*1..3]->(b) RETURN a", 13, "variable length"),
    ("MATCH (a)-[:Knows*]->(b) RETURN a", 18, "variable length"),
    ("MATCH (a)-[r]->(b)-[s]->(c) RETURN a", 19, "longer patterns"),
    ("MATCH (a)-[r]->(b)<-[s]-(c) RETURN a", 19, "longer patterns"),
    ("MATCH (n) WHERE (n)-[:Knows]->() RETURN n", 19, "pattern inside"),
    ("MATCH (n) WHERE NOT (n)<--() RETURN n", 21, "pattern inside"),
    ("MATCH (n) WHERE exists { MATCH (m) } RETURN n", 17, "subqueries"),
    ("MATCH (n) RETURN count { MATCH (m) }", 18, "subqueries"),
    ("CREATE (n:Person) RETURN n", 1, "only read"),
    ("MERGE (n:Person)", 1, "only read"),
    ("MATCH (n) SET n.age = 1", 11, "only read"),
    ("MATCH (n) SET n.age = 1 RETURN n", 11, "only read"),
    ("MATCH (n) REMOVE n.age", 11, "only read"),
    ("MATCH (n) DELETE n", 11, "only read"),
    ("MATCH (n) DETACH DELETE n", 11, "only read"),
    ("MATCH (n) FOREACH (x IN [1] | SET n.age = x)", 11, "only read"),
    ("LOAD CSV FROM 'x' AS row RETURN row", 1, "only read"),
    ("CALL db.labels() YIELD label RETURN label", 1, "CALL"),
    ("USE g MATCH (n) RETURN n", 1, "USE"),
]


@pytest.mark.parametrize(("text", "column", "reason"), REFUSED, ids=[text for text, _, _ in REFUSED])
def test_what_is_beyond_one_pattern_is_refused_with_its_place(text: str, column: int, reason: str) -> None:
    with pytest.raises(MalformedQuery) as told:
        parse_query(text)
    assert told.value.code is Code.QUERY
    assert told.value.message.startswith(f"line 1, column {column}: ")
    assert reason in told.value.message


WRONG = [
    ("", "MATCH was expected"),
    ("SELECT * FROM x", "MATCH was expected"),
    ("RETURN 1", "MATCH was expected"),
    ("MATCH (n)", "RETURN"),
    ("MATCH n RETURN n", "'(' was expected"),
    ("MATCH (n:Person RETURN n", "was expected, 'RETURN' was found"),
    ("MATCH (n) RETURN", "a value"),
    ("MATCH (n) RETURN n LIMIT", "a value was expected, the end of the query was found"),
    ("MATCH (n) RETURN n.a b", "AS"),
    ("MATCH (n) RETURN n ORDER n", "BY was expected"),
    ("MATCH (n) RETURN n; MATCH (m) RETURN m", "second MATCH"),
    ("MATCH (n) WHERE n.a =~ 'x' RETURN n", "regular expressions"),
    ("MATCH (n) WHERE n.a != 1 RETURN n", "<>"),
    ("MATCH (n {a: 1, a: 2}) RETURN n", "occurs twice"),
    ("MATCH (n) RETURN 'x", "a text is not closed"),
    ("MATCH (n) RETURN n\0", "U+0000"),
]


@pytest.mark.parametrize(("text", "reason"), WRONG, ids=[text or "nothing" for text, _ in WRONG])
def test_what_cannot_be_read_is_refused_with_its_place(text: str, reason: str) -> None:
    with pytest.raises(MalformedQuery, match=r"^line 1, column \d+: ") as told:
        parse_query(text)
    assert reason in told.value.message
    assert "another clause" not in told.value.message


@pytest.mark.parametrize(
    "text",
    [
        "MATCH (n) RETURN n" + " " * 70_000,
        "MATCH (n) RETURN " + "(" * 10_000 + "1" + ")" * 10_000,
        "MATCH (n) RETURN " + "not " * 10_000 + "true",
        "MATCH (n) RETURN " + ", ".join(f"n.age + {k} AS c{k}" for k in range(1_001)),
        "MATCH (n) WHERE " + " OR ".join(f"n.age = {k}" for k in range(2_000)) + " RETURN n",
    ],
    ids=["long", "deep", "nots", "wide", "many"],
)
def test_a_query_past_a_limit_is_refused_at_once(text: str) -> None:
    with pytest.raises(TooLarge):
        parse_query(text)


# ---- binding


@pytest.mark.parametrize(
    ("text", "types"),
    [
        ("MATCH (n) RETURN n", ["Person", "Town"]),
        ("MATCH (n:Town) RETURN n", ["Town"]),
        ("MATCH (n:Person|Town) RETURN n", ["Person", "Town"]),
        ("MATCH (n:Person:Town) RETURN n", []),
        ("MATCH (n:Person:Person|Town) RETURN n", ["Person"]),
    ],
)
def test_labels_say_which_types_a_variable_can_be_of(text: str, types: list[str]) -> None:
    (part,) = bound(text).pattern.parts
    assert [t.name for t in part.types] == types


def test_a_backward_pattern_is_the_forward_one_read_the_other_way() -> None:
    parts = bound("MATCH (a:Town)<-[n]-(b:Person) RETURN n").pattern.parts
    assert [part.variable for part in parts] == ["b", "n", "a"]


def test_conditions_on_one_variable_are_its_filter_and_the_others_cross() -> None:
    pattern = bound(
        "MATCH (a:Person {name: 'x'})-[n]->(b) "
        "WHERE a.age > 1 AND b.age < a.age AND n.since = 1 AND startNode(n).age > 2 RETURN n"
    ).pattern
    a, n, b = pattern.parts
    assert {f.type_name: str(f.expr) for f in a.filters.values() if f}.keys() == {"Person"}
    assert all(f is not None for f in n.filters.values())
    assert all(f is None for f in b.filters.values())
    assert pattern.crossing is not None
    assert str(pattern.crossing).count("startnode") == 1


def test_provenance_is_there_only_when_asked_for() -> None:
    with pytest.raises(MalformedQuery, match="no type Source"):
        bound("MATCH (n:Source) RETURN n")
    assert [t.name for t in bound("MATCH (n:Source) RETURN n", provenance=True).pattern.parts[0].types] == ["Source"]
    assert "Source" in [t.name for t in bound("MATCH (n) RETURN n", provenance=True).pattern.parts[0].types]
    assert "Source" not in [t.name for t in bound("MATCH (n) RETURN n").pattern.parts[0].types]


def test_columns_are_named_by_as_or_by_their_text() -> None:
    assert bound("MATCH (n) RETURN n.age+1, n . name, (n.age) , n AS `a b`").columns == (
        "n.age+1",
        "n . name",
        "(n.age)",
        "a b",
    )
    assert bound("MATCH (a)-[]->(b) RETURN *, 1").columns == ("a", "b", "1")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("MATCH (n:Nobody) RETURN n", "column 7: .*no type Nobody"),
        ("MATCH (n:Knows) RETURN n", "Knows is no entity type"),
        ("MATCH (a)-[n:Person]->(b) RETURN n", "Person is no relationship type"),
        ("MATCH (n:Person) RETURN n.agee", "did you mean age"),
        ("MATCH (n:Person {agee: 1}) RETURN n", "did you mean age"),
        ("MATCH (n) RETURN m", "column 18: .*m is unknown; the clause can use n"),
        ("MATCH () RETURN m", "no variable can be used"),
        ("MATCH (n)-[n]->(b) RETURN n", "names both"),
        ("MATCH (n:Person) WHERE n.name RETURN n", "true or false"),
        ("MATCH (n:Person) WHERE count(n) > 1 RETURN n", "aggregate|many objects"),
        ("MATCH (n:Person) WHERE n.age = $p RETURN n", r"\$p is not given"),
        ("MATCH (n) RETURN n, n", "two columns are named n"),
        ("MATCH (n) RETURN n.name AS x, n.age AS x", "two columns are named x"),
        ("MATCH () RETURN *", "named variable"),
        ("MATCH (n) RETURN count(count(n))", "inside another"),
        ("MATCH (n) RETURN stDev(n.age)", "not supported"),
        ("MATCH (n) RETURN [x IN [1, 2] | count(x)]", "nothing of it"),
        ("MATCH (n:Person) RETURN n.name, n.age + count(*)", "beside an aggregate"),
        ("MATCH (n:Person) RETURN count(*) ORDER BY n.age", "beside an aggregate"),
        ("MATCH (n:Person) RETURN n.age ORDER BY count(*)", "needs one among"),
        ("MATCH (n:Person) RETURN DISTINCT n.age ORDER BY n.name", "after RETURN DISTINCT"),
        ("MATCH (n) RETURN n LIMIT -1", "LIMIT takes an integer of at least 0, this is -1"),
        ("MATCH (n) RETURN n LIMIT 1.5", "LIMIT takes"),
        ("MATCH (n) RETURN n SKIP null", "SKIP takes"),
        ("MATCH (n:Person) RETURN n LIMIT n.age", "n is unknown"),
        ("MATCH (n:Person) RETURN rand()", "rand"),
        ("MATCH (n:Person) RETURN startNode(n)", "for relationships|takes a relationship"),
    ],
)
def test_a_query_that_means_nothing_is_refused(text: str, reason: str) -> None:
    with pytest.raises(MalformedQuery, match=reason) as told:
        bound(text)
    assert told.value.code == 111098
    assert "\0" not in told.value.message


def test_parameters_nobody_uses_are_no_fault() -> None:
    assert bound("MATCH (n) RETURN n LIMIT $k", {"k": 3, "x": "y"}).limit == 3


def test_errors_of_queries_are_malformed_input_too() -> None:
    with pytest.raises(MalformedInput):
        parse_query("MATCH")


# ---- any text

_KEYWORDS = "MATCH RETURN WHERE ORDER BY SKIP LIMIT DISTINCT AS DESC WITH UNION SET CREATE null n a b Person Knows Town"
_SIGNS = """( ) [ ] { } - > < -> <- -- : | , . * ; = ' " ` $ \\ // /* 1 1.5 'x' $p name age count collect"""
_PHRASES = (
    "(n)",
    "(n:Person)",
    "-[r:Knows]->",
    "RETURN n",
    "n.age",
    "count(*)",
    "\0",
    "\ud800",
    "é",
    "\U0001f600",
    "\n",
)
WORDS = [*_KEYWORDS.split(" "), *_SIGNS.split(" "), *_PHRASES]


def test_any_text_is_a_query_or_refused() -> None:
    random = Random(3)
    starts = ("", "MATCH (n) ", "MATCH (n:Person) RETURN ", "MATCH (a)-[r]->(b) WHERE ", "MATCH (n) RETURN n ORDER BY ")
    read = 0
    for _ in range(3_000):
        text = random.choice(starts) + random.choice((" ", "")).join(random.choices(WORDS, k=random.randint(0, 12)))
        try:
            bound(text, {"p": 1})
            read += 1
        except MalformedInput as error:
            assert error.message.isprintable(), repr(error.message)
    assert read > 5


def test_a_wide_query_is_bound_in_time() -> None:
    items = ", ".join(f"n.age + {k} AS c{k}" for k in range(900))
    found = bound(f"MATCH (n:Person) RETURN {items}, count(*) AS c ORDER BY " + " + ".join(f"c{k}" for k in range(80)))
    assert len(found.keys) == 900
