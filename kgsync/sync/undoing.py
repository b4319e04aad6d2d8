"""Bringing back what a conflict overwrote, by an ordinary edit, and what went with it when it was deleted.

Nothing is lost by it: what stands in its place is kept as a conflict of its own, so a restore can be
undone like an upload can.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from uuid import UUID

from kgsync.errors import Conflict
from kgsync.model.edits import ALL_EDITS, Add, Batch, EditsHeader, Op, Outcome, Update
from kgsync.model.history import Moment
from kgsync.model.schema import Category, NamedType
from kgsync.store.base import ConflictEntry, Held, Overwritten, Stored, Writing
from kgsync.sync.codec import Codec
from kgsync.sync.conflicts import RESTORE, found_conflict, reader_of
from kgsync.sync.overwriting import CASCADE
from kgsync.sync.rows import RowReader, Values
from kgsync.sync.upload import Caller, apply_edits

_TOOK = {"delete", CASCADE}  # operations of conflicts whose object went


@dataclass(frozen=True, slots=True, kw_only=True)
class Companion:
    """A relationship or record that went with an object; `conflict` is its own, if it has one.

    `reason` says why it could not come back, "" when it did.
    """

    id: UUID
    type_name: str
    conflict: int | None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a restore did at its Moment.

    `kept` is the conflict under which the content it overwrote is kept, None if there was none. `back` came
    back with a deleted object, `left` could not. `forgotten` says that history of the deletion was trimmed: only
    conflicts of the same upload were left to come back with it.
    """

    moment: Moment
    kept: int | None
    back: tuple[Companion, ...]
    left: tuple[Companion, ...]
    forgotten: bool


def restore(writing: Writing, number: int, codec: Codec, user: str, new_id: Callable[[], UUID]) -> Restored:
    """Write the overwritten content again as an ordinary edit of `user`.

    A deleted object is added again with its id, and with it the relationships and records that went along when it
    was deleted. Raises NotFound (no such conflict), Conflict (it is restored already, what it needs is gone, or
    something else is in the way).
    """
    entry, row = found_conflict(writing, number)
    if entry.restored is not None:
        raise Conflict(
            f"Conflict {number} was restored at {entry.restored} already, and nothing was changed now; what was "
            "overwritten since has a number of its own, restore that or edit the object"
        )
    reader = reader_of(writing, codec)
    named_type = reader.living(entry.type)
    if named_type is None:
        raise Conflict(f"The type {reader.model.label(entry.type)!r} of this object was deleted from the data model")
    present = writing.find([entry.object]).get(entry.object)
    batch = _edit(writing, entry, row, named_type, reader, present)
    deleted = None if present is not None else _deleted(writing, entry.object)
    gone = _Gone() if present is not None else _went_along(writing, entry, deleted, named_type, reader)
    caller = Caller(user=user, allowed=ALL_EDITS, rollback=False, new_id=new_id)
    outcome = apply_edits(writing, EditsHeader(), [[batch], gone.relationships(), gone.records()], codec, caller)
    for error in outcome.at(batch.op, _told_as(batch.category), batch.type_name).errors.values():
        raise Conflict(f"Conflict {number} cannot be restored: {error.message}")
    every = [*gone.answered(outcome), *gone.left]
    back = tuple(each for each in every if not each.reason)
    for restored in [number, *(each.conflict for each in back if each.conflict is not None)]:
        writing.mark_restored(restored)
    return Restored(
        moment=writing.moment,
        kept=None if present is None else _keep(writing, entry, present, user),
        back=back,
        left=tuple(each for each in every if each.reason),
        forgotten=present is None and deleted is None,
    )


def _told_as(category: Category) -> Category:
    """Name the category under which results are told: records stand among entities."""
    return Category.ENTITY if category is Category.PROVENANCE else category


def _edit(
    writing: Writing, entry: ConflictEntry, row: bytes, named_type: NamedType, reader: RowReader, present: Stored | None
) -> Batch:
    values = _editable(named_type, reader.values(entry.type, entry.schema, row))
    if present is None:
        _check_ends(writing, entry, named_type)
        add = Add(entry.object, values, entry.origin, entry.dest)
        return Batch(Op.ADD, named_type.category, named_type.name, [add])
    connects = named_type.category is Category.RELATIONSHIP
    if connects and present.type == named_type.id and (present.origin, present.dest) != (entry.origin, entry.dest):
        raise Conflict(f"{named_type.name} {entry.object} connects other objects now; delete it first")
    # What the row could not say is not overwritten with nothing.
    then = writing.data_model(entry.schema).type(entry.type)
    known = {p.id for p in (named_type if then is None else then).properties}
    said = {p.name for p in named_type.properties if p.id in known}
    given = {name: value for name, value in values.items() if name in said}
    return Batch(Op.UPDATE, named_type.category, named_type.name, [Update(entry.object, given)])


