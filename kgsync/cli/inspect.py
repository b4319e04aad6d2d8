"""kgsync inspect: what an archive says, without a server."""

from __future__ import annotations

import json
import sys
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from kgsync.cli.showing import Json, cells, show, table_of, tell, text_of
from kgsync.model.plain import plain
from kgsync.model.schema import Category, NamedType
from kgsync.wire.pbf.archive_reader import ArchiveReader, DataFile, decode_archive_row, opened_archive

_MOST_ROWS = 1_000  # of each file: for more, a program reads the archive


def register(app: typer.Typer) -> None:
    app.command("inspect", help="Show what an archive holds: header, types, files, first rows.")(inspect)


def inspect(
    archive: Annotated[Path, typer.Argument(help="A replica archive (.zip).", exists=True, dir_okay=False)],
    rows: Annotated[int, typer.Option(min=0, max=_MOST_ROWS, help="How many rows of each file to show.")] = 3,
    as_json: Annotated[bool, Json] = False,
) -> None:
    with archive.open("rb") as source, opened_archive(source, archive.name) as reader:
        if as_json:
            _write_json(reader, rows)
        else:
            _show(reader, archive.name, rows)


def _count(reader: ArchiveReader, file: DataFile) -> int:
    return sum(1 for _ in reader.rows(file))


# ---- for people


def _show(reader: ArchiveReader, name: str, rows: int) -> None:
    header, model = reader.header, reader.model
    tell(f"{name}: as of {header.sync_date} ({header.sync_date.ms})")
    grid = header.grid
    tell(
        f"Spatial reference {header.spatial_reference.wkid or header.spatial_reference.wkt[:60] or 'unset'}; "
        f"x = integer * {grid.scale_x:g} + {grid.translate_x:g}, y = integer * {grid.scale_y:g} + {grid.translate_y:g}"
    )
    tell(f"Data model of {model.timestamp}: {len(model.types)} types, {len(model.domains)} domains")
    table = table_of("Type", "Category", "Properties")
    for named_type in model.types:
        table.add_row(*cells(named_type.name, _word(named_type.category), _properties(named_type)))
    if model.types:
        show(table)
    files = table_of("Operation", "Type", "Category", "Rows", "Bytes", "Packed", "File")
    for file in reader.files:
        counted = f"{_count(reader, file):,}"
        sizes = (f"{file.size:,}", f"{file.packed:,}")
        files.add_row(*cells(file.op.name.lower(), file.type_name, _word(file.category), counted, *sizes, file.name))
    if reader.files:
        show(files)
    else:
        tell("No data files: nothing belongs to the replica, or nothing changed.")
    for file in reader.files if rows else ():
        tell(f"\n{file.op.name.lower()} {file.type_name}")
        for row in islice(reader.rows(file), rows):
            _show_row(reader, file, row.row)


def _show_row(reader: ArchiveReader, file: DataFile, row: bytes) -> None:
    decoded = decode_archive_row(row, reader.header.grid, file.name)
    ends = "" if decoded.origin is None else f"  {decoded.origin} → {decoded.dest}"
    tell(f"  {decoded.id}{ends}")
    for name, value in decoded.values.items():
        tell(f"    {name}: {text_of(value)}")


def _word(category: Category) -> str:
    return category.name.lower()


def _properties(named_type: NamedType) -> str:
    return ", ".join(f"{p.name} ({p.field_type.name.lower()})" for p in named_type.properties)


# ---- for programs


def _write_json(reader: ArchiveReader, rows: int) -> None:
    """Write one JSON object, its files one by one: nothing of an archive is held whole."""
    header, model, out = reader.header, reader.model, sys.stdout
    head = {
        "syncDate": header.sync_date.ms,
        "date": str(header.sync_date),
        "spatialReference": {"wkid": header.spatial_reference.wkid, "wkt": header.spatial_reference.wkt},
        "transform": {name: getattr(header.grid, name) for name in header.grid.__dataclass_fields__},
        "dataModel": {
            "timestamp": model.timestamp,
            "types": [_type_json(named_type) for named_type in model.types],
            "domains": list(model.domains),
        },
    }
    out.write(json.dumps(head)[:-1] + ', "files": [')
    for number, file in enumerate(reader.files):
        about = {
            "name": file.name,
            "operation": file.op.name.lower(),
            "type": file.type_name,
            "category": _word(file.category),
            "rows": _count(reader, file),
            "bytes": file.size,
            "packed": file.packed,
        }
        out.write((", " if number else "") + json.dumps(about)[:-1] + ', "first": [')
        for place, row in enumerate(islice(reader.rows(file), rows)):
            out.write((", " if place else "") + json.dumps(_row_json(reader, file, row.row)))
        out.write("]}")
    out.write("]}\n")


def _type_json(named_type: NamedType) -> dict[str, Any]:
    properties = [{"name": p.name, "type": p.field_type.name.lower()} for p in named_type.properties]
    return {"name": named_type.name, "category": _word(named_type.category), "properties": properties}


def _row_json(reader: ArchiveReader, file: DataFile, row: bytes) -> dict[str, Any]:
    decoded = decode_archive_row(row, reader.header.grid, file.name)
    ends = {} if decoded.origin is None else {"origin": str(decoded.origin), "destination": str(decoded.dest)}
    values = {name: plain(value) for name, value in decoded.values.items()}
    return {"id": str(decoded.id), **ends, "properties": values}
