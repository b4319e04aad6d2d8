"""Constraint rules, and what else features put into a data model: what is encoded decodes to the same."""

from __future__ import annotations

import pytest
from esriPBuffer.graph import AddConstraintRulesRequest_pb2 as add
from esriPBuffer.graph import AddConstraintRulesResponse_pb2 as add_answer
from esriPBuffer.graph import QueryDataModelResponse_pb2 as answer
from esriPBuffer.graph import UpdateConstraintRulesRequest_pb2 as update
from hypothesis import given
from hypothesis import strategies as st

from kgsync.errors import Conflict, MalformedInput
from kgsync.model.catalog import Features
from kgsync.model.rules import ExclusionRule, RuleResult, RuleRole, SetChange, TypeSet
from kgsync.model.schema import DataModel, EditorTracking
from kgsync.sync.features import with_features
from kgsync.wire.pbf import rules
from kgsync.wire.pbf.datamodel import encode_data_model

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
SETS = st.builds(TypeSet, names=st.lists(TEXT, max_size=3, unique=True).map(tuple), complement=st.booleans())
RULES = st.builds(
    ExclusionRule,
    name=TEXT,
    alias=TEXT,
    disabled=st.booleans(),
    origins=SETS,
    relationships=SETS,
    destinations=SETS,
)


@given(st.lists(RULES, max_size=3))
def test_rules_come_back_as_they_were(given_rules: list[ExclusionRule]) -> None:
    message = add.GraphConstraintRuleAddsRequest()
    for rule in given_rules:
        rules.encode_rule(message.constraint_rules.add(), rule)
    assert rules.decode_add_rules(message.SerializeToString()) == tuple(given_rules)


@pytest.mark.parametrize("role", [r for r in RuleRole if r is not RuleRole.REGULAR])
def test_rules_of_the_system_cannot_be_sent(role: RuleRole) -> None:
    message = add.GraphConstraintRuleAddsRequest()
    rules.encode_rule(message.constraint_rules.add(), ExclusionRule(name="r", role=role))
    with pytest.raises(MalformedInput, match="role"):
        rules.decode_add_rules(message.SerializeToString())


def test_a_rule_without_a_kind_or_a_set_has_a_place() -> None:
    message = add.GraphConstraintRuleAddsRequest()
    message.constraint_rules.add(name="r")
    with pytest.raises(MalformedInput, match=r"constraint_rules\[0\]"):
        rules.decode_add_rules(message.SerializeToString())
    message.constraint_rules[0].relationship_exclusion_rule.origin_entity_types.set.SetInParent()
    with pytest.raises(MalformedInput, match="relationship_types"):
        rules.decode_add_rules(message.SerializeToString())


def test_a_change_carries_its_mask_and_members() -> None:
    message = update.GraphConstraintRuleUpdatesRequest()
    change = message.constraint_rule_updates.add(rule_name="r")
    change.mask.update_alias = True
    change.constraint_rule.alias = "R"
    change.relationship_exclusion_rule_update.update_relationship_types.add_named_types.append("Knows")
    change.relationship_exclusion_rule_update.update_relationship_types.remove_named_types.append("LivesIn")
    (decoded,) = rules.decode_update_rules(message.SerializeToString())
    assert (decoded.rule_name, decoded.masked, decoded.replacement.alias) == ("r", frozenset({"alias"}), "R")
    assert decoded.relationships == SetChange(add=("Knows",), remove=("LivesIn",))
    assert decoded.origins == decoded.destinations == SetChange()


def test_a_change_must_name_its_rule() -> None:
    message = update.GraphConstraintRuleUpdatesRequest()
    message.constraint_rule_updates.add()
    with pytest.raises(MalformedInput, match="rule_name"):
        rules.decode_update_rules(message.SerializeToString())


def test_answers_keep_order_errors_and_warnings() -> None:
    results = [RuleResult("a", warnings=("3 stay",)), RuleResult("b", Conflict("taken"))]
    message = add_answer.GraphConstraintRuleAddsResponse.FromString(rules.encode_add_rules_answer(results))
    first, second = message.constraint_rule_add_results
    assert ([w.error_message for w in first.warnings], first.HasField("error")) == (["3 stay"], False)
    assert (second.name, second.error.error_code, second.error.error_message) == ("b", 409, "taken")


def test_features_are_in_the_data_model() -> None:
    features = Features(provenance=True, tracking=EditorTracking())
    message = answer.GraphDataModel.FromString(encode_data_model(with_features(DataModel(timestamp=1), features)))
    assert [t.entity.name for t in message.meta_entity_types] == ["Provenance"]
    assert [t.entity.name for t in message.entity_types] == ["Document"]
    assert [t.relationship.name for t in message.relationship_types] == ["HasDocument"]
    assert [r.role for r in message.constraint_rules] == [2, 3, 4]
    schema = message.editor_tracking_info.editor_tracking_schema
    assert (schema.creator_property, schema.edit_date_property_alias) == ("created_user", "Last edited on")
    assert len(message.provenance_source_type_values.value_behavior_array) == 3


def test_without_features_nothing_of_them_is_in_the_data_model() -> None:
    message = answer.GraphDataModel.FromString(encode_data_model(DataModel(timestamp=1)))
    assert not message.meta_entity_types
    assert not message.constraint_rules
    assert not message.HasField("editor_tracking_info")
    assert not message.HasField("provenance_source_type_values")
