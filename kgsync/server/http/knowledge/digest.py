"""replicas/{id}/digest: what a replica held at a date, in three numbers a client adds up alike."""

from __future__ import annotations

from aiohttp import web

from kgsync.errors import MalformedInput
from kgsync.model.history import Moment
from kgsync.server.http.context import Context, json_answer, parameters
from kgsync.server.http.knowledge.answers import PATHS
from kgsync.server.http.knowledge.replicas import replica_id_of
from kgsync.server.http.routing import Admitted, Route
from kgsync.server.looking import digest_for
from kgsync.server.security.rights import Need


def routes(ctx: Context) -> list[Route]:
    async def digest(asked: Admitted) -> web.StreamResponse:
        given = (await parameters(asked.request)).get("syncDate", "")
        if not given:
            raise MalformedInput("say with syncDate=… of which date", place="syncDate")
        date, replica_id = Moment.parse(given), replica_id_of(asked.names["replica"])
        found, told = await digest_for(ctx.verbs, asked.service, asked.who, replica_id, date)
        facts = {"syncDate": str(date), "known": found is not None, "told": told}
        if found is not None:
            facts |= {"members": found.members, "digest": str(found)}
        return json_answer(facts)

    return [
        Route(
            methods=("GET",),
            path=f"{path}/replicas/{{replica}}/digest",
            handler=digest,
            need=Need.OWN_REPLICA,
            reply="json",
            takes=("syncDate",),
        )
        for path in PATHS
    ]
