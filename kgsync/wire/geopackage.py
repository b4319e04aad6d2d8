"""Replicas as GeoPackage 1.3 (OGC 12-128r17): layers any program reads, and beside them what synchronizing needs.

`sync_replica` and `sync_layers` say what the file is a replica of and how far it goes; in a file of changes
`sync_changes` says of each feature what became of it, and only changed rows are in the tables. Programs that do not
know these tables pass them over.
"""

from __future__ import annotations

import json
import sqlite3
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from kgsync.errors import MalformedInput
from kgsync.filters.references import definition_text, number
from kgsync.model.edits import Op
from kgsync.model.geometry import Geometry, GeometryKind, SpatialReference
from kgsync.model.layers import LayerRow
from kgsync.model.schema import FieldType
from kgsync.model.values import DateOnly, DateTime, TimestampOffset, Value, format_date_only, format_timestamp_offset
from kgsync.wire.esrijson.attachments import AttachmentFacts
from kgsync.wire.esrijson.fields import GLOBAL_ID_FIELD, OBJECT_ID_FIELD, attribute, id_text
from kgsync.wire.esrijson.replicas import FeatureForm
from kgsync.wire.wkb import write_wkb

SHAPE_COLUMN = "SHAPE"
ATTACHED = "__ATTACH"  # after the name of a layer: the table of what is attached to its features
_RESERVED = ("gpkg_", "sqlite_", "sync_", "rtree_")
_APPLICATION, _VERSION = 0x47504B47, 10300
OTHER_SRS = 100_000  # the id of a reference without a number
_BATCH = 2_000
_AS_IT_IS = frozenset((str, int, float, type(None)))
_POINT = struct.Struct("<2sBBiBIdd")  # a head, and the well-known binary of a point
_TYPES = {
    FieldType.SMALL_INTEGER: "SMALLINT",
    FieldType.INTEGER: "MEDIUMINT",
    FieldType.BIG_INTEGER: "INTEGER",
    FieldType.OID: "INTEGER",
    FieldType.SINGLE: "FLOAT",
    FieldType.DOUBLE: "DOUBLE",
    FieldType.DATE: "DATETIME",
    FieldType.DATE_ONLY: "DATE",
}
_GEOMETRIES = {
    GeometryKind.POINT: "POINT",
    GeometryKind.MULTIPOINT: "MULTIPOINT",
    GeometryKind.POLYLINE: "MULTILINESTRING",
    GeometryKind.POLYGON: "MULTIPOLYGON",
}
_OPS = {Op.ADD: "add", Op.UPDATE: "update", Op.DELETE: "delete"}
# The extension has GDAL show no tables but those registered.
_TABLES = """
CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY, organization TEXT NOT NULL,
    organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (table_name TEXT PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
    description TEXT DEFAULT '', last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
    CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id));
CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL,
    geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,
    CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name), CONSTRAINT uk_gc_table_name UNIQUE (table_name),
    CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents (table_name),
    CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id));
CREATE TABLE gpkg_extensions (table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL,
    scope TEXT NOT NULL, CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
INSERT INTO gpkg_extensions VALUES
    (NULL, NULL, 'gdal_aspatial', 'http://gdal.org/geopackage_aspatial.html', 'read-write');
CREATE TABLE sync_replica (key TEXT PRIMARY KEY, value TEXT);
CREATE TABLE sync_layers (id INTEGER PRIMARY KEY, table_name TEXT NOT NULL, item_info TEXT,
    server_gen INTEGER, server_sib_gen INTEGER);
CREATE TABLE sync_changes (layer_id INTEGER NOT NULL, global_id TEXT NOT NULL, op TEXT NOT NULL,
    PRIMARY KEY (layer_id, global_id));
"""


def quoted(name: str) -> str:
    """Write a name for SQL: an identifier cannot be bound."""
    return '"' + name.replace('"', '""') + '"'


def srs_id(reference: SpatialReference) -> int:
    """Give the number a reference is kept under."""
    return number(reference) or OTHER_SRS