def _editable(named_type: NamedType, values: Values) -> Values:
    """Leave out what the server keeps itself, and nulls where today's type takes none."""
    mine: Iterable[str] = (p.name for p in named_type.properties if not p.system)
    nullable = {p.name: p.nullable for p in named_type.properties}
    return {name: values.get(name) for name in mine if values.get(name) is not None or nullable[name]}


def _check_ends(writing: Writing, entry: ConflictEntry, named_type: NamedType) -> None:
    if named_type.category is not Category.RELATIONSHIP:
        return
    ends = [end for end in (entry.origin, entry.dest) if end is not None]
    alive = writing.types_of(ends)
    for end in ends:
        if end not in alive:
            raise Conflict(f"The relationship {entry.object} cannot be added again: its end {end} does not exist")


def _keep(writing: Writing, entry: ConflictEntry, present: Stored, user: str) -> int | None:
    """Keep what the restore overwrote; nothing when both say the same."""
    if writing.types_of([present.id]) and writing.find([present.id])[present.id].changed == present.changed:
        return None
    writing.put_conflicts([Overwritten(present, RESTORE, entry.moment, entry.replica, user)])
    return writing.conflicts(None, 1)[0].number


# ---- what went along


@dataclass(slots=True)
class _Gone:
    """Adds of what went along, by type in the order they are to apply, and what cannot be added at all."""

    adds: dict[tuple[Category, str], list[Add]] = field(default_factory=dict)
    left: list[Companion] = field(default_factory=list)
    conflicts: dict[UUID, int] = field(default_factory=dict)

    def relationships(self) -> list[Batch]:
        return list(self._batches(Category.RELATIONSHIP))

    def records(self) -> list[Batch]:
        return list(self._batches(Category.PROVENANCE))

    def _batches(self, category: Category) -> Iterator[Batch]:
        for (wanted, name), adds in self.adds.items():
            if wanted is category:
                yield Batch(Op.ADD, category, name, list(adds))

    def answered(self, outcome: Outcome) -> Iterator[Companion]:
        for (category, name), adds in self.adds.items():
            errors = outcome.at(Op.ADD, _told_as(category), name).errors
            for index, add in enumerate(adds):
                assert isinstance(add.id, UUID), "it had one"
                reason = errors[index].message.removeprefix(f"{name} {add.id}: ") if index in errors else ""
                yield Companion(id=add.id, type_name=name, conflict=self.conflicts.get(add.id), reason=reason)


def _deleted(writing: Writing, id: UUID) -> Moment | None:
    """Say when an object that is not there was deleted last; None when that is not kept any more."""
    return next((version.closed for version in writing.versions(id, 1)), None)


def _went_along(
    writing: Writing, entry: ConflictEntry, deleted: Moment | None, named_type: NamedType, reader: RowReader
) -> _Gone:
    """Find what is kept of the commit that deleted an object and belongs to it: its relationships, the records about
    it and about them. Without history the upload that made the conflict is taken for the one that deleted it."""
    gone, moment = _Gone(), deleted or entry.moment
    if named_type.category is Category.PROVENANCE:
        return gone
    owners = {entry.object}
    if named_type.category is Category.ENTITY:
        owners |= _note(writing, moment, owners, reader, gone, Category.RELATIONSHIP)
    _note(writing, moment, owners, reader, gone, Category.PROVENANCE)
    return gone


def _note(
    writing: Writing, moment: Moment, ids: Collection[UUID], reader: RowReader, gone: _Gone, category: Category
) -> set[UUID]:
    """Note what of one category went along with these objects; give the ids."""
    kept: dict[UUID, Held | ConflictEntry] = {each.id: each for each in writing.ended_around(moment, ids)}
    rows = {each.id: each.row for each in kept.values() if isinstance(each, Held)}
    around = writing.conflicts_around(moment, ids)
    alive = writing.types_of([entry.object for entry, _ in around])
    for entry, row in around:
        if entry.restored is not None or (entry.operation not in _TOOK and entry.object in alive):
            kept.pop(entry.object, None)  # it came back on its own, or never went
            continue
        kept[entry.object], rows[entry.object] = entry, row
        gone.conflicts[entry.object] = entry.number
    found: set[UUID] = set()
    for id, each in kept.items():
        if reader.model.category(each.type) is not category or (
            category is Category.PROVENANCE and each.origin not in ids
        ):
            continue
        found.add(id)
        named_type = reader.living(each.type)
        if named_type is None:
            label = reader.model.label(each.type)
            reason = f"the type {label!r} was deleted from the data model"
            gone.left.append(Companion(id=id, type_name=label, conflict=gone.conflicts.get(id), reason=reason))
            continue
        values = _editable(named_type, reader.values(each.type, each.schema, rows[id]))
        ends = (each.origin, each.dest) if category is Category.RELATIONSHIP else (None, None)
        gone.adds.setdefault((category, named_type.name), []).append(Add(id, values, *ends))
    return found
