"""Editor tracking over the wire: the four properties, who fills them, and under which names."""

from uuid import UUID

from esriPBuffer.graph.QueryDataModelResponse_pb2 import GraphDataModel

from tests.conformance import models
from tests.conformance.archives import ADD
from tests.conformance.context import ANN, BOB, Context
from tests.conformance.edits import Edits
from tests.conformance.registry import case
from tests.conformance.service import Service, upload

NAMES = ("created_user", "created_date", "last_edited_user", "last_edited_date")


def tracking_of(model: GraphDataModel) -> dict[str, dict[int, str]]:
    every = [t.entity for t in model.entity_types] + [t.relationship for t in model.relationship_types]
    return {t.name: {p.role: p.name for p in t.properties if 17 <= p.role <= 20} for t in every}


def stamps(service: Service, identifier: UUID) -> dict[str, object]:
    props = service.first_archive(service.replica()).row(identifier).props
    return {name: props[name] for name in NAMES}


@case("TRACK-001", "P:DataModelTypes EditorTrackingSchema; facts §15.1 default names, roles 17-20")
def every_type_has_the_four_properties(ctx: Context) -> None:
    service = ctx.service(supportsEditorTracking=True, supportsDocuments=True)
    schema = service.model().editor_tracking_info.editor_tracking_schema
    found = (
        schema.creator_property,
        schema.create_date_property,
        schema.editor_property,
        schema.edit_date_property,
    )
    assert found == NAMES, found
    wanted = dict(zip((17, 18, 19, 20), NAMES, strict=True))
    assert all(own == wanted for own in tracking_of(service.model()).values()), tracking_of(service.model())
    assert len(tracking_of(service.model())) == 6


@case("TRACK-002", "facts §15.1: schema names and aliases may come with the request")
def names_come_with_the_request(ctx: Context) -> None:
    service = ctx.service(models.standard())
    info = {"creatorProperty": "maker", "createDateProperty": "made", "creatorPropertyAlias": "Who made it"}
    service.switch(supportsEditorTracking=True, editorTrackingInfo=info)
    schema = service.model().editor_tracking_info.editor_tracking_schema
    assert (schema.creator_property, schema.creator_property_alias) == ("maker", "Who made it"), schema
    assert schema.edit_date_property == "last_edited_date", schema
    assert tracking_of(service.model())["Person"][17] == "maker"
    taken = service.update_feature(supportsEditorTracking=True, editorTrackingInfo={"creatorProperty": "other"})
    assert taken["error"]["code"] == 409, taken


@case("TRACK-003", "facts §11.8: plain applyEdits sets user and time and ignores client values")
def plain_edits_are_stamped(ctx: Context) -> None:
    service = ctx.service(supportsEditorTracking=True)
    done = service.apply(Edits().add("Person", ANN, name="Ann", created_user="eve", last_edited_date=5))
    user, at = done.apply_edits_metadata.user_name, done.apply_edits_metadata.timestamp
    found = stamps(service, ANN)
    assert (found["created_user"], found["last_edited_user"]) == (user, user), found
    assert found["created_date"] == found["last_edited_date"], found
    later = service.apply(Edits().update("Person", ANN, name="Anna")).apply_edits_metadata.timestamp
    assert later > at
    assert stamps(service, ANN)["created_date"] == found["created_date"]
    assert stamps(service, ANN)["last_edited_date"] != found["last_edited_date"]


@case("TRACK-004", "facts §6.3: client-supplied editor-tracking values are kept as sent")
def a_replicas_values_are_kept(ctx: Context) -> None:
    service = ctx.service(supportsEditorTracking=True)
    made = service.replica()
    edits = Edits().add("Person", ANN, name="Ann", created_user="eve").add("Person", BOB, name="Bob")
    result = service.synced(made.replica_id, upload(edits, base=made.sync_date))
    rows = service.archive(result.download_results.sync_data_url)
    assert rows.ids(ADD) == {ANN, BOB}
    assert rows.row(ANN).props["created_user"] == "eve", rows.row(ANN).props
    assert rows.row(ANN).props["last_edited_user"] == ctx.target.user, rows.row(ANN).props
    assert rows.row(BOB).props["created_user"] == ctx.target.user, rows.row(BOB).props


@case("TRACK-005", "facts §15.1: later types are tracked too")
def later_types_are_tracked(ctx: Context) -> None:
    service = ctx.service(bare=True, supportsEditorTracking=True)
    service.add_types(models.standard())
    assert all(len(own) == 4 for own in tracking_of(service.model()).values()), tracking_of(service.model())


@case("TRACK-006", "facts §3 WE DO: switched off, the four properties are gone")
def switched_off_the_properties_are_gone(ctx: Context) -> None:
    service = ctx.service(supportsEditorTracking=True)
    service.apply(Edits().add("Person", ANN, name="Ann"))
    service.switch(supportsEditorTracking=False)
    assert not service.model().HasField("editor_tracking_info")
    assert not any(tracking_of(service.model()).values())
    row = service.first_archive(service.replica()).row(ANN)
    assert not set(NAMES) & set(row.props), row.props
