"""The feature service over a service's objects: its layers, and the questions asked of them.

A layer is a named type, a feature an object. Questions become queries of one pattern, which the engine answers:
nothing of it is done twice.
"""

from __future__ import annotations

from typing import NamedTuple

from kgsync.errors import Conflict, NotFound
from kgsync.model.audit import Action, Event
from kgsync.model.catalog import Service
from kgsync.model.history import ORIGIN, Moment
from kgsync.model.layers import Layer, Published, numbered, published
from kgsync.model.people import OPERATOR
from kgsync.model.schema import OBJECTID, DataModel, FieldIndex, FieldType
from kgsync.server.security import rights
from kgsync.server.service import Verbs
from kgsync.store.database import Store
from kgsync.sync.datamodel import add_indexes

NUMBERS = FieldIndex(name="layer_objectid", properties=(OBJECTID,))


class FeatureService(NamedTuple):
    """A service with its data model and the layers it shows; its history is kept from `floor` to `clock`."""

    service: Service
    model: DataModel
    layers: tuple[Published, ...]
    clock: Moment = ORIGIN
    floor: Moment = ORIGIN

    def layer(self, number: int) -> Published:
        """Find a layer. Raises NotFound."""
        for each in self.layers:
            if each.id == number:
                return each
        raise NotFound(f"{self.service.path} has no layer {number}")


def is_table(layer: Published) -> bool:
    """Say whether features of a layer have no geometry."""
    return not any(p.field_type is FieldType.GEOMETRY for p in layer.type.properties)


def publish_layers(store: Store, service: Service, now: int, account: str = OPERATOR.name) -> tuple[Layer, ...]:
    """Show every entity type of a service as a layer; numbers given before stay. Raises Conflict without any."""
    with store.writing(service.id, now) as writing:
        for layer in numbered(writing.data_model()):
            # Clients address features by number: so they are found without looking at all.
            named_type = writing.data_model().type(layer.type_id)
            if named_type is not None and all(i.properties[:1] != (OBJECTID,) for i in named_type.indexes):
                add_indexes(writing, named_type.name, [NUMBERS])
        model = writing.data_model()
    with store.changing_catalog() as catalog:
        layers = numbered(model, catalog.layers(service.id))
        if not layers:
            raise Conflict(f"{service.path} has no entity type that could be a layer")
        catalog.put_layers(service.id, layers)
        facts = {"layers": len(layers)}
        catalog.audit(service.id, Event(at=now, account=account, address="", action=Action.PUBLISH_LAYERS, facts=facts))
    return layers


async def feature_service(verbs: Verbs, service: Service) -> FeatureService:
    """Find the layers of a service. Raises NotFound for one that is no feature service."""

    def find() -> FeatureService:
        with verbs.store.catalog() as catalog:
            layers = catalog.layers(service.id)
        if not layers:
            raise rights.missing(f"{service.path} (FeatureServer)")
        with verbs.store.reading(service.id) as reading:
            model, clock, floor = reading.data_model(), reading.clock(), reading.floor()
        return FeatureService(service, model, published(layers, model), clock, floor)

    return await verbs.unchanged.read(("layers", service.id), lambda: verbs.runner.read("layers", find))
