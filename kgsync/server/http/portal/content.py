"""Portal content: creating services, uploading files, describing items."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from kgsync.errors import Conflict, MalformedInput, NotFound, NotSupported
from kgsync.model.catalog import (
    Feature,
    Item,
    Service,
    Sharing,
)
from kgsync.model.people import Principal
from kgsync.server.feature_publishing import publish_features
from kgsync.server.files import UploadedFiles
from kgsync.server.http.context import Context, json_answer, json_object, parameters
from kgsync.server.http.portal.account import SHARING
from kgsync.server.http.routing import Admitted, Route
from kgsync.server.http.service_settings import OWNERSHIP, decode_settings, json_properties
from kgsync.server.http.switches import decode_features, flag
from kgsync.server.http.uploads import facts_of, file_of, part_number, read_form
from kgsync.server.security.rights import Need, has_access, owns, require_signed_in
from kgsync.wire.esrijson.definition import read_definition

HOSTED = "Hosted"
_LAYERED = ("featureservice", "featureserver")
_ACCESS = {Sharing.PRIVATE: "private", Sharing.ORGANIZATION: "org", Sharing.EVERYONE: "public"}


class Content:
    """Handlers of a user's content: services and uploaded files."""

    def __init__(self, ctx: Context) -> None:
        self._ctx, self._files = ctx, UploadedFiles(ctx.verbs)

    # ---- services

    async def create_service(self, asked: Admitted) -> web.StreamResponse:
        ctx, form = self._ctx, await parameters(asked.request)
        if "createParameters" not in form:
            raise MalformedInput("the parameter is missing", place="createParameters")
        given = json_object(form["createParameters"], "createParameters")
        kind = (form.get("outputType") or form.get("targetType") or str(given.get("type") or "")).lower()
        layered = kind.replace(" ", "") in _LAYERED
        if kind and not layered and kind not in ("knowledgegraph", "knowledge graph"):
            told = f"only KnowledgeGraph services and feature services can be created, not {kind[:40]!r}"
            raise MalformedInput(told, place="outputType")
        name = given.get("name")
        if not isinstance(name, str) or not name:
            raise MalformedInput("a service needs a name", place="createParameters.name")
        if layered:
            return await self._create_layers(asked, name, given)
        settings = decode_settings(given, rollback=ctx.settings.rollback_on_failure)
        features = decode_features(json_properties(given))
        if settings.ownership.enabled and features.tracking is None:
            raise MalformedInput(
                f"it needs {Feature.EDITOR_TRACKING}, which notes who created an object", place=OWNERSHIP
            )
        service = await ctx.verbs.create_service(name, HOSTED, asked.who, settings, features)
        return _created(service, ctx.service_url(asked.request, service), "KnowledgeGraph")

    async def _create_layers(self, asked: Admitted, name: str, given: dict[str, Any]) -> web.StreamResponse:
        """Publish a feature service whose layers are among its parameters."""
        verbs, who = self._ctx.verbs, asked.who
        definition = read_definition(given, "createParameters")
        others = {member: value for member, value in given.items() if member != "capabilities"}
        settings = decode_settings(others, rollback=self._ctx.settings.rollback_on_failure)

        def make() -> Service:
            codec, now = verbs.wire.codec, verbs.clock()
            address = who.address
            return publish_features(
                verbs.store, name, HOSTED, who.name, settings, definition, now, verbs.new_id, codec, address
            )

        service = await verbs.runner.write("create service", make)
        return _created(service, self._ctx.service_url(asked.request, service, "FeatureServer"), "Feature Service")

    async def share(self, asked: Admitted) -> web.StreamResponse:
        """Share a service with the organization, with everyone, or with nobody any more."""
        form = await parameters(asked.request)
        if form.get("groups"):
            raise MalformedInput("this server has no groups", place="groups")
        return await self._shared(asked, _sharing(form))

    async def unshare(self, asked: Admitted) -> web.StreamResponse:
        return await self._shared(asked, Sharing.PRIVATE)

    async def _shared(self, asked: Admitted, sharing: Sharing) -> web.StreamResponse:
        item_id = asked.names["item"].lower()
        found = await self._find(item_id)
        if not isinstance(found, Service) or not owns(found, asked.who):
            if isinstance(found, Item) and self._mine(found, asked.who):
                raise Conflict("Uploaded files are their owner's alone; only services are shared")
            raise NotFound("Item does not exist or is inaccessible")
        await self._ctx.verbs.share(found, asked.who, sharing)
        return json_answer({"itemId": item_id, "notSharedWith": []})

    # ---- files

    async def add_item(self, asked: Admitted) -> web.StreamResponse:
        form = await read_form(self._ctx, asked)
        try:
            in_parts = form.file is None and form.fields.get("multipart", "").lower() == "true"
            facts = facts_of(form)
            begin = self._files.begin(asked.who, facts) if in_parts else None
            item = await (begin or self._files.whole(asked.who, facts, file_of(form)))
        finally:
            form.discard()
        return json_answer({"success": True, "id": item.id, "folder": None})

    async def part(self, asked: Admitted) -> web.StreamResponse:
        item_id = asked.names["item"].lower()
        form = await read_form(self._ctx, asked)
        try:
            await self._files.part(asked.who, item_id, part_number(form), file_of(form))
        finally:
            form.discard()
        return json_answer({"success": True, "id": item_id})

    async def commit(self, asked: Admitted) -> web.StreamResponse:
        item = await self._files.join(asked.who, asked.names["item"].lower(), self._ctx.max_body)
        return json_answer({"success": True, "id": item.id, "itemId": item.id})

    async def delete(self, asked: Admitted) -> web.StreamResponse:
        """Delete an uploaded file."""
        item_id = asked.names["item"].lower()
        if isinstance(await self._visible(item_id, asked.who), Service):
            raise NotSupported("Services cannot be deleted; uploaded files can")
        await self._files.delete(asked.who, item_id)
        return json_answer({"success": True, "itemId": item_id})

    async def status(self, asked: Admitted) -> web.StreamResponse:
        item_id = asked.names["item"].lower()
        found = await self._visible(item_id, asked.who)
        ready = isinstance(found, Service) or found.ready
        return json_answer({"status": "completed" if ready else "partial", "itemId": item_id})

    # ---- items

    async def _find(self, item_id: str) -> Service | Item | None:
        def find() -> Service | Item | None:
            with self._ctx.verbs.store.catalog() as catalog:
                return catalog.service_by_item(item_id) or catalog.item(item_id)

        return await self._ctx.verbs.runner.read("item", find)

    def _mine(self, item: Item, who: Principal) -> bool:
        return who.administrator or (not who.anonymous and item.owner == who.name)

    async def _visible(self, item_id: str, who: Principal) -> Service | Item:
        """Find an item the caller may see. Raises NotFound, AuthenticationError to nobody."""
        found = await self._find(item_id)
        if isinstance(found, Service) and has_access(found, who):
            return found
        if isinstance(found, Item) and self._mine(found, who):
            return found
        require_signed_in(who)
        raise NotFound("Item does not exist or is inaccessible")

    async def item(self, asked: Admitted) -> web.StreamResponse:
        found = await self._visible(asked.names["item"].lower(), asked.who)
        if isinstance(found, Service):
            url = self._ctx.service_url(asked.request, found)
            return json_answer({**_service_json(found), "url": url})
        return json_answer(_item_json(found))


