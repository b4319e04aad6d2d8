"""Files of other programs into a local replica, as edits that wait to be sent: all of a file, or nothing of it.

GeoJSON, node-link JSON and pairs in CSV need nothing; GraphML needs the extra [networkx], GeoParquet [geo].
"""

from __future__ import annotations

import base64
import csv
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from kgsync.client.exports.extras import needed
from kgsync.client.exports.graphs import LABEL
from kgsync.client.exports.tables import property_of
from kgsync.client.local import LocalReplica
from kgsync.errors import KgsyncError, MalformedInput
from kgsync.model.schema import Category, FieldType, NamedType
from kgsync.model.values import parse_uuid
from kgsync.wire.geojson import from_geojson

_ENDS = ("origin", "destination")
Count = Callable[[int], None]


class Record(NamedTuple):
    """One object of a file; ends only on relationships. `key` is how others in the file name it."""

    place: str
    label: str | None
    key: str
    properties: Mapping[str, Any]
    origin: str | None = None
    destination: str | None = None


@dataclass(slots=True)
class Imported:
    """What an import came to; `left_out` names properties the types do not have."""

    entities: int = 0
    relationships: int = 0
    left_out: set[str] = field(default_factory=set)


def import_file(
    replica: LocalReplica,
    path: Path,
    *,
    type_name: str | None = None,
    match: str | None = None,
    count: Count = lambda done: None,
) -> Imported:
    """Add what a file holds, in one transaction. `type_name` is for objects that do not say theirs.

    `match` is the property by whose value pairs name entities, in place of ids. Raises MalformedInput with the place
    in the file, and nothing of it is added then.
    """
    importing = _Importing(replica, type_name, match)
    with replica.edits.together():
        for done, record in enumerate(_records(path), 1):
            try:
                importing.take(record)
            except KgsyncError as error:
                raise MalformedInput(error.message, place=f"{path.name}: {record.place}") from error
            count(done)
    return importing.done


