from esriPBuffer import EsriTypes_pb2 as _EsriTypes_pb2
from esriPBuffer.EsriExtendedTypes import EsriExtendedTypes_pb2 as _EsriExtendedTypes_pb2
from esriPBuffer.graph import EsriGraphTypes_pb2 as _EsriGraphTypes_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GraphPropertyRole(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    UNSPECIFIED: _ClassVar[GraphPropertyRole]
    Regular: _ClassVar[GraphPropertyRole]
    Document_Name: _ClassVar[GraphPropertyRole]
    Document_Title: _ClassVar[GraphPropertyRole]
    Document_Url: _ClassVar[GraphPropertyRole]
    Document_Text: _ClassVar[GraphPropertyRole]
    Document_Keywords: _ClassVar[GraphPropertyRole]
    Document_ContentType: _ClassVar[GraphPropertyRole]
    Document_Metadata: _ClassVar[GraphPropertyRole]
    Document_FileExtension: _ClassVar[GraphPropertyRole]
    Document_Geometry: _ClassVar[GraphPropertyRole]
    Provenance_InstanceId: _ClassVar[GraphPropertyRole]
    Provenance_SourceType: _ClassVar[GraphPropertyRole]
    Provenance_SourceName: _ClassVar[GraphPropertyRole]
    Provenance_Source: _ClassVar[GraphPropertyRole]
    Provenance_Comment: _ClassVar[GraphPropertyRole]
    Provenance_TypeName: _ClassVar[GraphPropertyRole]
    Provenance_PropertyName: _ClassVar[GraphPropertyRole]
    EditorTracking_Creator: _ClassVar[GraphPropertyRole]
    EditorTracking_CreateDate: _ClassVar[GraphPropertyRole]
    EditorTracking_Editor: _ClassVar[GraphPropertyRole]
    EditorTracking_EditDate: _ClassVar[GraphPropertyRole]

class esriGraphNamedObjectRole(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    esriGraphNamedObjectRegular: _ClassVar[esriGraphNamedObjectRole]
    esriGraphNamedObjectProvenance: _ClassVar[esriGraphNamedObjectRole]
    esriGraphNamedObjectDocument: _ClassVar[esriGraphNamedObjectRole]

class UUIDMethodHint(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MethodHint_UNSPECIFIED: _ClassVar[UUIDMethodHint]
    UUID_ESRI: _ClassVar[UUIDMethodHint]
    UUID_RFC_4122: _ClassVar[UUIDMethodHint]

class ConstraintRuleRole(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ConstraintRuleRole_UNSPECIFIED: _ClassVar[ConstraintRuleRole]
    ConstraintRuleRole_Regular: _ClassVar[ConstraintRuleRole]
    RelationshipExclusion_HasDocument: _ClassVar[ConstraintRuleRole]
    RelationshipExclusion_NoProvenanceOrigin: _ClassVar[ConstraintRuleRole]
    RelationshipExclusion_NoProvenanceDestination: _ClassVar[ConstraintRuleRole]
UNSPECIFIED: GraphPropertyRole
Regular: GraphPropertyRole
Document_Name: GraphPropertyRole
Document_Title: GraphPropertyRole
Document_Url: GraphPropertyRole
Document_Text: GraphPropertyRole
Document_Keywords: GraphPropertyRole
Document_ContentType: GraphPropertyRole
Document_Metadata: GraphPropertyRole
Document_FileExtension: GraphPropertyRole
Document_Geometry: GraphPropertyRole
Provenance_InstanceId: GraphPropertyRole
Provenance_SourceType: GraphPropertyRole
Provenance_SourceName: GraphPropertyRole
Provenance_Source: GraphPropertyRole
Provenance_Comment: GraphPropertyRole
Provenance_TypeName: GraphPropertyRole
Provenance_PropertyName: GraphPropertyRole
EditorTracking_Creator: GraphPropertyRole
EditorTracking_CreateDate: GraphPropertyRole
EditorTracking_Editor: GraphPropertyRole
EditorTracking_EditDate: GraphPropertyRole
esriGraphNamedObjectRegular: esriGraphNamedObjectRole
esriGraphNamedObjectProvenance: esriGraphNamedObjectRole
esriGraphNamedObjectDocument: esriGraphNamedObjectRole
MethodHint_UNSPECIFIED: UUIDMethodHint
UUID_ESRI: UUIDMethodHint
UUID_RFC_4122: UUIDMethodHint
ConstraintRuleRole_UNSPECIFIED: ConstraintRuleRole
ConstraintRuleRole_Regular: ConstraintRuleRole
RelationshipExclusion_HasDocument: ConstraintRuleRole
RelationshipExclusion_NoProvenanceOrigin: ConstraintRuleRole
RelationshipExclusion_NoProvenanceDestination: ConstraintRuleRole

class NamedObjectType(_message.Message):
    __slots__ = ("name", "alias", "role", "properties", "field_indexes", "strict")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ALIAS_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    PROPERTIES_FIELD_NUMBER: _ClassVar[int]
    FIELD_INDEXES_FIELD_NUMBER: _ClassVar[int]
    STRICT_FIELD_NUMBER: _ClassVar[int]
    name: str
    alias: str
    role: esriGraphNamedObjectRole
    properties: _containers.RepeatedCompositeFieldContainer[GraphProperty]
    field_indexes: _containers.RepeatedCompositeFieldContainer[_EsriTypes_pb2.EsriTypes.FieldIndex]
    strict: bool
    def __init__(self, name: _Optional[str] = ..., alias: _Optional[str] = ..., role: _Optional[_Union[esriGraphNamedObjectRole, str]] = ..., properties: _Optional[_Iterable[_Union[GraphProperty, _Mapping]]] = ..., field_indexes: _Optional[_Iterable[_Union[_EsriTypes_pb2.EsriTypes.FieldIndex, _Mapping]]] = ..., strict: _Optional[bool] = ...) -> None: ...

class EndPoint(_message.Message):
    __slots__ = ("origin_entity_type", "destination_entity_type")
    ORIGIN_ENTITY_TYPE_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_ENTITY_TYPE_FIELD_NUMBER: _ClassVar[int]
    origin_entity_type: str
    destination_entity_type: str
    def __init__(self, origin_entity_type: _Optional[str] = ..., destination_entity_type: _Optional[str] = ...) -> None: ...

class EntityType(_message.Message):
    __slots__ = ("entity",)
    ENTITY_FIELD_NUMBER: _ClassVar[int]
    entity: NamedObjectType
    def __init__(self, entity: _Optional[_Union[NamedObjectType, _Mapping]] = ...) -> None: ...

class RelationshipType(_message.Message):
    __slots__ = ("relationship", "observed_end_points")
    RELATIONSHIP_FIELD_NUMBER: _ClassVar[int]
    OBSERVED_END_POINTS_FIELD_NUMBER: _ClassVar[int]
    relationship: NamedObjectType
    observed_end_points: _containers.RepeatedCompositeFieldContainer[EndPoint]
    def __init__(self, relationship: _Optional[_Union[NamedObjectType, _Mapping]] = ..., observed_end_points: _Optional[_Iterable[_Union[EndPoint, _Mapping]]] = ...) -> None: ...

class GraphProperty(_message.Message):
    __slots__ = ("name", "alias", "fieldType", "geometryType", "defaultValue", "not_nullable", "not_editable", "not_visible", "required", "isSystemMaintained", "domain", "hasZ", "hasM", "role")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ALIAS_FIELD_NUMBER: _ClassVar[int]
    FIELDTYPE_FIELD_NUMBER: _ClassVar[int]
    GEOMETRYTYPE_FIELD_NUMBER: _ClassVar[int]
    DEFAULTVALUE_FIELD_NUMBER: _ClassVar[int]
    NOT_NULLABLE_FIELD_NUMBER: _ClassVar[int]
    NOT_EDITABLE_FIELD_NUMBER: _ClassVar[int]
    NOT_VISIBLE_FIELD_NUMBER: _ClassVar[int]
    REQUIRED_FIELD_NUMBER: _ClassVar[int]
    ISSYSTEMMAINTAINED_FIELD_NUMBER: _ClassVar[int]
    DOMAIN_FIELD_NUMBER: _ClassVar[int]
    HASZ_FIELD_NUMBER: _ClassVar[int]
    HASM_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    name: str
    alias: str
    fieldType: _EsriExtendedTypes_pb2.FieldType
    geometryType: _EsriTypes_pb2.EsriTypes.GeometryType
    defaultValue: _containers.RepeatedCompositeFieldContainer[_EsriGraphTypes_pb2.PrimitiveValue]
    not_nullable: bool
    not_editable: bool
    not_visible: bool
    required: bool
    isSystemMaintained: bool
    domain: str
    hasZ: bool
    hasM: bool
    role: GraphPropertyRole
    def __init__(self, name: _Optional[str] = ..., alias: _Optional[str] = ..., fieldType: _Optional[_Union[_EsriExtendedTypes_pb2.FieldType, str]] = ..., geometryType: _Optional[_Union[_EsriTypes_pb2.EsriTypes.GeometryType, str]] = ..., defaultValue: _Optional[_Iterable[_Union[_EsriGraphTypes_pb2.PrimitiveValue, _Mapping]]] = ..., not_nullable: _Optional[bool] = ..., not_editable: _Optional[bool] = ..., not_visible: _Optional[bool] = ..., required: _Optional[bool] = ..., isSystemMaintained: _Optional[bool] = ..., domain: _Optional[str] = ..., hasZ: _Optional[bool] = ..., hasM: _Optional[bool] = ..., role: _Optional[_Union[GraphPropertyRole, str]] = ...) -> None: ...

class IdentifierGenerationInfo(_message.Message):
    __slots__ = ("uuid_method_hint",)
    UUID_METHOD_HINT_FIELD_NUMBER: _ClassVar[int]
    uuid_method_hint: UUIDMethodHint
    def __init__(self, uuid_method_hint: _Optional[_Union[UUIDMethodHint, str]] = ...) -> None: ...

class DatabaseNativeIdentifier(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class UniformPropertyIdentifier(_message.Message):
    __slots__ = ("identifier_property_name",)
    IDENTIFIER_PROPERTY_NAME_FIELD_NUMBER: _ClassVar[int]
    identifier_property_name: str
    def __init__(self, identifier_property_name: _Optional[str] = ...) -> None: ...

class IdentifierMappingInfo(_message.Message):
    __slots__ = ("native_identifier", "uniform_property")
    NATIVE_IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    UNIFORM_PROPERTY_FIELD_NUMBER: _ClassVar[int]
    native_identifier: DatabaseNativeIdentifier
    uniform_property: UniformPropertyIdentifier
    def __init__(self, native_identifier: _Optional[_Union[DatabaseNativeIdentifier, _Mapping]] = ..., uniform_property: _Optional[_Union[UniformPropertyIdentifier, _Mapping]] = ...) -> None: ...

class IdentifierInfo(_message.Message):
    __slots__ = ("mapping_info", "generation_info")
    MAPPING_INFO_FIELD_NUMBER: _ClassVar[int]
    GENERATION_INFO_FIELD_NUMBER: _ClassVar[int]
    mapping_info: IdentifierMappingInfo
    generation_info: IdentifierGenerationInfo
    def __init__(self, mapping_info: _Optional[_Union[IdentifierMappingInfo, _Mapping]] = ..., generation_info: _Optional[_Union[IdentifierGenerationInfo, _Mapping]] = ...) -> None: ...

class SourceTypeValueBehavior(_message.Message):
    __slots__ = ("behavior", "value")
    BEHAVIOR_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    behavior: str
    value: str
    def __init__(self, behavior: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...

class ProvenanceSourceTypeValues(_message.Message):
    __slots__ = ("value_behavior_array",)
    VALUE_BEHAVIOR_ARRAY_FIELD_NUMBER: _ClassVar[int]
    value_behavior_array: _containers.RepeatedCompositeFieldContainer[SourceTypeValueBehavior]
    def __init__(self, value_behavior_array: _Optional[_Iterable[_Union[SourceTypeValueBehavior, _Mapping]]] = ...) -> None: ...

class SetOfNamedTypes(_message.Message):
    __slots__ = ("set", "set_complement")
    SET_FIELD_NUMBER: _ClassVar[int]
    SET_COMPLEMENT_FIELD_NUMBER: _ClassVar[int]
    set: _EsriGraphTypes_pb2.StringArray
    set_complement: _EsriGraphTypes_pb2.StringArray
    def __init__(self, set: _Optional[_Union[_EsriGraphTypes_pb2.StringArray, _Mapping]] = ..., set_complement: _Optional[_Union[_EsriGraphTypes_pb2.StringArray, _Mapping]] = ...) -> None: ...

class RelationshipExclusionRule(_message.Message):
    __slots__ = ("origin_entity_types", "relationship_types", "destination_entity_types")
    ORIGIN_ENTITY_TYPES_FIELD_NUMBER: _ClassVar[int]
    RELATIONSHIP_TYPES_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_ENTITY_TYPES_FIELD_NUMBER: _ClassVar[int]
    origin_entity_types: SetOfNamedTypes
    relationship_types: SetOfNamedTypes
    destination_entity_types: SetOfNamedTypes
    def __init__(self, origin_entity_types: _Optional[_Union[SetOfNamedTypes, _Mapping]] = ..., relationship_types: _Optional[_Union[SetOfNamedTypes, _Mapping]] = ..., destination_entity_types: _Optional[_Union[SetOfNamedTypes, _Mapping]] = ...) -> None: ...

class ConstraintRule(_message.Message):
    __slots__ = ("name", "alias", "disabled", "role", "relationship_exclusion_rule")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ALIAS_FIELD_NUMBER: _ClassVar[int]
    DISABLED_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    RELATIONSHIP_EXCLUSION_RULE_FIELD_NUMBER: _ClassVar[int]
    name: str
    alias: str
    disabled: bool
    role: ConstraintRuleRole
    relationship_exclusion_rule: RelationshipExclusionRule
    def __init__(self, name: _Optional[str] = ..., alias: _Optional[str] = ..., disabled: _Optional[bool] = ..., role: _Optional[_Union[ConstraintRuleRole, str]] = ..., relationship_exclusion_rule: _Optional[_Union[RelationshipExclusionRule, _Mapping]] = ...) -> None: ...

class EditorTrackingInfo(_message.Message):
    __slots__ = ("editor_tracking_schema",)
    EDITOR_TRACKING_SCHEMA_FIELD_NUMBER: _ClassVar[int]
    editor_tracking_schema: EditorTrackingSchema
    def __init__(self, editor_tracking_schema: _Optional[_Union[EditorTrackingSchema, _Mapping]] = ...) -> None: ...

class EditorTrackingSchema(_message.Message):
    __slots__ = ("creator_property", "create_date_property", "editor_property", "edit_date_property", "creator_property_alias", "create_date_property_alias", "editor_property_alias", "edit_date_property_alias")
    CREATOR_PROPERTY_FIELD_NUMBER: _ClassVar[int]
    CREATE_DATE_PROPERTY_FIELD_NUMBER: _ClassVar[int]
    EDITOR_PROPERTY_FIELD_NUMBER: _ClassVar[int]
    EDIT_DATE_PROPERTY_FIELD_NUMBER: _ClassVar[int]
    CREATOR_PROPERTY_ALIAS_FIELD_NUMBER: _ClassVar[int]
    CREATE_DATE_PROPERTY_ALIAS_FIELD_NUMBER: _ClassVar[int]
    EDITOR_PROPERTY_ALIAS_FIELD_NUMBER: _ClassVar[int]
    EDIT_DATE_PROPERTY_ALIAS_FIELD_NUMBER: _ClassVar[int]
    creator_property: str
    create_date_property: str
    editor_property: str
    edit_date_property: str
    creator_property_alias: str
    create_date_property_alias: str
    editor_property_alias: str
    edit_date_property_alias: str
    def __init__(self, creator_property: _Optional[str] = ..., create_date_property: _Optional[str] = ..., editor_property: _Optional[str] = ..., edit_date_property: _Optional[str] = ..., creator_property_alias: _Optional[str] = ..., create_date_property_alias: _Optional[str] = ..., editor_property_alias: _Optional[str] = ..., edit_date_property_alias: _Optional[str] = ...) -> None: ...
