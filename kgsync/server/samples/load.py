"""Load a sample into a service: blocking, one commit a batch, telling how far it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from uuid import uuid4

from kgsync.errors import KgsyncError
from kgsync.model.catalog import Service, ServiceSettings, Sharing
from kgsync.model.edits import ALL_EDITS, Batch, EditsHeader
from kgsync.model.schema import NamedType
from kgsync.server.clock import wall_clock
from kgsync.server.publishing import publish
from kgsync.store.database import Store
from kgsync.sync.codec import Codec
from kgsync.sync.datamodel import add_types
from kgsync.sync.upload import Caller, apply_edits


def ensure_service(store: Store, name: str, folder: str, owner: str) -> Service:
    """Find a service, or publish it empty for everyone who is signed in: a sample is nobody's secret."""
    with store.catalog() as catalog:
        found = catalog.service(folder, name)
    return found or publish(
        store, name, folder, owner, ServiceSettings(sharing=Sharing.ORGANIZATION), wall_clock(), uuid4
    )


def load(
    store: Store,
    service: Service,
    types: Iterable[NamedType],
    batches: Iterable[Batch],
    codec: Codec,
    advance: Callable[[int], None],
) -> int:
    """Add missing types, then every batch in a commit of its own; give the number of objects.

    Objects that exist with the same content are left as they are. Raises KgsyncError at the first edit
    that fails, naming it.
    """
    with store.reading(service.id) as reading:
        missing = [t for t in types if reading.data_model().named(t.name) is None]
    if missing:
        with store.writing(service.id, wall_clock()) as writing:
            for _, result in add_types(writing, missing):
                if result.error is not None:
                    raise result.error
    caller = Caller(user=service.owner, allowed=ALL_EDITS, rollback=False, new_id=uuid4)
    total = 0
    for batch in batches:
        with store.writing(service.id, wall_clock()) as writing:
            outcome = apply_edits(writing, EditsHeader(), [[batch]], codec, caller)
        for results in outcome.results:
            if results.errors:
                first = results.errors[min(results.errors)]
                raise KgsyncError(f"{len(results.errors)} objects were refused; the first: {first.message}")
        total += len(batch.edits)
        advance(len(batch.edits))
    return total
