"""applyEdits: outcomes per edit, ids, end points, cascades."""

import uuid

from esriPBuffer.graph.ApplyEditsRequest_pb2 import GraphApplyEditsFrame
from esriPBuffer.graph.ApplyEditsResponse_pb2 import EditResults, GraphApplyEditsResult
from esriPBuffer.graph.DataModelTypes_pb2 import GraphProperty
from esriPBuffer.graph.EsriGraphTypes_pb2 import Error
from esriPBuffer.graph.UpdateFieldRequest_pb2 import GraphPropertyMask

from tests.conformance.archives import Copy, State
from tests.conformance.cases import datamodel, domains
from tests.conformance.cases.datamodel import add_fields
from tests.conformance.context import ANN, BOB, OSLO, Context
from tests.conformance.edits import Edits, edits_header, pairs
from tests.conformance.models import prop
from tests.conformance.registry import case
from tests.conformance.service import Service, clean, refused
from tests.conformance.values import identities, primitive
from tests.conformance.wire import edits_body, prefixed, zipped_frame

FRAMING = "R README framing; facts/knowledge-graph.md §11.1"
PER_EDIT = "laws.md Uploads: per-edit errors; P:EditResults.errors"


def state(service: Service) -> State:
    """Everything in the service, by way of a snapshot."""
    result = service.replica()
    archive = service.first_archive(result)
    service.unregister(result.replica_id)
    return Copy().apply(archive).objects


def ids_of(results: EditResults) -> list[uuid.UUID | None]:
    return identities(results.id_array)


def single_error(results: EditResults, *words: str) -> Error:
    assert list(results.errors) == [0], f"errors at {list(results.errors)}, one at 0 was expected"
    refused(results.errors[0], *words)
    return results.errors[0]


def couple(ctx: Context) -> Service:
    """A service with Ann and Bob, who know each other by an edge of the third id."""
    service = ctx.service()
    service.apply(
        Edits().add("Person", ANN, name="Ann").add("Person", BOB, name="Bob").relate("Knows", KNOWS, ANN, BOB, since=1)
    )
    return service


KNOWS = uuid.UUID("f0000000-0000-4000-8000-000000000009")


@case("EDIT-001", "facts/clients.md A§5: one id per object, in request order, over all frames")
def ids_are_answered_in_order_over_all_frames(ctx: Context) -> None:
    service = ctx.service()
    wanted = [uuid.uuid4() for _ in range(7)]
    frames = [Edits().add("Person", i, name="x") for i in wanted[:3]] + [Edits()]
    frames.append(Edits().add("Person", wanted[3], name="y").add("Person", wanted[4], name="y"))
    frames.append(Edits().add("Person", wanted[5], name="z").add("Person", wanted[6], name="z"))
    assert ids_of(service.apply(*frames).entity_add_results["Person"]) == wanted


@case("EDIT-002", "facts/clients.md A§5: no id -> server generates; facts §11.3")
def a_missing_id_is_generated(ctx: Context) -> None:
    service = ctx.service()
    answer = service.apply(Edits().add("Person", None, name="a").add("Person", None, name="b"))
    first, second = ids_of(answer.entity_add_results["Person"])
    assert first, "no id for the first"
    assert second, "no id for the second"
    assert first != second, "one id for two objects"
    assert set(state(service)) == {first, second}


@case("EDIT-003", "facts/clients.md A§5: a string goes verbatim, maybe with braces / upper case: accept both")
def an_id_is_one_in_any_spelling(ctx: Context) -> None:
    service = ctx.service()
    a, b, c = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    service.apply(Edits().add("Person", f"{{{a}}}".upper(), name="a").add("Person", str(b), name="b"))
    service.apply(Edits().relate("Knows", str(c).upper(), str(a), f"{{{b}}}"))
    service.apply(Edits().update("Person", f"{{{a}}}", name="c"))
    found = state(service)
    assert set(found) == {a, b, c}, set(found)
    assert found[a][3]["name"] == "c", found[a]
    assert found[c][1:3] == (a, b), found[c]


@case(
    "EDIT-004", "facts §11.3: arcgis_managed_data services generate objectid; laws: object ids are given by the server"
)
def object_ids_are_given_by_the_server(ctx: Context) -> None:
    service = ctx.service()
    service.apply(*(Edits().add("Person", None, name=str(n)) for n in range(5)))
    key = service.model().objectid_property
    numbers = [row[3][key] for row in state(service).values()]
    assert all(isinstance(n, int) and n > 0 for n in numbers), numbers
    assert len(set(numbers)) == 5, numbers


