"""Why an object is, or is not, with a replica: its last versions, its type, its ends, the deltas that carried it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from kgsync.model.history import Moment
from kgsync.model.replica import Replica, Warnings
from kgsync.model.schema import DataModel
from kgsync.store.base import Held, Membership, Reading
from kgsync.sync.carried import Carriage, carriage
from kgsync.sync.codec import Codec
from kgsync.sync.membership import resolve
from kgsync.sync.ways import Ways

VERSIONS = 10  # of one object: enough to see what happened last


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionNote:
    """One version of the object; `closed` is None on the present one, `ended` says that the object was deleted then."""

    type_name: str
    since: Moment
    closed: Moment | None
    ended: bool
    brought_by: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndNote:
    """An end point of a relationship; `type_name` is None when the object does not exist.

    `is_source` says of a member that it is a document no relationship leads to: a source of records only.
    """

    word: str
    id: UUID
    type_name: str | None
    in_definition: bool
    member: bool
    is_source: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What can be said of one object and one replica at the read view's clock.

    `reasons` say why, one sentence each. `versions` are the newest, the present one first. `carriage` is what
    deltas said of the object.
    """

    id: UUID
    exists: bool
    type_name: str | None
    in_definition: bool
    member: bool
    reasons: tuple[str, ...]
    ends: tuple[EndNote, ...]
    versions: tuple[VersionNote, ...]
    carriage: Carriage
    served: Moment
    presented: Moment


def why(reading: Reading, replica: Replica, id: UUID, codec: Codec) -> Explanation:
    """Explain an object to a replica; nothing is raised for an id nobody knows."""
    model = reading.data_model()
    held = reading.versions(id, VERSIONS)
    resolved = resolve(reading, replica.seen, codec, Warnings())
    membership = resolved.membership
    wanted = membership.types()
    asked = _Asked(reading, membership, model)
    newest = held[0] if held else None
    in_definition = newest is not None and newest.type in wanted
    ends = () if newest is None or newest.type in membership.records else asked.ends(newest)
    member, reasons = asked.about(newest, ends)
    return Explanation(
        id=id,
        exists=newest is not None and newest.closed is None,
        type_name=None if newest is None else model.label(newest.type),
        in_definition=in_definition,
        member=member,
        reasons=tuple(reasons),
        ends=ends,
        versions=tuple(_note(version, model) for version in held),
        carriage=carriage(reading, replica, id, resolved, codec, member=member),
        served=replica.served,
        presented=replica.presented,
    )


class _Asked:
    """Ask the store about single objects, and say in words why they are members or not."""

    def __init__(self, reading: Reading, membership: Membership, model: DataModel) -> None:
        self._reading, self._membership, self._model = reading, membership, model
        self._ways = Ways(reading, membership, model)

    def ends(self, held: Held) -> tuple[EndNote, ...]:
        given = [(word, end) for word, end in (("origin", held.origin), ("destination", held.dest)) if end is not None]
        types = self._reading.types_of([end for _, end in given])
        members = self._reading.members_among(self._membership, list(types))
        return tuple(
            EndNote(
                word=word,
                id=end,
                type_name=self._model.label(types[end]) if end in types else None,
                in_definition=types.get(end) in self._membership.types(),
                member=end in members,
                is_source=end in members and types[end] in self._membership.document and not self._ways.is_end(end),
            )
            for word, end in given
        )

    def about(self, newest: Held | None, ends: tuple[EndNote, ...]) -> tuple[bool, list[str]]:
        """Say whether the object is a member now, and why."""
        if newest is None:
            return False, ["no object with this id exists, and none is remembered"]
        label = self._model.label(newest.type)
        if newest.closed is not None:
            told = "was deleted" if newest.ended else "ended"
            return False, [f"the object {told} at {newest.closed}"]
        if newest.type not in self._membership.types():
            return False, [f"its type {label} is not in the definition{self._unasked(newest.type)}"]
        member = newest.id in self._reading.members_among(self._membership, [newest.id])
        return member, [*self._own(newest, label), *map(self._end, ends), *self._pulled(newest, member)]

    def _unasked(self, type_id: int) -> str:
        m = self._membership
        if type_id in m.records:
            return ", for it asks for no provenance"
        return ", for it asks for no documents" if type_id in m.document | m.has_document else ""

    def _own(self, held: Held, label: str) -> list[str]:
        m = self._membership
        if held.type not in m.entities | m.relationships:
            return [f"its type {label} comes along with what it belongs to"]
        reasons = [f"its type {label} is in the definition"]
        bound = m.filters.get(held.type)
        if bound is not None:
            verdict = "TRUE" if self._ways.selected(held) else "not TRUE"
            reasons.append(f"the where-clause {bound.filter.text!r} is {verdict} of it")
        return reasons

    def _end(self, end: EndNote) -> str:
        if end.type_name is None:
            return f"its {end.word} {end.id} does not exist"
        if not end.in_definition:
            return f"its {end.word} {end.id} is of the type {end.type_name}, which is not in the definition"
        if end.member and end.is_source:
            return f"its {end.word} {end.id} is in the replica as a source only, which relationships do not lead to"
        return f"its {end.word} {end.id} is {'' if end.member else 'not '}in the replica"

    def _pulled(self, held: Held, member: bool) -> list[str]:
        m = self._membership
        if held.type in m.document:
            return self._ways.of_document(held.id, member=member)
        if held.type in m.has_document:
            return [self._ways.of_link(held.origin)]
        return [self._ways.of_record(held.origin)] if held.type in m.records else []


def _note(held: Held, model: DataModel) -> VersionNote:
    return VersionNote(
        type_name=model.label(held.type),
        since=held.since,
        closed=held.closed,
        ended=held.ended,
        brought_by=held.brought_by,
    )
