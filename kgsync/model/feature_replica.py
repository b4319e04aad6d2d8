"""What a replica of a feature service is beside its definition: its layers as they were asked for, and how it syncs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kgsync.model.geometry import SpatialReference


class SyncModel(StrEnum):
    """Whether one generation goes for a whole replica or each layer has its own; none registers nothing."""

    PER_REPLICA = "perReplica"
    PER_LAYER = "perLayer"
    NONE = "none"


class TargetType(StrEnum):
    """Whether a device or another server holds a replica."""

    CLIENT = "client"
    SERVER = "server"


class QueryOption(StrEnum):
    """Which rows of a layer belong: by relationship alone, those a filter selects, or all."""

    NONE = "none"
    USE_FILTER = "useFilter"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerQuery:
    """One layer of a replica, as it was asked for; `where` in SQL-92."""

    layer: int
    option: QueryOption = QueryOption.USE_FILTER
    where: str = ""
    use_geometry: bool = True
    include_related: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerGen:
    """How far a layer of a replica was served, and how far what the sibling sent of it was applied (-1: never)."""

    layer: int
    served: int
    sibling: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureFace:
    """A replica as clients of a feature service know it.

    `area` is the JSON of the geometry it was made with, in `in_sr`; features go out in `out_sr`. `sibling` is how far
    what came from the sibling was applied, -1 before the first time; with SyncModel.PER_LAYER each of `gens` has
    its own.
    """

    model: SyncModel
    layers: tuple[LayerQuery, ...]
    area: str = ""
    area_kind: str = "esriGeometryEnvelope"
    in_sr: SpatialReference | None = None
    out_sr: SpatialReference | None = None
    target: TargetType = TargetType.CLIENT
    returns_attachments: bool = False
    attachments: str = "none"
    sync_data: int = 0
    sibling: int = -1
    gens: tuple[LayerGen, ...] = ()
