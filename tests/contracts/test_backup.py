"""Backup and restore: what comes back, and that no client ever takes lost history for current (laws, restore epoch)."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import text

from kgsync.errors import Conflict, MalformedInput, NotFound, NotSupported, SnapshotRequired
from kgsync.model.backup import Manifest, Restored
from kgsync.model.catalog import ArchiveFile, Item, Service, Sharing
from kgsync.model.edits import Op, Outcome
from kgsync.model.history import ORIGIN, Moment
from kgsync.model.jobs import Job, JobKind, JobState
from kgsync.model.people import Account, Grant, Role
from kgsync.model.replica import Direction, Replica
from kgsync.server import backup as backups
from kgsync.store import migrate, sqlite_copy
from kgsync.store.backend import Backend
from kgsync.store.database import Store, open_store
from kgsync.store.postgres import PostgresBackend
from kgsync.store.restoring import MARGIN_MS
from kgsync.store.sqlite import SqliteBackend
from kgsync.sync import once
from kgsync.sync.synchronize import upload_only_date
from tests.backends import BACKENDS
from tests.graphs import KNOWS, PERSON, Graph, LocalReplica, add, change, connect, entity, link, uid
from tests.postgres import fresh_database

WALL = 50_000_000


@dataclass(frozen=True)
class Place:
    """Where a server keeps its data."""

    data_dir: Path
    url: str | None

    def open(self) -> Store:
        return open_store(self.data_dir, self.url)

    @contextmanager
    def backend(self) -> Iterator[Backend]:
        """Open the database without bringing it up to date."""
        opened: Backend
        if self.url:
            opened = PostgresBackend(self.url, readers=1, writers=1)
        else:
            opened = SqliteBackend(self.data_dir / "kgsync.sqlite", readers=1)
        yield opened
        opened.close()


def _quiet(what: str, done: int, whole: int) -> None:
    assert 0 <= done <= whole, what


def _backup(place: Place, target: Path, now: int = WALL) -> Manifest:
    return backups.backup(place.data_dir, place.url, target, now, _quiet)


def _restore(
    source: Path, place: Place, now: int = WALL, *, at_least: Moment = ORIGIN, overwrite: bool = False
) -> list[Restored]:
    return backups.restore(source, place.data_dir, place.url, now, _quiet, at_least=at_least, overwrite=overwrite)


@pytest.fixture(params=BACKENDS)
def places(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[Place]]:
    """Three empty places of one backend: to lose, and to restore to."""
    if request.param == "sqlite":
        yield [Place(tmp_path / name, None) for name in "abc"]
        return
    with fresh_database() as a, fresh_database() as b, fresh_database() as c:
        yield [Place(tmp_path / name, url) for name, url in zip("abc", (a, b, c), strict=True)]


def _at(place: Place, service: Service, wall: int = WALL) -> Graph:
    return Graph(place.open(), service, wall)


def _started(place: Place) -> Graph:
    graph = Graph.make(place.open(), PERSON, KNOWS)
    graph.wall = WALL - 1_000
    graph.apply(entity(Op.ADD, "Person", add(1, name="a"), add(2, name="b ß𝄞\t\\N")))
    graph.apply(link(Op.ADD, "Knows", connect(11, 1, 2)))
    graph.apply(entity(Op.UPDATE, "Person", change(1, name="c")))
    return graph


def _replica(graph: Graph, served: Moment, presented: Moment = ORIGIN) -> Replica:
    made = Replica(
        id=uuid.uuid4(),
        name=uuid.uuid4().hex,
        requested_name="",
        owner="ann",
        direction=Direction.BIDIRECTIONAL,
        definition=graph.bound(),
        created=0,
        served=served,
        presented=presented,
        last_contact=WALL,
    )
    with graph.store.registering(graph.service.id) as registering:
        registering.add_replica(made)
    return made


def test_everything_comes_back(places: list[Place], tmp_path: Path) -> None:
    graph = _started(places[0])
    replica = _replica(graph, graph.clock())
    ann = Account(name="Ann", role=Role.ADMINISTRATOR, created=1)
    with graph.store.changing_people() as people:
        people.add_account(ann, "hash")
    everything, since = graph.bound(), Moment(graph.clock().ms - 1)
    snapshot, delta = graph.snapshot(everything), graph.delta(everything, since)
    manifest = _backup(places[0], tmp_path / "backup")
    assert [(s.path, s.clock) for s in manifest.database.services] == [(graph.service.path, graph.clock())]
    graph.store.close()
    (restored,) = _restore(tmp_path / "backup", places[1])
    again = _at(places[1], graph.service)
    assert restored.lost.after == snapshot.sync_date
    assert again.snapshot(everything).steps == snapshot.steps
    assert again.delta(everything, since).steps == delta.steps
    with again.store.reading(graph.service.id) as reading:
        assert reading.replica(replica.id) == replica
    with again.store.people() as people:
        assert people.account("ann") == ann
    Graph.make(again.store, PERSON)  # numbers of services go on
    again.store.close()


def test_dates_of_the_lost_server_are_refused_and_earlier_ones_are_exact(places: list[Place], tmp_path: Path) -> None:
    graph = _started(places[0])
    everything = graph.bound()
    of_the_backup, fork = (LocalReplica(graph.snapshot(everything)) for _ in range(2))
    _backup(places[0], tmp_path / "backup")
    graph.wall = WALL + 5
    graph.apply(entity(Op.UPDATE, "Person", change(1, name="lost")))
    fork.apply(graph.delta(everything, fork.sync_date))
    graph.store.close()
    (restored,) = _restore(tmp_path / "backup", places[1], WALL + 10)
    again = _at(places[1], graph.service, WALL + 20)
    refused = (restored.lost.after.ms + 1, fork.sync_date.ms, WALL + 10, restored.lost.upto.ms)
    for date in refused:
        with pytest.raises(SnapshotRequired, match=r"restored from a backup.*snapshot"):
            again.delta(everything, Moment(date))
    moment = again.apply(entity(Op.UPDATE, "Person", change(2, name="new"))).moment
    assert moment > restored.lost.upto, "a Moment of the lost server may be given again"
    for date in refused:
        with pytest.raises(SnapshotRequired):
            again.delta(everything, Moment(date))
    of_the_backup.apply(again.delta(everything, of_the_backup.sync_date))
    assert of_the_backup.rows == LocalReplica(again.snapshot(everything)).rows
    again.store.close()


def test_a_snapshot_taken_right_after_a_restore_is_followed_by_deltas(places: list[Place], tmp_path: Path) -> None:
    graph = _started(places[0])
    everything = graph.bound()
    _backup(places[0], tmp_path / "backup")
    graph.store.close()
    _restore(tmp_path / "backup", places[1])
    again = _at(places[1], graph.service)
    copy = LocalReplica(again.snapshot(everything))
    assert again.delta(everything, copy.sync_date).steps == []
    again.apply(entity(Op.UPDATE, "Person", change(1, name="later")))
    copy.apply(again.delta(everything, copy.sync_date))
    assert copy.rows == LocalReplica(again.snapshot(everything)).rows
    again.store.close()


def test_each_of_several_restores_is_remembered(places: list[Place], tmp_path: Path) -> None:
    graph = _started(places[0])
    everything, first_clock = graph.bound(), graph.clock()
    _backup(places[0], tmp_path / "one")
    graph.store.close()
    (one,) = _restore(tmp_path / "one", places[1])
    second = _at(places[1], graph.service)
    between = second.apply(entity(Op.UPDATE, "Person", change(1, name="between"))).moment
    _backup(places[1], tmp_path / "two", WALL + 1)
    second.apply(entity(Op.UPDATE, "Person", change(1, name="lost")))
    second.store.close()
    (two,) = _restore(tmp_path / "two", places[2], WALL + 2)
    third = _at(places[2], graph.service)
    assert two.lost.after == between > one.lost.upto
    for date in (one.lost.after.ms + 1, one.lost.upto.ms, two.lost.after.ms + 1, two.lost.upto.ms):
        with pytest.raises(SnapshotRequired, match="restored"):
            third.delta(everything, Moment(date))
    assert third.delta(everything, first_clock).summary() == {"update Person": [1]}
    assert third.delta(everything, between).steps == []
    third.store.close()


def test_the_same_backup_restored_again_forgets_what_came_between(places: list[Place], tmp_path: Path) -> None:
    graph = _started(places[0])
    everything, clock = graph.bound(), graph.clock()
    _backup(places[0], tmp_path / "backup")
    graph.store.close()
    _restore(tmp_path / "backup", places[1])
    second = _at(places[1], graph.service)
    between = second.apply(entity(Op.UPDATE, "Person", change(1, name="lost"))).moment
    second.store.close()
    (again,) = _restore(tmp_path / "backup", places[1], WALL + 1, overwrite=True)
    assert again.lost.after == clock
    assert again.lost.upto >= between, "the replaced database says how far its clock was"
    third = _at(places[1], graph.service)
    with pytest.raises(SnapshotRequired, match="restored"):
        third.delta(everything, between)
    third.store.close()


@pytest.mark.parametrize(
    ("wall", "at_least", "expected"),
    [
        (WALL, 0, WALL + MARGIN_MS),
        (WALL, WALL + 10 * MARGIN_MS, WALL + 10 * MARGIN_MS),
        (WALL, WALL, WALL + MARGIN_MS),
        (1, 0, WALL + MARGIN_MS),  # the backup was made later, so this clock is slow
    ],
)
def test_the_epoch_lies_after_every_clock_that_is_known(
    wall: int, at_least: int, expected: int, tmp_path: Path
) -> None:
    places = [Place(tmp_path / "a", None), Place(tmp_path / "b", None)]
    graph = _started(places[0])
    _backup(places[0], tmp_path / "backup")
    graph.store.close()
    (restored,) = _restore(tmp_path / "backup", places[1], wall, at_least=Moment(at_least))
    assert restored.lost.upto.ms == expected


def test_a_service_whose_clock_ran_ahead_is_stamped_after_it(tmp_path: Path) -> None:
    places = [Place(tmp_path / "a", None), Place(tmp_path / "b", None)]
    graph = _started(places[0])
    graph.wall = WALL + 100 * MARGIN_MS
    ahead = graph.apply(entity(Op.UPDATE, "Person", change(1, name="ahead"))).moment
    _backup(places[0], tmp_path / "backup")
    graph.store.close()
    (restored,) = _restore(tmp_path / "backup", places[1])
    assert restored.lost.upto > restored.lost.after == ahead


def test_an_upload_after_a_restore_is_told_no_date_it_does_not_have(places: list[Place], tmp_path: Path) -> None:
    graph = _started(places[0])
    replica = _replica(graph, graph.clock(), presented=graph.clock())
    lagging = _replica(graph, graph.clock(), presented=Moment(graph.clock().ms - 1))
    assert upload_only_date(replica) == graph.clock()
    _backup(places[0], tmp_path / "backup")
    graph.store.close()
    _restore(tmp_path / "backup", places[1])
    again = _at(places[1], graph.service)
    with again.store.registering(graph.service.id) as registering:
        assert upload_only_date(registering.note_contact(replica.id, None, None, WALL)) is None
        assert registering.replica(lagging.id) == lagging
    again.store.close()


def test_an_upload_answered_after_the_backup_is_applied_when_it_is_sent_again(
    places: list[Place], tmp_path: Path
) -> None:
    graph = _started(places[0])
    replica = _replica(graph, graph.clock())
    keys = [once.key_with_base(graph.clock(), digest, "b", None) for digest in ("kept", "lost")]

    def answered(key: once.UploadKey) -> None:
        with graph.store.writing(graph.service.id, graph.wall) as writing:
            once.store_outcome(writing, replica.id, key, Outcome("ann", writing.moment), 0)

    answered(keys[0])
    _backup(places[0], tmp_path / "backup")
    answered(keys[1])
    graph.store.close()
    _restore(tmp_path / "backup", places[1])
    again = _at(places[1], graph.service)
    with again.store.reading(graph.service.id) as reading:
        assert [once.stored_outcome(reading, replica.id, key, 0) is not None for key in keys] == [True, False]
    again.store.close()


def test_a_backup_taken_while_commits_go_on_is_of_one_moment(
    places: list[Place], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_copy, "_PAGES", 4)  # hundreds of steps, and commits between them
    graph = Graph.make(places[0].open(), PERSON)
    padding = "x" * 5_000  # several pages a commit
    pairs = [graph.apply(entity(Op.ADD, "Person", add(1, age=0), *(add(k, name=padding) for k in range(3, 300))))]
    graph.apply(entity(Op.ADD, "Person", add(2, age=0)))
    stop = threading.Event()

    def write() -> None:
        for number in range(1, 10_000):
            if stop.is_set():
                return
            edits = entity(
                Op.UPDATE, "Person", change(1, age=number), change(2, age=number), change(3, name=padding[1:])
            )
            pairs.append(graph.apply(edits))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        manifests = [_backup(places[0], tmp_path / f"backup{k}") for k in range(3)]
    finally:
        stop.set()
        writer.join()
    graph.store.close()
    committed = {outcome.moment for outcome in pairs} | {Moment(pairs[0].moment.ms + 1)}
    for k, manifest in enumerate(manifests):
        _restore(tmp_path / f"backup{k}", places[1], overwrite=True)
        again = _at(places[1], graph.service)
        rows = LocalReplica(again.snapshot(again.bound())).rows
        assert rows[uid(1)][1]["age"] == rows[uid(2)][1]["age"], "half a commit was copied"
        assert manifest.database.services[0].clock in committed
        again.store.close()
    assert len({m.database.services[0].clock for m in manifests}) > 1, "nobody wrote meanwhile"


def test_uploaded_files_come_along_and_what_does_not_is_forgotten(places: list[Place], tmp_path: Path) -> None:
    graph = _started(places[0])
    replica = _replica(graph, graph.clock())
    items = [
        Item(id=c * 32, owner="ann", title="t", type="", file_name="f", ready=c != "c", size=1, digest="", created=1)
        for c in "abc"
    ]
    (places[0].data_dir / "items").mkdir(parents=True)
    (places[0].data_dir / "items" / items[0].id).write_bytes(b"content")
    job = Job(
        id="j1",
        service=graph.service.id,
        kind=JobKind.CREATE,
        owner="ann",
        state=JobState.EXECUTING,
        progress=0,
        submitted=1,
        updated=1,
    )
    with graph.store.changing_catalog() as catalog:
        for item in items:
            catalog.add_item(item)
    with graph.store.changing_jobs() as jobs:
        jobs.add(job, "{}", "runner")
    with graph.store.registering(graph.service.id) as registering:
        file = ArchiveFile(
            name="z", service=graph.service.id, replica=replica.id, account="ann", size=1, created=1, expires=WALL * 9
        )
        registering.put_archive(file)
    _backup(places[0], tmp_path / "backup")
    graph.store.close()
    _restore(tmp_path / "backup", places[1])
    again = places[1].open()
    with again.catalog() as catalog:
        assert [catalog.item(item.id) for item in items] == [items[0], None, None]
        assert catalog.archive("z") is None
    with again.jobs() as jobs:
        assert jobs.find("j1") is None
    again.close()
    assert (places[1].data_dir / "items" / items[0].id).read_bytes() == b"content"


def test_a_target_that_holds_something_is_refused_unless_told(places: list[Place], tmp_path: Path) -> None:
    graph, other = _started(places[0]), _started(places[1])
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").touch()
    with pytest.raises(Conflict, match="not empty"):
        _backup(places[0], tmp_path / "full")
    _backup(places[0], tmp_path / "backup")
    with pytest.raises(Conflict, match="not empty"):
        _restore(tmp_path / "backup", places[1])
    with pytest.raises(Conflict, match="stop the server"):
        _restore(tmp_path / "backup", places[1], overwrite=True)
    assert other.snapshot(other.bound()).ids(Op.ADD, "Person") == [1, 2], "a refused restore changed something"
    other.store.close()
    graph.store.close()
    _restore(tmp_path / "backup", places[1], overwrite=True)
    store = places[1].open()
    with store.catalog() as catalog:
        assert [s.path for s in catalog.services()] == [graph.service.path]
    store.close()


def test_a_damaged_backup_is_refused_by_name_and_changes_nothing(places: list[Place], tmp_path: Path) -> None:
    graph = _started(places[0])
    _backup(places[0], tmp_path / "backup")
    graph.store.close()
    files = sorted(p for p in (tmp_path / "backup").rglob("*") if p.is_file() and p.name != "manifest.json")
    for path in files:
        whole = path.read_bytes()
        path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        with pytest.raises(MalformedInput, match=f"{path.name}: .*damaged"):
            _restore(tmp_path / "backup", places[1])
        path.unlink()
        with pytest.raises(MalformedInput, match=f"{path.name}: .*missing"):
            _restore(tmp_path / "backup", places[1])
        path.write_bytes(whole)
    _restore(tmp_path / "backup", places[1])


def test_what_is_no_backup_is_said_so(tmp_path: Path) -> None:
    target = Place(tmp_path / "a", None)
    with pytest.raises(NotFound, match=r"manifest\.json"):
        _restore(tmp_path, target)
    manifest = tmp_path / "manifest.json"
    for text_ in ("", "{}", "[" * 100_000, '{"format": 1}'):
        manifest.write_text(text_)
        with pytest.raises(MalformedInput, match=r"manifest\.json"):
            _restore(tmp_path, target)
    with pytest.raises(NotFound, match="no database"):
        _backup(Place(tmp_path / "nothing", None), tmp_path / "made")
    assert not (tmp_path / "made").exists()
    assert [p for p in tmp_path.iterdir() if p.name.endswith(".part")] == []


def test_a_manifest_cannot_name_files_outside_the_backup(tmp_path: Path) -> None:
    place = Place(tmp_path / "a", None)
    _started(place).store.close()
    _backup(place, tmp_path / "backup")
    path = tmp_path / "backup" / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["files"][0]["name"] = "../../secret"
    path.write_text(json.dumps(manifest))
    with pytest.raises(MalformedInput, match="out of the backup"):
        _restore(tmp_path / "backup", Place(tmp_path / "b", None))


def test_a_backup_fits_its_own_kind_of_database_only(places: list[Place], tmp_path: Path) -> None:
    _started(places[0]).store.close()
    _backup(places[0], tmp_path / "backup")
    other = replace(places[1], url=None if places[1].url else "postgresql+psycopg://nobody@127.0.0.1:9/none")
    with pytest.raises(NotSupported, match="backup of"):
        _restore(tmp_path / "backup", other)


def _older(place: Place) -> None:
    """Make a database as an earlier kgsync left it, with one service."""
    place.data_dir.mkdir()
    with place.backend() as backend, backend.writing() as connection:
        migrate.upgrade(connection, "0002")
        connection.execute(text("INSERT INTO service (clock, floor, epoch) VALUES (5, 1, 0)"))
        connection.execute(
            text(
                "INSERT INTO publication (svc, folder, name, key, owner, item, settings, created) "
                "VALUES (1, '', 'Old', '/old', 'ann', 'i', '{}', 1)"
            )
        )


def test_services_and_people_of_an_older_program_keep_what_they_had(places: list[Place]) -> None:
    _older(places[0])
    with places[0].backend() as backend, backend.writing() as connection:
        for name, administrator in (("root", "true"), ("ann", "false")):
            connection.execute(text(f"INSERT INTO account VALUES ('{name}', 'hash', {administrator}, 1)"))
        connection.execute(text("INSERT INTO token VALUES ('d', 'ann', 9)"))
    store = places[0].open()
    with store.people() as people:
        assert [(a.name, a.role, a.disabled) for a in people.accounts()] == [
            ("ann", Role.CONTRIBUTOR, False),
            ("root", Role.ADMINISTRATOR, False),
        ]
        assert people.token("d", Grant.ACCESS) is not None
    with store.catalog() as catalog:
        old = catalog.service("", "Old")
    assert old is not None
    assert old.settings.sharing is Sharing.ORGANIZATION, "it was there for everyone signed in, and still is"
    store.close()


def test_a_backup_of_an_older_program_is_brought_up_to_date(places: list[Place], tmp_path: Path) -> None:
    _older(places[0])
    manifest = _backup(places[0], tmp_path / "backup")
    assert manifest.database.revision == "0002", "a backup upgrades nothing"
    (restored,) = _restore(tmp_path / "backup", places[1])
    assert (restored.path, restored.lost.after) == ("Old", Moment(5))
    store = places[1].open()
    with store.reading(1) as reading:
        assert reading.restores() == [restored.lost]
    store.close()


def test_a_backup_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    place = Place(tmp_path / "a", None)
    _started(place).store.close()
    _backup(place, tmp_path / "backup")
    path = tmp_path / "backup" / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["database"]["revision"] = "9999"
    path.write_text(json.dumps(manifest))
    with pytest.raises(Conflict, match="newer"):
        _restore(tmp_path / "backup", Place(tmp_path / "b", None))
    assert not (tmp_path / "b").exists()
