"""Loading the features of a file into a service, in commits of some thousands; blocking."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import UUID

from kgsync.errors import MalformedInput
from kgsync.model.catalog import Service
from kgsync.model.edits import ALL_EDITS, Add, Batch, EditsHeader, Frame, Op
from kgsync.model.schema import Category
from kgsync.server.feature_sources import FeatureFile
from kgsync.store.database import Store
from kgsync.sync.codec import Codec
from kgsync.sync.upload import Caller, apply_edits


def load_features(
    store: Store,
    service: Service,
    file: FeatureFile,
    codec: Codec,
    clock: Callable[[], int],
    new_id: Callable[[], UUID],
    step: Callable[[int], None] = lambda done: None,
) -> int:
    """Add every feature of a file; give how many. Raises MalformedInput naming the feature that cannot be added."""
    done = 0
    caller = Caller(user=service.owner, allowed=ALL_EDITS, rollback=False, new_id=new_id)
    for number, layer in enumerate(file.definition.layers):
        for rows in file.rows(number):
            batch = Batch(Op.ADD, Category.ENTITY, layer.type.name, [Add(row.id, row.values) for row in rows])
            with store.writing(service.id, clock()) as writing:
                outcome = apply_edits(writing, EditsHeader(), _frames(batch), codec, caller)
                for results in outcome.results:
                    for index, error in sorted(results.errors.items()):
                        raise MalformedInput(f"layer {layer.type.name}, feature {done + index}: {error.message}")
            done += len(rows)
            step(done)
    return done


def _frames(batch: Batch) -> Iterator[Frame]:
    yield [batch]
