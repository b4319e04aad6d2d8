"""What a service lets people do can change while replicas are out; each synchronize goes by what it is then."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kgsync.errors import Code
from tests.conformance.context import ANN, BOB, Context
from tests.conformance.edits import Edits
from tests.conformance.service import Service, deltas, refused, results_of, upload
from tests.harness import RunningServer
from tests.people import Eyes


@pytest.fixture(scope="module")
def server(sqlite_server: RunningServer) -> RunningServer:
    return sqlite_server


def _define(service: Service, **wanted: Any) -> dict[str, Any]:
    answer = service.client.form(f"{service.admin}/updateDefinition", input=json.dumps(wanted), f="json")
    return answer.json_object()


@pytest.fixture
def service(ctx: Context) -> Service:
    made = ctx.service(supportsEditorTracking=True)
    ctx.share(made, org="true")
    return made


def test_capabilities_taken_away_count_at_the_next_synchronize(eyes: Eyes, service: Service) -> None:
    bob = eyes.service(service, "bob")
    bob.apply(Edits().add("Person", BOB, name="Bob"))
    made = bob.replica()
    assert _define(service, capabilities="Query,Create") == {"success": True}
    assert service.definition()["capabilities"] == "Query,Create"
    edits = Edits().add("Person", ANN).update("Person", BOB, name="Bobby")
    told = results_of(bob.synced(made.replica_id, upload(edits, base=made.sync_date)))
    assert not told.entity_add_results["Person"].errors
    ((_, error),) = told.entity_update_results["Person"].errors.items()
    assert error.error_code == int(Code.EDIT_CAPABILITY)
    _define(service, capabilities="Query")
    refused(bob.sync(made.replica_id, upload(Edits().delete("Person", BOB))).error, "edits", code=403)
    _, date = bob.delta(made.replica_id, made.sync_date)
    _define(service, capabilities="Editing")
    refused(bob.sync(made.replica_id, deltas(date)).error, code=403)
    refused(bob.create(b"").error, code=403)
    assert bob.download(made.replica_data_url).status == 404, "an archive from before counts for no more"
    service.delta(made.replica_id, date)
    assert _define(service, capabilities=["query", "editing"]) == {"success": True}
    bob.delta(made.replica_id, date)


def test_texts_and_ownership_change_and_what_is_not_named_stays(service: Service) -> None:
    ownership = {"allowOthersToQuery": True, "allowOthersToUpdate": False, "allowOthersToDelete": False}
    wanted = {"description": "of people", "copyrightText": "us", "ownershipBasedAccessControlForFeatures": ownership}
    before = service.definition()
    assert _define(service, **wanted) == {"success": True}
    assert service.definition() == {**before, **wanted}
    assert _define(service, ownershipBasedAccessControlForFeatures=None, maxRecordCount=2000) == {"success": True}
    assert service.definition() == {**before, **wanted, "ownershipBasedAccessControlForFeatures": None}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"capabilities": "Fly"}, "Fly"),
        ({"capabilities": None}, "capabilities"),
        ({"capabilities": 0}, "capabilities"),
        ({"description": 5}, "input.description"),
        ({"sharing": "everyone"}, "input.sharing"),
        ({"maxRecordCount": 5}, "2000"),
        ({"allowGeometryUpdates": False}, "allowGeometryUpdates"),
    ],
)
def test_what_cannot_be_changed_is_told_and_nothing_changes(service: Service, given: dict[str, Any], told: str) -> None:
    before = service.definition()
    answer = _define(service, description="never", **given) if "description" not in given else _define(service, **given)
    assert told in str(answer["error"])
    assert service.definition() == before


def test_ownership_needs_editor_tracking_here_too(ctx: Context) -> None:
    plain = ctx.service()
    ownership = {"allowOthersToUpdate": False, "allowOthersToDelete": False}
    assert _define(plain, ownershipBasedAccessControlForFeatures=ownership)["error"]["code"] == 409


def test_only_owners_change_a_service(eyes: Eyes, service: Service) -> None:
    bob = eyes.service(service, "bob")
    assert _define(bob, capabilities="Query")["error"]["code"] == 403
    assert "Editing" in service.definition()["capabilities"]
