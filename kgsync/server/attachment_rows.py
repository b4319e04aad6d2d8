"""What is attached to the features of a replica, told as its rows come: by layer, with the feature each belongs to."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from itertools import islice
from typing import Any
from uuid import UUID

from kgsync.model.edits import Op
from kgsync.model.layers import LayerRow
from kgsync.model.replica import Definition, Warnings
from kgsync.model.schema import OBJECTID, NamedType, PropertyRole
from kgsync.server.attachments import DIGEST, SIZE, document_type, parents_of
from kgsync.server.layers import FeatureService
from kgsync.store.base import Reading
from kgsync.sync.codec import Codec, Restater
from kgsync.sync.layer_rows import snapshot_rows
from kgsync.wire.esrijson.attachments import AttachmentFacts, attachment_json
from kgsync.wire.esrijson.fields import id_text
from kgsync.wire.esrijson.replicas import AttachmentLists

_BATCH = 500  # attachments whose features are looked up together


class Attachments:
    """Tell of the attachments of some layers; with `url` each by its address, else with its bytes."""

    def __init__(self, reading: Reading, found: FeatureService, codec: Codec, url: str | None) -> None:
        self._reading, self._codec, self._url = reading, codec, url
        self._restater = Restater(reading, found.model, codec)
        self.document = document_type(found.model)
        self._layers = {each.type.id: each for each in found.layers if each.attachments}

    def gather(self, rows: Iterable[LayerRow], numbers: set[int], lists: AttachmentLists) -> None:
        """Take rows of documents for the layers of these numbers; others are passed over."""
        if self.document is None:
            return
        document = self.document.id
        every = (row for row in rows if row.type_id == document)
        while batch := list(islice(every, _BATCH)):
            self._take(batch, numbers, lists)

    def gather_all(self, definition: Definition, numbers: set[int], lists: AttachmentLists, warnings: Warnings) -> None:
        """Take every attachment of the layers of these numbers."""
        if self.document is not None:
            types = {self.document.id}
            self.gather(snapshot_rows(self._reading, definition, self._codec, warnings, types), numbers, lists)

    def _take(self, batch: list[LayerRow], numbers: set[int], lists: AttachmentLists) -> None:
        parents = parents_of(self._reading, {row.id for row in batch if row.values is not None})
        features = self._reading.find(set(parents.values()))
        for row in batch:
            if row.values is None:
                # Whose it was is not looked up: no layer has another of this id.
                for layer in self._layers.values():
                    if layer.id in numbers:
                        lists.add(layer.id, Op.DELETE, id_text(row.id))
                continue
            feature = features.get(parents.get(row.id, row.id))
            found = None if feature is None else self._layers.get(feature.type)
            if feature is None or found is None or found.id not in numbers:
                continue
            number = self._restater.values(feature.type, feature.schema, feature.row).get(OBJECTID)
            lists.add(found.id, row.op, self._told(row, feature.id, found.id, number))

    def _told(self, row: LayerRow, parent: UUID, layer: int, number: Any) -> dict[str, Any]:
        assert row.values is not None, "deletes were told before"
        assert self.document is not None, "asked for where there are attachments"
        facts = facts_of(row.values, row.id, parent, self.document)
        told = attachment_json(facts)
        if self._url is not None:
            return {**told, "url": f"{self._url}/{layer}/{number}/attachments/{facts.number}"}
        data = self._reading.attachment(str(row.values.get(DIGEST) or ""))
        return {**told, "data": None if data is None else base64.b64encode(data).decode()}


def facts_of(values: dict[str, Any], id: UUID, parent: UUID, document: NamedType) -> AttachmentFacts:
    """Read what a document tells of itself as an attachment."""
    name, kind = (
        values.get(document.playing(role)) for role in (PropertyRole.DOCUMENT_NAME, PropertyRole.DOCUMENT_CONTENT_TYPE)
    )
    number, size = values.get(OBJECTID), values.get(SIZE)
    return AttachmentFacts(
        number if isinstance(number, int) else -1,
        id,
        parent,
        str(name or ""),
        str(kind or "application/octet-stream"),
        size if isinstance(size, int) else 0,
    )
