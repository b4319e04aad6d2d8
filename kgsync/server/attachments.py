"""Attachments of features: documents of the graph that features lead to, with bytes that rows name by their digest.

So a photo attached in a layer is a document of the entity in the graph, and comes and goes with the feature in every
replica by the one rule there is about documents.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID, uuid5

from kgsync.model.edits import Add, Batch, Delete, Frame, Op, Update
from kgsync.model.schema import Category, DataModel, FieldType, NamedType, Property, PropertyRole, TypeRole
from kgsync.model.values import Invalid, Value
from kgsync.store.base import Link, Reading, Writing
from kgsync.sync.codec import Codec, Restater

DIGEST, SIZE = "attachmentDigest", "attachmentSize"
ATTACHMENT_PROPERTIES = (
    Property(id=0, name=DIGEST, field_type=FieldType.STRING, visible=False),
    Property(id=0, name=SIZE, field_type=FieldType.BIG_INTEGER, visible=False),
)
MAX_BYTES = 10 * 1024 * 1024  # of one attachment, which is held whole; a photo has some megabytes
_LINK = "HasDocument"
NO_FEATURE = "there is no feature of this layer to attach it to"


@dataclass(frozen=True, slots=True, kw_only=True)
class SentAttachment:
    """An attachment to add or to update; what is None of an update stays. `id` and `data` may be Invalid."""

    id: UUID | Invalid | None
    parent: UUID | Invalid | None = None
    name: str | None = None
    content_type: str | None = None
    data: bytes | Invalid | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentEdits:
    """The attachments one call edits in one layer."""

    layer_type: int
    adds: tuple[SentAttachment, ...] = ()
    updates: tuple[SentAttachment, ...] = ()
    deletes: tuple[UUID | Invalid, ...] = ()

    @property
    def any(self) -> bool:
        return bool(self.adds or self.updates or self.deletes)


def document_type(model: DataModel) -> NamedType | None:
    """Give the type attachments are kept as, where a service has them."""
    found = model.documents
    return found if found is not None and found.property(DIGEST) is not None else None


def digest_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def link_id(attachment: UUID) -> UUID:
    """Give the id of the relationship that leads from a feature to its attachment."""
    return uuid5(attachment, _LINK)


def link_name(model: DataModel) -> str:
    """Name the type of the relationships that lead to attachments."""
    found = (t.name for t in model.types if t.role is TypeRole.DOCUMENT and t.category is Category.RELATIONSHIP)
    return next(found, _LINK)


def unlinked(writing: Writing, edits: list[AttachmentEdits], model: DataModel) -> Frame:
    """Delete the attachments this commit added and could not link to a feature; asked when they were applied.

    A document that was there before stays, whatever id a caller gives.
    """
    document = document_type(model)
    added = {sent.id for each in edits for sent in each.adds if isinstance(sent.id, UUID)}
    if document is None or not added:
        return []
    linked = {link.dest for link in writing.connected(added)}
    present = writing.find(added - linked)
    ids = sorted(id for id, s in present.items() if s.type == document.id and s.changed == writing.moment)
    return [Batch(Op.DELETE, Category.ENTITY, document.name, [Delete(id) for id in ids])] if ids else []


def frame_of(edits: list[AttachmentEdits], model: DataModel) -> Frame:
    """Give edits of attachments as the engine takes them, each list in the order of the layers."""
    document = document_type(model)
    if document is None or not any(each.any for each in edits):
        return []
    adds = [_added(sent, document) for each in edits for sent in each.adds]
    updates = [_updated(sent, document) for each in edits for sent in each.updates]
    deletes = [Delete(id) for each in edits for id in each.deletes]
    links = [_linked(sent) for each in edits for sent in each.adds]
    frame: Frame = [
        Batch(Op.ADD, Category.ENTITY, document.name, list(adds)),
        Batch(Op.ADD, Category.RELATIONSHIP, link_name(model), list(links)),
        Batch(Op.UPDATE, Category.ENTITY, document.name, list(updates)),
        Batch(Op.DELETE, Category.ENTITY, document.name, list(deletes)),
    ]
    return [batch for batch in frame if batch.edits]


def _content(sent: SentAttachment, document: NamedType) -> dict[str, Value]:
    values: dict[str, Value] = {}
    if sent.name is not None:
        values[document.playing(PropertyRole.DOCUMENT_NAME)] = sent.name
        _, dot, extension = sent.name.rpartition(".")
        values[document.playing(PropertyRole.DOCUMENT_FILE_EXTENSION)] = extension if dot else None
    if sent.content_type is not None:
        values[document.playing(PropertyRole.DOCUMENT_CONTENT_TYPE)] = sent.content_type
    if isinstance(sent.data, Invalid):
        values[DIGEST] = sent.data
    elif sent.data is not None:
        values[DIGEST], values[SIZE] = digest_of(sent.data), len(sent.data)
    return values


def _added(sent: SentAttachment, document: NamedType) -> Add:
    values = _content(sent, document)
    if sent.data is None:
        values[DIGEST] = Invalid("the attachment brings no data")
    id = sent.id if sent.id is not None else Invalid("the attachment names no globalId")
    return Add(id, values)


def _linked(sent: SentAttachment) -> Add:
    id = link_id(sent.id) if isinstance(sent.id, UUID) else Invalid("the attachment has no id")
    return Add(id, {}, sent.parent or Invalid("the attachment names no feature"), sent.id)


def _updated(sent: SentAttachment, document: NamedType) -> Update:
    id = sent.id if sent.id is not None else Invalid("the attachment names no globalId")
    return Update(id, _content(sent, document))


def fitted(writing: Writing, edits: list[AttachmentEdits], frame: Frame) -> Frame:
    """Refuse the attachments of features that are not there, or not of their layer.

    Called when the features of the call have been applied.
    """
    wanted = {s.parent for each in edits for s in each.adds if isinstance(s.parent, UUID)}
    types = writing.types_of(wanted)
    sent = [(each.layer_type, s) for each in edits for s in each.adds]
    lost = {k for k, (layer, s) in enumerate(sent) if not (isinstance(s.parent, UUID) and types.get(s.parent) == layer)}
    if not lost:
        return frame
    missing = Invalid(NO_FEATURE)
    return [
        batch._replace(edits=[_refused(e, missing) if k in lost else e for k, e in enumerate(batch.edits)])
        if batch.op is Op.ADD
        else batch
        for batch in frame
    ]


def keep_bytes(writing: Writing, edits: list[AttachmentEdits], model: DataModel, codec: Codec) -> None:
    """Keep the bytes of attachments; asked when their edits were applied, for those that were refused leave none."""
    every = (one for each in edits for one in (*each.adds, *each.updates))
    sent = {one.id: one.data for one in every if isinstance(one.id, UUID) and isinstance(one.data, bytes)}
    restater = Restater(writing, model, codec)
    for id, stored in writing.find(set(sent)).items():
        digest = digest_of(sent[id])
        if restater.values(stored.type, stored.schema, stored.row).get(DIGEST) == digest:
            writing.put_attachment(digest, sent[id])


def _refused(edit: object, why: Invalid) -> Add:
    assert isinstance(edit, Add), "a batch of adds"
    return edit._replace(id=why)


def parents_of(reading: Reading, attachments: set[UUID], model: DataModel, types: Collection[int]) -> dict[UUID, UUID]:
    """Say which feature of some types each attachment belongs to: of several the one with the smallest id."""
    kinds = {t.id for t in model.types if t.role is TypeRole.DOCUMENT}
    links = [link for link in reading.connected(attachments) if link.type in kinds and link.dest in attachments]
    origins = reading.types_of({link.origin for link in links})
    found: dict[UUID, UUID] = {}
    for link in sorted(links, key=lambda link: link.origin.int, reverse=True):
        if origins.get(link.origin) in types:
            found[link.dest] = link.origin
    return found


class Orphans:
    """Attachments that go with the features one call deletes: those that no other feature has."""

    def __init__(self, reading: Reading, going: set[UUID], model: DataModel) -> None:
        self._reading, self._document = reading, document_type(model)
        self._links: list[Link] = []
        if self._document is not None and going:
            kinds = {t.id for t in model.types if t.role is TypeRole.DOCUMENT}
            self._links = [link for link in reading.connected(going) if link.type in kinds and link.origin in going]

    def frame(self) -> Frame:
        """Delete them; asked when the features are gone that could be deleted."""
        documents = {link.dest for link in self._links}
        if self._document is None or not documents:
            return []
        kept = {link.dest for link in self._reading.connected(documents)}
        present = self._reading.types_of(documents - kept)
        ids = sorted(id for id, type_id in present.items() if type_id == self._document.id)
        return [Batch(Op.DELETE, Category.ENTITY, self._document.name, [Delete(id) for id in ids])] if ids else []
