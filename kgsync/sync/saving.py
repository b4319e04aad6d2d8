"""Saving a changed data model, and keeping rows and replicas in step with its names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from kgsync.model.schema import DataModel, FieldType, NamedType
from kgsync.store.base import Writing
from kgsync.sync.codec import Codec
from kgsync.sync.rewriting import Rewriter


def save(writing: Writing, model: DataModel, **changes: object) -> DataModel:
    """Store a model with these attributes changed as the newest version."""
    changed: DataModel = replace(
        model,
        version=model.version + 1,
        timestamp=writing.moment.ms,
        **changes,  # type: ignore[arg-type]  # names and kinds are DataModel's own, see the calls
    )
    writing.put_data_model(changed)
    return changed


def swap(types: Iterable[NamedType], changed: NamedType) -> tuple[NamedType, ...]:
    """Put a changed type in its own place."""
    return tuple(changed if t.id == changed.id else t for t in types)


def arrived(changed: NamedType, found: NamedType) -> NamedType:
    """Keep account of the names that left and of those that came back."""
    present = {p.name for p in changed.properties}
    left = {p.name for p in found.properties} | set(found.left_names)
    first, now = _first_geometry(found), _first_geometry(changed)
    since = changed.shape if first not in (None, now) else found.envelope_since
    return replace(changed, left_names=tuple(sorted(left - present)), envelope_since=since)


def _first_geometry(named_type: NamedType) -> int | None:
    return next((p.id for p in named_type.properties if p.field_type is FieldType.GEOMETRY), None)


def clear_left_values(
    writing: Writing, found: NamedType, changed: NamedType, before: DataModel, after: DataModel, codec: Codec
) -> None:
    """Write rows again that hold a value under a name that now means another property.

    A replica has that value too and could not tell the two properties apart by their name.
    """
    back = {p.name for p in changed.properties} & set(found.left_names)
    if back:
        Rewriter(writing, before, codec).clear(found, changed, after, back)
