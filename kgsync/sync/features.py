"""The optional features of a service: what each adds to the data model, and switching them.

A feature is on when the data model says so: documents and provenance by their types, editor tracking
by its properties. What a feature made can only leave with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from kgsync.errors import Conflict, MalformedInput
from kgsync.model.catalog import Feature, Features
from kgsync.model.rules import ExclusionRule, RuleRole, TypeSet
from kgsync.model.schema import (
    SOURCE_TYPE_DOMAIN,
    Category,
    DataModel,
    Domain,
    EditorTracking,
    FieldType,
    NamedType,
    Property,
    PropertyRole,
    RetiredType,
    SourceBehavior,
    SourceType,
    TypeRole,
    system_properties,
    tracking_properties,
)
from kgsync.store.base import Writing
from kgsync.sync.codec import Codec
from kgsync.sync.names import check_name
from kgsync.sync.saving import arrived, clear_left_values, save

DOCUMENT, HAS_DOCUMENT, PROVENANCE = "Document", "HasDocument", "Provenance"
_PAGE = 2_000

_TEXT = FieldType.STRING
_DOCUMENT_PROPERTIES = (
    ("name", _TEXT, PropertyRole.DOCUMENT_NAME),
    ("title", _TEXT, PropertyRole.DOCUMENT_TITLE),
    ("url", _TEXT, PropertyRole.DOCUMENT_URL),
    ("text", _TEXT, PropertyRole.DOCUMENT_TEXT),
    ("keywords", _TEXT, PropertyRole.DOCUMENT_KEYWORDS),
    ("contentType", _TEXT, PropertyRole.DOCUMENT_CONTENT_TYPE),
    ("metadata", _TEXT, PropertyRole.DOCUMENT_METADATA),
    ("fileExtension", _TEXT, PropertyRole.DOCUMENT_FILE_EXTENSION),
    ("shape", FieldType.GEOMETRY, PropertyRole.DOCUMENT_GEOMETRY),
)
_PROVENANCE_PROPERTIES = (
    ("instanceID", FieldType.GUID, PropertyRole.PROVENANCE_INSTANCE_ID),
    ("sourceType", _TEXT, PropertyRole.PROVENANCE_SOURCE_TYPE),
    ("sourceName", _TEXT, PropertyRole.PROVENANCE_SOURCE_NAME),
    ("source", _TEXT, PropertyRole.PROVENANCE_SOURCE),
    ("comment", _TEXT, PropertyRole.PROVENANCE_COMMENT),
    ("typeName", _TEXT, PropertyRole.PROVENANCE_TYPE_NAME),
    ("propertyName", _TEXT, PropertyRole.PROVENANCE_PROPERTY_NAME),
)
_MAY_BE_NULL = {PropertyRole.PROVENANCE_SOURCE_NAME, PropertyRole.PROVENANCE_COMMENT}

_DOCUMENT_RULES = (
    ExclusionRule(
        name="esri__HasDocument",
        alias="HasDocument leads to documents",
        role=RuleRole.HAS_DOCUMENT,
        relationships=TypeSet(names=(HAS_DOCUMENT,)),
        destinations=TypeSet(names=(DOCUMENT,), complement=True),
    ),
)
_PROVENANCE_RULES = (
    ExclusionRule(
        name="esri__NoProvenanceOrigin",
        alias="No relationship starts at a provenance record",
        role=RuleRole.NO_PROVENANCE_ORIGIN,
        origins=TypeSet(names=(PROVENANCE,)),
    ),
    ExclusionRule(
        name="esri__NoProvenanceDestination",
        alias="No relationship ends at a provenance record",
        role=RuleRole.NO_PROVENANCE_DESTINATION,
        destinations=TypeSet(names=(PROVENANCE,)),
    ),
)


# ---- what a model with a feature looks like; pure ----------------------------------------------------


def with_features(model: DataModel, features: Features) -> DataModel:
    """Give a new service's model its first features. Raises MalformedInput."""
    if features.documents or features.provenance:
        model = with_documents(model, model.version)
    if features.provenance:
        model = with_provenance(model, model.version)
    if features.tracking is not None:
        model = with_tracking(model, features.tracking, model.version)
    return model


