"""Static kinds: what kinds of value an expression can have, told from the data model and the parameters alone.

A kind is a union of flags. Null is always possible besides; `Kind.NULL`, the empty union, means nothing but null.
Any property may hold an array, so a property's kind is that of its type or LIST.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Flag, auto
from typing import NamedTuple
from uuid import UUID

from kgsync.model.geometry import Geometry
from kgsync.model.schema import Category, DataModel, FieldType, NamedType, Property
from kgsync.model.values import DateOnly, DateTime, Duration, ParameterValue, TimeOnly, TimestampOffset


class Kind(Flag):
    """Kinds of values; the temporal ones are named as the functions that make them."""

    NULL = 0
    BOOLEAN = auto()
    INTEGER = auto()
    FLOAT = auto()
    STRING = auto()
    UUID = auto()
    LOCAL_DATE_TIME = auto()
    DATE = auto()
    LOCAL_TIME = auto()
    DATE_TIME = auto()
    DURATION = auto()
    GEOMETRY = auto()
    BLOB = auto()
    LIST = auto()
    MAP = auto()
    ENTITY = auto()
    RELATIONSHIP = auto()


NUMBER = Kind.INTEGER | Kind.FLOAT
INSTANT = Kind.LOCAL_DATE_TIME | Kind.DATE | Kind.LOCAL_TIME | Kind.DATE_TIME
TEMPORAL = INSTANT | Kind.DURATION
ELEMENT = Kind.ENTITY | Kind.RELATIONSHIP
SIMPLE = Kind.BOOLEAN | NUMBER | Kind.STRING | Kind.UUID | TEMPORAL | Kind.GEOMETRY | Kind.BLOB
ANYTHING = SIMPLE | Kind.LIST | Kind.MAP | ELEMENT

_WORDS = {
    NUMBER: "a number",
    ELEMENT: "an entity or relationship",
    Kind.BOOLEAN: "a boolean",
    Kind.INTEGER: "an integer",
    Kind.FLOAT: "a float",
    Kind.STRING: "text",
    Kind.UUID: "an id",
    Kind.LOCAL_DATE_TIME: "a localdatetime",
    Kind.DATE: "a date",
    Kind.LOCAL_TIME: "a localtime",
    Kind.DATE_TIME: "a datetime",
    Kind.DURATION: "a duration",
    Kind.GEOMETRY: "a geometry",
    Kind.BLOB: "a blob",
    Kind.LIST: "a list",
    Kind.MAP: "a map",
    Kind.ENTITY: "an entity",
    Kind.RELATIONSHIP: "a relationship",
}


def words(kind: Kind) -> str:
    """Name the kinds of a union: `text or a list`."""
    if not kind:
        return "null"
    if kind == ANYTHING:
        return "a value of any kind"
    named = []
    for flag, word in _WORDS.items():
        if flag & kind == flag:
            named.append(word)
            kind &= ~flag
    return named[0] if len(named) == 1 else ", ".join(named[:-1]) + " or " + named[-1]


OF_FIELD: Mapping[FieldType, Kind] = {
    FieldType.SMALL_INTEGER: Kind.INTEGER,
    FieldType.INTEGER: Kind.INTEGER,
    FieldType.BIG_INTEGER: Kind.INTEGER,
    FieldType.OID: Kind.INTEGER,
    FieldType.SINGLE: Kind.FLOAT,
    FieldType.DOUBLE: Kind.FLOAT,
    FieldType.STRING: Kind.STRING,
    FieldType.XML: Kind.STRING,
    FieldType.DATE: Kind.LOCAL_DATE_TIME,
    FieldType.GEOMETRY: Kind.GEOMETRY,
    FieldType.BLOB: Kind.BLOB,
    FieldType.RASTER: Kind.BLOB,
    FieldType.GUID: Kind.UUID,
    FieldType.GLOBAL_ID: Kind.UUID,
    FieldType.DATE_ONLY: Kind.DATE,
    FieldType.TIME_ONLY: Kind.LOCAL_TIME,
    FieldType.TIMESTAMP_OFFSET: Kind.DATE_TIME,
}

_OF_VALUE: Mapping[type, Kind] = {
    type(None): Kind.NULL,
    bool: Kind.BOOLEAN,
    int: Kind.INTEGER,
    float: Kind.FLOAT,
    str: Kind.STRING,
    UUID: Kind.UUID,
    DateTime: Kind.LOCAL_DATE_TIME,
    DateOnly: Kind.DATE,
    TimeOnly: Kind.LOCAL_TIME,
    TimestampOffset: Kind.DATE_TIME,
    Duration: Kind.DURATION,
    Geometry: Kind.GEOMETRY,
    bytes: Kind.BLOB,
    tuple: Kind.LIST,
    dict: Kind.MAP,
}
# The two ids every object has are never lists.
_NEVER_LISTS = (FieldType.OID, FieldType.GLOBAL_ID)


class Static(NamedTuple):
    """What is known of an expression: its kinds, those of its elements as a list, and which element it is.

    `element` is a variable's name where the expression is that variable, "" where it is an end point of one.
    """

    kinds: Kind
    items: Kind = ANYTHING
    element: str | None = None


def of_value(value: ParameterValue) -> Static:
    """Tell the kind of a value at hand."""
    kinds = _OF_VALUE.get(type(value), Kind.NULL)
    if isinstance(value, tuple):
        items = Kind.NULL
        for item in value:
            items |= _OF_VALUE.get(type(item), Kind.NULL)
        return Static(kinds, items)
    return Static(kinds, ANYTHING)


def of_properties(properties: list[Property]) -> Static:
    """Tell the kind of a property by its types; several named types may give it several."""
    scalar = Kind.NULL
    kinds = Kind.NULL
    for one in properties:
        scalar |= OF_FIELD[one.field_type]
        kinds |= OF_FIELD[one.field_type] | (Kind.NULL if one.field_type in _NEVER_LISTS else Kind.LIST)
    return Static(kinds, scalar)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a variable of the clause stands for: an object of one of `types`."""

    category: Category
    types: tuple[NamedType, ...]

    @property
    def kind(self) -> Kind:
        return Kind.RELATIONSHIP if self.category is Category.RELATIONSHIP else Kind.ENTITY

    def properties(self, name: str) -> list[Property]:
        """Find a property in every type that has it."""
        return [found for found in (t.property(name) for t in self.types) if found is not None]

    def names(self) -> list[str]:
        return sorted({p.name for t in self.types for p in t.properties})


def any_of(model: DataModel, category: Category) -> Subject:
    """Make the subject of an object whose type is not known."""
    return Subject(category=category, types=tuple(t for t in model.types if t.category is category))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What names mean where an expression stands.

    `subjects` are the variables of the pattern (n of a filter; a, n, b of a query), `bound` those of
    comprehensions and list predicates around the expression. `aggregates` are for the items of a query.
    """

    model: DataModel
    subjects: Mapping[str, Subject]
    parameters: Mapping[str, ParameterValue] = field(default_factory=dict)
    bound: Mapping[str, Static] = field(default_factory=dict)
    aggregates: bool = False

    def binding(self, name: str, kinds: Kind) -> Scope:
        return replace(self, bound={**self.bound, name: Static(kinds)})

    @property
    def ends(self) -> Subject:
        """End points may be of any entity type: observed end points are advisory."""
        return any_of(self.model, Category.ENTITY)
