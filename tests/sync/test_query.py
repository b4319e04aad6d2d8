"""Rules of queries one by one: grouping, order, parameters, references and grids, what may be held in memory."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest

from kgsync.errors import MalformedInput, TooLarge
from kgsync.model.edits import Op
from kgsync.model.geometry import Geometry, GeometryKind, SpatialReference
from kgsync.model.query import Quantization, QueryCall
from kgsync.model.schema import FieldType, Property
from kgsync.model.values import DateOnly
from kgsync.store.reading import StoreReading
from kgsync.sync import query_rows
from kgsync.sync.datamodel import add_properties
from kgsync.sync.query import answer_query
from tests.graphs import CODEC, Graph, add, connect, entity, link
from tests.sync.queries import ask, opened


@pytest.fixture
def people(graph: Graph) -> Graph:
    graph.apply(
        entity(
            Op.ADD, "Person", add(1, name="Ann", age=31), add(2, name="Bob", age=44), add(3, name="Cy", age=31), add(4)
        ),
        entity(Op.ADD, "Place", add(10, name="Oslo", shape=point(10.75, 59.91)), add(11, name="Nowhere")),
        link(Op.ADD, "Knows", connect(20, 1, 2, since=DateOnly(3)), connect(21, 2, 3), connect(22, 3, 3)),
        link(Op.ADD, "LivesIn", connect(30, 1, 10), connect(31, 2, 10)),
    )
    return graph


def point(x: float, y: float) -> Geometry:
    return Geometry(GeometryKind.POINT, False, False, ((x, y),))


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        (
            "MATCH (n:Person) RETURN n.age, count(*) AS c, collect(n.name) ORDER BY c DESC, n.age",
            [(31, 2, ("Ann", "Cy")), (44, 1, ("Bob",)), (None, 1, ())],
        ),
        (
            "MATCH (n:Person) RETURN n.age / 10 AS d, n.age / 10 + count(*) AS x ORDER BY d",
            [(3, 5), (4, 5), (None, None)],
        ),
        ("MATCH (n:Person) WHERE n.age > 100 RETURN count(*), sum(n.age), collect(n), min(n.age)", [(0, 0, (), None)]),
        ("MATCH (n:Person) WHERE n.age > 100 RETURN n.name, count(*)", []),
        ("MATCH (n:Person) RETURN count(*)", [(4,)]),
        ("MATCH (n:Person) RETURN count(n) + count(n.age) AS c", [(7,)]),
        ("MATCH (a)-[r]-(b) RETURN count(r)", [(9,)]),
        ("MATCH (a:Person)<-[r:LivesIn]-(b) RETURN count(*)", [(0,)]),
        ("MATCH (n:Person) RETURN n.name AS x ORDER BY n.age DESC, x LIMIT 2", [(None,), ("Bob",)]),
        ("MATCH (n:Person) RETURN n.name AS age ORDER BY age SKIP 1 LIMIT 2", [("Bob",), ("Cy",)]),
        ("MATCH (n:Person) RETURN n.name ORDER BY n.name + '!' LIMIT 1", [("Ann",)]),
        ("MATCH (n:Person) RETURN DISTINCT n.age AS a ORDER BY a", [(31,), (44,), (None,)]),
        ("MATCH (n:Person) RETURN n.age ORDER BY n.name LIMIT 0", []),
        ("MATCH (a:Person {name: 'Ann'})-[n]->(b) RETURN b.name ORDER BY b.name", [("Bob",), ("Oslo",)]),
        ("MATCH (a)-[n]->(a) RETURN a", [(("Person", 3),)]),
        ("MATCH (a:Place)-[n]-(b {age: 44}) RETURN *", [(("Place", 10), ("LivesIn", 31, 2, 10), ("Person", 2))]),
        ("MATCH ()-[n:Knows]->() WHERE startNode(n) = endNode(n) RETURN n", [(("Knows", 22, 3, 3),)]),
        (
            "MATCH (n:Person {name: 'Ann'}) RETURN {who: n, list: [n.name, null, 1.5]}",
            [({"who": ("Person", 1), "list": ("Ann", None, 1.5)},)],
        ),
        ("MATCH (n:Person:Place) RETURN n", []),
        ("MATCH (n:Person) WHERE id(n) = '{00000000-0000-0000-0000-000000000002}' RETURN n.name", [("Bob",)]),
        ("MATCH (n) WHERE n.age IS NULL RETURN count(*)", [(3,)]),
        ("MATCH (n:Person) RETURN avg(n.age) AS m, max(n.name), count(DISTINCT n.age)", [(106 / 3, "Cy", 2)]),
        ("MATCH (n:Person) RETURN count(*) AS c ORDER BY sum(n.age), c", [(4,)]),
    ],
)
def test_a_query_means_what_opencypher_says(people: Graph, text: str, rows: list[tuple[Any, ...]]) -> None:
    assert ask(people, text) == rows


def test_parameters_are_bound(people: Graph) -> None:
    found = ask(
        people,
        "MATCH (n:Person) WHERE n.age IN $ages AND n.name = $who.name RETURN n LIMIT $k",
        parameters={"ages": (31, 2), "who": {"name": "Cy"}, "k": 5},
    )
    assert found == [(("Person", 3),)]


def test_geometry_comes_and_goes_in_the_spatial_reference_asked_for(people: Graph) -> None:
    mercator = SpatialReference(wkid=3857, latest_wkid=3857)
    near = point(1_196_684.5, 8_375_000.0)  # Oslo, roughly
    (row,) = ask(
        people,
        "MATCH (n:Place) WHERE esri.graph.ST_GeoDistance(n.shape, $p) < 20000 RETURN n.name",
        parameters={"p": near},
        in_sr=mercator,
    )
    assert row == ("Oslo",)
    answer, rows = opened(people, "MATCH (n:Place {name: 'Oslo'}) RETURN n.shape", out_sr=mercator)
    assert answer.spatial_reference == mercator
    assert answer.grid.scale_x == 1e-4
    assert answer.carry is not None
    carried = answer.carry(rows[0][0])
    assert carried is not None
    assert carried.parts[0] == pytest.approx((1_196_684.5, 8_380_000.0), abs=10_000)


def test_an_unknown_output_reference_is_told_before_any_row(people: Graph) -> None:
    with pytest.raises(MalformedInput, match=r"^out_sr: "):
        opened(people, "MATCH (n) RETURN n", out_sr=SpatialReference(wkid=999_999))


def test_a_coarser_grid_drops_repeated_vertices_when_it_is_for_viewing(people: Graph) -> None:
    line = Geometry(GeometryKind.POLYLINE, False, False, ((0.0, 0.0, 0.1, 0.1, 5.0, 5.0, 5.2, 5.0, 9.0, 9.0),))
    tiny = Geometry(GeometryKind.POLYLINE, False, False, ((0.0, 0.0, 0.1, 0.1),))
    for thin, vertices in ((True, 3), (False, 5)):
        wanted = Quantization(tolerance=1.0, origin=(0.0, 0.0), thin=thin)
        answer, _ = opened(people, "MATCH (n) RETURN n", quantization=wanted)
        assert answer.carry is not None
        assert answer.grid.scale_x == 1.0
        carried, kept = answer.carry(line), answer.carry(tiny)
        assert carried is not None
        assert len(carried.parts[0]) == 2 * vertices
        assert kept == tiny


def test_a_limit_without_an_order_stops_reading(people: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = count_matches(monkeypatch)
    assert len(ask(people, "MATCH (n) WHERE toUpper(n.name) <> 'X' RETURN n LIMIT 2")) == 2
    assert looked == [2]
    assert len(ask(people, "MATCH (n) WHERE toUpper(n.name) <> 'X' RETURN n ORDER BY n.name LIMIT 2")) == 2
    assert looked[-1] > 2


def count_matches(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Note how many matches each query takes from the store."""
    looked: list[int] = []
    real = StoreReading.matches

    def counting(self: StoreReading, *arguments: Any) -> Iterator[Any]:
        looked.append(0)
        for match in real(self, *arguments):
            looked[-1] += 1
            yield match

    monkeypatch.setattr(StoreReading, "matches", counting)
    return looked


