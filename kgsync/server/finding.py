"""Finding services and replicas by what a person types; blocking."""

from __future__ import annotations

from kgsync.errors import Conflict, NotFound
from kgsync.model.catalog import Service
from kgsync.model.replica import Replica
from kgsync.model.values import parse_uuid
from kgsync.store.database import Store


def service_named(store: Store, text: str) -> Service:
    """Find a service by its path, or by its name alone. Raises NotFound, Conflict (several have the name)."""
    key = text.strip("/").casefold()
    with store.catalog() as catalog:
        services = catalog.services()
    exact = [s for s in services if s.path.casefold() == key]
    found = exact or [s for s in services if s.name.casefold() == key]
    if not found:
        raise NotFound(f"There is no service {text!r}; kgsync service list names them")
    if len(found) > 1:
        raise Conflict(f"Several services are named {text!r}: {', '.join(s.path for s in found)}")
    return found[0]


def replica_named(store: Store, text: str, service: str | None) -> tuple[Service, Replica]:
    """Find a replica by name, or by id in any form, in one service or in all of them.

    Raises NotFound, Conflict (several services have one of this name).
    """
    if service is not None:
        services = [service_named(store, service)]
    else:
        with store.catalog() as catalog:
            services = catalog.services()
    id, key = parse_uuid(text), text.casefold()
    found: list[tuple[Service, Replica]] = []
    for candidate in services:
        with store.reading(candidate.id) as reading:
            mine = [r for r in reading.replicas() if r.id == id or r.name.casefold() == key]
        found += [(candidate, replica) for replica in mine]
    if not found:
        raise NotFound(f"There is no replica {text!r}")
    if len(found) > 1:
        paths = ", ".join(s.path for s, _ in found)
        raise Conflict(f"Replicas named {text!r} are in {paths}: give --service, or the replica's id")
    return found[0]
