"""Uploaded files of people: begun, sent whole or in parts, joined, deleted; counted one by one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from kgsync.errors import Conflict, KgsyncError, NotFound, StorageFull
from kgsync.files.spool import Spooled
from kgsync.model.audit import Action, event
from kgsync.model.catalog import Item
from kgsync.model.people import Principal
from kgsync.server.quotas import require_file, upload_room
from kgsync.server.service import Verbs
from kgsync.store.audit import SERVER

_TOO_MUCH = "Your uploaded files would take more than they may; delete some"


class FileFacts(NamedTuple):
    """What whoever sends a file says about it."""

    name: str
    title: str = ""
    type: str = ""


class UploadedFiles:
    """Keep the files people send to this server."""

    def __init__(self, verbs: Verbs) -> None:
        self._verbs = verbs

    async def room(self, who: Principal, most: int) -> int:
        """Say how large a file of somebody's may be, at most `most` bytes. Raises StorageFull."""
        verbs = self._verbs
        left = await verbs.runner.read("room", lambda: upload_room(verbs.store, verbs.items, who, verbs.quotas))
        return most if left is None else min(left, most)

    async def begin(self, who: Principal, facts: FileFacts) -> Item:
        """Register a file whose bytes are not there yet. Raises TooMany."""
        verbs = self._verbs
        item = Item(
            id=verbs.new_id().hex,
            owner=who.name,
            title=(facts.title or facts.name)[:256],
            type=facts.type[:128],
            file_name=facts.name[:256],
            ready=False,
            size=0,
            digest="",
            created=verbs.clock(),
        )

        def add() -> None:
            with verbs.store.changing_catalog() as catalog:
                require_file(catalog, who, verbs.quotas)
                catalog.add_item(item)

        await verbs.runner.write("add item", add)
        return item

    async def whole(self, who: Principal, facts: FileFacts, file: Spooled) -> Item:
        """Keep a file sent whole. Raises TooMany, StorageFull."""
        item = await self.begin(who, facts)

        def keep() -> None:
            self._keep(who, item.id, file.size, file.digest, lambda: self._verbs.items.put(item.id, file))

        await self._verbs.runner.write("keep item", keep)
        return replace(item, ready=True, size=file.size, digest=file.digest)

    async def part(self, who: Principal, item_id: str, number: int, file: Spooled) -> None:
        """Keep one part of a file. Raises NotFound, Conflict, StorageFull."""
        verbs, items = self._verbs, self._verbs.items

        def keep() -> None:
            with verbs.keeping:
                item = self._begun(who, item_id)
                room = upload_room(verbs.store, items, who, verbs.quotas, but=items.part_size(item.id, number))
                if room is not None and file.size > room:
                    raise StorageFull(_TOO_MUCH)
                items.put_part(item.id, number, file)

        await verbs.runner.write("keep part", keep)

    async def join(self, who: Principal, item_id: str, most: int) -> Item:
        """Join the parts of a file. Raises NotFound, Conflict, MalformedInput, TooLarge, StorageFull."""

        def join() -> Item:
            item = self._begun(who, item_id)
            size, digest = self._verbs.items.join(item.id, most)
            self._keep(who, item.id, size, digest, lambda: None)
            return replace(item, ready=True, size=size, digest=digest)

        return await self._verbs.runner.write("join item", join)

    async def delete(self, who: Principal, item_id: str) -> None:
        """Delete a file, joined or not. Raises NotFound."""
        verbs = self._verbs

        def delete() -> None:
            with verbs.keeping:
                with verbs.store.changing_catalog() as catalog:
                    found = catalog.item(item_id)
                    if found is None or not (who.administrator or found.owner == who.name):
                        raise NotFound(f"The item {item_id[:40]} does not exist")
                    catalog.remove_item(item_id)
                    catalog.audit(SERVER, event(who, Action.DELETE_FILE, verbs.clock(), {"item": item_id}))
                verbs.items.remove(item_id)

        await verbs.runner.write("delete item", delete)

    # ---- blocking

    def _keep(self, who: Principal, item_id: str, size: int, digest: str, put: Callable[[], None]) -> None:
        """Keep a file whose row is there; what cannot be kept leaves neither. Raises StorageFull, NotFound."""
        verbs = self._verbs
        with verbs.keeping:  # what is sent at once is counted one by one
            try:
                room = upload_room(verbs.store, verbs.items, who, verbs.quotas, but=verbs.items.parts_size(item_id))
                if room is not None and size > room:
                    raise StorageFull(_TOO_MUCH)
                put()
                with verbs.store.changing_catalog() as catalog:
                    if not catalog.complete_item(item_id, size, digest):
                        raise NotFound(f"The item {item_id} was deleted while it came in")
                    said = event(who, Action.ADD_FILE, verbs.clock(), {"item": item_id, "bytes": size})
                    catalog.audit(SERVER, said)
            except KgsyncError:
                with verbs.store.changing_catalog() as catalog:
                    catalog.remove_item(item_id)
                verbs.items.remove(item_id)
                raise

    def _begun(self, who: Principal, item_id: str) -> Item:
        """Find an item whose bytes are not all there. Raises NotFound, Conflict."""
        with self._verbs.store.catalog() as catalog:
            found = catalog.item(item_id)
        if found is None or not (who.administrator or found.owner == who.name):
            raise NotFound(f"The item {item_id[:40]} does not exist")
        if found.ready:
            raise Conflict(f"The item {item_id} is complete")
        return found
