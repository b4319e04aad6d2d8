"""Definitions: what may be asked for, what it brings, and what is refused."""

import uuid

from esriPBuffer.graph.CreateReplicaRequest_pb2 import CreateReplicaRequest

from tests.conformance.cases.replicas import refused_create
from tests.conformance.context import ANN, ANN_KNOWS_BOB, ANN_LIVES_IN_OSLO, BOB, OSLO, Context
from tests.conformance.registry import case
from tests.conformance.service import definition
from tests.conformance.values import any_value


def not_created(ctx: Context, request: CreateReplicaRequest | bytes, *words: str, code: int | None = None) -> None:
    """The request is refused and leaves no replica behind."""
    before = set(ctx.shared.replicas())
    refused_create(ctx.shared.create(request), *words, code=code)
    assert set(ctx.shared.replicas()) == before, "a replica was registered all the same"


def members(ctx: Context, entities: tuple[str, ...], relationships: tuple[str, ...]) -> set[uuid.UUID]:
    return ctx.shared.first_archive(ctx.shared.replica(entities, relationships)).ids(1)


@case("DEF-001", "P:SyncTypes.StaticDefinition; issue 1: definitions that list named types without where-clauses")
def a_replica_holds_the_types_it_lists(ctx: Context) -> None:
    assert members(ctx, ("Person",), ()) == {ANN, BOB}
    assert members(ctx, ("Place",), ()) == {OSLO}


@case("DEF-002", "P:SyncTypes closure: listed relationship whose both end points are in the replica")
def relationships_come_with_both_their_ends(ctx: Context) -> None:
    assert members(ctx, ("Person",), ("Knows",)) == {ANN, BOB, ANN_KNOWS_BOB}
    everything = {ANN, BOB, OSLO, ANN_KNOWS_BOB, ANN_LIVES_IN_OSLO}
    assert members(ctx, ("Person", "Place"), ("Knows", "LivesIn")) == everything


@case("DEF-003", "laws.md law 3: both end points of every relationship are in the replica")
def relationships_without_an_end_stay_out(ctx: Context) -> None:
    assert members(ctx, ("Person",), ("Knows", "LivesIn")) == {ANN, BOB, ANN_KNOWS_BOB}
    assert members(ctx, ("Place",), ("LivesIn",)) == {OSLO}


@case("DEF-004", "laws.md law 3; P:SyncTypes: no dangling end points ever")
def relationships_alone_are_nothing(ctx: Context) -> None:
    assert members(ctx, (), ("Knows",)) == set()


@case("DEF-005", "P:SyncTypes: relationships are only in the replica when their type is listed")
def unlisted_relationships_stay_out(ctx: Context) -> None:
    assert members(ctx, ("Person", "Place"), ("LivesIn",)) == {ANN, BOB, OSLO, ANN_LIVES_IN_OSLO}


@case("DEF-006", "facts §5.4 WE DO: unknown type name -> 112020-style error, nothing created")
def an_unknown_type_is_refused(ctx: Context) -> None:
    not_created(ctx, definition(("Person", "Dragon"), ()), "Dragon", code=112020)
    not_created(ctx, definition(("Person",), ("Slays",)), "Slays", code=112020)


@case("DEF-007", "issue 1: names of types are exact")
def a_type_in_another_case_is_unknown(ctx: Context) -> None:
    not_created(ctx, definition(("person",), ()), "person", code=112020)


@case("DEF-008", "facts §5.4 WE DO: entity name used in the relationship list -> error 400")
def an_entity_type_is_no_relationship_type(ctx: Context) -> None:
    not_created(ctx, definition(("Person",), ("Place",)), "Place")
    not_created(ctx, definition(("Knows",), ()), "Knows")


@case("DEF-009", "facts §5.4 WE DO: same type listed twice -> error 400")
def a_type_listed_twice_is_refused(ctx: Context) -> None:
    not_created(ctx, definition(("Person", "Person"), ()), "Person", code=400)
    not_created(ctx, definition(("Person",), ("Knows", "Knows")), "Knows", code=400)


@case("DEF-010", "facts §5.4 WE DO: both lists empty -> error 400")
def an_empty_definition_is_refused(ctx: Context) -> None:
    not_created(ctx, definition((), ()), code=400)


@case("DEF-011", "P:CreateReplicaRequest oneof replica_definition (required by docs)")
def a_request_without_a_definition_is_refused(ctx: Context) -> None:
    not_created(ctx, CreateReplicaRequest(sync_direction="DOWNLOAD", data_format="PBF"))
    request = CreateReplicaRequest(sync_direction="DOWNLOAD", data_format="PBF")
    request.replica_filters.SetInParent()
    not_created(ctx, request)


@case("DEF-013", "facts §5.4 WE DO: unreferenced parameter -> error 400")
def parameters_without_a_clause_are_refused(ctx: Context) -> None:
    request = definition(("Person",), ())
    item = request.replica_filters.static_definition.entity_types[0].entity_type_replica_definition
    item.parameters["unused"].CopyFrom(any_value(3))
    not_created(ctx, request, "unused")


@case("DEF-014", "facts/clients.md B: spbf=2, geoparquet=3, sqlite=4 are refused with an error")
def other_data_formats_are_refused(ctx: Context) -> None:
    request = definition(("Person",), ())
    request.ClearField("data_format")
    for number in (2, 3, 4, 99):
        not_created(ctx, request.SerializeToString() + bytes([0x30, number]))


@case("DEF-015", "facts §6.1 WE DO: data_format UNSPECIFIED is PBF")
def an_unspecified_data_format_is_pbf(ctx: Context) -> None:
    request = definition(("Person",), ())
    request.ClearField("data_format")
    result = ctx.shared.created(request)
    assert result.replica_data_format == 1, result.replica_data_format
    assert ctx.shared.first_archive(result).ids(1) == {ANN, BOB}


@case("DEF-016", "issue 1 Bad input: unknown enum values; P:SyncTypes.SyncDirection")
def an_unknown_direction_is_refused(ctx: Context) -> None:
    request = definition(("Person",), ())
    request.ClearField("sync_direction")
    not_created(ctx, request.SerializeToString() + b"\x28\x07")


@case("DEF-017", "facts/clients.md A§7: input_transform and in_sr present but empty: treat as unset")
def empty_filters_members_are_unset(ctx: Context) -> None:
    request = definition(("Person",), ())
    assert request.replica_filters.HasField("in_sr")
    assert ctx.shared.first_archive(ctx.shared.created(request)).ids(1) == {ANN, BOB}
    request.replica_filters.ClearField("in_sr")
    request.replica_filters.ClearField("input_transform")
    assert ctx.shared.first_archive(ctx.shared.created(request)).ids(1) == {ANN, BOB}


@case("DEF-018", "P:NamedTypeReplicaDefinition.type_name is required")
def a_type_without_a_name_is_refused(ctx: Context) -> None:
    not_created(ctx, definition(("Person", ""), ()))
