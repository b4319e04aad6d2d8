"""Changes of a replica as a GeoPackage brings them back: rows by global id, and what became of each."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote
from uuid import UUID

from kgsync.errors import MalformedInput
from kgsync.filters.projection import project
from kgsync.model.geometry import SpatialReference
from kgsync.model.layers import Published
from kgsync.model.schema import GLOBALID, OBJECTID, Fields
from kgsync.model.values import Invalid, Value, parse_uuid
from kgsync.wire.esrijson.attachments import GivenAttachment
from kgsync.wire.esrijson.edits import Sent
from kgsync.wire.esrijson.fields import geometry_property
from kgsync.wire.geopackage import SHAPE_COLUMN, attachment_table, quoted, wkb_of
from kgsync.wire.wkb import read_wkb

_MOST = 2_000_000  # changes of one file, as of one upload
_SECONDS = 60.0


class Changes(NamedTuple):
    """The changes of one layer."""

    adds: tuple[Sent, ...]
    updates: tuple[Sent, ...]
    deletes: tuple[UUID | Invalid, ...]
    attached: tuple[GivenAttachment, ...]
    replaced: tuple[GivenAttachment, ...]
    detached: tuple[UUID | Invalid, ...]


class ChangeFile:
    """A file of changes, open for reading; what is wrong with it is told with the name of its table.

    Raises MalformedInput for a file that is none.
    """

    def __init__(self, path: Path, reference: SpatialReference) -> None:
        # Nothing in the file is believed: its schema runs no code of its own, and nothing is written.
        uri = f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1"
        self._reference = reference
        try:
            self._connection = sqlite3.connect(uri, uri=True, isolation_level=None)
            self._connection.execute("PRAGMA trusted_schema = OFF")
            self._connection.execute("PRAGMA cell_size_check = ON")
            self._tables = dict(self._rows("SELECT id, table_name FROM sync_layers LIMIT 10000"))
            (count,) = self._connection.execute("SELECT count(*) FROM sync_changes").fetchone()
        except sqlite3.Error as error:
            raise MalformedInput(f"this is no file of changes: {error}", place="editsUploadId") from None
        if count > _MOST:
            raise MalformedInput(f"a file has at most {_MOST:,} changes", place="editsUploadId")

    def __enter__(self) -> ChangeFile:
        return self

    def __exit__(self, *raised: object) -> None:
        self._connection.close()

    @property
    def layers(self) -> list[int]:
        """List the layers that have changes."""
        told = {n for (n,) in self._rows("SELECT DISTINCT layer_id FROM sync_changes")}
        if self._has("sync_attachment_changes"):
            told |= {n for (n,) in self._rows("SELECT DISTINCT layer_id FROM sync_attachment_changes")}
        if any(not isinstance(number, int) for number in told):
            raise MalformedInput("a layer_id is a number", place="sync_changes")
        return sorted(told)

    def _has(self, table: str) -> bool:
        asked = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ?"
        return bool(self._connection.execute(asked, (table,)).fetchone()[0])

    def _rows(self, statement: str, *values: Any) -> Iterator[tuple[Any, ...]]:
        with closing(self._connection.cursor()) as cursor:
            yield from cursor.execute(statement, values)

    def changes(self, layer: Published) -> Changes:
        """Read the changes of a layer. Raises MalformedInput naming its table."""
        name = self._tables.get(layer.id)
        if not isinstance(name, str):
            raise MalformedInput(f"layer {layer.id} has changes and no table", place="sync_layers")
        try:
            features = {op: list(self._features(layer, name, op)) for op in ("add", "update")}
            deletes = tuple(self._gone("sync_changes", layer.id))
            photos = {op: list(self._attachments(layer, name, op)) for op in ("add", "update")}
            detached = tuple(self._gone("sync_attachment_changes", layer.id))
        except sqlite3.Error as error:
            raise MalformedInput(f"the table cannot be read: {error}", place=name) from None
        return Changes(
            tuple(features["add"]),
            tuple(features["update"]),
            deletes,
            tuple(photos["add"]),
            tuple(photos["update"]),
            detached,
        )

    def _gone(self, table: str, layer: int) -> Iterator[UUID | Invalid]:
        if not self._has(table):
            return
        asked = f"SELECT global_id FROM {table} WHERE layer_id = ? AND op = 'delete' ORDER BY global_id"
        for (text,) in self._rows(asked, layer):
            yield _id(text)

    def _features(self, layer: Published, name: str, op: str) -> Iterator[Sent]:
        table, shape = quoted(name), geometry_property(layer.type)
        asked = (
            f"SELECT c.global_id, t.* FROM sync_changes c LEFT JOIN {table} t ON t.GlobalID = c.global_id "
            "WHERE c.layer_id = ? AND c.op = ? ORDER BY c.global_id"
        )
        fields = Fields(layer.type.properties)
        with closing(self._connection.cursor()) as cursor:
            cursor.execute(asked, (layer.id, op))
            names = [column[0] for column in cursor.description][1:]
            for id, *cells in cursor:
                row = dict(zip(names, cells, strict=True))
                values: dict[str, Value] = {}
                carried = False
                if shape is not None and SHAPE_COLUMN in row:
                    values[shape.name], carried = self._geometry(row.pop(SHAPE_COLUMN), name)
                for column, cell in row.items():
                    found = fields.get(column)
                    if found is None:
                        values[column] = cell
                    elif found.name not in (OBJECTID, GLOBALID):
                        values[found.name] = cell
                yield Sent(_id(id), None, values, carried)

    def _geometry(self, data: Any, place: str) -> tuple[Value, bool]:
        if data is None:
            return None, False
        if not isinstance(data, bytes):
            return Invalid("a geometry is a blob"), False
        try:
            wkb = wkb_of(data, place)
            geometry = None if wkb is None else read_wkb(wkb, place)
            number = int.from_bytes(data[4:8], "little" if data[3] & 1 else "big", signed=True)
            if geometry is None or not 0 < number < 100_000:
                return geometry, False
            carried = project(geometry, SpatialReference(wkid=number), self._reference)
        except MalformedInput as error:
            return Invalid(error.message), False
        return carried, carried is not geometry

    def _attachments(self, layer: Published, name: str, op: str) -> Iterator[GivenAttachment]:
        table = attachment_table(name)
        if not self._has("sync_attachment_changes") or not self._has(table):
            return
        asked = (
            f"SELECT c.global_id, t.REL_GLOBALID, t.ATT_NAME, t.CONTENT_TYPE, t.DATA FROM sync_attachment_changes c "
            f"LEFT JOIN {quoted(table)} t ON t.GLOBALID = c.global_id WHERE c.layer_id = ? AND c.op = ? ORDER BY 1"
        )
        for id, parent, title, kind, data in self._rows(asked, layer.id, op):
            yield GivenAttachment(
                _id(id),
                None if parent is None else _id(parent),
                title if isinstance(title, str) else None,
                kind if isinstance(kind, str) else None,
                data if isinstance(data, bytes) or data is None else Invalid("the data of an attachment is a blob"),
                None,
            )


def _id(text: Any) -> UUID | Invalid:
    found = parse_uuid(text) if isinstance(text, str) else None
    return found if found is not None else Invalid(f"{str(text)[:64]!r} is no global id")
