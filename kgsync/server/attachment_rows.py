"""What is attached to the features of a replica, told as its rows come: by layer, with the feature each belongs to."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple
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


class Told(NamedTuple):
    """What became of an attachment of a layer; `feature` is the number of what it is attached to."""

    layer: int
    op: Op
    facts: AttachmentFacts
    digest: str
    feature: int


class Attachments:
    """Tell of the attachments of some layers; with `url` each by its address, else with its bytes."""

    def __init__(self, reading: Reading, found: FeatureService, codec: Codec, url: str | None) -> None:
        self._reading, self._codec, self._url, self._model = reading, codec, url, found.model
        self._restater = Restater(reading, found.model, codec)
        self.document = document_type(found.model)
        self._layers = {each.type.id: each for each in found.layers if each.attachments}
        self._numbers = {each.id for each in self._layers.values()}

    def gather(self, rows: Iterable[LayerRow], numbers: set[int], lists: AttachmentLists) -> None:
        """Take rows of documents for the layers of these numbers; others are passed over."""
        for each in self.told(rows, numbers):
            lists.add(each.layer, each.op, id_text(each.facts.id) if each.op is Op.DELETE else self._json(each))

    def gather_all(self, definition: Definition, numbers: set[int], lists: AttachmentLists, warnings: Warnings) -> None:
        """Take every attachment of the layers of these numbers."""
        for each in self.told_all(definition, numbers, warnings):
            lists.add(each.layer, each.op, self._json(each))

    def told_all(self, definition: Definition, numbers: set[int], warnings: Warnings) -> Iterator[Told]:
        """Tell of every attachment of the layers of these numbers."""
        if self.document is None:
            return iter(())
        types = {self.document.id}
        return self.told(snapshot_rows(self._reading, definition, self._codec, warnings, types), numbers)

    def told(self, rows: Iterable[LayerRow], numbers: set[int]) -> Iterator[Told]:
        """Tell of the documents among rows, as attachments of the layers of these numbers."""
        if self.document is None:
            return
        document = self.document.id
        every = (row for row in rows if row.type_id == document)
        while batch := list(islice(every, _BATCH)):
            yield from self._of(batch, numbers, self.document)

    def _of(self, batch: list[LayerRow], numbers: set[int], document: NamedType) -> Iterator[Told]:
        wanted = {type_id for type_id, layer in self._layers.items() if layer.id in numbers}
        parents = parents_of(self._reading, {row.id for row in batch if row.values is not None}, self._model, wanted)
        features = self._reading.find(set(parents.values()))
        for row in batch:
            if row.values is None:
                # Whose it was is not looked up: no layer has another of this id.
                gone = AttachmentFacts(-1, row.id, row.id, "", "", 0)
                yield from (Told(n, Op.DELETE, gone, "", -1) for n in sorted(self._numbers & numbers))
                continue
            feature = features.get(parents.get(row.id, row.id))
            found = None if feature is None else self._layers.get(feature.type)
            if feature is None or found is None or found.id not in numbers:
                continue
            number = self._restater.values(feature.type, feature.schema, feature.row).get(OBJECTID)
            facts, digest = facts_of(row.values, row.id, feature.id, document), str(row.values.get(DIGEST) or "")
            yield Told(found.id, row.op, facts, digest, number if isinstance(number, int) else -1)

    def data(self, told: Told) -> bytes | None:
        """Give the bytes of an attachment; a document of the graph may have none."""
        return self._reading.attachment(told.digest)

    def _json(self, told: Told) -> dict[str, Any]:
        shown = attachment_json(told.facts)
        if self._url is not None:
            return {**shown, "url": f"{self._url}/{told.layer}/{told.feature}/attachments/{told.facts.number}"}
        data = self.data(told)
        return {**shown, "data": None if data is None else base64.b64encode(data).decode()}


def facts_of(values: dict[str, Any], id: UUID, parent: UUID, document: NamedType) -> AttachmentFacts:
    """Read what a document tells of itself as an attachment."""
    name, kind = (
        values.get(document.playing(role)) for role in (PropertyRole.DOCUMENT_NAME, PropertyRole.DOCUMENT_CONTENT_TYPE)
    )
    return AttachmentFacts.of(values.get(OBJECTID), id, parent, name, kind, values.get(SIZE))
