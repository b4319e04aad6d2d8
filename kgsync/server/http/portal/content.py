"""Portal content: creating services, uploading files, describing items."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from kgsync.errors import Forbidden, MalformedInput, NotFound
from kgsync.model.catalog import CAPABILITIES, Account, Feature, Item, Service, ServiceSettings
from kgsync.server.http.context import Context, json_answer, json_object, parameters
from kgsync.server.http.features import decode_features, flag
from kgsync.server.http.portal.account import SHARING
from kgsync.server.http.routing import Route
from kgsync.server.http.uploads import add_part, begin_item, commit_item, read_form, whole_item

HOSTED = "Hosted"


def json_properties(given: dict[str, Any]) -> dict[str, Any]:
    """Read the jsonProperties of createParameters, an object or the text of one. Raises MalformedInput."""
    options = given.get("jsonProperties", {})
    if isinstance(options, str):
        options = json_object(options, "jsonProperties")
    if not isinstance(options, dict):
        raise MalformedInput("the value is not a JSON object", place="jsonProperties")
    return options


def decode_settings(given: dict[str, Any], *, rollback: bool) -> ServiceSettings:
    """Read a service's settings from createParameters. Raises MalformedInput."""
    options = json_properties(given)
    named = given.get("capabilities", "") or ""
    asked = named if isinstance(named, list) else [word.strip() for word in str(named).split(",") if word.strip()]
    # Deployed clients ask for "Sync" here; it is a feature, switched by supportsSync.
    known = {c.lower(): c for c in CAPABILITIES}
    unknown = [str(c) for c in asked if str(c).lower() not in (*known, "sync")]
    if unknown:
        raise MalformedInput(
            f"unknown capabilities {', '.join(unknown)[:200]}; known are {', '.join(CAPABILITIES)}",
            place="capabilities",
        )
    capabilities = tuple(known[str(c).lower()] for c in asked if str(c).lower() in known)
    default = ServiceSettings()
    return ServiceSettings(
        capabilities=capabilities or default.capabilities,
        supports_sync=flag(options, Feature.SYNC, default.supports_sync),
        rollback_on_failure=rollback,
        description=str(given.get("description") or given.get("serviceDescription") or ""),
        copyright=str(given.get("copyrightText") or ""),
    )


def routes(ctx: Context) -> list[Route]:
    async def owner(request: web.Request, names: dict[str, str]) -> Account:
        """Find the caller, who may only act in their own content unless administrator."""
        who = await ctx.who(request)
        if names["user"].lower() != who.name.lower() and not who.administrator:
            raise Forbidden("You cannot change the content of another user")
        return who

    async def create_service(request: web.Request, names: dict[str, str]) -> web.StreamResponse:
        who = await owner(request, names)
        form = await parameters(request)
        if "createParameters" not in form:
            raise MalformedInput("the parameter is missing", place="createParameters")
        given = json_object(form["createParameters"], "createParameters")
        kind = (form.get("outputType") or form.get("targetType") or str(given.get("type") or "")).lower()
        if kind and kind not in ("knowledgegraph", "knowledge graph"):
            raise MalformedInput(f"only KnowledgeGraph services can be created, not {kind[:40]!r}", place="outputType")
        name = given.get("name")
        if not isinstance(name, str) or not name:
            raise MalformedInput("a service needs a name", place="createParameters.name")
        settings = decode_settings(given, rollback=ctx.settings.rollback_on_failure)
        features = decode_features(json_properties(given))
        service = await ctx.verbs.create_service(name, HOSTED, who, settings, features)
        url = ctx.service_url(request, service)
        return json_answer(
            {
                "success": True,
                "itemId": service.item,
                "serviceItemId": service.item,
                "serviceurl": url,
                "encodedServiceURL": url,
                "name": service.name,
                "size": -1,
                "type": "KnowledgeGraph",
                "isView": False,
            }
        )

    async def add_item(request: web.Request, names: dict[str, str]) -> web.StreamResponse:
        who = await owner(request, names)
        form = await read_form(ctx, request)
        try:
            in_parts = form.file is None and form.fields.get("multipart", "").lower() == "true"
            item = await (begin_item if in_parts else whole_item)(ctx, who, form)
        finally:
            form.discard()
        return json_answer({"success": True, "id": item.id, "folder": None})

    async def part(request: web.Request, names: dict[str, str]) -> web.StreamResponse:
        who = await owner(request, names)
        form = await read_form(ctx, request)
        try:
            await add_part(ctx, who, names["item"].lower(), form)
        finally:
            form.discard()
        return json_answer({"success": True, "id": names["item"].lower()})

    async def commit(request: web.Request, names: dict[str, str]) -> web.StreamResponse:
        who = await owner(request, names)
        item = await commit_item(ctx, who, names["item"].lower())
        return json_answer({"success": True, "id": item.id, "itemId": item.id})

    async def status(request: web.Request, names: dict[str, str]) -> web.StreamResponse:
        await owner(request, names)
        found = await find_item(names["item"].lower())
        ready = isinstance(found, Service) or (found is not None and found.ready)
        return json_answer({"status": "completed" if ready else "partial", "itemId": names["item"].lower()})

    async def find_item(item_id: str) -> Service | Item | None:
        def find() -> Service | Item | None:
            with ctx.verbs.store.catalog() as catalog:
                return catalog.service_by_item(item_id) or catalog.item(item_id)

        return await ctx.verbs.runner.read("item", find)

    async def item(request: web.Request, names: dict[str, str]) -> web.StreamResponse:
        who = await ctx.who(request)
        found = await find_item(names["item"].lower())
        if isinstance(found, Service):
            return json_answer(
                {
                    "id": found.item,
                    "owner": found.owner,
                    "title": found.name,
                    "name": found.name,
                    "type": "Knowledge Graph",
                    "url": ctx.service_url(request, found),
                    "created": found.created,
                    "modified": found.created,
                    "access": "org",
                }
            )
        if found is None or not (who.administrator or found.owner == who.name):
            raise NotFound("Item does not exist or is inaccessible")
        return json_answer(
            {
                "id": found.id,
                "owner": found.owner,
                "title": found.title,
                "name": found.file_name,
                "type": found.type,
                "size": found.size,
                "created": found.created,
                "modified": found.created,
                "access": "private",
            }
        )

    content = f"{SHARING}/content"
    mine = f"{content}/users/{{user}}"
    both = ("GET", "POST")
    return [
        Route(methods=("POST",), path=f"{mine}/createService", handler=create_service, reply="json"),
        Route(methods=("POST",), path=f"{mine}/addItem", handler=add_item, reply="json"),
        Route(methods=("POST",), path=f"{mine}/items/{{item}}/addPart", handler=part, reply="json"),
        Route(methods=("POST",), path=f"{mine}/items/{{item}}/commit", handler=commit, reply="json"),
        Route(methods=both, path=f"{mine}/items/{{item}}/status", handler=status, reply="json"),
        Route(methods=both, path=f"{content}/items/{{item}}", handler=item, reply="json"),
    ]