class _Importing:
    def __init__(self, replica: LocalReplica, type_name: str | None, match: str | None) -> None:
        self._replica, self._type_name, self._match = replica, type_name, match
        self._types = {t.name: t for t in replica.data_model.types}
        self._ids: dict[str, UUID] = {}
        self._by_name: dict[str, UUID] | None = None
        self.done = Imported()

    def take(self, record: Record) -> None:
        label = record.label or self._type_name
        if label is None:
            raise MalformedInput("the object does not say its type; name one for all of them")
        edits = self._replica.edits
        named_type = self._types.get(label)
        values = {} if named_type is None else self._values(named_type, record.properties)
        id = _free(self._replica, record.key)
        if record.origin is None or record.destination is None:
            made = edits.add(label, values, id=id)
            self._ids[record.key] = made
            self.done.entities += 1
        else:
            edits.relate(label, self._end(record.origin), self._end(record.destination), values, id=id)
            self.done.relationships += 1

    def _values(self, named_type: NamedType, given: Mapping[str, Any]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name, value in given.items():
            wanted = named_type.property(name)
            if name == "geometry" and wanted is None:
                wanted = next((p for p in named_type.properties if p.field_type is FieldType.GEOMETRY), None)
            if wanted is None:
                self.done.left_out.add(f"{named_type.name}.{name}")
            elif value is not None and wanted.editable and not wanted.system and not wanted.tracking:
                values[wanted.name] = _value(wanted.field_type, value)
        return values

    def _end(self, text: str) -> UUID:
        """Find the entity a relationship names: one of the file, by its id, or by the property that matches."""
        if text in self._ids:
            return self._ids[text]
        if self._match is None:
            found = parse_uuid(text)
            if found is None:
                raise MalformedInput(f"{text[:64]!r} is no id; say which property names entities")
            return found
        if text not in self._named():
            raise MalformedInput(f"no entity has {self._match} {text[:64]!r}")
        return self._named()[text]

    def _named(self) -> dict[str, UUID]:
        """Read once which entities the property names; of several of one name it is the first."""
        if self._by_name is None:
            self._by_name = {}
            for named_type in self._types.values():
                if named_type.category is Category.ENTITY and named_type.property(self._match or "") is not None:
                    for found in self._replica.objects(named_type.name):
                        self._by_name.setdefault(str(found[self._match or ""]), found.id)
        return self._by_name


def _free(replica: LocalReplica, key: str) -> UUID:
    """Keep the id an object has in the file, when it is one and nobody has it."""
    id = parse_uuid(key)
    return id if id is not None and replica.get(id) is None else uuid4()


def _value(kind: FieldType, value: Any) -> Any:
    if kind is FieldType.GEOMETRY:
        return from_geojson(json.loads(value) if isinstance(value, str) else value)
    if kind is FieldType.BLOB and isinstance(value, str):
        return base64.b64decode(value)
    return value


# ---- files


def _records(path: Path) -> Iterator[Record]:
    match path.suffix.lower():
        case ".geojson":
            return _geojson(_json(path))
        case ".json":
            given = _json(path)
            return _geojson(given) if given.get("type") == "FeatureCollection" else _node_link(given)
        case ".graphml":
            return _graphml(path)
        case ".csv":
            return _pairs(path)
        case ".parquet" | ".geoparquet":
            return _parquet(path)
    raise MalformedInput(f"{path.name} should end with .geojson, .json, .graphml, .csv or .parquet")


def _json(path: Path) -> dict[str, Any]:
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise MalformedInput(f"the file is not JSON: {error}", place=path.name) from None
    if not isinstance(given, dict):
        raise MalformedInput("the file is not a JSON object", place=path.name)
    return given


def _labelled(given: Mapping[str, Any], but: tuple[str, ...] = ()) -> tuple[str | None, dict[str, Any]]:
    """Tell the type of an object from its properties; `label_` is a property named label."""
    properties = {n: v for n, v in given.items() if n not in (LABEL, *but)}
    if f"{LABEL}_" in properties:
        properties[LABEL] = properties.pop(f"{LABEL}_")
    label = given.get(LABEL)
    return (label if isinstance(label, str) else None), properties


def _geojson(given: Mapping[str, Any]) -> Iterator[Record]:
    """Give entities first, then what has ends."""
    features = given.get("features")
    if not isinstance(features, list):
        raise MalformedInput("the file has no features")
    links: list[Record] = []
    for number, feature in enumerate(features):
        place = f"features[{number}]"
        if not isinstance(feature, dict) or not isinstance(feature.get("properties") or {}, dict):
            raise MalformedInput("this is no feature", place=place)
        label, properties = _labelled(feature.get("properties") or {}, _ENDS)
        if feature.get("geometry") is not None:
            properties["geometry"] = feature["geometry"]
        ends = [(feature.get("properties") or {}).get(name) for name in _ENDS]
        key = str(feature.get("id", place))
        if all(isinstance(end, str) for end in ends):
            links.append(Record(place, label, key, properties, *ends))
        else:
            yield Record(place, label, key, properties)
    yield from links


def _node_link(given: Mapping[str, Any]) -> Iterator[Record]:
    links = given.get("links", given.get("edges"))
    if not isinstance(given.get("nodes"), list) or not isinstance(links, list):
        raise MalformedInput("the file has no nodes and links")
    for number, node in enumerate(given["nodes"]):
        label, properties = _labelled(_fact(node, f"nodes[{number}]"), ("id",))
        yield Record(f"nodes[{number}]", label, str(node.get("id", number)), properties)
    for number, link in enumerate(links):
        label, properties = _labelled(_fact(link, f"links[{number}]"), ("source", "target", "key"))
        ends = (str(link.get("source")), str(link.get("target")))
        yield Record(f"links[{number}]", label, str(link.get("key", "")), properties, *ends)


def _fact(given: Any, place: str) -> Mapping[str, Any]:
    if not isinstance(given, dict):
        raise MalformedInput("this is no object", place=place)
    return given


def _graphml(path: Path) -> Iterator[Record]:
    networkx = needed("networkx", "networkx")
    try:
        graph = networkx.read_graphml(path, force_multigraph=True)
    except (SyntaxError, ValueError, KeyError, networkx.NetworkXError) as error:
        raise MalformedInput(f"the file is not GraphML: {error}", place=path.name) from None
    for node, given in graph.nodes(data=True):
        label, properties = _labelled(given)
        yield Record(f"node {node}", label, str(node), properties)
    for origin, destination, key, given in graph.edges(keys=True, data=True):
        label, properties = _labelled(given)
        yield Record(f"edge {origin} → {destination}", label, str(key), properties, str(origin), str(destination))


def _pairs(path: Path) -> Iterator[Record]:
    with path.open(newline="", encoding="utf-8-sig") as source:
        reader = csv.DictReader(source)
        if not set(_ENDS) <= set(reader.fieldnames or ()):
            raise MalformedInput("the first line names the columns; two are origin and destination", place=path.name)
        for row in reader:
            label, properties = _labelled({n: v or None for n, v in row.items() if n is not None}, (*_ENDS, "id"))
            ends = (row["origin"] or "", row["destination"] or "")
            yield Record(f"line {reader.line_num}", label, row.get("id") or "", properties, *ends)


def _parquet(path: Path) -> Iterator[Record]:
    geopandas, shapely = needed("geopandas", "geo"), needed("shapely", "geo")
    try:
        frame = geopandas.read_parquet(path)
    except (ValueError, OSError, KeyError) as error:
        raise MalformedInput(f"the file is not GeoParquet: {error}", place=path.name) from None
    geometry = frame.geometry.name
    for number, row in enumerate(frame.to_dict("records")):
        # A table is of one type: every column is a property, one named label too.
        properties = {property_of(str(n)): _present(v) for n, v in row.items() if n not in (geometry, "id")}
        shape = row[geometry]
        properties["geometry"] = None if shape is None else json.loads(shapely.to_geojson(shape))
        yield Record(f"row {number}", None, str(row.get("id", number)), properties)


def _present(value: Any) -> Any:
    """Give None for what pandas has for nothing, and Python's own kinds for its."""
    if value is None or value != value or type(value).__name__ in ("NAType", "NaTType"):
        return None
    return value.to_pydatetime() if hasattr(value, "to_pydatetime") else value
