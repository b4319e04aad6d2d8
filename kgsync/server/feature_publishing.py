"""Publishing a feature service from a definition; blocking, for the server and the command line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from kgsync.errors import MalformedInput
from kgsync.model.audit import Action, Event
from kgsync.model.catalog import Features, Service, ServiceSettings
from kgsync.model.layer_definitions import ServiceDefinition
from kgsync.model.layers import Layer
from kgsync.model.schema import EditorTracking
from kgsync.server.attachments import ATTACHMENT_PROPERTIES
from kgsync.server.layers import NUMBERS
from kgsync.server.publishing import publish, unpublish
from kgsync.store.base import Writing
from kgsync.store.database import Store
from kgsync.sync.codec import Codec
from kgsync.sync.datamodel import add_domain, add_properties, add_types


def publish_features(
    store: Store,
    name: str,
    folder: str,
    owner: str,
    settings: ServiceSettings,
    definition: ServiceDefinition,
    now: int,
    new_id: Callable[[], UUID],
    codec: Codec,
    address: str = "",
) -> Service:
    """Publish layers and tables without rows: all of them, or no service. Raises MalformedInput, Conflict."""
    features = Features(
        documents=any(layer.attachments for layer in definition.layers),
        tracking=EditorTracking() if definition.tracked else None,
    )
    if definition.capabilities is not None:
        settings = replace(settings, capabilities=definition.capabilities)
    settings = replace(settings, supports_sync=settings.supports_sync and definition.sync)
    if definition.description:
        settings = replace(settings, description=definition.description)
    reference = definition.reference
    made = publish(store, name, folder, owner, settings, now, new_id, features, address, reference)
    try:
        with store.writing(made.id, now) as writing:
            _make_types(writing, definition, codec)
            model = writing.data_model()
        layers = _numbered(definition, {t.name: t.id for t in model.types})
        with store.changing_catalog() as catalog:
            catalog.put_layers(made.id, layers)
            facts = {"layers": len(layers)}
            said = Event(at=now, account=owner, address=address, action=Action.PUBLISH_LAYERS, facts=facts)
            catalog.audit(made.id, said)
    except BaseException:
        unpublish(store, made)
        raise
    return made


def _make_types(writing: Writing, definition: ServiceDefinition, codec: Codec) -> None:
    if any(layer.attachments for layer in definition.layers):
        documents = writing.data_model().documents
        assert documents is not None, "the service was published with them"
        for result in add_properties(writing, documents.name, ATTACHMENT_PROPERTIES, codec):
            assert result.error is None, result.error
    for domain in definition.domains:
        add_domain(writing, domain)
    types = [replace(layer.type, indexes=(NUMBERS,)) for layer in definition.layers]
    for _, result in add_types(writing, types):
        if result.error is not None:
            raise MalformedInput(f"layer {result.name!r}: {result.error.message}")


def _numbered(definition: ServiceDefinition, types: dict[str, int]) -> list[Layer]:
    """Give layers without a number the next that is free."""
    taken = {layer.id for layer in definition.layers}
    free = iter(number for number in range(len(definition.layers) * 2 + 1) if number not in taken)
    found = []
    for layer in definition.layers:
        number = next(free) if layer.id is None else layer.id
        found.append(Layer(number, types[layer.type.name], layer.attachments))
    return sorted(found)
