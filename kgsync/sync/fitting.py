"""Fitting an edit's values to its type: coercion, defaults, what may not be set, the row that results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from kgsync.errors import Code
from kgsync.model.coerce import CoercionError, coercer
from kgsync.model.edits import Outcome
from kgsync.model.geometry import Geometry
from kgsync.model.schema import GLOBALID, FieldType, NamedType, Property
from kgsync.model.values import Value
from kgsync.store.base import Version
from kgsync.sync.codec import RowEncoder


class EditFault(Exception):
    """Say why one edit cannot be applied."""

    def __init__(self, code: Code, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


def make_version(
    named_type: NamedType,
    schema: int,
    id: UUID,
    values: Mapping[str, Value],
    row: bytes,
    ends: tuple[Any, Any],
    end_types: tuple[int | None, int | None],
) -> Version:
    """Make the version to append; the envelope is that of the type's first geometry property."""
    shape = next((values.get(p.name) for p in named_type.properties if p.field_type is FieldType.GEOMETRY), None)
    return Version(
        id,
        named_type.id,
        schema,
        [(p.id, values.get(p.name)) for p in named_type.properties],
        row,
        shape.envelope() if isinstance(shape, Geometry) else None,
        *ends,
        *end_types,
    )


class TypePlan:
    """Everything an upload needs to know of one type, prepared once.

    `tolerant` is synchronize's rule: unknown properties are dropped and reported, server-owned ones
    ignored; otherwise both are errors of the edit. Values of editor tracking (`tracked`) are kept as
    brought when tolerant, else ignored.
    """

    def __init__(self, named_type: NamedType, encoder: RowEncoder, *, tolerant: bool) -> None:
        self.named_type = named_type
        self._encode = encoder.encode
        self._tolerant = tolerant
        self.tracked = tuple(p.name for p in named_type.properties if p.tracking)
        self._coercers = {
            p.name: coercer(p) for p in named_type.properties if not p.system or (p.tracking and tolerant)
        }
        self._not_null = {p.name for p in named_type.properties if not p.nullable and not p.system}
        self._required = [p.name for p in named_type.properties if p.required and not p.system]
        self._defaults = self._fit_defaults()

    def _fit_defaults(self) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for p in self.named_type.properties:
            if p.default and not p.system:
                given: Any = p.default[0] if len(p.default) == 1 else p.default
                found[p.name] = self._coercers[p.name](given)
        return found

    def fit_new(self, id: UUID, values: Mapping[str, Value], outcome: Outcome) -> dict[str, Value]:
        """Give the canonical values of a new object: defaults filled in, globalid set. Raises EditFault."""
        fitted = dict(self._defaults)
        fitted.update(self.fit_changed(id, values, outcome))
        for name in self._required:
            if fitted.get(name) is None:
                raise EditFault(Code.EDIT_VALUE, f"property {name!r} is required")
        fitted[GLOBALID] = id
        return fitted

    def fit_changed(self, id: UUID, values: Mapping[str, Value], outcome: Outcome) -> dict[str, Value]:
        """Give the canonical form of the values an edit names. Raises EditFault."""
        fitted: dict[str, Value] = {}
        coercers = self._coercers
        for name, value in values.items():
            coerce = coercers.get(name)
            if coerce is None:
                self._refuse_or_drop(id, name, value, outcome)
                continue
            if value is None and name in self.tracked:
                continue  # nothing was brought
            if value is None and name in self._not_null:
                raise EditFault(Code.EDIT_VALUE, f"property {name!r} cannot be null")
            try:
                fitted[name] = coerce(value)
            except CoercionError as error:
                raise EditFault(Code.EDIT_VALUE, f"property {name!r}: {error}") from None
        return fitted

    def _refuse_or_drop(self, id: UUID, name: str, value: Value, outcome: Outcome) -> None:
        known = self.named_type.property(name)
        if known is not None:  # server-owned
            if name == GLOBALID:
                if not _same_id(value, id):
                    raise EditFault(Code.EDIT_READ_ONLY, f"property {name!r} is the id and cannot differ from it")
            elif not self._tolerant and not known.tracking:
                raise EditFault(Code.EDIT_READ_ONLY, f"property {name!r} is maintained by the server")
            return
        if not self._tolerant:
            raise EditFault(Code.EDIT_UNKNOWN_PROPERTY, f"the type has no property {name!r}")
        outcome.note_unknown_property(self.named_type.name, name)

    def version(
        self,
        schema: int,
        id: UUID,
        values: Mapping[str, Value],
        row: bytes,
        origin: Any = None,
        dest: Any = None,
        origin_type: int | None = None,
        dest_type: int | None = None,
    ) -> Version:
        """Make the version to append from canonical values and the row they encode to."""
        return make_version(self.named_type, schema, id, values, row, (origin, dest), (origin_type, dest_type))

    def encode(self, id: UUID, values: Mapping[str, Value], origin: Any, dest: Any) -> bytes:
        """Write the framed row. Raises EditFault when a coordinate lies outside the grid."""
        try:
            return self._encode(id, values, origin, dest)
        except OverflowError as error:
            raise EditFault(Code.EDIT_VALUE, str(error)) from None


_as_guid = coercer(Property(id=0, name=GLOBALID, field_type=FieldType.GUID))


def _same_id(value: Value, id: UUID) -> bool:
    try:
        return value is None or _as_guid(value) == id
    except CoercionError:
        return False
