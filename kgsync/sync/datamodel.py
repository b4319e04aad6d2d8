"""Editing the data model: types, properties, indexes, domains; what each change does to stored rows.

Every change is a commit. Adding or dropping a property touches no row (rows are read under the newest
model); renaming counts as dropping the old and adding the new, so rows with a value are written again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from kgsync.errors import Conflict, KgsyncError, MalformedInput, NotFound, NotSupported
from kgsync.model.coerce import CoercionError, coercer
from kgsync.model.schema import (
    FAMILIES,
    SOURCE_TYPE_DOMAIN,
    Category,
    DataModel,
    Domain,
    FieldIndex,
    FieldType,
    NamedType,
    Property,
    PropertyRole,
    RetiredType,
    TypeRole,
    system_properties,
    tracking_properties,
)
from kgsync.model.schema_edits import DomainChange, ItemResult, PropertyChange, TypeChange
from kgsync.model.values import Value
from kgsync.store.base import Stored, Writing
from kgsync.sync.codec import Codec
from kgsync.sync.names import check_name
from kgsync.sync.provenance import follow, forget_property
from kgsync.sync.rewriting import Rewriter
from kgsync.sync.saving import arrived, clear_left_values, save, swap

MAX_TYPES = 1_000  # of a data model, and properties of a type: every archive carries them all
_PAGE = 2_000  # objects deleted or rewritten at once


# ---- types


def add_types(writing: Writing, types: Iterable[NamedType]) -> list[tuple[Category, ItemResult]]:
    """Add named types, each on its own; objectid and globalid are added to every one."""
    model = writing.data_model()
    results: list[tuple[Category, ItemResult]] = []
    added: list[NamedType] = []
    next_id = model.next_id
    for wanted in types:
        error: KgsyncError | None = None
        try:
            check_name(wanted.name, "type")
            if wanted.role is not TypeRole.REGULAR:
                raise MalformedInput(f"Only a feature of the service makes types like {wanted.name!r} of this role")
            if len(model.types) + len(added) >= MAX_TYPES:
                raise MalformedInput(f"A data model has at most {MAX_TYPES} types")
            if model.named(wanted.name) or any(t.name == wanted.name for t in added):
                raise Conflict(f"A type named {wanted.name!r} exists")
            made, next_id = _made_type(wanted, model, next_id)
            added.append(made)
        except KgsyncError as fault:
            error = fault
        results.append((wanted.category, ItemResult(wanted.name, error)))
    if added:
        save(writing, model, types=model.types + tuple(added), next_id=next_id)
    return results


def _made_type(wanted: NamedType, model: DataModel, next_id: int) -> tuple[NamedType, int]:
    properties: list[Property] = list(system_properties(next_id + 1))
    given = next_id + 3
    if model.tracking is not None:
        properties += tracking_properties(model.tracking, given)
        given += len(properties) - 2
    ours = {p.name for p in properties}
    for p in wanted.properties:
        if p.name in ours:  # some clients list the system properties; ours stand
            continue
        _check_role(p)
        _check_property(p, model, properties)
        properties.append(replace(p, id=given))
        given += 1
    born = model.version + 1
    made = replace(wanted, id=next_id, shape=born, born=born, properties=tuple(properties), indexes=())
    for index in wanted.indexes:
        made = replace(made, indexes=(*made.indexes, _checked_index(made, index)))
    return made, given


def _check_property(wanted: Property, model: DataModel, present: Sequence[Property]) -> None:
    check_name(wanted.name, "property")
    if len(present) >= MAX_TYPES:
        raise MalformedInput(f"A type has at most {MAX_TYPES} properties")
    if any(p.name == wanted.name for p in present):
        raise Conflict(f"A property named {wanted.name!r} exists")
    if wanted.field_type in (FieldType.OID, FieldType.GLOBAL_ID):
        raise MalformedInput(f"property {wanted.name!r}: only the server makes properties of this type")
    if wanted.domain and model.domain(wanted.domain) is None:
        raise NotFound(f"property {wanted.name!r}: the domain {wanted.domain!r} does not exist")
    _check_default(wanted)


def _check_role(wanted: Property) -> None:
    if wanted.role != PropertyRole.REGULAR:
        raise MalformedInput(f"property {wanted.name!r}: only a feature of the service makes properties of this role")


def _check_default(wanted: Property) -> None:
    fit = coercer(wanted)
    for value in wanted.default:
        try:
            fit(value)
        except CoercionError as error:
            raise MalformedInput(f"property {wanted.name!r}: the default does not fit: {error}") from None


def update_type(writing: Writing, type_name: str, change: TypeChange, codec: Codec) -> None:
    """Change a type's masked attributes. Raises UnknownType, Conflict, MalformedInput."""
    model = writing.data_model()
    found = model.require(type_name)
    if change.masked & {"name", "role"}:
        _check_regular(found)
        if "role" in change.masked and change.replacement.role is not TypeRole.REGULAR:
            raise MalformedInput("Only a feature of the service makes types of this role")
    wanted = {name: getattr(change.replacement, name) for name in change.masked - {"name"}}
    changed = replace(found, **wanted)
    new_name = change.replacement.name if "name" in change.masked else found.name
    if new_name == found.name:
        save(writing, model, types=swap(model.types, changed))
        return
    check_name(new_name, "type")
    if model.named(new_name) is not None:
        raise Conflict(f"A type named {new_name!r} exists")
    _rename_type(writing, model, changed, new_name, codec)


