"""A local replica: what is made offline, what is answered, and that nothing of it is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from kgsync.client import aio, pending
from kgsync.client.aio import Replica
from kgsync.client.server import Wanted
from kgsync.errors import (
    AuthenticationError,
    Code,
    Conflict,
    Forbidden,
    MalformedInput,
    NotFound,
    Unavailable,
    UnknownType,
)
from kgsync.model.catalog import ServiceSettings, Sharing
from kgsync.model.edits import Op
from kgsync.model.people import Role
from kgsync.model.replica import Direction
from kgsync.model.schema import FieldType, Property
from kgsync.model.schema_edits import PropertyChange
from kgsync.server.security.accounts import set_role
from kgsync.sync.datamodel import delete_type, update_property
from tests.client.house import FAST, House, house
from tests.graphs import CODEC, Graph, add, change, connect, entity, gone, link, uid


@pytest.fixture
def graph(home: House) -> Graph:
    made = home.graph()
    made.apply(
        entity(Op.ADD, "Person", add(1, name="Ann", age=3), add(2, name="Bob", age=40)),
        entity(Op.ADD, "Place", add(9, name="Rome")),
        link(Op.ADD, "Knows", connect(5, 1, 2)),
    )
    return made


async def _clone(ann: aio.Server, graph: Graph, path: Path, wanted: Wanted = None, **more: object) -> Replica:
    service = ann.service(graph.service.path)
    return await Replica.create(service, wanted, path / f"{uuid4().hex}.kgr", **more)  # type: ignore[arg-type]


async def _agrees(replica: Replica) -> None:
    assert (await replica.verify()).agrees is True


async def test_a_clone_holds_what_the_server_has(ann: aio.Server, graph: Graph, tmp_path: Path) -> None:
    replica = await _clone(ann, graph, tmp_path)
    assert replica.counts() == {"Knows": 1, "Person": 2, "Place": 1}
    found = replica.get(uid(1))
    assert found is not None
    assert (found.type, found["name"], found["age"], found.pending) == ("Person", "Ann", 3, False)
    assert [o.id for o in replica.find("Person", name="Bob")] == [uid(2)]
    ((knows, bob),) = replica.neighbours(uid(1))
    assert (knows.type, knows.origin, bob["name"]) == ("Knows", uid(1), "Bob")
    assert replica.neighbours(uid(1), incoming=True, outgoing=False) == []
    await _agrees(replica)
    replica.close()


async def test_edits_are_seen_at_once_and_by_others_after_a_sync(ann: aio.Server, graph: Graph, tmp_path: Path) -> None:
    replica = await _clone(ann, graph, tmp_path)
    eve = replica.edits.add("Person", {"name": "Eve", "age": 9})
    replica.edits.relate("Knows", eve, uid(2), {"since": date(2020, 2, 29)})
    replica.edits.update(uid(1), {"name": "Anna"})
    replica.edits.delete(uid(9))
    assert replica.counts() == {"Knows": 2, "Person": 3}
    assert replica.get(uid(9)) is None
    assert {n.entity["name"] for n in replica.neighbours(uid(2))} == {"Anna", "Eve"}
    assert len(replica.pending) == 4
    done = await replica.sync()
    assert (done.uploaded, done.rejected, replica.pending) == (4, 0, [])
    assert replica.counts() == {"Knows": 2, "Person": 3}
    await _agrees(replica)
    other = await _clone(ann, graph, tmp_path)
    assert {o["name"] for o in other.objects("Person")} == {"Anna", "Bob", "Eve"}
    (known,) = other.neighbours(eve)
    assert known.relationship["since"] == date(2020, 2, 29)
    for each in (replica, other):
        each.close()


async def test_edits_of_one_object_are_joined(ann: aio.Server, graph: Graph, tmp_path: Path) -> None:
    replica = await _clone(ann, graph, tmp_path)
    eve = replica.edits.add("Person", {"name": "Eve"})
    replica.edits.update(eve, {"age": 9})
    (pending,) = replica.pending
    assert (pending.op, pending.values) == (Op.ADD, {"name": "Eve", "age": 9})
    replica.edits.delete(eve)
    assert replica.pending == []
    replica.edits.update(uid(1), {"age": 5})
    replica.edits.update(uid(1), {"name": None})
    assert replica.pending[0].values == {"age": 5, "name": None}
    with pytest.raises(Conflict, match="relationships"):
        replica.edits.delete(uid(1))
    replica.edits.delete(uid(1), cascade=True)
    assert [p.op for p in replica.pending] == [Op.DELETE, Op.DELETE]
    with pytest.raises(NotFound):
        replica.edits.update(uid(1), {"age": 6})
    await replica.sync()
    assert replica.counts() == {"Person": 1, "Place": 1}
    await _agrees(replica)
    replica.close()


async def test_edits_are_held_against_the_data_model(ann: aio.Server, graph: Graph, tmp_path: Path) -> None:
    replica = await _clone(ann, graph, tmp_path)
    edits = replica.edits
    for wrong, error, told in (
        (lambda: edits.add("Robot"), UnknownType, "Person"),
        (lambda: edits.add("Knows"), MalformedInput, "relate"),
        (lambda: edits.add("Person", {"height": 3}), MalformedInput, r"Person.height: there is no such property"),
        (lambda: edits.add("Person", {"age": "old"}), MalformedInput, "Person.age"),
        (lambda: edits.add("Person", {"globalid": uuid4()}), MalformedInput, "server keeps"),
        (lambda: edits.relate("Person", uid(1), uid(2)), MalformedInput, "no relationship type"),
        (lambda: edits.relate("Knows", uid(1), uuid4()), NotFound, "not in this replica"),
        (lambda: edits.update(uuid4(), {}), NotFound, "not in this replica"),
        (lambda: edits.add("Person", id=uid(1)), Conflict, "already"),
    ):
        with pytest.raises(error, match=told):
            wrong()
    assert replica.pending == []
    replica.close()


async def test_a_rejected_edit_stays_in_a_list_with_its_reason(ann: aio.Server, graph: Graph, tmp_path: Path) -> None:
    replica = await _clone(ann, graph, tmp_path)
    replica.edits.update(uid(1), {"age": 4})
    replica.edits.update(uid(2), {"age": 41})
    graph.apply(entity(Op.DELETE, "Person", gone(2)))
    done = await replica.sync()
    assert (done.uploaded, done.rejected, replica.pending) == (1, 1, [])
    (rejected,) = replica.rejected
    assert (rejected.edit.id, rejected.edit.values, rejected.error.code) == (uid(2), {"age": 41}, Code.EDIT_MISSING)
    assert replica.get(uid(2)) is None
    assert replica.edits.retry() == 1
    assert replica.rejected == []
    assert (await replica.sync()).rejected == 1, "it is still gone"
    assert replica.edits.drop(replica.rejected[0].edit.seq) == 1
    assert replica.rejected == []
    await _agrees(replica)
    replica.close()


async def test_what_was_overwritten_is_told(ann: aio.Server, graph: Graph, tmp_path: Path) -> None:
    replica = await _clone(ann, graph, tmp_path)
    replica.edits.update(uid(1), {"name": "mine"})
    graph.apply(entity(Op.UPDATE, "Person", change(1, name="theirs")))
    done = await replica.sync()
    assert done.conflicts == 1
    (told,) = replica.conflicts
    assert str(uid(1)) in told
    replica.close()


async def test_what_falls_outside_leaves_and_is_told(ann: aio.Server, graph: Graph, tmp_path: Path) -> None:
    replica = await _clone(ann, graph, tmp_path, {"Person": "n.age > 30"})
    assert replica.counts() == {"Person": 1}
    young = replica.edits.add("Person", {"name": "Kid", "age": 2})
    replica.edits.update(uid(2), {"age": 29})
    assert replica.counts() == {"Person": 2}
    await replica.sync()
    assert replica.counts() == {}
    assert {text.split()[1] for text in replica.told("outside")} == {str(young), str(uid(2))}
    await _agrees(replica)
    replica.close()


async def test_a_snapshot_replaces_and_edits_stay(ann: aio.Server, graph: Graph, tmp_path: Path) -> None:
    replica = await _clone(ann, graph, tmp_path)
    eve = replica.edits.add("Person", {"name": "Eve"})
    graph.apply(entity(Op.DELETE, "Place", gone(9)))
    done = await replica.pull(snapshot=True)
    assert (done.snapshot, replica.counts(), len(replica.pending)) == (True, {"Knows": 1, "Person": 3}, 1)
    await replica.sync()
    assert replica.get(eve) is not None
    await _agrees(replica)
    replica.close()


async def test_a_data_model_that_changed_comes_along(ann: aio.Server, graph: Graph, tmp_path: Path) -> None:
    replica = await _clone(ann, graph, tmp_path)
    replica.edits.update(uid(9), {"name": "Roma"})
    graph.edit(delete_type, "Place")
    done = await replica.sync()
    assert (done.rejected, replica.rejected[0].error.code) == (1, Code.UNKNOWN_TYPE)
    assert replica.counts() == {"Knows": 1, "Person": 2}
    with pytest.raises(UnknownType):
        list(replica.objects("Place"))
    await _agrees(replica)
    replica.close()


async def test_a_replica_that_only_downloads_takes_no_edits(ann: aio.Server, graph: Graph, tmp_path: Path) -> None:
    replica = await _clone(ann, graph, tmp_path, direction=Direction.DOWNLOAD)
    with pytest.raises(Forbidden):
        replica.edits.update(uid(1), {"age": 1})
    graph.apply(entity(Op.UPDATE, "Person", change(1, age=77)))
    await replica.sync()
    assert [o.id for o in replica.find("Person", age=77)] == [uid(1)]
    replica.close()


async def test_a_replica_that_only_uploads_sends_its_edits(ann: aio.Server, graph: Graph, tmp_path: Path) -> None:
    replica = await _clone(ann, graph, tmp_path, direction=Direction.UPLOAD)
    replica.edits.update(uid(1), {"age": 1})
    done = await replica.sync()
    assert (done.uploaded, replica.pending) == (1, [])
    assert graph.values(1)["age"] == 1
    replica.close()


async def test_the_file_is_all_there_is(ann: aio.Server, graph: Graph, tmp_path: Path) -> None:
    made = await _clone(ann, graph, tmp_path)
    eve = made.edits.add("Person", {"name": "Eve"})
    made.close()
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == [made.path.name]
    with Replica.open(made.path) as replica:
        assert replica.get(eve) is not None
        with pytest.raises(MalformedInput, match=r"replica\.at"):
            await replica.sync()
        await replica.at(ann).sync()
        assert replica.pending == []
    with pytest.raises(Conflict, match="exists"):
        await Replica.create(ann.service(graph.service.path), None, made.path)
    other = tmp_path / "other.kgr"
    other.write_bytes(b"SQLite format 3\x00" + bytes(100))
    with pytest.raises(MalformedInput):
        Replica.open(other)
    with pytest.raises(NotFound):
        Replica.open(tmp_path / "none.kgr")


async def test_dates_are_those_of_python(home: House, ann: aio.Server, tmp_path: Path) -> None:
    graph = home.tracked()
    replica = await _clone(ann, graph, tmp_path)
    eve = replica.edits.add("Person", {"name": "Eve"})
    await replica.sync()
    found = replica.get(eve)
    assert found is not None
    made = found["created_date"]
    assert isinstance(made, datetime)
    assert abs((datetime.now(UTC) - made).total_seconds()) < 60
    assert found["created_user"] == "ann"
    with pytest.raises(MalformedInput, match="server keeps"):
        replica.edits.update(eve, {"created_user": "eve"})
    replica.close()


async def test_a_damaged_download_changes_nothing_and_is_fetched_anew(
    ann: aio.Server, graph: Graph, tmp_path: Path
) -> None:
    replica = await _clone(ann, graph, tmp_path)
    replica.edits.update(uid(1), {"age": 4})
    graph.apply(entity(Op.UPDATE, "Person", change(2, name="Robert")))

    def damage(step: str, done: int, whole: int) -> None:
        if step == "downloaded":
            (path,) = tmp_path.glob("*.zip")
            path.write_bytes(path.read_bytes()[:-30])

    with pytest.raises(MalformedInput, match="zip"):
        await replica.sync(report=damage)
    assert [o["name"] for o in replica.objects("Person")] == ["Ann", "Bob"]
    assert len(replica.pending) == 1, "an answered edit stays until what it brought is there"
    await replica.sync()
    assert replica.pending == []
    assert {o["name"] for o in replica.objects("Person")} == {"Ann", "Robert"}
    await _agrees(replica)
    replica.close()


async def test_two_do_not_synchronize_one_file_at_once(ann: aio.Server, graph: Graph, tmp_path: Path) -> None:
    replica = await _clone(ann, graph, tmp_path)
    with Replica.open(replica.path).at(ann) as other:

        def meanwhile(step: str, done: int, whole: int) -> None:
            if step == "asking":
                with pytest.raises(Unavailable, match="synchronized already"), other._file.alone():
                    pass
                seen.append(step)

        seen: list[str] = []
        await replica.sync(report=meanwhile)
        assert seen, "the other was refused"
        await other.sync()
    replica.close()


async def test_a_change_log_trimmed_too_far_is_answered_with_a_snapshot(
    ann: aio.Server, graph: Graph, tmp_path: Path
) -> None:
    replica = await _clone(ann, graph, tmp_path)
    replica.edits.update(uid(1), {"age": 4})
    graph.apply(entity(Op.DELETE, "Place", gone(9)))
    graph.apply(entity(Op.UPDATE, "Person", change(2, name="Robert")))
    with graph.store.registering(graph.service.id) as registering:
        registering.raise_floor(graph.clock())
    done = await replica.sync()
    assert (done.snapshot, done.uploaded, replica.pending) == (True, 1, [])
    assert replica.counts() == {"Knows": 1, "Person": 2}
    await _agrees(replica)
    replica.close()


async def test_a_service_that_undoes_all_for_one_bad_edit_gets_the_good_ones_again(
    home: House, ann: aio.Server, tmp_path: Path
) -> None:
    settings = ServiceSettings(sharing=Sharing.ORGANIZATION, rollback_on_failure=True)
    graph = home.graph(settings=settings)
    graph.apply(entity(Op.ADD, "Person", add(1, name="Ann", age=3), add(2, name="Bob", age=40)))
    replica = await _clone(ann, graph, tmp_path)
    replica.edits.update(uid(1), {"age": 4})
    replica.edits.update(uid(2), {"age": 41})
    graph.apply(entity(Op.DELETE, "Person", gone(2)))
    done = await replica.sync()
    assert (done.uploaded, done.rejected, replica.pending) == (1, 1, [])
    assert graph.values(1)["age"] == 4
    assert [r.edit.id for r in replica.rejected] == [uid(2)]
    await _agrees(replica)
    replica.close()


async def test_a_property_made_wider_keeps_its_values(ann: aio.Server, graph: Graph, tmp_path: Path) -> None:
    replica = await _clone(ann, graph, tmp_path)
    wide = Property(id=0, name="age", field_type=FieldType.BIG_INTEGER)
    wider = PropertyChange(property_name="age", replacement=wide, masked=frozenset({"field_type"}))
    graph.edit(update_property, "Person", wider, CODEC)
    await replica.sync()
    assert {o["name"]: o["age"] for o in replica.objects("Person")} == {"Ann": 3, "Bob": 40}
    await _agrees(replica)
    replica.close()


async def test_what_is_too_much_for_the_server_goes_in_parts(tmp_path: Path) -> None:
    async with house(tmp_path / "small", max_edits=3) as home, await home.connect() as server:
        graph = home.graph()
        replica = await _clone(server, graph, tmp_path)
        for k in range(8):
            replica.edits.add("Person", {"name": f"n{k}"})
        done = await replica.sync()
        assert (done.uploaded, done.rejected, replica.pending) == (8, 0, [])
        assert replica.counts() == {"Person": 8}
        await _agrees(replica)
        replica.close()


async def test_edits_that_are_no_longer_allowed_stand_in_nobodys_way(
    home: House, ann: aio.Server, graph: Graph, tmp_path: Path
) -> None:
    replica = await _clone(ann, graph, tmp_path)
    replica.edits.update(uid(1), {"age": 4})
    set_role(home.store, "ann", Role.VIEWER, now=1)
    graph.apply(entity(Op.UPDATE, "Person", change(2, name="Robert")))
    with pytest.raises((Forbidden, AuthenticationError)):
        await replica.sync()
    set_role(home.store, "ann", Role.VIEWER, now=2)
    assert (len(replica.pending), [r.error.code for r in replica.rejected]) == (0, [Code.FORBIDDEN])
    replica.close()


async def test_pulling_sends_nothing_even_what_was_set_apart(ann: aio.Server, graph: Graph, tmp_path: Path) -> None:
    replica = await _clone(ann, graph, tmp_path)
    replica.edits.update(uid(1), {"age": 4})
    with replica._file.changing() as connection:
        pending.begin_upload(connection, "k")
    graph.apply(entity(Op.UPDATE, "Person", change(2, name="Robert")))
    done = await replica.pull()
    assert (done.uploaded, done.rows, len(replica.pending)) == (0, 1, 1)
    assert (await replica.sync()).uploaded == 1
    replica.close()


async def test_archives_that_are_never_there_end_it(home: House, ann: aio.Server, graph: Graph, tmp_path: Path) -> None:
    replica = await _clone(ann, graph, tmp_path)
    graph.apply(entity(Op.UPDATE, "Person", change(2, name="Robert")))

    def lost(step: str, done: int, whole: int) -> None:
        if step == "answered":
            with home.store.changing_catalog() as catalog:
                catalog.live_archives(2**60)

    with pytest.raises(NotFound, match="cannot be fetched"):
        await replica.sync(report=lost)
    await replica.sync()
    await _agrees(replica)
    replica.close()


async def test_everything_anew_is_not_forgotten_when_an_upload_is_undone(
    home: House, ann: aio.Server, tmp_path: Path
) -> None:
    graph = home.graph(settings=ServiceSettings(sharing=Sharing.ORGANIZATION, rollback_on_failure=True))
    graph.apply(entity(Op.ADD, "Person", add(1, name="Ann", age=3), add(2, name="Bob", age=40)))
    replica = await _clone(ann, graph, tmp_path)
    replica.edits.update(uid(2), {"age": 41})
    graph.apply(entity(Op.DELETE, "Person", gone(2)))
    done = await replica.sync(snapshot=True)
    assert (done.snapshot, done.rejected) == (True, 1)
    replica.close()


async def test_edits_together_are_not_synchronized_in_the_middle(ann: aio.Server, graph: Graph, tmp_path: Path) -> None:
    replica = await _clone(ann, graph, tmp_path)
    with replica.edits.together(), pytest.raises(Conflict, match="one transaction"):
        await replica.sync()
    replica.close()


@pytest.mark.parametrize("kind", ["http", "grpc"])
async def test_what_takes_its_time_becomes_a_job(home: House, graph: Graph, tmp_path: Path, kind: str) -> None:
    url = home.http if kind == "http" else home.rpc
    hurried = replace(FAST, answer_seconds=0.0)
    async with await aio.connect(url, token=home.token(), patience=hurried) as ann:
        replica = await _clone(ann, graph, tmp_path)
        replica.edits.update(uid(1), {"age": 4})
        graph.apply(entity(Op.UPDATE, "Person", change(2, name="Robert")))
        done = await replica.sync()
        assert (done.uploaded, done.rows) == (1, 2)
        assert (await replica.sync(snapshot=True)).snapshot
        await _agrees(replica)
        replica.close()
    with home.store.changing_jobs() as jobs:
        ended = jobs.forget(2**60)
    assert len(ended) >= 3, "registered, synchronized twice"


async def test_a_replica_the_server_forgot_is_registered_again_and_its_edits_stay(
    ann: aio.Server, graph: Graph, tmp_path: Path
) -> None:
    replica = await _clone(ann, graph, tmp_path)
    before = replica.id
    replica.edits.update(uid(1), {"age": 4})
    await replica.unregister()
    with pytest.raises(NotFound, match="register it again"):
        await replica.sync()
    replica.register_again()
    assert len(replica.pending) == 1
    done = await replica.sync()
    assert (done.uploaded, replica.pending, replica.ready) == (1, [], True)
    assert replica.id != before
    assert graph.values(1)["age"] == 4
    await _agrees(replica)
    replica.close()


async def test_what_was_added_is_listed_a_page_at_a_time(ann: aio.Server, graph: Graph, tmp_path: Path) -> None:
    replica = await _clone(ann, graph, tmp_path)
    with replica.edits.together():
        added = [replica.edits.add("Person", {"name": f"new{n}"}) for n in range(2_500)]
    replica.edits.delete(added[7])
    assert [o.id for o in replica.objects("Person")] == [uid(1), uid(2), *added[:7], *added[8:]]
    replica.close()


async def test_what_broke_off_is_finished_and_what_came_since_is_fetched_too(
    ann: aio.Server, graph: Graph, tmp_path: Path
) -> None:
    class Broken(Exception):
        pass

    def stop(step: str, done: int, whole: int) -> None:
        if step == "answered":
            raise Broken

    replica = await _clone(ann, graph, tmp_path)
    graph.apply(entity(Op.UPDATE, "Person", change(1, age=50)))
    with pytest.raises(Broken):
        await replica.sync(report=stop)
    graph.apply(entity(Op.UPDATE, "Person", change(2, age=60)))
    await replica.sync()
    assert replica.sync_date == graph.clock()
    assert {o["name"]: o["age"] for o in replica.objects("Person")} == {"Ann": 50, "Bob": 60}
    await _agrees(replica)
    replica.close()
