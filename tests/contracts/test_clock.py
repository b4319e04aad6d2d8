"""The clock: Moments only grow, whatever the wall says, and are read with the data they describe."""

from __future__ import annotations

from kgsync.model.edits import Op
from kgsync.store.database import Store
from tests.graphs import PERSON, Graph, add, entity


def test_a_commit_takes_the_wall_clock_when_it_is_ahead(store: Store) -> None:
    graph = Graph.make(store, PERSON)
    graph.wall = 5_000_000
    assert graph.apply(entity(Op.ADD, "Person", add(1))).moment.ms == 5_000_000


def test_a_commit_takes_the_next_ms_when_the_wall_clock_is_behind(store: Store) -> None:
    graph = Graph.make(store, PERSON)
    graph.wall = 5_000_000
    first = graph.apply(entity(Op.ADD, "Person", add(1))).moment
    graph.wall = 0  # 1970
    second = graph.apply(entity(Op.ADD, "Person", add(2))).moment
    assert second.ms == first.ms + 1


def test_two_commits_in_one_ms_never_share_a_moment(store: Store) -> None:
    graph = Graph.make(store, PERSON)
    moments = [graph.apply(entity(Op.ADD, "Person", add(k))).moment for k in range(1, 6)]
    assert len(set(moments)) == 5
    assert moments == sorted(moments)


def test_a_rolled_back_commit_takes_no_moment(store: Store) -> None:
    graph = Graph.make(store, PERSON)
    before = graph.clock()
    try:
        with store.writing(graph.service.id, graph.wall):
            raise RuntimeError("undone")
    except RuntimeError:
        pass
    assert graph.clock() == before


def test_a_read_view_keeps_its_clock_while_others_commit(store: Store) -> None:
    graph = Graph.make(store, PERSON)
    graph.apply(entity(Op.ADD, "Person", add(1)))
    with store.reading(graph.service.id) as reading:
        seen = reading.clock()
        later = graph.apply(entity(Op.ADD, "Person", add(2))).moment
        person = reading.data_model().require("Person")
        assert reading.clock() == seen < later
        assert reading.count([person.id]) == 1


def test_services_have_clocks_of_their_own(store: Store) -> None:
    one, other = Graph.make(store, PERSON), Graph.make(store, PERSON)
    one.wall = 9_000_000
    one.apply(entity(Op.ADD, "Person", add(1)))
    assert other.clock().ms < 9_000_000


def test_registering_takes_no_moment(store: Store) -> None:
    graph = Graph.make(store, PERSON)
    before = graph.clock()
    with store.registering(graph.service.id) as registering:
        registering.take_numbers("anything", 3)
    assert graph.clock() == before
