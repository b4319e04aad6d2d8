"""Where is my row? Its versions, its type, its ends."""

from __future__ import annotations

from uuid import UUID

from kgsync.model.edits import Op
from kgsync.model.history import ORIGIN, Moment
from kgsync.model.replica import Definition, Replica
from kgsync.sync.why import Explanation, why
from tests.graphs import CODEC, Graph, add, change, connect, entity, gone, link, tablet, uid

REPLICA = UUID(int=0xBEEF)


def _replica(definition: Definition, served: Moment = ORIGIN) -> Replica:
    return tablet(definition, served=served)


def _why(graph: Graph, number: int, *types: str, served: Moment = ORIGIN) -> Explanation:
    with graph.store.reading(graph.service.id) as reading:
        return why(reading, _replica(graph.bound(*types), served), uid(number), CODEC)


def test_a_member_is_one_because_its_type_is_asked_for(graph: Graph) -> None:
    graph.apply(entity(Op.ADD, "Person", add(1)))
    told = _why(graph, 1, "Person")
    assert (told.exists, told.type_name, told.in_definition, told.member) == (True, "Person", True, True)
    assert told.reasons == ("its type Person is in the definition",)


def test_an_object_of_another_type_is_none(graph: Graph) -> None:
    graph.apply(entity(Op.ADD, "Place", add(1)))
    told = _why(graph, 1, "Person")
    assert (told.exists, told.in_definition, told.member) == (True, False, False)
    assert "Place is not in the definition" in told.reasons[0]


def test_a_relationship_hangs_on_both_its_ends(graph: Graph) -> None:
    graph.apply(entity(Op.ADD, "Person", add(1)), entity(Op.ADD, "Place", add(2)))
    graph.apply(link(Op.ADD, "LivesIn", connect(3, 1, 2)))
    inside, outside = _why(graph, 3), _why(graph, 3, "Person", "LivesIn")
    assert (inside.member, outside.member) == (True, False)
    assert [(e.word, e.type_name, e.in_definition) for e in outside.ends] == [
        ("origin", "Person", True),
        ("destination", "Place", False),
    ]
    assert any(str(uid(2)) in reason for reason in outside.reasons)


def test_a_deleted_relationship_says_which_end_went_with_it(graph: Graph) -> None:
    graph.apply(entity(Op.ADD, "Person", add(1), add(2)), link(Op.ADD, "Knows", connect(3, 1, 2)))
    deleted = graph.apply(entity(Op.DELETE, "Person", gone(2))).moment
    told = _why(graph, 3)
    assert (told.exists, told.member, told.type_name) == (False, False, "Knows")
    assert told.reasons == (f"the object was deleted at {deleted}",)
    assert [e.type_name for e in told.ends] == ["Person", None]


def test_an_id_nobody_knows_is_said_to_be_none(graph: Graph) -> None:
    told = _why(graph, 9)
    assert (told.exists, told.member, told.type_name, told.versions) == (False, False, None, ())


def test_versions_say_when_they_stood_and_who_brought_them(graph: Graph) -> None:
    born = graph.apply(entity(Op.ADD, "Person", add(1, name="a"))).moment
    late = graph.apply(entity(Op.UPDATE, "Person", change(1, name="c")), replica=REPLICA).moment
    told = _why(graph, 1)
    assert [(v.since, v.closed, v.brought_by) for v in told.versions] == [(late, None, REPLICA), (born, late, None)]


def test_clauses_and_ends_are_told_apart(graph: Graph) -> None:
    graph.apply(entity(Op.ADD, "Person", add(1, age=5), add(4, age=1)), entity(Op.ADD, "Place", add(2)))
    graph.apply(link(Op.ADD, "LivesIn", connect(3, 1, 2), connect(5, 4, 2)))
    definition = graph.bound("Person", "Place", "LivesIn", where={"Person": "n.age > 3"})

    def told(number: int) -> Explanation:
        with graph.store.reading(graph.service.id) as reading:
            return why(reading, _replica(definition), uid(number), CODEC)

    assert [told(k).member for k in (1, 2, 3, 4, 5)] == [True, True, True, False, False]
    assert "the where-clause 'n.age > 3' is TRUE of it" in told(1).reasons
    assert "the where-clause 'n.age > 3' is not TRUE of it" in told(4).reasons
    assert f"its origin {uid(4)} is not in the replica" in told(5).reasons
