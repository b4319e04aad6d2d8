"""The list of services, and of those in a folder, as clients look for them."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from kgsync.server.http.context import Context, json_answer
from kgsync.server.http.knowledge.answers import SERVICE
from kgsync.server.http.knowledge.root import CURRENT_VERSION
from kgsync.server.http.routing import Admitted, Route
from kgsync.server.looking import services_for
from kgsync.server.security.rights import Need


def routes(ctx: Context) -> list[Route]:
    async def listing(asked: Admitted) -> web.StreamResponse:
        """List what exists for the caller, nobody in particular included."""
        found = await services_for(ctx.verbs, await ctx.who(asked.request))
        folder = asked.names.get("folder", "").casefold()
        inside = [each for each in found if each[0].folder.casefold() == folder]
        facts: dict[str, Any] = {"currentVersion": CURRENT_VERSION}
        if not folder:
            facts["folders"] = sorted({service.folder for service, _ in found if service.folder})
        facts["services"] = [
            {"name": service.path, "type": face}
            for service, has_layers in inside
            for face in ("KnowledgeGraphServer", *(("FeatureServer",) if has_layers else ()))
        ]
        return json_answer(facts)

    return [
        Route(methods=("GET", "POST"), path=path, handler=listing, need=Need.NOTHING, reply="json")
        for path in (SERVICE, f"{SERVICE}/{{folder}}")
    ]
