"""How much one user may hold, and what the disk has to keep free; blocking, and asked before anything is written.

Administrators are not counted: they are who could lift the limit.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from kgsync.errors import StorageFull, TooMany
from kgsync.files.items import Items
from kgsync.model.people import Principal
from kgsync.store.database import Store

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotas:
    """The limits of one user, and the room that uploads and archives leave to the database, in bytes."""

    jobs: int
    replicas: int
    upload_bytes: int
    archive_bytes: int
    reserve: int


def require_room(directory: Path, quotas: Quotas) -> None:
    """Refuse to write while the disk is almost full. Raises StorageFull."""
    if shutil.disk_usage(directory).free < quotas.reserve:
        raise StorageFull("The disk is almost full; nothing was written")


def require_replica(store: Store, who: Principal, quotas: Quotas) -> None:
    """Refuse one replica too many. Raises TooMany."""
    if who.administrator:
        return
    with store.catalog() as catalog:
        held = catalog.replica_count(who.name)
    if held >= quotas.replicas:
        raise TooMany(f"You have {held} replicas, and may have {quotas.replicas}; unregister some")


def archive_room(store: Store, who: Principal, quotas: Quotas, now: int) -> int | None:
    """Say how many bytes of archives somebody may still make; None is any number. Raises StorageFull at none."""
    if who.administrator:
        return None
    with store.catalog() as catalog:
        held = catalog.archive_bytes(who.name, now)
    if held >= quotas.archive_bytes:
        raise StorageFull(
            f"Your archives take {held // _MIB} MiB, and may take {quotas.archive_bytes // _MIB}; "
            "they expire, and leave when their replica is unregistered"
        )
    return quotas.archive_bytes - held


def upload_room(store: Store, items: Items, who: Principal, quotas: Quotas) -> int | None:
    """Say how many bytes of files somebody may still upload; None is any number. Raises StorageFull at none."""
    if who.administrator:
        return None
    with store.catalog() as catalog:
        mine = catalog.items_of(who.name)
    held = sum(item.size if item.ready else items.parts_size(item.id) for item in mine)
    if held >= quotas.upload_bytes:
        raise StorageFull(
            f"Your uploaded files take {held // _MIB} MiB, and may take {quotas.upload_bytes // _MIB}; delete some"
        )
    return quotas.upload_bytes - held
