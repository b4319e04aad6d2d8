"""Valid bytes of every message a caller may send, for mutations to start from."""

from __future__ import annotations

import gzip
import json
from typing import Any

from esriPBuffer import EsriTypes_pb2
from esriPBuffer.graph import AddConstraintRulesRequest_pb2 as add_rules
from esriPBuffer.graph import AddDomainRequest_pb2 as add_domain
from esriPBuffer.graph import AddFieldsRequest_pb2 as add_fields
from esriPBuffer.graph import AddIndexesRequest_pb2 as add_indexes
from esriPBuffer.graph import AddNamedTypesRequest_pb2 as add_types
from esriPBuffer.graph import ApplyEditsRequest_pb2 as apply
from esriPBuffer.graph import CreateReplicaRequest_pb2 as create
from esriPBuffer.graph import DataModelTypes_pb2 as types
from esriPBuffer.graph import DeleteConstraintRulesRequest_pb2 as delete_rules
from esriPBuffer.graph import DeleteFieldRequest_pb2 as delete_field
from esriPBuffer.graph import DeleteIndexesRequest_pb2 as delete_indexes
from esriPBuffer.graph import EsriGraphTypes_pb2 as graph
from esriPBuffer.graph import QueryRequest_pb2 as query
from esriPBuffer.graph import SynchronizeReplicaRequest_pb2 as synchronize
from esriPBuffer.graph import SyncTypes_pb2 as sync
from esriPBuffer.graph import TrimChangeLogRequest_pb2 as trim_change_log
from esriPBuffer.graph import UnregisterReplicaRequest_pb2 as unregister
from esriPBuffer.graph import UpdateConstraintRulesRequest_pb2 as update_rules
from esriPBuffer.graph import UpdateDomainRequest_pb2 as update_domain
from esriPBuffer.graph import UpdateFieldRequest_pb2 as update_field
from esriPBuffer.graph import UpdateNamedTypeRequest_pb2 as update_type
from google.protobuf import json_format

from kgsync.errors import Code, Conflict
from kgsync.model.edits import EditError, EditResults, Op, Outcome
from kgsync.model.history import Moment
from kgsync.model.jobs import Job, JobKind, JobState
from kgsync.model.replica import Created, Definition, Direction, Replica, Synchronized
from kgsync.model.schema import Category, DataModel
from kgsync.model.trim import ReplicaShare, TrimError, TrimKind, Trimmed
from kgsync.wire.pbf import jobs, replicas, trim
from kgsync.wire.pbf.datamodel import encode_data_model
from kgsync.wire.pbf.edits import encode_apply_edits_error, encode_apply_edits_result
from kgsync.wire.pbf.frames import delimited
from kgsync.wire.pbf.synchronize import encode_synchronized
from tests.golden.cases import CASES
from tests.wire.parameters import message_of
from tests.wire.samples import DEST, ID, ORIGIN

GEOMETRIES = tuple(case.message().SerializeToString() for case in CASES["geometries"].values())
_PRIMITIVES = tuple(case.message().SerializeToString() for case in CASES["primitives"].values())
_ARRAYS = tuple(case.message().SerializeToString() for case in CASES["arrays"].values())
VALUES = (*(b"\x0a" + delimited(p) for p in _PRIMITIVES), *_ARRAYS)
PARAMETERS = (*VALUES, message_of({"a": (1, {"b": None}), "c": "x"}).SerializeToString())
ROWS = tuple(case.message().SerializeToString() for case in CASES["rows"].values())

_any = [b"\x0a\x01k\x12" + delimited(value) for value in VALUES]
_object = b"".join(b"\x12" + delimited(pair) for pair in _any)


def _frame() -> apply.GraphApplyEditsFrame:
    named = apply.NamedObjectAdd.FromString(_object)
    named.id.primitive_value.uuid_value = ID.bytes
    message = apply.GraphApplyEditsFrame()
    message.adds.entities["A"].entity_adds.add(entity=named)
    link = message.adds.relationships["K"].relationship_adds.add(relationship=named)
    link.origin_id.primitive_value.uuid_value = ORIGIN.bytes
    link.dest_id.primitive_value.string_value = str(DEST)
    change = message.updates.entities["A"].namedObjectUpdates.add(properties=named.properties)
    change.update_id.primitive_value.string_value = f"{{{ID}}}"
    message.deletes.deleted_entity_ids["A"].id_array.uuid_array = ID.bytes
    message.deletes.deleted_relationship_ids["K"].id_array.string_array.value.append(str(ID))
    return message


