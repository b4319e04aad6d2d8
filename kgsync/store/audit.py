"""The audit log: one chain of hashed rows per service and one of the server, appended to and never changed.

A head row per chain is locked by whoever appends, so rows stand in the order of their commits; it also holds
the last number and hash, so rows cut off the end are missed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, bindparam, insert, select, text, update

from kgsync.model.audit import START, Action, Entry, Event, chained
from kgsync.store.tables import audit, audit_head

SERVER = 0  # the chain of what belongs to no service
_CHUNK = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What checking a chain found: how many entries stand, and what is wrong with the first that does not."""

    service: int
    entries: int
    head: str
    wrong: str | None = None


def append(connection: Connection, svc: int, event: Event) -> None:
    """Add an event to a chain, in the caller's transaction; the head stays locked until it ends."""
    number, previous = _head(connection, svc)
    hash_ = chained(previous, svc, number, event)
    connection.execute(
        insert(audit).values(
            svc=svc,
            number=number,
            at=event.at,
            account=event.account,
            address=event.address,
            action=event.action.value,
            replica=event.replica,
            facts=json.dumps(dict(event.facts), sort_keys=True),
            hash=hash_,
        )
    )
    connection.execute(update(audit_head).where(audit_head.c.svc == svc).values(hash=hash_))


_TAKE = (
    update(audit_head)
    .where(audit_head.c.svc == bindparam("chain"))
    .values(number=audit_head.c.number + 1)
    .returning(audit_head.c.number, audit_head.c.hash)
)
# Two first rows of a chain at once: the second waits for the first, and then finds its head.
_BEGIN = text("INSERT INTO audit_head (svc, number, hash) VALUES (:svc, 0, :hash) ON CONFLICT (svc) DO NOTHING")


def _head(connection: Connection, svc: int) -> tuple[int, str]:
    """Take the next number of a chain and the hash it stands on."""
    row = connection.execute(_TAKE, {"chain": svc}).one_or_none()
    if row is None:
        connection.execute(_BEGIN, {"svc": svc, "hash": START})
        row = connection.execute(_TAKE, {"chain": svc}).one()
    return row.number, row.hash


class AuditLog:
    """Ask the audit log inside one read view of the caller's."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def chains(self) -> list[int]:
        """List the chains there are, by service id."""
        heads = set(self._connection.execute(select(audit_head.c.svc)).scalars())
        return sorted(heads | set(self._connection.execute(select(audit.c.svc).distinct()).scalars()))

    def entries(self, svc: int, after: int = 0) -> Iterator[Entry]:
        """Give the entries of a chain in order, a thousand at a time."""
        while True:
            rows = self._connection.execute(
                select(audit).where(audit.c.svc == svc, audit.c.number > after).order_by(audit.c.number).limit(_CHUNK)
            ).all()
            yield from (_entry(row) for row in rows)
            if len(rows) < _CHUNK:
                return
            after = rows[-1].number

    def verify(self, svc: int) -> Verified:
        """Compute a chain anew and compare; any row changed, removed, added or reordered shows."""
        number, previous = 0, START
        for entry in self.entries(svc):
            number += 1
            if entry.number != number:
                return Verified(service=svc, entries=number - 1, head=previous, wrong=f"entry {number} is missing")
            if entry.hash != chained(previous, svc, number, entry.event):
                wrong = f"entry {number} was changed, or one before it"
                return Verified(service=svc, entries=number - 1, head=previous, wrong=wrong)
            previous = entry.hash
        head = self._connection.execute(select(audit_head).where(audit_head.c.svc == svc)).one_or_none()
        wrong_end = head is None or (head.number, head.hash) != (number, previous)
        told = f"entries after {number} were cut off, or added" if wrong_end else None
        return Verified(service=svc, entries=number, head=previous, wrong=told)


def _entry(row: Row[Any]) -> Entry:
    replica: UUID | None = row.replica
    said = Event(
        at=row.at,
        account=row.account,
        address=row.address,
        action=Action(row.action),
        replica=replica,
        facts=json.loads(row.facts),
    )
    return Entry(service=row.svc, number=row.number, event=said, hash=row.hash)
