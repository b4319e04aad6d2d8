"""Calls of replicas from the texts of their parameters: for requests, and for jobs that outlive them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from uuid import UUID

from kgsync.errors import MalformedInput, TooLarge
from kgsync.model.catalog import Item, Service
from kgsync.model.feature_calls import CreateFeatures, FeatureAnswer, SyncFeatures
from kgsync.model.geometry import SpatialReference
from kgsync.model.people import Principal
from kgsync.model.values import Invalid
from kgsync.server.attachments import MAX_BYTES, AttachmentEdits, SentAttachment
from kgsync.server.feature_replicas import FeatureReplicas
from kgsync.server.feature_uploads import FeatureUpload, LayerUpload, digest_of
from kgsync.server.http.features.parameters import Asked
from kgsync.server.http.features.replica_asking import create_call, sync_call
from kgsync.server.http.features.uploading import item_id
from kgsync.server.layers import FeatureService, feature_service
from kgsync.server.parts import Progress, UploadSource, no_progress
from kgsync.server.service import Verbs
from kgsync.sync.codec import Codec
from kgsync.wire.esrijson.attachments import GivenAttachment
from kgsync.wire.esrijson.edits import FeatureReader
from kgsync.wire.esrijson.sync_edits import GivenEdits, read_sync_edits
from kgsync.wire.geopackage_reader import ChangeFile

_SQLITE = b"SQLite format 3\0"
_MOST_JSON = 64 * 1024 * 1024  # of a file of edits, which is held whole
# Where a job was asked for: among its parameters, under a name no request has.
URL = "\0url"


class ReplicaCalls:
    """Read calls off the event loop, and have them done."""

    def __init__(self, verbs: Verbs) -> None:
        self.verbs, self.replicas = verbs, FeatureReplicas(verbs)

    async def read_create(self, service: Service, asked: Asked) -> tuple[FeatureService, CreateFeatures]:
        """Raises MalformedInput naming the parameter, NotFound, NotSupported."""
        found, now = await feature_service(self.verbs, service), self.verbs.clock()
        wire = self.verbs.wire
        return found, await self.verbs.runner.read("features", lambda: create_call(asked, found, wire, now))

    async def read_sync(self, service: Service, asked: Asked) -> tuple[FeatureService, SyncFeatures]:
        """Raises MalformedInput naming the parameter, NotSupported."""
        found = await feature_service(self.verbs, service)
        return found, await self.verbs.runner.read("features", lambda: sync_call(asked))

    async def create(
        self,
        service: Service,
        who: Principal,
        texts: dict[str, str],
        replica_id: UUID,
        source: UploadSource,
        progress: Progress,
    ) -> FeatureAnswer:
        """Create a replica as a job of a given id."""
        found, call = await self.read_create(service, Asked(texts, texts.get(URL, "")))
        return await self.replicas.create(found, who, replace(call, replica_id=replica_id), progress)

    async def synchronize(
        self,
        service: Service,
        who: Principal,
        texts: dict[str, str],
        replica_id: UUID,
        source: UploadSource,
        progress: Progress,
    ) -> FeatureAnswer:
        """Synchronize a replica as a job."""
        asked = Asked(texts, texts.get(URL, ""))
        found, call = await self.read_sync(service, asked)
        return await self.synchronized(found, who, call, asked, source, progress)

    async def synchronized(
        self,
        found: FeatureService,
        who: Principal,
        call: SyncFeatures,
        asked: Asked,
        source: UploadSource,
        progress: Progress = no_progress,
    ) -> FeatureAnswer:
        """Read the edits of a call, and do it. Raises what `read_sync` and synchronizing raise."""
        replica = await self.replicas.replica(found.service, who, call.replica_id)
        face = replica.face
        assert face is not None, "a replica of a feature service"
        upload = None
        if _uploads(call):
            numbers = {each.layer for each in face.layers}
            if call.item is not None:
                upload = await self._of_file(found, who, asked, call.item, numbers, face.out_sr)
            elif call.upload:
                upload = await self._of_text(found, who, asked.text("edits") or "", numbers, face.out_sr)
        return await self.replicas.synchronize(found, who, call, upload, source, progress)

    async def _of_text(
        self, found: FeatureService, who: Principal, text: str, layers: set[int], sent_in: SpatialReference | None
    ) -> FeatureUpload:
        """Read edits of JSON. Raises MalformedInput, NotFound."""
        read = self.verbs.runner.read
        given = await read("features", lambda: read_sync_edits(Asked({"edits": text}).json("edits", list), "edits"))
        items = await self._items(given, who)

        def made() -> FeatureUpload:
            files = {name: self._bytes(item) for name, item in items.items()}
            return _upload(found, text, given, layers, sent_in, files, self.verbs.wire.codec)

        return await read("features", made)

    async def _of_file(
        self,
        found: FeatureService,
        who: Principal,
        asked: Asked,
        file: str,
        layers: set[int],
        sent_in: SpatialReference | None,
    ) -> FeatureUpload:
        """Read edits of an uploaded file, a GeoPackage of changes or JSON. Raises MalformedInput, NotFound."""
        item = await self.verbs.item(item_id(file), who)
        form = (asked.text("editsUploadFormat") or "").lower()

        def is_sqlite() -> bool:
            with self.verbs.items.open(item.id) as source:
                return source.read(len(_SQLITE)) == _SQLITE

        if form not in ("", "sqlite", "json"):
            raise MalformedInput(f"{form[:20]!r} is neither sqlite nor json", place="editsUploadFormat")
        if form == "sqlite" or (not form and await self.verbs.runner.read("item", is_sqlite)):
            path, codec = self.verbs.items.path(item.id), self.verbs.wire.codec
            return await self.verbs.runner.read(
                "features", lambda: _packed(found, path, item.digest, layers, sent_in, codec)
            )
        if item.size > _MOST_JSON:
            raise TooLarge(
                f"edits of JSON have at most {_MOST_JSON // 1024**2} MiB; send sqlite", place="editsUploadId"
            )

        def text() -> str:
            with self.verbs.items.open(item.id) as source:
                return source.read().decode("utf-8", "replace")

        return await self._of_text(found, who, await self.verbs.runner.read("item", text), layers, sent_in)

    async def _items(self, given: list[GivenEdits], who: Principal) -> dict[str, Item]:
        """Find the uploaded files attachments name. Raises NotFound, Conflict."""
        found: dict[str, Item] = {}
        for each in given:
            for sent in (*each.attachments.adds, *each.attachments.updates):
                if sent.upload is not None and sent.upload not in found:
                    found[sent.upload] = await self.verbs.item(item_id(sent.upload), who)
        return found

    def _bytes(self, item: Item) -> bytes | Invalid:
        if item.size > MAX_BYTES:
            return Invalid(f"an attachment has at most {MAX_BYTES // 1024**2} MiB")
        with self.verbs.items.open(item.id) as source:
            return source.read()


def _uploads(call: SyncFeatures) -> bool:
    """Say whether edits are looked at: for what only downloads they are ignored."""
    if call.layers is not None:
        return any(each.way.uploads for each in call.layers)
    return call.way is None or call.way.uploads


def _upload(
    found: FeatureService,
    text: str,
    given: list[GivenEdits],
    layers: set[int],
    sent_in: SpatialReference | None,
    files: dict[str, bytes | Invalid],
    codec: Codec,
) -> FeatureUpload:
    uploads = []
    for each in given:
        if each.layer not in layers:
            raise MalformedInput(f"layer {each.layer} is none of the replica's", place=each.place)
        uploads.append(_layer_upload(found, each, sent_in, files))
    return FeatureUpload(uploads, digest_of(text), found.model, codec)


def _packed(
    found: FeatureService, path: Path, digest: str, layers: set[int], sent_in: SpatialReference | None, codec: Codec
) -> FeatureUpload:
    """Read a GeoPackage of changes. Raises MalformedInput naming the table."""
    uploads = []
    with ChangeFile(path, found.model.spatial_reference, sent_in) as file:
        for number in file.layers:
            if number not in layers:
                raise MalformedInput(f"layer {number} is none of the replica's", place="sync_changes")
            layer = found.layer(number)
            changes = file.changes(layer)
            attachments = AttachmentEdits(
                layer_type=layer.type.id,
                adds=tuple(_sent(each, {}) for each in changes.attached),
                updates=tuple(_sent(each, {}) for each in changes.replaced),
                deletes=changes.detached,
            )
            if attachments.any and not layer.attachments:
                raise MalformedInput(f"layer {layer.id} takes no attachments", place="sync_attachment_changes")
            uploads.append(
                LayerUpload(
                    layer=layer,
                    adds=changes.adds,
                    updates=changes.updates,
                    deletes=changes.deletes,
                    attachments=attachments,
                )
            )
    return FeatureUpload(uploads, digest, found.model, codec)


def _layer_upload(
    found: FeatureService, given: GivenEdits, sent_in: SpatialReference | None, files: dict[str, bytes | Invalid]
) -> LayerUpload:
    layer, attached = found.layer(given.layer), given.attachments
    if any(attached) and not layer.attachments:
        raise MalformedInput(f"layer {layer.id} takes no attachments", place=f"{given.place}.attachments")
    reader = FeatureReader(layer.type, found.model.spatial_reference, sent_in=sent_in, tracking=True)
    return LayerUpload(
        layer=layer,
        adds=tuple(reader.read(given.adds, f"{given.place}.features.adds")),
        updates=tuple(reader.read(given.updates, f"{given.place}.features.updates")),
        deletes=given.deletes,
        attachments=AttachmentEdits(
            layer_type=layer.type.id,
            adds=tuple(_sent(each, files) for each in attached.adds),
            updates=tuple(_sent(each, files) for each in attached.updates),
            deletes=attached.deletes,
        ),
    )


def _sent(given: GivenAttachment, files: dict[str, bytes | Invalid]) -> SentAttachment:
    data = given.data if given.upload is None else files[given.upload]
    if isinstance(data, bytes) and len(data) > MAX_BYTES:
        data = Invalid(f"an attachment has at most {MAX_BYTES // 1024**2} MiB")
    return SentAttachment(id=given.id, parent=given.parent, name=given.name, content_type=given.content_type, data=data)
