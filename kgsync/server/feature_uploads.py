"""What a client of a feature service uploads: edits of layers by global id, and what came of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from uuid import UUID

from kgsync.errors import Code
from kgsync.model.edits import Add, Batch, Delete, EditError, EditsHeader, Frame, Op, Outcome, Update
from kgsync.model.layers import Published
from kgsync.model.schema import OBJECTID, Category
from kgsync.model.values import Invalid
from kgsync.server.feature_edits import code_of
from kgsync.server.uploading import Edits
from kgsync.store.base import Reading
from kgsync.sync.codec import Codec, Restater
from kgsync.wire.esrijson.edits import Sent
from kgsync.wire.esrijson.fields import id_text

_RESULTS = {Op.ADD: "addResults", Op.UPDATE: "updateResults", Op.DELETE: "deleteResults"}
_NO_ID, _EMPTY_ID = 1020, 1021
_SHOWN = 5  # refusals told in the message of an upload that was rolled back


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerUpload:
    """The edits of one layer."""

    layer: Published
    adds: tuple[Sent, ...] = ()
    updates: tuple[Sent, ...] = ()
    deletes: tuple[UUID | Invalid, ...] = ()


class FeatureUpload:
    """The edits of one call, in the order of their layers; `body` is what they were read from, by its digest."""

    def __init__(self, uploads: Iterable[LayerUpload], body: str) -> None:
        self._uploads = tuple(uploads)
        self._body = body

    @property
    def any(self) -> bool:
        return any(each.adds or each.updates or each.deletes for each in self._uploads)

    @property
    def layers(self) -> set[int]:
        """Give the numbers of the layers that have edits."""
        return {each.layer.id for each in self._uploads if each.adds or each.updates or each.deletes}

    @property
    def altered(self) -> frozenset[UUID]:
        """Give the ids of features whose geometry was carried into the service's spatial reference."""
        sent = (one for each in self._uploads for one in (*each.adds, *each.updates))
        return frozenset(one.id for one in sent if one.carried and isinstance(one.id, UUID))

    def edits(self) -> Edits:
        """Give them as the engine takes them: adds of all layers, then updates, then deletes."""
        frame: Frame = []
        for op in (Op.ADD, Op.UPDATE, Op.DELETE):
            for each in self._uploads:
                batch = self._batch(each, op)
                if batch.edits:
                    frame.append(batch)
        return Edits(
            header=EditsHeader(cascade=True),
            body_key=f"features:{self._body}",
            source=BytesIO,
            read=lambda _: iter([frame]),
        )

    def _batch(self, each: LayerUpload, op: Op) -> Batch:
        match op:
            case Op.ADD:
                edits: list[Any] = [Add(_named(sent), sent.values) for sent in each.adds]
            case Op.UPDATE:
                edits = [Update(_named(sent), sent.values) for sent in each.updates]
            case Op.DELETE:
                edits = [Delete(id) for id in each.deletes]
        return Batch(op, Category.ENTITY, each.layer.type.name, edits)

    def told(self, outcome: Outcome) -> str:
        """Say why an upload was rolled back, naming the first edits that were refused."""
        told = []
        for layer, op, _, id, error in self.refusals(outcome):
            if error.code is not Code.EDIT_ROLLED_BACK:
                name = "" if id is None else f" {id_text(id)}"
                told.append(f"{op.name.lower()}{name} of layer {layer}: {error.message}")
        more = f" (and {len(told) - _SHOWN} more)" if len(told) > _SHOWN else ""
        return f"The edits were rolled back, nothing was applied: {'; '.join(told[:_SHOWN])}{more}"

    def refusals(self, outcome: Outcome) -> list[tuple[int, Op, int, UUID | None, EditError]]:
        """List what was refused: layer, operation, which of its edits, by which id, why."""
        found = []
        for each in self._uploads:
            for op in _RESULTS:
                results = _results(outcome, op, each.layer)
                if results is None:
                    continue
                for index, error in sorted(results.errors.items()):
                    found.append((each.layer.id, op, index, self._id(each, op, index), error))
        return found

    def _id(self, each: LayerUpload, op: Op, index: int) -> UUID | None:
        id = each.deletes[index] if op is Op.DELETE else (each.adds if op is Op.ADD else each.updates)[index].id
        return id if isinstance(id, UUID) else None

    def added(self, outcome: Outcome) -> dict[int, list[UUID]]:
        """List the ids of the features that were added, by layer."""
        found = {}
        for each in self._uploads:
            results = _results(outcome, Op.ADD, each.layer)
            if results is not None:
                kept = [id for k, id in enumerate(results.ids) if k not in results.errors]
                found[each.layer.id] = [id for id in kept if id is not None]
        return found


def _named(sent: Sent) -> UUID | Invalid:
    return sent.id if sent.id is not None else Invalid("the feature names no GlobalID")


def _results(outcome: Outcome, op: Op, layer: Published) -> Any:
    wanted = (op, layer.type.name)
    return next((each for each in outcome.results if (each.op, each.type_name) == wanted), None)


def results_of(
    reading: Reading, upload: FeatureUpload, outcome: Outcome, codec: Codec, *, return_ids: bool
) -> tuple[dict[int, dict[str, Any]], bool]:
    """Write by layer what is told of a caller's own edits: those refused, and with `return_ids` what was added.

    Says besides whether any was refused.
    """
    told: dict[int, dict[str, Any]] = {}
    refusals = upload.refusals(outcome)
    for layer, op, _, id, error in refusals:
        lists = told.setdefault(layer, {name: [] for name in _RESULTS.values()})
        code = _NO_ID if id is None and op is not Op.DELETE else code_of(error)
        entry: dict[str, Any] = {"globalId": None if id is None else id_text(id), "success": False}
        lists[_RESULTS[op]].append({**entry, "error": {"code": code, "description": error.message}})
    if return_ids:
        for layer, ids in upload.added(outcome).items():
            lists = told.setdefault(layer, {name: [] for name in _RESULTS.values()})
            numbers = _numbers(reading, ids, codec)
            lists["addResults"] += [
                {"objectId": numbers.get(id, -1), "globalId": id_text(id), "success": True} for id in ids
            ]
    return told, bool(refusals)


def _numbers(reading: Reading, ids: list[UUID], codec: Codec) -> dict[UUID, int]:
    """Give the object ids of features; those that are gone by now have none."""
    restater, found = Restater(reading, reading.data_model(), codec), {}
    for id, stored in reading.find(ids).items():
        number = restater.values(stored.type, stored.schema, stored.row).get(OBJECTID)
        if isinstance(number, int):
            found[id] = number
    return found


def digest_of(text: str) -> str:
    """Give the digest edits are known by."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