_header = apply.GraphApplyEditsHeader(spatialReference={"wkid": 4326, "wkt": "x"}, cascade_delete=True)
_header.input_transform.scale.xScale = 0.5

_one = _frame().SerializeToString()
HEADERS = (_header.SerializeToString(),)
FRAMES = (_one,)
PLAIN = (2 * (b"\x0a" + delimited(_one)),)
STREAMS = (2 * delimited(_one),)
PACKED = (2 * delimited(gzip.compress(_one, mtime=0)), gzip.compress(2 * delimited(_one), mtime=0))
BODIES = tuple(delimited(HEADERS[0]) + packed for packed in PACKED)
_file_header = sync.ReplicaDataHeader(delta_type=1, type_name="T", type_category=1).SerializeToString()
ARCHIVE_HEADERS = (
    delimited(sync.ReplicaHeader(sync_date=5, transform={"scale": {"xScale": 0.5}}).SerializeToString()),
)
DATA_FILES = (delimited(_file_header) + b"".join(map(delimited, ROWS)),)

_deltas = synchronize.DownloadParameters(replica_deltas={"last_sync_date": 5}, data_format=1)
_file = synchronize.UploadEdits(upload_file={"edits_upload_id": ID.bytes, "upload_format": 1})
_inline = synchronize.SyncApplyEdits(edits_header=_header, frames={"frames": [_frame()]})
_packed = synchronize.SyncApplyEdits(edits_header=_header, compressed_frames=PACKED[0])
_calls = [
    synchronize.SynchronizeReplicaRequest(download_parameters=_deltas, upload_edits=_file, **{"async": True}),
    synchronize.SynchronizeReplicaRequest(upload_edits={"sync_apply_edits": _inline}),
    synchronize.SynchronizeReplicaRequest(upload_edits={"sync_apply_edits": _packed}),
]
SYNCS = tuple(call.SerializeToString() for call in _calls)

_create = create.CreateReplicaRequest(requested_replica_name="mine", replica_id=ID.bytes, sync_direction=1)
_static = _create.replica_filters.static_definition
_entity = _static.entity_types.add(document_options={"include_connected_documents": {"provenance_options": {}}})
_entity.entity_type_replica_definition.type_name = "Person"
_entity.entity_type_replica_definition.open_cypher_where_clause = "n.age > $age"
_entity.entity_type_replica_definition.parameters["age"].primitive_value.sint64_value = 3
_create.replica_filters.in_sr.wkid = 4326
_reference = create.CreateReplicaRequest(reference_replica={"reference_replica_id": ORIGIN.bytes})
_all = unregister.UnregisterReplicaRequest(unregister_all={})

_forced = {"trim_before_date": 5, "force_trim": {"unregister_stale_replicas": True}}
_trims = (
    trim_change_log.TrimChangeLogRequest(trim_before=_forced),
    trim_change_log.TrimChangeLogRequest(trim_preserve_replicas={}, **{"async": True}),
    trim_change_log.TrimChangeLogRequest(change_log_statistics={"candidate_trim_before_date": 7}),
)

_property: dict[str, Any] = {
    "name": "age",
    "fieldType": 2,
    "defaultValue": [{"sint64_value": 3}],
    "domain": "d",
    "role": 1,
}
_index: dict[str, Any] = {"name": "i", "fields": "a,b", "isUnique": True}
_named = {"name": "T", "role": 2, "properties": [_property], "field_indexes": [_index]}
_coded = {"codesValues": [{"name": "one", "code": {"sint_value": 1}}]}
_domain: dict[str, Any] = {"name": "d", "fieldType": 2, "codedValueDomain": _coded}
_range: dict[str, Any] = {
    "name": "r",
    "fieldType": 4,
    "rangeDomain": {"range": [{"double_value": 1.5}, {"float_value": 2.5}]},
}
_field_mask = {"update_alias": True, "update_field_type": True}
_type_update = {"mask": {"update_alias": True}, "entity_type": {"entity": _named}}
_link_update = {"relationship_type": {"relationship": _named}}

