from esriPBuffer.graph import DataModelTypes_pb2 as _DataModelTypes_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ConstraintRuleMask(_message.Message):
    __slots__ = ("update_name", "update_alias", "update_disabled")
    UPDATE_NAME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_ALIAS_FIELD_NUMBER: _ClassVar[int]
    UPDATE_DISABLED_FIELD_NUMBER: _ClassVar[int]
    update_name: bool
    update_alias: bool
    update_disabled: bool
    def __init__(self, update_name: _Optional[bool] = ..., update_alias: _Optional[bool] = ..., update_disabled: _Optional[bool] = ...) -> None: ...

class UpdateSetOfNamedTypes(_message.Message):
    __slots__ = ("add_named_types", "remove_named_types")
    ADD_NAMED_TYPES_FIELD_NUMBER: _ClassVar[int]
    REMOVE_NAMED_TYPES_FIELD_NUMBER: _ClassVar[int]
    add_named_types: _containers.RepeatedScalarFieldContainer[str]
    remove_named_types: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, add_named_types: _Optional[_Iterable[str]] = ..., remove_named_types: _Optional[_Iterable[str]] = ...) -> None: ...

class GraphRelationshipExclusionRuleUpdate(_message.Message):
    __slots__ = ("update_origin_entity_types", "update_relationship_types", "update_destination_entity_types")
    UPDATE_ORIGIN_ENTITY_TYPES_FIELD_NUMBER: _ClassVar[int]
    UPDATE_RELATIONSHIP_TYPES_FIELD_NUMBER: _ClassVar[int]
    UPDATE_DESTINATION_ENTITY_TYPES_FIELD_NUMBER: _ClassVar[int]
    update_origin_entity_types: UpdateSetOfNamedTypes
    update_relationship_types: UpdateSetOfNamedTypes
    update_destination_entity_types: UpdateSetOfNamedTypes
    def __init__(self, update_origin_entity_types: _Optional[_Union[UpdateSetOfNamedTypes, _Mapping]] = ..., update_relationship_types: _Optional[_Union[UpdateSetOfNamedTypes, _Mapping]] = ..., update_destination_entity_types: _Optional[_Union[UpdateSetOfNamedTypes, _Mapping]] = ...) -> None: ...

class GraphConstraintRuleUpdate(_message.Message):
    __slots__ = ("rule_name", "mask", "constraint_rule", "relationship_exclusion_rule_update")
    RULE_NAME_FIELD_NUMBER: _ClassVar[int]
    MASK_FIELD_NUMBER: _ClassVar[int]
    CONSTRAINT_RULE_FIELD_NUMBER: _ClassVar[int]
    RELATIONSHIP_EXCLUSION_RULE_UPDATE_FIELD_NUMBER: _ClassVar[int]
    rule_name: str
    mask: ConstraintRuleMask
    constraint_rule: _DataModelTypes_pb2.ConstraintRule
    relationship_exclusion_rule_update: GraphRelationshipExclusionRuleUpdate
    def __init__(self, rule_name: _Optional[str] = ..., mask: _Optional[_Union[ConstraintRuleMask, _Mapping]] = ..., constraint_rule: _Optional[_Union[_DataModelTypes_pb2.ConstraintRule, _Mapping]] = ..., relationship_exclusion_rule_update: _Optional[_Union[GraphRelationshipExclusionRuleUpdate, _Mapping]] = ...) -> None: ...

class GraphConstraintRuleUpdatesRequest(_message.Message):
    __slots__ = ("constraint_rule_updates",)
    CONSTRAINT_RULE_UPDATES_FIELD_NUMBER: _ClassVar[int]
    constraint_rule_updates: _containers.RepeatedCompositeFieldContainer[GraphConstraintRuleUpdate]
    def __init__(self, constraint_rule_updates: _Optional[_Iterable[_Union[GraphConstraintRuleUpdate, _Mapping]]] = ...) -> None: ...
