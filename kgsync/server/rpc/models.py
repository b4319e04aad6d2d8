"""The data model over gRPC: as it is, and edited one step at a call."""

from __future__ import annotations

from typing import Any

from esriPBuffer.graph import AddFieldsResponse_pb2 as fields_answer
from esriPBuffer.graph import AddNamedTypesResponse_pb2 as types_answer
from kgsync_api.v1 import sync_pb2 as api

from kgsync.errors import MalformedInput
from kgsync.model.audit import Fact
from kgsync.model.edits import Op
from kgsync.server.http.context import Context
from kgsync.server.looking import services_for
from kgsync.server.rpc.calls import Called
from kgsync.server.rpc.door import Door
from kgsync.server.security.rights import Need
from kgsync.sync import datamodel as edits
from kgsync.wire.pbf import schema_edits as wire
from kgsync.wire.pbf.datamodel import data_model_message
from kgsync.wire.pbf.frames import parse_message


class Models:
    """The verbs of services and their data model."""

    def __init__(self, ctx: Context, door: Door) -> None:
        self._ctx, self._door = ctx, door

    async def services(self, call: Called) -> Any:
        found = await services_for(self._ctx.verbs, call.who)
        return api.ListServicesAnswer(services=[service.path for service, _ in found])

    async def query(self, call: Called) -> Any:
        asked = parse_message(api.QueryDataModelCall, call.data, "QueryDataModelCall")
        service = await self._door.service(asked.service, Need.QUERY, call.who)
        model = await self._ctx.verbs.data_model(service)
        return await self._ctx.verbs.runner.read("encode", lambda: data_model_message(model))

    async def edit(self, call: Called) -> Any:
        """Make one edit; types and properties are answered each, the others by done."""
        asked = parse_message(api.EditDataModelCall, call.data, "EditDataModelCall")
        service = await self._door.service(asked.service, Need.EDIT, call.who)
        which = asked.WhichOneof("edit")
        verbs, facts = self._ctx.verbs, dict[str, Fact](operation=which or "")
        if which == "add_types":
            types = wire.decode_add_types(asked.add_types.SerializeToString())
            data = await verbs.edit_data_model(
                service, call.who, Op.ADD, facts, lambda w: wire.encode_add_types_answer(edits.add_types(w, types))
            )
            told = types_answer.GraphNamedObjectTypeAddsResponse.FromString(data)
            return api.EditDataModelAnswer(added_types=told)
        if which == "add_fields":
            named = asked.add_fields.type_name
            properties = wire.decode_add_properties(asked.add_fields.request.SerializeToString())
            codec = verbs.wire.codec
            data = await verbs.edit_data_model(
                service,
                call.who,
                Op.ADD,
                {**facts, "type": named[:128]},
                lambda w: wire.encode_add_properties_answer(edits.add_properties(w, named, properties, codec)),
            )
            return api.EditDataModelAnswer(added_fields=fields_answer.GraphPropertyAddsResponse.FromString(data))
        if which == "delete_field":
            named = asked.delete_field.type_name
            gone = wire.decode_delete_property(asked.delete_field.request.SerializeToString())
            facts["type"] = named[:128]
            await verbs.edit_data_model(
                service, call.who, Op.DELETE, facts, lambda w: edits.delete_property(w, named, gone)
            )
            return api.EditDataModelAnswer(done=True)
        if which == "delete_type":
            named = asked.delete_type
            facts["type"] = named[:128]
            await verbs.edit_data_model(service, call.who, Op.DELETE, facts, lambda w: edits.delete_type(w, named))
            return api.EditDataModelAnswer(done=True)
        raise MalformedInput("no edit is given", place="edit")
