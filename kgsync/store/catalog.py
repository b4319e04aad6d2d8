"""What the server keeps beside graphs: services, items, archives. No Moments here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from kgsync.errors import Conflict, NotFound
from kgsync.model.audit import Event
from kgsync.model.catalog import ArchiveFile, Item, Service, ServiceSettings
from kgsync.model.layers import Layer
from kgsync.model.schema import DataModel
from kgsync.store import indexes
from kgsync.store.audit import append
from kgsync.store.documents import DATA_MODEL, Document
from kgsync.store.tables import (
    archive,
    attachment,
    counter,
    data_model,
    history,
    item,
    layer,
    object_,
    publication,
    replica,
    service,
)

_SETTINGS: Document[ServiceSettings] = Document(ServiceSettings)


def service_key(folder: str, name: str) -> str:
    """Fold a service's path: names are unique regardless of case."""
    return f"{folder}/{name}".casefold()


def _service(row: Row[Any]) -> Service:
    return Service(
        id=row.svc,
        folder=row.folder,
        name=row.name,
        owner=row.owner,
        item=row.item,
        settings=_SETTINGS.load(row.settings),
        created=row.created,
    )


def _item(row: Row[Any]) -> Item:
    return Item(**row._mapping)


class Catalog:
    """Ask and change the catalog inside one transaction of the caller's."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.indexes_named = False  # by the data model of a service published here

    # ---- services

    def publish(self, value: Service, model: DataModel, wall: int) -> Service:
        """Add a service with its first data model; its id is given here. Raises Conflict on a taken name."""
        key = service_key(value.folder, value.name)
        if self._connection.execute(select(publication.c.svc).where(publication.c.key == key)).first():
            raise Conflict(f"A service named {value.path!r} exists")
        made = self._connection.execute(
            insert(service).values(clock=wall, floor=wall, epoch=0).returning(service.c.svc)
        ).scalar_one()
        self._connection.execute(
            insert(publication).values(
                svc=made,
                folder=value.folder,
                name=value.name,
                key=key,
                owner=value.owner,
                item=value.item,
                settings=_SETTINGS.dump(value.settings),
                created=value.created,
            )
        )
        self.indexes_named |= bool(indexes.wanted(made, model, shared=False))
        body = DATA_MODEL.dump(model)
        self._connection.execute(insert(data_model).values(svc=made, version=model.version, moment=wall, body=body))
        return _service(self._connection.execute(select(publication).where(publication.c.svc == made)).one())

    def unpublish(self, svc: int) -> None:
        """Take back a service that was published just now, with its objects; its audit log stays."""
        for table in (layer, attachment, object_, history, counter, data_model, publication, service):
            self._connection.execute(delete(table).where(table.c.svc == svc))

    def service(self, folder: str, name: str) -> Service | None:
        key = service_key(folder, name)
        found = self._connection.execute(select(publication).where(publication.c.key == key)).one_or_none()
        return None if found is None else _service(found)

    def service_by_id(self, svc: int) -> Service | None:
        found = self._connection.execute(select(publication).where(publication.c.svc == svc)).one_or_none()
        return None if found is None else _service(found)

    def service_by_item(self, item_id: str) -> Service | None:
        found = self._connection.execute(select(publication).where(publication.c.item == item_id)).one_or_none()
        return None if found is None else _service(found)

    def services(self) -> list[Service]:
        return [_service(row) for row in self._connection.execute(select(publication).order_by(publication.c.key))]

    def change_settings(self, svc: int, change: Callable[[ServiceSettings], ServiceSettings]) -> Service:
        """Change the settings a service has at this moment. Raises NotFound."""
        row = self._connection.execute(select(publication).where(publication.c.svc == svc).with_for_update())
        found = row.one_or_none()
        if found is None:
            raise NotFound("The service does not exist any more")
        service = _service(found)
        changed = replace(service, settings=change(service.settings))
        body = _SETTINGS.dump(changed.settings)
        self._connection.execute(update(publication).where(publication.c.svc == svc).values(settings=body))
        return changed

    def layers(self, svc: int) -> tuple[Layer, ...]:
        """List the layers of a service by their numbers; none when it is no feature service."""
        found = select(layer.c.id, layer.c.type, layer.c.attachments).where(layer.c.svc == svc).order_by(layer.c.id)
        return tuple(Layer(*row) for row in self._connection.execute(found))

    def layered(self) -> set[int]:
        """Give the ids of the services that have layers."""
        return set(self._connection.execute(select(layer.c.svc).distinct()).scalars())

    def put_layers(self, svc: int, layers: Iterable[Layer]) -> None:
        """Set the layers of a service."""
        self._connection.execute(delete(layer).where(layer.c.svc == svc))
        rows = [{"svc": svc, "id": each.id, "type": each.type_id, "attachments": each.attachments} for each in layers]
        if rows:
            self._connection.execute(insert(layer), rows)

    def audit(self, svc: int, event: Event) -> None:
        """Write down what was done to a service, in this transaction."""
        append(self._connection, svc, event)

    # ---- items

    def add_item(self, value: Item) -> None:
        columns = {name: getattr(value, name) for name in value.__dataclass_fields__}
        self._connection.execute(insert(item).values(columns))

    def items_of(self, owner: str) -> list[Item]:
        return [_item(row) for row in self._connection.execute(select(item).where(item.c.owner == owner))]

    def remove_item(self, item_id: str) -> None:
        self._connection.execute(delete(item).where(item.c.id == item_id))

    def complete_item(self, item_id: str, size: int, digest: str) -> bool:
        """Note that a file is whole; False when there is no such item any more."""
        whole = update(item).where(item.c.id == item_id).values(ready=True, size=size, digest=digest)
        return self._connection.execute(whole).rowcount > 0

    def all_items(self) -> set[str]:
        return set(self._connection.execute(select(item.c.id)).scalars())

    def item(self, item_id: str) -> Item | None:
        found = self._connection.execute(select(item).where(item.c.id == item_id)).one_or_none()
        return None if found is None else _item(found)

    # ---- archives

    def archive(self, name: str) -> ArchiveFile | None:
        row = self._connection.execute(select(archive).where(archive.c.name == name)).one_or_none()
        if row is None:
            return None
        return ArchiveFile(
            name=row.name,
            service=row.svc,
            replica=row.replica,
            account=row.account,
            size=row.size,
            created=row.created,
            expires=row.expires,
            after=row.after,
            upto=row.upto,
        )

    def archive_bytes(self, account: str, wall: int) -> int:
        """Sum the sizes of the archives somebody can download."""
        mine = select(func.coalesce(func.sum(archive.c.size), 0)).where(
            archive.c.account == account, archive.c.expires > wall
        )
        return int(self._connection.execute(mine).scalar_one())

    def replica_count(self, owner: str) -> int:
        """Count the replicas of one owner over all services."""
        return int(self._connection.execute(select(func.count()).where(replica.c.owner == owner)).scalar_one())

    def live_archives(self, wall: int) -> set[str]:
        """Forget expired archives; name the others."""
        self._connection.execute(delete(archive).where(archive.c.expires <= wall))
        return set(self._connection.execute(select(archive.c.name)).scalars())