def _check_regular(found: NamedType) -> None:
    if found.role is not TypeRole.REGULAR:
        raise MalformedInput(f"The type {found.name!r} belongs to a feature of the service and cannot change or go")


def _rename_type(writing: Writing, model: DataModel, found: NamedType, name: str, codec: Codec) -> None:
    born = model.version + 1  # all its rows are written again
    renamed = replace(found, id=model.next_id, name=name, shape=born, born=born)
    types = tuple(
        replace(t, end_points=tuple((_moved(o, found, renamed), _moved(d, found, renamed)) for o, d in t.end_points))
        for t in (renamed if t.id == found.id else t for t in model.types)
    )
    gone = RetiredType(id=found.id, name=found.name, category=found.category, successor=renamed.id, left=born)
    rewriter = Rewriter(writing, model, codec)
    after = save(
        writing,
        model,
        types=types,
        retired=(*model.retired, gone),
        next_id=model.next_id + 1,
        constraints=tuple(rule.renamed(found.name, name) for rule in model.constraints),
    )
    rewriter.retype(found, renamed, after)
    follow(writing, after, (found.name, None), (name, None), codec)


def _moved(type_id: int, found: NamedType, renamed: NamedType) -> int:
    return renamed.id if type_id == found.id else type_id


def delete_type(writing: Writing, type_name: str) -> list[str]:
    """Delete a type with all its objects and the relationships connected to them; give warnings."""
    model = writing.data_model()
    found = model.require(type_name)
    _check_regular(found)
    removed = cascaded = orphaned = 0
    while page := writing.objects_of(found.id, None, _PAGE):
        ids = {stored.id for stored in page}
        links = {link.id for link in writing.connected(ids)} if found.category is Category.ENTITY else set()
        records = {record.id for record in writing.records_about(ids | links)}
        writing.remove(ids | links | records)
        removed += len(ids)
        cascaded += len(links - ids)
        orphaned += len(records)
    gone = RetiredType(id=found.id, name=found.name, category=found.category, left=model.version + 1)
    types = tuple(
        replace(t, end_points=tuple(pair for pair in t.end_points if found.id not in pair))
        for t in model.types
        if t.id != found.id
    )
    rules = tuple(rule.without(found.name) for rule in model.constraints)
    save(writing, model, types=types, retired=(*model.retired, gone), constraints=rules)
    told = (
        (removed, f"objects of type {type_name!r}"),
        (cascaded, "relationships connected to them"),
        (orphaned, "provenance records about them"),
    )
    return [f"{count} {what} were deleted" for count, what in told if count]


# ---- properties


