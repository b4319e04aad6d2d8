"""Rewriting stored rows when the data model changes what they must say, page by page."""

from __future__ import annotations

from collections.abc import Callable

from kgsync.model.geometry import default_grid
from kgsync.model.schema import Category, DataModel, NamedType
from kgsync.model.values import Value
from kgsync.store.base import Stored, Version, Writing
from kgsync.sync.codec import Codec, Restater
from kgsync.sync.fitting import make_version

_PAGE = 2_000

Convert = Callable[[Stored, dict[str, Value]], dict[str, Value] | None]


class Rewriter:
    """Append new versions of objects whose content a model change alters; `before` is the old model."""

    def __init__(self, writing: Writing, before: DataModel, codec: Codec) -> None:
        self._writing, self._codec = writing, codec
        self._old = Restater(writing, before, codec)

    def rewrite(self, old: NamedType, new: NamedType, after: DataModel, convert: Convert, *, keep: bool) -> None:
        """Write every object of a type whose values `convert` gives (None: leave it alone).

        With `keep`, values are only checked: their bytes stay the same.
        """
        encoder = Restater(self._writing, after, self._codec).encoder(new)
        beyond = None
        while page := self._writing.objects_of(old.id, beyond, _PAGE):
            versions: list[Version] = []
            for stored in page:
                values = convert(stored, self._old.values(stored.type, stored.schema, stored.row))
                if values is not None and not keep:
                    row = encoder.encode(stored.id, values, stored.origin, stored.dest)
                    versions.append(_version(stored, new, after.version, values, row))
            self._writing.replace(versions, None)
            beyond = page[-1].id

    def clear(self, old: NamedType, new: NamedType, after: DataModel, names: set[str]) -> None:
        """Write every object of a type whose stored row holds a value under one of `names`."""
        grid = default_grid(after.spatial_reference)
        restater = Restater(self._writing, after, self._codec)
        beyond = None
        while page := self._writing.objects_of(old.id, beyond, _PAGE):
            versions = []
            for stored in page:
                held = self._codec.decode_row(stored.row, grid) if stored.schema < new.shape else {}
                if any(held.get(name) is not None for name in names):
                    values = restater.values(stored.type, stored.schema, stored.row)
                    row = restater.encoder(new).encode(stored.id, values, stored.origin, stored.dest)
                    versions.append(_version(stored, new, after.version, values, row))
            self._writing.replace(versions, None)
            beyond = page[-1].id

    def retype(self, old: NamedType, new: NamedType, after: DataModel) -> None:
        """Move every object of a renamed type to its new id; relationships follow their ends."""
        encoder = Restater(self._writing, after, self._codec).encoder(new)
        beyond = None
        while page := self._writing.objects_of(old.id, beyond, _PAGE):
            versions = []
            for stored in page:
                values = self._old.values(stored.type, stored.schema, stored.row)
                row = encoder.encode(stored.id, values, stored.origin, stored.dest)
                versions.append(_version(stored, new, after.version, values, row))
            self._writing.replace(versions, None)
            beyond = page[-1].id
        if new.category is Category.ENTITY:
            self._follow_ends(old, new, after)

    def _follow_ends(self, old: NamedType, new: NamedType, after: DataModel) -> None:
        restater = Restater(self._writing, after, self._codec)
        beyond = None
        while page := self._writing.links_to(old.id, beyond, _PAGE):
            versions = []
            for stored in page:
                link_type = after.type(stored.type)
                assert link_type is not None, "live objects have live types"
                values = restater.values(stored.type, stored.schema, stored.row)
                row = restater.restate(stored.type, stored.schema, stored.id, stored.row, stored.origin, stored.dest)
                moved = stored._replace(
                    origin_type=new.id if stored.origin_type == old.id else stored.origin_type,
                    dest_type=new.id if stored.dest_type == old.id else stored.dest_type,
                )
                versions.append(_version(moved, link_type, after.version, values, row))
            self._writing.replace(versions, None)
            beyond = page[-1].id


def _version(stored: Stored, named_type: NamedType, schema: int, values: dict[str, Value], row: bytes) -> Version:
    ends, end_types = (stored.origin, stored.dest), (stored.origin_type, stored.dest_type)
    return make_version(named_type, schema, stored.id, values, row, ends, end_types)