class GeoPackage:
    """A file in the making: begun with its layers, filled with rows, ended with what it is a replica of."""

    def __init__(self, path: Path, forms: Sequence[FeatureForm]) -> None:
        self._forms = {form.layer.type.id: form for form in forms}
        self._tables = _table_names(forms)
        self._columns = {form.layer.id: _column_names(form) for form in forms}
        self._connection = sqlite3.connect(path, isolation_level=None)
        # What fails half-way is thrown away: the file needs no journal of its own.
        for pragma in ("journal_mode = OFF", "synchronous = OFF", f"application_id = {_APPLICATION}"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.execute(f"PRAGMA user_version = {_VERSION}")
        self._connection.executescript(_TABLES)
        self._connection.execute("BEGIN")
        self._references(forms)
        for form in forms:
            self._layer(form)

    def __enter__(self) -> GeoPackage:
        return self

    def __exit__(self, *raised: object) -> None:
        self._connection.close()

    # ---- tables

    def _references(self, forms: Sequence[FeatureForm]) -> None:
        rows: dict[int, tuple[Any, ...]] = {
            -1: ("Undefined Cartesian SRS", -1, "NONE", -1, "undefined", None),
            0: ("Undefined geographic SRS", 0, "NONE", 0, "undefined", None),
        }
        for reference in (SpatialReference(wkid=4326), *(form.reference for form in forms)):
            id, (name, text) = srs_id(reference), definition_text(reference)
            rows[id] = (name, id, "EPSG" if id != OTHER_SRS else "NONE", id, text, None)
        self._connection.executemany("INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, ?)", rows.values())

    def _layer(self, form: FeatureForm) -> None:
        layer = form.layer
        properties = {p.name: p for p in layer.type.properties}
        columns = [f"{OBJECT_ID_FIELD} INTEGER PRIMARY KEY"]
        shape = None if form.shape is None else properties[form.shape]
        if shape is not None:
            columns.append(f"{SHAPE_COLUMN} {_GEOMETRIES.get(shape.geometry_kind, 'GEOMETRY')}")
        table = self._tables[layer.id]
        for name, shown in self._columns[layer.id]:
            if shown == GLOBAL_ID_FIELD:
                columns.append(f"{quoted(shown)} TEXT")
            elif shown != OBJECT_ID_FIELD:
                columns.append(f"{quoted(shown)} {_TYPES.get(properties[name].field_type, 'TEXT')}")
        self._connection.execute(f"CREATE TABLE {quoted(table)} ({', '.join(columns)})")
        kind, reference = ("attributes", None) if shape is None else ("features", srs_id(form.reference))
        contents = "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES (?, ?, ?, ?)"
        self._connection.execute(contents, (table, kind, table, reference))
        if shape is not None:
            self._connection.execute(
                "INSERT INTO gpkg_geometry_columns VALUES (?, ?, ?, ?, ?, ?)",
                (table, SHAPE_COLUMN, _GEOMETRIES.get(shape.geometry_kind, "GEOMETRY"), reference,
                 int(shape.has_z), int(shape.has_m)),
            )  # fmt: skip
        if layer.attachments:
            self._attachments(table)

    def _attachments(self, name: str) -> None:
        table = f"{name}{ATTACHED}"
        self._connection.execute(
            f"CREATE TABLE {quoted(table)} (ATTACHMENTID INTEGER PRIMARY KEY, GLOBALID TEXT UNIQUE, "
            "REL_GLOBALID TEXT, CONTENT_TYPE TEXT, ATT_NAME TEXT, DATA_SIZE INTEGER, DATA BLOB)"
        )
        contents = "INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES (?, 'attributes', ?)"
        self._connection.execute(contents, (table, table))

    # ---- rows

    def fill(self, rows: Iterable[LayerRow], step: Callable[[], None], *, changes: bool = False) -> int:
        """Write rows of the layers, of others none; with `changes` note what became of each. Give how many."""
        count = 0
        for batch in _batches(row for row in rows if row.type_id in self._forms):
            by_type: dict[int, list[LayerRow]] = {}
            for row in batch:
                by_type.setdefault(row.type_id, []).append(row)
            for type_id, mine in by_type.items():
                form = self._forms[type_id]
                self._insert(form, [row for row in mine if row.values is not None])
                if changes:
                    told = [(form.layer.id, id_text(row.id), _OPS[row.op]) for row in mine]
                    self._connection.executemany("INSERT OR REPLACE INTO sync_changes VALUES (?, ?, ?)", told)
            count += len(batch)
            step()
        return count

    def _insert(self, form: FeatureForm, rows: list[LayerRow]) -> None:
        if not rows:
            return
        names = [shown for _, shown in self._columns[form.layer.id]]
        if form.shape is not None:
            names.append(SHAPE_COLUMN)
        marks = ", ".join("?" * len(names))
        table, listed = quoted(self._tables[form.layer.id]), ", ".join(map(quoted, names))
        reference = srs_id(form.reference)
        written = (self._row(form, row, reference) for row in rows)
        self._connection.executemany(f"INSERT INTO {table} ({listed}) VALUES ({marks})", written)

    def _row(self, form: FeatureForm, row: LayerRow, reference: int) -> list[Any]:
        values = row.values
        assert values is not None, "deletes have no row"
        found = [v if type(v := values.get(name)) in _AS_IT_IS else _cell(v) for name, _ in form.columns]
        if form.shape is not None:
            place = form.place(values.get(form.shape))
            if place is not None:
                found.append(_POINT.pack(b"GP", 0, 1, reference, 1, 1, *place))
                return found
            geometry = form.carried(values.get(form.shape))
            found.append(None if geometry is None else blob(geometry, reference))
        return found

    def attach(self, layer: int, op: Op, facts: AttachmentFacts, data: bytes | None, *, changes: bool) -> None:
        """Write an attachment of a layer's feature; with `changes` note what became of it."""
        table = f"{self._tables[layer]}{ATTACHED}"
        row = (facts.number, id_text(facts.id), id_text(facts.parent), facts.content_type, facts.name, facts.size, data)
        self._connection.execute(f"INSERT OR REPLACE INTO {quoted(table)} VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        if changes:
            self._attachment_change(layer, facts.id, op)

    def detach(self, layer: int, id: UUID) -> None:
        """Note that an attachment is gone."""
        self._attachment_change(layer, id, Op.DELETE)

    def _attachment_change(self, layer: int, id: UUID, op: Op) -> None:
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS sync_attachment_changes (layer_id INTEGER NOT NULL, global_id TEXT NOT NULL, "
            "op TEXT NOT NULL, PRIMARY KEY (layer_id, global_id))"
        )
        row = (layer, id_text(id), _OPS[op])
        self._connection.execute("INSERT OR REPLACE INTO sync_attachment_changes VALUES (?, ?, ?)", row)

    def end(self, head: dict[str, Any], gens: dict[int, int]) -> None:
        """Say what the file is a replica of: the members of its answer, and its layers with their generations."""
        told = [(name, value if isinstance(value, str) else json.dumps(value)) for name, value in head.items()]
        self._connection.executemany("INSERT INTO sync_replica VALUES (?, ?)", told)
        rows = []
        for form in self._forms.values():
            number, columns = form.layer.id, {column: name for name, column in self._columns[form.layer.id]}
            info = json.dumps({"name": form.layer.type.name, "columns": columns})
            rows.append((number, self._tables[number], info, gens.get(number, gens.get(-1)), -1))
        self._connection.executemany("INSERT INTO sync_layers VALUES (?, ?, ?, ?, ?)", rows)
        # Made when all is there: ids come in no order, and an index that grows row by row takes longest of all.
        for name in self._tables.values():
            statement = f"CREATE UNIQUE INDEX {quoted(f'{name}_{GLOBAL_ID_FIELD}')} ON {quoted(name)}"
            self._connection.execute(f"{statement} ({GLOBAL_ID_FIELD})")
        self._connection.execute("COMMIT")


def _unique(wanted: str, taken: set[str]) -> str:
    """Number a name until it differs from all others, whatever their case; SQLite knows none in names."""
    name, number = wanted, 0
    while name.casefold() in taken:
        number += 1
        name = f"{wanted}_{number}"
    return name


def _table_names(forms: Sequence[FeatureForm]) -> dict[int, str]:
    """Name the tables of layers, apart from each other and from those the file has anyway."""
    taken: set[str] = set()
    found = {}
    for form in forms:
        wanted = form.layer.type.name
        if wanted.casefold().startswith(_RESERVED):
            wanted = f"layer_{wanted}"
        while (name := _unique(wanted, taken)) and f"{name}{ATTACHED}".casefold() in taken:
            wanted = f"{name}_"
        found[form.layer.id] = name
        taken |= {name.casefold(), f"{name}{ATTACHED}".casefold()}
    return found


def _column_names(form: FeatureForm) -> list[tuple[str, str]]:
    """Name the columns of a layer: properties, and what they are called in the table."""
    taken = {SHAPE_COLUMN.casefold()}
    found = []
    for name, shown in form.columns:
        column = _unique(shown, taken)
        taken.add(column.casefold())
        found.append((name, column))
    return found


def blob(geometry: Geometry, reference: int) -> bytes | None:
    """Write a geometry as GeoPackage keeps it: a head with its reference, and well-known binary."""
    data = write_wkb(geometry)
    return None if data is None else struct.pack("<2sBBi", b"GP", 0, 1, reference) + data


def wkb_of(data: bytes, place: str) -> bytes | None:
    """Give the well-known binary of a blob, None of an empty geometry. Raises MalformedInput."""
    if len(data) < 8 or data[:2] != b"GP":
        raise MalformedInput("this is no geometry of a GeoPackage", place=place)
    flags = data[3]
    sizes = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}
    envelope = sizes.get(flags >> 1 & 7)
    if envelope is None:
        raise MalformedInput("the envelope of a geometry is of no known kind", place=place)
    return None if flags & 16 else data[8 + envelope :]


def _batches(rows: Iterable[LayerRow]) -> Iterator[list[LayerRow]]:
    batch: list[LayerRow] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _cell(value: Value) -> Any:
    if isinstance(value, DateTime):
        return format_timestamp_offset(TimestampOffset(value.ms))
    if isinstance(value, DateOnly):
        return format_date_only(value)
    if isinstance(value, UUID):
        return id_text(value)
    if isinstance(value, bytes):
        return value
    told = attribute(value)
    return told if isinstance(told, (str, int, float)) or told is None else json.dumps(told)