def add_properties(writing: Writing, type_name: str, properties: Iterable[Property], codec: Codec) -> list[ItemResult]:
    """Add properties, each on its own; existing objects read null (a default fills only new ones)."""
    model = writing.data_model()
    found = model.require(type_name)
    present, results, next_id = list(found.properties), [], model.next_id
    for wanted in properties:
        error: KgsyncError | None = None
        try:
            _check_role(wanted)
            _check_property(wanted, model, present)
            present.append(replace(wanted, id=next_id))
            next_id += 1
        except KgsyncError as fault:
            error = fault
        results.append(ItemResult(wanted.name, error))
    if len(present) > len(found.properties):
        changed = arrived(replace(found, properties=tuple(present), shape=model.version + 1), found)
        after = save(writing, model, types=swap(model.types, changed), next_id=next_id)
        clear_left_values(writing, found, changed, model, after, codec)
    return results


def _own_property(named_type: NamedType, name: str) -> Property:
    found = named_type.property(name)
    if found is None:
        raise NotFound(f"The type {named_type.name!r} has no property {name!r}")
    if found.system:
        raise MalformedInput(f"property {name!r} is maintained by the server and cannot change")
    if named_type.role is not TypeRole.REGULAR and found.role != PropertyRole.REGULAR:
        raise MalformedInput(f"property {name!r} belongs to a feature of the service and cannot change")
    return found


def update_property(writing: Writing, type_name: str, change: PropertyChange, codec: Codec) -> None:
    """Change a property's masked attributes; stored values follow a new name or field type.

    Raises UnknownType, NotFound, Conflict, MalformedInput (a stored value does not fit; nothing changes).
    """
    model = writing.data_model()
    named_type = model.require(type_name)
    found = _own_property(named_type, change.property_name)
    wanted = replace(found, **{name: getattr(change.replacement, name) for name in change.masked})
    _check_property(wanted, model, [p for p in named_type.properties if p.id != found.id])
    alike = found.field_type == wanted.field_type or any(
        {found.field_type, wanted.field_type} <= family for family in FAMILIES
    )
    rewritten = wanted.name != found.name or not alike
    if rewritten:
        wanted = replace(wanted, id=model.next_id)
    properties = tuple(wanted if p.id == found.id else p for p in named_type.properties)
    indexes = tuple(
        replace(i, properties=tuple(wanted.name if n == found.name else n for n in i.properties))
        for i in named_type.indexes
    )
    shape = model.version + 1 if rewritten else named_type.shape
    changed = arrived(replace(named_type, properties=properties, indexes=indexes, shape=shape), named_type)
    rewriter = Rewriter(writing, model, codec)
    after = save(writing, model, types=swap(model.types, changed), next_id=model.next_id + rewritten)
    if rewritten or found.field_type != wanted.field_type or found.geometry_kind != wanted.geometry_kind:
        rewriter.rewrite(named_type, changed, after, _converter(found, wanted), keep=not rewritten)
    clear_left_values(writing, named_type, changed, model, after, codec)
    if wanted.name != found.name:
        follow(writing, after, (type_name, found.name), (type_name, wanted.name), codec)


def _converter(found: Property, wanted: Property) -> Callable[[Stored, dict[str, Value]], dict[str, Value] | None]:
    fit = coercer(wanted)

    def convert(stored: Stored, values: dict[str, Value]) -> dict[str, Value] | None:
        value = values.pop(found.name, None)
        if value is None:
            return None
        try:
            values[wanted.name] = fit(value)
        except CoercionError as error:
            raise MalformedInput(
                f"property {found.name!r} of object {stored.id} does not fit: {error}; nothing was changed"
            ) from None
        return values

    return convert


def delete_property(writing: Writing, type_name: str, name: str) -> None:
    """Delete a property and the indexes that name it. Raises UnknownType, NotFound, MalformedInput."""
    model = writing.data_model()
    named_type = model.require(type_name)
    found = _own_property(named_type, name)
    changed = replace(
        named_type,
        properties=tuple(p for p in named_type.properties if p.id != found.id),
        indexes=tuple(i for i in named_type.indexes if name not in i.properties),
        shape=model.version + 1,
    )
    forget_property(writing, model, type_name, name)
    save(writing, model, types=swap(model.types, arrived(changed, named_type)))