@case("EDIT-005", "P:EditResults; facts §15.1: identifier is the globalid property")
def the_global_id_property_holds_the_id(ctx: Context) -> None:
    service = ctx.service()
    service.apply(Edits().add("Person", ANN, name="Ann"))
    key = service.model().globalid_property
    assert state(service)[ANN][3][key] == ANN, state(service)[ANN]


@case("EDIT-006", FRAMING + "; facts/clients.md A§5: kinds and types share a frame, empty trailing frames occur")
def empty_frames_are_nothing(ctx: Context) -> None:
    service = ctx.service()
    service.apply(Edits(), Edits().add("Person", ANN, name="Ann"), Edits(), Edits())
    assert set(state(service)) == {ANN}


@case("EDIT-007", FRAMING + ": varint header, then 0..N frames")
def a_header_alone_is_an_empty_success(ctx: Context) -> None:
    service = couple(ctx)
    answer = service.post(GraphApplyEditsResult, "graph/applyEdits", edits_body(edits_header(), []))
    clean(answer)
    assert not answer.entity_add_results, answer
    assert set(state(service)) == {ANN, BOB, KNOWS}


@case("EDIT-008", "facts/clients.md A§5: capital E, the README writes applyedits: match case-insensitively")
def the_path_is_case_insensitive(ctx: Context) -> None:
    service = ctx.service()
    for number, path in enumerate(("graph/applyedits", "GRAPH/APPLYEDITS", "graph/applyEdits")):
        body = edits_body(edits_header(), [Edits().add("Person", None, name=str(number)).frame])
        clean(service.post(GraphApplyEditsResult, path, body))
    assert sorted(row[3]["name"] for row in state(service).values()) == ["0", "1", "2"]


@case("EDIT-009", "laws.md Uploads: within a frame entity adds before relationship adds; facts §11.3 WE DO")
def a_relationship_may_join_entities_of_its_own_request(ctx: Context) -> None:
    service = ctx.service()
    edge = uuid.uuid4()
    service.apply(Edits().relate("Knows", edge, ANN, BOB).add("Person", ANN).add("Person", BOB))
    assert state(service)[edge][1:3] == (ANN, BOB)


@case("EDIT-010", "facts §11.3: end points of an added relationship must exist")
def a_relationship_to_nobody_is_an_error(ctx: Context) -> None:
    service = couple(ctx)
    stranger = uuid.uuid4()
    answer = service.send(Edits().relate("Knows", None, ANN, stranger).relate("Knows", None, stranger, BOB))
    clean(answer)
    errors = answer.relationship_add_results["Knows"].errors
    assert sorted(errors) == [0, 1], dict(errors)
    for error in errors.values():
        refused(error, "Knows", str(stranger))
    assert set(state(service)) == {ANN, BOB, KNOWS}


@case("EDIT-011", "facts §11.7: on error the id slot is a null tag; laws.md: good edits stay, bad ones by index")
def a_bad_edit_does_not_take_the_good_ones_along(ctx: Context) -> None:
    service = ctx.service()
    good = [uuid.uuid4(), uuid.uuid4()]
    edits = Edits().add("Person", good[0], name="a").add("Person", uuid.uuid4(), age="no number")
    answer = service.send(edits.add("Person", good[1], name="b"))
    clean(answer)
    results = answer.entity_add_results["Person"]
    assert sorted(results.errors) == [1], dict(results.errors)
    assert ids_of(results) == [good[0], None, good[1]], ids_of(results)
    assert set(state(service)) == set(good)


@case("EDIT-012", "P:Updates: only the properties to change")
def an_update_leaves_other_properties_alone(ctx: Context) -> None:
    service = ctx.service()
    service.apply(Edits().add("Person", ANN, name="Ann", age=30, nick="A"))
    service.apply(Edits().update("Person", ANN, age=31))
    found = state(service)[ANN][3]
    assert (found["name"], found["age"], found["nick"]) == ("Ann", 31, "A"), found


@case("EDIT-013", "facts §11.3: null value = remove the property")
def a_null_update_clears_a_property(ctx: Context) -> None:
    service = ctx.service()
    service.apply(Edits().add("Person", ANN, name="Ann", nick="A"))
    service.apply(Edits().update("Person", ANN, nick=None))
    found = state(service)[ANN][3]
    assert (found["name"], found["nick"]) == ("Ann", None), found


@case("EDIT-014", "facts/clients.md A§5: relationship updates carry no end points")
def a_relationship_update_keeps_the_end_points(ctx: Context) -> None:
    service = couple(ctx)
    service.apply(Edits().update_relationship("Knows", KNOWS, since=1999))
    found = state(service)[KNOWS]
    assert found[1:3] == (ANN, BOB), found
    assert found[3]["since"] == 1999, found


