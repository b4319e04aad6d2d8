"""Rows as plain facts, for those who read JSON."""

from __future__ import annotations

from typing import Any

from kgsync.model.edits import Op
from kgsync.model.geometry import Grid
from kgsync.model.plain import plain
from kgsync.model.schema import Category
from kgsync.wire.pbf.archive_reader import decode_archive_row, split_rows


def plain_rows(op: Op, category: Category, type_name: str, rows: bytes, grid: Grid) -> dict[str, Any]:
    """Describe framed rows of one operation and type: whole objects, of deletes the ids. Raises MalformedInput."""
    facts: dict[str, Any] = {"operation": op.name.lower(), "type": type_name, "category": category.name.lower()}
    objects = []
    for row in split_rows(rows, type_name):
        decoded = decode_archive_row(row, grid, type_name)
        told: dict[str, Any] = {"id": str(decoded.id)}
        if op is not Op.DELETE:
            told["properties"] = {name: plain(value) for name, value in decoded.values.items()}
            if category is Category.RELATIONSHIP:
                told["origin"], told["destination"] = str(decoded.origin), str(decoded.dest)
        objects.append(told)
    return {**facts, "objects": objects}
