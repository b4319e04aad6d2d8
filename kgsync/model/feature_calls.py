"""What callers of a feature service ask of replicas, and what is answered."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from kgsync.model.catalog import NO_REPLICA
from kgsync.model.feature_replica import FeatureFace
from kgsync.model.history import Moment
from kgsync.model.replica import Definition, Direction


class DataFormat(StrEnum):
    """The form of a replica's file."""

    JSON = "json"
    SQLITE = "sqlite"
    FILEGDB = "filegdb"
    SHAPEFILE = "shapefile"
    GEOJSON = "geojson"
    CSV = "csv"
    FLATGEOBUF = "flatgeobuf"

    @property
    def suffix(self) -> str:
        """Give what the name of a file ends with; nothing stands for a zip."""
        return {DataFormat.JSON: ".json", DataFormat.SQLITE: ".gpkg"}.get(self, "")

    @property
    def only_exports(self) -> bool:
        """Say whether replicas cannot be in this form, for it has no place for what synchronizing needs."""
        return self not in (DataFormat.JSON, DataFormat.SQLITE)


class Way(StrEnum):
    """What a synchronization does for a layer."""

    UPLOAD = "upload"
    DOWNLOAD = "download"
    BIDIRECTIONAL = "bidirectional"
    SNAPSHOT = "snapshot"

    @property
    def uploads(self) -> bool:
        return self in (Way.UPLOAD, Way.BIDIRECTIONAL)

    @property
    def downloads(self) -> bool:
        return self is not Way.UPLOAD


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How an answer goes out: in itself (`embedded`) or as a file to fetch, in which form.

    `url` is where the service is found, for the addresses of attachments.
    """

    embedded: bool = False
    form: DataFormat = DataFormat.JSON
    asynchronous: bool = False
    attachments_by_url: bool = True
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateFeatures:
    """A createReplica call; `definition` is what `face` says, unless a `reference` says both.

    `gens` are what the reference was last served, by layer (perLayer) or by -1; empty: what is current.
    """

    face: FeatureFace
    definition: Definition
    delivery: Delivery
    name: str = ""
    direction: Direction = Direction.UNSPECIFIED
    replica_id: UUID | None = None
    reference: UUID | None = None
    gens: tuple[tuple[int, Moment], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerSync:
    """What a synchronization does for one layer; `gen` is what the caller has of it, None where it did not say."""

    layer: int
    way: Way
    gen: Moment | None = None
    sibling: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncFeatures:
    """A synchronizeReplica call as it came: `way` and `gen` for a whole replica, `layers` for one with its own each."""

    replica_id: UUID
    delivery: Delivery
    way: Way | None = None
    gen: Moment | None = None
    sibling: int | None = None
    layers: tuple[LayerSync, ...] | None = None
    return_ids: bool = False
    close: bool = False
    rollback: bool = False
    upload: bool = False
    item: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureAnswer:
    """What is answered: the members as JSON text, and the file there is to fetch, by name and what it is `bound` to.

    `errors` says that some of the caller's edits were refused.
    """

    facts: str
    bound: UUID = NO_REPLICA
    archive: str | None = None
    errors: bool = False