@case("EDIT-015", PER_EDIT + "; laws.md: updating one that is gone")
def updating_nobody_is_an_error(ctx: Context) -> None:
    nobody = uuid.uuid4()
    answer = ctx.shared.send(Edits().update("Person", nobody, name="x"))
    clean(answer)
    single_error(answer.entity_update_results["Person"], "Person", str(nobody))


@case("EDIT-016", PER_EDIT + "; laws.md: an update under the wrong type")
def an_update_under_the_wrong_type_is_an_error(ctx: Context) -> None:
    service = couple(ctx)
    answer = service.send(Edits().update("Place", ANN, name="x"))
    clean(answer)
    single_error(answer.entity_update_results["Place"], str(ANN))
    assert state(service)[ANN][3]["name"] == "Ann"


@case("EDIT-017", PER_EDIT + "; laws.md: deleting one that is gone")
def deleting_nobody_is_an_error(ctx: Context) -> None:
    nobody = uuid.uuid4()
    answer = ctx.shared.send(Edits().delete("Person", nobody).delete_relationship("Knows", nobody))
    clean(answer)
    single_error(answer.entity_delete_results["Person"], str(nobody))
    single_error(answer.relationship_delete_results["Knows"], str(nobody))


@case("EDIT-018", PER_EDIT + "; a delete under the wrong type")
def a_delete_under_the_wrong_type_is_an_error(ctx: Context) -> None:
    service = couple(ctx)
    answer = service.send(Edits().delete("Place", ANN))
    clean(answer)
    single_error(answer.entity_delete_results["Place"], str(ANN))
    assert ANN in state(service)


@case("EDIT-023", "facts §11.7: new observed endpoint pairs per relationship type")
def new_end_points_are_reported_once(ctx: Context) -> None:
    service = couple(ctx)
    service.apply(Edits().add("Place", OSLO))
    answer = service.apply(Edits().relate("LivesIn", None, ANN, OSLO))
    found = answer.rel_type_schema_changes["LivesIn"].new_end_points
    assert [(p.origin_entity_type, p.destination_entity_type) for p in found] == [("Person", "Place")], found
    again = service.apply(Edits().relate("LivesIn", None, BOB, OSLO))
    assert not again.rel_type_schema_changes["LivesIn"].new_end_points, "old end points are reported as new"


@case("EDIT-024", "P:ApplyEditsMetadata user_name, timestamp ms; facts/clients.md B")
def the_answer_says_who_and_when(ctx: Context) -> None:
    answer = ctx.service().apply(Edits().add("Person", None, name="x"))
    assert answer.apply_edits_metadata.user_name == ctx.target.user, answer.apply_edits_metadata
    assert answer.apply_edits_metadata.timestamp > 1_500_000_000_000, answer.apply_edits_metadata


@case("EDIT-025", "facts §11.7: error 112020, type definition not found, empty results")
def an_unknown_type_is_an_error_of_the_whole(ctx: Context) -> None:
    service = ctx.service()
    answer = service.send(Edits().add("Person", ANN, name="x").add("Dragon", None, name="x"))
    refused(answer.error, "Dragon", code=112020)
    assert not answer.entity_add_results, "results beside the error"
    assert not state(service), "half of the request was applied"


@case("EDIT-026", "facts §11.8 WE DO: unknown property in plain applyEdits is a per-edit error")
def an_unknown_property_is_an_error(ctx: Context) -> None:
    answer = ctx.shared.send(Edits().add("Person", None, wings=2))
    clean(answer)
    single_error(answer.entity_add_results["Person"], "Person", "wings")


@case("EDIT-027", "facts §11.8 WE DO: a system-maintained property is an error in plain applyEdits")
def the_object_id_is_not_settable(ctx: Context) -> None:
    key = ctx.shared.model().objectid_property
    answer = ctx.shared.send(Edits().add("Person", None, **{key: 77}))
    clean(answer)
    single_error(answer.entity_add_results["Person"], key)


@case("EDIT-028", "laws.md law 5: adds that carry ids: identical content is a success without a new version")
def the_same_add_again_is_a_success_without_a_version(ctx: Context) -> None:
    service = couple(ctx)
    replica = service.replica()
    answer = service.apply(
        Edits().add("Person", ANN, name="Ann").relate("Knows", KNOWS, ANN, BOB, since=1),
    )
    assert ids_of(answer.entity_add_results["Person"]) == [ANN]
    assert ids_of(answer.relationship_add_results["Knows"]) == [KNOWS]
    archive, _ = service.delta(replica.replica_id, replica.sync_date)
    assert archive.empty(), f"a resent add made {len(archive.rows)} rows"