def with_documents(model: DataModel, shape: int) -> DataModel:
    """Add documents; `shape` is the version the model will have. Raises Conflict on a taken name."""
    if model.documents is not None:
        return model
    properties = [(*given, True) for given in _DOCUMENT_PROPERTIES]
    model = _with_type(model, DOCUMENT, Category.ENTITY, TypeRole.DOCUMENT, properties, shape)
    model = _with_type(model, HAS_DOCUMENT, Category.RELATIONSHIP, TypeRole.DOCUMENT, (), shape)
    return replace(model, constraints=model.constraints + _DOCUMENT_RULES)


def with_provenance(model: DataModel, shape: int) -> DataModel:
    """Add provenance, and the documents its records may cite. Raises Conflict on a taken name."""
    if model.provenance is not None:
        return model
    model = with_documents(model, shape)
    properties = [(*given, given[2] in _MAY_BE_NULL) for given in _PROVENANCE_PROPERTIES]
    model = _with_type(model, PROVENANCE, Category.PROVENANCE, TypeRole.PROVENANCE, properties, shape)
    domains = model.domains
    if model.domain(SOURCE_TYPE_DOMAIN) is None:
        codes = tuple((behavior.value, behavior.value) for behavior in SourceBehavior)
        domains = (*domains, Domain(name=SOURCE_TYPE_DOMAIN, field_type=_TEXT, codes=codes))
    return replace(
        model,
        domains=domains,
        constraints=model.constraints + _PROVENANCE_RULES,
        source_types=tuple(SourceType(value=behavior.value, behavior=behavior) for behavior in SourceBehavior),
    )


def _with_type(
    model: DataModel,
    name: str,
    category: Category,
    role: TypeRole,
    properties: Iterable[tuple[str, FieldType, PropertyRole, bool]],
    shape: int,
) -> DataModel:
    if model.named(name) is not None:
        raise Conflict(f"The feature needs the type name {name!r}, and the data model has a type of this name")
    own: list[Property] = list(system_properties(model.next_id + 1))
    for property_name, field_type, property_role, nullable in properties:
        made = Property(
            id=model.next_id + 1 + len(own),
            name=property_name,
            field_type=field_type,
            role=property_role,
            nullable=nullable,
            required=not nullable,
            domain=SOURCE_TYPE_DOMAIN if property_role is PropertyRole.PROVENANCE_SOURCE_TYPE else "",
        )
        own.append(made)
    if model.tracking is not None and category is not Category.PROVENANCE:
        own += tracking_properties(model.tracking, model.next_id + 1 + len(own))
    made_type = NamedType(
        id=model.next_id,
        name=name,
        alias=name,
        category=category,
        role=role,
        shape=shape,
        born=shape,
        properties=tuple(own),
    )
    return replace(model, types=(*model.types, made_type), next_id=model.next_id + 1 + len(own))


def with_tracking(model: DataModel, tracking: EditorTracking, shape: int) -> DataModel:
    """Add the tracking properties to every type but provenance. Raises MalformedInput, Conflict."""
    if model.tracking is not None:
        if model.tracking != tracking:
            raise Conflict("Editor tracking is on with other properties; switch it off first")
        return model
    names = tracking.names()
    for name in names:
        check_name(name, "property")
    if len(set(names)) < len(names):
        raise MalformedInput("The four properties of editor tracking need four names")
    next_id = model.next_id
    types: list[NamedType] = []
    for named_type in model.types:
        if named_type.category is not Category.PROVENANCE:
            taken = [name for name in names if named_type.property(name) is not None]
            if taken:
                raise Conflict(
                    f"Editor tracking needs the property name {taken[0]!r}, which type {named_type.name!r} has already"
                )
            own = tracking_properties(tracking, next_id)
            next_id += len(own)
            more = replace(named_type, properties=named_type.properties + own, shape=shape)
            types.append(arrived(more, named_type))
        else:
            types.append(named_type)
    return replace(model, types=tuple(types), tracking=tracking, next_id=next_id)


