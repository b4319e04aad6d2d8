"""Frozen model values as JSON text, and the queryable part of an object's values.

Values are kept by property id, never by name: a dropped property must not come back to life when its
name is given again.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Generic, TypeVar
from uuid import UUID

from pydantic import TypeAdapter

from kgsync.model.backup import Manifest
from kgsync.model.edits import Outcome
from kgsync.model.feature_replica import FeatureFace
from kgsync.model.geometry import Geometry
from kgsync.model.jobs import JobError, JobResult
from kgsync.model.replica import Definition
from kgsync.model.schema import DataModel
from kgsync.model.values import DateOnly, DateTime, Invalid, TimeOnly, TimestampOffset, Value, format_duration

T = TypeVar("T")


class Document(Generic[T]):
    """Write and read one kind of model value as JSON text."""

    def __init__(self, kind: Any) -> None:
        self._adapter: TypeAdapter[T] = TypeAdapter(kind)

    def dump(self, value: T) -> str:
        return self._adapter.dump_json(value).decode()

    def load(self, text: str) -> T:
        return self._adapter.validate_json(text)


DATA_MODEL: Document[DataModel] = Document(DataModel)
DEFINITION: Document[Definition] = Document(Definition)
FACE: Document[FeatureFace] = Document(FeatureFace)
SIGHTS: Document[list[tuple[int, str | None]]] = Document(list[tuple[int, str | None]])
RESULT: Document[JobResult] = Document(JobResult)
MANIFEST: Document[Manifest] = Document(Manifest)
ERROR: Document[JobError] = Document(JobError)
_OUTCOMES: Document[Outcome] = Document(Outcome)


# Every call reads the newest data model, and reading a large one takes milliseconds; frozen, it can be shared.
@lru_cache(maxsize=16)
def load_data_model(text: str) -> DataModel:
    """Read a data model; those read last are kept."""
    return DATA_MODEL.load(text)


def dump_outcome(outcome: Outcome) -> bytes:
    """Pack an outcome; it holds an id per edit, so it is deflated."""
    return zlib.compress(_OUTCOMES.dump(outcome).encode(), 1)


def load_outcome(data: bytes) -> Outcome:
    return _OUTCOMES.load(zlib.decompress(data).decode())


_PLAIN = frozenset((str, int, float, bool))
_to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _queryable(value: Value) -> object:
    if type(value) in _PLAIN:
        return value
    if isinstance(value, (DateTime, TimeOnly)):
        return value.ms
    if isinstance(value, TimestampOffset):
        return value.utc_ms
    if isinstance(value, DateOnly):
        return value.days
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, tuple):  # an array of nulls too is not null
        return [_queryable(element) for element in value]
    if value is None or isinstance(value, (bytes, Geometry, Invalid)):
        return None
    return format_duration(value) if not isinstance(value, (str, int, float)) else value


def queryable(values: Iterable[tuple[int, Value]]) -> str:
    """Write the values predicates can compare as one JSON object; blobs and geometry stay in the row."""
    found = {}
    for property_id, value in values:
        kind = type(value)
        shown = value if kind in _PLAIN else None if value is None else _queryable(value)
        if shown is not None:
            found[property_id] = shown
    return _to_json(found)
