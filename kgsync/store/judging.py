"""Verdicts that SQL cannot give: selected versions are judged one by one, the refused ones are remembered.

`refused` lives as long as a read view, outside memory. It holds (state, id): 0 for a version alive at a
Span's `after`, 1 for one alive at its end or at present; what was not touched in between is refused in both.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import Any

from sqlalchemy import Column, Connection, Integer, MetaData, Row, Select, Table

from kgsync.store.backend import Backend
from kgsync.store.base import Subject
from kgsync.store.tables import Id

_BATCH = 500  # rows read and verdicts written at once

refused = Table(
    "refused",
    MetaData(),
    Column("state", Integer, primary_key=True, autoincrement=False),
    Column("id", Id, primary_key=True),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DELETE ROWS",
)


def judge(
    backend: Backend,
    connection: Connection,
    versions: Select[Any],
    states: Collection[int],
    is_true: Callable[[Subject], bool],
    parameters: Mapping[str, Any] = MappingProxyType({}),
) -> None:
    """Judge versions (id, type, schema, row; optionally the same of start and end) and note the refused.

    A version may be given twice; its verdict is the same.
    """
    streaming = {"stream_results": True, "max_row_buffer": _BATCH}
    for batch in connection.execute(versions, parameters, execution_options=streaming).partitions(_BATCH):
        wrong = [row.id for row in batch if not is_true(_subject(row))]
        if wrong:
            rows = [{"state": state, "id": id} for id in dict.fromkeys(wrong) for state in states]
            backend.refuse(connection, refused, rows)


def _subject(row: Row[Any]) -> Subject:
    values = tuple(row)
    ends = (_end(values[4:8]), _end(values[8:12])) if len(values) > 4 else (None, None)
    return Subject(values[0], values[1], values[2], values[3], *ends)


def _end(values: tuple[Any, ...]) -> Subject | None:
    return None if values[0] is None else Subject(*values)
