"""Publishing a service: its name, and the data model it begins with; blocking, for the server and the command line."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from kgsync.errors import MalformedInput
from kgsync.model.audit import Action, Event
from kgsync.model.catalog import NO_FEATURES, Features, Service, ServiceSettings
from kgsync.model.geometry import WGS84, SpatialReference
from kgsync.model.schema import DataModel
from kgsync.store.database import Store
from kgsync.sync.features import with_features
from kgsync.sync.names import check_name

MAX_SERVICE_NAME_BYTES = 111


def check_service_name(name: str) -> None:
    """Refuse names a URL or a query could not carry. Raises MalformedInput."""
    if len(name.encode()) > MAX_SERVICE_NAME_BYTES or name.startswith((".", "_")):
        raise MalformedInput(
            f"A service name has at most {MAX_SERVICE_NAME_BYTES} bytes and does not start with '.' or '_'"
        )
    check_name(name[:64], "service")
    if set(name) & set('?#%&\\<>"*|'):
        raise MalformedInput('A service name has no ? # % & \\ < > " * or |')


def publish(
    store: Store,
    name: str,
    folder: str,
    owner: str,
    settings: ServiceSettings,
    now: int,
    new_id: Callable[[], UUID],
    features: Features = NO_FEATURES,
    address: str = "",
    reference: SpatialReference = WGS84,
) -> Service:
    """Publish an empty graph; blocking. Raises MalformedInput, Conflict."""
    check_service_name(name)
    if folder:
        check_service_name(folder)
    asked = Service(id=0, folder=folder, name=name, owner=owner, item=new_id().hex, settings=settings, created=now)
    with store.changing_catalog() as catalog:
        made = catalog.publish(
            asked, with_features(DataModel(timestamp=now, spatial_reference=reference), features), now
        )
        said = Event(at=now, account=owner, address=address, action=Action.CREATE_SERVICE, facts={"path": made.path})
        catalog.audit(made.id, said)
    return made


def unpublish(store: Store, service: Service) -> None:
    """Take back a service of which publishing failed half-way; nobody was told of it."""
    with store.changing_catalog() as catalog:
        catalog.unpublish(service.id)
