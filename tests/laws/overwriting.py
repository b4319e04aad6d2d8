"""Law 7: what an upload overwrites unseen is reported, and nothing else is."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from kgsync.model.edits import Batch, Op, Outcome
from kgsync.model.history import Moment
from tests.laws.life import PROVENANCE, Life
from tests.laws.reference import plain


class Overwriting:
    """What one replica uploaded itself, and what the reports on its uploads must say."""

    def __init__(self, life: Life) -> None:
        self._life = life
        self._own: dict[UUID, Moment] = {}

    def uploaded(self, batch: Batch, outcome: Outcome) -> None:
        self._own |= {edit.id: outcome.moment for edit in batch.edits if isinstance(edit.id, UUID)}

    def check(self, batch: Batch, base: Moment, before: Moment, outcome: Outcome) -> None:
        """Hold the conflicts of an upload, made on `base` over the state at `before`, against the graphs."""
        life = self._life
        if batch.op is Op.ADD or batch.type_name == PROVENANCE or life.graph.model().timestamp > base.ms:
            return  # what edits of the data model did to rows is no one's edit
        at = life.reference.at
        between = [graph for moment, graph in at.items() if base < moment <= before]
        for edit in batch.edits:
            id = edit.id
            assert isinstance(id, UUID)
            if self._own.get(id, base) > base:
                continue
            then, now, after = (_content(graph, id) for graph in (at[base], at[before], life.reference.graph))
            if now == after:
                continue  # it says what it said: nothing was overwritten
            told = any(str(id) in text for text in outcome.conflicts)
            if then != now:
                assert told, f"{id} was overwritten unseen, and nobody was told (law 7)"
                life.counts["conflict"] += 1
            elif all(_content(graph, id) is not None for graph in between):
                assert not told, f"{id} is as it was seen, and was reported as a conflict (law 7)"
                life.counts["seen"] += 1


def _content(graph: Any, id: UUID) -> Any:
    if id in graph:
        return (graph.nodes[id]["type"], plain(graph.nodes[id]["values"]))
    for origin, dest, key, data in graph.edges(keys=True, data=True):
        if key == id:
            return (data["type"], plain(data["values"]), origin, dest)
    return None
