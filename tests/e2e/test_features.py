"""Features from outside: who may switch them, and that they outlive the server."""

from __future__ import annotations

from pathlib import Path

from esriPBuffer.graph.AddConstraintRulesRequest_pb2 import GraphConstraintRuleAddsRequest
from esriPBuffer.graph.AddConstraintRulesResponse_pb2 import GraphConstraintRuleAddsResponse

from tests.conformance.cases.rules import but, rule
from tests.conformance.context import ANN, BOB, Context, Target
from tests.conformance.edits import Edits, edits_header
from tests.conformance.service import Service, deltas, refused
from tests.harness import RunningServer, running_server
from tests.people import logged_in


def test_the_owner_switches_features_and_others_do_not(server: RunningServer) -> None:
    owner, other = logged_in(server, "flora"), logged_in(server, "gustav")
    theirs = owner.service()
    owner.share(theirs, org="true")
    seen = Service(other.client, theirs.name, theirs.item, theirs.url)
    for feature in ("supportsSync", "supportsDocuments", "supportsProvenance", "supportsEditorTracking"):
        assert seen.update_feature(**{feature: True})["error"]["code"] == 403
    request = GraphConstraintRuleAddsRequest(constraint_rules=[rule("r", but(), but(), but())])
    path = "dataModel/constraintRules"
    refused(seen.administer(GraphConstraintRuleAddsResponse, f"{path}/add", request).error, code=403)
    assert other.client.get(f"{seen.admin}/{path}", f="json").json_error()["code"] == 403
    theirs.switch(supportsProvenance=True)
    assert not theirs.administer(GraphConstraintRuleAddsResponse, f"{path}/add", request).error.error_code
    assert seen.definition()["supportsProvenance"] is True
    for context in (owner, other):
        context.close()


def test_plain_edits_carry_the_name_of_who_made_them(server: RunningServer) -> None:
    owner, editor = Context(Target(server.url, server.user, server.password, "e2e")), logged_in(server, "hedwig")
    service = owner.service(supportsEditorTracking=True)
    owner.share(service, org="true")
    service.apply(Edits().add("Person", ANN, name="Ann"))
    Service(editor.client, service.name, service.item, service.url).apply(Edits().update("Person", ANN, name="Anna"))
    row = service.first_archive(service.replica()).row(ANN)
    assert (row.props["created_user"], row.props["last_edited_user"]) == (server.user, "hedwig")
    for context in (owner, editor):
        context.close()


def test_features_and_the_floor_outlive_the_server(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        first = Context(Target(server.url, server.user, server.password))
        service = first.service(sync=False, supportsProvenance=True, supportsEditorTracking=True)
        before = service.apply(Edits().add("Person", ANN, name="Ann")).apply_edits_metadata.timestamp
        service.apply(
            Edits().add(
                "Provenance",
                BOB,
                instanceID=ANN,
                typeName="Person",
                propertyName="name",
                sourceType="URL",
                source="https://example.org",
            )
        )
        service.switch(supportsSync=True)
        first.close()
        server.kill()
    with running_server(tmp_path) as server:
        again = Context(Target(server.url, server.user, server.password))
        url = service.url.replace(service.url.split("/server/")[0], server.url)
        found = Service(again.client, service.name, service.item, url)
        shown = found.definition()
        assert all(shown[f"supports{name}"] for name in ("Sync", "Documents", "Provenance", "EditorTracking"))
        made = found.replica()
        refused(found.sync(made.replica_id, deltas(before)).error, "snapshot", code=410)
        kept = found.send(Edits().delete("Person", ANN))
        assert kept.entity_delete_results["Person"].errors[0].error_code == 112913
        found.apply(Edits().delete("Person", ANN), header=edits_header(cascade_provenance=True))
        again.close()
