"""The answer to a layer's query, made as rows are found: JSON of the ArcGIS REST API, or GeoJSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from kgsync.errors import KgsyncError
from kgsync.model.geometry import Geometry
from kgsync.model.layers import Published
from kgsync.model.query import QueryAnswer, QueryRow
from kgsync.model.schema import DataModel
from kgsync.server.http.features.asking import Question
from kgsync.wire.esrijson.fields import GLOBAL_ID_FIELD, OBJECT_ID_FIELD, attribute, field_json, geometry_property
from kgsync.wire.esrijson.geometry import KIND_NAMES, rounded, write_geometry, write_reference
from kgsync.wire.geojson import to_geojson

_BYTES = 256 * 1024  # gathered before they are handed on


class Written:
    """The parts of an answer; a part is some of its text."""

    def __init__(self, answer: QueryAnswer, asked: Question, layer: Published, model: DataModel, form: str) -> None:
        self._answer, self._asked, self._layer, self._model, self._form = answer, asked, layer, model, form
        self.more = False

    def __iter__(self) -> Iterator[bytes | None]:
        match self._asked.kind:
            case "count":
                yield from self._whole(lambda rows: {"count": rows[0][0] if rows else 0})
            case "ids":
                yield from self._ids()
            case "statistics":
                yield from self._whole(self._statistics)
            case _:
                yield from self._features()

    def _whole(self, make: Any) -> Iterator[bytes | None]:
        rows: list[QueryRow] = []
        for row in self._answer.rows:
            if row is None:
                yield None
            else:
                rows.append(row)
        yield _text(make(rows))

    def _ids(self) -> Iterator[bytes | None]:
        """Write ids as they are found: there may be as many as objects."""
        gathered, first = bytearray(_text({"objectIdFieldName": OBJECT_ID_FIELD})[:-1] + b',"objectIds":['), True
        for row in self._answer.rows:
            if row is None:
                yield None
                continue
            gathered += (b"" if first else b",") + str(row[0]).encode()
            first = False
            if len(gathered) >= _BYTES:
                yield bytes(gathered)
                gathered.clear()
        yield bytes(gathered) + b"]}"

    def _statistics(self, rows: list[QueryRow]) -> dict[str, Any]:
        features = [{"attributes": self._attributes(row)} for row in rows[: self._asked.most]]
        grouped = [field_json(each, self._model) for each in self._asked.fields]
        names = self._asked.columns[len(grouped) :]
        fields = [*grouped, *({"name": name, "type": "esriFieldTypeDouble", "alias": name} for name in names)]
        more = {"exceededTransferLimit": True} if len(rows) > self._asked.most else {}
        return {"displayFieldName": "", "fields": fields, "features": features, **more}

    def _attributes(self, row: QueryRow) -> dict[str, Any]:
        return {name: attribute(value) for name, value in zip(self._asked.columns, row, strict=False)}

    def _features(self) -> Iterator[bytes | None]:
        head = _text(self._head())[:-1] + (b"," if self._form != "geojson" else b", ") + b'"features": ['
        gathered, count = bytearray(head), 0
        for row in self._answer.rows:
            if row is None:
                yield None
                continue
            if count == self._asked.most:
                self.more = True
                break
            gathered += b",\n" if count else b"\n"
            gathered += _text(self._feature(row))
            count += 1
            if len(gathered) >= _BYTES:
                yield bytes(gathered)
                gathered.clear()
        gathered += b"]" + (b', "exceededTransferLimit": true' if self.more else b"") + b"}"
        yield bytes(gathered)

    def _head(self) -> dict[str, Any]:
        if self._form == "geojson":
            return {"type": "FeatureCollection"}
        shape = geometry_property(self._layer.type)
        told: dict[str, Any] = {"objectIdFieldName": OBJECT_ID_FIELD, "globalIdFieldName": GLOBAL_ID_FIELD}
        if shape is not None:
            told |= {
                "geometryType": KIND_NAMES[shape.geometry_kind],
                "spatialReference": write_reference(self._answer.spatial_reference),
                "hasZ": shape.has_z,
                "hasM": shape.has_m,
            }
        return {**told, "fields": [field_json(each, self._model) for each in self._asked.fields]}

    def _feature(self, row: QueryRow) -> dict[str, Any]:
        attributes = self._attributes(row)
        geometry = self._geometry(row[-1]) if self._asked.shape else None
        if self._form == "geojson":
            shape = None if geometry is None else to_geojson(geometry)
            told = {"type": "Feature", "id": attributes.get(OBJECT_ID_FIELD), "geometry": shape}
            return {**told, "properties": attributes}
        if not self._asked.shape:
            return {"attributes": attributes}
        return {"attributes": attributes, "geometry": None if geometry is None else write_geometry(geometry)}

    def _geometry(self, value: object) -> Geometry | None:
        if not isinstance(value, Geometry):
            return None
        carried = value if self._answer.carry is None else self._answer.carry(value)
        return None if carried is None else rounded(carried, self._answer.spatial_reference)

    def failed(self, error: KgsyncError) -> bytes:
        return b""

    def alive(self) -> bytes:
        return b""


def _text(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
