"""Constraint rules over the wire: administration, the data model, and relationships kept out."""

from typing import Any

from esriPBuffer.graph.AddConstraintRulesRequest_pb2 import GraphConstraintRuleAddsRequest
from esriPBuffer.graph.AddConstraintRulesResponse_pb2 import GraphConstraintRuleAddsResponse
from esriPBuffer.graph.DataModelTypes_pb2 import ConstraintRule, SetOfNamedTypes
from esriPBuffer.graph.DeleteConstraintRulesRequest_pb2 import GraphConstraintRuleDeleteRequest
from esriPBuffer.graph.DeleteConstraintRulesResponse_pb2 import GraphConstraintRuleDeleteResponse
from esriPBuffer.graph.EsriGraphTypes_pb2 import StringArray
from esriPBuffer.graph.UpdateConstraintRulesRequest_pb2 import GraphConstraintRuleUpdatesRequest
from esriPBuffer.graph.UpdateConstraintRulesResponse_pb2 import GraphConstraintRuleUpdatesResponse

from tests.conformance.context import ANN, BOB, OSLO, Context
from tests.conformance.edits import Edits
from tests.conformance.registry import case
from tests.conformance.service import Service, clean, refused, results_of, upload

RULES = "dataModel/constraintRules"
EDIT_RULE = 112912


def only(*names: str) -> SetOfNamedTypes:
    return SetOfNamedTypes(set=StringArray(value=names))


def but(*names: str) -> SetOfNamedTypes:
    return SetOfNamedTypes(set_complement=StringArray(value=names))


def rule(name: str, origins: SetOfNamedTypes, links: SetOfNamedTypes, dests: SetOfNamedTypes) -> ConstraintRule:
    made = ConstraintRule(name=name, alias=name.title(), role="ConstraintRuleRole_Regular")
    made.relationship_exclusion_rule.origin_entity_types.CopyFrom(origins)
    made.relationship_exclusion_rule.relationship_types.CopyFrom(links)
    made.relationship_exclusion_rule.destination_entity_types.CopyFrom(dests)
    return made


def add(service: Service, *rules: ConstraintRule) -> GraphConstraintRuleAddsResponse:
    request = GraphConstraintRuleAddsRequest(constraint_rules=rules)
    return service.administer(GraphConstraintRuleAddsResponse, f"{RULES}/add", request)


def update(service: Service, *changes: dict[str, Any]) -> GraphConstraintRuleUpdatesResponse:
    request = GraphConstraintRuleUpdatesRequest(constraint_rule_updates=changes)
    return service.administer(GraphConstraintRuleUpdatesResponse, f"{RULES}/update", request)


def town(ctx: Context, *rules: ConstraintRule) -> Service:
    service = ctx.service()
    service.apply(Edits().add("Person", ANN).add("Person", BOB).add("Place", OSLO))
    if rules:
        answer = add(service, *rules)
        clean(answer)
        assert not any(result.error.error_code for result in answer.constraint_rule_add_results), answer
    return service


def kept_out(service: Service, edits: Edits, type_name: str) -> list[int]:
    answer = service.send(edits)
    clean(answer)
    errors = answer.relationship_add_results[type_name].errors
    assert {error.error_code for error in errors.values()} <= {EDIT_RULE}, errors
    return sorted(errors)


@case("RULE-001", "P:AddConstraintRulesRequest; P:QueryDataModelResponse constraint_rules")
def added_rules_are_in_the_data_model(ctx: Context) -> None:
    wanted = rule("acquaintance", only("Person"), only("Knows"), but("Person"))
    service = town(ctx, wanted)
    (found,) = service.model().constraint_rules
    assert found == wanted, f"{found} is not {wanted}"


