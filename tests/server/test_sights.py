"""What a replica may hold changes while calls are under way: nothing made for the old sight gets out."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from kgsync.errors import Conflict, NotFound
from kgsync.files.spool import Spooled
from kgsync.model.audit import Action
from kgsync.model.catalog import Feature, OwnershipAccess, Service, ServiceSettings, Sharing
from kgsync.model.edits import Op
from kgsync.model.history import Moment
from kgsync.model.people import Principal, Role
from kgsync.model.query import QueryCall
from kgsync.model.replica import Created, CreateReplica, Download, Synchronize, Synchronized, Warnings
from kgsync.server.compose import running
from kgsync.server.features import change_settings
from kgsync.server.http.context import Context
from kgsync.server.parts import Progress, UploadSource, no_progress
from kgsync.server.publishing import publish
from kgsync.server.querying import ENDED
from kgsync.server.security import rights
from kgsync.server.settings import Settings
from kgsync.sync import replicas
from kgsync.sync.datamodel import add_types
from kgsync.sync.replicas import settle_sight
from kgsync.wire.pbf.query import QueryFrames
from tests.conformance.archives import ADD, DELETE, read_archive
from tests.graphs import PERSON, Graph, add, entity, uid

BOB, EVE = (Principal(name=name, role=Role.CONTRIBUTOR) for name in ("bob", "eve"))
HIDDEN = OwnershipAccess(enabled=True, others_query=False)
_NOTHING = UploadSource(body=Spooled(b"", None, 0, ""))


class Scene:
    """A graph with a person of Ann's and one of Bob's, shared with both."""

    def __init__(self, ctx: Context) -> None:
        self.ctx, self.verbs, store = ctx, ctx.verbs, ctx.verbs.store
        settings = ServiceSettings(sharing=Sharing.ORGANIZATION)
        made = publish(store, "g", "Hosted", "root", settings, 1, uuid.uuid4)
        self.graph = Graph(store, made)
        self.graph.edit(add_types, [PERSON])
        self.graph.switch(Feature.EDITOR_TRACKING)
        self.add(1, "ann")
        self.add(2, "bob")

    def add(self, number: int, user: str) -> None:
        self.graph.apply(entity(Op.ADD, "Person", add(number, name="x")), user=user)

    @property
    def service(self) -> Service:
        with self.verbs.store.catalog() as catalog:
            found = catalog.service_by_id(self.graph.service.id)
        assert found is not None
        return found

    def hide(self) -> None:
        change_settings(self.verbs.store, self.service, lambda s: replace(s, ownership=HIDDEN), 2)

    async def create(self, service: Service, identifier: uuid.UUID, progress: Progress = no_progress) -> Created:
        call = CreateReplica(replica_id=identifier, definition=self.graph.bound("Person"))
        return await self.verbs.create_replica(service, BOB, call, progress)

    async def sync(
        self,
        identifier: uuid.UUID,
        after: Moment | None,
        service: Service | None = None,
        progress: Progress = no_progress,
    ) -> Synchronized:
        call = Synchronize(download=Download(after=after))
        return await self.verbs.synchronize(service or self.service, BOB, identifier, call, _NOTHING, progress)

    def told(self, archive: str | None) -> dict[int, set[uuid.UUID]]:
        assert archive is not None
        found = read_archive(self.verbs.archives.path(archive).read_bytes())
        return {op: found.ids(op) for op in (ADD, DELETE) if found.ids(op)}

    def settle(self, identifier: uuid.UUID) -> None:
        """Do what another call of Bob's does meanwhile."""
        self.hide()
        with self.verbs.store.writing(self.graph.service.id, 3) as writing:
            settle_sight(writing, identifier, "bob")


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with running(Settings.model_validate({"data_dir": tmp_path})) as ctx:
        yield Scene(ctx)


def _files(scene: Scene) -> set[str]:
    return {path.name for path in scene.verbs.archives.directory.iterdir()}


