"""Where a service hides what others created, that is in no answer, and leaves the replicas that had it."""

from __future__ import annotations

import uuid
from dataclasses import replace
from uuid import UUID

import pytest

from kgsync.errors import Code
from kgsync.model.catalog import OwnershipAccess
from kgsync.model.people import Role
from kgsync.server.clock import wall_clock
from kgsync.server.features import change_settings
from kgsync.server.finding import service_named
from kgsync.server.security.accounts import set_role
from kgsync.store.database import open_store
from tests.conformance.archives import ADD, DELETE, UPDATE, Archive
from tests.conformance.context import ANN, ANN_KNOWS_BOB, BOB, Context
from tests.conformance.edits import Edits, edits_header
from tests.conformance.service import Service
from tests.conformance.values import plain
from tests.e2e.queries import frames, streamed
from tests.harness import RunningServer
from tests.people import Eyes

_HIDING = {"allowOthersToQuery": False, "allowOthersToUpdate": False, "allowOthersToDelete": False}
HIDDEN, SHOWN = OwnershipAccess(enabled=True, others_query=False), OwnershipAccess(enabled=True)


@pytest.fixture
def service(ctx: Context) -> Service:
    made = ctx.service(supportsEditorTracking=True, ownershipBasedAccessControlForFeatures=_HIDING)
    ctx.share(made, org="true")
    assert made.definition()["ownershipBasedAccessControlForFeatures"] == _HIDING
    return made


@pytest.fixture
def ann(eyes: Eyes, service: Service) -> Service:
    found = eyes.service(service, "ann")
    found.apply(Edits().add("Person", ANN, name="Ann"))
    return found


@pytest.fixture
def bob(eyes: Eyes, service: Service, ann: Service) -> Service:
    found = eyes.service(service, "bob")
    found.apply(Edits().add("Person", BOB, name="Bob"))
    return found


def _own(server: RunningServer, service: Service, access: OwnershipAccess) -> None:
    store = open_store(server.data_dir, server.database_url)
    try:
        found = service_named(store, f"Hosted/{service.name}")
        change_settings(store, found, lambda settings: replace(settings, ownership=access), wall_clock())
    finally:
        store.close()


def _promote(server: RunningServer, name: str, role: Role) -> None:
    store = open_store(server.data_dir, server.database_url)
    try:
        set_role(store, name, role, now=1)
    finally:
        store.close()


def _found(service: Service, text: str) -> list[object]:
    with streamed(service, text) as response:
        return [plain(row.values[0], None) for frame in frames(response) for row in frame.rows]


def _told(archive: Archive) -> dict[int, set[UUID]]:
    return {op: archive.ids(op) for op in (ADD, UPDATE, DELETE) if archive.ids(op)}


def _codes(results: object) -> list[int]:
    return [error.error_code for _, error in sorted(results.errors.items())]  # type: ignore[attr-defined]


def test_what_others_created_is_in_no_answer(service: Service, bob: Service) -> None:
    service.apply(Edits().relate("Knows", ANN_KNOWS_BOB, ANN, BOB))
    assert _found(bob, "MATCH (n) RETURN n.name") == ["Bob"]
    assert _found(bob, "MATCH (n) RETURN count(*)") == [1]
    assert _found(bob, "MATCH ()-[k]-() RETURN count(*)") == [0]
    assert _found(bob, "MATCH (n:Person) WHERE n.name = 'Ann' OR true RETURN n.name") == ["Bob"]
    assert sorted(map(str, _found(service, "MATCH (n) RETURN n.name"))) == ["Ann", "Bob"]
    made = bob.replica()
    assert _told(bob.first_archive(made)) == {ADD: {BOB}}
    whole = service.first_archive(service.replica())
    assert _told(whole) == {ADD: {ANN, BOB, ANN_KNOWS_BOB}}


def test_deltas_are_held_to_it_too(ann: Service, bob: Service) -> None:
    made = bob.replica()
    ann.apply(Edits().update("Person", ANN, name="Anna").add("Person", uuid.uuid4()))
    bob.apply(Edits().update("Person", BOB, name="Bobby"))
    archive, _ = bob.delta(made.replica_id, made.sync_date)
    assert _told(archive) == {UPDATE: {BOB}}