def _sharing(form: dict[str, str]) -> Sharing:
    """Read whom to share with. Raises MalformedInput."""
    given: dict[str, Any] = dict(form)
    if flag(given, "everyone", False):
        return Sharing.EVERYONE
    return Sharing.ORGANIZATION if flag(given, "org", False) else Sharing.PRIVATE


def _service_json(service: Service) -> dict[str, Any]:
    return {
        "id": service.item,
        "owner": service.owner,
        "title": service.name,
        "name": service.name,
        "type": "Knowledge Graph",
        "created": service.created,
        "modified": service.created,
        "access": _ACCESS[service.settings.sharing],
    }


def _item_json(item: Item) -> dict[str, Any]:
    return {
        "id": item.id,
        "owner": item.owner,
        "title": item.title,
        "name": item.file_name,
        "type": item.type,
        "size": item.size,
        "created": item.created,
        "modified": item.created,
        "access": "private",
    }


def routes(ctx: Context) -> list[Route]:
    face = Content(ctx)
    items = f"{SHARING}/content/items/{{item}}"
    mine = f"{SHARING}/content/users/{{user}}"
    post, both = ("POST",), ("GET", "POST")
    found = [
        (post, f"{mine}/createService", face.create_service, Need.OWN_CONTENT, ("createParameters", "outputType")),
        (post, f"{mine}/addItem", face.add_item, Need.OWN_CONTENT, ("multipart", "filename", "title", "type")),
        (post, f"{mine}/items/{{item}}/addPart", face.part, Need.OWN_CONTENT, ("partNum",)),
        (post, f"{mine}/items/{{item}}/commit", face.commit, Need.OWN_CONTENT, ()),
        (both, f"{mine}/items/{{item}}/status", face.status, Need.OWN_CONTENT, ()),
        (post, f"{mine}/items/{{item}}/delete", face.delete, Need.OWN_CONTENT, ()),
        (post, f"{mine}/items/{{item}}/share", face.share, Need.OWN_CONTENT, ("everyone", "org", "groups")),
        (post, f"{mine}/items/{{item}}/unshare", face.unshare, Need.OWN_CONTENT, ()),
        (both, items, face.item, Need.ITEM, ()),
    ]
    return [
        Route(methods=methods, path=path, handler=handler, need=need, reply="json", takes=takes)
        for methods, path, handler, need, takes in found
    ]


def _created(service: Service, url: str, kind: str) -> web.Response:
    """Answer createService as clients read it."""
    return json_answer(
        {
            "success": True,
            "itemId": service.item,
            "serviceItemId": service.item,
            "serviceurl": url,
            "encodedServiceURL": url,
            "name": service.name,
            "size": -1,
            "type": kind,
            "isView": False,
        }
    )
