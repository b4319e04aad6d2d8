"""How a replica selects: type by type, what SQL decides, what is evaluated, what comes along."""

from __future__ import annotations

from dataclasses import dataclass

from kgsync.model.replica import Replica, TypeDefinition, Warnings
from kgsync.model.schema import Category
from kgsync.store.base import Reading
from kgsync.sync.codec import Codec
from kgsync.sync.membership import resolve


@dataclass(frozen=True, slots=True, kw_only=True)
class TypePlan:
    """One named type of a definition: a line in `steps` for each conjunct of its clause."""

    type_name: str
    clause: str
    steps: tuple[str, ...]
    brings: tuple[str, ...]


def plan_of(reading: Reading, replica: Replica, codec: Codec) -> tuple[TypePlan, ...]:
    """Tell how a replica's definition is decided in the newest data model. Raises Conflict on a broken clause."""
    found = resolve(reading, replica.seen, codec, Warnings())
    notes = reading.plan(found.membership)
    return tuple(
        TypePlan(
            type_name=wanted.name,
            clause=wanted.where,
            steps=notes.get(wanted.type_id, _by_type(wanted)),
            brings=_brings(wanted),
        )
        for wanted in replica.definition.types
    )


def _by_type(wanted: TypeDefinition) -> tuple[str, ...]:
    if wanted.category is Category.RELATIONSHIP:
        return ("by type, and both ends in the replica",)
    return ("by type",)


def _brings(wanted: TypeDefinition) -> tuple[str, ...]:
    found = []
    if wanted.documents:
        found.append("connected documents")
        if wanted.documents_provenance is not None:
            found.append("their provenance" + (" with sources" if wanted.documents_provenance else ""))
    if wanted.provenance is not None:
        found.append("provenance" + (" with source documents" if wanted.provenance else ""))
    return tuple(found)
