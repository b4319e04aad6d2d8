"""Replicas as files of other programs: GeoJSON by itself; GeoParquet and GeoPackage with the extra [geo]."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TextIO

from kgsync.client.exports.extras import needed
from kgsync.client.exports.graphs import attributes, write_graphml
from kgsync.client.exports.tables import crs_of, to_geopandas
from kgsync.client.local import LocalReplica
from kgsync.client.objects import Object, from_python
from kgsync.errors import MalformedInput
from kgsync.model.geometry import Geometry
from kgsync.model.plain import plain
from kgsync.model.schema import Category, FieldType
from kgsync.wire.geojson import to_geojson

_WGS84 = (4326,)
Move = Callable[[dict[str, Any]], dict[str, Any]]


def write_geojson(replica: LocalReplica, path: str | Path, type_name: str | None = None) -> int:
    """Write a FeatureCollection (RFC 7946) of a type or of all, object by object; give how many features.

    Coordinates are WGS 84; what is in another system is moved there, which needs the extra [geo].
    """
    move = _to_wgs84(replica)
    shapes = {t.name: [p.name for p in t.properties if p.field_type is FieldType.GEOMETRY] for t in _types(replica)}
    count = 0
    with Path(path).open("w", encoding="utf-8") as target:
        target.write('{"type": "FeatureCollection", "features": [')
        for found in replica.objects(type_name):
            feature = _feature(found, shapes.get(found.type, []), move)
            target.write(f"{',' if count else ''}\n{json.dumps(feature, ensure_ascii=False)}")
            count += 1
        target.write("\n]}\n")
    return count


def _types(replica: LocalReplica) -> Any:
    return replica.data_model.types


def _feature(found: Object, shapes: list[str], move: Move) -> dict[str, Any]:
    """Write a feature: the first geometry property is its geometry, further ones are GeoJSON in its properties."""
    given = {name: _moved(value, move) for name, value in found.properties.items() if isinstance(value, Geometry)}
    first = next((name for name in shapes if name in found.properties), None)
    told = {n: given[n] if n in given else _plain(v) for n, v in attributes(found).items() if n != first}
    if found.origin is not None:
        told |= {"origin": str(found.origin), "destination": str(found.destination)}
    return {"type": "Feature", "id": str(found.id), "geometry": given.get(first or ""), "properties": told}


def _plain(value: Any) -> Any:
    return plain(from_python(value))


def _moved(value: Geometry, move: Move) -> dict[str, Any] | None:
    given = to_geojson(value)
    return None if given is None else move(given)


def _to_wgs84(replica: LocalReplica) -> Move:
    reference = replica.data_model.spatial_reference
    if reference.wkid in _WGS84:
        return lambda given: given
    pyproj = needed("pyproj", "geo")
    transformer = pyproj.Transformer.from_crs(crs_of(reference), "EPSG:4326", always_xy=True)

    def step(coordinates: Any) -> Any:
        if isinstance(coordinates[0], list):
            return [step(each) for each in coordinates]
        return [*transformer.transform(*coordinates[:2]), *coordinates[2:]]

    return lambda given: {**given, "coordinates": step(given["coordinates"])}


def write_geoparquet(replica: LocalReplica, path: str | Path, type_name: str) -> int:
    """Write the objects of a type with geometry as GeoParquet; give how many."""
    frame = to_geopandas(replica, type_name)
    frame.to_parquet(path)
    return len(frame)


def write_gpkg(replica: LocalReplica, path: str | Path, type_name: str | None = None) -> int:
    """Write a GeoPackage with a layer for a type, or for every type that has geometry; give how many objects."""
    geometric = [t.name for t in _types(replica) if any(p.field_type is FieldType.GEOMETRY for p in t.properties)]
    names = geometric if type_name is None else [type_name]
    if not names:
        raise MalformedInput("No type of this replica has geometry")
    count = 0
    for name in names:
        frame = to_geopandas(replica, name)
        frame.to_file(path, layer=name, driver="GPKG", engine="pyogrio")
        count += len(frame)
    return count


def write_node_link(replica: LocalReplica, path: str | Path) -> int:
    """Write node-link JSON as networkx reads it, object by object; give how many objects."""
    links = [t.name for t in _types(replica) if t.category is Category.RELATIONSHIP]
    nodes = [t.name for t in _types(replica) if t.category is not Category.RELATIONSHIP]
    with Path(path).open("w", encoding="utf-8") as target:
        target.write('{"directed": true, "multigraph": true, "graph": {}, "nodes": [')
        count = _json_list(target, (_node(found) for name in nodes for found in replica.objects(name)))
        target.write('\n], "links": [')
        count += _json_list(target, (_link(found) for name in links for found in replica.objects(name)))
        target.write("\n]}\n")
    return count


def _json_list(target: TextIO, every: Iterable[dict[str, Any]]) -> int:
    count = 0
    for each in every:
        target.write(f"{',' if count else ''}\n{json.dumps(each)}")
        count += 1
    return count


def _node(found: Object) -> dict[str, Any]:
    return {"id": str(found.id), **_facts(found)}


def _link(found: Object) -> dict[str, Any]:
    ends = {"source": str(found.origin), "target": str(found.destination)}
    return {**ends, "key": str(found.id), **_facts(found)}


def _facts(found: Object) -> dict[str, Any]:
    return {name: _json(value) for name, value in attributes(found).items()}


def _json(value: Any) -> Any:
    return to_geojson(value) if isinstance(value, Geometry) else _plain(value)


def write_file(replica: LocalReplica, path: Path, type_name: str | None = None) -> int:
    """Write a file of the kind its name ends with. Raises MalformedInput for other names."""
    match path.suffix.lower():
        case ".geojson":
            return write_geojson(replica, path, type_name)
        case ".graphml":
            write_graphml(replica, path)
            return sum(replica.counts().values())
        case ".json":
            return write_node_link(replica, path)
        case ".parquet" | ".geoparquet" if type_name is not None:
            return write_geoparquet(replica, path, type_name)
        case ".parquet" | ".geoparquet":
            raise MalformedInput("A Parquet file holds one type: say which")
        case ".gpkg":
            return write_gpkg(replica, path, type_name)
    raise MalformedInput(f"{path.name} should end with .geojson, .graphml, .json, .parquet or .gpkg")
