"""Binding clauses to a data model: what names mean, what kinds fit, what a clause reads."""

from __future__ import annotations

import re
from typing import Any

import pytest

from kgsync.errors import MalformedInput
from kgsync.filters.check import check, check_expression, kind_of, refuse_faults
from kgsync.filters.cypher import parse
from kgsync.filters.kinds import MAX_LIST, MAX_TEXT
from kgsync.filters.static import ANYTHING, Kind, Scope, Subject, any_of
from kgsync.model.geometry import Geometry, GeometryKind, SpatialReference
from kgsync.model.schema import Category, NamedType
from kgsync.model.values import DateOnly, ParameterValue
from tests.filters.models import KNOWS, MODEL, PERSON, TOWN, bound

POINT = Geometry(GeometryKind.POINT, False, False, ((1.0, 2.0),))

ACCEPTED: list[tuple[str, dict[str, Any]]] = [
    ("n.name = 'Ada' AND n.age > 30", {}),
    ("n.`p q` IS NOT NULL", {}),
    ("n['name'] = 'Ada'", {}),
    ("n.age IN $ids", {"ids": (1, 2)}),
    ("n.age IN $p.ids AND $p.on", {"p": {"ids": (1, 2), "on": True}}),
    ("$p.missing IS NULL", {"p": {}}),
    ("n.globalid = '{00112233-4455-6677-8899-aabbccddeeff}'", {}),
    ("esri.graph.ST_Intersects($g, n.home)", {"g": POINT}),
    ("esri.graph.ST_GeoDistance(n.home, esri.graph.ST_WKTToGeometry('POINT (1 2)')) < 10", {}),
    ("n.born.year > 1990 OR n.seen.hour = 3 OR n.joined.offsetMinutes = 0 OR n.wakes.minute = 5", {}),
    ("n.born + duration('P1D') < $d", {"d": DateOnly(3)}),
    ("duration.between(n.seen, n.seen).days * 2 = 4", {}),
    ("n.joined.timezone STARTS WITH '+'", {}),
    ("any(x IN n.nick WHERE x STARTS WITH 'A')", {}),
    ("size([x IN n.age WHERE x > 3 | x * 2]) = 1", {}),
    ("n.age < 'a'", {}),
    ("n.name = 5", {}),
    ("n.name STARTS WITH 5", {}),
    ("null", {}),
    ("n.name + 5 = 'Ada5'", {}),
    ("n.nick + [1] = []", {}),
    ("n.nick[0] = 'a' AND n.nick[1..2] = []", {}),
    ("id(n) = $id", {"id": "x"}),
    ("labels(n) = ['Person'] AND type(n) = 'Person' AND n:Person AND NOT n:Town", {}),
    ("'name' IN keys(n)", {}),
    ("exists(n.name)", {}),
    ("coalesce(n.nick, n.name) = 'x'", {}),
    ("CASE n.age WHEN 1 THEN true ELSE n.name = 'x' END", {}),
    ("CASE WHEN n.age > 1 THEN 1 END = 1", {}),
    ("round(n.size) = 1 AND sign(n.age) = 1 AND e() < pi()", {}),
    ("date({year: 2020}).month = 1", {}),
    ("[1, 2.5, 'a', null] = []", {}),
    ("range(0, 3)[n.age] = 1", {}),
    ("head([n]).name = 'Ada'", {}),
]


@pytest.mark.parametrize(("text", "parameters"), ACCEPTED, ids=[t for t, _ in ACCEPTED])
def test_a_clause_that_may_turn_out_well_passes(text: str, parameters: dict[str, ParameterValue]) -> None:
    assert bound(text, PERSON, parameters).text == text


