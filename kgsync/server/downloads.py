"""Who may fetch an archive: by a link made for somebody, or as somebody who may have the replica."""

from __future__ import annotations

from uuid import UUID

from kgsync.errors import KgsyncError
from kgsync.model.audit import Action, Fact, event
from kgsync.model.catalog import NO_REPLICA, ArchiveFile, Service
from kgsync.model.people import Principal
from kgsync.server.clock import Clock
from kgsync.server.security import rights
from kgsync.server.security.keys import Signer
from kgsync.server.security.links import Link, gone, link_text
from kgsync.server.security.tokens import as_principal
from kgsync.server.sights import creator_for
from kgsync.store.database import Store
from kgsync.store.runner import Runner
from kgsync.sync import replicas


class Downloads:
    """Write links to archives, and find what they lead to."""

    def __init__(self, store: Store, runner: Runner, signer: Signer, clock: Clock) -> None:
        self._store, self._runner, self._signer, self._clock = store, runner, signer, clock

    def link(self, name: str, replica_id: UUID, account: str) -> str:
        """Write the last segment of an archive's address, bound to the replica and who it was made for."""
        return link_text(self._signer, name, replica_id, account)

    async def archive(self, link: Link, who: Principal | None) -> ArchiveFile:
        """Find an archive to download: by a good signature for whoever it was made for, else for `who`.

        Raises NotFound once it expired, its replica is gone, or whoever it is for has lost access.
        """
        found = await self._runner.read("archive", lambda: self._find(link, who))
        if found is None:
            raise gone()
        return found

    async def note(self, file: ArchiveFile, who: Principal) -> None:
        """Write down that an archive is fetched; by its link it is whoever that was made for."""
        by = Principal(name=who.name or file.account, role=who.role, address=who.address)

        def write() -> None:
            with self._store.changing_catalog() as catalog:
                facts: dict[str, Fact] = {"bytes": file.size}
                catalog.audit(file.service, event(by, Action.FETCH, self._clock(), facts, replica=file.replica))

        await self._runner.write("note download", write)

    def _find(self, link: Link, who: Principal | None) -> ArchiveFile | None:
        with self._store.catalog() as catalog:
            file = catalog.archive(link.name)
            service = None if file is None else catalog.service_by_id(file.service)
        if file is None or service is None or file.expires < self._clock():
            return None
        caller = self._made_for(file, link) if who is None else who
        return file if caller is not None and self._may_have(file, service, caller) else None

    def _made_for(self, file: ArchiveFile, link: Link) -> Principal | None:
        """Find who a link was made for; None when its signature is not good, or they may no longer come in."""
        if not self._signer.good(link.signature, file.name, str(file.replica), file.account):
            return None
        with self._store.people() as people:
            account = people.account(file.account)
        return None if account is None or account.disabled else as_principal(account)

    def _may_have(self, file: ArchiveFile, service: Service, who: Principal) -> bool:
        if not rights.has_access(service, who):
            return False
        if file.replica == NO_REPLICA:
            mine = file.account == who.name or rights.owns(service, who)
            return mine and rights.creator_seen(service, who) is None
        try:
            registrar = rights.registrar(service, who)
            with self._store.reading(service.id) as reading:
                replica = replicas.visible(reading, file.replica, registrar, features=None)
        except KgsyncError:
            return False
        # Made before something was hidden, it would still show that.
        creator = creator_for(self._store, service, replica, who)
        return creator is None or creator == replica.sights[-1].creator
