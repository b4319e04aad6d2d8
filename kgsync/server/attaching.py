"""What is attached to single features: asked for, added, replaced and deleted by number."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple
from uuid import UUID

from kgsync.errors import KgsyncError, MalformedInput, NotFound
from kgsync.filters.literals import write_name
from kgsync.model.catalog import Service
from kgsync.model.edits import EditsHeader, Outcome
from kgsync.model.layers import Published
from kgsync.model.people import Principal
from kgsync.model.query import QueryCall
from kgsync.model.schema import GLOBALID, OBJECTID, NamedType, PropertyRole
from kgsync.server.attachments import (
    DIGEST,
    SIZE,
    AttachmentEdits,
    SentAttachment,
    document_type,
    fitted,
    frame_of,
    keep_bytes,
)
from kgsync.server.layers import FeatureService
from kgsync.server.security import rights
from kgsync.server.service import Verbs
from kgsync.store.base import Reading, Writing
from kgsync.sync.codec import Codec
from kgsync.sync.query import answer_query
from kgsync.sync.upload import Caller, apply_edits
from kgsync.wire.esrijson.attachments import AttachmentFacts

_MOST = 10_000  # attachments one request lists


class Attached(NamedTuple):
    """An attachment, the number of its feature, and the digest of its bytes."""

    feature: int
    facts: AttachmentFacts
    digest: str


class Attaching:
    """The attachments of the features of one layer. Raises NotFound where a layer takes none."""

    def __init__(self, verbs: Verbs, found: FeatureService, layer: Published) -> None:
        document = document_type(found.model)
        if document is None or not layer.attachments:
            raise NotFound(f"Layer {layer.id} has no attachments")
        self._verbs, self._found, self._layer, self._document = verbs, found, layer, document

    @property
    def service(self) -> Service:
        return self._found.service

    async def of(self, who: Principal, numbers: list[int] | None = None) -> list[Attached]:
        """List the attachments of features by their numbers, or of all. Raises Forbidden, MalformedInput past _MOST."""
        rights.require_query(self.service, who)
        creator = rights.creator_seen(self.service, who)
        codec = self._verbs.wire.codec
        found = await self._verbs.read(self.service, "attachments", lambda r: self._listed(r, codec, creator, numbers))
        if len(found) > _MOST:
            raise MalformedInput(f"more than {_MOST:,} attachments were found; ask for fewer features")
        return found

    def _listed(self, reading: Reading, codec: Codec, creator: str | None, numbers: list[int] | None) -> list[Attached]:
        call = _asking(self._layer, self._document, numbers)
        return [_attached(row) for row in answer_query(reading, call, codec, creator).rows if row is not None]

    async def bytes_of(self, attached: Attached) -> bytes:
        """Give the bytes of an attachment. Raises NotFound for a document without."""

        def read(reading: Reading) -> bytes | None:
            return reading.attachment(attached.digest)

        data = await self._verbs.read(self.service, "attachment", read)
        if data is None:
            raise NotFound(f"The attachment {attached.facts.number} has no data here")
        return data

    async def add(self, who: Principal, feature: int, name: str, kind: str, data: bytes) -> Attached:
        """Attach a file to a feature. Raises NotFound, Forbidden, and the error its edit is refused with."""
        id = self._verbs.new_id()

        def edits(reading: Reading, caller: Caller) -> AttachmentEdits:
            sent = SentAttachment(
                id=id, parent=self._feature(reading, caller, feature), name=name, content_type=kind, data=data
            )
            return AttachmentEdits(layer_type=self._layer.type.id, adds=(sent,))

        await self._edited(who, edits)
        return await self._one(who, feature, lambda each: each.facts.id == id)

    async def update(self, who: Principal, feature: int, number: int, name: str, kind: str, data: bytes) -> Attached:
        """Replace an attachment's file. Raises as `add`."""
        present = await self._one(who, feature, lambda each: each.facts.number == number)

        def edits(reading: Reading, caller: Caller) -> AttachmentEdits:
            sent = SentAttachment(id=present.facts.id, name=name, content_type=kind, data=data)
            return AttachmentEdits(layer_type=self._layer.type.id, updates=(sent,))

        await self._edited(who, edits)
        return await self._one(who, feature, lambda each: each.facts.number == number)

    async def delete(self, who: Principal, feature: int, numbers: list[int]) -> list[tuple[int, UUID | None]]:
        """Delete attachments; give number and id, None where the feature has no such one. Raises Forbidden."""
        present = {each.facts.number: each.facts.id for each in await self.of(who, [feature])}
        going = tuple(present[number] for number in numbers if number in present)

        def edits(reading: Reading, caller: Caller) -> AttachmentEdits:
            return AttachmentEdits(layer_type=self._layer.type.id, deletes=going)

        if going:
            await self._edited(who, edits)
        return [(number, present.get(number)) for number in numbers]

    async def _one(self, who: Principal, feature: int, is_it: Callable[[Attached], bool]) -> Attached:
        found = next((each for each in await self.of(who, [feature]) if is_it(each)), None)
        if found is None:
            raise NotFound(f"Feature {feature} has no such attachment")
        return found

    async def one(self, who: Principal, feature: int, number: int) -> Attached:
        """Find an attachment by its number. Raises NotFound, Forbidden."""
        return await self._one(who, feature, lambda each: each.facts.number == number)

    def _feature(self, reading: Reading, caller: Caller, number: int) -> UUID:
        name = write_name(self._layer.type.name)
        text = f"MATCH (n:{name}) WHERE n.{OBJECTID} = $number RETURN n.{GLOBALID}"
        creator = caller.user if caller.hides_others else None
        call = QueryCall(text=text, parameters={"number": number})
        for row in answer_query(reading, call, self._verbs.wire.codec, creator).rows:
            if row is not None and isinstance(row[0], UUID):
                return row[0]
        raise NotFound(f"There is no feature {number}")

    async def _edited(self, who: Principal, make: Callable[[Reading, Caller], AttachmentEdits]) -> None:
        codec, model = self._verbs.wire.codec, self._found.model

        def work(writing: Writing, caller: Caller) -> Outcome:
            edits = [make(writing, caller)]
            frame = fitted(writing, edits, frame_of(edits, model))
            outcome = apply_edits(writing, EditsHeader(cascade=True), [frame], codec, caller)
            keep_bytes(writing, edits, model, codec)
            return outcome

        outcome = await self._verbs.edit(self.service, who, work, rollback=True)
        for results in outcome.results:
            for error in results.errors.values():
                raise KgsyncError(error.message, code=error.code)


