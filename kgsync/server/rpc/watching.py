"""WatchChanges: what the engine sees, as messages."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from typing import Any

from esriPBuffer.graph import QueryResponse_pb2 as query
from kgsync_api.v1 import sync_pb2 as api

from kgsync.model.catalog import Service
from kgsync.model.history import Moment
from kgsync.model.people import Principal
from kgsync.server.http.context import Context
from kgsync.server.rpc.door import Door
from kgsync.server.security.rights import Need
from kgsync.sync.watching import Seen
from kgsync.wire.pbf.frames import parse_message
from kgsync.wire.pbf.replicas import decode_replica_id


class Watches:
    """The verb that watches."""

    def __init__(self, ctx: Context, door: Door) -> None:
        self._ctx, self._door = ctx, door

    async def changes(self, data: bytes, call: Any) -> AsyncGenerator[Any]:
        """Give what concerns a replica, until the caller goes or must catch up."""
        asked = parse_message(api.WatchChangesCall, data, "WatchChangesCall")
        replica_id = decode_replica_id(asked.replica_id, "replica_id")

        calls = 0

        async def admit() -> tuple[Service, Principal]:
            nonlocal calls
            who, calls = await self._door.who(call, anew=calls > 0), calls + 1
            return await self._door.service(asked.service, Need.OWN_REPLICA, who), who

        async with aclosing(self._ctx.watching.changes(admit, replica_id, Moment(asked.after))) as changes:
            async for seen in changes:
                yield await self._ctx.verbs.runner.read("encode", partial(_message, seen))


def _message(seen: Seen) -> Any:
    told = api.Changes(after=seen.span.after.ms, upto=seen.span.upto.ms, catch_up=seen.catch_up)
    for each in seen.rows:
        told.sections.add(
            operation=int(each.op),
            type_name=each.type_name,
            category=int(each.category),
            rows=query.GraphQueryResultFrame.FromString(each.rows),
        )
    return told
