"""The row codec the engine is handed, and reading rows under another data model than they were written in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from kgsync.model.geometry import Grid, default_grid
from kgsync.model.schema import Category, DataModel, NamedType
from kgsync.model.values import ParameterValue, Value
from kgsync.store.base import Reading

# Processor time, where a row takes some tens of microseconds: millions of rows, and none holds a worker for hours.
CLAUSE_SECONDS = 300.0


class RowEncoder(Protocol):
    """Write one framed row of a named type from canonical values."""

    def encode(self, id: UUID, values: Mapping[str, Value], origin: UUID | None, dest: UUID | None) -> bytes: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Codec:
    """How rows look on the wire; the engine itself knows no protobuf.

    `clause_seconds` is how long one call may evaluate where-clauses on the rows it reads.
    """

    encoder: Callable[[NamedType, Grid], RowEncoder]
    decode_row: Callable[[bytes, Grid], dict[str, Value]]
    open_row: Callable[[bytes, Grid], Mapping[str, Value]]
    split_rows: Callable[[bytes], Iterable[bytes]]
    delete_row: Callable[[Category, str, UUID], bytes]
    read_parameters: Callable[[tuple[tuple[str, str], ...], Grid], dict[str, ParameterValue]]
    clause_seconds: float = CLAUSE_SECONDS


class Restater:
    """Read and rewrite rows under the newest data model, whatever model they were encoded in.

    Properties are matched by id: one that left the model leaves the row, a new one reads as null.
    """

    def __init__(self, reading: Reading, model: DataModel, codec: Codec) -> None:
        self._reading, self._model, self._codec = reading, model, codec
        self._grid = default_grid(model.spatial_reference)
        self._names: dict[tuple[int, int], dict[str, str]] = {}
        self._encoders: dict[int, RowEncoder] = {}

    def label(self, type_id: int) -> str:
        return self._model.label(type_id)

    def read(self, row: bytes) -> Mapping[str, Value]:
        """Read a row in the shape its type has now, value by value as they are asked for."""
        return self._codec.open_row(row, self._grid)

    def values(self, type_id: int, schema: int, row: bytes) -> dict[str, Value]:
        """Read a row's values by the names of the newest model."""
        found = self._codec.decode_row(row, self._grid)
        named_type = self._model.type(type_id)
        if named_type is None or schema >= named_type.shape:
            return found
        names = self._translation(named_type, schema)
        return {names[name]: value for name, value in found.items() if name in names}

    def _translation(self, named_type: NamedType, schema: int) -> dict[str, str]:
        key = (named_type.id, schema)
        if key not in self._names:
            then = self._reading.data_model(schema).type(named_type.id)
            old = {} if then is None else {p.id: p.name for p in then.properties}
            self._names[key] = {old[p.id]: p.name for p in named_type.properties if p.id in old}
        return self._names[key]

    def encoder(self, named_type: NamedType) -> RowEncoder:
        if named_type.id not in self._encoders:
            self._encoders[named_type.id] = self._codec.encoder(named_type, self._grid)
        return self._encoders[named_type.id]

    def restate(self, type_id: int, schema: int, id: UUID, row: bytes, origin: UUID | None, dest: UUID | None) -> bytes:
        """Give the row as the newest model would have encoded it."""
        named_type = self._model.type(type_id)
        if named_type is None or schema >= named_type.shape:
            return row
        return self.encoder(named_type).encode(id, self.values(type_id, schema, row), origin, dest)

    def looks_alike(self, type_id: int, before: bytes, after: bytes) -> bool:
        """Say whether a replica that has `before` sees what `after` says, under the newest data model.

        A replica knows properties by their names alone, so values are compared by name; 3 and 3.0 differ.
        """
        named_type = self._model.type(type_id)
        assert named_type is not None, "adds and updates are of live types"
        held, now = (self._codec.decode_row(row, self._grid) for row in (before, after))
        return all(repr(held.get(p.name)) == repr(now.get(p.name)) for p in named_type.properties)
