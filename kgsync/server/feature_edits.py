"""Edits of layers: features become edits of objects, in one commit; results go back by object id and global id."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from itertools import chain
from typing import Any
from uuid import UUID

from kgsync.errors import Code, TooLarge
from kgsync.filters.literals import write_name
from kgsync.model.edits import Add, Batch, Delete, Edit, EditError, EditsHeader, Frame, Op, Outcome, Update
from kgsync.model.layers import Published
from kgsync.model.query import QueryCall
from kgsync.model.schema import GLOBALID, OBJECTID, Category
from kgsync.model.values import Invalid
from kgsync.server.attachments import Orphans
from kgsync.store.base import Reading, Writing
from kgsync.sync.codec import Codec, Restater
from kgsync.sync.query import answer_query
from kgsync.sync.upload import Caller, apply_edits
from kgsync.wire.esrijson.edits import Sent
from kgsync.wire.esrijson.fields import id_text

# The code a client of feature services knows for ours; whatever is not here is 1000, a problem with the edit.
_CODES = {
    Code.EDIT_VALUE: 1016,
    Code.EDIT_UNKNOWN_PROPERTY: 1016,
    Code.EDIT_EXISTS: 1022,
    Code.EDIT_MISSING: 1011,
    Code.EDIT_WRONG_TYPE: 1011,
    Code.EDIT_READ_ONLY: 1023,
    Code.EDIT_ROLLED_BACK: 1003,
    Code.EDIT_OWNER: 1007,
}
_UNKNOWN = 1000


def code_of(error: EditError) -> int:
    """Give the code a client of feature services knows for an error."""
    return _CODES.get(error.code, _UNKNOWN)


MOST_FOUND = 20_000  # features one call deletes by a condition: some seconds of the writer
_SECONDS = 30.0  # the writer is held for, to find them
_Target = tuple[UUID | Invalid | None, int | None]  # what an edit was addressed by


@dataclass(slots=True, kw_only=True)
class LayerEdits:
    """What is asked of one layer; `by_global` addresses features by global id and keeps those that adds bring.

    `where` deletes what a query finds besides, by object id and global id.
    """

    layer: Published
    adds: list[Sent] = field(default_factory=list)
    updates: list[Sent] = field(default_factory=list)
    deletes: list[int | UUID] = field(default_factory=list)
    by_global: bool = False
    where: QueryCall | None = None


class FeatureEdits:
    """The edits of one call, and what came of them."""

    def __init__(self, asked: list[LayerEdits], codec: Codec) -> None:
        self._asked, self._codec = asked, codec
        self._numbers: dict[UUID, int] = {}
        self._targets: dict[tuple[int, Op], list[_Target]] = {}

    def apply(self, writing: Writing, caller: Caller, creator: str | None) -> Outcome:
        """Apply them inside a commit. Raises what applying edits raises."""
        self._numbers, self._targets = {}, {}  # a commit may be tried again
        frames = [self._frame(writing, each, creator) for each in self._asked]
        deletes = [edit.id for frame in frames for b in frame for edit in b.edits if isinstance(edit, Delete)]
        orphans = Orphans(writing, {id for id in deletes if isinstance(id, UUID)}, writing.data_model())
        every = chain(frames, (orphans.frame() for _ in range(1)))  # the last when the others are applied
        outcome = apply_edits(writing, EditsHeader(cascade=True), every, self._codec, caller)
        self._note_numbers(writing, outcome)
        return outcome

    def _frame(self, reading: Reading, asked: LayerEdits, creator: str | None) -> Frame:
        name, going = asked.layer.type.name, list(asked.deletes)
        found: dict[int, UUID] = {}
        if asked.where is not None:
            found = self._rows(reading, asked.where, creator)
            if len(found) > MOST_FOUND:
                raise TooLarge(f"a call deletes at most {MOST_FOUND:,} features by a condition; narrow it")
            going += found
        wanted = {u.number for u in asked.updates if u.number is not None}
        wanted |= {target for target in going if isinstance(target, int)} - found.keys()
        if asked.by_global:
            self._note(reading, [target for target in going if isinstance(target, UUID)])
        elif wanted:
            found |= self._found(reading, name, sorted(wanted), creator)
        self._targets[asked.layer.id, Op.ADD] = [(sent.id if asked.by_global else None, None) for sent in asked.adds]
        adds: list[Edit] = [Add(sent.id if asked.by_global else None, sent.values) for sent in asked.adds]
        updates, deletes = self._updates(asked, found), self._deletes(asked, going, found)
        batches = ((Op.ADD, adds), (Op.UPDATE, updates), (Op.DELETE, deletes))
        return [Batch(op, Category.ENTITY, name, edits) for op, edits in batches if edits]

    def _found(self, reading: Reading, name: str, numbers: list[int], creator: str | None) -> dict[int, UUID]:
        """Find the ids of objects the caller sees by their numbers, through the index every layer has."""
        text = f"MATCH (n:{write_name(name)}) WHERE n.{OBJECTID} IN $numbers RETURN n.{OBJECTID}, n.{GLOBALID}"
        call = QueryCall(text=text, parameters={"numbers": tuple(numbers)})
        return self._rows(reading, call, creator)

    def _rows(self, reading: Reading, call: QueryCall, creator: str | None) -> dict[int, UUID]:
        """Give the ids a query finds, by number. Raises TooLarge past the seconds a writer is held for."""
        found: dict[int, UUID] = {}
        until = time.monotonic() + _SECONDS
        for row in answer_query(reading, call, self._codec, creator).rows:
            if time.monotonic() > until:
                raise TooLarge(f"finding what to edit took longer than {_SECONDS:g} seconds; narrow the condition")
            if row is None:
                continue
            number, id = row
            assert isinstance(number, int) and isinstance(id, UUID), "as the query returns them"
            found[number], self._numbers[id] = id, number
        return found

    def _updates(self, asked: LayerEdits, found: dict[int, UUID]) -> list[Edit]:
        edits: list[Edit] = []
        targets = self._targets.setdefault((asked.layer.id, Op.UPDATE), [])
        for sent in asked.updates:
            if asked.by_global:
                id: UUID | Invalid = sent.id if sent.id is not None else Invalid("an update names its GlobalID")
            elif sent.number is None:
                id = Invalid("an update names its OBJECTID")
            else:
                id = found.get(sent.number, Invalid(f"There is no feature {sent.number}"))
            targets.append((id, None if asked.by_global else sent.number))
            edits.append(Update(id, sent.values))
        return edits

    def _deletes(self, asked: LayerEdits, going: list[int | UUID], found: dict[int, UUID]) -> list[Edit]:
        targets = self._targets.setdefault((asked.layer.id, Op.DELETE), [])
        for target in going:
            if isinstance(target, UUID):
                targets.append((target, None))
            else:
                targets.append((found.get(target, Invalid(f"There is no feature {target}")), target))
        return [Delete(id) for id, _ in targets]

    def _note_numbers(self, reading: Reading, outcome: Outcome) -> None:
        """Read the numbers the server gave, for the results."""
        self._note(reading, [id for r in outcome.results if r.op is not Op.DELETE for id in r.ids if id is not None])

    def _note(self, reading: Reading, ids: list[UUID]) -> None:
        restater = Restater(reading, reading.data_model(), self._codec)
        for id, stored in reading.find([id for id in ids if id not in self._numbers]).items():
            number = restater.values(stored.type, stored.schema, stored.row).get(OBJECTID)
            if isinstance(number, int):  # every object has one, but for those of other types
                self._numbers[id] = number

    # ---- results

    def results(self, outcome: Outcome) -> list[dict[str, Any]]:
        """Write what came of every edit, layer by layer, in the order they were asked for."""
        told = []
        for asked in self._asked:
            lists = {
                name: self._of(outcome, asked.layer, op)
                for op, name in ((Op.ADD, "addResults"), (Op.UPDATE, "updateResults"), (Op.DELETE, "deleteResults"))
            }
            told.append({"id": asked.layer.id, **lists})
        return told

    def _of(self, outcome: Outcome, layer: Published, op: Op) -> list[dict[str, Any]]:
        results = next((r for r in outcome.results if (r.op, r.type_name) == (op, layer.type.name)), None)
        if results is None:
            return []
        targets = self._targets[layer.id, op]
        return [
            self._result(op, id, target, results.errors.get(index, outcome.error))
            for index, (id, target) in enumerate(zip(results.ids, targets, strict=False))
        ]

    def _result(self, op: Op, id: UUID | None, target: _Target, error: EditError | None) -> dict[str, Any]:
        named, number = target
        known = id or (named if isinstance(named, UUID) else None)
        told: dict[str, Any] = {
            "objectId": number if number is not None else self._numbers.get(known or UUID(int=0), -1),
            "globalId": None if known is None else id_text(known),
            "success": error is None,
        }
        if error is not None:
            missing = op is not Op.ADD and isinstance(named, Invalid) and error.code is not Code.EDIT_ROLLED_BACK
            code = _CODES[Code.EDIT_MISSING] if missing else _CODES.get(error.code, _UNKNOWN)
            told["error"] = {"code": code, "description": named.reason if isinstance(named, Invalid) else error.message}
        return told