REFUSED: list[tuple[str, dict[str, Any], int, str]] = [
    ("n.nam = 'x'", {}, 1, "Person has no property nam; did you mean name"),
    ("n['nam'] = 'x'", {}, 1, "Person has no property nam"),
    ("n.Name = 'x'", {}, 1, "no property Name; did you mean name"),
    ("m.name = 'x'", {}, 1, "m is unknown; the clause can use n"),
    ("n[$p] = 'x'", {"p": "name"}, 3, "named by a text written here"),
    ("n:Persn", {}, 1, "no type Persn; did you mean Person"),
    ("n.age", {}, 1, "a clause is a condition"),
    ("n.age + 1", {}, 1, "a clause is a condition"),
    ("'text'", {}, 1, "this is text"),
    ("n", {}, 1, "this is an entity"),
    ("n.age AND true", {}, 1, "AND takes a boolean"),
    ("true OR 'x'", {}, 9, "OR takes a boolean"),
    ("NOT 1", {}, 5, "NOT takes a boolean"),
    ("n.name - 1 = 2", {}, 1, "- has no meaning between text or a list and an integer"),
    ("true + 1 = 2", {}, 1, r"\+ has no meaning"),
    ("date('2020-01-01') + date('2020-01-01') = 1", {}, 1, r"\+ has no meaning"),
    ("-n.name = 1", {}, 2, "- takes"),
    ("n.age IN 5", {}, 10, "IN takes a list"),
    ("n.age IN $p", {"p": 5}, 10, "IN takes a list"),
    ("5[0] = 1", {}, 1, "takes an entity or relationship, a list or a map"),
    ("'abc'[0..1] = 'a'", {}, 1, "takes a list"),
    ("n.nick['a'] = 1", {}, 8, "no element at text"),
    ("n.name.year = 1", {}, 1, "has no year"),
    ("n.born.hour = 1", {}, 1, "a date or a list has no hour"),
    ("n.born.yeer = 1", {}, 1, "did you mean year"),
    ("toLower(n.age) = 'x'", {}, 9, "toLower takes text"),
    ("toLowr(n.name) = 'x'", {}, 1, "unknown; did you mean toLower"),
    ("nodes(n) = []", {}, 1, "the function nodes is unknown"),
    ("left(n.name) = 'x'", {}, 1, "left takes 2 arguments, 1 are given"),
    ("substring(n.name) = 'x'", {}, 1, "substring takes 2 or 3 arguments"),
    ("coalesce() = 1", {}, 1, "at least 1 argument"),
    ("pi(1) = 1", {}, 1, "pi takes 0 arguments"),
    ("esri.graph.ST_Intersects(n.name, n.home)", {}, 26, "takes a geometry"),
    ("esri.graph.ST_Intersects($g, n.home)", {"g": "POINT (1 2)"}, 26, "takes a geometry, this is text"),
    ("st_intersects(n.home, n.home)", {}, 1, "unknown"),
    ("rand() < 0.5", {}, 1, "changes while no one edits"),
    ("timestamp() > 1", {}, 1, "changes while no one edits"),
    ("n.born < date()", {}, 10, "changes while no one edits"),
    ("n.seen < localdatetime()", {}, 10, "changes while no one edits"),
    ("n.joined < datetime()", {}, 12, "changes while no one edits"),
    ("n.wakes < localtime()", {}, 11, "changes while no one edits"),
    ("count(*) > 1", {}, 1, "many objects"),
    ("sum(n.age) > 1", {}, 1, "many objects"),
    ("toLower(DISTINCT n.name) = 'x'", {}, 1, "DISTINCT"),
    ("startNode(n).name = 'x'", {}, 1, "startNode is for relationships"),
    ("endNode(n) = n", {}, 1, "endNode is for relationships"),
    ("n.age = $age", {}, 9, r"\$age is not given"),
    ("n.age = $aeg", {"age": 1}, 9, r"did you mean age"),
    ("any(n IN [1] WHERE true)", {}, 1, "the name n is taken"),
    ("any(x IN 5 WHERE true)", {}, 10, "IN takes a list"),
    ("any(x IN [1] WHERE x)", {}, 20, "WHERE takes a boolean"),
    ("any(x IN [1] WHERE x = 1) AND x = 1", {}, 31, "x is unknown"),
    ("CASE WHEN 1 THEN true END", {}, 11, "WHEN"),
    ("exists(1 + 1)", {}, 8, "exists takes a property"),
    ("head([n]).nme = 'x'", {}, 1, "an entity has no nme"),
    ("CASE WHEN true THEN 1 ELSE 2 END", {}, 1, "a clause is a condition"),
]


@pytest.mark.parametrize(("text", "parameters", "column", "reason"), REFUSED, ids=[r[0] for r in REFUSED])
def test_what_can_never_be_is_refused_with_a_place(
    text: str, parameters: dict[str, ParameterValue], column: int, reason: str
) -> None:
    with pytest.raises(MalformedInput, match=reason) as caught:
        bound(text, PERSON, parameters)

    assert caught.value.place is not None
    assert caught.value.place.startswith(f"line 1, column {column}: ")


def test_a_parameter_that_is_not_used_is_refused() -> None:
    with pytest.raises(MalformedInput, match="does not use a, b"):
        bound("n.age = $c", PERSON, {"a": 1, "b": 2, "c": 3})


