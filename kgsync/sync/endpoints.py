"""The pairs of entity types a relationship type is seen to connect: learned from the data, never taught."""

from __future__ import annotations

from dataclasses import replace

from kgsync.model.edits import Outcome
from kgsync.model.history import Moment
from kgsync.model.schema import DataModel, NamedType


class EndPoints:
    """Gather the pairs one upload brings that the data model does not know yet."""

    def __init__(self, model: DataModel) -> None:
        self._model = model
        self._noted: dict[int, set[tuple[int, int]]] = {}

    def note(self, named_type: NamedType, origin: int, dest: int, outcome: Outcome) -> None:
        """Note the types of a new relationship's ends; a new pair is told in the outcome."""
        pair = (origin, dest)
        noted = self._noted.setdefault(named_type.id, set(named_type.end_points))
        if pair not in noted:
            noted.add(pair)
            names = (self._model.label(origin), self._model.label(dest))
            outcome.end_points.setdefault(named_type.name, []).append(names)

    def learned(self, moment: Moment) -> DataModel:
        """Give the model with the pairs in it, as of this Moment."""
        model = self._model
        types = tuple(
            replace(t, end_points=tuple(sorted(self._noted[t.id]))) if t.id in self._noted else t for t in model.types
        )
        return replace(model, version=model.version + 1, timestamp=moment.ms, types=types)
