"""The data models cases work with."""

from esriPBuffer.EsriTypes_pb2 import EsriTypes
from esriPBuffer.graph.AddNamedTypesRequest_pb2 import GraphNamedObjectTypeAddsRequest
from esriPBuffer.graph.DataModelTypes_pb2 import (
    EntityType,
    GraphProperty,
    NamedObjectType,
    RelationshipType,
)

from tests.conformance.values import MULTIPOINT, POINT, POLYGON, POLYLINE


def prop(name: str, field_type: str, *, geometry: int = POINT, z: bool = False, m: bool = False) -> GraphProperty:
    """A property; field types are named without their esriFieldType prefix."""
    return GraphProperty(
        name=name,
        fieldType=f"esriFieldType{field_type}",
        geometryType=EsriTypes.GeometryType.Name(geometry),
        hasZ=z,
        hasM=m,
        role="Regular",
    )


def named(name: str, *properties: GraphProperty) -> NamedObjectType:
    return NamedObjectType(name=name, properties=properties)


def entity(name: str, *properties: GraphProperty) -> EntityType:
    return EntityType(entity=named(name, *properties))


def relationship(name: str, *properties: GraphProperty) -> RelationshipType:
    return RelationshipType(relationship=named(name, *properties))


def standard() -> GraphNamedObjectTypeAddsRequest:
    """Two entity types and two relationship types; Person has a property of every kind."""
    return GraphNamedObjectTypeAddsRequest(
        entity_types=[
            entity(
                "Person",
                prop("name", "String"),
                prop("nick", "String"),
                prop("small", "SmallInteger"),
                prop("age", "Integer"),
                prop("big", "BigInteger"),
                prop("height", "Single"),
                prop("score", "Double"),
                prop("born", "Date"),
                prop("day", "DateOnly"),
                prop("wakes", "TimeOnly"),
                prop("seen", "TimestampOffset"),
                prop("code", "GUID"),
                prop("photo", "Blob"),
                prop("shape", "Geometry", geometry=POINT),
            ),
            entity("Place", prop("name", "String"), prop("people", "Integer")),
        ],
        relationship_types=[
            relationship("Knows", prop("since", "Integer"), prop("note", "String")),
            relationship("LivesIn", prop("since", "Integer")),
        ],
    )


def geometric() -> GraphNamedObjectTypeAddsRequest:
    """One entity type for each kind of geometry, flat and with z and m."""
    kinds = {"Spot": POINT, "Spots": MULTIPOINT, "Line": POLYLINE, "Area": POLYGON}
    flags = {"": (False, False), "Z": (True, False), "M": (False, True), "ZM": (True, True)}
    return GraphNamedObjectTypeAddsRequest(
        entity_types=[
            entity(name + suffix, prop("name", "String"), prop("shape", "Geometry", geometry=kind, z=z, m=m))
            for name, kind in kinds.items()
            for suffix, (z, m) in flags.items()
        ]
    )
