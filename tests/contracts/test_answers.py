"""Where a row is, what was overwritten, what a replica should hold: the same on every backend."""

from __future__ import annotations

from typing import Any

from kgsync.model.digest import Digest, row_hash
from kgsync.model.edits import Op
from kgsync.model.history import Moment
from kgsync.store.base import KeptDigest, Membership, Overwritten, Version
from kgsync.store.database import Store
from kgsync.store.keeping import MAX_DIGESTS
from tests.contracts.test_store import replica_value
from tests.graphs import KNOWS, PERSON, Graph, add, change, connect, entity, gone, link, uid


def _version(number: int, row: bytes, **more: Any) -> Version:
    return Version(uid(number), 1, 1, [], row, None)._replace(**more)


def test_versions_come_newest_first_and_say_how_they_ended(store: Store) -> None:
    graph = Graph.make(store, PERSON)
    born = graph.apply(entity(Op.ADD, "Person", add(1, name="a"), add(2))).moment
    changed = graph.apply(entity(Op.UPDATE, "Person", change(1, name="b"))).moment
    deleted = graph.apply(entity(Op.DELETE, "Person", gone(1))).moment
    back = graph.apply(entity(Op.ADD, "Person", add(1, name="c")), replica=uid(7)).moment
    with store.reading(graph.service.id) as reading:
        found = reading.versions(uid(1), 10)
        assert [(v.since, v.closed, v.ended) for v in found] == [
            (back, None, False),
            (changed, deleted, True),
            (born, changed, False),
        ]
        assert [v.brought_by for v in found] == [uid(7), None, None]
        assert [v.since for v in reading.versions(uid(1), 2)] == [back, changed]
        assert reading.versions(uid(9), 10) == []


def test_a_version_is_found_by_the_moment_it_began(store: Store) -> None:
    graph = Graph.make(store, PERSON)
    born = graph.apply(entity(Op.ADD, "Person", add(1, name="a"))).moment
    changed = graph.apply(entity(Op.UPDATE, "Person", change(1, name="b"))).moment
    with store.reading(graph.service.id) as reading:
        old, new = (reading.version_since(uid(1), moment) for moment in (born, changed))
        assert old is not None
        assert new is not None
        assert (old.closed, new.closed) == (changed, None)
        assert old.row != new.row
        assert reading.version_since(uid(1), Moment(born.ms - 1)) is None


def test_conflicts_are_numbered_and_kept_with_their_rows(store: Store) -> None:
    graph, other = Graph.make(store, PERSON, KNOWS), Graph.make(store, PERSON)
    people = entity(Op.ADD, "Person", add(1), add(2))
    graph.apply(people, link(Op.ADD, "Knows", connect(3, 1, 2)))
    with store.writing(graph.service.id, 1) as writing:
        stored = writing.find([uid(1), uid(3)])
        kept = [Overwritten(stored[uid(k)], "delete", Moment(5), uid(7), "bob") for k in (1, 3)]
        writing.put_conflicts(kept)
        writing.put_conflicts([])
        moment = writing.moment
    with store.reading(graph.service.id) as reading:
        newest, oldest = reading.conflicts(None, 10)
        assert (oldest.number, oldest.object, oldest.origin) == (1, uid(1), None)
        assert (newest.number, newest.origin, newest.dest) == (2, uid(1), uid(2))
        assert (newest.moment, newest.base, newest.restored) == (moment, Moment(5), None)
        assert [c.number for c in reading.conflicts(2, 10)] == [1]
        assert [c.number for c in reading.conflicts(None, 1)] == [2]
        assert reading.conflict_count() == 2
        assert reading.conflict(2) == (newest, stored[uid(3)].row)
        assert reading.conflict(3) is None
    with store.reading(other.service.id) as reading:
        assert (reading.conflicts(None, 10), reading.conflict_count(), reading.conflict(1)) == ([], 0, None)