_rule = {
    "name": "r",
    "relationship_exclusion_rule": {
        "origin_entity_types": {"set": {"value": ["A", "B"]}},
        "relationship_types": {"set": {}},
        "destination_entity_types": {"set_complement": {"value": ["A"]}},
    },
}
_rule_update = {
    "rule_name": "r",
    "mask": {"update_name": True, "update_disabled": True},
    "constraint_rule": {"name": "s", "disabled": True},
    "relationship_exclusion_rule_update": {
        "update_origin_entity_types": {"add_named_types": ["C"], "remove_named_types": ["A"]}
    },
}

_query = {
    "open_cypher_query": "MATCH (n) RETURN n",
    "parameters": {"p": {"primitive_value": {"sint64_value": 1}}},
    "in_sr": {"wkid": 3857},
    "out_sr": {"wkid": 4326},
    "input_transform": {"scale": {"xScale": 1e-9}},
    "quantization_parameters": {"extent": {"XMin": 1}, "tolerance": 0.5, "mode": 1},
    "provenance_behavior": 1,
    "out_time_zone": {"tz_id": "UTC"},
    "out_duration_format": 1,
}

REQUESTS: dict[str, tuple[bytes, ...]] = {
    name: tuple(message.SerializeToString() for message in messages)
    for name, messages in {
        "decode_create": [_create, _reference],
        "decode_query": [query.GraphQueryRequest(**_query)],
        "decode_unregister": [unregister.UnregisterReplicaRequest(replica_ids=ID.bytes * 2), _all],
        "decode_trim": _trims,
        "decode_add_types": [
            add_types.GraphNamedObjectTypeAddsRequest(
                entity_types=[{"entity": _named}], relationship_types=[{"relationship": _named}]
            )
        ],
        "decode_update_type": [
            update_type.GraphNamedObjectTypeUpdateRequest(entity_update=_type_update),
            update_type.GraphNamedObjectTypeUpdateRequest(relationship_update=_link_update),
        ],
        "decode_add_properties": [add_fields.GraphPropertyAddsRequest(graph_properties=[_property])],
        "decode_update_property": [
            update_field.GraphPropertyUpdateRequest(graph_property=_property, mask=_field_mask, property_name="age")
        ],
        "decode_delete_property": [delete_field.GraphPropertyDeleteRequest(name="age")],
        "decode_add_indexes": [add_indexes.GraphPropertyIndexAddsRequest(field_indexes=[_index])],
        "decode_delete_indexes": [delete_indexes.GraphPropertyIndexDeleteRequest(name=["a", "b"])],
        "decode_add_domain": [
            add_domain.GraphDomainAddRequest(domains=_domain),
            add_domain.GraphDomainAddRequest(domains=_range),
        ],
        "decode_update_domain": [
            update_domain.DomainUpdateRequest(mask={"update_domain": True}, domain=_domain),
            update_domain.DomainUpdateRequest(domain=_range),
        ],
        "decode_add_rules": [add_rules.GraphConstraintRuleAddsRequest(constraint_rules=[_rule])],
        "decode_update_rules": [update_rules.GraphConstraintRuleUpdatesRequest(constraint_rule_updates=[_rule_update])],
        "decode_delete_rules": [delete_rules.GraphConstraintRuleDeleteRequest(constraint_rule_name_array=["a", "b"])],
    }.items()
}

