"""Replicas of feature services: created, synchronized, unregistered; over the engine both faces have.

A replica's answer is written while the read view is open whose clock is the generation it ends at.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

from kgsync.errors import Code, Conflict, Forbidden, MalformedInput, NotFound, SnapshotRequired
from kgsync.model.audit import Action, Fact, event
from kgsync.model.catalog import NO_REPLICA, ArchiveFile, Service
from kgsync.model.edits import Outcome
from kgsync.model.feature_calls import (
    CreateFeatures,
    FeatureAnswer,
    LayerSync,
    SyncFeatures,
    Way,
)
from kgsync.model.feature_replica import FeatureFace, LayerGen, SyncModel, TargetType
from kgsync.model.history import Moment
from kgsync.model.people import Principal
from kgsync.model.replica import CreateReplica, Download, Replica, Synchronize, UploadedEdits, Warnings
from kgsync.model.values import Value
from kgsync.server.feature_files import Changed, Whole
from kgsync.server.feature_heads import (
    answer_of,
    as_reference,
    generation_of,
    head_of,
    in_itself,
    kind_of,
    sync_head_of,
)
from kgsync.server.feature_plans import plan_of
from kgsync.server.feature_uploads import FeatureUpload, results_of
from kgsync.server.layers import FeatureService
from kgsync.server.parts import Progress, UploadSource, no_progress, past_commit
from kgsync.server.quotas import archive_room, require_replica
from kgsync.server.security import rights
from kgsync.server.service import Verbs
from kgsync.store.base import Reading, Registering
from kgsync.sync import replicas
from kgsync.sync import synchronize as rules
from kgsync.sync.delta import check_answerable
from kgsync.sync.membership import resolve
from kgsync.sync.upload import Caller
from kgsync.sync.verbatim import Telling
from kgsync.wire.esrijson.fields import as_told
from kgsync.wire.esrijson.replicas import AttachmentLists

_RETRIES = 3  # of a creation whose name another took meanwhile
_ANEW = "synchronize with syncDirection=snapshot, or create the replica anew"


class _NameTaken(Exception):
    """The name a file was written with went to another replica meanwhile."""


class FeatureReplicas:
    """What callers can ask of the replicas of a feature service."""

    def __init__(self, verbs: Verbs) -> None:
        self._verbs = verbs

    # ---- creating

    async def create(
        self,
        found: FeatureService,
        who: Principal,
        call: CreateFeatures,
        progress: Progress = no_progress,
    ) -> FeatureAnswer:
        """Register a replica, unless it is an export, and write its features; on failure nothing is registered.

        Raises what creating a replica of a graph raises.
        """
        self._verbs.require_sync(found.service)
        for _ in range(_RETRIES):
            try:
                return await self._created(found, who, call, progress)
            except _NameTaken:
                continue
        raise Conflict("The name of the replica was taken again and again; choose another")

    async def _created(
        self, found: FeatureService, who: Principal, call: CreateFeatures, progress: Progress
    ) -> FeatureAnswer:
        verbs, service = self._verbs, found.service
        registrar, warnings = rights.registrar(service, who), Warnings()
        for wanted in call.definition.types:
            verbs.check_size(wanted.where, "layerQueries")

        def work() -> tuple[Replica, Moment, dict[str, Any], ArchiveFile | None]:
            with verbs.store.reading(service.id) as reading:
                made = self._prepared(reading, service, call, registrar, warnings)
                face = made.face
                assert face is not None, "made with one"
                if face.model is not SyncModel.NONE and reading.replica(made.id) is None:
                    require_replica(verbs.store, who, verbs.quotas)
                clock = reading.clock()
                served = self._served(call, clock)
                head = head_of(made, face, call.delivery, served, data=call.reference is None)
                if call.reference is not None:
                    return made, clock, head, None
                answer = Whole(
                    reading=reading,
                    found=found,
                    definition=made.seen,
                    face=face,
                    delivery=call.delivery,
                    codec=verbs.wire.codec,
                    warnings=warnings,
                )
                write = answer.writer(in_itself(head))
                bound = NO_REPLICA if face.model is SyncModel.NONE else made.id
                suffix = call.delivery.form.suffix
                file = verbs.archiving.file(service, bound, who, write, clock, 0, progress, suffix=suffix)
                return made, clock, head, file

        made, clock, head, file = await verbs.archiving.run(who, "create replica", work)
        await verbs.archiving.keeping(file, lambda: self._registered(service, who, call, made, clock, file))
        return answer_of(head, file)

    def _prepared(
        self,
        reading: Reading,
        service: Service,
        call: CreateFeatures,
        registrar: replicas.Registrar,
        warnings: Warnings,
    ) -> Replica:
        """Make the replica a call asks for, under the name it will have."""
        face, bound = call.face, None if call.definition.types else call.definition
        if call.reference is not None:
            known = reading.replica(call.reference)
            if known is None or known.face is None:
                raise NotFound(
                    f"The replica {call.reference}, which replicaOptions refer to, does not exist; "
                    "give layers and layerQueries instead"
                )
            _check_reference(reading, known.face, call)
            face, bound = as_reference(known.face, call.face), known.definition
        served = self._served(call, reading.clock())
        gens = tuple(LayerGen(layer=each.layer, served=generation_of(served, each.layer).ms) for each in face.layers)
        face = replace(face, gens=gens if face.model is SyncModel.PER_LAYER else ())
        made = replicas.prepare(
            reading,
            CreateReplica(
                requested_name=call.name,
                replica_id=call.replica_id,
                definition=call.definition,
                direction=call.direction,
                face=face,
            ),
            registrar,
            now=self._verbs.clock(),
            new_id=self._verbs.new_id,
            codec=self._verbs.wire.codec,
            warnings=warnings,
            bound=bound,
        )
        if made.name:
            return made  # a job that another process began has registered it
        wanted = call.name or f"{service.name}_{self._verbs.clock()}"
        name = replicas.free_name(wanted, (each.name for each in reading.replicas()))
        return replace(made, name=name, requested_name=wanted)

    def _served(self, call: CreateFeatures, clock: Moment) -> dict[int, Moment]:
        """Say what the caller has by now, by layer or by -1: all up to the clock, or what a reference gave them."""
        return dict(call.gens) or {-1: clock}

    async def _registered(
        self,
        service: Service,
        who: Principal,
        call: CreateFeatures,
        made: Replica,
        clock: Moment,
        file: ArchiveFile | None,
    ) -> None:
        verbs = self._verbs

        def register() -> None:
            with verbs.store.registering(service.id) as registering:
                if file is not None:
                    archive_room(verbs.store, who, verbs.quotas, verbs.clock(), file.size)
                    if not call.delivery.embedded:
                        registering.put_archive(file)
                if call.face.model is SyncModel.NONE:
                    facts: dict[str, Fact] = {"upto": clock.ms, "bytes": 0 if file is None else file.size}
                    registering.audit(event(who, Action.EXPORT, verbs.clock(), facts))
                    return
                if registering.replica(made.id) is None:
                    require_replica(verbs.store, who, verbs.quotas)
                served = min(self._served(call, clock).values())
                wanted = replace(made, requested_name=made.name)
                known = replicas.register(registering, wanted, served, verbs.clock(), service_name=service.name)
                if known.name != made.name:
                    raise _NameTaken
                facts = {"upto": served.ms, "bytes": 0 if file is None else file.size}
                facts["direction"] = made.direction.name
                registering.audit(event(who, Action.CREATE_REPLICA, verbs.clock(), facts, replica=made.id))

        await verbs.retrying("register replica", register)

    # ---- looking

    async def listed(self, service: Service, who: Principal) -> list[Replica]:
        """List the replicas the caller may see. Raises SyncDisabled."""
        self._verbs.require_sync(service)
        registrar = rights.registrar(service, who)
        return await self._verbs.read(
            service, "replicas", lambda reading: replicas.listed(reading, registrar, features=True)
        )

    async def replica(self, service: Service, who: Principal, replica_id: UUID) -> Replica:
        """Describe one replica. Raises NotFound, SyncDisabled."""
        self._verbs.require_sync(service)
        registrar = rights.registrar(service, who)
        return await self._verbs.read(
            service, "replica", lambda reading: replicas.visible(reading, replica_id, registrar, features=True)
        )

    # ---- synchronizing

    async def synchronize(
        self,
        found: FeatureService,
        who: Principal,
        call: SyncFeatures,
        upload: FeatureUpload | None,
        source: UploadSource,
        progress: Progress = no_progress,
    ) -> FeatureAnswer:
        """Upload, then download, as a call asks. Raises what synchronizing a graph raises."""
        verbs, service = self._verbs, found.service
        verbs.require_sync(service)
        registrar, warnings = rights.registrar(service, who), Warnings()

        def admit(reading: Reading) -> tuple[Replica, tuple[LayerSync, ...]] | None:
            replica = replicas.visible(reading, call.replica_id, registrar, features=True)
            if not verbs.sights.is_settled(service, replica, who):
                return None
            plan = plan_of(replica, call)
            self._check(reading, service, who, replica, plan, upload)
            return replica, plan

        admitted = await verbs.read(service, "admit", admit)
        if admitted is None:
            await verbs.sights.settle(service, who, call.replica_id, registrar)
            admitted = await verbs.read(service, "admit", admit)
        if admitted is None:
            raise Conflict("What the replica owner may see changed just now; ask again")
        replica, plan = admitted
        outcome: Outcome | None = None
        if upload is not None and upload.any:
            outcome = await self._uploaded(found, who, replica, plan, call, upload, source)
            if outcome.error is not None:
                raise Conflict(upload.told(outcome), code=Code.EDIT_ROLLED_BACK)
            progress = past_commit(progress)
        return await self._answered(found, who, replica, plan, call, upload, outcome, warnings, progress)

    def _check(
        self,
        reading: Reading,
        service: Service,
        who: Principal,
        replica: Replica,
        plan: tuple[LayerSync, ...],
        upload: FeatureUpload | None,
    ) -> None:
        """Refuse what cannot be answered whole, before anything is applied."""
        uploads = upload is not None and upload.any
        if uploads and not rights.edits_allowed(service, who).any:
            raise Forbidden("The service does not take edits")
        if uploads and upload is not None:
            taken = {each.layer for each in plan if each.way.uploads}
            stray = sorted(upload.layers - taken)
            if stray:
                raise MalformedInput(f"layer {stray[0]} is not uploaded by this call", place="edits")
        face = replica.face
        if uploads and upload is not None and upload.attaches and face is not None and face.attachments == "none":
            raise MalformedInput("the replica was made without attachments", place="edits.attachments")
        if any(each.way.downloads for each in plan):
            resolve(reading, replica.seen, self._verbs.wire.codec, Warnings())
        for each in plan:
            if each.gen is not None and each.gen > reading.clock():
                raise SnapshotRequired(f"The server generation {each.gen} was not given by this server; {_ANEW}")
            if each.way in (Way.DOWNLOAD, Way.BIDIRECTIONAL):
                assert each.gen is not None, "the plan names one"
                try:
                    check_answerable(reading, each.gen)
                    rules.held_by(replica, each.gen)
                except SnapshotRequired as error:
                    told = error.message.replace("last_sync_date", "the server generation")
                    told = told.replace("take a snapshot", _ANEW)
                    raise SnapshotRequired(told) from None

    async def _uploaded(
        self,
        found: FeatureService,
        who: Principal,
        replica: Replica,
        plan: tuple[LayerSync, ...],
        call: SyncFeatures,
        upload: FeatureUpload,
        source: UploadSource,
    ) -> Outcome:
        gens = [each.gen for each in plan if each.way is Way.BIDIRECTIONAL and each.gen is not None]
        base = Download(after=min(gens)) if gens else None
        asked = Synchronize(download=base, upload=UploadedEdits(item=""))

        reference = found.model.spatial_reference

        def tell(value: Value) -> object:
            return as_told(value, reference)

        def adjust(caller: Caller) -> Caller:
            # The last one wins here, and nobody is told of conflicts.
            telling = Telling(tell=tell, altered=upload.altered)
            return replace(caller, base=None, rollback=call.rollback, telling=telling)

        return await self._verbs.upload(found.service, who, replica, asked, upload.edits(), source, adjust)

    async def _answered(
        self,
        found: FeatureService,
        who: Principal,
        replica: Replica,
        plan: tuple[LayerSync, ...],
        call: SyncFeatures,
        upload: FeatureUpload | None,
        outcome: Outcome | None,
        warnings: Warnings,
        progress: Progress,
    ) -> FeatureAnswer:
        verbs, service = self._verbs, found.service
        codec = verbs.wire.codec

        def work() -> tuple[Replica, Moment, dict[str, Any], ArchiveFile | None, bool]:
            with verbs.store.reading(service.id) as reading:
                present = reading.replica(replica.id) or replica
                results: dict[int, dict[str, Any]] = {}
                failed = False
                if upload is not None and outcome is not None:
                    results, failed = results_of(reading, upload, outcome, codec, return_ids=call.return_ids)
                answer = Changed(
                    reading=reading,
                    found=found,
                    replica=present,
                    plan=plan,
                    results=results,
                    delivery=call.delivery,
                    codec=codec,
                    warnings=warnings,
                )
                clock = reading.clock()
                with AttachmentLists() as attached, answer.lists(attached) as lists:
                    answer.gather(lists, attached, lambda: progress(50))
                    kind = kind_of(answer, lists.count > 0 or attached.count > 0 or bool(results))
                    head = sync_head_of(present, plan, call, clock, kind)
                    if kind == "NoEdits":
                        return present, clock, head, None, failed
                    write = answer.writer(in_itself(head), lists, attached)
                    bound = NO_REPLICA if call.close else replica.id
                    suffix = call.delivery.form.suffix
                    file = verbs.archiving.file(service, bound, who, write, clock, 0, progress, suffix=suffix)
                return present, clock, head, file, failed

        present, clock, head, file, failed = await verbs.archiving.run(who, "download", work)
        note = self._noting(service, who, present, plan, call, clock, file)
        await verbs.archiving.keeping(file, lambda: verbs.runner.write("note contact", note))
        return answer_of(head, file, errors=failed)

    def _noting(
        self,
        service: Service,
        who: Principal,
        replica: Replica,
        plan: tuple[LayerSync, ...],
        call: SyncFeatures,
        clock: Moment,
        file: ArchiveFile | None,
    ) -> Callable[[], None]:
        verbs = self._verbs

        def note() -> None:
            with verbs.store.registering(service.id) as registering:
                served = _note_face(registering, replica, plan, call, clock)
                gens = [e.gen for e in plan if e.way in (Way.DOWNLOAD, Way.BIDIRECTIONAL) and e.gen is not None]
                face = replica.face
                assert face is not None, "a replica of a feature service"
                entire = len(plan) == len(face.layers) and len(gens) == len(plan)
                presented = min(gens) if gens and entire else None
                noted = registering.note_contact(replica.id, served, presented, verbs.clock())
                downloads = any(each.way.downloads for each in plan)
                if downloads:
                    replicas.check_sight(noted, replica)
                if file is not None:
                    archive_room(verbs.store, who, verbs.quotas, verbs.clock(), file.size)
                    if not call.delivery.embedded:
                        registering.put_archive(file)
                if downloads:
                    facts: dict[str, Fact] = {"upto": clock.ms, "bytes": 0 if file is None else file.size}
                    facts["after"] = None if presented is None else presented.ms
                    registering.audit(event(who, Action.DOWNLOAD, verbs.clock(), facts, replica=replica.id))
                if call.close:
                    registering.remove_replica(replica.id)
                    registering.audit(event(who, Action.UNREGISTER, verbs.clock(), replica=replica.id))

        return note


def _note_face(
    registering: Registering,
    replica: Replica,
    plan: tuple[LayerSync, ...],
    call: SyncFeatures,
    clock: Moment,
) -> Moment | None:
    """Note what each layer was served and had from its sibling; give what the replica as a whole was served."""
    present = registering.replica(replica.id)
    if present is None:
        raise NotFound(f"The replica {replica.id} does not exist")
    face = present.face
    assert face is not None, "a replica of a feature service"
    if face.model is not SyncModel.PER_LAYER:
        if call.sibling is not None and face.target is TargetType.SERVER:
            registering.put_face(replica.id, replace(face, sibling=max(face.sibling, call.sibling)))
        return clock if any(each.way.downloads for each in plan) else None
    synced = {each.layer: each for each in plan}
    gens = []
    for gen in face.gens:
        each = synced.get(gen.layer)
        if each is not None and each.way.downloads:
            gen = replace(gen, served=max(gen.served, clock.ms))
        if each is not None and each.sibling is not None and face.target is TargetType.SERVER:
            gen = replace(gen, sibling=max(gen.sibling, each.sibling))
        gens.append(gen)
    registering.put_face(replica.id, replace(face, gens=tuple(gens)))
    return Moment(min(gen.served for gen in gens))


def _check_reference(reading: Reading, known: FeatureFace, call: CreateFeatures) -> None:
    """Refuse generations that are not of the reference's model, or that nobody can go on from.

    Raises MalformedInput, SnapshotRequired.
    """
    given = {layer for layer, _ in call.gens}
    wanted = {each.layer for each in known.layers} if known.model is SyncModel.PER_LAYER else {-1}
    if given and given != wanted:
        name = "refLayerServerGens of all its layers" if known.model is SyncModel.PER_LAYER else "refReplicaServerGen"
        raise MalformedInput(f"the reference is {known.model.value}: give {name}", place="replicaOptions")
    for _, gen in call.gens:
        check_answerable(reading, gen)
