"""The graph the benchmarks work on: places with a point and some properties, and links between them."""

from __future__ import annotations

import gzip
import random
import uuid
from pathlib import Path

from esriPBuffer.graph import ApplyEditsRequest_pb2 as request

from kgsync.model.catalog import ServiceSettings
from kgsync.model.edits import ALL_EDITS, Add, Batch, EditsHeader, Op
from kgsync.model.geometry import Geometry, GeometryKind
from kgsync.model.schema import Category, FieldType, NamedType, Property
from kgsync.model.values import Value
from kgsync.server.clock import wall_clock
from kgsync.server.publishing import publish
from kgsync.server.wiring import protobuf_wire
from kgsync.store.database import open_store
from kgsync.sync.datamodel import add_types
from kgsync.sync.upload import Caller, apply_edits
from kgsync.wire.pbf.frames import delimited

_PROPERTIES = {
    "name": FieldType.STRING,
    "code": FieldType.STRING,
    "population": FieldType.BIG_INTEGER,
    "score": FieldType.DOUBLE,
    "shape": FieldType.GEOMETRY,
}
_WORDS = "north south east west upper lower old new great little saint port mount lake river".split()  # noqa: SIM905


def types() -> list[NamedType]:
    place = tuple(Property(id=0, name=n, field_type=t) for n, t in _PROPERTIES.items())
    note = (Property(id=0, name="note", field_type=FieldType.STRING),)
    return [
        NamedType(id=0, name="Place", category=Category.ENTITY, shape=0, properties=place),
        NamedType(id=0, name="Link", category=Category.RELATIONSHIP, shape=0, properties=note),
    ]


def _name(source: random.Random) -> str:
    return f"{source.choice(_WORDS)} {source.choice(_WORDS)} {source.randrange(10**6)}".title()


def fill(data_dir: Path, name: str, objects: int) -> None:
    """Publish a service of `objects` objects: a third places, the rest links between them."""
    source = random.Random(objects)
    store = open_store(data_dir, None)
    try:
        service = publish(store, name, "Hosted", "admin", ServiceSettings(), wall_clock(), uuid.uuid4)
        with store.writing(service.id, wall_clock()) as writing:
            add_types(writing, types())
        codec = protobuf_wire().codec
        caller = Caller(user="admin", allowed=ALL_EDITS, rollback=False, new_id=uuid.uuid4)
        places = [uuid.UUID(int=source.getrandbits(128)) for _ in range(objects // 3)]
        left = objects - len(places)
        for start in range(0, len(places), 10_000):
            adds = [_place(i, source) for i in places[start : start + 10_000]]
            with store.writing(service.id, wall_clock()) as writing:
                apply_edits(
                    writing, EditsHeader(), [[Batch(Op.ADD, Category.ENTITY, "Place", list(adds))]], codec, caller
                )
        while left > 0:
            links = [
                Add(
                    uuid.UUID(int=source.getrandbits(128)),
                    {"note": _name(source)},
                    source.choice(places),
                    source.choice(places),
                )
                for _ in range(min(left, 10_000))
            ]
            with store.writing(service.id, wall_clock()) as writing:
                apply_edits(
                    writing, EditsHeader(), [[Batch(Op.ADD, Category.RELATIONSHIP, "Link", list(links))]], codec, caller
                )
            left -= len(links)
    finally:
        store.close()


def _place(id: uuid.UUID, source: random.Random) -> Add:
    point = Geometry(GeometryKind.POINT, False, False, ((source.uniform(-180, 180), source.uniform(-90, 90)),))
    values: dict[str, Value] = {
        "name": _name(source),
        "code": f"P{source.randrange(10**5):05d}",
        "population": source.randrange(10**7),
        "score": source.random(),
        "shape": point,
    }
    return Add(id, values)


def add_body(count: int, source: random.Random) -> bytes:
    """Make an applyEdits body of `count` new places, as a deployed client frames it (2,049 a frame)."""
    header = request.GraphApplyEditsHeader()
    header.spatialReference.wkid = 4326
    header.input_transform.scale.xScale = header.input_transform.scale.yScale = 1e-9
    body = delimited(header.SerializeToString())
    for start in range(0, count, 2049):
        frame = request.GraphApplyEditsFrame()
        adds = frame.adds.entities["Place"].entity_adds
        for _ in range(min(2049, count - start)):
            entity = adds.add().entity
            entity.id.primitive_value.uuid_value = source.getrandbits(128).to_bytes(16, "big")
            for name, member, value in (
                ("name", "string_value", _name(source)),
                ("code", "string_value", f"P{source.randrange(10**5):05d}"),
                ("population", "sint64_value", source.randrange(10**7)),
                ("score", "double_value", source.random()),
            ):
                pair = entity.properties.add(key=name)
                setattr(pair.value.primitive_value, member, value)
            shape = entity.properties.add(key="shape").value.primitive_value.geometry_value.geometry
            shape.lengths.append(1)
            shape.coords.extend(
                (source.randrange(-18 * 10**10, 18 * 10**10), source.randrange(-9 * 10**10, 9 * 10**10))
            )
        body += delimited(gzip.compress(frame.SerializeToString(), 1))
    return body