# ---- switching ---------------------------------------------------------------------------------------


def switch(writing: Writing, feature: Feature, on: bool, codec: Codec, tracking: EditorTracking | None = None) -> None:
    """Switch a feature of the data model; one that is so already stays as it is.

    Switching off removes what the feature made: provenance its records, tracking its four properties.
    Raises Conflict (a name is taken; documents are there or still needed), MalformedInput.
    """
    model = writing.data_model()
    version = model.version + 1
    if feature is Feature.DOCUMENTS:
        changed = with_documents(model, version) if on else _without_documents(writing, model)
    elif feature is Feature.PROVENANCE:
        changed = with_provenance(model, version) if on else _without_provenance(writing, model)
    else:
        assert feature is Feature.EDITOR_TRACKING, "sync is no part of the data model"
        wanted = tracking or model.tracking or EditorTracking()
        changed = with_tracking(model, wanted, version) if on else _without_tracking(model, version)
    if changed is model:
        return
    after = save(writing, changed)
    for named_type in model.types:
        now = after.type(named_type.id)
        if now is not None and now.properties != named_type.properties:
            clear_left_values(writing, named_type, now, model, after, codec)


def _without_documents(writing: Writing, model: DataModel) -> DataModel:
    if model.documents is None:
        return model
    if model.provenance is not None:
        raise Conflict("Provenance needs documents; switch provenance off first")
    gone = [t for t in model.types if t.role is TypeRole.DOCUMENT]
    if writing.count([t.id for t in gone]):
        raise Conflict("Documents cannot be switched off while there are documents; delete them first")
    return _without_types(model, gone, (RuleRole.HAS_DOCUMENT,))


def _without_provenance(writing: Writing, model: DataModel) -> DataModel:
    found = model.provenance
    if found is None:
        return model
    while page := writing.objects_of(found.id, None, _PAGE):
        writing.remove({stored.id for stored in page})
    roles = (RuleRole.NO_PROVENANCE_ORIGIN, RuleRole.NO_PROVENANCE_DESTINATION)
    left = _without_types(model, [found], roles)
    if not any(p.domain == SOURCE_TYPE_DOMAIN for t in left.types for p in t.properties):
        left = replace(left, domains=tuple(d for d in left.domains if d.name != SOURCE_TYPE_DOMAIN))
    return replace(left, source_types=())


def _without_types(model: DataModel, gone: list[NamedType], roles: tuple[RuleRole, ...]) -> DataModel:
    ids = {t.id for t in gone}
    left = model.version + 1
    retired = tuple(RetiredType(id=t.id, name=t.name, category=t.category, role=t.role, left=left) for t in gone)
    rules = [rule for rule in model.constraints if rule.role not in roles]
    for named_type in gone:
        rules = [rule.without(named_type.name) for rule in rules]
    types = tuple(
        replace(t, end_points=tuple(pair for pair in t.end_points if not ids & set(pair)))
        for t in model.types
        if t.id not in ids
    )
    return replace(model, types=types, retired=model.retired + retired, constraints=tuple(rules))


def _without_tracking(model: DataModel, shape: int) -> DataModel:
    if model.tracking is None:
        return model
    names = set(model.tracking.names())
    types: list[NamedType] = []
    for found in model.types:
        if not any(p.tracking for p in found.properties):
            types.append(found)
            continue
        less = replace(
            found,
            properties=tuple(p for p in found.properties if not p.tracking),
            indexes=tuple(i for i in found.indexes if not names & set(i.properties)),
            shape=shape,
        )
        types.append(arrived(less, found))
    return replace(model, types=tuple(types), tracking=None)
