"""Files people have, read as layers: GeoPackage, Shapefile, GeoJSON, FlatGeobuf, CSV with x and y (extra [formats]).

GDAL reads them, through pyogrio; a file is read in pages, so that its size does not matter.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from kgsync.errors import MalformedInput, NotSupported
from kgsync.model.geometry import WGS84, Geometry, GeometryKind, SpatialReference
from kgsync.model.layer_definitions import LayerDefinition, ServiceDefinition
from kgsync.model.schema import Category, FieldType, NamedType, Property
from kgsync.model.values import DateTime, Value, parse_date_only, parse_uuid
from kgsync.wire.esrijson.definition import SHAPE
from kgsync.wire.wkb import read_wkb

_PAGE = 20_000  # features read at once
_SUFFIXES = (".gpkg", ".shp", ".geojson", ".json", ".fgb", ".csv", ".zip")
_TYPES = {
    "int16": FieldType.SMALL_INTEGER,
    "int32": FieldType.INTEGER,
    "int64": FieldType.BIG_INTEGER,
    "float32": FieldType.SINGLE,
    "float64": FieldType.DOUBLE,
    "bool": FieldType.SMALL_INTEGER,
    "object": FieldType.STRING,
    "datetime64[D]": FieldType.DATE_ONLY,
}
_KINDS = {
    "point": GeometryKind.POINT,
    "multipoint": GeometryKind.MULTIPOINT,
    "linestring": GeometryKind.POLYLINE,
    "multilinestring": GeometryKind.POLYLINE,
    "polygon": GeometryKind.POLYGON,
    "multipolygon": GeometryKind.POLYGON,
}
# The server numbers and names features itself; a global id there is is kept.
_IDS = ("globalid", "global_id")
_DROPPED = ("objectid", "fid", *_IDS, SHAPE)
# Columns a CSV file has its points in.
_CSV = {
    "X_POSSIBLE_NAMES": "x,lon,lng,long,longitude",
    "Y_POSSIBLE_NAMES": "y,lat,latitude",
    "KEEP_GEOM_COLUMNS": "NO",
    "AUTODETECT_TYPE": "YES",
}


class Row(NamedTuple):
    """One feature of a file; `id` where it has a global id."""

    id: UUID | None
    values: dict[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    layer: str
    columns: tuple[tuple[str, FieldType], ...]
    id_column: str | None
    kind: GeometryKind | None


class FeatureFile:
    """A file of layers: what it would be as a service, and its features page by page."""

    def __init__(self, path: Path) -> None:
        """Open a file. Raises MalformedInput, NotSupported without the extra [formats]."""
        if path.suffix.lower() not in _SUFFIXES or not path.exists():
            known = ", ".join(_SUFFIXES)
            reason = "there is no such file" if not path.exists() else f"a file of layers ends with one of {known}"
            raise MalformedInput(reason, place=str(path.name))
        self._path, self._ogr = path, _pyogrio()
        self._options = _CSV if path.suffix.lower() == ".csv" else {}
        self._sources: list[_Source] = []
        self.definition = self._defined()
        self.total = sum(self._count(source) for source in self._sources)

    def _asked(self, work: Any, *arguments: Any, **more: Any) -> Any:
        """Ask GDAL. Raises MalformedInput in its words."""
        try:
            return work(self._location, *arguments, **more)
        except Exception as error:  # noqa: BLE001  GDAL and its drivers raise what they like
            raise MalformedInput(f"GDAL cannot read it: {error}"[:500], place=self._path.name) from None

    @property
    def _location(self) -> str:
        inside = self._path.suffix.lower() == ".zip"
        return f"/vsizip/{self._path}" if inside else str(self._path)

    def _info(self, layer: str) -> dict[str, Any]:
        found: dict[str, Any] = self._asked(self._ogr.read_info, layer=layer, force_feature_count=True, **self._options)
        return found

    def _count(self, source: _Source) -> int:
        return max(0, int(self._info(source.layer)["features"]))

    def _defined(self) -> ServiceDefinition:
        layers, references = [], []
        for name, _ in self._asked(self._ogr.list_layers):
            info = self._info(str(name))
            layers.append(self._layer(str(name), info))
            if info["crs"]:
                references.append(_reference(str(info["crs"])))
        if not layers:
            raise MalformedInput("the file has no layers", place=self._path.name)
        if len(set(references)) > 1:
            raise NotSupported(f"{self._path.name}: its layers are in {len(set(references))} spatial references")
        reference = references[0] if references else WGS84
        return ServiceDefinition(layers=tuple(layers), reference=reference)

    def _layer(self, name: str, info: dict[str, Any]) -> LayerDefinition:
        columns, id_column = [], None
        kinds = info.get("ogr_types", [""] * len(info["fields"]))
        for field, dtype, ogr in zip(map(str, info["fields"]), map(str, info["dtypes"]), kinds, strict=True):
            if field.lower() in _IDS:
                id_column = field
            if field.lower() not in _DROPPED and ogr != "OFTBinary":
                kind = FieldType.DATE if dtype.startswith("datetime64[m") else _TYPES.get(dtype)
                if kind is not None:
                    columns.append((field, kind))
        shape = self._shape(name, info)
        self._sources.append(
            _Source(
                layer=name,
                columns=tuple(columns),
                id_column=id_column,
                kind=None if shape is None else shape.geometry_kind,
            )
        )
        properties = [Property(id=0, name=field, field_type=kind) for field, kind in columns]
        if shape is not None:
            properties.append(shape)
        named_type = NamedType(id=0, name=name, category=Category.ENTITY, properties=tuple(properties), shape=0)
        return LayerDefinition(type=named_type)

    def _shape(self, name: str, info: dict[str, Any]) -> Property | None:
        told = info["geometry_type"]
        if told is None:
            return None
        words = str(told).lower().replace("25d", "").split()
        has_z, has_m = "z" in words[1:] or "zm" in words[1:] or "25d" in str(told).lower(), "m" in words[1:]
        kind = _KINDS.get(words[0]) if words else None
        if kind is None:
            first = self._first(name)
            if first is None:
                return None
            kind, has_z, has_m = first.kind, first.has_z, first.has_m
        return Property(id=0, name=SHAPE, field_type=FieldType.GEOMETRY, geometry_kind=kind, has_z=has_z, has_m=has_m)

    def _first(self, name: str) -> Geometry | None:
        """Look what the first feature with a geometry has, where the layer does not say."""
        _, _, shapes, _ = self._asked(self._ogr.raw.read, layer=name, columns=[], max_features=100, **self._options)
        for data in shapes if shapes is not None else ():
            if data is not None:
                return read_wkb(data, name)
        return None

    def rows(self, layer: int) -> Iterator[list[Row]]:
        """Give the features of a layer, by its place in the definition, in pages. Raises MalformedInput."""
        source, skipped = self._sources[layer], 0
        while True:
            meta, fids, shapes, fields = self._asked(
                self._ogr.raw.read,
                layer=source.layer,
                skip_features=skipped,
                max_features=_PAGE,
                return_fids=True,
                read_geometry=source.kind is not None,
                **self._options,
            )
            count = len(fids)
            if count == 0:
                return
            names = {str(name): index for index, name in enumerate(meta["fields"])}
            yield [self._row(source, k, shapes, fields, names, skipped) for k in range(count)]
            skipped += count

    def _row(self, source: _Source, k: int, shapes: Any, fields: Any, names: dict[str, int], skipped: int) -> Row:
        place = f"{self._path.name}: {source.layer}, feature {skipped + k}"
        values: dict[str, Value] = {}
        for name, kind in source.columns:
            values[name] = _value(fields[names[name]][k], kind)
        if source.kind is not None:
            data = None if shapes is None else shapes[k]
            values[SHAPE] = None if data is None else _fitted(read_wkb(bytes(data), place), source.kind, place)
        id = None
        if source.id_column is not None:
            given = fields[names[source.id_column]][k]
            id = parse_uuid(given) if isinstance(given, str) else None
        return Row(id, values)


def _fitted(found: Geometry | None, kind: GeometryKind, place: str) -> Geometry | None:
    """Take a geometry of the layer's kind, one point as several. Raises MalformedInput."""
    if found is None or found.kind is kind:
        return found
    if found.kind is GeometryKind.POINT and kind is GeometryKind.MULTIPOINT:
        return Geometry(kind, found.has_z, found.has_m, found.parts)
    raise MalformedInput(f"a {found.kind.name.lower()} in a layer of {kind.name.lower()}s", place=place)


def _value(given: Any, kind: FieldType) -> Value:
    if given is None or given != given:  # NaN and NaT are nothing
        return None
    match kind:
        case FieldType.STRING:
            return given if isinstance(given, str) else str(given)
        case FieldType.DATE:
            moment = given.astype("datetime64[ms]").astype(int)
            return DateTime(int(moment))
        case FieldType.DATE_ONLY:
            return parse_date_only(str(given))
        case FieldType.SINGLE | FieldType.DOUBLE:
            number = float(given)
            return number if math.isfinite(number) else None
    return int(given)


def _reference(crs: str) -> SpatialReference:
    authority, _, code = crs.partition(":")
    if authority.upper() in ("EPSG", "ESRI") and code.isdecimal():
        return SpatialReference(wkid=int(code), latest_wkid=int(code))
    if crs.upper() == "OGC:CRS84":
        return WGS84
    return SpatialReference(wkt=crs)


def _pyogrio() -> Any:
    try:
        import pyogrio
        import pyogrio.raw
    except ImportError:
        raise NotSupported("Files of layers need the extra [formats]: pip install 'kgsync[server,formats]'") from None
    return pyogrio
