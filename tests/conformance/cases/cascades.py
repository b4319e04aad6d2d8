"""Deletes of connected entities, with and without cascade."""

from tests.conformance.cases.applyedits import KNOWS, couple, ids_of, single_error, state
from tests.conformance.context import ANN, BOB, OSLO, Context
from tests.conformance.edits import Edits, edits_header
from tests.conformance.registry import case
from tests.conformance.service import clean
from tests.conformance.values import identities


@case("EDIT-019", "facts §11.4: cascade_delete false and connected relationships not in the deletes -> fails")
def a_connected_entity_is_not_deleted(ctx: Context) -> None:
    service = couple(ctx)
    answer = service.send(Edits().delete("Person", ANN))
    clean(answer)
    single_error(answer.entity_delete_results["Person"], str(ANN))
    assert set(state(service)) == {ANN, BOB, KNOWS}


@case("EDIT-020", "facts §11.4: true -> removed first, reported with parallel origin and destination arrays")
def a_cascade_takes_the_relationships_along(ctx: Context) -> None:
    service = couple(ctx)
    answer = service.apply(Edits().delete("Person", ANN), header=edits_header(cascade=True))
    cascaded = answer.cascading_relationship_delete_results["Knows"]
    assert ids_of(cascaded.relationship_delete_results) == [KNOWS], cascaded
    assert identities(cascaded.origin_entity_id_array) == [ANN], cascaded
    assert identities(cascaded.dest_entity_id_array) == [BOB], cascaded
    assert set(state(service)) == {BOB}


@case("EDIT-021", "facts §11.4: fails unless the relationships are included in the deletes; laws order of a frame")
def an_entity_may_go_with_its_relationships(ctx: Context) -> None:
    service = couple(ctx)
    answer = service.apply(Edits().delete("Person", ANN).delete_relationship("Knows", KNOWS))
    assert ids_of(answer.entity_delete_results["Person"]) == [ANN]
    assert ids_of(answer.relationship_delete_results["Knows"]) == [KNOWS]
    assert not answer.cascading_relationship_delete_results, "nothing was left to cascade"
    assert set(state(service)) == {BOB}


@case("EDIT-022", "facts §11.4: a cascade takes incoming and outgoing relationships of every type")
def a_cascade_reaches_every_type_and_direction(ctx: Context) -> None:
    service = couple(ctx)
    service.apply(
        Edits()
        .add("Place", OSLO)
        .relate("LivesIn", None, ANN, OSLO)
        .relate("Knows", None, BOB, ANN)
        .relate("Knows", None, ANN, ANN)
    )
    answer = service.apply(Edits().delete("Person", ANN), header=edits_header(cascade=True))
    found = {
        name: len(ids_of(item.relationship_delete_results))
        for name, item in answer.cascading_relationship_delete_results.items()
    }
    assert found == {"Knows": 3, "LivesIn": 1}, found
    assert set(state(service)) == {BOB, OSLO}