async def test_no_date_makes_up_what_was_never_held(scene: Scene) -> None:
    made = await scene.create(scene.service, uid(9))
    scene.hide()
    scene.add(3, "ann")
    first = await scene.sync(uid(9), made.sync_date)
    assert scene.told(first.archive) == {DELETE: {uid(1)}}, "what Ann made meanwhile was never there"
    assert first.sync_date is not None
    begin, end = made.sync_date.ms, first.sync_date.ms
    for ms in (begin + 1, (begin + end) // 2, end - 1, end):
        again = await scene.sync(uid(9), Moment(ms))
        assert scene.told(again.archive) == {}, f"the date {ms} was never served, or after it"
    again = await scene.sync(uid(9), made.sync_date)
    assert scene.told(again.archive) == {DELETE: {uid(1)}}


async def test_an_archive_of_the_old_sight_is_not_published_after_the_new_one(scene: Scene) -> None:
    made = await scene.create(scene.service, uid(9))
    before, old = _files(scene), scene.service
    with pytest.raises(Conflict, match="changed just now"):
        await scene.sync(uid(9), None, old, lambda _: scene.settle(uid(9)))
    assert _files(scene) == before, "nor does its file stay"
    assert scene.told((await scene.sync(uid(9), made.sync_date)).archive) == {DELETE: {uid(1)}}


async def test_of_two_creates_of_one_id_the_one_that_saw_more_does_not_count(scene: Scene) -> None:
    old = scene.service

    def meanwhile(_: int) -> None:
        if not scene.service.settings.ownership.hides:
            scene.hide()
            with scene.verbs.store.reading(scene.graph.service.id) as reading:
                sync_date = reading.clock()
            call = CreateReplica(replica_id=uid(9), definition=scene.graph.bound("Person"))
            _register_as_bob(scene, call, sync_date)

    with pytest.raises(Conflict):
        await scene.create(old, uid(9), meanwhile)
    assert _files(scene) == set()


def _register_as_bob(scene: Scene, call: CreateReplica, sync_date: Moment) -> None:
    store, svc = scene.verbs.store, scene.graph.service.id
    registrar = rights.registrar(scene.service, BOB)
    with store.reading(svc) as reading:
        made = replicas.prepare(
            reading, call, registrar, now=1, new_id=uuid.uuid4, codec=scene.verbs.wire.codec, warnings=Warnings()
        )
    with store.registering(svc) as registering:
        replicas.register(registering, made, sync_date, 1, service_name="g")


async def test_a_create_with_somebody_elses_id_changes_nothing(scene: Scene) -> None:
    await scene.create(scene.service, uid(9))
    scene.hide()
    clock = scene.graph.clock()
    call = CreateReplica(replica_id=uid(9), definition=scene.graph.bound("Person"))
    with pytest.raises(Conflict):
        await scene.verbs.create_replica(scene.service, EVE, call)
    assert scene.graph.clock() == clock, "the clock would tell a taken id from a free one"


async def test_a_query_goes_by_what_its_caller_sees_when_it_begins(scene: Scene) -> None:
    old = scene.service
    scene.hide()
    query = await scene.verbs.query(old, BOB, QueryCall(text="MATCH (n) RETURN n.name"), QueryFrames)
    parts = []
    while isinstance(part := await query.part(), bytes):
        parts.append(part)
    assert part is ENDED
    await query.close()
    count = sum(part.count(b"x") for part in parts)
    assert count == 1, "Ann's is hidden by now"


async def test_a_query_of_a_service_that_is_private_by_now_is_refused(scene: Scene) -> None:
    old = scene.service
    with scene.verbs.store.changing_catalog() as catalog:
        catalog.change_settings(old.id, lambda s: replace(s, sharing=Sharing.PRIVATE))
    query = await scene.verbs.query(old, BOB, QueryCall(text="MATCH (n) RETURN n.name"), QueryFrames)
    with pytest.raises(NotFound):
        await query.part()
    await query.close()


async def test_what_was_changed_is_written_down_as_it_is_then(scene: Scene) -> None:
    old = scene.service
    store = scene.verbs.store
    change_settings(store, old, lambda s: replace(s, capabilities=("Query",)), 2)
    change_settings(store, old, lambda s: replace(s, description="new"), 3)
    assert scene.service.settings.capabilities == ("Query",)
    with store.audit_log() as log:
        said = [dict(e.event.facts) for e in log.entries(old.id) if e.event.action is Action.CHANGE_SERVICE]
    assert [facts["capabilities"] for facts in said] == ["Query", "Query"]
