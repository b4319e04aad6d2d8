"""One batch of an upload on its way: its type, and where the result of each edit goes."""

from __future__ import annotations

from uuid import UUID

from kgsync.errors import Code
from kgsync.model.edits import Batch, EditError, EditResults, Id
from kgsync.model.schema import NamedType


class Step:
    """Note what came of each edit, in order; ids and errors keep in step."""

    def __init__(self, batch: Batch, named_type: NamedType, results: EditResults) -> None:
        self.batch, self.named_type, self._results = batch, named_type, results

    def succeed(self, id: UUID) -> None:
        self._results.ids.append(id)

    def fail(self, id: Id, code: Code, reason: str) -> None:
        shown = f" {id}" if isinstance(id, UUID) else ""
        self._results.errors[len(self._results.ids)] = EditError(code, f"{self.named_type.name}{shown}: {reason}")
        self._results.ids.append(None)
