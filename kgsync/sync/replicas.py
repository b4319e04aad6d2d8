"""Registering replicas: names, ids, directions; who may see which."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from kgsync.errors import Conflict, Forbidden, KgsyncError, NotFound
from kgsync.model.history import ORIGIN, Moment
from kgsync.model.replica import CreateReplica, Definition, Direction, Replica, Sight, Unregister, Warnings
from kgsync.store.base import Reading, Registering, Writing
from kgsync.sync.codec import Codec
from kgsync.sync.membership import bind, warn_of_empty

# Dates from before the oldest of these need a snapshot.
MAX_SIGHTS = 8
MAX_REPLICAS = 1_000  # per service; each costs under 1 KB, but a list must stay readable


@dataclass(frozen=True, slots=True, kw_only=True)
class Registrar:
    """Who asks, and what they may: `sees_all` for administrators and the service owner.

    `creator` is the account whose objects alone their own replicas hold; None: all.
    """

    user: str
    sees_all: bool
    may_edit: bool
    creator: str | None = None


def visible(reading: Reading, replica_id: UUID, registrar: Registrar, *, features: bool | None = False) -> Replica:
    """Find a replica the caller may see: of the graph, with `features` of its layers, with None of either.

    Raises NotFound alike for unknown and foreign ones.
    """
    found = reading.replica(replica_id)
    if found is None or not (registrar.sees_all or found.owner == registrar.user) or not _of_face(found, features):
        raise NotFound(f"The replica {replica_id} does not exist")
    return found


def _of_face(replica: Replica, features: bool | None) -> bool:
    return features is None or (replica.face is not None) == features


def settle_sight(writing: Writing, replica_id: UUID, creator: str | None) -> None:
    """Have a replica see only what `creator` created, or all again, from now on.

    Dates up to the newest served were served by the sight before, and no other date was: what lies between is of
    the new sight, or whoever makes up a date would learn what they never held. The commit this is done in moves
    the clock on, so that whatever is served next has a date of its own.
    """
    found = writing.replica(replica_id)
    if found is not None and found.sights[-1].creator != creator:
        since = Moment(found.served.ms + 1)
        kept = [sight for sight in found.sights if sight.since < since]
        writing.put_sights(replica_id, (*kept[1 - MAX_SIGHTS :], Sight(since, creator)))


def check_sight(present: Replica, used: Replica) -> None:
    """Refuse to publish an archive made for what the replica owner may not see any more. Raises Conflict."""
    if present.sights != used.sights:
        raise Conflict("What the replica owner may see changed just now; ask again")


def free_name(wanted: str, taken: Iterable[str]) -> str:
    """Derive a name not taken, regardless of case: `wanted`, else wanted_0, wanted_1, ..."""
    keys = {name.casefold() for name in taken}
    if wanted.casefold() not in keys:
        return wanted
    number = 0
    while f"{wanted}_{number}".casefold() in keys:
        number += 1
    return f"{wanted}_{number}"


def _direction(asked: Direction, registrar: Registrar, warnings: Warnings) -> Direction:
    if asked is Direction.UNSPECIFIED:
        if registrar.may_edit:
            return Direction.BIDIRECTIONAL
        warnings.add("The service takes no edits from this user; the replica only downloads")
        return Direction.DOWNLOAD
    if asked.uploads and not registrar.may_edit:
        raise Forbidden(f"A {asked.name} replica needs the right to edit this service")
    return asked


def _definition(
    reading: Reading, call: CreateReplica, registrar: Registrar, codec: Codec, warnings: Warnings
) -> Definition:
    if call.reference is not None:
        return visible(reading, call.reference, registrar).definition
    assert call.definition is not None, "decoding leaves one of both"
    return bind(call.definition, reading.data_model(), codec, warnings)


def prepare(
    reading: Reading,
    call: CreateReplica,
    registrar: Registrar,
    *,
    now: int,
    new_id: Callable[[], UUID],
    codec: Codec,
    warnings: Warnings,
    bound: Definition | None = None,
) -> Replica:
    """Make the replica a call asks for, not yet registered or named; a known id of the same owner and
    definition gives the existing one. `bound` is its definition where another replica has it already.

    Raises UnknownType, MalformedInput, NotSupported, Forbidden, NotFound (reference), Conflict.
    """
    direction = _direction(call.direction, registrar, warnings)
    definition = _definition(reading, call, registrar, codec, warnings) if bound is None else bound
    warn_of_empty(reading, definition, codec, warnings)
    existing = None if call.replica_id is None else reading.replica(call.replica_id)
    if existing is not None:
        if (existing.owner, existing.definition, existing.direction) != (registrar.user, definition, direction):
            raise Conflict(f"The replica id {existing.id} is taken")
        return existing
    return Replica(
        id=call.replica_id or new_id(),
        name="",
        requested_name=call.requested_name or "",
        owner=registrar.user,
        direction=direction,
        definition=definition,
        created=now,
        served=reading.clock(),
        presented=ORIGIN,
        last_contact=now,
        sights=(Sight(ORIGIN, registrar.creator),),
        face=call.face,
    )


def register(registering: Registering, made: Replica, sync_date: Moment, now: int, *, service_name: str) -> Replica:
    """Register a prepared replica under a free name, or note a fresh archive of an existing one.

    Raises Forbidden past the limit of replicas, Conflict, TakenInStore when another process took the name
    or id just now; registering again finds another name.
    """
    existing = registering.replica(made.id)
    if existing is not None:
        if existing.owner != made.owner or existing.definition != made.definition:
            raise Conflict(f"The replica id {made.id} is taken")
        check_sight(existing, made)
        return registering.note_contact(made.id, sync_date, None, now)
    others = registering.replicas()
    if len(others) >= MAX_REPLICAS:
        raise Forbidden(f"A service has at most {MAX_REPLICAS} replicas; unregister some")
    wanted = made.requested_name or f"{service_name}_Replica"
    name = free_name(wanted, (r.name for r in others))
    registered = replace(made, name=name, served=sync_date, last_contact=now)
    registering.add_replica(registered)
    return registered


def listed(reading: Reading, registrar: Registrar, *, features: bool = False) -> list[Replica]:
    """List the replicas the caller may see, of the graph or of its layers, in the order they were made."""
    found = reading.replicas(None if registrar.sees_all else registrar.user)
    return [replica for replica in found if _of_face(replica, features)]


def unregister(
    registering: Registering, call: Unregister, registrar: Registrar, *, features: bool = False
) -> list[tuple[UUID, KgsyncError | None]]:
    """Unregister replicas; one result per id, in request order. A repeated id fails the second time."""
    ids = [r.id for r in listed(registering, registrar, features=features)] if call.everything else list(call.ids)
    results: list[tuple[UUID, KgsyncError | None]] = []
    for replica_id in ids:
        try:
            visible(registering, replica_id, registrar, features=features)
        except NotFound as error:
            results.append((replica_id, error))
        else:
            registering.remove_replica(replica_id)
            results.append((replica_id, None))
    return results
