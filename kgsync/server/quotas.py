"""How much one user may hold, and what the disk has to keep free; blocking, and asked before anything is written.

Administrators are not counted: they are who could lift the limit.
"""

from __future__ import annotations

from dataclasses import dataclass

from kgsync.errors import StorageFull, TooMany
from kgsync.files.items import Items
from kgsync.model.people import Principal
from kgsync.store.catalog import Catalog
from kgsync.store.database import Store

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotas:
    """The limits of one user: jobs, queries and archives at once, what they hold in all, sizes in bytes."""

    jobs: int
    queries: int
    archives: int
    replicas: int
    files: int
    upload_bytes: int
    archive_bytes: int


def require_replica(store: Store, who: Principal, quotas: Quotas) -> None:
    """Refuse one replica too many. Raises TooMany."""
    if who.administrator:
        return
    with store.catalog() as catalog:
        held = catalog.replica_count(who.name)
    if held >= quotas.replicas:
        raise TooMany(f"You have {held} replicas, and may have {quotas.replicas}; unregister some")


def archive_room(store: Store, who: Principal, quotas: Quotas, now: int, wanted: int = 1) -> int | None:
    """Say how many bytes of archives somebody may still make; None is any number.

    Raises StorageFull when there are fewer than `wanted`.
    """
    if who.administrator:
        return None
    with store.catalog() as catalog:
        held = catalog.archive_bytes(who.name, now)
    if held + wanted > quotas.archive_bytes:
        raise StorageFull(
            f"Your archives take {held // _MIB} MiB, and may take {quotas.archive_bytes // _MIB}; "
            "they expire, and leave when their replica is unregistered"
        )
    return quotas.archive_bytes - held


def require_file(catalog: Catalog, who: Principal, quotas: Quotas) -> None:
    """Refuse one uploaded file too many, begun or whole. Raises TooMany."""
    if who.administrator:
        return
    held = len(catalog.items_of(who.name))
    if held >= quotas.files:
        raise TooMany(f"You have {held} uploaded files, and may have {quotas.files}; delete some")


def upload_room(store: Store, items: Items, who: Principal, quotas: Quotas, but: int = 0) -> int | None:
    """Say how many bytes of files somebody may still upload, not counting `but` of those they have.

    None is any number. Raises StorageFull at none.
    """
    if who.administrator:
        return None
    with store.catalog() as catalog:
        mine = catalog.items_of(who.name)
    held = sum(item.size if item.ready else items.parts_size(item.id) for item in mine) - but
    if held >= quotas.upload_bytes:
        raise StorageFull(
            f"Your uploaded files take {held // _MIB} MiB, and may take {quotas.upload_bytes // _MIB}; delete some"
        )
    return quotas.upload_bytes - held
