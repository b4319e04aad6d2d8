"""What replicas may hold where a service hides what others created: it goes by the rights of the replica owner now."""

from __future__ import annotations

from uuid import UUID

from kgsync.model.catalog import Service
from kgsync.model.people import Principal
from kgsync.model.replica import Replica
from kgsync.server.clock import Clock
from kgsync.server.security import rights
from kgsync.server.security.tokens import as_principal
from kgsync.store.base import Reading
from kgsync.store.database import Store
from kgsync.store.runner import Runner
from kgsync.sync.replicas import Registrar, settle_sight


def creator_for(store: Store, service: Service, replica: Replica, who: Principal) -> str | None:
    """Give the account whose objects alone a replica may hold, whoever asks for it; None for all. Blocking."""
    if not service.settings.ownership.hides:
        return None
    if replica.owner == who.name:
        return rights.creator_seen(service, who)
    with store.people() as people:
        owner = people.account(replica.owner)
    # Of an owner who is no longer known, nothing but their own objects is certain to be allowed.
    return replica.owner if owner is None else rights.creator_seen(service, as_principal(owner))


class Sights:
    """Bring what a replica sees up to what its owner may see."""

    def __init__(self, store: Store, runner: Runner, clock: Clock) -> None:
        self._store, self._runner, self._clock = store, runner, clock

    def is_settled(self, service: Service, replica: Replica, who: Principal) -> bool:
        """Say whether a replica sees what its owner may see now. Blocking."""
        return replica.sights[-1].creator == creator_for(self._store, service, replica, who)

    async def settle(self, service: Service, who: Principal, replica_id: UUID, registrar: Registrar) -> None:
        """Have a replica of the caller's see what its owner may see now; archives for another sight are gone."""

        def find(reading: Reading) -> Replica | None:
            found = reading.replica(replica_id)
            if found is None or not (registrar.sees_all or found.owner == registrar.user):
                return None
            return None if self.is_settled(service, found, who) else found

        def look() -> Replica | None:
            with self._store.reading(service.id) as reading:
                return find(reading)

        def change() -> None:
            with self._store.writing(service.id, self._clock()) as writing:
                found = find(writing)
                if found is not None:
                    settle_sight(writing, replica_id, creator_for(self._store, service, found, who))

        if await self._runner.read("sight", look) is not None:
            await self._runner.write("settle sight", change)
