"""What callers look up before and after they synchronize: the services there are, the digest of a replica."""

from __future__ import annotations

from uuid import UUID

from kgsync.model.catalog import Service
from kgsync.model.digest import Digest
from kgsync.model.history import Moment
from kgsync.model.people import Principal
from kgsync.server.security import rights
from kgsync.server.service import Verbs
from kgsync.store.base import Reading
from kgsync.sync.replicas import visible
from kgsync.sync.verify import digest_at


async def services_for(verbs: Verbs, who: Principal) -> list[tuple[Service, bool]]:
    """List the services that exist for a caller, by path, and whether each has layers."""

    def find() -> list[tuple[Service, bool]]:
        with verbs.store.catalog() as catalog:
            layered = catalog.layered()
            return [(each, each.id in layered) for each in catalog.services() if rights.has_access(each, who)]

    return await verbs.runner.read("services", find)


async def digest_for(
    verbs: Verbs, service: Service, who: Principal, replica_id: UUID, date: Moment
) -> tuple[Digest | None, str]:
    """Give the digest of a replica at a date, None when it can no longer be said, and how it was found or what to do.

    Raises NotFound, SyncDisabled.
    """
    verbs.require_sync(service)
    registrar = rights.registrar(service, who)

    def look(reading: Reading) -> tuple[Digest | None, str]:
        return digest_at(reading, visible(reading, replica_id, registrar), date, verbs.wire.codec)

    def read() -> tuple[Digest | None, str]:
        with verbs.store.reading(service.id) as reading:
            return look(reading)

    return await verbs.runner.archive("digest", read)
