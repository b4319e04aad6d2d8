"""Features as clients send them to be edited: attributes by name, a geometry, and by what they are addressed."""

from __future__ import annotations

import re
from typing import Any, NamedTuple
from uuid import UUID

from kgsync.errors import KgsyncError, MalformedInput
from kgsync.filters.projection import project
from kgsync.model.geometry import SpatialReference
from kgsync.model.schema import GLOBALID, OBJECTID, Fields, NamedType
from kgsync.model.values import Invalid, Value, parse_uuid
from kgsync.wire.esrijson.fields import geometry_property
from kgsync.wire.esrijson.geometry import read_geometry

_MOST_REFERENCES = 8
_HALF = re.compile("[\ud800-\udfff]")


class Sent(NamedTuple):
    """A feature to add or to update; `number` is the object id and `id` the global id it names, if any.

    `id` and single values are Invalid where they cannot be read: the edit is refused by itself then. `carried` says
    that its geometry came in another spatial reference.
    """

    id: UUID | Invalid | None
    number: int | None
    values: dict[str, Value]
    carried: bool = False


class FeatureReader:
    """Read the features of one layer into the data model's spatial reference.

    `sent_in` is theirs where they do not say; with `tracking` they bring what editor tracking noted elsewhere.
    """

    def __init__(
        self,
        layer: NamedType,
        reference: SpatialReference,
        *,
        sent_in: SpatialReference | None = None,
        tracking: bool = False,
    ) -> None:
        self._reference, self._shape = reference, geometry_property(layer)
        self._sent_in, self._tracking = sent_in, tracking
        self._met: set[SpatialReference] = set()
        self._properties = Fields(layer.properties)

    def read(self, given: Any, place: str) -> list[Sent]:
        """Read a list of features. Raises MalformedInput where it is none."""
        if not isinstance(given, list):
            raise MalformedInput("features are a list", place=place)
        return [self._feature(each, f"{place}[{number}]") for number, each in enumerate(given)]

    def _feature(self, given: Any, place: str) -> Sent:
        attributes = given.get("attributes", {}) if isinstance(given, dict) else None
        if not isinstance(attributes, dict):
            raise MalformedInput("a feature has attributes by name", place=place)
        values: dict[str, Value] = {}
        number: int | None = None
        id: UUID | Invalid | None = None
        carried = False
        for name, value in attributes.items():
            found = self._properties.get(str(name))
            if found is not None and found.name == OBJECTID:
                number = _number(str(value).removesuffix(".0"))
            elif found is not None and found.name == GLOBALID:
                id = _id_of(value)
            elif found is not None and found.tracking and not self._tracking:
                continue  # clients send back what they were shown; the server notes these itself
            else:
                values[str(name) if found is None else found.name] = _value(value)
        if "geometry" in given:
            if self._shape is not None:
                values[self._shape.name], carried = self._geometry(given["geometry"], place)
            elif given["geometry"] is not None:
                values["geometry"] = Invalid("the rows of a table have no geometry")
        return Sent(id, number, values, carried)

    def _geometry(self, given: Any, place: str) -> tuple[Value, bool]:
        """Read a geometry, and say whether it was carried here from another spatial reference."""
        try:
            geometry, own = read_geometry(given, f"{place}.geometry")
            own = own or self._sent_in
            if geometry is None or own is None:
                return geometry, False
            self._met.add(own)
            if len(self._met) > _MOST_REFERENCES:  # each takes some time to make ready
                return Invalid(f"the geometries of a call are in at most {_MOST_REFERENCES} spatial references"), False
            carried = project(geometry, own, self._reference)
            return carried, carried is not geometry
        except KgsyncError as error:
            return Invalid(error.message), False


def _id_of(value: Any) -> UUID | Invalid | None:
    if value is None:
        return None
    found = parse_uuid(value) if isinstance(value, str) else None
    return found if found is not None else Invalid(f"{str(value)[:64]!r} is no global id")


def _value(value: Any) -> Value:
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return Invalid("the number does not fit 64 bits")
    if isinstance(value, str) and _HALF.search(value):
        return Invalid("the text has half of a surrogate pair")
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return Invalid("a list or an object is no value of a field")


def read_targets(given: Any, place: str, *, by_global: bool) -> list[int | UUID]:
    """Read what is to be deleted: a list of JSON, or texts parted by commas; object ids, or global ids.

    Raises MalformedInput.
    """
    listed = given.split(",") if isinstance(given, str) else given
    if not isinstance(listed, list):
        raise MalformedInput("ids are a list", place=place)
    found: list[int | UUID] = []
    for each in listed:
        text = str(each).strip()
        if not text:
            continue
        read = parse_uuid(text) if by_global else _number(text)
        if read is None:
            raise MalformedInput(f"{text[:64]!r} is no {'global' if by_global else 'object'} id", place=place)
        found.append(read)
    return found


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else None
