"""Ownership-based access: an object is its creator's to change, whoever else may edit the service."""

from __future__ import annotations

import pytest
from esriPBuffer.graph.ApplyEditsResponse_pb2 import GraphApplyEditsResult

from kgsync.errors import Code
from tests.conformance.context import ANN, ANN_KNOWS_BOB, BOB, Context
from tests.conformance.edits import Edits, edits_header
from tests.conformance.service import Service, results_of, upload
from tests.people import Eyes

_OWNERSHIP = {"allowOthersToQuery": True, "allowOthersToUpdate": False, "allowOthersToDelete": False}
_OWNER = int(Code.EDIT_OWNER)


@pytest.fixture
def shared(ctx: Context) -> Service:
    service = ctx.service(supportsEditorTracking=True, ownershipBasedAccessControlForFeatures=_OWNERSHIP)
    ctx.share(service, org="true")
    return service


def _codes(answer: GraphApplyEditsResult, kind: str, family: str = "entity", name: str = "Person") -> list[int]:
    results = getattr(answer, f"{family}_{kind}_results")[name]
    return [error.error_code for _, error in sorted(results.errors.items())]


def test_the_service_says_so(shared: Service) -> None:
    assert shared.definition()["ownershipBasedAccessControlForFeatures"] == _OWNERSHIP


def test_others_add_and_look_and_change_what_is_theirs(eyes: Eyes, shared: Service) -> None:
    ann, bob = eyes.service(shared, "ann"), eyes.service(shared, "bob")
    ann.apply(Edits().add("Person", ANN, name="Ann"))
    bob.apply(Edits().add("Person", BOB, name="Bob"))
    answer = bob.send(Edits().update("Person", ANN, name="x").update("Person", BOB, name="Bobby"))
    assert _codes(answer, "update") == [_OWNER]
    assert _codes(bob.send(Edits().delete("Person", ANN)), "delete") == [_OWNER]
    made = bob.replica()
    rows = bob.first_archive(made)
    assert (rows.row(ANN).props["name"], rows.row(BOB).props["name"]) == ("Ann", "Bobby")
    shared.apply(Edits().update("Person", ANN, name="Anna").delete("Person", BOB))


def test_an_upload_of_a_replica_is_held_to_it_whatever_it_says(eyes: Eyes, shared: Service) -> None:
    ann, bob = eyes.service(shared, "ann"), eyes.service(shared, "bob")
    ann.apply(Edits().add("Person", ANN, name="Ann"))
    made = bob.replica()
    edits = Edits().update("Person", ANN, name="x", created_user="bob").delete("Person", ANN)
    told = results_of(bob.synced(made.replica_id, upload(edits, base=made.sync_date)))
    assert (_codes(told, "update"), _codes(told, "delete")) == ([_OWNER], [_OWNER])
    given_away = Edits().add("Person", BOB, name="Bob", created_user="ann")
    bob.synced(made.replica_id, upload(given_away, base=made.sync_date))
    assert _codes(bob.send(Edits().update("Person", BOB, name="x")), "update") == [_OWNER]
    ann.apply(Edits().update("Person", BOB, name="mine now"))


def test_deleting_takes_along_nothing_of_others(eyes: Eyes, shared: Service) -> None:
    ann, bob = eyes.service(shared, "ann"), eyes.service(shared, "bob")
    ann.apply(Edits().add("Person", ANN))
    bob.apply(Edits().add("Person", BOB).relate("Knows", ANN_KNOWS_BOB, ANN, BOB))
    answer = ann.send(Edits().delete("Person", ANN), header=edits_header(cascade=True))
    assert _codes(answer, "delete") == [_OWNER]
    assert "Knows" not in answer.cascading_relationship_delete_results
    told = ann.send(Edits().delete_relationship("Knows", ANN_KNOWS_BOB))
    assert _codes(told, "delete", "relationship", "Knows") == [_OWNER]
    bob.apply(Edits().delete("Person", BOB), header=edits_header(cascade=True))
    ann.apply(Edits().delete("Person", ANN))


def test_it_needs_editor_tracking_and_keeps_it(ctx: Context) -> None:
    answer = ctx.create_service(ctx.fresh_name(), ownershipBasedAccessControlForFeatures=_OWNERSHIP)
    assert "supportsEditorTracking" in str(answer["error"])
    service = ctx.service(supportsEditorTracking=True, ownershipBasedAccessControlForFeatures=_OWNERSHIP)
    assert service.update_feature(supportsEditorTracking=False)["error"]["code"] == 409


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"allowOthersToQuery": False}, "may not see"),
        ({"allowOthersToUpdate": False}, "both"),
        ({"allowOthersToUpdate": 5}, "neither true nor false"),
        ([], "not a JSON object"),
    ],
)
def test_what_cannot_be_kept_is_refused(ctx: Context, given: object, told: str) -> None:
    name = ctx.fresh_name()
    answer = ctx.create_service(name, supportsEditorTracking=True, ownershipBasedAccessControlForFeatures=given)
    assert told in str(answer["error"])


def test_types_and_properties_are_not_taken_from_under_others(eyes: Eyes, shared: Service) -> None:
    ann, bob = eyes.service(shared, "ann"), eyes.service(shared, "bob")
    ann.apply(Edits().add("Person", ANN, name="Ann"))
    for operation in ("delete", "fields/delete", "fields/update"):
        answer = bob.raw("POST", f"dataModel/edit/namedTypes/Person/{operation}", b"", f="json")
        assert answer.json_error()["code"] == 403, operation
    assert ann.first_archive(ann.replica()).row(ANN).props["name"] == "Ann"