@case("RULE-002", "facts §11.5: a relationship matching an exclusion rule is rejected; the others stay")
def an_excluded_relationship_is_an_error_of_its_edit(ctx: Context) -> None:
    service = town(ctx, rule("acquaintance", only("Person"), only("Knows"), but("Person")))
    edits = Edits().relate("Knows", None, ANN, BOB).relate("Knows", None, ANN, OSLO)
    answer = service.send(edits)
    errors = answer.relationship_add_results["Knows"].errors
    assert sorted(errors) == [1], errors
    assert "acquaintance" in errors[1].error_message, errors
    assert kept_out(service, Edits().relate("LivesIn", None, ANN, OSLO), "LivesIn") == []


@case("RULE-003", "facts §15.3: empty set = none, empty set_complement = all")
def empty_sets_mean_none_and_all(ctx: Context) -> None:
    service = town(ctx, rule("no_one", only(), but(), but()))
    edits = Edits().relate("Knows", None, ANN, BOB)
    assert kept_out(service, edits, "Knows") == []
    add(service, rule("everyone", but(), but(), but()))
    assert kept_out(service, edits, "Knows") == [0]


@case("RULE-004", "facts §11.5: rules are checked in synchronize too")
def an_upload_is_held_to_the_rules(ctx: Context) -> None:
    service = town(ctx, rule("loners", but(), only("Knows"), but()))
    made = service.replica()
    request = upload(Edits().relate("Knows", None, ANN, BOB), base=made.sync_date)
    errors = results_of(service.synced(made.replica_id, request)).relationship_add_results["Knows"].errors
    assert [error.error_code for error in errors.values()] == [EDIT_RULE], errors


@case("RULE-005", "facts §15.3 WE DO: existing violations are a warning, not an error")
def present_relationships_are_warned_of(ctx: Context) -> None:
    service = town(ctx)
    service.apply(Edits().relate("Knows", None, ANN, BOB).relate("Knows", None, BOB, ANN))
    answer = add(service, rule("loners", but(), only("Knows"), but()), rule("free", only(), but(), but()))
    warnings = [[w.error_message for w in r.warnings] for r in answer.constraint_rule_add_results]
    assert [len(found) for found in warnings] == [1, 0], warnings
    assert "2" in warnings[0][0], warnings


@case("RULE-006", "P:UpdateConstraintRulesRequest mask update_disabled; facts §15.3: rules can be disabled")
def a_disabled_rule_is_not_checked(ctx: Context) -> None:
    service = town(ctx, rule("loners", but(), only("Knows"), but()))
    clean(
        update(
            service, {"rule_name": "loners", "mask": {"update_disabled": True}, "constraint_rule": {"disabled": True}}
        )
    )
    assert service.model().constraint_rules[0].disabled
    assert kept_out(service, Edits().relate("Knows", None, ANN, BOB), "Knows") == []
    answer = update(service, {"rule_name": "loners", "mask": {"update_disabled": True}})
    assert answer.constraint_rule_update_results[0].warnings, answer
    assert kept_out(service, Edits().relate("Knows", None, BOB, ANN), "Knows") == [0]


@case("RULE-007", "facts §15.3: the kind of a set cannot change; updates add and remove member names")
def members_of_a_set_change(ctx: Context) -> None:
    service = town(ctx, rule("r", only("Person"), only("Knows"), but("Person")))
    sets = {
        "update_origin_entity_types": {"add_named_types": ["Place"], "remove_named_types": ["Person"]},
        "update_destination_entity_types": {"add_named_types": ["Place"]},
    }
    change = {"rule_name": "r", "constraint_rule": {"name": "ignored"}, "relationship_exclusion_rule_update": sets}
    answer = update(service, change)
    clean(answer)
    found = service.model().constraint_rules[0]
    assert found.name == "r", "the name changed without its mask bit"
    exclusion = found.relationship_exclusion_rule
    assert list(exclusion.origin_entity_types.set.value) == ["Place"], exclusion
    assert list(exclusion.destination_entity_types.set_complement.value) == ["Person", "Place"], exclusion


