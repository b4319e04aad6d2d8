"""Layers and tables: the named types of a service as feature services number them."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from kgsync.model.edits import Op
from kgsync.model.schema import Category, DataModel, NamedType, TypeRole
from kgsync.model.values import Value


class Layer(NamedTuple):
    """A layer or table, by the number clients know it by, and the id of its named type when it was published."""

    id: int
    type_id: int
    attachments: bool = False


class Published(NamedTuple):
    """A layer with the named type it shows now."""

    id: int
    type: NamedType
    attachments: bool = False


class LayerRow(NamedTuple):
    """What a client does with one object of a named type; no `values` where it deletes it."""

    type_id: int
    op: Op
    id: UUID
    values: dict[str, Value] | None


def published(layers: tuple[Layer, ...], model: DataModel) -> tuple[Published, ...]:
    """Find the types of layers, renamed ones followed; those of deleted types are left out."""
    heirs = {retired.id: retired.successor for retired in model.retired}
    found = []
    for layer in layers:
        type_id = layer.type_id
        while type_id in heirs:
            type_id = heirs[type_id]
        named_type = model.type(type_id)
        if named_type is not None:
            found.append(Published(layer.id, named_type, layer.attachments))
    return tuple(found)


def numbered(model: DataModel, present: tuple[Layer, ...] = ()) -> tuple[Layer, ...]:
    """Number the entity types that are no layers yet after those that are, in the order of the data model."""
    known = {each.type.id for each in published(present, model)}
    entities = [t for t in model.types if t.category is Category.ENTITY and t.role is TypeRole.REGULAR]
    first = max((layer.id for layer in present), default=-1) + 1
    new = [t.id for t in entities if t.id not in known]
    return (*present, *(Layer(first + k, type_id) for k, type_id in enumerate(new)))
