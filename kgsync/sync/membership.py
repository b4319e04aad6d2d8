"""What belongs to a replica: binding a definition to a data model, at creation and at every call."""

from __future__ import annotations

from dataclasses import replace

from kgsync.errors import MalformedInput, NotSupported, UnknownType
from kgsync.model.replica import Definition, Membership, TypeDefinition, Warnings
from kgsync.model.schema import Category, DataModel, NamedType, RetiredType, TypeRole

_WORDS = {Category.ENTITY: "entity", Category.RELATIONSHIP: "relationship"}


def bind(definition: Definition, model: DataModel, warnings: Warnings) -> Definition:
    """Check a definition against the data model and note each type's id.

    Raises UnknownType, MalformedInput (empty, repeated, wrong kind), NotSupported (where-clauses).
    """
    if not definition.types:
        raise MalformedInput("a definition needs at least one type", place="static_definition")
    bound: list[TypeDefinition] = []
    for wanted in definition.types:
        place = f"{_WORDS[wanted.category]}_types[{wanted.name}]"
        named_type = model.find(wanted.category, wanted.name)
        if named_type is None:
            if model.named(wanted.name) is not None:
                raise MalformedInput(f"{wanted.name!r} is no {_WORDS[wanted.category]} type", place=place)
            raise UnknownType(f"{place}: the type definition {wanted.name!r} was not found in the data model")
        if named_type.role is TypeRole.PROVENANCE:
            raise MalformedInput("a provenance type cannot be listed; ask for provenance instead", place=place)
        if any(b.type_id == named_type.id for b in bound):
            raise MalformedInput("the type is listed twice", place=place)
        if wanted.where.strip():
            raise NotSupported(f"{place}.open_cypher_where_clause: where-clauses are not supported yet")
        if wanted.parameters:
            unused = ", ".join(name for name, _ in wanted.parameters)
            raise MalformedInput(f"the where-clause does not use {unused}", place=f"{place}.parameters")
        if wanted.provenance is not None or wanted.documents_provenance is not None:
            warnings.add(f"{place}: the service keeps no provenance; the option has no effect")
        if wanted.documents:
            warnings.add(f"{place}: the service keeps no documents; the option has no effect")
        bound.append(replace(wanted, type_id=named_type.id))
    return replace(definition, types=tuple(bound))


def _retired(model: DataModel, type_id: int) -> RetiredType | None:
    return next((r for r in model.retired if r.id == type_id), None)


def resolve(definition: Definition, model: DataModel, warnings: Warnings) -> tuple[Membership, list[NamedType]]:
    """Give a bound definition's membership and its live types, following renames.

    A renamed type is followed, a deleted one is left out; both are said in `warnings`.
    """
    members: dict[Category, set[int]] = {Category.ENTITY: set(), Category.RELATIONSHIP: set()}
    alive: list[NamedType] = []
    for wanted in definition.types:
        type_id = wanted.type_id
        members[wanted.category].add(type_id)
        retired = _retired(model, type_id)
        while retired is not None and retired.successor:
            type_id = retired.successor
            members[wanted.category].add(type_id)
            retired = _retired(model, type_id)
        named_type = model.type(type_id)
        if named_type is None:
            warnings.add(f"The type {wanted.name!r} was deleted from the data model; the replica has no objects of it")
            continue
        if named_type.name != wanted.name:
            warnings.add(f"The type {wanted.name!r} was renamed to {named_type.name!r}; the replica follows it")
        alive.append(named_type)
    membership = Membership(
        entities=frozenset(members[Category.ENTITY]), relationships=frozenset(members[Category.RELATIONSHIP])
    )
    return membership, alive