@pytest.mark.parametrize(
    "rest", ["RETURN n ORDER BY n.name", "RETURN DISTINCT n", "RETURN n, count(*)", "RETURN collect(n)"]
)
def test_a_query_that_must_hold_too_much_says_so(people: Graph, monkeypatch: pytest.MonkeyPatch, rest: str) -> None:
    monkeypatch.setattr(query_rows, "MAX_HELD_ROWS", 3)
    with pytest.raises(TooLarge, match="LIMIT"):
        ask(people, f"MATCH (n) {rest}")
    monkeypatch.setattr(query_rows, "MAX_HELD_ROWS", 1_000)
    monkeypatch.setattr(query_rows, "MAX_HELD_BYTES", 300)
    with pytest.raises(TooLarge, match="LIMIT"):
        ask(people, f"MATCH (n) {rest}")


def test_a_sort_with_a_limit_holds_no_more_than_it_needs(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    graph.apply(entity(Op.ADD, "Person", *(add(k, age=(k * 37) % 1_000) for k in range(1, 1_001))))
    monkeypatch.setattr(query_rows, "MAX_HELD_ROWS", 300)
    assert ask(graph, "MATCH (n:Person) RETURN n.age ORDER BY n.age DESC SKIP 1 LIMIT 3") == [(998,), (997,), (996,)]
    with pytest.raises(TooLarge):
        ask(graph, "MATCH (n:Person) RETURN n.age ORDER BY n.age DESC")


@pytest.mark.parametrize(
    ("text", "most"),
    [
        ("RETURN n.age ORDER BY n.name", 12_000),  # a number with a key of 10,000 characters
        ("RETURN n.age ORDER BY n.name DESC, n.age", 12_000),
        ("RETURN n.name AS x ORDER BY x", 12_000),  # the text of the row is the text of its key
        ("RETURN [n.name] AS x ORDER BY x DESC", 12_000),
        ("RETURN n.name AS x ORDER BY toUpper(x)", 22_000),
        ("RETURN n ORDER BY n.name + 'x'", 22_000),
    ],
)
def test_a_sort_counts_rows_and_what_it_sorts_them_by_once_each(
    graph: Graph, monkeypatch: pytest.MonkeyPatch, text: str, most: int
) -> None:
    graph.apply(entity(Op.ADD, "Person", *(add(k, name=f"{k:010000}", age=k) for k in range(1, 11))))
    query = f"MATCH (n:Person) {text}"
    monkeypatch.setattr(query_rows, "MAX_HELD_BYTES", 10 * most)
    assert len(ask(graph, query)) == 10
    monkeypatch.setattr(query_rows, "MAX_HELD_BYTES", 10 * (most - 2_000))
    with pytest.raises(TooLarge, match="LIMIT"):
        ask(graph, query)


def test_a_sort_with_a_limit_lets_go_of_keys_too(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    graph.apply(entity(Op.ADD, "Person", *(add(k, name=f"{k:01000}", age=k) for k in range(1, 1_001))))
    monkeypatch.setattr(query_rows, "MAX_HELD_BYTES", 300 * 1_200)
    text = "MATCH (n:Person) RETURN n.age ORDER BY n.name DESC"
    assert ask(graph, f"{text} LIMIT 2") == [(1_000,), (999,)]
    with pytest.raises(TooLarge):
        ask(graph, text)


def test_a_search_that_finds_nothing_gives_signs_of_life(graph: Graph) -> None:
    graph.apply(entity(Op.ADD, "Person", *(add(k, name="x") for k in range(1, 1_001))))
    with graph.store.reading(graph.service.id) as reading:
        answer = answer_query(reading, QueryCall(text="MATCH (n) WHERE toUpper(n.name) = 'Y' RETURN n"), CODEC)
        assert list(islice(answer.rows, 10)) == [None] * 10


def test_rows_of_an_older_schema_are_read_as_the_newest(people: Graph) -> None:
    with people.store.writing(people.service.id, 2_000_000) as writing:
        add_properties(writing, "Person", [Property(id=0, name="nick", field_type=FieldType.STRING)], CODEC)
    _, rows = opened(people, "MATCH (n:Person {name: 'Ann'}) WHERE n.nick IS NULL RETURN n")
    assert list(rows[0][0].values) == ["objectid", "globalid", "name", "age", "nick"]


def test_a_match_that_takes_too_many_steps_is_an_error_and_never_left_out(people: Graph) -> None:
    endless = "any(x IN range(1, 5000) WHERE any(y IN range(1, 5000) WHERE x + y + size(n.name) < 0))"
    for text in (
        f"MATCH (n:Person) WHERE {endless} RETURN n",
        f"MATCH (n:Person) RETURN {endless} AS x",
        f"MATCH (n:Person) RETURN n.name ORDER BY {endless}",
        f"MATCH (n:Person) RETURN count({endless})",
        f"MATCH (a)-[n:Knows]->(b) WHERE {endless.replace('n.name', 'a.name + b.name')} RETURN n",
    ):
        with pytest.raises(TooLarge, match=r"line 1, column \d+: this takes more than 1,000,000 steps"):
            ask(people, text)