def test_what_went_with_an_object_is_found_by_its_ends_and_the_moment(store: Store) -> None:
    graph = Graph.make(store, PERSON, KNOWS)
    people = entity(Op.ADD, "Person", add(1), add(2), add(3))
    graph.apply(people, link(Op.ADD, "Knows", connect(4, 1, 2), connect(5, 3, 1), connect(6, 2, 3)))
    graph.apply(link(Op.DELETE, "Knows", gone(4)))
    with store.writing(graph.service.id, 1) as writing:
        stored = writing.find([uid(5), uid(6)])
        writing.put_conflicts([Overwritten(stored[uid(k)], "cascade", Moment(5), uid(7), "bob") for k in (5, 6)])
        writing.remove([uid(1), uid(5), uid(6)])
        moment = writing.moment
    with store.reading(graph.service.id) as reading:
        (held,) = reading.ended_around(moment, [uid(1)])
        assert (held.id, held.ended, held.row) == (uid(5), True, stored[uid(5)].row)
        assert {each.id for each in reading.ended_around(moment, [uid(1), uid(2), uid(3)])} == {uid(5), uid(6)}
        ((entry, row),) = reading.conflicts_around(moment, [uid(1)])
        assert (entry.object, row) == (uid(5), stored[uid(5)].row)
        assert len(reading.conflicts_around(moment, [uid(1), uid(3)])) == 2
        before = Moment(moment.ms - 1)
        assert (reading.conflicts_around(before, [uid(3)]), reading.ended_around(before, [uid(3)])) == ([], [])


def test_a_restored_conflict_says_when(store: Store) -> None:
    graph = Graph.make(store, PERSON)
    graph.apply(entity(Op.ADD, "Person", add(1)))
    with store.writing(graph.service.id, 1) as writing:
        writing.put_conflicts([Overwritten(writing.find([uid(1)])[uid(1)], "update", Moment(5), uid(7), "bob")])
    with store.writing(graph.service.id, 1) as writing:
        writing.mark_restored(1)
    with store.reading(graph.service.id) as reading:
        assert reading.conflicts(None, 10)[0].restored == reading.clock()


def test_the_sums_of_hashes_are_those_of_the_rows(store: Store) -> None:
    graph = Graph.make(store, PERSON)
    rows = {k: b"\x12" + bytes([k]) * k for k in range(1, 40)}
    with store.writing(graph.service.id, 1) as writing:
        writing.insert([_version(k, row) for k, row in rows.items()], None)
        writing.insert([_version(90, b"stale", schema=0), _version(91, b"other", type=2)], None)
    membership = Membership(entities=frozenset({1}), relationships=frozenset())
    expected = Digest()
    for row in rows.values():
        expected = expected.plus(row_hash(row))
    with store.reading(graph.service.id) as reading:
        assert Digest(*reading.member_hashes(membership, 1, 1)) == expected
        assert dict(reading.hashed_members(membership, 1, 1)) == {uid(k): row_hash(r) for k, r in rows.items()}
        assert reading.member_hashes(membership, 5, 1) == (0, 0, 0)


def test_the_largest_hashes_do_not_overflow(store: Store) -> None:
    graph = Graph.make(store, PERSON)
    with store.writing(graph.service.id, 1) as writing:
        writing.insert([_version(k, b"") for k in range(1, 1_001)], None)
        writing._connection.exec_driver_sql(f"UPDATE object SET hash = {2**62 - 1}")
    membership = Membership(entities=frozenset({1}), relationships=frozenset())
    with store.reading(graph.service.id) as reading:
        assert reading.member_hashes(membership, 1, 1) == (1_000, 1_000 * (2**31 - 1), 1_000 * (2**31 - 1))


def test_digests_are_kept_from_what_was_presented_on(store: Store) -> None:
    graph = Graph.make(store, PERSON)
    kept = [KeptDigest(Moment(k), 3, Digest(k, k, 2**40)) for k in (10, 20, 30)]
    with store.registering(graph.service.id) as registering:
        registering.add_replica(replica_value(7, "Field"))
        registering.put_digest(uid(7), kept[0])
        registering.put_digest(uid(7), kept[1])
        registering.put_digest(uid(7), kept[1]._replace(model=4))
        assert registering.digests(uid(7)) == [kept[0], kept[1]._replace(model=4)]
        registering.note_contact(uid(7), Moment(30), Moment(20), 100)
        registering.put_digest(uid(7), kept[2])
        assert [d.moment for d in registering.digests(uid(7))] == [Moment(20), Moment(30)]
        registering.remove_replica(uid(7))
        assert registering.digests(uid(7)) == []


def test_a_replica_that_presents_nothing_keeps_its_newest_digests(store: Store) -> None:
    graph = Graph.make(store, PERSON)
    with store.registering(graph.service.id) as registering:
        registering.add_replica(replica_value(7, "Field"))
        for moment in range(1, MAX_DIGESTS + 4):
            registering.put_digest(uid(7), KeptDigest(Moment(moment), 1, Digest()))
        kept = registering.digests(uid(7))
    assert [d.moment.ms for d in kept] == list(range(4, MAX_DIGESTS + 4))
