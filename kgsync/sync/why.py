"""Why an object is, or is not, with a replica: its last versions, its type, its ends, the delta that carried it."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, replace
from uuid import UUID

from kgsync.model.history import Moment
from kgsync.model.replica import Definition, Replica, TypeDefinition, Warnings
from kgsync.model.schema import DataModel
from kgsync.store.base import Held, Reading
from kgsync.sync.membership import resolve

VERSIONS = 10  # of one object: enough to see what happened last


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionNote:
    """One version; `carried` is the first date known to have been served while it stood.

    `skipped` says that it had ended before anything was served, so no delta carries it.
    """

    type_name: str
    since: Moment
    closed: Moment | None
    ended: bool
    brought_by: UUID | None
    carried: Moment | None
    skipped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EndNote:
    """An end point of a relationship; `type_name` is None when the object does not exist."""

    word: str
    id: UUID
    type_name: str | None
    in_definition: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What can be said of one object and one replica at the read view's clock.

    `member` is None where membership hangs on what is not looked at here. `reasons` say why, one
    sentence each. `versions` are the newest, the present one first.
    """

    id: UUID
    exists: bool
    type_name: str | None
    in_definition: bool
    member: bool | None
    reasons: tuple[str, ...]
    ends: tuple[EndNote, ...]
    versions: tuple[VersionNote, ...]
    served: Moment
    presented: Moment


def why(reading: Reading, replica: Replica, id: UUID) -> Explanation:
    """Explain an object to a replica; nothing is raised for an id nobody knows."""
    model = reading.data_model()
    held = reading.versions(id, VERSIONS)
    definition = replica.definition
    wanted = _wanted(definition, model)
    newest = held[0] if held else None
    in_definition = newest is not None and newest.type in wanted
    ends = () if newest is None else _ends(reading, newest, wanted, model)
    member, reasons = _membership(newest, in_definition, ends, model)
    if member is not False or _pulls_in(definition):
        unsaid = _unsaid(newest, ends, wanted, definition)
        member, reasons = (None, [*reasons, *unsaid]) if unsaid else (member, reasons)
    dates = _served_dates(reading, replica)
    return Explanation(
        id=id,
        exists=newest is not None and newest.closed is None,
        type_name=None if newest is None else model.label(newest.type),
        in_definition=in_definition,
        member=member,
        reasons=tuple(reasons),
        ends=ends,
        versions=tuple(_note(version, model, dates) for version in held),
        served=replica.served,
        presented=replica.presented,
    )


def _wanted(definition: Definition, model: DataModel) -> dict[int, TypeDefinition]:
    """Map the ids of member types, former ones included, to what the definition says of each."""
    found: dict[int, TypeDefinition] = {}
    for wanted in definition.types:
        membership, _ = resolve(replace(definition, types=(wanted,)), model, Warnings())
        found |= dict.fromkeys(membership.entities | membership.relationships, wanted)
    return found


def _pulls_in(definition: Definition) -> bool:
    """Say whether objects of types that are not listed may belong, too."""
    return any(t.documents or t.provenance is not None for t in definition.types)


def _unsaid(
    newest: Held | None, ends: tuple[EndNote, ...], wanted: dict[int, TypeDefinition], definition: Definition
) -> list[str]:
    """Name what membership hangs on beyond types and ends: nothing here evaluates it yet."""
    if newest is None or newest.closed is not None:
        return []
    if newest.type not in wanted:
        return ["whether an option for documents or provenance brings it is not said here"]
    names = {t.name for t in definition.types if t.where.strip()}
    types = [wanted[newest.type].name, *(end.type_name for end in ends)]
    return [f"whether the where-clause of {name} holds is not said here" for name in types if name in names]


def _ends(reading: Reading, held: Held, wanted: Container[int], model: DataModel) -> tuple[EndNote, ...]:
    given = [(word, end) for word, end in (("origin", held.origin), ("destination", held.dest)) if end is not None]
    types = reading.types_of([end for _, end in given])
    return tuple(
        EndNote(
            word=word,
            id=end,
            type_name=model.label(types[end]) if end in types else None,
            in_definition=types.get(end) in wanted,
        )
        for word, end in given
    )


def _membership(
    newest: Held | None, in_definition: bool, ends: tuple[EndNote, ...], model: DataModel
) -> tuple[bool | None, list[str]]:
    """Say whether the object is a member now, and why.

    Clauses, documents and provenance are asked here, once the store answers for single objects.
    """
    if newest is None:
        return False, ["no object with this id exists, and none is remembered"]
    label = model.label(newest.type)
    if newest.closed is not None:
        told = "was deleted" if newest.ended else "ended"
        return False, [f"the object {told} at {newest.closed}"]
    if not in_definition:
        return False, [f"its type {label} is not in the definition"]
    reasons = [f"its type {label} is in the definition"]
    outside = [end for end in ends if not end.in_definition]
    for end in outside:
        missing = f"its {end.word} {end.id} does not exist"
        reasons.append(
            missing
            if end.type_name is None
            else f"its {end.word} {end.id} is of the type {end.type_name}, which is not in the definition"
        )
    return not outside, reasons


def _served_dates(reading: Reading, replica: Replica) -> list[Moment]:
    return sorted({*(kept.moment for kept in reading.digests(replica.id)), replica.served})


def _note(held: Held, model: DataModel, dates: list[Moment]) -> VersionNote:
    date = next((date for date in dates if date >= held.since), None)
    skipped = held.closed is not None and (date is None or held.closed <= date)
    return VersionNote(
        type_name=model.label(held.type),
        since=held.since,
        closed=held.closed,
        ended=held.ended,
        brought_by=held.brought_by,
        carried=None if skipped else date,
        skipped=skipped,
    )
