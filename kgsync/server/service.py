"""One coroutine per verb; every face calls these. They know no HTTP, JSON or protobuf."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import replace
from functools import partial
from typing import TypeVar
from uuid import UUID

from kgsync.errors import (
    Conflict,
    KgsyncError,
    NotFound,
    SyncDisabled,
    TakenInStore,
    TooLarge,
)
from kgsync.files.archives import Archives
from kgsync.files.items import Items
from kgsync.files.spool import Spooled
from kgsync.model.audit import Action, Fact, counted, event
from kgsync.model.catalog import NO_FEATURES, ArchiveFile, Features, Item, Service, ServiceSettings, Sharing
from kgsync.model.digest import Tally
from kgsync.model.edits import EditsHeader, Op, Outcome
from kgsync.model.history import Moment
from kgsync.model.people import Principal
from kgsync.model.query import QueryAnswer, QueryCall
from kgsync.model.replica import (
    Created,
    CreateReplica,
    Definition,
    Download,
    InlineEdits,
    Replica,
    Synchronize,
    Synchronized,
    Unregister,
    UploadedEdits,
    Warnings,
)
from kgsync.model.schema import DataModel
from kgsync.model.trim import TrimCall, Trimmed
from kgsync.server.again import Again, begin_of
from kgsync.server.archiving import Archiving
from kgsync.server.bells import Bells
from kgsync.server.clock import Clock
from kgsync.server.parts import Limits, Progress, UploadSource, Wire, no_progress, past_commit
from kgsync.server.publishing import publish
from kgsync.server.querying import Frames, OpenQuery, QueryPlaces
from kgsync.server.quotas import Quotas, archive_room, require_replica
from kgsync.server.security import rights
from kgsync.server.security.tokens import as_principal
from kgsync.server.sights import Sights
from kgsync.server.unchanged import Unchanged
from kgsync.server.upkeep import trim_service
from kgsync.server.uploading import Edits, Resent, apply_once, inline_edits, key_of, uploaded_edits
from kgsync.store.base import KeptDigest, Reading, Writing
from kgsync.store.database import Store
from kgsync.store.reading import StoreReading
from kgsync.store.runner import Runner
from kgsync.sync import once, replicas
from kgsync.sync import synchronize as rules
from kgsync.sync.delta import delta
from kgsync.sync.digest import Advance, advance_from
from kgsync.sync.membership import clause_of, resolve
from kgsync.sync.query import answer_query
from kgsync.sync.snapshot import member_count, snapshot
from kgsync.sync.upload import Caller, RolledBack, apply_edits

T = TypeVar("T")


class Verbs:
    """What callers can ask of the server."""

    def __init__(
        self,
        *,
        store: Store,
        runner: Runner,
        archives: Archives,
        items: Items,
        wire: Wire,
        limits: Limits,
        quotas: Quotas,
        clock: Clock,
        new_id: Callable[[], UUID],
    ) -> None:
        self.quotas = quotas
        self.store, self.runner, self.archives, self.items = store, runner, archives, items
        self.wire, self.limits, self.clock, self.new_id = wire, limits, clock, new_id
        self._places = QueryPlaces(quotas.queries)
        self.archiving = Archiving(store, runner, archives, wire, limits, quotas, clock, new_id)
        self.keeping = threading.Lock()  # uploaded files are counted and kept one by one
        self.sights = Sights(store, runner, clock)
        self.bells = Bells()
        self.unchanged = Unchanged(store.version)
        self._again = Again(archives, limits.archive_ms)

    # ---- services

    async def service(self, folder: str, name: str, who: Principal) -> Service:
        """Find a service by its path, regardless of case.

        Raises NotFound alike where there is none and where it is not for the caller; AuthenticationError to nobody.
        """

        def find() -> Service | None:
            with self.store.catalog() as catalog:
                return catalog.service(folder, name)

        path = f"{folder}/{name}" if folder else name
        found = await self.unchanged.read(("service", path), lambda: self.runner.read("service", find))
        return rights.require_access(found, path, who)

    async def create_service(
        self, name: str, folder: str, who: Principal, settings: ServiceSettings, features: Features = NO_FEATURES
    ) -> Service:
        """Publish an empty graph. Raises MalformedInput, Conflict."""

        def make() -> Service:
            now = self.clock()
            return publish(self.store, name, folder, who.name, settings, now, self.new_id, features, who.address)

        return await self.runner.write("create service", make)

    async def share(self, service: Service, who: Principal, sharing: Sharing) -> None:
        """Say whom a service exists for. Raises Forbidden, NotFound."""
        rights.require_owner(service, who)

        def change() -> None:
            with self.store.changing_catalog() as catalog:
                catalog.change_settings(service.id, lambda settings: replace(settings, sharing=sharing))
                catalog.audit(service.id, event(who, Action.SHARE, self.clock(), {"sharing": sharing.value}))

        await self.runner.write("share", change)

    # ---- rights

    def require_trimmer(self, service: Service, who: Principal) -> None:
        """Refuse all but the owner of the service and administrators. Raises Forbidden, SyncDisabled."""
        rights.require_owner(service, who)
        self.require_sync(service)

    def require_sync(self, service: Service) -> None:
        """Refuse services that keep no replicas. Raises SyncDisabled."""
        if not service.settings.supports_sync:
            raise SyncDisabled(f"Sync is not enabled on the service {service.path}; it keeps no replicas")

    # ---- data model and edits

    async def data_model(self, service: Service) -> DataModel:
        return await self.read(service, "data model", lambda reading: reading.data_model())

    async def edit_data_model(
        self, service: Service, who: Principal, op: Op, facts: Mapping[str, Fact], edit: Callable[[Writing], T]
    ) -> T:
        """Run one data-model edit in a commit of its own; `facts` say in the audit log which.

        Raises Forbidden, and what `edit` raises.
        """
        rights.require_data_model_edit(service, who, op)
        return await self.write(service, "data model edit", self._audited(who, facts, edit))

    async def administer(
        self, service: Service, who: Principal, facts: Mapping[str, Fact], change: Callable[[Writing], T]
    ) -> T:
        """Run a change only owners and administrators may make, in a commit of its own. Raises Forbidden."""
        rights.require_owner(service, who)
        return await self.write(service, "administer", self._audited(who, facts, change))

    async def apply_edits(
        self, service: Service, who: Principal, body: Spooled, header: EditsHeader | None = None
    ) -> Outcome:
        """Apply a plain applyEdits body; with a `header` apart, one of frames that are not packed.

        Raises Forbidden, MalformedInput, UnknownType, NotSupported.
        """

        def work(writing: Writing, caller: Caller) -> Outcome:
            with body.open() as source:
                if header is None:
                    head, frames = self.wire.read_apply_edits(source, body.size)
                else:
                    head = header
                    inline = InlineEdits(header=head, offset=0, size=body.size, compressed=False)
                    frames = self.wire.read_inline(source, inline)
                return apply_edits(writing, head, frames, self.wire.codec, caller)

        return await self.edit(service, who, work, rollback=service.settings.rollback_on_failure)

    async def edit(
        self, service: Service, who: Principal, work: Callable[[Writing, Caller], Outcome], *, rollback: bool
    ) -> Outcome:
        """Do what edits objects in one commit, under the caller's rights. Raises Forbidden, and what `work` raises."""
        caller = Caller(
            user=who.name,
            allowed=rights.require_edits(service, who),
            rollback=rollback,
            new_id=self.new_id,
            owned_only=rights.owned_only(service, who),
            hides_others=rights.creator_seen(service, who) is not None,
            most_edits=self.limits.most_edits,
        )

        def apply(writing: Writing) -> Outcome:
            outcome = work(writing, caller)
            writing.audit(event(who, Action.APPLY_EDITS, self.clock(), counted(outcome)))
            return outcome

        try:
            return await self.write(service, "apply edits", apply)
        except RolledBack as undone:
            return undone.outcome

    async def query(
        self, service: Service, who: Principal, call: QueryCall, render: Callable[[QueryAnswer], Frames]
    ) -> OpenQuery:
        """Open a query; whoever opens it closes it. Raises Forbidden, Unavailable."""
        rights.require_query(service, who)
        self.check_size(call.text, "query")
        place = await self._places.take(who)

        def open_(stack: ExitStack) -> tuple[StoreReading, QueryAnswer]:
            creator = self._creator_now(service, who)  # after waiting for a place
            reading = stack.enter_context(self.store.reading(service.id))
            return reading, answer_query(reading, call, self.wire.codec, creator)

        return OpenQuery(self.runner, open_, render, self.limits.query_seconds, place)

    def _creator_now(self, service: Service, who: Principal) -> str | None:
        """Say whose objects alone the caller sees by now. Raises NotFound, Forbidden."""
        with self.store.catalog() as catalog:
            present = catalog.service_by_id(service.id)
        with self.store.people() as people:
            account = None if who.anonymous else people.account(who.name)
        caller = who if account is None else as_principal(account, who.address)
        found = rights.require_access(present, service.path, caller)
        rights.require_query(found, caller)
        return rights.creator_seen(found, caller)

    # ---- replicas

    async def replicas(self, service: Service, who: Principal) -> list[Replica]:
        self.require_sync(service)
        registrar = rights.registrar(service, who)
        return await self.read(service, "replicas", lambda reading: replicas.listed(reading, registrar))

    async def replica(self, service: Service, who: Principal, replica_id: UUID) -> Replica:
        """Describe one replica. Raises NotFound, SyncDisabled."""
        self.require_sync(service)
        registrar = rights.registrar(service, who)
        key = ("replica", service.id, registrar, replica_id)
        look = partial(self.read, service, "replica", lambda r: replicas.visible(r, replica_id, registrar))
        return await self.unchanged.read(key, look)

    async def unregister(
        self, service: Service, who: Principal, call: Unregister, *, features: bool = False
    ) -> list[tuple[UUID, KgsyncError | None]]:
        """Unregister replicas of the graph, or of its layers; their archives can no longer be downloaded."""
        self.require_sync(service)
        registrar = rights.registrar(service, who)

        def work() -> list[tuple[UUID, KgsyncError | None]]:
            with self.store.registering(service.id) as registering:
                results = replicas.unregister(registering, call, registrar, features=features)
                for replica_id, error in results:
                    if error is None:
                        registering.audit(event(who, Action.UNREGISTER, self.clock(), replica=replica_id))
                return results

        return await self.runner.write("unregister", work)

    async def create_replica(
        self, service: Service, who: Principal, call: CreateReplica, progress: Progress = no_progress
    ) -> Created:
        """Register a replica and write its first archive, as one unit: on failure nothing is registered.

        Raises SyncDisabled, UnknownType, MalformedInput, NotSupported, Forbidden, NotFound, Conflict,
        StorageFull, Cancelled.
        """
        self.require_sync(service)
        registrar, warnings = rights.registrar(service, who), Warnings()
        for wanted in () if call.definition is None else call.definition.types:
            self.check_size(wanted.where, clause_of(wanted))
        if call.replica_id is not None:
            await self.sights.settle(service, who, call.replica_id, registrar)

        def work() -> tuple[Replica, KeptDigest, ArchiveFile]:
            with self.store.reading(service.id) as reading:
                made = replicas.prepare(
                    reading,
                    call,
                    registrar,
                    now=self.clock(),
                    new_id=self.new_id,
                    codec=self.wire.codec,
                    warnings=warnings,
                )
                if reading.replica(made.id) is None:  # one that is asked for again is no further one
                    require_replica(self.store, who, self.quotas)
                tally = Tally()
                contents = snapshot(reading, made.seen, self.wire.codec, warnings, tally)
                expected = self._expected(reading, made.seen)
                file = self.archiving.write(service, made.id, who, contents, expected, progress)
                return made, KeptDigest(contents.sync_date, contents.data_model.version, tally.digest), file

        made, kept, file = await self.archiving.run(who, "create replica", work)

        def register() -> Replica:
            with self.store.registering(service.id) as registering:
                # Counted again: others may have been made while the archive was.
                if registering.replica(made.id) is None:
                    require_replica(self.store, who, self.quotas)
                archive_room(self.store, who, self.quotas, self.clock(), file.size)
                registered = replicas.register(registering, made, kept.moment, self.clock(), service_name=service.name)
                registering.put_archive(file)
                registering.put_digest(registered.id, kept)
                facts: dict[str, Fact] = {"upto": kept.moment.ms, "bytes": file.size}
                facts["direction"] = registered.direction.name
                registering.audit(event(who, Action.CREATE_REPLICA, self.clock(), facts, replica=registered.id))
                return registered

        registered = await self.archiving.keeping(file, lambda: self.retrying("register replica", register))
        return Created(
            replica_id=registered.id,
            name=registered.name,
            requested_name=call.requested_name or "",
            sync_date=kept.moment,
            archive=file.name,
            warnings=warnings.all(),
        )

    def check_size(self, text: str, place: str) -> None:
        """Refuse a clause or query the operator finds too large; those taken before stay. Raises TooLarge."""
        if len(text.encode("utf-8", "surrogatepass")) > self.limits.clause_bytes:
            raise TooLarge(f"the text is limited to {self.limits.clause_bytes} bytes", place=place)

    async def retrying(self, name: str, work: Callable[[], T]) -> T:
        """Run a registration again when another process took the name in the same instant."""
        for _ in range(3):
            with suppress(TakenInStore):
                return await self.runner.write(name, work)
        return await self.runner.write(name, work)

    # ---- synchronize

    async def synchronize(
        self,
        service: Service,
        who: Principal,
        replica_id: UUID,
        call: Synchronize,
        upload: UploadSource,
        progress: Progress = no_progress,
    ) -> Synchronized:
        """Upload, then download, as a call asks. Raises what docs/errors.md lists for synchronize."""
        self.require_sync(service)
        registrar, allowed = rights.registrar(service, who), rights.edits_allowed(service, who)
        warnings = Warnings()

        def admit(reading: StoreReading) -> tuple[Replica, Download | None] | Synchronized | None:
            found = replicas.visible(reading, replica_id, registrar)
            if not self.sights.is_settled(service, found, who):
                return None
            download = rules.admit(reading, found, call, allowed, warnings, self.wire.codec)
            if call.upload is None and download is not None:
                name = self._again.archive(reading, found, download, who, self.clock())
                if name is not None:
                    resolve(reading, found.seen, self.wire.codec, warnings)
                    clock = reading.clock()
                    return Synchronized(replica_id=found.id, sync_date=clock, archive=name, warnings=warnings.all())
            return found, download

        look = partial(self.read, service, "admit", admit)
        if call.upload is None:
            key = ("synchronize", service.id, who, registrar, replica_id, call)
            admitted = await self.unchanged.read(key, look, lambda told: isinstance(told, Synchronized))
        else:
            admitted = await look()
        if admitted is None:
            await self.sights.settle(service, who, replica_id, registrar)
            admitted = await look()
        if admitted is None:
            raise Conflict("What the replica owner may see changed just now; ask again")
        if isinstance(admitted, Synchronized):
            return admitted
        replica, download = admitted
        outcome: Outcome | None = None
        if call.upload is not None:
            edits = await self._edits_of(who, call, upload)
            outcome = await self.upload(service, who, replica, call, edits, upload)
            _warn_of_conflicts(outcome, warnings)
            progress = past_commit(progress)
        served: Moment | None = None
        file: ArchiveFile | None = None
        kept: KeptDigest | None = None
        if download is not None and (outcome is None or outcome.error is None):
            replica, served, file, kept = await self._download(service, who, replica, download, warnings, progress)
        registered = await self._note_contact(service, who, replica, download, served, file, kept)
        return Synchronized(
            replica_id=replica.id,
            sync_date=served if download is not None else rules.upload_only_date(registered),
            archive=None if file is None else file.name,
            outcome=outcome,
            warnings=warnings.all(),
        )

    async def upload(
        self,
        service: Service,
        who: Principal,
        replica: Replica,
        call: Synchronize,
        edits: Edits,
        upload: UploadSource,
        adjust: Callable[[Caller], Caller] = lambda caller: caller,
    ) -> Outcome:
        """Apply an upload once, under the caller's rights as a face may `adjust` them."""
        window = self.limits.resend_ms
        key = await self.runner.read("digest edits", lambda: key_of(edits, replica, call, upload, window))
        caller = Caller(
            user=who.name,
            allowed=rights.edits_allowed(service, who),
            rollback=service.settings.rollback_on_failure,
            new_id=self.new_id,
            replica=replica.id,
            base=rules.base_of(replica, call),
            owned_only=rights.owned_only(service, who),
            hides_others=rights.creator_seen(service, who) is not None,
            most_edits=self.limits.most_edits,
        )
        caller, now = adjust(caller), self.clock()
        # Looked up without the writer first: a resend then costs no commit. The look inside decides.
        seen = await self.read(service, "once", lambda r: once.stored_outcome(r, replica.id, key, now))
        if seen is not None:
            return seen

        def apply(writing: Writing) -> Outcome:
            outcome = apply_once(writing, edits, key, call, caller, now, self.wire)
            base = None if caller.base is None else caller.base.ms
            facts = {**counted(outcome), "base": base}
            writing.audit(event(who, Action.UPLOAD, self.clock(), facts, replica=replica.id))
            return outcome

        try:
            return await self.write(service, "upload", apply)
        except (Resent, RolledBack) as told:
            return told.outcome

    async def _edits_of(self, who: Principal, call: Synchronize, upload: UploadSource) -> Edits:
        if isinstance(call.upload, UploadedEdits):
            item = await self.item(call.upload.item, who)
            return await self.runner.read("upload file", lambda: uploaded_edits(self.wire, self.items, item))
        assert call.upload is not None, "called for uploads only"
        return inline_edits(self.wire, call.upload, upload)

    async def _download(
        self,
        service: Service,
        who: Principal,
        replica: Replica,
        download: Download,
        warnings: Warnings,
        progress: Progress,
    ) -> tuple[Replica, Moment, ArchiveFile, KeptDigest | None]:
        """Make an archive; give the replica as it was made for, too."""

        def work() -> tuple[Replica, Moment, ArchiveFile, KeptDigest | None]:
            with self.store.reading(service.id) as reading:
                # Its sight as of this read view's clock, whatever was settled since the call was admitted.
                present = reading.replica(replica.id) or replica
                codec, definition = self.wire.codec, present.seen
                tally: Tally | Advance | None
                if download.after is None:
                    contents = snapshot(reading, definition, codec, warnings, tally := Tally())
                    expected = self._expected(reading, definition)
                else:
                    types = resolve(reading, definition, codec, Warnings()).types
                    tally = advance_from(reading, replica.id, download.after, types)
                    watch = iter if tally is None else tally.watch
                    before = rules.held_by(present, download.after)
                    contents = delta(reading, definition, download.after, codec, warnings, watch, before)
                    expected = 0
                begin = begin_of(download.after)
                file = self.archiving.write(service, replica.id, who, contents, expected, progress, begin)
                if tally is None or tally.digest is None:
                    return present, contents.sync_date, file, None
                kept = KeptDigest(contents.sync_date, contents.data_model.version, tally.digest)
                return present, contents.sync_date, file, kept

        return await self.archiving.run(who, "download", work)

    async def _note_contact(
        self,
        service: Service,
        who: Principal,
        replica: Replica,
        download: Download | None,
        served: Moment | None,
        file: ArchiveFile | None,
        kept: KeptDigest | None,
    ) -> Replica:
        def note() -> Replica:
            with self.store.registering(service.id) as registering:
                presented = None if download is None else download.after
                noted = registering.note_contact(replica.id, served, presented, self.clock())
                if file is not None and served is not None:
                    replicas.check_sight(noted, replica)
                    archive_room(self.store, who, self.quotas, self.clock(), file.size)
                    registering.put_archive(file)
                    facts: dict[str, Fact] = {"upto": served.ms, "bytes": file.size}
                    facts["after"] = None if presented is None else presented.ms
                    registering.audit(event(who, Action.DOWNLOAD, self.clock(), facts, replica=replica.id))
                if kept is not None:
                    registering.put_digest(replica.id, kept)
                return noted

        return await self.archiving.keeping(file, lambda: self.runner.write("note contact", note))

    # ---- the change log

    async def trim(self, service: Service, who: Principal, call: TrimCall, progress: Progress = no_progress) -> Trimmed:
        """Trim the change log, or say what a trim would do. Raises Forbidden, SyncDisabled, MalformedInput."""
        self.require_trimmer(service, who)
        return await self.runner.archive(
            "trim", lambda: trim_service(self.store, service.id, call.mode, self.clock(), progress, who)
        )

    # ---- items

    def _expected(self, reading: Reading, definition: Definition) -> int:
        """Bound the rows of a snapshot for its progress; 0 where that would tell of objects that are hidden."""
        if definition.creator is not None:
            return 0
        return member_count(reading, resolve(reading, definition, self.wire.codec, Warnings()).membership)

    async def item(self, item_id: str, who: Principal) -> Item:
        """Find a finished uploaded file of the caller's. Raises NotFound, Conflict (still being written)."""

        def find() -> Item | None:
            with self.store.catalog() as catalog:
                return catalog.item(item_id)

        found = await self.runner.read("item", find)
        if found is None or not (who.administrator or found.owner == who.name):
            raise NotFound(f"The item {item_id} does not exist")
        if not found.ready:
            raise Conflict(f"The item {item_id} is still being written; try again when its upload has ended")
        return found

    # ---- transactions

    async def read(self, service: Service, name: str, work: Callable[[StoreReading], T]) -> T:
        def run() -> T:
            with self.store.reading(service.id) as reading:
                return work(reading)

        return await self.runner.read(name, run)

    def _audited(
        self, who: Principal, facts: Mapping[str, Fact], work: Callable[[Writing], T]
    ) -> Callable[[Writing], T]:
        """Do what `work` does, and write it down in the same commit."""

        def run(writing: Writing) -> T:
            done = work(writing)
            writing.audit(event(who, Action.EDIT_DATA_MODEL, self.clock(), facts))
            return done

        return run

    async def write(self, service: Service, name: str, work: Callable[[Writing], T]) -> T:
        def run() -> T:
            with self.store.writing(service.id, self.clock()) as writing:
                return work(writing)

        done = await self.runner.write(name, run)
        self.bells.ring(service.id)
        return done


def _warn_of_conflicts(outcome: Outcome, warnings: Warnings) -> None:
    for text in outcome.conflicts:
        warnings.add(text)
    warnings.count += outcome.conflict_count - len(outcome.conflicts)
