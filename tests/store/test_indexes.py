"""Indexes of the data model are indexes of the database: made, used and dropped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Select, select, text

from kgsync.filters.check import check
from kgsync.model.edits import Op
from kgsync.model.schema import Category, DataModel, FieldIndex, FieldType, NamedType
from kgsync.model.values import DateTime, Value
from kgsync.store import indexes
from kgsync.store.base import Membership
from kgsync.store.database import Store, open_store
from kgsync.store.predicates import lower
from kgsync.store.tables import object_
from kgsync.sync.datamodel import add_indexes, delete_indexes, delete_property, delete_type
from tests.backends import BACKENDS, opened_store
from tests.graphs import Graph, add, entity, named_type

_FIELDS = {
    "name": FieldType.STRING,
    "age": FieldType.INTEGER,
    "x": FieldType.DOUBLE,
    "guid": FieldType.GUID,
    "seen": FieldType.DATE,
    "shape": FieldType.GEOMETRY,
    "data": FieldType.BLOB,
}
PERSON = named_type("Person", Category.ENTITY, _FIELDS)
PLACE = named_type("Place", Category.ENTITY, _FIELDS)


@pytest.fixture(params=BACKENDS)
def graph(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Graph]:
    with opened_store(request.param, tmp_path) as store:
        yield Graph.make(store, PERSON, PLACE)


def index(graph: Graph, *properties: str, type_name: str = "Person", name: str = "") -> None:
    wanted = FieldIndex(name=name or "by_" + "_".join(properties), properties=properties)
    with graph.store.writing(graph.service.id, graph.wall) as writing:
        assert [r.error for r in add_indexes(writing, type_name, [wanted])] == [None]


def names(store: Store) -> set[str]:
    with store._backend.reading() as connection:
        return {n for n in store._backend.index_names(connection, "object") if n.startswith("ix_object_v")}


def type_of(graph: Graph, name: str = "Person") -> NamedType:
    with graph.store.reading(graph.service.id) as reading:
        return reading.data_model().require(name)


def name_of(graph: Graph, *properties: str) -> str:
    """Name the index by these properties, in the data model as it stands."""
    of = type_of(graph)
    ids = [p.id for name in properties if (p := of.property(name)) is not None]
    (found,) = (i for i in _wanted(graph) if [id for id, _ in i.properties] == ids)
    return found.name


def _wanted(graph: Graph) -> list[indexes.PropertyIndex]:
    return list(indexes.wanted(graph.service.id, _model(graph), shared=graph.store._backend.shares_indexes))


def _model(graph: Graph) -> DataModel:
    with graph.store.reading(graph.service.id) as reading:
        return reading.data_model()


def test_an_index_of_the_data_model_is_made_and_dropped_with_it(graph: Graph) -> None:
    index(graph, "age")
    index(graph, "name", "age")
    assert names(graph.store) == {name_of(graph, "age"), name_of(graph, "name", "age")}
    with graph.store.writing(graph.service.id, graph.wall) as writing:
        delete_indexes(writing, "Person", ["by_age"])
    assert names(graph.store) == {name_of(graph, "name", "age")}


def test_two_indexes_over_the_same_properties_are_one(graph: Graph) -> None:
    index(graph, "age")
    index(graph, "age", name="again")
    assert names(graph.store) == {name_of(graph, "age")}
    with graph.store.writing(graph.service.id, graph.wall) as writing:
        delete_indexes(writing, "Person", ["by_age"])
    assert names(graph.store) == {name_of(graph, "age")}


def test_an_index_goes_with_its_property_and_with_its_type(graph: Graph) -> None:
    index(graph, "age")
    index(graph, "x")
    with graph.store.writing(graph.service.id, graph.wall) as writing:
        delete_property(writing, "Person", "age")
    assert names(graph.store) == {name_of(graph, "x")}
    with graph.store.writing(graph.service.id, graph.wall) as writing:
        delete_type(writing, "Person")
    assert names(graph.store) == set()


def test_what_cannot_be_indexed_is_left_out(graph: Graph) -> None:
    index(graph, "shape")
    index(graph, "data", "age")
    index(graph, "globalid")
    assert names(graph.store) == set()
    index(graph, "age", "shape", "x")
    assert names(graph.store) == {name_of(graph, "age")}


def test_an_index_stays_as_long_as_one_service_asks_for_it(graph: Graph) -> None:
    other = Graph.make(graph.store, PERSON)
    index(graph, "age")
    index(other, "age")
    assert names(graph.store) == {name_of(graph, "age"), name_of(other, "age")}
    with graph.store.writing(graph.service.id, graph.wall) as writing:
        delete_indexes(writing, "Person", ["by_age"])
    assert names(graph.store) == {name_of(other, "age")}
    with graph.store.writing(other.service.id, graph.wall) as writing:
        delete_indexes(writing, "Person", ["by_age"])
    assert names(graph.store) == set()


def test_an_index_fails_on_nothing_that_others_keep_under_the_same_property_id(graph: Graph) -> None:
    odd = {"age": FieldType.DOUBLE, "x": FieldType.STRING, "name": FieldType.DOUBLE}
    other = Graph.make(
        graph.store, named_type("Person", Category.ENTITY, {n: odd.get(n, t) for n, t in _FIELDS.items()})
    )
    for each in (graph, other):
        for name in ("age", "x", "name"):
            index(each, name)
    other.apply(entity(Op.ADD, "Person", add(1, age=1e300, x="seven", name=-1e300)))
    graph.apply(entity(Op.ADD, "Person", add(2, age=2, x=1e300, name="\U0001f600" * 300)))
    assert len(names(graph.store)) == 6


def test_an_index_serves_one_type_and_leaves_the_sums_of_others_right(graph: Graph) -> None:
    """SQLite 3.40 went on using an index made for one type after another type was bound."""
    index(graph, "age")
    graph.apply(
        entity(Op.ADD, "Person", *(add(k, age=k) for k in range(1, 4))),
        entity(Op.ADD, "Place", *(add(k, name="x") for k in range(11, 16))),
    )
    people, places = (type_of(graph, name) for name in ("Person", "Place"))
    both = Membership(entities=frozenset({people.id, places.id}), relationships=frozenset())
    with graph.store.reading(graph.service.id) as reading:
        found = [reading.member_hashes(both, t.id, 0)[0] for t in (people, places, people, places)]
    assert found == [3, 5, 3, 5]


def test_a_failed_commit_makes_no_index(graph: Graph) -> None:
    class Broken(Exception):
        pass

    with pytest.raises(Broken), graph.store.writing(graph.service.id, graph.wall) as writing:
        add_indexes(writing, "Person", [FieldIndex(name="by_age", properties=("age",))])
        raise Broken
    assert names(graph.store) == set()


def test_opening_a_database_makes_what_it_lacks_and_drops_what_no_model_names(tmp_path: Path) -> None:
    store = open_store(tmp_path, None)
    graph = Graph.make(store, PERSON)
    index(graph, "age")
    wanted = names(store)
    with store._backend.writing() as connection:
        for name in wanted:
            connection.execute(text(f"DROP INDEX {name}"))
        connection.execute(text("CREATE INDEX ix_object_v0_s1_t2_p3 ON object (svc)"))
    store.close()
    again = open_store(tmp_path, None)
    assert names(again) == wanted
    again.close()


def test_text_of_any_length_can_be_indexed(graph: Graph) -> None:
    graph.apply(entity(Op.ADD, "Person", add(1, name="\U0001f600" * 20_000)))
    index(graph, "name")
    index(graph, "name", "guid", "age", "x")
    # Hardly to be compressed, as far as the indexed part goes.
    graph.apply(entity(Op.ADD, "Person", add(2, name="".join(chr(0x10000 + k * 7919 % 50_000) for k in range(5_000)))))
    index(graph, "seen")


def test_arrays_can_be_indexed_and_are_not_among_the_values(graph: Graph) -> None:
    index(graph, "age")
    index(graph, "name")
    graph.apply(entity(Op.ADD, "Person", add(1, age=(1, None), name=("a", "b")), add(2, age=1, name="a")))
    assert _ids(graph, "n.age = 1") == [2]
    assert _ids(graph, "n.name < 'b'") == [2]


# ---- plans


def _query(graph: Graph, clause: str, type_name: str = "Person") -> Select[tuple[UUID]]:
    """Select as membership does: service and type as parameters."""
    of = type_of(graph, type_name)
    with graph.store.reading(graph.service.id) as reading:
        lowered = lower(check(clause, reading.data_model(), of, {}), object_.c, of)
    assert lowered.sql is not None
    return select(object_.c.id).where(object_.c.svc == graph.service.id, object_.c.type == of.id, lowered.sql)


def _ids(graph: Graph, clause: str) -> list[int]:
    with graph.store._backend.reading() as connection:
        return sorted(row.id.int for row in connection.execute(_query(graph, clause)))


def _plan(graph: Graph, query: Select[tuple[UUID]]) -> str:
    with graph.store._backend.reading() as connection:
        explain = "EXPLAIN QUERY PLAN " if connection.dialect.name == "sqlite" else "EXPLAIN "
        compiled = query.compile(connection, compile_kwargs={"render_postcompile": True})
        parameters = (
            compiled.params
            if connection.dialect.name == "postgresql"
            else tuple(
                value.bytes if isinstance(value := compiled.params[name], UUID) else value
                for name in compiled.positiontup or ()
            )
        )
        rows = connection.exec_driver_sql(explain + str(compiled), parameters)
        return "\n".join(str(row[-1]) for row in rows)


_INDEXED = {
    "n.age = 30": "age",
    "n.age > 990 AND n.x <> 5.5": "age",
    "n.age IN [1, 2, 3]": "age",
    "30.0 = n.age": "age",
    "n.name = 'n7'": "name",
    "n.name STARTS WITH 'n77'": "name",
    "n.guid = '{0000000000000000000000000000000A}'": "guid",
    "n.seen = localdatetime('1970-01-01T00:00:00.005')": "seen",
    "n.x = 7": "x",
}


def _values(k: int) -> dict[str, Value]:
    return {"age": k % 1000, "name": f"n{k % 1000}", "x": float(k % 1000), "guid": UUID(int=k), "seen": DateTime(k)}


def test_clauses_are_answered_by_their_index(graph: Graph) -> None:
    people = [add(k, **_values(k)) for k in range(1, 3_000)]
    graph.apply(entity(Op.ADD, "Person", *people), entity(Op.ADD, "Place", *(add(k + 10_000) for k in range(3_000))))
    for name in ("age", "name", "x", "guid", "seen"):
        index(graph, name)
    for clause, name in _INDEXED.items():
        plan = _plan(graph, _query(graph, clause))
        assert name_of(graph, name) in plan, f"{clause}\n{plan}"


def test_clauses_on_the_id_are_answered_by_the_key(graph: Graph) -> None:
    graph.apply(entity(Op.ADD, "Person", *(add(k, **_values(k)) for k in range(1, 3_000))))
    index(graph, "age")  # for its statistics
    for clause in ("n.globalid = '{0000000000000000000000000000000A}'", f"id(n) IN ['{UUID(int=10)}']"):
        plan = _plan(graph, _query(graph, clause))
        assert "(svc=? AND id=?)" in plan or "object_pkey" in plan, plan


def test_notes_name_the_index_that_answers(graph: Graph) -> None:
    index(graph, "age", "name")
    with graph.store.reading(graph.service.id) as reading:
        model = reading.data_model()
    of = model.require("Person")
    clause = "5 < n.age AND n.name = 'x' AND n.age <> 3 AND id(n) <> n.globalid AND toLower(n.name) = 'a'"
    assert lower(check(clause, model, of, {}), object_.c, of).notes == (
        "5 < n.age: in SQL (index by_age_name)",
        "n.name = 'x': in SQL",
        "n.age <> 3: in SQL",
        "id(n) <> n.globalid: in SQL",
        "toLower(n.name) = 'a': evaluated on what SQL selects",
    )


def test_a_service_published_with_indexes_has_them(graph: Graph) -> None:
    index(graph, "age")
    model = _model(graph)
    with graph.store.writing(graph.service.id, graph.wall) as writing:
        delete_indexes(writing, "Person", ["by_age"])
    assert names(graph.store) == set()
    with graph.store.changing_catalog() as catalog:
        catalog.publish(replace(graph.service, name="copy", item="i" * 32), model, 1)
    assert len(names(graph.store)) == 1
