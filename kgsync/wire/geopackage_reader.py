"""Changes of a replica as a GeoPackage brings them back: rows by global id, and what became of each."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote
from uuid import UUID

from kgsync.errors import MalformedInput, TooLarge
from kgsync.filters.projection import project
from kgsync.model.geometry import SpatialReference
from kgsync.model.layers import Published
from kgsync.model.schema import GLOBALID, OBJECTID, Fields
from kgsync.model.values import Invalid, Value, parse_uuid
from kgsync.wire.esrijson.attachments import GivenAttachment
from kgsync.wire.esrijson.edits import Sent
from kgsync.wire.esrijson.fields import geometry_property
from kgsync.wire.geopackage import ATTACHED, OTHER_SRS, SHAPE_COLUMN, quoted, srs_id, wkb_of
from kgsync.wire.wkb import read_wkb

_MOST = 2_000_000  # changes of one file, as of one upload
_SECONDS = 60.0  # of SQLite's own work
_MOST_CELL = 32 * 1024 * 1024
_MOST_BYTES = 256 * 1024 * 1024  # held until they are applied


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

    def __init__(self, path: Path, reference: SpatialReference, sent_in: SpatialReference | None = None) -> None:
        # Nothing in the file is believed: its schema runs no code of its own, and nothing is written.
        uri = f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1"
        self._reference, self._sent_in = reference, sent_in or reference
        self._rows_left, self._bytes_left = _MOST, _MOST_BYTES
        self._connection = sqlite3.connect(uri, uri=True, isolation_level=None)
        try:
            self._guard()
            for name in ("sync_layers", "sync_changes"):
                self._require_table(name)
            self._tables: dict[Any, Any] = {}
            self._columns: dict[Any, dict[str, str]] = {}
            for number, name, info in self._rows("SELECT id, table_name, item_info FROM sync_layers LIMIT 10000"):
                self._tables[number], self._columns[number] = name, _columns_of(info)
            self._count("sync_changes")
        except MalformedInput:
            self._connection.close()
            raise

    def _guard(self) -> None:
        """Hold the file to a time, and its cells to a size."""
        until = time.monotonic() + _SECONDS
        self._connection.set_progress_handler(lambda: int(time.monotonic() > until), 10_000)
        self._connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MOST_CELL)
        for pragma in ("trusted_schema = OFF", "cell_size_check = ON"):
            list(self._rows(f"PRAGMA {pragma}"))

    def _require_table(self, name: str) -> None:
        """Refuse what is no plain table: a view computes what it likes."""
        found = list(self._rows("SELECT type, sql FROM sqlite_master WHERE name = ? LIMIT 2", name))
        plain = len(found) == 1 and found[0][0] == "table" and str(found[0][1]).upper().startswith("CREATE TABLE")
        hidden = plain and any(column[6] for column in self._rows(f"PRAGMA table_xinfo({quoted(name)})"))
        if not plain or hidden:
            raise MalformedInput("there is no plain table of this name", place=name[:64])

    def _count(self, table: str) -> None:
        ((count,),) = self._rows(f"SELECT count(*) FROM {quoted(table)}")
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
        if not list(self._rows("SELECT 1 FROM sqlite_master WHERE name = ? LIMIT 1", table)):
            return False
        self._require_table(table)
        return True

    def _rows(self, statement: str, *values: Any) -> Iterator[tuple[Any, ...]]:
        try:
            with closing(self._connection.cursor()) as cursor:
                yield from cursor.execute(statement, values)
        except (sqlite3.Error, UnicodeError) as error:
            raise MalformedInput(f"this is no file of changes: {error}", place="editsUploadId") from None

    def _spend(self, cells: Iterable[Any]) -> None:
        """Count a row and what it holds. Raises TooLarge past what one file may bring."""
        self._rows_left -= 1
        self._bytes_left -= sum(len(cell) for cell in cells if isinstance(cell, (str, bytes)))
        if self._rows_left < 0 or self._bytes_left < 0:
            raise TooLarge(f"a file brings at most {_MOST_BYTES // 1024**2} MiB of changes", place="editsUploadId")

    def changes(self, layer: Published) -> Changes:
        """Read the changes of a layer. Raises MalformedInput naming its table."""
        name = self._tables.get(layer.id)
        if not isinstance(name, str):
            raise MalformedInput(f"layer {layer.id} has changes and no table", place="sync_layers")
        self._require_table(name)
        features = {op: list(self._features(layer, name, op)) for op in ("add", "update")}
        deletes = tuple(self._gone("sync_changes", layer.id))
        photos = {op: list(self._attachments(layer, name, op)) for op in ("add", "update")}
        detached = tuple(self._gone("sync_attachment_changes", layer.id))
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
            self._spend((text,))
            yield _id(text)

    def _features(self, layer: Published, name: str, op: str) -> Iterator[Sent]:
        table, shape = quoted(name), geometry_property(layer.type)
        asked = (
            f"SELECT c.global_id, t.* FROM sync_changes c LEFT JOIN {table} t ON t.GlobalID = c.global_id "
            "WHERE c.layer_id = ? AND c.op = ? ORDER BY c.global_id"
        )
        fields, renamed = Fields(layer.type.properties), self._columns.get(layer.id, {})
        names = [column[1] for column in self._rows(f"PRAGMA table_xinfo({table})")]
        if "GlobalID" in names:
            for id, *cells in self._rows(asked, layer.id, op):
                self._spend(cells)
                row = dict(zip(names, cells, strict=True))
                values: dict[str, Value] = {}
                carried = False
                if shape is not None and SHAPE_COLUMN in row:
                    values[shape.name], carried = self._geometry(row.pop(SHAPE_COLUMN), name)
                for column, cell in row.items():
                    found = fields.get(str(renamed.get(column, column)))
                    if found is None:
                        values[column] = cell
                    elif found.name not in (OBJECTID, GLOBALID):
                        values[found.name] = cell
                there = row.get("GlobalID") is not None
                yield Sent(_id(id) if there else Invalid("the table has no row of this id"), None, values, carried)

    def _geometry(self, data: Any, place: str) -> tuple[Value, bool]:
        if data is None:
            return None, False
        if not isinstance(data, bytes):
            return Invalid("a geometry is a blob"), False
        try:
            wkb = wkb_of(data, place)
            geometry = None if wkb is None else read_wkb(wkb, place)
            if geometry is None:
                return None, False
            number = int.from_bytes(data[4:8], "little" if data[3] & 1 else "big", signed=True)
            carried = project(geometry, self._reference_of(number), self._reference)
        except MalformedInput as error:
            return Invalid(error.message), False
        return carried, carried is not geometry

    def _reference_of(self, number: int) -> SpatialReference:
        """Find the reference a geometry is in: the replica's own, or one known by its number. Raises MalformedInput."""
        if number in (srs_id(self._sent_in), 0, -1):
            return self._sent_in
        if number == OTHER_SRS or number < 0:
            raise MalformedInput(f"no spatial reference is known by {number}", place="srs_id")
        return SpatialReference(wkid=number, latest_wkid=number)

    def _attachments(self, layer: Published, name: str, op: str) -> Iterator[GivenAttachment]:
        table = f"{name}{ATTACHED}"
        if not self._has("sync_attachment_changes") or not self._has(table):
            return
        asked = (
            f"SELECT c.global_id, t.REL_GLOBALID, t.ATT_NAME, t.CONTENT_TYPE, t.DATA FROM sync_attachment_changes c "
            f"LEFT JOIN {quoted(table)} t ON t.GLOBALID = c.global_id WHERE c.layer_id = ? AND c.op = ? ORDER BY 1"
        )
        for id, parent, title, kind, data in self._rows(asked, layer.id, op):
            self._spend((id, parent, title, kind, data))
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


def _columns_of(info: Any) -> dict[str, str]:
    """Read which properties columns of other names stand for."""
    try:
        columns = json.loads(info)["columns"]
    except (TypeError, ValueError, KeyError, RecursionError):
        return {}
    return {str(k): str(v) for k, v in columns.items()} if isinstance(columns, dict) else {}
