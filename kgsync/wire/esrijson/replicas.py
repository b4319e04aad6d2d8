"""Features of replicas as JSON of the ArcGIS REST API has them, written as they come: no list is ever held.

The members of the answer and of its layers are those of the createReplica and synchronizeReplica operations.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from tempfile import SpooledTemporaryFile
from typing import IO, Any, BinaryIO
from uuid import UUID

import orjson

from kgsync.filters.projection import project
from kgsync.filters.references import same
from kgsync.model.edits import Op
from kgsync.model.geometry import Geometry, GeometryKind, SpatialReference
from kgsync.model.layers import LayerRow, Published
from kgsync.model.values import Value
from kgsync.wire.esrijson.fields import attribute, attribute_properties, field_name, geometry_property, id_text
from kgsync.wire.esrijson.geometry import digits_of, rounded, write_geometry

_POINT = GeometryKind.POINT
_LISTS = {Op.ADD: "adds", Op.UPDATE: "updates", Op.DELETE: "deleteIds"}
_HELD = 1024 * 1024  # bytes of one list before it goes to disk
_STEP = 1_000  # rows between two calls of `step`
_PLAIN = frozenset((str, int, bool, type(None)))


def text_of(value: object) -> bytes:
    """Write JSON without blanks; half a surrogate pair, which UTF-8 has no form for, is written by its number."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, separators=(",", ":"), allow_nan=False).encode()


class FeatureForm:
    """How the features of one layer are written, with coordinates carried from one spatial reference to another."""

    def __init__(self, layer: Published, reference: SpatialReference, out_sr: SpatialReference | None) -> None:
        self.layer = layer
        self._columns = [(p.name, field_name(p)) for p in attribute_properties(layer.type)]
        shape = geometry_property(layer.type)
        self._shape = None if shape is None else shape.name
        self._from, self._to = reference, out_sr or reference
        self._stays = same(self._from, self._to)
        self._digits = digits_of(self._to)

    @property
    def shape(self) -> str | None:
        """Name the property features have their geometry in."""
        return self._shape

    @property
    def reference(self) -> SpatialReference:
        """The spatial reference geometry goes out in."""
        return self._to

    @property
    def columns(self) -> list[tuple[str, str]]:
        """The attributes: properties by name, and what they are called as fields."""
        return self._columns

    def place(self, value: Value) -> tuple[float, float] | None:
        """Give the x and y of a point that stays in its spatial reference: most features, and soon done."""
        if self._stays and isinstance(value, Geometry) and value.kind is _POINT and len(value.parts[0]) == 2:
            x, y = value.parts[0]
            return round(x, self._digits), round(y, self._digits)
        return None

    def carried(self, value: Value) -> Geometry | None:
        """Give a geometry as it goes out."""
        if not isinstance(value, Geometry):
            return None
        return rounded(value if self._stays else project(value, self._from, self._to), self._to)

    def feature(self, values: dict[str, Value]) -> dict[str, Any]:
        """Write one feature."""
        attributes = {}
        for name, shown in self._columns:
            value = values.get(name)
            attributes[shown] = value if type(value) in _PLAIN else attribute(value)
        if self._shape is None:
            return {"attributes": attributes}
        shape = values.get(self._shape)
        place = self.place(shape)
        if place is not None:
            return {"geometry": {"x": place[0], "y": place[1]}, "attributes": attributes}
        geometry = self.carried(shape)
        return {"geometry": None if geometry is None else write_geometry(geometry), "attributes": attributes}


def write_layers(
    target: BinaryIO,
    head: dict[str, Any] | None,
    forms: Sequence[FeatureForm],
    rows: Iterable[LayerRow],
    step: Callable[[], None],
    attachments: AttachmentLists | None = None,
) -> int:
    """Write an answer of whole layers, whose rows come layer by layer; give how many there were.

    Without a `head` the answer was begun already and is ended here.
    """
    target.write((b"" if head is None else text_of(head)[:-1]) + b',"layers":[')
    by_type = {form.layer.type.id: form for form in forms}
    count, present = 0, None
    written: set[int] = set()
    for row in rows:
        form = by_type[row.type_id]
        if form is not present:
            _end_layer(target, present, attachments)
            target.write((b"," if written else b"") + _begin_layer(form))
            present = form
            written.add(form.layer.id)
            separator = b""
        assert row.values is not None, "members have values"
        target.write(separator + text_of(form.feature(row.values)))
        separator = b","
        count += 1
        if count % _STEP == 0:
            step()
    _end_layer(target, present, attachments)
    for form in forms:
        if form.layer.id not in written:
            target.write((b"," if written else b"") + _begin_layer(form))
            _end_layer(target, form, attachments)
            written.add(form.layer.id)
    target.write(b"]}")
    return count