def _asking(layer: Published, document: NamedType, numbers: list[int] | None) -> QueryCall:
    texts = ["n." + OBJECTID, "n." + GLOBALID, "d." + OBJECTID, "d." + GLOBALID]
    for role in (PropertyRole.DOCUMENT_NAME, PropertyRole.DOCUMENT_CONTENT_TYPE):
        texts.append(f"d.{write_name(document.playing(role))}")
    texts += [f"d.{SIZE}", f"d.{DIGEST}"]
    where = "" if numbers is None else f" WHERE n.{OBJECTID} IN $numbers"
    text = f"MATCH (n:{write_name(layer.type.name)})-[:HasDocument]->(d:{write_name(document.name)}){where}"
    text += f" RETURN {', '.join(texts)} ORDER BY d.{OBJECTID} LIMIT {_MOST + 1}"
    return QueryCall(text=text, parameters={} if numbers is None else {"numbers": tuple(numbers)})


def _attached(row: tuple[object, ...]) -> Attached:
    feature, parent, number, id, name, kind, size, digest = row
    assert isinstance(parent, UUID), "as the query returns it"
    assert isinstance(id, UUID), "as the query returns it"
    facts = AttachmentFacts.of(number, id, parent, name, kind, size)
    return Attached(feature if isinstance(feature, int) else -1, facts, str(digest or ""))
