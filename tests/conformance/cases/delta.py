"""Deltas: the net effect per object inside a Span, as laws.md tables it."""

import uuid

from esriPBuffer.graph.DataModelTypes_pb2 import GraphProperty
from esriPBuffer.graph.DeleteFieldRequest_pb2 import GraphPropertyDeleteRequest
from esriPBuffer.graph.DeleteFieldResponse_pb2 import GraphPropertyDeleteResponse
from esriPBuffer.graph.DeleteNamedTypeResponse_pb2 import GraphNamedObjectTypeDeleteResponse
from esriPBuffer.graph.UpdateFieldRequest_pb2 import GraphPropertyMask
from esriPBuffer.graph.UpdateNamedTypeRequest_pb2 import GraphNamedObjectTypeUpdateRequest
from esriPBuffer.graph.UpdateNamedTypeResponse_pb2 import GraphNamedObjectTypeUpdateResponse

from tests.conformance.archives import ADD, DELETE, UPDATE, Archive
from tests.conformance.cases.datamodel import TYPES, add_fields, update_field
from tests.conformance.context import ANN, BOB, OSLO, Context
from tests.conformance.edits import Edits, edits_header
from tests.conformance.models import prop
from tests.conformance.registry import case
from tests.conformance.service import Service, clean, deltas

NET = "laws.md Net effect inside a Span"
EDGE = uuid.UUID("f0000000-0000-4000-8000-00000000000e")


def couple() -> Edits:
    return (
        Edits().add("Person", ANN, name="Ann").add("Person", BOB, name="Bob").relate("Knows", EDGE, ANN, BOB, since=1)
    )


class Story:
    """A replica taken at a Moment, and the delta of what happened since."""

    def __init__(
        self,
        ctx: Context,
        *before: Edits,
        entities: tuple[str, ...] = ("Person", "Place"),
        relationships: tuple[str, ...] = ("Knows", "LivesIn"),
    ) -> None:
        self.service: Service = ctx.service()
        for edits in before:
            self.service.apply(edits)
        result = self.service.replica(entities, relationships)
        self.replica, self.since = result.replica_id, result.sync_date

    def then(self, *edits: Edits, cascade: bool = False) -> "Story":
        for frame in edits:
            self.service.apply(frame, header=edits_header(cascade=cascade))
        return self

    def delta(self) -> Archive:
        return self.service.delta(self.replica, self.since)[0]

    def sends(self, *wanted: tuple[int, uuid.UUID]) -> Archive:
        archive = self.delta()
        found = sorted((row.delta, str(row.id)) for row in archive.rows)
        assert found == sorted((delta, str(i)) for delta, i in wanted), f"rows {found}"
        return archive


@case("DELTA-001", NET + ": not a member -> member = add with current content")
def a_new_object_is_one_add_with_its_last_content(ctx: Context) -> None:
    story = Story(ctx).then(Edits().add("Person", ANN, name="Ann"), Edits().update("Person", ANN, name="Anna"))
    assert story.sends((ADD, ANN)).row(ANN).props["name"] == "Anna"


@case("DELTA-002", NET + ": member, content differs = one update with all properties")
def many_updates_are_one_update(ctx: Context) -> None:
    story = Story(ctx, couple())
    story.then(*(Edits().update("Person", ANN, age=age) for age in (1, 2, 3)))
    found = story.sends((UPDATE, ANN)).row(ANN).props
    assert (found["name"], found["age"]) == ("Ann", 3), found


@case("DELTA-003", NET + ": member, same content = nothing, however often it changed in between")
def a_change_and_its_undoing_are_nothing(ctx: Context) -> None:
    story = Story(ctx, couple())
    story.then(Edits().update("Person", ANN, name="X"), Edits().update("Person", ANN, name="Ann")).sends()


@case("DELTA-004", NET + ": an update to the same value changes nothing")
def an_update_that_changes_nothing_is_nothing(ctx: Context) -> None:
    Story(ctx, couple()).then(Edits().update("Person", ANN, name="Ann")).sends()


@case("DELTA-005", NET + ": member -> not a member = delete, label and id only")
def a_deleted_object_is_one_delete(ctx: Context) -> None:
    story = Story(ctx, Edits().add("Person", ANN, name="Ann")).then(Edits().delete("Person", ANN))
    row = story.sends((DELETE, ANN)).row(ANN)
    assert row.type_name == "Person"
    assert not row.props, f"a delete row with properties {row.props}"


@case("DELTA-006", NET + ": not a member -> not a member = nothing; law 4")
def what_came_and_went_is_never_sent(ctx: Context) -> None:
    story = Story(ctx, Edits().add("Person", BOB))
    story.then(
        Edits().add("Person", ANN, name="Ann").relate("Knows", EDGE, ANN, BOB),
        Edits().delete_relationship("Knows", EDGE).delete("Person", ANN),
    ).sends()