def _begin_layer(form: FeatureForm) -> bytes:
    return f'{{"id":{form.layer.id},"features":['.encode()


def _end_layer(target: BinaryIO, present: FeatureForm | None, attachments: AttachmentLists | None) -> None:
    if present is None:
        return
    target.write(b"]")
    if attachments is not None and present.layer.attachments:
        target.write(b',"attachments":[')
        attachments.write_list(target, present.layer.id, Op.ADD)
        target.write(b"]")
    target.write(b"}")


class AttachmentLists:
    """What is attached to the features of layers, as it comes, until all is there."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._lists: dict[tuple[int, Op], IO[bytes]] = {}
        self.count = 0

    def __enter__(self) -> AttachmentLists:
        return self

    def __exit__(self, *raised: object) -> None:
        self._stack.close()

    def add(self, layer: int, op: Op, told: object) -> None:
        found = self._lists.get((layer, op))
        if found is None:
            found = self._stack.enter_context(SpooledTemporaryFile(max_size=_HELD))  # noqa: SIM115 (the stack closes it)
            self._lists[layer, op] = found
        else:
            found.write(b",")
        found.write(text_of(told))
        self.count += 1

    def write(self, target: BinaryIO, layer: int) -> None:
        """Write the members of a layer's attachments: adds, updates, deleteIds."""
        separator = b""
        for op, name in _LISTS.items():
            target.write(separator + f'"{name}":['.encode())
            self.write_list(target, layer, op)
            target.write(b"]")
            separator = b","

    def write_list(self, target: BinaryIO, layer: int, op: Op) -> None:
        found = self._lists.get((layer, op))
        if found is not None:
            found.seek(0)
            while part := found.read(_HELD):
                target.write(part)


class EditLists:
    """The adds, updates and deleted ids of layers as they come, operation by operation, until all are there."""

    def __init__(self, forms: Sequence[FeatureForm], attachments: AttachmentLists | None = None) -> None:
        self._by_type = {form.layer.type.id: form for form in forms}
        self._forms, self._attachments = forms, attachments
        self._stack = ExitStack()
        self._lists: dict[tuple[int, Op], IO[bytes]] = {}
        self.count = 0

    def __enter__(self) -> EditLists:
        return self

    def __exit__(self, *raised: object) -> None:
        self._stack.close()

    def gather(self, rows: Iterable[LayerRow], step: Callable[[], None]) -> None:
        """Take changes; those of types that are no layers here are passed over."""
        for row in rows:
            form = self._by_type.get(row.type_id)
            if form is None:
                continue
            told = id_text(row.id) if row.values is None else form.feature(row.values)
            listed, first = self._list(form.layer.id, row.op)
            listed.write((b"" if first else b",") + text_of(told))
            self.count += 1
            if self.count % _STEP == 0:
                step()

    def _list(self, layer: int, op: Op) -> tuple[IO[bytes], bool]:
        found = self._lists.get((layer, op))
        if found is not None:
            return found, False
        made: IO[bytes] = self._stack.enter_context(SpooledTemporaryFile(max_size=_HELD))  # noqa: SIM115 (the stack closes it)
        self._lists[layer, op] = made
        return made, True

    def write(self, target: BinaryIO, results: dict[int, dict[str, Any]], present: Sequence[int]) -> None:
        """Write the `edits` of the layers `present`, each with what came of the caller's own."""
        separator = b""
        for form in self._forms:
            layer = form.layer.id
            if layer not in present:
                continue
            target.write(separator + f'{{"id":{layer},"features":{{'.encode())
            separator, inner = b",", b""
            for op, name in _LISTS.items():
                target.write(inner + f'"{name}":['.encode())
                for part in self._parts(layer, op):
                    target.write(part)
                target.write(b"]")
                inner = b","
            told = dict(results.get(layer, {}))
            attached = told.pop("attachments", {})
            for name, listed in told.items():
                target.write(f',"{name}":'.encode() + text_of(listed))
            target.write(b"}")
            if self._attachments is not None and (attached or form.layer.attachments):
                target.write(b',"attachments":{')
                self._attachments.write(target, layer)
                for name, listed in attached.items():
                    target.write(f',"{name}":'.encode() + text_of(listed))
                target.write(b"}")
            target.write(b"}")

    def _parts(self, layer: int, op: Op) -> Iterator[bytes]:
        found = self._lists.get((layer, op))
        if found is None:
            return
        found.seek(0)
        while part := found.read(_HELD):
            yield part


def replica_id_text(id: UUID) -> str:
    """Write the id of a replica as servers do: in upper case, without braces."""
    return str(id).upper()