def test_what_others_created_cannot_be_told_from_what_is_not_there(bob: Service) -> None:
    for id in (ANN, uuid.uuid4()):
        told = bob.send(Edits().update("Person", id, name="x")).entity_update_results["Person"]
        assert _codes(told) == [int(Code.EDIT_MISSING)]
        told = bob.send(Edits().delete("Person", id), header=edits_header(cascade=True))
        assert _codes(told.entity_delete_results["Person"]) == [int(Code.EDIT_MISSING)]
        told = bob.send(Edits().relate("Knows", uuid.uuid4(), BOB, id)).relationship_add_results["Knows"]
        assert _codes(told) == [int(Code.EDIT_END_POINT)]


def test_deleting_says_nothing_of_what_is_hidden(service: Service, bob: Service) -> None:
    service.apply(Edits().relate("Knows", ANN_KNOWS_BOB, ANN, BOB))
    answer = bob.send(Edits().delete("Person", BOB), header=edits_header(cascade=True))
    ((_, error),) = answer.entity_delete_results["Person"].errors.items()
    assert error.error_code == int(Code.EDIT_OWNER)
    assert str(ANN_KNOWS_BOB) not in error.error_message
    service.apply(Edits().delete("Person", BOB), header=edits_header(cascade=True))


def test_a_narrowed_right_makes_the_next_delta_send_deletes(
    service: Service, server: RunningServer, ann: Service, bob: Service
) -> None:
    """And a right given back brings everything again, with nothing told in between."""
    _own(server, service, SHOWN)
    made = bob.replica()
    assert _told(bob.first_archive(made)) == {ADD: {ANN, BOB}}
    _own(server, service, HIDDEN)
    assert bob.download(made.replica_data_url).status == 404, "an archive from before shows what is hidden"
    carl = uuid.uuid4()
    ann.apply(Edits().update("Person", ANN, name="hidden").add("Person", carl, name="hidden"))
    bob.apply(Edits().update("Person", BOB, name="Bobby"))
    archive, date = bob.delta(made.replica_id, made.sync_date)
    assert _told(archive) == {DELETE: {ANN}, UPDATE: {BOB}}
    again, _ = bob.delta(made.replica_id, made.sync_date)
    assert _told(again) == _told(archive), "the same date gives the same again"
    nothing, date = bob.delta(made.replica_id, date)
    assert nothing.empty()
    _own(server, service, SHOWN)
    shown, _ = bob.delta(made.replica_id, date)
    assert _told(shown) == {ADD: {ANN, carl}}
    assert shown.row(ANN).props["name"] == "hidden"
    older, _ = bob.delta(made.replica_id, made.sync_date)
    assert _told(older) == {ADD: {carl}, UPDATE: {ANN, BOB}}, "who saw all then and sees all now misses nothing"


def test_a_replica_goes_by_the_rights_of_its_owner_whoever_asks(
    service: Service, server: RunningServer, bob: Service
) -> None:
    made = bob.replica()
    archive, _ = service.snapshot_of(made.replica_id)
    assert _told(archive) == {ADD: {BOB}}, "the owner of the service fetches it for somebody who sees less"
    try:
        _promote(server, "bob", Role.ADMINISTRATOR)
        archive, date = bob.delta(made.replica_id, made.sync_date)
        assert _told(archive) == {ADD: {ANN}}
    finally:
        _promote(server, "bob", Role.CONTRIBUTOR)
    archive, _ = bob.delta(made.replica_id, date)
    assert _told(archive) == {DELETE: {ANN}}


def test_a_replica_made_again_under_its_id_sees_what_its_owner_sees_now(
    service: Service, server: RunningServer, bob: Service
) -> None:
    _own(server, service, SHOWN)
    asked = uuid.uuid4()
    made = bob.replica(name="r", identifier=asked)
    _own(server, service, HIDDEN)
    again = bob.replica(name="r", identifier=asked)
    assert again.replica_id == made.replica_id
    assert _told(bob.first_archive(again)) == {ADD: {BOB}}
    archive, _ = bob.delta(made.replica_id, again.sync_date)
    assert archive.empty()
