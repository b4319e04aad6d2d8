"""What the engine may ask of a store, on every backend."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

import pytest

from kgsync.errors import Conflict, KgsyncError, NotFound
from kgsync.model.catalog import ArchiveFile, Item, ServiceSettings
from kgsync.model.contents import CHUNK_BYTES, CHUNK_ROWS
from kgsync.model.edits import Op, Outcome
from kgsync.model.history import ORIGIN, Moment, Span
from kgsync.model.jobs import Job, JobError, JobKind, JobState
from kgsync.model.people import Account, Binding, Grant, Role, Token
from kgsync.model.replica import Definition, Direction, Replica, TypeDefinition
from kgsync.model.schema import Category
from kgsync.server.publishing import publish
from kgsync.store.base import LedgerEntry, Membership, Version
from kgsync.store.database import Store
from tests.graphs import KNOWS, PERSON, Graph, add, change, connect, entity, gone, link, uid


def _version(number: int, row: bytes = b"\x12\x02ab", **more: Any) -> Version:
    return Version(uid(number), 1, 1, [(5, "x")], row, None)._replace(**more)


def _membership(graph: Graph) -> Membership:
    with graph.store.reading(graph.service.id) as reading:
        types = reading.data_model().types
    return Membership(
        entities=frozenset(t.id for t in types if t.category is Category.ENTITY),
        relationships=frozenset(t.id for t in types if t.category is Category.RELATIONSHIP),
    )


def replica_value(number: int, name: str, owner: str = "ann") -> Replica:
    definition = Definition(types=(TypeDefinition(name="Person", category=Category.ENTITY, type_id=1),))
    return Replica(
        id=uid(number),
        name=name,
        requested_name="",
        owner=owner,
        direction=Direction.BIDIRECTIONAL,
        definition=definition,
        created=1,
        served=Moment(5),
        presented=ORIGIN,
        last_contact=2,
    )


def test_found_objects_are_the_ones_asked_for(store: Store) -> None:
    graph = Graph.make(store, PERSON)
    graph.apply(entity(Op.ADD, "Person", *(add(k) for k in range(1, 6))))
    with store.reading(graph.service.id) as reading:
        assert set(reading.find([uid(2), uid(4), uid(99)])) == {uid(2), uid(4)}
        assert set(reading.types_of([uid(1), uid(99)])) == {uid(1)}


def test_more_ids_than_one_statement_takes_are_found(store: Store) -> None:
    graph = Graph.make(store, PERSON)
    with store.writing(graph.service.id, 1) as writing:
        writing.insert([_version(k) for k in range(1, 12_002)], None)
    with store.reading(graph.service.id) as reading:
        assert len(reading.types_of([uid(k) for k in range(1, 12_002)])) == 12_001


def test_services_do_not_see_each_other(store: Store) -> None:
    one, other = Graph.make(store, PERSON), Graph.make(store, PERSON)
    one.apply(entity(Op.ADD, "Person", add(1)))
    with store.reading(other.service.id) as reading:
        assert reading.find([uid(1)]) == {}
        assert list(reading.delta(_membership(other), Span(Moment(1), reading.clock()), 0)) == []


def test_an_unknown_service_cannot_be_opened(store: Store) -> None:
    with pytest.raises(NotFound), store.reading(999):
        pass
    with pytest.raises(NotFound), store.writing(999, 1):
        pass


def test_connected_relationships_come_once_from_either_end(store: Store) -> None:
    graph = Graph.make(store, PERSON, KNOWS)
    graph.apply(
        entity(Op.ADD, "Person", add(1), add(2), add(3)),
        link(Op.ADD, "Knows", connect(11, 1, 2), connect(12, 1, 1), connect(13, 3, 2), connect(14, 3, 3)),
    )
    with store.reading(graph.service.id) as reading:
        assert {k.id.int for k in reading.connected([uid(1), uid(2)])} == {11, 12, 13}
        assert len(reading.connected([uid(1)])) == 2


def test_records_are_found_by_what_they_are_about_and_cite_and_are_no_relationships(store: Store) -> None:
    graph = Graph.make(store, PERSON, KNOWS)
    graph.apply(entity(Op.ADD, "Person", add(1), add(2)), link(Op.ADD, "Knows", connect(3, 1, 2)))
    about_one, citing = _version(11, type=9, origin=uid(1)), _version(12, type=9, origin=uid(3), dest=uid(2))
    with store.writing(graph.service.id, 1) as writing:
        writing.insert([about_one, citing], None)
    with store.reading(graph.service.id) as reading:
        assert [r.id for r in reading.records_about([uid(1), uid(2), uid(3)])] == [uid(11), uid(12)]
        assert [r.id for r in reading.records_citing([uid(1), uid(2)])] == [uid(12)]
        assert [r.id for r in reading.connected([uid(1), uid(2), uid(3)])] == [uid(3)]


def test_records_are_found_by_the_texts_they_hold(store: Store) -> None:
    graph = Graph.make(store, PERSON)
    texts = (("Person", "name"), ("Person", 'a "quoted" näme'), ("person", "name"), ("Person", "age"))
    rows = [_version(k, type=9, values=[(5, t), (6, p)]) for k, (t, p) in enumerate(texts, 1)]
    with store.writing(graph.service.id, 1) as writing:
        writing.insert([*rows, _version(9, type=8, values=[(5, "Person")])], None)
    with store.reading(graph.service.id) as reading:
        assert {r.id.int for r in reading.records_naming(9, {5: "Person"}, 10)} == {1, 2, 4}
        assert len(reading.records_naming(9, {5: "Person"}, 2)) == 2
        assert [r.id.int for r in reading.records_naming(9, {5: "Person", 6: texts[1][1]}, 10)] == [2]
        assert reading.records_naming(9, {7: "Person"}, 10) == []


def test_patterns_count_relationships_by_their_three_types(store: Store) -> None:
    graph = Graph.make(store, PERSON, KNOWS)
    graph.apply(entity(Op.ADD, "Person", add(1), add(2)), link(Op.ADD, "Knows", connect(3, 1, 2), connect(4, 2, 1)))
    model = graph.model()
    person, knows = model.require("Person").id, model.require("Knows").id
    with store.reading(graph.service.id) as reading:
        assert reading.patterns() == {(person, knows, person): 2}


def test_the_floor_only_rises(store: Store) -> None:
    graph = Graph.make(store, PERSON)
    with store.writing(graph.service.id, 1) as writing:
        floor = writing.moment
        writing.raise_floor(floor)
        writing.raise_floor(Moment(5))
        assert writing.floor() == floor
    with store.reading(graph.service.id) as reading:
        assert reading.floor() == floor


def test_settings_of_a_service_change(store: Store) -> None:
    service = publish(store, "World", "Hosted", "ann", ServiceSettings(), 1, uuid.uuid4)
    wanted = replace(service.settings, supports_sync=False)
    with store.changing_catalog() as catalog:
        assert catalog.change_settings(service.id, lambda settings: wanted).settings == wanted
    with store.catalog() as catalog:
        assert catalog.service_by_id(service.id) == replace(service, settings=wanted)


def test_members_come_in_chunks_within_their_limits(store: Store) -> None:
    graph = Graph.make(store, PERSON)
    small, large = b"\x12\x02ab", b"\x12" + bytes(CHUNK_BYTES // 3)
    with store.writing(graph.service.id, 1) as writing:
        writing.insert([_version(k, small) for k in range(1, CHUNK_ROWS + 2)], None)
        writing.insert([_version(k, large)._replace(type=2) for k in range(90_001, 90_009)], None)
    membership = Membership(entities=frozenset({1, 2}), relationships=frozenset())
    with store.reading(graph.service.id) as reading:
        chunks = list(reading.members(membership, 1, 0))
        assert sum(map(len, chunks)) == len(small) * (CHUNK_ROWS + 1)
        assert len(chunks) == 2
        wide = list(reading.members(membership, 2, 0))
    assert sum(map(len, wide)) == 8 * len(large)
    assert all(len(chunk) <= CHUNK_BYTES + len(large) for chunk in wide)


def test_member_rows_survive_every_byte(store: Store) -> None:
    graph = Graph.make(store, PERSON)
    rows = [bytes(range(256)), b"\x00", b"\xff\xfe\x00", b"'\"\\"]
    with store.writing(graph.service.id, 1) as writing:
        writing.insert([_version(k, row) for k, row in enumerate(rows, 1)], None)
    membership = Membership(entities=frozenset({1}), relationships=frozenset())
    with store.reading(graph.service.id) as reading:
        assert sorted(b"".join(reading.members(membership, 1, 0))) == sorted(b"".join(rows))
        assert {s.row for s in reading.find([uid(k) for k in range(1, 5)]).values()} == set(rows)


def test_rows_of_an_older_shape_are_given_apart(store: Store) -> None:
    graph = Graph.make(store, PERSON)
    with store.writing(graph.service.id, 1) as writing:
        writing.insert([_version(1), _version(2, schema=3)], None)
    membership = Membership(entities=frozenset({1}), relationships=frozenset())
    with store.reading(graph.service.id) as reading:
        assert b"".join(reading.members(membership, 1, 2)) == b"\x12\x02ab"
        assert [s.id for s in reading.stale_members(membership, 1, 2)] == [uid(1)]


def test_numbers_are_given_once(store: Store) -> None:
    graph = Graph.make(store, PERSON)
    with store.writing(graph.service.id, 1) as writing:
        assert (writing.take_numbers("n", 3), writing.take_numbers("n", 2)) == (1, 4)
    with store.writing(graph.service.id, 1) as writing:
        assert writing.take_numbers("n", 1) == 6


def test_a_version_born_and_gone_in_one_commit_leaves_no_trace(store: Store) -> None:
    graph = Graph.make(store, PERSON)
    before = graph.clock()
    with store.writing(graph.service.id, 1) as writing:
        writing.insert([_version(1)], None)
        writing.remove([uid(1)])
    with store.reading(graph.service.id) as reading:
        assert list(reading.delta(_membership(graph), Span(before, reading.clock()), 0)) == []


def test_a_delta_before_the_newest_moment_leaves_out_what_came_after(store: Store) -> None:
    graph = Graph.make(store, PERSON)
    start = graph.clock()
    graph.apply(entity(Op.ADD, "Person", add(1, name="a"), add(2, name="b")))
    middle = graph.apply(entity(Op.UPDATE, "Person", change(1, name="c"))).moment
    graph.apply(entity(Op.DELETE, "Person", gone(1)), entity(Op.ADD, "Person", add(3)))
    with store.reading(graph.service.id) as reading:
        changes = list(reading.delta(_membership(graph), Span(start, middle), 0))
    assert sorted(c.id.int for c in changes) == [1, 2]


def test_replicas_keep_their_registration(store: Store) -> None:
    graph, made = Graph.make(store, PERSON), replica_value(7, "Field")
    with store.registering(graph.service.id) as registering:
        registering.add_replica(made)
        registering.add_replica(replica_value(8, "Other", "bob"))
    with store.reading(graph.service.id) as reading:
        assert reading.replica(uid(7)) == made
        assert [r.name for r in reading.replicas()] == ["Field", "Other"]
        assert [r.name for r in reading.replicas("bob")] == ["Other"]


def test_what_was_served_and_presented_never_goes_back(store: Store) -> None:
    graph = Graph.make(store, PERSON)
    with store.registering(graph.service.id) as registering:
        registering.add_replica(replica_value(7, "Field"))
    for served, presented in ((Moment(9), Moment(5)), (Moment(7), Moment(4)), (None, None)):
        with store.registering(graph.service.id) as registering:
            noted = registering.note_contact(uid(7), served, presented, 100)
    assert (noted.served, noted.presented, noted.last_contact) == (Moment(9), Moment(5), 100)


def test_a_contact_does_not_bring_an_unregistered_replica_back(store: Store) -> None:
    graph = Graph.make(store, PERSON)
    with store.registering(graph.service.id) as registering:
        registering.add_replica(replica_value(7, "Field"))
    with store.registering(graph.service.id) as registering:
        registering.remove_replica(uid(7))
    with pytest.raises(NotFound), store.registering(graph.service.id) as registering:
        registering.note_contact(uid(7), Moment(9), None, 100)
    with store.reading(graph.service.id) as reading:
        assert reading.replica(uid(7)) is None


def test_a_job_belongs_to_one_runner_at_a_time(store: Store) -> None:
    job = Job(
        id="j1", service=1, kind=JobKind.CREATE, owner="a", state=JobState.EXECUTING, progress=0, submitted=1, updated=1
    )
    error = JobError(code=500, message="lost")
    with store.changing_jobs() as jobs:
        jobs.add(job, "{}", "first")
        (seen,) = jobs.running()
        assert jobs.beat("j1", "first", 10, 2) is JobState.EXECUTING
        assert not jobs.take(seen, "second"), "it has been beaten since"
        (seen,) = jobs.running()
        assert jobs.take(seen, "second")
        assert jobs.beat("j1", "first", 20, 3) is None
        assert not jobs.end("j1", "first", JobState.FAILED, 4, None, error)
        assert jobs.end("j1", "second", JobState.COMPLETED, 5, None, None)
        assert not jobs.end("j1", "second", JobState.FAILED, 6, None, error)
    with store.jobs() as jobs:
        found = jobs.find("j1")
    assert found is not None
    assert (found.state, found.error) == (JobState.COMPLETED, None)


def test_text_the_database_cannot_hold_is_a_clear_error(store: Store) -> None:
    graph = Graph.make(store, PERSON)
    long = replica_value(7, "n" * 5_000)
    try:
        with store.registering(graph.service.id) as registering:
            registering.add_replica(long)
    except KgsyncError as error:
        assert "too long" in error.message


def test_replica_names_are_unique_regardless_of_case(store: Store) -> None:
    graph = Graph.make(store, PERSON)
    with store.registering(graph.service.id) as registering:
        registering.add_replica(replica_value(1, "Field"))
    with pytest.raises(Conflict), store.registering(graph.service.id) as registering:
        registering.add_replica(replica_value(2, "FIELD"))


def test_unregistering_forgets_outcomes_and_archives(store: Store) -> None:
    graph = Graph.make(store, PERSON)
    file = ArchiveFile(name="a", service=graph.service.id, replica=uid(7), account="ann", size=1, created=1, expires=10)
    with store.writing(graph.service.id, 1) as writing:
        writing.add_replica(replica_value(7, "Field"))
        writing.put_archive(file)
        writing.put_upload(uid(7), ("k",), "body", LedgerEntry(Outcome("ann", Moment(3)), 5))
    with store.catalog() as catalog:
        assert catalog.archive("a") == file
    with store.registering(graph.service.id) as registering:
        registering.remove_replica(uid(7))
    with store.reading(graph.service.id) as reading:
        assert reading.replica(uid(7)) is None
        assert reading.upload(uid(7), "k") is None
    with store.catalog() as catalog:
        assert catalog.archive("a") is None


def test_outcomes_come_back_as_they_were(store: Store) -> None:
    graph = Graph.make(store, PERSON)
    outcome = graph.apply(entity(Op.ADD, "Person", add(1), add(2, age="old")), fails=True)
    with store.writing(graph.service.id, 1) as writing:
        writing.put_upload(uid(7), ("k1", "k2"), "body", LedgerEntry(outcome, 5))
    with store.reading(graph.service.id) as reading:
        assert reading.upload(uid(7), "k1") == reading.upload(uid(7), "k2") == LedgerEntry(outcome, 5)
        assert reading.latest_upload(uid(7)) == ("body", LedgerEntry(outcome, 5))
        assert reading.latest_upload(uid(8)) is None


def test_the_latest_upload_is_the_last_one_stored(store: Store) -> None:
    graph = Graph.make(store, PERSON)
    for number in (1, 2, 3):
        with store.writing(graph.service.id, 1) as writing:
            entry = LedgerEntry(Outcome("ann", Moment(number)), number)
            writing.put_upload(uid(7), ("latest",), f"body{number}", entry)
    with store.reading(graph.service.id) as reading:
        latest = reading.latest_upload(uid(7))
    assert latest is not None
    assert (latest[0], latest[1].at) == ("body3", 3)


def test_service_names_are_unique_regardless_of_case(store: Store) -> None:
    publish(store, "World", "Hosted", "ann", ServiceSettings(), 1, uuid.uuid4)
    with pytest.raises(Conflict):
        publish(store, "WORLD", "hosted", "ann", ServiceSettings(), 1, uuid.uuid4)
    with store.catalog() as catalog:
        found = catalog.service("HOSTED", "world")
    assert found is not None
    assert found.path == "Hosted/World"


def test_accounts_and_tokens_are_kept(store: Store) -> None:
    ann = Account(name="Ann", role=Role.VIEWER, created=1)
    token = Token(
        account="Ann",
        grant=Grant.REFRESH,
        expires=100,
        issued=1,
        binding=Binding(referer="http", address="::1"),
        client="c",
        facts="{}",
    )
    with store.changing_people() as people:
        people.add_account(ann, "hash")
        people.add_token("d", token, 1)
        with pytest.raises(Conflict):
            people.add_account(replace(ann, name="ANN"), "hash")
    with store.people() as people:
        assert people.accounts() == [ann]
        assert people.account("ANN") == ann
        assert people.token("d", Grant.REFRESH) == (token, ann)
        assert people.token("d", Grant.ACCESS) is None
    with store.changing_people() as people:
        changed = people.change_account("ann", role=Role.ADMINISTRATOR.value, disabled=True)
        assert changed == replace(ann, role=Role.ADMINISTRATOR, disabled=True)
        assert people.remove_tokens("Ann") == 1
        assert people.token("d", Grant.REFRESH) is None


def test_failed_log_ins_are_counted_until_they_are_forgotten(store: Store) -> None:
    with store.changing_people() as people:
        for wall in (1, 5, 9):
            people.note_failure("user ann", wall, 0)
        assert people.failures("user ann") == (3, 9)
        people.note_failure("user bob", 20, 10)
        assert people.failures("user ann") == (0, 0)
        people.forget_failures("user bob")
        assert people.failures("user bob") == (0, 0)


def test_items_are_kept(store: Store) -> None:
    item = Item(id="ab" * 16, owner="ann", title="t", type="", file_name="f", ready=False, size=0, digest="", created=1)
    with store.changing_catalog() as catalog:
        catalog.add_item(item)
        assert catalog.complete_item(item.id, 5, "x")
        assert not catalog.complete_item("0" * 32, 5, "x"), "what was deleted cannot become whole"
    with store.catalog() as catalog:
        assert catalog.item(item.id) == replace(item, ready=True, size=5, digest="x")


def test_a_second_program_opens_the_same_schema(store: Store) -> None:
    graph = Graph.make(store, PERSON)
    again = Store(store._backend)
    with again.reading(graph.service.id) as reading:
        assert reading.data_model().require("Person")
