"""What an upload overwrites although its sender had not seen it: reported, and kept as a conflict.

Seen is what stood at the upload's base Moment, and whatever its replica brought itself since. What was
written since is no conflict when it says the same, or when only the data model was edited: renaming a
property or a type writes rows again, and nobody edited them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import takewhile
from uuid import UUID

from kgsync.model.edits import Op, Outcome
from kgsync.model.history import Moment
from kgsync.model.schema import Category, DataModel
from kgsync.store.base import Held, Overwritten, Stored, Writing
from kgsync.sync.rows import RowReader

CASCADE = "cascade"  # what is kept for the name of the operation of what went along with something else

# Versions of an object looked up together, and how many more when all of them were the data model's.
_VERSIONS, _MORE = 8, 8


class Conflicts:
    """Judge what one upload overwrites; `base` and `replica` are None outside of synchronize, where nothing is one."""

    def __init__(self, writing: Writing, reader: RowReader, base: Moment | None, replica: UUID | None) -> None:
        self._writing, self._reader, self._base, self._replica = writing, reader, base, replica
        self._models: dict[int, int] = {}  # when data models were made, by version
        self._model_edits: dict[Moment, bool] = {}

    def note(self, op: Op, overwritten: Iterable[Stored], outcome: Outcome, *, word: str | None = None) -> None:
        """Report and keep what edits of this kind are about to overwrite unseen; `word` is kept for `op`'s name."""
        base, replica = self._base, self._replica
        if base is None or replica is None:
            return
        name = op.name.lower()
        found = [stored for stored in overwritten if self._is_unseen(stored, base, replica)]
        for stored in found:
            outcome.note_conflict(
                f"Conflict: {self._reader.model.label(stored.type)} {stored.id} was changed at {stored.changed}, after "
                f"this replica's last_sync_date {base}; this {name} overwrote that change"
            )
        self._writing.put_conflicts(
            [Overwritten(stored, word or name, base, replica, outcome.user) for stored in found]
        )

    def _is_unseen(self, stored: Stored, base: Moment, replica: UUID) -> bool:
        """Say whether the sender cannot know what an object says; looks back only if it changed after `base`."""
        if stored.changed <= base or stored.brought_by == replica:
            return False
        limit = _VERSIONS
        while True:
            versions = self._writing.versions(stored.id, limit)
            later = list(takewhile(lambda v: v.since > base and v.brought_by != replica, versions))
            edited = not all(self._is_model_edit(version) for version in later)
            if len(later) < len(versions):
                seen, now = versions[len(later)], versions[0]
                was_deleted = seen.closed is not None and seen.closed <= base  # and added again later
                return was_deleted or (edited and self._says(seen) != self._says(now))
            if edited or len(versions) < limit:
                return True  # it was added later, or what the sender saw is not kept any more
            limit *= _MORE

    def _says(self, version: Held) -> object:
        named_type = self._reader.living(version.type)
        if named_type is None:
            return None
        values = self._reader.values(version.type, version.schema, version.row)
        ends = (version.origin, version.dest) if named_type.category is Category.RELATIONSHIP else None
        return named_type.id, ends, [repr(values.get(p.name)) for p in named_type.properties if not p.system]

    def _is_model_edit(self, version: Held) -> bool:
        """Say whether a version was written by an edit of the data model, in whose commit there is no other."""
        # Rows are never older than the data model they say: most are told by that alone.
        if version.brought_by is not None or self._made(version.schema) < version.since.ms:
            return False
        if version.since not in self._model_edits:
            self._model_edits[version.since] = self._edits_model(version.since)
        return self._model_edits[version.since]

    def _made(self, version: int) -> int:
        if version not in self._models:
            self._models[version] = self._writing.data_model(version).timestamp
        return self._models[version]

    def _edits_model(self, moment: Moment) -> bool:
        before, after = (self._writing.data_model_at(Moment(ms)) for ms in (moment.ms - 1, moment.ms))
        if before is None or after is None or after.version == before.version:
            return False
        return _taught(before) != _taught(after)


def _taught(model: DataModel) -> DataModel:
    """Leave out what uploads teach the data model: which types relationships were seen to connect."""
    return replace(model, version=0, timestamp=0, types=tuple(replace(t, end_points=()) for t in model.types))
