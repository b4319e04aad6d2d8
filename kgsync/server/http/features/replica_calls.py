"""Calls of replicas from the texts of their parameters: for requests, and for jobs that outlive them."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from kgsync.errors import MalformedInput, NotSupported
from kgsync.model.catalog import Service
from kgsync.model.feature_calls import CreateFeatures, FeatureAnswer, SyncFeatures
from kgsync.model.people import Principal
from kgsync.server.feature_replicas import FeatureReplicas
from kgsync.server.feature_uploads import FeatureUpload, LayerUpload, digest_of
from kgsync.server.http.features.parameters import Asked
from kgsync.server.http.features.replica_asking import create_call, sync_call
from kgsync.server.layers import FeatureService, feature_service
from kgsync.server.parts import Progress, UploadSource, no_progress
from kgsync.server.service import Verbs
from kgsync.wire.esrijson.edits import FeatureReader
from kgsync.wire.esrijson.sync_edits import GivenEdits, read_sync_edits


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
        found, call = await self.read_create(service, Asked(texts))
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
        asked = Asked(texts)
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
        if call.item is not None:
            raise NotSupported("editsUploadId is not supported")

        def read() -> FeatureUpload:
            layers = {each.layer for each in face.layers}
            return _upload(found, asked, layers, face.out_sr)

        upload = await self.verbs.runner.read("features", read) if call.upload and _uploads(call) else None
        return await self.replicas.synchronize(found, who, call, upload, source, progress)


def _uploads(call: SyncFeatures) -> bool:
    """Say whether edits are looked at: for what only downloads they are ignored."""
    if call.layers is not None:
        return any(each.way.uploads for each in call.layers)
    return call.way is None or call.way.uploads


def _upload(found: FeatureService, asked: Asked, layers: set[int], sent_in: object) -> FeatureUpload:
    given = read_sync_edits(asked.json("edits", list), "edits")
    uploads = []
    for each in given:
        if each.layer not in layers:
            raise MalformedInput(f"layer {each.layer} is none of the replica's", place=each.place)
        uploads.append(_layer_upload(found, each, sent_in))
    return FeatureUpload(uploads, digest_of(asked.text("edits") or ""))


def _layer_upload(found: FeatureService, given: GivenEdits, sent_in: object) -> LayerUpload:
    layer = found.layer(given.layer)
    if any(given.attachments.values()):
        raise NotSupported(f"{given.place}.attachments are not supported")
    reader = FeatureReader(layer.type, found.model.spatial_reference, sent_in=sent_in, tracking=True)  # type: ignore[arg-type]
    return LayerUpload(
        layer=layer,
        adds=tuple(reader.read(given.adds, f"{given.place}.features.adds")),
        updates=tuple(reader.read(given.updates, f"{given.place}.features.updates")),
        deletes=given.deletes,
    )
