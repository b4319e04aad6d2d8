"""Switching the features of a service; blocking, for the server and the command line alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import structlog

from kgsync.errors import Conflict
from kgsync.model.audit import Action, Fact, event
from kgsync.model.catalog import Feature, Service, ServiceSettings
from kgsync.model.people import OPERATOR, Principal
from kgsync.model.schema import EditorTracking
from kgsync.server.security import rights
from kgsync.server.service import Verbs
from kgsync.store.base import Registering
from kgsync.store.database import Store
from kgsync.sync import features
from kgsync.sync.codec import Codec

_log = structlog.get_logger(__name__)


async def switch_feature(
    verbs: Verbs, service: Service, who: Principal, feature: Feature, on: bool, tracking: EditorTracking | None = None
) -> set[UUID]:
    """Switch a feature for its owner or an administrator; give the replicas that went with it.

    Raises Forbidden, and what `switch` raises.
    """
    rights.require_owner(service, who)
    gone = await verbs.runner.write(
        "switch feature",
        lambda: switch(verbs.store, service, feature, on, verbs.clock(), verbs.wire.codec, tracking, who=who),
    )
    _log.info("switched feature", service=service.path, feature=feature.value, on=on, user=who.name, replicas=len(gone))
    return gone


async def update_definition(
    verbs: Verbs, service: Service, who: Principal, change: Callable[[ServiceSettings], ServiceSettings]
) -> None:
    """Change a service's settings for its owner or an administrator. Raises Forbidden, and what the change raises."""
    rights.require_owner(service, who)
    made = await verbs.runner.write(
        "change service", lambda: change_settings(verbs.store, service, change, verbs.clock(), who)
    )
    _log.info("changed service", service=service.path, capabilities=",".join(made.capabilities), user=who.name)


def switch(
    store: Store,
    service: Service,
    feature: Feature,
    on: bool,
    now: int,
    codec: Codec,
    tracking: EditorTracking | None = None,
    *,
    who: Principal = OPERATOR,
) -> set[UUID]:
    """Switch a feature at `now` (wall clock ms); give the ids of replicas unregistered.

    Raises Conflict, MalformedInput, NotFound.
    """
    if feature is Feature.EDITOR_TRACKING and not on:
        _require_nobody_owns(store, service)
    with store.changing_catalog() as catalog:
        # Before the switch: one that was begun and failed is worth knowing too.
        catalog.audit(service.id, event(who, Action.SWITCH_FEATURE, now, {"feature": feature.value, "on": int(on)}))
    if feature is Feature.SYNC:
        return _enable_sync(store, service, now) if on else _disable_sync(store, service)
    with store.writing(service.id, now) as writing:
        features.switch(writing, feature, on, codec, tracking)
    return set()


def _require_nobody_owns(store: Store, service: Service) -> None:
    with store.catalog() as catalog:
        present = catalog.service_by_id(service.id)
    if present is not None and present.settings.ownership.enabled:
        raise Conflict("Ownership-based access goes by editor tracking; switch that off first")


def change_settings(
    store: Store,
    service: Service,
    change: Callable[[ServiceSettings], ServiceSettings],
    now: int,
    who: Principal = OPERATOR,
) -> ServiceSettings:
    """Change what a service allows, from the next request on; blocking.

    Sharing and sync have ways of their own. Raises Conflict, NotFound, and what `change` raises.
    """
    with store.reading(service.id) as reading:
        tracked = reading.data_model().tracking is not None

    def checked(present: ServiceSettings) -> ServiceSettings:
        made = change(present)
        if made.ownership.enabled and not tracked:
            raise Conflict(
                "Ownership-based access needs editor tracking, which notes who created an object; enable it first"
            )
        return made

    with store.changing_catalog() as catalog:
        wanted = catalog.change_settings(service.id, checked).settings
        facts: dict[str, Fact] = {
            "capabilities": ",".join(wanted.capabilities),
            "owned": int(wanted.ownership.enabled),
            "hidden": int(wanted.ownership.hides),
        }
        catalog.audit(service.id, event(who, Action.CHANGE_SERVICE, now, facts))
    return wanted


def _unregister_all(registering: Registering) -> set[UUID]:
    gone = {replica.id for replica in registering.replicas()}
    for replica_id in gone:
        registering.remove_replica(replica_id)
    return gone


def _set_sync(store: Store, service: Service, on: bool) -> None:
    with store.changing_catalog() as catalog:
        catalog.change_settings(service.id, lambda settings: replace(settings, supports_sync=on))


def _enable_sync(store: Store, service: Service, now: int) -> set[UUID]:
    """Enable sync; nothing before this Moment is promised to a delta."""
    with store.catalog() as catalog:
        present = catalog.service_by_id(service.id)
    if present is not None and present.settings.supports_sync:
        return set()
    with store.writing(service.id, now) as writing:
        # A registration that raced with switching off would be answered from before the floor.
        gone = _unregister_all(writing)
        writing.raise_floor(writing.moment)
    _set_sync(store, service, True)
    return gone


def _disable_sync(store: Store, service: Service) -> set[UUID]:
    _set_sync(store, service, False)
    with store.registering(service.id) as registering:
        return _unregister_all(registering)