@case("DELTA-007", NET + "; facts §6.2: updated, then deleted = delete")
def an_update_before_a_delete_is_a_delete(ctx: Context) -> None:
    story = Story(ctx, Edits().add("Person", ANN, name="Ann"))
    story.then(Edits().update("Person", ANN, name="X"), Edits().delete("Person", ANN)).sends((DELETE, ANN))


@case("DELTA-008", "facts §6.2: delete + re-add with same id and type -> update")
def deleted_and_added_again_is_an_update(ctx: Context) -> None:
    story = Story(ctx, Edits().add("Person", ANN, name="Ann"))
    story.then(Edits().delete("Person", ANN), Edits().add("Person", ANN, name="Annette"))
    assert story.sends((UPDATE, ANN)).row(ANN).props["name"] == "Annette"


@case("DELTA-009", NET + ": type changed = delete under the old type + add under the new")
def another_type_under_the_same_id_is_a_delete_and_an_add(ctx: Context) -> None:
    story = Story(ctx, Edits().add("Person", ANN, name="Ann"))
    story.then(Edits().delete("Person", ANN), Edits().add("Place", ANN, name="Annapolis"))
    archive = story.sends((DELETE, ANN), (ADD, ANN))
    assert archive.ids(DELETE, "Person") == {ANN}
    assert archive.ids(ADD, "Place") == {ANN}


@case("DELTA-010", NET + ": a relationship whose end points differ is delete + add")
def a_relationship_between_others_is_a_delete_and_an_add(ctx: Context) -> None:
    story = Story(ctx, couple())
    story.then(Edits().delete_relationship("Knows", EDGE), Edits().relate("Knows", EDGE, BOB, ANN, since=1))
    archive = story.sends((DELETE, EDGE), (ADD, EDGE))
    (row,) = archive.of(ADD)
    assert (row.origin, row.dest) == (BOB, ANN), row


@case("DELTA-011", NET + ": relationships are objects too")
def a_changed_relationship_is_an_update_with_both_ends(ctx: Context) -> None:
    story = Story(ctx, couple()).then(Edits().update_relationship("Knows", EDGE, since=2))
    row = story.sends((UPDATE, EDGE)).row(EDGE)
    assert (row.origin, row.dest, row.props["since"]) == (ANN, BOB, 2), row


@case("DELTA-012", "laws.md law 1: including cascades")
def a_cascade_is_in_the_delta(ctx: Context) -> None:
    story = Story(ctx, couple()).then(Edits().delete("Person", ANN), cascade=True)
    archive = story.sends((DELETE, ANN), (DELETE, EDGE))
    assert archive.row(EDGE).category == 2, archive.row(EDGE)


@case("DELTA-013", "laws.md law 4: no id that was not a member")
def other_types_are_not_sent(ctx: Context) -> None:
    story = Story(ctx, Edits().add("Person", ANN).add("Place", OSLO), entities=("Person",), relationships=())
    story.then(Edits().update("Place", OSLO, name="Christiania"), Edits().delete("Place", OSLO)).sends()


@case("DELTA-014", "laws.md law 3 and law 4: closure in a delta")
def a_relationship_to_a_type_outside_is_not_sent(ctx: Context) -> None:
    story = Story(ctx, couple(), entities=("Person",), relationships=("Knows", "LivesIn"))
    lives = uuid.uuid4()
    story.then(
        Edits().add("Place", OSLO).relate("LivesIn", lives, ANN, OSLO),
        Edits().update_relationship("LivesIn", lives, since=3),
        Edits().delete_relationship("LivesIn", lives),
    ).sends()


@case("DELTA-015", "laws.md Span: after is exclusive; P: half-open (last_sync_date, sync_date]")
def a_delta_leaves_out_the_since_moment(ctx: Context) -> None:
    story = Story(ctx)
    story.then(Edits().add("Person", ANN, name="Ann"))
    _, moment = story.service.delta(story.replica, story.since)
    story.then(Edits().add("Person", BOB, name="Bob"))
    archive, _ = story.service.delta(story.replica, moment)
    assert archive.ids(ADD) == {BOB}, "the commit at the lower bound is sent again"


@case("DELTA-016", "laws.md Span: upto is inclusive")
def a_delta_holds_the_newest_commit(ctx: Context) -> None:
    story = Story(ctx)
    for number in range(4):
        identifier = uuid.uuid4()
        story.then(Edits().add("Person", identifier, age=number))
        assert identifier in story.delta().ids(ADD), "the newest commit is missing"


