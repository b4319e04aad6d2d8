"""A small data model for clauses: people who know one another, and where they live."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from kgsync.filters.check import Filter, check
from kgsync.model.schema import Category, DataModel, FieldType, NamedType, Property, system_properties
from kgsync.model.values import ParameterValue

_TYPES = {
    "Person": (
        Category.ENTITY,
        {
            "name": FieldType.STRING,
            "nick": FieldType.STRING,
            "age": FieldType.INTEGER,
            "size": FieldType.DOUBLE,
            "born": FieldType.DATE_ONLY,
            "wakes": FieldType.TIME_ONLY,
            "seen": FieldType.DATE,
            "joined": FieldType.TIMESTAMP_OFFSET,
            "badge": FieldType.GUID,
            "photo": FieldType.BLOB,
            "home": FieldType.GEOMETRY,
            "p q": FieldType.STRING,
        },
    ),
    "Town": (Category.ENTITY, {"name": FieldType.STRING, "people": FieldType.BIG_INTEGER, "age": FieldType.STRING}),
    "Knows": (Category.RELATIONSHIP, {"since": FieldType.INTEGER, "how": FieldType.STRING}),
}


def _named_type(number: int, name: str) -> NamedType:
    category, fields = _TYPES[name]
    first = number * 100
    properties = [Property(id=first + k, name=n, field_type=f) for k, (n, f) in enumerate(fields.items(), 2)]
    return NamedType(
        id=number, name=name, category=category, shape=1, properties=(*system_properties(first), *properties)
    )


MODEL = DataModel(types=tuple(_named_type(k, name) for k, name in enumerate(_TYPES, 1)))
PERSON, TOWN, KNOWS = MODEL.types


def bound(
    text: str, named_type: NamedType = PERSON, parameters: Mapping[str, ParameterValue] = MappingProxyType({})
) -> Filter:
    """Check a clause on a type of the model."""
    return check(text, MODEL, named_type, parameters)
