"""A feature service as it is asked for, before there is one."""

from __future__ import annotations

from dataclasses import dataclass

from kgsync.model.geometry import WGS84, SpatialReference
from kgsync.model.schema import Domain, NamedType


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerDefinition:
    """A layer or table to be made; `id` is the number clients know it by, None for the next that is free."""

    type: NamedType
    id: int | None = None
    attachments: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceDefinition:
    """Layers and tables with what they share; `tracked` notes who made and edited a feature, and when.

    Without `sync` no replicas are made of them.
    """

    layers: tuple[LayerDefinition, ...]
    domains: tuple[Domain, ...] = ()
    reference: SpatialReference = WGS84
    tracked: bool = False
    description: str = ""
    capabilities: tuple[str, ...] | None = None
    sync: bool = True