# ---- indexes


def _checked_index(named_type: NamedType, index: FieldIndex) -> FieldIndex:
    check_name(index.name, "index")
    if any(i.name == index.name for i in named_type.indexes):
        raise Conflict(f"An index named {index.name!r} exists")
    if not index.properties:
        raise MalformedInput(f"index {index.name!r} names no property")
    for name in index.properties:
        if named_type.property(name) is None:
            raise NotFound(f"index {index.name!r}: the type has no property {name!r}")
    if index.unique:
        raise NotSupported(f"index {index.name!r}: unique indexes are not supported")
    return index


def add_indexes(writing: Writing, type_name: str, indexes: Iterable[FieldIndex]) -> list[ItemResult]:
    """Add indexes, each on its own."""
    model = writing.data_model()
    changed = named_type = model.require(type_name)
    results: list[ItemResult] = []
    for index in indexes:
        error: KgsyncError | None = None
        try:
            changed = replace(changed, indexes=(*changed.indexes, _checked_index(changed, index)))
        except KgsyncError as fault:
            error = fault
        results.append(ItemResult(index.name, error))
    if changed is not named_type:
        save(writing, model, types=swap(model.types, changed))
    return results


def delete_indexes(writing: Writing, type_name: str, names: Iterable[str]) -> list[ItemResult]:
    """Delete indexes, each on its own."""
    model = writing.data_model()
    named_type = model.require(type_name)
    left = {index.name: index for index in named_type.indexes}
    results: list[ItemResult] = []
    for name in names:
        gone = left.pop(name, None)
        error = None if gone else NotFound(f"The type {type_name!r} has no index {name!r}")
        results.append(ItemResult(name, error))
    if len(left) < len(named_type.indexes):
        save(writing, model, types=swap(model.types, replace(named_type, indexes=tuple(left.values()))))
    return results


# ---- domains


def add_domain(writing: Writing, domain: Domain) -> None:
    """Add a domain. Raises Conflict, MalformedInput."""
    model = writing.data_model()
    check_name(domain.name, "domain")
    if model.domain(domain.name) is not None:
        raise Conflict(f"A domain named {domain.name!r} exists")
    save(writing, model, domains=(*model.domains, domain))


def _own_domain(model: DataModel, name: str) -> Domain:
    found = model.domain(name)
    if found is None:
        raise NotFound(f"The domain {name!r} does not exist")
    if name == SOURCE_TYPE_DOMAIN:
        raise MalformedInput(f"The domain {name!r} belongs to a feature of the service and cannot change or go")
    return found


def update_domain(writing: Writing, name: str, change: DomainChange) -> None:
    """Change a domain's masked attributes; properties follow a new name. Raises NotFound, Conflict."""
    model = writing.data_model()
    found = _own_domain(model, name)
    attributes = change.masked - {"codes"} | ({"codes", "range"} if "codes" in change.masked else set())
    wanted = replace(found, **{a: getattr(change.replacement, a) for a in attributes})
    types = model.types
    if wanted.name != name:
        check_name(wanted.name, "domain")
        if model.domain(wanted.name) is not None:
            raise Conflict(f"A domain named {wanted.name!r} exists")
        types = tuple(
            replace(
                t, properties=tuple(replace(p, domain=wanted.name) if p.domain == name else p for p in t.properties)
            )
            for t in types
        )
    save(writing, model, types=types, domains=tuple(wanted if d.name == name else d for d in model.domains))


def delete_domain(writing: Writing, name: str) -> None:
    """Delete a domain nothing uses. Raises NotFound, Conflict."""
    model = writing.data_model()
    _own_domain(model, name)
    users = [f"{t.name}.{p.name}" for t in model.types for p in t.properties if p.domain == name]
    if users:
        raise Conflict(f"The domain {name!r} is in use by {', '.join(users[:5])}")
    save(writing, model, domains=tuple(d for d in model.domains if d.name != name))