PARTS: dict[str, tuple[bytes, ...]] = {
    name: tuple(message.SerializeToString() for message in messages)
    for name, messages in {
        "timestamp": [
            graph.TimestampOffsetValue(iso8601_date_format="2024-02-29T12:30:15.5+05:30"),
            graph.TimestampOffsetValue(date_time_offset={"local_epoch_ms": -1, "utc_offset": 3600}),
            graph.TimestampOffsetValue(date_time_offset={"date_time_components": {"month": 1, "day": 1}}),
        ],
        "date": [
            graph.DateOnlyValue(iso8601_date_only_format="2024-02-29"),
            graph.DateOnlyValue(date_only_components={"year": 2024, "month": 2, "day": 29}),
        ],
        "time": [
            graph.TimeOnlyValue(iso8601_time_only_format="12:30:15.5"),
            graph.TimeOnlyValue(time_only_components={"hours": 23, "milliseconds": 999}),
        ],
        "duration": [
            graph.DurationValue(iso8601_duration_format="-P1Y2M3W4DT5H6M7.008S"),
            graph.DurationValue(duration_components={"months": -1, "days": 2}),
        ],
        "grid": [graph.Transform(scale={"xScale": 0.5, "mScale": 2.0}, translate={"yTranslate": -1.0})],
        "reference": [EsriTypes_pb2.EsriTypes.SpatialReference(wkid=4326, lastestWkid=4326, wkt="GEOGCS[]")],
        "pairs": [_frame().adds.entities["A"].entity_adds[0].entity],
        "property": [types.GraphProperty(**_property)],
        "index": [EsriTypes_pb2.EsriTypes.FieldIndex(**_index)],
        "named type": [types.EntityType(entity=_named)],
        "domain": [EsriTypes_pb2.EsriTypes.Domain(**_domain), EsriTypes_pb2.EsriTypes.Domain(**_range)],
    }.items()
}

JSON_KINDS = (
    "createReplicaRequest",
    "synchronizeReplicaRequest",
    "unregisterReplicaRequest",
    "trimChangeLogRequest",
)
_texts = [json.dumps(json_format.MessageToDict(m)).encode() for m in (_create, _reference, _all, *_calls, *_trims)]
JSONS = (
    *_texts,
    b'{"replicaIds": ["00112233-4455-6677-8899-aabbccddeeff"]}',
    b'{"lastSyncDate": "2023-11-14T22:13:20Z"}',
)

_replica = Replica(
    id=ID,
    name="r",
    requested_name="r",
    owner="a",
    direction=Direction.UPLOAD,
    definition=Definition(types=()),
    created=1,
    served=Moment(2),
    presented=Moment(2),
    last_contact=3,
)
_done = Created(replica_id=ID, name="r", requested_name="r", sync_date=Moment(5), archive="a", warnings=("w",))
_job = Job(
    id="1",
    service=1,
    kind=JobKind.CREATE,
    owner="a",
    state=JobState.COMPLETED,
    progress=1,
    submitted=1,
    updated=2,
    result=_done,
)

_share = ReplicaShare(replica_id=ID, served=Moment(1), percent=50.0)
_trimmed = (
    Trimmed(kind=TrimKind.STATISTICS, date=Moment(2), rows=1, total=2, shares=(_share,)),
    Trimmed(kind=TrimKind.PRESERVING, date=Moment(2)),
    Trimmed(kind=TrimKind.BEFORE, date=Moment(2), stale=(ID,), error=TrimError(code=409, message="stale")),
    Trimmed(kind=TrimKind.BEFORE, date=Moment(2), unregistered=(ID, ID)),
)

ANSWERS: dict[str, tuple[bytes, ...]] = {
    "created": (replicas.encode_created(_done, "u"), replicas.encode_create_error(Conflict("taken"))),
    "synchronized": (encode_synchronized(Synchronized(replica_id=ID, sync_date=Moment(1), warnings=("w",)), "u"),),
    "unregistered": (replicas.encode_unregistered([(ID, None), (ID, Conflict("no"))]),),
    "trimmed": (*map(trim.encode_trimmed, _trimmed), trim.encode_trim_error(Conflict("no")), trim.encode_trim_job("u")),
    "replicas": (replicas.encode_replicas([_replica]),),
    "definition": (replicas.encode_definition(_replica),),
    "data_model": (encode_data_model(DataModel(timestamp=1)),),
    "status": (jobs.encode_status(_job, "u"),),
    "result": (jobs.encode_result(_job, "u"),),
    "cancel": (jobs.encode_cancel(Conflict("no")),),
}

_told = Outcome(user="ann", moment=Moment(5), results=[EditResults(Op.ADD, Category.ENTITY, "Person", [ID, None])])
_told.results[0].errors[1] = EditError(Code.EDIT_EXISTS, "taken")
OUTCOMES = (encode_apply_edits_result(_told), encode_apply_edits_error(Conflict("no")))
