"""Editor tracking: who made and last edited an object, and when.

Plain edits are stamped by the server whatever they say; uploads of replicas keep what they bring and
are stamped where they bring nothing.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass

from kgsync.model.history import Moment
from kgsync.model.schema import EditorTracking
from kgsync.model.values import DateTime, Value


@dataclass(frozen=True, slots=True)
class Stamp:
    """What one commit writes into the tracking properties."""

    tracking: EditorTracking
    user: str
    moment: Moment

    def _edit(self) -> Iterator[tuple[str, Value]]:
        yield self.tracking.editor.name, self.user
        yield self.tracking.edit_date.name, DateTime(self.moment.ms)

    def born(self, values: dict[str, Value]) -> None:
        """Fill in what a new object does not bring itself."""
        values.setdefault(self.tracking.creator.name, self.user)
        values.setdefault(self.tracking.create_date.name, DateTime(self.moment.ms))
        for name, value in self._edit():
            values.setdefault(name, value)

    def edited(self, values: dict[str, Value], given: Container[str]) -> None:
        """Note the edit of a present object, except what the edit itself gives."""
        for name, value in self._edit():
            if name not in given:
                values[name] = value