@case("DELTA-017", "laws.md The clock: (a,b] never splits a commit")
def a_commit_is_sent_whole(ctx: Context) -> None:
    story = Story(ctx)
    edits = Edits()
    wanted = {uuid.uuid4() for _ in range(300)}
    for identifier in wanted:
        edits.add("Person", identifier)
    assert story.then(edits).delta().ids(ADD) == wanted


@case("DELTA-018", "laws.md: Moments strictly increase; a delta between any two is exact")
def every_lower_bound_is_answered_exactly(ctx: Context) -> None:
    story = Story(ctx)
    moments, ids = [story.since], [uuid.uuid4() for _ in range(4)]
    for identifier in ids:
        story.then(Edits().add("Person", identifier))
        moments.append(story.service.delta(story.replica, story.since)[1])
    for number, moment in enumerate(moments):
        archive, _ = story.service.delta(story.replica, moment)
        assert archive.ids(ADD) == set(ids[number:]), f"from the commit {number}"


@case("DELTA-019", "laws.md: adding or dropping a property sends no rows")
def a_new_property_sends_no_rows(ctx: Context) -> None:

    story = Story(ctx, couple())
    clean(add_fields(story.service, "Person", prop("mood", "String")))
    archive = story.sends()
    (person,) = [t.entity for t in archive.model.entity_types if t.entity.name == "Person"]
    assert "mood" in {p.name for p in person.properties}, "the archive does not carry the new model"


@case("DELTA-020", "laws.md: a property that left the model leaves the rows; dropping sends no rows")
def a_dropped_property_sends_no_rows(ctx: Context) -> None:

    story = Story(ctx, Edits().add("Person", ANN, name="Ann", nick="A"))
    request = GraphPropertyDeleteRequest(name="nick")
    clean(story.service.post(GraphPropertyDeleteResponse, f"{TYPES}/Person/fields/delete", request))
    story.sends()
    archive, _ = story.service.snapshot_of(story.replica)
    assert "nick" not in archive.row(ANN).props, "the dropped property is still in the rows"


@case("DELTA-021", "laws.md: renaming a property is dropping the old and adding the new: rows with a value again")
def a_renamed_property_sends_the_rows_that_have_it(ctx: Context) -> None:

    story = Story(ctx, Edits().add("Person", ANN, nick="A").add("Person", BOB, name="Bob"))
    mask = GraphPropertyMask(update_name=True)
    clean(update_field(story.service, "Person", "nick", mask, GraphProperty(name="pet")))
    row = story.sends((UPDATE, ANN)).row(ANN)
    assert row.props["pet"] == "A", row.props
    assert "nick" not in row.props, row.props


@case("DELTA-022", "laws.md: a definition follows a renamed type and says so in warnings")
def a_renamed_type_is_followed_with_a_warning(ctx: Context) -> None:

    story = Story(ctx, Edits().add("Place", OSLO, name="Oslo").add("Person", ANN))
    request = GraphNamedObjectTypeUpdateRequest()
    request.entity_update.mask.update_name = True
    request.entity_update.entity_type.entity.name = "Town"
    clean(story.service.post(GraphNamedObjectTypeUpdateResponse, f"{TYPES}/Place/update", request))
    result = story.service.synced(story.replica, deltas(story.since))
    assert any("Town" in warning.error_message for warning in result.warnings), list(result.warnings)
    archive = story.service.archive(result.download_results.sync_data_url)
    assert archive.ids(DELETE, "Place") == {OSLO}, archive.rows
    assert archive.ids(ADD, "Town") == {OSLO}, archive.rows
    assert len(archive.rows) == 2, archive.rows


@case("DELTA-023", "facts §6.2: a type in the definition that no longer exists -> warning in warnings")
def a_deleted_type_is_a_warning(ctx: Context) -> None:

    story = Story(ctx, couple())
    clean(story.service.post(GraphNamedObjectTypeDeleteResponse, f"{TYPES}/Place/delete"))
    result = story.service.synced(story.replica, deltas(story.since))
    assert any("Place" in warning.error_message for warning in result.warnings), list(result.warnings)
    assert story.service.archive(result.download_results.sync_data_url).empty()


@case("DELTA-024", "laws.md: a property that is null for the first time is an explicit null")
def a_cleared_property_reaches_the_client(ctx: Context) -> None:
    story = Story(ctx, Edits().add("Person", ANN, name="Ann", nick="A"))
    row = story.then(Edits().update("Person", ANN, nick=None)).sends((UPDATE, ANN)).row(ANN)
    assert "nick" in row.props, "the cleared property is missing"
    assert row.props["nick"] is None, row.props["nick"]


@case("DELTA-025", "facts §11.8; laws: refused edits are no commits of anything")
def a_refused_edit_is_not_in_the_delta(ctx: Context) -> None:
    story = Story(ctx, couple())
    story.service.send(Edits().update("Person", ANN, age="no number").delete("Person", BOB))
    story.sends()