@case("EDIT-029", "laws.md Uploads: adding an id that exists with other content is a per-edit error")
def another_add_under_a_known_id_is_an_error(ctx: Context) -> None:
    service = couple(ctx)
    answer = service.send(Edits().add("Person", ANN, name="Another Ann").relate("Knows", KNOWS, BOB, ANN, since=1))
    clean(answer)
    single_error(answer.entity_add_results["Person"], "Person", str(ANN))
    single_error(answer.relationship_add_results["Knows"], "Knows", str(KNOWS))
    assert state(service)[ANN][3]["name"] == "Ann"
    assert state(service)[KNOWS][1:3] == (ANN, BOB)


@case("EDIT-030", "laws.md: a global id is for life and one per object, whatever the type")
def an_id_belongs_to_one_type(ctx: Context) -> None:
    service = couple(ctx)
    answer = service.send(Edits().add("Place", ANN, name="Ann"))
    clean(answer)
    single_error(answer.entity_add_results["Place"], str(ANN))


@case("EDIT-031", "laws.md law 5: an add without an id has nothing to be recognised by: it applies again")
def the_same_add_without_an_id_is_another_object(ctx: Context) -> None:
    service = ctx.service()
    for _ in range(2):
        service.apply(Edits().add("Person", None, name="twin"))
    assert [row[3]["name"] for row in state(service).values()] == ["twin", "twin"]


@case("EDIT-032", "issue 1 Bad input: ids of 15 bytes")
def an_id_of_15_bytes_is_an_error(ctx: Context) -> None:

    service = ctx.service()
    frame = GraphApplyEditsFrame()
    added = frame.adds.entities["Person"].entity_adds.add().entity
    added.id.CopyFrom(primitive(uuid_value=b"\x01" * 15))
    added.properties.extend(pairs({"name": "short"}))
    answer = service.post(GraphApplyEditsResult, "graph/applyEdits", edits_body(edits_header(), [frame]))
    clean(answer)
    single_error(answer.entity_add_results["Person"], "Person")
    assert not state(service)


@case(
    "EDIT-033", "P:GraphObjectIdentifierSet.id_array; facts/clients.md B: any_value_array and uuid_array, accept both"
)
def deletes_may_come_as_a_uuid_array(ctx: Context) -> None:
    service = ctx.service()
    service.apply(Edits().add("Person", ANN).add("Person", BOB))
    edits = Edits()
    edits.frame.deletes.deleted_entity_ids["Person"].id_array.uuid_array = ANN.bytes + BOB.bytes
    assert ids_of(service.apply(edits).entity_delete_results["Person"]) == [ANN, BOB]
    assert not state(service)


@case("EDIT-034", "laws.md law 6: not answered = all or nothing; issue 1: nothing half-written")
def a_broken_later_frame_leaves_nothing_behind(ctx: Context) -> None:
    service = ctx.service()
    good = zipped_frame(Edits().add("Person", ANN, name="Ann").frame)
    body = prefixed(edits_header().SerializeToString()) + good + prefixed(b"\x1f\x8b broken")
    answer = service.post(GraphApplyEditsResult, "graph/applyEdits", body)
    refused(answer.error)
    assert not state(service), "the first frame was applied"
    service.still_up()


@case("EDIT-035", "facts/clients.md B Data model edits: do not read not_nullable as must be given")
def not_nullable_may_be_left_out_but_not_nulled(ctx: Context) -> None:

    service = ctx.service()
    strict = prop("rank", "Integer")
    strict.not_nullable = True
    clean(add_fields(service, "Person", strict))
    answer = service.send(Edits().add("Person", ANN, name="no rank").add("Person", BOB, rank=None))
    clean(answer)
    results = answer.entity_add_results["Person"]
    assert sorted(results.errors) == [1], dict(results.errors)
    refused(results.errors[1], "Person", "rank")


@case("EDIT-036", "facts §11.8 WE DO: domain violations are not enforced")
def a_value_outside_its_domain_is_stored(ctx: Context) -> None:

    service = ctx.service()
    clean(domains.add(service, domains.colours("red")))
    mask, wanted = GraphPropertyMask(update_domain=True), GraphProperty(name="nick", domain="colours")
    clean(datamodel.update_field(service, "Person", "nick", mask, wanted))
    service.apply(Edits().add("Person", ANN, nick="mauve"))
    assert state(service)[ANN][3]["nick"] == "mauve"