READS: list[tuple[str, NamedType, set[str], set[str], bool]] = [
    ("n.name = 'x' OR n.age > 3 OR n.name = 'y'", PERSON, {"name", "age"}, set(), False),
    ("n['name'] = 'x'", PERSON, {"name"}, set(), False),
    ("n.born.year = 1990", PERSON, {"born"}, set(), False),
    ("'name' IN keys(n)", KNOWS, {"objectid", "globalid", "since", "how"}, set(), False),
    ("properties(n).x = 1", KNOWS, {"objectid", "globalid", "since", "how"}, set(), False),
    ("startNode(n).name = endNode(n).name", KNOWS, set(), {"name"}, True),
    ("endNode(n)['people'] > n.since", KNOWS, {"since"}, {"people"}, True),
    ("startNode(n):Person", KNOWS, set(), set(), True),
    ("startNode(n) = endNode(n)", KNOWS, set(), set(), True),
    ("any(x IN n.nick WHERE x = 'a')", PERSON, {"nick"}, set(), False),
    ("true", PERSON, set(), set(), False),
    # What stands in a list may be n or an end point: names count for both.
    ("any(x IN [n] WHERE x.name = 'a')", PERSON, {"name"}, {"name"}, False),
    ("any(x IN [startNode(n)] WHERE x.name = 'a')", KNOWS, set(), {"name"}, True),
    ("coalesce(n, null).since = 3", KNOWS, {"since"}, {"since"}, False),
]


@pytest.mark.parametrize(("text", "named_type", "own", "ends", "uses_ends"), READS, ids=[r[0] for r in READS])
def test_a_filter_says_what_it_reads(
    text: str, named_type: NamedType, own: set[str], ends: set[str], uses_ends: bool
) -> None:
    found = bound(text, named_type)

    assert (set(found.properties), set(found.end_properties), found.uses_ends) == (own, ends, uses_ends)
    assert all(found.properties[name] == named_type.property(name) for name in own)


def test_listing_an_end_points_keys_reads_every_property_of_every_entity_type() -> None:
    found = bound("'name' IN keys(startNode(n))", KNOWS)

    assert found.end_properties == {p.name for t in (PERSON, TOWN) for p in t.properties}
    assert found.properties == {}


def test_an_end_point_has_the_properties_of_any_entity_type() -> None:
    assert bound("startNode(n).people > 5 AND endNode(n).age = 'old'", KNOWS).end_properties == {"people", "age"}
    with pytest.raises(MalformedInput, match="no type here has a property since"):
        bound("startNode(n).since = 1", KNOWS)


def test_a_filter_keeps_spatial_references_for_its_texts() -> None:
    mercator = SpatialReference(wkid=102100, latest_wkid=3857)

    assert check("true", MODEL, PERSON, {}, in_sr=mercator).in_sr == mercator
    assert check("true", MODEL, PERSON, {}).spatial_reference == MODEL.spatial_reference


SCOPE = Scope(
    model=MODEL,
    subjects={
        "a": Subject(category=Category.ENTITY, types=(PERSON, TOWN)),
        "n": Subject(category=Category.RELATIONSHIP, types=(KNOWS,)),
        "b": any_of(MODEL, Category.ENTITY),
    },
    parameters={"ids": (1, "x"), "m": {"k": 2.5}},
)

KINDS = [
    ("a", Kind.ENTITY),
    ("n", Kind.RELATIONSHIP),
    ("startNode(n)", Kind.ENTITY),
    ("n.since", Kind.INTEGER | Kind.LIST),
    ("a.objectid", Kind.INTEGER),
    ("a.globalid", Kind.UUID),
    ("a.age", Kind.INTEGER | Kind.STRING | Kind.LIST),
    ("a.people", Kind.INTEGER | Kind.LIST),
    ("b.home", Kind.GEOMETRY | Kind.LIST),
    ("n.since + 1", Kind.INTEGER | Kind.LIST),
    ("n.since * 1.5", Kind.FLOAT),
    ("2 ^ 2", Kind.FLOAT),
    ("1 / 2", Kind.INTEGER),
    ("'a' + 1", Kind.STRING),
    ("a.born + duration('P1D')", Kind.DATE | Kind.LIST),
    ("localdatetime('2020-01-01').year", Kind.INTEGER),
    ("datetime('2020-01-01').timezone", Kind.STRING),
    ("$ids", Kind.LIST),
    ("$ids[0]", Kind.INTEGER | Kind.STRING),
    ("$m.k", Kind.FLOAT),
    ("$m.missing", Kind.NULL),
    ("null", Kind.NULL),
    ("[1, 'a'][n.since]", Kind.INTEGER | Kind.STRING),
    ("[x IN [1, 2] | x * 2.0][0]", Kind.FLOAT),
    ("head(n.how)", Kind.STRING),
    ("coalesce(n.how, 1)", Kind.STRING | Kind.LIST | Kind.INTEGER),
    ("CASE WHEN true THEN 1 ELSE 'x' END", Kind.INTEGER | Kind.STRING),
    ("properties(n)", Kind.MAP),
    ("properties(n).since", ANYTHING),
    ("id(a) = id(b)", Kind.BOOLEAN),
]


