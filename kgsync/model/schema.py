"""The data model of a graph: named types, their properties, domains and indexes.

A data model is a frozen value with a version. Types and properties carry small integers of their
own (`id`), given once and never reused: rows keep to them when names move. A property's or type's
new name is a new id, because replicas see a rename as dropping the old and adding the new.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from kgsync.errors import UnknownType
from kgsync.model.geometry import WGS84, GeometryKind, SpatialReference

OBJECTID = "objectid"
GLOBALID = "globalid"


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


class Category(IntEnum):
    """Number categories as esriNamedTypeCategory does."""

    ENTITY = 1
    RELATIONSHIP = 2
    PROVENANCE = 4


class TypeRole(IntEnum):
    REGULAR = 0
    PROVENANCE = 1
    DOCUMENT = 2


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
    """An entity or relationship type; `shape` is the model version that last changed its properties.

    `left_names` are names properties once had: stored rows and replicas may still hold values under them.
    `envelope_since` is the model version from which versions are kept with the envelope of what is now the
    first geometry property, 0 if there never was another.
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

    def property(self, name: str) -> Property | None:
        return next((p for p in self.properties if p.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetiredType:
    """A type that left the model; `successor` is the type it was renamed to, 0 when deleted."""

    id: int
    name: str
    category: Category
    successor: int = 0


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
class DataModel:
    """All named types of a service; `version` counts edits, `timestamp` is the Moment of the last."""

    version: int = 1
    timestamp: int = 0
    spatial_reference: SpatialReference = WGS84
    types: tuple[NamedType, ...] = ()
    domains: tuple[Domain, ...] = ()
    retired: tuple[RetiredType, ...] = ()
    strict: bool = False
    next_id: int = 1
    _by_name: dict[tuple[Category, str], NamedType] = field(default_factory=dict, init=False, repr=False, compare=False)
    _by_id: dict[int, NamedType] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._by_name.update({(t.category, t.name): t for t in self.types})
        self._by_id.update({t.id: t for t in self.types})

    def find(self, category: Category, name: str) -> NamedType | None:
        return self._by_name.get((category, name))

    def named(self, name: str) -> NamedType | None:
        """Find a type of either category; names are exact and unique across both."""
        return self.find(Category.ENTITY, name) or self.find(Category.RELATIONSHIP, name)

    def require(self, name: str) -> NamedType:
        """Find a type of either category or raise UnknownType."""
        found = self.named(name)
        if found is None:
            raise UnknownType(f"The type definition {name!r} was not found in the data model")
        return found

    def type(self, type_id: int) -> NamedType | None:
        return self._by_id.get(type_id)

    def label(self, type_id: int) -> str:
        """Name a type that is or was in the model."""
        alive = self._by_id.get(type_id)
        if alive is not None:
            return alive.name
        return next(r.name for r in self.retired if r.id == type_id)

    def domain(self, name: str) -> Domain | None:
        return next((d for d in self.domains if d.name == name), None)


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
