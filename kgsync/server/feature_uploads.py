"""What a client of a feature service uploads: edits of layers by global id, and what came of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from uuid import UUID

from kgsync.errors import Code
from kgsync.model.edits import Add, Batch, Delete, EditError, EditsHeader, Frame, Op, Outcome, Update
from kgsync.model.layers import Published
from kgsync.model.schema import OBJECTID, Category, DataModel
from kgsync.model.values import Invalid
from kgsync.server.attachments import (
    NO_FEATURE,
    AttachmentEdits,
    Orphans,
    SentAttachment,
    document_type,
    fitted,
    frame_of,
    keep_bytes,
    link_name,
    unlinked,
)
from kgsync.server.feature_edits import code_of
from kgsync.server.uploading import Edits
from kgsync.store.base import Reading, Writing
from kgsync.sync.codec import Codec, Restater
from kgsync.wire.esrijson.edits import Sent
from kgsync.wire.esrijson.fields import id_text

_RESULTS = {Op.ADD: "addResults", Op.UPDATE: "updateResults", Op.DELETE: "deleteResults"}
_ATTACHMENT_CODES = {Op.ADD: 1008, Op.UPDATE: 1009, Op.DELETE: 1010}
_NO_ID = 1020
_SHOWN = 5  # refusals told in the message of an upload that was rolled back


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerUpload:
    """The edits of one layer."""

    layer: Published
    adds: tuple[Sent, ...] = ()
    updates: tuple[Sent, ...] = ()
    deletes: tuple[UUID | Invalid, ...] = ()
    attachments: AttachmentEdits | None = None


class FeatureUpload:
    """The edits of one call, in the order of their layers; `body` is what they were read from, by its digest."""

    def __init__(self, uploads: Iterable[LayerUpload], body: str, model: DataModel, codec: Codec) -> None:
        self._uploads = tuple(uploads)
        self._body, self._model, self._codec = body, model, codec
        self._attached = [each.attachments for each in self._uploads if each.attachments is not None]

    @property
    def any(self) -> bool:
        return bool(self.layers)

    @property
    def attaches(self) -> bool:
        """Say whether attachments are among the edits."""
        return any(each.any for each in self._attached)

    @property
    def layers(self) -> set[int]:
        """Give the numbers of the layers that have edits."""
        return {
            each.layer.id
            for each in self._uploads
            if each.adds or each.updates or each.deletes or (each.attachments is not None and each.attachments.any)
        }

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
            read=lambda _: iter([frame, frame_of(self._attached, self._model)]),
            fit=self._fitted,
        )

    def _fitted(self, writing: Writing, frames: Iterator[Frame]) -> Iterator[Frame]:
        """Give the features, and when they are applied their attachments."""
        going = {id for each in self._uploads for id in each.deletes if isinstance(id, UUID)}
        orphans = Orphans(writing, going, self._model)
        yield next(frames)
        for frame in frames:
            yield fitted(writing, self._attached, frame)
            keep_bytes(writing, self._attached, self._model, self._codec)
        yield orphans.frame()
        yield unlinked(writing, self._attached, self._model)

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
                results = _results(outcome, op, each.layer.type.name)
                if results is None:
                    continue
                for index, error in sorted(results.errors.items()):
                    found.append((each.layer.id, op, index, self._id(each, op, index), error))
        return found

    def _id(self, each: LayerUpload, op: Op, index: int) -> UUID | None:
        id = each.deletes[index] if op is Op.DELETE else (each.adds if op is Op.ADD else each.updates)[index].id
        return id if isinstance(id, UUID) else None

    def attached(self, outcome: Outcome) -> list[tuple[int, Op, UUID | None, EditError | None]]:
        """List what came of attachments: layer, operation, id, and why it was refused."""
        found: list[tuple[int, Op, UUID | None, EditError | None]] = []
        document = document_type(self._model)
        for op in _RESULTS:
            results = None if document is None else _results(outcome, op, document.name)
            if results is None:
                continue
            sent = [(each.layer.id, id) for each in self._uploads for id in _attachments(each.attachments, op)]
            links = _results(outcome, Op.ADD, link_name(self._model)) if op is Op.ADD else None
            for index, (layer, id) in enumerate(sent):
                error = results.errors.get(index, outcome.error)
                if error is None and links is not None and index in links.errors:
                    error = EditError(links.errors[index].code, NO_FEATURE)  # whatever there is that is hidden
                found.append((layer, op, id if isinstance(id, UUID) else None, error))
        return found

    def added(self, outcome: Outcome) -> dict[int, list[UUID]]:
        """List the ids of the features that were added, by layer."""
        found = {}
        for each in self._uploads:
            results = _results(outcome, Op.ADD, each.layer.type.name)
            if results is not None:
                kept = [id for k, id in enumerate(results.ids) if k not in results.errors]
                found[each.layer.id] = [id for id in kept if id is not None]
        return found


def _named(sent: Sent) -> UUID | Invalid:
    return sent.id if sent.id is not None else Invalid("the feature names no GlobalID")


def _attachments(edits: AttachmentEdits | None, op: Op) -> list[UUID | Invalid | None]:
    if edits is None:
        return []
    if op is Op.DELETE:
        return list(edits.deletes)
    sent: tuple[SentAttachment, ...] = edits.adds if op is Op.ADD else edits.updates
    return [each.id for each in sent]


def _results(outcome: Outcome, op: Op, type_name: str) -> Any:
    wanted = (op, type_name)
    return next((each for each in outcome.results if (each.op, each.type_name) == wanted), None)


def results_of(
    reading: Reading, upload: FeatureUpload, outcome: Outcome, codec: Codec, *, return_ids: bool
) -> tuple[dict[int, dict[str, Any]], bool]:
    """Write by layer what is told of a caller's own edits: those refused, and with `return_ids` what was added.

    Attachments stand under their own name beside features. Says besides whether any was refused.
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
    refused = bool(refusals)
    for layer, op, id, fault in upload.attached(outcome):
        if fault is not None or (return_ids and op is Op.ADD):
            lists = told.setdefault(layer, {name: [] for name in _RESULTS.values()})
            attached = lists.setdefault("attachments", {name: [] for name in _RESULTS.values()})
            attached[_RESULTS[op]].append(_attachment_result(op, id, fault))
            refused |= fault is not None
    return told, refused


def _attachment_result(op: Op, id: UUID | None, error: EditError | None) -> dict[str, Any]:
    told: dict[str, Any] = {"globalId": None if id is None else id_text(id), "success": error is None}
    if error is not None:
        told["error"] = {"code": _ATTACHMENT_CODES[op], "description": error.message}
    return told


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