@pytest.mark.parametrize(("text", "kind"), KINDS, ids=[t for t, _ in KINDS])
def test_the_static_kind_of_an_expression(text: str, kind: Kind) -> None:
    assert kind_of(parse(text), SCOPE) == kind


def test_a_pattern_has_several_variables_and_each_keeps_what_is_read_of_it() -> None:
    text = "a.name = b.name AND n.since > 3 AND a.people > 1 AND startNode(n).name = 'x' AND keys(b) = []"
    _, uses = check_expression(text, parse(text), SCOPE)

    assert uses.of("a") == {"name", "people"}
    assert uses.of("n") == {"since"}
    assert uses.of("b") is None
    assert uses.ends == {"name"}


def test_aggregates_are_for_the_items_of_a_query() -> None:
    items = Scope(model=MODEL, subjects=SCOPE.subjects, aggregates=True)

    assert kind_of(parse("count(*)"), items) == Kind.INTEGER
    assert kind_of(parse("collect(DISTINCT a.name)"), items) == Kind.LIST
    assert kind_of(parse("avg(n.since)"), items) == Kind.FLOAT
    with pytest.raises(MalformedInput, match="many objects"):
        check_expression("count(*)", parse("count(*)"), SCOPE)


_LONG = {"p": "x" * MAX_TEXT}
FAULTS: list[tuple[str, dict[str, Any], int, str]] = [
    ("n.age = 1 OR n.born < date('2020-13-45')", {}, 23, "'2020-13-45' is no date"),
    ("n.born < date($d)", {"d": "tomorrow"}, 10, "'tomorrow' is no date"),
    ("n.born < date({year: 2020, month: 13})", {}, 10, "this is no date"),
    ("n.seen < localdatetime('2020-01-01T25:00')", {}, 10, "is no localdatetime"),
    ("n.joined < datetime('2020-01-01T00:00:00+99:00')", {}, 12, "is no datetime"),
    ("n.wakes < localtime('')", {}, 11, "'' is no localtime"),
    ("n.born + duration('P') < n.born", {}, 10, "'P' is no duration"),
    ("any(x IN n.nick WHERE date('x') < n.born)", {}, 23, "'x' is no date"),
    ("n.home = esri.graph.ST_WKTToGeometry('POLYGON((0 0,1 1')", {}, 10, "'POLYGON((0 0,1 1' is no geometry"),
    ("n.age IN range(1, 20000)", {}, 10, "lists of at most 10,000 elements"),
    ("[x IN range(1, 10000) | x] + 1 = n.age", {}, 1, "lists of at most 10,000 elements"),
    ("n.age IN [x IN $ids | x]", {"ids": (1,) * (MAX_LIST + 1)}, 10, "lists of at most 10,000 elements"),
    ("n.name IN split($p, '')", _LONG, 11, "lists of at most 10,000 elements"),
    ("n.name = $p + 'x'", _LONG, 10, "texts of at most 1,048,576 characters"),
    ("$p + 'x' = n.name", _LONG, 1, "texts of at most 1,048,576 characters"),
    ("n.name = replace($p, 'x', 'yy')", _LONG, 10, "texts of at most 1,048,576 characters"),
]


@pytest.mark.parametrize(("text", "parameters", "column", "reason"), FAULTS, ids=[t for t, *_ in FAULTS])
def test_a_constant_that_can_be_nothing_is_refused_with_a_place(
    text: str, parameters: dict[str, ParameterValue], column: int, reason: str
) -> None:
    with pytest.raises(MalformedInput, match=re.escape(reason)) as caught:
        refuse_faults(bound(text, PERSON, parameters))
    assert (caught.value.place or "").startswith(f"line 1, column {column}: ")


@pytest.mark.parametrize(
    ("text", "parameters"), [*ACCEPTED, ("n.born < date($d)", {"d": None}), ("$p = n.name", _LONG)]
)
def test_what_may_turn_out_well_has_no_faulty_constant(text: str, parameters: dict[str, ParameterValue]) -> None:
    refuse_faults(bound(text, PERSON, parameters))


def test_what_depends_on_the_object_is_no_fault() -> None:
    for text in ("n.born < date(n.name)", "range(1, n.age * 9000) = [1]", "any(x IN ['a'] WHERE date(x) < n.born)"):
        refuse_faults(bound(text, PERSON, {}))
