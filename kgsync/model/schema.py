"""The data model of a graph: named types, their properties, domains and indexes.

A data model is a frozen value with a version. Types and properties carry small integers of their
own (`id`), given once and never reused: rows keep to them when names move. A property's or type's
new name is a new id, because replicas see a rename as dropping the old and adding the new.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from kgsync.errors import UnknownType
from kgsync.model.geometry import WGS84, GeometryKind, SpatialReference
from kgsync.model.rules import ExclusionRule

OBJECTID = "objectid"
GLOBALID = "globalid"
SOURCE_TYPE_DOMAIN = "esri__provenanceSourceType"  # what the source of a provenance record may be


class FieldType(IntEnum):
    """Number property types as EsriExtendedTypes.proto does."""

    SMALL_INTEGER = 1
    INTEGER = 2
    SINGLE = 3
    DOUBLE = 4
    STRING = 5
    DATE = 6
    OID = 7
    GEOMETRY = 8
    BLOB = 9
    RASTER = 10
    GUID = 11
    GLOBAL_ID = 12
    XML = 13
    BIG_INTEGER = 14
    DATE_ONLY = 15
    TIME_ONLY = 16
    TIMESTAMP_OFFSET = 17


# Field types whose values look alike on the wire: a change inside a family rewrites no row.
FAMILIES = (
    {FieldType.SMALL_INTEGER, FieldType.INTEGER, FieldType.BIG_INTEGER},
    {FieldType.STRING, FieldType.XML},
    {FieldType.BLOB, FieldType.RASTER},
)


def family(kind: FieldType) -> int:
    """Number what a value looks like on the wire: rows are written alike for all kinds of one family."""
    return int(min(next((found for found in FAMILIES if kind in found), {kind})))


class Category(IntEnum):
    """Number categories as esriNamedTypeCategory does."""

    ENTITY = 1
    RELATIONSHIP = 2
    PROVENANCE = 4


class TypeRole(IntEnum):
    REGULAR = 0
    PROVENANCE = 1
    DOCUMENT = 2


class PropertyRole(IntEnum):
    """Number what a property is for as GraphPropertyRole does."""

    REGULAR = 1
    DOCUMENT_NAME = 2
    DOCUMENT_TITLE = 3
    DOCUMENT_URL = 4
    DOCUMENT_TEXT = 5
    DOCUMENT_KEYWORDS = 6
    DOCUMENT_CONTENT_TYPE = 7
    DOCUMENT_METADATA = 8
    DOCUMENT_FILE_EXTENSION = 9
    PROVENANCE_INSTANCE_ID = 10
    PROVENANCE_SOURCE_TYPE = 11
    PROVENANCE_SOURCE_NAME = 12
    PROVENANCE_SOURCE = 13
    PROVENANCE_COMMENT = 14
    PROVENANCE_TYPE_NAME = 15
    PROVENANCE_PROPERTY_NAME = 16
    TRACKING_CREATOR = 17
    TRACKING_CREATE_DATE = 18
    TRACKING_EDITOR = 19
    TRACKING_EDIT_DATE = 20
    DOCUMENT_GEOMETRY = 21


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """One property of a named type; flags are positive here and negated on the wire."""

    id: int
    name: str
    field_type: FieldType
    alias: str = ""
    geometry_kind: GeometryKind = GeometryKind.POINT
    default: tuple[str | int | float | None, ...] = ()
    nullable: bool = True
    editable: bool = True
    visible: bool = True
    required: bool = False
    system: bool = False
    domain: str = ""
    has_z: bool = False
    has_m: bool = False
    role: int = 1

    @property
    def tracking(self) -> bool:
        """Say whether editor tracking fills this property."""
        return PropertyRole.TRACKING_CREATOR <= self.role <= PropertyRole.TRACKING_EDIT_DATE


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldIndex:
    name: str
    properties: tuple[str, ...]
    ascending: bool = True
    unique: bool = False
    description: str = ""
    system: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedType:
    """An entity, relationship or provenance type; `shape` is the model version that last changed its properties.

    `left_names` are names properties once had: stored rows and replicas may still hold values under them.
    `envelope_since` is the model version from which versions are kept with the envelope of what is now the
    first geometry property, 0 if there never was another. `born` is the shape it was made with, 0 if unknown.
    """

    id: int
    name: str
    category: Category
    properties: tuple[Property, ...]
    shape: int
    alias: str = ""
    role: TypeRole = TypeRole.REGULAR
    strict: bool = False
    indexes: tuple[FieldIndex, ...] = ()
    end_points: tuple[tuple[int, int], ...] = ()
    left_names: tuple[str, ...] = ()
    envelope_since: int = 0
    born: int = 0

    @property
    def reshaped(self) -> bool:
        """Say whether rows of an older shape may be stored."""
        return self.shape != self.born

    def property(self, name: str) -> Property | None:
        return next((p for p in self.properties if p.name == name), None)

    def playing(self, role: PropertyRole) -> str:
        """Name the property with a role; the features that ask for one made it."""
        return next(p.name for p in self.properties if p.role == role)


class Fields:
    """Properties by name as people write them: exactly, else in any case (the first of several)."""

    def __init__(self, properties: Iterable[Property]) -> None:
        self.all = tuple(properties)
        self._exact = {p.name: p for p in self.all}
        self._folded = {p.name.lower(): p for p in reversed(self.all)}

    def get(self, name: str) -> Property | None:
        return self._exact.get(name) or self._folded.get(name.lower())


@dataclass(frozen=True, slots=True, kw_only=True)
class RetiredType:
    """A type that left the model; `successor` is the type it was renamed to, 0 when deleted.

    `left` is the first data-model version without it.
    """

    id: int
    name: str
    category: Category
    successor: int = 0
    role: TypeRole = TypeRole.REGULAR
    left: int = 0


DomainCode = str | int | float


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """A coded-value domain (`codes`) or a range domain (`range`, both ends inclusive)."""

    name: str
    field_type: FieldType
    codes: tuple[tuple[str, DomainCode], ...] | None = None
    range: tuple[DomainCode, ...] | None = None
    merge_policy: int = 0
    split_policy: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingName:
    name: str
    alias: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EditorTracking:
    """The four properties editor tracking keeps on every entity and relationship type."""

    creator: TrackingName = TrackingName(name="created_user", alias="Created by")
    create_date: TrackingName = TrackingName(name="created_date", alias="Created on")
    editor: TrackingName = TrackingName(name="last_edited_user", alias="Last edited by")
    edit_date: TrackingName = TrackingName(name="last_edited_date", alias="Last edited on")

    def names(self) -> tuple[str, str, str, str]:
        return self.creator.name, self.create_date.name, self.editor.name, self.edit_date.name


class SourceBehavior(StrEnum):
    """What the source of a provenance record is."""

    DOCUMENT = "Document"
    URL = "URL"
    STRING = "String"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceType:
    """A value the source type of a provenance record may have, and how it behaves."""

    value: str
    behavior: SourceBehavior


@dataclass(frozen=True, slots=True, kw_only=True)
class DataModel:
    """All named types of a service; `version` counts edits, `timestamp` is the Moment of the last.

    `source_types` is empty without provenance, `tracking` None without editor tracking.
    """

    version: int = 1
    timestamp: int = 0
    spatial_reference: SpatialReference = WGS84
    types: tuple[NamedType, ...] = ()
    domains: tuple[Domain, ...] = ()
    retired: tuple[RetiredType, ...] = ()
    strict: bool = False
    next_id: int = 1
    constraints: tuple[ExclusionRule, ...] = ()
    tracking: EditorTracking | None = None
    source_types: tuple[SourceType, ...] = ()
    _by_name: dict[tuple[Category, str], NamedType] = field(default_factory=dict, init=False, repr=False, compare=False)
    _by_id: dict[int, NamedType] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._by_name.update({(t.category, t.name): t for t in self.types})
        self._by_id.update({t.id: t for t in self.types})

    def find(self, category: Category, name: str) -> NamedType | None:
        return self._by_name.get((category, name))

    def named(self, name: str) -> NamedType | None:
        """Find a type of any category; names are exact and unique across all."""
        return next((t for c in Category if (t := self.find(c, name)) is not None), None)

    def require(self, name: str) -> NamedType:
        """Find a type of any category or raise UnknownType."""
        found = self.named(name)
        if found is None:
            raise UnknownType(f"The type definition {name!r} was not found in the data model")
        return found

    def type(self, type_id: int) -> NamedType | None:
        return self._by_id.get(type_id)

    def label(self, type_id: int) -> str:
        """Name a type that is or was in the model."""
        return self._known(type_id).name

    def category(self, type_id: int) -> Category:
        """Give the category of a type that is or was in the model."""
        return self._known(type_id).category

    def _known(self, type_id: int) -> NamedType | RetiredType:
        alive = self._by_id.get(type_id)
        return alive if alive is not None else next(r for r in self.retired if r.id == type_id)

    def domain(self, name: str) -> Domain | None:
        return next((d for d in self.domains if d.name == name), None)

    @property
    def provenance(self) -> NamedType | None:
        """Give the type of provenance records, None when the service keeps none."""
        return next((t for t in self.types if t.category is Category.PROVENANCE), None)

    @property
    def documents(self) -> NamedType | None:
        """Give the entity type of documents, None when the service keeps none."""
        return self._document(Category.ENTITY)

    @property
    def document_links(self) -> NamedType | None:
        """Give the relationship type that leads to documents, None when the service keeps none."""
        return self._document(Category.RELATIONSHIP)

    def _document(self, category: Category) -> NamedType | None:
        return next((t for t in self.types if t.role is TypeRole.DOCUMENT and t.category is category), None)


def system_properties(next_id: int) -> tuple[Property, Property]:
    """Make the two properties every type has: objectid and globalid."""
    return (
        Property(
            id=next_id,
            name=OBJECTID,
            alias="Object ID",
            field_type=FieldType.OID,
            nullable=False,
            editable=False,
            required=True,
            system=True,
        ),
        Property(
            id=next_id + 1,
            name=GLOBALID,
            alias="Global ID",
            field_type=FieldType.GLOBAL_ID,
            nullable=False,
            editable=False,
            required=True,
            system=True,
        ),
    )


def tracking_properties(tracking: EditorTracking, next_id: int) -> tuple[Property, ...]:
    """Make the four properties of editor tracking, in the order of their roles."""
    kinds = (FieldType.STRING, FieldType.DATE, FieldType.STRING, FieldType.DATE)
    given = (tracking.creator, tracking.create_date, tracking.editor, tracking.edit_date)
    return tuple(
        Property(
            id=next_id + k,
            name=name.name,
            alias=name.alias,
            field_type=kind,
            editable=False,
            system=True,
            role=PropertyRole.TRACKING_CREATOR + k,
        )
        for k, (name, kind) in enumerate(zip(given, kinds, strict=True))
    )
