"""What the server keeps beside graphs: services, items, archive files."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from kgsync.model.edits import Capabilities
from kgsync.model.schema import EditorTracking

CAPABILITIES = ("Query", "Create", "Update", "Delete", "Editing", "Extract")


class Sharing(StrEnum):
    """Who, beside its owner and administrators, a service exists for."""

    PRIVATE = "private"
    ORGANIZATION = "organization"  # everyone who is signed in
    EVERYONE = "everyone"  # also who is not


class Feature(StrEnum):
    """What can be switched on a service; each goes by the member of the service's JSON that shows it."""

    SYNC = "supportsSync"
    DOCUMENTS = "supportsDocuments"
    PROVENANCE = "supportsProvenance"
    EDITOR_TRACKING = "supportsEditorTracking"


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """The features a new service's data model begins with; provenance brings documents along."""

    documents: bool = False
    provenance: bool = False
    tracking: EditorTracking | None = None


NO_FEATURES = Features()


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnershipAccess:
    """Ownership-based access: what callers may do to objects somebody else created.

    When it is `enabled` they cannot change them, and without `others_query` not see them.
    Owners of the service and administrators are not narrowed by it. Needs editor tracking, which names creators.
    """

    enabled: bool = False
    others_query: bool = True

    @property
    def hides(self) -> bool:
        return self.enabled and not self.others_query


OPEN_ACCESS = OwnershipAccess()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSettings:
    """What createService decides; sync is a feature, not a capability."""

    capabilities: tuple[str, ...] = ("Query", "Create", "Update", "Delete", "Editing")
    supports_sync: bool = True
    rollback_on_failure: bool = False
    description: str = ""
    copyright: str = ""
    sharing: Sharing = Sharing.PRIVATE
    ownership: OwnershipAccess = OPEN_ACCESS

    def edits(self) -> Capabilities:
        """Say which edits the service takes; `Editing` stands for all three."""
        every = "Editing" in self.capabilities and not {"Create", "Update", "Delete"} & set(self.capabilities)
        return Capabilities(
            create=every or "Create" in self.capabilities,
            update=every or "Update" in self.capabilities,
            delete=every or "Delete" in self.capabilities,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A published graph; `id` is the service id of the store, `folder` is "" at the root."""

    id: int
    folder: str
    name: str
    owner: str
    item: str
    settings: ServiceSettings
    created: int

    @property
    def path(self) -> str:
        return f"{self.folder}/{self.name}" if self.folder else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An uploaded file, by 32-digit hex id; `ready` once every byte is on disk."""

    id: str
    owner: str
    title: str
    type: str
    file_name: str
    ready: bool
    size: int
    digest: str
    created: int


# What a file belongs to that no replica goes with: exports of a feature service.
NO_REPLICA = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveFile:
    """A replica archive to download, by unguessable name, made for `account`; `expires` is wall clock ms.

    It covers (after, upto], a snapshot from 0 on; -1 where that is not known.
    """

    name: str
    service: int
    replica: UUID
    account: str
    size: int
    created: int
    expires: int
    after: int = -1
    upto: int = -1
