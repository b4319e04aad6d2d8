"""Constraint rules on the wire: as the data model carries them, and the requests that edit them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from esriPBuffer.graph import AddConstraintRulesRequest_pb2 as add
from esriPBuffer.graph import AddConstraintRulesResponse_pb2 as add_answer
from esriPBuffer.graph import DeleteConstraintRulesRequest_pb2 as delete
from esriPBuffer.graph import DeleteConstraintRulesResponse_pb2 as delete_answer
from esriPBuffer.graph import EsriGraphTypes_pb2 as graph
from esriPBuffer.graph import UpdateConstraintRulesRequest_pb2 as update
from esriPBuffer.graph import UpdateConstraintRulesResponse_pb2 as update_answer

from kgsync.errors import MalformedInput
from kgsync.model.rules import ExclusionRule, RuleChange, RuleResult, RuleRole, SetChange, TypeSet
from kgsync.wire.pbf.frames import parse_message

# The three sets of a rule: their names on the wire and in the model.
_SETS = {
    "origin_entity_types": "origins",
    "relationship_types": "relationships",
    "destination_entity_types": "destinations",
}
_MASK = {"update_name": "name", "update_alias": "alias", "update_disabled": "disabled"}


def encode_rule(message: Any, rule: ExclusionRule) -> None:
    """Write a rule into a ConstraintRule; an empty set is written as what it is."""
    message.name, message.alias, message.disabled = rule.name, rule.alias, rule.disabled
    message.role = int(rule.role)
    for field, attribute in _SETS.items():
        types: TypeSet = getattr(rule, attribute)
        wanted = getattr(message.relationship_exclusion_rule, field)
        members = wanted.set_complement if types.complement else wanted.set
        members.SetInParent()
        members.value.extend(types.names)


def _rule(message: Any, place: str) -> ExclusionRule:
    """Read a ConstraintRule. Raises MalformedInput."""
    if message.role not in (0, RuleRole.REGULAR):
        raise MalformedInput("rules of this role are the system's", place=f"{place}.role")
    if message.WhichOneof("constraint_rule_type") != "relationship_exclusion_rule":
        raise MalformedInput("the rule is no relationship exclusion rule", place=place)
    sets = message.relationship_exclusion_rule
    return ExclusionRule(
        name=message.name,
        alias=message.alias,
        disabled=message.disabled,
        origins=_type_set(sets.origin_entity_types, f"{place}.origin_entity_types"),
        relationships=_type_set(sets.relationship_types, f"{place}.relationship_types"),
        destinations=_type_set(sets.destination_entity_types, f"{place}.destination_entity_types"),
    )


def _type_set(message: Any, place: str) -> TypeSet:
    which = message.WhichOneof("type_of_set")
    if which is None:
        raise MalformedInput("neither set nor set_complement is given", place=place)
    names = tuple(dict.fromkeys(getattr(message, which).value))
    return TypeSet(names=names, complement=which == "set_complement")


def decode_add_rules(data: bytes) -> tuple[ExclusionRule, ...]:
    message = parse_message(add.GraphConstraintRuleAddsRequest, data, "GraphConstraintRuleAddsRequest")
    return tuple(_rule(rule, f"constraint_rules[{k}]") for k, rule in enumerate(message.constraint_rules))


def _change(message: Any, place: str) -> RuleChange:
    if not message.rule_name:
        raise MalformedInput("the name of the rule is missing", place=f"{place}.rule_name")
    wanted, sets = message.constraint_rule, message.relationship_exclusion_rule_update
    return RuleChange(
        rule_name=message.rule_name,
        replacement=ExclusionRule(name=wanted.name, alias=wanted.alias, disabled=wanted.disabled),
        masked=frozenset(attribute for flag, attribute in _MASK.items() if getattr(message.mask, flag)),
        origins=_set_change(sets.update_origin_entity_types),
        relationships=_set_change(sets.update_relationship_types),
        destinations=_set_change(sets.update_destination_entity_types),
    )


def _set_change(message: Any) -> SetChange:
    return SetChange(add=tuple(message.add_named_types), remove=tuple(message.remove_named_types))


def decode_update_rules(data: bytes) -> tuple[RuleChange, ...]:
    message = parse_message(update.GraphConstraintRuleUpdatesRequest, data, "GraphConstraintRuleUpdatesRequest")
    changes = message.constraint_rule_updates
    return tuple(_change(change, f"constraint_rule_updates[{k}]") for k, change in enumerate(changes))


def decode_delete_rules(data: bytes) -> tuple[str, ...]:
    message = parse_message(delete.GraphConstraintRuleDeleteRequest, data, "GraphConstraintRuleDeleteRequest")
    return tuple(message.constraint_rule_name_array)


# ---- answers --------------------------------------------------------------------------------------


def _fill(entries: Any, results: Iterable[RuleResult]) -> None:
    for result in results:
        entry = entries.add(name=result.name)
        if result.error is not None:
            entry.error.CopyFrom(graph.Error(error_code=int(result.error.code), error_message=result.error.message))
        for warning in result.warnings:
            entry.warnings.add(error_message=warning)


def encode_add_rules_answer(results: Sequence[RuleResult]) -> bytes:
    message = add_answer.GraphConstraintRuleAddsResponse()
    _fill(message.constraint_rule_add_results, results)
    return _bytes(message)


def encode_update_rules_answer(results: Sequence[RuleResult]) -> bytes:
    message = update_answer.GraphConstraintRuleUpdatesResponse()
    _fill(message.constraint_rule_update_results, results)
    return _bytes(message)


def encode_delete_rules_answer(results: Sequence[RuleResult]) -> bytes:
    message = delete_answer.GraphConstraintRuleDeleteResponse()
    _fill(message.constraint_rule_delete_results, results)
    return _bytes(message)


def _bytes(message: Any) -> bytes:
    data: bytes = message.SerializeToString()
    return data