@case("RULE-008", "facts §15.3: names in an update request must be unique")
def a_rule_is_not_updated_twice_at_once(ctx: Context) -> None:
    service = town(ctx, rule("r", but(), but(), but()))
    refused(update(service, {"rule_name": "r"}, {"rule_name": "r"}).error, "r", code=400)


@case("RULE-009", "P:AddConstraintRulesResponse: one result per rule, in order, with name and error")
def a_bad_rule_does_not_cost_the_good_ones(ctx: Context) -> None:
    service = town(ctx)
    answer = add(
        service,
        rule("good", but(), but(), but()),
        rule("good", but(), but(), but()),
        rule("ghost", only("Ghost"), but(), but()),
        rule("two words", but(), but(), but()),
    )
    clean(answer)
    assert [r.name for r in answer.constraint_rule_add_results] == ["good", "good", "ghost", "two words"], answer
    assert [r.error.error_code for r in answer.constraint_rule_add_results] == [0, 409, 112020, 400], answer


@case("RULE-010", "P:DeleteConstraintRulesRequest, DeleteConstraintRulesResponse")
def rules_are_deleted(ctx: Context) -> None:
    service = town(ctx, rule("r", but(), but(), but()))
    request = GraphConstraintRuleDeleteRequest(constraint_rule_name_array=["r", "ghost"])
    answer = service.administer(GraphConstraintRuleDeleteResponse, f"{RULES}/delete", request)
    clean(answer)
    assert [r.error.error_code for r in answer.constraint_rule_delete_results] == [0, 404], answer
    assert not service.model().constraint_rules


@case("RULE-011", "facts §15.3: user rules have role Regular; system rules are the system's")
def system_rules_cannot_be_touched(ctx: Context) -> None:
    service = ctx.service(supportsProvenance=True)
    names = [found.name for found in service.model().constraint_rules]
    request = GraphConstraintRuleDeleteRequest(constraint_rule_name_array=names)
    answer = service.administer(GraphConstraintRuleDeleteResponse, f"{RULES}/delete", request)
    assert [r.error.error_code for r in answer.constraint_rule_delete_results] == [403] * 3, answer
    own = rule("mine", but(), but(), but())
    own.role = 2
    refused(add(service, own).error, code=400)
    assert [found.name for found in service.model().constraint_rules] == names


@case("RULE-012", "D:kgs-datamodel-constraint-rules-admin: the resource lists the rules")
def the_resource_lists_the_rules(ctx: Context) -> None:
    service = town(ctx, rule("r", only("Person"), but(), but()))
    found = ctx.client.get(f"{service.admin}/{RULES}", f="json").json_object()
    assert [item["name"] for item in found["constraintRules"]] == ["r"], found
    page = ctx.client.get(f"{service.admin}/{RULES}", f="html")
    assert page.status == 200, page.status
    assert "Person" in page.text()


@case("RULE-013", "facts §15.3: HasDocument destination must be Document")
def has_document_leads_to_documents_only(ctx: Context) -> None:
    service = ctx.service(supportsDocuments=True)
    service.apply(Edits().add("Person", ANN).add("Person", BOB).add("Document", OSLO, name="passport"))
    edits = Edits().relate("HasDocument", None, ANN, OSLO).relate("HasDocument", None, ANN, BOB)
    assert kept_out(service, edits, "HasDocument") == [1]


@case("RULE-014", "facts §14: broken requests are errors of the whole call")
def broken_requests_change_nothing(ctx: Context) -> None:
    service = town(ctx)
    kindless = ConstraintRule(name="r")
    setless = rule("r", but(), but(), but())
    setless.relationship_exclusion_rule.origin_entity_types.Clear()
    for broken in (kindless, setless):
        refused(add(service, broken).error, code=400)
    refused(service.administer(GraphConstraintRuleAddsResponse, f"{RULES}/add", b"\xff\xff").error, code=400)
    assert not service.model().constraint_rules
